//! 回線認証 over HTTP (ST-063 to ST-069): line numbers in the console, アクセス経路設定 in console and menu, 回線情報通知設定, and who can log in
//! from where. The Contract decides; the password has been checked lately wherever something is changed.

use durable::{
    account::{LineNotice as Notice, MeView, WhoSets},
    contract::{Change, ChangeContract, Facts, List, Member, Page, Place, ReadFacts, Sort, directory::is_connection},
    refusal::Refusal,
    rules::{
        access::{Act, Actor, Role},
        date::stamp,
        line::{Lines as Chosen, MOST, numbers},
        menu::{Item, has},
        trial::trial,
    },
    shell::call::Kind,
};

use crate::{
    answer::{Answer, Outcome, Stop, refused},
    console::actor_of,
    factor::own_session,
    federation, menu,
    my_account::{self, gone, me},
    pages::{Chrome, Door, DoorMethod, DoorRow, Doors, LineNotice, Lines, MenuForm, Stamp, Trouble},
    retirement,
    route::{MenuRoute, Route, encode, safe_next},
    sign_in::{too_often, within_outer_limit},
    texts,
    users::chrome,
    visit::Visit,
};

/// Who sets, on what.
struct Setter {
    chrome: Chrome,
    facts: Facts,
    actor: Actor,
}

fn words(visit: &Visit) -> &'static texts::Line {
    &texts::of(visit.lang).line
}

/// Whoever may set the contract's lines, in the menu or in the console, his password checked lately.
async fn setter(visit: &Visit, route: &Route) -> Result<Setter, Stop> {
    if visit.acts && !within_outer_limit(visit) {
        return Err(too_often());
    }
    if visit.menu {
        let view = menu::permitted(visit, route, Item::AccessPath).await?;
        let actor = menu::actor(visit, route).await?;
        return Ok(Setter { chrome: menu::frame(visit, &view)?, facts: view.facts, actor });
    }
    let session = own_session(visit, route)?;
    let who = visit.ask(Kind::Account, &session.uid, WhoSets { session: session.hash.clone() }).await?;
    let actor = match who {
        Ok(actor) => Actor { address: visit.address(), ..actor },
        Err(Refusal::ConfirmDue) => {
            // What is not his is not there, with a password or without.
            let own = me(visit, route, durable::account::Stage::Full).await?;
            if own.role != Role::Administrator {
                return Err(Trouble::NotFound.into());
            }
            let path = format!("{}?next={}", Route::Confirm.path(), encode(&route.path()));
            return Err(Stop::Instead(Answer::see(path)));
        }
        Err(refusal) => return Err(refused(visit, route, &gone(refusal))),
    };
    let facts = facts(visit, route, &actor).await?;
    if !has(actor.role, trial(&facts, visit.arrived), Item::AccessPath) {
        return Err(Trouble::NotFound.into());
    }
    Ok(Setter { chrome: chrome(visit, &actor)?, facts, actor })
}

async fn facts(visit: &Visit, route: &Route, actor: &Actor) -> Result<Facts, Stop> {
    let facts = visit.ask(Kind::Contract, &actor.contract, ReadFacts).await?;
    facts.map_err(|refusal| refused(visit, route, &refusal))
}

/// Changes the contract's lines. [`Refusal::Used`] and [`Refusal::Line`] are the caller's to tell.
async fn change(visit: &Visit, route: &Route, actor: &Actor, change: Change) -> Result<Result<(), Refusal>, Stop> {
    let command = ChangeContract { actor: actor.clone(), change };
    match visit.ask(Kind::Contract, &actor.contract, command).await? {
        Ok(_) => Ok(Ok(())),
        Err(refusal @ (Refusal::Used | Refusal::Line)) => Ok(Err(refusal)),
        Err(refusal) => Err(refused(visit, route, &refusal)),
    }
}

/// GET and POST /lines: 回線番号 (ST-066), and whether 回線認証のみ has to be confirmed.
pub async fn lines(visit: &Visit, route: &Route) -> Outcome {
    let setter = setter(visit, route).await?;
    let (t, now) = (words(visit), &setter.facts.lines);
    if !visit.acts {
        let done = (visit.parameter("saved") == "1").then_some(t.saved);
        return Answer::page(&page(visit, &setter, now.numbers.join("\n"), Vec::new(), done));
    }
    let form = visit.form()?;
    form.operation()?;
    if !form.may("countdown").is_empty() {
        let on = form.may("countdown") == "on";
        let _ = change(visit, route, &setter.actor, Change::Countdown { on }).await?;
        return Ok(Answer::see(Route::Lines.path()));
    }
    let typed = form.need("numbers")?;
    let found = match numbers(typed) {
        Ok(found) if found.len() > MOST => Err(vec![(t.numbers_many)(MOST)]),
        Ok(found) => Ok(found),
        Err(wrong) => {
            Err(wrong.into_iter().take(MOST).map(|wrong| (t.numbers_wrong)(wrong.chars().take(64).collect())).collect())
        }
    };
    let found = match found {
        Ok(found) => found,
        Err(errors) => {
            let typed = typed.chars().take(2_000).collect();
            return Answer::page_with(422, &page(visit, &setter, typed, errors, None));
        }
    };
    match change(visit, route, &setter.actor, Change::Lines { numbers: found }).await? {
        Err(Refusal::Line) => {
            let typed = typed.chars().take(2_000).collect();
            Answer::page_with(422, &page(visit, &setter, typed, vec![t.numbers_needed.to_owned()], None))
        }
        // Saving what is so already is saved too.
        _ => Ok(Answer::see(format!("{}?saved=1", Route::Lines.path()))),
    }
}

