//! What every page carries: language, brand, who is logged in, where he is, and the receipt of what he just did.
//!
//! Plain values. A page knows no request, no clock and no object; whoever renders it has already decided everything.

use durable::rules::date::Zone;

use super::{Brand, News};
use crate::texts::{self, Lang, Texts};

/// Who is logged in (CW-030, CW-031).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The login name as it was registered.
    pub login: String,
    /// アカウント管理者 or 一般ユーザ.
    pub kind: Kind,
}

/// The kinds of account (CW-001).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// アカウント管理者
    Administrator,
    /// 一般ユーザ
    User {
        /// アカウント有効期限 as `YYYY-MM-DD`; none: no end is planned.
        expiry: Option<String>,
    },
    /// 契約者 of a storage service (ST-001).
    Contractor,
    /// 管理者権限を持つ利用者
    Manager,
    /// 利用者
    Member,
}

impl Who {
    /// アカウント有効期限, shown to general users only.
    pub(crate) fn expiry(&self, texts: &'static Texts) -> Option<String> {
        match &self.kind {
            Kind::Administrator | Kind::Contractor | Kind::Manager | Kind::Member => None,
            Kind::User { expiry } => Some((texts.frame.expiry)(expiry.clone().unwrap_or_else(|| texts.common.none.to_owned()))),
        }
    }

    /// Whether ユーザ管理 is his.
    #[must_use]
    pub fn administers(&self) -> bool {
        matches!(self.kind, Kind::Administrator | Kind::Contractor | Kind::Manager)
    }

    /// Whether he is one of a storage service, which has a menu of its own for settings and passwords.
    #[must_use]
    pub fn stores(&self) -> bool {
        matches!(self.kind, Kind::Contractor | Kind::Manager | Kind::Member)
    }

    /// What he is, in words.
    pub(crate) fn label(&self, texts: &'static Texts) -> &'static str {
        match &self.kind {
            Kind::Administrator => texts.frame.administrator,
            Kind::User { .. } => texts.frame.user,
            Kind::Contractor => texts.console.contractor,
            Kind::Manager => texts.console.manager,
            Kind::Member => texts.console.member,
        }
    }
}

/// The navigation's items (CW-032, CW-033), and 操作履歴 behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nav {
    /// トップ
    Top,
    /// ユーザ管理
    Users,
    /// 管理機能利用設定
    Settings,
    /// パスワード変更
    Password,
    /// 操作履歴
    History,
    /// あなたの接続, which has no tab: the header leads there.
    Account,
}

/// One link of the navigation.
pub(crate) struct Item {
    pub(crate) href: &'static str,
    pub(crate) label: &'static str,
    /// Whether this page is it, for `aria-current`.
    pub(crate) current: bool,
}

/// The receipt of an act, carried as `?notice=CODE` after the 303.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// 切断 of the viewer was done.
    ViewerDisconnected,
    /// 切断 of the client was done.
    ClientDisconnected,
    /// 切断 found no viewer any more.
    ViewerWasGone,
    /// 切断 found no client any more.
    ClientWasGone,
    /// 初期化 was done.
    DeviceReset,
    /// 初期化 found nothing registered.
    DeviceWasReset,
    /// One's own password was changed.
    PasswordChanged,
    /// ロックアウトを解除 was done.
    Unlocked,
    /// ロックアウトを解除 found no lock.
    WasUnlocked,
    /// 利用を禁止 was done.
    UseProhibited,
    /// 利用を禁止 found it prohibited.
    UseWasProhibited,
    /// 利用を許可 was done.
    UseAllowed,
    /// 利用を許可 found it allowed.
    UseWasAllowed,
    /// 設定を解除 was done.
    FactorReset,
    /// 設定を解除 found no second factor.
    FactorWasReset,
    /// A user's password was changed (CW-122, CW-123).
    PasswordForced,
    /// The same, and the old one is dead at once.
    PasswordForcedAtOnce,
    /// The same, but not temporary, because the user's use was prohibited meanwhile (CW-121).
    PasswordForcedLasting,
    /// Multi-factor authentication was set up.
    FactorSetUp,
    /// It was removed.
    FactorRemoved,
    /// There was none to remove.
    FactorWasOff,
    /// 猶予を今すぐ終了 was done.
    GraceEnded,
    /// 猶予を今すぐ終了 found no grace any more.
    GraceWasOver,
    /// Nobody was chosen to be unlocked.
    NothingSelected,
    /// 終了 of own sessions was done.
    SessionsEnded,
    /// 終了 found no such session.
    SessionWasOver,
    /// このPCを拒否 was done.
    PcRefused,
    /// このPCを拒否 found no such PC.
    PcWasGone,
    /// The time zone was changed.
    ZoneChanged,
    /// 初期化 was done, and the phone is refused from now on.
    DeviceRefused,
    /// Nobody was chosen whose grace is to end.
    NoGraceSelected,
    /// 記憶を終了 was done.
    BrowsersForgotten,
    /// 記憶を終了 found no such browser.
    BrowserWasForgotten,
    /// 招待 was done.
    Invited,
    /// 再送 was done.
    InvitationResent,
    /// No mail was sent, since one was sent a moment ago.
    MailJustSent,
    /// 取り消し was done.
    InvitationWithdrawn,
    /// The registration was complete, or not yet, so that nothing was done.
    WasRegistered,
    /// メールアドレス変更 has a link sent to a new address.
    AddressLinkSent,
    /// The same to the unchanged address: the link of the login method.
    MethodLinkSent,
    /// 2段階認証 was reset.
    TwoStepReset,
    /// It was not registered.
    TwoStepWasReset,
}

