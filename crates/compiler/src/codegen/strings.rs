//! f-strings, t-strings, and `%` formatting that can be done like an f-string.

use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};
use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::{binary_op, conversion};
use whipsnake_bytecode::{Const, Opcode};
use whipsnake_syntax::ast::{Constant, Conversion, Expr, ExprContext, ExprKind};

use super::names::AttrLoad;
use super::{Compiler, STACK_USE_GUIDELINE};
use crate::constants::from_ast;
use crate::error::Result;
use crate::place::{HasPlace, NO_LOCATION};

/// One piece of a `%` format.
pub(crate) enum FormatPart {
    Text(Wtf8Buf),
    /// An argument with its conversion and format specification.
    Field {
        conversion: u32,
        spec: Option<String>,
    },
}

fn conversion_arg(c: Conversion) -> Option<u32> {
    match c {
        Conversion::None => None,
        Conversion::Str => Some(conversion::STR),
        Conversion::Repr => Some(conversion::REPR),
        Conversion::Ascii => Some(conversion::ASCII),
    }
}

impl<'a> Compiler<'a> {
    /// Joins `count` strings, each of which `part` generates.
    fn join(&mut self, count: usize, loc: Location, mut part: impl FnMut(&mut Self, usize) -> Result) -> Result {
        if count > STACK_USE_GUIDELINE {
            self.load_str("", loc);
            self.load_attr(AttrLoad::Method, &"join".into(), loc);
            self.emit_arg(Opcode::BUILD_LIST, 0, loc);
            for i in 0..count {
                part(self, i)?;
                self.emit_arg(Opcode::LIST_APPEND, 1, loc);
            }
            self.emit_arg(Opcode::CALL, 1, loc);
            return Ok(());
        }
        for i in 0..count {
            part(self, i)?;
        }
        match count {
            0 => self.load_str("", loc),
            1 => {}
            _ => self.emit_arg(Opcode::BUILD_STRING, count as u32, loc),
        }
        Ok(())
    }

    pub(super) fn joined_str(&mut self, values: &'a [Expr], loc: Location) -> Result {
        self.join(values.len(), loc, |c, i| c.expr(&values[i]))
    }

    pub(super) fn formatted_value(
        &mut self,
        value: &'a Expr,
        conversion: Conversion,
        spec: Option<&'a Expr>,
        loc: Location,
    ) -> Result {
        self.expr(value)?;
        if let Some(arg) = conversion_arg(conversion) {
            self.emit_arg(Opcode::CONVERT_VALUE, arg, loc);
        }
        match spec {
            Some(spec) => {
                self.expr(spec)?;
                self.emit(Opcode::FORMAT_WITH_SPEC, loc);
            }
            None => self.emit(Opcode::FORMAT_SIMPLE, loc),
        }
        Ok(())
    }

    pub(super) fn interpolation(
        &mut self,
        value: &'a Expr,
        text: &Constant,
        conversion: Conversion,
        spec: Option<&'a Expr>,
        loc: Location,
    ) -> Result {
        self.expr(value)?;
        let text = from_ast(text, loc)?;
        self.load_const(text, loc);
        let mut arg = 2;
        if let Some(spec) = spec {
            arg += 1;
            self.expr(spec)?;
        }
        arg |= conversion_arg(conversion).unwrap_or(conversion::NONE) << 2;
        self.emit_arg(Opcode::BUILD_INTERPOLATION, arg, loc);
        Ok(())
    }

    pub(super) fn template_str(&mut self, values: &'a [Expr], loc: Location) -> Result {
        let is_interpolation = |e: &Expr| matches!(e.kind, ExprKind::Interpolation { .. });
        // There is a string before, between and after the interpolations.
        let mut strings = 0;
        let mut text_open = false;
        for value in values {
            if is_interpolation(value) {
                if !text_open {
                    self.load_str("", loc);
                    strings += 1;
                }
                text_open = false;
            } else {
                self.expr(value)?;
                if text_open {
                    self.emit_arg(Opcode::BINARY_OP, binary_op::ADD + binary_op::INPLACE, loc);
                } else {
                    strings += 1;
                }
                text_open = true;
            }
        }
        if !text_open {
            self.load_str("", loc);
            strings += 1;
        }
        self.emit_arg(Opcode::BUILD_TUPLE, strings, loc);
        let mut interpolations = 0;
        for value in values.iter().filter(|v| is_interpolation(v)) {
            self.expr(value)?;
            interpolations += 1;
        }
        self.emit_arg(Opcode::BUILD_TUPLE, interpolations, loc);
        self.emit(Opcode::BUILD_TEMPLATE, loc);
        Ok(())
    }

