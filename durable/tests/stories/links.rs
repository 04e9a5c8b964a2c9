//! ST-070 to ST-074, ST-120 to ST-124: invitations, the lock's mail, the forgotten password, and what ends a link.

use durable::{
    account::{
        AskAddress, AskAddressChange, AskLink, Attempt, Challenge, ClaimLink, Done, LookAtLink, MenuPage, OpenTemporary,
        Provision, SetMethod, SetTemporary, Settle, Stage, UseLink, WhoIs, person::Identity, sign_in::NewSession,
    },
    ask::Reply,
    contract::{Facts, Plan, Settings},
    effect::{Effect, Mail},
    names::{invitation_key, key_of},
    profile::Service,
    refusal::Refusal,
    rules::{
        link::{CLAIM, End, Purpose},
        password::Violation,
    },
};

use super::world::*;

const CONTRACTOR: &str = "contractor@example.jp";

fn storage() -> Identity {
    Identity { service: Service::Worksdrive, plan: String::new(), ..identity() }
}

fn invited() -> World {
    let mut world = World::empty();
    world.facts = Some(with_settings(&Settings::default()));
    let invited_by = Some(CONTRACTOR.to_owned());
    let invite = Provision { identity: storage(), ready: None, initial: None, invited_by, delivered: false, by: OPERATOR.into() };
    assert!(world.ask(invite).unwrap().invited);
    world
}

fn registered() -> World {
    let mut world = World::with(storage());
    world.facts = Some(with_settings(&Settings::default()));
    world
}

/// The mails so far, the oldest first.
fn mails(world: &World) -> Vec<&Mail> {
    world.effects.iter().filter_map(|effect| if let Effect::Mail(mail) = effect { Some(mail) } else { None }).collect()
}

/// The nonce of the newest mail with this template.
fn nonce(world: &World, template: &str) -> String {
    mails(world).iter().rfind(|mail| mail.template == template).unwrap().variables["nonce"].clone()
}

fn void(end: End) -> Refusal {
    Refusal::Link { end }
}

fn give(world: &mut World, purpose: Purpose, nonce: &str, password: &str, prepared: &str) -> Reply<Done> {
    let challenge = world.ask(ClaimLink { purpose, nonce: nonce.into() })?;
    settle(world, purpose, nonce, &challenge, password, prepared)
}

fn settle(
    world: &mut World,
    purpose: Purpose,
    nonce: &str,
    challenge: &Challenge,
    password: &str,
    prepared: &str,
) -> Reply<Done> {
    let password = Some((challenge.clone(), output(password, challenge)));
    let (nonce, prepared) = (nonce.into(), prepared.into());
    world.ask(UseLink { purpose, nonce, password, prepared, address: "192.0.2.1".into() })
}

fn press(world: &mut World, purpose: Purpose, nonce: &str, prepared: &str) -> Reply<Done> {
    let (nonce, prepared) = (nonce.into(), prepared.into());
    world.ask(UseLink { purpose, nonce, password: None, prepared, address: "192.0.2.1".into() })
}

fn forgot(world: &mut World) {
    world.ask(AskLink { purpose: Purpose::Reset, login: LOGIN.into(), nonce: String::new() }).unwrap();
}

pub fn without_second_step() -> Facts {
    with_settings(&Settings::default())
}

fn with_settings(settings: &Settings) -> Facts {
    Facts {
        service: Service::Worksdrive,
        name: "株式会社サンプル".into(),
        plan: Plan::Basic,
        trial_start: None,
        // The second step has stories of its own.
        settings: Settings { no_second_step: true, ..settings.clone() },
        contact: String::new(),
        cancelled: None,
        directories: durable::contract::Directories::default(),
        lines: durable::rules::line::Lines::default(),
    }
}

