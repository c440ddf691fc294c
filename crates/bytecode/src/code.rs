//! Code objects as plain data.
//!
//! A [`Code`] holds what CPython's code object holds, in the same encodings (code units with zeroed inline caches, location table,
//! exception table), but only plain constants: no live object. Nested code is shared through `Arc`.
//! Invariant: constants that Python distinguishes (`0`/`0.0`/`False`, `0.0`/`-0.0`) are never equal here, so that equality is the
//! test for merging constants.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustpython_wtf8::{Wtf8, Wtf8Buf};

/// The bits of `co_flags`.
#[allow(non_snake_case)]
pub mod CodeFlags {
    pub const OPTIMIZED: u32 = 0x1;
    pub const NEWLOCALS: u32 = 0x2;
    pub const VARARGS: u32 = 0x4;
    pub const VARKEYWORDS: u32 = 0x8;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    pub const FUTURE_DIVISION: u32 = 0x20000;
    pub const FUTURE_ABSOLUTE_IMPORT: u32 = 0x40000;
    pub const FUTURE_WITH_STATEMENT: u32 = 0x80000;
    pub const FUTURE_PRINT_FUNCTION: u32 = 0x100000;
    pub const FUTURE_UNICODE_LITERALS: u32 = 0x200000;
    pub const FUTURE_BARRY_AS_BDFL: u32 = 0x400000;
    pub const FUTURE_GENERATOR_STOP: u32 = 0x800000;
    pub const FUTURE_ANNOTATIONS: u32 = 0x1000000;
    pub const HAS_DOCSTRING: u32 = 0x4000000;
    pub const METHOD: u32 = 0x8000000;
}

/// The bits of `co_localspluskinds`.
pub mod local_kind {
    /// Set for a positional argument.
    pub const ARG_POS: u8 = 0x02;
    /// Set for an argument that can be passed by keyword.
    pub const ARG_KW: u8 = 0x04;
    /// Set for `*args` and `**kwargs`.
    pub const ARG_VAR: u8 = 0x08;
    /// Any kind of argument.
    pub const ARG: u8 = ARG_POS | ARG_KW | ARG_VAR;
    /// Lives only inside an inlined comprehension.
    pub const HIDDEN: u8 = 0x10;
    pub const LOCAL: u8 = 0x20;
    pub const CELL: u8 = 0x40;
    pub const FREE: u8 = 0x80;
}

/// A constant of a code object.
#[derive(Clone, Debug)]
pub enum Const {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    /// An int outside of `i64`, as 30-bit digits, least significant first, the last one not zero.
    BigInt {
        negative: bool,
        digits: Arc<[u32]>,
    },
    Float(f64),
    Complex {
        real: f64,
        imag: f64,
    },
    Str(Arc<Wtf8>),
    Bytes(Arc<[u8]>),
    Tuple(Arc<[Const]>),
    /// The members, each once, in an unspecified order.
    FrozenSet(Arc<[Const]>),
    Slice(Arc<[Const; 3]>),
    Code(Arc<Code>),
}

impl Const {
    /// A string constant.
    pub fn str(s: impl AsRef<Wtf8>) -> Const {
        Const::Str(arc_str(s.as_ref()))
    }

    /// A bool constant.
    pub fn bool(b: bool) -> Const {
        if b { Const::True } else { Const::False }
    }

    /// Sign and 30-bit digits of an int constant; `None` for other types (bools included).
    pub fn int_digits(&self) -> Option<(bool, Vec<u32>)> {
        match self {
            Const::Int(v) => {
                let mut magnitude = v.unsigned_abs();
                let mut digits = Vec::new();
                while magnitude != 0 {
                    digits.push((magnitude & 0x3fff_ffff) as u32);
                    magnitude >>= 30;
                }
                Some((*v < 0, digits))
            }
            Const::BigInt { negative, digits } => Some((*negative, digits.to_vec())),
            _ => None,
        }
    }

