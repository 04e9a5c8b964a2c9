//! 管理コンソール of the storage services beyond its list: a user's page, the questions before an act, 招待, the invitations that wait,
//! メールアドレス変更 and 最近のメール. What is shown of a user is what his own Account says; no page ever shows a link that was mailed.

use askama::Template;
use durable::{account::mails::State as MailState, rules::access::Role};

use super::{Chrome, Kind, Nav, Stamp, Who, Word, confirm::Question, links};
use crate::texts::{Lang, Texts};

/// A role in words.
pub(crate) fn role(texts: &'static Texts, role: Role) -> &'static str {
    match role {
        Role::Administrator => texts.console.contractor,
        Role::Manager => texts.console.manager,
        Role::User => texts.console.member,
    }
}

/// The frame of the samples: a contractor's.
pub(crate) fn contractor(chrome: &Chrome, word: Word) -> Chrome {
    Chrome { who: Some(Who { login: word("boss@example.jp"), kind: Kind::Contractor }), ..chrome.on(Nav::Users) }
}

/// A user's page.
#[derive(Clone, Debug, Template)]
#[template(path = "member.html")]
pub struct Member {
    /// The frame.
    pub chrome: Chrome,
    /// The user.
    pub user: MemberFacts,
}

/// What is known of a user.
#[derive(Clone, Debug)]
pub struct MemberFacts {
    /// メールアドレス
    pub login: String,
    /// 氏名; empty when nobody gave one.
    pub name: String,
    /// 権限
    pub role: Role,
    /// サービス提供開始日
    pub start: String,
    /// サービス解約日
    pub end: Option<String>,
    /// Until when the invitation can be accepted, and whether that is over; none: it does not wait for that.
    pub invited: Option<(Stamp, bool)>,
    /// Who invited; empty when nobody of the contract did.
    pub by: String,
    /// A change that waits for its link: the new address, empty for the login method, and until when.
    pub pending: Option<(String, Stamp)>,
    /// The last login.
    pub signed_in: Option<Stamp>,
    /// Since when the login is locked.
    pub locked: Option<Stamp>,
    /// Whether 2段階認証 is registered.
    pub factor: bool,
}

impl MemberFacts {
    /// What he is called.
    fn title(&self) -> &str {
        if self.name.is_empty() { &self.login } else { &self.name }
    }

    fn sample(word: Word) -> Self {
        Self {
            login: word("hanako@example.jp"),
            name: word("Hanako Suzuki"),
            role: Role::User,
            start: "2022-12-01".to_owned(),
            end: None,
            invited: None,
            by: String::new(),
            pending: None,
            signed_in: Some(Stamp(word("2026-11-22 09:00:00 +0900"))),
            locked: None,
            factor: true,
        }
    }
}

/// What can be done to a user here, each asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberAct {
    /// 再送
    Resend,
    /// 取り消し
    Withdraw,
    /// 2段階認証 is reset.
    ResetTwoStep,
}

impl MemberAct {
    /// Its address: GET asks, POST acts.
    #[must_use]
    pub fn path(self, login: &str) -> String {
        let end = match self {
            Self::Resend => "invitation/resend",
            Self::Withdraw => "invitation/withdraw",
            Self::ResetTwoStep => "factor/reset",
        };
        format!("{}/{end}", links::user(login))
    }
}

impl Member {
    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |user| Self { chrome: contractor(chrome, word), user };
        let user = MemberFacts::sample(word);
        let stamp = |text| Stamp(word(text));
        let invited = MemberFacts {
            invited: Some((stamp("2026-12-06 09:00:00 +0900"), false)),
            by: word("boss@example.jp"),
            signed_in: None,
            factor: false,
            ..user.clone()
        };
        let busy = MemberFacts {
            role: Role::Manager,
            locked: Some(stamp("2026-11-22 08:00:00 +0900")),
            pending: Some((word("new@example.jp"), stamp("2026-12-06 09:00:00 +0900"))),
            end: Some(word("2027-03-31")),
            ..user.clone()
        };
        vec![
            ("member", page(user)),
            ("member-invited", page(invited.clone())),
            ("member-expired", page(MemberFacts { invited: Some((stamp("2026-11-01 09:00:00 +0900"), true)), ..invited })),
            ("member-busy", page(busy.clone())),
            (
                "member-method",
                page(MemberFacts {
                    pending: Some((String::new(), stamp("2026-12-06 09:00:00 +0900"))),
                    name: String::new(),
                    ..busy
                }),
            ),
        ]
    }
}

