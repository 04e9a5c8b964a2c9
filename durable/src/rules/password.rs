//! What a password must be (CW-020, CW-022, ST-071), and the making of temporary ones.
//!
//! All violations are told at once. Allowed are the printable ASCII characters 0x21 to 0x7E; the space is not among them,
//! because it gets lost on a printed account sheet. Whether a password equals the current or the previous one is decided
//! by hash, elsewhere; whether it was typed twice alike, by whoever sees both.

use serde::{Deserialize, Serialize};

use super::{common_passwords::is_common, login_name};

/// The rule of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Shortest length in characters.
    pub min: usize,
    /// Longest length in characters.
    pub max: usize,
    /// Which kinds of characters it must mix.
    pub classes: Classes,
}

/// Which kinds of characters a password must mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classes {
    /// An upper-case letter, a digit and a symbol each; lower case is allowed (CW-022).
    UpperDigitSymbol,
    /// So many of the four: upper-case letters, lower-case letters, digits, symbols (ST-071).
    AtLeast(usize),
}

/// One broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Violation {
    /// Shorter than the shortest length.
    TooShort,
    /// Longer than the longest length.
    TooLong,
    /// A character outside 0x21 to 0x7E.
    NotAllowedCharacter,
    /// No upper-case letter.
    NoUpper,
    /// No digit.
    NoDigit,
    /// No symbol.
    NoSymbol,
    /// Too few kinds of characters.
    TooFewClasses,
    /// It is the current password.
    SameAsCurrent,
    /// It is the previous password.
    SameAsPrevious,
    /// It contains the login name.
    ContainsLogin,
    /// It is on the list of common passwords.
    Common,
    /// The two fields differ.
    Mismatch,
}

/// The rules that the text `candidate` breaks, in the order of [`Violation`]; empty when it is fine. `login` may be in any
/// spelling. Never contains `SameAsCurrent`, `SameAsPrevious` or `Mismatch`.
#[must_use]
pub fn violations(policy: &Policy, candidate: &str, login: &str) -> Vec<Violation> {
    let length = candidate.chars().count();
    let folded = candidate.to_ascii_lowercase();
    let login = login_name::fold(login);
    let has = |class: fn(&u8) -> bool| candidate.bytes().any(|b| class(&b));
    let upper = has(u8::is_ascii_uppercase);
    let lower = has(u8::is_ascii_lowercase);
    let digit = has(u8::is_ascii_digit);
    let symbol = has(u8::is_ascii_punctuation);
    let (named, kinds) = match policy.classes {
        Classes::UpperDigitSymbol => (true, 0),
        Classes::AtLeast(kinds) => (false, kinds),
    };
    [
        (Violation::TooShort, length < policy.min),
        (Violation::TooLong, length > policy.max),
        (Violation::NotAllowedCharacter, !candidate.bytes().all(|b| b.is_ascii_graphic())),
        (Violation::NoUpper, named && !upper),
        (Violation::NoDigit, named && !digit),
        (Violation::NoSymbol, named && !symbol),
        (Violation::TooFewClasses, [upper, lower, digit, symbol].into_iter().filter(|&class| class).count() < kinds),
        (Violation::ContainsLogin, !login.is_empty() && folded.contains(&login)),
        (Violation::Common, length <= policy.max && is_common(candidate)),
    ]
    .into_iter()
    .filter_map(|(violation, broken)| broken.then_some(violation))
    .collect()
}

/// Characters of temporary passwords, by class: none that look alike in print (0 O, 1 l I), and no symbol that a
/// spreadsheet takes for the start of a formula.
const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const LOWER: &[u8] = b"abcdefghijkmnopqrstuvwxyz";
const DIGITS: &[u8] = b"23456789";
const SYMBOLS: &[u8] = b"#$%&*?";
/// Length of a temporary password: more than 90 bits.
const GENERATED: usize = 16;

/// A temporary password of 16 characters that conforms to every policy here: one character of each class, the others of
/// any, in random order. `random` fills the bytes it is given.
#[must_use]
pub fn generate(policy: &Policy, random: &mut dyn FnMut(&mut [u8])) -> String {
    let all = [UPPER, LOWER, DIGITS, SYMBOLS].concat();
    let length = GENERATED.max(policy.min);
    let classes = [UPPER, LOWER, DIGITS, SYMBOLS].into_iter().chain(std::iter::repeat(&*all));
    let mut password: Vec<u8> = classes.take(length).filter_map(|class| class.get(below(class.len(), random)).copied()).collect();
    for last in (1..password.len()).rev() {
        password.swap(last, below(last.saturating_add(1), random));
    }
    password.into_iter().map(char::from).collect()
}

