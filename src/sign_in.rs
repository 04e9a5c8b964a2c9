//! Login and logout. Charge, hash, settle: the object charges a failure first, the hash runs here, and the object decides.
//! A refused login is answered no sooner than 400 ms after it arrived, whatever the reason, so that time tells nothing.

use std::{cell::RefCell, collections::HashMap, future::Future};

use durable::{
    Millis,
    account::{
        Attempt, Challenge, Me, Settle, SignOut,
        sign_in::{NewSession, SignedIn},
    },
    ask::Reply,
    names::{AttemptUnknown, Door, Resolve, SettleUnknown, key_of, shard_of},
    refusal::Refusal,
    rules::login_name,
    secret,
    shell::call::Kind,
};

use crate::{
    answer::{Answer, Outcome, Stop},
    clock,
    factor::after_login,
    federation,
    known_browser::{Fresh, presented},
    pages::{LineError, SignIn, SignInState, Trouble},
    password_hash::{self, Permit},
    preferences::remembered,
    remembered_browser, retirement,
    route::{Route, safe_next},
    session,
    visit::Visit,
};

/// A refused login is answered no sooner than this after it arrived.
pub const FLOOR: Millis = 400;
/// How long a login waits for its turn before it is told to come again.
const PATIENCE: Millis = 20_000;
/// How many logins at one counter an isolate has between charge and settlement; more would only find its counter busy.
const AT_ONCE: usize = 4;
/// How long a login in line waits for each one before it until it looks again; less than a hash takes.
const STEP: Millis = 10;
/// Longest wait between two looks at the line.
const LOOK: Millis = 100;
/// First wait of a login that found the counter busy; doubles up to [`SLOWEST`].
const FIRST_WAIT: Millis = 50;
/// Longest wait between two tries.
const SLOWEST: Millis = 1_000;
/// How long an answer of Names is believed.
const BELIEVED: Millis = 10_000;
/// How many names an isolate remembers; beyond, it forgets them all.
const NAMES: usize = 10_000;
/// How many addresses an isolate counts at once; beyond, it forgets them all and begins anew.
const ADDRESSES: usize = 10_000;

/// Who is behind a typed name.
pub enum Whose {
    /// An account.
    Account {
        /// Its uid.
        uid: String,
        /// The folded name.
        login: String,
    },
    /// Nobody; the key under which its failures count.
    Nobody {
        /// `service/kind/value`.
        key: String,
    },
    /// Not a name that anybody could have.
    Impossible,
}

/// GET /login: the form, or the top page for who is logged in already.
pub async fn page(visit: &Visit) -> Outcome {
    if let Some(session) = &visit.session
        && let Ok(view) = visit.ask(Kind::Account, &session.uid, Me { session: session.hash.clone(), touch: false }).await?
    {
        return Ok(Answer::see(after_login(visit, view.stage, visit.parameter("next"))));
    }
    retirement::refresh(visit).await?;
    let state = match (visit.parameter("ended"), visit.parameter("out")) {
        ("1", _) => Some(SignInState::SessionEnded),
        (_, "1") => Some(SignInState::LoggedOut),
        _ => None,
    };
    form(visit, 200, state, "", visit.parameter("next"))
}

/// The login page with these values.
fn form(visit: &Visit, status: u16, state: Option<SignInState>, login: &str, next: &str) -> Outcome {
    let next = safe_next(next).unwrap_or_default();
    let page = SignIn {
        chrome: visit.chrome()?,
        state,
        login: login.chars().take(254).collect(),
        next,
        mail: visit.profile().invites(),
        services: federation::doors(visit),
    };
    federation::leads(visit, Answer::page_with(status, &page))
}

/// POST /login
pub async fn submit(visit: &Visit) -> Outcome {
    let form_ = visit.form()?;
    let (typed, password) = (form_.need("login")?, form_.need("password")?);
    let next = form_.may("next");
    // Nobody gets in here whose line is unknown: nothing is compared, and nothing counts.
    if visit.on_line && visit.line.is_none() {
        return elsewhere(visit, typed, next);
    }
    if !within_outer_limit(visit) {
        return form(visit, 429, Some(SignInState::TooMany { retry_after: 60 }), typed, next);
    }
    let fresh = Fresh::new()?;
    let refusal = match sign_in(visit, typed, password, fresh.stored(visit)).await? {
        Ok((uid, SignedIn { stage, known, remembered: trusted, preferences })) => {
            // The one it came with, for another year.
            let id = remembered_browser::presented(visit, &uid).filter(|_| trusted);
            let trusted = id.map(|id| remembered_browser::cookie(visit, &uid, id)).transpose()?;
            let mut cookies = fresh.cookies(visit, uid, stage, known)?;
            cookies.extend(trusted);
            cookies.extend(remembered(visit, &preferences));
            return Ok(Answer::See { path: after_login(visit, stage, next), cookies });
        }
        Err(refusal) => refusal,
    };
    clock::until(visit.arrived.saturating_add(FLOOR)).await;
    let (status, state) = match refusal {
        Refusal::Line => return elsewhere(visit, typed, next),
        Refusal::Locked { .. } => (403, SignInState::Locked),
        Refusal::Prohibited => (403, SignInState::Prohibited),
        Refusal::TrialEnded => (403, SignInState::TrialEnded),
        Refusal::Busy => (503, SignInState::Busy),
        Refusal::TooMany { retry_after } => (429, SignInState::TooMany { retry_after }),
        _ => (401, SignInState::Wrong),
    };
    form(visit, status, Some(state), typed, next)
}

