//! あなたの接続: the browsers, phone and PCs of the person who looks, the factor, the latest rows about him, and his time zone.
//!
//! [`AccountLive`] is the part that follows his Account. Whatever ends something asks first: [`OwnQuestion`] is the question as a
//! page, which the dialog takes its words from.

use askama::Template;

use super::{Chrome, Device, Nav, Stamp, Watch, Word, history};
use crate::texts::{self, Lang, Texts, ZONES, offset};

/// How many other sessions are shown; the rest is counted.
const SHOWN: usize = 4;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "account.html")]
pub struct Account {
    /// The frame.
    pub chrome: Chrome,
    /// Everything that can change.
    pub live: AccountLive,
    /// The latest rows about the person.
    pub lines: Vec<history::Line>,
    /// Where all of them are.
    pub all: String,
}

/// The live part, also an answer of its own.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/account_live.html")]
pub struct AccountLive {
    /// The person's language.
    pub lang: Lang,
    /// How the page stays current; none: by reload.
    pub watch: Option<Watch>,
    /// The web sessions, the own one among them.
    pub sessions: Vec<SessionRow>,
    /// Phone, connections and PCs; none for an account that has no devices.
    pub devices: Option<OwnDevices>,
    /// Whether multi-factor authentication is in use.
    pub factor: bool,
    /// The browsers that 2段階認証 remembers; none where each person chooses multi-factor authentication himself.
    pub remembered: Option<Vec<Remembered>>,
}

/// A browser that 2段階認証 remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// What names it in addresses.
    pub id: String,
    /// The browser's name for itself.
    pub agent: String,
    /// 開始
    pub since: Stamp,
    /// 最終利用
    pub last: Stamp,
}

impl Remembered {
    fn browser(&self, texts: &'static Texts) -> String {
        named(&self.agent, texts)
    }
}

/// A web session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// What names it in addresses.
    pub id: String,
    /// Whether it is this browser's.
    pub own: bool,
    /// Whether its login is complete.
    pub complete: bool,
    /// The browser's name for itself.
    pub agent: String,
    /// The address it was opened from.
    pub address: String,
    /// 開始
    pub since: Stamp,
    /// 最終利用
    pub last: Stamp,
}

/// What a person connects with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnDevices {
    /// The registered phone.
    pub phone: Option<Device>,
    /// 接続開始時刻 of the live viewer.
    pub viewer: Option<Stamp>,
    /// 接続開始時刻 of the live client.
    pub client: Option<Stamp>,
    /// The known PCs.
    pub pcs: Vec<Pc>,
}

/// A known PC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pc {
    /// What names it in addresses.
    pub id: String,
    /// Since when it is connected, if it is.
    pub live: Option<Stamp>,
    /// Its name.
    pub name: String,
    /// Its OS.
    pub os: String,
    /// Its first login.
    pub since: Stamp,
    /// When it was seen last.
    pub last: Stamp,
}

impl SessionRow {
    /// The browser in the words that people know.
    fn browser(&self, texts: &'static Texts) -> String {
        named(&self.agent, texts)
    }

    /// As 操作履歴 names it.
    fn short(&self) -> String {
        self.id.chars().take(8).collect()
    }
}

/// A browser in the words that people know.
fn named(agent: &str, texts: &'static Texts) -> String {
    match history::browser(agent) {
        name if name.is_empty() => texts.account.unknown_browser.to_owned(),
        name => name,
    }
}

impl AccountLive {
    fn texts(&self) -> &'static Texts {
        texts::of(self.lang)
    }

    /// The sessions that are shown: this browser's, then those used last.
    fn shown(&self) -> Vec<&SessionRow> {
        let mut shown: Vec<&SessionRow> = self.sessions.iter().collect();
        // Stamps of one zone sort like the instants.
        shown.sort_by(|a, b| (b.own, &b.last.0).cmp(&(a.own, &a.last.0)));
        shown.truncate(SHOWN.saturating_add(1));
        shown
    }

    fn others(&self) -> usize {
        self.sessions.iter().filter(|session| !session.own).count()
    }

    /// How many are not shown.
    fn more(&self) -> usize {
        self.others().saturating_sub(SHOWN)
    }

    fn ends(devices: &OwnDevices, texts: &'static Texts) -> [(&'static str, &'static str, Option<Stamp>); 2] {
        [("viewer", texts.user.viewer, devices.viewer.clone()), ("client", texts.user.client, devices.client.clone())]
    }
}

