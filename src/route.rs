//! The whole site map. [`Route::parse`] and [`Route::path`] are inverse; everything else is an unknown path. Which methods a
//! route takes and how large a body may be stands here too, so that tests can walk every route as data.

use durable::{account::person::End, contract::Concern, profile::Profile};

use crate::pages::links::concern;

/// How many segments a path may have; the longest of ours has seven.
const SEGMENTS: usize = 8;
/// How many pairs a query or a form may have: more than the longest list has boxes to tick.
const PAIRS: usize = 4_096;

/// Everything that can be asked over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The login page.
    SignIn,
    /// ログアウト
    SignOut,
    /// The top page.
    Top,
    /// The forced change of a temporary password.
    FirstPassword,
    /// Own password change.
    OwnPassword,
    /// 管理機能利用設定
    Settings,
    /// 一般ユーザ一覧
    Users,
    /// A user's detail page.
    User(String),
    /// 切断
    Disconnect(String, End),
    /// 端末認証情報の初期化
    ResetDevice(String),
    /// The live link of a detail page.
    LiveUser(String),
    /// Device login.
    DeviceLogin,
    /// Device connection.
    DeviceConnect,
    /// The operator's door.
    Operator(Operator),
    /// Whether the service answers.
    Health,
    /// ロックアウトを解除
    Unlock(String),
    /// 利用を禁止
    Prohibit(String),
    /// 利用を許可
    Allow(String),
    /// 設定を解除 of the second factor.
    ResetFactor(String),
    /// パスワードを変更 of a user.
    ForcePassword(String),
    /// The login's second step.
    FactorCode,
    /// The password once more.
    Confirm,
    /// 多要素認証
    Factor,
    /// Its set-up.
    FactorSetUp,
    /// 設定を解除
    FactorRemove,
    /// 操作履歴: the contract's, or one's own.
    History,
    /// 操作履歴 of a user.
    UserHistory(String),
    /// The check of 操作履歴.
    HistoryCheck,
    /// 猶予を今すぐ終了
    EndGrace,
    /// The live link of the page of the own password.
    LivePassword,
    /// すべて遮断
    ShutOut(String),
    /// The live link of the contract's lists.
    LiveUsers,
    /// ユーザアカウント一覧表
    Sheet,
    /// ロック中のユーザ
    Locked,
    /// ロックアウトを解除 of several users.
    UnlockMany,
    /// あなたの接続
    Account,
    /// 終了 of one's own session of this id.
    EndSession(String),
    /// 他のセッションをすべて終了
    EndOtherSessions,
    /// このPCを拒否, by its id.
    RefusePc(String),
    /// Language and time zone.
    Preferences,
    /// 確認しました, to what one was told.
    News,
    /// A mailed link, by its ticket.
    Link(String),
    /// パスワードを忘れた方はこちら
    Forgot,
    /// A page of 認証・契約情報変更メニュー.
    Menu(MenuRoute),
    /// The login of that menu, its second step, its confirmation and its ログアウト: the same pages behind a door of their own.
    MenuDoor(Box<Route>),
    /// 旧パスワードで待ち受け中
    Previous,
    /// 猶予を今すぐ終了 of several users.
    EndGraces,
    /// 猶予を今すぐ終了 of a user.
    EndGraceOf(String),
    /// Registration of 2段階認証: the number.
    Register,
    /// Its code by SMS.
    RegisterCode,
    /// Its QR code.
    RegisterApp,
    /// デバイスを紛失した場合はこちら
    Recovery,
    /// The recovery code, to be kept.
    RecoveryCode,
    /// It is registered.
    Registered,
    /// The login's code once more.
    SendCode,
    /// 記憶を終了 of a remembered browser.
    ForgetBrowser(String),
    /// すべての記憶を終了
    ForgetBrowsers,
    /// 利用者を招待
    Invite,
    /// 招待中の利用者
    Invitations,
    /// CSVで一括招待
    Import,
    /// Its start, or going on.
    ImportStart,
    /// Its end before all is done.
    ImportStop,
    /// 再送 of an invitation.
    Resend(String),
    /// 取り消し of an invitation.
    Withdraw(String),
    /// メールアドレス変更 of a user.
    ChangeAddress(String),
    /// 最近のメール of a user.
    UserMails(String),
    /// On to the application.
    HandOver,
    /// The keys that hand-overs are verified with.
    Keys,
    /// Users whose login method ends.
    Ending,
    /// A login at a linked service begins.
    Federate(String),
    /// The way back from there (interface, section 2).
    FederationCallback(String),
    /// 接続IDの入力
    FindDirectory,
    /// 回線認証: the contract's line numbers.
    Lines,
    /// アクセス経路設定, in the console.
    AccessPath,
    /// どこからログインできるか
    Doors,
    /// 回線情報通知設定
    LineNotice,
}

