//! A Contract: facts and member rows, and the pages that follow its lists live.

#![expect(missing_docs, reason = "the runtime's macro makes undocumented exports")]

use std::{cell::Cell, panic::AssertUnwindSafe, rc::Rc};

use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage, WebSocketPair, durable_object,
    worker_sys::WebSocketRequestResponsePair,
};

mod console;
mod log;
mod retirement;

#[cfg(feature = "test-faults")]
use super::faults;
use super::{call, sockets, store, store::Store, sys};
use crate::{
    Millis,
    account::{
        Done,
        admin::{lease, use_ticket},
        connections::{Live, Verdict},
    },
    ask::{Reply, encode},
    contract::{
        AskProgress, CONCERN_MOST, ChangeContract, Command, Concerned, Delivered, Describe, Described, EndProvider, Endings,
        Facts, ForgetLetter, Known, Letters, List, ListConcern, ListInvited, Listed, Member, NoteLetter, NoteLine, NoteLinked,
        Open, Opened, PAGE, PRESENCE_LEASE, Page, Presence, PutImport, ReadFacts, Report, SHEET, Sheet, TELL_EVERY, Watch,
        WorkImport, changed, may, may_become, opened,
    },
    profile,
    refusal::Refusal,
    rules::access::{Act, Actor},
};

/// A contract (契約ID).
#[durable_object]
pub struct Contract {
    state: State,
    env: Env,
    told: AssertUnwindSafe<Rc<Told>>,
}

/// When watching pages were told of a change. Losing this loses nothing: they look by themselves as well.
#[derive(Default)]
struct Told {
    /// The last time.
    at: Cell<Millis>,
    /// Whether they will be told again soon.
    again: Cell<bool>,
}

/// What a command comes to.
struct Ran {
    reply: String,
    /// Whether a row has changed that lists show.
    shown: bool,
    /// The watching page whose lease is renewed.
    renew: Option<String>,
    /// The watching page that has used its ticket: its id, its session, and how many a session may have.
    watch: Option<(String, String, usize)>,
    /// Whether users of linked services are to be told something.
    tell: bool,
    /// Whether the contract itself was changed: its row is to be delivered, and it may roll back by itself.
    changed: bool,
}

impl DurableObject for Contract {
    fn new(state: State, env: Env) -> Self {
        Store::wake(&state, store::CONTRACT);
        if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        Self { state, env, told: AssertUnwindSafe(Rc::default()) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let arrived = call::read::<Command>(request).await?;
        let (store, now) = (Store::of(&self.state), sys::now());
        #[cfg(feature = "test-faults")]
        let what = faults::name(&arrived.command);
        let ran = store::commit(&self.state, || {
            let ran = run(&store, arrived.command, now)?;
            if ran.changed {
                self.wake(&store, now)?;
            }
            Ok(ran)
        })?;
        if ran.changed {
            #[cfg(feature = "test-faults")]
            {
                faults::begin(&what);
                faults::after_commit(&self.env, &store.logged()?.contract);
            }
            // The alarm has it too: whatever goes wrong here goes right there.
            self.deliver(now).await;
        }
        if ran.shown {
            self.changed();
        }
        if ran.tell {
            sys::set_alarm(&self.state, now)?;
        }
        if let Some(id) = ran.renew {
            sockets::renew(&self.state, &id, now)?;
        }
        match ran.watch.filter(|_| arrived.upgrade) {
            Some((id, session, most)) => self.watch(id, session, most, now),
            None => call::reply(ran.reply),
        }
    }

    /// Leases have run out, users of linked services are to be told something, rows are to be delivered, or what was not confirmed
    /// rolls back. That was decided by time already; here it is only stored.
    async fn alarm(&self) -> Result<Response> {
        let now = sys::now();
        self.expire(now);
        let store = Store::of(&self.state);
        store::commit(&self.state, || log::settled(&store, now))?;
        self.deliver(now).await;
        let next = retirement::tell(&store, &self.env, now).await?;
        let live = sockets::live(&self.state, &sockets::open(&self.state));
        let leases = live.watchers.iter().map(|(_, watcher)| watcher.until).filter(|until| *until > now).max();
        if let Some(at) = leases.into_iter().chain(log::due(&store, sys::now())?).chain(next).min() {
            sys::set_alarm(&self.state, at)?;
        }
        Response::ok("")
    }

    async fn websocket_message(&self, socket: WebSocket, _frame: WebSocketIncomingMessage) -> Result<()> {
        // `ping` is answered by the runtime; a watching page says nothing else.
        sockets::refuse(socket);
        Ok(())
    }

    async fn websocket_close(&self, socket: WebSocket, _code: usize, _reason: String, _clean: bool) -> Result<()> {
        sockets::depart(&socket);
        Ok(())
    }

    async fn websocket_error(&self, socket: WebSocket, _error: worker::Error) -> Result<()> {
        sockets::depart(&socket);
        Ok(())
    }
}

impl Contract {
    /// Sets the alarm for what [`log::due`] says; whatever else it was set for is looked at then too.
    fn wake(&self, store: &Store, now: Millis) -> Result<()> {
        log::due(store, now)?.map_or(Ok(()), |at| sys::set_alarm(&self.state, at))
    }

