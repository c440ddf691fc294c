//! Arrays as machine-independent data: byte order, machine formats, pickling.

use crate::object::{ARRAY_TYPE, Array, this};
use crate::typecode::Code;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::instance;
use whipsnake_runtime::types::str::Str;

const BIG: bool = cfg!(target_endian = "big");

/// How items lay in the memory of the machine that pickled them.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Int { signed: bool },
    Float,
    Text,
}

/// Kind, bytes of an item, big-endian: by number.
const FORMATS: [(Kind, usize, bool); 22] = {
    const SIGNED: Kind = Kind::Int { signed: true };
    const UNSIGNED: Kind = Kind::Int { signed: false };
    [
        (UNSIGNED, 1, false),
        (SIGNED, 1, false),
        (UNSIGNED, 2, false),
        (UNSIGNED, 2, true),
        (SIGNED, 2, false),
        (SIGNED, 2, true),
        (UNSIGNED, 4, false),
        (UNSIGNED, 4, true),
        (SIGNED, 4, false),
        (SIGNED, 4, true),
        (UNSIGNED, 8, false),
        (UNSIGNED, 8, true),
        (SIGNED, 8, false),
        (SIGNED, 8, true),
        (Kind::Float, 4, false),
        (Kind::Float, 4, true),
        (Kind::Float, 8, false),
        (Kind::Float, 8, true),
        (Kind::Text, 2, false),
        (Kind::Text, 2, true),
        (Kind::Text, 4, false),
        (Kind::Text, 4, true),
    ]
};

/// The number of a code's format on this machine.
fn format_of(code: Code) -> usize {
    let kind = match code {
        _ if code.is_text() => Kind::Text,
        _ if code.is_float() => Kind::Float,
        _ => Kind::Int { signed: code.is_signed() },
    };
    let matches = |&(k, size, big): &(Kind, usize, bool)| k == kind && size == code.size() && (size == 1 || big == BIG);
    FORMATS.iter().position(matches).unwrap_or(0)
}

/// Turns the order of the bytes of all items round.
pub fn swap(array: &Array) {
    let size = array.code.size();
    array.with_mut(|data| data.chunks_exact_mut(size).for_each(<[u8]>::reverse));
}

/// `array.__reduce_ex__`.
///
/// # Errors
/// MemoryError, and what copying the attributes raises.
pub fn reduce(th: &Thread, v: Value, protocol: i64) -> PyResult {
    let array = this(v);
    let state = instance::copy_dict(th, v)?.unwrap_or_else(Obj::none);
    let letter = th.str(&array.code.letter().to_string())?;
    if protocol < 3 {
        let items = array.to_list(th)?;
        let args = th.tuple(&[letter.value(), items.value()])?;
        return th.tuple(&[v.ty().value(), args.value(), state.value()]);
    }
    let function = whipsnake_runtime::import::attribute(th, "array", "_array_reconstructor")?;
    let bytes = array.with(|data| th.bytes(data))?;
    let format = Value::small_int(format_of(array.code) as i64);
    let args = th.tuple(&[v.ty().value(), letter.value(), format, bytes.value()])?;
    th.tuple(&[function.value(), args.value(), state.value()])
}

/// A number from its bytes in a machine format.
fn decode(th: &Thread, kind: Kind, big: bool, bytes: &[u8]) -> PyResult {
    let word = if big {
        bytes.iter().fold(0u64, |acc, b| acc << 8 | u64::from(*b))
    } else {
        bytes.iter().rev().fold(0u64, |acc, b| acc << 8 | u64::from(*b))
    };
    match kind {
        Kind::Float if bytes.len() == 4 => th.float(f32::from_bits(word as u32).into()),
        Kind::Float => th.float(f64::from_bits(word)),
        Kind::Int { signed: true } => {
            let unused = 64 - 8 * bytes.len() as u32;
            th.int((word << unused) as i64 >> unused)
        }
        Kind::Int { signed: false } | Kind::Text => th.uint(word),
    }
}

/// The code for integers of a format: the one asked for, unless another has just that size and sign.
fn code_for(kind: Kind, size: usize, asked: Code) -> Code {
    let fits = |code: &Code| code.is_int() && code.size() == size && kind == Kind::Int { signed: code.is_signed() };
    Code::ALL.into_iter().rfind(fits).unwrap_or(asked)
}

fn reconstruct(th: &Thread, class: &'static Type, code: Code, format: usize, data: &[u8]) -> PyResult {
    let make = |code: Code| {
        let letter = th.str(&code.letter().to_string())?;
        call::call1(th, class.value(), letter.value())
    };
    let (kind, size, big) = FORMATS[format];
    if format == format_of(code) {
        let made = make(code)?;
        fill(th, made.value(), |array| array.add_raw(th, data))?;
        return Ok(made);
    }
    if !data.len().is_multiple_of(size) {
        return Err(th.value_error("string length not a multiple of item size"));
    }
    let made = make(if matches!(kind, Kind::Int { .. }) { code_for(kind, size, code) } else { code })?;
    if kind == Kind::Text {
        let encoding = match (size, big) {
            (2, false) => "utf-16-le",
            (2, true) => "utf-16-be",
            (_, false) => "utf-32-le",
            (_, true) => "utf-32-be",
        };
        let bytes = th.bytes(data)?;
        let text = call::call_method(th, bytes.value(), "decode", &[th.str(encoding)?.value()])?;
        let Some(text) = text.cast::<Str>() else { return Err(th.type_error("decoder should return a string result")) };
        fill(th, made.value(), |array| array.add_text(th, text))?;
        return Ok(made);
    }
    fill(th, made.value(), |array| {
        data.chunks_exact(size).try_for_each(|bytes| {
            let number = decode(th, kind, big, bytes)?;
            array.push(th, number.value())
        })
    })?;
    Ok(made)
}

/// Fills what the class made, if that is an array.
fn fill(th: &Thread, made: Value, fill: impl FnOnce(&Array) -> PyResult<()>) -> PyResult<()> {
    match made.cast::<Instance<Array>>() {
        Some(array) => fill(array),
        None => err!(th, TYPE_ERROR, "expected an array, got {}", made.ty().name()),
    }
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Makes an array from pickled data.
    #[function("_array_reconstructor(arraytype, typecode, mformat_code, items, /)")]
    fn array_reconstructor(th: &Thread, class: Value, code: Value, format: i32, items: Value) -> PyResult {
        let letter = code.cast::<Str>().filter(|text| text.len() == 1).and_then(|text| text.units().get(0));
        let Some(letter) = letter else {
            let got = number::full_name(code);
            return err!(th, TYPE_ERROR, "_array_reconstructor() argument 2 must be a unicode character, not {got}");
        };
        let Some(class) = class.cast::<Type>() else {
            return err!(th, TYPE_ERROR, "first argument must be a type object, not {}", number::full_name(class));
        };
        if !class.is_subtype_of(&ARRAY_TYPE) {
            return err!(th, TYPE_ERROR, "{} is not a subtype of array.array", class.name());
        }
        let Some(code) = Code::from_letter(letter) else {
            return Err(th.value_error("second argument must be a valid type code"));
        };
        let Some(format) = usize::try_from(format).ok().filter(|format| *format < FORMATS.len()) else {
            return Err(th.value_error("third argument must be a valid machine format code."));
        };
        let Some(items) = items.cast::<Bytes>() else {
            return err!(th, TYPE_ERROR, "fourth argument should be bytes, not {}", number::full_name(items));
        };
        reconstruct(th, class, code, format, items.as_slice())
    }
}
