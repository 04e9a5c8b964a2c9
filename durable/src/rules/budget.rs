//! The device door's budget (decisions, "Device door"): wrong passwords a minute, and in all without a success.
//!
//! The web lock never touches this door (CW-083), so it has a measure of its own: a minute that slides, and for devices
//! without a known key a total after which the door stays closed until an administrator acts. Attempts are charged first,
//! with the same guarantee as in [`super::lockout`]: however they interleave, no more passwords are verified than allowed.
//! A success starts the total anew; the minute it leaves alone.

use serde::{Deserialize, Serialize};

pub use super::charge::{Charge, Outcome, Settled};
use super::charge::{count, disown, take, take_expired};
use crate::Millis;

const MINUTE: Millis = 60_000;

/// The numbers of one budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Wrong passwords within any sixty seconds.
    pub per_minute: u32,
    /// Wrong passwords without a success between them, after which the door is closed; `None`: no such end.
    pub without_success: Option<u32>,
    /// A charge that is not settled within this time is a failure.
    pub charge_life: Millis,
    /// The total is forgotten this long after the last failure (unknown names); `None`: never (accounts).
    pub forget_after: Option<Millis>,
}

/// What is remembered of the failures at one device door.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Budget {
    /// Failures of the last minute.
    recent: Vec<Millis>,
    /// Failures without a success.
    total: u32,
    last_failure: Millis,
    /// Open charges.
    pending: Vec<Charge>,
    /// Charges that ran out and stand as failures; within the minute a late settlement may take its own failure back.
    late: Vec<Charge>,
}

/// Why no attempt may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Denied {
    /// The minute is used up.
    TooMany {
        /// Whole seconds until the next attempt can be free, 1 to 60.
        retry_after_s: u32,
    },
    /// The total is used up: closed until an administrator acts. Answered as 429; the caller chooses the time.
    Closed,
    /// As many attempts are open as failures are left: ask again in a moment.
    Busy,
}

impl Budget {
    /// Brings the budget to `now`: charges that ran out fail, failures leave the minute, an old total is forgotten.
    pub fn settle_time(&mut self, policy: &Policy, now: Millis) {
        while let Some((charge, failed)) = take_expired(&mut self.pending, policy.charge_life, now) {
            self.forget(policy, failed);
            self.late.push(charge);
            self.fail(failed);
        }
        self.forget(policy, now);
        self.recent.retain(|failed| now < failed.saturating_add(MINUTE));
        self.late.retain(|charge| now < charge.at.saturating_add(policy.charge_life).saturating_add(MINUTE));
        self.shut_when_closed(policy);
    }

    /// Pays for one attempt. `id` must be fresh.
    ///
    /// # Errors
    /// [`Denied::Closed`] when the total is used up, [`Denied::TooMany`] when the minute is, [`Denied::Busy`] when open
    /// attempts could use up one of them.
    pub fn charge(&mut self, policy: &Policy, now: Millis, id: String) -> Result<(), Denied> {
        self.settle_time(policy, now);
        if self.is_closed(policy) {
            return Err(Denied::Closed);
        }
        if count(&self.recent) >= policy.per_minute {
            return Err(Denied::TooMany { retry_after_s: self.retry_after_s(now) });
        }
        let open = count(&self.pending);
        let minute_full = count(&self.recent).saturating_add(open) >= policy.per_minute;
        if minute_full || policy.without_success.is_some_and(|limit| self.total.saturating_add(open) >= limit) {
            return Err(Denied::Busy);
        }
        self.pending.push(Charge { id, at: now });
        Ok(())
    }

    /// Settles the attempt `id`. A previous password that this door refuses counts like any wrong one.
    pub fn settle(&mut self, policy: &Policy, now: Millis, id: &str, outcome: Outcome) -> Settled {
        self.settle_time(policy, now);
        let counted = if take(&mut self.pending, id).is_some() {
            None
        } else if let Some(charge) = take(&mut self.late, id) {
            Some(charge.at.saturating_add(policy.charge_life))
        } else {
            return Settled::Unknown;
        };
        if outcome == Outcome::Right {
            if let Some(place) = self.recent.iter().position(|&failed| Some(failed) == counted) {
                self.recent.remove(place);
            }
            self.total = 0;
            self.late.clear();
            return Settled::Cleared;
        }
        if counted.is_none() {
            self.fail(now);
        }
        self.shut_when_closed(policy);
        if self.is_closed(policy) { Settled::FailedAndLocked } else { Settled::Failed }
    }

    /// Whether the door is closed until an administrator acts.
    #[must_use]
    pub fn closed(&self, policy: &Policy, now: Millis) -> bool {
        self.at(policy, now).is_closed(policy)
    }

    /// An administrator has acted: everything is gone, open attempts too.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Open attempts will open nothing, because what they were to be compared with has changed. Their charges stand: each
    /// becomes a failure when its life is over.
    pub fn drop_open(&mut self) {
        disown(&mut self.pending);
        disown(&mut self.late);
    }

    /// Whether nothing would be lost if this budget were not stored.
    #[must_use]
    pub fn is_idle(&self, policy: &Policy, now: Millis) -> bool {
        let then = self.at(policy, now);
        let total_matters = policy.without_success.is_some() && then.total > 0;
        !total_matters && then.recent.is_empty() && then.pending.is_empty()
    }

    fn at(&self, policy: &Policy, now: Millis) -> Self {
        let mut then = self.clone();
        then.settle_time(policy, now);
        then
    }

    fn is_closed(&self, policy: &Policy) -> bool {
        policy.without_success.is_some_and(|limit| self.total >= limit)
    }

    fn fail(&mut self, at: Millis) {
        self.recent.push(at);
        self.last_failure = self.last_failure.max(at);
        self.total = self.total.saturating_add(1);
    }

    /// A closed door takes nothing back.
    fn shut_when_closed(&mut self, policy: &Policy) {
        if self.is_closed(policy) {
            self.pending.clear();
            self.late.clear();
        }
    }

    fn forget(&mut self, policy: &Policy, now: Millis) {
        if policy.forget_after.is_some_and(|after| now >= self.last_failure.saturating_add(after)) {
            self.total = 0;
        }
    }

    fn retry_after_s(&self, now: Millis) -> u32 {
        let oldest = self.recent.iter().copied().min().unwrap_or(now);
        let wait = oldest.saturating_add(MINUTE).saturating_sub(now).clamp(1, MINUTE);
        u32::try_from(wait.saturating_add(999) / 1000).unwrap_or(60)
    }
}

#[cfg(test)]
mod tests;
