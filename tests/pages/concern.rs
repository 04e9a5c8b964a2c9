//! The lists of users who want attention: one page for both, each with its own words, columns and act.

use durable::contract::Concern;
use kagiban::{
    pages::{ConcernList, ConcernQuestion, ConcernResults, PreviousRow, Template, Why, previous_headings},
    texts::{self, Lang},
};

use crate::reading::{chrome, read, shows};

fn list(name: &str) -> String {
    read(ConcernList::samples(&chrome(), str::to_owned), name)
}

#[test]
fn cw_116_cw_123_the_list_says_who_waits_on_which_pc_since_when_and_for_how_long() {
    shows(
        &list("previous"),
        &[
            "旧パスワードで待ち受け中",
            "CSVで保存",
            "選択したユーザの猶予を今すぐ終了",
            "ユーザ名 接続先PC OS 接続開始時刻 残り日数",
            "cwtest.00001 を選択 cwtest.00001 DESKTOP-7F01 Windows 11 2026-11-22 08:59:10 +0900 あと1日",
            "cwtest.00003 を選択 cwtest.00003 DESKTOP-7F03 Windows 10",
        ],
    );
    shows(&list("previous-none"), &["古いパスワードで待ち受けているクライアントプログラムはありません。"]);
}

#[test]
fn cw_084_the_list_of_locked_users_reads_as_before() {
    shows(
        &list("locked"),
        &[
            "ロック中のユーザ",
            "選択したユーザのロックアウトを解除",
            "ユーザ名 失敗回数 ロックアウト時刻 / 最後の失敗 自動解除まで ログインしたことのあるブラウザ",
            "cwtest.00001 を選択 cwtest.00001 ロック中 5回 2026-11-22 08:59:10 +0900 あと12分 1台はログインできます",
            "cwtest.00003 を選択 cwtest.00003 失敗が続いています 2回 2026-11-22 08:59:10 +0900 - -",
        ],
    );
    assert!(!list("locked").contains("CSV"), "only what is worked on elsewhere is a file");
}

#[test]
fn cw_085_cw_119_the_question_asks_as_the_page_of_one_user_does() {
    let question = |name| read(ConcernQuestion::samples(&chrome(), str::to_owned), name);
    shows(
        &question("locked-confirm"),
        &["ロックアウトを解除します。⏎よろしいですか？", "対象のユーザ: 4人", "cwtest.00009 ロックアウトされていません。", "OK"],
    );
    shows(
        &question("previous-confirm"),
        &[
            "古いパスワードの猶予を今すぐ終了します。⏎よろしいですか？",
            "対象のユーザ: 4人",
            "cwtest.00001 DESKTOP-7F01",
            "cwtest.00009 いまは古いパスワードで待ち受けていません。",
            "選択したユーザに今起きること 古いパスワードのクライアントプログラムは切断され",
            "OK",
            "キャンセル",
        ],
    );
    // What takes something away is no primary action: it stands in outline, and is solid only where it is asked.
    for (_, page) in ConcernList::samples(&chrome(), str::to_owned) {
        let html = page.render().unwrap();
        let outlined = html.contains("button-danger-line");
        assert_eq!(outlined, page.concern == Concern::Previous && !page.rows.is_empty());
    }
    for (_, page) in ConcernQuestion::samples(&chrome(), str::to_owned) {
        let solid = page.render().unwrap().contains("class=\"button button-danger\"");
        assert_eq!(solid, page.concern == Concern::Previous);
    }
}

#[test]
fn cw_119_every_user_has_a_result_of_his_own() {
    shows(
        &read(ConcernResults::samples(&chrome(), str::to_owned), "previous-results"),
        &[
            "3人中1人の古いパスワードの猶予を終了しました。",
            "cwtest.00001 終了しました cwtest.00002 すでに終わっています cwtest.00003 終了できませんでした",
        ],
    );
}

#[test]
fn a_line_of_the_file_has_a_cell_for_each_heading() {
    for lang in Lang::ALL {
        let headings = previous_headings(texts::of(lang));
        let rows = ConcernList::samples(&chrome(), str::to_owned).into_iter().flat_map(|(_, page)| page.rows);
        let rows: Vec<PreviousRow> =
            rows.filter_map(|row| if let Why::Previous(row) = row.why { Some(row) } else { None }).collect();
        assert!(!rows.is_empty() && rows.iter().all(|row| row.record().len() + 1 == headings.len()));
    }
}
