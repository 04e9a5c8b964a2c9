//! What a person does on his own pages: being recognised, logging out, changing his password, confirming it once more.

use serde::{Deserialize, Serialize};

use super::{
    Done, browsers, credential,
    factor::{CodeDoor, is_confirmed},
    federation, line,
    news::News,
    person::{Person, Role, Session, Stage},
    redeem::mail_changed,
    second_step::{self, StepView},
    sign_in::{Challenge, NewSession, challenge, compare, denied, lives, open_session},
};
use crate::{
    Millis,
    ask::Reply,
    effect::Event,
    refusal::Refusal,
    rules::{
        access::Actor,
        date::Day,
        lockout::{Outcome, Policy, Settled},
        password::Violation,
        phc::same,
    },
    secret::Secret,
    turn::Turn,
};

/// Who is logged in with this session. One call makes a general user's page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Me {
    /// SHA-256 of the session id.
    pub session: String,
    /// Whether this is a person's own step: it prolongs the idle time. A page that refreshes itself does not.
    pub touch: bool,
}

/// The person of a session, for the header and his own pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeView {
    /// Where the session stands.
    pub stage: Stage,
    /// アカウント管理者 or 一般ユーザ
    pub role: Role,
    /// ユーザ名
    pub login: String,
    /// The person's name.
    pub name: String,
    /// アカウント有効期限 (CW-031)
    pub end: Option<Day>,
    /// 多要素認証
    pub factor: bool,
    /// Whether a code can be given now.
    #[serde(default)]
    pub code_door: CodeDoor,
    /// Whether the password was checked lately in this session.
    #[serde(default)]
    pub confirmed: bool,
    /// What happened that the person has not said to have read; only for who is logged in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub news: Vec<News>,
    /// 2段階認証, as long as it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepView>,
    /// The contract, whose settings say what the password that is due must be.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contract: String,
    /// The provider of the linked service that the person logs in with; empty: with a password.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub linked: String,
}

/// Who acts, towards another account (10 s to live, never leaves the request).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WhoIs {
    /// SHA-256 of the session id.
    pub session: String,
    /// As in [`Me`].
    pub touch: bool,
    /// Whether he acts in the menu, on the contract: with the password checked lately.
    #[serde(default)]
    pub menu: bool,
}

/// The login goes on at the application: who is handed over to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HandOver {
    /// SHA-256 of the session id.
    pub session: String,
    /// The application's origin, for the journal.
    pub application: String,
}

/// ログアウト
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignOut {
    /// SHA-256 of the session id.
    pub session: String,
}

/// Own password change, first half: charges the session's tries at the current password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenChange {
    /// SHA-256 of the session id.
    pub session: String,
    /// The stage that the page belongs to: forced change or own change.
    pub stage: Stage,
}

/// Own password change, second half.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangePassword {
    /// SHA-256 of the session id.
    pub session: String,
    /// As in [`OpenChange`].
    pub stage: Stage,
    /// From the challenge.
    pub challenge: Challenge,
    /// Argon2id's output over the typed current password.
    pub current: Secret,
    /// Argon2id's output over the new password, under the same challenge.
    pub new: Secret,
    /// The rules that the new password breaks, as far as its text tells (the object never sees it).
    pub violations: Vec<Violation>,
    /// The session that replaces this one: the id changes with the password.
    pub renewed: NewSession,
    /// 「coconowork client」にパスワードの変更を反映する (CW-111)
    #[serde(default)]
    pub reflect: bool,
    /// 猶予を与えない (CW-119)
    #[serde(default)]
    pub graceless: bool,
}

/// The living session of this hash at this stage, or why not.
pub(super) fn session<'a>(
    turn: &Turn,
    person: &'a mut Person,
    hash: &str,
    stage: Option<Stage>,
) -> Result<&'a mut Session, Refusal> {
    if !person.in_service(turn.now) || person.prohibited || !federation::stands(turn, person) {
        return Err(Refusal::SignedOut);
    }
    let here = |session: &Session| same(session.hash.as_bytes(), hash.as_bytes()) && lives(session, turn);
    let place = person.sessions.iter().position(here).filter(|place| {
        let found = person.sessions.get(*place);
        found.is_some_and(|session| line::stands(turn, person, session) && !waits_locked(turn, person, session))
    });
    let session = place.and_then(|place| person.sessions.get_mut(place)).ok_or(Refusal::SignedOut)?;
    match stage {
        Some(stage) if stage != session.stage => Err(Refusal::WrongStage { stage: session.stage }),
        _ => Ok(session),
    }
}

