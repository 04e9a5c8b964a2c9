//! The stored value of an Account. Each field of [`Person`] is one row; every list has a cap. Expiry is decided on read,
//! from stored times, so nothing depends on an alarm that came late or twice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::rules::access::Role;
use crate::{
    Millis,
    account::{
        browsers::Browser,
        credential::{Offer, Reflection},
        factor::Totp,
        federation::Linked,
        mails::Mails,
        news::News,
        preferences::Preferences,
        receipt::Receipt,
        redeem::Invitation,
        second_step::{Pending, SecondStep},
    },
    profile::{self, Profile, Service},
    rules::{
        budget::Budget,
        date::Day,
        link::{Link, Purpose},
        lockout::Counter,
        phc::Phc,
        retirement::Retiring,
        service_period::{self, State},
    },
};

/// How many operation ids are remembered.
const OPERATIONS: usize = 64;
/// How long an operation id is remembered: 24 h.
const OPERATION_LIFE: Millis = 24 * 60 * 60 * 1000;

/// Who this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The service whose policies hold.
    pub service: Service,
    /// The account's random uid.
    pub uid: String,
    /// The contract it belongs to (契約ID).
    pub contract: String,
    /// What it may do.
    pub role: Role,
    /// The folded login name; a name in Names works only if it equals this one.
    pub login: String,
    /// The person's name, as the operator gave it.
    #[serde(default)]
    pub name: String,
    /// タイプ: the code of the plan, empty for administrators.
    #[serde(default)]
    pub plan: String,
    /// サービス提供開始日
    pub start: Day,
    /// サービス解約日
    #[serde(default)]
    pub end: Option<Day>,
}

/// The password: current, previous, and what is special about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The current password's hash; `None` as long as none was set.
    pub current: Option<Phc>,
    /// Whether the current one is temporary (仮パスワード): it opens the forced change only.
    #[serde(default)]
    pub temporary: bool,
    /// Whether it is still the one made when the account was created, so that it may be made anew if nobody received it.
    #[serde(default)]
    pub initial: bool,
    /// Counts the passwords; tokens name the one they were made under.
    #[serde(default)]
    pub generation: u32,
    /// The last password before that was not temporary, while its grace runs.
    #[serde(default)]
    pub previous: Option<Previous>,
    /// What the person's own change did to the client; `None` after any other change.
    #[serde(default)]
    pub reflection: Option<Reflection>,
}

/// A password in its 30 days of grace (CW-116); it shares salt and parameters with the current one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Its hash.
    pub hash: Phc,
    /// Its generation.
    pub generation: u32,
    /// When its grace ends.
    pub until: Millis,
}

/// Whether a password or a token made under it is the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordStatus {
    /// The current one.
    Current,
    /// The previous one, in its grace.
    Previous {
        /// Days left, rounded up: 30 just after the change, 1 on the last day.
        days_left: u32,
    },
}

impl PasswordStatus {
    /// As devices read it (interface, section 4).
    #[must_use]
    pub fn wire(self) -> serde_json::Value {
        match self {
            Self::Current => serde_json::json!({ "status": "current" }),
            Self::Previous { days_left } => serde_json::json!({ "status": "previous", "days_left": days_left }),
        }
    }
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The temporary password has to be changed first (CW-014).
    PasswordDue,
    /// Logged in.
    Full,
    /// The password was right; the one-time code is still to come (CW-015).
    FactorDue,
    /// Logged in to 認証・契約情報変更メニュー, which has a login of its own (ST-080).
    Menu,
    /// The password was right; a second step has to be registered first (ST-023).
    FactorMissing,
    /// The code was right; the recovery code has to be kept first (ST-026, ST-028).
    RecoveryDue,
}

impl Stage {
    /// Whether the second step is still under way.
    #[must_use]
    pub fn is_second_step(self) -> bool {
        matches!(self, Self::FactorDue | Self::FactorMissing | Self::RecoveryDue)
    }
}

