//! What the mails say (ST-070, ST-104, ST-108, ST-122, ST-123). Subjects are the manual's; bodies are ours and carry its facts:
//! why the mail came, the link, how long it works, and what happens without it.

use durable::profile::Wording;

use super::Lang;

/// What a letter is filled with.
pub struct Filling<'a> {
    /// The service's name.
    pub brand: &'a str,
    /// Whose manual's words count.
    pub wording: Wording,
    /// The person's name; empty when nobody gave one.
    pub name: &'a str,
    /// The account's address.
    pub login: &'a str,
    /// Who invited; empty for the contractor himself.
    pub by: &'a str,
    /// The address that the mail is about.
    pub about: &'a str,
    /// The last day of what the mail is about.
    pub ends: &'a str,
    /// The login address over a line, where there is one.
    pub over_line: &'a str,
    /// Until when the link works, as people read it.
    pub until: &'a str,
    /// The link.
    pub link: &'a str,
    /// Whether the letter goes to the contractor.
    pub contractor: bool,
    /// Whether the contract keeps 2-step registered.
    pub keeps_factor: bool,
}

/// A letter, ready to be set as text and as HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The subject.
    pub subject: String,
    /// The line above everything.
    pub greeting: String,
    /// Why it came, and what to do.
    pub body: Vec<String>,
    /// The link's label.
    pub action: &'static str,
    /// How long the link works and what else there is to know.
    pub notes: Vec<String>,
    /// Who sent it.
    pub foot: Vec<String>,
}

/// The letters that tell of something that was done; their templates are called as the events are.
const CHANGES: [&str; 3] = ["password-changed", "password-reset", "method-changed"];

/// The letter of a template's code; `None` when this version does not know it.
#[must_use]
pub fn letter(lang: Lang, template: &str, fill: &Filling) -> Option<Letter> {
    let (subject, body, action, notes) = match lang {
        Lang::Ja => japanese(template, fill)?,
        Lang::En => english(template, fill)?,
    };
    let Filling { brand, name, .. } = fill;
    // Whoever did not do what these tell of has something to do.
    let warns = template == "undo-address" || CHANGES.contains(&template);
    let (greeting, foot) = match lang {
        Lang::Ja => {
            let whom = if name.is_empty() { "ご利用者" } else { name };
            let foot = format!(
                "本メールは「{brand}」のシステムから自動的にお送りしています。送信専用のため、ご返信いただいてもお答えできません。"
            );
            (
                format!("{whom} 様"),
                vec![
                    foot,
                    if warns {
                        ""
                    } else {
                        "お心当たりがない場合は、リンクを開かずにこのメールを削除してください。"
                    }
                    .to_owned(),
                ],
            )
        }
        Lang::En => {
            let whom = if name.is_empty() { "user" } else { name };
            let foot = format!("This mail was sent automatically by {brand}, from an address that takes no replies.");
            let unexpected = if warns { "" } else { "If you did not expect it, delete it without opening the link." };
            (format!("Dear {whom},"), vec![foot, unexpected.to_owned()])
        }
    };
    let filled = |lines: Vec<String>| lines.into_iter().filter(|line| !line.is_empty()).collect();
    Some(Letter { subject, greeting, body, action, notes: filled(notes), foot: filled(foot) })
}

