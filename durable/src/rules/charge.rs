//! Charges: an attempt pays for itself before its password is looked at.
//!
//! A door charges one pending failure when it hands out the challenge and settles it when the hash comes back. Whoever
//! never comes back has failed, so a crash or a flood of parallel guesses gains nothing. Shared by [`super::lockout`] and
//! [`super::budget`].

use serde::{Deserialize, Serialize};

use crate::Millis;

/// One attempt that has been paid for and not yet settled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Charge {
    /// The attempt's id, fresh for every attempt; empty: the attempt may not settle it any more.
    pub id: String,
    /// When it was charged.
    pub at: Millis,
}

/// What the comparison of the hash said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The current password.
    Right,
    /// Neither the current nor the previous one.
    Wrong,
    /// The previous password, at a door that refuses it. (Where grace accepts it, the outcome is [`Outcome::Right`].)
    Previous,
}

/// What settling a charge did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settled {
    /// A success: the run of failures is over.
    Cleared,
    /// One more failure.
    Failed,
    /// One more failure, and it was the last one allowed: the lock is set, or the door is closed.
    FailedAndLocked,
    /// Refused, but not counted.
    Uncounted,
    /// This attempt is not open any more: refuse it as wrong.
    Unknown,
}

/// Takes the charge `id` out of `list`; a disowned charge is nobody's.
pub(super) fn take(list: &mut Vec<Charge>, id: &str) -> Option<Charge> {
    let place = list.iter().position(|charge| charge.id == id && !id.is_empty())?;
    Some(list.remove(place))
}

/// Takes the charges from their attempts, which can settle nothing any more. The charges stay and run out as failures.
pub(super) fn disown(list: &mut [Charge]) {
    for charge in list {
        charge.id.clear();
    }
}

/// Takes out the oldest charge that has come to the end of its life by `now`, with the moment it failed.
pub(super) fn take_expired(list: &mut Vec<Charge>, life: Millis, now: Millis) -> Option<(Charge, Millis)> {
    let (place, failed) = oldest_end(list, life).filter(|&(_, end)| end <= now)?;
    Some((list.remove(place), failed))
}

/// Place and end of the charge that will come to the end of its life first.
pub(super) fn oldest_end(list: &[Charge], life: Millis) -> Option<(usize, Millis)> {
    list.iter().enumerate().map(|(place, charge)| (place, charge.at.saturating_add(life))).min_by_key(|&(_, end)| end)
}

/// A list's length in the unit of the limits.
pub(super) fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}