/// One web session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// SHA-256 of the session id.
    pub hash: String,
    /// Where it stands.
    pub stage: Stage,
    /// When it began.
    pub created: Millis,
    /// When it was last used; stored at most once a minute.
    pub last: Millis,
    /// The browser, at most 200 characters.
    pub agent: String,
    /// The address it was opened from.
    pub address: String,
    /// Wrong current passwords in this session.
    #[serde(default)]
    pub confirm: Counter,
    /// When the password was checked last in it.
    #[serde(default)]
    pub confirmed: Millis,
    /// A sealed seed that its set-up page shows; it counts for nothing until a code confirms it.
    #[serde(default)]
    pub offer: Option<String>,
    /// Whether it is one of the menu's door.
    #[serde(default)]
    pub menu: bool,
    /// When it ends whatever is done with it; `None`: as its policy says.
    #[serde(default)]
    pub ends: Option<Millis>,
    /// The known browser that its password came from ([`Browser::hash`]); empty: from elsewhere.
    #[serde(default)]
    pub browser: String,
    /// What waits for the recovery code to be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// The remembered browser that it lives in, whose time it prolongs; empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remembered: String,
    /// 回線番号 that it was opened over; none: from the Internet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
}

impl Session {
    /// Where it stands once its login is complete.
    #[must_use]
    pub fn complete(&self) -> Stage {
        if self.menu { Stage::Menu } else { Stage::Full }
    }
}

/// The one registered phone (端末認証情報, CW-060).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// SHA-256 of its device key.
    pub key: String,
    /// SHA-256 of the `Idempotency-Key` that registered it: a repeat of that login is this phone.
    #[serde(default)]
    pub request: Option<String>,
    /// 端末名
    pub name: String,
    /// 端末のOS
    pub os: String,
    /// 登録時刻
    pub at: Millis,
}

/// A PC that has logged in once with the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// SHA-256 of its device key.
    pub key: String,
    /// SHA-256 of the `Idempotency-Key` of its first login.
    #[serde(default)]
    pub request: Option<String>,
    /// Its name.
    pub name: String,
    /// Its OS.
    pub os: String,
    /// First login.
    pub at: Millis,
    /// When it was heard of last: by a login, or by a connection or its end that was stored anyway.
    pub last: Millis,
}

/// The two kinds of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// ビューア（手元端末）
    Viewer,
    /// クライアント（接続先機器）
    Client,
}

impl End {
    /// Its code on the wire and in tags.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Client => "client",
        }
    }

    /// The account's other end.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Viewer => Self::Client,
            Self::Client => Self::Viewer,
        }
    }
}

/// A device's right to connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// SHA-256 of the token.
    pub hash: String,
    /// Viewer or client.
    pub end: End,
    /// The device it is bound to: SHA-256 of its key.
    pub key: String,
    /// The password it was made under.
    pub generation: u32,
    /// The new token that this device was offered, until it is acknowledged or used (CW-111).
    #[serde(default)]
    pub offer: Option<Offer>,
    /// SHA-256 of the token that this one replaced: whoever uses that again has a copy, and both die.
    #[serde(default)]
    pub spent: Option<String>,
    /// When it was given out; 0: nobody noted it, so it is old.
    #[serde(default)]
    pub born: Millis,
}

impl Token {
    /// Whether its device was offered a token for a password that it does not stand on yet.
    #[must_use]
    pub fn is_reflected(&self) -> bool {
        self.offer.as_ref().is_some_and(|offer| !offer.rotates)
    }
}

/// Phone, PCs and their tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Devices {
    /// The registered phone.
    pub phone: Option<Phone>,
    /// The known PCs, at most `Profile::keys`; the oldest goes.
    pub clients: Vec<Client>,
    /// One token a device.
    pub tokens: Vec<Token>,
    /// SHA-256 of the device keys that open nothing any more, the oldest first; capped.
    pub refused: Vec<String>,
}

/// All connections of one end that began at or before `at` are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// The instant of the cut.
    pub at: Millis,
    /// Why: the close code's name.
    pub reason: crate::account::connections::Bye,
}

/// What is stored about failures at the device door.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceDoor {
    /// Devices without a known key, together.
    pub unknown: Budget,
    /// Each known key by itself.
    pub known: BTreeMap<String, Budget>,
}

/// How many passwords were compared ever, by door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verified {
    /// Web doors.
    pub web: u64,
    /// Device door.
    pub device: u64,
}

/// A mutating call that was done, so that its repeat does nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The caller's operation id, bound to actor and command.
    pub id: String,
    /// When.
    pub at: Millis,
}