    /// The int with this sign and these 30-bit digits (least significant first), in its canonical form.
    pub fn from_digits(negative: bool, digits: &[u32]) -> Const {
        let used = digits.iter().rposition(|&d| d != 0).map_or(0, |i| i + 1);
        let digits = &digits[..used];
        if digits.len() <= 3 {
            let magnitude = digits.iter().rev().fold(0u128, |acc, &d| (acc << 30) | u128::from(d));
            let value = if negative { -(magnitude as i128) } else { magnitude as i128 };
            if let Ok(small) = i64::try_from(value) {
                return Const::Int(small);
            }
        }
        Const::BigInt { negative, digits: digits.into() }
    }

    /// The truth value.
    pub fn is_true(&self) -> bool {
        match self {
            Const::None | Const::False => false,
            Const::True | Const::Ellipsis | Const::BigInt { .. } | Const::Slice(_) | Const::Code(_) => true,
            Const::Int(v) => *v != 0,
            Const::Float(v) => *v != 0.0,
            Const::Complex { real, imag } => *real != 0.0 || *imag != 0.0,
            Const::Str(s) => !s.is_empty(),
            Const::Bytes(b) => !b.is_empty(),
            Const::Tuple(t) => !t.is_empty(),
            Const::FrozenSet(t) => !t.is_empty(),
        }
    }
}

/// A shared copy of `s`.
pub fn arc_str(s: &Wtf8) -> Arc<Wtf8> {
    Arc::from(s.to_wtf8_buf().into_box())
}

impl PartialEq for Const {
    fn eq(&self, other: &Const) -> bool {
        match (self, other) {
            (Const::None, Const::None)
            | (Const::True, Const::True)
            | (Const::False, Const::False)
            | (Const::Ellipsis, Const::Ellipsis) => true,
            (Const::Int(a), Const::Int(b)) => a == b,
            (Const::BigInt { negative: n1, digits: d1 }, Const::BigInt { negative: n2, digits: d2 }) => {
                n1 == n2 && d1 == d2
            }
            (Const::Float(a), Const::Float(b)) => a.to_bits() == b.to_bits(),
            (Const::Complex { real: r1, imag: i1 }, Const::Complex { real: r2, imag: i2 }) => {
                r1.to_bits() == r2.to_bits() && i1.to_bits() == i2.to_bits()
            }
            (Const::Str(a), Const::Str(b)) => a == b,
            (Const::Bytes(a), Const::Bytes(b)) => a == b,
            (Const::Tuple(a), Const::Tuple(b)) => a == b,
            (Const::FrozenSet(a), Const::FrozenSet(b)) => a.len() == b.len() && a.iter().all(|x| b.contains(x)),
            (Const::Slice(a), Const::Slice(b)) => a == b,
            (Const::Code(a), Const::Code(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }
}

impl Eq for Const {}

impl Hash for Const {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Const::None | Const::True | Const::False | Const::Ellipsis => {}
            Const::Int(v) => v.hash(state),
            Const::BigInt { negative, digits } => (negative, digits).hash(state),
            Const::Float(v) => v.to_bits().hash(state),
            Const::Complex { real, imag } => (real.to_bits(), imag.to_bits()).hash(state),
            Const::Str(s) => s.hash(state),
            Const::Bytes(b) => b.hash(state),
            Const::Tuple(t) => t.hash(state),
            // Equality ignores the order of the members.
            Const::FrozenSet(t) => t.len().hash(state),
            Const::Slice(t) => t.hash(state),
            Const::Code(c) => (c.firstlineno, &c.name, c.code.len()).hash(state),
        }
    }
}

/// A code object. The fields are those of CPython's code object, without the `co_` prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Positional parameters, positional-only ones included.
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    /// [`CodeFlags`].
    pub flags: u32,
    pub firstlineno: i32,
    /// Code units of two bytes each: opcode, oparg; inline cache entries are zero.
    pub code: Vec<u8>,
    pub consts: Vec<Const>,
    pub names: Vec<Wtf8Buf>,
    pub localsplusnames: Vec<Wtf8Buf>,
    /// [`local_kind`] bits, one byte for each of `localsplusnames`.
    pub localspluskinds: Vec<u8>,
    pub filename: Wtf8Buf,
    pub name: Wtf8Buf,
    pub qualname: Wtf8Buf,
    /// See [`crate::locations`].
    pub linetable: Vec<u8>,
    /// See [`crate::exceptions`].
    pub exceptiontable: Vec<u8>,
}

