//! English. The Japanese sentences are the product's facts; these say the same in plain words.

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
    history: history::EN,
    client: CLIENT,
    receipt: RECEIPT,
    shut_out: SHUT_OUT,
    sheet: SHEET,
    locked: super::concern::LOCKED_EN,
    several: super::concern::SEVERAL_EN,
    previous: super::concern::PREVIOUS_EN,
    account: ACCOUNT,
    news: NEWS,
    storage: super::storage::STORAGE_EN,
    redeem: super::storage::REDEEM_EN,
    menu: super::menu::EN,
    step: super::second_step::STEP_EN,
    console: super::console::EN,
    directory: super::directory::EN,
    federation: super::federation::EN,
    line: super::line::EN,
};

const COMMON: Common = Common {
    product: "Management",
    confirm: "Confirm",
    ok: "OK",
    cancel: "Cancel",
    close: "Close",
    none: "-",
    login_name: "User name",
    password: "Password",
    show_password: "Show password",
    errors_found: "Please check what you entered.",
    to_top: "Back to the top page",
    working: "Working…",
    failed: "The service could not be reached. Check your connection and try again.",
    loading: "Loading…",
};

const FRAME: Frame = Frame {
    skip: "Skip to content",
    navigation: "Management menu",
    administrator: "Account administrator",
    user: "General user",
    expiry: |day| format!("Account valid until: {day}"),
    sign_out: "Log out",
    top: "Top",
    users: "Users",
    settings: "Settings",
    password: "Password",
    support: "Support site",
    history: "History",
};

const SIGN_IN: SignIn = SignIn {
    title: "Log in",
    prompt: "Enter your user name and password.",
    note: "Account administrators enter the user name of the administrator account.",
    submit: "Log in",
    wrong: "The user name or password is wrong.",
    wrong_hint: "Check both and log in again. Repeated failures disable this user name for a while.",
    locked: "This account is temporarily disabled.",
    locked_hint: "Wait until it is released, or ask your account administrator to release it. The phone app and the program on your PC go on working.",
    prohibited: "You are not allowed to use the management function.",
    prohibited_hint: "If you need it, ask your account administrator.",
    busy: "The service is busy right now.",
    busy_hint: "You are not logged in yet. Wait a moment and try again.",
    too_many: "There were too many logins in a short time.",
    too_many_hint: |seconds| format!("Try again {}.", later(seconds)),
    session_ended: "You were logged out because nothing happened for a while.",
    session_ended_hint: "Log in to return to where you were.",
    logged_out: "You are logged out.",
};

const PASSWORD: Password = Password {
    title: "Change password",
    first_lead: "To start using this account, you need to change its password.",
    first_hint: "Choose a new password that only you know.",
    own_lead: "Enter your current password and the new one, then choose “Change”.",
    current: "Current password",
    new: "New password",
    again: "New password (again)",
    submit: "Change",
    rule_upper_digit_symbol: |min, max| {
        format!("Use {min} to {max} half-width characters with at least one capital letter, one digit and one symbol.")
    },
    rule_classes: |classes, min| {
        format!("Use at least {min} characters of at least {classes} kinds: capital letters, small letters, digits, symbols.")
    },
    rule_length: |min| format!("Use at least {min} characters, of whatever kinds."),
    check_length: |min, max| format!("{min} to {max} characters"),
    check_at_least: |min| format!("{min} characters or more"),
    check_upper: "Capital letter",
    check_digit: "Digit",
    check_symbol: "Symbol",
    check_classes: |classes| format!("{classes} kinds of capital letters, small letters, digits, symbols"),
    met: "done",
    changed: "Your password was changed.",
    changed_phone: |brand| format!("Enter the new password in the {brand} app on your phone."),
};

