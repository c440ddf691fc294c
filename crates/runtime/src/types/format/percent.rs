//! printf-style formatting of `str` and `bytes`.

use super::push_formatted;
use crate::prelude::*;
use crate::types::bytes::Bytes;
use crate::types::str::{Scratch, Str};
use crate::types::tuple::Tuple;
use crate::types::{buffer, int};
use whipsnake_numbers::format::{
    Formatted, Percent, format_percent_float, format_percent_int, layout_percent_str, parse_percent,
};
use whipsnake_text::Units;

/// What the values come from: a tuple's items one after the other, or a single object, or a mapping by keys.
struct Arguments {
    source: Value,
    /// The tuple's length; `None` for a single object.
    count: Option<usize>,
    next: usize,
    is_mapping: bool,
}

impl Arguments {
    fn new(args: Value, is_template: fn(Value) -> bool) -> Arguments {
        let tuple = args.cast::<Tuple>();
        let is_mapping = tuple.is_none() && !is_template(args) && args.ty().slots().mp_subscript.is_some();
        Arguments { source: args, count: tuple.map(Tuple::len), next: 0, is_mapping }
    }
    fn next(&mut self, th: &Thread) -> PyResult {
        let value = match self.count {
            Some(_) => self.source.cast::<Tuple>().and_then(|tuple| tuple.get(self.next)),
            None if self.next == 0 => Some(self.source.own()),
            None => None,
        };
        self.next += 1;
        value.ok_or_else(|| th.type_error("not enough arguments for format string"))
    }
    /// Whether values are left over (a mapping need not be used up).
    fn is_left_over(&self) -> bool {
        !self.is_mapping && self.next < self.count.unwrap_or(1)
    }
    fn get(&mut self, th: &Thread, key: Obj) -> PyResult {
        if !self.is_mapping {
            return Err(th.type_error("format requires a mapping"));
        }
        // From here on values come by key only.
        self.next = 1;
        object::get_item(th, self.source, key.value())
    }
}

/// Fills in `*` widths and precisions.
fn resolve_stars(th: &Thread, percent: &mut Percent, arguments: &mut Arguments) -> PyResult<()> {
    if percent.star_width {
        let v = arguments.next(th)?;
        if !v.is_instance(&statics::INT_TYPE) {
            return Err(th.type_error("* wants int"));
        }
        let width = number::as_isize(th, v.value())?;
        if width == isize::MIN {
            return err!(th, OVERFLOW_ERROR, "width too big");
        }
        percent.set_width(width as i64);
    }
    if percent.star_precision {
        let v = arguments.next(th)?;
        if !v.is_instance(&statics::INT_TYPE) {
            return Err(th.type_error("* wants int"));
        }
        percent.set_precision(number::as_i32(th, v.value())?.into());
    }
    Ok(())
}

/// Whether an object counts as a number.
fn is_number(v: Value) -> bool {
    let slots = v.ty().slots();
    !v.is_pointer()
        || slots.nb_int.is_some()
        || slots.nb_float.is_some()
        || slots.nb_index.is_some()
        || v.is_instance(&statics::COMPLEX_TYPE)
}

/// `%d %i %u %o %x %X`.
fn integer(th: &Thread, v: Value, percent: &Percent) -> PyResult<Formatted> {
    let conversion = char::from_u32(percent.conversion).unwrap_or('d');
    let by_index = matches!(conversion, 'o' | 'x' | 'X');
    let wrong = || {
        let wanted = if by_index { "an integer" } else { "a real number" };
        th.type_error(format!("%{conversion} format: {wanted} is required, not {}", number::full_name(v)))
    };
    let converted = if v.is_instance(&statics::INT_TYPE) {
        v.own()
    } else if !is_number(v) {
        return Err(wrong());
    } else {
        let result = if by_index { number::index(th, v) } else { number::to_int(th, v) };
        match result {
            Ok(converted) => converted,
            Err(_) if th.exception_matches(&statics::TYPE_ERROR) => {
                drop(th.take_exception());
                return Err(wrong());
            }
            Err(raised) => return Err(raised),
        }
    };
    let limit = int::max_str_digits(th);
    int::with_big(converted.value(), |big| format_percent_int(big, percent, limit))
        .map_err(|error| number::raise(th, error))
}

