//! The manual's texts, letter by letter, under their requirement numbers: the list of users and one user.

use kagiban::pages::{self, Confirm, ShutOutDone, Template, User, UserLive, Users, UsersLive};

use crate::reading::{chrome, read, shows};

fn user(name: &str) -> String {
    read(User::samples(&chrome(), str::to_owned), name)
}

fn users(name: &str) -> String {
    read(Users::samples(&chrome(), str::to_owned), name)
}

/// CW-040, CW-041, CW-042
#[test]
fn cw_040_cw_041_cw_042_the_list_says_whose_users_it_shows() {
    shows(
        &users("users"),
        &[
            "一般ユーザ一覧",
            "契約ユーザ数: 2",
            "契約ID: 123456789",
            "アカウント管理者 [admin.00001] に所属するユーザ一覧を表示しています。",
            "ユーザの詳細を表示するにはユーザ名をクリックしてください。",
            "検索",
            "検索で絞り込むこともできます。",
        ],
    );
}

#[test]
fn cw_043_cw_044_columns_and_rows() {
    let page = users("users");
    shows(
        &page,
        &[
            "ユーザ名 ▲ タイプ サービス提供開始日 サービス解約日",
            "cwtest.00001",
            "ココナワーク 2022-12-01 -",
            "cwtest.00002",
            "ココナワーク セルフ 2022-12-01 -",
            "解約予定のないユーザは「-」が表示されます。",
        ],
    );
    let html = Users::samples(&chrome(), str::to_owned).remove(0).1.render().unwrap();
    assert!(html.contains("aria-sort=\"ascending\"><a href=\"/users?sort=login&#38;order=desc\">ユーザ名"));
    assert!(html.contains("<a href=\"/users?sort=start\">サービス提供開始日"));
}

#[test]
fn cw_042_cw_045_paging_keeps_search_and_order() {
    let html = Users::samples(&chrome(), str::to_owned).remove(1).1.render().unwrap();
    assert!(html.contains("href=\"/users?sort=start&#38;order=desc&#38;before=c1\" rel=\"prev\">前へ"));
    assert!(html.contains("href=\"/users?sort=start&#38;order=desc&#38;after=c2\" rel=\"next\">次へ"));
    assert!(html.contains("100,000件中 51～100件"));
    assert!(html.contains("<a href=\"/users/cwtest.00001\">cwtest.00001</a>"));
}

#[test]
fn cw_050_the_detail_page_is_headed_by_the_name() {
    shows(&user("user"), &["cwtest.00001", "一般ユーザcwtest.00001の詳細を表示しています。"]);
    let html = User::samples(&chrome(), str::to_owned).remove(0).1.render().unwrap();
    assert!(html.contains("<h1 class=\"name\">cwtest.00001</h1>"));
}

/// CW-051, CW-052, CW-053, CW-054
#[test]
fn cw_051_to_cw_054_sections_in_the_manuals_order() {
    shows(
        &user("user"),
        &[
            "ご契約情報 タイプ ココナワーク サービス提供開始日 2022-12-01 サービス解約日 -",
            "端末認証情報の登録状況",
            "接続状況",
            "利用可能なアプリケーション 管理機能 利用 利用可能です 利用を禁止",
            "ログイン ロックアウトされていません。 多要素認証 多要素認証を使用していません",
            "パスワード",
        ],
    );
}

#[test]
fn cw_056_moments_carry_their_offset() {
    shows(&user("user-connected"), &["2024-01-18 15:49:41 +0900", "2022-03-01 16:59:28 +0900"]);
}

#[test]
fn cw_062_the_registered_phone() {
    let phone = "モバイル登録済み 端末名 : iPhone16,1 端末のOS : iOS 登録時刻 : 2024-01-18 15:49:41 +0900";
    shows(&user("user"), &["端末認証情報の登録状況", phone, "初期化"]);
    shows(&user("user-new"), &["端末認証情報の登録状況 登録されていません。"]);
    let html = User::samples(&chrome(), str::to_owned).pop().unwrap().1.render().unwrap();
    assert!(!html.contains("data-dialog=\"reset-device\""), "nothing to reset, no button");
}