    async fn deliver(&self, now: Millis) {
        if let Err(why) = log::deliver(&self.state, &self.env, now).await {
            worker::console_error!("outbox: {why}");
        }
    }

    /// Opens the link of a watching page.
    fn watch(&self, id: String, session: String, most: usize, now: Millis) -> Result<Response> {
        self.expire(now);
        let pair = WebSocketPair::new()?;
        sockets::watch(&self.state, &pair.server, id, session, most, now)?;
        let due = log::due(&Store::of(&self.state), now)?;
        sys::set_alarm(&self.state, due.into_iter().chain([lease(now)]).min().unwrap_or(now))?;
        Response::from_websocket(pair.client)
    }

    /// Closes the links whose lease has run out; all of them as they were before.
    fn expire(&self, now: Millis) -> Live {
        let sockets = sockets::open(&self.state);
        let live = sockets::live(&self.state, &sockets);
        let out = live.watchers.iter().filter(|(_, watcher)| watcher.until <= now);
        let verdicts: Vec<Verdict> = out.map(|(index, _)| Verdict::Expire { index: *index }).collect();
        sockets::perform(&sockets, &verdicts);
        live
    }

    /// Tells watching pages: of the first change at once, of those behind it once a second.
    fn changed(&self) {
        let since = sys::now().saturating_sub(self.told.at.get());
        let Ok(wait) = u64::try_from(TELL_EVERY.saturating_sub(since).clamp(0, TELL_EVERY)) else { return };
        if wait == 0 {
            self.tell();
        } else if !self.told.again.replace(true) {
            let contract =
                Self { state: sys::again(&self.state), env: self.env.clone(), told: AssertUnwindSafe(Rc::clone(&self.told)) };
            sys::after_answer(&self.state, async move {
                worker::Delay::from(core::time::Duration::from_millis(wait)).await;
                contract.told.again.set(false);
                contract.tell();
            });
        }
    }

