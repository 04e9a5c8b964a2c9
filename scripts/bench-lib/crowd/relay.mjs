// Runs inside workerd: opens device connections for a load process that cannot hold so many TCP connections. A process may open
// a limited number of files; workerd needs two for a TCP connection and none for a WebSocket from Worker to Worker. What the
// measured Worker and its objects see is the same: an upgrade, frames, a Close.
//
// One WebSocket to the load process carries many devices, as JSON lists:
//   to here     ["open", id, path, headers]   ["say", id, text]   ["end", id]
//   from here   ["text", id, text]   ["closed", id, code]   ["refused", id, status]
// A POST goes on to the measured Worker's own door for seeds.

export default {
  async fetch(request, env) {
    if (request.method === "POST") return env.TARGET.fetch("http://bench/seed", { method: "POST", body: request.body });
    const { 0: load, 1: here } = new WebSocketPair();
    here.accept();
    const devices = new Map();
    const tell = (...words) => here.send(JSON.stringify(words));

    async function open(id, path, headers) {
      const response = await env.TARGET.fetch(`http://localhost:8787${path}`, { headers: { upgrade: "websocket", ...headers } });
      const socket = response.webSocket;
      if (!socket) return tell("refused", id, response.status);
      socket.addEventListener("message", ({ data }) => tell("text", id, data));
      socket.addEventListener("close", ({ code }) => {
        devices.delete(id);
        tell("closed", id, code);
      });
      socket.accept();
      devices.set(id, socket);
    }

    here.addEventListener("message", ({ data }) => {
      const [what, id, ...rest] = JSON.parse(data);
      if (what === "open") open(id, ...rest).catch(() => tell("refused", id, 500));
      else if (what === "say") devices.get(id)?.send(rest[0]);
      else devices.get(id)?.close(1000);
    });
    return new Response(null, { status: 101, webSocket: load });
  },
};
