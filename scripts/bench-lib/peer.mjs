// better-auth's side of the measurements: its accounts and the requests of its users.
import { HOST, ORIGIN, check, connections, request } from "./http.mjs";
import { PEOPLE } from "./seed.mjs";

const PASSWORD = "Correct-Horse-4";
const address = ({ login }) => `${login}@bench.example`;
const post = (path, body) => ({
  method: "POST", path, body: body && JSON.stringify(body), headers: { host: HOST, origin: ORIGIN, "content-type": "application/json" },
});

export const signInRequest = (person) => post("/api/auth/sign-in/email", { email: address(person), password: PASSWORD });

const made = new Map();

/** Makes the tables and signs everyone up, once in a run. */
export function signUps(origin) {
  if (!made.has(origin)) made.set(origin, signUp(origin));
  return made.get(origin);
}

async function signUp(origin) {
  const agent = connections(1);
  const migrate = { ...post("/migrate"), expect: { status: 204 } };
  check(migrate, await request(agent, origin, migrate));
  for (const person of PEOPLE) {
    const asked = post("/api/auth/sign-up/email", { email: address(person), password: PASSWORD, name: person.login });
    check(asked, await request(agent, origin, asked));
  }
  agent.destroy();
}

/** A signed-in user's get-session. */
export async function sessionRequest(origin, person) {
  const agent = connections(1);
  const asked = signInRequest(person);
  const { headers } = check(asked, await request(agent, origin, asked));
  agent.destroy();
  const cookie = headers["set-cookie"].map((line) => line.split(";")[0]).join("; ");
  return { path: "/api/auth/get-session", headers: { host: HOST, cookie }, expect: { includes: address(person) } };
}
