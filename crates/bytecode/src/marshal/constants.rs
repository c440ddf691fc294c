//! Marshal for plain constants and code: what the frozen library and the bytecode cache store.

use std::sync::Arc;

use rustpython_wtf8::{Wtf8, Wtf8Buf};

use super::reader::{Builder, CodeParts, ReadError, Reader};
use super::writer::{CodeView, Source, View, WriteError, Writer};
use crate::code::{Code, Const};

/// Writes `code` in the default version.
///
/// # Errors
/// Nesting beyond the limit, or tables beyond `i32`.
pub fn write_code(code: &Arc<Code>) -> Result<Vec<u8>, WriteError<std::convert::Infallible>> {
    write_const(&Const::Code(code.clone()))
}

/// Writes a constant in the default version.
///
/// # Errors
/// As for [`write_code`].
pub fn write_const(value: &Const) -> Result<Vec<u8>, WriteError<std::convert::Infallible>> {
    let mut source = ConstSource;
    let mut writer = Writer::new(super::VERSION, &mut source);
    writer.write(&ConstHandle::Const(value))?;
    Ok(writer.finish())
}

/// Reads one constant.
///
/// # Errors
/// Malformed data; also values that are no constants (lists, dicts, sets).
pub fn read_const(data: &[u8]) -> Result<Const, ReadError<&'static str>> {
    Reader::new(data, &mut ConstBuilder).read()
}

/// Reads a code object.
///
/// # Errors
/// As for [`read_const`]; also when the data is something else than code.
pub fn read_code(data: &[u8]) -> Result<Arc<Code>, ReadError<&'static str>> {
    match read_const(data)? {
        Const::Code(code) => Ok(code),
        _ => Err(ReadError::Builder("not a code object")),
    }
}

/// Builds [`Const`] values.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConstBuilder;

const NOT_A_CONSTANT: &str = "not a constant";

fn strings(value: &Const) -> Result<Vec<Wtf8Buf>, &'static str> {
    let Const::Tuple(items) = value else { return Err("code names must be a tuple") };
    items.iter().map(string).collect()
}

fn string(value: &Const) -> Result<Wtf8Buf, &'static str> {
    match value {
        Const::Str(s) => Ok(s.to_wtf8_buf()),
        _ => Err("name must be a string"),
    }
}

fn byte_string(value: &Const) -> Result<Vec<u8>, &'static str> {
    match value {
        Const::Bytes(b) => Ok(b.to_vec()),
        _ => Err("code table must be bytes"),
    }
}

fn unsigned(value: i32) -> Result<u32, &'static str> {
    u32::try_from(value).map_err(|_| "negative count in code object")
}

impl Builder for ConstBuilder {
    type Value = Const;
    type Error = &'static str;

    fn none(&mut self) -> Result<Const, Self::Error> {
        Ok(Const::None)
    }
    fn bool(&mut self, value: bool) -> Result<Const, Self::Error> {
        Ok(Const::bool(value))
    }
    fn ellipsis(&mut self) -> Result<Const, Self::Error> {
        Ok(Const::Ellipsis)
    }
    fn stop_iteration(&mut self) -> Result<Const, Self::Error> {
        Err(NOT_A_CONSTANT)
    }
    fn int(&mut self, value: i64) -> Result<Const, Self::Error> {
        Ok(Const::Int(value))
    }
    fn big_int(&mut self, negative: bool, digits: &[u32]) -> Result<Const, Self::Error> {
        Ok(Const::from_digits(negative, digits))
    }
    fn float(&mut self, value: f64) -> Result<Const, Self::Error> {
        Ok(Const::Float(value))
    }
    fn complex(&mut self, real: f64, imag: f64) -> Result<Const, Self::Error> {
        Ok(Const::Complex { real, imag })
    }
    fn str(&mut self, value: &Wtf8, _interned: bool) -> Result<Const, Self::Error> {
        Ok(Const::str(value))
    }
    fn bytes(&mut self, value: &[u8]) -> Result<Const, Self::Error> {
        Ok(Const::Bytes(value.into()))
    }
    fn tuple(&mut self, items: Vec<Const>) -> Result<Const, Self::Error> {
        Ok(Const::Tuple(items.into()))
    }
    fn frozenset(&mut self, items: Vec<Const>) -> Result<Const, Self::Error> {
        Ok(Const::FrozenSet(items.into()))
    }
    fn slice(&mut self, parts: [Const; 3]) -> Result<Const, Self::Error> {
        Ok(Const::Slice(Arc::new(parts)))
    }
    fn list(&mut self) -> Result<Const, Self::Error> {
        Err(NOT_A_CONSTANT)
    }
    fn list_append(&mut self, _: &Const, _: Const) -> Result<(), Self::Error> {
        Err(NOT_A_CONSTANT)
    }
    fn dict(&mut self) -> Result<Const, Self::Error> {
        Err(NOT_A_CONSTANT)
    }
    fn dict_insert(&mut self, _: &Const, _: Const, _: Const) -> Result<(), Self::Error> {
        Err(NOT_A_CONSTANT)
    }
    fn set(&mut self) -> Result<Const, Self::Error> {
        Err(NOT_A_CONSTANT)
    }
    fn set_add(&mut self, _: &Const, _: Const) -> Result<(), Self::Error> {
        Err(NOT_A_CONSTANT)
    }

