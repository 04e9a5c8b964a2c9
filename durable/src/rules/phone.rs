//! Telephone numbers that can receive SMS (ST-023): what a person typed, as E.164.

/// Shortest and longest international number, in digits without the plus (ITU-T E.164).
const DIGITS: core::ops::RangeInclusive<usize> = 8..=15;
/// Digits of a Japanese mobile number behind its country code.
const MOBILE: usize = 10;
/// Digits that are told of a registered number.
const TAIL: usize = 4;

/// The number in E.164; `None` when no SMS can go there. Without a country code it is a Japanese one: 11 digits that begin with
/// 0x0, which those of land lines do not. Blanks, hyphens and brackets are dropped, full-width characters folded.
#[must_use]
pub fn parse(typed: &str) -> Option<String> {
    let mut number = String::new();
    for letter in typed.trim().chars() {
        match letter {
            '0'..='9' => number.push(letter),
            '０'..='９' => number.push(char::from_digit(u32::from(letter).checked_sub(u32::from('０'))?, 10)?),
            '+' | '＋' if number.is_empty() => number.push('+'),
            '-' | '‐' | '‑' | '–' | '−' | '－' | 'ー' | '(' | ')' | '（' | '）' | '.' => {}
            blank if blank.is_whitespace() => {}
            _ => return None,
        }
    }
    match number.strip_prefix('+') {
        Some(digits) => match digits.strip_prefix("81") {
            // +81 (0)90 …: the trunk prefix is not dialled from abroad.
            Some(own) => japanese(own.strip_prefix('0').unwrap_or(own)),
            None => (DIGITS.contains(&digits.len()) && !digits.starts_with('0')).then(|| format!("+{digits}")),
        },
        None => japanese(number.strip_prefix('0')?),
    }
}

fn japanese(own: &str) -> Option<String> {
    let mut digits = own.chars();
    let mobile = matches!((digits.next(), digits.next()), (Some('5'..='9'), Some('0')));
    (mobile && own.len() == MOBILE).then(|| format!("+81{own}"))
}

/// The last digits, by which its owner knows a number.
#[must_use]
pub fn tail(number: &str) -> String {
    let before = number.chars().count().saturating_sub(TAIL);
    number.chars().skip(before).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn st_023_numbers_are_read_as_people_type_them() {
        for typed in [
            "09012345678",
            "090-1234-5678",
            "０９０－１２３４－５６７８",
            " 090 1234 5678 ",
            "+81 90-1234-5678",
            "＋81(0)90 1234 5678",
        ] {
            assert_eq!(parse(typed).as_deref(), Some("+819012345678"), "{typed}");
        }
        assert_eq!(parse("+1 (415) 555-2671").as_deref(), Some("+14155552671"));
        assert_eq!(parse("+442071838750").as_deref(), Some("+442071838750"));
        for typed in [
            "",
            "0312345678",
            "0120444444",
            "+81312345678",
            "090123456789",
            "0901234567",
            "90",
            "+0123456789",
            "+123",
            "+1234567890123456",
            "a09012345678",
            "090+12345678",
            "09012345678;",
        ] {
            assert_eq!(parse(typed), None, "{typed}");
        }
        assert_eq!(tail("+819012345678"), "5678");
    }

    proptest! {
        #[test]
        fn what_is_read_is_e_164_and_reads_back(typed in "[-+0-9０-９() ]{0,20}") {
            if let Some(number) = parse(&typed) {
                prop_assert!(number.starts_with('+') && number.len() <= 16 && number.chars().skip(1).all(|digit| digit.is_ascii_digit()));
                prop_assert_eq!(parse(&number), Some(number));
            }
        }

        #[test]
        fn no_input_panics(typed in any::<String>()) {
            let _ = (parse(&typed), tail(&typed));
        }
    }
}
