//! After すべて遮断: the temporary password, shown this once (CW-065), and what is to be done with it.

use askama::Template;

use super::{Chrome, Nav, Word, links};

/// The answer of the form.
#[derive(Clone, Debug, Template)]
#[template(path = "shut_out.html")]
pub struct ShutOutDone {
    /// The frame.
    pub chrome: Chrome,
    /// Whom it was done to.
    pub login: String,
    /// The password and whether it is temporary; none: the form was sent again, and nothing was done.
    pub password: Option<(String, bool)>,
}

impl ShutOutDone {
    fn back(&self) -> String {
        links::user(&self.login)
    }

    /// One of each, for tests and screenshots.
    #[must_use]
    pub fn samples(chrome: &Chrome, word: Word) -> Vec<(&'static str, Self)> {
        let page = |password| Self { chrome: chrome.on(Nav::Users), login: word("cwtest.00001"), password };
        vec![
            ("shut-out", page(Some((word("x7!Kq2#mRt9$Wp4&"), true)))),
            ("shut-out-lasting", page(Some((word("x7!Kq2#mRt9$Wp4&"), false)))),
            ("shut-out-again", page(None)),
        ]
    }
}