/// A uniform number below `bound`: the high half of 64 random bits times `bound`, which is uneven by less than one part in
/// 2^50 for the bounds here.
fn below(bound: usize, random: &mut dyn FnMut(&mut [u8])) -> usize {
    let mut bytes = [0; 8];
    random(&mut bytes);
    let product = u128::from(u64::from_le_bytes(bytes)).saturating_mul(u128::try_from(bound).unwrap_or(1));
    usize::try_from(product >> 64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    const WORK: Policy = Policy { min: 10, max: 255, classes: Classes::UpperDigitSymbol };
    const STORAGE: Policy = Policy { min: 8, max: 255, classes: Classes::AtLeast(3) };

    #[test]
    fn cw_022_ten_to_255_with_upper_digit_and_symbol() {
        let long = |n: usize| format!("{}1#", "Kvjx".repeat(n).chars().take(n - 2).collect::<String>());
        let cases: [(&str, &[Violation]); 9] = [
            ("KVJXQ-2931", &[]),
            ("Kvjxq-2931", &[]),
            ("Kvjx-2931", &[Violation::TooShort]),
            ("kvjxq-2931", &[Violation::NoUpper]),
            ("Kvjxq-wmpb", &[Violation::NoDigit]),
            ("Kvjxq29317", &[Violation::NoSymbol]),
            ("Kvjxq 2931", &[Violation::NotAllowedCharacter, Violation::NoSymbol]),
            ("Kvjxq-2931é", &[Violation::NotAllowedCharacter]),
            ("", &[Violation::TooShort, Violation::NoUpper, Violation::NoDigit, Violation::NoSymbol, Violation::Common]),
        ];
        for (candidate, broken) in cases {
            assert_eq!(violations(&WORK, candidate, "cwtest.00001"), broken, "{candidate:?}");
        }
        assert_eq!(violations(&WORK, &long(255), ""), []);
        assert_eq!(violations(&WORK, &long(256), ""), [Violation::TooLong]);
    }

    #[test]
    fn st_071_eight_with_three_of_four_classes() {
        for fine in ["kvjx-293", "KVJX-293", "Kvjxq293", "Kvjx-wmp"] {
            assert_eq!(violations(&STORAGE, fine, "taro@example.jp"), [], "{fine:?}");
        }
        for poor in ["kvjxq293", "KVJXQ293", "KvjxqWmp", "kvjx-wmp", "8361-293"] {
            assert_eq!(violations(&STORAGE, poor, ""), [Violation::TooFewClasses], "{poor:?}");
        }
    }

    #[test]
    fn every_printable_ascii_character_but_the_space_is_allowed() {
        for byte in 0_u8..=127 {
            let candidate = format!("Kvjxq-2931{}", char::from(byte));
            assert_eq!(violations(&WORK, &candidate, "").is_empty(), (0x21..=0x7E).contains(&byte), "{byte:#x}");
        }
    }

    #[test]
    fn the_login_name_in_any_spelling_is_refused() {
        for login in ["cwtest.00001", "CWTEST.00001", "ｃｗｔｅｓｔ．００００１"] {
            assert_eq!(violations(&WORK, "Xk-CWtest.00001", login), [Violation::ContainsLogin]);
        }
    }

    #[test]
    fn violations_are_codes_on_the_wire() {
        assert_eq!(serde_json::to_string(&Violation::NotAllowedCharacter).unwrap(), "\"not-allowed-character\"");
    }

    /// A small generator for the tests (xorshift64).
    fn random(mut seed: u64) -> impl FnMut(&mut [u8]) {
        move |bytes| {
            for byte in bytes {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                *byte = seed.to_le_bytes()[3];
            }
        }
    }

    #[test]
    fn generated_characters_are_evenly_spread() {
        let mut random = random(0x9E37_79B9_7F4A_7C15);
        let mut counts = [0_u32; 24];
        for _ in 0..24_000 {
            *counts.get_mut(below(24, &mut random)).unwrap() += 1;
        }
        // 1000 expected, standard deviation 31.
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    proptest! {
        #[test]
        fn generated_passwords_conform_and_can_be_read_aloud(seed in 1_u64..) {
            for policy in [WORK, STORAGE] {
                let password = generate(&policy, &mut random(seed));
                prop_assert_eq!(violations(&policy, &password, "cwtest.00001"), []);
                prop_assert_eq!(password.len(), 16);
                prop_assert!(!password.contains(['0', 'O', '1', 'l', 'I']));
                prop_assert_ne!(password, generate(&policy, &mut random(seed ^ u64::MAX)));
            }
        }

        #[test]
        fn no_input_panics(candidate in any::<String>(), login in any::<String>()) {
            let _ = violations(&WORK, &candidate, &login);
        }
    }
}
