//! Active Directory設定 over HTTP (ST-044, ST-045): the connection ID is made, settings are saved, tested by a login, removed. The
//! Contract decides; Names leads from the connection ID to it. The client secret is sealed here and never shown again.

use std::rc::Rc;

use durable::{
    account::{MenuView, TellConnection},
    contract::{
        Change, ChangeContract, Directories, Directory, ReadFacts,
        directory::{connection, connection_key, is_connection},
    },
    names::{Confirm, Reserve, Resolve, shard_of},
    refusal::Refusal,
    rules::menu::Item,
    seal::Purpose,
    secret::Secret,
    shell::call::Kind,
};

use crate::{
    answer::{Answer, Outcome, Stop, refused},
    clock,
    federation::{self, Aim, Provider, is_public, origin_of},
    menu::{actor, change, frame, permitted},
    pages::{Connection, DirectorySettings, DirectoryState, MenuField, MenuForm, ServiceDoor, Trouble},
    route::{MenuRoute, Route},
    sign_in::{too_often, within_outer_limit},
    texts,
    visit::{Form, Visit},
};

/// What an account there is called.
pub const LABEL: &str = "Active Directoryアカウント";
/// Longest text of a setting, in characters.
const TEXT: usize = 255;
/// Longest name of a claim.
const CLAIM: usize = 128;
/// What a metadata address has behind its issuer (OIDC Discovery 1.0, section 4).
const METADATA: &str = "/.well-known/openid-configuration";

/// What is typed into the form, and what is wrong with it.
struct Typed {
    server: String,
    client: String,
    claims: [String; 3],
    wrong: [bool; 5],
    secret_wrong: bool,
}

impl Typed {
    /// What is saved, or where to begin.
    fn of(view: &MenuView) -> Self {
        let stored = &view.facts.directories;
        let own = stored.draft.as_ref().or(stored.active.as_ref());
        let claims = own.map_or_else(
            || ["upn".to_owned(), "unique_name".to_owned(), String::new()],
            |own| [own.subject_claim.clone(), own.name_claim.clone(), own.address_claim.clone()],
        );
        let (server, client) = own.map(|own| (own.issuer.clone(), own.client.clone())).unwrap_or_default();
        Self { server, client, claims, wrong: [false; 5], secret_wrong: false }
    }

    fn read(visit: &Visit, form: &Form, has_secret: bool) -> Result<Self, Trouble> {
        let text = |name| form.need(name).map(|text| text.trim().to_owned());
        let (server, client, secret) = (text("server")?, text("client")?, form.need("secret")?);
        let claims = [text("subject")?, text("name")?, text("address")?];
        let [subject, name, address] = &claims;
        let optional = |claim: &String| claim.is_empty() || is_claim(claim);
        let wrong = [!is_server(visit, &server), !is_text(&client), !is_claim(subject), !optional(name), !optional(address)];
        let secret_wrong = if secret.is_empty() { !has_secret } else { !is_text(secret) };
        Ok(Self { server, client, claims, wrong, secret_wrong })
    }

    fn fits(&self) -> bool {
        !self.secret_wrong && self.wrong.iter().all(|wrong| !wrong)
    }

    fn fields(self, t: &'static texts::Directory) -> Vec<MenuField> {
        let [subject, name, address] = self.claims;
        let labels = [
            ("server", t.server, t.server_wrong),
            ("client", t.client, t.text_wrong),
            ("subject", t.subject, t.claim_wrong),
            ("name", t.name, t.claim_wrong),
            ("address", t.address, t.claim_wrong),
        ];
        let values = [self.server, self.client, subject, name, address];
        let all = labels.into_iter().zip(values).zip(self.wrong);
        let field = |(((name, label, error), value), wrong): (((_, _, &str), String), bool)| {
            let value = value.chars().take(TEXT).collect();
            MenuField { name, label, kind: "text", value, error: wrong.then(|| error.to_owned()) }
        };
        all.map(field).collect()
    }
}

