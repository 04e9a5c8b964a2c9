//! The site map as a table, pinned in `tests/routes.txt`: what takes which methods, from whom, and how much of a body. The
//! tests of bad input walk that file, so a new route is tested as soon as it is in [`Route::map`].

#![expect(clippy::unwrap_used, reason = "tests")]

use durable::profile::{COCONOWORK, WORKSDRIVE};
use kagiban::route::{Credential, Route};

/// One line a route: path, who is recognised how, whether it is a page, longest body in bytes, methods, in which services.
fn table() -> String {
    let row = |route: &Route| {
        let credential = match route.credential() {
            Credential::Nothing => "nothing",
            Credential::Session => "session",
            Credential::Device => "device",
            Credential::OperatorToken => "operator",
        };
        let kind = if route.is_page() { "page" } else { "api" };
        let services = match (route.is_of(&COCONOWORK), route.is_of(&WORKSDRIVE)) {
            (true, true) => "all",
            (true, false) => "coconowork",
            (false, true) => "storage",
            (false, false) => "none",
        };
        format!("{} {credential} {kind} {} {} {services}\n", route.path(), route.body_limit(), route.methods().join(","))
    };
    Route::map().iter().map(|entry| row(&entry.route)).collect()
}

#[test]
fn the_site_map_is_the_one_the_tests_of_bad_input_walk() {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write("tests/routes.txt", table()).unwrap();
        return;
    }
    assert_eq!(include_str!("routes.txt"), table(), "tests/routes.txt differs from Route::map()");
}
