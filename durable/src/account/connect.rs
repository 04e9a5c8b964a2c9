//! The device door: login, registration of the one phone, and the connection. The lock of the web doors never touches it
//! (CW-083); it has budgets of its own, apart for each known device, so that a stranger cannot block a real phone.

use serde::{Deserialize, Serialize};

use super::{
    connections::{DeviceSocket, Live, standing},
    credential,
    news::Matter,
    person::{Client, End, PasswordStatus, Person, Phone, Role, Token},
    sign_in::{Challenge, challenge, compare, denied},
};
use crate::{
    Millis,
    ask::Reply,
    effect::{Effect, Event},
    refusal::Refusal,
    rules::{
        budget,
        lockout::{Outcome, Settled},
        phc::same,
    },
    secret::Secret,
    turn::Turn,
};

/// What a closed device door tells an unknown device to wait, in seconds; only an administrator opens it sooner.
const CLOSED_RETRY_S: u32 = 3_600;

/// A device's connection is logged at most this often.
const CONNECTION_LOGGED_EVERY: Millis = 60 * 60 * 1000;

/// A connection that goes on is noted at most this often.
const CONNECTION_NOTED_EVERY: Millis = CONNECTION_LOGGED_EVERY / 2;

/// Device login, first half.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AttemptDevice {
    /// The folded login name.
    pub login: String,
    /// SHA-256 of the device key it sent.
    pub key: Option<String>,
}

/// Device login, second half.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SettleDevice {
    /// From the challenge.
    pub attempt: String,
    /// Argon2id's output over the typed password, base64url.
    pub output: Secret,
    /// Viewer or client.
    pub end: End,
    /// SHA-256 of the device key it sent.
    pub key: Option<String>,
    /// SHA-256 of the key that this login would give out.
    pub new_key: String,
    /// SHA-256 of its `Idempotency-Key`.
    pub request: Option<String>,
    /// SHA-256 of the token that this login would give out.
    pub token: String,
    /// 端末名
    pub name: String,
    /// 端末のOS
    pub os: String,
    /// The address.
    pub address: String,
}

/// The device may connect with the new token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAnswer {
    /// Whether this login registered the device, so that the new key counts and is given out.
    pub registered: bool,
    /// Which password it was.
    pub password: PasswordStatus,
}

/// A device connects.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Connect {
    /// SHA-256 of its token.
    pub token: String,
    /// `X-If-Vacant: 1`
    pub if_vacant: bool,
}

/// What the shell attaches to the socket and says first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// The attachment.
    pub device: DeviceSocket,
    /// Which password.
    pub password: PasswordStatus,
}

/// Whether this key is one the account knows.
fn known(person: &Person, key: &str) -> bool {
    let matches = |stored: &str| same(stored.as_bytes(), key.as_bytes());
    person.devices.phone.as_ref().is_some_and(|phone| matches(&phone.key))
        || person.devices.clients.iter().any(|client| matches(&client.key))
}

/// Charges the bucket that the device belongs to.
pub(super) fn attempt(turn: &mut Turn, person: &mut Person, command: &AttemptDevice) -> Reply<Challenge> {
    if command.login != person.identity.login {
        return Err(Refusal::NotFound);
    }
    let Some(door) = &turn.profile.device_door else { return Err(Refusal::NotFound) };
    let id = turn.id();
    if person.identity.role == Role::Administrator {
        person.web.charge(&turn.profile.web_lock, turn.now, id.clone()).map_err(denied)?;
        return Ok(challenge(turn, &person.credential, id));
    }
    let charged = match command.key.as_ref().filter(|key| known(person, key)) {
        Some(key) => person.device_door.known.entry(key.clone()).or_default().charge(&door.known, turn.now, id.clone()),
        None => person.device_door.unknown.charge(&door.unknown, turn.now, id.clone()),
    };
    charged.map_err(denied_device)?;
    Ok(challenge(turn, &person.credential, id))
}

/// How a denied charge is told at the device door.
pub(crate) fn denied_device(denied: budget::Denied) -> Refusal {
    match denied {
        budget::Denied::TooMany { retry_after_s } => Refusal::TooMany { retry_after: retry_after_s },
        budget::Denied::Closed => Refusal::TooMany { retry_after: CLOSED_RETRY_S },
        budget::Denied::Busy => Refusal::Busy,
    }
}

