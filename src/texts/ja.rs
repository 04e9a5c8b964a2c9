//! 日本語. The manual's own sentences stand as they are printed (the number beside them says where; ユーザ is spelled without
//! the long mark everywhere); the others carry the same facts in our words.

use super::nouns::{
    Account, Client, Common, Confirm, Effects, Factor, Frame, Live, Mail, Message, News, Notice, Password, Problem, Receipt,
    Settings, Sheet, ShutOut, SignIn, Texts, Top, User, UserPassword, Users, Violation,
};
use super::{grouped, history};

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
    effects: EFFECTS,
    user_password: USER_PASSWORD,
    factor: FACTOR,
    history: history::JA,
    client: CLIENT,
    receipt: RECEIPT,
    shut_out: SHUT_OUT,
    sheet: SHEET,
    locked: super::concern::LOCKED_JA,
    several: super::concern::SEVERAL_JA,
    previous: super::concern::PREVIOUS_JA,
    account: ACCOUNT,
    news: NEWS,
    storage: super::storage::STORAGE_JA,
    redeem: super::storage::REDEEM_JA,
    menu: super::menu::JA,
    step: super::second_step::STEP_JA,
    console: super::console::JA,
    directory: super::directory::JA,
    federation: super::federation::JA,
    line: super::line::JA,
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
    loading: "読み込んでいます…",
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
    history: "操作履歴",
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
    rule_length: |min| format!("パスワードは{min}文字以上で設定してください。文字の種類は問いません"),
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
    offered: |name| format!("「{name}」に反映しています…"),
    offered_hint: "新しいパスワードを送り、クライアントプログラムからの応答を待っています。応答があると、この表示が変わります。",
    accepted: |name| format!("「{name}」に反映されました。"),
    declined: "OFF を選んだため、反映していません。",
    nobody: "変更したときに待ち受けているクライアントプログラムがなかったため、反映していません。",
    lost: |name| format!("「{name}」への反映は確認できませんでした。"),
    lost_hint: "このPCのクライアントプログラムに、新しいパスワードを入力してください。",
    late: |name| format!("「{name}」に反映されませんでした。"),
    late_hint: "クライアントプログラムからの応答がありません。古いパスワードのままでも、変更後30日間は待ち受けできます。新しいパスワードは次に接続したときにもう一度送り、応答があれば反映されます。",
    late_hint_graceless: "クライアントプログラムからの応答がありません。猶予がないため、届いていなければ待ち受けできなくなります。その場合は、このPCのクライアントプログラムに新しいパスワードを入力してください。",
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
    many: "{}件のユーザの状態が変わりました。",
    sheet: "ユーザアカウント一覧表",
};

// CW-050 to CW-056, CW-062, CW-070, CW-082 to CW-084, CW-091, CW-101
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
    permission: "利用",
    prohibited_hint: "本人は管理機能にログインできません。ビューアとクライアントは接続できます。",
    prohibit: "利用を禁止",
    allow: "利用を許可",
    sign_in: "ログイン",
    not_locked_now: "ロックアウトされていません。",
    door_closed_now: "端末からのログイン失敗が続いたため、新しい端末からのログインを止めています。解除するまで続きます。",
    unlock: "ロックアウトを解除",
    reset_factor: "設定を解除",
    // CW-116, CW-119
    grace_waits: "接続中のクライアントは、古いパスワードで待ち受けています。",
    grace_hint: "変更が反映されていないクライアントプログラムは、この時刻まで古いパスワードで待ち受けできます。スマートフォンのアプリと管理機能では使えません。",
};

