//! CW-015, CW-100, CW-102, CW-103: the second factor, from its set-up to its removal, code by code.

use durable::{
    account::{
        Attempt, ConfirmPassword, OfferFactor, OpenChange, RemoveFactor, ResetFactor, Stage, WhoIs,
        factor::{CodeDoor, Totp},
        sign_in::NewSession,
    },
    refusal::Refusal,
    saved::Rows,
    seal::Seals,
};
use proptest::prelude::*;

use super::world::*;

/// A user whose factor was set up a while ago; he is logged in as `mine`.
fn with_factor() -> World {
    let mut world = World::user();
    world.sign_in_as("first", RIGHT).unwrap();
    world.set_up_factor("first", "mine");
    world.advance(2 * MINUTE);
    world.effects.clear();
    world
}

/// The password was right; the code is due in this session.
fn due(world: &mut World, session: &str) {
    assert_eq!(world.sign_in_as(session, RIGHT).unwrap().stage, Stage::FactorDue);
}

fn give(world: &mut World, session: &str, code: &str) -> Result<Stage, Refusal> {
    world.give_code(session, Stage::FactorDue, code, &format!("{session}-in")).map(|signed_in| signed_in.stage)
}

fn fail_codes(world: &mut World, session: &str, count: u32) {
    for _ in 0..count {
        let wrong = world.wrong_code();
        assert_eq!(give(world, session, &wrong), Err(Refusal::Wrong));
    }
}

fn remove(world: &mut World, session: &str, renewed: &str) -> Result<(), Refusal> {
    let renewed = NewSession {
        hash: renewed.into(),
        agent: "Firefox".into(),
        address: "192.0.2.1".into(),
        browser: String::new(),
        menu: false,
        line: None,
    };
    world.ask(RemoveFactor { session: session.into(), renewed }).map(|_| ())
}

fn confirm(world: &mut World, session: &str, password: &str) -> Result<(), Refusal> {
    let challenge = world.ask(OpenChange { session: session.into(), stage: Stage::Full })?;
    let output = output(password, &challenge);
    world.ask(ConfirmPassword { session: session.into(), attempt: challenge.attempt, output }).map(|_| ())
}

fn reset(world: &mut World) {
    world.ask(ResetFactor { by: OPERATOR.into(), operation: String::new() }).unwrap();
}

#[test]
fn cw_100_both_kinds_of_account_set_it_up_with_a_first_code() {
    for mut world in [World::user(), World::administrator()] {
        world.sign_in_as("s", RIGHT).unwrap();
        let offer = world.ask(OfferFactor { session: "s".into() }).unwrap();
        assert_eq!(world.ask(OfferFactor { session: "s".into() }).unwrap(), offer, "a reload shows the same seed");
        assert!(!world.page("s").unwrap().factor, "an offer counts for nothing");
        for wrong in ["000000", "", "abc"] {
            let code = code_of(offer.seed.reveal(), world.now);
            assert_ne!(code, wrong);
            assert_eq!(world.give_code("s", Stage::Full, wrong, "t"), Err(Refusal::Wrong));
        }
        let code = code_of(offer.seed.reveal(), world.now);
        world.give_code("s", Stage::Full, &code, "t").unwrap();
        assert!(world.page("t").unwrap().factor && world.inspect().view.factor);
        assert_eq!(world.page("s"), Err(Refusal::SignedOut), "the id changed");
        assert_eq!(world.ask(OfferFactor { session: "t".into() }), Err(Refusal::Used), "the seed is shown no more");
        assert_eq!(world.journal(), ["signed-in", "factor-set-up"]);
        due(&mut world, "u");
        assert_eq!(give(&mut world, "u", &code), Err(Refusal::Wrong), "the first code is used");
    }
}

#[test]
fn cw_100_each_session_is_offered_its_own_seed() {
    let mut world = World::user();
    world.sign_in_as("a", RIGHT).unwrap();
    world.sign_in_as("b", RIGHT).unwrap();
    let a = world.ask(OfferFactor { session: "a".into() }).unwrap();
    let b = world.ask(OfferFactor { session: "b".into() }).unwrap();
    assert_ne!(a, b);
    let code = code_of(a.seed.reveal(), world.now);
    assert_eq!(world.give_code("b", Stage::Full, &code, "x"), Err(Refusal::Wrong));
    world.give_code("a", Stage::Full, &code, "x").unwrap();
    let code = code_of(b.seed.reveal(), world.now);
    assert_eq!(world.give_code("b", Stage::Full, &code, "y"), Err(Refusal::SignedOut));
}

