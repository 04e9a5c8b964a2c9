//! 2段階認証 of the storage services (ST-022 to ST-028): the pages of its registration, its codes and the recovery code.

use askama::Template;

use super::{
    Chrome, Word, links,
    qr::{self, Drawing},
};

/// One of the pages.
#[derive(Clone, Debug, Template)]
#[template(path = "second_step.html")]
pub struct SecondStep {
    /// The frame; `nav` is none, since nothing else opens before the second step.
    pub chrome: Chrome,
    /// Which one.
    pub state: StepState,
    /// What was wrong.
    pub error: Option<StepError>,
    /// Whether the browser is to be remembered, as ticked before.
    pub remember: bool,
    /// The path to go on to; empty: the top page.
    pub next: String,
}

/// What a page of the second step is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepState {
    /// The number, as typed (ST-023).
    Phone(String),
    /// The code that was sent.
    Sms {
        /// The last digits of its number.
        tail: String,
        /// Whether it can be given.
        alive: bool,
        /// Whether it registers the number; else it is the login's.
        registers: bool,
    },
    /// The QR code (ST-025).
    Scan {
        /// The seed in base32.
        seed: String,
        /// The address, which the app shows.
        login: String,
        /// Whether there is SMS instead.
        sms: bool,
    },
    /// The code of the registered app.
    App,
    /// No SMS can be sent, and the person has nothing else registered.
    SmsOff,
    /// デバイスを紛失した場合はこちら (ST-027)
    Lost,
    /// The recovery code is shown (ST-026, ST-028).
    Keep {
        /// It.
        code: String,
        /// Whether it takes the place of one that was used.
        replaced: bool,
    },
    /// Registered.
    Done,
    /// No code counts now.
    Shut {
        /// Not by a lock, but for good.
        closed: bool,
    },
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepError {
    /// No SMS can go to what was typed.
    Phone,
    /// Not six digits: nothing was compared and nothing counts.
    Malformed,
    /// Another code.
    Wrong,
    /// The code that was sent is dead: nothing was compared.
    Over,
    /// No code can be sent yet.
    TooSoon {
        /// Seconds to wait.
        seconds: u32,
    },
    /// Not ticked.
    Unticked,
}

impl SecondStep {
    /// The heading, which is the title too.
    fn title(&self) -> &'static str {
        let t = &self.chrome.texts().step;
        match self.state {
            StepState::Scan { .. } => t.app_title,
            StepState::Lost => t.lost_title,
            StepState::Keep { .. } => t.recovery,
            StepState::Done => t.done,
            StepState::SmsOff => t.sms_off,
            StepState::Shut { closed: true } => t.closed,
            StepState::Shut { closed: false } => t.locked,
            _ => t.title,
        }
    }

    /// What was wrong, beside the field.
    fn errors(&self) -> Vec<String> {
        let t = &self.chrome.texts().step;
        let lost = self.state == StepState::Lost;
        let app = matches!(self.state, StepState::App | StepState::Scan { .. });
        let said = |sentence: &str| vec![sentence.to_owned()];
        match self.error {
            None => Vec::new(),
            Some(StepError::Phone) => said(t.phone_unreadable),
            Some(StepError::Malformed) if lost => said(t.recovery_malformed),
            Some(StepError::Malformed) => said(t.code_malformed),
            Some(StepError::Wrong) if lost => said(t.recovery_wrong),
            Some(StepError::Wrong) if app => said(t.app_code_wrong),
            Some(StepError::Wrong) => said(t.code_wrong),
            Some(StepError::Over) => said(t.code_over),
            Some(StepError::TooSoon { seconds }) => vec![(t.too_soon)(seconds)],
            Some(StepError::Unticked) => said(t.keep_untick),
        }
    }

    fn drawing(&self) -> Option<Drawing> {
        match &self.state {
            StepState::Scan { seed, login, .. } => qr::draw(&super::factor::address(&self.chrome, login, seed)),
            _ => None,
        }
    }

    /// A path of the second step, and afterwards on.
    fn to(&self, path: &str) -> String {
        links::with(&format!("{}{path}", self.chrome.door()), &[("next", &self.next)])
    }

    /// Where a finished registration goes on.
    fn on(&self) -> &str {
        match (self.next.is_empty(), self.chrome.menu) {
            (false, _) => &self.next,
            (true, true) => self.chrome.door(),
            (true, false) => "/",
        }
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let who = chrome.who.clone().map(|who| super::Who { login: word("taro@example.jp"), ..who });
        let frame = Chrome { who, nav: None, notice: None, ..chrome.clone() };
        let page = |state, error| Self { chrome: frame.clone(), state, error, remember: false, next: word("/account") };
        let sms = |alive, registers| StepState::Sms { tail: word("5678"), alive, registers };
        let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned();
        let scan = StepState::Scan { seed, login: word("taro@example.jp"), sms: true };
        let keep = |replaced| StepState::Keep { code: word("ABCDE-01234-ZYXWV-56789"), replaced };
        vec![
            ("step-phone", page(StepState::Phone(String::new()), None)),
            ("step-phone-wrong", page(StepState::Phone(word("03-1234-5678")), Some(StepError::Phone))),
            ("step-phone-too-soon", page(StepState::Phone(word("090-1234-5678")), Some(StepError::TooSoon { seconds: 42 }))),
            ("step-sms-register", page(sms(true, true), None)),
            ("step-sms-register-over", page(sms(false, true), Some(StepError::Over))),
            ("step-sms", page(sms(true, false), None)),
            ("step-sms-malformed", page(sms(true, false), Some(StepError::Malformed))),
            ("step-sms-wrong", Self { remember: true, ..page(sms(true, false), Some(StepError::Wrong)) }),
            ("step-sms-dead", page(sms(false, false), None)),
            ("step-scan", page(scan.clone(), None)),
            ("step-scan-wrong", page(scan, Some(StepError::Wrong))),
            ("step-app", page(StepState::App, None)),
            ("step-app-wrong", page(StepState::App, Some(StepError::Wrong))),
            ("step-sms-off", page(StepState::SmsOff, None)),
            ("step-lost", page(StepState::Lost, None)),
            ("step-lost-malformed", page(StepState::Lost, Some(StepError::Malformed))),
            ("step-lost-wrong", page(StepState::Lost, Some(StepError::Wrong))),
            ("step-keep", page(keep(false), None)),
            ("step-keep-unticked", page(keep(false), Some(StepError::Unticked))),
            ("step-keep-replaced", page(keep(true), None)),
            ("step-done", page(StepState::Done, None)),
            ("step-locked", page(StepState::Shut { closed: false }, None)),
            ("step-closed", page(StepState::Shut { closed: true }, None)),
        ]
    }
}
