//! Linked services: login with an account of another provider (認証連携, ST-030 to ST-032), by `OpenID` Connect's authorization code
//! flow with PKCE, state and nonce.
//!
//! `provider` is the configuration, `client` asks a provider, `id_token` verifies what it asserts, `flow` is the way of a browser
//! there and back. Invariants: nothing is stored on our side before the account is known; a flow belongs to one browser, origin,
//! provider and aim; what it brings counts once, at the account, in the commit that uses it.

mod provider;

#[cfg(target_arch = "wasm32")]
mod client;
#[cfg(target_arch = "wasm32")]
mod flow;
#[cfg(target_arch = "wasm32")]
mod id_token;

pub use provider::{Endpoints, Provider, is_public, origin_of, parse};

#[cfg(target_arch = "wasm32")]
pub(crate) use flow::{Aim, begin, callback, come_back, door, doors, label, leads, leads_to, others, start, take};