#[test]
fn cw_100_five_minutes_after_the_password_it_is_asked_for_again() {
    let mut world = World::user();
    world.sign_in_as("s", RIGHT).unwrap();
    let offer = world.ask(OfferFactor { session: "s".into() }).unwrap();
    world.advance(5 * MINUTE - 1);
    assert!(world.page("s").unwrap().confirmed);
    world.ask(OfferFactor { session: "s".into() }).unwrap();
    world.advance(1);
    assert!(!world.page("s").unwrap().confirmed);
    let code = code_of(offer.seed.reveal(), world.now);
    assert_eq!(world.ask(OfferFactor { session: "s".into() }), Err(Refusal::ConfirmDue));
    assert_eq!(world.give_code("s", Stage::Full, &code, "t"), Err(Refusal::ConfirmDue));

    let wrong = Refusal::Password { violations: vec![], wrong_current: Some(4) };
    assert_eq!(confirm(&mut world, "s", WRONG), Err(wrong));
    assert_eq!(world.ask(OfferFactor { session: "s".into() }), Err(Refusal::ConfirmDue));
    confirm(&mut world, "s", RIGHT).unwrap();
    assert_eq!(world.ask(OfferFactor { session: "s".into() }).unwrap(), offer, "the seed that the app has already");
    world.give_code("s", Stage::Full, &code, "t").unwrap();
    world.advance(5 * MINUTE);
    assert_eq!(remove(&mut world, "t", "u"), Err(Refusal::ConfirmDue));
    confirm(&mut world, "t", RIGHT).unwrap();
    remove(&mut world, "t", "u").unwrap();
    assert!(!world.page("u").unwrap().factor);
}

#[test]
fn a_fifth_wrong_password_inside_a_session_ends_it() {
    let mut world = World::user();
    world.sign_in_as("s", RIGHT).unwrap();
    for left in (0..5).rev() {
        let wrong = Refusal::Password { violations: vec![], wrong_current: Some(left) };
        assert_eq!(confirm(&mut world, "s", WRONG), Err(wrong));
    }
    assert_eq!(world.page("s"), Err(Refusal::SignedOut));
}

#[test]
fn cw_015_a_right_password_opens_the_second_step_and_nothing_else() {
    let mut world = with_factor();
    due(&mut world, "s");
    let stage = Refusal::WrongStage { stage: Stage::FactorDue };
    assert_eq!(world.page("s").unwrap().stage, Stage::FactorDue);
    assert_eq!(world.ask(WhoIs { session: "s".into(), touch: true, menu: false }), Err(stage.clone()));
    assert_eq!(world.ask(OfferFactor { session: "s".into() }).unwrap_err(), stage);
    assert_eq!(remove(&mut world, "s", "x").unwrap_err(), stage);
    for door in [Stage::PasswordDue, Stage::Full, Stage::FactorDue] {
        assert_eq!(world.ask(OpenChange { session: "s".into(), stage: door }), Err(stage.clone()));
        assert_eq!(world.change("s", door, RIGHT, NEW, "x").unwrap_err(), stage);
    }
    let code = world.code();
    assert_eq!(world.give_code("s", Stage::Full, &code, "x"), Err(stage));
    assert_eq!(world.journal(), ["factor-due"]);

    assert_eq!(give(&mut world, "s", &code), Ok(Stage::Full));
    assert_eq!(world.page("s"), Err(Refusal::SignedOut), "the id changes at each stage");
    assert_eq!(world.page("s-in").unwrap().stage, Stage::Full);
    assert_eq!(world.give_code("s-in", Stage::FactorDue, &code, "x"), Err(Refusal::WrongStage { stage: Stage::Full }));
    assert_eq!(world.journal(), ["factor-due", "signed-in"]);
}

#[test]
fn cw_015_the_code_comes_before_the_change_of_a_temporary_password() {
    let mut world = with_factor();
    world.set_temporary(TEMPORARY, "").unwrap();
    assert_eq!(world.sign_in_as("s", TEMPORARY).unwrap().stage, Stage::FactorDue);
    assert!(world.change("s", Stage::PasswordDue, TEMPORARY, NEW, "x").is_err());
    let code = world.code();
    assert_eq!(give(&mut world, "s", &code), Ok(Stage::PasswordDue));
    world.change("s-in", Stage::PasswordDue, TEMPORARY, NEW, "own").unwrap();
    assert_eq!(world.page("own").unwrap().stage, Stage::Full);
}

