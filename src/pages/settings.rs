//! 管理機能利用設定: its submenu, 「多要素認証」 (CW-100), with the state of what each entry sets.

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
    /// In use and not.
    #[must_use]
    pub fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |factor| Self { chrome: chrome.on(Nav::Settings), factor };
        vec![("settings", page(false)), ("settings-factor", page(true))]
    }
}
