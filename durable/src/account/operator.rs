//! The operator's door: accounts in, temporary passwords out. The Worker has checked the operator's token.

use serde::{Deserialize, Serialize};

use super::{
    Done,
    admin::{UserView, view_of},
    federation::unlink,
    news::Matter,
    person::{Credential, Identity, Person, Role, Verified},
    redeem::{Invitation, invite},
    sign_in::{Challenge, challenge},
    summary::{Report, Summary},
};
use crate::{
    ask::Reply,
    effect::{Effect, Event},
    names::identity_key,
    refusal::Refusal,
    rules::{link::Purpose, phc::Phc},
    secret::Secret,
    turn::Turn,
};

/// One account of a `PUT /operator/v1/contracts/{contract}`, validated.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Provision {
    /// Who it is.
    pub identity: Identity,
    /// `password_hash`: used only when the account is created.
    pub ready: Option<Phc>,
    /// A temporary password to set when the account is created without a hash, or when its first one never reached anybody.
    pub initial: Option<Initial>,
    /// Whose address the invitation names; `None` where accounts are not invited, empty for the contractor's own.
    #[serde(default)]
    pub invited_by: Option<String>,
    /// Whether an earlier initial password reached the operator.
    pub delivered: bool,
    /// The operator's name.
    pub by: String,
}

/// A temporary password that the Worker has made and hashed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Initial {
    /// What it was hashed with.
    pub challenge: Challenge,
    /// Argon2id's output.
    pub output: Secret,
}

impl Initial {
    pub(super) fn hash(&self) -> Result<Phc, Refusal> {
        self.challenge.hash(&self.output).ok_or(Refusal::Wrong)
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provisioned {
    /// `created`, `updated` or `unchanged`.
    pub state: Provisioning,
    /// Whether the initial password that was sent along is the one that counts now.
    pub initial: bool,
    /// Whether the account was invited by this call.
    #[serde(default)]
    pub invited: bool,
}

/// Created, updated or unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provisioning {
    /// Nobody was here.
    Created,
    /// Something differs now.
    Updated,
    /// Nothing differs.
    Unchanged,
}

/// The operator looks at one account.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Inspect;

/// One account, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// As the administrator sees it.
    pub view: UserView,
    /// The contract.
    pub contract: String,
    /// Failures in a row at the web doors.
    pub failures: u32,
    /// Passwords compared ever.
    pub verified: Verified,
    /// Living web sessions.
    pub sessions: usize,
    /// Known PCs.
    pub clients: usize,
}

/// Clears the login lock and the budgets of the device door.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unlock {
    /// The operator's name.
    pub by: String,
    /// The operator's operation id, empty for none.
    pub operation: String,
}

/// Removes the second factor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResetFactor {
    /// The operator's name.
    pub by: String,
    /// The operator's operation id, empty for none.
    pub operation: String,
}

/// What a temporary password is to be hashed with: current and previous password share salt and cost, so that one hash
/// answers both, also when the operator or the administrator sets the new one.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct OpenTemporary;

/// Sets a temporary password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetTemporary {
    /// The password, hashed.
    pub password: Initial,
    /// The operator's name.
    pub by: String,
    /// The operator's operation id, empty for none.
    pub operation: String,
}

/// Has an effect that was given up tried again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RetryMail {
    /// Its row in the outbox.
    pub row: i64,
    /// Its number among the account's mails; 0: it is none.
    pub number: u64,
    /// The dead letter's id.
    pub id: String,
    /// The operator's name.
    pub by: String,
}

/// Deletes the account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delete {
    /// The contract it must belong to.
    pub contract: String,
    /// The operator's name.
    pub by: String,
}

pub(super) fn provision(turn: &mut Turn, stored: &mut Option<Person>, command: &Provision) -> Reply<Provisioned> {
    match stored {
        None => {
            let (person, initial) = create(turn, command)?;
            let invited = person.invitation.since.is_some();
            *stored = Some(person);
            Ok(Provisioned { state: Provisioning::Created, initial, invited })
        }
        Some(person) => update(turn, person, command),
    }
}

fn create(turn: &mut Turn, command: &Provision) -> Reply<(Person, bool)> {
    let mut person = Person::new(command.identity.clone());
    let initial = command.ready.is_none() && command.initial.is_some();
    person.credential = match (&command.ready, &command.initial) {
        (Some(hash), _) => Credential { current: Some(hash.clone()), generation: 1, ..Credential::default() },
        (None, Some(made)) => {
            Credential { current: Some(made.hash()?), temporary: true, initial: true, generation: 1, ..Credential::default() }
        }
        (None, None) => Credential::default(),
    };
    if let (Some(by), None, None) = (&command.invited_by, &command.ready, &command.initial) {
        person.invitation = Invitation { since: Some(turn.now), by: by.clone(), prepared: None };
    }
    turn.effects.push(Effect::ConfirmName { key: person.name_key() });
    turn.log(Event::new("account-created", turn.now, &command.by));
    if person.invitation.since.is_some() {
        let by = person.invitation.by.clone();
        person.ask_link(Purpose::Invitation, turn.now)?;
        invite(turn, &mut person, &by);
    }
    Ok((person, initial))
}

