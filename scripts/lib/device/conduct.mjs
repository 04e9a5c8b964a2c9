// What a device does after each close code and each refusal (docs/protocol.md, sections 3.2, 4.2 and 6), and how long it waits.
//
// Invariants: pure; whatever is not in the tables leads to a wait that grows, never to a loop without one; a wait that the
// server or the table asks for is a minimum, and what is added to it differs from device to device.

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
/** After 切断 by an administrator, at least. */
export const CUT_WAIT = 30 * SECOND;
/** Between two looks whether the place has become vacant. */
export const OCCUPIED_WAIT = 15 * MINUTE;
/** The first wait after a failure, at most; doubled after each further one. */
export const FIRST_WAIT = SECOND;
/** Longest Retry-After that is obeyed to the letter. */
const LONGEST_RETRY = 24 * 60 * MINUTE;

/** How the program ends: the exit codes of `scripts/device`. */
export const EXIT = { stopped: 0, usage: 1, refused: 2, logIn: 3, serviceEnded: 4, protocol: 5, notConnected: 6, notStored: 7 };

/**
 * Full jitter: anything from nothing to 1 s, 2 s, 4 s … and at most `cap`, so that many devices do not come back at once.
 * @param {number} failures in a row, from 1
 * @param {number} cap milliseconds
 * @param {() => number} random from 0 (inclusive) to 1 (exclusive)
 */
export const backOff = (failures, cap, random) => random() * Math.min(cap, FIRST_WAIT * 2 ** (failures - 1));

/**
 * A step: `exit` with a `sentence`, or a wait of `atLeast` milliseconds plus the back-off. `ifVacant`: from now on the device
 * asks for the place only if nobody has it. `forgetToken`: the token is dead.
 * @typedef {{exit?: number, sentence?: string, atLeast?: number, ifVacant?: boolean, forgetToken?: boolean}} Step
 */

/** After a Close frame of the server. @returns {Step} */
export function afterClose(code, bye, role) {
  switch (code) {
    case 4001: return { atLeast: CUT_WAIT };
    case 4002: return role === "client" ? {} : { exit: EXIT.logIn, sentence: "the use was prohibited: log in again", forgetToken: true };
    case 4003: return { exit: EXIT.logIn, sentence: "the token no longer counts: log in again", forgetToken: true };
    case 4004: return { exit: EXIT.serviceEnded, sentence: "the service has ended for this account" };
    // Without a bye nobody says that it was this device, so it was another.
    case 4009: return bye?.same_device === true ? {} : { atLeast: OCCUPIED_WAIT, ifVacant: true };
    case 4400: return { exit: EXIT.protocol, sentence: "the server met something it does not know: protocol error" };
    default: return {};
  }
}

/** After an answer other than 101 to a connect. @returns {Step} */
export function afterRefusal(status, retryAfter) {
  switch (status) {
    case 401: return { forgetToken: true };
    case 409: return { atLeast: OCCUPIED_WAIT, ifVacant: true };
    case 400: return { exit: EXIT.protocol, sentence: "the server does not accept how this device connects" };
    case 403: return { exit: EXIT.protocol, sentence: "the server took this device for a browser: a proxy adds an Origin header" };
    case 426: return { exit: EXIT.protocol, sentence: "the request to upgrade did not arrive: a proxy does not let WebSockets through" };
    default: return { atLeast: retryAfter };
  }
}

const LOGIN_REFUSALS = {
  bad_request: "the server does not accept what this device sent",
  invalid_credentials: "wrong name or password, or not in service",
  device_not_registered: "another phone is registered, or this one was refused: ask the administrator to reset the device",
  password_change_required: "the password is temporary: change it in a browser first",
  remote_access_not_allowed: "this is an account administrator: remote access is for general users",
  origin_not_allowed: "browsers have no business here",
};

/** After an answer other than 200 to a login. @returns {Step} */
export function afterLogin(status, body, retryAfter) {
  if (status === 408 || status === 429 || status >= 500) return { atLeast: retryAfter };
  const why = LOGIN_REFUSALS[body.error] ?? "unknown reason";
  return { exit: EXIT.refused, sentence: `login refused, ${status} ${body.error ?? ""}: ${why}${body.detail ? ` (${body.detail})` : ""}` };
}

/** Milliseconds that an answer asks to wait: `retry_after` of the body, else Retry-After in seconds or as a date. */
export function retryAfterOf(body, header, now = Date.now()) {
  const seconds = Number(body?.retry_after ?? header ?? 0);
  const wait = Number.isFinite(seconds) ? seconds * SECOND : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), LONGEST_RETRY) : 0;
}
