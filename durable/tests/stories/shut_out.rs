//! CW-065: すべて遮断 — everything that opens an account ends at once, and a temporary password takes its place.

use durable::{
    account::{
        ForcePassword, Stage,
        connections::Bye,
        person::{Devices, End, Role},
        receipt::Answer,
    },
    ask::Reply,
    effect::Effect,
    refusal::Refusal,
    rules::access::Actor,
};

use super::world::*;

fn shut_out_as(world: &mut World, actor: Actor, password: &str, operation: &str) -> Reply<Stage> {
    let challenge = world.ask(durable::account::OpenTemporary)?;
    let password = initial(password, challenge);
    let operation = operation.into();
    world.ask(ForcePassword { actor, password, temporary: true, graceless: false, everything: true, operation })
}

fn shut_out(world: &mut World) -> Reply<Stage> {
    shut_out_as(world, administrator(), TEMPORARY, "operation")
}

/// A phone and two PCs, one of them on the previous password, both ends connected, two sessions, a second factor.
fn busy() -> (World, Device, Device, Device) {
    let mut world = World::user();
    let old = world.device(End::Client, "old-pc", None, RIGHT).unwrap();
    world.sign_in(RIGHT).unwrap();
    world.change_with(RIGHT, NEW, false, false);
    let phone = world.viewer(NEW).unwrap();
    let pc = world.client(NEW).unwrap();
    world.connect(&phone.token).unwrap();
    world.connect(&pc.token).unwrap();
    world.set_up_factor("session", "renewed");
    world.effects.clear();
    world.closed.clear();
    (world, phone, pc, old)
}

#[test]
fn cw_065_everything_ends_in_one_act_and_the_second_factor_stays() {
    let (mut world, phone, pc, old) = busy();
    world.fail(4);
    world.effects.clear();
    assert_eq!(shut_out(&mut world), Ok(Stage::PasswordDue));
    let receipt = world.view().receipt.unwrap();
    assert_eq!((receipt.code.as_str(), receipt.sessions, receipt.pcs, receipt.factor), ("shut-out", 1, 2, false));
    assert!(receipt.parts.iter().all(|part| part.answer == Answer::Waiting) && receipt.parts.len() == 2);
    world.closed.sort_by_key(|(end, ..)| *end);
    let revoked = [End::Viewer, End::Client].map(|end| (end, Bye::CredentialsRevoked, None));
    assert_eq!(world.closed, revoked, "4003");
    let person = world.person();
    assert_eq!((&person.devices, person.sessions.len()), (&Devices::default(), 0));
    assert_eq!((person.credential.temporary, &person.credential.previous), (true, &None));
    assert!(person.device_door.known.is_empty() && person.connections.is_empty());
    assert!(person.factor && person.totp.seed.is_some());
    assert_eq!(world.page("renewed"), Err(Refusal::SignedOut));
    for device in [&phone, &pc, &old] {
        assert_eq!(world.connect(&device.token), Err(Refusal::InvalidToken));
    }
    // Neither the current nor the previous password opens anything, with or without a key that was known.
    for (end, device) in [(End::Viewer, &phone), (End::Client, &pc), (End::Client, &old)] {
        world.now += MINUTE;
        for password in [RIGHT, NEW] {
            assert_eq!(world.device(end, "thief", device.key.as_deref(), password), Err(Refusal::Wrong));
        }
    }
    assert_eq!(world.sign_in(NEW), Err(Refusal::Wrong));

    let log = world.effects.iter().find_map(|effect| match effect {
        Effect::Log(event) if event.code == "shut-out" => Some(event.clone()),
        _ => None,
    });
    let detail = log.unwrap().detail;
    let said = ["cut", "pcs", "phone", "sessions"].map(|key| detail[key].as_str());
    assert_eq!(said, ["viewer client", "2", "phone", "1"]);
}

