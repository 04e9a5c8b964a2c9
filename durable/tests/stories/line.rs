//! ST-060 to ST-069, ST-093: 回線認証, from the registered number to the self-lockout and the way out of it.

use durable::{
    account::{Me, SignedIn, Stage, WhoSets, line::LineNotice, person::Identity, person::Role, sign_in::NewSession},
    ask::Reply,
    contract::{Change, Facts},
    effect::Effect,
    profile::Service,
    refusal::Refusal,
    rules::line::{COUNTDOWN, Line, Lines, may_enter},
};
use proptest::prelude::*;

use super::{second_step::facts, world::*};

const LINE: &str = "CAF0123456789";
const OTHER: &str = "COP01234567";

/// Somebody of WORKSDRIVE whose contract has registered [`LINE`] and asks for the second step.
fn with(role: Role) -> World {
    let mut world = World::with(Identity { service: Service::Worksdrive, plan: String::new(), role, ..identity() });
    world.facts = Some(Facts { lines: Lines { numbers: vec![LINE.into()], ..Lines::default() }, ..facts(false) });
    world
}

fn lines(world: &mut World) -> &mut Lines {
    &mut world.facts.as_mut().unwrap().lines
}

fn new(name: &str, line: &str, menu: bool) -> NewSession {
    let line = (!line.is_empty()).then(|| Line { number: line.into(), west: false });
    NewSession { hash: name.into(), agent: "Firefox".into(), address: "192.0.2.1".into(), browser: String::new(), menu, line }
}

/// A login over this line, or from the Internet (empty).
fn sign_in(world: &mut World, name: &str, line: &str, menu: bool) -> Reply<SignedIn> {
    let challenge = world.attempt()?;
    world.settle_remembered(&challenge, RIGHT, new(name, line, menu), "")
}

fn stage(reply: &Reply<SignedIn>) -> Result<Stage, &Refusal> {
    reply.as_ref().map(|signed_in| signed_in.stage)
}

fn look(world: &mut World, session: &str) -> Reply<Stage> {
    world.ask(Me { session: session.into(), touch: true }).map(|me| me.stage)
}

#[test]
fn st_061_a_registered_line_stands_in_for_the_second_step_and_no_other_does() {
    let mut world = with(Role::User);
    assert_eq!(stage(&sign_in(&mut world, "line", LINE, false)), Ok(Stage::Full));
    assert_eq!(stage(&sign_in(&mut world, "internet", "", false)), Ok(Stage::FactorMissing));
    assert_eq!(sign_in(&mut world, "other", OTHER, false), Err(Refusal::Line));
    let used = |effect: &&Effect| matches!(effect, Effect::LineUsed { number, .. } if number == LINE);
    assert_eq!(world.effects.iter().filter(used).count(), 1, "the contract is told");
    assert_eq!(world.person().sessions.len(), 2);
}

#[test]
fn st_061_the_password_and_its_lock_stay() {
    let mut world = with(Role::User);
    let wrong = |world: &mut World| {
        let challenge = world.attempt()?;
        world.settle_remembered(&challenge, WRONG, new("s", LINE, false), "")
    };
    for _ in 0..10 {
        assert_eq!(wrong(&mut world), Err(Refusal::Wrong));
    }
    assert!(matches!(sign_in(&mut world, "s", LINE, false), Err(Refusal::Locked { .. })));
    assert!(world.person().sessions.is_empty());
}

#[test]
fn st_062_a_wrong_password_says_nothing_about_lines() {
    let mut world = with(Role::User);
    lines(&mut world).only = true;
    let challenge = world.attempt().unwrap();
    assert_eq!(world.settle_remembered(&challenge, WRONG, new("s", "", false), ""), Err(Refusal::Wrong));
    assert_eq!(sign_in(&mut world, "s", "", false), Err(Refusal::Line));
    assert_eq!(world.journal(), ["sign-in-failed", "sign-in-refused"]);
}

#[test]
fn st_064_lines_only_ends_what_came_from_the_internet_at_once() {
    let mut world = with(Role::User);
    world.facts.as_mut().unwrap().settings.no_second_step = true;
    sign_in(&mut world, "internet", "", false).unwrap();
    sign_in(&mut world, "menu", "", true).unwrap();
    sign_in(&mut world, "line", LINE, false).unwrap();
    assert_eq!(look(&mut world, "internet"), Ok(Stage::Full));
    lines(&mut world).only = true;
    assert_eq!(look(&mut world, "internet"), Err(Refusal::SignedOut));
    assert_eq!(look(&mut world, "menu"), Err(Refusal::SignedOut), "the way out is the contractor's");
    assert_eq!(look(&mut world, "line"), Ok(Stage::Full));
    assert_eq!(sign_in(&mut world, "again", "", true), Err(Refusal::Line));
    *lines(&mut world) = Lines::default();
    assert_eq!(look(&mut world, "line"), Err(Refusal::SignedOut), "its line is not registered any more");
}

#[test]
fn st_067_the_contractor_reaches_the_menu_from_the_internet_and_the_second_step_with_it() {
    let mut world = with(Role::Administrator);
    lines(&mut world).only = true;
    assert_eq!(sign_in(&mut world, "s", "", false), Err(Refusal::Line));
    assert_eq!(stage(&sign_in(&mut world, "menu", "", true)), Ok(Stage::FactorMissing), "no line stands in for it here");
    world.facts.as_mut().unwrap().settings.no_second_step = true;
    assert_eq!(stage(&sign_in(&mut world, "again", "", true)), Ok(Stage::Menu));
    assert_eq!(look(&mut world, "again"), Ok(Stage::Menu));
}

