//! The operator API (interface, section 3): contracts and accounts in, temporary passwords out. A fault midway is repaired by
//! sending the request again: every step is idempotent, and passwords that were not delivered are made anew.

use durable::{
    account::{
        Challenge, Delete, Inspect, Inspection, OpenTemporary, Provision, Provisioned, ResetFactor, RetryMail, SetTemporary,
        Unlock,
        operator::{Initial, Provisioning},
        person::Identity,
    },
    contract::{
        Delivered, Describe, Described, Facts, ForgetLetter, Letter, Letters, Member, Open,
        letters::{LETTERS, LISTED as LETTERS_LISTED},
        retirement::{Affected, AskProgress, EndProvider, LISTED as USERS_LISTED, Progress, RETIREMENTS},
    },
    effect::Event,
    names::{Release, Reserve, Resolve, invitation_key, key_of, shard_of},
    profile::{self, Service},
    refusal::Refusal,
    rules::{
        access::Role,
        date::{Day, Zone, rfc3339},
        login_name,
        service_period::{self, State},
    },
    shell::call::Kind,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Outcome, Stop},
    clock, history, openapi,
    pages::Trouble,
    password_hash,
    provisioning::{self, AccountSpec, ContractSpec, Problem},
    retirement,
    route::Operator,
    sign_in::forget_names,
    visit::Visit,
};

/// How many accounts are worked on at once.
const AT_ONCE: usize = 8;
/// Members that a GET lists at most.
const LISTED: u32 = 1_000;

/// GET /operator/v1/openapi.json
pub fn openapi() -> Answer {
    Answer::Json { status: 200, body: openapi::DOCUMENT.to_owned(), media_type: "application/json", retry_after: None }
}

/// Every other call: first the token.
pub async fn handle(visit: &Visit, action: &Operator) -> Outcome {
    let header = visit.header("authorization");
    let Some(name) = header.strip_prefix("Bearer ").and_then(|token| visit.config.operator(token.trim())) else {
        return problem(401, "Unauthorized", "Send one of OPERATOR_TOKENS: Authorization: Bearer <token>.", &[]);
    };
    let by = format!("operator:{name}");
    let outcome = act(visit, action, by).await;
    if visit.acts {
        forget_names();
    }
    outcome
}

async fn act(visit: &Visit, action: &Operator, by: String) -> Outcome {
    let operation = visit.header("idempotency-key");
    match action {
        Operator::OpenApi => Ok(openapi()),
        Operator::Contract(contract) if visit.acts => put(visit, contract, &by).await,
        Operator::Contract(contract) => get(visit, contract, &by).await,
        Operator::ContractUser(contract, login) => delete(visit, contract, login, &by).await,
        Operator::Account(service, login) => inspect(visit, service, login, &by).await,
        Operator::Unlock(service, login) => {
            let (_, uid) = account(visit, service, login).await?;
            let unlocked = visit.ask(Kind::Account, &uid, Unlock { by, operation }).await?;
            done(unlocked.is_ok())
        }
        Operator::ResetFactor(service, login) => {
            let (_, uid) = account(visit, service, login).await?;
            let reset = visit.ask(Kind::Account, &uid, ResetFactor { by, operation }).await?;
            done(reset.is_ok())
        }
        Operator::TemporaryPassword(service, login) => temporary_password(visit, service, login, by, operation).await,
        Operator::DeadLetters => dead_letters(visit).await,
        Operator::RetryLetter(id) => retry_letter(visit, id, by).await,
        Operator::Provider(id) if visit.acts => end_provider(visit, id, by).await,
        Operator::Provider(id) => provider(visit, id).await,
    }
}

fn done(known: bool) -> Outcome {
    if known { Answer::json(200, &json!({})) } else { Err(Trouble::NotFound.into()) }
}

/// RFC 9457, with what is wrong by path.
fn problem(status: u16, title: &str, detail: &str, errors: &[Problem]) -> Outcome {
    let mut body = json!({ "type": "about:blank", "title": title, "status": status, "detail": detail });
    if let (Some(object), false) = (body.as_object_mut(), errors.is_empty()) {
        object.insert("errors".into(), serde_json::to_value(errors)?);
    }
    Ok(Answer::Json { status, body: body.to_string(), media_type: "application/problem+json", retry_after: None })
}