/// CW-063, CW-064
#[test]
fn cw_063_cw_064_the_question_before_a_reset() {
    let samples = Confirm::samples(&chrome(), str::to_owned);
    let question = [
        "確認",
        "サーバに登録されている端末認証情報が初期化されます。⏎よろしいですか？",
        "なお、初期化時にサーバへ接続中のスマートフォンは、接続を解除するまで利用を継続できます。",
        "OK",
        "キャンセル",
    ];
    shows(&read(samples, "confirm-reset-device"), &question);
}

/// CW-070, CW-071
#[test]
fn cw_070_cw_071_both_ends_of_the_connection() {
    shows(
        &user("user-connected"),
        &[
            "接続状況 ビューア（手元端末） 現在接続されています。 接続開始時刻 2022-03-01 16:59:28 +0900 切断",
            "クライアント（接続先機器） 現在接続されていません。 利用可能なアプリケーション",
        ],
    );
    shows(
        &user("user"),
        &["接続状況 ビューア（手元端末） 現在接続されていません。 クライアント（接続先機器） 現在接続されていません。"],
    );
}

#[test]
fn cw_072_the_question_before_a_disconnection() {
    let question = ["確認", "強制切断されます。⏎よろしいですか？", "OK", "キャンセル"];
    for name in ["confirm-disconnect-viewer", "confirm-disconnect-client"] {
        shows(&read(Confirm::samples(&chrome(), str::to_owned), name), &question);
    }
    // The dialog takes its question from that page when it is asked.
    shows(&user("user-connected"), &["確認 ×"]);
    let html = User::samples(&chrome(), str::to_owned).remove(1).1.render().unwrap();
    assert_eq!(html.matches("<dialog").count(), 1);
    assert!(html.contains("href=\"/users/cwtest.00001/disconnect/viewer\" data-dialog=\"disconnect-viewer\""));
}

#[test]
fn cw_074_the_live_part_is_an_answer_of_its_own() {
    let (_, page) = User::samples(&chrome(), str::to_owned).remove(1);
    let part = page.live.render().unwrap();
    assert!(part.trim_start().starts_with("<div class=\"live\" id=\"live\" data-live-url=\"/live/users/cwtest.00001\""));
    assert!(part.contains("data-ticket=\"ticket\" data-watch=\"watcher\""));
    assert!(page.render().unwrap().contains(part.trim()), "the page contains it as it is");
    assert!(!part.contains("<dialog") && !part.contains("<h1"));
}

#[test]
fn cw_043_the_list_as_a_live_part_is_an_answer_of_its_own() {
    let (_, page) = Users::samples(&chrome(), str::to_owned).remove(0);
    let part = UsersLive(&page).render().unwrap();
    assert!(
        part.trim_start()
            .starts_with("<div id=\"live\" data-live-url=\"/live/users\" data-ticket=\"ticket\" data-watch=\"watcher\"")
    );
    assert!(page.render().unwrap().contains(part.trim()), "the page contains it as it is");
    assert!(part.contains("<tbody data-list=\"users\">") && !part.contains("<header"));
    shows(
        &crate::reading::text(&part),
        &["最新ではない可能性があります。 最後に確認した時刻:", "cwtest.00001 接続中 ココナワーク"],
    );
}

