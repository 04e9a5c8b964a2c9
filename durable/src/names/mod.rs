//! Who a login name belongs to. A name is reserved (15 min), confirmed, or released (kept 14 days); an entry works only if
//! the account itself lists the name. Names nobody owns live here too, with the very lock that accounts have, so that an
//! unknown name behaves as a known one and guessing at nobody creates no objects.

use serde::{Deserialize, Serialize};

use crate::{
    Millis,
    account::{
        Done,
        connect::denied_device,
        sign_in::{Challenge, denied},
    },
    ask::{Reply, commands, encode},
    contract::directory::is_connection,
    profile::{self, Service},
    refusal::Refusal,
    rules::{
        budget::Budget,
        lockout::{Counter, Outcome},
    },
    turn::Turn,
};

/// How long a reservation waits for its account.
pub const RESERVATION: Millis = 15 * 60 * 1000;
/// How long a released name is kept for its contract.
pub const RELEASED: Millis = 14 * 24 * 60 * 60 * 1000;
/// Number of shards. Fixed: another number would look for every name in another place.
pub const SHARDS: u8 = u8::MAX;
/// At most this many unknown names are remembered in a shard; the ones tried longest ago go.
pub const UNKNOWN_NAMES: u32 = 4_096;

commands! {
    /// Everything that can be asked of a Names shard.
    Command {
        /// Whose name is it?
        Resolve -> Resolved,
        /// Reserve it for a new account.
        Reserve -> Reserved,
        /// The account exists.
        Confirm -> Done,
        /// The account is gone.
        Release -> Done,
        /// Login under a name nobody owns, first half.
        AttemptUnknown -> Challenge,
        /// Login under a name nobody owns, second half: always refused.
        SettleUnknown -> Done,
    }
}

/// Whose name is it?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resolve {
    /// `service/kind/value`.
    pub key: String,
}

/// The owner, if there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// The account's uid.
    pub uid: Option<String>,
}

/// Reserve a name for a new account of a contract.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reserve {
    /// `service/kind/value`.
    pub key: String,
    /// The uid the account is to have.
    pub uid: String,
    /// The contract that asks.
    pub contract: String,
}

/// The uid that has the name now: the one that was asked for, or the one that this contract gave it before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    /// The account's uid.
    pub uid: String,
    /// As in [`Release`], from before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Millis>,
}

/// The account of a reservation exists.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Confirm {
    /// `service/kind/value`.
    pub key: String,
    /// Its uid.
    pub uid: String,
}

/// The account is gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Release {
    /// `service/kind/value`.
    pub key: String,
    /// Its uid.
    pub uid: String,
    /// When the name was mailed lately, where that has to be remembered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Millis>,
}

/// Login under a name nobody owns, first half.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AttemptUnknown {
    /// `service/kind/value`.
    pub key: String,
    /// Whose policy.
    pub service: Service,
    /// At which door.
    pub door: Door,
}

/// Login under a name nobody owns, second half.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SettleUnknown {
    /// `service/kind/value`.
    pub key: String,
    /// Whose policy.
    pub service: Service,
    /// At which door.
    pub door: Door,
    /// From the challenge.
    pub attempt: String,
}

/// The doors that take a password; each has its own counter, as for a known name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// Web login.
    Web,
    /// Device login.
    Device,
}

/// The failures of a name that nobody owns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unknown {
    /// At the web doors.
    pub web: Counter,
    /// At the device door.
    pub device: Budget,
}

/// An owned name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The owner.
    pub uid: String,
    /// The owner's contract.
    pub contract: String,
    /// How firmly.
    pub hold: Hold,
    /// When its owners from before were mailed lately.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Millis>,
}

/// How firmly a name is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// Waiting for its account until then.
    Reserved(Millis),
    /// The account exists.
    Confirmed,
    /// The account is gone; kept until then.
    Released(Millis),
}

/// What a shard remembers about one key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Its owner.
    pub entry: Option<Entry>,
    /// Its failures, while nobody owns it.
    pub unknown: Option<Unknown>,
}

/// The key of a folded login name.
#[must_use]
pub fn key_of(service: Service, name: &str) -> String {
    let kind = match profile::of(service).name_kind {
        crate::rules::login_name::Kind::Login => "login",
        crate::rules::login_name::Kind::Address => "address",
    };
    format!("{}/{kind}/{name}", service.code())
}

/// The key of an invitation: an address can be invited by any number of contracts, until one of them is accepted.
#[must_use]
pub fn invitation_key(service: Service, contract: &str, address: &str) -> String {
    format!("{}/invitation/{contract}/{address}", service.code())
}

/// The key of a linked identity, whose issuer and subject may hold any character. Those of an Active Directory are its contract's own:
/// two contracts may share a server, and none can take an identity that belongs elsewhere.
#[must_use]
pub fn identity_key(service: Service, provider: &str, issuer: &str, subject: &str) -> String {
    let realm = if is_connection(provider) { provider } else { "" };
    let of_both = crate::secret::mac(b"linked identity", &[realm.as_bytes(), issuer.as_bytes(), subject.as_bytes()]);
    format!("{}/identity/{}", service.code(), crate::secret::base64(&of_both))
}

