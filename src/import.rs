//! CSVで一括招待 over HTTP, and what works an import off: from the outbox of whoever started it, a part at a time, each row by itself.
//! A row that was done is not done again: its account knows the import, and its result stands in the Contract.

use durable::{
    account::StartImport,
    contract::{
        Import, ImportView, PutImport, WorkImport,
        import::{Row, State, Step},
    },
    profile::{Profile, Service},
    refusal::Refusal,
    rules::{
        access::{Act, Actor, Role},
        date::{Day, Zone},
    },
    shell::{
        call::{self, Kind},
        courier::Delivery,
    },
};
use futures_util::StreamExt;
use worker::{
    Env, js_sys,
    wasm_bindgen::{self, JsValue, prelude::wasm_bindgen},
};

use crate::{
    answer::{Answer, Outcome, Stop, refused, to_sign_in},
    clock,
    console::{Guest, actor_of, invite},
    multipart,
    pages::{FileError, ImportForm, ImportLive, ImportPage, Template, Trouble},
    route::{Route, encode},
    table,
    users::{chrome, list_link, watcher},
    visit::Visit,
};

/// Rows that are stored in one call.
const CHUNK: usize = 1_000;
/// Users that are invited side by side.
const SIDE_BY_SIDE: usize = 2;
/// A breath behind each: what goes from promise to promise would let nobody else in.
const PAUSE: core::time::Duration = core::time::Duration::from_millis(5);
/// How long one run of the outbox works at it.
const RUN: durable::Millis = 5_000;

#[wasm_bindgen]
extern "C" {
    /// The runtime's own decoder (WHATWG Encoding).
    type TextDecoder;

    #[wasm_bindgen(constructor, catch)]
    fn new(label: &str, options: &JsValue) -> Result<TextDecoder, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn decode(this: &TextDecoder, bytes: &[u8]) -> Result<String, JsValue>;
}

/// UTF-8 with or without a mark, or else `Shift_JIS`, as spreadsheets in Japan write files.
fn decoded(bytes: &[u8]) -> Option<String> {
    if let Ok(text) = core::str::from_utf8(bytes) {
        return Some(text.to_owned());
    }
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"fatal".into(), &true.into()).ok()?;
    TextDecoder::new("shift_jis", &options).ok()?.decode(bytes).ok()
}

/// What was sent: the operation id, and the table as text.
fn sent(visit: &Visit) -> Result<(String, Result<String, FileError>), Stop> {
    if !visit.is("multipart/form-data") {
        let form = visit.form()?;
        return Ok((form.operation()?.to_owned(), Ok(form.may("text").to_owned())));
    }
    let header = visit.header("content-type");
    let boundary = multipart::boundary(&header).ok_or(Trouble::BadRequest)?;
    let parts = multipart::parts(&visit.body, boundary).ok_or(Trouble::BadRequest)?;
    let part = |name: &str| parts.iter().find(|(field, _)| field == name).map_or(&[][..], |(_, content)| *content);
    let operation = core::str::from_utf8(part("operation")).unwrap_or_default();
    if operation.len() != 32 || !operation.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Trouble::Unreadable { field: "operation".to_owned() }.into());
    }
    let bytes = if part("file").is_empty() { part("text") } else { part("file") };
    Ok((operation.to_owned(), decoded(bytes).ok_or(FileError::Encoding)))
}

/// How the contract's import stands, for whoever may import.
async fn look(visit: &Visit, route: &Route, actor: &Actor, step: Step) -> Result<ImportView, Stop> {
    let work = WorkImport { actor: actor.clone(), step };
    let view = visit.ask(Kind::Contract, &actor.contract, work).await?;
    view.map_err(|refusal| refused(visit, route, &refusal))
}

/// GET and POST /import
pub async fn import(visit: &Visit, route: &Route) -> Outcome {
    if visit.acts { put(visit, route).await } else { page(visit, route).await }
}

fn form(visit: &Visit, actor: &Actor, status: u16, error: Option<FileError>, pasted: String) -> Outcome {
    Answer::page_with(status, &ImportForm { chrome: chrome(visit, actor)?, error, pasted })
}

/// The file that was checked last, or the form; with `X-Live` only the part that follows.
async fn page(visit: &Visit, route: &Route) -> Outcome {
    let unreadable = |field: &str| Trouble::Unreadable { field: field.to_owned() };
    let after = match visit.parameter("after") {
        "" => 0,
        text => text.parse::<u32>().map_err(|_| unreadable("after"))?,
    };
    let only = match visit.parameter("show") {
        "" => None,
        code => Some(State::ALL.into_iter().find(|state| state.code() == code).ok_or_else(|| unreadable("show"))?),
    };
    let watcher = watcher(visit);
    let alone = watcher.is_some();
    let actor = actor_of(visit, route, Act::Import, !alone).await?;
    let view = look(visit, route, &actor, Step::Look(after, only)).await?;
    let counts = State::ALL.map(|state| view.count(state));
    let Some(import) = view.import.filter(|import| import.runs() || visit.parameter("new").is_empty()) else {
        return form(visit, &actor, 200, None, String::new());
    };
    let watch = if import.runs() { Some(list_link(visit, &actor, watcher)?) } else { None };
    let page = ImportPage {
        chrome: chrome(visit, &actor)?,
        id: import.id,
        begun: import.begun.is_some(),
        ended: import.ended.is_some(),
        counts,
        rows: view.rows,
        only,
        after,
        more: view.more,
        watch,
    };
    if alone {
        return Ok(Answer::Page { status: 200, html: ImportLive(&page).render()? });
    }
    Answer::page(&page)
}

