//! ユーザ管理: the list and a user's page; `user_acts` is what an administrator does there. Two calls at once — who asks, and
//! whose the name is — then one to the user's Account, which decides.

use durable::{
    Millis,
    account::{UserView, View, Watch, WhoIs, person::days_left},
    contract::{self, List, Listed, Member, NO_END, PAGE, Page, Place},
    json,
    names::{Resolve, invitation_key, shard_of},
    rules::{
        access::{self, Actor},
        date::stamp,
        login_name,
    },
    secret,
    shell::call::{self, Kind},
};
use serde::{Deserialize, Serialize};

use crate::{
    answer::{Answer, Outcome, Stop, refused, to_sign_in},
    clock,
    my_account::{gone, kind},
    pages::{
        self, Chrome, Device, Grace, Nav, Notice, Plan, Range, Receipt, Sort, Stamp, State, Template, Trouble, User, UserLive,
        UserPassword, UserRow, Users, UsersLive, Who,
    },
    retirement,
    route::Route,
    session::{Purpose, Session, TICKET_S, Token},
    sign_in::{Whose, whose},
    visit::Visit,
};

/// Who asks; `touch` prolongs his session.
pub async fn actor(visit: &Visit, route: &Route, touch: bool) -> Result<Actor, Stop> {
    let Some(session) = &visit.session else { return Err(Stop::Instead(to_sign_in(visit, route))) };
    let who = visit.ask(Kind::Account, &session.uid, WhoIs { session: session.hash.clone(), touch, menu: false }).await?;
    let who = who.map_err(|refusal| refused(visit, route, &gone(refusal)))?;
    Ok(Actor { address: visit.address(), ..who })
}

/// Who asks, and the uid of whom he names: both at once.
pub async fn actor_and_subject(visit: &Visit, route: &Route, login: &str, touch: bool) -> Result<(Actor, String), Stop> {
    let (actor, subject) = futures_util::future::join(actor(visit, route, touch), whose(visit, login)).await;
    let actor = actor?;
    if let Some(uid) = invited(visit, &actor, login).await? {
        return Ok((actor, uid));
    }
    match subject? {
        Whose::Account { uid, .. } => Ok((actor, uid)),
        Whose::Nobody { .. } | Whose::Impossible => Err(Trouble::NotFound.into()),
    }
}

/// The account that waits under this address for its invitation to the actor's contract to be accepted. The address itself may be
/// somebody else's meanwhile.
async fn invited(visit: &Visit, actor: &Actor, login: &str) -> worker::Result<Option<String>> {
    let profile = visit.profile();
    let Some(login) = login_name::parse(login, profile.name_kind).filter(|_| profile.invites()) else { return Ok(None) };
    let key = invitation_key(visit.service, &actor.contract, &login);
    let resolved = visit.ask(Kind::Names, &shard_of(&key), Resolve { key: key.clone() }).await?;
    Ok(resolved.ok().and_then(|resolved| resolved.uid))
}

/// The frame of an administrator's page.
///
/// # Errors
/// When the runtime has no randomness.
pub fn chrome(visit: &Visit, actor: &Actor) -> worker::Result<Chrome> {
    let mut chrome = visit.chrome()?;
    chrome.who = Some(Who { login: actor.login.clone(), kind: kind(visit, actor.role, None) });
    chrome.nav = Some(Nav::Users);
    chrome.notice = Notice::parse(visit.parameter("notice"));
    Ok(chrome)
}

/// GET /users/{login}: the page, or with `X-Live` only the part that follows the connection.
pub async fn user(visit: &Visit, route: &Route, login: &str) -> Outcome {
    let watcher = watcher(visit);
    let (actor, uid) = actor_and_subject(visit, route, login, watcher.is_none()).await?;
    let view = View { actor: actor.clone(), renew: watcher.clone() };
    let view = visit.ask(Kind::Account, &uid, view).await?.map_err(|refusal| refused(visit, route, &refusal))?;
    let alone = watcher.is_some();
    let live = live_part(visit, &actor, view, watcher)?;
    if alone {
        return Ok(Answer::Page { status: 200, html: live.render()? });
    }
    Answer::page(&User { chrome: chrome(visit, &actor)?, live })
}