/// Settles the charge; a right password registers the device if it may and gives it a token.
pub(super) fn settle(turn: &mut Turn, person: &mut Person, command: &SettleDevice) -> Reply<DeviceAnswer> {
    let status = verify(turn, person, command)?;
    if person.identity.role == Role::Administrator {
        return Err(Refusal::RemoteAccessNotAllowed);
    }
    // What follows from an `Idempotency-Key` would give a refused device its key again.
    if command.key.as_ref().is_some_and(|key| person.refuses(key)) || person.refuses(&command.new_key) {
        return Err(Refusal::DeviceNotRegistered);
    }
    if person.credential.temporary && status == PasswordStatus::Current {
        return Err(Refusal::PasswordChangeRequired);
    }
    let (key, registered) = match command.end {
        End::Viewer => phone(turn, person, command)?,
        End::Client => client(turn, person, command),
    };
    let generation = match status {
        PasswordStatus::Current => person.credential.generation,
        PasswordStatus::Previous { .. } => person.credential.previous.as_ref().map_or(0, |previous| previous.generation),
    };
    // There is one phone, so a viewer's token of another key is one that this login replaces.
    person.devices.tokens.retain(|token| token.end != command.end || (token.end == End::Client && token.key != key));
    let hash = command.token.clone();
    let (end, born) = (command.end, turn.now);
    person.devices.tokens.push(Token { hash, end, key: key.clone(), generation, offer: None, spent: None, born });
    let code = if registered { "device-registered" } else { "device-signed-in" };
    let event = Event::new(code, turn.now, &person.identity.login).from(&command.address);
    turn.log(event.with("end", command.end.code()).with("name", name_of(person, &key).unwrap_or(&command.name)));
    Ok(DeviceAnswer { registered, password: status })
}

/// Right password, or a refusal. A previous password counts only for a client with a known key, inside its grace (CW-116).
fn verify(turn: &mut Turn, person: &mut Person, command: &SettleDevice) -> Result<PasswordStatus, Refusal> {
    let key = command.key.as_ref().filter(|key| known(person, key)).cloned();
    let compared = compare(&person.credential, &command.output);
    let status = match compared {
        _ if !person.in_service(turn.now) => None,
        Outcome::Right => Some(PasswordStatus::Current),
        Outcome::Previous if key.is_some() => person
            .credential
            .previous
            .as_ref()
            .and_then(|previous| person.password_status(command.end, previous.generation, turn.now)),
        Outcome::Previous | Outcome::Wrong => None,
    };
    let outcome = if status.is_some() { Outcome::Right } else { Outcome::Wrong };
    let settled = settle_charge(turn, person, command, key, outcome);
    if settled != Settled::Unknown {
        person.verified.device = person.verified.device.saturating_add(1);
    }
    if matches!(settled, Settled::Failed | Settled::FailedAndLocked) {
        let event = Event::new("device-sign-in-failed", turn.now, &person.identity.login).from(&command.address);
        turn.effects.push(Effect::Log(event));
    }
    status.filter(|_| settled == Settled::Cleared).ok_or(Refusal::Wrong)
}

fn settle_charge(turn: &Turn, person: &mut Person, command: &SettleDevice, key: Option<String>, outcome: Outcome) -> Settled {
    let Some(door) = &turn.profile.device_door else { return Settled::Unknown };
    let (now, id) = (turn.now, command.attempt.as_str());
    if person.identity.role == Role::Administrator {
        return person.web.settle(&turn.profile.web_lock, now, id, outcome);
    }
    match key {
        Some(key) => person.device_door.known.entry(key).or_default().settle(&door.known, now, id, outcome),
        None => person.device_door.unknown.settle(&door.unknown, now, id, outcome),
    }
}

/// The one phone: registered on the first login (CW-060), from then on only this one (CW-061).
fn phone(turn: &Turn, person: &mut Person, command: &SettleDevice) -> Result<(String, bool), Refusal> {
    match &mut person.devices.phone {
        Some(phone) if command.key.as_ref().is_some_and(|key| same(key.as_bytes(), phone.key.as_bytes())) => {
            Ok((phone.key.clone(), false))
        }
        Some(phone) if command.request.is_some() && phone.request == command.request => {
            phone.key.clone_from(&command.new_key);
            Ok((phone.key.clone(), true))
        }
        Some(_) => Err(Refusal::DeviceNotRegistered),
        None => {
            person.devices.phone = Some(Phone {
                key: command.new_key.clone(),
                request: command.request.clone(),
                name: command.name.clone(),
                os: command.os.clone(),
                at: turn.now,
            });
            person.tell(Matter::PhoneRegistered, &command.name, turn.now);
            Ok((command.new_key.clone(), true))
        }
    }
}

/// Any PC with the password; a new one gets a key, and the one used longest ago goes when there are too many.
fn client(turn: &Turn, person: &mut Person, command: &SettleDevice) -> (String, bool) {
    let clients = &mut person.devices.clients;
    if let Some(key) = &command.key
        && let Some(client) = clients.iter_mut().find(|client| same(client.key.as_bytes(), key.as_bytes()))
    {
        client.last = turn.now;
        return (client.key.clone(), false);
    }
    if let Some(client) = clients.iter_mut().find(|client| command.request.is_some() && client.request == command.request) {
        client.key.clone_from(&command.new_key);
        client.last = turn.now;
        return (client.key.clone(), true);
    }
    while clients.len() >= turn.profile.keys {
        let oldest = clients.iter().enumerate().min_by_key(|(_, client)| client.last).map(|(index, _)| index);
        let Some(oldest) = oldest else { break };
        let gone = clients.remove(oldest);
        person.devices.tokens.retain(|token| token.key != gone.key);
        person.device_door.known.remove(&gone.key);
    }
    clients.push(Client {
        key: command.new_key.clone(),
        request: command.request.clone(),
        name: command.name.clone(),
        os: command.os.clone(),
        at: turn.now,
        last: turn.now,
    });
    (command.new_key.clone(), true)
}

