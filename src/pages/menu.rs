//! 認証・契約情報変更メニュー and its pages (ST-080 to ST-111): three shapes, the menu, a form that shows and asks, and a form that
//! sets a password.

use askama::Template;
use durable::{profile::Wording, rules::password::Policy};

use super::{
    Chrome, Kind, ServiceDoor, Who, Word,
    password::{Form, PasswordErrors},
};

/// The menu.
#[derive(Clone, Debug, Template)]
#[template(path = "menu.html")]
pub struct Menu {
    /// The frame.
    pub chrome: Chrome,
    /// Its groups, each with at least one item; none for a user who logs in with a linked service.
    pub groups: Vec<Group>,
    /// What there is to know about the trial.
    pub trial: Option<String>,
}

/// A group of the menu (ST-005).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Which one.
    pub of: Of,
    /// Labels and addresses.
    pub items: Vec<(&'static str, &'static str)>,
}

/// The groups of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// 認証情報の変更
    Own,
    /// 認証情報の設定
    Wide,
    /// 契約情報の変更
    Contract,
}

impl Menu {
    /// A group's heading, lead and note.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the template engine hands over references")]
    fn about(&self, of: &Of) -> [&'static str; 3] {
        let t = &self.chrome.texts().menu;
        match of {
            Of::Own => [t.own, t.own_lead, t.own_note],
            Of::Wide => [t.wide, t.wide_lead, t.wide_note],
            Of::Contract => [t.contract, t.contract_lead, ""],
        }
    }

    /// A contractor's and a user's.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let t = &chrome.texts().menu;
        let page = |groups, trial| Self { chrome: in_menu(chrome, word), groups, trial };
        let group = |of, items: &[(&'static str, &'static str)]| Group { of, items: items.to_vec() };
        let password = (t.password, "/menu/password");
        let all = vec![
            group(Of::Own, &[(t.method, "/menu/method"), (t.address, "/menu/address"), password]),
            group(Of::Wide, &[(t.second_step, "/menu/second-step"), (t.settings, "/menu/settings")]),
            group(Of::Contract, &[(t.record, "/menu/contract"), (t.plan, "/menu/plan"), (t.cancellation, "/menu/cancel")]),
        ];
        let over = vec![group(Of::Contract, &[(t.plan, "/menu/plan")])];
        vec![
            ("menu-contractor", page(all, None)),
            ("menu-user", page(vec![group(Of::Own, &[password])], None)),
            ("menu-nothing", page(Vec::new(), None)),
            ("menu-trial-over", page(over, Some((t.trial_over)("2026-12-16 00:00:00 +0900".into())))),
        ]
    }
}

/// The frame of a page of the menu, for samples.
fn in_menu(chrome: &Chrome, word: Word) -> Chrome {
    let who = Who { login: word("boss@example.jp"), kind: Kind::Administrator };
    Chrome { who: Some(who), nav: None, notice: None, menu: true, storage: true, ..chrome.clone() }
}

