//! The web login: [`Attempt`] charges a failure before anything is hashed, [`Settle`] compares and decides. Hashes never
//! leave the object; a crash in between leaves the charge standing.

use serde::{Deserialize, Serialize};

use super::{
    browsers, line,
    person::{Credential, Person, Role, Session, Stage},
    preferences::Preferences,
    redeem::mail_lock,
    second_step,
};
use crate::{
    Millis,
    ask::Reply,
    effect::Event,
    refusal::Refusal,
    rules::{
        line::Line,
        lockout::{Denied, Outcome, Settled},
        phc::{Phc, same},
        trial::{Trial, trial},
    },
    secret::Secret,
    turn::Turn,
};

/// The default cost of a password hash: Argon2id, 19 MiB, 2 passes, 1 lane (RFC 9106; OWASP's first choice for 19 MiB).
pub const MEMORY_KIB: u32 = 19_456;
/// Passes.
pub const PASSES: u32 = 2;
/// Lanes.
pub const LANES: u32 = 1;
/// Length of a new salt in bytes.
pub const SALT: usize = 16;
/// Length of a hash in bytes.
pub const LENGTH: usize = 32;
/// Longest user agent that is stored, in characters (decisions, Caps).
const AGENT: usize = 200;

/// Web login, first half. The login name is folded; it must be the account's own (a stale entry of Names opens nothing).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// The folded login name.
    pub login: String,
    /// SHA-256 of the id in the device cookie that came along; empty without one.
    #[serde(default)]
    pub browser: String,
}

/// What to hash the typed password with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// The attempt's id, for `Settle`.
    pub attempt: String,
    /// The salt, base64url.
    pub salt: String,
    /// Memory in KiB.
    pub m: u32,
    /// Passes.
    pub t: u32,
    /// Lanes.
    pub p: u32,
    /// Length of the output in bytes.
    pub len: usize,
}

impl Challenge {
    /// A challenge with this salt and the default cost.
    #[must_use]
    pub fn with_salt(attempt: String, salt: &[u8]) -> Self {
        Self { attempt, salt: crate::secret::base64(salt), m: MEMORY_KIB, t: PASSES, p: LANES, len: LENGTH }
    }

    /// The hash that a computed `output` (base64url) makes under this challenge; `None` when it is not base64url.
    #[must_use]
    pub fn hash(&self, output: &Secret) -> Option<Phc> {
        Some(Phc {
            m: self.m,
            t: self.t,
            p: self.p,
            salt: crate::secret::from_base64(&self.salt)?,
            hash: crate::secret::from_base64(output.reveal())?,
        })
    }
}

/// A session that the Worker has made the id of; the object sees only its hash.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewSession {
    /// SHA-256 of the session id.
    pub hash: String,
    /// The browser.
    pub agent: String,
    /// The address.
    pub address: String,
    /// SHA-256 of the id that this browser gets if the login is complete and it is not known yet; empty: none was made.
    #[serde(default)]
    pub browser: String,
    /// Whether it is the menu's login (ST-080).
    #[serde(default)]
    pub menu: bool,
    /// The line that the login came over; none: from the Internet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Line>,
}

impl NewSession {
    /// Where the session stands once it is complete.
    #[must_use]
    pub fn complete(&self) -> Stage {
        if self.menu { Stage::Menu } else { Stage::Full }
    }
}

/// Web login, second half.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settle {
    /// From the challenge.
    pub attempt: String,
    /// Argon2id's output over the typed password, base64url.
    pub output: Secret,
    /// The session to open if it is right.
    pub session: NewSession,
    /// SHA-256 of the id in the cookie of a remembered browser; empty without one.
    #[serde(default)]
    pub remembered: String,
}

/// A session was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Where it stands.
    pub stage: Stage,
    /// Whether it is complete and came from a known browser, which keeps its id.
    #[serde(default)]
    pub known: bool,
    /// Whether this browser is remembered by the second step.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub remembered: bool,
    /// How the person wants to read the pages.
    #[serde(default, skip_serializing_if = "Preferences::is_empty")]
    pub preferences: Preferences,
}

