//! The invariants that README states and no compiler holds, held by reading the sources: who may know the runtime, where SQL,
//! clock and randomness live, that nothing waits between reading and writing state, that the objects speak to nobody.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use durable::{
    account::{Command, Settle, sign_in::NewSession},
    secret::Secret,
};
use kagiban::{
    openapi,
    route::{Operator, Route},
};
use serde_json::Value;

/// A source file without its tests: code with neither comments nor texts, and the texts.
struct Source {
    path: String,
    code: String,
    texts: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files of a folder of the product.
fn sources(folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    collect(&root().join(folder), &mut files);
    assert!(!files.is_empty(), "{folder}");
    files.sort();
    files.iter().map(|path| read(path)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
}

fn read(path: &Path) -> Source {
    let whole = fs::read_to_string(path).unwrap();
    let product = whole.split("#[cfg(test)]").next().unwrap_or_default();
    let (code, texts) = lex(product);
    Source { path: path.strip_prefix(root()).unwrap().display().to_string(), code, texts }
}

/// Splits Rust into code and the contents of its texts; comments are dropped.
fn lex(source: &str) -> (String, Vec<String>) {
    let (mut code, mut texts) = (String::new(), Vec::new());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("//") {
            rest = after.find('\n').map_or("", |end| after.split_at(end).1);
        } else if let Some(after) = rest.strip_prefix("/*") {
            rest = after.split_once("*/").unwrap_or_default().1;
        } else if let Some(after) = rest.strip_prefix("r#\"") {
            let (text, after) = after.split_once("\"#").unwrap();
            texts.push(text.to_owned());
            rest = after;
        } else if let Some(after) = rest.strip_prefix('"') {
            let end = text_end(after);
            texts.push(after.split_at(end).0.to_owned());
            code.push_str("\"\"");
            rest = after.split_at(end).1.strip_prefix('"').unwrap();
        } else if let Some(length) = character(rest) {
            rest = rest.split_at(length).1;
        } else {
            code.push(first);
            rest = rest.strip_prefix(first).unwrap();
        }
    }
    (code, texts)
}

/// Where the closing quotation mark is.
fn text_end(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().find(|(_, letter)| {
        let closes = *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        closes
    });
    end.unwrap().0
}

/// The length of a character literal, `'a'` or `'\n'`; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    if let Some(escape) = inner.strip_prefix('\\') {
        let skipped = escape.chars().next()?.len_utf8();
        return Some(escape.split_at(skipped).1.find('\'')?.saturating_add(skipped).saturating_add(3));
    }
    let length = inner.chars().next()?.len_utf8();
    inner.split_at(length).1.starts_with('\'').then(|| length.saturating_add(2))
}

/// Fails with every file outside `home` whose code names one of `words`.
fn only_in(home: &[&str], sources: &[Source], words: &[&str]) {
    let offences: Vec<String> = sources
        .iter()
        .filter(|source| !home.iter().any(|home| source.path.starts_with(home)))
        .flat_map(|source| {
            words.iter().filter(|word| source.code.contains(**word)).map(|word| format!("{}: {word}", source.path))
        })
        .collect();
    assert!(offences.is_empty(), "allowed in {home:?} only:\n{}", offences.join("\n"));
    let used = |word: &&&str| sources.iter().any(|source| source.code.contains(**word));
    assert!(words.iter().any(|word| used(&word)), "nobody uses {words:?}: is this still what to look for?");
}

#[test]
fn the_lexer_tells_code_texts_and_comments_apart() {
    let (code, texts) = lex("a('\"', '\\'', 'x: &'a str) // \"no\"\n/* no */ b(\"te\\\"xt\", r#\"ra\"w\"#) ");
    assert_eq!(code.replace(' ', ""), "a(,,'x:&'astr)\nb(\"\",)");
    assert_eq!(texts, ["te\\\"xt", "ra\"w"]);
}

