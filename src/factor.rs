//! 多要素認証 over HTTP: its page and set-up, the login's second step, its removal, and the password once more. The person's own
//! Account decides; no seed is in an address, and a page that shows one is as uncached as every other.

use durable::{
    account::{
        CodeDoor, ConfirmPassword, GiveCode, MeView, Method, OfferFactor, OpenChange, RemoveFactor, SignedIn, Stage,
        sign_in::NewSession,
    },
    ask::Reply,
    names::Door,
    refusal::Refusal,
    rules::totp,
    secret::Secret,
    shell::call::Kind,
};

use crate::{
    answer::{Answer, Outcome, Stop, refused, to_sign_in},
    clock, federation,
    known_browser::Fresh,
    my_account::{chrome, gone, me},
    pages::{self, CodeError, Factor, FactorCode, FactorRemove, FactorSetUp, Nav, Notice, Trouble},
    password_hash,
    preferences::remembered,
    route::{MenuRoute, Route, encode, safe_next},
    second_step,
    session::Session,
    sign_in::{FLOOR, in_turn, too_often, within_outer_limit},
    visit::Visit,
};

/// The session of the request, or the way to the login.
pub fn own_session<'a>(visit: &'a Visit, route: &Route) -> Result<&'a Session, Stop> {
    visit.session.as_ref().ok_or_else(|| Stop::Instead(to_sign_in(visit, route)))
}

/// New ids, and what the Account stores of them.
fn renewed(visit: &Visit) -> worker::Result<(Fresh, NewSession)> {
    let fresh = Fresh::new()?;
    let new = fresh.stored(visit);
    Ok((fresh, new))
}

/// 303 with the cookie of the session's new id. A change of the factor is no login: the browser stays as known as it was.
fn on_with(visit: &Visit, session: &Session, fresh: Fresh, path: String) -> Outcome {
    Ok(Answer::See { path, cookies: fresh.cookies(visit, session.uid.clone(), Stage::FactorDue, false)? })
}

/// The page of 多要素認証, with a receipt.
fn back_with(notice: Notice) -> String {
    format!("{}?notice={}", Route::Factor.path(), notice.code())
}

/// What a refused change of the factor becomes.
fn unchanged(visit: &Visit, route: &Route, refusal: Refusal) -> Stop {
    match refusal {
        Refusal::ConfirmDue => Stop::Instead(to_confirm(route)),
        refusal => refused(visit, route, &gone(refusal)),
    }
}

/// To the page that asks for the password once more, and afterwards back.
fn to_confirm(route: &Route) -> Answer {
    Answer::see(format!("{}?next={}", Route::Confirm.path(), encode(&route.path())))
}

/// GET /settings/factor
pub async fn page(visit: &Visit, route: &Route) -> Outcome {
    let me = me(visit, route, Stage::Full).await?;
    Answer::page(&Factor { chrome: chrome(visit, &me, Some(Nav::Settings))?, factor: me.factor })
}

/// GET /settings/factor/set-up
pub async fn set_up_page(visit: &Visit, route: &Route) -> Outcome {
    let me = me(visit, route, Stage::Full).await?;
    set_up_form(visit, route, me, 200, None).await
}

/// The QR code and the field for the first code. Reading it again shows the same seed.
async fn set_up_form(visit: &Visit, route: &Route, me: MeView, status: u16, error: Option<CodeError>) -> Outcome {
    let session = own_session(visit, route)?;
    let offer = visit.ask(Kind::Account, &session.uid, OfferFactor { session: session.hash.clone() }).await?;
    let offer = match offer {
        Ok(offer) => offer,
        Err(Refusal::Used) => return Ok(Answer::see(Route::Factor.path())),
        Err(refusal) => return Err(unchanged(visit, route, refusal)),
    };
    let chrome = chrome(visit, &me, Some(Nav::Settings))?;
    Answer::page_with(status, &FactorSetUp { chrome, login: me.login, seed: offer.seed.reveal().to_owned(), error })
}

