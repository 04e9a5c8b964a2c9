//! What is said about linked services (認証連携, ST-030 to ST-032, ST-071, ST-101). `label` is what an account there is called.
#![expect(missing_docs, reason = "a field is documented by its sentence in Japanese")]

use super::{Problem, With};

/// Buttons and pages of linked services.
pub struct Federation {
    pub or: &'static str,
    pub sign_in: With<String>,
    pub register: With<String>,
    pub label: With<String>,
    pub risk: &'static str,
    pub service: &'static str,
    pub used: &'static str,
    pub name: &'static str,
    pub other_account: With<String>,
    pub confirm_title: &'static str,
    pub confirm_lead: &'static str,
    pub confirm: With<String>,
    pub check: Problem,
    pub registered: Problem,
    pub changed: Problem,
    pub nobody: Problem,
    pub trial_ended: Problem,
    pub cancelled: Problem,
    pub expired: Problem,
    pub unreachable: Problem,
    pub unverified: Problem,
    pub gone: Problem,
    pub ended: Problem,
    pub until: With<String>,
    pub taken: Problem,
    pub same: Problem,
    pub other: Problem,
    pub unconfirmed: Problem,
}

/// An account's name in English: the manual's are Japanese.
fn english(label: &str) -> String {
    match label {
        "dアカウント" => "d ACCOUNT".to_owned(),
        "NTT東日本ビジネスID" => "NTT East Business ID".to_owned(),
        label => label.strip_suffix("アカウント").map_or_else(|| label.to_owned(), |name| format!("{name} account")),
    }
}

pub(super) const JA: Federation = Federation {
    or: "---または---",
    sign_in: |label| format!("{label}でログイン"),
    register: |label| format!("{label}で登録"),
    label: |label| label,
    risk: "登録したい認証連携するサービスから一度ログアウトした後に、本手順のログイン方法を選択することを推奨します。",
    service: "登録方法",
    used: "ログイン方法",
    name: "お名前",
    other_account: |label| format!("異なる{label}に変更したい場合は、一度別のログイン方法に変更してください。"),
    confirm_title: "ご本人の確認",
    confirm_lead: "続けるには、ログインに使っているサービスで、もう一度ご本人の確認をしてください。",
    confirm: |label| format!("{label}で確認"),
    check: Problem {
        title: "申込確認",
        what: "以下の内容でお間違えありませんでしょうか？",
        todo: "確認すると、ログインにはこのアカウントを使います。別のアカウントが表示されている場合は、キャンセルし、サービスからログアウトしてからやり直してください。",
    },
    registered: Problem {
        title: "申込完了",
        what: "利用者登録が完了しました。",
        todo: "「OK」を押して、登録したサービスのアカウントでログインしてください。",
    },
    changed: Problem {
        title: "ログイン方法を変更しました",
        what: "ログイン方法の設定が完了しました。ログイン中だったブラウザは、すべてログアウトしました。",
        todo: "変更したログイン方法でログインを実施してください。",
    },
    nobody: Problem {
        title: "ログインできませんでした",
        what: "このサービスのアカウントで登録されている利用者がいないか、いまはご利用いただけません。",
        todo: "登録したときと同じアカウントか確認してください。ログイン方法が分からない場合は、ご契約者または管理者にお問い合わせください。",
    },
    trial_ended: Problem {
        title: "ログインできませんでした",
        what: "無料トライアルは終了しました。",
        todo: "ご契約者は、認証・契約情報変更メニューからプランを変更できます。",
    },
    cancelled: Problem {
        title: "手続きを中止しました",
        what: "サービスの画面で中止されたため、何も変更していません。",
        todo: "続けるには、もう一度ログイン方法を選んでください。",
    },
    expired: Problem {
        title: "もう一度やり直してください",
        what: "この手続きは、10分を過ぎたか、別のブラウザで始められたか、すでに終わっています。",
        todo: "同じブラウザで、はじめからやり直してください。",
    },
    unreachable: Problem {
        title: "サービスに接続できません",
        what: "ログインに使うサービスから、正しい応答がありませんでした。",
        todo: "しばらく待ってからやり直してください。メールアドレスとパスワードでのログインには影響ありません。",
    },
    unverified: Problem {
        title: "ご本人を確認できませんでした",
        what: "サービスの応答が正しくないため、受け付けませんでした。",
        todo: "はじめからやり直してください。繰り返し表示される場合は、サポートセンタまでお問い合わせください。",
    },
    ended: Problem {
        title: "このログイン方法の提供は終了しました",
        what: "このサービスのアカウントによるログインは、提供終了日をもって終了しました。",
        todo: "ほかのログイン方法を設定してください。設定用のリンクは、ログイン画面の「パスワードを忘れた方はこちら」から、メールで受け取れます。ご契約者または管理者にログイン方法の変更を依頼することもできます。",
    },
    until: |day| format!("{day} で終了します。お早めに、ほかのログイン方法へ変更してください。"),
    gone: Problem {
        title: "このログイン方法は使えません",
        what: "このサービスとの連携は終了しているか、設定されていません。",
        todo: "ほかのログイン方法を選ぶか、ご契約者または管理者にログイン方法の変更を依頼してください。",
    },
    taken: Problem {
        title: "このアカウントは登録できません",
        what: "このサービスのアカウントは、すでに別の利用者のログインに使われています。",
        todo: "別のアカウントを選ぶか、ほかのログイン方法を選んでください。",
    },
    same: Problem {
        title: "変更はありません",
        what: "このアカウントは、すでにログインに使われています。",
        todo: "変更する場合は、別のログイン方法を選んでください。",
    },
    other: Problem {
        title: "変更できません",
        what: "同じサービスの異なるアカウントには、直接変更できません。",
        todo: "異なるアカウントに変更したい場合は、一度別のログイン方法に変更してください。",
    },
    unconfirmed: Problem {
        title: "ご本人を確認できませんでした",
        what: "ログイン中のアカウントと異なるか、サービスがあらためて確認を行いませんでした。",
        todo: "同じアカウントでやり直すか、一度ログアウトして、もう一度ログインしてください。",
    },
};

