//! あなたの接続: what of a person is connected or may connect — web sessions, the phone, the live ends, the PCs — and what he does
//! about it himself: ending sessions, このPCを拒否.
//!
//! A refused key stays refused: its tokens are gone, [`connections`](super::connections) closes a PC's sockets, and the device door
//! lets it in no more, even with the right password. Sessions and PCs are named by the beginning of their hash.

use serde::{Deserialize, Serialize};

use super::{
    Acted, MeView,
    admin::PhoneView,
    browsers::Browser,
    own::{self, Me},
    person::{Client, End, Person, Session, Stage},
    second_step,
    sign_in::lives,
};
use crate::{Millis, ask::Reply, effect::Event, refusal::Refusal, rules::lockout::Counter, turn::Turn};

/// How much of a hash names a session or a PC.
const ID: usize = 16;
/// How many refused keys are remembered; the oldest goes.
const REFUSED: usize = 100;

/// The page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountPage {
    /// Who asks.
    pub me: Me,
    /// The watching page whose lease this look renews.
    pub renew: Option<String>,
}

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// Who is logged in.
    pub me: MeView,
    /// 契約ID, for his rows in the journal.
    pub contract: String,
    /// Living web sessions, each named by its id instead of its hash and without what only the login needs.
    pub sessions: Vec<Session>,
    /// 端末認証情報
    pub phone: Option<PhoneView>,
    /// ビューア（手元端末）: since when.
    pub viewer: Option<Millis>,
    /// クライアント（接続先機器）: since when.
    pub client: Option<Millis>,
    /// The id of the PC that is the live client.
    pub live: String,
    /// The known PCs, each named by its id instead of its key.
    pub pcs: Vec<Client>,
    /// Browsers that the second step does not ask, each named by its id instead of its hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remembered: Vec<Browser>,
}

/// Ends one web session, or all but the own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndSessions {
    /// SHA-256 of the own session id.
    pub session: String,
    /// Which one; all others when `None`.
    pub id: Option<String>,
    /// The form's operation id.
    pub operation: String,
    /// From where.
    pub address: String,
}

/// このPCを拒否
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefusePc {
    /// SHA-256 of the session id.
    pub session: String,
    /// Which PC.
    pub id: String,
    /// The form's operation id.
    pub operation: String,
    /// From where.
    pub address: String,
}

/// What names a session or a PC in addresses.
#[must_use]
pub fn id_of(hash: &str) -> String {
    hash.chars().take(ID).collect()
}

pub(super) fn page(turn: &mut Turn, person: &mut Person, command: &AccountPage) -> Reply<AccountView> {
    let me = own::me(turn, person, &command.me)?;
    let connected = |end| turn.live.connected(person, end, turn.now).map(|socket| &socket.device);
    let client = connected(End::Client);
    let named = |session: &Session| Session {
        hash: id_of(&session.hash),
        confirm: Counter::default(),
        confirmed: 0,
        offer: None,
        pending: None,
        remembered: String::new(),
        ..session.clone()
    };
    let pc = |client: &Client| Client { key: id_of(&client.key), request: None, ..client.clone() };
    let phone = person.devices.phone.as_ref();
    Ok(AccountView {
        me,
        contract: person.identity.contract.clone(),
        sessions: person.sessions.iter().filter(|session| lives(session, turn)).map(named).collect(),
        phone: phone.map(|phone| PhoneView { name: phone.name.clone(), os: phone.os.clone(), at: phone.at }),
        viewer: connected(End::Viewer).map(|device| device.since),
        client: client.map(|device| device.since),
        live: client.map(|device| id_of(&device.key)).unwrap_or_default(),
        pcs: person.devices.clients.iter().map(pc).collect(),
        remembered: second_step::browsers(turn, person),
    })
}

/// Ends sessions. The own one is not among them: that is what logging out is for.
pub(super) fn end_sessions(turn: &mut Turn, person: &mut Person, command: &EndSessions) -> Reply<Acted> {
    let own = own::session(turn, person, &command.session, Some(Stage::Full))?.hash.clone();
    if command.id.as_ref().is_some_and(|id| *id == id_of(&own)) {
        return Err(Refusal::NotFound);
    }
    let login = person.identity.login.clone();
    let what = format!("end-sessions {}", command.id.as_deref().unwrap_or_default());
    if person.repeated(turn.now, &login, &what, &command.operation) {
        return Ok(Acted { found: true });
    }
    let ends = |session: &Session| session.hash != own && command.id.as_ref().is_none_or(|id| *id == id_of(&session.hash));
    let ended = person.sessions.iter().filter(|session| ends(session) && lives(session, turn)).count();
    person.sessions.retain(|session| !ends(session));
    if ended > 0 {
        let event = Event::new("sessions-ended", turn.now, &login).from(&command.address).in_session(&own);
        let which = command.id.as_deref().unwrap_or_default().chars().take(8).collect::<String>();
        turn.log(event.with("sessions", ended.to_string()).with("ended", which));
    }
    Ok(Acted { found: ended > 0 })
}

/// Forgets the PC and refuses its key from now on. A login of it that is under way opens nothing.
pub(super) fn refuse_pc(turn: &mut Turn, person: &mut Person, command: &RefusePc) -> Reply<Acted> {
    let own = own::session(turn, person, &command.session, Some(Stage::Full))?.hash.clone();
    let login = person.identity.login.clone();
    let what = format!("refuse-pc {}", command.id);
    if person.repeated(turn.now, &login, &what, &command.operation) {
        return Ok(Acted { found: true });
    }
    let devices = &mut person.devices;
    let Some(at) = devices.clients.iter().position(|client| id_of(&client.key) == command.id) else {
        return Ok(Acted { found: false });
    };
    let Client { key, name, .. } = devices.clients.remove(at);
    devices.tokens.retain(|token| token.key != key);
    person.device_door.known.remove(&key);
    person.connections.remove(&key);
    person.refuse_key(key);
    let event = Event::new("device-refused", turn.now, &login).from(&command.address).in_session(&own);
    turn.log(event.with("end", End::Client.code()).with("name", name));
    Ok(Acted { found: true })
}

impl Person {
    /// From now on this device key opens nothing, whatever password comes with it.
    pub fn refuse_key(&mut self, key: String) {
        let refused = &mut self.devices.refused;
        if refused.len() >= REFUSED {
            refused.remove(0);
        }
        refused.push(key);
    }

    /// Whether this device key was refused.
    #[must_use]
    pub fn refuses(&self, key: &str) -> bool {
        self.devices.refused.iter().any(|refused| refused == key)
    }
}
