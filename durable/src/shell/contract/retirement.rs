//! What the object of linked services does: keeps who uses which, and has them told when one ends, from its alarm.

use worker::{Env, Result};

use super::super::{
    courier::{self, Delivery},
    store::Store,
};
use crate::{
    Millis,
    account::Done,
    ask::Reply,
    contract::retirement::{AskProgress, BATCH, EndProvider, Ending, NoteLinked, Notice, Progress, RETRY, Standing},
    refusal::Refusal,
};

/// An end is announced, put off or withdrawn; the same one again changes nothing.
pub fn end(store: &Store, command: &EndProvider, now: Millis) -> Result<Reply<Done>> {
    let mut endings = store.endings()?;
    let known = endings.iter().find(|ending| ending.provider == command.provider).map(|ending| ending.ends);
    if known == command.ends {
        return Ok(Ok(Done));
    }
    endings.retain(|ending| ending.provider != command.provider);
    match command.ends {
        Some(ends) => {
            let (provider, by) = (command.provider.clone(), command.by.clone());
            let ending = Ending { provider, ends, announced: now, by };
            if ending.is_over(now) {
                return Ok(Err(Refusal::Wrong));
            }
            endings.push(ending);
        }
        None => store.forget_changed(&command.provider)?,
    }
    store.save_endings(&endings)?;
    Ok(Ok(Done))
}

pub fn progress(store: &Store, command: &AskProgress) -> Result<Reply<Progress>> {
    let mut progress = store.progress(command)?;
    let most = usize::try_from(command.limit).unwrap_or(usize::MAX);
    progress.more = progress.users.len() > most;
    progress.users.truncate(most);
    Ok(Ok(progress))
}

/// Notes how a user stands; whether he is to be told something, as whoever begins to use a service that ends.
pub fn noted(store: &Store, note: &NoteLinked) -> Result<bool> {
    store.note_linked(note)?;
    let ends = |ending: &Ending| ending.provider == note.user.provider;
    Ok(note.standing == Standing::Uses && store.endings()?.iter().any(ends))
}

/// Tells some of those who are to be told; when to go on, if at all.
pub async fn tell(store: &Store, env: &Env, now: Millis) -> Result<Option<Millis>> {
    let endings = store.endings()?;
    let notices = store.to_tell(&endings, BATCH, now)?;
    let Some(courier) = courier::installed() else { return Ok(None) };
    let mut told = false;
    for notice in &notices {
        let ended = courier.retire(env, notice).await;
        told |= ended != Delivery::Later;
        note(store, notice, ended, now)?;
    }
    let next = endings.iter().filter_map(|ending| ending.next(now)).min();
    Ok(match (notices.is_empty(), told) {
        (true, _) => next,
        (false, true) => Some(now),
        (false, false) => Some(now.saturating_add(RETRY)),
    })
}

/// What became of one. Each is stored by itself: being told again changes nothing at the account.
fn note(store: &Store, notice: &Notice, ended: Delivery, now: Millis) -> Result<()> {
    match ended {
        Delivery::Sent | Delivery::Again => store.told(notice, now),
        Delivery::Never => store.forget_linked(&notice.provider, &notice.uid),
        Delivery::Later => store.not_told(notice, now),
    }
}
