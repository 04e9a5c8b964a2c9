//! The rules: pure functions and small values, one file per rule of the manuals.
//!
//! Nothing here reads a clock, draws a random number or knows the runtime: `now` and `random` are arguments, policies come
//! from [`crate::profile`]. What a rule remembers is a plain serde value that tolerates missing and unknown fields.

pub mod access;
pub mod budget;
pub mod charge;
pub mod common_passwords;
pub mod date;
pub mod line;
pub mod link;
pub mod lockout;
pub mod login_name;
pub mod menu;
pub mod pace;
pub mod password;
pub mod phc;
pub mod phone;
pub mod recovery_code;
pub mod retirement;
pub mod service_period;
pub mod sms_code;
pub mod totp;
pub mod trial;
