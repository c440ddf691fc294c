//! `_struct`: packing values into bytes.

use std::cell::RefCell;
use std::rc::Rc;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, Buffer};
use whipsnake_runtime::types::bytearray::ByteArray;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::str::{Str, to_rust_string};
use whipsnake_runtime::types::{complex, int, module};

/// One kind of value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pad,
    Char,
    Bool,
    Int { signed: bool },
    Half,
    Single,
    Double,
    ComplexSingle,
    ComplexDouble,
    Bytes,
    Pascal,
}

/// Values of one kind, one after another.
#[derive(Clone, Copy)]
struct Field {
    kind: Kind,
    code: u8,
    size: usize,
    /// Values (for `s` and `p`: 1, the count is the size).
    count: usize,
    offset: usize,
}

/// A parsed format.
struct Plan {
    fields: Vec<Field>,
    size: usize,
    values: usize,
    little: bool,
    native: bool,
}

#[derive(Default)]
struct State {
    error: RefCell<Option<Obj>>,
    cache: RefCell<std::collections::HashMap<Vec<u8>, Obj>>,
    /// The format object asked for last, and its Struct: most calls come with a constant.
    last: RefCell<Option<(Obj, Obj)>>,
}

/// `struct.error`.
fn error(th: &Thread, message: impl Into<String>) -> Raised {
    let class = th.interp.state::<State>().error.borrow().clone();
    let message: String = message.into();
    match class {
        Some(class) => match th.str(&message).and_then(|text| call::call1(th, class.value(), text.value())) {
            Ok(exception) => th.raise_instance(exception),
            Err(raised) => raised,
        },
        None => th.value_error(message),
    }
}

fn kind_of(code: u8, native: bool) -> Option<(Kind, usize, usize)> {
    let int = |signed, size| Some((Kind::Int { signed }, size, if native { size } else { 1 }));
    let float = |kind, size, align| Some((kind, size, if native { align } else { 1 }));
    match code {
        b'x' => Some((Kind::Pad, 1, 1)),
        b'c' => Some((Kind::Char, 1, 1)),
        b's' => Some((Kind::Bytes, 1, 1)),
        b'p' => Some((Kind::Pascal, 1, 1)),
        b'?' => Some((Kind::Bool, 1, 1)),
        b'b' => int(true, 1),
        b'B' => int(false, 1),
        b'h' => int(true, 2),
        b'H' => int(false, 2),
        b'i' => int(true, 4),
        b'I' => int(false, 4),
        b'l' => int(true, if native { 8 } else { 4 }),
        b'L' => int(false, if native { 8 } else { 4 }),
        b'q' => int(true, 8),
        b'Q' => int(false, 8),
        b'n' if native => int(true, 8),
        b'N' | b'P' if native => int(false, 8),
        b'e' => float(Kind::Half, 2, 2),
        b'f' => float(Kind::Single, 4, 4),
        b'd' => float(Kind::Double, 8, 8),
        b'F' => float(Kind::ComplexSingle, 8, 4),
        b'D' => float(Kind::ComplexDouble, 16, 8),
        _ => None,
    }
}