#[test]
fn st_070_an_invitation_is_mailed_and_claims_the_address_only_when_it_is_accepted() {
    let mut world = invited();
    let mail = mails(&world)[0].clone();
    assert_eq!((mail.template.as_str(), mail.to.as_str(), mail.language.as_str()), ("invitation", LOGIN, "ja"));
    assert_eq!((mail.variables["by"].as_str(), mail.variables["name"].as_str()), (CONTRACTOR, "鈴木 花子"));
    let held = invitation_key(Service::Worksdrive, "123456789", LOGIN);
    assert!(world.effects.contains(&Effect::ConfirmName { key: held.clone() }));
    assert_eq!(world.sign_in(RIGHT), Err(Refusal::Wrong), "nobody logs in before");

    let nonce = nonce(&world, "invitation");
    let link = world.ask(LookAtLink { purpose: Purpose::Invitation, nonce: nonce.clone() }).unwrap();
    assert_eq!((link.login.as_str(), link.until), (LOGIN, MORNING + 14 * DAY));
    world.effects.clear();
    give(&mut world, Purpose::Invitation, &nonce, RIGHT, "prepared").unwrap();
    assert_eq!(world.effects, [], "what waits for 確認 changes nothing");
    assert_eq!(press(&mut world, Purpose::Invitation, &nonce, "other"), Err(Refusal::Wrong));
    press(&mut world, Purpose::Invitation, &nonce, "prepared").unwrap();
    assert!(world.effects.contains(&Effect::ConfirmName { key: key_of(Service::Worksdrive, LOGIN) }));
    assert!(world.effects.contains(&Effect::ReleaseName { key: held }));
    assert_eq!(world.journal(), ["registered"]);
    assert_eq!(world.sign_in(RIGHT).unwrap().stage, Stage::Full);
    assert_eq!(press(&mut world, Purpose::Invitation, &nonce, "prepared"), Err(void(End::Used(world.now))));
}

#[test]
fn st_074_a_link_works_for_fourteen_days_and_an_expired_one_brings_another() {
    let mut world = invited();
    let old = nonce(&world, "invitation");
    world.now = MORNING + 14 * DAY - SECOND;
    assert!(world.ask(LookAtLink { purpose: Purpose::Invitation, nonce: old.clone() }).is_ok());
    let again = AskLink { purpose: Purpose::Invitation, login: String::new(), nonce: old.clone() };
    world.ask(again.clone()).unwrap();
    assert_eq!(mails(&world).len(), 1, "one that works is not sent again");
    world.now = MORNING + 14 * DAY + SECOND;
    let expired = Err(void(End::Expired(MORNING + 14 * DAY)));
    assert_eq!(press(&mut world, Purpose::Invitation, &old, ""), expired);
    world.ask(again.clone()).unwrap();
    assert_eq!(mails(&world).len(), 2);
    assert_eq!(press(&mut world, Purpose::Invitation, &old, ""), Err(void(End::Replaced)));
    let new = nonce(&world, "invitation");
    assert_eq!(mails(&world)[1].variables["by"], CONTRACTOR);
    give(&mut world, Purpose::Invitation, &new, RIGHT, "p").unwrap();
}

#[test]
fn st_120_ten_failures_lock_without_a_timer_and_one_mail_unlocks() {
    let mut world = registered();
    world.fail(9);
    assert_eq!(mails(&world).len(), 0);
    world.fail(1);
    assert_eq!(mails(&world).len(), 1);
    for _ in 0..5 {
        assert!(matches!(world.attempt(), Err(Refusal::Locked { .. })));
    }
    assert_eq!(mails(&world).len(), 1, "one mail a lock");
    world.now += 13 * DAY;
    assert!(matches!(world.attempt(), Err(Refusal::Locked { .. })), "no timer");
    let nonce = nonce(&world, "unlock");
    world.ask(LookAtLink { purpose: Purpose::Unlock, nonce: nonce.clone() }).unwrap();
    assert!(matches!(world.attempt(), Err(Refusal::Locked { .. })), "looking unlocks nothing (C-13)");
    press(&mut world, Purpose::Unlock, &nonce, "").unwrap();
    assert!(world.journal().contains(&"unlocked-by-link"));
    world.sign_in(RIGHT).unwrap();
    world.fail(10);
    assert_eq!(mails(&world).len(), 2, "the next lock has its own");
    assert_eq!(press(&mut world, Purpose::Unlock, &nonce, ""), Err(void(End::Replaced)));
}