fn real(th: &Thread, v: Value, percent: &Percent) -> PyResult<Formatted> {
    let x = number::as_f64(th, v)?;
    format_percent_float(x, percent).map_err(|error| number::raise(th, error))
}

/// Appends a text in its field.
fn push_field(th: &Thread, out: &mut Scratch, text: Units<'_>, percent: &Percent) -> PyResult<()> {
    let layout = layout_percent_str(text.len(), percent);
    let padding = layout.left.max(layout.right);
    if padding >= 1 << 20 && Vec::<u32>::new().try_reserve_exact(padding).is_err() {
        return Err(th.memory_error());
    }
    out.push_repeated(32, layout.left);
    out.push_units(text.slice(0, layout.take));
    out.push_repeated(32, layout.right);
    Ok(())
}

/// The character of `%c`.
fn character(th: &Thread, v: Value) -> PyResult<u32> {
    if let Some(text) = v.cast::<Str>() {
        return match text.units().get(0) {
            Some(c) if text.len() == 1 => Ok(c),
            _ => {
                err!(th, TYPE_ERROR, "%c requires an int or a unicode character, not a string of length {}", text.len())
            }
        };
    }
    if !number::has_index(v) {
        let got = number::full_name(v);
        return err!(th, TYPE_ERROR, "%c requires an int or a unicode character, not {got}");
    }
    let number = number::index(th, v)?;
    match int::as_i64_exact(number.value()).and_then(|c| u32::try_from(c).ok()) {
        Some(c) if c <= 0x10FFFF => Ok(c),
        _ => Err(th.overflow_error("%c arg not in range(0x110000)")),
    }
}

/// Appends one value as a conversion has it.
fn convert(th: &Thread, out: &mut Scratch, v: Value, percent: &Percent) -> PyResult<()> {
    match u8::try_from(percent.conversion).unwrap_or(0) {
        b's' => match v.exact::<Str>() {
            Some(text) => push_field(th, out, text.units(), percent),
            None if percent.plain && v.is_small_int() => push_small_int(out, v),
            None => push_object(th, out, object::str(th, v)?, percent),
        },
        b'r' => push_object(th, out, object::repr(th, v)?, percent),
        b'a' => push_object(th, out, object::ascii(th, v)?, percent),
        b'd' | b'i' | b'u' if percent.plain && v.is_small_int() => push_small_int(out, v),
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => push_formatted(th, out, integer(th, v, percent)?),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => push_formatted(th, out, real(th, v, percent)?),
        b'c' => push_field(th, out, Units::Ucs4(&[character(th, v)?]), percent),
        _ => Err(number::raise(th, percent.unsupported())),
    }
}

/// Appends a small int in decimal.
fn push_small_int(out: &mut Scratch, v: Value) -> PyResult<()> {
    out.push_ascii(int::decimal_i64(v.small_int_value(), &mut [0; 20]));
    Ok(())
}

fn push_object(th: &Thread, out: &mut Scratch, text: Obj, percent: &Percent) -> PyResult<()> {
    match text.cast::<Str>() {
        Some(text) => push_field(th, out, text.units(), percent),
        None => Ok(()),
    }
}

/// The next `%` and, if it is followed by a mere conversion, that.
fn simple(units: Units<'_>, at: usize) -> Option<Percent> {
    let c = units.get(at)?;
    matches!(u8::try_from(c), Ok(b's' | b'd' | b'r' | b'%' | b'x' | b'c' | b'f' | b'g' | b'i')).then(|| Percent {
        conversion: c,
        index: at,
        plain: true,
        ..Percent::default()
    })
}

fn find_percent(units: Units<'_>, at: usize) -> Option<usize> {
    if let Units::Ascii(bytes) = units
        && bytes.len() - at < 64
    {
        return bytes[at..].iter().position(|&b| b == b'%').map(|i| at + i);
    }
    whipsnake_text::search::find(units, Units::Ascii(b"%"), at, units.len())
}