impl Notice {
    /// Every receipt.
    pub const ALL: [Self; 42] = [
        Self::ViewerDisconnected,
        Self::ClientDisconnected,
        Self::ViewerWasGone,
        Self::ClientWasGone,
        Self::DeviceReset,
        Self::DeviceWasReset,
        Self::PasswordChanged,
        Self::Unlocked,
        Self::WasUnlocked,
        Self::UseProhibited,
        Self::UseWasProhibited,
        Self::UseAllowed,
        Self::UseWasAllowed,
        Self::FactorReset,
        Self::FactorWasReset,
        Self::PasswordForced,
        Self::PasswordForcedAtOnce,
        Self::PasswordForcedLasting,
        Self::FactorSetUp,
        Self::FactorRemoved,
        Self::FactorWasOff,
        Self::GraceEnded,
        Self::GraceWasOver,
        Self::NothingSelected,
        Self::SessionsEnded,
        Self::SessionWasOver,
        Self::PcRefused,
        Self::PcWasGone,
        Self::ZoneChanged,
        Self::DeviceRefused,
        Self::NoGraceSelected,
        Self::BrowsersForgotten,
        Self::BrowserWasForgotten,
        Self::Invited,
        Self::InvitationResent,
        Self::MailJustSent,
        Self::InvitationWithdrawn,
        Self::WasRegistered,
        Self::AddressLinkSent,
        Self::MethodLinkSent,
        Self::TwoStepReset,
        Self::TwoStepWasReset,
    ];

