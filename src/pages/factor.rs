//! 多要素認証 (CW-015, CW-100, CW-102, CW-103): its page, its set-up, the login's second step, its removal; and the page that
//! asks for the password once more before a person changes what the password protects.

use askama::Template;
use durable::account::CodeDoor;

use super::{
    Chrome, Nav, ServiceDoor, Word, links,
    qr::{self, Drawing},
};

/// What was wrong with a typed code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// Not six digits: nothing was compared and nothing counts.
    Malformed,
    /// Not the code of now, or one that was used.
    Wrong,
}

impl CodeError {
    /// What it says beside the field.
    fn sentences(self, chrome: &Chrome) -> Vec<&'static str> {
        let t = &chrome.texts().factor;
        match self {
            Self::Malformed => vec![t.code_malformed],
            Self::Wrong => vec![t.code_wrong, t.code_wrong_hint],
        }
    }
}

/// What is wrong, all of it; nothing without an error.
fn sentences(chrome: &Chrome, error: Option<CodeError>) -> Vec<&'static str> {
    error.map_or_else(Vec::new, |error| error.sentences(chrome))
}

/// What a QR code says, as every authenticator app reads it.
pub(super) fn address(chrome: &Chrome, login: &str, seed: &str) -> String {
    let brand = &chrome.brand.name;
    let issuer = if brand.is_empty() { chrome.product() } else { brand.clone() };
    let (issuer, login) = (links::encoded(&issuer), links::encoded(login));
    format!("otpauth://totp/{issuer}:{login}?secret={}&issuer={issuer}", links::encoded(seed))
}

/// 「多要素認証」 of 管理機能利用設定.
#[derive(Clone, Debug, Template)]
#[template(path = "factor.html")]
pub struct Factor {
    /// The frame.
    pub chrome: Chrome,
    /// Whether multi-factor authentication is in use.
    pub factor: bool,
}

impl Factor {
    /// Whom to ask when the phone is lost depends on the kind of account (CW-101, CW-103).
    fn lost_phone(&self) -> &'static str {
        let t = &self.chrome.texts().settings;
        if self.chrome.who.as_ref().is_some_and(super::Who::administers) { t.lost_phone_administrator } else { t.lost_phone_user }
    }

    /// In use and not.
    #[must_use]
    pub fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |factor| Self { chrome: chrome.on(Nav::Settings), factor };
        vec![("factor", page(false)), ("factor-on", page(true))]
    }
}

/// The set-up.
#[derive(Clone, Debug, Template)]
#[template(path = "factor_set_up.html")]
pub struct FactorSetUp {
    /// The frame.
    pub chrome: Chrome,
    /// ユーザ名, which the app shows.
    pub login: String,
    /// The seed in base32.
    pub seed: String,
    /// What was wrong with the first code.
    pub error: Option<CodeError>,
}

impl FactorSetUp {
    /// What the QR code says, as every authenticator app reads it: SHA-1, six digits and 30 seconds are what goes without saying.
    #[must_use]
    pub fn address(&self) -> String {
        address(&self.chrome, &self.login, &self.seed)
    }

    fn drawing(&self) -> Option<Drawing> {
        qr::draw(&self.address())
    }

    /// The key in groups of four.
    fn groups(&self) -> Vec<String> {
        let letters: Vec<char> = self.seed.chars().collect();
        letters.chunks(4).map(|group| group.iter().collect()).collect()
    }

    fn errors(&self) -> Vec<&'static str> {
        sentences(&self.chrome, self.error)
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |error| Self {
            chrome: chrome.on(Nav::Settings),
            login: word("cwtest.00001"),
            seed: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned(),
            error,
        };
        vec![
            ("factor-set-up", page(None)),
            ("factor-set-up-malformed", page(Some(CodeError::Malformed))),
            ("factor-set-up-wrong", page(Some(CodeError::Wrong))),
        ]
    }
}

/// The login's second step.
#[derive(Clone, Debug, Template)]
#[template(path = "factor_code.html")]
pub struct FactorCode {
    /// The frame; `nav` is none, since nothing else opens before the code.
    pub chrome: Chrome,
    /// Whether a code can be given now.
    pub door: CodeDoor,
    /// What was wrong.
    pub error: Option<CodeError>,
    /// The path to go on to; empty: the top page.
    pub next: String,
}

impl FactorCode {
    fn errors(&self) -> Vec<&'static str> {
        sentences(&self.chrome, self.error)
    }

    /// Why no code can be given: a sentence, and what to do.
    fn refusal(&self) -> Option<(&'static str, &'static str)> {
        let t = &self.chrome.texts().factor;
        match self.door {
            CodeDoor::Open => None,
            CodeDoor::Locked => Some((t.locked, t.locked_hint)),
            CodeDoor::Closed => Some((t.closed, t.closed_hint)),
        }
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |door, error| Self {
            chrome: Chrome { nav: None, notice: None, ..chrome.clone() },
            door,
            error,
            next: word("/users/cwtest.00001"),
        };
        vec![
            ("factor-code", page(CodeDoor::Open, None)),
            ("factor-code-malformed", page(CodeDoor::Open, Some(CodeError::Malformed))),
            ("factor-code-wrong", page(CodeDoor::Open, Some(CodeError::Wrong))),
            ("factor-code-locked", page(CodeDoor::Locked, None)),
            ("factor-code-closed", page(CodeDoor::Closed, None)),
        ]
    }
}

/// What is asked before the own removal (CW-102).
#[derive(Clone, Debug, Template)]
#[template(path = "factor_remove.html")]
pub struct FactorRemove {
    /// The frame.
    pub chrome: Chrome,
    /// ユーザ名
    pub login: String,
}

impl FactorRemove {
    /// The page, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        vec![("factor-remove", Self { chrome: chrome.on(Nav::Settings), login: word("cwtest.00001") })]
    }
}

/// The password once more.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_password.html")]
pub struct ConfirmPassword {
    /// The frame.
    pub chrome: Chrome,
    /// ユーザ名
    pub login: String,
    /// The path to go on to.
    pub next: String,
    /// The password was wrong: tries left before the session ends.
    pub left: Option<u32>,
    /// The linked service that is asked instead of a password.
    pub service: Option<ServiceDoor>,
}

impl ConfirmPassword {
    fn error(&self) -> Option<String> {
        self.left.map(self.chrome.texts().factor.confirm_wrong_left)
    }

    /// What people log in by is called.
    fn login_label(&self) -> &'static str {
        let t = self.chrome.texts();
        if self.chrome.storage { t.storage.address } else { t.common.login_name }
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |left| Self {
            chrome: chrome.on(Nav::Settings),
            login: word("cwtest.00001"),
            next: word("/settings/factor/set-up"),
            left,
            service: None,
        };
        let service = ServiceDoor::samples().into_iter().next();
        vec![
            ("confirm-password", page(None)),
            ("confirm-password-wrong", page(Some(4))),
            ("confirm-linked", Self { service, ..page(None) }),
        ]
    }
}
