//! Argon2id (RFC 9106) with one lane, whose compression runs on pairs of words (`lanes`): a fifth faster in the
//! runtime than what the compiler makes of the `argon2` crate, and a login is little else. The crate stays the reference: it
//! checks the parameters and lends its block, and the tests compare every output with its own.
//!
//! Invariant: the same inputs give the same bytes as the crate, whatever the target.

mod lanes;

use core::array;

use argon2::{Block, Error, Params};
use blake2::{
    Blake2b512, Blake2bVarCore,
    digest::{
        Digest, Output,
        block_api::{UpdateCore, VariableOutputCore},
        block_buffer::LazyBuffer,
    },
};

use self::lanes::{Pair, Patterns, blamka, pair, right_16, right_24, right_32, right_63, upper_lower, words, xor};

/// Version 1.3 of the algorithm.
const VERSION: u32 = 0x13;
/// The algorithm's number: Argon2id.
const ARGON2ID: u32 = 2;
/// Slices of a pass; references never reach into the one being filled by others.
const SLICES: usize = 4;
/// Pairs of a row of the block's 8 × 8 matrix.
const ROW: usize = 8;

/// A block as the compression sees it: 8 rows of 8 pairs.
type Matrix = [[Pair; ROW]; 8];

/// Hashes `password` into `output`, whose length is part of the hash. `memory` is kept by the caller and grows to what is
/// needed.
///
/// # Errors
/// When the parameters are none that Argon2 takes, or have more than one lane.
pub fn hash(password: &[u8], salt: &[u8], params: &Params, memory: &mut Vec<Block>, output: &mut [u8]) -> Result<(), Error> {
    if params.p_cost() != 1 {
        return Err(Error::ThreadsTooMany);
    }
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    let memory = memory.get_mut(..blocks).ok_or(Error::MemoryTooLittle)?;
    let seed = initial_hash(password, salt, params, output.len())?;
    for (index, block) in (0_u32..).zip(memory.iter_mut().take(2)) {
        let mut bytes = [0; Block::SIZE];
        long_hash(&[&seed, &index.to_le_bytes(), &[0; 4]], &mut bytes)?;
        for (word, bytes) in block.as_mut().iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_le_bytes(*bytes);
        }
    }
    fill(memory, params)?;
    let last = memory.last().ok_or(Error::MemoryTooLittle)?;
    let bytes: Vec<u8> = last.as_ref().iter().flat_map(|word| word.to_le_bytes()).collect();
    long_hash(&[&bytes], output)
}

fn length(bytes: usize) -> Result<[u8; 4], Error> {
    u32::try_from(bytes).map(u32::to_le_bytes).map_err(|_| Error::OutputTooLong)
}

/// H0 (RFC 9106, 3.2, step 1): no secret, no associated data.
fn initial_hash(password: &[u8], salt: &[u8], params: &Params, output: usize) -> Result<[u8; 64], Error> {
    let mut hash = Blake2b512::new();
    hash.update(1_u32.to_le_bytes());
    hash.update(length(output)?);
    for number in [params.m_cost(), params.t_cost(), VERSION, ARGON2ID] {
        hash.update(number.to_le_bytes());
    }
    for text in [password, salt, &[], &[]] {
        hash.update(length(text.len())?);
        hash.update(text);
    }
    Ok(hash.finalize().into())
}

/// H' (RFC 9106, 3.3): `BLAKE2b` for any length of output.
fn long_hash(inputs: &[&[u8]], output: &mut [u8]) -> Result<(), Error> {
    let length = length(output.len())?;
    if output.len() <= 64 {
        return short_hash(&[&[length.as_slice()], inputs].concat(), output);
    }
    let mut link = Blake2b512::new();
    link.update(length);
    for input in inputs {
        link.update(input);
    }
    let mut link = link.finalize();
    let mut rest = output;
    // Half of each link is given out; the last link is given out whole.
    while rest.len() > 64 {
        let (half, behind) = rest.split_at_mut_checked(32).ok_or(Error::OutputTooShort)?;
        half.copy_from_slice(link.get(..32).ok_or(Error::OutputTooShort)?);
        rest = behind;
        if rest.len() > 64 {
            link = Blake2b512::digest(link);
        }
    }
    short_hash(&[&link], rest)
}

