//! The start of an import: many users invited from a file. Its rows wait in the Contract; what works them off stands in this
//! person's outbox, so that it goes on after a crash, and invites in his name for as long as he may.

use serde::{Deserialize, Serialize};

use super::{
    Done,
    factor::confirmed_at,
    person::{Person, Stage},
};
use crate::{
    ask::Reply,
    effect::{Effect, Event},
    refusal::Refusal,
    rules::access::{self, Act, Actor, Subject},
    turn::Turn,
};

/// A person starts an import, or has one go on. Asks for the password again after a while (decisions, Sessions).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartImport {
    /// SHA-256 of the session id.
    pub session: String,
    /// Which import.
    pub id: String,
    /// The form's operation id.
    pub operation: String,
    /// The address it is asked from.
    pub address: String,
}

impl Person {
    /// This person as an actor behind no request: what he has started goes on by what he may do now.
    #[must_use]
    pub fn as_actor(&self) -> Actor {
        let identity = &self.identity;
        Actor {
            uid: identity.uid.clone(),
            contract: identity.contract.clone(),
            role: identity.role,
            login: identity.login.clone(),
            name: identity.name.clone(),
            session: String::new(),
            address: String::new(),
        }
    }
}

pub(super) fn start(turn: &mut Turn, person: &mut Person, command: &StartImport) -> Reply<Done> {
    let actor = Actor { address: command.address.clone(), session: command.session.clone(), ..person.as_actor() };
    confirmed_at(turn, person, &command.session, Stage::Full)?;
    let subject = Subject { uid: "", contract: &actor.contract, role: actor.role };
    access::decide(turn.profile, &actor, &subject, Act::Import).map_err(|_| Refusal::NotFound)?;
    if !person.repeated(turn.now, &actor.uid, "import", &command.operation) {
        turn.log(Event::by("import-started", turn.now, &actor));
        turn.effects.push(Effect::Import { id: command.id.clone() });
    }
    Ok(Done)
}
