//! A month of a contract's journal.

#![expect(missing_docs, reason = "the runtime's macro makes undocumented exports")]

use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::{
    call::{self, unreadable},
    store,
    store::Store,
};
use crate::{
    account::Done,
    ask::encode,
    journal::{Append, Command},
    json,
    secret::mac,
};

/// One calendar month of one contract.
#[durable_object(fetch)]
pub struct Journal {
    state: State,
    env: Env,
}

impl DurableObject for Journal {
    fn new(state: State, env: Env) -> Self {
        Store::wake(&state, store::JOURNAL);
        Self { state, env }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let command = call::read::<Command>(request).await?.command;
        let key = self.key()?;
        let store = Store::of(&self.state);
        let json = store::commit(&self.state, || match &command {
            Command::Append(append) => {
                store.append(&key, append)?;
                Ok(encode::<Append>(&Ok(Done))?)
            }
        })?;
        call::reply(json)
    }
}

impl Journal {
    /// The chain's key: from the first of `DATA_KEYS`, for this purpose only.
    fn key(&self) -> Result<[u8; 32]> {
        let keys: Vec<String> = json::read(&self.env.secret("DATA_KEYS")?.to_string()).map_err(unreadable)?;
        let first = keys.first().ok_or_else(|| worker::Error::RustError("DATA_KEYS is empty".into()))?;
        Ok(mac(first.as_bytes(), &[b"journal"]))
    }
}
