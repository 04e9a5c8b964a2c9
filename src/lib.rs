//! The Worker of Kagiban: HTTP in, pages and JSON out. It decides nothing; decisions are turns of the objects in `durable`.
//!
//! Read [`route::Route`] for everything that can be asked over HTTP, and `durable::account::Command` for everything that can
//! be done to a person; a reader finds any behaviour through these two.

pub mod csv;
pub mod federation;
pub mod multipart;
pub mod openapi;
pub mod pages;
pub mod provisioning;
pub mod route;
pub mod table;
pub mod texts;
pub mod view;

#[cfg(target_arch = "wasm32")]
mod answer;
#[cfg(target_arch = "wasm32")]
mod clock;
#[cfg(target_arch = "wasm32")]
mod concern;
#[cfg(target_arch = "wasm32")]
mod config;
#[cfg(target_arch = "wasm32")]
mod connect;
#[cfg(target_arch = "wasm32")]
mod console;
#[cfg(target_arch = "wasm32")]
mod directory;
#[cfg(target_arch = "wasm32")]
mod entry;
#[cfg(target_arch = "wasm32")]
mod factor;
#[cfg(target_arch = "wasm32")]
mod handover;
#[cfg(target_arch = "wasm32")]
mod history;
#[cfg(target_arch = "wasm32")]
mod import;
#[cfg(target_arch = "wasm32")]
mod known_browser;
pub mod line;
#[cfg(target_arch = "wasm32")]
mod lines;
#[cfg(target_arch = "wasm32")]
mod mail;
#[cfg(target_arch = "wasm32")]
mod menu;
#[cfg(target_arch = "wasm32")]
mod my_account;
#[cfg(target_arch = "wasm32")]
mod my_client;
#[cfg(target_arch = "wasm32")]
mod my_connections;
#[cfg(target_arch = "wasm32")]
mod operator;
#[cfg(target_arch = "wasm32")]
mod password_hash;
#[cfg(target_arch = "wasm32")]
mod preferences;
#[cfg(target_arch = "wasm32")]
mod redeem;
#[cfg(target_arch = "wasm32")]
mod remembered_browser;
#[cfg(target_arch = "wasm32")]
mod retirement;
#[cfg(target_arch = "wasm32")]
mod second_step;
#[cfg(target_arch = "wasm32")]
mod session;
#[cfg(target_arch = "wasm32")]
mod sheet;
#[cfg(target_arch = "wasm32")]
mod sign_in;
#[cfg(target_arch = "wasm32")]
mod sms;
#[cfg(target_arch = "wasm32")]
mod user_acts;
#[cfg(target_arch = "wasm32")]
mod users;
#[cfg(target_arch = "wasm32")]
mod visit;

// Naming something of the dependency crate is what makes the runtime see its object classes.
#[cfg(target_arch = "wasm32")]
pub use ::durable::shell::{Account, Contract, Journal, Names};
