//! The language of the stories: one account of ココナワーク with its sockets, its clock and its journal, and the doors people
//! and programs come through. Nothing here decides; it only says the steps of a door in their order.

use durable::{
    Millis,
    account::{
        self, Attempt, AttemptDevice, Challenge, ChangePassword, Command, Connect, Connected, DeviceAnswer, GiveCode, Me, MeView,
        Method, OfferFactor, OpenChange, Person, Provision, Settle, SettleDevice, SignedIn, Stage,
        connect::still_here,
        connections::{Bye, DeviceSocket, Live, LiveSocket, Verdict, WatcherSocket, reconcile},
        credential::to_rotate,
        frames::{Heard, heard},
        operator::Initial,
        person::{End, Identity, Role},
        sign_in::NewSession,
        summary,
    },
    ask::{Ask, Reply},
    contract::{self, Change, Facts},
    effect::Effect,
    profile::{self, Service},
    refusal::Refusal,
    rules::{
        access::{Act, Actor},
        date::Day,
        password::Violation,
        phc::Phc,
        totp,
    },
    saved::Rows,
    seal::{Purpose, Seals},
    secret::{Secret, base64, from_base64, mac},
    turn::Turn,
};

pub const SECOND: Millis = 1000;
pub const MINUTE: Millis = 60 * SECOND;
pub const HOUR: Millis = 60 * MINUTE;
pub const DAY: Millis = 24 * HOUR;
/// 2026-11-22T09:00:00+09:00
pub const MORNING: Millis = 1_795_305_600_000;

pub const LOGIN: &str = "cwtest.00001";
pub const RIGHT: &str = "Kuromatsu-2024";
pub const NEW: &str = "Akamatsu-2025";
pub const NEWER: &str = "Goyomatsu-2026";
pub const WRONG: &str = "Shiromatsu-1999";
pub const TEMPORARY: &str = "Karimatsu-0000";
pub const DATA_KEY: &str = "the data key of the stories, of 32+";
pub const OPERATOR: &str = "operator:tests";

/// One account and everything around it.
pub struct World {
    pub now: Millis,
    pub person: Option<Person>,
    pub live: Live,
    pub seals: Seals,
    /// Sockets that were closed: which end, why, and whether the same device replaced it.
    pub closed: Vec<(End, Bye, Option<bool>)>,
    /// Frames that were sent without a Close, `peer` apart.
    pub told: Vec<String>,
    /// Who was told that the other end is there now, or is not any more.
    pub peers: Vec<(End, bool)>,
    pub effects: Vec<Effect>,
    /// `credential` frames that were sent: to which socket (none: the one that was opening), and what they say.
    pub pushed: Vec<(Option<usize>, serde_json::Value)>,
    /// What the contract says, for services whose decisions depend on it.
    pub facts: Option<Facts>,
    drawn: u64,
    sockets: usize,
}

/// A device as it is after its login.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    pub token: String,
    pub key: Option<String>,
    pub answer: DeviceAnswer,
}

/// What hashing costs 35 ms elsewhere.
pub fn output(password: &str, challenge: &Challenge) -> Secret {
    Secret::new(base64(&mac(&from_base64(&challenge.salt).unwrap(), &[password.as_bytes()])))
}

/// What an authenticator app shows for this seed (RFC 6238).
pub fn code_of(base32: &str, at: Millis) -> String {
    let secret = totp_rs::Secret::try_from_base32(base32).unwrap();
    let app = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    app.generate(u64::try_from(at / 1000).unwrap()).to_string()
}

/// A temporary password, hashed under a challenge.
pub fn initial(password: &str, challenge: Challenge) -> Initial {
    Initial { output: output(password, &challenge), challenge }
}

/// A stored hash of a password.
pub fn hash(password: &str) -> Phc {
    let challenge = Challenge::with_salt(String::new(), b"0123456789abcdef");
    challenge.hash(&output(password, &challenge)).unwrap()
}

pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub fn identity() -> Identity {
    Identity {
        service: Service::Coconowork,
        uid: "0123456789abcdef0123456789abcdef".into(),
        contract: "123456789".into(),
        role: Role::User,
        login: LOGIN.into(),
        name: "鈴木 花子".into(),
        plan: "coconowork".into(),
        start: day("2022-12-01"),
        end: None,
    }
}

/// The account administrator of the contract.
pub fn administrator() -> Actor {
    Actor {
        uid: "fedcba9876543210fedcba9876543210".into(),
        contract: "123456789".into(),
        role: Role::Administrator,
        login: "admin.00001".into(),
        name: "山田 太郎".into(),
        session: "his-session".into(),
        address: "192.0.2.9".into(),
    }
}

/// What a contract is after a change.
pub fn changed(facts: &Facts, actor: &Actor, change: &Change, now: Millis) -> Result<Facts, Refusal> {
    contract::changed(facts, actor, change, now).map(|changed| changed.facts)
}

impl World {
    /// Nobody yet.
    pub fn empty() -> Self {
        Self {
            now: MORNING,
            person: None,
            live: Live::default(),
            seals: Seals::new(vec![DATA_KEY.into()]),
            closed: Vec::new(),
            told: Vec::new(),
            peers: Vec::new(),
            effects: Vec::new(),
            pushed: Vec::new(),
            facts: None,
            drawn: 0,
            sockets: 0,
        }
    }

    /// A user in service whose password is [`RIGHT`].
    pub fn user() -> Self {
        Self::with(identity())
    }

    /// An account administrator whose password is [`RIGHT`].
    pub fn administrator() -> Self {
        Self::with(Identity { role: Role::Administrator, plan: String::new(), ..identity() })
    }

    pub fn with(identity: Identity) -> Self {
        let mut world = Self::empty();
        world.provision(identity, Some(RIGHT)).unwrap();
        world.effects.clear();
        world
    }

    /// One command, as it travels, against what is stored.
    pub fn ask<C: Ask<Command = Command>>(&mut self, command: C) -> Reply<C::Answer>
    where
        Command: From<C>,
    {
        serde_json::from_str(&self.ask_any(&Command::from(command))).unwrap()
    }

    /// The same, for a command of any kind; the reply as it travels.
    pub fn ask_any(&mut self, command: &Command) -> String {
        let wire = serde_json::to_string(command).unwrap();
        let command: Command = serde_json::from_str(&wire).unwrap();
        let before = self.person.as_ref().map(|person| Rows::of(person).unwrap());
        let mut person: Option<Person> = before.as_ref().and_then(|rows| rows.value().unwrap());
        assert_eq!(person, self.person, "a stored person reads back as he was");
        let drawn = &mut self.drawn;
        let mut random = |bytes: &mut [u8]| {
            for chunk in bytes.chunks_mut(32) {
                *drawn += 1;
                chunk.copy_from_slice(&mac(b"dice", &[&drawn.to_be_bytes()])[..chunk.len()]);
            }
        };
        let service = match (&person, &command) {
            (Some(person), _) => person.identity.service,
            (None, Command::Provision(provision)) => provision.identity.service,
            (None, Command::Invite(invite)) => invite.identity.service,
            (None, _) => Service::Coconowork,
        };
        let mut turn = Turn {
            now: self.now,
            random: &mut random,
            profile: profile::of(service),
            live: &self.live,
            facts: self.facts.clone(),
            seals: &self.seals,
            effects: Vec::new(),
            push: None,
        };
        let reply = account::turn(&mut turn, &mut person, command).unwrap();
        self.effects.append(&mut turn.effects);
        if let Some(push) = turn.push.take() {
            self.pushed.push((push.socket, serde_json::from_str(push.frame.reveal()).unwrap()));
        }
        if let Some(person) = &mut person {
            summary::note(person, self.now);
        }
        self.person = person;
        self.reconcile();
        reply
    }

