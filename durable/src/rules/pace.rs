//! How often something may be sent to somebody who may not have asked for it: once in a while, and so many an hour.

use crate::Millis;

const HOUR: Millis = 60 * 60 * 1000;

/// The numbers of a pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// A new one at most once in this time.
    pub every: Millis,
    /// And so many an hour.
    pub an_hour: usize,
}

impl Pace {
    /// Notes one more among those that were `sent`, of which the ones that count no more are forgotten.
    ///
    /// # Errors
    /// The seconds until it may be; then nothing is noted.
    pub fn take(&self, sent: &mut Vec<Millis>, now: Millis) -> Result<(), u32> {
        sent.retain(|at| now.saturating_sub(*at) < HOUR);
        let after = |at: &Millis, wait: Millis| at.saturating_add(wait);
        let often = sent.len().checked_sub(self.an_hour).and_then(|first| sent.get(first)).map(|at| after(at, HOUR));
        let soon = sent.last().map(|at| after(at, self.every));
        match often.max(soon) {
            Some(then) if then > now => {
                let seconds = then.saturating_sub(now).saturating_add(999).checked_div(1000).unwrap_or(0);
                Err(u32::try_from(seconds).unwrap_or(u32::MAX))
            }
            _ => {
                sent.push(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    const PACE: Pace = Pace { every: 60_000, an_hour: 5 };

    #[test]
    fn one_a_minute_and_five_an_hour() {
        let mut sent = Vec::new();
        for minute in 0..5 {
            PACE.take(&mut sent, minute * 60_000).unwrap();
            assert_eq!(PACE.take(&mut sent, minute * 60_000 + 59_001), Err(if minute == 4 { 3_301 } else { 1 }));
        }
        assert_eq!(PACE.take(&mut sent, HOUR - 1), Err(1));
        PACE.take(&mut sent, HOUR).unwrap();
        assert_eq!(sent.len(), 5, "what is an hour old is forgotten");
    }

    proptest! {
        #[test]
        fn never_more_than_five_an_hour_and_one_a_minute(steps in prop::collection::vec(0_i64..200_000, 1..200)) {
            let (mut now, mut sent, mut all) = (0, Vec::new(), Vec::<Millis>::new());
            for step in steps {
                now += step;
                if PACE.take(&mut sent, now).is_ok() {
                    all.push(now);
                }
            }
            prop_assert!(all.windows(2).all(|pair| pair[1] - pair[0] >= 60_000));
            prop_assert!(all.windows(6).all(|six| six[5] - six[0] >= HOUR));
        }
    }
}
