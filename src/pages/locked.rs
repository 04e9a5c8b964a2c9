//! ロック中のユーザ: who is locked out or keeps failing, the newest lock first, and the unlocking of several at once. The choice is
//! a form of check boxes that asks on a page of its own; scripts add 「すべて選択」 and let the remaining time run.

use std::ops::Deref;

use askama::Template;

use super::{Chrome, Nav, Stamp, Watch, Word, links};
use crate::texts::Texts;

/// One user of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedRow {
    /// ユーザ名
    pub login: String,
    /// When the lock ends by itself, and how many minutes that is from now; none: it is not locked, or only somebody ends it.
    pub ends: Option<(Stamp, i64)>,
    /// Whether it is locked out.
    pub locked: bool,
    /// Whether it is locked out everywhere but in known browsers.
    pub elsewhere: bool,
    /// Failures.
    pub failures: u32,
    /// ロックアウト時刻, or when the last failure was.
    pub since: Stamp,
    /// Known browsers that can log in.
    pub open: u32,
    /// Known browsers that are locked out themselves.
    pub shut: u32,
}

impl LockedRow {
    fn browsers(&self, t: &Texts) -> String {
        let t = &t.locked;
        match (self.open, self.shut) {
            (0, 0) => t.no_browser.to_owned(),
            (open, shut) if self.elsewhere || shut == 0 => (t.known)(open, shut),
            (open, shut) => (t.only_known)(open, shut),
        }
    }

    /// What is told again when it changes; the time that is left runs by itself.
    fn state(&self) -> String {
        format!("{} {} {} {} {}", self.locked, self.failures, self.since.0, self.open, self.shut)
    }

    /// What the time in the row is.
    fn since_label(&self, t: &Texts) -> &'static str {
        if self.locked { t.locked.since } else { t.locked.last }
    }
}

/// The list.
#[derive(Clone, Debug, Template)]
#[template(path = "locked.html")]
pub struct LockedUsers {
    /// The frame.
    pub chrome: Chrome,
    /// The rows of this page.
    pub rows: Vec<LockedRow>,
    /// The cursor behind which this page lies; empty: it is the first one.
    pub here: String,
    /// The cursor behind which the next page lies; none: this is the last one.
    pub next: Option<String>,
    /// The link that follows the list.
    pub watch: Option<Watch>,
}

/// The part of the list that follows the contract, an answer of its own.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "locked.html", block = "live")]
pub struct LockedLive<'a>(pub &'a LockedUsers);

impl Deref for LockedLive<'_> {
    type Target = LockedUsers;

    fn deref(&self) -> &LockedUsers {
        self.0
    }
}

/// The question before several users are unlocked.
#[derive(Clone, Debug, Template)]
#[template(path = "locked_confirm.html")]
pub struct UnlockQuestion {
    /// The frame; its operation id is the form's.
    pub chrome: Chrome,
    /// Who was chosen, and how each stands; none: there is nothing to unlock.
    pub chosen: Vec<(String, Option<LockedRow>)>,
}

/// How the unlocking of one user ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnlockResult {
    /// 解除しました
    Unlocked,
    /// すでに解除されています
    WasUnlocked,
    /// It could not be done.
    Failed,
}

impl UnlockResult {
    fn word(self, t: &Texts) -> &'static str {
        match self {
            Self::Unlocked => t.locked.unlocked,
            Self::WasUnlocked => t.locked.was_unlocked,
            Self::Failed => t.locked.not_unlocked,
        }
    }

    /// The class that gives shape and colour.
    fn class(self) -> &'static str {
        match self {
            Self::Unlocked => "connected",
            Self::WasUnlocked => "off",
            Self::Failed => "prohibited",
        }
    }
}

/// What came of it, user by user.
#[derive(Clone, Debug, Template)]
#[template(path = "locked_results.html")]
pub struct UnlockResults {
    /// The frame.
    pub chrome: Chrome,
    /// Each user's result, in the order in which they were chosen.
    pub results: Vec<(String, UnlockResult)>,
}

impl LockedUsers {
    /// What there is to show; the whole part changes only with it, and its rows by themselves.
    fn shape(&self) -> String {
        let shown = if self.rows.is_empty() { "none" } else { "rows" };
        format!("{shown} {}", self.next.as_deref().unwrap_or_default())
    }

    /// This page's own address.
    fn address(&self) -> String {
        links::with(links::LOCKED, &[("after", &self.here)])
    }

    /// The login page, which leads back here.
    fn sign_in_link(&self) -> String {
        format!("/login?next={}", links::encoded(&self.address()))
    }

    fn next_link(&self) -> Option<String> {
        self.next.as_ref().map(|cursor| links::with(links::LOCKED, &[("after", cursor)]))
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let chrome = chrome.on(Nav::Users);
        let page = |rows, here: &str, next| Self {
            chrome: chrome.clone(),
            rows,
            here: here.to_owned(),
            next,
            watch: Some(Watch { url: "/live/users".to_owned(), ticket: word("ticket"), id: word("watcher") }),
        };
        let many: Vec<_> = (1..=18).map(|number| sample_row(number, word)).collect();
        let few = many.iter().take(6).cloned().collect();
        vec![
            ("locked", page(few, "", None)),
            ("locked-many", page(many, "c1", Some(word("c2")))),
            ("locked-none", page(vec![], "", None)),
        ]
    }
}

impl UnlockQuestion {
    /// For tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let chosen = (1..=3).map(|number| sample_row(number, word)).map(|row| (row.login.clone(), Some(row)));
        let chosen = chosen.chain([(word("cwtest.00009"), None)]).collect();
        vec![("locked-confirm", Self { chrome: chrome.on(Nav::Users), chosen })]
    }
}

impl UnlockResults {
    fn done(&self) -> usize {
        self.results.iter().filter(|(_, result)| *result == UnlockResult::Unlocked).count()
    }

    fn failed(&self) -> bool {
        self.results.iter().any(|(_, result)| *result == UnlockResult::Failed)
    }

    /// For tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let results = [UnlockResult::Unlocked, UnlockResult::WasUnlocked, UnlockResult::Failed];
        let results =
            results.into_iter().zip(1..).map(|(result, number)| (word(&format!("cwtest.{number:05}")), result)).collect();
        vec![("locked-results", Self { chrome: chrome.on(Nav::Users), results })]
    }
}

/// A row of the samples; the number decides how it stands.
fn sample_row(number: u32, word: Word) -> LockedRow {
    let (locked, elsewhere) = (!number.is_multiple_of(3), number % 4 != 2);
    LockedRow {
        login: word(&format!("cwtest.{number:05}")),
        ends: locked.then(|| (Stamp("2026-11-22 09:29:10 +0900".to_owned()), 12)),
        locked,
        elsewhere: locked && elsewhere,
        failures: if locked { 5 } else { 2 },
        since: Stamp("2026-11-22 08:59:10 +0900".to_owned()),
        open: number % 3,
        shut: u32::from(locked && !elsewhere),
    }
}
