//! The receipt of the last act on a user, a part of his page: what it did, and what each device that it cut has answered.

use durable::account::{self, receipt::Answer};

use super::{Stamp, effects};
use crate::texts::Texts;

/// A receipt with its moment as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What was done.
    pub done: account::Receipt,
    /// When.
    pub at: Stamp,
}

impl Receipt {
    /// The act's name; the code itself for an act of newer code.
    pub(crate) fn label(&self, texts: &'static Texts) -> String {
        let known = texts.history.happenings.of(&self.done.code);
        known.map_or_else(|| self.done.code.clone(), |happening| happening.label.to_owned())
    }

    /// What it did, each with its mark.
    pub(crate) fn lines(&self, texts: &'static Texts) -> Vec<(&'static str, String)> {
        effects::done(self, texts)
    }

    /// Whether a device has still to answer.
    pub(crate) fn waits(&self) -> bool {
        self.done.parts.iter().any(|part| part.answer == Answer::Waiting)
    }

    /// What a screen reader is told when it changes.
    pub(crate) fn said(&self, texts: &'static Texts) -> String {
        self.lines(texts).into_iter().map(|(_, line)| line).collect::<Vec<_>>().join(" ")
    }
}
