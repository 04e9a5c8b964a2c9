//! 2段階認証 of the storage services (ST-020 to ST-029): its registration by SMS or app, codes by SMS, the recovery code, and the
//! browsers that are remembered. [`factor`](super::factor) holds the counter that all of its codes share.
//!
//! ```text
//!            password right                       code right                     「リカバリーコードを保存しました」
//!   ── not registered ─▶ FactorMissing ───────────────────────────▶ RecoveryDue ─────────────────────────▶ Full
//!   ── registered ─────▶ FactorDue ── recovery code: a new one ───▶     ▲
//!        │ remembered       └───────── code ────────────────────────────────────────────────────────────▶ Full
//!        └────────────────────────────────────────────────────────────────────────────────────────────────▲
//! ```
//!
//! Invariants: nothing counts as registered before its owner has said that he keeps the recovery code; a code by SMS registers
//! the number that it was sent to and no other; neither it nor a recovery code is stored anywhere, and each works once. A new
//! code by SMS gives no new tries at the counter.

use serde::{Deserialize, Serialize};

use super::{
    Acted, Done,
    browsers::{self, Browser},
    factor::{CodeDoor, GiveCode, Totp, charged, sealed_step},
    overview::id_of,
    own::session,
    person::{Person, Session, Stage},
    sign_in::{NewSession, SignedIn, renew, short},
};
use crate::{
    Millis,
    ask::Reply,
    effect::{Effect, Event, Sms},
    profile,
    refusal::Refusal,
    rules::{
        lockout::Counter,
        phc::same,
        phone,
        recovery_code::{self, LETTERS},
        sms_code,
    },
    seal::Purpose,
    secret::Secret,
    turn::Turn,
};

/// Where a code comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// An authenticator app.
    #[default]
    Totp,
    /// SMS
    Sms,
    /// The recovery code.
    Recovery,
}

impl Method {
    /// Its code in the journal.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Sms => "sms",
            Self::Recovery => "recovery",
        }
    }
}

/// What an account remembers of its second step, besides the app's seed and the counter ([`Totp`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecondStep {
    /// The registered number, sealed; `None`: codes come from an app.
    pub phone: Option<String>,
    /// The newest code by SMS.
    pub sent: Option<Sent>,
    /// When codes were sent in the last hour. A reset of the second step does not forget it.
    pub asked: Vec<Millis>,
    /// What is kept of the recovery code.
    pub recovery: Option<String>,
    /// Browsers that are not asked; their counters are not used.
    pub remembered: Vec<Browser>,
}

/// A code that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// What it is made from, with a key that is not stored here.
    pub nonce: String,
    /// The first moment at which it is dead.
    pub until: Millis,
    /// Wrong codes that were given for it.
    pub tries: u32,
    /// Where it went, sealed.
    pub phone: String,
    /// Whether it registers that number.
    pub registers: bool,
}

/// What waits in a session for 「リカバリーコードを保存しました」.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The recovery code that is shown, sealed.
    pub recovery: String,
    /// How the person came here.
    pub method: Method,
    /// The number that is to be registered, sealed.
    pub phone: Option<String>,
    /// The seed that is to be registered, sealed, and the step that its first code has used.
    pub seed: Option<(String, u64)>,
    /// このブラウザを一定期間、記憶する
    pub remember: bool,
}

/// A code is to be sent: to the registered number, to a new one, or again to the same new one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendCode {
    /// SHA-256 of the session id.
    pub session: String,
    /// A number to register, in E.164.
    pub phone: Option<Secret>,
    /// From where.
    pub address: String,
}

/// 「リカバリーコードを保存しました」
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeepRecovery {
    /// SHA-256 of the session id.
    pub session: String,
    /// The session that replaces this one: the id changes.
    pub renewed: NewSession,
}

/// Ends remembered browsers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ForgetBrowsers {
    /// SHA-256 of the session id.
    pub session: String,
    /// Which one; all when `None`.
    pub id: Option<String>,
    /// The form's operation id.
    pub operation: String,
    /// From where.
    pub address: String,
}

