// CSVで一括招待 in workerd: files in every encoding, checked as a whole before anybody is invited, worked off row by row, stopped, resumed
// after a kill -9, and by nobody who may not.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { HOUR, MINUTE, startServer } from "./harness/harness.mjs";
import { STORAGE, STORAGE_PASSWORD, importSays, linkIn, mailProvider, mailTo, register, sendTable, startImport, storageContract } from "./harness/storage.mjs";

const provider = await mailProvider();
const server = await startServer({ vars: { ...provider.vars, PASSWORD_POSTS_PER_MINUTE: "100000" }, mails: provider.letters });
after(() => Promise.all([server.stop(), provider.stop()]));

async function signedIn(service, address) {
  const browser = server.browser({ service });
  assert.equal((await browser.signIn(address, STORAGE_PASSWORD)).status, 200);
  return browser;
}
let number = 0;
async function contract(service) {
  number += 1;
  const address = (name) => `${name}@i${number}.${service}.example.jp`;
  const [boss, manager, user] = ["boss", "manager", "user"].map(address);
  await storageContract(server, service, `${6000 + number}`, boss, [{ login: manager, manager: true }, user]);
  return { address, boss, manager, user, id: `${6000 + number}` };
}
/** Text in Shift_JIS, which Node only decodes. */
const CODES = new Map();
for (let lead = 0x81; lead <= 0xfc; lead += 1) {
  if (lead >= 0xa0 && lead <= 0xdf) continue;
  for (let trail = 0x40; trail <= 0xfc; trail += 1) CODES.set(new TextDecoder("shift_jis").decode(Uint8Array.of(lead, trail)), [lead, trail]);
}
const shiftJis = (text) => Buffer.from([...text].flatMap((letter) => (letter.codePointAt(0) < 0x80 ? [letter.codePointAt(0)] : CODES.get(letter))));

const until = (browser, words) => importSays(server, browser, words);
const members = async (id) => {
  const all = [];
  for (let after = ""; ;) {
    const { body } = await server.operator().get(`/contracts/${id}?after=${encodeURIComponent(after)}`);
    all.push(...body.accounts);
    if (!body.next) return all;
    after = body.next;
  }
};

for (const { service } of STORAGE) {
  test(`${service}: a file is checked first, whatever its encoding, and everything wrong is said at once`, async () => {
    const { address, boss, user, id } = await contract(service);
    const browser = await signedIn(service, boss);
    const form = await browser.get("/import");
    assert.match(form.html, /enctype="multipart\/form-data"/);
    const rows = [
      "氏名,メールアドレス,管理者権限,サービス提供開始日",
      `鈴木 花子,${address("hanako")},なし,2026/1/1`,
      `,hanako@,maybe,2026-02-30`,
      `伊藤 五郎,${address("goro")},あり,`,
      `既存,${user},,`,
      `二重,${address("HANAKO").toUpperCase()},,`,
    ].join("\r\n");
    for (const [encoding, file] of [["utf-8", rows], ["utf-8 with a mark", `\ufeff${rows}`], ["shift_jis", shiftJis(rows)]]) {
      const sent = await sendTable(browser, { file });
      assert.equal(sent.location, "/import", `${encoding}: ${sent.text}`);
      const checked = await browser.follow(sent);
      for (const word of ["確認の結果", "鈴木 花子", "伊藤 五郎", "誤りのある行: 2行", "登録・招待済み: 1行", "招待する人: 2行", "2人を招待",
        "氏名を、改行を含まない100文字以内", "メールアドレスを正しい形で", "管理者権限は「あり」か「なし」", "日付を 2026-11-22 の形で", "同じメールアドレスが、前の行にもあります。"]) {
        assert.ok(checked.text.includes(word), `${encoding}: ${word}: ${checked.text}`);
      }
      const only = await browser.get("/import?show=wrong");
      assert.ok(only.text.includes("hanako@") && !only.text.includes("伊藤 五郎"));
    }
    await server.clock.advance(2000);
    assert.equal((await members(id)).length, 3, "nobody was invited by looking");
    const before = server.mails().length;
    assert.equal((await startImport(browser)).location, "/import");
    const done = await until(browser, /一括招待が終わりました/);
    for (const word of ["招待した人: 2行", "2人中 2人"]) assert.ok(done.text.includes(word), word);
    await server.clock.advance(3000);
    const invited = (await members(id)).filter(({ state }) => state === "invited");
    assert.deepEqual(invited.map(({ login, role }) => [login, role]).sort(), [[address("goro"), "manager"], [address("hanako"), "user"]]);
    const mail = await mailTo(server, address("hanako"), before);
    assert.match(mail.text, /鈴木 花子 様/);
    assert.match((await register(server.browser({ service }), linkIn(mail, browser.origin))).text, /申込完了/);
    const again = await browser.follow(await sendTable(browser, { text: rows.replaceAll(",", "\t") }));
    assert.match(again.text, /登録・招待済み: 3行/);
    assert.match(again.text, /招待できる行がありません/);
  });
}

