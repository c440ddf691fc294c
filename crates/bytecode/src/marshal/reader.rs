//! Reading marshal data through a [`Builder`].

use std::fmt;

use rustpython_wtf8::{Wtf8, Wtf8Buf};

use super::{MAX_DEPTH, tag};

/// Why data could not be read. `Display` gives CPython's message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadError<E> {
    /// EOFError: "EOF read where object expected".
    NoObject,
    /// EOFError: "marshal data too short".
    TooShort,
    /// ValueError: "bad marshal data (...)".
    Bad(&'static str),
    /// ValueError: "recursion limit exceeded".
    TooDeep,
    /// TypeError: "NULL object in marshal data for ...".
    Null(&'static str),
    /// ValueError: a code object although `allow_code` is off.
    CodeNotAllowed,
    /// The builder failed.
    Builder(E),
}

impl<E: fmt::Display> fmt::Display for ReadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::NoObject => f.write_str("EOF read where object expected"),
            ReadError::TooShort => f.write_str("marshal data too short"),
            ReadError::Bad(what) => write!(f, "bad marshal data ({what})"),
            ReadError::TooDeep => f.write_str("recursion limit exceeded"),
            ReadError::Null(what) => write!(f, "NULL object in marshal data for {what}"),
            ReadError::CodeNotAllowed => f.write_str("unmarshalling code objects is disallowed"),
            ReadError::Builder(e) => e.fmt(f),
        }
    }
}

/// The parts of a code object, in the order in which marshal stores them.
#[derive(Clone, Debug)]
pub struct CodeParts<V> {
    pub argcount: i32,
    pub posonlyargcount: i32,
    pub kwonlyargcount: i32,
    pub stacksize: i32,
    pub flags: i32,
    pub code: V,
    pub consts: V,
    pub names: V,
    pub localsplusnames: V,
    pub localspluskinds: V,
    pub filename: V,
    pub name: V,
    pub qualname: V,
    pub firstlineno: i32,
    pub linetable: V,
    pub exceptiontable: V,
}

/// Makes values out of what the reader finds.
pub trait Builder {
    type Value: Clone;
    type Error;

    fn none(&mut self) -> Result<Self::Value, Self::Error>;
    fn bool(&mut self, value: bool) -> Result<Self::Value, Self::Error>;
    fn ellipsis(&mut self) -> Result<Self::Value, Self::Error>;
    /// The class `StopIteration`.
    fn stop_iteration(&mut self) -> Result<Self::Value, Self::Error>;
    fn int(&mut self, value: i64) -> Result<Self::Value, Self::Error>;
    /// An int outside of `i64`: 30-bit digits, least significant first, the last not zero.
    fn big_int(&mut self, negative: bool, digits: &[u32]) -> Result<Self::Value, Self::Error>;
    fn float(&mut self, value: f64) -> Result<Self::Value, Self::Error>;
    fn complex(&mut self, real: f64, imag: f64) -> Result<Self::Value, Self::Error>;
    fn str(&mut self, value: &Wtf8, interned: bool) -> Result<Self::Value, Self::Error>;
    fn bytes(&mut self, value: &[u8]) -> Result<Self::Value, Self::Error>;
    fn tuple(&mut self, items: Vec<Self::Value>) -> Result<Self::Value, Self::Error>;
    fn frozenset(&mut self, items: Vec<Self::Value>) -> Result<Self::Value, Self::Error>;
    fn slice(&mut self, parts: [Self::Value; 3]) -> Result<Self::Value, Self::Error>;
    fn code(&mut self, parts: CodeParts<Self::Value>) -> Result<Self::Value, Self::Error>;
    /// An empty list, which [`Builder::list_append`] fills (it may come to contain itself).
    fn list(&mut self) -> Result<Self::Value, Self::Error>;
    fn list_append(&mut self, list: &Self::Value, item: Self::Value) -> Result<(), Self::Error>;
    fn dict(&mut self) -> Result<Self::Value, Self::Error>;
    fn dict_insert(&mut self, dict: &Self::Value, key: Self::Value, value: Self::Value) -> Result<(), Self::Error>;
    fn set(&mut self) -> Result<Self::Value, Self::Error>;
    fn set_add(&mut self, set: &Self::Value, item: Self::Value) -> Result<(), Self::Error>;
}

