//! CW-002 to CW-005: the account sheet, letter by letter.

use kagiban::{
    pages::{Sheet, Template},
    texts::{self, Lang},
};

use crate::reading::{chrome, read, shows};

fn sheet(name: &str) -> String {
    read(Sheet::samples(&chrome(), str::to_owned), name)
}

#[test]
fn cw_002_cw_003_title_contract_and_the_administrators_account() {
    shows(
        &sheet("sheet"),
        &[
            "契約ID: 123456789",
            "ココナワーク ユーザアカウント一覧表",
            "■管理者用アカウント",
            "※管理者向け機能を利用する際に用いる情報です。なお、このアカウントはココナワークリモートアクセスには利用できません。",
            "管理者用アカウント/初期パスワード(*1) admin.00001 変更済み",
            "(*1) 初期パスワードそのもの",
        ],
    );
}

#[test]
fn cw_004_the_users_section_with_its_columns_and_footnotes() {
    shows(
        &sheet("sheet"),
        &[
            "一般ユーザアカウント",
            "契約ユーザ数: 8",
            "プラン(*1) アカウント (ユーザ名) 初期パスワード (*2) サービス提供開始日 サービス解約日",
            "ココナワーク cwtest.00001 変更済み 2022-12-01 -",
            "ココナワーク セルフ cwtest.00002 変更済み 2022-12-01 -",
            "cwtest.00004 仮パスワード",
            "(*1) 契約のプラン",
            "(*2) 初期パスワードそのもの",
        ],
    );
    shows(&sheet("sheet-part"), &["100,000件中 1,001～2,000件"]);
    shows(&sheet("sheet-none"), &["管理者用アカウント/初期パスワード(*1) -", "一般ユーザはまだいません。"]);
}

#[test]
fn cw_005_the_legend_the_line_through_who_is_cancelled_and_the_mark_of_who_is_new() {
    let text = sheet("sheet");
    shows(&text, &["このアカウントは今回の追加・変更契約分です。", "この取消線のアカウントはサービス解約日まで利用可能です。"]);
    shows(&text, &["cwtest.00003 (解約予定)", "今回の追加・変更契約分: cwtest.00005", "cwtest.00006 (解約済み)"]);
    let html = Sheet::samples(&chrome(), str::to_owned).remove(0).1.render().unwrap();
    assert!(html.contains("<s>cwtest.00003</s><span class=\"hidden\"> (解約予定)</span>"));
    assert_eq!(html.matches("<s>").count(), 2);
    assert_eq!(html.matches("<tr class=\"recent\">").count(), 4);
}

#[test]
fn cw_002_cw_005_the_same_as_a_table_for_a_file() {
    let (_, page) = Sheet::samples(&chrome(), str::to_owned).remove(0);
    let texts = texts::of(Lang::Ja);
    let headings = [
        "区分",
        "プラン",
        "アカウント (ユーザ名)",
        "初期パスワード",
        "サービス提供開始日",
        "サービス解約日",
        "追加・変更",
        "解約",
    ];
    assert_eq!(Sheet::headings(texts), headings);
    let cells = |row: &kagiban::pages::SheetRow| row.cells("ココナワーク", texts).join("|");
    assert_eq!(cells(&page.administrators[0]), "管理者用アカウント||admin.00001|変更済み||||");
    assert_eq!(cells(&page.users[0]), "一般ユーザアカウント|ココナワーク|cwtest.00001|変更済み|2022-12-01|-||");
    let ended = "一般ユーザアカウント|ココナワーク セルフ|cwtest.00006|仮パスワード|2022-12-01|2027-03-31|今回の追加・変更契約分|解約済み";
    assert_eq!(cells(&page.users[5]), ended);
}
