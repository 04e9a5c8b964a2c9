//! What an act will do to this user, told from his state at that moment: which connection since when, which phone, how many
//! sessions. The same facts that the objects decide by, in words; an act that would change nothing says so. What an act has
//! done is told beside it, from its receipt: of the same things, and only what happened.

use durable::account::{person::End, receipt::Answer};

use super::{Act, Receipt, Stamp, UserLive};
use crate::texts::{self, Effects, Texts};

/// What `act` does to this user now, the gravest first.
pub(crate) fn effects(act: Act, user: &UserLive) -> Vec<String> {
    let t = &texts::of(user.lang).effects;
    match act {
        Act::DisconnectViewer => vec![viewer(t, user)],
        Act::DisconnectClient => vec![client(t, user)],
        Act::ResetDevice => {
            let stays = user.viewer.as_ref().filter(|_| user.device.is_some()).map(|since| (t.viewer_stays)(since.0.clone()));
            let refused = user.device.as_ref().map(|phone| (t.phone_refused)(phone.name.clone()));
            [phone(t, user)].into_iter().chain(stays).chain(refused).collect()
        }
        Act::Unlock => unlock(t, user),
        Act::Prohibit => prohibit(t, user),
        Act::Allow if user.prohibited => said(&[t.login_allowed, t.nothing_restored]),
        Act::Allow => said(&[t.already_allowed]),
        Act::ResetFactor if user.factor => vec![t.factor_removed.to_owned(), (t.sessions_stay)(user.sessions)],
        Act::ResetFactor => said(&[t.no_factor]),
        Act::ShutOut => shut_out(t, user),
        Act::EndGrace => end_grace(t, user),
    }
}

/// What a new password does to this user now.
pub(crate) fn of_password(user: &UserLive) -> Vec<String> {
    let t = &texts::of(user.lang).effects;
    let lock = user.locked.as_ref().map(|since| (t.lock_ends)(since.0.clone()));
    let phone = user.device.as_ref().map(|phone| (t.phone_signs_in)(phone.name.clone()));
    let client = match &user.client {
        Some(since) => Some((t.client_keeps)(since.0.clone(), user.pc.clone().unwrap_or_default())),
        // A temporary password leaves no grace behind, and whether an earlier one still runs is not known here.
        None => (!user.temporary).then(|| t.client_grace.to_owned()),
    };
    [sessions(t, user)].into_iter().chain(lock).chain(phone).chain(client).collect()
}

fn said(sentences: &[&'static str]) -> Vec<String> {
    sentences.iter().map(|sentence| (*sentence).to_owned()).collect()
}

fn unlock(t: &Effects, user: &UserLive) -> Vec<String> {
    let lock = user.locked.as_ref().map(|Stamp(since)| (t.lock_ends)(since.clone()));
    let door = user.door_closed.then(|| t.door_opens.to_owned());
    let none = (lock.is_none() && door.is_none()).then(|| t.not_locked.to_owned());
    lock.into_iter().chain(door).chain(none).chain([t.nothing_else.to_owned()]).collect()
}

fn prohibit(t: &Effects, user: &UserLive) -> Vec<String> {
    if user.prohibited {
        return said(&[t.already_prohibited]);
    }
    let temporary = user.temporary.then(|| t.temporary_stuck.to_owned());
    [sessions(t, user), viewer(t, user), client(t, user), phone(t, user), t.login_refused.to_owned()]
        .into_iter()
        .chain(temporary)
        .collect()
}

fn shut_out(t: &Effects, user: &UserLive) -> Vec<String> {
    let factor = user.factor.then_some(t.factor_stays);
    let password = if user.prohibited { t.lasting_password } else { t.temporary_password };
    [sessions(t, user), viewer(t, user), client(t, user), phone(t, user)]
        .into_iter()
        .chain(said(&[t.pcs_forgotten, t.old_password_dead, password]))
        .chain(factor.map(str::to_owned))
        .collect()
}

fn end_grace(t: &Effects, user: &UserLive) -> Vec<String> {
    if user.grace.is_none() {
        return said(&[t.no_grace]);
    }
    let client = match &user.client {
        Some(since) if !user.on_previous => (t.client_stays)(since.0.clone(), user.pc.clone().unwrap_or_default()),
        _ => client(t, user),
    };
    vec![t.grace_ends.to_owned(), client, t.grace_only.to_owned()]
}

/// What an act has done, with the mark of each: the connections first, as their devices answered.
pub(crate) fn done(receipt: &Receipt, texts: &'static Texts) -> Vec<(&'static str, String)> {
    let (t, done) = (&texts.receipt, &receipt.done);
    let parts = done.parts.iter().map(|part| {
        let device = (t.device)(if part.end == End::Viewer { texts.user.viewer } else { texts.user.client }, part.name.clone());
        match part.answer {
            Answer::Waiting => ("wait", (t.waiting)(device)),
            Answer::Closed(took) => ("ok", (t.closed)(device, took)),
            Answer::Unanswered if comes_back(&done.code, part.end) => ("alert", (t.unanswered)(device)),
            Answer::Unanswered => ("alert", (t.unanswered_refused)(device)),
        }
    });
    let none = done.parts.is_empty().then(|| ("off", t.no_connections.to_owned()));
    let sessions = (done.sessions > 0).then(|| ("ok", (t.sessions)(done.sessions)));
    let phone = done.phone.as_ref().map(|phone| ("ok", (t.phone)(phone.clone())));
    let refused = done.phone.as_ref().filter(|_| done.refused).map(|phone| ("ok", (t.refused)(phone.clone())));
    let pcs = (done.pcs > 0).then(|| ("ok", (t.pcs)(done.pcs)));
    let factor = done.factor.then(|| ("ok", t.factor.to_owned()));
    parts.chain([none, sessions, phone, refused, pcs, factor].into_iter().flatten()).collect()
}

/// Whether a device that was cut by this act may come back with the token that it has (interface, section 4).
fn comes_back(code: &str, end: End) -> bool {
    matches!((code, end), ("disconnected", _) | ("use-prohibited", End::Client))
}

fn sessions(t: &Effects, user: &UserLive) -> String {
    if user.sessions == 0 { t.no_sessions.to_owned() } else { (t.sessions_end)(user.sessions) }
}

fn viewer(t: &Effects, user: &UserLive) -> String {
    match &user.viewer {
        Some(since) => {
            (t.viewer_ends)(since.0.clone(), user.device.as_ref().map_or_else(String::new, |phone| phone.name.clone()))
        }
        None => t.no_viewer.to_owned(),
    }
}

fn client(t: &Effects, user: &UserLive) -> String {
    match &user.client {
        Some(since) => (t.client_ends)(since.0.clone(), user.pc.clone().unwrap_or_default()),
        None => t.no_client.to_owned(),
    }
}

fn phone(t: &Effects, user: &UserLive) -> String {
    match &user.device {
        Some(phone) => (t.phone_forgotten)(phone.since.0.clone(), phone.name.clone()),
        None => t.no_phone.to_owned(),
    }
}
