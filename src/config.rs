//! Configuration (interface, section 2), read once. A malformed setting answers 500 on every page, with one log line that
//! names the setting; nothing runs on a half-understood configuration.

use std::{cell::OnceCell, collections::BTreeMap, rc::Rc};

use durable::{
    json,
    profile::Service,
    secret::{self, Secret},
};
use jwt_simple::prelude::HS256Key;
use serde::Deserialize;
use worker::Env;

use crate::{
    federation,
    handover::{self, HandOver},
    line::Key,
    pages::{Brand, Colour},
    sms::Provider,
    visit::Address,
};

/// Shortest secret, in characters.
const SECRET: usize = 32;
/// Password posts per address and minute, unless configured.
const POSTS: u32 = 600;
/// What the example file's secrets begin with; refused outside localhost.
const EXAMPLE: &str = "example-";

/// Everything configurable that the pages of this version use.
pub struct Config {
    /// Each service's own origin, e.g. `https://ccnw-gi.coconowork.jp`.
    origins: BTreeMap<Service, String>,
    /// Where a service is asked over lines (ST-060), if it is.
    lines: BTreeMap<Service, String>,
    /// The key of the gateway that says which line a request came over; without one, none has come over any.
    pub gateway: Option<Key>,
    /// Signs (the first) and verifies (all) session cookies and tickets.
    pub session_keys: Vec<HS256Key>,
    /// The first makes device keys and links, all verify links.
    pub data_keys: Vec<Secret>,
    /// Operator names and tokens.
    operators: BTreeMap<String, Secret>,
    /// Names and looks.
    brands: BTreeMap<Service, Brand>,
    /// Who sends SMS; without one there are none.
    pub sms: Option<Provider>,
    /// The outer limit of password posts per address and minute.
    pub posts_per_minute: u32,
    /// The applications that a login continues at, and the keys that say so.
    pub handover: HandOver,
    /// The linked services, in the order of their buttons.
    pub providers: Vec<Rc<federation::Provider>>,
}

/// Which service a host belongs to, and what its own origin is on this host.
pub struct Place {
    /// The service.
    pub service: Service,
    /// The origin that its pages have.
    pub origin: String,
    /// Whether it is the host for 回線認証.
    pub line: bool,
}

thread_local! {
    static CONFIG: OnceCell<Result<Rc<Config>, String>> = const { OnceCell::new() };
}

/// The configuration.
///
/// # Errors
/// The name of the malformed setting and what is wrong with it.
pub fn read(env: &Env) -> Result<Rc<Config>, String> {
    CONFIG.with(|cell| cell.get_or_init(|| Config::parse(env).map(Rc::new)).clone())
}

/// `BRANDS`, per service; what is missing keeps its shipped value.
#[derive(Deserialize)]
struct BrandSetting {
    name: Option<String>,
    logo: Option<String>,
    colour: Option<String>,
    support: Option<String>,
    terms: Option<String>,
    operator: Option<String>,
}

fn setting(env: &Env, name: &str) -> Result<String, String> {
    optional(env, name).ok_or_else(|| format!("{name}: missing"))
}

fn optional(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}

fn keys(env: &Env, name: &str, local: bool) -> Result<Vec<String>, String> {
    let keys: Vec<String> =
        json::read(&setting(env, name)?).map_err(|why| format!("{name}: not a JSON list of strings: {why}"))?;
    if keys.is_empty() || keys.iter().any(|key| key.chars().count() < SECRET) {
        return Err(format!("{name}: needs at least one string, each of {SECRET} characters or more"));
    }
    if !local && keys.iter().any(|key| key.starts_with(EXAMPLE)) {
        return Err(format!("{name}: still holds an example value"));
    }
    Ok(keys)
}