impl Code {
    fn names_of_kind(&self, kind: u8) -> impl Iterator<Item = &Wtf8> {
        self.localsplusnames
            .iter()
            .zip(&self.localspluskinds)
            .filter(move |(_, k)| **k & kind != 0)
            .map(|(name, _)| &**name)
    }

    /// `co_varnames`.
    pub fn varnames(&self) -> impl Iterator<Item = &Wtf8> {
        self.names_of_kind(local_kind::LOCAL)
    }

    /// `co_cellvars`.
    pub fn cellvars(&self) -> impl Iterator<Item = &Wtf8> {
        self.names_of_kind(local_kind::CELL)
    }

    /// `co_freevars`.
    pub fn freevars(&self) -> impl Iterator<Item = &Wtf8> {
        self.names_of_kind(local_kind::FREE)
    }

    /// `co_nlocals`.
    pub fn nlocals(&self) -> usize {
        self.varnames().count()
    }

    /// The instructions, caches skipped and EXTENDED_ARG prefixes folded in.
    pub fn instructions(&self) -> Instructions<'_> {
        Instructions { code: &self.code, offset: 0 }
    }

    /// The location table, decoded.
    pub fn locations(&self) -> crate::locations::Locations<'_> {
        crate::locations::Locations::new(&self.linetable, self.firstlineno)
    }

    /// The exception table, decoded; reading stops at the first malformed entry.
    pub fn exception_entries(&self) -> Vec<crate::exceptions::ExceptionEntry> {
        crate::exceptions::decode(&self.exceptiontable)
    }
}

/// One decoded instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Byte offset of the instruction itself (after its EXTENDED_ARG prefixes).
    pub offset: usize,
    /// Byte offset of its first EXTENDED_ARG prefix; equal to `offset` without one.
    pub start: usize,
    pub opcode: u8,
    pub oparg: u32,
}

impl Instruction {
    /// Byte offset of the jump target, for instructions that have one.
    pub fn jump_target(&self) -> Option<usize> {
        let op = crate::Opcode::from_number(u16::from(self.opcode))?.deopt();
        if !op.has_jump() {
            return None;
        }
        let next = self.offset + 2 + 2 * op.caches();
        let distance = 2 * self.oparg as usize;
        if op.jumps_backward() { next.checked_sub(distance) } else { next.checked_add(distance) }
    }
}

/// Iterator over the instructions of a code string; EXTENDED_ARG prefixes are part of the instruction they extend.
#[derive(Clone, Debug)]
pub struct Instructions<'a> {
    code: &'a [u8],
    offset: usize,
}

impl<'a> Instructions<'a> {
    /// Over raw code units.
    pub fn new(code: &'a [u8]) -> Instructions<'a> {
        Instructions { code, offset: 0 }
    }
}

impl Iterator for Instructions<'_> {
    type Item = Instruction;

    fn next(&mut self) -> Option<Instruction> {
        let extended = crate::opcodes::number::EXTENDED_ARG as u8;
        let start = self.offset;
        let mut at = start;
        let mut oparg = 0u32;
        loop {
            let unit = self.code.get(at..at + 2)?;
            oparg = (oparg << 8) | u32::from(unit[1]);
            if unit[0] != extended {
                let caches = crate::Opcode::from_number(u16::from(unit[0])).map_or(0, |op| op.caches());
                self.offset = at + 2 + 2 * caches;
                return Some(Instruction { offset: at, start, opcode: unit[0], oparg });
            }
            at += 2;
        }
    }
}

/// Nested code is dropped from a list, not by recursion: functions nest as deep as the parser lets them.
impl Drop for Code {
    fn drop(&mut self) {
        let mut pending: Vec<Arc<Code>> = nested(&mut self.consts).collect();
        while let Some(code) = pending.pop() {
            if let Ok(mut code) = Arc::try_unwrap(code) {
                pending.extend(nested(&mut code.consts));
            }
        }
    }
}

/// Takes the code objects out of constants.
fn nested(consts: &mut Vec<Const>) -> impl Iterator<Item = Arc<Code>> + '_ {
    std::mem::take(consts).into_iter().filter_map(|constant| match constant {
        Const::Code(code) => Some(code),
        _ => None,
    })
}
