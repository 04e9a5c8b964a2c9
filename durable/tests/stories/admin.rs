//! CW-084 to CW-095, CW-101 to CW-103, CW-120 to CW-124: what the administrator does to a user, and everything that follows.

use durable::{
    account::{
        Stage,
        connections::Bye,
        person::{End, PasswordStatus, Role},
    },
    effect::Effect,
    refusal::Refusal,
    rules::access::{Act, Actor},
};
use proptest::prelude::*;

use super::world::*;

const ACTS: [Act; 5] = [Act::Unlock, Act::Prohibit, Act::Allow, Act::ResetFactor, Act::EndGrace];

/// The details of the journal's last row.
fn last_event(world: &World) -> (String, Vec<String>) {
    let event = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Log(event) => Some(event.clone()),
        _ => None,
    });
    let mut event = event.unwrap();
    assert_eq!(event.detail.remove("session").as_deref(), Some("his-sess"), "an act names the session it came from");
    (event.code, event.detail.into_iter().map(|(key, value)| format!("{key}={value}")).collect())
}

/// A user with a phone and a PC connected and two sessions.
fn busy() -> (World, Device, Device) {
    let mut world = World::user();
    let phone = world.viewer(RIGHT).unwrap();
    let pc = world.client(RIGHT).unwrap();
    world.connect(&phone.token).unwrap();
    world.connect(&pc.token).unwrap();
    for session in ["one", "two"] {
        world.sign_in_as(session, RIGHT).unwrap();
    }
    (world, phone, pc)
}

#[test]
fn cw_084_cw_085_unlocking_ends_the_lock_at_once_and_forgets_the_failures() {
    let mut world = World::user();
    world.fail(5);
    let since = world.view().locked_at.unwrap();
    assert_eq!(since, world.now);
    assert_eq!(world.sign_in(RIGHT), Err(Refusal::Locked { since }));
    assert_eq!(world.administer(Act::Unlock), Ok(true));
    assert_eq!(last_event(&world), ("unlocked".into(), vec!["after=open".into(), "before=locked".into(), "failures=5".into()]));
    assert_eq!(world.view().locked_at, None);
    world.fail(4);
    assert!(world.sign_in(RIGHT).is_ok(), "five new tries");
    assert_eq!(world.administer(Act::Unlock), Ok(false), "there is nothing left to do");
}

#[test]
fn cw_084_unlocking_drops_open_attempts_and_touches_nothing_else() {
    let (mut world, ..) = busy();
    world.fail(2);
    let open = world.attempt().unwrap();
    let before = world.person().clone();
    assert_eq!(world.administer(Act::Unlock), Ok(true));
    assert_eq!(world.settle(&open, RIGHT, "late"), Err(Refusal::Wrong), "what was begun before opens nothing after");
    let after = world.person();
    assert_eq!((&after.sessions, &after.devices, &after.credential), (&before.sessions, &before.devices, &before.credential));
    assert_eq!(world.closed, []);
}

#[test]
fn cw_084_unlocking_opens_a_device_door_that_failures_have_closed() {
    let mut world = World::user();
    for _ in 0..20 {
        for _ in 0..5 {
            assert_eq!(world.client(WRONG), Err(Refusal::Wrong));
        }
        world.now += MINUTE;
    }
    assert!(matches!(world.client(RIGHT), Err(Refusal::TooMany { .. })));
    assert!(world.view().door_closed);
    assert_eq!(world.administer(Act::Unlock), Ok(true));
    assert!(!world.view().door_closed);
    assert!(world.client(RIGHT).is_ok());
}

