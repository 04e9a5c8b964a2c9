//! 旧パスワードで待ち受け中 and 「以前の端末を拒否する」 (CW-065, CW-116 to CW-119, CW-123): what the contract is told of a PC that waits with
//! the previous password, how an administrator ends that, and what a refused phone meets.

use durable::{
    Millis,
    account::{Acknowledge, Acted, ResetDevice, Stage, connections::Bye, person::End, receipt::Answer, summary::Waiting},
    effect::{Effect, Event},
    refusal::Refusal,
    rules::access::{Act, Actor, Role},
};
use proptest::prelude::*;

use super::world::*;

/// A user with a phone and a PC connected.
fn busy() -> (World, Device, Device) {
    let mut world = World::user();
    let (phone, pc) = (world.viewer(RIGHT).unwrap(), world.client(RIGHT).unwrap());
    world.connect(&phone.token).unwrap();
    world.connect(&pc.token).unwrap();
    world.sign_in(RIGHT).unwrap();
    world.effects.clear();
    (world, phone, pc)
}

/// The same, and the administrator has set another password.
fn forced() -> (World, Device, Device) {
    let (mut world, phone, pc) = busy();
    world.force(NEW, false, false).unwrap();
    world.effects.clear();
    world.closed.clear();
    (world, phone, pc)
}

/// What the contract is told.
fn waits(world: &World) -> Option<Waiting> {
    Waiting::of(world.person(), &world.live, world.now)
}

fn told_grace(world: &World) -> Option<Millis> {
    world.person().report.summary.as_ref().unwrap().grace
}

fn reset(world: &mut World, refuse: bool, operation: &str) -> Acted {
    world.ask(ResetDevice { actor: administrator(), refuse, operation: operation.into() }).unwrap()
}

fn event(world: &World, code: &str) -> Event {
    let of_code = |effect: &Effect| match effect {
        Effect::Log(event) if event.code == code => Some(event.clone()),
        _ => None,
    };
    let events: Vec<Event> = world.effects.iter().filter_map(of_code).collect();
    assert_eq!(events.len(), 1, "{code}");
    events[0].clone()
}

// ── 以前の端末を拒否する ──

#[test]
fn cw_065_a_refused_phone_registers_no_more_even_with_the_right_password_and_another_one_does() {
    let (mut world, phone, _) = busy();
    let key = phone.key.as_deref();
    assert_eq!(reset(&mut world, true, "1"), Acted { found: true });
    for end in [End::Viewer, End::Client] {
        assert_eq!(world.device(end, "phone", key, RIGHT).map(|_| ()), Err(Refusal::DeviceNotRegistered));
        assert_eq!(world.device(end, "phone", key, WRONG).map(|_| ()), Err(Refusal::Wrong), "said only after a right one");
    }
    assert_eq!(world.connect(&phone.token).map(|_| ()), Err(Refusal::InvalidToken));
    assert!(world.device(End::Viewer, "another", None, RIGHT).unwrap().answer.registered);
    // A new password does not bring it back, and neither does another reset.
    world.force(NEW, false, false).unwrap();
    reset(&mut world, false, "2");
    assert_eq!(world.device(End::Viewer, "phone", key, NEW).map(|_| ()), Err(Refusal::DeviceNotRegistered));
}

#[test]
fn cw_065_without_it_the_first_phone_that_logs_in_is_registered_also_the_old_one() {
    let (mut world, phone, _) = busy();
    reset(&mut world, false, "1");
    assert!(world.device(End::Viewer, "phone", phone.key.as_deref(), RIGHT).unwrap().answer.registered);
    assert!(world.person().devices.refused.is_empty());
}

#[test]
fn cw_064_cw_065_the_refused_phone_that_is_connected_stays_until_it_disconnects() {
    let (mut world, phone, _) = busy();
    reset(&mut world, true, "1");
    world.advance(MINUTE);
    assert!(world.closed.is_empty() && world.connected(End::Viewer).is_some());
    world.leave(End::Viewer);
    assert_eq!(world.connect(&phone.token).map(|_| ()), Err(Refusal::InvalidToken));
}

#[test]
fn cw_065_the_receipt_and_the_journal_say_that_it_was_refused() {
    for refuse in [true, false] {
        let (mut world, ..) = busy();
        reset(&mut world, refuse, "1");
        let receipt = world.view().receipt.unwrap();
        assert_eq!((receipt.code.as_str(), receipt.phone.as_deref(), receipt.refused), ("device-reset", Some("phone"), refuse));
        let event = event(&world, "device-reset");
        assert_eq!(event.detail.get("refused").map(String::as_str), refuse.then_some("yes"));
        assert_eq!((event.by.as_str(), event.detail["phone"].as_str()), ("admin.00001", "phone"));
    }
}