const CLIENT: Client = Client {
    reflect: "Apply the password change to “coconowork client”",
    reflect_to: |name| format!("Applies to: {name}"),
    reflect_hint: "Leave this on, and the client program on this PC receives the new password by itself. Turn it off if you do not know this PC.",
    reflect_fixed: "No client program is waiting, so this stays off.",
    graceless: "No grace period",
    graceless_hint: "When on, the old password ends with the change instead of after 30 days. Every client program but the one the change applies to is disconnected and needs the new password.",
    title: "Client program on the remote PC",
    connection: "Connection",
    waiting: |name| format!("“{name}” is waiting for connections."),
    nobody_waits: "No client program is waiting.",
    reflection: "Last change",
    offered: |name| format!("The change is being applied to “{name}” …"),
    offered_hint: "The new password was sent, and the client program has not answered yet. This changes when it does.",
    accepted: |name| format!("The change was applied to “{name}”."),
    declined: "Not applied, because you turned it off.",
    nobody: "Not applied, because no client program was waiting at that moment.",
    lost: |name| format!("“{name}” did not confirm the change."),
    lost_hint: "Enter the new password in the client program on this PC.",
    late: |name| format!("“{name}” has not taken over the change."),
    late_hint: "The client program has not answered. With the old password it can wait for connections for 30 days after the change. The new password is sent again when it connects next, and counts once it answers.",
    late_hint_graceless: "The client program has not answered. There is no grace, so if the new password has not arrived, it cannot wait for connections any more. In that case, enter the new password in the client program on this PC.",
    grace: "Old password",
    grace_days: |days| {
        if days == 1 { "Can be used for 1 more day.".to_owned() } else { format!("Can be used for {days} more days.") }
    },
    grace_until: "Ends at: ",
    grace_hint: "A client program that the change was not applied to keeps working with the old password for 30 days after the change. It does not work in the phone app or here.",
    grace_todo: "Change the password stored in the client program before the old one ends.",
    grace_over: "Cannot be used.",
    grace_over_hint: "Enter the new password in client programs that the change was not applied to.",
    end: "End the grace period now",
    end_question: "This ends the grace period of the old password now.",
    end_effects: "Doing it now",
    end_password: "The old password stops working, and so do client programs that logged in with it: they need the new one.",
    end_client: |name| format!("“{name}” is waiting on the old password and will be disconnected."),
    end_nobody: "No client program is disconnected.",
    end_stays: |name| format!("“{name}” is waiting on the new password and stays connected."),
    back: "Change password",
};

const VIOLATION: Violation = Violation {
    too_short: |min| format!("Use {min} characters or more."),
    too_long: |max| format!("Use {max} characters or fewer."),
    not_allowed: "Use half-width letters, digits and symbols only, without blanks.",
    no_upper: "Add at least one capital letter.",
    no_digit: "Add at least one digit.",
    no_symbol: "Add at least one symbol.",
    too_few_classes: |classes| format!("Use at least {classes} of these kinds: capital letters, small letters, digits, symbols."),
    same_as_current: "Choose a password other than your current one.",
    same_as_previous: "Choose a password other than your previous one.",
    contains_login: "Choose a password that does not contain your user name.",
    common: "This password is easy to guess. Choose one that is not in common use.",
    mismatch: "Enter the same password as under “New password”.",
    wrong_current: "The current password is wrong. Enter it again.",
    wrong_current_left: |left| match left {
        1 => "The current password is wrong. One more failure logs you out.".to_owned(),
        _ => format!("The current password is wrong. {left} more failures log you out."),
    },
    several: |count| format!("{count} rules are not met."),
};

const TOP: Top = Top {
    choose: "Choose what you want to manage.",
    users_card: "Manage the users of your contract, account by account.",
    users_detail: "Change a user’s password, change the conditions for connecting, release a locked account.",
    password_card: "Change your password.",
    password_detail: "You can change the password of the administrator account.",
    settings_card: "Manage how you use the management function.",
    settings_detail: "Set up multi-factor authentication for the login to the management function.",
};

const SETTINGS: Settings = Settings {
    lead: "Manage how you use the management function.",
    factor: "Multi-factor authentication",
    factor_lead: "Besides the password, the login asks for a number shown by a one-time password app on your phone.",
    factor_on: "Multi-factor authentication is in use",
    factor_off: "Multi-factor authentication is not in use",
    factor_on_hint: "Each login asks for a one-time password after the password.",
    lost_phone_user: "If you lose your phone or can no longer use it, ask your account administrator to remove the setting.",
    lost_phone_administrator: "If you lose your phone or can no longer use it, contact support.",
};

