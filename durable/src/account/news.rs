//! What was done to a person by somebody else and what he has to know without mail: kept until he says that he has read it, and
//! shown on the pages after his next login.

use serde::{Deserialize, Serialize};

use super::{
    Done,
    own::session,
    person::{Person, Stage},
};
use crate::{Millis, ask::Reply, turn::Turn};

/// How much is kept; the oldest goes.
const KEPT: usize = 10;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matter {
    /// Somebody else set the password.
    PasswordForced,
    /// Somebody else removed the second factor.
    FactorReset,
    /// A phone was registered: always told, since whoever knows the password could have done it.
    PhoneRegistered,
    /// Everything was shut out.
    ShutOut,
    /// A token that had been replaced was used again: somebody has a copy.
    TokenReused,
}

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// What.
    pub matter: Matter,
    /// When; no two are of the same instant.
    pub at: Millis,
    /// Which device, or who did it: a login name or `operator:NAME`.
    pub name: String,
}

/// The person has read the news up to this instant; what came meanwhile stays.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadNews {
    /// SHA-256 of the session id.
    pub session: String,
    /// The newest that was shown.
    pub upto: Millis,
}

impl Person {
    /// Keeps a piece of news for the person; `name` is the device's, or that of who did it.
    pub fn tell(&mut self, matter: Matter, name: &str, now: Millis) {
        let at = self.news.last().map_or(now, |last| now.max(last.at.saturating_add(1)));
        if self.news.len() >= KEPT {
            self.news.remove(0);
        }
        self.news.push(News { matter, at, name: name.to_owned() });
    }
}

pub(super) fn read(turn: &mut Turn, person: &mut Person, command: &ReadNews) -> Reply<Done> {
    session(turn, person, &command.session, Some(Stage::Full))?;
    person.news.retain(|news| news.at > command.upto);
    Ok(Done)
}
