//! The functions of the `_string` module: templates and field names taken apart, for `string.Formatter`.

use crate::prelude::*;
use crate::types::str::{Str, from_char, from_units};
use std::cell::Cell;
use std::ops::Range;
use whipsnake_text::format::template::{Access, FieldName, Key, Piece, Template, TemplateError};

/// The types of this module.
pub(crate) static ALL: &[&Type] = &[&FORMATTER_ITERATOR_TYPE, &FIELD_NAME_ITERATOR_TYPE];

/// Makes the `_string` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    crate::types::module::new(th, "_string", "Format templates taken apart.", string_functions::METHODS)
}

/// Iterates over the pieces of a template. It is taken apart at once; an error is raised when it is reached.
pub struct FormatterIterator {
    text: Obj,
    pieces: Vec<Result<Piece, TemplateError>>,
    next: Cell<usize>,
}

impl Payload for FormatterIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &FORMATTER_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.text);
    }
}

/// Iterates over the accesses of a field name.
pub struct FieldNameIterator {
    text: Obj,
    accesses: Vec<Result<Access, TemplateError>>,
    next: Cell<usize>,
}

impl Payload for FieldNameIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &FIELD_NAME_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.text);
    }
}

builtin_type! {
    /// `formatteriterator`.
    pub static FORMATTER_ITERATOR_TYPE = TypeSpec {
        name: "formatteriterator",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::DISALLOW_INSTANTIATION | flags::HAVE_GC,
        slots: Slots { iter: Some(itself), iternext: Some(next_piece), ..Instance::<FormatterIterator>::SLOTS },
        ..Instance::<FormatterIterator>::SPEC
    }
}

builtin_type! {
    /// `fieldnameiterator`.
    pub static FIELD_NAME_ITERATOR_TYPE = TypeSpec {
        name: "fieldnameiterator",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::DISALLOW_INSTANTIATION | flags::HAVE_GC,
        slots: Slots { iter: Some(itself), iternext: Some(next_access), ..Instance::<FieldNameIterator>::SLOTS },
        ..Instance::<FieldNameIterator>::SPEC
    }
}

fn itself(_: &Thread, this: Value) -> PyResult {
    Ok(this.own())
}

fn part(th: &Thread, text: &Obj, range: &Range<usize>) -> PyResult {
    match text.cast::<Str>() {
        Some(text) => from_units(th, text.units().slice(range.start, range.end)),
        None => th.str(""),
    }
}

fn next_piece(th: &Thread, this: Value) -> PyResult<Option<Obj>> {
    let Some(it) = this.cast::<Instance<FormatterIterator>>() else { return Ok(None) };
    let Some(piece) = it.pieces.get(it.next.get()) else { return Ok(None) };
    it.next.set(it.next.get() + 1);
    let piece = piece.as_ref().map_err(|error| th.value_error(error.0))?;
    let literal = part(th, &it.text, &piece.literal)?;
    let Some(field) = &piece.field else {
        let none = statics::none();
        return th.tuple(&[literal.value(), none, none, none]).map(Some);
    };
    let (name, spec) = (part(th, &it.text, &field.name)?, part(th, &it.text, &field.spec)?);
    let conversion = field.conversion.map_or(Ok(Obj::none()), |c| from_char(th, c))?;
    th.tuple(&[literal.value(), name.value(), spec.value(), conversion.value()]).map(Some)
}

fn key_object(th: &Thread, text: &Obj, key: &Key) -> PyResult {
    match key {
        Key::Index(index) => th.uint(*index as u64),
        Key::Name(range) => part(th, text, range),
    }
}

fn next_access(th: &Thread, this: Value) -> PyResult<Option<Obj>> {
    let Some(it) = this.cast::<Instance<FieldNameIterator>>() else { return Ok(None) };
    let Some(access) = it.accesses.get(it.next.get()) else { return Ok(None) };
    it.next.set(it.next.get() + 1);
    let (is_attribute, key) = match access.as_ref().map_err(|error| th.value_error(error.0))? {
        Access::Attribute(range) => (true, part(th, &it.text, range)?),
        Access::Item(key) => (false, key_object(th, &it.text, key)?),
    };
    th.tuple(&[statics::bool_value(is_attribute), key.value()]).map(Some)
}

fn str_argument<'a>(th: &Thread, v: Value) -> PyResult<&'a Str> {
    v.cast::<Str>().ok_or_else(|| th.type_error(format!("expected str, got {}", number::full_name(v))))
}

#[pyfunctions]
pub mod string_functions {
    use super::*;

    /// Takes a format template apart: an iterator of (literal, field name, spec, conversion).
    #[function("formatter_parser(string, /)")]
    fn formatter_parser(th: &Thread, string: Value) -> PyResult {
        let text = str_argument(th, string)?;
        let pieces = Template::new(text.units()).collect();
        Instance::create(th, FormatterIterator { text: string.own(), pieces, next: Cell::new(0) })
    }
    /// Takes a field name apart: its first part, and an iterator of (is attribute, name or index).
    #[function("formatter_field_name_split(string, /)")]
    fn formatter_field_name_split(th: &Thread, string: Value) -> PyResult {
        let text = str_argument(th, string)?;
        let parsed = FieldName::parse(text.units(), 0..text.len());
        let (first, accesses) = parsed.map_err(|error| th.value_error(error.0))?;
        let text = string.own();
        let first = key_object(th, &text, &first)?;
        let accesses = accesses.collect();
        let rest = Instance::create(th, FieldNameIterator { text, accesses, next: Cell::new(0) })?;
        th.tuple(&[first.value(), rest.value()])
    }
}