#[test]
fn cw_015_a_second_step_keeps_the_session_s_age() {
    let mut world = with_factor();
    due(&mut world, "s");
    let created = world.now;
    world.advance(6 * MINUTE);
    let code = world.code();
    give(&mut world, "s", &code).unwrap();
    let session = world.person().sessions.iter().find(|session| session.hash == "s-in").unwrap();
    assert_eq!((session.created, session.confirmed), (created, created));
    assert!(!world.page("s-in").unwrap().confirmed, "a code is no password");
}

#[test]
fn cw_100_the_window_second_by_second_and_each_step_once_ever() {
    let start = with_factor();
    let shown = start.now + 5 * MINUTE;
    let step = shown / (30 * SECOND);
    let code = start.code_at(shown);
    for second in -60..120 {
        let mut world = with_factor();
        assert_eq!(world.code_at(shown), code);
        world.now = step * 30 * SECOND + second * SECOND;
        due(&mut world, "s");
        due(&mut world, "t");
        let inside = (-30..60).contains(&second);
        assert_eq!(give(&mut world, "s", &code).is_ok(), inside, "second {second}");
        assert_eq!(give(&mut world, "t", &code), Err(Refusal::Wrong), "once ever, second {second}");
    }
}

#[test]
fn cw_100_an_earlier_step_is_dead_after_a_later_one() {
    let mut world = with_factor();
    let (now, next) = (world.code(), world.code_at(world.now + 30 * SECOND));
    due(&mut world, "s");
    due(&mut world, "t");
    assert_eq!(give(&mut world, "s", &next), Ok(Stage::Full));
    assert_eq!(give(&mut world, "t", &now), Err(Refusal::Wrong));
}

#[test]
fn cw_100_of_a_thousand_uses_of_one_code_exactly_one_wins() {
    let mut world = with_factor();
    let code = world.code();
    for number in 0..99 {
        due(&mut world, &format!("s{number}"));
    }
    let won = (0..1000).filter(|number| give(&mut world, &format!("s{}", number % 99), &code).is_ok()).count();
    assert_eq!(won, 1);
}

#[test]
fn cw_086_five_wrong_codes_lock_codes_for_thirty_minutes_and_passwords_not_at_all() {
    let mut world = with_factor();
    due(&mut world, "s");
    assert_eq!(world.page("s").unwrap().code_door, CodeDoor::Open);
    fail_codes(&mut world, "s", 5);
    let since = world.now;
    assert_eq!(world.page("s").unwrap().code_door, CodeDoor::Locked);
    let code = world.code();
    assert_eq!(give(&mut world, "s", &code), Err(Refusal::Locked { since }));
    assert_eq!(world.inspect().view.locked_at, None, "the web lock is another");

    // A right password neither shows the lock nor clears it, and a right code gets in when its time is over.
    due(&mut world, "t");
    world.advance(30 * MINUTE - 1);
    due(&mut world, "t");
    let code = world.code();
    assert_eq!(give(&mut world, "t", &code), Err(Refusal::Locked { since }));
    world.advance(1);
    fail_codes(&mut world, "t", 4);
    let code = world.code();
    assert_eq!(give(&mut world, "t", &code), Ok(Stage::Full));
    assert!(world.journal().contains(&"factor-locked"));
    assert_eq!(world.person().totp.failures, 0);
}

#[test]
fn cw_086_failures_of_one_stage_never_unlock_the_other() {
    let mut world = with_factor();
    due(&mut world, "s");
    fail_codes(&mut world, "s", 4);
    world.fail(5);
    assert!(matches!(world.ask(Attempt { login: LOGIN.into(), browser: String::new() }), Err(Refusal::Locked { .. })));
    let code = world.code();
    assert_eq!(give(&mut world, "s", &code), Err(Refusal::SignedOut), "past failure 9: this step was reached before the lock");

    world.advance(31 * MINUTE);
    due(&mut world, "r");
    let code = world.code();
    assert_eq!(give(&mut world, "r", &code), Ok(Stage::Full));
    world.fail(4);
    due(&mut world, "t");
    fail_codes(&mut world, "t", 4);
    due(&mut world, "u");
    fail_codes(&mut world, "u", 1);
    assert_eq!(world.page("u").unwrap().code_door, CodeDoor::Locked, "a right password between them clears nothing");
}

