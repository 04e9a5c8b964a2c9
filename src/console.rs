//! 管理コンソール of the storage services: a user's page, 招待, the invitations that wait, メールアドレス変更 and 最近のメール. The user's own Account
//! decides about each act; an address is held in Names only once an invitation is accepted.

use durable::{
    account::{Acted, Administer, AskAddressChange, Invite, ReadMails, UserView, View, Withdraw, person::Identity},
    ask::Reply,
    contract::{Known, ListInvited},
    names::{Reserve, Reserved, invitation_key, shard_of},
    profile::{self, Service},
    refusal::Refusal,
    rules::{
        access::{Act, Actor, Role},
        date::{Day, Zone, stamp},
        login_name,
    },
    shell::call::{self, Kind},
};
use worker::Env;

use crate::{
    answer::{Answer, Outcome, Stop, refused},
    clock,
    pages::{
        AddressError, Chrome, Invitations, InviteErrors, InvitePage, InvitedRow, MailRow, Member, MemberAct, MemberAddress,
        MemberFacts, MemberMails, MemberQuestion, Notice, Stamp, Trouble, Typed,
    },
    route::Route,
    table::is_name,
    texts,
    users::{actor, actor_and_subject, chrome},
    visit::Visit,
};

/// Who asks, where this service has the act; `touch` prolongs his session.
///
/// # Errors
/// 404 where it has not.
pub async fn actor_of(visit: &Visit, route: &Route, act: Act, touch: bool) -> Result<Actor, Stop> {
    let actor = actor(visit, route, touch).await?;
    if visit.profile().acts.contains(&act) { Ok(actor) } else { Err(Trouble::NotFound.into()) }
}

/// Who asks, and the uid of whom he names, where this service has the act.
async fn subject_of(visit: &Visit, route: &Route, login: &str, act: Act) -> Result<(Actor, String), Stop> {
    let found = actor_and_subject(visit, route, login, true).await?;
    if visit.profile().acts.contains(&act) { Ok(found) } else { Err(Trouble::NotFound.into()) }
}

/// Who asks, and the uid and state of the user whom he names.
async fn user(visit: &Visit, route: &Route, login: &str, act: Act) -> Result<(Actor, String, UserView), Stop> {
    let (actor, uid) = subject_of(visit, route, login, act).await?;
    let view = View { actor: actor.clone(), renew: None };
    let view = visit.ask(Kind::Account, &uid, view).await?.map_err(|refusal| refused(visit, route, &refusal))?;
    Ok((actor, uid, view))
}

/// GET /users/{login}
pub async fn member(visit: &Visit, route: &Route, login: &str) -> Outcome {
    let (actor, _, view) = user(visit, route, login, Act::ViewUser).await?;
    Answer::page(&Member { chrome: chrome(visit, &actor)?, user: facts(visit, view) })
}

fn facts(visit: &Visit, view: UserView) -> MemberFacts {
    let at = |instant| Stamp(stamp(instant, visit.zone));
    let mail = view.mail.unwrap_or_default();
    MemberFacts {
        login: view.login,
        name: view.name,
        role: view.role,
        start: view.start.to_string(),
        end: view.end.map(|day| day.to_string()),
        invited: mail.invited.and(mail.until).map(|until| (at(until), until <= visit.arrived)),
        by: mail.by,
        pending: mail.pending.map(|(address, until)| (address, at(until))),
        signed_in: mail.signed_in.map(at),
        locked: view.locked_at.map(at),
        factor: view.factor,
    }
}

fn back(login: &str, notice: Notice) -> Answer {
    Answer::see(format!("{}?notice={}", Route::User(login.to_owned()).path(), notice.code()))
}

/// GET and POST of 再送, 取り消し and the reset of 2段階認証
pub async fn act(visit: &Visit, route: &Route, login: &str, act: MemberAct) -> Outcome {
    let rule = match act {
        MemberAct::Resend => Act::Invite,
        MemberAct::Withdraw => Act::Withdraw,
        MemberAct::ResetTwoStep => Act::ResetFactor,
    };
    if !visit.acts {
        let (actor, _, view) = user(visit, route, login, rule).await?;
        let (chrome, address) = (chrome(visit, &actor)?, String::new());
        return Answer::page(&MemberQuestion { chrome, login: view.login, act: Some(act), address, pending: false });
    }
    let operation = visit.form()?.operation()?.to_owned();
    let (actor, uid) = subject_of(visit, route, login, rule).await?;
    if act == MemberAct::Withdraw {
        return match visit.ask(Kind::Account, &uid, Withdraw { actor }).await? {
            Ok(_) => Ok(Answer::see(format!("{}?notice={}", Route::Invitations.path(), Notice::InvitationWithdrawn.code()))),
            Err(Refusal::Used) => Ok(back(login, Notice::WasRegistered)),
            Err(refusal) => Err(refused(visit, route, &refusal)),
        };
    }
    let acted = visit.ask(Kind::Account, &uid, Administer { actor, act: rule, operation }).await?;
    let found = acted.map_err(|refusal| refused(visit, route, &refusal))?.found;
    let notice = match (act, found) {
        (MemberAct::ResetTwoStep, true) => Notice::TwoStepReset,
        (MemberAct::ResetTwoStep, false) => Notice::TwoStepWasReset,
        (_, true) => Notice::InvitationResent,
        (_, false) => Notice::MailJustSent,
    };
    Ok(back(login, notice))
}

