//! `atexit`: functions to call at the end. The list and its running are the runtime's (`shutdown`).

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::shutdown::{self, AtExit};
use whipsnake_runtime::types::module;

#[pyfunctions]
mod functions {
    use super::*;

    /// Registers a function to be called with these arguments at the end of the program.
    #[function("register(func, /, *args, **kwargs)", raw)]
    fn register(th: &Thread, args: Args) -> PyResult {
        let Some(function) = args.get(0) else {
            return err!(th, TYPE_ERROR, "register() takes at least 1 argument (0 given)");
        };
        if !call::is_callable(function) {
            return err!(th, TYPE_ERROR, "the first argument must be callable");
        }
        let rest = args.skip_first();
        th.interp.state::<AtExit>().push(
            function.own(),
            rest.values().map(ValueExt::own).collect(),
            rest.keywords().map(|(name, value)| (name.own(), value.own())).collect(),
        );
        Ok(function.own())
    }
    /// Takes a function out of the list, all of its registrations.
    #[function("unregister(func, /)")]
    fn unregister(th: &Thread, function: Value) -> PyResult<()> {
        th.interp.state::<AtExit>().remove(th, function)
    }
    /// Forgets all functions.
    #[function("_clear()")]
    fn clear(th: &Thread) {
        th.interp.state::<AtExit>().clear();
    }
    /// How many functions are registered.
    #[function("_ncallbacks()")]
    fn ncallbacks(th: &Thread) -> usize {
        th.interp.state::<AtExit>().len()
    }
    /// Calls all registered functions now.
    #[function("_run_exitfuncs()")]
    fn run_exitfuncs(th: &Thread) {
        shutdown::run_atexit(th);
    }
}

/// Makes `atexit`.
///
/// # Errors
/// MemoryError.
pub fn init_atexit(th: &Thread) -> PyResult {
    module::new(th, "atexit", "Functions to be called at the end of the program.", functions::METHODS)
}