    /// Its code in the address.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ViewerDisconnected => "viewer-disconnected",
            Self::ClientDisconnected => "client-disconnected",
            Self::ViewerWasGone => "viewer-was-gone",
            Self::ClientWasGone => "client-was-gone",
            Self::DeviceReset => "device-reset",
            Self::DeviceWasReset => "device-was-reset",
            Self::PasswordChanged => "password-changed",
            Self::Unlocked => "unlocked",
            Self::WasUnlocked => "was-unlocked",
            Self::UseProhibited => "use-prohibited",
            Self::UseWasProhibited => "use-was-prohibited",
            Self::UseAllowed => "use-allowed",
            Self::UseWasAllowed => "use-was-allowed",
            Self::FactorReset => "factor-reset",
            Self::FactorWasReset => "factor-was-reset",
            Self::PasswordForced => "password-forced",
            Self::PasswordForcedAtOnce => "password-forced-at-once",
            Self::PasswordForcedLasting => "password-forced-lasting",
            Self::FactorSetUp => "factor-set-up",
            Self::FactorRemoved => "factor-removed",
            Self::FactorWasOff => "factor-was-off",
            Self::GraceEnded => "grace-ended",
            Self::GraceWasOver => "grace-was-over",
            Self::NothingSelected => "nothing-selected",
            Self::SessionsEnded => "sessions-ended",
            Self::SessionWasOver => "session-was-over",
            Self::PcRefused => "pc-refused",
            Self::PcWasGone => "pc-was-gone",
            Self::ZoneChanged => "zone-changed",
            Self::DeviceRefused => "device-refused",
            Self::NoGraceSelected => "no-grace-selected",
            Self::BrowsersForgotten => "browsers-forgotten",
            Self::BrowserWasForgotten => "browser-was-forgotten",
            Self::Invited => "invited",
            Self::InvitationResent => "invitation-resent",
            Self::MailJustSent => "mail-just-sent",
            Self::InvitationWithdrawn => "invitation-withdrawn",
            Self::WasRegistered => "was-registered",
            Self::AddressLinkSent => "address-link-sent",
            Self::MethodLinkSent => "method-link-sent",
            Self::TwoStepReset => "two-step-reset",
            Self::TwoStepWasReset => "two-step-was-reset",
        }
    }

    /// The receipt of a code; anything else shows nothing.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.code() == code)
    }

    /// Whether something was done; otherwise there was nothing to do.
    #[must_use]
    pub const fn done(self) -> bool {
        !matches!(
            self,
            Self::ViewerWasGone
                | Self::ClientWasGone
                | Self::DeviceWasReset
                | Self::WasUnlocked
                | Self::UseWasProhibited
                | Self::UseWasAllowed
                | Self::FactorWasReset
                | Self::FactorWasOff
                | Self::GraceWasOver
                | Self::NothingSelected
                | Self::SessionWasOver
                | Self::PcWasGone
                | Self::NoGraceSelected
                | Self::BrowserWasForgotten
                | Self::MailJustSent
                | Self::WasRegistered
                | Self::TwoStepWasReset
        )
    }

    /// Its sentence.
    #[must_use]
    pub const fn sentence(self, texts: &'static Texts) -> &'static str {
        let notice = &texts.notice;
        match self {
            Self::ViewerDisconnected => notice.viewer_disconnected,
            Self::ClientDisconnected => notice.client_disconnected,
            Self::ViewerWasGone => notice.viewer_was_gone,
            Self::ClientWasGone => notice.client_was_gone,
            Self::DeviceReset => notice.device_reset,
            Self::DeviceWasReset => notice.device_was_reset,
            Self::PasswordChanged => notice.password_changed,
            Self::Unlocked => notice.unlocked,
            Self::WasUnlocked => notice.was_unlocked,
            Self::UseProhibited => notice.use_prohibited,
            Self::UseWasProhibited => notice.use_was_prohibited,
            Self::UseAllowed => notice.use_allowed,
            Self::UseWasAllowed => notice.use_was_allowed,
            Self::FactorReset => notice.factor_reset,
            Self::FactorWasReset => notice.factor_was_reset,
            Self::PasswordForced | Self::PasswordForcedAtOnce => notice.password_forced,
            Self::PasswordForcedLasting => notice.password_forced_lasting,
            Self::GraceEnded => notice.grace_ended,
            Self::GraceWasOver => notice.grace_was_over,
            Self::NothingSelected => texts.locked.list.nothing_selected,
            Self::FactorSetUp => notice.factor_set_up,
            Self::FactorRemoved => notice.factor_removed,
            Self::FactorWasOff => notice.factor_was_off,
            Self::SessionsEnded => notice.sessions_ended,
            Self::SessionWasOver => notice.session_was_over,
            Self::PcRefused => notice.pc_refused,
            Self::PcWasGone => notice.pc_was_gone,
            Self::ZoneChanged => notice.zone_changed,
            Self::DeviceRefused => notice.device_refused,
            Self::NoGraceSelected => texts.previous.list.nothing_selected,
            Self::BrowsersForgotten => texts.step.forgotten,
            Self::BrowserWasForgotten => texts.step.was_forgotten,
            Self::Invited => texts.console.notice_invited,
            Self::InvitationResent => texts.console.notice_resent,
            Self::MailJustSent => texts.console.notice_just_sent,
            Self::InvitationWithdrawn => texts.console.notice_withdrawn,
            Self::WasRegistered => texts.console.notice_was_registered,
            Self::AddressLinkSent => texts.console.notice_change_sent,
            Self::MethodLinkSent => texts.console.notice_method_sent,
            Self::TwoStepReset => texts.console.notice_reset,
            Self::TwoStepWasReset => texts.console.notice_was_reset,
        }
    }

    /// What there is left to do for whoever reads it.
    #[must_use]
    pub const fn todo(self, texts: &'static Texts) -> &'static [&'static str] {
        let notice = &texts.notice;
        match self {
            Self::PasswordForced | Self::PasswordForcedLasting => &notice.password_forced_todo,
            Self::PasswordForcedAtOnce => &notice.password_forced_at_once_todo,
            _ => &[],
        }
    }
}

/// The frame around every page.
#[derive(Clone, Debug)]
pub struct Chrome {
    /// The person's language.
    pub lang: Lang,
    /// The service's looks.
    pub brand: Brand,
    /// Who is logged in; none on the login page.
    pub who: Option<Who>,
    /// The item of the navigation that this page is; none: no navigation (a login that is not complete).
    pub nav: Option<Nav>,
    /// A fresh operation id, 32 hex digits, for the forms of this page.
    pub operation: String,
    /// The receipt of what was just done.
    pub notice: Option<Notice>,
    /// The address of this page, to come back to after a choice of language; empty: there is no choice.
    pub here: String,
    /// The zone of its time stamps.
    pub zone: Zone,
    /// What he has not said to have read.
    pub news: Option<News>,
    /// Whether it is a page of 認証・契約情報変更メニュー, which has a door of its own.
    pub menu: bool,
    /// Whether it is a page of a storage service, which has a style sheet of its own.
    pub storage: bool,
    /// Whether it is served over a line (ST-060).
    pub line: bool,
}

impl Chrome {
    /// A frame for a page that nobody is logged in to.
    #[must_use]
    pub fn new(lang: Lang, brand: Brand, operation: String) -> Self {
        Self {
            lang,
            brand,
            who: None,
            nav: None,
            operation,
            notice: None,
            here: String::new(),
            zone: Zone::TOKYO,
            news: None,
            menu: false,
            storage: false,
            line: false,
        }
    }

    /// The sentences of this page's language.
    #[must_use]
    pub const fn texts(&self) -> &'static Texts {
        texts::of(self.lang)
    }

    /// Whether the header's kind of account leads to あなたの接続: not before the login is complete.
    pub(crate) fn is_complete(&self) -> bool {
        self.nav.is_some()
    }

    /// Whether this page is あなたの接続.
    pub(crate) fn is_account(&self) -> bool {
        self.nav == Some(Nav::Account)
    }

    /// What the paths of this door begin with.
    pub(crate) fn door(&self) -> &'static str {
        if self.menu { "/menu" } else { "" }
    }

    /// The languages on offer, and which one this page has.
    pub(crate) fn languages(&self) -> [(Lang, bool); 2] {
        Lang::ALL.map(|lang| (lang, lang == self.lang))
    }

    /// The service's name and 管理機能, as titles end.
    #[must_use]
    pub fn product(&self) -> String {
        format!("{} {}", self.brand.name, self.texts().common.product).trim_start().to_owned()
    }

    /// The navigation in the manual's order; empty where there is none.
    pub(crate) fn items(&self) -> Vec<Item> {
        let (Some(who), Some(current)) = (&self.who, self.nav) else {
            return Vec::new();
        };
        let t = &self.texts().frame;
        let users = if who.stores() { self.texts().console.title } else { t.users };
        [
            (Nav::Top, "/", t.top),
            (Nav::Users, "/users", users),
            (Nav::Settings, "/settings", t.settings),
            (Nav::Password, "/password", t.password),
            (Nav::History, "/history", t.history),
        ]
        .into_iter()
        .filter(|(nav, ..)| *nav != Nav::Users || who.administers())
        .filter(|(nav, ..)| !matches!(nav, Nav::Settings | Nav::Password) || !who.stores())
        .map(|(nav, href, label)| Item { href, label, current: nav == current })
        .collect()
    }

    /// This frame as another page has it.
    #[must_use]
    pub fn on(&self, nav: Nav) -> Self {
        Self { nav: Some(nav), ..self.clone() }
    }
}
