//! What is shown to the user: results of the REPL, uncaught exceptions, exceptions that cannot be raised.

use super::plain;
use crate::builtins::{write_object, write_text};
use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::exceptions;
use crate::types::structseq;

/// The arguments of `sys.unraisablehook`.
///
/// # Errors
/// MemoryError.
pub fn unraisable_args(th: &Thread, exception: Value, message: Option<Value>, object: Option<Value>) -> PyResult {
    let or_none = |v: Option<Value>| v.unwrap_or(statics::none()).own();
    let traceback = exceptions::traceback_of(exception).unwrap_or_else(Obj::none);
    let items = vec![exception.ty().value().own(), exception.own(), traceback, or_none(message), or_none(object)];
    structseq::new(th, &super::info::UNRAISABLE_TYPE, items)
}

/// Shows an exception as an uncaught one is shown: through `sys.excepthook`; on stderr if that fails.
pub fn print_uncaught(th: &Thread, exception: Value) {
    let traceback = exceptions::traceback_of(exception).unwrap_or_else(Obj::none);
    let hook = super::get_object(th, "excepthook");
    let result = match hook {
        Ok(Some(hook)) => call::call3(th, hook.value(), exception.ty().value(), exception, traceback.value()).map(drop),
        Ok(None) => {
            let _ = super::write_stderr(th, "sys.excepthook is missing\n");
            display_exception(th, exception)
        }
        Err(raised) => Err(raised),
    };
    if result.is_ok() {
        return;
    }
    let second = th.take_exception();
    let _ = super::write_stderr(th, "Error in sys.excepthook:\n");
    if let Some(second) = second {
        show_or_drop(th, second.value());
    }
    let _ = super::write_stderr(th, "\nOriginal exception was:\n");
    show_or_drop(th, exception);
}

fn show_or_drop(th: &Thread, exception: Value) {
    if display_exception(th, exception).is_err() {
        drop(th.take_exception());
    }
}

/// Writes an exception with its traceback to `sys.stderr`: by the library's `traceback` module, or, where that cannot
/// be used, in a plain form.
///
/// # Errors
/// Whatever writing raises.
pub fn display_exception(th: &Thread, exception: Value) -> PyResult<()> {
    let file = super::get_object(th, "stderr")?;
    if file.as_ref().is_some_and(|f| f.is_none()) {
        return Ok(());
    }
    let shown = crate::import::attribute(th, "traceback", "_print_exception_bltin")
        .and_then(|print| call::call1(th, print.value(), exception));
    match shown {
        Ok(_) => Ok(()),
        Err(_) => {
            drop(th.take_exception());
            display_plainly(th, exception)
        }
    }
}

/// The traceback and the message, without help from the library.
fn display_plainly(th: &Thread, exception: Value) -> PyResult<()> {
    let text = plain::traceback_text(th, exception)? + &plain::exception_text(th, exception)?;
    super::write_stderr(th, &text)
}

/// `sys.displayhook`: shows a value and keeps it as `builtins._`.
pub(super) fn display(th: &Thread, v: Value) -> PyResult<()> {
    if v.is_none() {
        return Ok(());
    }
    let builtins = th.interp.builtins_dict.get().ok_or_else(|| th.runtime_error("lost builtins module"))?;
    let Some(names) = builtins.cast::<Dict>() else { return Err(th.runtime_error("lost builtins module")) };
    names.set_rust(th, "_", statics::none())?;
    let Some(out) = super::get_object(th, "stdout")?.filter(|f| !f.is_none()) else {
        return Err(th.runtime_error("lost sys.stdout"));
    };
    if write_object(th, out.value(), v, true).is_err() {
        if !th.exception_matches(&statics::UNICODE_ENCODE_ERROR) {
            return Err(Raised::already_set(th));
        }
        drop(th.take_exception());
        display_escaped(th, out.value(), v)?;
    }
    write_text(th, out.value(), "\n")?;
    names.set_rust(th, "_", v)
}

/// Shows a repr that the stream's encoding cannot hold.
fn display_escaped(th: &Thread, out: Value, v: Value) -> PyResult<()> {
    let encoding = object::get_attr_str(th, out, "encoding")?;
    let text = object::repr(th, v)?;
    let handler = th.str("backslashreplace")?;
    let bytes = call::call_method(th, text.value(), "encode", &[encoding.value(), handler.value()])?;
    match object::lookup_attr_str(th, out, "buffer")? {
        Some(buffer) => call::call_method(th, buffer.value(), "write", &[bytes.value()]).map(drop),
        None => {
            let strict = th.str("strict")?;
            let text = call::call_method(th, bytes.value(), "decode", &[encoding.value(), strict.value()])?;
            write_object(th, out, text.value(), false)
        }
    }
}

/// `sys.unraisablehook`.
///
/// # Errors
/// Whatever writing raises.
pub fn show_unraisable(th: &Thread, args: Value) -> PyResult<()> {
    let field = |name: &str| -> PyResult<Option<Obj>> {
        Ok(Some(object::get_attr_str(th, args, name)?).filter(|v| !v.is_none()))
    };
    let (message, about) = (field("err_msg")?, field("object")?);
    let mut text = match &message {
        Some(message) => object::to_text(th, message.value())?,
        None if about.is_some() => "Exception ignored in".to_string(),
        None => String::new(),
    };
    let has_object = about.is_some();
    if let Some(about) = about {
        let shown = object::repr_text(th, about.value()).unwrap_or_else(|_| {
            drop(th.take_exception());
            "<object repr() failed>".to_string()
        });
        text.push_str(": ");
        text.push_str(&shown);
    }
    if !text.is_empty() {
        text.push_str(if has_object { "\n" } else { ":\n" });
        super::write_stderr(th, &text)?;
    }
    match field("exc_value")? {
        Some(exception) if exception.is_instance(&statics::BASE_EXCEPTION) => {
            display_plainly(th, exception.value())?;
        }
        _ => {
            if let Some(ty) = field("exc_type")? {
                let name = object::get_attr_str(th, ty.value(), "__name__")?;
                super::write_stderr(th, &format!("{}\n", object::to_text(th, name.value())?))?;
            }
        }
    }
    if let Some(file) = super::get_object(th, "stderr")?.filter(|f| !f.is_none()) {
        call::call_method(th, file.value(), "flush", &[])?;
    }
    Ok(())
}
