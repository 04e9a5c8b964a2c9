//! 認証・契約情報変更メニュー (ST-080 to ST-081, ST-100 to ST-105): what a person changes about his own login there. Its sessions are
//! of a door of their own ([`Stage::Menu`]); whatever changes a credential wants the password checked in the last five minutes.

use serde::{Deserialize, Serialize};

use super::{
    Done,
    factor::{confirmed, forget},
    federation::{Linked, method, unlink},
    own::{Me, MeView, me},
    person::{Person, Stage},
    redeem::{known_password, mail, mail_address_link, mail_link},
    sign_in::{Challenge, NewSession, open_session},
};
use crate::{
    ask::Reply,
    contract::Facts,
    effect::{Effect, Event},
    names::key_of,
    refusal::Refusal,
    rules::{
        link::Purpose,
        menu::{Item, has},
        phc::Phc,
        trial::trial,
    },
    secret::Secret,
    turn::Turn,
};

/// The menu of who is logged in to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MenuPage {
    /// SHA-256 of the session id.
    pub session: String,
}

/// What the menu's pages need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuView {
    /// Who.
    pub me: MeView,
    /// The contract, as far as its pages show it.
    pub facts: Facts,
    /// The contract's id.
    pub contract: String,
    /// The address that waits for its confirmation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pending: String,
    /// The linked service that he logs in with; `None`: with mail address and password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked: Option<Linked>,
}

impl MenuView {
    /// Whether the menu has this item for him, at `now`.
    #[must_use]
    pub fn has(&self, item: Item, now: crate::Millis) -> bool {
        // Who logs in with a linked service has no password to change.
        let sensible = item != Item::Password || self.linked.is_none();
        sensible && has(self.me.role, trial(&self.facts, now), item)
    }
}

/// メールアドレス変更: a link to the new address (ST-104).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskAddress {
    /// SHA-256 of the session id.
    pub session: String,
    /// The new address, folded.
    pub address: String,
}

/// メールアドレス・パスワード認証の設定 (ST-102), or of the own registration by the link of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetMethod {
    /// SHA-256 of the session id.
    pub session: String,
    /// What the password was hashed with.
    pub challenge: Challenge,
    /// Argon2id's output.
    pub output: Secret,
    /// The session that replaces this one.
    pub renewed: NewSession,
}

/// The contractor is mailed the login addresses and the connection ID of his Active Directory (ST-040, ST-044).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TellConnection {
    /// SHA-256 of the session id.
    pub session: String,
}

/// A contract of a service without such facts has none to show.
fn facts(turn: &Turn) -> Result<Facts, Refusal> {
    turn.facts.clone().ok_or(Refusal::NotFound)
}

/// The session of the menu, if the menu has this item for its person.
pub(super) fn permitted(turn: &Turn, person: &mut Person, hash: &str, item: Item) -> Result<(), Refusal> {
    confirmed(turn, person, hash)?;
    let state = trial(&facts(turn)?, turn.now);
    if has(person.identity.role, state, item) { Ok(()) } else { Err(Refusal::NotFound) }
}

pub(super) fn page(turn: &mut Turn, person: &mut Person, command: &MenuPage) -> Reply<MenuView> {
    let me = me(turn, person, &Me { session: command.session.clone(), touch: true })?;
    if me.stage != Stage::Menu {
        return Err(Refusal::WrongStage { stage: me.stage });
    }
    let facts = facts(turn)?;
    let pending = person.pending_address(turn.now).unwrap_or_default().to_owned();
    Ok(MenuView { me, facts, contract: person.identity.contract.clone(), pending, linked: person.linked.clone() })
}

pub(super) fn ask_address(turn: &mut Turn, person: &mut Person, command: &AskAddress) -> Reply<Done> {
    permitted(turn, person, &command.session, Item::Address)?;
    if command.address == person.identity.login {
        return Err(Refusal::Used);
    }
    mail_address_link(turn, person, &command.address);
    let event = Event::new("own-address-asked", turn.now, &person.identity.login).in_session(&command.session);
    turn.log(event.with("after", &command.address));
    Ok(Done)
}

pub(super) fn set_method(turn: &mut Turn, person: &mut Person, command: &SetMethod) -> Reply<Done> {
    permitted(turn, person, &command.session, Item::Method)?;
    if let Some(violation) = known_password(&person.credential, &command.output) {
        return Err(Refusal::Password { violations: vec![violation], wrong_current: None });
    }
    let hash = command.challenge.hash(&command.output).ok_or(Refusal::Wrong)?;
    let before = method(person).to_owned();
    to_password(turn, person, hash);
    open_session(turn, person, Stage::Menu, (&command.renewed, ""));
    let event = Event::new("method-changed", turn.now, &person.identity.login).from(&command.renewed.address);
    turn.log(event.in_session(&command.renewed.hash).with("before", before).with("after", "password"));
    Ok(Done)
}

pub(super) fn tell_connection(turn: &mut Turn, person: &mut Person, command: &TellConnection) -> Reply<Done> {
    permitted(turn, person, &command.session, Item::ActiveDirectory)?;
    let directories = facts(turn)?.directories;
    if directories.active.is_none() {
        return Err(Refusal::NotFound);
    }
    mail_connection(turn, person, &directories.connection);
    Ok(Done)
}

/// Active Directoryアカウントのログイン用URL・接続ID通知 (ST-040): to whoever logs in by it from now on, and to the contractor.
pub(super) fn mail_connection(turn: &mut Turn, person: &Person, connection: &str) {
    let to = person.identity.login.clone();
    mail(turn, person, "directory", &to, &[("about", connection)]);
}

/// From now on the person logs in with this password: every session ends, and 2-step is registered anew unless the contract
/// keeps it (ST-095, ST-105).
pub(super) fn to_password(turn: &mut Turn, person: &mut Person, hash: Phc) {
    unlink(turn, person);
    person.set_password(hash, false, turn.now);
    person.sessions.clear();
    person.clear_failures();
    person.withdraw(&[Purpose::Unlock, Purpose::Method]);
    if !turn.facts.as_ref().is_some_and(|facts| facts.settings.keep_factor) {
        forget(person);
    }
}

/// The account answers to another address, and Names is told; the one that it had.
pub(super) fn rename(turn: &mut Turn, person: &mut Person, address: &str) -> String {
    let old = core::mem::replace(&mut person.identity.login, address.to_owned());
    let service = person.identity.service;
    turn.effects.push(Effect::ConfirmName { key: key_of(service, address) });
    turn.effects.push(Effect::ReleaseName { key: key_of(service, &old) });
    old
}

/// The account's address becomes another one. The old one is told, with a way back (ST-109); what was mailed to it before leads
/// nowhere any more.
pub(super) fn move_to(turn: &mut Turn, person: &mut Person, address: &str) {
    let old = rename(turn, person, address);
    person.withdraw(&[Purpose::Reset, Purpose::Unlock, Purpose::Method]);
    mail_link(turn, person, Purpose::UndoAddress, (&old, &old), &[]);
    turn.log(Event::new("address-changed", turn.now, address).with("before", old).with("after", address));
}
