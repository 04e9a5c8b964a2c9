//! A table of users, as a file or pasted from a spreadsheet: rows of cells (RFC 4180; a tab separates as well as a comma), and what
//! they say about each user, with everything that is wrong with a row at once. Pure; the objects decide what may be done.

use std::collections::HashSet;

use durable::{
    contract::import::{ROWS, Row, State},
    rules::{date::Day, login_name},
};

use crate::pages::FileError;

/// Longest name of a person, in characters.
const NAME: usize = 100;
/// Longest part of a cell that is kept to show it.
const SHOWN: usize = 254;

/// What the columns may be called.
const NAMES: [&[&str]; 4] = [
    &["氏名", "名前", "name"],
    &["メールアドレス", "address", "mail", "email", "login"],
    &["管理者権限", "manager"],
    &["サービス提供開始日", "start"],
];

/// A name that a person may have: one line.
#[must_use]
pub fn is_name(name: &str) -> bool {
    (1..=NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control)
}

/// The users of a table; `managers` says whether whoever sends it may invite managers.
///
/// # Errors
/// What keeps it from being read at all.
pub fn users(text: &str, managers: bool) -> Result<Vec<Row>, FileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let table = rows(text).ok_or(FileError::Quote)?;
    let mut table = table.into_iter().zip(1_u32..).filter(|(cells, _)| cells.iter().any(|cell| !cell.trim().is_empty()));
    let (header, _) = table.next().ok_or(FileError::Empty)?;
    let place = |names: &[&str]| header.iter().position(|cell| names.contains(&login_name::fold(cell).as_str()));
    let [name, address, manager, start] = NAMES.map(place);
    let (Some(name), Some(address)) = (name, address) else { return Err(FileError::NoHeader) };
    let mut seen = HashSet::new();
    let mut users = Vec::new();
    for (cells, line) in table {
        let cell = |place: Option<usize>| place.and_then(|place| cells.get(place)).map_or("", |cell| cell.trim());
        let typed = [cell(Some(name)), cell(Some(address)), cell(manager), cell(start)];
        users.push(user(line, typed, managers, &mut seen));
    }
    match u32::try_from(users.len()) {
        Ok(0) => Err(FileError::Empty),
        Ok(1..=ROWS) => Ok(users),
        _ => Err(FileError::TooMany),
    }
}

/// One row, with everything that is wrong with it.
fn user(line: u32, [name, address, manager, start]: [&str; 4], managers: bool, seen: &mut HashSet<String>) -> Row {
    let login = login_name::parse(address, login_name::Kind::Address);
    let flag = flag(manager).filter(|flag| managers || !flag);
    let day = if start.is_empty() { Some(None) } else { day(start).map(Some) };
    let twice = login.as_ref().is_some_and(|login| !seen.insert(login.clone()));
    let wrong = [
        ("name", !is_name(name)),
        ("address", login.is_none()),
        ("manager", flag.is_none()),
        ("start", day.is_none()),
        ("twice", twice),
    ];
    let problems: Vec<String> = wrong.into_iter().filter(|(_, wrong)| *wrong).map(|(code, _)| code.to_owned()).collect();
    Row {
        line,
        name: name.chars().filter(|letter| !letter.is_control()).take(SHOWN).collect(),
        login: login.unwrap_or_else(|| address.chars().filter(|letter| !letter.is_control()).take(SHOWN).collect()),
        manager: flag.unwrap_or(false),
        start: day.flatten(),
        state: if problems.is_empty() { State::Ready } else { State::Wrong },
        problems,
    }
}

/// 管理者権限 as people write it; an empty cell means none.
fn flag(typed: &str) -> Option<bool> {
    match login_name::fold(typed).as_str() {
        "" | "なし" | "no" | "false" | "0" | "いいえ" | "×" => Some(false),
        "あり" | "yes" | "true" | "1" | "はい" | "○" => Some(true),
        _ => None,
    }
}

