//! Mailed links: issuing one, looking at it, claiming it, using it (decisions, "Mailed links"). The text of a link is made while
//! its mail is sent ([`crate::rules::link`]); here are the nonces, one of each purpose, and what a use does.
//!
//! Invariants: only the newest link of a purpose works, once, only for what it was made for, and none once the service has ended.
//! Looking changes nothing. A link that sets a password is claimed before the password is hashed, so that of many uses at once one
//! hashes and the others are told.

use serde::{Deserialize, Serialize};

use super::{
    Done,
    federation::method,
    menu::{move_to, rename, to_password},
    person::{Identity, Person, Role},
    sign_in::{Challenge, challenge, compare},
};
use crate::{
    Millis,
    ask::Reply,
    contract::Settings,
    effect::{Effect, Event, Mail},
    names::{invitation_key, key_of},
    refusal::Refusal,
    rules::{
        link::{End, Link, PACE, Purpose, State, usable},
        lockout::Outcome,
        password::Violation,
        phc::{Phc, same},
        retirement::Retiring,
    },
    secret::Secret,
    turn::Turn,
};

/// A day, for links that live shorter by the contract's setting.
const DAY: Millis = 24 * 60 * 60 * 1000;
/// How many former addresses have a way back at a time; with so many there is no further change.
const WAYS_BACK: usize = 5;

/// What a link is about, for the page behind it; changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LookAtLink {
    /// What it does.
    pub purpose: Purpose,
    /// Which one.
    pub nonce: String,
}

/// Whose link it is and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// The account's address.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What the account may do.
    pub role: Role,
    /// The contract that it belongs to.
    pub contract: String,
    /// The address that the link is about, where it is about one.
    pub about: String,
    /// Whether its use sets a password.
    pub password: bool,
    /// The provider of the linked service that the account logs in with; empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub linked: String,
    /// The first moment at which it is expired.
    pub until: Millis,
    /// What its contract has chosen.
    #[serde(default)]
    pub settings: Settings,
}

/// Claims a link that sets a password, for as long as a hash takes: what to hash with, and the claim.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClaimLink {
    /// What it does.
    pub purpose: Purpose,
    /// Which one.
    pub nonce: String,
}

/// Uses a link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UseLink {
    /// What it does.
    pub purpose: Purpose,
    /// Which one.
    pub nonce: String,
    /// The password that it sets, hashed under the claim's challenge.
    pub password: Option<(Challenge, Secret)>,
    /// An invitation's password is shown for confirmation before it counts (ST-072): the id of what waits for that, given with
    /// the password and again with the confirmation.
    #[serde(default)]
    pub prepared: String,
    /// The address it is used from.
    pub address: String,
}

/// An account that nobody has registered yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Invitation {
    /// Since when it waits to be accepted; `None`: it does not.
    pub since: Option<Millis>,
    /// Whose address it names; empty for the contractor's own.
    pub by: String,
    /// The new password, until it is confirmed.
    pub prepared: Option<Prepared>,
}

/// A password that waits for 確認 (ST-072).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// What the confirmation names.
    pub id: String,
    /// The password.
    pub hash: Phc,
}

/// Somebody asks for a mail with a link: パスワードを忘れた方はこちら, or another one in place of an expired one. The answer is
/// the same whatever comes of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskLink {
    /// Which mail.
    pub purpose: Purpose,
    /// The folded address, which must be the account's own; empty from who holds an expired link of its.
    pub login: String,
    /// The expired link's nonce; empty when there is none, and then only [`Purpose::Reset`] can be asked for.
    pub nonce: String,
}

impl Person {
    /// The first moment at which its invitation cannot be accepted; `None`: it does not wait for that.
    #[must_use]
    pub fn invited_until(&self) -> Option<Millis> {
        self.invitation.since?;
        self.links.iter().find(|link| link.purpose == Purpose::Invitation).map(|link| link.until)
    }

