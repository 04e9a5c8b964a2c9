// `scripts/device`: a real device for the device protocol (docs/protocol.md), many of them, or the conformance run.
//
// This file starts and ends them; device/ holds the nouns: conduct (what follows a close code), link (one connection), store (key
// and token on disk), device (all of it together), fleet, and conformance.

import { leave } from "./cli.mjs";
import { EXIT } from "./device/conduct.mjs";
import { Device } from "./device/device.mjs";
import { reporter, turnstile } from "./device/fleet.mjs";
import { passwordOnInput, sendLines } from "./device/lines.mjs";
import { devices, options, USAGE } from "./device/options.mjs";

const given = options();
if (given.conformance) await import("./device/conformance/command.mjs").then(({ run }) => run(given));
else await connect();

async function connect() {
  const all = devices(given);
  if (given.signal && all.length > 1) leave(EXIT.usage, `--signal is for one device\n\n${USAGE}`);
  const report = reporter(all.length, (line) => process.stdout.write(`${line}\n`));
  const enter = turnstile(given.atOnce);
  const running = all.map(({ password, ...who }) => {
    const asked = password === undefined && !given.signal ? passwordOnInput : async () => password;
    return new Device({ ...who, ...report.of(who), enter, password: asked, server: given.server, once: given.once, cap: given.cap });
  });
  const complaint = running[0].store.complaint();
  if (complaint) process.stderr.write(`${complaint}\n`);

  const stop = () => {
    for (const device of running) device.stop();
    setTimeout(() => process.exit(EXIT.stopped), 2000).unref(); // a server that does not answer
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stop);
  process.on("disconnect", stop); // the program that started this one, if it wanted to know, is gone
  if (given.signal) sendLines(running[0]);

  const ends = await Promise.all(running.map(async (device) => {
    const end = await device.run();
    device.say(end.sentence);
    report.ended(end);
    return end.exit;
  }));
  report.close();
  process.exit(ends.reduce((highest, exit) => Math.max(highest, exit), EXIT.stopped));
}