const USERS: Users = Users {
    title: "General users",
    total: |count| format!("Users in the contract: {}", grouped(count)),
    belongs: |login| format!("These are the users who belong to the account administrator [{login}]."),
    click: "Choose a user name to see the details.",
    contract: |id| format!("Contract ID: {id}"),
    search_label: "User name or type",
    search: "Search",
    search_hint: "You can also narrow the list by searching.",
    clear: "Clear the search",
    found: |query, count| format!("Results for “{query}”: {}", grouped(count)),
    login: "User name",
    plan: "Type",
    start: "Service start",
    end: "Service end",
    plan_own: |brand| format!("{brand} セルフ"),
    end_note: "Service end: “-” means that no end is planned.",
    sort: "Sort",
    range: |first, last, of| match of {
        Some(of) => format!("{}–{} of {}", grouped(first), grouped(last), grouped(of)),
        None => format!("{}–{}", grouped(first), grouped(last)),
    },
    paging: "Pages",
    previous: "Previous",
    next: "Next",
    none: "There are no general users yet.",
    none_hint: "Users appear here as soon as they are added to your contract.",
    nothing_found: |query| format!("No user matches “{query}”."),
    nothing_found_hint: "The search looks for a part of the user name or type. Use a shorter word, or clear the search.",
    many: "The state of {} users has changed.",
    sheet: "List of user accounts",
};

const USER: User = User {
    lead: |login| format!("These are the details of the general user {login}."),
    back: "General users",
    state: "Current state",
    connected: "Connected",
    not_connected: "Not connected",
    locked: "Locked",
    prohibited: "Prohibited",
    temporary: "Temporary password",
    usable: "Usable",
    registered: "Registered",
    not_registered: "Not registered",
    phone: "Phone",
    contract: "Contract",
    device: "Registered phone",
    device_registered: "A phone is registered",
    device_name: |name| format!("Device name: {name}"),
    device_os: |os| format!("Device OS: {os}"),
    device_since: "Registered: ",
    device_none: "No phone is registered.",
    device_none_hint: "The first phone that logs in is registered.",
    device_hint: "To move to another phone, reset this first, then log in on the new phone.",
    device_info: "Registered phone",
    reset: "Reset",
    connections: "Connections",
    viewer: "Viewer (device at hand)",
    client: "Client (remote PC)",
    connected_now: "Connected now.",
    not_connected_now: "Not connected now.",
    connected_since: "Connected since ",
    disconnect: "Disconnect",
    applications: "Applications",
    allowed_now: "Use is allowed",
    prohibited_now: "Use is prohibited",
    locked_now: "Locked out for a while after repeated login failures.",
    locked_since: "Locked out: ",
    lock_hint: "The lock ends by itself after about 30 minutes. Viewer and client connections are not affected.",
    temporary_now: "The password is still temporary. The next login asks for a new one.",
    permission: "Use",
    prohibited_hint: "The user cannot log in here. Viewer and client can connect.",
    prohibit: "Prohibit use",
    allow: "Allow use",
    sign_in: "Login",
    not_locked_now: "Not locked out.",
    door_closed_now: "After repeated failures of devices, logins of new devices are stopped until you unlock them.",
    unlock: "Unlock",
    reset_factor: "Remove",
    grace_waits: "The connected client waits with the old password.",
    grace_hint: "Client programs that a change has not reached can wait with the old password until then. It does not work in the phone app or here.",
};

const CONFIRM: Confirm = Confirm {
    subject: "Affects",
    sure: "Are you sure?",
    disconnect: "The connection will be cut.",
    disconnect_note: "The device can connect again after a while.",
    reset: "The phone registered on the server will be removed.",
    reset_note: "A phone that is connected now can go on until its connection ends.",
    unlock: "The lockout will be ended.",
    prohibit: ["Use will be prohibited.", "Open connections will be cut.", "The registered phone will be removed as well."],
    allow: "Use will be allowed.",
    reset_factor: "The registration of one-time passwords will be deleted. To use them again, they have to be set up from the beginning.",
    reset_factor_sure: "They will be removed. Are you sure?",
    refuse: "Refuse the previous phone",
    refuse_note: "Choose this when the phone that was registered must not be used any more, because it was lost or stolen.",
};

