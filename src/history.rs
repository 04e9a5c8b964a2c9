//! 操作履歴: reading, saving and checking the journal. The Worker says who asks (his own Account vouches for him) and walks the
//! months; each Journal decides whether he may and answers from its rows.

use durable::{
    Millis,
    account::{Stage, View},
    effect::Event,
    journal::{self, Append, Check, Line, Numbered, Peek, READ, Read},
    rules::{
        access::{Actor, Role},
        date::{Day, stamp},
        login_name,
    },
    shell::{call::Kind, hand_over::hand_over},
};
use futures_util::future::{join, join_all};

use crate::{
    answer::{Answer, Outcome, Stop, refused},
    csv, my_account,
    pages::{
        Chrome, History, HistoryCheck, Nav, Stamp, Trouble,
        history::{self, Filter, Found, Place, Scope, Wrong},
    },
    route::Route,
    users,
    visit::Visit,
};

/// Rows on a page.
const PAGE: usize = 30;
/// Rows on あなたの接続.
const LATEST: usize = 10;
/// Rows in a file.
const FILE: usize = 10_000;
/// Parts of the chain that one request checks, 2,000 rows each.
const PARTS: usize = 10;
/// An instant behind all others.
const NEVER: Millis = 1 << 52;

/// What the address asks for.
struct Asked {
    filter: Filter,
    wrong: Wrong,
    from: Millis,
    until: Millis,
    /// A place between two rows: instant and number.
    place: Option<(Millis, u64)>,
    /// Whether the rows are wanted that are newer than the place.
    newer: bool,
    /// Whether they are wanted as a file.
    file: bool,
}

fn asked(visit: &Visit) -> Result<Asked, Trouble> {
    let typed = |name: &str| visit.parameter(name).trim().chars().take(254).collect::<String>();
    let filter = Filter { who: typed("who"), code: typed("code"), from: typed("from"), to: typed("to") };
    let (from, to) = (Day::parse(&filter.from), Day::parse(&filter.to));
    let wrong = Wrong {
        from: from.is_none() && !filter.from.is_empty(),
        to: to.is_none() && !filter.to.is_empty(),
        turned: from.zip(to).is_some_and(|(from, to)| to < from),
        too_many: None,
    };
    let (newer, cursor) = match (visit.parameter("newer"), visit.parameter("older")) {
        ("", cursor) => (false, cursor),
        (cursor, _) => (true, cursor),
    };
    let field = if newer { "newer" } else { "older" };
    let unreadable = || Trouble::Unreadable { field: field.to_owned() };
    let place = if cursor.is_empty() { None } else { Some(place_of(cursor).ok_or_else(unreadable)?) };
    Ok(Asked {
        wrong,
        from: from.map_or(0, |day| day.start(visit.zone)).clamp(0, NEVER),
        until: to.map_or(NEVER, |day| day.end(visit.zone)).clamp(0, NEVER),
        filter,
        place,
        newer,
        file: visit.parameter("csv") == "1",
    })
}

fn place_of(cursor: &str) -> Option<(Millis, u64)> {
    let (at, id) = cursor.split_once('.')?;
    let (at, id) = (at.parse::<Millis>().ok()?, id.parse::<u64>().ok()?);
    ((0..NEVER).contains(&at) && id < NEVER.unsigned_abs()).then_some((at, id))
}

fn cursor(line: &Line) -> String {
    format!("{}.{}", line.row.event.at, line.id)
}

/// Whose rows they are, and who asks.
struct Whose {
    actor: Actor,
    about: Option<String>,
    scope: Scope,
    chrome: Chrome,
}

/// GET /history: the contract's rows for its administrator, one's own for everybody else.
pub async fn own(visit: &Visit, route: &Route) -> Outcome {
    let (me, actor) = join(my_account::me(visit, route, Stage::Full), users::actor(visit, route, true)).await;
    let (me, actor) = (me?, actor?);
    let administers = me.role == Role::Administrator;
    let whose = Whose {
        about: (!administers).then(|| actor.uid.clone()),
        scope: if administers { Scope::Whole(actor.contract.clone()) } else { Scope::Own },
        actor,
        chrome: my_account::chrome(visit, &me, Some(Nav::History))?,
    };
    show(visit, route, whose).await
}

