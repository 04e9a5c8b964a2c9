//! ST-040, ST-044, ST-045: Active Directory of a contract. Who may set it, when settings count, and who is mailed.

use durable::{
    account::{
        Asserted, By, Role, SignInLinked, TakeLinked, TellConnection, admin::AskAddressChange, person::Identity,
        sign_in::NewSession,
    },
    contract::{
        Change, Directories, Directory, Facts,
        directory::{connection, connection_key},
    },
    effect::Effect,
    profile::Service,
    refusal::Refusal,
    rules::{access::Actor, link::Purpose},
};

use super::{links::in_menu, world::*};

fn boss() -> Actor {
    Actor { role: Role::Administrator, ..administrator() }
}

fn settings(version: &str) -> Directory {
    Directory {
        version: version.into(),
        issuer: "https://adfs.example.co.jp/adfs".into(),
        client: "client".into(),
        secret: "sealed".into(),
        subject_claim: "upn".into(),
        ..Directory::default()
    }
}

fn id() -> String {
    connection(&[7; 18])
}

fn saves(version: &str) -> Change {
    Change::Directory { connection: id(), draft: Some(settings(version)) }
}

fn facts() -> Facts {
    super::links::without_second_step()
}

#[test]
fn st_044_st_045_settings_count_once_a_test_login_has_succeeded_and_only_those_that_were_tested() {
    let saved = changed(&facts(), &boss(), &saves("one"), MORNING).unwrap();
    assert_eq!((saved.directories.of(false), saved.directories.of(true)), (None, Some(&settings("one"))));
    let other = Change::DirectoryTested { version: "other".into(), who: "taro".into() };
    assert_eq!(changed(&saved, &boss(), &other, MORNING), Err(Refusal::Used), "a test of something else");
    let tested = |facts: &Facts, version: &str| {
        changed(facts, &boss(), &Change::DirectoryTested { version: version.into(), who: "taro".into() }, MORNING)
    };
    let active = tested(&saved, "one").unwrap();
    assert_eq!((active.directories.of(false), active.directories.of(true)), (Some(&settings("one")), None));
    assert_eq!(tested(&active, "one"), Err(Refusal::Used), "once");
    let twice = changed(&active, &boss(), &saves("two"), MORNING).unwrap();
    assert_eq!(twice.directories.of(false), Some(&settings("one")), "the former settings go on until the new ones were tested");
    let thrice = changed(&twice, &boss(), &saves("three"), MORNING).unwrap();
    assert_eq!(tested(&thrice, "two"), Err(Refusal::Used), "saved anew in mid-flow");
    assert_eq!(tested(&thrice, "three").unwrap().directories.of(false), Some(&settings("three")));
}

#[test]
fn st_040_the_connection_id_is_made_once_and_stays() {
    let issue = |id: &str| Change::Directory { connection: id.into(), draft: None };
    let issued = changed(&facts(), &boss(), &issue(&id()), MORNING).unwrap();
    assert_eq!(issued.directories, Directories { connection: id(), active: None, draft: None });
    let other = connection(&[8; 18]);
    assert_eq!(changed(&issued, &boss(), &issue(&other), MORNING), Err(Refusal::Used));
    let saved =
        changed(&issued, &boss(), &Change::Directory { connection: other, draft: Some(settings("one")) }, MORNING).unwrap();
    assert_eq!(saved.directories.connection, id());
    let removed = changed(&saved, &boss(), &Change::NoDirectory, MORNING).unwrap();
    assert_eq!(removed.directories, Directories { connection: id(), active: None, draft: None });
    for bad in ["", "adfs-", "adfs-../../../etc/passwd1", "google"] {
        assert_eq!(changed(&facts(), &boss(), &issue(bad), MORNING), Err(Refusal::NotFound), "{bad}");
    }
    assert_eq!(connection_key(Service::Worksdrive, &id()), "worksdrive/connection/adfs-hhhhhhhhhhhhhhhhhh");
}

#[test]
fn st_002_st_044_only_the_contractor_sets_it() {
    for role in [Role::Manager, Role::User] {
        let actor = Actor { role, ..boss() };
        for change in [saves("one"), Change::DirectoryTested { version: "one".into(), who: "taro".into() }, Change::NoDirectory] {
            assert_eq!(changed(&facts(), &actor, &change, MORNING), Err(Refusal::NotFound), "{role:?}");
        }
    }
}

#[test]
fn st_044_the_contractor_is_mailed_what_his_users_need_once_the_settings_count() {
    let of = |role| {
        let mut world = World::with(Identity { service: Service::Worksdrive, plan: String::new(), role, ..identity() });
        in_menu(&mut world, facts()).unwrap();
        world
    };
    let tell = || TellConnection { session: "menu".into() };
    let mut world = of(Role::Administrator);
    assert_eq!(world.ask(tell()), Err(Refusal::NotFound), "nothing is set");
    world.facts.as_mut().unwrap().directories = Directories { connection: id(), active: Some(settings("one")), draft: None };
    world.ask(tell()).unwrap();
    let mails = world.effects.iter().filter_map(|effect| if let Effect::Mail(mail) = effect { Some(mail) } else { None });
    let mails: Vec<_> = mails.map(|mail| (mail.template.as_str(), mail.to.as_str(), mail.variables["about"].as_str())).collect();
    assert_eq!(mails, [("directory", LOGIN, id().as_str())]);
    let mut user = of(Role::User);
    user.facts.as_mut().unwrap().directories = Directories { connection: id(), active: Some(settings("one")), draft: None };
    assert_eq!(user.ask(tell()), Err(Refusal::NotFound), "ST-002");
}

