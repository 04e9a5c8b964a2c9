//! 回線認証 (ST-060 to ST-069): what a line number looks like, what a contract has chosen about its lines, and who may enter from
//! where. Pure; the Worker has verified the gateway's word for a line before it is heard of here.
//!
//! Invariant: a line stands in for the second factor and for nothing else. Whoever comes over a line gets in only over one that is
//! registered; whoever comes from the Internet only where the contract lets him, the contractor's way to the menu apart (ST-067).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Millis, contract::Facts};

/// How long 回線認証のみ waits to be confirmed, where the contract wants that.
pub const COUNTDOWN: Millis = 10 * 60 * 1000;
/// Line numbers that a contract may have.
pub const MOST: usize = 50;
/// A use of a line is noted at most once in this time.
const NOTE_EVERY: Millis = 60 * 1000;

/// The line that a request came over, as the carrier's gateway asserts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// 回線番号
    pub number: String,
    /// Whether it is one of NTT西日本.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub west: bool,
}

/// What a contract has chosen about its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lines {
    /// The registered line numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<String>,
    /// アクセス経路設定: 回線認証のみ, not 回線認証+インターネット.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub only: bool,
    /// 回線認証のみ ends by itself at this instant unless it is confirmed over a line before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// When somebody logged in last over each registered line.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub used: BTreeMap<String, Millis>,
    /// Whether 回線認証のみ has to be confirmed over a line within [`COUNTDOWN`]; off by default.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub countdown: bool,
}

impl Lines {
    /// Whether nothing was chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether this line is registered.
    #[must_use]
    pub fn has(&self, number: &str) -> bool {
        self.numbers.iter().any(|own| own == number)
    }

    /// Whether somebody has logged in over a line that is registered.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.numbers.iter().any(|number| self.used.contains_key(number))
    }

    /// The same as of `now`: what was not confirmed in time is rolled back. Asked at every reading, so that neither a late alarm
    /// nor a crash prolongs it.
    #[must_use]
    pub fn at(self, now: Millis) -> Self {
        if self.until.is_some_and(|until| until <= now) { Self { only: false, until: None, ..self } } else { self }
    }

    /// With these numbers and no others.
    #[must_use]
    pub fn with(&self, numbers: &[String]) -> Self {
        let mut lines = Self { numbers: numbers.to_vec(), ..self.clone() };
        lines.used.retain(|number, _| numbers.contains(number));
        lines
    }

    /// Notes a login over a line; whether that is news worth storing.
    pub fn note(&mut self, number: &str, at: Millis) -> bool {
        let fresh = self.used.get(number).is_none_or(|last| at.saturating_sub(*last) >= NOTE_EVERY);
        let news = fresh && self.has(number);
        if news {
            self.used.insert(number.to_owned(), at);
        }
        news
    }
}

/// A line number as it is kept (ST-066): `CAF` and 10 letters or digits, or `COP` and 8. Full-width characters become half-width, small
/// letters capitals, blanks around it are dropped.
#[must_use]
pub fn number(text: &str) -> Option<String> {
    let folded: String = text.trim().chars().map(half_width).collect::<String>().to_ascii_uppercase();
    let rest = match folded.split_at_checked(3)? {
        ("CAF", rest) if rest.len() == 10 => rest,
        ("COP", rest) if rest.len() == 8 => rest,
        _ => return None,
    };
    rest.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(folded)
}

/// A full-width ASCII character's half-width form; everything else as it is.
fn half_width(character: char) -> char {
    match u32::from(character) {
        wide @ 0xFF01..=0xFF5E => wide.checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(character),
        _ => character,
    }
}

/// The numbers of a text, one a line, each once.
///
/// # Errors
/// Everything in it that is none.
pub fn numbers(text: &str) -> Result<Vec<String>, Vec<String>> {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for typed in text.lines().map(str::trim).filter(|typed| !typed.is_empty()) {
        match number(typed) {
            Some(number) if found.contains(&number) => {}
            Some(number) => found.push(number),
            None => wrong.push(typed.to_owned()),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

/// Whether a login, or a session that it has made, may be: over `line`, or from the Internet without one. Asked when a session is
/// made, whatever the login method, and whenever one is used. `escapes`: it is the contractor's in 認証・契約情報変更メニュー.
/// Without the contract's word no line is registered, and none is demanded.
#[must_use]
pub fn may_enter(facts: Option<&Facts>, line: Option<&str>, escapes: bool) -> bool {
    match line {
        Some(number) => facts.is_some_and(|facts| facts.lines.has(number)),
        None => escapes || !facts.is_some_and(|facts| facts.lines.only),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAF: &str = "CAF0123456789";
    const COP: &str = "COP01234567";

    #[test]
    fn st_066_line_numbers_are_caf_and_ten_or_cop_and_eight() {
        for (typed, kept) in [
            (CAF, CAF),
            (COP, COP),
            ("caf0123456789", CAF),
            (" cop01234567 ", COP),
            ("ＣＡＦ０１２３４５６７８９", CAF),
            ("CAFabcdefghij", "CAFABCDEFGHIJ"),
        ] {
            assert_eq!(number(typed).as_deref(), Some(kept), "{typed}");
        }
        for typed in [
            "",
            "CAF",
            "CAF012345678",
            "CAF01234567890",
            "COP0123456789",
            "CAF01234567",
            "CAX0123456789",
            "CAF-123456789",
            "CAF012345678é",
        ] {
            assert_eq!(number(typed), None, "{typed}");
        }
        assert_eq!(numbers("caf0123456789\r\n\r\nCAF0123456789\nCOP01234567\n"), Ok(vec![CAF.to_owned(), COP.to_owned()]));
        assert_eq!(numbers("CAF1\nCOP01234567\nx"), Err(vec!["CAF1".to_owned(), "x".to_owned()]));
    }

    #[test]
    fn a_confirmation_that_did_not_come_rolls_back_at_its_instant() {
        let lines = Lines { only: true, until: Some(1_000), numbers: vec![CAF.to_owned()], ..Lines::default() };
        assert_eq!(lines.clone().at(999), lines);
        for now in [1_000, 1_001, Millis::MAX] {
            assert_eq!(lines.clone().at(now), Lines { only: false, until: None, ..lines.clone() });
        }
        let confirmed = Lines { until: None, ..lines };
        assert_eq!(confirmed.clone().at(Millis::MAX), confirmed);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_a_number_is_kept_in_one_spelling(text in "\\PC{0,20}") {
            if let Some(kept) = number(&text) {
                let shape = (kept.starts_with("CAF"), kept.starts_with("COP"), kept.len());
                prop_assert!(matches!(shape, (true, false, 13) | (false, true, 11)), "{}", kept);
                prop_assert_eq!(number(&kept), Some(kept));
            }
        }

        #[test]
        fn every_number_is_found_in_every_spelling(rest in "[0-9a-zA-Z]{8}|[0-9a-zA-Z]{10}") {
            let prefix = if rest.len() == 10 { "caf" } else { "cop" };
            let typed = format!("{prefix}{rest}");
            prop_assert_eq!(number(&typed), Some(typed.to_ascii_uppercase()));
        }
    }
}