/// The live part, with a fresh ticket for its link.
///
/// # Errors
/// When the runtime has no randomness or the ticket cannot be signed.
pub fn live_part(visit: &Visit, actor: &Actor, view: UserView, watcher: Option<String>) -> worker::Result<UserLive> {
    let url = Route::LiveUser(view.login.clone()).path();
    let watch = Some(link(visit, (&actor.uid, &actor.session), &view.uid, url, watcher)?);
    let mut live = as_it_is(visit, view);
    live.password.operation = clock::id()?;
    Ok(UserLive { watch, ..live })
}

/// A user as he is now, without a link that would follow him.
pub fn as_it_is(visit: &Visit, view: UserView) -> UserLive {
    let at = |instant: Millis| Stamp(stamp(instant, visit.zone));
    UserLive {
        lang: visit.lang,
        brand: visit.brand().name,
        watch: None,
        login: view.login,
        plan: Plan::of(&view.plan),
        start: view.start.to_string(),
        end: view.end.map(|day| day.to_string()),
        device: view.phone.map(|phone| Device { name: phone.name, os: phone.os, since: at(phone.at) }),
        viewer: view.viewer.map(at),
        client: view.client.map(at),
        locked: view.locked_at.map(at),
        prohibited: view.prohibited,
        temporary: view.temporary,
        factor: view.factor,
        sessions: view.sessions,
        pc: view.pc,
        door_closed: view.door_closed,
        receipt: view.receipt.map(|done| Receipt { at: at(done.at), done }),
        grace: view.grace_until.map(|until| Grace { days: days_left(until, visit.arrived), until: at(until) }),
        on_previous: view.on_previous,
        acts: visit.profile().acts,
        password: UserPassword::new(visit.profile().password, String::new()),
    }
}

/// A live link at `url` with a fresh ticket: for this session (whose, hash) to follow that account, or what `about` names.
///
/// # Errors
/// When the runtime has no randomness or there is no key to sign with.
pub fn link(
    visit: &Visit,
    (owner, session): (&str, &str),
    about: &str,
    url: String,
    watcher: Option<String>,
) -> worker::Result<pages::Watch> {
    let id = match watcher {
        Some(id) => id,
        None => clock::id()?,
    };
    let ticket = Token {
        purpose: Purpose::Watch,
        origin: visit.origin.clone(),
        uid: owner.to_owned(),
        secret: clock::id()?,
        about: watched(session, about),
        watcher: id.clone(),
    };
    let ticket = ticket.sign(&visit.config.session_keys, TICKET_S, clock::now())?;
    Ok(pages::Watch { url, ticket, id })
}

