//! What can be said: one struct a noun, one field a sentence. `ja.rs` shows each with the number of its requirement.
#![expect(missing_docs, reason = "a field is documented by its sentence in ja.rs")]

use super::{history::History, locked::Locked};

/// A sentence with one value in it.
pub type With<T> = fn(T) -> String;

/// Everything, by noun.
pub struct Texts {
    pub common: Common,
    pub frame: Frame,
    pub sign_in: SignIn,
    pub password: Password,
    pub violation: Violation,
    pub top: Top,
    pub settings: Settings,
    pub users: Users,
    pub user: User,
    pub confirm: Confirm,
    pub notice: Notice,
    pub live: Live,
    pub message: Message,
    pub mail: Mail,
    pub effects: Effects,
    pub user_password: UserPassword,
    pub factor: Factor,
    pub history: History,
    pub client: Client,
    pub locked: Locked,
}

/// Words that many pages share.
pub struct Common {
    pub product: &'static str,
    pub confirm: &'static str,
    pub ok: &'static str,
    pub cancel: &'static str,
    pub close: &'static str,
    pub none: &'static str,
    pub login_name: &'static str,
    pub password: &'static str,
    pub show_password: &'static str,
    pub errors_found: &'static str,
    pub to_top: &'static str,
    pub working: &'static str,
    pub failed: &'static str,
}

/// Header, navigation and foot of every page.
pub struct Frame {
    pub skip: &'static str,
    pub navigation: &'static str,
    pub administrator: &'static str,
    pub user: &'static str,
    pub expiry: With<String>,
    pub sign_out: &'static str,
    pub top: &'static str,
    pub users: &'static str,
    pub settings: &'static str,
    pub password: &'static str,
    pub support: &'static str,
    pub history: &'static str,
}

/// The login page.
pub struct SignIn {
    pub title: &'static str,
    pub prompt: &'static str,
    pub note: &'static str,
    pub submit: &'static str,
    pub wrong: &'static str,
    pub wrong_hint: &'static str,
    pub locked: &'static str,
    pub locked_hint: &'static str,
    pub prohibited: &'static str,
    pub prohibited_hint: &'static str,
    pub busy: &'static str,
    pub busy_hint: &'static str,
    pub too_many: &'static str,
    pub too_many_hint: With<u32>,
    pub session_ended: &'static str,
    pub session_ended_hint: &'static str,
    pub logged_out: &'static str,
}

/// Both pages on which a person changes his own password.
pub struct Password {
    pub title: &'static str,
    pub first_lead: &'static str,
    pub first_hint: &'static str,
    pub own_lead: &'static str,
    pub current: &'static str,
    pub new: &'static str,
    pub again: &'static str,
    pub submit: &'static str,
    pub rule_upper_digit_symbol: fn(usize, usize) -> String,
    pub rule_classes: fn(usize, usize) -> String,
    pub check_length: fn(usize, usize) -> String,
    pub check_at_least: With<usize>,
    pub check_upper: &'static str,
    pub check_digit: &'static str,
    pub check_symbol: &'static str,
    pub check_classes: With<usize>,
    pub met: &'static str,
    pub changed: &'static str,
    pub changed_phone: With<String>,
}

/// The person's client: what an own change does to it, and how it stands.
pub struct Client {
    pub reflect: &'static str,
    pub reflect_to: With<String>,
    pub reflect_hint: &'static str,
    pub reflect_fixed: &'static str,
    pub graceless: &'static str,
    pub graceless_hint: &'static str,
    pub title: &'static str,
    pub connection: &'static str,
    pub waiting: With<String>,
    pub nobody_waits: &'static str,
    pub reflection: &'static str,
    pub offered: With<String>,
    pub offered_hint: &'static str,
    pub accepted: With<String>,
    pub declined: &'static str,
    pub nobody: &'static str,
    pub lost: With<String>,
    pub lost_hint: &'static str,
    pub grace: &'static str,
    pub grace_days: With<u32>,
    pub grace_until: &'static str,
    pub grace_hint: &'static str,
    pub grace_todo: &'static str,
    pub grace_over: &'static str,
    pub grace_over_hint: &'static str,
    pub end: &'static str,
    pub end_question: &'static str,
    pub end_effects: &'static str,
    pub end_password: &'static str,
    pub end_client: With<String>,
    pub end_nobody: &'static str,
    pub end_stays: With<String>,
    pub back: &'static str,
}