test("what cannot be read at all says why, keeps what was pasted and changes nothing", async () => {
  const service = "worksdrive";
  const { address, boss, id } = await contract(service);
  const browser = await signedIn(service, boss);
  const table = `氏名,メールアドレス\n花子,${address("a")}`;
  for (const [sent, words] of [
    [{}, /CSVファイルを選択するか、内容を貼り付けてください。/],
    [{ file: Buffer.from([0x61, 0xff, 0xfe, 0x80]) }, /UTF-8 でも Shift_JIS でもない/],
    [{ text: "花子,a@example.jp" }, /「氏名」と「メールアドレス」の見出しがありません/],
    [{ text: `${table}\n"閉じない,b@example.jp` }, /引用符/],
    [{ text: `氏名,メールアドレス\n${"A,a@example.jp\n".repeat(10_001)}` }, /一度に招待できるのは10,000人まで/],
  ]) {
    const page = await sendTable(browser, sent);
    assert.equal(page.status, 422, page.text);
    assert.match(page.text, words);
    if (sent.text && sent.text.length < 100) assert.ok(page.text.includes(sent.text.split("\n")[0]), page.text);
  }
  assert.equal((await sendTable(browser, { file: "x".repeat(2_100_001) })).status, 413);
  assert.equal((await sendTable(browser, { text: table, operation: "x" })).status, 422);
  const raw = (body, boundary = "xYz") => browser.request("/import", { method: "POST", body, headers: { "content-type": `multipart/form-data; boundary=${boundary}`, "content-length": String(Buffer.byteLength(body)) } });
  for (const body of ["", "--xYz", "--xYz\r\n\r\n--xYz--", "x"]) assert.equal((await raw(body)).status, 400, body);
  assert.equal((await browser.request("/import", { method: "POST", body: "x", headers: { "content-type": "text/csv" } })).status, 415);
  for (const path of ["/import?after=x", "/import?show=x"]) assert.equal((await browser.get(path)).status, 422);
  assert.match((await browser.get("/import")).text, /CSVファイル/, "nothing was stored");
  assert.equal((await members(id)).length, 3);
});

test("a manager imports users and no managers, a user nothing; the password is asked for again after five minutes", async () => {
  const service = "worksdrive";
  const { address, manager, user } = await contract(service);
  const plain = await signedIn(service, user);
  assert.equal((await plain.get("/import")).status, 404);
  assert.equal((await sendTable(plain, { text: "x" })).status, 404);
  assert.equal((await plain.post("/import/start", { operation: "0".repeat(32), id: "x" })).status, 404);
  assert.equal((await plain.post("/import/stop", { operation: "0".repeat(32), id: "x" })).status, 404);
  const browser = await signedIn(service, manager);
  const rows = `氏名,メールアドレス,管理者権限\n花子,${address("a")},あり\n次郎,${address("b")},なし`;
  const checked = await browser.follow(await sendTable(browser, { text: rows }));
  assert.match(checked.text, /誤りのある行: 1行/);
  assert.match(checked.text, /「あり」にできるのは契約者だけです/);
  await server.clock.advance(6 * MINUTE);
  const due = await browser.send(await browser.get("/import"), {}, "/import/start");
  assert.equal(due.location, "/confirm?next=%2Fimport");
  const back = await browser.submit(await browser.follow(due), { password: STORAGE_PASSWORD }, "/confirm");
  assert.match(back.text, /1人を招待/);
  await startImport(browser);
  await until(browser, /一括招待が終わりました/);
});