#[test]
fn st_122_a_lock_that_no_answer_told_is_mailed_when_it_is_met() {
    let mut world = registered();
    for _ in 0..10 {
        world.attempt().unwrap();
    }
    world.now += 20 * SECOND;
    assert_eq!(mails(&world).len(), 0);
    assert!(matches!(world.attempt(), Err(Refusal::Locked { .. })));
    assert_eq!(mails(&world).len(), 1);
}

#[test]
fn st_123_a_forgotten_password_is_mailed_once_a_minute_and_five_times_an_hour() {
    let mut world = registered();
    for _ in 0..3 {
        forgot(&mut world);
    }
    assert_eq!(mails(&world).len(), 1);
    for _ in 0..10 {
        world.now += MINUTE;
        forgot(&mut world);
    }
    assert_eq!(mails(&world).len(), 5);
    let mut nobody = invited();
    forgot(&mut nobody);
    assert_eq!(mails(&nobody).len(), 1, "who was only invited has no password to reset");
}

#[test]
fn st_124_a_reset_unlocks_ends_sessions_and_resets_the_second_step() {
    let mut world = registered();
    world.sign_in_as("open", RIGHT).unwrap();
    world.person.as_mut().unwrap().factor = true;
    world.fail(10);
    let unlock = nonce(&world, "unlock");
    forgot(&mut world);
    let nonce = nonce(&world, "reset");
    let wrong = give(&mut world, Purpose::Reset, &nonce, RIGHT, "").unwrap_err();
    assert_eq!(wrong, Refusal::Password { violations: vec![Violation::SameAsCurrent], wrong_current: None });
    give(&mut world, Purpose::Reset, &nonce, NEW, "").unwrap();
    assert!(!world.person().factor);
    assert_eq!(world.page("open"), Err(Refusal::SignedOut));
    assert_eq!(world.sign_in(NEW).unwrap().stage, Stage::Full);
    assert_eq!(give(&mut world, Purpose::Reset, &nonce, NEWER, ""), Err(void(End::Used(world.now))));
    assert_eq!(press(&mut world, Purpose::Unlock, &unlock, ""), Err(void(End::Withdrawn)));
}

#[test]
fn st_124_contract_settings_keep_the_second_step_and_shorten_the_link() {
    let mut world = registered();
    let settings = Settings { keep_factor: true, short_reset: true, ..Settings::default() };
    world.facts = Some(with_settings(&settings));
    world.person.as_mut().unwrap().factor = true;
    forgot(&mut world);
    let nonce = nonce(&world, "reset");
    assert_eq!(world.ask(LookAtLink { purpose: Purpose::Reset, nonce: nonce.clone() }).unwrap().until, MORNING + DAY);
    give(&mut world, Purpose::Reset, &nonce, NEW, "").unwrap();
    assert!(world.person().factor);
}

#[test]
fn of_many_uses_at_once_one_hashes_and_the_others_are_told() {
    let mut world = registered();
    forgot(&mut world);
    let (purpose, nonce) = (Purpose::Reset, nonce(&world, "reset"));
    let first = world.ask(ClaimLink { purpose, nonce: nonce.clone() }).unwrap();
    assert_eq!(world.ask(ClaimLink { purpose, nonce: nonce.clone() }), Err(void(End::Claimed)));
    world.now += CLAIM;
    let second = world.ask(ClaimLink { purpose, nonce: nonce.clone() }).unwrap();
    assert_eq!(settle(&mut world, purpose, &nonce, &first, NEW, ""), Err(void(End::Claimed)), "the first one came too late");
    settle(&mut world, purpose, &nonce, &second, NEWER, "").unwrap();
    assert!(world.sign_in(NEWER).is_ok());
    assert_eq!(world.journal().iter().filter(|code| **code == "password-reset").count(), 1);
}

#[test]
fn a_link_does_only_what_it_was_made_for() {
    let mut world = registered();
    forgot(&mut world);
    let reset = nonce(&world, "reset");
    for purpose in Purpose::ALL.into_iter().filter(|purpose| *purpose != Purpose::Reset) {
        assert_eq!(press(&mut world, purpose, &reset, ""), Err(void(End::Withdrawn)), "{purpose:?}");
    }
    assert_eq!(press(&mut world, Purpose::Reset, &reset, ""), Err(Refusal::Wrong), "a reset without a password");
    give(&mut world, Purpose::Reset, &reset, NEW, "").unwrap();
}

