// better-auth as its own documentation sets it up, in a Worker: e-mail and password, database sessions, cookie cache off, its
// default password hash. Two storages to choose from: D1, which its users on Workers take and the bars compare with, and the
// SQLite of a Durable Object that runs better-auth itself, which saves every hop; the table shows both.
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { DurableObject } from "cloudflare:workers";

const instance = (database) =>
  betterAuth({
    database,
    baseURL: "http://localhost:8787",
    secret: "a-secret-of-the-bench-that-guards-nothing",
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
  });

async function serve(auth, request) {
  if (new URL(request.url).pathname !== "/migrate") return auth.handler(request);
  await (await getMigrations(auth.options)).runMigrations();
  return new Response(null, { status: 204 });
}

/** The part of D1's interface that better-auth calls, on an object's own SQLite. */
const asD1 = (sql) => {
  const prepare = (text, values = []) => ({
    bind: (...bound) => prepare(text, bound),
    async all() {
      const cursor = sql.exec(text, ...values.map((value) => (typeof value === "boolean" ? Number(value) : value)));
      return { results: cursor.toArray(), success: true, meta: { changes: cursor.rowsWritten, last_row_id: null } };
    },
  });
  return { prepare, batch: (statements) => Promise.all(statements.map((one) => one.all())), exec: async (text) => sql.exec(text) };
};

export class Auth extends DurableObject {
  constructor(context, env) {
    super(context, env);
    this.auth = instance(asD1(context.storage.sql));
  }

  fetch(request) {
    return serve(this.auth, request);
  }
}

let onD1;
export default {
  fetch(request, env) {
    if (env.STORAGE === "object") return env.AUTH.get(env.AUTH.idFromName("auth")).fetch(request);
    return serve((onD1 ??= instance(env.DB)), request);
  },
};
