// A page's live link without a browser: what the page says about it, and the WebSocket that it opens.

import WebSocket from "ws";
import { step, TRIAL } from "./trials.mjs";

const attribute = (html, name) => new RegExp(`${name}="([^"]*)"`).exec(html)?.[1];
/** What a page's live part says about its link. */
export const linkOf = ({ html, path }) => ({ url: attribute(html, "data-live-url"), ticket: attribute(html, "data-ticket"), id: attribute(html, "data-watch"), path });

/** A watching page: its socket's messages and when each came, and how it ended; `status` if it was refused. */
export async function watch(server, link, who = {}) {
  await step(server.port);
  const watcher = await open(server, link, who);
  // A ticket is used once, also by an answer that was lost: the page looks again and gets another.
  if (TRIAL !== "faults" || watcher.status !== 500 || !who.get) return watcher;
  return watch(server, linkOf(await who.get(link.path, { headers: { "x-live": link.id } })), who);
}

function open(server, { url, ticket }, { cookies = {}, origin = server.origin() }) {
  const query = ticket === null ? "" : `?ticket=${encodeURIComponent(ticket)}`;
  const cookie = Object.entries(cookies).map((pair) => pair.join("=")).join("; ");
  const headers = { host: `localhost:${server.port}`, ...(cookie ? { cookie } : {}), ...(origin === null ? {} : { origin }) };
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${url}${query}`, { headers, perMessageDeflate: false, closeTimeout: 1000 });
    const watcher = { socket, messages: [], at: [], closed: null };
    socket.on("message", (data) => {
      watcher.messages.push(data.toString());
      watcher.at.push(performance.now());
    });
    socket.on("open", () => {
      socket._receiver.on("conclude", (code) => (watcher.closed = code));
      resolve(watcher);
    });
    socket.on("close", (code) => (watcher.closed ??= code));
    socket.on("unexpected-response", (_, answer) => {
      watcher.status = answer.statusCode;
      socket.terminate();
      resolve(watcher);
    });
    socket.on("error", (error) => (watcher.status ? undefined : reject(error)));
  });
}
