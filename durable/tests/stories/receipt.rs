//! What an act did, told by what came of it: which connections were cut and what each device answered (issue 3, receipts).

use durable::{
    Millis,
    account::{
        Acted, Disconnect, EndGrace, Receipt, ResetDevice,
        person::End,
        receipt::{self, ANSWER_WITHIN, Answer, SHOWN_FOR},
    },
    effect::{Effect, Event},
    rules::access::Act,
};
use proptest::prelude::*;

use super::world::*;

/// A user with a phone and a PC connected and one session.
fn busy() -> World {
    let mut world = World::user();
    for device in [world.viewer(RIGHT).unwrap(), world.client(RIGHT).unwrap()] {
        world.connect(&device.token).unwrap();
    }
    world.sign_in_as("session", RIGHT).unwrap();
    world.effects.clear();
    world
}

fn disconnect(world: &mut World, end: End) -> Acted {
    world.ask(Disconnect { actor: administrator(), end, operation: "operation".into() }).unwrap()
}

/// What the page shows.
fn shown(world: &mut World) -> Receipt {
    world.view().receipt.unwrap()
}

fn answers(receipt: &Receipt) -> Vec<(End, Answer)> {
    receipt.parts.iter().map(|part| (part.end, part.answer)).collect()
}

/// The device of the newest receipt's part at `at` ends its socket, `took` after our Close or without a word; what the shell does then.
fn ends(world: &mut World, at: usize, took: Option<Millis>) {
    let part = world.person().receipts.last().unwrap().parts[at].clone();
    let person = world.person.as_mut().unwrap();
    receipt::ended(person, part.end, part.since, took, world.now);
    note(world);
}

/// What the alarm does.
fn note(world: &mut World) {
    let rows = receipt::settle(world.person.as_mut().unwrap(), world.now);
    world.effects.extend(rows.into_iter().map(Effect::Log));
}

/// The rows about answers.
fn rows(world: &World) -> Vec<Event> {
    let log = world.effects.iter().filter_map(|effect| match effect {
        Effect::Log(event) if event.code == "cut-answered" => Some(event.clone()),
        _ => None,
    });
    log.collect()
}

