//! CW-022, CW-110, CW-114 to CW-119, CW-130: the own password change, what becomes of the old password, and temporary ones.

use durable::{
    account::{
        OpenChange, Stage,
        person::{End, PasswordStatus},
    },
    refusal::Refusal,
    rules::password::Violation,
};

use super::world::*;

/// A user who is logged in as `session`.
fn signed_in() -> World {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    world
}

fn refused(violations: &[Violation], wrong_current: Option<u32>) -> Refusal {
    Refusal::Password { violations: violations.to_vec(), wrong_current }
}

#[test]
fn cw_110_cw_130_an_own_change_ends_every_other_session_and_renews_this_one() {
    for mut world in [World::user(), World::administrator()] {
        for name in ["one", "two", "three"] {
            world.sign_in_as(name, RIGHT).unwrap();
        }
        world.change("two", Stage::Full, RIGHT, NEW, "renewed").unwrap();
        for name in ["one", "two", "three"] {
            assert_eq!(world.page(name), Err(Refusal::SignedOut));
        }
        assert_eq!(world.page("renewed").unwrap().stage, Stage::Full);
        assert!(world.sign_in(NEW).is_ok());
        assert_eq!(world.sign_in(RIGHT), Err(Refusal::Wrong));
        assert!(world.journal().contains(&"password-changed"));
    }
}

#[test]
fn cw_022_the_new_password_is_neither_the_current_nor_the_previous_one() {
    let mut world = signed_in();
    assert_eq!(world.change("session", Stage::Full, RIGHT, RIGHT, "x").unwrap_err(), refused(&[Violation::SameAsCurrent], None));
    world.change("session", Stage::Full, RIGHT, NEW, "second").unwrap();
    assert_eq!(world.change("second", Stage::Full, NEW, RIGHT, "x").unwrap_err(), refused(&[Violation::SameAsPrevious], None));
    world.change("second", Stage::Full, NEW, NEWER, "third").unwrap();
    world.change("third", Stage::Full, NEWER, RIGHT, "fourth").unwrap();
}

#[test]
fn cw_022_everything_that_is_wrong_is_said_at_once() {
    let mut world = signed_in();
    let challenge = world.ask(OpenChange { session: "session".into(), stage: Stage::Full }).unwrap();
    let text = vec![Violation::TooShort, Violation::Mismatch];
    let refusal = world.confirm_change("session", Stage::Full, challenge, (WRONG, RIGHT), text, "x").unwrap_err();
    assert_eq!(refusal, refused(&[Violation::TooShort, Violation::Mismatch, Violation::SameAsCurrent], Some(4)));
    assert!(world.page("session").is_ok());
}

#[test]
fn five_wrong_current_passwords_end_that_session_and_no_other() {
    let mut world = signed_in();
    world.sign_in_as("other", RIGHT).unwrap();
    for left in [4, 3, 2, 1, 0] {
        assert_eq!(world.change("session", Stage::Full, WRONG, NEW, "x").unwrap_err(), refused(&[], Some(left)));
    }
    assert_eq!(world.page("session"), Err(Refusal::SignedOut));
    assert!(world.page("other").is_ok());
    assert!(world.journal().contains(&"session-ended-wrong-current"));
    assert_eq!(world.inspect().failures, 0, "the login's counter is another one");
}

#[test]
fn a_right_current_password_gives_the_five_tries_back() {
    let mut world = signed_in();
    for _ in 0..3 {
        world.change("session", Stage::Full, WRONG, NEW, "x").unwrap_err();
    }
    assert_eq!(world.change("session", Stage::Full, RIGHT, RIGHT, "x").unwrap_err(), refused(&[Violation::SameAsCurrent], None));
    assert_eq!(world.change("session", Stage::Full, WRONG, NEW, "x").unwrap_err(), refused(&[], Some(4)));
}

#[test]
fn tries_at_the_current_password_are_charged_first_too() {
    let mut world = signed_in();
    let open = || OpenChange { session: "session".into(), stage: Stage::Full };
    let challenges: Vec<_> = std::iter::from_fn(|| world.ask(open()).ok()).take(100).collect();
    assert_eq!(challenges.len(), 5);
    assert_eq!(world.ask(open()), Err(Refusal::Busy));
    // Nobody comes back: five charges run out, and the session with them.
    world.now += 15 * SECOND;
    assert_eq!(world.ask(open()), Err(Refusal::SignedOut));
    assert_eq!(world.page("session"), Err(Refusal::SignedOut));
}

#[test]
fn a_repeated_change_finds_its_session_ended_and_changes_nothing() {
    let mut world = signed_in();
    let challenge = world.ask(OpenChange { session: "session".into(), stage: Stage::Full }).unwrap();
    world.confirm_change("session", Stage::Full, challenge.clone(), (RIGHT, NEW), Vec::new(), "renewed").unwrap();
    let before = world.person().clone();
    let again = world.confirm_change("session", Stage::Full, challenge, (RIGHT, NEW), Vec::new(), "renewed");
    assert_eq!(again.unwrap_err(), Refusal::SignedOut);
    assert_eq!(world.person(), &before);
}

