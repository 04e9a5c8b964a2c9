//! Sealing of small secrets that have to be read again (interface, section 2): XChaCha20-Poly1305 under a key made from one of
//! `DATA_KEYS` for one purpose. The first key seals, all open; what is stored names its key, so that keys can be rotated.
//!
//! A sealed text opens only for the purpose and the owner it was sealed for: one account's cannot be moved to another.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};

use crate::secret::{base64, from_base64, key_id, mac};

/// Length of a nonce in bytes: long enough to be random.
pub const NONCE: usize = 24;

/// What a secret is sealed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The seed of one-time codes.
    TotpSeed,
    /// A phone number that codes are sent to.
    Phone,
    /// A recovery code, until its owner has said that he keeps it.
    RecoveryCode,
    /// What a code by SMS is made from; seals nothing.
    SmsCode,
    /// A login at a provider that is under way, in the browser it began in.
    Federation,
    /// Whom a provider named, until the person confirms it.
    Assertion,
}

impl Purpose {
    fn code(self) -> &'static [u8] {
        match self {
            Self::TotpSeed => b"totp-seed",
            Self::Phone => b"phone",
            Self::RecoveryCode => b"recovery-code",
            Self::SmsCode => b"sms-code",
            Self::Federation => b"federation",
            Self::Assertion => b"assertion",
        }
    }
}

/// One of `DATA_KEYS`.
#[derive(Clone)]
struct Key {
    /// The first 8 hex digits of its SHA-256.
    id: String,
    secret: String,
}

/// All keys, the sealing one first. Prints nothing.
#[derive(Clone, Default)]
pub struct Seals(Vec<Key>);

impl core::fmt::Debug for Seals {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Seals(…)")
    }
}

impl Seals {
    /// From `DATA_KEYS`.
    #[must_use]
    pub fn new(keys: Vec<String>) -> Self {
        let key = |secret: String| Key { id: key_id(&secret), secret };
        Self(keys.into_iter().map(key).collect())
    }

    /// Seals with the first key: `key id.nonce.ciphertext`. The nonce must be random and fresh. `None` only without a key.
    #[must_use]
    pub fn seal(&self, purpose: Purpose, owner: &str, nonce: [u8; NONCE], plain: &[u8]) -> Option<String> {
        let key = self.0.first()?;
        let sealed = cipher(key, purpose).encrypt(&nonce.into(), Payload { msg: plain, aad: owner.as_bytes() }).ok()?;
        Some(format!("{}.{}.{}", key.id, base64(&nonce), base64(&sealed)))
    }

    /// Opens what one of the keys sealed for this purpose and owner; `None` for anything else.
    #[must_use]
    pub fn open(&self, purpose: Purpose, owner: &str, sealed: &str) -> Option<Vec<u8>> {
        let (id, rest) = sealed.split_once('.')?;
        let (nonce, text) = rest.split_once('.')?;
        let nonce: [u8; NONCE] = from_base64(nonce)?.try_into().ok()?;
        let text = from_base64(text)?;
        let keys = self.0.iter().filter(|key| key.id == id);
        keys.into_iter()
            .find_map(|key| cipher(key, purpose).decrypt(&nonce.into(), Payload { msg: &text, aad: owner.as_bytes() }).ok())
    }

    /// The id of the key that seals now.
    #[must_use]
    pub fn current(&self) -> Option<&str> {
        self.0.first().map(|key| key.id.as_str())
    }

    /// A MAC under the key of this id, for one purpose; `None` when there is no such key.
    #[must_use]
    pub fn mac(&self, id: &str, purpose: Purpose, parts: &[&[u8]]) -> Option<[u8; 32]> {
        let key = self.0.iter().find(|key| key.id == id)?;
        Some(mac(&mac(key.secret.as_bytes(), &[b"mac", purpose.code()]), parts))
    }

    /// Whether a text was sealed with the key that seals now.
    #[must_use]
    pub fn is_current(&self, sealed: &str) -> bool {
        let id = sealed.split('.').next();
        self.0.first().is_some_and(|key| id == Some(key.id.as_str()))
    }
}

fn cipher(key: &Key, purpose: Purpose) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&mac(key.secret.as_bytes(), &[b"seal", purpose.code()]).into())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::string_slice, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    const P: Purpose = Purpose::TotpSeed;

    fn seals(keys: &[&str]) -> Seals {
        Seals::new(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let old = seals(&["the old data key, 32 characters…"]);
        let sealed = old.seal(P, "uid", [7; NONCE], b"seed").unwrap();
        let both = seals(&["the new data key, 32 characters…", "the old data key, 32 characters…"]);
        assert_eq!(both.open(P, "uid", &sealed).unwrap(), b"seed");
        assert!(old.is_current(&sealed) && !both.is_current(&sealed));
        let again = both.seal(P, "uid", [8; NONCE], b"seed").unwrap();
        assert_eq!(old.open(P, "uid", &again), None);
        assert_eq!(seals(&[]).seal(P, "uid", [7; NONCE], b"seed"), None);
    }

    #[test]
    fn a_key_id_is_the_beginning_of_its_sha_256() {
        let sealed = seals(&["abc"]).seal(P, "uid", [7; NONCE], b"seed").unwrap();
        assert_eq!(sealed.split('.').next(), Some("ba7816bf"), "FIPS 180-4's vector");
    }

    #[test]
    fn a_sealed_text_belongs_to_one_account() {
        let seals = seals(&["a data key of thirty-two letters"]);
        let sealed = seals.seal(P, "one", [7; NONCE], b"seed").unwrap();
        assert_eq!(seals.open(P, "two", &sealed), None);
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_and_nothing_else_does(nonce in prop::array::uniform24(any::<u8>()), seed in prop::array::uniform20(any::<u8>()), at: prop::sample::Index) {
            let seals = seals(&["a data key of thirty-two letters"]);
            let sealed = seals.seal(P, "uid", nonce, &seed).unwrap();
            prop_assert_eq!(seals.open(P, "uid", &sealed).unwrap(), seed);
            prop_assert!(!sealed.contains(&base64(&seed)));
            let at = at.index(sealed.len());
            let (before, rest) = sealed.split_at(at);
            let broken = format!("{before}{}{}", if rest.starts_with('A') { "B" } else { "A" }, &rest[1..]);
            prop_assert_eq!(seals.open(P, "uid", &broken), None);
        }

        #[test]
        fn no_input_panics(text in any::<String>()) {
            prop_assert_eq!(seals(&["key"]).open(P, "uid", &text), None);
        }
    }
}