fn detail(event: &Event) -> Vec<(&str, &str)> {
    event.detail.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

#[test]
fn cw_072_a_disconnection_waits_for_the_devices_own_close_and_tells_how_long_it_took() {
    let mut world = busy();
    disconnect(&mut world, End::Viewer);
    let receipt = shown(&mut world);
    assert_eq!(answers(&receipt), [(End::Viewer, Answer::Waiting)], "nothing is claimed before it happened");
    assert_eq!(
        (receipt.code.as_str(), receipt.by.as_str(), receipt.operation.as_str()),
        ("disconnected", "admin.00001", "operation")
    );
    assert_eq!(receipt.parts[0].name, "phone");
    world.now += 80;
    ends(&mut world, 0, Some(80));
    assert_eq!(answers(&shown(&mut world)), [(End::Viewer, Answer::Closed(80))]);
    let rows = rows(&world);
    assert_eq!(detail(&rows[0]), [("act", "disconnected"), ("closed", "viewer 80")]);
    assert_eq!((rows.len(), rows[0].by.as_str()), (1, "admin.00001"));
    assert_eq!(receipt::due(world.person()), None, "there is nothing left to wait for");
}

#[test]
fn cw_092_one_row_says_who_answered_and_who_did_not() {
    let mut world = busy();
    world.administer(Act::Prohibit).unwrap();
    let receipt = shown(&mut world);
    assert_eq!((receipt.sessions, receipt.phone.as_deref(), receipt.pcs), (1, Some("phone"), 0));
    assert_eq!(answers(&receipt), [(End::Viewer, Answer::Waiting), (End::Client, Answer::Waiting)]);
    world.now += 40;
    ends(&mut world, 1, Some(40));
    assert_eq!(rows(&world), [], "no row for a wait");
    assert_eq!(receipt::due(world.person()), Some(MORNING + ANSWER_WITHIN));
    world.now = MORNING + ANSWER_WITHIN;
    assert_eq!(answers(&shown(&mut world))[0], (End::Viewer, Answer::Unanswered), "decided on read, whenever the alarm comes");
    note(&mut world);
    note(&mut world);
    let rows = rows(&world);
    assert_eq!(rows.len(), 1, "however often the alarm comes");
    assert_eq!(detail(&rows[0]), [("act", "use-prohibited"), ("closed", "client 40"), ("unanswered", "viewer")]);
}

#[test]
fn what_was_told_once_stays_when_a_close_comes_late() {
    let mut world = busy();
    disconnect(&mut world, End::Client);
    world.now += ANSWER_WITHIN;
    ends(&mut world, 0, Some(ANSWER_WITHIN));
    assert_eq!(answers(&shown(&mut world)), [(End::Client, Answer::Unanswered)]);
    assert_eq!(detail(&rows(&world)[0]), [("act", "disconnected"), ("unanswered", "client")]);
}

#[test]
fn a_socket_that_breaks_has_not_answered() {
    let mut world = busy();
    disconnect(&mut world, End::Client);
    world.now += 10;
    ends(&mut world, 0, None);
    ends(&mut world, 0, Some(20));
    assert_eq!(answers(&shown(&mut world)), [(End::Client, Answer::Unanswered)]);
    assert_eq!(rows(&world).len(), 1);
}

#[test]
fn cw_064_a_reset_cuts_nobody_and_its_receipt_is_complete_at_once() {
    let mut world = busy();
    world.ask(ResetDevice { actor: administrator(), refuse: false, operation: "operation".into() }).unwrap();
    let receipt = shown(&mut world);
    assert_eq!((receipt.phone.as_deref(), answers(&receipt), receipt.told), (Some("phone"), vec![], true));
    assert_eq!(receipt::due(world.person()), None);
}

#[test]
fn a_revocation_of_nobody_has_its_receipt_at_once() {
    let mut world = World::user();
    world.administer(Act::Prohibit).unwrap();
    let receipt = shown(&mut world);
    assert_eq!((receipt.sessions, receipt.phone, receipt.parts.len(), receipt.told), (0, None, 0, true));
}

#[test]
fn cw_101_the_removal_of_the_second_factor_says_so() {
    let mut world = World::user();
    world.sign_in_as("one", RIGHT).unwrap();
    world.person.as_mut().unwrap().factor = true;
    world.sign_in_as("two", RIGHT).unwrap();
    world.administer(Act::ResetFactor).unwrap();
    let receipt = shown(&mut world);
    assert_eq!((receipt.code.as_str(), receipt.factor, receipt.sessions), ("factor-reset", true, 1));
}

#[test]
fn cw_119_only_what_the_change_really_cut_is_in_its_receipt() {
    for graceless in [false, true] {
        let mut world = busy();
        world.force(NEW, true, graceless).unwrap();
        let receipt = shown(&mut world);
        let expected = if graceless { vec![(End::Client, Answer::Waiting)] } else { vec![] };
        assert_eq!((answers(&receipt), receipt.sessions), (expected, 1), "the viewer stays until it ends");
    }
    let mut world = busy();
    world.change_with(RIGHT, NEW, false, false);
    world.ask(EndGrace { session: "session".into(), operation: "operation".into() }).unwrap();
    let receipt = shown(&mut world);
    assert_eq!((receipt.code.as_str(), receipt.by.as_str(), receipt.parts[0].end), ("grace-ended", LOGIN, End::Client));
}

#[test]
fn an_act_that_finds_nothing_or_takes_nothing_away_leaves_no_receipt() {
    let mut world = World::user();
    world.fail(1);
    disconnect(&mut world, End::Viewer);
    world.ask(ResetDevice { actor: administrator(), refuse: false, operation: "operation".into() }).unwrap();
    for act in [Act::Unlock, Act::Allow, Act::ResetFactor] {
        world.administer(act).unwrap();
    }
    assert_eq!(world.view().receipt, None);
}

#[test]
fn a_receipt_is_shown_for_ten_minutes_and_five_are_kept() {
    let mut world = World::user();
    let phone = world.viewer(RIGHT).unwrap();
    for at in 0..7 {
        world.connect(&phone.token).unwrap();
        let operation = format!("operation {at}");
        world.ask(Disconnect { actor: administrator(), end: End::Viewer, operation }).unwrap();
        world.now += 100;
    }
    assert_eq!(shown(&mut world).operation, "operation 6");
    assert_eq!(world.person().receipts.len(), 5);
    world.now += SHOWN_FOR - 101;
    assert!(world.view().receipt.is_some());
    world.now += 1;
    assert_eq!(world.view().receipt, None);
}

#[test]
fn the_same_form_twice_makes_one_receipt() {
    let mut world = busy();
    disconnect(&mut world, End::Viewer);
    disconnect(&mut world, End::Viewer);
    assert_eq!(world.person().receipts.len(), 1);
}

#[derive(Clone, Debug)]
enum Step {
    Act(u8),
    Connect(bool),
    Ends(usize, bool),
    Wait(Millis),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..6_u8).prop_map(Step::Act),
        any::<bool>().prop_map(Step::Connect),
        (0..2_usize, any::<bool>()).prop_map(|(at, clean)| Step::Ends(at, clean)),
        (1..1_500_i64).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Preview and receipt speak of the same things: what was connected before and is not after; and each part goes from
    /// waiting to one answer, once, with one row a receipt.
    #[test]
    fn a_receipt_names_exactly_what_was_cut_and_never_takes_back_what_it_said(steps in prop::collection::vec(step(), 1..24)) {
        let mut world = busy();
        let mut told: Vec<Receipt> = Vec::new();
        for step in steps {
            match step {
                Step::Act(which) => {
                    let before = world.view();
                    let count = world.person().receipts.last().map(|receipt| receipt.at);
                    world.now += 1;
                    match which {
                        0 => drop(disconnect(&mut world, End::Viewer)),
                        1 => drop(world.ask(Disconnect { actor: administrator(), end: End::Client, operation: format!("c{}", world.now) })),
                        2 => drop(world.administer(Act::Prohibit)),
                        3 => drop(world.administer(Act::Allow)),
                        4 => drop(world.force(RIGHT, false, true)),
                        _ => drop(world.force(RIGHT, false, false)),
                    }
                    let after = world.view();
                    if world.person().receipts.last().map(|receipt| receipt.at) != count {
                        let receipt = after.receipt.clone().unwrap();
                        let was = [(End::Viewer, before.viewer, after.viewer), (End::Client, before.client, after.client)];
                        let cut: Vec<(End, Millis)> = was.iter().filter(|(_, _, now)| now.is_none()).filter_map(|(end, was, _)| Some((*end, (*was)?))).collect();
                        prop_assert_eq!(receipt.parts.iter().map(|part| (part.end, part.since)).collect::<Vec<_>>(), cut);
                        prop_assert_eq!(receipt.sessions, before.sessions - after.sessions);
                        prop_assert_eq!(receipt.phone.is_some(), before.phone.is_some() && after.phone.is_none());
                    }
                }
                Step::Connect(viewer) => {
                    let device = if viewer { world.viewer(RIGHT) } else { world.client(RIGHT) };
                    if let Ok(device) = device {
                        world.connect(&device.token).unwrap();
                    }
                }
                Step::Ends(at, clean) => {
                    if world.person().receipts.last().is_some_and(|receipt| receipt.parts.len() > at) {
                        ends(&mut world, at, clean.then_some(7));
                    }
                }
                Step::Wait(ms) => {
                    world.now += ms;
                    world.ping();
                    note(&mut world);
                }
            }
            for receipt in world.person().receipts.iter().filter(|receipt| receipt.told) {
                prop_assert!(receipt.parts.iter().all(|part| part.answer != Answer::Waiting));
                match told.iter().find(|known| known.at == receipt.at && known.code == receipt.code) {
                    Some(known) => prop_assert_eq!(known, receipt),
                    None => told.push(receipt.clone()),
                }
            }
            let with_parts = told.iter().filter(|receipt| !receipt.parts.is_empty()).count();
            prop_assert_eq!(rows(&world).len(), with_parts);
        }
    }
}
