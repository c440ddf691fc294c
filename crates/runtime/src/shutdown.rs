//! The end of an interpreter: functions registered with `atexit`, and the release of what modules hold.
//!
//! Source: docs of `atexit`, "Initialization, Finalization" (the order in which CPython clears modules).

use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::module;
use crate::types::str::to_rust_string;
use std::cell::RefCell;

/// One registered call.
struct Callback {
    function: Obj,
    args: Vec<Obj>,
    keywords: Vec<(Obj, Obj)>,
}

/// What `atexit` has registered, oldest first.
#[derive(Default)]
pub struct AtExit {
    callbacks: RefCell<Vec<Callback>>,
}

impl AtExit {
    /// Adds a call.
    pub fn push(&self, function: Obj, args: Vec<Obj>, keywords: Vec<(Obj, Obj)>) {
        self.callbacks.borrow_mut().push(Callback { function, args, keywords });
    }
    /// How many calls there are.
    pub fn len(&self) -> usize {
        self.callbacks.borrow().len()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Drops all of them.
    pub fn clear(&self) {
        let old = std::mem::take(&mut *self.callbacks.borrow_mut());
        drop(old);
    }
    fn pop(&self) -> Option<Callback> {
        self.callbacks.borrow_mut().pop()
    }
    /// Drops the calls of a function (compared with `==`).
    ///
    /// # Errors
    /// What the comparison raises.
    pub fn remove(&self, th: &Thread, function: Value) -> PyResult<()> {
        let mut at = self.len();
        while at > 0 {
            at -= 1;
            let Some(candidate) = self.callbacks.borrow().get(at).map(|c| c.function.clone()) else { continue };
            if !candidate.same(function) && !compare::eq(th, candidate.value(), function)? {
                continue;
            }
            let removed = {
                let mut callbacks = self.callbacks.borrow_mut();
                match callbacks.get(at) {
                    Some(entry) if entry.function.same(candidate.value()) => Some(callbacks.remove(at)),
                    _ => None,
                }
            };
            drop(removed);
        }
        Ok(())
    }
}

/// Calls what `atexit` has registered, last in first out. Exceptions are reported and do not get out.
pub fn run_atexit(th: &Thread) {
    let registered = th.interp.state::<AtExit>();
    while let Some(callback) = registered.pop() {
        let args: Vec<Value> = callback.args.iter().map(Obj::value).collect();
        let keywords: Vec<(Value, Value)> = callback.keywords.iter().map(|(k, v)| (k.value(), v.value())).collect();
        if call::call_keywords(th, callback.function.value(), &args, &keywords).is_err() {
            let shown = object::repr_text(th, callback.function.value());
            let exception = th.take_exception();
            let shown = shown.unwrap_or_else(|_| "<object repr() failed>".into());
            th.restore_exception(exception);
            report(th, &shown);
        }
    }
}

fn report(th: &Thread, callback: &str) {
    if let Some(exception) = th.take_exception() {
        let message = format!("Exception ignored in atexit callback {callback}");
        crate::unraisable::print_ignored(th, &message, exception.value());
    }
}

/// Releases the modules and collects garbage. Output streams are to be flushed afterwards.
///
/// The order is CPython's: `sys`'s references to live objects; then `sys.modules` is emptied while the modules are
/// watched weakly; a collection; the dictionaries of modules that survived are cleared, private names first, `sys` and
/// `builtins` last.
pub fn finalize(th: &Thread) {
    th.interp.finalizing.set(true);
    drop_handler(th);
    forget_sys_values(th);
    let survivors = release_modules(th);
    collect(th);
    for module in survivors.iter().rev() {
        if let Some(module) = module {
            clear_module(th, module.value());
        }
    }
    drop(survivors);
    collect(th);
    drop_handler(th);
}

fn drop_handler(th: &Thread) {
    drop(th.take_exception());
}

fn collect(th: &Thread) {
    crate::gc::collect(th);
    drop_handler(th);
}

/// `sys` values that may keep user objects alive become None; the standard streams become the original ones.
fn forget_sys_values(th: &Thread) {
    let Some(sys) = th.interp.sys_dict.get() else { return };
    let Some(sys) = sys.cast::<Dict>() else { return };
    let values = [
        "path",
        "argv",
        "ps1",
        "ps2",
        "last_exc",
        "last_type",
        "last_value",
        "last_traceback",
        "path_importer_cache",
        "meta_path",
        "path_hooks",
    ];
    for name in values {
        if let Ok(true) = has(th, sys, name) {
            let _ = sys.set_rust(th, name, statics::none());
        }
        drop_handler(th);
    }
    for (name, original) in [("stdin", "__stdin__"), ("stdout", "__stdout__"), ("stderr", "__stderr__")] {
        let value = match sys.get_rust(th, original) {
            Ok(Some(value)) => value,
            _ => Obj::none(),
        };
        let _ = sys.set_rust(th, name, value.value());
        drop_handler(th);
    }
}

fn has(th: &Thread, dict: &Dict, name: &str) -> PyResult<bool> {
    Ok(dict.get_rust(th, name)?.is_some())
}

/// Empties `sys.modules`; the modules that somebody still refers to come back, in the order of their import.
fn release_modules(th: &Thread) -> Vec<Option<Obj>> {
    let Some(modules) = th.interp.modules.get() else { return Vec::new() };
    let Some(dict) = modules.cast::<Dict>() else { return Vec::new() };
    let mut kept = Vec::new();
    for (key, value, _) in dict.entries() {
        let name = if key.is_instance(&statics::STR_TYPE) { to_rust_string(key.value()) } else { String::new() };
        let first = matches!(name.as_str(), "sys" | "builtins");
        if value.cast::<module::Module>().is_none() {
            let _ = dict.set(th, key.value(), statics::none());
            drop_handler(th);
            continue;
        }
        if first {
            continue;
        }
        kept.push(value.ty().has_flag(flags::WEAKREFABLE).then(|| {
            let reference = crate::types::weakref::new(th, &statics::WEAKREF_TYPE, value.value(), None);
            reference.unwrap_or_else(|_| Obj::none())
        }));
        drop_handler(th);
        let _ = dict.set(th, key.value(), statics::none());
        drop_handler(th);
    }
    collect(th);
    kept.into_iter()
        .map(|reference| {
            let reference = reference?;
            reference.cast::<Instance<crate::types::weakref::WeakRef>>().and_then(|weak| weak.get())
        })
        .collect()
}

/// Sets the names in a module's dict to None: names with one underscore first, then the others but `__builtins__`.
fn clear_module(th: &Thread, module: Value) {
    let Ok(dict) = module::dict_of(th, module) else {
        drop_handler(th);
        return;
    };
    let Some(dict) = dict.cast::<Dict>() else { return };
    for private in [true, false] {
        for (key, value, _) in dict.entries() {
            if value.is_none() || !key.is_instance(&statics::STR_TYPE) {
                continue;
            }
            let name = to_rust_string(key.value());
            let is_private = name.starts_with('_') && !name[1..].starts_with('_');
            if name == "__builtins__" || private != is_private {
                continue;
            }
            drop(value);
            let _ = dict.set(th, key.value(), statics::none());
            drop_handler(th);
        }
    }
}
