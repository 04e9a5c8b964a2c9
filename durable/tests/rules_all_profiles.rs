//! The rules with the numbers of every service, the committed access matrix, and the walls around the profiles.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path};

use durable::{
    Millis,
    profile::{self, Profile, Service},
    rules::{
        access::{self, Role},
        budget::{self, Budget},
        date::{Day, Zone},
        lockout::{self, Counter, Denied, Outcome, Settled},
        login_name,
        password::{self, Classes, Violation},
        service_period::{self, State},
    },
};

const SECOND: Millis = 1000;
const MINUTE: Millis = 60 * SECOND;
const DAY: Millis = 24 * 60 * MINUTE;
/// Some moment: 2026-11-22T09:00:00+09:00.
const NOW: Millis = 1_795_305_600_000;

fn profiles() -> impl Iterator<Item = &'static Profile> {
    Service::ALL.into_iter().map(profile::of)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Fails until the lock is set and says how many failures it took.
fn lock(counter: &mut Counter, policy: &lockout::Policy) -> u32 {
    (1..100)
        .find(|attempt| {
            counter.charge(policy, NOW, attempt.to_string()).unwrap();
            counter.settle(policy, NOW, &attempt.to_string(), Outcome::Wrong) == Settled::FailedAndLocked
        })
        .unwrap()
}

#[test]
fn cw_080_st_120_each_service_locks_after_its_own_number_for_its_own_time() {
    let expected = [(5, Some(30 * MINUTE)), (10, None), (10, None)];
    for (profile, (limit, lock_for)) in profiles().zip(expected) {
        let policy = &profile.web_lock;
        let mut counter = Counter::default();
        assert_eq!(lock(&mut counter, policy), limit);
        assert_eq!(counter.locked(policy, NOW + 29 * MINUTE).unwrap().until, lock_for.map(|length| NOW + length));
        let after = NOW + 30 * MINUTE;
        assert_eq!(counter.locked(policy, after).is_none(), lock_for.is_some());
        assert_eq!(counter.locked(policy, NOW + 36_500 * DAY).is_none(), lock_for.is_some());
    }
}

#[test]
fn cw_086_unknown_names_lock_alike_and_are_forgotten_in_the_end() {
    for profile in profiles() {
        let (known, unknown) = (&profile.web_lock, &profile.unknown_web_lock);
        let mut counter = Counter::default();
        assert_eq!(lock(&mut counter, unknown), known.limit);
        for later in [0, 29 * MINUTE, 30 * MINUTE, DAY, 89 * DAY] {
            assert_eq!(counter.locked(unknown, NOW + later).is_some(), counter.locked(known, NOW + later).is_some());
        }
        assert!(counter.is_idle(unknown, NOW + 90 * DAY));
        assert_eq!(lockout::Policy { lock_for: known.lock_for, ..*unknown }, *known);
    }
}

#[test]
fn every_service_forgets_a_run_after_a_day_and_keeps_an_unsettled_charge() {
    for policy in profiles().map(|profile| &profile.web_lock) {
        let mut counter = Counter::default();
        for id in 1..policy.limit {
            counter.charge(policy, NOW, id.to_string()).unwrap();
        }
        assert_eq!(counter.failures(policy, NOW + 15 * SECOND - 1), 0);
        let failed = NOW + 15 * SECOND;
        assert_eq!(counter.failures(policy, failed), policy.limit - 1);
        assert_eq!(counter.failures(policy, failed + DAY - 1), policy.limit - 1);
        assert_eq!(counter.failures(policy, failed + DAY), 0);
    }
}

#[test]
fn the_previous_password_is_free_ten_times_in_half_an_hour() {
    for policy in profiles().map(|profile| &profile.web_lock) {
        let mut counter = Counter::default();
        let mut previous = |now: Millis| {
            counter.charge(policy, now, now.to_string()).unwrap();
            counter.settle(policy, now, &now.to_string(), Outcome::Previous)
        };
        assert!((0..10).all(|n| previous(NOW + n) == Settled::Uncounted));
        assert_eq!(previous(NOW + 10), Settled::Failed);
        assert_eq!(previous(NOW + 30 * MINUTE), Settled::Uncounted);
    }
}

