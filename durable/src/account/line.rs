//! 回線認証 at the account (ST-060 to ST-063): whether a login or a session may be where it comes from, and 回線情報通知設定.
//!
//! Invariant: the contract is asked at every use of a session, so that アクセス経路設定 and its line numbers hold for living sessions at
//! once, without anybody going round its members.

use serde::{Deserialize, Serialize};

use super::{
    own::session,
    person::{Person, Role, Session, Stage},
    sign_in::{NewSession, log_refused},
};
use crate::{
    ask::Reply,
    effect::{Effect, Event},
    refusal::Refusal,
    rules::{access::Actor, line::may_enter},
    turn::Turn,
};

/// 回線情報通知設定 (ST-063): looks whether it was answered, or answers it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LineNotice {
    /// SHA-256 of the session id.
    pub session: String,
    /// 「通知する」→「決定」
    pub answer: bool,
}

/// Who changes settings of the contract in the console: with the password checked lately.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WhoSets {
    /// SHA-256 of the session id.
    pub session: String,
}

/// The contractor's way out (ST-067): 認証・契約情報変更メニュー, from the Internet.
fn escapes(person: &Person, menu: bool) -> bool {
    menu && person.identity.role == Role::Administrator
}

/// Whether a login may be where it comes from, whatever its method; asked once it is right in everything else, and before a session is
/// made. A line that was used is told to the contract.
pub(super) fn enter(turn: &mut Turn, person: &Person, new: &NewSession) -> Result<(), Refusal> {
    let number = new.line.as_ref().map(|line| line.number.as_str());
    if !may_enter(turn.facts.as_ref(), number, escapes(person, new.menu)) {
        log_refused(turn, person, new, "line");
        return Err(Refusal::Line);
    }
    if let Some(number) = number {
        let contract = person.identity.contract.clone();
        turn.effects.push(Effect::LineUsed { contract, number: number.to_owned(), at: turn.now });
    }
    Ok(())
}

/// Whether a session may go on where it was opened.
pub(super) fn stands(turn: &Turn, person: &Person, session: &Session) -> bool {
    may_enter(turn.facts.as_ref(), session.line.as_deref(), escapes(person, session.menu))
}

/// Whether it was answered before, and is now.
pub(super) fn notice(turn: &mut Turn, person: &mut Person, command: &LineNotice) -> Reply<bool> {
    session(turn, person, &command.session, Some(Stage::Full))?;
    let answered = person.line_notice.is_some();
    if command.answer && !answered {
        person.line_notice = Some(turn.now);
        turn.log(Event::new("line-notice-set", turn.now, &person.identity.login).in_session(&command.session));
    }
    Ok(answered)
}

pub(super) fn who_sets(turn: &mut Turn, person: &mut Person, command: &WhoSets) -> Reply<Actor> {
    super::factor::confirmed_at(turn, person, &command.session, Stage::Full)?;
    Ok(Actor { session: command.session.clone(), ..person.as_actor() })
}