/// Makes the challenge for an open attempt; an account without a password gets a salt that nothing matches.
pub(super) fn challenge(turn: &mut Turn, credential: &Credential, attempt: String) -> Challenge {
    match &credential.current {
        Some(phc) => {
            Challenge { attempt, salt: crate::secret::base64(&phc.salt), m: phc.m, t: phc.t, p: phc.p, len: phc.hash.len() }
        }
        None => Challenge::with_salt(attempt, &turn.bytes::<SALT>()),
    }
}

/// Compares one Argon2 output with current and previous, which share salt and parameters; both are compared in any case.
pub(super) fn compare(credential: &Credential, output: &Secret) -> Outcome {
    let output = crate::secret::from_base64(output.reveal()).unwrap_or_default();
    let current = credential.current.as_ref().is_some_and(|phc| same(&phc.hash, &output));
    let previous = credential.previous.as_ref().is_some_and(|old| same(&old.hash.hash, &output));
    match (current, previous) {
        (true, _) => Outcome::Right,
        (false, true) => Outcome::Previous,
        (false, false) => Outcome::Wrong,
    }
}

/// How a denied charge is told.
pub(crate) fn denied(denied: Denied) -> Refusal {
    match denied {
        Denied::Locked { since, .. } => Refusal::Locked { since },
        Denied::Busy => Refusal::Busy,
    }
}

/// Charges one pending failure in the commit that reads the counter (CW-080).
pub(super) fn attempt(turn: &mut Turn, person: &mut Person, command: &Attempt) -> Reply<Challenge> {
    if command.login != person.identity.login {
        return Err(Refusal::NotFound);
    }
    let id = turn.id();
    if let Err(why) = browsers::charge(turn, person, &command.browser, id.clone()) {
        mail_lock(turn, person);
        return Err(denied(why));
    }
    Ok(challenge(turn, &person.credential, id))
}

/// Settles the charge and, if the password was right, opens the session.
pub(super) fn settle(turn: &mut Turn, person: &mut Person, command: &Settle) -> Reply<SignedIn> {
    let from = verify(turn, person, command)?;
    if person.prohibited {
        log_refused(turn, person, &command.session, "prohibited");
        return Err(Refusal::Prohibited);
    }
    let ends = trial_end(turn, person, &command.session)?;
    line::enter(turn, person, &command.session)?;
    // The factor first: who has only a temporary password must not get to change it.
    let complete = command.session.complete();
    // ST-061: the line stands in for the second step.
    let due = if command.session.line.is_some() { None } else { second_step::due(turn, person, &command.remembered) };
    let (stage, code) = match due {
        Some(Stage::FactorMissing) => (Stage::FactorMissing, "factor-missing"),
        Some(stage) => (stage, "factor-due"),
        None if person.credential.temporary => (Stage::PasswordDue, "signed-in"),
        None => (complete, "signed-in"),
    };
    open_session(turn, person, stage, (&command.session, &from));
    if let Some(session) = person.sessions.last_mut() {
        session.ends = ends;
    }
    let remembered = !stage.is_second_step() && second_step::lives_in(person, &command.session.hash, &command.remembered);
    if stage == Stage::FactorDue {
        second_step::greet(turn, person, &command.session.address);
    }
    let known = stage == complete && browsers::welcome(turn, person, &from, &command.session);
    let event = Event::new(code, turn.now, &person.identity.login).from(&command.session.address);
    let event = event.in_session(&command.session.hash).with("browser", short(&command.session.agent));
    turn.log(if remembered { event.with("factor", "remembered") } else { event });
    Ok(SignedIn { stage, known, remembered, preferences: person.preferences.clone() })
}

/// When the contract's trial ends the session; refused when it has (ST-003): for 15 days only the contractor gets in, only to the
/// menu.
pub(super) fn trial_end(turn: &mut Turn, person: &Person, new: &NewSession) -> Result<Option<Millis>, Refusal> {
    let contractor = person.identity.role == Role::Administrator;
    let refusal = match turn.facts.as_ref().map_or(Trial::None, |facts| trial(facts, turn.now)) {
        Trial::None => return Ok(None),
        Trial::Running(end) => return Ok(Some(end)),
        Trial::Changeable(end) if contractor && new.menu => return Ok(Some(end)),
        Trial::Changeable(_) => Refusal::TrialEnded,
        Trial::Over => Refusal::Wrong,
    };
    log_refused(turn, person, new, "trial-ended");
    Err(refusal)
}