/// CW-084, CW-091, CW-101: each state with its button.
#[test]
fn cw_084_cw_091_cw_101_states_of_the_management_function() {
    shows(
        &user("user-everything"),
        &[
            "利用禁止 ロック中 仮パスワード",
            "利用が禁止されています",
            "利用を許可 ログイン ログイン失敗を繰り返したため、一時的にロックアウトされています。",
            "ロックアウト時刻 : 2024-01-29 15:18:25 +0900",
            "ロックアウトを解除 多要素認証 多要素認証を使用しています 設定を解除",
        ],
    );
    let quiet = User::samples(&chrome(), str::to_owned).remove(0).1.live.render().unwrap();
    for (dialog, shown) in [("prohibit", true), ("allow", false), ("unlock", false), ("reset-factor", false)] {
        assert_eq!(quiet.contains(&format!("data-dialog=\"{dialog}\"")), shown, "{dialog}");
    }
}

#[test]
fn cw_085_cw_092_cw_094_cw_102_the_manuals_questions() {
    for (name, question) in [
        ("confirm-unlock", "ロックアウトを解除します。⏎よろしいですか？"),
        (
            "confirm-prohibit",
            "利用を禁止します。⏎接続中の場合は強制切断されます。⏎登録されている端末認証情報も初期化されます。⏎よろしいですか？",
        ),
        ("confirm-allow", "利用を許可します。⏎よろしいですか？"),
        (
            "confirm-reset-factor",
            "設定を解除するとワンタイムパスワードの登録状態が初期化され、再度使用するにはワンタイムパスワードのセットアップを最初からやり直す必要があります。⏎設定を解除します。よろしいですか？",
        ),
    ] {
        shows(
            &read(Confirm::samples(&chrome(), str::to_owned), name),
            &["確認", question, "このユーザに今起きること", "OK", "キャンセル"],
        );
    }
}

/// What happens to whom: connections since when, which phone, how many sessions.
#[test]
fn each_question_says_what_will_happen_to_this_user_now() {
    let said = |name: &str| read(Confirm::samples(&chrome(), str::to_owned), name);
    shows(
        &said("confirm-prohibit"),
        &[
            "管理機能にログイン中の2件がログアウトされます。",
            "ビューア（手元端末）「iPhone16,1」の接続（2022-03-01 16:59:28 +0900 から）が切れます。",
            "クライアント（接続先機器）「DESKTOP-7F3A」の接続（2026-11-22 08:59:02 +0900 から）が切れます。",
            "スマートフォン「iPhone16,1」（2024-01-18 15:49:41 +0900 登録）の登録が消えます。",
            "今後、管理機能にログインできなくなります。",
            "仮パスワードのままなので",
        ],
    );
    let viewer = ["「iPhone16,1」の接続（2022-03-01 16:59:28 +0900 から）が切れます。", "再び接続できます。"];
    shows(&said("confirm-disconnect-viewer"), &viewer);
    shows(&said("confirm-disconnect-client"), &["「DESKTOP-7F3A」の接続（2026-11-22 08:59:02 +0900 から）が切れます。"]);
    shows(
        &said("confirm-reset-device"),
        &["の登録が消えます。", "接続中のビューア（2022-03-01 16:59:28 +0900 から）は切れません。"],
    );
    shows(
        &said("confirm-end-grace"),
        &[
            "古いパスワードの猶予を今すぐ終了します。⏎よろしいですか？",
            "新しいパスワードが必要になります。",
            "クライアント（接続先機器）「DESKTOP-7F3A」の接続（2026-11-22 08:59:02 +0900 から）が切れます。",
            "現在のパスワードは変わりません。",
        ],
    );
    shows(&said("confirm-end-grace-over"), &["古いパスワードの猶予はありません。何も変わりません。"]);
    shows(&said("confirm-unlock"), &["ロックアウト（2024-01-29 15:18:25 +0900 から）が解除され", "新しい端末からのログインが"]);
    shows(&said("confirm-allow"), &["管理機能にログインできるようになります。", "元に戻りません。"]);
    shows(&said("confirm-reset-factor"), &["ユーザ名とパスワードだけでログインします。", "2件はそのままです。"]);
    shows(&said("confirm-nothing"), &["ビューア（手元端末）は接続されていません。"]);
}

