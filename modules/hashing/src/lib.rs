//! `_md5`, `_sha1`, `_sha2`, `_sha3`, `_blake2`: what `hashlib` stands on.
//!
//! - `algorithms`: each algorithm, as a state that takes bytes and gives a digest
//! - `object`: the Python object around a state; `shake`, `blake`: what is particular to these
//! - `arguments`: what all constructors take
//!
//! Source: the documentation of `hashlib`; FIPS 180-4, FIPS 202, RFC 1321, RFC 7693 by way of the algorithms' crates.
//! Tests: tests/python/library/hashing_tests.py.
#![forbid(unsafe_code)]

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::native::MethodDef;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;

mod algorithms;
mod arguments;
mod blake;
mod constructors;
mod object;
mod shake;

use algorithms::*;
use object::Hash;

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[
    NativeModule { name: "_md5", init: init_md5 },
    NativeModule { name: "_sha1", init: init_sha1 },
    NativeModule { name: "_sha2", init: init_sha2 },
    NativeModule { name: "_sha3", init: init_sha3 },
    NativeModule { name: "_blake2", init: init_blake2 },
];

fn new(th: &Thread, name: &str, doc: &str, functions: &'static [MethodDef]) -> PyResult {
    let m = module::new(th, name, doc, functions)?;
    module::add(th, m.value(), "_GIL_MINSIZE", Value::small_int(object::LOCK_MINIMUM as i64))?;
    Ok(m)
}

/// Adds a type under a name that is not its own.
fn add_type_as(th: &Thread, m: &Obj, name: &str, ty: &'static Type) -> PyResult<()> {
    whipsnake_runtime::typeobj::ready(th, ty)?;
    module::add(th, m.value(), name, ty.value())
}

fn init_md5(th: &Thread) -> PyResult {
    let m = new(th, "_md5", "The MD5 message digest.", constructors::md5::METHODS)?;
    add_type_as(th, &m, "MD5Type", Hash::<Md5>::ty())?;
    Ok(m)
}

fn init_sha1(th: &Thread) -> PyResult {
    let m = new(th, "_sha1", "The SHA-1 message digest.", constructors::sha1::METHODS)?;
    add_type_as(th, &m, "SHA1Type", Hash::<Sha1>::ty())?;
    Ok(m)
}

fn init_sha2(th: &Thread) -> PyResult {
    let m = new(th, "_sha2", "The SHA-2 family of message digests.", constructors::sha2::METHODS)?;
    for ty in [Hash::<Sha224>::ty(), Hash::<Sha256>::ty(), Hash::<Sha384>::ty(), Hash::<Sha512>::ty()] {
        module::add_type(th, m.value(), ty)?;
    }
    Ok(m)
}

fn init_sha3(th: &Thread) -> PyResult {
    let m = new(th, "_sha3", "The SHA-3 family of message digests.", &[])?;
    for ty in [
        Hash::<Sha3_224>::ty(),
        Hash::<Sha3_256>::ty(),
        Hash::<Sha3_384>::ty(),
        Hash::<Sha3_512>::ty(),
        Hash::<Shake128>::ty(),
        Hash::<Shake256>::ty(),
    ] {
        module::add_type(th, m.value(), ty)?;
    }
    module::add(th, m.value(), "implementation", th.str("RustCrypto")?.value())?;
    Ok(m)
}

fn init_blake2(th: &Thread) -> PyResult {
    let m = new(th, "_blake2", "The BLAKE2 family of message digests.", &[])?;
    for (ty, prefix, limits) in
        [(Hash::<Blake2b>::ty(), "BLAKE2B", blake::LIMITS_B), (Hash::<Blake2s>::ty(), "BLAKE2S", blake::LIMITS_S)]
    {
        module::add_type(th, m.value(), ty)?;
        for (name, value) in limits.constants() {
            let value = Value::small_int(value as i64);
            module::add(th, m.value(), &format!("{prefix}_{name}"), value)?;
            ty.dict().set_rust(th, name, value)?;
        }
    }
    Ok(m)
}
