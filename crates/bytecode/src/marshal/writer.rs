//! Writing marshal data from a [`Source`].

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use rustpython_wtf8::Wtf8;

use super::{MAX_DEPTH, tag};

/// Why an object could not be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WriteError<E> {
    /// ValueError: "unmarshallable object".
    Unmarshallable,
    /// ValueError: "object too deeply nested to marshal".
    TooDeep,
    /// ValueError: more than `i32::MAX` items or bytes.
    TooLarge,
    /// ValueError: "marshalling code objects is disallowed".
    CodeNotAllowed,
    /// The source failed.
    Source(E),
}

impl<E: fmt::Display> fmt::Display for WriteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Unmarshallable | WriteError::TooLarge => f.write_str("unmarshallable object"),
            WriteError::TooDeep => f.write_str("object too deeply nested to marshal"),
            WriteError::CodeNotAllowed => f.write_str("marshalling code objects is disallowed"),
            WriteError::Source(e) => e.fmt(f),
        }
    }
}

/// One level of a value, as the writer sees it.
pub enum View<'a, H> {
    None,
    Bool(bool),
    Ellipsis,
    StopIteration,
    Int(i64),
    /// 30-bit digits, least significant first.
    BigInt {
        negative: bool,
        digits: Vec<u32>,
    },
    Float(f64),
    Complex(f64, f64),
    Str {
        text: &'a Wtf8,
        interned: bool,
    },
    Bytes(&'a [u8]),
    Tuple(Vec<H>),
    List(Vec<H>),
    Dict(Vec<(H, H)>),
    /// In the order in which the items are to be written.
    Set(Vec<H>),
    FrozenSet(Vec<H>),
    Slice([H; 3]),
    Code(Box<CodeView<H>>),
    /// A bytes-like object that is not `bytes`.
    Buffer(Vec<u8>),
    Unsupported,
}

/// The parts of a code object. The handles stand for its tuples, strings and byte strings.
pub struct CodeView<H> {
    pub argcount: i32,
    pub posonlyargcount: i32,
    pub kwonlyargcount: i32,
    pub stacksize: i32,
    pub flags: i32,
    pub code: H,
    pub consts: H,
    pub names: H,
    pub localsplusnames: H,
    pub localspluskinds: H,
    pub filename: H,
    pub name: H,
    pub qualname: H,
    pub firstlineno: i32,
    pub linetable: H,
    pub exceptiontable: H,
}

/// Gives the writer access to values.
pub trait Source<'a> {
    type Handle: Clone;
    /// Two handles with the same identity are written once and referred to after that.
    type Identity: Eq + Hash;
    type Error;

    fn view(&mut self, value: &Self::Handle) -> Result<View<'a, Self::Handle>, Self::Error>;

    /// `None` for values that nothing else can refer to (CPython: reference count of one); they get no entry in the
    /// reference list.
    fn identity(&mut self, value: &Self::Handle) -> Option<Self::Identity>;
}

type Written<'a, S> = Result<(), WriteError<<S as Source<'a>>::Error>>;

/// Writes objects into a byte string.
pub struct Writer<'a, 's, S: Source<'a>> {
    out: Vec<u8>,
    version: i32,
    allow_code: bool,
    depth: usize,
    refs: HashMap<S::Identity, i32>,
    source: &'s mut S,
}

