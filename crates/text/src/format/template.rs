//! `str.format` templates (PEP 3101): [`Template`] yields literals and replacement fields, [`FieldName`] takes the name
//! of a field apart, [`Numbering`] keeps automatic and manual numbers apart.
//!
//! These are also `_string.formatter_parser` and `_string.formatter_field_name_split`.

use std::ops::Range;

use crate::unicode;
use crate::units::Units;

/// A malformed template: Python's `ValueError` with this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateError(pub &'static str);

/// A replacement field: ranges of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What says where the value comes from: see [`FieldName`].
    pub name: Range<usize>,
    /// The character after `!`.
    pub conversion: Option<u32>,
    /// What follows the `:`.
    pub spec: Range<usize>,
    /// Whether the spec contains fields of its own, so that it has to be formatted first.
    pub nested: bool,
}

/// A literal text, which may be empty, and the replacement field after it, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text, with a doubled brace at its end counted once.
    pub literal: Range<usize>,
    /// The field.
    pub field: Option<Field>,
}

/// The pieces of a template.
#[derive(Clone, Debug)]
pub struct Template<'a> {
    text: Units<'a>,
    at: usize,
}

impl<'a> Template<'a> {
    /// A parser at the beginning of `text`.
    pub fn new(text: Units<'a>) -> Template<'a> {
        Template { text, at: 0 }
    }

    fn is_at(&self, at: usize, c: u8) -> bool {
        self.text.get(at) == Some(u32::from(c))
    }

    fn piece(&mut self) -> Result<Piece, TemplateError> {
        let start = self.at;
        let len = self.text.len();
        let brace = (start..len).find(|&i| self.is_at(i, b'{') || self.is_at(i, b'}'));
        let Some(brace) = brace else {
            self.at = len;
            return Ok(Piece { literal: start..len, field: None });
        };
        let opens = self.is_at(brace, b'{');
        if self.text.get(brace) == self.text.get(brace + 1) {
            self.at = brace + 2;
            return Ok(Piece { literal: start..brace + 1, field: None });
        }
        if !opens {
            return Err(TemplateError("Single '}' encountered in format string"));
        }
        if brace + 1 == len {
            return Err(TemplateError("Single '{' encountered in format string"));
        }
        self.at = brace + 1;
        Ok(Piece { literal: start..brace, field: Some(self.field()?) })
    }

    fn field(&mut self) -> Result<Field, TemplateError> {
        let start = self.at;
        let mut in_brackets = false;
        loop {
            let c = self.text.get(self.at).ok_or(TemplateError("expected '}' before end of string"))?;
            match u8::try_from(c) {
                Ok(b'[') => in_brackets = true,
                Ok(b']') => in_brackets = false,
                Ok(b'{') if !in_brackets => return Err(TemplateError("unexpected '{' in field name")),
                Ok(b'}' | b':' | b'!') if !in_brackets => break,
                _ => {}
            }
            self.at += 1;
        }
        let mut field = Field { name: start..self.at, conversion: None, spec: 0..0, nested: false };
        let mut ends = self.is_at(self.at, b'}');
        let converts = self.is_at(self.at, b'!');
        self.at += 1;
        if converts {
            let conversion = self.text.get(self.at);
            field.conversion =
                Some(conversion.ok_or(TemplateError("end of string while looking for conversion specifier"))?);
            self.at += 1;
            ends = self.is_at(self.at, b'}');
            if self.at < self.text.len() {
                if !ends && !self.is_at(self.at, b':') {
                    return Err(TemplateError("expected ':' after conversion specifier"));
                }
                self.at += 1;
            }
        }
        if ends {
            field.spec = self.at - 1..self.at - 1;
        } else {
            self.spec(&mut field)?;
        }
        Ok(field)
    }

    fn spec(&mut self, field: &mut Field) -> Result<(), TemplateError> {
        let start = self.at;
        let mut open = 1usize;
        while let Some(c) = self.text.get(self.at) {
            self.at += 1;
            if c == u32::from(b'{') {
                field.nested = true;
                open += 1;
            } else if c == u32::from(b'}') {
                open -= 1;
                if open == 0 {
                    field.spec = start..self.at - 1;
                    return Ok(());
                }
            }
        }
        Err(TemplateError("unmatched '{' in format spec"))
    }
}

impl Iterator for Template<'_> {
    type Item = Result<Piece, TemplateError>;

