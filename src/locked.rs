//! ロック中のユーザ over HTTP: the list that the Contract answers, and the unlocking of several users at once. Each is unlocked by his
//! own Account, exactly as on his page; one that cannot be asked spoils nothing for the others.

use durable::{
    Millis,
    account::Administer,
    contract::{LOCKED_PAGE, ListLocked, LockedList, LockedMember, LockedPlace},
    rules::{
        access::{self, Actor},
        date::stamp,
    },
    shell::call::Kind,
};
use futures_util::StreamExt;

use crate::{
    answer::{Answer, Outcome, Stop, refused},
    pages::{LockedLive, LockedRow, LockedUsers, Notice, Stamp, Template, Trouble, UnlockQuestion, UnlockResult, UnlockResults},
    route::Route,
    sign_in::{Whose, whose},
    users::{actor, chrome, list_link, watcher},
    visit::Visit,
};

/// How many users are unlocked side by side.
const SIDE_BY_SIDE: usize = 8;
/// What the names of the check boxes begin with; the user's follows.
const CHOICE: &str = "user.";

/// GET /locked: the page, or with `X-Live` only the part that follows the contract.
pub async fn page(visit: &Visit, route: &Route) -> Outcome {
    let after = place(visit.parameter("after"))?;
    let watcher = watcher(visit);
    let (actor, listed) = listed(visit, route, after.clone(), Vec::new(), watcher.clone()).await?;
    let next = listed.rows.last().filter(|_| listed.more).map(|row| cursor(&row.place()));
    let rows = listed.rows.iter().map(|row| locked_row(visit, row)).collect();
    let (here, alone) = (after.as_ref().map_or_else(String::new, cursor), watcher.is_some());
    let watch = Some(list_link(visit, &actor, watcher)?);
    let page = LockedUsers { chrome: chrome(visit, &actor)?, rows, here, next, watch };
    if alone {
        return Ok(Answer::Page { status: 200, html: LockedLive(&page).render()? });
    }
    Answer::page(&page)
}

/// Who asks, and the rows that he sees: all from a place on, or those of the users named. `renew`: the page that looks by itself.
async fn listed(
    visit: &Visit,
    route: &Route,
    after: Option<LockedPlace>,
    only: Vec<String>,
    renew: Option<String>,
) -> Result<(Actor, LockedList), Stop> {
    if !visit.profile().acts.contains(&access::Act::Unlock) {
        return Err(Trouble::NotFound.into());
    }
    let actor = actor(visit, route, renew.is_none()).await?;
    let command = ListLocked { actor: actor.clone(), after, only, renew };
    let listed = visit.ask(Kind::Contract, &actor.contract, command).await?;
    Ok((actor, listed.map_err(|refusal| refused(visit, route, &refusal))?))
}

/// A place of the list as an address carries it.
fn cursor((locked, until, uid): &LockedPlace) -> String {
    format!("{}.{until}.{uid}", u8::from(*locked))
}

fn place(cursor: &str) -> Result<Option<LockedPlace>, Trouble> {
    if cursor.is_empty() {
        return Ok(None);
    }
    let parsed = || {
        let (locked, rest) = cursor.split_once('.')?;
        let (until, uid) = rest.split_once('.')?;
        let until = until.parse().ok().filter(|until| (0..=9_999_999_999_999).contains(until))?;
        (uid.len() <= 64).then(|| (locked == "1", until, uid.to_owned()))
    };
    parsed().map(Some).ok_or_else(|| Trouble::Unreadable { field: "after".to_owned() })
}

