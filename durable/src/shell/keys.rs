//! `DATA_KEYS`, read once an isolate.

use std::{cell::OnceCell, rc::Rc};

use worker::{Env, Result};

use super::call::unreadable;
use crate::{json, seal::Seals};

thread_local! {
    static SEALS: OnceCell<Rc<Seals>> = const { OnceCell::new() };
}

/// The setting: the first key makes, all open and verify.
///
/// # Errors
/// When it is missing or malformed.
pub fn data_keys(env: &Env) -> Result<Vec<String>> {
    json::read(&env.secret("DATA_KEYS")?.to_string()).map_err(unreadable)
}

/// What seals and opens stored secrets. The Worker has checked the setting before it asks an object.
///
/// # Errors
/// When the setting is missing or malformed.
pub fn seals(env: &Env) -> Result<Rc<Seals>> {
    if let Some(seals) = SEALS.with(|cell| cell.get().cloned()) {
        return Ok(seals);
    }
    let seals = Rc::new(Seals::new(data_keys(env)?));
    Ok(SEALS.with(|cell| Rc::clone(cell.get_or_init(|| seals))))
}
