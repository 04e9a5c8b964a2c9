//! What stands around every page, each a template of its own: within the pages' common template, the code of all this would be in
//! the bundle once a page.

use askama::Template;

use super::Chrome;

/// Header and navigation.
#[derive(Template)]
#[template(path = "parts/header.html")]
pub(crate) struct Header<'a> {
    chrome: &'a Chrome,
}

/// The receipt, and what the person is told.
#[derive(Template)]
#[template(path = "parts/notices.html")]
pub(crate) struct Notices<'a> {
    chrome: &'a Chrome,
}

/// The foot with the choice of language.
#[derive(Template)]
#[template(path = "parts/foot.html")]
pub(crate) struct Foot<'a> {
    chrome: &'a Chrome,
}

impl Chrome {
    pub(crate) fn header(&self) -> Header<'_> {
        Header { chrome: self }
    }

    pub(crate) fn notices(&self) -> Notices<'_> {
        Notices { chrome: self }
    }

    pub(crate) fn foot(&self) -> Foot<'_> {
        Foot { chrome: self }
    }
}
