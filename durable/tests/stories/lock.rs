//! CW-013, CW-080 to CW-083: the lock of the web doors, charge by charge.

use durable::{
    account::{Disconnect, Stage, person::End},
    refusal::Refusal,
};
use proptest::prelude::*;

use super::world::*;

fn locked_since(since: i64) -> Refusal {
    Refusal::Locked { since }
}

#[test]
fn cw_080_five_failures_lock_for_thirty_minutes() {
    let mut world = World::user();
    world.fail(4);
    assert_eq!(world.inspect().failures, 4);
    assert_eq!(world.inspect().view.locked_at, None);
    world.advance(MINUTE);
    world.fail(1);
    let since = world.now;
    assert_eq!(world.sign_in(RIGHT), Err(locked_since(since)));
    assert_eq!(world.inspect().view.locked_at, Some(since));
    world.now = since + 30 * MINUTE - 1;
    assert_eq!(world.sign_in(RIGHT), Err(locked_since(since)));
    world.now += 1;
    assert_eq!(world.sign_in(RIGHT).unwrap().stage, Stage::Full);
    assert_eq!(world.inspect().failures, 0);
    assert_eq!(world.journal().iter().filter(|code| **code == "locked").count(), 1);
}

#[test]
fn cw_080_a_success_clears_the_run() {
    let mut world = World::user();
    for _ in 0..3 {
        world.fail(4);
        world.sign_in(RIGHT).unwrap();
    }
    assert_eq!(world.inspect().view.locked_at, None);
}

#[test]
fn a_failure_while_locked_neither_counts_nor_prolongs() {
    let mut world = World::user();
    world.fail(5);
    let since = world.now;
    for _ in 0..29 {
        world.advance(MINUTE);
        assert_eq!(world.sign_in(WRONG), Err(locked_since(since)));
    }
    world.advance(MINUTE);
    world.fail(4);
    world.sign_in(RIGHT).unwrap();
    assert_eq!(world.inspect().verified.web, 10);
}

#[test]
fn a_run_is_forgotten_a_day_after_its_last_failure() {
    let mut world = World::user();
    world.fail(4);
    world.advance(DAY);
    world.fail(4);
    world.sign_in(RIGHT).unwrap();
}

#[test]
fn many_guesses_at_once_verify_exactly_five() {
    let mut world = World::user();
    let open: Vec<_> = std::iter::from_fn(|| world.attempt().ok()).take(100).collect();
    assert_eq!(open.len(), 5);
    assert_eq!(world.attempt(), Err(Refusal::Busy));
    for challenge in &open {
        assert_eq!(world.settle(challenge, WRONG, "s"), Err(Refusal::Wrong));
    }
    assert!(matches!(world.attempt(), Err(Refusal::Locked { .. })));
    assert_eq!(world.inspect().verified.web, 5);
}

#[test]
fn a_crash_between_attempt_and_settle_leaves_the_charge_standing() {
    let mut world = World::user();
    for _ in 0..4 {
        world.attempt().unwrap();
    }
    world.fail(1);
    world.advance(15 * SECOND);
    assert!(matches!(world.attempt(), Err(Refusal::Locked { .. })), "five failures, of which one was compared");
    assert_eq!(world.inspect().verified.web, 1);
}

#[test]
fn a_late_settle_takes_its_charge_back_unless_locked() {
    let mut world = World::user();
    let late = world.attempt().unwrap();
    world.advance(20 * SECOND);
    assert_eq!(world.inspect().failures, 1);
    world.settle(&late, RIGHT, "late").unwrap();
    assert_eq!(world.inspect().failures, 0);

    let late = world.attempt().unwrap();
    world.fail(4);
    world.advance(20 * SECOND);
    assert!(matches!(world.attempt(), Err(Refusal::Locked { .. })));
    assert_eq!(world.settle(&late, RIGHT, "too-late"), Err(Refusal::Wrong), "a settle after the lock opens nothing");
    assert_eq!(world.page("too-late"), Err(Refusal::SignedOut));
}

#[test]
fn a_lock_drops_open_attempts() {
    let mut world = World::user();
    world.fail(3);
    let (right, wrong) = (world.attempt().unwrap(), world.attempt().unwrap());
    assert_eq!(world.settle(&wrong, WRONG, "s"), Err(Refusal::Wrong));
    // Four failures and one open: the last one wrong locks; right would have opened.
    world.settle(&right, RIGHT, "s").unwrap();

    world.fail(4);
    let open = world.attempt().unwrap();
    world.advance(15 * SECOND);
    assert_eq!(world.settle(&open, RIGHT, "t"), Err(Refusal::Wrong));
}

