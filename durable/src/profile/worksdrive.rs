//! WORKSDRIVE: contractor, managers and users, mail addresses as names (S003).

use super::{DAY, MINUTE, Profile, SESSION, SecondStep, Service, Wording, of_unknown_names, web_lock};
use crate::rules::{
    access::{Act, Role},
    lockout, login_name,
    pace::Pace,
    password::{self, Classes},
    sms_code,
};

/// ST-120: 10 failures, unlocked by mail and not by time.
const WEB_LOCK: lockout::Policy = web_lock(10, None);

/// WORKSDRIVE
pub static WORKSDRIVE: Profile = BASE;

/// The storage services' profile; コワークストレージ is written from it.
pub(super) const BASE: Profile = Profile {
    service: Service::Worksdrive,
    wording: Wording::Worksdrive,
    name_kind: login_name::Kind::Address,
    // ST-071
    password: password::Policy { min: 8, max: 255, classes: Classes::AtLeast(3) },
    web_lock: WEB_LOCK,
    unknown_web_lock: of_unknown_names(WEB_LOCK),
    device_door: None,
    session: SESSION,
    remote_access: false,
    user_types: &[],
    roles: &[Role::Administrator, Role::Manager, Role::User],
    // Locks and passwords go by mail here (ST-120, ST-123); administrators can also reset 2-step (ST-095).
    acts: &[
        Act::OwnPage,
        Act::OwnPassword,
        Act::ListUsers,
        Act::ViewUser,
        Act::ResetFactor,
        Act::ReadHistory,
        Act::Invite,
        Act::Withdraw,
        Act::ChangeAddress,
        Act::ReadMails,
        Act::Import,
    ],
    administers: &[(Role::Administrator, &[Role::Manager, Role::User]), (Role::Manager, &[Role::User])],
    temporary_life: None,
    grace: 30 * DAY,
    keys: 10,
    watchers: 10,
    device_cookies: 10,
    second_step: Some(SecondStep {
        sms: sms_code::Policy { life: 10 * MINUTE, tries: 5, pace: Pace { every: MINUTE, an_hour: 5 } },
        remember_for: 30 * DAY,
        remembered: 10,
    }),
    settings: true,
    // ST-070, ST-104, ST-122, ST-123
    link_life: 14 * DAY,
    users: 100_000,
    own_providers: &[],
};
