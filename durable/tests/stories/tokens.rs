//! Tokens over time (interface, section 4, `credential`): after 30 days a device gets another one, whatever gets lost on the way, and
//! a token that was replaced revokes what replaced it. And how long 反映 waits to be acknowledged (CW-111).

use durable::{
    account::{
        Matter, Me, PasswordPage,
        connections::Bye,
        credential::{Outcome, late_at},
        person::{End, PasswordStatus},
    },
    refusal::Refusal,
    secret,
};

use super::world::*;

const ENDS: [End; 2] = [End::Viewer, End::Client];
const LIFE: i64 = 30 * DAY;

/// A user with a phone and a PC, of which one end is connected, on the day its token is old.
fn old(end: End) -> (World, Device) {
    let mut world = World::user();
    let device = match end {
        End::Viewer => world.viewer(RIGHT).unwrap(),
        End::Client => world.client(RIGHT).unwrap(),
    };
    world.connect(&device.token).unwrap();
    world.advance(LIFE);
    (world, device)
}

/// The last `credential`: to which socket, its id, and its token's hash, as the Worker asks with it.
fn last(world: &World) -> (Option<usize>, String, String) {
    let (socket, frame) = world.pushed.last().unwrap();
    let (_, token) = frame["token"].as_str().unwrap().split_once('.').unwrap();
    assert_eq!(frame["password"]["status"], "current");
    (*socket, frame["id"].as_str().unwrap().to_owned(), secret::hash(token))
}

fn come_back(world: &mut World, end: End, token: &str) -> Result<PasswordStatus, Refusal> {
    world.leave(end);
    world.connect(token).map(|connected| connected.password)
}

