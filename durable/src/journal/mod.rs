//! The journal of a contract, one object a month: who did what to whom. Rows come from the Accounts' outboxes, each with the
//! account's own sequence number, so a row that is delivered twice stands once; each carries a MAC over the one before, so
//! that nobody who can write the rows can change one unseen.

use serde::{Deserialize, Serialize};

use crate::{
    Millis,
    account::Done,
    ask::commands,
    effect::Event,
    rules::date::{Zone, stamp},
    secret::{base64, mac},
};

commands! {
    /// Everything that can be asked of a Journal.
    Command {
        /// An Account hands over rows.
        Append -> Done,
    }
}

/// Rows of one account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Append {
    /// The account.
    pub uid: String,
    /// Its login name, for reading.
    pub login: String,
    /// The rows, oldest first.
    pub rows: Vec<Numbered>,
}

/// An event with its number within its account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// Counts the events of the account; a gap is a row that was lost.
    pub sequence: u64,
    /// What happened.
    pub event: Event,
}

/// The object that holds the rows of a contract at an instant: one a calendar month in Tokyo.
#[must_use]
pub fn object_of(contract: &str, at: Millis) -> String {
    let stamp = stamp(at, Zone::TOKYO);
    let month = stamp.get(..7).unwrap_or_default();
    format!("{contract}/{month}")
}

/// The MAC of a row: over the MAC before it, and the row's text.
#[must_use]
pub fn link(key: &[u8], before: &str, uid: &str, row: &str) -> String {
    base64(&mac(key, &[before.as_bytes(), uid.as_bytes(), row.as_bytes()]))
}

/// The number of the first row whose MAC does not follow from the row before it; `None` when the chain holds.
#[must_use]
pub fn first_broken(key: &[u8], rows: &[(String, String, String)]) -> Option<usize> {
    let mut before = String::new();
    for (index, (uid, row, stored)) in rows.iter().enumerate() {
        if &link(key, &before, uid, row) != stored {
            return Some(index);
        }
        before.clone_from(stored);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_row_breaks_the_chain_at_that_row() {
        let mut rows = Vec::new();
        let mut before = String::new();
        for row in ["a", "b", "c"] {
            before = link(b"key", &before, "uid", row);
            rows.push(("uid".to_owned(), row.to_owned(), before.clone()));
        }
        assert_eq!(first_broken(b"key", &rows), None);
        rows.iter_mut().skip(1).take(1).for_each(|row| row.1 = "x".into());
        assert_eq!(first_broken(b"key", &rows), Some(1));
        assert_eq!(first_broken(b"other", &rows), Some(0));
    }

    #[test]
    fn a_month_is_a_calendar_month_in_tokyo() {
        // 2026-10-31 15:00 UTC is the first instant of November in Tokyo.
        assert_eq!(object_of("1", 1_793_458_800_000), "1/2026-11");
        assert_eq!(object_of("1", 1_793_458_799_999), "1/2026-10");
    }
}
