//! Secrets and their hashes. A [`Secret`] has neither `Debug` nor `Display`, so that no log or error can carry one.

use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder, Hex};
use serde::{Deserialize, Serialize};

/// A secret in clear. It can be sent in a command, but not printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value)
    }
    /// The secret itself: for hashing, verifying and handing out once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The id of a configured key: the first 8 hex digits of its SHA-256 (interface, section 2).
#[must_use]
pub fn key_id(key: &str) -> String {
    hex(&hmac_sha256::Hash::hash(key.as_bytes())).chars().take(8).collect()
}

/// SHA-256 of a random secret, base64url: what is stored instead of it. Only for secrets of 128 random bits or more.
#[must_use]
pub fn hash(secret: &str) -> String {
    base64(&hmac_sha256::Hash::hash(secret.as_bytes()))
}

/// HMAC-SHA-256 over `parts`, each preceded by its length, so that no two lists of parts give the same input.
#[must_use]
pub fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hmac = hmac_sha256::HMAC::new(key);
    for part in parts {
        hmac.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hmac.update(part);
    }
    hmac.finalize()
}

/// base64url without padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    Base64UrlSafeNoPadding::encode_to_string(bytes).unwrap_or_default()
}

/// Reads base64url without padding; `None` when it is not.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    Base64UrlSafeNoPadding::decode_to_vec(text, None).ok()
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    Hex::encode_to_string(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_itself() {
        assert_eq!(format!("{:?}", Secret::new("s3cret".into())), "Secret(…)");
    }

    #[test]
    fn parts_of_a_mac_do_not_run_together() {
        assert_ne!(mac(b"k", &[b"ab", b"c"]), mac(b"k", &[b"a", b"bc"]));
    }
}
