//! What is stored and what travels between Worker and objects, as committed text (`tests/pinned`): a change of these files is
//! a change of stored data or of a wire between two versions, and is to be seen in a review. `UPDATE=1` writes them anew.

use std::{collections::BTreeSet, fs, path::Path};

use durable::{
    account::{
        self, AccountPage, Acknowledge, Acted, Administer, AskAddress, AskAddressChange, AskLink, Asserted, Attempt,
        AttemptDevice, By, Challenge, ChangePassword, ClaimLink, ConfirmLinked, ConfirmPassword, Connect, Delete, Disconnect,
        Done, EndGrace, EndSessions, ForcePassword, ForgetBrowsers, GiveCode, HandOver, Inspect, Invite, KeepRecovery,
        LineNotice, LinkView, Linked, LookAtLink, Me, MenuPage, MenuView, Method, Note, OfferFactor, OpenChange, OpenTemporary,
        PasswordPage, Person, Prefer, Preferences, Provision, ReadMails, ReadNews, RefusePc, RemoveFactor, ResetDevice,
        ResetFactor, Retire, RetryMail, Rotate, SendCode, SetMethod, SetTemporary, Settle, SettleDevice, SignInLinked, SignOut,
        Stage, StartImport, TakeLinked, TellConnection, Unlock, UseLink, View, Watch, WhoIs, WhoSets, Withdraw,
        admin::MailView,
        browsers::Browser,
        connections::{Attachment, Bye, DeviceSocket, WatcherSocket},
        mails::{Mails, State as MailState},
        overview::id_of,
        person::{End, PasswordStatus},
        second_step::{Pending, SecondStep, Sent},
        sign_in::NewSession,
        summary::{Failing, Report, Summary, Waiting},
    },
    contract::{
        self, Change, ChangeContract, Concern, Concerned, ConcernedMember, Delivered, Describe, Directories, Directory, Facts,
        ForgetLetter, Import, ImportView, Known, Letter, Letters, List, ListConcern, ListInvited, Listed, Logged, Member,
        NoteLetter, NoteLine, Open, Opened, Page, Place, Plan, Presence, PutImport, ReadFacts, Settings, Sheet, Sort, Why,
        WorkImport,
        import::{Row as ImportRow, State as RowState, Step},
        retirement::{Affected, AskProgress, EndProvider, Ending, Endings, LinkedUser, NoteLinked, Notice, Progress, Standing},
    },
    effect::{Effect, Event, Mail, Sms},
    journal::{self, Append, Appended, Check, Checked, Numbered, Peek, Peeked, Read, Row, chain},
    names::{
        self, AttemptUnknown, Confirm, Door, Entry, Hold, Release, Reserve, Reserved, Resolve, Resolved, SettleUnknown, Unknown,
    },
    profile::Service,
    refusal::Refusal,
    rules::{
        access::Act,
        date::Zone,
        line::{Line, Lines},
        link::{End as LinkEnd, Link, Purpose, State},
        lockout::Counter,
        password::Violation,
        retirement::Retiring,
    },
    saved::{LAYOUT, Rows},
    secret::Secret,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::world::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Compares with the committed text.
fn pin(name: &str, value: &Value) {
    let path = root().join("tests/pinned").join(name).with_extension("json");
    let text = format!("{}\n", serde_json::to_string_pretty(value).unwrap());
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "tests/pinned/{name}.json differs; if this is meant, run the test with UPDATE=1\n{text}");
}

/// A value on the wire; it has to read back to the same text.
fn wire<T: Serialize + DeserializeOwned>(value: &T) -> Value {
    let text = serde_json::to_string(value).unwrap();
    let back: T = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
    serde_json::from_str(&text).unwrap()
}

/// The commands of an object as its source declares them.
fn declared(file: &str) -> BTreeSet<String> {
    let source = fs::read_to_string(root().join("durable/src").join(file)).unwrap();
    let (_, body) = source.split_once("commands! {").unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    body.lines().filter_map(|line| line.split_once(" -> ")).map(|(command, _)| command.trim().to_owned()).collect()
}

/// Commands as JSON, and that none is missing.
fn commands<T: Serialize + DeserializeOwned>(file: &str, samples: &[T]) -> Value {
    let all: Vec<Value> = samples.iter().map(wire).collect();
    let named: BTreeSet<String> = all.iter().map(|sample| sample.as_object().unwrap().keys().next().unwrap().clone()).collect();
    assert_eq!(named, declared(file), "every command of {file} has a sample");
    Value::from(all)
}

fn preferences() -> Preferences {
    Preferences { language: "en".into(), zone: Some(Zone { offset_min: -480 }) }
}

