//! The sockets of an object: what each is (its attachment), when it was heard of, and performing verdicts. The attachment
//! says `closing` before Close is sent, so whatever the peer still sends is acted on by nobody.

use worker::{State, WebSocket};

use super::sys;
use crate::{
    Millis,
    account::{
        admin::lease,
        connections::{Attachment, Bye, DeviceSocket, Live, LiveSocket, Verdict, WatcherSocket, bye_frame},
    },
    json,
    secret::Secret,
    turn::Push,
};

/// `WebSocket.OPEN`
const OPEN: u16 = 1;

/// All open sockets, as the runtime lists them.
pub fn open(state: &State) -> Vec<WebSocket> {
    sys::sockets(state)
}

/// What a socket is; `None` when it has no readable attachment.
pub fn attachment(socket: &WebSocket) -> Option<Attachment> {
    let json: String = socket.deserialize_attachment().ok().flatten()?;
    json::read(&json).ok()
}

/// Says what a socket is.
pub fn attach(socket: &WebSocket, attachment: &Attachment) -> worker::Result<()> {
    socket.serialize_attachment(serde_json::to_string(attachment)?)
}

/// The sockets as turns see them. Closing and closed ones are not there.
pub fn live(state: &State, sockets: &[WebSocket]) -> Live {
    let mut live = Live::default();
    for (index, socket) in sockets.iter().enumerate() {
        let raw: &worker::web_sys::WebSocket = socket.as_ref();
        if raw.ready_state() != OPEN {
            continue;
        }
        match attachment(socket) {
            Some(Attachment::Device(device)) => {
                let heard = sys::last_ping(state, socket).unwrap_or(device.since);
                live.devices.push(LiveSocket { index, device, heard });
            }
            Some(Attachment::Watcher(watcher)) => live.watchers.push((index, watcher)),
            Some(Attachment::Closing | Attachment::Cut { .. }) | None => {}
        }
    }
    live
}

/// What a socket is from the moment at which Close is sent.
fn closing(socket: &WebSocket) -> Attachment {
    match attachment(socket) {
        Some(Attachment::Device(DeviceSocket { end, since, .. })) => Attachment::Cut { end, since, sent: sys::now() },
        _ => Attachment::Closing,
    }
}

/// Performs verdicts; whether any socket was closed. A socket that cannot be written to is on its way out by itself.
pub fn perform(sockets: &[WebSocket], verdicts: &[Verdict]) -> bool {
    let mut closed = false;
    for verdict in verdicts {
        match verdict {
            Verdict::Close { index, bye, same_device } => {
                let Some(socket) = sockets.get(*index) else { continue };
                let _ = attach(socket, &closing(socket));
                let _ = socket.send_with_str(bye_frame(*bye, *same_device));
                let _ = socket.close(Some(bye.close_code()), Some(bye.reason()));
                closed = true;
            }
            Verdict::Tell { index, frame, device } => {
                let Some(socket) = sockets.get(*index) else { continue };
                let _ = attach(socket, &Attachment::Device(device.clone()));
                let _ = socket.send_with_str(frame);
            }
            Verdict::Expire { index } => {
                let Some(socket) = sockets.get(*index) else { continue };
                let _ = attach(socket, &Attachment::Closing);
                let _ = socket.close(Some(1000), Some("lease"));
            }
        }
    }
    closed
}

/// Sends a frame to the socket it is for; gives it back when that one is only about to open. A socket that cannot be written to
/// is on its way out, and its device gets another frame when it comes back.
pub fn push(sockets: &[WebSocket], push: Push) -> Option<Secret> {
    let Some(index) = push.socket else { return Some(push.frame) };
    if let Some(socket) = sockets.get(index) {
        let _ = socket.send_with_str(push.frame.reveal());
    }
    None
}

/// Tells every watching page with a lease that something changed; it then fetches what it may see.
pub fn tell_watchers(sockets: &[WebSocket], live: &Live, now: Millis) {
    for (index, watcher) in &live.watchers {
        if watcher.until > now
            && let Some(socket) = sockets.get(*index)
        {
            let _ = socket.send_with_str("changed");
        }
    }
}

/// Keeps a watching page's new socket for one lease. A session watches with at most `most` pages; the oldest lease goes.
///
/// # Errors
/// When the runtime does not take the socket.
pub fn watch(state: &State, socket: &WebSocket, id: String, session: String, most: usize, now: Millis) -> worker::Result<()> {
    let sockets = open(state);
    let mut others = live(state, &sockets).watchers;
    others.retain(|(_, watcher)| watcher.session == session);
    others.sort_by_key(|(_, watcher)| watcher.until);
    let over = others.len().saturating_add(1).saturating_sub(most);
    let verdicts: Vec<Verdict> = others.iter().take(over).map(|(index, _)| Verdict::Expire { index: *index }).collect();
    perform(&sockets, &verdicts);
    sys::accept(state, socket, "watcher")?;
    attach(socket, &Attachment::Watcher(WatcherSocket { id, session, until: lease(now) }))
}

/// Renews the lease of a watching page.
///
/// # Errors
/// When the runtime does not keep it.
pub fn renew(state: &State, id: &str, now: Millis) -> worker::Result<()> {
    let sockets = open(state);
    for (index, watcher) in live(state, &sockets).watchers {
        if watcher.id == id
            && let Some(socket) = sockets.get(index)
        {
            attach(socket, &Attachment::Watcher(WatcherSocket { until: lease(now), ..watcher }))?;
        }
    }
    Ok(())
}

/// The peer has sent Close or is gone. It waits for our Close (RFC 6455, section 5.5.1), which the runtime leaves to us.
pub fn depart(socket: &WebSocket) {
    if attachment(socket) != Some(Attachment::Closing) {
        let _ = attach(socket, &Attachment::Closing);
        let _ = socket.close(Some(1000), Some(""));
    }
}

/// The peer did not keep to the protocol.
pub fn refuse(socket: WebSocket) {
    perform(&[socket], &[Verdict::Close { index: 0, bye: Bye::ProtocolError, same_device: None }]);
}
