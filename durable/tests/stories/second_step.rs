//! ST-020 to ST-029, ST-095: 2段階認証 of the storage services, from its registration to the lost device, code by code.

use durable::{
    account::{
        AccountPage, Done, ForgetBrowsers, GiveCode, KeepRecovery, Me, Method, OfferFactor, OpenChange, ResetFactor, SendCode,
        SignedIn, Stage, StepView, WhoIs, factor::CodeDoor, person::Identity, sign_in::NewSession,
    },
    ask::Reply,
    contract::{Facts, Plan, Settings},
    effect::{Effect, Event, Sms},
    profile::Service,
    refusal::Refusal,
    rules::sms_code,
    saved::Rows,
    seal::{Purpose, Seals},
    secret::Secret,
};
use proptest::prelude::*;

use super::world::*;

const PHONE: &str = "+819012345678";

pub fn facts(no_second_step: bool) -> Facts {
    let (name, settings) = ("株式会社サンプル".into(), Settings { no_second_step, ..Settings::default() });
    Facts {
        service: Service::Worksdrive,
        name,
        plan: Plan::Basic,
        trial_start: None,
        settings,
        contact: String::new(),
        cancelled: None,
        directories: durable::contract::Directories::default(),
        lines: durable::rules::line::Lines::default(),
    }
}

/// A user of WORKSDRIVE who has registered nothing yet.
fn fresh() -> World {
    let identity = Identity { service: Service::Worksdrive, plan: String::new(), ..identity() };
    let mut world = World::with(identity);
    world.facts = Some(facts(false));
    world
}

/// The same with a number registered; the SMS that did it are forgotten, and so is the browser.
fn with_sms() -> World {
    let mut world = fresh();
    register_sms(&mut world, "first");
    later(&mut world);
    world
}

fn with_app() -> World {
    let mut world = fresh();
    register_app(&mut world, "first");
    later(&mut world);
    world
}

fn later(world: &mut World) {
    world.advance(2 * HOUR);
    world.effects.clear();
    world.person.as_mut().unwrap().sessions.clear();
}

/// What the cookie is known by that this session's browser gets.
fn browser(name: &str) -> String {
    format!("{name}, in a browser of its own")
}

fn new(name: &str) -> NewSession {
    NewSession {
        hash: name.into(),
        agent: "Firefox".into(),
        address: "192.0.2.1".into(),
        browser: browser(name),
        menu: false,
        line: None,
    }
}

fn sign_in(world: &mut World, session: &str, remembered: &str) -> Reply<SignedIn> {
    let challenge = world.attempt()?;
    world.settle_remembered(&challenge, RIGHT, new(session), remembered)
}

fn due(world: &mut World, session: &str) {
    assert_eq!(sign_in(world, session, "").unwrap().stage, Stage::FactorDue);
}

fn send(world: &mut World, session: &str, phone: Option<&str>) -> Reply<Done> {
    let phone = phone.map(|phone| Secret::new(phone.into()));
    world.ask(SendCode { session: session.into(), phone, address: "192.0.2.1".into() })
}

fn sms(world: &World) -> Vec<Sms> {
    world.effects.iter().filter_map(|effect| if let Effect::Sms(sms) = effect { Some(sms.clone()) } else { None }).collect()
}

/// What the provider is given for the newest code: number and code.
fn received(world: &World) -> (String, String) {
    let sms = sms(world).pop().unwrap();
    let number = world.seals.open(Purpose::Phone, &sms.uid, &sms.to).unwrap();
    let code = sms_code::derive(&world.seals, &sms.uid, sms.registers, &sms.nonce).unwrap();
    (String::from_utf8(number).unwrap(), code)
}

fn wrong(world: &World) -> String {
    let right = received(world).1;
    if right == "000000" { "000001".into() } else { "000000".into() }
}

fn give_with(world: &mut World, session: &str, stage: Stage, method: Method, code: &str, remember: bool) -> Reply<SignedIn> {
    let renewed = new(&format!("{session}-in"));
    world.ask(GiveCode { session: session.into(), stage, code: Secret::new(code.into()), renewed, method, remember })
}

