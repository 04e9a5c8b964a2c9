//! New tokens for devices that have one. What an own password change does to the person's client (CW-111 to CW-119): 反映 gives the
//! PC that waits a new token, whoever gets none keeps the previous password for its grace, and 猶予を与えない ends that at once.
//! And what time does to any device: a token that is 30 days old is replaced by another one for the same password.
//!
//! ```text
//! live, 反映    ─┬─> offer ──ack, or first use──> new token        the old one is spent: using it again revokes both
//! 30 days old  ─┘    │  └──welcome on the old token──> another offer
//!                    └──grace over, login, further change──> none: the client needs the password
//! ```
//!
//! Frames get lost: until an offer is acknowledged its device may hold the old token, the offered one, or, when a further 反映
//! came in between, an earlier offered one. Each of them lets it in, and the first one used settles which it has.
//!
//! A new token exists in clear only in the frame that carries it: made here, its hash stored, sent after the commit.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Acted, Done, MeView,
    admin::PhoneView,
    connect,
    connections::{Bye, Live, LiveSocket, standing},
    news::Matter,
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
    /// Whether it only renews the token, for the same password; else it is for the current one.
    #[serde(default)]
    pub rotates: bool,
    /// SHA-256 of offered tokens that this one overtook and that the device may have stored instead; capped.
    #[serde(default)]
    pub former: Vec<String>,
}

/// A token is offered a replacement at this age.
pub const ROTATE_AFTER: Millis = 30 * 24 * 60 * 60 * 1000;
/// 反映 that was not acknowledged by then is told as not reflected; a later acknowledgement still counts.
pub const ACKNOWLEDGED_WITHIN: Millis = 10_000;
/// How many overtaken offers may still let their device in.
const FORMER: usize = 3;

/// What an own change did to the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reflection {
    /// How it stands.
    pub outcome: Outcome,
    /// SHA-256 of the client's device key; empty when there was none.
    pub key: String,
    /// The client's name.
    pub name: String,
    /// When the change was.
    #[serde(default)]
    pub at: Millis,
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
    /// The client has not acknowledged it in time; it still can. Seen from now, never stored.
    Late,
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

/// A device has stored its new token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Acknowledge {
    /// Viewer or client.
    pub end: End,
    /// SHA-256 of the key of the device that says so.
    pub key: String,
    /// The id of the offer.
    pub id: String,
}

/// The live device of an end gets a new token if its own is old.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rotate {
    /// Viewer or client.
    pub end: End,
}

/// The client that 反映 would reach now: its socket, and which PC it is. One whose key was forgotten is none.
fn waiting<'a>(live: &'a Live, person: &'a Person, now: Millis) -> Option<(&'a LiveSocket, &'a Client)> {
    let socket = live.connected(person, End::Client, now)?;
    let client = person.devices.clients.iter().find(|client| client.key == socket.device.key)?;
    token_of(person, End::Client, &client.key)?;
    Some((socket, client))
}

/// The token of a device.
fn token_of<'a>(person: &'a Person, end: End, key: &str) -> Option<&'a Token> {
    person.devices.tokens.iter().find(|token| token.end == end && token.key == key)
}

fn token_of_mut<'a>(person: &'a mut Person, end: End, key: &str) -> Option<&'a mut Token> {
    person.devices.tokens.iter_mut().find(|token| token.end == end && token.key == key)
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
    let outcome = match (&there, reflect) {
        (Some(_), true) => Outcome::Offered,
        (Some(_), false) => Outcome::Declined,
        (None, _) => Outcome::Nobody,
    };
    let to = there.filter(|_| reflect);
    let (key, name) = to.as_ref().map_or_else(Default::default, |(_, key, name)| (key.clone(), name.clone()));
    let reflection = Reflection { outcome, key, name, at: turn.now };
    let mut former = Vec::new();
    if let Some((_, key, _)) = &to {
        // What it stands on from here is the previous password, also if an earlier change has not reached it yet.
        let generation = person.credential.generation;
        if let Some(token) = token_of_mut(person, End::Client, key) {
            former = token.offer.take().map(overtaken).unwrap_or_default();
            token.generation = generation;
        }
    }
    person.set_password(hash, false, turn.now);
    if let Some((socket, key, _)) = &to {
        offer(turn, person, (End::Client, key), Some(*socket), false, former);
        let current = person.credential.generation;
        if graceless && let Some(token) = token_of_mut(person, End::Client, key) {
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
    if let Some(offer) = &mut token.offer {
        token.hash.clone_from(&offer.hash);
        token.generation = current;
        offer.former.clear();
    }
}

/// The tokens that a device may hold instead of what it is about to be offered.
fn overtaken(offer: Offer) -> Vec<String> {
    let mut former = offer.former;
    former.push(offer.hash);
    let over = former.len().saturating_sub(FORMER);
    former.drain(..over);
    former
}

/// Makes a new token for a device and sends it; only its hash stays.
fn offer(
    turn: &mut Turn,
    person: &mut Person,
    (end, key): (End, &str),
    socket: Option<usize>,
    rotates: bool,
    former: Vec<String>,
) {
    let (id, token) = (turn.id(), secret::base64(&turn.bytes::<32>()));
    let uid = person.identity.uid.clone();
    let Some(found) = token_of_mut(person, end, key) else { return };
    found.offer = Some(Offer { id: id.clone(), hash: secret::hash(&token), rotates, former });
    let frame = json!({
        "type": "credential",
        "id": id,
        "token": format!("{uid}.{token}"),
        "password": { "status": "current" },
    });
    turn.push = Some(Push { socket, frame: Secret::new(frame.to_string()) });
}

/// Whether a token has to be replaced. One on the previous password ends before long anyway.
fn is_old(person: &Person, token: &Token, now: Millis) -> bool {
    let age = now.saturating_sub(token.born);
    token.offer.is_none() && token.generation == person.credential.generation && age >= ROTATE_AFTER
}

/// The live device of `end` whose token has to be replaced: its socket, and its key.
fn rotating<'a>(person: &Person, live: &'a Live, end: End, now: Millis) -> Option<(usize, &'a str)> {
    let socket = live.connected(person, end, now)?;
    let token = token_of(person, end, &socket.device.key)?;
    is_old(person, token, now).then_some((socket.index, socket.device.key.as_str()))
}