/// Subject, body, the link's label, notes.
type Parts = (String, Vec<String>, &'static str, Vec<String>);

fn japanese(template: &str, fill: &Filling) -> Option<Parts> {
    let Filling { brand, wording, name, login, by, about, until, contractor, keeps_factor, .. } = fill;
    let valid = |what: &str| format!("リンクの有効期限: 本メール受領後14日間（{until} まで）。それまでに{what}。");
    let wide = wide(*wording);
    Some(match template {
        "invitation" if *contractor => (
            format!("【{brand}】利用者登録のご案内"),
            vec![
                format!("こちらは、{brand}システムです。"),
                format!("{brand}のご契約者として {login} が登録されました。下のリンクを開いてパスワードを設定すると、利用を開始できます。"),
            ],
            "利用者登録用URL",
            vec![valid("登録が完了しない場合、このリンクは無効になります")],
        ),
        "invitation" => (
            format!("【{brand}】利用者登録のご案内"),
            vec![
                format!("こちらは、{brand}システムです。"),
                format!(
                    "{by} により、{}が{brand}の利用者として登録されました。下のリンクを開いて、利用者登録を完了してください。",
                    if name.is_empty() { format!("{login} ") } else { format!("{name} 様") }
                ),
            ],
            "利用者登録用URL",
            vec![valid("登録が完了しない場合、このリンクは無効になります。その場合は、ご契約者に再送を依頼してください")],
        ),
        "unlock" => (
            format!("【{brand}】アカウントロック"),
            vec![
                format!("{login} でのログインの失敗が規定の回数に達したため、アカウントをロックしました。"),
                "下のリンクを開き、表示された画面のボタンを押すと、ロックを解除できます。ご自身の操作でない場合は、パスワードの変更をお勧めします。".to_owned(),
            ],
            "ロックを解除する",
            vec![
                format!("リンクの有効期限: 本メール受領後14日間（{until} まで）"),
                "有効期限が切れた場合は、ログイン画面の「パスワードを忘れた方はこちら」からパスワードを変更すると、ロックを解除できます。".to_owned(),
            ],
        ),
        "reset" => (
            format!("【{brand}】パスワードリセット"),
            vec![
                format!("{login} のパスワードリセットを承りました。"),
                format!(
                    "下のリンクを開いて、新しいパスワードを登録してください。登録すると、アカウントのロック{}も解除されます。",
                    if *keeps_factor { "" } else { "と2段階認証の登録" }
                ),
            ],
            "新しいパスワードを登録する",
            vec![
                format!("リンクの有効期限: {until} まで。それまでに新しいパスワードが登録されない場合、手続きは取り消されます。"),
                "いまのパスワードは、新しいパスワードを登録するまでそのままお使いいただけます。".to_owned(),
            ],
        ),
        "address" => (
            format!("【{brand}】{wide}メールアドレス変更登録"),
            vec![
                format!("平素より{brand}をご利用いただき、ありがとうございます。"),
                format!("{login} のメールアドレスを {about} に変更する手続きを承りました。下のリンクを開いて、変更を完了してください。"),
            ],
            "メールアドレスの変更を完了する",
            vec![valid("完了しない場合、変更は取り消されます")],
        ),
        "undo-address" => (
            format!("【{brand}】メールアドレス変更のお知らせ"),
            vec![
                format!("{brand}のログインに使うメールアドレスが、{about} から {login} に変更されました。"),
                "お心当たりがない場合は、下のリンクから変更前のメールアドレスに戻せます。".to_owned(),
            ],
            "変更前のメールアドレスに戻す",
            vec![valid("操作しない場合、変更はそのままになります")],
        ),
        "method" => (
            format!("【{brand}ログイン方法の設定変更】"),
            vec![
                format!("平素より{brand}をご利用いただき、ありがとうございます。"),
                format!("{login} のログイン方法を変更する手続きを承りました。下のリンクを開いて、設定を完了してください。"),
                "認証連携しているサービスのアカウントを設定する場合は、意図しないアカウントと紐づかないよう、先にそのサービスからログアウトしておくことをお勧めします。".to_owned(),
            ],
            "ログイン方法を設定する",
            vec![valid("完了しない場合、変更は取り消されます")],
        ),
        _ => return of_services_ja(template, fill),
    })
}

/// What stands between the brand and the rest of some subjects (ST-104, ST-108).
const fn wide(wording: Wording) -> &'static str {
    match wording {
        Wording::Worksdrive => " ",
        Wording::CoworkStorage => "",
    }
}

