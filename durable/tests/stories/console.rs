//! ST-070, ST-074, ST-095, ST-106: what the 管理コンソール does to users — invitations, their repetition and withdrawal, the change of an address,
//! the mails — and that no manager reaches anybody but plain users by any of it.

use std::fmt::Write;

use durable::{
    account::{
        Acted, Administer, AskAddressChange, AskLink, Command, Invite, LookAtLink, Provision, ReadMails, RetryMail, StartImport,
        View, Withdraw,
        mails::{State as MailState, tell},
        person::{Identity, Role},
    },
    contract::may,
    effect::{Effect, Mail},
    names::invitation_key,
    profile::Service,
    refusal::Refusal,
    rules::{
        access::{Act, Actor},
        link::{End, Purpose},
    },
};

use super::world::*;

fn who(role: Role) -> Actor {
    Actor { role, login: "boss@example.jp".into(), ..administrator() }
}

fn storage(role: Role) -> Identity {
    Identity { service: Service::Worksdrive, plan: String::new(), login: LOGIN.into(), role, ..identity() }
}

fn invite(actor: Actor, role: Role, operation: &str) -> Invite {
    Invite { actor, identity: storage(role), operation: operation.into(), asked: Vec::new(), of_many: false }
}

fn invited() -> World {
    let mut world = World::empty();
    world.ask(invite(who(Role::Administrator), Role::User, "1")).unwrap();
    world
}

fn registered(role: Role) -> World {
    World::with(storage(role))
}

fn mails(world: &World) -> Vec<&Mail> {
    world.effects.iter().filter_map(|effect| if let Effect::Mail(mail) = effect { Some(mail) } else { None }).collect()
}

fn resend(actor: Actor, operation: &str) -> Administer {
    Administer { actor, act: Act::Invite, operation: operation.into() }
}

fn change(actor: Actor, address: &str, operation: &str) -> AskAddressChange {
    AskAddressChange { actor, address: address.into(), operation: operation.into() }
}

#[test]
fn st_070_an_administrator_invites_and_his_address_stands_in_the_mail() {
    let mut world = invited();
    let mail = mails(&world)[0];
    assert_eq!((mail.template.as_str(), mail.to.as_str()), ("invitation", LOGIN));
    assert_eq!(mail.variables["by"], "boss@example.jp");
    let held = invitation_key(Service::Worksdrive, "123456789", LOGIN);
    assert!(world.effects.contains(&Effect::ConfirmName { key: held }));
    assert_eq!(world.journal(), ["account-invited"]);
    let report = world.person().report.summary.clone().unwrap();
    assert_eq!((report.invited, report.until), (true, Some(MORNING + 14 * DAY)));
    assert_eq!(world.ask(invite(who(Role::Administrator), Role::User, "1")), Ok(Acted { found: true }), "the same form again");
    assert_eq!(world.ask(invite(who(Role::Administrator), Role::User, "2")), Err(Refusal::Taken), "somebody is invited already");
    assert_eq!(mails(&world).len(), 1);
    assert_eq!(registered(Role::User).ask(invite(who(Role::Administrator), Role::User, "1")), Err(Refusal::Taken));
}

#[test]
fn st_074_an_invitation_is_sent_again_once_a_minute_and_the_earlier_link_dies() {
    let mut world = invited();
    let first = mails(&world)[0].variables["nonce"].clone();
    assert_eq!(world.ask(resend(who(Role::Administrator), "1")), Ok(Acted { found: false }), "one was sent a moment ago");
    world.now += MINUTE;
    assert_eq!(world.ask(resend(who(Role::Manager), "2")), Ok(Acted { found: true }));
    assert_eq!(mails(&world).len(), 2);
    let look = world.ask(LookAtLink { purpose: Purpose::Invitation, nonce: first });
    assert_eq!(look.unwrap_err(), Refusal::Link { end: End::Replaced });
    for minute in 0..10 {
        world.now += MINUTE;
        world.ask(resend(who(Role::Administrator), &format!("n{minute}"))).unwrap();
    }
    assert_eq!(mails(&world).len(), 5, "five an hour");
    assert_eq!(registered(Role::User).ask(resend(who(Role::Administrator), "1")), Ok(Acted { found: false }));
}

