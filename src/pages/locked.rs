//! ロック中のユーザ: what a row of that list says — who is locked out or keeps failing, for how long, and what is with the browsers
//! that are known.

use super::{Stamp, concern::Cell};
use crate::texts::{self, Texts};

/// How the logins of one user stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedRow {
    /// When the lock ends by itself, and how many minutes that is from now; none: it is not locked, or only somebody ends it.
    pub ends: Option<(Stamp, i64)>,
    /// Whether it is locked out.
    pub locked: bool,
    /// Whether it is locked out everywhere but in known browsers.
    pub elsewhere: bool,
    /// Failures.
    pub failures: u32,
    /// ロックアウト時刻, or when the last failure was.
    pub since: Stamp,
    /// Known browsers that can log in.
    pub open: u32,
    /// Known browsers that are locked out themselves.
    pub shut: u32,
}

impl LockedRow {
    fn browsers(&self, t: &texts::Locked) -> String {
        match (self.open, self.shut) {
            (0, 0) => t.no_browser.to_owned(),
            (open, shut) if self.elsewhere || shut == 0 => (t.known)(open, shut),
            (open, shut) => (t.only_known)(open, shut),
        }
    }

    pub(super) fn badge(&self, t: &Texts) -> (&'static str, &'static str) {
        if self.locked { ("locked", t.user.locked) } else { ("temporary", t.locked.failing) }
    }

    pub(super) fn cells(&self, t: &'static Texts) -> Vec<Cell> {
        let words = &t.locked;
        let left = match &self.ends {
            Some((at, minutes)) => Cell { runs: true, ..Cell::at(words.left, (words.minutes)(*minutes), at) },
            None => Cell::new(words.left, t.common.none),
        };
        vec![
            Cell::new(words.failures, (words.times)(self.failures)),
            Cell::at(if self.locked { words.since } else { words.last }, self.since.0.clone(), &self.since),
            left,
            Cell::new(words.browser, self.browsers(words)),
        ]
    }

    pub(super) fn state(&self) -> String {
        format!("{} {} {} {} {}", self.locked, self.failures, self.since.0, self.open, self.shut)
    }
}

/// A row of the samples; the number decides how it stands.
pub(super) fn sample(number: u32) -> LockedRow {
    let (locked, elsewhere) = (!number.is_multiple_of(3), number % 4 != 2);
    LockedRow {
        ends: locked.then(|| (Stamp("2026-11-22 09:29:10 +0900".to_owned()), 12)),
        locked,
        elsewhere: locked && elsewhere,
        failures: if locked { 5 } else { 2 },
        since: Stamp("2026-11-22 08:59:10 +0900".to_owned()),
        open: number % 3,
        shut: u32::from(locked && !elsewhere),
    }
}