pub(super) const EN: Federation = Federation {
    or: "--- or ---",
    sign_in: |label| format!("Log in with {}", english(&label)),
    register: |label| format!("Register with {}", english(&label)),
    label: |label| english(&label),
    risk: "We recommend to log out of the service first, so that you choose the account that you mean.",
    service: "Login method",
    used: "Login method",
    name: "Name",
    other_account: |label| format!("To change to another {}, change to a different login method first.", english(&label)),
    confirm_title: "Confirm that it is you",
    confirm_lead: "To go on, confirm once more with the service that you log in with that it is you.",
    confirm: |label| format!("Confirm with {}", english(&label)),
    check: Problem {
        title: "Check your registration",
        what: "Is this correct?",
        todo: "From then on you log in with this account. If it is not the one you mean, cancel, log out of the service and begin again.",
    },
    registered: Problem {
        title: "Registered",
        what: "Your registration is complete.",
        todo: "Press OK and log in with the account that you registered.",
    },
    changed: Problem {
        title: "Login method changed",
        what: "The login method is set. All browsers that were logged in have been logged out.",
        todo: "Log in with the new method.",
    },
    nobody: Problem {
        title: "You could not be logged in",
        what: "Nobody is registered with this account, or it cannot be used now.",
        todo: "Check that it is the account you registered with. If you do not know your login method, ask the contractor or an administrator.",
    },
    trial_ended: Problem {
        title: "You could not be logged in",
        what: "The trial has ended.",
        todo: "The contractor can change the plan in the menu of authentication and contract.",
    },
    cancelled: Problem {
        title: "Cancelled",
        what: "You stopped at the service, so nothing was changed.",
        todo: "To go on, choose a login method again.",
    },
    expired: Problem {
        title: "Please begin again",
        what: "This took more than 10 minutes, was begun in another browser, or is finished already.",
        todo: "Begin again in one browser.",
    },
    unreachable: Problem {
        title: "The service cannot be reached",
        what: "The service that you log in with gave no proper answer.",
        todo: "Wait a while and try again. Logging in with mail address and password is not affected.",
    },
    unverified: Problem {
        title: "We could not verify that it is you",
        what: "The answer of the service was not correct, so it was not accepted.",
        todo: "Begin again. If this keeps happening, ask the support.",
    },
    ended: Problem {
        title: "This login method has ended",
        what: "Logins with an account of this service ended on its last day.",
        todo: "Set another login method: “Forgot your password?” on the login page mails you a link. You can also ask the contractor or a manager to change it.",
    },
    until: |day| format!("Ends on {day}. Please change to another login method soon."),
    gone: Problem {
        title: "This login method cannot be used",
        what: "The service is not connected, or not any more.",
        todo: "Choose another login method, or ask the contractor or an administrator to have yours changed.",
    },
    taken: Problem {
        title: "This account cannot be registered",
        what: "Somebody else logs in with this account already.",
        todo: "Choose another account, or another login method.",
    },
    same: Problem {
        title: "Nothing to change",
        what: "You log in with this account already.",
        todo: "To change it, choose another login method.",
    },
    other: Problem {
        title: "This cannot be changed",
        what: "You cannot change directly to another account of the same service.",
        todo: "Change to a different login method first.",
    },
    unconfirmed: Problem {
        title: "We could not verify that it is you",
        what: "It was not the account you are logged in with, or the service did not ask you anew.",
        todo: "Try again with the same account, or log out and log in again.",
    },
};