#[test]
fn cw_065_refusing_twice_is_refusing_once_and_nobody_is_refused_where_nothing_is_registered() {
    let (mut world, ..) = busy();
    reset(&mut world, true, "1");
    let person = world.person().clone();
    assert_eq!(reset(&mut world, true, "1"), Acted { found: true }, "the same form again");
    assert_eq!(world.person(), &person);
    assert_eq!(reset(&mut world, true, "2"), Acted { found: false });
    assert_eq!(world.person().devices.refused.len(), 1);
    assert_eq!(world.journal(), ["device-reset"]);
}

#[test]
fn cw_065_a_login_of_the_phone_that_is_under_way_and_the_repeat_of_its_first_one_open_nothing() {
    let mut world = World::user();
    let phone = world.device_again(End::Viewer, "phone", None, RIGHT, Some("request")).unwrap();
    let open = world.device_attempt(phone.key.as_deref()).unwrap();
    reset(&mut world, true, "1");
    let late = world.device_settle(&open, End::Viewer, "phone", phone.key.as_deref(), RIGHT, None);
    assert_eq!(late.map(|_| ()), Err(Refusal::Wrong));
    let again = world.device_again(End::Viewer, "phone", None, RIGHT, Some("request"));
    assert_eq!(again.map(|_| ()), Err(Refusal::DeviceNotRegistered), "its Idempotency-Key would give it its key again");
}

#[test]
fn cw_065_what_was_refused_stays_refused_when_all_is_shut_out() {
    let (mut world, phone, _) = busy();
    reset(&mut world, true, "1");
    let refused = world.person().devices.refused.clone();
    let challenge = world.ask(durable::account::OpenTemporary).unwrap();
    let (password, operation) = (initial(TEMPORARY, challenge), "2".to_owned());
    let actor = administrator();
    let all = durable::account::ForcePassword { actor, password, temporary: true, graceless: true, everything: true, operation };
    assert_eq!(world.ask(all), Ok(Stage::PasswordDue));
    assert_eq!(world.person().devices.refused, refused);
    world.force(NEW, false, true).unwrap();
    assert_eq!(world.device(End::Viewer, "phone", phone.key.as_deref(), NEW).map(|_| ()), Err(Refusal::DeviceNotRegistered));
}

// ── 旧パスワードで待ち受け中 ──

#[test]
fn cw_116_cw_123_the_contract_is_told_which_pc_waits_with_the_previous_password_and_until_when() {
    let (world, ..) = forced();
    let since = world.connected(End::Client).unwrap().since;
    let waiting = Waiting { name: "pc".into(), os: "iOS".into(), since, until: MORNING + 30 * DAY };
    assert_eq!(waits(&world), Some(waiting));
    assert_eq!(told_grace(&world), Some(MORNING + 30 * DAY));
}

#[test]
fn cw_111_cw_112_it_waits_so_after_an_own_change_until_the_new_one_is_acknowledged() {
    let (mut world, _, pc) = busy();
    assert_eq!(waits(&world), None, "on the current one");
    world.change_with(RIGHT, NEW, true, false);
    assert!(waits(&world).is_some(), "offered is not reflected");
    let id = world.pushed.last().unwrap().1["id"].as_str().unwrap().to_owned();
    world.ask(Acknowledge { end: End::Client, key: pc.key.clone().unwrap(), id }).unwrap();
    assert_eq!(waits(&world), None);
    assert!(told_grace(&world).is_some(), "another PC may still come with the old one");
    world.change_with(NEW, NEWER, false, false);
    assert!(waits(&world).is_some());
}

#[test]
fn cw_116_a_pc_that_is_gone_or_silent_or_refused_does_not_wait() {
    let (mut world, _, pc) = forced();
    world.leave(End::Client);
    assert_eq!(waits(&world), None);
    world.connect(&pc.token).unwrap();
    assert!(waits(&world).is_some());
    world.now += 90 * SECOND;
    assert_eq!(waits(&world), None, "silent");
    world.ping();
    let person = world.person.as_mut().unwrap();
    person.refuse_key(pc.key.unwrap());
    assert_eq!(waits(&world), None);
}

#[test]
fn cw_119_without_a_grace_nobody_waits() {
    let (mut world, ..) = busy();
    world.force(NEW, false, true).unwrap();
    assert_eq!((waits(&world), told_grace(&world)), (None, None));
    assert_eq!(world.closed, [(End::Client, Bye::CredentialsRevoked, None)]);
}

#[test]
fn cw_119_a_further_change_moves_the_end_of_the_grace() {
    let (mut world, ..) = forced();
    world.advance(10 * DAY);
    world.ping();
    // A temporary password never becomes the previous one: the last that was not stays it, thirty days from this change.
    world.force(TEMPORARY, true, false).unwrap();
    world.force(NEWER, true, false).unwrap();
    assert_eq!(told_grace(&world), Some(world.now + 30 * DAY));
}

