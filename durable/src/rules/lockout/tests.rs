//! The lock against the manual's sentences, against its guarantee, and against a naive model that lives through every tick.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]

use proptest::{collection::vec, prelude::*};

use super::*;

/// Small numbers, so that random histories meet every boundary.
const SMALL: Policy =
    Policy { limit: 3, lock_for: Some(20), forget_after: 50, charge_life: 5, previous_free: 2, previous_window: 30 };
/// The same without a timer.
const TIMERLESS: Policy = Policy { lock_for: None, ..SMALL };

fn wrong(counter: &mut Counter, now: Millis) -> Settled {
    counter.charge(&SMALL, now, format!("at {now}")).unwrap();
    counter.settle(&SMALL, now, &format!("at {now}"), Outcome::Wrong)
}

fn locked() -> Counter {
    let mut counter = Counter::default();
    assert_eq!([1, 2, 3].map(|now| wrong(&mut counter, now)), [Settled::Failed, Settled::Failed, Settled::FailedAndLocked]);
    counter
}

#[test]
fn cw_080_consecutive_failures_lock_and_a_success_resets() {
    let mut counter = Counter::default();
    wrong(&mut counter, 1);
    wrong(&mut counter, 2);
    counter.charge(&SMALL, 3, "right".into()).unwrap();
    assert_eq!(counter.settle(&SMALL, 3, "right", Outcome::Right), Settled::Cleared);
    assert_eq!(counter.failures(&SMALL, 3), 0);
    assert_eq!([4, 5, 6].map(|now| wrong(&mut counter, now)), [Settled::Failed, Settled::Failed, Settled::FailedAndLocked]);
}

#[test]
fn cw_081_the_lock_ends_exactly_when_its_time_is_over() {
    let mut counter = locked();
    let lock = Lock { since: 3, until: Some(23) };
    assert_eq!(counter.locked(&SMALL, 22), Some(lock));
    assert_eq!(counter.charge(&SMALL, 22, "early".into()), Err(Denied::Locked { since: 3, until: Some(23) }));
    assert_eq!(counter.locked(&SMALL, 23), None);
    assert_eq!(counter.failures(&SMALL, 23), 0);
    assert!(counter.is_idle(&SMALL, 23));
    assert_eq!(counter.charge(&SMALL, 23, "in time".into()), Ok(()));
}

#[test]
fn cw_086_attempts_during_a_lock_neither_count_nor_prolong() {
    let mut counter = locked();
    let before = counter.clone();
    for now in 3..23 {
        assert!(counter.charge(&SMALL, now, now.to_string()).is_err());
    }
    assert_eq!(counter, before);
}

#[test]
fn st_120_a_lock_without_a_timer_waits_for_somebody() {
    let mut counter = locked();
    assert_eq!(counter.locked(&TIMERLESS, Millis::MAX), Some(Lock { since: 3, until: None }));
    counter.clear();
    assert_eq!(counter, Counter::default());
}

#[test]
fn a_run_is_forgotten_some_time_after_its_last_failure() {
    let mut counter = Counter::default();
    wrong(&mut counter, 0);
    wrong(&mut counter, 40);
    assert_eq!(counter.failures(&SMALL, 89), 2);
    assert_eq!(counter.failures(&SMALL, 90), 0);
    assert_eq!(wrong(&mut counter, 90), Settled::Failed);
}

#[test]
fn cw_084_a_run_tells_its_last_failure_its_lock_and_when_it_is_over() {
    let mut counter = Counter::default();
    assert_eq!(counter.run(&SMALL, 0), None);
    wrong(&mut counter, 1);
    assert_eq!(counter.run(&SMALL, 2), Some(Run { last: 1, lock: None, until: Some(51) }));
    assert_eq!(counter.run(&SMALL, 51), None);
    let lock = Some(Lock { since: 3, until: Some(23) });
    assert_eq!(locked().run(&SMALL, 4), Some(Run { last: 3, lock, until: Some(23) }));
    assert_eq!(locked().run(&SMALL, 23), None);
    let lock = Some(Lock { since: 3, until: None });
    assert_eq!(locked().run(&TIMERLESS, Millis::MAX), Some(Run { last: 3, lock, until: None }));
}