#[test]
fn cw_092_cw_095_prohibiting_ends_sessions_cuts_both_ends_and_forgets_the_phone() {
    let (mut world, phone, pc) = busy();
    let open = world.attempt().unwrap();
    assert_eq!(world.administer(Act::Prohibit), Ok(true));
    let detail = ["after=prohibited", "before=allowed", "cut=viewer client", "phone=phone", "sessions=2"];
    assert_eq!(last_event(&world), ("use-prohibited".into(), detail.map(String::from).to_vec()));
    world.closed.sort_by_key(|(end, ..)| *end);
    assert_eq!(world.closed, [(End::Viewer, Bye::UseProhibited, None), (End::Client, Bye::UseProhibited, None)]);
    for session in ["one", "two"] {
        assert_eq!(world.page(session), Err(Refusal::SignedOut));
    }
    assert_eq!(world.settle(&open, RIGHT, "late"), Err(Refusal::Wrong));
    let view = world.view();
    assert!(view.prohibited && view.phone.is_none() && view.sessions == 0);

    // Interface, section 4: the viewer's token is dead, the client's lives.
    assert_eq!(world.connect(&phone.token), Err(Refusal::InvalidToken));
    assert!(world.connect(&pc.token).is_ok());
    // CW-095: only the web login is refused, and only after a right password; a phone may register again.
    assert_eq!(world.sign_in(RIGHT), Err(Refusal::Prohibited));
    assert_eq!(world.sign_in(WRONG), Err(Refusal::Wrong));
    let again = world.viewer(RIGHT).unwrap();
    assert!(again.answer.registered);
    assert!(world.connect(&again.token).is_ok());
}

#[test]
fn cw_094_allowing_restores_nothing_by_itself() {
    let (mut world, phone, _) = busy();
    world.administer(Act::Prohibit).unwrap();
    assert_eq!(world.administer(Act::Prohibit), Ok(false));
    assert_eq!(world.administer(Act::Allow), Ok(true));
    assert_eq!(world.administer(Act::Allow), Ok(false));
    assert_eq!(world.connect(&phone.token), Err(Refusal::InvalidToken));
    assert!(world.view().phone.is_none());
    assert_eq!(world.page("one"), Err(Refusal::SignedOut));
    assert!(world.sign_in(RIGHT).is_ok());
    assert!(world.viewer(RIGHT).unwrap().answer.registered, "the phone registers again at its next login");
}

#[test]
fn cw_092_a_connection_begun_in_the_same_millisecond_is_cut_too() {
    for end in [End::Viewer, End::Client] {
        let mut world = World::user();
        let device = world.device(end, "device", None, RIGHT).unwrap();
        for _ in 0..3 {
            world.connect(&device.token).unwrap();
        }
        assert!(world.connected(end).unwrap().since > world.now, "the last one runs ahead of the clock");
        world.administer(Act::Prohibit).unwrap();
        assert!(world.live.devices.is_empty());
    }
}

#[test]
fn cw_101_cw_103_the_second_factor_is_removed_and_open_logins_with_it() {
    let mut world = World::user();
    assert_eq!(world.administer(Act::ResetFactor), Ok(false));
    world.sign_in_as("one", RIGHT).unwrap();
    world.person.as_mut().unwrap().factor = true;
    world.sign_in_as("two", RIGHT).unwrap();
    let open = world.attempt().unwrap();
    assert!(world.view().factor);
    assert_eq!(world.administer(Act::ResetFactor), Ok(true));
    assert_eq!(last_event(&world), ("factor-reset".into(), vec!["after=off".into(), "before=on".into()]));
    assert!(!world.view().factor);
    assert!(world.page("one").is_ok(), "a session goes on");
    assert_eq!(world.page("two"), Err(Refusal::SignedOut), "one that waited for its code does not");
    assert_eq!(world.settle(&open, RIGHT, "late"), Err(Refusal::Wrong));
}

