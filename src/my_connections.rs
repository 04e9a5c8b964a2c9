//! あなたの接続 over HTTP: the page, and what a person ends or refuses on it. One call to his own Account makes the page's live part;
//! one to the journal, its latest rows.

use durable::{
    Millis,
    account::{
        AccountPage, AccountView, Acted, EndSessions, ForgetBrowsers, Me, RefusePc, Stage, browsers::Browser, overview::id_of,
        person,
    },
    ask::Reply,
    refusal::Refusal,
    rules::{
        access::{Actor, Role},
        date::stamp,
    },
    shell::call::Kind,
};

use crate::{
    answer::{Answer, Outcome, Stop, refused, to_sign_in},
    history,
    my_account::{chrome, gone},
    pages::{
        Account, AccountLive, Device, Nav, Notice, OwnAct, OwnDevices, OwnQuestion, Pc, Remembered, SessionRow, Stamp, Template,
        Trouble, links,
    },
    route::Route,
    session::Session,
    users::{link, watcher},
    visit::Visit,
};

/// What the person's Account says of him. What a page asks for by itself prolongs no session.
async fn look<'a>(visit: &'a Visit, route: &Route, renew: Option<String>) -> Result<(&'a Session, AccountView), Stop> {
    let Some(session) = &visit.session else { return Err(Stop::Instead(to_sign_in(visit, route))) };
    let me = Me { session: session.hash.clone(), touch: visit.header("x-live").is_empty() };
    let view = visit.ask(Kind::Account, &session.uid, AccountPage { me, renew }).await?;
    let view = view.map_err(|refusal| refused(visit, route, &gone(refusal)))?;
    if view.me.stage != Stage::Full {
        return Err(refused(visit, route, &Refusal::WrongStage { stage: view.me.stage }));
    }
    Ok((session, view))
}

/// GET /account: the page, or with `X-Live` only the part that follows the Account.
pub async fn page(visit: &Visit, route: &Route) -> Outcome {
    let watcher = watcher(visit);
    let alone = watcher.is_some();
    let (session, view) = look(visit, route, watcher.clone()).await?;
    let url = Route::LivePassword.path();
    let watch = link(visit, (&session.uid, &session.hash), &session.uid, url, watcher)?;
    let live = AccountLive { watch: Some(watch), ..live_part(visit, session, &view) };
    if alone {
        return Ok(Answer::Page { status: 200, html: live.render()? });
    }
    let chrome = chrome(visit, &view.me, Some(Nav::Account))?;
    let administers = view.me.role == Role::Administrator;
    let path = Route::History.path();
    let all = if administers { links::with(&path, &[("who", &view.me.login)]) } else { path };
    let lines = history::latest(visit, route, actor(visit, session, view), chrome.clone()).await?;
    Answer::page(&Account { chrome, live, lines, all })
}

/// The person towards the journal, as his own Account has just vouched for him.
fn actor(visit: &Visit, session: &Session, view: AccountView) -> Actor {
    Actor {
        uid: session.uid.clone(),
        contract: view.contract,
        role: view.me.role,
        login: view.me.login,
        name: view.me.name,
        session: session.hash.clone(),
        address: visit.address(),
    }
}

/// Whether the account has devices at all.
fn has_devices(visit: &Visit, view: &AccountView) -> bool {
    visit.profile().remote_access && view.me.role != Role::Administrator
}

fn live_part(visit: &Visit, session: &Session, view: &AccountView) -> AccountLive {
    let at = |instant: Millis| Stamp(stamp(instant, visit.zone));
    let device = |phone: &durable::account::admin::PhoneView| Device {
        name: phone.name.clone(),
        os: phone.os.clone(),
        since: at(phone.at),
    };
    let devices = has_devices(visit, view).then(|| OwnDevices {
        phone: view.phone.as_ref().map(device),
        viewer: view.viewer.map(at),
        client: view.client.map(at),
        pcs: view.pcs.iter().map(|pc| pc_row(visit, view, pc)).collect(),
    });
    AccountLive {
        lang: visit.lang,
        watch: None,
        sessions: view.sessions.iter().map(|one| session_row(visit, session, one)).collect(),
        devices,
        factor: view.me.factor,
        remembered: visit.profile().second_step.map(|_| view.remembered.iter().map(|one| browser_row(visit, one)).collect()),
    }
}

fn browser_row(visit: &Visit, browser: &Browser) -> Remembered {
    let at = |instant: Millis| Stamp(stamp(instant, visit.zone));
    Remembered { id: browser.hash.clone(), agent: browser.agent.clone(), since: at(browser.since), last: at(browser.last) }
}

fn session_row(visit: &Visit, own: &Session, session: &person::Session) -> SessionRow {
    SessionRow {
        id: session.hash.clone(),
        own: session.hash == id_of(&own.hash),
        complete: session.stage == Stage::Full,
        agent: session.agent.clone(),
        address: session.address.clone(),
        since: Stamp(stamp(session.created, visit.zone)),
        last: Stamp(stamp(session.last, visit.zone)),
    }
}

