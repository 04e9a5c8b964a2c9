//! The device door's budget against the decisions page, its guarantee, and a naive model.

#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "tests")]

use proptest::{collection::vec, prelude::*};

use super::*;

const DOOR: Policy = Policy { per_minute: 5, without_success: Some(12), charge_life: 15_000, forget_after: None };
const KNOWN: Policy = Policy { without_success: None, ..DOOR };

fn fail(budget: &mut Budget, policy: &Policy, now: Millis) -> Result<Settled, Denied> {
    let id = format!("at {now}");
    budget.charge(policy, now, id.clone())?;
    Ok(budget.settle(policy, now, &id, Outcome::Wrong))
}

#[test]
fn cw_083_five_wrong_passwords_in_any_minute() {
    let mut budget = Budget::default();
    for now in [0, 10_000, 20_000, 30_000, 40_000] {
        assert_eq!(fail(&mut budget, &KNOWN, now), Ok(Settled::Failed));
    }
    assert_eq!(fail(&mut budget, &KNOWN, 40_000), Err(Denied::TooMany { retry_after_s: 20 }));
    assert_eq!(fail(&mut budget, &KNOWN, 59_001), Err(Denied::TooMany { retry_after_s: 1 }));
    assert_eq!(fail(&mut budget, &KNOWN, 60_000), Ok(Settled::Failed));
    assert_eq!(fail(&mut budget, &KNOWN, 60_001), Err(Denied::TooMany { retry_after_s: 10 }));
}

#[test]
fn a_success_starts_the_total_anew_but_not_the_minute() {
    let mut budget = Budget::default();
    for now in 0..4 {
        fail(&mut budget, &DOOR, now).unwrap();
    }
    budget.charge(&DOOR, 4, "right".into()).unwrap();
    assert_eq!(budget.settle(&DOOR, 4, "right", Outcome::Right), Settled::Cleared);
    assert_eq!((budget.total, budget.recent.len()), (0, 4));
    assert_eq!(fail(&mut budget, &DOOR, 5), Ok(Settled::Failed));
    assert!(matches!(fail(&mut budget, &DOOR, 6), Err(Denied::TooMany { .. })));
}

#[test]
fn used_up_without_a_success_the_door_stays_closed() {
    let mut budget = Budget::default();
    let minutes = |n: Millis| n * MINUTE;
    for n in 0..11 {
        assert_eq!(fail(&mut budget, &DOOR, minutes(n)), Ok(Settled::Failed));
    }
    assert_eq!(fail(&mut budget, &DOOR, minutes(11)), Ok(Settled::FailedAndLocked));
    assert_eq!(fail(&mut budget, &DOOR, minutes(1_000_000)), Err(Denied::Closed));
    assert!(budget.closed(&DOOR, minutes(1_000_000)) && !budget.is_idle(&DOOR, minutes(1_000_000)));
    let unknown_name = Policy { forget_after: Some(minutes(1000)), ..DOOR };
    assert!(budget.closed(&unknown_name, minutes(1011) - 1) && budget.is_idle(&unknown_name, minutes(1011)));
    budget.clear();
    assert_eq!(fail(&mut budget, &DOOR, minutes(12)), Ok(Settled::Failed));
}

#[test]
fn open_attempts_count_towards_the_total() {
    let mut budget = Budget { total: 11, ..Budget::default() };
    budget.charge(&DOOR, 0, "last".into()).unwrap();
    assert_eq!(budget.charge(&DOOR, 0, "too many".into()), Err(Denied::Busy));
}

#[test]
fn a_closed_door_takes_nothing_back() {
    let mut budget = Budget { total: 10, ..Budget::default() };
    budget.charge(&DOOR, 0, "slow".into()).unwrap();
    assert_eq!(fail(&mut budget, &DOOR, 15_000), Ok(Settled::FailedAndLocked));
    assert_eq!(budget.settle(&DOOR, 15_001, "slow", Outcome::Right), Settled::Unknown);
    assert_eq!(budget.charge(&DOOR, 15_002, "next".into()), Err(Denied::Closed));
}

#[test]
fn an_old_total_is_forgotten_before_a_later_failure_is_added() {
    let unknown_name = Policy { forget_after: Some(10 * MINUTE), ..DOOR };
    let mut budget = Budget { total: 11, ..Budget::default() };
    budget.pending.push(Charge { id: "crashed".into(), at: 10 * MINUTE });
    budget.settle_time(&unknown_name, 10 * MINUTE + 15_000);
    assert_eq!(budget.total, 1);
}

#[test]
fn a_known_key_is_never_closed_out() {
    let mut budget = Budget::default();
    for n in 0..1000 {
        assert_eq!(fail(&mut budget, &KNOWN, n * MINUTE), Ok(Settled::Failed));
    }
    assert!(budget.is_idle(&KNOWN, 1000 * MINUTE));
}

