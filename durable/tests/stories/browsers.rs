//! Device cookies (decisions, "Lock"): what a known browser is, whose failures are whose, and when it is known no more.

use durable::{
    account::{Stage, summary::Failing},
    refusal::Refusal,
    rules::access::Act,
};
use proptest::prelude::*;

use super::world::*;

/// A user who has logged in once in the browser `home`.
fn at_home() -> World {
    let mut world = World::user();
    assert!(!world.sign_in_from("", "home", RIGHT).unwrap().known, "it is known from now on");
    world
}

fn known(world: &World) -> Vec<&str> {
    world.person().browsers.iter().map(|browser| browser.hash.as_str()).collect()
}

fn is_locked<T: std::fmt::Debug>(reply: &Result<T, Refusal>) -> bool {
    matches!(reply, Err(Refusal::Locked { .. }))
}

fn fail_from(world: &mut World, cookie: &str, count: u32) {
    for _ in 0..count {
        assert_eq!(world.sign_in_from(cookie, "", WRONG), Err(Refusal::Wrong));
    }
}

#[test]
fn cw_081_failures_elsewhere_never_lock_a_known_browser_out() {
    let mut world = at_home();
    world.fail(5);
    assert!(is_locked(&world.sign_in(RIGHT)), "elsewhere the right password waits");
    let signed_in = world.sign_in_from("home", "unused", RIGHT).unwrap();
    assert_eq!((signed_in.stage, signed_in.known), (Stage::Full, true));
    assert_eq!(known(&world), ["home"], "it keeps its id");
    assert!(is_locked(&world.sign_in(RIGHT)), "and its success unlocks nothing elsewhere");
}

#[test]
fn cw_080_a_success_in_a_known_browser_gives_a_guesser_no_fresh_tries() {
    let mut world = at_home();
    for _ in 0..4 {
        world.fail(1);
        world.sign_in_from("home", "", RIGHT).unwrap();
    }
    world.fail(1);
    assert!(is_locked(&world.attempt()));
    assert_eq!(world.inspect().verified.web, 1 + 9, "every password was counted");
}

#[test]
fn cw_080_a_known_browser_has_five_failures_and_a_lock_of_its_own() {
    let mut world = at_home();
    fail_from(&mut world, "home", 4);
    world.sign_in_from("home", "", RIGHT).unwrap();
    fail_from(&mut world, "home", 5);
    let since = world.now;
    assert!(is_locked(&world.sign_in_from("home", "", RIGHT)));
    assert_eq!(world.view().locked_at, Some(since), "the administrator sees it (CW-084)");
    assert!(world.journal().contains(&"browser-locked") && !world.journal().contains(&"locked"));
    world.sign_in_from("", "office", RIGHT).unwrap();
    assert!(is_locked(&world.sign_in_from("home", "", RIGHT)), "a success elsewhere is none here");
    world.now = since + 30 * MINUTE - 1;
    assert!(is_locked(&world.sign_in_from("home", "", RIGHT)));
    world.now += 1;
    world.sign_in_from("home", "", RIGHT).unwrap();
}

#[test]
fn many_guesses_at_once_in_a_known_browser_verify_exactly_five() {
    let mut world = at_home();
    let before = world.inspect().verified.web;
    let open: Vec<_> = std::iter::from_fn(|| world.attempt_from("home").ok()).take(100).collect();
    assert_eq!(open.len(), 5);
    assert_eq!(world.attempt_from("home"), Err(Refusal::Busy));
    world.attempt().unwrap();
    for challenge in &open {
        assert_eq!(world.settle_from(challenge, "x", WRONG), Err(Refusal::Wrong));
        assert_eq!(world.settle_from(challenge, "x", RIGHT), Err(Refusal::Wrong), "once");
    }
    assert!(is_locked(&world.attempt_from("home")));
    assert_eq!(world.inspect().verified.web, before + 5);
}

#[test]
fn an_id_that_is_not_known_counts_as_elsewhere() {
    let mut world = at_home();
    world.fail(2);
    fail_from(&mut world, "of somebody else", 3);
    assert!(is_locked(&world.sign_in_from("of somebody else", "", RIGHT)));
    assert!(is_locked(&world.sign_in(RIGHT)));
}

