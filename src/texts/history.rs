//! 操作履歴: the page, its check, and one sentence for every event that the journal can hold, in both languages.
//!
//! A new event is a line in [`happenings!`] and one in each language below; a missing one does not compile, and a test finds
//! every code that is logged without a line here. A code of newer code shows itself.
#![expect(missing_docs, reason = "a field is documented by its sentence in Japanese")]

use std::collections::BTreeMap;

use super::{With, grouped};

/// What a sentence is made from.
pub struct Told<'a> {
    /// Who did it, as people read it.
    pub by: &'a str,
    /// Whom it was done to.
    pub whom: &'a str,
    /// Small values by key.
    pub detail: &'a BTreeMap<String, String>,
}

impl Told<'_> {
    fn detail(&self, key: &str) -> &str {
        self.detail.get(key).map_or("", String::as_str)
    }

    /// The words of the settings that are on.
    fn chosen(&self, all: &[(&str, &'static str)]) -> Vec<&'static str> {
        let on = self.detail("on");
        all.iter().filter(|(name, _)| on.split(' ').any(|one| one == *name)).map(|(_, word)| *word).collect()
    }

    /// How often it happened, if more than once.
    fn times(&self) -> Option<u64> {
        self.detail("times").parse().ok().filter(|times| *times > 1)
    }
}

/// An event in one language: its name, for lists, and its sentence.
pub struct Happening {
    pub label: &'static str,
    pub sentence: fn(&Told) -> String,
}

/// Declares the events: a field of [`Happenings`] and the code that it is stored under.
macro_rules! happenings {
    ($($field:ident $code:literal),+ $(,)?) => {
        /// Every event in one language.
        pub struct Happenings { $(pub $field: Happening),+ }

        impl Happenings {
            /// The codes, in the order in which lists show them.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The event of a code; none for a code of newer code.
            #[must_use]
            pub fn of(&self, code: &str) -> Option<&Happening> {
                match code {
                    $($code => Some(&self.$field),)+
                    _ => None,
                }
            }
        }
    };
}

happenings! {
    signed_in "signed-in",
    signed_out "signed-out",
    sign_in_failed "sign-in-failed",
    sign_in_refused "sign-in-refused",
    locked "locked",
    unlocked "unlocked",
    password_changed "password-changed",
    temporary_password "temporary-password",
    session_ended "session-ended-wrong-current",
    method_changed "method-changed",
    own_address_asked "own-address-asked",
    address_changed "address-changed",
    address_restored "address-restored",
    record_changed "contract-record-changed",
    plan_changed "contract-plan-changed",
    cancelled "contract-cancelled",
    registered "registered",
    password_reset "password-reset",
    unlocked_by_link "unlocked-by-link",
    link_asked "link-asked",
    factor_reset "factor-reset",
    device_registered "device-registered",
    device_signed_in "device-signed-in",
    device_sign_in_failed "device-sign-in-failed",
    device_reset "device-reset",
    device_connected "device-connected",
    device_disconnected "device-disconnected",
    disconnected "disconnected",
    account_created "account-created",
    account_updated "account-updated",
    account_deleted "account-deleted",
    account_read "account-read",
    contract_created "contract-created",
    contract_updated "contract-updated",
    contract_read "contract-read",
    unreadable "unreadable",
    use_prohibited "use-prohibited",
    use_allowed "use-allowed",
    password_forced "password-forced",
    factor_due "factor-due",
    factor_set_up "factor-set-up",
    factor_removed "factor-removed",
    factor_failed "factor-failed",
    factor_locked "factor-locked",
    factor_closed "factor-closed",
    factor_missing "factor-missing",
    lines_changed "lines-changed",
    access_path_changed "access-path-changed",
    access_path_kept "access-path-kept",
    access_path_rolled_back "access-path-rolled-back",
    line_countdown_set "line-countdown-set",
    line_notice_set "line-notice-set",
    second_step_setting_changed "second-step-setting-changed",
    directory_saved "directory-saved",
    directory_changed "directory-changed",
    directory_removed "directory-removed",
    factor_registered "factor-registered",
    code_sent "code-sent",
    recovery_code_used "recovery-code-used",
    browsers_forgotten "browsers-forgotten",
    client_reflected "client-reflected",
    token_reused "token-reused",
    grace_ended "grace-ended",
    shut_out "shut-out",
    cut_answered "cut-answered",
    browser_locked "browser-locked",
    sessions_ended "sessions-ended",
    device_refused "device-refused",
    token_renewed "token-renewed",
    account_invited "account-invited",
    invitation_resent "invitation-resent",
    invitation_withdrawn "invitation-withdrawn",
    address_asked "address-asked",
    method_asked "method-asked",
    import_started "import-started",
    letter_retried "letter-retried",
    settings_changed "contract-settings-changed",
    handed_over "handed-over",
    retirement_told "retirement-told",
    retirement_withdrawn "retirement-withdrawn",
}

/// A list of line numbers; a dash for none.
fn numbers<'a>(told: &'a Told, key: &str) -> &'a str {
    match told.detail(key) {
        "" => "-",
        numbers => numbers,
    }
}

/// Events that only the storage services have.
const STORAGE: [&str; 37] = [
    "method-changed",
    "own-address-asked",
    "address-changed",
    "address-restored",
    "contract-record-changed",
    "contract-plan-changed",
    "contract-cancelled",
    "registered",
    "password-reset",
    "unlocked-by-link",
    "link-asked",
    "factor-missing",
    "second-step-setting-changed",
    "directory-saved",
    "directory-changed",
    "directory-removed",
    "factor-registered",
    "code-sent",
    "recovery-code-used",
    "browsers-forgotten",
    "account-invited",
    "invitation-resent",
    "invitation-withdrawn",
    "address-asked",
    "method-asked",
    "import-started",
    "letter-retried",
    "contract-settings-changed",
    "handed-over",
    "retirement-told",
    "retirement-withdrawn",
    "lines-changed",
    "access-path-changed",
    "access-path-kept",
    "access-path-rolled-back",
    "line-countdown-set",
    "line-notice-set",
];
/// Events that only a service with devices has.
const DEVICES: [&str; 20] = [
    "device-registered",
    "device-signed-in",
    "device-sign-in-failed",
    "device-reset",
    "device-connected",
    "device-disconnected",
    "disconnected",
    "use-prohibited",
    "use-allowed",
    "password-forced",
    "temporary-password",
    "factor-set-up",
    "factor-removed",
    "client-reflected",
    "token-reused",
    "grace-ended",
    "shut-out",
    "cut-answered",
    "device-refused",
    "token-renewed",
];