/// CW-055, CW-120, CW-121
#[test]
fn cw_055_cw_120_cw_121_the_password_section() {
    shows(
        &user("user"),
        &[
            "多要素認証を使用していません パスワード",
            "新しいパスワード",
            "新しいパスワード (確認)",
            "次回ログイン時にパスワードの変更が必要 ON の場合",
            "猶予を与えない",
            "変更すると、このユーザに今起きること 管理機能にログイン中の1件がログアウトされます。",
            "パスワードを変更",
        ],
    );
    let toggle = |name: &str| {
        let page = User::samples(&chrome(), str::to_owned).into_iter().find(|(sample, _)| *sample == name).unwrap().1;
        let html = page.live.render().unwrap();
        let tag =
            html.split("<input").find(|tag| tag.contains("id=\"temporary\"")).unwrap().split('>').next().unwrap().to_owned();
        (tag.contains(" checked"), tag.contains(" disabled"))
    };
    assert_eq!(toggle("user"), (true, false), "ON by default");
    assert_eq!(toggle("user-everything"), (false, true), "OFF and fixed while use is prohibited");
    assert_eq!(toggle("user-password-errors"), (false, false), "what was chosen stays");
    shows(
        &user("user-everything"),
        &["管理機能の利用が禁止されているため、このユーザは自分でパスワードを変更できません。OFF のまま変更できません。"],
    );
}

#[test]
fn cw_120_everything_that_is_wrong_with_a_users_password_is_said_at_once() {
    let page = user("user-password-errors");
    shows(
        &page,
        &[
            "入力内容を確認してください。",
            "cwtest.00001",
            "10文字以上にしてください。 半角の英大文字を1文字以上入れてください。",
            "「新しいパスワード」と同じものを入力してください。",
        ],
    );
    assert!(!page.contains("現在のパスワード"), "nothing is said of the password that he has");
}

/// CW-122, CW-123
#[test]
fn cw_122_cw_123_afterwards_the_page_says_whom_to_tell_and_what_to_update() {
    shows(
        &user("user-password-forced"),
        &[
            "パスワードが変更されました。",
            "一般ユーザに新しいパスワードを通知し、クライアントプログラムに保存されているパスワードの更新を指示してください。",
            "古いパスワードのままでも変更後30日間",
        ],
    );
}

/// CW-065: its own quiet place at the end of the page, and what it will do.
#[test]
fn cw_065_everything_can_be_shut_out_from_the_end_of_the_page() {
    let lead = "紛失・盗難のとき スマートフォンやPCを紛失したり盗まれたりしたときに";
    shows(&user("user"), &["パスワードを変更", lead, "すべて遮断"]);
    let question = |name: &str| read(Confirm::samples(&chrome(), str::to_owned), name);
    shows(
        &question("confirm-shut-out"),
        &[
            "確認",
            "すべて遮断します。⏎よろしいですか？",
            "管理機能にログイン中の2件がログアウトされます。",
            "ビューア（手元端末）「iPhone16,1」の接続",
            "クライアント（接続先機器）「DESKTOP-7F3A」の接続",
            "スマートフォン「iPhone16,1」",
            "接続先機器の登録もすべて消えます。",
            "猶予なしに使えなくなります。",
            "仮パスワードが設定され、次の画面に一度だけ表示されます。",
            "多要素認証の設定は残ります。",
            "OK キャンセル",
        ],
    );
    shows(&question("confirm-shut-out-prohibited"), &["仮パスワードにはなりません。"]);
}

#[test]
fn cw_065_the_temporary_password_is_shown_once_with_what_to_do() {
    let page = |name: &str| read(ShutOutDone::samples(&chrome(), str::to_owned), name);
    shows(
        &page("shut-out"),
        &[
            "すべて遮断しました。",
            "仮パスワード x7!Kq2#mRt9$Wp4",
            "一度だけ表示されます。",
            "本人に直接伝えてください。",
            "cwtest.00001 の画面へ",
        ],
    );
    let again = page("shut-out-again");
    shows(&again, &["すべて遮断はすでに完了しています。", "何も変更していません。", "新しいパスワードを設定してください。"]);
    assert!(!again.contains("x7!Kq2"));
}

