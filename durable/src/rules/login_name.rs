//! Login names: every spelling of one name is one account and one counter (decisions, "Login names").
//!
//! A name is folded before anything looks at it; what is not a name after folding is an unknown name and reaches no object.
//! Passwords are never folded.

/// Longest login name of the kind [`Kind::Login`].
const LOGIN_MAX: usize = 64;
/// Longest mail address (RFC 5321, 4.5.3.1.3: a path of 256 with its angle brackets).
const ADDRESS_MAX: usize = 254;
/// Longest part before the `@` (RFC 5321, 4.5.3.1.1).
const LOCAL_MAX: usize = 64;
/// Longest label of a host name (RFC 1035, 2.3.4).
const LABEL_MAX: usize = 63;

/// What a service's login names look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// ユーザ名: `[a-z0-9._-]{1,64}`
    Login,
    /// メールアドレス
    Address,
}

/// Full-width ASCII to half-width, ASCII letters to lower case, blanks (also U+3000) at both ends dropped.
#[must_use]
pub fn fold(raw: &str) -> String {
    raw.trim().chars().map(|c| half_width(c).to_ascii_lowercase()).collect()
}

/// The folded name, or `None` when it cannot be anybody's.
#[must_use]
pub fn parse(raw: &str, kind: Kind) -> Option<String> {
    let name = fold(raw);
    let valid = match kind {
        Kind::Login => is_login(&name),
        Kind::Address => is_address(&name),
    };
    valid.then_some(name)
}

/// U+FF01 to U+FF5E are the printable ASCII characters, in the same order.
fn half_width(c: char) -> char {
    const FIRST: u32 = 0xFF01;
    match c {
        '\u{FF01}'..='\u{FF5E}' => u32::from(c)
            .checked_sub(FIRST)
            .and_then(|place| u32::from('!').checked_add(place))
            .and_then(char::from_u32)
            .unwrap_or(c),
        _ => c,
    }
}

fn is_login(name: &str) -> bool {
    (1..=LOGIN_MAX).contains(&name.len()) && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
}

/// A valid e-mail address of the HTML Standard (which takes the dots of old mobile addresses), in a domain of two labels or more.
fn is_address(name: &str) -> bool {
    let Some((local, domain)) = name.split_once('@') else { return false };
    name.len() <= ADDRESS_MAX
        && (1..=LOCAL_MAX).contains(&local.len())
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b))
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=LABEL_MAX).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn six_spellings_are_one_name() {
        let spellings = [
            "cwtest.00001",
            "CWTEST.00001",
            "  cwtest.00001 ",
            "ｃｗｔｅｓｔ．００００１",
            "\u{3000}ＣＷtest.00001\u{3000}",
            "\tCwTest.０0001\n",
        ];
        for spelling in spellings {
            assert_eq!(parse(spelling, Kind::Login).as_deref(), Some("cwtest.00001"), "{spelling:?}");
        }
    }

    #[test]
    fn what_is_not_a_login_is_nobodys() {
        let long = "a".repeat(65);
        for raw in ["", " ", "a b", "a@b", "ａ　ｂ", "é", "ﬀ", "ⓐ", "\u{212A}", "a/b", "a\0", &long] {
            assert_eq!(parse(raw, Kind::Login), None, "{raw:?}");
        }
        assert!(parse(&"a".repeat(64), Kind::Login).is_some());
    }

    #[test]
    fn addresses() {
        let longest = format!("{}@{}.jp", "a".repeat(64), ["b".repeat(61), "c".repeat(61), "d".repeat(62)].join("."));
        assert_eq!(longest.len(), 254);
        for raw in
            ["Taro@Example.JP", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "a..b.@docomo.example", "o'neil+x@a-b.c.example", &longest]
        {
            assert!(parse(raw, Kind::Address).is_some(), "{raw:?}");
        }
        let (too_long, long_local) = (format!("{longest}p"), format!("{}@a.jp", "a".repeat(65)));
        let refused = [
            "", "@", "a@", "@a.jp", "a@b", "a@b..jp", "a@.jp", "a@b.", "a@b@c.jp", "a b@c.jp", "a@-b.jp", "a@b-.jp", "a@b_c.jp",
            "あ@b.jp", "a@ı.jp",
        ];
        for raw in refused.into_iter().chain([&*too_long, &*long_local]) {
            assert_eq!(parse(raw, Kind::Address), None, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn folding_is_stable_and_total(raw in any::<String>()) {
            let once = fold(&raw);
            prop_assert_eq!(fold(&once), once.clone());
            for kind in [Kind::Login, Kind::Address] {
                if let Some(name) = parse(&raw, kind) {
                    prop_assert_eq!(parse(&name, kind), Some(name.clone()));
                    prop_assert!(name.is_ascii());
                }
            }
        }

        #[test]
        fn any_spelling_folds_back(name in "[a-z0-9._-]{1,64}", wide in any::<u64>(), upper in any::<u64>()) {
            let spelled: String = name.chars().enumerate().map(|(i, c)| {
                let c = if upper >> (i % 64) & 1 == 1 { c.to_ascii_uppercase() } else { c };
                if wide >> (i % 64) & 1 == 1 { char::from_u32(u32::from(c) + 0xFEE0).unwrap() } else { c }
            }).collect();
            prop_assert_eq!(parse(&format!("\u{3000}{spelled} "), Kind::Login), Some(name));
        }
    }
}
