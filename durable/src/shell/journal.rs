//! A month of a contract's journal, and how rows come to it.

#![expect(missing_docs, reason = "the runtime's macro makes undocumented exports")]

use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::{call, keys::data_keys, store, store::Store, sys};
use crate::{
    ask::encode,
    journal::{Append, Check, Command, Peek, Read, goes, may_read},
    secret::mac,
};

/// One calendar month of one contract.
#[durable_object]
pub struct Journal {
    state: State,
    env: Env,
}

impl DurableObject for Journal {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let command = call::read::<Command>(request).await?.command;
        let keys = self.keys()?;
        let json = store::commit(&self.state, || self.run(&keys, &command))?;
        call::reply(json)
    }

    /// The month's rows have become too old: they go together.
    async fn alarm(&self) -> Result<Response> {
        self.state.storage().delete_all().await?;
        Response::ok("")
    }
}

impl Journal {
    fn run(&self, keys: &[[u8; 32]], command: &Command) -> Result<String> {
        let store = Store::of(&self.state);
        Ok(match command {
            Command::Append(append) => {
                let appended = store.append(keys, append)?;
                if let Some(at) =
                    append.opening.as_ref().and_then(|opening| opening.detail.get("object")).and_then(|own| goes(own))
                {
                    sys::set_alarm(&self.state, at)?;
                }
                encode::<Append>(&Ok(appended))?
            }
            Command::Peek(peek) => encode::<Peek>(&Ok(store.peek(peek.row)?))?,
            Command::Read(read) => encode::<Read>(&match may_read(read.service, &read.actor, read.about.as_deref()) {
                Ok(()) => Ok(store.entries(read)?),
                Err(refusal) => Err(refusal),
            })?,
            Command::Check(check) => encode::<Check>(&match may_read(check.service, &check.actor, None) {
                Ok(()) => Ok(store.check(keys, check, sys::now())?),
                Err(refusal) => Err(refusal),
            })?,
        })
    }

    /// The chain's keys: from `DATA_KEYS`, for this purpose only. The first signs, all verify.
    fn keys(&self) -> Result<Vec<[u8; 32]>> {
        Ok(data_keys(&self.env)?.iter().map(|key| mac(key.as_bytes(), &[b"journal"])).collect())
    }
}
