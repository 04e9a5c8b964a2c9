//! The manual's texts, letter by letter, under their requirement numbers: login, passwords, header and top page.
//! (ユーザ has no long mark anywhere: decisions, Spelling.)

use durable::profile::{self, Service};
use kagiban::pages::{EndGrace, FirstPassword, OwnPassword, SignIn, Template, Top};

use crate::reading::{chrome, read, shows};

fn sign_in(name: &str) -> String {
    read(SignIn::samples(&chrome(), str::to_owned), name)
}

fn top(name: &str) -> String {
    read(Top::samples(&chrome(), str::to_owned), name)
}

#[test]
fn cw_011_login_page() {
    shows(
        &sign_in("sign-in"),
        &[
            "ココナワーク",
            "管理機能",
            "ユーザ名とパスワードを入力してください。",
            "※アカウント管理者でログインする場合は、アカウント管理者のユーザ名を入力してください。",
            "ユーザ名",
            "パスワード",
            "ログイン",
        ],
    );
    let html = SignIn::samples(&chrome(), str::to_owned).remove(0).1.render().unwrap();
    assert!(html.contains("class=\"eye\" type=\"button\" aria-pressed=\"false\" aria-controls=\"password\""));
}

#[test]
fn cw_012_one_message_for_a_wrong_name_and_a_wrong_password() {
    shows(&sign_in("sign-in-wrong"), &["ユーザ名またはパスワードに誤りがあります。", "ユーザ名", "パスワード"]);
}

#[test]
fn cw_013_locked_message_stands_above_the_fields() {
    shows(&sign_in("sign-in-locked"), &["このアカウントは一時的な無効状態です。", "ユーザ名", "ログイン"]);
    assert!(!sign_in("sign-in-wrong").contains("一時的な無効状態"));
}

#[test]
fn cw_014_cw_020_forced_change_page() {
    let policy = profile::of(Service::Coconowork).password;
    let samples = || FirstPassword::samples(&chrome(), policy, str::to_owned);
    let page = read(samples(), "first-password");
    shows(
        &page,
        &[
            "パスワード変更",
            "このアカウントの利用を開始するためにはパスワードを変更する必要があります。",
            "自分だけが知る新しいパスワードへ変更してください。",
            "ユーザ名",
            "パスワードは、10文字以上255文字以内の長さで、半角の英大文字と数字・記号を混在させてください。",
            "現在のパスワード",
            "新しいパスワード",
            "新しいパスワード (確認)",
            "変更",
        ],
    );
    let html = samples().remove(0).1.render().unwrap();
    for placeholder in ["現在のパスワード", "新しいパスワード", "新しいパスワード (確認)"] {
        assert!(html.contains(&format!("placeholder=\"{placeholder}\"")));
    }
    assert_eq!(html.matches("class=\"eye\"").count(), 3);
    assert!(!html.contains("<nav"), "nothing else opens before the change");
}

#[test]
fn cw_021_the_forced_change_has_no_toggle() {
    let policy = profile::of(Service::Coconowork).password;
    let page = FirstPassword::samples(&chrome(), policy, str::to_owned).remove(0).1.render().unwrap();
    assert!(!page.contains("checkbox"));
}

#[test]
fn cw_022_every_broken_rule_shows_beside_its_field() {
    let policy = profile::of(Service::Coconowork).password;
    let page = read(FirstPassword::samples(&chrome(), policy, str::to_owned), "first-password-errors");
    shows(
        &page,
        &[
            "入力内容を確認してください。",
            "現在のパスワードに誤りがあります。",
            "10文字以上にしてください。",
            "半角の英大文字を1文字以上入れてください。",
            "半角の記号を1文字以上入れてください。",
            "ユーザ名を含まないパスワードにしてください。",
            "「新しいパスワード」と同じものを入力してください。",
        ],
    );
}

#[test]
fn st_071_the_storage_rule_names_three_classes() {
    for service in [Service::Worksdrive, Service::CoworkStorage] {
        let policy = profile::of(service).password;
        let page = read(FirstPassword::samples(&chrome(), policy, str::to_owned), "first-password");
        shows(&page, &["パスワードは英大文字、英小文字、数字、記号から3種類以上を含め8文字以上で設定してください"]);
    }
}

#[test]
fn cw_030_header_names_the_kind_of_account() {
    shows(&top("top-administrator"), &["ココナワーク 管理機能", "アカウント管理者", "ログアウト"]);
}

#[test]
fn cw_031_a_general_users_header_adds_the_expiry() {
    shows(&top("top-user"), &["管理機能", "アカウント有効期限: -", "一般ユーザ", "ログアウト"]);
    shows(&top("top-user-ending"), &["アカウント有効期限: 2027-03-31", "一般ユーザ"]);
    assert!(!top("top-administrator").contains("アカウント有効期限"));
}

#[test]
fn cw_032_an_administrators_tabs_and_cards() {
    shows(
        &top("top-administrator"),
        &[
            "トップ",
            "ユーザ管理",
            "管理機能利用設定",
            "パスワード変更",
            "ユーザ管理 アカウントごとにユーザ情報を管理することができます。",
            "パスワード変更 登録されているパスワードを変更することができます。",
            "管理機能利用設定 管理機能利用についての各種設定を管理することができます。",
        ],
    );
}

#[test]
fn cw_033_a_general_users_tabs_and_cards() {
    let page = top("top-user");
    shows(
        &page,
        &[
            "トップ",
            "管理機能利用設定",
            "パスワード変更",
            "管理機能利用設定 管理機能利用についての各種設定を管理することができます。",
            "パスワード変更 登録されているパスワードを変更することができます。",
        ],
    );
    assert!(!page.contains("ユーザ管理"));
}