proptest! {
    #[test]
    fn cw_116_cw_117_on_each_of_the_thirty_days_it_waits_and_at_the_end_it_is_closed(passed in 0..32 * DAY) {
        let (mut world, ..) = forced();
        world.advance(passed);
        let waits = waits(&world);
        prop_assert_eq!(waits.is_some(), passed < 30 * DAY);
        prop_assert_eq!(world.closed.is_empty(), passed < 30 * DAY);
        prop_assert_eq!(world.view().grace_until, waits.as_ref().map(|waiting| waiting.until));
        prop_assert_eq!(world.view().on_previous, waits.is_some());
    }
}

// ── 猶予を今すぐ終了 by the administrator ──

#[test]
fn cw_119_the_administrator_ends_the_grace_the_pc_is_closed_with_4003_and_the_receipt_waits_for_it() {
    let (mut world, phone, pc) = forced();
    let view = world.view();
    assert_eq!((view.grace_until, view.on_previous), (Some(MORNING + 30 * DAY), true));
    assert_eq!(world.administer(Act::EndGrace), Ok(true));
    assert_eq!(world.closed, [(End::Client, Bye::CredentialsRevoked, None)], "and the phone stays");
    assert_eq!((waits(&world), told_grace(&world)), (None, None));
    let view = world.view();
    assert_eq!((view.grace_until, view.on_previous), (None, false));
    let receipt = view.receipt.unwrap();
    assert_eq!((receipt.code.as_str(), receipt.by.as_str(), receipt.sessions), ("grace-ended", "admin.00001", 0));
    let parts: Vec<_> = receipt.parts.iter().map(|part| (part.end, part.answer)).collect();
    assert_eq!(parts, [(End::Client, Answer::Waiting)]);
    let event = event(&world, "grace-ended");
    assert_eq!((event.by.as_str(), event.address.as_str()), ("admin.00001", "192.0.2.9"));
    assert_eq!(world.connect(&pc.token).map(|_| ()), Err(Refusal::InvalidToken));
    assert_eq!(world.device(End::Client, "pc", pc.key.as_deref(), RIGHT).map(|_| ()), Err(Refusal::Wrong));
    assert!(!world.device(End::Client, "pc", pc.key.as_deref(), NEW).unwrap().answer.registered, "the key is known still");
    assert!(!world.device(End::Viewer, "phone", phone.key.as_deref(), NEW).unwrap().answer.registered);
}

#[test]
fn cw_119_ending_it_leaves_a_client_on_the_current_password_alone_and_is_done_once() {
    let (mut world, _, pc) = forced();
    let again = world.device(End::Client, "pc", pc.key.as_deref(), NEW).unwrap();
    world.connect(&again.token).unwrap();
    world.closed.clear();
    assert_eq!(world.administer_as(administrator(), Act::EndGrace, "1"), Ok(true));
    assert!(world.closed.is_empty() && world.connected(End::Client).is_some());
    let person = world.person().clone();
    assert_eq!(world.administer_as(administrator(), Act::EndGrace, "1"), Ok(true), "the same form again");
    assert_eq!(world.person(), &person);
    assert_eq!(world.administer_as(administrator(), Act::EndGrace, "2"), Ok(false), "there is none any more");
    assert_eq!(world.journal().iter().filter(|code| **code == "grace-ended").count(), 1);
    assert_eq!(world.person().receipts.iter().filter(|receipt| receipt.code == "grace-ended").count(), 1);
}

#[test]
fn cw_119_a_reflection_that_was_not_acknowledged_ends_with_the_grace() {
    let (mut world, _, pc) = busy();
    world.change_with(RIGHT, NEW, true, false);
    assert_eq!(world.administer(Act::EndGrace), Ok(true));
    assert_eq!(world.closed, [(End::Client, Bye::CredentialsRevoked, None)]);
    assert_eq!(world.connect(&pc.token).map(|_| ()), Err(Refusal::InvalidToken));
}

#[test]
fn cw_008_nobody_but_his_administrator_ends_a_users_grace() {
    let (mut world, ..) = forced();
    let before = world.person().clone();
    let others: [fn(Actor) -> Actor; 3] = [
        |actor| Actor { contract: "987654321".into(), ..actor },
        |actor| Actor { role: Role::User, ..actor },
        |actor| Actor { uid: identity().uid, ..actor },
    ];
    for other in others.map(|other| other(administrator())) {
        assert_eq!(world.administer_as(other.clone(), Act::EndGrace, "1"), Err(Refusal::NotFound));
        let reset = ResetDevice { actor: other, refuse: true, operation: "2".into() };
        assert_eq!(world.ask(reset), Err(Refusal::NotFound));
    }
    assert_eq!(world.person(), &before);
}