/// Somebody was at the server of this connection, in a flow of this name that began now.
fn at(world: &World, connection: &str, issuer: &str, flow: &str) -> Asserted {
    Asserted {
        provider: connection.into(),
        issuer: issuer.into(),
        subject: "hanako@example.local".into(),
        name: "EXAMPLE\\hanako".into(),
        address: String::new(),
        flow: flow.into(),
        begun: world.now,
        until: world.now + 10 * MINUTE,
    }
}

fn enter(world: &mut World, asserted: Asserted) -> Result<(), Refusal> {
    let (hash, agent, address, browser) = (asserted.flow.clone(), "Edge".into(), "192.0.2.1".into(), "b".into());
    let session = NewSession { hash, agent, address, browser, menu: false, line: None };
    world.ask(SignInLinked { asserted, session, browser: String::new(), stale: false }).map(|_| ())
}

/// A person of a contract whose Active Directory is set, and the link by which he may choose it.
fn asked(role: Role) -> (World, By) {
    let mut world = World::with(Identity { service: Service::Worksdrive, plan: String::new(), role, ..identity() });
    let directories = Directories { connection: id(), active: Some(settings("one")), draft: None };
    world.facts = Some(Facts { directories, ..facts() });
    world.ask(AskAddressChange { actor: boss_above(), address: LOGIN.into(), operation: "0".repeat(32) }).ok();
    let nonce = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Mail(mail) if mail.template == "method" => mail.variables.get("nonce").cloned(),
        _ => None,
    });
    (world, By::Link { purpose: Purpose::Method, nonce: nonce.unwrap_or_default() })
}

fn boss_above() -> Actor {
    Actor { uid: "another".into(), ..boss() }
}

#[test]
fn st_044_a_user_takes_the_directory_of_his_own_contract_as_it_is_set_now_and_is_mailed() {
    let issuer = settings("one").issuer;
    for (connection, issuer) in [(connection(&[9; 18]), issuer.clone()), (id(), "https://adfs.example.co.jp/adfs/".into())] {
        let (mut world, by) = asked(Role::User);
        let asserted = at(&world, &connection, &issuer, "linking");
        let taken = world.ask(TakeLinked { asserted, by, address: String::new() });
        assert_eq!(taken, Err(Refusal::NotFound), "another's, or as it was set before: {connection} {issuer}");
    }
    let (mut world, by) = asked(Role::User);
    let asserted = at(&world, &id(), &issuer, "linking");
    world.ask(TakeLinked { asserted, by, address: String::new() }).unwrap();
    let mailed = world.effects.iter().any(|effect| matches!(effect, Effect::Mail(mail) if mail.template == "directory"));
    assert!(mailed, "ST-040");
    let twice = world.effects.iter().any(|effect| matches!(effect, Effect::Mail(mail) if mail.template == "method-changed"));
    assert!(!twice, "which is told by that mail");
    world.now += SECOND;
    let asserted = at(&world, &id(), &issuer, "login");
    enter(&mut world, asserted).unwrap();
    assert!(world.page("login").is_ok());
    // The settings are removed, or another server takes the place of this one.
    for directories in [
        Directories { active: None, ..world.facts.clone().unwrap().directories },
        Directories {
            active: Some(Directory { issuer: "https://other.example/adfs".into(), ..settings("two") }),
            ..world.facts.clone().unwrap().directories
        },
        Directories { connection: connection(&[9; 18]), ..world.facts.clone().unwrap().directories },
    ] {
        world.facts.as_mut().unwrap().directories = directories.clone();
        let asserted = at(&world, &id(), &issuer, "later");
        assert_eq!(enter(&mut world, asserted), Err(Refusal::NotFound), "{directories:?}");
        assert_eq!(world.journal().last(), Some(&"sign-in-refused"));
        assert_eq!(world.page("login"), Err(Refusal::SignedOut), "what it has opened ends at once: {directories:?}");
    }
}

#[test]
fn st_044_never_the_contractor_himself() {
    let mut world =
        World::with(Identity { service: Service::Worksdrive, plan: String::new(), role: Role::Administrator, ..identity() });
    in_menu(&mut world, facts()).unwrap();
    world.facts.as_mut().unwrap().directories = Directories { connection: id(), active: Some(settings("one")), draft: None };
    let asserted = at(&world, &id(), &settings("one").issuer, "linking");
    let taken = world.ask(TakeLinked { asserted, by: By::Menu { session: "menu".into() }, address: String::new() });
    assert_eq!(taken, Err(Refusal::NotFound));
}
