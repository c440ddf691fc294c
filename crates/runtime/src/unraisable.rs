//! Exceptions that nobody can catch: those of finalisers and callbacks. They go to `sys.unraisablehook`.

use crate::obj::{Obj, ValueExt};
use crate::protocols::{call, object};
use crate::thread::Thread;
use whipsnake_layout::Value;

impl Thread {
    /// Hands the exception being raised to `sys.unraisablehook`; `doing` completes "Exception ignored while ...".
    pub fn write_unraisable(&self, doing: &str, object: Option<Value>) {
        let Some(exception) = self.take_exception() else { return };
        let mut message = format!("Exception ignored while {doing}");
        if let Some(object) = object {
            message.push(' ');
            message.push_str(&object::repr_text(self, object).unwrap_or_else(|_| "<object repr() failed>".into()));
            drop(self.take_exception());
        }
        if self.call_unraisable_hook(&message, &exception).is_err() {
            drop(self.take_exception());
            let error = object::repr_text(self, exception.value()).unwrap_or_default();
            drop(self.take_exception());
            eprintln!("{message}:\n{error}");
        }
    }

    fn call_unraisable_hook(&self, message: &str, exception: &Obj) -> crate::error::PyResult<()> {
        let sys = self.interp.sys_dict.get();
        let hook = match sys.as_ref().and_then(|sys| sys.cast::<crate::types::dict::Dict>()) {
            Some(sys) => sys.get_rust(self, "unraisablehook")?,
            None => None,
        };
        let Some(hook) = hook else { return Err(self.runtime_error("lost sys.unraisablehook")) };
        let message = self.str(message)?;
        let args = crate::sys::unraisable_args(self, exception.value(), Some(message.value()), None)?;
        call::call1(self, hook.value(), args.value())?;
        Ok(())
    }
}

/// Hands an exception to `sys.unraisablehook` under a message of its own ("Exception ignored in ...").
pub fn print_ignored(th: &Thread, message: &str, exception: Value) {
    let exception = exception.own();
    if th.call_unraisable_hook(message, &exception).is_err() {
        drop(th.take_exception());
        eprintln!("{message}");
    }
}