    fn tell(&self) {
        let now = sys::now();
        self.told.at.set(now);
        let sockets = sockets::open(&self.state);
        sockets::tell_watchers(&sockets, &sockets::live(&self.state, &sockets), now);
    }
}

fn run(store: &Store, command: Command, now: Millis) -> Result<Ran> {
    let mut ran = Ran { reply: String::new(), shown: false, renew: None, watch: None, tell: false, changed: false };
    ran.reply = match command {
        Command::Open(c) => {
            let opened = open(store, &c, now)?;
            ran.changed = opened.is_ok();
            encode::<Open>(&opened)?
        }
        Command::Delivered(c) => {
            store.delivered(&c.uids)?;
            encode::<Delivered>(&Ok(Done))?
        }
        Command::Report(c) => {
            ran.shown = store.report(&c.report, now)?;
            encode::<Report>(&Ok(Done))?
        }
        Command::Presence(c) => {
            ran.shown = store.presence(&c)?;
            encode::<Presence>(&Ok(Done))?
        }
        Command::List(c) => {
            let listed = list(store, &c, now)?;
            ran.renew = c.renew.filter(|_| listed.is_ok());
            encode::<List>(&listed)?
        }
        Command::Describe(c) => encode::<Describe>(&describe(store, &c, now)?)?,
        Command::Watch(Watch(c)) => {
            let watched = watch(store, &c, now)?;
            ran.watch = watched.as_ref().ok().map(|most| (c.watcher, c.actor.session, *most));
            encode::<Watch>(&watched.map(|_| Done))?
        }
        Command::Sheet(c) => encode::<Sheet>(&sheet(store, &c, now)?)?,
        Command::ListConcern(c) => {
            let listed = list_concern(store, &c, now)?;
            ran.renew = c.renew.filter(|_| listed.is_ok());
            encode::<ListConcern>(&listed)?
        }
        Command::ChangeContract(c) => {
            ran.changed = true;
            encode::<ChangeContract>(&change(store, &c, now)?)?
        }
        Command::ReadFacts(_) => encode::<ReadFacts>(&facts(store, now)?.ok_or(Refusal::NotFound))?,
        Command::ListInvited(c) => encode::<ListInvited>(&console::invited(store, &c, now)?)?,
        Command::Known(c) => encode::<Known>(&console::known(store, &c)?)?,
        Command::PutImport(c) => encode::<PutImport>(&console::put(store, c)?)?,
        Command::WorkImport(c) => encode::<WorkImport>(&console::work(store, &c, now)?)?,
        Command::NoteLetter(NoteLetter(letter)) => {
            store.note_letter(&letter)?;
            encode::<NoteLetter>(&Ok(Done))?
        }
        Command::ForgetLetter(c) => {
            store.forget_letter(&c.id)?;
            encode::<ForgetLetter>(&Ok(Done))?
        }
        Command::Letters(c) => encode::<Letters>(&Ok(store.letters(&c)?))?,
        Command::NoteLinked(c) => {
            ran.tell = retirement::noted(store, &c)?;
            encode::<NoteLinked>(&Ok(Done))?
        }
        Command::EndProvider(c) => {
            let ended = retirement::end(store, &c, now)?;
            ran.tell = ended.is_ok();
            encode::<EndProvider>(&ended)?
        }
        Command::Endings(_) => encode::<Endings>(&Ok(store.endings()?))?,
        Command::AskProgress(c) => encode::<AskProgress>(&retirement::progress(store, &c)?)?,
        Command::NoteLine(c) => {
            if let Some(mut facts) = log::settled(store, now)?
                && facts.lines.note(&c.number, c.at)
            {
                store.save_facts(&facts)?;
            }
            encode::<NoteLine>(&Ok(Done))?
        }
    };
    Ok(ran)
}

fn open(store: &Store, command: &Open, now: Millis) -> Result<Reply<Opened>> {
    let stored = store.facts()?;
    if let Err(refusal) = may_become(stored.as_ref(), &command.facts) {
        return Ok(Err(refusal));
    }
    log::save(store, &command.contract, opened(stored.as_ref(), command, now), now)?;
    Ok(Ok(Opened { administrator: store.administrator()?, delivered: store.which_delivered(&command.uids)? }))
}

/// The facts as of `now`.
fn facts(store: &Store, now: Millis) -> Result<Option<Facts>> {
    Ok(store.facts()?.map(|facts| facts.at(now)))
}

fn change(store: &Store, command: &ChangeContract, now: Millis) -> Result<Reply<Done>> {
    let Some(facts) = log::settled(store, now)? else { return Ok(Err(Refusal::NotFound)) };
    match changed(&facts, &command.actor, &command.change, now) {
        Ok(changed) => log::save(store, &command.actor.contract, changed, now).map(|()| Ok(Done)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// The profile of the contract's service, if this actor may see its lists.
fn allowed(store: &Store, actor: &Actor) -> Result<Reply<&'static profile::Profile>> {
    allowed_to(store, actor, Act::ListUsers)
}

/// The same, if he may do this to the contract.
fn allowed_to(store: &Store, actor: &Actor, act: Act) -> Result<Reply<&'static profile::Profile>> {
    let Some(facts) = store.facts()? else { return Ok(Err(Refusal::NotFound)) };
    Ok(may(&actor.contract, facts.service, actor, act).map(|()| profile::of(facts.service)))
}

/// Uses up the ticket; how many links a session may have.
fn watch(store: &Store, command: &crate::account::Watch, now: Millis) -> Result<Reply<usize>> {
    let profile = match allowed(store, &command.actor)? {
        Ok(profile) => profile,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut tickets = store.tickets()?;
    let used = use_ticket(&mut tickets, &command.nonce, now);
    store.save_tickets(&tickets)?;
    Ok(used.map(|()| profile.watchers))
}

fn list(store: &Store, command: &List, now: Millis) -> Result<Reply<Listed>> {
    let profile = match allowed(store, &command.actor)? {
        Ok(profile) => profile,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let roles = profile.below(command.actor.role);
    let store::Page { hits, mut rows } = store.list(command, roles)?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = rows.len() > page;
    let backwards = matches!(command.page, Page::Before(_));
    if more {
        if backwards {
            rows.remove(0);
        } else {
            rows.truncate(page);
        }
    }
    let found = match command.part.is_empty() {
        true => None,
        false if command.page == Page::First => Some(hits),
        false => Some(store.found(command, roles)?),
    };
    for row in &mut rows {
        believe(row, now);
    }
    let (users, locked, waiting, invited) = store.users(now, roles)?;
    Ok(Ok(Listed {
        contract: command.actor.contract.clone(),
        users,
        locked,
        waiting,
        invited,
        found,
        rows,
        before: if backwards { more } else { command.page != Page::First },
        after: backwards || more,
    }))
}

fn sheet(store: &Store, command: &Sheet, now: Millis) -> Result<Reply<Listed>> {
    if let Err(refusal) = allowed(store, &command.actor)? {
        return Ok(Err(refusal));
    }
    let mut rows = store.sheet(command)?;
    let users = rows.iter().filter(|row| row.role == crate::account::Role::User).count();
    let after = users > usize::try_from(SHEET).unwrap_or(usize::MAX);
    if after {
        rows.pop();
    }
    let before = command.skip > 0 || !command.after.is_empty();
    let (users, locked, waiting, invited) = store.users(now, &[crate::account::Role::User])?;
    let contract = command.actor.contract.clone();
    Ok(Ok(Listed { contract, users, locked, waiting, invited, found: None, rows, before, after }))
}

fn list_concern(store: &Store, command: &ListConcern, now: Millis) -> Result<Reply<Concerned>> {
    if let Err(refusal) = allowed(store, &command.actor)? {
        return Ok(Err(refusal));
    }
    let limit = command.limit.min(CONCERN_MOST);
    let mut rows = store.concern(command, limit, now)?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    Ok(Ok(Concerned { rows, more }))
}

/// A presence that was not renewed for a lease is not believed.
fn believe(row: &mut Member, now: Millis) {
    if now.saturating_sub(row.present_at) >= PRESENCE_LEASE {
        row.viewer = None;
        row.client = None;
    }
}

fn describe(store: &Store, command: &Describe, now: Millis) -> Result<Reply<Described>> {
    let Some(facts) = store.facts()? else { return Ok(Err(Refusal::NotFound)) };
    let mut members = store.describe(&command.after, command.limit)?;
    let limit = usize::try_from(command.limit).unwrap_or(usize::MAX);
    let more = members.len() > limit;
    members.truncate(limit);
    for row in &mut members {
        believe(row, now);
    }
    Ok(Ok(Described { facts, members, more }))
}