#[test]
fn st_074_a_withdrawn_invitation_leaves_nobody() {
    let mut world = invited();
    let nonce = mails(&world)[0].variables["nonce"].clone();
    world.ask(Withdraw { actor: who(Role::Manager) }).unwrap();
    assert!(world.person.is_none());
    let held = invitation_key(Service::Worksdrive, "123456789", LOGIN);
    assert!(world.effects.contains(&Effect::ReleaseInvitation { key: held, asked: vec![MORNING] }));
    assert!(world.journal().contains(&"invitation-withdrawn"));
    assert_eq!(world.ask(LookAtLink { purpose: Purpose::Invitation, nonce }), Err(Refusal::NotFound));
    assert_eq!(registered(Role::User).ask(Withdraw { actor: who(Role::Administrator) }).unwrap_err(), Refusal::Used);
}

#[test]
fn st_074_inviting_and_withdrawing_in_turns_sends_no_more_mails_than_asking_for_another() {
    let mut world = invited();
    let mut asked = Vec::new();
    for minute in 0..30 {
        if world.person.is_some() {
            world.ask(Withdraw { actor: who(Role::Administrator) }).unwrap();
            let kept = world.effects.iter().rev().find_map(|effect| match effect {
                Effect::ReleaseInvitation { asked, .. } => Some(asked.clone()),
                _ => None,
            });
            asked = kept.unwrap();
        }
        let again = Invite { asked: asked.clone(), ..invite(who(Role::Administrator), Role::User, "2") };
        let refused = matches!(world.ask(again.clone()), Err(Refusal::TooMany { .. }));
        assert!(refused == world.person.is_none() && (refused || minute > 0), "the mail of minute {minute} was a moment ago");
        world.now += MINUTE;
    }
    assert_eq!(mails(&world).len(), 5, "in half an hour");
    world.now = MORNING + HOUR;
    let again = Invite { asked, ..invite(who(Role::Administrator), Role::User, "3") };
    assert_eq!(world.ask(again), Ok(Acted { found: true }), "an hour after the first");
}

#[test]
fn st_107_changes_of_address_and_of_method_in_turns_send_no_more_mails_than_one_of_them() {
    let mut world = registered(Role::User);
    for minute in 0..30 {
        for address in [LOGIN, "new@example.jp"] {
            let sent = mails(&world).len();
            for operation in ["a", "b"] {
                let _ = world.ask(change(who(Role::Administrator), address, &format!("{operation}{minute}")));
            }
            assert!(mails(&world).len() - sent <= 1, "one a minute");
        }
        world.now += MINUTE;
    }
    for address in [LOGIN, "new@example.jp"] {
        assert_eq!(mails(&world).iter().filter(|mail| mail.to == address).count(), 5, "to {address} in half an hour");
    }
}

#[test]
fn st_106_an_unchanged_address_gets_the_method_link_and_a_new_one_its_own() {
    let mut world = registered(Role::User);
    let own = LOGIN;
    assert_eq!(world.ask(change(who(Role::Manager), own, "1")), Ok(Acted { found: true }));
    let mail = mails(&world)[0].clone();
    assert_eq!((mail.template.as_str(), mail.to.as_str()), ("method", own));
    world.now += MINUTE;
    assert_eq!(world.ask(change(who(Role::Administrator), "new@example.jp", "2")), Ok(Acted { found: true }));
    let mail = mails(&world)[1].clone();
    assert_eq!(
        (mail.template.as_str(), mail.to.as_str(), mail.variables["about"].as_str()),
        ("address", "new@example.jp", "new@example.jp")
    );
    assert_eq!(world.journal(), ["method-asked", "address-asked"]);
    assert_eq!(world.person().identity.login, own, "nothing changes before the link is opened");
}

