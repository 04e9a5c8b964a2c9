//! Linked services that end. One object of this kind, whose name no contract can have, knows who of all contracts logs in with
//! which linked service, because each Account says so itself; so nobody has to walk contracts to find whom an end concerns.
//! From its alarm it has the users told (`Courier::retire`), one after the other, until everybody knows the newest letter.
//!
//! Invariant: what it knows decides only who is told and who is counted. Whether a person's login works, and whether a letter was
//! sent, is decided and kept by his own Account.

use serde::{Deserialize, Serialize};

use crate::{Millis, profile::Service, rules::date::Day};

pub use crate::rules::retirement::Ending;

/// The object that keeps them; a blank stands in no contract's id.
pub const RETIREMENTS: &str = "linked services";
/// Users in one answer.
pub const LISTED: u32 = 1_000;
/// Users told in a run.
pub const BATCH: u32 = 50;
/// How long a run waits for the next when nobody could be told.
pub const RETRY: Millis = 60_000;

/// Who logs in with a linked service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedUser {
    /// The service's id in the configuration.
    pub provider: String,
    /// The account.
    pub uid: String,
    /// Its contract.
    pub contract: String,
    /// Its service.
    pub service: Service,
    /// Its address.
    pub login: String,
}

/// How a user stands to a linked service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Logs in with it.
    Uses,
    /// Has chosen another login method.
    Changed,
    /// Is no user any more.
    Gone,
}

/// An Account says how its person stands to a linked service; one that is older than what is known changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteLinked {
    /// Who.
    pub user: LinkedUser,
    /// How.
    pub standing: Standing,
    /// Since when.
    pub at: Millis,
}

/// The operator says that a linked service ends, or does not any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndProvider {
    /// Which.
    pub provider: String,
    /// Its last day; `None`: it goes on.
    pub ends: Option<Day>,
    /// Who says so.
    pub by: String,
}

/// Which linked services end.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Endings;

/// How far the users of a linked service are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskProgress {
    /// Which; empty: each that ends.
    pub provider: String,
    /// Only of this contract, and only who still uses it; empty: everybody.
    pub contract: String,
    /// Behind this account.
    pub after: String,
    /// At most so many users.
    pub limit: u32,
}

/// How far they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Whom it concerns: who uses it, and who used it when its end was announced.
    pub affected: u32,
    /// Who of them was written to.
    pub mailed: u32,
    /// Who has another login method by now.
    pub changed: u32,
    /// Who still uses it.
    pub left: u32,
    /// Some of them, in the order of their uids.
    pub users: Vec<Affected>,
    /// Whether there are more.
    #[serde(default)]
    pub more: bool,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// Who.
    pub user: LinkedUser,
    /// When the account was told first.
    pub mailed: Option<Millis>,
    /// How many letters have been written.
    pub letter: u32,
    /// Whether he still uses it.
    pub uses: bool,
}

/// One account that is to be told: what it has to know now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The linked service.
    pub provider: String,
    /// The account.
    pub uid: String,
    /// Its last day; `None`: it goes on.
    pub ends: Option<Day>,
    /// The newest letter that is due.
    pub letter: u32,
    /// Who announced it.
    pub by: String,
}