impl Config {
    fn parse(env: &Env) -> Result<Self, String> {
        let mut origins = BTreeMap::new();
        for (service, name) in [
            (Service::Coconowork, "COCONOWORK_ORIGIN"),
            (Service::Worksdrive, "WORKSDRIVE_ORIGIN"),
            (Service::CoworkStorage, "COWORK_STORAGE_ORIGIN"),
        ] {
            origins.insert(service, origin(name, setting(env, name)?)?);
        }
        let lines = lines(env, &origins)?;
        let local = origins.values().chain(lines.values()).all(|origin| is_local(origin));
        let gateway = match optional(env, "LINE_GATEWAY_JWK") {
            None => None,
            Some(json) => Some(Key::parse(&json).map_err(|why| format!("LINE_GATEWAY_JWK: {why}"))?),
        };
        let session_keys = keys(env, "SESSION_KEYS", local)?
            .iter()
            .map(|key| HS256Key::from_bytes(key.as_bytes()).with_key_id(&secret::key_id(key)))
            .collect();
        let data_keys = keys(env, "DATA_KEYS", local)?.into_iter().map(Secret::new).collect();
        let posts_per_minute = match optional(env, "PASSWORD_POSTS_PER_MINUTE") {
            None => POSTS,
            Some(text) => text.parse().map_err(|_| "PASSWORD_POSTS_PER_MINUTE: not a whole number".to_owned())?,
        };
        let (operators, brands, sms) = (operators(env, local)?, brands(env)?, sms(env)?);
        let (handover, providers) = (hand_over(env)?, providers(env)?);
        Ok(Self {
            origins,
            lines,
            gateway,
            session_keys,
            data_keys,
            operators,
            brands,
            sms,
            posts_per_minute,
            handover,
            providers,
        })
    }

    /// The service of a request by its scheme and host; `None`: unknown host (421). 127.0.0.1 means ココナワーク while its
    /// own origin is local.
    pub fn place(&self, address: &Address) -> Option<Place> {
        let host = address.host;
        let is_host = |origin: &str| origin.split_once("://").is_some_and(|(_, own)| own == host);
        for (origins, line) in [(&self.origins, false), (&self.lines, true)] {
            if let Some((service, origin)) = origins.iter().find(|(_, origin)| is_host(origin)) {
                return Some(Place { service: *service, origin: origin.clone(), line });
            }
        }
        let own = self.origins.get(&Service::Coconowork)?;
        let loopback = is_local(own) && host.split(':').next() == Some("127.0.0.1");
        let origin = format!("{}://{host}", address.scheme);
        loopback.then_some(Place { service: Service::Coconowork, origin, line: false })
    }

    /// A service's own origin.
    pub fn origin(&self, service: Service) -> &str {
        self.origins.get(&service).map_or("", String::as_str)
    }

    /// The origin of its login page for 回線認証, if there is one.
    pub fn line_origin(&self, service: Service) -> Option<&str> {
        self.lines.get(&service).map(String::as_str)
    }

    /// A service's looks.
    pub fn brand(&self, service: Service) -> Brand {
        self.brands.get(&service).cloned().unwrap_or_else(Brand::neutral)
    }

    /// The operator whose token this is; every token is compared, in constant time.
    pub fn operator(&self, token: &str) -> Option<&str> {
        let given = secret::hash(token);
        let mut found = None;
        for (name, own) in &self.operators {
            if durable::rules::phc::same(secret::hash(own.reveal()).as_bytes(), given.as_bytes()) {
                found = Some(name.as_str());
            }
        }
        found
    }
}

/// A setting that has to be an origin.
fn origin(name: &str, origin: String) -> Result<String, String> {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    if host.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', '@'])) {
        return Err(format!("{name}: not an origin such as https://example.jp"));
    }
    Ok(origin)
}

/// The line hosts. One that were an ordinary host too would be both at once.
fn lines(env: &Env, origins: &BTreeMap<Service, String>) -> Result<BTreeMap<Service, String>, String> {
    let mut lines = BTreeMap::new();
    for (service, name) in
        [(Service::Worksdrive, "WORKSDRIVE_LINE_ORIGIN"), (Service::CoworkStorage, "COWORK_STORAGE_LINE_ORIGIN")]
    {
        let Some(text) = optional(env, name) else { continue };
        let line = origin(name, text)?;
        if origins.values().chain(lines.values()).any(|other| *other == line) {
            return Err(format!("{name}: the origin of something else"));
        }
        lines.insert(service, line);
    }
    Ok(lines)
}

/// Whether an origin is this machine.
fn is_local(origin: &str) -> bool {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let name = host.split([':', '/']).next().unwrap_or_default();
    name == "localhost" || name.ends_with(".localhost") || name == "127.0.0.1"
}