#[test]
fn a_browser_is_known_by_a_fresh_id_and_never_by_the_one_it_brought() {
    let mut world = at_home();
    assert!(!world.sign_in_from("dead", "fresh", RIGHT).unwrap().known);
    assert_eq!(known(&world), ["home", "fresh"]);
}

#[test]
fn every_change_of_the_password_forgets_the_browsers() {
    type Change = fn(&mut World);
    let changes: [(&str, Change); 3] = [
        ("own", |world| {
            world.change("session-home", Stage::Full, RIGHT, NEW, "renewed").unwrap();
        }),
        ("forced", |world| {
            world.force(NEW, false, false).unwrap();
        }),
        ("operator", |world| {
            world.set_temporary(NEW, "").unwrap();
        }),
    ];
    for (name, change) in changes {
        let mut world = at_home();
        let open = world.attempt_from("home").unwrap();
        change(&mut world);
        assert_eq!(known(&world), [] as [&str; 0], "{name}");
        assert_eq!(world.settle_from(&open, "x", NEW), Err(Refusal::Wrong), "{name}: an open attempt is dropped");
        fail_from(&mut world, "home", 5);
        assert!(is_locked(&world.sign_in(NEW)), "{name}: its failures are those of everybody");
    }
}

#[test]
fn the_browser_of_an_own_change_is_known_by_a_new_id() {
    let mut world = at_home();
    world.sign_in(RIGHT).unwrap();
    world.change_with(RIGHT, NEW, false, false);
    assert_eq!(known(&world), ["browser"]);
    world.fail(5);
    world.sign_in_from("browser", "", NEW).unwrap();
}

#[test]
fn cw_095_prohibition_forgets_the_browsers() {
    let mut world = at_home();
    world.administer(Act::Prohibit).unwrap();
    assert!(world.person().browsers.is_empty());
    world.administer(Act::Allow).unwrap();
    assert!(!world.sign_in_from("home", "anew", RIGHT).unwrap().known);
}

#[test]
fn cw_084_an_unlock_clears_every_counter_and_forgets_no_browser() {
    type Unlock = fn(&mut World);
    let unlocks: [Unlock; 2] = [
        |world| assert!(world.administer(Act::Unlock).unwrap()),
        |world| {
            world.unlock().unwrap();
        },
    ];
    for unlock in unlocks {
        let mut world = at_home();
        fail_from(&mut world, "home", 5);
        unlock(&mut world);
        assert_eq!(world.view().locked_at, None);
        assert!(world.sign_in_from("home", "", RIGHT).unwrap().known);
        assert!(!world.administer(Act::Unlock).unwrap(), "nothing is left to unlock");
    }
}

