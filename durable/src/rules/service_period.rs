//! The service period (CW-005, CW-044): an account works from 00:00 of サービス提供開始日 to 24:00 of サービス解約日, in Tokyo.
//!
//! Decided on read from the two days; nothing is deleted when a period ends, and moving the end later revives the account.

use super::date::{Day, Zone};
use crate::Millis;

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The start is still to come.
    NotYet,
    /// It works.
    InService,
    /// The end has passed.
    Ended,
}

/// The state at `now`. With an end before the start the account is never in service.
#[must_use]
pub fn state(start: Day, end: Option<Day>, now: Millis) -> State {
    if end.is_some_and(|end| now >= end.end(Zone::TOKYO)) {
        State::Ended
    } else if now < start.start(Zone::TOKYO) {
        State::NotYet
    } else {
        State::InService
    }
}

/// The next moment at which [`state`] gives something else, if there is one.
#[must_use]
pub fn next_change(start: Day, end: Option<Day>, now: Millis) -> Option<Millis> {
    let starts = start.start(Zone::TOKYO);
    let ends = end.map(|end| end.end(Zone::TOKYO));
    match state(start, end, now) {
        State::NotYet => Some(ends.map_or(starts, |ends| ends.min(starts))),
        State::InService => ends,
        State::Ended => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn cw_044_in_service_from_the_start_day_on() {
        let start = day("2022-12-01");
        let midnight = start.start(Zone::TOKYO);
        assert_eq!(state(start, None, midnight - 1), State::NotYet);
        assert_eq!(next_change(start, None, midnight - 1), Some(midnight));
        assert_eq!(state(start, None, midnight), State::InService);
        assert_eq!(next_change(start, None, midnight), None);
    }

    #[test]
    fn cw_005_usable_until_the_end_of_the_end_day() {
        let (start, end) = (day("2022-12-01"), day("2022-12-31"));
        let midnight = day("2023-01-01").start(Zone::TOKYO);
        assert_eq!(state(start, Some(end), midnight - 1), State::InService);
        assert_eq!(next_change(start, Some(end), midnight - 1), Some(midnight));
        assert_eq!(state(start, Some(end), midnight), State::Ended);
        assert_eq!(next_change(start, Some(end), midnight), None);
    }

    #[test]
    fn a_contract_of_one_day_lasts_that_day() {
        let only = day("2024-02-29");
        assert_eq!(state(only, Some(only), only.start(Zone::TOKYO)), State::InService);
        assert_eq!(state(only, Some(only), only.end(Zone::TOKYO)), State::Ended);
    }

    proptest! {
        #[test]
        fn the_state_changes_exactly_at_the_next_change(
            start in 0_i64..60,
            end in proptest::option::of(0_i64..60),
            now in 0_i64..60 * 24,
        ) {
            const HOUR: Millis = 3_600_000;
            let nth = |n: i64| Day::at(n * 24 * HOUR, Zone { offset_min: 0 });
            let (start, end, now) = (nth(start), end.map(nth), now * HOUR);
            let before = state(start, end, now);
            match next_change(start, end, now) {
                None => prop_assert_eq!(state(start, end, now + 100 * 24 * HOUR), before),
                Some(at) => {
                    prop_assert!(at > now);
                    prop_assert_eq!(state(start, end, at - 1), before);
                    prop_assert_ne!(state(start, end, at), before);
                }
            }
            if end.is_some_and(|end| end < start) {
                prop_assert_ne!(before, State::InService);
            }
        }
    }
}
