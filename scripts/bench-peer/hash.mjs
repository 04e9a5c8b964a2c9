// hash-wasm outside the Worker, for the password hashes of the accounts that are measured.
export { argon2id } from "hash-wasm";
