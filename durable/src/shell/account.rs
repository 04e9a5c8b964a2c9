//! An Account: runs turns over the stored person, keeps that person's sockets in line with the state, and delivers the outbox.
//!
//! Every wake — request, frame, alarm — reconciles all sockets with the state. Alarms only clean up, deliver and reconcile;
//! they may come twice, late or after a lost one, and nothing goes wrong.

#![expect(missing_docs, reason = "the runtime's macro makes undocumented exports")]

use std::{cell::Cell, panic::AssertUnwindSafe, rc::Rc};

use serde::Serialize;
use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage, WebSocketPair, durable_object,
    worker_sys::WebSocketRequestResponsePair,
};

use super::{
    call::{self, Kind},
    courier::{self, Delivery},
    hand_over::hand_over,
    names::Seed,
    sockets, store,
    store::{Loaded, Outgoing, Store},
    sys,
};
use crate::{
    Millis,
    account::{
        self, Command, Connected, Person,
        admin::lease,
        connections::{Attachment, Bye, DeviceSocket, Live, Verdict, WatcherSocket, reconcile, welcome_frame},
        operator::farewell,
        person::End,
    },
    ask::Reply,
    contract::{Presence, Report},
    effect::{Effect, Event},
    journal::{Append, Numbered, object_of, sum},
    names::{Confirm, Release, shard_of},
    profile,
    rules::service_period,
    saved::Rows,
    turn::Turn,
};

/// Outbox rows wait this long, so that one delivery takes what a few seconds bring.
const BATCH: Millis = 1_000;
/// How long the answer is given to leave before the alarm is set behind it.
const BEHIND_ANSWER: core::time::Duration = core::time::Duration::from_millis(20);
/// While a device is connected, the object wakes at least this often to look for silent ones (interface, section 4).
const ROUND: Millis = 15 * 60 * 1000;
/// Presence is reported at most once in this time.
const PRESENCE_EVERY: core::time::Duration = core::time::Duration::from_secs(1);
/// A mail is given up after so many tries (about a day, with back-off).
const TRIES: u32 = 60;
/// Longest wait between two tries.
const SLOWEST_RETRY: Millis = 30 * 60 * 1000;

/// What is stored in the outbox.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Out {
    /// A row for the journal, with whose it is.
    Log { contract: String, uid: String, login: String, row: Numbered },
    /// The summary for the contract.
    Report { contract: String, report: account::summary::Report },
    /// Any other effect.
    Effect { uid: String, effect: Effect },
}

impl Out {
    /// When it may leave.
    fn due(&self, now: Millis) -> Millis {
        match self {
            Self::Log { row, .. } if sum::window(&row.event.code).is_some() => sum::due(&row.event),
            _ => now,
        }
    }
}

/// One person's account and sockets.
#[durable_object]
pub struct Account {
    state: State,
    env: Env,
    pending: AssertUnwindSafe<Rc<Pending>>,
}

/// What is already under way behind an answer, so that it is not begun twice. Losing this loses nothing.
#[derive(Default)]
struct Pending {
    presence: Cell<bool>,
    wake: Cell<bool>,
}

/// The outcome of a synchronous run: everything but the answer's way back.
struct Ran {
    reply: String,
    person: Option<Person>,
    sockets: Vec<WebSocket>,
    now: Millis,
}

