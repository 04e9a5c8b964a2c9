//! Receipts: what an act on a person did, told from what came of it. A receipt is the difference that the act made to the stored
//! person and, for each connection that it cut, what the device itself answered: its own Close, or nothing.
//!
//! ```text
//! act ──> Waiting ──the device's Close──────────────────────> Closed
//!            └──its socket broke, or two seconds are over──> Unanswered     (a restart loses sockets: they answer nothing)
//! ```
//!
//! Nothing is claimed before it happened, and what was once told stays: a Close that comes later changes nothing.

use serde::{Deserialize, Serialize};

use super::{
    admin::living_sessions,
    connections::{DeviceSocket, refused},
    person::{End, Person, Phone},
};
use crate::{Millis, effect::Event, turn::Turn};

/// A device that has not answered a Close by then did not answer.
pub const ANSWER_WITHIN: Millis = 2_000;
/// How long a receipt is shown.
pub const SHOWN_FOR: Millis = 10 * 60 * 1000;
/// How many receipts are kept; the oldest goes.
const KEPT: usize = 5;

/// What one act did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The operation id of the form that asked for it.
    pub operation: String,
    /// Which act: the code of its row in the journal.
    pub code: String,
    /// Who did it: a login name.
    pub by: String,
    /// When.
    pub at: Millis,
    /// How many web sessions it ended.
    #[serde(default)]
    pub sessions: usize,
    /// The phone whose registration it took away.
    #[serde(default)]
    pub phone: Option<String>,
    /// Whether that phone is refused from now on.
    #[serde(default)]
    pub refused: bool,
    /// How many PCs it made the account forget.
    #[serde(default)]
    pub pcs: usize,
    /// Whether it took the second factor away.
    #[serde(default)]
    pub factor: bool,
    /// The connections that it cut.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Whether the journal has heard how the devices answered.
    #[serde(default)]
    pub told: bool,
}

/// One connection that was cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Viewer or client.
    pub end: End,
    /// The device's name, as far as it is known.
    pub name: String,
    /// 接続開始時刻; no two connections of one end have the same.
    pub since: Millis,
    /// What the device said.
    pub answer: Answer,
}

/// What a device said to our Close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Nothing yet.
    Waiting,
    /// Its own Close, so many milliseconds after ours.
    Closed(Millis),
    /// Nothing; it is refused when it comes back.
    Unanswered,
}

/// A person before an act.
pub(super) struct Before {
    connected: Vec<(DeviceSocket, String)>,
    sessions: usize,
    phone: Option<Phone>,
    pcs: usize,
    factor: bool,
}

/// What an act can take away, as it is now.
pub(super) fn before(turn: &Turn, person: &Person) -> Before {
    let live = [End::Viewer, End::Client].into_iter().filter_map(|end| turn.live.connected(person, end, turn.now));
    Before {
        connected: live.map(|socket| (socket.device.clone(), device_name(person, &socket.device))).collect(),
        sessions: living_sessions(person, turn),
        phone: person.devices.phone.clone(),
        pcs: person.devices.clients.len(),
        factor: person.factor,
    }
}

impl Before {
    /// What the connected device of `end` is called; empty when that is not known.
    pub(super) fn name(&self, end: End) -> &str {
        self.connected.iter().find(|(device, _)| device.end == end).map_or("", |(_, name)| name)
    }
}

/// What the account calls a device; empty when it does not know it any more.
fn device_name(person: &Person, device: &DeviceSocket) -> String {
    let devices = &person.devices;
    let phone = devices.phone.iter().map(|phone| (&phone.key, &phone.name));
    let pcs = devices.clients.iter().map(|client| (&client.key, &client.name));
    phone.chain(pcs).find(|(key, _)| **key == device.key).map(|(_, name)| name.clone()).unwrap_or_default()
}

