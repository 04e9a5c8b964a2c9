//! All SQL of the objects. Values are bound, never spliced; numbers go in as numbers and come back through `INTEGER` columns.
//! Nothing here waits: every function is one or more synchronous statements inside the caller's commit.

use core::fmt::Write;
use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use worker::{Result, State};

use super::{call::unreadable, sys};
use crate::{
    Millis,
    account::summary::{Report, Summary, Waiting},
    contract::{
        CONCERN_COUNTED, COUNTED, Concern, ConcernedMember, DELIVERY, Facts, INVITED_COUNTED, INVITED_PAGE, Import, Letter,
        Letters, List, ListConcern, Logged, Member, NO_END, PAGE, PRESENCE_LEASE, Page as Side, Presence, SHEET, Sheet, Sort,
        import::{Row as ImportRow, State as RowState},
        retirement::{AskProgress, Ending, NoteLinked, Notice, Progress, Standing},
    },
    journal::{
        Append, Appended, CHECKED, Check, Checked, Line, OPENED, Peeked, READ, Read, Row, UNDER_WAY,
        chain::{self, Head, first_broken, holds, link},
        linked, read as read_row,
    },
    json,
    names::{Entry, Record, UNKNOWN_NAMES},
    rules::access::Role,
    saved::{Fault, LAYOUT, Rows},
};

/// The database of one object.
pub struct Store {
    state: State,
}

/// An outbox row: an effect that is stored but not performed yet.
#[derive(Clone, Debug, Deserialize)]
pub struct Outgoing {
    /// Its number in this object.
    pub id: i64,
    /// What to do.
    pub json: String,
    /// How often it was tried.
    pub tries: u32,
}

/// What an Account has stored.
pub struct Loaded {
    /// The person's rows as one JSON object.
    pub object: String,
    /// When the alarm is set for.
    pub wake: Option<Millis>,
    /// When the next outbox row is due.
    pub due: Option<Millis>,
}

fn fault(why: &Fault) -> worker::Error {
    worker::Error::RustError(why.to_string())
}

/// A value to bind, as JSON.
fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

/// A value as JSON in a text, for `json_each`.
fn json_text<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    Ok(text(&serde_json::to_string(value)?))
}

/// Exact up to 2^53, which milliseconds and counters stay far below.
fn int(value: i64) -> String {
    value.to_string()
}

/// A number of rows.
fn count(value: u64) -> String {
    int(i64::try_from(value).unwrap_or(i64::MAX))
}

fn maybe(value: Option<i64>) -> String {
    value.map_or_else(|| "null".to_owned(), int)
}

fn flag(value: bool) -> String {
    int(i64::from(value))
}

/// The tables that an Account and a Contract have in common.
macro_rules! common {
    () => {
        "
    CREATE TABLE IF NOT EXISTS item (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
        dead INTEGER NOT NULL DEFAULT 0, json TEXT NOT NULL);"
    };
}

/// The tables of an Account.
pub const ACCOUNT: &str =
    concat!(common!(), "CREATE TABLE IF NOT EXISTS wake (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL);");

