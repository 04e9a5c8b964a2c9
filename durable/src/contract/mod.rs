//! A contract (契約ID): its facts, and one row a member with the summary that each Account reports, for lists and search.
//! It decides nothing about a person; an actor's rights come from his own account in the same request.
//!
//! Members are real columns with indexes, so the shell answers [`List`], [`Report`] and [`Presence`] in SQL (one file,
//! `shell/store.rs`); the rules that need no rows are here.

mod change;
pub mod directory;
pub mod import;
pub mod letters;
pub mod retirement;

use serde::{Deserialize, Serialize};

pub use self::{
    change::{Change, ChangeContract, Changed, Logged, changed, opened, rolled_back},
    directory::{Directories, Directory},
    import::{Import, ImportView, PutImport, WorkImport},
    letters::{ForgetLetter, Letter, Letters, NoteLetter},
    retirement::{AskProgress, EndProvider, Ending, Endings, NoteLinked, Progress},
};

use crate::{
    Millis,
    account::{
        self, Done,
        person::Role,
        summary::{self, Failing, Waiting},
    },
    ask::commands,
    profile::Service,
    refusal::Refusal,
    rules::{
        access::{self, Act, Actor, Subject},
        date::Day,
        line::Lines,
        password::{Classes, Policy},
    },
};

/// Rows on a page of the user list (decisions, CW-042).
pub const PAGE: u32 = 50;
/// Stands for "no end" in the sorted column: behind every day.
pub const NO_END: &str = "9999-99-99";
/// Hits of a search are counted up to here.
pub const COUNTED: u32 = 1_000;
/// Rows on a page of a list of [`Concern`]; each says more than one of the user list.
pub const CONCERN_PAGE: u32 = 18;
/// Rows of such a list that are given at once at most.
pub const CONCERN_MOST: u32 = 1_000;
/// Users of such a list are counted up to here.
pub const CONCERN_COUNTED: u32 = 100;
/// Rows on a page of the invitations that wait; each has its acts beside it.
pub const INVITED_PAGE: u32 = 20;
/// Invitations that wait are counted up to here.
pub const INVITED_COUNTED: u32 = 1_000;
/// How long a reported presence is believed without a new report.
pub const PRESENCE_LEASE: Millis = 20 * 60 * 1000;
/// Watching pages are told of the first change at once, and of those behind it at most once in this time.
pub const TELL_EVERY: Millis = 1_000;
/// Users in a part of the account sheet.
pub const SHEET: u32 = 1_000;
/// 「今回の追加・変更契約分」: a contract of more than 200 accounts comes in several requests, so what was added or changed counts
/// as one delivery as long as no gap is longer than this.
pub const DELIVERY: Millis = 10 * 60 * 1000;

commands! {
    /// Everything that can be asked of a Contract.
    Command {
        /// The operator creates or updates it.
        Open -> Opened,
        /// Initial passwords have reached the operator.
        Delivered -> Done,
        /// An Account reports its summary.
        Report -> Done,
        /// An Account reports who is connected.
        Presence -> Done,
        /// 一般ユーザ一覧
        List -> Listed,
        /// The operator reads it.
        Describe -> Described,
        /// A page wants to follow the lists live (a WebSocket upgrade).
        Watch -> Done,
        /// ユーザアカウント一覧表
        Sheet -> Listed,
        /// Its facts and settings, for an account's decision.
        ReadFacts -> Facts,
        /// 契約情報変更, プラン変更, 解約, settings
        ChangeContract -> Done,
        /// ロック中のユーザ, 旧パスワードで待ち受け中
        ListConcern -> Concerned,
        /// Invitations that wait.
        ListInvited -> Listed,
        /// Which of these addresses its members have.
        Known -> Vec<String>,
        /// A part of a file is stored, to be imported.
        PutImport -> Done,
        /// A look at the import, or a step of it.
        WorkImport -> ImportView,
        /// An account has given something up.
        NoteLetter -> Done,
        /// It is no dead letter any more.
        ForgetLetter -> Done,
        /// The operator looks at the dead letters.
        Letters -> Vec<Letter>,
        /// An account says how it stands to a linked service.
        NoteLinked -> Done,
        /// The operator says that a linked service ends.
        EndProvider -> Done,
        /// Which linked services end.
        Endings -> Vec<Ending>,
        /// How far the users of one are.
        AskProgress -> Progress,
        /// Somebody has logged in over a line.
        NoteLine -> Done,
    }
}

