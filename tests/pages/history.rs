//! 操作履歴: every code that is logged has a sentence in both languages, and what the page and the file show.

use std::{collections::BTreeSet, fs, path::Path};

use kagiban::{
    pages::{
        History, HistoryCheck, Stamp, Template,
        history::{Event, Line, headings},
    },
    texts::{self, Happenings, Lang},
};

use crate::reading::{chrome, read, shows};

fn history(name: &str) -> String {
    read(History::samples(&chrome(), str::to_owned), name)
}

/// The codes in the sources of the product: the first argument of every event that is made.
fn logged(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            logged(&path, codes);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let whole = fs::read_to_string(&path).unwrap();
            let product = whole.split("#[cfg(test)]").next().unwrap();
            for made in ["Event::new(\"", "Event::by(\"", "failed(\"", "of_device(person, \""] {
                codes.extend(product.split(made).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
            }
        }
    }
}

#[test]
fn every_code_that_is_logged_has_a_sentence() {
    let mut codes = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["durable/src/account", "durable/src/contract", "src"] {
        logged(&root.join(folder), &mut codes);
    }
    codes.extend(["device-registered".to_owned(), "device-signed-in".to_owned()]);
    let known: BTreeSet<String> = Happenings::CODES.iter().map(|code| (*code).to_owned()).collect();
    let without: Vec<&String> = codes.difference(&known).collect();
    assert!(without.is_empty(), "src/texts/history.rs has no sentence for {without:?}");
    assert!(codes.len() > 15, "{codes:?}");
}

fn event(code: &str) -> Event {
    let detail = [("end", "client"), ("name", "PC-1"), ("times", "3"), ("phone", "iPhone16,1")];
    Event {
        at: Stamp("2026-11-22 09:00:00 +0900".into()),
        last: None,
        code: code.into(),
        by: "admin.00001".into(),
        whom: "cwtest.00002".into(),
        address: "192.0.2.1".into(),
        detail: detail.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
    }
}

#[test]
fn every_sentence_in_both_languages_names_who_or_whom_and_is_unlike_all_others() {
    for lang in Lang::ALL {
        let texts = texts::of(lang);
        let mut seen = BTreeSet::new();
        for code in Happenings::CODES {
            let line = Line::of(&event(code), "ココナワーク", texts);
            let named = line.sentence.contains("admin.00001") || line.sentence.contains("cwtest.00002");
            let nobodys = ["unreadable", "access-path-rolled-back"].contains(code);
            assert!(named || nobodys, "{code}: {}", line.sentence);
            assert!(line.sentence.ends_with(if lang == Lang::Ja { '。' } else { '.' }), "{code}: {}", line.sentence);
            assert!(!line.label.is_empty() && seen.insert(line.label.clone()) && seen.insert(line.sentence), "{code}");
        }
    }
}

#[test]
fn a_code_of_newer_code_shows_itself() {
    let line = Line::of(&event("code-of-tomorrow"), "ココナワーク", texts::of(Lang::Ja));
    assert_eq!((line.label.as_str(), line.sentence.as_str()), ("code-of-tomorrow", "code-of-tomorrow"));
}

#[test]
fn the_page_shows_when_what_and_from_where() {
    let page = history("history");
    shows(
        &page,
        &[
            "操作履歴",
            "契約ID: 123456789",
            "履歴の検査",
            "日時 内容 接続元",
            "2026-11-22 09:00:00 +0900 cwtest.00001 がログインしました。 192.0.2.1 Chrome (Windows) セッション q3Zx81aB",
            "cwtest.00001 のログインに失敗しました（5回）。 最後: 2026-11-22 09:00:58 +0900",
            "admin.00001 が cwtest.00001 のロックアウトを解除しました。 ロックアウト中 → ロックアウトなし -",
            "運用者 tests が cwtest.00001 のご契約情報を変更しました。",
            "タイプ: ココナワーク → ココナワーク セルフ サービス解約日: - → 2027-03-31",
            "CSVで保存",
            "新しい履歴 古い履歴",
        ],
    );
}

#[test]
fn empty_wrong_and_searched_states_say_what_to_do() {
    shows(&history("history-none"), &["履歴はまだありません。", "ログインや設定の変更があると、ここに記録されます。"]);
    shows(&history("history-nothing-found"), &["条件に当てはまる履歴はありません。", "条件を消す"]);
    shows(
        &history("history-wrong"),
        &[
            "10,000件を超える",
            "日付を 2026-11-22 の形で入力してください。",
            "開始日と同じか、それより後の日付を入力してください。",
        ],
    );
    shows(&history("history-user"), &["cwtest.00001 操作履歴 cwtest.00001についての操作"]);
    let own = history("history-own");
    shows(&own, &["このアカウントについての操作"]);
    assert!(!own.contains("履歴の検査") && !own.contains("契約ID"), "the contract's is not his");
}

#[test]
fn paging_and_file_keep_the_filter() {
    let page = History::samples(&chrome(), str::to_owned).remove(0).1;
    let mut filtered = page;
    filtered.filter.code = "locked".into();
    filtered.filter.who = "a b".into();
    let html = filtered.render().unwrap();
    assert!(html.contains("href=\"/history?who=a%20b&#38;code=locked&#38;older=1795305600000.1\" rel=\"next\""));
    assert!(html.contains("href=\"/history?who=a%20b&#38;code=locked&#38;csv=1\""));
    assert!(html.contains("<option value=\"locked\" selected>ロックアウト</option>"));
}

#[test]
fn the_check_says_what_it_found_and_where_it_goes_on() {
    let check = |name: &str| read(HistoryCheck::samples(&chrome(), str::to_owned), name);
    shows(&check("history-check"), &["履歴の検査", "検査する"]);
    shows(&check("history-check-fine"), &["書き換えは見つかりませんでした。", "12,345行を調べ", "もう一度検査する"]);
    shows(&check("history-check-so-far"), &["14,000行を調べました。続きがあります。", "続きを検査する"]);
    shows(&check("history-check-broken"), &["2026-11 の 1,234行目から先", "その行の日時: 2026-11-22 09:00:00 +0900"]);
    shows(&check("history-check-cut"), &["失われた行があります。", "2026-11 には少なくとも 7行"]);
    shows(&check("history-check-gap"), &["届いていない行があります。", "cwtest.00001 の 3番目の行"]);
}

#[test]
fn a_file_has_a_cell_for_every_heading() {
    for lang in Lang::ALL {
        let texts = texts::of(lang);
        assert_eq!(Line::of(&event("locked"), "", texts).cells().len(), headings(texts).len());
    }
}