/// The letters about linked services and Active Directories.
fn of_services_ja(template: &str, fill: &Filling) -> Option<Parts> {
    let Filling { brand, wording, login, about, ends, over_line, until, .. } = fill;
    let wide = wide(*wording);
    Some(match template {
        "directory" => (
            format!("【{brand}】{wide}Active Directoryアカウントのログイン用URL・接続ID通知"),
            vec![
                format!("平素より、{brand}をご利用いただき誠にありがとうございます。"),
                "Active Directoryアカウントのログイン用URLおよび接続IDをご連絡いたします。".to_owned(),
                format!("Active Directoryの接続ID: {about}"),
            ],
            "ログイン用URL（インターネット用）",
            vec![
                if over_line.is_empty() { String::new() } else { format!("ログイン用URL（回線認証用）: {over_line}") },
                "※契約者の方は、Active Directoryアカウントでログインをする利用者に対して、事前に接続IDを通知してください。".to_owned(),
                "利用者がログイン方法のActive Directoryアカウントに設定する際に、接続IDの入力が必要となります。".to_owned(),
                format!("{brand}へログイン時に、接続IDの入力画面が表示された場合、上記の接続IDを入力してください。"),
            ],
        ),
        "retired" => (
            format!("【{brand}】ログイン方法の提供終了のお知らせ"),
            vec![
                format!("平素より{brand}をご利用いただき、ありがとうございます。"),
                format!("{login} でご利用中の「{about}」によるログインは、{ends} をもって終了します。翌日からは、このログイン方法ではログインできません。"),
                "下のリンクを開いて、ほかのログイン方法を設定してください。設定が終わるまでは、提供終了日までいまの方法でログインできます。".to_owned(),
            ],
            "ログイン方法を設定する",
            vec![
                format!("リンクの有効期限: 本メール受領後14日間（{until} まで）"),
                "有効期限が切れた場合は、ログイン画面の「パスワードを忘れた方はこちら」から、新しいリンクをメールで受け取れます。".to_owned(),
            ],
        ),
        _ => return of_changes_ja(template, fill),
    })
}

/// ログイン情報が変更されました
fn of_changes_ja(template: &str, fill: &Filling) -> Option<Parts> {
    let Filling { brand, login, by, about, until, contractor, .. } = fill;
    let what = match template {
        "password-changed" => "パスワードの変更".to_owned(),
        "password-reset" => "パスワードリセットのメールのリンクによる、新しいパスワードの登録".to_owned(),
        "method-changed" if about.is_empty() => "ログイン方法を「メールアドレス・パスワード」に変更".to_owned(),
        "method-changed" => format!("ログイン方法を「{about}」に変更"),
        _ => return None,
    };
    let whom = if *contractor { "サポートセンタ" } else { "ご契約者またはサポートセンタ" };
    Some((
        format!("【{brand}】ログイン情報が変更されました"),
        vec![
            format!("{brand}にログインするための {login} の情報が変更されました。"),
            format!("変更内容: {what}"),
            format!("日時: {until}"),
            format!("操作した人: {login}（接続元 {by}）"),
        ],
        "ログイン画面",
        vec![
            "ご自身の操作であれば、何もする必要はありません。".to_owned(),
            if about.is_empty() {
                format!(
                    "お心当たりがない場合は、すぐにログイン画面の「パスワードを忘れた方はこちら」からパスワードを設定し直し、{whom}にご連絡ください。"
                )
            } else {
                format!("お心当たりがない場合は、すぐに{whom}にご連絡ください。")
            },
        ],
    ))
}

