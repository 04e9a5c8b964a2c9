//! Active Directory of a contract (ST-040 to ST-045): how its server is spoken to, and the connection ID by which its users find it.
//!
//! Invariants: settings count once somebody has logged in by them ([`Change::DirectoryTested`](super::Change)); until then the former
//! ones go on. Each saving has a version of its own, and a login that was begun under another one opens nothing. The connection ID is
//! made once and stays, also when the settings are removed: it is in the users' mails, and Names leads from it to the contract.

use serde::{Deserialize, Serialize};

use crate::{profile::Service, refusal::Refusal};

/// What a connection ID begins with.
pub const PREFIX: &str = "adfs-";
/// How many letters and digits follow.
pub const LENGTH: usize = 18;

/// What a contract's Active Directory comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Directories {
    /// 接続ID; empty until settings are saved for the first time.
    pub connection: String,
    /// What logins use; `None`: Active Directory cannot be chosen.
    pub active: Option<Directory>,
    /// What was saved last and has to be tested.
    pub draft: Option<Directory>,
}

/// How a server is spoken to (OIDC).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Random, another one for each saving.
    pub version: String,
    /// `iss`, exactly.
    pub issuer: String,
    /// The client that is registered there.
    pub client: String,
    /// Its secret, sealed for the contract.
    pub secret: String,
    /// The claim that names a person for good.
    pub subject_claim: String,
    /// The claim that holds his name.
    pub name_claim: String,
    /// The claim that holds his address.
    pub address_claim: String,
}

impl Directories {
    /// Whether there is nothing to store.
    #[must_use]
    pub fn is_unused(&self) -> bool {
        *self == Self::default()
    }

    /// The settings for a login, or for the test of what was saved last.
    #[must_use]
    pub fn of(&self, tests: bool) -> Option<&Directory> {
        if tests { self.draft.as_ref() } else { self.active.as_ref() }
    }

    /// Saved: to be tested. `connection` becomes the connection ID unless there is one.
    pub(super) fn saved(&self, connection: &str, draft: Option<&Directory>) -> Result<Self, Refusal> {
        let connection = if self.connection.is_empty() { connection } else { &self.connection };
        if !is_connection(connection) {
            return Err(Refusal::NotFound);
        }
        Ok(Self { connection: connection.to_owned(), active: self.active.clone(), draft: draft.or(self.draft.as_ref()).cloned() })
    }

    /// The test of these settings has succeeded: they count.
    pub(super) fn tested(&self, version: &str) -> Result<Self, Refusal> {
        let tested = self.draft.clone().filter(|draft| draft.version == version).ok_or(Refusal::Used)?;
        Ok(Self { connection: self.connection.clone(), active: Some(tested), draft: None })
    }

    /// Nobody logs in by Active Directory any more.
    pub(super) fn removed(&self) -> Self {
        Self { connection: self.connection.clone(), active: None, draft: None }
    }
}

/// Whether a text has the form of a connection ID.
#[must_use]
pub fn is_connection(text: &str) -> bool {
    let sign = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit();
    text.strip_prefix(PREFIX).is_some_and(|rest| rest.len() == LENGTH && rest.bytes().all(sign))
}

/// A connection ID out of random bytes: 90 bits, in signs that people do not mistake for one another.
#[must_use]
pub fn connection(random: &[u8; LENGTH]) -> String {
    const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let sign = |byte: &u8| SIGNS.get(usize::from(byte % 32)).copied().map_or('a', char::from);
    PREFIX.chars().chain(random.iter().map(sign)).collect()
}

/// The key in Names that leads from a connection ID to its contract.
#[must_use]
pub fn connection_key(service: Service, connection: &str) -> String {
    format!("{}/connection/{connection}", service.code())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn st_040_a_connection_id_has_18_letters_or_digits_behind_adfs() {
        let made = connection(&[0, 1, 2, 31, 32, 63, 128, 255, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        assert_eq!(made, "adfs-abc9a9a9hijkmnpqrs");
        assert!(is_connection(&made));
        for other in [
            "",
            "adfs-",
            "adfs-abc9a9a9hijkmnpqr",
            "adfs-abc9a9a9hijkmnpqrst",
            "adfs-ABC9A9A9HIJKMNPQRS",
            "abc9a9a9hijkmnpqrs",
            "adfs-abc9a9a9hijkmnpq/s",
        ] {
            assert!(!is_connection(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn every_connection_id_has_the_form(random in prop::array::uniform18(any::<u8>())) {
            prop_assert!(is_connection(&connection(&random)));
        }
    }
}
