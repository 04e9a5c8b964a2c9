//! A mail's HTML part: quiet, one column, readable on a phone. Styles stand in the elements, since mail programs drop style sheets;
//! the one that is there only brightens the button in the dark.

use askama::Template;

use crate::texts::{Lang, Letter};

/// The HTML of a letter.
#[derive(Clone, Debug, Template)]
#[template(path = "letter.html")]
pub struct LetterPage<'a> {
    /// Its language.
    pub lang: Lang,
    /// The service's name.
    pub brand: &'a str,
    /// What it says.
    pub letter: &'a Letter,
    /// Where it leads.
    pub link: &'a str,
}

impl LetterPage<'_> {
    /// The text part.
    #[must_use]
    pub fn text(&self) -> String {
        let Letter { greeting, body, action, notes, foot, .. } = self.letter;
        let mut parts = vec![greeting.clone(), String::new()];
        parts.extend(body.iter().cloned());
        parts.extend([String::new(), format!("■ {action}"), self.link.to_owned(), String::new()]);
        parts.extend(notes.iter().cloned());
        parts.extend([String::new(), "--".to_owned()]);
        parts.extend(foot.iter().cloned());
        parts.join("\n")
    }
}
