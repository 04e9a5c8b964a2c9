// The providers of mail and SMS at their worst: down, slow, talking nonsense, asking to wait (interface, sections 2 and 5). Nothing is
// lost, the login goes on working, and what they would not take goes out once afterwards.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MINUTE, startServer } from "./harness/harness.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { until } from "./harness/people.mjs";
import { STORAGE, STORAGE_PASSWORD, linkIn, mailProvider, recoveryOn, registerByApp, smsProvider, storageContract } from "./harness/storage.mjs";

const [mail, sms] = [await mailProvider(), await smsProvider()];
const server = await startServer({ vars: { ...mail.vars, ...sms.vars, MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => Promise.all([server.stop(), mail.stop(), sms.stop()]));

const TROUBLES = {
  "down": (response) => response.destroy(),
  "slow": () => {}, // takes what it is sent and never answers
  "talking nonsense": (response) => response.socket.end("\x00\xffHTTP/9.9 huh?\r\n\r\n"),
  "asking to wait": 429,
  "broken": (response) => response.writeHead(500).end("<html>oops"),
};

for (const [number, [name, trouble]] of Object.entries(TROUBLES).entries()) {
  test(`st_023 st_070 st_123 providers that are ${name}: login works, and each mail and SMS goes out once afterwards`, { timeout: 60_000 }, async () => {
    mail.trouble = sms.trouble = trouble;
    const brands = await Promise.all(STORAGE.map(async ({ service }, index) => {
      const [boss, chief, forgot, invited, phone, app] = ["boss", "chief", "forgot", "invited", "phone", "app"].map((who) => `${who}@${service}.providers${number}.example.jp`);
      await storageContract(server, service, `M-${number}-${index}`, boss, [forgot, { login: invited, ready: false }]);
      await storageContract(server, service, `N-${number}-${index}`, chief, [phone, app], { secondStep: true });
      const browser = server.browser({ service });
      await browser.post("/forgot", { login: forgot, operation: "0".repeat(32) });
      const to = `+81901234${number}${index}78`;
      const asked = await browser.submit(await browser.signIn(phone, STORAGE_PASSWORD), { phone: to }, "/login/register");
      assert.match(asked.path, /^\/login\/register\/code/, asked.text);
      return { service, forgot, invited, phone, app, browser, asked, to };
    }));
    const addresses = brands.flatMap(({ forgot, invited }) => [forgot, invited]);
    const lettersTo = (list, address) => list.filter(({ body }) => body.to === address);
    const messagesTo = (list, number) => list.filter(({ to }) => to === number);
    const everybody = (letters, messages) => addresses.every((to) => lettersTo(letters, to).length > 0) && brands.every(({ to }) => messagesTo(messages, to).length > 0);

    const working = server.clock.advance(1100);
    await until(() => everybody(mail.messages, sms.messages), 20_000);
    for (const { service, forgot, phone, app } of brands) {
      for (const who of [forgot, phone]) assert.ok(opened(await tryLogin(server, who, STORAGE_PASSWORD, { service })), `${who}, while the provider is asked`);
      const other = server.browser({ service });
      await other.signIn(app, STORAGE_PASSWORD);
      assert.equal((await registerByApp(server, other)).page.path, "/login/registered", "nor is a second step by app held up");
    }
    await working;
    const took = () => [...mail.taken.filter(({ body }) => addresses.includes(body.to)), ...sms.taken.filter(({ to }) => brands.some((one) => one.to === to))];
    assert.deepEqual(took(), []);

    // The clock would run ahead of an attempt that still waits, and of the code's ten minutes.
    for (const provider of [mail, sms]) provider.restart();
    await until(async () => {
      await server.clock.advance(MINUTE);
      return everybody(mail.taken, sms.taken);
    }, 30_000);
    for (const { service, browser, asked, to, forgot, invited } of brands) {
      const codes = new Set(messagesTo(sms.messages, to).map(({ code }) => code));
      assert.equal(codes.size, 1, "the same code each time");
      recoveryOn(await browser.submit(asked, { code: [...codes][0] }, "/login/register/code"));
      for (const address of [forgot, invited]) {
        assert.equal(new Set(lettersTo(mail.messages, address).map(({ body }) => body.id)).size, 1, "the same letter each time");
        const path = linkIn(lettersTo(mail.taken, address)[0].body, browser.origin);
        assert.equal((await server.browser({ service }).get(path)).status, 200, "and its link works");
      }
    }
    await server.clock.advance(60 * MINUTE);
    assert.equal(took().length, addresses.length + brands.length, "once each");
  });
}
