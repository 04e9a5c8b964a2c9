//! Known browsers: device cookies (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"; decisions, "Lock"). A browser
//! in which this person has logged in completely carries a random id. Its failures count apart, with the numbers of the web
//! lock, so that whoever guesses elsewhere never shuts it out.
//!
//! Invariants: an attempt is charged to exactly one counter and settled there. A success clears that counter alone: one in a
//! known browser gives a guesser elsewhere no fresh tries, and the other way round; hence a run of guesses verifies at most
//! `limit × (1 + known browsers)` passwords until a lock ends. A browser whose own counter is locked is locked out, whatever
//! stands elsewhere; and a login that owes its second step is locked with what it came from. An id dies with the password it was
//! given under; one that is not known counts as elsewhere.

use serde::{Deserialize, Serialize};

use super::{
    person::Person,
    sign_in::{NewSession, short},
};
use crate::{
    Millis,
    rules::{
        lockout::{Counter, Denied, Lock, Outcome, Policy, Settled},
        phc::same,
    },
    turn::Turn,
};

/// A browser in which this person has logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Browser {
    /// SHA-256 of the id in its cookie.
    pub hash: String,
    /// Its first login.
    pub since: Millis,
    /// Its last login.
    pub last: Millis,
    /// Its name for itself, at most 200 characters.
    pub agent: String,
    /// Its own failures.
    #[serde(default)]
    pub counter: Counter,
}

impl Person {
    /// Forgets every known browser; what was begun in one of them opens nothing any more. None is remembered by the second step
    /// either: both belong to the password.
    pub fn forget_browsers(&mut self) {
        self.browsers.clear();
        self.second_step.remembered.clear();
    }

    /// Every counter of the web doors: elsewhere first, then each known browser.
    pub fn web_counters(&self) -> impl Iterator<Item = &Counter> {
        core::iter::once(&self.web).chain(self.browsers.iter().map(|browser| &browser.counter))
    }

    /// The lock that an administrator is shown: the one elsewhere, else the newest of a known browser.
    #[must_use]
    pub fn lock(&self, policy: &Policy, now: Millis) -> Option<Lock> {
        let own = self.browsers.iter().filter_map(|browser| browser.counter.locked(policy, now));
        self.web.locked(policy, now).or_else(|| own.max_by_key(|lock| lock.since))
    }

    /// The failures of all runs of the web doors together.
    #[must_use]
    pub fn failures(&self, policy: &Policy, now: Millis) -> u32 {
        self.web_counters().map(|counter| counter.failures(policy, now)).fold(0, u32::saturating_add)
    }
}

/// Whether logins `from` a known browser, or from elsewhere (empty), are locked out.
pub(super) fn is_locked(turn: &Turn, person: &Person, from: &str) -> bool {
    let own = person.browsers.iter().find(|browser| browser.hash == from);
    own.map_or(&person.web, |browser| &browser.counter).locked(&turn.profile.web_lock, turn.now).is_some()
}

/// Charges an attempt to the browser that carries the cookie of this hash, or to the counter of everybody else.
pub(super) fn charge(turn: &Turn, person: &mut Person, cookie: &str, id: String) -> Result<(), Denied> {
    let profile = turn.profile;
    let known = person.browsers.iter_mut().take(profile.device_cookies);
    let own = known.into_iter().find(|browser| same(browser.hash.as_bytes(), cookie.as_bytes()));
    let counter = own.map_or(&mut person.web, |browser| &mut browser.counter);
    counter.charge(&profile.web_lock, turn.now, id)
}

/// Settles the attempt where it was charged; with it comes the hash of that browser, empty for elsewhere.
pub(super) fn settle(person: &mut Person, policy: &Policy, now: Millis, attempt: &str, outcome: Outcome) -> (Settled, String) {
    match person.browsers.iter_mut().find(|browser| browser.counter.has(attempt)) {
        Some(browser) => (browser.counter.settle(policy, now, attempt, outcome), browser.hash.clone()),
        None => (person.web.settle(policy, now, attempt, outcome), String::new()),
    }
}

/// A login is complete: the browser it came `from` stays known, any other becomes known by the id that was made for it. Whether
/// it was known. Of too many, the one used longest ago goes.
pub(super) fn welcome(turn: &Turn, person: &mut Person, from: &str, new: &NewSession) -> bool {
    if let Some(browser) = person.browsers.iter_mut().find(|browser| browser.hash == from) {
        browser.last = turn.now;
        browser.agent = short(&new.agent);
        return true;
    }
    let most = turn.profile.device_cookies;
    if most == 0 || new.browser.is_empty() {
        return false;
    }
    while person.browsers.len() >= most {
        let oldest = person.browsers.iter().enumerate().min_by_key(|(_, browser)| browser.last).map(|(place, _)| place);
        let Some(oldest) = oldest else { break };
        person.browsers.remove(oldest);
    }
    person.browsers.push(Browser {
        hash: new.browser.clone(),
        since: turn.now,
        last: turn.now,
        agent: short(&new.agent),
        counter: Counter::default(),
    });
    false
}
