//! The objects of Kagiban: what is remembered and what is decided. Nothing here shows or formats anything for people.
//!
//! A **command** goes in, a pure synchronous **turn** changes a value and gives an answer or a [`refusal::Refusal`], plus
//! [`effect::Effect`]s. Only `shell` knows the runtime, so every rule compiles and runs natively.

pub mod account;
pub mod ask;
pub mod contract;
pub mod effect;
pub mod journal;
pub mod json;
pub mod names;
pub mod profile;
pub mod refusal;
pub mod rules;
pub mod saved;
pub mod seal;
pub mod secret;
#[cfg(target_arch = "wasm32")]
pub mod shell;
pub mod turn;

/// Milliseconds since the Unix epoch (UTC).
pub type Millis = i64;