    pub fn person(&self) -> &Person {
        self.person.as_ref().unwrap()
    }

    /// Time passes; whatever wakes the object then finds what time has done. Devices are heard of at the end.
    pub fn advance(&mut self, ms: Millis) {
        self.now += ms;
        self.ping();
        self.reconcile();
    }

    /// The codes of the journal's rows so far.
    pub fn journal(&self) -> Vec<&str> {
        let code = |effect: &Effect| match effect {
            Effect::Log(event) => Some(event.code.clone()),
            _ => None,
        };
        let codes: Vec<String> = self.effects.iter().filter_map(code).collect();
        codes.into_iter().map(|code| &*code.leak()).collect()
    }

    // ── The web login ──

    pub fn attempt(&mut self) -> Reply<Challenge> {
        self.ask(Attempt { login: LOGIN.into(), browser: String::new() })
    }

    pub fn settle(&mut self, challenge: &Challenge, password: &str, session: &str) -> Reply<SignedIn> {
        let session = NewSession {
            hash: session.into(),
            agent: "Firefox".into(),
            address: "192.0.2.1".into(),
            browser: String::new(),
            menu: false,
            line: None,
        };
        self.settle_remembered(challenge, password, session, "")
    }

    /// The same in a browser that carries this cookie of a remembered one.
    pub fn settle_remembered(
        &mut self,
        challenge: &Challenge,
        password: &str,
        session: NewSession,
        remembered: &str,
    ) -> Reply<SignedIn> {
        let (attempt, output, remembered) = (challenge.attempt.clone(), output(password, challenge), remembered.into());
        self.ask(Settle { attempt, output, session, remembered })
    }

    /// Both halves; the session gets this name.
    pub fn sign_in_as(&mut self, session: &str, password: &str) -> Reply<SignedIn> {
        let challenge = self.attempt()?;
        self.settle(&challenge, password, session)
    }

    /// A login in a browser that carries this device cookie, empty for none, and gets this one if it becomes known.
    pub fn sign_in_from(&mut self, cookie: &str, fresh: &str, password: &str) -> Reply<SignedIn> {
        let challenge = self.attempt_from(cookie)?;
        self.settle_from(&challenge, fresh, password)
    }

    pub fn attempt_from(&mut self, cookie: &str) -> Reply<Challenge> {
        self.ask(Attempt { login: LOGIN.into(), browser: cookie.into() })
    }

    pub fn settle_from(&mut self, challenge: &Challenge, fresh: &str, password: &str) -> Reply<SignedIn> {
        let (hash, agent) = (format!("session-{fresh}"), "Firefox".into());
        let session = NewSession { hash, agent, address: "192.0.2.1".into(), browser: fresh.into(), menu: false, line: None };
        self.settle_remembered(challenge, password, session, "")
    }

    pub fn sign_in(&mut self, password: &str) -> Reply<SignedIn> {
        self.sign_in_as("session", password)
    }

    /// `count` wrong logins, each of which has to be refused as wrong.
    pub fn fail(&mut self, count: u32) {
        for _ in 0..count {
            assert_eq!(self.sign_in(WRONG), Err(Refusal::Wrong));
        }
    }

    pub fn page(&mut self, session: &str) -> Reply<MeView> {
        self.ask(Me { session: session.into(), touch: true })
    }

    // ── The own password ──

    /// An own change in `session`, whose id becomes `renewed`, without 反映 and with the grace.
    pub fn change(&mut self, session: &str, stage: Stage, current: &str, new: &str, renewed: &str) -> Reply<account::Done> {
        let challenge = self.ask(OpenChange { session: session.into(), stage })?;
        self.confirm_change(session, stage, challenge, (current, new), Vec::new(), renewed)
    }