// CW-063, CW-064, CW-072, CW-085, CW-092, CW-094, CW-102
const CONFIRM: Confirm = Confirm {
    subject: "対象",
    sure: "よろしいですか？",
    disconnect: "強制切断されます。",
    disconnect_note: "切断した端末は、しばらくすると再び接続できます。",
    reset: "サーバに登録されている端末認証情報が初期化されます。",
    reset_note: "なお、初期化時にサーバへ接続中のスマートフォンは、接続を解除するまで利用を継続できます。",
    unlock: "ロックアウトを解除します。",
    prohibit: ["利用を禁止します。", "接続中の場合は強制切断されます。", "登録されている端末認証情報も初期化されます。"],
    allow: "利用を許可します。",
    reset_factor: "設定を解除するとワンタイムパスワードの登録状態が初期化され、再度使用するにはワンタイムパスワードのセットアップを最初からやり直す必要があります。",
    reset_factor_sure: "設定を解除します。よろしいですか？",
    // CW-065
    refuse: "以前の端末を拒否する",
    refuse_note: "紛失や盗難など、登録されていたスマートフォンを今後使わせたくないときに選んでください。",
};

// CW-086, CW-093, CW-122, CW-123
const NOTICE: Notice = Notice {
    viewer_disconnected: "ビューア（手元端末）を切断しました。",
    client_disconnected: "クライアント（接続先機器）を切断しました。",
    viewer_was_gone: "ビューア（手元端末）はすでに切断されていました。",
    client_was_gone: "クライアント（接続先機器）はすでに切断されていました。",
    device_reset: "端末認証情報を初期化しました。次に最初にログインしたスマートフォンが登録されます。",
    device_was_reset: "端末認証情報はすでに初期化されていました。",
    password_changed: "パスワードが変更されました。",
    unlocked: "ロックアウトを解除しました。",
    was_unlocked: "ロックアウトはすでに解除されていました。",
    use_prohibited: "管理機能の利用を禁止しました。",
    use_was_prohibited: "管理機能の利用はすでに禁止されていました。",
    use_allowed: "管理機能の利用を許可しました。",
    use_was_allowed: "管理機能の利用はすでに許可されていました。",
    factor_reset: "多要素認証の設定を解除しました。",
    factor_was_reset: "多要素認証の設定はすでに解除されていました。",
    password_forced: "パスワードが変更されました。",
    password_forced_lasting: "パスワードが変更されました。管理機能の利用が禁止されているため、仮パスワードにはなっていません。",
    password_forced_todo: [
        "一般ユーザに新しいパスワードを通知し、クライアントプログラムに保存されているパスワードの更新を指示してください。",
        "クライアントプログラムは、古いパスワードのままでも変更後30日間は待ち受けできます。古いパスワードが無効になる前に更新が必要です。",
    ],
    password_forced_at_once_todo: [
        "一般ユーザに新しいパスワードを通知し、クライアントプログラムに保存されているパスワードの更新を指示してください。",
        "古いパスワードは無効になりました。クライアントプログラムは、更新するまで接続できません。",
    ],
    factor_set_up: "多要素認証を設定しました。次回のログインから、ワンタイムパスワードを入力します。",
    factor_removed: "多要素認証の設定を解除しました。",
    factor_was_off: "多要素認証の設定はすでに解除されていました。",
    grace_ended: "古いパスワードの猶予を終了しました。",
    grace_was_over: "古いパスワードの猶予はすでに終わっていました。",
    sessions_ended: "セッションを終了しました。",
    session_was_over: "セッションはすでに終了していました。",
    pc_refused: "このPCを拒否しました。パスワードを知られているおそれがあるときは、パスワードも変更してください。",
    pc_was_gone: "このPCはすでに登録されていませんでした。",
    zone_changed: "タイムゾーンを変更しました。",
    device_refused: "端末認証情報を初期化し、以前の端末を拒否しました。次に最初にログインした別のスマートフォンが登録されます。",
};

