//! What the contract is told about a person: enough for lists, nothing secret. Reported from the outbox of the commit that
//! changed it, with a sequence number, so that a late or repeated report changes nothing. Presence travels apart, without
//! a commit here.

use serde::{Deserialize, Serialize};

use super::{
    connections::Live,
    credential,
    person::{Person, Role},
};
use crate::{
    Millis,
    rules::{date::Day, lockout::Counter},
};

/// Stands for "until somebody unlocks": behind every time.
const NEVER: Millis = 9_999_999_999_999;

/// The facts of one member row.
#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own in the list")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The account.
    pub uid: String,
    /// ユーザ名
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// タイプ: the plan's code.
    pub plan: String,
    /// サービス提供開始日
    pub start: Day,
    /// サービス解約日
    pub end: Option<Day>,
    /// When the login lock began, if there is one; it may have run out since.
    pub locked_at: Option<Millis>,
    /// Failures in a row.
    pub failures: u32,
    /// 利用禁止
    pub prohibited: bool,
    /// 仮パスワード
    pub temporary: bool,
    /// 多要素認証
    pub factor: bool,
    /// Whether it was deleted: the member row goes.
    #[serde(default)]
    pub deleted: bool,
    /// Whether its invitation waits to be accepted.
    #[serde(default)]
    pub invited: bool,
    /// The first moment at which its invitation cannot be accepted any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// Its failed logins, while they count.
    #[serde(default)]
    pub failing: Option<Failing>,
    /// When the grace of the previous password ends, if there is one; it may be over since.
    #[serde(default)]
    pub grace: Option<Millis>,
    /// The provider that the person logs in with; `None`: with a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

/// Failed logins that still count, for the list of locked accounts. Times are as they were set: whoever reads this later knows
/// what has run out since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Failures of all runs together.
    pub failures: u32,
    /// The last of them.
    pub last: Millis,
    /// The first moment at which none of it counts any more.
    pub until: Millis,
    /// When the lock of everybody without a known browser began.
    pub elsewhere: Option<Millis>,
    /// Known browsers, each with failures of its own.
    pub browsers: u32,
    /// When the locks of known browsers began.
    pub locked: Vec<Millis>,
}

impl Failing {
    /// What counts of a person's failures at `now`.
    #[must_use]
    pub fn of(person: &Person, now: Millis) -> Option<Self> {
        let policy = &person.profile().web_lock;
        let runs: Vec<_> = person.web_counters().filter_map(|counter| counter.run(policy, now)).collect();
        let since = |counter: &Counter| counter.locked(policy, now).map(|lock| lock.since);
        Some(Self {
            failures: person.failures(policy, now),
            last: runs.iter().map(|run| run.last).max()?,
            until: runs.iter().map(|run| run.until.unwrap_or(NEVER)).max()?,
            elsewhere: since(&person.web),
            browsers: u32::try_from(person.browsers.len()).unwrap_or(u32::MAX),
            locked: person.browsers.iter().filter_map(|browser| since(&browser.counter)).collect(),
        })
    }

    /// Whether anything was locked when this was told.
    #[must_use]
    pub fn has_lock(&self) -> bool {
        self.elsewhere.is_some() || !self.locked.is_empty()
    }
}

/// A PC that waits with the previous password; travels with the presence. Times are as they were set: whoever reads this later
/// knows whether the grace is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its name.
    pub name: String,
    /// Its OS.
    pub os: String,
    /// 接続開始時刻
    pub since: Millis,
    /// When the grace ends.
    pub until: Millis,
}

impl Waiting {
    /// The PC of a person that waits so at `now`.
    #[must_use]
    pub fn of(person: &Person, live: &Live, now: Millis) -> Option<Self> {
        let (socket, client) = credential::on_previous(person, live, now)?;
        let until = credential::grace(person, now)?;
        Some(Self { name: client.name.clone(), os: client.os.clone(), since: socket.device.since, until })
    }
}

/// Whether devices of this person may connect.
fn has_devices(person: &Person) -> bool {
    person.profile().remote_access && person.identity.role == Role::User
}

/// What was reported last, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Counts the reports of this account.
    pub sequence: u64,
    /// The last one; `None` before the first.
    pub summary: Option<Summary>,
}

impl Summary {
    /// The summary of `person` at `now`.
    #[must_use]
    pub fn of(person: &Person, now: Millis) -> Self {
        let identity = &person.identity;
        let policy = &person.profile().web_lock;
        Self {
            uid: identity.uid.clone(),
            login: identity.login.clone(),
            name: identity.name.clone(),
            role: identity.role,
            plan: identity.plan.clone(),
            start: identity.start,
            end: identity.end,
            locked_at: person.lock(policy, now).map(|lock| lock.since),
            failures: person.failures(policy, now),
            prohibited: person.prohibited,
            temporary: person.credential.temporary,
            factor: person.factor,
            deleted: false,
            invited: person.invitation.since.is_some(),
            until: person.invited_until(),
            failing: Failing::of(person, now),
            grace: credential::grace(person, now).filter(|_| has_devices(person)),
            method: person.linked.as_ref().map(|linked| linked.provider.clone()),
        }
    }
}

/// Notes a changed summary; whether there is something to report.
pub fn note(person: &mut Person, now: Millis) -> bool {
    let summary = Summary::of(person, now);
    if person.report.summary.as_ref() == Some(&summary) {
        return false;
    }
    person.report = Report { sequence: person.report.sequence.saturating_add(1), summary: Some(summary) };
    true
}