    /// `'...' % (a, b)` with only simple fields becomes an f-string. Returns whether it did.
    pub(super) fn format_operator(&mut self, e: &'a Expr, left: &'a Expr, right: &'a Expr) -> Result<bool> {
        let ExprKind::Constant { value: Constant::Str(format), .. } = &left.kind else { return Ok(false) };
        let ExprKind::Tuple { elts, ctx: ExprContext::Load } = &right.kind else { return Ok(false) };
        if elts.iter().any(|elt| matches!(elt.kind, ExprKind::Starred { .. })) {
            return Ok(false);
        }
        let Some(parts) = parse_format(format, elts.len()) else { return Ok(false) };
        let mut args = elts.iter();
        self.join(parts.len(), e.place(), |c, i| {
            match &parts[i] {
                FormatPart::Text(text) => c.load_const(Const::str(text), NO_LOCATION),
                FormatPart::Field { conversion, spec } => {
                    let Some(arg) = args.next() else { return Ok(()) };
                    let loc = arg.place();
                    c.expr(arg)?;
                    c.emit_arg(Opcode::CONVERT_VALUE, *conversion, loc);
                    match spec {
                        Some(spec) => {
                            c.load_str(spec, loc);
                            c.emit(Opcode::FORMAT_WITH_SPEC, loc);
                        }
                        None => c.emit(Opcode::FORMAT_SIMPLE, loc),
                    }
                }
            }
            Ok(())
        })?;
        Ok(true)
    }
}

/// Splits a `%` format with exactly `count` fields, all of the kind `%-5.3s` (or `r`, `a`); `None` for anything else.
pub(crate) fn parse_format(format: &Wtf8, count: usize) -> Option<Vec<FormatPart>> {
    let points: Vec<CodePoint> = format.code_points().collect();
    let is = |i: usize, c: char| points.get(i).is_some_and(|p| *p == c);
    let mut parts = Vec::new();
    let mut fields = 0;
    let mut i = 0;
    loop {
        let mut text = Wtf8Buf::new();
        while i < points.len() {
            if is(i, '%') {
                if !is(i + 1, '%') {
                    break;
                }
                i += 1;
            }
            text.push(points[i]);
            i += 1;
        }
        if !text.is_empty() {
            parts.push(FormatPart::Text(text));
        }
        if i >= points.len() {
            break;
        }
        i += 1;
        parts.push(parse_field(&points, &mut i)?);
        fields += 1;
        if fields > count {
            return None;
        }
    }
    (fields == count).then_some(parts)
}

/// Reads the characters of a format one by one.
struct FormatReader<'p> {
    points: &'p [CodePoint],
    at: &'p mut usize,
}

impl FormatReader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.points.get(*self.at)?.to_char()?;
        *self.at += 1;
        Some(c)
    }

    /// A number that starts with `c`, which becomes the character after it. Long numbers are left to run time.
    fn number(&mut self, c: &mut char) -> Option<Option<u32>> {
        const MAX_DIGITS: u32 = 2;
        let mut value = None;
        let mut digits = 0;
        while let Some(d) = c.to_digit(10) {
            value = Some(value.unwrap_or(0) * 10 + d);
            *c = self.next()?;
            digits += 1;
            if digits > MAX_DIGITS {
                return None;
            }
        }
        Some(value)
    }
}

/// Parses a field after its `%`.
fn parse_field(points: &[CodePoint], at: &mut usize) -> Option<FormatPart> {
    let mut reader = FormatReader { points, at };
    let mut left_adjust = false;
    let mut c = reader.next()?;
    while matches!(c, '-' | '+' | ' ' | '#' | '0') {
        left_adjust |= c == '-';
        c = reader.next()?;
    }
    let width = reader.number(&mut c)?;
    let mut precision = None;
    if c == '.' {
        c = reader.next()?;
        precision = Some(reader.number(&mut c)?.unwrap_or(0));
    }
    let conversion = match c {
        's' => conversion::STR,
        'r' => conversion::REPR,
        'a' => conversion::ASCII,
        _ => return None,
    };
    let mut spec = String::new();
    if let Some(width) = width {
        if !left_adjust && width > 0 {
            spec.push('>');
        }
        spec.push_str(&width.to_string());
    }
    if let Some(precision) = precision {
        spec.push('.');
        spec.push_str(&precision.to_string());
    }
    Some(FormatPart::Field { conversion, spec: (!spec.is_empty()).then_some(spec) })
}
