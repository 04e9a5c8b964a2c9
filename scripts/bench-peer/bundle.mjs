// Makes Workers of the peers: bundled as wrangler does it, with the export conditions that workerd gets.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

export async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    minify: true,
    keepNames: true,
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["node:*", "cloudflare:*", "./precompiled.js"],
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
  return outputFiles[0].text;
}

/**
 * hash-wasm carries its wasm as base64 and compiles it at its first use, which workerd forbids. So it is run once here, what it
 * compiles is kept, and in the Worker `WebAssembly.compile` finds the same bytes compiled before, by their length.
 */
export async function hashWasmModules() {
  const compile = WebAssembly.compile;
  const seen = [];
  WebAssembly.compile = (bytes) => {
    seen.push(new Uint8Array(bytes));
    return compile(bytes);
  };
  try {
    const { argon2id } = await import("hash-wasm");
    await argon2id({ password: "any", salt: "any salt", parallelism: 1, iterations: 1, memorySize: 8, hashLength: 32 });
  } finally {
    WebAssembly.compile = compile;
  }
  const imports = seen.map((_, index) => `import module${index} from "./${index}.wasm";`);
  const entries = seen.map((bytes, index) => `[${bytes.length}, module${index}]`);
  const precompiled = `${imports.join("\n")}
const modules = new Map([${entries.join(", ")}]);
WebAssembly.compile = async (bytes) => modules.get(bytes.byteLength);`;
  return {
    "precompiled.js": { type: "esm", contents: precompiled },
    ...Object.fromEntries(seen.map((contents, index) => [`${index}.wasm`, { type: "wasm", contents }])),
  };
}
