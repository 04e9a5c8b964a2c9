//! Lists of users who want an administrator's attention, and the act on several of them at once. One page, one question and one page
//! of results for all such lists; what a list is about stands beside this: `locked`, `previous`. The choice is a form of check boxes
//! that asks on a page of its own; scripts add 「すべて選択」 and let the remaining time run.

use std::ops::Deref;

use askama::Template;
use durable::contract::Concern;

use super::{Chrome, LockedRow, Nav, PreviousRow, Stamp, Watch, Word, links, locked, previous};
use crate::texts::{self, Texts};

/// One user of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConcernRow {
    /// ユーザ名
    pub login: String,
    /// Why he is on it.
    pub why: Why,
}

/// Why a user is on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// ロック中のユーザ
    Locked(LockedRow),
    /// 旧パスワードで待ち受け中
    Previous(PreviousRow),
}

/// One cell of a row.
pub(crate) struct Cell {
    /// What it is, beside the value on a small screen.
    pub(crate) label: &'static str,
    pub(crate) text: String,
    /// The moment that it tells.
    pub(crate) at: Option<Stamp>,
    /// Whether that is the end of a time that runs as one looks.
    pub(crate) runs: bool,
}

impl Cell {
    pub(crate) fn new(label: &'static str, text: impl Into<String>) -> Self {
        Self { label, text: text.into(), at: None, runs: false }
    }

    /// A moment, in words of its own.
    pub(crate) fn at(label: &'static str, text: impl Into<String>, at: &Stamp) -> Self {
        Self { at: Some(at.clone()), ..Self::new(label, text) }
    }
}

impl ConcernRow {
    /// The state beside the name: class and word.
    fn badge(&self, t: &Texts) -> Option<(&'static str, &'static str)> {
        match &self.why {
            Why::Locked(row) => Some(row.badge(t)),
            Why::Previous(_) => None,
        }
    }

    fn cells(&self, t: &'static Texts) -> Vec<Cell> {
        match &self.why {
            Why::Locked(row) => row.cells(t),
            Why::Previous(row) => row.cells(&t.previous),
        }
    }

    /// What is told again when it changes; the time that is left runs by itself.
    fn state(&self) -> String {
        match &self.why {
            Why::Locked(row) => row.state(),
            Why::Previous(row) => row.state(),
        }
    }
}

/// The list.
#[derive(Clone, Debug, Template)]
#[template(path = "concern.html")]
pub struct ConcernList {
    /// The frame.
    pub chrome: Chrome,
    /// Which list.
    pub concern: Concern,
    /// The rows of this page.
    pub rows: Vec<ConcernRow>,
    /// The cursor behind which this page lies; empty: it is the first one.
    pub here: String,
    /// The cursor behind which the next page lies; none: this is the last one.
    pub next: Option<String>,
    /// The link that follows the list.
    pub watch: Option<Watch>,
}

/// The part of the list that follows the contract, an answer of its own.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "concern.html", block = "live")]
pub struct ConcernLive<'a>(pub &'a ConcernList);

impl Deref for ConcernLive<'_> {
    type Target = ConcernList;

    fn deref(&self) -> &ConcernList {
        self.0
    }
}

/// The question before the act on several users.
#[derive(Clone, Debug, Template)]
#[template(path = "concern_confirm.html")]
pub struct ConcernQuestion {
    /// The frame; its operation id is the form's.
    pub chrome: Chrome,
    /// Of which list.
    pub concern: Concern,
    /// Who was chosen, and how each stands; none: he is not on the list any more.
    pub chosen: Vec<(String, Option<ConcernRow>)>,
}

/// How the act on one user ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActResult {
    /// 解除しました, 終了しました
    Done,
    /// すでに解除されています, すでに終わっています
    WasDone,
    /// It could not be done.
    Failed,
}

impl ActResult {
    fn word(self, words: &texts::Concern) -> &'static str {
        match self {
            Self::Done => words.done,
            Self::WasDone => words.was_done,
            Self::Failed => words.not_done,
        }
    }

    /// The class that gives shape and colour.
    fn class(self) -> &'static str {
        match self {
            Self::Done => "connected",
            Self::WasDone => "off",
            Self::Failed => "prohibited",
        }
    }
}

/// What came of it, user by user.
#[derive(Clone, Debug, Template)]
#[template(path = "concern_results.html")]
pub struct ConcernResults {
    /// The frame.
    pub chrome: Chrome,
    /// Of which list.
    pub concern: Concern,
    /// Each user's result, in the order in which they were chosen.
    pub results: Vec<(String, ActResult)>,
}