/// The name under which the account knows a device.
pub(super) fn name_of<'a>(person: &'a Person, key: &str) -> Option<&'a str> {
    let phone = person.devices.phone.iter().filter(|phone| phone.key == key).map(|phone| phone.name.as_str());
    let clients = person.devices.clients.iter().filter(|client| client.key == key).map(|client| client.name.as_str());
    phone.chain(clients).next()
}

/// An event of a connected device.
fn of_device(person: &Person, code: &str, device: &DeviceSocket, now: Millis) -> Event {
    let event = Event::new(code, now, &person.identity.login).with("end", device.end.code());
    match name_of(person, &device.key) {
        Some(name) => event.with("name", name),
        None => event,
    }
}

/// A PC was heard of; kept with what is stored anyway.
fn seen(person: &mut Person, key: &str, now: Millis) {
    if let Some(client) = person.devices.clients.iter_mut().find(|client| client.key == key) {
        client.last = now;
    }
}

/// A device has gone by itself. Its coming and going is summed on its way to the journal, and what comes after a long connection
/// is news again.
#[must_use]
pub fn gone(person: &mut Person, device: &DeviceSocket, now: Millis) -> Event {
    seen(person, &device.key, now);
    if let Some(at) = person.connections.get_mut(&device.key) {
        *at = device.since.min(*at);
    }
    of_device(person, "device-disconnected", device, now)
}

/// Devices that are still connected, noted by a round of the alarm about twice an hour: if the server fails now, nobody saw them
/// go, so their coming back is no news and costs no commit, however long they had been there.
pub fn still_here(person: &mut Person, live: &Live, now: Millis) {
    for end in [End::Viewer, End::Client] {
        if let Some(key) = live.connected(person, end, now).map(|socket| socket.device.key.clone()) {
            let noted = person.connections.entry(key).or_insert(now);
            if now.saturating_sub(*noted) >= CONNECTION_NOTED_EVERY {
                *noted = now;
            }
        }
    }
}

/// Logs a connection, unless the same device was logged within the hour: a reconnect costs no commit.
fn log_connection(turn: &mut Turn, person: &mut Person, device: &DeviceSocket) {
    let recent = |at: &Millis| turn.now.saturating_sub(*at) < CONNECTION_LOGGED_EVERY;
    if person.connections.get(&device.key).is_some_and(recent) {
        return;
    }
    person.connections.retain(|_, at| recent(at));
    person.connections.insert(device.key.clone(), turn.now);
    seen(person, &device.key, turn.now);
    turn.log(of_device(person, "device-connected", device, turn.now));
}

/// Lets a device in by its token: no password check, and no commit unless the journal has not heard of it for an hour or a new
/// token is on its way to it or due.
pub(super) fn connect(turn: &mut Turn, person: &mut Person, command: &Connect) -> Reply<Connected> {
    credential::used(turn, person, &command.token)?;
    let token = person
        .devices
        .tokens
        .iter()
        .find(|token| same(token.hash.as_bytes(), command.token.as_bytes()))
        .ok_or(Refusal::InvalidToken)?;
    let password = person.password_status(token.end, token.generation, turn.now).ok_or(Refusal::InvalidToken)?;
    if !person.in_service(turn.now) {
        return Err(Refusal::InvalidToken);
    }
    let live = turn.live.connected(person, token.end, turn.now);
    let on_current = |generation: u32| generation == person.credential.generation;
    let outranked = live.is_some_and(|live| on_current(standing(person, &live.device)) && !on_current(token.generation));
    if outranked || (command.if_vacant && live.is_some()) {
        return Err(Refusal::Occupied);
    }
    let earliest = person.cuts.get(&token.end).map_or(Millis::MIN, |cut| cut.at.saturating_add(1));
    let newest = turn.live.devices.iter().filter(|other| other.device.end == token.end).map(|other| other.device.since).max();
    let device = DeviceSocket {
        end: token.end,
        key: token.key.clone(),
        generation: token.generation,
        told: person.credential.generation,
        since: turn.now.max(earliest).max(newest.map_or(Millis::MIN, |since| since.saturating_add(1))),
        peer: None,
        paced: 0,
    };
    log_connection(turn, person, &device);
    credential::after_welcome(turn, person, device.end, &device.key);
    Ok(Connected { device, password })
}
