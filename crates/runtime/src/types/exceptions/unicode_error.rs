//! UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError.

use super::basic::member;
use super::types::*;
use super::{Fields, Part, text};
use crate::prelude::*;
use crate::types::bytes::Bytes;
use crate::types::str::Str;

const ENCODING: usize = 0;
const OBJECT: usize = 1;
const START: usize = 2;
const END: usize = 3;
const REASON: usize = 4;

static MEMBERS: &[MemberDef] =
    &[member::<5>("encoding", ENCODING), member::<5>("object", OBJECT), member::<5>("reason", REASON)];

const fn spec(init: crate::typeobj::InitFn, to_string: crate::typeobj::UnaryFn) -> TypeSpec {
    TypeSpec {
        slots: Slots { init: Some(init), str: Some(to_string), ..Fields::<5>::SLOTS },
        members: MEMBERS,
        getsets: methods::GETSETS,
        ..Fields::<5>::SPEC
    }
}
pub(super) const DECODE_SPEC: TypeSpec = spec(init_decode, decode_str);
pub(super) const ENCODE_SPEC: TypeSpec = spec(init_encode, encode_str);
pub(super) const TRANSLATE_SPEC: TypeSpec = spec(init_translate, translate_str);

fn want_str(th: &Thread, args: Args, i: usize) -> PyResult<Obj> {
    match args.get(i) {
        Some(v) if v.cast::<Str>().is_some() => Ok(v.own()),
        Some(v) => {
            let name = if v.is_none() { "None" } else { v.ty().name() };
            Err(th.type_error(format!("argument {} must be str, not {name}", i + 1)))
        }
        None => Err(th.type_error("missing argument")),
    }
}

fn want_int(th: &Thread, args: Args, i: usize) -> PyResult<Obj> {
    th.int(number::as_isize(th, args.get(i).unwrap_or(statics::none()))? as i64)
}

fn check_count(th: &Thread, args: Args, count: usize) -> PyResult<()> {
    if args.len() != count {
        return Err(th.type_error(format!("function takes exactly {count} arguments ({} given)", args.len())));
    }
    Ok(())
}

fn fill(this: Value, values: [Option<Obj>; 5]) {
    // SAFETY: I4, called for types with this layout.
    let fields = unsafe { Fields::<5>::of(this) };
    for (cell, value) in fields.iter().zip(values) {
        cell.set(value);
    }
}

fn init_decode(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    super::initialise(th, this, args)?;
    check_count(th, args, 5)?;
    let encoding = want_str(th, args, 0)?;
    let object = args.get(1).unwrap_or(statics::none());
    let (start, end) = (want_int(th, args, 2)?, want_int(th, args, 3)?);
    let reason = want_str(th, args, 4)?;
    let object = match object.cast::<Bytes>() {
        Some(_) => object.own(),
        None => {
            let view = crate::types::buffer::get(th, object, false)?;
            th.bytes(view.bytes())?
        }
    };
    fill(this, [Some(encoding), Some(object), Some(start), Some(end), Some(reason)]);
    Ok(())
}

fn init_encode(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    super::initialise(th, this, args)?;
    check_count(th, args, 5)?;
    let (encoding, object) = (want_str(th, args, 0)?, want_str(th, args, 1)?);
    let (start, end) = (want_int(th, args, 2)?, want_int(th, args, 3)?);
    let reason = want_str(th, args, 4)?;
    fill(this, [Some(encoding), Some(object), Some(start), Some(end), Some(reason)]);
    Ok(())
}

fn init_translate(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    super::initialise(th, this, args)?;
    check_count(th, args, 4)?;
    let object = want_str(th, args, 0)?;
    let (start, end) = (want_int(th, args, 1)?, want_int(th, args, 2)?);
    let reason = want_str(th, args, 3)?;
    fill(this, [None, Some(object), Some(start), Some(end), Some(reason)]);
    Ok(())
}

fn int_of(cell: &ObjCell) -> i64 {
    cell.get().and_then(|v| v.as_small_int()).unwrap_or(0)
}

/// What the messages need: encoding and reason as str, the object, the range. `None` before `__init__`.
struct Details {
    encoding: Obj,
    reason: Obj,
    object: Obj,
    start: i64,
    end: i64,
}

/// Showing encoding and reason may run code that changes the error: the object is looked at last.
fn details(th: &Thread, this: Value, object_type: &Type) -> PyResult<Option<Details>> {
    // SAFETY: I4, the slot of types with this layout.
    let fields = unsafe { Fields::<5>::of(this) };
    if fields[OBJECT].is_empty() {
        return Ok(None);
    }
    let show = |cell: &ObjCell, absent: &str| match cell.get() {
        Some(value) => object::str(th, value.value()),
        None => th.str(absent),
    };
    let (reason, encoding) = (show(&fields[REASON], "")?, show(&fields[ENCODING], "<NULL>")?);
    let Some(object) = fields[OBJECT].get() else {
        return err!(th, TYPE_ERROR, "UnicodeError 'object' attribute is not set");
    };
    if !object.is_instance(object_type) {
        let wanted = if std::ptr::eq(object_type, &statics::BYTES_TYPE) { "a bytes" } else { "a string" };
        return err!(th, TYPE_ERROR, "UnicodeError 'object' attribute must be {wanted}");
    }
    let (start, end) = (int_of(&fields[START]), int_of(&fields[END]));
    Ok(Some(Details { encoding, reason, object, start, end }))
}

