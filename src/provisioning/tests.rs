//! What the operator sends, right and wrong: every violation at once, each with its path.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$YTJhMmEyYTJhMmEyYTJhMmEyYTJhMmEyYTJhMmEyYTI";

fn contract() -> Value {
    json!({
        "service": "coconowork", "name": " 株式会社サンプル ", "plan": "basic",
        "administrator": { "login": "ＡＤＭＩＮ.00001", "name": "山田 太郎" },
        "users": [
            { "login": "cwtest.00001", "type": "coconowork", "start": "2022-12-01", "end": null, "name": "鈴木 花子" },
            { "login": "cwtest.00002", "type": "coconowork-self", "start": "2022-12-01", "end": "2022-12-01", "password_hash": HASH },
            { "login": "cwtest.00003", "type": "coconowork", "start": "2022-12-01" },
        ],
    })
}

fn paths(body: &Value) -> BTreeSet<String> {
    parse(body).unwrap_err().into_iter().map(|problem| problem.path).collect()
}

/// The contract with this value at this JSON pointer.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = contract();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(field.into(), value);
    body
}

#[test]
fn cw_006_a_right_request_is_read_with_folded_names_and_the_administrator_first() {
    let spec = parse(&contract()).unwrap();
    assert_eq!((spec.facts.name.as_str(), spec.facts.plan), ("株式会社サンプル", Plan::Basic));
    let accounts: Vec<_> = spec.accounts.iter().map(|one| (one.path.as_str(), one.login.as_str(), one.role)).collect();
    let expected = [
        ("administrator", "admin.00001", Role::Administrator),
        ("users[0]", "cwtest.00001", Role::User),
        ("users[1]", "cwtest.00002", Role::User),
        ("users[2]", "cwtest.00003", Role::User),
    ];
    assert_eq!(accounts, expected);
    assert_eq!(spec.accounts.iter().map(|one| one.ready.is_some()).collect::<Vec<_>>(), [false, false, true, false]);
    assert_eq!(
        spec.accounts.iter().map(|one| one.plan.as_str()).collect::<Vec<_>>(),
        ["", "coconowork", "coconowork-self", "coconowork"]
    );
}

#[test]
fn a_contract_may_come_without_accounts() {
    let spec = parse(&json!({ "service": "worksdrive", "name": "x", "plan": "trial", "trial_start": "2026-11-01" })).unwrap();
    assert_eq!((spec.accounts.len(), spec.facts.trial_start), (0, Day::parse("2026-11-01")));
}

#[test]
fn st_002_storage_users_carry_manager_and_no_type() {
    let user = |more: Value| {
        let mut user = json!({ "login": "taro@example.jp", "start": "2026-11-01", "password_hash": HASH });
        user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "service": "worksdrive", "name": "x", "plan": "basic", "users": [user] })
    };
    let role = |body| parse(&body).unwrap().accounts.first().unwrap().role;
    assert_eq!(role(user(json!({}))), Role::User);
    assert_eq!(role(user(json!({ "manager": false }))), Role::User);
    assert_eq!(role(user(json!({ "manager": true }))), Role::Manager);
    assert_eq!(paths(&user(json!({ "manager": "yes" }))), BTreeSet::from(["users[0].manager".into()]));
    assert_eq!(paths(&user(json!({ "type": "coconowork" }))), BTreeSet::from(["users[0].type".into()]));
    assert_eq!(paths(&user(json!({ "login": "taro" }))), BTreeSet::from(["users[0].login".into()]));
    assert_eq!(paths(&with("/users/0/manager", json!(true))), BTreeSet::from(["users[0].manager".into()]));
}

#[test]
fn two_hundred_accounts_with_the_administrator() {
    let users = |count: usize| -> Value {
        (0..count).map(|at| json!({ "login": format!("u{at}"), "type": "coconowork", "start": "2022-12-01" })).collect()
    };
    assert_eq!(parse(&with("/users", users(199))).unwrap().accounts.len(), 200);
    assert_eq!(paths(&with("/users", users(200))), BTreeSet::from(["users".into()]));
}

#[test]
fn one_login_twice_after_folding() {
    assert_eq!(paths(&with("/users/2/login", json!(" CWTEST.00001"))), BTreeSet::from(["users[2].login".into()]));
    assert_eq!(paths(&with("/users/2/login", json!("admin.00001"))), BTreeSet::from(["users[2].login".into()]));
}

#[test]
fn contract_ids() {
    let long = "x".repeat(32);
    for id in ["1", "123456789", "Sample-2026", &long] {
        assert!(is_contract_id(id), "{id}");
    }
    let longer = "x".repeat(33);
    for id in ["", " ", "a b", "a/b", "a.b", "契約", &longer] {
        assert!(!is_contract_id(id), "{id}");
    }
}

/// A place of the request, a value that is wrong there, and the path that has to be told.
fn wrong() -> impl Strategy<Value = (&'static str, Value, &'static str)> {
    let of = |pointer, path, values: Vec<Value>| prop::sample::select(values).prop_map(move |value| (pointer, value, path));
    let no_texts = || vec![json!(7), json!(true), json!([]), json!({}), json!(""), json!("\u{7}")];
    let no_days = || vec![json!("2026-02-29"), json!("1.1.2026"), json!(20_260_101), json!(""), json!([])];
    prop_oneof![
        of("/service", "service", no_texts()),
        of("/name", "name", no_texts()),
        of("/plan", "plan", no_texts()),
        of("/trial_start", "trial_start", no_days()),
        of("/colour", "colour", vec![json!(null), json!(1)]),
        of("/administrator/login", "administrator.login", no_texts()),
        of("/administrator/type", "administrator.type", vec![json!("coconowork")]),
        of("/users/0/name", "users[0].name", no_texts()),
        of("/users/0/start", "users[0].start", no_days()),
        of("/users/0/type", "users[0].type", vec![json!("other"), json!(null), json!(3)]),
        of("/users/1/end", "users[1].end", vec![json!("2022-11-30"), json!("x")]),
        of("/users/1/password_hash", "users[1].password_hash", no_texts()),
        of("/users/2/login", "users[2].login", no_texts()),
        of("/users/2/end_date", "users[2].end_date", vec![json!("2027-01-01")]),
    ]
}

proptest! {
    /// Whatever is wrong together is told together, and nothing else is.
    #[test]
    fn every_violation_is_told_at_once(wrong in prop::collection::vec(wrong(), 1..6)) {
        let mut body = contract();
        for (pointer, value, _) in &wrong {
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(field.into(), value.clone());
        }
        let told = paths(&body);
        // Without a service nobody can say what its accounts have to be.
        let service = wrong.iter().any(|(_, _, path)| *path == "service");
        let expected = wrong.iter().map(|(_, _, path)| (*path).to_owned()).filter(|path| !service || !path.contains('.'));
        prop_assert_eq!(told, expected.collect::<BTreeSet<_>>());
    }

    #[test]
    fn any_json_is_read_or_refused(body in any_json()) {
        if let Err(problems) = parse(&body) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| !problem.message.is_empty()));
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec!["coconowork", "worksdrive", "basic", "trial", "2026-01-01", "a@b.jp", "x", ""])
            .prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "service",
        "name",
        "plan",
        "trial_start",
        "administrator",
        "users",
        "login",
        "start",
        "end",
        "type",
        "manager",
    ]);
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}