/// A form of the menu: what is so, what is asked, and the button; or, without a button, what was done.
#[derive(Clone, Debug, Template)]
#[template(path = "menu_form.html")]
pub struct MenuForm {
    /// The frame.
    pub chrome: Chrome,
    /// The heading.
    pub title: &'static str,
    /// What it is about.
    pub lead: Vec<String>,
    /// What is so: label and value.
    pub facts: Vec<(&'static str, String)>,
    /// What is asked.
    pub fields: Vec<MenuField>,
    /// A box that has to be ticked: its label, and what is wrong with it.
    pub tick: Option<(&'static str, Option<&'static str>)>,
    /// Where it is sent; empty: there is nothing to send.
    pub action: &'static str,
    /// The button.
    pub submit: &'static str,
    /// Whether the button is one that cannot be taken back.
    pub danger: bool,
    /// What goes along unseen: name and value.
    pub hidden: Vec<(&'static str, String)>,
    /// One of which is chosen: value, label, whether it is so now.
    pub choices: Vec<(&'static str, &'static str, bool)>,
    /// Whether the way back is キャンセル, to what was asked before.
    pub cancel: bool,
    /// Each of which is on or off.
    pub switches: Vec<Switch>,
    /// What is said below the choices.
    pub notes: Vec<String>,
}

/// A setting of a menu's form that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch {
    /// Its name.
    pub name: &'static str,
    /// What it does when it is on.
    pub label: &'static str,
    /// What is so when it is off, and what else there is to know.
    pub hint: &'static str,
    /// Whether it is on.
    pub on: bool,
}

/// A field of a menu's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuField {
    /// Its name.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// `email` or `text`.
    pub kind: &'static str,
    /// What was typed.
    pub value: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl MenuForm {
    /// A page with nothing on it but its heading; the rest is set where it is made.
    #[must_use]
    pub fn new(chrome: Chrome, title: &'static str) -> Self {
        Self {
            chrome,
            title,
            lead: Vec::new(),
            facts: Vec::new(),
            fields: Vec::new(),
            tick: None,
            action: "",
            submit: "",
            danger: false,
            hidden: Vec::new(),
            choices: Vec::new(),
            cancel: false,
            switches: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The page that it belongs to: the menu, or 回線認証 of the console.
    fn home(&self) -> (&'static str, &'static str) {
        let t = self.chrome.texts();
        if self.chrome.menu { ("/menu", t.menu.to_menu) } else { ("/lines", t.line.title) }
    }

    fn failed(&self) -> bool {
        self.fields.iter().any(|field| field.error.is_some()) || self.tick.is_some_and(|(_, error)| error.is_some())
    }

    /// One of each kind.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let t = &chrome.texts().menu;
        let new = |title| Self::new(in_menu(chrome, word), title);
        let field = |name, label, value: &str, error: Option<&str>| MenuField {
            name,
            label,
            kind: "email",
            value: word(value),
            error: error.map(str::to_owned),
        };
        let address = |wrong: Option<&'static str>| Self {
            lead: vec![t.address_lead.to_owned()],
            facts: vec![(t.address_now, word("boss@example.jp"))],
            fields: vec![
                field("address", chrome.texts().storage.address, "boss@", wrong),
                field("again", t.address_again, "", None),
            ],
            action: "/menu/address",
            submit: t.address_submit,
            ..new(t.address)
        };
        let cancel = |wrong: Option<&'static str>| Self {
            lead: vec![t.cancel_lead.to_owned()],
            tick: Some((t.cancel_check, wrong)),
            action: "/menu/cancel",
            submit: t.cancel_submit,
            danger: true,
            ..new(t.cancellation)
        };
        let check = Self {
            lead: vec![t.check.to_owned()],
            facts: vec![(t.company, word("Sample KK")), (t.contact, word("sato@example.jp"))],
            action: "/menu/contract",
            submit: t.change,
            hidden: vec![("name", word("Sample KK")), ("contact", word("sato@example.jp")), ("sure", "1".to_owned())],
            ..new(t.record)
        };
        let plan = Self {
            lead: vec![t.check.to_owned()],
            facts: vec![(t.plan_now, t.plan_trial.to_owned()), (t.plan_then, t.plan_basic.to_owned())],
            action: "/menu/plan",
            submit: t.change,
            hidden: vec![("sure", "1".to_owned())],
            cancel: true,
            ..new(t.plan)
        };
        let s = &chrome.texts().step;
        let choice = Self {
            lead: [s.setting_lead, s.setting_warning, s.setting_line].map(str::to_owned).to_vec(),
            choices: vec![("on", s.setting_on, true), ("off", s.setting_off, false)],
            action: "/menu/second-step",
            submit: s.setting_submit,
            ..new(t.second_step)
        };
        let sure = |wrong: Option<&'static str>| Self {
            lead: vec![(s.setting_check)(Wording::Worksdrive).to_owned(), s.setting_other.to_owned()],
            facts: vec![(s.setting_now, s.setting_on.to_owned()), (s.setting_then, s.setting_off.to_owned())],
            hidden: vec![("choice", "off".to_owned()), ("check", "1".to_owned())],
            tick: Some((s.setting_tick, wrong)),
            action: "/menu/second-step",
            submit: s.setting_submit,
            cancel: true,
            danger: true,
            ..new(s.setting_check_title)
        };
        let switch = |name, label, hint, on| Switch { name, label, hint, on };
        let settings = Self {
            lead: vec![t.settings_lead.to_owned()],
            switches: vec![
                switch("keep_factor", t.keep_factor, t.keep_factor_hint, false),
                switch("short_reset", t.short_reset, t.short_reset_hint, true),
                switch("passphrase", t.passphrase, t.passphrase_hint, false),
            ],
            action: "/menu/settings",
            submit: t.change,
            ..new(t.settings)
        };
        let mut all = vec![
            ("menu-settings", settings),
            ("menu-second-step", choice),
            ("menu-second-step-check", sure(None)),
            ("menu-second-step-unticked", sure(Some(s.setting_untick))),
            ("menu-address", address(None)),
            ("menu-address-wrong", address(Some(t.address_malformed))),
            ("menu-address-sent", Self { lead: vec![(t.address_sent_lead)(word("new@example.jp"))], ..new(t.address_sent) }),
            ("menu-record-check", check),
            ("menu-plan-check", plan),
            ("menu-cancel", cancel(None)),
            ("menu-cancel-unticked", cancel(Some(t.cancel_unchecked))),
        ];
        all.extend(Self::path_samples(chrome, word));
        all
    }

    /// アクセス経路設定
    fn path_samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let new = |title| Self::new(in_menu(chrome, word), title);
        let l = &chrome.texts().line;
        let path = |frame| Self {
            lead: vec![l.path_note.to_owned()],
            choices: vec![("both", l.both, true), ("only", l.only, false)],
            notes: vec![l.initial.to_owned(), (l.only_note)(word("WORKSDRIVE")), l.office_note.to_owned()],
            action: "/lines/access-path",
            submit: l.set,
            ..Self::new(frame, l.access_path)
        };
        let path_check = Self {
            lead: vec![l.path_note.to_owned(), l.only_effect.to_owned()],
            facts: vec![(l.now, l.both.to_owned()), (l.then, l.only.to_owned())],
            hidden: vec![("choice", "only".to_owned()), ("check", "1".to_owned())],
            action: "/menu/access-path",
            submit: l.change,
            cancel: true,
            danger: true,
            ..new((l.check_title)(Wording::Worksdrive))
        };
        let path_risk = |wrong: Option<&'static str>| Self {
            lead: vec![l.risk_lead.to_owned(), l.risk_way_out.to_owned()],
            tick: Some((l.risk_tick, wrong)),
            ..Self { facts: Vec::new(), title: l.risk_title, ..path_check.clone() }
        };
        vec![
            ("menu-access-path", path(in_menu(chrome, word))),
            ("access-path", path(super::console::contractor(chrome, word))),
            ("access-path-check", path_check.clone()),
            ("access-path-risk", path_risk(None)),
            ("access-path-risk-unticked", path_risk(Some(l.risk_unticked))),
            (
                "access-path-done",
                Self {
                    lead: vec![(l.done_waits)("2026-11-22 09:10:00 +0900".into())],
                    ..new((l.done_title)(Wording::Worksdrive))
                },
            ),
        ]
    }
}

