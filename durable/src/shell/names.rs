//! A shard of Names: reads what is remembered about one key, runs the turn, writes the difference.

#![expect(missing_docs, reason = "the runtime's macro makes undocumented exports")]

use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::{call, store, store::Store, sys};
use crate::{
    account::connections::Live,
    names::{Command, turn},
    profile::{self, Service},
    seal::Seals,
    turn::Turn,
};

/// One of the shards that know whose a name is.
#[durable_object(fetch)]
pub struct Names {
    state: State,
}

impl DurableObject for Names {
    fn new(state: State, _env: Env) -> Self {
        Store::wake(&state, store::NAMES);
        Self { state }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let command = call::read::<Command>(request).await?.command;
        let mut seed = Seed::new()?;
        let now = sys::now();
        let key = command.key().to_owned();
        let store = Store::of(&self.state);
        let before = store.record(&key)?;
        let mut after = before.clone();
        let (live, seals) = (Live::default(), Seals::default());
        let profile = profile::of(Service::Coconowork);
        let mut turn_ = Turn {
            now,
            random: &mut |bytes| seed.fill(bytes),
            profile,
            live: &live,
            facts: None,
            seals: &seals,
            effects: Vec::new(),
            push: None,
        };
        let reply = turn(&mut turn_, &mut after, command)?;
        store::commit(&self.state, || store.save_record(&key, &before, &after, now))?;
        call::reply(reply)
    }
}

/// Randomness drawn before the turn, so that the turn itself cannot fail: 64 bytes, stretched by SHA-256 if more are asked.
pub struct Seed {
    seed: [u8; 64],
    drawn: u64,
}

impl Seed {
    /// Draws from the runtime.
    ///
    /// # Errors
    /// When the runtime has no randomness.
    pub fn new() -> Result<Self> {
        Ok(Self { seed: sys::random()?, drawn: 0 })
    }

    /// Fills with bytes that were not given out before.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.drawn = self.drawn.saturating_add(1);
            let block = crate::secret::mac(&self.seed, &[&self.drawn.to_be_bytes()]);
            for (to, from) in chunk.iter_mut().zip(block) {
                *to = from;
            }
        }
    }
}
