//! CW-110 to CW-119 and the rows "own change" of section 4 of the interface: 反映, its acknowledgement, the grace and its end.

use durable::{
    account::{
        Acknowledge, EndGrace, Me, PasswordPage, PasswordView, Stage,
        connections::Bye,
        credential::{Outcome, Reflection},
        person::{End, PasswordStatus},
    },
    effect::Effect,
    refusal::Refusal,
    secret,
};
use proptest::prelude::*;

use super::world::*;

/// What a client got with a `credential`.
struct Credential {
    socket: Option<usize>,
    id: String,
    /// The token's hash, as the Worker asks with it.
    token: String,
}

/// A user who is logged in, with a phone and a PC connected.
fn connected() -> (World, Device, Device) {
    let mut world = World::user();
    let (phone, pc) = (world.viewer(RIGHT).unwrap(), world.client(RIGHT).unwrap());
    world.connect(&phone.token).unwrap();
    world.connect(&pc.token).unwrap();
    world.sign_in(RIGHT).unwrap();
    (world, phone, pc)
}

/// The last `credential` that was sent.
fn last(world: &World) -> Credential {
    let (socket, frame) = world.pushed.last().unwrap();
    assert_eq!((&frame["type"], &frame["password"]["status"]), (&"credential".into(), &"current".into()));
    let (uid, token) = frame["token"].as_str().unwrap().split_once('.').unwrap();
    assert_eq!(uid, identity().uid);
    assert_eq!(secret::from_base64(token).unwrap().len(), 32, "256 random bits");
    Credential { socket: *socket, id: frame["id"].as_str().unwrap().to_owned(), token: secret::hash(token) }
}

fn acknowledge(world: &mut World, pc: &Device, id: &str) {
    world.ask(Acknowledge { end: End::Client, key: pc.key.clone().unwrap(), id: id.into() }).unwrap();
}

/// The person has been at the browser all the while: what happens to devices takes days, a session half an hour.
fn awake(world: &mut World) {
    for session in &mut world.person.as_mut().unwrap().sessions {
        (session.created, session.last) = (world.now, world.now);
    }
}

fn change(world: &mut World, current: &str, new: &str, (reflect, graceless): (bool, bool)) {
    awake(world);
    world.change_with(current, new, reflect, graceless);
}

fn page(world: &mut World) -> PasswordView {
    awake(world);
    world.ask(PasswordPage { me: Me { session: "session".into(), touch: true }, renew: None }).unwrap()
}

fn outcome(world: &mut World) -> Option<Outcome> {
    page(world).reflection.map(|reflection| reflection.outcome)
}

fn end_grace(world: &mut World, operation: u32) -> bool {
    awake(world);
    world.ask(EndGrace { session: "session".into(), operation: format!("{operation:032x}") }).unwrap().found
}

/// The live client leaves and comes back with this token.
fn come_back(world: &mut World, token: &str) -> Result<PasswordStatus, Refusal> {
    world.live.devices.retain(|socket| socket.device.end != End::Client);
    world.connect(token).map(|connected| connected.password)
}

const GRACE: Result<PasswordStatus, Refusal> = Ok(PasswordStatus::Previous { days_left: 30 });

#[test]
fn cw_111_the_page_names_the_pc_that_waits_and_cw_113_none_when_it_has_gone() {
    let (mut world, ..) = connected();
    let since = world.now;
    world.advance(HOUR);
    let client = page(&mut world).client.unwrap();
    assert_eq!((client.name.as_str(), client.at), ("pc", since));
    world.now += 90 * SECOND;
    assert_eq!(page(&mut world).client, None, "a silent one does not wait");
    world.live.devices.clear();
    assert_eq!(page(&mut world).client, None);
}

