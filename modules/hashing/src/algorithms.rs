//! The algorithms as states that take bytes and give digests.

use crate::object::{Hash, declare};
use whipsnake_runtime::prelude::*;

/// A message digest algorithm.
pub trait Algorithm: Sized + 'static {
    type State: Clone + Send;
    const NAME: &'static str;
    /// Bytes the algorithm works on at once.
    const BLOCK: usize;
    /// The Python type of its objects.
    fn ty() -> &'static Type;
    fn update(state: &mut Self::State, data: &[u8]);
    /// The digest of what was taken so far.
    fn digest(state: &Self::State) -> Vec<u8>;
    /// Bytes of a digest; 0 if it can be of any length.
    fn digest_size(state: &Self::State) -> usize;
}

/// An algorithm with a digest of fixed length, from a crate of the RustCrypto family.
macro_rules! fixed {
    ($($algorithm:ident: $state:path, $name:literal, $block:literal, $type_static:ident;)*) => {$(
        /// See the algorithm's standard.
        pub struct $algorithm;
        impl Algorithm for $algorithm {
            type State = $state;
            const NAME: &'static str = $name;
            const BLOCK: usize = $block;
            fn ty() -> &'static Type {
                &$type_static
            }
            fn update(state: &mut $state, data: &[u8]) {
                sha2::Digest::update(state, data);
            }
            fn digest(state: &$state) -> Vec<u8> {
                sha2::Digest::finalize(state.clone()).to_vec()
            }
            fn digest_size(_: &$state) -> usize {
                <$state as sha2::Digest>::output_size()
            }
        }
    )*};
}

fixed! {
    Md5: md5::Md5, "md5", 64, MD5_TYPE;
    Sha1: sha1::Sha1, "sha1", 64, SHA1_TYPE;
    Sha224: sha2::Sha224, "sha224", 64, SHA224_TYPE;
    Sha256: sha2::Sha256, "sha256", 64, SHA256_TYPE;
    Sha384: sha2::Sha384, "sha384", 128, SHA384_TYPE;
    Sha512: sha2::Sha512, "sha512", 128, SHA512_TYPE;
    Sha3_224: sha3::Sha3_224, "sha3_224", 144, SHA3_224_TYPE;
    Sha3_256: sha3::Sha3_256, "sha3_256", 136, SHA3_256_TYPE;
    Sha3_384: sha3::Sha3_384, "sha3_384", 104, SHA3_384_TYPE;
    Sha3_512: sha3::Sha3_512, "sha3_512", 72, SHA3_512_TYPE;
}

declare! {
    MD5_TYPE: Md5, "_md5.md5";
    SHA1_TYPE: Sha1, "_sha1.sha1";
    SHA224_TYPE: Sha224, "_sha2.SHA224Type";
    SHA256_TYPE: Sha256, "_sha2.SHA256Type";
    SHA384_TYPE: Sha384, "_sha2.SHA384Type";
    SHA512_TYPE: Sha512, "_sha2.SHA512Type";
}

/// A type of the SHA-3 family, which is its own constructor.
macro_rules! declare_sha3 {
    ($($type_static:ident: $algorithm:ident, $name:literal, $methods:expr;)*) => {$(
        builtin_type! {
            #[doc = concat!("`", $name, "`.")]
            pub static $type_static = TypeSpec {
                name: $name,
                flags: 0,
                doc: concat!("The message digest ", $name, "."),
                slots: Slots {
                    new: Some(crate::constructors::construct::<$algorithm>),
                    ..Instance::<Hash<$algorithm>>::SLOTS
                },
                methods: $methods,
                getsets: Hash::<$algorithm>::SPONGE_GETSETS,
                ..Instance::<Hash<$algorithm>>::SPEC
            }
        }
    )*};
}

declare_sha3! {
    SHA3_224_TYPE: Sha3_224, "_sha3.sha3_224", Hash::<Sha3_224>::METHODS;
    SHA3_256_TYPE: Sha3_256, "_sha3.sha3_256", Hash::<Sha3_256>::METHODS;
    SHA3_384_TYPE: Sha3_384, "_sha3.sha3_384", Hash::<Sha3_384>::METHODS;
    SHA3_512_TYPE: Sha3_512, "_sha3.sha3_512", Hash::<Sha3_512>::METHODS;
    SHAKE128_TYPE: Shake128, "_sha3.shake_128", Hash::<Shake128>::EXTENDABLE_METHODS;
    SHAKE256_TYPE: Shake256, "_sha3.shake_256", Hash::<Shake256>::EXTENDABLE_METHODS;
}

/// An algorithm with a digest of any length.
macro_rules! extendable {
    ($($algorithm:ident: $state:path, $name:literal, $block:literal, $type_static:ident;)*) => {$(
        /// See FIPS 202.
        pub struct $algorithm;
        impl Algorithm for $algorithm {
            type State = $state;
            const NAME: &'static str = $name;
            const BLOCK: usize = $block;
            fn ty() -> &'static Type {
                &$type_static
            }
            fn update(state: &mut $state, data: &[u8]) {
                shake::digest::Update::update(state, data);
            }
            fn digest(_: &$state) -> Vec<u8> {
                Vec::new()
            }
            fn digest_size(_: &$state) -> usize {
                0
            }
        }
        impl crate::shake::Extendable for $algorithm {
            fn fill(state: &$state, out: &mut [u8]) {
                use shake::digest::{ExtendableOutput, XofReader};
                state.clone().finalize_xof().read(out);
            }
        }
    )*};
}

extendable! {
    Shake128: shake::Shake128, "shake_128", 168, SHAKE128_TYPE;
    Shake256: shake::Shake256, "shake_256", 136, SHAKE256_TYPE;
}

pub use crate::blake::{Blake2b, Blake2s};
