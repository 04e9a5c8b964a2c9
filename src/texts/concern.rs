//! What the lists of users say who want an administrator's attention, and the act on several of them at once.
#![expect(missing_docs, reason = "a field is documented by its sentence in Japanese")]

use super::With;

/// What every such list says.
pub struct Several {
    /// The time that is left, as a clock; `#` is the time.
    pub clock: &'static str,
    pub select_all: &'static str,
    pub select: With<String>,
    pub selected: With<usize>,
    pub first: &'static str,
    pub state: &'static str,
    pub effects_title: &'static str,
}

/// What one of them is about.
pub struct Concern {
    pub title: &'static str,
    /// The way to the list, with how many there are; 100 stands for 100 or more.
    pub link: With<u32>,
    pub lead: &'static str,
    /// Behind the user's name.
    pub columns: &'static [&'static str],
    pub submit: &'static str,
    pub none: &'static str,
    pub none_hint: &'static str,
    pub nothing_selected: &'static str,
    /// How somebody stands who was chosen and is not on the list any more.
    pub not_listed: &'static str,
    pub effects: &'static [&'static str],
    pub results: &'static str,
    pub summary: fn(usize, usize) -> String,
    pub done: &'static str,
    pub was_done: &'static str,
    pub not_done: &'static str,
    pub not_done_hint: &'static str,
    pub back: &'static str,
}

/// ロック中のユーザ
pub struct Locked {
    pub list: Concern,
    pub failing: &'static str,
    pub failures: &'static str,
    pub times: With<u32>,
    pub since: &'static str,
    pub last: &'static str,
    /// What is left of the lock, beside the value on a small screen.
    pub left: &'static str,
    pub minutes: With<i64>,
    /// Known browsers, in the same way.
    pub browser: &'static str,
    pub no_browser: &'static str,
    /// Browsers that can log in, and those that are locked themselves.
    pub known: fn(u32, u32) -> String,
    /// The same while no other browser is locked out.
    pub only_known: fn(u32, u32) -> String,
}

/// 旧パスワードで待ち受け中
pub struct Previous {
    pub list: Concern,
    pub pc: &'static str,
    pub os: &'static str,
    pub since: &'static str,
    pub left: &'static str,
    pub days: With<u32>,
    pub csv_days: &'static str,
    pub csv_until: &'static str,
}

pub(super) const SEVERAL_JA: Several = Several {
    clock: "あと #",
    select_all: "すべて選択",
    select: |login| format!("{login} を選択"),
    selected: |count| format!("対象のユーザ: {count}人"),
    first: "先頭へ",
    state: "状態",
    effects_title: "選択したユーザに今起きること",
};

/// 「title: 3人」
fn link_ja(title: &str, count: u32) -> String {
    match count {
        0 => title.to_owned(),
        100.. => format!("{title}: 100人以上"),
        _ => format!("{title}: {count}人"),
    }
}

pub(super) const LOCKED_JA: Locked = Locked {
    list: Concern {
        title: "ロック中のユーザ",
        link: |count| link_ja("ロック中のユーザ", count),
        lead: "ログインの失敗を繰り返してロックアウトされているユーザと、失敗が続いているユーザを表示しています。ロックアウトは時間が過ぎると自動で解除されます。ログインしたことのあるブラウザは別に数えているため、ほかの場所での失敗ではロックされません。",
        columns: &["失敗回数", "ロックアウト時刻 / 最後の失敗", "自動解除まで", "ログインしたことのあるブラウザ"],
        submit: "選択したユーザのロックアウトを解除",
        none: "ロック中のユーザはいません。",
        none_hint: "ログインの失敗が続くと、そのユーザがここに表示されます。",
        nothing_selected: "ユーザが選択されていません。解除するユーザを選択してください。",
        not_listed: "ロックアウトされていません。失敗の回数だけが0に戻ります。",
        effects: &[
            "ロックアウトが解除され、失敗の回数が0に戻ります。すぐにログインできるようになります。",
            "ログイン、接続、端末認証情報、パスワードは変わりません。",
        ],
        results: "ロックアウトの解除結果",
        summary: |done, of| format!("{of}人中{done}人のロックアウトを解除しました。"),
        done: "解除しました",
        was_done: "すでに解除されています",
        not_done: "解除できませんでした",
        not_done_hint: "少し待ってから、もう一度お試しください。削除されたユーザは解除できません。",
        back: "ロック中のユーザへ戻る",
    },
    failing: "失敗が続いています",
    failures: "失敗回数",
    times: |times| format!("{times}回"),
    since: "ロックアウト時刻",
    last: "最後の失敗",
    left: "解除まで",
    minutes: |minutes| format!("あと{minutes}分"),
    browser: "ブラウザ",
    no_browser: "-",
    known: |open, shut| match (open, shut) {
        (0, shut) => format!("{shut}台もロック中です"),
        (open, 0) => format!("{open}台はログインできます"),
        (open, shut) => format!("{open}台はログインできます（{shut}台はロック中）"),
    },
    only_known: |open, shut| match (open, shut) {
        (0, shut) => format!("{shut}台だけロック中です"),
        (open, shut) => format!("{shut}台だけロック中です（{open}台はログインできます）"),
    },
};