    /// The key under which Names holds this account: an invitation claims its address when it is accepted, not before.
    #[must_use]
    pub fn name_key(&self) -> String {
        name_key(&self.identity, self.invitation.since.is_some())
    }

    /// Whether this person logs in with a password that is his own.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.invitation.since.is_none() && self.credential.current.is_some()
    }

    /// Whether this person can log in with anything: whom nobody has registered cannot be locked out either.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.has_password() || self.linked.is_some()
    }

    /// The address that waits for its confirmation (ST-104).
    #[must_use]
    pub fn pending_address(&self, now: Millis) -> Option<&str> {
        let waits = |link: &&Link| link.purpose == Purpose::Address && link.state == State::Open && now < link.until;
        self.links.iter().find(waits).map(|link| link.about.as_str())
    }

    /// Withdraws the links of these purposes; one that was used still says so.
    pub fn withdraw(&mut self, purposes: &[Purpose]) {
        self.links.retain(|link| !purposes.contains(&link.purpose) || matches!(link.state, State::Used(_)));
    }

    /// Notes that somebody asks for a link of this purpose.
    ///
    /// # Errors
    /// [`Refusal::TooMany`]: the mail that was sent last still works.
    pub fn ask_link(&mut self, purpose: Purpose, now: Millis) -> Result<(), Refusal> {
        PACE.take(self.asked.entry(purpose).or_default(), now).map_err(|retry_after| Refusal::TooMany { retry_after })
    }

    /// Whether one more address can follow: each former one keeps its way back for as long as that works (ST-109).
    ///
    /// # Errors
    /// [`Refusal::Fixed`]
    pub fn may_move(&self, now: Millis) -> Result<(), Refusal> {
        let ways_back = self.links.iter().filter(|link| link.is_way_back(now)).count();
        if ways_back < WAYS_BACK { Ok(()) } else { Err(Refusal::Fixed { field: "address".to_owned() }) }
    }
}

fn name_key(identity: &Identity, invited: bool) -> String {
    if invited {
        invitation_key(identity.service, &identity.contract, &identity.login)
    } else {
        key_of(identity.service, &identity.login)
    }
}

/// Makes the newest link of a purpose and has it mailed `to` an address. `about` is the address that it changes to or back to.
pub(super) fn mail_link(turn: &mut Turn, person: &mut Person, purpose: Purpose, who: (&str, &str), more: &[(&str, &str)]) {
    mail_link_in(turn, person, (purpose, purpose.code()), who, more);
}

/// The same in another letter than the purpose's own.
fn mail_link_in(
    turn: &mut Turn,
    person: &mut Person,
    (purpose, template): (Purpose, &str),
    (to, about): (&str, &str),
    more: &[(&str, &str)],
) {
    let (now, nonce) = (turn.now, turn.id());
    let short = purpose == Purpose::Reset && turn.facts.as_ref().is_some_and(|facts| facts.settings.short_reset);
    let until = now.saturating_add(if short { DAY } else { turn.profile.link_life });
    person.links.retain(|link| link.purpose != purpose || link.is_way_back(now));
    let link = Link { purpose, nonce: nonce.clone(), made: now, until, state: State::Open, about: about.to_owned() };
    person.links.push(link);
    let until = until.to_string();
    let mut variables = vec![("nonce", nonce.as_str()), ("about", about), ("until", &until)];
    variables.extend(more);
    if turn.facts.as_ref().is_some_and(|facts| facts.settings.keep_factor) {
        variables.push(("factor", "kept"));
    }
    mail(turn, person, template, to, &variables);
}