/// The contract's own facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Which service; fixed.
    pub service: Service,
    /// The company.
    pub name: String,
    /// 基本プラン or 無料トライアル
    pub plan: Plan,
    /// First day of the trial.
    #[serde(default)]
    pub trial_start: Option<Day>,
    /// What its administrator has chosen.
    #[serde(default)]
    pub settings: Settings,
    /// Who speaks for the company, as its contractor wrote it.
    #[serde(default)]
    pub contact: String,
    /// When 解約 was asked for.
    #[serde(default)]
    pub cancelled: Option<Millis>,
    /// Active Directory設定
    #[serde(default, skip_serializing_if = "Directories::is_unused")]
    pub directories: Directories,
    /// 回線認証: its lines, and アクセス経路設定.
    #[serde(default, skip_serializing_if = "Lines::is_empty")]
    pub lines: Lines,
}

impl Facts {
    /// The same as of `now`.
    #[must_use]
    pub fn at(self, now: Millis) -> Self {
        Self { lines: self.lines.at(now), ..self }
    }
}

/// Settings of a whole contract. Whatever deviates from the manual is off by default.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// 2段階認証を無効にする (ST-091)
    pub no_second_step: bool,
    /// 2-step stays registered through reset and mail change.
    pub keep_factor: bool,
    /// Reset links are valid for 24 hours.
    pub short_reset: bool,
    /// Passwords are passphrases: 15 characters, no classes.
    pub passphrase: bool,
}

/// Shortest passphrase, in characters (decisions, "Settings that deviate").
const PASSPHRASE: usize = 15;

impl Settings {
    /// What a new password of the contract's people must be, where `usual` is the service's rule.
    #[must_use]
    pub const fn password_policy(&self, usual: Policy) -> Policy {
        if self.passphrase { Policy { min: PASSPHRASE, max: usual.max, classes: Classes::AtLeast(0) } } else { usual }
    }
}

/// The contract's plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plan {
    /// 基本プラン
    Basic,
    /// 無料トライアル
    Trial,
}

impl Plan {
    /// Its code, as rows say it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Trial => "trial",
        }
    }
}

/// The operator creates or updates the contract.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Open {
    /// What it is to be.
    pub facts: Box<Facts>,
    /// The accounts that the request names.
    pub uids: Vec<String>,
    /// Which contract, for its journal.
    #[serde(default)]
    pub contract: String,
    /// Who asks for it.
    #[serde(default)]
    pub by: String,
    /// From which address.
    #[serde(default)]
    pub address: String,
}

/// What the contract knows about its members before an update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The administrator's uid and login, if there is one.
    pub administrator: Option<(String, String)>,
    /// Those of the named accounts whose initial password has reached the operator, or that never had one.
    pub delivered: Vec<String>,
}

/// Initial passwords have reached the operator: their making anew stops.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivered {
    /// The accounts.
    pub uids: Vec<String>,
}

/// An Account's summary; a report that is not newer than the stored one changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Sequence and summary.
    pub report: summary::Report,
}

/// Who is connected, as of `at`; believed for [`PRESENCE_LEASE`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Presence {
    /// The account.
    pub uid: String,
    /// ビューア: since when.
    pub viewer: Option<Millis>,
    /// クライアント: since when.
    pub client: Option<Millis>,
    /// When this was so.
    pub at: Millis,
    /// The client, if it waits with the previous password.
    #[serde(default)]
    pub waiting: Option<Waiting>,
    /// When the Account reports again at the latest; 0: it does not say.
    #[serde(default)]
    pub again: Millis,
}

