//! The second factor, 多要素認証 (CW-015, CW-100 to CW-103): one-time codes of an app, at the login and at its set-up.
//!
//! A right password of an account that uses it opens a session that stands at [`Stage::FactorDue`]: it gives its code or logs
//! out, nothing else. Codes have a counter of their own, which a right password neither shows nor clears; charging, comparing and
//! settling are one turn here, so no two codes are ever looked at side by side. A change of the factor ends all other sessions.

use serde::{Deserialize, Serialize};

use super::{
    Done, browsers,
    news::Matter,
    own::{own_stage, session, settle_confirmation},
    person::{Person, Session, Stage},
    second_step::{self, Method},
    sign_in::{NewSession, SignedIn, denied, renew},
};
use crate::{
    Millis,
    ask::Reply,
    effect::Event,
    refusal::Refusal,
    rules::{
        lockout::{Counter, Outcome, Policy, Settled},
        totp,
    },
    seal::{NONCE, Purpose, Seals},
    secret::Secret,
    turn::Turn,
};

/// Wrong codes without a right one between them, after which no code counts until the factor is reset (decisions, Second factor).
const CLOSES_AFTER: u32 = 100;

/// How an account's codes are checked. Whether they are asked for at all is [`Person::factor`]; with that set and no seed here,
/// no code is right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totp {
    /// The seed, sealed for this account ([`Seals`]).
    pub seed: Option<String>,
    /// The last step that was accepted; it and all before it are dead.
    pub last: u64,
    /// Wrong codes in a row, and their lock.
    pub counter: Counter,
    /// Wrong codes since the last right one, however long ago.
    pub failures: u32,
}

/// Whether a code can be given now. Shown only after a right password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeDoor {
    /// It can.
    #[default]
    Open,
    /// Not for a while.
    Locked,
    /// Not until the factor is reset.
    Closed,
}

/// A new seed for this session, or the one it was offered before: reading it again changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OfferFactor {
    /// SHA-256 of the session id.
    pub session: String,
}

/// What the app has to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The seed in base32.
    pub seed: Secret,
}

/// A code: at [`Stage::FactorDue`] the login's, else the first one, which confirms the set-up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GiveCode {
    /// SHA-256 of the session id.
    pub session: String,
    /// The stage that the page belongs to.
    pub stage: Stage,
    /// Six digits, or a recovery code without blanks.
    pub code: Secret,
    /// The session that replaces this one: the id changes.
    pub renewed: NewSession,
    /// Where the code comes from, where there is a choice.
    #[serde(default)]
    pub method: Method,
    /// このブラウザを一定期間、記憶する
    #[serde(default)]
    pub remember: bool,
}

/// Own removal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoveFactor {
    /// SHA-256 of the session id.
    pub session: String,
    /// As in [`GiveCode`].
    pub renewed: NewSession,
}

/// The password once more, second half (the first is `OpenChange`): from now on the session may change what it protects.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConfirmPassword {
    /// SHA-256 of the session id.
    pub session: String,
    /// From the challenge.
    pub attempt: String,
    /// Argon2id's output over the typed password, base64url.
    pub output: Secret,
}

impl Totp {
    /// Whether a code can be given at `now`.
    #[must_use]
    pub fn door(&self, policy: &Policy, now: Millis) -> CodeDoor {
        match self.counter.locked(policy, now) {
            _ if self.failures >= CLOSES_AFTER => CodeDoor::Closed,
            Some(_) => CodeDoor::Locked,
            None => CodeDoor::Open,
        }
    }
}

/// Whether the password was checked in this session so lately that it may change what the password protects.
pub(super) fn is_confirmed(turn: &Turn, session: &Session) -> bool {
    turn.now.saturating_sub(session.confirmed) < turn.profile.session.confirm_after
}

/// Where everybody is asked for a second step, nobody sets it up or removes it by himself.
fn chosen(turn: &Turn) -> Result<(), Refusal> {
    if turn.profile.second_step.is_some() { Err(Refusal::NotFound) } else { Ok(()) }
}

/// The session that may be offered a seed: one whose second step is to be registered, or a full one where that is a choice.
fn offerable<'a>(turn: &Turn, person: &'a mut Person, hash: &str) -> Result<&'a mut Session, Refusal> {
    if turn.profile.second_step.is_some() {
        return session(turn, person, hash, Some(Stage::FactorMissing));
    }
    confirmed(turn, person, hash)
}

/// The session of this hash in which own credentials are changed, its password checked lately.
pub(super) fn confirmed<'a>(turn: &Turn, person: &'a mut Person, hash: &str) -> Result<&'a mut Session, Refusal> {
    confirmed_at(turn, person, hash, own_stage(turn))
}

