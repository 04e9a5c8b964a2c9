//! The pages behind mailed links, and the one that asks for one: GET shows what will happen, POST does it (decisions, "Mailed
//! links").

use askama::Template;
use durable::rules::{
    date::{Zone, stamp},
    link::End,
    password::{Policy, Violation},
};

use super::{
    Chrome, ServiceDoor, Word,
    password::{Form, PasswordErrors},
};

/// Where a link leads.
#[derive(Clone, Debug, Template)]
#[template(path = "redeem.html")]
pub struct Redeem {
    /// The frame; nobody is logged in here.
    pub chrome: Chrome,
    /// The link's own path, which the form is sent to.
    pub action: String,
    /// What it is about.
    pub state: LinkState,
    /// The linked services that can be chosen here.
    pub services: Vec<ServiceDoor>,
    /// What the account of the service is called that the person logs in with now; empty: none.
    pub linked: String,
}

/// What a link's page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// 利用者ログイン登録 (ST-071)
    Register(SetPassword),
    /// 申込確認 (ST-072)
    Check {
        /// The address.
        login: String,
        /// What waits for the confirmation.
        prepared: String,
    },
    /// 申込完了 (ST-073)
    Registered,
    /// Somebody else has this address already.
    Taken,
    /// リセットパスワード (ST-124)
    Reset(SetPassword),
    /// Done.
    ResetDone,
    /// アカウントロックの解除 (ST-122)
    Unlock {
        /// The address.
        login: String,
    },
    /// Done.
    Unlocked,
    /// It does nothing any more.
    Void {
        /// Why.
        end: End,
        /// Whether another one can be asked for here.
        again: bool,
    },
    /// It was not made by us, or not for here.
    Foreign,
    /// Another one was asked for.
    Sent,
    /// A link that sets a password and something else with it.
    Set {
        /// What else.
        sets: Settled,
        /// The address that it is about; empty for the method.
        about: String,
        /// The password.
        set: SetPassword,
    },
    /// メールアドレス変更 without a password (ST-105).
    Move {
        /// The new address.
        about: String,
    },
    /// Done, without a password (ST-105).
    Moved,
    /// Done.
    Done(Settled),
}

/// What a link settles besides a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// メールアドレス変更 (ST-105)
    Address,
    /// Back to the former address (ST-109).
    Undo,
    /// ログイン方法の設定変更 (ST-108)
    Method,
}

/// A page that sets a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetPassword {
    /// The address.
    pub login: String,
    /// The profile's rule.
    pub policy: Policy,
    /// What was wrong.
    pub errors: Vec<Violation>,
    /// Whether the contract keeps 2-step registered, so that nothing is to be said about it.
    pub keeps_factor: bool,
}

/// A void link's page: what is so, and what to do.
struct Void {
    what: String,
    todo: &'static str,
    again: bool,
}