impl Happenings {
    /// Whether a storage service, or one with devices, has events of this code.
    #[must_use]
    pub fn has(code: &str, storage: bool) -> bool {
        !(if storage { &DEVICES[..] } else { &STORAGE[..] }).contains(&code)
    }
}

/// The page and its check.
pub struct History {
    pub title: &'static str,
    pub lead_whole: &'static str,
    pub lead_user: With<String>,
    pub lead_own: &'static str,
    pub filter: &'static str,
    pub who: &'static str,
    pub code: &'static str,
    pub any: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    pub days_hint: &'static str,
    pub days_hint_of: With<String>,
    pub submit: &'static str,
    pub clear: &'static str,
    pub no_day: &'static str,
    pub turned: &'static str,
    pub at: &'static str,
    pub what: &'static str,
    pub whence: &'static str,
    pub by: &'static str,
    pub whom: &'static str,
    pub address: &'static str,
    pub browser: &'static str,
    pub session: &'static str,
    pub detail: &'static str,
    pub newer: &'static str,
    pub older: &'static str,
    pub none: &'static str,
    pub none_hint: &'static str,
    pub nothing_found: &'static str,
    pub nothing_found_hint: &'static str,
    pub csv: &'static str,
    pub csv_too_many: With<u64>,
    pub operator: With<String>,
    pub nobody: &'static str,
    pub last: With<String>,
    pub name: &'static str,
    pub plan: &'static str,
    pub start: &'static str,
    pub end: &'static str,
    pub role: &'static str,
    pub contract_plan: &'static str,
    pub trial_start: &'static str,
    pub link: &'static str,
    /// A stored value in words; one that is not known stands as it is.
    pub value: fn(&str) -> &str,
    pub check: Check,
    pub happenings: Happenings,
}

/// The check of the chain.
pub struct Check {
    pub title: &'static str,
    pub lead: &'static str,
    pub submit: &'static str,
    pub again: &'static str,
    pub go_on: &'static str,
    pub fine: &'static str,
    pub fine_rows: With<u64>,
    pub so_far: &'static str,
    pub so_far_rows: With<u64>,
    pub broken: &'static str,
    pub broken_row: fn(String, u64) -> String,
    pub broken_at: With<String>,
    pub cut: &'static str,
    pub cut_row: fn(String, u64) -> String,
    pub gap: &'static str,
    pub gap_row: fn(String, String, u64) -> String,
    pub todo: &'static str,
}

/// How a second step was registered.
fn method<'a>(told: &Told, app: &'a str, sms: &'a str) -> &'a str {
    if told.detail("factor") == "sms" { sms } else { app }
}

/// A sentence for each end in a detail like `viewer 80 client 120` or `viewer client`.
fn told_ends(told: &Told, key: &str, sentence: fn(&str, &str) -> String) -> String {
    let words: Vec<&str> = told.detail(key).split_whitespace().collect();
    let is_end = |word: &str| word.chars().all(|letter| letter.is_ascii_alphabetic());
    let next = |at: usize| words.get(at.saturating_add(1)).copied().filter(|word| !is_end(word)).unwrap_or_default();
    words.iter().enumerate().filter(|(_, word)| is_end(word)).map(|(at, word)| sentence(word, next(at))).collect()
}

fn end_ja(end: &str) -> &'static str {
    if end == "viewer" { "ビューア（手元端末）" } else { "クライアント（接続先機器）" }
}

fn end_en(end: &str) -> &'static str {
    if end == "viewer" { "viewer (device at hand)" } else { "client (remote PC)" }
}

/// Whether 初期化 has also refused the phone (CW-065).
fn reset_ja(told: &Told) -> &'static str {
    if told.detail("refused").is_empty() { "初期化しました" } else { "初期化し、その端末を拒否しました" }
}

fn reset_en(told: &Told) -> &'static str {
    if told.detail("refused").is_empty() { "" } else { "and refused " }
}

/// 「ビューア（手元端末）「iPhone16,1」」
fn device_ja(told: &Told) -> String {
    let end = end_ja(told.detail("end"));
    match told.detail("name") {
        "" => end.to_owned(),
        name => format!("{end}「{name}」"),
    }
}

fn value_ja(code: &str) -> &str {
    match code {
        "locked" => "ロックアウト中",
        "open" => "ロックアウトなし",
        "allowed" => "利用可能",
        "prohibited" => "利用禁止",
        "temporary" => "仮パスワード",
        "lasting" => "通常のパスワード",
        "on" => "使用",
        "off" => "未使用",
        "basic" => "基本プラン",
        "trial" => "無料トライアル",
        "administrator" => "アカウント管理者",
        "manager" => "管理者権限を持つユーザ",
        "user" => "一般ユーザ",
        other => other,
    }
}

fn times_ja(told: &Told) -> String {
    told.times().map_or_else(String::new, |times| format!("（{}回）", grouped(times)))
}

