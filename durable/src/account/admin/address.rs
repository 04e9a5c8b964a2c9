//! メールアドレス変更 of a user by his administrator (ST-106), and the mails that a user was sent.
//!
//! Invariant: the administrator changes nothing himself. Whoever opens the mailed link does, and that link goes to the address
//! it is about.

use serde::{Deserialize, Serialize};

use super::{Acted, allowed};
use crate::{
    account::{
        mails::Note,
        person::Person,
        redeem::{mail_address_link, mail_method_link},
    },
    ask::Reply,
    effect::Event,
    refusal::Refusal,
    rules::{
        access::{Act, Actor},
        link::Purpose,
    },
    turn::Turn,
};

/// Has a link mailed: to a new address the one that changes to it, to the unchanged address the one that sets the login method.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskAddressChange {
    /// Who.
    pub actor: Actor,
    /// The address as it was entered, folded.
    pub address: String,
    /// The form's operation id.
    pub operation: String,
}

/// 最近のメール
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadMails {
    /// Who looks.
    pub actor: Actor,
}

/// A person has one pending change (decisions, ST-100 to ST-107). `found` says whether a mail was sent: not within a minute of
/// the last one, nor more than five an hour.
pub(in crate::account) fn ask_address_change(turn: &mut Turn, person: &mut Person, command: &AskAddressChange) -> Reply<Acted> {
    let AskAddressChange { actor, address, operation } = command;
    allowed(person, actor, Act::ChangeAddress)?;
    if person.invitation.since.is_some() {
        // Whoever has not registered is withdrawn and invited anew.
        return Err(Refusal::Used);
    }
    let changes = *address != person.identity.login;
    let purpose = if changes { Purpose::Address } else { Purpose::Method };
    if person.has_done(&actor.uid, "address", operation) {
        return Ok(Acted { found: true });
    }
    if changes {
        person.may_move(turn.now)?;
    }
    if person.ask_link(purpose, turn.now).is_err() {
        return Ok(Acted { found: false });
    }
    person.repeated(turn.now, &actor.uid, "address", operation);
    let event = Event::by(if changes { "address-asked" } else { "method-asked" }, turn.now, actor);
    if changes {
        mail_address_link(turn, person, address);
        turn.log(event.with("address", address.as_str()));
    } else {
        mail_method_link(turn, person);
        turn.log(event);
    }
    Ok(Acted { found: true })
}

pub(in crate::account) fn read_mails(person: &Person, command: &ReadMails) -> Reply<Vec<Note>> {
    allowed(person, &command.actor, Act::ReadMails)?;
    Ok(person.mails.notes.iter().rev().cloned().collect())
}
