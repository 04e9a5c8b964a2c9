//! 一般ユーザ一覧: the users of an administrator's contract (CW-040 to CW-045), 50 rows a page.
//!
//! Search, order and page live in the address, so that every state of the list can be linked, reloaded and reached without
//! JavaScript.
//!
//! [`UsersLive`] is the part that follows the contract: a page that watches fetches it alone (header `X-Live`), at its own address,
//! and changes the rows that differ.

use core::ops::Deref;

use askama::Template;
use durable::rules::access::Role;

use super::{
    Chrome, Nav, Plan, State, Watch, Word,
    console::{contractor, role},
    links,
};

/// The columns, all of which sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// ユーザ名
    #[default]
    Login,
    /// タイプ
    Type,
    /// サービス提供開始日
    Start,
    /// サービス解約日
    End,
}

impl Sort {
    /// Every column, from left to right.
    pub const ALL: [Self; 4] = [Self::Login, Self::Type, Self::Start, Self::End];

    /// Its code in the address.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Type => "type",
            Self::Start => "start",
            Self::End => "end",
        }
    }

    /// The column of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code() == code)
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// ユーザ名
    pub login: String,
    /// タイプ
    pub plan: Plan,
    /// サービス提供開始日, `YYYY-MM-DD`.
    pub start: String,
    /// サービス解約日, `YYYY-MM-DD`; none: no end is planned.
    pub end: Option<String>,
    /// States in the order in which they show.
    pub states: Vec<State>,
    /// The person's name and role, where users are known by these; their type then stands nowhere.
    pub person: Option<(String, Role)>,
}

/// Which part of the whole the page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Number of the first row, from 1.
    pub first: u64,
    /// Number of the last row.
    pub last: u64,
}

/// The list.
#[derive(Clone, Debug, Template)]
#[template(path = "users.html")]
pub struct Users {
    /// The frame.
    pub chrome: Chrome,
    /// The administrator's login name.
    pub administrator: String,
    /// 契約ID
    pub contract: String,
    /// 契約ユーザ数: all users of the contract, whatever is searched.
    pub total: u64,
    /// What is searched, as typed; empty: nothing.
    pub query: String,
    /// How many users the search found; none: not counted.
    pub found: Option<u64>,
    /// The column it is sorted by.
    pub sort: Sort,
    /// Whether it is sorted downwards.
    pub descending: bool,
    /// The rows of this page.
    pub rows: Vec<UserRow>,
    /// Their place in the whole, if it is known.
    pub range: Option<Range>,
    /// The cursor `before` which the previous page lies; none: this is the first page.
    pub previous: Option<String>,
    /// The cursor `after` which the next page lies; none: this is the last page.
    pub next: Option<String>,
    /// How the page stays current; none: by reload.
    pub watch: Option<Watch>,
    /// Whether this service hands its accounts over on a sheet.
    pub sheet: bool,
    /// Users who are locked out; none: nobody is unlocked here.
    pub locked: Option<u32>,
    /// Users whose client waits with the previous password; none: there are no clients here.
    pub previous_waiting: Option<u32>,
    /// Invitations that wait, where users are invited: this is then the list of 管理コンソール.
    pub invited: Option<u32>,
    /// Users whose login method ends.
    pub ending: u32,
}

/// The part of the list that follows the contract, an answer of its own.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "users.html", block = "live")]
pub struct UsersLive<'a>(pub &'a Users);

impl Deref for UsersLive<'_> {
    type Target = Users;

    fn deref(&self) -> &Users {
        self.0
    }
}

/// A column's heading.
struct Column {
    label: &'static str,
    href: String,
    /// `ascending`, `descending`, or empty when the list is sorted by another column.
    sorted: &'static str,
}

/// Words of a list.
struct Words {
    title: &'static str,
    lead: Vec<String>,
    total: String,
    search_label: &'static str,
    none: &'static str,
    none_hint: &'static str,
    nothing_found_hint: &'static str,
}

impl UserRow {
    /// What the row is known by: the person's name, or else the login name.
    fn title(&self) -> &str {
        match &self.person {
            Some((name, _)) if !name.is_empty() => name,
            _ => &self.login,
        }
    }
}

impl Users {
    fn columns(&self) -> Vec<Column> {
        let t = &self.chrome.texts().users;
        let column = |sort: Sort, label| {
            let current = sort == self.sort;
            Column {
                label,
                href: self.link(sort, current && !self.descending, ("", "")),
                sorted: match (current, self.descending) {
                    (false, _) => "",
                    (true, false) => "ascending",
                    (true, true) => "descending",
                },
            }
        };
        let (start, end) = (column(Sort::Start, t.start), column(Sort::End, t.end));
        if self.invited.is_none() {
            return vec![column(Sort::Login, t.login), column(Sort::Type, t.plan), start, end];
        }
        let c = &self.chrome.texts().console;
        let plain = |label| Column { label, href: String::new(), sorted: "" };
        vec![plain(c.name), column(Sort::Login, c.address), plain(c.role), start, end]
    }

    /// Whether the list is a contractor's.
    fn is_contractors(&self) -> bool {
        self.chrome.who.as_ref().is_some_and(|who| who.kind == super::Kind::Contractor)
    }

    /// What differs in words between a list of accounts and one of invited users.
    fn words(&self) -> Words {
        let (t, c) = (&self.chrome.texts().users, &self.chrome.texts().console);
        match self.invited {
            Some(_) => Words {
                title: c.users,
                lead: vec![c.lead.to_owned()],
                total: (c.total)(self.total),
                search_label: c.search_label,
                none: c.none,
                none_hint: c.none_hint,
                nothing_found_hint: c.nothing_found_hint,
            },
            None => Words {
                title: t.title,
                lead: vec![(t.belongs)(self.administrator.clone()), t.click.to_owned()],
                total: (t.total)(self.total),
                search_label: t.search_label,
                none: t.none,
                none_hint: t.none_hint,
                nothing_found_hint: t.nothing_found_hint,
            },
        }
    }

