//! The type codes: how an item lies in memory, and what Python value it is.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str::{self, Str};
use whipsnake_runtime::types::{float, int};

/// What the items of an array are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    I8,
    U8,
    /// C's `wchar_t`: four bytes here.
    Wide,
    Char,
    I16,
    U16,
    I32,
    U32,
    Long,
    ULong,
    I64,
    U64,
    F32,
    F64,
}

/// An item outside memory.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Item {
    Int(i64),
    Uint(u64),
    Float(f64),
    Char(u32),
    Wide(u32),
}

/// The bytes of an item; the first `size` count.
pub type Packed = [u8; 8];

impl Code {
    /// All of them, in the order of `array.typecodes`.
    pub const ALL: [Code; 14] = [
        Code::I8,
        Code::U8,
        Code::Wide,
        Code::Char,
        Code::I16,
        Code::U16,
        Code::I32,
        Code::U32,
        Code::Long,
        Code::ULong,
        Code::I64,
        Code::U64,
        Code::F32,
        Code::F64,
    ];
    pub fn letter(self) -> char {
        char::from(b"bBuwhHiIlLqQfd"[self as usize])
    }
    pub fn from_letter(letter: u32) -> Option<Code> {
        Code::ALL.into_iter().find(|code| u32::from(code.letter()) == letter)
    }
    /// Bytes of an item.
    #[inline(always)]
    pub fn size(self) -> usize {
        match self {
            Code::I8 | Code::U8 => 1,
            Code::I16 | Code::U16 => 2,
            Code::Wide | Code::Char | Code::I32 | Code::U32 | Code::F32 => 4,
            Code::Long | Code::ULong | Code::I64 | Code::U64 | Code::F64 => 8,
        }
    }
    pub fn is_text(self) -> bool {
        matches!(self, Code::Wide | Code::Char)
    }
    pub fn is_float(self) -> bool {
        matches!(self, Code::F32 | Code::F64)
    }
    pub fn is_signed(self) -> bool {
        matches!(self, Code::I8 | Code::I16 | Code::I32 | Code::Long | Code::I64)
    }
    pub fn is_int(self) -> bool {
        !self.is_text() && !self.is_float()
    }
    /// The format of a buffer with such items.
    pub fn format(self) -> &'static str {
        match self {
            Code::I8 => "b",
            Code::U8 => "B",
            Code::Wide | Code::Char => "w",
            Code::I16 => "h",
            Code::U16 => "H",
            Code::I32 => "i",
            Code::U32 => "I",
            Code::Long => "l",
            Code::ULong => "L",
            Code::I64 => "q",
            Code::U64 => "Q",
            Code::F32 => "f",
            Code::F64 => "d",
        }
    }
    /// Item `i` of an array's bytes.
    #[inline(always)]
    pub fn load(self, data: &[u8], i: usize) -> Option<Item> {
        Some(match self {
            Code::F64 => Item::Float(f64::from_ne_bytes(at(data, i)?)),
            Code::I32 => Item::Int(i32::from_ne_bytes(at(data, i)?).into()),
            Code::Long | Code::I64 => Item::Int(i64::from_ne_bytes(at(data, i)?)),
            Code::U8 => Item::Int((*data.get(i)?).into()),
            Code::I8 => Item::Int((*data.get(i)? as i8).into()),
            Code::F32 => Item::Float(f32::from_ne_bytes(at(data, i)?).into()),
            Code::I16 => Item::Int(i16::from_ne_bytes(at(data, i)?).into()),
            Code::U16 => Item::Int(u16::from_ne_bytes(at(data, i)?).into()),
            Code::U32 => Item::Int(u32::from_ne_bytes(at(data, i)?).into()),
            Code::ULong | Code::U64 => Item::Uint(u64::from_ne_bytes(at(data, i)?)),
            Code::Char => Item::Char(u32::from_ne_bytes(at(data, i)?)),
            Code::Wide => Item::Wide(u32::from_ne_bytes(at(data, i)?)),
        })
    }
    /// The bytes of a value.
    ///
    /// # Errors
    /// TypeError, OverflowError, and what `__index__` and `__float__` raise.
    #[inline(always)]
    pub fn pack(self, th: &Thread, v: Value) -> PyResult<Packed> {
        match self {
            Code::F64 => Ok(real(th, v)?.to_ne_bytes()),
            Code::F32 => Ok(widen((real(th, v)? as f32).to_ne_bytes())),
            _ => self.pack_integral(th, v),
        }
    }
    fn pack_integral(self, th: &Thread, v: Value) -> PyResult<Packed> {
        Ok(match self {
            Code::I8 => widen((short(th, v, i8::MIN.into(), i8::MAX.into(), "signed char")? as i8).to_ne_bytes()),
            Code::U8 => widen([short(th, v, 0, u8::MAX.into(), "unsigned byte integer")? as u8]),
            Code::I16 => {
                widen((ranged(th, v, i16::MIN.into(), i16::MAX.into(), "signed short integer")? as i16).to_ne_bytes())
            }
            Code::U16 => {
                let n = ranged(th, v, i32::MIN.into(), i32::MAX.into(), "signed integer")?;
                widen((check(th, n, 0, u16::MAX.into(), "unsigned short")? as u16).to_ne_bytes())
            }
            Code::I32 => {
                widen((ranged(th, v, i32::MIN.into(), i32::MAX.into(), "signed integer")? as i32).to_ne_bytes())
            }
            Code::Long => number::as_i64(th, v)?.to_ne_bytes(),
            Code::U32 => {
                let n = unsigned(th, v, NEGATIVE, "Python int too large to convert to C unsigned long")?;
                let Ok(n) = u32::try_from(n) else {
                    return Err(th.overflow_error("unsigned int is greater than maximum"));
                };
                widen(n.to_ne_bytes())
            }
            Code::ULong => {
                unsigned(th, v, NEGATIVE, "Python int too large to convert to C unsigned long")?.to_ne_bytes()
            }
            Code::I64 => match v.as_small_int() {
                Some(n) => n.to_ne_bytes(),
                None => match int::try_i64(number::index(th, v)?.value()) {
                    Some(n) => n.to_ne_bytes(),
                    None => return Err(th.overflow_error("int too big to convert")),
                },
            },
            Code::U64 => {
                unsigned(th, v, "can't convert negative int to unsigned", "int too big to convert")?.to_ne_bytes()
            }
            Code::Wide | Code::Char => widen(character(th, v)?.to_ne_bytes()),
            Code::F32 | Code::F64 => return self.pack(th, v),
        })
    }
}