fn give(world: &mut World, session: &str, code: &str) -> Reply<Stage> {
    give_with(world, session, Stage::FactorDue, Method::Totp, code, false).map(|signed_in| signed_in.stage)
}

fn recover(world: &mut World, session: &str, code: &str) -> Reply<Stage> {
    let read = durable::rules::recovery_code::read(code).unwrap();
    give_with(world, session, Stage::FactorDue, Method::Recovery, &read, false).map(|signed_in| signed_in.stage)
}

fn step(world: &mut World, session: &str) -> StepView {
    world.page(session).unwrap().step.unwrap()
}

fn shown(world: &mut World, session: &str) -> String {
    step(world, session).recovery.unwrap().reveal().to_owned()
}

fn keep(world: &mut World, session: &str, renewed: &str) -> Reply<SignedIn> {
    world.ask(KeepRecovery { session: session.into(), renewed: new(renewed) })
}

/// Registers [`PHONE`]; the session of it is `{session}-full`. The recovery code.
fn register_sms(world: &mut World, session: &str) -> String {
    assert_eq!(sign_in(world, session, "").unwrap().stage, Stage::FactorMissing);
    send(world, session, Some(PHONE)).unwrap();
    let code = received(world).1;
    let given = give_with(world, session, Stage::FactorMissing, Method::Sms, &code, false).unwrap();
    assert_eq!(given.stage, Stage::RecoveryDue);
    let recovery = shown(world, &format!("{session}-in"));
    assert_eq!(keep(world, &format!("{session}-in"), &format!("{session}-full")).unwrap().stage, Stage::Full);
    recovery
}

fn register_app(world: &mut World, session: &str) -> String {
    assert_eq!(sign_in(world, session, "").unwrap().stage, Stage::FactorMissing);
    let seed = world.ask(OfferFactor { session: session.into() }).unwrap().seed;
    let code = code_of(seed.reveal(), world.now);
    give_with(world, session, Stage::FactorMissing, Method::Totp, &code, false).unwrap();
    let recovery = shown(world, &format!("{session}-in"));
    keep(world, &format!("{session}-in"), &format!("{session}-full")).unwrap();
    recovery
}

/// A browser that is remembered since now; what its cookie is known by.
fn remember(world: &mut World, session: &str) -> String {
    due(world, session);
    let code = received(world).1;
    assert!(give_with(world, session, Stage::FactorDue, Method::Sms, &code, true).unwrap().remembered);
    browser(&format!("{session}-in"))
}

fn events(world: &World, code: &str) -> Vec<Event> {
    let event = |effect: &Effect| if let Effect::Log(event) = effect { Some(event.clone()) } else { None };
    world.effects.iter().filter_map(event).filter(|event| event.code == code).collect()
}

fn stored(world: &World) -> String {
    format!("{:?} {:?}", Rows::of(world.person()).unwrap(), world.effects)
}

