//! The `marshal` module: live objects through the generic reader and writer of `whipsnake_bytecode::marshal`.
//!
//! No Python code runs while an object is written (but for foreign buffers), so that borrowed values stay good; what is
//! made on the way (byte strings of code, text with surrogates) is kept by an [`Arena`].

use crate::prelude::*;
use crate::types::bytes::Bytes;
use crate::types::code::{self, Parts};
use crate::types::dict::Dict;
use crate::types::int;
use crate::types::list::List;
use crate::types::module;
use crate::types::set::Set;
use crate::types::slice::Slice;
use crate::types::str::Str;
use crate::types::tuple::Tuple;
use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};
use std::cell::RefCell;
use whipsnake_bytecode::marshal::{
    Builder, CodeParts, CodeView, ReadError, Reader, Source, VERSION, View, WriteError, Writer,
};
use whipsnake_layout::code::CodeObject;

/// Keeps what views refer to until writing ends.
#[derive(Default)]
struct Arena {
    objects: RefCell<Vec<Obj>>,
    texts: RefCell<Vec<Box<Wtf8>>>,
}

impl Arena {
    fn keep(&self, v: Obj) -> Value {
        let value = v.value();
        self.objects.borrow_mut().push(v);
        value
    }
    fn keep_text(&self, text: Wtf8Buf) -> &Wtf8 {
        let text = text.into_box();
        let pointer: *const Wtf8 = &*text;
        self.texts.borrow_mut().push(text);
        // SAFETY: the box lives as long as the arena and is never changed.
        unsafe { &*pointer }
    }
}

/// Shows live objects to the writer.
struct Live<'a> {
    th: &'a Thread,
    arena: &'a Arena,
    version: i32,
    allow_code: bool,
}

fn owned_items(items: &[Value], arena: &Arena) -> Vec<Value> {
    // Containers may be changed by `__buffer__` methods while they are written.
    items.iter().map(|v| arena.keep(v.own())).collect()
}

impl<'a> Live<'a> {
    fn text(&self, s: &'a Str) -> &'a Wtf8 {
        match s.as_utf8() {
            Some(text) => Wtf8::new(text),
            None => {
                let text: Wtf8Buf = s
                    .units()
                    .iter()
                    .map(|c| CodePoint::from_u32(c).unwrap_or(CodePoint::from_char('\u{fffd}')))
                    .collect();
                self.arena.keep_text(text)
            }
        }
    }
    fn set_items(&self, set: &Set) -> PyResult<Vec<Value>> {
        // Sorted by their own bytes, so that equal sets give equal data.
        let mut items = Vec::new();
        let mut position = 0;
        while let Some((item, _)) = set.entry_at(&mut position) {
            items.push(self.arena.keep(item.own()));
        }
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            let bytes = dump_bytes(self.th, item, self.version, self.allow_code)?;
            keyed.push((bytes, item));
        }
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(keyed.into_iter().map(|(_, item)| item).collect())
    }
    fn code_view(&self, code: &CodeObject) -> PyResult<CodeView<Value>> {
        let bytes = self.arena.keep(self.th.bytes(&code::plain_code(code))?);
        Ok(CodeView {
            argcount: code.argcount as i32,
            posonlyargcount: code.posonlyargcount as i32,
            kwonlyargcount: code.kwonlyargcount as i32,
            stacksize: code.stacksize as i32,
            flags: code.flags as i32,
            code: bytes,
            consts: code.consts,
            names: code.names,
            localsplusnames: code.localsplusnames,
            localspluskinds: code.localspluskinds,
            filename: code.filename,
            name: code.name,
            qualname: code.qualname,
            firstlineno: code.firstlineno,
            linetable: code.linetable,
            exceptiontable: code.exceptiontable,
        })
    }
}

