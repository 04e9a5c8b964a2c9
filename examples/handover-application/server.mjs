// A whole application behind a hand-over, as small as it can be: it verifies, opens a session of its own and shows who is there.
//
//   ISSUER=http://worksdrive.localhost:8787 PORT=9000 node examples/handover-application/server.mjs
//
// and for the service: WORKSDRIVE_APP_URL=http://localhost:9000/enter, HANDOVER_JWK from docs/handover.md.

import { randomBytes } from "node:crypto";
import dns from "node:dns";
import http from "node:http";
import { Refused, verifier } from "./verify.mjs";

const { ISSUER, PORT = "9000" } = process.env;
const ORIGIN = process.env.ORIGIN ?? `http://localhost:${PORT}`;
const hand = verifier({ issuer: ISSUER, audience: ORIGIN });
const sessions = new Map();

// Every name below localhost is this machine (RFC 6761); browsers know that, Node does not.
const { lookup } = dns;
dns.lookup = (host, ...rest) => lookup(host.endsWith(".localhost") ? "localhost" : host, ...rest);

const escaped = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, ORIGIN);
  const answer = (status, headers, body = "") =>
    response.writeHead(status, { "cache-control": "no-store", "referrer-policy": "no-referrer", ...headers }).end(body);
  const page = (status, text) => answer(status, { "content-type": "text/html; charset=utf-8" }, `<!doctype html><html lang="ja"><title>${escaped(text)}</title><h1>${escaped(text)}</h1><p><a href="${ISSUER}/">管理画面</a></p></html>`);
  try {
    if (url.pathname === "/enter" && url.searchParams.has("handover")) {
      const claims = await hand.accept(url.searchParams.get("handover"));
      const id = randomBytes(32).toString("base64url");
      sessions.set(id, claims);
      // Away from the address that the token was in: it stays in no history and in no Referer.
      const secure = ORIGIN.startsWith("https:") ? "; Secure" : "";
      return answer(303, { location: "/", "set-cookie": `app=${id}; Path=/; HttpOnly; SameSite=Lax${secure}` });
    }
    if (url.pathname !== "/") return page(404, "ページがありません。");
    const claims = sessions.get(/(?:^|; )app=([^;]+)/.exec(request.headers.cookie ?? "")?.[1]);
    // Whoever has no session gets one by logging in there; who is logged in comes back at once.
    if (!claims) return answer(303, { location: `${ISSUER}/app` });
    return page(200, `${claims.name} (${claims.login}, ${claims.contract}, ${claims.role})`);
  } catch (why) {
    if (!(why instanceof Refused)) throw why;
    console.log(`refused: ${why.message}`);
    return page(403, "ログインを引き継げませんでした。もう一度ログインしてください。");
  }
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
