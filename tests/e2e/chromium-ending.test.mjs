// A login method that ends, and the way on to the application, as people see them in Chromium: login page, top page, the list of
// 管理コンソール and the page that a login meets afterwards; what axe-core says of each in both languages and themes.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { DAY, SECOND, SECRETS, launchChromium, startServer } from "./harness/harness.mjs";
import { listen } from "./harness/chromium.mjs";
import { WEIGHT, album, examine } from "./harness/look.mjs";
import { unasked } from "./harness/openid.mjs";
import { tokyoDay, until } from "./harness/people.mjs";
import { STORAGE_PASSWORD, storageContract } from "./harness/storage.mjs";

const SERVICE = "worksdrive";
const PROVIDER = "d-account";
const FOLDER = album("shots-ending");
const server = await startServer({
  vars: {
    MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000", WORKSDRIVE_APP_URL: "https://app.example/enter",
    ...unasked([PROVIDER], [SERVICE]),
  },
  secrets: { ...SECRETS, HANDOVER_JWK: JSON.stringify(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" })) },
});
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});
const ends = tokyoDay(server.clock.now() + 20 * DAY);
const BOSS = "boss@ending.example.jp";
before(async () => {
  const users = ["hanako@ending.example.jp", "a.person.with.a.long.address.in.a.long.department@section.branch.ending.example.jp"];
  const made = await storageContract(server, SERVICE, "780", BOSS, users);
  for (const login of users) {
    const account = { object: "Account", name: made.get(login).uid };
    const linked = { provider: PROVIDER, issuer: "https://id.example", subject: login, name: "", address: "", since: server.clock.now() };
    await server.sql(account, "INSERT INTO item (key, json) VALUES ('linked', ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json", JSON.stringify(linked));
    const user = { provider: PROVIDER, uid: made.get(login).uid, contract: "780", service: SERVICE, login };
    await server.ask({ object: "Contract", name: "linked services" }, { NoteLinked: { user, standing: "uses", at: server.clock.now() } });
  }
  const put = () => server.operator().call("PUT", `/providers/${PROVIDER}`, { ends });
  assert.equal((await put()).status, 200);
  await until(async () => (await server.operator().get(`/providers/${PROVIDER}`)).body.mailed === 2);
  await server.clock.advance(2 * SECOND);
});

for (const [language, javaScriptEnabled] of [["ja", true], ["en", true], ["ja", false]]) {
  test(`the pages of a login method that ends, in ${language}, ${javaScriptEnabled ? "with" : "without"} JavaScript`, { timeout: 120_000 }, async (t) => {
    const origin = server.origin(SERVICE);
    const context = await chromium.newContext({ locale: language, baseURL: origin, reducedMotion: "reduce", javaScriptEnabled });
    const heard = listen(context);
    t.after(() => context.close());
    const page = await context.newPage();
    const wrong = [];
    const look = async (name) => {
      await page.waitForLoadState("networkidle");
      const bytes = [...(await heard.weights()).values()].reduce((sum, size) => sum + size, 0);
      if (bytes >= WEIGHT) wrong.push(`${name}: ${bytes} bytes`);
      if (javaScriptEnabled) wrong.push(...(await examine(page, name, { language, folder: FOLDER })));
      await heard.weights();
    };
    await page.goto("/login");
    assert.ok((await page.locator("main").innerText()).includes(ends));
    await look("login-ending");
    // On the way to the console, so that the login does not go on at the application.
    await page.goto("/users");
    await page.locator("#login").fill(BOSS);
    await page.locator("#password").fill(STORAGE_PASSWORD);
    await page.locator("main .button-primary").click();
    await page.waitForURL((url) => url.pathname === "/users");
    await heard.weights();
    await page.reload();
    await look("users-ending");
    await page.locator('a[href="/ending"]').click();
    await page.locator("table").waitFor();
    assert.equal(await page.locator("tbody tr").count(), 2);
    await look("ending");
    await page.goto("/");
    assert.equal(await page.locator('a[href="/app"]').count(), 1);
    await look("top-application");
    assert.deepEqual(wrong, []);
    assert.deepEqual(heard.complaints, []);
    assert.deepEqual([...heard.addresses], [origin]);
  });
}
