//! CW-070 to CW-074: the sockets are the truth. Cutting, replacing, silence, service end, and what a client is told.

use durable::{
    account::{
        Disconnect, Stage, View, Watch,
        connections::{
            Attachment, Bye, DeviceSocket, Live, LiveSocket, Verdict, WatcherSocket, bye_frame, reconcile, welcome_frame,
        },
        person::{Cut, End, Identity, PasswordStatus, Person, Previous},
    },
    refusal::Refusal,
    rules::{access::Actor, date::Zone},
};
use proptest::prelude::*;

use super::world::*;

fn disconnect(world: &mut World, end: End, operation: u32) -> bool {
    world.ask(Disconnect { actor: administrator(), end, operation: format!("{operation:032x}") }).unwrap().found
}

fn user_with_both() -> (World, Device, Device) {
    let mut world = World::user();
    let (phone, pc) = (world.viewer(RIGHT).unwrap(), world.client(RIGHT).unwrap());
    world.connect(&phone.token).unwrap();
    world.connect(&pc.token).unwrap();
    (world, phone, pc)
}

#[test]
fn cw_070_the_detail_page_says_since_when_each_end_is_connected() {
    let (mut world, ..) = user_with_both();
    let since = world.now;
    world.advance(HOUR);
    let view = world.ask(View { actor: administrator(), renew: None }).unwrap();
    assert_eq!((view.viewer, view.client), (Some(since), Some(since)));
}

#[test]
fn cw_071_cutting_one_end_leaves_the_other_and_the_device_may_come_back() {
    let (mut world, phone, _) = user_with_both();
    assert!(disconnect(&mut world, End::Viewer, 1));
    assert_eq!(world.closed, [(End::Viewer, Bye::Administrator, None)]);
    assert!(world.connected(End::Client).is_some());
    let again = world.connect(&phone.token).unwrap();
    assert!(again.device.since > world.now, "behind the cut, in the same millisecond too");
    assert!(world.connected(End::Viewer).is_some());
    assert!(world.journal().contains(&"disconnected"));
}

#[test]
fn cw_072_the_same_form_sent_twice_cuts_once() {
    let (mut world, phone, _) = user_with_both();
    assert!(disconnect(&mut world, End::Viewer, 7));
    world.advance(MINUTE);
    world.connect(&phone.token).unwrap();
    assert!(disconnect(&mut world, End::Viewer, 7), "the repeat reads like the first");
    assert!(world.connected(End::Viewer).is_some(), "and cuts nothing");
    world.advance(DAY);
    assert!(disconnect(&mut world, End::Viewer, 7), "remembered for a day");
    assert!(world.connected(End::Viewer).is_none());
}

#[test]
fn cutting_nobody_says_so_and_does_not_cut_who_comes_later() {
    let mut world = World::user();
    let phone = world.viewer(RIGHT).unwrap();
    assert!(!disconnect(&mut world, End::Viewer, 1));
    world.connect(&phone.token).unwrap();
    assert!(world.connected(End::Viewer).is_some());
}

#[test]
fn another_contracts_administrator_and_the_user_himself_find_nobody() {
    let (mut world, ..) = user_with_both();
    let others = Actor { contract: "987654321".into(), ..administrator() };
    let himself = Actor { uid: identity().uid, role: durable::account::Role::User, ..administrator() };
    for actor in [others, himself] {
        let cut = Disconnect { actor: actor.clone(), end: End::Viewer, operation: "0".repeat(32) };
        assert_eq!(world.ask(cut), Err(Refusal::NotFound));
        assert_eq!(world.ask(View { actor: actor.clone(), renew: None }), Err(Refusal::NotFound));
        let himself = actor.uid == identity().uid;
        let watch = Watch { actor, nonce: "n".into(), watcher: "w".into() };
        assert_eq!(world.ask(watch).is_ok(), himself, "his own page follows himself");
    }
    assert_eq!(world.closed, []);
}

#[test]
fn cw_073_the_newest_connection_of_an_end_wins() {
    let (mut world, _, pc) = user_with_both();
    world.connect(&pc.token).unwrap();
    let other = world.client(RIGHT).unwrap();
    world.connect(&other.token).unwrap();
    assert_eq!(world.closed, [(End::Client, Bye::Replaced, Some(true)), (End::Client, Bye::Replaced, Some(false))]);
    assert_eq!(world.connect_with(&pc.token, true), Err(Refusal::Occupied), "X-If-Vacant");
}