/// The menu's login, in a contract with these facts.
pub fn in_menu(world: &mut World, facts: Facts) -> Reply<Stage> {
    world.facts = Some(facts);
    let challenge = world.attempt()?;
    let session = NewSession {
        hash: "menu".into(),
        agent: "Firefox".into(),
        address: "192.0.2.1".into(),
        browser: String::new(),
        menu: true,
        line: None,
    };
    let output = output(RIGHT, &challenge);
    world.ask(Settle { attempt: challenge.attempt, output, session, remembered: String::new() }).map(|signed_in| signed_in.stage)
}

fn contractor() -> World {
    World::with(Identity { role: durable::account::Role::Administrator, ..storage() })
}

fn trial(plan: Plan) -> Facts {
    Facts { plan, trial_start: Some(day("2026-11-01")), ..with_settings(&Settings::default()) }
}

#[test]
fn st_080_the_menu_has_a_login_and_sessions_of_its_own() {
    let mut world = contractor();
    assert_eq!(in_menu(&mut world, trial(Plan::Basic)), Ok(Stage::Menu));
    world.sign_in_as("storage", RIGHT).unwrap();
    let menu = world.ask(MenuPage { session: "menu".into() }).unwrap();
    assert_eq!((menu.me.stage, menu.contract.as_str()), (Stage::Menu, "123456789"));
    let refused = world.ask(MenuPage { session: "storage".into() }).unwrap_err();
    assert_eq!(refused, Refusal::WrongStage { stage: Stage::Full });
    let who = |session: &str, menu| WhoIs { session: session.into(), touch: false, menu };
    assert!(world.ask(who("storage", false)).is_ok() && world.ask(who("menu", true)).is_ok());
    assert!(world.ask(who("storage", true)).is_err() && world.ask(who("menu", false)).is_err());
    let change = world.change("storage", Stage::Full, RIGHT, NEW, "x").unwrap_err();
    assert_eq!(change, Refusal::WrongStage { stage: Stage::Full }, "the password is changed in the menu");
    world.change("menu", Stage::Menu, RIGHT, NEW, "renewed").unwrap();
    world.now += 6 * MINUTE;
    assert_eq!(world.ask(who("menu", true)), Err(Refusal::SignedOut), "its id has changed");
}

#[test]
fn st_003_a_trial_ends_for_users_then_for_the_contractor() {
    let (mut boss, mut user) = (contractor(), registered());
    let enter = |world: &mut World, at: &str, menu| {
        world.now = day(at).start(durable::rules::date::Zone::TOKYO) + 9 * HOUR;
        world.facts = Some(trial(Plan::Trial));
        if menu { in_menu(world, trial(Plan::Trial)) } else { world.sign_in(RIGHT).map(|signed_in| signed_in.stage) }
    };
    assert_eq!(enter(&mut user, "2026-11-30", false), Ok(Stage::Full));
    assert_eq!(enter(&mut boss, "2026-11-30", false), Ok(Stage::Full));
    boss.now += 14 * HOUR + 59 * MINUTE;
    assert!(boss.sign_in_as("late", RIGHT).is_ok());
    boss.now += 2 * MINUTE;
    assert_eq!(boss.page("late"), Err(Refusal::SignedOut), "a session ends with its trial");
    for at in ["2026-12-01", "2026-12-15"] {
        assert_eq!(enter(&mut user, at, false), Err(Refusal::TrialEnded));
        assert_eq!(enter(&mut user, at, true), Err(Refusal::TrialEnded));
        assert_eq!(enter(&mut boss, at, false), Err(Refusal::TrialEnded));
        assert_eq!(enter(&mut boss, at, true), Ok(Stage::Menu));
    }
    assert_eq!(enter(&mut boss, "2026-12-16", true), Err(Refusal::Wrong));
    assert_eq!(enter(&mut user, "2026-12-16", false), Err(Refusal::Wrong));
}

fn asks(world: &mut World, address: &str) -> Reply<Done> {
    world.ask(AskAddress { session: "menu".into(), address: address.into() })
}

/// The password after so many moves.
fn nth(moves: usize) -> String {
    if moves == 0 { RIGHT.to_owned() } else { format!("Kuromatsu-{}", 3000 + moves) }
}

