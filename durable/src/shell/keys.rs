//! `DATA_KEYS`, read once an isolate.

use std::{cell::OnceCell, rc::Rc};

use worker::{Env, Result};

use super::call::unreadable;
use crate::{json, seal::Seals};

thread_local! {
    static SEALS: OnceCell<Rc<Seals>> = const { OnceCell::new() };
}

/// What seals and opens stored secrets. The Worker has checked the setting before it asks an object.
///
/// # Errors
/// When the setting is missing or malformed.
pub fn seals(env: &Env) -> Result<Rc<Seals>> {
    if let Some(seals) = SEALS.with(|cell| cell.get().cloned()) {
        return Ok(seals);
    }
    let keys = json::read(&env.secret("DATA_KEYS")?.to_string()).map_err(unreadable)?;
    let seals = Rc::new(Seals::new(keys));
    Ok(SEALS.with(|cell| Rc::clone(cell.get_or_init(|| seals))))
}