    /// The next piece; after an error nothing.
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let piece = self.piece();
        if piece.is_err() {
            self.at = self.text.len();
        }
        Some(piece)
    }
}

/// What a name in a field is: a number looks up a position, anything else a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A number that fits Python's `ssize_t`.
    Index(usize),
    /// Any other text.
    Name(Range<usize>),
}

/// How a field name goes on after its first part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// `.name`
    Attribute(Range<usize>),
    /// `[key]`
    Item(Key),
}

/// The accesses after the first part of a field name.
#[derive(Clone, Debug)]
pub struct FieldName<'a> {
    text: Units<'a>,
    at: usize,
    end: usize,
}

fn key(text: Units<'_>, range: Range<usize>) -> Result<Key, TemplateError> {
    let mut value = 0usize;
    for i in range.clone() {
        let Some(digit) = text.get(i).and_then(unicode::to_decimal) else { return Ok(Key::Name(range)) };
        let next = value.checked_mul(10).and_then(|v| v.checked_add(usize::from(digit)));
        value = next
            .filter(|&v| v <= isize::MAX as usize)
            .ok_or(TemplateError("Too many decimal digits in format string"))?;
    }
    Ok(if range.is_empty() { Key::Name(range) } else { Key::Index(value) })
}

impl<'a> FieldName<'a> {
    /// Splits off the first part of the name at `range` of `text`. An empty one asks for automatic numbering.
    ///
    /// Errors: [`TemplateError`] for a number that is too large.
    pub fn parse(text: Units<'a>, range: Range<usize>) -> Result<(Key, FieldName<'a>), TemplateError> {
        let dot_or_bracket = |&i: &usize| matches!(text.get(i), Some(0x2E | 0x5B));
        let end = range.clone().find(dot_or_bracket).unwrap_or(range.end);
        Ok((key(text, range.start..end)?, FieldName { text, at: end, end: range.end }))
    }

    fn access(&mut self) -> Result<Access, TemplateError> {
        let opener = self.text.get(self.at);
        let start = self.at + 1;
        let access = match opener {
            Some(0x2E) => {
                let end = (start..self.end).find(|&i| matches!(self.text.get(i), Some(0x2E | 0x5B)));
                self.at = end.unwrap_or(self.end);
                Access::Attribute(start..self.at)
            }
            Some(0x5B) => {
                let end = (start..self.end).find(|&i| self.text.get(i) == Some(0x5D));
                let end = end.ok_or(TemplateError("Missing ']' in format string"))?;
                self.at = end + 1;
                Access::Item(key(self.text, start..end)?)
            }
            _ => return Err(TemplateError("Only '.' or '[' may follow ']' in format field specifier")),
        };
        match &access {
            Access::Attribute(name) | Access::Item(Key::Name(name)) if name.is_empty() => {
                Err(TemplateError("Empty attribute in format string"))
            }
            _ => Ok(access),
        }
    }
}

impl Iterator for FieldName<'_> {
    type Item = Result<Access, TemplateError>;

    /// The next access; after an error nothing.
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let access = self.access();
        if access.is_err() {
            self.at = self.end;
        }
        Some(access)
    }
}

/// Whether a template numbers its fields automatically: it must not mix both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbering {
    /// No numbered field was seen yet.
    #[default]
    Unknown,
    /// Fields are numbered automatically; the next number.
    Automatic(usize),
    /// Fields carry numbers.
    Manual,
}

impl Numbering {
    /// The key of a field, with the number filled in if the name is empty.
    ///
    /// Errors: [`TemplateError`] if the template switches between the ways.
    pub fn resolve(&mut self, key: Key) -> Result<Key, TemplateError> {
        let automatic = match &key {
            Key::Name(name) if name.is_empty() => true,
            Key::Name(_) => return Ok(key),
            Key::Index(_) => false,
        };
        match (*self, automatic) {
            (Numbering::Unknown | Numbering::Manual, false) => {
                *self = Numbering::Manual;
                Ok(key)
            }
            (Numbering::Unknown, true) => {
                *self = Numbering::Automatic(1);
                Ok(Key::Index(0))
            }
            (Numbering::Automatic(n), true) => {
                *self = Numbering::Automatic(n + 1);
                Ok(Key::Index(n))
            }
            (Numbering::Automatic(_), false) => {
                Err(TemplateError("cannot switch from automatic field numbering to manual field specification"))
            }
            (Numbering::Manual, true) => {
                Err(TemplateError("cannot switch from manual field specification to automatic field numbering"))
            }
        }
    }
}