const NOTICE: Notice = Notice {
    viewer_disconnected: "The viewer was disconnected.",
    client_disconnected: "The client was disconnected.",
    viewer_was_gone: "The viewer was already disconnected.",
    client_was_gone: "The client was already disconnected.",
    device_reset: "The registered phone was removed. The first phone that logs in is registered.",
    device_was_reset: "The registered phone had already been removed.",
    password_changed: "Your password was changed.",
    unlocked: "The lockout was ended.",
    was_unlocked: "The lockout had already ended.",
    use_prohibited: "Use of the management function was prohibited.",
    use_was_prohibited: "Use of the management function was already prohibited.",
    use_allowed: "Use of the management function was allowed.",
    use_was_allowed: "Use of the management function was already allowed.",
    factor_reset: "Multi-factor authentication was removed.",
    factor_was_reset: "Multi-factor authentication had already been removed.",
    password_forced: "The password was changed.",
    password_forced_lasting: "The password was changed. It is not temporary, because use of the management function is prohibited.",
    password_forced_todo: [
        "Tell the user the new password, and ask them to update the password stored in the client program.",
        "The client program can go on with the old password for 30 days. It has to be updated before that.",
    ],
    password_forced_at_once_todo: [
        "Tell the user the new password, and ask them to update the password stored in the client program.",
        "The old password no longer works. The client program cannot connect until it is updated.",
    ],
    factor_set_up: "Multi-factor authentication is set up. From the next login on you enter a one-time password.",
    factor_removed: "Multi-factor authentication was removed.",
    factor_was_off: "Multi-factor authentication had been removed already.",
    grace_ended: "The grace period of the old password has ended.",
    grace_was_over: "The grace period of the old password was already over.",
    sessions_ended: "The session was ended.",
    session_was_over: "The session had already ended.",
    pc_refused: "This PC is refused. If somebody may know your password, change that too.",
    pc_was_gone: "This PC was not registered any more.",
    zone_changed: "The time zone was changed.",
    device_refused: "The registered phone was removed and is refused from now on. The first other phone that logs in is registered.",
};

const LIVE: Live = Live {
    on: "Changes appear on this page by themselves.",
    stale: "This may be out of date.",
    since: "Last checked at: ",
    reconnecting: "Reconnecting by itself.",
    reload: "Reload",
    ended: "You are logged out, so this page no longer updates.",
    sign_in: "Log in",
};

const MESSAGE: Message = Message {
    bad_request: Problem {
        title: "The request could not be read",
        what: "A part of what was sent is missing or damaged.",
        todo: "Go back, reload the page, and try again.",
    },
    forbidden: Problem {
        title: "This action is not accepted",
        what: "It did not come from this page, or your account may not do it. Nothing was changed.",
        todo: "Open the top page and continue from there.",
    },
    not_found: Problem {
        title: "Page not found",
        what: "The address has changed, or there is no such user in your contract.",
        todo: "Check the address, or start from the top page.",
    },
    wrong_method: Problem {
        title: "This page cannot be opened directly",
        what: "Its address is used only when a button is pressed. Nothing was changed.",
        todo: "Start again from the top page.",
    },
    too_large: Problem {
        title: "Too much was sent",
        what: "It is larger than what can be accepted and was not processed.",
        todo: "Shorten what you entered and send it again.",
    },
    wrong_type: Problem {
        title: "This format is not accepted",
        what: "The data came in a format that this page does not understand.",
        todo: "Reload the page and try again.",
    },
    wrong_host: Problem {
        title: "This address cannot be used",
        what: "The address you opened belongs to no service here.",
        todo: "Use the address you were given, or start from the support site.",
    },
    unreadable: Problem {
        title: "Please check what you entered",
        what: "Something you entered cannot be processed. Nothing was changed.",
        todo: "Go back and enter it again.",
    },
    too_many: Problem {
        title: "Too many requests",
        what: "There were too many actions in a short time, so none are accepted for a while.",
        todo: "Wait a moment and try again.",
    },
    fault: Problem {
        title: "Something went wrong",
        what: "A fault on our side kept this from completing.",
        todo: "Wait a moment and try again. If it happens again, give support this number.",
    },
    unavailable: Problem {
        title: "The service is busy right now",
        what: "It cannot answer for the moment. What you did may not have been completed.",
        todo: "Wait a moment, reload the page and check the state.",
    },
    retry_after: |seconds| format!("Try again {}.", later(seconds)),
    fault_id: |id| format!("Reference number: {id}"),
    field: |name| format!("Field: {name}"),
    to_sign_in: "To the login page",
    support: "Open the support site",
};