/// A question before an act, as a page and in the dialog.
#[derive(Clone, Debug, Template)]
#[template(path = "member_question.html")]
pub struct MemberQuestion {
    /// The frame; its operation id is the form's.
    pub chrome: Chrome,
    /// Whom it is done to.
    pub login: String,
    /// What would be done; none: ST-106 for this address.
    pub act: Option<MemberAct>,
    /// The address that was entered, for ST-106.
    pub address: String,
    /// Whether a change of his waits already.
    pub pending: bool,
}

impl MemberQuestion {
    fn question(&self) -> Question {
        let c = &self.chrome.texts().console;
        let said = |lines: &[&'static str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let sure = self.chrome.texts().confirm.sure;
        let (object, lines, danger, effects) = match self.act {
            Some(MemberAct::Resend) => (c.invitation, vec![c.resend_question, sure], false, said(&c.resend_effects)),
            Some(MemberAct::Withdraw) => (c.invitation, vec![c.withdraw_question, sure], true, said(&c.withdraw_effects)),
            Some(MemberAct::ResetTwoStep) => (c.two_step, vec![c.reset_question, sure], true, said(&c.reset_effects)),
            None if self.address == self.login => {
                (c.change, c.change_question.to_vec(), false, vec![(c.method_effects)(self.login.clone())])
            }
            None => {
                let effects = (c.change_effects)(self.login.clone(), self.address.clone());
                (c.change, c.change_question.to_vec(), false, effects.to_vec())
            }
        };
        let replaced = self.pending.then(|| c.pending_replaced.to_owned());
        Question {
            action: self.act.map_or_else(|| address_path(&self.login), |act| act.path(&self.login)),
            operation: self.chrome.operation.clone(),
            login: self.login.clone(),
            object,
            lines,
            note: "",
            danger,
            leaves: self.act == Some(MemberAct::Withdraw),
            refuses: false,
            effects: effects.into_iter().chain(replaced).collect(),
        }
    }

    fn cancel(&self) -> &'static str {
        let t = self.chrome.texts();
        if self.act.is_none() { t.console.change_cancel } else { t.common.cancel }
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let ask = |act, address: &str| Self {
            chrome: contractor(chrome, word),
            login: word("hanako@example.jp"),
            act,
            address: word(address),
            pending: act.is_none(),
        };
        vec![
            ("member-resend", ask(Some(MemberAct::Resend), "")),
            ("member-withdraw", ask(Some(MemberAct::Withdraw), "")),
            ("member-reset-two-step", ask(Some(MemberAct::ResetTwoStep), "")),
            ("member-address-sure", ask(None, "new@example.jp")),
            ("member-method-sure", ask(None, "hanako@example.jp")),
        ]
    }
}

/// メールアドレス変更 of a user.
fn address_path(login: &str) -> String {
    format!("{}/address", links::user(login))
}

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// It is none.
    Malformed,
    /// The contract has it already.
    Taken,
    /// It was invited a moment ago, or too often.
    MailedLately,
    /// Too many former addresses still have a way back.
    MovedOften,
}

impl AddressError {
    fn sentence(self, texts: &'static Texts) -> &'static str {
        match self {
            Self::Malformed => texts.console.bad_address,
            Self::Taken => texts.console.taken,
            Self::MailedLately => texts.console.notice_just_sent,
            Self::MovedOften => texts.console.moved_often,
        }
    }
}

/// メールアドレス変更 of a user: the field (ST-106).
#[derive(Clone, Debug, Template)]
#[template(path = "member_address.html")]
pub struct MemberAddress {
    /// The frame.
    pub chrome: Chrome,
    /// The address that he has.
    pub login: String,
    /// What was entered.
    pub typed: String,
    /// What is wrong with that.
    pub error: Option<AddressError>,
}

impl MemberAddress {
    /// As it is first, and after a mistake.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let login = word("hanako@example.jp");
        let page = |typed: String, error| Self { chrome: contractor(chrome, word), login: login.clone(), typed, error };
        vec![
            ("member-address", page(login.clone(), None)),
            ("member-address-wrong", page(word("hanako@"), Some(AddressError::Malformed))),
            ("member-address-taken", page(word("jiro@example.jp"), Some(AddressError::Taken))),
        ]
    }
}

/// 利用者を招待
#[derive(Clone, Debug, Template)]
#[template(path = "invite.html")]
pub struct InvitePage {
    /// The frame.
    pub chrome: Chrome,
    /// What was entered.
    pub typed: Typed,
    /// Whether he may invite managers.
    pub managers: bool,
    /// What is wrong: name, address, start.
    pub errors: InviteErrors,
}

/// What was entered about a new user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// 氏名
    pub name: String,
    /// メールアドレス
    pub address: String,
    /// 管理者権限
    pub manager: bool,
    /// サービス提供開始日
    pub start: String,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InviteErrors {
    /// 氏名
    pub name: bool,
    /// メールアドレス
    pub address: Option<AddressError>,
    /// サービス提供開始日
    pub start: bool,
}

