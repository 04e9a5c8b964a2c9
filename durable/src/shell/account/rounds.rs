//! What goes on behind the answers: the rounds of the alarm, and the reports of presence. Losing one loses nothing: the next
//! wake makes up for it.

use std::{cell::Cell, panic::AssertUnwindSafe, rc::Rc};

use worker::Result;

use super::{
    super::{
        call::{self, Kind},
        sockets, store,
        store::{Loaded, Outgoing, Store},
        sys,
    },
    Account, BATCH, parse,
};
use crate::{
    Millis,
    account::{
        Command, Person, Rotate,
        connect::still_here,
        connections::{Live, SILENT_AFTER},
        credential::{late_at, to_rotate},
        person::End,
        receipt,
        summary::Waiting,
    },
    contract::{Presence, Report},
    rules::service_period,
};

/// How long the answer is given to leave before the alarm is set behind it.
const BEHIND_ANSWER: core::time::Duration = core::time::Duration::from_millis(20);
/// While a device is connected, the object wakes at least this often to look for silent ones (interface, section 4).
const ROUND: Millis = 15 * 60 * 1000;
/// A round may come so much later than it was set for, and still keep what the contract believes.
const LATE: Millis = 60 * 1000;
/// The contract is told of the first change right behind the answer, and of those behind it at most once in this time.
const REPORT_EVERY: Millis = 1_000;

/// What is already under way behind an answer, so that it is not begun twice. Losing this loses nothing.
#[derive(Default)]
pub struct Pending {
    /// A report of presence.
    presence: Cell<bool>,
    /// When presence was reported last.
    present_at: Cell<Millis>,
    /// When a summary left right behind an answer last.
    summary_at: Cell<Millis>,
    /// The number of the last summary that reached the contract that way.
    summary: Cell<u64>,
    /// Setting the alarm.
    wake: Cell<bool>,
    /// Rows of the outbox that are being delivered.
    sending: Cell<Vec<i64>>,
    /// Whether the account is known to be one of a service without settings; that never changes.
    plain: Cell<bool>,
}

impl Pending {
    /// Whether this account's service has no settings of a contract: then nobody is asked for them.
    pub fn is_plain(&self) -> bool {
        self.plain.get()
    }

    /// It has none.
    pub fn set_plain(&self) {
        self.plain.set(true);
    }

    /// Whether this summary, or a newer one, has reached the contract already.
    pub fn reported(&self, sequence: u64) -> bool {
        sequence <= self.summary.get()
    }

    /// Those of these rows that nobody is delivering: whoever asks now does.
    pub fn claim(&self, rows: Vec<Outgoing>) -> Vec<Outgoing> {
        let mut sending = self.sending.take();
        let free: Vec<Outgoing> = rows.into_iter().filter(|row| !sending.contains(&row.id)).collect();
        sending.extend(free.iter().map(|row| row.id));
        self.sending.set(sending);
        free
    }

    /// These rows are delivered, or were not to be: what became of them is stored.
    pub fn release(&self, ids: &[i64]) {
        let mut sending = self.sending.take();
        sending.retain(|id| !ids.contains(id));
        self.sending.set(sending);
    }
}

impl Account {
    /// One round of the alarm: devices that did not answer, silent sockets, service end, old tokens, outbox. What was delivered and the next alarm are one commit.
    pub(super) async fn round(&self) -> Result<()> {
        self.note(&receipt::settle)?;
        let (_, person, live) = self.reconciled()?;
        self.note(&|person, now| {
            still_here(person, &live, now);
            Vec::new()
        })?;
        for end in person.iter().flat_map(|person| to_rotate(person, &live, sys::now())) {
            self.run(Command::Rotate(Rotate { end }), None)?;
        }
        let delivered = self.deliver(sys::now()).await?;
        if !live.devices.is_empty() {
            self.tell_presence().await;
        }
        store::commit(&self.state, || {
            delivered.store(&Store::of(&self.state), sys::now())?;
            self.set_wake(self.next_wake()?)
        })
    }

    /// A socket came or went: reconcile (a newer one replaces an older), tell pages and the contract, keep the rounds going.
    pub(super) fn connections_changed(&self) -> Result<()> {
        let (loaded, person, live) = self.reconciled()?;
        self.report_presence();
        let now = sys::now();
        if wanted(loaded.wake, next_wake(&loaded, person.as_ref(), &live, now), now).is_some() {
            self.wake_behind_answer();
        }
        Ok(())
    }

    /// Compares all sockets with the state and tells watching pages. The sockets as they were before.
    fn reconciled(&self) -> Result<(Loaded, Option<Person>, Live)> {
        let loaded = Store::of(&self.state).load()?;
        let person: Option<Person> = parse(&loaded)?;
        let sockets = sockets::open(&self.state);
        let live = sockets::live(&self.state, &sockets);
        self.settle_sockets(person.as_ref(), &sockets, &live, sys::now(), true);
        Ok((loaded, person, live))
    }

