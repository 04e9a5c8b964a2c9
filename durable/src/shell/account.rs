//! An Account: runs turns over the stored person and keeps that person's sockets in line with the state. `outbox` delivers what
//! turns want done; `rounds` are the alarm and the reports of presence.
//!
//! Every wake — request, frame, alarm — reconciles all sockets with the state. Alarms only clean up, deliver and reconcile;
//! they may come twice, late or after a lost one, and nothing goes wrong.

#![expect(missing_docs, reason = "the runtime's macro makes undocumented exports")]

mod outbox;
mod rounds;

use std::{panic::AssertUnwindSafe, rc::Rc};

use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage, WebSocketPair, durable_object,
    worker_sys::WebSocketRequestResponsePair,
};

use self::{
    outbox::sum_up,
    rounds::{Pending, wanted},
};
#[cfg(feature = "test-faults")]
use super::faults;
use super::{
    call::{self, Kind, unreadable},
    keys,
    names::Seed,
    outbox::Out,
    sockets, store,
    store::{Loaded, Store},
    sys,
};
use crate::{
    Millis,
    account::{
        self, Acknowledge, Command, Connected, Person,
        connections::{Attachment, Bye, DeviceSocket, Live, Verdict, reconcile, welcome_frame},
        frames::{Heard, heard},
        operator::farewell,
        receipt,
        summary::Waiting,
    },
    ask::Reply,
    contract::{Facts, ReadFacts},
    effect::{Effect, Event},
    journal::Numbered,
    json, profile,
    saved::Rows,
    secret::Secret,
    turn::Turn,
};

/// Outbox rows wait this long, so that one delivery takes what a few seconds bring.
const BATCH: Millis = 1_000;

/// One person's account and sockets.
#[durable_object]
pub struct Account {
    state: State,
    env: Env,
    pending: AssertUnwindSafe<Rc<Pending>>,
}

/// The outcome of a synchronous run: everything but the answer's way back.
struct Ran {
    reply: String,
    person: Option<Person>,
    now: Millis,
    /// What the socket that is about to open is told after its welcome.
    push: Option<Secret>,
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
            Command::PasswordPage(page) => (None, page.renew.clone()),
            Command::AccountPage(page) => (None, page.renew.clone()),
            _ => (None, None),
        };
        let session = match &arrived.command {
            Command::Watch(watch) => watch.actor.session.clone(),
            _ => String::new(),
        };
        let at_once =
            matches!(arrived.command, Command::Provision(_) | Command::Delete(_) | Command::UseLink(_) | Command::Withdraw(_))
                || matches!(&arrived.command, Command::Invite(invite) if !invite.of_many);
        let facts = self.facts(&arrived.command).await?;
        let ran = self.run(arrived.command, facts)?;
        if let Some(watcher) = upgrade {
            return self.upgrade(ran, watcher, session);
        }
        if let Some(watcher) = renew
            && is_ok(&ran.reply)
        {
            sockets::renew(&self.state, &watcher, ran.now)?;
        }
        if at_once && is_ok(&ran.reply) {
            let delivered = self.deliver(ran.now.saturating_add(BATCH)).await?;
            store::commit(&self.state, || delivered.store(&Store::of(&self.state), sys::now()))?;
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

    async fn websocket_message(&self, socket: WebSocket, frame: WebSocketIncomingMessage) -> Result<()> {
        // `ping` is answered by the runtime. No device sends binary frames, and no page any.
        let text = match frame {
            WebSocketIncomingMessage::String(text) => text,
            WebSocketIncomingMessage::Binary(_) => String::new(),
        };
        match sockets::attachment(&socket) {
            Some(Attachment::Closing | Attachment::Cut { .. }) => Ok(()),
            Some(Attachment::Device(device)) => self.said(socket, &device, &text),
            Some(Attachment::Watcher(_)) | None => {
                sockets::refuse(socket);
                self.connections_changed()
            }
        }
    }

    async fn websocket_close(&self, socket: WebSocket, _code: usize, _reason: String, clean: bool) -> Result<()> {
        let attachment = sockets::attachment(&socket);
        let ours = matches!(attachment, Some(Attachment::Closing | Attachment::Cut { .. }));
        let _ = sockets::attach(&socket, &Attachment::Closing);
        if !ours {
            // The peer closes first: it waits for our Close (RFC 6455, section 5.5.1), which the runtime leaves to us.
            let _ = socket.close(Some(1000), Some(""));
        }
        self.ended(attachment, clean)
    }

    async fn websocket_error(&self, socket: WebSocket, _error: worker::Error) -> Result<()> {
        let attachment = sockets::attachment(&socket);
        let _ = sockets::attach(&socket, &Attachment::Closing);
        self.ended(attachment, false)
    }
}