type Read<B> = Result<<B as Builder>::Value, ReadError<<B as Builder>::Error>>;

/// Reads objects from a byte string.
pub struct Reader<'a, 'b, B: Builder> {
    data: &'a [u8],
    at: usize,
    depth: usize,
    allow_code: bool,
    builder: &'b mut B,
    /// `None` while the object that reserved the entry is still being read.
    refs: Vec<Option<B::Value>>,
}

impl<'a, 'b, B: Builder> Reader<'a, 'b, B> {
    /// A reader at the start of `data`.
    pub fn new(data: &'a [u8], builder: &'b mut B) -> Reader<'a, 'b, B> {
        Reader { data, at: 0, depth: 0, allow_code: true, builder, refs: Vec::new() }
    }

    /// Refuses code objects unless `allow`.
    pub fn allow_code(mut self, allow: bool) -> Self {
        self.allow_code = allow;
        self
    }

    /// Bytes consumed so far.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Reads one object.
    ///
    /// # Errors
    /// [`ReadError`]; a NULL at top level is `Null("object")`.
    pub fn read(&mut self) -> Read<B> {
        self.read_value("object")
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], ReadError<B::Error>> {
        let end = self.at.checked_add(n).ok_or(ReadError::TooShort)?;
        let bytes = self.data.get(self.at..end).ok_or(ReadError::TooShort)?;
        self.at = end;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError<B::Error>> {
        let bytes = self.take(N)?;
        let mut out = [0; N];
        out.copy_from_slice(bytes);
        Ok(out)
    }

    fn i32(&mut self) -> Result<i32, ReadError<B::Error>> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn f64(&mut self) -> Result<f64, ReadError<B::Error>> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    fn size(&mut self, what: &'static str) -> Result<usize, ReadError<B::Error>> {
        usize::try_from(self.i32()?).map_err(|_| ReadError::Bad(what))
    }

    fn float_text(&mut self) -> Result<f64, ReadError<B::Error>> {
        let n = usize::from(self.array::<1>()?[0]);
        let text = std::str::from_utf8(self.take(n)?).map_err(|_| ReadError::Bad("invalid float"))?;
        text.trim().parse().map_err(|_| ReadError::Bad("invalid float"))
    }

    fn reserve(&mut self, flag: bool) -> Option<usize> {
        flag.then(|| {
            self.refs.push(None);
            self.refs.len() - 1
        })
    }

    fn fill(&mut self, slot: Option<usize>, value: &B::Value) {
        if let Some(slot) = slot {
            self.refs[slot] = Some(value.clone());
        }
    }

    fn built(result: Result<B::Value, B::Error>) -> Read<B> {
        result.map_err(ReadError::Builder)
    }

    /// Reads a value; a NULL is the error `Null(container)`.
    fn read_value(&mut self, container: &'static str) -> Read<B> {
        self.read_or_null()?.ok_or(ReadError::Null(container))
    }

    /// Reads a value or a NULL (which ends dictionaries).
    fn read_or_null(&mut self) -> Result<Option<B::Value>, ReadError<B::Error>> {
        let byte = *self.data.get(self.at).ok_or(ReadError::NoObject)?;
        self.at += 1;
        if self.depth >= MAX_DEPTH {
            return Err(ReadError::TooDeep);
        }
        self.depth += 1;
        let result = stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            self.read_tagged(byte & !tag::FLAG_REF, byte & tag::FLAG_REF != 0)
        });
        self.depth -= 1;
        result
    }

    fn read_tagged(&mut self, tag: u8, flag: bool) -> Result<Option<B::Value>, ReadError<B::Error>> {
        let value = match tag {
            tag::NULL => return Ok(None),
            // Singletons never enter the reference list.
            tag::NONE => return Self::built(self.builder.none()).map(Some),
            tag::FALSE => return Self::built(self.builder.bool(false)).map(Some),
            tag::TRUE => return Self::built(self.builder.bool(true)).map(Some),
            tag::ELLIPSIS => return Self::built(self.builder.ellipsis()).map(Some),
            tag::STOP_ITERATION => return Self::built(self.builder.stop_iteration()).map(Some),
            tag::REF => return self.read_ref().map(Some),
            tag::TUPLE | tag::SMALL_TUPLE | tag::FROZENSET | tag::SLICE | tag::CODE => {
                let slot = self.reserve(flag);
                let value = match tag {
                    tag::FROZENSET => self.read_frozenset()?,
                    tag::SLICE => self.read_slice()?,
                    tag::CODE => self.read_code()?,
                    _ => self.read_tuple(tag == tag::SMALL_TUPLE)?,
                };
                self.fill(slot, &value);
                return Ok(Some(value));
            }
            tag::LIST | tag::DICT | tag::SET => return self.read_mutable(tag, flag).map(Some),
            _ => self.read_scalar(tag)?,
        };
        let slot = self.reserve(flag);
        self.fill(slot, &value);
        Ok(Some(value))
    }

    fn read_scalar(&mut self, tag: u8) -> Read<B> {
        let result = match tag {
            tag::INT => {
                let v = self.i32()?;
                self.builder.int(i64::from(v))
            }
            tag::LONG => return self.read_long(),
            tag::FLOAT_TEXT => {
                let v = self.float_text()?;
                self.builder.float(v)
            }
            tag::FLOAT => {
                let v = self.f64()?;
                self.builder.float(v)
            }
            tag::COMPLEX_TEXT => {
                let (re, im) = (self.float_text()?, self.float_text()?);
                self.builder.complex(re, im)
            }
            tag::COMPLEX => {
                let (re, im) = (self.f64()?, self.f64()?);
                self.builder.complex(re, im)
            }
            tag::BYTES => {
                let n = self.size("bytes object size out of range")?;
                let bytes = self.take(n)?;
                self.builder.bytes(bytes)
            }
            tag::STR | tag::INTERNED => {
                let n = self.size("string size out of range")?;
                let bytes = self.take(n)?;
                let text = Wtf8::from_bytes(bytes).ok_or(ReadError::Bad("invalid UTF-8"))?;
                self.builder.str(text, tag == tag::INTERNED)
            }
            tag::ASCII | tag::ASCII_INTERNED | tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED => {
                let short = matches!(tag, tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED);
                let n = if short { usize::from(self.array::<1>()?[0]) } else { self.size("string size out of range")? };
                let bytes = self.take(n)?;
                let interned = matches!(tag, tag::ASCII_INTERNED | tag::SHORT_ASCII_INTERNED);
                if bytes.is_ascii() {
                    let text = Wtf8::from_bytes(bytes).unwrap_or(Wtf8::new(""));
                    self.builder.str(text, interned)
                } else {
                    // CPython takes the bytes for Latin-1.
                    let text: Wtf8Buf = bytes.iter().map(|&b| char::from(b)).collect::<String>().into();
                    self.builder.str(&text, interned)
                }
            }
            _ => return Err(ReadError::Bad("unknown type code")),
        };
        Self::built(result)
    }

    fn read_long(&mut self) -> Read<B> {
        let n = self.i32()?;
        if n == i32::MIN {
            return Err(ReadError::Bad("long size out of range"));
        }
        let count = n.unsigned_abs() as usize;
        let bytes = self.take(count.checked_mul(2).ok_or(ReadError::TooShort)?)?;
        let mut digits = Vec::with_capacity(count / 2 + 1);
        for pair in bytes.chunks(4) {
            let mut digit = 0u32;
            for (i, half) in pair.chunks(2).enumerate() {
                let part = u16::from_le_bytes([half[0], half[1]]);
                if part > 0x7fff {
                    return Err(ReadError::Bad("digit out of range in long"));
                }
                digit |= u32::from(part) << (15 * i);
            }
            digits.push(digit);
        }
        if bytes.len() >= 2 && bytes[bytes.len() - 2..] == [0, 0] {
            return Err(ReadError::Bad("unnormalized long data"));
        }
        let result = match crate::Const::from_digits(n < 0, &digits) {
            crate::Const::Int(v) => self.builder.int(v),
            _ => self.builder.big_int(n < 0, &digits),
        };
        Self::built(result)
    }

    fn read_ref(&mut self) -> Read<B> {
        let index = usize::try_from(self.i32()?).map_err(|_| ReadError::Bad("invalid reference"))?;
        self.refs.get(index).cloned().flatten().ok_or(ReadError::Bad("invalid reference"))
    }

    fn read_items(&mut self, n: usize, container: &'static str) -> Result<Vec<B::Value>, ReadError<B::Error>> {
        // The size is untrusted: every item takes at least one byte.
        let mut items = Vec::with_capacity(n.min(self.data.len() - self.at));
        for _ in 0..n {
            items.push(self.read_value(container)?);
        }
        Ok(items)
    }

    fn read_tuple(&mut self, small: bool) -> Read<B> {
        let n = if small { usize::from(self.array::<1>()?[0]) } else { self.size("tuple size out of range")? };
        let items = self.read_items(n, "tuple")?;
        Self::built(self.builder.tuple(items))
    }

    fn read_frozenset(&mut self) -> Read<B> {
        let n = self.size("set size out of range")?;
        let items = self.read_items(n, "set")?;
        Self::built(self.builder.frozenset(items))
    }

    fn read_slice(&mut self) -> Read<B> {
        let parts = [self.read_value("slice")?, self.read_value("slice")?, self.read_value("slice")?];
        Self::built(self.builder.slice(parts))
    }

    fn read_mutable(&mut self, tag: u8, flag: bool) -> Read<B> {
        let n = match tag {
            tag::LIST => self.size("list size out of range")?,
            tag::SET => self.size("set size out of range")?,
            _ => 0,
        };
        let value = Self::built(match tag {
            tag::LIST => self.builder.list(),
            tag::SET => self.builder.set(),
            _ => self.builder.dict(),
        })?;
        let slot = self.reserve(flag);
        self.fill(slot, &value);
        match tag {
            tag::LIST => {
                for _ in 0..n {
                    let item = self.read_value("list")?;
                    self.builder.list_append(&value, item).map_err(ReadError::Builder)?;
                }
            }
            tag::SET => {
                for _ in 0..n {
                    let item = self.read_value("set")?;
                    self.builder.set_add(&value, item).map_err(ReadError::Builder)?;
                }
            }
            _ => {
                while let Some(key) = self.read_or_null()? {
                    let Some(item) = self.read_or_null()? else { break };
                    self.builder.dict_insert(&value, key, item).map_err(ReadError::Builder)?;
                }
            }
        }
        Ok(value)
    }

    fn read_code(&mut self) -> Read<B> {
        if !self.allow_code {
            return Err(ReadError::CodeNotAllowed);
        }
        let parts = CodeParts {
            argcount: self.i32()?,
            posonlyargcount: self.i32()?,
            kwonlyargcount: self.i32()?,
            stacksize: self.i32()?,
            flags: self.i32()?,
            code: self.read_value("code")?,
            consts: self.read_value("code")?,
            names: self.read_value("code")?,
            localsplusnames: self.read_value("code")?,
            localspluskinds: self.read_value("code")?,
            filename: self.read_value("code")?,
            name: self.read_value("code")?,
            qualname: self.read_value("code")?,
            firstlineno: self.i32()?,
            linetable: self.read_value("code")?,
            exceptiontable: self.read_value("code")?,
        };
        Self::built(self.builder.code(parts))
    }
}
