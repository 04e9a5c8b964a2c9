//! すべて遮断 (CW-065; interface, section 4): for a stolen phone or PC, everything that opens the account ends in one commit —
//! password, grace, tokens, device keys, sessions, connections — and a temporary password takes their place. The second factor
//! stays: whoever holds the phone still lacks the password.

use super::{ForcePassword, allowed, devices::cut, living_sessions};
use crate::{
    account::{
        connections::Bye,
        news::Matter,
        person::{Devices, End, Person, Stage},
        receipt,
    },
    ask::Reply,
    effect::Event,
    refusal::Refusal,
    rules::access::Act,
    turn::Turn,
};

/// Ends everything; answers where the person's next login will stand. A repeat is refused as used: its password was never set,
/// and the one that was is shown to nobody again. As after any forced change, the password of a person who may not use the
/// management function is not temporary, since he could not change it (CW-121).
pub(super) fn shut_out(turn: &mut Turn, person: &mut Person, command: &ForcePassword) -> Reply<Stage> {
    let ForcePassword { actor, password, operation, .. } = command;
    allowed(person, actor, Act::Revoke)?;
    let hash = password.hash()?;
    if person.repeated(turn.now, &actor.uid, "shut-out", operation) {
        return Err(Refusal::Used);
    }
    let before = receipt::before(turn, person);
    let connected = |end: &End| turn.live.connected(person, *end, turn.now).is_some();
    let cuts: Vec<&str> = [End::Viewer, End::Client].into_iter().filter(connected).map(End::code).collect();
    let event = Event::by("shut-out", turn.now, actor)
        .with("sessions", living_sessions(person, turn).to_string())
        .with("cut", cuts.join(" "))
        .with("phone", person.devices.phone.as_ref().map_or("", |phone| &phone.name))
        .with("pcs", person.devices.clients.len().to_string());
    person.set_password(hash, true, turn.now);
    person.credential.temporary = !person.prohibited;
    person.end_grace();
    // What was refused before stays refused.
    person.devices = Devices { refused: core::mem::take(&mut person.devices.refused), ..Devices::default() };
    person.device_door.known.clear();
    person.connections.clear();
    person.sessions.clear();
    person.web.clear();
    cut(turn, person, End::Viewer, Bye::CredentialsRevoked);
    cut(turn, person, End::Client, Bye::CredentialsRevoked);
    person.tell(Matter::ShutOut, &actor.login, turn.now);
    turn.log(event);
    receipt::keep(turn, person, before, ("shut-out", &actor.login), operation);
    Ok(if person.credential.temporary { Stage::PasswordDue } else { Stage::Full })
}