fn pc_row(visit: &Visit, view: &AccountView, pc: &person::Client) -> Pc {
    let at = |instant: Millis| Stamp(stamp(instant, visit.zone));
    Pc {
        id: pc.key.clone(),
        live: view.client.filter(|_| pc.key == view.live).map(at),
        name: pc.name.clone(),
        os: pc.os.clone(),
        since: at(pc.at),
        last: at(pc.last),
    }
}

/// GET and POST /account/sessions/{id}/end
pub async fn end_session(visit: &Visit, route: &Route, id: &str) -> Outcome {
    if visit.acts {
        return end(visit, route, Some(id.to_owned())).await;
    }
    let (session, view) = look(visit, route, None).await?;
    let mut rows = view.sessions.iter().map(|one| session_row(visit, session, one));
    match rows.find(|row| row.id == id) {
        Some(row) if row.own => Err(Trouble::NotFound.into()),
        Some(row) => question(visit, &view, OwnAct::End(row)),
        None => Ok(back(Notice::SessionWasOver)),
    }
}

/// GET and POST /account/sessions/end
pub async fn end_others(visit: &Visit, route: &Route) -> Outcome {
    if visit.acts {
        return end(visit, route, None).await;
    }
    let (_, view) = look(visit, route, None).await?;
    let others = view.sessions.len().saturating_sub(1);
    question(visit, &view, OwnAct::EndOthers(others))
}

async fn end(visit: &Visit, route: &Route, id: Option<String>) -> Outcome {
    let operation = visit.form()?.operation()?.to_owned();
    let Some(session) = &visit.session else { return Err(Stop::Instead(to_sign_in(visit, route))) };
    let command = EndSessions { session: session.hash.clone(), id, operation, address: visit.address() };
    let acted = visit.ask(Kind::Account, &session.uid, command).await?;
    receipt(visit, route, acted, Notice::SessionsEnded, Notice::SessionWasOver)
}

/// GET and POST /account/pcs/{id}/refuse
pub async fn refuse_pc(visit: &Visit, route: &Route, id: &str) -> Outcome {
    if !visit.acts {
        let (_, view) = look(visit, route, None).await?;
        if !has_devices(visit, &view) {
            return Err(Trouble::NotFound.into());
        }
        let pc = view.pcs.iter().find(|pc| pc.key == id).map(|pc| pc_row(visit, &view, pc));
        return pc.map_or_else(|| Ok(back(Notice::PcWasGone)), |pc| question(visit, &view, OwnAct::Refuse(pc)));
    }
    let operation = visit.form()?.operation()?.to_owned();
    let Some(session) = &visit.session else { return Err(Stop::Instead(to_sign_in(visit, route))) };
    let command = RefusePc { session: session.hash.clone(), id: id.to_owned(), operation, address: visit.address() };
    let acted = visit.ask(Kind::Account, &session.uid, command).await?;
    receipt(visit, route, acted, Notice::PcRefused, Notice::PcWasGone)
}

/// GET and POST /account/browsers/{id}/forget, and of all of them.
pub async fn forget_browsers(visit: &Visit, route: &Route, id: Option<&String>) -> Outcome {
    if !visit.acts {
        let (_, view) = look(visit, route, None).await?;
        let found = id.map(|id| view.remembered.iter().find(|browser| browser.hash == *id));
        return match found {
            Some(Some(browser)) => question(visit, &view, OwnAct::Forget(browser_row(visit, browser))),
            None if !view.remembered.is_empty() => question(visit, &view, OwnAct::ForgetAll(view.remembered.len())),
            _ => Ok(back(Notice::BrowserWasForgotten)),
        };
    }
    let operation = visit.form()?.operation()?.to_owned();
    let Some(session) = &visit.session else { return Err(Stop::Instead(to_sign_in(visit, route))) };
    let command = ForgetBrowsers { session: session.hash.clone(), id: id.cloned(), operation, address: visit.address() };
    let acted = visit.ask(Kind::Account, &session.uid, command).await?;
    receipt(visit, route, acted, Notice::BrowsersForgotten, Notice::BrowserWasForgotten)
}

fn question(visit: &Visit, view: &AccountView, act: OwnAct) -> Outcome {
    Answer::page(&OwnQuestion { chrome: chrome(visit, &view.me, Some(Nav::Account))?, act })
}

/// 303 to the page, which shows what was done.
fn receipt(visit: &Visit, route: &Route, acted: Reply<Acted>, done: Notice, was_so: Notice) -> Outcome {
    let acted = acted.map_err(|refusal| match refusal {
        Refusal::NotFound => Stop::Trouble(Trouble::NotFound),
        refusal => refused(visit, route, &refusal),
    })?;
    Ok(back(if acted.found { done } else { was_so }))
}

fn back(notice: Notice) -> Answer {
    Answer::see(format!("{}?notice={}", Route::Account.path(), notice.code()))
}