#[test]
fn cw_121_a_temporary_password_has_to_be_changed_and_another_one_not() {
    for (temporary, stage) in [(true, Stage::PasswordDue), (false, Stage::Full)] {
        let (mut world, phone, pc) = busy();
        world.fail(5);
        let open = world.device_attempt(pc.key.as_deref()).unwrap();
        assert_eq!(world.force(TEMPORARY, temporary, false), Ok(stage));
        let after = if temporary { "after=temporary" } else { "after=lasting" };
        let detail = [after, "before=lasting", "grace=kept", "sessions=2"].map(String::from);
        assert_eq!(last_event(&world), ("password-forced".into(), detail.to_vec()));
        for session in ["one", "two"] {
            assert_eq!(world.page(session), Err(Refusal::SignedOut));
        }
        assert_eq!(world.sign_in(TEMPORARY).map(|signed_in| signed_in.stage), Ok(stage), "the lock is gone too (CW-124)");
        assert_eq!(world.view().temporary, temporary);
        let late = world.device_settle(&open, End::Client, "pc", pc.key.as_deref(), RIGHT, None);
        assert_eq!(late, Err(Refusal::Wrong), "an attempt begun before opens nothing after");

        // Interface, section 4: the viewer stays until it ends, its token is dead; the client stays, is told, and has 30 days.
        assert!(world.closed.is_empty());
        assert_eq!(world.told.len(), 1);
        assert!(world.told[0].contains(r#""type":"password""#) && world.told[0].contains(r#""days_left":30"#));
        assert_eq!(world.connect(&phone.token), Err(Refusal::InvalidToken));
        assert_eq!(world.connect(&pc.token).unwrap().password, PasswordStatus::Previous { days_left: 30 });
    }
}

#[test]
fn cw_119_cw_123_without_grace_the_client_on_the_old_password_ends_at_once() {
    let (mut world, _, pc) = busy();
    world.force(NEW, false, true).unwrap();
    assert_eq!(world.closed, [(End::Client, Bye::CredentialsRevoked, None)]);
    assert!(world.connected(End::Viewer).is_some(), "the viewer stays until it ends");
    assert_eq!(world.connect(&pc.token), Err(Refusal::InvalidToken));
    assert_eq!(world.device(End::Client, "pc", pc.key.as_deref(), RIGHT), Err(Refusal::Wrong));
    assert!(world.device(End::Client, "pc", pc.key.as_deref(), NEW).is_ok());
    assert_eq!(world.person().credential.previous, None);
}

#[test]
fn cw_121_a_prohibited_users_password_is_never_temporary() {
    let mut world = World::user();
    world.administer(Act::Prohibit).unwrap();
    assert_eq!(world.force(NEW, true, false), Ok(Stage::Full));
    assert!(!world.view().temporary);
    assert!(world.client(NEW).is_ok(), "his devices can use it");
}

#[test]
fn cw_120_an_administrator_does_not_learn_whether_it_is_the_present_or_the_former_password() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    world.change("session", Stage::Full, RIGHT, NEW, "renewed").unwrap();
    for password in [NEW, RIGHT, NEWER] {
        assert_eq!(world.force(password, false, false), Ok(Stage::Full));
        assert!(world.sign_in(password).is_ok());
    }
}

#[test]
fn cw_123_thirty_days_run_from_the_administrators_last_change() {
    for temporary in [true, false] {
        let (mut world, _, pc) = busy();
        world.force(TEMPORARY, true, false).unwrap();
        world.advance(10 * DAY);
        world.force(NEW, temporary, false).unwrap();
        let status = world.connect(&pc.token).unwrap().password;
        assert_eq!(status, PasswordStatus::Previous { days_left: 30 }, "a temporary password never becomes the previous one");
        world.advance(30 * DAY);
        assert_eq!(world.closed.last(), Some(&(End::Client, Bye::CredentialsRevoked, None)));
    }
}

#[test]
fn a_repeated_operation_is_done_once_and_answers_as_before() {
    let mut world = World::user();
    let id = "0123456789abcdef0123456789abcdef";
    for act in ACTS {
        world.fail(1);
        world.person.as_mut().unwrap().factor = true;
        let first = world.administer_as(administrator(), act, id);
        let person = world.person().clone();
        world.effects.clear();
        assert_eq!(world.administer_as(administrator(), act, id), Ok(true), "{act:?} after {first:?}");
        assert_eq!((world.person(), world.journal()), (&person, vec![]), "{act:?}");
    }
    world.force_as(administrator(), NEW, true, false, id).unwrap();
    let person = world.person().clone();
    assert_eq!(world.force_as(administrator(), NEW, true, false, id), Ok(Stage::PasswordDue));
    assert_eq!(world.person(), &person);
    // The form sent again with something else in it is not a repeat.
    assert_eq!(world.force_as(administrator(), NEWER, true, false, id), Ok(Stage::PasswordDue));
    assert!(world.sign_in(NEWER).is_ok());
    assert_eq!(world.force_as(administrator(), NEWER, false, false, id), Ok(Stage::Full));
}

#[test]
fn cw_008_nobody_else_may_and_nothing_changes() {
    let others: [fn(Actor) -> Actor; 3] = [
        |actor| Actor { contract: "987654321".into(), ..actor },
        |actor| Actor { role: Role::User, ..actor },
        |actor| Actor { uid: identity().uid, ..actor },
    ];
    let (mut world, ..) = busy();
    world.fail(5);
    let before = world.person().clone();
    for other in others.map(|other| other(administrator())) {
        for act in Act::ALL {
            assert_eq!(world.administer_as(other.clone(), act, "id"), Err(Refusal::NotFound), "{act:?}");
        }
        assert_eq!(world.force_as(other, NEW, true, false, "id"), Err(Refusal::NotFound));
    }
    for act in Act::ALL.into_iter().filter(|act| !ACTS.contains(act)) {
        assert_eq!(world.administer(act), Err(Refusal::NotFound), "{act:?} has a command of its own");
    }
    assert_eq!(world.person(), &before);
    assert!(world.closed.is_empty());
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Act(Act),
    Force(bool, bool),
    SignIn,
    Viewer,
    Client,
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        prop::sample::select(&ACTS[..]).prop_map(Step::Act),
        any::<(bool, bool)>().prop_map(|(temporary, graceless)| Step::Force(temporary, graceless)),
        Just(Step::SignIn),
        Just(Step::Viewer),
        Just(Step::Client),
        Just(Step::Wait),
    ]
}

