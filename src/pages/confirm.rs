//! What is asked before an act on a user (CW-063, CW-064, CW-072, CW-085, CW-092, CW-094, CW-102): the same question as a page
//! of its own and as a dialog. The manual's text stands first; below it is what will happen to this user now.

use askama::Template;
use durable::rules::access;

use super::{Chrome, Nav, UserLive, Word, effects::effects, links, user};
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
    /// ロックアウトを解除
    Unlock,
    /// 利用を禁止
    Prohibit,
    /// 利用を許可
    Allow,
    /// 設定を解除 of the second factor.
    ResetFactor,
    /// すべて遮断
    ShutOut,
    /// 猶予を今すぐ終了
    EndGrace,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 9] = [
        Self::DisconnectViewer,
        Self::DisconnectClient,
        Self::ResetDevice,
        Self::Unlock,
        Self::Prohibit,
        Self::Allow,
        Self::ResetFactor,
        Self::ShutOut,
        Self::EndGrace,
    ];

    /// Its name in the page.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::DisconnectViewer => "disconnect-viewer",
            Self::DisconnectClient => "disconnect-client",
            Self::ResetDevice => "reset-device",
            Self::Unlock => "unlock",
            Self::Prohibit => "prohibit",
            Self::Allow => "allow",
            Self::ResetFactor => "reset-factor",
            Self::ShutOut => "shut-out",
            Self::EndGrace => "end-grace",
        }
    }

    /// Its address: GET asks, POST acts.
    #[must_use]
    pub fn path(self, login: &str) -> String {
        let end = match self {
            Self::DisconnectViewer => "disconnect/viewer",
            Self::DisconnectClient => "disconnect/client",
            Self::ResetDevice => "device/reset",
            Self::Unlock => "unlock",
            Self::Prohibit => "prohibit",
            Self::Allow => "allow",
            Self::ResetFactor => "factor/reset",
            Self::ShutOut => "shut-out",
            Self::EndGrace => "grace",
        };
        format!("{}/{end}", links::user(login))
    }

    /// The act as the rules name it.
    #[must_use]
    pub const fn rule(self) -> access::Act {
        match self {
            Self::DisconnectViewer | Self::DisconnectClient => access::Act::Disconnect,
            Self::ResetDevice => access::Act::ResetDevice,
            Self::Unlock => access::Act::Unlock,
            Self::Prohibit => access::Act::Prohibit,
            Self::Allow => access::Act::Allow,
            Self::ResetFactor => access::Act::ResetFactor,
            Self::ShutOut => access::Act::Revoke,
            Self::EndGrace => access::Act::EndGrace,
        }
    }

    /// Whether it takes something away from the user.
    const fn destroys(self) -> bool {
        !matches!(self, Self::Unlock | Self::Allow)
    }

    /// Whether its answer is a page that has to be read: it takes the place of the page that asked.
    const fn leaves(self) -> bool {
        matches!(self, Self::ShutOut)
    }
}

/// A question with its form.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) action: String,
    pub(crate) operation: String,
    /// Whom it affects.
    pub(crate) login: String,
    /// What it affects.
    pub(crate) object: &'static str,
    /// The manual's lines.
    pub(crate) lines: Vec<&'static str>,
    pub(crate) note: &'static str,
    /// Whether there is a phone that can be refused (CW-065).
    pub(crate) refuses: bool,
    /// Whether its OK is one to hesitate before.
    pub(crate) danger: bool,
    /// Whether its answer takes the place of the page that asked.
    pub(crate) leaves: bool,
    /// What will happen now.
    pub(crate) effects: Vec<String>,
}

impl Question {
    fn new(texts: &'static Texts, act: Act, user: &UserLive, operation: &str) -> Self {
        let login = &user.login;
        let (t, words, function) = (&texts.confirm, &texts.user, texts.common.product);
        let (object, mut lines, note) = match act {
            Act::DisconnectViewer => (words.viewer, vec![t.disconnect], t.disconnect_note),
            Act::DisconnectClient => (words.client, vec![t.disconnect], t.disconnect_note),
            Act::ResetDevice => (words.device_info, vec![t.reset], t.reset_note),
            Act::Unlock => (function, vec![t.unlock], ""),
            Act::Prohibit => (function, t.prohibit.to_vec(), ""),
            Act::Allow => (function, vec![t.allow], ""),
            Act::ResetFactor => (texts.settings.factor, vec![t.reset_factor, t.reset_factor_sure], ""),
            Act::ShutOut => (texts.shut_out.object, vec![texts.shut_out.question], texts.shut_out.note),
            Act::EndGrace => (texts.client.grace, vec![texts.client.end_question], ""),
        };
        if act != Act::ResetFactor {
            lines.push(t.sure);
        }
        Self {
            action: act.path(login),
            operation: operation.to_owned(),
            login: login.clone(),
            object,
            lines,
            note,
            refuses: act == Act::ResetDevice && user.device.is_some(),
            danger: act.destroys(),
            leaves: act.leaves(),
            effects: effects(act, user),
        }
    }
}

/// The question as a page, for a browser without JavaScript.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    /// The frame; its operation id is the form's.
    pub chrome: Chrome,
    /// The user as he is now.
    pub user: UserLive,
    /// What would be done.
    pub act: Act,
}

impl Confirm {
    fn question(&self) -> Question {
        Question::new(self.chrome.texts(), self.act, &self.user, &self.chrome.operation)
    }

    fn back(&self) -> String {
        links::user(&self.user.login)
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let user = user::everything(chrome, word);
        let page = |act| Self { chrome: chrome.on(Nav::Users), user: user.clone(), act };
        let quiet = user::sample(chrome, word);
        vec![
            ("confirm-disconnect-viewer", page(Act::DisconnectViewer)),
            ("confirm-disconnect-client", page(Act::DisconnectClient)),
            ("confirm-reset-device", page(Act::ResetDevice)),
            ("confirm-unlock", page(Act::Unlock)),
            ("confirm-prohibit", Self { user: UserLive { prohibited: false, ..user.clone() }, ..page(Act::Prohibit) }),
            ("confirm-allow", page(Act::Allow)),
            ("confirm-reset-factor", page(Act::ResetFactor)),
            ("confirm-shut-out", Self { user: UserLive { prohibited: false, ..user.clone() }, ..page(Act::ShutOut) }),
            ("confirm-shut-out-prohibited", page(Act::ShutOut)),
            ("confirm-end-grace", page(Act::EndGrace)),
            ("confirm-end-grace-over", Self { user: quiet.clone(), ..page(Act::EndGrace) }),
            ("confirm-nothing", Self { user: quiet, ..page(Act::DisconnectViewer) }),
        ]
    }
}