fn parse(th: &Thread, format: &[u8]) -> PyResult<Plan> {
    let (little, native, rest) = match format.first() {
        Some(b'<') => (true, false, &format[1..]),
        Some(b'>' | b'!') => (false, false, &format[1..]),
        Some(b'=') => (true, false, &format[1..]),
        Some(b'@') => (true, true, &format[1..]),
        _ => (true, true, format),
    };
    let too_long = || error(th, "total struct size too long");
    let mut layout = Plan { fields: Vec::new(), size: 0, values: 0, little, native };
    let mut at = 0;
    while let Some(&c) = rest.get(at) {
        at += 1;
        if c.is_ascii_whitespace() {
            continue;
        }
        let (mut count, mut code) = (1usize, c);
        if c.is_ascii_digit() {
            count = usize::from(c - b'0');
            loop {
                let Some(&c) = rest.get(at) else {
                    return Err(error(th, "repeat count given without format specifier"));
                };
                at += 1;
                if !c.is_ascii_digit() {
                    code = c;
                    break;
                }
                count = count
                    .checked_mul(10)
                    .and_then(|n| n.checked_add(usize::from(c - b'0')))
                    .filter(|n| *n <= isize::MAX as usize)
                    .ok_or_else(|| error(th, "overflow in item count"))?;
            }
        }
        let Some((kind, size, align)) = kind_of(code, native) else {
            let message = if code == 0 { "embedded null character" } else { "bad char in struct format" };
            return Err(error(th, message));
        };
        layout.size = layout.size.checked_next_multiple_of(align).ok_or_else(too_long)?;
        let bytes = size.checked_mul(count).filter(|n| *n <= isize::MAX as usize).ok_or_else(too_long)?;
        let offset = layout.size;
        layout.size = offset.checked_add(bytes).filter(|n| *n <= isize::MAX as usize).ok_or_else(too_long)?;
        match kind {
            Kind::Pad => {}
            Kind::Bytes | Kind::Pascal => {
                layout.fields.push(Field { kind, code, size: count, count: 1, offset });
                layout.values += 1;
            }
            _ if count > 0 => {
                layout.fields.push(Field { kind, code, size, count, offset });
                layout.values = layout.values.checked_add(count).ok_or_else(too_long)?;
            }
            _ => {}
        }
    }
    Ok(layout)
}

// ---- single values

