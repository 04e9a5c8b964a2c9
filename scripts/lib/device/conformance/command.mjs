// `scripts/device --conformance`.

import { leave } from "../../cli.mjs";
import { EXIT } from "../conduct.mjs";
import { readAccounts, USAGE } from "../options.mjs";
import { GivenAccounts, OwnContract } from "./accounts.mjs";
import { CHECKS } from "./checks/index.mjs";
import { lineOf, summary } from "./report.mjs";
import { conformance, passed } from "./run.mjs";

function accountsOf({ server, operatorToken, accounts, login, password }) {
  // What stands on the command line comes before the environment's token.
  if (accounts) return new GivenAccounts(readAccounts(accounts));
  if (login && password) return new GivenAccounts([{ login, password }]);
  if (operatorToken) return new OwnContract(server, operatorToken);
  return leave(EXIT.usage, `whose accounts? give --operator-token, --accounts or --login with --password\n\n${USAGE}`);
}

export async function run(given) {
  const only = given.only?.split(",").map((id) => id.trim());
  const unknown = only?.filter((id) => !CHECKS.some((check) => check.id === id)) ?? [];
  if (unknown.length > 0) leave(EXIT.usage, `no such check: ${unknown.join(", ")}`);
  const accounts = accountsOf(given);
  const print = (text) => process.stdout.write(`${text}\n`);
  const results = await conformance({
    server: given.server, accounts, only,
    onResult: (result) => given.json || print(lineOf(result)),
  });
  const left = await accounts.close();
  if (given.json) print(JSON.stringify({ server: given.server, passed: passed(results), left, results }, null, 2));
  else print([`\n${summary(results)}`, left].filter(Boolean).join("\n"));
  process.exit(passed(results) ? 0 : 1);
}
