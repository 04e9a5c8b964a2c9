//! ST-030, ST-071, ST-073, ST-100 to ST-105: login with a linked service, what links one and what ends it, as the account decides.

use durable::{
    account::{
        AskAddress, Asserted, By, Challenge, ClaimLink, ConfirmLinked, Delete, Done, LookAtLink, MenuPage, OpenTemporary,
        Provision, Retire, SetMethod, SignInLinked, SignedIn, Stage, TakeLinked, UseLink,
        admin::AskAddressChange,
        person::{Identity, Role},
        sign_in::NewSession,
    },
    ask::Reply,
    contract::{Facts, Plan, Settings, retirement::Notice},
    effect::Effect,
    names::{identity_key, key_of},
    profile::Service,
    refusal::Refusal,
    rules::{
        link::{End, Purpose},
        menu::Item,
    },
};
use proptest::prelude::*;

use super::world::*;

const ISSUER: &str = "https://accounts.example";
const HANAKO: &str = "110169484474386276334";
const MENU: &str = "menu";

fn facts(plan: Plan, settings: Settings) -> Facts {
    Facts {
        service: Service::Worksdrive,
        name: "株式会社サンプル".into(),
        plan,
        trial_start: Some(day("2026-11-01")),
        settings,
        contact: String::new(),
        cancelled: None,
        directories: durable::contract::Directories::default(),
        lines: durable::rules::line::Lines::default(),
    }
}

fn contractor() -> World {
    let mut world =
        World::with(Identity { service: Service::Worksdrive, role: Role::Administrator, plan: String::new(), ..identity() });
    world.facts = Some(facts(Plan::Basic, Settings { no_second_step: true, ..Settings::default() }));
    world
}

/// Somebody was at a provider, in a flow of this name that began now.
fn at(world: &World, provider: &str, subject: &str, flow: &str) -> Asserted {
    Asserted {
        provider: provider.into(),
        issuer: ISSUER.into(),
        subject: subject.into(),
        name: "鈴木 花子".into(),
        address: "hanako@example.net".into(),
        flow: flow.into(),
        begun: world.now,
        until: world.now + 10 * MINUTE,
    }
}

fn session(hash: &str, menu: bool) -> NewSession {
    NewSession {
        hash: hash.into(),
        agent: "Firefox".into(),
        address: "192.0.2.1".into(),
        browser: format!("{hash}-browser"),
        menu,
        line: None,
    }
}

fn sign_in(world: &mut World, asserted: Asserted, hash: &str, menu: bool) -> Reply<SignedIn> {
    world.ask(SignInLinked { asserted, session: session(hash, menu), browser: String::new(), stale: false })
}

fn in_menu(world: &mut World) {
    let challenge = world.attempt().unwrap();
    world.settle_remembered(&challenge, RIGHT, session(MENU, true), "").unwrap();
}

fn take(world: &mut World, asserted: Asserted, by: By) -> Reply<Done> {
    world.ask(TakeLinked { asserted, by, address: "192.0.2.1".into() })
}

fn by_menu() -> By {
    By::Menu { session: MENU.into() }
}

/// A contractor who logs in with Google since a second.
fn linked() -> World {
    let mut world = contractor();
    in_menu(&mut world);
    let asserted = at(&world, "google", HANAKO, "linking");
    take(&mut world, asserted, by_menu()).unwrap();
    world.now += SECOND;
    world.effects.clear();
    world
}

fn held(subject: &str) -> String {
    identity_key(Service::Worksdrive, "google", ISSUER, subject)
}

fn nonce(world: &World, template: &str) -> String {
    let mail = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Mail(mail) if mail.template == template => Some(mail),
        _ => None,
    });
    mail.unwrap().variables["nonce"].clone()
}