/// GET /users/{login}/history: only for a user he may see.
pub async fn of_user(visit: &Visit, route: &Route, login: &str) -> Outcome {
    let (actor, uid) = users::actor_and_subject(visit, route, login, true).await?;
    let view = visit.ask(Kind::Account, &uid, View { actor: actor.clone(), renew: None }).await?;
    let view = view.map_err(|refusal| refused(visit, route, &refusal))?;
    let chrome = users::chrome(visit, &actor)?;
    show(visit, route, Whose { about: Some(uid), scope: Scope::User(view.login), actor, chrome }).await
}

async fn show(visit: &Visit, route: &Route, whose: Whose) -> Outcome {
    let mut asked = asked(visit)?;
    if asked.wrong.any() {
        return page(visit, whose, asked, &[], false);
    }
    let most = if asked.file { FILE } else { PAGE };
    let (mut rows, more) = gather(visit, route, &whose, &asked, most).await?;
    if asked.newer {
        rows.reverse();
    }
    if asked.file && more {
        asked.wrong.too_many = u64::try_from(FILE).ok();
        return page(visit, whose, asked, &[], false);
    }
    if asked.file {
        return Ok(file(visit, &whose, &asked, &rows));
    }
    page(visit, whose, asked, &rows, more)
}

/// The latest rows about the person himself.
///
/// # Errors
/// As for the page.
pub async fn latest(visit: &Visit, route: &Route, actor: Actor, chrome: Chrome) -> Result<Vec<history::Line>, Stop> {
    let asked = Asked {
        filter: Filter::default(),
        wrong: Wrong::default(),
        from: 0,
        until: NEVER,
        place: None,
        newer: false,
        file: false,
    };
    let whose = Whose { about: Some(actor.uid.clone()), scope: Scope::Own, actor, chrome };
    let (rows, _) = gather(visit, route, &whose, &asked, LATEST).await?;
    let brand = visit.brand().name;
    Ok(rows.iter().map(|line| words(visit, &whose, &brand, line)).collect())
}

/// The rows that are asked for, at most `most`, and whether there are more on that side.
async fn gather(visit: &Visit, route: &Route, whose: &Whose, asked: &Asked, most: usize) -> Result<(Vec<Line>, bool), Stop> {
    let mut months = journal::kept(&whose.actor.contract, visit.arrived);
    months.retain(|object| {
        let (begins, ends) = (journal::begins(object).unwrap_or(0), journal::ends(object).unwrap_or(0));
        let beside = asked.place.is_none_or(|(at, _)| if asked.newer { at < ends } else { at >= begins });
        asked.from < ends && asked.until > begins && beside
    });
    if asked.newer {
        months.reverse();
    }
    let wanted = most.saturating_add(1);
    let first = |object: String| async move {
        let lines = part(visit, route, whose, asked, &object, asked.place, wanted).await?;
        Ok::<_, Stop>((object, lines))
    };
    // Most pages are filled by one month; the others, where there are any, are asked at once.
    let others = months.split_off(months.len().min(1));
    let mut rows = Vec::new();
    for group in [months, others] {
        if rows.len() >= wanted {
            break;
        }
        for answered in join_all(group.into_iter().map(first)).await {
            let (object, mut lines) = answered?;
            let full = wanted.min(usize::try_from(READ).unwrap_or(usize::MAX));
            while lines.len() >= full && rows.len().saturating_add(lines.len()) < wanted {
                let place = lines.last().map(|line| (line.row.event.at, line.id));
                let next = part(visit, route, whose, asked, &object, place, wanted).await?;
                if next.is_empty() {
                    break;
                }
                let ended = next.len() < full;
                lines.extend(next);
                if ended {
                    break;
                }
            }
            rows.extend(lines);
        }
    }
    let more = rows.len() > most;
    rows.truncate(most);
    Ok((rows, more))
}

