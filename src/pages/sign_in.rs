//! The login page (CW-010 to CW-013).

use askama::Template;

use super::{Chrome, ServiceDoor, Word};
use crate::texts;

/// Why the login page is shown again, or after what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInState {
    /// Wrong name or password: one sentence for both (CW-012).
    Wrong,
    /// The login is disabled for a while (CW-013).
    Locked,
    /// Right, but use of the management function is prohibited (CW-016).
    Prohibited,
    /// Right, but the contract's trial has ended (ST-003).
    TrialEnded,
    /// Right, but the contract has 回線認証のみ (ST-064).
    LinesOnly,
    /// Not decided in time; nothing counts.
    Busy,
    /// An outer limit is reached.
    TooMany {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// The session ended; after the login the person returns to where he was.
    SessionEnded,
    /// He logged out.
    LoggedOut,
}

/// The login page.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// The frame; `who` is none.
    pub chrome: Chrome,
    /// What to say above the fields.
    pub state: Option<SignInState>,
    /// The login name as typed: kept, unlike the password.
    pub login: String,
    /// The path to return to after the login; empty: the top page.
    pub next: String,
    /// Whether accounts are named by mail address, and get mails (ST-010).
    pub mail: bool,
    /// The linked services that one can log in with.
    pub services: Vec<ServiceDoor>,
}

impl SignIn {
    /// The message above the fields: its sentence, what to do, and whether it is an error.
    fn message(&self) -> Option<(&'static str, String, bool)> {
        let t: &texts::SignIn = &self.chrome.texts().sign_in;
        let mail = &self.chrome.texts().storage;
        Some(match self.state? {
            SignInState::Wrong if self.mail => (mail.wrong, mail.wrong_hint.to_owned(), true),
            SignInState::Locked if self.mail => (mail.locked, mail.locked_hint.to_owned(), true),
            SignInState::Wrong => (t.wrong, t.wrong_hint.to_owned(), true),
            SignInState::Locked => (t.locked, t.locked_hint.to_owned(), true),
            SignInState::Prohibited => (t.prohibited, t.prohibited_hint.to_owned(), true),
            SignInState::TrialEnded => {
                let t = &self.chrome.texts().menu;
                (t.trial_ended, t.trial_ended_hint.to_owned(), true)
            }
            SignInState::LinesOnly => {
                let t = &self.chrome.texts().line;
                (t.lines_only, t.lines_only_hint.to_owned(), true)
            }
            SignInState::Busy => (t.busy, t.busy_hint.to_owned(), true),
            SignInState::TooMany { retry_after } => (t.too_many, (t.too_many_hint)(retry_after), true),
            SignInState::SessionEnded => (t.session_ended, t.session_ended_hint.to_owned(), false),
            SignInState::LoggedOut => (t.logged_out, String::new(), false),
        })
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |state, login: &str| Self {
            chrome: Chrome { who: None, nav: None, notice: None, ..chrome.clone() },
            state,
            login: if login.is_empty() { String::new() } else { word(login) },
            next: word("/users/cwtest.00001"),
            mail: false,
            services: Vec::new(),
        };
        let mail = |state, login: &str| Self { mail: true, ..page(state, login) };
        vec![
            ("sign-in", page(None, "")),
            ("sign-in-wrong", page(Some(SignInState::Wrong), "cwtest.00001")),
            ("sign-in-locked", page(Some(SignInState::Locked), "cwtest.00001")),
            ("sign-in-prohibited", page(Some(SignInState::Prohibited), "cwtest.00001")),
            ("sign-in-busy", page(Some(SignInState::Busy), "cwtest.00001")),
            ("sign-in-too-many", page(Some(SignInState::TooMany { retry_after: 42 }), "cwtest.00001")),
            ("sign-in-session-ended", page(Some(SignInState::SessionEnded), "")),
            ("sign-in-logged-out", page(Some(SignInState::LoggedOut), "")),
            ("sign-in-mail", mail(None, "")),
            ("sign-in-services", Self { services: ServiceDoor::samples(), ..mail(None, "") }),
            ("sign-in-menu", Self { chrome: Chrome { menu: true, ..mail(None, "").chrome }, ..mail(None, "") }),
            ("sign-in-trial-ended", mail(Some(SignInState::TrialEnded), "boss@example.jp")),
            ("sign-in-lines-only", mail(Some(SignInState::LinesOnly), "taro@example.jp")),
            ("sign-in-line", Self { chrome: Chrome { line: true, ..mail(None, "").chrome }, ..mail(None, "") }),
            ("sign-in-mail-wrong", mail(Some(SignInState::Wrong), "taro@example.jp")),
            ("sign-in-mail-locked", mail(Some(SignInState::Locked), "taro@example.jp")),
        ]
    }
}
