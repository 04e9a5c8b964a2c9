//! あなたの接続: own sessions and PCs, what a refused PC meets afterwards, and what a person is told without mail.

use durable::{
    account::{
        AccountPage, AccountView, Acted, AttemptDevice, EndSessions, ForcePassword, Matter, Me, OpenTemporary, Person, Prefer,
        Preferences, ReadNews, RefusePc, ResetDevice, ResetFactor, SetTemporary, Stage, WhoIs, connections::Bye, overview::id_of,
        person::End,
    },
    ask::Reply,
    refusal::Refusal,
    rules::date::Zone,
};
use proptest::prelude::*;

use super::world::*;

fn looks(world: &mut World) -> AccountView {
    world.ask(AccountPage { me: Me { session: "session".into(), touch: true }, renew: None }).unwrap()
}

fn end(world: &mut World, id: Option<&str>, operation: &str) -> Reply<Acted> {
    let (operation, address) = (operation.repeat(32), "192.0.2.1".to_owned());
    world.ask(EndSessions { session: "session".into(), id: id.map(id_of), operation, address })
}

fn refuse(world: &mut World, key: &str, operation: &str) -> Reply<Acted> {
    let (operation, address) = (operation.repeat(32), "192.0.2.1".to_owned());
    world.ask(RefusePc { session: "session".into(), id: id_of(key), operation, address })
}

/// Logged in, with two more browsers.
fn three() -> World {
    let mut world = World::user();
    for session in ["session", "second", "third"] {
        world.sign_in_as(session, RIGHT).unwrap();
        world.now += SECOND;
    }
    world
}

#[test]
fn the_page_shows_sessions_phone_connections_and_pcs_and_nothing_secret() {
    let mut world = three();
    let phone = world.viewer(RIGHT).unwrap();
    let pc = world.client(RIGHT).unwrap();
    let viewer = world.connect(&phone.token).unwrap().device.since;
    let client = world.connect(&pc.token).unwrap().device.since;
    let view = looks(&mut world);
    assert_eq!(view.sessions.iter().map(|session| session.hash.as_str()).collect::<Vec<_>>(), ["session", "second", "third"]);
    assert_eq!((view.viewer, view.client, view.phone.unwrap().name), (Some(viewer), Some(client), "phone".into()));
    let key = pc.key.unwrap();
    assert_eq!((view.live.clone(), view.pcs[0].key.clone(), view.pcs[0].name.clone()), (id_of(&key), view.live, "pc".into()));
    let long = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
    assert_eq!(id_of(long).len(), 16, "of a hash only the beginning");
}

#[test]
fn a_session_that_has_ended_by_itself_is_not_shown() {
    let mut world = World::user();
    world.sign_in_as("old", RIGHT).unwrap();
    world.advance(HOUR);
    world.sign_in(RIGHT).unwrap();
    assert_eq!(looks(&mut world).sessions.len(), 1);
    assert_eq!(end(&mut world, Some("old"), "1"), Ok(Acted { found: false }), "it had ended");
    assert!(!world.journal().contains(&"sessions-ended"));
}

#[test]
fn ending_one_session_ends_that_one_at_its_next_use_and_is_journalled_once() {
    let mut world = three();
    assert_eq!(end(&mut world, Some("second"), "1"), Ok(Acted { found: true }));
    assert_eq!(end(&mut world, Some("second"), "1"), Ok(Acted { found: true }), "the same form again");
    assert_eq!(end(&mut world, Some("second"), "2"), Ok(Acted { found: false }), "another one: it was gone");
    assert_eq!(world.page("second"), Err(Refusal::SignedOut));
    assert_eq!(world.ask(WhoIs { session: "second".into(), touch: true, menu: false }), Err(Refusal::SignedOut));
    assert!(world.page("session").is_ok() && world.page("third").is_ok());
    assert_eq!(world.journal().iter().filter(|code| **code == "sessions-ended").count(), 1);
}

#[test]
fn ending_all_others_leaves_this_one_also_those_that_owe_their_code() {
    let mut world = three();
    world.set_up_factor("session", "session");
    world.sign_in_as("waiting", RIGHT).unwrap();
    assert_eq!(end(&mut world, None, "1"), Ok(Acted { found: true }));
    assert_eq!(world.person().sessions.len(), 1);
    let code = world.code_at(world.now + 30 * SECOND);
    assert_eq!(world.give_code("waiting", Stage::FactorDue, &code, "x"), Err(Refusal::SignedOut));
    assert!(world.page("session").is_ok());
    assert_eq!(end(&mut world, None, "2"), Ok(Acted { found: false }));
}

#[test]
fn the_own_session_ends_by_logging_out_only_and_only_a_full_one_ends_others() {
    let mut world = three();
    let before = world.person().clone();
    assert_eq!(end(&mut world, Some("session"), "1"), Err(Refusal::NotFound));
    assert_eq!(world.person(), &before);
    world.set_up_factor("session", "session");
    world.sign_in_as("waiting", RIGHT).unwrap();
    let (operation, address) = ("3".repeat(32), String::new());
    let by_waiting = EndSessions { session: "waiting".into(), id: None, operation, address };
    assert_eq!(world.ask(by_waiting), Err(Refusal::WrongStage { stage: Stage::FactorDue }));
}