test("st_070 an import survives kill -9: every row, its mail and its line in 操作履歴 once, and it goes on from where it was", async () => {
  const service = "worksdrive";
  const { address, boss, id } = await contract(service);
  let browser = await signedIn(service, boss);
  const count = 600;
  const mailed = (at) => address(`u${String(at).padStart(4, "0")}`);
  const rows = ["氏名,メールアドレス", ...Array.from({ length: count }, (_, at) => `花子 ${at},${mailed(at)}`)];
  await sendTable(browser, { file: rows.join("\n") });
  await startImport(browser);
  const done = (page) => Number(/(\d+)人中 (\d+)人/.exec(page.text.replaceAll(",", ""))[2]);
  let kills = 0;
  let running = Promise.resolve();
  let idle = true;
  for (let tries = 0, last = 0; tries < 2000 && kills < 3; tries += 1) {
    // While the alarms run, somebody looks how far it is.
    if (idle) {
      idle = false;
      running = server.clock.runAlarms(1500).catch(() => {}).finally(() => (idle = true));
    }
    const now = done(await browser.get("/import"));
    if (now > last && now < count) {
      await server.kill9();
      await running;
      kills += 1;
      browser = await signedIn(service, boss);
      const after = done(await browser.get("/import"));
      assert.ok(after >= now, `${after} of ${now} are left`);
      last = after;
    } else if (now === count) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await running;
  assert.ok(kills > 0, "the kills hit nothing");
  const page = await until(browser, /一括招待が終わりました/);
  assert.equal(done(page), count);
  // Everything that the rows left to be done is done: their mails, and their lines in 操作履歴.
  const addresses = Array.from({ length: count }, (_, at) => mailed(at)).sort();
  const journal = { object: "Journal", name: `${id}/${new Date(server.clock.now() + 9 * HOUR).toISOString().slice(0, 7)}` };
  const told = (code) => server.sql(journal, "SELECT login FROM entry WHERE code = ? ORDER BY login", code);
  const own = new Set(addresses);
  const letters = () => provider.letters.map(({ to }) => to).filter((to) => own.has(to)).sort();
  for (let tries = 0; tries < 60 && (letters().length < count || (await told("account-invited")).length < count); tries += 1) await server.clock.advance(5000);
  await server.clock.advance(MINUTE);
  const invited = (await members(id)).filter(({ state }) => state === "invited").map(({ login }) => login);
  assert.deepEqual(invited.sort(), addresses);
  assert.deepEqual(letters(), addresses);
  assert.deepEqual((await told("account-invited")).map(({ login }) => login), addresses);
  assert.equal((await told("import-started")).length, 1);
  // What was handed over twice, around a kill, was the same letter: the provider drops it by its id.
  for (const { body: letter } of provider.taken) assert.equal(provider.letters.find((one) => one.id === letter.id).text, letter.text);
});

test("one import at a time; a stopped one keeps what was done", async () => {
  const service = "cowork-storage";
  const { address, boss, manager } = await contract(service);
  const browser = await signedIn(service, boss);
  const rows = (from, to) => ["氏名,メールアドレス", ...Array.from({ length: to - from }, (_, at) => `花子,s${from + at}@${address("x").split("@")[1]}`)].join("\n");
  await sendTable(browser, { text: rows(0, 400) });
  await startImport(browser);
  for (let tries = 0; tries < 200 && !/招待した人: [\d,]+行/.test((await browser.get("/import")).text); tries += 1) await server.clock.runAlarms(1500);
  const running = await browser.get("/import");
  if (/招待しています/.test(running.text)) {
    const other = await signedIn(service, manager);
    assert.equal((await sendTable(other, { text: rows(400, 401) })).status, 409);
    const stopped = await browser.submit(running, {}, "/import/stop");
    assert.match(stopped.text, /一括招待を中止しました|一括招待が終わりました/);
  }
  const replaced = await browser.follow(await sendTable(browser, { text: rows(0, 401) }));
  assert.match(replaced.text, /確認の結果/);
});