    /// When this object has to wake next.
    fn next_wake(&self) -> Result<Option<Millis>> {
        let loaded = Store::of(&self.state).load()?;
        let person: Option<Person> = parse(&loaded)?;
        let live = sockets::live(&self.state, &sockets::open(&self.state));
        Ok(next_wake(&loaded, person.as_ref(), &live, sys::now()))
    }

    /// Sets the alarm, and notes it in the same commit.
    pub(super) fn set_wake(&self, at: Option<Millis>) -> Result<()> {
        Store::of(&self.state).set_wake(at)?;
        at.map_or(Ok(()), |at| sys::set_alarm(&self.state, at))
    }

    /// Sets the alarm once the answer has left, so that nobody waits for that commit.
    pub(super) fn wake_behind_answer(&self) {
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

    /// Reports presence: the first change right behind the answer, the others once a second.
    pub(super) fn report_presence(&self) {
        if self.pending.presence.replace(true) {
            return;
        }
        let account = self.again();
        let since = sys::now().saturating_sub(self.pending.present_at.get());
        let wait = u64::try_from(REPORT_EVERY.saturating_sub(since).clamp(0, REPORT_EVERY)).unwrap_or(0);
        sys::after_answer(&self.state, async move {
            worker::Delay::from(core::time::Duration::from_millis(wait)).await;
            account.tell_presence().await;
        });
    }

    /// Reports a summary that has changed right behind the answer, if none left in the last second. The outbox holds it in any
    /// case: what does not arrive this way, the alarm delivers, and what did, it only takes out.
    pub(super) fn report_summary(&self, before: Option<&Person>, after: Option<&Person>, now: Millis) {
        let (Some(before), Some(after)) = (before, after) else { return };
        if before.report.sequence == after.report.sequence || now.saturating_sub(self.pending.summary_at.get()) < REPORT_EVERY {
            return;
        }
        self.pending.summary_at.set(now);
        let (account, contract, report) = (self.again(), after.identity.contract.clone(), after.report.clone());
        sys::after_answer(&self.state, async move {
            worker::Delay::from(core::time::Duration::ZERO).await;
            let sequence = report.sequence;
            if call::ask(&account.env, Kind::Contract, &contract, Report { report }).await.is_ok() {
                account.pending.summary.set(account.pending.summary.get().max(sequence));
            }
        });
    }

    /// Another handle on this object, for what goes on behind an answer.
    fn again(&self) -> Self {
        Self { state: sys::again(&self.state), env: self.env.clone(), pending: AssertUnwindSafe(Rc::clone(&self.pending)) }
    }

    /// Tells the contract who is connected. Lost reports are made up for by the next round.
    pub(super) async fn tell_presence(&self) {
        self.pending.presence.set(false);
        self.pending.present_at.set(sys::now());
        let Ok(loaded) = Store::of(&self.state).load() else { return };
        let Ok(Some(person)) = parse(&loaded) else { return };
        let sockets = sockets::open(&self.state);
        let live = sockets::live(&self.state, &sockets);
        let now = sys::now();
        let since = |end| live.connected(&person, end, now).map(|socket| socket.device.since);
        // The round behind the one that this may be.
        let again = loaded.wake.filter(|wake| *wake > now).unwrap_or_else(|| now.saturating_add(ROUND)).saturating_add(LATE);
        let presence = Presence {
            uid: person.identity.uid.clone(),
            viewer: since(End::Viewer),
            client: since(End::Client),
            at: now,
            waiting: Waiting::of(&person, &live, now),
            again,
        };
        if let Err(why) = call::ask(&self.env, Kind::Contract, &person.identity.contract, presence).await {
            worker::console_error!("presence: {why}");
        }
    }
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
    times.extend(person.and_then(receipt::due).map(|due| due.max(now)));
    if let Some(watcher) = live.watchers.iter().map(|(_, watcher)| watcher.until).max() {
        times.push(watcher.max(now).saturating_add(BATCH));
        times.extend(person.and_then(|person| late_at(person, now)));
        times.extend(live.devices.iter().map(|socket| silent_at(socket.heard.max(socket.device.since)).max(now)));
    }
    times.into_iter().min()
}

/// The alarm to set: the sooner one of what is wanted and what is set; `None` when what is set will do.
pub fn wanted(set: Option<Millis>, want: Option<Millis>, now: Millis) -> Option<Millis> {
    let want = want?;
    let lost = |at: Millis| at < now.saturating_sub(BATCH.saturating_mul(5));
    match set {
        Some(at) if at <= want && !lost(at) => None,
        _ => Some(want),
    }
}

/// When a device that was heard then counts as silent.
fn silent_at(heard: Millis) -> Millis {
    heard.saturating_add(SILENT_AFTER)
}