/// A login that owes its second step is refused like a right password while its door is locked (decisions, Lock).
fn waits_locked(turn: &Turn, person: &Person, session: &Session) -> bool {
    session.stage.is_second_step() && browsers::is_locked(turn, person, &session.browser)
}

/// Where a session stands in which one changes one's own credentials: with a menu only there (ST-080).
pub(super) fn own_stage(turn: &Turn) -> Stage {
    if turn.profile.settings { Stage::Menu } else { Stage::Full }
}

/// The living session of a password change: forced or own. One that owes its code changes nothing.
fn changing<'a>(turn: &Turn, person: &'a mut Person, hash: &str, stage: Stage) -> Result<&'a mut Session, Refusal> {
    let stage = match stage {
        Stage::PasswordDue | Stage::Full | Stage::Menu => stage,
        _ => Stage::Full,
    };
    session(turn, person, hash, Some(stage))
}

/// Stores the last use, at most once a minute; whether it did.
fn touch(session: &mut Session, now: Millis, every: Millis) -> bool {
    let due = now.saturating_sub(session.last) >= every;
    if due {
        session.last = now;
    }
    due
}

pub(super) fn me(turn: &mut Turn, person: &mut Person, command: &Me) -> Reply<MeView> {
    let every = turn.profile.session.touch_every;
    let found = session(turn, person, &command.session, None)?;
    let slides = command.touch && touch(found, turn.now, every);
    let found = found.clone();
    let (stage, confirmed) = (found.stage, is_confirmed(turn, &found));
    if slides {
        person.second_step.slide(&found.remembered, turn.now);
    }
    let step = second_step::view(turn, person, &found);
    let identity = &person.identity;
    Ok(MeView {
        stage,
        role: identity.role,
        login: identity.login.clone(),
        name: identity.name.clone(),
        end: identity.end,
        factor: person.factor,
        code_door: person.totp.door(&turn.profile.web_lock, turn.now),
        confirmed,
        news: if stage == Stage::Full { person.news.clone() } else { Vec::new() },
        step,
        contract: if stage == Stage::PasswordDue { identity.contract.clone() } else { String::new() },
        linked: person.linked.as_ref().map_or_else(String::new, |linked| linked.provider.clone()),
    })
}

pub(super) fn who_is(turn: &mut Turn, person: &mut Person, command: &WhoIs) -> Reply<Actor> {
    let every = turn.profile.session.touch_every;
    let stage = if command.menu { Stage::Menu } else { Stage::Full };
    let found = session(turn, person, &command.session, Some(stage))?;
    if command.menu && !is_confirmed(turn, found) {
        return Err(Refusal::ConfirmDue);
    }
    let slides = command.touch && touch(found, turn.now, every);
    let (session, remembered) = (found.hash.clone(), found.remembered.clone());
    if slides {
        person.second_step.slide(&remembered, turn.now);
    }
    let identity = &person.identity;
    Ok(Actor {
        uid: identity.uid.clone(),
        contract: identity.contract.clone(),
        role: identity.role,
        login: identity.login.clone(),
        name: identity.name.clone(),
        session,
        address: String::new(),
    })
}

/// Says who is handed over; only a complete login of the service itself is, never one of the menu.
pub(super) fn hand_over(turn: &mut Turn, person: &mut Person, command: &HandOver) -> Reply<Actor> {
    let actor = who_is(turn, person, &WhoIs { session: command.session.clone(), touch: true, menu: false })?;
    let event = Event::new("handed-over", turn.now, &actor.login).in_session(&actor.session);
    turn.log(event.with("application", command.application.clone()));
    Ok(actor)
}

pub(super) fn sign_out(turn: &mut Turn, person: &mut Person, command: &SignOut) -> Done {
    let before = person.sessions.len();
    person.sessions.retain(|session| session.hash != command.session);
    if person.sessions.len() < before {
        turn.log(Event::new("signed-out", turn.now, &person.identity.login).in_session(&command.session));
    }
    Done
}

/// The tries at the current password inside one session: their limit, and no timer.
fn confirm_policy(turn: &Turn) -> Policy {
    Policy { limit: turn.profile.session.wrong_current, lock_for: None, ..turn.profile.web_lock }
}