proptest! {
    /// CW-092, CW-095, CW-121: whatever happens in whatever order.
    #[test]
    fn cw_095_while_use_is_prohibited_nobody_is_logged_in_and_no_password_becomes_temporary(
        steps in prop::collection::vec(step(), 1..24)
    ) {
        let mut world = World::user();
        for step in steps {
            let temporary = world.person().credential.temporary;
            match step {
                Step::Act(act) => {
                    let was = world.person().prohibited;
                    world.administer(act).unwrap();
                    if act == Act::Prohibit && !was {
                        prop_assert!(world.live.devices.is_empty() && world.person().devices.phone.is_none());
                        prop_assert!(world.person().devices.tokens.iter().all(|token| token.end == End::Client));
                    }
                }
                Step::Force(temporary, graceless) => {
                    world.force(RIGHT, temporary, graceless).unwrap();
                    prop_assert_eq!(world.view().sessions, 0);
                    prop_assert!(!graceless || world.person().devices.tokens.iter().all(|t| t.generation == world.person().credential.generation));
                }
                Step::SignIn => {
                    let signed_in = world.sign_in(RIGHT);
                    prop_assert_eq!(signed_in == Err(Refusal::Prohibited), world.person().prohibited);
                }
                Step::Viewer | Step::Client => {
                    let end = if matches!(step, Step::Viewer) { End::Viewer } else { End::Client };
                    if let Ok(device) = world.device(end, "device", None, RIGHT) {
                        world.connect(&device.token).unwrap();
                    }
                }
                Step::Wait => world.advance(1),
            }
            if world.person().prohibited {
                prop_assert_eq!(world.view().sessions, 0);
                prop_assert!(temporary || !world.person().credential.temporary);
            }
        }
    }
}
