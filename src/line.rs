//! The gateway's word for a line (回線認証, decisions "ST-060"): `X-Line-Assertion`, a JWT in compact form, ES256, with the claims `line`,
//! `area` (east|west), `iat`, `exp`, `aud` (the line host's origin) and `jti`. It is read on line hosts and nowhere else; no other
//! header says anything about a line.
//!
//! Invariant: what is not understood to the last character is no assertion, and without one nobody has come over a line. The gateway signs
//! each request and drops what a caller sends under this name, so an assertion is seen by the gateway and by us only, on one TLS hop;
//! `jti` tells them apart in the gateway's log and is not stored here. Whoever could replay one within its 60 seconds would stand where the
//! gateway stands, and still lack the password.

use durable::{Millis, rules::line::Line, secret::from_base64};
use serde::Deserialize;

/// The header that it comes in.
pub const HEADER: &str = "x-line-assertion";
/// Longest assertion, in bytes.
const LONGEST: usize = 2_048;
/// How old one may be.
const OLDEST: Millis = 60_000;
/// How far the gateway's clock may be ahead.
const AHEAD: Millis = 5_000;

/// The public key of `LINE_GATEWAY_JWK`: its coordinates, base64url.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Key {
    kty: String,
    crv: String,
    /// The first coordinate.
    pub x: String,
    /// The second.
    pub y: String,
}

impl Key {
    /// The key of a JWK (RFC 7517): P-256, and nothing of it secret that would be used.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(json: &str) -> Result<Self, &'static str> {
        let key: Self = serde_json::from_str(json).map_err(|_| "not a JSON Web Key")?;
        let whole = |text: &str| from_base64(text).is_some_and(|bytes| bytes.len() == 32);
        if key.kty != "EC" || key.crv != "P-256" || !whole(&key.x) || !whole(&key.y) {
            return Err("not a key of kty EC and crv P-256 with x and y");
        }
        Ok(key)
    }
}

/// An assertion that says what it has to; whether the gateway has signed it is still to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion<'a> {
    /// What it says.
    pub line: Line,
    /// What was signed.
    pub message: &'a str,
    /// The signature.
    pub signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    line: String,
    area: Area,
    iat: Millis,
    exp: Millis,
    aud: String,
    jti: String,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Area {
    East,
    West,
}

/// Reads an assertion made for `origin`, as of `now`.
#[must_use]
pub fn read<'a>(text: &'a str, origin: &str, now: Millis) -> Option<Assertion<'a>> {
    if text.len() > LONGEST {
        return None;
    }
    let (message, signature) = text.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let header: Header = serde_json::from_slice(&from_base64(header)?).ok()?;
    let claims: Claims = serde_json::from_slice(&from_base64(claims)?).ok()?;
    let signature = from_base64(signature).filter(|bytes| bytes.len() == 64)?;
    let (made, ends) = (claims.iat.checked_mul(1_000)?, claims.exp.checked_mul(1_000)?);
    let number = durable::rules::line::number(&claims.line).filter(|number| *number == claims.line)?;
    let kept = header.alg == "ES256"
        && header.crit.is_none()
        && claims.aud == origin
        && (1..=128).contains(&claims.jti.len())
        && now.checked_sub(made).is_some_and(|age| (AHEAD.saturating_neg()..=OLDEST).contains(&age))
        && now < ends;
    kept.then(|| Assertion { line: Line { number, west: claims.area == Area::West }, message, signature })
}

#[cfg(target_arch = "wasm32")]
mod glue {
    use worker::{
        js_sys::Promise,
        wasm_bindgen::{self, JsValue, prelude::wasm_bindgen},
    };

    #[wasm_bindgen(module = "/src/line.js")]
    extern "C" {
        #[wasm_bindgen(catch)]
        pub fn verifies(x: &str, y: &str, signature: &[u8], message: &[u8]) -> Result<Promise, JsValue>;
    }
}

