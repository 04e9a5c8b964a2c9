//! One user's page (CW-050 to CW-056, CW-060 to CW-064, CW-070 to CW-074, CW-084 to CW-094, CW-101 to CW-103, CW-120 to CW-123).
//!
//! [`UserLive`] is the part that follows the user: a page that watches fetches it alone (header `X-Live`) and swaps what
//! changed. The dialog lies outside of it, so that a change behind an open question does not close it; what is typed into the
//! password's fields lies between the parts that are swapped. What a question asks comes from its own page when it is asked.

use askama::Template;
use durable::{
    account::{
        self, person,
        receipt::{Answer, Part},
    },
    rules::{
        access,
        password::{Policy, Violation},
    },
};

use super::{Act, Chrome, Grace, Nav, PasswordErrors, Plan, Receipt, State, Word, effects, links, password::Form};
use crate::texts::{self, Lang, Texts};

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "user.html")]
pub struct User {
    /// The frame.
    pub chrome: Chrome,
    /// Everything that can change.
    pub live: UserLive,
}

/// The live part, also an answer of its own.
#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own on the page")]
#[derive(Clone, Debug, Template)]
#[template(path = "parts/user_live.html")]
pub struct UserLive {
    /// The person's language.
    pub lang: Lang,
    /// The service's name, for the type's label.
    pub brand: String,
    /// ユーザ名
    pub login: String,
    /// How the page stays current; none: no live link (the page then works by reload).
    pub watch: Option<Watch>,
    /// タイプ
    pub plan: Plan,
    /// サービス提供開始日, `YYYY-MM-DD`.
    pub start: String,
    /// サービス解約日, `YYYY-MM-DD`; none: no end is planned.
    pub end: Option<String>,
    /// The registered phone.
    pub device: Option<Device>,
    /// 接続開始時刻 of the live viewer.
    pub viewer: Option<Stamp>,
    /// 接続開始時刻 of the live client.
    pub client: Option<Stamp>,
    /// ロックアウト時刻 while the login is locked out (CW-084).
    pub locked: Option<Stamp>,
    /// Whether use of the management function is prohibited (CW-091).
    pub prohibited: bool,
    /// Whether the password is temporary.
    pub temporary: bool,
    /// Whether multi-factor authentication is in use (CW-101).
    pub factor: bool,
    /// How many web sessions live.
    pub sessions: usize,
    /// The name of the PC that is connected, as far as it is known.
    pub pc: Option<String>,
    /// Whether the device door is closed to unknown devices.
    pub door_closed: bool,
    /// What the last act on him did, as long as that is news.
    pub receipt: Option<Receipt>,
    /// The previous password's grace (CW-116).
    pub grace: Option<Grace>,
    /// Whether the client that is connected stands on that.
    pub on_previous: bool,
    /// What can be done to users in this service.
    pub acts: &'static [access::Act],
    /// The form for his password.
    pub password: UserPassword,
}

/// The form for another person's password (CW-055), as it was sent if something was wrong with it.
#[derive(Clone, Debug)]
pub struct UserPassword {
    /// The profile's rule.
    pub policy: Policy,
    /// The rules that what was typed breaks.
    pub violations: Vec<Violation>,
    /// 次回ログイン時にパスワードの変更が必要
    pub temporary: bool,
    /// 猶予を与えない
    pub graceless: bool,
    /// The form's operation id.
    pub operation: String,
}

impl UserPassword {
    /// The form before it was sent: the toggle is on (CW-121).
    #[must_use]
    pub fn new(policy: Policy, operation: String) -> Self {
        Self { policy, violations: Vec::new(), temporary: true, graceless: false, operation }
    }
}

/// A live link of one page: the attributes of its `#live` (`assets/js/live.js` says what they do).
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/watch.html")]
pub struct Watch {
    /// Path of the WebSocket, without the ticket.
    pub url: String,
    /// A ticket that opens it once, within 60 s.
    pub ticket: String,
    /// The watcher's id, which the page sends as `X-Live`.
    pub id: String,
}

