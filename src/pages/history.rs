//! 操作履歴: the journal's rows as sentences, newest first, with filter and paging in the address; and the check of its chain.
//!
//! The page of the whole contract, of one user and of oneself differ only in whose rows they show ([`Scope`]).

use std::collections::BTreeMap;

use askama::Template;
use durable::rules::date::Zone;

use super::{Chrome, Nav, Plan, Stamp, Word, links};
use crate::texts::{Happenings, History as Words, Texts, Told, offset};

/// Whose rows a page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The contract's, with its number.
    Whole(String),
    /// A user's, for his administrator.
    User(String),
    /// One's own.
    Own,
}

impl Scope {
    /// The page's path.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Whole(_) | Self::Own => "/history".to_owned(),
            Self::User(login) => format!("{}/history", links::user(login)),
        }
    }
}

/// What the rows are filtered by, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Part of a login name.
    pub who: String,
    /// The code of an event; empty for all.
    pub code: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
}

impl Filter {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is wrong with the filter, beside its field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wrong {
    /// The first day is no day.
    pub from: bool,
    /// The last day is no day.
    pub to: bool,
    /// The last day lies before the first.
    pub turned: bool,
    /// So many rows at most go into a file, and these are more.
    pub too_many: Option<u64>,
}

impl Wrong {
    /// Whether anything is.
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

/// A row of the journal as it is stored, with its instants as people read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Stamp,
    /// When it happened last, of a row that sums several.
    pub last: Option<Stamp>,
    /// What.
    pub code: String,
    /// Who did it: a login name, `operator:NAME`, or empty.
    pub by: String,
    /// The login name of whom it was done to; empty for the contract itself.
    pub whom: String,
    /// From where; empty when that is not known or not his to know.
    pub address: String,
    /// Small values by key.
    pub detail: BTreeMap<String, String>,
}

/// The same in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Stamp,
    /// What, as a name for lists.
    pub label: String,
    /// What, as a sentence.
    pub sentence: String,
    /// Who.
    pub by: String,
    /// Whom.
    pub whom: String,
    /// What was changed, and from what to what.
    pub changes: Vec<String>,
    /// From where.
    pub address: String,
    /// With which browser.
    pub browser: String,
    /// In which session: the beginning of its hash.
    pub session: String,
}

impl Line {
    /// An event in words.
    #[must_use]
    pub fn of(event: &Event, brand: &str, texts: &'static Texts) -> Self {
        let t = &texts.history;
        let by = match event.by.strip_prefix("operator:") {
            Some(name) => (t.operator)(name.to_owned()),
            None if event.by.is_empty() => t.nobody.to_owned(),
            None => event.by.clone(),
        };
        let told = Told { by: &by, whom: &event.whom, detail: &event.detail };
        let (label, sentence) = match t.happenings.of(&event.code) {
            Some(happening) => (happening.label.to_owned(), (happening.sentence)(&told)),
            None => (event.code.clone(), event.code.clone()),
        };
        let detail = |key: &str| event.detail.get(key).cloned().unwrap_or_default();
        Self {
            at: event.at.clone(),
            label,
            sentence,
            whom: event.whom.clone(),
            changes: changes(event, brand, texts),
            address: event.address.clone(),
            browser: browser(&detail("browser")),
            session: detail("session"),
            by,
        }
    }

    /// Whether anything is known of where it came from.
    fn has_origin(&self) -> bool {
        [&self.address, &self.browser, &self.session].iter().any(|known| !known.is_empty())
    }

    /// Its cells in a file, in the order of [`headings`].
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        [
            self.at.0.as_str(),
            &self.label,
            &self.sentence,
            &self.by,
            &self.whom,
            &self.changes.join(" / "),
            &self.address,
            &self.browser,
            &self.session,
        ]
        .map(str::to_owned)
        .to_vec()
    }
}

/// The headings of a file.
#[must_use]
pub fn headings(texts: &'static Texts) -> Vec<String> {
    let t = &texts.history;
    [t.at, t.code, t.what, t.by, t.whom, t.detail, t.address, t.browser, t.session].map(str::to_owned).to_vec()
}

