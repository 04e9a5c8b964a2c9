//! Calls between Worker and objects: JSON typed by `Ask`, in a header while it is short (no stream has to be opened then), else
//! in the body. Every call uses a new stub, since a stub is broken after an exception.

use std::{future::Future, pin::Pin};

use serde::de::DeserializeOwned;
use worker::{Env, Request, Response, ResponseBody, Result, web_sys};

use super::sys;
use crate::{
    ask::{Ask, Reply, ascii},
    json,
};

/// The header of a short command, and of every upgrade's.
const COMMAND: &str = "x-command";
/// The header of a short reply.
const REPLY: &str = "x-reply";
/// Longest command or reply in a header, in bytes; far below what any platform takes.
const SHORT: usize = 4 * 1024;

/// Which kind of object.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A shard of Names.
    Names,
    /// An Account, by uid.
    Account,
    /// A Contract, by 契約ID.
    Contract,
    /// A month of a contract's journal.
    Journal,
}

impl Kind {
    fn binding(self) -> &'static str {
        match self {
            Self::Names => "NAMES",
            Self::Account => "ACCOUNT",
            Self::Contract => "CONTRACT",
            Self::Journal => "JOURNAL",
        }
    }
}

/// Asks an object.
///
/// # Errors
/// A fault of the object or of the way to it; a refusal is part of the reply.
pub async fn ask<C: Ask>(env: &Env, kind: Kind, name: &str, command: C) -> Result<Reply<C::Answer>> {
    let command = serde_json::to_string(&C::Command::from(command))?;
    json::read(&send(env, kind, name, command).await?).map_err(unreadable)
}

/// Asks an object for a WebSocket: 101, or the object's refusal.
///
/// # Errors
/// A fault of the object or of the way to it.
pub async fn upgrade<C: Ask>(
    env: &Env,
    kind: Kind,
    name: &str,
    command: C,
    protocol: Option<&str>,
) -> Result<Reply<web_sys::Response>> {
    let command = ascii(serde_json::to_string(&C::Command::from(command))?);
    let response = knock(env, kind, name, &command, protocol).await?;
    if response.status() == 101 {
        return Ok(Ok(response));
    }
    let json = match response.headers().get(REPLY)? {
        Some(json) => json,
        None => sys::text(&response).await?,
    };
    let reply: Reply<C::Answer> = json::read(&json).map_err(unreadable)?;
    match reply {
        Err(refusal) => Ok(Err(refusal)),
        Ok(_) => Err(worker::Error::RustError("the object answered an upgrade without a socket".into())),
    }
}

/// The way of every command, compiled once: boxed, so that no caller grows by it.
fn send<'a>(env: &'a Env, kind: Kind, name: &'a str, command: String) -> Way<'a, String> {
    Box::pin(async move {
        let command = ascii(command);
        let header = (command.len() <= SHORT).then_some(COMMAND);
        sys::ask_object(env, kind.binding(), name, header, &command).await
    })
}

/// The way of every upgrade.
fn knock<'a>(env: &'a Env, kind: Kind, name: &'a str, command: &'a str, protocol: Option<&'a str>) -> Way<'a, web_sys::Response> {
    Box::pin(async move {
        let response = sys::knock_at_object(env, kind.binding(), name, command, protocol).await?;
        match response.status() {
            101 | 200 => Ok(response),
            status => Err(worker::Error::RustError(format!("{} answered {status}", kind.binding()))),
        }
    })
}

/// A call under way.
type Way<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + 'a>>;

/// A command as it arrives at an object.
pub struct Arrived<T> {
    /// What is asked.
    pub command: T,
    /// Whether a WebSocket is asked for.
    pub upgrade: bool,
}

/// A text of ours that cannot be read is a fault: only another version can have written it.
#[must_use]
pub fn unreadable(why: json::Unreadable) -> worker::Error {
    worker::Error::RustError(why.to_string())
}

/// Reads the command of a request.
///
/// # Errors
/// When it is not one, which only a caller of another version can send.
pub async fn read<T: DeserializeOwned>(mut request: Request) -> Result<Arrived<T>> {
    let headers = request.headers();
    match headers.get(COMMAND)? {
        Some(json) => Ok(Arrived { command: json::read(&json).map_err(unreadable)?, upgrade: headers.has("upgrade")? }),
        None => Ok(Arrived { command: json::read(&request.text().await?).map_err(unreadable)?, upgrade: false }),
    }
}

/// The response that carries an encoded reply.
///
/// # Errors
/// When the runtime cannot make a response.
pub fn reply(json: String) -> Result<Response> {
    let json = ascii(json);
    if json.len() <= SHORT {
        return Ok(Response::builder().with_header(REPLY, &json)?.empty());
    }
    Response::from_body(ResponseBody::Body(json.into_bytes()))
}
