//! The pages, rendered natively: every sample of every page in every profile and language. What holds for all of them is
//! here; the manual's texts are in `pages/doors.rs` and `pages/users.rs`, colours in `pages/contrast.rs`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may fail by panicking"
)]

#[path = "pages/account.rs"]
mod account;
#[path = "pages/concern.rs"]
mod concern;
#[path = "pages/console.rs"]
mod console;
#[path = "pages/contrast.rs"]
mod contrast;
#[path = "pages/doors.rs"]
mod doors;
#[path = "pages/factor.rs"]
mod factor;
#[path = "pages/history.rs"]
mod history;
#[path = "pages/reading.rs"]
mod reading;
#[path = "pages/sheet.rs"]
mod sheet;
#[path = "pages/users.rs"]
mod users;

use std::{collections::HashSet, fs, path::Path};

use durable::profile::{self, Service};
use kagiban::{
    pages::{self, Brand, Word},
    texts::Lang,
};

/// One rendered sample.
pub(crate) struct Page {
    /// `coconowork/ja/users`
    pub(crate) name: String,
    pub(crate) lang: Lang,
    pub(crate) html: String,
}

/// Every sample in every profile and language, with each word of a person put through `word`.
fn all(word: Word) -> Vec<Page> {
    let mut all = Vec::new();
    for service in Service::ALL {
        let brand = Brand::shipped(service.code()).unwrap();
        for lang in Lang::ALL {
            for (name, html) in pages::samples(lang, &brand, profile::of(service).password, word).unwrap() {
                all.push(Page { name: format!("{}/{}/{name}", service.code(), lang.tag()), lang, html });
            }
        }
    }
    all
}

/// The values of an attribute in a page.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(&format!(" {name}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// The bytes of the files of a folder under `src/assets`, without the blanks and comments that the build leaves out; the scripts
/// of single pages (`data-script`) only where they are asked for. Of scripts it also shortens the names, which takes two ninths
/// off, and of styles those of custom properties, a seventh; `e2e/chromium-pages.test.mjs` weighs what is served.
fn weight(folder: &str, alone: &[&str]) -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/assets").join(folder);
    let shared = fs::read_to_string(folder.join("app.js")).unwrap_or_default();
    let bytes = |text: String| {
        let comment = |line: &&str| ["//", "/*", "* ", "*/"].iter().any(|mark| line.starts_with(mark));
        let lines = text.lines().map(str::trim_start).filter(|line| !comment(line));
        lines.map(|line| u64::try_from(line.bytes().filter(|byte| !byte.is_ascii_whitespace()).count()).unwrap()).sum::<u64>()
    };
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let wanted = |path: &Path| {
        let name = path.file_stem().unwrap().to_str().unwrap();
        shared.is_empty() || name == "app" || shared.contains(&format!("\"./{name}.js\"")) || alone.contains(&name)
    };
    files.filter(|path| wanted(path)).map(|path| bytes(fs::read_to_string(path).unwrap())).sum()
}

#[test]
fn every_page_has_its_language_one_heading_and_a_title_with_the_product() {
    for Page { name, lang, html } in all(str::to_owned) {
        assert!(html.starts_with("<!doctype html>"), "{name}");
        assert!(html.contains(&format!("<html lang=\"{}\"", lang.tag())), "{name}");
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        let title = html.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        let product = if lang == Lang::Ja { "管理機能" } else { "Management" };
        assert!(title.contains(" | ") && title.ends_with(product), "{name}: {title}");
    }
}

#[test]
fn pages_of_one_language_have_no_sentence_of_the_other() {
    let kana = |c: char| ('\u{3040}'..'\u{30ff}').contains(&c);
    for Page { name, html, .. } in all(str::to_owned).iter().filter(|page| page.lang == Lang::En) {
        let names = ["ココナワーク", "コワークストレージ", "セルフ"];
        let text = names.iter().fold(html.clone(), |text, brand| text.replace(brand, ""));
        assert!(!text.contains(kana), "{name}");
    }
}

