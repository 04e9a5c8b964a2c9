//! The person's own client on the page of the own password: what can be chosen about it (CW-111 to CW-113, CW-119), what became
//! of the last change (CW-114 to CW-118), and the question before the grace ends.
//!
//! [`ClientLive`] is the part that follows the connection, an answer of its own for a page that watches.

use askama::Template;
use durable::account::credential::{Outcome, Reflection};

use super::{Chrome, Device, Nav, Stamp, Watch, Word};
use crate::texts::{self, Lang, Texts};

/// What the person chose about the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// 「coconowork client」にパスワードの変更を反映する: ON by default; who waits at the moment of the change decides.
    pub reflect: bool,
    /// 猶予を与えない
    pub graceless: bool,
}

impl Default for Choice {
    fn default() -> Self {
        Self { reflect: true, graceless: false }
    }
}

/// The previous password's grace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grace {
    /// Days left, rounded up.
    pub days: u32,
    /// When it ends.
    pub until: Stamp,
}

/// The client and everything that is shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnClient {
    /// The person's language.
    pub lang: Lang,
    /// How the page stays current; none: by reload.
    pub watch: Option<Watch>,
    /// A fresh operation id for the question.
    pub operation: String,
    /// The client that waits.
    pub waiting: Option<Device>,
    /// Whether it stands on the previous password.
    pub on_previous: bool,
    /// What was chosen.
    pub choice: Choice,
    /// What the last own change did.
    pub reflection: Option<Reflection>,
    /// The previous password's grace.
    pub grace: Option<Grace>,
}

/// The parts that follow the connection.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/own_client.html")]
pub struct ClientLive {
    /// The client.
    pub client: OwnClient,
}

/// What is asked before the grace ends.
#[derive(Clone, Debug)]
pub struct GraceQuestion {
    /// The form's operation id.
    pub(crate) operation: String,
    /// What would happen now.
    pub(crate) effects: Vec<String>,
}

/// The same question as a page of its own.
#[derive(Clone, Debug, Template)]
#[template(path = "end_grace.html")]
pub struct EndGrace {
    /// The frame.
    pub chrome: Chrome,
    /// The client.
    pub client: OwnClient,
}

impl ClientLive {
    fn texts(&self) -> &'static Texts {
        self.client.texts()
    }
}

impl EndGrace {
    fn question(&self) -> GraceQuestion {
        self.client.question()
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let [(.., declined), ..] = OwnClient::samples(chrome, word);
        let page = |client| Self { chrome: chrome.on(Nav::Password), client };
        let stays = OwnClient { on_previous: false, ..declined.clone() };
        vec![("end-grace", page(declined)), ("end-grace-stays", page(stays))]
    }
}

impl OwnClient {
    fn texts(&self) -> &'static Texts {
        texts::of(self.lang)
    }

    /// Whether the toggle is ON: only while somebody waits.
    pub(crate) fn reflects(&self) -> bool {
        self.choice.reflect && self.waiting.is_some()
    }

    /// What tells one state of the toggle from another.
    pub(crate) fn toggle_state(&self) -> String {
        self.waiting.as_ref().map_or_else(|| "none".to_owned(), |device| format!("{} {}", device.name, device.since.0))
    }

    /// Whether there is nothing to tell but who waits, which the toggle says.
    pub(crate) fn is_quiet(&self) -> bool {
        self.reflection.is_none() && self.grace.is_none()
    }

    /// Who waits.
    pub(crate) fn connection(&self) -> String {
        let t = &self.texts().client;
        self.waiting.as_ref().map_or_else(|| t.nobody_waits.to_owned(), |device| (t.waiting)(device.name.clone()))
    }

    /// What the last change did: the mark's class, the sentence, what follows from it.
    pub(crate) fn outcome(&self) -> Option<(&'static str, String, &'static str)> {
        let t = &self.texts().client;
        let reflection = self.reflection.as_ref()?;
        let name = || reflection.name.clone();
        Some(match reflection.outcome {
            Outcome::Offered => ("off", (t.offered)(name()), t.offered_hint),
            Outcome::Accepted => ("ok", (t.accepted)(name()), ""),
            Outcome::Declined => ("off", t.declined.to_owned(), ""),
            Outcome::Nobody => ("off", t.nobody.to_owned(), ""),
            Outcome::Lost => ("temporary", (t.lost)(name()), t.lost_hint),
            Outcome::Late if self.grace.is_some() => ("temporary", (t.late)(name()), t.late_hint),
            Outcome::Late => ("temporary", (t.late)(name()), t.late_hint_graceless),
        })
    }

    /// Whether the client has still to answer.
    pub(crate) fn is_reflecting(&self) -> bool {
        self.reflection.as_ref().is_some_and(|reflection| reflection.outcome == Outcome::Offered)
    }

    /// What a screen reader is told when something changes.
    pub(crate) fn said(&self) -> String {
        let outcome = self.outcome().map(|(_, sentence, _)| sentence);
        [Some(self.connection()), outcome].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The question before the grace ends, with what would happen now.
    pub(crate) fn question(&self) -> GraceQuestion {
        let t = &self.texts().client;
        let client = match &self.waiting {
            Some(device) if self.on_previous => (t.end_client)(device.name.clone()),
            Some(device) => (t.end_stays)(device.name.clone()),
            None => t.end_nobody.to_owned(),
        };
        GraceQuestion { operation: self.operation.clone(), effects: vec![t.end_password.to_owned(), client] }
    }

    /// Names of a form's and a result's sample, with the client on them.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> [(&'static str, &'static str, Self); 8] {
        let reflection = |outcome| Some(Reflection { outcome, key: String::new(), name: word("DESKTOP-7F3A"), at: 0 });
        let grace = |days| Some(Grace { days, until: Stamp(word("2026-12-22 09:00:00 +0900")) });
        let fresh = Self {
            lang: chrome.lang,
            watch: Some(Watch { url: "/live/password".to_owned(), ticket: word("ticket"), id: word("watcher") }),
            operation: "3".repeat(32),
            waiting: Some(Device {
                name: word("DESKTOP-7F3A"),
                os: word("Windows 11"),
                since: Stamp(word("2026-11-22 08:59:02 +0900")),
            }),
            on_previous: true,
            choice: Choice::default(),
            reflection: None,
            grace: None,
        };
        let declined = Self { reflection: reflection(Outcome::Declined), grace: grace(30), ..fresh.clone() };
        let offered = Self { reflection: reflection(Outcome::Offered), ..declined.clone() };
        let accepted = Self { reflection: reflection(Outcome::Accepted), on_previous: false, ..declined.clone() };
        let nobody = Self { waiting: None, on_previous: false, reflection: reflection(Outcome::Nobody), ..declined.clone() };
        let late = Self { reflection: reflection(Outcome::Late), ..declined.clone() };
        let late_graceless = Self { grace: None, ..late.clone() };
        let lost = Self { grace: None, reflection: reflection(Outcome::Lost), watch: None, ..nobody.clone() };
        [
            ("own-password-declined", "own-password-done-declined", declined),
            ("own-password-client", "own-password-done-fresh", fresh),
            ("own-password-offered", "own-password-done-offered", offered),
            ("own-password-accepted", "own-password-done-accepted", accepted),
            ("own-password-fixed", "own-password-done-devices", nobody),
            ("own-password-over", "own-password-done-lost", lost),
            ("own-password-late", "own-password-done-late", late),
            ("own-password-late-graceless", "own-password-done-late-graceless", late_graceless),
        ]
    }
}
