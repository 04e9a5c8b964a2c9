//! 日本語. The manual's own sentences stand as they are printed (the number beside them says where; ユーザ is spelled without
//! the long mark everywhere); the others carry the same facts in our words.

use super::grouped;
use super::nouns::{
    Client, Common, Confirm, Frame, Live, Mail, Message, Notice, Password, Problem, Settings, SignIn, Texts, Top, User, Users,
    Violation,
};

/// All of it.
pub(super) static TEXTS: Texts = Texts {
    common: COMMON,
    frame: FRAME,
    sign_in: SIGN_IN,
    password: PASSWORD,
    violation: VIOLATION,
    top: TOP,
    settings: SETTINGS,
    users: USERS,
    user: USER,
    confirm: CONFIRM,
    notice: NOTICE,
    live: LIVE,
    message: MESSAGE,
    mail: MAIL,
    client: CLIENT,
};

const COMMON: Common = Common {
    product: "管理機能",
    confirm: "確認",
    ok: "OK",
    cancel: "キャンセル",
    close: "閉じる",
    none: "-",
    login_name: "ユーザ名",
    password: "パスワード",
    show_password: "パスワードを表示",
    errors_found: "入力内容を確認してください。",
    to_top: "トップへ戻る",
    working: "処理しています…",
    failed: "通信できませんでした。接続を確認して、もう一度お試しください。",
};

// CW-030 to CW-033
const FRAME: Frame = Frame {
    skip: "本文へ移動",
    navigation: "管理機能メニュー",
    administrator: "アカウント管理者",
    user: "一般ユーザ",
    expiry: |day| format!("アカウント有効期限: {day}"),
    sign_out: "ログアウト",
    top: "トップ",
    users: "ユーザ管理",
    settings: "管理機能利用設定",
    password: "パスワード変更",
    support: "サポートサイト",
};

// CW-011 to CW-013, CW-016, CW-082, CW-083
const SIGN_IN: SignIn = SignIn {
    title: "ログイン",
    prompt: "ユーザ名とパスワードを入力してください。",
    note: "※アカウント管理者でログインする場合は、アカウント管理者のユーザ名を入力してください。",
    submit: "ログイン",
    wrong: "ユーザ名またはパスワードに誤りがあります。",
    wrong_hint: "入力内容を確認して、もう一度ログインしてください。誤りが続くと、このユーザ名でのログインは一時的に無効になります。",
    locked: "このアカウントは一時的な無効状態です。",
    locked_hint: "自動で解除されるまでお待ちいただくか、アカウント管理者に解除を依頼してください。スマートフォンのアプリと接続先PCのプログラムは、これまで通りご利用いただけます。",
    prohibited: "管理機能の利用が禁止されています。",
    prohibited_hint: "利用が必要な場合は、アカウント管理者にお問い合わせください。",
    busy: "ただいま混み合っています。",
    busy_hint: "ログインはまだ完了していません。少し待ってから、もう一度お試しください。",
    too_many: "短い時間にログインが繰り返されました。",
    too_many_hint: |seconds| format!("{}に、もう一度お試しください。", later(seconds)),
    session_ended: "しばらく操作がなかったため、ログアウトしました。",
    session_ended_hint: "ログインすると、元の画面に戻ります。",
    logged_out: "ログアウトしました。",
};

// CW-014, CW-020, CW-022, CW-110, CW-114, CW-116, CW-118, ST-071
const PASSWORD: Password = Password {
    title: "パスワード変更",
    first_lead: "このアカウントの利用を開始するためにはパスワードを変更する必要があります。",
    first_hint: "自分だけが知る新しいパスワードへ変更してください。",
    own_lead: "現在のパスワードと新しいパスワードを入力し、「変更」を選択してください。",
    current: "現在のパスワード",
    new: "新しいパスワード",
    again: "新しいパスワード (確認)",
    submit: "変更",
    rule_upper_digit_symbol: |min, max| {
        format!("パスワードは、{min}文字以上{max}文字以内の長さで、半角の英大文字と数字・記号を混在させてください。")
    },
    rule_classes: |classes, min| {
        format!("パスワードは英大文字、英小文字、数字、記号から{classes}種類以上を含め{min}文字以上で設定してください")
    },
    check_length: |min, max| format!("{min}文字以上{max}文字以内"),
    check_at_least: |min| format!("{min}文字以上"),
    check_upper: "英大文字",
    check_digit: "数字",
    check_symbol: "記号",
    check_classes: |classes| format!("英大文字・英小文字・数字・記号から{classes}種類以上"),
    met: "満たしています",
    changed: "パスワードが変更されました。",
    changed_phone: |brand| format!("スマートフォンの{brand} アプリに新しいパスワードを入力して利用してください。"),
};