/// Rows of one month.
async fn part(
    visit: &Visit,
    route: &Route,
    whose: &Whose,
    asked: &Asked,
    object: &str,
    place: Option<(Millis, u64)>,
    limit: usize,
) -> Result<Vec<Line>, Stop> {
    let read = Read {
        actor: whose.actor.clone(),
        service: visit.service,
        about: whose.about.clone(),
        who: if whose.about.is_none() { login_name::fold(&asked.filter.who) } else { String::new() },
        code: asked.filter.code.clone(),
        from: asked.from,
        until: asked.until,
        place,
        newer: asked.newer,
        limit: u32::try_from(limit).unwrap_or(READ),
    };
    visit.ask(Kind::Journal, object, read).await?.map_err(|refusal| refused(visit, route, &refusal))
}

/// A row in words.
fn words(visit: &Visit, whose: &Whose, brand: &str, line: &Line) -> history::Line {
    let event = &line.row.event;
    // Where an administrator works from is not for those he administers.
    let his = whose.actor.role == Role::Administrator || event.by == whose.actor.login;
    let mut detail = event.detail.clone();
    if !his {
        detail.remove("session");
        detail.remove("browser");
    }
    let last = detail.get("last").and_then(|last| last.parse().ok()).map(|last| Stamp(stamp(last, visit.zone)));
    let event = history::Event {
        at: Stamp(stamp(event.at, visit.zone)),
        last,
        code: event.code.clone(),
        by: event.by.clone(),
        whom: line.row.login.clone(),
        address: if his { event.address.clone() } else { String::new() },
        detail,
    };
    history::Line::of(&event, brand, crate::texts::of(visit.lang))
}

fn page(visit: &Visit, whose: Whose, asked: Asked, rows: &[Line], more: bool) -> Outcome {
    let status = if asked.wrong.any() { 422 } else { 200 };
    let brand = visit.brand().name;
    let (has_newer, has_older) = if asked.newer { (more, true) } else { (asked.place.is_some(), more) };
    let lines = rows.iter().map(|line| words(visit, &whose, &brand, line)).collect();
    let page = History {
        chrome: whose.chrome,
        scope: whose.scope,
        filter: asked.filter,
        wrong: asked.wrong,
        lines,
        newer: rows.first().filter(|_| has_newer).map(cursor),
        older: rows.last().filter(|_| has_older).map(cursor),
    };
    Answer::page_with(status, &page)
}

/// The rows as a file, named after contract and days.
fn file(visit: &Visit, whose: &Whose, asked: &Asked, rows: &[Line]) -> Answer {
    let brand = visit.brand().name;
    let mut table = vec![history::headings(crate::texts::of(visit.lang))];
    table.extend(rows.iter().map(|line| words(visit, whose, &brand, line).cells()));
    let day = |line: Option<&Line>| Day::at(line.map_or(visit.arrived, |line| line.row.event.at), visit.zone).to_string();
    let given = |typed: &str, else_: String| if typed.is_empty() { else_ } else { typed.to_owned() };
    let from = given(&asked.filter.from, day(rows.last()));
    let to = given(&asked.filter.to, day(rows.first()));
    let name = format!("history-{}-{from}_{to}.csv", whose.actor.contract);
    Answer::File { name, media_type: "text/csv; charset=utf-8", body: csv::file(&table) }
}

/// GET and POST /history/check
pub async fn check(visit: &Visit, route: &Route) -> Outcome {
    let form = if visit.acts { Some(visit.form()?) } else { None };
    if let Some(form) = &form {
        form.operation()?;
    }
    let (me, actor) = join(my_account::me(visit, route, Stage::Full), users::actor(visit, route, true)).await;
    let (me, actor) = (me?, actor?);
    let months = journal::kept(&actor.contract, visit.arrived);
    let (found, place) = if let Some(form) = &form {
        let number = |name: &str| form.may(name).parse::<u64>().ok().filter(|number| *number < NEVER.unsigned_abs());
        let (row, rows) = (number("row").unwrap_or(0), number("rows").unwrap_or(0));
        walk(visit, route, &actor, &months, Place { month: form.may("month").to_owned(), row, rows }).await?
    } else {
        // The question is his only if the check is.
        if let Some(newest) = months.first() {
            ask_part(visit, route, &actor, newest, NEVER.unsigned_abs()).await?;
        }
        (Found::Nothing, None)
    };
    Answer::page(&HistoryCheck { chrome: my_account::chrome(visit, &me, Some(Nav::History))?, found, place })
}