    pub fn confirm_change(
        &mut self,
        session: &str,
        stage: Stage,
        challenge: Challenge,
        (current, new): (&str, &str),
        violations: Vec<Violation>,
        renewed: &str,
    ) -> Reply<account::Done> {
        self.ask(ChangePassword {
            session: session.into(),
            stage,
            current: output(current, &challenge),
            new: output(new, &challenge),
            challenge,
            violations,
            renewed: NewSession {
                hash: renewed.into(),
                agent: "Firefox".into(),
                address: "192.0.2.1".into(),
                browser: String::new(),
                menu: false,
                line: None,
            },
            reflect: false,
            graceless: false,
        })
    }

    // ── The second factor ──

    pub fn give_code(&mut self, session: &str, stage: Stage, code: &str, renewed: &str) -> Reply<SignedIn> {
        let (hash, agent, browser) = (renewed.into(), "Firefox".into(), format!("browser-{renewed}"));
        let renewed = NewSession { hash, agent, address: "192.0.2.1".into(), browser, menu: false, line: None };
        let (session, code) = (session.into(), Secret::new(code.into()));
        self.ask(GiveCode { session, stage, code, renewed, method: Method::Totp, remember: false })
    }

    /// Sets the factor up in a session whose password was checked lately; its id becomes `renewed`.
    pub fn set_up_factor(&mut self, session: &str, renewed: &str) {
        let offer = self.ask(OfferFactor { session: session.into() }).unwrap();
        let code = code_of(offer.seed.reveal(), self.now);
        self.give_code(session, Stage::Full, &code, renewed).unwrap();
    }

    /// The code that the person's app shows now.
    pub fn code(&self) -> String {
        self.code_at(self.now)
    }

    pub fn code_at(&self, at: Millis) -> String {
        let person = self.person();
        let sealed = person.totp.seed.as_deref().unwrap();
        let seed = self.seals.open(Purpose::TotpSeed, &person.identity.uid, sealed).unwrap();
        code_of(&totp::base32(&seed), at)
    }

    /// Six digits that no app shows around now.
    pub fn wrong_code(&self) -> String {
        let around: Vec<String> = (-2..=2).map(|step| self.code_at(self.now + step * 30 * SECOND)).collect();
        (0..10).map(|code| format!("{code:06}")).find(|code| !around.contains(code)).unwrap()
    }

    /// An own change in `session`, whose id stays, with what the person chose about the client.
    pub fn change_with(&mut self, current: &str, new: &str, reflect: bool, graceless: bool) {
        let challenge = self.ask(OpenChange { session: "session".into(), stage: Stage::Full }).unwrap();
        self.ask(ChangePassword {
            session: "session".into(),
            stage: Stage::Full,
            current: output(current, &challenge),
            new: output(new, &challenge),
            challenge,
            violations: Vec::new(),
            renewed: NewSession {
                hash: "session".into(),
                agent: "Firefox".into(),
                address: "192.0.2.1".into(),
                browser: "browser".into(),
                menu: false,
                line: None,
            },
            reflect,
            graceless,
        })
        .unwrap();
    }

    // ── Devices ──

    pub fn device_attempt(&mut self, key: Option<&str>) -> Reply<Challenge> {
        self.ask(AttemptDevice { login: LOGIN.into(), key: key.map(str::to_owned) })
    }

    /// A login of a device. Its token, and the key if it gets one, are called after it.
    pub fn device(&mut self, end: End, name: &str, key: Option<&str>, password: &str) -> Reply<Device> {
        self.device_again(end, name, key, password, None)
    }

    /// The same, with an `Idempotency-Key`.
    pub fn device_again(
        &mut self,
        end: End,
        name: &str,
        key: Option<&str>,
        password: &str,
        request: Option<&str>,
    ) -> Reply<Device> {
        let challenge = self.device_attempt(key)?;
        self.device_settle(&challenge, end, name, key, password, request)
    }