/// `template % args`.
///
/// # Errors
/// TypeError, ValueError, OverflowError, KeyError as the conversions have it; what the values' methods raise.
pub fn percent(th: &Thread, template: &Str, args: Value) -> PyResult {
    let units = template.units();
    let mut arguments = Arguments::new(args, |v| v.cast::<Str>().is_some());
    let mut out = Scratch::new();
    let mut wide: Option<Vec<u32>> = None;
    let mut at = 0;
    while let Some(found) = find_percent(units, at) {
        out.push_units(units.slice(at, found));
        let (mut percent, next) = match simple(units, found + 1) {
            Some(percent) => (percent, found + 2),
            None => {
                let format = wide.get_or_insert_with(|| units.iter().collect());
                parse_percent(format, found + 1).map_err(|error| number::raise(th, error))?
            }
        };
        at = next;
        if percent.plain && percent.conversion == u32::from('%') {
            out.push(u32::from('%'));
            continue;
        }
        if percent.plain {
            let value = arguments.next(th)?;
            match (value.exact::<Str>(), percent.conversion == u32::from('s')) {
                (Some(text), true) => out.push_units(text.units()),
                _ => convert(th, &mut out, value.value(), &percent)?,
            }
            continue;
        }
        let keyed = match percent.key.clone() {
            Some(range) => {
                if !arguments.is_mapping {
                    return Err(th.type_error("format requires a mapping"));
                }
                let key = crate::types::str::substring(th, template, range.start, range.end)?;
                Some(arguments.get(th, key)?)
            }
            None => None,
        };
        let value = match keyed {
            Some(value) => keyed_value(th, value, &mut percent)?,
            None => {
                resolve_stars(th, &mut percent, &mut arguments)?;
                arguments.next(th)?
            }
        };
        convert(th, &mut out, value.value(), &percent)?;
    }
    out.push_units(units.slice(at, units.len()));
    if arguments.is_left_over() {
        return Err(th.type_error("not all arguments converted during string formatting"));
    }
    out.finish(th)
}

/// The value found by key; `*` would take its width from it too, after which nothing is left.
fn keyed_value(th: &Thread, value: Obj, percent: &mut Percent) -> PyResult {
    if !percent.star_width && !percent.star_precision {
        return Ok(value);
    }
    let mut single = Arguments { source: value.value(), count: None, next: 0, is_mapping: false };
    resolve_stars(th, percent, &mut single)?;
    single.next(th)
}

/// `template % args` for bytes.
///
/// # Errors
/// As for [`percent`].
pub fn percent_bytes(th: &Thread, template: &[u8], args: Value) -> PyResult<Vec<u8>> {
    let is_bytes =
        |v: Value| v.cast::<Bytes>().is_some() || v.is_instance(&statics::BYTEARRAY_TYPE) || v.cast::<Str>().is_some();
    let mut arguments = Arguments::new(args, is_bytes);
    let mut out = Vec::with_capacity(template.len() + 16);
    let wide: Vec<u32> = template.iter().map(|&b| b.into()).collect();
    let mut at = 0;
    while let Some(found) = template[at..].iter().position(|&b| b == b'%').map(|i| at + i) {
        out.extend_from_slice(&template[at..found]);
        let (mut percent, next) = parse_percent(&wide, found + 1).map_err(|error| number::raise(th, error))?;
        at = next;
        if percent.plain && percent.conversion == u32::from('%') {
            out.push(b'%');
            continue;
        }
        let value = match percent.key.clone() {
            Some(range) => {
                if !arguments.is_mapping {
                    return Err(th.type_error("format requires a mapping"));
                }
                let key = th.bytes(&template[range])?;
                let value = arguments.get(th, key)?;
                keyed_value(th, value, &mut percent)?
            }
            None => {
                resolve_stars(th, &mut percent, &mut arguments)?;
                arguments.next(th)?
            }
        };
        convert_bytes(th, &mut out, value.value(), &percent)?;
    }
    out.extend_from_slice(&template[at..]);
    if arguments.is_left_over() {
        return Err(th.type_error("not all arguments converted during bytes formatting"));
    }
    Ok(out)
}

