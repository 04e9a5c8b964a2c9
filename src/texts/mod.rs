//! Every sentence people read, in Japanese and English.
//!
//! One struct a noun, filled once a language (`ja.rs`, `en.rs`), so a missing sentence does not compile. Japanese labels,
//! buttons, messages and confirmations are the manual's, letter by letter; running text is ours. A parametrised sentence is
//! a function of plain values. Nothing here is HTML: the templates escape all of it.

mod concern;
mod console;
mod directory;
mod en;
mod federation;
mod history;
mod ja;
mod letters;
mod line;
mod menu;
mod nouns;
mod second_step;
mod storage;
mod zones;

pub use concern::{Concern, Locked, Previous, Several};
pub use console::{Console, Import};
pub use directory::Directory;
pub use federation::Federation;
pub use history::{Check as HistoryCheck, Happening, Happenings, History, Told};
pub use letters::{Filling, Letter, letter};
pub use line::Line;
pub use menu::Menu;
pub use nouns::*;
pub use second_step::SecondStep;
pub use storage::{Redeem, Storage};
pub use zones::{ZONES, offset};

/// The languages of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// 日本語
    #[default]
    Ja,
    /// English
    En,
}

impl Lang {
    /// Both, for tests and samples.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// The BCP 47 tag, as `<html lang>` carries it.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// Its name in itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ja => "日本語",
            Self::En => "English",
        }
    }

    /// The language of a tag.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.tag() == tag)
    }

    /// The language that an `Accept-Language` header (RFC 9110 section 12.5.4) asks for: the supported one of highest
    /// weight, the earlier one when weights are equal, Japanese when it names neither.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let mut best = (0.0, Self::Ja);
        for range in header.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
            let lang = match tag.split('-').next() {
                Some("ja" | "*") => Self::Ja,
                Some("en") => Self::En,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, lang);
            }
        }
        best.1
    }
}

/// All sentences of one language.
#[must_use]
pub const fn of(lang: Lang) -> &'static Texts {
    match lang {
        Lang::Ja => &ja::TEXTS,
        Lang::En => &en::TEXTS,
    }
}

/// A count with a comma every three digits: `100,000`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().rev().enumerate() {
        if place > 0 && place.is_multiple_of(3) {
            text.insert(0, ',');
        }
        text.insert(0, digit);
    }
    text
}