/// The line that a request to a line host came over; none: the gateway has not said, or nobody can say it.
#[cfg(target_arch = "wasm32")]
pub async fn arrived(text: &str, key: Option<&Key>, origin: &str, now: Millis) -> Option<Line> {
    let assertion = read(text, origin, now)?;
    let key = key?;
    let promise = glue::verifies(&key.x, &key.y, &assertion.signature, assertion.message.as_bytes()).ok()?;
    match worker::wasm_bindgen_futures::JsFuture::from(promise).await {
        Ok(signed) => (signed == true).then_some(assertion.line),
        Err(why) => {
            worker::console_error!("LINE_GATEWAY_JWK: {why:?}");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]
    use durable::secret::base64;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const ORIGIN: &str = "https://line.worksdrive.example";
    const NOW: Millis = 1_795_305_600_000;

    fn claims() -> Value {
        let now = NOW / 1_000;
        json!({ "line": "CAF0123456789", "area": "east", "iat": now, "exp": now + 60, "aud": ORIGIN, "jti": "a" })
    }

    fn signed(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64(value.to_string().as_bytes());
        format!("{}.{}.{}", part(header), part(claims), base64(&[7; 64]))
    }

    fn with(claim: &str, value: Value) -> String {
        let mut all = claims();
        all[claim] = value;
        signed(&json!({ "alg": "ES256" }), &all)
    }

    fn line(text: &str) -> Option<Line> {
        read(text, ORIGIN, NOW).map(|assertion| assertion.line)
    }

    #[test]
    fn st_060_an_assertion_says_line_and_area() {
        let text = signed(&json!({ "alg": "ES256", "typ": "JWT" }), &claims());
        assert_eq!(line(&text), Some(Line { number: "CAF0123456789".into(), west: false }));
        assert_eq!(line(&with("area", json!("west"))).map(|line| line.west), Some(true));
        assert_eq!(read(&text, ORIGIN, NOW).unwrap().message, text.rsplit_once('.').unwrap().0);
    }

    #[test]
    fn st_060_whatever_is_not_exactly_that_is_none() {
        let now = NOW / 1_000;
        for (claim, value) in [
            ("line", json!("caf0123456789")),
            ("line", json!("CAF012345678")),
            ("line", json!(["CAF0123456789"])),
            ("line", Value::Null),
            ("area", json!("north")),
            ("area", json!("EAST")),
            ("iat", json!(now - 61)),
            ("iat", json!(now + 6)),
            ("iat", json!(now.to_string())),
            ("iat", json!(Millis::MAX)),
            ("iat", json!(Millis::MIN)),
            ("exp", json!(now)),
            ("exp", json!(now - 1)),
            ("aud", json!("https://line.cowork-storage.example")),
            ("aud", json!("https://worksdrive.example")),
            ("aud", json!([ORIGIN])),
            ("jti", json!("")),
            ("jti", json!("a".repeat(129))),
        ] {
            assert_eq!(line(&with(claim, value.clone())), None, "{claim} {value}");
        }
        for missing in ["line", "area", "iat", "exp", "aud", "jti"] {
            let mut all = claims();
            all.as_object_mut().unwrap().remove(missing);
            assert_eq!(line(&signed(&json!({ "alg": "ES256" }), &all)), None, "{missing}");
        }
        for header in [
            json!({}),
            json!({ "alg": "none" }),
            json!({ "alg": "HS256" }),
            json!({ "alg": "es256" }),
            json!({ "alg": "ES256", "crit": ["b64"] }),
        ] {
            assert_eq!(line(&signed(&header, &claims())), None, "{header}");
        }
        let text = signed(&json!({ "alg": "ES256" }), &claims());
        for broken in [
            String::new(),
            format!("{text}, {text}"),
            format!("{text}="),
            format!(" {text}"),
            format!("{text}.x"),
            text.replace('.', ""),
        ] {
            assert_eq!(line(&broken), None, "{broken}");
        }
    }

    #[test]
    fn a_key_is_one_of_p_256() {
        let part = base64(&[1; 32]);
        let key = json!({ "kty": "EC", "crv": "P-256", "x": part, "y": part });
        assert!(Key::parse(&key.to_string()).is_ok());
        for (field, value) in
            [("kty", json!("RSA")), ("crv", json!("P-384")), ("x", json!("AA")), ("y", json!("=")), ("y", Value::Null)]
        {
            let mut other = key.clone();
            other[field] = value;
            assert!(Key::parse(&other.to_string()).is_err(), "{field}");
        }
        assert!(Key::parse("").is_err());
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_takes_nothing_by_chance(text in "\\PC{0,80}", parts in proptest::collection::vec("[A-Za-z0-9_-]{0,40}", 3)) {
            prop_assert_eq!(line(&text), None);
            prop_assert_eq!(line(&parts.join(".")), None);
        }

        #[test]
        fn it_is_good_for_its_minute_and_no_longer(age in -200_i64..200) {
            let now = NOW / 1_000;
            let text = with("iat", json!(now - age));
            prop_assert_eq!(line(&text).is_some(), (-5..=60).contains(&age));
        }
    }
}
