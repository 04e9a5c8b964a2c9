// Starts one Worker from nothing, asks it once, prints when the answer was complete (ms since 1970), and ends.
import { startServer } from "../lib/server.mjs";
import { check, connections, request } from "./http.mjs";
import { EMPTY, secrets } from "./servers.mjs";

const [options, path] = process.argv[2] === "product" ? [{ secrets: secrets() }, "/login"] : [EMPTY, "/empty"];
const server = await startServer(options);
const agent = connections(1);
const asked = { path, headers: { host: `localhost:${server.port}` } };
check(asked, await request(agent, `http://127.0.0.1:${server.port}`, asked));
console.log(Date.now());
agent.destroy();
await server.stop();
