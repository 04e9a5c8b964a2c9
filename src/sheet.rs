//! ユーザアカウント一覧表: the page in parts of [`SHEET`] users, and all of it as a file. The file is made part by part while it is being read,
//! so that the largest contract takes no more memory than a page; each part asks anew who reads, so that a session that has
//! ended meanwhile ends the file too.

use core::panic::AssertUnwindSafe;

use durable::{
    Millis,
    account::WhoIs,
    contract::{self, Listed, Member, SHEET},
    rules::{
        access::Role,
        date::{Day, Zone, stamp},
    },
    shell::call::{self, Kind},
};
use worker::{
    Env, js_sys,
    wasm_bindgen::JsValue,
    wasm_bindgen_futures::{JsFuture, future_to_promise},
    web_sys::{TransformStream, WritableStreamDefaultWriter},
};

use crate::{
    answer::{Answer, Outcome, Stop, refused},
    csv,
    pages::{Plan, Range, Sheet, SheetRow, Stamp, Trouble},
    route::Route,
    texts::{self, Lang, Texts},
    users,
    visit::Visit,
};

/// GET /sheet; with `format=csv` as a file.
pub async fn sheet(visit: &Visit, route: &Route) -> Outcome {
    if !visit.profile().remote_access {
        return Err(Trouble::NotFound.into());
    }
    let unreadable = |field: &str| Trouble::Unreadable { field: field.to_owned() };
    let part = match visit.parameter("part") {
        "" => 1,
        text => text.parse::<u32>().ok().filter(|part| (1..=LAST).contains(part)).ok_or_else(|| unreadable("part"))?,
    };
    let csv = match visit.parameter("format") {
        "" => false,
        "csv" => true,
        _ => return Err(unreadable("format").into()),
    };
    let actor = users::actor(visit, route, true).await?;
    let skip = if csv { 0 } else { part.saturating_sub(1).saturating_mul(SHEET) };
    let contract = actor.contract.clone();
    let command = contract::Sheet { actor: actor.clone(), after: String::new(), skip };
    let listed = visit.ask(Kind::Contract, &contract, command).await?.map_err(|refusal| refused(visit, route, &refusal))?;
    if csv {
        return file(visit, contract, listed);
    }
    let rows: Vec<SheetRow> = listed.rows.iter().map(|member| row(member, visit.arrived)).collect();
    let (administrators, users): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.administrator);
    let shown = u64::try_from(users.len()).unwrap_or(0);
    let first = u64::from(skip).saturating_add(1);
    if shown == 0 && part > 1 {
        return Err(Trouble::NotFound.into());
    }
    Answer::page(&Sheet {
        chrome: users::chrome(visit, &actor)?,
        contract,
        made: Stamp(stamp(visit.arrived, visit.zone)),
        administrators,
        users,
        total: listed.users.into(),
        range: (shown > 0).then(|| Range { first, last: u64::from(skip).saturating_add(shown) }),
        part,
        more: listed.after,
    })
}

/// The last part that can be asked for.
const LAST: u32 = 100_000;

fn row(member: &Member, now: Millis) -> SheetRow {
    SheetRow {
        administrator: member.role == Role::Administrator,
        plan: Plan::of(&member.plan),
        login: member.login.clone(),
        temporary: member.temporary,
        start: member.start.to_string(),
        end: member.end.map(|day| day.to_string()),
        ended: member.end.is_some_and(|day| day.end(Zone::TOKYO) <= now),
        recent: member.recent,
    }
}

/// What a file is made of, part after part.
struct File {
    env: Env,
    uid: String,
    session: String,
    contract: String,
    brand: String,
    lang: Lang,
}

fn file(visit: &Visit, contract: String, first: Listed) -> Outcome {
    let Some(session) = &visit.session else { return Err(Stop::Trouble(Trouble::NotFound)) };
    let name = format!("accounts-{contract}-{}.csv", Day::at(visit.arrived, Zone::TOKYO));
    let file = File {
        env: visit.env.clone(),
        uid: session.uid.clone(),
        session: session.hash.clone(),
        contract,
        brand: visit.brand().name,
        lang: visit.lang,
    };
    let pipe = TransformStream::new().map_err(worker::Error::from)?;
    let body = pipe.readable();
    let writer = pipe.writable().get_writer().map_err(worker::Error::from)?;
    // It goes on while somebody reads, and ends when he goes away: writing then fails.
    let writing = future_to_promise(AssertUnwindSafe(async move {
        match file.write(&writer, first).await {
            Ok(()) => JsFuture::from(writer.close()).await,
            Err(why) => JsFuture::from(writer.abort_with_reason(&why)).await,
        }
    }));
    drop(writing);
    Ok(Answer::Stream { name, media_type: "text/csv; charset=utf-8", body })
}

impl File {
    /// Every part, as it is asked for. A part that cannot be had breaks the file off, so that half a file looks like none.
    async fn write(&self, writer: &WritableStreamDefaultWriter, first: Listed) -> Result<(), JsValue> {
        let texts = texts::of(self.lang);
        send(writer, csv::file(&[Sheet::headings(texts)])).await?;
        let mut listed = first;
        let mut begins = true;
        loop {
            send(writer, csv::lines(&self.table(texts, &listed.rows, begins))).await?;
            let Some(last) = listed.rows.last().filter(|_| listed.after) else { return Ok(()) };
            listed = self.part(last.login.clone()).await?;
            begins = false;
        }
    }

    /// The rows of a part; administrators come once.
    fn table(&self, texts: &'static Texts, rows: &[Member], begins: bool) -> Vec<Vec<String>> {
        let now = crate::clock::now();
        let rows = rows.iter().map(|member| row(member, now)).filter(|row| begins || !row.administrator);
        rows.map(|row| row.cells(&self.brand, texts)).collect()
    }

    /// The users behind a login name, if the reader still may have them.
    async fn part(&self, after: String) -> Result<Listed, JsValue> {
        let gone = |_| JsValue::from_str("the reader's session has ended");
        let who = WhoIs { session: self.session.clone(), touch: false, menu: false };
        let actor = call::ask(&self.env, Kind::Account, &self.uid, who).await?.map_err(gone)?;
        let command = contract::Sheet { actor, after, skip: 0 };
        call::ask(&self.env, Kind::Contract, &self.contract, command).await?.map_err(gone)
    }
}

/// Hands a text over; done when the reader has taken it.
async fn send(writer: &WritableStreamDefaultWriter, text: String) -> Result<(), JsValue> {
    let chunk = js_sys::Uint8Array::from(text.as_bytes());
    JsFuture::from(writer.write_with_chunk(&chunk)).await.map(drop)
}