/// One person's whole authority.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub identity: Identity,
    /// The password.
    #[serde(default)]
    pub credential: Credential,
    /// 利用を禁止 of the management function.
    #[serde(default)]
    pub prohibited: bool,
    /// 多要素認証: whether the login asks for one.
    #[serde(default)]
    pub factor: bool,
    /// How its codes are checked.
    #[serde(default)]
    pub totp: Totp,
    /// Failures at the web doors, from everywhere but known browsers.
    #[serde(default)]
    pub web: Counter,
    /// Failures at the device door.
    #[serde(default)]
    pub device_door: DeviceDoor,
    /// Passwords compared.
    #[serde(default)]
    pub verified: Verified,
    /// Web sessions, at most `SessionPolicy::per_account`.
    #[serde(default)]
    pub sessions: Vec<Session>,
    /// Phone, PCs, tokens.
    #[serde(default)]
    pub devices: Devices,
    /// Which connections were cut.
    #[serde(default)]
    pub cuts: BTreeMap<End, Cut>,
    /// One-use tickets of watching pages that were used, until they would have expired.
    #[serde(default)]
    pub tickets: BTreeMap<String, Millis>,
    /// Operation ids, capped.
    #[serde(default)]
    pub operations: Vec<Operation>,
    /// How many journal rows this account has made.
    #[serde(default)]
    pub logged: u64,
    /// When the connection of a device was last put into the journal, or noted as going on, by SHA-256 of its key; of the last
    /// hour only.
    #[serde(default)]
    pub connections: BTreeMap<String, Millis>,
    /// What the contract was told last.
    #[serde(default)]
    pub report: crate::account::summary::Report,
    /// What the last acts on this person did, the newest last.
    #[serde(default)]
    pub receipts: Vec<Receipt>,
    /// Browsers in which this person has logged in, at most `Profile::device_cookies`.
    #[serde(default)]
    pub browsers: Vec<Browser>,
    /// Language and time zone.
    #[serde(default)]
    pub preferences: Preferences,
    /// What the person has not said to have read, the oldest first; capped.
    #[serde(default)]
    pub news: Vec<News>,
    /// Whether it waits to be accepted (ST-070).
    #[serde(default)]
    pub invitation: Invitation,
    /// The newest mailed link of each purpose, and every way back to a former address, the oldest first.
    #[serde(default)]
    pub links: Vec<Link>,
    /// When links were asked for in the last hour; whatever becomes of a link does not shorten that.
    #[serde(default)]
    pub asked: BTreeMap<Purpose, Vec<Millis>>,
    /// 2段階認証
    #[serde(default)]
    pub second_step: SecondStep,
    /// The last mails it was sent.
    #[serde(default)]
    pub mails: Mails,
    /// When it logged in last, where administrators see that.
    #[serde(default)]
    pub signed_in: Option<Millis>,
    /// The linked service or directory with which it logs in; `None`: with mail address and password.
    #[serde(default)]
    pub linked: Option<Linked>,
    /// What it was told about the end of that service.
    #[serde(default)]
    pub retiring: Option<Retiring>,
    /// When 回線情報通知設定 was answered (ST-063).
    #[serde(default)]
    pub line_notice: Option<Millis>,
}

