// The provider's command line: contracts and accounts from a CSV file, and acts on single accounts.
//
// Invariants: nothing is sent before the whole file is found good; an initial password is on disk (readable by its owner only)
// as soon as the answer that carried it is there, because the server does not tell it twice.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { leave, progressBar, ROOT, table } from "./cli.mjs";
import { csvLine, parseCsv } from "./csv.mjs";
import { operatorFromEnvironment } from "./operator-api.mjs";

const COLUMNS = ["contract", "service", "contract_name", "plan", "trial_start", "role", "login", "name", "type", "start", "end", "manager"];

const USAGE = `usage: scripts/operator COMMAND

  apply FILE.csv                      creates or updates contracts and accounts; the same file twice changes nothing
  show CONTRACT                       a contract and its accounts
  show SERVICE LOGIN                  one account
  unlock SERVICE LOGIN                ends a lock
  reset-second-factor SERVICE LOGIN   removes the second factor
  temporary-password SERVICE LOGIN    sets a temporary password and prints it
  provider ID                         whether a linked service ends, and how far its users are
  provider ID YYYY-MM-DD|none         says that it ends with that day, or goes on: its users are mailed

SERVICE is coconowork, worksdrive or cowork-storage. Address and token: KAGIBAN_URL (default http://localhost:8787) and
KAGIBAN_OPERATOR_TOKEN, else the first token of .dev.vars. Columns of the CSV (UTF-8):
${COLUMNS.join(",")}
role is administrator or user; dates are YYYY-MM-DD; an empty end is none. A contract's own columns stand in its first row
and may be empty in the others. Initial passwords are written to FILE.passwords.csv.`;

const FACTS = { service: "service", contract_name: "name", plan: "plan", trial_start: "trial_start" };

/** Rows → contracts in the API's form, or all that is wrong with the rows. */
export function contractsFromRows(rows) {
  const contracts = new Map();
  const wrong = [];
  for (const row of rows) {
    const complain = (what) => wrong.push(`line ${row.line}: ${what}`);
    if (!row.contract) {
      complain("contract is empty");
      continue;
    }
    if (!contracts.has(row.contract)) contracts.set(row.contract, { facts: {}, users: [], logins: new Map() });
    const contract = contracts.get(row.contract);
    for (const [column, fact] of Object.entries(FACTS)) {
      if (!row[column]) continue;
      if ((contract.facts[fact] ??= row[column]) !== row[column]) complain(`${column} is ${row[column]}, but ${contract.facts[fact]} in an earlier row of contract ${row.contract}`);
    }
    if (!row.login) complain("login is empty");
    else if (contract.logins.has(row.login)) complain(`login ${row.login} is already in line ${contract.logins.get(row.login)}`);
    else contract.logins.set(row.login, row.line);
    for (const column of ["start", "end", "trial_start"]) {
      if (row[column] && !isDate(row[column])) complain(`${column} is not a date: ${row[column]}`);
    }
    if (row.role === "administrator") {
      if (contract.administrator) complain(`contract ${row.contract} has two administrators`);
      contract.administrator = { login: row.login, ...(row.name ? { name: row.name } : {}) };
    } else if (row.role === "user") {
      if (!row.start) complain("start is empty");
      if (row.manager && !/^(true|false)$/i.test(row.manager)) complain(`manager is true or false, not ${row.manager}`);
      contract.users.push({
        login: row.login, start: row.start, end: row.end || null,
        ...(row.name ? { name: row.name } : {}), ...(row.type ? { type: row.type } : {}),
        ...(row.manager ? { manager: /^true$/i.test(row.manager) } : {}),
      });
    } else {
      complain(`role is administrator or user, not ${row.role || "empty"}`);
    }
  }
  for (const [id, { facts }] of contracts) {
    for (const fact of ["service", "name", "plan"]) {
      if (!facts[fact]) wrong.push(`contract ${id}: ${fact === "name" ? "contract_name" : fact} is given in no row`);
    }
  }
  return { wrong, contracts: [...contracts].map(([contract, { facts, administrator, users }]) => ({ contract, ...facts, ...(administrator ? { administrator } : {}), users })) };
}