fn is_text(text: &str) -> bool {
    (1..=TEXT).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn is_claim(text: &str) -> bool {
    (1..=CLAIM).contains(&text.len()) && text.bytes().all(|sign| sign.is_ascii_graphic())
}

/// An address of the public Internet without anything behind its path; any that may be asked, where our own origin is of this
/// machine.
fn is_server(visit: &Visit, text: &str) -> bool {
    let plain = text.bytes().all(|sign| sign.is_ascii_graphic() && !b"?#@\\\"<>".contains(&sign));
    let reached = is_public(text) || visit.origin.starts_with("http://") && origin_of(text).is_some();
    text.len() <= TEXT && plain && reached
}

/// GET and POST /menu/directory
pub async fn settings(visit: &Visit, route: &Route) -> Outcome {
    let view = permitted(visit, route, Item::ActiveDirectory).await?;
    if !visit.acts {
        let typed = Typed::of(&view);
        let tested = !visit.parameter("tested").is_empty() && view.facts.directories.active.is_some();
        let done = tested.then_some(texts::of(visit.lang).directory.test_done);
        return page(visit, &view, 200, typed, done);
    }
    let form = visit.form()?;
    form.operation()?;
    match form.may("act") {
        "issue" => {
            let view = put(visit, route, &view, None).await?;
            let typed = Typed::of(&view);
            page(visit, &view, 200, typed, None)
        }
        "remove" => remove(visit, route, &view, &form).await,
        "test" => {
            let actor = actor(visit, route).await?;
            federation::begin(visit, &view.facts.directories.connection, Aim::Test { uid: actor.uid, session: actor.session })
                .await
        }
        _ => save(visit, route, &view, &form).await,
    }
}

fn page(visit: &Visit, view: &MenuView, status: u16, typed: Typed, done: Option<&'static str>) -> Outcome {
    let t = &texts::of(visit.lang).directory;
    let stored = &view.facts.directories;
    let state = match (&stored.active, &stored.draft) {
        (None, None) => DirectoryState::None,
        (None, Some(_)) => DirectoryState::Draft,
        (Some(_), None) => DirectoryState::Active,
        (Some(_), Some(_)) => DirectoryState::Replaced,
    };
    let secret_error = typed.secret_wrong.then_some(t.secret_wrong);
    let facts = if stored.connection.is_empty() { Vec::new() } else { addresses(visit, &stored.connection) };
    let (has_secret, fields) = (state != DirectoryState::None, typed.fields(t));
    let page = DirectorySettings { chrome: frame(visit, view)?, state, done, facts, fields, has_secret, secret_error };
    let leads = [&stored.draft, &stored.active].into_iter().flatten().filter_map(|own| origin_of(&own.issuer));
    Ok(Answer::page_with(status, &page)?.leading(leads.map(str::to_owned).collect()))
}

/// What the users and the server have to be told.
fn addresses(visit: &Visit, connection: &str) -> Vec<(&'static str, String)> {
    let t = &texts::of(visit.lang).directory;
    let origin = visit.config.origin(visit.service);
    let address = |origin: &str| format!("{origin}/federation/{connection}");
    let callback = |origin: &str| (t.callback, format!("{}/callback", address(origin)));
    let line = visit.config.line_origin(visit.service);
    let mut told = vec![(t.connection, connection.to_owned()), (t.internet, address(origin))];
    told.extend(line.map(|origin| (t.line, address(origin))));
    told.push(callback(origin));
    told.extend(line.map(callback));
    told
}

/// Saves, to be tested.
async fn save(visit: &Visit, route: &Route, view: &MenuView, form: &Form) -> Outcome {
    let stored = &view.facts.directories;
    let former = stored.draft.as_ref().or(stored.active.as_ref());
    let typed = Typed::read(visit, form, former.is_some())?;
    if !typed.fits() || stored.connection.is_empty() {
        return page(visit, view, 422, typed, None);
    }
    let secret = match form.need("secret")? {
        "" => former.map(|own| own.secret.clone()).ok_or(Trouble::NotFound)?,
        plain => visit
            .seals()
            .seal(Purpose::ClientSecret, &view.contract, clock::random()?, plain.as_bytes())
            .ok_or(Trouble::NotFound)?,
    };
    let [subject_claim, name_claim, address_claim] = typed.claims.clone();
    let issuer = typed.server.strip_suffix(METADATA).unwrap_or(&typed.server).to_owned();
    let client = typed.client.clone();
    let draft = Directory { version: clock::id()?, issuer, client, secret, subject_claim, name_claim, address_claim };
    let view = put(visit, route, view, Some(draft)).await?;
    let typed = Typed::of(&view);
    page(visit, &view, 200, typed, None)
}

/// The Active Directory of a connection ID, where this service has it; `tests`: as it was saved last.
///
/// # Errors
/// A fault.
pub async fn provider(visit: &Visit, id: &str, tests: bool) -> worker::Result<Option<Rc<Provider>>> {
    let key = connection_key(visit.service, id);
    let resolved = visit.ask(Kind::Names, &shard_of(&key), Resolve { key: key.clone() }).await?;
    let Some(contract) = resolved.ok().and_then(|resolved| resolved.uid) else { return Ok(None) };
    let Some(own) = settings_of(visit, &contract).await?.filter(|own| own.connection == id) else { return Ok(None) };
    let opened = own.of(tests).and_then(|own| {
        let plain = visit.seals().open(Purpose::ClientSecret, &contract, &own.secret)?;
        Some((own.clone(), Secret::new(String::from_utf8(plain).ok()?)))
    });
    Ok(opened.map(|(own, client_secret)| {
        let Directory { version, issuer, client, subject_claim, name_claim, address_claim, .. } = own;
        Rc::new(Provider {
            id: id.to_owned(),
            label: LABEL.to_owned(),
            services: vec![visit.service],
            issuer,
            endpoints: None,
            client_id: client,
            client_secret,
            scopes: "openid".to_owned(),
            subject_claim,
            address_claim,
            name_claim,
            version,
            public: visit.origin.starts_with("https://"),
        })
    }))
}

async fn settings_of(visit: &Visit, contract: &str) -> worker::Result<Option<Directories>> {
    let facts = visit.ask(Kind::Contract, contract, ReadFacts).await?;
    Ok(facts.ok().filter(|facts| facts.service == visit.service).map(|facts| facts.directories))
}

/// The button of the contract's Active Directory, where it can be chosen (ST-044).
///
/// # Errors
/// A fault.
pub async fn door(visit: &Visit, contract: &str) -> worker::Result<Option<(ServiceDoor, String)>> {
    let own = settings_of(visit, contract).await?.filter(|own| own.active.is_some());
    Ok(own.map(|own| {
        let issuer = own.active.map_or_else(String::new, |active| active.issuer);
        let origin = origin_of(&issuer).unwrap_or_default().to_owned();
        (ServiceDoor { id: own.connection, label: LABEL.to_owned(), until: String::new() }, origin)
    }))
}

/// 接続IDの入力 with the way on to this connection.
///
/// # Errors
/// A fault.
pub fn found(visit: &Visit, connection: &str) -> Outcome {
    let (action, check) = (Route::FindDirectory.path(), Some(connection.to_owned()));
    Answer::page(&Connection { chrome: visit.chrome()?, action, check, typed: String::new(), unknown: false, hidden: Vec::new() })
}

/// GET and POST /federation: 接続IDの入力 (ST-041). What was typed is shown beside the way on, which is a link: a form's redirect to a
/// server that nobody knows beforehand would be stopped by the content security policy.
pub async fn find(visit: &Visit) -> Outcome {
    let page = |status, typed: &str, unknown| {
        let typed = typed.chars().take(64).collect();
        let action = Route::FindDirectory.path();
        Answer::page_with(
            status,
            &Connection { chrome: visit.chrome()?, action, check: None, typed, unknown, hidden: Vec::new() },
        )
    };
    if !visit.acts {
        return page(200, "", false);
    }
    if !within_outer_limit(visit) {
        return Err(too_often());
    }
    let form = visit.form()?;
    let typed = form.need("connection")?.trim().to_ascii_lowercase();
    if is_connection(&typed) && provider(visit, &typed, false).await?.is_some() {
        found(visit, &typed)
    } else {
        page(422, form.need("connection")?, true)
    }
}

/// 接続ID確認画面 of a mailed link at this path (ST-043).
///
/// # Errors
/// A fault.
pub fn check(visit: &Visit, action: String, connection: &str, origin: String) -> Outcome {
    let hidden = vec![("provider", connection.to_owned()), ("checked", "1".to_owned())];
    let check = Some(connection.to_owned());
    let page = Connection { chrome: visit.chrome()?, action, check, typed: String::new(), unknown: false, hidden };
    Ok(Answer::page(&page)?.leading(vec![origin]))
}

/// The contract takes the settings, and a connection ID if it has none; what it has then. The ID's entry in Names is reserved before
/// and confirmed behind it, at every saving: whatever was lost in between is made good by the next, and without it no test succeeds.
async fn put(visit: &Visit, route: &Route, view: &MenuView, draft: Option<Directory>) -> Result<MenuView, Stop> {
    let actor = actor(visit, route).await?;
    let contract = view.contract.clone();
    let own = match view.facts.directories.connection.as_str() {
        "" => connection(&clock::random()?),
        own => own.to_owned(),
    };
    let key = connection_key(visit.service, &own);
    let reserve = Reserve { key: key.clone(), uid: contract.clone(), contract: contract.clone() };
    visit.ask(Kind::Names, &shard_of(&key), reserve).await?.map_err(|refusal| refused(visit, route, &refusal))?;
    let change = Change::Directory { connection: own, draft };
    match visit.ask(Kind::Contract, &contract, ChangeContract { actor, change }).await? {
        Ok(_) | Err(Refusal::Used) => {}
        Err(refusal) => return Err(refused(visit, route, &refusal)),
    }
    let view = permitted(visit, route, Item::ActiveDirectory).await?;
    let key = connection_key(visit.service, &view.facts.directories.connection);
    let _ = visit.ask(Kind::Names, &shard_of(&key), Confirm { key: key.clone(), uid: contract }).await?;
    Ok(view)
}

/// The test login has succeeded with the settings of this version, and named `who`: they count, and the contractor is mailed what his
/// users need.
pub async fn tested(visit: &Visit, version: String, who: &str, cookie: String) -> Outcome {
    let route = &Route::Menu(MenuRoute::Directory);
    let actor = actor(visit, route).await?;
    let (contract, session) = (actor.contract.clone(), actor.session.clone());
    let uid = actor.uid.clone();
    let change = Change::DirectoryTested { version, who: who.to_owned() };
    if let Err(refusal) = visit.ask(Kind::Contract, &contract, ChangeContract { actor, change }).await? {
        return Err(refused(visit, route, &refusal));
    }
    let _ = visit.ask(Kind::Account, &uid, TellConnection { session }).await?;
    Ok(Answer::See { path: format!("{}?tested=1", MenuRoute::Directory.path()), cookies: vec![cookie] })
}

/// Asks, then removes.
async fn remove(visit: &Visit, route: &Route, view: &MenuView, form: &Form) -> Outcome {
    let t = &texts::of(visit.lang).directory;
    let asked = !form.may("asked").is_empty();
    if form.may("sure").is_empty() {
        let (lead, facts) = (vec![t.remove_lead.to_owned()], addresses(visit, &view.facts.directories.connection));
        let hidden = vec![("act", "remove".to_owned()), ("asked", "1".to_owned())];
        let tick = Some((t.remove_check, asked.then_some(t.remove_unchecked)));
        let action = MenuRoute::Directory.path();
        let new = MenuForm::new(frame(visit, view)?, t.remove);
        let page = MenuForm { lead, facts, hidden, tick, action, submit: t.remove, danger: true, cancel: true, ..new };
        return Answer::page_with(if asked { 422 } else { 200 }, &page);
    }
    change(visit, route, Change::NoDirectory, (t.title, t.removed)).await
}