#[test]
fn st_063_the_notice_is_answered_once() {
    let mut world = with(Role::User);
    sign_in(&mut world, "s", LINE, false).unwrap();
    let mut ask = |answer| world.ask(LineNotice { session: "s".into(), answer });
    assert_eq!([ask(false), ask(true), ask(true), ask(false)], [Ok(false), Ok(false), Ok(true), Ok(true)]);
    assert_eq!(world.journal().iter().filter(|code| **code == "line-notice-set").count(), 1);
}

#[test]
fn who_sets_has_given_his_password_lately() {
    let mut world = with(Role::Administrator);
    sign_in(&mut world, "s", LINE, false).unwrap();
    let who = |world: &mut World| world.ask(WhoSets { session: "s".into() });
    assert_eq!(who(&mut world).map(|actor| actor.role), Ok(Role::Administrator));
    world.advance(6 * MINUTE);
    assert_eq!(who(&mut world), Err(Refusal::ConfirmDue));
}

fn set(facts: &Facts, change: &Change, now: durable::Millis) -> Result<Facts, Refusal> {
    changed(facts, &administrator(), change, now)
}

const ONLY: Change = Change::AccessPath { only: true, risk: false };

#[test]
fn st_067_nobody_is_shut_out_by_a_line_that_is_not_known_to_work_unless_he_takes_the_risk() {
    let mut own = with(Role::Administrator).facts.unwrap();
    assert_eq!(set(&own, &ONLY, MORNING), Err(Refusal::Line));
    assert!(set(&own, &Change::AccessPath { only: true, risk: true }, MORNING).unwrap().lines.only);
    assert!(!own.lines.note(OTHER, MORNING), "a line of somebody else's");
    assert!(own.lines.note(LINE, MORNING));
    assert!(!own.lines.note(LINE, MORNING + SECOND), "noted at most once a minute");
    let only = set(&own, &ONLY, MORNING).unwrap();
    assert_eq!((only.lines.only, only.lines.until), (true, None), "no countdown by default");
    assert_eq!(set(&only, &ONLY, MORNING), Err(Refusal::Used));
    assert_eq!(set(&only, &Change::SecondStep { enabled: false }, MORNING), Err(Refusal::Used), "st_093: it is off by itself");
    assert_eq!(set(&only, &Change::Lines { numbers: vec![OTHER.into()] }, MORNING), Err(Refusal::Line), "the only way in");
    let moved = set(&own, &Change::Lines { numbers: vec![OTHER.into()] }, MORNING).unwrap();
    assert_eq!(set(&moved, &ONLY, MORNING), Err(Refusal::Line), "the new line has not shown that it works");
}

#[test]
fn the_countdown_rolls_back_unless_it_is_kept_over_a_line() {
    let mut own = with(Role::Administrator).facts.unwrap();
    own.lines.note(LINE, MORNING);
    let own = set(&own, &Change::Countdown { on: true }, MORNING).unwrap();
    let waits = set(&own, &ONLY, MORNING).unwrap();
    let end = MORNING + COUNTDOWN;
    assert_eq!(waits.lines.until, Some(end));
    assert_eq!(waits.clone().at(end - 1), waits);
    assert_eq!(waits.clone().at(end), own, "as it was before");
    let keep = |line: &str| Change::KeepPath { line: line.into() };
    for line in ["", OTHER] {
        assert_eq!(set(&waits, &keep(line), MORNING), Err(Refusal::Line), "{line}");
    }
    let kept = set(&waits, &keep(LINE), MORNING).unwrap();
    assert_eq!(kept.clone().at(end), kept);
    assert_eq!(set(&kept, &keep(LINE), MORNING), Err(Refusal::Used));
    let late = waits.at(end);
    assert_eq!(set(&late, &keep(LINE), end), Err(Refusal::Used), "too late");
}

#[test]
fn st_002_lines_are_the_contractors_to_set() {
    let own = with(Role::Administrator).facts.unwrap();
    let changes = [
        Change::Lines { numbers: Vec::new() },
        Change::AccessPath { only: true, risk: true },
        Change::KeepPath { line: LINE.into() },
        Change::Countdown { on: true },
    ];
    for change in changes {
        for role in [Role::Manager, Role::User] {
            let actor = durable::rules::access::Actor { role, ..administrator() };
            assert_eq!(changed(&own, &actor, &change, MORNING), Err(Refusal::NotFound));
        }
    }
}

proptest! {
    /// Whoever comes over a line needs that line registered, whatever else is set; whoever comes without one is as well off as before
    /// the line, or shut out.
    #[test]
    fn who_may_enter(registered in any::<bool>(), only in any::<bool>(), escapes in any::<bool>(), over in any::<bool>()) {
        let numbers = if registered { vec![LINE.to_owned()] } else { vec![OTHER.to_owned()] };
        let own = Facts { lines: Lines { numbers, only, ..Lines::default() }, ..facts(false) };
        let line = over.then_some(LINE);
        let expected = if over { registered } else { escapes || !only };
        prop_assert_eq!(may_enter(Some(&own), line, escapes), expected);
        prop_assert_eq!(may_enter(None, line, escapes), !over);
    }
}