#[test]
fn st_023_registration_by_sms_step_by_step() {
    let mut world = fresh();
    assert_eq!(sign_in(&mut world, "s", "").unwrap().stage, Stage::FactorMissing);
    assert_eq!(step(&mut world, "s"), StepView { method: Method::Totp, phone: String::new(), until: None, recovery: None });
    send(&mut world, "s", Some(PHONE)).unwrap();
    let (number, code) = received(&world);
    assert_eq!(number, PHONE);
    let view = step(&mut world, "s");
    assert_eq!((view.method, view.phone.as_str(), view.until), (Method::Sms, "5678", Some(MORNING + 10 * MINUTE)));
    for secret in [PHONE, "9012345678", &code] {
        assert!(!stored(&world).contains(secret), "{secret} is stored nowhere");
    }
    let given = give_with(&mut world, "s", Stage::FactorMissing, Method::Sms, &code, false).unwrap();
    assert_eq!((given.stage, given.known, given.remembered), (Stage::RecoveryDue, false, false));
    assert_eq!(world.page("s"), Err(Refusal::SignedOut), "the id changes at each stage");
    assert!(!world.person().factor, "not before the recovery code is kept");
    let recovery = shown(&mut world, "s-in");
    assert_eq!(shown(&mut world, "s-in"), recovery, "a reload shows it again");
    assert!(!stored(&world).contains(&recovery) && !stored(&world).contains(&recovery.replace('-', "")));
    assert_eq!(keep(&mut world, "s-in", "s-full").unwrap().stage, Stage::Full);
    assert!(world.page("s-full").unwrap().factor);
    assert_eq!(world.page("s-full").unwrap().step, None, "shown once");
    assert!(!stored(&world).contains(&recovery) && !stored(&world).contains(&recovery.replace('-', "")));
    assert_eq!(world.journal(), ["factor-missing", "code-sent", "factor-registered", "signed-in"]);
    assert_eq!(events(&world, "code-sent")[0].detail["to"], "5678");

    world.advance(HOUR);
    due(&mut world, "t");
    let (number, code) = received(&world);
    assert_eq!(number, PHONE);
    assert_eq!(give(&mut world, "t", &code), Ok(Stage::Full));
}

#[test]
fn st_025_registration_by_app_step_by_step() {
    let mut world = fresh();
    sign_in(&mut world, "s", "").unwrap();
    let offer = world.ask(OfferFactor { session: "s".into() }).unwrap();
    assert_eq!(world.ask(OfferFactor { session: "s".into() }).unwrap(), offer, "a reload shows the same QR code");
    let code = code_of(offer.seed.reveal(), world.now);
    let other = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(give_with(&mut world, "s", Stage::FactorMissing, Method::Totp, other, false), Err(Refusal::Wrong));
    give_with(&mut world, "s", Stage::FactorMissing, Method::Totp, &code, true).unwrap();
    let recovery = shown(&mut world, "s-in");
    let kept = keep(&mut world, "s-in", "s-full").unwrap();
    assert!(kept.remembered, "the tick of the first code counts when the registration is complete");
    assert_eq!(world.person().second_step.phone, None);
    assert_eq!(recovery.len(), 23);
    assert_eq!(sms(&world).len(), 0);

    due(&mut world, "t");
    assert_eq!(give(&mut world, "t", &code), Err(Refusal::Wrong), "the first code is used");
    world.advance(MINUTE);
    let code = world.code();
    assert_eq!(give(&mut world, "t", &code), Ok(Stage::Full));
    assert_eq!(sms(&world).len(), 0, "nobody is sent anything");
}

#[test]
fn st_021_who_has_not_registered_gets_nowhere_else() {
    let mut world = fresh();
    sign_in(&mut world, "s", "").unwrap();
    let stage = Refusal::WrongStage { stage: Stage::FactorMissing };
    assert_eq!(world.ask(WhoIs { session: "s".into(), touch: true, menu: false }), Err(stage.clone()));
    for door in [Stage::PasswordDue, Stage::Full, Stage::FactorDue, Stage::FactorMissing, Stage::RecoveryDue] {
        assert_eq!(world.ask(OpenChange { session: "s".into(), stage: door }), Err(stage.clone()));
        assert_eq!(world.change("s", door, RIGHT, NEW, "x").unwrap_err(), stage);
    }
    for door in [Stage::PasswordDue, Stage::Full, Stage::Menu] {
        assert_eq!(give_with(&mut world, "s", door, Method::Totp, "000000", false), Err(Refusal::NotFound));
    }
    assert_eq!(give_with(&mut world, "s", Stage::FactorDue, Method::Sms, "000000", false), Err(stage.clone()));
    assert_eq!(keep(&mut world, "s", "x"), Err(stage.clone()));
    let forget = ForgetBrowsers { session: "s".into(), id: None, operation: "0".repeat(32), address: String::new() };
    assert_eq!(world.ask(forget), Err(stage));
}