/// The session of this hash at this stage, its password checked lately.
pub(super) fn confirmed_at<'a>(
    turn: &Turn,
    person: &'a mut Person,
    hash: &str,
    stage: Stage,
) -> Result<&'a mut Session, Refusal> {
    let found = session(turn, person, hash, Some(stage))?;
    if is_confirmed(turn, found) { Ok(found) } else { Err(Refusal::ConfirmDue) }
}

pub(super) fn confirm_password(turn: &mut Turn, person: &mut Person, command: &ConfirmPassword) -> Reply<Done> {
    let ConfirmPassword { session: hash, attempt, output } = command;
    let stage = session(turn, person, hash, None)?.stage;
    match settle_confirmation(turn, person, (hash, stage), attempt, output)? {
        None => Ok(Done),
        wrong_current => Err(Refusal::Password { violations: Vec::new(), wrong_current }),
    }
}

pub(super) fn offer(turn: &mut Turn, person: &mut Person, command: &OfferFactor) -> Reply<Offer> {
    let (fresh, nonce) = (turn.bytes::<{ totp::SEED }>(), turn.bytes());
    let uid = person.identity.uid.clone();
    let used = person.factor;
    let found = offerable(turn, person, &command.session)?;
    if used {
        return Err(Refusal::Used);
    }
    let offered = found.offer.as_deref().and_then(|sealed| turn.seals.open(Purpose::TotpSeed, &uid, sealed));
    let seed = if let Some(seed) = offered {
        seed
    } else {
        found.offer = Some(seal(turn.seals, &uid, nonce, &fresh)?);
        fresh.to_vec()
    };
    Ok(Offer { seed: Secret::new(totp::base32(&seed)) })
}

/// Seals a seed; without a key, which the configuration rules out, nothing can be set up.
fn seal(seals: &Seals, uid: &str, nonce: [u8; NONCE], seed: &[u8]) -> Result<String, Refusal> {
    seals.seal(Purpose::TotpSeed, uid, nonce, seed).ok_or(Refusal::Busy)
}

pub(super) fn give_code(turn: &mut Turn, person: &mut Person, command: &GiveCode) -> Reply<SignedIn> {
    match command.stage {
        Stage::FactorDue => pass(turn, person, command),
        Stage::FactorMissing => second_step::register(turn, person, command),
        Stage::PasswordDue | Stage::Full | Stage::Menu => set_up(turn, person, command),
        stage @ Stage::RecoveryDue => Err(Refusal::WrongStage { stage }),
    }
}

/// The login's second step.
fn pass(turn: &mut Turn, person: &mut Person, command: &GiveCode) -> Reply<SignedIn> {
    let waiting = session(turn, person, &command.session, Some(Stage::FactorDue))?;
    let (from, complete) = (waiting.browser.clone(), waiting.complete());
    let method = second_step::method(person, command.method);
    match method {
        Method::Recovery => return second_step::recover(turn, person, command),
        Method::Sms => {
            second_step::by_sms(turn, person, command, false)?;
        }
        Method::Totp => by_app(turn, person, command)?,
    }
    let stage = if person.credential.temporary { Stage::PasswordDue } else { complete };
    renew(turn, person, &command.session, stage, &command.renewed);
    let event = Event::new("signed-in", turn.now, &person.identity.login).from(&command.renewed.address);
    turn.log(event.in_session(&command.renewed.hash).with("factor", method.code()));
    let remembered = command.remember && second_step::remember(turn, person, &command.renewed);
    let known = stage == complete && browsers::welcome(turn, person, &from, &command.renewed);
    Ok(SignedIn { stage, known, remembered, preferences: person.preferences.clone() })
}

/// A code of the registered app; its step and all before it are dead afterwards.
fn by_app(turn: &mut Turn, person: &mut Person, command: &GiveCode) -> Result<(), Refusal> {
    let (seed, step) = charged(turn, person, &command.renewed, |turn, person| {
        let seed = seed(turn, person)?;
        let step = totp::accepted(&seed, command.code.reveal(), turn.now, person.totp.last)?;
        Some((seed, step))
    })?;
    person.totp.last = step;
    reseal(turn, person, &seed);
    Ok(())
}

/// Charges a failure, compares, and settles, all in this turn: what was compared, or why not. Every kind of code comes through
/// here, so that they share one counter.
pub(super) fn charged<T>(
    turn: &mut Turn,
    person: &mut Person,
    from: &NewSession,
    compare: impl FnOnce(&Turn, &Person) -> Option<T>,
) -> Result<T, Refusal> {
    let (policy, now, id) = (&turn.profile.web_lock, turn.now, turn.id());
    if person.totp.door(policy, now) == CodeDoor::Closed {
        return Err(Refusal::FactorClosed);
    }
    person.totp.counter.charge(policy, now, id.clone()).map_err(denied)?;
    let found = compare(turn, person);
    let outcome = if found.is_some() { Outcome::Right } else { Outcome::Wrong };
    let settled = person.totp.counter.settle(policy, now, &id, outcome);
    match found {
        Some(found) if settled == Settled::Cleared => {
            person.totp.failures = 0;
            Ok(found)
        }
        _ => {
            person.totp.failures = person.totp.failures.saturating_add(1);
            log_failure(turn, person, settled, from);
            Err(Refusal::Wrong)
        }
    }
}