fn operators(env: &Env, local: bool) -> Result<BTreeMap<String, Secret>, String> {
    const NAME: &str = "OPERATOR_TOKENS";
    let tokens: BTreeMap<String, Secret> =
        json::read(&setting(env, NAME)?).map_err(|why| format!("{NAME}: not a JSON object of name and token: {why}"))?;
    if tokens.values().any(|token| token.reveal().chars().count() < SECRET) {
        return Err(format!("{NAME}: every token needs {SECRET} characters or more"));
    }
    if !local && tokens.values().any(|token| token.reveal().starts_with(EXAMPLE)) {
        return Err(format!("{NAME}: still holds an example value"));
    }
    Ok(tokens)
}

/// A service without an application's address ends a login at its top page.
fn hand_over(env: &Env) -> Result<HandOver, String> {
    const KEYS: &str = "HANDOVER_JWK";
    let keys = optional(env, KEYS).map_or_else(|| Ok(Vec::new()), |json| handover::parse_keys(&json));
    let keys = keys.map_err(|why| format!("{KEYS}: {why}"))?;
    let mut applications = BTreeMap::new();
    for (service, name) in [(Service::Worksdrive, "WORKSDRIVE_APP_URL"), (Service::CoworkStorage, "COWORK_STORAGE_APP_URL")] {
        let Some(url) = optional(env, name) else { continue };
        let application = handover::Application::parse(&url).filter(|application| application.is_https() || is_local(&url));
        let application = application.ok_or_else(|| format!("{name}: not an https address without query and fragment"))?;
        if keys.is_empty() {
            return Err(format!("{KEYS}: missing, while {name} is set"));
        }
        applications.insert(service, application);
    }
    Ok(HandOver { keys, applications })
}

/// A setting that is missing switches SMS off.
fn sms(env: &Env) -> Result<Option<Provider>, String> {
    let base = optional(env, "SMS_BASE_URL").map(|base| base.trim_end_matches('/').to_owned());
    if base.as_ref().is_some_and(|base| !(base.starts_with("https://") || base.starts_with("http://") && is_local(base))) {
        return Err("SMS_BASE_URL: not an https address".to_owned());
    }
    let rest = (optional(env, "SMS_ACCOUNT"), optional(env, "SMS_SECRET"), optional(env, "SMS_FROM"));
    Ok(match (base, rest) {
        (Some(base), (Some(account), Some(secret), Some(from))) => {
            Some(Provider { base, account, secret: Secret::new(secret), from })
        }
        _ => None,
    })
}

/// A missing setting leaves login by mail address and password.
fn providers(env: &Env) -> Result<Vec<Rc<federation::Provider>>, String> {
    const NAME: &str = "IDENTITY_PROVIDERS";
    let Some(text) = optional(env, NAME) else { return Ok(Vec::new()) };
    let providers = federation::parse(&text, |name| optional(env, name)).map_err(|why| format!("{NAME}: {why}"))?;
    Ok(providers.into_iter().map(Rc::new).collect())
}

fn brands(env: &Env) -> Result<BTreeMap<Service, Brand>, String> {
    let mut settings: BTreeMap<String, BrandSetting> = match optional(env, "BRANDS") {
        None => BTreeMap::new(),
        Some(json) => json::read(&json).map_err(|why| format!("BRANDS: {why}"))?,
    };
    let mut brands = BTreeMap::new();
    for service in Service::ALL {
        let mut brand = Brand::shipped(service.code()).unwrap_or_else(Brand::neutral);
        if let Some(own) = settings.remove(service.code()) {
            brand.name = own.name.unwrap_or(brand.name);
            brand.logo = own.logo.unwrap_or(brand.logo);
            brand.support = own.support.or(brand.support);
            brand.terms = own.terms;
            brand.operator = own.operator;
            if brand.terms.as_deref().is_some_and(|terms| !terms.starts_with("https://")) {
                return Err("BRANDS: terms is not an https address".to_owned());
            }
            if let Some(name) = own.colour {
                brand.colour = Colour::parse(&name).ok_or_else(|| format!("BRANDS: {name} is not a colour"))?;
            }
        }
        brands.insert(service, brand);
    }
    match settings.keys().next() {
        Some(unknown) => Err(format!("BRANDS: {unknown} is not a service")),
        None => Ok(brands),
    }
}