fn update(turn: &mut Turn, person: &mut Person, command: &Provision) -> Reply<Provisioned> {
    let (old, new) = (&person.identity, &command.identity);
    for (differs, field) in [
        (old.service != new.service, "service"),
        (old.contract != new.contract, "contract"),
        (old.login != new.login, "login"),
        ((old.role == Role::Administrator) != (new.role == Role::Administrator), "role"),
    ] {
        if differs {
            return Err(Refusal::Fixed { field: field.into() });
        }
    }
    // The key is confirmed again: the confirmation of an earlier try may have been cut short.
    turn.effects.push(Effect::ConfirmName { key: person.name_key() });
    let mut state = Provisioning::Unchanged;
    if old != new {
        let event = changes(old, new)
            .into_iter()
            .fold(Event::new("account-updated", turn.now, &command.by), |event, (key, was)| event.with(key, was));
        turn.log(event);
        person.identity = Identity { uid: old.uid.clone(), ..command.identity.clone() };
        state = Provisioning::Updated;
    }
    let undelivered = person.credential.initial && !command.delivered;
    let initial = command.initial.as_ref().filter(|_| undelivered);
    if let Some(made) = initial {
        person.set_password(made.hash()?, true, turn.now);
        person.credential.initial = true;
        person.sessions.clear();
        state = Provisioning::Created;
    }
    Ok(Provisioned { state, initial: initial.is_some(), invited: false })
}

/// What differs, as `before → after`.
fn changes(old: &Identity, new: &Identity) -> Vec<(&'static str, String)> {
    let end = |identity: &Identity| identity.end.map_or_else(|| "-".to_owned(), |day| day.to_string());
    [
        ("name", old.name.clone(), new.name.clone()),
        ("plan", old.plan.clone(), new.plan.clone()),
        ("start", old.start.to_string(), new.start.to_string()),
        ("end", end(old), end(new)),
        ("role", old.role.code().to_owned(), new.role.code().to_owned()),
    ]
    .into_iter()
    .filter(|(_, before, after)| before != after)
    .map(|(key, before, after)| (key, format!("{before} → {after}")))
    .collect()
}

pub(super) fn inspect(turn: &mut Turn, person: &Person) -> Inspection {
    Inspection {
        view: view_of(person, turn),
        contract: person.identity.contract.clone(),
        failures: person.failures(&turn.profile.web_lock, turn.now),
        verified: person.verified,
        sessions: person.sessions.iter().filter(|session| super::sign_in::lives(session, turn)).count(),
        clients: person.devices.clients.len(),
    }
}

/// Whether a POST with this operation id was done before.
fn repeated(turn: &Turn, person: &mut Person, by: &str, what: &str, operation: &str) -> bool {
    !operation.is_empty() && person.repeated(turn.now, by, what, operation)
}

pub(super) fn unlock(turn: &mut Turn, person: &mut Person, command: &Unlock) -> Done {
    if repeated(turn, person, &command.by, "unlock", &command.operation) {
        return Done;
    }
    person.clear_failures();
    turn.log(Event::new("unlocked", turn.now, &command.by));
    Done
}

pub(super) fn reset_factor(turn: &mut Turn, person: &mut Person, command: &ResetFactor) -> Done {
    let done = repeated(turn, person, &command.by, "reset-factor", &command.operation);
    if !done {
        super::factor::reset(turn, person, Event::new("factor-reset", turn.now, &command.by));
    }
    Done
}

pub(super) fn open_temporary(turn: &mut Turn, person: &Person) -> Challenge {
    challenge(turn, &person.credential, String::new())
}

/// A forced change: the lock is cleared and every session ends (decisions, Lock and Sessions).
pub(super) fn set_temporary(turn: &mut Turn, person: &mut Person, command: &SetTemporary) -> Reply<Done> {
    if repeated(turn, person, &command.by, "temporary-password", &command.operation) {
        return Err(Refusal::Used);
    }
    person.set_password(command.password.hash()?, true, turn.now);
    unlink(turn, person);
    person.sessions.clear();
    person.web.clear();
    person.tell(Matter::PasswordForced, &command.by, turn.now);
    turn.log(Event::new("temporary-password", turn.now, &command.by));
    Ok(Done)
}

/// What was given up is tried again, with all its tries.
pub(super) fn retry_mail(turn: &mut Turn, person: &mut Person, command: &RetryMail) -> Done {
    super::mails::tell(person, command.number, super::mails::State::Waiting);
    turn.effects.push(Effect::Retry { row: command.row });
    turn.effects.push(Effect::Revived { id: command.id.clone() });
    turn.log(Event::new("letter-retried", turn.now, &command.by));
    Done
}

/// The last report of an account that is deleted; its name is released.
pub(super) fn delete(turn: &mut Turn, person: Option<&Person>, command: &Delete) -> Reply<Done> {
    let person = person.filter(|person| person.identity.contract == command.contract).ok_or(Refusal::NotFound)?;
    turn.effects.push(Effect::ReleaseName { key: person.name_key() });
    if let Some(linked) = &person.linked {
        let key = identity_key(person.identity.service, &linked.provider, &linked.issuer, &linked.subject);
        turn.effects.push(Effect::ReleaseName { key });
    }
    turn.log(Event::new("account-deleted", turn.now, &command.by));
    Ok(Done)
}

/// What the contract is told when the account has gone.
#[must_use]
pub fn farewell(person: &Person, now: crate::Millis) -> Report {
    let mut summary = Summary::of(person, now);
    summary.deleted = true;
    Report { sequence: person.report.sequence.saturating_add(1), summary: Some(summary) }
}