/// The contractor logs in to the menu after so many moves, and asks for another address an hour after the last one.
fn asks_next(world: &mut World, moves: usize, to: &str) -> Reply<Done> {
    world.now += HOUR;
    let attempt = Attempt { login: world.person().identity.login.clone(), browser: String::new() };
    let challenge = world.ask(attempt).unwrap();
    let hash = "menu".to_owned();
    let session =
        NewSession { hash, agent: String::new(), address: String::new(), browser: String::new(), menu: true, line: None };
    world.settle_remembered(&challenge, &nth(moves), session, "").unwrap();
    asks(world, to)
}

/// The contractor moves through these addresses; the ways back, the oldest first.
fn moves(world: &mut World, through: &[&str]) -> Vec<String> {
    world.facts = Some(without_second_step());
    let mut back = Vec::new();
    for (number, to) in through.iter().enumerate() {
        asks_next(world, number, to).unwrap();
        let change = nonce(world, "address");
        give(world, Purpose::Address, &change, &nth(number + 1), "").unwrap();
        back.push(nonce(world, "undo-address"));
    }
    back
}

fn look(world: &mut World, purpose: Purpose, nonce: &str) -> Option<Refusal> {
    world.ask(LookAtLink { purpose, nonce: nonce.into() }).err()
}

#[test]
fn st_104_st_105_the_contractor_moves_to_another_address_and_can_be_moved_back() {
    let mut world = contractor();
    in_menu(&mut world, trial(Plan::Basic)).unwrap();
    assert_eq!(asks(&mut world, LOGIN), Err(Refusal::Used));
    asks(&mut world, "new@example.jp").unwrap();
    let mail = mails(&world)[0].clone();
    assert_eq!((mail.template.as_str(), mail.to.as_str()), ("address", "new@example.jp"));
    world.person.as_mut().unwrap().factor = true;
    let change = nonce(&world, "address");
    assert_eq!(press(&mut world, Purpose::Address, &change, ""), Err(Refusal::Wrong), "a password is set with it");
    world.effects.clear();
    give(&mut world, Purpose::Address, &change, NEW, "").unwrap();
    assert_eq!(world.person().identity.login, "new@example.jp");
    assert!(!world.person().factor, "ST-105: 2-step is registered again");
    let key = |login| key_of(Service::Worksdrive, login);
    assert!(world.effects.contains(&Effect::ConfirmName { key: key("new@example.jp") }));
    assert!(world.effects.contains(&Effect::ReleaseName { key: key(LOGIN) }));
    let told = mails(&world)[0].clone();
    assert_eq!((told.template.as_str(), told.to.as_str()), ("undo-address", LOGIN));
    assert_eq!(world.sign_in(NEW), Err(Refusal::NotFound), "the old address opens nothing");

    let undo = nonce(&world, "undo-address");
    world.now += 14 * DAY - SECOND;
    give(&mut world, Purpose::UndoAddress, &undo, NEWER, "").unwrap();
    assert_eq!(world.person().identity.login, LOGIN);
    assert_eq!(world.sign_in(NEW), Err(Refusal::Wrong), "whoever changed it does not know the new password");
    world.sign_in(NEWER).unwrap();
}

#[test]
fn st_100_what_the_plan_or_the_role_does_not_permit_is_not_there() {
    let mut user = registered();
    in_menu(&mut user, trial(Plan::Basic)).unwrap();
    assert_eq!(asks(&mut user, "new@example.jp"), Err(Refusal::NotFound));
    let mut boss = contractor();
    in_menu(&mut boss, trial(Plan::Trial)).unwrap();
    assert_eq!(asks(&mut boss, "new@example.jp"), Err(Refusal::NotFound), "not in a trial");
    boss.facts = Some(trial(Plan::Basic));
    boss.now += 6 * MINUTE;
    assert_eq!(asks(&mut boss, "new@example.jp"), Err(Refusal::ConfirmDue), "the password once more after five minutes");
}

