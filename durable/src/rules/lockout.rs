//! The web lock (CW-080 to CW-083, ST-120): consecutive failures under one name lock its web doors.
//!
//! Invariants: failures + open charges never exceed the limit, so that however attempts interleave no more than `limit`
//! passwords are verified in a run; a success ends the run; a lock that has a timer ends exactly `lock_for` after it was set,
//! and nothing that arrives meanwhile counts or prolongs it. Everything that time does is decided on read, in the order in
//! which it happened ([`Counter::settle_time`]), so that it does not matter when or how often anybody looks.
//!
//! ```text
//!            charge            settle Wrong, or charge_life over       failures = limit
//!   free ───────────▶ open ────────────────────────────────▶ failure ─────────────────▶ locked
//!    ▲                 │ settle Right: run over                 │ forget_after               │ lock_for, clear
//!    └─────────────────┴────────────────────────────────────────┴────────────────────────────┘
//! ```

use serde::{Deserialize, Serialize};

pub use super::charge::{Charge, Outcome, Settled};
use super::charge::{count, disown, oldest_end, take, take_expired};
use crate::Millis;

/// The numbers of one lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Consecutive failures that lock (CW-080: 5, ST-120: 10).
    pub limit: u32,
    /// How long the lock lasts; `None`: until somebody unlocks.
    pub lock_for: Option<Millis>,
    /// A run that has not locked is forgotten this long after its last failure.
    pub forget_after: Millis,
    /// A charge that is not settled within this time is a failure.
    pub charge_life: Millis,
    /// So many uses of the previous password within `previous_window` do not count.
    pub previous_free: u32,
    /// The sliding window of `previous_free`.
    pub previous_window: Millis,
}

/// What is remembered of the failures under one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counter {
    failures: u32,
    last_failure: Millis,
    locked_at: Option<Millis>,
    /// Open charges.
    pending: Vec<Charge>,
    /// Charges that ran out and stand as failures; a late settlement may still take its own failure back.
    late: Vec<Charge>,
    previous_uses: Vec<Millis>,
}

/// Why no attempt may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Denied {
    /// Locked. People are told that it is locked, never until when.
    Locked {
        /// When the lock was set.
        since: Millis,
        /// The first moment at which it is open again.
        until: Option<Millis>,
    },
    /// As many attempts are open as failures are left: ask again in a moment.
    Busy,
}

/// A lock that is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// When it was set (ロックアウト時刻, CW-084).
    pub since: Millis,
    /// The first moment at which it is open again; `None`: when somebody unlocks.
    pub until: Option<Millis>,
}

/// Failures that still count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The last of them.
    pub last: Millis,
    /// The lock that they have set.
    pub lock: Option<Lock>,
    /// The first moment at which none of it counts any more; `None`: when somebody unlocks.
    pub until: Option<Millis>,
}

/// What time will do next to a counter.
enum Next {
    LockEnds,
    RunForgotten,
    ChargeFails,
}

impl Counter {
    /// Brings the counter to `now`: charges that ran out fail, a run is forgotten, a lock is set or ends.
    pub fn settle_time(&mut self, policy: &Policy, now: Millis) {
        self.lock_when_full(policy);
        while let Some((at, next)) = self.next(policy)
            && at <= now
        {
            match next {
                Next::LockEnds | Next::RunForgotten => self.end_run(),
                Next::ChargeFails => {
                    if let Some((charge, failed)) = take_expired(&mut self.pending, policy.charge_life, now) {
                        self.late.push(charge);
                        self.fail(policy, failed);
                    }
                }
            }
        }
        self.previous_uses.retain(|used| now < used.saturating_add(policy.previous_window));
    }

    /// Pays for one attempt. `id` must be fresh.
    ///
    /// # Errors
    /// [`Denied::Locked`] while the lock is set, [`Denied::Busy`] when failures and open attempts have reached the limit.
    pub fn charge(&mut self, policy: &Policy, now: Millis, id: String) -> Result<(), Denied> {
        self.settle_time(policy, now);
        if let Some(Lock { since, until }) = self.lock(policy) {
            return Err(Denied::Locked { since, until });
        }
        if self.failures.saturating_add(count(&self.pending)) >= policy.limit {
            return Err(Denied::Busy);
        }
        self.pending.push(Charge { id, at: now });
        Ok(())
    }