/// The tables of a Names shard.
pub const NAMES: &str = "
    CREATE TABLE IF NOT EXISTS name (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS unknown (key TEXT PRIMARY KEY, seen INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS unknown_seen ON unknown (seen);";

/// The tables of a Contract; contracts from before `failing` fill it once, from locks of half an hour. The indexes hold what a search reads, so that it never looks at the rows it passes over.
pub const CONTRACT: &str = concat!(
    common!(),
    "
    CREATE TABLE IF NOT EXISTS member (
        uid TEXT PRIMARY KEY, sequence INTEGER NOT NULL, role TEXT NOT NULL, login TEXT NOT NULL, name TEXT NOT NULL,
        plan TEXT NOT NULL, start TEXT NOT NULL, end TEXT NOT NULL, locked_at INTEGER, failures INTEGER NOT NULL,
        prohibited INTEGER NOT NULL, temporary INTEGER NOT NULL, factor INTEGER NOT NULL,
        viewer INTEGER, client INTEGER, present_at INTEGER NOT NULL DEFAULT 0, delivered INTEGER NOT NULL DEFAULT 1) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS member_login ON member (role, login, plan);
    CREATE INDEX IF NOT EXISTS member_plan ON member (role, plan, login);
    CREATE INDEX IF NOT EXISTS member_start ON member (role, start, login, plan);
    CREATE INDEX IF NOT EXISTS member_end ON member (role, end, login, plan);
    CREATE TABLE IF NOT EXISTS failing (
        uid TEXT PRIMARY KEY, locked INTEGER NOT NULL, until INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS failing_until ON failing (locked, until, uid);
    CREATE TABLE IF NOT EXISTS tally (role TEXT PRIMARY KEY, members INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TRIGGER IF NOT EXISTS member_came AFTER INSERT ON member BEGIN
        INSERT INTO tally (role, members) VALUES (new.role, 1) ON CONFLICT (role) DO UPDATE SET members = members + 1; END;
    CREATE TRIGGER IF NOT EXISTS member_went AFTER DELETE ON member BEGIN
        UPDATE tally SET members = members - 1 WHERE role = old.role; END;
    CREATE TRIGGER IF NOT EXISTS member_turned AFTER UPDATE OF role ON member WHEN new.role <> old.role BEGIN
        UPDATE tally SET members = members - 1 WHERE role = old.role;
        INSERT INTO tally (role, members) VALUES (new.role, 1) ON CONFLICT (role) DO UPDATE SET members = members + 1; END;
    CREATE TABLE IF NOT EXISTS recent (uid TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS recent_at ON recent (at);
    CREATE TABLE IF NOT EXISTS gone (uid TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TRIGGER IF NOT EXISTS member_forgotten AFTER DELETE ON member BEGIN
        DELETE FROM recent WHERE uid = old.uid; DELETE FROM failing WHERE uid = old.uid; END;
    CREATE TABLE IF NOT EXISTS waiting (
        uid TEXT PRIMARY KEY, until INTEGER NOT NULL, at INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS waiting_until ON waiting (until, uid, at);
    CREATE TRIGGER IF NOT EXISTS member_waits_no_more AFTER DELETE ON member BEGIN
        DELETE FROM waiting WHERE uid = old.uid; END;
    CREATE TABLE IF NOT EXISTS invitation (uid TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS invitation_until ON invitation (until, uid);
    CREATE TRIGGER IF NOT EXISTS member_uninvited AFTER DELETE ON member BEGIN
        DELETE FROM invitation WHERE uid = old.uid; END;
    CREATE TABLE IF NOT EXISTS method (uid TEXT PRIMARY KEY, provider TEXT NOT NULL) WITHOUT ROWID;
    CREATE TRIGGER IF NOT EXISTS member_unlinked AFTER DELETE ON member BEGIN
        DELETE FROM method WHERE uid = old.uid; END;
    CREATE TABLE IF NOT EXISTS import_row (line INTEGER PRIMARY KEY, state TEXT NOT NULL, json TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS import_state ON import_row (state, line);
    CREATE TABLE IF NOT EXISTS letter (id TEXT PRIMARY KEY, at INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS letter_at ON letter (at, id);
    CREATE TABLE IF NOT EXISTS linked (
        provider TEXT NOT NULL, uid TEXT NOT NULL, contract TEXT NOT NULL, json TEXT NOT NULL, at INTEGER NOT NULL,
        uses INTEGER NOT NULL, told TEXT NOT NULL DEFAULT '', letter INTEGER NOT NULL DEFAULT 0, mailed INTEGER,
        tried INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (provider, uid)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS linked_contract ON linked (contract, uid);
    INSERT INTO failing (uid, locked, until, json)
        SELECT uid, 1, locked_at + 1800000, json_object('failures', failures, 'last', locked_at, 'until', locked_at + 1800000,
            'elsewhere', locked_at, 'browsers', 0, 'locked', json('[]'))
        FROM member WHERE NOT EXISTS (SELECT 1 FROM item WHERE key = 'failing') AND locked_at IS NOT NULL;
    INSERT INTO item (key, json) SELECT 'failing', '1' WHERE NOT EXISTS (SELECT 1 FROM item WHERE key = 'failing');
"
);

/// The tables of a Journal. The columns are computed from the text that the chain covers, so that none can say something else;
/// a text that is no JSON has none of them, and the check finds it.
const JOURNAL: &str = "
    CREATE TABLE IF NOT EXISTS entry (
        id INTEGER PRIMARY KEY, json TEXT NOT NULL, mac TEXT NOT NULL,
        uid TEXT AS (CASE WHEN json_valid(json) THEN CAST(json ->> '$.uid' AS TEXT) END) STORED,
        login TEXT AS (CASE WHEN json_valid(json) THEN CAST(json ->> '$.login' AS TEXT) END) STORED,
        sequence INTEGER AS (CASE WHEN json_valid(json) THEN CAST(json ->> '$.sequence' AS INTEGER) END) STORED,
        at INTEGER AS (CASE WHEN json_valid(json) THEN CAST(json ->> '$.event.at' AS INTEGER) END) STORED,
        code TEXT AS (CASE WHEN json_valid(json) THEN CAST(json ->> '$.event.code' AS TEXT) END) STORED,
        by TEXT AS (CASE WHEN json_valid(json) THEN CAST(json ->> '$.event.by' AS TEXT) END) STORED);
    CREATE UNIQUE INDEX IF NOT EXISTS entry_once ON entry (uid, sequence) WHERE sequence > 0;
    CREATE INDEX IF NOT EXISTS entry_at ON entry (at, id);
    CREATE INDEX IF NOT EXISTS entry_uid ON entry (uid, at, id);
    CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL);";

/// Rows of a list, and how many hits were seen on the way.
#[derive(Default, Deserialize)]
pub struct Page {
    /// Hits, as far as they were counted.
    pub hits: u32,
    /// The rows.
    pub rows: Vec<Member>,
}

impl Store {
    /// The database of an object that is being woken, with its tables. A failure is logged; every statement then fails too.
    pub fn wake(state: &State, tables: &str) {
        if let Err(why) = Self::of(state).run(tables, &[]) {
            worker::console_error!("the tables could not be made: {why}");
        }
    }

    /// The database of an object that is awake.
    pub fn of(state: &State) -> Self {
        Self { state: sys::again(state) }
    }

    fn run(&self, sql: &str, values: &[String]) -> Result<()> {
        self.text(sql, values).map(drop)
    }

    /// The one text that a query gives: a whole answer as JSON costs one crossing.
    fn text(&self, sql: &str, values: &[String]) -> Result<Option<String>> {
        let values = (!values.is_empty()).then(|| format!("[{}]", values.join(",")));
        sys::sql(&self.state, sql, values.as_deref())
    }

    fn json<T: DeserializeOwned>(&self, sql: &str, values: &[String]) -> Result<Option<T>> {
        let text = self.text(sql, values)?;
        text.map(|text| json::read(&text)).transpose().map_err(unreadable)
    }

    // ── Account ──

    /// Everything an Account has stored, in one query.
    pub fn load(&self) -> Result<Loaded> {
        // The rows are JSON already: putting them together as texts spares SQLite reading and writing them once more.
        let all = self.text(
            "SELECT coalesce((SELECT at FROM wake), '') || ',' || coalesce((SELECT min(due) FROM outbox WHERE dead = 0), '')
                || ',{' || coalesce((SELECT group_concat('\"' || key || '\":' || json) FROM item), '') || '}'",
            &[],
        )?;
        let all = all.as_deref().unwrap_or(",,{}");
        let (wake, rest) = all.split_once(',').unwrap_or_default();
        let (due, object) = rest.split_once(',').unwrap_or_default();
        Ok(Loaded { object: object.to_owned(), wake: wake.parse().ok(), due: due.parse().ok() })
    }

    /// Writes the rows that differ from what was loaded.
    pub fn save(&self, loaded: &Loaded, after: &Rows) -> Result<()> {
        let before = Rows::parse(&loaded.object).map_err(|why| fault(&why))?;
        if before.is_empty() {
            self.run("INSERT INTO item (key, json) VALUES ('layout', ?)", &[text(&LAYOUT.to_string())])?;
        } else if before.layout() > LAYOUT {
            return Err(fault(&Fault::Newer));
        }
        for (key, json) in before.changed(after) {
            self.run(
                "INSERT INTO item (key, json) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json",
                &[text(key), text(json)],
            )?;
        }
        Ok(())
    }

    /// Forgets the person; the outbox stays until it has been delivered.
    pub fn forget(&self) -> Result<()> {
        self.run("DELETE FROM item", &[])
    }

    /// Stores an effect.
    pub fn put_out(&self, json: &str, due: Millis) -> Result<()> {
        self.run("INSERT INTO outbox (due, json) VALUES (?, ?)", &[int(due), text(json)])
    }

    /// Forgets the reports that wait: the one that is about to be stored says more than they would.
    pub fn drop_reports(&self) -> Result<()> {
        self.run("DELETE FROM outbox WHERE substr(json, 1, 9) = '{\"report\"'", &[])
    }

    /// Effects that are due, oldest first, at most 100.
    pub fn outgoing(&self, now: Millis) -> Result<Vec<Outgoing>> {
        let rows = self.json(
            "SELECT json_group_array(json_object('id', id, 'json', json, 'tries', tries)) FROM
                (SELECT id, json, tries FROM outbox WHERE dead = 0 AND due <= ? ORDER BY id LIMIT 100)",
            &[int(now)],
        )?;
        Ok(rows.unwrap_or_default())
    }

    /// When the next effect is due.
    pub fn due(&self) -> Result<Option<Millis>> {
        self.json("SELECT json(due) FROM outbox WHERE dead = 0 ORDER BY due LIMIT 1", &[])
    }

    /// The rows of this beginning that wait and are not due yet, with their numbers; the newest first.
    pub fn waiting(&self, beginning: &str, now: Millis) -> Result<Vec<Outgoing>> {
        let rows = self.json(
            "SELECT json_group_array(json_object('id', id, 'json', json, 'tries', tries)) FROM
                (SELECT id, json, tries FROM outbox WHERE dead = 0 AND due > ? AND substr(json, 1, ?) = ? ORDER BY id DESC LIMIT 20)",
            &[int(now), int(i64::try_from(beginning.len()).unwrap_or(0)), text(beginning)],
        )?;
        Ok(rows.unwrap_or_default())
    }

    /// Writes an effect that waits anew.
    pub fn rewrite(&self, id: i64, json: &str) -> Result<()> {
        self.run("UPDATE outbox SET json = ? WHERE id = ?", &[text(json), int(id)])
    }

    /// An effect was performed.
    pub fn sent(&self, id: i64) -> Result<()> {
        self.run("DELETE FROM outbox WHERE id = ?", &[int(id)])
    }

    /// An effect failed and is tried again at `due`; `dead` gives it up for the operator to look at.
    pub fn postpone(&self, id: i64, due: Millis, dead: bool) -> Result<()> {
        self.run("UPDATE outbox SET tries = tries + 1, due = ?, dead = ? WHERE id = ?", &[int(due), flag(dead), int(id)])
    }

    /// A part of an effect was performed: the rest is due at once.
    pub fn postpone_again(&self, id: i64, due: Millis) -> Result<()> {
        self.run("UPDATE outbox SET due = ? WHERE id = ?", &[int(due), int(id)])
    }

    /// An effect that was given up is due again, with all its tries.
    pub fn revive(&self, id: i64, due: Millis) -> Result<()> {
        self.run("UPDATE outbox SET dead = 0, tries = 0, due = ? WHERE id = ? AND dead = 1", &[int(due), int(id)])
    }

    /// Notes when the alarm is set for.
    pub fn set_wake(&self, at: Option<Millis>) -> Result<()> {
        match at {
            Some(at) => {
                self.run("INSERT INTO wake (one, at) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at", &[int(at)])
            }
            None => self.run("DELETE FROM wake", &[]),
        }
    }

    // ── Names ──

    /// What is remembered about a key.
    pub fn record(&self, key: &str) -> Result<Record> {
        let entry: Option<Entry> = self.json("SELECT json FROM name WHERE key = ?", &[text(key)])?;
        let unknown = match entry {
            Some(_) => None,
            None => self.json("SELECT json FROM unknown WHERE key = ?", &[text(key)])?,
        };
        Ok(Record { entry, unknown })
    }

    /// Writes what changed about a key. The table of unknown names stays bounded: the ones tried longest ago go.
    pub fn save_record(&self, key: &str, before: &Record, after: &Record, now: Millis) -> Result<()> {
        if before.entry != after.entry
            && let Some(entry) = &after.entry
        {
            let json = serde_json::to_string(entry)?;
            self.run(
                "INSERT INTO name (key, json) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json",
                &[text(key), text(&json)],
            )?;
        }
        if before.unknown == after.unknown {
            return Ok(());
        }
        let Some(counter) = &after.unknown else {
            return self.run("DELETE FROM unknown WHERE key = ?", &[text(key)]);
        };
        let json = serde_json::to_string(counter)?;
        self.run(
            "INSERT INTO unknown (key, seen, json) VALUES (?, ?, ?)
             ON CONFLICT (key) DO UPDATE SET seen = excluded.seen, json = excluded.json",
            &[text(key), int(now), text(&json)],
        )?;
        if before.unknown.is_none() {
            self.run(
                "DELETE FROM unknown WHERE key IN (SELECT key FROM unknown ORDER BY seen LIMIT max(0, (SELECT count(*) FROM unknown) - ?))",
                &[int(UNKNOWN_NAMES.into())],
            )?;
        }
        Ok(())
    }

    // ── Contract ──

    /// The contract's facts.
    pub fn facts(&self) -> Result<Option<Facts>> {
        self.json("SELECT json FROM item WHERE key = 'facts'", &[])
    }

    /// Stores the contract's facts.
    pub fn save_facts(&self, facts: &Facts) -> Result<()> {
        let json = serde_json::to_string(facts)?;
        self.run(
            "INSERT INTO item (key, json) VALUES ('facts', ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json",
            &[text(&json)],
        )
    }

    /// The rows that the contract has left so far.
    pub fn logged(&self) -> Result<Logged> {
        Ok(self.json("SELECT json FROM item WHERE key = 'logged'", &[])?.unwrap_or_default())
    }

    /// Stores that.
    pub fn save_logged(&self, logged: &Logged) -> Result<()> {
        self.run(
            "INSERT INTO item (key, json) VALUES ('logged', ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json",
            &[json_text(logged)?],
        )
    }

    /// The administrator's uid and login.
    pub fn administrator(&self) -> Result<Option<(String, String)>> {
        self.json("SELECT json_array(uid, login) FROM member WHERE role = 'administrator' ORDER BY login LIMIT 1", &[])
    }

    /// Those of these members whose initial password has reached the operator.
    pub fn which_delivered(&self, uids: &[String]) -> Result<Vec<String>> {
        let uids = self.json(
            "SELECT json_group_array(uid) FROM member WHERE delivered = 1 AND uid IN (SELECT value FROM json_each(?))",
            &[text(&serde_json::to_string(uids)?)],
        )?;
        Ok(uids.unwrap_or_default())
    }

    /// Initial passwords have reached the operator.
    pub fn delivered(&self, uids: &[String]) -> Result<()> {
        let list = serde_json::to_string(uids)?;
        self.run(
            "UPDATE member SET delivered = 1 WHERE delivered = 0 AND uid IN (SELECT value FROM json_each(?))",
            &[text(&list)],
        )
    }

    /// Stores a member's summary if it is newer than the stored one; whether it was.
    pub fn report(&self, report: &Report, now: Millis) -> Result<bool> {
        let Some(summary) = &report.summary else { return Ok(false) };
        let sequence = i64::try_from(report.sequence).unwrap_or(i64::MAX);
        // A deleted account's uid never comes back, so whatever still arrives about it was on its way.
        let late = self.text(
            "SELECT 'yes' FROM member WHERE uid = ?1 AND sequence >= ?2 UNION ALL SELECT 'yes' FROM gone WHERE uid = ?1",
            &[text(&summary.uid), int(sequence)],
        )?;
        if late.is_some() {
            return Ok(false);
        }
        if summary.deleted {
            self.run("DELETE FROM member WHERE uid = ?", &[text(&summary.uid)])?;
            self.run("INSERT INTO gone (uid) VALUES (?)", &[text(&summary.uid)])?;
            return Ok(true);
        }
        let [role, end] = [role(summary)?, end(summary)];
        let [uid, name, plan, start] =
            [&summary.uid, &summary.name, &summary.plan, &summary.start.to_string()].map(|value| text(value));
        // Nobody but the operator changes these.
        let known = self.text(
            "SELECT 'yes' FROM member WHERE uid = ? AND role = ? AND name = ? AND plan = ? AND start = ? AND end = ?",
            &[uid.clone(), role, name, plan, start, end],
        )?;
        if known.is_none() {
            self.mark(&uid, now)?;
        }
        self.upsert(summary, sequence)?;
        self.note_failing(summary, sequence)?;
        // A grace that has ended, or runs anew, has no PC any more that was told of before.
        self.run("DELETE FROM waiting WHERE uid = ? AND until IS NOT ?", &[text(&summary.uid), maybe(summary.grace)])?;
        self.note_invitation(summary, sequence)?;
        self.note_method(summary)?;
        Ok(true)
    }

    /// Notes that a member was added or changed; what an earlier delivery noted is forgotten.
    fn mark(&self, uid: &str, now: Millis) -> Result<()> {
        self.run("DELETE FROM recent WHERE (SELECT max(at) FROM recent) < ?", &[int(now.saturating_sub(DELIVERY))])?;
        self.run(
            "INSERT INTO recent (uid, at) VALUES (?, ?) ON CONFLICT (uid) DO UPDATE SET at = excluded.at",
            &[uid.to_owned(), int(now)],
        )
    }

    fn upsert(&self, summary: &Summary, sequence: i64) -> Result<()> {
        self.run(
            "INSERT INTO member (uid, sequence, role, login, name, plan, start, end, locked_at, failures, prohibited, temporary, factor, delivered)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (uid) DO UPDATE SET sequence = excluded.sequence, role = excluded.role, login = excluded.login,
                name = excluded.name, plan = excluded.plan, start = excluded.start, end = excluded.end,
                locked_at = excluded.locked_at, failures = excluded.failures, prohibited = excluded.prohibited,
                temporary = excluded.temporary, factor = excluded.factor
             WHERE excluded.sequence > member.sequence",
            &[
                text(&summary.uid),
                int(sequence),
                role(summary)?,
                text(&summary.login),
                text(&summary.name),
                text(&summary.plan),
                text(&summary.start.to_string()),
                end(summary),
                maybe(summary.locked_at),
                int(summary.failures.into()),
                flag(summary.prohibited),
                flag(summary.temporary),
                flag(summary.factor),
                flag(!summary.temporary),
            ],
        )
    }

    /// What counts against a member, or that nothing does; only with the report that the member's row shows.
    fn note_failing(&self, summary: &Summary, sequence: i64) -> Result<()> {
        let current = "EXISTS (SELECT 1 FROM member WHERE uid = ? AND sequence = ?)";
        let (uid, sequence) = (text(&summary.uid), int(sequence));
        match &summary.failing {
            None => self.run(&format!("DELETE FROM failing WHERE uid = ? AND {current}"), &[uid.clone(), uid, sequence]),
            Some(failing) => self.run(
                &format!("INSERT OR REPLACE INTO failing (uid, locked, until, json) SELECT ?, ?, ?, ? WHERE {current}"),
                &[
                    uid.clone(),
                    flag(failing.has_lock()),
                    int(failing.until),
                    text(&serde_json::to_string(failing)?),
                    uid,
                    sequence,
                ],
            ),
        }
    }

    /// Whether a member's invitation waits, and until when; only with the report that the member's row shows.
    fn note_invitation(&self, summary: &Summary, sequence: i64) -> Result<()> {
        let current = "EXISTS (SELECT 1 FROM member WHERE uid = ? AND sequence = ?)";
        let (uid, sequence) = (text(&summary.uid), int(sequence));
        match summary.until {
            None => self.run(&format!("DELETE FROM invitation WHERE uid = ? AND {current}"), &[uid.clone(), uid, sequence]),
            Some(until) => self.run(
                &format!("INSERT OR REPLACE INTO invitation (uid, until) SELECT ?, ? WHERE {current}"),
                &[uid.clone(), int(until), uid, sequence],
            ),
        }
    }

    /// How a member logs in, if not with a password. Whoever asks has seen that the report is newer than what is stored.
    fn note_method(&self, summary: &Summary) -> Result<()> {
        let uid = text(&summary.uid);
        match &summary.method {
            None => self.run("DELETE FROM method WHERE uid = ?", &[uid]),
            Some(provider) => self.run("INSERT OR REPLACE INTO method (uid, provider) VALUES (?, ?)", &[uid, text(provider)]),
        }
    }

    /// Invitations that wait, of members with these roles: the one that ends last first, one more than a page.
    pub fn invited(&self, after: Option<&(Millis, String)>, roles: &[Role]) -> Result<Vec<Member>> {
        let (until, uid) = after.map_or((Millis::MAX >> 11, ""), |(until, uid)| (*until, uid.as_str()));
        let sql = format!(
            "SELECT {MEMBER} FROM (SELECT uid AS hit FROM invitation INDEXED BY invitation_until CROSS JOIN member USING (uid)
                WHERE (invitation.until, uid) < (?, ?) AND role IN (SELECT value FROM json_each(?))
                ORDER BY invitation.until DESC, uid DESC LIMIT ?) CROSS JOIN member ON uid = hit"
        );
        self.members(&sql, &[int(until), text(uid), json_text(roles)?, int(INVITED_PAGE.saturating_add(1).into())])
    }

    /// Which of these login names members have.
    pub fn known(&self, logins: &[String]) -> Result<Vec<String>> {
        let known = self.json(
            "SELECT json_group_array(login) FROM json_each(?) CROSS JOIN member INDEXED BY member_login
             ON role IN ('administrator', 'manager', 'user') AND login = value",
            &[json_text(logins)?],
        )?;
        Ok(known.unwrap_or_default())
    }

    /// Which of these login names members have who wait for no invitation.
    pub fn registered(&self, logins: &[String]) -> Result<Vec<String>> {
        let registered = self.json(
            "SELECT json_group_array(login) FROM json_each(?) CROSS JOIN member INDEXED BY member_login
             ON role IN ('administrator', 'manager', 'user') AND login = value WHERE uid NOT IN (SELECT uid FROM invitation)",
            &[json_text(logins)?],
        )?;
        Ok(registered.unwrap_or_default())
    }

    /// The contract's import, running or over.
    pub fn import(&self) -> Result<Option<Import>> {
        self.json("SELECT json FROM item WHERE key = 'import'", &[])
    }

    /// Stores how it stands.
    pub fn save_import(&self, import: &Import) -> Result<()> {
        self.run(
            "INSERT INTO item (key, json) VALUES ('import', ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json",
            &[json_text(import)?],
        )
    }

    /// Another import takes the place of the last one.
    pub fn new_import(&self, import: &Import) -> Result<()> {
        self.run("DELETE FROM import_row", &[])?;
        self.save_import(import)
    }

    /// Stores rows of its file.
    pub fn put_rows(&self, rows: &[ImportRow]) -> Result<()> {
        self.run(
            "INSERT OR REPLACE INTO import_row (line, state, json)
             SELECT value ->> 'line', value ->> 'state', value FROM json_each(?)",
            &[json_text(rows)?],
        )
    }

    /// What became of some of them; a result that stands already stays.
    pub fn note_results(&self, results: &[(u32, RowState)]) -> Result<()> {
        self.run(
            "UPDATE import_row SET state = result.value ->> 1 FROM json_each(?) AS result
             WHERE line = result.value ->> 0 AND state = 'ready'",
            &[json_text(results)?],
        )
    }

    /// Its rows behind a line, or only those that stand so; one more if there are more.
    pub fn import_rows(&self, after: u32, state: Option<RowState>, most: u32) -> Result<Vec<ImportRow>> {
        let (only, mut values) = match state {
            Some(state) => ("state = ? AND", vec![text(state.code())]),
            None => ("", Vec::new()),
        };
        values.extend([int(after.into()), int(most.saturating_add(1).into())]);
        let rows = self.json(
            &format!(
                "SELECT json_group_array(json_set(json, '$.state', state)) FROM
                    (SELECT state, json FROM import_row WHERE {only} line > ? ORDER BY line LIMIT ?)"
            ),
            &values,
        )?;
        Ok(rows.unwrap_or_default())
    }

    /// How many of its rows stand how.
    pub fn import_counts(&self) -> Result<Vec<(RowState, u32)>> {
        let counts = self.json(
            "SELECT json_group_array(json_array(state, rows)) FROM (SELECT state, count(*) AS rows FROM import_row GROUP BY state)",
            &[],
        )?;
        Ok(counts.unwrap_or_default())
    }

    /// A dead letter.
    pub fn note_letter(&self, letter: &Letter) -> Result<()> {
        self.run(
            "INSERT OR REPLACE INTO letter (id, at, json) VALUES (?, ?, ?)",
            &[text(&letter.id), int(letter.at), text(&serde_json::to_string(letter)?)],
        )
    }

    /// It is none any more.
    pub fn forget_letter(&self, id: &str) -> Result<()> {
        self.run("DELETE FROM letter WHERE id = ?", &[text(id)])
    }

    /// Dead letters, the oldest first; one more if there are more.
    pub fn letters(&self, letters: &Letters) -> Result<Vec<Letter>> {
        let (at, id) = letters.after.as_ref().map_or((0, ""), |(at, id)| (*at, id.as_str()));
        let (only, mut values) = match letters.id.as_str() {
            "" => ("", Vec::new()),
            id => ("id = ? AND", vec![text(id)]),
        };
        values.extend([int(at), text(id), int(letters.limit.saturating_add(1).into())]);
        let rows = self.json(
            &format!(
                "SELECT json_group_array(json(json)) FROM
                    (SELECT json FROM letter WHERE {only} (at, id) > (?, ?) ORDER BY at, id LIMIT ?)"
            ),
            &values,
        )?;
        Ok(rows.unwrap_or_default())
    }

    /// Linked services that end.
    pub fn endings(&self) -> Result<Vec<Ending>> {
        Ok(self.json("SELECT json FROM item WHERE key = 'endings'", &[])?.unwrap_or_default())
    }

    /// Stores them.
    pub fn save_endings(&self, endings: &[Ending]) -> Result<()> {
        self.run(
            "INSERT INTO item (key, json) VALUES ('endings', ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json",
            &[json_text(endings)?],
        )
    }

    /// How a user stands to a linked service. Who leaves one before he was told of its end was never concerned.
    pub fn note_linked(&self, note: &NoteLinked) -> Result<()> {
        let user = &note.user;
        let uses_it = flag(note.standing == Standing::Uses);
        self.run(
            "INSERT INTO linked (provider, uid, contract, json, at, uses) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (provider, uid) DO UPDATE SET contract = excluded.contract, json = excluded.json, at = excluded.at,
                    told = CASE WHEN excluded.uses > uses THEN '' ELSE told END, uses = excluded.uses
                WHERE excluded.at >= at",
            &[text(&user.provider), text(&user.uid), text(&user.contract), json_text(user)?, int(note.at), uses_it],
        )?;
        self.run(
            "DELETE FROM linked WHERE provider = ? AND uid = ? AND at = ? AND uses = 0 AND (told = '' OR ?)",
            &[text(&user.provider), text(&user.uid), int(note.at), flag(note.standing == Standing::Gone)],
        )
    }

    /// The account is not there any more.
    pub fn forget_linked(&self, provider: &str, uid: &str) -> Result<()> {
        self.run("DELETE FROM linked WHERE provider = ? AND uid = ?", &[text(provider), text(uid)])
    }

    /// Nobody has to change any more: who did is not counted.
    pub fn forget_changed(&self, provider: &str) -> Result<()> {
        self.run("DELETE FROM linked WHERE provider = ? AND uses = 0", &[text(provider)])
    }

    /// Who is to be told something about a linked service, whoever was not tried lately first.
    pub fn to_tell(&self, endings: &[Ending], most: u32, now: Millis) -> Result<Vec<Notice>> {
        let known: Vec<_> =
            endings.iter().map(|ending| (&ending.provider, ending.ends, ending.letter(now), &ending.by)).collect();
        let rows = self.json(
            "WITH ending AS MATERIALIZED (SELECT value ->> 0 AS provider, value ->> 1 AS ends, value ->> 2 AS letter, value ->> 3 AS by
                FROM json_each(?))
             SELECT json_group_array(json_object('provider', provider, 'uid', uid, 'ends', ends, 'letter', due, 'by', by)) FROM (
                SELECT provider, uid, ends, coalesce(ending.letter, 0) AS due, coalesce(by, '') AS by
                FROM linked LEFT JOIN ending USING (provider)
                WHERE uses = 1 AND (told <> coalesce(ends, '') OR linked.letter < coalesce(ending.letter, 0))
                ORDER BY tried, uid LIMIT ?)",
            &[json_text(&known)?, count(most.into())],
        )?;
        Ok(rows.unwrap_or_default())
    }

    /// An account knows it.
    pub fn told(&self, notice: &Notice, now: Millis) -> Result<()> {
        let ends = notice.ends.map(|day| day.to_string()).unwrap_or_default();
        let mailed = maybe(notice.ends.map(|_| now));
        self.run(
            "UPDATE linked SET told = ?, letter = ?, mailed = iif(? IS NULL, NULL, coalesce(mailed, ?)), tried = 0
                WHERE provider = ? AND uid = ?",
            &[text(&ends), int(notice.letter.into()), mailed.clone(), mailed, text(&notice.provider), text(&notice.uid)],
        )
    }

    /// An account could not be told.
    pub fn not_told(&self, notice: &Notice, now: Millis) -> Result<()> {
        self.run(
            "UPDATE linked SET tried = ? WHERE provider = ? AND uid = ?",
            &[int(now), text(&notice.provider), text(&notice.uid)],
        )
    }

    /// How far the users of a linked service are; one user more if there are more.
    pub fn progress(&self, ask: &AskProgress) -> Result<Progress> {
        let (whose, mut values) = match ask.contract.as_str() {
            "" => ("provider = ?", vec![text(&ask.provider)]),
            contract => (
                "contract = ? AND uses = 1 AND told <> '' AND (? = '' OR provider = ?)",
                vec![text(contract), text(&ask.provider), text(&ask.provider)],
            ),
        };
        values.extend([text(&ask.after), count(u64::from(ask.limit).saturating_add(1))]);
        let progress = self.json(
            &format!(
                "WITH concerned AS (SELECT * FROM linked WHERE {whose})
                 SELECT json_object('affected', count(*), 'mailed', count(mailed), 'changed', coalesce(sum(uses = 0), 0),
                    'left', coalesce(sum(uses), 0), 'users', (SELECT json_group_array(json_object('user', json(json),
                        'mailed', mailed, 'letter', letter, 'uses', json(iif(uses, 'true', 'false')))) FROM
                        (SELECT * FROM concerned WHERE uid > ? ORDER BY uid LIMIT ?)))
                 FROM concerned"
            ),
            &values,
        )?;
        Ok(progress.unwrap_or_default())
    }

    /// A part of a list of [`Concern`], one row more if there are more. What has run out is passed over by the index, or on the
    /// way; so is what lies before.
    pub fn concern(&self, list: &ListConcern, limit: u32, now: Millis) -> Result<Vec<ConcernedMember>> {
        let previous = list.concern == Concern::Previous;
        let (table, why, condition) =
            if previous { ("waiting", "Previous", "found.at > ?") } else { ("failing", "Locked", "found.locked = ?") };
        let (rank, sign, order) = if previous { ("0", ">", "ASC") } else { ("found.locked", "<", "DESC") };
        let only = if list.only.is_empty() { "" } else { "AND login IN (SELECT value FROM json_each(?))" };
        let half = format!(
            "SELECT * FROM (SELECT {rank} AS rank, until, uid, login, found.json AS json
                FROM {table} AS found INDEXED BY {table}_until CROSS JOIN member USING (uid)
                WHERE {condition} AND until > ? AND (until, uid) {sign} (?, ?) AND role = 'user' {only}
                ORDER BY until {order}, uid {order} LIMIT ?)"
        );
        let most = int(limit.saturating_add(1).into());
        let mut values = Vec::new();
        let halves: &[bool] = if previous { &[false] } else { &[true, false] };
        for locked in halves {
            let (until, uid) = match &list.after {
                Some((place, until, uid)) if place == locked => (*until, uid.as_str()),
                Some((false, ..)) if *locked => (0, ""),
                _ if previous => (0, ""),
                _ => (Millis::MAX >> 11, ""),
            };
            let condition = if previous { int(now.saturating_sub(PRESENCE_LEASE)) } else { flag(*locked) };
            values.extend([condition, int(now), int(until), text(uid)]);
            if !list.only.is_empty() {
                values.push(text(&serde_json::to_string(&list.only)?));
            }
            values.push(most.clone());
        }
        values.push(most);
        let all = halves.iter().map(|_| half.as_str()).collect::<Vec<_>>().join(" UNION ALL ");
        let rows = self.json(
            &format!(
                "SELECT json_group_array(json_object('uid', uid, 'login', login, 'why', json_object('{why}', json(json)))) FROM
                    (SELECT * FROM ({all}) ORDER BY rank DESC, until {order}, uid {order} LIMIT ?)"
            ),
            &values,
        )?;
        Ok(rows.unwrap_or_default())
    }

    /// Stores who is connected, if this is not older than what is known; whether a list shows it.
    pub fn presence(&self, presence: &Presence) -> Result<bool> {
        let known = [text(&presence.uid), int(presence.at)];
        let before =
            self.json("SELECT json_array(viewer, client, present_at) FROM member WHERE uid = ? AND present_at <= ?", &known)?;
        let Some(before) = before else { return Ok(false) };
        let waiting: Option<Waiting> = self.json("SELECT json FROM waiting WHERE uid = ?", &[text(&presence.uid)])?;
        if waiting == presence.waiting && presence.is_known(before) {
            return Ok(false);
        }
        self.run(
            "UPDATE member SET viewer = ?, client = ?, present_at = ? WHERE uid = ?",
            &[maybe(presence.viewer), maybe(presence.client), int(presence.at), text(&presence.uid)],
        )?;
        Ok(self.note_waiting(presence, waiting.as_ref())? || presence.shows_change(before))
    }

    /// The client that waits with the previous password, or that none does; whether a list shows a difference.
    fn note_waiting(&self, presence: &Presence, before: Option<&Waiting>) -> Result<bool> {
        let uid = text(&presence.uid);
        match &presence.waiting {
            Some(waiting) => {
                let values = [uid, int(waiting.until), int(presence.at), text(&serde_json::to_string(waiting)?)];
                self.run("INSERT OR REPLACE INTO waiting (uid, until, at, json) VALUES (?, ?, ?, ?)", &values)?;
            }
            None if before.is_some() => self.run("DELETE FROM waiting WHERE uid = ?", &[uid])?,
            None => {}
        }
        Ok(before != presence.waiting.as_ref())
    }

    /// The tickets of watching pages that were used.
    pub fn tickets(&self) -> Result<BTreeMap<String, Millis>> {
        Ok(self.json("SELECT json FROM item WHERE key = 'tickets'", &[])?.unwrap_or_default())
    }

    /// Stores them.
    pub fn save_tickets(&self, tickets: &BTreeMap<String, Millis>) -> Result<()> {
        self.run(
            "INSERT INTO item (key, json) VALUES ('tickets', ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json",
            &[text(&serde_json::to_string(tickets)?)],
        )
    }

    /// A part of the account sheet: administrators first, then users; one more than a part if there are more.
    pub fn sheet(&self, sheet: &Sheet) -> Result<Vec<Member>> {
        let sql = format!(
            "SELECT json_insert(row, '$.recent', json(iif(uid IN (SELECT uid FROM recent), 'true', 'false'))) AS row FROM (
                SELECT uid, {MEMBER} FROM (
                    SELECT * FROM (SELECT uid AS hit FROM member INDEXED BY member_login WHERE role = 'administrator'
                        ORDER BY login LIMIT 10)
                    UNION ALL
                    SELECT * FROM (SELECT uid AS hit FROM member INDEXED BY member_login WHERE role = 'user' AND login > ?
                        ORDER BY login LIMIT ? OFFSET ?)
                ) CROSS JOIN member ON uid = hit)"
        );
        let values = [text(&sheet.after), int(SHEET.saturating_add(1).into()), int(sheet.skip.into())];
        self.members(&sql, &values)
    }

    /// 契約ユーザ数 of these roles, kept by triggers: counting 100,000 rows would be most of a page's time. With it those who are locked
    /// out now, those whose client waits with the previous password, and the invitations that wait.
    pub fn users(&self, now: Millis, roles: &[Role]) -> Result<(u32, u32, u32, u32)> {
        let users = self.json(
            "SELECT json_array(
                (SELECT coalesce(sum(members), 0) FROM tally WHERE role IN (SELECT value FROM json_each(?1))),
                (SELECT count(*) FROM (SELECT 1 FROM failing INDEXED BY failing_until WHERE locked = 1 AND until > ?2 LIMIT ?3)),
                (SELECT count(*) FROM (SELECT 1 FROM waiting INDEXED BY waiting_until WHERE until > ?2 AND at > ?4 LIMIT ?3)),
                (SELECT count(*) FROM (SELECT 1 FROM invitation CROSS JOIN member USING (uid)
                    WHERE role IN (SELECT value FROM json_each(?1)) LIMIT ?5)))",
            &[
                json_text(roles)?,
                int(now),
                int(CONCERN_COUNTED.into()),
                int(now.saturating_sub(PRESENCE_LEASE)),
                int(INVITED_COUNTED.into()),
            ],
        )?;
        Ok(users.unwrap_or_default())
    }

    /// A page of the user list: the rows, one more than a page if there are more on that side. The first page of a search
    /// brings its hits, counted up to [`COUNTED`], with it: one scan of one index answers both.
    pub fn list(&self, list: &List, roles: &[Role]) -> Result<Page> {
        let (backwards, place) = match &list.page {
            Side::First => (false, None),
            Side::After(place) => (false, Some(place)),
            Side::Before(place) => (true, Some(place)),
        };
        let falling = list.descending != backwards;
        let (order, sign) = if falling { ("DESC", "<") } else { ("ASC", ">") };
        let (index, sorted, then) = column(list.sort);
        let mut values = Vec::new();
        let from = match place {
            Some(_) => format!(" AND ({sorted}, login) {sign} (?, ?)"),
            None => String::new(),
        };
        let mut filter = String::new();
        for role in roles {
            filter.clear();
            values.push(text(role.code()));
            values.extend(place.into_iter().flat_map(|place| [text(&place.value), text(&place.login)]));
            search(list, &mut filter, &mut values);
        }
        let most = if place.is_none() && !list.part.is_empty() { COUNTED } else { PAGE.saturating_add(1) };
        // Each role is a stretch of the index; several are merged.
        let by = if then.is_empty() { "" } else { order };
        let stretch = format!(
            "SELECT uid AS hit, {sorted}, login FROM member INDEXED BY {index} WHERE role = ?{from}{filter}
             ORDER BY {sorted} {order}{then}{by} LIMIT {most}"
        );
        let hit = match roles {
            [_] => stretch,
            _ => format!(
                "{} ORDER BY {sorted} {order}{then}{by} LIMIT {most}",
                vec![format!("SELECT * FROM ({stretch})"); roles.len()].join(" UNION ALL ")
            ),
        };
        let shown = PAGE.saturating_add(1);
        let sql = format!(
            "WITH hits AS MATERIALIZED ({hit})
             SELECT json_object('hits', (SELECT count(*) FROM hits), 'rows', (SELECT json_group_array(json(row)) FROM
                (SELECT {MEMBER} FROM (SELECT hit FROM hits LIMIT {shown}) CROSS JOIN member ON uid = hit))) AS json"
        );
        let mut page: Page = self.json(&sql, &values)?.unwrap_or_default();
        if backwards {
            page.rows.reverse();
        }
        Ok(page)
    }

    /// Hits of a search, counted up to [`COUNTED`].
    pub fn found(&self, list: &List, roles: &[Role]) -> Result<u32> {
        let mut values = vec![json_text(roles)?];
        let mut sql = String::from(
            "SELECT json(count(*)) FROM (SELECT 1 FROM member INDEXED BY member_login
            WHERE role IN (SELECT value FROM json_each(?))",
        );
        search(list, &mut sql, &mut values);
        sql.push_str(" LIMIT ?)");
        values.push(int(COUNTED.into()));
        let found = self.json(&sql, &values)?;
        Ok(found.unwrap_or_default())
    }

    /// Members behind a login name, in the order of their login names.
    pub fn describe(&self, after: &str, limit: u32) -> Result<Vec<Member>> {
        let sql = format!("SELECT {MEMBER} FROM member WHERE login > ? ORDER BY login LIMIT ?");
        self.members(&sql, &[text(after), int(limit.saturating_add(1).into())])
    }

    fn members(&self, sql: &str, values: &[String]) -> Result<Vec<Member>> {
        let sql = format!("SELECT json_group_array(json(row)) AS json FROM ({sql})");
        Ok(self.json(&sql, values)?.unwrap_or_default())
    }

    // ── Journal ──

    /// Whether this month has been opened; its tables are made then, so that looking at an empty month leaves nothing behind.
    fn opened(&self) -> Result<bool> {
        let tables = self.text("SELECT CAST(count(*) AS TEXT) FROM sqlite_schema WHERE name IN ('entry', 'head')", &[])?;
        match tables.as_deref() {
            Some("2") => Ok(true),
            Some("0") | None => Ok(false),
            // Somebody has taken one of them away; the check tells it.
            Some(_) => self.run(JOURNAL, &[]).map(|()| true),
        }
    }

    /// How far the chain goes, as its head says; a head that is lost or damaged is made up, with a seal that does not hold.
    fn head(&self) -> Result<Option<Head>> {
        if !self.opened()? {
            return Ok(None);
        }
        let stored = self.text("SELECT CAST(json AS TEXT) FROM head", &[])?;
        if let Some(head) = stored.and_then(|json| json::read::<Head>(&json).ok()) {
            return Ok(Some(head));
        }
        let id = self.last()?;
        Ok(Some(Head { id, mac: self.mac(id)?, seal: String::new() }))
    }

    /// The number of the last row that stands.
    fn last(&self) -> Result<u64> {
        Ok(self.json("SELECT json(max(coalesce(max(id), 0), 0)) FROM entry", &[])?.unwrap_or_default())
    }

    /// Appends rows to the chain; rows that stand already are passed over. The first rows of a month are not taken without
    /// its opening row.
    pub fn append(&self, keys: &[[u8; 32]], append: &Append) -> Result<Appended> {
        let key = keys.first().ok_or_else(|| worker::Error::RustError("DATA_KEYS is empty".into()))?;
        let head = self.head()?;
        let opening = append.opening.as_ref().filter(|_| head.is_none());
        let (mut id, mut before) = match (head, opening) {
            // A row that was put behind the head does not keep the next ones out; the check finds it. Behind a head that does
            // not hold the chain stays broken: going on from it would hide what was done.
            (Some(head), _) => (head.id.max(self.last()?), if holds(keys, &head) { head.mac } else { String::new() }),
            (None, Some(_)) => {
                self.run(JOURNAL, &[])?;
                (0, String::new())
            }
            (None, None) => return Ok(Appended { taken: false }),
        };
        let first = opening.map(|event| ("", "", 0, event));
        let rows = append.rows.iter().map(|row| (append.uid.as_str(), append.login.as_str(), row.sequence, &row.event));
        for (uid, login, sequence, event) in first.into_iter().chain(rows) {
            if self.stands(uid, sequence)? {
                continue;
            }
            let row = Row { uid: uid.to_owned(), login: login.to_owned(), sequence, event: event.clone() };
            let json = serde_json::to_string(&row)?;
            id = id.saturating_add(1);
            before = link(key, &before, id, &json);
            let values = [count(id), text(&json), text(&before)];
            self.run("INSERT INTO entry (id, json, mac) VALUES (?, ?, ?)", &values)?;
        }
        let head = serde_json::to_string(&chain::head(key, id, &before))?;
        self.run(
            "INSERT INTO head (one, json) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET json = excluded.json",
            &[text(&head)],
        )?;
        Ok(Appended { taken: true })
    }

    /// Whether an account's row of this number is here already.
    fn stands(&self, uid: &str, sequence: u64) -> Result<bool> {
        if sequence == 0 {
            return Ok(false);
        }
        let values = [text(uid), count(sequence)];
        Ok(self.text("SELECT 'yes' FROM entry WHERE uid = ? AND sequence = ? AND sequence > 0", &values)?.is_some())
    }

    /// Where the chain stands, or stood at a row.
    pub fn peek(&self, row: Option<u64>) -> Result<Peeked> {
        let Some(head) = self.head()? else { return Ok(Peeked::default()) };
        let mac = match row {
            Some(row) => self.mac(row)?,
            None => head.mac,
        };
        Ok(Peeked { rows: head.id, mac })
    }

    fn mac(&self, row: u64) -> Result<String> {
        Ok(self.text("SELECT CAST(mac AS TEXT) FROM entry WHERE id = ?", &[count(row)])?.unwrap_or_default())
    }

    /// Rows in the order of their instants: from the place on towards older ones, or towards newer ones. The row that opens
    /// the month is none of the contract's.
    pub fn entries(&self, read: &Read) -> Result<Vec<Line>> {
        if !self.opened()? {
            return Ok(Vec::new());
        }
        let mut sql = String::from(
            "SELECT max(id, 0) AS place, at, CAST(json AS TEXT) AS row FROM entry WHERE at >= ? AND at < ? AND code <> ?",
        );
        let mut values = vec![int(read.from), int(read.until), text(OPENED)];
        if let Some(uid) = &read.about {
            sql.push_str(" AND uid = ?");
            values.push(text(uid));
        }
        if !read.who.is_empty() {
            sql.push_str(" AND (instr(login, ?) > 0 OR instr(by, ?) > 0)");
            values.extend([text(&read.who), text(&read.who)]);
        }
        if !read.code.is_empty() {
            sql.push_str(" AND code = ?");
            values.push(text(&read.code));
        }
        let (sign, order) = if read.newer { (">", "ASC") } else { ("<", "DESC") };
        if let Some((at, id)) = read.place {
            let _ = write!(sql, " AND (at, id) {sign} (?, ?)");
            values.extend([int(at), count(id)]);
        }
        let _ = write!(sql, " ORDER BY at {order}, id {order} LIMIT ?");
        values.push(int(read.limit.min(READ).into()));
        let sql = format!("SELECT json_group_array(json_array(place, at, row)) FROM ({sql})");
        let rows: Vec<(u64, Millis, String)> = self.json(&sql, &values)?.unwrap_or_default();
        Ok(rows.into_iter().map(|(id, at, json)| Line { id, row: read_row(&json, at) }).collect())
    }

    /// Verifies the rows behind `check.after`, and with the last ones the head and the numbers of the accounts' rows.
    pub fn check(&self, keys: &[[u8; 32]], check: &Check, now: Millis) -> Result<Checked> {
        let Some(head) = self.head()? else { return Ok(Checked::default()) };
        let mut checked = Checked { rows: head.id, upto: check.after, link: self.link()?, ..Checked::default() };
        let values = [count(check.after), int(CHECKED.into())];
        let rows: Vec<(u64, String, String)> = self
            .json(
                "SELECT json_group_array(json_array(id, json, mac)) FROM (SELECT id, CAST(json AS TEXT) AS json,
                    CAST(mac AS TEXT) AS mac FROM entry WHERE id > ? ORDER BY id LIMIT ?)",
                &values,
            )?
            .unwrap_or_default();
        let before = if check.after == 0 { String::new() } else { self.mac(check.after)? };
        let place = first_broken(keys, check.after, &before, &rows);
        let good = place.unwrap_or(rows.len());
        checked.upto = check.after.saturating_add(u64::try_from(good).unwrap_or(0));
        let foreign = check.after == 0 && rows.first().is_some_and(|(_, json, _)| !opens(json, &check.object));
        if foreign || place.is_some() {
            let (id, json) = rows.get(if foreign { 0 } else { good }).map_or((0, ""), |(id, json, _)| (*id, json.as_str()));
            checked.broken = Some((id, read_row(json, 0).event.at));
        } else if rows.len() < usize::try_from(CHECKED).unwrap_or(usize::MAX) {
            if holds(keys, &head) && checked.upto == head.id {
                checked.gap = self.gap(now)?;
            } else {
                checked.broken = Some((checked.upto.saturating_add(1), 0));
            }
        }
        if checked.broken.is_some_and(|(id, _)| id <= 1) {
            checked.link = None;
        }
        Ok(checked)
    }

    /// What the opening row says about the month before.
    fn link(&self) -> Result<Option<(String, u64, String)>> {
        let first = self.text("SELECT CAST(json AS TEXT) FROM entry WHERE id = 1", &[])?;
        Ok(first.and_then(|json| linked(&read_row(&json, 0).event)))
    }

    /// The first number missing between two rows of an account, once it can no longer be on its way.
    fn gap(&self, now: Millis) -> Result<Option<(String, u64)>> {
        self.json(
            "SELECT json_array(login, before + 1) FROM (SELECT id, at, login, sequence,
                lag(sequence) OVER (PARTITION BY uid ORDER BY sequence) AS before FROM entry WHERE sequence > 0)
             WHERE sequence > before + 1 AND at < ? ORDER BY id LIMIT 1",
            &[int(now.saturating_sub(UNDER_WAY))],
        )
    }
}

/// Whether a row's text is the one that opens the month of this object.
fn opens(json: &str, object: &str) -> bool {
    let event = read_row(json, 0).event;
    event.code == OPENED && event.detail.get("object").is_some_and(|own| own == object)
}

/// A role as its column has it.
fn role(summary: &Summary) -> Result<String> {
    Ok(serde_json::to_value(summary.role)?.to_string())
}

/// サービス解約日 as its column has it.
fn end(summary: &Summary) -> String {
    text(&summary.end.map_or_else(|| NO_END.to_owned(), |day| day.to_string()))
}

/// A member as JSON, so that a page of rows is one string instead of some calls a column.
const MEMBER: &str = "json_object('uid', uid, 'login', login, 'name', name, 'role', role, 'plan', plan, 'start', start,
    'end', nullif(end, '9999-99-99'), 'locked_at', locked_at, 'failures', failures,
    'prohibited', json(iif(prohibited, 'true', 'false')), 'temporary', json(iif(temporary, 'true', 'false')),
    'factor', json(iif(factor, 'true', 'false')), 'viewer', viewer, 'client', client, 'present_at', present_at,
    'invited', (SELECT until FROM invitation WHERE invitation.uid = member.uid),
    'method', (SELECT provider FROM method WHERE method.uid = member.uid)) AS row";

/// Index and column of a sort order, and what makes it total: the login name.
fn column(sort: Sort) -> (&'static str, &'static str, &'static str) {
    match sort {
        Sort::Login => ("member_login", "login", ""),
        Sort::Plan => ("member_plan", "plan", ", login "),
        Sort::Start => ("member_start", "start", ", login "),
        Sort::End => ("member_end", "end", ", login "),
    }
}

/// Part of the login name, or one of the plans (decisions, CW-042). `instr`, since LIKE patterns end at 50 bytes.
fn search(list: &List, sql: &mut String, values: &mut Vec<String>) {
    if list.part.is_empty() {
        return;
    }
    sql.push_str(" AND (instr(login, ?) > 0");
    values.push(text(&list.part));
    for plan in &list.plans {
        sql.push_str(" OR plan = ?");
        values.push(text(plan));
    }
    sql.push(')');
}

/// Runs `body` as one transaction of the object.
pub fn commit<T>(state: &State, body: impl FnOnce() -> Result<T>) -> Result<T> {
    sys::transaction(state, body)
}
