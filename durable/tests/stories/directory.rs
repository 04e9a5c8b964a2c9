//! ST-040, ST-044, ST-045: Active Directory of a contract. Who may set it, when settings count, and who is mailed.

use durable::{
    account::{Role, TellConnection, person::Identity},
    contract::{
        Change, Directories, Directory, Facts, changed,
        directory::{connection, connection_key},
    },
    effect::Effect,
    profile::Service,
    refusal::Refusal,
    rules::access::Actor,
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
    let other = Change::DirectoryTested { version: "other".into() };
    assert_eq!(changed(&saved, &boss(), &other, MORNING), Err(Refusal::Used), "a test of something else");
    let tested =
        |facts: &Facts, version: &str| changed(facts, &boss(), &Change::DirectoryTested { version: version.into() }, MORNING);
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
        for change in [saves("one"), Change::DirectoryTested { version: "one".into() }, Change::NoDirectory] {
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
