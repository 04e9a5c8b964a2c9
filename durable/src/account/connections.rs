//! Live sockets against the state. **The sockets are the truth** about who is connected: each carries an attachment that says
//! what it is, and every wake compares all attachments with the [`Person`] and closes what is no longer allowed. Cutting is
//! this reconciliation, never a one-shot effect, so a crash between commit and Close cuts at the next wake.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    frames,
    person::{End, PasswordStatus, Person, Token},
};
use crate::{Millis, rules::date};

/// How often a device sends `ping`, in seconds (interface, section 4).
pub const PING_EVERY_S: u32 = 30;
/// A device silent for this long is shown as not connected.
pub const SILENT_AFTER: Millis = 90_000;
/// How long a watching page lives without renewing its lease.
pub const LEASE: Millis = 60_000;

/// Why the server closes a device's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bye {
    /// 切断 by the administrator.
    Administrator,
    /// 利用を禁止
    UseProhibited,
    /// The token no longer counts.
    CredentialsRevoked,
    /// Outside the service period.
    ServiceEnded,
    /// A newer connection of this end.
    Replaced,
    /// The device did not keep to the protocol.
    ProtocolError,
    /// Nothing was heard for too long.
    Silent,
}

impl Bye {
    /// The close code (interface, section 4; 1001 "going away", RFC 6455 section 7.4.1, for a peer that fell silent).
    #[must_use]
    pub fn close_code(self) -> u16 {
        match self {
            Self::Administrator => 4001,
            Self::UseProhibited => 4002,
            Self::CredentialsRevoked => 4003,
            Self::ServiceEnded => 4004,
            Self::Replaced => 4009,
            Self::ProtocolError => 4400,
            Self::Silent => 1001,
        }
    }

    /// The reason's name in `bye` and in the Close frame.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::UseProhibited => "use_prohibited",
            Self::CredentialsRevoked => "credentials_revoked",
            Self::ServiceEnded => "service_ended",
            Self::Replaced => "replaced",
            Self::ProtocolError => "protocol_error",
            Self::Silent => "silent",
        }
    }
}

/// What a socket is; stored with it by the runtime, through hibernation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attachment {
    /// A viewer or client.
    Device(DeviceSocket),
    /// A page that follows this person live.
    Watcher(WatcherSocket),
    /// We have sent Close; nothing that still arrives is acted on.
    Closing,
    /// The same, to a device: its own Close is what a receipt waits for.
    Cut {
        /// Viewer or client.
        end: End,
        /// 接続開始時刻
        since: Millis,
        /// When Close was sent.
        sent: Millis,
    },
}

/// A connected device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSocket {
    /// Viewer or client.
    pub end: End,
    /// SHA-256 of its device key.
    pub key: String,
    /// The password its token was made under.
    pub generation: u32,
    /// The password generation it was told about last.
    pub told: u32,
    /// 接続開始時刻
    pub since: Millis,
    /// Since when the other end's connection has been there that it was told of last; `None`: that nobody is there.
    #[serde(default)]
    pub peer: Option<Millis>,
    /// When its next frame would be in pace ([`frames`]).
    #[serde(default)]
    pub paced: Millis,
}

/// A watching page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatcherSocket {
    /// The page's own id, with which it renews its lease.
    pub id: String,
    /// The session that opened it (hashed), for the cap per session.
    pub session: String,
    /// Until when it is told of changes.
    pub until: Millis,
}

/// A device socket as the shell found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSocket {
    /// Which of the runtime's sockets.
    pub index: usize,
    /// What it is.
    pub device: DeviceSocket,
    /// When it was heard of last, by `ping` or by a frame.
    pub heard: Millis,
}

/// All device sockets, and the watchers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Viewer and client sockets.
    pub devices: Vec<LiveSocket>,
    /// Watching pages, with the runtime's index.
    pub watchers: Vec<(usize, WatcherSocket)>,
}

/// What has to happen to a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Say `bye`, then Close.
    Close {
        /// Which socket.
        index: usize,
        /// Why.
        bye: Bye,
        /// For `replaced`: whether the newer connection is the same device.
        same_device: Option<bool>,
    },
    /// Send this frame and store this attachment.
    Tell {
        /// Which socket.
        index: usize,
        /// The frame.
        frame: String,
        /// The new attachment.
        device: DeviceSocket,
    },
    /// A watcher's lease has run out.
    Expire {
        /// Which socket.
        index: usize,
    },
}

impl Live {
    /// The connection of `end` that counts now: the newest that is allowed and not silent.
    #[must_use]
    pub fn connected(&self, person: &Person, end: End, now: Millis) -> Option<&LiveSocket> {
        self.devices
            .iter()
            .filter(|socket| socket.device.end == end && !silent(socket, now) && refused(person, &socket.device, now).is_none())
            .max_by_key(|socket| (socket.device.since, socket.index))
    }
}

fn silent(socket: &LiveSocket, now: Millis) -> bool {
    now.saturating_sub(socket.heard.max(socket.device.since)) >= SILENT_AFTER
}