#[test]
fn past_failure_9_a_lock_ends_the_logins_that_owe_their_code_where_they_came_from() {
    let mut world = with_factor();
    due(&mut world, "s");
    let code = world.code();
    assert_eq!(give(&mut world, "s", &code), Ok(Stage::Full));
    world.advance(2 * MINUTE);
    let home = "browser-s-in";
    for (cookie, name) in [(home, "home"), (home, "late"), ("", "elsewhere")] {
        assert_eq!(world.sign_in_from(cookie, name, RIGHT).unwrap().stage, Stage::FactorDue);
    }
    world.fail(5);
    let code = world.code();
    assert_eq!(world.page("session-elsewhere"), Err(Refusal::SignedOut));
    assert_eq!(give(&mut world, "session-elsewhere", &code), Err(Refusal::SignedOut));
    assert_eq!(give(&mut world, "session-home", &code), Ok(Stage::Full), "a known browser has a counter of its own");
    for _ in 0..5 {
        assert_eq!(world.sign_in_from(home, "", WRONG), Err(Refusal::Wrong));
    }
    assert_eq!(world.page("session-late"), Err(Refusal::SignedOut));
    assert_eq!(world.page("session-home-in").unwrap().stage, Stage::Full, "a login that is complete goes on");
}

#[test]
fn cw_103_after_a_hundred_wrong_codes_only_a_reset_helps() {
    let mut world = with_factor();
    for _ in 0..20 {
        due(&mut world, "s");
        fail_codes(&mut world, "s", 5);
        world.advance(DAY);
    }
    due(&mut world, "s");
    assert_eq!(world.page("s").unwrap().code_door, CodeDoor::Closed);
    let code = world.code();
    assert_eq!(give(&mut world, "s", &code), Err(Refusal::FactorClosed));
    world.unlock().unwrap();
    assert_eq!(give(&mut world, "s", &code), Err(Refusal::FactorClosed));
    assert!(world.journal().contains(&"factor-closed"));
    reset(&mut world);
    assert_eq!(world.page("s"), Err(Refusal::SignedOut));
    assert_eq!(world.sign_in_as("t", RIGHT).unwrap().stage, Stage::Full);
    world.set_up_factor("t", "u");
    world.advance(MINUTE);
    due(&mut world, "v");
    assert_eq!(world.page("v").unwrap().code_door, CodeDoor::Open);
}

#[test]
fn a_right_code_starts_the_hundred_anew() {
    let mut world = with_factor();
    for _ in 0..30 {
        due(&mut world, "s");
        fail_codes(&mut world, "s", 4);
        let code = world.code();
        assert_eq!(give(&mut world, "s", &code), Ok(Stage::Full));
        world.advance(MINUTE);
    }
}

#[test]
fn cw_100_a_factor_changed_in_browser_a_takes_the_rights_of_browser_b() {
    let mut world = World::user();
    world.sign_in_as("b", RIGHT).unwrap();
    world.sign_in_as("a", RIGHT).unwrap();
    world.set_up_factor("a", "a2");
    assert_eq!(world.page("b"), Err(Refusal::SignedOut));
    world.advance(MINUTE);
    due(&mut world, "waiting");
    remove(&mut world, "a2", "a3").unwrap();
    assert_eq!(world.page("waiting"), Err(Refusal::SignedOut));
    assert!(world.page("a3").is_ok());
    assert_eq!(remove(&mut world, "a3", "a4"), Err(Refusal::Used));
    assert_eq!(world.sign_in_as("c", RIGHT).unwrap().stage, Stage::Full);
    assert!(world.journal().contains(&"factor-removed"));
}

#[test]
fn cw_102_cw_103_a_reset_ends_waiting_logins_and_leaves_those_that_gave_a_code() {
    let mut world = with_factor();
    due(&mut world, "waiting");
    reset(&mut world);
    assert_eq!(world.page("waiting"), Err(Refusal::SignedOut));
    assert!(!world.page("mine").unwrap().factor);
    assert_eq!(world.person().totp, Totp::default(), "the set-up starts from the beginning");
    reset(&mut world);
    assert_eq!(world.journal(), ["factor-due", "factor-reset"]);
}

#[test]
fn every_end_of_the_password_ends_the_second_step_too() {
    type Event = fn(&mut World);
    let events: [(&str, Event); 3] = [
        ("own change", |world| {
            world.change("mine", Stage::Full, RIGHT, NEW, "renewed").unwrap();
        }),
        ("temporary password", |world| {
            world.set_temporary(TEMPORARY, "").unwrap();
        }),
        ("service end", |world| world.person.as_mut().unwrap().identity.end = Some(day("2026-11-21"))),
    ];
    for (name, event) in events {
        let mut world = with_factor();
        due(&mut world, "s");
        let code = world.code();
        event(&mut world);
        assert_eq!(give(&mut world, "s", &code), Err(Refusal::SignedOut), "{name}");
    }
}

