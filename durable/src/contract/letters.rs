//! Dead letters: what an account's outbox has given up. One object of this kind, whose name no contract can have, keeps them all,
//! so that the operator finds them without knowing whose they are. Of a mail only its template and addressee stand here.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// The object that keeps them; a blank stands in no contract's id.
pub const LETTERS: &str = "dead letters";
/// Letters in one answer.
pub const LISTED: u32 = 1_000;

/// A dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Its id: the account's uid and the row of its outbox.
    pub id: String,
    /// The account.
    pub uid: String,
    /// The row of its outbox.
    pub row: i64,
    /// The service's code; empty when it is not known.
    pub service: String,
    /// The account's login name; empty when it is not known.
    pub login: String,
    /// What it is: a mail's template, or `log`, `report`, `effect`.
    pub what: String,
    /// To whom; empty for what is no mail.
    pub to: String,
    /// The mail's number in its account; 0: it is none.
    pub number: u64,
    /// When it was given up.
    pub at: Millis,
    /// How often it was tried.
    pub tries: u32,
}

/// An account has given something up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoteLetter(pub Letter);

/// A letter is not dead any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ForgetLetter {
    /// Its id.
    pub id: String,
}

/// The operator looks at them, the oldest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Letters {
    /// Only the one with this id; empty: all.
    pub id: String,
    /// Behind this one: its time and id.
    pub after: Option<(Millis, String)>,
    /// At most so many.
    pub limit: u32,
}