#[test]
fn nothing_a_person_typed_becomes_html() {
    let hostile: Word = |word| format!("{word}<script>alert(1)</script>\" onload=\"x'");
    let plain = all(str::to_owned);
    for (page, plain) in all(hostile).iter().zip(&plain) {
        assert!(!page.html.contains("<script>alert"), "{}", page.name);
        assert!(!page.html.contains("\" onload="), "{}", page.name);
        assert_eq!(page.html.matches('<').count(), plain.html.matches('<').count(), "{}", page.name);
    }
}

#[test]
fn the_content_security_policy_can_forbid_inline_code_and_other_hosts() {
    for Page { name, html, .. } in all(str::to_owned) {
        for forbidden in [" style=", "<style", "javascript:", "data:", " onclick", " onsubmit", "<base", "<iframe"] {
            assert!(!html.contains(forbidden), "{name}: {forbidden}");
        }
        assert_eq!(html.matches("<script").count(), html.matches("<script type=\"module\" src=\"/static/js/app.js\">").count());
        for source in attributes(&html, "src") {
            assert!(source.starts_with("/static/"), "{name}: {source}");
        }
        for action in attributes(&html, "action") {
            assert!(action.starts_with('/') && !action.starts_with("//"), "{name}: {action}");
        }
    }
}

#[test]
fn every_post_form_carries_an_operation_and_every_control_a_label() {
    for Page { name, html, .. } in all(str::to_owned) {
        for form in html.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap()) {
            assert_eq!(form.contains("method=\"post\""), form.contains("name=\"operation\""), "{name}");
        }
        let labels: HashSet<&str> = attributes(&html, "for").into_iter().collect();
        for input in html.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            let id = attributes(input, "id");
            assert!(input.contains("type=\"hidden\"") || labels.contains(id[0]), "{name}: {input}");
        }
    }
}

#[test]
fn ids_are_unique_and_references_lead_somewhere() {
    for Page { name, html, .. } in all(str::to_owned) {
        let ids = attributes(&html, "id");
        let asks = !attributes(&html, "data-dialog").is_empty();
        assert!(!asks || ids.contains(&"dialog"), "{name}: a link opens a dialog that is not there");
        let unique: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: {ids:?}");
        for reference in ["aria-describedby", "aria-labelledby", "aria-controls"] {
            for target in attributes(&html, reference).into_iter().flat_map(str::split_whitespace) {
                assert!(unique.contains(target), "{name}: {reference} {target}");
            }
        }
    }
}

#[test]
fn passwords_are_never_sent_back_and_fields_tell_password_managers_what_they_are() {
    for Page { name, html, .. } in all(str::to_owned) {
        for input in html.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            if input.contains("type=\"password\"") {
                assert!(!input.contains(" value="), "{name}");
                assert!(
                    input.contains("autocomplete=\"current-password\"") || input.contains("autocomplete=\"new-password\""),
                    "{name}"
                );
                assert!(input.contains("spellcheck=\"false\""), "{name}");
            }
        }
        if html.contains("type=\"password\"") {
            assert!(html.contains("autocomplete=\"username\""), "{name}");
        }
    }
}

#[test]
fn pages_stay_under_60_kb_with_styles_and_scripts() {
    let styles = weight("styles", &[]) * 6 / 7;
    for Page { name, html, .. } in all(str::to_owned) {
        let mut alone = attributes(&html, "data-script");
        alone.extend(html.contains(" data-many=").then_some("rows"));
        let scripts = weight("js", &alone) * 7 / 9;
        let storage = if html.contains("/static/storage.css") { weight("storage", &[]) * 6 / 7 } else { 0 };
        let total = styles + storage + scripts + u64::try_from(html.len()).unwrap();
        assert!(total < 60_000, "{name}: {total} bytes");
    }
}

#[test]
fn accept_language_picks_the_heavier_supported_language_and_falls_back_to_japanese() {
    for (header, expected) in [
        ("", Lang::Ja),
        ("ja,en-US;q=0.9,en;q=0.8", Lang::Ja),
        ("en-GB,en;q=0.9,ja;q=0.8", Lang::En),
        ("fr,en;q=0.5,ja;q=0.7", Lang::Ja),
        ("de, EN ;q=0.3", Lang::En),
        ("fr", Lang::Ja),
        ("en;q=0", Lang::Ja),
        ("en;q=x,;;,", Lang::Ja),
    ] {
        assert_eq!(Lang::accepted(header), expected, "{header}");
    }
}
