//! The device door (interface, section 4): login, and the WebSocket. Browsers have no business here: a request with an
//! `Origin` is refused before anything else.

use durable::{
    account::{AttemptDevice, Connect, DeviceAnswer, SettleDevice, person::End},
    ask::Reply,
    names::{Door, key_of},
    refusal::Refusal,
    secret,
    shell::call::{self, Kind},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    answer::{Answer, Outcome, Stop},
    clock,
    pages::Trouble,
    password_hash,
    sign_in::{FLOOR, Whose, in_turn, nobody, whose, within_outer_limit},
    visit::Visit,
};

/// Longest 端末名 and 端末のOS, in characters (decisions, Caps).
const NAME: usize = 64;
/// Longest login, password and key, in bytes.
const FIELD: usize = 1_024;

/// `POST /device/v1/login`
#[derive(Deserialize)]
struct Login {
    #[serde(rename = "login")]
    name: String,
    password: String,
    role: End,
    device: DeviceFacts,
}

/// The device's own account of itself.
#[derive(Deserialize)]
struct DeviceFacts {
    name: String,
    os: String,
    #[serde(default)]
    key: Option<String>,
}

/// A token and, for a newly registered device, its key.
#[derive(Serialize)]
struct Admitted {
    token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_key: Option<String>,
    password: serde_json::Value,
}

/// An error of this door.
fn error(status: u16, code: &str) -> Outcome {
    Answer::json(status, &json!({ "error": code }))
}

fn bad_request(detail: &str) -> Outcome {
    Answer::json(400, &json!({ "error": "bad_request", "detail": detail }))
}

fn too_many(retry_after: u32) -> Answer {
    let body = json!({ "error": "too_many_attempts", "retry_after": retry_after }).to_string();
    Answer::Json { status: 429, body, media_type: "application/json", retry_after: Some(retry_after) }
}

/// Where there are no devices, there is no such door.
fn door(visit: &Visit) -> Result<(), Stop> {
    if visit.profile().device_door.is_none() {
        return Err(Trouble::NotFound.into());
    }
    if visit.headers.has("origin").unwrap_or(true) {
        return Err(Stop::Instead(error(403, "origin_not_allowed")?));
    }
    Ok(())
}

/// What is wrong with the shape of a login, if anything.
fn parse(visit: &Visit) -> Result<Login, String> {
    let login: Login = {
        let text = visit.text().map_err(|_| "the body is not UTF-8".to_owned())?;
        serde_json::from_str(text).map_err(|why| unread(&why))?
    };
    let device = &login.device;
    for (field, value, limit) in [
        ("login", &login.name, FIELD),
        ("password", &login.password, FIELD),
        ("device.key", device.key.as_ref().unwrap_or(&String::new()), FIELD),
    ] {
        if value.len() > limit {
            return Err(format!("{field}: longer than {limit} bytes"));
        }
    }
    for (field, value) in [("device.name", &device.name), ("device.os", &device.os)] {
        if value.chars().count() > NAME || value.chars().any(char::is_control) {
            return Err(format!("{field}: at most {NAME} characters, none of them control characters"));
        }
    }
    Ok(login)
}

/// Where reading stopped. What the reader itself says quotes what it found there, which may be a password in the wrong place.
fn unread(why: &serde_json::Error) -> String {
    let what = if why.is_data() { "not the shape of a login" } else { "not JSON" };
    format!("{what}: line {}, column {}", why.line(), why.column())
}

/// `POST /device/v1/login`
pub async fn login(visit: &Visit) -> Outcome {
    door(visit)?;
    if !visit.is("application/json") {
        return Answer::json(415, &json!({ "error": "unsupported_media_type", "detail": "send application/json" }));
    }
    let login = match parse(visit) {
        Ok(login) => login,
        Err(detail) => return bad_request(&detail),
    };
    let request = visit.header("idempotency-key");
    if request.len() > FIELD {
        return bad_request("Idempotency-Key: too long");
    }
    if !within_outer_limit(visit) {
        return Ok(too_many(60));
    }
    let token = clock::secret()?;
    let refusal = match admit(visit, &login, &request, &token).await? {
        Ok((uid, answer, key)) => {
            let device_key = answer.registered.then_some(key);
            return Answer::json(
                200,
                &Admitted { token: format!("{uid}.{token}"), device_key, password: answer.password.wire() },
            );
        }
        Err(refusal) => refusal,
    };
    clock::until(visit.arrived.saturating_add(FLOOR)).await;
    match refusal {
        Refusal::TooMany { retry_after } => Ok(too_many(retry_after)),
        Refusal::Locked { .. } => Ok(too_many(60)),
        Refusal::Busy => Ok(too_many(5)),
        Refusal::DeviceNotRegistered => error(403, "device_not_registered"),
        Refusal::PasswordChangeRequired => error(403, "password_change_required"),
        Refusal::RemoteAccessNotAllowed => error(403, "remote_access_not_allowed"),
        _ => error(401, "invalid_credentials"),
    }
}