fn taken(errors: &[Problem]) -> Outcome {
    problem(409, "Conflict", "Something in this request belongs to another contract or service; nothing was changed.", errors)
}

fn invalid(errors: &[Problem]) -> Outcome {
    problem(422, "Unprocessable content", "The request is well-formed but not valid; nothing was changed.", errors)
}

/// The service and uid of a named account, or 404.
async fn account(visit: &Visit, service: &str, login: &str) -> Result<(Service, String), Stop> {
    let service = Service::parse(service).ok_or(Trouble::NotFound)?;
    let login = login_name::parse(login, profile::of(service).name_kind).ok_or(Trouble::NotFound)?;
    let uid = resolve(visit, service, &login).await?.ok_or(Trouble::NotFound)?;
    Ok((service, uid))
}

async fn resolve(visit: &Visit, service: Service, login: &str) -> worker::Result<Option<String>> {
    let key = key_of(service, login);
    let resolved = visit.ask(Kind::Names, &shard_of(&key), Resolve { key: key.clone() }).await?;
    Ok(resolved.ok().and_then(|resolved| resolved.uid))
}

/// The contract's account of this name, invited ones included.
async fn member(visit: &Visit, service: Service, contract: &str, login: &str) -> worker::Result<Option<String>> {
    let invited = invitation_key(service, contract, login);
    match resolve(visit, service, login).await? {
        None if profile::of(service).invites() => {
            let resolved = visit.ask(Kind::Names, &shard_of(&invited), Resolve { key: invited.clone() }).await?;
            Ok(resolved.ok().and_then(|resolved| resolved.uid))
        }
        known => Ok(known),
    }
}

/// PUT /operator/v1/contracts/{contract}
async fn put(visit: &Visit, contract: &str, by: &str) -> Outcome {
    if !visit.is("application/json") {
        return Err(Trouble::WrongType.into());
    }
    if !provisioning::is_contract_id(contract) {
        return invalid(&[Problem { path: "contract".into(), message: "must be 1 to 32 letters, digits and '-'".into() }]);
    }
    let body: Value = match serde_json::from_str(visit.text()?) {
        Ok(body) => body,
        Err(why) => return problem(400, "Bad request", &format!("The body is not JSON: {why}."), &[]),
    };
    let spec = match provisioning::parse(&body) {
        Ok(spec) => spec,
        Err(problems) => return invalid(&problems),
    };
    let known = visit.ask(Kind::Contract, contract, Describe { after: String::new(), limit: 0 }).await?;
    let known = known.ok().map(|described| described.facts);
    if let Some(refused) = conflicts(visit, contract, &spec, known.as_ref()).await? {
        return refused;
    }
    let uids = reserve(visit, contract, &spec).await?;
    let (own, by_whom, address) = (contract.to_owned(), by.to_owned(), visit.address());
    let open = Open { facts: Box::new(spec.facts.clone()), uids: uids.clone(), contract: own, by: by_whom, address };
    let opened = visit.ask(Kind::Contract, contract, open).await?;
    let Ok(opened) = opened else { return taken(&[]) };
    if let Some((uid, login)) = &opened.administrator
        && spec.accounts.iter().any(|account| account.role == Role::Administrator && account.login != *login)
    {
        let farewell = Delete { contract: contract.to_owned(), by: by.to_owned() };
        let _ = visit.ask(Kind::Account, uid, farewell).await?;
    }
    let named = spec.accounts.iter().find(|account| account.role == Role::Administrator).map(|account| account.login.clone());
    let contractor = named.or_else(|| opened.administrator.as_ref().map(|(_, login)| login.clone())).unwrap_or_default();
    let mut rows = Vec::new();
    let mut delivered = Vec::new();
    let work: Vec<(&AccountSpec, &String)> = spec.accounts.iter().zip(&uids).collect();
    for some in work.chunks(AT_ONCE) {
        let each = some.iter().map(|(account, uid)| {
            let from = (contractor.as_str(), by);
            provision(visit, contract, &spec, account, uid, opened.delivered.contains(uid), from)
        });
        for (row, (_, uid)) in join_all(each).await.into_iter().zip(some) {
            rows.push(row?);
            delivered.push((*uid).clone());
        }
    }
    // A report still on its way would find no row to mark, so the marks come last.
    let marked = visit.ask(Kind::Contract, contract, Delivered { uids: delivered }).await?;
    drop(marked);
    Answer::json(200, &json!({ "contract": contract, "accounts": rows }))
}

