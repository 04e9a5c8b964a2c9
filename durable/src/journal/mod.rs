//! The journal of a contract, one object a calendar month: who did what to whom. Rows come from the Accounts' outboxes, each
//! with the account's own sequence number, so a row that is delivered twice stands once; each carries a MAC over the one
//! before, so that nobody who can write the rows can change one unseen ([`chain`]).
//!
//! A month opens with a row of its own that names the object and where the month before stood ([`Event`] `month-opened`); it
//! is taken before any other row, so two months are always linked. Failures that repeat are summed before they come here
//! ([`sum`]).

pub mod chain;
pub mod sum;

use serde::{Deserialize, Serialize};

use crate::{
    Millis,
    ask::commands,
    effect::Event,
    profile::{self, Service},
    refusal::Refusal,
    rules::{
        access::{self, Act, Actor, Role, Subject},
        date::{Day, Zone, stamp},
    },
};

/// How long rows are kept: a month goes as a whole when its last day is this old.
pub const KEPT: Millis = 400 * 24 * 60 * 60 * 1000;
/// Calendar months that can hold kept rows: the one of today and those of the 400 days before.
pub const MONTHS: usize = 15;
/// Rows that one [`Check`] verifies.
pub const CHECKED: u32 = 2_000;
/// Most rows that one [`Read`] answers.
pub const READ: u32 = 1_000;
/// A number missing in an account's rows is on its way for this long: failures are summed, and a delivery is tried again.
pub const UNDER_WAY: Millis = 2 * 60 * 60 * 1000;
/// The code of the row that opens a month. It is no event of the contract and is not shown.
pub const OPENED: &str = "month-opened";
/// The code under which a row is shown that does not read as one.
pub const UNREADABLE: &str = "unreadable";

commands! {
    /// Everything that can be asked of a Journal.
    Command {
        /// An Account, or the Worker for the operator's looks, hands over rows.
        Append -> Appended,
        /// How far the chain goes.
        Peek -> Peeked,
        /// 操作履歴: a page of rows.
        Read -> Vec<Line>,
        /// Verifies a part of the chain.
        Check -> Checked,
    }
}

/// Rows of one account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Append {
    /// The account; empty for what is done to the contract itself.
    pub uid: String,
    /// Its login name, for reading.
    pub login: String,
    /// The rows, oldest first.
    pub rows: Vec<Numbered>,
    /// For a month that is not open yet: its first row ([`opening`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Event>,
}

/// An event with its number within its account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// Counts the events of the account, from 1; a gap is a row that was lost. 0: the row does not come from an Account.
    pub sequence: u64,
    /// What happened.
    pub event: Event,
}

/// Whether the rows were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appended {
    /// False: the month is not open yet, and nothing was written. Ask again with the opening row.
    pub taken: bool,
}

/// How far does the chain go?
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Peek {
    /// The row whose MAC is wanted; the last one when `None`.
    pub row: Option<u64>,
}

/// Where a chain stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peeked {
    /// How many rows there are; 0 for a month without any.
    pub rows: u64,
    /// The MAC of the row that was asked for; empty when there is none.
    pub mac: String,
}

/// A row as it is stored and chained: all of it is under the MAC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The account; empty for what was done to the contract itself.
    pub uid: String,
    /// Its login name at that time.
    pub login: String,
    /// Number within the account.
    pub sequence: u64,
    /// What happened.
    pub event: Event,
}

/// A row with its place in the month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number within the month, from 1.
    pub id: u64,
    /// The row.
    pub row: Row,
}

/// A page of rows, the newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Read {
    /// Who looks.
    pub actor: Actor,
    /// The service that he is logged in to.
    pub service: Service,
    /// The account the rows have to be about; all of the contract's when `None`.
    pub about: Option<String>,
    /// Part of the login name of who did it or whom it was done to, folded; empty for all.
    pub who: String,
    /// What happened; empty for all.
    pub code: String,
    /// Not before this instant.
    pub from: Millis,
    /// Before this instant.
    pub until: Millis,
    /// The place beside which the page lies: instant and number of a row.
    pub place: Option<(Millis, u64)>,
    /// Whether the rows are wanted that are newer than the place; they come oldest first then.
    pub newer: bool,
    /// At most so many, and no more than [`READ`].
    pub limit: u32,
}

/// Verifies rows of this month, at most [`CHECKED`] of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    /// Who asks.
    pub actor: Actor,
    /// The service that he is logged in to.
    pub service: Service,
    /// The object's own name ([`object_of`]), which its first row has to carry.
    pub object: String,
    /// The rows up to this number were verified before.
    pub after: u64,
}

/// What a part of the chain was found to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// How many rows there have to be.
    pub rows: u64,
    /// The last row that was verified.
    pub upto: u64,
    /// The first row that is not as it was written: its number, and the instant that it claims.
    pub broken: Option<(u64, Millis)>,
    /// The first number missing in an account's rows, with that account's login name; looked for with the last part.
    pub gap: Option<(String, u64)>,
    /// Where the month before stood when this one was opened: its object, its rows and the MAC of the last one.
    pub link: Option<(String, u64, String)>,
}

/// The object that holds the rows of a contract at an instant: one a calendar month in Tokyo.
#[must_use]
pub fn object_of(contract: &str, at: Millis) -> String {
    let stamp = stamp(at, Zone::TOKYO);
    let month = stamp.get(..7).unwrap_or_default();
    format!("{contract}/{month}")
}