#[test]
fn cw_065_after_a_new_password_of_his_own_the_first_login_registers_a_phone() {
    let mut world = World::user();
    let phone = world.viewer(RIGHT).unwrap();
    shut_out(&mut world).unwrap();
    assert_eq!(world.viewer(TEMPORARY), Err(Refusal::PasswordChangeRequired));
    assert_eq!(world.sign_in_as("first", TEMPORARY).map(|signed_in| signed_in.stage), Ok(Stage::PasswordDue));
    world.change("first", Stage::PasswordDue, TEMPORARY, NEW, "renewed").unwrap();
    assert_eq!(world.person().credential.previous, None, "what was shut out does not come back as the previous password");
    for password in [RIGHT, TEMPORARY] {
        assert_eq!(world.device(End::Viewer, "phone", phone.key.as_deref(), password), Err(Refusal::Wrong));
    }
    let fresh = world.device(End::Viewer, "new phone", None, NEW).unwrap();
    assert!(fresh.answer.registered);
    assert!(world.connect(&fresh.token).is_ok());
    assert_eq!(world.device(End::Viewer, "phone", phone.key.as_deref(), NEW), Err(Refusal::DeviceNotRegistered));
}

#[test]
fn cw_065_whatever_was_begun_before_opens_nothing_after() {
    let (mut world, phone, pc, _) = busy();
    let web = world.attempt().unwrap();
    let known = world.device_attempt(pc.key.as_deref()).unwrap();
    let viewer = world.device_attempt(phone.key.as_deref()).unwrap();
    let unknown = world.device_attempt(None).unwrap();
    shut_out(&mut world).unwrap();
    for password in [NEW, TEMPORARY] {
        assert_eq!(world.settle(&web, password, "late"), Err(Refusal::Wrong));
        let late = [
            (&known, End::Client, pc.key.as_deref()),
            (&viewer, End::Viewer, phone.key.as_deref()),
            (&unknown, End::Client, None),
        ];
        for (open, end, key) in late {
            assert_eq!(world.device_settle(open, end, "late", key, password, None), Err(Refusal::Wrong));
        }
    }
    assert_eq!(world.person().devices, Devices::default());
    assert!(world.person().sessions.is_empty());
}

#[test]
fn cw_065_the_same_form_again_is_refused_and_changes_nothing() {
    let mut world = World::user();
    shut_out(&mut world).unwrap();
    let person = world.person().clone();
    world.effects.clear();
    assert_eq!(shut_out_as(&mut world, administrator(), NEWER, "operation"), Err(Refusal::Used));
    assert_eq!((world.person(), world.effects.len()), (&person, 0));
    assert!(shut_out_as(&mut world, administrator(), NEWER, "another").is_ok(), "a second act sets another password");
    assert_eq!(world.sign_in(NEWER).map(|signed_in| signed_in.stage), Ok(Stage::PasswordDue));
}

#[test]
fn cw_065_cw_121_of_a_prohibited_user_the_password_is_not_temporary() {
    let mut world = World::user();
    world.administer(durable::rules::access::Act::Prohibit).unwrap();
    assert_eq!(shut_out(&mut world), Ok(Stage::Full));
    assert!(world.client(TEMPORARY).is_ok(), "his devices can use it");
    assert_eq!(world.sign_in(TEMPORARY), Err(Refusal::Prohibited));
}

#[test]
fn cw_008_nobody_but_his_administrator_shuts_a_user_out() {
    let mut world = World::user();
    let before = world.person().clone();
    let others: [fn(Actor) -> Actor; 3] = [
        |actor| Actor { contract: "987654321".into(), ..actor },
        |actor| Actor { role: Role::User, ..actor },
        |actor| Actor { uid: identity().uid, ..actor },
    ];
    for other in others.map(|other| other(administrator())) {
        assert_eq!(shut_out_as(&mut world, other, TEMPORARY, "operation"), Err(Refusal::NotFound));
    }
    assert_eq!(world.person(), &before);
}