#[test]
fn a_thousand_parallel_attempts_verify_exactly_the_limit() {
    for policy in profiles().map(|profile| &profile.web_lock) {
        let mut counter = Counter::default();
        let answers: Vec<_> = (0..1000).map(|id: u32| counter.charge(policy, NOW, id.to_string())).collect();
        assert_eq!(answers.iter().filter(|answer| **answer == Err(Denied::Busy)).count(), 1000 - policy.limit as usize);
        let settled = (0..1000).map(|id: u32| counter.settle(policy, NOW, &id.to_string(), Outcome::Wrong));
        assert_eq!(settled.filter(|settled| *settled != Settled::Unknown).count(), policy.limit as usize);
        assert!(matches!(counter.charge(policy, NOW, "right".into()), Err(Denied::Locked { .. })));
    }
}

#[test]
fn cw_083_the_device_door_has_its_own_numbers_where_there_are_devices() {
    for profile in profiles() {
        assert_eq!(profile.remote_access, profile.device_door.is_some());
        let Some(door) = profile.device_door else { continue };
        let mut stranger = Budget::default();
        for n in 0..100 {
            let now = NOW + n * 12 * SECOND;
            stranger.charge(&door.unknown, now, n.to_string()).unwrap();
            stranger.settle(&door.unknown, now, &n.to_string(), Outcome::Wrong);
        }
        assert_eq!(stranger.charge(&door.unknown, NOW + 365 * DAY, "x".into()), Err(budget::Denied::Closed));
        assert_eq!(door.unknown.per_minute, 5);
        assert_eq!(door.known, budget::Policy { without_success: None, ..door.unknown });
        assert_eq!(door.unknown_name, budget::Policy { forget_after: Some(90 * DAY), ..door.unknown });
    }
}

#[test]
fn cw_022_st_071_password_rules() {
    let expected = [(10, Classes::UpperDigitSymbol), (8, Classes::AtLeast(3)), (8, Classes::AtLeast(3))];
    for (profile, (min, classes)) in profiles().zip(expected) {
        let policy = &profile.password;
        assert_eq!(*policy, password::Policy { min, max: 255, classes });
        assert_eq!(password::violations(policy, "Password1!", "somebody"), [Violation::Common]);
        let mut seed = 0_u8;
        let generated = password::generate(policy, &mut |bytes| {
            for byte in bytes {
                seed = seed.wrapping_mul(77).wrapping_add(91);
                *byte = seed;
            }
        });
        assert_eq!(password::violations(policy, &generated, "somebody"), [], "{generated}");
    }
}

#[test]
fn cw_044_the_service_period_is_the_same_everywhere() {
    let day = |text| Day::parse(text).unwrap();
    let (start, end) = (day("2022-12-01"), Some(day("2026-11-22")));
    assert_eq!(service_period::state(start, end, NOW), State::InService);
    assert_eq!(service_period::next_change(start, end, NOW), Some(day("2026-11-22").end(Zone::TOKYO)));
}

#[test]
fn names_roles_and_types_of_each_service() {
    use login_name::Kind::{Address, Login};
    assert_eq!(profiles().map(|profile| profile.name_kind).collect::<Vec<_>>(), [Login, Address, Address]);
    let [work, drive, storage] = Service::ALL.map(profile::of);
    assert!(work.has_user_type("coconowork") && work.has_user_type("coconowork-self") && !drive.has_user_type("coconowork"));
    assert_eq!(work.below(Role::Administrator), [Role::User]);
    assert_eq!(drive.below(Role::Manager), [Role::User]);
    assert_eq!(storage.own_providers, ["ntt-east-business-id"], "ST-030: the only difference besides brand, hosts and words");
    let alike = Profile { service: drive.service, wording: drive.wording, own_providers: &[], ..storage.clone() };
    assert_eq!(alike, *drive, "one system, two brands");
}