/// A login that may not be where it comes from, however right it is: 回線認証エラー (ST-062), or 回線認証のみ (ST-064).
///
/// # Errors
/// A fault.
pub fn elsewhere(visit: &Visit, login: &str, next: &str) -> Outcome {
    if !visit.on_line {
        return form(visit, 403, Some(SignInState::LinesOnly), login, next);
    }
    let page = LineError { chrome: visit.chrome()?, number: visit.number().to_owned() };
    Answer::page_with(403, &page)
}

/// Charge, hash, settle, for a known name as for an unknown one.
async fn sign_in(visit: &Visit, typed: &str, password: &str, new: NewSession) -> Result<Reply<(String, SignedIn)>, Stop> {
    match whose(visit, typed).await? {
        Whose::Impossible => Ok(Err(Refusal::Wrong)),
        Whose::Nobody { key } => Ok(Err(nobody(visit, &key, Door::Web, password).await?)),
        Whose::Account { uid, login } => {
            // A known browser has a counter of its own, and so a line of its own: a flood elsewhere is not in front of it.
            let browser = presented(visit, &uid).map_or_else(String::new, |id| secret::hash(&id));
            let attempt = || visit.ask(Kind::Account, &uid, Attempt { login: login.clone(), browser: browser.clone() });
            let counter = format!("{uid} {browser}");
            let (challenge, permit) = match in_turn((Door::Web, &counter), visit.arrived, attempt).await? {
                Ok(open) => open,
                Err(Refusal::NotFound) => {
                    let key = key_of(visit.service, &login);
                    return Ok(Err(nobody(visit, &key, Door::Web, password).await?));
                }
                Err(refusal) => return Ok(Err(refusal)),
            };
            let output = password_hash::compute(password, &challenge)?;
            let remembered = remembered_browser::presented(visit, &uid).map_or_else(String::new, |id| secret::hash(&id));
            let settle = Settle { attempt: challenge.attempt, output, session: new, remembered };
            let settled = visit.ask(Kind::Account, &uid, settle).await?;
            drop(permit);
            Ok(settled.map(|signed_in| (uid, signed_in)))
        }
    }
}

/// Whose the typed name is. What Names said is believed for ten seconds, as an [`durable::rules::access::Actor`] is: a name that
/// has been released is kept, so that until then it leads to nobody else.
///
/// # Errors
/// A fault.
pub async fn whose(visit: &Visit, typed: &str) -> worker::Result<Whose> {
    let Some(login) = login_name::parse(typed, visit.profile().name_kind) else { return Ok(Whose::Impossible) };
    let key = key_of(visit.service, &login);
    if let Some(uid) = known(&key, visit.arrived) {
        return Ok(Whose::Account { uid, login });
    }
    let resolved = visit.ask(Kind::Names, &shard_of(&key), Resolve { key: key.clone() }).await?;
    Ok(match resolved.ok().and_then(|resolved| resolved.uid) {
        Some(uid) => {
            KNOWN.with_borrow_mut(|known| {
                if known.len() >= NAMES {
                    known.clear();
                }
                known.insert(key, (uid.clone(), visit.arrived));
            });
            Whose::Account { uid, login }
        }
        None => Whose::Nobody { key },
    })
}

fn known(key: &str, now: Millis) -> Option<String> {
    KNOWN.with_borrow(|known| {
        known.get(key).filter(|(_, since)| now.saturating_sub(*since) < BELIEVED).map(|(uid, _)| uid.clone())
    })
}

/// Forgets what Names said: the operator changes accounts.
pub fn forget_names() {
    KNOWN.with_borrow_mut(HashMap::clear);
}

