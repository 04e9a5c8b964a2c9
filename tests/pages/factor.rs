//! 多要素認証 (CW-015, CW-100, CW-102, CW-103): the manual's texts, and the QR code as a scanner reads it.

use kagiban::{
    pages::{Brand, Chrome, ConfirmPassword, Factor, FactorCode, FactorRemove, FactorSetUp, Kind, Settings, Template, Who},
    texts::Lang,
};

use crate::reading::{chrome, read, shows};

fn user() -> Chrome {
    let mut chrome = chrome();
    chrome.who = Some(Who { login: "cwtest.00001".to_owned(), kind: Kind::User { expiry: None } });
    chrome
}

#[test]
fn cw_100_multi_factor_authentication_is_a_submenu_of_the_settings() {
    for (sample, state) in [("settings", "多要素認証を使用していません"), ("settings-factor", "多要素認証を使用しています")]
    {
        shows(&read(Settings::samples(&chrome()), sample), &["管理機能利用設定", "多要素認証", state]);
    }
    let about = "管理機能へのログインに多要素認証を利用する場合に、本機能を使って設定します。多要素認証の利用にはスマートフォンが必要です。";
    shows(&read(Factor::samples(&chrome()), "factor"), &["管理機能利用設定", "多要素認証", about, "設定する"]);
}

#[test]
fn cw_103_the_state_names_who_helps_when_the_phone_is_lost() {
    let on = ["多要素認証を使用しています", "設定を解除"];
    shows(&read(Factor::samples(&user()), "factor-on"), &[on[0], "アカウント管理者に設定の解除を依頼してください。", on[1]]);
    shows(&read(Factor::samples(&chrome()), "factor-on"), &[on[0], "サポートにお問い合わせください。", on[1]]);
    let off = read(Factor::samples(&chrome()), "factor");
    shows(&off, &["多要素認証を使用していません"]);
    assert!(!off.contains("設定を解除"), "no button");
}

#[test]
fn cw_102_the_question_before_the_removal() {
    let page = read(FactorRemove::samples(&chrome(), str::to_owned), "factor-remove");
    shows(
        &page,
        &[
            "確認",
            "設定を解除するとワンタイムパスワードの登録状態が初期化され、再度使用するにはワンタイムパスワードのセットアップを最初からやり直す必要があります。⏎設定を解除します。よろしいですか？",
            "OK",
            "キャンセル",
        ],
    );
}

#[test]
fn cw_015_the_second_step_has_no_navigation_and_says_why_it_refuses() {
    let samples = || FactorCode::samples(&chrome(), str::to_owned);
    for (name, page) in samples() {
        let html = page.render().unwrap();
        assert!(!html.contains("<nav") && html.contains("action=\"/logout\""), "{name}");
        let asks = html.contains("inputmode=\"numeric\" autocomplete=\"one-time-code\"");
        assert_eq!(asks, !["factor-code-locked", "factor-code-closed"].contains(&name), "{name}");
    }
    shows(&read(samples(), "factor-code-wrong"), &["ワンタイムパスワード", "誤りがあります。", "一度しか使えません。"]);
    shows(&read(samples(), "factor-code-locked"), &["一時的に無効になっています。", "約30分後に自動で解除されます。"]);
    shows(&read(samples(), "factor-code-closed"), &["ログインできなくなっています。", "設定の解除を依頼してください。"]);
}

#[test]
fn cw_100_the_password_once_more_says_how_many_tries_are_left() {
    let page = read(ConfirmPassword::samples(&chrome(), str::to_owned), "confirm-password-wrong");
    shows(&page, &["パスワードの確認", "パスワードに誤りがあります。あと4回誤ると、ログアウトします。", "次へ"]);
}

/// The picture as a scanner sees it: 4 dots a module, dark where the strokes go.
fn picture(html: &str) -> (usize, Vec<u8>) {
    const DOTS: usize = 4;
    let size: usize = html.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let path = html.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut dots = vec![255; (size * DOTS).pow(2)];
    for row in path.split('M').skip(1) {
        let (start, strokes) = row.split_at(row.find(['h', 'm']).unwrap());
        let (x, y) = start.split_once(' ').unwrap();
        let (mut x, y): (usize, usize) = (x.parse().unwrap(), y.strip_suffix(".5").unwrap().parse().unwrap());
        for stroke in strokes.replace('h', " h").replace('m', " m").split(' ') {
            let Some(length) = stroke.strip_prefix(['h', 'm']).map(|length| length.parse::<usize>().unwrap()) else { continue };
            for module in (x..x + length).filter(|_| stroke.starts_with('h')) {
                for dot in 0..DOTS * DOTS {
                    dots[(y * DOTS + dot / DOTS) * size * DOTS + module * DOTS + dot % DOTS] = 0;
                }
            }
            x += length;
        }
    }
    (size * DOTS, dots)
}

#[test]
fn cw_100_the_qr_code_and_the_typed_key_say_the_same() {
    let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    for (service, login) in
        [("coconowork", "cwtest.00001"), ("worksdrive", "taro.yamada+test@example.co.jp"), ("cowork-storage", "a")]
    {
        let chrome = Chrome::new(Lang::Ja, Brand::shipped(service).unwrap(), "0".repeat(32));
        let page = FactorSetUp { chrome, login: login.to_owned(), seed: seed.to_owned(), error: None };
        let html = page.render().unwrap();
        assert!(html.contains("<code>GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ </code>"));
        let (width, dots) = picture(&html);
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, width, |x, y| dots[y * width + x]);
        let found = picture.detect_grids();
        assert_eq!(found.len(), 1, "{service}");
        let (_, said) = found[0].decode().unwrap();
        assert_eq!(said, page.address());
        let issuer = kagiban::route::encode(&Brand::shipped(service).unwrap().name);
        assert_eq!(said, format!("otpauth://totp/{issuer}:{}?secret={seed}&issuer={issuer}", kagiban::route::encode(login)));
    }
}