#[test]
fn st_021_the_contract_switches_it_off_and_missing_facts_do_not() {
    let mut world = fresh();
    world.facts = Some(facts(true));
    assert_eq!(sign_in(&mut world, "off", "").unwrap().stage, Stage::Full);
    world.facts = None;
    assert_eq!(sign_in(&mut world, "s", "").unwrap().stage, Stage::FactorMissing, "no facts, no exception");
    let mut registered = with_sms();
    registered.facts = Some(facts(true));
    assert_eq!(sign_in(&mut registered, "off", "").unwrap().stage, Stage::Full);
    assert_eq!(sms(&registered).len(), 0);
    registered.facts = Some(facts(false));
    due(&mut registered, "on");
}

#[test]
fn st_023_a_code_lives_ten_minutes_and_five_tries() {
    for (seconds, lives) in [(599, true), (600, false)] {
        let mut world = with_sms();
        due(&mut world, "s");
        let code = received(&world).1;
        world.advance(seconds * SECOND);
        assert_eq!(give(&mut world, "s", &code).is_ok(), lives, "{seconds} s");
        if !lives {
            assert_eq!(give(&mut world, "s", &code), Err(Refusal::Used));
            assert_eq!(world.person().totp.failures, 0, "nothing was compared");
        }
    }
    let mut world = with_sms();
    due(&mut world, "s");
    let (code, other) = (received(&world).1, wrong(&world));
    for _ in 0..5 {
        assert_eq!(give(&mut world, "s", &other), Err(Refusal::Wrong));
    }
    assert_eq!(give(&mut world, "s", &code), Err(Refusal::Used), "the right one comes too late");
    assert_eq!(step(&mut world, "s").until, None);
}

#[test]
fn past_failure_7_st_023_a_new_code_gives_no_new_tries_and_ten_failures_lock() {
    let mut world = with_sms();
    due(&mut world, "s");
    for _ in 0..2 {
        let other = wrong(&world);
        for _ in 0..5 {
            assert_eq!(give(&mut world, "s", &other), Err(Refusal::Wrong));
        }
        world.advance(MINUTE);
        let _ = send(&mut world, "s", None);
    }
    let code = received(&world).1;
    assert!(matches!(give(&mut world, "s", &code), Err(Refusal::Locked { .. })));
    assert_eq!(world.page("s").unwrap().code_door, CodeDoor::Locked);
    let sent = sms(&world).len();
    world.advance(20 * MINUTE);
    assert!(matches!(send(&mut world, "s", None), Err(Refusal::Locked { .. })), "nothing is sent to who cannot use it");
    due(&mut world, "t");
    assert_eq!(sms(&world).len(), sent);
    assert!(matches!(recover(&mut world, "t", "AAAAA-AAAAA-AAAAA-AAAAA"), Err(Refusal::Locked { .. })), "one counter for all");
    world.advance(25 * DAY);
    assert!(matches!(give(&mut world, "t", &code), Err(Refusal::SignedOut)));
    due(&mut world, "u");
    assert!(matches!(recover(&mut world, "u", "AAAAA-AAAAA-AAAAA-AAAAA"), Err(Refusal::Locked { .. })), "no timer here");
    world.ask(ResetFactor { by: OPERATOR.into(), operation: String::new() }).unwrap();
    assert_eq!(sign_in(&mut world, "v", "").unwrap().stage, Stage::FactorMissing);
}

#[test]
fn past_failure_7_app_sms_and_recovery_code_each_lock_after_ten() {
    for method in [Method::Totp, Method::Sms, Method::Recovery] {
        let mut world = if method == Method::Totp { with_app() } else { with_sms() };
        due(&mut world, "s");
        for failure in 0..10 {
            let refusal = match method {
                Method::Recovery => recover(&mut world, "s", "AAAAA-AAAAA-AAAAA-AAAAA"),
                Method::Totp => {
                    let code = world.wrong_code();
                    give(&mut world, "s", &code)
                }
                Method::Sms => {
                    if failure == 5 {
                        world.advance(MINUTE);
                        send(&mut world, "s", None).unwrap();
                    }
                    let code = wrong(&world);
                    give(&mut world, "s", &code)
                }
            };
            assert_eq!(refusal, Err(Refusal::Wrong), "{method:?} {failure}");
        }
        assert!(matches!(recover(&mut world, "s", "AAAAA-AAAAA-AAAAA-AAAAA"), Err(Refusal::Locked { .. })), "{method:?}");
        assert_eq!(events(&world, "factor-locked").len(), 1);
    }
}

