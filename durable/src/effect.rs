//! What a turn wants done after its commit. Effects are values; the shell stores them in the outbox with the change itself
//! and performs them, so none is lost and none happens for a change that was not stored.
//!
//! Cutting and pushing are not here: they are *reconciliation* of the sockets with the state (`account::connections`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Millis, contract::retirement::NoteLinked, profile::Service, rules::access::Actor};

/// One effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A row for the contract's journal.
    Log(Event),
    /// A mail: a template's code and its variables, never a sentence and never a secret.
    Mail(Mail),
    /// The reservation of a login name has become an account: confirm it in Names.
    ConfirmName {
        /// `service/kind/value`.
        key: String,
    },
    /// The account is gone: release its name (kept 14 days).
    ReleaseName {
        /// `service/kind/value`.
        key: String,
    },
    /// An invitation is withdrawn: its name is released, and keeps when it was mailed.
    ReleaseInvitation {
        /// `service/kind/value`.
        key: String,
        /// When, within the last hour.
        asked: Vec<Millis>,
    },
    /// A code by SMS.
    Sms(Sms),
    /// An import that this person has started: invite the next of its users, until there are none.
    Import {
        /// Which one.
        id: String,
    },
    /// An effect that was given up is tried again.
    Retry {
        /// Its row in the outbox.
        row: i64,
    },
    /// Somebody has logged in over a line of the contract.
    LineUsed {
        /// Whose line.
        contract: String,
        /// Which one.
        number: String,
        /// When.
        at: Millis,
    },
    /// It is no dead letter any more.
    Revived {
        /// The dead letter.
        id: String,
    },
    /// How this person stands to a linked service.
    Linked(NoteLinked),
}

/// A code to be sent by SMS. The courier makes it from the nonce while sending (`rules::sms_code`) and opens the number then, so
/// that a stored row holds neither.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sms {
    /// The number, sealed.
    pub to: String,
    /// Whose.
    pub uid: String,
    /// Whose brand it names.
    pub service: Service,
    /// `ja`, `en`, or empty for the service's own.
    pub language: String,
    /// What the code is made from.
    pub nonce: String,
    /// Whether it registers the number.
    pub registers: bool,
    /// The first moment at which it is of no use any more.
    pub until: Millis,
}

/// What happened, for the journal. People read it as a sentence that the Worker makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What: `signed-in`, `locked`, `disconnected`, …
    pub code: String,
    /// When, milliseconds since the Unix epoch.
    pub at: Millis,
    /// Who did it: a login name, an operator's name, or empty for nobody known.
    pub by: String,
    /// From which address, where a person stood behind it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Before, after, which device: small values, no secrets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub detail: BTreeMap<String, String>,
}

impl Event {
    /// An event without details.
    #[must_use]
    pub fn new(code: &str, at: Millis, by: &str) -> Self {
        Self { code: code.into(), at, by: by.into(), address: String::new(), detail: BTreeMap::new() }
    }
    /// What an actor did: by him, from his address, in his session.
    #[must_use]
    pub fn by(code: &str, at: Millis, actor: &Actor) -> Self {
        Self::new(code, at, &actor.login).from(&actor.address).in_session(&actor.session)
    }
    /// In this session, told by the beginning of its hash.
    #[must_use]
    pub fn in_session(self, hash: &str) -> Self {
        self.with("session", hash.chars().take(8).collect::<String>())
    }
    /// From this address.
    #[must_use]
    pub fn from(mut self, address: &str) -> Self {
        self.address = address.into();
        self
    }
    /// With this detail.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.detail.insert(key.into(), value.into());
        self
    }
}

/// A mail to be rendered and sent by the Courier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Which template.
    pub template: String,
    /// The one recipient.
    pub to: String,
    /// `ja` or `en`.
    pub language: String,
    /// The template's variables.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Its number among the mails of its account, from 1; 0 until it is noted there.
    #[serde(default)]
    pub number: u64,
}
