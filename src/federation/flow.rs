//! The way of a browser to a provider and back. What it has to bring along is sealed in a cookie; what it came back with is shown
//! before it is saved, sealed in that page's form.

use std::rc::Rc;

use durable::{
    Millis,
    account::{Asserted, By, ConfirmLinked, Done, SignInLinked},
    ask::Reply,
    contract::directory::is_connection,
    json,
    names::{Confirm, Reserve, Resolve, identity_key, shard_of},
    refusal::Refusal,
    rules::phc::same,
    seal::Purpose,
    secret,
    shell::call::Kind,
};
use serde::{Deserialize, Serialize};

use super::{
    client::{Client, Failure},
    id_token::{self, Named},
    provider::{Endpoints, Provider},
};
use crate::{
    answer::{Answer, Outcome, Stop},
    clock, directory,
    factor::{after_login, own_session, own_stage},
    known_browser::{Fresh, presented},
    pages::{Federated, FederatedState, ServiceDoor, Trouble},
    preferences::remembered,
    retirement,
    route::{MenuRoute, Route, encode, safe_next},
    session,
    sign_in::{FLOOR, elsewhere, too_often, within_outer_limit},
    visit::Visit,
};

/// How long a flow may take.
const LIFE: Millis = 10 * 60 * 1000;
/// The same in seconds.
const LIFE_S: u32 = 600;
/// Longest path to come back to: all of it has to fit into a cookie.
const NEXT: usize = 1_000;
/// Clocks may differ by this much, in seconds.
const TOLERANCE_S: Millis = 60;

/// What a flow is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// A login; afterwards to this path.
    SignIn {
        /// Where to go.
        next: String,
    },
    /// A mailed link: registration or change of the method.
    Link {
        /// The link's text.
        text: String,
    },
    /// ログイン方法の設定 of who is logged in to the menu.
    Method {
        /// Whose account.
        uid: String,
        /// SHA-256 of his session's id.
        session: String,
    },
    /// The test of a contract's Active Directory (ST-045).
    Test {
        /// Whose account.
        uid: String,
        /// SHA-256 of his session's id.
        session: String,
    },
    /// In place of the password once more.
    Confirm {
        /// Whose account.
        uid: String,
        /// SHA-256 of his session's id.
        session: String,
        /// Where to go.
        next: String,
    },
}

/// What the browser brings along.
#[derive(Serialize, Deserialize)]
struct Flow {
    id: String,
    state: String,
    nonce: String,
    verifier: String,
    provider: String,
    /// The settings that it began with; others by now end it.
    #[serde(default)]
    version: String,
    /// Whom it asked; another one under the same id by now ends it too.
    issuer: String,
    menu: bool,
    begun: Millis,
    aim: Aim,
}

/// Whom the page has shown, and what for.
#[derive(Serialize, Deserialize)]
struct Shown {
    asserted: Asserted,
    /// As in [`Flow`].
    #[serde(default)]
    version: String,
    aim: Aim,
}

impl Aim {
    /// Where the person came from.
    fn back(&self, visit: &Visit) -> String {
        match self {
            Self::SignIn { .. } => visit.path(&Route::SignIn),
            Self::Link { text } => Route::Link(text.clone()).path(),
            Self::Method { .. } => MenuRoute::Method.path().to_owned(),
            Self::Test { .. } => MenuRoute::Directory.path().to_owned(),
            Self::Confirm { next, .. } => format!("{}?next={}", visit.path(&Route::Confirm), encode(next)),
        }
    }
}

/// The provider of this id, where this service has it: a linked service of the configuration, or the Active Directory of a contract, for
/// a test as it was saved last.
///
/// # Errors
/// A fault.
pub async fn provider(visit: &Visit, id: &str, aim: &Aim) -> worker::Result<Option<Rc<Provider>>> {
    let tests = matches!(aim, Aim::Test { .. });
    if is_connection(id) {
        // ST-044: whoever sets his method in the menu is the contractor.
        return if matches!(aim, Aim::Method { .. }) { Ok(None) } else { directory::provider(visit, id, tests).await };
    }
    let mut configured = visit.config.providers.iter();
    Ok(configured.find(|own| own.id == id && own.services.contains(&visit.service)).cloned())
}

/// The page of a linked service that has ended, if this one has: what to do instead.
async fn ended(visit: &Visit, id: &str, back: &str) -> Result<Option<Answer>, Stop> {
    let Some(ending) = retirement::ending(visit, id).await?.filter(|ending| ending.is_over(visit.arrived)) else {
        return Ok(None);
    };
    let state = FederatedState::Ended { ends: ending.ends.to_string() };
    page(visit, 403, &label(visit, id), back.to_owned(), state).map(Some)
}