// CW-074
const LIVE: Live = Live {
    on: "状態の変化は、この画面に自動で反映されます。",
    stale: "最新ではない可能性があります。",
    since: "最後に確認した時刻: ",
    reconnecting: "自動で再接続しています。",
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

// CW-015, CW-100, CW-102, CW-103
const FACTOR: Factor = Factor {
    about: "管理機能へのログインに多要素認証を利用する場合に、本機能を使って設定します。多要素認証の利用にはスマートフォンが必要です。",
    set_up: "設定する",
    remove: "設定を解除",
    set_up_title: "多要素認証の設定",
    set_up_lead: "スマートフォンのワンタイムパスワードアプリケーションを登録します。最後にワンタイムパスワードを入力するまで、設定は変わりません。",
    step_app: "アプリを用意する",
    step_app_hint: "Google Authenticator、Microsoft Authenticatorなどのワンタイムパスワードアプリケーションを、スマートフォンにインストールしてください。",
    step_scan: "QRコードを読み取る",
    step_scan_hint: "アプリでアカウントの追加を選択し、このQRコードを読み取ってください。",
    qr: "ワンタイムパスワードアプリケーションに登録するQRコード",
    key: "QRコードを読み取れない場合は、次のキーをアプリに入力してください。",
    key_hint: "キーの種類は「時間ベース」です。空白は入力しなくてもかまいません。",
    step_code: "ワンタイムパスワードを入力する",
    code: "ワンタイムパスワード",
    code_hint: "アプリに表示されている6桁の数字を入力してください。",
    code_malformed: "6桁の数字を入力してください。",
    code_wrong: "ワンタイムパスワードに誤りがあります。",
    code_wrong_hint: "同じ数字は一度しか使えません。アプリに次の数字が表示されてから入力してください。スマートフォンの時刻が合っているかも確認してください。",
    login_title: "多要素認証",
    login_lead: "ワンタイムパスワードアプリケーションに表示されている数字を入力してください。",
    login_submit: "ログイン",
    locked: "ワンタイムパスワードの入力が一時的に無効になっています。",
    locked_hint: "誤りが続いたためです。約30分後に自動で解除されます。",
    closed: "ワンタイムパスワードではログインできなくなっています。",
    closed_hint: "入力の誤りが多かったためです。アカウント管理者（アカウント管理者の場合はサポート）に、多要素認証の設定の解除を依頼してください。",
    remove_question: "設定を解除するとワンタイムパスワードの登録状態が初期化され、再度使用するにはワンタイムパスワードのセットアップを最初からやり直す必要があります。",
    remove_sure: "設定を解除します。よろしいですか？",
    remove_note: "ほかのブラウザでのログインはすべて終了します。アプリに登録した情報は、アプリで削除してください。",
    confirm_title: "パスワードの確認",
    confirm_lead: "重要な設定を変更するため、もう一度パスワードを入力してください。",
    confirm_submit: "次へ",
    confirm_wrong_left: |left| format!("パスワードに誤りがあります。あと{left}回誤ると、ログアウトします。"),
};

/// 「約2分後」 or 「30秒後」.
fn later(seconds: u32) -> String {
    if seconds > 90 { format!("約{}分後", seconds.div_ceil(60)) } else { format!("{}秒後", seconds.max(1)) }
}

const EFFECTS: Effects = Effects {
    title: "このユーザに今起きること",
    title_if_changed: "変更すると、このユーザに今起きること",
    viewer_ends: |since, name| format!("ビューア（手元端末）{}の接続（{since} から）が切れます。", quoted(&name)),
    client_ends: |since, name| format!("クライアント（接続先機器）{}の接続（{since} から）が切れます。", quoted(&name)),
    no_viewer: "ビューア（手元端末）は接続されていません。",
    no_client: "クライアント（接続先機器）は接続されていません。",
    phone_forgotten: |since, name| format!("スマートフォン{}（{since} 登録）の登録が消えます。", quoted(&name)),
    no_phone: "スマートフォンは登録されていません。",
    viewer_stays: |since| format!("接続中のビューア（{since} から）は切れません。"),
    sessions_end: |count| format!("管理機能にログイン中の{count}件がログアウトされます。"),
    no_sessions: "管理機能にはログインしていません。",
    sessions_stay: |count| format!("管理機能にログイン中の{count}件はそのままです。"),
    login_refused: "今後、管理機能にログインできなくなります。クライアントはそのまま、ビューアはもう一度ログインすれば、再び接続できます。",
    temporary_stuck: "仮パスワードのままなので、ビューアとクライアントも新たにログインできません。禁止した後に、仮パスワードでないパスワードを設定してください。",
    already_prohibited: "すでに利用が禁止されています。何も変わりません。",
    login_allowed: "管理機能にログインできるようになります。",
    nothing_restored: "切れた接続と初期化された端末認証情報は元に戻りません。スマートフォンは、次にログインしたときに登録されます。",
    already_allowed: "すでに利用できます。何も変わりません。",
    lock_ends: |since| format!("ロックアウト（{since} から）が解除され、失敗の回数が0に戻ります。"),
    door_opens: "新しい端末からのログインが、再びできるようになります。",
    not_locked: "ロックアウトされていません。失敗の回数だけが0に戻ります。",
    nothing_else: "ログイン、接続、端末認証情報、パスワードは変わりません。",
    factor_removed: "次回から、ユーザ名とパスワードだけでログインします。",
    no_factor: "多要素認証を使用していません。何も変わりません。",
    phone_signs_in: |name| format!("スマートフォン{}は、次の接続から新しいパスワードでのログインが必要です。", quoted(&name)),
    client_keeps: |since, name| {
        format!(
            "クライアント（接続先機器）{}の接続（{since} から）は、古いパスワードのまま30日間続けられます。「猶予を与えない」を選ぶと、すぐに切れます。",
            quoted(&name)
        )
    },
    client_grace: "クライアント（接続先機器）は接続されていません。古いパスワードのままでも30日間は接続できます。「猶予を与えない」を選ぶと、接続できなくなります。",
    pcs_forgotten: "接続先機器の登録もすべて消えます。どの端末も、次に接続するには新しいパスワードでのログインが必要です。",
    old_password_dead: "いまのパスワードと以前のパスワードは、猶予なしに使えなくなります。",
    temporary_password: "仮パスワードが設定され、次の画面に一度だけ表示されます。",
    lasting_password: "新しいパスワードが設定され、次の画面に一度だけ表示されます。管理機能の利用が禁止されているため、仮パスワードにはなりません。",
    factor_stays: "多要素認証の設定は残ります。",
    phone_refused: |name| {
        format!(
            "「以前の端末を拒否する」を選ぶと、スマートフォン{}は、正しいパスワードでもログインできなくなります。",
            quoted(&name)
        )
    },
    grace_ends: "古いパスワードと、それでログインしたクライアントプログラムの認証は無効になり、新しいパスワードが必要になります。",
    client_stays: |since, name| {
        format!("クライアント（接続先機器）{}の接続（{since} から）は、新しいパスワードのため切れません。", quoted(&name))
    },
    grace_only: "管理機能へのログイン、スマートフォン、現在のパスワードは変わりません。",
    no_grace: "古いパスワードの猶予はありません。何も変わりません。",
};

// CW-120 to CW-123
const USER_PASSWORD: UserPassword = UserPassword {
    lead: "このユーザの新しいパスワードを設定します。本人には自動で通知されません。",
    temporary: "次回ログイン時にパスワードの変更が必要",
    temporary_hint: "ON の場合は「仮パスワード」になり、本人が次回ログイン時に自分だけが知るパスワードへ変更します。OFF の場合は、このパスワードのまま利用します。",
    temporary_fixed: "管理機能の利用が禁止されているため、このユーザは自分でパスワードを変更できません。OFF のまま変更できません。",
    graceless: "猶予を与えない",
    graceless_hint: "古いパスワードのクライアントプログラムを、30日間の猶予なしにすぐに切断します。",
    submit: "パスワードを変更",
};

// CW-065, CW-072, CW-092
const RECEIPT: Receipt = Receipt {
    title: |act| format!("「{act}」の結果"),
    device: |end, name| format!("{end}{}", quoted(&name)),
    closed: |device, took| format!("{device}: 切断されました（{}）", seconds(took)),
    waiting: |device| format!("{device}: 応答を待っています…"),
    unanswered: |device| format!("{device}: 応答がありません。この接続はもう使えません。"),
    unanswered_refused: |device| format!("{device}: 応答がありません。再び接続しようとすると拒否されます。"),
    no_connections: "切断した接続はありません。",
    sessions: |count| format!("セッション {count} 件を終了しました。"),
    phone: |name| match name.as_str() {
        "" => "端末認証情報を初期化しました。".to_owned(),
        name => format!("端末認証情報を初期化しました（{name}）。"),
    },
    pcs: |count| format!("接続先機器 {count} 台の登録を消しました。"),
    factor: "多要素認証の設定を解除しました。",
    refused: |name| match name.as_str() {
        "" => "以前の端末を拒否しました。".to_owned(),
        name => format!("以前の端末を拒否しました（{name}）。"),
    },
};

// CW-065
const SHUT_OUT: ShutOut = ShutOut {
    title: "紛失・盗難のとき",
    lead: "スマートフォンやPCを紛失したり盗まれたりしたときに、このユーザのすべてのログインと接続を一度に終わらせ、仮パスワードを設定します。",
    button: "すべて遮断",
    question: "すべて遮断します。",
    object: "すべてのログイン・接続・端末",
    note: "この操作は取り消せません。本人には自動で通知されません。",
    done: "すべて遮断しました。",
    done_lead: |login| format!("{login} のログインと接続をすべて終わらせ、新しいパスワードを設定しました。"),
    temporary: "仮パスワード",
    once: "このパスワードは、この画面に一度だけ表示されます。保存されていないため、あとから確認することはできません。",
    tell: "仮パスワードを本人に直接伝えてください。本人は管理機能にログインし、自分だけが知るパスワードへ変更します。",
    tell_lasting: "このパスワードを本人に直接伝えてください。管理機能の利用が禁止されているため、仮パスワードにはなっていません。",
    devices: "その後、最初にログインしたスマートフォンが登録されます。接続先機器でも、新しいパスワードでログインしてください。",
    result: "端末が切断されたかどうかは、ユーザの画面で確認できます。",
    again: "すべて遮断はすでに完了しています。",
    again_lead: "同じ操作がもう一度送られたため、何も変更していません。設定したパスワードは、もう表示できません。わからないときは、ユーザの画面の「パスワード」で新しいパスワードを設定してください。",
    back: |login| format!("{login} の画面へ"),
};

/// 「0.08 秒」
fn seconds(ms: i64) -> String {
    match ms {
        ..1 => "0.001 秒未満".to_owned(),
        1..10 => format!("0.00{ms} 秒"),
        _ => format!("{}.{:02} 秒", ms.div_euclid(1000), ms.rem_euclid(1000).div_euclid(10)),
    }
}

/// 「name」, or nothing for a device whose name is not known.
fn quoted(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("「{name}」") }
}

