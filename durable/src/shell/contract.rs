//! A Contract: facts and member rows.

#![expect(missing_docs, reason = "the runtime's macro makes undocumented exports")]

use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::{call, store, store::Store, sys};
use crate::{
    account::Done,
    ask::{Reply, encode},
    contract::{
        Command, Delivered, Describe, Described, LOCKED_PAGE, List, ListLocked, Listed, LockedList, Member, Open, Opened, PAGE,
        PRESENCE_LEASE, Page, Presence, Report, may_become, may_list,
    },
    refusal::Refusal,
};

/// A contract (契約ID).
#[durable_object(fetch)]
pub struct Contract {
    state: State,
}

impl DurableObject for Contract {
    fn new(state: State, _env: Env) -> Self {
        Store::wake(&state, store::CONTRACT);
        Self { state }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let command = call::read::<Command>(request).await?.command;
        let store = Store::of(&self.state);
        let json = store::commit(&self.state, || run(&store, command))?;
        call::reply(json)
    }
}

fn run(store: &Store, command: Command) -> Result<String> {
    Ok(match command {
        Command::Open(c) => encode::<Open>(&open(store, &c)?)?,
        Command::Delivered(c) => {
            store.delivered(&c.uids)?;
            encode::<Delivered>(&Ok(Done))?
        }
        Command::Report(c) => {
            store.report(&c.report)?;
            encode::<Report>(&Ok(Done))?
        }
        Command::Presence(c) => {
            store.presence(&c)?;
            encode::<Presence>(&Ok(Done))?
        }
        Command::List(c) => encode::<List>(&list(store, &c)?)?,
        Command::Describe(c) => encode::<Describe>(&describe(store, &c)?)?,
        Command::ListLocked(c) => encode::<ListLocked>(&list_locked(store, &c)?)?,
    })
}

fn open(store: &Store, command: &Open) -> Result<Reply<Opened>> {
    let stored = store.facts()?;
    if let Err(refusal) = may_become(stored.as_ref(), &command.facts) {
        return Ok(Err(refusal));
    }
    if stored.as_ref() != Some(&command.facts) {
        store.save_facts(&command.facts)?;
    }
    Ok(Ok(Opened { administrator: store.administrator()?, delivered: store.which_delivered(&command.uids)? }))
}

fn list(store: &Store, command: &List) -> Result<Reply<Listed>> {
    let Some(facts) = store.facts()? else { return Ok(Err(Refusal::NotFound)) };
    if let Err(refusal) = may_list(&command.actor.contract, facts.service, &command.actor) {
        return Ok(Err(refusal));
    }
    let store::Page { hits, mut rows } = store.list(command)?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = rows.len() > page;
    let backwards = matches!(command.page, Page::Before(_));
    if more {
        if backwards {
            rows.remove(0);
        } else {
            rows.truncate(page);
        }
    }
    let found = match command.part.is_empty() {
        true => None,
        false if command.page == Page::First => Some(hits),
        false => Some(store.found(command)?),
    };
    let now = sys::now();
    for row in &mut rows {
        believe(row, now);
    }
    let (users, locked) = store.users(now)?;
    Ok(Ok(Listed {
        contract: command.actor.contract.clone(),
        users,
        locked,
        found,
        rows,
        before: if backwards { more } else { command.page != Page::First },
        after: backwards || more,
    }))
}

fn list_locked(store: &Store, command: &ListLocked) -> Result<Reply<LockedList>> {
    let Some(facts) = store.facts()? else { return Ok(Err(Refusal::NotFound)) };
    if let Err(refusal) = may_list(&command.actor.contract, facts.service, &command.actor) {
        return Ok(Err(refusal));
    }
    let page = usize::try_from(LOCKED_PAGE).unwrap_or(usize::MAX);
    let mut rows = store.locked(command, sys::now())?;
    let more = rows.len() > page;
    rows.truncate(page);
    Ok(Ok(LockedList { rows, more }))
}

/// A presence that was not renewed for a lease is not believed.
fn believe(row: &mut Member, now: crate::Millis) {
    if now.saturating_sub(row.present_at) >= PRESENCE_LEASE {
        row.viewer = None;
        row.client = None;
    }
}

fn describe(store: &Store, command: &Describe) -> Result<Reply<Described>> {
    let Some(facts) = store.facts()? else { return Ok(Err(Refusal::NotFound)) };
    let mut members = store.describe(&command.after, command.limit)?;
    let limit = usize::try_from(command.limit).unwrap_or(usize::MAX);
    let more = members.len() > limit;
    members.truncate(limit);
    let now = sys::now();
    for row in &mut members {
        believe(row, now);
    }
    Ok(Ok(Described { facts, members, more }))
}