fn push_bytes(th: &Thread, out: &mut Vec<u8>, data: &[u8], percent: &Percent) -> PyResult<()> {
    let layout = layout_percent_str(data.len(), percent);
    let room = layout.left.checked_add(layout.right).and_then(|n| n.checked_add(layout.take));
    out.try_reserve(room.ok_or_else(|| th.memory_error())?).map_err(|_| th.memory_error())?;
    out.resize(out.len() + layout.left, b' ');
    out.extend_from_slice(&data[..layout.take]);
    out.resize(out.len() + layout.right, b' ');
    Ok(())
}

fn push_number(th: &Thread, out: &mut Vec<u8>, formatted: Formatted) -> PyResult<()> {
    match formatted.into_string().map_err(|error| number::raise(th, error))? {
        Some(text) => out.extend_from_slice(text.as_bytes()),
        None => return Err(th.memory_error()),
    }
    Ok(())
}

fn convert_bytes(th: &Thread, out: &mut Vec<u8>, v: Value, percent: &Percent) -> PyResult<()> {
    match u8::try_from(percent.conversion).unwrap_or(0) {
        b's' | b'b' => push_bytes(th, out, &bytes_of(th, v)?, percent),
        b'r' | b'a' => {
            let text = object::ascii(th, v)?;
            let text = crate::types::str::to_rust_string(text.value());
            push_bytes(th, out, text.as_bytes(), percent)
        }
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => push_number(th, out, integer(th, v, percent)?),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
            let formatted = match real(th, v, percent) {
                Ok(formatted) => formatted,
                Err(_) if th.exception_matches(&statics::TYPE_ERROR) => {
                    drop(th.take_exception());
                    return err!(th, TYPE_ERROR, "float argument required, not {}", number::full_name(v));
                }
                Err(raised) => return Err(raised),
            };
            push_number(th, out, formatted)
        }
        b'c' => push_bytes(th, out, &[byte(th, v)?], percent),
        _ => Err(number::raise(th, percent.unsupported())),
    }
}

/// The bytes of `%b`.
fn bytes_of(th: &Thread, v: Value) -> PyResult<Vec<u8>> {
    if let Some(bytes) = v.cast::<Bytes>() {
        return Ok(bytes.as_slice().to_vec());
    }
    if !buffer::has_buffer(v)
        && let Some(method) = object::lookup_special(th, v, "__bytes__")?
    {
        let result = call::call0(th, method.value())?;
        return match result.cast::<Bytes>() {
            Some(bytes) => Ok(bytes.as_slice().to_vec()),
            None => err!(th, TYPE_ERROR, "__bytes__ returned non-bytes (type {})", number::full_name(result.value())),
        };
    }
    if buffer::has_buffer(v) {
        return Ok(buffer::get_full(th, v, false)?.to_vec());
    }
    err!(
        th,
        TYPE_ERROR,
        "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
        number::full_name(v)
    )
}

/// The byte of `%c`.
fn byte(th: &Thread, v: Value) -> PyResult<u8> {
    let data = v.cast::<Bytes>().map(Bytes::as_slice);
    let data =
        data.or_else(|| v.cast::<Instance<crate::types::bytearray::ByteArray>>().map(|array| array.payload.as_slice()));
    let wrong = "%c requires an integer in range(256) or a single byte, not";
    match data {
        Some([byte]) => return Ok(*byte),
        Some(data) => {
            let name = number::full_name(v);
            return err!(th, TYPE_ERROR, "{wrong} a {name} object of length {}", data.len());
        }
        None => {}
    }
    if !number::has_index(v) {
        return err!(th, TYPE_ERROR, "{wrong} {}", number::full_name(v));
    }
    let number = number::index(th, v)?;
    int::as_i64_exact(number.value())
        .and_then(|i| u8::try_from(i).ok())
        .ok_or_else(|| th.overflow_error("%c arg not in range(256)"))
}