#[test]
fn cw_111_reflected_and_acknowledged_everything_stays_and_only_the_new_token_counts() {
    let (mut world, phone, pc) = connected();
    change(&mut world, RIGHT, NEW, (true, false));
    let sent = last(&world);
    let live = world.live.devices.iter().find(|socket| socket.device.end == End::Client).unwrap();
    assert_eq!(sent.socket, Some(live.index), "to the live client");
    assert_eq!((world.closed.len(), world.told.len()), (0, 0), "nobody is closed, and it is not told `previous`");
    assert_eq!(page(&mut world).reflection.unwrap().name, "pc");
    assert_eq!(outcome(&mut world), Some(Outcome::Offered));

    acknowledge(&mut world, &pc, &sent.id);
    assert_eq!(outcome(&mut world), Some(Outcome::Accepted));
    assert!(world.journal().contains(&"client-reflected"));
    world.advance(31 * DAY);
    assert_eq!(world.closed, [], "beyond the grace too");
    assert_eq!(come_back(&mut world, &sent.token), Ok(PasswordStatus::Current));
    assert_eq!(world.connect(&phone.token), Err(Refusal::InvalidToken), "CW-114: the phone needs the new password");
    assert!(world.device(End::Viewer, "phone", phone.key.as_deref(), NEW).is_ok());
    assert_eq!(world.pushed.len(), 2, "one for the change, one since it is 31 days old");
}

#[test]
fn the_first_use_of_the_new_token_acknowledges_it() {
    let (mut world, _, _) = connected();
    change(&mut world, RIGHT, NEW, (true, false));
    let sent = last(&world);
    assert_eq!(come_back(&mut world, &sent.token), Ok(PasswordStatus::Current));
    assert_eq!(outcome(&mut world), Some(Outcome::Accepted));
    assert_eq!(world.pushed.len(), 1, "no other is offered");
}

#[test]
fn using_the_spent_token_again_revokes_both_and_closes_the_connection() {
    let (mut world, _, pc) = connected();
    change(&mut world, RIGHT, NEW, (true, false));
    let sent = last(&world);
    assert_eq!(come_back(&mut world, &sent.token), Ok(PasswordStatus::Current));
    assert_eq!(world.connect(&pc.token), Err(Refusal::InvalidToken));
    assert_eq!(world.closed, [(End::Client, Bye::CredentialsRevoked, None)]);
    assert_eq!(world.connect(&sent.token), Err(Refusal::InvalidToken));
    assert!(world.journal().contains(&"token-reused"));
    assert_eq!(outcome(&mut world), Some(Outcome::Lost));
    // The PC logs in anew and is not cut by what was.
    let again = world.device(End::Client, "pc", pc.key.as_deref(), NEW).unwrap();
    world.connect(&again.token).unwrap();
    world.advance(SECOND);
    assert!(world.connected(End::Client).is_some());
}

#[test]
fn a_spent_token_of_one_pc_does_not_cut_another() {
    let (mut world, _, pc) = connected();
    change(&mut world, RIGHT, NEW, (true, false));
    let sent = last(&world);
    acknowledge(&mut world, &pc, &sent.id);
    let other = world.client(NEW).unwrap();
    world.connect(&other.token).unwrap();
    world.closed.clear();
    assert_eq!(world.connect(&pc.token), Err(Refusal::InvalidToken));
    assert_eq!(world.closed, []);
    assert!(world.connected(End::Client).is_some());
    assert_eq!(world.connect(&sent.token), Err(Refusal::InvalidToken));
}

#[test]
fn a_lost_credential_is_made_anew_after_each_welcome_and_the_lost_one_is_dead() {
    let (mut world, _, pc) = connected();
    change(&mut world, RIGHT, NEW, (true, false));
    let lost = last(&world);
    assert_eq!(come_back(&mut world, &pc.token), GRACE);
    let second = last(&world);
    assert_eq!((second.socket, second.id == lost.id, second.token == lost.token), (None, false, false));
    acknowledge(&mut world, &pc, &lost.id);
    assert_eq!(outcome(&mut world), Some(Outcome::Offered), "an overtaken id acknowledges nothing");
    assert_eq!(come_back(&mut world, &lost.token), Err(Refusal::InvalidToken));
    world.advance(DAY);
    assert_eq!(come_back(&mut world, &pc.token), Ok(PasswordStatus::Previous { days_left: 29 }));
    let third = last(&world);
    acknowledge(&mut world, &pc, &third.id);
    assert_eq!(outcome(&mut world), Some(Outcome::Accepted));
    world.advance(30 * DAY);
    assert!(world.connected(End::Client).is_some());
}