impl Account {
    /// The contract's facts, for a command that needs them: asked for here, where waiting is allowed.
    async fn facts(&self, command: &Command) -> Result<Option<Facts>> {
        if self.pending.is_plain() || !command.needs_facts() {
            return Ok(None);
        }
        let person: Option<Person> = parse(&Store::of(&self.state).load()?)?;
        let Some(identity) = person.map(|person| person.identity) else { return Ok(None) };
        if !profile::of(identity.service).settings {
            self.pending.set_plain();
            return Ok(None);
        }
        Ok(call::ask(&self.env, Kind::Contract, &identity.contract, ReadFacts).await?.ok())
    }

    /// Reads, decides, writes and reconciles, without a single `await`.
    fn run(&self, command: Command, facts: Option<Facts>) -> Result<Ran> {
        let now = sys::now();
        #[cfg(feature = "test-faults")]
        let what = faults::name(&command);
        let store = Store::of(&self.state);
        let loaded = store.load()?;
        let before: Option<Person> = parse(&loaded)?;
        let mut person = before.clone();
        #[cfg(feature = "test-faults")]
        faults::panic_on_purpose(person.as_ref());
        let sockets = sockets::open(&self.state);
        let live = sockets::live(&self.state, &sockets);
        let mut seed = Seed::new()?;
        let service = match (&person, &command) {
            (Some(person), _) => person.identity.service,
            (None, Command::Provision(provision)) => provision.identity.service,
            (None, Command::Invite(invite)) => invite.identity.service,
            (None, _) => profile::Service::Coconowork,
        };
        let (profile, seals, random) = (profile::of(service), keys::seals(&self.env)?, &mut |bytes: &mut [u8]| seed.fill(bytes));
        let mut turn = Turn { now, random, profile, live: &live, facts, seals: &seals, effects: Vec::new(), push: None };
        let reply = account::turn(&mut turn, &mut person, command)?;
        let (effects, push) = (turn.effects, turn.push);
        let changed = person != before || !effects.is_empty();
        if changed {
            #[cfg(feature = "test-faults")]
            faults::begin(&what);
            let cutting = |person: &Option<Person>| {
                let period = |p: &Person| (p.identity.start, p.identity.end);
                person.as_ref().map(|p| (p.cuts.clone(), p.credential.previous.clone(), p.devices.refused.clone(), period(p)))
            };
            let cuts = cutting(&before) != cutting(&person);
            self.commit(&store, &loaded, before.as_ref(), &mut person, effects, now, cuts)?;
            self.report_summary(before.as_ref(), person.as_ref(), now);
            let waiting = |person: &Option<Person>| person.as_ref().and_then(|person| Waiting::of(person, &live, now));
            if waiting(&before) != waiting(&person) {
                self.report_presence();
            }
        } else if wanted(loaded.wake, loaded.due.map(|due| due.max(now).saturating_add(BATCH)), now).is_some() {
            self.wake_behind_answer();
        }
        let push = push.and_then(|push| sockets::push(&sockets, push));
        self.settle_sockets(person.as_ref(), &sockets, &live, now, changed);
        Ok(Ran { reply, person, now, push })
    }

