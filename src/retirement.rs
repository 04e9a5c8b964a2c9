//! Linked services that end, as the Worker sees them: what the login page and the login say, and telling an account. The object of
//! linked services knows the dates; they are believed for ten seconds, as names are.

use std::cell::RefCell;

use durable::{
    Millis,
    account::Retire,
    contract::retirement::{Affected, AskProgress, Ending, Endings, Notice, Progress, RETIREMENTS},
    refusal::Refusal,
    rules::access::{Act, Actor, Role},
    shell::{
        call::{self, Kind},
        courier::Delivery,
    },
};
use worker::Env;

use crate::{
    answer::{Answer, Outcome},
    console::actor_of,
    federation,
    pages::{EndingRow, EndingUsers, Trouble},
    route::Route,
    users::chrome,
    visit::Visit,
};

/// How long the dates are believed.
const BELIEVED: Millis = 10_000;

thread_local! {
    /// What was said lately, and when.
    static KNOWN: RefCell<(Millis, Vec<Ending>)> = const { RefCell::new((Millis::MIN, Vec::new())) };
}

/// The linked services that end.
///
/// # Errors
/// A fault.
pub async fn endings(visit: &Visit) -> worker::Result<Vec<Ending>> {
    let known = KNOWN.with_borrow(|(at, endings)| (visit.arrived.saturating_sub(*at) < BELIEVED).then(|| endings.clone()));
    if let Some(endings) = known {
        return Ok(endings);
    }
    let endings = visit.ask(Kind::Contract, RETIREMENTS, Endings).await?.unwrap_or_default();
    KNOWN.with_borrow_mut(|known| *known = (visit.arrived, endings.clone()));
    Ok(endings)
}

/// The end of this linked service, if it has one.
///
/// # Errors
/// A fault.
pub async fn ending(visit: &Visit, provider: &str) -> worker::Result<Option<Ending>> {
    Ok(endings(visit).await?.into_iter().find(|ending| ending.provider == provider))
}

/// Asks anew if it has to, for what is decided without waiting ([`known`]).
///
/// # Errors
/// A fault.
pub async fn refresh(visit: &Visit) -> worker::Result<()> {
    if visit.config.providers.is_empty() { Ok(()) } else { endings(visit).await.map(drop) }
}

/// The end of this linked service as it was said last.
pub fn known(provider: &str) -> Option<Ending> {
    KNOWN.with_borrow(|(_, endings)| endings.iter().find(|ending| ending.provider == provider).cloned())
}

/// Forgets what was said: the operator changes it.
pub fn forget() {
    KNOWN.with_borrow_mut(|known| known.0 = Millis::MIN);
}

/// Tells an account.
pub async fn tell(env: &Env, notice: &Notice) -> Delivery {
    match call::ask(env, Kind::Account, &notice.uid, Retire(notice.clone())).await {
        Ok(Ok(_)) => Delivery::Sent,
        Ok(Err(Refusal::NotFound)) => Delivery::Never,
        Ok(Err(_)) => Delivery::Later,
        Err(why) => {
            worker::console_error!("retirement: {why}");
            Delivery::Later
        }
    }
}

/// Users on a page of the list.
const PAGE: u32 = 50;

/// How the users of a contract are, whom the end of a linked service concerns; nobody, as long as none ends.
async fn concerned(visit: &Visit, actor: &Actor, after: String, limit: u32) -> worker::Result<Progress> {
    if endings(visit).await?.is_empty() {
        return Ok(Progress::default());
    }
    let ask = AskProgress { provider: String::new(), contract: actor.contract.clone(), after, limit };
    Ok(visit.ask(Kind::Contract, RETIREMENTS, ask).await?.unwrap_or_default())
}

/// How many of a contract's users log in with a linked service that ends.
///
/// # Errors
/// A fault.
pub async fn left(visit: &Visit, actor: &Actor) -> worker::Result<u32> {
    Ok(concerned(visit, actor, String::new(), 0).await?.left)
}

/// GET /ending: who they are.
pub async fn page(visit: &Visit, route: &Route) -> Outcome {
    let actor = actor_of(visit, route, Act::Invite, true).await?;
    if actor.role == Role::User {
        return Err(Trouble::NotFound.into());
    }
    let after = visit.parameter("after").chars().take(64).collect::<String>();
    let later = !after.is_empty();
    let Progress { users, more, .. } = concerned(visit, &actor, after, PAGE).await?;
    let next = users.last().filter(|_| more).map(|last| last.user.uid.clone());
    let endings = endings(visit).await?;
    let rows = users.into_iter().filter_map(|Affected { user, .. }| {
        let ending = endings.iter().find(|ending| ending.provider == user.provider)?;
        let (ends, over) = (ending.ends.to_string(), ending.is_over(visit.arrived));
        Some(EndingRow { login: user.login, method: federation::label(visit, &user.provider), ends, over })
    });
    Answer::page(&EndingUsers { chrome: chrome(visit, &actor)?, rows: rows.collect(), later, next })
}