#[test]
fn st_023_one_code_a_minute_and_five_an_hour_whatever_happens_in_between() {
    let mut world = with_sms();
    due(&mut world, "s");
    assert_eq!(send(&mut world, "s", None), Err(Refusal::TooMany { retry_after: 60 }));
    let first = received(&world).1;
    due(&mut world, "t");
    assert_eq!(sms(&world).len(), 1, "another login sends none, and the first code is good there");
    assert_eq!(give(&mut world, "t", &first), Ok(Stage::Full));
    for _ in 1..5 {
        world.advance(MINUTE);
        send(&mut world, "s", None).unwrap();
    }
    world.advance(MINUTE);
    assert_eq!(send(&mut world, "s", None), Err(Refusal::TooMany { retry_after: 55 * 60 }));
    world.ask(ResetFactor { by: OPERATOR.into(), operation: String::new() }).unwrap();
    sign_in(&mut world, "u", "").unwrap();
    assert!(matches!(send(&mut world, "u", Some(PHONE)), Err(Refusal::TooMany { .. })), "a reset gives no new ones");
}

#[test]
fn a_code_registers_the_number_that_it_went_to() {
    let mut world = fresh();
    sign_in(&mut world, "mine", "").unwrap();
    sign_in(&mut world, "other", "").unwrap();
    send(&mut world, "mine", Some(PHONE)).unwrap();
    let mine = received(&world).1;
    world.advance(MINUTE);
    send(&mut world, "other", Some("+14155552671")).unwrap();
    let other = received(&world).1;
    assert_ne!(mine, other);
    assert_eq!(give_with(&mut world, "mine", Stage::FactorMissing, Method::Sms, &mine, false), Err(Refusal::Wrong), "replaced");
    give_with(&mut world, "other", Stage::FactorMissing, Method::Sms, &other, false).unwrap();
    keep(&mut world, "other-in", "other-full").unwrap();
    let sealed = world.person().second_step.phone.clone().unwrap();
    let number = world.seals.open(Purpose::Phone, &world.person().identity.uid, &sealed).unwrap();
    assert_eq!(number, b"+14155552671");
    assert_eq!(world.page("mine"), Err(Refusal::SignedOut));
}

#[test]
fn a_code_of_a_registration_is_none_of_a_login() {
    let mut world = fresh();
    sign_in(&mut world, "s", "").unwrap();
    send(&mut world, "s", Some(PHONE)).unwrap();
    let code = received(&world).1;
    register_app(&mut world, "app");
    due(&mut world, "t");
    assert_eq!(give(&mut world, "t", &code), Err(Refusal::Wrong));
    let mut world = with_sms();
    due(&mut world, "s");
    let code = received(&world).1;
    world.person.as_mut().unwrap().factor = false;
    sign_in(&mut world, "u", "").unwrap();
    assert_eq!(give_with(&mut world, "u", Stage::FactorMissing, Method::Sms, &code, false), Err(Refusal::Used));
}

#[test]
fn st_027_st_028_a_recovery_code_is_spent_and_replaced_and_st_029_the_factor_stays() {
    let mut world = fresh();
    let recovery = register_sms(&mut world, "first");
    later(&mut world);
    let phone = world.person().second_step.phone.clone();
    due(&mut world, "s");
    due(&mut world, "t");
    let typed = format!(" {} ", recovery.to_lowercase().replace('-', " "));
    assert_eq!(recover(&mut world, "s", &typed), Ok(Stage::RecoveryDue));
    assert_eq!(recover(&mut world, "t", &recovery), Err(Refusal::Wrong), "past failure 18: once, from whatever browser");
    let next = shown(&mut world, "s-in");
    assert_ne!(next, recovery);
    assert_eq!(
        world.ask(WhoIs { session: "s-in".into(), touch: false, menu: false }),
        Err(Refusal::WrongStage { stage: Stage::RecoveryDue })
    );
    assert_eq!(keep(&mut world, "s-in", "s-full").unwrap().stage, Stage::Full);
    assert_eq!(world.person().second_step.phone, phone);
    assert!(world.person().factor);
    assert_eq!(recover(&mut world, "t", &next), Ok(Stage::RecoveryDue), "in other browsers the new one");
    assert_eq!(events(&world, "recovery-code-used").len(), 2);
    assert_eq!(events(&world, "signed-in").len(), 1, "who has not kept it is not logged in");
    assert_eq!(events(&world, "signed-in")[0].detail["factor"], "recovery");
}