/// The buttons of this service, in their order; without those that have ended, as far as [`retirement::refresh`] knew.
pub fn doors(visit: &Visit) -> Vec<ServiceDoor> {
    let own = visit.config.providers.iter().filter(|own| own.services.contains(&visit.service));
    own.map(|own| (own, retirement::known(&own.id)))
        .filter(|(_, ending)| ending.as_ref().is_none_or(|ending| !ending.is_over(visit.arrived)))
        .map(|(own, ending)| {
            let until = ending.map_or_else(String::new, |ending| ending.ends.to_string());
            ServiceDoor { id: own.id.clone(), label: own.label.clone(), until }
        })
        .collect()
}

/// The buttons of this service but the provider that is used now, and those that are going to end: nobody is to begin with one.
pub fn others(visit: &Visit, own: Option<&str>) -> Vec<ServiceDoor> {
    doors(visit).into_iter().filter(|door| own != Some(&door.id) && door.until.is_empty()).collect()
}

/// The button of a provider that somebody logs in with: none for who has a password, else one even where it is not offered any
/// more, so that its page says so.
pub fn door(visit: &Visit, id: &str) -> Option<ServiceDoor> {
    (!id.is_empty()).then(|| ServiceDoor { id: id.to_owned(), label: label(visit, id), until: String::new() })
}

/// What an account of this provider is called; its id where it is not there any more.
pub fn label(visit: &Visit, id: &str) -> String {
    let mut configured = visit.config.providers.iter();
    if is_connection(id) {
        return directory::LABEL.to_owned();
    }
    configured.find(|own| own.id == id).map_or_else(|| id.to_owned(), |own| own.label.clone())
}

/// The answer, whose page has the buttons of this service: their forms lead to the providers.
///
/// # Errors
/// As the answer.
pub fn leads(visit: &Visit, outcome: Outcome) -> Outcome {
    let own = visit.config.providers.iter().filter(|own| own.services.contains(&visit.service));
    Ok(outcome?.leading(own.map(|own| own.origin().to_owned()).collect()))
}

/// The same with the button of one provider, a contract's Active Directory among them; none for an empty id.
///
/// # Errors
/// As the answer, or a fault.
pub async fn leads_to(visit: &Visit, id: &str, outcome: Outcome) -> Outcome {
    let own = provider(visit, id, &Aim::SignIn { next: String::new() }).await?;
    Ok(outcome?.leading(own.iter().map(|own| own.origin().to_owned()).collect()))
}

fn page(visit: &Visit, status: u16, label: &str, back: String, state: FederatedState) -> Outcome {
    Answer::page_with(status, &Federated { chrome: visit.chrome()?, label: label.to_owned(), back, state })
}

fn cookie_name(origin: &str) -> &'static str {
    if origin.starts_with("https://") { "__Host-federation" } else { "federation" }
}

/// `Set-Cookie` with this value; an empty one is forgotten.
fn cookie(origin: &str, value: &str) -> String {
    let secure = if origin.starts_with("https://") { "; Secure" } else { "" };
    let life = if value.is_empty() { 0 } else { LIFE_S };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age={life}", cookie_name(origin))
}

fn sealed(visit: &Visit, purpose: Purpose, value: &impl Serialize) -> Result<String, Stop> {
    let plain = serde_json::to_string(value)?;
    let sealed = visit.seals().seal(purpose, &visit.origin, clock::random()?, plain.as_bytes());
    sealed.ok_or_else(|| worker::Error::RustError("no data key".into()).into())
}

fn opened<T: serde::de::DeserializeOwned>(visit: &Visit, purpose: Purpose, text: &str) -> Option<T> {
    let plain = visit.seals().open(purpose, &visit.origin, text)?;
    json::read(core::str::from_utf8(&plain).ok()?).ok()
}

/// The flow that this browser has under way.
fn under_way(visit: &Visit) -> Option<Flow> {
    let cookies = visit.header("cookie");
    let flow: Flow =
        session::values(&cookies, cookie_name(&visit.origin)).find_map(|value| opened(visit, Purpose::Federation, value))?;
    let age = visit.arrived.saturating_sub(flow.begun);
    (0..LIFE).contains(&age).then_some(flow)
}

/// Whoever comes back from a provider is at the door that he left by.
pub fn come_back(visit: &mut Visit) {
    let menu = under_way(visit).is_some_and(|flow| flow.menu);
    visit.come_by(menu);
}

