//! What arrived, parsed once. A handler never looks at the request again: service, language, session and form are here.

use std::{collections::BTreeSet, rc::Rc};

use durable::{
    Millis,
    account::Preferences,
    profile::{self, Profile, Service},
    rules::{date::Zone, line::Line},
    seal::Seals,
    shell::call::{self, Kind},
};
use futures_util::StreamExt;
use worker::{Env, js_sys::Uint8Array, wasm_bindgen_futures::JsFuture, web_sys::Request};

use crate::{
    config::{Config, Place},
    pages::{Brand, Chrome, Trouble},
    route::{Route, pairs},
    session::{self, Session},
    texts::Lang,
    view,
};

/// A request, understood.
pub struct Visit {
    /// The runtime's bindings.
    pub env: Env,
    /// The configuration.
    pub config: Rc<Config>,
    /// The service whose host was asked.
    pub service: Service,
    /// This service's own origin.
    pub origin: String,
    /// What was chosen about the pages in this browser.
    pub chosen: Preferences,
    /// The person's language.
    pub lang: Lang,
    /// The person's time zone.
    pub zone: Zone,
    /// The session cookie, if it is one of ours and has not expired; the Account decides whether it lives.
    pub session: Option<Session>,
    /// Whether it is a page of 認証・契約情報変更メニュー, whose sessions have a cookie of their own.
    pub menu: bool,
    /// Whether a line host was asked (ST-060).
    pub on_line: bool,
    /// The line that the gateway says the request came over; only on a line host.
    pub line: Option<Line>,
    /// When the request arrived.
    pub arrived: Millis,
    /// Whether the method is one that acts.
    pub acts: bool,
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The query's pairs.
    pub query: Vec<(String, String)>,
    /// The body, empty for methods without one.
    pub body: Vec<u8>,
    /// The request's headers that handlers ask for.
    pub headers: worker::Headers,
}

/// The address of a request, in its parts. The runtime hands it over serialised (WHATWG URL), so that taking it apart is
/// splitting it.
pub struct Address<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// Host and, unless it is the scheme's own, port.
    pub host: &'a str,
    /// The path, percent-encoded.
    pub path: &'a str,
    /// What follows the question mark; empty without one.
    pub query: &'a str,
}

impl<'a> Address<'a> {
    /// The parts of a serialised address; `None` for another scheme's.
    pub fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let at = rest.find('/').unwrap_or(rest.len());
        let (host, path) = rest.split_at_checked(at)?;
        Some(Self { scheme, host, path: if path.is_empty() { "/" } else { path }, query })
    }
}

/// A form: names and values, each name once.
pub struct Form(Vec<(String, String)>);

impl Visit {
    /// Reads what every handler needs; the body comes later ([`Visit::read_body`]).
    pub fn new(
        request: &Request,
        env: Env,
        config: Rc<Config>,
        (place, line, menu): (Place, Option<Line>, bool),
        address: &Address,
        arrived: Millis,
    ) -> Self {
        let headers = worker::Headers(request.headers());
        let header = |name: &str| headers.get(name).ok().flatten().unwrap_or_default();
        let chosen = view::find(&header("cookie"), &place.origin);
        let Address { path, query, .. } = *address;
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let mut visit = Self {
            service: place.service,
            origin: place.origin,
            lang: Lang::of_tag(&chosen.language).unwrap_or_else(|| Lang::accepted(&header("accept-language"))),
            zone: chosen.zone.unwrap_or(Zone::TOKYO),
            chosen,
            session: None,
            menu,
            on_line: place.line,
            line,
            arrived,
            acts: false,
            method: request.method(),
            target,
            query: pairs(query).unwrap_or_default(),
            body: Vec::new(),
            env,
            config,
            headers,
        };
        visit.come_by(menu);
        visit
    }

    /// Comes by this door, with the session that the browser has there. One that was opened over a line is one of that line's requests
    /// only; without the gateway's word it is nobody's.
    pub fn come_by(&mut self, menu: bool) {
        self.menu = menu;
        let (cookies, keys) = (self.header("cookie"), &self.config.session_keys);
        let session = session::find(&cookies, keys, (&self.origin, self.number()), menu, self.arrived);
        self.session = session.filter(|_| self.on_line == self.line.is_some());
    }

