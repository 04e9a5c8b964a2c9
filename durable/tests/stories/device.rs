//! CW-003, CW-060 to CW-065 and section 4 of the interface: the device door, its budgets, the one phone, PCs and tokens.

use durable::{
    account::{
        ResetDevice, Stage,
        person::{End, Identity, PasswordStatus},
    },
    refusal::Refusal,
};

use super::world::*;

fn reset(world: &mut World) -> bool {
    let operation = format!("{:032x}", world.now);
    world.ask(ResetDevice { actor: administrator(), refuse: false, operation }).unwrap().found
}

#[test]
fn cw_060_the_first_phone_that_logs_in_is_registered() {
    let mut world = World::user();
    let phone = world.viewer(RIGHT).unwrap();
    assert!(phone.answer.registered && phone.answer.password == PasswordStatus::Current);
    let view = world.inspect().view.phone.unwrap();
    assert_eq!((view.name.as_str(), view.os.as_str(), view.at), ("phone", "iOS", world.now));
    let again = world.device(End::Viewer, "phone", phone.key.as_deref(), RIGHT).unwrap();
    assert_eq!(again.key, None, "the key is given once");
    assert_eq!(world.journal(), ["device-registered", "device-signed-in"]);
}

#[test]
fn cw_061_another_phone_is_refused_after_a_right_password_only() {
    let mut world = World::user();
    world.viewer(RIGHT).unwrap();
    assert_eq!(world.device(End::Viewer, "other", None, WRONG), Err(Refusal::Wrong));
    assert_eq!(world.device(End::Viewer, "other", None, RIGHT), Err(Refusal::DeviceNotRegistered));
    assert_eq!(world.device(End::Viewer, "other", Some("made-up"), RIGHT), Err(Refusal::DeviceNotRegistered));
    assert_eq!(world.inspect().view.phone.unwrap().name, "phone");
}

#[test]
fn cw_063_cw_064_after_a_reset_the_live_phone_stays_its_token_dies_and_the_next_phone_is_registered() {
    let mut world = World::user();
    let old = world.viewer(RIGHT).unwrap();
    world.connect(&old.token).unwrap();
    assert!(reset(&mut world));
    assert!(world.connected(End::Viewer).is_some());
    assert_eq!(world.connect(&old.token), Err(Refusal::InvalidToken));
    world.advance(SECOND);
    assert!(!reset(&mut world), "nothing is registered any more");

    let new = world.device(End::Viewer, "new", None, RIGHT).unwrap();
    world.connect(&new.token).unwrap();
    assert_eq!(world.closed, [(End::Viewer, durable::account::connections::Bye::Replaced, Some(false))]);
    assert_eq!(world.device(End::Viewer, "phone", old.key.as_deref(), RIGHT), Err(Refusal::DeviceNotRegistered));
}

#[test]
fn cw_065_the_old_phone_may_register_again_if_it_comes_first() {
    let mut world = World::user();
    let old = world.viewer(RIGHT).unwrap();
    reset(&mut world);
    let again = world.device(End::Viewer, "phone", old.key.as_deref(), RIGHT).unwrap();
    assert!(again.answer.registered && again.key.is_some());
}

#[test]
fn a_reset_drops_open_attempts() {
    let mut world = World::user();
    let phone = world.viewer(RIGHT).unwrap();
    let open = world.device_attempt(None).unwrap();
    reset(&mut world);
    assert_eq!(world.device_settle(&open, End::Viewer, "thief", None, RIGHT, None), Err(Refusal::Wrong));
    assert!(world.inspect().view.phone.is_none());
    assert!(!world.person().device_door.known.contains_key(phone.key.as_deref().unwrap()));
}

#[test]
fn a_login_repeated_with_its_idempotency_key_is_the_same_registration() {
    let mut world = World::user();
    let first = world.device_again(End::Viewer, "phone", None, RIGHT, Some("request")).unwrap();
    let second = world.device_again(End::Viewer, "phone", None, RIGHT, Some("request")).unwrap();
    assert_eq!((&first.key, second.answer.registered), (&second.key, true));
    assert_eq!(world.connect(&first.token), Err(Refusal::InvalidToken), "one token a device: the newest");
    world.connect(&second.token).unwrap();
    assert_eq!(world.device_again(End::Viewer, "thief", None, RIGHT, Some("another")), Err(Refusal::DeviceNotRegistered));

    let first = world.device_again(End::Client, "pc", None, RIGHT, Some("pc-request")).unwrap();
    let second = world.device_again(End::Client, "pc", None, RIGHT, Some("pc-request")).unwrap();
    assert_eq!(first.key, second.key);
    assert_eq!(world.inspect().clients, 1);
}

#[test]
fn eleven_pcs_the_one_used_longest_ago_goes_with_its_token() {
    let mut world = World::user();
    let pcs: Vec<Device> = (0..10)
        .map(|_| {
            world.now += MINUTE;
            world.client(RIGHT).unwrap()
        })
        .collect();
    world.now += MINUTE;
    world.device(End::Client, "pc", pcs[0].key.as_deref(), RIGHT).unwrap();
    world.client(RIGHT).unwrap();
    assert_eq!(world.inspect().clients, 10);
    assert_eq!(world.connect(&pcs[1].token), Err(Refusal::InvalidToken));
    assert!(world.connect(&pcs[2].token).is_ok());
    assert!(world.device(End::Client, "pc", pcs[1].key.as_deref(), RIGHT).unwrap().answer.registered, "it is a new one again");
}

