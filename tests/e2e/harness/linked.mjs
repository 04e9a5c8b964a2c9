// People who log in with a linked service or their contract's Active Directory, from a browser without a screen: the way to a real provider
// (openid.mjs) and back, registration by a mailed link, and settings of an Active Directory that count.

import assert from "node:assert/strict";
import { SECOND } from "./harness.mjs";
import { through } from "./openid.mjs";
import { linkIn, mailTo } from "./storage.mjs";

/** The settings page of a contract's Active Directory. */
export const DIRECTORY = "/menu/directory";

/** The connection ID that a page shows. */
export const connectionOn = (page) => /adfs-[a-z0-9]{18}/.exec(page.text)?.[0];

/** What people do at a provider. */
export function linked(server, provider) {
  /** There and back: the page behind the callback. */
  const there = (browser, gone, account = provider.accounts[0].sub, visitor = provider.visitor()) => through(browser, gone, visitor, account);

  /** Chooses it behind a mailed link. */
  async function takes(browser, path, account) {
    const form = await browser.get(path);
    const directory = provider.kind === "adfs";
    const label = directory ? "Active Directoryアカウント" : `${provider.label}アカウント`;
    assert.ok(form.text.includes(`${label}で登録`), form.text);
    const { fields } = form.forms().find(({ fields: own }) => (directory ? own.provider?.startsWith("adfs-") : own.provider === provider.id));
    let gone = await browser.post(path, fields);
    if (directory) {
      assert.equal(gone.status, 200);
      for (const fact of ["接続ID確認画面", fields.provider, "※接続IDは、ログインの際に必要となりますので、メモを取り安全な場所に保管してください。"]) assert.ok(gone.text.includes(fact), gone.text);
      gone = await browser.send(gone, {}, path);
    }
    const shown = await there(browser, gone, account);
    assert.ok(shown.text.includes("申込確認") && shown.text.includes(label), shown.text);
    return { path, shown, done: await browser.submit(shown, {}, path) };
  }

  /** Registers an invited user with it. */
  const registers = async (browser, user, { seen = 0, account } = {}) => takes(browser, linkIn(await mailTo(server, user, seen), browser.origin), account);
  return { there, takes, registers };
}

/** The same at a server in the shape of AD FS, and what contractors do whose Active Directory it is. */
export function directories(server, ad) {
  const { there, takes, registers } = linked(server, ad);
  const SETTINGS = { server: ad.issuer, client: ad.clientId, secret: ad.secret, subject: "upn", name: "unique_name", address: "" };
  const act = (browser, what, fields = {}) => browser.post(DIRECTORY, { operation: "0".repeat(32), act: what, ...fields });

  /** Settings that count, by who is logged in to the menu; the connection ID. */
  async function configured({ browser }, account) {
    const id = connectionOn(await act(browser, "issue"));
    const saved = await act(browser, "save", SETTINGS);
    assert.equal(saved.status, 200, saved.text);
    const tested = await there(browser, await act(browser, "test"), account);
    assert.match(tested.text, /テストログインに成功し、設定が有効になりました。/, tested.text);
    await server.clock.advance(2 * SECOND);
    return id;
  }
  return { there, takes, registers, SETTINGS, act, configured };
}