fn english(template: &str, fill: &Filling) -> Option<Parts> {
    let Filling { brand, login, by, about, until, contractor, keeps_factor, .. } = fill;
    let valid = |without: &str| format!("The link works for 14 days after this mail, until {until}. {without}");
    Some(match template {
        "invitation" if *contractor => (
            format!("{brand}: complete your registration"),
            vec![format!(
                "{login} was registered as the contractor of {brand}. Open the link, set a password, and you can begin."
            )],
            "Complete the registration",
            vec![valid("Without a registration by then it stops working.")],
        ),
        "invitation" => (
            format!("{brand}: complete your registration"),
            vec![format!("{by} has registered {login} as a user of {brand}. Open the link to complete the registration.")],
            "Complete the registration",
            vec![valid("Without a registration by then it stops working; the contractor can send another.")],
        ),
        "unlock" => (
            format!("{brand}: account locked"),
            vec![
                format!("Logins as {login} have failed so often that the account was locked."),
                "Open the link and press the button there to unlock it. If that was not you, consider changing the password."
                    .to_owned(),
            ],
            "Unlock the account",
            vec![
                format!("The link works for 14 days after this mail, until {until}."),
                "After that, a new password by way of “Forgot your password?” on the login page unlocks it too.".to_owned(),
            ],
        ),
        "reset" => (
            format!("{brand}: password reset"),
            vec![
                format!("A reset of the password of {login} was requested."),
                format!(
                    "Open the link to set a new one. That also unlocks the account{}.",
                    if *keeps_factor { "" } else { " and resets its two-step verification" }
                ),
            ],
            "Set a new password",
            vec![
                format!("The link works until {until}. Without a new password by then the request is void."),
                "Until then the present password goes on working.".to_owned(),
            ],
        ),
        "address" => (
            format!("{brand}: confirm your new mail address"),
            vec![format!("The mail address of {login} is to become {about}. Open the link to complete the change.")],
            "Complete the change",
            vec![valid("Otherwise the change is void.")],
        ),
        "undo-address" => (
            format!("{brand}: your mail address was changed"),
            vec![
                format!("The mail address that you log in to {brand} with was changed from {about} to {login}."),
                "If that was not you, the link restores the former address.".to_owned(),
            ],
            "Restore the former address",
            vec![valid("Without that the change stays.")],
        ),
        "method" => (
            format!("{brand}: change of your login method"),
            vec![
                format!("The login method of {login} is to be changed. Open the link to complete it."),
                "Before linking a service, log out of it first, so that no other account gets linked by mistake.".to_owned(),
            ],
            "Set the login method",
            vec![valid("Otherwise the change is void.")],
        ),
        _ => return of_services_en(template, fill),
    })
}

fn of_services_en(template: &str, fill: &Filling) -> Option<Parts> {
    let Filling { brand, login, about, ends, over_line, until, .. } = fill;
    Some(match template {
        "directory" => (
            format!("{brand}: login address and connection ID of your Active Directory"),
            vec![
                "Here are the login address and the connection ID for Active Directory accounts.".to_owned(),
                format!("Connection ID of the Active Directory: {about}"),
            ],
            "Login address (Internet)",
            vec![
                if over_line.is_empty() { String::new() } else { format!("Login address (line authentication): {over_line}") },
                "If you are the contractor, tell the connection ID to the users who are to log in with an Active Directory account: they need it to choose this login method.".to_owned(),
                format!("When {brand} asks for a connection ID at a login, enter this one."),
            ],
        ),
        "retired" => (
            format!("{brand}: your login method ends"),
            vec![
                format!("Logins of {login} with {about} end on {ends}. From the day after, they do not work any more."),
                "Open the link to set another login method. Until you have done that, the present one works to that day."
                    .to_owned(),
            ],
            "Set the login method",
            vec![
                format!("The link works for 14 days after this mail, until {until}."),
                "After that, “Forgot your password?” on the login page mails you a new link.".to_owned(),
            ],
        ),
        _ => return of_changes_en(template, fill),
    })
}

fn of_changes_en(template: &str, fill: &Filling) -> Option<Parts> {
    let Filling { brand, login, by, about, until, contractor, .. } = fill;
    let what = match template {
        "password-changed" => "a new password".to_owned(),
        "password-reset" => "a new password, by the link of a password reset".to_owned(),
        "method-changed" if about.is_empty() => "the login method, which is mail address and password now".to_owned(),
        "method-changed" => format!("the login method, which is {about} now"),
        _ => return None,
    };
    let whom = if *contractor { "the support center" } else { "the contractor or the support center" };
    Some((
        format!("{brand}: your login was changed"),
        vec![
            format!("What {login} logs in to {brand} with was changed."),
            format!("What changed: {what}"),
            format!("When: {until}"),
            format!("Who: {login}, from {by}"),
        ],
        "Login page",
        vec![
            "If that was you, there is nothing to do.".to_owned(),
            if about.is_empty() {
                format!(
                    "If it was not, set another password at once by “Forgot your password?” on the login page, and tell {whom}."
                )
            } else {
                format!("If it was not, tell {whom} at once.")
            },
        ],
    ))
}
