//! One-time codes (RFC 6238): SHA-1, 30 seconds, six digits, one step either side, and each step accepted once ever.
//!
//! The caller stores the step that was accepted; from then on it and every earlier one is dead, whatever the clock says.

use totp_rs::{Builder, Secret, Totp};

use crate::Millis;

/// Length of a seed in bytes: SHA-1's own (RFC 4226, section 4, R6).
pub const SEED: usize = 20;
/// Digits of a code.
pub const DIGITS: usize = 6;
/// Length of a step in seconds.
const STEP_S: u64 = 30;
/// Steps that a phone's clock may be off, either way.
const SKEW: u64 = 1;

/// The step that `code` belongs to, if it is right at `now` and its step is a later one than `last`.
#[must_use]
pub fn accepted(seed: &[u8], code: &str, now: Millis, last: u64) -> Option<u64> {
    let totp = generator(seed)?;
    let step = u64::try_from(now).ok()?.checked_div(1000)?.checked_div(STEP_S)?;
    let window = step.saturating_sub(SKEW)..=step.saturating_add(SKEW);
    window.filter(|step| *step > last).find(|step| totp.check(code, step.saturating_mul(STEP_S)).is_some())
}

/// What a person typed as six digits: blanks and hyphens dropped, full-width digits folded; `None` when it is something else.
#[must_use]
pub fn read(typed: &str) -> Option<String> {
    let folded = typed.trim().chars().filter(|letter| !letter.is_whitespace() && *letter != '-').map(|letter| match letter {
        '０'..='９' => u32::from(letter).checked_sub(u32::from('０')).and_then(|digit| char::from_digit(digit, 10)),
        other => other.is_ascii_digit().then_some(other),
    });
    let code: String = folded.take(DIGITS.saturating_add(1)).collect::<Option<_>>()?;
    (code.len() == DIGITS).then_some(code)
}

/// A seed as people type it and apps read it: base32 (RFC 4648) without padding.
#[must_use]
pub fn base32(seed: &[u8]) -> String {
    Secret::from(seed).to_base32()
}

/// Without a skew of its own: the steps of the window are walked here, so that used ones are never compared.
fn generator(seed: &[u8]) -> Option<Totp> {
    Builder::new().with_secret(Secret::from(seed)).with_skew(0).with_step_duration(STEP_S).build().ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    const VECTOR: &[u8] = b"12345678901234567890";

    /// The code that an app shows at a second.
    fn shown(seed: &[u8], second: i64) -> String {
        generator(seed).unwrap().generate(u64::try_from(second).unwrap()).to_string()
    }

    #[test]
    fn cw_100_the_vectors_of_rfc_6238() {
        // Appendix B prints eight digits; six of them are the last six (RFC 4226, section 5.3).
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(shown(VECTOR, second), code);
            assert_eq!(accepted(VECTOR, code, second * 1000, 0), Some(u64::try_from(second).unwrap() / 30));
        }
    }

    #[test]
    fn cw_100_the_window_second_by_second() {
        // The code of the step that begins at 3000: from one step before to the end of the step after.
        let code = shown(VECTOR, 3000);
        for second in 2800..3300 {
            let inside = (2970..3060).contains(&second);
            assert_eq!(accepted(VECTOR, &code, second * 1000, 0), inside.then_some(100), "second {second}");
            assert_eq!(accepted(VECTOR, &code, second * 1000 + 999, 0), inside.then_some(100), "second {second}.999");
        }
    }

    #[test]
    fn cw_100_a_step_is_dead_once_it_or_a_later_one_was_accepted() {
        for second in 2970..3060 {
            let code = shown(VECTOR, 3000);
            assert_eq!(accepted(VECTOR, &code, second * 1000, 99), Some(100));
            assert_eq!(accepted(VECTOR, &code, second * 1000, 100), None);
            assert_eq!(accepted(VECTOR, &code, second * 1000, 101), None);
        }
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        for typed in ["081804", " 081804 ", "081 804", "081-804", "０８１８０４", "\u{3000}０８１　８０４\t"] {
            assert_eq!(read(typed).as_deref(), Some("081804"), "{typed:?}");
        }
        for typed in ["", "08180", "0818040", "08180a", "+81804", "٠٨١٨٠٤", "081804\u{0}", "0818-04-1"] {
            assert_eq!(read(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn a_seed_is_spelled_in_base32() {
        assert_eq!(base32(VECTOR), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    proptest! {
        #[test]
        fn no_code_is_accepted_outside_its_window(seed in prop::array::uniform20(any::<u8>()), at in 0_i64..4_000_000_000, off in 2_i64..1000) {
            let code = shown(&seed, at);
            let step = u64::try_from(at / 30).unwrap();
            prop_assert!(accepted(&seed, &code, at * 1000, step) != Some(step));
            for then in [at + off * 30, at - off * 30] {
                prop_assert!(accepted(&seed, &code, then * 1000, 0) != Some(step));
            }
        }

        #[test]
        fn no_input_panics(seed in prop::collection::vec(any::<u8>(), 0..40), typed in any::<String>(), now: i64, last: u64) {
            let _ = (read(&typed), accepted(&seed, &typed, now, last), base32(&seed));
        }
    }
}
