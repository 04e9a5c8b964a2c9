//! Active Directory設定 of the menu (ST-044, ST-045), and the pages by which users find their Active Directory (ST-041, ST-043).

use askama::Template;

use super::{Chrome, Kind, MenuField, Who, Word};

/// The contractor's settings.
#[derive(Clone, Debug, Template)]
#[template(path = "directory.html")]
pub struct DirectorySettings {
    /// The frame.
    pub chrome: Chrome,
    /// How they stand.
    pub state: DirectoryState,
    /// What happened just now.
    pub done: Option<&'static str>,
    /// What users and the server have to be told: label and value. Empty until there is a connection ID.
    pub facts: Vec<(&'static str, String)>,
    /// What is asked, the client secret excepted.
    pub fields: Vec<MenuField>,
    /// Whether a client secret is stored.
    pub has_secret: bool,
    /// What is wrong with the one that was typed.
    pub secret_error: Option<&'static str>,
}

/// How the settings of an Active Directory stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryState {
    /// There are none.
    None,
    /// They have to be tested.
    Draft,
    /// They count.
    Active,
    /// They count, and others have to be tested.
    Replaced,
}

impl DirectorySettings {
    fn state(&self) -> &'static str {
        let t = &self.chrome.texts().directory;
        match self.state {
            DirectoryState::None => t.state_none,
            DirectoryState::Draft => t.state_draft,
            DirectoryState::Active => t.state_active,
            DirectoryState::Replaced => t.state_replaced,
        }
    }

    fn tests(&self) -> bool {
        matches!(self.state, DirectoryState::Draft | DirectoryState::Replaced)
    }

    fn failed(&self) -> bool {
        self.secret_error.is_some() || self.fields.iter().any(|field| field.error.is_some())
    }

    /// What stands below a field.
    fn hint(&self, name: &&'static str) -> &'static str {
        let t = &self.chrome.texts().directory;
        match *name {
            "server" => t.server_hint,
            "subject" => t.subject_hint,
            "name" | "address" => t.optional,
            _ => "",
        }
    }

    /// In each state.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let t = &chrome.texts().directory;
        let field = |name, label, value: &str, error: Option<&str>| MenuField {
            name,
            label,
            kind: "text",
            value: word(value),
            error: error.map(str::to_owned),
        };
        let fields = |wrong: Option<&'static str>| {
            vec![
                field("server", t.server, "https://adfs.example.co.jp/adfs", wrong),
                field("client", t.client, "5f1c8a52-0c3d-4e0e-9a52-1f3f3c0d7b11", None),
                field("subject", t.subject, "upn", None),
                field("name", t.name, "unique_name", None),
                field("address", t.address, "", None),
            ]
        };
        let address = "https://worksdrive.example.jp/federation/adfs-abc9a9a9hijkmnpqrs";
        let facts = vec![
            (t.connection, "adfs-abc9a9a9hijkmnpqrs".to_owned()),
            (t.internet, address.to_owned()),
            (t.callback, format!("{address}/callback")),
        ];
        let who = Who { login: word("boss@example.jp"), kind: Kind::Administrator };
        let chrome = Chrome { who: Some(who), nav: None, notice: None, menu: true, storage: true, ..chrome.clone() };
        let page = |state, wrong, has_secret| Self {
            chrome: chrome.clone(),
            state,
            done: (state == DirectoryState::Active).then_some(t.test_done),
            facts: facts.clone(),
            fields: fields(wrong),
            has_secret,
            secret_error: wrong.map(|_| t.secret_wrong),
        };
        vec![
            ("directory-new", Self { facts: Vec::new(), ..page(DirectoryState::None, None, false) }),
            ("directory-none", page(DirectoryState::None, None, false)),
            ("directory-wrong", page(DirectoryState::None, Some(t.server_wrong), false)),
            ("directory-draft", page(DirectoryState::Draft, None, true)),
            ("directory-active", page(DirectoryState::Active, None, true)),
            ("directory-replaced", page(DirectoryState::Replaced, None, true)),
        ]
    }
}

/// 接続IDの入力, 接続ID確認画面
#[derive(Clone, Debug, Template)]
#[template(path = "connection.html")]
pub struct Connection {
    /// The frame.
    pub chrome: Chrome,
    /// Where it is sent.
    pub action: String,
    /// The connection ID to compare; `None`: it is asked for.
    pub check: Option<String>,
    /// What was typed.
    pub typed: String,
    /// Whether that cannot be used.
    pub unknown: bool,
    /// What goes along unseen: name and value.
    pub hidden: Vec<(&'static str, String)>,
}

impl Connection {
    fn title(&self) -> &'static str {
        let t = &self.chrome.texts().directory;
        if self.check.is_some() { t.check } else { t.find }
    }

    /// Both pages, and the wrong ID.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |check, unknown| Self {
            chrome: Chrome { who: None, nav: None, notice: None, ..chrome.clone() },
            action: "/federation".to_owned(),
            check,
            typed: if unknown { word("adfs-wrong") } else { String::new() },
            unknown,
            hidden: Vec::new(),
        };
        vec![
            ("connection-find", page(None, false)),
            ("connection-unknown", page(None, true)),
            ("connection-check", page(Some("adfs-abc9a9a9hijkmnpqrs".to_owned()), false)),
        ]
    }
}
