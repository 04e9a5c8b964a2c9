//! What the Worker does for an outbox: it renders and sends what leaves towards people, and works off imports. The Worker hands
//! one in at start, so that no sentence for people, no provider and no other account is known here.

use std::{cell::OnceCell, future::Future, pin::Pin};

use worker::Env;

use crate::{
    contract::retirement::Notice,
    effect::{Mail, Sms},
    profile::Service,
    rules::access::Actor,
};

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The provider has taken it.
    Sent,
    /// Try again later.
    Later,
    /// It will never be taken.
    Never,
    /// A part is done: go on at once.
    Again,
}

/// A delivery under way.
pub type Delivering<'a> = Pin<Box<dyn Future<Output = Delivery> + 'a>>;

/// What the Worker does for an outbox.
pub trait Courier {
    /// Sends one mail. `id` is the same at every try, for the provider to drop duplicates by.
    fn mail<'a>(&'a self, env: &'a Env, id: &'a str, mail: &'a Mail) -> Delivering<'a>;
    /// Sends one code by SMS.
    fn sms<'a>(&'a self, env: &'a Env, id: &'a str, sms: &'a Sms) -> Delivering<'a>;

    /// Invites some of the users of an import, in the name of who started it, by what he may do now. Whoever is invited asks no
    /// other account, so that no two ever wait for each other.
    fn import<'a>(&'a self, env: &'a Env, service: Service, actor: &'a Actor, id: &'a str) -> Delivering<'a>;

    /// Tells an account that its linked service ends; `Never`: there is no such account.
    fn retire<'a>(&'a self, env: &'a Env, notice: &'a Notice) -> Delivering<'a>;
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
