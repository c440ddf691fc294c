//! `faulthandler`: the Python stack on demand.
//!
//! Tracebacks are written when asked for. Fatal signals are left to the system: the module only remembers whether it was
//! switched on.

use std::cell::Cell;
use std::fmt::Write as _;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::frame;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::to_rust_string;

/// Frames beyond this number are not printed.
const MAX_FRAMES: usize = 100;

#[derive(Default)]
struct State {
    enabled: Cell<bool>,
}

/// The stack of the running thread, innermost frame first.
fn stack(th: &Thread) -> PyResult<String> {
    let mut text = String::from("Stack (most recent call first):\n");
    let top = frame::current(th);
    let mut at = if top.is_null() { None } else { Some(frame::object_for(th, top)?) };
    for _ in 0..MAX_FRAMES {
        let Some(frame) = at else { return Ok(text) };
        let code = object::get_attr_str(th, frame.value(), "f_code")?;
        let file = object::get_attr_str(th, code.value(), "co_filename")?;
        let name = object::get_attr_str(th, code.value(), "co_name")?;
        let line = object::get_attr_str(th, frame.value(), "f_lineno")?;
        let line = line.as_small_int().map_or_else(|| "???".to_string(), |n| n.to_string());
        let (file, name) = (to_rust_string(file.value()), to_rust_string(name.value()));
        let _ = writeln!(text, "  File \"{file}\", line {line} in {name}");
        at = Some(object::get_attr_str(th, frame.value(), "f_back")?).filter(|back| !back.is_none());
    }
    text.push_str("  ...\n");
    Ok(text)
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Switches the handler on.
    #[function("enable(file=None, all_threads=True)")]
    fn enable(th: &Thread, file: Option<Value>, all_threads: bool) {
        let _ = (file, all_threads);
        th.interp.state::<State>().enabled.set(true);
    }
    /// Switches the handler off; whether it was on.
    #[function("disable()")]
    fn disable(th: &Thread) -> bool {
        th.interp.state::<State>().enabled.replace(false)
    }
    /// Whether the handler is on.
    #[function("is_enabled()")]
    fn is_enabled(th: &Thread) -> bool {
        th.interp.state::<State>().enabled.get()
    }
    /// Writes the stack of the running thread to a file.
    #[function("dump_traceback(file=None, all_threads=True)")]
    fn dump_traceback(th: &Thread, file: Option<Value>, all_threads: bool) -> PyResult<()> {
        let _ = all_threads;
        let text = stack(th)?;
        let file = match file.filter(|file| !file.is_none()) {
            Some(file) => Some(file.own()),
            None => whipsnake_runtime::sys::get_object(th, "stderr")?.filter(|file| !file.is_none()),
        };
        let Some(file) = file else { return err!(th, RUNTIME_ERROR, "unable to get sys.stderr") };
        let text = th.str(&text)?;
        call::call_method(th, file.value(), "write", &[text.value()])?;
        call::call_method(th, file.value(), "flush", &[])?;
        Ok(())
    }
}

/// Makes `faulthandler`.
///
/// # Errors
/// MemoryError.
pub fn init_faulthandler(th: &Thread) -> PyResult {
    module::new(th, "faulthandler", "Tracebacks of the running program.", functions::METHODS)
}