    pub fn device_settle(
        &mut self,
        challenge: &Challenge,
        end: End,
        name: &str,
        key: Option<&str>,
        password: &str,
        request: Option<&str>,
    ) -> Reply<Device> {
        self.drawn += 1;
        let token = format!("token-{name}-{}", self.drawn);
        let new_key = request.map_or_else(|| format!("key-{name}-{}", self.drawn), |request| format!("key-{request}"));
        let answer = self.ask(SettleDevice {
            attempt: challenge.attempt.clone(),
            output: output(password, challenge),
            end,
            key: key.map(str::to_owned),
            new_key: new_key.clone(),
            request: request.map(str::to_owned),
            token: token.clone(),
            name: name.into(),
            os: "iOS".into(),
            address: "192.0.2.2".into(),
        })?;
        let key = answer.registered.then_some(new_key);
        Ok(Device { token, key, answer })
    }

    pub fn viewer(&mut self, password: &str) -> Reply<Device> {
        self.device(End::Viewer, "phone", None, password)
    }

    pub fn client(&mut self, password: &str) -> Reply<Device> {
        self.device(End::Client, "pc", None, password)
    }

    /// Connects and, if let in, stays.
    pub fn connect(&mut self, token: &str) -> Reply<Connected> {
        self.connect_with(token, false)
    }

    pub fn connect_with(&mut self, token: &str, if_vacant: bool) -> Reply<Connected> {
        let connected = self.ask(Connect { token: token.into(), if_vacant })?;
        self.sockets += 1;
        self.live.devices.push(LiveSocket { index: self.sockets, device: connected.device.clone(), heard: self.now });
        self.reconcile();
        Ok(connected)
    }

    /// The live device of an end, if any, has gone by itself.
    pub fn leave(&mut self, end: End) {
        self.live.devices.retain(|socket| socket.device.end != end);
        self.reconcile();
    }

    /// What becomes of a frame of the live device of an end; the shell then keeps its attachment and passes acks on.
    pub fn says(&mut self, end: End, frame: &str) -> Heard {
        let device = self.connected(end).unwrap().clone();
        self.says_from(&device, frame)
    }

    pub fn says_from(&mut self, device: &DeviceSocket, frame: &str) -> Heard {
        let heard = heard(self.person(), &self.live, device, frame, self.now);
        if let Heard::Signal { device, .. } | Heard::Acknowledged { device, .. } = &heard {
            let is_sender = |socket: &&mut LiveSocket| (socket.device.end, socket.device.since) == (device.end, device.since);
            self.live.devices.iter_mut().find(is_sender).unwrap().device = device.clone();
        }
        if let Heard::Acknowledged { device, id } = &heard {
            self.ask(account::Acknowledge { end: device.end, key: device.key.clone(), id: id.clone() }).unwrap();
        }
        heard
    }

    /// A round of the object's alarm.
    pub fn round(&mut self) {
        self.reconcile();
        still_here(self.person.as_mut().unwrap(), &self.live, self.now);
        let due: Vec<End> = to_rotate(self.person(), &self.live, self.now).collect();
        for end in due {
            self.ask(account::Rotate { end }).unwrap();
        }
    }

    /// A watching page with a lease until then.
    pub fn watcher(&mut self, until: Millis) {
        self.sockets += 1;
        let watcher = WatcherSocket { id: format!("watcher-{}", self.sockets), session: "his-session".into(), until };
        self.live.watchers.push((self.sockets, watcher));
    }

    /// Every device is heard of.
    pub fn ping(&mut self) {
        for socket in &mut self.live.devices {
            socket.heard = self.now;
        }
    }

    /// Who is connected, as pages and lists show it.
    pub fn connected(&self, end: End) -> Option<&DeviceSocket> {
        self.live.connected(self.person.as_ref()?, end, self.now).map(|socket| &socket.device)
    }