    /// A header's value; empty when it is missing or unreadable.
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).ok().flatten().unwrap_or_default()
    }

    /// The caller's address as the edge tells it, empty when it does not.
    pub fn address(&self) -> String {
        self.header("cf-connecting-ip")
    }

    /// The browser.
    pub fn agent(&self) -> String {
        self.header("user-agent")
    }

    /// 回線番号 that the request came over; empty from the Internet.
    pub fn number(&self) -> &str {
        self.line.as_ref().map_or("", |line| &line.number)
    }

    /// The first value of a query parameter.
    pub fn parameter(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The policies of the service.
    pub fn profile(&self) -> &'static Profile {
        profile::of(self.service)
    }

    /// The service's looks.
    pub fn brand(&self) -> Brand {
        self.config.brand(self.service)
    }

    /// A frame that nobody is logged in to.
    ///
    /// # Errors
    /// When the runtime has no randomness.
    pub fn chrome(&self) -> worker::Result<Chrome> {
        let chrome = Chrome::new(self.lang, self.brand(), crate::clock::id()?);
        // What was sent is not sent again: its address is the form's.
        let here = if self.acts { self.target.split('?').next().unwrap_or_default() } else { &self.target };
        Ok(Chrome {
            here: here.to_owned(),
            zone: self.zone,
            menu: self.menu,
            storage: self.profile().settings,
            line: self.on_line,
            ..chrome
        })
    }

    /// What seals for a browser to keep.
    pub fn seals(&self) -> Seals {
        Seals::new(self.config.data_keys.iter().map(|key| key.reveal().to_owned()).collect())
    }

    /// The path of a route as this door has it.
    pub fn path(&self, route: &Route) -> String {
        if self.menu && route.has_menu_door() { format!("/menu{}", route.path()) } else { route.path() }
    }

    /// Whether the request comes from one of our own pages. A missing `Origin` needs the browser's own word for it.
    pub fn same_origin(&self) -> bool {
        match self.headers.get("origin").ok().flatten() {
            Some(origin) => origin == self.origin,
            None => self.header("sec-fetch-site") == "same-origin",
        }
    }

    /// Reads the body up to `limit` bytes.
    ///
    /// # Errors
    /// [`Trouble::TooLarge`] behind the limit, [`Trouble::BadRequest`] when it breaks off.
    pub async fn read_body(&mut self, request: Request, limit: usize) -> Result<(), Trouble> {
        let announced = self.header("content-length");
        // HTTP holds a body to its announced length, so that it can be read at once.
        if let Ok(length) = announced.parse::<usize>() {
            if length > limit {
                return Err(Trouble::TooLarge);
            }
            let reading = request.array_buffer().map_err(|_| Trouble::BadRequest)?;
            let buffer = JsFuture::from(reading).await.map_err(|_| Trouble::BadRequest)?;
            self.body = Uint8Array::new(&buffer).to_vec();
            return Ok(());
        }
        if request.body().is_none() {
            return Ok(());
        }
        let mut stream = worker::Request::from(request).stream().map_err(|_| Trouble::BadRequest)?;
        while let Some(chunk) = stream.next().await {
            self.body.extend_from_slice(&chunk.map_err(|_| Trouble::BadRequest)?);
            if self.body.len() > limit {
                return Err(Trouble::TooLarge);
            }
        }
        Ok(())
    }

    /// Whether the body is of this media type.
    pub fn is(&self, media_type: &str) -> bool {
        let header = self.header("content-type");
        header.split(';').next().is_some_and(|given| given.trim().eq_ignore_ascii_case(media_type))
    }

    /// The body as text.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub fn text(&self) -> Result<&str, Trouble> {
        core::str::from_utf8(&self.body).map_err(|_| Trouble::BadRequest)
    }

    /// The body as a form.
    ///
    /// # Errors
    /// What is wrong with it: type, encoding, or a doubled field by name.
    pub fn form(&self) -> Result<Form, Trouble> {
        if !self.is("application/x-www-form-urlencoded") {
            return Err(Trouble::WrongType);
        }
        let fields = pairs(self.text()?).ok_or(Trouble::BadRequest)?;
        let mut names = BTreeSet::new();
        if let Some((twice, _)) = fields.iter().find(|(name, _)| !names.insert(name.as_str())) {
            return Err(Trouble::Unreadable { field: twice.chars().take(64).collect() });
        }
        Ok(Form(fields))
    }

    /// Asks an object of this request.
    ///
    /// # Errors
    /// A fault.
    pub async fn ask<C: durable::ask::Ask>(
        &self,
        kind: Kind,
        name: &str,
        command: C,
    ) -> worker::Result<durable::ask::Reply<C::Answer>> {
        call::ask(&self.env, kind, name, command).await
    }

    /// Where to come back to after a login: this page, or the one whose form was sent.
    pub fn comes_back_to(&self, route: &Route) -> String {
        if !route.comes_back() {
            return String::new();
        }
        if self.acts { self.path(route) } else { self.target.clone() }
    }
}

impl Form {
    /// A field that has to be there.
    ///
    /// # Errors
    /// [`Trouble::Unreadable`] that names it.
    pub fn need(&self, name: &str) -> Result<&str, Trouble> {
        let field = self.0.iter().find(|(key, _)| key == name);
        field.map(|(_, value)| value.as_str()).ok_or_else(|| Trouble::Unreadable { field: name.to_owned() })
    }

    /// The names of all fields, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// A field that may be missing.
    pub fn may(&self, name: &str) -> &str {
        self.need(name).unwrap_or_default()
    }

    /// The form's operation id.
    ///
    /// # Errors
    /// [`Trouble::Unreadable`] when it is not 32 hex digits.
    pub fn operation(&self) -> Result<&str, Trouble> {
        let id = self.need("operation")?;
        let hex = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex.then_some(id).ok_or_else(|| Trouble::Unreadable { field: "operation".to_owned() })
    }
}
