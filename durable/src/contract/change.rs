//! What changes a contract, and the row that each change leaves in its journal.
//!
//! Invariant: a change and its row are one value ([`Changed`]) and are stored in one commit. What rolls back by itself leaves one too.

use serde::{Deserialize, Serialize};

use super::{Directory, Facts, Open, Plan, Settings};
use crate::{
    Millis,
    effect::Event,
    journal::Numbered,
    refusal::Refusal,
    rules::{
        access::Actor,
        line::{COUNTDOWN, Lines},
        menu::{self, Item},
        trial::trial,
    },
};

/// A change of the contract's record by its contractor; billing is another system (decisions, ST-003).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeContract {
    /// Who changes it, in the menu, his password checked lately.
    pub actor: Actor,
    /// What.
    pub change: Change,
}

/// What the contractor can change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// 契約情報変更
    Record {
        /// The company.
        name: String,
        /// Who speaks for it.
        contact: String,
    },
    /// プラン変更: from 無料トライアル to 基本プラン.
    Basic,
    /// 解約
    Cancellation,
    /// 2段階認証設定 (ST-091), of everybody in the contract who logs in with a password.
    SecondStep {
        /// Whether it is asked for.
        enabled: bool,
    },
    /// その他の設定: what deviates from the manual (decisions).
    Settings {
        /// 2-step stays registered through reset and mail change.
        keep_factor: bool,
        /// Reset links are valid for 24 hours.
        short_reset: bool,
        /// Passwords are passphrases.
        passphrase: bool,
    },
    /// Active Directory設定: saved, to be tested.
    Directory {
        /// The connection ID, unless the contract has one.
        connection: String,
        /// The settings; `None`: only the ID is made.
        draft: Option<Directory>,
    },
    /// Active Directory設定: somebody has logged in by the settings of this version, so they count.
    DirectoryTested {
        /// Which ones.
        version: String,
        /// Whom the server has named.
        #[serde(default)]
        who: String,
    },
    /// Active Directory設定: removed.
    NoDirectory,
    /// 回線認証: the line numbers (ST-066).
    Lines {
        /// All of them.
        numbers: Vec<String>,
    },
    /// アクセス経路設定 (ST-064)
    AccessPath {
        /// 回線認証のみ
        only: bool,
        /// Whether he takes the risk that nobody has logged in over a registered line yet.
        risk: bool,
    },
    /// この設定を維持しますか？: 回線認証のみ stays.
    KeepPath {
        /// The line that he says so over.
        line: String,
    },
    /// Whether 回線認証のみ has to be confirmed.
    Countdown {
        /// It has.
        on: bool,
    },
}

impl Change {
    /// The menu's item that it belongs to.
    #[must_use]
    pub fn item(&self) -> Item {
        match self {
            Self::Record { .. } => Item::Contract,
            Self::Basic => Item::Plan,
            Self::Cancellation => Item::Cancellation,
            Self::SecondStep { .. } => Item::SecondStep,
            Self::Settings { .. } => Item::Settings,
            Self::Directory { .. } | Self::DirectoryTested { .. } | Self::NoDirectory => Item::ActiveDirectory,
            Self::Lines { .. } | Self::AccessPath { .. } | Self::KeepPath { .. } | Self::Countdown { .. } => Item::AccessPath,
        }
    }
}

/// A contract after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What it is now.
    pub facts: Facts,
    /// What its journal says about that; nothing where nothing is to be said.
    pub row: Option<Event>,
}

/// The contract after a change by its contractor.
///
/// # Errors
/// [`Refusal::NotFound`] when the menu has no such item for the actor, [`Refusal::Used`] when it is so already, [`Refusal::Line`] when
/// it would shut everybody out whose line is not known to work, or has to be said over a registered line.
pub fn changed(facts: &Facts, actor: &Actor, change: &Change, now: Millis) -> Result<Changed, Refusal> {
    if !menu::has(actor.role, trial(facts, now), change.item()) {
        return Err(Refusal::NotFound);
    }
    let after = match change {
        Change::Record { name, contact } => Facts { name: name.clone(), contact: contact.clone(), ..facts.clone() },
        Change::Basic => Facts { plan: Plan::Basic, ..facts.clone() },
        Change::Cancellation => Facts { cancelled: facts.cancelled.or(Some(now)), ..facts.clone() },
        // ST-093: it is off by itself.
        Change::SecondStep { .. } if facts.lines.only => return Err(Refusal::Used),
        Change::SecondStep { enabled } => {
            let settings = Settings { no_second_step: !enabled, ..facts.settings.clone() };
            Facts { settings, ..facts.clone() }
        }
        &Change::Settings { keep_factor, short_reset, passphrase } => {
            let settings = Settings { keep_factor, short_reset, passphrase, ..facts.settings.clone() };
            Facts { settings, ..facts.clone() }
        }
        Change::Directory { connection, draft } => {
            Facts { directories: facts.directories.saved(connection, draft.as_ref())?, ..facts.clone() }
        }
        Change::DirectoryTested { version, .. } => Facts { directories: facts.directories.tested(version)?, ..facts.clone() },
        Change::NoDirectory => Facts { directories: facts.directories.removed(), ..facts.clone() },
        change => Facts { lines: lines(&facts.lines, change, now)?, ..facts.clone() },
    };
    if after == *facts {
        return Err(Refusal::Used);
    }
    Ok(Changed { row: row(facts, &after, actor, change, now), facts: after })
}

