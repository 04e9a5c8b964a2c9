//! A linked service that ends on a date: until when it can be logged in with, and when its users are written to. They are told at
//! once, and reminded as long as they have not changed.
//!
//! Invariant: which letter is the newest due follows from the date, the announcement and the clock, so that a walk that was
//! interrupted, or began late, goes on where it was and sends none twice.

use serde::{Deserialize, Serialize};

use super::date::{Day, Zone};
use crate::Millis;

const HOUR: Millis = 60 * 60 * 1000;
const DAY: Millis = 24 * HOUR;
/// Days before the last one on which users are reminded, at nine in the morning.
const REMINDERS: [Millis; 3] = [30, 7, 1];

/// A linked service that ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Its id in the configuration.
    pub provider: String,
    /// The last day on which it can be logged in with.
    pub ends: Day,
    /// When that was announced.
    pub announced: Millis,
    /// The operator who did.
    pub by: String,
}

impl Ending {
    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self, now: Millis) -> bool {
        over(self.ends, now)
    }

    /// When each letter is due: the announcement, and reminders that are not before it.
    fn letters(&self) -> impl Iterator<Item = Millis> {
        let (first, announced) = (self.ends.start(Zone::TOKYO), self.announced);
        let at = move |days: Millis| first.saturating_sub(days.saturating_mul(DAY)).saturating_add(HOUR.saturating_mul(9));
        core::iter::once(announced).chain(REMINDERS.into_iter().map(at).filter(move |at| *at > announced))
    }

    /// The number of the newest letter that is due, from 1.
    #[must_use]
    pub fn letter(&self, now: Millis) -> u32 {
        u32::try_from(self.letters().filter(|at| *at <= now).count()).unwrap_or(u32::MAX)
    }

    /// When the next one is due.
    #[must_use]
    pub fn next(&self, now: Millis) -> Option<Millis> {
        self.letters().find(|at| *at > now)
    }
}

/// Whether a service whose last day is `ends` has ended.
#[must_use]
pub fn over(ends: Day, now: Millis) -> bool {
    now >= ends.end(Zone::TOKYO)
}

/// What an account knows about the end of the service that it logs in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retiring {
    /// The service.
    pub provider: String,
    /// Its last day.
    pub ends: Day,
    /// The newest letter about it.
    pub letter: u32,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn ending(ends: &str, announced: Millis) -> Ending {
        Ending { provider: "d-account".into(), ends: Day::parse(ends).unwrap(), announced, by: "operator:tests".into() }
    }

    #[test]
    fn the_last_day_counts_in_tokyo() {
        let ending = ending("2027-01-31", 0);
        let midnight = Day::parse("2027-02-01").unwrap().start(Zone::TOKYO);
        assert!(!ending.is_over(midnight - 1));
        assert!(ending.is_over(midnight));
    }

    #[test]
    fn letters_are_due_at_once_and_thirty_seven_and_one_day_before() {
        let first = Day::parse("2027-01-31").unwrap().start(Zone::TOKYO);
        let early = ending("2027-01-31", first - 60 * DAY);
        let times: Vec<Millis> = early.letters().collect();
        let nine = 9 * HOUR;
        assert_eq!(times, [first - 60 * DAY, first - 30 * DAY + nine, first - 7 * DAY + nine, first - DAY + nine]);
        assert_eq!(early.letter(first - 60 * DAY), 1);
        assert_eq!(early.letter(first - 7 * DAY + nine), 3);
        assert_eq!(early.next(first), None);
        // Announced late, it passes over what would have been before.
        let late = ending("2027-01-31", first - 3 * DAY);
        assert_eq!(late.letter(first - 3 * DAY), 1);
        assert_eq!(late.next(first - 3 * DAY), Some(first - DAY + nine));
    }

    proptest! {
        #[test]
        fn the_next_letter_is_one_more(announced in 0..4_000_i64 * DAY, later in 0..100 * DAY) {
            let ending = ending("1975-06-01", announced);
            let now = announced + later;
            let letter = ending.letter(now);
            prop_assert!((1..=4).contains(&letter));
            if let Some(next) = ending.next(now) {
                prop_assert!(next > now);
                prop_assert_eq!(ending.letter(next), letter + 1);
                prop_assert_eq!(ending.letter(next - 1), letter);
            } else {
                prop_assert_eq!(ending.letter(now + 1_000 * DAY), letter);
            }
        }
    }
}
