// The process that makes the load, so that the client's work does not sit in the process that measures. Run it with fork();
// `client()` in the parent does so and gives one function per job; one job at a time.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as crowd from "./crowd/devices.mjs";
import { cutting } from "./devices.mjs";
import { closedLoop } from "./http.mjs";

const JOBS = { closedLoop, cutting, ...crowd };
const FILE = fileURLToPath(import.meta.url);

export function client() {
  const child = fork(FILE, ["load"], { serialization: "advanced" });
  const run = (job) => (parameters) =>
    new Promise((resolve, reject) => {
      const gone = (code) => reject(new Error(`the load process ended with ${code}`));
      child.once("exit", gone);
      child.once("message", ({ result, error }) => {
        child.off("exit", gone);
        if (error) reject(new Error(error));
        else resolve(result);
      });
      child.send({ job, parameters });
    });
  return { ...Object.fromEntries(Object.keys(JOBS).map((job) => [job, run(job)])), stop: () => child.disconnect() };
}

if (process.argv[1] === FILE && process.argv[2] === "load") {
  process.on("message", async ({ job, parameters }) => {
    try {
      process.send({ result: await JOBS[job](parameters) });
    } catch (error) {
      process.send({ error: error.stack });
    }
  });
}
