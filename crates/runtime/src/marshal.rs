//! `marshal`: live objects in and out of CPython's format, version 5.
//!
//! Source: the documentation of the `marshal` module; the format is the bytecode crate's business.

use crate::prelude::*;
use crate::types::bytes::Bytes;
use crate::types::code::{Code, Parts, from_parts, plain_code};
use crate::types::complex;
use crate::types::dict::Dict;
use crate::types::list::List;
use crate::types::set::{self, Set};
use crate::types::str::{self, Str, to_rust_string};
use crate::types::tuple::Tuple;
use crate::types::{buffer, float, int, module, slice};
use rustpython_wtf8::{Wtf8, Wtf8Buf};
use std::cell::RefCell;
use whipsnake_bytecode::marshal::{
    Builder, CodeParts, CodeView, ReadError, Reader, Source, VERSION, View, WriteError, Writer,
};

/// The magic number of our bytecode files: not one of CPython's, since the instruction set may differ.
pub const MAGIC_TOKEN: u32 = 0x0a0d_0000 | 31_400;

/// Makes live objects.
struct Objects<'a> {
    th: &'a Thread,
}

impl Objects<'_> {
    fn number(&self, n: i32, what: &str) -> PyResult<u32> {
        u32::try_from(n).map_err(|_| self.th.value_error(format!("code: {what} must not be negative")))
    }
    fn check(&self, v: Obj, ty: &Type, what: &str) -> PyResult {
        if v.is_instance(ty) {
            return Ok(v);
        }
        err!(self.th, TYPE_ERROR, "bad marshal data (code: {what})")
    }
}

impl Builder for Objects<'_> {
    type Value = Obj;
    type Error = Raised;

    fn none(&mut self) -> PyResult {
        Ok(Obj::none())
    }
    fn bool(&mut self, value: bool) -> PyResult {
        Ok(Obj::bool(value))
    }
    fn ellipsis(&mut self) -> PyResult {
        Ok(statics::ellipsis().own())
    }
    fn stop_iteration(&mut self) -> PyResult {
        Ok(statics::STOP_ITERATION.value().own())
    }
    fn int(&mut self, value: i64) -> PyResult {
        self.th.int(value)
    }
    fn big_int(&mut self, negative: bool, digits: &[u32]) -> PyResult {
        int::from_big(self.th, whipsnake_numbers::bigint::Big::from_parts(negative, digits.to_vec()))
    }
    fn float(&mut self, value: f64) -> PyResult {
        self.th.float(value)
    }
    fn complex(&mut self, real: f64, imag: f64) -> PyResult {
        complex::new(self.th, real, imag)
    }
    fn str(&mut self, value: &Wtf8, interned: bool) -> PyResult {
        if interned && let Ok(text) = value.as_str() {
            return self.th.intern(text);
        }
        self.th.str_from_wtf8(value.as_bytes())
    }
    fn bytes(&mut self, value: &[u8]) -> PyResult {
        self.th.bytes(value)
    }
    fn tuple(&mut self, items: Vec<Obj>) -> PyResult {
        self.th.tuple_from(items)
    }
    fn frozenset(&mut self, items: Vec<Obj>) -> PyResult {
        let items = self.th.tuple_from(items)?;
        call::call1(self.th, statics::FROZENSET_TYPE.value(), items.value())
    }
    fn slice(&mut self, [start, stop, step]: [Obj; 3]) -> PyResult {
        slice::new(self.th, start.value(), stop.value(), step.value())
    }
    fn code(&mut self, parts: CodeParts<Obj>) -> PyResult {
        let names_ok = [&parts.names, &parts.localsplusnames].iter().all(|names| {
            names.cast::<Tuple>().is_some_and(|t| t.as_slice().iter().all(|v| v.is_instance(&statics::STR_TYPE)))
        });
        let kinds = parts.localspluskinds.cast::<Bytes>().map(Bytes::len);
        if !names_ok || kinds != parts.localsplusnames.cast::<Tuple>().map(Tuple::len) {
            return err!(self.th, VALUE_ERROR, "bad marshal data (code: names)");
        }
        let Some(code) = parts.code.cast::<Bytes>().map(|b| b.as_slice().to_vec()) else {
            return err!(self.th, TYPE_ERROR, "bad marshal data (code: co_code)");
        };
        let parts = Parts {
            argcount: self.number(parts.argcount, "argcount")?,
            posonlyargcount: self.number(parts.posonlyargcount, "posonlyargcount")?,
            kwonlyargcount: self.number(parts.kwonlyargcount, "kwonlyargcount")?,
            stacksize: self.number(parts.stacksize, "stacksize")?,
            flags: parts.flags as u32,
            firstlineno: parts.firstlineno,
            code,
            consts: self.check(parts.consts, &statics::TUPLE_TYPE, "consts")?,
            names: parts.names,
            localsplusnames: parts.localsplusnames,
            localspluskinds: parts.localspluskinds,
            filename: self.check(parts.filename, &statics::STR_TYPE, "filename")?,
            name: self.check(parts.name, &statics::STR_TYPE, "name")?,
            qualname: self.check(parts.qualname, &statics::STR_TYPE, "qualname")?,
            linetable: self.check(parts.linetable, &statics::BYTES_TYPE, "linetable")?,
            exceptiontable: self.check(parts.exceptiontable, &statics::BYTES_TYPE, "exceptiontable")?,
        };
        from_parts(self.th, parts)
    }
    fn list(&mut self) -> PyResult {
        List::new(self.th)
    }
    fn list_append(&mut self, list: &Obj, item: Obj) -> PyResult<()> {
        list.cast::<List>().map_or(Ok(()), |list| list.push(self.th, item))
    }
    fn dict(&mut self) -> PyResult {
        Dict::new(self.th)
    }
    fn dict_insert(&mut self, dict: &Obj, key: Obj, value: Obj) -> PyResult<()> {
        dict.cast::<Dict>().map_or(Ok(()), |dict| dict.set(self.th, key.value(), value.value()))
    }
    fn set(&mut self) -> PyResult {
        Set::new(self.th)
    }
    fn set_add(&mut self, set: &Obj, item: Obj) -> PyResult<()> {
        set::add(self.th, set.value(), item.value()).map(drop)
    }
}