#[test]
fn invariant_1_only_the_worker_and_the_shell_know_the_runtime() {
    let runtime = ["worker::", "js_sys", "wasm_bindgen", "web_sys", "getrandom"];
    only_in(&["durable/src/shell/"], &sources("durable/src"), &runtime);
    let pure: Vec<Source> = sources("src")
        .into_iter()
        .filter(|source| {
            ["src/pages/", "src/texts/", "src/route.rs", "src/provisioning", "src/openapi.rs"]
                .iter()
                .any(|own| source.path.starts_with(own))
        })
        .collect();
    for source in pure {
        assert!(runtime.iter().all(|word| !source.code.contains(word)), "{}", source.path);
    }
}

#[test]
fn invariant_2_nothing_waits_between_reading_and_writing_state() {
    let mut looked = 0_u32;
    for source in sources("durable/src/shell") {
        for function in source.code.split("fn ").skip(1) {
            let read = [".load()", ".record("].iter().filter_map(|read| function.find(read)).min();
            let write =
                [".save(", ".save_record(", ".commit(", "store::commit("].iter().filter_map(|write| function.rfind(write)).max();
            if let (Some(read), Some(write)) = (read, write)
                && read < write
            {
                looked = looked.saturating_add(1);
                let between = function.get(read..write).unwrap();
                assert!(!between.contains(".await"), "{}: fn {}", source.path, function.lines().next().unwrap());
            }
        }
    }
    // Contract and Journal read inside the closure of `store::commit`, where nothing can wait.
    assert!(looked >= 2, "Account and Names; found {looked}");
}

#[test]
fn invariant_3_calls_go_from_worker_outwards_from_account_outwards_and_from_contract_to_journal_never_back() {
    let mut asking = 0_u32;
    for source in sources("durable/src/shell") {
        if source.code.contains("call::ask(") || source.code.contains("call::upgrade(") {
            asking = asking.saturating_add(1);
            assert!(
                ["shell/account", "shell/hand_over.rs"].iter().any(|own| source.path.contains(own)),
                "{} calls another object",
                source.path
            );
            assert!(!source.code.contains("Kind::Account"), "{}: an Account asks no other Account", source.path);
        }
    }
    assert_eq!(asking, 4, "the outbox, the way to a journal, the reports of presence, and the contract's facts");
    // A Contract asks nobody but journals, by way of what both outboxes have in common.
    let all = sources("durable/src/shell");
    let with =
        |word: &str| all.iter().filter(|source| source.code.contains(word)).map(|source| source.path.clone()).collect::<Vec<_>>();
    assert_eq!(with("hand_over::hand_over"), ["durable/src/shell/outbox.rs"]);
    assert_eq!(with("Logs::default()"), ["durable/src/shell/account/outbox.rs", "durable/src/shell/contract/log.rs"]);
}

#[test]
fn invariant_4_clock_and_randomness_have_one_place_on_each_side() {
    let words = ["Date::now", "Date::new_0", "Instant::now", "SystemTime", "Math::random", "getrandom::", "random_uuid"];
    only_in(&["durable/src/shell/sys.rs"], &sources("durable/src"), &words);
    only_in(&["src/clock.rs"], &sources("src"), &words);
}

#[test]
fn invariant_5_no_sentence_for_people_inside_the_objects() {
    for source in sources("durable/src") {
        for text in &source.texts {
            assert!(!text.chars().any(|letter| ('\u{3000}'..='\u{9FFF}').contains(&letter)), "{}: {text}", source.path);
            assert!(!text.contains("</") && !text.contains("<p"), "{}: {text}", source.path);
        }
    }
}

#[test]
fn invariant_6_what_is_said_depends_on_the_profile_never_on_the_brand_s_name() {
    let names = ["WORKSDRIVE", "コワークストレージ", "ココナワーク"];
    for source in sources("src/texts") {
        for text in &source.texts {
            assert!(!names.iter().any(|name| text.contains(name)), "{}: {text}", source.path);
        }
    }
}

