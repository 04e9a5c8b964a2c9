//! Argon2id hashes as PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash` (RFC 9106; base64 without padding).
//!
//! Hashes also come from outside (`password_hash` of the operator API), so reading is strict: only this one spelling, and
//! only costs that the Worker can and may pay. `Debug` shows the cost, never salt or hash.

use ct_codecs::{Base64NoPadding, Decoder, Encoder};
use serde::{Deserialize, Serialize};

/// Allowed memory in KiB.
const MEMORY: std::ops::RangeInclusive<u32> = 8..=65_536;
/// Allowed passes.
const PASSES: std::ops::RangeInclusive<u32> = 1..=10;
/// Allowed lanes: one.
const LANES: u32 = 1;
/// Allowed bytes of salt.
const SALT: std::ops::RangeInclusive<usize> = 8..=64;
/// Allowed bytes of hash.
const HASH: std::ops::RangeInclusive<usize> = 16..=64;

/// A password hash with its salt and cost. Stored as its PHC string.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phc {
    /// Memory in KiB, 8 to 65,536.
    pub m: u32,
    /// Passes, 1 to 10.
    pub t: u32,
    /// Lanes, 1.
    pub p: u32,
    /// 8 to 64 bytes.
    pub salt: Vec<u8>,
    /// 16 to 64 bytes.
    pub hash: Vec<u8>,
}

impl Phc {
    /// Reads a PHC string; `None` for any other spelling or a cost out of bounds.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (cost, data) = text.strip_prefix("$argon2id$v=19$")?.split_once('$')?;
        let (salt, hash) = data.split_once('$')?;
        let (m, rest) = cost.strip_prefix("m=")?.split_once(",t=")?;
        let (t, p) = rest.split_once(",p=")?;
        let phc = Self {
            m: m.parse().ok()?,
            t: t.parse().ok()?,
            p: p.parse().ok()?,
            salt: Base64NoPadding::decode_to_vec(salt, None).ok()?,
            hash: Base64NoPadding::decode_to_vec(hash, None).ok()?,
        };
        // One value has one spelling: no signs, no leading zeros, no stray bits at the end of the base64.
        (phc.is_within_bounds() && phc.format() == text).then_some(phc)
    }

    /// The PHC string.
    #[must_use]
    pub fn format(&self) -> String {
        let base64 = |bytes: &[u8]| Base64NoPadding::encode_to_string(bytes).unwrap_or_default();
        format!("$argon2id$v=19$m={},t={},p={}${}${}", self.m, self.t, self.p, base64(&self.salt), base64(&self.hash))
    }

    /// Whether cost and lengths are allowed: the condition under which [`Phc::parse`] reads what [`Phc::format`] wrote.
    #[must_use]
    pub fn is_within_bounds(&self) -> bool {
        // RFC 9106, 3.1: at least 8 KiB a lane.
        MEMORY.contains(&self.m)
            && PASSES.contains(&self.t)
            && self.p == LANES
            && SALT.contains(&self.salt.len())
            && HASH.contains(&self.hash.len())
    }
}

impl std::fmt::Debug for Phc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Phc(m={},t={},p={},…)", self.m, self.t, self.p)
    }
}

impl From<Phc> for String {
    fn from(phc: Phc) -> Self {
        phc.format()
    }
}

impl TryFrom<String> for Phc {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not an Argon2id PHC string within bounds")
    }
}

/// Whether two hashes are equal, in a time that tells nothing about where they differ.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    ct_codecs::verify(a, b)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::{collection::vec, prelude::*};

    use super::*;

    const SAMPLE: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    #[test]
    fn reads_what_argon2_writes() {
        let phc = Phc::parse(SAMPLE).unwrap();
        assert_eq!((phc.m, phc.t, phc.p), (19_456, 2, 1));
        assert_eq!(phc.salt, b"saltsaltsaltsalt");
        assert_eq!(phc.hash, (0..32).collect::<Vec<u8>>());
        assert_eq!(phc.format(), SAMPLE);
        assert_eq!(serde_json::to_string(&phc).unwrap(), format!("\"{SAMPLE}\""));
    }

    #[test]
    fn debug_shows_neither_salt_nor_hash() {
        assert_eq!(format!("{:?}", Phc::parse(SAMPLE).unwrap()), "Phc(m=19456,t=2,p=1,…)");
    }

    #[test]
    fn refuses_every_other_spelling() {
        let other = [
            ("argon2id", "argon2i"),
            ("v=19", "v=16"),
            ("v=19$", ""),
            ("m=19456", "m=019456"),
            ("m=19456", "m=+19456"),
            ("m=19456", "m=7"),
            ("m=19456", "m=65537"),
            ("m=19456", "m=99999999999"),
            ("t=2", "t=0"),
            ("t=2", "t=11"),
            ("p=1", "p=0"),
            ("p=1", "p=2"),
            ("m=19456,t=2", "t=2,m=19456"),
            ("p=1", "p=1,keyid=x"),
            ("c2FsdHNhbHRzYWx0c2FsdA", "c2FsdA"),
            ("c2FsdHNhbHRzYWx0c2FsdA", "c2FsdHNhbHRzYWx0c2FsdB"),
            ("c2FsdHNhbHRzYWx0c2FsdA", "c2FsdHNhbHRzYWx0c2FsdA=="),
            ("Hh8", "Hh8$"),
            ("Hh8", "Hh9"),
            ("Hh8", "Hh8\n"),
            ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "AAEC"),
        ];
        for (from, to) in other {
            assert_eq!(Phc::parse(&SAMPLE.replacen(from, to, 1)), None, "{from} -> {to}");
        }
    }

    #[test]
    fn same_is_equality() {
        assert!(same(b"", b"") && same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd") && !same(b"abc", b"ab") && !same(b"", b"a"));
    }

    proptest! {
        #[test]
        fn no_input_panics(text in any::<String>()) {
            prop_assert_eq!(Phc::parse(&text), None);
        }

        #[test]
        fn nearly_right_input_is_read_exactly_or_not_at_all(
            cost in "m=[0-9]{1,6},t=[0-9]{1,2},p=[0-2]",
            salt in "[A-Za-z0-9+/=]{9,90}",
            hash in "[A-Za-z0-9+/]{20,90}",
        ) {
            let text = format!("$argon2id$v=19${cost}${salt}${hash}");
            if let Some(phc) = Phc::parse(&text) {
                prop_assert_eq!(phc.format(), text);
            }
        }

        #[test]
        fn round_trip(m in MEMORY, t in PASSES, salt in vec(any::<u8>(), SALT), hash in vec(any::<u8>(), HASH)) {
            let phc = Phc { m, t, p: LANES, salt, hash };
            let json = serde_json::to_string(&phc).unwrap();
            prop_assert_eq!(serde_json::from_str::<Phc>(&json).unwrap(), phc);
        }
    }
}
