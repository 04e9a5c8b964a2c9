//! 2段階認証 over HTTP (ST-020 to ST-029): registration by SMS or app, the login's code, the lost device, the recovery code. The
//! person's own Account decides; a page leads on only after its form, and each step's address can be asked for again.

use durable::{
    account::{GiveCode, KeepRecovery, MeView, Method, OfferFactor, SendCode, SignedIn, Stage, StepView},
    ask::Reply,
    refusal::Refusal,
    rules::{phone, recovery_code, totp},
    secret::Secret,
    shell::call::Kind,
};

use crate::{
    answer::{Answer, Outcome, Stop, refused},
    clock,
    factor::{after_login, own_session, own_stage},
    known_browser::Fresh,
    my_account::{chrome, gone, me},
    pages::{SecondStep, StepError, StepState, Trouble, links},
    preferences::remembered,
    route::{Route, safe_next},
    session::Session,
    sign_in::{FLOOR, too_often, within_outer_limit},
    visit::{Form, Visit},
};

/// A step of the login, and afterwards on.
pub fn to(visit: &Visit, route: &Route, next: &str) -> String {
    let next = if next == "/" { "" } else { next };
    links::with(&visit.path(route), &[("next", next)])
}

/// To a step, and afterwards where this login goes on to.
fn step_to(visit: &Visit, route: &Route) -> String {
    to(visit, route, &next_of(visit))
}

/// Who stands at this stage, and what its pages show.
async fn standing(visit: &Visit, route: &Route, stage: Stage) -> Result<(MeView, StepView), Stop> {
    let me = me(visit, route, stage).await?;
    let step = me.step.clone().ok_or(Trouble::NotFound)?;
    Ok((me, step))
}

/// Where this login goes on to: of the form, or of the address.
fn next_of(visit: &Visit) -> String {
    let next = if visit.acts {
        visit.form().map(|form| form.may("next").to_owned()).unwrap_or_default()
    } else {
        visit.parameter("next").to_owned()
    };
    safe_next(&next).unwrap_or_default()
}

fn page(visit: &Visit, me: &MeView, status: u16, state: StepState, error: Option<StepError>) -> Outcome {
    let remember = visit.acts && visit.form().is_ok_and(|form| !form.may("remember").is_empty());
    Answer::page_with(status, &SecondStep { chrome: chrome(visit, me, None)?, state, error, remember, next: next_of(visit) })
}

/// The form, within the outer limit.
fn form(visit: &Visit) -> Result<Form, Stop> {
    let form = visit.form()?;
    form.operation()?;
    if within_outer_limit(visit) { Ok(form) } else { Err(too_often()) }
}

/// Gives a code. What comes of it leaves no sooner than a refused login.
async fn give(
    visit: &Visit,
    session: &Session,
    stage: Stage,
    method: Method,
    code: String,
) -> worker::Result<(Fresh, Reply<SignedIn>)> {
    let fresh = Fresh::new()?;
    let remember = visit.form().is_ok_and(|form| !form.may("remember").is_empty());
    let (code, renewed) = (Secret::new(code), fresh.stored(visit));
    let give = GiveCode { session: session.hash.clone(), stage, code, renewed, method, remember };
    let given = visit.ask(Kind::Account, &session.uid, give).await?;
    if given.is_err() {
        clock::until(visit.arrived.saturating_add(FLOOR)).await;
    }
    Ok((fresh, given))
}

/// 303 onwards, with the cookies of the session's new id.
fn on(visit: &Visit, session: &Session, fresh: Fresh, signed_in: &SignedIn, path: String) -> Outcome {
    let trusted = signed_in.remembered.then(|| fresh.remembered(visit, &session.uid)).transpose()?;
    let mut cookies = fresh.cookies(visit, session.uid.clone(), signed_in.stage, signed_in.known)?;
    cookies.extend(trusted);
    cookies.extend(remembered(visit, &signed_in.preferences));
    Ok(Answer::See { path, cookies })
}

/// The same page again after a refusal, or where it leads.
fn again(visit: &Visit, route: &Route, me: &MeView, state: StepState, refusal: &Refusal) -> Outcome {
    let (status, state, error) = match refusal {
        Refusal::Wrong => (401, state, Some(StepError::Wrong)),
        Refusal::Used => (422, dead(state), Some(StepError::Over)),
        Refusal::TooMany { retry_after } => (429, state, Some(StepError::TooSoon { seconds: *retry_after })),
        Refusal::Locked { .. } => (403, StepState::Shut { closed: false }, None),
        Refusal::FactorClosed => (403, StepState::Shut { closed: true }, None),
        refusal => return Err(refused(visit, route, &gone(refusal.clone()))),
    };
    page(visit, me, status, state, error)
}