/// What a person does on this page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnAct {
    /// Ends one session.
    End(SessionRow),
    /// Ends all others, so many.
    EndOthers(usize),
    /// Refuses a PC.
    Refuse(Pc),
    /// Ends a remembered browser.
    Forget(Remembered),
    /// Ends all of them, so many.
    ForgetAll(usize),
}

/// What is asked before it.
#[derive(Clone, Debug, Template)]
#[template(path = "own_question.html")]
pub struct OwnQuestion {
    /// The frame; its operation id is the form's.
    pub chrome: Chrome,
    /// What would be done.
    pub act: OwnAct,
}

impl Account {
    /// The zones on offer: value, label, whether it is his.
    fn zones(&self) -> Vec<(i16, String, bool)> {
        let chosen = self.chrome.zone.offset_min;
        let place = |ja: &str, en: &str| if self.chrome.lang == Lang::Ja { ja.to_owned() } else { en.to_owned() };
        ZONES.iter().map(|(at, ja, en)| (*at, format!("{} {}", offset(*at), place(ja, en)), *at == chosen)).collect()
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let user = super::Who { login: word("cwtest.00001"), kind: super::Kind::User { expiry: None } };
        let lines = history::sample_events(word).into_iter().take(4);
        let lines = lines.map(|event| history::Line::of(&event, &chrome.brand.name, chrome.texts())).collect();
        let full = Self {
            chrome: Chrome { who: Some(user), ..chrome.on(Nav::Account) },
            live: sample(chrome, word),
            lines,
            all: "/history".to_owned(),
        };
        // As much as there can be of everything.
        let many = |number: usize| SessionRow { id: format!("{number:016}"), own: number == 0, ..session(word) };
        let pcs = (0..10).map(|number| Pc { id: format!("{number:016}"), live: None, ..pc(word, "DESKTOP-7F3A") });
        let pcs = pcs.collect();
        let devices = full.live.devices.clone().map(|devices| OwnDevices { pcs, ..devices });
        let crowded = AccountLive { sessions: (0..100).map(many).collect(), devices, ..full.live.clone() };
        let rows = full.lines.iter().cycle().take(10).cloned().collect();
        let quiet = AccountLive {
            sessions: vec![session(word)],
            devices: Some(OwnDevices { phone: None, viewer: None, client: None, pcs: Vec::new() }),
            watch: None,
            factor: false,
            ..full.live.clone()
        };
        let alone = AccountLive { devices: None, ..quiet.clone() };
        let browsers =
            vec![remembered(word), Remembered { id: "fedcba9876543210".to_owned(), agent: String::new(), ..remembered(word) }];
        let storage = AccountLive { devices: None, remembered: Some(browsers), ..full.live.clone() };
        let forgotten = AccountLive { remembered: Some(Vec::new()), factor: false, ..storage.clone() };
        vec![
            ("account", full.clone()),
            ("account-crowded", Self { live: crowded, lines: rows, ..full.clone() }),
            ("account-quiet", Self { live: quiet, lines: Vec::new(), ..full.clone() }),
            ("account-storage", Self { live: storage, ..full.clone() }),
            ("account-storage-quiet", Self { live: forgotten, ..full.clone() }),
            ("account-administrator", Self { chrome: chrome.on(Nav::Account), live: alone, ..full }),
        ]
    }
}

