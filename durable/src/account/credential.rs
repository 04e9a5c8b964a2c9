//! What an own password change does to the person's client (CW-111 to CW-119): 反映 gives the PC that waits a new token, whoever
//! gets none keeps the previous password for its grace, and 猶予を与えない ends that at once.
//!
//! ```text
//! live, 反映 ──> offer ──ack, or first use──> new token        the old one is spent: using it again revokes both
//!                 │  └──welcome on the old token──> another offer
//!                 └──grace over, login, further change──> none: the client needs the password
//! ```
//!
//! A new token exists in clear only in the frame that carries it: made here, its hash stored, sent after the commit.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Acted, Done, MeView,
    admin::PhoneView,
    connections::{Bye, Live, LiveSocket, standing},
    own::{self, Me},
    person::{Client, End, Person, Role, Stage, Token},
    receipt,
};
use crate::{
    Millis,
    ask::Reply,
    effect::Event,
    refusal::Refusal,
    rules::phc::{Phc, same},
    secret::{self, Secret},
    turn::{Push, Turn},
};

/// A new token that a client was sent and has neither acknowledged nor used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What `ack` names.
    pub id: String,
    /// SHA-256 of the token.
    pub hash: String,
}

/// What an own change did to the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reflection {
    /// How it stands.
    pub outcome: Outcome,
    /// SHA-256 of the client's device key; empty when there was none.
    pub key: String,
    /// The client's name.
    pub name: String,
}

/// How 反映 stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The new token was sent; the client has not acknowledged it.
    Offered,
    /// The client has acknowledged it.
    Accepted,
    /// It was not wanted (CW-112).
    Declined,
    /// No client was waiting (CW-113, CW-115).
    Nobody,
    /// The client never acknowledged it and cannot any more.
    Lost,
}

/// The page of the own password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasswordPage {
    /// Who asks.
    pub me: Me,
    /// The watching page whose lease this look renews.
    pub renew: Option<String>,
}

/// What that page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordView {
    /// Who is logged in.
    pub me: MeView,
    /// The client that waits: 反映 would reach it.
    pub client: Option<PhoneView>,
    /// Whether that client stands on the previous password.
    pub on_previous: bool,
    /// When the previous password's grace ends.
    pub grace_until: Option<Millis>,
    /// What the last own change did.
    pub reflection: Option<Reflection>,
}

/// 猶予を今すぐ終了
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndGrace {
    /// SHA-256 of the session id.
    pub session: String,
    /// The form's operation id.
    pub operation: String,
}

/// A client has stored its new token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Acknowledge {
    /// SHA-256 of the key of the device that says so.
    pub key: String,
    /// The id of the offer.
    pub id: String,
}

/// The client that 反映 would reach now: its socket, and which PC it is. One whose key was forgotten is none.
fn waiting<'a>(live: &'a Live, person: &'a Person, now: Millis) -> Option<(&'a LiveSocket, &'a Client)> {
    let socket = live.connected(person, End::Client, now)?;
    let client = person.devices.clients.iter().find(|client| client.key == socket.device.key)?;
    token_of(person, &client.key)?;
    Some((socket, client))
}

/// The token of a client's device.
fn token_of<'a>(person: &'a Person, key: &str) -> Option<&'a Token> {
    person.devices.tokens.iter().find(|token| token.end == End::Client && token.key == key)
}

fn token_of_mut<'a>(person: &'a mut Person, key: &str) -> Option<&'a mut Token> {
    person.devices.tokens.iter_mut().find(|token| token.end == End::Client && token.key == key)
}