impl Person {
    /// A new account with nothing set.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            credential: Credential::default(),
            prohibited: false,
            factor: false,
            totp: Totp::default(),
            web: Counter::default(),
            device_door: DeviceDoor::default(),
            verified: Verified::default(),
            sessions: Vec::new(),
            devices: Devices::default(),
            cuts: BTreeMap::new(),
            tickets: BTreeMap::new(),
            operations: Vec::new(),
            logged: 0,
            connections: BTreeMap::new(),
            report: crate::account::summary::Report::default(),
            receipts: Vec::new(),
            browsers: Vec::new(),
            preferences: Preferences::default(),
            news: Vec::new(),
            invitation: Invitation::default(),
            links: Vec::new(),
            asked: BTreeMap::new(),
            second_step: SecondStep::default(),
            mails: Mails::default(),
            signed_in: None,
            linked: None,
            retiring: None,
            line_notice: None,
        }
    }

    /// The policies that hold for this person.
    #[must_use]
    pub fn profile(&self) -> &'static Profile {
        profile::of(self.identity.service)
    }

    /// Whether the service period covers `now` (CW-044).
    #[must_use]
    pub fn in_service(&self, now: Millis) -> bool {
        service_period::state(self.identity.start, self.identity.end, now) == State::InService
    }

    /// Whether the service period is over at `now`.
    #[must_use]
    pub fn has_ended(&self, now: Millis) -> bool {
        service_period::state(self.identity.start, self.identity.end, now) == State::Ended
    }

    /// Drops open login attempts at every door: what was begun before this change opens nothing after it.
    pub fn drop_open_attempts(&mut self) {
        self.web.drop_open();
        for browser in &mut self.browsers {
            browser.counter.drop_open();
        }
        self.device_door.unknown.drop_open();
        for budget in self.device_door.known.values_mut() {
            budget.drop_open();
        }
    }

    /// Cuts every connection of `end` that exists now.
    pub fn cut(&mut self, end: End, now: Millis, reason: crate::account::connections::Bye) {
        self.cuts.insert(end, Cut { at: now, reason });
    }

    /// Whether this operation was done before; if not, remembers it as done.
    pub fn repeated(&mut self, now: Millis, actor: &str, what: &str, id: &str) -> bool {
        self.operations.retain(|done| now.saturating_sub(done.at) < OPERATION_LIFE);
        if self.has_done(actor, what, id) {
            return true;
        }
        let id = operation_id(actor, what, id);
        if self.operations.len() >= OPERATIONS {
            self.operations.remove(0);
        }
        self.operations.push(Operation { id, at: now });
        false
    }

    /// Whether this operation was done before.
    #[must_use]
    pub fn has_done(&self, actor: &str, what: &str, id: &str) -> bool {
        let id = operation_id(actor, what, id);
        self.operations.iter().any(|done| done.id == id)
    }

    /// The password a token or socket was made under, seen from now; `None` when it does not count any more.
    #[must_use]
    pub fn password_status(&self, end: End, generation: u32, now: Millis) -> Option<PasswordStatus> {
        if generation == self.credential.generation {
            return Some(PasswordStatus::Current);
        }
        let previous = self.credential.previous.as_ref()?;
        (end == End::Client && generation == previous.generation && now < previous.until)
            .then(|| PasswordStatus::Previous { days_left: days_left(previous.until, now) })
    }

    /// Replaces the password. Returns nothing: sessions, attempts and tokens that depend on the old one follow from the state.
    pub fn set_password(&mut self, hash: Phc, temporary: bool, now: Millis) {
        let grace = self.profile().grace;
        let generation = self.credential.generation;
        if !self.credential.temporary
            && let Some(current) = self.credential.current.take()
        {
            self.credential.previous = Some(Previous { hash: current, generation, until: now.saturating_add(grace) });
        } else if let Some(previous) = &mut self.credential.previous
            && temporary
            && now < previous.until
        {
            // One whose grace is over stays dead.
            previous.until = now.saturating_add(grace);
        }
        self.credential.current = Some(hash);
        self.credential.temporary = temporary;
        self.credential.initial = false;
        self.credential.reflection = None;
        self.credential.generation = generation.saturating_add(1);
        // Whoever was offered a token under the password that is now the previous one holds that, or nothing. One that was only
        // to be renewed stands on the same password in either case.
        for token in &mut self.devices.tokens {
            if let Some(offer) = token.offer.take_if(|offer| !offer.rotates) {
                token.hash = offer.hash;
                token.generation = generation;
            }
        }
        let (current, kept) = (self.credential.generation, self.credential.previous.as_ref().map(|p| p.generation));
        self.devices
            .tokens
            .retain(|token| token.generation == current || (token.end == End::Client && Some(token.generation) == kept));
        // What was asked for under the old password, by whoever had it, settles nothing after it.
        self.withdraw(&[Purpose::Reset, Purpose::Address, Purpose::Method]);
        self.forget_browsers();
        self.drop_open_attempts();
    }

    /// Forgets failures, locks and open attempts at every door; a known browser stays known.
    pub fn clear_failures(&mut self) {
        self.web.clear();
        for browser in &mut self.browsers {
            browser.counter.clear();
        }
        self.device_door = DeviceDoor::default();
    }

    /// 猶予: the previous password and the tokens made under it are dead from now on (CW-119).
    pub fn end_grace(&mut self) {
        self.credential.previous = None;
        let current = self.credential.generation;
        self.devices.tokens.retain(|token| token.generation == current);
    }
}

/// An operation id as it is stored: bound to who did what.
fn operation_id(actor: &str, what: &str, id: &str) -> String {
    crate::secret::base64(&crate::secret::mac(b"operation", &[actor.as_bytes(), what.as_bytes(), id.as_bytes()]))
}

/// Days until `until`, rounded up.
#[must_use]
pub fn days_left(until: Millis, now: Millis) -> u32 {
    const DAY: Millis = 24 * 60 * 60 * 1000;
    let left = until.saturating_sub(now).saturating_add(DAY - 1).max(0);
    u32::try_from(left.checked_div(DAY).unwrap_or(0)).unwrap_or(u32::MAX)
}