#[test]
fn st_030_a_linked_service_logs_in_and_the_second_step_is_not_ours() {
    let mut world = linked();
    world.facts = Some(facts(Plan::Basic, Settings::default()));
    let asserted = at(&world, "google", HANAKO, "flow");
    let opened = sign_in(&mut world, asserted, "session", false).unwrap();
    assert_eq!(opened.stage, Stage::Full, "ST-061: 2-step goes with a password");
    assert_eq!(world.journal(), ["signed-in"]);
    assert_eq!(world.person().signed_in, Some(world.now));
    let asserted = at(&world, "google", HANAKO, "other");
    assert_eq!(sign_in(&mut world, asserted, MENU, true).unwrap().stage, Stage::Menu);
    assert_eq!(world.page("session").unwrap().linked, "google");
}

#[test]
fn st_032_whoever_comes_back_to_a_service_that_ends_is_written_to_again() {
    let mut world = linked();
    let letters = |world: &mut World| {
        let (provider, uid) = ("google".to_owned(), identity().uid);
        world.effects.clear();
        world.ask(Retire(Notice { provider, uid, ends: Some(day("2027-01-31")), letter: 2, by: OPERATOR.into() })).unwrap();
        world.effects.iter().filter(|effect| matches!(effect, Effect::Mail(mail) if mail.template == "retired")).count()
    };
    assert_eq!([letters(&mut world), letters(&mut world)], [1, 0]);
    for (from, to, told) in [("google", "microsoft", 0), ("microsoft", "google", 1)] {
        let own = at(&world, from, HANAKO, &format!("login at {from}"));
        sign_in(&mut world, own, MENU, true).unwrap();
        let other = at(&world, to, HANAKO, &format!("link to {to}"));
        take(&mut world, other, by_menu()).unwrap();
        world.now += SECOND;
        assert_eq!(letters(&mut world), told, "{from} → {to}");
    }
    assert_eq!(letters(&mut world), 0);
}

#[test]
fn st_030_a_flow_counts_once_and_for_ten_minutes() {
    let mut world = linked();
    let asserted = at(&world, "google", HANAKO, "flow");
    sign_in(&mut world, asserted.clone(), "first", false).unwrap();
    for n in 0..100 {
        assert_eq!(sign_in(&mut world, asserted.clone(), &format!("again-{n}"), false), Err(Refusal::Used));
    }
    assert_eq!(world.person().sessions.len(), 1);
    let late = at(&world, "google", HANAKO, "late");
    world.now += 10 * MINUTE;
    assert_eq!(sign_in(&mut world, late, "late", false), Err(Refusal::Used));
    assert_eq!(sign_in(&mut world, asserted, "replayed", false), Err(Refusal::Used), "its id may be forgotten, its time is over");
}

#[test]
fn st_031_only_the_very_account_of_the_very_provider_logs_in() {
    let mut world = linked();
    let own = at(&world, "google", HANAKO, "flow");
    for wrong in [
        Asserted { subject: "110169484474386276335".into(), ..own.clone() },
        Asserted { issuer: "https://accounts.example/".into(), ..own.clone() },
        Asserted { provider: "microsoft".into(), ..own.clone() },
    ] {
        assert_eq!(sign_in(&mut world, wrong, "session", false), Err(Refusal::NotFound), "the same address is nothing");
    }
    let mut password = contractor();
    assert_eq!(sign_in(&mut password, own, "session", false), Err(Refusal::NotFound), "nor does it where a password logs in");
}

#[test]
fn st_030_a_flow_that_began_before_a_lock_the_end_of_service_or_a_change_of_the_method_opens_nothing() {
    let locked = |world: &mut World| world.fail(10);
    let ended = |world: &mut World| world.person.as_mut().unwrap().identity.end = Some(day("2026-11-21"));
    let prohibited = |world: &mut World| world.person.as_mut().unwrap().prohibited = true;
    let away_and_back = |world: &mut World| {
        let linked = world.person.as_mut().unwrap().linked.as_mut().unwrap();
        linked.since = world.now + SECOND;
    };
    let events: [&dyn Fn(&mut World); 4] = [&locked, &ended, &prohibited, &away_and_back];
    for event in events {
        let mut world = linked();
        let asserted = at(&world, "google", HANAKO, "flow");
        event(&mut world);
        world.now += MINUTE;
        assert_eq!(sign_in(&mut world, asserted, "session", false), Err(Refusal::NotFound));
        assert_eq!(world.journal().last(), Some(&"sign-in-refused"));
        assert_eq!(world.person().sessions.len(), 0);
    }
}