/// POST /federation/{provider}: a login, or the confirmation of who is logged in. GET, for an Active Directory: its login address
/// (ST-041), which asks nothing of who is logged in there (ST-042). Another site's link to it leads to a page of ours first: else
/// that site could log its visitors in as whom it likes.
pub async fn start(visit: &Visit, route: &Route, id: &str) -> Outcome {
    if !within_outer_limit(visit) {
        return Err(too_often());
    }
    if !visit.acts {
        if !is_connection(id) {
            return Err(Trouble::NotFound.into());
        }
        if matches!(&*visit.header("sec-fetch-site"), "cross-site" | "same-site") {
            return directory::found(visit, id);
        }
        return begin(visit, id, Aim::SignIn { next: String::new() }).await;
    }
    let form = visit.form()?;
    let next = safe_next(form.may("next")).filter(|next| next.len() <= NEXT).unwrap_or_default();
    let aim = if form.may("confirm").is_empty() {
        Aim::SignIn { next }
    } else {
        let own = own_session(visit, route)?;
        Aim::Confirm { uid: own.uid.clone(), session: own.hash.clone(), next }
    };
    begin(visit, id, aim).await
}

/// Sends the browser to the provider.
pub async fn begin(visit: &Visit, id: &str, aim: Aim) -> Outcome {
    let back = aim.back(visit);
    if let Some(ended) = ended(visit, id, &back).await? {
        return Ok(ended);
    }
    let Some(provider) = provider(visit, id, &aim).await? else { return page(visit, 404, "", back, FederatedState::Gone) };
    let endpoints = match Client::new(&provider, visit.arrived).endpoints().await {
        Ok(endpoints) => endpoints,
        Err(failure) => return failed(visit, &provider, back, &failure),
    };
    // The menu opens to whoever has just been asked for his password.
    let asks = matches!(aim, Aim::Confirm { .. }) || visit.menu && matches!(aim, Aim::SignIn { .. });
    let flow = Flow {
        id: clock::id()?,
        state: clock::secret()?,
        nonce: clock::secret()?,
        verifier: clock::secret()?,
        provider: provider.id.clone(),
        version: provider.version.clone(),
        issuer: provider.issuer.clone(),
        menu: visit.menu || matches!(aim, Aim::Method { .. } | Aim::Test { .. }),
        begun: visit.arrived,
        aim,
    };
    let asked = [
        ("response_type", "code"),
        ("client_id", &provider.client_id),
        ("redirect_uri", &callback_of(visit, &provider.id)),
        ("scope", &provider.scopes),
        ("state", &flow.state),
        ("nonce", &flow.nonce),
        // RFC 7636: the hash of the verifier, base64url.
        ("code_challenge", &secret::hash(&flow.verifier)),
        ("code_challenge_method", "S256"),
    ];
    let prompt = match &*provider.version {
        _ if asks => Some("login"),
        "" => Some("select_account"),
        // ST-042: whoever is logged in to Windows is not asked.
        _ => None,
    };
    let mut query: Vec<String> = asked.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    query.extend(prompt.map(|prompt| format!("prompt={prompt}")));
    query.extend(asks.then(|| "max_age=0".to_owned()));
    let authorization = endpoints.authorization;
    let joint = if authorization.contains('?') { '&' } else { '?' };
    let path = format!("{authorization}{joint}{}", query.join("&"));
    Ok(Answer::See { path, cookies: vec![cookie(&visit.origin, &sealed(visit, Purpose::Federation, &flow)?)] })
}

fn callback_of(visit: &Visit, id: &str) -> String {
    format!("{}{}", visit.origin, Route::FederationCallback(id.to_owned()).path())
}

fn failed(visit: &Visit, provider: &Provider, back: String, failure: &Failure) -> Outcome {
    let (why, status, state) = match failure {
        Failure::Unreachable(why) => (why, 503, FederatedState::Unreachable),
        Failure::Refused(why) => (why, 403, FederatedState::Unverified),
    };
    worker::console_error!("provider {}: {why}", provider.id);
    page(visit, status, &provider.label, back, state)
}

