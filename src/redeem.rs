//! Mailed links over HTTP: `/t/{ticket}`, and asking for one. A ticket that we did not make wakes no object; the account decides
//! about all others. GET shows what will happen and changes nothing.

use durable::{
    account::{AskLink, By, Challenge, ClaimLink, Done, LinkView, LookAtLink, Role, UseLink},
    ask::Reply,
    contract::directory::is_connection,
    names::{Reserve, key_of, shard_of},
    refusal::Refusal,
    rules::{
        link::{End, Purpose, Ticket},
        password::{Violation, violations},
    },
    secret::Secret,
    shell::call::Kind,
};

use crate::{
    answer::{Answer, Outcome, Stop},
    clock, directory,
    federation::{self, Aim},
    pages::{Forgot, ForgotState, LinkState, Redeem, SetPassword, Settled, Trouble},
    password_hash, retirement,
    route::Route,
    sign_in::{FLOOR, Whose, forget_names, too_often, whose, within_outer_limit},
    visit::{Form, Visit},
};

/// The page of a link.
fn page(visit: &Visit, text: &str, status: u16, state: LinkState) -> Outcome {
    Answer::page_with(status, &of(visit, text, state)?)
}

fn of(visit: &Visit, text: &str, state: LinkState) -> worker::Result<Redeem> {
    let action = Route::Link(text.to_owned()).path();
    Ok(Redeem { chrome: visit.chrome()?, action, state, services: Vec::new(), linked: String::new() })
}

/// The page that asks, with the linked services where the login method is chosen.
async fn asks(visit: &Visit, text: &str, status: u16, ticket: &Ticket, view: LinkView, errors: Vec<Violation>) -> Outcome {
    let own = view.linked.clone();
    let directory = match view.role {
        Role::Administrator => None,
        _ => directory::door(visit, &view.contract).await?.filter(|(door, _)| door.id != own),
    };
    let page = of(visit, text, first(visit, ticket, view, errors))?;
    if !matches!(ticket.purpose, Purpose::Invitation | Purpose::Method) {
        return Answer::page_with(status, &page);
    }
    let linked = if own.is_empty() { String::new() } else { federation::label(visit, &own) };
    let mut services = federation::others(visit, Some(&own));
    services.extend(directory.map(|(door, _)| door));
    let page = Redeem { services, linked, ..page };
    federation::leads(visit, Answer::page_with(status, &page))
}

/// A linked service, chosen or, on the way back, confirmed (ST-073, ST-103). An invitation claims its address first.
async fn with_service(visit: &Visit, text: &str, ticket: &Ticket, view: &LinkView, form: &Form) -> Outcome {
    let aim = Aim::Link { text: text.to_owned() };
    if form.may("linked").is_empty() {
        let provider = form.need("provider")?;
        if is_connection(provider) {
            let own = directory::door(visit, &view.contract).await?.filter(|(door, _)| door.id == provider);
            let Some((_, origin)) = own.filter(|_| view.role != Role::Administrator) else {
                return Err(Trouble::NotFound.into());
            };
            if form.may("checked").is_empty() {
                return directory::check(visit, Route::Link(text.to_owned()).path(), provider, origin);
            }
        }
        return federation::begin(visit, provider, aim).await;
    }
    if ticket.purpose == Purpose::Invitation && reserve(visit, ticket, &view.login, &view.contract).await?.is_err() {
        return page(visit, text, 409, LinkState::Taken);
    }
    let by = By::Link { purpose: ticket.purpose, nonce: ticket.nonce.clone() };
    let taken = federation::take(visit, form.need("linked")?, &aim, (&ticket.uid, &view.contract, by)).await?;
    forget_names();
    taken.or_else(|refusal| void(visit, text, ticket, &refusal))
}

/// A link that does nothing any more. Another one in its place can be asked for where a stranger may ask for one.
fn void(visit: &Visit, text: &str, ticket: &Ticket, refusal: &Refusal) -> Outcome {
    match refusal {
        Refusal::Link { end: End::Claimed } => page(visit, text, 409, LinkState::Void { end: End::Claimed, again: false }),
        Refusal::Link { end } => {
            let end = *end;
            let again = matches!(ticket.purpose, Purpose::Invitation | Purpose::Reset | Purpose::Unlock);
            page(visit, text, 410, LinkState::Void { end, again })
        }
        _ => page(visit, text, 410, LinkState::Void { end: End::Withdrawn, again: false }),
    }
}

