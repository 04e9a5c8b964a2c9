/**
 * Whether the key with these coordinates has signed this (ES256: RFC 7518, section 3.4). The runtime's own cryptography; nothing is
 * decided here, and nothing is kept.
 */
export async function verifies(x, y, signature, message) {
  const key = await crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, message);
}