#[test]
fn past_failure_30_a_password_change_ends_the_reset_that_was_asked_for() {
    let mut world = contractor();
    in_menu(&mut world, trial(Plan::Basic)).unwrap();
    forgot(&mut world);
    let reset = nonce(&world, "reset");
    world.change("menu", Stage::Menu, RIGHT, NEW, "renewed").unwrap();
    assert_eq!(give(&mut world, Purpose::Reset, &reset, NEWER, ""), Err(void(End::Withdrawn)));
}

#[test]
fn coconowork_sends_no_mail() {
    let mut world = World::user();
    world.fail(5);
    forgot(&mut world);
    assert_eq!(mails(&world).len(), 0);
}

#[test]
fn past_failures_27_and_30_a_change_of_address_that_waits_survives_no_new_password() {
    let own = |world: &mut World| world.change("menu", Stage::Menu, RIGHT, NEW, "renewed").map(|_| ()).unwrap();
    let reset = |world: &mut World| {
        forgot(world);
        let nonce = nonce(world, "reset");
        give(world, Purpose::Reset, &nonce, NEW, "").unwrap();
    };
    let operator = |world: &mut World| {
        let challenge = world.ask(OpenTemporary).unwrap();
        let password = initial(NEW, challenge);
        world.ask(SetTemporary { password, by: OPERATOR.into(), operation: String::new() }).unwrap();
    };
    let method = |world: &mut World| {
        let challenge = world.ask(OpenTemporary).unwrap();
        let output = output(NEW, &challenge);
        let (hash, agent, address, browser) = ("renewed".into(), String::new(), String::new(), String::new());
        let renewed = NewSession { hash, agent, address, browser, menu: true, line: None };
        world.ask(SetMethod { session: "menu".into(), challenge, output, renewed }).unwrap();
    };
    let events: [&dyn Fn(&mut World); 4] = [&own, &reset, &operator, &method];
    for (number, event) in events.into_iter().enumerate() {
        let mut world = contractor();
        in_menu(&mut world, without_second_step()).unwrap();
        asks(&mut world, "attacker@example.com").unwrap();
        let link = nonce(&world, "address");
        let claimed = world.ask(ClaimLink { purpose: Purpose::Address, nonce: link.clone() }).unwrap();
        event(&mut world);
        assert_eq!(look(&mut world, Purpose::Address, &link), Some(void(End::Withdrawn)), "event {number}");
        let used = settle(&mut world, Purpose::Address, &link, &claimed, NEWER, "");
        assert_eq!(used, Err(void(End::Withdrawn)), "also one whose password was being hashed, event {number}");
        assert_eq!(world.person().identity.login, LOGIN);
        assert_eq!(world.person().pending_address(world.now), None);
    }
}

#[test]
fn past_failures_27_and_30_a_change_of_the_method_that_waits_survives_no_new_password() {
    let mut world = registered();
    let ask = AskAddressChange { actor: administrator(), address: LOGIN.into(), operation: "one".into() };
    world.ask(ask).unwrap();
    let link = nonce(&world, "method");
    forgot(&mut world);
    let reset = nonce(&world, "reset");
    give(&mut world, Purpose::Reset, &reset, NEW, "").unwrap();
    assert_eq!(look(&mut world, Purpose::Method, &link), Some(void(End::Withdrawn)));

    world.now += MINUTE;
    world.ask(AskAddressChange { actor: administrator(), address: LOGIN.into(), operation: "two".into() }).unwrap();
    let link = nonce(&world, "method");
    give(&mut world, Purpose::Method, &link, NEWER, "").unwrap();
    assert_eq!(look(&mut world, Purpose::Method, &link), Some(void(End::Used(world.now))), "one that was used says so");
}

#[test]
fn st_109_each_former_address_has_a_way_back_that_ends_those_behind_it() {
    let mut world = contractor();
    let back = moves(&mut world, &["b@example.com", "c@example.com", "d@example.com"]);
    let expected = [LOGIN, "b@example.com", "c@example.com"];
    for (link, address) in back.iter().zip(expected) {
        let view = world.ask(LookAtLink { purpose: Purpose::UndoAddress, nonce: link.clone() }).unwrap();
        assert_eq!(view.about, address);
    }
    give(&mut world, Purpose::UndoAddress, &back[1], NEW, "").unwrap();
    assert_eq!(world.person().identity.login, "b@example.com");
    assert_eq!(look(&mut world, Purpose::UndoAddress, &back[2]), Some(void(End::Withdrawn)), "the younger one");
    assert_eq!(look(&mut world, Purpose::UndoAddress, &back[1]), Some(void(End::Used(world.now))));
    give(&mut world, Purpose::UndoAddress, &back[0], NEWER, "").unwrap();
    assert_eq!(world.person().identity.login, LOGIN, "the older one leads further back");
    world.sign_in(NEWER).unwrap();
}