pub(super) const JA: History = History {
    title: "操作履歴",
    lead_whole: "このご契約で行われた操作とログイン、端末の接続を、新しいものから表示しています。400日間保存されます。",
    lead_user: |login| format!("{login}についての操作とログイン、端末の接続を、新しいものから表示しています。"),
    lead_own: "このアカウントについての操作とログイン、端末の接続を、新しいものから表示しています。身に覚えのないものがあれば、アカウント管理者にお知らせください。",
    filter: "絞り込み",
    who: "ユーザ名の一部",
    code: "操作",
    any: "すべての操作",
    from: "開始日",
    to: "終了日",
    days_hint: "日付は日本時間です。",
    days_hint_of: |zone| format!("日付は {zone} で数えます。"),
    submit: "絞り込む",
    clear: "条件を消す",
    no_day: "日付を 2026-11-22 の形で入力してください。",
    turned: "開始日と同じか、それより後の日付を入力してください。",
    at: "日時",
    what: "内容",
    whence: "接続元",
    by: "操作した人",
    whom: "対象",
    address: "IPアドレス",
    browser: "ブラウザ",
    session: "セッション",
    detail: "詳細",
    newer: "新しい履歴",
    older: "古い履歴",
    none: "履歴はまだありません。",
    none_hint: "ログインや設定の変更があると、ここに記録されます。",
    nothing_found: "条件に当てはまる履歴はありません。",
    nothing_found_hint: "期間を広げるか、条件を消してください。",
    csv: "CSVで保存",
    csv_too_many: |most| {
        format!(
            "条件に当てはまる履歴が{}件を超えるため、CSVを作成していません。期間を短くするか、条件を追加してください。",
            grouped(most)
        )
    },
    operator: |name| format!("運用者 {name}"),
    nobody: "不明",
    last: |stamp| format!("最後: {stamp}"),
    name: "氏名",
    plan: "タイプ",
    start: "サービス提供開始日",
    end: "サービス解約日",
    role: "権限",
    contract_plan: "プラン",
    trial_start: "トライアル開始日",
    link: "操作履歴を見る",
    value: value_ja,
    check: Check {
        title: "履歴の検査",
        lead: "履歴の各行は、前の行とつながる署名で守られています。保存されているすべての行を古いものから調べ、書き換え・削除・追加がないことを確かめます。",
        submit: "検査する",
        again: "もう一度検査する",
        go_on: "続きを検査する",
        fine: "書き換えは見つかりませんでした。",
        fine_rows: |rows| format!("{}行を調べ、すべて記録されたときのままでした。", grouped(rows)),
        so_far: "ここまで、書き換えは見つかっていません。",
        so_far_rows: |rows| format!("{}行を調べました。続きがあります。", grouped(rows)),
        broken: "記録されたときと異なる行があります。",
        broken_row: |month, row| format!("{month} の {}行目から先が正しくつながっていません。", grouped(row)),
        broken_at: |stamp| format!("その行の日時: {stamp}"),
        cut: "失われた行があります。",
        cut_row: |month, row| {
            format!("{month} には少なくとも {}行あったはずですが、その行が見つからないか、異なっています。", grouped(row))
        },
        gap: "届いていない行があります。",
        gap_row: |month, login, number| format!("{month}、{login} の {}番目の行がありません。", grouped(number)),
        todo: "この画面を保存して、サポートにお知らせください。",
    },
    happenings: Happenings {
        signed_in: Happening { label: "ログイン", sentence: |t| format!("{} がログインしました。", t.by) },
        signed_out: Happening { label: "ログアウト", sentence: |t| format!("{} がログアウトしました。", t.by) },
        sign_in_failed: Happening {
            label: "ログイン失敗",
            sentence: |t| format!("{} のログインに失敗しました{}。", t.whom, times_ja(t)),
        },
        sign_in_refused: Happening {
            label: "ログイン不可",
            sentence: |t| {
                let why = match t.detail("why") {
                    "prohibited" => "利用が禁止されているため、",
                    "trial-ended" => "トライアル期間が終了しているため、",
                    "line" => "許可されていない回線からのため、",
                    "locked" => "ロックアウト中のため、",
                    "out-of-service" => "サービス提供期間外のため、",
                    "method-ended" => "ログイン方法の提供が終了しているため、",
                    "not-linked" => "ログイン方法に設定されていないアカウントのため、",
                    _ => "",
                };
                format!("{} は、{why}ログインできませんでした{}。", t.whom, times_ja(t))
            },
        },
        locked: Happening {
            label: "ロックアウト",
            sentence: |t| format!("{} はログイン失敗を繰り返したため、ロックアウトされました。", t.whom),
        },
        unlocked: Happening {
            label: "ロックアウトを解除",
            sentence: |t| format!("{} が {} のロックアウトを解除しました。", t.by, t.whom),
        },
        password_changed: Happening {
            label: "パスワード変更",
            sentence: |t| format!("{} が自分のパスワードを変更しました。", t.by),
        },
        temporary_password: Happening {
            label: "仮パスワードの設定",
            sentence: |t| format!("{} が {} に仮パスワードを設定しました。", t.by, t.whom),
        },
        session_ended: Happening {
            label: "パスワード誤りによるログアウト",
            sentence: |t| format!("{} は現在のパスワードを繰り返し誤ったため、ログアウトされました。", t.whom),
        },
        method_changed: Happening {
            label: "ログイン方法の変更",
            sentence: |t| match t.detail("after") {
                "" | "password" => format!("{} のログイン方法が、メールアドレス・パスワードに設定されました。", t.whom),
                service => format!("{} のログイン方法が、認証連携（{service}）に設定されました。", t.whom),
            },
        },
        own_address_asked: Happening {
            label: "メールアドレス変更の申請",
            sentence: |t| format!("{} がメールアドレスの変更を申請しました。", t.whom),
        },
        address_changed: Happening {
            label: "メールアドレスの変更",
            sentence: |t| format!("{} のメールアドレスが変更されました。", t.whom),
        },
        address_restored: Happening {
            label: "メールアドレスの復元",
            sentence: |t| format!("{} のメールアドレスが、変更前のものに戻されました。", t.whom),
        },
        record_changed: Happening {
            label: "契約情報の変更", sentence: |t| format!("{} が契約情報を変更しました。", t.by)
        },
        plan_changed: Happening {
            label: "プランの変更", sentence: |t| format!("{} がプランを変更しました。", t.by)
        },
        cancelled: Happening {
            label: "解約の申し込み", sentence: |t| format!("{} が解約を申し込みました。", t.by)
        },
        registered: Happening {
            label: "利用者登録", sentence: |t| format!("{} の利用者登録が完了しました。", t.whom)
        },
        password_reset: Happening {
            label: "パスワードリセット",
            sentence: |t| format!("{} のパスワードが、メールのリンクから設定し直されました。", t.whom),
        },
        unlocked_by_link: Happening {
            label: "ロックの解除 (メール)",
            sentence: |t| format!("{} のロックが、メールのリンクから解除されました。", t.whom),
        },
        link_asked: Happening {
            label: "メールの送信依頼",
            sentence: |t| format!("{} へのメールの送信が依頼されました。", t.whom),
        },
        factor_reset: Happening {
            label: "多要素認証の設定を解除",
            sentence: |t| format!("{} が {} の多要素認証の設定を解除しました。", t.by, t.whom),
        },
        device_registered: Happening {
            label: "端末の登録",
            sentence: |t| format!("{} の{}が登録されました。", t.whom, device_ja(t)),
        },
        device_signed_in: Happening {
            label: "端末のログイン",
            sentence: |t| format!("{} の{}がログインしました。", t.whom, device_ja(t)),
        },
        device_sign_in_failed: Happening {
            label: "端末のログイン失敗",
            sentence: |t| format!("{} の端末のログインに失敗しました{}。", t.whom, times_ja(t)),
        },
        device_reset: Happening {
            label: "端末認証情報を初期化",
            sentence: |t| match t.detail("phone") {
                "" => format!("{} が {} の端末認証情報を{}。", t.by, t.whom, reset_ja(t)),
                phone => format!("{} が {} の端末認証情報「{phone}」を{}。", t.by, t.whom, reset_ja(t)),
            },
        },
        device_connected: Happening {
            label: "端末の接続",
            sentence: |t| format!("{} の{}が接続しました。", t.whom, device_ja(t)),
        },
        device_disconnected: Happening {
            label: "端末の接続の終了",
            sentence: |t| format!("{} の{}の接続が終わりました{}。", t.whom, device_ja(t), times_ja(t)),
        },
        disconnected: Happening {
            label: "切断",
            sentence: |t| format!("{} が {} の{}を切断しました。", t.by, t.whom, device_ja(t)),
        },
        account_created: Happening {
            label: "アカウントの追加",
            sentence: |t| format!("{} が {} を追加しました。", t.by, t.whom),
        },
        account_updated: Happening {
            label: "アカウントの変更",
            sentence: |t| format!("{} が {} のご契約情報を変更しました。", t.by, t.whom),
        },
        account_deleted: Happening {
            label: "アカウントの削除",
            sentence: |t| format!("{} が {} を削除しました。", t.by, t.whom),
        },
        account_read: Happening {
            label: "アカウントの照会",
            sentence: |t| format!("{} が {} の状態を照会しました。", t.by, t.whom),
        },
        contract_created: Happening {
            label: "契約の登録", sentence: |t| format!("{} がご契約を登録しました。", t.by)
        },
        contract_updated: Happening {
            label: "契約の更新", sentence: |t| format!("{} がご契約の登録内容を送信しました。", t.by)
        },
        contract_read: Happening {
            label: "契約の照会", sentence: |t| format!("{} がご契約の内容を照会しました。", t.by)
        },
        unreadable: Happening {
            label: "読み取れない行",
            sentence: |_| "この行は読み取れません。「履歴の検査」で確かめてください。".to_owned(),
        },
        use_prohibited: Happening {
            label: "管理機能の利用を禁止",
            sentence: |t| format!("{} が {} の管理機能の利用を禁止しました。", t.by, t.whom),
        },
        use_allowed: Happening {
            label: "管理機能の利用を許可",
            sentence: |t| format!("{} が {} の管理機能の利用を許可しました。", t.by, t.whom),
        },
        password_forced: Happening {
            label: "管理者によるパスワード変更",
            sentence: |t| format!("{} が {} のパスワードを変更しました。", t.by, t.whom),
        },
        factor_due: Happening {
            label: "ワンタイムパスワードの要求",
            sentence: |t| format!("{} が正しいパスワードを入力し、ワンタイムパスワードを求められました。", t.whom),
        },
        factor_set_up: Happening {
            label: "多要素認証の設定", sentence: |t| format!("{} が多要素認証を設定しました。", t.by)
        },
        factor_removed: Happening {
            label: "本人による多要素認証の解除",
            sentence: |t| format!("{} が自分の多要素認証の設定を解除しました。", t.by),
        },
        factor_failed: Happening {
            label: "ワンタイムパスワードの誤り",
            sentence: |t| match t.times() {
                Some(times) => format!("{} のログインでワンタイムパスワードの誤りが{}回ありました。", t.whom, grouped(times)),
                None => format!("{} のログインでワンタイムパスワードの誤りがありました。", t.whom),
            },
        },
        factor_locked: Happening {
            label: "ワンタイムパスワードのロックアウト",
            sentence: |t| format!("{} のワンタイムパスワードの入力が、誤りを繰り返したためロックアウトされました。", t.whom),
        },
        factor_closed: Happening {
            label: "ワンタイムパスワードの停止",
            sentence: |t| {
                format!("{} のワンタイムパスワードは、誤りが多いため、設定が解除されるまで受け付けられません。", t.whom)
            },
        },
        lines_changed: Happening {
            label: "回線番号の変更",
            sentence: |t| format!("{} が回線番号を変更しました（{} → {}）。", t.by, numbers(t, "before"), numbers(t, "after")),
        },
        access_path_changed: Happening {
            label: "アクセス経路設定の変更",
            sentence: |t| {
                let to = if t.detail("after") == "only" { "回線認証のみ" } else { "回線認証+インターネット" };
                let waits =
                    if t.detail("waits") == "on" { "10分以内に維持されなければ、元に戻ります。" } else { "" };
                format!("{} がアクセス経路を「{to}」に変更しました。{waits}", t.by)
            },
        },
        access_path_kept: Happening {
            label: "アクセス経路設定の維持",
            sentence: |t| format!("{} が「回線認証のみ」を維持しました（回線 {}）。", t.by, t.detail("line")),
        },
        access_path_rolled_back: Happening {
            label: "アクセス経路設定の取り消し",
            sentence: |_| {
                "「回線認証のみ」が10分以内に維持されなかったため、アクセス経路が「回線認証+インターネット」に戻りました。"
                    .to_owned()
            },
        },
        line_countdown_set: Happening {
            label: "回線認証のみの確認の設定",
            sentence: |t| {
                let to = if t.detail("after") == "on" { "求める" } else { "求めない" };
                format!("{} が「回線認証のみ」への変更の確認を{to}ようにしました。", t.by)
            },
        },
        line_notice_set: Happening {
            label: "回線情報通知設定",
            sentence: |t| format!("{} が回線情報を通知するように設定しました。", t.by),
        },
        second_step_setting_changed: Happening {
            label: "2段階認証設定の変更",
            sentence: |t| {
                let to = if t.detail("after") == "on" { "有効" } else { "無効" };
                format!("{} が契約の2段階認証を{to}にしました。", t.by)
            },
        },
        settings_changed: Happening {
            label: "その他の設定の変更",
            sentence: |t| {
                let on = t.chosen(&[
                    ("keep-factor", "2段階認証の登録を残す"),
                    ("short-reset", "リセットのリンクは24時間"),
                    ("passphrase", "パスワードは15文字以上"),
                ]);
                let on = if on.is_empty() { "すべてオフ".to_owned() } else { on.join("、") };
                format!("{} がその他の設定を変更しました（{on}）。", t.by)
            },
        },
        directory_saved: Happening {
            label: "Active Directory設定の保存",
            sentence: |t| {
                format!(
                    "{} がActive Directoryの設定（{}）を保存しました。テストログインの後に有効になります。",
                    t.by,
                    t.detail("issuer")
                )
            },
        },
        directory_changed: Happening {
            label: "Active Directory設定の変更",
            sentence: |t| format!("{} がActive Directoryの設定（{}）を有効にしました。", t.by, t.detail("issuer")),
        },
        directory_removed: Happening {
            label: "Active Directory設定の削除",
            sentence: |t| format!("{} がActive Directoryの設定を削除しました。", t.by),
        },
        factor_missing: Happening {
            label: "2段階認証の登録待ち",
            sentence: |t| format!("{} のパスワードは正しく、2段階認証の登録を待っています。", t.whom),
        },
        factor_registered: Happening {
            label: "2段階認証の登録",
            sentence: |t| format!("{} が2段階認証を登録しました（{}）。", t.by, method(t, "認証アプリ", "SMS")),
        },
        code_sent: Happening {
            label: "認証コードの送信",
            sentence: |t| format!("{} の末尾 {} の電話番号に認証コードを送信しました。", t.whom, t.detail("to")),
        },
        recovery_code_used: Happening {
            label: "リカバリーコードの使用",
            sentence: |t| format!("{} がリカバリーコードを使い、新しいものが発行されました。", t.by),
        },
        browsers_forgotten: Happening {
            label: "ブラウザの記憶の終了",
            sentence: |t| format!("{} が2段階認証のブラウザの記憶を終了しました（{}個）。", t.by, t.detail("browsers")),
        },
        client_reflected: Happening {
            label: "パスワードの反映",
            sentence: |t| format!("{} の{}に新しいパスワードが反映されました。", t.whom, device_ja(t)),
        },
        account_invited: Happening { label: "招待", sentence: |t| format!("{} が {} を招待しました。", t.by, t.whom) },
        invitation_resent: Happening {
            label: "招待の再送",
            sentence: |t| format!("{} が {} に招待のメールを再送しました。", t.by, t.whom),
        },
        invitation_withdrawn: Happening {
            label: "招待の取り消し",
            sentence: |t| format!("{} が {} の招待を取り消しました。", t.by, t.whom),
        },
        address_asked: Happening {
            label: "メールアドレス変更の依頼",
            sentence: |t| {
                format!("{} が {} のメールアドレス変更の確認メールを {} に送りました。", t.by, t.whom, t.detail("address"))
            },
        },
        method_asked: Happening {
            label: "ログイン方法の設定変更の依頼",
            sentence: |t| format!("{} が {} にログイン方法の設定変更のメールを送りました。", t.by, t.whom),
        },
        import_started: Happening {
            label: "一括招待の開始", sentence: |t| format!("{} がCSVでの一括招待を始めました。", t.by)
        },
        handed_over: Happening {
            label: "アプリケーションへの移動",
            sentence: |t| format!("{} がログインしたままアプリケーション（{}）へ移動しました。", t.by, t.detail("application")),
        },
        retirement_told: Happening {
            label: "ログイン方法の終了のお知らせ",
            sentence: |t| {
                format!(
                    "{} へ、「{}」によるログインが {} で終了することをお知らせしました。",
                    t.whom,
                    t.detail("provider"),
                    t.detail("ends")
                )
            },
        },
        retirement_withdrawn: Happening {
            label: "ログイン方法の終了の取り消し",
            sentence: |t| format!("{} がご利用の「{}」によるログインの終了が取り消されました。", t.whom, t.detail("provider")),
        },
        letter_retried: Happening {
            label: "送信のやり直し",
            sentence: |t| format!("{} が {} 宛ての送信できなかったものをやり直しました。", t.by, t.whom),
        },
        token_renewed: Happening {
            label: "認証情報の更新",
            sentence: |t| format!("{} の{}の認証情報が新しくなりました。", t.whom, device_ja(t)),
        },
        token_reused: Happening {
            label: "使用済みの認証情報の使用",
            sentence: |t| {
                format!("{} の{}で使用済みの認証情報が使われたため、新旧の認証情報を無効にしました。", t.whom, device_ja(t))
            },
        },
        grace_ended: Happening {
            label: "猶予の終了",
            sentence: |t| {
                if t.by == t.whom {
                    format!("{} が古いパスワードの猶予を終了しました。", t.by)
                } else {
                    format!("{} が {} の古いパスワードの猶予を終了しました。", t.by, t.whom)
                }
            },
        },
        shut_out: Happening {
            label: "すべて遮断",
            sentence: |t| format!("{} が {} のログインと接続をすべて遮断し、新しいパスワードを設定しました。", t.by, t.whom),
        },
        cut_answered: Happening {
            label: "切断への応答",
            sentence: |t| {
                let closed = told_ends(t, "closed", |end, took| format!("{}は切断されました（{took} ミリ秒）。", end_ja(end)));
                let silent = told_ends(t, "unanswered", |end, _| format!("{}から応答がありませんでした。", end_ja(end)));
                format!("切断した {} の端末の応答です。{closed}{silent}", t.whom)
            },
        },
        browser_locked: Happening {
            label: "ログイン済みのブラウザのロック",
            sentence: |t| {
                format!(
                    "{} はログインしたことのあるブラウザでログイン失敗を繰り返したため、そのブラウザではロックアウトされました。",
                    t.whom
                )
            },
        },
        sessions_ended: Happening {
            label: "セッションの終了",
            sentence: |t| match t.detail("ended") {
                "" => format!("{} が自分のほかのセッション{}件を終了しました。", t.by, t.detail("sessions")),
                id => format!("{} が自分のセッション {id} を終了しました。", t.by),
            },
        },
        device_refused: Happening {
            label: "PCの拒否",
            sentence: |t| format!("{} が自分の{}を拒否しました。", t.by, device_ja(t)),
        },
    },
};