/// What is wrong with a typed password, and what to do about it.
pub struct Violation {
    pub too_short: With<usize>,
    pub too_long: With<usize>,
    pub not_allowed: &'static str,
    pub no_upper: &'static str,
    pub no_digit: &'static str,
    pub no_symbol: &'static str,
    pub too_few_classes: With<usize>,
    pub same_as_current: &'static str,
    pub same_as_previous: &'static str,
    pub contains_login: &'static str,
    pub common: &'static str,
    pub mismatch: &'static str,
    pub wrong_current: &'static str,
    pub wrong_current_left: With<u32>,
    pub several: With<usize>,
}

/// The top page.
pub struct Top {
    pub choose: &'static str,
    pub users_card: &'static str,
    pub users_detail: &'static str,
    pub password_card: &'static str,
    pub password_detail: &'static str,
    pub settings_card: &'static str,
    pub settings_detail: &'static str,
}

/// 管理機能利用設定
pub struct Settings {
    pub lead: &'static str,
    pub factor: &'static str,
    pub factor_lead: &'static str,
    pub factor_on: &'static str,
    pub factor_off: &'static str,
    pub factor_on_hint: &'static str,
    pub lost_phone_user: &'static str,
    pub lost_phone_administrator: &'static str,
}

/// ユーザ管理: the list.
pub struct Users {
    pub title: &'static str,
    pub total: With<u64>,
    pub belongs: With<String>,
    pub click: &'static str,
    pub contract: With<String>,
    pub search_label: &'static str,
    pub search: &'static str,
    pub search_hint: &'static str,
    pub clear: &'static str,
    pub found: fn(String, u64) -> String,
    pub login: &'static str,
    pub plan: &'static str,
    pub start: &'static str,
    pub end: &'static str,
    pub plan_own: With<String>,
    pub end_note: &'static str,
    pub sort: &'static str,
    pub range: fn(u64, u64, Option<u64>) -> String,
    pub paging: &'static str,
    pub previous: &'static str,
    pub next: &'static str,
    pub none: &'static str,
    pub none_hint: &'static str,
    pub nothing_found: With<String>,
    pub nothing_found_hint: &'static str,
}

/// ユーザ管理: one user.
pub struct User {
    pub lead: With<String>,
    pub back: &'static str,
    pub state: &'static str,
    pub connected: &'static str,
    pub not_connected: &'static str,
    pub locked: &'static str,
    pub prohibited: &'static str,
    pub temporary: &'static str,
    pub usable: &'static str,
    pub registered: &'static str,
    pub not_registered: &'static str,
    pub phone: &'static str,
    pub contract: &'static str,
    pub device: &'static str,
    pub device_registered: &'static str,
    pub device_name: With<String>,
    pub device_os: With<String>,
    pub device_since: &'static str,
    pub device_none: &'static str,
    pub device_none_hint: &'static str,
    pub device_hint: &'static str,
    pub device_info: &'static str,
    pub reset: &'static str,
    pub connections: &'static str,
    pub viewer: &'static str,
    pub client: &'static str,
    pub connected_now: &'static str,
    pub not_connected_now: &'static str,
    pub connected_since: &'static str,
    pub disconnect: &'static str,
    pub applications: &'static str,
    pub allowed_now: &'static str,
    pub prohibited_now: &'static str,
    pub locked_now: &'static str,
    pub locked_since: &'static str,
    pub lock_hint: &'static str,
    pub temporary_now: &'static str,
    pub permission: &'static str,
    pub prohibited_hint: &'static str,
    pub prohibit: &'static str,
    pub allow: &'static str,
    pub sign_in: &'static str,
    pub not_locked_now: &'static str,
    pub door_closed_now: &'static str,
    pub unlock: &'static str,
    pub reset_factor: &'static str,
}