    /// A device's frame. Whatever it brings, the sockets are compared with the state; a signal commits nothing.
    fn said(&self, socket: WebSocket, device: &DeviceSocket, text: &str) -> Result<()> {
        let now = sys::now();
        let person: Option<Person> = parse(&Store::of(&self.state).load()?)?;
        let sockets = sockets::open(&self.state);
        let live = sockets::live(&self.state, &sockets);
        match person.as_ref().map_or(Heard::Ignored, |person| heard(person, &live, device, text, now)) {
            Heard::Ignored => {}
            Heard::Broken => sockets::refuse(socket),
            Heard::Acknowledged { device, id } => {
                let command = Acknowledge { end: device.end, key: device.key.clone(), id };
                sockets::attach(&socket, &Attachment::Device(device))?;
                return self.run(Command::Acknowledge(command), None).map(|_| ());
            }
            Heard::Signal { device, to, frame } => {
                sockets::attach(&socket, &Attachment::Device(device))?;
                match to.and_then(|index| sockets.get(index)) {
                    Some(other) => drop(other.send_with_str(frame)),
                    // Whoever was there may have fallen silent.
                    None => self.settle_sockets(person.as_ref(), &sockets, &sockets::live(&self.state, &sockets), now, false),
                }
                return Ok(());
            }
        }
        self.connections_changed()
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
        let mails = effects.iter().any(|effect| matches!(effect, Effect::Mail(_) | Effect::Sms(_)));
        let mut sums = Vec::new();
        let mut revived = Vec::new();
        for effect in effects {
            if let Effect::Log(event) = &effect
                && let Some(sum) = sum_up(store, event, now)?
            {
                sums.push(sum);
                continue;
            }
            out.push(match effect {
                Effect::Retry { row } => {
                    revived.push(row);
                    continue;
                }
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
            for row in &revived {
                store.revive(*row, now)?;
            }
            match wake {
                Some(wake) if at_once => self.set_wake(Some(wake)),
                _ => Ok(()),
            }
        })?;
        #[cfg(feature = "test-faults")]
        faults::after_commit(&self.env, &identity.uid);
        if wake.is_some() && !at_once {
            self.wake_behind_answer();
        }
        Ok(())
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
        let closed = sockets::perform(sockets, &verdicts);
        if closed {
            self.report_presence();
        }
        if closed || changed {
            sockets::tell_watchers(sockets, live, now);
        }
        // Behind all of it: whatever becomes of a note, no socket stays for it.
        for socket in verdicts.iter().filter_map(silent) {
            self.note_end(Some(Attachment::Device(socket.device.clone())), false);
        }
    }

    /// A socket has ended. Nobody repeats that, so the others hear of a device that went by itself before it is noted: whatever
    /// becomes of the note, the other end knows. An answer to our Close is noted first, since pages are told to show it.
    fn ended(&self, attachment: Option<Attachment>, clean: bool) -> Result<()> {
        if matches!(attachment, Some(Attachment::Cut { .. })) {
            self.note_end(attachment, clean);
            return self.connections_changed();
        }
        let told = self.connections_changed();
        self.note_end(attachment, clean);
        told
    }

    /// A socket has ended. A device that went by itself is a row for the journal; one that we closed has answered with its own
    /// Close (`clean`) or not. What this fails by is logged, since nobody waits for an answer.
    fn note_end(&self, attachment: Option<Attachment>, clean: bool) {
        let noted = match attachment {
            Some(Attachment::Device(device)) => self.note(&|person, now| vec![account::connect::gone(person, &device, now)]),
            Some(Attachment::Cut { end, since, sent }) => self.note(&|person, now| {
                receipt::ended(person, end, since, clean.then(|| now.saturating_sub(sent)), now);
                receipt::settle(person, now)
            }),
            _ => Ok(()),
        };
        if let Err(why) = noted {
            worker::console_error!("the end of a connection was not noted: {why}");
        }
    }

    /// Stores what happened to the person by itself, with the rows about it, in one commit; nothing if nothing did.
    fn note(&self, happened: &dyn Fn(&mut Person, Millis) -> Vec<Event>) -> Result<()> {
        let now = sys::now();
        let store = Store::of(&self.state);
        let loaded = store.load()?;
        let before: Option<Person> = parse(&loaded)?;
        let Some(mut person) = before.clone() else { return Ok(()) };
        let events: Vec<Effect> = happened(&mut person, now).into_iter().map(Effect::Log).collect();
        let mut after = Some(person);
        if events.is_empty() && after == before {
            return Ok(());
        }
        #[cfg(feature = "test-faults")]
        faults::begin("note");
        self.commit(&store, &loaded, before.as_ref(), &mut after, events, now, false)
    }

    /// Turns an accepted `Connect` or `Watch` into a socket.
    fn upgrade(&self, ran: Ran, watcher: String, session: String) -> Result<Response> {
        if !is_ok(&ran.reply) {
            return call::reply(ran.reply);
        }
        let pair = WebSocketPair::new()?;
        if watcher.is_empty() {
            let Ok(connected) = json::read::<Reply<Connected>>(&ran.reply).map_err(unreadable)? else {
                return call::reply(ran.reply);
            };
            let welcome = welcome_frame(&connected.device, connected.password);
            self.accept(&pair.server, &Attachment::Device(connected.device.clone()), connected.device.end.code())?;
            pair.server.send_with_str(welcome)?;
            if let Some(frame) = ran.push {
                pair.server.send_with_str(frame.reveal())?;
            }
            self.connections_changed()?;
            let mut response = Response::from_websocket(pair.client)?;
            response.headers_mut().set("sec-websocket-protocol", "device.v1")?;
            return Ok(response);
        }
        let most = ran.person.as_ref().map_or(0, |person| person.profile().watchers);
        sockets::watch(&self.state, &pair.server, watcher, session, most, ran.now)?;
        self.wake_behind_answer();
        Response::from_websocket(pair.client)
    }

    fn accept(&self, socket: &WebSocket, attachment: &Attachment, tag: &str) -> Result<()> {
        sys::accept(&self.state, socket, tag)?;
        sockets::attach(socket, attachment)
    }
}

fn parse(loaded: &Loaded) -> Result<Option<Person>> {
    if loaded.object == "{}" {
        return Ok(None);
    }
    json::read(&loaded.object).map(Some).map_err(unreadable)
}

/// Whether an encoded reply is an answer, not a refusal.
fn is_ok(reply: &str) -> bool {
    reply.starts_with("{\"Ok\"")
}

fn everyone_out(live: &Live) -> Vec<Verdict> {
    let out = |socket: &account::connections::LiveSocket| Verdict::Close {
        index: socket.index,
        bye: Bye::CredentialsRevoked,
        same_device: None,
    };
    live.devices.iter().map(out).collect()
}
