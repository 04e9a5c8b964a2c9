//! What an administrator does on a user's page. GET asks, with what will happen to this user now; POST acts, and leads back to
//! the page with a receipt. The user's Account decides.

use durable::{
    account::{
        Administer, Disconnect, ForcePassword, OpenTemporary, ResetDevice, Stage, UserView, View, admin::Acted,
        operator::Initial, person::End,
    },
    ask::Reply,
    names::Door,
    refusal::Refusal,
    rules::{
        access::{self, Actor},
        password::{Violation, violations},
    },
    shell::call::Kind,
};

use crate::{
    answer::{Answer, Outcome, Stop, refused},
    pages::{Act, Confirm, Notice, ShutOutDone, Trouble, User, UserPassword},
    password_hash,
    route::Route,
    sign_in::{in_turn, too_often, within_outer_limit},
    users::{actor_and_subject, as_it_is, chrome, live_part},
    visit::Visit,
};

/// GET and POST …/disconnect/{viewer|client}
pub async fn disconnect(visit: &Visit, route: &Route, login: &str, end: End) -> Outcome {
    let (act, done, was_gone) = match end {
        End::Viewer => (Act::DisconnectViewer, Notice::ViewerDisconnected, Notice::ViewerWasGone),
        End::Client => (Act::DisconnectClient, Notice::ClientDisconnected, Notice::ClientWasGone),
    };
    if !visit.acts {
        return confirm(visit, route, login, act).await;
    }
    let operation = visit.form()?.operation()?.to_owned();
    let (actor, uid) = actor_and_subject(visit, route, login, true).await?;
    let acted = visit.ask(Kind::Account, &uid, Disconnect { actor, end, operation }).await?;
    receipt(visit, route, login, acted, done, was_gone)
}

/// GET and POST …/device/reset
pub async fn reset_device(visit: &Visit, route: &Route, login: &str) -> Outcome {
    if !visit.acts {
        return confirm(visit, route, login, Act::ResetDevice).await;
    }
    let form = visit.form()?;
    let (refuse, operation) = (form.may("refuse") == "on", form.operation()?.to_owned());
    let (actor, uid) = actor_and_subject(visit, route, login, true).await?;
    let acted = visit.ask(Kind::Account, &uid, ResetDevice { actor, refuse, operation }).await?;
    let done = if refuse { Notice::DeviceRefused } else { Notice::DeviceReset };
    receipt(visit, route, login, acted, done, Notice::DeviceWasReset)
}

/// GET and POST of ロックアウトを解除, 利用を禁止, 利用を許可, 設定を解除, 猶予を今すぐ終了
pub async fn administer(visit: &Visit, route: &Route, login: &str, act: Act) -> Outcome {
    if !visit.acts {
        return confirm(visit, route, login, act).await;
    }
    let operation = visit.form()?.operation()?.to_owned();
    let (actor, uid) = actor_and_subject(visit, route, login, true).await?;
    let acted = visit.ask(Kind::Account, &uid, Administer { actor, act: act.rule(), operation }).await?;
    let (done, was_so) = match act {
        Act::Prohibit => (Notice::UseProhibited, Notice::UseWasProhibited),
        Act::Allow => (Notice::UseAllowed, Notice::UseWasAllowed),
        Act::ResetFactor => (Notice::FactorReset, Notice::FactorWasReset),
        Act::EndGrace => (Notice::GraceEnded, Notice::GraceWasOver),
        _ => (Notice::Unlocked, Notice::WasUnlocked),
    };
    receipt(visit, route, login, acted, done, was_so)
}

/// 303 to the user's page, which shows what was done.
fn receipt(visit: &Visit, route: &Route, login: &str, acted: Result<Acted, Refusal>, done: Notice, was_gone: Notice) -> Outcome {
    let acted = acted.map_err(|refusal| refused(visit, route, &refusal))?;
    Ok(back(login, if acted.found { done } else { was_gone }))
}

fn back(login: &str, notice: Notice) -> Answer {
    Answer::see(format!("{}?notice={}", Route::User(login.to_owned()).path(), notice.code()))
}

/// The question as a page of its own; only for a user he may see, and an act that the service has.
async fn confirm(visit: &Visit, route: &Route, login: &str, act: Act) -> Outcome {
    let (actor, _, view) = user(visit, route, login, act.rule()).await?;
    Answer::page(&Confirm { chrome: chrome(visit, &actor)?, user: as_it_is(visit, view), act })
}