/// A login that was right and is refused all the same is a row for the journal too, summed as failures are.
pub(super) fn log_refused(turn: &mut Turn, person: &Person, new: &NewSession, why: &str) {
    let event = Event::new("sign-in-refused", turn.now, &person.identity.login).from(&new.address);
    turn.log(event.with("why", why));
}

/// Right password of an account in service, or a refusal; the charge is settled either way. The known browser that it came from,
/// empty for elsewhere.
fn verify(turn: &mut Turn, person: &mut Person, command: &Settle) -> Result<String, Refusal> {
    let policy = &turn.profile.web_lock;
    let outcome = match compare(&person.credential, &command.output) {
        Outcome::Right if !person.in_service(turn.now) => Outcome::Wrong,
        outcome => outcome,
    };
    let right = matches!(outcome, Outcome::Right);
    let (settled, from) = browsers::settle(person, policy, turn.now, &command.attempt, outcome);
    if settled != Settled::Unknown {
        person.verified.web = person.verified.web.saturating_add(1);
    }
    let failed = |code: &str| Event::new(code, turn.now, &person.identity.login).from(&command.session.address);
    match settled {
        Settled::Cleared if right => return Ok(from),
        Settled::Failed => turn.effects.push(crate::effect::Effect::Log(failed("sign-in-failed"))),
        Settled::FailedAndLocked => {
            let code = if from.is_empty() { "locked" } else { "browser-locked" };
            turn.effects.push(crate::effect::Effect::Log(failed(code)));
            mail_lock(turn, person);
        }
        Settled::Cleared | Settled::Uncounted | Settled::Unknown => {}
    }
    Err(Refusal::Wrong)
}

/// A browser's name for itself, as much of it as is kept.
pub(super) fn short(agent: &str) -> String {
    agent.chars().take(AGENT).collect()
}

/// Stores a session that was opened `from` a known browser, or elsewhere (empty). When there are too many, one that waits for a
/// code goes before any other, then the one used longest ago.
pub(super) fn open_session(turn: &Turn, person: &mut Person, stage: Stage, (new, from): (&NewSession, &str)) {
    let policy = &turn.profile.session;
    person.sessions.retain(|session| lives(session, turn));
    let rank = |session: &Session| (!session.stage.is_second_step(), session.last);
    while person.sessions.len() >= policy.per_account {
        let oldest = person.sessions.iter().enumerate().min_by_key(|(_, session)| rank(session)).map(|(index, _)| index);
        let Some(oldest) = oldest else { break };
        person.sessions.remove(oldest);
    }
    person.sessions.push(Session {
        hash: new.hash.clone(),
        stage,
        created: turn.now,
        last: turn.now,
        agent: short(&new.agent),
        address: new.address.clone(),
        confirm: crate::rules::lockout::Counter::default(),
        confirmed: turn.now,
        offer: None,
        menu: new.menu,
        ends: None,
        browser: from.to_owned(),
        pending: None,
        remembered: String::new(),
        line: new.line.as_ref().map(|line| line.number.clone()),
    });
}

/// Moves a session to another stage. Its id changes; its age and when its password was checked do not.
pub(super) fn renew(turn: &Turn, person: &mut Person, hash: &str, stage: Stage, new: &NewSession) {
    if let Some(session) = person.sessions.iter_mut().find(|session| same(session.hash.as_bytes(), hash.as_bytes())) {
        session.hash.clone_from(&new.hash);
        session.stage = stage;
        session.last = turn.now;
        session.offer = None;
        session.pending = None;
    }
}

/// Whether a session is neither idle too long nor too old.
pub(super) fn lives(session: &Session, turn: &Turn) -> bool {
    let policy = &turn.profile.session;
    session.ends.is_none_or(|ends| turn.now < ends)
        && turn.now.saturating_sub(session.last) < policy.idle.saturating_add(policy.touch_every)
        && turn.now.saturating_sub(session.created) < policy.lifetime
}
