//! The cookie of a browser that the second step remembers (ST-020, ST-023; decisions, ST-020). It stands in for the code only,
//! behind a right password, and only as long as the Account knows its id; a device cookie is another thing and cannot take its place.
//!
//! Invariant: only an answer that opened a complete session carries one, and none is taken but ours, for this origin and account.

use durable::secret;

use crate::{
    clock,
    session::{self, Purpose, Token},
    visit::Visit,
};

/// How long a browser keeps it: a year, in seconds. The 30 days are counted by the Account, and every login brings it anew.
const LIFE: u64 = 365 * 24 * 60 * 60;

/// The cookie's name. People who share a browser each keep theirs; `__Host-` needs https.
fn name(origin: &str, uid: &str) -> String {
    let host = if origin.starts_with("https://") { "__Host-" } else { "" };
    format!("{host}remembered-{}", secret::hash(uid).chars().take(8).collect::<String>())
}

/// `Set-Cookie` with this id.
///
/// # Errors
/// When there is no key to sign with.
pub fn cookie(visit: &Visit, uid: &str, id: String) -> worker::Result<String> {
    let token = Token {
        purpose: Purpose::RememberedBrowser,
        origin: visit.origin.clone(),
        uid: uid.to_owned(),
        secret: id,
        about: String::new(),
        watcher: String::new(),
    };
    let token = token.sign(&visit.config.session_keys, LIFE, clock::now())?;
    let secure = if visit.origin.starts_with("https://") { "; Secure" } else { "" };
    Ok(format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age={LIFE}", name(&visit.origin, uid)))
}

/// The id that this browser carries for an account.
pub fn presented(visit: &Visit, uid: &str) -> Option<String> {
    let (cookies, name, keys) = (visit.header("cookie"), name(&visit.origin, uid), &visit.config.session_keys);
    session::values(&cookies, &name)
        .filter_map(|value| Token::verify(value, keys, Purpose::RememberedBrowser, &visit.origin, visit.arrived))
        .find(|token| token.uid == uid)
        .map(|token| token.secret)
}
