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
            self.show_hook_failure(&message);
        }
    }

    /// Reports the exception that `sys.unraisablehook` has raised instead of the one it was told of.
    fn show_hook_failure(&self, message: &str) {
        let Some(failure) = self.take_exception() else { return };
        let shown = (|| {
            let hook = crate::sys::get_object(self, "unraisablehook")?;
            let about = self.str("Exception ignored in sys.unraisablehook")?;
            let hook = hook.as_ref().map(Obj::value);
            let args = crate::sys::unraisable_args(self, failure.value(), Some(about.value()), hook)?;
            crate::sys::show_unraisable(self, args.value())
        })();
        if shown.is_err() {
            drop(self.take_exception());
            eprintln!("{message}");
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
        th.show_hook_failure(message);
    }
}
