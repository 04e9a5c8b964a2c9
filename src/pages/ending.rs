//! Users of 管理コンソール whose login method ends.

use askama::Template;

use super::{Chrome, Word, console::contractor, links};

/// The users who log in with a linked service that ends, and have no other login method yet.
#[derive(Clone, Debug, Template)]
#[template(path = "ending.html")]
pub struct EndingUsers {
    /// The frame.
    pub chrome: Chrome,
    /// One row each.
    pub rows: Vec<EndingRow>,
    /// Whether this is not the first page.
    pub later: bool,
    /// The next page.
    pub next: Option<String>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndingRow {
    /// メールアドレス
    pub login: String,
    /// ログイン方法
    pub method: String,
    /// Its last day.
    pub ends: String,
    /// Whether that is over.
    pub over: bool,
}

impl EndingUsers {
    fn next_link(&self) -> Option<String> {
        self.next.as_ref().map(|cursor| links::with("/ending", &[("after", cursor)]))
    }

    /// Some, and none.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let row =
            |login: &str, over| EndingRow { login: word(login), method: word("d-account"), ends: "2027-01-31".into(), over };
        let page = |rows, next| Self { chrome: contractor(chrome, word), rows, later: false, next };
        let rows = vec![row("hanako@example.jp", false), row("jiro@example.jp", true)];
        vec![
            ("ending", page(rows.clone(), None)),
            ("ending-many", Self { later: true, ..page(rows, Some(word("c"))) }),
            ("ending-none", page(Vec::new(), None)),
        ]
    }
}
