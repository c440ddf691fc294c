//! `sub` and `subn`.

use crate::matching;
use crate::pattern::Pattern;
use crate::payload;
use crate::run::{self, Region};
use crate::subject::Subject;
use crate::template::{self, Template};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer;
use whipsnake_runtime::types::str::{self, Str};
use whipsnake_text::Builder;

/// The text being put together.
pub enum Output {
    Text { builder: Builder, items: usize },
    Bytes { data: Vec<u8>, items: usize },
}

impl Output {
    pub fn new(subject: &Subject) -> Output {
        if subject.is_bytes() {
            Output::Bytes { data: Vec::new(), items: 0 }
        } else {
            Output::Text { builder: Builder::new(), items: 0 }
        }
    }
    /// Adds a part of the subject.
    pub fn push_slice(&mut self, subject: &Subject, start: usize, end: usize) {
        let part = subject.units().slice(start, end);
        match self {
            Output::Text { builder, items } => {
                builder.push_units(part);
                *items += 1;
            }
            Output::Bytes { data, items } => {
                data.extend_from_slice(part.as_bytes());
                *items += 1;
            }
        }
    }
    /// Adds a str or bytes object.
    ///
    /// # Errors
    /// TypeError for objects of the other kind.
    pub fn push_object(&mut self, th: &Thread, v: Value) -> PyResult<()> {
        match self {
            Output::Text { builder, items } => {
                let Some(text) = v.cast::<Str>() else {
                    let got = number::full_name(v);
                    return err!(th, TYPE_ERROR, "sequence item {items}: expected str instance, {got} found");
                };
                builder.push_units(text.units());
                *items += 1;
            }
            Output::Bytes { data, items } => {
                if !buffer::has_buffer(v) {
                    let got = number::full_name(v);
                    return err!(th, TYPE_ERROR, "sequence item {items}: expected a bytes-like object, {got} found");
                }
                data.extend_from_slice(buffer::get(th, v, false)?.bytes());
                *items += 1;
            }
        }
        Ok(())
    }
    /// The object.
    ///
    /// # Errors
    /// MemoryError.
    pub fn finish(self, th: &Thread) -> PyResult {
        match self {
            Output::Text { builder, .. } => str::from_buf(th, builder.finish()),
            Output::Bytes { data, .. } => th.bytes(&data),
        }
    }
}

/// What replaces a match.
enum Replacement {
    Literal(Obj),
    Template(Obj),
    Function(Obj),
}

/// Whether a replacement is text without backslashes.
fn is_literal(th: &Thread, v: Value) -> PyResult<bool> {
    if let Some(text) = v.cast::<Str>() {
        return Ok(!match text.units() {
            whipsnake_text::Units::Ascii(s) | whipsnake_text::Units::Latin1(s) => s.contains(&b'\\'),
            wide => wide.iter().any(|c| c == u32::from(b'\\')),
        });
    }
    if buffer::has_buffer(v) {
        return Ok(!buffer::get(th, v, false)?.bytes().contains(&b'\\'));
    }
    Ok(false)
}

fn replacement(th: &Thread, pattern: Value, v: Value) -> PyResult<Replacement> {
    if call::is_callable(v) {
        return Ok(Replacement::Function(v.own()));
    }
    if is_literal(th, v)? {
        return Ok(Replacement::Literal(v.own()));
    }
    let made = template::for_replacement(th, pattern, v)?;
    match made.cast::<Instance<Template>>() {
        Some(template) if template.parts.is_empty() => Ok(Replacement::Literal(template.literal.clone())),
        Some(_) => Ok(Replacement::Template(made)),
        // A str, from a subclass of what re does.
        None => Ok(Replacement::Literal(made)),
    }
}

/// The text with at most `count` matches replaced (0 = all), and how many there were.
///
/// # Errors
/// TypeError; whatever a replacement function raises.
pub fn substitute(th: &Thread, this: Value, repl: Value, string: Value, count: isize) -> PyResult<(Obj, usize)> {
    let pattern = payload::<Pattern>(th, this)?;
    let replacement = replacement(th, this, repl)?;
    let subject = Subject::new(th, string, pattern.is_bytes)?;
    let region = Region { start: 0, end: subject.len() };
    let mut output = Output::new(&subject);
    let (mut last, mut found_count) = (0, 0usize);
    if count >= 0 {
        run::each(th, pattern, &subject, region, |found| {
            let (start, end) = found.span(0).unwrap_or((last, last));
            if last < start {
                output.push_slice(&subject, last, start);
            }
            match &replacement {
                Replacement::Literal(text) => output.push_object(th, text.value())?,
                Replacement::Template(made) => {
                    payload::<Template>(th, made.value())?
                        .write(th, &mut output, &subject, |group| found.span(group))?;
                }
                Replacement::Function(function) => {
                    let spans = found.spans(pattern.program.groups());
                    let made = matching::create(th, this, &subject, region, spans)?;
                    let text = call::call1(th, function.value(), made.value())?;
                    if !text.is_none() {
                        output.push_object(th, text.value())?;
                    }
                }
            }
            last = end;
            found_count += 1;
            Ok(count == 0 || found_count < count as usize)
        })?;
    }
    if found_count == 0 {
        return Ok((subject.slice(th, 0, region.end)?, 0));
    }
    if last < region.end {
        output.push_slice(&subject, last, region.end);
    }
    Ok((output.finish(th)?, found_count))
}