/// The ends whose live device has to get a new token.
pub fn to_rotate(person: &Person, live: &Live, now: Millis) -> impl Iterator<Item = End> {
    [End::Viewer, End::Client].into_iter().filter(move |end| rotating(person, live, *end, now).is_some())
}

/// A live device whose token is old gets another.
pub(super) fn rotate(turn: &mut Turn, person: &mut Person, command: &Rotate) -> Done {
    let due = rotating(person, turn.live, command.end, turn.now).map(|(socket, key)| (socket, key.to_owned()));
    if let Some((socket, key)) = due {
        offer(turn, person, (command.end, &key), Some(socket), true, Vec::new());
    }
    Done
}

/// A device that was offered a new token and has come on the old one has not got it: it gets another after its welcome. One whose
/// token is old gets one too.
pub(super) fn after_welcome(turn: &mut Turn, person: &mut Person, end: End, key: &str) {
    let current = person.credential.generation;
    let Some(token) = token_of(person, end, key) else { return };
    let rotates = match &token.offer {
        Some(open) => open.rotates,
        None if is_old(person, token, turn.now) => true,
        None => return,
    };
    if !rotates || token.generation == current {
        offer(turn, person, (end, key), None, rotates, Vec::new());
    } else if let Some(token) = token_of_mut(person, end, key) {
        // The password has changed since: there is nothing to renew.
        token.offer = None;
    }
}

/// A token is used: the first use of an offered one acknowledges it, and a spent one revokes what replaced it, since two
/// devices cannot both be the one that it was given to.
pub(super) fn used(turn: &mut Turn, person: &mut Person, hash: &str) -> Result<(), Refusal> {
    let is = |stored: &str| same(stored.as_bytes(), hash.as_bytes());
    let device_where = |person: &Person, matches: &dyn Fn(&Token) -> bool| {
        person.devices.tokens.iter().find(|token| matches(token)).map(|token| (token.end, token.key.clone()))
    };
    let offers = |token: &Token, matches: &dyn Fn(&Offer) -> bool| token.offer.as_ref().is_some_and(matches);
    if let Some((end, key)) = device_where(person, &|token| token.spent.as_deref().is_some_and(is)) {
        revoke(turn, person, end, &key);
        return Err(Refusal::InvalidToken);
    }
    if let Some((end, key)) = device_where(person, &|token| offers(token, &|offer| is(&offer.hash))) {
        accept(turn, person, end, &key);
    } else if let Some((end, key)) =
        device_where(person, &|token| offers(token, &|offer| offer.former.iter().any(|former| is(former))))
        && let Some(token) = token_of_mut(person, end, &key)
    {
        // It had stored an earlier offer, and the newest has not reached it.
        token.spent = Some(core::mem::replace(&mut token.hash, hash.to_owned()));
    }
    Ok(())
}

/// `ack`: the device has stored the token. Any other id is one that was overtaken.
pub(super) fn acknowledge(turn: &mut Turn, person: &mut Person, command: &Acknowledge) -> Done {
    let offered = token_of(person, command.end, &command.key).and_then(|token| token.offer.as_ref());
    if offered.is_some_and(|offer| offer.id == command.id) {
        accept(turn, person, command.end, &command.key);
    }
    Done
}