/// The pages of 認証・契約情報変更メニュー.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuRoute {
    /// The menu.
    Top,
    /// ログイン方法の設定
    Method,
    /// メールアドレス変更
    Address,
    /// パスワード変更
    Password,
    /// 契約情報変更
    Contract,
    /// プラン変更
    Plan,
    /// 解約
    Cancellation,
    /// 2段階認証設定
    SecondStep,
    /// その他の設定
    Settings,
    /// Active Directory設定
    Directory,
    /// アクセス経路設定
    AccessPath,
}

impl MenuRoute {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Top,
        Self::Method,
        Self::Address,
        Self::Password,
        Self::Contract,
        Self::Plan,
        Self::Cancellation,
        Self::SecondStep,
        Self::Settings,
        Self::Directory,
        Self::AccessPath,
    ];

    /// Its path.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Top => "/menu",
            Self::Method => "/menu/method",
            Self::Address => "/menu/address",
            Self::Password => "/menu/password",
            Self::Contract => "/menu/contract",
            Self::Plan => "/menu/plan",
            Self::Cancellation => "/menu/cancel",
            Self::SecondStep => "/menu/second-step",
            Self::Settings => "/menu/settings",
            Self::Directory => "/menu/directory",
            Self::AccessPath => "/menu/access-path",
        }
    }
}

/// The operator API (interface, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Its description.
    OpenApi,
    /// A contract.
    Contract(String),
    /// A user of a contract.
    ContractUser(String, String),
    /// One account: service and login.
    Account(String, String),
    /// Unlock it.
    Unlock(String, String),
    /// Remove its second factor.
    ResetFactor(String, String),
    /// Give it a temporary password.
    TemporaryPassword(String, String),
    /// What was given up.
    DeadLetters,
    /// Try one of these again.
    RetryLetter(String),
    /// A linked service, and whether it ends.
    Provider(String),
}

/// How a person is recognised on a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Nobody has to be.
    Nothing,
    /// A session cookie.
    Session,
    /// A device's password or token.
    Device,
    /// An operator's token.
    OperatorToken,
}

/// One row of the site map, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// An example of the route.
    pub route: Route,
    /// The methods it takes.
    pub methods: &'static [&'static str],
    /// How a person is recognised.
    pub credential: Credential,
}

/// Longest body of a form or a device message, in bytes.
pub const BODY: usize = 64 * 1024;
/// Longest body at the operator's door, in bytes.
pub const OPERATOR_BODY: usize = 512 * 1024;
/// Longest body with a file of users, in bytes: the file's 2 MB and what is around it.
pub const IMPORT_BODY: usize = 2_100_000;

