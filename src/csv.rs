//! Tables for spreadsheets: UTF-8 with a byte order mark, CRLF, quoted (RFC 4180), and no cell that a spreadsheet would take for
//! a formula (OWASP, CSV injection).

/// What a cell must not begin with; full-width signs are signs to a Japanese spreadsheet.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A file of these rows; the first one holds the headings.
#[must_use]
pub fn file(rows: &[Vec<String>]) -> String {
    format!("\u{feff}{}", lines(rows))
}

/// Further lines of a file.
#[must_use]
pub fn lines(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for row in rows {
        for (index, cell) in row.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            quote(cell, &mut text);
        }
        text.push_str("\r\n");
    }
    text
}

fn quote(cell: &str, text: &mut String) {
    let guard = if cell.starts_with(FORMULA) { "'" } else { "" };
    if guard.is_empty() && !cell.contains([',', '"', '\n', '\r']) {
        text.push_str(cell);
        return;
    }
    text.push('"');
    text.push_str(guard);
    text.push_str(&cell.replace('"', "\"\""));
    text.push('"');
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// Reads a file as a spreadsheet does (RFC 4180).
    fn read(file: &str) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let (mut row, mut cell, mut quoted) = (Vec::new(), String::new(), false);
        let mut letters = file.strip_prefix('\u{feff}').unwrap().chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => cell.push(letters.next().unwrap()),
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(std::mem::take(&mut cell)),
                '\r' if !quoted && letters.peek() == Some(&'\n') => {
                    letters.next();
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                letter => cell.push(letter),
            }
        }
        assert!(cell.is_empty() && row.is_empty() && !quoted, "the file ends with a line");
        rows
    }

    #[test]
    fn past_failure_47_a_formula_is_told_to_be_text() {
        let rows = [vec!["=1+1".to_owned(), "a".to_owned()], vec!["a\"b".to_owned(), String::new()]];
        assert_eq!(file(&rows), "\u{feff}\"'=1+1\",a\r\n\"a\"\"b\",\r\n");
    }

    proptest! {
        #[test]
        fn past_failure_47_no_cell_is_a_formula_and_every_cell_comes_back(rows in vec(vec("[=+@\\-＝＋－＠\t\r\n\"', a1あ]{0,8}", 1..4), 1..5)) {
            let back = read(&file(&rows));
            prop_assert_eq!(back.len(), rows.len());
            for (cell, original) in back.iter().flatten().zip(rows.iter().flatten()) {
                prop_assert!(!cell.starts_with(FORMULA), "{cell:?}");
                let guarded = original.starts_with(FORMULA);
                prop_assert_eq!(if guarded { cell.strip_prefix('\'').unwrap() } else { cell }, original);
            }
        }
    }
}
