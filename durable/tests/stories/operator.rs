//! Section 3 of the interface as turns: created, updated, unchanged, what is fixed, initial passwords, deletion, and what
//! the contract is told of it all.

use durable::{
    account::{
        Attempt, Challenge, Delete, Inspect, Provisioned, ResetFactor, Stage, Unlock,
        operator::{Provisioning, farewell},
        person::{Identity, Role},
    },
    effect::Effect,
    profile::Service,
    refusal::Refusal,
};

use super::world::*;

fn confirmations(world: &World) -> usize {
    world
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::ConfirmName { key } if key == "coconowork/login/cwtest.00001"))
        .count()
}

#[test]
fn created_then_unchanged_then_updated() {
    let mut world = World::empty();
    let created = world.provision(identity(), None).unwrap();
    assert_eq!(created, Provisioned { state: Provisioning::Created, initial: true, invited: false });
    assert_eq!((confirmations(&world), world.journal()), (1, vec!["account-created"]));

    let before = world.person().clone();
    let again = world.provision_with(identity(), None, None, true).unwrap();
    assert_eq!(again, Provisioned { state: Provisioning::Unchanged, initial: false, invited: false });
    assert_eq!(world.person(), &before);
    assert_eq!(confirmations(&world), 2, "the confirmation of an earlier try may have been cut short");

    let renamed = Identity { name: "佐藤 花子".into(), end: Some(day("2027-03-31")), ..identity() };
    let updated = world.provision_with(renamed, None, None, true).unwrap();
    assert_eq!(updated.state, Provisioning::Updated);
    assert_eq!(world.inspect().view.end, Some(day("2027-03-31")));
    assert_eq!(world.sign_in(TEMPORARY).unwrap().stage, Stage::PasswordDue, "the password is untouched");
}

#[test]
fn a_ready_account_has_a_password_that_is_not_temporary_and_an_update_leaves_it() {
    let mut world = World::empty();
    assert!(!world.provision(identity(), Some(RIGHT)).unwrap().initial);
    world.provision(identity(), Some(NEW)).unwrap();
    assert_eq!(world.sign_in(NEW), Err(Refusal::Wrong));
    assert_eq!(world.sign_in(RIGHT).unwrap().stage, Stage::Full);
}

#[test]
fn an_initial_password_that_reached_nobody_is_made_anew_until_somebody_used_another() {
    let mut world = World::empty();
    world.provision(identity(), None).unwrap();
    world.sign_in_as("somebody", TEMPORARY).unwrap();
    let made = |password| Some(initial(password, Challenge::with_salt(String::new(), b"another salt 123")));

    let again = world.provision_with(identity(), None, made(NEW), false).unwrap();
    assert_eq!(again, Provisioned { state: Provisioning::Created, initial: true, invited: false });
    assert_eq!(world.page("somebody"), Err(Refusal::SignedOut));
    assert_eq!(world.sign_in(TEMPORARY), Err(Refusal::Wrong));
    assert_eq!(world.sign_in_as("first", NEW).unwrap().stage, Stage::PasswordDue);

    let delivered = world.provision_with(identity(), None, made(NEWER), true).unwrap();
    assert_eq!(delivered, Provisioned { state: Provisioning::Unchanged, initial: false, invited: false });

    world.change("first", Stage::PasswordDue, NEW, RIGHT, "second").unwrap();
    let late = world.provision_with(identity(), None, made(NEWER), false).unwrap();
    assert_eq!(late, Provisioned { state: Provisioning::Unchanged, initial: false, invited: false }, "his own password stays");
    assert!(world.sign_in(RIGHT).is_ok());
}

#[test]
fn service_contract_login_and_the_administrators_role_are_fixed() {
    let mut world = World::user();
    let before = world.person().clone();
    let other = [
        ("service", Identity { service: Service::Worksdrive, ..identity() }),
        ("contract", Identity { contract: "987654321".into(), ..identity() }),
        ("login", Identity { login: "cwtest.00002".into(), ..identity() }),
        ("role", Identity { role: Role::Administrator, ..identity() }),
    ];
    for (field, identity) in other {
        assert_eq!(world.provision(identity, None), Err(Refusal::Fixed { field: field.into() }));
    }
    assert_eq!(world.person(), &before);
}