impl DurableObject for Account {
    fn new(state: State, env: Env) -> Self {
        Store::wake(&state, store::ACCOUNT);
        if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        Self { state, env, pending: AssertUnwindSafe(Rc::default()) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let arrived = call::read::<Command>(request).await?;
        let (upgrade, renew) = match &arrived.command {
            Command::Watch(watch) => (Some(watch.watcher.clone()).filter(|_| arrived.upgrade), None),
            Command::Connect(_) => (Some(String::new()).filter(|_| arrived.upgrade), None),
            Command::View(view) => (None, view.renew.clone()),
            _ => (None, None),
        };
        let session = match &arrived.command {
            Command::Watch(watch) => watch.actor.session.clone(),
            _ => String::new(),
        };
        let at_once = matches!(arrived.command, Command::Provision(_) | Command::Delete(_));
        let ran = self.run(arrived.command)?;
        if let Some(watcher) = upgrade {
            return self.upgrade(ran, watcher, session);
        }
        if let Some(watcher) = renew
            && is_ok(&ran.reply)
        {
            self.renew(&ran, &watcher)?;
        }
        if at_once {
            self.deliver(ran.now.saturating_add(BATCH)).await?;
        }
        call::reply(ran.reply)
    }

    async fn alarm(&self) -> Result<Response> {
        if let Err(why) = self.round().await {
            worker::console_error!("alarm: {why}");
            let at = sys::now().saturating_add(BATCH.saturating_mul(10));
            self.set_wake(Some(at))?;
        }
        Response::ok("")
    }

    async fn websocket_message(&self, socket: WebSocket, _frame: WebSocketIncomingMessage) -> Result<()> {
        // `ping` is answered by the runtime; nothing else is part of the protocol yet, so whatever arrives here breaks it.
        if sockets::attachment(&socket) == Some(Attachment::Closing) {
            return Ok(());
        }
        let all = [socket];
        sockets::perform(&all, &[Verdict::Close { index: 0, bye: Bye::ProtocolError, same_device: None }]);
        self.connections_changed()
    }

    async fn websocket_close(&self, socket: WebSocket, _code: usize, _reason: String, _clean: bool) -> Result<()> {
        let attachment = sockets::attachment(&socket);
        if attachment != Some(Attachment::Closing) {
            self.note_departure(attachment);
            let _ = sockets::attach(&socket, &Attachment::Closing);
            // The peer closes first: it waits for our Close (RFC 6455, section 5.5.1), which the runtime leaves to us.
            let _ = socket.close(Some(1000), Some(""));
        }
        self.connections_changed()
    }

    async fn websocket_error(&self, socket: WebSocket, _error: worker::Error) -> Result<()> {
        self.note_departure(sockets::attachment(&socket));
        let _ = sockets::attach(&socket, &Attachment::Closing);
        self.connections_changed()
    }
}

impl Account {
    /// Reads, decides, writes and reconciles, without a single `await`.
    fn run(&self, command: Command) -> Result<Ran> {
        let now = sys::now();
        let store = Store::of(&self.state);
        let loaded = store.load()?;
        let before: Option<Person> = parse(&loaded)?;
        let mut person = before.clone();
        #[cfg(feature = "test-faults")]
        panic_on_purpose(person.as_ref());
        let sockets = sockets::open(&self.state);
        let live = sockets::live(&self.state, &sockets);
        let mut seed = Seed::new()?;
        let service = match (&person, &command) {
            (Some(person), _) => person.identity.service,
            (None, Command::Provision(provision)) => provision.identity.service,
            (None, _) => profile::Service::Coconowork,
        };
        let mut turn =
            Turn { now, random: &mut |bytes| seed.fill(bytes), profile: profile::of(service), live: &live, effects: Vec::new() };
        let reply = account::turn(&mut turn, &mut person, command)?;
        let effects = turn.effects;
        let changed = person != before || !effects.is_empty();
        if changed {
            let cuts = before.as_ref().map(|p| &p.cuts) != person.as_ref().map(|p| &p.cuts);
            self.commit(&store, &loaded, before.as_ref(), &mut person, effects, now, cuts)?;
        } else if loaded.due.is_some_and(|due| loaded.wake.is_none_or(|wake| wake > due.saturating_add(BATCH))) {
            self.wake_behind_answer();
        }
        self.settle_sockets(person.as_ref(), &sockets, &live, now, changed);
        Ok(Ran { reply, person, sockets, now })
    }