/// GET and POST /t/{ticket}
pub async fn link(visit: &Visit, text: &str) -> Outcome {
    retirement::refresh(visit).await?;
    let keys = visit.config.data_keys.iter().map(Secret::reveal);
    let Some(ticket) = Ticket::read(text, keys, &visit.origin) else {
        return page(visit, text, 404, LinkState::Foreign);
    };
    if !visit.acts {
        return match look(visit, &ticket).await? {
            Ok(view) => asks(visit, text, 200, &ticket, view, Vec::new()).await,
            Err(refusal) => void(visit, text, &ticket, &refusal),
        };
    }
    if !within_outer_limit(visit) {
        return Err(too_often());
    }
    let form = visit.form()?;
    if !form.may("resend").is_empty() {
        return again(visit, text, &ticket).await;
    }
    let view = match look(visit, &ticket).await? {
        Ok(view) => view,
        Err(refusal) => return void(visit, text, &ticket, &refusal),
    };
    let chosen = !form.may("provider").is_empty() || !form.may("linked").is_empty();
    if chosen && matches!(ticket.purpose, Purpose::Invitation | Purpose::Method) {
        return with_service(visit, text, &ticket, &view, &form).await;
    }
    let done = match ticket.purpose {
        Purpose::Invitation if form.may("prepared").is_empty() => return prepare(visit, text, &ticket, view, &form).await,
        Purpose::Invitation => register(visit, &ticket, &view, form.need("prepared")?).await?.map(|_| LinkState::Registered),
        Purpose::Reset => return reset(visit, text, &ticket, view, &form).await,
        Purpose::Unlock => redeem(visit, &ticket, None, String::new()).await?.map(|_| LinkState::Unlocked),
        Purpose::Address if !view.password => move_address(visit, &ticket, &view, None).await?.map(|_| LinkState::Moved),
        Purpose::Address | Purpose::UndoAddress | Purpose::Method => return set_with(visit, text, &ticket, view, &form).await,
    };
    match done {
        Ok(state) => page(visit, text, 200, state),
        Err(Refusal::Taken) => page(visit, text, 409, LinkState::Taken),
        Err(refusal) => void(visit, text, &ticket, &refusal),
    }
}

/// What the link's page asks.
fn first(visit: &Visit, ticket: &Ticket, view: LinkView, errors: Vec<Violation>) -> LinkState {
    let (policy, keeps_factor) = (view.settings.password_policy(visit.profile().password), view.settings.keep_factor);
    let login = view.login;
    let set = |login| SetPassword { login, policy, errors, keeps_factor };
    match ticket.purpose {
        Purpose::Invitation => LinkState::Register(set(login)),
        Purpose::Reset => LinkState::Reset(set(login)),
        Purpose::Unlock => LinkState::Unlock { login },
        Purpose::Address if !view.password => LinkState::Move { about: view.about },
        Purpose::Address => LinkState::Set { sets: Settled::Address, about: view.about, set: set(login) },
        Purpose::UndoAddress => LinkState::Set { sets: Settled::Undo, about: view.about, set: set(login) },
        Purpose::Method => LinkState::Set { sets: Settled::Method, about: String::new(), set: set(login) },
    }
}

async fn look(visit: &Visit, ticket: &Ticket) -> worker::Result<Reply<LinkView>> {
    let look = LookAtLink { purpose: ticket.purpose, nonce: ticket.nonce.clone() };
    visit.ask(Kind::Account, &ticket.uid, look).await
}

async fn redeem(
    visit: &Visit,
    ticket: &Ticket,
    password: Option<(Challenge, Secret)>,
    prepared: String,
) -> worker::Result<Reply<Done>> {
    let (purpose, nonce) = (ticket.purpose, ticket.nonce.clone());
    let command = UseLink { purpose, nonce, password, prepared, address: visit.address() };
    visit.ask(Kind::Account, &ticket.uid, command).await
}