fn read_error(th: &Thread, error: ReadError<Raised>) -> Raised {
    let message = match &error {
        ReadError::NoObject => "EOF read where object expected".to_string(),
        ReadError::TooShort => "marshal data too short".to_string(),
        ReadError::Bad(what) => format!("bad marshal data ({what})"),
        ReadError::TooDeep => "recursion limit exceeded".to_string(),
        ReadError::Null(what) => format!("NULL object in marshal data for {what}"),
        ReadError::CodeNotAllowed => "unmarshalling code objects is disallowed".to_string(),
        ReadError::Builder(_) => String::new(),
    };
    match error {
        ReadError::Builder(raised) => raised,
        ReadError::NoObject | ReadError::TooShort => th.raise(&statics::EOF_ERROR, message),
        ReadError::Null(_) => th.type_error(message),
        _ => th.value_error(message),
    }
}

/// The object that `data` begins with, and how many bytes it took.
///
/// # Errors
/// EOFError, ValueError, TypeError for malformed data.
pub fn read(th: &Thread, data: &[u8], allow_code: bool) -> PyResult<(Obj, usize)> {
    let mut objects = Objects { th };
    let mut reader = Reader::new(data, &mut objects).allow_code(allow_code);
    match reader.read() {
        Ok(v) => {
            let position = reader.position();
            Ok((v, position))
        }
        Err(error) => Err(read_error(th, error)),
    }
}

/// The object that `data` begins with.
///
/// # Errors
/// As [`read`].
pub fn loads(th: &Thread, data: &[u8]) -> PyResult {
    read(th, data, true).map(|(v, _)| v)
}

/// Texts and byte strings that live as long as the writer looks at them.
#[derive(Default)]
struct Arena {
    texts: RefCell<Vec<Box<Wtf8>>>,
    kept: RefCell<Vec<Obj>>,
}

impl Arena {
    fn text(&self, text: Wtf8Buf) -> &Wtf8 {
        let text = text.into_box();
        let address: *const Wtf8 = &*text;
        self.texts.borrow_mut().push(text);
        // SAFETY: boxed texts do not move, and none is removed before the arena goes.
        unsafe { &*address }
    }
    fn bytes(&self, v: &Obj) -> &[u8] {
        self.kept.borrow_mut().push(v.clone());
        // SAFETY: I1 and I4, the arena keeps the bytes object alive; bytes do not change.
        unsafe { v.cast_unchecked::<Bytes>() }.as_slice()
    }
}

