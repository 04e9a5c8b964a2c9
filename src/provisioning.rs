//! What the operator sends, checked as a whole before the first write: every violation at once, each with its JSON path.
//! Pure: a value goes in, a contract with accounts or the list of what is wrong comes out.

use std::collections::BTreeMap;

use durable::{
    contract::{Facts, Plan, Settings},
    profile::{self, Profile, Service},
    rules::{access::Role, date::Day, login_name, phc::Phc},
};
use serde::Serialize;
use serde_json::{Map, Value};

/// Most accounts in one request, the administrator included (interface, section 3).
pub const ACCOUNTS: usize = 200;
/// Longest name of a company or person, in characters.
const NAME: usize = 100;
/// Longest contract id, in characters.
const CONTRACT: usize = 32;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where: `users[3].start`.
    pub path: String,
    /// What, and what to do.
    pub message: String,
}

/// One account, valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSpec {
    /// Where it stood in the request.
    pub path: String,
    /// The folded login name.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// タイプ, empty where there is none.
    pub plan: String,
    /// サービス提供開始日
    pub start: Day,
    /// サービス解約日
    pub end: Option<Day>,
    /// `password_hash`
    pub ready: Option<Phc>,
}

/// A contract, valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractSpec {
    /// Its facts.
    pub facts: Facts,
    /// The administrator first, if one is named, then the users.
    pub accounts: Vec<AccountSpec>,
}