#[test]
fn cw_073_a_client_on_the_previous_password_never_replaces_one_on_the_current() {
    let (mut world, _, old) = user_with_both();
    world.sign_in(RIGHT).unwrap();
    world.change("session", Stage::Full, RIGHT, NEW, "renewed").unwrap();
    let new = world.client(NEW).unwrap();
    world.connect(&new.token).unwrap();
    assert_eq!(world.closed, [(End::Client, Bye::Replaced, Some(false))]);
    assert_eq!(world.connect(&old.token), Err(Refusal::Occupied));
    world.live.devices.retain(|socket| socket.device.end != End::Client);
    assert!(world.connect(&old.token).is_ok(), "the place is free");
}

#[test]
fn cw_115_a_client_whose_password_became_previous_is_told_once() {
    let (mut world, ..) = user_with_both();
    world.sign_in(RIGHT).unwrap();
    world.change("session", Stage::Full, RIGHT, NEW, "renewed").unwrap();
    assert_eq!(world.told, [r#"{"days_left":30,"status":"previous","type":"password"}"#]);
    world.advance(DAY);
    assert_eq!(world.told.len(), 1);
    assert_eq!(world.closed, [], "the viewer stays too");
}

#[test]
fn cw_116_after_thirty_days_a_live_client_on_it_is_closed() {
    let (mut world, ..) = user_with_both();
    world.set_temporary(TEMPORARY, "").unwrap();
    assert_eq!(world.told.len(), 1);
    world.advance(30 * DAY - 1);
    assert_eq!(world.closed, []);
    world.advance(1);
    assert_eq!(world.closed, [(End::Client, Bye::CredentialsRevoked, None)]);
}

#[test]
fn a_silent_device_is_not_connected_and_then_closed() {
    let (mut world, phone, _) = user_with_both();
    world.now += 89 * SECOND + 999;
    assert!(world.connected(End::Viewer).is_some());
    world.now += 1;
    assert!(world.connected(End::Viewer).is_none());
    assert!(world.connect_with(&phone.token, true).is_ok(), "its place is vacant");
    assert!(world.closed.contains(&(End::Viewer, Bye::Silent, None)));
    assert!(world.closed.contains(&(End::Client, Bye::Silent, None)));
}

#[test]
fn at_the_end_of_the_service_everything_is_closed() {
    let mut world = World::with(Identity { end: Some(day("2026-11-22")), ..identity() });
    let (phone, pc) = (world.viewer(RIGHT).unwrap(), world.client(RIGHT).unwrap());
    world.connect(&phone.token).unwrap();
    world.connect(&pc.token).unwrap();
    world.advance(day("2026-11-22").end(Zone::TOKYO) - world.now - 1);
    assert_eq!(world.closed, []);
    world.advance(1);
    assert_eq!(world.closed.len(), 2);
    assert!(world.closed.iter().all(|(_, bye, _)| *bye == Bye::ServiceEnded));
}

#[test]
fn a_deleted_account_holds_nobody() {
    let (mut world, ..) = user_with_both();
    world.ask(durable::account::Delete { contract: "123456789".into(), by: OPERATOR.into() }).unwrap();
    assert_eq!(world.closed.len(), 2);
    assert!(world.closed.iter().all(|(_, bye, _)| bye.close_code() == 4003));
}

#[test]
fn a_watching_page_lives_on_its_lease_and_a_ticket_is_used_once() {
    let mut world = World::user();
    let watch = |nonce: &str| Watch { actor: administrator(), nonce: nonce.into(), watcher: "w".into() };
    world.ask(watch("one")).unwrap();
    assert_eq!(world.ask(watch("one")), Err(Refusal::Used));
    world.ask(watch("two")).unwrap();
    world.watcher(world.now + 60 * SECOND);
    world.advance(60 * SECOND - 1);
    assert_eq!(world.live.watchers.len(), 1);
    world.advance(1);
    assert_eq!(world.live.watchers, []);
    world.ask(watch("three")).unwrap();
    assert_eq!(world.person().tickets.len(), 1, "used tickets are forgotten when they could not be used any more");
}

#[test]
fn frames_read_as_the_interface_says() {
    let device = DeviceSocket { end: End::Client, key: "k".into(), generation: 1, told: 1, since: MORNING, peer: None, paced: 0 };
    let welcome: serde_json::Value =
        serde_json::from_str(&welcome_frame(&device, PasswordStatus::Previous { days_left: 29 })).unwrap();
    let expected = serde_json::json!({
        "type": "welcome", "role": "client", "since": "2026-11-22T09:00:00+09:00", "ping_every": 30,
        "password": { "status": "previous", "days_left": 29 },
    });
    assert_eq!(welcome, expected);
    assert_eq!(bye_frame(Bye::Replaced, Some(true)), r#"{"reason":"replaced","same_device":true,"type":"bye"}"#);
    let codes = [
        (Bye::Administrator, 4001, "administrator"),
        (Bye::UseProhibited, 4002, "use_prohibited"),
        (Bye::CredentialsRevoked, 4003, "credentials_revoked"),
        (Bye::ServiceEnded, 4004, "service_ended"),
        (Bye::Replaced, 4009, "replaced"),
        (Bye::ProtocolError, 4400, "protocol_error"),
        (Bye::Silent, 1001, "silent"),
    ];
    for (bye, code, reason) in codes {
        assert_eq!((bye.close_code(), bye.reason()), (code, reason));
    }
}

// ── Any sockets against any state ──

fn socket() -> impl Strategy<Value = (DeviceSocket, i64)> {
    let end = prop_oneof![Just(End::Viewer), Just(End::Client)];
    (end, "[ab]", 1..4_u32, 0..4_u32, -100_000..1_i64, -100_000..1_i64).prop_map(|(end, key, generation, told, since, heard)| {
        (DeviceSocket { end, key, generation, told, since: MORNING + since, peer: None, paced: 0 }, MORNING + heard)
    })
}

fn state() -> impl Strategy<Value = Person> {
    let cut = || prop::option::of(-100_000..1_i64);
    (cut(), cut(), any::<bool>(), prop::option::of(-1000..1000_i64)).prop_map(|(viewer, client, ended, previous)| {
        let mut person = Person::new(Identity { end: ended.then(|| day("2026-11-21")), ..identity() });
        person.credential.current = Some(hash(NEW));
        person.credential.generation = 3;
        person.credential.previous = previous.map(|left| Previous { hash: hash(RIGHT), generation: 2, until: MORNING + left });
        let cuts = [(End::Viewer, viewer), (End::Client, client)];
        person.cuts =
            cuts.into_iter().filter_map(|(end, at)| Some((end, Cut { at: MORNING + at?, reason: Bye::Administrator }))).collect();
        person
    })
}

/// What is left after the verdicts.
fn perform(live: &Live, verdicts: &[Verdict]) -> Live {
    let mut left = live.clone();
    for verdict in verdicts {
        match verdict {
            Verdict::Close { index, .. } => left.devices.retain(|socket| socket.index != *index),
            Verdict::Expire { index } => left.watchers.retain(|(own, _)| own != index),
            Verdict::Tell { index, device, .. } => {
                left.devices.iter_mut().filter(|socket| socket.index == *index).for_each(|socket| socket.device = device.clone());
            }
        }
    }
    left
}

proptest! {
    #[test]
    fn reconciling_twice_does_nothing_new_and_leaves_who_counts(
        person in state(),
        sockets in prop::collection::vec(socket(), 0..8),
        leases in prop::collection::vec(-5..5_i64, 0..4),
    ) {
        let devices: Vec<LiveSocket> =
            sockets.into_iter().enumerate().map(|(index, (device, heard))| LiveSocket { index, device, heard }).collect();
        let watchers = leases.iter().enumerate().map(|(at, lease)| {
            (100 + at, WatcherSocket { id: at.to_string(), session: "s".into(), until: MORNING + lease })
        });
        let live = Live { devices, watchers: watchers.collect() };
        let verdicts = reconcile(&person, &live, MORNING);
        let left = perform(&live, &verdicts);
        prop_assert_eq!(reconcile(&person, &left, MORNING), vec![]);
        for end in [End::Viewer, End::Client] {
            let staying: Vec<_> = left.devices.iter().filter(|socket| socket.device.end == end).map(|socket| socket.index).collect();
            let counting = live.connected(&person, end, MORNING).map(|socket| socket.index);
            prop_assert_eq!(staying, counting.into_iter().collect::<Vec<_>>(), "who stays is who is shown");
        }
    }

    #[test]
    fn an_attachment_survives_hibernation((device, _) in socket()) {
        let attachment = Attachment::Device(device);
        let stored = serde_json::to_string(&attachment).unwrap();
        prop_assert_eq!(serde_json::from_str::<Attachment>(&stored).unwrap(), attachment);
        prop_assert!(stored.len() < 2_048, "the runtime keeps at most 16 KiB");
    }
}