/// What the pages of the second step show; only as long as it is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// Where codes come from: the registered method, or SMS while a code is on its way to a number that is to be registered.
    pub method: Method,
    /// The last digits of the number that codes go to.
    pub phone: String,
    /// Until when the code that was sent can be given; `None`: none can.
    pub until: Option<Millis>,
    /// The recovery code, until its owner keeps it.
    pub recovery: Option<Secret>,
}

/// At what a login stands whose password was right; `None`: the second step is not asked for.
pub(super) fn due(turn: &mut Turn, person: &mut Person, remembered: &str) -> Option<Stage> {
    let Some(policy) = &turn.profile.second_step else { return person.factor.then_some(Stage::FactorDue) };
    // Facts that are missing switch nothing off.
    if turn.facts.as_ref().is_some_and(|facts| facts.settings.no_second_step) {
        return None;
    }
    if !person.factor {
        return Some(Stage::FactorMissing);
    }
    let now = turn.now;
    match person.second_step.remembers(policy, remembered, now) {
        Some(browser) => {
            browser.last = now;
            None
        }
        None => Some(Stage::FactorDue),
    }
}

/// The session lives in a remembered browser; whether it does.
pub(super) fn lives_in(person: &mut Person, session: &str, remembered: &str) -> bool {
    let known = person.second_step.remembered.iter().any(|browser| same(browser.hash.as_bytes(), remembered.as_bytes()));
    for own in person.sessions.iter_mut().filter(|own| known && own.hash == session) {
        remembered.clone_into(&mut own.remembered);
    }
    known
}

/// Sends the login's code to who has registered a number, as far as one may be sent now: an older one may still be good.
pub(super) fn greet(turn: &mut Turn, person: &mut Person, address: &str) {
    if let Some(phone) = person.second_step.phone.clone().filter(|_| is_open(turn, person)) {
        let _ = issue(turn, person, phone, false, address);
    }
}

fn is_open(turn: &Turn, person: &Person) -> bool {
    person.totp.door(&turn.profile.web_lock, turn.now) == CodeDoor::Open
}

impl SecondStep {
    /// The remembered browser of this cookie, unless it stayed away too long.
    fn remembers(&mut self, policy: &profile::SecondStep, hash: &str, now: Millis) -> Option<&mut Browser> {
        self.remembered.retain(|browser| now.saturating_sub(browser.last) < policy.remember_for);
        self.remembered.iter_mut().find(|browser| same(browser.hash.as_bytes(), hash.as_bytes()))
    }

    /// An access prolongs it (ST-020).
    pub(super) fn slide(&mut self, hash: &str, now: Millis) {
        for browser in self.remembered.iter_mut().filter(|browser| browser.hash == hash) {
            browser.last = now;
        }
    }

    /// The code that was sent, as long as it can be given.
    fn living(&self, policy: &sms_code::Policy, registers: bool, now: Millis) -> Option<&Sent> {
        let lives = |sent: &&Sent| sent.registers == registers && now < sent.until && sent.tries < policy.tries;
        self.sent.as_ref().filter(lives)
    }

    /// Forgets what was registered; how many codes were sent is not forgotten.
    pub(super) fn forget(&mut self) {
        *self = Self { asked: core::mem::take(&mut self.asked), ..Self::default() };
    }
}

pub(super) fn send(turn: &mut Turn, person: &mut Person, command: &SendCode) -> Reply<Done> {
    let stage = session(turn, person, &command.session, None)?.stage;
    let nonce = turn.bytes();
    let uid = person.identity.uid.clone();
    let phone = match (stage, &command.phone) {
        (Stage::FactorMissing, Some(number)) => turn.seals.seal(Purpose::Phone, &uid, nonce, number.reveal().as_bytes()),
        (Stage::FactorMissing, None) => {
            person.second_step.sent.as_ref().filter(|sent| sent.registers).map(|sent| sent.phone.clone())
        }
        (Stage::FactorDue, None) => person.second_step.phone.clone(),
        _ => return Err(Refusal::WrongStage { stage }),
    };
    match person.totp.door(&turn.profile.web_lock, turn.now) {
        CodeDoor::Closed => return Err(Refusal::FactorClosed),
        CodeDoor::Locked => return Err(Refusal::Locked { since: turn.now }),
        CodeDoor::Open => {}
    }
    issue(turn, person, phone.ok_or(Refusal::NotFound)?, stage == Stage::FactorMissing, &command.address)
}

