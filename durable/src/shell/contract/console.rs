//! What the console of the storage services asks of a Contract: invitations that wait, addresses that it has, and the import.

use worker::Result;

use super::{super::store::Store, allowed, allowed_to};
use crate::{
    Millis,
    account::Done,
    ask::Reply,
    contract::{
        INVITED_PAGE, Import, ImportView, Known, ListInvited, Listed, PutImport, WorkImport,
        import::{PART, SHOWN, State, Step},
    },
    refusal::Refusal,
    rules::access::Act,
};

pub fn invited(store: &Store, command: &ListInvited, now: Millis) -> Result<Reply<Listed>> {
    let roles = match allowed(store, &command.actor)? {
        Ok(profile) => profile.below(command.actor.role),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut rows = store.invited(command.after.as_ref(), roles)?;
    let page = usize::try_from(INVITED_PAGE).unwrap_or(usize::MAX);
    let after = rows.len() > page;
    rows.truncate(page);
    let (users, locked, waiting, invited) = store.users(now, roles)?;
    let before = command.after.is_some();
    let contract = command.actor.contract.clone();
    Ok(Ok(Listed { contract, users, locked, waiting, invited, found: None, rows, before, after }))
}

pub fn known(store: &Store, command: &Known) -> Result<Reply<Vec<String>>> {
    match allowed_to(store, &command.actor, Act::Import)? {
        Ok(_) => Ok(Ok(store.known(&command.logins)?)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Stores a part of a file. Whose address the contract has already is left out.
pub fn put(store: &Store, mut command: PutImport) -> Result<Reply<Done>> {
    if let Err(refusal) = allowed_to(store, &command.actor, Act::Import)? {
        return Ok(Err(refusal));
    }
    let stored = store.import()?;
    match command.import {
        Some(_) if stored.as_ref().is_some_and(Import::runs) => return Ok(Err(Refusal::Occupied)),
        Some(import) => store.new_import(&import)?,
        None if stored.is_some_and(|import| import.id == command.id && import.begun.is_none()) => {}
        None => return Ok(Err(Refusal::NotFound)),
    }
    let logins: Vec<String> = command.rows.iter().map(|row| row.login.clone()).collect();
    let known = store.known(&logins)?;
    for row in command.rows.iter_mut().filter(|row| row.state == State::Ready && known.contains(&row.login)) {
        row.state = State::Known;
    }
    store.put_rows(&command.rows)?;
    Ok(Ok(Done))
}

/// The next rows to be done are of nobody who has an account by now: since the file was checked, somebody may have registered or changed
/// his address. Who is invited is told by his account, which knows whether it was this import.
fn leave_out(store: &Store) -> Result<()> {
    loop {
        let rows = store.import_rows(0, Some(State::Ready), PART)?;
        let logins: Vec<String> = rows.iter().map(|row| row.login.clone()).collect();
        let registered = store.registered(&logins)?;
        let known = rows.iter().filter(|row| registered.contains(&row.login)).map(|row| (row.line, State::Known));
        let known: Vec<(u32, State)> = known.collect();
        if known.is_empty() {
            return Ok(());
        }
        store.note_results(&known)?;
    }
}

pub fn work(store: &Store, command: &WorkImport, now: Millis) -> Result<Reply<ImportView>> {
    if let Err(refusal) = allowed_to(store, &command.actor, Act::Import)? {
        return Ok(Err(refusal));
    }
    let mut import = store.import()?;
    let named = |id: &String| import.as_ref().is_some_and(|import| import.id == *id && import.ended.is_none());
    let (after, state, most) = match &command.step {
        Step::Look(after, state) => (*after, *state, SHOWN),
        Step::Go(id, results) => {
            if !named(id) {
                return Ok(Err(Refusal::NotFound));
            }
            store.note_results(results)?;
            leave_out(store)?;
            (0, Some(State::Ready), PART)
        }
        Step::Stop(id) => {
            if !named(id) {
                return Ok(Err(Refusal::Used));
            }
            (0, None, SHOWN)
        }
    };
    let mut rows = store.import_rows(after, state, most)?;
    if let Some(import) = &mut import
        && !matches!(command.step, Step::Look(..))
    {
        let before = import.clone();
        import.begun = import.begun.or(Some(now));
        if rows.is_empty() || matches!(command.step, Step::Stop(_)) {
            import.ended = Some(now);
        }
        if *import != before {
            store.save_import(import)?;
        }
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    Ok(Ok(ImportView { counts: store.import_counts()?, import, rows, more }))
}
