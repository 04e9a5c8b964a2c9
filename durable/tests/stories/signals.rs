//! Section 4 of the interface, `signal` and `peer`: what the account's two ends hear of each other, and what of a device's frames
//! is acted on.

use durable::account::{
    Disconnect,
    connections::{Bye, DeviceSocket},
    frames::{Heard, LONGEST},
    person::End,
};
use proptest::prelude::*;

use super::world::*;

fn both() -> (World, Device, Device) {
    let mut world = World::user();
    let (phone, pc) = (world.viewer(RIGHT).unwrap(), world.client(RIGHT).unwrap());
    world.connect(&phone.token).unwrap();
    world.connect(&pc.token).unwrap();
    (world, phone, pc)
}

fn index(world: &World, end: End) -> usize {
    world.live.connected(world.person(), end, world.now).unwrap().index
}

/// What the other end gets, and on which socket.
fn passed(heard: Heard) -> (Option<usize>, String) {
    let signal = match heard {
        Heard::Signal { to, frame, .. } => Some((to, frame)),
        _ => None,
    };
    signal.unwrap()
}

fn cut(world: &mut World, end: End) {
    let operation = format!("{:032x}", world.now);
    world.ask(Disconnect { actor: administrator(), end, operation }).unwrap();
}

#[test]
fn each_end_hears_when_the_other_comes_and_goes_and_the_newcomer_who_is_there() {
    let mut world = World::user();
    let (phone, pc) = (world.viewer(RIGHT).unwrap(), world.client(RIGHT).unwrap());
    world.connect(&phone.token).unwrap();
    assert_eq!(world.peers, [], "nobody is there, and nothing is said");
    world.connect(&pc.token).unwrap();
    assert_eq!(world.peers, [(End::Client, true), (End::Viewer, true)]);
    world.peers.clear();
    world.advance(HOUR);
    assert_eq!(world.peers, [], "told once");
    world.leave(End::Client);
    assert_eq!(world.peers, [(End::Viewer, false)]);
    world.connect(&pc.token).unwrap();
    assert_eq!(world.peers[1..], [(End::Client, true), (End::Viewer, true)]);
}

#[test]
fn a_replaced_end_has_gone_and_another_has_come() {
    let (mut world, _, pc) = both();
    world.peers.clear();
    world.connect(&pc.token).unwrap();
    assert_eq!(world.closed, [(End::Client, Bye::Replaced, Some(true))]);
    assert_eq!(world.peers, [(End::Client, true), (End::Viewer, false), (End::Viewer, true)]);
}

#[test]
fn an_end_that_is_cut_or_falls_silent_has_gone() {
    let (mut world, ..) = both();
    world.peers.clear();
    cut(&mut world, End::Viewer);
    assert_eq!(world.peers, [(End::Client, false)]);

    let (mut world, ..) = both();
    world.peers.clear();
    world.now += 90 * SECOND;
    let client = world.live.devices.iter_mut().find(|socket| socket.device.end == End::Client).unwrap();
    client.heard = world.now;
    world.reconcile();
    assert_eq!(
        (world.closed.as_slice(), world.peers.as_slice()),
        (&[(End::Viewer, Bye::Silent, None)][..], &[(End::Client, false)][..])
    );
}