/// What an event says about before and after: `サービス解約日: - → 2027-03-31`.
fn changes(event: &Event, brand: &str, texts: &'static Texts) -> Vec<String> {
    let t = &texts.history;
    let contract = event.code.starts_with("contract-");
    let labels = [
        ("name", t.name),
        ("plan", if contract { t.contract_plan } else { t.plan }),
        ("trial_start", t.trial_start),
        ("start", t.start),
        ("end", t.end),
        ("role", t.role),
    ];
    let value = |key: &str, value: &str| match key {
        "plan" if !contract && !value.is_empty() => Plan::of(value).label(brand, &texts.users),
        "plan" | "role" => (t.value)(value).to_owned(),
        _ => value.to_owned(),
    };
    let changed = labels.iter().filter_map(|(key, label)| {
        let (before, after) = event.detail.get(*key)?.split_once(" → ")?;
        Some(format!("{label}: {} → {}", value(key, before), value(key, after)))
    });
    // What only looks as if it had changed says nothing: failures are forgotten without a lock too.
    let states = event.detail.get("before").zip(event.detail.get("after")).filter(|(before, after)| before != after);
    let plain = states.map(|(before, after)| format!("{} → {}", (t.value)(before), (t.value)(after)));
    let last = event.last.as_ref().map(|last| (t.last)(last.0.clone()));
    changed.chain(plain).chain(last).collect()
}

/// A browser's name for itself, in the words that people know: `Firefox (Windows)`; unknown ones as they say.
pub(super) fn browser(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let name = first(&[
        ("Edg/", "Edge"),
        ("EdgiOS/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (name, system) {
        (Some(name), Some(system)) => format!("{name} ({system})"),
        (Some(name), None) => name.to_owned(),
        _ => agent.chars().take(40).collect(),
    }
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "history.html")]
pub struct History {
    /// The frame.
    pub chrome: Chrome,
    /// Whose rows.
    pub scope: Scope,
    /// What they are filtered by.
    pub filter: Filter,
    /// What is wrong with that.
    pub wrong: Wrong,
    /// The rows of this page.
    pub lines: Vec<Line>,
    /// The cursor behind which newer rows lie; none: these are the newest.
    pub newer: Option<String>,
    /// The cursor behind which older rows lie; none: these are the oldest.
    pub older: Option<String>,
}

impl History {
    fn words(&self) -> &'static Words {
        &self.chrome.texts().history
    }

    fn lead(&self) -> String {
        let t = self.words();
        match &self.scope {
            Scope::Whole(_) => t.lead_whole.to_owned(),
            Scope::User(login) => (t.lead_user)(login.clone()),
            Scope::Own => t.lead_own.to_owned(),
        }
    }

    fn contract(&self) -> Option<String> {
        match &self.scope {
            Scope::Whole(contract) => Some((self.chrome.texts().users.contract)(contract.clone())),
            _ => None,
        }
    }

    /// The user whose page this belongs to.
    fn user(&self) -> Option<&str> {
        match &self.scope {
            Scope::User(login) => Some(login),
            _ => None,
        }
    }

    /// Whether rows can be about several people.
    fn is_whole(&self) -> bool {
        matches!(self.scope, Scope::Whole(_))
    }

    /// The codes with their names, for the filter.
    fn codes(&self) -> Vec<(&'static str, &'static str)> {
        let named = |code: &&'static str| Some((*code, self.words().happenings.of(code)?.label));
        let own = |code: &&&'static str| Happenings::has(code, self.chrome.storage);
        Happenings::CODES.iter().filter(own).filter_map(named).collect()
    }

    /// This page with the same filter and one more parameter.
    fn link(&self, name: &str, value: &str) -> String {
        let filter = &self.filter;
        let parameters =
            [("who", filter.who.as_str()), ("code", &filter.code), ("from", &filter.from), ("to", &filter.to), (name, value)];
        links::with(&self.scope.path(), &parameters)
    }

    fn newer_link(&self) -> Option<String> {
        self.newer.as_ref().map(|cursor| self.link("newer", cursor))
    }

    fn older_link(&self) -> Option<String> {
        self.older.as_ref().map(|cursor| self.link("older", cursor))
    }

    /// In which zone days are counted.
    fn days_hint(&self) -> String {
        match self.chrome.zone {
            Zone::TOKYO => self.words().days_hint.to_owned(),
            zone => (self.words().days_hint_of)(offset(zone.offset_min)),
        }
    }

    fn error_of_from(&self) -> &'static str {
        if self.wrong.from { self.words().no_day } else { "" }
    }

    fn error_of_to(&self) -> &'static str {
        match self.wrong {
            Wrong { to: true, .. } => self.words().no_day,
            Wrong { turned: true, .. } => self.words().turned,
            _ => "",
        }
    }

    fn too_many(&self) -> Option<String> {
        self.wrong.too_many.map(|most| (self.words().csv_too_many)(most))
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let texts = chrome.texts();
        let own = |event: &&Event| Happenings::has(&event.code, chrome.storage);
        let all: Vec<Line> =
            sample_events(word).iter().filter(own).map(|event| Line::of(event, &chrome.brand.name, texts)).collect();
        // A page has thirty rows, as the served ones have.
        let page = |number: usize| all.chunks(30).nth(number).unwrap_or_default().to_vec();
        let lines = page(0);
        let whole = Self {
            chrome: chrome.on(Nav::History),
            scope: Scope::Whole(word("123456789")),
            filter: Filter::default(),
            wrong: Wrong::default(),
            lines: lines.clone(),
            newer: None,
            older: Some(word("1795305600000.1")),
        };
        let filter = Filter { who: word("cwtest"), code: "locked".into(), from: word("2026-11-01"), to: word("2026-10-01") };
        let own = Some(super::Who { login: word("cwtest.00001"), kind: super::Kind::User { expiry: None } });
        let user = Self { chrome: chrome.on(Nav::Users), scope: Scope::User(word("cwtest.00001")), ..whole.clone() };
        vec![
            ("history", whole.clone()),
            ("history-second", Self { lines: page(1), ..whole.clone() }),
            ("history-third", Self { lines: page(2), ..whole.clone() }),
            ("history-user", Self { newer: Some(word("c")), lines: lines.iter().take(3).cloned().collect(), ..user }),
            (
                "history-own",
                Self {
                    chrome: Chrome { who: own, ..whole.chrome.clone() },
                    scope: Scope::Own,
                    lines: lines.into_iter().take(4).collect(),
                    older: None,
                    ..whole.clone()
                },
            ),
            ("history-nothing-found", Self { filter: filter.clone(), lines: vec![], older: None, ..whole.clone() }),
            (
                "history-wrong",
                Self {
                    filter,
                    wrong: Wrong { from: true, to: false, turned: true, too_many: Some(10_000) },
                    lines: vec![],
                    older: None,
                    ..whole.clone()
                },
            ),
            ("history-none", Self { lines: vec![], older: None, ..whole }),
        ]
    }
}

