// The built bundle with one door more: the bench may make accounts that are copies of one that was made through the product's own
// doors, since 10,000 of those take minutes. Everything else is the bundle's own.
//
//   POST http://bench/seed   {contract, template: {uid, login, token}, copies: [the same, …]}
//
// Only for workers that run this bundle in this process: requests from outside never have that host.
import { DurableObject } from "cloudflare:workers";
import Worker, { Account as BuiltAccount, Contract as BuiltContract } from "./index.js";

export * from "./index.js";

/** A built object with a door for `seed(sql, body)`; the rest of its events go on to it. */
const withDoor = (Built, seed) =>
  class extends DurableObject {
    constructor(context, env) {
      super(context, env);
      this.built = new Built(context, env);
    }

    async fetch(request) {
      if (!request.url.startsWith("http://bench/")) return this.built.fetch(request);
      return Response.json(seed(this.ctx.storage.sql, await request.json()));
    }

    alarm() {
      return this.built.alarm();
    }

    webSocketMessage(...event) {
      return this.built.webSocketMessage(...event);
    }

    webSocketClose(...event) {
      return this.built.webSocketClose(...event);
    }

    webSocketError(...event) {
      return this.built.webSocketError(...event);
    }
  };

/** The stored rows of the template, or, with rows, their becoming this account's. */
export const Account = withDoor(BuiltAccount, (sql, { rows }) => {
  if (!rows) return sql.exec("SELECT key, json FROM item").toArray();
  for (const { key, json } of rows) sql.exec("INSERT INTO item (key, json) VALUES (?, ?)", key, json);
  return rows.length;
});

/** The template's member row once more for each copy. */
export const Contract = withDoor(BuiltContract, (sql, { template, copies }) => {
  const [row] = sql.exec("SELECT * FROM member WHERE uid = ?", template.uid).toArray();
  const columns = Object.keys(row);
  const insert = `INSERT INTO member (${columns.map((name) => `"${name}"`)}) VALUES (${columns.map(() => "?")})`;
  for (const { uid, login } of copies) sql.exec(insert, ...Object.values({ ...row, uid, login }));
  return copies.length;
});

async function seed(env, { contract, template, copies }) {
  const ask = async (object, body) => (await object.fetch("http://bench/", { method: "POST", body: JSON.stringify(body) })).json();
  const rows = await ask(env.ACCOUNT.getByName(template.uid), {});
  const made = copies.map((copy) => {
    const json = Object.keys(template).reduce((text, key) => text.replaceAll(template[key], copy[key]), JSON.stringify(rows));
    return ask(env.ACCOUNT.getByName(copy.uid), { rows: JSON.parse(json) });
  });
  await Promise.all([...made, ask(env.CONTRACT.getByName(contract), { template, copies })]);
  return copies.length;
}

export default class extends Worker {
  async fetch(request) {
    if (request.url !== "http://bench/seed") return super.fetch(request);
    return Response.json(await seed(this.env, await request.json()));
  }
}