#[test]
fn st_107_one_change_waits_and_the_newer_takes_the_place_of_the_older() {
    let mut world = registered(Role::User);
    let nonce = |world: &World, at: usize| mails(world)[at].variables["nonce"].clone();
    world.ask(change(who(Role::Administrator), LOGIN, "1")).unwrap();
    world.ask(change(who(Role::Administrator), "new@example.jp", "2")).unwrap();
    let method = LookAtLink { purpose: Purpose::Method, nonce: nonce(&world, 0) };
    assert_eq!(world.ask(method).unwrap_err(), Refusal::Link { end: End::Withdrawn });
    assert_eq!(
        world.ask(change(who(Role::Administrator), "newer@example.jp", "3")),
        Ok(Acted { found: false }),
        "within a minute"
    );
    world.now += MINUTE;
    world.ask(change(who(Role::Administrator), "newer@example.jp", "4")).unwrap();
    let first = LookAtLink { purpose: Purpose::Address, nonce: nonce(&world, 1) };
    assert_eq!(world.ask(first).unwrap_err(), Refusal::Link { end: End::Replaced });
    let second = LookAtLink { purpose: Purpose::Address, nonce: nonce(&world, 2) };
    assert_eq!(world.ask(second).unwrap().about, "newer@example.jp");
    assert_eq!(world.ask(change(who(Role::Administrator), "newer@example.jp", "4")), Ok(Acted { found: true }), "the form again");
    assert_eq!(mails(&world).len(), 3);
    let view = world.ask(View { actor: who(Role::Manager), renew: None }).unwrap().mail.unwrap();
    assert_eq!(view.pending, Some(("newer@example.jp".into(), MORNING + MINUTE + 14 * DAY)));
    assert_eq!(invited().ask(change(who(Role::Administrator), "new@example.jp", "1")).unwrap_err(), Refusal::Used);
}

#[test]
fn recent_mails_say_what_became_of_each_and_never_the_link() {
    let mut world = invited();
    world.now += MINUTE;
    world.ask(resend(who(Role::Administrator), "1")).unwrap();
    let numbers: Vec<u64> = mails(&world).iter().map(|mail| mail.number).collect();
    assert_eq!(numbers, [1, 2]);
    tell(world.person.as_mut().unwrap(), 1, MailState::Sent(MORNING + SECOND));
    tell(world.person.as_mut().unwrap(), 9, MailState::Sent(MORNING));
    let notes = world.ask(ReadMails { actor: who(Role::Manager) }).unwrap();
    let said: Vec<_> = notes.iter().map(|note| (note.template.as_str(), note.to.as_str(), note.at, note.state)).collect();
    let address = LOGIN;
    assert_eq!(
        said,
        [
            ("invitation", address, MORNING + MINUTE, MailState::Waiting),
            ("invitation", address, MORNING, MailState::Sent(MORNING + SECOND)),
        ]
    );
    let stored = serde_json::to_string(&world.person().mails).unwrap();
    for mail in mails(&world) {
        assert!(!stored.contains(&mail.variables["nonce"]), "{stored}");
    }
    world.ask(RetryMail { row: 7, number: 1, id: "x-7".into(), by: OPERATOR.into() }).unwrap();
    assert_eq!(world.person().mails.notes[0].state, MailState::Waiting);
    assert!(world.effects.contains(&Effect::Retry { row: 7 }) && world.effects.contains(&Effect::Revived { id: "x-7".into() }));
}

#[test]
fn the_last_twenty_mails_are_remembered() {
    let mut world = registered(Role::User);
    for at in 0..25 {
        world.now += HOUR;
        world.ask(AskLink { purpose: Purpose::Reset, login: LOGIN.into(), nonce: String::new() }).unwrap();
        assert_eq!(mails(&world).len(), at + 1);
    }
    let mails = &world.person().mails;
    assert_eq!((mails.count, mails.notes.len(), mails.notes[0].number), (25, 20, 6));
}