const FACTOR: Factor = Factor {
    about: "Set up multi-factor authentication for logins to the management function here. It needs a smartphone.",
    set_up: "Set up",
    remove: "Remove",
    set_up_title: "Set up multi-factor authentication",
    set_up_lead: "Register a one-time password app on your phone. Nothing changes until you enter a one-time password at the end.",
    step_app: "Get an app",
    step_app_hint: "Install a one-time password app on your phone, such as Google Authenticator or Microsoft Authenticator.",
    step_scan: "Scan the QR code",
    step_scan_hint: "Choose to add an account in the app and scan this QR code.",
    qr: "QR code to register in a one-time password app",
    key: "If you cannot scan the QR code, type this key into the app.",
    key_hint: "The key is time-based. You may leave out the blanks.",
    step_code: "Enter the one-time password",
    code: "One-time password",
    code_hint: "Enter the six digits that the app shows.",
    code_malformed: "Enter six digits.",
    code_wrong: "The one-time password is wrong.",
    code_wrong_hint: "Each number works only once: wait until the app shows the next one. Check the clock of your phone too.",
    login_title: "Multi-factor authentication",
    login_lead: "Enter the number that your one-time password app shows.",
    login_submit: "Log in",
    locked: "One-time passwords are disabled for a while.",
    locked_hint: "There were too many wrong ones in a row. They work again in about 30 minutes.",
    closed: "One-time passwords do not open this account any more.",
    closed_hint: "Too many were wrong. Ask your account administrator (administrators: support) to remove multi-factor authentication.",
    remove_question: "Removing it clears the registered one-time password. To use it again you have to set it up from the beginning.",
    remove_sure: "Do you want to remove it?",
    remove_note: "All logins in other browsers end. Delete the entry in your app yourself.",
    confirm_title: "Confirm your password",
    confirm_lead: "Enter your password once more before you change an important setting.",
    confirm_submit: "Next",
    confirm_wrong_left: |left| match left {
        1 => "The password is wrong. One more failure logs you out.".to_owned(),
        left => format!("The password is wrong. {left} more failures log you out."),
    },
};

const MAIL: Mail = Mail {
    test_subject: "Mail from the management function",
    test_body: "This mail was sent to check that the management function can send mail. If you did not expect it, please ignore it.",
};

/// "in about 2 minutes" or "in 30 seconds".
fn later(seconds: u32) -> String {
    match seconds {
        0 | 1 => "in a second".to_owned(),
        2..=90 => format!("in {seconds} seconds"),
        _ => format!("in about {} minutes", seconds.div_ceil(60)),
    }
}

const EFFECTS: Effects = Effects {
    title: "What will happen to this user now",
    title_if_changed: "What a change will do to this user now",
    viewer_ends: |since, name| format!("The connection of the viewer{} (since {since}) ends.", named(&name)),
    client_ends: |since, name| format!("The connection of the client{} (since {since}) ends.", named(&name)),
    no_viewer: "The viewer is not connected.",
    no_client: "The client is not connected.",
    phone_forgotten: |since, name| format!("The phone{} (registered {since}) is removed.", named(&name)),
    no_phone: "No phone is registered.",
    viewer_stays: |since| format!("The connected viewer (since {since}) stays connected."),
    sessions_end: |count| format!("{} ended.", logins(count, "is", "are")),
    no_sessions: "The user is not logged in here.",
    sessions_stay: |count| format!("{} open.", logins(count, "stays", "stay")),
    login_refused: "From now on the user cannot log in here. The client can connect again as it is, the viewer after another login.",
    temporary_stuck: "The password is still temporary, so viewer and client cannot log in again either. Set one that is not temporary afterwards.",
    already_prohibited: "Use is prohibited already. Nothing changes.",
    login_allowed: "The user can log in here again.",
    nothing_restored: "Connections that were cut and the phone that was removed do not come back. The phone is registered at its next login.",
    already_allowed: "Use is allowed already. Nothing changes.",
    lock_ends: |since| format!("The lockout (since {since}) ends, and the failures are forgotten."),
    door_opens: "New devices can log in again.",
    not_locked: "There is no lockout. Only the failures are forgotten.",
    nothing_else: "Logins, connections, the registered phone and the password stay as they are.",
    factor_removed: "From the next login on, user name and password are enough.",
    no_factor: "Multi-factor authentication is not in use. Nothing changes.",
    phone_signs_in: |name| format!("The phone{} has to log in with the new password at its next connection.", named(&name)),
    client_keeps: |since, name| {
        format!(
            "The connection of the client{} (since {since}) can go on with the old password for 30 days, or ends at once without the grace period.",
            named(&name)
        )
    },
    client_grace: "The client is not connected. It can connect with the old password for 30 days, or not at all without the grace period.",
    pcs_forgotten: "All known PCs are removed too. Every device has to log in with the new password before it can connect.",
    old_password_dead: "The current and the previous password stop working at once, without a grace period.",
    temporary_password: "A temporary password is set and shown once, on the next page.",
    lasting_password: "A new password is set and shown once, on the next page. It is not temporary, because use of the management function is prohibited.",
    factor_stays: "Multi-factor authentication stays as it is.",
    phone_refused: |name| {
        format!(
            "With “Refuse the previous phone”, the phone{} cannot log in any more, even with the right password.",
            named(&name)
        )
    },
    grace_ends: "The old password stops working, and so do the credentials of client programs that logged in with it. They need the new password.",
    client_stays: |since, name| {
        format!("The connection of the client{} (since {since}) goes on, because it has the new password.", named(&name))
    },
    grace_only: "Logins here, the phone and the current password stay as they are.",
    no_grace: "The old password has no grace period. Nothing changes.",
};