/// Why this device may not be connected, if so.
#[must_use]
pub fn refused(person: &Person, device: &DeviceSocket, now: Millis) -> Option<Bye> {
    if let Some(cut) = person.cuts.get(&device.end)
        && device.since <= cut.at
    {
        return Some(cut.reason);
    }
    if !person.in_service(now) {
        return Some(Bye::ServiceEnded);
    }
    match device.end {
        // A phone that was refused stays until it disconnects, as after every reset (CW-064).
        End::Viewer => None,
        End::Client if person.refuses(&device.key) => Some(Bye::CredentialsRevoked),
        End::Client => {
            person.password_status(End::Client, standing(person, device), now).is_none().then_some(Bye::CredentialsRevoked)
        }
    }
}

/// The password that a socket stands on: the one it connected under, or the one its device's token has come to stand on since.
#[must_use]
pub fn standing(person: &Person, device: &DeviceSocket) -> u32 {
    token_of(person, device).map_or(device.generation, |token| token.generation.max(device.generation))
}

/// The token of a socket's device.
fn token_of<'a>(person: &'a Person, device: &DeviceSocket) -> Option<&'a Token> {
    person.devices.tokens.iter().find(|token| token.end == device.end && token.key == device.key)
}

/// Compares every socket with the state. Running it twice does nothing new.
#[must_use]
pub fn reconcile(person: &Person, live: &Live, now: Millis) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let mut sockets: Vec<&LiveSocket> = live.devices.iter().collect();
    sockets.sort_by_key(|socket| core::cmp::Reverse((socket.device.since, socket.index)));
    let mut kept: Vec<&LiveSocket> = Vec::new();
    for socket in sockets {
        let device = &socket.device;
        let index = socket.index;
        if let Some(bye) = refused(person, device, now) {
            verdicts.push(Verdict::Close { index, bye, same_device: None });
        } else if silent(socket, now) {
            verdicts.push(Verdict::Close { index, bye: Bye::Silent, same_device: None });
        } else if let Some(newer) = kept.iter().find(|newer| newer.device.end == device.end) {
            let same = newer.device.key == device.key;
            verdicts.push(Verdict::Close { index, bye: Bye::Replaced, same_device: Some(same) });
        } else {
            kept.push(socket);
        }
    }
    for socket in &kept {
        let other = kept.iter().find(|other| other.device.end != socket.device.end);
        verdicts.extend(tell(person, socket, other.map(|other| other.device.since), now));
    }
    let expired = live.watchers.iter().filter(|(_, watcher)| watcher.until <= now);
    verdicts.extend(expired.map(|(index, _)| Verdict::Expire { index: *index }));
    verdicts
}

/// What a socket that stays has not been told yet. `peer`: since when the other end is there. One that was replaced has gone, and
/// another one has come: what the two ends had agreed on is void.
fn tell(person: &Person, socket: &LiveSocket, peer: Option<Millis>, now: Millis) -> Vec<Verdict> {
    let mut device = socket.device.clone();
    let mut verdicts = Vec::new();
    let mut say = |frame: String, device: &DeviceSocket| {
        verdicts.push(Verdict::Tell { index: socket.index, frame, device: device.clone() });
    };
    if let Some(frame) = password_frame(person, &device, now) {
        device.told = person.credential.generation;
        say(frame, &device);
    }
    let role = device.end.other();
    if device.peer.is_some() && device.peer != peer {
        device.peer = None;
        say(frames::peer(role, false), &device);
    }
    if device.peer != peer {
        device.peer = peer;
        say(frames::peer(role, true), &device);
    }
    verdicts
}

/// A client whose password has become the previous one is told so, once (interface: `password`). One that was offered a new
/// token for the current one is not: it is about to stand on that.
fn password_frame(person: &Person, device: &DeviceSocket, now: Millis) -> Option<String> {
    if device.told == person.credential.generation || token_of(person, device).is_some_and(Token::is_reflected) {
        return None;
    }
    let status = person.password_status(device.end, standing(person, device), now)?;
    let PasswordStatus::Previous { days_left } = status else { return None };
    Some(json!({ "type": "password", "status": "previous", "days_left": days_left }).to_string())
}

/// The frame before every Close of ours.
#[must_use]
pub fn bye_frame(bye: Bye, same_device: Option<bool>) -> String {
    match same_device {
        Some(same) => json!({ "type": "bye", "reason": bye.reason(), "same_device": same }).to_string(),
        None => json!({ "type": "bye", "reason": bye.reason() }).to_string(),
    }
}

/// The first frame after 101.
#[must_use]
pub fn welcome_frame(device: &DeviceSocket, status: PasswordStatus) -> String {
    json!({
        "type": "welcome",
        "role": device.end.code(),
        "since": date::rfc3339(device.since, date::Zone::TOKYO),
        "ping_every": PING_EVERY_S,
        "password": status.wire(),
    })
    .to_string()
}