/// The object that holds a key: one of 256 shards, by hash.
#[must_use]
pub fn shard_of(key: &str) -> String {
    let [first, ..] = hmac_sha256::Hash::hash(key.as_bytes());
    crate::secret::hex(&[first])
}

impl Command {
    /// The key that a command is about.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Resolve(c) => &c.key,
            Self::Reserve(c) => &c.key,
            Self::Confirm(c) => &c.key,
            Self::Release(c) => &c.key,
            Self::AttemptUnknown(c) => &c.key,
            Self::SettleUnknown(c) => &c.key,
        }
    }
}

/// Runs one command against what is remembered about its key.
///
/// # Errors
/// When the reply cannot be encoded, which no answer type of ours can cause.
pub fn turn(turn: &mut Turn, record: &mut Record, command: Command) -> serde_json::Result<String> {
    match command {
        Command::Resolve(_) => encode::<Resolve>(&Ok(Resolved { uid: owner(record) })),
        Command::Reserve(c) => encode::<Reserve>(&reserve(turn.now, record, &c)),
        Command::Confirm(c) => encode::<Confirm>(&hold(record, &c.uid, Hold::Confirmed)),
        Command::Release(c) => encode::<Release>(&release(turn.now, record, c)),
        Command::AttemptUnknown(c) => encode::<AttemptUnknown>(&attempt_unknown(turn, record, &c)),
        Command::SettleUnknown(c) => encode::<SettleUnknown>(&settle_unknown(turn, record, &c)),
    }
}

fn owner(record: &Record) -> Option<String> {
    record.entry.as_ref().filter(|entry| entry.hold == Hold::Confirmed).map(|entry| entry.uid.clone())
}

fn reserve(now: Millis, record: &mut Record, command: &Reserve) -> Reply<Reserved> {
    let fresh = Hold::Reserved(now.saturating_add(RESERVATION));
    let ours = |entry: &Entry| entry.contract == command.contract;
    let (uid, hold) = match &record.entry {
        Some(entry) if entry.hold == Hold::Confirmed && ours(entry) => (entry.uid.clone(), Hold::Confirmed),
        Some(Entry { hold: Hold::Reserved(until), .. } | Entry { hold: Hold::Released(until), .. }) if *until <= now => {
            (command.uid.clone(), fresh)
        }
        Some(entry) if matches!(entry.hold, Hold::Reserved(_)) && ours(entry) => (entry.uid.clone(), fresh),
        Some(entry) if matches!(entry.hold, Hold::Released(_)) && ours(entry) => (command.uid.clone(), fresh),
        Some(_) => return Err(Refusal::Taken),
        None => (command.uid.clone(), fresh),
    };
    let before = record.entry.take().filter(ours);
    let asked = before.map_or_else(Vec::new, |entry| entry.asked);
    record.entry = Some(Entry { uid: uid.clone(), contract: command.contract.clone(), hold, asked: asked.clone() });
    Ok(Reserved { uid, asked })
}

fn release(now: Millis, record: &mut Record, command: Release) -> Reply<Done> {
    let done = hold(record, &command.uid, Hold::Released(now.saturating_add(RELEASED)))?;
    if let Some(entry) = &mut record.entry {
        entry.asked = command.asked;
    }
    Ok(done)
}

/// Changes how firmly `uid` holds its name; a name that has another owner by now is left alone, and a released one stays so:
/// a confirmation that comes behind the release is late.
fn hold(record: &mut Record, uid: &str, hold: Hold) -> Reply<Done> {
    match &mut record.entry {
        Some(entry) if entry.uid == uid && !(matches!(entry.hold, Hold::Released(_)) && hold == Hold::Confirmed) => {
            entry.hold = hold;
            record.unknown = None;
            Ok(Done)
        }
        _ => Err(Refusal::NotFound),
    }
}

fn attempt_unknown(turn: &mut Turn, record: &mut Record, command: &AttemptUnknown) -> Reply<Challenge> {
    let profile = profile::of(command.service);
    let id = turn.id();
    let salt = turn.bytes::<{ crate::account::sign_in::SALT }>();
    let unknown = record.unknown.get_or_insert_default();
    match (command.door, &profile.device_door) {
        (Door::Web, _) => unknown.web.charge(&profile.unknown_web_lock, turn.now, id.clone()).map_err(denied)?,
        (Door::Device, Some(door)) => {
            unknown.device.charge(&door.unknown_name, turn.now, id.clone()).map_err(denied_device)?;
        }
        (Door::Device, None) => return Err(Refusal::NotFound),
    }
    Ok(Challenge::with_salt(id, &salt))
}

fn settle_unknown(turn: &mut Turn, record: &mut Record, command: &SettleUnknown) -> Reply<Done> {
    let profile = profile::of(command.service);
    if let Some(unknown) = &mut record.unknown {
        match (command.door, &profile.device_door) {
            (Door::Device, Some(door)) => unknown.device.settle(&door.unknown_name, turn.now, &command.attempt, Outcome::Wrong),
            _ => unknown.web.settle(&profile.unknown_web_lock, turn.now, &command.attempt, Outcome::Wrong),
        };
    }
    Err(Refusal::Wrong)
}
