// What would be a dozen crossings between wasm and the runtime, as one each. Nothing is decided here, and nothing is kept.

/**
 * Sends a command to an object and answers its reply. The stub is a new one: one is broken after an exception.
 * Command and reply travel in a header where they may: a body would be a stream at both ends.
 */
export async function ask(env, binding, name, header, command) {
  const init = header ? { headers: { [header]: command } } : { method: "POST", body: command };
  const response = await env[binding].getByName(name).fetch("https://object/", init);
  if (response.status !== 200) throw new Error(`${binding} answered ${response.status}`);
  return response.headers.get("x-reply") ?? response.text();
}

/** Asks an object for a WebSocket: its whole response. */
export function knock(env, binding, name, command, protocol) {
  const headers = { upgrade: "websocket", "x-command": command, ...(protocol && { "sec-websocket-protocol": protocol }) };
  return env[binding].getByName(name).fetch("https://object/", { headers });
}

/** Runs a statement; the first column of the first row, if there is one. The values to bind are a JSON list. */
export function run(sql, statement, values) {
  const bound = values ? JSON.parse(values) : [];
  return sql.exec(statement, ...bound).raw().next().value?.[0];
}