/// A login under a name nobody owns: the same steps, the same hash, and always a refusal.
///
/// # Errors
/// A fault.
pub async fn nobody(visit: &Visit, key: &str, door: Door, password: &str) -> Result<Refusal, Stop> {
    let shard = shard_of(key);
    let attempt = || visit.ask(Kind::Names, &shard, AttemptUnknown { key: key.to_owned(), service: visit.service, door });
    let (challenge, permit) = match in_turn((door, key), visit.arrived, attempt).await? {
        Ok(open) => open,
        Err(refusal) => return Ok(refusal),
    };
    password_hash::compute(password, &challenge)?;
    let settle = SettleUnknown { key: key.to_owned(), service: visit.service, door, attempt: challenge.attempt };
    let settled = visit.ask(Kind::Names, &shard, settle).await?;
    drop(permit);
    Ok(settled.err().unwrap_or(Refusal::Wrong))
}

/// Waits for a turn: a place in the line of hashes, then the head of the line for this counter, then a charge that may be
/// made. Who waits in line asks nothing and writes nothing.
///
/// # Errors
/// A fault; a line that stays full becomes [`Refusal::TooMany`], a counter that stays busy [`Refusal::Busy`].
pub async fn in_turn<F>(
    (door, whose): (Door, &str),
    arrived: Millis,
    attempt: impl Fn() -> F,
) -> worker::Result<Reply<(Challenge, Permit)>>
where
    F: Future<Output = worker::Result<Reply<Challenge>>>,
{
    let mut busy = FIRST_WAIT;
    let mut place = None;
    loop {
        place = place.or_else(|| Permit::take(door, whose));
        let ahead = place.as_ref().map(Permit::ahead);
        let (refusal, wait) = match (ahead, place.take()) {
            (Some(ahead), Some(permit)) if ahead < AT_ONCE => match attempt().await? {
                Ok(challenge) => return Ok(Ok((challenge, permit))),
                Err(Refusal::Busy) => {
                    place = Some(permit);
                    (Refusal::Busy, backed_off(&mut busy)?)
                }
                Err(refusal) => {
                    permit.let_pass();
                    return Ok(Err(refusal));
                }
            },
            (Some(ahead), Some(permit)) => {
                place = Some(permit);
                (Refusal::Busy, look_again(ahead))
            }
            _ => (Refusal::TooMany { retry_after: 20 }, backed_off(&mut busy)?),
        };
        let next = clock::now().saturating_add(wait);
        if next.saturating_sub(arrived) > PATIENCE {
            return Ok(Err(refusal));
        }
        clock::until(next).await;
    }
}

/// How long to wait in line behind so many.
fn look_again(ahead: usize) -> Millis {
    let more = ahead.saturating_sub(AT_ONCE).saturating_add(1);
    Millis::try_from(more).unwrap_or(LOOK).saturating_mul(STEP).min(LOOK)
}

/// A wait with up to half of it left to chance; the next one is twice as long.
fn backed_off(wait: &mut Millis) -> worker::Result<Millis> {
    let [dice] = clock::random::<1>()?;
    let jitter = wait.saturating_mul(Millis::from(dice)).checked_div(512).unwrap_or(0);
    let now = wait.saturating_sub(jitter);
    *wait = wait.saturating_mul(2).min(SLOWEST);
    Ok(now)
}

/// POST /logout
pub async fn sign_out(visit: &Visit) -> Outcome {
    if let Some(session) = &visit.session {
        // Whatever it answers, the browser forgets the session.
        let _ = visit.ask(Kind::Account, &session.uid, SignOut { session: session.hash.clone() }).await?;
    }
    Ok(Answer::See {
        path: format!("{}?out=1", visit.path(&Route::SignIn)),
        cookies: vec![session::forget(&visit.origin, visit.menu)],
    })
}

thread_local! {
    /// What Names said lately: uid and when, by key.
    static KNOWN: RefCell<HashMap<String, (String, Millis)>> = RefCell::new(HashMap::new());
    static POSTS: RefCell<(Millis, HashMap<String, u32>)> = RefCell::new((0, HashMap::new()));
}

/// The outer limit of password posts of one address and minute. It guards an isolate's processor and is no accounting: the
/// counters that protect an account are in the account.
pub fn within_outer_limit(visit: &Visit) -> bool {
    let minute = visit.arrived.checked_div(60_000).unwrap_or(0);
    POSTS.with_borrow_mut(|(of, posts)| {
        if *of != minute || posts.len() >= ADDRESSES {
            *of = minute;
            posts.clear();
        }
        let count = posts.entry(visit.address()).or_insert(0);
        *count = count.saturating_add(1);
        *count <= visit.config.posts_per_minute
    })
}

/// A trouble for a page that asks for a password too often.
pub fn too_often() -> Stop {
    Trouble::TooMany { retry_after: 60 }.into()
}