/// A row as it stands now: what has run out since it was told is left out.
fn locked_row(visit: &Visit, member: &LockedMember) -> LockedRow {
    let (failing, now) = (&member.failing, visit.arrived);
    let length = visit.profile().web_lock.lock_for;
    let ends = |since: Millis| length.map(|length| since.saturating_add(length));
    let lasts = |since: &Millis| ends(*since).is_none_or(|end| end > now);
    let own: Vec<Millis> = failing.locked.iter().copied().filter(lasts).collect();
    let elsewhere = failing.elsewhere.filter(lasts);
    let lock = elsewhere.or_else(|| own.iter().copied().max());
    let shut = u32::try_from(own.len()).unwrap_or(u32::MAX);
    let at = |instant: Millis| Stamp(stamp(instant, visit.zone));
    let minutes = |end: Millis| end.saturating_sub(now).saturating_add(59_999).checked_div(60_000).unwrap_or(0);
    LockedRow {
        login: member.login.clone(),
        ends: lock.and_then(ends).map(|end| (at(end), minutes(end))),
        locked: lock.is_some(),
        elsewhere: elsewhere.is_some(),
        failures: failing.failures,
        since: at(lock.unwrap_or(failing.last)),
        open: failing.browsers.saturating_sub(shut),
        shut,
    }
}

/// The users that were chosen, each once, at most a page of them.
fn chosen<'a>(names: impl Iterator<Item = &'a str>) -> Result<Vec<String>, Trouble> {
    let mut logins: Vec<String> = Vec::new();
    for login in names.filter_map(|name| name.strip_prefix(CHOICE)) {
        if login.is_empty() || login.len() > 254 {
            return Err(Trouble::Unreadable { field: format!("{CHOICE}{}", login.chars().take(64).collect::<String>()) });
        }
        if !logins.iter().any(|chosen| chosen == login) {
            logins.push(login.to_owned());
        }
    }
    if logins.len() > usize::try_from(LOCKED_PAGE).unwrap_or(usize::MAX) {
        return Err(Trouble::Unreadable { field: format!("{CHOICE}*") });
    }
    Ok(logins)
}

/// GET and POST /locked/unlock: the question, then each user's result.
pub async fn unlock(visit: &Visit, route: &Route) -> Outcome {
    let (logins, operation) = if visit.acts {
        let form = visit.form()?;
        (chosen(form.names())?, form.operation()?.to_owned())
    } else {
        (chosen(visit.query.iter().map(|(name, _)| name.as_str()))?, String::new())
    };
    let (actor, listed) = listed(visit, route, None, logins.clone(), None).await?;
    if logins.is_empty() {
        return Ok(Answer::see(format!("{}?notice={}", Route::Locked.path(), Notice::NothingSelected.code())));
    }
    let chrome = chrome(visit, &actor)?;
    if !visit.acts {
        let row = |login: &String| listed.rows.iter().find(|row| row.login == *login).map(|row| locked_row(visit, row));
        let chosen = logins.iter().map(|login| (login.clone(), row(login))).collect();
        return Answer::page(&UnlockQuestion { chrome, chosen });
    }
    let results = logins.into_iter().map(|login| unlock_one(visit, &actor, login, &operation));
    let results = futures_util::stream::iter(results).buffered(SIDE_BY_SIDE).collect().await;
    Answer::page(&UnlockResults { chrome, results })
}

/// The same act as on the user's page; a fault is logged and is this user's result alone.
async fn unlock_one(visit: &Visit, actor: &Actor, login: String, operation: &str) -> (String, UnlockResult) {
    let unlocked = async {
        let Whose::Account { uid, .. } = whose(visit, &login).await? else { return Ok(UnlockResult::Failed) };
        let command = Administer { actor: actor.clone(), act: access::Act::Unlock, operation: operation.to_owned() };
        Ok(match visit.ask(Kind::Account, &uid, command).await? {
            Ok(acted) if acted.found => UnlockResult::Unlocked,
            Ok(_) => UnlockResult::WasUnlocked,
            Err(_) => UnlockResult::Failed,
        })
    };
    let result = unlocked.await.unwrap_or_else(|why: worker::Error| {
        worker::console_error!("unlocking one of several: {why}");
        UnlockResult::Failed
    });
    (login, result)
}
