//! Two 64-bit words at once, as Argon2's compression needs them: wasm's 128-bit instructions, and the same in plain Rust for
//! every other target, where only the tests run.
//!
//! Why not leave it to the compiler: it sees that only the lower halves are multiplied, takes that for a 64-bit product, and
//! the runtime has no instruction for those: three multiplications and five steps around them. A byte shuffle whose pattern
//! the compiler cannot see ([`Patterns`]) keeps the one 32-bit multiplication it is.

#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
mod words {
    use core::arch::wasm32::{
        i32x4_shuffle, i64x2_shuffle, u8x16, u8x16_relaxed_swizzle, u64x2, u64x2_add, u64x2_extmul_low_u32x4, u64x2_extract_lane,
        u64x2_shr, v128, v128_or, v128_xor,
    };

    /// Two words.
    pub type Pair = v128;

    /// Byte patterns, each index below 16, where a relaxed swizzle is as exact as a strict one.
    #[derive(Clone, Copy)]
    pub struct Patterns {
        lower_halves: v128,
        right_24: v128,
        right_16: v128,
    }

    impl Patterns {
        /// The patterns, hidden from the compiler.
        pub fn hidden() -> Self {
            core::hint::black_box(Self {
                lower_halves: u8x16(0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11),
                right_24: u8x16(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10),
                right_16: u8x16(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9),
            })
        }
    }

    pub fn pair(low: u64, high: u64) -> Pair {
        u64x2(low, high)
    }

    pub fn words(pair: Pair) -> [u64; 2] {
        [u64x2_extract_lane::<0>(pair), u64x2_extract_lane::<1>(pair)]
    }

    #[inline]
    pub fn xor(a: Pair, b: Pair) -> Pair {
        v128_xor(a, b)
    }

    /// `a + b + 2 · low32(a) · low32(b)`: `BlaMka` (RFC 9106, 3.6).
    #[inline]
    pub fn blamka(patterns: Patterns, a: Pair, b: Pair) -> Pair {
        let lower = |x| u8x16_relaxed_swizzle(x, patterns.lower_halves);
        let product = u64x2_extmul_low_u32x4(lower(a), lower(b));
        u64x2_add(u64x2_add(a, b), u64x2_add(product, product))
    }

    #[inline]
    pub fn right_32(x: Pair) -> Pair {
        i32x4_shuffle::<1, 0, 3, 2>(x, x)
    }

    #[inline]
    pub fn right_24(patterns: Patterns, x: Pair) -> Pair {
        u8x16_relaxed_swizzle(x, patterns.right_24)
    }

    #[inline]
    pub fn right_16(patterns: Patterns, x: Pair) -> Pair {
        u8x16_relaxed_swizzle(x, patterns.right_16)
    }

    #[inline]
    pub fn right_63(x: Pair) -> Pair {
        v128_or(u64x2_add(x, x), u64x2_shr(x, 63))
    }

    /// The upper word of `a` and the lower one of `b`.
    #[inline]
    pub fn upper_lower(a: Pair, b: Pair) -> Pair {
        i64x2_shuffle::<1, 2>(a, b)
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
mod words {
    /// Two words.
    pub type Pair = [u64; 2];

    /// Nothing to hide here.
    #[derive(Clone, Copy)]
    pub struct Patterns;

    impl Patterns {
        pub fn hidden() -> Self {
            Self
        }
    }

    pub fn pair(low: u64, high: u64) -> Pair {
        [low, high]
    }

    pub fn words(pair: Pair) -> [u64; 2] {
        pair
    }

    pub fn xor([a, b]: Pair, [c, d]: Pair) -> Pair {
        [a ^ c, b ^ d]
    }

    pub fn blamka(_: Patterns, [a, b]: Pair, [c, d]: Pair) -> Pair {
        let one = |x: u64, y: u64| {
            let product = (x & 0xffff_ffff).wrapping_mul(y & 0xffff_ffff);
            x.wrapping_add(y).wrapping_add(product).wrapping_add(product)
        };
        [one(a, c), one(b, d)]
    }

    pub fn right_32(x: Pair) -> Pair {
        x.map(|word| word.rotate_right(32))
    }

    pub fn right_24(_: Patterns, x: Pair) -> Pair {
        x.map(|word| word.rotate_right(24))
    }

    pub fn right_16(_: Patterns, x: Pair) -> Pair {
        x.map(|word| word.rotate_right(16))
    }

    pub fn right_63(x: Pair) -> Pair {
        x.map(|word| word.rotate_right(63))
    }

    /// The upper word of `a` and the lower one of `b`.
    pub fn upper_lower([_, upper]: Pair, [lower, _]: Pair) -> Pair {
        [upper, lower]
    }
}

pub use self::words::*;