// CW-116, CW-119, CW-123
pub(super) const PREVIOUS_JA: Previous = Previous {
    list: Concern {
        title: "旧パスワードで待ち受け中",
        link: |count| link_ja("旧パスワードで待ち受け中", count),
        lead: "パスワードの変更が反映されず、古いパスワードのまま待ち受けているクライアントプログラムを、猶予の残りが短いものから表示しています。残り日数が過ぎると切断されます。その前に、クライアントプログラムに保存されているパスワードの更新を、利用者に指示してください。",
        columns: &["接続先PC", "OS", "接続開始時刻", "残り日数"],
        submit: "選択したユーザの猶予を今すぐ終了",
        none: "古いパスワードで待ち受けているクライアントプログラムはありません。",
        none_hint: "パスワードの変更が反映されていないクライアントプログラムが接続すると、ここに表示されます。",
        nothing_selected: "ユーザが選択されていません。猶予を終了するユーザを選択してください。",
        not_listed: "いまは古いパスワードで待ち受けていません。",
        effects: &[
            "古いパスワードのクライアントプログラムは切断され、新しいパスワードを入力するまで接続できなくなります。",
            "古いパスワードは、残り日数にかかわらず使えなくなります。",
            "管理機能へのログイン、スマートフォン、現在のパスワードは変わりません。",
        ],
        results: "猶予の終了結果",
        summary: |done, of| format!("{of}人中{done}人の古いパスワードの猶予を終了しました。"),
        done: "終了しました",
        was_done: "すでに終わっています",
        not_done: "終了できませんでした",
        not_done_hint: "少し待ってから、もう一度お試しください。削除されたユーザの猶予は終了できません。",
        back: "旧パスワードで待ち受け中へ戻る",
    },
    pc: "接続先PC",
    os: "OS",
    since: "接続開始時刻",
    left: "残り日数",
    days: |days| format!("あと{days}日"),
    csv_days: "残り日数",
    csv_until: "無効になる時刻",
};

pub(super) const SEVERAL_EN: Several = Several {
    clock: "# left",
    select_all: "Select all",
    select: |login| format!("Select {login}"),
    selected: |count| format!("Selected users: {count}"),
    first: "First page",
    state: "State",
    effects_title: "What happens to the selected users now",
};

/// “title: 3”
fn link_en(title: &str, count: u32) -> String {
    match count {
        0 => title.to_owned(),
        100.. => format!("{title}: 100 or more"),
        _ => format!("{title}: {count}"),
    }
}

pub(super) const LOCKED_EN: Locked = Locked {
    list: Concern {
        title: "Locked users",
        link: |count| link_en("Locked users", count),
        lead: "These users are locked out after repeated failures of their logins, or their logins keep failing. A lockout ends by itself after some time. Browsers that have logged in before are counted apart: failures from elsewhere never lock them out.",
        columns: &["Failures", "Locked out / Last failure", "Ends in", "Known browsers"],
        submit: "Unlock the selected users",
        none: "Nobody is locked out.",
        none_hint: "When logins fail again and again, the user appears here.",
        nothing_selected: "No user is selected. Select the users to unlock.",
        not_listed: "There is no lockout. Only the failures are forgotten.",
        effects: &[
            "The lockout ends and the failures are forgotten. They can log in at once.",
            "Logins, connections, the registered phone and the password stay as they are.",
        ],
        results: "Unlocked users",
        summary: |done, of| format!("{done} of {of} were unlocked."),
        done: "Unlocked",
        was_done: "Already unlocked",
        not_done: "Could not be unlocked",
        not_done_hint: "Wait a moment and try again. A user who was deleted cannot be unlocked.",
        back: "Back to the locked users",
    },
    failing: "Failing",
    failures: "Failures",
    times: |times| times.to_string(),
    since: "Locked out",
    last: "Last failure",
    left: "Ends in",
    minutes: |minutes| format!("{minutes} min left"),
    browser: "Browsers",
    no_browser: "-",
    known: |open, shut| match (open, shut) {
        (0, shut) => format!("{shut} locked too"),
        (open, 0) => format!("{open} can log in"),
        (open, shut) => format!("{open} can log in, {shut} locked"),
    },
    only_known: |open, shut| match (open, shut) {
        (0, shut) => format!("Only {shut} locked"),
        (open, shut) => format!("Only {shut} locked, {open} can log in"),
    },
};

pub(super) const PREVIOUS_EN: Previous = Previous {
    list: Concern {
        title: "Waiting with the old password",
        link: |count| link_en("Waiting with the old password", count),
        lead: "These client programs were not reached by a change of the password and still wait with the old one, the shortest grace period first. They are disconnected when no days are left. Tell the users to update the password stored in the client program before that.",
        columns: &["PC", "OS", "Connected since", "Days left"],
        submit: "End the grace period of the selected users now",
        none: "No client program waits with the old password.",
        none_hint: "When a client program connects that a change of the password has not reached, it appears here.",
        nothing_selected: "No user is selected. Select the users whose grace period is to end.",
        not_listed: "Not waiting with the old password now.",
        effects: &[
            "Client programs with the old password are disconnected and cannot connect before the new one is entered.",
            "The old password stops working, however many days were left.",
            "Logins here, phones and the current password stay as they are.",
        ],
        results: "Ended grace periods",
        summary: |done, of| format!("The grace period of the old password was ended for {done} of {of}."),
        done: "Ended",
        was_done: "Already over",
        not_done: "Could not be ended",
        not_done_hint: "Wait a moment and try again. The grace period of a user who was deleted cannot be ended.",
        back: "Back to the list",
    },
    pc: "PC",
    os: "OS",
    since: "Connected since",
    left: "Days left",
    days: |days| if days == 1 { "1 day left".to_owned() } else { format!("{days} days left") },
    csv_days: "Days left",
    csv_until: "Ends at",
};
