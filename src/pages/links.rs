//! The addresses that pages link to. The same paths stand in `route.rs`, whose tests parse these.

use std::fmt::Write as _;

use durable::contract::Concern;

/// A value as part of a path or query: everything but RFC 3986 unreserved characters is percent-encoded.
#[must_use]
pub fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// A key in groups of four, as it is typed off.
#[must_use]
pub fn grouped(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

/// A user's detail page.
#[must_use]
pub fn user(login: &str) -> String {
    format!("/users/{}", encoded(login))
}

/// A list of users who want attention, and the act on several of them. Not under /users, where every name is somebody's.
#[must_use]
pub const fn concern(concern: Concern) -> (&'static str, &'static str) {
    match concern {
        Concern::Locked => ("/locked", "/locked/unlock"),
        Concern::Previous => ("/previous", "/previous/end"),
    }
}

/// The list with these parameters; empty values are left out.
#[must_use]
pub fn users(parameters: &[(&str, &str)]) -> String {
    with("/users", parameters)
}

/// A path with these parameters; empty values are left out.
#[must_use]
pub fn with(path: &str, parameters: &[(&str, &str)]) -> String {
    let query: Vec<String> = parameters
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}
