//! 無料トライアル as a state machine (ST-003): 30 days; then for 15 days only the contractor gets in, only to the menu, only to
//! change the plan; then nobody. Days are calendar days in Asia/Tokyo, the first day of the trial included.

use super::date::{Day, Zone};
use crate::{
    Millis,
    contract::{Facts, Plan},
};

/// Length of a trial, in days.
pub const TRIAL: i64 = 30;
/// How long afterwards the plan can still be changed, in days.
pub const CHANGE: i64 = 15;
const DAY: Millis = 24 * 60 * 60 * 1000;

/// Where a contract stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// It is none: 基本プラン.
    None,
    /// Until this instant it is one.
    Running(Millis),
    /// It has ended; until this instant the plan can be changed.
    Changeable(Millis),
    /// Nothing is left.
    Over,
}

/// Where a contract with these facts stands at `now`.
#[must_use]
pub fn trial(facts: &Facts, now: Millis) -> Trial {
    let (Plan::Trial, Some(start)) = (facts.plan, facts.trial_start) else { return Trial::None };
    let after = |days: i64| start_of(start).saturating_add(DAY.saturating_mul(days));
    let (end, last) = (after(TRIAL), after(TRIAL.saturating_add(CHANGE)));
    match now {
        _ if now < end => Trial::Running(end),
        _ if now < last => Trial::Changeable(last),
        _ => Trial::Over,
    }
}

fn start_of(day: Day) -> Millis {
    day.start(Zone::TOKYO)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::{contract::Settings, profile::Service};

    fn at(text: &str) -> Millis {
        start_of(Day::parse(text).unwrap())
    }

    fn facts(plan: Plan) -> Facts {
        let trial_start = Day::parse("2026-11-01");
        Facts {
            service: Service::Worksdrive,
            name: "n".into(),
            plan,
            trial_start,
            settings: Settings::default(),
            contact: String::new(),
            cancelled: None,
            directories: crate::contract::Directories::default(),
            lines: crate::rules::line::Lines::default(),
        }
    }

    #[test]
    fn st_003_thirty_days_then_fifteen_for_the_change_of_plan_then_nothing() {
        let state = |now| trial(&facts(Plan::Trial), now);
        assert_eq!(state(at("2026-11-01")), Trial::Running(at("2026-12-01")));
        assert_eq!(state(at("2026-12-01") - 1), Trial::Running(at("2026-12-01")));
        assert_eq!(state(at("2026-12-01")), Trial::Changeable(at("2026-12-16")));
        assert_eq!(state(at("2026-12-16") - 1), Trial::Changeable(at("2026-12-16")));
        assert_eq!(state(at("2026-12-16")), Trial::Over);
        assert_eq!(trial(&facts(Plan::Basic), at("2027-12-16")), Trial::None);
    }
}