/// The seed in clear, for the length of a turn.
fn seed(turn: &Turn, person: &Person) -> Option<Vec<u8>> {
    turn.seals.open(Purpose::TotpSeed, &person.identity.uid, person.totp.seed.as_deref()?)
}

/// A seed that an older key sealed moves to the one that seals now.
fn reseal(turn: &mut Turn, person: &mut Person, seed: &[u8]) {
    if person.totp.seed.as_deref().is_some_and(|sealed| !turn.seals.is_current(sealed)) {
        let nonce = turn.bytes();
        if let Ok(sealed) = seal(turn.seals, &person.identity.uid, nonce, seed) {
            person.totp.seed = Some(sealed);
        }
    }
}

fn log_failure(turn: &mut Turn, person: &Person, settled: Settled, from: &NewSession) {
    let code = match settled {
        _ if person.totp.failures >= CLOSES_AFTER => "factor-closed",
        Settled::FailedAndLocked => "factor-locked",
        _ => "factor-failed",
    };
    turn.log(Event::new(code, turn.now, &person.identity.login).from(&from.address));
}

/// The sealed seed that a session was offered, and the step that its first code uses up.
pub(super) fn sealed_step(turn: &Turn, person: &mut Person, command: &GiveCode) -> Result<(String, u64), Refusal> {
    let uid = person.identity.uid.clone();
    let offered = session(turn, person, &command.session, Some(command.stage))?.offer.clone();
    first_step(turn, &uid, offered, command)
}

fn first_step(turn: &Turn, uid: &str, offered: Option<String>, command: &GiveCode) -> Result<(String, u64), Refusal> {
    let sealed = offered.ok_or(Refusal::Wrong)?;
    let seed = turn.seals.open(Purpose::TotpSeed, uid, &sealed).ok_or(Refusal::Wrong)?;
    let last = totp::accepted(&seed, command.code.reveal(), turn.now, 0).ok_or(Refusal::Wrong)?;
    Ok((sealed, last))
}

/// The first code of an offered seed makes it the account's factor. Its step counts as used.
fn set_up(turn: &mut Turn, person: &mut Person, command: &GiveCode) -> Reply<SignedIn> {
    chosen(turn)?;
    let uid = person.identity.uid.clone();
    let used = person.factor;
    let found = confirmed(turn, person, &command.session)?;
    if used {
        return Err(Refusal::Used);
    }
    let offered = found.offer.clone();
    let (sealed, last) = first_step(turn, &uid, offered, command)?;
    person.factor = true;
    person.totp = Totp { seed: Some(sealed), last, ..Totp::default() };
    changed(turn, person, &command.session, &command.renewed, "factor-set-up");
    Ok(SignedIn { stage: Stage::Full, known: false, remembered: false, preferences: person.preferences.clone() })
}

pub(super) fn remove(turn: &mut Turn, person: &mut Person, command: &RemoveFactor) -> Reply<Done> {
    chosen(turn)?;
    confirmed(turn, person, &command.session)?;
    if !person.factor {
        return Err(Refusal::Used);
    }
    forget(person);
    changed(turn, person, &command.session, &command.renewed, "factor-removed");
    Ok(Done)
}

/// After an own change only this session lives on, under a new id: what another browser reached without the factor, or with
/// the former one, is over.
fn changed(turn: &mut Turn, person: &mut Person, own: &str, renewed: &NewSession, code: &str) {
    let state = |on| if on { "on" } else { "off" };
    renew(turn, person, own, Stage::Full, renewed);
    person.sessions.retain(|session| session.hash == renewed.hash);
    let event = Event::new(code, turn.now, &person.identity.login).from(&renewed.address);
    turn.log(event.with("before", state(!person.factor)).with("after", state(person.factor)));
}

pub(super) fn forget(person: &mut Person) {
    person.factor = false;
    person.totp = Totp::default();
    person.second_step.forget();
}

/// 設定を解除 by somebody else (CW-101): factor and counter are gone, and with them the logins that wait for a code or have only
/// begun. Sessions that have given one stay. Whether there was a factor.
pub(super) fn reset(turn: &mut Turn, person: &mut Person, event: Event) -> bool {
    if !person.factor {
        return false;
    }
    forget(person);
    person.drop_open_attempts();
    person.sessions.retain(|session| !session.stage.is_second_step());
    person.tell(Matter::FactorReset, &event.by, turn.now);
    turn.log(event.with("before", "on").with("after", "off"));
    true
}
