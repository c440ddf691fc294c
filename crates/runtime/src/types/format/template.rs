//! `str.format` and `str.format_map`.

use super::format_value;
use crate::prelude::*;
use crate::types::str::{Scratch, Str, eq, from_units};
use std::ops::Range;
use whipsnake_text::Units;
use whipsnake_text::format::template::{Access, Field, FieldName, Key, Numbering, Template, TemplateError};

/// Where the values of fields come from.
enum Source<'a> {
    Arguments(Args<'a>),
    Mapping(Value),
}

fn malformed(th: &Thread, error: TemplateError) -> Raised {
    th.value_error(error.0)
}

impl Source<'_> {
    fn index(&self, th: &Thread, index: usize) -> PyResult {
        match self {
            Source::Arguments(args) => match args.values().nth(index) {
                Some(value) => Ok(value.own()),
                None => err!(th, INDEX_ERROR, "Replacement index {index} out of range for positional args tuple"),
            },
            Source::Mapping(_) => Err(th.value_error("Format string contains positional fields")),
        }
    }
    fn name(&self, th: &Thread, name: Obj) -> PyResult {
        match self {
            Source::Arguments(args) => {
                let wanted = name.cast::<Str>();
                let found = args.keywords().find(|(key, _)| match (key.cast::<Str>(), wanted) {
                    (Some(key), Some(wanted)) => eq(key, wanted),
                    _ => false,
                });
                found.map(|(_, value)| value.own()).ok_or_else(|| th.key_error(name.value()))
            }
            Source::Mapping(mapping) => object::get_item(th, *mapping, name.value()),
        }
    }
}

/// `text.format(*args, **kwargs)`.
///
/// # Errors
/// ValueError for a malformed template, IndexError, KeyError, AttributeError; what the values' methods raise.
pub fn str_format(th: &Thread, text: &Str, args: Args) -> PyResult {
    run(th, text, &Source::Arguments(args))
}

/// `text.format_map(mapping)`.
///
/// # Errors
/// As for [`str_format`].
pub fn format_map(th: &Thread, text: &Str, mapping: Value) -> PyResult {
    run(th, text, &Source::Mapping(mapping))
}

fn run(th: &Thread, text: &Str, source: &Source<'_>) -> PyResult {
    let mut out = Scratch::new();
    expand(th, &mut out, text.units(), source, &mut Numbering::default(), 2)?;
    out.finish(th)
}

/// Appends a template with its fields filled in; `depth` counts how far specs may nest.
fn expand(
    th: &Thread,
    out: &mut Scratch,
    units: Units<'_>,
    source: &Source<'_>,
    numbering: &mut Numbering,
    depth: u32,
) -> PyResult<()> {
    if depth == 0 {
        return Err(th.value_error("Max string recursion exceeded"));
    }
    for piece in Template::new(units) {
        let piece = piece.map_err(|error| malformed(th, error))?;
        out.push_units(units.slice(piece.literal.start, piece.literal.end));
        let Some(field) = piece.field else { continue };
        let value = look_up(th, units, field.name.clone(), source, numbering)?;
        let value = converted(th, value, field.conversion)?;
        let spec = specification(th, units, &field, source, numbering, depth)?;
        if let (Some(text), None) = (value.exact::<Str>(), &spec) {
            out.push_units(text.units());
            continue;
        }
        if let (Some(i), None) = (value.as_small_int(), &spec) {
            out.push_ascii(crate::types::int::decimal_i64(i, &mut [0; 20]));
            continue;
        }
        let spec = spec.map_or_else(|| th.str(""), Ok)?;
        let text = format_value(th, value.value(), spec.value())?;
        if let Some(text) = text.cast::<Str>() {
            out.push_units(text.units());
        }
    }
    Ok(())
}

/// The format specification of a field; `None` when it is empty.
fn specification(
    th: &Thread,
    units: Units<'_>,
    field: &Field,
    source: &Source<'_>,
    numbering: &mut Numbering,
    depth: u32,
) -> PyResult<Option<Obj>> {
    let spec = units.slice(field.spec.start, field.spec.end);
    if field.nested {
        let mut inner = Scratch::new();
        expand(th, &mut inner, spec, source, numbering, depth - 1)?;
        return inner.finish(th).map(Some);
    }
    if spec.is_empty() { Ok(None) } else { from_units(th, spec).map(Some) }
}

fn text_of(th: &Thread, units: Units<'_>, range: Range<usize>) -> PyResult {
    from_units(th, units.slice(range.start, range.end))
}

/// The value that a field's name leads to.
fn look_up(
    th: &Thread,
    units: Units<'_>,
    name: Range<usize>,
    source: &Source<'_>,
    numbering: &mut Numbering,
) -> PyResult {
    let (key, accesses) = FieldName::parse(units, name).map_err(|error| malformed(th, error))?;
    let key = match (source, key) {
        // Without positional arguments there is nothing to number.
        (Source::Mapping(_), Key::Name(range)) if range.is_empty() => Key::Index(0),
        (_, key) => numbering.resolve(key).map_err(|error| malformed(th, error))?,
    };
    let mut value = match key {
        Key::Index(index) => source.index(th, index)?,
        Key::Name(range) => source.name(th, text_of(th, units, range)?)?,
    };
    for access in accesses {
        value = match access.map_err(|error| malformed(th, error))? {
            Access::Attribute(range) => {
                let name = crate::types::str::intern(th, text_of(th, units, range)?);
                object::get_attr(th, value.value(), name.value())?
            }
            Access::Item(Key::Index(index)) => {
                let index = th.uint(index as u64)?;
                object::get_item(th, value.value(), index.value())?
            }
            Access::Item(Key::Name(range)) => {
                let key = text_of(th, units, range)?;
                object::get_item(th, value.value(), key.value())?
            }
        };
    }
    Ok(value)
}

/// Applies `!r`, `!s` or `!a`.
fn converted(th: &Thread, value: Obj, conversion: Option<u32>) -> PyResult {
    match conversion.map(|c| u8::try_from(c).unwrap_or(0)) {
        None => Ok(value),
        Some(b'r') => object::repr(th, value.value()),
        Some(b's') => object::str(th, value.value()),
        Some(b'a') => object::ascii(th, value.value()),
        Some(_) => {
            let c = conversion.unwrap_or(0);
            let shown = match char::from_u32(c) {
                Some(shown) if c > 32 && c < 127 => shown.to_string(),
                _ => format!("\\x{c:x}"),
            };
            err!(th, VALUE_ERROR, "Unknown conversion specifier {shown}")
        }
    }
}