impl InvitePage {
    /// The mistakes in the order of the fields: field, label, sentence.
    fn mistakes(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        let t = self.chrome.texts();
        let (c, errors) = (&t.console, &self.errors);
        let name = errors.name.then_some(("name", c.name, c.bad_name));
        let address = errors.address.map(|error| ("address", c.address, error.sentence(t)));
        let start = errors.start.then_some(("start", t.users.start, c.bad_start));
        name.into_iter().chain(address).chain(start).collect()
    }

    /// As it is first, and with everything wrong.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |typed, managers, errors| Self { chrome: contractor(chrome, word), typed, managers, errors };
        let empty = Typed { start: "2026-11-22".to_owned(), ..Typed::default() };
        let wrong = Typed { name: word("Hanako"), address: word("hanako@"), manager: true, start: word("2026-13-01") };
        let errors = InviteErrors { name: true, address: Some(AddressError::Malformed), start: true };
        vec![
            ("invite", page(empty.clone(), true, InviteErrors::default())),
            ("invite-manager", page(empty, false, InviteErrors::default())),
            ("invite-wrong", page(wrong, true, errors)),
        ]
    }
}

/// The invitations that wait.
#[derive(Clone, Debug, Template)]
#[template(path = "invitations.html")]
pub struct Invitations {
    /// The frame.
    pub chrome: Chrome,
    /// One row each: address, name, role, until when, whether that is over.
    pub rows: Vec<InvitedRow>,
    /// Whether this is not the first page.
    pub later: bool,
    /// The next page.
    pub next: Option<String>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitedRow {
    /// メールアドレス
    pub login: String,
    /// 氏名
    pub name: String,
    /// 権限
    pub role: Role,
    /// Until when it can be accepted.
    pub until: Stamp,
    /// Whether that is over.
    pub expired: bool,
}

impl Invitations {
    fn next_link(&self) -> Option<String> {
        self.next.as_ref().map(|cursor| links::with("/invitations", &[("after", cursor)]))
    }

    /// Some, and none.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let row = |login: &str, name: &str, role, expired| InvitedRow {
            login: word(login),
            name: if name.is_empty() { String::new() } else { word(name) },
            role,
            until: Stamp(word("2026-12-06 09:00:00 +0900")),
            expired,
        };
        let rows = vec![
            row("hanako@example.jp", "Hanako Suzuki", Role::User, false),
            row("jiro@example.jp", "", Role::Manager, false),
            row("old@example.jp", "Saburo", Role::User, true),
        ];
        let page = |rows, next| Self { chrome: contractor(chrome, word), rows, later: false, next };
        vec![
            ("invitations", page(rows.clone(), None)),
            ("invitations-many", Self { later: true, ..page(rows, Some(word("c"))) }),
            ("invitations-none", page(Vec::new(), None)),
        ]
    }
}

/// 最近のメール of a user.
#[derive(Clone, Debug, Template)]
#[template(path = "member_mails.html")]
pub struct MemberMails {
    /// The frame.
    pub chrome: Chrome,
    /// His address.
    pub login: String,
    /// The newest first.
    pub rows: Vec<MailRow>,
}

/// One mail.
#[derive(Clone, Debug)]
pub struct MailRow {
    /// 件名
    pub subject: String,
    /// To whom.
    pub to: String,
    /// When it was wanted.
    pub at: Stamp,
    /// What became of it.
    pub state: MailState,
}

impl MailRow {
    /// Class and word of its state.
    fn badge(&self, texts: &'static Texts) -> (&'static str, &'static str) {
        match self.state {
            MailState::Waiting => ("wait", texts.console.waiting),
            MailState::Sent(_) => ("ok", texts.console.sent),
            MailState::Failed(_) => ("prohibited", texts.console.failed),
        }
    }
}

impl MemberMails {
    /// Some, and none.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let subject =
            if chrome.lang == Lang::Ja { "【WORKSDRIVE】利用者登録のご案内" } else { "[WORKSDRIVE] Invitation" };
        let row = |state| MailRow {
            subject: subject.to_owned(),
            to: word("hanako@example.jp"),
            at: Stamp(word("2026-11-22 09:00:00 +0900")),
            state,
        };
        let page = |rows| Self { chrome: contractor(chrome, word), login: word("hanako@example.jp"), rows };
        let rows = vec![row(MailState::Waiting), row(MailState::Sent(0)), row(MailState::Failed(0))];
        vec![("member-mails", page(rows)), ("member-mails-none", page(Vec::new()))]
    }
}