/// POST /settings/factor/set-up
pub async fn set_up(visit: &Visit, route: &Route) -> Outcome {
    let form = visit.form()?;
    let typed = form.need("code")?;
    let me = me(visit, route, Stage::Full).await?;
    let Some(code) = totp::read(typed) else {
        return set_up_form(visit, route, me, 422, Some(CodeError::Malformed)).await;
    };
    let session = own_session(visit, route)?;
    let (fresh, renewed) = renewed(visit)?;
    match give(visit, session, Stage::Full, code, renewed).await? {
        Ok(_) => on_with(visit, session, fresh, back_with(Notice::FactorSetUp)),
        Err(Refusal::Wrong) => set_up_form(visit, route, me, 422, Some(CodeError::Wrong)).await,
        Err(Refusal::Used) => Ok(Answer::see(Route::Factor.path())),
        Err(refusal) => Err(unchanged(visit, route, refusal)),
    }
}

async fn give(
    visit: &Visit,
    session: &Session,
    stage: Stage,
    code: String,
    renewed: NewSession,
) -> worker::Result<Reply<SignedIn>> {
    let code = Secret::new(code);
    let give = GiveCode { session: session.hash.clone(), stage, code, renewed, method: Method::Totp, remember: false };
    visit.ask(Kind::Account, &session.uid, give).await
}

/// GET /login/code
pub async fn code_page(visit: &Visit, route: &Route) -> Outcome {
    let me = me(visit, route, Stage::FactorDue).await?;
    code_form(visit, &me, 200, None, visit.parameter("next"))
}

fn code_form(visit: &Visit, me: &MeView, status: u16, error: Option<CodeError>, next: &str) -> Outcome {
    let next = safe_next(next).unwrap_or_default();
    Answer::page_with(status, &FactorCode { chrome: chrome(visit, me, None)?, door: me.code_door, error, next })
}

/// POST /login/code
pub async fn code(visit: &Visit, route: &Route) -> Outcome {
    let form = visit.form()?;
    let (typed, next) = (form.need("code")?, form.may("next"));
    if !within_outer_limit(visit) {
        return Err(too_often());
    }
    let me = me(visit, route, Stage::FactorDue).await?;
    let Some(code) = totp::read(typed) else { return code_form(visit, &me, 422, Some(CodeError::Malformed), next) };
    let session = own_session(visit, route)?;
    let (fresh, renewed) = renewed(visit)?;
    let refusal = match give(visit, session, Stage::FactorDue, code, renewed).await? {
        Ok(SignedIn { stage, known, preferences, .. }) => {
            let mut cookies = fresh.cookies(visit, session.uid.clone(), stage, known)?;
            cookies.extend(remembered(visit, &preferences));
            return Ok(Answer::See { path: after_login(visit, stage, next), cookies });
        }
        Err(refusal) => refusal,
    };
    clock::until(visit.arrived.saturating_add(FLOOR)).await;
    let (status, code_door, error) = match refusal {
        Refusal::Wrong => (401, CodeDoor::Open, Some(CodeError::Wrong)),
        Refusal::Locked { .. } => (403, CodeDoor::Locked, None),
        Refusal::FactorClosed => (403, CodeDoor::Closed, None),
        refusal => return Err(refused(visit, route, &gone(refusal))),
    };
    code_form(visit, &MeView { code_door, ..me }, status, error, next)
}

/// Where a login leads that stands at this stage.
pub fn after_login(visit: &Visit, stage: Stage, next: &str) -> String {
    let next = safe_next(next);
    match stage {
        Stage::PasswordDue => Route::FirstPassword.path(),
        Stage::FactorDue => to_code(visit, next.as_deref().unwrap_or_default()),
        Stage::FactorMissing => second_step::to(visit, &Route::Register, next.as_deref().unwrap_or_default()),
        Stage::RecoveryDue => second_step::to(visit, &Route::RecoveryCode, next.as_deref().unwrap_or_default()),
        Stage::Menu => next.unwrap_or_else(|| MenuRoute::Top.path().to_owned()),
        // ST-063: asked once, and afterwards on.
        Stage::Full if visit.line.as_ref().is_some_and(|line| line.west) => {
            let path = Route::LineNotice.path();
            next.map_or_else(|| path.clone(), |next| format!("{path}?next={}", encode(&next)))
        }
        Stage::Full => next.unwrap_or_else(|| home(visit).path()),
    }
}

/// Where a login leads that was not on its way to a page: on to the application, where a service has one.
fn home(visit: &Visit) -> Route {
    if visit.config.handover.forms(visit.service).is_empty() { Route::Top } else { Route::HandOver }
}