    /// Stores the difference and the effects in one commit. A commit that cuts or mails also sets the alarm in it; for the
    /// rest the alarm is set behind the answer, and re-set by the next request if that was lost.
    #[expect(clippy::too_many_arguments, reason = "before, after and what came of it; a struct would only rename them")]
    fn commit(
        &self,
        store: &Store,
        loaded: &Loaded,
        before: Option<&Person>,
        person: &mut Option<Person>,
        effects: Vec<Effect>,
        now: Millis,
        cuts: bool,
    ) -> Result<()> {
        let identity = person.as_ref().or(before).map(|p| p.identity.clone());
        let Some(identity) = identity else { return Ok(()) };
        let mut out = Vec::new();
        let mut sequence = person.as_ref().or(before).map_or(0, |p| p.logged);
        let mails = effects.iter().any(|effect| matches!(effect, Effect::Mail(_)));
        let mut sums = Vec::new();
        for effect in effects {
            if let Effect::Log(event) = &effect
                && let Some(sum) = sum_up(store, event, now)?
            {
                sums.push(sum);
                continue;
            }
            out.push(match effect {
                Effect::Log(event) => {
                    sequence = sequence.saturating_add(1);
                    let row = Numbered { sequence, event };
                    Out::Log {
                        contract: identity.contract.clone(),
                        uid: identity.uid.clone(),
                        login: identity.login.clone(),
                        row,
                    }
                }
                effect => Out::Effect { uid: identity.uid.clone(), effect },
            });
        }
        match (person.as_mut(), before) {
            (Some(person), _) => {
                person.logged = sequence;
                if account::summary::note(person, now) {
                    out.push(Out::Report { contract: identity.contract.clone(), report: person.report.clone() });
                }
            }
            (None, Some(gone)) => out.push(Out::Report { contract: identity.contract.clone(), report: farewell(gone, now) }),
            (None, None) => {}
        }
        let after = person.as_ref().map(Rows::of).transpose().map_err(|why| worker::Error::RustError(why.to_string()))?;
        let at_once = cuts || mails;
        let wake = wanted(loaded.wake, (!out.is_empty() || cuts).then(|| now.saturating_add(BATCH)), now);
        store::commit(&self.state, || {
            match &after {
                Some(after) => store.save(loaded, after)?,
                None => store.forget()?,
            }
            for row in &out {
                if matches!(row, Out::Report { .. }) {
                    store.drop_reports()?;
                }
                store.put_out(&serde_json::to_string(row)?, row.due(now))?;
            }
            for (id, json) in &sums {
                store.rewrite(*id, json)?;
            }
            if let (true, Some(wake)) = (at_once, wake) {
                store.set_wake(Some(wake))?;
            }
            Ok(())
        })?;
        match (at_once, wake) {
            (true, Some(wake)) => sys::set_alarm(&self.state, wake),
            (false, Some(_)) => {
                self.wake_behind_answer();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Closes what is no longer allowed and tells watching pages.
    fn settle_sockets(&self, person: Option<&Person>, sockets: &[WebSocket], live: &Live, now: Millis, changed: bool) {
        if sockets.is_empty() {
            return;
        }
        let verdicts = person.map_or_else(|| everyone_out(live), |person| reconcile(person, live, now));
        let silent = |verdict: &Verdict| match verdict {
            Verdict::Close { index, bye: Bye::Silent, .. } => live.devices.iter().find(|socket| socket.index == *index),
            _ => None,
        };
        for socket in verdicts.iter().filter_map(silent) {
            self.note_departure(Some(Attachment::Device(socket.device.clone())));
        }
        let closed = sockets::perform(sockets, &verdicts);
        if closed {
            self.report_presence();
        }
        if closed || changed {
            sockets::tell_watchers(sockets, live, now);
        }
    }

    /// Turns an accepted `Connect` or `Watch` into a socket.
    fn upgrade(&self, ran: Ran, watcher: String, session: String) -> Result<Response> {
        if !is_ok(&ran.reply) {
            return call::reply(ran.reply);
        }
        let pair = WebSocketPair::new()?;
        if watcher.is_empty() {
            let Ok(connected) = serde_json::from_str::<Reply<Connected>>(&ran.reply)? else { return call::reply(ran.reply) };
            let welcome = welcome_frame(&connected.device, connected.password);
            self.accept(&pair.server, &Attachment::Device(connected.device.clone()), connected.device.end.code())?;
            pair.server.send_with_str(welcome)?;
            self.connections_changed()?;
            let mut response = Response::from_websocket(pair.client)?;
            response.headers_mut().set("sec-websocket-protocol", "device.v1")?;
            return Ok(response);
        }
        self.cap_watchers(&ran, &session);
        let attachment = Attachment::Watcher(WatcherSocket { id: watcher, session, until: lease(ran.now) });
        self.accept(&pair.server, &attachment, "watcher")?;
        self.wake_behind_answer();
        Response::from_websocket(pair.client)
    }

    fn accept(&self, socket: &WebSocket, attachment: &Attachment, tag: &str) -> Result<()> {
        sys::accept(&self.state, socket, tag)?;
        sockets::attach(socket, attachment)
    }

    /// A session watches with at most `Profile::watchers` pages; the oldest lease goes.
    fn cap_watchers(&self, ran: &Ran, session: &str) {
        let Some(person) = &ran.person else { return };
        let mut live = sockets::live(&self.state, &ran.sockets).watchers;
        live.retain(|(_, watcher)| watcher.session == session);
        live.sort_by_key(|(_, watcher)| watcher.until);
        let over = live.len().saturating_add(1).saturating_sub(person.profile().watchers);
        let verdicts: Vec<Verdict> = live.iter().take(over).map(|(index, _)| Verdict::Expire { index: *index }).collect();
        sockets::perform(&ran.sockets, &verdicts);
    }

    /// Renews the lease of a watching page.
    fn renew(&self, ran: &Ran, id: &str) -> Result<()> {
        for (index, watcher) in sockets::live(&self.state, &ran.sockets).watchers {
            if watcher.id == id
                && let Some(socket) = ran.sockets.get(index)
            {
                sockets::attach(socket, &Attachment::Watcher(WatcherSocket { until: lease(ran.now), ..watcher }))?;
            }
        }
        Ok(())
    }

    /// A socket came or went: reconcile (a newer one replaces an older), tell pages and the contract, keep the rounds going.
    fn connections_changed(&self) -> Result<()> {
        let now = sys::now();
        let loaded = Store::of(&self.state).load()?;
        let person: Option<Person> = parse(&loaded)?;
        let sockets = sockets::open(&self.state);
        let live = sockets::live(&self.state, &sockets);
        self.settle_sockets(person.as_ref(), &sockets, &live, now, true);
        self.report_presence();
        if wanted(loaded.wake, next_wake(&loaded, person.as_ref(), &live, now), now).is_some() {
            self.wake_behind_answer();
        }
        Ok(())
    }

    /// A device went by itself: a row for the journal. What it fails by is logged, since nobody waits for an answer.
    fn note_departure(&self, attachment: Option<Attachment>) {
        let Some(Attachment::Device(device)) = attachment else { return };
        if let Err(why) = self.log_departure(&device) {
            worker::console_error!("a departure was not logged: {why}");
        }
    }

    fn log_departure(&self, device: &DeviceSocket) -> Result<()> {
        let now = sys::now();
        let store = Store::of(&self.state);
        let loaded = store.load()?;
        let before: Option<Person> = parse(&loaded)?;
        let Some(person) = &before else { return Ok(()) };
        let event = Effect::Log(account::connect::gone(person, device, now));
        let mut after = before.clone();
        self.commit(&store, &loaded, before.as_ref(), &mut after, vec![event], now, false)
    }

    /// One round of the alarm: silent sockets, service end, outbox.
    async fn round(&self) -> Result<()> {
        self.connections_changed()?;
        self.deliver(sys::now()).await?;
        self.tell_presence().await;
        self.set_wake(self.next_wake()?)
    }

    /// When this object has to wake next.
    fn next_wake(&self) -> Result<Option<Millis>> {
        let loaded = Store::of(&self.state).load()?;
        let person: Option<Person> = parse(&loaded)?;
        let live = sockets::live(&self.state, &sockets::open(&self.state));
        Ok(next_wake(&loaded, person.as_ref(), &live, sys::now()))
    }

    /// Sets the alarm, and notes it in the same commit.
    fn set_wake(&self, at: Option<Millis>) -> Result<()> {
        Store::of(&self.state).set_wake(at)?;
        at.map_or(Ok(()), |at| sys::set_alarm(&self.state, at))
    }

    /// Sets the alarm once the answer has left, so that nobody waits for that commit.
    fn wake_behind_answer(&self) {
        if self.pending.wake.replace(true) {
            return;
        }
        let account = self.again();
        sys::after_answer(&self.state, async move {
            worker::Delay::from(BEHIND_ANSWER).await;
            account.pending.wake.set(false);
            let set = account.next_wake().and_then(|at| {
                let loaded = Store::of(&account.state).load()?;
                match wanted(loaded.wake, at, sys::now()) {
                    Some(at) => account.set_wake(Some(at)),
                    None => Ok(()),
                }
            });
            if let Err(why) = set {
                worker::console_error!("the alarm could not be set: {why}");
            }
        });
    }

    /// Performs what the outbox holds; what fails is tried again later.
    async fn deliver(&self, until: Millis) -> Result<()> {
        let store = Store::of(&self.state);
        let rows = store.outgoing(until)?;
        let mut logs: Vec<(String, Append, Vec<Outgoing>)> = Vec::new();
        let mut sent = Vec::new();
        let mut failed = Vec::new();
        for row in rows {
            let out: Out = serde_json::from_str(&row.json)?;
            let ended = match out {
                Out::Log { contract, uid, login, row: numbered } => {
                    batch(&mut logs, object_of(&contract, numbered.event.at), uid, login, numbered, row);
                    continue;
                }
                Out::Report { contract, report } => {
                    tell(call::ask(&self.env, Kind::Contract, &contract, Report { report }).await)
                }
                Out::Effect { uid, effect } => self.perform(&uid, effect, row.id).await,
            };
            if ended == Delivery::Sent { sent.push(row) } else { failed.push((row, ended)) }
        }
        for (object, append, rows) in logs {
            let ended = tell(hand_over(&self.env, &object, append).await);
            if ended == Delivery::Sent {
                sent.extend(rows);
            } else {
                failed.extend(rows.into_iter().map(|row| (row, ended)));
            }
        }
        let now = sys::now();
        store::commit(&self.state, || {
            for row in &sent {
                store.sent(row.id)?;
            }
            for (row, ended) in &failed {
                let dead = *ended == Delivery::Never || row.tries >= TRIES;
                store.postpone(row.id, now.saturating_add(back_off(row.tries)), dead)?;
            }
            Ok(())
        })
    }

    async fn perform(&self, uid: &str, effect: Effect, id: i64) -> Delivery {
        match effect {
            Effect::ConfirmName { key } => {
                let confirm = Confirm { key: key.clone(), uid: uid.to_owned() };
                tell(call::ask(&self.env, Kind::Names, &shard_of(&key), confirm).await)
            }
            Effect::ReleaseName { key } => {
                let release = Release { key: key.clone(), uid: uid.to_owned() };
                tell(call::ask(&self.env, Kind::Names, &shard_of(&key), release).await)
            }
            Effect::Mail(mail) => match courier::installed() {
                Some(courier) => courier.mail(&self.env, &format!("{uid}-{id}"), &mail).await,
                None => Delivery::Later,
            },
            Effect::Log(_) => Delivery::Sent,
        }
    }

    /// Reports presence soon, once for all changes of a second.
    fn report_presence(&self) {
        if self.pending.presence.replace(true) {
            return;
        }
        let account = self.again();
        sys::after_answer(&self.state, async move {
            worker::Delay::from(PRESENCE_EVERY).await;
            account.tell_presence().await;
        });
    }

    /// Another handle on this object, for what goes on behind an answer.
    fn again(&self) -> Self {
        Self { state: sys::again(&self.state), env: self.env.clone(), pending: AssertUnwindSafe(Rc::clone(&self.pending)) }
    }

    /// Tells the contract who is connected. Lost reports are made up for by the next round.
    async fn tell_presence(&self) {
        self.pending.presence.set(false);
        let Ok(loaded) = Store::of(&self.state).load() else { return };
        let Ok(Some(person)) = parse(&loaded) else { return };
        let sockets = sockets::open(&self.state);
        let live = sockets::live(&self.state, &sockets);
        let now = sys::now();
        let since = |end| live.connected(&person, end, now).map(|socket| socket.device.since);
        let presence =
            Presence { uid: person.identity.uid.clone(), viewer: since(End::Viewer), client: since(End::Client), at: now };
        if let Err(why) = call::ask(&self.env, Kind::Contract, &person.identity.contract, presence).await {
            worker::console_error!("presence: {why}");
        }
    }
}

/// The fault of the test-only build.
#[cfg(feature = "test-faults")]
fn panic_on_purpose(person: Option<&Person>) {
    assert!(person.is_none_or(|person| person.identity.login != "panic.00001"), "on purpose");
}

fn parse(loaded: &Loaded) -> Result<Option<Person>> {
    if loaded.object == "{}" {
        return Ok(None);
    }
    Ok(serde_json::from_str(&loaded.object)?)
}

/// The waiting row that this event is one more of, with the event added; `None` when it becomes a row of its own.
fn sum_up(store: &Store, event: &Event, now: Millis) -> Result<Option<(i64, String)>> {
    if sum::window(&event.code).is_none() {
        return Ok(None);
    }
    for waiting in store.waiting("{\"log\"", now)? {
        let mut out: Out = serde_json::from_str(&waiting.json)?;
        if let Out::Log { row, .. } = &mut out
            && sum::belongs(&row.event, event)
        {
            sum::add(&mut row.event, event);
            return Ok(Some((waiting.id, serde_json::to_string(&out)?)));
        }
    }
    Ok(None)
}

/// Whether an encoded reply is an answer, not a refusal.
fn is_ok(reply: &str) -> bool {
    reply.starts_with("{\"Ok\"")
}

/// When to wake next, from what is stored and who is connected.
fn next_wake(loaded: &Loaded, person: Option<&Person>, live: &Live, now: Millis) -> Option<Millis> {
    let mut times: Vec<Millis> = loaded.due.map(|due| due.max(now).saturating_add(BATCH)).into_iter().collect();
    if !live.devices.is_empty() || !live.watchers.is_empty() {
        times.push(now.saturating_add(ROUND));
        times.extend(person.and_then(|p| service_period::next_change(p.identity.start, p.identity.end, now)));
        let previous = person.and_then(|p| p.credential.previous.as_ref()).map(|previous| previous.until);
        times.extend(previous.filter(|until| *until > now));
    }
    if let Some(watcher) = live.watchers.iter().map(|(_, watcher)| watcher.until).max() {
        times.push(watcher.max(now).saturating_add(BATCH));
        times.extend(live.devices.iter().map(|socket| silent_at(socket.heard.max(socket.device.since)).max(now)));
    }
    times.into_iter().min()
}

/// The alarm to set: the sooner one of what is wanted and what is set; `None` when what is set will do.
fn wanted(set: Option<Millis>, want: Option<Millis>, now: Millis) -> Option<Millis> {
    let want = want?;
    let lost = |at: Millis| at < now.saturating_sub(BATCH.saturating_mul(5));
    match set {
        Some(at) if at <= want && !lost(at) => None,
        _ => Some(want),
    }
}

fn everyone_out(live: &Live) -> Vec<Verdict> {
    let out = |socket: &account::connections::LiveSocket| Verdict::Close {
        index: socket.index,
        bye: Bye::CredentialsRevoked,
        same_device: None,
    };
    live.devices.iter().map(out).collect()
}

fn silent_at(heard: Millis) -> Millis {
    heard.saturating_add(account::connections::SILENT_AFTER)
}

/// Rows for the same journal object go in one call.
fn batch(
    logs: &mut Vec<(String, Append, Vec<Outgoing>)>,
    object: String,
    uid: String,
    login: String,
    row: Numbered,
    out: Outgoing,
) {
    if let Some((_, append, rows)) = logs.iter_mut().find(|(name, ..)| *name == object) {
        append.rows.push(row);
        rows.push(out);
    } else {
        logs.push((object, Append { uid, login, rows: vec![row], opening: None }, vec![out]));
    }
}

/// An object's answer as the end of a delivery: a refusal is final (the name has another owner by now), a fault is not.
fn tell<A: Serialize>(answer: Result<Reply<A>>) -> Delivery {
    match answer {
        Ok(_) => Delivery::Sent,
        Err(why) => {
            worker::console_error!("outbox: {why}");
            Delivery::Later
        }
    }
}

/// 2 s doubling to half an hour.
fn back_off(tries: u32) -> Millis {
    2_000_i64.checked_shl(tries.min(20)).unwrap_or(SLOWEST_RETRY).min(SLOWEST_RETRY)
}
