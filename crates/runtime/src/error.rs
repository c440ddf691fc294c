//! Raising exceptions from Rust.
//!
//! `PyResult<T>` is `Result<T, Raised>`: [`Raised`] is a zero-sized token, the exception itself sits in the thread.

use crate::obj::{Obj, ValueExt};
use crate::thread::Thread;
use crate::typeobj::Type;
use crate::types::statics;
use whipsnake_layout::Value;

/// Proof that an exception has been set in the thread.
#[derive(Debug)]
#[must_use]
pub struct Raised(());

/// The result of anything that may raise a Python exception. `PyResult<Obj>` is one word.
pub type PyResult<T = Obj> = Result<T, Raised>;

impl Raised {
    /// For code that set (or left) the thread's exception itself.
    pub fn already_set(th: &Thread) -> Raised {
        debug_assert!(th.has_exception());
        Raised(())
    }
}

impl Thread {
    /// Raises `ty(message)`. Falls back to MemoryError when the exception cannot be made.
    #[cold]
    pub fn raise(&self, ty: &'static Type, message: impl Into<String>) -> Raised {
        let message: String = message.into();
        match self.str(&message) {
            Ok(text) => self.raise_with(ty, &[text.value()]),
            Err(raised) => raised,
        }
    }
    /// Raises `ty(*args)`.
    #[cold]
    pub fn raise_with(&self, ty: &'static Type, args: &[Value]) -> Raised {
        match crate::types::exceptions::instantiate(self, ty, args) {
            Ok(exception) => self.raise_instance(exception),
            Err(raised) => raised,
        }
    }
    /// Raises an exception instance, with the handled exception as its context.
    #[cold]
    pub fn raise_instance(&self, exception: Obj) -> Raised {
        crate::types::exceptions::set_context_from_handled(self, exception.value());
        self.restore_exception(Some(exception));
        Raised(())
    }
    pub fn type_error(&self, message: impl Into<String>) -> Raised {
        self.raise(&statics::TYPE_ERROR, message)
    }
    pub fn value_error(&self, message: impl Into<String>) -> Raised {
        self.raise(&statics::VALUE_ERROR, message)
    }
    pub fn index_error(&self, message: impl Into<String>) -> Raised {
        self.raise(&statics::INDEX_ERROR, message)
    }
    pub fn overflow_error(&self, message: impl Into<String>) -> Raised {
        self.raise(&statics::OVERFLOW_ERROR, message)
    }
    pub fn attribute_error(&self, message: impl Into<String>) -> Raised {
        self.raise(&statics::ATTRIBUTE_ERROR, message)
    }
    pub fn system_error(&self, message: impl Into<String>) -> Raised {
        self.raise(&statics::SYSTEM_ERROR, message)
    }
    pub fn runtime_error(&self, message: impl Into<String>) -> Raised {
        self.raise(&statics::RUNTIME_ERROR, message)
    }
    /// `KeyError(key)`.
    pub fn key_error(&self, key: Value) -> Raised {
        self.raise_with(&statics::KEY_ERROR, &[key])
    }
    /// MemoryError, without allocating.
    #[cold]
    pub fn memory_error(&self) -> Raised {
        crate::types::exceptions::raise_memory_error(self);
        Raised(())
    }
    /// Whether the exception being raised is an instance of `ty`.
    pub fn exception_matches(&self, ty: &Type) -> bool {
        self.core.current_exception.get().get().is_some_and(|v| v.is_instance(ty))
    }
    /// Turns an error of type `ty` into `None`: for "catch AttributeError" and its like.
    pub fn catch<T>(&self, result: PyResult<T>, ty: &Type) -> PyResult<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(_) if self.exception_matches(ty) => {
                drop(self.take_exception());
                Ok(None)
            }
            Err(raised) => Err(raised),
        }
    }
}

/// `err!(th, TYPE_ERROR, "unhashable type: '{}'", name)` is `Err(Raised)` of that exception type (a name in
/// [`statics`]).
#[macro_export]
macro_rules! err {
    ($th:expr, $ty:ident, $($message:tt)+) => {
        Err($th.raise(&$crate::types::statics::$ty, format!($($message)+)))
    };
}