impl<'a> Source<'a> for Live<'a> {
    type Handle = Value;
    type Identity = u64;
    type Error = Raised;

    fn view(&mut self, v: &Value) -> PyResult<View<'a, Value>> {
        let v = *v;
        Ok(if v.is_none() {
            View::None
        } else if v.is_true_singleton() || v.is_false_singleton() {
            View::Bool(v.is_true_singleton())
        } else if v.same(statics::ellipsis()) {
            View::Ellipsis
        } else if v.same(statics::STOP_ITERATION.value()) {
            View::StopIteration
        } else if v.is_exact(&statics::INT_TYPE) {
            match int::try_i64(v) {
                Some(i) => View::Int(i),
                None => int::with_big(v, |big| View::BigInt { negative: big.negative, digits: big.digits.to_vec() }),
            }
        } else if v.is_exact(&statics::FLOAT_TYPE) {
            View::Float(crate::types::float::value_of(v).unwrap_or(0.0))
        } else if v.is_exact(&statics::COMPLEX_TYPE) {
            match crate::types::complex::value_of(v) {
                Some(z) => View::Complex(z.re, z.im),
                None => View::Unsupported,
            }
        } else if let Some(s) = v.exact::<Str>() {
            View::Str { text: self.text(s), interned: object::is_interned(v) }
        } else if let Some(b) = v.exact::<Bytes>() {
            View::Bytes(b.as_slice())
        } else if let Some(t) = v.exact::<Tuple>() {
            View::Tuple(t.as_slice().to_vec())
        } else if let Some(l) = v.exact::<List>() {
            View::List(owned_items(l.as_slice(), self.arena))
        } else if let Some(d) = v.exact::<Dict>() {
            let entries = d.entries();
            View::Dict(entries.into_iter().map(|(k, v, _)| (self.arena.keep(k), self.arena.keep(v))).collect())
        } else if v.is_exact(&statics::FROZENSET_TYPE) {
            View::FrozenSet(Set::of_any(v).map_or_else(|| Ok(Vec::new()), |s| self.set_items(s))?)
        } else if v.is_exact(&statics::SET_TYPE) {
            View::Set(Set::of_any(v).map_or_else(|| Ok(Vec::new()), |s| self.set_items(s))?)
        } else if let Some(s) = v.exact::<Slice>() {
            View::Slice([s.start(), s.stop(), s.step()])
        } else if v.is_exact(&statics::CODE_TYPE) {
            // SAFETY: I4, the type was checked.
            View::Code(Box::new(self.code_view(unsafe { v.cast_unchecked::<CodeObject>() })?))
        } else if crate::types::buffer::has_buffer(v) {
            View::Buffer(crate::types::buffer::get(self.th, v, false)?.to_vec())
        } else {
            View::Unsupported
        })
    }

    fn identity(&mut self, v: &Value) -> Option<u64> {
        if !v.is_pointer() {
            return None;
        }
        Some(v.bits())
    }
}

fn write_error(th: &Thread, error: WriteError<Raised>) -> Raised {
    match error {
        WriteError::Source(raised) => raised,
        other => th.value_error(match other {
            WriteError::TooDeep => "object too deeply nested to marshal",
            WriteError::CodeNotAllowed => "marshalling code objects is disallowed",
            _ => "unmarshallable object",
        }),
    }
}

fn dump_bytes(th: &Thread, v: Value, version: i32, allow_code: bool) -> PyResult<Vec<u8>> {
    let arena = Arena::default();
    let mut source = Live { th, arena: &arena, version, allow_code };
    let mut writer = Writer::new(version, &mut source).allow_code(allow_code);
    match writer.write(&v) {
        Ok(()) => Ok(writer.finish()),
        Err(error) => Err(write_error(th, error)),
    }
}

/// The marshal data of an object.
///
/// # Errors
/// ValueError for what marshal does not support.
pub fn dumps(th: &Thread, v: Value) -> PyResult<Vec<u8>> {
    dump_bytes(th, v, VERSION, true)
}

/// Builds live objects.
struct Objects<'t> {
    th: &'t Thread,
}

fn part(th: &Thread, v: Obj, ty: &'static Type, what: &str) -> PyResult {
    if v.is_instance(ty) { Ok(v) } else { Err(th.type_error(format!("code: {what} must be {}", ty.name()))) }
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
        crate::types::complex::new(self.th, real, imag)
    }
    fn str(&mut self, value: &Wtf8, interned: bool) -> PyResult {
        let made = self.th.str_from_wtf8(value)?;
        Ok(if interned { crate::types::str::intern(self.th, made) } else { made })
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
    fn slice(&mut self, parts: [Obj; 3]) -> PyResult {
        let [start, stop, step] = &parts;
        crate::types::slice::new(self.th, start.value(), stop.value(), step.value())
    }
    fn code(&mut self, parts: CodeParts<Obj>) -> PyResult {
        let th = self.th;
        let (tuple, text, bytes) = (&statics::TUPLE_TYPE, &statics::STR_TYPE, &statics::BYTES_TYPE);
        let count = |n: i32| u32::try_from(n).map_err(|_| th.value_error("code: negative count"));
        let instructions = part(th, parts.code, bytes, "co_code")?;
        let instructions = instructions.cast::<Bytes>().map_or_else(Vec::new, |b| b.as_slice().to_vec());
        let names = part(th, parts.localsplusnames, tuple, "localsplusnames")?;
        let kinds = part(th, parts.localspluskinds, bytes, "localspluskinds")?;
        if names.cast::<Tuple>().map(Tuple::len) != kinds.cast::<Bytes>().map(Bytes::len) {
            return Err(th.value_error("code: locals and their kinds differ in length"));
        }
        code::from_parts(
            th,
            Parts {
                argcount: count(parts.argcount)?,
                posonlyargcount: count(parts.posonlyargcount)?,
                kwonlyargcount: count(parts.kwonlyargcount)?,
                stacksize: count(parts.stacksize)?,
                flags: parts.flags as u32,
                firstlineno: parts.firstlineno,
                code: instructions,
                consts: part(th, parts.consts, tuple, "consts")?,
                names: part(th, parts.names, tuple, "names")?,
                localsplusnames: names,
                localspluskinds: kinds,
                filename: part(th, parts.filename, text, "filename")?,
                name: part(th, parts.name, text, "name")?,
                qualname: part(th, parts.qualname, text, "qualname")?,
                linetable: part(th, parts.linetable, bytes, "linetable")?,
                exceptiontable: part(th, parts.exceptiontable, bytes, "exceptiontable")?,
            },
        )
    }
    fn list(&mut self) -> PyResult {
        List::new(self.th)
    }
    fn list_append(&mut self, list: &Obj, item: Obj) -> PyResult<()> {
        match list.cast::<List>() {
            Some(list) => list.push(self.th, item),
            None => Ok(()),
        }
    }
    fn dict(&mut self) -> PyResult {
        Dict::new(self.th)
    }
    fn dict_insert(&mut self, dict: &Obj, key: Obj, value: Obj) -> PyResult<()> {
        match dict.cast::<Dict>() {
            Some(dict) => dict.set(self.th, key.value(), value.value()),
            None => Ok(()),
        }
    }
    fn set(&mut self) -> PyResult {
        Set::new(self.th)
    }
    fn set_add(&mut self, set: &Obj, item: Obj) -> PyResult<()> {
        match Set::of_any(set.value()) {
            Some(set) => set.add(self.th, item.value()).map(drop),
            None => Ok(()),
        }
    }
}