/// Has a mail sent: its template's code and its variables. Who reads it is told by uid, service, name and login in any case.
pub(super) fn mail(turn: &mut Turn, person: &Person, template: &str, to: &str, variables: &[(&str, &str)]) {
    let identity = &person.identity;
    let own = [
        ("uid", identity.uid.as_str()),
        ("service", identity.service.code()),
        ("name", &identity.name),
        ("login", &identity.login),
        ("role", identity.role.code()),
    ];
    let variables = own.iter().chain(variables).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let language = if person.preferences.language.is_empty() { "ja".to_owned() } else { person.preferences.language.clone() };
    turn.effects.push(Effect::Mail(Mail { template: template.to_owned(), to: to.to_owned(), language, variables, number: 0 }));
}

/// ログイン情報が変更されました: to the address that stays, after whatever set a password or a login method there. The template is called as
/// the event is; `service` is the linked one that he logs in with now, empty for a password.
pub(super) fn mail_changed(turn: &mut Turn, person: &Person, template: &str, service: &str, from: &str) {
    if turn.profile.invites() {
        let (to, at) = (person.identity.login.clone(), turn.now.to_string());
        mail(turn, person, template, &to, &[("until", &at), ("by", from), ("provider", service)]);
    }
}

/// 利用者登録のご案内 (ST-070): `by` is the contractor's address, empty for the contractor himself.
pub(super) fn invite(turn: &mut Turn, person: &mut Person, by: &str) {
    let to = person.identity.login.clone();
    mail_link(turn, person, Purpose::Invitation, (&to, ""), &[("by", by)]);
}

/// メールアドレス変更登録 (ST-104): to the new address, whoever asks. A person has one pending change, of the address or of the login
/// method; this one takes the place of either.
pub(super) fn mail_address_link(turn: &mut Turn, person: &mut Person, address: &str) {
    person.withdraw(&[Purpose::Method]);
    mail_link(turn, person, Purpose::Address, (address, address), &[]);
}

/// ログイン方法の設定変更 (ST-108): to the person's own address, in place of any pending change.
pub(super) fn mail_method_link(turn: &mut Turn, person: &mut Person) {
    person.withdraw(&[Purpose::Address]);
    let to = person.identity.login.clone();
    mail_link(turn, person, Purpose::Method, (&to, ""), &[]);
}

/// The linked service that the person logs in with ends: a link to another login method, in place of any pending change.
pub(super) fn mail_retired(turn: &mut Turn, person: &mut Person) {
    let Some(Retiring { provider, ends, .. }) = person.retiring().cloned() else { return };
    person.withdraw(&[Purpose::Address]);
    let (to, ends) = (person.identity.login.clone(), ends.to_string());
    let more = [("provider", provider.as_str()), ("ends", &ends)];
    mail_link_in(turn, person, (Purpose::Method, "retired"), (&to, ""), &more);
}

/// アカウントロック (ST-122): one mail a lock, whenever the lock is met first; none where locks end by themselves.
pub(super) fn mail_lock(turn: &mut Turn, person: &mut Person) {
    let policy = &turn.profile.web_lock;
    let locks: Vec<_> = person.web_counters().filter_map(|counter| counter.locked(policy, turn.now)).collect();
    let Some(newest) = locks.iter().map(|lock| lock.since).max() else { return };
    let told = person.links.iter().any(|link| link.purpose == Purpose::Unlock && link.made >= newest);
    if !turn.profile.invites() || told || !person.is_registered() {
        return;
    }
    let to = person.identity.login.clone();
    mail_link(turn, person, Purpose::Unlock, (&to, ""), &[]);
}

fn ended(end: End) -> Refusal {
    Refusal::Link { end }
}

/// Once the service has ended (CW-005) no link is of use; who starts later may register before.
pub(super) fn still_served(turn: &Turn, person: &Person) -> Result<(), Refusal> {
    if person.has_ended(turn.now) { Err(ended(End::Withdrawn)) } else { Ok(()) }
}