#[test]
fn a_refused_pc_is_closed_with_4003_and_its_token_and_key_open_nothing_any_more() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    let pc = world.client(RIGHT).unwrap();
    let key = pc.key.clone().unwrap();
    let phone = world.viewer(RIGHT).unwrap();
    world.connect(&pc.token).unwrap();
    world.connect(&phone.token).unwrap();
    assert_eq!(refuse(&mut world, &key, "1"), Ok(Acted { found: true }));
    assert_eq!(world.closed, [(End::Client, Bye::CredentialsRevoked, None)], "the phone stays");
    assert_eq!(world.connect(&pc.token), Err(Refusal::InvalidToken));
    for end in [End::Client, End::Viewer] {
        let refused = world.device(end, "pc", Some(&key), RIGHT).map(|_| ());
        assert_eq!(refused, Err(Refusal::DeviceNotRegistered), "with the right password");
        assert_eq!(world.device(end, "pc", Some(&key), WRONG).map(|_| ()), Err(Refusal::Wrong), "and only with it");
    }
    assert!(looks(&mut world).pcs.is_empty());
    assert!(world.client(RIGHT).unwrap().answer.registered, "another PC is another PC");
    assert_eq!(world.journal().iter().filter(|code| **code == "device-refused").count(), 1);
    // A new password changes nothing for the key.
    world.change_with(RIGHT, NEWER, false, false);
    assert_eq!(world.device(End::Client, "pc", Some(&key), NEWER).map(|_| ()), Err(Refusal::DeviceNotRegistered));
    assert_eq!(world.device(End::Client, "pc", Some(&key), RIGHT).map(|_| ()), Err(Refusal::Wrong), "no grace for it");
}

#[test]
fn refusing_twice_is_refusing_once_and_another_pc_that_is_connected_stays() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    let stolen = world.device(End::Client, "stolen", None, RIGHT).unwrap();
    let mine = world.device(End::Client, "mine", None, RIGHT).unwrap();
    let key = stolen.key.unwrap();
    world.connect(&stolen.token).unwrap();
    world.connect(&mine.token).unwrap();
    world.closed.clear();
    assert_eq!(refuse(&mut world, &key, "1"), Ok(Acted { found: true }));
    assert_eq!(refuse(&mut world, &key, "1"), Ok(Acted { found: true }), "the same form again");
    assert_eq!(refuse(&mut world, &key, "2"), Ok(Acted { found: false }));
    assert!(world.closed.is_empty());
    assert_eq!(world.person().devices.refused, [key]);
}

#[test]
fn a_login_of_the_pc_that_is_under_way_opens_nothing() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    let key = world.client(RIGHT).unwrap().key.unwrap();
    let challenge = world.ask(AttemptDevice { login: LOGIN.into(), key: Some(key.clone()) }).unwrap();
    refuse(&mut world, &key, "1").unwrap();
    let settled = world.device_settle(&challenge, End::Client, "pc", Some(&key), RIGHT, None).map(|_| ());
    assert_eq!(settled, Err(Refusal::Wrong), "its charge went with its key");
}

#[test]
fn refused_keys_are_capped() {
    let mut world = World::user();
    let person = world.person.as_mut().unwrap();
    for number in 0..150 {
        person.refuse_key(format!("key-{number}"));
    }
    assert_eq!(person.devices.refused.len(), 100);
    assert!(person.refuses("key-149") && !person.refuses("key-0"));
}

#[test]
fn a_pc_was_seen_last_when_a_commit_told() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    let pc = world.client(RIGHT).unwrap();
    let signed_in = world.now;
    world.now += MINUTE;
    world.connect(&pc.token).unwrap();
    assert_eq!(looks(&mut world).pcs[0].last, signed_in + MINUTE, "its connection was logged");
    let before = world.person().clone();
    world.now += MINUTE;
    world.connect(&pc.token).unwrap();
    assert_eq!(world.person(), &before, "a reconnect costs no commit");
}

// ── What a person is told ──

fn told(person: &Person) -> Vec<Matter> {
    person.news.iter().map(|news| news.matter).collect()
}

#[test]
fn what_others_do_to_a_person_is_told_and_what_he_does_himself_is_not() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    world.change_with(RIGHT, NEWER, false, false);
    assert_eq!(told(world.person()), [], "his own change");
    world.set_up_factor("session", "session");
    world.ask(ResetFactor { by: OPERATOR.into(), operation: String::new() }).unwrap();
    assert_eq!(told(world.person()), [Matter::FactorReset]);
    world.ask(ResetFactor { by: OPERATOR.into(), operation: String::new() }).unwrap();
    assert_eq!(told(world.person()).len(), 1, "there was none to remove");
    let challenge = world.ask(OpenTemporary).unwrap();
    let force = ForcePassword {
        everything: false,
        actor: administrator(),
        password: initial(NEW, challenge),
        temporary: false,
        graceless: false,
        operation: "1".repeat(32),
    };
    world.ask(force.clone()).unwrap();
    world.ask(force).unwrap();
    assert_eq!(told(world.person()), [Matter::FactorReset, Matter::PasswordForced], "a repeat is told once");
    let challenge = world.ask(OpenTemporary).unwrap();
    let by = SetTemporary { password: initial(TEMPORARY, challenge), by: OPERATOR.into(), operation: String::new() };
    world.ask(by).unwrap();
    assert_eq!(told(world.person()).len(), 3);
}

