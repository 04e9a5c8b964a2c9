//! The texts of 管理コンソール under their requirement numbers.

use durable::profile::Service;

use super::{Page, all};

fn page(name: &str) -> String {
    let wanted = format!("{}/ja/{name}", Service::Worksdrive.code());
    let found: Option<Page> = all(str::to_owned).into_iter().find(|page| page.name == wanted);
    found.unwrap().html
}

#[test]
fn st_001_the_roles_of_a_contract_in_its_own_words() {
    let list = page("members");
    for word in ["管理者権限を持つ利用者", ">利用者<", "招待中", "招待の期限切れ", "ロック中", "氏名", "メールアドレス", "権限"]
    {
        assert!(list.contains(word), "{word}");
    }
    for word in ["一般ユーザ", "アカウント管理者", "ビューア", "クライアント", "管理機能利用設定", "タイプ"]
    {
        assert!(!list.contains(word), "{word}");
    }
    assert!(page("top-contractor").contains("契約者") && page("top-contractor").contains("href=\"/users\""));
    assert!(page("top-member").contains("利用者") && !page("top-member").contains("href=\"/users\""));
    for top in ["top-contractor", "top-member"] {
        assert!(page(top).contains("認証・契約情報変更メニュー") && page(top).contains("href=\"/menu\""), "{top}");
    }
}

#[test]
fn st_106_the_change_of_an_address_asks_in_the_manuals_words() {
    let field = page("member-address");
    for word in ["<h1>メールアドレス変更</h1>", ">メールアドレス</label>", ">送信</button>", ">キャンセル</a>"]
    {
        assert!(field.contains(word), "{word}");
    }
    assert!(page("member").contains(">メールアドレス変更</a>"));
    let sure = page("member-address-sure");
    assert!(sure.contains("指定されたメールアドレスに確認メールを送信します。<br>よろしいですか？"));
    assert!(sure.contains(">OK</button>") && sure.contains(">Cancel</a>"));
}

#[test]
fn no_page_of_the_console_shows_a_link_that_was_mailed() {
    let own = |page: &Page| ["/member", "/invit", "/import"].iter().any(|own| page.name.contains(own));
    for Page { name, html, .. } in all(str::to_owned).into_iter().filter(own) {
        assert!(!html.contains("/t/"), "{name}");
    }
}

#[test]
fn each_page_has_at_most_one_primary_action() {
    for name in [
        "members",
        "member",
        "member-invited",
        "invite",
        "invitations",
        "import",
        "import-checked",
        "import-running",
        "import-ended",
    ] {
        let html = page(name);
        let main = html.split("<main").nth(1).unwrap();
        assert!(main.matches("button-primary").count() <= 1, "{name}");
    }
}