const isDate = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);

async function apply(operator, file) {
  const { contracts, wrong } = contractsFromRows(parseCsv(readFileSync(file), COLUMNS, ["contract", "role", "login"]));
  if (wrong.length > 0) leave(1, `${file} was not sent:\n  ${wrong.join("\n  ")}`);

  const passwords = `${file.replace(/\.csv$/i, "")}.passwords.csv`;
  const counts = {};
  let kept = 0;
  const total = contracts.reduce((sum, { administrator, users }) => sum + users.length + (administrator ? 1 : 0), 0);
  const advance = progressBar(total, "accounts");
  for (const { contract, ...body } of contracts) {
    await operator.apply(contract, body, (accounts) => {
      const fresh = accounts.filter((account) => account.initial_password);
      if (fresh.length > 0) {
        if (!existsSync(passwords)) writeFileSync(passwords, csvLine(["contract", "login", "role", "initial_password"]), { mode: 0o600 });
        appendFileSync(passwords, fresh.map((account) => csvLine([contract, account.login, account.role, account.initial_password])).join(""));
        kept += fresh.length;
      }
      for (const { state, invited } of accounts) {
        const word = invited ? "invited" : state;
        counts[word] = (counts[word] ?? 0) + 1;
      }
      advance(accounts.length);
    });
  }
  process.stdout.write(`${contracts.length} contracts; accounts ${Object.entries(counts).map(([word, count]) => `${word}: ${count}`).join(", ") || "none"}\n`);
  if (kept > 0) process.stdout.write(`${kept} initial passwords are in ${passwords} (readable by you only)\n`);
}

async function show(operator, first, login) {
  if (login) {
    process.stdout.write(`${JSON.stringify(await operator.account(first, login), null, 2)}\n`);
    return;
  }
  const { accounts, ...contract } = await operator.contract(first);
  process.stdout.write(`${table(Object.entries(contract).map(([key, value]) => [key, value !== null && typeof value === "object" ? JSON.stringify(value) : value]))}\n\n`);
  const columns = [...new Set(accounts.flatMap(Object.keys))];
  process.stdout.write(`${table([columns, ...accounts.map((account) => columns.map((column) => (account[column] !== null && typeof account[column] === "object" ? JSON.stringify(account[column]) : account[column])))])}\n`);
}

async function act(operator, action, service, login) {
  const answer = await operator.act(service, login, action);
  process.stdout.write(`${answer?.initial_password ? `temporary password of ${login}: ${answer.initial_password}` : `${action}: done for ${login}`}\n`);
}

async function provider(operator, id, ends) {
  const { users, ...progress } = await operator.provider(id, ends === undefined ? undefined : { ends: ends === "none" ? null : ends });
  process.stdout.write(`${table(Object.entries(progress))}\n`);
  if (users.length === 0) return;
  const columns = Object.keys(users[0]);
  process.stdout.write(`\n${table([columns, ...users.map((user) => columns.map((column) => user[column]))])}\n`);
}

async function main([command, ...args]) {
  const arity = { apply: [1], show: [1, 2], unlock: [2], "reset-second-factor": [2], "temporary-password": [2], provider: [1, 2] }[command];
  if (command === "--help" || command === "-h") {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  if (!arity?.includes(args.length)) leave(1, USAGE);
  try {
    const operator = operatorFromEnvironment(ROOT);
    if (command === "apply") await apply(operator, ...args);
    else if (command === "show") await show(operator, ...args);
    else if (command === "provider") await provider(operator, ...args);
    else await act(operator, command, ...args);
  } catch (error) {
    leave(1, `error: ${error.message}`);
  }
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