#[test]
fn st_109_of_ways_back_that_are_used_at_once_the_oldest_has_the_last_word() {
    for order in [[0, 1], [1, 0]] {
        let mut world = contractor();
        let back = moves(&mut world, &["b@example.com", "c@example.com"]);
        let claims: Vec<Challenge> = back
            .iter()
            .map(|nonce| world.ask(ClaimLink { purpose: Purpose::UndoAddress, nonce: nonce.clone() }).unwrap())
            .collect();
        let done = order.map(|which| {
            let password = [NEW, NEWER][which];
            settle(&mut world, Purpose::UndoAddress, &back[which], &claims[which], password, "")
        });
        assert_eq!(done[0], Ok(Done));
        assert_eq!(done[1], if order == [0, 1] { Err(void(End::Withdrawn)) } else { Ok(Done) });
        assert_eq!(world.person().identity.login, LOGIN, "{order:?}");
        world.sign_in(NEW).unwrap();
        let again = world.ask(ClaimLink { purpose: Purpose::UndoAddress, nonce: back[0].clone() });
        assert_eq!(again, Err(void(End::Used(world.now))), "once");
    }
}

#[test]
fn st_109_moving_there_and_back_again_takes_nobody_his_way_back() {
    let mut world = contractor();
    let back = moves(&mut world, &["b@example.com", LOGIN, "b@example.com"]);
    // Whoever reads b's mails undoes as far as he can.
    give(&mut world, Purpose::UndoAddress, &back[1], NEW, "").unwrap();
    assert_eq!(world.person().identity.login, "b@example.com");
    world.effects.clear();
    give(&mut world, Purpose::UndoAddress, &back[0], NEWER, "").unwrap();
    let key = |login| key_of(Service::Worksdrive, login);
    assert!(world.effects.contains(&Effect::ConfirmName { key: key(LOGIN) }));
    assert!(world.effects.contains(&Effect::ReleaseName { key: key("b@example.com") }));

    // Undone to the address that it has: Names is told nothing, since it would give the address away.
    let mut world = contractor();
    let back = moves(&mut world, &["b@example.com", LOGIN]);
    world.effects.clear();
    give(&mut world, Purpose::UndoAddress, &back[0], NEWER, "").unwrap();
    assert!(!world.effects.iter().any(|effect| matches!(effect, Effect::ReleaseName { .. } | Effect::ConfirmName { .. })));
    assert_eq!(look(&mut world, Purpose::UndoAddress, &back[1]), Some(void(End::Withdrawn)));
    world.sign_in(NEWER).unwrap();
}

#[test]
fn st_109_with_five_ways_back_there_is_no_further_change_until_the_oldest_has_expired() {
    let mut world = contractor();
    let back = moves(&mut world, &["b@example.com", "c@example.com", "d@example.com", "e@example.com", "f@example.com"]);
    let full = Err(Refusal::Fixed { field: "address".into() });
    assert_eq!(asks_next(&mut world, 5, "g@example.com"), full);
    let administrator = AskAddressChange { actor: administrator(), address: "g@example.com".into(), operation: "o".into() };
    world.person.as_mut().unwrap().identity.role = durable::account::Role::User;
    assert_eq!(world.ask(administrator).map(|_| Done), full);
    world.person.as_mut().unwrap().identity.role = durable::account::Role::Administrator;
    assert_eq!(look(&mut world, Purpose::UndoAddress, &back[0]), None);
    world.now = MORNING + HOUR + 14 * DAY;
    assert_eq!(look(&mut world, Purpose::UndoAddress, &back[0]), Some(void(End::Expired(world.now))));
    asks_next(&mut world, 5, "g@example.com").unwrap();
}