/// A day as spreadsheets write it: 2026-12-01 or 2026/12/1.
fn day(typed: &str) -> Option<Day> {
    let numbers: Vec<u32> = login_name::fold(typed).split(['-', '/']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match numbers.as_slice() {
        [year, month, day] => Day::parse(&format!("{year:04}-{month:02}-{day:02}")),
        _ => None,
    }
}

/// The cells of a table; `None` when a quotation mark is not closed. The first row tells what separates them.
fn rows(text: &str) -> Option<Vec<Vec<String>>> {
    let first = text.lines().next().unwrap_or_default();
    let separator = if first.contains('\t') && !first.contains(',') { '\t' } else { ',' };
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            _ if quoted => cell.push(letter),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' | '\r' => {
                row.push(core::mem::take(&mut cell));
                rows.push(core::mem::take(&mut row));
            }
            _ if letter == separator => row.push(core::mem::take(&mut cell)),
            _ => cell.push(letter),
        }
    }
    if quoted {
        return None;
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn st_070_a_table_says_whom_to_invite_in_the_words_of_its_headings() {
        let text = "\u{feff}メールアドレス,氏名,管理者権限,備考,サービス提供開始日\r\nＨanako@Example.jp,\"鈴木 \"\"花子\"\"\",あり,x,2026/12/1\r\n\r\njiro@example.jp,次郎\r\n";
        let users = users(text, true).unwrap();
        assert_eq!(users.len(), 2);
        let first = &users[0];
        assert_eq!((first.line, first.login.as_str(), first.name.as_str()), (2, "hanako@example.jp", "鈴木 \"花子\""));
        assert_eq!((first.manager, first.start, first.state), (true, Day::parse("2026-12-01"), State::Ready));
        let second = &users[1];
        assert_eq!((second.line, second.manager, second.start, second.state), (4, false, None, State::Ready));
    }

    #[test]
    fn everything_that_is_wrong_with_a_row_is_said_at_once() {
        let text = "name,address,manager,start\n,a@,maybe,2026-02-30\nA,a@example.jp,yes,\nB,A@example.jp,no,2026-01-01";
        let users = users(text, false).unwrap();
        let problems: Vec<Vec<&str>> = users.iter().map(|row| row.problems.iter().map(String::as_str).collect()).collect();
        assert_eq!(problems, [vec!["name", "address", "manager", "start"], vec!["manager"], vec!["twice"]]);
        assert!(users.iter().all(|row| row.state == State::Wrong));
    }

    #[test]
    fn a_pasted_table_has_tabs() {
        let users = users("氏名\tメールアドレス\n鈴木, 花子\thanako@example.jp", true).unwrap();
        assert_eq!((users[0].name.as_str(), users[0].state), ("鈴木, 花子", State::Ready));
    }

    #[test]
    fn what_cannot_be_read_at_all_says_why() {
        for (text, why) in [
            ("", FileError::Empty),
            ("\n\n", FileError::Empty),
            ("氏名,メールアドレス\n", FileError::Empty),
            ("hanako@example.jp\n", FileError::NoHeader),
            ("氏名,メールアドレス\n\"鈴木,a@example.jp\n", FileError::Quote),
        ] {
            assert_eq!(users(text, true), Err(why), "{text:?}");
        }
        let many = |count: u32| format!("name,address\n{}", "A,a@example.jp\n".repeat(count.try_into().unwrap()));
        assert_eq!(users(&many(ROWS + 1), true), Err(FileError::TooMany));
        assert!(users(&many(ROWS), true).is_ok());
    }

    proptest! {
        #[test]
        fn no_text_panics_and_no_control_character_gets_through(text in "(name,address\n)?[\\PC\\n\\r\\t,\"@.a-z]{0,80}") {
            for row in users(&text, true).into_iter().flatten() {
                prop_assert!(!row.name.chars().any(char::is_control) && !row.login.chars().any(char::is_control));
                prop_assert_eq!(row.problems.is_empty(), row.state == State::Ready);
            }
        }

        #[test]
        fn our_own_files_read_back(cells in prop::collection::vec(prop::collection::vec("[a-zあ\"', ][a-zあ\"', \n]{0,7}", 2), 1..6)) {
            let read = rows(crate::csv::file(&cells).strip_prefix('\u{feff}').unwrap()).unwrap();
            let unguarded: Vec<Vec<String>> = cells.clone();
            prop_assert_eq!(read.len(), unguarded.len());
            for (read, cells) in read.iter().flatten().zip(unguarded.iter().flatten()) {
                prop_assert_eq!(read, cells);
            }
        }
    }
}
