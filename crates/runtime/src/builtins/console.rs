//! print and input, and writing to Python's file objects.

use crate::prelude::*;
use crate::types::str::{Str, to_rust_string};

/// Writes the str (or, with `repr`, the repr) of an object to a file object.
///
/// # Errors
/// Whatever the file or the object raises.
pub fn write_object(th: &Thread, file: Value, v: Value, repr: bool) -> PyResult<()> {
    let text = if repr { object::repr(th, v)? } else { object::str(th, v)? };
    call::call_method(th, file, "write", &[text.value()]).map(drop)
}

/// Writes text to a file object.
///
/// # Errors
/// Whatever the file raises.
pub fn write_text(th: &Thread, file: Value, text: &str) -> PyResult<()> {
    let text = th.str(text)?;
    call::call_method(th, file, "write", &[text.value()]).map(drop)
}

fn separator(th: &Thread, v: Option<Value>, name: &str, default: &str) -> PyResult {
    match v {
        None => th.intern(default),
        Some(v) if v.cast::<Str>().is_some() => Ok(v.own()),
        Some(v) => err!(th, TYPE_ERROR, "{name} must be None or a string, not {}", v.ty().name()),
    }
}

fn stream(th: &Thread, name: &str) -> PyResult {
    match crate::sys::get_object(th, name)?.filter(|v| !v.is_none()) {
        Some(file) => Ok(file),
        None => err!(th, RUNTIME_ERROR, "input(): lost sys.{name}"),
    }
}

#[pyfunctions]
pub(super) mod functions {
    use super::*;

    /// Writes values to a file, sys.stdout by default.
    #[function("print(*args, sep=' ', end='\\n', file=None, flush=False)", raw)]
    fn print(th: &Thread, args: Args) -> PyResult<()> {
        let (mut sep, mut end, mut file, mut flush) = (None, None, None, false);
        for (keyword, value) in args.keywords() {
            let some = Some(value).filter(|v| !v.is_none());
            match to_rust_string(keyword).as_str() {
                "sep" => sep = some,
                "end" => end = some,
                "file" => file = some,
                "flush" => flush = object::is_true(th, value)?,
                other => return err!(th, TYPE_ERROR, "print() got an unexpected keyword argument '{other}'"),
            }
        }
        let file = match file {
            Some(file) => file.own(),
            None => match crate::sys::get_object(th, "stdout")? {
                // A program without a console has None there.
                Some(file) if file.is_none() => return Ok(()),
                Some(file) => file,
                None => return Err(th.runtime_error("lost sys.stdout")),
            },
        };
        let sep = separator(th, sep, "sep", " ")?;
        let end = separator(th, end, "end", "\n")?;
        let write = object::get_attr_str(th, file.value(), "write")?;
        for (i, v) in args.values().enumerate() {
            if i > 0 {
                call::call1(th, write.value(), sep.value())?;
            }
            let text = object::str(th, v)?;
            call::call1(th, write.value(), text.value())?;
        }
        call::call1(th, write.value(), end.value())?;
        if flush {
            call::call_method(th, file.value(), "flush", &[])?;
        }
        Ok(())
    }
    /// A line of input, without its end.
    #[function("input(prompt='', /)", raw)]
    fn input(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "input", 0, 1)?;
        let (stdin, stdout, stderr) = (stream(th, "stdin")?, stream(th, "stdout")?, stream(th, "stderr")?);
        let flushed = call::call_method(th, stderr.value(), "flush", &[]);
        if flushed.is_err() {
            drop(th.take_exception());
        }
        if let Some(prompt) = args.get(0) {
            write_object(th, stdout.value(), prompt, false)?;
        }
        let flushed = call::call_method(th, stdout.value(), "flush", &[]);
        if flushed.is_err() {
            drop(th.take_exception());
        }
        let line = call::call_method(th, stdin.value(), "readline", &[])?;
        let Some(text) = line.cast::<Str>() else {
            return Err(th.type_error("object.readline() returned non-string"));
        };
        match (text.len(), text.len().checked_sub(1).and_then(|last| text.units().get(last))) {
            (0, _) => Err(th.raise(&statics::EOF_ERROR, "EOF when reading a line")),
            (len, Some(10)) => crate::types::str::substring(th, text, 0, len - 1),
            _ => Ok(line),
        }
    }
}