/// The page of the second step, and afterwards on.
pub fn to_code(visit: &Visit, next: &str) -> String {
    let path = visit.path(&Route::FactorCode);
    if next.is_empty() || next == "/" { path } else { format!("{path}?next={}", encode(next)) }
}

/// GET /settings/factor/remove: the question.
pub async fn remove_page(visit: &Visit, route: &Route) -> Outcome {
    let me = me(visit, route, Stage::Full).await?;
    if !me.factor {
        return Ok(Answer::see(Route::Factor.path()));
    }
    if !me.confirmed {
        return Ok(to_confirm(route));
    }
    Answer::page(&FactorRemove { chrome: chrome(visit, &me, Some(Nav::Settings))?, login: me.login })
}

/// POST /settings/factor/remove
pub async fn remove(visit: &Visit, route: &Route) -> Outcome {
    visit.form()?.operation()?;
    let session = own_session(visit, route)?;
    let (fresh, renewed) = renewed(visit)?;
    let removed = visit.ask(Kind::Account, &session.uid, RemoveFactor { session: session.hash.clone(), renewed }).await?;
    match removed {
        Ok(_) => on_with(visit, session, fresh, back_with(Notice::FactorRemoved)),
        Err(Refusal::Used) => Ok(Answer::see(back_with(Notice::FactorWasOff))),
        Err(refusal) => Err(unchanged(visit, route, refusal)),
    }
}

/// Where a session of this door stands once its login is complete.
pub fn own_stage(visit: &Visit) -> Stage {
    if visit.menu { Stage::Menu } else { Stage::Full }
}

/// GET /confirm?next=
pub async fn confirm_page(visit: &Visit, route: &Route) -> Outcome {
    let me = me(visit, route, own_stage(visit)).await?;
    let next = visit.parameter("next");
    if me.confirmed {
        return Ok(Answer::see(after_login(visit, own_stage(visit), next)));
    }
    confirm_form(visit, me, 200, next, None).await
}

async fn confirm_form(visit: &Visit, me: MeView, status: u16, next: &str, left: Option<u32>) -> Outcome {
    let (chrome, next) = (chrome(visit, &me, Some(Nav::Settings))?, safe_next(next).unwrap_or_default());
    let service = federation::door(visit, &me.linked);
    let page = Answer::page_with(status, &pages::ConfirmPassword { chrome, login: me.login, next, left, service });
    federation::leads_to(visit, &me.linked, page).await
}

/// POST /confirm
pub async fn confirm(visit: &Visit, route: &Route) -> Outcome {
    let form = visit.form()?;
    let (password, next) = (form.need("password")?, form.may("next"));
    if !within_outer_limit(visit) {
        return Err(too_often());
    }
    let me = me(visit, route, own_stage(visit)).await?;
    match confirmed(visit, own_session(visit, route)?, password).await? {
        Ok(()) => Ok(Answer::see(after_login(visit, own_stage(visit), next))),
        Err(Refusal::Password { wrong_current: Some(left @ 1..), .. }) => {
            clock::until(visit.arrived.saturating_add(FLOOR)).await;
            confirm_form(visit, me, 422, next, Some(left)).await
        }
        Err(Refusal::Password { .. }) => Err(Stop::Instead(to_sign_in(visit, route))),
        Err(Refusal::Wrong) => Err(Trouble::Unavailable { retry_after: 1 }.into()),
        Err(refusal) => Err(refused(visit, route, &gone(refusal))),
    }
}

/// Charge, hash, settle.
async fn confirmed(visit: &Visit, session: &Session, password: &str) -> Result<Reply<()>, Stop> {
    let open = || visit.ask(Kind::Account, &session.uid, OpenChange { session: session.hash.clone(), stage: own_stage(visit) });
    let (challenge, permit) = match in_turn((Door::Web, &session.hash), visit.arrived, open).await? {
        Ok(open) => open,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let output = password_hash::compute(password, &challenge)?;
    let command = ConfirmPassword { session: session.hash.clone(), attempt: challenge.attempt, output };
    let settled = visit.ask(Kind::Account, &session.uid, command).await?;
    drop(permit);
    Ok(settled.map(|_| ()))
}