// CW-002 to CW-005
const SHEET: Sheet = Sheet {
    title: |brand| format!("{brand} ユーザアカウント一覧表"),
    administrators: "■管理者用アカウント",
    administrators_note: "※管理者向け機能を利用する際に用いる情報です。",
    no_remote: |brand| format!("なお、このアカウントは{brand}リモートアクセスには利用できません。"),
    administrator: "管理者用アカウント/初期パスワード(*1)",
    administrator_password: "(*1) 初期パスワードそのものは、発行時に一度だけお知らせします。ここには、初期パスワードのまま（仮パスワード）か、変更済みかを表示します。",
    users: "■一般ユーザアカウント",
    plan: "プラン(*1)",
    account: "アカウント (ユーザ名)",
    password: "初期パスワード (*2)",
    temporary: "仮パスワード",
    changed: "変更済み",
    legend: "凡例",
    recent: "このアカウントは今回の追加・変更契約分です。",
    recent_word: "今回の追加・変更契約分",
    ending: "この取消線のアカウントはサービス解約日まで利用可能です。",
    ending_word: "解約予定",
    ended_word: "解約済み",
    notes: [
        "(*1) 契約のプラン（タイプ）です。",
        "(*2) 初期パスワードそのものは、発行時に一度だけお知らせします。ここには、仮パスワードのままか、本人またはアカウント管理者が決めたパスワードに変更済みかを表示します。",
    ],
    print: "印刷",
    csv: "CSVで保存",
    print_hint: "印刷すると、この画面の一覧がA4縦の用紙に出力されます。CSVにはすべてのアカウントが入ります。",
    csv_section: "区分",
    csv_user: "一般ユーザアカウント",
    csv_recent: "追加・変更",
    csv_ending: "解約",
    made: "作成日時: ",
};