/// Replaces the password; `reflect` and `graceless` are what the person chose. Who waits is decided here and now (CW-113).
/// The event comes back with what was done to the client.
pub(super) fn change(turn: &mut Turn, person: &mut Person, hash: Phc, (reflect, graceless): (bool, bool), event: Event) -> Event {
    if !turn.profile.remote_access || person.identity.role == Role::Administrator {
        person.set_password(hash, false, turn.now);
        return event;
    }
    let there =
        waiting(turn.live, person, turn.now).map(|(socket, client)| (socket.index, client.key.clone(), client.name.clone()));
    let reflection = match (&there, reflect) {
        (Some((_, key, name)), true) => Reflection { outcome: Outcome::Offered, key: key.clone(), name: name.clone() },
        (Some(_), false) => Reflection { outcome: Outcome::Declined, key: String::new(), name: String::new() },
        (None, _) => Reflection { outcome: Outcome::Nobody, key: String::new(), name: String::new() },
    };
    let to = there.filter(|_| reflect);
    if let Some((_, key, _)) = &to {
        // What it stands on from here is the previous password, also if an earlier change has not reached it yet.
        let generation = person.credential.generation;
        if let Some(token) = token_of_mut(person, key) {
            token.offer = None;
            token.generation = generation;
        }
    }
    person.set_password(hash, false, turn.now);
    if let Some((socket, key, _)) = &to {
        offer(turn, person, key, Some(*socket));
        let current = person.credential.generation;
        if graceless && let Some(token) = token_of_mut(person, key) {
            stand_on_offer(token, current);
        }
    }
    if graceless {
        person.end_grace();
    }
    let event = event.with("client", reflection.outcome.code()).with("name", &reflection.name);
    person.credential.reflection = Some(reflection);
    event.with("grace", if graceless { "none" } else { "days" })
}

/// Without a grace the new token counts at once, and nothing else of this device does.
fn stand_on_offer(token: &mut Token, current: u32) {
    if let Some(offer) = &token.offer {
        token.hash.clone_from(&offer.hash);
        token.generation = current;
    }
}

/// Makes a new token for a client and sends it; only its hash stays.
fn offer(turn: &mut Turn, person: &mut Person, key: &str, socket: Option<usize>) {
    let (id, token) = (turn.id(), secret::base64(&turn.bytes::<32>()));
    let uid = person.identity.uid.clone();
    let Some(found) = token_of_mut(person, key) else { return };
    found.offer = Some(Offer { id: id.clone(), hash: secret::hash(&token) });
    let frame = json!({
        "type": "credential",
        "id": id,
        "token": format!("{uid}.{token}"),
        "password": { "status": "current" },
    });
    turn.push = Some(Push { socket, frame: Secret::new(frame.to_string()) });
}

/// A client that was offered a new token and has come on the old one has not got it: it gets another after its welcome.
pub(super) fn offer_again(turn: &mut Turn, person: &mut Person, key: &str) {
    if token_of(person, key).is_some_and(|token| token.offer.is_some()) {
        offer(turn, person, key, None);
    }
}

/// A token is used: the first use of an offered one acknowledges it, and a spent one revokes what replaced it, since two
/// devices cannot both be the one that it was given to.
pub(super) fn used(turn: &mut Turn, person: &mut Person, hash: &str) -> Result<(), Refusal> {
    let is = |stored: &str| same(stored.as_bytes(), hash.as_bytes());
    let key_where = |person: &Person, matches: &dyn Fn(&Token) -> bool| {
        person.devices.tokens.iter().find(|token| matches(token)).map(|token| token.key.clone())
    };
    if let Some(key) = key_where(person, &|token| token.spent.as_deref().is_some_and(is)) {
        revoke(turn, person, &key);
        return Err(Refusal::InvalidToken);
    }
    if let Some(key) = key_where(person, &|token| token.offer.as_ref().is_some_and(|offer| is(&offer.hash))) {
        accept(turn, person, &key);
    }
    Ok(())
}

/// `ack`: the client has stored the token. Any other id is one that was overtaken.
pub(super) fn acknowledge(turn: &mut Turn, person: &mut Person, command: &Acknowledge) -> Done {
    let offered = token_of(person, &command.key).and_then(|token| token.offer.as_ref());
    if offered.is_some_and(|offer| offer.id == command.id) {
        accept(turn, person, &command.key);
    }
    Done
}