fn half_to_double(bits: u16) -> f64 {
    let sign = if bits & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

/// `None` on overflow. Rounds half to even.
fn double_to_half(x: f64) -> Option<u16> {
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    let x = x.abs();
    if x.is_nan() {
        return Some(sign | 0x7e00);
    }
    if x.is_infinite() {
        return Some(sign | 0x7c00);
    }
    if x < 2f64.powi(-14) {
        let units = (x * 2f64.powi(24)).round_ties_even();
        return Some(sign | units as u16);
    }
    let exponent = ((x.to_bits() >> 52) as i32 - 1023).min(16);
    let mantissa = (x * 2f64.powi(10 - exponent)).round_ties_even();
    // A mantissa of 2048 carries into the exponent.
    let bits = ((exponent + 15) << 10) + (mantissa as i32 - 1024);
    (bits < 0x7c00).then_some(sign | bits as u16)
}

fn int_range(field: &Field, signed: bool) -> String {
    let bits = field.size as u32 * 8;
    let (low, high) =
        if signed { (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1) } else { (0, (1i128 << bits) - 1) };
    format!("'{}' format requires {low} <= number <= {high}", field.code as char)
}

fn put(target: &mut [u8], little: bool, bytes_le: &[u8]) {
    target.copy_from_slice(bytes_le);
    if !little {
        target.reverse();
    }
}

fn pack_int(th: &Thread, layout: &Plan, field: &Field, signed: bool, v: Value, target: &mut [u8]) -> PyResult<()> {
    let bits = field.size as u32 * 8;
    // What is left above the field's bits must be copies of the sign, or nothing.
    if let Some(n) = v.as_small_int()
        && (n >= 0 || signed)
        && (bits == 64 || matches!(n >> (bits - u32::from(signed)), 0 | -1))
    {
        put(target, layout.little, &n.to_le_bytes()[..field.size]);
        return Ok(());
    }
    let index = if v.is_instance(&statics::INT_TYPE) {
        v.own()
    } else if number::has_index(v) {
        number::index(th, v)?
    } else {
        return Err(error(th, "required argument is not an integer"));
    };
    let wide: Option<i128> = match int::try_i64(index.value()) {
        Some(n) => Some(n.into()),
        None => int::with_big(index.value(), |big| big.to_u64()).map(i128::from),
    };
    let fits = |n: i128| {
        if signed { n >= -(1i128 << (bits - 1)) && n < 1i128 << (bits - 1) } else { n >= 0 && n < 1i128 << bits }
    };
    let Some(n) = wide.filter(|n| fits(*n)) else {
        if layout.native && field.size == 8 && wide.is_none_or(|n| n > i128::from(u64::MAX)) && field.code != b'n' {
            return Err(error(th, "int too large to convert"));
        }
        return Err(error(th, int_range(field, signed)));
    };
    put(target, layout.little, &n.to_le_bytes()[..field.size]);
    Ok(())
}

fn pack_float(th: &Thread, kind: Kind, x: f64, little: bool, target: &mut [u8]) -> PyResult<()> {
    match kind {
        Kind::Half => match double_to_half(x) {
            Some(bits) => put(target, little, &bits.to_le_bytes()),
            None => return Err(th.overflow_error("float too large to pack with e format")),
        },
        Kind::Single | Kind::ComplexSingle => {
            let narrow = x as f32;
            if narrow.is_infinite() && x.is_finite() {
                return Err(th.overflow_error("float too large to pack with f format"));
            }
            put(target, little, &narrow.to_le_bytes());
        }
        _ => put(target, little, &x.to_le_bytes()),
    }
    Ok(())
}

fn pack_one(th: &Thread, layout: &Plan, field: &Field, v: Value, target: &mut [u8]) -> PyResult<()> {
    match field.kind {
        Kind::Pad => Ok(()),
        Kind::Int { signed } => pack_int(th, layout, field, signed, v, target),
        Kind::Bool => {
            target[0] = object::is_true(th, v)? as u8;
            Ok(())
        }
        Kind::Char => match v.cast::<Bytes>().filter(|b| b.len() == 1) {
            Some(b) => {
                target.copy_from_slice(b.as_slice());
                Ok(())
            }
            None => Err(error(th, "char format requires a bytes object of length 1")),
        },
        Kind::Half | Kind::Single | Kind::Double => {
            let x = match number::as_f64(th, v) {
                Ok(x) => x,
                Err(_) => {
                    drop(th.take_exception());
                    return Err(error(th, "required argument is not a float"));
                }
            };
            pack_float(th, field.kind, x, layout.little, target)
        }
        Kind::ComplexSingle | Kind::ComplexDouble => {
            let z = match complex::as_number(th, v) {
                Ok(z) => z,
                Err(_) => {
                    drop(th.take_exception());
                    return Err(error(th, "required argument is not a complex"));
                }
            };
            let (re, im) = target.split_at_mut(field.size / 2);
            pack_float(th, field.kind, z.re, layout.little, re)?;
            pack_float(th, field.kind, z.im, layout.little, im)
        }
        Kind::Bytes | Kind::Pascal => {
            let data = match (v.cast::<Bytes>(), v.cast::<Instance<ByteArray>>()) {
                (Some(b), _) => b.as_slice().to_vec(),
                (_, Some(b)) => b.as_slice().to_vec(),
                _ => {
                    let code = field.code as char;
                    return Err(error(th, format!("argument for '{code}' must be a bytes object")));
                }
            };
            if field.kind == Kind::Bytes {
                let n = data.len().min(target.len());
                target[..n].copy_from_slice(&data[..n]);
            } else if !target.is_empty() {
                let n = data.len().min(target.len() - 1);
                target[0] = n.min(255) as u8;
                target[1..=n].copy_from_slice(&data[..n]);
            }
            Ok(())
        }
    }
}

fn unpack_float(kind: Kind, little: bool, data: &[u8]) -> f64 {
    let mut bytes = [0u8; 8];
    let bytes = &mut bytes[..data.len()];
    bytes.copy_from_slice(data);
    if !little {
        bytes.reverse();
    }
    let word = bytes.iter().rev().fold(0u64, |acc, b| acc << 8 | u64::from(*b));
    match kind {
        Kind::Half => half_to_double(word as u16),
        Kind::Single | Kind::ComplexSingle => f32::from_bits(word as u32).into(),
        _ => f64::from_bits(word),
    }
}

fn unpack_one(th: &Thread, layout: &Plan, field: &Field, data: &[u8]) -> PyResult {
    match field.kind {
        Kind::Pad => Ok(Obj::none()),
        Kind::Char | Kind::Bytes => th.bytes(data),
        Kind::Pascal => match data.split_first() {
            Some((n, rest)) => th.bytes(&rest[..usize::from(*n).min(rest.len())]),
            None => th.bytes(&[]),
        },
        Kind::Bool => Ok(Obj::bool(data.iter().any(|b| *b != 0))),
        Kind::Int { signed } => {
            let word = if layout.little {
                data.iter().rev().fold(0u64, |acc, b| acc << 8 | u64::from(*b))
            } else {
                data.iter().fold(0u64, |acc, b| acc << 8 | u64::from(*b))
            };
            if signed {
                let unused = 64 - 8 * data.len() as u32;
                th.int((word << unused) as i64 >> unused)
            } else {
                th.uint(word)
            }
        }
        Kind::Half | Kind::Single | Kind::Double => th.float(unpack_float(field.kind, layout.little, data)),
        Kind::ComplexSingle | Kind::ComplexDouble => {
            let (re, im) = data.split_at(field.size / 2);
            complex::new(th, unpack_float(field.kind, layout.little, re), unpack_float(field.kind, layout.little, im))
        }
    }
}

// ---- the type

/// `struct.Struct`.
pub struct Struct {
    /// Empty until `__init__`, which can also replace both.
    format: ObjCell,
    layout: RefCell<Option<Rc<Plan>>>,
}

impl Payload for Struct {
    #[inline(always)]
    fn ty() -> &'static Type {
        &STRUCT_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.format);
    }
}