/// Makes a new code, which replaces the one before, and has it sent.
fn issue(turn: &mut Turn, person: &mut Person, phone: String, registers: bool, address: &str) -> Reply<Done> {
    let policy = &turn.profile.second_step.as_ref().ok_or(Refusal::NotFound)?.sms;
    let (now, random) = (turn.now, turn.id());
    let asked = &mut person.second_step.asked;
    policy.pace.take(asked, now).map_err(|retry_after| Refusal::TooMany { retry_after })?;
    let nonce = sms_code::nonce(turn.seals, &random).ok_or(Refusal::Busy)?;
    let until = now.saturating_add(policy.life);
    let identity = &person.identity;
    turn.effects.push(Effect::Sms(Sms {
        to: phone.clone(),
        uid: identity.uid.clone(),
        service: identity.service,
        language: person.preferences.language.clone(),
        nonce: nonce.clone(),
        registers,
        until,
    }));
    let event = Event::new("code-sent", now, &identity.login).from(address).with("to", tail(turn, person, &phone));
    turn.log(event);
    person.second_step.sent = Some(Sent { nonce, until, tries: 0, phone, registers });
    Ok(Done)
}

/// The last digits of a sealed number.
fn tail(turn: &Turn, person: &Person, sealed: &str) -> String {
    let number = turn.seals.open(Purpose::Phone, &person.identity.uid, sealed).and_then(|bytes| String::from_utf8(bytes).ok());
    number.map(|number| phone::tail(&number)).unwrap_or_default()
}

/// By what a code is checked at [`Stage::FactorDue`].
pub(super) fn method(person: &Person, given: Method) -> Method {
    match given {
        Method::Recovery => Method::Recovery,
        Method::Totp | Method::Sms if person.second_step.phone.is_some() => Method::Sms,
        Method::Totp | Method::Sms => Method::Totp,
    }
}

/// Compares a code by SMS with the one that was sent, once: it is dead afterwards, or has a try less. The number that it went to.
pub(super) fn by_sms(turn: &mut Turn, person: &mut Person, command: &GiveCode, registers: bool) -> Reply<String> {
    let policy = &turn.profile.second_step.as_ref().ok_or(Refusal::NotFound)?.sms;
    if is_open(turn, person) && person.second_step.living(policy, registers, turn.now).is_none() {
        // Nothing is compared, so nothing counts.
        return Err(Refusal::Used);
    }
    let compared = charged(turn, person, &command.renewed, |turn, person| {
        let sent = person.second_step.living(policy, registers, turn.now)?;
        let code = sms_code::derive(turn.seals, &person.identity.uid, registers, &sent.nonce)?;
        same(code.as_bytes(), command.code.reveal().as_bytes()).then(|| sent.phone.clone())
    });
    match (&compared, &mut person.second_step.sent) {
        (Ok(_), sent) => *sent = None,
        (Err(Refusal::Wrong), Some(sent)) => sent.tries = sent.tries.saturating_add(1),
        _ => {}
    }
    compared
}

/// デバイスを紛失した場合はこちら (ST-027): the code is spent, another takes its place, and the registered factor stays (ST-029).
pub(super) fn recover(turn: &mut Turn, person: &mut Person, command: &GiveCode) -> Reply<SignedIn> {
    charged(turn, person, &command.renewed, |_, person| {
        let own = person.second_step.recovery.as_ref()?;
        let given = recovery_code::fingerprint(&person.identity.uid, command.code.reveal());
        same(own.as_bytes(), given.as_bytes()).then_some(())
    })?;
    let (code, sealed) = new_recovery(turn, person)?;
    person.second_step.recovery = Some(code);
    let pending = Pending { recovery: sealed, method: Method::Recovery, phone: None, seed: None, remember: false };
    let event = Event::new("recovery-code-used", turn.now, &person.identity.login).from(&command.renewed.address);
    turn.log(event.in_session(&command.renewed.hash));
    Ok(wait(turn, person, command, pending))
}

