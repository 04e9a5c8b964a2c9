//! Mailed links: what one says, how it is made and read (decisions, "Mailed links"). `/t/{ticket}` carries purpose, uid and a
//! nonce under a keyed MAC over these and the origin; the account stores the nonce, which opens nothing without the key.
//!
//! Invariant: a ticket is made only while its mail is sent, and one that was not made by us wakes no object.

use ct_codecs::{Decoder, Hex};
use serde::{Deserialize, Serialize};

use crate::{
    Millis,
    rules::{pace::Pace, phc::same},
    secret::{base64, from_base64, hex, mac},
};

/// What a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// 利用者登録 (ST-070)
    Invitation,
    /// パスワードリセット (ST-123)
    Reset,
    /// アカウントロック: its release (ST-122)
    Unlock,
    /// メールアドレス変更登録 (ST-104)
    Address,
    /// Back to the former address (ST-109)
    UndoAddress,
    /// ログイン方法の設定変更 (ST-108)
    Method,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Invitation, Self::Reset, Self::Unlock, Self::Address, Self::UndoAddress, Self::Method];

    /// Its byte in a ticket.
    fn byte(self) -> u8 {
        match self {
            Self::Invitation => 1,
            Self::Reset => 2,
            Self::Unlock => 3,
            Self::Address => 4,
            Self::UndoAddress => 5,
            Self::Method => 6,
        }
    }

    /// Its code in outbox rows and in the journal.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::Unlock => "unlock",
            Self::Address => "address",
            Self::UndoAddress => "undo-address",
            Self::Method => "method",
        }
    }

    /// The purpose of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }
}

/// What a link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// What it does.
    pub purpose: Purpose,
    /// Whose, 32 hex digits.
    pub uid: String,
    /// Which one, 32 hex digits.
    pub nonce: String,
}

/// Bytes of a uid and of a nonce.
const ID: usize = 16;

impl Ticket {
    /// The text of the link, for this origin; `None` when uid or nonce is not one of ours.
    #[must_use]
    pub fn sign(&self, key: &str, origin: &str) -> Option<String> {
        let mut bytes = vec![self.purpose.byte()];
        bytes.extend(id(&self.uid)?);
        bytes.extend(id(&self.nonce)?);
        let tag = stamp(key, origin, &bytes);
        bytes.extend(tag);
        Some(base64(&bytes))
    }

    /// The ticket, if one of the keys made this text for this origin.
    #[must_use]
    pub fn read<'k>(text: &str, keys: impl IntoIterator<Item = &'k str>, origin: &str) -> Option<Self> {
        let bytes = from_base64(text)?;
        let (said, tag) = bytes.split_at_checked(1 + 2 * ID)?;
        if !keys.into_iter().any(|key| same(&stamp(key, origin, said), tag)) {
            return None;
        }
        let (purpose, ids) = said.split_first()?;
        let (uid, nonce) = ids.split_at_checked(ID)?;
        let purpose = Purpose::ALL.into_iter().find(|known| known.byte() == *purpose)?;
        Some(Self { purpose, uid: hex(uid), nonce: hex(nonce) })
    }
}

fn id(text: &str) -> Option<Vec<u8>> {
    Hex::decode_to_vec(text, None).ok().filter(|bytes| bytes.len() == ID)
}

fn stamp(key: &str, origin: &str, said: &[u8]) -> [u8; 32] {
    mac(key.as_bytes(), &[b"link", origin.as_bytes(), said])
}

/// What an account remembers about a link: of each purpose the newest one, and of the ways back to former addresses all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it does.
    pub purpose: Purpose,
    /// Which one.
    pub nonce: String,
    /// When it was made.
    pub made: Millis,
    /// The first moment at which it is expired.
    pub until: Millis,
    /// Whether it can be used.
    pub state: State,
    /// The address it is about, for those that change one.
    #[serde(default)]
    pub about: String,
}

/// Whether a link can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It can.
    Open,
    /// Somebody is hashing the password that it sets.
    Claimed {
        /// His claim.
        claim: String,
        /// When it is open again without him.
        until: Millis,
    },
    /// It was.
    Used(Millis),
}

/// Why a link does nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It was used.
    Used(Millis),
    /// Its time is over.
    Expired(Millis),
    /// A newer one was sent.
    Replaced,
    /// What it was for is settled in another way, or it was withdrawn.
    Withdrawn,
    /// Somebody is using it right now.
    Claimed,
}

/// How long a claim holds: a hash takes far less.
pub const CLAIM: Millis = 30_000;

/// Finds the link of a ticket and says whether it can be used at `now`.
///
/// # Errors
/// Why not.
pub fn usable<'a>(links: &'a mut [Link], purpose: Purpose, nonce: &str, now: Millis) -> Result<&'a mut Link, End> {
    let replaced = purpose != Purpose::UndoAddress && links.iter().any(|link| link.purpose == purpose);
    let other = if replaced { End::Replaced } else { End::Withdrawn };
    let mut all = links.iter_mut().filter(|link| link.purpose == purpose);
    let own = all.find(|link| same(link.nonce.as_bytes(), nonce.as_bytes())).ok_or(other)?;
    match own.state {
        State::Used(at) => Err(End::Used(at)),
        _ if own.until <= now => Err(End::Expired(own.until)),
        State::Open | State::Claimed { .. } => Ok(own),
    }
}

