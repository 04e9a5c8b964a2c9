//! 管理機能利用設定 (CW-100): whether the login asks for a second factor. Setting it up is a page of its own.

use askama::Template;

use super::{Chrome, Nav};

/// 管理機能利用設定
#[derive(Clone, Debug, Template)]
#[template(path = "settings.html")]
pub struct Settings {
    /// The frame.
    pub chrome: Chrome,
    /// Whether multi-factor authentication is in use.
    pub factor: bool,
}

impl Settings {
    /// Whom to ask when the phone is lost depends on the kind of account (CW-101, CW-103).
    fn lost_phone(&self) -> &'static str {
        let t = &self.chrome.texts().settings;
        if self.chrome.who.as_ref().is_some_and(super::Who::administers) { t.lost_phone_administrator } else { t.lost_phone_user }
    }

    /// In use and not.
    #[must_use]
    pub fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |factor| Self { chrome: chrome.on(Nav::Settings), factor };
        vec![("settings", page(false)), ("settings-factor", page(true))]
    }
}