#[test]
fn a_counter_knows_the_attempts_that_were_charged_to_it() {
    let mut counter = Counter::default();
    counter.charge(&SMALL, 0, "open".into()).unwrap();
    assert!(counter.has("open") && !counter.has("other") && !counter.has(""));
    counter.settle_time(&SMALL, 5);
    assert!(counter.has("open"), "late is not gone");
    counter.drop_open();
    assert!(!counter.has("open") && !counter.has(""));
}

#[test]
fn a_charge_that_nobody_settles_is_a_failure_from_the_end_of_its_life() {
    let mut counter = Counter::default();
    for now in [0, 1, 2] {
        counter.charge(&SMALL, now, now.to_string()).unwrap();
    }
    assert_eq!(counter.charge(&SMALL, 4, "no room".into()), Err(Denied::Busy));
    assert_eq!(counter.failures(&SMALL, 4), 0);
    assert_eq!(counter.failures(&SMALL, 5), 1);
    assert_eq!(counter.locked(&SMALL, 7), Some(Lock { since: 7, until: Some(27) }));
    assert_eq!(counter.locked(&SMALL, 26), Some(Lock { since: 7, until: Some(27) }), "whenever one looks");
}

#[test]
fn a_late_settlement_takes_back_its_own_failure_only() {
    let late = |outcome| {
        let mut counter = Counter::default();
        counter.charge(&SMALL, 0, "slow".into()).unwrap();
        wrong(&mut counter, 1);
        assert_eq!(counter.failures(&SMALL, 10), 2);
        let settled = counter.settle(&SMALL, 10, "slow", outcome);
        assert_eq!(counter.settle(&SMALL, 10, "slow", outcome), Settled::Unknown, "once");
        (settled, counter.failures(&SMALL, 10))
    };
    assert_eq!(late(Outcome::Previous), (Settled::Uncounted, 1));
    assert_eq!(late(Outcome::Wrong), (Settled::Failed, 2));
    assert_eq!(late(Outcome::Right), (Settled::Cleared, 0));
}

#[test]
fn a_lock_drops_open_attempts() {
    let mut counter = Counter::default();
    counter.charge(&SMALL, 0, "slow".into()).unwrap();
    wrong(&mut counter, 1);
    wrong(&mut counter, 2);
    assert!(counter.locked(&SMALL, 5).is_some());
    assert_eq!(counter.settle(&SMALL, 6, "slow", Outcome::Right), Settled::Unknown);
    assert!(counter.locked(&SMALL, 6).is_some());
}

#[test]
fn a_limit_that_was_lowered_locks_and_drops_open_attempts() {
    let mut counter = Counter::default();
    wrong(&mut counter, 1);
    counter.charge(&SMALL, 2, "open".into()).unwrap();
    let lower = Policy { limit: 1, ..SMALL };
    assert_eq!(counter.settle(&lower, 2, "open", Outcome::Right), Settled::Unknown);
    assert_eq!(counter.locked(&lower, 2).map(|lock| lock.since), Some(1));
}

#[test]
fn after_a_change_open_attempts_open_nothing_and_their_charges_stand() {
    let mut counter = Counter::default();
    counter.charge(&SMALL, 0, "open".into()).unwrap();
    counter.drop_open();
    assert_eq!(counter.settle(&SMALL, 1, "open", Outcome::Right), Settled::Unknown);
    assert_eq!(counter.settle(&SMALL, 1, "", Outcome::Right), Settled::Unknown);
    assert_eq!(counter.failures(&SMALL, 5), 1);
}

#[test]
fn the_previous_password_counts_only_when_it_is_used_too_often() {
    let mut counter = Counter::default();
    let mut previous = |now: Millis| {
        counter.charge(&SMALL, now, now.to_string()).unwrap();
        counter.settle(&SMALL, now, &now.to_string(), Outcome::Previous)
    };
    assert_eq!([0, 10, 29].map(&mut previous), [Settled::Uncounted, Settled::Uncounted, Settled::Failed]);
    assert_eq!([30, 31].map(&mut previous), [Settled::Uncounted, Settled::Failed], "the window slides");
    assert!(!counter.is_idle(&SMALL, 59));
    assert!(counter.is_idle(&SMALL, 100));
}