const ACCOUNT: Account = Account {
    title: "あなたの接続",
    card: "ログイン中のブラウザやお使いの端末を確認し、心当たりのないものを止めることができます。",
    lead: "このアカウントにいまログインしているもの、接続できるものを表示しています。心当たりのないものは、ここで止められます。",
    sessions: "管理機能にログイン中のブラウザ",
    this_browser: "このブラウザ",
    unknown_browser: "不明なブラウザ",
    unfinished: "ログイン途中",
    unfinished_hint: "正しいパスワードが入力され、次の手順を待っています。心当たりがなければ、終了してからパスワードを変更してください。",
    started: "開始 : ",
    used: "最終利用 : ",
    id: "セッション ",
    end: "終了",
    end_others: "他のセッションをすべて終了",
    only_this: "ほかにログインしているブラウザはありません。",
    more: |count| format!("ほかに{count}件のセッションがあります。"),
    phone_hint: "別のスマートフォンに替えるときは、アカウント管理者に初期化を依頼してください。",
    pcs: "登録されている接続先PC",
    pcs_hint: "クライアントプログラムでログインしたことのあるPCです。",
    pcs_none: "登録されていません。",
    pcs_none_hint: "クライアントプログラムでログインしたPCが、ここに表示されます。",
    pc_since: "初回ログイン : ",
    pc_seen: "最終確認 : ",
    refuse: "このPCを拒否",
    factor_link: "多要素認証の設定を開く",
    recent: "最近の操作履歴",
    all_history: "すべての操作履歴を見る",
    display: "時刻の表示",
    zone: "タイムゾーン",
    zone_hint: "画面と操作履歴の時刻に使います。夏時間へは自動で切り替わらないため、夏時間の間は1時間進んだものを選んでください。ご契約の日付は日本時間のままです。",
    zone_submit: "タイムゾーンを変更",
    end_question: "このセッションを終了します。",
    end_others_question: "このブラウザ以外のセッションをすべて終了します。",
    refuse_question: "このPCを拒否します。",
    ends: |browser, since| format!("{browser}（{since} から）は、次の操作でログアウトされます。"),
    others_end: |count| format!("ほかのセッション{count}件は、次の操作でログアウトされます。"),
    no_others: "ほかにログインしているブラウザはありません。何も変わりません。",
    this_stays: "このブラウザはログインしたままです。",
    password_known: "パスワードを知られているおそれがあるときは、パスワードも変更してください。",
    pc_cut: |since| format!("このPCのクライアントの接続（{since} から）が切れます。"),
    pc_not_live: "このPCのクライアントは接続されていません。",
    pc_key_dies: "このPCに保存されている認証情報が無効になり、正しいパスワードでもログインできなくなります。",
};

const NEWS: News = News {
    title: "お知らせ",
    password_forced: |by| format!("{by}がパスワードを変更しました。"),
    factor_reset: |by| format!("{by}が多要素認証の設定を解除しました。"),
    phone_registered: |name| format!("新しいスマートフォン「{name}」が登録されました。"),
    shut_out: |by| format!("{by}がすべての接続と認証情報を遮断しました。"),
    token_reused: |name| {
        format!(
            "「{name}」の認証情報の写しが使われたため、その機器の接続を切断し、認証情報を無効にしました。もう一度ログインしてください。"
        )
    },
    administrator: |login| format!("アカウント管理者（{login}）"),
    unexpected: "心当たりがないときは、アカウント管理者にお知らせください。",
    read: "確認しました",
};
