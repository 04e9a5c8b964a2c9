//! CSVで一括招待: the form, and one file's result: checked, under way or over, with its rows. How far it is stands in the address and the
//! object, so that a reload shows it as well as the live link does.

use core::ops::Deref;

use askama::Template;
use durable::contract::import::{ROWS, Row, State};

use super::{Chrome, Watch, Word, console::contractor, links};
use crate::texts::{Import as Words, Texts};

/// What keeps a file from being read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// Nothing was sent.
    Empty,
    /// Neither UTF-8 nor `Shift_JIS`.
    Encoding,
    /// More users than an import may have.
    TooMany,
    /// The first row names no columns.
    NoHeader,
    /// A quotation mark is not closed.
    Quote,
    /// Another import is under way.
    Occupied,
}

impl FileError {
    fn sentence(self, words: &Words) -> String {
        match self {
            Self::Empty => words.empty.to_owned(),
            Self::Encoding => words.encoding.to_owned(),
            Self::TooMany => (words.too_many)(ROWS),
            Self::NoHeader => words.no_header.to_owned(),
            Self::Quote => words.quote.to_owned(),
            Self::Occupied => words.occupied.to_owned(),
        }
    }
}

/// The form for a file.
#[derive(Clone, Debug, Template)]
#[template(path = "import_form.html")]
pub struct ImportForm {
    /// The frame.
    pub chrome: Chrome,
    /// What was wrong with the last one.
    pub error: Option<FileError>,
    /// What was pasted.
    pub pasted: String,
}

impl ImportForm {
    /// As it is first, and after a mistake.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |error, pasted| Self { chrome: contractor(chrome, word), error, pasted };
        vec![
            ("import", page(None, String::new())),
            ("import-unreadable", page(Some(FileError::NoHeader), word("a,b"))),
            ("import-occupied", page(Some(FileError::Occupied), String::new())),
        ]
    }
}

/// A file that was checked, and what became of it.
#[derive(Clone, Debug, Template)]
#[template(path = "import.html")]
pub struct ImportPage {
    /// The frame.
    pub chrome: Chrome,
    /// The import's id.
    pub id: String,
    /// Whether it was started, and whether it is over.
    pub begun: bool,
    /// Whether it is over.
    pub ended: bool,
    /// How many rows stand how, in the order of [`State::ALL`].
    pub counts: [u32; 5],
    /// Rows of this page.
    pub rows: Vec<Row>,
    /// Only those that stand so.
    pub only: Option<State>,
    /// The page begins behind this row.
    pub after: u32,
    /// Whether there are rows behind these.
    pub more: bool,
    /// How the page stays current; none: by reload.
    pub watch: Option<Watch>,
}

/// The part of it that follows the import, an answer of its own.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "import.html", block = "live")]
pub struct ImportLive<'a>(pub &'a ImportPage);

impl Deref for ImportLive<'_> {
    type Target = ImportPage;

    fn deref(&self) -> &ImportPage {
        self.0
    }
}

/// One count with its word and the address that shows only these rows.
struct Count {
    label: &'static str,
    rows: String,
    href: String,
    shown: bool,
}

/// Class of a row's result.
fn mark(row: &Row) -> &'static str {
    match row.state {
        State::Wrong | State::Refused => "alert",
        State::Known => "off",
        State::Ready => "wait",
        State::Invited => "ok",
    }
}

impl ImportPage {
    /// How many rows stand so.
    fn count(&self, state: State) -> u32 {
        State::ALL.iter().zip(self.counts).find(|(one, _)| **one == state).map_or(0, |(_, count)| count)
    }

    /// Rows that have been worked off, and all that there are to be.
    fn done(&self) -> (u32, u32) {
        let done = self.count(State::Invited).saturating_add(self.count(State::Refused));
        (done, done.saturating_add(self.count(State::Ready)))
    }

    fn runs(&self) -> bool {
        self.begun && !self.ended
    }