/// A user to whom everything has happened that leaves a trace.
fn eventful() -> World {
    let mut world = World::user();
    let phone = world.device_again(End::Viewer, "iPhone16,1", None, RIGHT, Some("request")).unwrap();
    let pc = world.client(RIGHT).unwrap();
    world.connect(&phone.token).unwrap();
    world.connect(&pc.token).unwrap();
    world.sign_in(RIGHT).unwrap();
    let old = world.device(End::Client, "old", None, RIGHT).unwrap();
    let refuse = RefusePc {
        session: "session".into(),
        id: id_of(&old.key.unwrap()),
        operation: "4".repeat(32),
        address: "192.0.2.1".into(),
    };
    world.ask(refuse).unwrap();
    world.ask(Prefer { session: "session".into(), chosen: preferences() }).unwrap();
    world.change_with(RIGHT, NEWER, true, false);
    world
        .ask(Acknowledge { end: End::Client, key: pc.key.unwrap(), id: world.pushed[0].1["id"].as_str().unwrap().into() })
        .unwrap();
    world.change_with(NEWER, NEW, true, false);
    world
        .ask(Disconnect { actor: administrator(), end: End::Viewer, operation: "0123456789abcdef0123456789abcdef".into() })
        .unwrap();
    world.ask(Watch { actor: administrator(), nonce: "nonce".into(), watcher: "watcher".into() }).unwrap();
    world.set_up_factor("session", "factored");
    world.change("factored", Stage::Full, WRONG, NEWER, "x").unwrap_err();
    world.sign_in_as("waiting", NEW).unwrap();
    let wrong = world.wrong_code();
    world.give_code("waiting", Stage::FactorDue, &wrong, "x").unwrap_err();
    assert_eq!(world.sign_in(NEWER), Err(Refusal::Wrong));
    world.fail(2);
    world.sign_in_from("browser", "", WRONG).unwrap_err();
    world.attempt().unwrap();
    world.device(End::Viewer, "iPhone16,1", phone.key.as_deref(), WRONG).unwrap_err();
    world.client(WRONG).unwrap_err();
    world.device_attempt(None).unwrap();
    world.now += 20 * SECOND;
    world.attempt().unwrap();
    let (made, nonce) = (world.now, "0123456789abcdef0123456789abcdef".into());
    let link = Link { purpose: Purpose::Reset, nonce, made, until: made + DAY, state: State::Open, about: String::new() };
    let person = world.person.as_mut().unwrap();
    person.links.push(link);
    person.asked.insert(Purpose::Reset, vec![made]);
    let (hash, agent) = ("remembered".to_owned(), "Firefox".to_owned());
    person.second_step = SecondStep {
        phone: Some("sealed".into()),
        sent: Some(Sent { nonce: "key.nonce".into(), until: made, tries: 1, phone: "sealed".into(), registers: false }),
        asked: vec![made],
        recovery: Some("fingerprint".into()),
        remembered: vec![Browser { hash, since: made, last: made, agent, counter: Counter::default() }],
    };
    let own = person.sessions.first_mut().unwrap();
    own.remembered = "remembered".into();
    own.pending = Some(Pending {
        recovery: "sealed".into(),
        method: Method::Totp,
        phone: None,
        seed: Some(("sealed".into(), 7)),
        remember: true,
    });
    person.mails = Mails { count: 3, notes: mail_notes() };
    person.signed_in = Some(made);
    person.line_notice = Some(MORNING);
    person.linked = Some(linked());
    person.retiring = Some(Retiring { provider: "google".into(), ends: day("2027-01-31"), letter: 2 });
    world
}

fn linked() -> Linked {
    Linked {
        provider: "google".to_owned(),
        issuer: "https://accounts.example".to_owned(),
        subject: "1234567890".to_owned(),
        name: "鈴木 花子".to_owned(),
        address: "hanako@example.jp".to_owned(),
        since: MORNING - 31 * DAY,
    }
}

fn asserted() -> Asserted {
    let Linked { provider, issuer, subject, name, address, .. } = linked();
    let flow = "0123456789abcdef0123456789abcdef".to_owned();
    Asserted { provider, issuer, subject, name, address, flow, begun: MORNING, until: MORNING + 10 * MINUTE }
}

#[test]
fn the_stored_rows_of_an_account() {
    let world = eventful();
    let rows = Rows::of(world.person()).unwrap();
    let stored: Value =
        Rows::default().changed(&rows).into_iter().map(|(key, text)| (key.to_owned(), text.parse::<Value>().unwrap())).collect();
    for (row, value) in stored.as_object().unwrap() {
        let empty = [json!([]), json!({}), json!(null)].contains(value);
        assert!(!empty, "{row} shows nothing of what it can hold");
    }
    pin("account_rows", &stored);
    let committed = Rows::parse(&stored.to_string()).unwrap();
    assert_eq!(&committed.value::<Person>().unwrap().unwrap(), world.person());
}

