//! Codes that go by SMS (ST-023; decisions, "One-time codes"). A code is stored nowhere: it is a MAC over what it is for, whose it
//! is and a nonce, made under `DATA_KEYS` once while it is sent and once when it is compared.

use crate::{
    Millis,
    rules::pace::Pace,
    seal::{Purpose, Seals},
};

/// How many there are: six digits.
const CODES: u64 = 1_000_000;

/// The numbers of codes by SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long a code can be given.
    pub life: Millis,
    /// Wrong codes after which it is dead.
    pub tries: u32,
    /// How often a new one is sent.
    pub pace: Pace,
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

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
    }
}
