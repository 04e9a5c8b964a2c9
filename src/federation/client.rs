//! Asking a provider: its discovery document, its keys, and an assertion for a code. All of it together ends in time for the page
//! to answer, whatever the provider does.
//!
//! Invariants: nothing but an address that [`origin_of`] allows is asked and no redirect is followed; a key that is not known has
//! the keys read anew, at most once a minute.

use core::time::Duration;
use std::{cell::RefCell, collections::HashMap, rc::Rc};

use ct_codecs::{Base64, Encoder};
use durable::Millis;
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use serde_json::Value;
use worker::{AbortController, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, wasm_bindgen::JsValue};

use super::{
    id_token::has_key,
    provider::{Endpoints, Provider, is_public, origin_of},
};
use crate::{clock, route::encode};

/// How long all questions of one page may take together.
const TIME_OUT: Millis = 4_000;
/// Longest answer, in bytes.
const ANSWER: usize = 256 * 1024;
/// How long a document is believed.
const BELIEVED: Millis = 60 * 60 * 1000;
/// How often keys are read anew for one that is not known.
const AGAIN: Millis = 60_000;
/// How many documents an isolate remembers; beyond, it forgets them all.
const DOCUMENTS: usize = 1_000;

/// Why there is no assertion.
pub enum Failure {
    /// The provider does not answer, or not with what it should: why, for the log.
    Unreachable(String),
    /// It does not take the code, or what it asserts does not hold.
    Refused(String),
}

type Answered<T> = Result<T, Failure>;
/// What addresses said, and when.
type Cache<T> = RefCell<HashMap<String, (T, Millis)>>;

thread_local! {
    static ENDPOINTS: Cache<Endpoints> = RefCell::new(HashMap::new());
    static KEYS: Cache<Rc<Vec<Value>>> = RefCell::new(HashMap::new());
    /// When keys were last read anew for one that was not known.
    static ANEW: Cache<()> = RefCell::new(HashMap::new());
}

/// The questions of one page.
pub struct Client<'a> {
    /// Who is asked.
    pub provider: &'a Provider,
    until: Millis,
}

#[expect(clippy::needless_pass_by_value, reason = "what an error is mapped with")]
fn unreachable(why: impl ToString) -> Failure {
    Failure::Unreachable(why.to_string())
}

impl<'a> Client<'a> {
    /// For a request that arrived then.
    pub fn new(provider: &'a Provider, arrived: Millis) -> Self {
        Self { provider, until: arrived.saturating_add(TIME_OUT) }
    }

    /// Where the provider is asked.
    pub async fn endpoints(&self) -> Answered<Endpoints> {
        if let Some(own) = &self.provider.endpoints {
            return Ok(own.clone());
        }
        let issuer = &self.provider.issuer;
        let now = clock::now();
        let known = ENDPOINTS.with_borrow(|known| {
            known.get(issuer).filter(|(_, at)| now.saturating_sub(*at) < BELIEVED).map(|(endpoints, _)| endpoints.clone())
        });
        if let Some(known) = known {
            return Ok(known);
        }
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let document = self.document(&address).await?;
        let endpoints = discovered(&document, issuer).ok_or_else(|| unreachable("its discovery document makes no sense"))?;
        remember(&ENDPOINTS, issuer, endpoints.clone());
        Ok(endpoints)
    }

    /// The provider's keys, the one with this id among them if it has it.
    pub async fn keys(&self, endpoints: &Endpoints, id: Option<&str>) -> Answered<Rc<Vec<Value>>> {
        let now = clock::now();
        if let Some((keys, at)) = KEYS.with_borrow(|known| known.get(&endpoints.keys).cloned()) {
            let lately = |at: Millis, life: Millis| now.saturating_sub(at) < life;
            let anew = ANEW.with_borrow(|anew| anew.get(&endpoints.keys).is_some_and(|((), at)| lately(*at, AGAIN)));
            let has = has_key(&keys, id);
            if lately(at, BELIEVED) && (has || anew) {
                return Ok(keys);
            }
            if !has {
                remember(&ANEW, &endpoints.keys, ());
            }
        }
        let document = self.document(&endpoints.keys).await?;
        let keys =
            document.get("keys").and_then(Value::as_array).cloned().ok_or_else(|| unreachable("its keys make no sense"))?;
        let keys = Rc::new(keys);
        remember(&KEYS, &endpoints.keys, Rc::clone(&keys));
        Ok(keys)
    }

