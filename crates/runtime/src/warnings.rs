//! Warnings from native code, through the `warnings` module and its filters.

use crate::prelude::*;

/// Issues `category(message)`. Stack level 1 is the Python code that called the native function.
///
/// # Errors
/// The warning itself, when filters turn it into an error.
#[cold]
pub fn warn(th: &Thread, category: &'static Type, message: &str, stack_level: i64) -> PyResult<()> {
    let Some(module) = warnings_module(th)? else { return Ok(()) };
    let text = th.str(message)?;
    let function = object::get_attr_str(th, module.value(), "warn")?;
    let level = th.int(stack_level)?;
    call::call_values(th, function.value(), &[text.value(), category.value(), level.value()])?;
    Ok(())
}

/// Issues a DeprecationWarning at the caller's line.
///
/// # Errors
/// As for [`warn`].
pub fn deprecated(th: &Thread, message: &str) -> PyResult<()> {
    warn(th, &statics::DEPRECATION_WARNING, message, 1)
}

/// The `warnings` module, imported if need be; `None` before there is an import system and after its end.
fn warnings_module(th: &Thread) -> PyResult<Option<Obj>> {
    let (Some(modules), Some(builtins)) = (th.interp.modules.get(), th.interp.builtins_dict.get()) else {
        return Ok(None);
    };
    let name = th.intern("warnings")?;
    let found = object::get_item(th, modules.value(), name.value());
    if let Some(module) = th.catch(found, &statics::KEY_ERROR)? {
        return Ok(Some(module));
    }
    if th.interp.finalizing.get() {
        return Ok(None);
    }
    let import = th.intern("__import__")?;
    let import = object::get_item(th, builtins.value(), import.value())?;
    call::call_values(th, import.value(), &[name.value()]).map(Some)
}

/// Issues `category(message)` for a place in a source file.
///
/// # Errors
/// As for [`warn`].
pub fn warn_explicit(th: &Thread, category: &'static Type, message: &str, filename: Value, line: i32) -> PyResult<()> {
    let Some(module) = warnings_module(th)? else { return Ok(()) };
    let text = th.str(message)?;
    let function = object::get_attr_str(th, module.value(), "warn_explicit")?;
    call::call_values(
        th,
        function.value(),
        &[text.value(), category.value(), filename, Value::small_int(line.into())],
    )?;
    Ok(())
}
