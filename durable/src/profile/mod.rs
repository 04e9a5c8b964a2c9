//! The services differ only here: each is one constant [`Profile`], all policies and limits of the decisions page, named.
//!
//! Nothing outside this folder asks which service it is; it asks the profile for the number or the list it needs. A test
//! (`tests/rules_all_profiles.rs`) forbids comparing services elsewhere. Labels and brands are texts and live in the Worker.

mod coconowork;
mod cowork_storage;
mod worksdrive;

use serde::{Deserialize, Serialize};

pub use self::{coconowork::COCONOWORK, cowork_storage::COWORK_STORAGE, worksdrive::WORKSDRIVE};
use crate::{
    Millis,
    rules::{
        access::{Act, Role},
        budget, lockout, login_name, password, sms_code,
    },
};

const SECOND: Millis = 1000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

/// The services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// ココナワーク
    Coconowork,
    /// WORKSDRIVE
    Worksdrive,
    /// コワークストレージ
    CoworkStorage,
}

impl Service {
    /// All services.
    pub const ALL: [Self; 3] = [Self::Coconowork, Self::Worksdrive, Self::CoworkStorage];

    /// Its code in JSON, in names and in paths: `coconowork`, `worksdrive`, `cowork-storage`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Coconowork => "coconowork",
            Self::Worksdrive => "worksdrive",
            Self::CoworkStorage => "cowork-storage",
        }
    }

    /// The service of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.code() == code)
    }
}

/// Everything in which the services may differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Whose profile this is.
    pub service: Service,
    /// Whose manual's words its pages and mails use where the manuals differ.
    pub wording: Wording,
    /// What its login names look like.
    pub name_kind: login_name::Kind,
    /// What its passwords must be.
    pub password: password::Policy,
    /// The lock of the web doors, also the size of a device cookie's own counter.
    pub web_lock: lockout::Policy,
    /// The same for names that nobody has: it reads alike, but a lock without a timer is forgotten one day.
    pub unknown_web_lock: lockout::Policy,
    /// The device door; `None` where there are no devices.
    pub device_door: Option<DeviceDoor>,
    /// Web sessions.
    pub session: SessionPolicy,
    /// Whether viewers and clients exist.
    pub remote_access: bool,
    /// The values of タイプ; empty where users have none.
    pub user_types: &'static [UserType],
    /// The roles that exist, the highest first.
    pub roles: &'static [Role],
    /// The acts that exist.
    pub acts: &'static [Act],
    /// Which roles a role administers; a role without an entry administers nobody.
    pub administers: &'static [(Role, &'static [Role])],
    /// How long a temporary password may be used; `None`: until it is changed.
    pub temporary_life: Option<Millis>,
    /// How long the previous password is remembered after a change, and still accepted from clients (CW-116).
    pub grace: Millis,
    /// PCs that an account remembers; the oldest goes.
    pub keys: usize,
    /// Watching pages that a session may have open.
    pub watchers: usize,
    /// Device cookies that an account remembers.
    pub device_cookies: usize,
    /// 2段階認証 at every login with a password (ST-020); `None`: 多要素認証 is each person's own choice.
    pub second_step: Option<SecondStep>,
    /// Whether decisions about a person depend on his contract's facts and settings.
    pub settings: bool,
    /// How long a mailed link works; 0 where there are no mails.
    pub link_life: Millis,
    /// Users that a contract may have (CW-042).
    pub users: usize,
    /// Linked services that no other service has, by the ids of their providers (ST-030).
    pub own_providers: &'static [&'static str],
}

/// The budgets of the device door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceDoor {
    /// All devices of an account without a known key, together.
    pub unknown: budget::Policy,
    /// One known key.
    pub known: budget::Policy,
    /// A name that nobody has: like `unknown`, but forgotten one day.
    pub unknown_name: budget::Policy,
}

/// Two manuals describe the storage services, and name a few of the same pages and mails differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// As WORKSDRIVE's manual says.
    Worksdrive,
    /// As コワークストレージ's manual says.
    CoworkStorage,
}

/// The limits of web sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionPolicy {
    /// A session ends after this time without a person's step.
    pub idle: Millis,
    /// A session ends after this time in any case.
    pub lifetime: Millis,
    /// Sessions that an account may have; the one used longest ago goes.
    pub per_account: usize,
    /// The last use is stored at most once in this time.
    pub touch_every: Millis,
    /// After this time an act on one's own credentials asks for the password again.
    pub confirm_after: Millis,
    /// Wrong current passwords that end the session.
    pub wrong_current: u32,
}

/// The second step of every login (ST-020, ST-023; decisions, "One-time codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondStep {
    /// Codes by SMS.
    pub sms: sms_code::Policy,
    /// A browser is remembered for this time after its last access.
    pub remember_for: Millis,
    /// Browsers that an account remembers; the one used longest ago goes.
    pub remembered: usize,
}

/// One value of タイプ (CW-006).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserType {
    /// Its code in the operator API; its label is a text.
    pub code: &'static str,
}

impl Profile {
    /// The roles that `role` administers.
    #[must_use]
    pub fn below(&self, role: Role) -> &'static [Role] {
        self.administers.iter().find(|(above, _)| *above == role).map_or(&[], |(_, below)| below)
    }

    /// Whether new accounts are invited by mail and set their own password.
    #[must_use]
    pub fn invites(&self) -> bool {
        self.link_life > 0
    }

    /// Whether `code` is one of the values of タイプ.
    #[must_use]
    pub fn has_user_type(&self, code: &str) -> bool {
        self.user_types.iter().any(|user_type| user_type.code == code)
    }
}

/// The profile of a service.
#[must_use]
pub fn of(service: Service) -> &'static Profile {
    match service {
        Service::Coconowork => &COCONOWORK,
        Service::Worksdrive => &WORKSDRIVE,
        Service::CoworkStorage => &COWORK_STORAGE,
    }
}

/// A charge that is not settled within 15 s is a failure, at every door.
const CHARGE_LIFE: Millis = 15 * SECOND;
/// What is kept about a name that nobody has ends 90 days after its last failure or its lock.
const UNKNOWN_NAME_LIFE: Millis = 90 * DAY;

/// A web lock after `limit` failures; everything else is the same for all services.
const fn web_lock(limit: u32, lock_for: Option<Millis>) -> lockout::Policy {
    lockout::Policy {
        limit,
        lock_for,
        forget_after: 24 * HOUR,
        charge_life: CHARGE_LIFE,
        previous_free: 10,
        previous_window: 30 * MINUTE,
    }
}

/// The web lock of names that nobody has.
const fn of_unknown_names(lock: lockout::Policy) -> lockout::Policy {
    match lock.lock_for {
        Some(_) => lock,
        None => lockout::Policy { lock_for: Some(UNKNOWN_NAME_LIFE), ..lock },
    }
}

/// Web sessions, the same for all services.
const SESSION: SessionPolicy = SessionPolicy {
    idle: 30 * MINUTE,
    lifetime: 12 * HOUR,
    per_account: 100,
    touch_every: MINUTE,
    confirm_after: 5 * MINUTE,
    wrong_current: 5,
};