/// A registered phone (CW-062).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// 端末名
    pub name: String,
    /// 端末のOS
    pub os: String,
    /// 登録時刻
    pub since: Stamp,
}

/// A moment in the person's zone: `2024-01-18 15:49:41 +0900` (CW-056).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp(pub String);

impl Stamp {
    /// The form that `<time datetime>` takes: no blank before the offset (HTML, "valid global date and time").
    pub(crate) fn machine(&self) -> String {
        self.0.replacen(" +", "+", 1).replacen(" -", "-", 1)
    }
}

/// One end of the connection.
pub(crate) struct End<'a> {
    pub(crate) act: Act,
    pub(crate) label: &'static str,
    pub(crate) since: Option<&'a Stamp>,
    pub(crate) href: String,
}

impl UserLive {
    fn texts(&self) -> &'static Texts {
        texts::of(self.lang)
    }

    /// What is the matter with the account's login, the gravest first; empty: it is usable.
    fn states(&self) -> Vec<State> {
        [(self.prohibited, State::Prohibited), (self.locked.is_some(), State::Locked), (self.temporary, State::Temporary)]
            .into_iter()
            .filter_map(|(holds, state)| holds.then_some(state))
            .collect()
    }

    fn ends(&self) -> [End<'_>; 2] {
        let t = &self.texts().user;
        [(Act::DisconnectViewer, t.viewer, &self.viewer), (Act::DisconnectClient, t.client, &self.client)]
            .map(|(act, label, since)| End { act, label, since: since.as_ref(), href: act.path(&self.login) })
    }

    fn password_href(&self) -> String {
        format!("{}/password", links::user(&self.login))
    }

    fn href(&self, act: Act) -> String {
        act.path(&self.login)
    }

    /// Whether this service has the act.
    fn may(&self, act: access::Act) -> bool {
        self.acts.contains(&act)
    }

    /// Whether 次回ログイン時にパスワードの変更が必要 is on: never for a user who could not change it (CW-121).
    fn temporary_on(&self) -> bool {
        self.password.temporary && !self.prohibited
    }

    /// The fields for the password, without the current one, which only its owner knows.
    fn form(&self) -> Form {
        let errors = PasswordErrors { violations: self.password.violations.clone(), ..PasswordErrors::default() };
        let mut form = Form::new(self.texts(), self.password.policy, &errors);
        form.fields.retain(|field| field.name != "current");
        form
    }

    /// What a new password will do.
    fn password_effects(&self) -> Vec<String> {
        effects::of_password(self)
    }

    fn plan_label(&self) -> String {
        self.plan.label(&self.brand, &self.texts().users)
    }
}

impl User {
    /// The login page, which leads back here.
    fn sign_in_link(&self) -> String {
        format!("/login?next={}", links::encoded(&links::user(&self.live.login)))
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let quiet = sample(chrome, word);
        let page = |live| Self { chrome: chrome.on(Nav::Users), live };
        let stamp = |text| Some(Stamp(word(text)));
        let connected = UserLive { viewer: stamp("2022-03-01 16:59:28 +0900"), ..quiet.clone() };
        let forced = Chrome { notice: Some(super::Notice::PasswordForced), ..chrome.on(Nav::Users) };
        let disconnected = Chrome { notice: Some(super::Notice::ViewerDisconnected), ..chrome.on(Nav::Users) };
        vec![
            ("user", page(quiet.clone())),
            ("user-connected", page(connected.clone())),
            ("user-disconnected", Self { chrome: disconnected, ..page(quiet.clone()) }),
            ("user-everything", page(everything(chrome, word))),
            ("user-receipt", page(UserLive { receipt: Some(receipt("shut-out", word)), device: None, ..quiet.clone() })),
            (
                "user-receipt-refused",
                page(UserLive { receipt: Some(receipt("device-reset", word)), device: None, ..quiet.clone() }),
            ),
            ("user-receipt-waiting", page(UserLive { receipt: Some(waiting(word)), ..connected.clone() })),
            ("user-password-errors", page(with_errors(&quiet))),
            ("user-password-forced", Self { chrome: forced, ..page(UserLive { temporary: true, ..quiet.clone() }) }),
            ("user-new", page(UserLive { device: None, temporary: true, watch: None, ..quiet })),
        ]
    }
}

