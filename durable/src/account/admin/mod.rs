//! What an administrator sees of a person and does to him. The actor comes from his own account in the same request; whether
//! he may is decided here, where the facts live, by `rules::access`.
//!
//! One file a noun: `devices` (connections and the phone), `application` (the use of the management function: lock, permission,
//! second factor), `password`, `shut_out` (all of it at once), `invitation`, `address` (of a user's mails).

mod address;
mod application;
mod devices;
mod invitation;
mod password;
mod shut_out;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::{
    address::{AskAddressChange, ReadMails},
    application::Administer,
    devices::{Disconnect, ResetDevice},
    invitation::{Invite, Withdraw},
    password::ForcePassword,
};
pub(super) use self::{
    address::{ask_address_change, read_mails},
    application::administer,
    devices::{disconnect, reset_device},
    invitation::{invite, withdraw},
    password::force_password,
};
use super::{
    Done,
    connections::LEASE,
    credential,
    person::{End, Person, Role},
    receipt::{self, Receipt},
    sign_in::lives,
};
use crate::{
    Millis,
    ask::Reply,
    refusal::Refusal,
    rules::{
        access::{self, Act, Actor, Subject},
        date::Day,
        link::{Link, Purpose, State},
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
    /// Living web sessions.
    #[serde(default)]
    pub sessions: usize,
    /// The name of the PC that is the live client, as far as it is known.
    #[serde(default)]
    pub pc: Option<String>,
    /// Whether too many wrong passwords have closed the device door to unknown devices until an administrator acts.
    #[serde(default)]
    pub door_closed: bool,
    /// What the last act on this person did, as long as that is news.
    #[serde(default)]
    pub receipt: Option<Receipt>,
    /// When the grace of the previous password ends, if there is one.
    #[serde(default)]
    pub grace_until: Option<Millis>,
    /// Whether the live client stands on that.
    #[serde(default)]
    pub on_previous: bool,
    /// What stands about its mails; `None` where accounts get none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailView>,
}

/// What stands about the mails of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailView {
    /// Since when its invitation waits.
    pub invited: Option<Millis>,
    /// Until when that can be accepted.
    pub until: Option<Millis>,
    /// Who invited; empty for the operator.
    pub by: String,
    /// A change that waits for its link: the new address, empty for the login method, and until when.
    pub pending: Option<(String, Millis)>,
    /// The last login.
    pub signed_in: Option<Millis>,
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

/// What an act on a person met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acted {
    /// Whether there was anything to act on: a live connection, a registered phone, a lock.
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
    let connected = |end| turn.live.connected(person, end, turn.now).map(|socket| &socket.device);
    let client = connected(End::Client);
    let pc = client.and_then(|device| person.devices.clients.iter().find(|client| client.key == device.key));
    let door = turn.profile.device_door.as_ref();
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
        viewer: connected(End::Viewer).map(|device| device.since),
        client: client.map(|device| device.since),
        prohibited: person.prohibited,
        factor: person.factor,
        locked_at: person.lock(&turn.profile.web_lock, turn.now).map(|lock| lock.since),
        temporary: person.credential.temporary,
        sessions: living_sessions(person, turn),
        pc: pc.map(|client| client.name.clone()),
        door_closed: door.is_some_and(|door| person.device_door.unknown.closed(&door.unknown, turn.now)),
        receipt: receipt::shown(person, turn.now),
        grace_until: credential::grace(person, turn.now),
        on_previous: credential::on_previous(person, turn.live, turn.now).is_some(),
        mail: turn.profile.invites().then(|| mail_view(person, turn.now)),
    }
}

fn mail_view(person: &Person, now: Millis) -> MailView {
    let waits = |link: &&Link| {
        matches!(link.purpose, Purpose::Address | Purpose::Method) && !matches!(link.state, State::Used(_)) && now < link.until
    };
    MailView {
        invited: person.invitation.since,
        until: person.invited_until(),
        by: person.invitation.by.clone(),
        pending: person.links.iter().find(waits).map(|link| (link.about.clone(), link.until)),
        signed_in: person.signed_in,
    }
}

/// How many web sessions live.
pub(super) fn living_sessions(person: &Person, turn: &Turn) -> usize {
    person.sessions.iter().filter(|session| lives(session, turn)).count()
}

/// Uses up the ticket; the shell then accepts the socket with a lease of [`LEASE`].
pub(super) fn watch(turn: &mut Turn, person: &mut Person, command: &Watch) -> Reply<Done> {
    allowed(person, &command.actor, Act::ViewUser).or_else(|_| allowed(person, &command.actor, Act::OwnPage))?;
    use_ticket(&mut person.tickets, &command.nonce, turn.now)?;
    Ok(Done)
}

/// Uses up a ticket, of which only the nonce is kept, until it would have expired.
///
/// # Errors
/// [`Refusal::Used`] for all uses but the first.
pub fn use_ticket(tickets: &mut BTreeMap<String, Millis>, nonce: &str, now: Millis) -> Result<(), Refusal> {
    tickets.retain(|_, until| *until > now);
    match tickets.insert(nonce.to_owned(), now.saturating_add(TICKET_LIFE)) {
        Some(_) => Err(Refusal::Used),
        None => Ok(()),
    }
}

/// When a lease given now ends.
#[must_use]
pub fn lease(now: Millis) -> Millis {
    now.saturating_add(LEASE)
}
