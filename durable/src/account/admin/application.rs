//! The use of the management function by a person: lock, permission and second factor (CW-084 to CW-095, CW-101 to CW-103).
//!
//! Every act says what was and what is in the journal, and does nothing where there is nothing to do.

use serde::{Deserialize, Serialize};

use super::{
    Acted, allowed,
    devices::{cut, forget_phone},
    invitation::resend,
    living_sessions,
};
use crate::{
    account::{
        connections::Bye,
        credential, factor,
        person::{End, Person},
        receipt,
    },
    ask::Reply,
    effect::Event,
    refusal::Refusal,
    rules::access::{Act, Actor},
    turn::Turn,
};

/// One of the acts that need nothing but their name: ロックアウトを解除, 利用を禁止, 利用を許可, 設定を解除,
/// 猶予を今すぐ終了.
/// One of the acts that need nothing but their name: ロックアウトを解除, 利用を禁止, 利用を許可, 設定を解除, and an invitation sent again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Administer {
    /// Who.
    pub actor: Actor,
    /// What.
    pub act: Act,
    /// The form's operation id.
    pub operation: String,
}

pub(in crate::account) fn administer(turn: &mut Turn, person: &mut Person, command: &Administer) -> Reply<Acted> {
    type Do = fn(&mut Turn, &mut Person, &Actor) -> bool;
    let (what, act): (&str, Do) = match command.act {
        Act::Unlock => ("unlock", unlock),
        Act::Prohibit => ("prohibit", prohibit),
        Act::Allow => ("allow", allow),
        Act::ResetFactor => ("reset-factor", reset_factor),
        Act::EndGrace => ("end-grace", end_grace),
        Act::Invite => ("resend", resend),
        _ => return Err(Refusal::NotFound),
    };
    allowed(person, &command.actor, command.act)?;
    if person.repeated(turn.now, &command.actor.uid, what, &command.operation) {
        return Ok(Acted { found: true });
    }
    let before = receipt::before(turn, person);
    let found = act(turn, person, &command.actor);
    let code = match command.act {
        Act::Prohibit => "use-prohibited",
        Act::ResetFactor => "factor-reset",
        Act::EndGrace => "grace-ended",
        // What takes nothing away has nothing to wait for.
        _ => return Ok(Acted { found }),
    };
    if found {
        receipt::keep(turn, person, before, (code, &command.actor.login), &command.operation);
    }
    Ok(Acted { found })
}

/// Ends the lock, and forgets failures and open attempts at every door (CW-084); nothing else changes.
fn unlock(turn: &mut Turn, person: &mut Person, by: &Actor) -> bool {
    let policy = &turn.profile.web_lock;
    let locked = person.lock(policy, turn.now).is_some();
    let failures = person.failures(policy, turn.now);
    let door = turn.profile.device_door.as_ref();
    let closed = door.is_some_and(|door| person.device_door.unknown.closed(&door.unknown, turn.now));
    person.clear_failures();
    let found = locked || closed || failures > 0;
    if found {
        let before = if locked { "locked" } else { "open" };
        let event = Event::by("unlocked", turn.now, by).with("before", before).with("after", "open");
        turn.log(event.with("failures", failures.to_string()));
    }
    found
}

/// Ends every session, cuts both ends and forgets the phone (CW-092, CW-095). The client's token lives: viewer and client may
/// come again; only the login to the management function is refused from now on.
fn prohibit(turn: &mut Turn, person: &mut Person, by: &Actor) -> bool {
    if person.prohibited {
        return false;
    }
    let sessions = living_sessions(person, turn);
    let ended = |end| turn.live.connected(person, end, turn.now).is_some();
    let connections =
        [End::Viewer, End::Client].into_iter().filter(|end| ended(*end)).map(End::code).collect::<Vec<_>>().join(" ");
    person.prohibited = true;
    person.sessions.clear();
    cut(turn, person, End::Viewer, Bye::UseProhibited);
    cut(turn, person, End::Client, Bye::UseProhibited);
    let phone = forget_phone(person).map(|phone| phone.name).unwrap_or_default();
    person.forget_browsers();
    person.drop_open_attempts();
    let event = Event::by("use-prohibited", turn.now, by).with("before", "allowed").with("after", "prohibited");
    turn.log(event.with("sessions", sessions.to_string()).with("cut", connections).with("phone", phone));
    true
}

/// Allows the login again and restores nothing (CW-094).
fn allow(turn: &mut Turn, person: &mut Person, by: &Actor) -> bool {
    let found = core::mem::take(&mut person.prohibited);
    if found {
        turn.log(Event::by("use-allowed", turn.now, by).with("before", "prohibited").with("after", "allowed"));
    }
    found
}

/// Removes the second factor (CW-101); a login that was begun with it opens nothing.
fn reset_factor(turn: &mut Turn, person: &mut Person, by: &Actor) -> bool {
    factor::reset(turn, person, Event::by("factor-reset", turn.now, by))
}

/// Ends the grace of the previous password (CW-119): its clients are closed with 4003 and need the current one.
fn end_grace(turn: &mut Turn, person: &mut Person, by: &Actor) -> bool {
    let event = Event::by("grace-ended", turn.now, by);
    credential::end_grace_now(turn, person, event)
}