/// What the journal says about a change.
fn row(before: &Facts, after: &Facts, actor: &Actor, change: &Change, now: Millis) -> Option<Event> {
    Some(match change {
        Change::Record { name, contact } => {
            Event::by("contract-record-changed", now, actor).with("name", name).with("contact", contact)
        }
        Change::Basic => {
            Event::by("contract-plan-changed", now, actor).with("plan", format!("{} → {}", before.plan.code(), after.plan.code()))
        }
        Change::Cancellation => Event::by("contract-cancelled", now, actor),
        Change::SecondStep { enabled } => {
            Event::by("second-step-setting-changed", now, actor).with("before", switch(!enabled)).with("after", switch(*enabled))
        }
        Change::Settings { keep_factor, short_reset, passphrase } => {
            let all = [("keep-factor", keep_factor), ("short-reset", short_reset), ("passphrase", passphrase)];
            let on: Vec<&str> = all.into_iter().filter_map(|(name, on)| on.then_some(name)).collect();
            Event::by("contract-settings-changed", now, actor).with("on", on.join(" "))
        }
        Change::Directory { draft, .. } => Event::by("directory-saved", now, actor).with("issuer", &draft.as_ref()?.issuer),
        Change::DirectoryTested { who, .. } => {
            let issuer = after.directories.active.as_ref().map_or("", |own| &own.issuer);
            Event::by("directory-changed", now, actor).with("issuer", issuer).with("tested", who)
        }
        Change::NoDirectory => Event::by("directory-removed", now, actor),
        Change::Lines { .. } => {
            let [before, after] = [before, after].map(|facts| facts.lines.numbers.join(" "));
            Event::by("lines-changed", now, actor).with("before", before).with("after", after)
        }
        Change::AccessPath { .. } => {
            let event = Event::by("access-path-changed", now, actor).with("before", path(before)).with("after", path(after));
            if after.lines.until.is_some() { event.with("waits", "on") } else { event }
        }
        Change::KeepPath { line } => Event::by("access-path-kept", now, actor).with("line", line),
        Change::Countdown { on } => Event::by("line-countdown-set", now, actor).with("after", switch(*on)),
    })
}

fn switch(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn path(facts: &Facts) -> &'static str {
    if facts.lines.only { "only" } else { "both" }
}

/// The contract whose 回線認証のみ was not confirmed in time, as of `now`; `None`: nothing rolls back. The row is of the instant that
/// decided it, however late it is written.
#[must_use]
pub fn rolled_back(stored: &Facts, now: Millis) -> Option<Changed> {
    let until = stored.lines.until.filter(|until| *until <= now)?;
    let facts = stored.clone().at(now);
    let row = Event::new("access-path-rolled-back", until, "").with("before", path(stored)).with("after", path(&facts));
    Some(Changed { facts, row: Some(row) })
}

/// The contract after the operator has created or updated it. Settings and what the contractor wrote are his, not the operator's.
#[must_use]
pub fn opened(stored: Option<&Facts>, open: &Open, now: Millis) -> Changed {
    let row = |event: Event| Some(event.from(&open.address));
    let Some(old) = stored else {
        return Changed { facts: (*open.facts).clone(), row: row(Event::new("contract-created", now, &open.by)) };
    };
    let facts = Facts {
        settings: old.settings.clone(),
        contact: old.contact.clone(),
        cancelled: old.cancelled,
        directories: old.directories.clone(),
        lines: old.lines.clone(),
        ..(*open.facts).clone()
    };
    let trial = |facts: &Facts| facts.trial_start.map_or_else(|| "-".to_owned(), |day| day.to_string());
    let told = |facts: &Facts| [facts.name.clone(), facts.plan.code().to_owned(), trial(facts)];
    let event = ["name", "plan", "trial_start"]
        .into_iter()
        .zip(told(old).into_iter().zip(told(&facts)))
        .filter(|(_, (before, after))| before != after)
        .fold(Event::new("contract-updated", now, &open.by), |event, (key, (before, after))| {
            event.with(key, format!("{before} → {after}"))
        });
    Changed { facts, row: row(event) }
}

/// How many rows a contract has left, and whose they are: an object does not know its own name, and rolls back without anybody there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// 契約ID
    pub contract: String,
    /// How many rows.
    pub rows: u64,
}

impl Logged {
    /// The next row with its number, by which the journal knows it when it comes twice.
    #[must_use]
    pub fn number(&mut self, event: Event) -> Numbered {
        self.rows = self.rows.saturating_add(1);
        Numbered { sequence: self.rows, event }
    }
}

/// The lines after a change of them.
fn lines(lines: &Lines, change: &Change, now: Millis) -> Result<Lines, Refusal> {
    let waits = lines.only && lines.until.is_some();
    Ok(match change {
        Change::Lines { numbers } => {
            let after = lines.with(numbers);
            // Under 回線認証のみ the lines that are known to work are the only way in.
            if lines.only && lines.is_proven() && !after.is_proven() {
                return Err(Refusal::Line);
            }
            after
        }
        Change::AccessPath { only: true, .. } if lines.only => return Err(Refusal::Used),
        Change::AccessPath { only: true, risk: false } if !lines.is_proven() => return Err(Refusal::Line),
        Change::AccessPath { only: true, .. } => {
            let until = lines.countdown.then(|| now.saturating_add(COUNTDOWN));
            Lines { only: true, until, ..lines.clone() }
        }
        Change::AccessPath { only: false, .. } => Lines { only: false, until: None, ..lines.clone() },
        Change::KeepPath { line } if waits && !lines.has(line) => return Err(Refusal::Line),
        Change::KeepPath { .. } => Lines { until: None, ..lines.clone() },
        Change::Countdown { on } => Lines { countdown: *on, ..lines.clone() },
        _ => return Err(Refusal::NotFound),
    })
}
