//! `_json`: the fast parts of `json`.

mod encoder;
mod scanner;
mod strings;

use std::cell::RefCell;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::Str;

/// The module's own functions, to tell them from others that encode strings.
#[derive(Default)]
struct State {
    encode_ascii: RefCell<Option<Obj>>,
    encode: RefCell<Option<Obj>>,
}

fn text_argument<'a>(th: &Thread, v: Value) -> PyResult<&'a Str> {
    match v.cast::<Str>() {
        Some(text) => Ok(text),
        None => err!(th, TYPE_ERROR, "first argument must be a string, not {}", number::full_name(v)),
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// A string as JSON in ASCII.
    #[function("encode_basestring_ascii(object, /)")]
    fn encode_basestring_ascii(th: &Thread, text: Value) -> PyResult {
        let mut out = whipsnake_text::Builder::new();
        strings::encode(text_argument(th, text)?.units(), true, &mut out);
        whipsnake_runtime::types::str::from_buf(th, out.finish())
    }
    /// A string as JSON.
    #[function("encode_basestring(object, /)")]
    fn encode_basestring(th: &Thread, text: Value) -> PyResult {
        let mut out = whipsnake_text::Builder::new();
        strings::encode(text_argument(th, text)?.units(), false, &mut out);
        whipsnake_runtime::types::str::from_buf(th, out.finish())
    }
    /// Reads the string whose first character is at end: (string, index after the closing quote).
    #[function("scanstring(string, end, strict=True, /)")]
    fn scanstring(th: &Thread, text: Value, end: isize, strict: Option<bool>) -> PyResult {
        scanner::scan_string(th, text_argument(th, text)?, end, strict.unwrap_or(true))
    }
}

/// Makes `_json`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "_json", "The fast parts of json.", functions::METHODS)?;
    for (name, ty) in [("make_scanner", &scanner::SCANNER_TYPE), ("make_encoder", &encoder::ENCODER_TYPE)] {
        whipsnake_runtime::typeobj::ready(th, ty)?;
        module::add(th, m.value(), name, ty.value())?;
    }
    let state = th.interp.state::<State>();
    *state.encode_ascii.borrow_mut() = module::get(th, m.value(), "encode_basestring_ascii")?;
    *state.encode.borrow_mut() = module::get(th, m.value(), "encode_basestring")?;
    Ok(m)
}
