//! A person's own pages: top, settings, and changing the password. One call to his own Account makes each of them.

use durable::{
    account::{
        ChangePassword, Me, MeView, OpenChange, Stage,
        sign_in::{Challenge, NewSession},
    },
    ask::Reply,
    contract::ReadFacts,
    names::Door,
    refusal::Refusal,
    rules::{
        access::Role,
        date::Day,
        password::{Policy, Violation, violations},
    },
    shell::call::Kind,
};

use crate::{
    answer::{Answer, Outcome, Stop, refused, to_sign_in},
    known_browser::Fresh,
    my_client,
    pages::{
        Choice, Chrome, ClientLive, FirstPassword, Kind as AccountKind, Nav, News, Notice, OwnPassword, OwnPasswordState,
        PasswordErrors, Settings, Template, Top, Trouble, Who, WrongCurrent,
    },
    password_hash,
    route::Route,
    session::Session,
    sign_in::{in_turn, too_often, within_outer_limit},
    users::watcher,
    visit::Visit,
};

/// Who is logged in, standing at `stage`; anything else leads where he has to go.
///
/// # Errors
/// Another answer, or a fault.
pub async fn me(visit: &Visit, route: &Route, stage: Stage) -> Result<MeView, Stop> {
    let Some(session) = &visit.session else { return Err(Stop::Instead(to_sign_in(visit, route))) };
    let view = visit.ask(Kind::Account, &session.uid, Me { session: session.hash.clone(), touch: true }).await?;
    let view = view.map_err(|refusal| refused(visit, route, &gone(refusal)))?;
    if view.stage == stage { Ok(view) } else { Err(refused(visit, route, &Refusal::WrongStage { stage: view.stage })) }
}

/// An account that is not there any more has no session either.
pub fn gone(refusal: Refusal) -> Refusal {
    if refusal == Refusal::NotFound { Refusal::SignedOut } else { refusal }
}

/// The frame of a person's page.
///
/// # Errors
/// When the runtime has no randomness.
pub fn chrome(visit: &Visit, me: &MeView, nav: Option<Nav>) -> worker::Result<Chrome> {
    let kind = kind(visit, me.role, me.end);
    let mut chrome = visit.chrome()?;
    chrome.who = Some(Who { login: me.login.clone(), kind });
    chrome.nav = nav;
    chrome.notice = Notice::parse(visit.parameter("notice"));
    chrome.news = News::of(&me.news, visit.lang, visit.zone);
    Ok(chrome)
}

/// What the header calls an account.
pub fn kind(visit: &Visit, role: Role, end: Option<Day>) -> AccountKind {
    match role {
        Role::Administrator if visit.profile().invites() => AccountKind::Contractor,
        Role::Manager => AccountKind::Manager,
        Role::User if visit.profile().invites() => AccountKind::Member,
        Role::Administrator => AccountKind::Administrator,
        Role::User => AccountKind::User { expiry: end.map(|day| day.to_string()) },
    }
}

/// GET /
pub async fn top(visit: &Visit, route: &Route) -> Outcome {
    let me = me(visit, route, Stage::Full).await?;
    let application = !visit.config.handover.forms(visit.service).is_empty();
    Answer::page(&Top { chrome: chrome(visit, &me, Some(Nav::Top))?, application })
}

/// GET /settings
pub async fn settings(visit: &Visit, route: &Route) -> Outcome {
    let me = me(visit, route, Stage::Full).await?;
    Answer::page(&Settings { chrome: chrome(visit, &me, Some(Nav::Settings))?, factor: me.factor })
}

/// GET /password/first
pub async fn first_password(visit: &Visit, route: &Route) -> Outcome {
    let me = me(visit, route, Stage::PasswordDue).await?;
    let (chrome, policy) = (chrome(visit, &me, None)?, due_policy(visit, &me).await?);
    Answer::page(&FirstPassword { chrome, login: me.login, policy, errors: PasswordErrors::default() })
}

/// What the password that is due must be: a contract with settings may have chosen a rule of its own.
async fn due_policy(visit: &Visit, me: &MeView) -> worker::Result<Policy> {
    let usual = visit.profile().password;
    if !visit.profile().settings || me.contract.is_empty() {
        return Ok(usual);
    }
    let facts = visit.ask(Kind::Contract, &me.contract, ReadFacts).await?;
    Ok(facts.map_or(usual, |facts| facts.settings.password_policy(usual)))
}

