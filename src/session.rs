//! Tokens that the Worker signs: session cookies, device cookies and the one-use tickets of live pages. Each carries its purpose, the origin
//! it was made for and the uid; the Worker drops forged, expired or foreign ones without waking an object, and the Account
//! decides on every request whether the session still lives.

use durable::{Millis, secret};
use jwt_simple::prelude::{Claims, Duration, HS256Key, JWTClaims, MACLike, UnixTimeStamp, VerificationOptions};
use serde::{Deserialize, Serialize};

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A session cookie.
    Session,
    /// Opens one live link.
    Watch,
    /// Tells a known browser.
    DeviceCookie,
    /// A session of 認証・契約情報変更メニュー, which has a login of its own (ST-080).
    Menu,
    /// Tells one that the second step remembers.
    RememberedBrowser,
}

/// What a token says. `secret` is the session id, or the ticket's nonce; `about` who is watched, by which session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What for.
    #[serde(rename = "p")]
    pub purpose: Purpose,
    /// For which origin.
    #[serde(rename = "o")]
    pub origin: String,
    /// Whose session.
    #[serde(rename = "u")]
    pub uid: String,
    /// The session id, the browser's, or the ticket's nonce.
    #[serde(rename = "s")]
    pub secret: String,
    /// Which account a ticket watches, and for which session: hashed together. Of a session: the line that it was opened over.
    #[serde(rename = "a", default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Which watching page a ticket is for.
    #[serde(rename = "w", default, skip_serializing_if = "String::is_empty")]
    pub watcher: String,
}

/// A session cookie outlives its session by nothing: 12 hours, in seconds.
const SESSION_S: u64 = 12 * 60 * 60;
/// A ticket can be used for a minute.
pub const TICKET_S: u64 = 60;

impl Token {
    /// Signs it with the first key, for `life` seconds from `now`.
    ///
    /// # Errors
    /// When there is no key, which the configuration rules out.
    pub fn sign(self, keys: &[HS256Key], life: u64, now: Millis) -> worker::Result<String> {
        let key = keys.first().ok_or_else(|| worker::Error::RustError("no session key".into()))?;
        // The library's own clock rounds to the nearest second, so its tokens could begin half a second from now.
        let seconds = now.checked_div(1000).and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0);
        let mut claims = Claims::with_custom_claims(self, Duration::from_secs(life));
        claims.issued_at = Some(UnixTimeStamp::from_secs(seconds));
        claims.invalid_before = None;
        claims.expires_at = Some(UnixTimeStamp::from_secs(seconds.saturating_add(life)));
        key.authenticate(claims).map_err(|why| worker::Error::RustError(why.to_string()))
    }

    /// The token if one of the keys made it, for this purpose and origin, and it has not expired.
    pub fn verify(text: &str, keys: &[HS256Key], purpose: Purpose, origin: &str, now: Millis) -> Option<Self> {
        let seconds = u64::try_from(now.checked_div(1000)?).ok()?;
        let options = VerificationOptions {
            time_tolerance: Some(Duration::from_secs(0)),
            artificial_time: Some(UnixTimeStamp::from_secs(seconds)),
            ..VerificationOptions::default()
        };
        let claims: JWTClaims<Self> = keys.iter().find_map(|key| key.verify_token(text, Some(options.clone())).ok())?;
        Some(claims.custom).filter(|token| token.purpose == purpose && token.origin == origin)
    }
}

/// A recognised session cookie.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose.
    pub uid: String,
    /// SHA-256 of the session id, which the Account knows it by.
    pub hash: String,
}

/// The cookie's name: `__Host-` needs https. The menu's sessions have their own, so that neither login ends the other.
pub fn cookie_name(origin: &str, menu: bool) -> &'static str {
    match (origin.starts_with("https://"), menu) {
        (true, false) => "__Host-session",
        (false, false) => "session",
        (true, true) => "__Host-menu",
        (false, true) => "menu",
    }
}

fn purpose(menu: bool) -> Purpose {
    if menu { Purpose::Menu } else { Purpose::Session }
}

/// The first cookie of the header that is a living token of this origin, door and line (empty: of the Internet). Doubled and forged
/// cookies are passed over.
pub fn find(header: &str, keys: &[HS256Key], (origin, line): (&str, &str), menu: bool, now: Millis) -> Option<Session> {
    values(header, cookie_name(origin, menu))
        .filter_map(|value| Token::verify(value, keys, purpose(menu), origin, now))
        .find(|token| token.about == line)
        .map(|token| Session { uid: token.uid, hash: secret::hash(&token.secret) })
}

/// The values of every cookie of this name in a header.
pub fn values<'a>(header: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(key, _)| *key == name).map(|(_, value)| value)
}

/// `Set-Cookie` for a new session of `uid`, whose id is `secret`, opened over this line (empty: from the Internet).
///
/// # Errors
/// As [`Token::sign`].
pub fn open((origin, line): (&str, &str), menu: bool, keys: &[HS256Key], uid: String, secret: String) -> worker::Result<String> {
    let (about, watcher) = (line.to_owned(), String::new());
    let token = Token { purpose: purpose(menu), origin: origin.to_owned(), uid, secret, about, watcher };
    Ok(set(origin, menu, &token.sign(keys, SESSION_S, crate::clock::now())?))
}

/// `Set-Cookie` with this token.
fn set(origin: &str, menu: bool, token: &str) -> String {
    let secure = if origin.starts_with("https://") { "; Secure" } else { "" };
    format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}", cookie_name(origin, menu))
}

/// `Set-Cookie` that forgets the session.
pub fn forget(origin: &str, menu: bool) -> String {
    let secure = if origin.starts_with("https://") { "; Secure" } else { "" };
    format!("{}=; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age=0", cookie_name(origin, menu))
}