fn month(object: &str) -> String {
    object.rsplit('/').next().unwrap_or_default().to_owned()
}

async fn ask_part(visit: &Visit, route: &Route, actor: &Actor, object: &str, after: u64) -> Result<journal::Checked, Stop> {
    let check = Check { actor: actor.clone(), service: visit.service, object: object.to_owned(), after };
    visit.ask(Kind::Journal, object, check).await?.map_err(|refusal| refused(visit, route, &refusal))
}

/// Checks the months, the oldest first, from a place on, until something is found or the request has done its part.
async fn walk(
    visit: &Visit,
    route: &Route,
    actor: &Actor,
    months: &[String],
    place: Place,
) -> Result<(Found, Option<Place>), Stop> {
    let begin = months.iter().position(|object| month(object) == place.month);
    let mut after = if begin.is_some() { place.row } else { 0 };
    let mut rows = if begin.is_some() { place.rows } else { 0 };
    let mut parts = PARTS;
    let todo = months.iter().take(begin.map_or(months.len(), |index| index.saturating_add(1))).rev();
    for object in todo {
        let next = months.iter().take_while(|other| *other != object).last();
        let behind = |rows| next.map(|next| Place { month: month(next), row: 0, rows });
        loop {
            let checked = ask_part(visit, route, actor, object, after).await?;
            if let Some((before, row)) = cut(visit, months, &checked, after).await? {
                return Ok((Found::Cut { month: month(&before), row }, behind(rows)));
            }
            if let Some((row, at)) = checked.broken {
                let at = (at > 0).then(|| Stamp(stamp(at, visit.zone)));
                return Ok((Found::Broken { month: month(object), row, at }, behind(rows)));
            }
            if let Some((login, number)) = checked.gap {
                // A row of the contract itself is nobody's.
                let login = if login.is_empty() { actor.contract.clone() } else { login };
                return Ok((Found::Gap { month: month(object), login, number }, behind(rows)));
            }
            rows = rows.saturating_add(checked.upto.saturating_sub(after));
            after = checked.upto;
            if after >= checked.rows {
                break;
            }
            parts = parts.saturating_sub(1);
            if parts == 0 {
                return Ok((Found::SoFar { rows }, Some(Place { month: month(object), row: after, rows })));
            }
        }
        after = 0;
    }
    Ok((Found::Fine { rows }, None))
}

/// Whether the month before, if it is still kept, does not stand any more where this month's first row says it stood.
async fn cut(visit: &Visit, months: &[String], checked: &journal::Checked, after: u64) -> Result<Option<(String, u64)>, Stop> {
    let Some((before, row, mac)) = checked.link.as_ref().filter(|_| after == 0) else { return Ok(None) };
    if !months.contains(before) {
        return Ok(None);
    }
    let peeked = visit.ask(Kind::Journal, before, Peek { row: Some(*row) }).await?;
    Ok((!peeked.is_ok_and(|peeked| peeked.mac == *mac)).then(|| (before.clone(), *row)))
}

/// A row that no object makes: what the operator looked at. That it failed is logged and stops nothing.
pub async fn note(visit: &Visit, contract: &str, (uid, login): (&str, &str), event: Event) {
    let object = journal::object_of(contract, event.at);
    let rows = vec![Numbered { sequence: 0, event: event.from(&visit.address()) }];
    let append = Append { uid: uid.to_owned(), login: login.to_owned(), rows, opening: None };
    if let Err(why) = hand_over(&visit.env, &object, append).await {
        worker::console_error!("a row of {object} was not written: {why}");
    }
}
