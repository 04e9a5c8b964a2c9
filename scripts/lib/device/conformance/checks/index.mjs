// All checks, in the order in which they run: the gentle ones first.

import { CLOCK } from "./clock.mjs";
import { CONNECT } from "./connect.mjs";
import { CREDENTIAL } from "./credential.mjs";
import { EVENTS } from "./events.mjs";
import { FRAMES } from "./frames.mjs";
import { LOGIN } from "./login.mjs";
import { PLACES } from "./places.mjs";
import { SIGNAL } from "./signal.mjs";

/** @type {import("../trial.mjs").Check[]} */
export const CHECKS = [...LOGIN, ...CONNECT, ...FRAMES, ...PLACES, ...SIGNAL, ...EVENTS, ...CREDENTIAL, ...CLOCK];
