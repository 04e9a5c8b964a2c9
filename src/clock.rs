//! Clock, waiting and randomness of the Worker, in one place.

use durable::{Millis, secret};

/// Now, in milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "the one clock of the Worker")]
#[expect(clippy::cast_possible_truncation, reason = "a time in milliseconds is a whole number far below 2^53")]
pub fn now() -> Millis {
    js_sys::Date::now() as Millis
}

/// Waits until an instant; at once if it has passed.
pub async fn until(at: Millis) {
    let left = u64::try_from(at.saturating_sub(now())).unwrap_or(0);
    if left > 0 {
        worker::Delay::from(core::time::Duration::from_millis(left)).await;
    }
}

/// `N` random bytes.
///
/// # Errors
/// When the runtime has no randomness; the request then is a fault.
#[expect(clippy::disallowed_methods, reason = "the one source of randomness of the Worker")]
pub fn random<const N: usize>() -> worker::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|why| worker::Error::RustError(format!("no randomness: {why}")))?;
    Ok(bytes)
}

/// A random id of 128 bits as 32 hex digits.
///
/// # Errors
/// As [`random`].
pub fn id() -> worker::Result<String> {
    Ok(secret::hex(&random::<16>()?))
}

/// A random secret of 256 bits as base64url.
///
/// # Errors
/// As [`random`].
pub fn secret() -> worker::Result<String> {
    Ok(secret::base64(&random::<32>()?))
}