/// `viewer “iPhone16,1”`
fn device_en(told: &Told) -> String {
    let end = end_en(told.detail("end"));
    match told.detail("name") {
        "" => end.to_owned(),
        name => format!("{end} “{name}”"),
    }
}

fn value_en(code: &str) -> &str {
    match code {
        "locked" => "locked out",
        "open" => "not locked out",
        "allowed" => "allowed",
        "prohibited" => "prohibited",
        "temporary" => "temporary password",
        "lasting" => "regular password",
        "on" => "in use",
        "off" => "not in use",
        "basic" => "basic plan",
        "trial" => "free trial",
        "administrator" => "account administrator",
        "manager" => "user with administrator rights",
        "user" => "general user",
        other => other,
    }
}

fn times_en(told: &Told) -> String {
    told.times().map_or_else(String::new, |times| format!(" ({} times)", grouped(times)))
}

pub(super) const EN: History = History {
    title: "History",
    lead_whole: "What was done in this contract, logins and device connections, the newest first. Rows are kept for 400 days.",
    lead_user: |login| format!("What was done to {login}, logins and device connections, the newest first."),
    lead_own: "What was done to this account, logins and device connections, the newest first. Tell your account administrator if there is something you do not recognise.",
    filter: "Filter",
    who: "Part of a user name",
    code: "Action",
    any: "All actions",
    from: "First day",
    to: "Last day",
    days_hint: "Days are in Japan time.",
    days_hint_of: |zone| format!("Days are counted in {zone}."),
    submit: "Filter",
    clear: "Clear the filter",
    no_day: "Enter a date like 2026-11-22.",
    turned: "Enter the first day again or a later day.",
    at: "When",
    what: "What",
    whence: "From",
    by: "By",
    whom: "To",
    address: "IP address",
    browser: "Browser",
    session: "Session",
    detail: "Details",
    newer: "Newer",
    older: "Older",
    none: "There is no history yet.",
    none_hint: "Logins and changes will be recorded here.",
    nothing_found: "Nothing matches the filter.",
    nothing_found_hint: "Choose more days, or clear the filter.",
    csv: "Save as CSV",
    csv_too_many: |most| {
        format!("More than {} rows match the filter, so no CSV was made. Choose fewer days or filter further.", grouped(most))
    },
    operator: |name| format!("Operator {name}"),
    nobody: "Unknown",
    last: |stamp| format!("Last: {stamp}"),
    name: "Name",
    plan: "Type",
    start: "Service start date",
    end: "Service end date",
    role: "Role",
    contract_plan: "Plan",
    trial_start: "Trial start date",
    link: "View history",
    value: value_en,
    check: Check {
        title: "Check the history",
        lead: "Each row is protected by a signature that is linked to the row before it. All stored rows are examined, the oldest first, to make sure that none was changed, removed or added.",
        submit: "Check",
        again: "Check again",
        go_on: "Check the rest",
        fine: "No change was found.",
        fine_rows: |rows| format!("{} rows were examined; all are as they were recorded.", grouped(rows)),
        so_far: "No change was found so far.",
        so_far_rows: |rows| format!("{} rows were examined. There are more.", grouped(rows)),
        broken: "There is a row that is not as it was recorded.",
        broken_row: |month, row| format!("{month}: the chain is broken from row {} on.", grouped(row)),
        broken_at: |stamp| format!("That row’s time: {stamp}"),
        cut: "Rows have been lost.",
        cut_row: |month, row| format!("{month} had at least {} rows; that row is missing or different.", grouped(row)),
        gap: "A row never arrived.",
        gap_row: |month, login, number| format!("{month}: row number {} of {login} is missing.", grouped(number)),
        todo: "Save this page and contact support.",
    },
    happenings: Happenings {
        signed_in: Happening { label: "Login", sentence: |t| format!("{} logged in.", t.by) },
        signed_out: Happening { label: "Logout", sentence: |t| format!("{} logged out.", t.by) },
        sign_in_failed: Happening {
            label: "Failed login",
            sentence: |t| format!("A login as {} failed{}.", t.whom, times_en(t)),
        },
        sign_in_refused: Happening {
            label: "Refused login",
            sentence: |t| {
                let why = match t.detail("why") {
                    "prohibited" => ", since the use is prohibited",
                    "trial-ended" => ", since the trial has ended",
                    "line" => ", since it came over a line that is not permitted",
                    "locked" => ", since the account is locked",
                    "out-of-service" => ", since it is outside the service period",
                    "method-ended" => ", since the login method has ended",
                    "not-linked" => ", since it came from an account that is not the login method",
                    _ => "",
                };
                format!("A login as {} was refused{}{why}.", t.whom, times_en(t))
            },
        },
        locked: Happening { label: "Lockout", sentence: |t| format!("{} was locked out after repeated failed logins.", t.whom) },
        unlocked: Happening { label: "Unlock", sentence: |t| format!("{} unlocked {}.", t.by, t.whom) },
        password_changed: Happening { label: "Password change", sentence: |t| format!("{} changed their own password.", t.by) },
        temporary_password: Happening {
            label: "Temporary password",
            sentence: |t| format!("{} set a temporary password for {}.", t.by, t.whom),
        },
        session_ended: Happening {
            label: "Logout after wrong passwords",
            sentence: |t| format!("{} was logged out after entering a wrong current password several times.", t.whom),
        },
        method_changed: Happening {
            label: "Login method set",
            sentence: |t| match t.detail("after") {
                "" | "password" => format!("The login method of {} was set to mail address and password.", t.whom),
                service => format!("The login method of {} was set to the linked service {service}.", t.whom),
            },
        },
        own_address_asked: Happening {
            label: "Address change requested",
            sentence: |t| format!("{} asked to change the mail address.", t.whom),
        },
        address_changed: Happening {
            label: "Address changed",
            sentence: |t| format!("The mail address of {} was changed.", t.whom),
        },
        address_restored: Happening {
            label: "Address restored",
            sentence: |t| format!("The former mail address of {} was restored.", t.whom),
        },
        record_changed: Happening {
            label: "Contract's details changed",
            sentence: |t| format!("{} changed the contract's details.", t.by),
        },
        plan_changed: Happening { label: "Plan changed", sentence: |t| format!("{} changed the plan.", t.by) },
        cancelled: Happening {
            label: "Cancellation",
            sentence: |t| format!("{} asked for the cancellation of the contract.", t.by),
        },
        registered: Happening { label: "Registered", sentence: |t| format!("{} completed the registration.", t.whom) },
        password_reset: Happening {
            label: "Password reset",
            sentence: |t| format!("The password of {} was reset by a mailed link.", t.whom),
        },
        unlocked_by_link: Happening {
            label: "Unlocked by mail",
            sentence: |t| format!("{} was unlocked by a mailed link.", t.whom),
        },
        link_asked: Happening { label: "Mail requested", sentence: |t| format!("A mail to {} was requested.", t.whom) },
        factor_reset: Happening {
            label: "Multi-factor authentication removed",
            sentence: |t| format!("{} removed the multi-factor authentication of {}.", t.by, t.whom),
        },
        device_registered: Happening {
            label: "Device registered",
            sentence: |t| format!("The {} of {} was registered.", device_en(t), t.whom),
        },
        device_signed_in: Happening {
            label: "Device login",
            sentence: |t| format!("The {} of {} logged in.", device_en(t), t.whom),
        },
        device_sign_in_failed: Happening {
            label: "Failed device login",
            sentence: |t| format!("A device login as {} failed{}.", t.whom, times_en(t)),
        },
        device_reset: Happening {
            label: "Registered phone reset",
            sentence: |t| match t.detail("phone") {
                "" => format!("{} reset {}the registered phone of {}.", t.by, reset_en(t), t.whom),
                phone => format!("{} reset {}the registered phone “{phone}” of {}.", t.by, reset_en(t), t.whom),
            },
        },
        device_connected: Happening {
            label: "Device connected",
            sentence: |t| format!("The {} of {} connected.", device_en(t), t.whom),
        },
        device_disconnected: Happening {
            label: "Device connection ended",
            sentence: |t| format!("The connection of the {} of {} ended{}.", device_en(t), t.whom, times_en(t)),
        },
        disconnected: Happening {
            label: "Disconnection",
            sentence: |t| format!("{} disconnected the {} of {}.", t.by, device_en(t), t.whom),
        },
        account_created: Happening { label: "Account added", sentence: |t| format!("{} added {}.", t.by, t.whom) },
        account_updated: Happening {
            label: "Account changed",
            sentence: |t| format!("{} changed the contract information of {}.", t.by, t.whom),
        },
        account_deleted: Happening { label: "Account deleted", sentence: |t| format!("{} deleted {}.", t.by, t.whom) },
        account_read: Happening { label: "Account viewed", sentence: |t| format!("{} viewed the state of {}.", t.by, t.whom) },
        contract_created: Happening { label: "Contract registered", sentence: |t| format!("{} registered the contract.", t.by) },
        contract_updated: Happening {
            label: "Contract updated",
            sentence: |t| format!("{} sent the contract’s registration.", t.by),
        },
        contract_read: Happening { label: "Contract viewed", sentence: |t| format!("{} viewed the contract.", t.by) },
        unreadable: Happening {
            label: "Unreadable row",
            sentence: |_| "This row cannot be read. Use “Check the history”.".to_owned(),
        },
        use_prohibited: Happening {
            label: "Use prohibited",
            sentence: |t| format!("{} prohibited {} from using the management function.", t.by, t.whom),
        },
        use_allowed: Happening {
            label: "Use allowed",
            sentence: |t| format!("{} allowed {} to use the management function.", t.by, t.whom),
        },
        password_forced: Happening {
            label: "Password changed by an administrator",
            sentence: |t| format!("{} changed the password of {}.", t.by, t.whom),
        },
        factor_due: Happening {
            label: "One-time password asked for",
            sentence: |t| format!("{} entered the right password and was asked for a one-time password.", t.whom),
        },
        factor_set_up: Happening {
            label: "Multi-factor authentication set up",
            sentence: |t| format!("{} set up multi-factor authentication.", t.by),
        },
        factor_removed: Happening {
            label: "Own multi-factor authentication removed",
            sentence: |t| format!("{} removed their own multi-factor authentication.", t.by),
        },
        factor_failed: Happening {
            label: "Wrong one-time password",
            sentence: |t| match t.times() {
                Some(times) => format!("{} wrong one-time passwords were entered at the login of {}.", grouped(times), t.whom),
                None => format!("A wrong one-time password was entered at the login of {}.", t.whom),
            },
        },
        factor_locked: Happening {
            label: "One-time passwords locked",
            sentence: |t| format!("One-time passwords of {} were locked after repeated failures.", t.whom),
        },
        factor_closed: Happening {
            label: "One-time passwords stopped",
            sentence: |t| {
                format!(
                    "After too many failures, one-time passwords of {} are refused until multi-factor authentication is removed.",
                    t.whom
                )
            },
        },
        lines_changed: Happening {
            label: "Line numbers changed",
            sentence: |t| format!("{} changed the line numbers ({} → {}).", t.by, numbers(t, "before"), numbers(t, "after")),
        },
        access_path_changed: Happening {
            label: "Access path changed",
            sentence: |t| {
                let to = if t.detail("after") == "only" { "registered lines only" } else { "registered lines and the Internet" };
                let waits = if t.detail("waits") == "on" { " Unless kept within ten minutes it goes back." } else { "" };
                format!("{} changed the access path to {to}.{waits}", t.by)
            },
        },
        access_path_kept: Happening {
            label: "Access path kept",
            sentence: |t| format!("{} kept “registered lines only” (over {}).", t.by, t.detail("line")),
        },
        access_path_rolled_back: Happening {
            label: "Access path rolled back",
            sentence: |_| {
                "“Registered lines only” was not kept within ten minutes: registered lines and the Internet are the access path again."
                    .to_owned()
            },
        },
        line_countdown_set: Happening {
            label: "Confirmation of registered lines only",
            sentence: |t| {
                let to = if t.detail("after") == "on" { "asked for" } else { "not asked for" };
                format!("{} set the confirmation of “registered lines only” to {to}.", t.by)
            },
        },
        line_notice_set: Happening {
            label: "Notification of line information",
            sentence: |t| format!("{} lets the line information be passed on.", t.by),
        },
        second_step_setting_changed: Happening {
            label: "Two-step verification of the contract changed",
            sentence: |t| format!("{} switched two-step verification of the contract {}.", t.by, t.detail("after")),
        },
        settings_changed: Happening {
            label: "Other settings changed",
            sentence: |t| {
                let on = t.chosen(&[
                    ("keep-factor", "two-step verification is kept"),
                    ("short-reset", "reset links work for 24 hours"),
                    ("passphrase", "passwords of 15 characters"),
                ]);
                let on = if on.is_empty() { "all off".to_owned() } else { on.join(", ") };
                format!("{} changed the other settings ({on}).", t.by)
            },
        },
        directory_saved: Happening {
            label: "Active Directory settings saved",
            sentence: |t| {
                format!(
                    "{} saved settings of the Active Directory ({}), which count after a test login.",
                    t.by,
                    t.detail("issuer")
                )
            },
        },
        directory_changed: Happening {
            label: "Active Directory settings changed",
            sentence: |t| format!("{} has put settings of the Active Directory ({}) into use.", t.by, t.detail("issuer")),
        },
        directory_removed: Happening {
            label: "Active Directory settings removed",
            sentence: |t| format!("{} removed the settings of the Active Directory.", t.by),
        },
        factor_missing: Happening {
            label: "Two-step verification to be registered",
            sentence: |t| format!("The password of {} was right; two-step verification has to be registered.", t.whom),
        },
        factor_registered: Happening {
            label: "Two-step verification registered",
            sentence: |t| format!("{} registered two-step verification by {}.", t.by, method(t, "app", "SMS")),
        },
        code_sent: Happening {
            label: "Code sent",
            sentence: |t| format!("A code was sent to the phone number of {} ending in {}.", t.whom, t.detail("to")),
        },
        recovery_code_used: Happening {
            label: "Recovery code used",
            sentence: |t| format!("{} used the recovery code; a new one was made.", t.by),
        },
        browsers_forgotten: Happening {
            label: "Remembered browsers ended",
            sentence: |t| format!("{} had {} remembered browsers forgotten.", t.by, t.detail("browsers")),
        },
        client_reflected: Happening {
            label: "Password change applied",
            sentence: |t| format!("The new password was applied to the {} of {}.", device_en(t), t.whom),
        },
        account_invited: Happening { label: "Invited", sentence: |t| format!("{} invited {}.", t.by, t.whom) },
        invitation_resent: Happening {
            label: "Invitation sent again",
            sentence: |t| format!("{} sent the invitation of {} again.", t.by, t.whom),
        },
        invitation_withdrawn: Happening {
            label: "Invitation withdrawn",
            sentence: |t| format!("{} withdrew the invitation of {}.", t.by, t.whom),
        },
        address_asked: Happening {
            label: "Change of the mail address asked for",
            sentence: |t| {
                format!("{} had a mail to change the mail address of {} sent to {}.", t.by, t.whom, t.detail("address"))
            },
        },
        method_asked: Happening {
            label: "Change of the login method asked for",
            sentence: |t| format!("{} had a mail to change the login method of {} sent.", t.by, t.whom),
        },
        import_started: Happening {
            label: "Import started",
            sentence: |t| format!("{} started to invite many users from a CSV file.", t.by),
        },
        handed_over: Happening {
            label: "On to the application",
            sentence: |t| format!("{} went on to the application ({}).", t.by, t.detail("application")),
        },
        retirement_told: Happening {
            label: "Told of the end of a login method",
            sentence: |t| format!("{} was told that logins with {} end on {}.", t.whom, t.detail("provider"), t.detail("ends")),
        },
        retirement_withdrawn: Happening {
            label: "End of a login method withdrawn",
            sentence: |t| format!("Logins of {} with {} do not end after all.", t.whom, t.detail("provider")),
        },
        letter_retried: Happening {
            label: "Sending tried again",
            sentence: |t| format!("{} had something that could not be sent to {} tried again.", t.by, t.whom),
        },
        token_renewed: Happening {
            label: "Credential renewed",
            sentence: |t| format!("The {} of {} has a new credential.", device_en(t), t.whom),
        },
        token_reused: Happening {
            label: "Used credential used again",
            sentence: |t| {
                format!(
                    "A used credential of the {} of {} was used again, so the old and the new one were revoked.",
                    device_en(t),
                    t.whom
                )
            },
        },
        grace_ended: Happening {
            label: "Grace period ended",
            sentence: |t| {
                if t.by == t.whom {
                    format!("{} ended the grace period of the old password.", t.by)
                } else {
                    format!("{} ended the grace period of the old password of {}.", t.by, t.whom)
                }
            },
        },
        shut_out: Happening {
            label: "All access blocked",
            sentence: |t| format!("{} blocked all logins and connections of {} and set a new password.", t.by, t.whom),
        },
        cut_answered: Happening {
            label: "Answer to a disconnection",
            sentence: |t| {
                let closed = told_ends(t, "closed", |end, took| format!(" The {} was disconnected ({took} ms).", end_en(end)));
                let silent = told_ends(t, "unanswered", |end, _| format!(" The {} did not answer.", end_en(end)));
                format!("How the devices of {} answered.{closed}{silent}", t.whom)
            },
        },
        browser_locked: Happening {
            label: "Known browser locked",
            sentence: |t| format!("{} was locked out in a known browser, because logins there failed again and again.", t.whom),
        },
        sessions_ended: Happening {
            label: "Sessions ended",
            sentence: |t| match t.detail("ended") {
                "" => format!("{} ended their other sessions ({}).", t.by, t.detail("sessions")),
                id => format!("{} ended their own session {id}.", t.by),
            },
        },
        device_refused: Happening { label: "PC refused", sentence: |t| format!("{} refused their own {}.", t.by, device_en(t)) },
    },
};