/// Which of these addresses the contract has.
async fn known(visit: &Visit, route: &Route, actor: &Actor, logins: Vec<String>) -> Result<Vec<String>, Stop> {
    let known = visit.ask(Kind::Contract, &actor.contract, Known { actor: actor.clone(), logins }).await?;
    known.map_err(|refusal| refused(visit, route, &refusal))
}

/// GET and POST /users/{login}/address (ST-106): the field, the question, then the mail.
pub async fn address(visit: &Visit, route: &Route, login: &str) -> Outcome {
    let form = if visit.acts { Some(visit.form()?) } else { None };
    let operation = form.as_ref().map(|form| form.operation().map(str::to_owned)).transpose()?;
    let (actor, uid, view) = user(visit, route, login, Act::ChangeAddress).await?;
    let mail = view.mail.unwrap_or_default();
    if mail.invited.is_some() {
        return Ok(back(&view.login, Notice::WasRegistered));
    }
    let page = |status, typed: &str, error| {
        let typed = typed.chars().take(254).collect();
        Answer::page_with(status, &MemberAddress { chrome: chrome(visit, &actor)?, login: view.login.clone(), typed, error })
    };
    let (Some(form), Some(operation)) = (form, operation) else { return page(200, &view.login, None) };
    let typed = form.need("address")?;
    let Some(address) = login_name::parse(typed, visit.profile().name_kind) else {
        return page(422, typed, Some(AddressError::Malformed));
    };
    if address != view.login && !known(visit, route, &actor, vec![address.clone()]).await?.is_empty() {
        return page(422, typed, Some(AddressError::Taken));
    }
    if form.may("sure").is_empty() {
        let (chrome, pending) = (chrome(visit, &actor)?, mail.pending.is_some());
        return Answer::page(&MemberQuestion { chrome, login: view.login, act: None, address, pending });
    }
    let notice = if address == view.login { Notice::MethodLinkSent } else { Notice::AddressLinkSent };
    match visit.ask(Kind::Account, &uid, AskAddressChange { actor: actor.clone(), address, operation }).await? {
        Ok(Acted { found: true }) => Ok(back(&view.login, notice)),
        Ok(Acted { found: false }) => Ok(back(&view.login, Notice::MailJustSent)),
        Err(Refusal::Used) => Ok(back(&view.login, Notice::WasRegistered)),
        Err(Refusal::Fixed { .. }) => page(429, typed, Some(AddressError::MovedOften)),
        Err(refusal) => Err(refused(visit, route, &refusal)),
    }
}

/// Whom to invite.
pub struct Guest {
    /// メールアドレス, folded.
    pub login: String,
    /// 氏名
    pub name: String,
    /// Whether as a user with administrator rights.
    pub manager: bool,
    /// サービス提供開始日
    pub start: Day,
}

