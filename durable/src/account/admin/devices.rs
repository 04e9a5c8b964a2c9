//! 切断 and 初期化: the connections and the registered phone of a person. Cutting is stored as an instant; closing the sockets is
//! reconciliation.

use serde::{Deserialize, Serialize};

use super::{Acted, allowed};
use crate::{
    account::{
        connections::Bye,
        person::{End, Person, Phone},
        receipt,
    },
    ask::Reply,
    effect::Event,
    rules::access::{Act, Actor},
    turn::Turn,
};

/// 切断 of one end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Disconnect {
    /// Who.
    pub actor: Actor,
    /// Which end.
    pub end: End,
    /// The form's operation id.
    pub operation: String,
}

/// 端末認証情報の初期化
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResetDevice {
    /// Who.
    pub actor: Actor,
    /// 以前の端末を拒否する: the phone's key opens nothing from now on (CW-065).
    #[serde(default)]
    pub refuse: bool,
    /// The form's operation id.
    pub operation: String,
}

/// Cuts every connection of that end that exists now (CW-071); the device may come back (CW-073).
pub(in crate::account) fn disconnect(turn: &mut Turn, person: &mut Person, command: &Disconnect) -> Reply<Acted> {
    allowed(person, &command.actor, Act::Disconnect)?;
    let what = match command.end {
        End::Viewer => "disconnect-viewer",
        End::Client => "disconnect-client",
    };
    if person.repeated(turn.now, &command.actor.uid, what, &command.operation) {
        return Ok(Acted { found: true });
    }
    let before = receipt::before(turn, person);
    let found = turn.live.connected(person, command.end, turn.now).is_some();
    if found {
        cut(turn, person, command.end, Bye::Administrator);
        let event = Event::by("disconnected", turn.now, &command.actor);
        turn.log(event.with("end", command.end.code()).with("name", before.name(command.end)));
        receipt::keep(turn, person, before, ("disconnected", &command.actor.login), &command.operation);
    }
    Ok(Acted { found })
}

/// Forgets the registered phone. The live phone stays until it disconnects (CW-064), also one that is refused; its token dies.
pub(in crate::account) fn reset_device(turn: &mut Turn, person: &mut Person, command: &ResetDevice) -> Reply<Acted> {
    allowed(person, &command.actor, Act::ResetDevice)?;
    let what = if command.refuse { "reset-device refuse" } else { "reset-device" };
    if person.repeated(turn.now, &command.actor.uid, what, &command.operation) {
        return Ok(Acted { found: true });
    }
    let before = receipt::before(turn, person);
    let phone = forget_phone(person);
    if let Some(phone) = &phone {
        person.drop_open_attempts();
        let event = Event::by("device-reset", turn.now, &command.actor).with("phone", &phone.name);
        turn.log(if command.refuse { event.with("refused", "yes") } else { event });
        if command.refuse {
            person.refuse_key(phone.key.clone());
        }
        receipt::keep(turn, person, before, ("device-reset", &command.actor.login), &command.operation);
    }
    Ok(Acted { found: phone.is_some() })
}

/// Cuts every connection of `end` that exists now.
pub(super) fn cut(turn: &Turn, person: &mut Person, end: End, bye: Bye) {
    // Where several begin in one millisecond, their `since` runs ahead of the clock, and the cut has to reach the last of them.
    let begun = turn.live.devices.iter().filter(|socket| socket.device.end == end).map(|socket| socket.device.since);
    person.cut(end, begun.fold(turn.now, i64::max), bye);
}

/// Takes the phone's registration, its token and its budget away; gives what was registered.
pub(super) fn forget_phone(person: &mut Person) -> Option<Phone> {
    let phone = person.devices.phone.take()?;
    person.devices.tokens.retain(|token| token.end != End::Viewer);
    person.device_door.known.remove(&phone.key);
    Some(phone)
}