const USER_PASSWORD: UserPassword = UserPassword {
    lead: "Set a new password for this user. The user is not notified.",
    temporary: "The password must be changed at the next login",
    temporary_hint: "On: the password is temporary, and the user replaces it at the next login with one that nobody else knows. Off: the user goes on with this password.",
    temporary_fixed: "Use of the management function is prohibited, so this user could not change a password. This stays off.",
    graceless: "No grace period",
    graceless_hint: "Client programs with the old password are disconnected at once, without the grace period of 30 days.",
    submit: "Change password",
};

const RECEIPT: Receipt = Receipt {
    title: |act| format!("Result: {act}"),
    device: |end, name| format!("{end}{}", named(&name)),
    closed: |device, took| format!("{device}: disconnected ({})", seconds(took)),
    waiting: |device| format!("{device}: waiting for its answer…"),
    unanswered: |device| format!("{device}: no answer. This connection cannot be used any more."),
    unanswered_refused: |device| format!("{device}: no answer. It is refused when it tries to connect again."),
    no_connections: "No connection was cut.",
    sessions: |count| {
        format!("{} ended.", if count == 1 { "1 session was".to_owned() } else { format!("{count} sessions were") })
    },
    phone: |name| format!("The registered phone{} was removed.", named(&name)),
    pcs: |count| format!("{} removed.", if count == 1 { "1 known PC was".to_owned() } else { format!("{count} known PCs were") }),
    factor: "Multi-factor authentication was removed.",
    refused: |name| format!("The previous phone{} is refused.", named(&name)),
};

const SHUT_OUT: ShutOut = ShutOut {
    title: "Lost or stolen device",
    lead: "When a phone or PC is lost or stolen, this ends all logins and connections of this user at once and sets a temporary password.",
    button: "Block all access",
    question: "All access will be blocked.",
    object: "All logins, connections and devices",
    note: "This cannot be undone. The user is not notified.",
    done: "All access was blocked.",
    done_lead: |login| format!("All logins and connections of {login} have ended, and a new password is set."),
    temporary: "Temporary password",
    once: "This password is shown only once, here. It is stored nowhere and cannot be looked up later.",
    tell: "Tell the user the temporary password in person. The user logs in here and replaces it with one that nobody else knows.",
    tell_lasting: "Tell the user this password in person. It is not temporary, because use of the management function is prohibited.",
    devices: "After that, the first phone that logs in is registered. PCs have to log in with the new password too.",
    result: "Whether the devices were disconnected is shown on the user’s page.",
    again: "All access has been blocked already.",
    again_lead: "The same form was sent again, so nothing was changed. The password that was set cannot be shown any more. If it is not known, set a new one under “Password” on the user’s page.",
    back: |login| format!("To the page of {login}"),
};

/// "0.08 s"
fn seconds(ms: i64) -> String {
    match ms {
        ..1 => "under 0.001 s".to_owned(),
        1..10 => format!("0.00{ms} s"),
        _ => format!("{}.{:02} s", ms.div_euclid(1000), ms.rem_euclid(1000).div_euclid(10)),
    }
}

/// " “name”", or nothing for a device whose name is not known.
fn named(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" “{name}”") }
}

/// "1 login is" or "2 logins are".
fn logins(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 login {one}") } else { format!("{count} logins {many}") }
}