/// The new token takes the place of the old one, which is spent.
fn accept(turn: &mut Turn, person: &mut Person, key: &str) {
    let generation = person.credential.generation;
    let Some(token) = token_of_mut(person, key) else { return };
    let Some(offer) = token.offer.take() else { return };
    if token.hash != offer.hash {
        token.spent = Some(core::mem::replace(&mut token.hash, offer.hash));
    }
    token.generation = generation;
    log(turn, person, "client-reflected", key);
    settle(person, key, Outcome::Accepted);
}

/// Both tokens of the device die, and so does its connection (interface: 4003, logged).
fn revoke(turn: &mut Turn, person: &mut Person, key: &str) {
    person.devices.tokens.retain(|token| token.end != End::Client || token.key != key);
    let sockets = turn.live.devices.iter().filter(|socket| socket.device.end == End::Client && socket.device.key == key);
    if let Some(newest) = sockets.map(|socket| socket.device.since).max() {
        person.cut(End::Client, turn.now.max(newest), Bye::CredentialsRevoked);
    }
    log(turn, person, "token-reused", key);
    settle(person, key, Outcome::Lost);
}

fn log(turn: &mut Turn, person: &Person, code: &str, key: &str) {
    let name = person.devices.clients.iter().find(|client| client.key == key).map_or("", |client| &client.name);
    turn.log(Event::new(code, turn.now, &person.identity.login).with("end", End::Client.code()).with("name", name));
}

/// Notes how 反映 to this device has ended.
fn settle(person: &mut Person, key: &str, outcome: Outcome) {
    if let Some(reflection) = person.credential.reflection.as_mut().filter(|reflection| reflection.key == key) {
        reflection.outcome = outcome;
    }
}

pub(super) fn page(turn: &mut Turn, person: &mut Person, command: &PasswordPage) -> Reply<PasswordView> {
    let me = own::me(turn, person, &command.me)?;
    let found = waiting(turn.live, person, turn.now);
    let on_previous = found.is_some_and(|(socket, _)| standing(person, &socket.device) != person.credential.generation);
    let client =
        found.map(|(socket, client)| PhoneView { name: client.name.clone(), os: client.os.clone(), at: socket.device.since });
    let previous = person.credential.previous.as_ref().map(|previous| previous.until);
    Ok(PasswordView {
        me,
        client,
        on_previous,
        grace_until: previous.filter(|until| *until > turn.now),
        reflection: person.credential.reflection.clone().map(|reflection| current(person, reflection)),
    })
}

/// An offer that has gone with its token cannot be acknowledged any more.
fn current(person: &Person, reflection: Reflection) -> Reflection {
    let open = token_of(person, &reflection.key).is_some_and(|token| token.offer.is_some());
    match reflection.outcome {
        Outcome::Offered if !open => Reflection { outcome: Outcome::Lost, ..reflection },
        _ => reflection,
    }
}

/// Ends the grace of the previous password at once; a client on it is closed with 4003.
pub(super) fn end_grace(turn: &mut Turn, person: &mut Person, command: &EndGrace) -> Reply<Acted> {
    own::session(turn, person, &command.session, Some(Stage::Full))?;
    let login = person.identity.login.clone();
    if person.repeated(turn.now, &login, "end-grace", &command.operation) {
        return Ok(Acted { found: true });
    }
    let found = person.credential.previous.as_ref().is_some_and(|previous| previous.until > turn.now);
    let before = receipt::before(turn, person);
    person.end_grace();
    if found {
        turn.log(Event::new("grace-ended", turn.now, &login));
        receipt::keep(turn, person, before, ("grace-ended", &login), &command.operation);
    }
    Ok(Acted { found })
}

impl Outcome {
    /// Its code in the journal.
    fn code(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Nobody => "nobody",
            Self::Lost => "lost",
        }
    }
}
