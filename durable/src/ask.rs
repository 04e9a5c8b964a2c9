//! Messages between the Worker and the objects. Both ends of a call compile against one definition: a command's answer
//! type is tied to it by [`Ask`], so a wrong answer type does not compile.

use core::fmt::Write;

use serde::{Serialize, de::DeserializeOwned};

use crate::refusal::Refusal;

/// One command of an object, and what it answers.
pub trait Ask: Sized {
    /// The object's `enum Command`, which travels as JSON.
    type Command: Serialize + DeserializeOwned + From<Self>;
    /// What the object answers when it does not refuse.
    type Answer: Serialize + DeserializeOwned;
}

/// What comes back over the wire: `{"Ok": …}` or `{"Err": …}`.
pub type Reply<A> = Result<A, Refusal>;

/// Encodes the reply of one command; the argument only fixes which command's answer it has to be.
///
/// # Errors
/// When the answer cannot be written as JSON, which no answer type of ours can cause.
pub fn encode<C: Ask>(reply: &Reply<C::Answer>) -> serde_json::Result<String> {
    serde_json::to_string(reply)
}

/// The same JSON in ASCII, as a header can carry it: anything else stands inside of strings, where `\u` escapes mean the same
/// (RFC 8259, section 7).
#[must_use]
pub fn ascii(json: String) -> String {
    if json.is_ascii() {
        return json;
    }
    let mut text = String::with_capacity(json.len().saturating_mul(2));
    for character in json.chars() {
        if character.is_ascii() {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

/// Declares an object's `Command` and ties each variant to its answer.
macro_rules! commands {
    ($(#[$meta:meta])* $name:ident { $( $(#[$doc:meta])* $variant:ident -> $answer:ty ),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        pub enum $name { $( $(#[$doc])* $variant($variant) ),+ }
        $(
            impl From<$variant> for $name {
                fn from(command: $variant) -> Self { Self::$variant(command) }
            }
            impl $crate::ask::Ask for $variant {
                type Command = $name;
                type Answer = $answer;
            }
        )+
    };
}
pub(crate) use commands;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::ascii;

    proptest! {
        #[test]
        fn json_in_ascii_says_the_same(text in "\\PC*") {
            let json = serde_json::to_string(&text).unwrap();
            let sent = ascii(json);
            prop_assert!(sent.is_ascii());
            prop_assert_eq!(serde_json::from_str::<String>(&sent).unwrap(), text);
        }
    }
}