fn page(visit: &Visit, setter: &Setter, typed: String, errors: Vec<String>, done: Option<&'static str>) -> Lines {
    let lines = &setter.facts.lines;
    let at = |instant: &i64| Stamp(stamp(*instant, visit.zone));
    Lines {
        chrome: setter.chrome.clone(),
        numbers: lines.numbers.iter().map(|number| (number.clone(), lines.used.get(number).map(at))).collect(),
        typed,
        errors,
        done,
        only: lines.only,
        until: lines.until.map(|until| (at(&until), lines.has(visit.number()))),
        countdown: lines.countdown,
        address: visit.config.line_origin(visit.service).map(|origin| format!("{origin}{}", Route::SignIn.path())),
    }
}

/// GET and POST of アクセス経路設定 (ST-064, ST-065): chosen, confirmed, and once more where nobody has come over a line yet (ST-067).
pub async fn access_path(visit: &Visit, route: &Route) -> Outcome {
    let setter = setter(visit, route).await?;
    let (t, lines) = (words(visit), &setter.facts.lines);
    let action = if visit.menu { MenuRoute::AccessPath.path() } else { "/lines/access-path" };
    let new = |title| MenuForm { action, ..MenuForm::new(setter.chrome.clone(), title) };
    if !visit.acts {
        let mut lead = vec![t.path_note.to_owned()];
        lead.extend(lines.until.map(|until| (t.keep_until)(stamp(until, visit.zone))));
        let keep = lines.until.filter(|_| lines.has(visit.number())).map(|_| ("keep", t.keep, false));
        let choices = [("both", t.both, !lines.only), ("only", t.only, lines.only)].into_iter().chain(keep).collect();
        let notes = vec![t.initial.to_owned(), (t.only_note)(visit.brand().name), t.office_note.to_owned()];
        return Answer::page(&MenuForm { lead, choices, notes, submit: t.set, ..new(t.access_path) });
    }
    let form = visit.form()?;
    form.operation()?;
    let only = match form.need("choice")? {
        "both" => false,
        "only" => true,
        "keep" => return keep(visit, route, &setter).await,
        _ => return Err(Trouble::Unreadable { field: "choice".to_owned() }.into()),
    };
    let label = |only: bool| if only { t.only } else { t.both };
    let hidden = vec![("choice", form.need("choice")?.to_owned()), ("check", "1".to_owned())];
    let check =
        MenuForm { hidden, cancel: true, danger: only, submit: t.change, ..new((t.check_title)(visit.profile().wording)) };
    if form.may("check").is_empty() {
        let mut lead = vec![t.path_note.to_owned()];
        lead.extend(only.then(|| t.only_effect.to_owned()));
        let facts = vec![(t.now, label(lines.only).to_owned()), (t.then, label(only).to_owned())];
        return Answer::page(&MenuForm { lead, facts, ..check });
    }
    let risk = !form.may("risk").is_empty();
    let asked = Change::AccessPath { only, risk: risk && !form.may("sure").is_empty() };
    match change(visit, route, &setter.actor, asked).await? {
        Ok(()) => done(visit, only, lines, setter.chrome),
        Err(Refusal::Line) => {
            let mut hidden = check.hidden.clone();
            hidden.push(("risk", "1".to_owned()));
            let tick = Some((t.risk_tick, risk.then_some(t.risk_unticked)));
            let lead = vec![t.risk_lead.to_owned(), t.risk_way_out.to_owned()];
            let page = MenuForm { title: t.risk_title, lead, hidden, tick, ..check };
            Answer::page_with(if risk { 422 } else { 200 }, &page)
        }
        Err(_) => said(setter.chrome, t.access_path, texts::of(visit.lang).menu.unchanged),
    }
}

/// アクセス経路完了画面, 通信経路完了画面
fn done(visit: &Visit, only: bool, before: &Chosen, chrome: Chrome) -> Outcome {
    let t = words(visit);
    let until = visit.arrived.saturating_add(durable::rules::line::COUNTDOWN);
    let line = match (only, before.countdown) {
        (false, _) => t.done_both.to_owned(),
        (true, false) => t.done_only.to_owned(),
        (true, true) => (t.done_waits)(stamp(until, visit.zone)),
    };
    Answer::page(&MenuForm { lead: vec![line], ..MenuForm::new(chrome, (t.done_title)(visit.profile().wording)) })
}

