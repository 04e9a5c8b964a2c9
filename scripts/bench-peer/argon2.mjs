// hash-wasm's Argon2id with the product's parameters: GET /argon2?count=N, the counterpart of bench-lib/limits/src/lib.rs.
import "./precompiled.js";
import { argon2id } from "hash-wasm";

const COST = { parallelism: 1, iterations: 2, memorySize: 19456, hashLength: 32 };

export default {
  async fetch(request) {
    const count = Number(new URL(request.url).searchParams.get("count"));
    let output = "";
    for (let number = 0; number < count; number++) {
      const salt = new Uint8Array(16);
      new DataView(salt.buffer).setUint32(0, number, true);
      output = await argon2id({ password: "correct horse battery staple", salt, ...COST });
    }
    return new Response(output);
  },
};