builtin_type! {
    /// `_struct.Struct`.
    pub static STRUCT_TYPE = TypeSpec {
        name: "_struct.Struct",
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        slots: Slots { new: Some(construct), init: Some(init), repr: Some(repr), ..Instance::<Struct>::SLOTS },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        doc: "Struct(fmt) --> compiled struct object",
        ..Instance::<Struct>::SPEC
    }
}
builtin_type! {
    /// The iterator of `iter_unpack`.
    static UNPACK_ITERATOR_TYPE = TypeSpec {
        name: "_struct.unpack_iterator",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots { iter: Some(iter::self_iter), iternext: Some(next), ..Instance::<UnpackIterator>::SLOTS },
        methods: iterator_methods::METHODS,
        ..Instance::<UnpackIterator>::SPEC
    }
}

fn format_bytes(th: &Thread, v: Value) -> PyResult<Vec<u8>> {
    if let Some(b) = v.cast::<Bytes>() {
        return Ok(b.as_slice().to_vec());
    }
    if v.cast::<Str>().is_some() {
        let ascii = th.str("ascii")?;
        let bytes = call::call_method(th, v, "encode", &[ascii.value()])?;
        return Ok(bytes.cast::<Bytes>().map(|bytes| bytes.as_slice().to_vec()).unwrap_or_default());
    }
    err!(th, TYPE_ERROR, "Struct() argument 1 must be a str or bytes object, not {}", v.ty().name())
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    Instance::create_as(th, ty, Struct { format: ObjCell::EMPTY, layout: RefCell::new(None) })
}

fn init(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
        function: "Struct",
        names: &["format"],
        positional_only: 0,
        positional: 1,
        required: &[true],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 1];
    PARAMS.bind(th, args, &mut bound)?;
    let format = format_bytes(th, bound[0].unwrap_or(statics::none()))?;
    let layout = parse(th, &format)?;
    let text = th.str(&String::from_utf8_lossy(&format))?;
    let Some(this) = this.cast::<Instance<Struct>>() else { return Err(th.type_error("expected a Struct")) };
    this.layout.replace(Some(Rc::new(layout)));
    this.format.set(Some(text));
    Ok(())
}

fn repr(th: &Thread, this: Value) -> PyResult {
    // A subclass shows its own name.
    let name = this.ty().name();
    let name = name.rsplit('.').next().unwrap_or(name);
    let Some(this) = this.cast::<Instance<Struct>>() else { return Err(th.type_error("expected a Struct")) };
    this.plan(th)?;
    let format = object::repr(th, this.format.get().unwrap_or_else(Obj::none).value())?;
    th.str(&format!("{}({})", name, to_rust_string(format.value())))
}