#[test]
fn a_guesser_elsewhere_does_not_lock_a_known_browser_out() {
    let mut world = linked();
    let asserted = at(&world, "google", HANAKO, "flow");
    sign_in(&mut world, asserted, "session", false).unwrap();
    world.fail(10);
    let asserted = at(&world, "google", HANAKO, "elsewhere");
    assert_eq!(sign_in(&mut world, asserted, "elsewhere", false), Err(Refusal::NotFound));
    let command = SignInLinked {
        asserted: at(&world, "google", HANAKO, "here"),
        session: session("here", false),
        browser: "session-browser".into(),
        stale: false,
    };
    assert!(world.ask(command).unwrap().known);
}

#[test]
fn st_120_st_122_whoever_is_locked_out_of_a_linked_account_is_mailed_the_way_back() {
    let mut world = linked();
    world.fail(10);
    let nonce = nonce(&world, "unlock");
    let (purpose, password, prepared, address) = (Purpose::Unlock, None, String::new(), "192.0.2.1".into());
    world.ask(UseLink { purpose, nonce, password, prepared, address }).unwrap();
    let asserted = at(&world, "google", HANAKO, "flow");
    sign_in(&mut world, asserted, "session", false).unwrap();
}

#[test]
fn st_003_after_the_trial_only_the_contractor_logs_in_and_only_to_the_menu() {
    let mut world = linked();
    world.facts = Some(Facts { trial_start: Some(day("2026-10-20")), ..facts(Plan::Trial, Settings::default()) });
    let asserted = at(&world, "google", HANAKO, "flow");
    assert_eq!(sign_in(&mut world, asserted, "session", false), Err(Refusal::TrialEnded));
    assert_eq!(world.journal(), ["sign-in-refused"]);
    let asserted = at(&world, "google", HANAKO, "menu");
    assert_eq!(sign_in(&mut world, asserted, MENU, true).unwrap().stage, Stage::Menu);
}

#[test]
fn st_071_st_073_an_invitation_is_accepted_with_a_linked_service_once() {
    let mut world = World::empty();
    world.facts = Some(facts(Plan::Basic, Settings::default()));
    let identity = Identity { service: Service::Worksdrive, plan: String::new(), ..identity() };
    let invited_by = Some("boss@example.jp".to_owned());
    world.ask(Provision { identity, ready: None, initial: None, invited_by, delivered: false, by: OPERATOR.into() }).unwrap();
    let nonce = nonce(&world, "invitation");
    let by = By::Link { purpose: Purpose::Invitation, nonce: nonce.clone() };
    let invitation = world.person().name_key();
    world.effects.clear();
    let wrong = By::Link { purpose: Purpose::Reset, nonce: nonce.clone() };
    let asserted = at(&world, "google", HANAKO, "flow");
    assert_eq!(take(&mut world, asserted.clone(), wrong), Err(Refusal::Wrong));
    take(&mut world, asserted, by.clone()).unwrap();
    for effect in [
        Effect::ConfirmName { key: held(HANAKO) },
        Effect::ConfirmName { key: key_of(Service::Worksdrive, LOGIN) },
        Effect::ReleaseName { key: invitation },
    ] {
        assert!(world.effects.contains(&effect), "{effect:?}");
    }
    assert_eq!(world.journal(), ["registered"]);
    assert!(!world.person().has_password() && world.person().invitation.since.is_none());
    let used = Refusal::Link { end: End::Used(world.now) };
    let other = at(&world, "microsoft", HANAKO, "other");
    assert_eq!(take(&mut world, other, by), Err(used.clone()), "one use, one winner");
    assert_eq!(world.ask(ClaimLink { purpose: Purpose::Invitation, nonce }), Err(used));
    world.now += SECOND;
    let asserted = at(&world, "google", HANAKO, "login");
    sign_in(&mut world, asserted, "session", false).unwrap();
}

