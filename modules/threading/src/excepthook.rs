//! `threading.excepthook`: what happens to exceptions that end a thread.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::struct_sequence;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::{module, structseq};

struct_sequence! {
    static ARGS_TYPE: "_thread._ExceptHookArgs", "What threading.excepthook() is told.", 4 of 4, [
        0 "exc_type" "the exception's class", 1 "exc_value" "the exception", 2 "exc_traceback" "its traceback",
        3 "thread" "the thread it ended",
    ]
}

/// Adds hook and arguments type to the module.
///
/// # Errors
/// MemoryError.
pub fn add(th: &Thread, m: Value) -> PyResult<()> {
    structseq::ready(th, &ARGS_TYPE, 4, 4)?;
    module::add(th, m, "_ExceptHookArgs", ARGS_TYPE.value())?;
    module::add_functions(th, m, functions::METHODS)
}

/// Where to print: `sys.stderr`, or what the thread saw as that when it was made.
fn output(th: &Thread, thread: Value) -> PyResult {
    if let Some(sys) = th.interp.sys_dict.get()
        && let Some(sys) = sys.cast::<Dict>()
        && let Some(stderr) = sys.get_rust(th, "stderr")?
        && !stderr.is_none()
    {
        return Ok(stderr);
    }
    if thread.is_none() { Ok(Obj::none()) } else { object::get_attr_str(th, thread, "_stderr") }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Prints the exception that ended a thread, unless it is SystemExit.
    #[function("_excepthook(args, /)")]
    fn excepthook(th: &Thread, args: Value) -> PyResult<()> {
        let items = args.cast::<Tuple>().filter(|_| args.is_instance(&ARGS_TYPE));
        let Some(items) = items.map(|tuple| tuple.as_slice().iter().map(|v| v.own()).collect::<Vec<Obj>>()) else {
            return err!(th, TYPE_ERROR, "_thread._excepthook argument type must be ExceptHookArgs");
        };
        let [class, value, traceback, thread] = &items[..] else { return Ok(()) };
        if class.value().same(statics::SYSTEM_EXIT.value()) {
            return Ok(());
        }
        let file = output(th, thread.value())?;
        if file.is_none() {
            return Ok(());
        }
        let name = match thread.is_none() {
            true => th.ident.to_string(),
            false => {
                let name = object::get_attr_str(th, thread.value(), "name")?;
                object::to_text(th, name.value())?
            }
        };
        let title = th.str(&format!("Exception in thread {name}:\n"))?;
        call::call_method(th, file.value(), "write", &[title.value()])?;
        let print = whipsnake_runtime::import::attribute(th, "traceback", "print_exception")?;
        let args = [class.value(), value.value(), traceback.value()];
        call::call_kw(th, print.value(), &args, &[("file", file.value())])?;
        call::call_method(th, file.value(), "flush", &[]).map(drop)
    }
}