fn read_error(th: &Thread, error: ReadError<Raised>) -> Raised {
    let ty = match error {
        ReadError::Builder(raised) => return raised,
        ReadError::NoObject | ReadError::TooShort => &statics::EOF_ERROR,
        ReadError::Null(_) => &statics::TYPE_ERROR,
        _ => &statics::VALUE_ERROR,
    };
    let message = match error {
        ReadError::Bad(what) => format!("bad marshal data ({what})"),
        ReadError::Null(what) => format!("NULL object in marshal data for {what}"),
        ReadError::NoObject => "EOF read where object expected".to_string(),
        ReadError::TooShort => "marshal data too short".to_string(),
        ReadError::TooDeep => "recursion limit exceeded".to_string(),
        _ => "unmarshalling code objects is disallowed".to_string(),
    };
    th.raise(ty, message)
}

fn read(th: &Thread, data: &[u8], allow_code: bool) -> PyResult<(Obj, usize)> {
    let mut builder = Objects { th };
    let mut reader = Reader::new(data, &mut builder).allow_code(allow_code);
    match reader.read() {
        Ok(v) => Ok((v, reader.position())),
        Err(error) => Err(read_error(th, error)),
    }
}

/// The object that marshal data describe.
///
/// # Errors
/// EOFError, ValueError, TypeError for malformed data; MemoryError.
pub fn loads(th: &Thread, data: &[u8]) -> PyResult {
    read(th, data, true).map(|(v, _)| v)
}

/// Makes the module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let module =
        module::new(th, "marshal", "Reads and writes values in the format of bytecode files.", functions::METHODS)?;
    module::add(th, module.value(), "version", Value::small_int(VERSION.into()))?;
    Ok(module)
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Writes a value to a binary file.
    #[function("dump(value, file, version=5, /, *, allow_code=True)")]
    fn dump(th: &Thread, value: Value, file: Value, version: i32, allow_code: bool) -> PyResult {
        let bytes = th.bytes(&dump_bytes(th, value, version, allow_code)?)?;
        call::call_method(th, file, "write", &[bytes.value()])
    }
    /// Reads one value from a binary file.
    #[function("load(file, /, *, allow_code=True)")]
    fn load(th: &Thread, file: Value, allow_code: bool) -> PyResult {
        // The length is only known after reading: take everything, then go back to behind the value.
        let start = call::call_method(th, file, "tell", &[])?;
        let data = call::call_method(th, file, "read", &[])?;
        let Some(bytes) = data.cast::<Bytes>() else {
            return Err(th.type_error(format!("file.read() returned not bytes but {}", data.ty().name())));
        };
        let (value, used) = read(th, bytes.as_slice(), allow_code)?;
        if used < bytes.len() {
            let used = th.int(used as i64)?;
            let position = number::binary_op(th, number::NumberOp::Add, start.value(), used.value())?;
            call::call_method(th, file, "seek", &[position.value()])?;
        }
        Ok(value)
    }
    /// The bytes that dump() would write.
    #[function("dumps(value, version=5, /, *, allow_code=True)")]
    fn dumps(th: &Thread, value: Value, version: i32, allow_code: bool) -> PyResult {
        th.bytes(&dump_bytes(th, value, version, allow_code)?)
    }
    /// The value in a bytes-like object.
    #[function("loads(bytes, /, *, allow_code=True)")]
    fn loads(th: &Thread, bytes: Value, allow_code: bool) -> PyResult {
        let data = crate::types::buffer::get(th, bytes, false)?;
        let copy = data.to_vec();
        read(th, &copy, allow_code).map(|(v, _)| v)
    }
}
