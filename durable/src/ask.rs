//! Messages between the Worker and the objects. Both ends of a call compile against one definition: a command's answer
//! type is tied to it by [`Ask`], so a wrong answer type does not compile.

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