#[test]
fn a_temporary_password_is_set_once_for_one_operation_id() {
    let mut world = World::user();
    world.set_temporary(TEMPORARY, "one").unwrap();
    assert_eq!(world.set_temporary(NEW, "one").unwrap_err(), Refusal::Used);
    assert!(world.sign_in(TEMPORARY).is_ok());
    world.set_temporary(NEW, "two").unwrap();
    assert!(world.sign_in(NEW).is_ok());
    world.now += DAY;
    world.set_temporary(NEWER, "one").unwrap();
    assert!(world.sign_in(NEWER).is_ok(), "kept a day");
    world.set_temporary(RIGHT, "").unwrap();
    world.set_temporary(NEW, "").unwrap();
    assert!(world.sign_in(NEW).is_ok(), "without a key every call is a new one");
}

#[test]
fn a_repeated_unlock_does_not_unlock_again() {
    let mut world = World::user();
    let unlock = |by: &str| Unlock { by: by.into(), operation: "one".into() };
    world.fail(5);
    world.ask(unlock(OPERATOR)).unwrap();
    world.fail(5);
    world.ask(unlock(OPERATOR)).unwrap();
    assert!(matches!(world.sign_in(RIGHT), Err(Refusal::Locked { .. })));
    world.ask(unlock("operator:other")).unwrap();
    assert!(world.sign_in(RIGHT).is_ok(), "an operation id is its caller's");
}

#[test]
fn the_second_factor_is_reset_once_for_one_operation_id() {
    let mut world = World::user();
    let reset = || ResetFactor { by: OPERATOR.into(), operation: "one".into() };
    world.person.as_mut().unwrap().factor = true;
    world.ask(reset()).unwrap();
    assert!(!world.person().factor);
    world.person.as_mut().unwrap().factor = true;
    world.ask(reset()).unwrap();
    assert!(world.person().factor);
    assert_eq!(world.journal(), ["factor-reset"]);
}

#[test]
fn sixty_four_operations_are_remembered() {
    let mut world = World::user();
    for operation in 0..100 {
        world.ask(Unlock { by: OPERATOR.into(), operation: operation.to_string() }).unwrap();
    }
    assert_eq!(world.person().operations.len(), 64);
}

#[test]
fn a_deleted_account_is_nobody_and_takes_its_leave() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    let last = world.person().clone();
    let elsewhere = Delete { contract: "987654321".into(), by: OPERATOR.into() };
    assert_eq!(world.ask(elsewhere), Err(Refusal::NotFound));
    let delete = || Delete { contract: "123456789".into(), by: OPERATOR.into() };
    world.ask(delete()).unwrap();
    assert_eq!(world.ask(delete()), Err(Refusal::NotFound));
    assert_eq!(world.ask(Inspect), Err(Refusal::NotFound));
    assert_eq!(world.ask(Attempt { login: LOGIN.into(), browser: String::new() }), Err(Refusal::NotFound));
    assert_eq!(world.page("session"), Err(Refusal::NotFound));
    assert!(world.effects.contains(&Effect::ReleaseName { key: "coconowork/login/cwtest.00001".into() }));
    assert_eq!(world.journal().last(), Some(&"account-deleted"));
    let report = farewell(&last, world.now);
    assert_eq!(report.sequence, last.report.sequence + 1);
    assert!(report.summary.unwrap().deleted);
}

#[test]
fn the_contract_is_told_of_every_change_once_and_in_order() {
    let mut world = World::user();
    let report = |world: &World| world.person().report.clone();
    let first = report(&world);
    assert_eq!((first.sequence, first.summary.as_ref().unwrap().failures), (1, 0));
    let open = world.attempt().unwrap();
    assert_eq!(report(&world), first, "an open attempt is nothing to tell");
    world.settle(&open, RIGHT, "session").unwrap();
    assert_eq!(report(&world), first, "nor is a session");
    world.fail(2);
    assert_eq!((report(&world).sequence, report(&world).summary.unwrap().failures), (3, 2));
    world.sign_in(RIGHT).unwrap();
    assert_eq!((report(&world).sequence, report(&world).summary.unwrap().failures), (4, 0));
    world.page("session").unwrap();
    world.viewer(RIGHT).unwrap();
    assert_eq!(report(&world).sequence, 4);
    world.fail(5);
    let locked = report(&world).summary.unwrap();
    assert_eq!((locked.locked_at, locked.failures), (Some(world.now), 5));
    world.set_temporary(TEMPORARY, "").unwrap();
    let after = report(&world).summary.unwrap();
    assert!(after.temporary && after.locked_at.is_none());
}
