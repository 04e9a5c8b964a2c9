//! The outbox: what turns want done elsewhere, stored in the commit that wants it, delivered from the alarm until it is done.

use serde::Serialize;
use worker::Result;

use super::{
    super::{
        call::{self, Kind, unreadable},
        courier::{self, Delivery},
        hand_over::hand_over,
        store::{Outgoing, Store},
    },
    Account,
};
use crate::{
    Millis,
    account::summary,
    ask::Reply,
    contract::Report,
    effect::{Effect, Event},
    journal::{Append, Numbered, object_of, sum},
    json,
    names::{Confirm, Release, shard_of},
};

/// A mail is given up after so many tries (about a day, with back-off).
const TRIES: u32 = 60;
/// Longest wait between two tries.
const SLOWEST_RETRY: Millis = 30 * 60 * 1000;

/// What is stored in the outbox.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Out {
    /// A row for the journal, with whose it is.
    Log { contract: String, uid: String, login: String, row: Numbered },
    /// The summary for the contract.
    Report { contract: String, report: summary::Report },
    /// Any other effect.
    Effect { uid: String, effect: Effect },
}

impl Out {
    /// When it may leave.
    pub fn due(&self, now: Millis) -> Millis {
        match self {
            Self::Log { row, .. } if sum::window(&row.event.code).is_some() => sum::due(&row.event),
            _ => now,
        }
    }
}

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
}

impl Delivered {
    /// Takes what was sent out of the outbox and postpones the rest; inside the caller's commit.
    pub fn store(&self, store: &Store, now: Millis) -> Result<()> {
        for row in &self.sent {
            store.sent(row.id)?;
        }
        for (row, ended) in &self.failed {
            let dead = *ended == Delivery::Never || row.tries >= TRIES;
            store.postpone(row.id, now.saturating_add(back_off(row.tries)), dead)?;
        }
        Ok(())
    }
}

impl Account {
    /// Performs what the outbox holds until then; what fails is to be tried again later.
    pub(super) async fn deliver(&self, until: Millis) -> Result<Delivered> {
        let store = Store::of(&self.state);
        let rows = store.outgoing(until)?;
        let mut logs: Vec<(String, Append, Vec<Outgoing>)> = Vec::new();
        let mut sent = Vec::new();
        let mut failed = Vec::new();
        for row in rows {
            let out: Out = json::read(&row.json).map_err(unreadable)?;
            let ended = match out {
                Out::Log { contract, uid, login, row: numbered } => {
                    batch(&mut logs, object_of(&contract, numbered.event.at), uid, login, numbered, row);
                    continue;
                }
                Out::Report { report, .. } if self.pending.reported(report.sequence) => Delivery::Sent,
                Out::Report { contract, report } => {
                    tell(call::ask(&self.env, Kind::Contract, &contract, Report { report }).await)
                }
                Out::Effect { uid, effect } => self.perform(&uid, effect, row.id).await,
            };
            if ended == Delivery::Sent { sent.push(row) } else { failed.push((row, ended)) }
        }
        for (object, append, rows) in logs {
            let ended = tell(hand_over(&self.env, &object, append).await);
            if ended == Delivery::Sent {
                sent.extend(rows);
            } else {
                failed.extend(rows.into_iter().map(|row| (row, ended)));
            }
        }
        Ok(Delivered { sent, failed })
    }

    async fn perform(&self, uid: &str, effect: Effect, id: i64) -> Delivery {
        match effect {
            Effect::ConfirmName { key } => {
                let confirm = Confirm { key: key.clone(), uid: uid.to_owned() };
                tell(call::ask(&self.env, Kind::Names, &shard_of(&key), confirm).await)
            }
            Effect::ReleaseName { key } => {
                let release = Release { key: key.clone(), uid: uid.to_owned() };
                tell(call::ask(&self.env, Kind::Names, &shard_of(&key), release).await)
            }
            Effect::Mail(mail) => match courier::installed() {
                Some(courier) => courier.mail(&self.env, &format!("{uid}-{id}"), &mail).await,
                None => Delivery::Later,
            },
            Effect::Sms(sms) => match courier::installed() {
                Some(courier) => courier.sms(&self.env, &format!("{uid}-{id}"), &sms).await,
                None => Delivery::Later,
            },
            Effect::Log(_) => Delivery::Sent,
        }
    }
}

/// Rows for the same journal object go in one call.
fn batch(
    logs: &mut Vec<(String, Append, Vec<Outgoing>)>,
    object: String,
    uid: String,
    login: String,
    row: Numbered,
    out: Outgoing,
) {
    if let Some((_, append, rows)) = logs.iter_mut().find(|(name, ..)| *name == object) {
        append.rows.push(row);
        rows.push(out);
    } else {
        logs.push((object, Append { uid, login, rows: vec![row], opening: None }, vec![out]));
    }
}

/// An object's answer as the end of a delivery: a refusal is final (the name has another owner by now), a fault is not.
fn tell<A: Serialize>(answer: Result<Reply<A>>) -> Delivery {
    match answer {
        Ok(_) => Delivery::Sent,
        Err(why) => {
            worker::console_error!("outbox: {why}");
            Delivery::Later
        }
    }
}

/// 2 s doubling to half an hour.
fn back_off(tries: u32) -> Millis {
    2_000_i64.checked_shl(tries.min(20)).unwrap_or(SLOWEST_RETRY).min(SLOWEST_RETRY)
}
