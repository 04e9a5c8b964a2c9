//! What the bench compares the product with: one Argon2id hash, and a Worker that does nothing else.
//!
//! `GET /empty` answers at once. `GET /argon2?count=N` computes N hashes as the product does, `&crate` with the `argon2` crate
//! alone; the caller subtracts the time of N = 0, because the clock
//! inside a Worker stands still while it computes.

use std::cell::RefCell;

use argon2::{Algorithm, Argon2, Block, Params, Version};

thread_local! {
    /// The memory of one hash, kept between them as the product keeps it.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Whose Argon2id.
#[derive(Clone, Copy)]
pub enum Whose {
    /// The product's own.
    Own,
    /// The `argon2` crate's.
    Crate,
}

/// Argon2id with the product's parameters: 19 MiB, two passes, one lane (RFC 9106).
///
/// # Errors
/// Whatever the `argon2` crate refuses; nothing with these inputs.
pub fn hash(whose: Whose, password: &[u8], salt: &[u8]) -> Result<[u8; 32], argon2::Error> {
    let params = Params::new(19 * 1024, 2, 1, Some(32))?;
    let mut output = [0; 32];
    MEMORY.with_borrow_mut(|memory| match whose {
        Whose::Own => argon2id::hash(password, salt, &params, memory, &mut output),
        Whose::Crate => {
            memory.resize(params.block_count(), Block::default());
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            argon2.hash_password_into_with_memory(password, salt, &mut output, memory)
        }
    })?;
    Ok(output)
}

/// Hashes one after the other, each with another salt; the last output, so that nothing can be left out.
///
/// # Errors
/// Those of [`hash`].
pub fn hashes(whose: Whose, count: u32) -> Result<[u8; 32], argon2::Error> {
    (0..count).try_fold([0; 32], |_, number| hash(whose, b"correct horse battery staple", &u128::from(number).to_le_bytes()))
}

/// Two digits a byte.
#[must_use]
pub fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

#[cfg(target_arch = "wasm32")]
mod entry {
    use worker::{Context, Env, Error, Request, Response, Result, event};

    #[event(fetch)]
    async fn fetch(request: Request, _env: Env, _context: Context) -> Result<Response> {
        if request.path() == "/empty" {
            return Response::empty();
        }
        let url = request.url()?;
        let whose = if url.query_pairs().any(|(name, _)| name == "crate") { crate::Whose::Crate } else { crate::Whose::Own };
        let count = url.query_pairs().find(|(name, _)| name == "count").map(|(_, value)| value.parse());
        match count {
            Some(Ok(count)) => {
                let output = crate::hashes(whose, count).map_err(|error| Error::RustError(error.to_string()))?;
                Response::ok(crate::hex(output))
            }
            _ => Response::error("count?", 400),
        }
    }
}
