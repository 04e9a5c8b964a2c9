// The demo of `scripts/dev`: two contracts of ココナワーク and one of each storage service, made through the operator API as a
// provider makes them.
//
// Invariant: demo.json holds a password before the server is told (accounts made ready by a hash) or as soon as the server has
// told it (initial passwords), so that an interrupted start can be repeated and a second start prints the same.

import { argon2Sync, randomBytes, randomInt } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { progressBar } from "./cli.mjs";

const FAMILY = "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 山崎 森 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本".split(" ");
const GIVEN = "陽翔 結衣 蓮 陽菜 湊 さくら 大翔 美咲 悠真 葵 健太 花子 翔太 優子 拓也 直美 大輔 恵 誠 由美子 浩二 明美 修 久美子 隆 真由美 哲也 智子 剛 洋子".split(" ");
const READY_USERS = 10;

/** Day `days` from today, in Asia/Tokyo. */
const day = (days) => new Date(Date.now() + 9 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);

/** Readable, and within the password rule: 12 letters and digits in groups, an upper-case letter, a digit and a symbol. */
function newPassword() {
  const pick = (letters, count) => Array.from({ length: count }, () => letters[randomInt(letters.length)]).join("");
  const small = "abcdefghijkmnpqrstuvwxyz";
  return `${pick("ABCDEFGHJKLMNPQRSTUVWXYZ", 1)}${pick(small, 3)}-${pick(small, 4)}-${pick("23456789", 4)}`;
}

/** Argon2id as a PHC string, with the parameters of the product. */
export function passwordHash(password) {
  const [memory, passes, parallelism] = [19_456, 2, 1];
  const nonce = randomBytes(16);
  const tag = argon2Sync("argon2id", { message: password, nonce, parallelism, tagLength: 32, memory, passes });
  const text = (bytes) => bytes.toString("base64").replace(/=+$/, "");
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${text(nonce)}$${text(tag)}`;
}

/** User number `n` of a contract: most in service without end, some ended, some ending, some starting later. */
function user(n, login) {
  const ended = n > READY_USERS && n % 17 === 0;
  const ending = n > READY_USERS && n % 13 === 0;
  const later = n > READY_USERS && n % 23 === 0;
  return {
    login,
    name: `${FAMILY[(n * 7) % FAMILY.length]} ${GIVEN[(n * 11) % GIVEN.length]}`,
    type: n % 4 === 2 ? "coconowork-self" : "coconowork",
    start: later ? day(14 + (n % 30)) : n === 1 ? "2022-12-01" : day(-30 - ((n * 37) % 1200)),
    end: later ? null : ended ? day(-1 - (n % 25)) : ending ? day(20 + (n % 90)) : null,
  };
}

const CONTRACTS = [
  { contract: "123456789", name: "株式会社サンプル", administrator: { login: "admin.00001", name: "山田 太郎" }, prefix: "cwtest", count: 300 },
  { contract: "987654321", name: "有限会社みほん", administrator: { login: "admin.00002", name: "佐藤 花子" }, prefix: "mihon", count: 5 },
];

/** Storage: a contractor, a manager and users who are ready, and users who are invited by mail. */
const STORAGE = [
  { contract: "WD-10001", service: "worksdrive", name: "株式会社サンプル", domain: "worksdrive.example.jp" },
  { contract: "CS-10001", service: "cowork-storage", name: "有限会社みほん", domain: "cowork-storage.example.jp" },
];

function storagePlan({ contract, service, name, domain }) {
  const person = (n, login, more) => {
    const { type: _, end: __, ...facts } = user(n, `${login}@${domain}`);
    return { ...facts, start: day(-30), ...more };
  };
  return {
    contract, service, name, plan: "basic",
    administrator: { login: `keiyaku@${domain}`, name: "山田 太郎", password: newPassword() },
    users: [
      person(2, "kanri", { manager: true, password: newPassword() }),
      ...[3, 4, 5].map((n) => person(n, `riyou${n - 2}`, { password: newPassword() })),
      ...[6, 7].map((n) => person(n, `shoutai${n - 5}`)),
    ],
  };
}

/** The plan of the demo: every contract with its accounts, and the passwords of those that are ready. */
function plan() {
  return {
    complete: false,
    contracts: [...CONTRACTS.map(({ contract, name, administrator, prefix, count }) => ({
      contract, service: "coconowork", name, plan: "basic",
      administrator: { ...administrator, password: newPassword() },
      users: Array.from({ length: count }, (_, at) => at + 1).map((n) => ({
        ...user(n, `${prefix}.${String(n).padStart(5, "0")}`),
        ...(n <= READY_USERS ? { password: newPassword() } : {}),
      })),
    })), ...STORAGE.map(storagePlan)],
  };
}

/**
 * Creates what is not yet there.
 * @param {import("./operator-api.mjs").Operator} operator
 * @param {string} file demo.json
 */
export async function demo(operator, file) {
  const save = (what) => {
    writeFileSync(`${file}.new`, `${JSON.stringify(what, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return what;
  };
  let made;
  try {
    made = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    made = save(plan());
  }
  if (made.complete) return made;

  const advance = progressBar(made.contracts.reduce((sum, { users }) => sum + users.length + 1, 0), "demo accounts");
  for (const { contract, administrator, users, ...facts } of made.contracts) {
    const ready = ({ password, initial_password: _, ...account }) => (password ? { ...account, password_hash: passwordHash(password) } : account);
    const byLogin = new Map(users.map((account) => [account.login, account]));
    await operator.apply(contract, { ...facts, administrator: ready(administrator), users: users.map(ready) }, (accounts) => {
      for (const { login, initial_password } of accounts) {
        if (initial_password) byLogin.get(login).initial_password = initial_password;
      }
      save(made);
      advance(accounts.length);
    });
  }
  made.complete = true;
  return save(made);
}