#[test]
fn invariant_10_sql_is_in_one_file() {
    let statements = ["SELECT ", "INSERT ", "UPDATE ", "DELETE FROM", "CREATE TABLE", "CREATE INDEX", "PRAGMA "];
    for source in sources("durable/src").into_iter().chain(sources("src")) {
        let sql =
            source.code.contains(".exec(") || source.texts.iter().any(|text| statements.iter().any(|word| text.contains(word)));
        assert_eq!(sql, source.path == "durable/src/shell/store.rs", "{}", source.path);
    }
}

#[test]
fn invariant_12_secrets_do_not_print_themselves() {
    let secret = || Secret::new("Kuromatsu-2024".into());
    let session =
        NewSession { hash: "h".into(), agent: "a".into(), address: "b".into(), browser: String::new(), menu: false, line: None };
    let command = Command::Settle(Settle { attempt: "c".into(), output: secret(), session, remembered: String::new() });
    for printed in [format!("{:?}", secret()), format!("{command:?}"), format!("{:#?}", Some(secret()))] {
        assert!(!printed.contains("Kuromatsu"), "{printed}");
    }
    for source in sources("durable/src").into_iter().chain(sources("src")) {
        assert!(!source.code.contains("Display for Secret"), "{}", source.path);
    }
}

#[test]
fn faults_on_purpose_are_in_no_ordinary_build() {
    for manifest in ["Cargo.toml", "durable/Cargo.toml"] {
        let text = fs::read_to_string(root().join(manifest)).unwrap();
        let features = text.split_once("[features]").unwrap().1.split("\n[").next().unwrap();
        assert!(features.contains("test-faults"), "{manifest}");
        assert!(!features.lines().any(|line| line.starts_with("default") && line.contains("test-faults")), "{manifest}");
    }
}

/// The variants of an enum in the site map's source.
fn variants(name: &str) -> BTreeSet<String> {
    let source = read(&root().join("src/route.rs"));
    let body = source.code.split_once(&format!("pub enum {name} {{")).unwrap().1.split_once('}').unwrap().0.to_owned();
    body.split(',')
        .filter_map(|variant| variant.split('(').next())
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.ends_with(')'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_site_map_as_data_holds_every_route_and_the_entry_answers_each() {
    let entry = read(&root().join("src/entry.rs")).code;
    let name = |text: String| text.split('(').next().unwrap_or_default().to_owned();
    let mapped: BTreeSet<String> = Route::map().into_iter().map(|entry| name(format!("{:?}", entry.route))).collect();
    assert_eq!(mapped, variants("Route"));
    for route in &mapped {
        assert!(entry.contains(&format!("Route::{route}")), "{route}");
    }
    let operator: BTreeSet<String> = operator_routes().into_iter().map(|operator| name(format!("{operator:?}"))).collect();
    assert_eq!(operator, variants("Operator"));
}

fn operator_routes() -> Vec<Operator> {
    let operator = |route| match route {
        Route::Operator(operator) => Some(operator),
        _ => None,
    };
    Route::map().into_iter().filter_map(|entry| operator(entry.route)).collect()
}

#[test]
fn the_description_of_the_operator_api_has_every_route_and_method_and_no_other() {
    let document: Value = serde_json::from_str(openapi::DOCUMENT).unwrap();
    let described: BTreeSet<(String, String)> = document
        .pointer("/paths")
        .unwrap()
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let path = path
                .replace("{contract}", "123456789")
                .replace("{service}", "coconowork")
                .replace("{login}", "cwtest.00001")
                .replace("{id}", "0123456789abcdef-1")
                .replace("{provider}", "d-account");
            let methods = item.as_object().unwrap().keys().filter(|key| *key != "parameters").map(|method| method.to_uppercase());
            methods.map(move |method| (path.clone(), method)).collect::<Vec<_>>()
        })
        .collect();
    let routes: BTreeSet<(String, String)> = operator_routes()
        .into_iter()
        .map(Route::Operator)
        .flat_map(|route| {
            let methods = route.methods().iter().filter(|method| **method != "HEAD");
            methods.map(|method| (route.path(), (*method).to_owned())).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(described, routes);
}