/// The page of a code that cannot be given any more.
fn dead(state: StepState) -> StepState {
    match state {
        StepState::Sms { tail, registers, .. } => StepState::Sms { tail, alive: false, registers },
        other => other,
    }
}

/// What the login's page asks for.
fn login_state(visit: &Visit, me: &MeView, step: &StepView) -> StepState {
    if let Some(shut) = shut(me) {
        return shut;
    }
    match step.method {
        Method::Sms if step.until.is_none() && visit.config.sms.is_none() => StepState::SmsOff,
        Method::Sms => StepState::Sms { tail: step.phone.clone(), alive: step.until.is_some(), registers: false },
        Method::Totp | Method::Recovery => StepState::App,
    }
}

fn shut(me: &MeView) -> Option<StepState> {
    use durable::account::CodeDoor;
    match me.code_door {
        CodeDoor::Open => None,
        CodeDoor::Locked => Some(StepState::Shut { closed: false }),
        CodeDoor::Closed => Some(StepState::Shut { closed: true }),
    }
}

/// GET and POST /login/code
pub async fn code(visit: &Visit, route: &Route) -> Outcome {
    let (me, step) = standing(visit, route, Stage::FactorDue).await?;
    let state = login_state(visit, &me, &step);
    if !visit.acts {
        return page(visit, &me, 200, state, None);
    }
    let form = form(visit)?;
    let Some(code) = totp::read(form.need("code")?) else { return page(visit, &me, 422, state, Some(StepError::Malformed)) };
    let session = own_session(visit, route)?;
    let (fresh, given) = give(visit, session, Stage::FactorDue, step.method, code).await?;
    match given {
        Ok(signed_in) => on(visit, session, fresh, &signed_in, after_login(visit, signed_in.stage, &next_of(visit))),
        // The fifth wrong code was this one's last.
        Err(Refusal::Wrong) => {
            let (me, step) = standing(visit, route, Stage::FactorDue).await?;
            page(visit, &me, 401, login_state(visit, &me, &step), Some(StepError::Wrong))
        }
        Err(refusal) => again(visit, route, &me, state, &refusal),
    }
}

/// POST /login/code/send
pub async fn send(visit: &Visit, route: &Route) -> Outcome {
    form(visit)?;
    let (me, step) = standing(visit, route, Stage::FactorDue).await?;
    let state = login_state(visit, &me, &step);
    match ask_for(visit, route, None).await? {
        // Nothing to send to: the page says what there is instead.
        Ok(()) | Err(Refusal::NotFound) => Ok(Answer::see(step_to(visit, &Route::FactorCode))),
        Err(refusal) => again(visit, route, &me, state, &refusal),
    }
}

async fn ask_for(visit: &Visit, route: &Route, phone: Option<String>) -> Result<Reply<()>, Stop> {
    let session = own_session(visit, route)?;
    let send = SendCode { session: session.hash.clone(), phone: phone.map(Secret::new), address: visit.address() };
    Ok(visit.ask(Kind::Account, &session.uid, send).await?.map(|_| ()))
}

/// GET and POST /login/register (ST-023): the number. Without a provider the app is the first page.
pub async fn register(visit: &Visit, route: &Route) -> Outcome {
    let (me, step) = standing(visit, route, Stage::FactorMissing).await?;
    if visit.config.sms.is_none() {
        return Ok(Answer::see(step_to(visit, &Route::RegisterApp)));
    }
    if let Some(shut) = shut(&me) {
        return page(visit, &me, 403, shut, None);
    }
    if !visit.acts {
        return page(visit, &me, 200, StepState::Phone(String::new()), None);
    }
    let form = form(visit)?;
    // Without a number, the code is sent again to the one that was typed before.
    let typed = form.may("phone");
    let (number, state) = match phone::parse(typed) {
        Some(number) => (Some(number), StepState::Phone(typed.to_owned())),
        None if form.names().all(|name| name != "phone") && !step.phone.is_empty() => (None, sent(&step)),
        None => {
            let typed = typed.chars().take(40).collect();
            return page(visit, &me, 422, StepState::Phone(typed), Some(StepError::Phone));
        }
    };
    match ask_for(visit, route, number).await? {
        Ok(()) => Ok(Answer::see(step_to(visit, &Route::RegisterCode))),
        Err(refusal) => again(visit, route, &me, state, &refusal),
    }
}

/// The page of the code that registers a number.
fn sent(step: &StepView) -> StepState {
    StepState::Sms { tail: step.phone.clone(), alive: step.until.is_some(), registers: true }
}