    /// Settles the attempt `id`. A success ends the run and leaves other open attempts open.
    pub fn settle(&mut self, policy: &Policy, now: Millis, id: &str, outcome: Outcome) -> Settled {
        self.settle_time(policy, now);
        let counted = if take(&mut self.pending, id).is_some() {
            false
        } else if take(&mut self.late, id).is_some() {
            true
        } else {
            return Settled::Unknown;
        };
        if outcome == Outcome::Right {
            self.failures = 0;
            self.late.clear();
            return Settled::Cleared;
        }
        if outcome == Outcome::Previous && count(&self.previous_uses) < policy.previous_free {
            self.previous_uses.push(now);
            self.failures = self.failures.saturating_sub(u32::from(counted));
            return Settled::Uncounted;
        }
        if !counted {
            self.fail(policy, now);
        }
        if self.locked_at.is_some() { Settled::FailedAndLocked } else { Settled::Failed }
    }

    /// The lock at `now`, if there is one.
    #[must_use]
    pub fn locked(&self, policy: &Policy, now: Millis) -> Option<Lock> {
        self.at(policy, now).lock(policy)
    }

    /// The length of the run at `now`.
    #[must_use]
    pub fn failures(&self, policy: &Policy, now: Millis) -> u32 {
        self.at(policy, now).failures
    }

    /// The run at `now`, if there is one.
    #[must_use]
    pub fn run(&self, policy: &Policy, now: Millis) -> Option<Run> {
        let then = self.at(policy, now);
        let lock = then.lock(policy);
        let forgotten = then.last_failure.saturating_add(policy.forget_after);
        let until = lock.map_or(Some(forgotten), |lock| lock.until);
        (then.failures > 0).then_some(Run { last: then.last_failure, lock, until })
    }

    /// Whether the attempt `id` was charged here and has not been settled.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        !id.is_empty() && self.pending.iter().chain(&self.late).any(|charge| charge.id == id)
    }

    /// Unlocks: everything is gone, open attempts too.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Open attempts will open nothing, because what they were to be compared with has changed. Their charges stand: each
    /// becomes a failure when its life is over.
    pub fn drop_open(&mut self) {
        disown(&mut self.pending);
        disown(&mut self.late);
    }

    /// Whether nothing would be lost if this counter were not stored.
    #[must_use]
    pub fn is_idle(&self, policy: &Policy, now: Millis) -> bool {
        let then = self.at(policy, now);
        then.failures == 0 && then.pending.is_empty() && then.previous_uses.is_empty()
    }

    fn at(&self, policy: &Policy, now: Millis) -> Self {
        let mut then = self.clone();
        then.settle_time(policy, now);
        then
    }

    fn next(&self, policy: &Policy) -> Option<(Millis, Next)> {
        if let Some(since) = self.locked_at {
            return policy.lock_for.map(|length| (since.saturating_add(length), Next::LockEnds));
        }
        let forgotten = (self.failures > 0).then(|| (self.last_failure.saturating_add(policy.forget_after), Next::RunForgotten));
        let fails = oldest_end(&self.pending, policy.charge_life).map(|(_, end)| (end, Next::ChargeFails));
        forgotten.into_iter().chain(fails).min_by_key(|&(at, _)| at)
    }

    fn lock(&self, policy: &Policy) -> Option<Lock> {
        self.locked_at.map(|since| Lock { since, until: policy.lock_for.map(|length| since.saturating_add(length)) })
    }

    fn fail(&mut self, policy: &Policy, at: Millis) {
        self.failures = self.failures.saturating_add(1);
        self.last_failure = self.last_failure.max(at);
        self.lock_when_full(policy);
    }

    fn lock_when_full(&mut self, policy: &Policy) {
        if self.locked_at.is_none() && self.failures >= policy.limit {
            self.locked_at = Some(self.last_failure);
            self.pending.clear();
            self.late.clear();
        }
    }

    fn end_run(&mut self) {
        self.failures = 0;
        self.locked_at = None;
        self.late.clear();
    }
}

#[cfg(test)]
mod tests;
