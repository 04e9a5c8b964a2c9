//! An Account's outbox: what turns want done elsewhere, stored in the commit that wants it, delivered from the alarm until it is done.

use std::rc::Rc;

use worker::Result;

use super::{
    super::{
        call::{self, Kind, unreadable},
        courier::{self, Delivery},
        outbox::{Logs, Out, back_off, tell},
        store::{Outgoing, Store},
    },
    Account, parse,
    rounds::Pending,
};
use crate::{
    Millis,
    account::{
        Person,
        mails::{State, tell as tell_mail},
    },
    contract::{ForgetLetter, Letter, NoteLetter, NoteLine, Report, letters::LETTERS, retirement::RETIREMENTS},
    effect::{Effect, Event},
    journal::sum,
    json,
    names::{Confirm, Release, shard_of},
    saved::Rows,
};

/// A mail is given up after so many tries (about a day, with back-off).
const TRIES: u32 = 60;

/// The waiting row that this event is one more of, with the event added; `None` when it becomes a row of its own.
///
/// # Errors
/// A fault.
pub fn sum_up(store: &Store, event: &Event, now: Millis) -> Result<Option<(i64, String)>> {
    if sum::window(&event.code).is_none() {
        return Ok(None);
    }
    for waiting in store.waiting("{\"log\"", now)? {
        let mut out: Out = json::read(&waiting.json).map_err(unreadable)?;
        if let Out::Log { row, .. } = &mut out
            && sum::belongs(&row.event, event)
        {
            sum::add(&mut row.event, event);
            return Ok(Some((waiting.id, serde_json::to_string(&out)?)));
        }
    }
    Ok(None)
}

/// What a delivery came to, still to be stored.
pub struct Delivered {
    sent: Vec<Outgoing>,
    failed: Vec<(Outgoing, Delivery)>,
    _claim: Claim,
}

/// Rows that are being delivered and by nobody else meanwhile, until what became of them is stored: an alarm and an answer that
/// delivers at once would else send a mail each.
struct Claim {
    pending: Rc<Pending>,
    ids: Vec<i64>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.pending.release(&self.ids);
    }
}

impl Delivered {
    /// Takes what was sent out of the outbox and postpones the rest; inside the caller's commit.
    pub fn store(&self, store: &Store, now: Millis) -> Result<()> {
        for row in &self.sent {
            store.sent(row.id)?;
        }
        let mut mails = Vec::new();
        for (row, ended) in &self.failed {
            let dead = *ended == Delivery::Never || *ended == Delivery::Later && row.tries >= TRIES;
            match ended {
                Delivery::Again => store.postpone_again(row.id, now)?,
                _ => store.postpone(row.id, now.saturating_add(back_off(row.tries)), dead)?,
            }
            if dead && let Some(letter) = letter(row, now)? {
                mails.extend((letter.number > 0).then_some((letter.number, State::Failed(now))));
                store.put_out(&serde_json::to_string(&Out::Dead(letter))?, now)?;
            }
        }
        for row in &self.sent {
            mails.extend(number_of(&row.json).map(|number| (number, State::Sent(now))));
        }
        note_mails(store, &mails)
    }
}

/// Notes what became of mails, with the person.
fn note_mails(store: &Store, mails: &[(u64, State)]) -> Result<()> {
    if mails.is_empty() {
        return Ok(());
    }
    let loaded = store.load()?;
    let Some(mut person): Option<Person> = parse(&loaded)? else { return Ok(()) };
    for (number, state) in mails {
        tell_mail(&mut person, *number, *state);
    }
    store.save(&loaded, &Rows::of(&person).map_err(|why| worker::Error::RustError(why.to_string()))?)
}

/// The number of the mail that a row holds.
fn number_of(json: &str) -> Option<u64> {
    let holds = json.starts_with("{\"effect\"") && json.contains("{\"mail\"");
    match holds.then(|| json::read(json).ok())?? {
        Out::Effect { effect: Effect::Mail(mail), .. } if mail.number > 0 => Some(mail.number),
        _ => None,
    }
}

