//! A person's own client on the page of his password, and 猶予を今すぐ終了. One call to his own Account makes the page.

use durable::{
    Millis,
    account::{EndGrace, Me, MeView, PasswordPage, PasswordView, Stage, person::days_left},
    refusal::Refusal,
    rules::{access::Role, date::stamp},
    shell::call::Kind,
};

use crate::{
    answer::{Answer, Outcome, Stop, refused, to_sign_in},
    clock,
    my_account::{chrome, gone},
    pages::{self, Choice, Device, Grace, Nav, Notice, OwnClient, Stamp, Trouble},
    route::Route,
    session::Session,
    users::link,
    visit::Visit,
};

/// Who is logged in, and his client; none for an account that has no devices. With `watcher` only the page itself looks, which
/// does not prolong the session.
///
/// # Errors
/// Another answer for who is not logged in or has to change his password first, or a fault.
pub async fn look(
    visit: &Visit,
    route: &Route,
    watcher: Option<String>,
    choice: Choice,
) -> Result<(MeView, Option<OwnClient>), Stop> {
    let Some(session) = &visit.session else { return Err(Stop::Instead(to_sign_in(visit, route))) };
    let me = Me { session: session.hash.clone(), touch: watcher.is_none() };
    let view = visit.ask(Kind::Account, &session.uid, PasswordPage { me, renew: watcher.clone() }).await?;
    let view = view.map_err(|refusal| refused(visit, route, &gone(refusal)))?;
    if view.me.stage != Stage::Full {
        return Err(refused(visit, route, &Refusal::WrongStage { stage: view.me.stage }));
    }
    let has_devices = visit.profile().remote_access && view.me.role != Role::Administrator;
    let me = view.me.clone();
    let client = if has_devices { Some(own_client(visit, session, view, watcher, choice)?) } else { None };
    Ok((me, client))
}

fn own_client(
    visit: &Visit,
    session: &Session,
    view: PasswordView,
    watcher: Option<String>,
    choice: Choice,
) -> worker::Result<OwnClient> {
    let at = |instant: Millis| Stamp(stamp(instant, visit.zone));
    let url = Route::LivePassword.path();
    let grace = |until| Grace { days: days_left(until, visit.arrived), until: at(until) };
    Ok(OwnClient {
        lang: visit.lang,
        watch: Some(link(visit, (&session.uid, &session.hash), &session.uid, url, watcher)?),
        operation: clock::id()?,
        waiting: view.client.map(|client| Device { name: client.name, os: client.os, since: at(client.at) }),
        on_previous: view.on_previous,
        choice,
        reflection: view.reflection,
        grace: view.grace_until.map(grace),
    })
}

/// GET and POST /password/grace
pub async fn end_grace(visit: &Visit, route: &Route) -> Outcome {
    if !visit.acts {
        let (me, client) = look(visit, route, None, Choice::default()).await?;
        let client = client.ok_or(Trouble::NotFound)?;
        return Answer::page(&pages::EndGrace { chrome: chrome(visit, &me, Some(Nav::Password))?, client });
    }
    let operation = visit.form()?.operation()?.to_owned();
    let Some(session) = &visit.session else { return Err(Stop::Instead(to_sign_in(visit, route))) };
    let command = EndGrace { session: session.hash.clone(), operation };
    let acted = visit.ask(Kind::Account, &session.uid, command).await?;
    let acted = acted.map_err(|refusal| refused(visit, route, &gone(refusal)))?;
    let notice = if acted.found { Notice::GraceEnded } else { Notice::GraceWasOver };
    Ok(Answer::see(format!("{}?notice={}", Route::OwnPassword.path(), notice.code())))
}