/// What stands in the way, found before the first write.
async fn conflicts(visit: &Visit, contract: &str, spec: &ContractSpec, known: Option<&Facts>) -> Result<Option<Outcome>, Stop> {
    if known.is_some_and(|known| known.service != spec.facts.service) {
        return Ok(Some(taken(&[Problem { path: "service".into(), message: "is fixed for this contract id".into() }])));
    }
    let mut elsewhere = Vec::new();
    let mut fixed = Vec::new();
    for some in spec.accounts.chunks(AT_ONCE) {
        let looks = join_all(some.iter().map(|account| existing(visit, spec.facts.service, account))).await;
        for (account, look) in some.iter().zip(looks) {
            let Some(look) = look? else { continue };
            let path = format!("{}.login", account.path);
            if look.contract != contract {
                elsewhere.push(Problem { path, message: "belongs to another contract".into() });
            } else if (look.view.role == Role::Administrator) != (account.role == Role::Administrator) {
                fixed.push(Problem { path, message: "has another role, which cannot change".into() });
            }
        }
    }
    if !fixed.is_empty() {
        return Ok(Some(invalid(&fixed)));
    }
    Ok((!elsewhere.is_empty()).then(|| taken(&elsewhere)))
}

/// The account that has this login already.
async fn existing(visit: &Visit, service: Service, account: &AccountSpec) -> worker::Result<Option<Inspection>> {
    let Some(uid) = resolve(visit, service, &account.login).await? else { return Ok(None) };
    let found = visit.ask(Kind::Account, &uid, Inspect).await?.ok();
    if found.is_none() {
        // Deleted, and its release is still on its way: the next owner must not get the same uid.
        let key = key_of(service, &account.login);
        let _ = visit.ask(Kind::Names, &shard_of(&key), Release { key: key.clone(), uid, asked: Vec::new() }).await?;
    }
    Ok(found)
}

/// A uid for every account: its own, or a new one that its name is reserved for.
async fn reserve(visit: &Visit, contract: &str, spec: &ContractSpec) -> Result<Vec<String>, Stop> {
    let mut uids = Vec::new();
    for some in spec.accounts.chunks(AT_ONCE) {
        let reservations = some.iter().map(|account| async {
            let service = spec.facts.service;
            let invited = account.ready.is_none() && profile::of(service).invites();
            let key = if invited && resolve(visit, service, &account.login).await?.is_none() {
                invitation_key(service, contract, &account.login)
            } else {
                key_of(service, &account.login)
            };
            let reserve = Reserve { key: key.clone(), uid: clock::id()?, contract: contract.to_owned() };
            visit.ask(Kind::Names, &shard_of(&key), reserve).await
        });
        for (account, reserved) in some.iter().zip(join_all(reservations).await) {
            let Ok(reserved) = reserved? else {
                let path = format!("{}.login", account.path);
                return Err(Stop::Instead(taken(&[Problem { path, message: "belongs to another contract".into() }])?));
            };
            uids.push(reserved.uid);
        }
    }
    Ok(uids)
}

/// Creates or updates one account; its row of the answer.
async fn provision(
    visit: &Visit,
    contract: &str,
    spec: &ContractSpec,
    account: &AccountSpec,
    uid: &str,
    delivered: bool,
    (contractor, by): (&str, &str),
) -> Result<Value, Stop> {
    let service = spec.facts.service;
    let invites = profile::of(service).invites();
    let wanted = account.ready.is_none() && !delivered && !invites;
    let password = if wanted { Some(password_hash::temporary(profile::of(service))?) } else { None };
    let initial = match &password {
        Some(password) => Some(hashed(password, password_hash::fresh_challenge()?)?),
        None => None,
    };
    let identity = Identity {
        service,
        uid: uid.to_owned(),
        contract: contract.to_owned(),
        role: account.role,
        login: account.login.clone(),
        name: account.name.clone(),
        plan: account.plan.clone(),
        start: account.start,
        end: account.end,
    };
    let sender = if account.role == Role::Administrator { "" } else { contractor };
    let invited_by = invites.then(|| sender.to_owned());
    let ready = account.ready.clone();
    let command = Provision { identity, ready, initial, invited_by, delivered, by: by.to_owned() };
    let Provisioned { state, initial, invited } = match visit.ask(Kind::Account, uid, command).await? {
        Ok(provisioned) => provisioned,
        Err(Refusal::Fixed { field }) => {
            let path = format!("{}.{field}", account.path);
            return Err(Stop::Instead(invalid(&[Problem { path, message: "cannot change".into() }])?));
        }
        Err(_) => return Err(Trouble::Unavailable { retry_after: 1 }.into()),
    };
    let mut row = json!({ "login": account.login, "uid": uid, "role": account.role, "state": state_name(state) });
    if let (Some(object), Some(password), true) = (row.as_object_mut(), password, initial) {
        object.insert("initial_password".into(), password.into());
    }
    if let (Some(object), true) = (row.as_object_mut(), invited) {
        object.insert("invited".into(), true.into());
    }
    Ok(row)
}