impl Route {
    /// The route of a path; `None` when there is none. Segments are percent-decoded as UTF-8.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        if path.bytes().filter(|byte| *byte == b'/').count() > SEGMENTS {
            return None;
        }
        let segments: Vec<String> = path.strip_prefix('/')?.split('/').map(decode).collect::<Option<_>>()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        // Nobody has an empty name; only the top page is an empty segment.
        if segments.len() > 1 && segments.contains(&"") {
            return None;
        }
        Some(match segments.as_slice() {
            [""] => Self::Top,
            ["login"] => Self::SignIn,
            ["logout"] => Self::SignOut,
            ["password"] => Self::OwnPassword,
            ["password", "first"] => Self::FirstPassword,
            ["password", "grace"] => Self::EndGrace,
            ["live", "password"] => Self::LivePassword,
            ["settings"] => Self::Settings,
            ["users"] => Self::Users,
            ["users", login] => Self::User((*login).to_owned()),
            ["users", login, "disconnect", "viewer"] => Self::Disconnect((*login).to_owned(), End::Viewer),
            ["users", login, "disconnect", "client"] => Self::Disconnect((*login).to_owned(), End::Client),
            ["users", login, "device", "reset"] => Self::ResetDevice((*login).to_owned()),
            ["live", "users", login] => Self::LiveUser((*login).to_owned()),
            ["device", "v1", "login"] => Self::DeviceLogin,
            ["device", "v1", "connect"] => Self::DeviceConnect,
            ["operator", "v1", rest @ ..] => Self::Operator(Operator::parse(rest)?),
            ["healthz"] => Self::Health,
            ["users", login, "unlock"] => Self::Unlock((*login).to_owned()),
            ["users", login, "prohibit"] => Self::Prohibit((*login).to_owned()),
            ["users", login, "allow"] => Self::Allow((*login).to_owned()),
            ["users", login, "factor", "reset"] => Self::ResetFactor((*login).to_owned()),
            ["users", login, "password"] => Self::ForcePassword((*login).to_owned()),
            ["login", "code"] => Self::FactorCode,
            ["confirm"] => Self::Confirm,
            ["settings", "factor"] => Self::Factor,
            ["settings", "factor", "set-up"] => Self::FactorSetUp,
            ["settings", "factor", "remove"] => Self::FactorRemove,
            ["history"] => Self::History,
            ["history", "check"] => Self::HistoryCheck,
            ["users", login, "history"] => Self::UserHistory((*login).to_owned()),
            ["users", login, "shut-out"] => Self::ShutOut((*login).to_owned()),
            ["live", "users"] => Self::LiveUsers,
            ["sheet"] => Self::Sheet,
            ["locked"] => Self::Locked,
            ["locked", "unlock"] => Self::UnlockMany,
            ["account"] => Self::Account,
            ["account", "sessions", "end"] => Self::EndOtherSessions,
            ["account", "sessions", id, "end"] => Self::EndSession((*id).to_owned()),
            ["account", "pcs", id, "refuse"] => Self::RefusePc((*id).to_owned()),
            ["preferences"] => Self::Preferences,
            ["news"] => Self::News,
            ["t", ticket] => Self::Link((*ticket).to_owned()),
            ["forgot"] => Self::Forgot,
            ["menu", ..] if let Some(page) = MenuRoute::ALL.into_iter().find(|page| page.path() == path) => Self::Menu(page),
            ["menu", "menu", ..] => return None,
            ["menu", ..] => Self::MenuDoor(Box::new(Self::parse(path.strip_prefix("/menu")?).filter(Self::has_menu_door)?)),
            ["previous"] => Self::Previous,
            ["previous", "end"] => Self::EndGraces,
            ["users", login, "grace"] => Self::EndGraceOf((*login).to_owned()),
            ["login", "register"] => Self::Register,
            ["login", "register", "code"] => Self::RegisterCode,
            ["login", "register", "app"] => Self::RegisterApp,
            ["login", "recovery"] => Self::Recovery,
            ["login", "recovery-code"] => Self::RecoveryCode,
            ["login", "registered"] => Self::Registered,
            ["login", "code", "send"] => Self::SendCode,
            ["account", "browsers", "forget"] => Self::ForgetBrowsers,
            ["account", "browsers", id, "forget"] => Self::ForgetBrowser((*id).to_owned()),
            ["invite"] => Self::Invite,
            ["invitations"] => Self::Invitations,
            ["import"] => Self::Import,
            ["import", "start"] => Self::ImportStart,
            ["import", "stop"] => Self::ImportStop,
            ["users", login, "invitation", "resend"] => Self::Resend((*login).to_owned()),
            ["users", login, "invitation", "withdraw"] => Self::Withdraw((*login).to_owned()),
            ["users", login, "address"] => Self::ChangeAddress((*login).to_owned()),
            ["users", login, "mails"] => Self::UserMails((*login).to_owned()),
            ["federation"] => Self::FindDirectory,
            ["app"] => Self::HandOver,
            ["ending"] => Self::Ending,
            [".well-known", "jwks.json"] => Self::Keys,
            ["federation", provider] => Self::Federate((*provider).to_owned()),
            ["federation", provider, "callback"] => Self::FederationCallback((*provider).to_owned()),
            ["lines"] => Self::Lines,
            ["lines", "access-path"] => Self::AccessPath,
            ["lines", "doors"] => Self::Doors,
            ["lines", "notice"] => Self::LineNotice,
            _ => return None,
        })
    }

    /// The path of this route.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Top => "/".into(),
            Self::SignIn => "/login".into(),
            Self::SignOut => "/logout".into(),
            Self::OwnPassword => "/password".into(),
            Self::FirstPassword => "/password/first".into(),
            Self::Settings => "/settings".into(),
            Self::Users => "/users".into(),
            Self::User(login) => format!("/users/{}", encode(login)),
            Self::Disconnect(login, end) => format!("/users/{}/disconnect/{}", encode(login), end.code()),
            Self::ResetDevice(login) => format!("/users/{}/device/reset", encode(login)),
            Self::LiveUser(login) => format!("/live/users/{}", encode(login)),
            Self::DeviceLogin => "/device/v1/login".into(),
            Self::DeviceConnect => "/device/v1/connect".into(),
            Self::Operator(operator) => format!("/operator/v1/{}", operator.path()),
            Self::Health => "/healthz".into(),
            Self::Unlock(login) => format!("/users/{}/unlock", encode(login)),
            Self::Prohibit(login) => format!("/users/{}/prohibit", encode(login)),
            Self::Allow(login) => format!("/users/{}/allow", encode(login)),
            Self::ResetFactor(login) => format!("/users/{}/factor/reset", encode(login)),
            Self::ForcePassword(login) => format!("/users/{}/password", encode(login)),
            Self::FactorCode => "/login/code".into(),
            Self::Confirm => "/confirm".into(),
            Self::Factor => "/settings/factor".into(),
            Self::FactorSetUp => "/settings/factor/set-up".into(),
            Self::FactorRemove => "/settings/factor/remove".into(),
            Self::History => "/history".into(),
            Self::HistoryCheck => "/history/check".into(),
            Self::UserHistory(login) => format!("/users/{}/history", encode(login)),
            Self::EndGrace => "/password/grace".into(),
            Self::LivePassword => "/live/password".into(),
            Self::ShutOut(login) => format!("/users/{}/shut-out", encode(login)),
            Self::LiveUsers => "/live/users".into(),
            Self::Sheet => "/sheet".into(),
            Self::Locked => concern(Concern::Locked).0.into(),
            Self::UnlockMany => concern(Concern::Locked).1.into(),
            Self::Account => "/account".into(),
            Self::EndSession(id) => format!("/account/sessions/{}/end", encode(id)),
            Self::EndOtherSessions => "/account/sessions/end".into(),
            Self::RefusePc(id) => format!("/account/pcs/{}/refuse", encode(id)),
            Self::Preferences => "/preferences".into(),
            Self::News => "/news".into(),
            Self::Link(ticket) => format!("/t/{}", encode(ticket)),
            Self::Forgot => "/forgot".into(),
            Self::Menu(page) => page.path().into(),
            Self::MenuDoor(route) => format!("/menu{}", route.path()),
            Self::Previous => concern(Concern::Previous).0.into(),
            Self::EndGraces => concern(Concern::Previous).1.into(),
            Self::EndGraceOf(login) => format!("/users/{}/grace", encode(login)),
            Self::Register => "/login/register".into(),
            Self::RegisterCode => "/login/register/code".into(),
            Self::RegisterApp => "/login/register/app".into(),
            Self::Recovery => "/login/recovery".into(),
            Self::RecoveryCode => "/login/recovery-code".into(),
            Self::Registered => "/login/registered".into(),
            Self::SendCode => "/login/code/send".into(),
            Self::ForgetBrowser(id) => format!("/account/browsers/{}/forget", encode(id)),
            Self::ForgetBrowsers => "/account/browsers/forget".into(),
            Self::Invite => "/invite".into(),
            Self::Invitations => "/invitations".into(),
            Self::Import => "/import".into(),
            Self::ImportStart => "/import/start".into(),
            Self::ImportStop => "/import/stop".into(),
            Self::Resend(login) => format!("/users/{}/invitation/resend", encode(login)),
            Self::Withdraw(login) => format!("/users/{}/invitation/withdraw", encode(login)),
            Self::ChangeAddress(login) => format!("/users/{}/address", encode(login)),
            Self::UserMails(login) => format!("/users/{}/mails", encode(login)),
            Self::FindDirectory => "/federation".to_owned(),
            Self::HandOver => "/app".into(),
            Self::Ending => "/ending".into(),
            Self::Keys => "/.well-known/jwks.json".into(),
            Self::Federate(provider) => format!("/federation/{}", encode(provider)),
            Self::FederationCallback(provider) => format!("/federation/{}/callback", encode(provider)),
            Self::Lines => "/lines".into(),
            Self::AccessPath => "/lines/access-path".into(),
            Self::Doors => "/lines/doors".into(),
            Self::LineNotice => "/lines/notice".into(),
        }
    }

    /// The methods this route takes; HEAD goes with GET.
    #[must_use]
    pub fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::SignIn
            | Self::FirstPassword
            | Self::OwnPassword
            | Self::Disconnect(..)
            | Self::ResetDevice(_)
            | Self::Unlock(_)
            | Self::Prohibit(_)
            | Self::Allow(_)
            | Self::ResetFactor(_)
            | Self::ForcePassword(_)
            | Self::FactorCode
            | Self::Confirm
            | Self::FactorSetUp
            | Self::FactorRemove
            | Self::HistoryCheck
            | Self::EndGrace
            | Self::ShutOut(_)
            | Self::UnlockMany
            | Self::EndSession(_)
            | Self::EndOtherSessions
            | Self::RefusePc(_)
            | Self::Link(_)
            | Self::Forgot
            | Self::Menu(
                MenuRoute::Method
                | MenuRoute::Address
                | MenuRoute::Password
                | MenuRoute::Contract
                | MenuRoute::Plan
                | MenuRoute::Cancellation
                | MenuRoute::SecondStep
                | MenuRoute::Settings
                | MenuRoute::Directory
                | MenuRoute::AccessPath,
            )
            | Self::EndGraces
            | Self::EndGraceOf(_)
            | Self::Register
            | Self::RegisterCode
            | Self::RegisterApp
            | Self::Recovery
            | Self::RecoveryCode
            | Self::ForgetBrowser(_)
            | Self::ForgetBrowsers
            | Self::Invite
            | Self::Import
            | Self::Resend(_)
            | Self::Withdraw(_)
            | Self::Federate(_)
            | Self::FindDirectory
            | Self::ChangeAddress(_)
            | Self::Lines
            | Self::AccessPath
            | Self::LineNotice => &["GET", "HEAD", "POST"],
            Self::Top
            | Self::Settings
            | Self::Users
            | Self::User(_)
            | Self::Health
            | Self::Factor
            | Self::History
            | Self::UserHistory(_)
            | Self::Sheet
            | Self::Locked
            | Self::Menu(MenuRoute::Top)
            | Self::Account
            | Self::Previous
            | Self::Registered
            | Self::Invitations
            | Self::FederationCallback(_)
            | Self::UserMails(_)
            | Self::Keys
            | Self::Ending
            | Self::Doors => &["GET", "HEAD"],
            Self::SignOut
            | Self::DeviceLogin
            | Self::Preferences
            | Self::News
            | Self::SendCode
            | Self::ImportStart
            | Self::ImportStop => &["POST"],
            Self::LiveUser(_) | Self::LivePassword | Self::LiveUsers | Self::DeviceConnect | Self::HandOver => &["GET"],
            Self::Operator(operator) => operator.methods(),
            Self::MenuDoor(route) => route.methods(),
        }
    }

    /// Whether 認証・契約情報変更メニュー has this page behind its own door too.
    #[must_use]
    pub fn has_menu_door(&self) -> bool {
        matches!(self, Self::SignIn | Self::SignOut | Self::FactorCode | Self::Confirm | Self::Federate(_))
            || self.is_second_step()
    }

    /// Whether it is a page between the password and the end of a login that asks everybody for a second step.
    #[must_use]
    pub fn is_second_step(&self) -> bool {
        matches!(
            self,
            Self::Register
                | Self::RegisterCode
                | Self::RegisterApp
                | Self::Recovery
                | Self::RecoveryCode
                | Self::Registered
                | Self::SendCode
        )
    }

    /// Whether it belongs to that menu, whose sessions have a cookie of their own.
    #[must_use]
    pub fn is_menu(&self) -> bool {
        matches!(self, Self::Menu(_) | Self::MenuDoor(_))
    }

    /// Whether a service with these policies has this page. Where accounts are named by mail address, a person changes his login
    /// in the menu, and there are no devices.
    #[must_use]
    pub fn is_of(&self, profile: &Profile) -> bool {
        match self {
            Self::Menu(_)
            | Self::MenuDoor(_)
            | Self::Link(_)
            | Self::Forgot
            | Self::Invite
            | Self::Invitations
            | Self::Import
            | Self::ImportStart
            | Self::ImportStop
            | Self::Resend(_)
            | Self::Withdraw(_)
            | Self::ChangeAddress(_)
            | Self::Federate(_)
            | Self::FederationCallback(_)
            | Self::FindDirectory
            | Self::UserMails(_)
            | Self::HandOver
            | Self::Keys
            | Self::Ending
            | Self::Lines
            | Self::AccessPath
            | Self::Doors
            | Self::LineNotice => profile.settings,
            Self::ForgetBrowser(_) | Self::ForgetBrowsers => profile.second_step.is_some(),
            page if page.is_second_step() => profile.second_step.is_some(),
            Self::OwnPassword | Self::EndGrace | Self::Settings | Self::Factor | Self::FactorSetUp | Self::FactorRemove => {
                !profile.settings
            }
            _ => true,
        }
    }

    /// How a person is recognised here.
    #[must_use]
    pub fn credential(&self) -> Credential {
        match self {
            Self::SignIn
            | Self::Health
            | Self::Preferences
            | Self::Link(_)
            | Self::Forgot
            | Self::Keys
            | Self::Federate(_)
            | Self::FederationCallback(_)
            | Self::FindDirectory
            | Self::Operator(Operator::OpenApi) => Credential::Nothing,
            Self::DeviceLogin | Self::DeviceConnect => Credential::Device,
            Self::Operator(_) => Credential::OperatorToken,
            Self::MenuDoor(route) => route.credential(),
            _ => Credential::Session,
        }
    }

    /// Whether this is a page for people, whose errors are pages too.
    #[must_use]
    pub fn is_page(&self) -> bool {
        !matches!(self, Self::DeviceLogin | Self::DeviceConnect | Self::Operator(_) | Self::Health | Self::Keys)
    }

    /// Longest body, in bytes.
    #[must_use]
    pub fn body_limit(&self) -> usize {
        match self {
            Self::Operator(_) => OPERATOR_BODY,
            Self::Import => IMPORT_BODY,
            _ => BODY,
        }
    }

    /// Where to come back to after a login: the page itself, or the one whose form was sent.
    #[must_use]
    pub fn comes_back(&self) -> bool {
        let passing = matches!(
            self,
            Self::SignOut
                | Self::LiveUser(_)
                | Self::LivePassword
                | Self::LiveUsers
                | Self::FirstPassword
                | Self::FactorCode
                | Self::Confirm
                | Self::News
                | Self::ImportStart
                | Self::ImportStop
                | Self::LineNotice
        );
        self.credential() == Credential::Session && !passing && !self.is_second_step() && !matches!(self, Self::MenuDoor(_))
    }

    /// Every route once, for tests that walk the whole site.
    #[must_use]
    pub fn map() -> Vec<Entry> {
        let login = || "cwtest.00001".to_owned();
        let account = || ("coconowork".to_owned(), login());
        let operator = |operator| Self::Operator(operator);
        [
            Self::SignIn,
            Self::SignOut,
            Self::Top,
            Self::FirstPassword,
            Self::OwnPassword,
            Self::Settings,
            Self::Users,
            Self::User(login()),
            Self::Disconnect(login(), End::Viewer),
            Self::Disconnect(login(), End::Client),
            Self::ResetDevice(login()),
            Self::LiveUser(login()),
            Self::DeviceLogin,
            Self::DeviceConnect,
            operator(Operator::OpenApi),
            operator(Operator::Contract("123456789".into())),
            operator(Operator::ContractUser("123456789".into(), login())),
            operator(Operator::Account(account().0, account().1)),
            operator(Operator::Unlock(account().0, account().1)),
            operator(Operator::ResetFactor(account().0, account().1)),
            operator(Operator::TemporaryPassword(account().0, account().1)),
            Self::Health,
            Self::Unlock(login()),
            Self::Prohibit(login()),
            Self::Allow(login()),
            Self::ResetFactor(login()),
            Self::ForcePassword(login()),
            Self::FactorCode,
            Self::Confirm,
            Self::Factor,
            Self::FactorSetUp,
            Self::FactorRemove,
            Self::History,
            Self::UserHistory(login()),
            Self::HistoryCheck,
            Self::EndGrace,
            Self::LivePassword,
            Self::ShutOut(login()),
            Self::LiveUsers,
            Self::Sheet,
            Self::Locked,
            Self::UnlockMany,
            Self::Account,
            Self::EndSession("0123456789abcdef".to_owned()),
            Self::EndOtherSessions,
            Self::RefusePc("0123456789abcdef".to_owned()),
            Self::Preferences,
            Self::News,
            Self::Link("AbC".to_owned()),
            Self::Forgot,
            Self::MenuDoor(Box::new(Self::SignIn)),
            Self::MenuDoor(Box::new(Self::FactorCode)),
            Self::MenuDoor(Box::new(Self::Confirm)),
            Self::MenuDoor(Box::new(Self::SignOut)),
            Self::Previous,
            Self::EndGraces,
            Self::EndGraceOf(login()),
            Self::Register,
            Self::RegisterCode,
            Self::RegisterApp,
            Self::Recovery,
            Self::RecoveryCode,
            Self::Registered,
            Self::SendCode,
            Self::ForgetBrowser("0123456789abcdef".to_owned()),
            Self::ForgetBrowsers,
            Self::Invite,
            Self::Invitations,
            Self::Import,
            Self::ImportStart,
            Self::ImportStop,
            Self::Resend(login()),
            Self::Withdraw(login()),
            Self::ChangeAddress(login()),
            Self::UserMails(login()),
            Self::Lines,
            Self::AccessPath,
            Self::Doors,
            Self::LineNotice,
            operator(Operator::DeadLetters),
            operator(Operator::RetryLetter("0123456789abcdef-1".into())),
            Self::HandOver,
            Self::Keys,
            Self::Ending,
            operator(Operator::Provider("d-account".into())),
            Self::Federate("google".into()),
            Self::FederationCallback("google".into()),
            Self::FindDirectory,
            Self::MenuDoor(Box::new(Self::Federate("google".into()))),
        ]
        .into_iter()
        .chain(MenuRoute::ALL.map(Self::Menu))
        .map(|route| Entry { methods: route.methods(), credential: route.credential(), route })
        .collect()
    }
}

