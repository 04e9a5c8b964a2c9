//! What a person is told without mail: a banner on his pages until he says that he has read it.

use durable::{
    Millis,
    account::{self, Matter},
    rules::date::{Zone, stamp},
};

use super::{Chrome, Stamp, Word};
use crate::texts::{self, Lang};

/// The banner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What happened, the newest first.
    pub(crate) lines: Vec<Line>,
    /// The instant of the newest: what comes later is not read with these.
    pub(crate) upto: Millis,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) at: Stamp,
    pub(crate) sentence: String,
}

impl News {
    /// The banner in words; none where there is nothing to tell.
    #[must_use]
    pub fn of(news: &[account::News], lang: Lang, zone: Zone) -> Option<Self> {
        let line = |one: &account::News| Line { at: Stamp(stamp(one.at, zone)), sentence: sentence(one, lang) };
        Some(Self { upto: news.last()?.at, lines: news.iter().rev().map(line).collect() })
    }

    /// Everything that can be told, for tests and screenshots.
    #[must_use]
    pub(super) fn sample(chrome: &Chrome, word: Word) -> Self {
        let news = [
            (Matter::PasswordForced, "admin.00001"),
            (Matter::FactorReset, "operator:tests"),
            (Matter::PhoneRegistered, "iPhone16,1"),
            (Matter::ShutOut, "admin.00001"),
            (Matter::TokenReused, "DESKTOP-7F3A"),
        ];
        let news = news.map(|(matter, name)| account::News { matter, at: 1_795_305_600_000, name: word(name) });
        Self::of(&news, chrome.lang, chrome.zone).unwrap_or(Self { lines: Vec::new(), upto: 0 })
    }
}

fn sentence(news: &account::News, lang: Lang) -> String {
    let texts = texts::of(lang);
    let t = &texts.news;
    let by = || match news.name.strip_prefix("operator:") {
        Some(name) => (texts.history.operator)(name.to_owned()),
        None => (t.administrator)(news.name.clone()),
    };
    match news.matter {
        Matter::PasswordForced => (t.password_forced)(by()),
        Matter::FactorReset => (t.factor_reset)(by()),
        Matter::PhoneRegistered => (t.phone_registered)(news.name.clone()),
        Matter::ShutOut => (t.shut_out)(by()),
        Matter::TokenReused => (t.token_reused)(news.name.clone()),
    }
}