fn state_name(state: Provisioning) -> &'static str {
    match state {
        Provisioning::Created => "created",
        Provisioning::Updated => "updated",
        Provisioning::Unchanged => "unchanged",
    }
}

fn hashed(password: &str, challenge: Challenge) -> worker::Result<Initial> {
    let output = password_hash::compute(password, &challenge)?;
    Ok(Initial { challenge, output })
}

/// POST …/temporary-password
async fn temporary_password(visit: &Visit, service: &str, login: &str, by: String, operation: String) -> Outcome {
    let (service, uid) = account(visit, service, login).await?;
    let plain = password_hash::temporary(profile::of(service))?;
    let challenge = visit.ask(Kind::Account, &uid, OpenTemporary).await?.map_err(|_| Trouble::NotFound)?;
    let command = SetTemporary { password: hashed(&plain, challenge)?, by, operation };
    match visit.ask(Kind::Account, &uid, command).await? {
        Ok(_) => Answer::json(200, &json!({ "initial_password": plain })),
        Err(Refusal::Used) => {
            let detail = "This Idempotency-Key was used; its answer carried a secret and is not kept. Use a new key.";
            let body =
                json!({ "type": "about:blank", "title": "Conflict", "status": 409, "detail": detail, "error": "already_done" });
            Ok(Answer::Json { status: 409, body: body.to_string(), media_type: "application/problem+json", retry_after: None })
        }
        Err(_) => Err(Trouble::NotFound.into()),
    }
}

/// GET /operator/v1/contracts/{contract}?after=&limit=
async fn get(visit: &Visit, contract: &str, by: &str) -> Outcome {
    let limit = match visit.parameter("limit") {
        "" => LISTED,
        text => match text.parse::<u32>() {
            Ok(limit) if (1..=LISTED).contains(&limit) => limit,
            _ => return invalid(&[Problem { path: "limit".into(), message: format!("must be a number from 1 to {LISTED}") }]),
        },
    };
    if !provisioning::is_contract_id(contract) {
        return Err(Trouble::NotFound.into());
    }
    let after = visit.parameter("after").to_owned();
    let described = visit.ask(Kind::Contract, contract, Describe { after, limit }).await?;
    let Described { facts, members, more } = described.map_err(|_| Trouble::NotFound)?;
    history::note(visit, contract, ("", ""), Event::new("contract-read", visit.arrived, by)).await;
    let next = members.last().filter(|_| more).map(|member| member.login.clone());
    let members: Vec<Value> = members.iter().map(|member| member_row(member, visit.arrived)).collect();
    Answer::json(
        200,
        &json!({
            "contract": contract, "service": facts.service, "name": facts.name, "plan": facts.plan,
            "trial_start": facts.trial_start, "accounts": members, "next": next,
        }),
    )
}

/// How an account stands: waiting for its invitation to be accepted, or by its service period.
fn account_state(invited: bool, start: Day, end: Option<Day>, now: durable::Millis) -> &'static str {
    match service_period::state(start, end, now) {
        _ if invited => "invited",
        State::NotYet => "not-yet",
        State::InService => "in-service",
        State::Ended => "ended",
    }
}

fn member_row(member: &Member, now: durable::Millis) -> Value {
    json!({
        "state": account_state(member.invited.is_some(), member.start, member.end, now),
        "login": member.login, "uid": member.uid, "role": member.role, "name": member.name, "type": member.plan,
        "start": member.start, "end": member.end, "prohibited": member.prohibited, "temporary_password": member.temporary,
        "second_factor": member.factor, "failures": member.failures, "viewer": member.viewer.is_some(),
        "client": member.client.is_some(),
    })
}

