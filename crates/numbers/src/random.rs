//! The Mersenne Twister MT19937 with the interface of Python's `_random.Random`.
//!
//! Source: Matsumoto and Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform pseudorandom
//! number generator" (1998), and their 2002 initialisation by array.

use crate::bigint::{Big, BigRef, DIGIT_MASK};
use crate::error::{NumError, Result};

/// Words of state.
pub const STATE_WORDS: usize = 624;
const MIDDLE: usize = 397;

/// A generator.
#[derive(Clone, Debug)]
pub struct MersenneTwister {
    state: [u32; STATE_WORDS],
    index: usize,
}

impl MersenneTwister {
    /// A generator seeded with the absolute value of an int, as `random.seed(int)` does.
    pub fn from_int(seed: BigRef<'_>) -> MersenneTwister {
        MersenneTwister::from_key(&words_of(seed))
    }

    /// A generator seeded from 32-bit words, least significant first.
    pub fn from_key(key: &[u32]) -> MersenneTwister {
        let key = if key.is_empty() { &[0] } else { key };
        let mut state = seeded(19_650_218);
        let (mut i, mut j) = (1, 0);
        let mix = |state: &mut [u32; STATE_WORDS], i: &mut usize, factor: u32, addend: u32, negate: bool| {
            let before = state[*i - 1] ^ state[*i - 1] >> 30;
            let mixed = state[*i] ^ before.wrapping_mul(factor);
            state[*i] = if negate { mixed.wrapping_sub(addend) } else { mixed.wrapping_add(addend) };
            *i += 1;
            if *i >= STATE_WORDS {
                state[0] = state[STATE_WORDS - 1];
                *i = 1;
            }
        };
        for _ in 0..STATE_WORDS.max(key.len()) {
            mix(&mut state, &mut i, 1_664_525, key[j].wrapping_add(j as u32), false);
            j = (j + 1) % key.len();
        }
        for _ in 0..STATE_WORDS - 1 {
            let position = i as u32;
            mix(&mut state, &mut i, 1_566_083_941, position, true);
        }
        state[0] = 0x8000_0000;
        MersenneTwister { state, index: STATE_WORDS }
    }

    /// The state words and the index of the next one, as `getstate` gives them.
    pub fn state(&self) -> (&[u32; STATE_WORDS], usize) {
        (&self.state, self.index)
    }

    /// Restores what [`MersenneTwister::state`] gave.
    ///
    /// Errors: `ValueError: invalid state` for an index past the words.
    pub fn set_state(&mut self, state: &[u32; STATE_WORDS], index: usize) -> Result<()> {
        if index > STATE_WORDS {
            return Err(NumError::value("invalid state"));
        }
        (self.state, self.index) = (*state, index);
        Ok(())
    }

    /// The next 32 bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= STATE_WORDS {
            self.refill();
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= y << 7 & 0x9d2c_5680;
        y ^= y << 15 & 0xefc6_0000;
        y ^ y >> 18
    }

    fn refill(&mut self) {
        for i in 0..STATE_WORDS {
            let y = self.state[i] & 0x8000_0000 | self.state[(i + 1) % STATE_WORDS] & 0x7fff_ffff;
            let twist = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + MIDDLE) % STATE_WORDS] ^ y >> 1 ^ twist;
        }
        self.index = 0;
    }

    /// `random()`: 53 random bits in [0, 1).
    #[inline]
    pub fn random(&mut self) -> f64 {
        let high = u64::from(self.next_u32() >> 5);
        let low = u64::from(self.next_u32() >> 6);
        (high << 26 | low) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// `getrandbits(bits)` for up to 64 bits.
    pub fn bits_u64(&mut self, bits: u32) -> u64 {
        match bits {
            0 => 0,
            1..=32 => u64::from(self.next_u32() >> (32 - bits)),
            _ => {
                let low = u64::from(self.next_u32());
                let high = u64::from(self.next_u32() >> (64 - bits.min(64)));
                high << 32 | low
            }
        }
    }

    /// `getrandbits(bits)`.
    ///
    /// Errors: `MemoryError` if the number would be absurdly large.
    pub fn bits(&mut self, bits: u64) -> Result<Big> {
        if bits > crate::bigint::MAX_BITS {
            return Err(NumError::memory());
        }
        let mut digits = Vec::new();
        digits.try_reserve_exact(bits as usize / 30 + 2).map_err(|_| NumError::memory())?;
        let (mut acc, mut filled, mut rest) = (0u64, 0, bits);
        while rest > 0 {
            let take = rest.min(32) as u32;
            acc |= u64::from(self.next_u32() >> (32 - take)) << filled;
            filled += take;
            rest -= u64::from(take);
            while filled >= 30 {
                digits.push(acc as u32 & DIGIT_MASK);
                acc >>= 30;
                filled -= 30;
            }
        }
        digits.push(acc as u32);
        Ok(Big::from_parts(false, digits))
    }
}

/// The state that a single word seeds.
fn seeded(seed: u32) -> [u32; STATE_WORDS] {
    let mut state = [seed; STATE_WORDS];
    for i in 1..STATE_WORDS {
        let before = state[i - 1];
        state[i] = (before ^ before >> 30).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
    }
    state
}

/// A magnitude as 32-bit words.
fn words_of(value: BigRef<'_>) -> Vec<u32> {
    let mut words = Vec::with_capacity(value.digits.len() + 1);
    let (mut acc, mut filled) = (0u64, 0);
    for &digit in value.digits {
        acc |= u64::from(digit) << filled;
        filled += 30;
        if filled >= 32 {
            words.push(acc as u32);
            acc >>= 32;
            filled -= 32;
        }
    }
    if acc != 0 {
        words.push(acc as u32);
    }
    words
}
