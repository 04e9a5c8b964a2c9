//! The only place that knows the runtime: it reads a value, runs a turn, writes the difference and performs the effects.
//!
//! **From reading the value to the commit there is no `await`**: one synchronous block, hence one atomic commit, whether the
//! command was answered or refused. No copy of the value stays in memory between requests: the object's database is the state.

pub mod account;
pub mod call;
pub mod contract;
pub mod courier;
#[cfg(feature = "test-faults")]
mod faults;
pub mod hand_over;
pub mod journal;
mod keys;
pub mod names;
mod outbox;
mod sockets;
mod store;
mod sys;

pub use self::{account::Account, contract::Contract, journal::Journal, names::Names};