pub(super) fn look(turn: &mut Turn, person: &mut Person, command: &LookAtLink) -> Reply<LinkView> {
    still_served(turn, person)?;
    let link = usable(&mut person.links, command.purpose, &command.nonce, turn.now).map_err(ended)?;
    let (about, until) = (link.about.clone(), link.until);
    let Identity { login, name, role, contract, .. } = person.identity.clone();
    let password = match command.purpose {
        Purpose::Unlock => false,
        Purpose::Address => person.has_password(),
        Purpose::Invitation | Purpose::Reset | Purpose::UndoAddress | Purpose::Method => true,
    };
    let settings = turn.facts.as_ref().map(|facts| facts.settings.clone()).unwrap_or_default();
    let linked = person.linked.as_ref().map_or_else(String::new, |linked| linked.provider.clone());
    Ok(LinkView { login, name, role, contract, about, password, linked, until, settings })
}

pub(super) fn claim(turn: &mut Turn, person: &mut Person, command: &ClaimLink) -> Reply<Challenge> {
    let (now, claim) = (turn.now, turn.id());
    still_served(turn, person)?;
    let link = usable(&mut person.links, command.purpose, &command.nonce, now).map_err(ended)?;
    link.claim(claim.clone(), now).map_err(ended)?;
    Ok(challenge(turn, &person.credential, claim))
}

/// Uses a link, once. A password that breaks a rule which only the hashes can tell gives the claim back.
pub(super) fn redeem(turn: &mut Turn, person: &mut Person, command: &UseLink) -> Reply<Done> {
    let now = turn.now;
    still_served(turn, person)?;
    let link = usable(&mut person.links, command.purpose, &command.nonce, now).map_err(ended)?;
    let hash = match &command.password {
        None => None,
        Some((challenge, output)) => {
            if !link.is_claimed_by(&challenge.attempt) {
                return Err(ended(End::Claimed));
            }
            if let Some(violation) = known_password(&person.credential, output) {
                link.state = State::Open;
                return Err(Refusal::Password { violations: vec![violation], wrong_current: None });
            }
            Some(challenge.hash(output).ok_or(Refusal::Wrong)?)
        }
    };
    let prepares = command.purpose == Purpose::Invitation && hash.is_some();
    link.state = if prepares { State::Open } else { State::Used(now) };
    let event = |code: &str, person: &Person| Event::new(code, now, &person.identity.login).from(&command.address);
    match (command.purpose, hash) {
        (Purpose::Invitation, Some(hash)) => person.invitation.prepared = Some(Prepared { id: command.prepared.clone(), hash }),
        (Purpose::Invitation, None) => {
            let given = command.prepared.as_bytes();
            let Some(Prepared { hash, .. }) = person.invitation.prepared.take_if(|own| same(own.id.as_bytes(), given)) else {
                reopen(person, &command.nonce);
                return Err(Refusal::Wrong);
            };
            turn.effects.push(Effect::ConfirmName { key: key_of(person.identity.service, &person.identity.login) });
            turn.effects.push(Effect::ReleaseName { key: person.name_key() });
            person.invitation = Invitation::default();
            person.set_password(hash, false, now);
            turn.log(event("registered", person));
        }
        (Purpose::Reset, Some(hash)) => {
            person.set_password(hash, false, now);
            person.sessions.clear();
            person.clear_failures();
            person.withdraw(&[Purpose::Unlock]);
            let keeps = turn.facts.as_ref().is_some_and(|facts| facts.settings.keep_factor);
            let factor = if keeps { "kept" } else { "reset" };
            if !keeps {
                super::factor::forget(person);
            }
            turn.log(event("password-reset", person).with("factor", factor));
            mail_changed(turn, person, "password-reset", "", &command.address);
        }
        (Purpose::Unlock, None) => {
            person.clear_failures();
            turn.log(event("unlocked-by-link", person));
        }
        // ST-105: whoever logs in with a password sets a new one with the new address.
        (Purpose::Address, hash) if hash.is_some() == person.has_password() && person.may_move(now).is_ok() => {
            let address = link_about(person, &command.nonce);
            move_to(turn, person, &address);
            match hash {
                Some(hash) => to_password(turn, person, hash),
                None => person.sessions.clear(),
            }
        }
        // Whoever changed the address without right may know the password: it is set anew.
        (Purpose::UndoAddress, Some(hash)) => {
            let address = link_about(person, &command.nonce);
            let new = rename(turn, person, &address);
            end_ways_back_after(person, &command.nonce);
            to_password(turn, person, hash);
            turn.log(event("address-restored", person).with("before", new).with("after", address));
        }
        (Purpose::Method, Some(hash)) => {
            let before = method(person).to_owned();
            to_password(turn, person, hash);
            turn.log(event("method-changed", person).with("before", before).with("after", "password"));
            mail_changed(turn, person, "method-changed", "", &command.address);
        }
        _ => {
            reopen(person, &command.nonce);
            return Err(Refusal::Wrong);
        }
    }
    Ok(Done)
}