#[test]
fn st_104_a_link_to_another_address_is_mailed_once_a_minute_and_five_times_an_hour() {
    let mut world = contractor();
    in_menu(&mut world, without_second_step()).unwrap();
    asks(&mut world, "a0@example.jp").unwrap();
    assert_eq!(asks(&mut world, "other@example.jp"), Err(Refusal::TooMany { retry_after: 60 }));
    assert_eq!(world.person().pending_address(world.now), Some("a0@example.jp"), "the one that waits stays");
    for number in 1..=5 {
        world.now += MINUTE;
        world.person.as_mut().unwrap().sessions[0].confirmed = world.now;
        let asked = asks(&mut world, &format!("a{number}@example.jp"));
        assert_eq!(asked.is_ok(), number < 5, "{number}");
    }
    assert_eq!(mails(&world).len(), 5);
}

/// What was changed as the letters about it say: template, addressee, linked service.
fn told(world: &World) -> Vec<(&str, &str, &str)> {
    let about = |mail: &&&Mail| ["password-changed", "password-reset", "method-changed"].contains(&mail.template.as_str());
    let all = mails(world);
    let told = all.iter().filter(about).map(|mail| {
        assert_eq!((mail.variables["by"].as_str(), mail.variables["until"].clone()), ("192.0.2.1", world.now.to_string()));
        (mail.template.as_str(), mail.to.as_str(), mail.variables["provider"].as_str())
    });
    told.collect()
}

#[test]
fn st_102_st_110_st_124_whoever_sets_a_password_or_a_method_is_told_of_at_the_address_that_stays() {
    let mut world = contractor();
    in_menu(&mut world, without_second_step()).unwrap();
    world.change("menu", Stage::Menu, WRONG, NEW, "renewed").unwrap_err();
    assert_eq!(told(&world), []);
    world.change("menu", Stage::Menu, RIGHT, NEW, "renewed").unwrap();
    assert_eq!(told(&world), [("password-changed", LOGIN, "")]);

    let mut world = registered();
    forgot(&mut world);
    let reset = nonce(&world, "reset");
    give(&mut world, Purpose::Reset, &reset, NEW, "").unwrap();
    assert_eq!(told(&world), [("password-reset", LOGIN, "")]);
    world.effects.clear();
    world.ask(AskAddressChange { actor: administrator(), address: LOGIN.into(), operation: "one".into() }).unwrap();
    let method = nonce(&world, "method");
    give(&mut world, Purpose::Method, &method, NEWER, "").unwrap();
    assert_eq!(told(&world), [("method-changed", LOGIN, "")]);

    // Registering changes nothing, and a change of the address has letters of its own.
    let mut world = invited();
    let invitation = nonce(&world, "invitation");
    give(&mut world, Purpose::Invitation, &invitation, RIGHT, "p").unwrap();
    press(&mut world, Purpose::Invitation, &invitation, "p").unwrap();
    assert_eq!(told(&world), []);
    let mut world = contractor();
    moves(&mut world, &["b@example.com"]);
    assert_eq!(told(&world), []);
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    world.change("session", Stage::Full, RIGHT, NEW, "renewed").unwrap();
    assert_eq!(mails(&world).len(), 0, "ココナワーク sends none");
}

#[test]
fn past_failure_27_cw_005_no_link_is_of_use_once_the_service_has_ended_and_a_later_end_revives_it() {
    let mut world = registered();
    forgot(&mut world);
    let (purpose, nonce) = (Purpose::Reset, nonce(&world, "reset"));
    let claimed = world.ask(ClaimLink { purpose, nonce: nonce.clone() }).unwrap();
    world.person.as_mut().unwrap().identity.end = Some(day("2026-11-21"));
    let withdrawn = void(End::Withdrawn);
    assert_eq!(world.ask(LookAtLink { purpose, nonce: nonce.clone() }).unwrap_err(), withdrawn);
    assert_eq!(world.ask(ClaimLink { purpose, nonce: nonce.clone() }).unwrap_err(), withdrawn);
    assert_eq!(settle(&mut world, purpose, &nonce, &claimed, NEW, "").unwrap_err(), withdrawn);
    world.person.as_mut().unwrap().identity.end = None;
    settle(&mut world, purpose, &nonce, &claimed, NEW, "").unwrap();
}