#[test]
fn cw_034_the_caption_of_the_top_page() {
    shows(&top("top-administrator"), &["利用する管理機能を選択してください。"]);
    shows(&top("top-user"), &["利用する管理機能を選択してください。"]);
}

#[test]
fn cw_035_cw_036_what_each_menu_does() {
    shows(
        &top("top-administrator"),
        &[
            "管理下の一般ユーザのパスワードを変更、アカウントの接続条件を変更、アカウントロックを手動解除できます。",
            "管理者用アカウントのパスワードを変更できます。",
            "管理機能へのログインに用いる多要素認証を設定できます。",
        ],
    );
    assert!(!top("top-user").contains("管理者用アカウント"));
}

#[test]
fn cw_110_cw_130_the_result_of_ones_own_change() {
    let policy = profile::of(Service::Coconowork).password;
    let samples = || OwnPassword::samples(&chrome(), policy, str::to_owned);
    shows(&read(samples(), "own-password"), &["現在のパスワード", "新しいパスワード", "新しいパスワード (確認)", "変更"]);
    shows(&read(samples(), "own-password-done"), &["パスワードが変更されました。"]);
    shows(
        &read(samples(), "own-password-done-devices"),
        &[
            "パスワードが変更されました。",
            "スマートフォンのココナワーク アプリに新しいパスワードを入力して利用してください。",
            "30日間",
        ],
    );
}

const REFLECT: &str = "「coconowork client」にパスワードの変更を反映する";

fn own(name: &str) -> String {
    read(OwnPassword::samples(&chrome(), profile::of(Service::Coconowork).password, str::to_owned), name)
}

/// The `<input>` of this id.
fn input(name: &str, id: &str) -> String {
    let samples = OwnPassword::samples(&chrome(), profile::of(Service::Coconowork).password, str::to_owned);
    let html = samples.into_iter().find(|(sample, _)| *sample == name).unwrap().1.render().unwrap();
    let from = html.split(&format!("id=\"{id}\"")).nth(1).unwrap();
    from.split('>').next().unwrap().to_owned()
}

#[test]
fn cw_111_the_toggle_is_on_while_a_client_waits_and_names_that_pc_and_since_when() {
    shows(&own("own-password-client"), &[REFLECT, "DESKTOP-7F3A", "2026-11-22 08:59:02 +0900", "猶予を与えない", "変更"]);
    let toggle = input("own-password-client", "reflect");
    assert!(toggle.contains(" checked") && !toggle.contains(" disabled"));
    assert!(!input("own-password-client", "graceless").contains(" checked"));
    assert!(input("own-password-client", "live").contains("data-live-url=\"/live/password\""), "it follows the connection");
}

#[test]
fn cw_113_without_a_client_the_toggle_is_off_and_fixed_and_says_why() {
    shows(&own("own-password-fixed"), &[REFLECT, "待ち受けているクライアントプログラムがないため、OFF のまま変更できません。"]);
    let toggle = input("own-password-fixed", "reflect");
    assert!(!toggle.contains(" checked") && toggle.contains(" disabled"));
}

#[test]
fn cw_130_who_has_no_client_is_asked_nothing_about_one() {
    for name in ["own-password", "own-password-errors", "own-password-done"] {
        let page = own(name);
        assert!(!page.contains("coconowork client") && !page.contains("クライアント"), "{name}");
    }
}

#[test]
fn cw_114_to_cw_118_the_result_says_what_became_of_the_client_and_what_to_do() {
    let phone = "スマートフォンのココナワーク アプリに新しいパスワードを入力して利用してください。";
    let todo = "古いパスワードが無効になる前に、クライアントプログラムに保存されているパスワードを変更してください。";
    let days =
        ["あと30日間使えます。", "2026-12-22 09:00:00 +0900", "変更後30日間は待ち受けできます。", todo, "猶予を今すぐ終了"];
    for (name, outcome) in [
        ("own-password-done-offered", "「DESKTOP-7F3A」に反映しています…"),
        ("own-password-done-accepted", "「DESKTOP-7F3A」に反映されました。"),
        ("own-password-done-declined", "OFF を選んだため、反映していません。"),
        ("own-password-done-devices", "待ち受けているクライアントプログラムがなかったため、反映していません。"),
    ] {
        let page = own(name);
        shows(&page, &["パスワードが変更されました。", phone, outcome]);
        shows(&page, &days);
        assert_eq!(page.contains("に反映されました"), name.ends_with("accepted"), "{name}");
        assert!(!page.contains(REFLECT), "{name}: the form is over");
    }
    shows(&own("own-password-done-lost"), &["「DESKTOP-7F3A」への反映は確認できませんでした。", "古いパスワード 使えません。"]);
}

#[test]
fn cw_119_the_question_before_the_grace_ends_says_who_would_be_cut() {
    let question = [
        "確認",
        "古いパスワードの猶予を今すぐ終了します。⏎よろしいですか？",
        "「DESKTOP-7F3A」は、古いパスワードのため切断されます。",
        "OK",
        "キャンセル",
    ];
    shows(&read(EndGrace::samples(&chrome(), str::to_owned), "end-grace"), &question);
    // The dialog takes its question from that page when it is asked.
    shows(&own("own-password-done-declined"), &["確認 ×"]);
    let stays = ["確認", "「DESKTOP-7F3A」は、新しいパスワードのため接続したままです。"];
    shows(&read(EndGrace::samples(&chrome(), str::to_owned), "end-grace-stays"), &stays);
}