pub(super) fn open_change(turn: &mut Turn, person: &mut Person, command: &OpenChange) -> Reply<Challenge> {
    let id = turn.id();
    let policy = confirm_policy(turn);
    let found = changing(turn, person, &command.session, command.stage)?;
    match found.confirm.charge(&policy, turn.now, id.clone()).map_err(denied) {
        Ok(()) => {}
        Err(Refusal::Locked { .. }) => {
            // The last tries were charged and never settled: they were failures too.
            end_session(turn, person, &command.session);
            return Err(Refusal::SignedOut);
        }
        Err(refusal) => return Err(refusal),
    }
    Ok(challenge(turn, &person.credential, id))
}

/// Changes the password, or says everything that is wrong with the request at once. All other sessions end, and this one's
/// id changes; a repeat of the same request finds its session ended and changes nothing.
pub(super) fn change_password(turn: &mut Turn, person: &mut Person, command: &ChangePassword) -> Reply<Done> {
    if command.stage != Stage::PasswordDue && command.stage != own_stage(turn) {
        return Err(Refusal::WrongStage { stage: command.stage });
    }
    changing(turn, person, &command.session, command.stage)?;
    let (hash, attempt) = ((command.session.as_str(), command.stage), &command.challenge.attempt);
    let wrong_current = settle_confirmation(turn, person, hash, attempt, &command.current)?;
    let violations = broken_rules(person, command);
    if wrong_current.is_some() || !violations.is_empty() {
        return Err(Refusal::Password { violations, wrong_current });
    }
    let hash = command.challenge.hash(&command.new).ok_or(Refusal::Wrong)?;
    let event = Event::new("password-changed", turn.now, &person.identity.login)
        .from(&command.renewed.address)
        .in_session(&command.renewed.hash);
    let event = match command.stage {
        Stage::Full | Stage::Menu => credential::change(turn, person, hash, (command.reflect, command.graceless), event),
        // CW-021: the forced change asks nothing about the client.
        Stage::PasswordDue | Stage::FactorDue | Stage::FactorMissing | Stage::RecoveryDue => {
            person.set_password(hash, false, turn.now);
            event
        }
    };
    person.sessions.clear();
    open_session(turn, person, command.renewed.complete(), (&command.renewed, ""));
    // The change has forgotten every browser; the one that knows the new password is known again.
    browsers::welcome(turn, person, "", &command.renewed);
    turn.log(event);
    mail_changed(turn, person, "password-changed", "", &command.renewed.address);
    Ok(Done)
}

/// Settles the charge: `None` when the current password is right, else the tries left. At none, the session has ended.
pub(super) fn settle_confirmation(
    turn: &mut Turn,
    person: &mut Person,
    (hash, stage): (&str, Stage),
    attempt: &str,
    output: &Secret,
) -> Result<Option<u32>, Refusal> {
    let policy = confirm_policy(turn);
    let outcome = match compare(&person.credential, output) {
        Outcome::Right => Outcome::Right,
        Outcome::Previous | Outcome::Wrong => Outcome::Wrong,
    };
    let now = turn.now;
    let found = changing(turn, person, hash, stage)?;
    let settled = found.confirm.settle(&policy, now, attempt, outcome);
    let left = policy.limit.saturating_sub(found.confirm.failures(&policy, now));
    if settled == Settled::Cleared {
        found.confirmed = now;
    }
    if settled == Settled::Unknown {
        return Err(Refusal::Wrong);
    }
    person.verified.web = person.verified.web.saturating_add(1);
    match settled {
        Settled::Cleared => Ok(None),
        Settled::FailedAndLocked => {
            end_session(turn, person, hash);
            Ok(Some(0))
        }
        _ => Ok(Some(left)),
    }
}

/// Ends a session in which the current password was wrong too often.
fn end_session(turn: &mut Turn, person: &mut Person, hash: &str) {
    person.sessions.retain(|session| session.hash != hash);
    turn.log(Event::new("session-ended-wrong-current", turn.now, &person.identity.login).in_session(hash));
}

/// The rules that the text breaks, plus those that only the hashes can tell (decisions, Password policies).
fn broken_rules(person: &Person, command: &ChangePassword) -> Vec<Violation> {
    let mut violations = command.violations.clone();
    match compare(&person.credential, &command.new) {
        Outcome::Right => violations.push(Violation::SameAsCurrent),
        Outcome::Previous => violations.push(Violation::SameAsPrevious),
        Outcome::Wrong => {}
    }
    violations
}
