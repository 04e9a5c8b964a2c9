//! The other ways to log in: a linked service or Active Directory (認証連携, ST-030 to ST-045, ST-101). A person has one login
//! method; whoever has a link here has no password.
//!
//! Invariant: a link is what a provider asserts (issuer and subject), never an address that happens to be the same; it works only
//! while the account itself holds it, whatever Names says.

use serde::{Deserialize, Serialize};

use super::{
    Done, browsers,
    factor::forget,
    line,
    menu::{mail_connection, permitted},
    own::session,
    person::{Credential, Person, Role},
    redeem::{Invitation, mail_changed, still_served},
    sign_in::{NewSession, SignedIn, log_refused, open_session, short, trial_end},
};
use crate::{
    Millis,
    ask::Reply,
    contract::directory::is_connection,
    effect::{Effect, Event},
    names::{identity_key, key_of},
    refusal::Refusal,
    rules::{
        link::{Purpose, State, usable},
        menu::Item,
        phc::same,
    },
    turn::Turn,
};

/// The account of a linked service with which a person logs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// The provider's id in the configuration, or the connection ID of an Active Directory (`adfs-…`).
    pub provider: String,
    /// `iss`, exactly as asserted.
    pub issuer: String,
    /// Whom it names there (`sub`, or the claim that the provider is configured with).
    pub subject: String,
    /// The name there, for people to recognise it.
    #[serde(default)]
    pub name: String,
    /// The address there, for people to recognise it; it decides nothing.
    #[serde(default)]
    pub address: String,
    /// Since when.
    pub since: Millis,
}

impl Linked {
    /// Whether a provider's assertion is about this link.
    #[must_use]
    pub fn is(&self, provider: &str, issuer: &str, subject: &str) -> bool {
        (self.provider.as_str(), self.issuer.as_str(), self.subject.as_str()) == (provider, issuer, subject)
    }
}

/// What a provider said about who was there, as the Worker has verified it, and in which flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asserted {
    /// As in [`Linked`].
    pub provider: String,
    /// `iss`
    pub issuer: String,
    /// Whom it names.
    pub subject: String,
    /// The name there.
    #[serde(default)]
    pub name: String,
    /// The address there; it decides nothing.
    #[serde(default)]
    pub address: String,
    /// The flow's id, which counts once.
    pub flow: String,
    /// When the flow began: what has changed since then it does not open.
    pub begun: Millis,
    /// The first moment at which the flow is expired.
    pub until: Millis,
}

/// The login with a linked service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignInLinked {
    /// Who was there.
    pub asserted: Asserted,
    /// The session to open.
    pub session: NewSession,
    /// SHA-256 of the id in the device cookie that came along; empty without one.
    #[serde(default)]
    pub browser: String,
    /// Whether the provider says that it asked for no password this time: then the session begins unconfirmed, and whatever needs
    /// a confirmation asks for one (ASVS 6.8.4).
    #[serde(default)]
    pub stale: bool,
}

/// From now on the person logs in with this account of a linked service. Names holds the identity for him already.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakeLinked {
    /// Whom the page has shown, and the person has confirmed.
    pub asserted: Asserted,
    /// By what right.
    pub by: By,
    /// The address it is done from.
    pub address: String,
}

/// What lets a person choose his login method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// A mailed link: an invitation, or the change of the method.
    Link {
        /// Which of the two.
        purpose: Purpose,
        /// Which one.
        nonce: String,
    },
    /// His session in the menu, confirmed lately.
    Menu {
        /// SHA-256 of the session id.
        session: String,
    },
}

/// The provider was asked for the person once more: from now on the session may change what that protects.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConfirmLinked {
    /// SHA-256 of the session id.
    pub session: String,
    /// Who was there.
    pub asserted: Asserted,
}

/// Whether the flow still counts, and has not counted before.
fn once(turn: &Turn, person: &mut Person, asserted: &Asserted) -> Result<(), Refusal> {
    person.tickets.retain(|_, until| *until > turn.now);
    if asserted.until <= turn.now || person.tickets.insert(asserted.flow.clone(), asserted.until).is_some() {
        return Err(Refusal::Used);
    }
    Ok(())
}

/// Whether the assertion is about the account that this person logs in with, and was when its flow began.
fn is_own(person: &Person, asserted: &Asserted) -> bool {
    let Asserted { provider, issuer, subject, begun, .. } = asserted;
    person.linked.as_ref().is_some_and(|linked| linked.is(provider, issuer, subject) && linked.since <= *begun)
}

/// Whether a login with this provider is possible in the contract: its own Active Directory, as it is set now, or any linked service.
fn is_offered(turn: &Turn, provider: &str, issuer: &str) -> bool {
    if !is_connection(provider) {
        return true;
    }
    let directories = turn.facts.as_ref().map(|facts| &facts.directories);
    let own = directories.filter(|own| own.connection == provider).and_then(|own| own.of(false));
    own.is_some_and(|own| own.issuer == issuer)
}

/// Whether the sessions of this person may go on: with the login method that opened them, one could still log in.
pub(super) fn stands(turn: &Turn, person: &Person) -> bool {
    let offered = |linked: &Linked| is_offered(turn, &linked.provider, &linked.issuer);
    person.linked.as_ref().is_none_or(offered) && !person.is_retired(turn.now)
}