    /// Does to the sockets what the shell does after every wake.
    pub fn reconcile(&mut self) {
        let Some(person) = &self.person else {
            self.closed.extend(self.live.devices.drain(..).map(|socket| (socket.device.end, Bye::CredentialsRevoked, None)));
            return;
        };
        for verdict in reconcile(person, &self.live, self.now) {
            match verdict {
                Verdict::Close { index, bye, same_device } => {
                    let place = self.live.devices.iter().position(|socket| socket.index == index).unwrap();
                    let gone = self.live.devices.remove(place);
                    self.closed.push((gone.device.end, bye, same_device));
                }
                Verdict::Tell { index, frame, device } => {
                    let socket = self.live.devices.iter_mut().find(|socket| socket.index == index).unwrap();
                    socket.device = device;
                    let said: serde_json::Value = serde_json::from_str(&frame).unwrap();
                    if said["type"] == "peer" {
                        assert_eq!(said["role"], socket.device.end.other().code());
                        self.peers.push((socket.device.end, said["connected"].as_bool().unwrap()));
                    } else {
                        self.told.push(frame);
                    }
                }
                Verdict::Expire { index } => self.live.watchers.retain(|(own, _)| *own != index),
            }
        }
    }

    // ── The operator ──

    /// The operator's PUT: ready with a password, or with the temporary one [`TEMPORARY`].
    pub fn provision(&mut self, identity: Identity, ready: Option<&str>) -> Reply<account::Provisioned> {
        let made = ready.is_none().then(|| initial(TEMPORARY, Challenge::with_salt(String::new(), b"fedcba9876543210")));
        self.provision_with(identity, ready, made, false)
    }

    pub fn provision_with(
        &mut self,
        identity: Identity,
        ready: Option<&str>,
        initial: Option<Initial>,
        delivered: bool,
    ) -> Reply<account::Provisioned> {
        self.ask(Provision { identity, ready: ready.map(hash), initial, invited_by: None, delivered, by: OPERATOR.into() })
    }

    /// The operator's temporary password.
    pub fn set_temporary(&mut self, password: &str, operation: &str) -> Reply<account::Done> {
        let challenge = self.ask(account::OpenTemporary)?;
        let password = initial(password, challenge);
        self.ask(account::SetTemporary { password, by: OPERATOR.into(), operation: operation.into() })
    }

    pub fn unlock(&mut self) -> Reply<account::Done> {
        self.ask(account::Unlock { by: OPERATOR.into(), operation: String::new() })
    }

    // ── The administrator ──

    /// One of his acts, with an operation id of its own; whether there was anything to do.
    pub fn administer(&mut self, act: Act) -> Reply<bool> {
        let operation = self.operation();
        self.administer_as(administrator(), act, &operation)
    }

    pub fn administer_as(&mut self, actor: Actor, act: Act, operation: &str) -> Reply<bool> {
        Ok(self.ask(account::Administer { actor, act, operation: operation.into() })?.found)
    }

    /// A password of the administrator's choice.
    pub fn force(&mut self, password: &str, temporary: bool, graceless: bool) -> Reply<Stage> {
        let operation = self.operation();
        self.force_as(administrator(), password, temporary, graceless, &operation)
    }

    pub fn force_as(&mut self, actor: Actor, password: &str, temporary: bool, graceless: bool, operation: &str) -> Reply<Stage> {
        let challenge = self.ask(account::OpenTemporary)?;
        let password = initial(password, challenge);
        self.ask(account::ForcePassword { actor, password, temporary, graceless, everything: false, operation: operation.into() })
    }

    pub fn view(&mut self) -> account::UserView {
        self.ask(account::View { actor: administrator(), renew: None }).unwrap()
    }

    fn operation(&mut self) -> String {
        self.drawn += 1;
        format!("{:032x}", self.drawn)
    }

    pub fn inspect(&mut self) -> account::Inspection {
        self.ask(account::Inspect).unwrap()
    }
}