#[test]
fn an_import_is_started_by_who_may_and_has_confirmed_his_password() {
    let mut world = registered(Role::Manager);
    world.facts = Some(super::links::without_second_step());
    world.sign_in_as("s", RIGHT).unwrap();
    let start = |operation: &str| StartImport {
        session: "s".into(),
        id: "import".into(),
        operation: operation.into(),
        address: "192.0.2.1".into(),
    };
    world.ask(start("1")).unwrap();
    world.ask(start("1")).unwrap();
    let driving = world.effects.iter().filter(|effect| **effect == Effect::Import { id: "import".into() }).count();
    assert_eq!(driving, 1, "the form again starts nothing more");
    assert!(world.journal().contains(&"import-started"));
    world.now += 6 * MINUTE;
    assert_eq!(world.ask(start("2")).unwrap_err(), Refusal::ConfirmDue);
    let mut user = registered(Role::User);
    user.facts = Some(super::links::without_second_step());
    user.sign_in_as("s", RIGHT).unwrap();
    assert_eq!(user.ask(start("1")).unwrap_err(), Refusal::NotFound);
    let import = |role, contract: &str| may(contract, Service::Worksdrive, &who(role), Act::Import).is_ok();
    assert!(import(Role::Administrator, "123456789") && import(Role::Manager, "123456789"));
    assert!(!import(Role::User, "123456789") && !import(Role::Administrator, "987654321"));
    assert!(may("123456789", Service::Coconowork, &who(Role::Administrator), Act::Import).is_err());
}

/// Every command by which one person acts on another.
fn acts(actor: &Actor, role: Role) -> Vec<(&'static str, Command)> {
    let actor = || actor.clone();
    vec![
        ("invite", invite(actor(), role, "1").into()),
        ("resend", resend(actor(), "1").into()),
        ("withdraw", Withdraw { actor: actor() }.into()),
        ("address", change(actor(), "evil@example.com", "1").into()),
        ("method", change(actor(), LOGIN, "1").into()),
        ("reset 2-step", Administer { actor: actor(), act: Act::ResetFactor, operation: "1".into() }.into()),
        ("mails", ReadMails { actor: actor() }.into()),
        ("view", View { actor: actor(), renew: None }.into()),
    ]
}

#[test]
fn no_manager_reaches_the_contractor_by_any_act() {
    let mut table = String::from(
        "Who reaches whom by which act of the storage services: yes, or . = answered like an unknown account, nothing changed.\n\
         Made from the decisions themselves by durable/tests/stories/console.rs (UPDATE=1 rewrites it).\n",
    );
    for actor_role in Role::ALL {
        let heading = format!("{:<16}{:<16}{:<10}{:<10}", actor_role.code(), "administrator", "manager", "user");
        let _ = writeln!(table, "\n{}", heading.trim_end());
        let names: Vec<&str> = acts(&who(actor_role), Role::User).iter().map(|(name, _)| *name).collect();
        for (at, name) in names.iter().enumerate() {
            let cells = Role::ALL.map(|role| reaches(actor_role, role, at));
            let line = format!("  {name:<14}{:<16}{:<10}{:<10}", cells[0], cells[1], cells[2]);
            table.push_str(line.trim_end());
            table.push('\n');
        }
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("tests/reach.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), table, "tests/reach.txt differs; UPDATE=1 rewrites it");
    let manager = table.split("\nmanager ").nth(1).unwrap().split("\nuser ").next().unwrap();
    assert!(manager.lines().skip(1).all(|line| line.split_whitespace().rev().nth(2) == Some(".")), "{manager}");
}

/// Whether the act comes through: to an account of that role, waiting to be accepted where it is about invitations.
fn reaches(actor: Role, subject: Role, act: usize) -> &'static str {
    let (name, command) = acts(&who(actor), subject).remove(act);
    let mut world = match name {
        "invite" => World::empty(),
        "resend" | "withdraw" => {
            let mut world = World::empty();
            let (identity, invited_by) = (storage(subject), Some(String::new()));
            let provision = Provision { identity, ready: None, initial: None, invited_by, delivered: false, by: OPERATOR.into() };
            world.ask(provision).unwrap();
            world.now += MINUTE;
            world
        }
        _ => registered(subject),
    };
    let before = world.person.clone();
    let refused = world.ask_any(&command) == r#"{"Err":"not-found"}"#;
    assert!(!refused || world.person == before, "{name}: refused, and yet something changed");
    if refused { "." } else { "yes" }
}