#[test]
fn what_one_end_sends_reaches_the_other_as_it_was() {
    let (mut world, ..) = both();
    for data in [
        r#"{"sdp":"v=0\r\n","日本":["語",1,null,true]}"#,
        "null",
        "12345678901234567890123.450",
        r#""\ud83d\u0022""#,
        "[ 1,\n2 ]",
        "false",
    ] {
        for (from, to) in [(End::Viewer, End::Client), (End::Client, End::Viewer)] {
            let to = Some(index(&world, to));
            let frame = format!(r#"{{"type":"signal","data":{data}}}"#);
            assert_eq!(passed(world.says(from, &frame)), (to, frame.clone()));
            let other = format!(r#"{{ "more": 1, "data" : {data}, "type" : "signal" }}"#);
            assert_eq!(passed(world.says(from, &other)), (to, frame), "without members that nobody knows");
        }
        world.advance(SECOND);
    }
    assert!(!serde_json::to_string(world.person()).unwrap().contains("sdp"), "nothing is stored");
}

#[test]
fn a_signal_to_nobody_is_dropped_and_changes_nothing() {
    let (mut world, ..) = both();
    world.leave(End::Client);
    let before = world.person().clone();
    assert_eq!(passed(world.says(End::Viewer, r#"{"type":"signal","data":1}"#)).0, None);
    assert_eq!((world.person(), world.closed.len()), (&before, 0));
}

#[test]
fn a_frame_of_sixteen_kib_passes_and_a_longer_one_breaks_the_protocol() {
    let (mut world, ..) = both();
    let of = |bytes: usize| format!(r#"{{"type":"signal","data":"{}"}}"#, "x".repeat(bytes - 27));
    let whole = of(LONGEST);
    assert_eq!(whole.len(), 16 * 1024);
    assert_eq!(passed(world.says(End::Viewer, &whole)).1, whole);
    assert_eq!(world.says(End::Viewer, &of(LONGEST + 1)), Heard::Broken);
}

#[test]
fn twenty_a_second_pass_and_the_next_breaks_the_protocol() {
    let (mut world, ..) = both();
    for second in 0..3 {
        for _ in 0..20 {
            passed(world.says(End::Viewer, r#"{"type":"signal","data":1}"#));
        }
        passed(world.says(End::Client, r#"{"type":"signal","data":1}"#));
        if second < 2 {
            world.advance(SECOND);
        }
    }
    let device = world.connected(End::Viewer).unwrap().clone();
    assert_eq!(world.says_from(&device, r#"{"type":"signal","data":1}"#), Heard::Broken);
    assert_eq!(world.says_from(&device, r#"{"type":"ack","id":"7f"}"#), Heard::Broken, "acks count too");
    passed(world.says(End::Client, r#"{"type":"signal","data":1}"#));
}

#[test]
fn frames_of_a_socket_that_is_not_allowed_any_more_are_ignored() {
    let (mut world, phone, _) = both();
    let old = world.connected(End::Viewer).unwrap().clone();
    let signal = r#"{"type":"signal","data":1}"#;
    let ignored = |world: &mut World, device: &DeviceSocket| {
        for frame in [signal, r#"{"type":"ack","id":"7f"}"#, "nonsense"] {
            assert_eq!(world.says_from(device, frame), Heard::Ignored);
        }
    };
    // Cut, and the socket is still there: the object stopped before it closed it.
    world.person.as_mut().unwrap().cut(End::Viewer, world.now, Bye::Administrator);
    ignored(&mut world, &old);
    world.reconcile();
    // Replaced: an older socket of this end.
    world.connect(&phone.token).unwrap();
    ignored(&mut world, &old);
    // Silent.
    world.now += 91 * SECOND;
    let silent = world.live.devices.iter().find(|socket| socket.device.end == End::Viewer).unwrap().device.clone();
    ignored(&mut world, &silent);
}

#[test]
fn what_no_device_may_say_breaks_the_protocol() {
    let (mut world, ..) = both();
    let device = world.connected(End::Viewer).unwrap().clone();
    let long = format!(r#"{{"type":"ack","id":"{}"}}"#, "7".repeat(300));
    for frame in [
        r#"{"type":"ack"}"#,
        r#"{"type":"ack","id":7}"#,
        r#"{"type":"signal"}"#,
        r#"{"id":"7f"}"#,
        "[]",
        "",
        "{",
        "null",
        "7",
        &long,
        "ping ",
        r#"{"type":"peer","role":"client","connected":true}"#,
        r#"{"type":"signal","data":01}"#,
        r#"{"type":"signal","data":}"#,
        r#"{"type":"signal","type":"ack","data":1}"#,
        r#"{"type":"signal","data":1,"data":2}"#,
        r#"{"type":"signal","data":1} "x""#,
        r#"{"type":7,"data":1}"#,
        "{\"type\":\"signal\",\"data\":\"\u{1}\"}",
        // What the runtime makes of bytes that are no UTF-8.
        "{\"type\":\"signal\",\"data\":\"\u{fffd}\"}",
    ] {
        assert_eq!(world.says_from(&device, frame), Heard::Broken, "{frame}");
    }
}

proptest! {
    /// Whatever a device sends, it is a frame of ours or it breaks the protocol; what is passed on is JSON again.
    #[test]
    fn any_text_is_decided_and_what_passes_is_json(text in r#"(\PC{0,40}|\{"type":"signal","data":\PC{0,20}\})"#) {
        let (mut world, ..) = both();
        match world.says(End::Viewer, &text) {
            Heard::Broken => {}
            Heard::Signal { frame, .. } => {
                let sent: serde_json::Value = serde_json::from_str(&frame).unwrap();
                let said: serde_json::Value = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(&sent["data"], &said["data"]);
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
}
