//! Lists of users who want an administrator's attention, over HTTP: what the Contract answers, and the act on several of them at
//! once — ロック中のユーザ are unlocked, of 旧パスワードで待ち受け中 the grace ends. Each user's own Account acts, exactly as on his page;
//! one that cannot be asked spoils nothing for the others.

use durable::{
    Millis,
    account::{Administer, person::days_left, summary},
    contract::{self, CONCERN_MOST, CONCERN_PAGE, Concern, ConcernPlace, Concerned, ConcernedMember, ListConcern},
    rules::{
        access::{Act, Actor},
        date::{Day, Zone, stamp},
    },
    shell::call::Kind,
};
use futures_util::StreamExt;

use crate::{
    answer::{Answer, Outcome, Stop, refused},
    csv,
    pages::{
        ActResult, ConcernList, ConcernLive, ConcernQuestion, ConcernResults, ConcernRow, Grace, LockedRow, Notice, PreviousRow,
        Stamp, Template, Trouble, Why, links, previous_headings,
    },
    route::Route,
    sign_in::{Whose, whose},
    texts,
    users::{actor, chrome, list_link, watcher},
    visit::Visit,
};

/// How many users are acted on side by side.
const SIDE_BY_SIDE: usize = 8;
/// What the names of the check boxes begin with; the user's follows.
const CHOICE: &str = "user.";

/// What is done to the users of a list.
const fn act_of(concern: Concern) -> Act {
    match concern {
        Concern::Locked => Act::Unlock,
        Concern::Previous => Act::EndGrace,
    }
}

/// GET of a list: the page, with `X-Live` only the part that follows the contract, with `csv=1` all of it as a file.
pub async fn page(visit: &Visit, route: &Route, concern: Concern) -> Outcome {
    let after = place(visit.parameter("after"))?;
    if concern == Concern::Previous && visit.parameter("csv") == "1" {
        return file(visit, route).await;
    }
    let watcher = watcher(visit);
    let actor = asks(visit, route, concern, watcher.is_none()).await?;
    let look = ListConcern {
        actor: actor.clone(),
        concern,
        after: after.clone(),
        only: Vec::new(),
        limit: CONCERN_PAGE,
        renew: watcher.clone(),
    };
    let listed = listed(visit, route, look).await?;
    let next = listed.rows.last().filter(|_| listed.more).map(|row| cursor(&row.place()));
    let rows = listed.rows.iter().map(|member| row(visit, member)).collect();
    let (here, alone) = (after.as_ref().map_or_else(String::new, cursor), watcher.is_some());
    let watch = Some(list_link(visit, &actor, watcher)?);
    let page = ConcernList { chrome: chrome(visit, &actor)?, concern, rows, here, next, watch };
    if alone {
        return Ok(Answer::Page { status: 200, html: ConcernLive(&page).render()? });
    }
    Answer::page(&page)
}

/// Who asks, where there is such a list; `touch`: it is a step of his own.
async fn asks(visit: &Visit, route: &Route, concern: Concern, touch: bool) -> Result<Actor, Stop> {
    if !visit.profile().acts.contains(&act_of(concern)) {
        return Err(Trouble::NotFound.into());
    }
    actor(visit, route, touch).await
}

/// The rows that he sees.
async fn listed(visit: &Visit, route: &Route, look: ListConcern) -> Result<Concerned, Stop> {
    let contract = look.actor.contract.clone();
    visit.ask(Kind::Contract, &contract, look).await?.map_err(|refusal| refused(visit, route, &refusal))
}

/// A place of a list as an address carries it.
fn cursor((locked, until, uid): &ConcernPlace) -> String {
    format!("{}.{until}.{uid}", u8::from(*locked))
}

fn place(cursor: &str) -> Result<Option<ConcernPlace>, Trouble> {
    if cursor.is_empty() {
        return Ok(None);
    }
    let parsed = || {
        let (locked, rest) = cursor.split_once('.')?;
        let (until, uid) = rest.split_once('.')?;
        let until = until.parse().ok().filter(|until| (0..=9_999_999_999_999).contains(until))?;
        (uid.len() <= 64).then(|| (locked == "1", until, uid.to_owned()))
    };
    parsed().map(Some).ok_or_else(|| Trouble::Unreadable { field: "after".to_owned() })
}

/// A row as it stands now.
fn row(visit: &Visit, member: &ConcernedMember) -> ConcernRow {
    let why = match &member.why {
        contract::Why::Locked(failing) => Why::Locked(locked_row(visit, failing)),
        contract::Why::Previous(waiting) => Why::Previous(previous_row(visit, waiting)),
    };
    ConcernRow { login: member.login.clone(), why }
}

fn at(visit: &Visit, instant: Millis) -> Stamp {
    Stamp(stamp(instant, visit.zone))
}

/// What counts against the logins of a user; what has run out since it was told is left out.
fn locked_row(visit: &Visit, failing: &summary::Failing) -> LockedRow {
    let now = visit.arrived;
    let length = visit.profile().web_lock.lock_for;
    let ends = |since: Millis| length.map(|length| since.saturating_add(length));
    let lasts = |since: &Millis| ends(*since).is_none_or(|end| end > now);
    let own: Vec<Millis> = failing.locked.iter().copied().filter(lasts).collect();
    let elsewhere = failing.elsewhere.filter(lasts);
    let lock = elsewhere.or_else(|| own.iter().copied().max());
    let shut = u32::try_from(own.len()).unwrap_or(u32::MAX);
    let minutes = |end: Millis| end.saturating_sub(now).saturating_add(59_999).checked_div(60_000).unwrap_or(0);
    LockedRow {
        ends: lock.and_then(ends).map(|end| (at(visit, end), minutes(end))),
        locked: lock.is_some(),
        elsewhere: elsewhere.is_some(),
        failures: failing.failures,
        since: at(visit, lock.unwrap_or(failing.last)),
        open: failing.browsers.saturating_sub(shut),
        shut,
    }
}

