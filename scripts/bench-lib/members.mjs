// A contract of 100,000 users as rows, and what a list and a search ask of them. Runs inside workerd: the rows in the product's
// Contract (whose table durable/src/shell/store.rs makes) and in the bare object, the questions in the bare object.

/** The bare object's own: the same columns and indexes, with row ids, so that `instr` reads the index alone. */
export const MEMBER_TABLE = `
  CREATE TABLE IF NOT EXISTS member (
    uid TEXT PRIMARY KEY, sequence INTEGER NOT NULL, role TEXT NOT NULL, login TEXT NOT NULL, name TEXT NOT NULL,
    plan TEXT NOT NULL, start TEXT NOT NULL, end TEXT NOT NULL, locked_at INTEGER, failures INTEGER NOT NULL,
    prohibited INTEGER NOT NULL, temporary INTEGER NOT NULL, factor INTEGER NOT NULL,
    viewer INTEGER, client INTEGER, present_at INTEGER NOT NULL DEFAULT 0, delivered INTEGER NOT NULL DEFAULT 1);
  CREATE UNIQUE INDEX IF NOT EXISTS member_login ON member (role, login);
  CREATE INDEX IF NOT EXISTS member_plan ON member (role, plan, login);
  CREATE INDEX IF NOT EXISTS member_start ON member (role, start, login);
  CREATE INDEX IF NOT EXISTS member_end ON member (role, end, login);`;

/** Rows from (exclusive) to to; uid and login are scattered by multiplying with a number that has no common factor with 2^32. */
const INSERT = `
  WITH RECURSIVE number (n) AS (SELECT ? + 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
  INSERT INTO member (uid, sequence, role, login, name, plan, start, end, failures, prohibited, temporary, factor)
  SELECT
    printf('%08x%08x%016x', n * 2654435761 % 4294967296, n * 40503 % 4294967296, n), 1, 'user',
    printf('%s.%06d', json_extract('["sales","east","west","design","works","lab","office","partner"]', printf('$[%d]', n % 8)),
      n * 7919 % 1000003),
    printf('利用者 %06d', n), iif(n % 5 = 0, 'coconowork-self', 'coconowork'),
    date('2020-01-01', printf('+%d days', n * 31 % 2200)),
    iif(n % 4 = 0, date('2027-01-01', printf('+%d days', n * 17 % 2000)), '9999-99-99'), 0, 0, 0, 0
  FROM number`;

/** Inserts the rows that the query names. */
export function insertMembers(sql, query) {
  sql.exec(INSERT, Number(query.get("from")), Number(query.get("to")));
  return sql.exec("SELECT count(*) AS members FROM member WHERE role = 'user'").one();
}

/** Parts of login names: many hits, some, one, none. */
export const SEARCHES = [
  "sales", "part", "st.0", "0012", ".99", "777", "lab.5", "works.12", "4321", "east.000001", "west.99999", "nobody", "zz",
];

const ROW = `json_object('uid', uid, 'login', login, 'name', name, 'role', role, 'plan', plan, 'start', start, 'end', end,
  'locked_at', locked_at, 'failures', failures, 'prohibited', prohibited, 'temporary', temporary, 'factor', factor,
  'viewer', viewer, 'client', client, 'present_at', present_at) AS row`;
/** SQLite counts a whole table without reading its rows. */
const USERS = "SELECT (SELECT count(*) FROM member) - (SELECT count(*) FROM member WHERE role = 'administrator') AS users";
const page = (where, column, order) =>
  `SELECT json_group_array(json(row)) AS json FROM (
     SELECT ${ROW} FROM member WHERE role = 'user' ${where} ORDER BY ${column} ${order}, login ${order} LIMIT 51)`;

export const SORTS = { login: "login", type: "plan", start: "start", end: "end" };

/** A page in one of the orders: the first one, or the one behind the place in `after`. */
export function bareList(sql, query) {
  const column = SORTS[query.get("sort")];
  const [order, sign] = query.get("order") === "desc" ? ["DESC", "<"] : ["ASC", ">"];
  const after = query.getAll("after");
  const { json } = sql.exec(page(after.length ? `AND (${column}, login) ${sign} (?, ?)` : "", column, order), ...after).one();
  const { users } = sql.exec(USERS).one();
  return { users, rows: JSON.parse(json), column };
}

/** The first page of a search and its hits, counted up to 1,000. */
export function bareSearch(sql, query) {
  const part = query.get("q");
  const where = "AND instr(login, ?) > 0";
  const { json } = sql.exec(page(where, "login", "ASC"), part).one();
  const { found } = sql.exec(`SELECT count(*) AS found FROM (SELECT 1 FROM member WHERE role = 'user' ${where} LIMIT 1000)`, part).one();
  const { users } = sql.exec(USERS).one();
  return { users, found, rows: JSON.parse(json) };
}
