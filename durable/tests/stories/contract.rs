//! CW-003, CW-040: who may list a contract's users, and what of a contract is fixed.

use std::collections::BTreeMap;

use durable::{
    Millis,
    account::{
        Role,
        admin::{TICKET_LIFE, use_ticket},
        summary,
    },
    contract::{
        self, Change, Changed, Directories, Directory, Facts, Logged, Open, PRESENCE_LEASE, Plan, Presence, Settings,
        directory::connection, may_become, may_list, opened, rolled_back,
    },
    journal::Numbered,
    profile::Service,
    refusal::Refusal,
    rules::{
        access::Actor,
        line::Lines,
        password::{Violation, violations},
    },
};

use super::world::*;

#[test]
fn cw_003_cw_040_only_the_contracts_own_administrator_lists_its_users() {
    let list = |actor: Actor| may_list("123456789", Service::Coconowork, &actor);
    assert_eq!(list(administrator()), Ok(()));
    assert_eq!(list(Actor { contract: "987654321".into(), ..administrator() }), Err(Refusal::NotFound));
    assert_eq!(list(Actor { role: Role::User, ..administrator() }), Err(Refusal::NotFound));
}

#[test]
fn a_contract_ids_service_is_fixed_and_nothing_else_is() {
    let facts = Facts {
        service: Service::Coconowork,
        name: "株式会社サンプル".into(),
        plan: Plan::Basic,
        trial_start: None,
        settings: Settings::default(),
        contact: String::new(),
        cancelled: None,
        directories: durable::contract::Directories::default(),
        lines: durable::rules::line::Lines::default(),
    };
    assert_eq!(may_become(None, &facts), Ok(()));
    let trial =
        Facts { name: "有限会社みほん".into(), plan: Plan::Trial, trial_start: Some(day("2026-11-01")), ..facts.clone() };
    assert_eq!(may_become(Some(&facts), &trial), Ok(()));
    assert_eq!(may_become(Some(&facts), &Facts { service: Service::Worksdrive, ..facts.clone() }), Err(Refusal::Taken));
}

#[test]
fn what_deviates_from_the_manual_is_the_contractors_choice() {
    let facts = Facts {
        service: Service::Worksdrive,
        name: "株式会社サンプル".into(),
        plan: Plan::Basic,
        trial_start: None,
        settings: Settings { no_second_step: true, ..Settings::default() },
        contact: String::new(),
        cancelled: None,
        directories: durable::contract::Directories::default(),
        lines: durable::rules::line::Lines::default(),
    };
    let change = Change::Settings { keep_factor: true, short_reset: false, passphrase: true };
    let after = changed(&facts, &administrator(), &change, MORNING).unwrap();
    assert_eq!(after.settings, Settings { no_second_step: true, keep_factor: true, short_reset: false, passphrase: true });
    assert_eq!(changed(&after, &administrator(), &change, MORNING), Err(Refusal::Used));
    for role in [Role::Manager, Role::User] {
        assert_eq!(changed(&facts, &Actor { role, ..administrator() }, &change, MORNING), Err(Refusal::NotFound));
    }
    let usual = durable::profile::of(Service::Worksdrive).password;
    assert_eq!(facts.settings.password_policy(usual), usual);
    let policy = after.settings.password_policy(usual);
    assert_eq!(violations(&policy, "umihamoeteirun", "taro@example.jp"), [Violation::TooShort]);
    for phrase in ["umihamoeteiruka", "836193847261934"] {
        assert_eq!(violations(&policy, phrase, "taro@example.jp"), []);
    }
    let broken = [Violation::NotAllowedCharacter, Violation::ContainsLogin];
    assert_eq!(violations(&policy, "taro@example.jp taro", "taro@example.jp"), broken, "everything else stays");
}

/// What a contract looks like whose contractor may change everything.
fn changeable() -> Facts {
    let mut facts = super::links::without_second_step();
    facts.lines.numbers = vec!["CAF0123456789".into()];
    facts.directories = Directories { connection: connection(&[7; 18]), active: None, draft: Some(Directory::default()) };
    facts
}

