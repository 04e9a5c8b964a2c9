//! CW-010 to CW-016, CW-020 to CW-022: login, temporary password, forced change, and what a login never opens.

use durable::{
    account::{Attempt, Stage},
    refusal::Refusal,
};

use super::world::*;

#[test]
fn cw_010_a_right_password_opens_a_session() {
    let mut world = World::user();
    assert_eq!(world.sign_in(RIGHT).unwrap().stage, Stage::Full);
    let me = world.page("session").unwrap();
    assert_eq!((me.login.as_str(), me.name.as_str(), me.stage), (LOGIN, "鈴木 花子", Stage::Full));
    assert_eq!(world.journal(), ["signed-in"]);
}

#[test]
fn cw_012_a_wrong_password_opens_nothing() {
    let mut world = World::user();
    assert_eq!(world.sign_in(WRONG), Err(Refusal::Wrong));
    assert_eq!(world.page("session"), Err(Refusal::SignedOut));
    assert_eq!(world.journal(), ["sign-in-failed"]);
}

#[test]
fn cw_014_cw_020_a_temporary_password_opens_the_forced_change_only_and_then_everything() {
    let mut world = World::empty();
    world.provision(identity(), None).unwrap();
    assert_eq!(world.sign_in_as("first", TEMPORARY).unwrap().stage, Stage::PasswordDue);
    assert_eq!(world.page("first").unwrap().stage, Stage::PasswordDue);

    // No page of a full session, no acting on others, no own change: only the forced one.
    let who = durable::account::WhoIs { session: "first".into(), touch: true, menu: false };
    assert_eq!(world.ask(who), Err(Refusal::WrongStage { stage: Stage::PasswordDue }));
    assert_eq!(
        world.change("first", Stage::Full, TEMPORARY, NEW, "x").unwrap_err(),
        Refusal::WrongStage { stage: Stage::PasswordDue }
    );

    world.change("first", Stage::PasswordDue, TEMPORARY, NEW, "second").unwrap();
    assert_eq!(world.page("first"), Err(Refusal::SignedOut), "the id changes with the stage");
    assert_eq!(world.page("second").unwrap().stage, Stage::Full);
    assert_eq!(world.sign_in(TEMPORARY), Err(Refusal::Wrong));
    assert_eq!(world.sign_in(NEW).unwrap().stage, Stage::Full);
    assert!(!world.inspect().view.temporary);
}

#[test]
fn cw_020_a_temporary_password_never_becomes_previous() {
    let mut world = World::empty();
    world.provision(identity(), None).unwrap();
    world.sign_in_as("first", TEMPORARY).unwrap();
    world.change("first", Stage::PasswordDue, TEMPORARY, NEW, "second").unwrap();
    assert_eq!(world.person().credential.previous, None);
    // So it counts like any wrong one.
    for _ in 0..5 {
        assert_eq!(world.sign_in(TEMPORARY), Err(Refusal::Wrong));
    }
    assert!(matches!(world.sign_in(NEW), Err(Refusal::Locked { .. })));
}

#[test]
fn cw_005_cw_044_outside_the_service_period_a_login_fails_like_an_unknown_name() {
    let mut identity = identity();
    identity.start = day("2026-11-23");
    identity.end = Some(day("2026-11-24"));
    let mut world = World::with(identity);
    assert_eq!(world.sign_in(RIGHT), Err(Refusal::Wrong), "the day before");
    world.now = day("2026-11-23").start(durable::rules::date::Zone::TOKYO) - 1;
    assert_eq!(world.sign_in(RIGHT), Err(Refusal::Wrong));
    world.now += 1;
    assert_eq!(world.sign_in(RIGHT).unwrap().stage, Stage::Full, "from 00:00");
    world.now += 2 * DAY - 1;
    assert_eq!(world.sign_in_as("late", RIGHT).unwrap().stage, Stage::Full, "until 24:00");
    world.now += 1;
    assert_eq!(world.page("late"), Err(Refusal::SignedOut));
    assert_eq!(world.sign_in(RIGHT), Err(Refusal::Wrong));
}

#[test]
fn cw_016_a_prohibited_user_is_told_so_after_a_right_password_only() {
    let mut world = World::user();
    world.sign_in_as("before", RIGHT).unwrap();
    world.person.as_mut().unwrap().prohibited = true;
    assert_eq!(world.page("before"), Err(Refusal::SignedOut));
    assert_eq!(world.sign_in(WRONG), Err(Refusal::Wrong));
    assert_eq!(world.sign_in(RIGHT), Err(Refusal::Prohibited));
    assert!(world.journal().contains(&"sign-in-refused"));
    assert_eq!(world.page("session"), Err(Refusal::SignedOut));
}

#[test]
fn a_stale_entry_of_names_opens_nothing() {
    let mut world = World::user();
    assert_eq!(world.ask(Attempt { login: "somebody.else".into(), browser: String::new() }), Err(Refusal::NotFound));
    assert_eq!(World::empty().ask(Attempt { login: LOGIN.into(), browser: String::new() }), Err(Refusal::NotFound));
    assert_eq!(world.person().web, durable::rules::lockout::Counter::default(), "and costs nothing");
}

#[test]
fn an_attempt_is_settled_once() {
    let mut world = World::user();
    let challenge = world.attempt().unwrap();
    world.settle(&challenge, RIGHT, "one").unwrap();
    assert_eq!(world.settle(&challenge, RIGHT, "two"), Err(Refusal::Wrong));
    assert_eq!(world.page("two"), Err(Refusal::SignedOut));
    assert_eq!(world.inspect().verified.web, 1);
}

#[test]
fn an_output_that_is_no_base64_is_a_wrong_password() {
    let mut world = World::user();
    let challenge = world.attempt().unwrap();
    let settle = durable::account::Settle {
        attempt: challenge.attempt,
        output: durable::secret::Secret::new("***".into()),
        session: durable::account::sign_in::NewSession {
            hash: "s".into(),
            agent: String::new(),
            address: String::new(),
            browser: String::new(),
            menu: false,
            line: None,
        },
        remembered: String::new(),
    };
    assert_eq!(world.ask(settle), Err(Refusal::Wrong));
}

#[test]
fn no_hash_ever_leaves_the_object() {
    let mut world = World::user();
    let stored = world.person().credential.current.clone().unwrap();
    let challenge = serde_json::to_string(&world.attempt().unwrap()).unwrap();
    let look = serde_json::to_string(&world.inspect()).unwrap();
    for text in [challenge, look] {
        assert!(!text.contains(&durable::secret::base64(&stored.hash)), "{text}");
    }
}
