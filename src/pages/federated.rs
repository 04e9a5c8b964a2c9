//! Pages about an account of a linked service (ST-030, ST-031, ST-071, ST-073, ST-103): which one will be linked, what came of it,
//! and why not.

use askama::Template;

use super::{Chrome, Word};
use crate::texts::Problem;

/// A button that leads to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceDoor {
    /// The provider.
    pub id: String,
    /// What an account there is called.
    pub label: String,
    /// Its last day; empty: it does not end.
    pub until: String,
}

impl ServiceDoor {
    /// Some, for samples.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let door = |id: &str, label: &str| Self {
            id: id.to_owned(),
            label: label.to_owned(),
            until: if id == "d-account" { "2027-01-31".to_owned() } else { String::new() },
        };
        vec![
            door("google", "Googleアカウント"),
            door("facebook", "Facebookアカウント"),
            door("microsoft", "Microsoftアカウント"),
            door("d-account", "dアカウント"),
            door("ntt-east-business-id", "NTT東日本ビジネスID"),
        ]
    }
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "federated.html")]
pub struct Federated {
    /// The frame.
    pub chrome: Chrome,
    /// What an account of the service is called; empty when it is not known.
    pub label: String,
    /// Where the person came from, or goes on to.
    pub back: String,
    /// What it is about.
    pub state: FederatedState,
}

/// What such a page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FederatedState {
    /// 申込確認: which account will be linked.
    Check {
        /// The assertion, sealed.
        linked: String,
        /// The name there.
        name: String,
        /// The address there.
        address: String,
    },
    /// 申込完了
    Registered,
    /// The login method was changed.
    Changed,
    /// No account is registered with it, or none that can log in.
    Nobody,
    /// The contract's trial has ended (ST-003).
    TrialEnded,
    /// The person gave up at the provider.
    Cancelled,
    /// The flow is too old, of another browser, or used.
    Expired,
    /// The provider does not answer.
    Unreachable,
    /// What it answered does not hold.
    Unverified,
    /// The service is not there any more.
    Gone,
    /// It has ended, as was announced.
    Ended {
        /// Its last day.
        ends: String,
    },
    /// Another account has it already.
    Taken,
    /// It is the login method already.
    Same,
    /// Another account of the same service (ST-101).
    Other,
    /// It was not the account's own person, or he was not asked anew.
    Unconfirmed,
}

impl Federated {
    /// Heading, cause and remedy; for what was done, heading and what comes next.
    fn problem(&self) -> &'static Problem {
        let t = &self.chrome.texts().federation;
        match self.state {
            FederatedState::Check { .. } => &t.check,
            FederatedState::Registered => &t.registered,
            FederatedState::Changed => &t.changed,
            FederatedState::Nobody => &t.nobody,
            FederatedState::TrialEnded => &t.trial_ended,
            FederatedState::Cancelled => &t.cancelled,
            FederatedState::Expired => &t.expired,
            FederatedState::Unreachable => &t.unreachable,
            FederatedState::Unverified => &t.unverified,
            FederatedState::Gone => &t.gone,
            FederatedState::Ended { .. } => &t.ended,
            FederatedState::Taken => &t.taken,
            FederatedState::Same => &t.same,
            FederatedState::Other => &t.other,
            FederatedState::Unconfirmed => &t.unconfirmed,
        }
    }

    /// The label of the way on.
    fn on(&self) -> &'static str {
        let t = self.chrome.texts();
        match self.state {
            FederatedState::Registered => t.common.ok,
            _ if self.back.ends_with("/login") => t.storage.to_sign_in,
            _ => t.menu.back,
        }
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let chrome = Chrome { who: None, nav: None, notice: None, ..chrome.clone() };
        let page =
            |back: &str, state| Self {
                chrome: chrome.clone(), label: word("Googleアカウント"), back: back.to_owned(), state
            };
        let check = FederatedState::Check {
            linked: "AbC".to_owned(),
            name: word("鈴木 花子"),
            address: word("hanako.suzuki@example.com"),
        };
        let nameless = FederatedState::Check { linked: "AbC".to_owned(), name: String::new(), address: String::new() };
        vec![
            ("federated-check", page("/t/AbC", check)),
            ("federated-check-nameless", page("/menu/method", nameless)),
            ("federated-registered", page("/login", FederatedState::Registered)),
            ("federated-changed", page("/menu/login", FederatedState::Changed)),
            ("federated-nobody", page("/login", FederatedState::Nobody)),
            ("federated-trial-ended", page("/login", FederatedState::TrialEnded)),
            ("federated-cancelled", page("/login", FederatedState::Cancelled)),
            ("federated-expired", page("/login", FederatedState::Expired)),
            ("federated-unreachable", page("/login", FederatedState::Unreachable)),
            ("federated-unverified", page("/login", FederatedState::Unverified)),
            ("federated-ended", page("/login", FederatedState::Ended { ends: "2027-01-31".to_owned() })),
            ("federated-gone", page("/login", FederatedState::Gone)),
            ("federated-taken", page("/t/AbC", FederatedState::Taken)),
            ("federated-same", page("/menu/method", FederatedState::Same)),
            ("federated-other", page("/menu/method", FederatedState::Other)),
            ("federated-unconfirmed", page("/menu/confirm", FederatedState::Unconfirmed)),
        ]
    }
}
