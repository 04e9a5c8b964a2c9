//! What a connected device says: `ack`, and `signal` for the account's other end (interface, section 4). A frame of a socket
//! that is not allowed any more is ignored; anything that is neither breaks the protocol.
//!
//! A signal is passed on as its bytes were, to the one socket of the other end that counts at this moment, and stored nowhere.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{
    connections::{DeviceSocket, Live, LiveSocket},
    person::{End, Person},
};
use crate::Millis;

/// Longest frame, in bytes.
pub const LONGEST: usize = 16 * 1024;
/// Longest `ack`, in bytes; ours have 32 digits.
const LONGEST_ACK: usize = 256;
/// The pace of frames: 20 a second. Kept with the socket, so that it survives hibernation.
const GAP: Millis = 50;
/// How far frames may run ahead of their pace: as many at once as a second has, with what a network delays them by.
const AHEAD: Millis = 1_000;

/// What becomes of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Its socket is not allowed any more, is silent, or was replaced.
    Ignored,
    /// It breaks the protocol.
    Broken,
    /// The device has stored its new token. In each of these, `device` is the sender's new attachment.
    Acknowledged {
        /// Who says so.
        device: DeviceSocket,
        /// The id of the offer.
        id: String,
    },
    /// For the other end.
    Signal {
        /// Who sends it.
        device: DeviceSocket,
        /// The other end's socket; `None`: nobody is there.
        to: Option<usize>,
        /// What it gets.
        frame: String,
    },
}

/// A frame in its shape.
enum Said<'a> {
    Ack(String),
    Signal(&'a RawValue),
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Ack {
    id: String,
}

#[derive(Deserialize)]
struct Signal<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
}

/// Reads a frame; `None` for one that a device may not send. The runtime hands over what was not UTF-8 on the wire as U+FFFD; a
/// device that means this character escapes it.
fn read(frame: &str) -> Option<Said<'_>> {
    if frame.len() > LONGEST || frame.contains(char::REPLACEMENT_CHARACTER) {
        return None;
    }
    let Kind { kind } = serde_json::from_str(frame).ok()?;
    match &*kind {
        "ack" if frame.len() <= LONGEST_ACK => serde_json::from_str(frame).ok().map(|Ack { id }| Said::Ack(id)),
        "signal" => serde_json::from_str(frame).ok().map(|Signal { data }| Said::Signal(data)),
        _ => None,
    }
}

/// Decides about a frame that came from this socket. The frame is the only thing that is not known to be ours.
#[must_use]
pub fn heard(person: &Person, live: &Live, from: &DeviceSocket, frame: &str, now: Millis) -> Heard {
    let is_sender = |socket: &&LiveSocket| socket.device.since == from.since;
    let Some(sender) = live.connected(person, from.end, now).filter(is_sender) else { return Heard::Ignored };
    let next = sender.device.paced.max(now);
    let Some(said) = read(frame).filter(|_| next.saturating_sub(now) < AHEAD) else {
        return Heard::Broken;
    };
    let device = DeviceSocket { paced: next.saturating_add(GAP), ..sender.device.clone() };
    match said {
        Said::Ack(id) => Heard::Acknowledged { device, id },
        Said::Signal(data) => Heard::Signal {
            device,
            to: live.connected(person, from.end.other(), now).map(|socket| socket.index),
            frame: format!(r#"{{"type":"signal","data":{data}}}"#),
        },
    }
}

/// What an end is told when the other one comes or goes.
#[must_use]
pub fn peer(role: End, connected: bool) -> String {
    json!({ "type": "peer", "role": role.code(), "connected": connected }).to_string()
}
