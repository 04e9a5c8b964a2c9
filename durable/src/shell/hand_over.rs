//! How rows come to a journal, from an Account's outbox or from the Worker: one call, and a few more once a month, when the
//! month has to be opened with where the one before it stands.

use worker::{Env, Result};

use super::{
    call::{self, Kind},
    sys,
};
use crate::{
    account::Done,
    ask::Reply,
    journal::{Append, MONTHS, Peek, before, opening},
};

/// Hands rows of one month over to its object.
///
/// # Errors
/// A fault; nothing is lost by sending the same rows again.
pub async fn hand_over(env: &Env, object: &str, append: Append) -> Result<Reply<Done>> {
    if call::ask(env, Kind::Journal, object, append.clone()).await?.is_ok_and(|appended| appended.taken) {
        return Ok(Ok(Done));
    }
    let mut last = None;
    for month in std::iter::successors(before(object), |month| before(month)).take(MONTHS) {
        let Ok(peeked) = call::ask(env, Kind::Journal, &month, Peek { row: None }).await? else { continue };
        if peeked.rows > 0 {
            last = Some((month, peeked));
            break;
        }
    }
    let last = last.as_ref().map(|(month, peeked)| (month.as_str(), peeked));
    let append = Append { opening: Some(opening(object, sys::now(), last)), ..append };
    match call::ask(env, Kind::Journal, object, append).await? {
        Ok(appended) if appended.taken => Ok(Ok(Done)),
        _ => Err(worker::Error::RustError(format!("{object} took no rows"))),
    }
}
