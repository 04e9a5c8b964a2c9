//! 旧パスワードで待ち受け中: what a row of that list says — which PC still waits with the previous password, since when, and for how
//! many days it may (CW-116, CW-123).

use super::{Grace, Stamp, Word, concern::Cell};
use crate::texts::{self, Texts};

/// The PC of one user that waits with the previous password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousRow {
    /// Its name.
    pub name: String,
    /// Its OS.
    pub os: String,
    /// 接続開始時刻
    pub since: Stamp,
    /// The grace in which it may.
    pub grace: Grace,
}

impl PreviousRow {
    pub(super) fn cells(&self, t: &'static texts::Previous) -> Vec<Cell> {
        vec![
            Cell::new(t.pc, self.name.clone()),
            Cell::new(t.os, self.os.clone()),
            Cell::at(t.since, self.since.0.clone(), &self.since),
            Cell::at(t.left, (t.days)(self.grace.days), &self.grace.until),
        ]
    }

    pub(super) fn state(&self) -> String {
        format!("{} {} {} {}", self.name, self.os, self.since.0, self.grace.until.0)
    }

    /// Its line in a file, behind the user's name.
    #[must_use]
    pub fn record(&self) -> [String; 5] {
        let grace = &self.grace;
        [self.name.clone(), self.os.clone(), self.since.0.clone(), grace.days.to_string(), grace.until.0.clone()]
    }
}

/// The headings of that file.
#[must_use]
pub fn headings(t: &'static Texts) -> Vec<String> {
    let words = &t.previous;
    [t.users.login, words.pc, words.os, words.since, words.csv_days, words.csv_until].map(str::to_owned).to_vec()
}

/// A row of the samples; the number decides how many days are left.
pub(super) fn sample(number: u32, word: Word) -> PreviousRow {
    let days = number.saturating_mul(5).saturating_sub(4).min(30);
    PreviousRow {
        name: word(&format!("DESKTOP-7F{number:02}")),
        os: word(if number.is_multiple_of(3) { "Windows 10" } else { "Windows 11" }),
        since: Stamp("2026-11-22 08:59:10 +0900".to_owned()),
        grace: Grace { days, until: Stamp("2026-12-22 09:00:00 +0900".to_owned()) },
    }
}
