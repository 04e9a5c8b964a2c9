//! The linked service that a person logs in with ends: he is written to, with a link to another login method, and reminded.
//! The object of linked services learns from here who uses which ([`noted`]), and tells when what is due ([`Retire`]).
//!
//! Invariant: a letter is noted in the commit that wants it, so that being told twice, or again after a crash, mails once.

use serde::{Deserialize, Serialize};

use super::{Done, Person, redeem::mail_retired};
use crate::{
    Millis,
    contract::retirement::{LinkedUser, NoteLinked, Notice, Standing},
    effect::{Effect, Event},
    rules::retirement::{Retiring, over},
    turn::Turn,
};

/// What connection IDs of an Active Directory begin with: they are a contract's own, and no operator ends them.
const DIRECTORY: &str = "adfs-";

/// The account is told that its linked service ends, or goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Retire(pub Notice);

impl Person {
    /// The end of the linked service that this person logs in with, as far as he was told.
    #[must_use]
    pub fn retiring(&self) -> Option<&Retiring> {
        let provider = &self.linked.as_ref()?.provider;
        self.retiring.as_ref().filter(|retiring| retiring.provider == *provider)
    }

    /// Whether the linked service that this person logs in with has ended.
    #[must_use]
    pub fn is_retired(&self, now: Millis) -> bool {
        self.retiring().is_some_and(|retiring| over(retiring.ends, now))
    }
}

/// The linked service that a person uses, as it is told on.
pub(super) fn linked_user(person: Option<&Person>) -> Option<LinkedUser> {
    let person = person?;
    let linked = person.linked.as_ref().filter(|linked| !linked.provider.starts_with(DIRECTORY))?;
    let identity = &person.identity;
    Some(LinkedUser {
        provider: linked.provider.clone(),
        uid: identity.uid.clone(),
        contract: identity.contract.clone(),
        service: identity.service,
        login: identity.login.clone(),
    })
}

/// Has told on what a turn changed about the linked service. Who leaves one forgets what he was told about its end: should he come
/// back, that is news to him.
pub(super) fn noted(turn: &mut Turn, before: Option<LinkedUser>, person: Option<&mut Person>) {
    let after = linked_user(person.as_deref());
    if before == after {
        return;
    }
    let left = before.filter(|before| after.as_ref().is_none_or(|after| after.provider != before.provider));
    let standing = if person.is_none() { Standing::Gone } else { Standing::Changed };
    if let (Some(_), Some(person)) = (&left, person) {
        person.retiring = None;
    }
    let at = turn.now;
    let left = left.map(|user| NoteLinked { user, standing, at });
    let uses = after.map(|user| NoteLinked { user, standing: Standing::Uses, at });
    turn.effects.extend(left.into_iter().chain(uses).map(Effect::Linked));
}

/// Notes what the account is told, and writes to its person if that is new. Who does not use the service any more is not written
/// to; that is on its way to whoever asks.
pub(super) fn retire(turn: &mut Turn, person: &mut Person, Retire(notice): &Retire) -> Done {
    if person.linked.as_ref().is_none_or(|linked| linked.provider != notice.provider) {
        return Done;
    }
    let Some(ends) = notice.ends else {
        if person.retiring.take().is_some() {
            turn.log(Event::new("retirement-withdrawn", turn.now, &notice.by).with("provider", &notice.provider));
        }
        return Done;
    };
    let known = person.retiring().is_some_and(|known| known.ends == ends && known.letter >= notice.letter);
    if known {
        return Done;
    }
    person.retiring = Some(Retiring { provider: notice.provider.clone(), ends, letter: notice.letter });
    if person.in_service(turn.now) {
        mail_retired(turn, person);
    }
    let event = Event::new("retirement-told", turn.now, &notice.by);
    turn.log(event.with("provider", &notice.provider).with("ends", ends.to_string()).with("letter", notice.letter.to_string()));
    Done
}
