//! Who renders and sends what leaves the outbox towards people. The Worker hands one in at start, so that no sentence for
//! people and no provider is known here.

use std::{cell::OnceCell, future::Future, pin::Pin};

use worker::Env;

use crate::effect::{Mail, Sms};

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The provider has taken it.
    Sent,
    /// Try again later.
    Later,
    /// It will never be taken.
    Never,
}

/// A delivery under way.
pub type Delivering<'a> = Pin<Box<dyn Future<Output = Delivery> + 'a>>;

/// Renders and sends.
pub trait Courier {
    /// Sends one mail. `id` is the same at every try, for the provider to drop duplicates by.
    fn mail<'a>(&'a self, env: &'a Env, id: &'a str, mail: &'a Mail) -> Delivering<'a>;
    /// Sends one code by SMS.
    fn sms<'a>(&'a self, env: &'a Env, id: &'a str, sms: &'a Sms) -> Delivering<'a>;
}

thread_local! {
    static COURIER: OnceCell<&'static dyn Courier> = const { OnceCell::new() };
}

/// Hands in the courier; the first one stays.
pub fn install(courier: &'static dyn Courier) {
    COURIER.with(|cell| {
        cell.get_or_init(|| courier);
    });
}

/// The courier, if one was handed in.
#[must_use]
pub fn installed() -> Option<&'static dyn Courier> {
    COURIER.with(|cell| cell.get().copied())
}
