//! Codes that go by SMS (ST-023; decisions, "One-time codes"). A code is stored nowhere: it is a MAC over what it is for, whose it
//! is and a nonce, made under `DATA_KEYS` once while it is sent and once when it is compared.

use crate::{
    Millis,
    seal::{Purpose, Seals},
};

/// How many there are: six digits.
const CODES: u64 = 1_000_000;
/// Codes an hour are counted in this time.
const HOUR: Millis = 60 * 60 * 1000;

/// The numbers of codes by SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long a code can be given.
    pub life: Millis,
    /// Wrong codes after which it is dead.
    pub tries: u32,
    /// A new one at most once in this time.
    pub every: Millis,
    /// And so many an hour.
    pub an_hour: usize,
}

/// A nonce under the key that makes codes now: `key id.random`. `None` only without a key.
#[must_use]
pub fn nonce(seals: &Seals, random: &str) -> Option<String> {
    Some(format!("{}.{random}", seals.current()?))
}

/// The six digits of a nonce; `None` when its key is gone.
#[must_use]
pub fn derive(seals: &Seals, uid: &str, registers: bool, nonce: &str) -> Option<String> {
    let (key, random) = nonce.split_once('.')?;
    let what: &[u8] = if registers { b"register" } else { b"login" };
    let mac = seals.mac(key, Purpose::SmsCode, &[what, uid.as_bytes(), random.as_bytes()])?;
    let number = mac.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))?;
    Some(format!("{:06}", number.checked_rem(CODES)?))
}

/// Whether another one may be sent; else how many seconds until it may. `asked` is when the last ones were.
///
/// # Errors
/// The seconds.
pub fn may_send(policy: &Policy, asked: &mut Vec<Millis>, now: Millis) -> Result<(), u32> {
    asked.retain(|at| now.saturating_sub(*at) < HOUR);
    let after = |at: &Millis, wait: Millis| at.saturating_add(wait);
    let often = asked.len().checked_sub(policy.an_hour).and_then(|first| asked.get(first)).map(|at| after(at, HOUR));
    let soon = asked.last().map(|at| after(at, policy.every));
    match often.max(soon) {
        Some(then) if then > now => {
            let seconds = then.saturating_sub(now).saturating_add(999).checked_div(1000).unwrap_or(0);
            Err(u32::try_from(seconds).unwrap_or(u32::MAX))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    const POLICY: Policy = Policy { life: 600_000, tries: 5, every: 60_000, an_hour: 5 };

    fn seals(keys: &[&str]) -> Seals {
        Seals::new(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    #[test]
    fn a_code_outlives_a_new_key_and_not_the_loss_of_its_own() {
        let old = seals(&["the old data key, 32 characters…"]);
        let nonce = nonce(&old, "00").unwrap();
        let code = derive(&old, "uid", false, &nonce);
        assert!(code.is_some());
        assert_eq!(
            derive(&seals(&["the new data key, 32 characters…", "the old data key, 32 characters…"]), "uid", false, &nonce),
            code
        );
        assert_eq!(derive(&seals(&["the new data key, 32 characters…"]), "uid", false, &nonce), None);
    }

    #[test]
    fn one_a_minute_and_five_an_hour() {
        let mut asked = Vec::new();
        for minute in 0..5 {
            may_send(&POLICY, &mut asked, minute * 60_000).unwrap();
            asked.push(minute * 60_000);
            assert_eq!(may_send(&POLICY, &mut asked, minute * 60_000 + 59_001), Err(if minute == 4 { 3_301 } else { 1 }));
        }
        assert_eq!(may_send(&POLICY, &mut asked, HOUR - 1), Err(1));
        may_send(&POLICY, &mut asked, HOUR).unwrap();
        assert_eq!(asked.len(), 4, "what is an hour old is forgotten");
    }

    proptest! {
        #[test]
        fn a_code_is_six_digits_of_one_purpose_and_account(random in "[0-9a-f]{32}") {
            let seals = seals(&["a data key of thirty-two letters"]);
            let nonce = nonce(&seals, &random).unwrap();
            let code = derive(&seals, "one", true, &nonce).unwrap();
            prop_assert!(code.len() == 6 && code.chars().all(|digit| digit.is_ascii_digit()));
            prop_assert_eq!(derive(&seals, "one", true, &nonce), Some(code));
            // Others are others, but for one in a million; the MACs tell.
            let mac = |what: &[u8], uid: &str| seals.mac(seals.current().unwrap(), Purpose::SmsCode, &[what, uid.as_bytes(), random.as_bytes()]);
            prop_assert!(mac(b"register", "one") != mac(b"login", "one") && mac(b"login", "one") != mac(b"login", "two"));
        }

        #[test]
        fn never_more_than_five_an_hour_and_one_a_minute(steps in prop::collection::vec(0_i64..200_000, 1..200)) {
            let (mut now, mut asked, mut sent) = (0, Vec::new(), Vec::<Millis>::new());
            for step in steps {
                now += step;
                if may_send(&POLICY, &mut asked, now).is_ok() {
                    asked.push(now);
                    sent.push(now);
                }
            }
            prop_assert!(sent.windows(2).all(|pair| pair[1] - pair[0] >= 60_000));
            prop_assert!(sent.windows(6).all(|six| six[5] - six[0] >= HOUR));
        }
    }
}