impl Operator {
    fn parse(segments: &[&str]) -> Option<Self> {
        let own = |text: &&str| (*text).to_owned();
        Some(match segments {
            ["openapi.json"] => Self::OpenApi,
            ["contracts", contract] => Self::Contract(own(contract)),
            ["contracts", contract, "users", login] => Self::ContractUser(own(contract), own(login)),
            ["accounts", service, login] => Self::Account(own(service), own(login)),
            ["accounts", service, login, "unlock"] => Self::Unlock(own(service), own(login)),
            ["accounts", service, login, "reset-second-factor"] => Self::ResetFactor(own(service), own(login)),
            ["accounts", service, login, "temporary-password"] => Self::TemporaryPassword(own(service), own(login)),
            ["dead-letters"] => Self::DeadLetters,
            ["dead-letters", id, "retry"] => Self::RetryLetter(own(id)),
            ["providers", id] => Self::Provider(own(id)),
            _ => return None,
        })
    }

    fn path(&self) -> String {
        match self {
            Self::OpenApi => "openapi.json".into(),
            Self::Contract(contract) => format!("contracts/{}", encode(contract)),
            Self::ContractUser(contract, login) => format!("contracts/{}/users/{}", encode(contract), encode(login)),
            Self::Account(service, login) => format!("accounts/{}/{}", encode(service), encode(login)),
            Self::Unlock(service, login) => format!("accounts/{}/{}/unlock", encode(service), encode(login)),
            Self::ResetFactor(service, login) => {
                format!("accounts/{}/{}/reset-second-factor", encode(service), encode(login))
            }
            Self::TemporaryPassword(service, login) => {
                format!("accounts/{}/{}/temporary-password", encode(service), encode(login))
            }
            Self::DeadLetters => "dead-letters".into(),
            Self::RetryLetter(id) => format!("dead-letters/{}/retry", encode(id)),
            Self::Provider(id) => format!("providers/{}", encode(id)),
        }
    }

    fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::OpenApi | Self::Account(..) | Self::DeadLetters => &["GET", "HEAD"],
            Self::Contract(_) | Self::Provider(_) => &["GET", "HEAD", "PUT"],
            Self::ContractUser(..) => &["DELETE"],
            Self::Unlock(..) | Self::ResetFactor(..) | Self::TemporaryPassword(..) | Self::RetryLetter(_) => &["POST"],
        }
    }
}

/// A value as one segment of a path or one value of a query (RFC 3986: everything but unreserved characters is encoded).
#[must_use]
pub fn encode(value: &str) -> String {
    crate::pages::links::encoded(value)
}

/// One percent-decoded segment; `None` when it is not UTF-8 or not well-formed.
#[must_use]
pub fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high.checked_mul(16)?.checked_add(low)?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The pairs of a query or form (`application/x-www-form-urlencoded`, WHATWG URL); `None` when one cannot be decoded.
#[must_use]
pub fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    if text.bytes().filter(|byte| *byte == b'&').count() > PAIRS {
        return None;
    }
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(&name.replace('+', " "))?, decode(&value.replace('+', " "))?))
        })
        .collect()
}

/// A path to come back to after a login: one of our own pages, never another site. It goes into a header as it is, so it has to
/// be encoded already, as every address of ours is.
#[must_use]
pub fn safe_next(next: &str) -> Option<String> {
    let path = next.split(['?', '#']).next()?;
    if next.starts_with("//") || next.contains('\\') || !next.chars().all(|c| c.is_ascii_graphic()) || next.len() > 2_000 {
        return None;
    }
    let route = Route::parse(path)?;
    route.comes_back().then(|| next.to_owned())
}

