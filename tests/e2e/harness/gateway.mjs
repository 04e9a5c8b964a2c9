// Lines for the tests: the gateway of the demo, and browsers behind it.

import { Browser } from "./browser.mjs";

export { claims, gateway, gatewayKey } from "../../../scripts/lib/gateway.mjs";

/** A browser behind a line that is plugged in at `port`; Host and Origin stay the line host's. */
export function overLine(server, port, service) {
  const browser = new Browser(server.port, { service: `line.${service}` });
  browser.port = port;
  return browser;
}