/// `BLAKE2b` with at most 64 bytes of output.
fn short_hash(inputs: &[&[u8]], output: &mut [u8]) -> Result<(), Error> {
    let mut core = Blake2bVarCore::new(output.len()).map_err(|_| Error::OutputTooShort)?;
    let mut waiting = LazyBuffer::default();
    for input in inputs {
        waiting.digest_blocks(input, |blocks| core.update_blocks(blocks));
    }
    let mut whole = Output::<Blake2bVarCore>::default();
    core.finalize_variable_core(&mut waiting, &mut whole);
    output.copy_from_slice(whole.get(..output.len()).ok_or(Error::OutputTooLong)?);
    Ok(())
}

/// Fills the memory, pass by pass (RFC 9106, 3.2, steps 3 to 6).
fn fill(memory: &mut [Block], params: &Params) -> Result<(), Error> {
    let patterns = Patterns::hidden();
    let blocks = memory.len();
    let segment = blocks.checked_div(SLICES).unwrap_or(0);
    let passes = params.t_cost();
    for (pass, slice) in (0..passes).flat_map(|pass| (0..SLICES).map(move |slice| (pass, slice))) {
        let first = pass == 0;
        let mut addresses = (first && slice < 2).then(|| Addresses::new(slice, blocks, passes));
        for within in if first && slice == 0 { 2 } else { 0 }..segment {
            let current = slice.saturating_mul(segment).saturating_add(within);
            let previous = current.checked_sub(1).unwrap_or(blocks.saturating_sub(1));
            let chosen = match &mut addresses {
                Some(addresses) => addresses.at(patterns, within),
                None => memory.get(previous).and_then(|block| block.as_ref().first()).copied().unwrap_or(0),
            };
            // What may be referred to: everything that is finished, but the block just made.
            let area = if first { current } else { blocks.saturating_sub(segment).saturating_add(within) }.saturating_sub(1);
            let start =
                if first || slice.saturating_add(1) == SLICES { 0 } else { slice.saturating_add(1).saturating_mul(segment) };
            let reference = start.saturating_add(place(chosen, area));
            let reference = reference.checked_sub(blocks).unwrap_or(reference);
            let [current, previous, reference] =
                memory.get_disjoint_mut([current, previous, reference]).map_err(|_| Error::MemoryTooLittle)?;
            compress(patterns, previous, reference, current, !first);
        }
    }
    Ok(())
}

/// Maps the lower 32 bits of `chosen` onto an area, later blocks more often (RFC 9106, 3.4.2).
fn place(chosen: u64, area: usize) -> usize {
    let x = chosen & 0xffff_ffff;
    let squared = x.wrapping_mul(x) >> 32;
    let back = (area as u64).wrapping_mul(squared) >> 32;
    area.saturating_sub(1).saturating_sub(usize::try_from(back).unwrap_or(0))
}

/// The addresses of the first half of the first pass, which do not depend on the password (RFC 9106, 3.4.1.2).
struct Addresses {
    input: Block,
    block: Block,
    made: u64,
}

impl Addresses {
    fn new(slice: usize, blocks: usize, passes: u32) -> Self {
        let mut input = Block::default();
        let known = [0, 0, slice as u64, blocks as u64, u64::from(passes), u64::from(ARGON2ID)];
        for (word, known) in input.as_mut().iter_mut().zip(known) {
            *word = known;
        }
        Self { input, block: Block::default(), made: 0 }
    }

    /// The address for one block of the segment; asked in order.
    fn at(&mut self, patterns: Patterns, within: usize) -> u64 {
        if self.made == 0 || within.is_multiple_of(128) {
            self.made = self.made.saturating_add(1);
            if let Some(counter) = self.input.as_mut().get_mut(6) {
                *counter = self.made;
            }
            let (zero, mut once) = (Block::default(), Block::default());
            compress(patterns, &zero, &self.input, &mut once, false);
            compress(patterns, &zero, &once, &mut self.block, false);
        }
        self.block.as_ref().get(within & 127).copied().unwrap_or(0)
    }
}

