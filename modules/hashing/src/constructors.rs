//! The functions and types that make objects.

use crate::algorithms::*;
use crate::arguments;
use crate::object::Hash;
use whipsnake_runtime::prelude::*;

fn make<A: Algorithm>(th: &Thread, ty: &'static Type, bound: [Option<Value>; 3]) -> PyResult
where
    A::State: Default,
{
    let [data, for_security, string] = bound;
    if let Some(flag) = for_security {
        object::is_true(th, flag)?;
    }
    let data = arguments::initial(th, data, string)?;
    let made = Instance::create_as(th, ty, Hash::<A>::new(A::State::default()))?;
    if let Some(data) = data {
        Hash::<A>::of(made.value()).take(th, data)?;
    }
    Ok(made)
}

/// Calls of a type that is its own constructor.
pub fn construct<A: Algorithm>(th: &Thread, ty: &'static Type, args: Args) -> PyResult
where
    A::State: Default,
{
    let mut bound = [None; 3];
    // One name serves the whole family.
    arguments::params("sha3_224").bind(th, args, &mut bound)?;
    make::<A>(th, ty, bound)
}

/// Calls of a function that makes objects.
fn call<A: Algorithm>(th: &Thread, args: Args) -> PyResult
where
    A::State: Default,
{
    let mut bound = [None; 3];
    arguments::params(A::NAME).bind(th, args, &mut bound)?;
    make::<A>(th, A::ty(), bound)
}

#[pyfunctions]
pub mod md5 {
    use super::*;
    /// A new MD5 object.
    #[function("md5(data=b'', *, usedforsecurity=True, string=None)", raw)]
    fn md5(th: &Thread, args: Args) -> PyResult {
        call::<Md5>(th, args)
    }
}

#[pyfunctions]
pub mod sha1 {
    use super::*;
    /// A new SHA-1 object.
    #[function("sha1(data=b'', *, usedforsecurity=True, string=None)", raw)]
    fn sha1(th: &Thread, args: Args) -> PyResult {
        call::<Sha1>(th, args)
    }
}

#[pyfunctions]
pub mod sha2 {
    use super::*;
    /// A new SHA-224 object.
    #[function("sha224(data=b'', *, usedforsecurity=True, string=None)", raw)]
    fn sha224(th: &Thread, args: Args) -> PyResult {
        call::<Sha224>(th, args)
    }
    /// A new SHA-256 object.
    #[function("sha256(data=b'', *, usedforsecurity=True, string=None)", raw)]
    fn sha256(th: &Thread, args: Args) -> PyResult {
        call::<Sha256>(th, args)
    }
    /// A new SHA-384 object.
    #[function("sha384(data=b'', *, usedforsecurity=True, string=None)", raw)]
    fn sha384(th: &Thread, args: Args) -> PyResult {
        call::<Sha384>(th, args)
    }
    /// A new SHA-512 object.
    #[function("sha512(data=b'', *, usedforsecurity=True, string=None)", raw)]
    fn sha512(th: &Thread, args: Args) -> PyResult {
        call::<Sha512>(th, args)
    }
}