#[test]
fn stored_json_is_pinned() {
    let mut counter = Counter::default();
    wrong(&mut counter, 7);
    counter.charge(&SMALL, 8, "a1".into()).unwrap();
    let json = r#"{"failures":1,"last_failure":7,"locked_at":null,"pending":[{"id":"a1","at":8}],"late":[],"previous_uses":[]}"#;
    assert_eq!(serde_json::to_string(&counter).unwrap(), json);
    assert_eq!(serde_json::from_str::<Counter>(r#"{"failures":1,"later":true}"#).unwrap().failures, 1);
}

/// One step of a history. Attempts are named by the order in which they were asked for.
#[derive(Clone, Copy, Debug)]
enum Step {
    Charge,
    Settle(usize, Outcome),
    Wait(Millis),
    DropOpen,
    Clear,
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![6 => Just(Outcome::Wrong), 1 => Just(Outcome::Right), 2 => Just(Outcome::Previous)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        40 => Just(Step::Charge),
        30 => (0_usize..12, outcome()).prop_map(|(back, outcome)| Step::Settle(back, outcome)),
        20 => (0_i64..4).prop_map(Step::Wait),
        4 => (0_i64..60).prop_map(Step::Wait),
        1 => Just(Step::DropOpen),
        1 => Just(Step::Clear),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Open,
    Dropped,
    Late,
    Closed,
}

/// The rules read aloud, one tick at a time; nothing is computed ahead and nothing is lazy.
struct Model {
    policy: Policy,
    now: Millis,
    attempts: Vec<(Millis, Stage)>,
    failures: u32,
    last: Millis,
    locked: Option<Millis>,
    previous: Vec<Millis>,
}

impl Model {
    fn tick(&mut self) {
        self.now += 1;
        let lock_over = self.locked.is_some_and(|since| self.policy.lock_for.is_some_and(|length| since + length == self.now));
        if lock_over || (self.locked.is_none() && self.failures > 0 && self.last + self.policy.forget_after == self.now) {
            self.end_run();
        }
        for place in 0..self.attempts.len() {
            let (at, stage) = self.attempts[place];
            if matches!(stage, Stage::Open | Stage::Dropped) && at + self.policy.charge_life == self.now {
                self.attempts[place].1 = if stage == Stage::Open { Stage::Late } else { Stage::Closed };
                self.fail();
            }
        }
    }

    fn end_run(&mut self) {
        self.failures = 0;
        self.locked = None;
        self.close(&[Stage::Late]);
    }

    fn close(&mut self, stages: &[Stage]) {
        self.turn(stages, Stage::Closed);
    }

    fn turn(&mut self, stages: &[Stage], to: Stage) {
        self.attempts.iter_mut().filter(|(_, stage)| stages.contains(stage)).for_each(|(_, stage)| *stage = to);
    }

    fn fail(&mut self) {
        self.failures += 1;
        self.last = self.now;
        if self.failures == self.policy.limit {
            self.locked = Some(self.now);
            self.close(&[Stage::Open, Stage::Dropped, Stage::Late]);
        }
    }

    fn charge(&mut self) -> Result<(), Denied> {
        let open = self.attempts.iter().filter(|(_, stage)| matches!(stage, Stage::Open | Stage::Dropped)).count();
        let answer = match self.locked {
            Some(since) => Err(Denied::Locked { since, until: self.policy.lock_for.map(|length| since + length) }),
            None if self.failures as usize + open >= self.policy.limit as usize => Err(Denied::Busy),
            None => Ok(()),
        };
        self.attempts.push((self.now, if answer.is_ok() { Stage::Open } else { Stage::Closed }));
        answer
    }

    fn settle(&mut self, place: usize, outcome: Outcome) -> Settled {
        let stage = std::mem::replace(&mut self.attempts[place].1, Stage::Closed);
        if stage == Stage::Dropped {
            self.attempts[place].1 = stage;
        }
        let recent = self.previous.iter().filter(|&&used| self.now < used + self.policy.previous_window).count();
        match (stage, outcome) {
            (Stage::Closed | Stage::Dropped, _) => Settled::Unknown,
            (_, Outcome::Right) => {
                self.end_run();
                Settled::Cleared
            }
            (_, Outcome::Previous) if recent < self.policy.previous_free as usize => {
                self.previous.push(self.now);
                self.failures -= u32::from(stage == Stage::Late);
                Settled::Uncounted
            }
            (Stage::Late, _) => Settled::Failed,
            (Stage::Open, _) => {
                self.fail();
                if self.locked.is_some() { Settled::FailedAndLocked } else { Settled::Failed }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn behaves_like_the_naive_model(steps in vec(step(), 0..120), timer in any::<bool>()) {
        let policy = if timer { SMALL } else { TIMERLESS };
        let mut counter = Counter::default();
        let mut model = Model { policy, now: 0, attempts: vec![], failures: 0, last: 0, locked: None, previous: vec![] };
        for step in steps {
            match step {
                Step::Charge => {
                    let id = model.attempts.len().to_string();
                    prop_assert_eq!(counter.charge(&policy, model.now, id), model.charge());
                }
                Step::Settle(back, outcome) => {
                    let Some(place) = model.attempts.len().checked_sub(back + 1) else { continue };
                    let settled = counter.settle(&policy, model.now, &place.to_string(), outcome);
                    prop_assert_eq!(settled, model.settle(place, outcome));
                }
                Step::Wait(ticks) => (0..ticks).for_each(|_| model.tick()),
                Step::DropOpen => {
                    counter.drop_open();
                    model.close(&[Stage::Late]);
                    model.turn(&[Stage::Open], Stage::Dropped);
                }
                Step::Clear => {
                    counter.clear();
                    model.end_run();
                    model.close(&[Stage::Open, Stage::Dropped]);
                    model.previous.clear();
                }
            }
            prop_assert_eq!(counter.failures(&policy, model.now), model.failures);
            prop_assert_eq!(counter.locked(&policy, model.now).map(|lock| lock.since), model.locked);
            let limit = policy.limit as usize;
            prop_assert!(counter.pending.len() <= limit && counter.late.len() <= limit && counter.previous_uses.len() <= 2);
            let stored: Counter = serde_json::from_str(&serde_json::to_string(&counter).unwrap()).unwrap();
            prop_assert_eq!(&stored, &counter);
        }
    }

    #[test]
    fn no_interleaving_verifies_more_than_the_limit(
        limit in 1_u32..8,
        steps in vec(prop_oneof![3 => Just(None), 2 => (0_usize..200).prop_map(Some)], 0..400),
        pause in 0_i64..20,
    ) {
        let lock_for = Some(30 * 60_000);
        let policy = Policy { limit, lock_for, forget_after: 24 * 3_600_000, charge_life: 15_000, ..SMALL };
        let (mut counter, mut attempts, mut verified) = (Counter::default(), Vec::new(), 0_u32);
        for (now, step) in (0..).step_by(usize::try_from(pause * 100 + 1).unwrap()).zip(steps) {
            match step {
                // A crash is an attempt that never gets its turn here.
                None => {
                    let id = attempts.len().to_string();
                    if counter.charge(&policy, now, id.clone()).is_ok() {
                        attempts.push(id);
                    }
                }
                Some(place) => {
                    if let Some(id) = attempts.get(place)
                        && counter.settle(&policy, now, id, Outcome::Wrong) != Settled::Unknown
                    {
                        verified += 1;
                    }
                }
            }
        }
        prop_assert!(verified <= limit, "{verified} of {limit}");
    }

    #[test]
    fn fewer_failures_than_the_limit_since_a_success_never_lock(runs in vec(0_u32..3, 1..20)) {
        let (mut counter, mut now) = (Counter::default(), 0);
        for failures in runs {
            for _ in 0..failures {
                now += 1;
                prop_assert_eq!(wrong(&mut counter, now), Settled::Failed);
            }
            now += 1;
            counter.charge(&SMALL, now, "right".into()).unwrap();
            prop_assert_eq!(counter.settle(&SMALL, now, "right", Outcome::Right), Settled::Cleared);
        }
        prop_assert_eq!(counter.locked(&SMALL, now), None);
    }

    #[test]
    fn it_does_not_matter_when_one_looks(charges in vec(0_i64..30, 0..3), looks in vec(0_i64..100, 0..10)) {
        let mut counter = Counter::default();
        for (id, at) in charges.iter().enumerate() {
            counter.pending.push(Charge { id: id.to_string(), at: *at });
        }
        let once = counter.at(&SMALL, 100);
        let mut looks = looks;
        looks.sort_unstable();
        for now in looks {
            counter.settle_time(&SMALL, now);
        }
        prop_assert_eq!(counter.at(&SMALL, 100), once);
    }
}
