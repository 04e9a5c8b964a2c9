// A carrier's gateway, for the demo and the tests: takes requests as they come over a line, says which line that was in a signed
// `X-Line-Assertion`, and passes them on. Whatever a caller sends under that name is dropped.

import { createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import http from "node:http";

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A gateway's key: `jwk` is the setting LINE_GATEWAY_JWK, `sign` makes an assertion of any claims and header. */
export function gatewayKey() {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    jwk: JSON.stringify(publicKey.export({ format: "jwk" })),
    sign(claims, header = { alg: "ES256", typ: "JWT" }) {
      const message = `${part(header)}.${part(claims)}`;
      const signature = createSign("SHA256").update(message).sign({ key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${message}.${signature.toString("base64url")}`;
    },
  };
}

/** Claims as the gateway asserts them at `now`, for the line host `aud`. */
export function claims(line, aud, now, { area = "east", ...rest } = {}) {
  const iat = Math.floor(now / 1000);
  return { line, area, iat, exp: iat + 60, aud, jti: randomUUID(), ...rest };
}

/**
 * The gateway of a server. `plug` opens a line and answers a port: whatever is sent there comes over it. A browser may have it as its
 * proxy, or be sent there by name; the server sees its own port in Host and Origin.
 * @param {{port: number, clock?: {now: () => number}}} server
 */
export function gateway(server, key) {
  const lines = [];
  const own = (address) => address?.replace(/:\d+$/, `:${server.port}`);
  return {
    async plug(line, { area = "east", listen = 0 } = {}) {
      const agent = new http.Agent({ keepAlive: true });
      const proxy = http.createServer((request, response) => {
        const { "x-line-assertion": _, origin, ...headers } = request.headers;
        headers.host = own(headers.host);
        if (origin) headers.origin = own(origin);
        headers["x-line-assertion"] = key.sign(claims(line, `http://${headers.host}`, server.clock?.now() ?? Date.now(), { area }));
        const { pathname, search } = new URL(request.url, "http://line"); // a proxy is told the whole address
        const onwards = http.request({ host: "127.0.0.1", port: server.port, path: pathname + search, method: request.method, headers, agent }, (answer) => {
          response.writeHead(answer.statusCode, answer.rawHeaders);
          answer.pipe(response);
        });
        onwards.on("error", () => response.destroy());
        request.pipe(onwards);
      });
      await new Promise((resolve, reject) => proxy.once("error", reject).listen(listen, "127.0.0.1", resolve));
      lines.push(() => { agent.destroy(); proxy.closeAllConnections(); return new Promise((resolve) => proxy.close(resolve)); });
      return proxy.address().port;
    },
    stop: () => Promise.all(lines.map((stop) => stop())),
  };
}
