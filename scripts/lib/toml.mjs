// Reads the TOML of wrangler.toml, so that what runs locally is configured by the same file as what is deployed.
//
// Invariant: a construct it does not know is an error with its line, never a wrong value. It knows tables, arrays of tables,
// dotted keys, basic strings, integers, booleans, arrays and inline tables: what wrangler.toml uses.
// (wrangler's own reader would do, but importing wrangler takes 1.5 s.)

/** @param {string} text @returns {Record<string, any>} */
export function parseToml(text) {
  let at = 0;
  const root = {};

  const fail = (what) => {
    throw new Error(`wrangler.toml, line ${text.slice(0, at).split("\n").length}: ${what}`);
  };
  const match = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const blanks = () => match(/[ \t]*/y);
  const gap = () => match(/(?:[ \t\r\n]|#[^\n]*)*/y);
  const expect = (token) => {
    if (!text.startsWith(token, at)) fail(`expected ${JSON.stringify(token)}`);
    at += token.length;
  };

  const string = () => JSON.parse((match(/"(?:[^"\\\n]|\\["\\nrtu][0-9a-fA-F]*)*"/y) ?? fail("expected a string in double quotes"))[0]);
  const key = () => (text[at] === '"' ? string() : (match(/[A-Za-z0-9_-]+/y) ?? fail("expected a key"))[0]);
  const path = () => {
    const parts = [key()];
    for (blanks(); text[at] === "."; blanks()) {
      at += 1;
      blanks();
      parts.push(key());
    }
    return parts;
  };
  const list = (end, item) => {
    for (at += 1, gap(); text[at] !== end; gap()) {
      item();
      gap();
      if (text[at] === ",") at += 1;
      else if (text[at] !== end) fail(`expected "," or "${end}"`);
    }
    at += 1;
  };
  const value = () => {
    if (text[at] === '"') return string();
    if (text[at] === "[") {
      const items = [];
      list("]", () => items.push(value()));
      return items;
    }
    if (text[at] === "{") {
      const table = {};
      list("}", () => assign(table));
      return table;
    }
    const word = match(/true|false|-?\d[\d_]*(?![\d.eE:-])/y) ?? fail("expected a value");
    return word[0] === "true" || (word[0] === "false" ? false : Number(word[0].replaceAll("_", "")));
  };
  const descend = (table, parts) => {
    for (const part of parts) {
      table = table[part] ??= {};
      if (Array.isArray(table)) table = table.at(-1);
    }
    return table;
  };
  const assign = (table) => {
    const parts = path();
    const last = parts.pop();
    expect("=");
    blanks();
    const target = descend(table, parts);
    if (last in target) fail(`${last} is set twice`);
    target[last] = value();
  };

  let table = root;
  for (gap(); at < text.length; gap()) {
    if (text.startsWith("[[", at)) {
      at += 2;
      const parts = path();
      expect("]]");
      const last = parts.pop();
      table = {};
      (descend(root, parts)[last] ??= []).push(table);
    } else if (text[at] === "[") {
      at += 1;
      table = descend(root, path());
      expect("]");
    } else {
      assign(table);
    }
    blanks();
    if (at < text.length && text[at] !== "\n" && text[at] !== "\r" && text[at] !== "#") fail("expected the end of the line");
  }
  return root;
}