#[test]
fn st_100_st_103_the_contractor_changes_to_a_linked_service_in_the_menu() {
    let mut world = contractor();
    world.sign_in_as("storage", RIGHT).unwrap();
    in_menu(&mut world);
    world.person.as_mut().unwrap().factor = true;
    let asserted = at(&world, "google", HANAKO, "flow");
    take(&mut world, asserted, by_menu()).unwrap();
    let told = world.effects.iter().any(|effect| {
        matches!(effect, Effect::Mail(mail) if mail.template == "method-changed" && mail.to == LOGIN && mail.variables["provider"] == "google")
    });
    assert!(told, "the address that stays is told");
    let person = world.person();
    assert!(person.sessions.is_empty() && !person.has_password() && !person.factor && person.browsers.is_empty());
    assert_eq!(world.sign_in(RIGHT), Err(Refusal::Wrong), "ST-012: exactly one method an account");
    world.now += SECOND;
    let asserted = at(&world, "google", HANAKO, "menu");
    sign_in(&mut world, asserted, MENU, true).unwrap();
    let view = world.ask(MenuPage { session: MENU.into() }).unwrap();
    assert_eq!(view.linked.as_ref().unwrap().address, "hanako@example.net");
    assert!(view.has(Item::Method, world.now) && !view.has(Item::Password, world.now), "there is no password to change");
}

#[test]
fn st_103_the_contract_can_keep_the_second_step() {
    let mut world = contractor();
    world.facts = Some(facts(Plan::Basic, Settings { no_second_step: true, keep_factor: true, ..Settings::default() }));
    in_menu(&mut world);
    world.person.as_mut().unwrap().factor = true;
    let asserted = at(&world, "google", HANAKO, "flow");
    take(&mut world, asserted, by_menu()).unwrap();
    assert!(world.person().factor);
}

#[test]
fn st_101_another_account_of_the_same_service_only_by_way_of_another_method() {
    let mut world = linked();
    let begun = at(&world, "google", HANAKO, "login");
    sign_in(&mut world, begun, MENU, true).unwrap();
    let same = at(&world, "google", HANAKO, "same");
    assert_eq!(take(&mut world, same, by_menu()), Err(Refusal::Used));
    let other = at(&world, "google", "another", "other");
    assert_eq!(take(&mut world, other, by_menu()), Err(Refusal::Fixed { field: "provider".into() }));
    let microsoft = at(&world, "microsoft", "mine", "microsoft");
    world.effects.clear();
    take(&mut world, microsoft, by_menu()).unwrap();
    assert!(world.effects.contains(&Effect::ReleaseName { key: held(HANAKO) }));
    assert!(world.effects.contains(&Effect::ConfirmName { key: held("mine") }));
    world.now += SECOND;
    let old = at(&world, "google", HANAKO, "old");
    assert_eq!(sign_in(&mut world, old, "old", false), Err(Refusal::NotFound));
}

#[test]
fn st_102_back_to_a_password_the_linked_service_opens_nothing_any_more() {
    let mut world = linked();
    let begun = at(&world, "google", HANAKO, "login");
    sign_in(&mut world, begun, MENU, true).unwrap();
    let challenge: Challenge = world.ask(OpenTemporary).unwrap();
    let output = output(NEW, &challenge);
    world.ask(SetMethod { session: MENU.into(), challenge, output, renewed: session("renewed", true) }).unwrap();
    assert!(world.effects.contains(&Effect::ReleaseName { key: held(HANAKO) }));
    world.now += SECOND;
    let old = at(&world, "google", HANAKO, "old");
    assert_eq!(sign_in(&mut world, old, "old", false), Err(Refusal::NotFound));
    world.sign_in(NEW).unwrap();
}