// CW-111 to CW-113, CW-115 to CW-119
const CLIENT: Client = Client {
    reflect: "「coconowork client」にパスワードの変更を反映する",
    reflect_to: |name| format!("反映先: {name}"),
    reflect_hint: "ON のままにすると、新しいパスワードがこの接続先PCのクライアントプログラムへ自動反映されます。心当たりのないPCのときは OFF にしてください。",
    reflect_fixed: "待ち受けているクライアントプログラムがないため、OFF のまま変更できません。",
    graceless: "猶予を与えない",
    graceless_hint: "ON にすると、古いパスワードは30日間を待たずに、変更と同時に無効になります。反映先のPC以外のクライアントプログラムは切断され、新しいパスワードが必要になります。",
    title: "接続先PCのクライアントプログラム",
    connection: "接続状況",
    waiting: |name| format!("「{name}」が待ち受けています。"),
    nobody_waits: "待ち受けているクライアントプログラムはありません。",
    reflection: "変更の反映",
    offered: |name| format!("「{name}」に新しいパスワードを送りました。"),
    offered_hint: "クライアントプログラムからの応答を待っています。応答がなければ、次に接続したときにもう一度送ります。",
    accepted: |name| format!("「{name}」への反映を確認しました。"),
    declined: "OFF を選んだため、反映していません。",
    nobody: "変更したときに待ち受けているクライアントプログラムがなかったため、反映していません。",
    lost: |name| format!("「{name}」への反映は確認できませんでした。"),
    lost_hint: "このPCのクライアントプログラムに、新しいパスワードを入力してください。",
    grace: "古いパスワード",
    grace_days: |days| format!("あと{days}日間使えます。"),
    grace_until: "無効になる時刻 : ",
    grace_hint: "反映していないクライアントプログラムは、古いパスワードのままでも変更後30日間は待ち受けできます。スマートフォンのアプリと管理機能では使えません。",
    grace_todo: "古いパスワードが無効になる前に、クライアントプログラムに保存されているパスワードを変更してください。",
    grace_over: "使えません。",
    grace_over_hint: "反映していないクライアントプログラムには、新しいパスワードを入力してください。",
    end: "猶予を今すぐ終了",
    end_question: "古いパスワードの猶予を今すぐ終了します。",
    end_effects: "いま実行すると",
    end_password: "古いパスワードと、それでログインしたクライアントプログラムの認証は無効になり、新しいパスワードが必要になります。",
    end_client: |name| format!("待ち受けている「{name}」は、古いパスワードのため切断されます。"),
    end_nobody: "いま切断されるクライアントプログラムはありません。",
    end_stays: |name| format!("待ち受けている「{name}」は、新しいパスワードのため接続したままです。"),
    back: "パスワード変更",
};

const VIOLATION: Violation = Violation {
    too_short: |min| format!("{min}文字以上にしてください。"),
    too_long: |max| format!("{max}文字以内にしてください。"),
    not_allowed: "半角の英字・数字・記号だけを使ってください。空白や全角文字は使えません。",
    no_upper: "半角の英大文字を1文字以上入れてください。",
    no_digit: "半角の数字を1文字以上入れてください。",
    no_symbol: "半角の記号を1文字以上入れてください。",
    too_few_classes: |classes| format!("英大文字・英小文字・数字・記号のうち{classes}種類以上を使ってください。"),
    same_as_current: "現在のパスワードとは別のパスワードにしてください。",
    same_as_previous: "以前のパスワードとは別のパスワードにしてください。",
    contains_login: "ユーザ名を含まないパスワードにしてください。",
    common: "推測されやすいパスワードです。ほかでよく使われていないものにしてください。",
    mismatch: "「新しいパスワード」と同じものを入力してください。",
    wrong_current: "現在のパスワードに誤りがあります。もう一度入力してください。",
    wrong_current_left: |left| format!("現在のパスワードに誤りがあります。あと{left}回誤ると、ログアウトします。"),
    several: |count| format!("{count}つの条件を満たしていません。"),
};

// CW-032 to CW-036
const TOP: Top = Top {
    choose: "利用する管理機能を選択してください。",
    users_card: "アカウントごとにユーザ情報を管理することができます。",
    users_detail: "管理下の一般ユーザのパスワードを変更、アカウントの接続条件を変更、アカウントロックを手動解除できます。",
    password_card: "登録されているパスワードを変更することができます。",
    password_detail: "管理者用アカウントのパスワードを変更できます。",
    settings_card: "管理機能利用についての各種設定を管理することができます。",
    settings_detail: "管理機能へのログインに用いる多要素認証を設定できます。",
};

