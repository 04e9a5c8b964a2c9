// The mail provider at its worst: down, slow, talking nonsense, asking to wait (interface, sections 2 and 5). Nothing is lost, the
// login goes on working, and the mail goes out once afterwards.

import assert from "node:assert/strict";
import http from "node:http";
import { after, test } from "node:test";
import { MINUTE, startServer } from "./harness/harness.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { until } from "./harness/people.mjs";
import { STORAGE_PASSWORD, linkIn, storageContract } from "./harness/storage.mjs";

const taken = [];
let behave = null;
const provider = http.createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    const letter = JSON.parse(body);
    if (behave) return behave(response, letter);
    taken.push(letter);
    response.writeHead(202).end();
  });
});
const port = await new Promise((resolve) => provider.listen(0, "127.0.0.1", () => resolve(provider.address().port)));
const server = await startServer({ vars: {
  MAIL_FROM: "noreply@kagiban.example", MAIL_URL: `http://127.0.0.1:${port}/send`, MAIL_TOKEN: "provider-token", PASSWORD_POSTS_PER_MINUTE: "100000",
} });
after(() => Promise.all([server.stop(), provider.close(), provider.closeAllConnections()]));

const TROUBLES = {
  "down": (response) => response.destroy(),
  "slow": () => {}, // takes the letter and never answers
  "nonsense": (response) => response.socket.end("\x00\xffHTTP/9.9 huh?\r\n\r\n"),
  "429": (response) => response.writeHead(429, { "retry-after": "1" }).end(),
  "500": (response) => response.writeHead(500).end("<html>oops"),
};
let number = 0;

for (const [name, trouble] of Object.entries(TROUBLES)) {
  test(`a provider that is ${name}: login works, and the mail goes out once afterwards`, { timeout: 60_000 }, async () => {
    const user = `${name}@provider.example.jp`;
    const contract = `M-${(number += 1)}`;
    let asked = 0;
    behave = (response, letter) => {
      if (letter.to === user) asked += 1;
      trouble(response, letter);
    };
    await storageContract(server, "worksdrive", contract, `boss@${name}.example.jp`, [user]);
    assert.equal((await server.browser({ service: "worksdrive" }).post("/forgot", { login: user, operation: "0".repeat(32) })).status, 200);
    const working = server.clock.advance(1100);
    await until(() => asked > 0, 20_000);
    assert.ok(opened(await tryLogin(server, user, STORAGE_PASSWORD, { service: "worksdrive" })), "while the provider is asked");
    await working;
    assert.equal(taken.filter(({ to }) => to === user).length, 0);
    behave = null;
    await until(async () => {
      await server.clock.advance(MINUTE);
      return taken.some(({ to }) => to === user);
    }, 30_000);
    await server.clock.advance(60 * MINUTE);
    const letters = taken.filter(({ to }) => to === user);
    assert.equal(letters.length, 1);
    const path = linkIn(letters[0], server.browser({ service: "worksdrive" }).origin);
    assert.equal((await server.browser({ service: "worksdrive" }).get(path)).status, 200, "and its link works");
  });
}
