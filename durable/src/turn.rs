//! The turn: what a decision may know besides the stored value. It has no clock, no randomness and no runtime of its own,
//! and nothing in it can wait: a turn is synchronous, hence atomic in its object.

use crate::{
    Millis,
    account::connections::Live,
    contract::Facts,
    effect::{Effect, Event},
    profile::Profile,
    seal::Seals,
    secret::Secret,
};

/// Everything a turn may use. `effects` is what it wants done once its changes are stored.
pub struct Turn<'a> {
    /// Now, in milliseconds since the Unix epoch.
    pub now: Millis,
    /// The runtime's cryptographic randomness.
    pub random: &'a mut dyn FnMut(&mut [u8]),
    /// The policies of the service that the account belongs to.
    pub profile: &'static Profile,
    /// The device sockets as they are (the sockets are the truth); empty for commands that do not look.
    pub live: &'a Live,
    /// The contract's facts and settings, for services whose decisions depend on them.
    pub facts: Option<Facts>,
    /// What opens the secrets that are stored sealed; empty for objects that store none.
    pub seals: &'a Seals,
    /// What to do after the commit.
    pub effects: Vec<Effect>,
    /// What to tell one client right after the commit.
    pub push: Option<Push>,
}

/// A frame that carries a secret. It leaves in the run that stored the secret's hash and is kept nowhere: when it is lost, the
/// device gets another one after its next `welcome`.
#[derive(Debug)]
pub struct Push {
    /// The runtime's index of the socket; `None`: the one that this command opens.
    pub socket: Option<usize>,
    /// The frame.
    pub frame: Secret,
}

impl Turn<'_> {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }

    /// A random id of 128 bits, as 32 hex digits.
    pub fn id(&mut self) -> String {
        crate::secret::hex(&self.bytes::<16>())
    }

    /// Adds a row for the journal.
    pub fn log(&mut self, event: Event) {
        self.effects.push(Effect::Log(event));
    }
}