#[test]
fn each_change_of_a_contract_and_its_row_are_one_value_and_what_is_refused_leaves_none() {
    let line = || "CAF0123456789".to_owned();
    let mut only = changeable();
    only.lines = Lines { only: true, until: Some(MORNING + SECOND), countdown: true, ..only.lines };
    let trial = Facts { plan: Plan::Trial, trial_start: Some(day("2026-11-01")), ..changeable() };
    let draft = Directory { version: "two".into(), issuer: "https://adfs.example.co.jp/adfs".into(), ..Directory::default() };
    let saves = Change::Directory { connection: String::new(), draft: Some(draft) };
    let settings = Change::Settings { keep_factor: true, short_reset: false, passphrase: true };
    let countdown = Facts { lines: Lines { countdown: true, ..changeable().lines }, ..changeable() };
    let changes = [
        (changeable(), Change::Record { name: "有限会社みほん".into(), contact: "総務部".into() }, "contract-record-changed", ""),
        (trial, Change::Basic, "contract-plan-changed", "plan: trial → basic"),
        (changeable(), Change::Cancellation, "contract-cancelled", ""),
        (changeable(), Change::SecondStep { enabled: true }, "second-step-setting-changed", "after: on, before: off"),
        (changeable(), settings, "contract-settings-changed", "on: keep-factor passphrase"),
        (changeable(), saves, "directory-saved", "issuer: https://adfs.example.co.jp/adfs"),
        (
            changeable(),
            Change::DirectoryTested { version: String::new(), who: "taro".into() },
            "directory-changed",
            "tested: taro",
        ),
        (changeable(), Change::NoDirectory, "directory-removed", ""),
        (changeable(), Change::Lines { numbers: Vec::new() }, "lines-changed", "after: , before: CAF0123456789"),
        (changeable(), Change::AccessPath { only: true, risk: true }, "access-path-changed", "after: only, before: both"),
        (countdown, Change::AccessPath { only: true, risk: true }, "access-path-changed", "waits: on"),
        (only.clone(), Change::AccessPath { only: false, risk: false }, "access-path-changed", "after: both, before: only"),
        (only, Change::KeepPath { line: line() }, "access-path-kept", "line: CAF0123456789"),
        (changeable(), Change::Countdown { on: true }, "line-countdown-set", "after: on"),
    ];
    let mut logged = Logged::default();
    for (number, (before, change, code, detail)) in (1..).zip(changes) {
        let Changed { facts, row } = contract::changed(&before, &administrator(), &change, MORNING).unwrap();
        assert_ne!(facts, before, "{code}");
        let Numbered { sequence, event } = logged.number(row.unwrap());
        assert_eq!((sequence, event.code.as_str(), event.at), (number, code, MORNING), "{change:?}");
        assert_eq!(
            (event.by.as_str(), event.address.as_str(), event.detail["session"].as_str()),
            ("admin.00001", "192.0.2.9", "his-sess")
        );
        let told = event.detail.iter().filter(|(key, _)| *key != "session").map(|(key, value)| format!("{key}: {value}"));
        let told = told.collect::<Vec<_>>().join(", ");
        assert!(told.contains(detail), "{code}: {told}");
        let user = Actor { role: Role::User, ..administrator() };
        assert_eq!(contract::changed(&before, &user, &change, MORNING), Err(Refusal::NotFound));
        assert!(
            !matches!(contract::changed(&facts, &administrator(), &change, MORNING), Ok(again) if again.facts == facts),
            "{code}"
        );
    }
    let issue = Change::Directory { connection: connection(&[7; 18]), draft: None };
    let issued = contract::changed(&super::links::without_second_step(), &administrator(), &issue, MORNING).unwrap();
    assert_eq!(issued.row, None, "a connection ID alone changes nothing for anybody");
}

#[test]
fn what_rolls_back_by_itself_leaves_a_row_of_the_instant_that_decided_it_once() {
    let before = changeable();
    let until = MORNING + MINUTE;
    let waits = Facts { lines: Lines { only: true, until: Some(until), ..before.lines.clone() }, ..before.clone() };
    assert_eq!(rolled_back(&waits, until - 1), None);
    let Changed { facts, row } = rolled_back(&waits, until + HOUR).unwrap();
    let row = row.unwrap();
    assert_eq!((row.code.as_str(), row.at, row.by.as_str()), ("access-path-rolled-back", until, ""));
    assert_eq!((row.detail["before"].as_str(), row.detail["after"].as_str()), ("only", "both"));
    assert_eq!(facts, before);
    assert_eq!(rolled_back(&facts, Millis::MAX), None, "once");
}

