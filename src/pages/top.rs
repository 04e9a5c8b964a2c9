//! The top page of both kinds of account (CW-032 to CW-036).

use askama::Template;

use super::{Chrome, Kind, Nav};

/// The top page; what it offers follows from `chrome.who`.
#[derive(Clone, Debug, Template)]
#[template(path = "top.html")]
pub struct Top {
    /// The frame.
    pub chrome: Chrome,
    /// Whether there is an application that the login continues at.
    pub application: bool,
}

/// One arrow link.
struct Card {
    href: &'static str,
    icon: &'static str,
    title: &'static str,
    text: &'static str,
    detail: &'static str,
}

impl Top {
    /// The cards in the manual's order: administrators begin with ユーザ管理, general users with 管理機能利用設定. あなたの接続 comes
    /// behind them.
    fn cards(&self) -> Vec<Card> {
        let (t, f) = (&self.chrome.texts().top, &self.chrome.texts().frame);
        let administers = self.chrome.who.as_ref().is_some_and(super::Who::administers);
        let users = Card { href: "/users", icon: "users", title: f.users, text: t.users_card, detail: t.users_detail };
        let password = Card {
            href: "/password",
            icon: "key",
            title: f.password,
            text: t.password_card,
            detail: if administers { t.password_detail } else { "" },
        };
        let settings =
            Card { href: "/settings", icon: "shield", title: f.settings, text: t.settings_card, detail: t.settings_detail };
        if self.chrome.who.as_ref().is_some_and(super::Who::stores) {
            return self.storage_cards(administers);
        }
        let own = &self.chrome.texts().account;
        let account = Card { href: "/account", icon: "person", title: own.title, text: own.card, detail: "" };
        if administers { vec![users, password, settings, account] } else { vec![settings, password, account] }
    }

    /// The storage services have 管理コンソール for contractors and managers, and a menu of their own (decisions, "After login").
    fn storage_cards(&self, administers: bool) -> Vec<Card> {
        let (c, own) = (&self.chrome.texts().console, &self.chrome.texts().account);
        let console = Card { href: "/users", icon: "users", title: c.title, text: c.card, detail: c.detail };
        let menu = Card { href: "/menu", icon: "key", title: c.menu, text: c.menu_card, detail: "" };
        let account = Card { href: "/account", icon: "person", title: own.title, text: c.own_card, detail: "" };
        let application = Card { href: "/app", icon: "arrow", title: c.application, text: c.application_card, detail: "" };
        let own = if administers { vec![console, menu, account] } else { vec![menu, account] };
        self.application.then_some(application).into_iter().chain(own).collect()
    }

    /// What the person is asked to do.
    fn lead(&self) -> &'static str {
        let stores = self.chrome.who.as_ref().is_some_and(super::Who::stores);
        let t = self.chrome.texts();
        if stores { t.console.choose } else { t.top.choose }
    }

    /// Whose page it is, where accounts are mail addresses (decisions, "After login").
    fn account(&self) -> Option<String> {
        let who = self.chrome.who.as_ref().filter(|who| who.stores())?;
        Some((self.chrome.texts().console.signed_in_as)(who.login.clone()))
    }

    /// Both kinds, and a receipt.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: super::Word) -> Vec<(&'static str, Self)> {
        let user = |expiry| super::Who { login: word("cwtest.00001"), kind: Kind::User { expiry } };
        let page = |who| Self { chrome: Chrome { who, ..chrome.on(Nav::Top) }, application: false };
        let contractor = || Some(super::Who { login: word("boss@example.jp"), kind: Kind::Contractor });
        vec![
            ("top-administrator", page(chrome.who.clone())),
            ("top-user", page(Some(user(None)))),
            ("top-user-ending", page(Some(user(Some(word("2027-03-31")))))),
            ("top-contractor", page(contractor())),
            ("top-contractor-application", Self { application: true, ..page(contractor()) }),
            ("top-member", page(Some(super::Who { login: word("taro@example.jp"), kind: Kind::Member }))),
            (
                "top-user-changed",
                Self {
                    chrome: Chrome { notice: Some(super::Notice::PasswordChanged), ..page(Some(user(None))).chrome },
                    application: false,
                },
            ),
            (
                "top-user-news",
                Self {
                    chrome: Chrome { news: Some(super::News::sample(chrome, word)), ..page(Some(user(None))).chrome },
                    application: false,
                },
            ),
        ]
    }
}