// CW-100, CW-101, CW-103
const SETTINGS: Settings = Settings {
    lead: "管理機能利用についての各種設定を管理することができます。",
    factor: "多要素認証",
    factor_lead: "パスワードに加えて、スマートフォンのワンタイムパスワードアプリケーションに表示される数字でログインを確認します。",
    factor_on: "多要素認証を使用しています",
    factor_off: "多要素認証を使用していません",
    factor_on_hint: "ログインのたびに、パスワードの次にワンタイムパスワードを入力します。",
    factor_off_hint: "いまはパスワードだけでログインできます。多要素認証の利用にはスマートフォンが必要です。",
    lost_phone_user: "スマートフォンを紛失したり使えなくなったりしたときは、アカウント管理者に設定の解除を依頼してください。",
    lost_phone_administrator: "スマートフォンを紛失したり使えなくなったりしたときは、サポートにお問い合わせください。",
};

// CW-040 to CW-045, CW-006
const USERS: Users = Users {
    title: "一般ユーザ一覧",
    total: |count| format!("契約ユーザ数: {}", grouped(count)),
    belongs: |login| format!("アカウント管理者 [{login}] に所属するユーザ一覧を表示しています。"),
    click: "ユーザの詳細を表示するにはユーザ名をクリックしてください。",
    contract: |id| format!("契約ID: {id}"),
    search_label: "ユーザ名またはタイプ",
    search: "検索",
    search_hint: "検索で絞り込むこともできます。",
    clear: "検索条件を消す",
    found: |query, count| format!("「{query}」の検索結果: {}件", grouped(count)),
    login: "ユーザ名",
    plan: "タイプ",
    start: "サービス提供開始日",
    end: "サービス解約日",
    plan_own: |brand| format!("{brand} セルフ"),
    end_note: "※サービス解約日: 解約予定のないユーザは「-」が表示されます。",
    sort: "並べ替え",
    range: |first, last, of| match of {
        Some(of) => format!("{}件中 {}～{}件", grouped(of), grouped(first), grouped(last)),
        None => format!("{}～{}件", grouped(first), grouped(last)),
    },
    paging: "ページ",
    previous: "前へ",
    next: "次へ",
    none: "一般ユーザはまだいません。",
    none_hint: "ご契約に一般ユーザが追加されると、ここに表示されます。",
    nothing_found: |query| format!("「{query}」に当てはまるユーザは見つかりませんでした。"),
    nothing_found_hint: "ユーザ名またはタイプの一部で検索します。言葉を短くするか、検索条件を消してください。",
};

// CW-050 to CW-056, CW-062, CW-070, CW-082 to CW-084, CW-091
const USER: User = User {
    lead: |login| format!("一般ユーザ{login}の詳細を表示しています。"),
    back: "一般ユーザ一覧",
    state: "現在の状態",
    connected: "接続中",
    not_connected: "未接続",
    locked: "ロック中",
    prohibited: "利用禁止",
    temporary: "仮パスワード",
    usable: "利用可能",
    registered: "登録済み",
    not_registered: "未登録",
    phone: "モバイル",
    contract: "ご契約情報",
    device: "端末認証情報の登録状況",
    device_registered: "モバイル登録済み",
    device_name: |name| format!("端末名 : {name}"),
    device_os: |os| format!("端末のOS : {os}"),
    device_since: "登録時刻 : ",
    device_none: "登録されていません。",
    device_none_hint: "次に最初にログインしたスマートフォンが登録されます。",
    device_hint: "別のスマートフォンに替えるときは、初期化してから新しいスマートフォンでログインします。",
    device_info: "端末認証情報",
    reset: "初期化",
    connections: "接続状況",
    viewer: "ビューア（手元端末）",
    client: "クライアント（接続先機器）",
    connected_now: "現在接続されています。",
    not_connected_now: "現在接続されていません。",
    connected_since: "接続開始時刻 ",
    disconnect: "切断",
    applications: "利用可能なアプリケーション",
    allowed_now: "利用可能です",
    prohibited_now: "利用が禁止されています",
    locked_now: "ログイン失敗を繰り返したため、一時的にロックアウトされています。",
    locked_since: "ロックアウト時刻 : ",
    lock_hint: "約30分後に自動で解除されます。ビューアとクライアントの接続には影響しません。",
    temporary_now: "仮パスワードから変更されていません。次回ログイン時にパスワードの変更が必要です。",
};