/// By which column a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// ユーザ名
    #[default]
    Login,
    /// タイプ
    Plan,
    /// サービス提供開始日
    Start,
    /// サービス解約日
    End,
}

/// A place between two rows: the sort column's value and the login name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The sort column's value.
    pub value: String,
    /// The login name, which makes the order total.
    pub login: String,
}

/// Which side of a place a page lies on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Page {
    /// The first rows.
    #[default]
    First,
    /// The rows behind.
    After(Place),
    /// The rows before.
    Before(Place),
}

/// A page of the user list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct List {
    /// Who looks.
    pub actor: Actor,
    /// Part of the login name, folded; empty for all.
    pub part: String,
    /// Plans whose name contains what was typed.
    pub plans: Vec<String>,
    /// By which column.
    pub sort: Sort,
    /// Descending.
    pub descending: bool,
    /// Which page.
    pub page: Page,
    /// The watching page whose lease this look renews.
    #[serde(default)]
    pub renew: Option<String>,
}

/// A page of members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// 契約ID
    pub contract: String,
    /// 契約ユーザ数
    pub users: u32,
    /// Hits of the search, counted up to [`COUNTED`]; `None` without a search.
    pub found: Option<u32>,
    /// At most [`PAGE`] rows.
    pub rows: Vec<Member>,
    /// Whether there are rows before these.
    pub before: bool,
    /// Whether there are rows behind these.
    pub after: bool,
    /// Users who are locked out now, counted up to [`CONCERN_COUNTED`].
    #[serde(default)]
    pub locked: u32,
    /// Users whose client waits with the previous password, counted in the same way.
    #[serde(default)]
    pub waiting: u32,
    /// Invitations that wait, counted up to [`INVITED_COUNTED`].
    #[serde(default)]
    pub invited: u32,
}

/// One row of the user list.
#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own in a list")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The account.
    pub uid: String,
    /// ユーザ名
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// タイプ: the plan's code.
    pub plan: String,
    /// サービス提供開始日
    pub start: Day,
    /// サービス解約日
    pub end: Option<Day>,
    /// When the login lock began.
    pub locked_at: Option<Millis>,
    /// Failures in a row.
    pub failures: u32,
    /// 利用禁止
    pub prohibited: bool,
    /// 仮パスワード
    pub temporary: bool,
    /// 多要素認証
    pub factor: bool,
    /// ビューア: since when.
    pub viewer: Option<Millis>,
    /// クライアント: since when.
    pub client: Option<Millis>,
    /// When the presence was reported.
    pub present_at: Millis,
    /// Whether it is part of the newest addition or change ([`DELIVERY`]); only the account sheet asks.
    #[serde(default)]
    pub recent: bool,
    /// The first moment at which its invitation cannot be accepted any more; `None`: it does not wait for that.
    #[serde(default)]
    pub invited: Option<Millis>,
    /// The provider that it logs in with; `None`: with a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

/// The invitations that wait, the newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListInvited {
    /// Who looks.
    pub actor: Actor,
    /// Behind this row: until when it can be accepted, and its uid.
    pub after: Option<(Millis, String)>,
}

/// Which of these addresses belong to members, invited ones included. Asked before an address is mailed for the first time; what
/// another contract has is not told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Known {
    /// Who asks.
    pub actor: Actor,
    /// Folded addresses.
    pub logins: Vec<String>,
}

/// A page opens its live link to the lists. The contract says `changed` when a row has changed that they show; the page then
/// fetches what it may see.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Watch(pub account::Watch);

/// A part of ユーザアカウント一覧表: the administrator, and users in the order of their login names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sheet {
    /// Who reads.
    pub actor: Actor,
    /// Users behind this login name.
    pub after: String,
    /// So many of them are passed over.
    pub skip: u32,
}

/// Somebody has logged in over a line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoteLine {
    /// Which one.
    pub number: String,
    /// When.
    pub at: Millis,
}

/// What an account's decision needs to know of its contract.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ReadFacts;

/// The operator reads the contract.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Describe {
    /// Members behind this login name.
    pub after: String,
    /// At most so many.
    pub limit: u32,
}