/// Keeps what the act `code` of `by` did to a person who was as in `before`.
pub(super) fn keep(turn: &Turn, person: &mut Person, before: Before, (code, by): (&str, &str), operation: &str) {
    let cut = |(device, name): (DeviceSocket, String)| {
        refused(person, &device, turn.now).map(|_| Part { end: device.end, name, since: device.since, answer: Answer::Waiting })
    };
    let phone = before.phone.filter(|_| person.devices.phone.is_none());
    let parts: Vec<Part> = before.connected.into_iter().filter_map(cut).collect();
    let receipt = Receipt {
        operation: operation.to_owned(),
        code: code.to_owned(),
        by: by.to_owned(),
        at: turn.now,
        sessions: before.sessions.saturating_sub(living_sessions(person, turn)),
        refused: phone.as_ref().is_some_and(|phone| person.refuses(&phone.key)),
        phone: phone.map(|phone| phone.name),
        pcs: before.pcs.saturating_sub(person.devices.clients.len()),
        factor: before.factor && !person.factor,
        told: parts.is_empty(),
        parts,
    };
    if person.receipts.len() >= KEPT {
        person.receipts.remove(0);
    }
    person.receipts.push(receipt);
}

/// The socket of `end` that began at `since` and that we have closed has ended: by the device's own Close so many milliseconds
/// after ours, or, with none, without a word.
pub fn ended(person: &mut Person, end: End, since: Millis, took: Option<Millis>, now: Millis) {
    let open = person.receipts.iter_mut().filter(|receipt| now < over_at(receipt));
    let mut parts = open.flat_map(|receipt| receipt.parts.iter_mut());
    if let Some(part) = parts.find(|part| part.end == end && part.since == since && part.answer == Answer::Waiting) {
        part.answer = took.map_or(Answer::Unanswered, |took| Answer::Closed(took.max(0)));
    }
}

/// Notes who has not answered in time; a row for the journal for each receipt that became complete.
pub fn settle(person: &mut Person, now: Millis) -> Vec<Event> {
    let mut rows = Vec::new();
    for receipt in person.receipts.iter_mut().filter(|receipt| !receipt.told) {
        *receipt = as_of(receipt, now);
        if receipt.parts.iter().all(|part| part.answer != Answer::Waiting) {
            receipt.told = true;
            rows.push(row(receipt, now));
        }
    }
    rows
}

/// How the devices answered: `closed: viewer 80`, `unanswered: client`.
fn row(receipt: &Receipt, now: Millis) -> Event {
    let join = |of: &dyn Fn(&Part) -> Option<String>| receipt.parts.iter().filter_map(of).collect::<Vec<_>>().join(" ");
    let closed = join(&|part| match part.answer {
        Answer::Closed(took) => Some(format!("{} {took}", part.end.code())),
        _ => None,
    });
    let unanswered = join(&|part| (part.answer == Answer::Unanswered).then(|| part.end.code().to_owned()));
    let with = |event: Event, key: &str, value: String| if value.is_empty() { event } else { event.with(key, value) };
    let event = Event::new("cut-answered", now, &receipt.by).with("act", &receipt.code);
    with(with(event, "closed", closed), "unanswered", unanswered)
}

/// A receipt as it stands at this moment.
fn as_of(receipt: &Receipt, now: Millis) -> Receipt {
    let mut receipt = receipt.clone();
    let over = now >= over_at(&receipt);
    for part in receipt.parts.iter_mut().filter(|part| over && part.answer == Answer::Waiting) {
        part.answer = Answer::Unanswered;
    }
    receipt
}

/// The newest receipt, as long as it is shown.
pub(super) fn shown(person: &Person, now: Millis) -> Option<Receipt> {
    let newest = person.receipts.last()?;
    (now < newest.at.saturating_add(SHOWN_FOR)).then(|| as_of(newest, now))
}

/// When the next receipt is complete whatever its devices do; `None` when the journal has heard of all.
#[must_use]
pub fn due(person: &Person) -> Option<Millis> {
    person.receipts.iter().filter(|receipt| !receipt.told).map(over_at).min()
}

/// When the devices of a receipt have not answered in time.
fn over_at(receipt: &Receipt) -> Millis {
    receipt.at.saturating_add(ANSWER_WITHIN)
}
