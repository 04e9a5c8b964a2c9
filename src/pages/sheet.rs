//! ココナワーク ユーザアカウント一覧表 (CW-002 to CW-005): the accounts of a contract on paper. Made for printing: A4, the table's head on
//! every page, nothing but the sheet; long contracts come in parts. [`Sheet::headings`] and [`SheetRow::cells`] are the same as a
//! table for a file.
//!
//! Only hashes of passwords are stored, so where the paper sheet once told the initial password stands whether it is still in use.

use askama::Template;

use super::{Chrome, Nav, Plan, Range, Stamp, Word};
use crate::texts;

/// One account.
#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own on the sheet")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    /// Whether it is the administrator's.
    pub administrator: bool,
    /// プラン
    pub plan: Plan,
    /// ユーザ名
    pub login: String,
    /// Whether its password is still temporary.
    pub temporary: bool,
    /// サービス提供開始日, `YYYY-MM-DD`.
    pub start: String,
    /// サービス解約日, `YYYY-MM-DD`; none: no end is planned.
    pub end: Option<String>,
    /// Whether that day has passed.
    pub ended: bool,
    /// Whether it is part of the newest addition or change.
    pub recent: bool,
}

impl SheetRow {
    /// 仮パスワード or 変更済み
    fn password(&self, t: &texts::Sheet) -> &'static str {
        if self.temporary { t.temporary } else { t.changed }
    }

    /// 解約予定 or 解約済み; empty for an account that stays.
    fn cancelled(&self, t: &texts::Sheet) -> &'static str {
        match (&self.end, self.ended) {
            (None, _) => "",
            (Some(_), false) => t.ending_word,
            (Some(_), true) => t.ended_word,
        }
    }

    /// The row of a file, under [`Sheet::headings`].
    #[must_use]
    pub fn cells(&self, brand: &str, texts: &'static texts::Texts) -> Vec<String> {
        let t = &texts.sheet;
        let end = || self.end.clone().unwrap_or_else(|| texts.common.none.to_owned());
        let user = |value: String| if self.administrator { String::new() } else { value };
        vec![
            if self.administrator { t.administrators } else { t.csv_user }.replace('■', ""),
            user(self.plan.label(brand, &texts.users)),
            self.login.clone(),
            self.password(t).to_owned(),
            user(self.start.clone()),
            user(end()),
            if self.recent { t.recent_word } else { "" }.to_owned(),
            self.cancelled(t).to_owned(),
        ]
    }
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "sheet.html")]
pub struct Sheet {
    /// The frame.
    pub chrome: Chrome,
    /// 契約ID
    pub contract: String,
    /// When it was made.
    pub made: Stamp,
    /// The administrator, or none yet.
    pub administrators: Vec<SheetRow>,
    /// The users of this part.
    pub users: Vec<SheetRow>,
    /// 契約ユーザ数
    pub total: u64,
    /// Which of them these are; none: there are none.
    pub range: Option<Range>,
    /// This part's number, from 1.
    pub part: u32,
    /// Whether there is a part behind.
    pub more: bool,
}

impl Sheet {
    /// The headings of a file.
    #[must_use]
    pub fn headings(texts: &'static texts::Texts) -> Vec<String> {
        let (t, users) = (&texts.sheet, &texts.users);
        // The marks of the footnotes stay on paper.
        let plain = |label: &str| label.replace("(*1)", "").replace("(*2)", "").trim().to_owned();
        let labels = [t.csv_section, t.plan, t.account, t.password, users.start, users.end, t.csv_recent, t.csv_ending];
        labels.into_iter().map(plain).collect()
    }

    fn words(&self) -> &'static texts::Sheet {
        &self.chrome.texts().sheet
    }

    fn title(&self) -> String {
        (self.words().title)(self.chrome.brand.name.clone())
    }

    fn total_text(&self) -> String {
        (self.chrome.texts().users.total)(self.total)
    }

    /// Which part this is; a sheet in one part says only how many there are.
    fn range_text(&self) -> Option<String> {
        self.range
            .filter(|_| self.part > 1 || self.more)
            .map(|range| (self.chrome.texts().users.range)(range.first, range.last, Some(self.total)))
    }

    /// Another part; none: there is none.
    fn link(part: u32) -> String {
        if part == 1 { "/sheet".to_owned() } else { format!("/sheet?part={part}") }
    }

    fn previous(&self) -> Option<String> {
        self.part.checked_sub(1).filter(|part| *part > 0).map(Self::link)
    }

    fn next(&self) -> Option<String> {
        self.part.checked_add(1).filter(|_| self.more).map(Self::link)
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let user = |number: u32| SheetRow {
            administrator: false,
            plan: if number % 4 == 2 { Plan::Own } else { Plan::Standard },
            login: word(&format!("cwtest.{number:05}")),
            temporary: number > 2,
            start: "2022-12-01".to_owned(),
            end: number.is_multiple_of(3).then(|| word("2027-03-31")),
            ended: number.is_multiple_of(6),
            recent: number > 4,
        };
        let administrator =
            SheetRow { administrator: true, login: word("admin.00001"), temporary: false, recent: false, ..user(1) };
        let page = Self {
            chrome: chrome.on(Nav::Users),
            contract: word("123456789"),
            made: Stamp(word("2026-11-22 09:00:00 +0900")),
            administrators: vec![administrator],
            users: (1..=8).map(user).collect(),
            total: 8,
            range: Some(Range { first: 1, last: 8 }),
            part: 1,
            more: false,
        };
        let part = Self { total: 100_000, range: Some(Range { first: 1_001, last: 2_000 }), part: 2, more: true, ..page.clone() };
        let none = Self { administrators: vec![], users: vec![], total: 0, range: None, ..page.clone() };
        vec![("sheet", page), ("sheet-part", part), ("sheet-none", none)]
    }
}