fn escaped(c: u32) -> String {
    match c {
        0..=0xff => format!("\\x{c:02x}"),
        0x100..=0xffff => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}

/// The position part of the message: "character '\xe9' in position 3".
fn what_and_where(d: &Details, kind: &str, single: Option<String>) -> String {
    match single {
        Some(single) if d.end == d.start + 1 => format!("{single} in position {}: ", d.start),
        _ => format!("{kind} in position {}-{}: ", d.start, d.end.wrapping_sub(1)),
    }
}

fn character(d: &Details) -> Option<String> {
    let at = usize::try_from(d.start).ok()?;
    let c = d.object.cast::<Str>()?.units().get(at)?;
    Some(format!("character '{}'", escaped(c)))
}

fn decode_str(th: &Thread, this: Value) -> PyResult {
    let Some(d) = details(th, this, &statics::BYTES_TYPE)? else { return th.str("") };
    let byte = usize::try_from(d.start)
        .ok()
        .and_then(|at| d.object.cast::<Bytes>()?.as_slice().get(at).copied())
        .map(|b| format!("byte 0x{b:02x}"));
    let place = what_and_where(&d, "bytes", byte);
    let (encoding, reason) = (Part::Str(d.encoding.value()), Part::Str(d.reason.value()));
    text(th, &[Part::Text("'"), encoding, Part::Text("' codec can't decode "), Part::Text(&place), reason])
}

fn encode_str(th: &Thread, this: Value) -> PyResult {
    let Some(d) = details(th, this, &statics::STR_TYPE)? else { return th.str("") };
    let place = what_and_where(&d, "characters", character(&d));
    let (encoding, reason) = (Part::Str(d.encoding.value()), Part::Str(d.reason.value()));
    text(th, &[Part::Text("'"), encoding, Part::Text("' codec can't encode "), Part::Text(&place), reason])
}

fn translate_str(th: &Thread, this: Value) -> PyResult {
    let Some(d) = details(th, this, &statics::STR_TYPE)? else { return th.str("") };
    let place = what_and_where(&d, "characters", character(&d));
    text(th, &[Part::Text("can't translate "), Part::Text(&place), Part::Str(d.reason.value())])
}

fn set_int(th: &Thread, this: Value, field: usize, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(th.type_error("can't delete numeric/char attribute")) };
    if !value.is_instance(&statics::INT_TYPE) {
        return Err(th.type_error("an integer is required"));
    }
    let value = th.int(number::as_isize(th, value)? as i64)?;
    // SAFETY: I4, the descriptor has checked the receiver.
    let fields = unsafe { Fields::<5>::of(this) };
    fields[field].set(Some(value));
    Ok(())
}

fn get_int(this: Value, field: usize) -> Obj {
    // SAFETY: I4, the descriptor has checked the receiver.
    let fields = unsafe { Fields::<5>::of(this) };
    fields[field].get().unwrap_or_else(|| Obj::small_int(0))
}

#[pymethods]
mod methods {
    use super::*;

    /// where the part that cannot be converted begins
    #[getter("start", member)]
    fn start(_: &Thread, this: Value) -> Obj {
        get_int(this, START)
    }
    #[setter("start")]
    fn set_start(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        set_int(th, this, START, value)
    }
    /// where it ends
    #[getter("end", member)]
    fn end(_: &Thread, this: Value) -> Obj {
        get_int(this, END)
    }
    #[setter("end")]
    fn set_end(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        set_int(th, this, END, value)
    }
}

/// `UnicodeDecodeError(encoding, data, start, end, reason)`, not raised.
///
/// # Errors
/// MemoryError.
pub fn decode_error(th: &Thread, encoding: &str, data: &[u8], start: usize, end: usize, reason: &str) -> PyResult {
    let (encoding, data, reason) = (th.str(encoding)?, th.bytes(data)?, th.str(reason)?);
    let (start, end) = (Value::small_int(start as i64), Value::small_int(end as i64));
    super::instantiate(th, &UNICODE_DECODE_ERROR, &[encoding.value(), data.value(), start, end, reason.value()])
}

/// `UnicodeEncodeError(encoding, text, start, end, reason)`, not raised; `object` is a str.
///
/// # Errors
/// MemoryError.
pub fn encode_error(th: &Thread, encoding: &str, object: Value, start: usize, end: usize, reason: &str) -> PyResult {
    let (encoding, reason) = (th.str(encoding)?, th.str(reason)?);
    let (start, end) = (Value::small_int(start as i64), Value::small_int(end as i64));
    super::instantiate(th, &UNICODE_ENCODE_ERROR, &[encoding.value(), object, start, end, reason.value()])
}

/// `UnicodeTranslateError(text, start, end, reason)`, not raised; `object` is a str.
///
/// # Errors
/// MemoryError.
pub fn translate_error(th: &Thread, object: Value, start: usize, end: usize, reason: &str) -> PyResult {
    let reason = th.str(reason)?;
    let (start, end) = (Value::small_int(start as i64), Value::small_int(end as i64));
    super::instantiate(th, &UNICODE_TRANSLATE_ERROR, &[object, start, end, reason.value()])
}