/// GET /password: the page, or with `X-Live` only the part that follows the client.
pub async fn own_password(visit: &Visit, route: &Route) -> Outcome {
    let watcher = watcher(visit);
    let alone = watcher.is_some();
    let (me, client) = my_client::look(visit, route, watcher, Choice::default()).await?;
    if alone {
        let html = client.map_or(Ok(String::new()), |client| ClientLive { client }.render())?;
        return Ok(Answer::Page { status: 200, html });
    }
    let mut chrome = chrome(visit, &me, Some(Nav::Password))?;
    let state = match chrome.notice {
        Some(Notice::PasswordChanged) => OwnPasswordState::Done,
        _ => OwnPasswordState::Form(PasswordErrors::default()),
    };
    chrome.notice = chrome.notice.filter(|notice| *notice != Notice::PasswordChanged);
    Answer::page(&OwnPassword { chrome, login: me.login, policy: visit.profile().password, state, client })
}

/// The form of either page again, with what was wrong and what was chosen.
async fn password_page(visit: &Visit, route: &Route, me: &MeView, choice: Choice, errors: PasswordErrors) -> Outcome {
    let policy = due_policy(visit, me).await?;
    let login = me.login.clone();
    if *route == Route::FirstPassword {
        return Answer::page_with(422, &FirstPassword { chrome: chrome(visit, me, None)?, login, policy, errors });
    }
    let (_, client) = my_client::look(visit, route, None, choice).await?;
    let state = OwnPasswordState::Form(errors);
    Answer::page_with(422, &OwnPassword { chrome: chrome(visit, me, Some(Nav::Password))?, login, policy, state, client })
}

/// POST /password and /password/first: everything that is wrong is said at once.
pub async fn change_password(visit: &Visit, route: &Route) -> Outcome {
    let stage = if *route == Route::FirstPassword { Stage::PasswordDue } else { Stage::Full };
    let form = visit.form()?;
    let (current, new, again) = (form.need("current")?, form.need("new")?, form.need("again")?);
    let choice = Choice { reflect: !form.may("reflect").is_empty(), graceless: !form.may("graceless").is_empty() };
    if !within_outer_limit(visit) {
        return Err(too_often());
    }
    let me = me(visit, route, stage).await?;
    let Some(session) = &visit.session else { return Err(Stop::Instead(to_sign_in(visit, route))) };
    let mut broken = violations(&due_policy(visit, &me).await?, new, &me.login);
    if new != again {
        broken.push(Violation::Mismatch);
    }
    let fresh = Fresh::new()?;
    match change(visit, session, stage, (current, new), broken, choice, fresh.stored(visit)).await? {
        Ok(()) => {
            let cookies = fresh.cookies(visit, session.uid.clone(), Stage::Full, false)?;
            let page = if stage == Stage::Full { Route::OwnPassword } else { Route::Top };
            Ok(Answer::See { path: format!("{}?notice={}", page.path(), Notice::PasswordChanged.code()), cookies })
        }
        Err(Refusal::Password { wrong_current: Some(0), .. }) => Err(Stop::Instead(to_sign_in(visit, route))),
        Err(Refusal::Password { violations, wrong_current }) => {
            let wrong_current = wrong_current.map(|left| WrongCurrent { left: Some(left) });
            password_page(visit, route, &me, choice, PasswordErrors { wrong_current, violations }).await
        }
        Err(Refusal::Wrong) => Err(Trouble::Unavailable { retry_after: 1 }.into()),
        Err(refusal) => Err(refused(visit, route, &gone(refusal))),
    }
}

/// Charge, two hashes, settle.
async fn change(
    visit: &Visit,
    session: &Session,
    stage: Stage,
    (current, new): (&str, &str),
    violations: Vec<Violation>,
    Choice { reflect, graceless }: Choice,
    renewed: NewSession,
) -> Result<Reply<()>, Stop> {
    let open = || visit.ask(Kind::Account, &session.uid, OpenChange { session: session.hash.clone(), stage });
    let (challenge, permit): (Challenge, _) = match in_turn((Door::Web, &session.hash), visit.arrived, open).await? {
        Ok(open) => open,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let current = password_hash::compute(current, &challenge)?;
    let new = password_hash::compute(new, &challenge)?;
    let session_hash = session.hash.clone();
    let command =
        ChangePassword { session: session_hash, stage, challenge, current, new, violations, renewed, reflect, graceless };
    let changed = visit.ask(Kind::Account, &session.uid, command).await?;
    drop(permit);
    Ok(changed.map(|_| ()))
}