/// GET /operator/v1/accounts/{service}/{login}
async fn inspect(visit: &Visit, service: &str, login: &str, by: &str) -> Outcome {
    let (_, uid) = account(visit, service, login).await?;
    let look = visit.ask(Kind::Account, &uid, Inspect).await?.map_err(|_| Trouble::NotFound)?;
    let view = &look.view;
    history::note(visit, &look.contract, (&uid, &view.login), Event::new("account-read", visit.arrived, by)).await;
    let at = |instant| rfc3339(instant, Zone::TOKYO);
    let invited = view.mail.as_ref().is_some_and(|mail| mail.invited.is_some());
    let period = account_state(invited, view.start, view.end, visit.arrived);
    let connection = |since: Option<i64>| since.map(|since| json!({ "since": at(since) }));
    Answer::json(
        200,
        &json!({
            "login": view.login, "uid": view.uid, "contract": look.contract, "role": view.role, "name": view.name,
            "type": view.plan, "start": view.start, "end": view.end,
            "state": period, "prohibited": view.prohibited, "temporary_password": view.temporary, "second_factor": view.factor,
            "lock": view.locked_at.map(|since| json!({ "since": at(since) })), "failures": look.failures,
            "verified_total": { "web": look.verified.web, "device": look.verified.device },
            "phone": view.phone.as_ref().map(|phone| json!({ "name": phone.name, "os": phone.os, "registered": at(phone.at) })),
            "connections": { "viewer": connection(view.viewer), "client": connection(view.client) },
            "sessions": look.sessions, "clients": look.clients,
        }),
    )
}

/// GET /operator/v1/dead-letters?after=&limit=
async fn dead_letters(visit: &Visit) -> Outcome {
    let limit = match visit.parameter("limit") {
        "" => Some(LETTERS_LISTED),
        text => text.parse::<u32>().ok().filter(|limit| (1..=LETTERS_LISTED).contains(limit)),
    };
    let after = match visit.parameter("after") {
        "" => Some(None),
        text => text.split_once('.').and_then(|(at, id)| Some(Some((at.parse().ok()?, id.to_owned())))),
    };
    let wrong = |path: &str, message: String| Problem { path: path.into(), message };
    let limited = limit.is_none().then(|| wrong("limit", format!("must be a number from 1 to {LETTERS_LISTED}")));
    let placed = after.is_none().then(|| wrong("after", "must be `next` of the page before".into()));
    let problems: Vec<Problem> = limited.into_iter().chain(placed).collect();
    let (Some(limit), Some(after)) = (limit, after) else { return invalid(&problems) };
    let letters = visit.ask(Kind::Contract, LETTERS, Letters { id: String::new(), after, limit }).await?;
    let mut letters = letters.map_err(|_| Trouble::NotFound)?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = letters.len() > most;
    letters.truncate(most);
    let next = letters.last().filter(|_| more).map(|letter| format!("{}.{}", letter.at, letter.id));
    let rows: Vec<Value> = letters.iter().map(letter_row).collect();
    Answer::json(200, &json!({ "letters": rows, "next": next }))
}

/// A dead letter without its link, which stands nowhere.
fn letter_row(letter: &Letter) -> Value {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "id": letter.id, "uid": letter.uid, "service": text(&letter.service), "login": text(&letter.login),
        "what": letter.what, "to": text(&letter.to), "given_up": rfc3339(letter.at, Zone::TOKYO), "tries": letter.tries,
    })
}

/// POST /operator/v1/dead-letters/{id}/retry. What an account wanted that is not there any more goes with it.
async fn retry_letter(visit: &Visit, id: &str, by: String) -> Outcome {
    let only = Letters { id: id.to_owned(), after: None, limit: 1 };
    let letters = visit.ask(Kind::Contract, LETTERS, only).await?.map_err(|_| Trouble::NotFound)?;
    let Letter { uid, row, number, id, .. } = letters.into_iter().next().ok_or(Trouble::NotFound)?;
    let retry = RetryMail { row, number, id: id.clone(), by };
    if visit.ask(Kind::Account, &uid, retry).await?.is_err() {
        let _ = visit.ask(Kind::Contract, LETTERS, ForgetLetter { id }).await?;
        return Err(Trouble::NotFound.into());
    }
    Answer::json(200, &json!({}))
}

