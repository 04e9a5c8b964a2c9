//! パスワードを変更 of a person by his administrator (CW-055, CW-120 to CW-124): a forced change. The Worker has checked the
//! password's text and hashed it; whether it equals the current or the previous one is never said.

use serde::{Deserialize, Serialize};

use super::{allowed, living_sessions, shut_out::shut_out};
use crate::{
    account::{
        news::Matter,
        operator::Initial,
        person::{Person, Stage},
        receipt,
    },
    ask::Reply,
    effect::Event,
    rules::access::{Act, Actor},
    turn::Turn,
};

/// Sets a person's password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ForcePassword {
    /// Who.
    pub actor: Actor,
    /// The password, hashed.
    pub password: Initial,
    /// 次回ログイン時にパスワードの変更が必要
    pub temporary: bool,
    /// 猶予を与えない: the old password serves no client any more.
    pub graceless: bool,
    /// すべて遮断: nothing that opened the account before does so afterwards.
    #[serde(default)]
    pub everything: bool,
    /// The form's operation id.
    pub operation: String,
}

/// Replaces the password, ends every session and clears the lock; answers where the person's next login will stand. A person
/// who may not use the management function could not change a temporary password, so his is never temporary (CW-121).
pub(in crate::account) fn force_password(turn: &mut Turn, person: &mut Person, command: &ForcePassword) -> Reply<Stage> {
    if command.everything {
        return shut_out(turn, person, command);
    }
    let ForcePassword { actor, password, graceless, operation, .. } = command;
    allowed(person, actor, Act::ForcePassword)?;
    let hash = password.hash()?;
    let temporary = command.temporary && !person.prohibited;
    // The same form sent again with another password is another operation, not a repeat.
    let what = format!("force-password {} {graceless} {}", command.temporary, password.output.reveal());
    if !person.repeated(turn.now, &actor.uid, &what, operation) {
        let was = receipt::before(turn, person);
        let kind = |temporary| if temporary { "temporary" } else { "lasting" };
        let event = Event::by("password-forced", turn.now, actor)
            .with("before", kind(person.credential.temporary))
            .with("after", kind(temporary))
            .with("sessions", living_sessions(person, turn).to_string())
            .with("grace", if *graceless { "none" } else { "kept" });
        // Thirty days run from every change by an administrator, whether the password is temporary or not.
        person.set_password(hash, true, turn.now);
        person.credential.temporary = temporary;
        if *graceless {
            person.end_grace();
        }
        person.sessions.clear();
        person.web.clear();
        person.tell(Matter::PasswordForced, &actor.login, turn.now);
        turn.log(event);
        receipt::keep(turn, person, was, ("password-forced", &actor.login), operation);
    }
    Ok(if person.credential.temporary { Stage::PasswordDue } else { Stage::Full })
}