/// What the operator is told of a row that is given up; nothing of one that only was to tell him.
fn letter(row: &Outgoing, at: Millis) -> Result<Option<Letter>> {
    let (uid, what, mail) = match json::read(&row.json).map_err(unreadable)? {
        Out::Dead(_) => return Ok(None),
        Out::Log { uid, .. } => (uid, "log", None),
        Out::Report { report, .. } => (report.summary.map_or_else(String::new, |summary| summary.uid), "report", None),
        Out::Effect { uid, effect: Effect::Mail(mail) } => (uid, "mail", Some(mail)),
        Out::Effect { uid, .. } => (uid, "effect", None),
    };
    let variable = |name: &str| mail.as_ref().and_then(|mail| mail.variables.get(name)).cloned().unwrap_or_default();
    Ok(Some(Letter {
        id: format!("{uid}-{}", row.id),
        row: row.id,
        service: variable("service"),
        login: variable("login"),
        what: mail.as_ref().map_or_else(|| what.to_owned(), |mail| mail.template.clone()),
        to: mail.as_ref().map_or_else(String::new, |mail| mail.to.clone()),
        number: mail.as_ref().map_or(0, |mail| mail.number),
        at,
        tries: row.tries.saturating_add(1),
        uid,
    }))
}

impl Account {
    /// Performs what the outbox holds until then; what fails is to be tried again later.
    pub(super) async fn deliver(&self, until: Millis) -> Result<Delivered> {
        let store = Store::of(&self.state);
        let rows = self.pending.claim(store.outgoing(until)?);
        let claim = Claim { pending: Rc::clone(&self.pending), ids: rows.iter().map(|row| row.id).collect() };
        let mut logs = Logs::default();
        let mut ends = Vec::new();
        for row in rows {
            let out: Out = json::read(&row.json).map_err(unreadable)?;
            let ended = match out {
                Out::Log { contract, uid, login, row: numbered } => {
                    logs.add(&contract, uid, login, numbered, row);
                    continue;
                }
                Out::Report { report, .. } if self.pending.reported(report.sequence) => Delivery::Sent,
                Out::Report { contract, report } => {
                    tell(call::ask(&self.env, Kind::Contract, &contract, Report { report }).await)
                }
                Out::Effect { uid, effect } => self.perform(&uid, effect, row.id).await,
                Out::Dead(letter) => tell(call::ask(&self.env, Kind::Contract, LETTERS, NoteLetter(letter)).await),
            };
            ends.push((row, ended));
        }
        ends.extend(logs.hand_over(&self.env).await);
        let (sent, failed): (Vec<_>, Vec<_>) = ends.into_iter().partition(|(_, ended)| *ended == Delivery::Sent);
        let sent = sent.into_iter().map(|(row, _)| row).collect();
        Ok(Delivered { sent, failed, _claim: claim })
    }

    async fn perform(&self, uid: &str, effect: Effect, id: i64) -> Delivery {
        match effect {
            Effect::ConfirmName { key } => {
                let confirm = Confirm { key: key.clone(), uid: uid.to_owned() };
                tell(call::ask(&self.env, Kind::Names, &shard_of(&key), confirm).await)
            }
            Effect::ReleaseName { key } => self.release(uid, key, Vec::new()).await,
            Effect::ReleaseInvitation { key, asked } => self.release(uid, key, asked).await,
            Effect::Mail(mail) => match courier::installed() {
                Some(courier) => courier.mail(&self.env, &format!("{uid}-{id}"), &mail).await,
                None => Delivery::Later,
            },
            Effect::Sms(sms) => match courier::installed() {
                Some(courier) => courier.sms(&self.env, &format!("{uid}-{id}"), &sms).await,
                None => Delivery::Later,
            },
            Effect::Import { id } => {
                let person: Option<Person> = Store::of(&self.state).load().ok().and_then(|loaded| parse(&loaded).ok().flatten());
                match (courier::installed(), person) {
                    (Some(courier), Some(person)) => {
                        courier.import(&self.env, person.identity.service, &person.as_actor(), &id).await
                    }
                    // Whoever has gone invites nobody.
                    (_, None) => Delivery::Sent,
                    (None, _) => Delivery::Later,
                }
            }
            Effect::LineUsed { contract, number, at } => {
                tell(call::ask(&self.env, Kind::Contract, &contract, NoteLine { number, at }).await)
            }
            Effect::Revived { id } => tell(call::ask(&self.env, Kind::Contract, LETTERS, ForgetLetter { id }).await),
            Effect::Linked(note) => tell(call::ask(&self.env, Kind::Contract, RETIREMENTS, note).await),
            Effect::Log(_) | Effect::Retry { .. } => Delivery::Sent,
        }
    }

    async fn release(&self, uid: &str, key: String, asked: Vec<Millis>) -> Delivery {
        let shard = shard_of(&key);
        tell(call::ask(&self.env, Kind::Names, &shard, Release { key, uid: uid.to_owned(), asked }).await)
    }
}
