//! 最近のメール: what a person was sent, for his administrators: which mail, to whom, when, and what became of it. A mail is noted in the
//! commit that wants it and again in the one that stores its delivery. Never a link: of a mail only its template's code is kept.

use serde::{Deserialize, Serialize};

use super::person::{Person, Stage};
use crate::{Millis, effect::Effect, turn::Turn};

/// How many mails are remembered.
const KEPT: usize = 20;

/// The last mails of a person, and how many there have been.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mails {
    /// Mails so far.
    pub count: u64,
    /// The last of them, the oldest first; capped.
    pub notes: Vec<Note>,
}

/// One mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its number among the person's mails.
    pub number: u64,
    /// Its template's code.
    pub template: String,
    /// The one recipient.
    pub to: String,
    /// When it was wanted.
    pub at: Millis,
    /// What became of it.
    pub state: State,
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// 送信待ち
    Waiting,
    /// 送信済み: the provider has taken it then.
    Sent(Millis),
    /// 送信できません: given up then, until the operator has it tried again.
    Failed(Millis),
}

/// Numbers and notes the mails that a turn wants sent; and the last login, which stands beside them.
pub(super) fn note(turn: &mut Turn, person: &mut Person) {
    for effect in &mut turn.effects {
        if let Effect::Mail(mail) = effect
            && mail.number == 0
        {
            let number = person.mails.count.saturating_add(1);
            person.mails.count = number;
            mail.number = number;
            let (template, to) = (mail.template.clone(), mail.to.clone());
            person.mails.notes.push(Note { number, template, to, at: turn.now, state: State::Waiting });
        }
    }
    let more = person.mails.notes.len().saturating_sub(KEPT);
    person.mails.notes.drain(..more);
    if turn.profile.invites() {
        let logins = person.sessions.iter().filter(|session| session.stage == Stage::Full).map(|session| session.created);
        person.signed_in = logins.max().max(person.signed_in);
    }
}

/// Notes what became of a mail; one that is not remembered any more is passed over.
pub fn tell(person: &mut Person, number: u64, state: State) {
    if let Some(note) = person.mails.notes.iter_mut().find(|note| note.number == number) {
        note.state = state;
    }
}