/// Contract and month of an object's name.
fn parts(object: &str) -> Option<(&str, Day)> {
    let (contract, month) = object.split_once('/')?;
    Some((contract, Day::parse(&format!("{month}-01"))?))
}

/// The first instant of the object's month.
#[must_use]
pub fn begins(object: &str) -> Option<Millis> {
    parts(object).map(|(_, first)| first.start(Zone::TOKYO))
}

/// The first instant behind the object's month.
#[must_use]
pub fn ends(object: &str) -> Option<Millis> {
    // 31 days behind the first of a month always lie in the next one.
    let (contract, first) = parts(object)?;
    begins(&object_of(contract, first.start(Zone::TOKYO).saturating_add(MONTH)))
}

/// 31 days.
const MONTH: Millis = 31 * 24 * 60 * 60 * 1000;

/// The object of the month before.
#[must_use]
pub fn before(object: &str) -> Option<String> {
    let (contract, first) = parts(object)?;
    Some(object_of(contract, first.start(Zone::TOKYO).saturating_sub(1)))
}

/// When the object's rows go.
#[must_use]
pub fn goes(object: &str) -> Option<Millis> {
    ends(object).map(|end| end.saturating_add(KEPT))
}

/// The objects that can hold rows of a contract now, the newest first.
#[must_use]
pub fn kept(contract: &str, now: Millis) -> Vec<String> {
    let newest = Some(object_of(contract, now));
    let kept = |object: &String| goes(object).is_some_and(|at| at > now);
    std::iter::successors(newest, |object| before(object)).take(MONTHS).take_while(kept).collect()
}

/// The row that opens a month: which object it is, and where the last month before it stood, if there was one.
#[must_use]
pub fn opening(object: &str, at: Millis, last: Option<(&str, &Peeked)>) -> Event {
    let event = Event::new(OPENED, at, "").with("object", object);
    match last {
        Some((before, peeked)) => event.with("before", before).with("rows", peeked.rows.to_string()).with("mac", &peeked.mac),
        None => event,
    }
}

/// What an opening row says about the month before it; `None` when nothing was before it.
#[must_use]
pub fn linked(opening: &Event) -> Option<(String, u64, String)> {
    let detail = |key: &str| opening.detail.get(key);
    Some((detail("before")?.clone(), detail("rows")?.parse().ok()?, detail("mac")?.clone()))
}

/// Whether `actor` may read the rows: those about himself, or all of his contract's. The caller asks the object of the actor's
/// own contract, so that there is no other one to read.
///
/// # Errors
/// [`Refusal::NotFound`] when he may not.
pub fn may_read(service: Service, actor: &Actor, about: Option<&str>) -> Result<(), Refusal> {
    let own = about == Some(actor.uid.as_str());
    let (uid, role, act) = if own { (actor.uid.as_str(), actor.role, Act::OwnPage) } else { ("", Role::User, Act::ReadHistory) };
    let subject = Subject { uid, contract: &actor.contract, role };
    access::decide(profile::of(service), actor, &subject, act).map_err(|_| Refusal::NotFound)
}

/// A stored text as a row; what does not read as one is shown as such, so that a damaged row hides no other.
#[must_use]
pub fn read(json: &str, at: Millis) -> Row {
    crate::json::read(json).unwrap_or_else(|_| Row {
        uid: String::new(),
        login: String::new(),
        sequence: 0,
        event: Event::new(UNREADABLE, at, ""),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_month_is_a_calendar_month_in_tokyo() {
        // 2026-10-31 15:00 UTC is the first instant of November in Tokyo.
        assert_eq!(object_of("1", 1_793_458_800_000), "1/2026-11");
        assert_eq!(object_of("1", 1_793_458_799_999), "1/2026-10");
        assert_eq!(begins("1/2026-11"), Some(1_793_458_800_000));
        assert_eq!(ends("1/2026-10"), Some(1_793_458_800_000));
        assert_eq!(before("1/2026-01").as_deref(), Some("1/2025-12"));
        assert_eq!((begins("1/2026-13"), before("1"), ends("")), (None, None, None));
    }

    #[test]
    fn what_an_opening_row_says_reads_back() {
        let peeked = Peeked { rows: 7, mac: "mac".into() };
        let first = opening("1/2026-11", 5, None);
        assert_eq!(linked(&first), None);
        let next = opening("1/2026-12", 5, Some(("1/2026-11", &peeked)));
        assert_eq!(linked(&next), Some(("1/2026-11".into(), 7, "mac".into())));
        assert_eq!(next.detail.get("object").map(String::as_str), Some("1/2026-12"));
    }

    proptest! {
        #[test]
        fn rows_are_kept_400_days_and_their_month_goes_soon_after(now in 0..4_000_000_000_000_i64) {
            let all = kept("c-1", now);
            prop_assert!((14..=MONTHS).contains(&all.len()));
            let object = object_of("c-1", now.saturating_sub(KEPT));
            prop_assert!(all.contains(&object), "a row of 400 days ago is kept");
            let oldest = before(all.last().unwrap()).unwrap();
            prop_assert!(goes(&oldest).unwrap() <= now, "and no older month is");
        }

        #[test]
        fn months_follow_each_other(at in 0..4_000_000_000_000_i64) {
            let object = object_of("1", at);
            prop_assert!(begins(&object).unwrap() <= at && at < ends(&object).unwrap());
            prop_assert_eq!(ends(&before(&object).unwrap()), begins(&object));
        }
    }
}
