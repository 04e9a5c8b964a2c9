//! CW-003, CW-040: who may list a contract's users, and what of a contract is fixed.

use durable::{
    account::{Role, summary},
    contract::{Facts, Plan, may_become, may_list},
    profile::Service,
    refusal::Refusal,
    rules::access::Actor,
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
    let facts =
        Facts { service: Service::Coconowork, name: "株式会社サンプル".into(), plan: Plan::Basic, trial_start: None };
    assert_eq!(may_become(None, &facts), Ok(()));
    let trial =
        Facts { name: "有限会社みほん".into(), plan: Plan::Trial, trial_start: Some(day("2026-11-01")), ..facts.clone() };
    assert_eq!(may_become(Some(&facts), &trial), Ok(()));
    assert_eq!(may_become(Some(&facts), &Facts { service: Service::Worksdrive, ..facts.clone() }), Err(Refusal::Taken));
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
