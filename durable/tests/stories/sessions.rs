//! Web sessions (decisions, "Sessions and links"): idle 30 minutes, 12 hours in all, 100 an account, and where they stand.

use durable::{
    account::{Me, SignOut, Stage, WhoIs},
    refusal::Refusal,
};

use super::world::*;

#[test]
fn a_session_ends_after_half_an_hour_without_a_step() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    world.advance(30 * MINUTE);
    assert!(world.page("session").is_ok(), "the last use is stored once a minute, so 30 to 31");
    world.advance(31 * MINUTE - 1);
    assert!(world.page("session").is_ok());
    world.advance(31 * MINUTE);
    assert_eq!(world.page("session"), Err(Refusal::SignedOut));
}

#[test]
fn a_page_that_refreshes_itself_does_not_prolong() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    for minute in 0..40 {
        let alive = world.ask(Me { session: "session".into(), touch: false }).is_ok();
        assert_eq!(alive, minute < 31, "minute {minute}");
        world.advance(MINUTE);
    }
}

#[test]
fn steps_prolong_a_session_up_to_twelve_hours() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    for quarter in 0..50 {
        assert_eq!(world.page("session").is_ok(), quarter < 48, "after {quarter} quarters of an hour");
        world.advance(15 * MINUTE);
    }
}

#[test]
fn the_last_use_is_stored_at_most_once_a_minute() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    let before = world.person().clone();
    world.now += MINUTE - 1;
    world.page("session").unwrap();
    assert_eq!(world.person(), &before, "nothing to write");
    world.now += 1;
    world.page("session").unwrap();
    assert_ne!(world.person(), &before);
}

#[test]
fn the_hundred_and_first_session_ends_the_one_used_longest_ago() {
    let mut world = World::user();
    for number in 0..100 {
        world.sign_in_as(&format!("s{number}"), RIGHT).unwrap();
        world.now += SECOND;
    }
    world.advance(MINUTE);
    world.page("s0").unwrap();
    world.sign_in_as("new", RIGHT).unwrap();
    assert_eq!(world.inspect().sessions, 100);
    assert!(world.page("s0").is_ok());
    assert_eq!(world.page("s1"), Err(Refusal::SignedOut));
    assert!(world.page("s2").is_ok() && world.page("new").is_ok());
}

#[test]
fn ended_sessions_are_not_counted_and_go_at_the_next_login() {
    let mut world = World::user();
    world.sign_in_as("old", RIGHT).unwrap();
    world.advance(HOUR);
    assert_eq!(world.inspect().sessions, 0);
    world.sign_in(RIGHT).unwrap();
    assert_eq!(world.person().sessions.len(), 1);
}

#[test]
fn logging_out_ends_this_session_and_no_other() {
    let mut world = World::user();
    world.sign_in_as("one", RIGHT).unwrap();
    world.sign_in_as("two", RIGHT).unwrap();
    world.ask(SignOut { session: "one".into() }).unwrap();
    world.ask(SignOut { session: "one".into() }).unwrap();
    assert_eq!(world.page("one"), Err(Refusal::SignedOut));
    assert!(world.page("two").is_ok());
    assert_eq!(world.journal().iter().filter(|code| **code == "signed-out").count(), 1);
}

#[test]
fn an_actor_is_who_the_session_says() {
    let mut world = World::administrator();
    assert_eq!(world.ask(WhoIs { session: "session".into(), touch: true, menu: false }), Err(Refusal::SignedOut));
    world.sign_in(RIGHT).unwrap();
    let actor = world.ask(WhoIs { session: "session".into(), touch: true, menu: false }).unwrap();
    let identity = &world.person().identity;
    assert_eq!((&actor.uid, &actor.contract, actor.role), (&identity.uid, &identity.contract, identity.role));
}

#[test]
fn user_agents_are_stored_up_to_two_hundred_characters() {
    let mut world = World::user();
    let challenge = world.attempt().unwrap();
    let session = durable::account::sign_in::NewSession {
        hash: "s".into(),
        agent: "あ".repeat(300),
        address: String::new(),
        browser: String::new(),
        menu: false,
        line: None,
    };
    let settle = durable::account::Settle {
        attempt: challenge.attempt.clone(),
        output: output(RIGHT, &challenge),
        session,
        remembered: String::new(),
    };
    assert_eq!(world.ask(settle).unwrap().stage, Stage::Full);
    assert_eq!(world.person().sessions[0].agent.chars().count(), 200);
}
