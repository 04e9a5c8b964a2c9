//! Reading a page as a person does: the text of its samples, without tags.

use kagiban::{
    pages::{Brand, Chrome, Kind, Nav, Template, Who},
    texts::Lang,
};

/// The frame of the samples: ココナワーク in Japanese, an administrator logged in.
pub(crate) fn chrome() -> Chrome {
    let mut chrome = Chrome::new(Lang::Ja, Brand::shipped("coconowork").unwrap(), "0".repeat(32));
    chrome.who = Some(Who { login: "admin.00001".to_owned(), kind: Kind::Administrator });
    chrome.on(Nav::Top)
}

/// What a person reads: no tags, `⏎` for a line break inside a text, blanks run together.
pub(crate) fn text(html: &str) -> String {
    let body = html.split("<body").nth(1).unwrap_or(html).replace("<br>", "⏎");
    let mut text = String::new();
    for part in body.split('<') {
        text.push_str(part.split_once('>').map_or("", |(_, text)| text));
        text.push(' ');
    }
    let text = text.replace("&#60;", "<").replace("&#38;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of one sample.
pub(crate) fn read<T: Template>(samples: Vec<(&'static str, T)>, name: &str) -> String {
    let page = samples.into_iter().find(|(sample, _)| *sample == name).unwrap().1;
    text(&page.render().unwrap())
}

/// That the page shows each of these, one after the other.
#[track_caller]
pub(crate) fn shows(text: &str, expected: &[&str]) {
    let mut rest = text;
    for sentence in expected {
        rest = rest.split_once(sentence).unwrap_or_else(|| panic!("no {sentence:?} in {rest:?}")).1;
    }
}