/// Shows live objects to the writer.
struct LiveObjects<'a> {
    th: &'a Thread,
    arena: &'a Arena,
}

/// A str as WTF-8.
fn wtf8_of(text: &Str) -> Wtf8Buf {
    if let Some(text) = text.as_utf8() {
        return Wtf8Buf::from(text);
    }
    let mut out = Wtf8Buf::new();
    for unit in text.units().iter() {
        if let Some(c) = rustpython_wtf8::CodePoint::from_u32(unit) {
            out.push(c);
        }
    }
    out
}

impl<'a> Source<'a> for LiveObjects<'a> {
    type Handle = Obj;
    type Identity = u64;
    type Error = Raised;

    fn view(&mut self, value: &Obj) -> PyResult<View<'a, Obj>> {
        let v = value.value();
        let owned = |items: &[Value]| items.iter().map(|v| v.own()).collect::<Vec<Obj>>();
        if v.is_none() {
            return Ok(View::None);
        }
        if v.is_exact(&statics::BOOL_TYPE) {
            return Ok(View::Bool(v.is_true_singleton()));
        }
        if v.same(statics::ellipsis()) {
            return Ok(View::Ellipsis);
        }
        if v.same(statics::STOP_ITERATION.value()) {
            return Ok(View::StopIteration);
        }
        if v.is_exact(&statics::INT_TYPE) {
            return Ok(match int::as_i64_exact(v) {
                Some(i) => View::Int(i),
                None => int::with_big(v, |big| View::BigInt { negative: big.negative, digits: big.digits.to_vec() }),
            });
        }
        if v.is_exact(&statics::FLOAT_TYPE) {
            return Ok(View::Float(float::value_of(v).unwrap_or(0.0)));
        }
        if let Some((real, imag)) = complex::exact_parts(v) {
            return Ok(View::Complex(real, imag));
        }
        if let Some(text) = v.exact::<Str>() {
            let interned = str::is_interned(text);
            return Ok(View::Str { text: self.arena.text(wtf8_of(text)), interned });
        }
        if v.is_exact(&statics::BYTES_TYPE) {
            return Ok(View::Bytes(self.arena.bytes(value)));
        }
        if let Some(tuple) = v.exact::<Tuple>() {
            return Ok(View::Tuple(owned(tuple.as_slice())));
        }
        if let Some(list) = v.exact::<List>() {
            return Ok(View::List(owned(list.as_slice())));
        }
        if let Some(dict) = v.exact::<Dict>() {
            return Ok(View::Dict(dict.entries().into_iter().map(|(key, value, _)| (key, value)).collect()));
        }
        if v.is_exact(&statics::SET_TYPE) || v.is_exact(&statics::FROZENSET_TYPE) {
            let items = self.sorted_items(v)?;
            return Ok(if v.is_exact(&statics::SET_TYPE) { View::Set(items) } else { View::FrozenSet(items) });
        }
        if v.is_exact(&statics::SLICE_TYPE) {
            let part = |name: &str| object::get_attr_str(self.th, v, name);
            return Ok(View::Slice([part("start")?, part("stop")?, part("step")?]));
        }
        if let Some(code) = v.exact::<Code>() {
            return self.code(code).map(|code| View::Code(Box::new(code)));
        }
        if buffer::has_buffer(v) {
            return Ok(View::Buffer(buffer::get(self.th, v, false)?.to_vec()));
        }
        Ok(View::Unsupported)
    }

    fn identity(&mut self, value: &Obj) -> Option<u64> {
        let v = value.value();
        if !v.is_pointer() {
            return None;
        }
        // The handle itself holds one reference.
        // SAFETY: I1, alive.
        let shared = unsafe { (*v.as_ptr()).refcount.get() } > 2;
        shared.then(|| v.bits())
    }
}