#[test]
fn cw_116_never_acknowledged_the_client_has_its_thirty_days_and_the_last_new_token_counts_beyond() {
    let (mut world, _, pc) = connected();
    change(&mut world, RIGHT, NEW, (true, false));
    let sent = last(&world);
    world.advance(30 * DAY - 1);
    assert_eq!(world.closed, []);
    world.advance(1);
    assert_eq!(world.closed, [(End::Client, Bye::CredentialsRevoked, None)]);
    assert_eq!(world.connect(&pc.token), Err(Refusal::InvalidToken));
    assert_eq!(world.connect(&sent.token).unwrap().password, PasswordStatus::Current, "it had been stored after all");
}

#[test]
fn cw_112_off_the_client_stays_is_told_and_has_thirty_days() {
    let (mut world, _, pc) = connected();
    change(&mut world, RIGHT, NEW, (false, false));
    assert_eq!(outcome(&mut world), Some(Outcome::Declined));
    assert_eq!(world.told, [r#"{"days_left":30,"status":"previous","type":"password"}"#]);
    assert_eq!((world.pushed.len(), world.closed.len()), (0, 0));
    assert_eq!(page(&mut world).grace_until, Some(world.now + 30 * DAY));
    assert_eq!(come_back(&mut world, &pc.token), GRACE);
    world.advance(30 * DAY - 1);
    assert_eq!(world.closed, []);
    world.advance(1);
    assert_eq!(world.closed, [(End::Client, Bye::CredentialsRevoked, None)]);
    assert_eq!(world.connect(&pc.token), Err(Refusal::InvalidToken));
    assert_eq!(page(&mut world).grace_until, None);
}

#[test]
fn cw_113_on_with_nobody_waiting_means_not_reflected() {
    let (mut world, _, pc) = connected();
    world.live.devices.retain(|socket| socket.device.end != End::Client);
    change(&mut world, RIGHT, NEW, (true, false));
    let nobody = Reflection { outcome: Outcome::Nobody, key: String::new(), name: String::new(), at: world.now };
    assert_eq!(page(&mut world).reflection, Some(nobody));
    assert_eq!(world.pushed.len(), 0);
    assert_eq!(world.connect(&pc.token).unwrap().password, PasswordStatus::Previous { days_left: 30 });
}

#[test]
fn cw_119_without_a_grace_the_previous_password_its_tokens_and_the_client_on_it_end_at_once() {
    let (mut world, _, pc) = connected();
    change(&mut world, RIGHT, NEW, (false, true));
    assert_eq!(world.closed, [(End::Client, Bye::CredentialsRevoked, None)], "the viewer stays");
    assert_eq!(world.connect(&pc.token), Err(Refusal::InvalidToken));
    assert_eq!(world.device(End::Client, "pc", pc.key.as_deref(), RIGHT), Err(Refusal::Wrong));
    assert_eq!(page(&mut world).grace_until, None);
    assert!(world.device(End::Client, "pc", pc.key.as_deref(), NEW).is_ok());
}

#[test]
fn cw_119_reflected_without_a_grace_that_pc_alone_goes_on() {
    let (mut world, _, pc) = connected();
    let other = world.client(RIGHT).unwrap();
    change(&mut world, RIGHT, NEW, (true, true));
    let sent = last(&world);
    assert_eq!(world.closed, []);
    assert_eq!(world.connect(&other.token), Err(Refusal::InvalidToken));
    assert_eq!(world.device(End::Client, "pc", pc.key.as_deref(), RIGHT), Err(Refusal::Wrong));
    assert_eq!(outcome(&mut world), Some(Outcome::Offered));
    acknowledge(&mut world, &pc, &sent.id);
    assert_eq!(outcome(&mut world), Some(Outcome::Accepted));
    world.advance(31 * DAY);
    assert_eq!(world.closed, []);
    assert_eq!(come_back(&mut world, &sent.token), Ok(PasswordStatus::Current));
    assert_eq!(come_back(&mut world, &pc.token), Err(Refusal::InvalidToken));
}

#[test]
fn cw_119_the_grace_ended_early_is_over_once_and_for_all() {
    let (mut world, _, pc) = connected();
    change(&mut world, RIGHT, NEW, (false, false));
    world.advance(DAY);
    assert!(end_grace(&mut world, 1));
    assert_eq!(world.closed, [(End::Client, Bye::CredentialsRevoked, None)]);
    assert_eq!(world.connect(&pc.token), Err(Refusal::InvalidToken));
    assert_eq!(world.device(End::Client, "pc", pc.key.as_deref(), RIGHT), Err(Refusal::Wrong));
    assert!(world.connected(End::Viewer).is_some());
    assert!(end_grace(&mut world, 1), "the repeat reads like the first");
    assert!(!end_grace(&mut world, 2), "nothing is left");
    assert_eq!(world.journal().iter().filter(|code| **code == "grace-ended").count(), 1);
}

#[test]
fn cw_119_the_grace_ended_early_takes_what_was_never_acknowledged_along_and_leaves_what_was() {
    for acknowledged in [false, true] {
        let (mut world, _, pc) = connected();
        change(&mut world, RIGHT, NEW, (true, false));
        let sent = last(&world);
        if acknowledged {
            acknowledge(&mut world, &pc, &sent.id);
        }
        assert!(end_grace(&mut world, 1));
        assert_eq!(world.closed.is_empty(), acknowledged);
        assert_eq!(come_back(&mut world, &sent.token).is_ok(), acknowledged);
        assert_eq!(outcome(&mut world), Some(if acknowledged { Outcome::Accepted } else { Outcome::Lost }));
    }
}

#[test]
fn only_the_session_itself_ends_its_grace() {
    let (mut world, ..) = connected();
    change(&mut world, RIGHT, NEW, (false, false));
    let stranger = EndGrace { session: "another".into(), operation: "0".repeat(32) };
    assert_eq!(world.ask(stranger), Err(Refusal::SignedOut));
    assert!(world.person().credential.previous.is_some());
}

#[test]
fn cw_119_a_further_change_without_reflection_leaves_the_offered_token_as_the_previous_one() {
    let (mut world, _, pc) = connected();
    change(&mut world, RIGHT, NEW, (true, false));
    let sent = last(&world);
    change(&mut world, NEW, NEWER, (false, false));
    assert_eq!(outcome(&mut world), Some(Outcome::Declined));
    assert_eq!(come_back(&mut world, &pc.token), Err(Refusal::InvalidToken));
    assert_eq!(come_back(&mut world, &sent.token), GRACE);
    assert_eq!(world.pushed.len(), 1);
}

#[test]
fn a_further_reflection_reaches_a_client_that_never_acknowledged_the_first() {
    let (mut world, _, pc) = connected();
    change(&mut world, RIGHT, NEW, (true, false));
    world.advance(10 * DAY);
    change(&mut world, NEW, NEWER, (true, false));
    assert_eq!((world.pushed.len(), world.closed.len()), (2, 0));
    assert_eq!(come_back(&mut world, &pc.token), GRACE, "its token is the previous one, from this change");
    let sent = last(&world);
    acknowledge(&mut world, &pc, &sent.id);
    assert_eq!(come_back(&mut world, &sent.token), Ok(PasswordStatus::Current));
}

#[test]
fn cw_021_cw_130_a_forced_change_and_an_administrator_reflect_nothing() {
    let mut world = World::administrator();
    world.sign_in(RIGHT).unwrap();
    change(&mut world, RIGHT, NEW, (true, true));
    assert_eq!((outcome(&mut world), page(&mut world).client), (None, None));

    let (mut world, ..) = connected();
    world.set_temporary(TEMPORARY, "").unwrap();
    world.sign_in_as("first", TEMPORARY).unwrap();
    world.change("first", Stage::PasswordDue, TEMPORARY, NEW, "session").unwrap();
    assert_eq!((world.pushed.len(), outcome(&mut world)), (0, None));
    assert_eq!(world.told.len(), 2, "but the client is told, each time");
}

#[test]
fn a_login_on_the_new_password_makes_the_offer_needless() {
    let (mut world, _, pc) = connected();
    change(&mut world, RIGHT, NEW, (true, false));
    let again = world.device(End::Client, "pc", pc.key.as_deref(), NEW).unwrap();
    assert_eq!(come_back(&mut world, &again.token), Ok(PasswordStatus::Current));
    assert_eq!(world.pushed.len(), 1);
    let sent = last(&world);
    assert_eq!(come_back(&mut world, &sent.token), Err(Refusal::InvalidToken));
}

#[test]
fn the_journal_says_what_was_done_to_the_client_and_holds_no_secret() {
    let (mut world, _, pc) = connected();
    change(&mut world, RIGHT, NEW, (true, true));
    let sent = last(&world);
    acknowledge(&mut world, &pc, &sent.id);
    let token = world.pushed[0].1["token"].as_str().unwrap().split_once('.').unwrap().1.to_owned();
    let stored = format!("{}{}", serde_json::to_string(world.person()).unwrap(), serde_json::to_string(&world.effects).unwrap());
    assert!(!stored.contains(&token));
    let detail = world.effects.iter().find_map(|effect| match effect {
        Effect::Log(event) if event.code == "password-changed" => Some(event.detail.clone()),
        _ => None,
    });
    let expected = [("client", "offered"), ("grace", "none"), ("name", "pc"), ("session", "session")];
    assert_eq!(detail.unwrap(), expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
}

/// A step of a client's life around changes.
#[derive(Clone, Debug)]
enum Step {
    Change { reflect: bool, graceless: bool },
    Acknowledge,
    ComeBack,
    EndGrace,
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (any::<bool>(), any::<bool>()).prop_map(|(reflect, graceless)| Step::Change { reflect, graceless }),
        Just(Step::Acknowledge),
        Just(Step::ComeBack),
        Just(Step::EndGrace),
        (0..16_i64).prop_map(Step::Wait),
    ]
}

proptest! {
    /// A device that stores what it is sent can come back as long as it is connected, whenever its acknowledgement arrives.
    #[test]
    fn an_obedient_client_is_never_lost_by_reflection(steps in prop::collection::vec(step(), 1..12)) {
        let (mut world, _, pc) = connected();
        let mut token = pc.token.clone();
        let passwords: Vec<String> = (0..14).map(|at| format!("Password-{at:02}-X")).collect();
        let mut current = RIGHT.to_owned();
        let mut number = 0;
        for (at, step) in steps.into_iter().enumerate() {
            let live = world.connected(End::Client).is_some();
            let sent = world.pushed.len();
            match step {
                Step::Change { reflect, graceless } => {
                    let new = &passwords[number];
                    number += 1;
                    change(&mut world, &current, new, (reflect, graceless));
                    current.clone_from(new);
                    if live {
                        let stays = world.connected(End::Client).is_some();
                        prop_assert!(stays || !reflect, "reflected to is never cut");
                        prop_assert!(!stays || reflect || !graceless, "no grace and not reflected");
                    }
                }
                Step::Acknowledge if sent > 0 => {
                    let id = last(&world).id;
                    acknowledge(&mut world, &pc, &id);
                }
                Step::ComeBack if live => prop_assert!(come_back(&mut world, &token).is_ok(), "who is connected may come back"),
                Step::EndGrace => {
                    end_grace(&mut world, u32::try_from(at).unwrap());
                }
                Step::Wait(days) => world.advance(days * DAY),
                Step::Acknowledge | Step::ComeBack => {}
            }
            if world.pushed.len() > sent {
                token = last(&world).token;
            }
            let spent = world.person().devices.tokens.iter().filter(|token| token.end == End::Client).count();
            prop_assert!(spent <= 1, "one token a device");
        }
    }
}