const NEGATIVE: &str = "can't convert negative value to unsigned int";

/// The bytes of item `i`.
#[inline(always)]
fn at<const N: usize>(data: &[u8], i: usize) -> Option<[u8; N]> {
    data.get(i * N..i * N + N)?.try_into().ok()
}

#[inline(always)]
fn widen<const N: usize>(bytes: [u8; N]) -> Packed {
    let mut out = [0; 8];
    out[..N].copy_from_slice(&bytes);
    out
}

#[inline(always)]
fn real(th: &Thread, v: Value) -> PyResult<f64> {
    match float::value_of(v) {
        Some(x) => Ok(x),
        None => number::as_f64(th, v),
    }
}

#[inline(always)]
fn check(th: &Thread, n: i64, low: i64, high: i64, what: &str) -> PyResult<i64> {
    if n < low {
        return Err(th.overflow_error(format!("{what} is less than minimum")));
    }
    if n > high {
        return Err(th.overflow_error(format!("{what} is greater than maximum")));
    }
    Ok(n)
}

#[inline(always)]
fn ranged(th: &Thread, v: Value, low: i64, high: i64, what: &str) -> PyResult<i64> {
    check(th, number::as_i64(th, v)?, low, high, what)
}

/// A one-byte number. Signed ones go through C's short, which has its say first.
#[inline(always)]
fn short(th: &Thread, v: Value, low: i64, high: i64, what: &str) -> PyResult<i64> {
    let n = number::as_i64(th, v)?;
    if low < 0 {
        check(th, n, i16::MIN.into(), i16::MAX.into(), "signed short integer")?;
    }
    check(th, n, low, high, what)
}

fn unsigned(th: &Thread, v: Value, negative: &str, large: &str) -> PyResult<u64> {
    let n = number::index(th, v)?;
    if int::is_negative(n.value()) {
        return Err(th.overflow_error(negative));
    }
    match int::try_i64(n.value()) {
        Some(n) => Ok(n as u64),
        None => int::with_big(n.value(), |big| big.to_u64()).ok_or_else(|| th.overflow_error(large)),
    }
}

fn character(th: &Thread, v: Value) -> PyResult<u32> {
    let Some(text) = v.cast::<Str>() else {
        let got = if v.is_none() { "NoneType" } else { v.ty().name() };
        return err!(th, TYPE_ERROR, "array item must be a unicode character, not {got}");
    };
    match (text.len(), text.units().get(0)) {
        (1, Some(c)) => Ok(c),
        (len, _) => err!(th, TYPE_ERROR, "array item must be a unicode character, not a string of length {len}"),
    }
}

impl Item {
    /// The item as a Python object.
    ///
    /// # Errors
    /// MemoryError; ValueError for what is no code point.
    #[inline(always)]
    pub fn to_object(self, th: &Thread) -> PyResult {
        match self {
            Item::Int(n) => th.int(n),
            Item::Uint(n) => th.uint(n),
            Item::Float(x) => th.float(x),
            Item::Char(c) | Item::Wide(c) if c <= 0x10FFFF => str::from_char(th, c),
            Item::Char(_) => Err(th.value_error("chr() arg not in range(0x110000)")),
            Item::Wide(c) => Err(not_a_character(th, c)),
        }
    }
}

/// ValueError for a number in an array of `wchar_t` that is no code point.
pub fn not_a_character(th: &Thread, c: u32) -> Raised {
    th.value_error(format!("character U+{c:x} is not in range [U+0000; U+10ffff]"))
}
