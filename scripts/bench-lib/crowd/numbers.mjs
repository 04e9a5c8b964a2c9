// How large the crowd is and how it behaves.

/** Devices, and how many of them are cut, one after the other. */
export const SIZES = { full: { devices: 10_000, cuts: 250 }, quick: { devices: 2_000, cuts: 50 } };
/** In how many groups they connect. */
export const GROUPS = 4;
/** Devices that connect at once. */
export const PARALLEL = 16;
/** Seconds after a kill -9 within which all have to be back. */
export const WITHIN = 30;
/** Seconds between two pings of a device (docs/protocol.md). */
export const PING_EVERY = 30;
/** Files that a device over TCP may take, its object awake: with fewer, most come through a relay. */
export const FILES_EACH = 6;
