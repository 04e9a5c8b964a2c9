//! Recovery codes (ST-026 to ST-028): 100 random bits as twenty letters, stored only as a MAC bound to the account.

use crate::secret::{base64, mac};

/// Letters of a code, five bits each.
pub const LETTERS: usize = 20;
/// Letters of a group.
const GROUP: usize = 5;
/// Crockford's base 32: no letter that looks like another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code of random bytes, as people see it: `XXXXX-XXXXX-XXXXX-XXXXX`.
#[must_use]
pub fn spell(random: &[u8; LETTERS]) -> String {
    let letters: Vec<char> =
        random.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31)).copied()).map(char::from).collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// What a person typed or pasted, with or without blanks and "-"; `None` when no code looks like that.
#[must_use]
pub fn read(typed: &str) -> Option<String> {
    let mut code = String::new();
    for letter in typed.chars() {
        let half = match letter {
            '！'..='～' => u32::from(letter).checked_sub(0xfee0).and_then(char::from_u32)?,
            other => other,
        };
        match half.to_ascii_uppercase() {
            '-' | '‐' | '‑' | '–' | '−' | 'ー' => {}
            blank if blank.is_whitespace() => {}
            'O' => code.push('0'),
            'I' | 'L' => code.push('1'),
            letter if letter.is_ascii() && ALPHABET.contains(&u8::try_from(letter).ok()?) => code.push(letter),
            _ => return None,
        }
        if code.len() > LETTERS {
            return None;
        }
    }
    (code.len() == LETTERS).then_some(code)
}

/// What is stored of a code that was read ([`read`]). 100 bits need no slow hash.
#[must_use]
pub fn fingerprint(uid: &str, code: &str) -> String {
    base64(&mac(b"recovery-code", &[uid.as_bytes(), code.as_bytes()]))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn st_027_blanks_hyphens_and_width_make_no_difference() {
        let code = spell(&[10, 11, 12, 13, 14, 0, 1, 2, 3, 4, 31, 30, 29, 28, 27, 5, 6, 7, 8, 9]);
        assert_eq!(code, "ABCDE-01234-ZYXWV-56789");
        for typed in [
            "ABCDE-01234-ZYXWV-56789",
            "ABCDE01234ZYXWV56789",
            " abcde - o1234\tzyxwv 56789\n",
            "ＡＢＣＤＥ－０１２３４－ＺＹＸＷＶ－５６７８９",
            "ABCDE OI234 ZYXWV 56789",
            "ABCDE-0l234-ZYXWV-56789",
        ] {
            assert_eq!(read(typed).as_deref(), Some("ABCDE01234ZYXWV56789"), "{typed}");
        }
        for typed in
            ["", "ABCDE-01234-ZYXWV-5678", "ABCDE-01234-ZYXWV-56789-0", "UBCDE-01234-ZYXWV-56789", "ABCDE_01234-ZYXWV-56789"]
        {
            assert_eq!(read(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_and_belongs_to_one_account(random in prop::array::uniform20(any::<u8>()), blank in 0_usize..20) {
            let shown = spell(&random);
            prop_assert_eq!(shown.len(), 23);
            let code = read(&shown).unwrap();
            let mut spaced = code.clone();
            spaced.insert(blank, ' ');
            prop_assert_eq!(read(&spaced), Some(code.clone()));
            prop_assert_ne!(fingerprint("one", &code), fingerprint("two", &code));
            prop_assert!(!fingerprint("one", &code).contains(&code));
        }

        #[test]
        fn no_input_panics(typed in any::<String>()) {
            let _ = read(&typed);
        }
    }
}