/// GET and POST /login/register/code
pub async fn register_code(visit: &Visit, route: &Route) -> Outcome {
    let (me, step) = standing(visit, route, Stage::FactorMissing).await?;
    if step.phone.is_empty() {
        return Ok(Answer::see(step_to(visit, &Route::Register)));
    }
    let state = shut(&me).unwrap_or_else(|| sent(&step));
    if !visit.acts {
        return page(visit, &me, 200, state, None);
    }
    let form = form(visit)?;
    let Some(code) = totp::read(form.need("code")?) else { return page(visit, &me, 422, state, Some(StepError::Malformed)) };
    let session = own_session(visit, route)?;
    let (fresh, given) = give(visit, session, Stage::FactorMissing, Method::Sms, code).await?;
    match given {
        Ok(signed_in) => on(visit, session, fresh, &signed_in, step_to(visit, &Route::RecoveryCode)),
        Err(Refusal::Wrong) => {
            let (me, step) = standing(visit, route, Stage::FactorMissing).await?;
            page(visit, &me, 401, shut(&me).unwrap_or_else(|| sent(&step)), Some(StepError::Wrong))
        }
        Err(refusal) => again(visit, route, &me, state, &refusal),
    }
}

/// GET and POST /login/register/app (ST-025). Reading it again shows the same seed.
pub async fn register_app(visit: &Visit, route: &Route) -> Outcome {
    let (me, _) = standing(visit, route, Stage::FactorMissing).await?;
    let session = own_session(visit, route)?;
    let offer = visit.ask(Kind::Account, &session.uid, OfferFactor { session: session.hash.clone() }).await?;
    let offer = offer.map_err(|refusal| refused(visit, route, &gone(refusal)))?;
    let (seed, sms) = (offer.seed.reveal().to_owned(), visit.config.sms.is_some());
    let state = StepState::Scan { seed, login: me.login.clone(), sms };
    if !visit.acts {
        return page(visit, &me, 200, state, None);
    }
    let form = form(visit)?;
    let Some(code) = totp::read(form.need("code")?) else { return page(visit, &me, 422, state, Some(StepError::Malformed)) };
    let (fresh, given) = give(visit, session, Stage::FactorMissing, Method::Totp, code).await?;
    match given {
        Ok(signed_in) => on(visit, session, fresh, &signed_in, step_to(visit, &Route::RecoveryCode)),
        Err(refusal) => again(visit, route, &me, state, &refusal),
    }
}

/// GET and POST /login/recovery (ST-027)
pub async fn lost(visit: &Visit, route: &Route) -> Outcome {
    let (me, _) = standing(visit, route, Stage::FactorDue).await?;
    let state = shut(&me).unwrap_or(StepState::Lost);
    if !visit.acts {
        return page(visit, &me, 200, state, None);
    }
    let form = form(visit)?;
    let Some(code) = recovery_code::read(form.need("code")?) else {
        return page(visit, &me, 422, state, Some(StepError::Malformed));
    };
    let session = own_session(visit, route)?;
    let (fresh, given) = give(visit, session, Stage::FactorDue, Method::Recovery, code).await?;
    match given {
        Ok(signed_in) => on(visit, session, fresh, &signed_in, step_to(visit, &Route::RecoveryCode)),
        Err(refusal) => again(visit, route, &me, state, &refusal),
    }
}

/// GET and POST /login/recovery-code (ST-026, ST-028): shown until its owner has said that he keeps it.
pub async fn keep(visit: &Visit, route: &Route) -> Outcome {
    let (me, step) = standing(visit, route, Stage::RecoveryDue).await?;
    let code = step.recovery.as_ref().map(|code| code.reveal().to_owned()).ok_or(Trouble::NotFound)?;
    let replaced = step.method == Method::Recovery;
    let state = StepState::Keep { code, replaced };
    if !visit.acts {
        return page(visit, &me, 200, state, None);
    }
    let form = form(visit)?;
    if form.may("kept").is_empty() {
        return page(visit, &me, 422, state, Some(StepError::Unticked));
    }
    let (session, fresh) = (own_session(visit, route)?, Fresh::new()?);
    let command = KeepRecovery { session: session.hash.clone(), renewed: fresh.stored(visit) };
    let kept = visit.ask(Kind::Account, &session.uid, command).await?;
    let signed_in = kept.map_err(|refusal| refused(visit, route, &gone(refusal)))?;
    // Who came by a recovery code is logged in; who has registered is told so first.
    let told = !replaced && signed_in.stage == own_stage(visit);
    let path = if told { step_to(visit, &Route::Registered) } else { after_login(visit, signed_in.stage, &next_of(visit)) };
    on(visit, session, fresh, &signed_in, path)
}

/// GET /login/registered: 「ログインする」 leads on.
pub async fn registered(visit: &Visit, route: &Route) -> Outcome {
    let me = me(visit, route, own_stage(visit)).await?;
    page(visit, &me, 200, StepState::Done, None)
}
