//! Invitations by an administrator (ST-070, ST-074): a new user, the mail once more, and a withdrawal.
//!
//! Invariant: whoever is invited holds no address until he accepts; withdrawing leaves nothing behind but the journal's rows, and with
//! the address when it was mailed, so that withdrawing and inviting again sends no more mails than asking for another does.

use serde::{Deserialize, Serialize};

use super::{Acted, allowed};
use crate::{
    Millis,
    account::{
        Done,
        person::{Identity, Person},
        redeem::{self, Invitation},
    },
    ask::Reply,
    effect::{Effect, Event},
    refusal::Refusal,
    rules::{
        access::{self, Act, Actor, Subject},
        link::Purpose,
    },
    turn::Turn,
};

/// 招待: a new user of the actor's contract, by mail. The Worker has reserved the address for this uid.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invite {
    /// Who invites; his address stands in the mail.
    pub actor: Actor,
    /// Whom.
    pub identity: Identity,
    /// The form's operation id, or the import's.
    pub operation: String,
    /// When this contract mailed the address for invitations that it has withdrawn since, as Names keeps it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Millis>,
    /// One of many, whose mail may leave a little later.
    #[serde(default)]
    pub of_many: bool,
}

/// An invitation that waits is withdrawn: the account that nobody has registered goes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Withdraw {
    /// Who.
    pub actor: Actor,
}

/// Only whom nobody has registered or invited yet is invited; the same operation again changes nothing.
pub(in crate::account) fn invite(turn: &mut Turn, stored: &mut Option<Person>, command: &Invite) -> Reply<Acted> {
    let Invite { actor, identity, operation, .. } = command;
    let subject = Subject { uid: &identity.uid, contract: &identity.contract, role: identity.role };
    access::decide(turn.profile, actor, &subject, Act::Invite).map_err(|_| Refusal::NotFound)?;
    if let Some(person) = stored {
        let ours = allowed(person, actor, Act::Invite).is_ok() && person.has_done(&actor.uid, "invite", operation);
        return if ours { Ok(Acted { found: true }) } else { Err(Refusal::Taken) };
    }
    let mut person = Person::new(identity.clone());
    person.invitation = Invitation { since: Some(turn.now), by: actor.login.clone(), prepared: None };
    person.asked.insert(Purpose::Invitation, command.asked.clone());
    person.ask_link(Purpose::Invitation, turn.now)?;
    person.repeated(turn.now, &actor.uid, "invite", operation);
    turn.effects.push(Effect::ConfirmName { key: person.name_key() });
    turn.log(Event::by("account-invited", turn.now, actor).with("role", identity.role.code()));
    redeem::invite(turn, &mut person, &actor.login);
    *stored = Some(person);
    Ok(Acted { found: true })
}

/// 再送: a new link, the earlier one is dead; not within a minute of the last mail, nor more than five an hour.
pub(super) fn resend(turn: &mut Turn, person: &mut Person, by: &Actor) -> bool {
    if person.invitation.since.is_none() || person.ask_link(Purpose::Invitation, turn.now).is_err() {
        return false;
    }
    person.invitation.by.clone_from(&by.login);
    redeem::invite(turn, person, &by.login);
    turn.log(Event::by("invitation-resent", turn.now, by));
    true
}

pub(in crate::account) fn withdraw(turn: &mut Turn, person: Option<&Person>, command: &Withdraw) -> Reply<Done> {
    let person = person.ok_or(Refusal::NotFound)?;
    allowed(person, &command.actor, Act::Withdraw)?;
    if person.invitation.since.is_none() {
        return Err(Refusal::Used);
    }
    let asked = person.asked.get(&Purpose::Invitation).cloned().unwrap_or_default();
    turn.effects.push(Effect::ReleaseInvitation { key: person.name_key(), asked });
    turn.log(Event::by("invitation-withdrawn", turn.now, &command.actor));
    Ok(Done)
}
