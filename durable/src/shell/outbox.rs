//! What the outboxes of Accounts and Contracts have in common: what is stored in them, the way of rows to a journal, and when what
//! failed is tried again.

use serde::Serialize;
use worker::{Env, Result};

use super::{courier::Delivery, hand_over::hand_over, store::Outgoing};
use crate::{
    Millis,
    account::summary,
    ask::Reply,
    contract::Letter,
    effect::Effect,
    journal::{Append, Numbered, object_of, sum},
};

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
    /// Something was given up: the operator's list of dead letters.
    Dead(Letter),
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

/// Rows for journals; those for the same object go in one call.
#[derive(Default)]
pub struct Logs(Vec<(String, Append, Vec<Outgoing>)>);

impl Logs {
    /// One more of them, and the row of the outbox that holds it.
    pub fn add(&mut self, contract: &str, uid: String, login: String, row: Numbered, out: Outgoing) {
        let object = object_of(contract, row.event.at);
        if let Some((_, append, rows)) = self.0.iter_mut().find(|(name, ..)| *name == object) {
            append.rows.push(row);
            rows.push(out);
        } else {
            self.0.push((object, Append { uid, login, rows: vec![row], opening: None }, vec![out]));
        }
    }

    /// Hands them over; how that ended for each row of the outbox.
    pub async fn hand_over(self, env: &Env) -> Vec<(Outgoing, Delivery)> {
        let mut ends = Vec::new();
        for (object, append, rows) in self.0 {
            let ended = tell(hand_over(env, &object, append).await);
            ends.extend(rows.into_iter().map(|row| (row, ended)));
        }
        ends
    }
}

/// An object's answer as the end of a delivery: a refusal is final (the name has another owner by now), a fault is not.
pub fn tell<A: Serialize>(answer: Result<Reply<A>>) -> Delivery {
    match answer {
        Ok(_) => Delivery::Sent,
        Err(why) => {
            worker::console_error!("outbox: {why}");
            Delivery::Later
        }
    }
}

/// 2 s doubling to half an hour.
pub fn back_off(tries: u32) -> Millis {
    2_000_i64.checked_shl(tries.min(20)).unwrap_or(SLOWEST_RETRY).min(SLOWEST_RETRY)
}
