//! Calls between Worker and objects: POST with JSON, typed by `Ask`; an upgrade carries its command in a header. Every call
//! uses a new stub, since a stub is broken after an exception.

use std::{future::Future, pin::Pin};

use serde::de::DeserializeOwned;
use worker::{Env, Headers, Request, Response, Result};

use super::sys;
use crate::{
    ask::{Ask, Reply},
    secret::{base64, from_base64},
};

/// The header of an upgrade's command: base64url of JSON.
const COMMAND: &str = "x-command";

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
    let body = serde_json::to_string(&C::Command::from(command))?;
    Ok(serde_json::from_str(&post(env, kind, name, body).await?)?)
}

/// Asks an object for a WebSocket: 101, or the object's refusal.
///
/// # Errors
/// A fault of the object or of the way to it.
pub async fn upgrade<C: Ask>(env: &Env, kind: Kind, name: &str, command: C, protocol: Option<&str>) -> Result<Reply<Response>> {
    let command = serde_json::to_string(&C::Command::from(command))?;
    let mut response = knock(env, kind, name, &command, protocol).await?;
    if response.status_code() == 101 {
        return Ok(Ok(response));
    }
    let reply: Reply<C::Answer> = serde_json::from_str(&response.text().await?)?;
    match reply {
        Err(refusal) => Ok(Err(refusal)),
        Ok(_) => Err(worker::Error::RustError("the object answered an upgrade without a socket".into())),
    }
}

/// The way of every command, compiled once: boxed, so that no caller grows by it.
fn post<'a>(env: &'a Env, kind: Kind, name: &'a str, body: String) -> Way<'a, String> {
    Box::pin(async move {
        let response = sys::fetch_object(env, kind.binding(), name, sys::post(&body)?).await?;
        if response.status() != 200 {
            return Err(worker::Error::RustError(format!("{} answered {}", kind.binding(), response.status())));
        }
        sys::text(&response).await
    })
}

/// The way of every upgrade.
fn knock<'a>(env: &'a Env, kind: Kind, name: &'a str, command: &'a str, protocol: Option<&'a str>) -> Way<'a, Response> {
    Box::pin(async move {
        let headers = Headers::new();
        headers.set("upgrade", "websocket")?;
        headers.set(COMMAND, &base64(command.as_bytes()))?;
        if let Some(protocol) = protocol {
            headers.set("sec-websocket-protocol", protocol)?;
        }
        let response = sys::fetch_object(env, kind.binding(), name, sys::with_headers(&headers)?).await?;
        match response.status() {
            101 | 200 => Ok(Response::from(response)),
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

/// Reads the command of a request.
///
/// # Errors
/// When it is not one, which only a caller of another version can send.
pub async fn read<T: DeserializeOwned>(mut request: Request) -> Result<Arrived<T>> {
    if let Some(header) = request.headers().get(COMMAND)? {
        let json = from_base64(&header).ok_or_else(|| worker::Error::RustError("unreadable command header".into()))?;
        // One kind of reader for all JSON: a second one would hold all of the code once more.
        let json = String::from_utf8(json).map_err(|why| worker::Error::RustError(why.to_string()))?;
        return Ok(Arrived { command: serde_json::from_str(&json)?, upgrade: true });
    }
    Ok(Arrived { command: serde_json::from_str(&request.text().await?)?, upgrade: false })
}

/// The response that carries an encoded reply.
///
/// # Errors
/// When the runtime cannot make a response.
pub fn reply(json: &str) -> Result<Response> {
    Ok(Response::from(worker::web_sys::Response::new_with_opt_str(Some(json))?))
}