    /// Which page it is: another shape is another page.
    fn shape(&self) -> &'static str {
        match (self.begun, self.ended) {
            (false, false) => "checked",
            (true, false) => "running",
            (_, true) if self.count(State::Ready) > 0 => "stopped",
            _ => "ended",
        }
    }

    fn title(&self) -> &'static str {
        let words = &self.chrome.texts().console.import;
        match self.shape() {
            "checked" => words.checked,
            "running" => words.running,
            "stopped" => words.stopped,
            _ => words.ended,
        }
    }

    fn lead(&self) -> &'static str {
        let words = &self.chrome.texts().console.import;
        match self.shape() {
            "checked" => words.checked_lead,
            "running" => words.running_lead,
            _ => words.ended_lead,
        }
    }

    fn counted(&self) -> Vec<Count> {
        let words = &self.chrome.texts().console.import;
        let each = State::ALL.into_iter().zip(words.states).zip(self.counts);
        each.filter(|(_, count)| *count > 0)
            .map(|((state, label), count)| Count {
                label,
                rows: (words.rows)(count),
                href: links::with("/import", &[("show", state.code())]),
                shown: self.only == Some(state),
            })
            .collect()
    }

    /// Everything that is wrong with a row, or what became of it.
    fn results(&self, row: &Row) -> Vec<&'static str> {
        let t: &Texts = self.chrome.texts();
        let c = &t.console;
        if row.state != State::Wrong {
            let word = State::ALL.iter().zip(c.import.states).find(|(state, _)| **state == row.state);
            return word.map(|(_, word)| word).into_iter().collect();
        }
        let sentence = |code: &String| match code.as_str() {
            "name" => c.bad_name,
            "address" => c.bad_address,
            "start" => c.bad_start,
            "manager" => c.bad_manager,
            _ => c.twice,
        };
        row.problems.iter().map(sentence).collect()
    }

    /// This page's own address.
    fn here(&self) -> String {
        let after = if self.after == 0 { String::new() } else { self.after.to_string() };
        links::with("/import", &[("show", self.only.map_or("", State::code)), ("after", &after)])
    }

    fn first_link(&self) -> String {
        links::with("/import", &[("show", self.only.map_or("", State::code))])
    }

    fn next_link(&self) -> Option<String> {
        let last = self.rows.last().filter(|_| self.more)?.line.to_string();
        Some(links::with("/import", &[("show", self.only.map_or("", State::code)), ("after", &last)]))
    }

    fn sign_in_link(&self) -> String {
        format!("/login?next={}", links::encoded(&self.here()))
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let row = |line, login: &str, state, problems: &[&str]| Row {
            line,
            name: word("Hanako Suzuki"),
            login: word(login),
            manager: line == 3,
            start: None,
            state,
            problems: problems.iter().map(|code| (*code).to_owned()).collect(),
        };
        let rows = vec![
            row(2, "hanako@", State::Wrong, &["name", "address", "start", "manager", "twice"]),
            row(3, "jiro@example.jp", State::Known, &[]),
            row(4, "saburo@example.jp", State::Ready, &[]),
            row(5, "shiro@example.jp", State::Invited, &[]),
            row(6, "goro@example.jp", State::Refused, &[]),
        ];
        let page = |counts, begun, ended| Self {
            chrome: contractor(chrome, word),
            id: word("0123456789abcdef"),
            begun,
            ended,
            counts,
            rows: rows.clone(),
            only: None,
            after: 0,
            more: true,
            watch: begun.then(|| Watch { url: "/live/users".to_owned(), ticket: word("ticket"), id: word("watcher") }),
        };
        vec![
            ("import-checked", page([2, 1, 9_997, 0, 0], false, false)),
            ("import-nothing", Self { only: Some(State::Wrong), after: 50, ..page([2, 1, 0, 0, 0], false, false) }),
            ("import-running", page([2, 1, 5_997, 3_990, 10], true, false)),
            ("import-ended", page([0, 1, 0, 9_999, 0], true, true)),
            ("import-stopped", page([0, 1, 5_000, 4_999, 0], true, true)),
        ]
    }
}