impl<'a, 's, S: Source<'a>> Writer<'a, 's, S> {
    /// A writer of format `version` (0 to 5).
    pub fn new(version: i32, source: &'s mut S) -> Writer<'a, 's, S> {
        Writer { out: Vec::new(), version, allow_code: true, depth: 0, refs: HashMap::new(), source }
    }

    /// Refuses code objects unless `allow`.
    pub fn allow_code(mut self, allow: bool) -> Self {
        self.allow_code = allow;
        self
    }

    /// The bytes written so far.
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Writes one object.
    ///
    /// # Errors
    /// [`WriteError`]; what was written up to then is unusable.
    pub fn write(&mut self, value: &S::Handle) -> Written<'a, S> {
        if self.depth >= MAX_DEPTH {
            return Err(WriteError::TooDeep);
        }
        self.depth += 1;
        let result = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.write_inner(value));
        self.depth -= 1;
        result
    }

    fn write_inner(&mut self, value: &S::Handle) -> Written<'a, S> {
        let view = self.source.view(value).map_err(WriteError::Source)?;
        let simple = match view {
            View::None => Some(tag::NONE),
            View::Bool(false) => Some(tag::FALSE),
            View::Bool(true) => Some(tag::TRUE),
            View::Ellipsis => Some(tag::ELLIPSIS),
            View::StopIteration => Some(tag::STOP_ITERATION),
            _ => None,
        };
        if let Some(tag) = simple {
            self.out.push(tag);
            return Ok(());
        }
        let mut flag = 0;
        if self.version >= 3
            && let Some(identity) = self.source.identity(value)
        {
            if let Some(&index) = self.refs.get(&identity) {
                self.out.push(tag::REF);
                self.i32(index);
                return Ok(());
            }
            let index = i32::try_from(self.refs.len()).map_err(|_| WriteError::TooLarge)?;
            self.refs.insert(identity, index);
            flag = tag::FLAG_REF;
        }
        self.write_view(view, flag)
    }

    fn i32(&mut self, value: i32) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    fn size(&mut self, n: usize) -> Written<'a, S> {
        let n = i32::try_from(n).map_err(|_| WriteError::TooLarge)?;
        self.i32(n);
        Ok(())
    }

    fn write_view(&mut self, view: View<'a, S::Handle>, flag: u8) -> Written<'a, S> {
        match view {
            View::Int(v) => match i32::try_from(v) {
                Ok(small) => {
                    self.out.push(tag::INT | flag);
                    self.i32(small);
                    Ok(())
                }
                Err(_) => {
                    let (negative, digits) = crate::Const::Int(v).int_digits().unwrap_or_default();
                    self.long(negative, &digits, flag)
                }
            },
            View::BigInt { negative, digits } => self.long(negative, &digits, flag),
            View::Float(v) => {
                if self.version > 1 {
                    self.out.push(tag::FLOAT | flag);
                    self.out.extend_from_slice(&v.to_le_bytes());
                } else {
                    self.out.push(tag::FLOAT_TEXT | flag);
                    self.float_text(v);
                }
                Ok(())
            }
            View::Complex(re, im) => {
                if self.version > 1 {
                    self.out.push(tag::COMPLEX | flag);
                    self.out.extend_from_slice(&re.to_le_bytes());
                    self.out.extend_from_slice(&im.to_le_bytes());
                } else {
                    self.out.push(tag::COMPLEX_TEXT | flag);
                    self.float_text(re);
                    self.float_text(im);
                }
                Ok(())
            }
            View::Str { text, interned } => self.str(text, interned, flag),
            View::Bytes(bytes) => self.bytes(bytes, flag),
            View::Buffer(bytes) => self.bytes(&bytes, flag),
            View::Tuple(items) => {
                match u8::try_from(items.len()) {
                    Ok(n) if self.version >= 4 => self.out.extend([tag::SMALL_TUPLE | flag, n]),
                    _ => {
                        self.out.push(tag::TUPLE | flag);
                        self.size(items.len())?;
                    }
                }
                items.iter().try_for_each(|item| self.write(item))
            }
            View::List(items) => self.sized(tag::LIST | flag, &items),
            View::Set(items) => self.sized(tag::SET | flag, &items),
            View::FrozenSet(items) => self.sized(tag::FROZENSET | flag, &items),
            View::Dict(items) => {
                self.out.push(tag::DICT | flag);
                for (key, value) in &items {
                    self.write(key)?;
                    self.write(value)?;
                }
                self.out.push(tag::NULL);
                Ok(())
            }
            View::Slice(parts) if self.version >= 5 => {
                self.out.push(tag::SLICE | flag);
                parts.iter().try_for_each(|part| self.write(part))
            }
            View::Code(code) => self.code(&code, flag),
            _ => {
                self.out.push(tag::UNKNOWN);
                Err(WriteError::Unmarshallable)
            }
        }
    }

    fn sized(&mut self, tag: u8, items: &[S::Handle]) -> Written<'a, S> {
        self.out.push(tag);
        self.size(items.len())?;
        items.iter().try_for_each(|item| self.write(item))
    }

    fn bytes(&mut self, bytes: &[u8], flag: u8) -> Written<'a, S> {
        self.out.push(tag::BYTES | flag);
        self.size(bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn str(&mut self, text: &Wtf8, interned: bool, flag: u8) -> Written<'a, S> {
        let bytes = text.as_bytes();
        if self.version >= 4 && bytes.is_ascii() {
            if let Ok(n) = u8::try_from(bytes.len()) {
                let tag = if interned { tag::SHORT_ASCII_INTERNED } else { tag::SHORT_ASCII };
                self.out.extend([tag | flag, n]);
            } else {
                self.out.push(if interned { tag::ASCII_INTERNED } else { tag::ASCII } | flag);
                self.size(bytes.len())?;
            }
        } else {
            let tag = if self.version >= 3 && interned { tag::INTERNED } else { tag::STR };
            self.out.push(tag | flag);
            self.size(bytes.len())?;
        }
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn float_text(&mut self, v: f64) {
        // Seventeen significant digits, which read back exactly.
        let text = crate::dis::repr_float(v);
        self.out.push(text.len() as u8);
        self.out.extend_from_slice(text.as_bytes());
    }

    fn long(&mut self, negative: bool, digits: &[u32], flag: u8) -> Written<'a, S> {
        self.out.push(tag::LONG | flag);
        let mut halves: Vec<u16> =
            digits.iter().flat_map(|d| [(d & 0x7fff) as u16, ((d >> 15) & 0x7fff) as u16]).collect();
        while halves.last() == Some(&0) {
            halves.pop();
        }
        let n = i32::try_from(halves.len()).map_err(|_| WriteError::TooLarge)?;
        self.i32(if negative { -n } else { n });
        for half in halves {
            self.out.extend_from_slice(&half.to_le_bytes());
        }
        Ok(())
    }

    fn code(&mut self, code: &CodeView<S::Handle>, flag: u8) -> Written<'a, S> {
        if !self.allow_code {
            return Err(WriteError::CodeNotAllowed);
        }
        self.out.push(tag::CODE | flag);
        for n in [code.argcount, code.posonlyargcount, code.kwonlyargcount, code.stacksize, code.flags] {
            self.i32(n);
        }
        for part in [
            &code.code,
            &code.consts,
            &code.names,
            &code.localsplusnames,
            &code.localspluskinds,
            &code.filename,
            &code.name,
            &code.qualname,
        ] {
            self.write(part)?;
        }
        self.i32(code.firstlineno);
        self.write(&code.linetable)?;
        self.write(&code.exceptiontable)
    }
}