    /// The list in another order or at another page, with the same search; the default order needs no parameter.
    fn link(&self, sort: Sort, descending: bool, cursor: (&str, &str)) -> String {
        let plain = sort == Sort::Login && !descending;
        links::users(&[
            ("q", &self.query),
            ("sort", if plain { "" } else { sort.code() }),
            ("order", if descending { "desc" } else { "" }),
            cursor,
        ])
    }

    fn previous_link(&self) -> Option<String> {
        self.previous.as_ref().map(|cursor| self.link(self.sort, self.descending, ("before", cursor)))
    }

    fn next_link(&self) -> Option<String> {
        self.next.as_ref().map(|cursor| self.link(self.sort, self.descending, ("after", cursor)))
    }

    /// What is there to see: another shape is another page, not a row that changed.
    fn shape(&self) -> &'static str {
        match (self.total, self.rows.is_empty()) {
            (0, _) => "none",
            (_, true) => "nothing-found",
            (_, false) => "rows",
        }
    }

    /// This page's own address.
    fn here(&self) -> String {
        self.link(self.sort, self.descending, ("", ""))
    }

    /// The login page, which leads back here.
    fn sign_in_link(&self) -> String {
        format!("/login?next={}", links::encoded(&self.here()))
    }

    /// What the search found; empty when nothing was counted.
    fn found_text(&self) -> String {
        self.found.map_or_else(String::new, |count| (self.chrome.texts().users.found)(self.query.clone(), count))
    }

    fn range_text(&self) -> Option<String> {
        let of = if self.query.is_empty() { Some(self.total) } else { self.found };
        self.range.map(|range| (self.chrome.texts().users.range)(range.first, range.last, of))
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |total, rows: Vec<UserRow>| Self {
            chrome: chrome.on(Nav::Users),
            administrator: word("admin.00001"),
            contract: word("123456789"),
            total,
            query: String::new(),
            found: None,
            sort: Sort::Login,
            descending: false,
            range: u64::try_from(rows.len()).ok().filter(|&last| last > 0).map(|last| Range { first: 1, last }),
            rows,
            previous: None,
            next: None,
            watch: Some(Watch { url: "/live/users".to_owned(), ticket: word("ticket"), id: word("watcher") }),
            sheet: true,
            locked: Some(0),
            previous_waiting: Some(0),
            invited: None,
            ending: 0,
        };
        let some = |numbers: std::ops::RangeInclusive<u32>| numbers.map(|number| sample_row(number, word)).collect();
        vec![
            ("users", Self { locked: Some(1), previous_waiting: Some(3), ..page(2, some(1..=2)) }),
            (
                "users-many",
                Self {
                    range: Some(Range { first: 51, last: 100 }),
                    previous: Some(word("c1")),
                    next: Some(word("c2")),
                    sort: Sort::Start,
                    descending: true,
                    ..page(100_000, some(1..=50))
                },
            ),
            ("users-found", Self { query: word("0000"), found: Some(7), ..page(300, some(1..=7)) }),
            ("users-nothing-found", Self { query: word("suzuki"), found: Some(0), ..page(300, vec![]) }),
            ("users-none", page(0, vec![])),
            ("members", Self { chrome: contractor(chrome, word), ..console(page(5, members(word))) }),
            ("members-nothing-found", console(Self { query: word("x"), found: Some(0), ..page(300, vec![]) })),
            ("members-none", console(page(0, vec![]))),
        ]
    }
}

/// The list as 管理コンソール has it.
fn console(list: Users) -> Users {
    Users { sheet: false, locked: None, invited: Some(2), ending: 3, ..list }
}

/// Rows of 管理コンソール, one of each kind.
fn members(word: Word) -> Vec<UserRow> {
    [
        ("鈴木 花子", "hanako@example.jp", Role::User, None),
        ("佐藤 次郎", "jiro.sato.of.the.very.long.department@section.branch.example.co.jp", Role::Manager, None),
        ("", "saburo@example.jp", Role::User, Some(State::Invited)),
        ("田中 四郎", "shiro@example.jp", Role::User, Some(State::Expired)),
        ("伊藤 五月", "satsuki@example.jp", Role::User, Some(State::Locked)),
    ]
    .into_iter()
    .map(|(name, login, role, state)| UserRow {
        person: Some((
            if name.is_empty() { String::new() } else { word(if name == "鈴木 花子" { "Hanako" } else { "Name" }) },
            role,
        )),
        states: state.into_iter().collect(),
        login: word(login),
        ..sample_row(1, word)
    })
    .collect()
}

/// A row of the samples; the number decides its states.
fn sample_row(number: u32, word: Word) -> UserRow {
    UserRow {
        login: word(&format!("cwtest.{number:05}")),
        plan: if number % 4 == 2 { Plan::Own } else { Plan::Standard },
        start: "2022-12-01".to_owned(),
        end: number.is_multiple_of(5).then(|| word("2027-03-31")),
        states: [(1, State::Connected), (3, State::Locked), (4, State::Prohibited), (6, State::Temporary)]
            .into_iter()
            .filter_map(|(rest, state)| (number % 7 == rest).then_some(state))
            .chain((number % 7 == 6).then_some(State::Connected))
            .collect(),
        person: None,
    }
}
