//! Why a command was refused: codes only. The sentences live in the Worker's `texts`, the HTTP status in its `answer.rs`.

use serde::{Deserialize, Serialize};

use crate::{
    Millis,
    rules::{link, password::Violation},
};

/// A refusal may have changed the state (a wrong password counts); a fault never has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// No living session, or one of another stage's door: log in first.
    SignedOut,
    /// The session lives but stands at another stage than the command accepts.
    WrongStage {
        /// Where the session stands.
        stage: crate::account::Stage,
    },
    /// Unknown, another contract's, or not his: indistinguishable.
    NotFound,
    /// Wrong name or password, out of service, unknown, or an attempt that is not open any more (CW-012).
    Wrong,
    /// The login is disabled for a while (CW-013, CW-080).
    Locked {
        /// When the lock began.
        since: Millis,
    },
    /// As many attempts are open as may fail: ask again in a moment.
    Busy,
    /// Right, but use of the management function is prohibited (CW-016).
    Prohibited,
    /// An own password change was refused: everything that is wrong with it, at once.
    Password {
        /// Every rule the new password breaks.
        violations: Vec<Violation>,
        /// The current password was wrong: tries left; at 0 this session has ended.
        wrong_current: Option<u32>,
    },
    /// A budget of the device door is used up.
    TooMany {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// Right password, but another phone is registered or this key was refused (CW-061).
    DeviceNotRegistered,
    /// Right, but the password is temporary.
    PasswordChangeRequired,
    /// Right, but an account administrator (CW-003).
    RemoteAccessNotAllowed,
    /// The token does not count.
    InvalidToken,
    /// A connection stands in the way (409 at the device door).
    Occupied,
    /// A one-use thing was used before.
    Used,
    /// The name or contract id belongs to somebody else (409 at the operator's door).
    Taken,
    /// What the operator asked would change something that is fixed.
    Fixed {
        /// The field that may not change.
        field: String,
    },
    /// The password was not checked lately in this session: ask for it once more.
    ConfirmDue,
    /// Too many wrong codes without a right one: nobody gets in until the factor is reset.
    FactorClosed,
    /// Right, but the contract's trial has ended (ST-003).
    TrialEnded,
    /// Right, but not from here: over a line that is not registered, or from the Internet under 回線認証のみ (ST-062, ST-064). Of a change of
    /// the lines: not without a line that is known to work.
    Line,
    /// A mailed link does nothing any more.
    Link {
        /// Why.
        end: link::End,
    },
}
