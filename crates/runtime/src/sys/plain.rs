//! Exceptions as text without the `traceback` module: for exceptions that cannot be raised, and where that module
//! cannot be used.
//!
//! Source lines are read from the file itself; there are no carets and no chains.

use crate::prelude::*;
use crate::types::exceptions;
use crate::types::str::to_rust_string;
use std::borrow::Cow;

/// After so many equal entries in a row, further ones are counted only.
const REPEATED: usize = 3;

/// One entry of a traceback.
#[derive(PartialEq, Eq)]
struct Entry {
    file: String,
    line: String,
    name: String,
}

impl Entry {
    fn of(th: &Thread, traceback: Value) -> PyResult<Entry> {
        let line = object::get_attr_str(th, traceback, "tb_lineno")?;
        let frame = object::get_attr_str(th, traceback, "tb_frame")?;
        let code = object::get_attr_str(th, frame.value(), "f_code")?;
        let file = object::get_attr_str(th, code.value(), "co_filename")?;
        let name = object::get_attr_str(th, code.value(), "co_name")?;
        let [file, line, name] = [&file, &line, &name].map(|v| object::to_text(th, v.value()));
        Ok(Entry { file: file?, line: line?, name: name? })
    }
    fn write(&self, text: &mut String) {
        text.push_str(&format!("  File \"{}\", line {}, in {}\n", self.file, self.line, self.name));
        if let Some(line) = self.line.parse().ok().and_then(|number| source_line(&self.file, number)) {
            text.push_str(&format!("    {line}\n"));
        }
    }
}

/// A line of a source file without its indentation; `None` for files that cannot be read, and blank lines.
fn source_line(file: &str, number: usize) -> Option<String> {
    if file.starts_with('<') && file.ends_with('>') {
        return None;
    }
    let bytes = match crate::import::library::file_of(file) {
        Some(bytes) => bytes,
        None => Cow::Owned(std::fs::read(file).ok()?),
    };
    let line = bytes.split(|b| *b == b'\n').nth(number.checked_sub(1)?)?;
    let line = String::from_utf8_lossy(line);
    let line = line.trim_start_matches([' ', '\t', '\x0c']).trim_end_matches('\r');
    (!line.is_empty()).then(|| line.to_string())
}

/// `sys.tracebacklimit`, 1000 without one.
fn limit(th: &Thread) -> PyResult<usize> {
    let limit = super::get_object(th, "tracebacklimit")?.filter(|v| v.is_instance(&statics::INT_TYPE));
    let limit = limit.map_or(Some(1000), |v| crate::types::int::as_i64_exact(v.value()));
    Ok(limit.map_or(usize::MAX, |n| n.max(0) as usize))
}

/// The traceback of an exception, with a heading; nothing if it has none.
///
/// # Errors
/// What foreign attributes raise.
pub(super) fn traceback_text(th: &Thread, exception: Value) -> PyResult<String> {
    let mut entries = Vec::new();
    let mut next = exceptions::traceback_of(exception);
    while let Some(entry) = next {
        entries.push(Entry::of(th, entry.value())?);
        next = Some(object::get_attr_str(th, entry.value(), "tb_next")?).filter(|v| !v.is_none());
    }
    let shown = &entries[entries.len().saturating_sub(limit(th)?)..];
    let mut text = String::new();
    if !shown.is_empty() {
        text.push_str("Traceback (most recent call last):\n");
    }
    for equal in shown.chunk_by(|a, b| a == b) {
        equal.iter().take(REPEATED).for_each(|entry| entry.write(&mut text));
        match equal.len().saturating_sub(REPEATED) {
            0 => {}
            1 => text.push_str("  [Previous line repeated 1 more time]\n"),
            more => text.push_str(&format!("  [Previous line repeated {more} more times]\n")),
        }
    }
    Ok(text)
}

/// `module.Class: message`.
///
/// # Errors
/// MemoryError.
pub(super) fn exception_text(th: &Thread, exception: Value) -> PyResult<String> {
    let mut text = crate::types::dict::qualified_name(exception.ty());
    match object::str(th, exception) {
        Ok(message) => {
            let message = to_rust_string(message.value());
            if !message.is_empty() {
                text.push_str(&format!(": {message}"));
            }
        }
        Err(_) => {
            drop(th.take_exception());
            text.push_str(": <exception str() failed>");
        }
    }
    text.push('\n');
    Ok(text)
}