fn previous_row(visit: &Visit, waiting: &summary::Waiting) -> PreviousRow {
    let grace = Grace { days: days_left(waiting.until, visit.arrived), until: at(visit, waiting.until) };
    PreviousRow { name: waiting.name.clone(), os: waiting.os.clone(), since: at(visit, waiting.since), grace }
}

/// 旧パスワードで待ち受け中 as a file, all of it.
async fn file(visit: &Visit, route: &Route) -> Outcome {
    let actor = asks(visit, route, Concern::Previous, true).await?;
    let mut table = vec![previous_headings(texts::of(visit.lang))];
    let mut after = None;
    loop {
        let (concern, limit) = (Concern::Previous, CONCERN_MOST);
        let look = ListConcern { actor: actor.clone(), concern, after, only: Vec::new(), limit, renew: None };
        let part = listed(visit, route, look).await?;
        table.extend(part.rows.iter().filter_map(|member| record(visit, member)));
        after = part.rows.last().filter(|_| part.more).map(ConcernedMember::place);
        if after.is_none() {
            break;
        }
    }
    let name = format!("previous-{}-{}.csv", actor.contract, Day::at(visit.arrived, Zone::TOKYO));
    Ok(Answer::File { name, media_type: "text/csv; charset=utf-8", body: csv::file(&table) })
}

fn record(visit: &Visit, member: &ConcernedMember) -> Option<Vec<String>> {
    let contract::Why::Previous(waiting) = &member.why else { return None };
    Some([member.login.clone()].into_iter().chain(previous_row(visit, waiting).record()).collect())
}

/// The users that were chosen, each once, at most a page of them.
fn chosen<'a>(names: impl Iterator<Item = &'a str>) -> Result<Vec<String>, Trouble> {
    let mut logins: Vec<String> = Vec::new();
    for login in names.filter_map(|name| name.strip_prefix(CHOICE)) {
        if login.is_empty() || login.len() > 254 {
            return Err(Trouble::Unreadable { field: format!("{CHOICE}{}", login.chars().take(64).collect::<String>()) });
        }
        if !logins.iter().any(|chosen| chosen == login) {
            logins.push(login.to_owned());
        }
    }
    if logins.len() > usize::try_from(CONCERN_PAGE).unwrap_or(usize::MAX) {
        return Err(Trouble::Unreadable { field: format!("{CHOICE}*") });
    }
    Ok(logins)
}

/// GET and POST of the act on several: the question, then each user's result.
pub async fn act(visit: &Visit, route: &Route, concern: Concern) -> Outcome {
    let (logins, operation) = if visit.acts {
        let form = visit.form()?;
        (chosen(form.names())?, form.operation()?.to_owned())
    } else {
        (chosen(visit.query.iter().map(|(name, _)| name.as_str()))?, String::new())
    };
    let actor = asks(visit, route, concern, true).await?;
    let (only, limit) = (logins.clone(), CONCERN_PAGE);
    // Asked for the act too: whoever may not have the list learns nothing from it.
    let look = ListConcern { actor: actor.clone(), concern, after: None, only, limit, renew: None };
    let listed = listed(visit, route, look).await?;
    if logins.is_empty() {
        let notice = match concern {
            Concern::Locked => Notice::NothingSelected,
            Concern::Previous => Notice::NoGraceSelected,
        };
        return Ok(Answer::see(format!("{}?notice={}", links::concern(concern).0, notice.code())));
    }
    let chrome = chrome(visit, &actor)?;
    if !visit.acts {
        let standing = |login: &String| listed.rows.iter().find(|member| member.login == *login).map(|member| row(visit, member));
        let chosen = logins.iter().map(|login| (login.clone(), standing(login))).collect();
        return Answer::page(&ConcernQuestion { chrome, concern, chosen });
    }
    let results = logins.into_iter().map(|login| act_on(visit, &actor, act_of(concern), login, &operation));
    let results = futures_util::stream::iter(results).buffered(SIDE_BY_SIDE).collect().await;
    Answer::page(&ConcernResults { chrome, concern, results })
}

/// The same act as on the user's page; a fault is logged and is this user's result alone.
async fn act_on(visit: &Visit, actor: &Actor, act: Act, login: String, operation: &str) -> (String, ActResult) {
    let acted = async {
        let Whose::Account { uid, .. } = whose(visit, &login).await? else { return Ok(ActResult::Failed) };
        let command = Administer { actor: actor.clone(), act, operation: operation.to_owned() };
        Ok(match visit.ask(Kind::Account, &uid, command).await? {
            Ok(acted) if acted.found => ActResult::Done,
            Ok(_) => ActResult::WasDone,
            Err(_) => ActResult::Failed,
        })
    };
    let result = acted.await.unwrap_or_else(|why: worker::Error| {
        worker::console_error!("{act:?} of one of several: {why}");
        ActResult::Failed
    });
    (login, result)
}
