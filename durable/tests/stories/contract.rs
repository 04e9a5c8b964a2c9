//! CW-003, CW-040: who may list a contract's users, and what of a contract is fixed.

use std::collections::BTreeMap;

use durable::{
    account::{
        Role,
        admin::{TICKET_LIFE, use_ticket},
        summary,
    },
    contract::{Change, Facts, PRESENCE_LEASE, Plan, Presence, Settings, changed, may_become, may_list},
    profile::Service,
    refusal::Refusal,
    rules::{
        access::Actor,
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