/// An event of every code, and one of newer code.
pub(super) fn sample_events(word: Word) -> Vec<Event> {
    let codes = Happenings::CODES.iter().copied().chain(["code-of-tomorrow"]);
    let detail = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), word(value))).collect();
    let event = |code: &str| {
        let plain = Event {
            at: Stamp(word("2026-11-22 09:00:00 +0900")),
            last: None,
            code: code.to_owned(),
            by: word("admin.00001"),
            whom: word("cwtest.00001"),
            address: word("192.0.2.1"),
            detail: BTreeMap::new(),
        };
        match code {
            "signed-in" => Event {
                by: word("cwtest.00001"),
                detail: detail(&[
                    ("session", "q3Zx81aB"),
                    ("browser", "Mozilla/5.0 (Windows NT 10.0) Chrome/149.0 Safari/537.36"),
                ]),
                ..plain
            },
            "sign-in-failed" | "device-sign-in-failed" => Event {
                last: Some(Stamp(word("2026-11-22 09:00:58 +0900"))),
                detail: [("times".to_owned(), "5".to_owned())].into(),
                ..plain
            },
            "sign-in-refused" => Event { detail: detail(&[("times", "3"), ("why", "line")]), ..plain },
            "account-updated" => Event {
                by: word("operator:tests"),
                detail: detail(&[("end", "- → 2027-03-31"), ("plan", "coconowork → coconowork-self")]),
                ..plain
            },
            "contract-updated" => Event { whom: String::new(), detail: detail(&[("plan", "basic → trial")]), ..plain },
            "device-reset" => Event { detail: detail(&[("phone", "iPhone16,1")]), ..plain },
            "cut-answered" => Event { detail: detail(&[("closed", "viewer 80"), ("unanswered", "client")]), ..plain },
            "unlocked" => Event { address: String::new(), detail: detail(&[("before", "locked"), ("after", "open")]), ..plain },
            code if code.starts_with("device-") || code == "disconnected" => {
                let end = if code == "device-signed-in" { "client" } else { "viewer" };
                Event { detail: [("end".to_owned(), end.to_owned()), ("name".to_owned(), word("iPhone16,1"))].into(), ..plain }
            }
            _ => plain,
        }
    };
    codes.map(event).collect()
}