/// Invites one user to the actor's contract: his address is reserved for the invitation, then his Account decides.
///
/// # Errors
/// A fault.
pub async fn invite(
    env: &Env,
    service: Service,
    actor: &Actor,
    guest: Guest,
    operation: &str,
    of_many: bool,
) -> worker::Result<Reply<Acted>> {
    let key = invitation_key(service, &actor.contract, &guest.login);
    let reserve = Reserve { key: key.clone(), uid: clock::id()?, contract: actor.contract.clone() };
    let Reserved { uid, asked } = match call::ask(env, Kind::Names, &shard_of(&key), reserve).await? {
        Ok(reserved) => reserved,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let identity = Identity {
        service,
        uid: uid.clone(),
        contract: actor.contract.clone(),
        role: if guest.manager { Role::Manager } else { Role::User },
        login: guest.login,
        name: guest.name,
        plan: String::new(),
        start: guest.start,
        end: None,
    };
    let command = Invite { actor: actor.clone(), identity, operation: operation.to_owned(), asked, of_many };
    call::ask(env, Kind::Account, &uid, command).await
}

/// GET and POST /invite: everything that is wrong is said at once.
pub async fn invite_page(visit: &Visit, route: &Route) -> Outcome {
    let form = if visit.acts { Some(visit.form()?) } else { None };
    let operation = form.as_ref().map(|form| form.operation().map(str::to_owned)).transpose()?;
    let actor = inviter(visit, route).await?;
    let managers = profile::of(visit.service).below(actor.role).contains(&Role::Manager);
    let page = |status, typed, errors| {
        Answer::page_with(status, &InvitePage { chrome: chrome(visit, &actor)?, typed, managers, errors })
    };
    let (Some(form), Some(operation)) = (form, operation) else {
        let start = Day::at(visit.arrived, Zone::TOKYO).to_string();
        return page(200, Typed { start, ..Typed::default() }, InviteErrors::default());
    };
    let cut = |field: &str| form.may(field).trim().chars().take(254).collect::<String>();
    let typed =
        Typed { name: cut("name"), address: cut("address"), manager: !form.may("manager").is_empty(), start: cut("start") };
    let login = login_name::parse(&typed.address, visit.profile().name_kind);
    let day = Day::parse(&typed.start);
    let taken = match &login {
        Some(login) => !known(visit, route, &actor, vec![login.clone()]).await?.is_empty(),
        None => false,
    };
    let address = match &login {
        None => Some(AddressError::Malformed),
        Some(_) => taken.then_some(AddressError::Taken),
    };
    let errors = InviteErrors { name: !is_name(&typed.name), address, start: day.is_none() };
    let (Some(login), Some(start)) = (login, day) else { return page(422, typed, errors) };
    if errors != InviteErrors::default() {
        return page(422, typed, errors);
    }
    let guest = Guest { login: login.clone(), name: typed.name.clone(), manager: typed.manager, start };
    match invite(&visit.env, visit.service, &actor, guest, &operation, false).await? {
        Ok(_) => Ok(back(&login, Notice::Invited)),
        Err(Refusal::Taken) => page(422, typed, InviteErrors { address: Some(AddressError::Taken), ..errors }),
        Err(Refusal::TooMany { .. }) => page(429, typed, InviteErrors { address: Some(AddressError::MailedLately), ..errors }),
        Err(refusal) => Err(refused(visit, route, &refusal)),
    }
}

/// Who asks, if he may invite at all.
async fn inviter(visit: &Visit, route: &Route) -> Result<Actor, Stop> {
    let actor = actor_of(visit, route, Act::Invite, true).await?;
    if visit.profile().below(actor.role).is_empty() { Err(Trouble::NotFound.into()) } else { Ok(actor) }
}

/// GET /invitations
pub async fn invitations(visit: &Visit, route: &Route) -> Outcome {
    let after = match visit.parameter("after") {
        "" => None,
        text => Some(place(text).ok_or_else(|| Trouble::Unreadable { field: "after".to_owned() })?),
    };
    let actor = actor_of(visit, route, Act::Invite, true).await?;
    let command = ListInvited { actor: actor.clone(), after };
    let listed = visit.ask(Kind::Contract, &actor.contract, command).await?;
    let listed = listed.map_err(|refusal| refused(visit, route, &refusal))?;
    let last = listed.rows.last().filter(|_| listed.after);
    let next = last.map(|row| format!("{}.{}", row.invited.unwrap_or_default(), row.uid));
    let row = |row: durable::contract::Member| {
        let until = row.invited.unwrap_or_default();
        let (expired, until) = (until <= visit.arrived, Stamp(stamp(until, visit.zone)));
        InvitedRow { login: row.login, name: row.name, role: row.role, until, expired }
    };
    let rows = listed.rows.into_iter().map(row).collect();
    Answer::page(&Invitations { chrome: chrome(visit, &actor)?, rows, later: listed.before, next })
}

fn place(cursor: &str) -> Option<(durable::Millis, String)> {
    let (until, uid) = cursor.split_once('.')?;
    let until = until.parse().ok().filter(|until| (0..=9_999_999_999_999).contains(until))?;
    (uid.len() <= 64).then(|| (until, uid.to_owned()))
}

/// GET /users/{login}/mails
pub async fn mails(visit: &Visit, route: &Route, login: &str) -> Outcome {
    let (actor, uid, view) = user(visit, route, login, Act::ReadMails).await?;
    let notes = visit.ask(Kind::Account, &uid, ReadMails { actor: actor.clone() }).await?;
    let notes = notes.map_err(|refusal| refused(visit, route, &refusal))?;
    let brand = visit.brand().name;
    let subject = |template: &str| {
        let contractor = view.role == Role::Administrator;
        let fill = texts::Filling {
            brand: &brand,
            wording: visit.profile().wording,
            name: "",
            login: "",
            by: "",
            about: "",
            ends: "",
            over_line: "",
            until: "",
            link: "",
            contractor,
            keeps_factor: false,
        };
        texts::letter(visit.lang, template, &fill).map_or_else(|| template.to_owned(), |letter| letter.subject)
    };
    let rows = notes.into_iter().map(|note| MailRow {
        subject: subject(&note.template),
        to: note.to,
        at: Stamp(stamp(note.at, visit.zone)),
        state: note.state,
    });
    let (chrome, rows): (Chrome, _) = (chrome(visit, &actor)?, rows.collect());
    Answer::page(&MemberMails { chrome, login: view.login.clone(), rows })
}