#[test]
fn cw_060_a_phone_that_is_registered_is_always_told_with_its_name_and_once() {
    let mut world = World::user();
    let phone = world.device_again(End::Viewer, "iPhone16,1", None, RIGHT, Some("request")).unwrap();
    world.device_again(End::Viewer, "iPhone16,1", None, RIGHT, Some("request")).unwrap();
    world.device(End::Viewer, "iPhone16,1", Some("key-request"), RIGHT).unwrap();
    assert_eq!(phone.key.as_deref(), Some("key-request"));
    assert_eq!(world.person().news.len(), 1);
    assert_eq!((world.person().news[0].matter, world.person().news[0].name.as_str()), (Matter::PhoneRegistered, "iPhone16,1"));
    world.ask(ResetDevice { actor: administrator(), refuse: false, operation: "1".repeat(32) }).unwrap();
    world.device(End::Viewer, "Pixel 9", None, RIGHT).unwrap();
    assert_eq!(world.person().news[1].name, "Pixel 9");
}

#[test]
fn news_are_shown_to_who_is_logged_in_until_he_has_read_them_and_not_before() {
    let mut world = World::user();
    world.viewer(RIGHT).unwrap();
    world.sign_in(RIGHT).unwrap();
    let shown = world.page("session").unwrap().news;
    assert_eq!(shown.len(), 1);
    // Another one comes while he reads.
    world.ask(ResetDevice { actor: administrator(), refuse: false, operation: "1".repeat(32) }).unwrap();
    world.viewer(RIGHT).unwrap();
    world.ask(ReadNews { session: "session".into(), upto: shown[0].at }).unwrap();
    let left = world.page("session").unwrap().news;
    assert_eq!(left.len(), 1, "what he has not seen stays");
    assert!(left[0].at > shown[0].at, "also in the same millisecond");
    world.set_up_factor("session", "session");
    world.sign_in_as("waiting", RIGHT).unwrap();
    assert_eq!(world.page("waiting").unwrap().news, [], "the code is still to come");
    let read = ReadNews { session: "waiting".into(), upto: left[0].at };
    assert_eq!(world.ask(read), Err(Refusal::WrongStage { stage: Stage::FactorDue }));
    world.ask(ReadNews { session: "session".into(), upto: left[0].at }).unwrap();
    assert_eq!(world.page("session").unwrap().news, []);
}

#[test]
fn news_are_capped_and_the_oldest_goes() {
    let mut world = World::user();
    let now = world.now;
    let person = world.person.as_mut().unwrap();
    for number in 0..25 {
        person.tell(Matter::PhoneRegistered, &format!("phone-{number}"), now);
    }
    assert_eq!(person.news.len(), 10);
    assert_eq!(person.news[9].name, "phone-24");
    assert!(person.news.windows(2).all(|pair| pair[0].at < pair[1].at));
}

// ── Language and zone ──

#[test]
fn what_a_person_prefers_comes_with_his_next_login_at_every_stage() {
    let mut world = World::user();
    assert_eq!(world.sign_in(RIGHT).unwrap().preferences, Preferences::default());
    let zone = Some(Zone { offset_min: -480 });
    let choose =
        |language: &str, zone| Prefer { session: "session".into(), chosen: Preferences { language: language.into(), zone } };
    world.ask(choose("en", None)).unwrap();
    world.ask(choose("", zone)).unwrap();
    let chosen = Preferences { language: "en".into(), zone };
    assert_eq!(world.sign_in_as("other", RIGHT).unwrap().preferences, chosen, "the one does not undo the other");
    world.set_up_factor("session", "session");
    assert_eq!(world.sign_in_as("waiting", RIGHT).unwrap().preferences, chosen);
    assert!(world.journal().iter().all(|code| !code.contains("prefer")), "nobody else's business");
    assert_eq!(world.ask(Prefer { session: "nobody".into(), chosen: chosen.clone() }), Err(Refusal::SignedOut));
}

proptest! {
    #[test]
    fn no_choice_stores_what_no_page_can_show(language in "\\PC{0,8}", offset_min in any::<i16>()) {
        let mut world = World::user();
        world.sign_in(RIGHT).unwrap();
        let chosen = Preferences { language, zone: Some(Zone { offset_min }) };
        world.ask(Prefer { session: "session".into(), chosen }).unwrap();
        let stored = &world.person().preferences;
        prop_assert!(["", "ja", "en"].contains(&stored.language.as_str()));
        prop_assert!(stored.zone.is_none_or(|zone| (-840..=840).contains(&zone.offset_min)));
    }
}