/// Who asks, and the uid and state of the user whom he names. An open question that looks again by itself (`X-Live`) is no step
/// of a person's and does not prolong his session.
async fn user(visit: &Visit, route: &Route, login: &str, act: access::Act) -> Result<(Actor, String, UserView), Stop> {
    let (actor, uid) = actor_and_subject(visit, route, login, visit.header("x-live").is_empty()).await?;
    if !visit.profile().acts.contains(&act) {
        return Err(Trouble::NotFound.into());
    }
    let view = View { actor: actor.clone(), renew: None };
    let view = visit.ask(Kind::Account, &uid, view).await?.map_err(|refusal| refused(visit, route, &refusal))?;
    Ok((actor, uid, view))
}

/// POST …/password: everything that is wrong is said at once, but never whether it equals what he has or had.
pub async fn force_password(visit: &Visit, route: &Route, login: &str) -> Outcome {
    let form = visit.form()?;
    let (new, again, operation) = (form.need("new")?, form.need("again")?, form.operation()?.to_owned());
    let (temporary, graceless) = (form.may("temporary") == "on", form.may("graceless") == "on");
    if !within_outer_limit(visit) {
        return Err(too_often());
    }
    let (actor, uid, view) = user(visit, route, login, access::Act::ForcePassword).await?;
    let mut broken = violations(&visit.profile().password, new, &view.login);
    if new != again {
        broken.push(Violation::Mismatch);
    }
    if !broken.is_empty() {
        let mut live = live_part(visit, &actor, view, None)?;
        live.password = UserPassword { violations: broken, temporary, graceless, ..live.password };
        return Answer::page_with(422, &User { chrome: chrome(visit, &actor)?, live });
    }
    let how = Force { temporary, graceless, everything: false };
    let forced = set_password(visit, route, (actor, &uid), new, how, operation).await?;
    let stage = forced.map_err(|refusal| refused(visit, route, &refusal))?;
    Ok(back(
        login,
        match (stage, graceless) {
            (Stage::Full, _) if temporary => Notice::PasswordForcedLasting,
            (_, true) => Notice::PasswordForcedAtOnce,
            _ => Notice::PasswordForced,
        },
    ))
}

/// How a password is set by an administrator.
struct Force {
    temporary: bool,
    graceless: bool,
    everything: bool,
}

/// Hashes a user's new password in the line for hashing and sets it.
async fn set_password(
    visit: &Visit,
    route: &Route,
    (actor, uid): (Actor, &str),
    new: &str,
    Force { temporary, graceless, everything }: Force,
    operation: String,
) -> Result<Reply<Stage>, Stop> {
    let open = || visit.ask(Kind::Account, uid, OpenTemporary);
    let opened = in_turn((Door::Web, &actor.session), visit.arrived, open).await?;
    let (challenge, permit) = opened.map_err(|refusal| refused(visit, route, &refusal))?;
    let password = Initial { output: password_hash::compute(new, &challenge)?, challenge };
    let command = ForcePassword { actor, password, temporary, graceless, everything, operation };
    let forced = visit.ask(Kind::Account, uid, command).await?;
    drop(permit);
    Ok(forced)
}

/// GET and POST …/shut-out: すべて遮断. The temporary password is made here and stands in the answer of the POST, and nowhere else.
pub async fn shut_out(visit: &Visit, route: &Route, login: &str) -> Outcome {
    if !visit.acts {
        return confirm(visit, route, login, Act::ShutOut).await;
    }
    let operation = visit.form()?.operation()?.to_owned();
    if !within_outer_limit(visit) {
        return Err(too_often());
    }
    let (actor, uid, view) = user(visit, route, login, access::Act::Revoke).await?;
    let plain = password_hash::temporary(visit.profile())?;
    let how = Force { temporary: true, graceless: true, everything: true };
    let done = set_password(visit, route, (actor.clone(), &uid), &plain, how, operation).await?;
    let password = match done {
        Ok(stage) => Some((plain, stage == Stage::PasswordDue)),
        Err(Refusal::Used) => None,
        Err(refusal) => return Err(refused(visit, route, &refusal)),
    };
    Answer::page(&ShutOutDone { chrome: chrome(visit, &actor)?, login: view.login, password })
}