/// The first right code of a number or of an app.
pub(super) fn register(turn: &mut Turn, person: &mut Person, command: &GiveCode) -> Reply<SignedIn> {
    session(turn, person, &command.session, Some(Stage::FactorMissing))?;
    let (phone, seed) = match command.method {
        Method::Sms => (Some(by_sms(turn, person, command, true)?), None),
        Method::Totp | Method::Recovery => (None, Some(sealed_step(turn, person, command)?)),
    };
    let (_, recovery) = new_recovery(turn, person)?;
    let pending = Pending { recovery, method: command.method, phone, seed, remember: command.remember };
    Ok(wait(turn, person, command, pending))
}

/// A new recovery code: what is stored of it, and the code itself, sealed.
fn new_recovery(turn: &mut Turn, person: &Person) -> Result<(String, String), Refusal> {
    let (random, nonce) = (turn.bytes::<LETTERS>(), turn.bytes());
    let (uid, shown) = (&person.identity.uid, recovery_code::spell(&random));
    let read = recovery_code::read(&shown).ok_or(Refusal::Busy)?;
    let sealed = turn.seals.seal(Purpose::RecoveryCode, uid, nonce, shown.as_bytes()).ok_or(Refusal::Busy)?;
    Ok((recovery_code::fingerprint(uid, &read), sealed))
}

fn wait(turn: &Turn, person: &mut Person, command: &GiveCode, pending: Pending) -> SignedIn {
    renew(turn, person, &command.session, Stage::RecoveryDue, &command.renewed);
    if let Some(own) = person.sessions.iter_mut().find(|own| own.hash == command.renewed.hash) {
        own.pending = Some(pending);
    }
    let preferences = person.preferences.clone();
    SignedIn { stage: Stage::RecoveryDue, known: false, remembered: false, preferences }
}

/// The recovery code that a session waits with.
fn shown(turn: &Turn, uid: &str, pending: &Pending) -> Option<String> {
    turn.seals.open(Purpose::RecoveryCode, uid, &pending.recovery).and_then(|bytes| String::from_utf8(bytes).ok())
}

/// The recovery code is kept: what waited for that counts from now on, and the login is complete.
pub(super) fn keep(turn: &mut Turn, person: &mut Person, command: &KeepRecovery) -> Reply<SignedIn> {
    let uid = person.identity.uid.clone();
    let found = session(turn, person, &command.session, Some(Stage::RecoveryDue))?;
    let (from, complete, pending) = (found.browser.clone(), found.complete(), found.pending.clone().ok_or(Refusal::SignedOut)?);
    let code = shown(turn, &uid, &pending).and_then(|shown| recovery_code::read(&shown)).ok_or(Refusal::Busy)?;
    let stage = if person.credential.temporary { Stage::PasswordDue } else { complete };
    renew(turn, person, &command.session, stage, &command.renewed);
    let event = |code: &str, person: &Person| {
        let event = Event::new(code, turn.now, &person.identity.login).from(&command.renewed.address);
        event.in_session(&command.renewed.hash).with("factor", pending.method.code())
    };
    let registers = pending.phone.is_some() || pending.seed.is_some();
    if registers {
        person.second_step.forget();
        person.second_step.recovery = Some(recovery_code::fingerprint(&uid, &code));
        person.second_step.phone = pending.phone;
        let (seed, last) = pending.seed.unzip();
        person.totp = Totp { seed, last: last.unwrap_or_default(), ..Totp::default() };
        person.factor = true;
        // What another browser has reached without the second step is over.
        person.sessions.retain(|session| session.hash == command.renewed.hash);
    }
    let events = [registers.then(|| event("factor-registered", person)), Some(event("signed-in", person))];
    events.into_iter().flatten().for_each(|event| turn.log(event));
    let remembered = pending.remember && remember(turn, person, &command.renewed);
    let known = stage == complete && browsers::welcome(turn, person, &from, &command.renewed);
    Ok(SignedIn { stage, known, remembered, preferences: person.preferences.clone() })
}

