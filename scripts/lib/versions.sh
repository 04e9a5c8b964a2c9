# The versions of what no lock file pins. Everything else is pinned by Cargo.lock, package-lock.json and rust-toolchain.toml.
#
# Invariant: WASM_BINDGEN_VERSION equals the `wasm-bindgen` of Cargo.lock (set-up checks it), because the program and the
# crate exchange a format that changes with every release.

WASM_BINDGEN_VERSION=0.2.130
WORKER_BUILD_VERSION=0.8.7
NODE_MINIMUM=20
