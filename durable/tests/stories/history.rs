//! 操作履歴: what gets a row, who may read it, and that reconnecting costs none.

use durable::{
    account::{
        Disconnect, Role,
        connect::gone,
        connections::DeviceSocket,
        person::{End, Identity},
    },
    effect::{Effect, Event},
    journal::may_read,
    profile::{self, Service},
    refusal::Refusal,
    rules::access::Actor,
};

use super::world::*;

fn last(world: &World) -> &Event {
    world
        .effects
        .iter()
        .rev()
        .find_map(|effect| match effect {
            Effect::Log(event) => Some(event),
            _ => None,
        })
        .unwrap()
}

fn detail<'a>(event: &'a Event, key: &str) -> &'a str {
    event.detail.get(key).map_or("", String::as_str)
}

#[test]
fn an_act_says_who_did_it_from_where_and_in_which_session() {
    let mut world = World::user();
    let phone = world.viewer(RIGHT).unwrap();
    world.connect(&phone.token).unwrap();
    world.ask(Disconnect { actor: administrator(), end: End::Viewer, operation: "1".repeat(32) }).unwrap();
    let event = last(&world);
    assert_eq!((event.code.as_str(), event.by.as_str(), event.address.as_str()), ("disconnected", "admin.00001", "192.0.2.9"));
    assert_eq!((detail(event, "session"), detail(event, "end")), ("his-sess", "viewer"));
}

#[test]
fn a_login_says_the_browser_and_the_session() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    let event = last(&world);
    assert_eq!((event.code.as_str(), detail(event, "browser"), detail(event, "session")), ("signed-in", "Firefox", "session"));
}

#[test]
fn a_device_login_and_its_connection_are_rows_and_a_reconnect_within_the_hour_stores_nothing() {
    let mut world = World::user();
    let phone = world.viewer(RIGHT).unwrap();
    world.device(End::Viewer, "phone", phone.key.as_deref(), RIGHT).unwrap();
    let token = world.device(End::Viewer, "phone", phone.key.as_deref(), RIGHT).unwrap().token;
    assert_eq!(world.journal(), ["device-registered", "device-signed-in", "device-signed-in"]);
    world.connect(&token).unwrap();
    let event = last(&world);
    assert_eq!((event.code.as_str(), detail(event, "end"), detail(event, "name")), ("device-connected", "viewer", "phone"));
    let (before, rows) = (world.person().clone(), world.effects.len());
    for _ in 0..10 {
        world.advance(5 * MINUTE);
        world.connect(&token).unwrap();
    }
    assert_eq!((world.person(), world.effects.len()), (&before, rows), "a reconnect costs no commit");
    world.advance(10 * MINUTE);
    world.connect(&token).unwrap();
    assert_eq!(last(&world).at, world.now);
    assert_eq!(world.person().connections.len(), 1, "what is older than an hour is forgotten");
}

#[test]
fn a_killed_server_costs_a_device_no_commit_however_long_it_was_connected_but_its_own_return_is_a_row() {
    let mut world = World::user();
    let token = world.viewer(RIGHT).unwrap().token;
    world.connect(&token).unwrap();
    for _ in 0..4 * 24 {
        world.advance(15 * MINUTE);
        world.ping();
        world.round();
    }
    let (before, rows) = (world.person().clone(), world.effects.len());
    world.live.devices.clear();
    world.advance(14 * MINUTE);
    let device = world.connect(&token).unwrap().device;
    assert_eq!((world.person(), world.effects.len()), (&before, rows), "nobody saw it go, so nothing is stored");

    world.advance(2 * HOUR);
    world.ping();
    world.round();
    assert_eq!(world.person().connections[&device.key], world.now, "still there");
    let now = world.now;
    assert_eq!(gone(world.person.as_mut().unwrap(), &device, now).code, "device-disconnected");
    world.leave(End::Viewer);
    world.advance(MINUTE);
    world.connect(&token).unwrap();
    assert_eq!((last(&world).code.as_str(), last(&world).at), ("device-connected", world.now), "it went and came back by itself");
}

#[test]
fn a_device_that_went_by_itself_is_told_by_its_name() {
    let mut world = World::user();
    let pc = world.client(RIGHT).unwrap();
    let device = world.connect(&pc.token).unwrap().device;
    let now = world.now;
    let event = gone(world.person.as_mut().unwrap(), &device, now);
    assert_eq!((event.code.as_str(), detail(&event, "end"), detail(&event, "name")), ("device-disconnected", "client", "pc"));
    let unknown = DeviceSocket { key: "another".into(), ..device };
    assert_eq!(detail(&gone(world.person.as_mut().unwrap(), &unknown, now), "name"), "");
}

#[test]
fn an_update_says_what_it_was_before_and_is_after() {
    let mut world = World::user();
    world.provision(Identity { end: Some(day("2027-03-31")), plan: "coconowork-self".into(), ..identity() }, None).unwrap();
    let event = last(&world);
    assert_eq!(event.code, "account-updated");
    assert_eq!(
        (detail(event, "end"), detail(event, "plan"), detail(event, "name")),
        ("- → 2027-03-31", "coconowork → coconowork-self", "")
    );
}

/// The administrator reads everything of his contract; everybody else what is about himself. There is no other contract to
/// read: the object that is asked is that of the actor's own.
#[test]
fn who_may_read_the_history() {
    for service in Service::ALL {
        for role in profile::of(service).roles {
            let actor = Actor { role: *role, ..administrator() };
            let read = |about: Option<&str>| may_read(service, &actor, about);
            let whole = if *role == Role::Administrator { Ok(()) } else { Err(Refusal::NotFound) };
            assert_eq!(read(Some(&actor.uid)), Ok(()), "{service:?} {role:?}: about himself");
            assert_eq!(read(None), whole, "{service:?} {role:?}: all of it");
            assert_eq!(read(Some(&identity().uid)), whole, "{service:?} {role:?}: about somebody else");
        }
    }
}