/// PUT /operator/v1/providers/{id}: its last day, or that it goes on.
async fn end_provider(visit: &Visit, id: &str, by: String) -> Outcome {
    if !visit.is("application/json") {
        return Err(Trouble::WrongType.into());
    }
    if !visit.config.providers.iter().any(|own| own.id == id) {
        let wrong = Problem { path: "provider".into(), message: "is none of IDENTITY_PROVIDERS".into() };
        return problem(404, "Not found", "There is no such linked service; nothing was changed.", &[wrong]);
    }
    let body: Value = match serde_json::from_str(visit.text()?) {
        Ok(body) => body,
        Err(why) => return problem(400, "Bad request", &format!("The body is not JSON: {why}."), &[]),
    };
    let ends = match provisioning::provider_end(&body) {
        Ok(ends) => ends,
        Err(problems) => return invalid(&problems),
    };
    let command = EndProvider { provider: id.to_owned(), ends, by };
    if visit.ask(Kind::Contract, RETIREMENTS, command).await?.is_err() {
        return invalid(&[Problem { path: "ends".into(), message: "must not be in the past".into() }]);
    }
    retirement::forget();
    provider(visit, id).await
}

/// GET /operator/v1/providers/{id}?after=&limit=
async fn provider(visit: &Visit, id: &str) -> Outcome {
    let limit = match visit.parameter("limit") {
        "" => USERS_LISTED,
        text => match text.parse::<u32>() {
            Ok(limit) if (1..=USERS_LISTED).contains(&limit) => limit,
            _ => {
                let message = format!("must be a number from 1 to {USERS_LISTED}");
                return invalid(&[Problem { path: "limit".into(), message }]);
            }
        },
    };
    if !is_provider(id) {
        return Err(Trouble::NotFound.into());
    }
    let after = visit.parameter("after").to_owned();
    let ask = AskProgress { provider: id.to_owned(), contract: String::new(), after, limit };
    let progress = visit.ask(Kind::Contract, RETIREMENTS, ask).await?.map_err(|_| Trouble::NotFound)?;
    let Progress { affected, mailed, changed, left, users, more } = progress;
    let ending = retirement::ending(visit, id).await?;
    let next = users.last().filter(|_| more).map(|last| last.user.uid.clone());
    let at = |instant| rfc3339(instant, Zone::TOKYO);
    let row = |Affected { user, mailed, letter, uses }: &Affected| {
        json!({
            "contract": user.contract, "service": user.service, "login": user.login, "uid": user.uid,
            "mailed": mailed.map(at), "letters": letter, "state": if *uses { "left" } else { "changed" },
        })
    };
    let users: Vec<Value> = users.iter().map(row).collect();
    Answer::json(
        200,
        &json!({
            "provider": id, "ends": ending.as_ref().map(|ending| ending.ends),
            "announced": ending.as_ref().map(|ending| at(ending.announced)),
            "affected": affected, "mailed": mailed, "changed": changed, "left": left, "users": users, "next": next,
        }),
    )
}

/// Whether a linked service can be called so; a directory's connection is its contract's own.
fn is_provider(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    (1..=64).contains(&id.len()) && id.bytes().all(plain) && !id.starts_with("adfs-")
}

/// DELETE /operator/v1/contracts/{contract}/users/{login}
async fn delete(visit: &Visit, contract: &str, login: &str, by: &str) -> Outcome {
    let described = visit.ask(Kind::Contract, contract, Describe { after: String::new(), limit: 0 }).await?;
    let service = described.map_err(|_| Trouble::NotFound)?.facts.service;
    let login = login_name::parse(login, profile::of(service).name_kind).ok_or(Trouble::NotFound)?;
    let uid = member(visit, service, contract, &login).await?.ok_or(Trouble::NotFound)?;
    let look = visit.ask(Kind::Account, &uid, Inspect).await?.map_err(|_| Trouble::NotFound)?;
    if look.view.role == Role::Administrator {
        return Err(Trouble::NotFound.into());
    }
    let command = Delete { contract: contract.to_owned(), by: by.to_owned() };
    match visit.ask(Kind::Account, &uid, command).await? {
        Ok(_) => Ok(Answer::Empty(204)),
        Err(_) => Err(Trouble::NotFound.into()),
    }
}