/// GET /federation/{provider}/callback
pub async fn callback(visit: &Visit, route: &Route, id: &str) -> Outcome {
    if !within_outer_limit(visit) {
        return Err(too_often());
    }
    let flow =
        under_way(visit).filter(|flow| flow.provider == id && same(flow.state.as_bytes(), visit.parameter("state").as_bytes()));
    let Some(flow) = flow else {
        return page(visit, 400, "", visit.path(&Route::SignIn), FederatedState::Expired);
    };
    let back = flow.aim.back(visit);
    if let Some(ended) = ended(visit, id, &back).await? {
        return Ok(ended);
    }
    let as_begun = |own: &Rc<Provider>| own.version == flow.version && own.issuer == flow.issuer;
    let provider = provider(visit, id, &flow.aim).await?.filter(as_begun);
    let Some(provider) = provider else { return page(visit, 403, "", back, FederatedState::Gone) };
    let client = Client::new(&provider, visit.arrived);
    let endpoints = match client.endpoints().await {
        Ok(endpoints) => endpoints,
        Err(failure) => return failed(visit, &provider, back, &failure),
    };
    // RFC 9207: another provider's answer is none of this one's, nor is one without a name where it gives its name.
    let issuer = visit.parameter("iss");
    if issuer != provider.issuer && (endpoints.names_itself || !issuer.is_empty()) {
        return failed(visit, &provider, back, &Failure::Refused("another issuer".into()));
    }
    let (error, code) = (visit.parameter("error"), visit.parameter("code"));
    if error == "access_denied" || code.is_empty() && error.ends_with("_required") {
        return page(visit, 403, &provider.label, back, FederatedState::Cancelled);
    }
    if !error.is_empty() || code.is_empty() {
        let why = error.chars().filter(char::is_ascii_graphic).take(64).collect();
        return failed(visit, &provider, back, &Failure::Refused(why));
    }
    let named = match assertion(visit, &client, &endpoints, &flow, code).await {
        Ok(named) => named,
        Err(failure) => return failed(visit, &provider, back, &failure),
    };
    let asserted = Asserted {
        provider: provider.id.clone(),
        issuer: provider.issuer.clone(),
        subject: named.subject,
        name: named.name,
        address: named.address,
        flow: flow.id,
        begun: flow.begun,
        until: flow.begun.saturating_add(LIFE),
    };
    let fresh = named.authenticated.is_some_and(|at| at.saturating_add(TOLERANCE_S) >= flow.begun.div_euclid(1000));
    match flow.aim {
        Aim::SignIn { next } => sign_in(visit, &provider, asserted, (&next, named.authenticated.is_some() && !fresh)).await,
        Aim::Test { uid, session } => {
            let own = own_session(visit, route)?;
            if own.uid != uid || own.hash != session {
                return page(visit, 403, &provider.label, back, FederatedState::Unconfirmed);
            }
            directory::tested(visit, flow.version, &asserted.subject, cookie(&visit.origin, "")).await
        }
        Aim::Confirm { uid, session, next } => confirm(visit, route, &provider, (uid, session), asserted, (&next, fresh)).await,
        aim => show(visit, &provider, asserted, aim),
    }
}

/// Whom the provider names for a code of this flow.
async fn assertion(visit: &Visit, client: &Client<'_>, endpoints: &Endpoints, flow: &Flow, code: &str) -> Result<Named, Failure> {
    let provider = client.provider;
    let token = client.exchange(endpoints, code, &flow.verifier, &callback_of(visit, &provider.id)).await?;
    let keys = client.keys(endpoints, id_token::key_id(&token).as_deref()).await?;
    let named = id_token::verify(&token, &keys, provider, &flow.nonce, clock::now());
    named.ok_or_else(|| Failure::Refused("its assertion does not hold".into()))
}

/// The login: the identity leads to an account, which opens the session or does not, and in that case not to be told from none.
/// `unasked`: the provider says that it asked for no password this time.
async fn sign_in(visit: &Visit, provider: &Provider, asserted: Asserted, (next, unasked): (&str, bool)) -> Outcome {
    if visit.on_line && visit.line.is_none() {
        return elsewhere(visit, "", next);
    }
    let key = identity_key(visit.service, &asserted.provider, &asserted.issuer, &asserted.subject);
    let resolved = visit.ask(Kind::Names, &shard_of(&key), Resolve { key: key.clone() }).await?;
    let refusal = match resolved.ok().and_then(|resolved| resolved.uid) {
        None => Refusal::NotFound,
        Some(uid) => {
            let fresh = Fresh::new()?;
            let browser = presented(visit, &uid).map_or_else(String::new, |id| secret::hash(&id));
            let command = SignInLinked { asserted, session: fresh.stored(visit), browser, stale: unasked };
            match visit.ask(Kind::Account, &uid, command).await? {
                Ok(opened) => {
                    let mut cookies = fresh.cookies(visit, uid, opened.stage, opened.known)?;
                    cookies.extend(remembered(visit, &opened.preferences));
                    cookies.push(cookie(&visit.origin, ""));
                    return Ok(Answer::See { path: after_login(visit, opened.stage, next), cookies });
                }
                Err(refusal) => refusal,
            }
        }
    };
    clock::until(visit.arrived.saturating_add(FLOOR)).await;
    let state = match refusal {
        Refusal::Line => return elsewhere(visit, "", next),
        Refusal::TrialEnded => FederatedState::TrialEnded,
        Refusal::Used => FederatedState::Expired,
        _ => FederatedState::Nobody,
    };
    page(visit, 403, &provider.label, visit.path(&Route::SignIn), state)
}