#[test]
fn an_attempt_opened_before_a_password_change_a_reset_an_unlock_or_a_deletion_opens_nothing() {
    type Event = fn(&mut World);
    let events: [(&str, Event); 5] = [
        ("own change", |world| {
            world.sign_in_as("own", RIGHT).unwrap();
            world.change("own", Stage::Full, RIGHT, NEW, "renewed").unwrap();
        }),
        ("temporary password", |world| {
            world.set_temporary(TEMPORARY, "").unwrap();
        }),
        ("unlock", |world| {
            world.unlock().unwrap();
        }),
        ("service end", |world| world.person.as_mut().unwrap().identity.end = Some(day("2026-11-21"))),
        ("deletion", |world| {
            let delete = durable::account::Delete { contract: "123456789".into(), by: OPERATOR.into() };
            world.ask(delete).unwrap();
        }),
    ];
    for (name, event) in events {
        for password in [RIGHT, NEW, TEMPORARY] {
            let mut world = World::user();
            let open = world.attempt().unwrap();
            event(&mut world);
            assert!(world.settle(&open, password, "s").is_err(), "{name}");
            assert!(world.page("s").is_err(), "{name}");
        }
    }
}

#[test]
fn the_previous_password_does_not_count_ten_times_in_half_an_hour_then_it_does() {
    let mut world = World::user();
    world.sign_in_as("own", RIGHT).unwrap();
    world.change("own", Stage::Full, RIGHT, NEW, "renewed").unwrap();
    for _ in 0..10 {
        assert_eq!(world.sign_in(RIGHT), Err(Refusal::Wrong));
    }
    assert_eq!(world.inspect().failures, 0);
    assert_eq!(world.sign_in(RIGHT), Err(Refusal::Wrong));
    assert_eq!(world.inspect().failures, 1);
    world.advance(30 * MINUTE);
    assert_eq!(world.sign_in(RIGHT), Err(Refusal::Wrong));
    assert_eq!(world.inspect().failures, 1, "the window slides");
}

#[test]
fn the_previous_password_is_known_after_a_temporary_one_too() {
    let mut world = World::user();
    world.set_temporary(TEMPORARY, "").unwrap();
    assert_eq!(world.sign_in(RIGHT), Err(Refusal::Wrong));
    assert_eq!(world.inspect().failures, 0, "one hash answers for both passwords");
    assert_eq!(world.sign_in(TEMPORARY).unwrap().stage, Stage::PasswordDue);
}

#[test]
fn cw_083_the_lock_leaves_viewer_and_client_alone() {
    let mut world = World::user();
    let phone = world.viewer(RIGHT).unwrap();
    world.connect(&phone.token).unwrap();
    world.fail(5);
    assert!(matches!(world.sign_in(RIGHT), Err(Refusal::Locked { .. })));
    assert!(world.connected(End::Viewer).is_some());
    let client = world.client(RIGHT).unwrap();
    world.connect(&client.token).unwrap();
    assert!(world.device(End::Viewer, "phone", phone.key.as_deref(), RIGHT).is_ok());
    assert_eq!(world.closed, []);
}

#[test]
fn cw_081_a_live_session_outlives_the_lock_and_the_operator_ends_it() {
    let mut world = World::user();
    world.sign_in_as("mine", RIGHT).unwrap();
    world.fail(5);
    assert!(world.page("mine").is_ok());
    world.unlock().unwrap();
    assert_eq!(world.inspect().view.locked_at, None);
    world.sign_in(RIGHT).unwrap();
    assert!(world.journal().contains(&"unlocked"));
}

#[test]
fn a_temporary_password_clears_the_lock() {
    let mut world = World::user();
    world.fail(5);
    world.set_temporary(TEMPORARY, "").unwrap();
    assert_eq!(world.sign_in(TEMPORARY).unwrap().stage, Stage::PasswordDue);
}

/// What people do in some order.
#[derive(Clone, Debug)]
enum Step {
    Open,
    Settle(prop::sample::Index, bool),
    Wait(i64),
    Disconnect,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Open),
        4 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(which, right)| Step::Settle(which, right)),
        1 => (0..40 * MINUTE).prop_map(Step::Wait),
        1 => Just(Step::Disconnect),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However attempts interleave: between two successes, and within a lock's time, no more than five are compared.
    #[test]
    fn no_more_than_five_passwords_are_compared_in_a_run(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::user();
        let mut open = Vec::new();
        let mut compared: Vec<i64> = Vec::new();
        for step in steps {
            match step {
                Step::Open => open.extend(world.attempt()),
                Step::Settle(which, right) if !open.is_empty() => {
                    let challenge = open.remove(which.index(open.len()));
                    let before = world.inspect().verified.web;
                    let settled = world.settle(&challenge, if right { RIGHT } else { WRONG }, "s");
                    if settled.is_ok() {
                        prop_assert!(right);
                        compared.clear();
                    } else if world.inspect().verified.web > before {
                        compared.push(world.now);
                    }
                }
                Step::Settle(..) => {}
                Step::Wait(ms) => world.advance(ms),
                Step::Disconnect => {
                    let act = Disconnect { actor: administrator(), end: End::Client, operation: "0".repeat(32) };
                    world.ask(act).unwrap();
                }
            }
            let recent = compared.iter().filter(|at| world.now - **at < 30 * MINUTE).count();
            prop_assert!(recent <= 5, "{compared:?}");
        }
    }
}
