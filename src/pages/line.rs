//! 回線認証 (ST-060 to ST-069): its page in the console, the error page of a line host, 回線情報通知設定画面, and who can log in from where.
//! アクセス経路設定 itself is a form of the menu ([`super::MenuForm`]).

use askama::Template;
use durable::rules::access::Role;

use super::{
    Chrome, Stamp, Word,
    console::{contractor, role},
};

/// 回線認証 of the console.
#[derive(Clone, Debug, Template)]
#[template(path = "lines.html")]
pub struct Lines {
    /// The frame.
    pub chrome: Chrome,
    /// Each registered number, and when somebody logged in over it last.
    pub numbers: Vec<(String, Option<Stamp>)>,
    /// What stands in the field: the numbers, or what was typed.
    pub typed: String,
    /// What is wrong with it.
    pub errors: Vec<String>,
    /// What was just done.
    pub done: Option<&'static str>,
    /// Whether アクセス経路設定 is 回線認証のみ.
    pub only: bool,
    /// When that rolls back, and whether it can be kept from here.
    pub until: Option<(Stamp, bool)>,
    /// Whether it has to be confirmed.
    pub countdown: bool,
    /// The login page for lines.
    pub address: Option<String>,
}

impl Lines {
    fn path(&self) -> &'static str {
        let t = &self.chrome.texts().line;
        if self.only { t.only } else { t.both }
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let t = &chrome.texts().line;
        let at = |text: &str| Stamp(text.to_owned());
        let page = Self {
            chrome: contractor(chrome, word),
            numbers: vec![("CAF0123456789".into(), Some(at("2026-11-22 09:00:00 +0900"))), ("COP01234567".into(), None)],
            typed: "CAF0123456789\nCOP01234567".into(),
            errors: Vec::new(),
            done: None,
            only: false,
            until: None,
            countdown: false,
            address: Some("https://line.worksdrive.example/login".into()),
        };
        let waits = Self { only: true, countdown: true, until: Some((at("2026-11-22 09:10:00 +0900"), true)), ..page.clone() };
        vec![
            ("lines-empty", Self { numbers: Vec::new(), typed: String::new(), address: None, ..page.clone() }),
            ("lines-wrong", Self { typed: word("CAF1"), errors: vec![(t.numbers_wrong)(word("CAF1"))], ..page.clone() }),
            ("lines-elsewhere", Self { until: Some((at("2026-11-22 09:10:00 +0900"), false)), ..waits.clone() }),
            ("lines-keep", waits),
            ("lines-saved", Self { done: Some(t.saved), ..page.clone() }),
            ("lines", page),
        ]
    }
}

/// 回線認証エラー (ST-062)
#[derive(Clone, Debug, Template)]
#[template(path = "line_error.html")]
pub struct LineError {
    /// The frame.
    pub chrome: Chrome,
    /// The number of the line; empty: it is not known.
    pub number: String,
}

impl LineError {
    /// Both, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let chrome = Chrome { who: None, nav: None, notice: None, line: true, ..chrome.clone() };
        vec![
            ("line-error", Self { chrome: chrome.clone(), number: "CAF0123456789".into() }),
            ("line-error-unknown", Self { chrome, number: String::new() }),
        ]
    }
}

/// 回線情報通知設定画面 (ST-063)
#[derive(Clone, Debug, Template)]
#[template(path = "line_notice.html")]
pub struct LineNotice {
    /// The frame.
    pub chrome: Chrome,
    /// Where to go on to.
    pub next: String,
    /// Whether 「通知する」 was not chosen.
    pub unticked: bool,
}

impl LineNotice {
    /// Both, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |unticked| Self { chrome: Chrome { nav: None, ..contractor(chrome, word) }, next: word("/"), unticked };
        vec![("line-notice", page(false)), ("line-notice-unticked", page(true))]
    }
}

/// どこからログインできるか
#[derive(Clone, Debug, Template)]
#[template(path = "doors.html")]
pub struct Doors {
    /// The frame.
    pub chrome: Chrome,
    /// Whether アクセス経路設定 is 回線認証のみ.
    pub only: bool,
    /// How many lines are registered.
    pub lines: usize,
    /// Who can.
    pub rows: Vec<DoorRow>,
    /// The first page, if this is not it.
    pub first: bool,
    /// The next page.
    pub next: Option<String>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct DoorRow {
    /// 氏名
    pub name: String,
    /// メールアドレス
    pub login: String,
    /// 権限
    pub role: Role,
    /// ログイン方法
    pub method: DoorMethod,
    /// From where.
    pub from: Vec<Door>,
}

/// What somebody logs in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoorMethod {
    /// Nothing yet: invited.
    None,
    /// メールアドレス・パスワード
    Password,
    /// An account of this label.
    Linked(String),
}

/// From where a login can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// インターネット
    Internet,
    /// 回線認証
    Line,
    /// インターネット, to the menu only.
    Menu,
}

impl Doors {
    fn path(&self) -> &'static str {
        let t = &self.chrome.texts().line;
        if self.only { t.only } else { t.both }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the template engine hands over references")]
    fn word(&self, door: &Door) -> &'static str {
        let t = &self.chrome.texts().line;
        match door {
            Door::Internet => t.door_internet,
            Door::Line => t.door_line,
            Door::Menu => t.door_menu,
        }
    }

    fn method(&self, method: &DoorMethod) -> String {
        let t = self.chrome.texts();
        match method {
            DoorMethod::None => "-".to_owned(),
            DoorMethod::Password => t.menu.method_password.to_owned(),
            DoorMethod::Linked(label) => (t.federation.label)(label.clone()),
        }
    }

    /// Both settings, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let row = |name: &str, role, method, from: &[Door]| DoorRow {
            name: word(name),
            login: word("hanako@example.jp"),
            role,
            method,
            from: from.to_vec(),
        };
        let google = || DoorMethod::Linked(word("Googleアカウント"));
        let page = |only, rows| Self { chrome: contractor(chrome, word), only, lines: 2, rows, first: only, next: None };
        vec![
            (
                "doors",
                Self {
                    next: Some("/lines/doors?after=a".into()),
                    ..page(
                        false,
                        vec![
                            row("Taro Yamada", Role::Administrator, DoorMethod::Password, &[Door::Internet, Door::Line]),
                            row("Hanako Suzuki", Role::User, DoorMethod::None, &[]),
                        ],
                    )
                },
            ),
            (
                "doors-only",
                page(
                    true,
                    vec![
                        row("Taro Yamada", Role::Administrator, DoorMethod::Password, &[Door::Line, Door::Menu]),
                        row("Hanako Suzuki", Role::Manager, google(), &[Door::Line]),
                    ],
                ),
            ),
        ]
    }
}