/// Whether an actor may invite managers.
fn managers(profile: &Profile, actor: &Actor) -> bool {
    profile.below(actor.role).contains(&Role::Manager)
}

/// 内容を確認: the rows are stored with everything that is wrong with them; nobody is invited.
async fn put(visit: &Visit, route: &Route) -> Outcome {
    let actor = actor_of(visit, route, Act::Import, true).await?;
    let (_, text) = sent(visit)?;
    look(visit, route, &actor, Step::Look(u32::MAX, None)).await?;
    let pasted = text.as_ref().map_or_else(|_| String::new(), |text| text.chars().take(4_000).collect());
    let rows = match text.and_then(|text| table::users(&text, managers(visit.profile(), &actor))) {
        Ok(rows) => rows,
        Err(why) => return form(visit, &actor, 422, Some(why), pasted),
    };
    let id = clock::id()?;
    let new = Import { id: id.clone(), by: actor.login.clone(), at: visit.arrived, begun: None, ended: None };
    let mut import = Some(new);
    for some in rows.chunks(CHUNK) {
        let put = PutImport { actor: actor.clone(), import: import.take(), id: id.clone(), rows: some.to_vec() };
        match visit.ask(Kind::Contract, &actor.contract, put).await? {
            Ok(_) => {}
            Err(Refusal::Occupied) => return form(visit, &actor, 409, Some(FileError::Occupied), pasted),
            Err(refusal) => return Err(refused(visit, route, &refusal)),
        }
    }
    Ok(Answer::see(route.path()))
}

/// POST /import/start: from now on it goes on by itself.
pub async fn start(visit: &Visit, route: &Route) -> Outcome {
    let form = visit.form()?;
    let (operation, id) = (form.operation()?.to_owned(), form.may("id").to_owned());
    let actor = actor_of(visit, route, Act::Import, true).await?;
    let Some(session) = &visit.session else { return Err(Stop::Instead(to_sign_in(visit, route))) };
    let command = StartImport { session: session.hash.clone(), id: id.clone(), operation, address: visit.address() };
    match visit.ask(Kind::Account, &session.uid, command).await? {
        Ok(_) => {
            // It counts as begun from now on; the outbox begins a moment later.
            let work = WorkImport { actor: actor.clone(), step: Step::Go(id, Vec::new()) };
            let _ = visit.ask(Kind::Contract, &actor.contract, work).await?;
            Ok(Answer::see(Route::Import.path()))
        }
        Err(Refusal::ConfirmDue) => Ok(Answer::see(format!("{}?next={}", Route::Confirm.path(), encode(&Route::Import.path())))),
        Err(refusal) => Err(refused(visit, route, &refusal)),
    }
}

/// POST /import/stop
pub async fn stop(visit: &Visit, route: &Route) -> Outcome {
    let form = visit.form()?;
    form.operation()?;
    let id = form.may("id").to_owned();
    let actor = actor_of(visit, route, Act::Import, true).await?;
    let work = WorkImport { actor: actor.clone(), step: Step::Stop(id) };
    match visit.ask(Kind::Contract, &actor.contract, work).await? {
        Ok(_) | Err(Refusal::Used) => Ok(Answer::see(Route::Import.path())),
        Err(refusal) => Err(refused(visit, route, &refusal)),
    }
}

/// Works off some of an import, in the name of who started it: until there is nothing left to do, or a run's time is over.
///
/// # Errors
/// A fault; whatever was done is found again.
pub async fn work(env: &Env, service: Service, actor: &Actor, id: &str) -> worker::Result<Delivery> {
    let until = clock::now().saturating_add(RUN);
    let mut results = Vec::new();
    loop {
        let step = Step::Go(id.to_owned(), core::mem::take(&mut results));
        let go = WorkImport { actor: actor.clone(), step };
        // Another file has taken its place, it was stopped, or he may not import any more.
        let Ok(view) = call::ask(env, Kind::Contract, &actor.contract, go).await? else { return Ok(Delivery::Sent) };
        if view.rows.is_empty() {
            return Ok(Delivery::Sent);
        }
        if clock::now() >= until {
            return Ok(Delivery::Again);
        }
        let each = view.rows.into_iter().map(|row| one(env, service, actor, row, id));
        let done: Vec<Option<(u32, State)>> = futures_util::stream::iter(each).buffer_unordered(SIDE_BY_SIDE).collect().await;
        results.extend(done.into_iter().flatten());
        if results.is_empty() {
            return Ok(Delivery::Later);
        }
    }
}

/// One row; a fault leaves it to be tried again.
async fn one(env: &Env, service: Service, actor: &Actor, row: Row, id: &str) -> Option<(u32, State)> {
    let start = row.start.unwrap_or_else(|| Day::at(clock::now(), Zone::TOKYO));
    worker::Delay::from(PAUSE).await;
    let guest = Guest { login: row.login, name: row.name, manager: row.manager, start };
    match invite(env, service, actor, guest, id, true).await {
        Ok(Ok(_)) => Some((row.line, State::Invited)),
        Ok(Err(Refusal::Taken)) => Some((row.line, State::Known)),
        Ok(Err(_)) => Some((row.line, State::Refused)),
        Err(why) => {
            worker::console_error!("import, row {}: {why}", row.line);
            None
        }
    }
}
