//! The linked service of a person ends: one letter at each time, whoever tells how often; the way to another login method; and what
//! the object of linked services is told meanwhile.

use durable::{
    account::{
        AskLink, Asserted, By, ClaimLink, Retire, TakeLinked, UseLink, admin::AskAddressChange, federation::Linked,
        person::Identity,
    },
    contract::{
        Facts, Plan, Settings,
        retirement::{NoteLinked, Notice, Standing},
    },
    effect::{Effect, Mail},
    profile::Service,
    rules::{link::Purpose, retirement::Ending},
};

use super::world::*;

const PROVIDER: &str = "d-account";
const ENDS: &str = "2027-01-31";

/// Somebody who logs in with a linked service.
fn linked() -> World {
    let mut world = World::with(Identity { service: Service::Worksdrive, plan: String::new(), ..identity() });
    let (name, settings) = ("株式会社サンプル".to_owned(), Settings::default());
    let (contact, service) = (String::new(), Service::Worksdrive);
    let directories = durable::contract::Directories::default();
    world.facts = Some(Facts {
        service,
        name,
        plan: Plan::Basic,
        trial_start: None,
        settings,
        contact,
        cancelled: None,
        directories,
        lines: durable::rules::line::Lines::default(),
    });
    let since = world.now;
    let person = world.person.as_mut().unwrap();
    person.credential.current = None;
    person.linked = Some(Linked {
        provider: PROVIDER.into(),
        issuer: "https://id.example".into(),
        subject: "1".into(),
        name: String::new(),
        address: String::new(),
        since,
    });
    world
}

fn tell(world: &mut World, ends: Option<&str>, letter: u32) {
    let uid = world.person().identity.uid.clone();
    let notice = Notice { provider: PROVIDER.into(), uid, ends: ends.map(day), letter, by: OPERATOR.into() };
    world.ask(Retire(notice)).unwrap();
}

fn letters(world: &World) -> Vec<&Mail> {
    world.effects.iter().filter_map(|effect| if let Effect::Mail(mail) = effect { Some(mail) } else { None }).collect()
}

fn notes(world: &World) -> Vec<&NoteLinked> {
    world.effects.iter().filter_map(|effect| if let Effect::Linked(note) = effect { Some(note) } else { None }).collect()
}

#[test]
fn each_letter_is_written_once_however_often_it_is_told() {
    let mut world = linked();
    for letter in [1, 1, 2, 2, 1, 3, 4, 4] {
        tell(&mut world, Some(ENDS), letter);
    }
    assert_eq!(letters(&world).len(), 4);
    let mail = letters(&world)[0];
    assert_eq!(
        (mail.template.as_str(), mail.variables["provider"].as_str(), mail.variables["ends"].as_str()),
        ("retired", PROVIDER, ENDS)
    );
    // Another date is news again.
    tell(&mut world, Some("2027-03-31"), 1);
    assert_eq!(letters(&world).len(), 5);
}

#[test]
fn a_withdrawn_end_is_forgotten_and_nobody_else_is_written_to() {
    let mut world = linked();
    tell(&mut world, Some(ENDS), 1);
    tell(&mut world, None, 0);
    assert_eq!(world.person().retiring(), None);
    tell(&mut world, None, 0);
    assert_eq!(letters(&world).len(), 1);

    let mut other = World::with(Identity { service: Service::Worksdrive, plan: String::new(), ..identity() });
    tell(&mut other, Some(ENDS), 1);
    assert_eq!(letters(&other).len(), 0, "logs in with a password");
    let mut gone = linked();
    gone.person.as_mut().unwrap().identity.end = Some(day("2026-11-01"));
    tell(&mut gone, Some(ENDS), 1);
    assert_eq!(letters(&gone).len(), 0, "out of service");
    assert!(gone.person().retiring().is_some());
}

#[test]
fn after_the_last_day_the_login_method_is_over() {
    let mut world = linked();
    tell(&mut world, Some(ENDS), 1);
    let midnight = day("2027-02-01").start(durable::rules::date::Zone::TOKYO);
    assert!(!world.person().is_retired(midnight - 1));
    assert!(world.person().is_retired(midnight));
    let ending = Ending { provider: PROVIDER.into(), ends: day(ENDS), announced: MORNING, by: OPERATOR.into() };
    assert!(!ending.is_over(midnight - 1) && ending.is_over(midnight));
}

