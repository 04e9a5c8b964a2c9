// A person at the service's own pages, without a screen: finds links and fields by the words that are printed beside them.
//
// Invariant: what is not found is told as a sentence, never as an error: another server has other pages, or none.

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const plain = (html) =>
  html.replace(/<[^>]*>/g, " ").replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) =>
    decimal ? String.fromCodePoint(Number(decimal)) : hex ? String.fromCodePoint(parseInt(hex, 16)) : (ENTITIES[name] ?? whole)).replace(/\s+/g, " ").trim();
const attribute = (tag, name) => {
  const found = new RegExp(`\\s${name}(?:="([^"]*)")?(?=[\\s>/]|$)`).exec(tag);
  return found ? plain(found[1] ?? "") : undefined;
};

export class Person {
  #cookies = new Map();
  page = { path: "/", html: "", status: 0 };

  constructor(server) {
    this.server = server;
  }

  /** @returns {Promise<Person | string>} or what is missing */
  static async signIn(server, login, password) {
    const person = new Person(server);
    await person.go("/");
    const missing = await person.fill("ログイン", { ユーザ名: login, パスワード: password });
    return missing ?? person;
  }

  async go(path, { method = "GET", form } = {}) {
    let where = path;
    for (let hops = 0; hops < 10; hops += 1) {
      const answer = await fetch(this.server + where, {
        method, redirect: "manual",
        headers: {
          "accept-language": "ja",
          ...(this.#cookies.size > 0 ? { cookie: [...this.#cookies].map((pair) => pair.join("=")).join("; ") } : {}),
          ...(form ? { origin: this.server, "content-type": "application/x-www-form-urlencoded" } : {}),
        },
        body: form ? new URLSearchParams(form).toString() : undefined,
      });
      const html = await answer.text();
      for (const line of answer.headers.getSetCookie()) this.#keep(line);
      this.page = { path: where, html, status: answer.status, text: plain(html) };
      const location = answer.status >= 300 && answer.status < 400 ? answer.headers.get("location") : null;
      if (!location) return;
      const { pathname, search } = new URL(location, this.server);
      [where, method, form] = [pathname + search, "GET", undefined];
    }
  }

  /** Follows the link with these words. */
  async follow(words) {
    for (const [, tag, content] of this.page.html.matchAll(/<a\b([^>]*)>(.*?)<\/a>/gs)) {
      if (plain(content) === words) return this.go(attribute(tag, "href"));
    }
    return `no link 「${words}」 on ${this.page.path}`;
  }

  /**
   * Fills the form that has this button and sends it; fields are named by their label, `true` and `false` are for toggles.
   * @returns {Promise<string | undefined>} what is missing
   */
  async fill(button, values = {}) {
    const forms = [...this.page.html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)];
    const found = forms.find(([, , inside]) => [...inside.matchAll(/<button\b[^>]*>(.*?)<\/button>/gs)].some(([, words]) => plain(words) === button));
    if (!found) return `no form with 「${button}」 on ${this.page.path}`;
    const [, tag, inside] = found;
    const inputs = [...inside.matchAll(/<input\b([^>]*)>/g)].map(([, input]) => input);
    const form = new Map();
    for (const input of inputs) {
      const [name, type = "text"] = [attribute(input, "name"), attribute(input, "type")];
      const checked = !["checkbox", "radio"].includes(type) || attribute(input, "checked") !== undefined;
      if (name && checked && attribute(input, "disabled") === undefined) form.set(name, attribute(input, "value") ?? "");
    }
    for (const [label, value] of Object.entries(values)) {
      const id = [...inside.matchAll(/<label\b([^>]*)>(.*?)<\/label>/gs)].find(([, , words]) => plain(words) === label)?.[1];
      const input = id && inputs.find((one) => attribute(one, "id") === attribute(id, "for"));
      if (!input) return `no field 「${label}」 on ${this.page.path}`;
      const name = attribute(input, "name");
      if (value === false) form.delete(name);
      else form.set(name, value === true ? (attribute(input, "value") ?? "on") : value);
    }
    const action = attribute(tag, "action") || this.page.path;
    if ((attribute(tag, "method") ?? "get") === "get") await this.go(`${action}?${new URLSearchParams([...form])}`);
    else await this.go(action, { method: "POST", form: [...form] });
    return undefined;
  }

  /** An administrator does something to a user: finds the page about them, follows the link, and confirms. */
  async act(login, words) {
    return (await this.follow("ユーザ管理")) ?? (await this.#search(login)) ?? (await this.follow(login)) ?? (await this.follow(words)) ?? this.fill("OK");
  }

  /** The list shows a page of its users; the box above finds the others. */
  async #search(login) {
    const box = /<input\b[^>]*type="search"[^>]*>/.exec(this.page.html)?.[0];
    if (box) await this.go(`${this.page.path.split("?")[0]}?${new URLSearchParams([[attribute(box, "name"), login]])}`);
  }

  /** Changes the own password, also the temporary one. */
  async changePassword(current, fresh, toggles = {}) {
    const values = { 現在のパスワード: current, 新しいパスワード: fresh, "新しいパスワード (確認)": fresh, ...toggles };
    const isForm = this.page.html.includes("新しいパスワード (確認)");
    return (isForm ? undefined : await this.follow("パスワード変更")) ?? this.fill("変更", values);
  }

  #keep(line) {
    const [pair] = line.split(";");
    const [name, ...value] = pair.split("=");
    if (/max-age=0/i.test(line)) this.#cookies.delete(name);
    else this.#cookies.set(name, value.join("="));
  }
}

/** The toggle of 反映, as its label says. */
export const REFLECT = "「coconowork client」にパスワードの変更を反映する";
export const GRACELESS = "猶予を与えない";