/// The Struct for a format, from the cache.
fn cached(th: &Thread, format: Value) -> PyResult {
    let state = th.interp.state::<State>();
    if let Some((text, made)) = &*state.last.borrow()
        && text.value().same(format)
    {
        return Ok(made.clone());
    }
    let key = format_bytes(th, format)?;
    let found = state.cache.borrow().get(&key).cloned();
    let made = match found {
        Some(found) => found,
        None => made_for(th, state, key)?,
    };
    let old = state.last.replace(Some((format.own(), made.clone())));
    drop(old);
    Ok(made)
}

/// A new Struct, which the cache keeps.
fn made_for(th: &Thread, state: &State, key: Vec<u8>) -> PyResult {
    let layout = parse(th, &key)?;
    let text = th.str(&String::from_utf8_lossy(&key))?;
    let made =
        Instance::create(th, Struct { format: ObjCell::new(text), layout: RefCell::new(Some(Rc::new(layout))) })?;
    let mut cache = state.cache.borrow_mut();
    if cache.len() >= 100 {
        cache.clear();
    }
    cache.insert(key, made.clone());
    Ok(made)
}

fn of(s: &Obj) -> &Struct {
    match s.cast::<Instance<Struct>>() {
        Some(instance) => &instance.payload,
        None => unreachable!("`cached` makes Structs"),
    }
}

impl Struct {
    /// RuntimeError before `__init__`.
    fn plan(&self, th: &Thread) -> PyResult<Rc<Plan>> {
        match &*self.layout.borrow() {
            Some(plan) => Ok(plan.clone()),
            None => err!(th, RUNTIME_ERROR, "Struct object is not initialized"),
        }
    }
}

impl Plan {
    fn pack(&self, th: &Thread, name: &str, args: &[Value]) -> PyResult<Vec<u8>> {
        let layout = self;
        if args.len() != layout.values {
            let (want, got) = (layout.values, args.len());
            return Err(error(th, format!("{name} expected {want} items for packing (got {got})")));
        }
        let mut data = Vec::new();
        if data.try_reserve_exact(layout.size).is_err() {
            return Err(th.memory_error());
        }
        data.resize(layout.size, 0u8);
        let mut rest = args.iter();
        for field in &layout.fields {
            for i in 0..field.count {
                let Some(v) = rest.next() else { break };
                let at = field.offset + i * field.size;
                pack_one(th, layout, field, *v, &mut data[at..at + field.size])?;
            }
        }
        Ok(data)
    }
    fn unpack(&self, th: &Thread, data: &[u8]) -> PyResult {
        let mut items = Vec::with_capacity(self.values.min(1 << 16));
        for field in &self.fields {
            for i in 0..field.count {
                let at = field.offset + i * field.size;
                items.push(unpack_one(th, self, field, &data[at..at + field.size])?);
            }
        }
        th.tuple_from(items)
    }
    fn unpack_exact(&self, th: &Thread, buffer: &Buffer) -> PyResult {
        let size = self.size;
        if buffer.bytes().len() != size {
            return Err(error(th, format!("unpack requires a buffer of {size} bytes")));
        }
        self.unpack(th, buffer.bytes())
    }
    /// Where in a buffer of `len` bytes the data are to be read or written.
    fn place(&self, th: &Thread, name: &str, doing: &str, len: usize, offset: isize) -> PyResult<usize> {
        let size = self.size;
        if offset < 0 {
            if offset + size as isize > 0 {
                let lack = if doing == "pack" { "no space" } else { "not enough data" };
                return Err(error(th, format!("{lack} to {doing} {size} bytes at offset {offset}")));
            }
            if offset + (len as isize) < 0 {
                return Err(error(th, format!("offset {offset} out of range for {len}-byte buffer")));
            }
        }
        let at = if offset < 0 { (offset + len as isize) as usize } else { offset as usize };
        if at > len || len - at < size {
            let need = size.saturating_add(at);
            return Err(error(
                th,
                format!(
                    "{name} requires a buffer of at least {need} bytes for {doing}ing {size} bytes at offset {at} \
                     (actual buffer size is {len})"
                ),
            ));
        }
        Ok(at)
    }
    fn pack_into(&self, th: &Thread, args: &[Value]) -> PyResult<()> {
        let [buffer, offset, values @ ..] = args else {
            let message = match args.len() {
                0 => "pack_into expected buffer argument",
                _ => "pack_into expected offset argument",
            };
            return Err(error(th, message));
        };
        let Ok(target) = buffer::get(th, *buffer, true) else {
            drop(th.take_exception());
            let got = buffer.ty().name();
            return err!(th, TYPE_ERROR, "argument must be read-write bytes-like object, not {got}");
        };
        let offset = number::as_isize(th, *offset)?;
        let at = self.place(th, "pack_into", "pack", target.bytes().len(), offset)?;
        let data = self.pack(th, "pack_into", values)?;
        target.write(at, &data);
        Ok(())
    }
    fn unpack_from(&self, th: &Thread, buffer: &Buffer, offset: isize) -> PyResult {
        let data = buffer.bytes();
        let at = self.place(th, "unpack_from", "unpack", data.len(), offset)?;
        self.unpack(th, &data[at..at + self.size])
    }
}