impl Link {
    /// Claims it.
    ///
    /// # Errors
    /// [`End::Claimed`] while somebody else does.
    pub fn claim(&mut self, claim: String, now: Millis) -> Result<(), End> {
        match self.state {
            State::Claimed { until, .. } if now < until => Err(End::Claimed),
            _ => {
                self.state = State::Claimed { claim, until: now.saturating_add(CLAIM) };
                Ok(())
            }
        }
    }

    /// Whether it leads back to a former address, and still does.
    #[must_use]
    pub fn is_way_back(&self, now: Millis) -> bool {
        self.purpose == Purpose::UndoAddress && now < self.until && !matches!(self.state, State::Used(_))
    }

    /// Whether this claim holds.
    #[must_use]
    pub fn is_claimed_by(&self, claim: &str) -> bool {
        matches!(&self.state, State::Claimed { claim: holder, .. } if same(holder.as_bytes(), claim.as_bytes()))
    }
}

/// How often links of one purpose are mailed to whoever asks.
pub const PACE: Pace = Pace { every: 60_000, an_hour: 5 };

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    const ORIGIN: &str = "https://ff.example.jp";
    const KEYS: [&str; 2] = ["the new data key, 32 characters…", "the old data key, 32 characters…"];

    fn ticket(purpose: Purpose) -> Ticket {
        Ticket { purpose, uid: "0123456789abcdef0123456789abcdef".into(), nonce: "ffeeddccbbaa99887766554433221100".into() }
    }

    #[test]
    fn every_key_reads_and_another_origin_does_not() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::parse(purpose.code()), Some(purpose));
            for key in KEYS {
                let text = ticket(purpose).sign(key, ORIGIN).unwrap();
                assert_eq!(Ticket::read(&text, KEYS, ORIGIN), Some(ticket(purpose)));
                assert_eq!(Ticket::read(&text, KEYS, "https://cc.example.jp"), None);
                assert_eq!(Ticket::read(&text, ["some other data key, 32 letters…"], ORIGIN), None);
            }
        }
        assert_eq!(Ticket { uid: "admin".into(), ..ticket(Purpose::Reset) }.sign(KEYS[0], ORIGIN), None);
    }

    fn link(state: State) -> Link {
        let nonce = ticket(Purpose::Reset).nonce;
        Link { purpose: Purpose::Reset, nonce, made: 0, until: 100, state, about: String::new() }
    }

    #[test]
    fn a_link_ends_by_use_time_and_a_newer_one() {
        let nonce = ticket(Purpose::Reset).nonce;
        let why = |state, nonce: &str, now| usable(&mut [link(state)], Purpose::Reset, nonce, now).map(|_| ()).unwrap_err();
        assert!(usable(&mut [link(State::Open)], Purpose::Reset, &nonce, 99).is_ok());
        assert_eq!(why(State::Open, &nonce, 100), End::Expired(100));
        assert_eq!(why(State::Used(7), &nonce, 200), End::Used(7));
        assert_eq!(why(State::Open, "00", 1), End::Replaced);
        assert_eq!(usable(&mut [link(State::Open)], Purpose::Unlock, &nonce, 1).map(|_| ()).unwrap_err(), End::Withdrawn);
    }

    #[test]
    fn a_claim_holds_thirty_seconds() {
        let mut link = link(State::Open);
        link.claim("a".into(), 1).unwrap();
        assert_eq!(link.claim("b".into(), CLAIM), Err(End::Claimed));
        assert!(link.is_claimed_by("a") && !link.is_claimed_by("b"));
        link.claim("b".into(), 1 + CLAIM).unwrap();
        assert!(link.is_claimed_by("b") && !link.is_claimed_by("a"));
    }

    #[test]
    fn each_way_back_to_a_former_address_works_besides_the_others() {
        let own = |nonce: &str| Link { purpose: Purpose::UndoAddress, nonce: nonce.into(), ..link(State::Open) };
        let mut links = [own("a"), own("b")];
        for nonce in ["a", "b"] {
            assert_eq!(usable(&mut links, Purpose::UndoAddress, nonce, 1).unwrap().nonce, nonce);
        }
        assert_eq!(usable(&mut links, Purpose::UndoAddress, "c", 1).map(|_| ()).unwrap_err(), End::Withdrawn);
    }

    proptest! {
        #[test]
        fn a_flipped_bit_opens_nothing(bit in 0_usize..8 * 65) {
            let text = ticket(Purpose::Unlock).sign(KEYS[0], ORIGIN).unwrap();
            let mut bytes = from_base64(&text).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(Ticket::read(&base64(&bytes), KEYS, ORIGIN), None);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            prop_assert_eq!(Ticket::read(&text, KEYS, ORIGIN), None);
        }
    }
}
