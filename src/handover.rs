//! The hand-over to the application (interface, section 2): a login that is complete goes on at `{APP_URL}?handover={JWT}`. The token
//! is signed with ES256, lives a minute and says who has logged in; that it counts once is kept by the application, which
//! remembers `jti` (docs/handover.md, with a program that does).
//!
//! Invariant: a token is made only for the session of a complete login of the service itself, as its Account says, and for the
//! application that is configured; a request has no say in where it goes.

use std::collections::BTreeMap;

use durable::{
    account::HandOver as Command,
    profile::Service,
    rules::access::{Actor, Role},
    shell::call::Kind,
};
use jwt_simple::prelude::{Claims, Duration, ECDSAP256KeyPairLike, ES256KeyPair, UnixTimeStamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Outcome, refused, to_sign_in},
    clock,
    my_account::gone,
    pages::Trouble,
    route::Route,
    visit::Visit,
};

/// How long a hand-over can be used, in seconds.
const LIFE: u64 = 60;

/// The applications, and the keys: the first signs, all are published, so that a new one can be known before it signs.
pub struct HandOver {
    /// The keys, each with its id.
    pub keys: Vec<ES256KeyPair>,
    /// Each service's application.
    pub applications: BTreeMap<Service, Application>,
}

/// Where a login continues.
pub struct Application {
    /// Its address.
    url: String,
    /// Its origin behind a blank, as a policy lists it.
    origin: String,
}

impl Application {
    /// An application at this address; `None` unless it is one to which a query can be added.
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "https" | "http"))?;
        let host = rest.split('/').next().filter(|host| !host.is_empty())?;
        let plain = url.chars().all(|c| c.is_ascii_graphic() && !"?#@\\;,'\"<>".contains(c));
        plain.then(|| Self { url: url.to_owned(), origin: format!(" {scheme}://{host}") })
    }

    /// Whether nobody on the way reads along.
    pub fn is_https(&self) -> bool {
        self.url.starts_with("https://")
    }

    fn origin(&self) -> &str {
        self.origin.trim_start()
    }
}

impl HandOver {
    /// More origins that a form of this service may lead to, each behind a blank.
    pub fn forms(&self, service: Service) -> &str {
        self.applications.get(&service).map_or("", |application| &application.origin)
    }
}

/// The keys of `HANDOVER_JWK`: one private JWK of P-256, or a list of them. A key without `kid` is known by its thumbprint
/// (RFC 7638).
///
/// # Errors
/// What is wrong.
pub fn parse_keys(json: &str) -> Result<Vec<ES256KeyPair>, String> {
    let value: Value = serde_json::from_str(json).map_err(|why| format!("not JSON: {why}"))?;
    let list = if let Value::Array(list) = value { list } else { vec![value] };
    let mut keys = Vec::new();
    for jwk in list {
        let key = ES256KeyPair::from_jwk(&jwk.to_string());
        let key = key.map_err(|_| "not a private JWK of P-256 (kty, crv, x, y, d), or a list of them")?;
        let named = jwk.get("kid").and_then(Value::as_str).is_some_and(|kid| !kid.is_empty());
        let thumbprint = key.jwk_thumbprint();
        keys.push(if named { key } else { key.with_key_id(&thumbprint) });
    }
    if keys.is_empty() { Err("an empty list".to_owned()) } else { Ok(keys) }
}

/// GET /.well-known/jwks.json
pub fn keys(visit: &Visit) -> Outcome {
    let keys = &visit.config.handover.keys;
    if keys.is_empty() {
        return Err(Trouble::NotFound.into());
    }
    let public = |key: &ES256KeyPair| {
        let mut jwk: Value = serde_json::from_str(&key.public_key().to_jwk())?;
        if let Some(jwk) = jwk.as_object_mut() {
            jwk.insert("alg".into(), "ES256".into());
            jwk.insert("use".into(), "sig".into());
            jwk.remove("key_ops");
        }
        Ok::<Value, serde_json::Error>(jwk)
    };
    let keys = keys.iter().map(public).collect::<Result<Vec<_>, _>>()?;
    Answer::json(200, &json!({ "keys": keys }))
}

/// What a hand-over says beside the claims that every token has.
#[derive(Serialize)]
struct Says {
    login: String,
    name: String,
    contract: String,
    role: Role,
}

/// GET /app: on to the application, with a token of a minute. Whoever is not logged in does that first; so an application may
/// send its people here.
pub async fn on(visit: &Visit, route: &Route) -> Outcome {
    let Some(application) = visit.config.handover.applications.get(&visit.service) else { return Err(Trouble::NotFound.into()) };
    let Some(session) = &visit.session else { return Ok(to_sign_in(visit, route)) };
    let command = Command { session: session.hash.clone(), application: application.origin().to_owned() };
    match visit.ask(Kind::Account, &session.uid, command).await? {
        Ok(actor) => {
            let token = token(visit, application, actor)?;
            Ok(Answer::see(format!("{}?handover={token}", application.url)))
        }
        Err(refusal) => Err(refused(visit, route, &gone(refusal))),
    }
}

fn token(visit: &Visit, application: &Application, actor: Actor) -> worker::Result<String> {
    let fault = |why: jwt_simple::Error| worker::Error::RustError(why.to_string());
    let key = visit.config.handover.keys.first().ok_or_else(|| worker::Error::RustError("no key of hand-overs".into()))?;
    let seconds = clock::now().checked_div(1000).and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0);
    let Actor { uid, login, name, contract, role, .. } = actor;
    let mut claims = Claims::with_custom_claims(Says { login, name, contract, role }, Duration::from_secs(LIFE))
        .with_issuer(visit.config.origin(visit.service))
        .with_audience(application.origin())
        .with_subject(uid)
        .with_jwt_id(clock::id()?);
    // The library's own clock rounds to the nearest second.
    claims.issued_at = Some(UnixTimeStamp::from_secs(seconds));
    claims.invalid_before = None;
    claims.expires_at = Some(UnixTimeStamp::from_secs(seconds.saturating_add(LIFE)));
    key.sign(claims).map_err(fault)
}