#[test]
fn st_100_what_plan_role_or_time_does_not_permit_changes_nothing() {
    let mut trial = contractor();
    in_menu(&mut trial);
    trial.facts = Some(facts(Plan::Trial, Settings::default()));
    let asserted = at(&trial, "google", HANAKO, "flow");
    assert_eq!(take(&mut trial, asserted, by_menu()), Err(Refusal::NotFound));
    let mut late = contractor();
    in_menu(&mut late);
    late.now += 6 * MINUTE;
    let asserted = at(&late, "google", HANAKO, "flow");
    assert_eq!(take(&mut late, asserted, by_menu()), Err(Refusal::ConfirmDue));
    let mut user = contractor();
    user.person.as_mut().unwrap().identity.role = Role::User;
    in_menu(&mut user);
    let asserted = at(&user, "google", HANAKO, "flow");
    assert_eq!(take(&mut user, asserted, by_menu()), Err(Refusal::NotFound));
}

#[test]
fn st_100_st_108_a_user_changes_by_the_mailed_link_in_both_directions() {
    let mut world = contractor();
    world.person.as_mut().unwrap().identity.role = Role::User;
    let ask = |world: &mut World, operation: &str| {
        let address = world.person().identity.login.clone();
        world.ask(AskAddressChange { actor: administrator(), address, operation: operation.into() }).unwrap();
        nonce(world, "method")
    };
    let first = ask(&mut world, "one");
    let asserted = at(&world, "google", HANAKO, "flow");
    let by = By::Link { purpose: Purpose::Method, nonce: first.clone() };
    take(&mut world, asserted.clone(), by.clone()).unwrap();
    assert_eq!(take(&mut world, asserted, by), Err(Refusal::Used), "linked already");
    world.now += 2 * MINUTE;
    let second = ask(&mut world, "two");
    let challenge = world.ask(ClaimLink { purpose: Purpose::Method, nonce: second.clone() }).unwrap();
    let password = Some((challenge.clone(), output(NEW, &challenge)));
    let (purpose, prepared, address) = (Purpose::Method, String::new(), "192.0.2.1".into());
    world.ask(UseLink { purpose, nonce: second, password, prepared, address }).unwrap();
    assert!(world.person().linked.is_none());
    assert!(world.effects.contains(&Effect::ReleaseName { key: held(HANAKO) }));
    world.sign_in(NEW).unwrap();
}