#[test]
fn rows_that_older_code_wrote_still_load_and_rows_of_newer_code_stay() {
    let oldest = json!({
        "layout": LAYOUT,
        "identity": { "service": "coconowork", "uid": "0123456789abcdef0123456789abcdef", "contract": "123456789", "role": "user", "login": "cwtest.00001", "start": "2022-12-01" },
        "credential": { "current": "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$YTJhMmEyYTJhMmEyYTJhMmEyYTJhMmEyYTJhMmEyYTI" },
        "a-row-of-tomorrow": [1, 2, 3],
    });
    let rows = Rows::parse(&oldest.to_string()).unwrap();
    let person: Person = rows.value().unwrap().unwrap();
    let mut expected = Person::new(durable::account::person::Identity { name: String::new(), plan: String::new(), ..identity() });
    expected.credential.current = person.credential.current.clone();
    assert!(person.credential.current.is_some());
    assert_eq!(person, expected);
    let written = Rows::of(&person).unwrap();
    assert!(rows.changed(&written).iter().all(|(row, _)| !["layout", "a-row-of-tomorrow"].contains(row)));

    // Each row of today may be missing, but for who it is.
    let today = Rows::of(eventful().person()).unwrap();
    let object: serde_json::Map<String, Value> =
        Rows::default().changed(&today).into_iter().map(|(key, text)| (key.to_owned(), text.parse().unwrap())).collect();
    for row in object.keys().filter(|row| *row != "identity") {
        let mut without = object.clone();
        without.remove(row);
        let loaded = Rows::parse(&Value::Object(without).to_string()).unwrap().value::<Person>();
        assert!(loaded.unwrap().is_some(), "{row}");
    }
}

fn challenge() -> Challenge {
    Challenge::with_salt("0123456789abcdef0123456789abcdef".into(), b"0123456789abcdef")
}

fn secret() -> Secret {
    Secret::new("b3V0cHV0".into())
}