/// The id of the watching page that asks for its part alone.
pub fn watcher(visit: &Visit) -> Option<String> {
    Some(visit.header("x-live")).filter(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What a ticket is for: this session, watching that.
fn watched(session: &str, about: &str) -> String {
    secret::hash(&format!("{session} {about}"))
}

/// The ticket that opens a live link.
fn ticket(visit: &Visit, upgrade: bool) -> Result<(Token, &Session), Stop> {
    if !upgrade {
        return Err(Stop::Instead(Answer::Empty(426)));
    }
    let ticket =
        Token::verify(visit.parameter("ticket"), &visit.config.session_keys, Purpose::Watch, &visit.origin, visit.arrived);
    ticket.zip(visit.session.as_ref()).ok_or(Stop::Instead(Answer::Empty(403)))
}

/// What the object is asked with a ticket, if it was made for this session to watch this.
fn watch((ticket, session): (Token, &Session), actor: Actor, about: &str) -> Result<Watch, Stop> {
    if ticket.uid != session.uid || ticket.about != watched(&session.hash, about) {
        return Err(Stop::Instead(Answer::Empty(403)));
    }
    Ok(Watch { actor, nonce: secret::hash(&ticket.secret), watcher: ticket.watcher })
}

/// GET /live/users/{login}, and without a login of one's own account: a WebSocket, for a one-use ticket plus cookie plus Origin.
pub async fn live(visit: &Visit, route: &Route, login: Option<&str>, upgrade: bool) -> Outcome {
    let ticket = ticket(visit, upgrade)?;
    let (actor, uid) = match login {
        Some(login) => match actor_and_subject(visit, route, login, false).await {
            // A name that nobody has is refused like one that the ticket is not for.
            Err(Stop::Trouble(Trouble::NotFound)) => return Ok(Answer::Empty(403)),
            found => found?,
        },
        None => (actor(visit, route, false).await?, ticket.1.uid.clone()),
    };
    let watch = watch(ticket, actor, &uid)?;
    Ok(call::upgrade(&visit.env, Kind::Account, &uid, watch, None).await?.map_or(Answer::Empty(403), Answer::Socket))
}

/// GET /live/users: the same for the lists of the contract.
pub async fn live_lists(visit: &Visit, route: &Route, upgrade: bool) -> Outcome {
    let ticket = ticket(visit, upgrade)?;
    let actor = actor(visit, route, false).await?;
    let contract = actor.contract.clone();
    let watch = contract::Watch(watch(ticket, actor, &lists_of(&contract))?);
    Ok(call::upgrade(&visit.env, Kind::Contract, &contract, watch, None).await?.map_or(Answer::Empty(403), Answer::Socket))
}

/// What a ticket names that follows the lists of a contract; no uid has a blank.
fn lists_of(contract: &str) -> String {
    format!("lists {contract}")
}

/// The live link of a page that shows a list of the contract, with a fresh ticket.
///
/// # Errors
/// As [`link`].
pub fn list_link(visit: &Visit, actor: &Actor, watcher: Option<String>) -> worker::Result<pages::Watch> {
    link(visit, (&actor.uid, &actor.session), &lists_of(&actor.contract), Route::LiveUsers.path(), watcher)
}

/// What a cursor of the list says: a place, and the number of the row beside it.
#[derive(Serialize, Deserialize)]
struct Cursor {
    #[serde(rename = "v")]
    value: String,
    #[serde(rename = "l")]
    login: String,
    #[serde(rename = "n")]
    number: u64,
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        json::read(&String::from_utf8(secret::from_base64(text)?).ok()?).ok()
    }

    fn text(sort: contract::Sort, row: &Member, number: u64) -> worker::Result<String> {
        let value = match sort {
            contract::Sort::Login => row.login.clone(),
            contract::Sort::Plan => row.plan.clone(),
            contract::Sort::Start => row.start.to_string(),
            contract::Sort::End => row.end.map_or_else(|| NO_END.to_owned(), |day| day.to_string()),
        };
        Ok(secret::base64(serde_json::to_string(&Self { value, login: row.login.clone(), number })?.as_bytes()))
    }
}

/// What the address asks for: order, and the cursor with its side.
struct Asked {
    sort: Sort,
    descending: bool,
    before: Option<Cursor>,
    after: Option<Cursor>,
}

fn asked(visit: &Visit) -> Result<Asked, Trouble> {
    let unreadable = |field: &str| Trouble::Unreadable { field: field.to_owned() };
    let cursor = |field: &str| match visit.parameter(field) {
        "" => Ok(None),
        text => Cursor::parse(text).map(Some).ok_or_else(|| unreadable(field)),
    };
    Ok(Asked {
        sort: match visit.parameter("sort") {
            "" => Sort::default(),
            code => Sort::parse(code).ok_or_else(|| unreadable("sort"))?,
        },
        descending: match visit.parameter("order") {
            "" | "asc" => false,
            "desc" => true,
            _ => return Err(unreadable("order")),
        },
        before: cursor("before")?,
        after: cursor("after")?,
    })
}

/// GET /users: the page, or with `X-Live` only the part that follows the contract.
pub async fn list(visit: &Visit, route: &Route) -> Outcome {
    let asked = asked(visit)?;
    let watcher = watcher(visit);
    let alone = watcher.is_some();
    let actor = actor(visit, route, !alone).await?;
    let query = visit.parameter("q").trim().chars().take(254).collect::<String>();
    let sort = match asked.sort {
        Sort::Login => contract::Sort::Login,
        Sort::Type => contract::Sort::Plan,
        Sort::Start => contract::Sort::Start,
        Sort::End => contract::Sort::End,
    };
    let number = asked.after.as_ref().or(asked.before.as_ref()).map_or(0, |cursor| cursor.number);
    let place = |cursor: &Cursor| Place { value: cursor.value.clone(), login: cursor.login.clone() };
    let page = match (&asked.after, &asked.before) {
        (Some(cursor), _) => Page::After(place(cursor)),
        (None, Some(cursor)) => Page::Before(place(cursor)),
        (None, None) => Page::First,
    };
    let part = login_name::fold(&query);
    let command = List {
        actor: actor.clone(),
        plans: plans(visit, &part),
        part,
        sort,
        descending: asked.descending,
        page: page.clone(),
        renew: watcher.clone(),
    };
    let listed = visit.ask(Kind::Contract, &actor.contract, command).await?;
    let listed = listed.map_err(|refusal| refused(visit, route, &refusal))?;
    let range = range(&page, number, listed.rows.len());
    let mut page = users_page(visit, &actor, &asked, query, sort, listed, range)?;
    page.watch = Some(list_link(visit, &actor, watcher)?);
    if page.invited.is_some() {
        page.ending = retirement::left(visit, &actor).await?;
    }
    if alone {
        return Ok(Answer::Page { status: 200, html: UsersLive(&page).render()? });
    }
    Answer::page(&page)
}

/// The plans whose label contains what was typed (CW-042: part of the user name or the type).
fn plans(visit: &Visit, part: &str) -> Vec<String> {
    let texts = &crate::texts::of(visit.lang).users;
    let brand = visit.brand().name;
    visit
        .profile()
        .user_types
        .iter()
        .filter(|plan| !part.is_empty() && login_name::fold(&Plan::of(plan.code).label(&brand, texts)).contains(part))
        .map(|plan| plan.code.to_owned())
        .collect()
}

/// The numbers of the rows, from the number of the row beside the page.
fn range(page: &Page, number: u64, rows: usize) -> Option<Range> {
    let rows = u64::try_from(rows).ok().filter(|rows| *rows > 0)?;
    let first = match page {
        Page::First => 1,
        Page::After(_) => number.checked_add(1)?,
        Page::Before(_) => number.checked_sub(rows).filter(|first| *first > 0)?,
    };
    Some(Range { first, last: first.checked_add(rows)?.checked_sub(1)? })
}

fn users_page(
    visit: &Visit,
    actor: &Actor,
    asked: &Asked,
    query: String,
    sort: contract::Sort,
    listed: Listed,
    range: Option<Range>,
) -> worker::Result<Users> {
    let (first, last) = range.map_or((u64::from(PAGE), 0), |range| (range.first, range.last));
    let previous = listed.rows.first().filter(|_| listed.before).map(|row| Cursor::text(sort, row, first)).transpose()?;
    let next = listed.rows.last().filter(|_| listed.after).map(|row| Cursor::text(sort, row, last)).transpose()?;
    Ok(Users {
        chrome: chrome(visit, actor)?,
        administrator: actor.login.clone(),
        contract: listed.contract,
        total: listed.users.into(),
        query,
        found: listed.found.map(u64::from),
        sort: asked.sort,
        descending: asked.descending,
        rows: listed.rows.iter().map(|row| user_row(visit, row)).collect(),
        range,
        previous,
        next,
        watch: None,
        sheet: visit.profile().remote_access,
        locked: visit.profile().acts.contains(&access::Act::Unlock).then_some(listed.locked),
        previous_waiting: visit.profile().acts.contains(&access::Act::EndGrace).then_some(listed.waiting),
        invited: visit.profile().acts.contains(&access::Act::Invite).then_some(listed.invited),
        ending: 0,
    })
}

fn user_row(visit: &Visit, row: &Member) -> UserRow {
    let lock_for = visit.profile().web_lock.lock_for;
    let locked = row.locked_at.is_some_and(|since| lock_for.is_none_or(|long| visit.arrived < since.saturating_add(long)));
    let states = [
        (row.viewer.is_some() || row.client.is_some(), State::Connected),
        (locked, State::Locked),
        (row.prohibited, State::Prohibited),
        (row.temporary, State::Temporary),
        (row.invited.is_some_and(|until| visit.arrived < until), State::Invited),
        (row.invited.is_some_and(|until| until <= visit.arrived), State::Expired),
    ];
    UserRow {
        login: row.login.clone(),
        plan: Plan::of(&row.plan),
        start: row.start.to_string(),
        end: row.end.map(|day| day.to_string()),
        states: states.into_iter().filter_map(|(holds, state)| holds.then_some(state)).collect(),
        person: visit.profile().invites().then(|| (row.name.clone(), row.role)),
    }
}