/// Opens the session. Why not is told to nobody but who could have logged in until the trial ended.
pub(super) fn sign_in(turn: &mut Turn, person: &mut Person, command: &SignInLinked) -> Reply<SignedIn> {
    let SignInLinked { asserted, session, browser, stale } = command;
    let known = person.browsers.iter().take(turn.profile.device_cookies);
    let own = known.into_iter().find(|own| same(own.hash.as_bytes(), browser.as_bytes()));
    let from = own.map_or_else(String::new, |own| own.hash.clone());
    let locked = browsers::is_locked(turn, person, &from);
    let shut = if !is_own(person, asserted) {
        Some("not-linked")
    } else if !stands(turn, person) {
        Some("method-ended")
    } else if !person.in_service(turn.now) {
        Some("out-of-service")
    } else if person.prohibited {
        Some("prohibited")
    } else {
        locked.then_some("locked")
    };
    if let Some(why) = shut {
        log_refused(turn, person, session, why);
        return Err(Refusal::NotFound);
    }
    let ends = trial_end(turn, person, session)?;
    once(turn, person, asserted)?;
    line::enter(turn, person, session)?;
    let stage = session.complete();
    open_session(turn, person, stage, (session, &from));
    if let Some(opened) = person.sessions.last_mut() {
        opened.ends = ends;
        if *stale {
            opened.confirmed = 0;
        }
    }
    let known = browsers::welcome(turn, person, &from, session);
    let event = Event::new("signed-in", turn.now, &person.identity.login).from(&session.address);
    let event = event.in_session(&session.hash).with("browser", short(&session.agent));
    turn.log(event.with("method", &asserted.provider));
    Ok(SignedIn { stage, known, remembered: false, preferences: person.preferences.clone() })
}

pub(super) fn take(turn: &mut Turn, person: &mut Person, command: &TakeLinked) -> Reply<Done> {
    let TakeLinked { asserted, by, address } = command;
    match by {
        By::Link { purpose: Purpose::Invitation | Purpose::Method, .. } => {}
        By::Link { .. } => return Err(Refusal::Wrong),
        By::Menu { session } => permitted(turn, person, session, Item::Method)?,
    }
    // ST-044: only where it is set, and never the contractor himself.
    let directory = is_connection(&asserted.provider);
    if !is_offered(turn, &asserted.provider, &asserted.issuer) || directory && person.identity.role == Role::Administrator {
        return Err(Refusal::NotFound);
    }
    // ST-101: another account of the same service only by way of another method.
    match &person.linked {
        Some(linked) if linked.is(&asserted.provider, &asserted.issuer, &asserted.subject) => return Err(Refusal::Used),
        Some(linked) if linked.provider == asserted.provider => return Err(Refusal::Fixed { field: "provider".to_owned() }),
        _ => {}
    }
    if let By::Link { purpose, nonce } = by {
        still_served(turn, person)?;
        usable(&mut person.links, *purpose, nonce, turn.now).map_err(|end| Refusal::Link { end })?;
        once(turn, person, asserted)?;
        for link in person.links.iter_mut().filter(|link| link.purpose == *purpose) {
            link.state = State::Used(turn.now);
        }
    } else {
        once(turn, person, asserted)?;
    }
    let registers = person.invitation.since.is_some();
    if registers {
        turn.effects.push(Effect::ConfirmName { key: key_of(person.identity.service, &person.identity.login) });
        turn.effects.push(Effect::ReleaseName { key: person.name_key() });
        person.invitation = Invitation::default();
    }
    let before = method(person).to_owned();
    link(turn, person, asserted);
    let event = Event::new(if registers { "registered" } else { "method-changed" }, turn.now, &person.identity.login);
    let event = if registers { event } else { event.with("before", before) };
    turn.log(event.from(address).with("after", &asserted.provider));
    if directory {
        // Which says so itself (ST-040).
        mail_connection(turn, person, &asserted.provider);
    } else if !registers {
        mail_changed(turn, person, "method-changed", &asserted.provider, address);
    }
    Ok(Done)
}

/// How a person logs in: a provider's id, or `password`.
pub(super) fn method(person: &Person) -> &str {
    person.linked.as_ref().map_or("password", |linked| &linked.provider)
}

/// The password is gone, every session ends, and 2-step is forgotten unless the contract keeps it.
fn link(turn: &mut Turn, person: &mut Person, asserted: &Asserted) {
    unlink(turn, person);
    let Asserted { provider, issuer, subject, name, address, .. } = asserted.clone();
    turn.effects.push(Effect::ConfirmName { key: identity_key(person.identity.service, &provider, &issuer, &subject) });
    person.linked = Some(Linked { provider, issuer, subject, name, address, since: turn.now });
    person.credential = Credential { generation: person.credential.generation.saturating_add(1), ..Credential::default() };
    person.sessions.clear();
    person.clear_failures();
    person.drop_open_attempts();
    person.forget_browsers();
    person.withdraw(&[Purpose::Reset, Purpose::Unlock, Purpose::Address, Purpose::Method]);
    if !turn.facts.as_ref().is_some_and(|facts| facts.settings.keep_factor) {
        forget(person);
    }
}

/// The account of a linked service, if there is one, opens nothing here any more, and its end is no concern of this person's.
pub(super) fn unlink(turn: &mut Turn, person: &mut Person) {
    person.retiring = None;
    if let Some(Linked { provider, issuer, subject, .. }) = person.linked.take() {
        turn.effects.push(Effect::ReleaseName { key: identity_key(person.identity.service, &provider, &issuer, &subject) });
    }
}

/// The account that a session belongs to was asked for again.
pub(super) fn confirm(turn: &mut Turn, person: &mut Person, command: &ConfirmLinked) -> Reply<Done> {
    session(turn, person, &command.session, None)?;
    if !is_own(person, &command.asserted) {
        return Err(Refusal::Wrong);
    }
    once(turn, person, &command.asserted)?;
    session(turn, person, &command.session, None)?.confirmed = turn.now;
    Ok(Done)
}