/// The iterator of `iter_unpack`.
struct UnpackIterator {
    /// The Struct, and what it was when the iterator was made.
    of: Obj,
    layout: Rc<Plan>,
    buffer: RefCell<Option<Buffer>>,
    at: std::cell::Cell<usize>,
}

impl Payload for UnpackIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &UNPACK_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.of);
    }
}

fn iterate(th: &Thread, s: Obj, buffer: Buffer) -> PyResult {
    let layout = of(&s).plan(th)?;
    let size = layout.size;
    if size == 0 {
        return Err(error(th, "cannot iteratively unpack with a struct of length 0"));
    }
    if buffer.bytes().len() % size != 0 {
        return Err(error(th, format!("iterative unpacking requires a buffer of a multiple of {size} bytes")));
    }
    Instance::create(
        th,
        UnpackIterator { of: s, layout, buffer: RefCell::new(Some(buffer)), at: std::cell::Cell::new(0) },
    )
}

fn next(th: &Thread, this: Value) -> PyResult<Option<Obj>> {
    let Some(it) = this.cast::<Instance<UnpackIterator>>() else { return Ok(None) };
    let (at, size) = (it.at.get(), it.layout.size);
    let buffer = it.buffer.borrow();
    let Some(data) = buffer.as_ref().and_then(|buffer| buffer.bytes().get(at..at + size)) else {
        drop(buffer);
        let done = it.buffer.borrow_mut().take();
        drop(done);
        return Ok(None);
    };
    it.at.set(at + size);
    it.layout.unpack(th, data).map(Some)
}

#[pymethods]
mod iterator_methods {
    use super::*;

