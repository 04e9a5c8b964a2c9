//! ココナワーク: administrators and general users, viewers and clients (S000, S001, S002).

use super::{
    CHARGE_LIFE, DAY, DeviceDoor, MINUTE, Profile, SESSION, Service, UNKNOWN_NAME_LIFE, UserType, Wording, of_unknown_names,
    web_lock,
};
use crate::rules::{
    access::{Act, Role},
    budget, lockout, login_name,
    password::{self, Classes},
};

/// CW-080: 5 failures, 30 minutes.
const WEB_LOCK: lockout::Policy = web_lock(5, Some(30 * MINUTE));

/// 5 wrong passwords a minute and 100 without a success, for all devices without a known key together.
const UNKNOWN: budget::Policy =
    budget::Policy { per_minute: 5, without_success: Some(100), charge_life: CHARGE_LIFE, forget_after: None };

/// ココナワーク
pub static COCONOWORK: Profile = Profile {
    service: Service::Coconowork,
    wording: Wording::Worksdrive,
    name_kind: login_name::Kind::Login,
    // CW-022
    password: password::Policy { min: 10, max: 255, classes: Classes::UpperDigitSymbol },
    web_lock: WEB_LOCK,
    unknown_web_lock: of_unknown_names(WEB_LOCK),
    device_door: Some(DeviceDoor {
        unknown: UNKNOWN,
        known: budget::Policy { without_success: None, ..UNKNOWN },
        unknown_name: budget::Policy { forget_after: Some(UNKNOWN_NAME_LIFE), ..UNKNOWN },
    }),
    session: SESSION,
    remote_access: true,
    user_types: &[UserType { code: "coconowork" }, UserType { code: "coconowork-self" }],
    roles: &[Role::Administrator, Role::User],
    acts: &[
        Act::OwnPage,
        Act::OwnPassword,
        Act::ListUsers,
        Act::ViewUser,
        Act::Disconnect,
        Act::ResetDevice,
        Act::Unlock,
        Act::Prohibit,
        Act::Allow,
        Act::ResetFactor,
        Act::ForcePassword,
        Act::Revoke,
        Act::ReadHistory,
        Act::EndGrace,
    ],
    administers: &[(Role::Administrator, &[Role::User])],
    temporary_life: None,
    // CW-116
    grace: 30 * DAY,
    keys: 10,
    watchers: 10,
    device_cookies: 10,
    second_step: None,
    settings: false,
    link_life: 0,
    users: 100_000,
    own_providers: &[],
};
