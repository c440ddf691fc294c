//! `print` and `input`.

use crate::prelude::*;
use crate::types::str::to_rust_string;

/// A keyword that must be a str or None.
fn text_option(th: &Thread, v: Option<Value>, name: &str) -> PyResult<Option<Obj>> {
    match v {
        None => Ok(None),
        Some(v) if v.is_instance(&statics::STR_TYPE) => Ok(Some(v.own())),
        Some(v) => err!(th, TYPE_ERROR, "{name} must be None or a string, not {}", v.ty().name()),
    }
}

/// A standard stream that must be there.
fn stream(th: &Thread, name: &str) -> PyResult {
    match crate::sys::get_object(th, name)? {
        Some(stream) if !stream.is_none() => Ok(stream),
        _ => err!(th, RUNTIME_ERROR, "input(): lost sys.{name}"),
    }
}

#[pyfunctions]
pub mod functions {
    use super::*;
    /// Prints the values to a stream, or to sys.stdout.
    #[function("print(*args, sep=' ', end='\n', file=None, flush=False)")]
    fn print(
        th: &Thread,
        args: &[Slot],
        sep: Option<Value>,
        end: Option<Value>,
        file: Option<Value>,
        flush: bool,
    ) -> PyResult<()> {
        let file = match file {
            Some(file) => file.own(),
            None => match crate::sys::get_object(th, "stdout")? {
                Some(stdout) if stdout.is_none() => return Ok(()),
                Some(stdout) => stdout,
                None => return err!(th, RUNTIME_ERROR, "lost sys.stdout"),
            },
        };
        let sep = match text_option(th, sep, "sep")? {
            Some(sep) => sep,
            None => th.str(" ")?,
        };
        let end = match text_option(th, end, "end")? {
            Some(end) => end,
            None => th.str("\n")?,
        };
        let name = th.intern("write")?;
        let write = object::get_attr(th, file.value(), name.value())?;
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                call::call1(th, write.value(), sep.value())?;
            }
            let text = object::str(th, arg.value())?;
            call::call1(th, write.value(), text.value())?;
        }
        call::call1(th, write.value(), end.value())?;
        if flush {
            call::call_method(th, file.value(), "flush", &[])?;
        }
        Ok(())
    }
    /// Reads a line from standard input, without its newline.
    #[function("input(prompt='', /)")]
    fn input(th: &Thread, prompt: Option<Value>) -> PyResult {
        let (stdin, stdout) = (stream(th, "stdin")?, stream(th, "stdout")?);
        if let Ok(stderr) = stream(th, "stderr") {
            call::call_method(th, stderr.value(), "flush", &[])?;
        } else {
            drop(th.take_exception());
        }
        if let Some(prompt) = prompt {
            let text = object::str(th, prompt)?;
            call::call_method(th, stdout.value(), "write", &[text.value()])?;
        }
        call::call_method(th, stdout.value(), "flush", &[])?;
        let line = call::call_method(th, stdin.value(), "readline", &[])?;
        if !line.is_instance(&statics::STR_TYPE) {
            return err!(th, TYPE_ERROR, "object.readline() returned non-string");
        }
        let text = to_rust_string(line.value());
        if text.is_empty() {
            return err!(th, EOF_ERROR, "EOF when reading a line");
        }
        let newline = th.str("\n")?;
        call::call_method(th, line.value(), "removesuffix", &[newline.value()])
    }
}
