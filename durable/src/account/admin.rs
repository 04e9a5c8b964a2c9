//! What an administrator sees of a person and does to him. The actor comes from his own account in the same request; whether
//! he may is decided here, where the facts live, by `rules::access`.

use serde::{Deserialize, Serialize};

use super::{
    Done,
    connections::{Bye, LEASE},
    person::{End, Person, Role},
};
use crate::{
    Millis,
    ask::Reply,
    effect::Event,
    refusal::Refusal,
    rules::{
        access::{self, Act, Actor, Subject},
        date::Day,
    },
    turn::Turn,
};

/// How long a watching page's ticket can be used.
pub const TICKET_LIFE: Millis = 60_000;

/// The detail page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct View {
    /// Who looks.
    pub actor: Actor,
    /// The watching page whose lease this look renews.
    pub renew: Option<String>,
}

/// Everything the detail page shows.
#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own on the page")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// The account.
    pub uid: String,
    /// ユーザ名
    pub login: String,
    /// The person's name.
    pub name: String,
    /// アカウント管理者 or 一般ユーザ
    pub role: Role,
    /// タイプ: the plan's code.
    pub plan: String,
    /// サービス提供開始日
    pub start: Day,
    /// サービス解約日
    pub end: Option<Day>,
    /// Whether the service period covers now.
    pub in_service: bool,
    /// 端末認証情報
    pub phone: Option<PhoneView>,
    /// ビューア（手元端末）: since when.
    pub viewer: Option<Millis>,
    /// クライアント（接続先機器）: since when.
    pub client: Option<Millis>,
    /// 利用が禁止されています
    pub prohibited: bool,
    /// 多要素認証を使用しています
    pub factor: bool,
    /// ロックアウト時刻
    pub locked_at: Option<Millis>,
    /// 仮パスワード
    pub temporary: bool,
}

/// The registered phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneView {
    /// 端末名
    pub name: String,
    /// 端末のOS
    pub os: String,
    /// 登録時刻
    pub at: Millis,
}

/// 切断 of one end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Disconnect {
    /// Who.
    pub actor: Actor,
    /// Which end.
    pub end: End,
    /// The form's operation id.
    pub operation: String,
}

/// 端末認証情報の初期化
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResetDevice {
    /// Who.
    pub actor: Actor,
    /// The form's operation id.
    pub operation: String,
}

/// What an act on a person met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acted {
    /// Whether there was anything to act on: a live connection, a registered phone.
    pub found: bool,
}

/// A page opens its live link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Watch {
    /// Who watches.
    pub actor: Actor,
    /// The ticket's one-use nonce.
    pub nonce: String,
    /// The page's own id.
    pub watcher: String,
}

/// Whether `actor` may do `act` to this person.
fn allowed(person: &Person, actor: &Actor, act: Act) -> Result<(), Refusal> {
    let identity = &person.identity;
    let subject = Subject { uid: &identity.uid, contract: &identity.contract, role: identity.role };
    access::decide(person.profile(), actor, &subject, act).map_err(|_| Refusal::NotFound)
}

pub(super) fn view(turn: &mut Turn, person: &mut Person, command: &View) -> Reply<UserView> {
    allowed(person, &command.actor, Act::ViewUser)?;
    Ok(view_of(person, turn))
}

/// The view itself, for the administrator's page and the operator's answer.
pub(super) fn view_of(person: &Person, turn: &Turn) -> UserView {
    let identity = &person.identity;
    let connected = |end| turn.live.connected(person, end, turn.now).map(|socket| socket.device.since);
    UserView {
        uid: identity.uid.clone(),
        login: identity.login.clone(),
        name: identity.name.clone(),
        role: identity.role,
        plan: identity.plan.clone(),
        start: identity.start,
        end: identity.end,
        in_service: person.in_service(turn.now),
        phone: person.devices.phone.as_ref().map(|phone| PhoneView {
            name: phone.name.clone(),
            os: phone.os.clone(),
            at: phone.at,
        }),
        viewer: connected(End::Viewer),
        client: connected(End::Client),
        prohibited: person.prohibited,
        factor: person.factor,
        locked_at: person.web.locked(&turn.profile.web_lock, turn.now).map(|lock| lock.since),
        temporary: person.credential.temporary,
    }
}

/// Cuts every connection of that end that exists now (CW-071); the device may come back (CW-073).
pub(super) fn disconnect(turn: &mut Turn, person: &mut Person, command: &Disconnect) -> Reply<Acted> {
    allowed(person, &command.actor, Act::Disconnect)?;
    let what = match command.end {
        End::Viewer => "disconnect-viewer",
        End::Client => "disconnect-client",
    };
    if person.repeated(turn.now, &command.actor.uid, what, &command.operation) {
        return Ok(Acted { found: true });
    }
    let found = turn.live.connected(person, command.end, turn.now).is_some();
    if found {
        person.cut(command.end, turn.now, Bye::Administrator);
        let event = Event::new("disconnected", turn.now, &command.actor.login);
        turn.log(event.with("end", command.end.code()));
    }
    Ok(Acted { found })
}

/// Forgets the registered phone. The live phone stays until it disconnects (CW-064); its token dies.
pub(super) fn reset_device(turn: &mut Turn, person: &mut Person, command: &ResetDevice) -> Reply<Acted> {
    allowed(person, &command.actor, Act::ResetDevice)?;
    if person.repeated(turn.now, &command.actor.uid, "reset-device", &command.operation) {
        return Ok(Acted { found: true });
    }
    let before = person.devices.phone.take();
    if let Some(phone) = &before {
        person.devices.tokens.retain(|token| token.end != End::Viewer);
        person.device_door.known.remove(&phone.key);
        person.drop_open_attempts();
        turn.log(Event::new("device-reset", turn.now, &command.actor.login).with("phone", &phone.name));
    }
    Ok(Acted { found: before.is_some() })
}

/// Uses up the ticket; the shell then accepts the socket with a lease of [`LEASE`].
pub(super) fn watch(turn: &mut Turn, person: &mut Person, command: &Watch) -> Reply<Done> {
    allowed(person, &command.actor, Act::ViewUser).or_else(|_| allowed(person, &command.actor, Act::OwnPage))?;
    let now = turn.now;
    person.tickets.retain(|_, until| *until > now);
    if person.tickets.insert(command.nonce.clone(), now.saturating_add(TICKET_LIFE)).is_some() {
        return Err(Refusal::Used);
    }
    Ok(Done)
}

/// When a lease given now ends.
#[must_use]
pub fn lease(now: Millis) -> Millis {
    now.saturating_add(LEASE)
}