#[test]
fn the_link_leads_to_a_password_and_a_new_one_can_be_asked_for() {
    let mut world = linked();
    tell(&mut world, Some(ENDS), 1);
    world.now += 15 * DAY;
    let ask =
        |world: &mut World| world.ask(AskLink { purpose: Purpose::Reset, login: LOGIN.into(), nonce: String::new() }).unwrap();
    ask(&mut world);
    assert_eq!(letters(&world).len(), 2);
    ask(&mut world);
    assert_eq!(letters(&world).len(), 2, "one mail a minute");
    let nonce = letters(&world)[1].variables["nonce"].clone();
    let purpose = Purpose::Method;
    let challenge = world.ask(ClaimLink { purpose, nonce: nonce.clone() }).unwrap();
    let password = Some((challenge.clone(), output(NEW, &challenge)));
    world.effects.clear();
    world.ask(UseLink { purpose, nonce, password, prepared: String::new(), address: "192.0.2.1".into() }).unwrap();
    assert_eq!(world.person().linked, None);
    assert_eq!(world.person().retiring(), None);
    let told: Vec<_> = notes(&world).iter().map(|note| (note.user.provider.as_str(), note.standing)).collect();
    assert_eq!(told, [(PROVIDER, Standing::Changed)]);
    tell(&mut world, Some(ENDS), 2);
    assert!(letters(&world).iter().all(|letter| letter.template == "method-changed"), "who has changed is not reminded");
}

#[test]
fn whoever_has_no_end_before_him_gets_no_link_by_asking() {
    let mut world = linked();
    world.ask(AskLink { purpose: Purpose::Reset, login: LOGIN.into(), nonce: String::new() }).unwrap();
    world.ask(AskLink { purpose: Purpose::Method, login: LOGIN.into(), nonce: String::new() }).unwrap();
    assert_eq!(letters(&world).len(), 0);
}

#[test]
fn a_deleted_account_is_no_user_of_the_service_any_more() {
    let mut world = linked();
    world.ask(durable::account::Delete { contract: "123456789".into(), by: OPERATOR.into() }).unwrap();
    let told: Vec<_> = notes(&world).iter().map(|note| note.standing).collect();
    assert_eq!(told, [Standing::Gone]);
}

#[test]
fn st_032_whoever_comes_back_is_told_anew_and_by_no_end_that_was_withdrawn_meanwhile() {
    let mut world = linked();
    tell(&mut world, Some(ENDS), 1);
    let nonce = letters(&world)[0].variables["nonce"].clone();
    let change = |world: &mut World, provider: &str, nonce: String| {
        world.now += 2 * MINUTE;
        let asserted = Asserted {
            provider: provider.into(),
            issuer: format!("https://{provider}.example"),
            subject: "1".into(),
            name: String::new(),
            address: String::new(),
            flow: format!("to-{provider}"),
            begun: world.now,
            until: world.now + 10 * MINUTE,
        };
        let by = By::Link { purpose: Purpose::Method, nonce };
        world.ask(TakeLinked { asserted, by, address: "192.0.2.1".into() }).unwrap();
    };
    change(&mut world, "google", nonce);
    let address = world.person().identity.login.clone();
    world.ask(AskAddressChange { actor: administrator(), address, operation: "back".into() }).unwrap();
    let nonce = letters(&world).last().unwrap().variables["nonce"].clone();
    world.effects.clear();
    change(&mut world, PROVIDER, nonce);
    let told: Vec<_> = notes(&world).iter().map(|note| (note.user.provider.as_str(), note.standing)).collect();
    assert_eq!(told, [("google", Standing::Changed), (PROVIDER, Standing::Uses)]);
    assert!(
        !world.person().is_retired(day("2027-02-01").start(durable::rules::date::Zone::TOKYO)),
        "nothing ends that he was told of"
    );
    tell(&mut world, Some(ENDS), 1);
    let retired = letters(&world).iter().filter(|mail| mail.template == "retired").count();
    assert_eq!(retired, 1, "what he was told before was about another time");
}