/// Back to what asked for it, if it was the account's own person, and just now.
async fn confirm(
    visit: &Visit,
    route: &Route,
    provider: &Provider,
    (uid, session): (String, String),
    asserted: Asserted,
    (next, fresh): (&str, bool),
) -> Outcome {
    let own = own_session(visit, route)?;
    let back = Aim::Confirm { uid: uid.clone(), session: session.clone(), next: next.to_owned() }.back(visit);
    if own.uid != uid || own.hash != session || !fresh {
        return page(visit, 403, &provider.label, back, FederatedState::Unconfirmed);
    }
    match visit.ask(Kind::Account, &uid, ConfirmLinked { session, asserted }).await? {
        Ok(_) => Ok(Answer::See { path: after_login(visit, own_stage(visit), next), cookies: vec![cookie(&visit.origin, "")] }),
        Err(Refusal::SignedOut) => Err(Stop::Instead(crate::answer::to_sign_in(visit, route))),
        Err(_) => page(visit, 403, &provider.label, back, FederatedState::Unconfirmed),
    }
}

/// Which account will be linked, before it is.
fn show(visit: &Visit, provider: &Provider, asserted: Asserted, aim: Aim) -> Outcome {
    let (name, address) = (asserted.name.clone(), asserted.address.clone());
    let back = aim.back(visit);
    let state = FederatedState::Check {
        linked: sealed(visit, Purpose::Assertion, &Shown { asserted, version: provider.version.clone(), aim })?,
        name,
        address,
    };
    page(visit, 200, &provider.label, back, state)
}

/// 確認: what the page has shown is saved, if it was shown for this aim; `by` says with what right. A refusal that only the caller
/// has words for goes back to it.
///
/// # Errors
/// A fault.
pub async fn take(
    visit: &Visit,
    linked: &str,
    aim: &Aim,
    (uid, contract, by): (&str, &str, By),
) -> Result<Result<Answer, Refusal>, Stop> {
    let shown: Option<Shown> = opened(visit, Purpose::Assertion, linked);
    let back = aim.back(visit);
    let Some(Shown { asserted, version, .. }) = shown.filter(|shown| shown.aim == *aim && visit.arrived < shown.asserted.until)
    else {
        return page(visit, 400, "", back, FederatedState::Expired).map(Ok);
    };
    if let Some(ended) = ended(visit, &asserted.provider, &back).await? {
        return Ok(Ok(ended));
    }
    let as_shown = |own: &Rc<Provider>| own.version == version && own.issuer == asserted.issuer;
    let provider = provider(visit, &asserted.provider, aim).await?.filter(as_shown);
    let Some(provider) = provider else {
        return page(visit, 403, "", back, FederatedState::Gone).map(Ok);
    };
    let key = identity_key(visit.service, &asserted.provider, &asserted.issuer, &asserted.subject);
    let reserve = Reserve { key: key.clone(), uid: uid.to_owned(), contract: contract.to_owned() };
    let reserved = visit.ask(Kind::Names, &shard_of(&key), reserve).await?;
    if !reserved.is_ok_and(|reserved| reserved.uid == uid) {
        return page(visit, 409, &provider.label, back, FederatedState::Taken).map(Ok);
    }
    let registers = matches!(by, By::Link { purpose: durable::rules::link::Purpose::Invitation, .. });
    let command = durable::account::TakeLinked { asserted, by, address: visit.address() };
    let done: Reply<Done> = visit.ask(Kind::Account, uid, command).await?;
    if done.is_ok() {
        // The account's outbox confirms it too; the person may log in with it before that.
        let _ = visit.ask(Kind::Names, &shard_of(&key), Confirm { key, uid: uid.to_owned() }).await;
    }
    let sign_in = if visit.menu { Route::MenuDoor(Box::new(Route::SignIn)).path() } else { Route::SignIn.path() };
    match done {
        Ok(_) if registers => page(visit, 200, &provider.label, sign_in, FederatedState::Registered).map(Ok),
        Ok(_) => page(visit, 200, &provider.label, sign_in, FederatedState::Changed).map(Ok),
        Err(Refusal::Fixed { .. }) => page(visit, 409, &provider.label, back, FederatedState::Other).map(Ok),
        Err(Refusal::Used) => page(visit, 409, &provider.label, back, FederatedState::Same).map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}