/// What an act did to everything there is, for samples: one device has answered, the other has not.
fn receipt(code: &str, word: Word) -> Receipt {
    let part = |end, name: &str, answer| Part { end, name: word(name), since: 0, answer };
    let parts = vec![
        part(person::End::Viewer, "iPhone16,1", Answer::Closed(80)),
        part(person::End::Client, "DESKTOP-7F3A", Answer::Unanswered),
    ];
    let done = account::Receipt {
        operation: String::new(),
        code: code.to_owned(),
        by: word("admin.00001"),
        at: 0,
        sessions: 2,
        phone: Some(word("iPhone16,1")),
        pcs: 3,
        factor: true,
        refused: code == "device-reset",
        parts,
        told: true,
    };
    Receipt { done, at: Stamp(word("2026-11-22 09:00:00 +0900")) }
}

/// One that waits for both, for samples.
fn waiting(word: Word) -> Receipt {
    let mut receipt = receipt("use-prohibited", word);
    for part in &mut receipt.done.parts {
        part.answer = Answer::Waiting;
    }
    receipt
}

/// A refused password, for samples.
fn with_errors(user: &UserLive) -> UserLive {
    let violations = vec![Violation::TooShort, Violation::NoUpper, Violation::Mismatch];
    UserLive { password: UserPassword { violations, temporary: false, graceless: true, ..user.password.clone() }, ..user.clone() }
}

/// A user to whom everything applies at once, for samples.
pub(super) fn everything(chrome: &Chrome, word: Word) -> UserLive {
    let stamp = |text| Some(Stamp(word(text)));
    UserLive {
        plan: Plan::Own,
        end: Some(word("2027-03-31")),
        viewer: stamp("2022-03-01 16:59:28 +0900"),
        client: stamp("2026-11-22 08:59:02 +0900"),
        locked: stamp("2024-01-29 15:18:25 +0900"),
        prohibited: true,
        temporary: true,
        factor: true,
        sessions: 2,
        pc: Some(word("DESKTOP-7F3A")),
        door_closed: true,
        grace: Some(Grace { days: 29, until: Stamp(word("2026-12-21 09:00:00 +0900")) }),
        on_previous: true,
        ..sample(chrome, word)
    }
}

/// A user with a registered phone and no connection.
pub(super) fn sample(chrome: &Chrome, word: Word) -> UserLive {
    let login = word("cwtest.00001");
    UserLive {
        lang: chrome.lang,
        brand: chrome.brand.name.clone(),
        watch: Some(Watch { url: format!("/live{}", links::user(&login)), ticket: word("ticket"), id: word("watcher") }),
        login,
        plan: Plan::Standard,
        start: word("2022-12-01"),
        end: None,
        device: Some(Device { name: word("iPhone16,1"), os: word("iOS"), since: Stamp(word("2024-01-18 15:49:41 +0900")) }),
        viewer: None,
        client: None,
        locked: None,
        prohibited: false,
        temporary: false,
        factor: false,
        sessions: 1,
        pc: None,
        door_closed: false,
        receipt: None,
        grace: None,
        on_previous: false,
        acts: &access::Act::ALL,
        password: UserPassword::new(
            Policy { min: 10, max: 255, classes: durable::rules::password::Classes::UpperDigitSymbol },
            "0123456789abcdef0123456789abcdef".to_owned(),
        ),
    }
}