fn link_about(person: &Person, nonce: &str) -> String {
    person.links.iter().find(|link| link.nonce == nonce).map(|link| link.about.clone()).unwrap_or_default()
}

/// Nothing came of the use.
fn reopen(person: &mut Person, nonce: &str) {
    for link in person.links.iter_mut().filter(|link| link.nonce == nonce) {
        link.state = State::Open;
    }
}

/// Whoever had the account at an address that came after this way back was told of, has none.
fn end_ways_back_after(person: &mut Person, nonce: &str) {
    let mut after = false;
    person.links.retain(|link| {
        let stays = link.purpose != Purpose::UndoAddress || !after;
        after |= link.nonce == nonce;
        stays
    });
}

/// Whether the new password is the current or the previous one (decisions, Password policies).
pub(super) fn known_password(credential: &super::person::Credential, output: &Secret) -> Option<Violation> {
    match compare(credential, output) {
        Outcome::Right => Some(Violation::SameAsCurrent),
        Outcome::Previous => Some(Violation::SameAsPrevious),
        Outcome::Wrong => None,
    }
}

/// Mails what was asked for, if it makes sense and was not asked for too often; silent otherwise.
pub(super) fn ask(turn: &mut Turn, person: &mut Person, command: &AskLink) -> Done {
    let AskLink { purpose, login, nonce } = command;
    // Whoever has no password, because his linked service ends, gets a link to one.
    let retires = person.retiring().is_some() && !person.has_password();
    let purpose = if retires && *purpose == Purpose::Reset { &Purpose::Method } else { purpose };
    let newest = person.links.iter().find(|link| link.purpose == *purpose);
    let expired = newest.is_some_and(|link| link.nonce == *nonce && link.state == State::Open && link.until <= turn.now);
    let makes_sense = match purpose {
        Purpose::Reset => person.has_password() && (nonce.is_empty() || expired),
        Purpose::Invitation => person.invitation.since.is_some() && expired,
        Purpose::Unlock => person.is_registered() && expired && person.lock(&turn.profile.web_lock, turn.now).is_some(),
        Purpose::Method => retires && (nonce.is_empty() || expired),
        // Whoever asked for these asks again.
        Purpose::Address | Purpose::UndoAddress => false,
    };
    let own = login.is_empty() != nonce.is_empty() && (login.is_empty() || *login == person.identity.login);
    let own = own && turn.profile.link_life > 0 && person.in_service(turn.now);
    if own && makes_sense && person.ask_link(*purpose, turn.now).is_ok() {
        let login = person.identity.login.clone();
        let by = if *purpose == Purpose::Invitation { person.invitation.by.clone() } else { String::new() };
        match purpose {
            Purpose::Method => mail_retired(turn, person),
            _ => mail_link(turn, person, *purpose, (&login, ""), &[("by", &by)]),
        }
        turn.log(Event::new("link-asked", turn.now, &login).with("purpose", purpose.code()));
    }
    Done
}
