//! The other ways to log in: a linked service or Active Directory (認証連携, ST-030 to ST-045, ST-101). A person has one login
//! method; whoever has a link here has no password.
//!
//! Invariant: a link is what a provider asserts (issuer and subject), never an address that happens to be the same; it works only
//! while the account itself holds it, whatever Names says.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// The account of a linked service with which a person logs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// The provider's id in the configuration, or the connection ID of an Active Directory (`adfs-…`).
    pub provider: String,
    /// `iss`, exactly as asserted.
    pub issuer: String,
    /// Whom it names there (`sub`, or the claim that the provider is configured with).
    pub subject: String,
    /// The name there, for people to recognise it.
    #[serde(default)]
    pub name: String,
    /// The address there, for people to recognise it; it decides nothing.
    #[serde(default)]
    pub address: String,
    /// Since when.
    pub since: Millis,
}

impl Linked {
    /// Whether a provider's assertion is about this link.
    #[must_use]
    pub fn is(&self, provider: &str, issuer: &str, subject: &str) -> bool {
        (self.provider.as_str(), self.issuer.as_str(), self.subject.as_str()) == (provider, issuer, subject)
    }
}
