//! The device cookie: what a browser keeps after a complete login, so that failures elsewhere do not lock it out (decisions,
//! "Lock"; `durable::account::browsers`). It opens nothing: it only says whose failures the next wrong password is one of.
//!
//! Invariant: only an answer that opened a session carries one, and none is taken but ours, for this origin and account.

use durable::{
    account::{Stage, sign_in::NewSession},
    secret,
};

use crate::{
    clock, remembered_browser,
    session::{self, Purpose, Token},
    visit::Visit,
};

/// How long a browser keeps it: a year, in seconds.
const LIFE: u64 = 365 * 24 * 60 * 60;

/// The secrets of a login that may succeed: the ids of its session and, if it is not known yet, of its browser. The Account sees
/// only their hashes.
pub struct Fresh {
    session: String,
    browser: String,
}

impl Fresh {
    /// New ids.
    ///
    /// # Errors
    /// When the runtime has no randomness.
    pub fn new() -> worker::Result<Self> {
        Ok(Self { session: clock::secret()?, browser: clock::secret()? })
    }

    /// What the Account stores of them.
    pub fn stored(&self, visit: &Visit) -> NewSession {
        let hash = secret::hash(&self.session);
        NewSession {
            hash,
            agent: visit.agent(),
            address: visit.address(),
            browser: secret::hash(&self.browser),
            menu: visit.menu,
            line: visit.line.clone(),
        }
    }

    /// The cookie of a browser that this login has the second step remember, by the id that the Account was given for it.
    ///
    /// # Errors
    /// When there is no key to sign with.
    pub fn remembered(&self, visit: &Visit, uid: &str) -> worker::Result<String> {
        remembered_browser::cookie(visit, uid, self.browser.clone())
    }

    /// The cookies of the session that was opened, at this stage, for `uid`. A browser gets its own with the complete login, and
    /// keeps the one it has if it is `known`.
    ///
    /// # Errors
    /// When there is no key to sign with.
    pub fn cookies(self, visit: &Visit, uid: String, stage: Stage, known: bool) -> worker::Result<Vec<String>> {
        let keys = &visit.config.session_keys;
        let remembers = matches!(stage, Stage::Full | Stage::Menu) && visit.profile().device_cookies > 0;
        let id = if known { presented(visit, &uid) } else { Some(self.browser) };
        let browser = id.filter(|_| remembers).map(|id| cookie(visit, &uid, id)).transpose()?;
        let session = session::open((&visit.origin, visit.number()), visit.menu, keys, uid, self.session)?;
        Ok([session].into_iter().chain(browser).collect())
    }
}

/// The cookie's name. People who share a browser each keep theirs; `__Host-` needs https.
fn name(origin: &str, uid: &str) -> String {
    let host = if origin.starts_with("https://") { "__Host-" } else { "" };
    format!("{host}known-{}", secret::hash(uid).chars().take(8).collect::<String>())
}

/// `Set-Cookie` with this id.
fn cookie(visit: &Visit, uid: &str, id: String) -> worker::Result<String> {
    let token = Token {
        purpose: Purpose::DeviceCookie,
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

/// The id that this browser carries for an account. Forged cookies and those of other accounts are passed over.
pub fn presented(visit: &Visit, uid: &str) -> Option<String> {
    let (cookies, name) = (visit.header("cookie"), name(&visit.origin, uid));
    session::values(&cookies, &name)
        .filter_map(|value| Token::verify(value, &visit.config.session_keys, Purpose::DeviceCookie, &visit.origin, visit.arrived))
        .find(|token| token.uid == uid)
        .map(|token| token.secret)
}
