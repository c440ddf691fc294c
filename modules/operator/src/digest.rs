//! Comparison that takes the same time whatever the operands' contents are.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer;
use whipsnake_runtime::types::str::Str;

/// Looks at every byte of `b`, whether or not a difference was found before.
fn equal(a: &[u8], b: &[u8]) -> bool {
    let mut difference = u8::from(a.len() != b.len());
    let left = if a.len() == b.len() { a } else { b };
    for (x, y) in left.iter().zip(b) {
        difference |= std::hint::black_box(x ^ y);
    }
    std::hint::black_box(difference) == 0
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Whether a == b, in a time that tells nothing of where they differ. Both are bytes-like, or both ASCII strings.
    #[function("_compare_digest(a, b, /)")]
    fn compare_digest(th: &Thread, a: Value, b: Value) -> PyResult<bool> {
        if let (Some(x), Some(y)) = (a.cast::<Str>(), b.cast::<Str>()) {
            let (Some(x), Some(y)) = (x.units().as_str(), y.units().as_str()) else {
                return err!(th, TYPE_ERROR, "comparing strings with non-ASCII characters is not supported");
            };
            return Ok(equal(x.as_bytes(), y.as_bytes()));
        }
        let is_buffer = |v: Value| v.ty().slots().bf_getbuffer.is_some();
        if !is_buffer(a) && !is_buffer(b) {
            let (x, y) = (number::full_name(a), number::full_name(b));
            return err!(th, TYPE_ERROR, "unsupported operand types(s) or combination of types: '{x}' and '{y}'");
        }
        let (x, y) = (buffer::get(th, a, false)?, buffer::get(th, b, false)?);
        if x.ndim() > 1 || y.ndim() > 1 {
            return err!(th, BUFFER_ERROR, "Buffer must be single dimension");
        }
        Ok(equal(x.bytes(), y.bytes()))
    }
}