    fn code(&mut self, parts: CodeParts<Const>) -> Result<Const, Self::Error> {
        let Const::Tuple(consts) = &parts.consts else { return Err("code constants must be a tuple") };
        let localsplusnames = strings(&parts.localsplusnames)?;
        let localspluskinds = byte_string(&parts.localspluskinds)?;
        if localsplusnames.len() != localspluskinds.len() {
            return Err("code locals and their kinds differ in length");
        }
        Ok(Const::Code(Arc::new(Code {
            argcount: unsigned(parts.argcount)?,
            posonlyargcount: unsigned(parts.posonlyargcount)?,
            kwonlyargcount: unsigned(parts.kwonlyargcount)?,
            stacksize: unsigned(parts.stacksize)?,
            flags: parts.flags as u32,
            firstlineno: parts.firstlineno,
            code: byte_string(&parts.code)?,
            consts: consts.to_vec(),
            names: strings(&parts.names)?,
            localsplusnames,
            localspluskinds,
            filename: string(&parts.filename)?,
            name: string(&parts.name)?,
            qualname: string(&parts.qualname)?,
            linetable: byte_string(&parts.linetable)?,
            exceptiontable: byte_string(&parts.exceptiontable)?,
        })))
    }
}

/// Lets the writer see [`Const`] values.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConstSource;

/// A constant, or a part of a code object in the guise of one.
#[derive(Clone, Copy, Debug)]
pub enum ConstHandle<'a> {
    Const(&'a Const),
    /// A string that is always interned: a name.
    Name(&'a Wtf8),
    Names(&'a [Wtf8Buf]),
    Consts(&'a [Const]),
    Bytes(&'a [u8]),
}

/// What the writer merges: equal strings, and code shared through the same `Arc`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ConstIdentity<'a> {
    Str(&'a Wtf8),
    Code(usize),
}

/// Whether CPython interns the string when it is a constant: only name characters.
fn is_identifier_like(text: &Wtf8) -> bool {
    text.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

impl<'a> Source<'a> for ConstSource {
    type Handle = ConstHandle<'a>;
    type Identity = ConstIdentity<'a>;
    type Error = std::convert::Infallible;

    fn view(&mut self, value: &ConstHandle<'a>) -> Result<View<'a, ConstHandle<'a>>, Self::Error> {
        let many = |items: &'a [Const]| items.iter().map(ConstHandle::Const).collect();
        Ok(match *value {
            ConstHandle::Name(text) => View::Str { text, interned: true },
            ConstHandle::Names(names) => View::Tuple(names.iter().map(|n| ConstHandle::Name(n)).collect()),
            ConstHandle::Consts(items) => View::Tuple(many(items)),
            ConstHandle::Bytes(bytes) => View::Bytes(bytes),
            ConstHandle::Const(value) => match value {
                Const::None => View::None,
                Const::True => View::Bool(true),
                Const::False => View::Bool(false),
                Const::Ellipsis => View::Ellipsis,
                Const::Int(v) => View::Int(*v),
                Const::BigInt { negative, digits } => View::BigInt { negative: *negative, digits: digits.to_vec() },
                Const::Float(v) => View::Float(*v),
                Const::Complex { real, imag } => View::Complex(*real, *imag),
                Const::Str(text) => View::Str { text, interned: is_identifier_like(text) },
                Const::Bytes(bytes) => View::Bytes(bytes),
                Const::Tuple(items) => View::Tuple(many(items)),
                Const::FrozenSet(items) => View::FrozenSet(many(items)),
                Const::Slice(parts) => View::Slice([&parts[0], &parts[1], &parts[2]].map(ConstHandle::Const)),
                Const::Code(code) => View::Code(Box::new(code_view(code))),
            },
        })
    }

    fn identity(&mut self, value: &ConstHandle<'a>) -> Option<ConstIdentity<'a>> {
        match *value {
            ConstHandle::Name(text) => Some(ConstIdentity::Str(text)),
            ConstHandle::Const(Const::Str(text)) => Some(ConstIdentity::Str(text)),
            ConstHandle::Const(Const::Code(code)) => Some(ConstIdentity::Code(Arc::as_ptr(code) as usize)),
            _ => None,
        }
    }
}

fn code_view(code: &Code) -> CodeView<ConstHandle<'_>> {
    CodeView {
        argcount: code.argcount as i32,
        posonlyargcount: code.posonlyargcount as i32,
        kwonlyargcount: code.kwonlyargcount as i32,
        stacksize: code.stacksize as i32,
        flags: code.flags as i32,
        code: ConstHandle::Bytes(&code.code),
        consts: ConstHandle::Consts(&code.consts),
        names: ConstHandle::Names(&code.names),
        localsplusnames: ConstHandle::Names(&code.localsplusnames),
        localspluskinds: ConstHandle::Bytes(&code.localspluskinds),
        filename: ConstHandle::Name(&code.filename),
        name: ConstHandle::Name(&code.name),
        qualname: ConstHandle::Name(&code.qualname),
        firstlineno: code.firstlineno,
        linetable: ConstHandle::Bytes(&code.linetable),
        exceptiontable: ConstHandle::Bytes(&code.exceptiontable),
    }
}