impl LiveObjects<'_> {
    /// The items of a set in the order of their own marshal forms, so that equal sets are written alike.
    fn sorted_items(&self, v: Value) -> PyResult<Vec<Obj>> {
        let mut items = Vec::new();
        for item in iter::to_vec(self.th, v)? {
            items.push((dumps(self.th, item.value(), VERSION, true)?, item));
        }
        items.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(items.into_iter().map(|(_, item)| item).collect())
    }

    fn code(&self, code: &Code) -> PyResult<CodeView<Obj>> {
        let c = &code.0;
        Ok(CodeView {
            argcount: c.argcount as i32,
            posonlyargcount: c.posonlyargcount as i32,
            kwonlyargcount: c.kwonlyargcount as i32,
            stacksize: c.stacksize as i32,
            flags: c.flags as i32,
            code: self.th.bytes(&plain_code(c))?,
            consts: c.consts.own(),
            names: c.names.own(),
            localsplusnames: c.localsplusnames.own(),
            localspluskinds: c.localspluskinds.own(),
            filename: c.filename.own(),
            name: c.name.own(),
            qualname: c.qualname.own(),
            firstlineno: c.firstlineno,
            linetable: c.linetable.own(),
            exceptiontable: c.exceptiontable.own(),
        })
    }
}

/// The marshal form of an object.
///
/// # Errors
/// ValueError for what cannot be written.
pub fn dumps(th: &Thread, v: Value, version: i32, allow_code: bool) -> PyResult<Vec<u8>> {
    let arena = Arena::default();
    let mut source = LiveObjects { th, arena: &arena };
    let mut writer = Writer::new(version, &mut source).allow_code(allow_code);
    match writer.write(&v.own()) {
        Ok(()) => Ok(writer.finish()),
        Err(WriteError::Source(raised)) => Err(raised),
        Err(WriteError::TooDeep) => err!(th, VALUE_ERROR, "object too deeply nested to marshal"),
        Err(WriteError::CodeNotAllowed) => err!(th, VALUE_ERROR, "marshalling code objects is disallowed"),
        Err(_) => err!(th, VALUE_ERROR, "unmarshallable object"),
    }
}

#[pyfunctions]
mod functions {
    use super::*;
    /// The bytes that represent a value.
    #[function("dumps(value, version=5, /, *, allow_code=True)")]
    fn dumps(th: &Thread, value: Value, version: i32, allow_code: bool) -> PyResult {
        let data = super::dumps(th, value, version, allow_code)?;
        th.bytes(&data)
    }
    /// The value that bytes represent; what follows it is ignored.
    #[function("loads(bytes, /, *, allow_code=True)")]
    fn loads(th: &Thread, bytes: Value, allow_code: bool) -> PyResult {
        let data = buffer::get(th, bytes, false)?;
        read(th, data.bytes(), allow_code).map(|(v, _)| v)
    }
    /// Writes a value to a binary file.
    #[function("dump(value, file, version=5, /, *, allow_code=True)")]
    fn dump(th: &Thread, value: Value, file: Value, version: i32, allow_code: bool) -> PyResult {
        let data = super::dumps(th, value, version, allow_code)?;
        let data = th.bytes(&data)?;
        call::call_method(th, file, "write", &[data.value()])
    }
    /// Reads one value from a binary file and leaves the file behind it.
    #[function("load(file, /, *, allow_code=True)")]
    fn load(th: &Thread, file: Value, allow_code: bool) -> PyResult {
        let start = call::call_method(th, file, "tell", &[]);
        let start = th.catch(start, &statics::EXCEPTION)?;
        let data = call::call_method(th, file, "read", &[])?;
        let Some(bytes) = data.cast::<Bytes>() else {
            return err!(th, TYPE_ERROR, "file.read() returned not bytes but {}", data.ty().name());
        };
        let (v, used) = read(th, bytes.as_slice(), allow_code)?;
        if let Some(start) = start.as_ref().and_then(|v| v.as_small_int()) {
            let end = th.int(start + used as i64)?;
            call::call_method(th, file, "seek", &[end.value()])?;
        }
        Ok(v)
    }
}

/// Makes the `marshal` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let made = module::new(th, "marshal", "Python objects in a binary format of its own.", functions::METHODS)?;
    module::add(th, made.value(), "version", Value::small_int(VERSION.into()))?;
    let _ = to_rust_string;
    Ok(made)
}