#[test]
fn st_026_whoever_leaves_before_keeping_the_recovery_code_registers_anew() {
    let mut world = fresh();
    sign_in(&mut world, "s", "").unwrap();
    send(&mut world, "s", Some(PHONE)).unwrap();
    let code = received(&world).1;
    give_with(&mut world, "s", Stage::FactorMissing, Method::Sms, &code, true).unwrap();
    let lost = shown(&mut world, "s-in");
    world.advance(HOUR);
    assert_eq!(keep(&mut world, "s-in", "x"), Err(Refusal::SignedOut));
    let kept = register_sms(&mut world, "t");
    assert_ne!(lost, kept);
    world.advance(HOUR);
    due(&mut world, "u");
    assert_eq!(recover(&mut world, "u", &lost), Err(Refusal::Wrong));
    assert_eq!(recover(&mut world, "u", &kept), Ok(Stage::RecoveryDue));
}

#[test]
fn st_020_a_remembered_browser_is_asked_again_after_thirty_days_without_access() {
    for (off, asked) in [(-SECOND, false), (SECOND, true)] {
        let mut world = with_sms();
        let cookie = remember(&mut world, "s");
        world.advance(30 * DAY + off);
        let stage = if asked { Stage::FactorDue } else { Stage::Full };
        assert_eq!(sign_in(&mut world, "again", &cookie).unwrap().stage, stage);
        if !asked {
            assert_eq!(events(&world, "signed-in").last().unwrap().detail["factor"], "remembered");
            world.advance(30 * DAY - SECOND);
            assert_eq!(sign_in(&mut world, "slid", &cookie).unwrap().stage, Stage::Full, "they slide");
        }
    }
}

#[test]
fn st_020_every_access_prolongs_it_and_only_in_that_browser() {
    let mut world = with_sms();
    let cookie = remember(&mut world, "s");
    world.advance(20 * MINUTE);
    world.page("s-in").unwrap();
    let reached = world.now;
    assert_eq!(world.person().second_step.remembered[0].last, reached);
    due(&mut world, "elsewhere");
    world.now = reached + 30 * DAY - SECOND;
    assert_eq!(sign_in(&mut world, "later", &cookie).unwrap().stage, Stage::Full);
    world.advance(20 * MINUTE);
    world.ask(WhoIs { session: "later".into(), touch: true, menu: false }).unwrap();
    assert_eq!(world.person().second_step.remembered[0].last, world.now);
    world.advance(20 * MINUTE);
    world.ask(WhoIs { session: "later".into(), touch: false, menu: false }).unwrap();
    assert_ne!(world.person().second_step.remembered[0].last, world.now, "what a page asks by itself is no access");
}

#[test]
fn st_020_it_is_bound_to_account_browser_and_password() {
    let mut world = with_sms();
    let cookie = remember(&mut world, "s");
    assert_eq!(sign_in(&mut world, "x", "another").unwrap().stage, Stage::FactorDue);
    assert_eq!(sign_in(&mut world, "y", "").unwrap().stage, Stage::FactorDue);
    world.person.as_mut().unwrap().set_password(hash(NEW), false, world.now);
    let challenge = world.attempt().unwrap();
    let signed_in = world.settle_remembered(&challenge, NEW, new("z"), &cookie).unwrap();
    assert_eq!(signed_in.stage, Stage::FactorDue, "another password");
    // Neither does a device cookie stand in for it.
    let mut world = with_sms();
    due(&mut world, "s");
    let code = received(&world).1;
    give(&mut world, "s", &code).unwrap();
    assert!(world.person().browsers.iter().any(|known| known.hash == browser("s-in")));
    assert_eq!(sign_in(&mut world, "t", &browser("s-in")).unwrap().stage, Stage::FactorDue);
}