/// Charge, hash, settle. On success: uid, what the Account decided, and the key that counts if the device was registered.
async fn admit(visit: &Visit, login: &Login, request: &str, token: &str) -> Result<Reply<(String, DeviceAnswer, String)>, Stop> {
    let key = login.device.key.as_deref().filter(|key| !key.is_empty()).map(secret::hash);
    let (uid, name) = match whose(visit, &login.name).await? {
        Whose::Impossible => return Ok(Err(Refusal::Wrong)),
        Whose::Nobody { key } => return Ok(Err(nobody(visit, &key, Door::Device, &login.password).await?)),
        Whose::Account { uid, login } => (uid, login),
    };
    let attempt = || visit.ask(Kind::Account, &uid, AttemptDevice { login: name.clone(), key: key.clone() });
    let (challenge, permit) = match in_turn((Door::Device, &uid), visit.arrived, attempt).await? {
        Ok(open) => open,
        Err(Refusal::NotFound) => {
            let key = key_of(visit.service, &name);
            return Ok(Err(nobody(visit, &key, Door::Device, &login.password).await?));
        }
        Err(refusal) => return Ok(Err(refusal)),
    };
    let output = password_hash::compute(&login.password, &challenge)?;
    let new_key = device_key(visit, &uid, request)?;
    let settle = SettleDevice {
        attempt: challenge.attempt,
        output,
        end: login.role,
        key,
        new_key: secret::hash(&new_key),
        request: (!request.is_empty()).then(|| secret::hash(request)),
        token: secret::hash(token),
        name: login.device.name.clone(),
        os: login.device.os.clone(),
        address: visit.address(),
    };
    let settled = visit.ask(Kind::Account, &uid, settle).await?;
    drop(permit);
    Ok(settled.map(|answer| (uid, answer, new_key)))
}

/// The key that a login would give out. With an `Idempotency-Key` it follows from that, so that a repeat after a lost answer
/// gets the same one.
fn device_key(visit: &Visit, uid: &str, request: &str) -> worker::Result<String> {
    if request.is_empty() {
        return clock::secret();
    }
    let key = visit.config.data_keys.first().map_or("", secret::Secret::reveal).as_bytes();
    Ok(secret::base64(&secret::mac(key, &[b"device-key", uid.as_bytes(), request.as_bytes()])))
}

/// `GET /device/v1/connect`
pub async fn connect(visit: &Visit, upgrade: bool) -> Outcome {
    door(visit)?;
    if !upgrade {
        return error(426, "upgrade_required");
    }
    let protocols = visit.header("sec-websocket-protocol");
    if !protocols.split(',').any(|protocol| protocol.trim() == "device.v1") {
        return bad_request("Sec-WebSocket-Protocol: device.v1 is needed");
    }
    let authorization = visit.header("authorization");
    let token = authorization.strip_prefix("Bearer ").and_then(|token| token.trim().split_once('.'));
    let Some((uid, token)) = token.filter(|(uid, _)| uid.len() == 32 && uid.bytes().all(|byte| byte.is_ascii_hexdigit())) else {
        return error(401, "invalid_token");
    };
    let command = Connect { token: secret::hash(token), if_vacant: visit.header("x-if-vacant") == "1" };
    match call::upgrade(&visit.env, Kind::Account, uid, command, Some("device.v1")).await? {
        Ok(response) => Ok(Answer::Socket(response)),
        Err(Refusal::Occupied) => error(409, "occupied"),
        Err(_) => error(401, "invalid_token"),
    }
}