#[test]
fn of_eleven_browsers_the_one_used_longest_ago_goes() {
    let mut world = World::user();
    for number in 0..10 {
        world.sign_in_from("", &format!("b{number}"), RIGHT).unwrap();
        world.advance(MINUTE);
    }
    world.sign_in_from("b0", "", RIGHT).unwrap();
    world.advance(MINUTE);
    world.sign_in_from("", "b10", RIGHT).unwrap();
    assert_eq!(known(&world), ["b0", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9", "b10"]);
}

#[test]
fn cw_015_with_a_second_factor_a_browser_is_known_only_after_its_code() {
    let mut world = World::user();
    world.sign_in(RIGHT).unwrap();
    world.set_up_factor("session", "factored");
    world.advance(MINUTE);
    let first = world.sign_in_from("", "early", RIGHT).unwrap();
    assert_eq!((first.stage, first.known), (Stage::FactorDue, false));
    assert!(world.person().browsers.is_empty());
    let code = world.code();
    assert!(!world.give_code("session-early", Stage::FactorDue, &code, "home").unwrap().known);
    assert_eq!(known(&world), ["browser-home"]);
    world.advance(MINUTE);
    world.fail(5);
    assert!(!world.sign_in_from("browser-home", "later", RIGHT).unwrap().known, "not before the code");
    let code = world.code();
    assert!(world.give_code("session-later", Stage::FactorDue, &code, "again").unwrap().known);
    assert_eq!(known(&world), ["browser-home"]);
}

#[test]
fn cw_014_a_temporary_password_makes_no_browser_known_before_it_is_changed() {
    let mut world = World::empty();
    world.provision(identity(), None).unwrap();
    assert_eq!(world.sign_in_from("", "first", TEMPORARY).unwrap().stage, Stage::PasswordDue);
    assert!(world.person().browsers.is_empty());
}

#[test]
fn the_list_of_locked_accounts_is_told_what_counts_and_until_when() {
    let mut world = at_home();
    let failing = |world: &World| world.person().report.summary.as_ref().unwrap().failing.clone();
    assert_eq!(failing(&world), None);
    let reports = world.person().report.sequence;
    let open = world.attempt().unwrap();
    assert_eq!(world.person().report.sequence, reports, "a charge is told to nobody");
    world.settle(&open, WRONG, "s").unwrap_err();
    world.fail(1);
    let two = Failing { failures: 2, last: world.now, until: world.now + DAY, elsewhere: None, browsers: 1, locked: vec![] };
    assert_eq!(failing(&world), Some(two));
    world.fail(3);
    let reports = world.person().report.sequence;
    for _ in 0..50 {
        world.sign_in(WRONG).unwrap_err();
    }
    assert_eq!(world.person().report.sequence, reports, "guessing at a locked account tells the contract nothing");
    let locked = world.now;
    world.advance(MINUTE);
    fail_from(&mut world, "home", 5);
    let both = Failing {
        failures: 10,
        last: world.now,
        until: world.now + 30 * MINUTE,
        elsewhere: Some(locked),
        browsers: 1,
        locked: vec![world.now],
    };
    assert_eq!(failing(&world), Some(both));
    world.administer(Act::Unlock).unwrap();
    assert_eq!(failing(&world), None);
}

#[derive(Clone, Debug)]
enum Step {
    /// An attempt begins in the browser of this number, 0 for elsewhere.
    Open(usize),
    /// An open one is settled, with a wrong password.
    Settle(prop::sample::Index),
    Wait(i64),
    /// The person logs in at home.
    Home,
}

fn step(longest: i64) -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_usize..4).prop_map(Step::Open),
        4 => any::<prop::sample::Index>().prop_map(Step::Settle),
        1 => (0..longest).prop_map(Step::Wait),
        1 => Just(Step::Home),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever does not have its cookie never keeps a known browser from logging in, whatever he does and however it interleaves.
    #[test]
    fn no_interleaving_elsewhere_keeps_a_known_browser_out(steps in prop::collection::vec(step(40 * MINUTE), 1..60)) {
        let mut world = at_home();
        let mut open = Vec::new();
        for step in steps {
            match step {
                Step::Open(which) => open.extend(world.attempt_from(["", "forged", "dead", "foreign"][which])),
                Step::Settle(which) if !open.is_empty() => {
                    let challenge = open.remove(which.index(open.len()));
                    prop_assert_eq!(world.settle_from(&challenge, "x", WRONG), Err(Refusal::Wrong));
                }
                Step::Settle(_) => {}
                Step::Wait(ms) => world.advance(ms),
                Step::Home => prop_assert!(world.sign_in_from("home", "x", RIGHT).unwrap().known),
            }
        }
        prop_assert!(world.sign_in_from("home", "x", RIGHT).unwrap().known);
    }

    /// Even with the cookies of three browsers: until a lock ends, a guesser verifies five passwords in each and five elsewhere.
    #[test]
    fn a_guesser_with_every_cookie_verifies_no_more_than_five_in_each(steps in prop::collection::vec(step(20 * SECOND), 1..120)) {
        let mut world = World::user();
        let cookies = ["", "b1", "b2", "b3"];
        for cookie in &cookies[1..] {
            world.sign_in_from("", cookie, RIGHT).unwrap();
        }
        let (before, begun) = (world.inspect().verified.web, world.now);
        let mut open = Vec::new();
        for step in steps {
            match step {
                Step::Open(which) => open.extend(world.attempt_from(cookies[which])),
                Step::Settle(which) if !open.is_empty() => {
                    let challenge = open.remove(which.index(open.len()));
                    world.settle_from(&challenge, "x", WRONG).unwrap_err();
                }
                Step::Wait(ms) if world.now + ms < begun + 30 * MINUTE => world.advance(ms),
                Step::Settle(_) | Step::Wait(_) | Step::Home => {}
            }
            prop_assert!(world.inspect().verified.web - before <= 5 * 4);
            for counter in world.person().web_counters() {
                prop_assert!(counter.failures(&durable::profile::COCONOWORK.web_lock, world.now) <= 5);
            }
        }
    }
}
