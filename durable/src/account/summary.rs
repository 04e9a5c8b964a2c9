//! What the contract is told about a person: enough for lists, nothing secret. Reported from the outbox of the commit that
//! changed it, with a sequence number, so that a late or repeated report changes nothing. Presence travels apart, without
//! a commit here.

use serde::{Deserialize, Serialize};

use super::person::{Person, Role};
use crate::{Millis, rules::date::Day};

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
            locked_at: person.web.locked(policy, now).map(|lock| lock.since),
            failures: person.web.failures(policy, now),
            prohibited: person.prohibited,
            temporary: person.credential.temporary,
            factor: person.factor,
            deleted: false,
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