/// このブラウザを一定期間、記憶する: by the id that was made for this login. Of too many, the one used longest ago goes.
pub(super) fn remember(turn: &Turn, person: &mut Person, new: &NewSession) -> bool {
    let Some(policy) = turn.profile.second_step.as_ref().filter(|_| !new.browser.is_empty()) else { return false };
    let list = &mut person.second_step.remembered;
    list.retain(|browser| turn.now.saturating_sub(browser.last) < policy.remember_for);
    while list.len() >= policy.remembered {
        let oldest = list.iter().enumerate().min_by_key(|(_, browser)| browser.last).map(|(place, _)| place);
        let Some(oldest) = oldest else { break };
        list.remove(oldest);
    }
    let (hash, agent, counter) = (new.browser.clone(), short(&new.agent), Counter::default());
    list.push(Browser { hash, since: turn.now, last: turn.now, agent, counter });
    for own in person.sessions.iter_mut().filter(|own| own.hash == new.hash) {
        own.remembered.clone_from(&new.browser);
    }
    true
}

/// The browsers that are remembered now, each named by its id instead of its hash.
pub(super) fn browsers(turn: &Turn, person: &Person) -> Vec<Browser> {
    let Some(policy) = &turn.profile.second_step else { return Vec::new() };
    let lives = |browser: &&Browser| turn.now.saturating_sub(browser.last) < policy.remember_for;
    let named = |browser: &Browser| Browser { hash: id_of(&browser.hash), ..browser.clone() };
    person.second_step.remembered.iter().filter(lives).map(named).collect()
}

/// Ends one remembered browser, or all: their next login asks for a code. Sessions in them go on.
pub(super) fn forget_browsers(turn: &mut Turn, person: &mut Person, command: &ForgetBrowsers) -> Reply<Acted> {
    let own = session(turn, person, &command.session, Some(Stage::Full))?.hash.clone();
    let login = person.identity.login.clone();
    let what = format!("forget-browsers {}", command.id.as_deref().unwrap_or_default());
    if person.repeated(turn.now, &login, &what, &command.operation) {
        return Ok(Acted { found: true });
    }
    let list = &mut person.second_step.remembered;
    let before = list.len();
    list.retain(|browser| command.id.as_ref().is_some_and(|id| *id != id_of(&browser.hash)));
    let ended = before.saturating_sub(list.len());
    if ended > 0 {
        let event = Event::new("browsers-forgotten", turn.now, &login).from(&command.address).in_session(&own);
        turn.log(event.with("browsers", ended.to_string()));
    }
    Ok(Acted { found: ended > 0 })
}

/// What the pages of the second step show in this session.
pub(super) fn view(turn: &Turn, person: &Person, session: &Session) -> Option<StepView> {
    let policy = &turn.profile.second_step.as_ref()?.sms;
    let step = &person.second_step;
    let registers = match session.stage {
        Stage::FactorMissing => true,
        Stage::FactorDue | Stage::RecoveryDue => false,
        Stage::PasswordDue | Stage::Full | Stage::Menu => return None,
    };
    let until = step.living(policy, registers, turn.now).map(|sent| sent.until);
    let sealed =
        if registers { step.sent.as_ref().filter(|sent| sent.registers).map(|sent| &sent.phone) } else { step.phone.as_ref() };
    Some(StepView {
        method: session
            .pending
            .as_ref()
            .map_or_else(|| if sealed.is_some() { Method::Sms } else { Method::Totp }, |pending| pending.method),
        phone: sealed.map(|sealed| tail(turn, person, sealed)).unwrap_or_default(),
        until,
        recovery: session.pending.as_ref().and_then(|pending| shown(turn, &person.identity.uid, pending)).map(Secret::new),
    })
}