/// Where to come back to after a choice that changes only how pages look: the page it was made on, if it is one of ours that can
/// be asked for; else the top page.
#[must_use]
pub fn same_page(next: &str) -> String {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let ours = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    let plain = next.chars().all(|c| c.is_ascii_graphic()) && next.len() <= 2_000;
    let page = Route::parse(path).is_some_and(|route| route.is_page() && route.methods().contains(&"HEAD"));
    if ours && plain && page { next.to_owned() } else { Route::Top.path() }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_route_parses_back() {
        for entry in Route::map() {
            assert_eq!(Route::parse(&entry.route.path()), Some(entry.route));
        }
    }

    #[test]
    fn unknown_paths_are_unknown() {
        for path in
            ["", "login", "/login/", "//", "/users/", "/users//disconnect/viewer", "/users/a/disconnect/both", "/%ff", "/%zz"]
        {
            assert_eq!(Route::parse(path).filter(|route| !matches!(route, Route::User(_))), None, "{path}");
        }
    }

    #[test]
    fn a_path_of_any_depth_costs_nothing() {
        for path in
            ["/menu/menu".to_owned(), "/menu".repeat(4_000), "/%6Denu".repeat(3), "/x".repeat(100_000), "/".repeat(100_000)]
        {
            assert_eq!(Route::parse(&path), None, "{}", path.len());
        }
    }

    #[test]
    fn only_own_pages_can_be_come_back_to() {
        assert_eq!(safe_next("/users?q=a").as_deref(), Some("/users?q=a"));
        for next in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/logout",
            "/login",
            "/nowhere",
            "/users\r\nX: y",
            "/users?q=あ",
            "",
        ] {
            assert_eq!(safe_next(next), None, "{next}");
        }
    }

    #[test]
    fn a_choice_comes_back_to_the_page_it_was_made_on_and_to_no_other_site() {
        for next in ["/users?q=a", "/login?next=%2Fusers", "/", "/password/first", "/account?notice=x"] {
            assert_eq!(same_page(next), next);
        }
        for next in [
            "",
            "users",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/logout",
            "/live/password",
            "/device/v1/connect",
            "/operator/v1/openapi.json",
            "/healthz",
            "/no/such/page",
            "/preferences",
            "/users\r\nX: y",
            "/users?q=あ",
        ] {
            assert_eq!(same_page(next), "/", "{next}");
        }
    }

    #[test]
    fn forms_decode() {
        assert_eq!(
            pairs("a=1+2&b=%E3%81%82&&c").unwrap(),
            [("a".into(), "1 2".into()), ("b".into(), "あ".into()), ("c".into(), String::new())]
        );
        assert_eq!(pairs("a=%f"), None);
        assert_eq!(pairs(&"a&".repeat(PAIRS)).map(|pairs| pairs.len()), Some(PAIRS));
        assert_eq!(pairs(&"a&".repeat(PAIRS + 1)), None);
    }

    proptest! {
        #[test]
        fn any_name_survives_a_path(login in "\\PC{1,20}") {
            let route = Route::User(login);
            prop_assert_eq!(Route::parse(&route.path()), Some(route));
        }

        #[test]
        fn parsing_never_panics(path in "\\PC*") {
            let _ = (Route::parse(&path), pairs(&path), safe_next(&path));
            let back = same_page(&path);
            prop_assert!(back.starts_with('/') && !back.starts_with("//") && !back.contains('\\'));
        }
    }
}
