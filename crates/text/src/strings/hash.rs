//! The hash of `str` and `bytes`: SipHash-1-3 over the memory of the units.
//!
//! Equal strings have the same canonical units, hence the same hash; an ASCII string hashes like its bytes.

use siphasher::sip::SipHasher13;

use crate::units::Units;

/// The secret that keys the hashes of a process.
#[derive(Clone, Copy, Debug)]
pub struct HashKey {
    hasher: SipHasher13,
}

impl HashKey {
    /// A key from two random words.
    pub fn new(k0: u64, k1: u64) -> HashKey {
        HashKey { hasher: SipHasher13::new_with_keys(k0, k1) }
    }

    /// The two words.
    pub fn parts(&self) -> (u64, u64) {
        self.hasher.keys()
    }

    /// The key that CPython derives from `PYTHONHASHSEED=seed`.
    pub fn from_seed(seed: u32) -> HashKey {
        if seed == 0 {
            return HashKey::new(0, 0);
        }
        let mut x = seed;
        let mut word = || {
            u64::from_le_bytes(std::array::from_fn(|_| {
                x = x.wrapping_mul(214_013).wrapping_add(2_531_011);
                (x >> 16) as u8
            }))
        };
        HashKey::new(word(), word())
    }
}

/// `hash` of bytes; never -1.
#[inline]
pub fn hash_bytes(key: &HashKey, bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    match key.hasher.hash(bytes) as i64 {
        -1 => -2,
        hash => hash,
    }
}

/// `hash` of a canonical string; never -1.
#[inline]
pub fn hash(key: &HashKey, s: Units<'_>) -> i64 {
    hash_bytes(key, s.as_bytes())
}