// CW-063, CW-064, CW-072
const CONFIRM: Confirm = Confirm {
    subject: "対象",
    sure: "よろしいですか？",
    disconnect: "強制切断されます。",
    disconnect_note: "切断した端末は、しばらくすると再び接続できます。",
    reset: "サーバに登録されている端末認証情報が初期化されます。",
    reset_note: "なお、初期化時にサーバへ接続中のスマートフォンは、接続を解除するまで利用を継続できます。",
};

const NOTICE: Notice = Notice {
    viewer_disconnected: "ビューア（手元端末）を切断しました。",
    client_disconnected: "クライアント（接続先機器）を切断しました。",
    viewer_was_gone: "ビューア（手元端末）はすでに切断されていました。",
    client_was_gone: "クライアント（接続先機器）はすでに切断されていました。",
    device_reset: "端末認証情報を初期化しました。次に最初にログインしたスマートフォンが登録されます。",
    device_was_reset: "端末認証情報はすでに初期化されていました。",
    password_changed: "パスワードが変更されました。",
    grace_ended: "古いパスワードの猶予を終了しました。",
    grace_was_over: "古いパスワードの猶予はすでに終わっていました。",
};

// CW-074
const LIVE: Live = Live {
    on: "接続状況の変化は、この画面に自動で反映されます。",
    stale: "最新の状態を取得できていません。自動で再接続しています。",
    reload: "再読み込み",
    ended: "ログアウトしたため、表示の更新を止めました。",
    sign_in: "ログインする",
};

const MESSAGE: Message = Message {
    bad_request: Problem {
        title: "リクエストを処理できませんでした",
        what: "送られてきた内容の一部が欠けているか、壊れています。",
        todo: "前の画面に戻り、画面を再読み込みしてから、もう一度操作してください。",
    },
    forbidden: Problem {
        title: "この操作は受け付けられません",
        what: "この画面以外から送られた操作か、お使いのアカウントに許可されていない操作です。何も変更されていません。",
        todo: "トップ画面を開き、そこから操作してください。",
    },
    not_found: Problem {
        title: "ページが見つかりません",
        what: "アドレスが変わったか、対象のユーザがご契約の中に見つかりません。",
        todo: "アドレスを確認するか、トップ画面から開いてください。",
    },
    wrong_method: Problem {
        title: "このページは直接開けません",
        what: "このアドレスは、ボタンを押したときだけ使われます。何も変更されていません。",
        todo: "トップ画面から、もう一度操作してください。",
    },
    too_large: Problem {
        title: "送信した内容が大きすぎます",
        what: "受け付けられる大きさを超えているため、処理しませんでした。",
        todo: "入力した内容を短くして、もう一度送信してください。",
    },
    wrong_type: Problem {
        title: "この形式は受け付けられません",
        what: "送られてきたデータの形式に対応していません。",
        todo: "画面を再読み込みしてから、もう一度操作してください。",
    },
    wrong_host: Problem {
        title: "このアドレスではご利用いただけません",
        what: "開いたアドレスは、どのサービスのものでもありません。",
        todo: "ご案内したアドレスか、サポートサイトから開いてください。",
    },
    unreadable: Problem {
        title: "入力内容を確認してください",
        what: "入力された内容に、処理できない項目があります。何も変更されていません。",
        todo: "前の画面に戻り、入力し直してください。",
    },
    too_many: Problem {
        title: "操作が多すぎます",
        what: "短い時間に操作が繰り返されたため、受け付けを一時的に止めています。",
        todo: "少し時間をおいて、もう一度お試しください。",
    },
    fault: Problem {
        title: "問題が発生しました",
        what: "こちらの不具合により、操作を完了できませんでした。",
        todo: "少し時間をおいて、もう一度お試しください。繰り返す場合は、次の番号をサポートにお知らせください。",
    },
    unavailable: Problem {
        title: "ただいま混み合っています",
        what: "一時的に応答できません。操作は完了していない可能性があります。",
        todo: "少し時間をおいて画面を再読み込みし、状態を確認してください。",
    },
    retry_after: |seconds| format!("{}にお試しください。", later(seconds)),
    fault_id: |id| format!("お問い合わせ番号: {id}"),
    field: |name| format!("項目: {name}"),
    to_sign_in: "ログイン画面へ",
    support: "サポートサイトを開く",
};

const MAIL: Mail = Mail {
    test_subject: "【管理機能】メール送信の確認",
    test_body: "このメールは、管理機能からメールを送信できることを確認するために送信しました。お心当たりがない場合は、このメールを破棄してください。",
};

/// 「約2分後」 or 「30秒後」.
fn later(seconds: u32) -> String {
    if seconds > 90 { format!("約{}分後", seconds.div_ceil(60)) } else { format!("{}秒後", seconds.max(1)) }
}