    /// The ID token for a code.
    pub async fn exchange(&self, endpoints: &Endpoints, code: &str, verifier: &str, redirect: &str) -> Answered<String> {
        let Provider { client_id, client_secret, .. } = self.provider;
        let secret = client_secret.reveal();
        let mut form = format!(
            "grant_type=authorization_code&code={}&redirect_uri={}&code_verifier={}",
            encode(code),
            encode(redirect),
            encode(verifier)
        );
        let headers = Headers::new();
        if endpoints.secret_in_form {
            form = format!("{form}&client_id={}&client_secret={}", encode(client_id), encode(secret));
        } else {
            // RFC 6749, 2.3.1: both are form-encoded first.
            let pair = Base64::encode_to_string(format!("{}:{}", encode(client_id), encode(secret))).map_err(unreachable)?;
            headers.set("authorization", &format!("Basic {pair}")).map_err(unreachable)?;
        }
        headers.set("content-type", "application/x-www-form-urlencoded").map_err(unreachable)?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(JsValue::from_str(&form)));
        let (status, body) = self.ask(&endpoints.token, init, headers).await?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        match (status, text("id_token")) {
            (200, Some(token)) => Ok(token.to_owned()),
            (200, None) => Err(unreachable("its token endpoint gives no ID token")),
            // RFC 6749, 5.2. Whatever is wrong with us there is no fault of the person's.
            (400 | 401, _) if text("error") == Some("invalid_grant") => Err(Failure::Refused("it does not take the code".into())),
            _ => Err(unreachable(format!("its token endpoint answers {status} {}", text("error").unwrap_or_default()))),
        }
    }

    async fn document(&self, address: &str) -> Answered<Value> {
        let (status, body) = self.ask(address, RequestInit::new(), Headers::new()).await?;
        if status != 200 {
            return Err(unreachable(format!("{address} answers {status}")));
        }
        serde_json::from_slice(&body).map_err(|why| unreachable(format!("{address}: {why}")))
    }

    /// Status and body of an answer that came in time.
    async fn ask(&self, address: &str, mut init: RequestInit, headers: Headers) -> Answered<(u16, Vec<u8>)> {
        let left = u64::try_from(self.until.saturating_sub(clock::now())).unwrap_or(0);
        let allowed = origin_of(address).is_some() && (!self.provider.public || is_public(address));
        if !allowed || left == 0 {
            return Err(unreachable(format!("{address} is not asked")));
        }
        headers.set("accept", "application/json").map_err(unreachable)?;
        init.with_headers(headers).with_redirect(RequestRedirect::Manual);
        let request = Request::new_with_init(address, &init).map_err(unreachable)?;
        let controller = AbortController::default();
        let signal = controller.signal();
        let answered = async {
            let mut response = Fetch::Request(request).send_with_signal(&signal).await.map_err(unreachable)?;
            let mut body = Vec::new();
            let mut stream = response.stream().map_err(unreachable)?;
            while let Some(chunk) = stream.next().await {
                body.extend_from_slice(&chunk.map_err(unreachable)?);
                if body.len() > ANSWER {
                    return Err(unreachable("its answer is too long"));
                }
            }
            Ok((response.status_code(), body))
        };
        match select(Box::pin(answered), Box::pin(Delay::from(Duration::from_millis(left)))).await {
            Either::Left((answered, _)) => answered,
            Either::Right(_) => {
                controller.abort();
                Err(unreachable(format!("{address} does not answer in time")))
            }
        }
    }
}

/// What a discovery document says, if it is that issuer's (`OpenID` Connect Discovery, 4.3).
fn discovered(document: &Value, issuer: &str) -> Option<Endpoints> {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let address = |name: &str| text(name).filter(|address| origin_of(address).is_some()).map(str::to_owned);
    if text("issuer") != Some(issuer) {
        return None;
    }
    let ways = document.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
    let way = |name: &str| ways.is_some_and(|ways| ways.iter().any(|way| way.as_str() == Some(name)));
    Some(Endpoints {
        authorization: address("authorization_endpoint")?,
        token: address("token_endpoint")?,
        keys: address("jwks_uri")?,
        secret_in_form: way("client_secret_post") && !way("client_secret_basic"),
        names_itself: document.get("authorization_response_iss_parameter_supported").and_then(Value::as_bool) == Some(true),
    })
}

fn remember<T>(cache: &'static std::thread::LocalKey<Cache<T>>, key: &str, value: T) {
    cache.with_borrow_mut(|known| {
        if known.len() >= DOCUMENTS {
            known.clear();
        }
        known.insert(key.to_owned(), (value, clock::now()));
    });
}