/// What is asked before an act on a user.
pub struct Confirm {
    pub subject: &'static str,
    pub sure: &'static str,
    pub disconnect: &'static str,
    pub disconnect_note: &'static str,
    pub reset: &'static str,
    pub reset_note: &'static str,
    pub unlock: &'static str,
    pub prohibit: [&'static str; 3],
    pub allow: &'static str,
    pub reset_factor: &'static str,
    pub reset_factor_sure: &'static str,
}

/// The receipt after an act.
pub struct Notice {
    pub viewer_disconnected: &'static str,
    pub client_disconnected: &'static str,
    pub viewer_was_gone: &'static str,
    pub client_was_gone: &'static str,
    pub device_reset: &'static str,
    pub device_was_reset: &'static str,
    pub password_changed: &'static str,
    pub unlocked: &'static str,
    pub was_unlocked: &'static str,
    pub use_prohibited: &'static str,
    pub use_was_prohibited: &'static str,
    pub use_allowed: &'static str,
    pub use_was_allowed: &'static str,
    pub factor_reset: &'static str,
    pub factor_was_reset: &'static str,
    pub password_forced: &'static str,
    pub password_forced_lasting: &'static str,
    pub password_forced_todo: [&'static str; 2],
    pub password_forced_at_once_todo: [&'static str; 2],
    pub factor_set_up: &'static str,
    pub factor_removed: &'static str,
    pub factor_was_off: &'static str,
    pub grace_ended: &'static str,
    pub grace_was_over: &'static str,
}

/// The quiet line about the live link.
pub struct Live {
    pub on: &'static str,
    pub stale: &'static str,
    pub reload: &'static str,
    pub ended: &'static str,
    pub sign_in: &'static str,
}

/// A page that says what went wrong: its heading, and what to do.
pub struct Problem {
    pub title: &'static str,
    pub what: &'static str,
    pub todo: &'static str,
}

/// The pages for answers that are not the page asked for.
pub struct Message {
    pub bad_request: Problem,
    pub forbidden: Problem,
    pub not_found: Problem,
    pub wrong_method: Problem,
    pub too_large: Problem,
    pub wrong_type: Problem,
    pub wrong_host: Problem,
    pub unreadable: Problem,
    pub too_many: Problem,
    pub fault: Problem,
    pub unavailable: Problem,
    pub retry_after: With<u32>,
    pub fault_id: With<String>,
    pub field: With<String>,
    pub to_sign_in: &'static str,
    pub support: &'static str,
}

/// Mails.
pub struct Mail {
    pub test_subject: &'static str,
    pub test_body: &'static str,
}

/// What an act will do to this user now.
pub struct Effects {
    pub title: &'static str,
    pub title_if_changed: &'static str,
    pub viewer_ends: fn(String, String) -> String,
    pub client_ends: fn(String, String) -> String,
    pub no_viewer: &'static str,
    pub no_client: &'static str,
    pub phone_forgotten: fn(String, String) -> String,
    pub no_phone: &'static str,
    pub viewer_stays: With<String>,
    pub sessions_end: With<usize>,
    pub no_sessions: &'static str,
    pub sessions_stay: With<usize>,
    pub login_refused: &'static str,
    pub temporary_stuck: &'static str,
    pub already_prohibited: &'static str,
    pub login_allowed: &'static str,
    pub nothing_restored: &'static str,
    pub already_allowed: &'static str,
    pub lock_ends: With<String>,
    pub door_opens: &'static str,
    pub not_locked: &'static str,
    pub nothing_else: &'static str,
    pub factor_removed: &'static str,
    pub no_factor: &'static str,
    pub phone_signs_in: With<String>,
    pub client_keeps: fn(String, String) -> String,
    pub client_grace: &'static str,
}

/// The password section of a user's page.
pub struct UserPassword {
    pub lead: &'static str,
    pub temporary: &'static str,
    pub temporary_hint: &'static str,
    pub temporary_fixed: &'static str,
    pub graceless: &'static str,
    pub graceless_hint: &'static str,
    pub submit: &'static str,
}

/// 多要素認証: its set-up, the login's second step, its removal, and the password once more.
pub struct Factor {
    pub about: &'static str,
    pub set_up: &'static str,
    pub remove: &'static str,
    pub set_up_title: &'static str,
    pub set_up_lead: &'static str,
    pub step_app: &'static str,
    pub step_app_hint: &'static str,
    pub step_scan: &'static str,
    pub step_scan_hint: &'static str,
    pub qr: &'static str,
    pub key: &'static str,
    pub key_hint: &'static str,
    pub step_code: &'static str,
    pub code: &'static str,
    pub code_hint: &'static str,
    pub code_malformed: &'static str,
    pub code_wrong: &'static str,
    pub code_wrong_hint: &'static str,
    pub login_title: &'static str,
    pub login_lead: &'static str,
    pub login_submit: &'static str,
    pub locked: &'static str,
    pub locked_hint: &'static str,
    pub closed: &'static str,
    pub closed_hint: &'static str,
    pub remove_question: &'static str,
    pub remove_sure: &'static str,
    pub remove_note: &'static str,
    pub confirm_title: &'static str,
    pub confirm_lead: &'static str,
    pub confirm_submit: &'static str,
    pub confirm_wrong_left: With<u32>,
}
