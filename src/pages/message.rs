//! Pages for answers that are not the page asked for: what is wrong, what to do, and the way home.

use askama::Template;

use super::{Chrome, Word};
use crate::texts::Problem;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// 400: not readable as a request.
    BadRequest,
    /// 403: foreign origin, or not allowed.
    Forbidden,
    /// 404: unknown path, or a user who is unknown or another contract's.
    NotFound,
    /// 405: the path exists, the method does not.
    WrongMethod,
    /// 413: the body is too large.
    TooLarge,
    /// 415: not a form.
    WrongType,
    /// 421: no service has this host.
    WrongHost,
    /// 422: a field cannot be read.
    Unreadable {
        /// Its name.
        field: String,
    },
    /// 429: too much at once.
    TooMany {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// 500: a fault of ours.
    Fault {
        /// The id under which it was logged; nothing else is shown.
        id: String,
    },
    /// 503: no answer in time.
    Unavailable {
        /// Seconds to wait.
        retry_after: u32,
    },
}

impl Trouble {
    /// The HTTP status (RFC 9110 section 15).
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::WrongMethod => 405,
            Self::TooLarge => 413,
            Self::WrongType => 415,
            Self::WrongHost => 421,
            Self::Unreadable { .. } => 422,
            Self::TooMany { .. } => 429,
            Self::Fault { .. } => 500,
            Self::Unavailable { .. } => 503,
        }
    }
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "message.html")]
pub struct Message {
    /// The frame; `who` as far as it is known.
    pub chrome: Chrome,
    /// What went wrong.
    pub trouble: Trouble,
}

impl Message {
    /// Heading, cause and remedy.
    fn problem(&self) -> &'static Problem {
        let t = &self.chrome.texts().message;
        match self.trouble {
            Trouble::BadRequest => &t.bad_request,
            Trouble::Forbidden => &t.forbidden,
            Trouble::NotFound => &t.not_found,
            Trouble::WrongMethod => &t.wrong_method,
            Trouble::TooLarge => &t.too_large,
            Trouble::WrongType => &t.wrong_type,
            Trouble::WrongHost => &t.wrong_host,
            Trouble::Unreadable { .. } => &t.unreadable,
            Trouble::TooMany { .. } => &t.too_many,
            Trouble::Fault { .. } => &t.fault,
            Trouble::Unavailable { .. } => &t.unavailable,
        }
    }

    /// The one fact that goes with it: a field, a time, a number to tell.
    fn fact(&self) -> Option<String> {
        let t = &self.chrome.texts().message;
        match &self.trouble {
            Trouble::Unreadable { field } => Some((t.field)(field.clone())),
            Trouble::TooMany { retry_after } | Trouble::Unavailable { retry_after } => Some((t.retry_after)(*retry_after)),
            Trouble::Fault { id } => Some((t.fault_id)(id.clone())),
            _ => None,
        }
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |trouble| Self { chrome: Chrome { nav: None, notice: None, ..chrome.clone() }, trouble };
        let out = Chrome { who: None, nav: None, ..chrome.clone() };
        let nowhere = Chrome { brand: super::Brand::neutral(), ..out.clone() };
        vec![
            ("message-400", page(Trouble::BadRequest)),
            ("message-403", page(Trouble::Forbidden)),
            ("message-404", page(Trouble::NotFound)),
            ("message-404-logged-out", Self { chrome: out, trouble: Trouble::NotFound }),
            ("message-405", page(Trouble::WrongMethod)),
            ("message-413", page(Trouble::TooLarge)),
            ("message-415", page(Trouble::WrongType)),
            ("message-421", Self { chrome: nowhere, trouble: Trouble::WrongHost }),
            ("message-422", page(Trouble::Unreadable { field: word("login") })),
            ("message-429", page(Trouble::TooMany { retry_after: 42 })),
            ("message-500", page(Trouble::Fault { id: word("7f3a91c2") })),
            ("message-503", page(Trouble::Unavailable { retry_after: 20 })),
        ]
    }
}