/// What a list says.
fn words(concern: Concern, t: &'static Texts) -> &'static texts::Concern {
    match concern {
        Concern::Locked => &t.locked.list,
        Concern::Previous => &t.previous.list,
    }
}

/// Whether its act takes something away from the users.
const fn destroys(concern: Concern) -> bool {
    matches!(concern, Concern::Previous)
}

impl ConcernList {
    fn words(&self) -> &'static texts::Concern {
        words(self.concern, self.chrome.texts())
    }

    /// Where it is, and where its form asks.
    fn place(&self) -> &'static str {
        links::concern(self.concern).0
    }

    fn asks(&self) -> &'static str {
        links::concern(self.concern).1
    }

    /// The whole list as a file, where there is one.
    fn file(&self) -> Option<String> {
        (self.concern == Concern::Previous).then(|| links::with(self.place(), &[("csv", "1")]))
    }

    fn destroys(&self) -> bool {
        destroys(self.concern)
    }

    /// What there is to show; the whole part changes only with it, and its rows by themselves.
    fn shape(&self) -> String {
        let shown = if self.rows.is_empty() { "none" } else { "rows" };
        format!("{shown} {}", self.next.as_deref().unwrap_or_default())
    }

    /// This page's own address.
    fn address(&self) -> String {
        links::with(self.place(), &[("after", &self.here)])
    }

    /// The login page, which leads back here.
    fn sign_in_link(&self) -> String {
        format!("/login?next={}", links::encoded(&self.address()))
    }

    fn next_link(&self) -> Option<String> {
        self.next.as_ref().map(|cursor| links::with(self.place(), &[("after", cursor)]))
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let chrome = chrome.on(Nav::Users);
        let page = |concern, rows, here: &str, next| Self {
            chrome: chrome.clone(),
            concern,
            rows,
            here: here.to_owned(),
            next,
            watch: Some(Watch { url: "/live/users".to_owned(), ticket: word("ticket"), id: word("watcher") }),
        };
        let some = |concern, numbers| sample_rows(concern, numbers, word);
        vec![
            ("locked", page(Concern::Locked, some(Concern::Locked, 6), "", None)),
            ("locked-many", page(Concern::Locked, some(Concern::Locked, 18), "c1", Some(word("c2")))),
            ("locked-none", page(Concern::Locked, vec![], "", None)),
            ("previous", page(Concern::Previous, some(Concern::Previous, 6), "", None)),
            ("previous-many", page(Concern::Previous, some(Concern::Previous, 18), "c1", Some(word("c2")))),
            ("previous-none", page(Concern::Previous, vec![], "", None)),
        ]
    }
}

impl ConcernQuestion {
    fn words(&self) -> &'static texts::Concern {
        words(self.concern, self.chrome.texts())
    }

    fn place(&self) -> &'static str {
        links::concern(self.concern).0
    }

    fn action(&self) -> &'static str {
        links::concern(self.concern).1
    }

    fn destroys(&self) -> bool {
        destroys(self.concern)
    }

    /// The question, as the page of one user asks it.
    fn line(&self) -> &'static str {
        let t = self.chrome.texts();
        match self.concern {
            Concern::Locked => t.confirm.unlock,
            Concern::Previous => t.client.end_question,
        }
    }

    /// For tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |concern| {
            let chosen = sample_rows(concern, 3, word).into_iter().map(|row| (row.login.clone(), Some(row)));
            Self { chrome: chrome.on(Nav::Users), concern, chosen: chosen.chain([(word("cwtest.00009"), None)]).collect() }
        };
        vec![("locked-confirm", page(Concern::Locked)), ("previous-confirm", page(Concern::Previous))]
    }
}

impl ConcernResults {
    fn words(&self) -> &'static texts::Concern {
        words(self.concern, self.chrome.texts())
    }

    fn place(&self) -> &'static str {
        links::concern(self.concern).0
    }

    fn done(&self) -> usize {
        self.results.iter().filter(|(_, result)| *result == ActResult::Done).count()
    }

    fn failed(&self) -> bool {
        self.results.iter().any(|(_, result)| *result == ActResult::Failed)
    }

    /// For tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let results = [ActResult::Done, ActResult::WasDone, ActResult::Failed];
        let results: Vec<_> =
            results.into_iter().zip(1..).map(|(result, number)| (word(&format!("cwtest.{number:05}")), result)).collect();
        let page = |concern| Self { chrome: chrome.on(Nav::Users), concern, results: results.clone() };
        vec![("locked-results", page(Concern::Locked)), ("previous-results", page(Concern::Previous))]
    }
}

/// So many rows of the samples.
fn sample_rows(concern: Concern, rows: u32, word: Word) -> Vec<ConcernRow> {
    let row = |number| ConcernRow {
        login: word(&format!("cwtest.{number:05}")),
        why: match concern {
            Concern::Locked => Why::Locked(locked::sample(number)),
            Concern::Previous => Why::Previous(previous::sample(number, word)),
        },
    };
    (1..=rows).map(row).collect()
}
