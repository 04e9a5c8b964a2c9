//! The faults of the test-only build (feature `test-faults`); what is shipped has none of this.
//!
//! Reading the account `panic.00001` panics. With the setting `TEST_FAULTS`, every command of every account, and every change of a
//! contract, panics behind its commit, before anything else has happened, and passes when it is repeated; so does what the end of a
//! socket writes. The setting names the commands that are spared, with blanks between.

use std::{collections::BTreeSet, sync::Mutex};

use serde::Serialize;
use worker::Env;

use crate::account::Person;

/// What is being written: runs are synchronous, so there is one.
static WRITING: Mutex<String> = Mutex::new(String::new());
/// What has panicked and is to pass next.
static PANICKED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The name of a command, the first word of its JSON.
pub fn name(command: &impl Serialize) -> String {
    let json = serde_json::to_string(command).unwrap_or_default();
    json.split('"').nth(1).unwrap_or_default().to_owned()
}

/// Says what the next commit is made for.
pub fn begin(what: &str) {
    if let Ok(mut writing) = WRITING.lock() {
        what.clone_into(&mut writing);
    }
}

/// Panics after a commit of this account, every second time for each kind.
pub fn after_commit(env: &Env, uid: &str) {
    let fails = env.var("TEST_FAULTS").is_ok_and(|spared| fails_now(uid, &spared.to_string()).unwrap_or(false));
    assert!(!fails, "after a commit, on purpose");
}

fn fails_now(uid: &str, spared: &str) -> Option<bool> {
    let writing = WRITING.lock().ok()?.clone();
    if spared.split(' ').any(|one| one == writing) {
        return Some(false);
    }
    let key = format!("{uid} {writing}");
    let mut panicked = PANICKED.lock().ok()?;
    Some(!panicked.remove(&key) && panicked.insert(key))
}

/// Panics for one account.
pub fn panic_on_purpose(person: Option<&Person>) {
    assert!(person.is_none_or(|person| person.identity.login != "panic.00001"), "on purpose");
}