#[test]
fn st_105_st_109_whoever_logs_in_with_a_service_moves_to_another_address_at_once_and_keeps_it() {
    let mut world = linked();
    for (flow, hash, menu) in [("menu", MENU, true), ("login", "session", false)] {
        let begun = at(&world, "google", HANAKO, flow);
        sign_in(&mut world, begun, hash, menu).unwrap();
    }
    world.ask(AskAddress { session: MENU.into(), address: "new@example.jp".into() }).unwrap();
    let follow = |world: &mut World, (purpose, nonce): (Purpose, &str), password: Option<&str>| {
        let hashed = password.map(|password| {
            let challenge = world.ask(ClaimLink { purpose, nonce: nonce.into() }).unwrap();
            (challenge.clone(), output(password, &challenge))
        });
        let (nonce, prepared, address) = (nonce.into(), String::new(), "192.0.2.1".into());
        world.ask(UseLink { purpose, nonce, password: hashed, prepared, address })
    };
    let change = nonce(&world, "address");
    let link = (Purpose::Address, change.as_str());
    let view = world.ask(LookAtLink { purpose: link.0, nonce: change.clone() }).unwrap();
    assert!(!view.password && view.about == "new@example.jp");
    assert_eq!(follow(&mut world, link, Some(NEW)), Err(Refusal::Wrong), "there is no password to set");
    assert!(world.person().identity.login == LOGIN && !world.person().has_password());

    world.effects.clear();
    follow(&mut world, link, None).unwrap();
    let person = world.person();
    assert_eq!(person.identity.login, "new@example.jp");
    assert!(person.linked.is_some() && !person.has_password() && person.sessions.is_empty());
    assert_eq!(world.journal(), ["address-changed"]);
    for effect in [
        Effect::ConfirmName { key: key_of(Service::Worksdrive, "new@example.jp") },
        Effect::ReleaseName { key: key_of(Service::Worksdrive, LOGIN) },
    ] {
        assert!(world.effects.contains(&effect), "{effect:?}");
    }
    assert!(!world.effects.contains(&Effect::ReleaseName { key: held(HANAKO) }), "the linked service stays");
    assert_eq!(follow(&mut world, link, None), Err(Refusal::Link { end: End::Used(world.now) }));
    let undo = nonce(&world, "undo-address");
    world.now += SECOND;
    let begun = at(&world, "google", HANAKO, "after");
    sign_in(&mut world, begun, "after", false).unwrap();

    // Whoever undoes it logs in with a password of his own from then on.
    let back = (Purpose::UndoAddress, undo.as_str());
    assert_eq!(follow(&mut world, back, None), Err(Refusal::Wrong), "a password is set with it");
    follow(&mut world, back, Some(NEW)).unwrap();
    assert!(world.person().identity.login == LOGIN && world.person().linked.is_none());
    world.sign_in(NEW).unwrap();
}

#[test]
fn whoever_logs_in_with_a_service_is_asked_for_it_again_after_five_minutes() {
    let mut world = linked();
    let begun = at(&world, "google", HANAKO, "login");
    sign_in(&mut world, begun, MENU, true).unwrap();
    world.now += 6 * MINUTE;
    assert!(!world.page(MENU).unwrap().confirmed);
    let other = at(&world, "google", "another", "other");
    assert_eq!(world.ask(ConfirmLinked { session: MENU.into(), asserted: other }), Err(Refusal::Wrong));
    let own = at(&world, "google", HANAKO, "own");
    world.ask(ConfirmLinked { session: MENU.into(), asserted: own.clone() }).unwrap();
    assert!(world.page(MENU).unwrap().confirmed);
    assert_eq!(world.ask(ConfirmLinked { session: MENU.into(), asserted: own }), Err(Refusal::Used));
}

#[test]
fn asvs_6_8_4_whoever_the_service_has_not_asked_for_his_password_has_confirmed_nothing() {
    let mut world = linked();
    let asserted = at(&world, "google", HANAKO, "login");
    let command = SignInLinked { asserted, session: session(MENU, true), browser: String::new(), stale: true };
    world.ask(command).unwrap();
    assert!(!world.page(MENU).unwrap().confirmed);
    let own = at(&world, "google", HANAKO, "own");
    world.ask(ConfirmLinked { session: MENU.into(), asserted: own }).unwrap();
    assert!(world.page(MENU).unwrap().confirmed);
}

#[test]
fn an_account_that_is_deleted_gives_its_linked_service_back() {
    let mut world = linked();
    let contract = "123456789".into();
    world.ask(Delete { contract, by: OPERATOR.into() }).unwrap();
    assert!(world.effects.contains(&Effect::ReleaseName { key: held(HANAKO) }));
}

proptest! {
    #[test]
    fn st_031_no_other_issuer_and_subject_has_the_same_key(a in ".{0,12}", b in ".{0,12}", c in ".{0,12}", d in ".{0,12}") {
        prop_assume!((&a, &b) != (&c, &d));
        let key = |issuer: &str, subject: &str| identity_key(Service::Worksdrive, "google", issuer, subject);
        prop_assert_ne!(key(&a, &b), key(&c, &d));
        prop_assert_ne!(key(&a, &b), identity_key(Service::CoworkStorage, "google", &a, &b));
    }
}
