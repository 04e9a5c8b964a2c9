//! The access matrix, rendered for people from the decisions themselves.

use std::fmt::Write;

use super::{Act, Actor, Role, Subject, decide};
use crate::profile::{self, Profile, Service};

/// The whole matrix as a table for people: per service and role of the actor, one line an act, one column a subject.
#[must_use]
pub fn matrix() -> String {
    let mut text = String::from(
        "Who may act on whom: yes = allowed, . = answered like an unknown account.\n\
         Made from durable/src/rules/access.rs and compared by durable/tests/rules_all_profiles.rs (UPDATE=1 rewrites it).\n",
    );
    for service in Service::ALL {
        let profile = profile::of(service);
        for role in Role::ALL.into_iter().filter(|role| profile.roles.contains(role)) {
            let _ = write!(text, "\n{} / {}\n{:<16}", service.code(), role.code(), "");
            for (heading, _) in columns(role) {
                let _ = write!(text, "{heading:<15}");
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
            for act in Act::ALL {
                text.push_str(&line(profile, role, act));
            }
        }
    }
    text
}

fn line(profile: &Profile, role: Role, act: Act) -> String {
    let name = |text: &str| String::from(text);
    let actor = Actor {
        uid: name("actor"),
        contract: name("own"),
        role,
        login: name(""),
        name: name(""),
        session: name(""),
        address: name(""),
    };
    let mut line = format!("  {:<14}", format!("{act:?}"));
    for (heading, subjects) in columns(role) {
        let allowed = subjects.iter().any(|subject| decide(profile, &actor, subject, act).is_ok());
        // A list is the contract's, every other act is done to an account: the cells that say nothing stay blank.
        let meaningful =
            heading == OTHER || (heading == CONTRACT) == matches!(act, Act::ListUsers | Act::ReadHistory | Act::Import);
        let _ = write!(
            line,
            "{:<15}",
            if !meaningful {
                ""
            } else if allowed {
                "yes"
            } else {
                "."
            }
        );
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

const CONTRACT: &str = "his contract";
const OTHER: &str = "other contract";

/// The columns of the matrix: heading, and the subjects of which one has to be allowed.
fn columns(role: Role) -> [(&'static str, Vec<Subject<'static>>); 6] {
    let subject = |uid, contract, role| Subject { uid, contract, role };
    let foreign = Role::ALL.into_iter().flat_map(|role| [subject("other", "foreign", role), subject("actor", "foreign", role)]);
    [
        ("himself", vec![subject("actor", "own", role)]),
        ("administrator", vec![subject("other", "own", Role::Administrator)]),
        ("manager", vec![subject("other", "own", Role::Manager)]),
        ("user", vec![subject("other", "own", Role::User)]),
        (CONTRACT, vec![subject("", "own", Role::User)]),
        (OTHER, foreign.collect()),
    ]
}