    /// How many tuples are left.
    #[method("__length_hint__()")]
    fn length_hint(_: &Thread, this: &Instance<UnpackIterator>) -> usize {
        let len = this.buffer.borrow().as_ref().map_or(0, |buffer| buffer.bytes().len());
        len.saturating_sub(this.at.get()) / this.layout.size.max(1)
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// Packs values into bytes.
    #[method("pack", raw)]
    fn pack(th: &Thread, this: &Instance<Struct>, args: Args) -> PyResult {
        args.no_keywords(th, "pack")?;
        let values: Vec<Value> = args.values().collect();
        th.bytes(&this.plan(th)?.pack(th, "pack", &values)?)
    }
    /// Packs values into a buffer at an offset.
    #[method("pack_into", raw)]
    fn pack_into(th: &Thread, this: &Instance<Struct>, args: Args) -> PyResult<()> {
        args.no_keywords(th, "pack_into")?;
        let values: Vec<Value> = args.values().collect();
        this.plan(th)?.pack_into(th, &values)
    }
    /// Unpacks a buffer of exactly the right size.
    #[method("unpack(buffer, /)")]
    fn unpack(th: &Thread, this: &Instance<Struct>, buffer: Buffer) -> PyResult {
        this.plan(th)?.unpack_exact(th, &buffer)
    }
    /// Unpacks from a place in a buffer.
    #[method("unpack_from(buffer, offset=0)")]
    fn unpack_from(th: &Thread, this: &Instance<Struct>, buffer: Buffer, offset: isize) -> PyResult {
        this.plan(th)?.unpack_from(th, &buffer, offset)
    }
    /// An iterator over the tuples in a buffer.
    #[method("iter_unpack(buffer, /)")]
    fn iter_unpack(th: &Thread, this: Value, buffer: Buffer) -> PyResult {
        iterate(th, this.own(), buffer)
    }
    /// The format.
    #[getter("format")]
    fn format(th: &Thread, this: &Instance<Struct>) -> PyResult {
        this.plan(th)?;
        Ok(this.format.get().unwrap_or_else(Obj::none))
    }
    /// The size in bytes.
    #[getter("size", member)]
    fn size(_: &Thread, this: &Instance<Struct>) -> isize {
        this.layout.borrow().as_ref().map_or(-1, |plan| plan.size as isize)
    }
    #[method("__sizeof__()")]
    fn sizeof(th: &Thread, this: &Instance<Struct>) -> PyResult<usize> {
        Ok(size_of::<Instance<Struct>>() + size_of::<Plan>() + this.plan(th)?.fields.len() * size_of::<Field>())
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// The size of a format in bytes.
    #[function("calcsize(format, /)")]
    fn calcsize(th: &Thread, format: Value) -> PyResult<usize> {
        Ok(of(&cached(th, format)?).plan(th)?.size)
    }
    /// Packs values into bytes.
    #[function("pack", raw)]
    fn pack(th: &Thread, args: Args) -> PyResult {
        args.no_keywords(th, "pack")?;
        let Some(format) = args.get(0) else { return err!(th, TYPE_ERROR, "missing format argument") };
        let values: Vec<Value> = args.values().skip(1).collect();
        th.bytes(&of(&cached(th, format)?).plan(th)?.pack(th, "pack", &values)?)
    }
    /// Packs values into a buffer at an offset.
    #[function("pack_into", raw)]
    fn pack_into(th: &Thread, args: Args) -> PyResult<()> {
        args.no_keywords(th, "pack_into")?;
        let Some(format) = args.get(0) else { return err!(th, TYPE_ERROR, "missing format argument") };
        let values: Vec<Value> = args.values().skip(1).collect();
        of(&cached(th, format)?).plan(th)?.pack_into(th, &values)
    }
    /// Unpacks a buffer of exactly the right size.
    #[function("unpack(format, buffer, /)")]
    fn unpack(th: &Thread, format: Value, buffer: Buffer) -> PyResult {
        of(&cached(th, format)?).plan(th)?.unpack_exact(th, &buffer)
    }
    /// Unpacks from a place in a buffer.
    #[function("unpack_from(format, /, buffer, offset=0)")]
    fn unpack_from(th: &Thread, format: Value, buffer: Buffer, offset: isize) -> PyResult {
        of(&cached(th, format)?).plan(th)?.unpack_from(th, &buffer, offset)
    }
    /// An iterator over the tuples in a buffer.
    #[function("iter_unpack(format, buffer, /)")]
    fn iter_unpack(th: &Thread, format: Value, buffer: Buffer) -> PyResult {
        iterate(th, cached(th, format)?, buffer)
    }
    /// Empties the cache of formats.
    #[function("_clearcache()")]
    fn clearcache(th: &Thread) {
        th.interp.state::<State>().cache.borrow_mut().clear();
    }
}

/// Makes `_struct`.
///
/// # Errors
/// MemoryError.
pub fn init_struct(th: &Thread) -> PyResult {
    whipsnake_runtime::typeobj::ready(th, &UNPACK_ITERATOR_TYPE)?;
    let m = module::new(th, "_struct", "Values as bytes, in the formats of C.", functions::METHODS)?;
    module::add_type(th, m.value(), &STRUCT_TYPE)?;
    let class = module::exception_class(th, "struct.error", &statics::EXCEPTION)?;
    module::add(th, m.value(), "error", class.value())?;
    th.interp.state::<State>().error.replace(Some(class));
    Ok(m)
}