/// What the check of the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing was checked yet.
    Nothing,
    /// All rows are as they were written.
    Fine {
        /// How many.
        rows: u64,
    },
    /// So far they are; there are more.
    SoFar {
        /// How many.
        rows: u64,
    },
    /// The first row that is not as it was written.
    Broken {
        /// `2026-11`
        month: String,
        /// Its number in the month.
        row: u64,
        /// The instant that it claims.
        at: Option<Stamp>,
    },
    /// A month ends before a row that the next one knows of.
    Cut {
        /// `2026-11`
        month: String,
        /// That row's number.
        row: u64,
    },
    /// A row of an account never arrived.
    Gap {
        /// `2026-11`
        month: String,
        /// The account's login name.
        login: String,
        /// Its number within the account.
        number: u64,
    },
}

/// Where a check goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `2026-11`
    pub month: String,
    /// Behind this row.
    pub row: u64,
    /// Rows that were found to be as written before.
    pub rows: u64,
}

/// The check's page.
#[derive(Clone, Debug, Template)]
#[template(path = "history_check.html")]
pub struct HistoryCheck {
    /// The frame.
    pub chrome: Chrome,
    /// What was found.
    pub found: Found,
    /// Where it goes on; none: there is nothing behind.
    pub place: Option<Place>,
}

impl HistoryCheck {
    fn words(&self) -> &'static crate::texts::HistoryCheck {
        &self.chrome.texts().history.check
    }

    /// The result: its class, its sentence and the facts; none before a check.
    fn result(&self) -> Option<(&'static str, &'static str, Vec<String>)> {
        let t = self.words();
        Some(match &self.found {
            Found::Nothing => return None,
            Found::Fine { rows } => ("done", t.fine, vec![(t.fine_rows)(*rows)]),
            Found::SoFar { rows } => ("info", t.so_far, vec![(t.so_far_rows)(*rows)]),
            Found::Broken { month, row, at } => {
                let at = at.as_ref().map(|at| (t.broken_at)(at.0.clone()));
                let facts = [Some((t.broken_row)(month.clone(), *row)), at, Some(t.todo.to_owned())];
                ("error", t.broken, facts.into_iter().flatten().collect())
            }
            Found::Cut { month, row } => ("error", t.cut, vec![(t.cut_row)(month.clone(), *row), t.todo.to_owned()]),
            Found::Gap { month, login, number } => {
                ("error", t.gap, vec![(t.gap_row)(month.clone(), login.clone(), *number), t.todo.to_owned()])
            }
        })
    }

    fn button(&self) -> &'static str {
        match (&self.found, &self.place) {
            (Found::Nothing, _) => self.words().submit,
            (_, Some(_)) => self.words().go_on,
            (_, None) => self.words().again,
        }
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |found, place| Self { chrome: chrome.on(Nav::History), found, place };
        let month = || word("2026-11");
        let place = || Some(Place { month: word("2026-11"), row: 2_000, rows: 14_000 });
        let at = Some(Stamp(word("2026-11-22 09:00:00 +0900")));
        vec![
            ("history-check", page(Found::Nothing, None)),
            ("history-check-fine", page(Found::Fine { rows: 12_345 }, None)),
            ("history-check-so-far", page(Found::SoFar { rows: 14_000 }, place())),
            ("history-check-broken", page(Found::Broken { month: month(), row: 1_234, at }, None)),
            ("history-check-cut", page(Found::Cut { month: month(), row: 7 }, place())),
            ("history-check-gap", page(Found::Gap { month: month(), login: word("cwtest.00001"), number: 3 }, None)),
        ]
    }
}