#[test]
fn ten_browsers_are_remembered_and_the_one_used_longest_ago_goes() {
    let mut world = with_sms();
    let cookies: Vec<String> = (0..11)
        .map(|at| {
            world.advance(20 * MINUTE);
            remember(&mut world, &format!("s{at}"))
        })
        .collect();
    assert_eq!(world.person().second_step.remembered.len(), 10);
    world.advance(MINUTE);
    assert_eq!(sign_in(&mut world, "first", &cookies[0]).unwrap().stage, Stage::FactorDue);
    assert_eq!(sign_in(&mut world, "last", &cookies[10]).unwrap().stage, Stage::Full);
}

#[test]
fn a_person_ends_one_remembered_browser_or_all() {
    let mut world = with_sms();
    let one = remember(&mut world, "one");
    world.advance(2 * MINUTE);
    let two = remember(&mut world, "two");
    let page = AccountPage { me: Me { session: "two-in".into(), touch: true }, renew: None };
    let view = world.ask(page).unwrap();
    let ids: Vec<String> = view.remembered.iter().map(|browser| browser.hash.clone()).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| id.len() == 16 && *id != one && *id != two), "named, not told");
    let mut forget = |id: Option<&str>, operation: &str| {
        let (session, id, operation) = ("two-in".into(), id.map(str::to_owned), operation.repeat(32));
        world.ask(ForgetBrowsers { session, id, operation, address: "192.0.2.1".into() }).unwrap().found
    };
    assert!(!forget(Some("unknown"), "0"));
    assert!(forget(Some(&ids[0]), "1") && forget(Some(&ids[0]), "1"), "twice is once");
    assert_eq!(sign_in(&mut world, "a", &one).unwrap().stage, Stage::FactorDue);
    assert_eq!(sign_in(&mut world, "b", &two).unwrap().stage, Stage::Full);
    let all = ForgetBrowsers { session: "two-in".into(), id: None, operation: "2".repeat(32), address: String::new() };
    assert!(world.ask(all).unwrap().found);
    assert_eq!(sign_in(&mut world, "c", &two).unwrap().stage, Stage::FactorDue);
    assert!(world.page("two-in").is_ok(), "sessions go on");
    assert_eq!(events(&world, "browsers-forgotten").len(), 2);
}

#[test]
fn st_095_a_reset_ends_registration_codes_and_remembered_browsers() {
    let mut world = with_sms();
    let cookie = remember(&mut world, "s");
    world.advance(2 * MINUTE);
    due(&mut world, "waiting");
    let code = received(&world).1;
    world.ask(ResetFactor { by: OPERATOR.into(), operation: String::new() }).unwrap();
    assert_eq!(give(&mut world, "waiting", &code), Err(Refusal::SignedOut));
    assert_eq!(sign_in(&mut world, "t", &cookie).unwrap().stage, Stage::FactorMissing);
    assert!(world.page("s-in").is_ok(), "who has given a code stays");
}

#[test]
fn past_failure_16_an_app_s_code_counts_once_and_none_before_it() {
    let mut world = with_app();
    world.now -= world.now.rem_euclid(30 * SECOND);
    let (now, before) = (world.code(), world.code_at(world.now - 30 * SECOND));
    for session in ["a", "b", "c", "d"] {
        due(&mut world, session);
    }
    assert_eq!(give(&mut world, "a", &now), Ok(Stage::Full));
    world.advance(SECOND);
    assert_eq!(give(&mut world, "b", &now), Err(Refusal::Wrong), "at +1 s");
    assert_eq!(give(&mut world, "c", &before), Err(Refusal::Wrong), "an older step after a newer one");
    world.advance(30 * SECOND);
    assert_eq!(give(&mut world, "d", &now), Err(Refusal::Wrong), "at +31 s");
}