/// Issue 3, receipts: what happened, and nothing before it did.
#[test]
fn cw_072_cw_092_the_receipt_says_what_each_device_answered() {
    shows(
        &user("user-receipt"),
        &[
            "「すべて遮断」の結果 2026-11-22 09:00:00 +0900 admin.00001",
            "ビューア（手元端末）「iPhone16,1」: 切断されました（0.08 秒）",
            "クライアント（接続先機器）「DESKTOP-7F3A」: 応答がありません。再び接続しようとすると拒否されます。",
            "セッション 2 件を終了しました。",
            "端末認証情報を初期化しました（iPhone16,1）。",
            "接続先機器 3 台の登録を消しました。",
            "現在の状態",
        ],
    );
    let waiting = user("user-receipt-waiting");
    shows(&waiting, &["「管理機能の利用を禁止」の結果", "ビューア（手元端末）「iPhone16,1」: 応答を待っています…", "再読み込み"]);
    assert!(!waiting.contains("切断されました"), "nothing is claimed before it happened");
    assert!(user("user").contains("一般ユーザcwtest.00001の詳細を表示しています。"));
    assert!(!user("user").contains("の結果"));
}

/// CW-065: the choice is there where there is a phone to refuse, off, and the preview and the receipt say what it does.
#[test]
fn cw_065_the_question_of_the_reset_offers_to_refuse_the_phone() {
    let pages = Confirm::samples(&chrome(), str::to_owned);
    let (_, reset) = pages.iter().find(|(name, _)| *name == "confirm-reset-device").unwrap();
    let html = reset.render().unwrap();
    let tag = html.split("<input").find(|tag| tag.contains("id=\"refuse\"")).unwrap().split('>').next().unwrap();
    assert!(tag.contains("type=\"checkbox\"") && tag.contains("name=\"refuse\"") && !tag.contains("checked"), "{tag}");
    shows(
        &crate::reading::text(&html),
        &[
            "サーバに登録されている端末認証情報が初期化されます。⏎よろしいですか？",
            "「以前の端末を拒否する」を選ぶと、スマートフォン「iPhone16,1」は、正しいパスワードでもログインできなくなります。",
            "以前の端末を拒否する",
            "なお、初期化時にサーバへ接続中のスマートフォンは、接続を解除するまで利用を継続できます。",
        ],
    );
    let nobody = Confirm { user: UserLive { device: None, ..reset.user.clone() }, ..reset.clone() };
    let html = nobody.render().unwrap();
    assert!(!html.contains("以前の端末を拒否する"));
    for (_, other) in pages.iter().filter(|(_, page)| page.act != pages::Act::ResetDevice) {
        assert!(!other.render().unwrap().contains("id=\"refuse\""), "{:?}", other.act);
    }
    shows(
        &user("user-receipt-refused"),
        &["端末認証情報を初期化しました（iPhone16,1）。 以前の端末を拒否しました（iPhone16,1）。"],
    );
}

/// CW-116, CW-119: the grace of the old password, with its days, its end and the button; nothing where there is none.
#[test]
fn cw_116_cw_119_the_old_password_of_a_user() {
    shows(
        &user("user-everything"),
        &[
            "古いパスワード あと29日間使えます。",
            "無効になる時刻 : 2026-12-21 09:00:00 +0900",
            "接続中のクライアントは、古いパスワードで待ち受けています。",
            "猶予を今すぐ終了",
        ],
    );
    let quiet = User::samples(&chrome(), str::to_owned).remove(0).1.live.render().unwrap();
    assert!(!quiet.contains("data-dialog=\"end-grace\"") && quiet.contains("data-part=\"grace\""));
}