#[test]
fn cw_116_a_client_with_a_known_key_may_use_the_previous_password_for_thirty_days() {
    let mut world = signed_in();
    let key = world.client(RIGHT).unwrap().key;
    world.change("session", Stage::Full, RIGHT, NEW, "renewed").unwrap();
    let changed = world.now;
    let client = |world: &mut World| world.device(End::Client, "pc", key.as_deref(), RIGHT).map(|device| device.answer.password);
    assert_eq!(client(&mut world), Ok(PasswordStatus::Previous { days_left: 30 }));
    world.now = changed + DAY;
    assert_eq!(client(&mut world), Ok(PasswordStatus::Previous { days_left: 29 }));
    world.now = changed + 30 * DAY - 1;
    assert_eq!(client(&mut world), Ok(PasswordStatus::Previous { days_left: 1 }));
    world.now = changed + 30 * DAY;
    assert_eq!(client(&mut world), Err(Refusal::Wrong));
}

#[test]
fn cw_114_cw_116_no_viewer_and_no_stranger_may_use_the_previous_password() {
    let mut world = signed_in();
    let phone = world.viewer(RIGHT).unwrap().key;
    world.change("session", Stage::Full, RIGHT, NEW, "renewed").unwrap();
    assert_eq!(world.device(End::Viewer, "phone", phone.as_deref(), RIGHT), Err(Refusal::Wrong));
    assert_eq!(world.client(RIGHT), Err(Refusal::Wrong), "a PC that was never here");
    assert!(world.device(End::Viewer, "phone", phone.as_deref(), NEW).is_ok());
}

#[test]
fn cw_119_a_further_change_drops_what_was_previous() {
    let mut world = signed_in();
    let key = world.client(RIGHT).unwrap().key;
    world.change("session", Stage::Full, RIGHT, NEW, "second").unwrap();
    world.change("second", Stage::Full, NEW, NEWER, "third").unwrap();
    let mut client = |password| world.device(End::Client, "pc", key.as_deref(), password).map(|device| device.answer.password);
    assert_eq!(client(RIGHT), Err(Refusal::Wrong));
    assert_eq!(client(NEW), Ok(PasswordStatus::Previous { days_left: 30 }));
    assert_eq!(client(NEWER), Ok(PasswordStatus::Current));
}

#[test]
fn cw_123_under_a_temporary_password_the_old_one_serves_the_client_for_thirty_days_from_the_operators_change() {
    let mut world = signed_in();
    let pc = world.client(RIGHT).unwrap();
    world.set_temporary(TEMPORARY, "").unwrap();
    let set = world.now;
    let client =
        |world: &mut World| world.device(End::Client, "pc", pc.key.as_deref(), RIGHT).map(|device| device.answer.password);
    assert_eq!(client(&mut world), Ok(PasswordStatus::Previous { days_left: 30 }));
    // The forced change keeps it previous, and its thirty days.
    world.now = set + 10 * DAY;
    world.sign_in_as("first", TEMPORARY).unwrap();
    world.change("first", Stage::PasswordDue, TEMPORARY, NEW, "second").unwrap();
    assert_eq!(client(&mut world), Ok(PasswordStatus::Previous { days_left: 20 }));
    world.now = set + 30 * DAY;
    assert_eq!(client(&mut world), Err(Refusal::Wrong));
}

#[test]
fn cw_124_a_temporary_password_connects_no_device_and_ends_every_session() {
    let mut world = signed_in();
    world.set_temporary(TEMPORARY, "").unwrap();
    assert_eq!(world.page("session"), Err(Refusal::SignedOut));
    assert_eq!(world.viewer(TEMPORARY), Err(Refusal::PasswordChangeRequired));
    assert_eq!(world.client(TEMPORARY), Err(Refusal::PasswordChangeRequired));
    assert!(world.person().devices.phone.is_none(), "and registers none");
}

#[test]
fn a_second_temporary_password_restarts_the_thirty_days_but_revives_nothing() {
    let mut world = signed_in();
    let pc = world.client(RIGHT).unwrap();
    world.set_temporary(TEMPORARY, "").unwrap();
    world.now += 29 * DAY;
    world.set_temporary(NEWER, "").unwrap();
    let answer = world.device(End::Client, "pc", pc.key.as_deref(), RIGHT).unwrap().answer;
    assert_eq!(answer.password, PasswordStatus::Previous { days_left: 30 });
    world.now += 30 * DAY;
    assert_eq!(world.device(End::Client, "pc", pc.key.as_deref(), RIGHT), Err(Refusal::Wrong));
    world.set_temporary(TEMPORARY, "").unwrap();
    assert_eq!(world.device(End::Client, "pc", pc.key.as_deref(), RIGHT), Err(Refusal::Wrong), "dead stays dead");
    assert_eq!(world.connect(&pc.token), Err(Refusal::InvalidToken));
}

#[test]
fn a_forced_change_refuses_the_password_before_the_temporary_one() {
    let mut world = signed_in();
    world.set_temporary(TEMPORARY, "").unwrap();
    world.sign_in_as("first", TEMPORARY).unwrap();
    let again = world.change("first", Stage::PasswordDue, TEMPORARY, RIGHT, "x").unwrap_err();
    assert_eq!(again, refused(&[Violation::SameAsPrevious], None));
    let again = world.change("first", Stage::PasswordDue, TEMPORARY, TEMPORARY, "x").unwrap_err();
    assert_eq!(again, refused(&[Violation::SameAsCurrent], None));
}
