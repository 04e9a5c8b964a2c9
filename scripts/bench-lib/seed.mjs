// The product's accounts for the measurements, made through the operator API, and the requests of people and devices.
import { argon2id } from "../bench-peer/hash.mjs";
import { HOST, ORIGIN, check, connections, request } from "./http.mjs";

const PASSWORD = "Correct-Horse-4";
const BATCH = 100;
const SERVICE = { type: "coconowork", start: "2022-12-01", end: null };
const numbered = (prefix, count) =>
  Array.from({ length: count }, (_, index) => ({ login: `${prefix}.${String(index + 1).padStart(5, "0")}` }));

/** Those who log in, on 8 connections. */
export const PEOPLE = numbered("bench", 64);
/** Those whose phones are connected: 1,000 besides the one that is cut. */
export const DEVICES = numbered("device", 1001);
export const CONTRACTS = {
  people: { id: "900000001", administrator: "bench.admin", users: PEOPLE },
  devices: { id: "900000002", administrator: "device.admin", users: DEVICES, cheap: true },
  large: { id: "900000003", administrator: "large.admin", users: [] },
  beside: { id: "900000004", administrator: "beside.admin", users: numbered("beside", 1) },
};

/** Argon2id as the product makes it; `cheap` where the login itself is not measured. */
function passwordHash(cheap) {
  const [memorySize, iterations] = cheap ? [8, 1] : [19456, 2];
  const cost = { memorySize, iterations, parallelism: 1, hashLength: 32 };
  return argon2id({ password: PASSWORD, salt: "salt of the bench", ...cost, outputType: "encoded" });
}

const made = new Map();

/** Puts a contract with its accounts, once in a run. */
export function contract(bench, name) {
  if (!made.has(name)) made.set(name, put(bench, CONTRACTS[name]));
  return made.get(name);
}

async function put({ origins, token }, { id, administrator, users, cheap }) {
  const password_hash = await passwordHash(cheap);
  const agent = connections(1);
  for (let at = 0; at === 0 || at < users.length; at += BATCH) {
    const body = {
      service: "coconowork", name: "株式会社ベンチ", plan: "basic",
      administrator: { login: administrator, name: "管理 太郎", password_hash },
      users: users.slice(at, at + BATCH).map(({ login }) => ({ login, name: "利用 花子", ...SERVICE, password_hash })),
    };
    const asked = {
      method: "PUT", path: `/operator/v1/contracts/${id}`, body: JSON.stringify(body),
      headers: { host: HOST, authorization: `Bearer ${token}`, "content-type": "application/json" },
    };
    check(asked, await request(agent, origins.product, asked));
  }
  agent.destroy();
}

/** What a browser sends. */
export function from(cookie, asked) {
  const posted = asked.method === "POST" ? { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded" } : {};
  return { ...asked, headers: { host: HOST, accept: "text/html", "accept-language": "ja", ...(cookie && { cookie }), ...posted } };
}

export const loginRequest = ({ login }) =>
  from(undefined, {
    method: "POST", path: "/login", expect: { status: 303 },
    body: `login=${login}&password=${PASSWORD}&next=%2F&operation={operation}`,
  });

/** Logs in; the session's cookie. */
export async function cookie(origin, login) {
  const agent = connections(1);
  const asked = loginRequest({ login });
  const { headers } = check(asked, await request(agent, origin, asked));
  agent.destroy();
  const session = headers["set-cookie"]?.map((line) => line.split(";")[0]).filter((pair) => !pair.endsWith("="));
  if (!session?.length) throw new Error(`${login}: the login set no cookie`);
  return session.join("; ");
}

/** Logs a phone (or with the role `client`, a PC) in; its token. */
export async function deviceToken(origin, login, role = "viewer") {
  const agent = connections(1);
  const device = { name: "iPhone16,1", os: "iOS", key: null };
  const asked = {
    method: "POST", path: "/device/v1/login", headers: { host: HOST, "content-type": "application/json" },
    body: JSON.stringify({ login, password: PASSWORD, role, device }),
  };
  const { body } = check(asked, await request(agent, origin, asked));
  agent.destroy();
  return JSON.parse(body).token;
}