#[test]
fn a_refused_previous_password_counts() {
    let mut budget = Budget::default();
    budget.charge(&DOOR, 0, "old".into()).unwrap();
    assert_eq!(budget.settle(&DOOR, 0, "old", Outcome::Previous), Settled::Failed);
}

#[test]
fn an_unsettled_charge_stands_and_a_late_success_takes_back_its_own() {
    let mut budget = Budget::default();
    budget.charge(&DOOR, 0, "slow".into()).unwrap();
    budget.charge(&DOOR, 1, "crashed".into()).unwrap();
    budget.settle_time(&DOOR, 20_000);
    assert_eq!(budget.recent, [15_000, 15_001]);
    assert_eq!(budget.settle(&DOOR, 20_000, "slow", Outcome::Right), Settled::Cleared);
    assert_eq!((budget.recent.as_slice(), budget.total), ([15_001].as_slice(), 0));
    assert_eq!(budget.settle(&DOOR, 20_000, "crashed", Outcome::Right), Settled::Unknown);
}

#[test]
fn after_a_change_open_attempts_open_nothing() {
    let mut budget = Budget::default();
    budget.charge(&DOOR, 0, "open".into()).unwrap();
    budget.drop_open();
    assert_eq!(budget.settle(&DOOR, 1, "open", Outcome::Right), Settled::Unknown);
    budget.settle_time(&DOOR, 15_000);
    assert_eq!((budget.recent.as_slice(), budget.total), ([15_000].as_slice(), 1));
    budget.charge(&DOOR, 20_000, "late".into()).unwrap();
    budget.settle_time(&DOOR, 35_000);
    budget.drop_open();
    assert_eq!(budget.settle(&DOOR, 35_000, "late", Outcome::Right), Settled::Unknown);
}

#[test]
fn stored_json_is_pinned() {
    let mut budget = Budget::default();
    fail(&mut budget, &DOOR, 7).unwrap();
    let json = r#"{"recent":[7],"total":1,"last_failure":7,"pending":[],"late":[]}"#;
    assert_eq!(serde_json::to_string(&budget).unwrap(), json);
    assert_eq!(serde_json::from_str::<Budget>("{}").unwrap(), Budget::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// The history is judged afterwards, from the list of all verified passwords and crashes.
    #[test]
    fn no_minute_and_no_total_sees_more_than_its_limit(
        steps in vec((0_i64..8000, prop_oneof![4 => Just(None), 3 => (0_usize..8, 0_u8..8).prop_map(Some)]), 0..200),
    ) {
        let (mut budget, mut ids, mut now) = (Budget::default(), Vec::<String>::new(), 0);
        let (mut failed, mut without_success) = (Vec::<Millis>::new(), 0_u32);
        for (wait, step) in steps {
            now += wait;
            match step {
                None => {
                    ids.push(ids.len().to_string());
                    if budget.charge(&DOOR, now, ids.last().unwrap().clone()).is_err() {
                        ids.pop();
                        ids.push(format!("refused {now}"));
                    }
                }
                Some((back, luck)) => {
                    let Some(id) = ids.iter().rev().nth(back) else { continue };
                    let outcome = if luck == 0 { Outcome::Right } else { Outcome::Wrong };
                    match budget.settle(&DOOR, now, id, outcome) {
                        Settled::Failed | Settled::FailedAndLocked => { failed.push(now); without_success += 1; }
                        Settled::Cleared => without_success = 0,
                        Settled::Uncounted | Settled::Unknown => {}
                    }
                }
            }
            prop_assert!(without_success <= 12);
            prop_assert!(budget.recent.len() <= 5 && budget.pending.len() <= 5 && budget.late.len() <= 5);
        }
        // A failure that is settled late was counted earlier, when its charge ran out: at most five more can fall into a minute.
        for (first, &from) in failed.iter().enumerate() {
            prop_assert!(failed.iter().skip(first).filter(|&&at| at < from + MINUTE).count() <= 10);
        }
    }

    #[test]
    fn settled_in_time_no_minute_sees_more_than_five(waits in vec(0_i64..30_000, 0..300)) {
        let (mut budget, mut failed, mut now) = (Budget::default(), Vec::<Millis>::new(), 0);
        for wait in waits {
            now += wait;
            match fail(&mut budget, &KNOWN, now) {
                Ok(_) => failed.push(now),
                Err(Denied::TooMany { retry_after_s }) => {
                    let then = now + Millis::from(retry_after_s) * 1000;
                    prop_assert!(budget.clone().charge(&KNOWN, then, "later".into()).is_ok());
                    if retry_after_s > 1 {
                        prop_assert!(budget.clone().charge(&KNOWN, then - 1001, "early".into()).is_err());
                    }
                }
                Err(other) => prop_assert!(false, "{other:?}"),
            }
        }
        for window in failed.windows(6) {
            prop_assert!(window.last().unwrap() - window.first().unwrap() >= MINUTE);
        }
    }
}
