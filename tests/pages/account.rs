//! あなたの接続, the switch of language, and what a person is told.

use durable::{
    account::{self, Matter},
    rules::date::Zone,
};
use kagiban::{
    pages::{Account, Chrome, Nav, News, OwnQuestion, Template, Top},
    texts::Lang,
};

use crate::reading::{chrome, read, shows, text};

fn page(name: &str) -> String {
    read(Account::samples(&chrome(), str::to_owned), name)
}

fn html(name: &str) -> String {
    let samples = Account::samples(&chrome(), str::to_owned);
    samples.into_iter().find(|(sample, _)| *sample == name).unwrap().1.render().unwrap()
}

#[test]
fn the_page_shows_browsers_in_words_phone_connections_pcs_factor_and_history() {
    shows(
        &page("account"),
        &[
            "あなたの接続",
            "管理機能にログイン中のブラウザ",
            "Chrome (Windows) このブラウザ 192.0.2.1",
            "開始 : 2026-11-22 08:30:00 +0900",
            "最終利用 : 2026-11-22 09:00:00 +0900",
            "Safari (iPhone)",
            "終了",
            "不明なブラウザ ログイン途中",
            "他のセッションをすべて終了",
            "端末認証情報の登録状況",
            "端末名 : iPhone16,1",
            "ビューア（手元端末） 現在接続されていません。",
            "クライアント（接続先機器） 現在接続されています。 接続開始時刻 2026-11-22 08:59:02 +0900",
            "登録されている接続先PC",
            "DESKTOP-7F3A 接続中 Windows 11⏎初回ログイン : 2024-01-18 15:49:41 +0900 ⏎最終確認 : 2026-11-22 08:59:02 +0900",
            "このPCを拒否",
            "LAPTOP-2",
            "多要素認証を使用しています",
            "タイムゾーン",
            "UTC+09:00 東京",
            "最近の操作履歴",
            "2026-11-22 09:00:00 +0900 cwtest.00001 がログインしました。 192.0.2.1 Chrome (Windows)",
            "すべての操作履歴を見る",
        ],
    );
}

#[test]
fn the_own_session_comes_first_and_has_no_end() {
    let html = html("account");
    assert_eq!(html.matches("data-dialog=\"end-session\"").count(), 2);
    let first = html.split("class=\"row\"").nth(1).unwrap();
    assert!(first.contains("このブラウザ") && !first.contains("data-dialog"));
}

#[test]
fn a_hundred_sessions_are_a_few_rows_and_a_count() {
    let html = html("account-crowded");
    assert_eq!(html.matches("data-dialog=\"end-session\"").count(), 4);
    shows(&text(&html), &["ほかに95件のセッションがあります。", "他のセッションをすべて終了"]);
}

#[test]
fn who_has_no_devices_sees_none_and_empty_states_say_what_comes() {
    let page_ = page("account-administrator");
    for absent in ["端末", "接続先PC", "ビューア", "拒否"] {
        assert!(!page_.contains(absent), "{absent}");
    }
    shows(
        &page("account-quiet"),
        &["ほかにログインしているブラウザはありません。", "登録されていません。", "登録されていません。"],
    );
    assert!(!html("account-quiet").contains("data-live-url"));
}

#[test]
fn the_questions_say_what_will_happen_now() {
    let question = |name| read(OwnQuestion::samples(&chrome(), str::to_owned), name);
    shows(
        &question("own-end-session"),
        &[
            "このセッションを終了します。⏎よろしいですか？",
            "Chrome (Windows)（2026-11-22 08:30:00 +0900 から）は",
            "OK",
            "キャンセル",
        ],
    );
    shows(
        &question("own-end-others"),
        &["このブラウザ以外のセッションをすべて終了します。⏎よろしいですか？", "ほかのセッション3件は"],
    );
    shows(&question("own-end-nobody"), &["何も変わりません。"]);
    shows(
        &question("own-refuse-pc"),
        &[
            "このPCを拒否します。⏎よろしいですか？",
            "DESKTOP-7F3A",
            "接続（2026-11-22 08:59:02 +0900 から）が切れます。",
            "正しいパスワードでもログインできなくなります。",
        ],
    );
    shows(&question("own-refuse-pc-away"), &["このPCのクライアントは接続されていません。"]);
}

#[test]
fn cw_030_the_kind_of_account_leads_to_the_page_once_the_login_is_complete() {
    let top = |chrome: Chrome| Top { chrome, application: false }.render().unwrap();
    let html = top(chrome().on(Nav::Top));
    assert!(html.contains("<a class=\"who-kind\" href=\"/account\""));
    shows(&text(&html), &["アカウント管理者 ログアウト"]);
    assert!(!top(Chrome { nav: None, ..chrome() }).contains("href=\"/account\" title"), "not on the way in");
}

#[test]
fn cw_032_cw_033_the_tabs_are_the_manuals_and_the_card_comes_behind_its_cards() {
    for sample in ["top-administrator", "top-user"] {
        let html =
            Top::samples(&chrome(), str::to_owned).into_iter().find(|(name, _)| *name == sample).unwrap().1.render().unwrap();
        let nav = html.split("<nav").nth(1).unwrap().split("</nav>").next().unwrap();
        assert!(!nav.contains("/account"), "{sample}");
        let cards: Vec<&str> = html.split("<h2><a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(cards.last(), Some(&"/account"), "{sample}");
    }
}

#[test]
fn every_page_offers_the_other_language_and_leads_back_to_itself() {
    let here = Chrome { here: "/users?q=a&sort=end".to_owned(), ..chrome() };
    let html = Top { chrome: here, application: false }.render().unwrap();
    let foot = html.split("<footer").nth(1).unwrap();
    assert!(foot.contains("value=\"/users?q=a&#38;sort=end\""), "{foot}");
    assert!(foot.contains("<button class=\"as-link\" name=\"language\" value=\"en\" lang=\"en\">English</button>"));
    assert!(!foot.contains("value=\"ja\""), "the one that is shown is no choice");
    assert!(
        !Top { chrome: chrome(), application: false }.render().unwrap().contains("/preferences"),
        "where there is no way back there is no switch"
    );
}

#[test]
fn news_say_who_did_what_and_when_the_newest_first_in_both_languages() {
    let news = [
        (Matter::FactorReset, "operator:tests"),
        (Matter::PasswordForced, "admin.00001"),
        (Matter::PhoneRegistered, "iPhone16,1"),
        (Matter::ShutOut, "admin.00001"),
    ];
    let news = news.map(|(matter, name)| account::News { matter, at: 1_795_305_600_000, name: name.to_owned() });
    let banner = |lang, zone| {
        let chrome = Chrome { lang, news: News::of(&news, lang, zone), ..chrome() };
        text(&Top { chrome, application: false }.render().unwrap())
    };
    shows(
        &banner(Lang::Ja, Zone::TOKYO),
        &[
            "お知らせ",
            "アカウント管理者（admin.00001）がすべての接続と認証情報を遮断しました。 2026-11-22 09:00:00 +0900",
            "新しいスマートフォン「iPhone16,1」が登録されました。",
            "アカウント管理者（admin.00001）がパスワードを変更しました。",
            "運用者 testsが多要素認証の設定を解除しました。",
            "確認しました",
        ],
    );
    shows(
        &banner(Lang::En, Zone { offset_min: -480 }),
        &["The account administrator (admin.00001) blocked", "2026-11-21 16:00:00 -0800", "I have read this"],
    );
    assert_eq!(News::of(&[], Lang::Ja, Zone::TOKYO), None);
}