/// Claims the link and hashes: everything that is wrong with the password is said at once.
async fn challenge(visit: &Visit, ticket: &Ticket, view: &LinkView, form: &Form) -> Result<Reply<(Challenge, Secret)>, Stop> {
    let (new, again) = (form.need("new")?, form.need("again")?);
    let mut broken = violations(&view.settings.password_policy(visit.profile().password), new, &view.login);
    if new != again {
        broken.push(Violation::Mismatch);
    }
    if !broken.is_empty() {
        return Ok(Err(Refusal::Password { violations: broken, wrong_current: None }));
    }
    let claim = ClaimLink { purpose: ticket.purpose, nonce: ticket.nonce.clone() };
    let challenge = match visit.ask(Kind::Account, &ticket.uid, claim).await? {
        Ok(challenge) => challenge,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let output = password_hash::compute(new, &challenge)?;
    Ok(Ok((challenge, output)))
}

/// The same, and uses the link.
async fn with_password(
    visit: &Visit,
    ticket: &Ticket,
    view: &LinkView,
    form: &Form,
    prepared: String,
) -> Result<Reply<Done>, Stop> {
    match challenge(visit, ticket, view, form).await? {
        Ok(password) => Ok(redeem(visit, ticket, Some(password), prepared).await?),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// 登録: the password waits for 確認 (ST-072).
async fn prepare(visit: &Visit, text: &str, ticket: &Ticket, view: LinkView, form: &Form) -> Outcome {
    let prepared = clock::id()?;
    match with_password(visit, ticket, &view, form, prepared.clone()).await? {
        Ok(_) => page(visit, text, 200, LinkState::Check { login: view.login, prepared }),
        Err(Refusal::Password { violations, .. }) => asks(visit, text, 422, ticket, view, violations).await,
        Err(refusal) => void(visit, text, ticket, &refusal),
    }
}

/// 確認: the address is claimed, then the account takes its password.
async fn register(visit: &Visit, ticket: &Ticket, view: &LinkView, prepared: &str) -> worker::Result<Reply<Done>> {
    if let Err(refusal) = reserve(visit, ticket, &view.login, &view.contract).await? {
        return Ok(Err(refusal));
    }
    let done = redeem(visit, ticket, None, prepared.to_owned()).await?;
    forget_names();
    Ok(done)
}

/// A new address is claimed before the account takes it.
async fn reserve(visit: &Visit, ticket: &Ticket, address: &str, contract: &str) -> worker::Result<Reply<()>> {
    let key = key_of(visit.service, address);
    let reserve = Reserve { key: key.clone(), uid: ticket.uid.clone(), contract: contract.to_owned() };
    match visit.ask(Kind::Names, &shard_of(&key), reserve).await? {
        Ok(reserved) if reserved.uid == ticket.uid => Ok(Ok(())),
        Ok(_) | Err(_) => Ok(Err(Refusal::Taken)),
    }
}

/// The account moves to the address that the link is about.
async fn move_address(
    visit: &Visit,
    ticket: &Ticket,
    view: &LinkView,
    password: Option<(Challenge, Secret)>,
) -> worker::Result<Reply<Done>> {
    if let Err(refusal) = reserve(visit, ticket, &view.about, &view.contract).await? {
        return Ok(Err(refusal));
    }
    let done = redeem(visit, ticket, password, String::new()).await?;
    forget_names();
    Ok(done)
}

/// The links that set a password and something else with it.
async fn set_with(visit: &Visit, text: &str, ticket: &Ticket, view: LinkView, form: &Form) -> Outcome {
    let sets = match ticket.purpose {
        Purpose::Address => Settled::Address,
        Purpose::UndoAddress => Settled::Undo,
        _ => Settled::Method,
    };
    let done = match challenge(visit, ticket, &view, form).await? {
        Ok(password) if view.about.is_empty() => redeem(visit, ticket, Some(password), String::new()).await?,
        Ok(password) => move_address(visit, ticket, &view, Some(password)).await?,
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(_) => page(visit, text, 200, LinkState::Done(sets)),
        Err(Refusal::Password { violations, .. }) => asks(visit, text, 422, ticket, view, violations).await,
        Err(Refusal::Taken) => page(visit, text, 409, LinkState::Taken),
        Err(refusal) => void(visit, text, ticket, &refusal),
    }
}

/// リセットパスワード (ST-124)
async fn reset(visit: &Visit, text: &str, ticket: &Ticket, view: LinkView, form: &Form) -> Outcome {
    match with_password(visit, ticket, &view, form, String::new()).await? {
        Ok(_) => page(visit, text, 200, LinkState::ResetDone),
        Err(Refusal::Password { violations, .. }) => asks(visit, text, 422, ticket, view, violations).await,
        Err(refusal) => void(visit, text, ticket, &refusal),
    }
}

/// 新しいリンクを送る: whoever holds an expired link of ours may have another sent to the account's own address.
async fn again(visit: &Visit, text: &str, ticket: &Ticket) -> Outcome {
    let ask = AskLink { purpose: ticket.purpose, login: String::new(), nonce: ticket.nonce.clone() };
    let _ = visit.ask(Kind::Account, &ticket.uid, ask).await?;
    clock::until(visit.arrived.saturating_add(FLOOR)).await;
    page(visit, text, 200, LinkState::Sent)
}

/// GET and POST /forgot (ST-123): the page is the same whoever has the address, and comes no sooner than a refused login.
pub async fn forgot(visit: &Visit) -> Outcome {
    if !visit.profile().invites() {
        return Err(Trouble::NotFound.into());
    }
    let page = |status, login: &str, state| {
        let login = login.chars().take(254).collect();
        Answer::page_with(status, &Forgot { chrome: visit.chrome()?, login, state })
    };
    if !visit.acts {
        return page(200, "", ForgotState::Asked);
    }
    if !within_outer_limit(visit) {
        return Err(too_often());
    }
    let form = visit.form()?;
    let typed = form.need("login")?.trim();
    if typed.is_empty() {
        return page(422, "", ForgotState::Missing);
    }
    if let Whose::Account { uid, login } = whose(visit, typed).await? {
        let ask = AskLink { purpose: Purpose::Reset, login, nonce: String::new() };
        let _ = visit.ask(Kind::Account, &uid, ask).await?;
    }
    clock::until(visit.arrived.saturating_add(FLOOR)).await;
    page(200, typed, ForgotState::Sent)
}