#[test]
fn an_attempt_opened_before_the_set_up_owes_its_code() {
    let mut world = World::user();
    let open = world.attempt().unwrap();
    world.sign_in_as("a", RIGHT).unwrap();
    world.set_up_factor("a", "a2");
    assert_eq!(world.settle(&open, RIGHT, "b").unwrap().stage, Stage::FactorDue);
}

#[test]
fn who_waits_for_a_code_pushes_nobody_out() {
    let mut world = with_factor();
    for number in 0..150 {
        due(&mut world, &format!("s{number}"));
    }
    assert!(world.page("mine").is_ok());
    assert_eq!(world.inspect().sessions, 100);
    assert!(world.page("s149").is_ok());
}

#[test]
fn the_seed_is_stored_sealed_and_moves_to_the_new_key() {
    let mut world = World::user();
    world.sign_in_as("s", RIGHT).unwrap();
    let seed = world.ask(OfferFactor { session: "s".into() }).unwrap().seed.reveal().to_owned();
    let rows = |world: &World| format!("{:?}", Rows::of(world.person()).unwrap());
    assert!(!rows(&world).contains(&seed));
    world.set_up_factor("s", "t");
    assert!(!rows(&world).contains(&seed));
    assert!(!format!("{:?}", world.effects).contains(&seed));

    world.seals = Seals::new(vec!["the next data key, of 32 letters".into(), DATA_KEY.into()]);
    world.advance(MINUTE);
    due(&mut world, "u");
    let code = code_of(&seed, world.now);
    give(&mut world, "u", &code).unwrap();
    world.seals = Seals::new(vec!["the next data key, of 32 letters".into()]);
    world.advance(MINUTE);
    due(&mut world, "v");
    let code = code_of(&seed, world.now);
    assert_eq!(give(&mut world, "v", &code), Ok(Stage::Full), "the former key is not needed any more");

    world.seals = Seals::new(vec!["no key that ever sealed anything".into()]);
    world.advance(MINUTE);
    due(&mut world, "w");
    let code = code_of(&seed, world.now);
    assert_eq!(give(&mut world, "w", &code), Err(Refusal::Wrong), "a seed that does not open lets nobody in");
}

#[test]
fn cw_100_the_factor_is_not_asked_of_devices() {
    let mut world = with_factor();
    let phone = world.viewer(RIGHT).unwrap();
    world.connect(&phone.token).unwrap();
    let pc = world.client(RIGHT).unwrap();
    world.connect(&pc.token).unwrap();
}

#[test]
fn a_stored_flag_of_either_kind_still_reads() {
    for (flag, stage) in [("true", Stage::FactorDue), ("false", Stage::Full)] {
        let mut world = World::user();
        let mut rows = serde_json::to_value(world.person()).unwrap();
        let object = rows.as_object_mut().unwrap();
        object.remove("totp");
        object.insert("factor".into(), flag.parse().unwrap());
        world.person = Some(Rows::parse(&rows.to_string()).unwrap().value().unwrap().unwrap());
        assert_eq!(world.sign_in_as("s", RIGHT).unwrap().stage, stage);
        if stage == Stage::FactorDue {
            assert_eq!(give(&mut world, "s", "123456"), Err(Refusal::Wrong), "without a seed no code is right");
        }
    }
}

/// What people do in some order.
#[derive(Clone, Debug)]
enum Step {
    SignIn,
    Code(bool),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::SignIn),
        6 => prop::bool::weighted(0.2).prop_map(Step::Code),
        2 => (0..20 * MINUTE).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However logins and codes interleave: within a lock's time no more than five wrong codes are compared between two
    /// right ones, and no code is accepted twice.
    #[test]
    fn no_more_than_five_wrong_codes_are_compared_in_a_run(steps in prop::collection::vec(step(), 1..80)) {
        let mut world = with_factor();
        let mut compared: Vec<i64> = Vec::new();
        let mut accepted = std::collections::BTreeSet::new();
        for step in steps {
            match step {
                Step::SignIn => due(&mut world, "s"),
                Step::Wait(ms) => world.advance(ms),
                Step::Code(right) => {
                    let code = if right { world.code() } else { world.wrong_code() };
                    match give(&mut world, "s", &code) {
                        Ok(_) => {
                            prop_assert!(right && accepted.insert(world.now / (30 * SECOND)));
                            compared.clear();
                        }
                        Err(Refusal::Wrong) => compared.push(world.now),
                        Err(_) => {}
                    }
                    let recent = compared.iter().filter(|at| world.now - **at < 30 * MINUTE).count();
                    prop_assert!(recent <= 5, "{:?}", compared);
                }
            }
        }
    }
}