/// Whether a text can be a contract id.
#[must_use]
pub fn is_contract_id(text: &str) -> bool {
    (1..=CONTRACT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Reads `PUT /operator/v1/contracts/{contract}`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(body: &Value) -> Result<ContractSpec, Vec<Problem>> {
    let mut reader = Reader { problems: Vec::new() };
    let empty = Map::new();
    let object = reader.object(body, "", &empty);
    reader.only(object, "", &["service", "name", "plan", "trial_start", "administrator", "users"]);
    let service = reader.choice(object, "service", Service::parse, "coconowork, worksdrive or cowork-storage");
    let plan = reader.choice(object, "plan", plan_of, "basic or trial");
    let name = reader.text(object, "", "name", NAME).unwrap_or_default();
    let trial_start = reader.day(object, "", "trial_start");
    if plan == Some(Plan::Trial) && trial_start.is_none() {
        reader.wrong("trial_start", "a trial needs its first day, as YYYY-MM-DD");
    }
    let mut accounts = Vec::new();
    if let Some(service) = service {
        let profile = profile::of(service);
        match object.get("administrator") {
            None | Some(Value::Null) => {}
            Some(value) => accounts.extend(reader.account(profile, value, "administrator".to_owned(), Role::Administrator)),
        }
        let room = ACCOUNTS.saturating_sub(accounts.len());
        accounts.extend(reader.users(profile, object, room));
        reader.twice(&accounts);
    }
    match (service, plan) {
        (Some(service), Some(plan)) if reader.problems.is_empty() => Ok(ContractSpec {
            facts: Facts {
                service,
                name,
                plan,
                trial_start,
                settings: Settings::default(),
                contact: String::new(),
                cancelled: None,
                directories: durable::contract::Directories::default(),
                lines: durable::rules::line::Lines::default(),
            },
            accounts,
        }),
        _ => Err(reader.problems),
    }
}

/// Reads `PUT /operator/v1/providers/{id}`: the last day, or `null`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn provider_end(body: &Value) -> Result<Option<Day>, Vec<Problem>> {
    let mut reader = Reader { problems: Vec::new() };
    let empty = Map::new();
    let object = reader.object(body, "", &empty);
    reader.only(object, "", &["ends"]);
    if !object.contains_key("ends") {
        reader.wrong("ends", "must be the last day as YYYY-MM-DD, or null");
    }
    let ends = reader.day(object, "", "ends");
    if reader.problems.is_empty() { Ok(ends) } else { Err(reader.problems) }
}

fn plan_of(text: &str) -> Option<Plan> {
    match text {
        "basic" => Some(Plan::Basic),
        "trial" => Some(Plan::Trial),
        _ => None,
    }
}

struct Reader {
    problems: Vec<Problem>,
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

impl Reader {
    fn wrong(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem { path: path.into(), message: message.into() });
    }

    fn object<'a>(&mut self, value: &'a Value, path: &str, empty: &'a Map<String, Value>) -> &'a Map<String, Value> {
        value.as_object().unwrap_or_else(|| {
            self.wrong(path, "must be a JSON object");
            empty
        })
    }

    /// A misspelt field would be ignored in silence; it is told instead.
    fn only(&mut self, object: &Map<String, Value>, path: &str, fields: &[&str]) {
        for field in object.keys().filter(|field| !fields.contains(&field.as_str())) {
            self.wrong(join(path, field), format!("is not known; known here are {}", fields.join(", ")));
        }
    }

    fn choice<T>(&mut self, object: &Map<String, Value>, field: &str, parse: fn(&str) -> Option<T>, choices: &str) -> Option<T> {
        let found = object.get(field).and_then(Value::as_str).and_then(parse);
        if found.is_none() {
            self.wrong(field, format!("must be {choices}"));
        }
        found
    }

    fn text(&mut self, object: &Map<String, Value>, path: &str, field: &str, limit: usize) -> Option<String> {
        let text = object.get(field).and_then(Value::as_str).map(str::trim);
        match text {
            Some(text) if !text.is_empty() && text.chars().count() <= limit && !text.chars().any(char::is_control) => {
                Some(text.to_owned())
            }
            _ => {
                self.wrong(join(path, field), format!("must be a text of 1 to {limit} characters on one line"));
                None
            }
        }
    }

    fn day(&mut self, object: &Map<String, Value>, path: &str, field: &str) -> Option<Day> {
        match object.get(field) {
            None | Some(Value::Null) => None,
            Some(value) => {
                let day = value.as_str().and_then(Day::parse);
                if day.is_none() {
                    self.wrong(join(path, field), "must be a day of the calendar, as YYYY-MM-DD");
                }
                day
            }
        }
    }

    fn users(&mut self, profile: &Profile, object: &Map<String, Value>, room: usize) -> Vec<AccountSpec> {
        let users = match object.get("users") {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(users)) => users,
            Some(_) => {
                self.wrong("users", "must be a JSON list");
                return Vec::new();
            }
        };
        if users.len() > room {
            self.wrong("users", format!("at most {ACCOUNTS} accounts a request; send the rest in another one"));
            return Vec::new();
        }
        let read = |(index, user)| self.account(profile, user, format!("users[{index}]"), Role::User);
        users.iter().enumerate().filter_map(read).collect()
    }

    fn account(&mut self, profile: &Profile, value: &Value, path: String, role: Role) -> Option<AccountSpec> {
        let before = self.problems.len();
        let empty = Map::new();
        let object = self.object(value, &path, &empty);
        let managers = profile.roles.contains(&Role::Manager);
        let mut fields = vec!["login", "name", "start", "end", "password_hash"];
        if role == Role::User && !profile.user_types.is_empty() {
            fields.push("type");
        }
        if role == Role::User && managers {
            fields.push("manager");
        }
        self.only(object, &path, &fields);
        let login = self.login(profile, object, &path);
        let name = match object.get("name") {
            None | Some(Value::Null) => String::new(),
            Some(_) => self.text(object, &path, "name", NAME).unwrap_or_default(),
        };
        let role = self.role(object, &path, role, managers);
        let plan = self.plan(profile, object, &path, role);
        let (start, end) = self.period(object, &path, role);
        let ready = self.hash(object, &path);
        match (login, start) {
            (Some(login), Some(start)) if self.problems.len() == before => {
                Some(AccountSpec { path, login, name, role, plan, start, end, ready })
            }
            _ => None,
        }
    }

    fn login(&mut self, profile: &Profile, object: &Map<String, Value>, path: &str) -> Option<String> {
        let login = object.get("login").and_then(Value::as_str).and_then(|text| login_name::parse(text, profile.name_kind));
        if login.is_none() {
            let rule = match profile.name_kind {
                login_name::Kind::Login => "must be 1 to 64 of the letters a-z, digits, '.', '_' and '-'",
                login_name::Kind::Address => "must be a mail address of at most 254 characters",
            };
            self.wrong(join(path, "login"), rule);
        }
        login
    }

    fn role(&mut self, object: &Map<String, Value>, path: &str, role: Role, managers: bool) -> Role {
        match object.get("manager") {
            Some(Value::Bool(true)) if managers && role == Role::User => Role::Manager,
            None | Some(Value::Bool(_)) => role,
            Some(_) => {
                self.wrong(join(path, "manager"), "must be true or false");
                role
            }
        }
    }

    fn plan(&mut self, profile: &Profile, object: &Map<String, Value>, path: &str, role: Role) -> String {
        if role == Role::Administrator || profile.user_types.is_empty() {
            return String::new();
        }
        let plan = object.get("type").and_then(Value::as_str).unwrap_or_default();
        if !profile.has_user_type(plan) {
            let known: Vec<&str> = profile.user_types.iter().map(|known| known.code).collect();
            self.wrong(join(path, "type"), format!("must be {}", known.join(" or ")));
        }
        plan.to_owned()
    }

    /// The service period. Users need a start; an administrator without one has been there all the time.
    fn period(&mut self, object: &Map<String, Value>, path: &str, role: Role) -> (Option<Day>, Option<Day>) {
        let missing = matches!(object.get("start"), None | Some(Value::Null));
        let start =
            if missing && role == Role::Administrator { Day::parse("2000-01-01") } else { self.day(object, path, "start") };
        if missing && role != Role::Administrator {
            self.wrong(join(path, "start"), "is needed: the first day of service, as YYYY-MM-DD");
        }
        let end = self.day(object, path, "end");
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            self.wrong(join(path, "end"), "lies before start");
        }
        (start, end)
    }

    fn hash(&mut self, object: &Map<String, Value>, path: &str) -> Option<Phc> {
        match object.get("password_hash") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let hash = value.as_str().and_then(Phc::parse);
                if hash.is_none() {
                    self.wrong(
                        join(path, "password_hash"),
                        "must be an Argon2id PHC string ($argon2id$v=19$m=…,t=…,p=1$salt$hash, m at most 65536, t at most 10)",
                    );
                }
                hash
            }
        }
    }

    /// One login twice, after folding.
    fn twice(&mut self, accounts: &[AccountSpec]) {
        let mut first: BTreeMap<&str, &str> = BTreeMap::new();
        for account in accounts {
            if let Some(path) = first.get(account.login.as_str()) {
                self.wrong(join(&account.path, "login"), format!("is the same name as {path}.login"));
            } else {
                first.insert(&account.login, &account.path);
            }
        }
    }
}

#[cfg(test)]
mod tests;
