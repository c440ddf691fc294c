//! Python objects as constants of the syntax tree.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::set::Set;
use whipsnake_runtime::types::str::{Str, to_rust_string};
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::{complex, float, int};
use whipsnake_syntax::Wtf8Buf;
use whipsnake_syntax::ast::{Constant, Int, Radix};

/// The constant that an object is.
///
/// # Errors
/// TypeError for objects that code cannot have as constants; RecursionError for tuples nested too deeply.
pub(super) fn read(th: &Thread, v: Value) -> PyResult<Constant> {
    th.check_native_stack(" during compilation")?;
    if v.is_none() {
        return Ok(Constant::None);
    }
    if v.is_true_singleton() || v.is_false_singleton() {
        return Ok(Constant::Bool(v.is_true_singleton()));
    }
    if v.is(statics::ellipsis()) {
        return Ok(Constant::Ellipsis);
    }
    if v.is_exact(&statics::INT_TYPE) {
        return integer(th, v);
    }
    if v.is_exact(&statics::FLOAT_TYPE) {
        return Ok(Constant::Float(float::value_of(v).unwrap_or_default()));
    }
    if v.is_exact(&statics::COMPLEX_TYPE)
        && let Some(z) = complex::value_of(v)
    {
        return Ok(Constant::Complex { real: z.re, imag: z.im });
    }
    if let Some(text) = v.exact::<Str>() {
        return Ok(Constant::Str(wtf8(text)));
    }
    if let Some(bytes) = v.exact::<Bytes>() {
        return Ok(Constant::Bytes(bytes.as_slice().into()));
    }
    if let Some(tuple) = v.exact::<Tuple>() {
        return Ok(Constant::Tuple(tuple.as_slice().iter().map(|item| read(th, *item)).collect::<PyResult<_>>()?));
    }
    if v.is_exact(&statics::FROZENSET_TYPE)
        && let Some(set) = Set::of_any(v)
    {
        let mut items = Vec::with_capacity(set.len());
        let mut at = 0;
        while let Some((item, _)) = set.entry_at(&mut at) {
            items.push(read(th, item)?);
        }
        return Ok(Constant::FrozenSet(items.into()));
    }
    err!(th, TYPE_ERROR, "got an invalid type in Constant: {}", v.ty().name())
}

fn integer(th: &Thread, v: Value) -> PyResult<Constant> {
    if let Some(n) = int::try_i64(v) {
        return Ok(Constant::Int(Int::Small(n)));
    }
    let spec = th.str("x")?;
    let digits = to_rust_string(object::format(th, v, Some(spec.value()))?.value());
    Ok(Constant::Int(Int::Big { digits: digits.into(), radix: Radix::Hexadecimal }))
}

fn wtf8(text: &Str) -> Wtf8Buf {
    match text.as_utf8() {
        Some(text) => Wtf8Buf::from(text),
        None => text.units().iter().filter_map(whipsnake_syntax::CodePoint::from_u32).collect(),
    }
}
