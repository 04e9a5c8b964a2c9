//! What is asked before an act on a user (CW-063, CW-064, CW-072): the same question as a page of its own and as a dialog.

use askama::Template;

use super::{Chrome, Nav, Word, links};
use crate::texts::Texts;

/// The acts on a user that ask first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// 切断 of the viewer.
    DisconnectViewer,
    /// 切断 of the client.
    DisconnectClient,
    /// 初期化 of the registered phone.
    ResetDevice,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 3] = [Self::DisconnectViewer, Self::DisconnectClient, Self::ResetDevice];

    /// The id of its dialog.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::DisconnectViewer => "disconnect-viewer",
            Self::DisconnectClient => "disconnect-client",
            Self::ResetDevice => "reset-device",
        }
    }

    /// Its address: GET asks, POST acts.
    #[must_use]
    pub fn path(self, login: &str) -> String {
        let end = match self {
            Self::DisconnectViewer => "disconnect/viewer",
            Self::DisconnectClient => "disconnect/client",
            Self::ResetDevice => "device/reset",
        };
        format!("{}/{end}", links::user(login))
    }
}

/// A question with its form.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) id: &'static str,
    pub(crate) action: String,
    pub(crate) operation: String,
    /// Whom it affects.
    pub(crate) login: String,
    /// What it affects.
    pub(crate) object: &'static str,
    pub(crate) sentence: &'static str,
    pub(crate) note: &'static str,
}

impl Question {
    pub(crate) fn new(texts: &'static Texts, act: Act, login: &str, operation: &str) -> Self {
        let (t, user) = (&texts.confirm, &texts.user);
        let (object, sentence, note) = match act {
            Act::DisconnectViewer => (user.viewer, t.disconnect, t.disconnect_note),
            Act::DisconnectClient => (user.client, t.disconnect, t.disconnect_note),
            Act::ResetDevice => (user.device_info, t.reset, t.reset_note),
        };
        Self {
            id: act.id(),
            action: act.path(login),
            operation: operation.to_owned(),
            login: login.to_owned(),
            object,
            sentence,
            note,
        }
    }
}

/// The question as a page, for a browser without JavaScript.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    /// The frame; its operation id is the form's.
    pub chrome: Chrome,
    /// ユーザ名
    pub login: String,
    /// What would be done.
    pub act: Act,
}

impl Confirm {
    fn question(&self) -> Question {
        Question::new(self.chrome.texts(), self.act, &self.login, &self.chrome.operation)
    }

    fn back(&self) -> String {
        links::user(&self.login)
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |act| Self { chrome: chrome.on(Nav::Users), login: word("cwtest.00001"), act };
        vec![
            ("confirm-disconnect-viewer", page(Act::DisconnectViewer)),
            ("confirm-disconnect-client", page(Act::DisconnectClient)),
            ("confirm-reset-device", page(Act::ResetDevice)),
        ]
    }
}
