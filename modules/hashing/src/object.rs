//! The Python object around the state of an algorithm.
//!
//! The state is behind a mutex, since long inputs are digested with the interpreter's lock given away.

use crate::algorithms::Algorithm;
use std::sync::{Mutex, MutexGuard, PoisonError};
use whipsnake_runtime::prelude::*;

/// Inputs of at least as many bytes are digested with the interpreter's lock given away.
pub const LOCK_MINIMUM: usize = 2048;

/// A message digest that is being made.
pub struct Hash<A: Algorithm>(Mutex<A::State>);

impl<A: Algorithm> Payload for Hash<A> {
    fn ty() -> &'static Type {
        A::ty()
    }
    fn traverse(&self, _: &mut Visitor) {}
}

/// Types whose objects are made by functions.
macro_rules! declare {
    ($($type_static:ident: $algorithm:ident, $name:literal;)*) => {$(
        builtin_type! {
            #[doc = concat!("`", $name, "`.")]
            pub static $type_static = TypeSpec {
                name: $name,
                flags: flags::DISALLOW_INSTANTIATION,
                slots: Instance::<Hash<$algorithm>>::SLOTS,
                methods: Hash::<$algorithm>::METHODS,
                getsets: Hash::<$algorithm>::GETSETS,
                ..Instance::<Hash<$algorithm>>::SPEC
            }
        }
    )*};
}
pub(crate) use declare;

const fn method(name: &'static str, doc: &'static str, text_signature: &'static str, code: NativeCode) -> MethodDef {
    MethodDef { name, doc, text_signature, kind: MethodKind::Plain, code, pure_native: false }
}

const fn attribute(name: &'static str, doc: &'static str, get: fn(&Thread, Value) -> PyResult) -> GetSetDef {
    GetSetDef { name, doc, get, set: None, member: false }
}

/// The hexadecimal digits of a digest.
pub fn hex(th: &Thread, digest: &[u8]) -> PyResult {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits: Vec<u8> = digest.iter().flat_map(|b| [b >> 4, b & 15]).map(|d| DIGITS[usize::from(d)]).collect();
    whipsnake_runtime::types::str::from_ascii(th, &digits)
}

impl<A: Algorithm> Hash<A> {
    pub fn new(state: A::State) -> Hash<A> {
        Hash(Mutex::new(state))
    }
    pub fn of<'a>(v: Value) -> &'a Hash<A> {
        match v.cast::<Instance<Hash<A>>>() {
            Some(instance) => &instance.payload,
            None => unreachable!("methods are called with instances of their type"),
        }
    }
    pub fn state(&self) -> MutexGuard<'_, A::State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Takes more bytes.
    ///
    /// # Errors
    /// TypeError, BufferError.
    pub fn take(&self, th: &Thread, data: Value) -> PyResult<()> {
        let view = crate::arguments::bytes(th, data)?;
        let bytes = view.bytes();
        if bytes.len() < LOCK_MINIMUM {
            A::update(&mut self.state(), bytes);
        } else {
            th.allow_threads(|| A::update(&mut self.state(), bytes));
        }
        Ok(())
    }

    pub const METHODS: &'static [MethodDef] = &[
        Self::COPY,
        Self::UPDATE,
        method(
            "digest",
            "The digest of what was taken so far, as bytes.",
            "($self, /)",
            NativeCode::NoArgs(Self::digest),
        ),
        method(
            "hexdigest",
            "The digest of what was taken so far, as hexadecimal digits.",
            "($self, /)",
            NativeCode::NoArgs(Self::hexdigest),
        ),
    ];
    pub const COPY: MethodDef = method("copy", "A copy of this object.", "($self, /)", NativeCode::NoArgs(Self::copy));
    pub const UPDATE: MethodDef =
        method("update", "Takes more bytes.", "($self, data, /)", NativeCode::One(Self::update));
    const NAME: GetSetDef = attribute("name", "The name of the algorithm.", |th, _| th.str(A::NAME));
    const BLOCK_SIZE: GetSetDef =
        attribute("block_size", "Bytes the algorithm works on at once.", |th, _| th.uint(A::BLOCK as u64));
    const DIGEST_SIZE: GetSetDef =
        attribute("digest_size", "Bytes of a digest.", |th, v| th.uint(A::digest_size(&Self::of(v).state()) as u64));
    pub const GETSETS: &'static [GetSetDef] = &[Self::BLOCK_SIZE, Self::DIGEST_SIZE, Self::NAME];
    /// With the parameters of the sponge.
    pub const SPONGE_GETSETS: &'static [GetSetDef] = &[
        Self::BLOCK_SIZE,
        Self::DIGEST_SIZE,
        Self::NAME,
        attribute("_capacity_bits", "", |th, _| th.uint(1600 - 8 * A::BLOCK as u64)),
        attribute("_rate_bits", "", |th, _| th.uint(8 * A::BLOCK as u64)),
        attribute("_suffix", "", |th, v| {
            th.bytes(if A::digest_size(&Self::of(v).state()) == 0 { b"\x1f" } else { b"\x06" })
        }),
    ];

    fn copy(th: &Thread, v: Value) -> PyResult {
        let state = Self::of(v).state().clone();
        Instance::create(th, Hash::<A>::new(state))
    }
    fn update(th: &Thread, v: Value, data: Value) -> PyResult {
        Self::of(v).take(th, data).map(|()| Obj::none())
    }
    fn digest(th: &Thread, v: Value) -> PyResult {
        th.bytes(&A::digest(&Self::of(v).state()))
    }
    fn hexdigest(th: &Thread, v: Value) -> PyResult {
        hex(th, &A::digest(&Self::of(v).state()))
    }
}