/// A page of the menu that sets the password: パスワード変更 (ST-111), メールアドレス・パスワード認証の設定 (ST-102).
#[derive(Clone, Debug, Template)]
#[template(path = "menu_password.html")]
pub struct MenuPassword {
    /// The frame.
    pub chrome: Chrome,
    /// Whose.
    pub login: String,
    /// The profile's rule.
    pub policy: Policy,
    /// What was wrong.
    pub errors: PasswordErrors,
    /// Whether it is the setting of the method, which asks for no current password.
    pub method: bool,
    /// Whether that resets 2-step.
    pub method_resets: bool,
    /// The linked services that can be chosen instead.
    pub services: Vec<ServiceDoor>,
    /// The account of a linked service that the person logs in with now: what it is called, and which one; empty: none.
    pub linked: [String; 2],
}

impl MenuPassword {
    /// The linked service that the person logs in with now.
    fn current(&self) -> String {
        let [label, _] = self.linked.clone();
        (self.chrome.texts().federation.label)(label)
    }

    /// How to come to another account of it (ST-101).
    fn directly(&self) -> String {
        let [label, _] = self.linked.clone();
        (self.chrome.texts().federation.other_account)(label)
    }

    fn form(&self) -> Form {
        let t = self.chrome.texts();
        let mut form = Form::new(t, self.policy, &self.errors);
        if self.method {
            form.fields.retain(|field| field.name != "current");
        }
        let labels = if self.method { (t.common.password, t.menu.method_again) } else { (t.password.new, t.menu.again) };
        form.relabel(t, labels.0, labels.1);
        form
    }

    /// Both pages, and what can be wrong.
    #[must_use]
    pub fn samples(chrome: &Chrome, policy: Policy, word: Word) -> Vec<(&'static str, Self)> {
        use durable::rules::password::Violation;
        let page = |method, errors| Self {
            chrome: in_menu(chrome, word),
            login: word("boss@example.jp"),
            policy,
            errors,
            method,
            method_resets: true,
            services: Vec::new(),
            linked: Default::default(),
        };
        let linked = ["Googleアカウント", "boss@example.com"].map(word);
        let with = |linked| Self { services: ServiceDoor::samples(), linked, ..page(true, PasswordErrors::default()) };
        let wrong = PasswordErrors {
            wrong_current: Some(super::WrongCurrent { left: Some(4) }),
            violations: vec![Violation::TooShort, Violation::Mismatch],
        };
        vec![
            ("menu-password", page(false, PasswordErrors::default())),
            ("menu-password-wrong", page(false, wrong)),
            ("menu-method", page(true, PasswordErrors::default())),
            ("menu-method-services", with(Default::default())),
            ("menu-method-linked", with(linked)),
        ]
    }
}