const SHEET: Sheet = Sheet {
    title: |brand| format!("{brand} List of user accounts"),
    administrators: "Administrator account",
    administrators_note: "Used for the administrator’s functions. ",
    no_remote: |brand| format!("This account cannot be used for {brand} remote access."),
    administrator: "Administrator account / initial password (*1)",
    administrator_password: "(*1) The initial password itself is shown once, when it is issued. This shows whether it is still in use (temporary password) or was changed.",
    users: "General user accounts",
    plan: "Plan (*1)",
    account: "Account (user name)",
    password: "Initial password (*2)",
    temporary: "Temporary",
    changed: "Changed",
    legend: "Legend",
    recent: "This account belongs to the latest addition or change of the contract.",
    recent_word: "Added or changed",
    ending: "An account that is struck through can be used until its service end date.",
    ending_word: "To be cancelled",
    ended_word: "Cancelled",
    notes: [
        "(*1) The plan (type) of the contract.",
        "(*2) The initial password itself is shown once, when it is issued. This shows whether the password is still temporary or was changed to one that the user or the administrator chose.",
    ],
    print: "Print",
    csv: "Save as CSV",
    print_hint: "Printing puts the list on this page onto A4 paper in portrait format. The CSV file has all accounts.",
    csv_section: "Section",
    csv_user: "General user",
    csv_recent: "Added or changed",
    csv_ending: "Cancellation",
    made: "Made at: ",
};

const ACCOUNT: Account = Account {
    title: "Your connections",
    card: "See which browsers are logged in and which devices you use, and stop what you do not recognise.",
    lead: "These are logged in to your account now, or can connect to it. Stop what you do not recognise.",
    sessions: "Browsers logged in to the management function",
    this_browser: "This browser",
    unknown_browser: "Unknown browser",
    unfinished: "Login not complete",
    unfinished_hint: "The right password was entered, and the next step is still to come. If this is not you, end it and change your password.",
    started: "Began: ",
    used: "Last used: ",
    id: "Session ",
    end: "End",
    end_others: "End all other sessions",
    only_this: "No other browser is logged in.",
    more: |count| if count == 1 { "There is 1 more session.".to_owned() } else { format!("There are {count} more sessions.") },
    phone_hint: "To move to another phone, ask your account administrator to reset this one.",
    pcs: "Known PCs",
    pcs_hint: "PCs on which the client program has logged in.",
    pcs_none: "No PC is known.",
    pcs_none_hint: "PCs appear here once the client program has logged in on them.",
    pc_since: "First login: ",
    pc_seen: "Last seen: ",
    refuse: "Refuse this PC",
    factor_link: "Open multi-factor authentication",
    recent: "Latest history",
    all_history: "View the whole history",
    display: "Times",
    zone: "Time zone",
    zone_hint: "Used for the times on all pages and in the history. It does not switch to summer time by itself: choose the one an hour ahead meanwhile. Contract dates stay in Japan time.",
    zone_submit: "Change the time zone",
    end_question: "This session will be ended.",
    end_others_question: "All sessions but this browser’s will be ended.",
    refuse_question: "This PC will be refused.",
    ends: |browser, since| format!("{browser} (since {since}) is logged out at its next step."),
    others_end: |count| match count {
        1 => "1 other session is logged out at its next step.".to_owned(),
        _ => format!("{count} other sessions are logged out at their next step."),
    },
    no_others: "No other browser is logged in. Nothing changes.",
    this_stays: "This browser stays logged in.",
    password_known: "If somebody may know your password, change that too.",
    pc_cut: |since| format!("The connection of this PC’s client (since {since}) is cut."),
    pc_not_live: "The client of this PC is not connected.",
    pc_key_dies: "What this PC has stored to log in stops working, and it cannot log in even with the right password.",
};

const NEWS: News = News {
    title: "For your information",
    password_forced: |by| format!("{by} changed your password."),
    factor_reset: |by| format!("{by} removed your multi-factor authentication."),
    phone_registered: |name| format!("A new phone “{name}” was registered."),
    shut_out: |by| format!("{by} blocked all connections and credentials."),
    token_reused: |name| {
        format!(
            "A copy of the credential of “{name}” was used. The device was disconnected and its credential revoked. Log in on it again."
        )
    },
    administrator: |login| format!("The account administrator ({login})"),
    unexpected: "If you did not expect this, tell your account administrator.",
    read: "I have read this",
};