fn ack(world: &mut World, end: End, id: &str) {
    world.says(end, &format!(r#"{{"type":"ack","id":"{id}"}}"#));
    world.advance(SECOND);
}

fn awake(world: &mut World) {
    for session in &mut world.person.as_mut().unwrap().sessions {
        (session.created, session.last) = (world.now, world.now);
    }
}

fn outcome(world: &mut World) -> Option<Outcome> {
    awake(world);
    let page = world.ask(PasswordPage { me: Me { session: "session".into(), touch: true }, renew: None }).unwrap();
    page.reflection.map(|reflection| reflection.outcome)
}

#[test]
fn a_token_is_renewed_after_thirty_days_not_sooner_live_and_after_a_welcome() {
    for end in ENDS {
        let (mut world, device) = old(end);
        world.now -= 1;
        world.round();
        assert_eq!(come_back(&mut world, end, &device.token), Ok(PasswordStatus::Current));
        assert_eq!(world.pushed.len(), 0, "one millisecond is left");
        world.now += 1;
        world.round();
        assert!(last(&world).0.is_some(), "to the live socket");
        world.round();
        assert_eq!(world.pushed.len(), 1, "once");

        let (mut world, device) = old(end);
        assert_eq!(come_back(&mut world, end, &device.token), Ok(PasswordStatus::Current));
        assert_eq!(last(&world).0, None, "behind the welcome");
        assert_eq!(world.told.len() + world.closed.len(), 0);
    }
}

#[test]
fn acknowledged_or_used_the_new_token_counts_and_the_old_one_revokes_both() {
    for end in ENDS {
        for by_use in [false, true] {
            let (mut world, device) = old(end);
            world.round();
            let (_, id, token) = last(&world);
            if by_use {
                assert_eq!(come_back(&mut world, end, &token), Ok(PasswordStatus::Current));
            } else {
                ack(&mut world, end, &id);
                ack(&mut world, end, &id);
            }
            assert_eq!(world.journal().iter().filter(|code| **code == "token-renewed").count(), 1);
            assert!(!world.journal().contains(&"client-reflected"));
            world.advance(LIFE - MINUTE);
            assert_eq!(come_back(&mut world, end, &token), Ok(PasswordStatus::Current));
            assert_eq!(world.pushed.len(), 1, "it is young again");

            let name = if end == End::Viewer { "phone" } else { "pc" };
            assert_eq!(world.connect(&device.token), Err(Refusal::InvalidToken));
            assert_eq!(world.closed.last(), Some(&(end, Bye::CredentialsRevoked, None)));
            assert_eq!(world.connect(&token), Err(Refusal::InvalidToken));
            assert!(world.journal().contains(&"token-reused"));
            let news = world.person().news.last().unwrap();
            assert_eq!((news.matter, news.name.as_str()), (Matter::TokenReused, name));
            assert_eq!(world.connect(&device.token), Err(Refusal::InvalidToken), "and once more says nothing new");
            assert_eq!(world.journal().iter().filter(|code| **code == "token-reused").count(), 1);
            // The device itself logs in again, by its key.
            let again = world.device(end, name, device.key.as_deref(), RIGHT).unwrap();
            assert!(world.connect(&again.token).is_ok() && world.connected(end).is_some());
        }
    }
}

#[test]
fn whatever_is_lost_on_the_way_the_device_comes_back_with_what_it_has_stored() {
    for end in ENDS {
        // The credential: the old token counts, and there is another one behind each welcome; the lost ones are nobody's.
        let (mut world, device) = old(end);
        world.round();
        let (_, _, lost) = last(&world);
        for _ in 0..3 {
            assert_eq!(come_back(&mut world, end, &device.token), Ok(PasswordStatus::Current));
        }
        assert_eq!(world.pushed.len(), 4);
        assert_eq!(come_back(&mut world, end, &lost), Err(Refusal::InvalidToken));
        // The acknowledgement: the new one counts by its use.
        let (_, _, stored) = last(&world);
        assert_eq!(come_back(&mut world, end, &stored), Ok(PasswordStatus::Current));
        // The answer to that use: it is used again.
        assert_eq!(come_back(&mut world, end, &stored), Ok(PasswordStatus::Current));
        assert_eq!(world.pushed.len(), 4);
        assert_eq!(world.person().devices.tokens.len(), 1);
    }
}

#[test]
fn cw_116_a_change_while_a_renewal_is_open_costs_the_client_neither_token() {
    for stored in [false, true] {
        let (mut world, device) = old(End::Client);
        world.sign_in(RIGHT).unwrap();
        world.round();
        let (_, id, new) = last(&world);
        world.change_with(RIGHT, NEW, false, false);
        assert_eq!(world.told.len(), 1, "told that it stands on the previous password now");
        let token = if stored { &new } else { &device.token };
        assert_eq!(come_back(&mut world, End::Client, token), Ok(PasswordStatus::Previous { days_left: 30 }));
        assert_eq!(world.pushed.len(), 1, "nothing is renewed that ends anyway");
        ack(&mut world, End::Client, &id);
        world.advance(DAY);
        assert_eq!(come_back(&mut world, End::Client, token), Ok(PasswordStatus::Previous { days_left: 29 }));
        assert_eq!(world.connect(if stored { &device.token } else { &new }), Err(Refusal::InvalidToken));
    }
}

#[test]
fn cw_111_whichever_of_several_offers_a_client_has_stored_it_comes_back_and_gets_the_newest() {
    for stored in 0..4 {
        let (mut world, device) = old(End::Client);
        world.sign_in(RIGHT).unwrap();
        world.round();
        let mut held = vec![device.token.clone(), last(&world).2];
        for (current, new) in [(RIGHT, NEW), (NEW, NEWER)] {
            world.change_with(current, new, true, false);
            held.push(last(&world).2);
        }
        let had = come_back(&mut world, End::Client, &held[stored]).unwrap();
        assert_eq!(had == PasswordStatus::Current, stored == 3);
        if stored < 3 {
            let (_, id, newest) = last(&world);
            assert_eq!(world.pushed.len(), 4);
            ack(&mut world, End::Client, &id);
            assert_eq!(come_back(&mut world, End::Client, &newest), Ok(PasswordStatus::Current));
        }
        assert_eq!(outcome(&mut world), Some(Outcome::Accepted), "{stored}");
    }
}

#[test]
fn a_token_on_the_previous_password_is_not_renewed() {
    let (mut world, device) = old(End::Client);
    world.sign_in(RIGHT).unwrap();
    world.change_with(RIGHT, NEW, false, false);
    world.round();
    assert!(come_back(&mut world, End::Client, &device.token).is_ok());
    assert_eq!(world.pushed.len(), 0);
}

#[test]
fn a_stored_person_from_before_has_old_tokens_and_plain_offers() {
    let (world, _) = old(End::Viewer);
    let mut stored = serde_json::to_value(world.person()).unwrap();
    let token = &mut stored["devices"]["tokens"][0];
    token.as_object_mut().unwrap().remove("born");
    token["offer"] = serde_json::json!({ "id": "7f", "hash": "h" });
    let person: durable::account::Person = serde_json::from_value(stored).unwrap();
    let token = &person.devices.tokens[0];
    assert_eq!((token.born, token.is_reflected()), (0, true));
}

#[test]
fn cw_111_not_acknowledged_within_ten_seconds_is_told_and_later_counts_all_the_same() {
    let mut world = World::user();
    let pc = world.client(RIGHT).unwrap();
    world.connect(&pc.token).unwrap();
    world.sign_in(RIGHT).unwrap();
    world.change_with(RIGHT, NEW, true, false);
    let (_, id, token) = last(&world);
    assert_eq!(late_at(world.person(), world.now), Some(world.now + 10 * SECOND));
    world.advance(10 * SECOND - 1);
    assert_eq!(outcome(&mut world), Some(Outcome::Offered));
    world.advance(1);
    assert_eq!(outcome(&mut world), Some(Outcome::Late));
    assert_eq!(late_at(world.person(), world.now), None);
    // The grace runs from the change.
    awake(&mut world);
    let until = world.person().credential.previous.as_ref().unwrap().until;
    assert_eq!(until, MORNING + LIFE);
    world.advance(29 * DAY);
    world.says(End::Client, &format!(r#"{{"type":"ack","id":"{id}"}}"#));
    assert_eq!(outcome(&mut world), Some(Outcome::Accepted));
    world.advance(2 * DAY);
    assert_eq!(world.closed, []);
    assert_eq!(come_back(&mut world, End::Client, &token), Ok(PasswordStatus::Current));
    assert_eq!(world.told.len(), 0);
}

#[test]
fn cw_111_two_changes_in_a_row_only_the_newest_acknowledgement_counts() {
    let mut world = World::user();
    let pc = world.client(RIGHT).unwrap();
    world.connect(&pc.token).unwrap();
    world.sign_in(RIGHT).unwrap();
    world.change_with(RIGHT, NEW, true, false);
    let first = last(&world).1;
    world.advance(11 * SECOND);
    world.change_with(NEW, NEWER, true, false);
    let second = last(&world).1;
    assert_eq!(outcome(&mut world), Some(Outcome::Offered), "the ten seconds are those of the newest change");
    ack(&mut world, End::Client, &first);
    assert_eq!(outcome(&mut world), Some(Outcome::Offered));
    ack(&mut world, End::Client, &second);
    assert_eq!(outcome(&mut world), Some(Outcome::Accepted));
}

#[test]
fn tokens_are_capped_one_a_device() {
    let mut world = World::user();
    for _ in 0..13 {
        world.now += MINUTE;
        let pc = world.client(RIGHT).unwrap();
        world.device(End::Client, "pc", pc.key.as_deref(), RIGHT).unwrap();
    }
    let phone = world.viewer(RIGHT).unwrap();
    world.device(End::Viewer, "phone", phone.key.as_deref(), RIGHT).unwrap();
    assert_eq!(world.person().devices.tokens.len(), 11, "ten PCs and the phone");
}