/// The new token takes the place of the old one, which is spent.
fn accept(turn: &mut Turn, person: &mut Person, end: End, key: &str) {
    let generation = person.credential.generation;
    let Some(token) = token_of_mut(person, end, key) else { return };
    let Some(offer) = token.offer.take() else { return };
    if token.hash != offer.hash {
        token.spent = Some(core::mem::replace(&mut token.hash, offer.hash));
    }
    token.born = turn.now;
    if offer.rotates {
        log(turn, person, "token-renewed", end, key);
    } else {
        token.generation = generation;
        log(turn, person, "client-reflected", end, key);
        settle(person, key, Outcome::Accepted);
    }
}

/// Both tokens of the device die, and so does its connection (interface: 4003, logged); the person is told.
fn revoke(turn: &mut Turn, person: &mut Person, end: End, key: &str) {
    person.devices.tokens.retain(|token| token.end != end || token.key != key);
    let sockets = turn.live.devices.iter().filter(|socket| socket.device.end == end && socket.device.key == key);
    if let Some(newest) = sockets.map(|socket| socket.device.since).max() {
        person.cut(end, turn.now.max(newest), Bye::CredentialsRevoked);
    }
    log(turn, person, "token-reused", end, key);
    let name = name_of(person, key).to_owned();
    person.tell(Matter::TokenReused, &name, turn.now);
    settle(person, key, Outcome::Lost);
}

/// The name under which the account knows a device; empty when it does not know it any more.
fn name_of<'a>(person: &'a Person, key: &str) -> &'a str {
    connect::name_of(person, key).unwrap_or_default()
}

fn log(turn: &mut Turn, person: &Person, code: &str, end: End, key: &str) {
    let event = Event::new(code, turn.now, &person.identity.login);
    turn.log(event.with("end", end.code()).with("name", name_of(person, key)));
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
    let client =
        found.map(|(socket, client)| PhoneView { name: client.name.clone(), os: client.os.clone(), at: socket.device.since });
    Ok(PasswordView {
        me,
        client,
        on_previous: on_previous(person, turn.live, turn.now).is_some(),
        grace_until: grace(person, turn.now),
        reflection: person.credential.reflection.clone().map(|reflection| current(person, reflection, turn.now)),
    })
}

/// How a reflection stands now: an offer that has gone with its token cannot be acknowledged any more, and one that was not
/// acknowledged in time is late.
fn current(person: &Person, reflection: Reflection, now: Millis) -> Reflection {
    let outcome = match reflection.outcome {
        Outcome::Offered if !is_open(person, &reflection) => Outcome::Lost,
        Outcome::Offered if now >= late_from(&reflection) => Outcome::Late,
        outcome => outcome,
    };
    Reflection { outcome, ..reflection }
}

/// Whether its offer can still be acknowledged.
fn is_open(person: &Person, reflection: &Reflection) -> bool {
    token_of(person, End::Client, &reflection.key).is_some_and(Token::is_reflected)
}

fn late_from(reflection: &Reflection) -> Millis {
    reflection.at.saturating_add(ACKNOWLEDGED_WITHIN)
}

/// When pages that watch have to be told that 反映 was not acknowledged in time; `None` when it was, or when they were.
#[must_use]
pub fn late_at(person: &Person, now: Millis) -> Option<Millis> {
    let reflection = person.credential.reflection.as_ref()?;
    let waits = reflection.outcome == Outcome::Offered && is_open(person, reflection);
    Some(late_from(reflection)).filter(|at| waits && *at > now)
}

/// Ends the grace of the previous password at once; a client on it is closed with 4003.
pub(super) fn end_grace(turn: &mut Turn, person: &mut Person, command: &EndGrace) -> Reply<Acted> {
    own::session(turn, person, &command.session, Some(Stage::Full))?;
    let login = person.identity.login.clone();
    if person.repeated(turn.now, &login, "end-grace", &command.operation) {
        return Ok(Acted { found: true });
    }
    let before = receipt::before(turn, person);
    let event = Event::new("grace-ended", turn.now, &login);
    let found = end_grace_now(turn, person, event);
    if found {
        receipt::keep(turn, person, before, ("grace-ended", &login), &command.operation);
    }
    Ok(Acted { found })
}

/// Ends the grace, whoever wants it: with this row in the journal if there was one to end.
pub(super) fn end_grace_now(turn: &mut Turn, person: &mut Person, event: Event) -> bool {
    let found = grace(person, turn.now).is_some();
    person.end_grace();
    if found {
        turn.log(event);
    }
    found
}

/// When the grace of the previous password ends; `None` when there is none.
#[must_use]
pub fn grace(person: &Person, now: Millis) -> Option<Millis> {
    person.credential.previous.as_ref().map(|previous| previous.until).filter(|until| *until > now)
}

/// The client that waits with the previous password.
#[must_use]
pub fn on_previous<'a>(person: &'a Person, live: &'a Live, now: Millis) -> Option<(&'a LiveSocket, &'a Client)> {
    waiting(live, person, now).filter(|(socket, _)| standing(person, &socket.device) != person.credential.generation)
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
            Self::Late => "late",
        }
    }
}