/// The contract and some of its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// Its facts.
    pub facts: Facts,
    /// Members in the order of their login names.
    pub members: Vec<Member>,
    /// Whether there are more.
    pub more: bool,
}

/// A list of users who want an administrator's attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Concern {
    /// ロック中のユーザ: who is locked out or whose logins fail, the newest lock first.
    Locked,
    /// 旧パスワードで待ち受け中: whose client waits with the previous password, the grace that ends first before all.
    Previous,
}

/// A part of such a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListConcern {
    /// Who looks.
    pub actor: Actor,
    /// Which list.
    pub concern: Concern,
    /// Behind this row; `None`: the first ones.
    pub after: Option<ConcernPlace>,
    /// Only users with these login names; empty for all.
    pub only: Vec<String>,
    /// At most so many, and at most [`CONCERN_MOST`].
    pub limit: u32,
    /// The watching page whose lease this look renews.
    #[serde(default)]
    pub renew: Option<String>,
}

/// A place in its order: whether it was locked, until when it counts, and the uid.
pub type ConcernPlace = (bool, Millis, String);

/// Rows of such a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concerned {
    /// The rows.
    pub rows: Vec<ConcernedMember>,
    /// Whether there are rows behind these.
    pub more: bool,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcernedMember {
    /// The account.
    pub uid: String,
    /// ユーザ名
    pub login: String,
    /// What the matter is.
    pub why: Why,
}

/// Why a user is on a list of [`Concern`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// What counts against his logins.
    Locked(Failing),
    /// The PC that waits.
    Previous(Waiting),
}

impl ConcernedMember {
    /// Its place in the order.
    #[must_use]
    pub fn place(&self) -> ConcernPlace {
        let (locked, until) = match &self.why {
            Why::Locked(failing) => (failing.has_lock(), failing.until),
            Why::Previous(waiting) => (false, waiting.until),
        };
        (locked, until, self.uid.clone())
    }
}

/// Whether `actor` may list this contract's users.
///
/// # Errors
/// [`Refusal::NotFound`] when he may not.
pub fn may_list(contract: &str, service: Service, actor: &Actor) -> Result<(), Refusal> {
    may(contract, service, actor, Act::ListUsers)
}

/// Whether `actor` may do this to the contract as a whole.
///
/// # Errors
/// [`Refusal::NotFound`] when he may not.
pub fn may(contract: &str, service: Service, actor: &Actor, act: Act) -> Result<(), Refusal> {
    let subject = Subject { uid: "", contract, role: Role::User };
    access::decide(crate::profile::of(service), actor, &subject, act).map_err(|_| Refusal::NotFound)
}

impl Presence {
    /// Whether a list shows somebody as connected who was not, or the other way round; `before` is what was reported last:
    /// viewer, client and when.
    #[must_use]
    pub fn shows_change(&self, before: (Option<Millis>, Option<Millis>, Millis)) -> bool {
        let (viewer, client, at) = before;
        let believed = self.at.saturating_sub(at) < PRESENCE_LEASE;
        let was = believed && (viewer.is_some() || client.is_some());
        was != (self.viewer.is_some() || self.client.is_some())
    }

    /// Whether what was reported last says the same and is believed until the next report: then there is nothing to store. So
    /// ten thousand devices that come back after a restart cost their contract no commit.
    #[must_use]
    pub fn is_known(&self, before: (Option<Millis>, Option<Millis>, Millis)) -> bool {
        let (viewer, client, at) = before;
        let same = viewer.is_some() == self.viewer.is_some() && client.is_some() == self.client.is_some();
        same && (self.at..at.saturating_add(PRESENCE_LEASE)).contains(&self.again)
    }
}

/// Whether the facts may become these: the service of a contract id is fixed.
///
/// # Errors
/// [`Refusal::Taken`] when the id belongs to another service.
pub fn may_become(stored: Option<&Facts>, new: &Facts) -> Result<(), Refusal> {
    match stored {
        Some(stored) if stored.service != new.service => Err(Refusal::Taken),
        _ => Ok(()),
    }
}
