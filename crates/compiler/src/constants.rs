//! Literals of the tree as constants of code, and docstrings.

use std::sync::Arc;

use num_bigint::{BigInt, BigUint, Sign};
use rustpython_wtf8::{Wtf8, Wtf8Buf};
use whipsnake_bytecode::Const;
use whipsnake_bytecode::locations::Location;
use whipsnake_syntax::ast::{Constant, Expr, ExprKind, Int, Stmt, StmtKind};

use crate::error::{ErrorKind, Result, internal, syntax};

/// Deepest nesting of a constant tuple. Everything that looks at constants recurses.
pub(crate) const MAX_NESTING: usize = 400;

/// The constant of a literal.
///
/// # Errors
/// SyntaxError for a decimal literal with too many digits.
pub(crate) fn from_ast(value: &Constant, location: Location) -> Result<Const> {
    nested_from_ast(value, location, 0)
}

fn nested_from_ast(value: &Constant, location: Location, depth: usize) -> Result<Const> {
    if depth > MAX_NESTING {
        return internal(ErrorKind::TooDeep, "maximum recursion depth exceeded during compilation");
    }
    Ok(match value {
        Constant::None => Const::None,
        Constant::Bool(b) => Const::bool(*b),
        Constant::Ellipsis => Const::Ellipsis,
        Constant::Int(Int::Small(v)) => Const::Int(*v),
        Constant::Int(Int::Big { digits, radix }) => big_literal(digits, *radix as u32, location)?,
        Constant::Float(v) => Const::Float(*v),
        Constant::Complex { real, imag } => Const::Complex { real: *real, imag: *imag },
        Constant::Str(s) => Const::str(s),
        Constant::Bytes(b) => Const::Bytes((**b).into()),
        Constant::Tuple(items) => Const::Tuple(sequence(items, location, depth)?),
        Constant::FrozenSet(items) => Const::FrozenSet(sequence(items, location, depth)?),
    })
}

fn sequence(items: &[Constant], location: Location, depth: usize) -> Result<Arc<[Const]>> {
    items.iter().map(|item| nested_from_ast(item, location, depth + 1)).collect()
}

/// How deep a constant nests. Constants never nest deeper than [`MAX_NESTING`], so the recursion is bounded.
pub(crate) fn nesting(value: &Const) -> usize {
    match value {
        Const::Tuple(items) | Const::FrozenSet(items) => 1 + items.iter().map(nesting).max().unwrap_or(0),
        _ => 0,
    }
}

fn big_literal(digits: &str, radix: u32, location: Location) -> Result<Const> {
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits),
    };
    match BigUint::parse_bytes(digits.as_bytes(), radix) {
        Some(magnitude) => {
            Ok(from_big(&BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, magnitude)))
        }
        None => syntax(location, "invalid integer literal"),
    }
}

/// An int constant.
pub(crate) fn from_big(value: &BigInt) -> Const {
    if let Ok(small) = i64::try_from(value) {
        return Const::Int(small);
    }
    let digits: Vec<u32> = value.magnitude().to_radix_le(1 << 8).chunks(15).flat_map(repack).collect();
    Const::from_digits(value.sign() == Sign::Minus, &digits)
}

/// Fifteen bytes are four 30-bit digits.
fn repack(bytes: &[u8]) -> [u32; 4] {
    let mut all = [0u8; 16];
    all[..bytes.len()].copy_from_slice(bytes);
    let value = u128::from_le_bytes(all);
    [0, 30, 60, 90].map(|shift| ((value >> shift) & 0x3fff_ffff) as u32)
}

/// The value of an int or bool constant.
pub(crate) fn to_big(value: &Const) -> Option<BigInt> {
    match value {
        Const::True => Some(BigInt::from(1)),
        Const::False => Some(BigInt::from(0)),
        Const::Int(v) => Some(BigInt::from(*v)),
        Const::BigInt { negative, digits } => {
            let mut magnitude = BigUint::default();
            for digit in digits.iter().rev() {
                magnitude = (magnitude << 30u32) + *digit;
            }
            Some(BigInt::from_biguint(if *negative { Sign::Minus } else { Sign::Plus }, magnitude))
        }
        _ => None,
    }
}

/// The docstring of a body, if its first statement is one.
pub(crate) fn docstring(body: &[Stmt]) -> Option<(&Wtf8, &Expr)> {
    let StmtKind::Expr { value } = &body.first()?.kind else { return None };
    match &value.kind {
        ExprKind::Constant { value: Constant::Str(s), .. } => Some((s, value)),
        _ => None,
    }
}

/// A docstring without its common indentation, as `inspect.cleandoc` does it (but keeping trailing blank lines' count).
pub(crate) fn clean_docstring(doc: &Wtf8) -> Wtf8Buf {
    let doc = expand_tabs(doc.as_bytes());
    let mut lines = doc.split(|&b| b == b'\n');
    let first = lines.next().unwrap_or_default();
    let indent = |line: &[u8]| line.iter().take_while(|&&b| b == b' ').count();
    let margin = lines.clone().map(|line| (indent(line), line.len())).filter(|(n, len)| n < len).map(|(n, _)| n).min();
    let start = indent(first);
    let mut out = first[start..].to_vec();
    let margin = margin.unwrap_or(0);
    for line in lines {
        out.push(b'\n');
        out.extend_from_slice(&line[indent(line).min(margin)..]);
    }
    Wtf8Buf::from_bytes(out).unwrap_or_default()
}

fn expand_tabs(doc: &[u8]) -> Vec<u8> {
    if !doc.contains(&b'\t') {
        return doc.to_vec();
    }
    let mut out = Vec::with_capacity(doc.len());
    let mut column = 0usize;
    for &byte in doc {
        match byte {
            b'\t' => {
                let width = 8 - column % 8;
                out.extend(std::iter::repeat_n(b' ', width));
                column += width;
            }
            b'\n' | b'\r' => {
                out.push(byte);
                column = 0;
            }
            _ => {
                out.push(byte);
                // Continuation bytes belong to the character before them.
                column += usize::from(byte & 0xc0 != 0x80);
            }
        }
    }
    out
}