/// What is said below the form about 2-step; nothing where the contract keeps it.
const fn note(set: &SetPassword, note: &'static str) -> &'static str {
    if set.keeps_factor { "" } else { note }
}

impl Redeem {
    /// The form of a password without a current one.
    fn form(&self, set: &SetPassword) -> Form {
        let t = self.chrome.texts();
        let errors = PasswordErrors { wrong_current: None, violations: set.errors.clone() };
        let mut form = Form::new(t, set.policy, &errors);
        form.fields.retain(|field| field.name != "current");
        let registers = matches!(self.state, LinkState::Register(_) | LinkState::Set { .. });
        let labels =
            if registers { (t.common.password, t.redeem.register_again) } else { (t.redeem.reset_new, t.redeem.reset_again) };
        form.relabel(t, labels.0, labels.1);
        form
    }

    /// Heading before, heading after, button.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the template engine hands over references")]
    fn settled(&self, sets: &Settled) -> [&'static str; 3] {
        let t = &self.chrome.texts().menu;
        match sets {
            Settled::Address => [t.address_form, t.address_done, t.method_submit],
            Settled::Undo => [t.undo, t.undone, t.undo_submit],
            Settled::Method => [t.method_title, self.chrome.texts().redeem.reset_done, t.method_submit],
        }
    }

    /// What such a page says above its form, and below.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the template engine hands over references")]
    fn sets(&self, sets: &Settled, about: &str) -> (String, &'static str) {
        let t = &self.chrome.texts().menu;
        match sets {
            Settled::Address => ((t.address_form_lead)(about.to_owned()), t.address_reset),
            Settled::Undo => ((t.undo_lead)(about.to_owned()), ""),
            Settled::Method => (t.method_lead.to_owned(), t.method_note),
        }
    }

    /// Why a link is void.
    fn void(&self) -> Option<Void> {
        let t = &self.chrome.texts().redeem;
        let at = |at| stamp(at, self.chrome.zone);
        let (what, todo, again) = match &self.state {
            LinkState::Foreign => (t.foreign.to_owned(), t.foreign_todo, false),
            LinkState::Void { end, again } => match end {
                End::Used(when) => ((t.used)(at(*when)), t.used_todo, false),
                End::Expired(when) if *again => ((t.expired)(at(*when)), t.expired_todo, true),
                End::Expired(when) => ((t.expired)(at(*when)), t.withdrawn_todo, false),
                End::Replaced => (t.replaced.to_owned(), t.replaced_todo, false),
                End::Withdrawn => (t.withdrawn.to_owned(), t.withdrawn_todo, false),
                End::Claimed => (t.claimed.to_owned(), t.claimed_todo, false),
            },
            _ => return None,
        };
        Some(Void { what, todo, again })
    }

    /// The heading, which is the title too.
    fn title(&self) -> &'static str {
        let t = &self.chrome.texts().redeem;
        match self.state {
            LinkState::Register(_) => t.register_title,
            LinkState::Check { .. } => t.check_title,
            LinkState::Registered => t.registered,
            LinkState::Taken => t.taken,
            LinkState::Reset(_) => t.reset_title,
            LinkState::ResetDone => t.reset_done,
            LinkState::Unlock { .. } => t.unlock_title,
            LinkState::Unlocked => t.unlocked,
            LinkState::Void { .. } | LinkState::Foreign => t.void_title,
            LinkState::Sent => t.sent,
            LinkState::Set { ref sets, .. } => self.settled(sets)[0],
            LinkState::Move { .. } => self.chrome.texts().menu.address_form,
            LinkState::Moved => self.chrome.texts().menu.address_done,
            LinkState::Done(ref sets) => self.settled(sets)[1],
        }
    }

    /// What a finished page says, and the label of its way on.
    fn said(&self) -> Option<(&'static str, &'static str)> {
        let t = self.chrome.texts();
        Some(match self.state {
            LinkState::Registered => (t.redeem.registered_lead, t.common.ok),
            LinkState::Taken => (t.redeem.taken_lead, t.storage.to_sign_in),
            LinkState::ResetDone => (t.redeem.reset_done_lead, t.common.ok),
            LinkState::Unlocked => (t.redeem.unlocked_lead, t.storage.to_sign_in),
            LinkState::Sent => (t.redeem.sent_lead, t.storage.to_sign_in),
            LinkState::Moved => (t.menu.moved_lead, t.menu.address_close),
            LinkState::Done(Settled::Address) => (t.menu.address_done_lead, t.menu.address_close),
            LinkState::Done(Settled::Undo) => (t.menu.undone_lead, t.storage.to_sign_in),
            LinkState::Done(Settled::Method) => (t.redeem.reset_done_lead, t.storage.to_sign_in),
            _ => return None,
        })
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, policy: Policy, word: Word) -> Vec<(&'static str, Self)> {
        let chrome = Chrome { who: None, nav: None, notice: None, zone: Zone::TOKYO, ..chrome.clone() };
        let set = |errors: &[Violation]| SetPassword {
            login: word("taro@example.jp"),
            policy,
            errors: errors.to_vec(),
            keeps_factor: false,
        };
        let page = |state| Self {
            chrome: chrome.clone(),
            action: "/t/AbC".to_owned(),
            state,
            services: Vec::new(),
            linked: String::new(),
        };
        let with = |state, linked: &str| Self { services: ServiceDoor::samples(), linked: word(linked), ..page(state) };
        let void = |end| page(LinkState::Void { end, again: true });
        let wrong = [Violation::TooShort, Violation::Mismatch];
        let at = 1_705_560_581_000;
        vec![
            ("link-register", page(LinkState::Register(set(&[])))),
            ("link-register-wrong", page(LinkState::Register(set(&wrong)))),
            ("link-register-services", with(LinkState::Register(set(&[])), "")),
            (
                "link-method-linked",
                with(LinkState::Set { sets: Settled::Method, about: String::new(), set: set(&[]) }, "Googleアカウント"),
            ),
            ("link-check", page(LinkState::Check { login: word("taro@example.jp"), prepared: "0".repeat(32) })),
            ("link-registered", page(LinkState::Registered)),
            ("link-taken", page(LinkState::Taken)),
            ("link-reset", page(LinkState::Reset(set(&[])))),
            ("link-reset-wrong", page(LinkState::Reset(set(&wrong)))),
            ("link-reset-done", page(LinkState::ResetDone)),
            ("link-unlock", page(LinkState::Unlock { login: word("taro@example.jp") })),
            ("link-unlocked", page(LinkState::Unlocked)),
            ("link-used", void(End::Used(at))),
            ("link-expired", void(End::Expired(at))),
            ("link-replaced", void(End::Replaced)),
            ("link-withdrawn", void(End::Withdrawn)),
            ("link-claimed", void(End::Claimed)),
            ("link-foreign", page(LinkState::Foreign)),
            ("link-sent", page(LinkState::Sent)),
            ("link-address", page(LinkState::Set { sets: Settled::Address, about: word("new@example.jp"), set: set(&[]) })),
            ("link-undo", page(LinkState::Set { sets: Settled::Undo, about: word("taro@example.jp"), set: set(&[]) })),
            ("link-method", page(LinkState::Set { sets: Settled::Method, about: String::new(), set: set(&wrong) })),
            ("link-move", page(LinkState::Move { about: word("new@example.jp") })),
            ("link-moved", page(LinkState::Moved)),
            ("link-address-done", page(LinkState::Done(Settled::Address))),
            ("link-undone", page(LinkState::Done(Settled::Undo))),
        ]
    }
}

/// パスワードを忘れた方はこちら (ST-123)
#[derive(Clone, Debug, Template)]
#[template(path = "forgot.html")]
pub struct Forgot {
    /// The frame.
    pub chrome: Chrome,
    /// The address as typed.
    pub login: String,
    /// Where it stands.
    pub state: ForgotState,
}

/// Where a request for a new password stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgotState {
    /// The form.
    Asked,
    /// No address was typed.
    Missing,
    /// A mail went out, if there is such an account.
    Sent,
}

impl Forgot {
    /// One of each.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let chrome = Chrome { who: None, nav: None, notice: None, ..chrome.clone() };
        let page = |login: &str, state| Self { chrome: chrome.clone(), login: word(login), state };
        vec![
            ("forgot", page("", ForgotState::Asked)),
            ("forgot-missing", page("", ForgotState::Missing)),
            ("forgot-sent", page("taro@example.jp", ForgotState::Sent)),
        ]
    }
}
