//! The codec registry: search functions, the cache of found codecs, error handlers by name.

use super::handlers;
use crate::prelude::*;
use crate::types::str::builtin;
use crate::types::tuple::Tuple;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// The registry of an interpreter.
#[derive(Default)]
struct Registry {
    search: RefCell<Vec<Obj>>,
    cache: RefCell<HashMap<String, Obj>>,
    errors: RefCell<HashMap<String, Obj>>,
    /// The `encodings` package has been imported (it registers the standard search function).
    loaded: Cell<bool>,
}

/// Which half of a codec is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Encode,
    Decode,
}

/// The name under which codecs are looked for: letters and digits in lower case, all else in runs as `_`.
pub(crate) fn normalized(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

fn load(th: &Thread, registry: &Registry) -> PyResult<()> {
    if registry.loaded.replace(true) {
        return Ok(());
    }
    let import = builtin(th, "__import__")?;
    let name = th.str("encodings")?;
    if let Err(raised) = call::call1(th, import.value(), name.value()) {
        registry.loaded.set(false);
        return Err(raised);
    }
    Ok(())
}

/// `codecs.lookup(encoding)`: a tuple of four.
///
/// # Errors
/// LookupError "unknown encoding: ..."; what search functions raise.
pub fn lookup(th: &Thread, encoding: &str) -> PyResult {
    let registry = th.interp.state::<Registry>();
    load(th, registry)?;
    let name = normalized(encoding);
    let known = registry.cache.borrow().get(&name).cloned();
    if let Some(codec) = known {
        return Ok(codec);
    }
    let key = th.str(&name)?;
    let mut at = 0;
    loop {
        let function = registry.search.borrow().get(at).cloned();
        let Some(function) = function else { return err!(th, LOOKUP_ERROR, "unknown encoding: {encoding}") };
        at += 1;
        let found = call::call1(th, function.value(), key.value())?;
        if found.is_none() {
            continue;
        }
        if found.cast::<Tuple>().is_none_or(|tuple| tuple.len() != 4) {
            return Err(th.type_error("codec search functions must return 4-tuples"));
        }
        let old = registry.cache.borrow_mut().insert(name, found.clone());
        drop(old);
        return Ok(found);
    }
}

/// `codecs.register(search_function)`.
///
/// # Errors
/// TypeError when it is not callable.
pub fn register(th: &Thread, function: Value) -> PyResult<()> {
    if function.ty().slots().call.is_none() {
        return Err(th.type_error("argument must be callable"));
    }
    th.interp.state::<Registry>().search.borrow_mut().push(function.own());
    Ok(())
}

/// `codecs.unregister(search_function)`: empties the cache as well.
pub fn unregister(th: &Thread, function: Value) {
    let registry = th.interp.state::<Registry>();
    let found = registry.search.borrow().iter().position(|known| known.is(function));
    if let Some(at) = found {
        let cache = std::mem::take(&mut *registry.cache.borrow_mut());
        let removed = registry.search.borrow_mut().remove(at);
        drop((cache, removed));
    }
}

/// `codecs.register_error(name, handler)`.
///
/// # Errors
/// TypeError when it is not callable.
pub fn register_error(th: &Thread, name: &str, handler: Value) -> PyResult<()> {
    if handler.ty().slots().call.is_none() {
        return Err(th.type_error("handler must be callable"));
    }
    let registry = th.interp.state::<Registry>();
    let old = registry.errors.borrow_mut().insert(name.to_owned(), handler.own());
    drop(old);
    Ok(())
}

/// `_codecs._unregister_error(name)`: whether there was such a handler.
///
/// # Errors
/// ValueError for a built-in one.
pub(crate) fn unregister_error(th: &Thread, name: &str) -> PyResult<bool> {
    if handlers::definition(name).is_some() {
        return err!(th, VALUE_ERROR, "cannot un-register built-in error handler '{name}'");
    }
    let old = th.interp.state::<Registry>().errors.borrow_mut().remove(name);
    Ok(old.is_some())
}

/// `codecs.lookup_error(name)`.
///
/// # Errors
/// LookupError "unknown error handler name '...'".
pub fn lookup_error(th: &Thread, name: &str) -> PyResult {
    let registry = th.interp.state::<Registry>();
    let known = registry.errors.borrow().get(name).cloned();
    if let Some(handler) = known {
        return Ok(handler);
    }
    let Some(definition) = handlers::definition(name) else {
        return err!(th, LOOKUP_ERROR, "unknown error handler name '{name}'");
    };
    let handler = crate::types::builtin_function::new(th, definition, None, None)?;
    let old = registry.errors.borrow_mut().insert(name.to_owned(), handler.clone());
    drop(old);
    Ok(handler)
}

/// Calls one half of a codec: `codecs.encode` and `codecs.decode`.
///
/// # Errors
/// What the codec raises, with a note naming it; TypeError for a malformed answer.
pub(crate) fn convert(
    th: &Thread,
    codec: Value,
    v: Value,
    encoding: &str,
    errors: Option<&str>,
    direction: Direction,
) -> PyResult {
    let (at, word, participle) = match direction {
        Direction::Encode => (0, "encoder", "encoding"),
        Direction::Decode => (1, "decoder", "decoding"),
    };
    let function = codec.cast::<Tuple>().and_then(|tuple| tuple.get(at));
    let Some(function) = function else { return Err(th.type_error("codec search functions must return 4-tuples")) };
    let result = match errors {
        Some(errors) => {
            let errors = th.str(errors)?;
            call::call2(th, function.value(), v, errors.value())
        }
        None => call::call1(th, function.value(), v),
    };
    let result =
        result.map_err(|raised| add_note(th, raised, &format!("{participle} with '{encoding}' codec failed")))?;
    match result.cast::<Tuple>() {
        Some(pair) if pair.len() == 2 => pair.get(0).ok_or_else(|| th.type_error("")),
        _ => err!(th, TYPE_ERROR, "{word} must return a tuple (object, integer)"),
    }
}

/// Adds a note to the exception being raised. Unicode errors tell the codec's name themselves.
fn add_note(th: &Thread, raised: Raised, note: &str) -> Raised {
    if th.exception_matches(&statics::UNICODE_ERROR) {
        return raised;
    }
    let Some(exception) = th.take_exception() else { return raised };
    let added = th.str(note).and_then(|note| call::call_method(th, exception.value(), "add_note", &[note.value()]));
    if added.is_err() {
        drop(th.take_exception());
    }
    th.restore_exception(Some(exception));
    raised
}
