// Every mail of the storage services as its reader sees it (ST-040, ST-070, ST-104, ST-108, ST-109, ST-122, ST-123, ST-032): in both
// languages, light and dark, on a phone and at a desk, with names and addresses that are too long for one line. What they say is in
// letters.test.mjs; here they are put into an account's outbox as a turn would, so that one request has all of them written.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DAY, launchChromium, startServer } from "./harness/harness.mjs";
import { listen } from "./harness/chromium.mjs";
import { album, examine } from "./harness/look.mjs";
import { until } from "./harness/people.mjs";
import { STORAGE, storageContract } from "./harness/storage.mjs";

const SHOTS = album("shots-letters");
const server = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});

const LONG = "hanako.suzuki-of-the-department-of-general-affairs@very-long-name-of-a-subsidiary.kagiban-sample.example.co.jp";
const LETTERS = {
  "invitation": {}, "invitation-contractor": { role: "administrator" }, "directory": { about: "adfs-0123456789abcdef01" }, "address": {}, "method": {}, "unlock": {}, "reset": {},
  "undo-address": {}, "retired": {},
};

for (const [index, { service }] of STORAGE.entries()) {
  test(`every mail of ${service} is readable on a phone and at a desk, light and dark, in both languages`, async (t) => {
    const boss = `boss@${service}.look.example.jp`;
    const { uid } = (await storageContract(server, service, `L-${index}`, boss)).get(boss);
    const account = { object: "Account", name: uid };
    const variables = {
      uid, service, nonce: "0".repeat(32), role: "user", name: "鈴木 花子", login: LONG, by: `boss.${LONG}`, about: `new.${LONG}`, provider: "google", ends: "2027-01-31", until: String(server.clock.now() + 14 * DAY),
    };
    const before = server.mails().length;
    const wanted = ["ja", "en"].flatMap((language) => Object.entries(LETTERS).map(([name, more]) => ({ name, language, more })));
    for (const { name, language, more } of wanted) {
      const mail = { template: name.replace("-contractor", ""), to: `${name}@${language}.example.jp`, language, variables: { ...variables, ...more } };
      await server.sql(account, "INSERT INTO outbox (due, json) VALUES (?, ?)", server.clock.now(), JSON.stringify({ effect: { uid, effect: { mail } } }));
    }
    await server.operator().post(`/accounts/${service}/${encodeURIComponent(boss)}/unlock`);
    await until(async () => {
      await server.clock.advance(2000);
      return server.mails().length === before + wanted.length;
    }, 20_000);

    const context = await chromium.newContext();
    t.after(() => context.close());
    const [page, heard, wrong] = [await context.newPage(), listen(context), []];
    for (const { name, language } of wanted) {
      const { html } = server.mails().slice(before).find(({ to }) => [to].flat().join() === `${name}@${language}.example.jp`);
      await page.setContent(html);
      wrong.push(...(await examine(page, `${service}-${name}`, { language, folder: SHOTS })));
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual([heard.complaints, [...heard.addresses]], [[], []], "it loads nothing");
  });
}
