//! The rows that a contract's changes leave: stored with the change, and handed to the journal from the outbox until it has taken
//! them. A row that comes twice stands once, by its number.

use worker::{Env, Result, State};

use super::super::{
    call::unreadable,
    courier::Delivery,
    outbox::{Logs, Out, back_off},
    store::{self, Store},
};
use crate::{
    Millis,
    contract::{Changed, Facts, rolled_back},
    json,
};

/// How long after its commit the alarm looks for a row that has not left yet.
const SOON: Millis = 1_000;

/// Stores a changed contract and its row. A contract whose name is not known has never been changed by anybody since rows are kept
/// here: what it began before then rolls back without one.
pub fn save(store: &Store, contract: &str, changed: Changed, now: Millis) -> Result<()> {
    store.save_facts(&changed.facts)?;
    let mut logged = store.logged()?;
    if !contract.is_empty() {
        contract.clone_into(&mut logged.contract);
    }
    let Some(event) = changed.row.filter(|_| !logged.contract.is_empty()) else { return Ok(()) };
    let row = logged.number(event);
    let out = Out::Log { contract: logged.contract.clone(), uid: String::new(), login: String::new(), row };
    store.save_logged(&logged)?;
    store.put_out(&serde_json::to_string(&out)?, now)
}

/// The facts as of `now`: what was not confirmed in time is rolled back, and that gets its row.
pub fn settled(store: &Store, now: Millis) -> Result<Option<Facts>> {
    let stored = store.facts()?;
    if let Some(changed) = stored.as_ref().and_then(|stored| rolled_back(stored, now)) {
        save(store, "", changed, now)?;
        return store.facts();
    }
    Ok(stored)
}

/// When a row has to leave, or something rolls back. A row gets a second: usually it has left right behind its commit.
pub fn due(store: &Store, now: Millis) -> Result<Option<Millis>> {
    let row = store.due()?.map(|due| due.max(now).saturating_add(SOON));
    let until = store.facts()?.and_then(|facts| facts.lines.until);
    Ok(row.into_iter().chain(until).min())
}

/// Delivers what waits; what the journal does not take is tried again, for ever.
pub async fn deliver(state: &State, env: &Env, now: Millis) -> Result<()> {
    let store = Store::of(state);
    let mut logs = Logs::default();
    for row in store.outgoing(now)? {
        if let Out::Log { contract, uid, login, row: numbered } = json::read(&row.json).map_err(unreadable)? {
            logs.add(&contract, uid, login, numbered, row);
        }
    }
    let ends = logs.hand_over(env).await;
    if ends.is_empty() {
        return Ok(());
    }
    store::commit(state, || {
        ends.iter().try_for_each(|(row, ended)| match ended {
            Delivery::Sent => store.sent(row.id),
            _ => store.postpone(row.id, now.saturating_add(back_off(row.tries)), false),
        })
    })
}