#[test]
fn cw_003_an_administrator_has_no_remote_access_and_his_lock_holds_here_too() {
    let mut world = World::administrator();
    assert_eq!(world.viewer(RIGHT), Err(Refusal::RemoteAccessNotAllowed));
    for _ in 0..5 {
        assert_eq!(world.client(WRONG), Err(Refusal::Wrong));
    }
    assert!(matches!(world.client(RIGHT), Err(Refusal::Locked { .. })));
    assert!(matches!(world.sign_in(RIGHT), Err(Refusal::Locked { .. })), "one counter for both doors");
}

#[test]
fn five_wrong_passwords_a_minute_and_a_known_device_has_its_own_five() {
    let mut world = World::user();
    let phone = world.viewer(RIGHT).unwrap();
    for _ in 0..5 {
        assert_eq!(world.client(WRONG), Err(Refusal::Wrong));
    }
    assert_eq!(world.client(RIGHT), Err(Refusal::TooMany { retry_after: 60 }));
    let key = phone.key.as_deref();
    assert!(world.device(End::Viewer, "phone", key, RIGHT).is_ok(), "a stranger cannot block a real phone");
    for _ in 0..5 {
        assert_eq!(world.device(End::Viewer, "phone", key, WRONG), Err(Refusal::Wrong));
    }
    assert_eq!(world.device(End::Viewer, "phone", key, RIGHT), Err(Refusal::TooMany { retry_after: 60 }));
    world.now += MINUTE;
    assert!(world.device(End::Viewer, "phone", key, RIGHT).is_ok());
    assert!(world.client(RIGHT).is_ok());
    assert!(world.sign_in(RIGHT).is_ok(), "the web door knows nothing of it");
}

#[test]
fn a_hundred_wrong_passwords_close_the_door_to_unknown_devices_until_the_operator_acts() {
    let mut world = World::user();
    let phone = world.viewer(RIGHT).unwrap();
    for minute in 0..20 {
        for _ in 0..5 {
            assert_eq!(world.client(WRONG), Err(Refusal::Wrong), "minute {minute}");
        }
        world.now += MINUTE;
    }
    world.now += 30 * DAY;
    assert!(matches!(world.client(RIGHT), Err(Refusal::TooMany { .. })));
    assert!(world.device(End::Viewer, "phone", phone.key.as_deref(), RIGHT).is_ok());
    world.unlock().unwrap();
    assert!(world.client(RIGHT).is_ok());
    assert_eq!(world.inspect().verified.device, 103);
}

#[test]
fn many_guesses_at_once_at_the_device_door_compare_five() {
    let mut world = World::user();
    let open: Vec<_> = std::iter::from_fn(|| world.device_attempt(None).ok()).take(50).collect();
    assert_eq!(open.len(), 5);
    assert_eq!(world.device_attempt(None), Err(Refusal::Busy));
    for challenge in &open {
        assert_eq!(world.device_settle(challenge, End::Client, "pc", None, WRONG, None), Err(Refusal::Wrong));
    }
    assert!(matches!(world.device_attempt(None), Err(Refusal::TooMany { .. })));
}

#[test]
fn the_two_doors_share_no_attempt() {
    let mut world = World::user();
    let web = world.attempt().unwrap();
    assert_eq!(world.device_settle(&web, End::Client, "pc", None, RIGHT, None), Err(Refusal::Wrong));
    let device = world.device_attempt(None).unwrap();
    assert_eq!(world.settle(&device, RIGHT, "s"), Err(Refusal::Wrong));
    assert_eq!((world.inspect().verified.web, world.inspect().verified.device), (0, 0));
}

#[test]
fn outside_the_service_period_devices_are_refused_and_tokens_revive_with_a_later_end() {
    let mut world = World::user();
    let phone = world.viewer(RIGHT).unwrap();
    let ended = Identity { end: Some(day("2026-11-21")), ..identity() };
    world.provision(ended, None).unwrap();
    assert_eq!(world.device(End::Viewer, "phone", phone.key.as_deref(), RIGHT), Err(Refusal::Wrong));
    assert_eq!(world.connect(&phone.token), Err(Refusal::InvalidToken));
    world.provision(identity(), None).unwrap();
    assert!(world.connect(&phone.token).is_ok());
}

#[test]
fn an_own_change_kills_the_viewers_token_and_keeps_the_clients() {
    let mut world = World::user();
    let (phone, pc) = (world.viewer(RIGHT).unwrap(), world.client(RIGHT).unwrap());
    world.sign_in(RIGHT).unwrap();
    world.change("session", Stage::Full, RIGHT, NEW, "renewed").unwrap();
    assert_eq!(world.connect(&phone.token), Err(Refusal::InvalidToken));
    assert_eq!(world.connect(&pc.token).unwrap().password, PasswordStatus::Previous { days_left: 30 });
    world.now += 30 * DAY;
    assert_eq!(world.connect(&pc.token), Err(Refusal::InvalidToken));
}

#[test]
fn a_made_up_token_opens_nothing_and_writes_nothing() {
    let mut world = World::user();
    let before = world.person().clone();
    assert_eq!(world.connect("made-up"), Err(Refusal::InvalidToken));
    assert_eq!(world.person(), &before);
    assert_eq!(World::empty().connect("made-up"), Err(Refusal::NotFound));
}