/// G (RFC 9106, 3.5): rows, then columns; into `target`, or on top of what is there.
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "rows and columns of an 8 x 8 matrix, by indexes below 8"
)]
fn compress(patterns: Patterns, a: &Block, b: &Block, target: &mut Block, on_top: bool) {
    let (a, b) = (a.as_ref().as_chunks::<2>().0, b.as_ref().as_chunks::<2>().0);
    let mixed = |at: usize| match (a.get(at), b.get(at)) {
        (Some([a, c]), Some([b, d])) => xor(pair(*a, *c), pair(*b, *d)),
        _ => pair(0, 0),
    };
    let rows: Matrix = array::from_fn(|row| permute(patterns, array::from_fn(|column| mixed(row * ROW + column))));
    (0..ROW).for_each(|column| {
        let permuted = permute(patterns, array::from_fn(|row| rows[row][column]));
        for (row, new) in permuted.into_iter().enumerate() {
            let at = row * ROW + column;
            let new = xor(new, mixed(at));
            if let Some([low, high]) = target.as_mut().as_chunks_mut::<2>().0.get_mut(at) {
                let new = if on_top { xor(new, pair(*low, *high)) } else { new };
                [*low, *high] = words(new);
            }
        }
    });
}

/// P (RFC 9106, 3.6): a `BLAKE2b` round over 16 words, on columns and then on diagonals.
#[expect(clippy::many_single_char_names, reason = "eight pairs of one round; words would not name them better")]
fn permute(patterns: Patterns, [a, b, c, d, e, f, g, h]: [Pair; ROW]) -> [Pair; ROW] {
    let [a, c, e, g] = quarter(patterns, [a, c, e, g]);
    let [b, d, f, h] = quarter(patterns, [b, d, f, h]);
    let [a, i, f, k] = quarter(patterns, [a, upper_lower(c, d), f, upper_lower(h, g)]);
    let [b, j, e, l] = quarter(patterns, [b, upper_lower(d, c), e, upper_lower(g, h)]);
    [a, b, upper_lower(j, i), upper_lower(i, j), e, f, upper_lower(k, l), upper_lower(l, k)]
}

/// GB, twice at once.
fn quarter(patterns: Patterns, [a, b, c, d]: [Pair; 4]) -> [Pair; 4] {
    let a = blamka(patterns, a, b);
    let d = right_32(xor(d, a));
    let c = blamka(patterns, c, d);
    let b = right_24(patterns, xor(b, c));
    let a = blamka(patterns, a, b);
    let d = right_16(patterns, xor(d, a));
    let c = blamka(patterns, c, d);
    let b = right_63(xor(b, c));
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use argon2::{Algorithm, Argon2, Version};
    use proptest::prelude::*;

    use super::*;

    fn own(password: &[u8], salt: &[u8], (m, t, len): (u32, u32, usize)) -> Vec<u8> {
        let mut output = vec![0; len];
        hash(password, salt, &Params::new(m, t, 1, Some(len)).unwrap(), &mut Vec::new(), &mut output).unwrap();
        output
    }

    fn reference(password: &[u8], salt: &[u8], (m, t, len): (u32, u32, usize)) -> Vec<u8> {
        let mut output = vec![0; len];
        let params = Params::new(m, t, 1, Some(len)).unwrap();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(password, salt, &mut output).unwrap();
        output
    }

    #[test]
    fn the_default_cost_hashes_as_the_reference_does() {
        let cost = (19_456, 2, 32);
        assert_eq!(own(b"Correct-Horse-4", b"0123456789abcdef", cost), reference(b"Correct-Horse-4", b"0123456789abcdef", cost));
    }

    #[test]
    fn memory_that_was_used_before_changes_nothing() {
        let params = Params::new(64, 3, 1, Some(32)).unwrap();
        let mut memory = vec![Block::default(); 100];
        let mut outputs = [[0; 32]; 2];
        for output in &mut outputs {
            hash(b"a", b"saltsalt", &params, &mut memory, output).unwrap();
        }
        assert_eq!(outputs[0], outputs[1]);
        assert_eq!(outputs[0], reference(b"a", b"saltsalt", (64, 3, 32)).as_slice());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_cost_and_length_hashes_as_the_reference_does(
            password in proptest::collection::vec(any::<u8>(), 0..80),
            salt in proptest::collection::vec(any::<u8>(), 8..64),
            m in 8_u32..600,
            t in 1_u32..5,
            len in 16_usize..=64,
        ) {
            prop_assert_eq!(own(&password, &salt, (m, t, len)), reference(&password, &salt, (m, t, len)));
        }
    }
}
