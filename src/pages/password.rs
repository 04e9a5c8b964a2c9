//! The two pages on which a person changes his own password: forced after a temporary one (CW-014, CW-020 to CW-022), and
//! by himself (CW-110, CW-130). All violations show at once, each beside its field, with a summary above that links there.

use askama::Template;
use durable::rules::password::{Classes, Policy, Violation};

use super::{Chrome, Nav, OwnClient, Word};
use crate::texts::Texts;

/// What was wrong with the form; empty when it was not sent yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PasswordErrors {
    /// The current password was wrong.
    pub wrong_current: Option<WrongCurrent>,
    /// The broken rules; `Mismatch` shows beside the repeated field, the others beside the new one.
    pub violations: Vec<Violation>,
}

/// A wrong current password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongCurrent {
    /// Tries left before the session ends; none: not limited here.
    pub left: Option<u32>,
}

/// The forced change of a temporary password.
#[derive(Clone, Debug, Template)]
#[template(path = "first_password.html")]
pub struct FirstPassword {
    /// The frame; `nav` is none, since nothing else opens before the change.
    pub chrome: Chrome,
    /// ユーザ名
    pub login: String,
    /// The profile's rule.
    pub policy: Policy,
    /// What was wrong.
    pub errors: PasswordErrors,
}

/// One's own change.
#[derive(Clone, Debug, Template)]
#[template(path = "own_password.html")]
pub struct OwnPassword {
    /// The frame.
    pub chrome: Chrome,
    /// ユーザ名
    pub login: String,
    /// The profile's rule.
    pub policy: Policy,
    /// Form or result.
    pub state: OwnPasswordState,
    /// The person's client, what can be chosen about it and how it stands; none where there are no devices (CW-130).
    pub client: Option<OwnClient>,
}

/// Where the change stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnPasswordState {
    /// The form, with what was wrong.
    Form(PasswordErrors),
    /// パスワードが変更されました。
    Done,
}

/// One field of the form: its name in the form and in the texts, its sentence of errors.
pub(crate) struct Field {
    /// Name and id.
    pub(crate) name: &'static str,
    /// Label.
    pub(crate) label: &'static str,
    /// The `autocomplete` token.
    pub(crate) autocomplete: &'static str,
    /// What is wrong, all of it.
    pub(crate) errors: Vec<String>,
}

impl Field {
    /// What the summary above the form says of it: its one error, or how many there are.
    pub(crate) fn summary(&self, texts: &'static Texts) -> Option<String> {
        match self.errors.as_slice() {
            [] => None,
            [error] => Some(error.clone()),
            errors => Some((texts.violation.several)(errors.len())),
        }
    }
}

/// A rule that the page can tick off while the person types.
pub(crate) struct Check {
    /// The kind, read by `password.js`.
    pub(crate) kind: &'static str,
    /// Its numbers.
    pub(crate) min: usize,
    /// Its numbers.
    pub(crate) max: usize,
    /// What it says.
    pub(crate) label: String,
}

/// The form that both pages share, and the part of it on a user's page.
pub(crate) struct Form {
    /// The whole rule in one sentence.
    pub(crate) rule: String,
    /// The rule in parts.
    pub(crate) checks: Vec<Check>,
    /// Current, new, again; who sets another's password knows no current one.
    pub(crate) fields: Vec<Field>,
}

impl Form {
    /// The form of a policy, with its errors.
    pub(crate) fn new(texts: &'static Texts, policy: Policy, errors: &PasswordErrors) -> Self {
        let t = &texts.password;
        let say = |violation: &Violation| violation_sentence(texts, policy, *violation);
        let (again, new): (Vec<&Violation>, Vec<&Violation>) =
            errors.violations.iter().partition(|violation| **violation == Violation::Mismatch);
        Self {
            rule: match policy.classes {
                Classes::UpperDigitSymbol => (t.rule_upper_digit_symbol)(policy.min, policy.max),
                Classes::AtLeast(0) => (t.rule_length)(policy.min),
                Classes::AtLeast(classes) => (t.rule_classes)(classes, policy.min),
            },
            checks: checks(texts, policy),
            fields: vec![
                Field {
                    name: "current",
                    label: t.current,
                    autocomplete: "current-password",
                    errors: errors.wrong_current.iter().map(|wrong| wrong_sentence(texts, *wrong)).collect(),
                },
                Field { name: "new", label: t.new, autocomplete: "new-password", errors: new.into_iter().map(say).collect() },
                Field {
                    name: "again",
                    label: t.again,
                    autocomplete: "new-password",
                    errors: again.into_iter().map(say).collect(),
                },
            ],
        }
    }

    /// Other labels than those of a change, in sentences about the fields too.
    pub(crate) fn relabel(&mut self, texts: &'static Texts, new: &'static str, again: &'static str) {
        for field in &mut self.fields {
            match field.name {
                "new" => field.label = new,
                "again" => {
                    field.label = again;
                    field.errors = field.errors.iter().map(|error| error.replace(texts.password.new, new)).collect();
                }
                _ => {}
            }
        }
    }