fn said(chrome: Chrome, title: &'static str, line: &str) -> Outcome {
    Answer::page(&MenuForm { lead: vec![line.to_owned()], ..MenuForm::new(chrome, title) })
}

/// この設定を維持しますか？
async fn keep(visit: &Visit, route: &Route, setter: &Setter) -> Outcome {
    let t = words(visit);
    let line = visit.number().to_owned();
    let line = match change(visit, route, &setter.actor, Change::KeepPath { line }).await? {
        Ok(()) => t.kept,
        Err(Refusal::Line) => t.not_kept,
        Err(_) => texts::of(visit.lang).menu.unchanged,
    };
    said(setter.chrome.clone(), t.access_path, line)
}

/// GET and POST /lines/notice (ST-063): asked once, then on.
pub async fn notice(visit: &Visit, route: &Route) -> Outcome {
    let own = me(visit, route, durable::account::Stage::Full).await?;
    let session = own_session(visit, route)?;
    let form = if visit.acts { Some(visit.form()?) } else { None };
    let asked = form.as_ref().map_or_else(|| visit.parameter("next"), |form| form.may("next"));
    let next = safe_next(asked).unwrap_or_else(|| Route::Top.path());
    let answer = form.as_ref().is_some_and(|form| !form.may("notify").is_empty());
    let notice = Notice { session: session.hash.clone(), answer };
    let answered = visit.ask(Kind::Account, &session.uid, notice).await?;
    let answered = answered.map_err(|refusal| refused(visit, route, &gone(refusal)))?;
    if answered || answer || visit.line.as_ref().is_none_or(|line| !line.west) {
        return Ok(Answer::see(next));
    }
    let unticked = visit.acts;
    let page = LineNotice { chrome: my_account::chrome(visit, &own, None)?, next, unticked };
    Answer::page_with(if unticked { 422 } else { 200 }, &page)
}

/// GET /lines/doors: the actor, and the users below him, each with the doors that are open to him.
pub async fn doors(visit: &Visit, route: &Route) -> Outcome {
    let after = visit.parameter("after");
    let actor = actor_of(visit, route, Act::ListUsers, true).await?;
    let facts = facts(visit, route, &actor).await?;
    let place = |login: &str| Place { value: login.to_owned(), login: login.to_owned() };
    let page = if after.is_empty() { Page::First } else { Page::After(place(after)) };
    let command = List {
        actor: actor.clone(),
        part: String::new(),
        plans: Vec::new(),
        sort: Sort::Login,
        descending: false,
        page,
        renew: None,
    };
    let listed = visit.ask(Kind::Contract, &actor.contract, command).await?;
    let listed = listed.map_err(|refusal| refused(visit, route, &refusal))?;
    let last = listed.rows.last().filter(|_| listed.after);
    let next = last.map(|row| format!("{}?after={}", Route::Doors.path(), encode(&row.login)));
    retirement::refresh(visit).await?;
    let mut rows = Vec::new();
    if after.is_empty() {
        let MeView { name, login, role, linked, .. } = me(visit, route, durable::account::Stage::Full).await?;
        rows.push(DoorRow { name, login, role, method: method(visit, &linked), from: open(visit, &facts, role, &linked) });
    }
    rows.extend(listed.rows.into_iter().map(|row: Member| {
        let Member { name, login, role, invited, prohibited, .. } = row;
        let linked = row.method.unwrap_or_default();
        let (method, from) = match invited {
            Some(_) => (DoorMethod::None, Vec::new()),
            None if prohibited => (method(visit, &linked), Vec::new()),
            None => (method(visit, &linked), open(visit, &facts, role, &linked)),
        };
        DoorRow { name, login, role, method, from }
    }));
    let (only, lines) = (facts.lines.only, facts.lines.numbers.len());
    Answer::page(&Doors { chrome: chrome(visit, &actor)?, only, lines, rows, first: !after.is_empty(), next })
}

/// What somebody logs in with: this provider's account, or without one a password.
fn method(visit: &Visit, provider: &str) -> DoorMethod {
    if provider.is_empty() { DoorMethod::Password } else { DoorMethod::Linked(federation::label(visit, provider)) }
}

/// Where somebody of this role can log in from with this provider, or without one with a password.
fn open(visit: &Visit, facts: &Facts, role: Role, provider: &str) -> Vec<Door> {
    let lines = &facts.lines;
    let works = match provider {
        "" => true,
        own if is_connection(own) => facts.directories.connection == own && facts.directories.active.is_some(),
        own => federation::doors(visit).iter().any(|door| door.id == own),
    };
    if !works {
        return Vec::new();
    }
    let escapes = lines.only && role == Role::Administrator;
    let all = [(!lines.only, Door::Internet), (!lines.numbers.is_empty(), Door::Line), (escapes, Door::Menu)];
    all.into_iter().filter(|(is, _)| *is).map(|(_, door)| door).collect()
}