#[test]
fn the_operators_update_says_what_differs_and_leaves_what_the_contractor_chose() {
    let (contract, by, address) = ("123456789".to_owned(), OPERATOR.to_owned(), "192.0.2.1".to_owned());
    let open = |facts: Facts| Open {
        facts: Box::new(facts),
        uids: Vec::new(),
        contract: contract.clone(),
        by: by.clone(),
        address: address.clone(),
    };
    let made = opened(None, &open(changeable()), MORNING);
    assert_eq!(made.facts, changeable());
    assert_eq!(made.row.unwrap().code, "contract-created");
    let new = Facts { name: "有限会社みほん".into(), plan: Plan::Trial, ..changeable() };
    let bare =
        Facts { lines: Lines::default(), directories: Directories::default(), settings: Settings::default(), ..new.clone() };
    let after = opened(Some(&changeable()), &open(bare), MORNING);
    assert_eq!(after.facts, new);
    let row = after.row.unwrap();
    assert_eq!((row.code.as_str(), row.by.as_str(), row.address.as_str()), ("contract-updated", OPERATOR, "192.0.2.1"));
    let told: Vec<_> = row.detail.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(told, [("name", "株式会社サンプル → 有限会社みほん"), ("plan", "basic → trial")]);
}

#[test]
fn what_is_not_in_a_list_is_not_reported() {
    let mut world = World::user();
    let before = world.person().report.clone();
    let phone = world.viewer(RIGHT).unwrap();
    world.connect(&phone.token).unwrap();
    world.sign_in(RIGHT).unwrap();
    assert_eq!(world.person().report, before, "phones, sessions and presence travel apart or not at all");
    let (mut person, now) = (world.person().clone(), world.now);
    assert!(!summary::note(&mut person, now));
    person.prohibited = true;
    assert!(summary::note(&mut person, now));
    assert!(!summary::note(&mut person, now), "once");
}

#[test]
fn lists_are_told_when_somebody_counts_as_connected_who_did_not_or_the_other_way_round() {
    let report = |viewer: Option<i64>, client: Option<i64>| Presence {
        uid: identity().uid,
        viewer,
        client,
        at: MORNING + PRESENCE_LEASE - 1,
        waiting: None,
        again: 0,
    };
    let [nobody, viewer, both] = [report(None, None), report(Some(1), None), report(Some(1), Some(2))];
    assert!(viewer.shows_change((None, None, 0)) && both.shows_change((None, None, MORNING)));
    assert!(nobody.shows_change((Some(1), None, MORNING)) && nobody.shows_change((None, Some(1), MORNING)));
    assert!(!both.shows_change((Some(1), None, MORNING)), "one badge for both ends");
    assert!(!viewer.shows_change((None, Some(2), MORNING)), "another end, the same badge");
    assert!(!nobody.shows_change((None, None, MORNING)));
    assert!(viewer.shows_change((Some(1), None, MORNING - 1)), "what was not renewed for a lease is not believed");
    assert!(!nobody.shows_change((Some(1), None, MORNING - 1)));
}

#[test]
fn a_device_that_comes_back_costs_its_contract_no_commit_while_it_is_believed_to_be_there() {
    let back = |viewer, client, at, again| Presence { uid: identity().uid, viewer, client, at, again, waiting: None };
    let known = (Some(1), None, MORNING);
    let until = MORNING + PRESENCE_LEASE;
    assert!(back(Some(MORNING + 5), None, MORNING + 5, until - 1).is_known(known), "since when it is there no list says");
    assert!(back(None, None, until + 5, until + 6).is_known((None, None, until)), "nobody came, nobody went");
    assert!(!back(Some(1), None, MORNING + 5, until).is_known(known), "not believed until the next report");
    assert!(!back(Some(1), None, MORNING + 5, 0).is_known(known), "an Account that does not say when that is");
    assert!(!back(None, None, MORNING + 5, until - 1).is_known(known), "gone");
    assert!(!back(Some(1), Some(1), MORNING + 5, until - 1).is_known(known), "another end came");
    assert!(!back(None, Some(1), MORNING + 5, until - 1).is_known(known), "the other end instead");
    assert!(!back(Some(1), None, until + 5, until + 6).is_known(known), "no longer believed");
}

#[test]
fn a_ticket_opens_one_link_and_is_forgotten_when_it_has_expired() {
    let mut tickets = BTreeMap::new();
    assert_eq!(use_ticket(&mut tickets, "one", MORNING), Ok(()));
    assert_eq!(use_ticket(&mut tickets, "two", MORNING + 1), Ok(()));
    assert_eq!(use_ticket(&mut tickets, "one", MORNING + 1), Err(Refusal::Used));
    assert_eq!(use_ticket(&mut tickets, "three", MORNING + TICKET_LIFE), Ok(()));
    assert_eq!(tickets.keys().collect::<Vec<_>>(), ["one", "three", "two"][..], "used again meanwhile, it is kept on");
    assert_eq!(use_ticket(&mut tickets, "four", MORNING + 3 * TICKET_LIFE), Ok(()));
    assert_eq!(tickets.len(), 1);
}
