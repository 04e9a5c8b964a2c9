//! What a provider asserts: an ID token (`OpenID` Connect Core, 3.1.3.7), verified. The signature, its algorithm against the key's,
//! the times, nonce, issuer and audience are `jwt-simple`'s; what it leaves open is checked here.
//!
//! Invariant: nothing of a token is believed before all of it holds. Its algorithm is one that its key is for, of a fixed list.

use std::collections::HashSet;

use durable::Millis;
use jwt_simple::prelude::{
    Audiences, Duration, ECDSAP256PublicKeyLike, ES256PublicKey, JWTClaims, PS256PublicKey, RS256PublicKey, RSAPublicKeyLike,
    Token, UnixTimeStamp, VerificationOptions,
};
use serde_json::{Map, Value};

use super::provider::Provider;

/// Clocks may differ by this much, in seconds.
const TOLERANCE_S: u64 = 60;
/// Longest token, in bytes.
const TOKEN: usize = 16 * 1024;
/// Longest subject (`OpenID` Connect Core, 2), in bytes.
const SUBJECT: usize = 255;
/// Longest name and address that are kept, in characters.
const SHOWN: usize = 254;

/// Whom a provider named.
pub struct Named {
    /// Whom.
    pub subject: String,
    /// The name there.
    pub name: String,
    /// The address there.
    pub address: String,
    /// When he was asked for his credentials there, in seconds.
    pub authenticated: Option<i64>,
}

/// The key that a token says it was signed with.
pub fn key_id(token: &str) -> Option<String> {
    Token::decode_metadata(token).ok()?.key_id().map(str::to_owned)
}

/// Whether one of the keys has this id.
pub fn has_key(keys: &[Value], id: Option<&str>) -> bool {
    id.is_none_or(|id| keys.iter().any(|key| text(key, "kid") == Some(id)))
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// The person, if one of the keys signed this for us and this flow, now.
pub fn verify(token: &str, keys: &[Value], provider: &Provider, nonce: &str, now: Millis) -> Option<Named> {
    let metadata = Token::decode_metadata(token).ok().filter(|_| token.len() <= TOKEN)?;
    let usable = |key: &&Value| text(key, "use").is_none_or(|what| what == "sig") && is_of(key, metadata.key_id());
    let mut candidates = keys.iter().filter(usable);
    let key = candidates.next()?;
    // One that names no key is believed only where there is no choice.
    if metadata.key_id().is_none() && candidates.next().is_some() {
        return None;
    }
    let seconds = u64::try_from(now.checked_div(1000)?).ok()?;
    let options = VerificationOptions {
        required_nonce: Some(nonce.to_owned()),
        allowed_issuers: Some(HashSet::from([provider.issuer.clone()])),
        allowed_audiences: Some(HashSet::from([provider.client_id.clone()])),
        time_tolerance: Some(Duration::from_secs(TOLERANCE_S)),
        artificial_time: Some(UnixTimeStamp::from_secs(seconds)),
        max_token_length: Some(TOKEN),
        ..VerificationOptions::default()
    };
    let claims = signed(token, key, metadata.algorithm(), options)?;
    named(&claims, provider)
}

fn is_of(key: &Value, id: Option<&str>) -> bool {
    id.is_none_or(|id| text(key, "kid") == Some(id))
}

/// The claims, if this key signed them with an algorithm that it is for.
fn signed(token: &str, key: &Value, algorithm: &str, options: VerificationOptions) -> Option<JWTClaims<Map<String, Value>>> {
    if text(key, "alg").is_some_and(|own| own != algorithm) {
        return None;
    }
    let part = |name: &str| durable::secret::from_base64(text(key, name)?);
    match (text(key, "kty")?, algorithm) {
        ("RSA", "RS256") => RS256PublicKey::from_components(&part("n")?, &part("e")?).ok()?.verify_token(token, Some(options)),
        ("RSA", "PS256") => PS256PublicKey::from_components(&part("n")?, &part("e")?).ok()?.verify_token(token, Some(options)),
        ("EC", "ES256") if text(key, "crv") == Some("P-256") => {
            let (x, y) = (part("x")?, part("y")?);
            let point: Vec<u8> = [4].into_iter().chain(x).chain(y).collect();
            ES256PublicKey::from_bytes(&point).ok()?.verify_token(token, Some(options))
        }
        _ => return None,
    }
    .ok()
}

/// What the library leaves open: that the claims are there at all, and for whom the token was made when it is for several.
fn named(claims: &JWTClaims<Map<String, Value>>, provider: &Provider) -> Option<Named> {
    claims.expires_at?;
    claims.issued_at?;
    let party = claims.custom.get("azp").map(|party| party.as_str() == Some(&provider.client_id));
    let several = matches!(&claims.audiences, Some(Audiences::AsSet(all)) if all.len() > 1);
    if party == Some(false) || several && party.is_none() {
        return None;
    }
    let claim = |name: &str| claims.custom.get(name).and_then(Value::as_str).unwrap_or_default();
    let sub = claims.subject.as_deref().unwrap_or_default();
    let subject = if provider.subject_claim == "sub" { sub } else { claim(&provider.subject_claim) };
    if sub.is_empty() || subject.trim().is_empty() || subject.len() > SUBJECT {
        return None;
    }
    let shown = |name: &str| claim(name).chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    Some(Named {
        subject: subject.to_owned(),
        name: shown(&provider.name_claim),
        address: shown(&provider.address_claim),
        authenticated: claims.custom.get("auth_time").and_then(Value::as_i64),
    })
}