impl OwnQuestion {
    fn line(&self) -> &'static str {
        let t = &self.chrome.texts().account;
        match self.act {
            OwnAct::End(_) => t.end_question,
            OwnAct::EndOthers(_) => t.end_others_question,
            OwnAct::Refuse(_) => t.refuse_question,
            OwnAct::Forget(_) => self.chrome.texts().step.forget_question,
            OwnAct::ForgetAll(_) => self.chrome.texts().step.forget_all_question,
        }
    }

    fn action(&self) -> String {
        match &self.act {
            OwnAct::End(session) => format!("/account/sessions/{}/end", session.id),
            OwnAct::EndOthers(_) => "/account/sessions/end".to_owned(),
            OwnAct::Refuse(pc) => format!("/account/pcs/{}/refuse", pc.id),
            OwnAct::Forget(browser) => format!("/account/browsers/{}/forget", browser.id),
            OwnAct::ForgetAll(_) => "/account/browsers/forget".to_owned(),
        }
    }

    /// What it is about; nothing in particular for all others.
    fn subject(&self) -> Option<String> {
        match &self.act {
            OwnAct::End(session) => Some(session.browser(self.chrome.texts())),
            OwnAct::EndOthers(_) | OwnAct::ForgetAll(_) => None,
            OwnAct::Forget(browser) => Some(browser.browser(self.chrome.texts())),
            OwnAct::Refuse(pc) => Some(pc.name.clone()),
        }
    }

    /// What will happen now.
    fn effects(&self) -> Vec<String> {
        let texts = self.chrome.texts();
        let t = &texts.account;
        let said = |sentence: &str| sentence.to_owned();
        match &self.act {
            OwnAct::End(session) => {
                vec![(t.ends)(session.browser(texts), session.since.0.clone()), said(t.this_stays), said(t.password_known)]
            }
            OwnAct::EndOthers(0) => vec![said(t.no_others)],
            OwnAct::EndOthers(count) => vec![(t.others_end)(*count), said(t.this_stays), said(t.password_known)],
            OwnAct::Refuse(pc) => {
                let live = pc.live.as_ref().map_or_else(|| said(t.pc_not_live), |since| (t.pc_cut)(since.0.clone()));
                vec![live, said(t.pc_key_dies), said(t.password_known)]
            }
            OwnAct::Forget(browser) => {
                let s = &texts.step;
                vec![(s.forget_one)(browser.browser(texts)), said(s.forget_asks), said(s.forget_sessions)]
            }
            OwnAct::ForgetAll(count) => {
                let s = &texts.step;
                vec![(s.forget_many)(*count), said(s.forget_asks), said(s.forget_sessions)]
            }
        }
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |act| Self { chrome: chrome.on(Nav::Account), act };
        vec![
            ("own-end-session", page(OwnAct::End(SessionRow { own: false, ..session(word) }))),
            ("own-end-others", page(OwnAct::EndOthers(3))),
            ("own-end-nobody", page(OwnAct::EndOthers(0))),
            ("own-refuse-pc", page(OwnAct::Refuse(pc(word, "DESKTOP-7F3A")))),
            ("own-refuse-pc-away", page(OwnAct::Refuse(Pc { live: None, ..pc(word, "LAPTOP-2") }))),
            ("own-forget-browser", page(OwnAct::Forget(remembered(word)))),
            ("own-forget-browsers", page(OwnAct::ForgetAll(2))),
        ]
    }
}

/// This browser's session, for samples.
fn session(word: Word) -> SessionRow {
    SessionRow {
        id: "q3Zx81aBcD_e-F00".to_owned(),
        own: true,
        complete: true,
        agent: word("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/149.0 Safari/537.36"),
        address: word("192.0.2.1"),
        since: Stamp(word("2026-11-22 08:30:00 +0900")),
        last: Stamp(word("2026-11-22 09:00:00 +0900")),
    }
}

fn remembered(word: Word) -> Remembered {
    let SessionRow { agent, since, last, .. } = session(word);
    Remembered { id: "0123456789abcdef".to_owned(), agent, since, last }
}

fn pc(word: Word, name: &str) -> Pc {
    Pc {
        id: "0123456789abcdef".to_owned(),
        live: Some(Stamp(word("2026-11-22 08:59:02 +0900"))),
        name: word(name),
        os: word("Windows 11"),
        since: Stamp(word("2024-01-18 15:49:41 +0900")),
        last: Stamp(word("2026-11-22 08:59:02 +0900")),
    }
}

fn sample(chrome: &Chrome, word: Word) -> AccountLive {
    let since = || Stamp(word("2026-11-22 08:59:02 +0900"));
    let phone_agent = word("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26.0 Safari/604.1");
    AccountLive {
        lang: chrome.lang,
        watch: Some(Watch { url: "/live/password".to_owned(), ticket: word("ticket"), id: word("watcher") }),
        sessions: vec![
            SessionRow { id: "other-session-01".to_owned(), own: false, agent: phone_agent, ..session(word) },
            session(word),
            SessionRow { id: "other-session-02".to_owned(), own: false, complete: false, agent: String::new(), ..session(word) },
        ],
        devices: Some(OwnDevices {
            phone: Some(Device { name: word("iPhone16,1"), os: word("iOS"), since: since() }),
            viewer: None,
            client: Some(since()),
            pcs: vec![pc(word, "DESKTOP-7F3A"), Pc { id: "fedcba9876543210".to_owned(), live: None, ..pc(word, "LAPTOP-2") }],
        }),
        factor: true,
        remembered: None,
    }
}