fn session() -> NewSession {
    NewSession {
        hash: "session-hash".into(),
        agent: "Firefox".into(),
        address: "192.0.2.1".into(),
        browser: String::new(),
        menu: false,
        line: Some(Line { number: "CAF0123456789".into(), west: true }),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one sample a command")]
fn the_commands_of_an_account() {
    let (session_hash, operation) = (|| "session-hash".to_owned(), || "0123456789abcdef0123456789abcdef".to_owned());
    let by = || OPERATOR.to_owned();
    let made = || durable::account::operator::Initial { challenge: challenge(), output: secret() };
    let samples: Vec<account::Command> = vec![
        Attempt { login: LOGIN.into(), browser: String::new() }.into(),
        Settle { attempt: "attempt".into(), output: secret(), session: session(), remembered: String::new() }.into(),
        Me { session: session_hash(), touch: true }.into(),
        WhoIs { session: session_hash(), touch: false, menu: false }.into(),
        SignOut { session: session_hash() }.into(),
        OpenChange { session: session_hash(), stage: Stage::PasswordDue }.into(),
        ChangePassword {
            session: session_hash(),
            stage: Stage::Full,
            challenge: challenge(),
            current: secret(),
            new: secret(),
            violations: vec![Violation::TooShort, Violation::NotAllowedCharacter],
            renewed: session(),
            reflect: true,
            graceless: false,
        }
        .into(),
        View { actor: administrator(), renew: Some("watcher".into()) }.into(),
        Disconnect { actor: administrator(), end: End::Viewer, operation: operation() }.into(),
        ResetDevice { actor: administrator(), refuse: false, operation: operation() }.into(),
        Watch { actor: administrator(), nonce: "nonce".into(), watcher: "watcher".into() }.into(),
        AttemptDevice { login: LOGIN.into(), key: Some("key-hash".into()) }.into(),
        SettleDevice {
            attempt: "attempt".into(),
            output: secret(),
            end: End::Client,
            key: None,
            new_key: "new-key-hash".into(),
            request: Some("request-hash".into()),
            token: "token-hash".into(),
            name: "PC-1".into(),
            os: "Windows 11".into(),
            address: "192.0.2.2".into(),
        }
        .into(),
        Connect { token: "token-hash".into(), if_vacant: true }.into(),
        Provision {
            identity: identity(),
            ready: Some(hash(RIGHT)),
            initial: Some(made()),
            invited_by: None,
            delivered: true,
            by: by(),
        }
        .into(),
        Inspect.into(),
        Unlock { by: by(), operation: operation() }.into(),
        ResetFactor { by: by(), operation: String::new() }.into(),
        OpenTemporary.into(),
        SetTemporary { password: made(), by: by(), operation: operation() }.into(),
        Delete { contract: "123456789".into(), by: by() }.into(),
        Administer { actor: administrator(), act: Act::Prohibit, operation: operation() }.into(),
        ForcePassword {
            actor: administrator(),
            password: made(),
            temporary: true,
            graceless: false,
            everything: false,
            operation: operation(),
        }
        .into(),
        ConfirmPassword { session: session_hash(), attempt: "attempt".into(), output: secret() }.into(),
        OfferFactor { session: session_hash() }.into(),
        GiveCode {
            session: session_hash(),
            stage: Stage::FactorDue,
            code: Secret::new("123456".into()),
            renewed: session(),
            method: Method::Sms,
            remember: true,
        }
        .into(),
        RemoveFactor { session: session_hash(), renewed: session() }.into(),
        PasswordPage { me: Me { session: session_hash(), touch: false }, renew: Some("watcher".into()) }.into(),
        EndGrace { session: session_hash(), operation: "0123456789abcdef0123456789abcdef".into() }.into(),
        Acknowledge { end: End::Client, key: "key-hash".into(), id: "0123456789abcdef0123456789abcdef".into() }.into(),
        AccountPage { me: Me { session: session_hash(), touch: true }, renew: None }.into(),
        EndSessions { session: session_hash(), id: None, operation: operation(), address: "192.0.2.1".into() }.into(),
        RefusePc { session: session_hash(), id: "key-id".into(), operation: operation(), address: "192.0.2.1".into() }.into(),
        Prefer { session: session_hash(), chosen: preferences() }.into(),
        ReadNews { session: session_hash(), upto: MORNING }.into(),
        Rotate { end: End::Viewer }.into(),
        LookAtLink { purpose: Purpose::Address, nonce: operation() }.into(),
        ClaimLink { purpose: Purpose::Invitation, nonce: operation() }.into(),
        UseLink {
            purpose: Purpose::Invitation,
            nonce: operation(),
            password: Some((challenge(), secret())),
            prepared: operation(),
            address: "192.0.2.1".into(),
        }
        .into(),
        AskLink { purpose: Purpose::Reset, login: "taro@example.jp".into(), nonce: String::new() }.into(),
        Invite { actor: administrator(), identity: identity(), operation: operation(), asked: vec![MORNING], of_many: true }
            .into(),
        Withdraw { actor: administrator() }.into(),
        AskAddressChange { actor: administrator(), address: "taro@example.jp".into(), operation: operation() }.into(),
        ReadMails { actor: administrator() }.into(),
        StartImport { session: session_hash(), id: operation(), operation: operation(), address: "192.0.2.1".into() }.into(),
        RetryMail { row: 7, number: 2, id: "uid-7".into(), by: by() }.into(),
        TellConnection { session: session_hash() }.into(),
        HandOver { session: session_hash(), application: "https://app.example".into() }.into(),
        Retire(notice()).into(),
        SignInLinked { asserted: asserted(), session: session(), browser: "b".into(), stale: true }.into(),
        TakeLinked {
            asserted: asserted(),
            by: By::Link { purpose: Purpose::Method, nonce: "n".into() },
            address: "192.0.2.1".into(),
        }
        .into(),
        ConfirmLinked { session: "s".into(), asserted: asserted() }.into(),
        LineNotice { session: session_hash(), answer: true }.into(),
        WhoSets { session: session_hash() }.into(),
    ];
    let samples = [samples, storage_commands()].concat();
    pin("account_commands", &commands("account/mod.rs", &samples));
}

const CONNECTION: &str = "adfs-abc9a9a9hijkmnpqrs";

fn directory() -> Directory {
    Directory {
        version: "version".into(),
        issuer: "https://adfs.example.co.jp/adfs".into(),
        client: "client".into(),
        secret: "key.nonce.sealed".into(),
        subject_claim: "upn".into(),
        name_claim: "unique_name".into(),
        address_claim: String::new(),
    }
}

fn contract_facts() -> Facts {
    Facts {
        service: Service::Worksdrive,
        name: "株式会社サンプル".into(),
        plan: Plan::Trial,
        trial_start: Some(day("2026-11-01")),
        settings: Settings::default(),
        contact: "総務部 佐藤".into(),
        cancelled: Some(MORNING),
        directories: Directories { connection: CONNECTION.into(), active: Some(directory()), draft: None },
        lines: Lines {
            numbers: vec!["CAF0123456789".into()],
            only: true,
            until: Some(MORNING),
            used: [("CAF0123456789".into(), MORNING)].into(),
            countdown: true,
        },
    }
}

fn storage_commands() -> Vec<account::Command> {
    let (session_hash, operation) = (|| "session-hash".to_owned(), || "0123456789abcdef0123456789abcdef".to_owned());
    vec![
        AskLink { purpose: Purpose::Reset, login: "taro@example.jp".into(), nonce: String::new() }.into(),
        MenuPage { session: session_hash() }.into(),
        AskAddress { session: session_hash(), address: "new@example.jp".into() }.into(),
        SetMethod { session: session_hash(), challenge: challenge(), output: secret(), renewed: session() }.into(),
        SendCode { session: session_hash(), phone: Some(Secret::new("+819012345678".into())), address: "192.0.2.1".into() }
            .into(),
        KeepRecovery { session: session_hash(), renewed: session() }.into(),
        ForgetBrowsers { session: session_hash(), id: None, operation: operation(), address: "192.0.2.1".into() }.into(),
    ]
}

#[test]
fn the_answers_of_an_account() {
    let mut world = World::empty();
    let provisioned = wire(&world.provision(identity(), Some(RIGHT)));
    let challenge = world.attempt();
    let phone = world.viewer(RIGHT).unwrap();
    let connected = wire(&world.connect(&phone.token));
    let signed_in = wire(&world.sign_in(RIGHT));
    let mut reflected = eventful();
    let mut connected_pc = World::user();
    let pc = connected_pc.client(RIGHT).unwrap();
    connected_pc.connect(&pc.token).unwrap();
    connected_pc.sign_in(RIGHT).unwrap();
    connected_pc.ask(Prefer { session: "session".into(), chosen: preferences() }).unwrap();
    let account_page = AccountPage { me: Me { session: "session".into(), touch: false }, renew: None };
    let password_page = PasswordPage { me: Me { session: "session".into(), touch: false }, renew: None };
    let answers = json!({
        "Attempt, OpenChange, AttemptDevice, OpenTemporary": wire(&challenge),
        "Settle, GiveCode": signed_in,
        "Me": wire(&world.page("session")),
        "WhoIs": wire(&world.ask(WhoIs { session: "session".into(), touch: false, menu: false })),
        "SignOut, ChangePassword, Watch, Unlock, ResetFactor, SetTemporary, Delete, ConfirmPassword, RemoveFactor, Acknowledge, Prefer, ReadNews": wire(&world.ask(SignOut { session: "session".into() })),
        "View": wire(&world.ask(View { actor: administrator(), renew: None })),
        "Disconnect, ResetDevice, Administer, EndGrace, EndSessions, RefusePc": wire(&Ok::<_, Refusal>(Acted { found: true })),
        "SettleDevice": wire(&phone.answer),
        "SettleDevice, previous": wire(&PasswordStatus::Previous { days_left: 30 }),
        "Connect": connected,
        "Provision": provisioned,
        "Inspect": wire(&world.ask(Inspect)),
        "ForcePassword": wire(&Ok::<_, Refusal>(Stage::PasswordDue)),
        "OfferFactor": wire(&world.ask(OfferFactor { session: "session".into() })),
        "PasswordPage": wire(&reflected.ask(password_page)),
        "AccountPage": wire(&connected_pc.ask(account_page)),
        "ClaimLink": wire(&challenge),
        "UseLink, AskLink, AskAddress, SetMethod": wire(&Ok::<_, Refusal>(Done)),
        "UseLink, AskLink, Withdraw, StartImport, RetryMail, TakeLinked, ConfirmLinked": wire(&Ok::<_, Refusal>(Done)),
        "Invite, AskAddressChange": wire(&Ok::<_, Refusal>(Acted { found: true })),
        "LineNotice": wire(&Ok::<_, Refusal>(true)),
        "WhoSets": wire(&Ok::<_, Refusal>(administrator())),
        "ReadMails": wire(&Ok::<_, Refusal>(mail_notes())),
        "View of a storage service": wire(&MailView {
            invited: Some(MORNING),
            until: Some(MORNING + 14 * DAY),
            by: "boss@example.jp".into(),
            pending: Some(("new@example.jp".into(), MORNING + 14 * DAY)),
            signed_in: Some(MORNING),
        }),
        "LookAtLink": wire(&Ok::<_, Refusal>(LinkView {
            login: "taro@example.jp".into(),
            name: "鈴木 花子".into(),
            role: durable::account::Role::User,
            contract: "123456789".into(),
            about: "new@example.jp".into(),
            password: true,
            linked: "google".into(),
            until: MORNING,
            settings: Settings { keep_factor: true, ..Settings::default() },
        })),
        "MenuPage": wire(&Ok::<_, Refusal>(MenuView {
            me: connected_pc.page("session").unwrap(),
            facts: contract_facts(),
            contract: "123456789".into(),
            pending: "new@example.jp".into(),
            linked: Some(linked()),
        })),
        "Settle, with what was chosen": wire(&connected_pc.sign_in_as("other", RIGHT)),
    });
    pin("account_answers", &answers);
}

#[test]
fn every_refusal() {
    let all = [
        Refusal::SignedOut,
        Refusal::WrongStage { stage: Stage::PasswordDue },
        Refusal::NotFound,
        Refusal::Wrong,
        Refusal::Locked { since: MORNING },
        Refusal::Busy,
        Refusal::Prohibited,
        Refusal::Password {
            violations: vec![
                Violation::TooShort,
                Violation::TooLong,
                Violation::NotAllowedCharacter,
                Violation::NoUpper,
                Violation::NoDigit,
                Violation::NoSymbol,
                Violation::TooFewClasses,
                Violation::SameAsCurrent,
                Violation::SameAsPrevious,
                Violation::ContainsLogin,
                Violation::Common,
                Violation::Mismatch,
            ],
            wrong_current: Some(4),
        },
        Refusal::TooMany { retry_after: 42 },
        Refusal::DeviceNotRegistered,
        Refusal::PasswordChangeRequired,
        Refusal::RemoteAccessNotAllowed,
        Refusal::InvalidToken,
        Refusal::Occupied,
        Refusal::Used,
        Refusal::Taken,
        Refusal::Fixed { field: "role".into() },
        Refusal::ConfirmDue,
        Refusal::FactorClosed,
        Refusal::WrongStage { stage: Stage::FactorDue },
        Refusal::TrialEnded,
        Refusal::Line,
        Refusal::Link { end: LinkEnd::Used(MORNING) },
        Refusal::Link { end: LinkEnd::Expired(MORNING) },
        Refusal::Link { end: LinkEnd::Replaced },
        Refusal::Link { end: LinkEnd::Withdrawn },
        Refusal::Link { end: LinkEnd::Claimed },
        Refusal::WrongStage { stage: Stage::FactorMissing },
        Refusal::WrongStage { stage: Stage::RecoveryDue },
    ];
    pin("refusals", &all.iter().map(|refusal| wire(&Err::<Done, _>(refusal.clone()))).collect());
}

#[test]
fn names_on_the_wire_and_stored() {
    let key = || names::key_of(Service::Coconowork, LOGIN);
    let uid = || identity().uid;
    let samples: Vec<names::Command> = vec![
        Resolve { key: key() }.into(),
        Reserve { key: key(), uid: uid(), contract: "123456789".into() }.into(),
        Confirm { key: key(), uid: uid() }.into(),
        Release { key: key(), uid: uid(), asked: vec![MORNING] }.into(),
        AttemptUnknown { key: key(), service: Service::Coconowork, door: Door::Web }.into(),
        SettleUnknown { key: key(), service: Service::CoworkStorage, door: Door::Device, attempt: "attempt".into() }.into(),
    ];
    let holds = [Hold::Reserved(MORNING), Hold::Confirmed, Hold::Released(MORNING)];
    let entries: Vec<Value> = holds
        .into_iter()
        .map(|hold| wire(&Entry { uid: uid(), contract: "123456789".into(), hold, asked: vec![MORNING] }))
        .collect();
    let places: Vec<String> =
        Service::ALL.into_iter().map(|service| names::shard_of(&names::key_of(service, "taro@example.jp"))).collect();
    let value = json!({
        "commands": commands("names/mod.rs", &samples),
        "answers": [wire(&Resolved { uid: Some(uid()) }), wire(&Resolved { uid: None }), wire(&Reserved { uid: uid(), asked: vec![MORNING] })],
        "entries": entries,
        "unknown": wire(&Unknown::default()),
        "shards of taro@example.jp": places,
    });
    pin("names", &value);
}

fn mail_notes() -> Vec<Note> {
    [MailState::Waiting, MailState::Sent(MORNING), MailState::Failed(MORNING)]
        .into_iter()
        .map(|state| Note { number: 1, template: "invitation".into(), to: "taro@example.jp".into(), at: MORNING, state })
        .collect()
}

fn import() -> Import {
    Import { id: "0123456789abcdef".into(), by: "boss@example.jp".into(), at: MORNING, begun: Some(MORNING), ended: None }
}

fn import_row() -> ImportRow {
    ImportRow {
        line: 2,
        name: "鈴木 花子".into(),
        login: "taro@example.jp".into(),
        manager: true,
        start: Some(day("2022-12-01")),
        state: RowState::Wrong,
        problems: vec!["start".into()],
    }
}

/// What an import, the invitations and the dead letters are asked.
fn console_commands() -> Vec<contract::Command> {
    vec![
        ListInvited { actor: administrator(), after: Some((MORNING, identity().uid)) }.into(),
        Known { actor: administrator(), logins: vec![LOGIN.into()] }.into(),
        PutImport { actor: administrator(), import: Some(import()), id: import().id, rows: vec![import_row()] }.into(),
        WorkImport { actor: administrator(), step: Step::Look(50, Some(RowState::Wrong)) }.into(),
        WorkImport { actor: administrator(), step: Step::Go(import().id, vec![(2, RowState::Invited)]) }.into(),
        WorkImport { actor: administrator(), step: Step::Stop(import().id) }.into(),
        NoteLetter(letter()).into(),
        ForgetLetter { id: letter().id }.into(),
        NoteLine { number: "CAF0123456789".into(), at: MORNING }.into(),
        Letters { id: letter().id, after: Some((MORNING, letter().id)), limit: 1_000 }.into(),
        NoteLinked { user: linked_user(), standing: Standing::Uses, at: MORNING }.into(),
        EndProvider { provider: "d-account".into(), ends: Some(day("2027-01-31")), by: OPERATOR.into() }.into(),
        Endings.into(),
        AskProgress { provider: "d-account".into(), contract: String::new(), after: "uid".into(), limit: 1_000 }.into(),
    ]
}

fn linked_user() -> LinkedUser {
    LinkedUser {
        provider: "d-account".into(),
        uid: "uid".into(),
        contract: "123456789".into(),
        service: Service::Worksdrive,
        login: "taro@example.jp".into(),
    }
}

fn notice() -> Notice {
    let (provider, uid, by) = ("d-account".into(), "uid".into(), OPERATOR.into());
    Notice { provider, uid, ends: Some(day("2027-01-31")), letter: 2, by }
}

fn letter() -> Letter {
    Letter {
        id: "uid-7".into(),
        uid: identity().uid,
        row: 7,
        service: "worksdrive".into(),
        login: "taro@example.jp".into(),
        what: "invitation".into(),
        to: "taro@example.jp".into(),
        number: 2,
        at: MORNING,
        tries: 61,
    }
}

fn summary() -> Summary {
    Summary::of(eventful().person(), MORNING)
}

#[test]
#[expect(clippy::too_many_lines, reason = "one sample a command")]
fn a_contract_on_the_wire_and_stored() {
    let facts = contract_facts;
    let uids = || vec![identity().uid];
    let place = || Place { value: "2022-12-01".into(), login: LOGIN.into() };
    let list = |page, sort| List {
        actor: administrator(),
        part: "test".into(),
        plans: vec!["coconowork".into()],
        sort,
        descending: true,
        page,
        renew: Some("watcher".into()),
    };
    let mut samples: Vec<contract::Command> = vec![
        Open {
            facts: Box::new(facts()),
            uids: uids(),
            contract: identity().contract,
            by: OPERATOR.into(),
            address: "192.0.2.1".into(),
        }
        .into(),
        Delivered { uids: uids() }.into(),
        contract::Report { report: Report { sequence: 7, summary: Some(summary()) } }.into(),
        Presence {
            uid: identity().uid,
            viewer: Some(MORNING),
            client: Some(MORNING),
            at: MORNING,
            waiting: Some(waiting()),
            again: MORNING + HOUR,
        }
        .into(),
        list(Page::First, Sort::Login).into(),
        list(Page::After(place()), Sort::Plan).into(),
        list(Page::Before(place()), Sort::Start).into(),
        list(Page::First, Sort::End).into(),
        Describe { after: LOGIN.into(), limit: 1_000 }.into(),
        ReadFacts.into(),
        ChangeContract {
            actor: administrator(),
            change: Change::Record { name: "有限会社みほん".into(), contact: "総務部".into() },
        }
        .into(),
        ChangeContract { actor: administrator(), change: Change::Basic }.into(),
        ChangeContract { actor: administrator(), change: Change::SecondStep { enabled: false } }.into(),
        ChangeContract { actor: administrator(), change: Change::Cancellation }.into(),
        ChangeContract {
            actor: administrator(),
            change: Change::Directory { connection: CONNECTION.into(), draft: Some(directory()) },
        }
        .into(),
        ChangeContract {
            actor: administrator(),
            change: Change::DirectoryTested { version: "version".into(), who: "taro@example.local".into() },
        }
        .into(),
        ChangeContract { actor: administrator(), change: Change::NoDirectory }.into(),
        ChangeContract { actor: administrator(), change: Change::Lines { numbers: vec!["CAF0123456789".into()] } }.into(),
        ChangeContract { actor: administrator(), change: Change::AccessPath { only: true, risk: false } }.into(),
        ChangeContract { actor: administrator(), change: Change::KeepPath { line: "CAF0123456789".into() } }.into(),
        ChangeContract { actor: administrator(), change: Change::Countdown { on: true } }.into(),
        contract::Watch(Watch { actor: administrator(), nonce: "nonce".into(), watcher: "watcher".into() }).into(),
        Sheet { actor: administrator(), after: LOGIN.into(), skip: 1_000 }.into(),
        ListConcern {
            actor: administrator(),
            concern: Concern::Locked,
            after: Some((true, MORNING, identity().uid)),
            only: vec![LOGIN.into()],
            limit: 18,
            renew: None,
        }
        .into(),
    ];
    samples.extend(console_commands());
    let row = Member {
        uid: identity().uid,
        login: LOGIN.into(),
        name: "鈴木 花子".into(),
        role: durable::account::Role::User,
        plan: "coconowork".into(),
        start: day("2022-12-01"),
        end: None,
        locked_at: Some(MORNING),
        failures: 5,
        prohibited: false,
        temporary: true,
        factor: false,
        viewer: Some(MORNING),
        client: None,
        present_at: MORNING,
        recent: true,
        invited: Some(MORNING),
        method: Some("google".into()),
    };
    let listed = Listed {
        contract: "123456789".into(),
        users: 300,
        found: Some(1),
        rows: vec![row.clone()],
        before: false,
        after: true,
        locked: 2,
        waiting: 3,
        invited: 3,
    };
    let failing = Failing {
        failures: 10,
        last: MORNING,
        until: MORNING + 30 * MINUTE,
        elsewhere: Some(MORNING),
        browsers: 3,
        locked: vec![MORNING],
    };
    let concerned = |why| ConcernedMember { uid: identity().uid, login: LOGIN.into(), why };
    let rows = vec![concerned(Why::Locked(failing)), concerned(Why::Previous(waiting()))];
    let affected = Affected { user: linked_user(), mailed: Some(MORNING), letter: 2, uses: true };
    let ending = Ending { provider: "d-account".into(), ends: day("2027-01-31"), announced: MORNING, by: OPERATOR.into() };
    let value = json!({
        "commands": commands("contract/mod.rs", &samples),
        "Open": wire(&Opened { administrator: Some((administrator().uid, administrator().login)), delivered: uids() }),
        "List": wire(&listed),
        "Describe": wire(&contract::Described { facts: facts(), members: vec![row], more: true }),
        "facts": wire(&facts()),
        "logged": wire(&Logged { contract: identity().contract, rows: 7 }),
        "ListConcern": wire(&Concerned { rows, more: true }),
        "PutImport, WorkImport": wire(&ImportView {
            import: Some(import()),
            counts: RowState::ALL.into_iter().zip(1..).collect(),
            rows: vec![import_row()],
            more: true,
        }),
        "Letters": wire(&vec![letter()]),
        "Endings": wire(&vec![ending]),
        "AskProgress": wire(&Progress { affected: 5, mailed: 4, changed: 2, left: 3, users: vec![affected], more: true }),
    });
    pin("contract", &value);
}

fn waiting() -> Waiting {
    Waiting { name: "DESKTOP-7F3A".into(), os: "Windows 11".into(), since: MORNING, until: MORNING + 30 * DAY }
}

fn event() -> Event {
    Event::new("disconnected", MORNING, "admin.00001").from("192.0.2.1").with("end", "viewer")
}

#[test]
fn the_journal_on_the_wire_and_its_chain() {
    let object = journal::object_of("123456789", MORNING);
    let before = Peeked { rows: 41, mac: "mac".into() };
    let opening = journal::opening(&object, MORNING, Some(("123456789/2026-10", &before)));
    let rows = || vec![Numbered { sequence: 7, event: event() }];
    let append = Append { uid: identity().uid, login: LOGIN.into(), rows: rows(), opening: Some(opening.clone()) };
    let read = Read {
        actor: administrator(),
        service: Service::Coconowork,
        about: Some(identity().uid),
        who: "test".into(),
        code: "disconnected".into(),
        from: MORNING,
        until: MORNING + DAY,
        place: Some((MORNING, 7)),
        newer: true,
        limit: 31,
    };
    let row = Row { uid: identity().uid, login: LOGIN.into(), sequence: 7, event: event() };
    let text = serde_json::to_string(&row).unwrap();
    let first = chain::link(b"key", "", 1, &text);
    let checked = Checked {
        rows: 42,
        upto: 12,
        broken: Some((13, MORNING)),
        gap: Some((LOGIN.into(), 6)),
        link: journal::linked(&opening),
    };
    let samples: Vec<journal::Command> = vec![
        append.clone().into(),
        Append { opening: None, ..append }.into(),
        Peek { row: Some(41) }.into(),
        read.into(),
        Check { actor: administrator(), service: Service::Coconowork, object: object.clone(), after: 12 }.into(),
    ];
    let value = json!({
        "commands": commands("journal/mod.rs", &samples),
        "answers": [
            wire(&Appended { taken: true }),
            wire(&before),
            wire(&vec![journal::Line { id: 13, row: row.clone() }]),
            wire(&checked),
        ],
        "object": object,
        "row": wire(&row),
        "macs under the key \"key\"": [first, chain::link(b"key", &first, 2, &text)],
        "head under the key \"key\"": wire(&chain::head(b"key", 2, &first)),
    });
    pin("journal", &value);
}

#[test]
fn what_the_runtime_and_the_outbox_keep() {
    let device = DeviceSocket {
        end: End::Viewer,
        key: "key-hash".into(),
        generation: 2,
        told: 3,
        since: MORNING,
        peer: Some(MORNING),
        paced: 0,
    };
    let cut = Attachment::Cut { end: End::Client, since: MORNING, sent: MORNING + SECOND };
    let watcher = WatcherSocket { id: "watcher".into(), session: "session-hash".into(), until: MORNING };
    let attachments = [Attachment::Device(device), Attachment::Watcher(watcher), Attachment::Closing, cut];
    let mail = Mail {
        template: "test".into(),
        to: "taro@example.jp".into(),
        language: "ja".into(),
        variables: [("login".to_owned(), LOGIN.to_owned())].into(),
        number: 3,
    };
    let key = || "coconowork/login/cwtest.00001".to_owned();
    let effects = [
        Effect::Log(event()),
        Effect::Log(Event::new("unlocked", MORNING, OPERATOR)),
        Effect::Mail(mail),
        Effect::Sms(Sms {
            to: "sealed".into(),
            uid: identity().uid,
            service: Service::Worksdrive,
            language: "ja".into(),
            nonce: "key.nonce".into(),
            registers: true,
            until: MORNING,
        }),
        Effect::ConfirmName { key: key() },
        Effect::ReleaseName { key: key() },
        Effect::Import { id: "0123456789abcdef".into() },
        Effect::Retry { row: 7 },
        Effect::Revived { id: "uid-7".into() },
        Effect::LineUsed { contract: identity().contract, number: "CAF0123456789".into(), at: MORNING },
    ];
    let byes = [
        Bye::Administrator,
        Bye::UseProhibited,
        Bye::CredentialsRevoked,
        Bye::ServiceEnded,
        Bye::Replaced,
        Bye::ProtocolError,
        Bye::Silent,
    ];
    let value = json!({
        "attachments": attachments.iter().map(wire).collect::<Vec<_>>(),
        "effects": effects.iter().map(wire).collect::<Vec<_>>(),
        "reasons of a cut": byes.iter().map(wire).collect::<Vec<_>>(),
    });
    pin("kept", &value);
}