#[test]
fn past_failure_17_an_app_s_code_lives_as_long_as_it_is_said_to() {
    let start = with_app();
    let step = start.now / (30 * SECOND) + 10;
    let code = start.code_at(step * 30 * SECOND);
    for second in -45..75 {
        let mut world = with_app();
        world.now = step * 30 * SECOND + second * SECOND;
        due(&mut world, "s");
        assert_eq!(give(&mut world, "s", &code).is_ok(), (-30..60).contains(&second), "second {second}");
    }
}

#[test]
fn past_failure_19_of_many_uses_of_one_code_one_counts() {
    let mut world = with_sms();
    for at in 0..50 {
        due(&mut world, &format!("s{at}"));
    }
    let code = received(&world).1;
    let given: Vec<Reply<Stage>> = (0..100).map(|at| give(&mut world, &format!("s{}", at % 50), &code)).collect();
    assert_eq!(given.iter().filter(|reply| reply.is_ok()).count(), 1);
    assert_eq!(events(&world, "signed-in").len(), 1);
    assert_eq!(world.person().totp.failures, 0, "the others were told that it is over, and nothing counts");
}

#[test]
fn past_failure_22_a_registration_takes_the_rights_of_sessions_without_it() {
    let mut world = fresh();
    world.facts = Some(facts(true));
    sign_in(&mut world, "b", "").unwrap();
    assert!(world.page("b").is_ok());
    world.facts = Some(facts(false));
    register_sms(&mut world, "a");
    assert_eq!(world.page("b"), Err(Refusal::SignedOut));
}

#[test]
fn a_lost_key_lets_nobody_in_and_breaks_nothing() {
    let mut world = with_sms();
    due(&mut world, "s");
    let code = received(&world).1;
    world.seals = Seals::new(vec!["another data key, of 32 characters".into()]);
    assert_eq!(give(&mut world, "s", &code), Err(Refusal::Wrong));
    assert_eq!(step(&mut world, "s").phone, "");
}

#[test]
fn a_login_of_coconowork_knows_nothing_of_it() {
    let mut world = World::user();
    world.sign_in_as("s", RIGHT).unwrap();
    assert_eq!(send(&mut world, "s", Some(PHONE)), Err(Refusal::WrongStage { stage: Stage::Full }));
    assert_eq!(keep(&mut world, "s", "x"), Err(Refusal::WrongStage { stage: Stage::Full }));
    assert_eq!(world.page("s").unwrap().step, None);
    assert_eq!(world.person().second_step, durable::account::second_step::SecondStep::default());
}

proptest! {
    /// Whatever a person with the right password sends in whatever order, without the code he was sent nothing is ever complete.
    #[test]
    fn nothing_but_a_code_opens(steps in prop::collection::vec((0_u8..7, 0_usize..3, 0_i64..120), 1..40)) {
        let mut world = with_sms();
        let names = ["a", "b", "c"];
        for (act, who, seconds) in steps {
            world.advance(seconds * SECOND);
            let name = names[who];
            let unlucky = if sms(&world).is_empty() { "123456".to_owned() } else { wrong(&world) };
            match act {
                0 => drop(sign_in(&mut world, name, "")),
                1 => drop(send(&mut world, name, None)),
                2 => drop(send(&mut world, name, Some("+14155552671"))),
                3 => drop(give(&mut world, name, &unlucky)),
                4 => drop(give_with(&mut world, name, Stage::FactorMissing, Method::Sms, &unlucky, true)),
                5 => drop(recover(&mut world, name, "AAAAA-AAAAA-AAAAA-AAAAA")),
                _ => drop(keep(&mut world, name, &format!("{name}-full"))),
            }
            prop_assert!(world.person().sessions.iter().all(|session| session.stage == Stage::FactorDue));
            prop_assert!(world.person().second_step.remembered.is_empty());
        }
    }
}
