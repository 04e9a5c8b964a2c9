//! What a user is and how he stands, as the list and his own page show it.

use crate::texts;

/// タイプ (CW-006).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// 「ココナワーク」
    Standard,
    /// 「ココナワーク セルフ」
    Own,
}

impl Plan {
    /// The plan of a type's code (`coconowork`, `coconowork-self`).
    #[must_use]
    pub fn of(code: &str) -> Self {
        if code.ends_with("-self") { Self::Own } else { Self::Standard }
    }

    /// Its label under a brand.
    #[must_use]
    pub fn label(self, brand: &str, users: &texts::Users) -> String {
        match self {
            Self::Standard => brand.to_owned(),
            Self::Own => (users.plan_own)(brand.to_owned()),
        }
    }
}

/// A state worth seeing beside a name; where there is none, nothing shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// 接続中: viewer or client is connected.
    Connected,
    /// ロック中: the login is locked out.
    Locked,
    /// 利用禁止: use of the management function is prohibited.
    Prohibited,
    /// 仮パスワード: the password is temporary.
    Temporary,
    /// 招待中: the invitation waits to be accepted.
    Invited,
    /// The invitation's link has expired.
    Expired,
}

impl State {
    /// The class that gives shape and colour.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Locked => "locked",
            Self::Prohibited => "prohibited",
            Self::Temporary => "temporary",
            Self::Invited => "wait",
            Self::Expired => "off",
        }
    }

    /// The word.
    #[must_use]
    pub const fn word(self, texts: &'static texts::Texts) -> &'static str {
        let user = &texts.user;
        match self {
            Self::Connected => user.connected,
            Self::Locked => user.locked,
            Self::Prohibited => user.prohibited,
            Self::Temporary => user.temporary,
            Self::Invited => texts.console.invited,
            Self::Expired => texts.console.expired,
        }
    }
}
