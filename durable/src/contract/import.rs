//! An import: a file of users to be invited, checked first, then worked off row by row. Its rows wait here; the Worker's code works
//! them off from the outbox of whoever started it, and says what became of each.
//!
//! Invariant: a contract has one import at a time, a row has one result, and a result that was noted stays.

use serde::{Deserialize, Serialize};

use crate::{
    Millis,
    rules::{access::Actor, date::Day},
};

/// Users in one import.
pub const ROWS: u32 = 10_000;
/// Rows that are handed over at once, to be stored or to be worked off.
pub const PART: u32 = 200;
/// Rows on a page.
pub const SHOWN: u32 = 50;

/// An import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its id.
    pub id: String,
    /// Whose it is: his address.
    pub by: String,
    /// When its file came.
    pub at: Millis,
    /// When it was started.
    pub begun: Option<Millis>,
    /// When its last row had its result, or when it was called off.
    pub ended: Option<Millis>,
}

impl Import {
    /// Whether it is being worked off.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.begun.is_some() && self.ended.is_none()
    }
}

/// A row of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its line in the file, from 1.
    pub line: u32,
    /// 氏名
    pub name: String,
    /// メールアドレス, folded if it is one.
    pub login: String,
    /// 管理者権限
    pub manager: bool,
    /// サービス提供開始日
    pub start: Option<Day>,
    /// How it stands.
    pub state: State,
    /// Everything that is wrong with it: codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// How a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Something is wrong with it: it is left out.
    Wrong,
    /// The contract has this address already: it is left out.
    Known,
    /// To be invited.
    Ready,
    /// Invited.
    Invited,
    /// It could not be invited.
    Refused,
}

impl State {
    /// All of them, in the order of a summary.
    pub const ALL: [Self; 5] = [Self::Wrong, Self::Known, Self::Ready, Self::Invited, Self::Refused];

    /// Its code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Known => "known",
            Self::Ready => "ready",
            Self::Invited => "invited",
            Self::Refused => "refused",
        }
    }
}

/// A part of a file is stored; the first one brings the import, and takes the place of one that does not run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PutImport {
    /// Who.
    pub actor: Actor,
    /// The new import, with its first rows.
    pub import: Option<Import>,
    /// Which one.
    pub id: String,
    /// The rows; those whose address the contract has already become [`State::Known`].
    pub rows: Vec<Row>,
}

/// A look at the import, or a step of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkImport {
    /// Who.
    pub actor: Actor,
    /// What is done.
    pub step: Step,
}

/// What is done with an import.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Somebody looks: the rows behind this line, and only those that stand so.
    Look(u32, Option<State>),
    /// It goes on: these lines have their results; what is to be done next comes back.
    Go(String, Vec<(u32, State)>),
    /// It is called off: what was not done is left.
    Stop(String),
}

/// How the import stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportView {
    /// The last one; `None`: there was none.
    pub import: Option<Import>,
    /// How many rows stand how.
    pub counts: Vec<(State, u32)>,
    /// Rows in the order of the file: of the page, or the next ones to be done.
    pub rows: Vec<Row>,
    /// Whether there are rows behind these.
    pub more: bool,
}

impl ImportView {
    /// How many rows stand so.
    #[must_use]
    pub fn count(&self, state: State) -> u32 {
        self.counts.iter().find(|(counted, _)| *counted == state).map_or(0, |(_, count)| *count)
    }
}