    /// Whether anything is wrong.
    pub(crate) fn failed(&self) -> bool {
        self.fields.iter().any(|field| !field.errors.is_empty())
    }
}

/// The parts of a policy that can be checked without the server.
fn checks(texts: &'static Texts, policy: Policy) -> Vec<Check> {
    let t = &texts.password;
    let Policy { min, max, classes } = policy;
    let check = |kind, min, max, label: String| Check { kind, min, max, label };
    match classes {
        Classes::UpperDigitSymbol => vec![
            check("length", min, max, (t.check_length)(min, max)),
            check("upper", 1, max, t.check_upper.to_owned()),
            check("digit", 1, max, t.check_digit.to_owned()),
            check("symbol", 1, max, t.check_symbol.to_owned()),
        ],
        Classes::AtLeast(0) => vec![check("length", min, max, (t.check_at_least)(min))],
        Classes::AtLeast(kinds) => {
            vec![check("length", min, max, (t.check_at_least)(min)), check("classes", kinds, max, (t.check_classes)(kinds))]
        }
    }
}

/// What a violation says.
fn violation_sentence(texts: &'static Texts, policy: Policy, violation: Violation) -> String {
    let t = &texts.violation;
    let classes = match policy.classes {
        Classes::UpperDigitSymbol => 3,
        Classes::AtLeast(classes) => classes,
    };
    match violation {
        Violation::TooShort => (t.too_short)(policy.min),
        Violation::TooLong => (t.too_long)(policy.max),
        Violation::TooFewClasses => (t.too_few_classes)(classes),
        Violation::NotAllowedCharacter => t.not_allowed.to_owned(),
        Violation::NoUpper => t.no_upper.to_owned(),
        Violation::NoDigit => t.no_digit.to_owned(),
        Violation::NoSymbol => t.no_symbol.to_owned(),
        Violation::SameAsCurrent => t.same_as_current.to_owned(),
        Violation::SameAsPrevious => t.same_as_previous.to_owned(),
        Violation::ContainsLogin => t.contains_login.to_owned(),
        Violation::Common => t.common.to_owned(),
        Violation::Mismatch => t.mismatch.to_owned(),
    }
}

/// What a wrong current password says, with the tries that are left.
fn wrong_sentence(texts: &'static Texts, wrong: WrongCurrent) -> String {
    let t = &texts.violation;
    match wrong.left {
        Some(left) => (t.wrong_current_left)(left),
        None => t.wrong_current.to_owned(),
    }
}

/// Errors of every kind, for samples.
fn every_error() -> PasswordErrors {
    PasswordErrors {
        wrong_current: Some(WrongCurrent { left: Some(3) }),
        violations: vec![
            Violation::TooShort,
            Violation::NoUpper,
            Violation::NoSymbol,
            Violation::ContainsLogin,
            Violation::Mismatch,
        ],
    }
}

impl FirstPassword {
    /// The form of this page.
    fn form(&self) -> Form {
        Form::new(self.chrome.texts(), self.policy, &self.errors)
    }

    /// The forced change asks nothing about the client (CW-021).
    #[expect(clippy::unused_self, reason = "the form that both pages share asks its page")]
    fn client(&self) -> Option<&OwnClient> {
        None
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, policy: Policy, word: Word) -> Vec<(&'static str, Self)> {
        let page = |errors| Self { chrome: Chrome { nav: None, ..chrome.clone() }, login: word("cwtest.00001"), policy, errors };
        vec![("first-password", page(PasswordErrors::default())), ("first-password-errors", page(every_error()))]
    }
}

impl OwnPassword {
    /// The form, unless it is done.
    fn form(&self) -> Option<Form> {
        match &self.state {
            OwnPasswordState::Form(errors) => Some(Form::new(self.chrome.texts(), self.policy, errors)),
            OwnPasswordState::Done => None,
        }
    }

    /// What the form asks about the client.
    fn client(&self) -> Option<&OwnClient> {
        self.client.as_ref()
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, policy: Policy, word: Word) -> Vec<(&'static str, Self)> {
        let page = |state, client| Self { chrome: chrome.on(Nav::Password), login: word("cwtest.00001"), policy, state, client };
        let mut pages = vec![
            ("own-password", page(OwnPasswordState::Form(PasswordErrors::default()), None)),
            ("own-password-errors", page(OwnPasswordState::Form(every_error()), None)),
            ("own-password-done", page(OwnPasswordState::Done, None)),
        ];
        for (form, done, client) in OwnClient::samples(chrome, word) {
            pages.push((form, page(OwnPasswordState::Form(PasswordErrors::default()), Some(client.clone()))));
            pages.push((done, page(OwnPasswordState::Done, Some(client))));
        }
        pages
    }
}