#[test]
fn codes_of_services_are_those_of_the_interface() {
    for (profile, code) in profiles().zip(["coconowork", "worksdrive", "cowork-storage"]) {
        assert_eq!(profile.service.code(), code);
        assert_eq!(Service::parse(code), Some(profile.service));
        assert_eq!(serde_json::to_string(&profile.service).unwrap(), format!("\"{code}\""));
    }
    assert_eq!(Service::parse("Coconowork"), None);
}

#[test]
fn the_numbers_of_the_decisions_page() {
    for profile in profiles() {
        let session = profile.session;
        assert_eq!((session.idle, session.lifetime, session.touch_every), (30 * MINUTE, DAY / 2, MINUTE));
        assert_eq!((session.per_account, session.confirm_after, session.wrong_current), (100, 5 * MINUTE, 5));
        assert_eq!((profile.grace, profile.temporary_life), (30 * DAY, None));
        assert_eq!((profile.keys, profile.watchers, profile.device_cookies, profile.users), (10, 10, 10, 100_000));
    }
}

#[test]
fn the_access_matrix_is_the_committed_one() {
    let path = root().join("tests/access_matrix.txt");
    let matrix = access::matrix();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &matrix).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(matrix == committed, "tests/access_matrix.txt differs; if this is meant, run the test with UPDATE=1\n{matrix}");
}

/// Services differ only in `profile/`: no other product code may ask which one it is.
#[test]
fn nobody_compares_services_outside_the_profiles() {
    let mut offences = Vec::new();
    for folder in ["src", "durable/src"] {
        scan(&root().join(folder), &mut offences);
    }
    assert!(offences.is_empty(), "ask the profile instead:\n{}", offences.join("\n"));
}

fn scan(folder: &Path, offences: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("durable/src/profile") {
            scan(&path, offences);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let product = text.split("#[cfg(test)]").next().unwrap_or_default();
            let lines = product.lines().zip(1..).filter(|(line, _)| compares_services(line));
            offences.extend(lines.map(|(line, number)| format!("{}:{number}: {}", path.display(), line.trim())));
        }
    }
}

/// A service in a pattern (left of `=>`, in `matches!` or `let`) or beside `==`; as a value it may stand anywhere.
fn compares_services(line: &str) -> bool {
    let code: String = line.split("//").next().unwrap_or_default().replace([' ', '\t'], "");
    let code = ["durable::", "crate::", "profile::"].into_iter().fold(code, |code, path| code.replace(path, ""));
    let (pattern, _) = code.split_once("=>").unwrap_or_default();
    let matched = ["matches!", "iflet", "whilelet", "letService::"].iter().any(|sign| code.contains(sign));
    Service::ALL.iter().any(|service| {
        let variant = format!("Service::{service:?}");
        // The code `coconowork` is also a value of タイプ, so a quoted code counts only beside the word.
        let quoted = code.contains("service").then(|| format!("\"{}\"", service.code()));
        std::iter::once(variant).chain(quoted).any(|name| {
            let beside = [format!("=={name}"), format!("!={name}"), format!("{name}=="), format!("{name}!=")];
            pattern.contains(&name) || (matched && code.contains(&name)) || beside.iter().any(|pair| code.contains(pair))
        })
    })
}

#[test]
fn the_scan_sees_a_comparison() {
    assert!(compares_services("if profile.service == Service::Coconowork {"));
    assert!(compares_services("    Service::CoworkStorage => 1,"));
    assert!(compares_services(r#"match service.code() { "worksdrive" => 1"#));
    assert!(!compares_services(r#""coconowork" => texts.plan,"#));
    assert!(compares_services("if matches!(service, Service::Worksdrive) {"));
    assert!(compares_services("if Service::Worksdrive != service {"));
    assert!(compares_services("a == crate::profile::Service::Worksdrive"));
    assert!(!compares_services("(host == LOCAL).then_some(Place { service: Service::Coconowork })"));
    assert!(!compares_services("    None => Service::Coconowork,"));
    assert!(!compares_services("const DEFAULT: Service = Service::Coconowork;"));
    assert!(!compares_services("let profile = profile::of(identity.service);"));
}
