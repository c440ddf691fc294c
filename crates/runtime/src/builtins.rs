//! The `builtins` module.
//!
//! - here: the module itself, namespaces, attributes, numbers, small functions
//! - `evaluate.rs`: compile, eval, exec; `aggregate.rs`: sum, min, max, sorted...; `classes.rs`: `__build_class__`;
//!   `console.rs`: print, input; `asynchronous.rs`: aiter, anext
//!
//! Source: docs "Built-in Functions".

mod aggregate;
mod asynchronous;
mod classes;
mod console;
pub mod evaluate;

pub use crate::types::list::is_append as is_list_append;
pub use asynchronous::ANEXT_AWAITABLE_TYPE;
pub use classes::update_bases;
pub use console::{write_object, write_text};
pub use evaluate::compile_text;
pub use functions::{is_isinstance, is_len};

use crate::prelude::*;
use crate::typeobj::names;
use crate::types::bytes::Bytes;
use crate::types::dict::Dict;
use crate::types::frame;
use crate::types::int;
use crate::types::list::List;
use crate::types::module;
use crate::types::str::Str;

/// The types that are built-in names, under their own names.
fn public_types() -> Vec<&'static Type> {
    use crate::types::iterators;
    vec![
        &statics::BOOL_TYPE,
        &statics::MEMORYVIEW_TYPE,
        &statics::BYTEARRAY_TYPE,
        &statics::BYTES_TYPE,
        &statics::CLASSMETHOD_TYPE,
        &statics::COMPLEX_TYPE,
        &statics::DICT_TYPE,
        &iterators::ENUMERATE_TYPE,
        &iterators::FILTER_TYPE,
        &statics::FLOAT_TYPE,
        &statics::FROZENSET_TYPE,
        &statics::PROPERTY_TYPE,
        &statics::INT_TYPE,
        &statics::LIST_TYPE,
        &iterators::MAP_TYPE,
        &statics::OBJECT_TYPE,
        &statics::RANGE_TYPE,
        &iterators::REVERSED_TYPE,
        &statics::SET_TYPE,
        &statics::SLICE_TYPE,
        &statics::STATICMETHOD_TYPE,
        &statics::STR_TYPE,
        &statics::SUPER_TYPE,
        &statics::TUPLE_TYPE,
        &statics::TYPE_TYPE,
        &iterators::ZIP_TYPE,
    ]
}

/// Makes the module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let doc = "Functions, types, exceptions and other objects that every program can use without an import.";
    let module = module::new(th, "builtins", doc, functions::METHODS)?;
    for defs in [
        aggregate::functions::METHODS,
        classes::functions::METHODS,
        console::functions::METHODS,
        evaluate::functions::METHODS,
    ] {
        module::add_functions(th, module.value(), defs)?;
    }
    module::add_functions(th, module.value(), asynchronous::functions::METHODS)?;
    for ty in public_types() {
        module::add_type(th, module.value(), ty)?;
    }
    for ty in crate::types::exceptions::types::ALL {
        module::add_type(th, module.value(), ty)?;
    }
    let group = crate::types::exceptions::groups::exception_group(th);
    module::add(th, module.value(), "ExceptionGroup", group.value())?;
    for alias in ["EnvironmentError", "IOError"] {
        module::add(th, module.value(), alias, statics::OS_ERROR.value())?;
    }
    for (name, value) in [
        ("None", statics::none()),
        ("Ellipsis", statics::ellipsis()),
        ("NotImplemented", statics::not_implemented()),
        ("False", statics::bool_value(false)),
        ("True", statics::bool_value(true)),
        ("__debug__", statics::bool_value(th.interp.config.optimize == 0)),
    ] {
        module::add(th, module.value(), name, value)?;
    }
    th.interp.state::<crate::import::FirstModules>().builtins.0.set(Some(module.clone()));
    Ok(module)
}

/// Makes `builtins.open` the function of `io`. Called when `io` can be imported.
///
/// # Errors
/// ImportError.
pub fn install_open(th: &Thread) -> PyResult<()> {
    let open = crate::import::attribute(th, "_io", "open")?;
    match th.interp.builtins_dict.get().as_ref().and_then(|d| d.cast::<Dict>()) {
        Some(dict) => dict.set_rust(th, "open", open.value()),
        None => Ok(()),
    }
}

/// A built-in function by name.
///
/// # Errors
/// NameError if it was deleted.
pub fn function(th: &Thread, name: &str) -> PyResult {
    let dict = th.interp.builtins_dict.get();
    let found = match dict.as_ref().and_then(|d| d.cast::<Dict>()) {
        Some(dict) => dict.get_rust(th, name)?,
        None => None,
    };
    found.ok_or_else(|| th.raise(&statics::NAME_ERROR, format!("name '{name}' is not defined")))
}

/// The namespace of built-in names for code with these globals: what `globals['__builtins__']` says (a module or a
/// dict), else that of the running frame, else the interpreter's.
///
/// # Errors
/// MemoryError.
pub fn builtins_of(th: &Thread, globals: Value) -> PyResult {
    if let Some(dict) = globals.cast::<Dict>() {
        let key = th.intern("__builtins__")?;
        if let Some(found) = dict.get_str(th, key.value())? {
            return if found.cast::<module::Module>().is_some() {
                module::dict_of(th, found.value())
            } else {
                Ok(found)
            };
        }
    }
    current_builtins(th)
}

/// The built-in names of the running frame, or the interpreter's.
fn current_builtins(th: &Thread) -> PyResult {
    let frame = frame::current(th);
    if !frame.is_null() {
        // SAFETY: I6, the frame is running.
        if let Some(builtins) = unsafe { (*frame).builtins.get() }.get() {
            return Ok(builtins.own());
        }
    }
    th.interp.builtins_dict.get().ok_or_else(|| th.system_error("no builtins"))
}

/// Gives a namespace its `__builtins__`, unless it has one.
///
/// # Errors
/// MemoryError.
pub fn add_builtins(th: &Thread, globals: Value) -> PyResult<()> {
    let Some(dict) = globals.cast::<Dict>() else { return Ok(()) };
    if dict.get_rust(th, "__builtins__")?.is_none() {
        let builtins = current_builtins(th)?;
        dict.set_rust(th, "__builtins__", builtins.value())?;
    }
    Ok(())
}

/// The globals of the running frame.
///
/// # Errors
/// SystemError without a frame.
pub fn current_globals(th: &Thread) -> PyResult<Option<Obj>> {
    let frame = frame::current(th);
    if frame.is_null() {
        return Ok(None);
    }
    // SAFETY: I6, the frame is running.
    Ok(unsafe { (*frame).globals.get() }.get().map(ValueExt::own))
}

/// `locals()`.
///
/// # Errors
/// SystemError without a frame.
pub fn current_locals(th: &Thread) -> PyResult {
    let frame = frame::current(th);
    if frame.is_null() {
        return Err(th.system_error("frame does not exist"));
    }
    frame::locals_of(th, frame)
}

/// The number `id(v)` shows.
///
/// # Errors
/// MemoryError.
pub fn identity(th: &Thread, v: Value) -> PyResult {
    // A boxed number that fits an immediate has the immediate's identity.
    if v.is_pointer() {
        if v.is_exact(&statics::INT_TYPE)
            && let Some(small) = int::try_i64(v).and_then(Value::try_small_int)
        {
            return th.uint(small.bits());
        }
        if v.is_exact(&statics::FLOAT_TYPE)
            && let Some(small) = crate::types::float::value_of(v).and_then(Value::try_small_float)
        {
            return th.uint(small.bits());
        }
    }
    th.uint(v.bits())
}

/// `number` in base `1 << bits`.
fn radix(th: &Thread, number: Value, bits: u32, prefix: &str) -> PyResult {
    let number = number::index(th, number)?;
    if let Some(v) = number.as_small_int() {
        // Digits of at most 64 bits, a prefix of two and a sign.
        let mut text = [0; 67];
        let (mut rest, mut at) = (v.unsigned_abs(), text.len());
        loop {
            at -= 1;
            text[at] = b"0123456789abcdef"[(rest & ((1 << bits) - 1)) as usize & 15];
            rest >>= bits;
            if rest == 0 {
                break;
            }
        }
        at -= prefix.len();
        text[at..at + prefix.len()].copy_from_slice(prefix.as_bytes());
        if v < 0 {
            at -= 1;
            text[at] = b'-';
        }
        return crate::types::str::from_ascii(th, &text[at..]);
    }
    let text = int::with_big(number.value(), |big| whipsnake_numbers::bigint::to_string_radix(big, 1 << bits));
    match text.strip_prefix('-') {
        Some(digits) => th.str(&format!("-{prefix}{digits}")),
        None => th.str(&format!("{prefix}{text}")),
    }
}

/// The code point of a one-character str, or the byte of a one-byte bytes object.
fn code_point(th: &Thread, v: Value) -> PyResult<u32> {
    let len = if let Some(s) = v.cast::<Str>() {
        match (s.len(), s.units().get(0)) {
            (1, Some(c)) => return Ok(c),
            (len, _) => len,
        }
    } else if let Some(b) = v.cast::<Bytes>() {
        match b.as_slice() {
            [byte] => return Ok(u32::from(*byte)),
            other => other.len(),
        }
    } else if v.is_instance(&statics::BYTEARRAY_TYPE) {
        let view = crate::types::buffer::get(th, v, false)?;
        match view.bytes() {
            [byte] => return Ok(u32::from(*byte)),
            other => other.len(),
        }
    } else {
        let got = v.ty().name();
        return err!(th, TYPE_ERROR, "ord() expected string of length 1, but {got} found");
    };
    err!(th, TYPE_ERROR, "ord() expected a character, but string of length {len} found")
}

fn need_name(th: &Thread, name: Value) -> PyResult<()> {
    if name.cast::<Str>().is_none() {
        return err!(th, TYPE_ERROR, "attribute name must be string, not '{}'", name.ty().name());
    }
    Ok(())
}

#[pyfunctions]
pub(crate) mod functions {
    use super::*;

    /// The absolute value.
    #[function("abs(x, /)")]
    fn abs(th: &Thread, x: Value) -> PyResult {
        number::absolute(th, x)
    }
    /// The repr with everything but ASCII escaped.
    #[function("ascii(obj, /)")]
    fn ascii(th: &Thread, obj: Value) -> PyResult {
        object::ascii(th, obj)
    }
    /// The binary text of an integer.
    #[function("bin(number, /)")]
    fn bin(th: &Thread, number: Value) -> PyResult {
        radix(th, number, 1, "0b")
    }
    /// The octal text of an integer.
    #[function("oct(number, /)")]
    fn oct(th: &Thread, number: Value) -> PyResult {
        radix(th, number, 3, "0o")
    }
    /// The hexadecimal text of an integer.
    #[function("hex(number, /)")]
    fn hex(th: &Thread, number: Value) -> PyResult {
        radix(th, number, 4, "0x")
    }
    /// Calls sys.breakpointhook, the debugger by default.
    #[function("breakpoint(*args, **kws)", raw)]
    fn breakpoint(th: &Thread, args: Args) -> PyResult {
        let Some(hook) = crate::sys::get_object(th, "breakpointhook")? else {
            return Err(th.runtime_error("lost sys.breakpointhook"));
        };
        call::call(th, hook.value(), args)
    }
    /// Whether the object can be called.
    #[function("callable(obj, /)", pure)]
    fn callable(_: &Thread, obj: Value) -> bool {
        call::is_callable(obj)
    }
    /// The character with a code point.
    #[function("chr(i, /)")]
    fn chr(th: &Thread, i: Value) -> PyResult {
        let i = number::index(th, i)?;
        match int::try_i64(i.value()).and_then(|i| u32::try_from(i).ok()).filter(|c| *c < 0x110000) {
            Some(c) => crate::types::str::from_char(th, c),
            None => Err(th.value_error("chr() arg not in range(0x110000)")),
        }
    }
    /// The code point of a character.
    #[function("ord(character, /)")]
    fn ord(th: &Thread, character: Value) -> PyResult<i64> {
        code_point(th, character).map(i64::from)
    }
    /// Deletes an attribute.
    #[function("delattr(obj, name, /)")]
    fn delattr(th: &Thread, obj: Value, name: Value) -> PyResult<()> {
        need_name(th, name)?;
        object::del_attr(th, obj, name)
    }
    /// The names an object has, or those of the caller's namespace.
    #[function("dir", raw)]
    fn dir(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "dir", 0, 1)?;
        if let Some(obj) = args.get(0) {
            return object::dir(th, obj);
        }
        let locals = current_locals(th)?;
        let names = crate::protocols::mapping::keys(th, locals.value())?;
        let names = th.list(iter::to_vec(th, names.value())?)?;
        if let Some(list) = names.cast::<List>() {
            crate::types::list::sort::sort(th, list, None, false)?;
        }
        Ok(names)
    }
    /// Quotient and remainder.
    #[function("divmod(x, y, /)")]
    fn divmod(th: &Thread, x: Value, y: Value) -> PyResult {
        number::divmod(th, x, y)
    }
    /// The text of a value after a format specification.
    #[function("format(value, format_spec='', /)")]
    fn format(th: &Thread, value: Value, format_spec: Option<&Str>) -> PyResult {
        object::format(th, value, format_spec.map(Str::value))
    }
    /// An attribute, or the default if there is none.
    #[function("getattr", raw)]
    fn getattr(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "getattr", 2, 3)?;
        let (Some(obj), Some(name)) = (args.get(0), args.get(1)) else { return Ok(Obj::none()) };
        need_name(th, name)?;
        match args.get(2) {
            Some(default) => Ok(object::lookup_attr(th, obj, name)?.unwrap_or_else(|| default.own())),
            None => object::get_attr(th, obj, name),
        }
    }
    /// The namespace of the running module.
    #[function("globals()")]
    fn globals(th: &Thread) -> PyResult<Option<Obj>> {
        current_globals(th)
    }
    /// Whether an object has an attribute.
    #[function("hasattr(obj, name, /)")]
    fn hasattr(th: &Thread, obj: Value, name: Value) -> PyResult<bool> {
        need_name(th, name)?;
        Ok(object::lookup_attr(th, obj, name)?.is_some())
    }
    /// The hash of an object.
    #[function("hash(obj, /)")]
    fn hash(th: &Thread, obj: Value) -> PyResult<i64> {
        object::hash(th, obj)
    }
    /// The identity of an object: a number no other living object has.
    #[function("id(obj, /)", pure)]
    fn id(th: &Thread, obj: Value) -> PyResult {
        identity(th, obj)
    }
    /// Whether an object is an instance of a class, or of one in a tuple or union.
    #[function("isinstance(obj, class_or_tuple, /)")]
    fn isinstance(th: &Thread, obj: Value, class_or_tuple: Value) -> PyResult<bool> {
        object::is_instance(th, obj, class_or_tuple)
    }
    /// Whether a class derives from another, or from one in a tuple or union.
    #[function("issubclass(cls, class_or_tuple, /)")]
    fn issubclass(th: &Thread, cls: Value, class_or_tuple: Value) -> PyResult<bool> {
        object::is_subclass(th, cls, class_or_tuple)
    }
    /// An iterator over an object, or over the results of a callable until it gives the sentinel.
    #[function("iter", raw)]
    fn iter_function(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "iter", 1, 2)?;
        let Some(v) = args.get(0) else { return Ok(Obj::none()) };
        match args.get(1) {
            None => iter::get_iter(th, v),
            Some(_) if !call::is_callable(v) => Err(th.type_error("iter(v, w): v must be callable")),
            Some(sentinel) => crate::types::iterators::callable_iterator(th, v, sentinel),
        }
    }
    /// How many items a container has.
    #[function("len(obj, /)")]
    fn len(th: &Thread, obj: Value) -> PyResult<isize> {
        object::len(th, obj)
    }
    /// Whether this is `len`, whose calls have a form of their own.
    pub fn is_len(def: &MethodDef) -> bool {
        matches!(def.code, NativeCode::One(code) if code as usize == __wrap_len as *const () as usize)
    }
    /// Whether this is `isinstance`.
    pub fn is_isinstance(def: &MethodDef) -> bool {
        matches!(def.code, NativeCode::Args(code) if code as usize == __wrap_isinstance as *const () as usize)
    }
    /// The caller's namespace.
    #[function("locals()")]
    fn locals(th: &Thread) -> PyResult {
        current_locals(th)
    }
    /// The next item of an iterator, or the default at its end.
    #[function("next", raw)]
    fn next(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "next", 1, 2)?;
        let Some(it) = args.get(0) else { return Ok(Obj::none()) };
        if !iter::is_iterator(it) {
            return err!(th, TYPE_ERROR, "'{}' object is not an iterator", it.ty().name());
        }
        let found = match it.ty().slots().iternext {
            Some(next) => next(th, it),
            None => iter::next(th, it),
        };
        match (found, args.get(1)) {
            (Ok(Some(item)), _) => Ok(item),
            (Ok(None), Some(default)) => {
                if th.has_exception() {
                    drop(crate::types::exceptions::take_stop_iteration_value(th));
                }
                Ok(default.own())
            }
            // An exhausted iterator may have left a StopIteration with a value.
            (Ok(None), None) if th.has_exception() => Err(Raised::already_set(th)),
            (Ok(None), None) => Err(th.raise_with(&statics::STOP_ITERATION, &[])),
            (Err(raised), Some(default)) => {
                if !th.exception_matches(&statics::STOP_ITERATION) {
                    return Err(raised);
                }
                drop(th.take_exception());
                Ok(default.own())
            }
            (Err(raised), None) => Err(raised),
        }
    }
    /// base ** exp, or base ** exp % mod.
    #[function("pow(base, exp, mod=None)")]
    fn pow(th: &Thread, base: Value, exp: Value, modulus: Option<Value>) -> PyResult {
        number::power(th, base, exp, modulus.unwrap_or(statics::none()))
    }
    /// The text by which a programmer knows the object.
    #[function("repr(obj, /)")]
    fn repr(th: &Thread, obj: Value) -> PyResult {
        object::repr(th, obj)
    }
    /// A number rounded to that many decimals.
    #[function("round(number, ndigits=None)")]
    fn round(th: &Thread, number: Value, ndigits: Option<Value>) -> PyResult {
        let Some(method) = object::lookup_special_name(th, number, names::ROUND.get(th)?)? else {
            return err!(th, TYPE_ERROR, "type {} doesn't define __round__ method", number.ty().name());
        };
        match ndigits {
            Some(ndigits) => call::call1(th, method.value(), ndigits),
            None => call::call0(th, method.value()),
        }
    }
    /// Sets an attribute.
    #[function("setattr(obj, name, value, /)")]
    fn setattr(th: &Thread, obj: Value, name: Value, value: Value) -> PyResult<()> {
        need_name(th, name)?;
        object::set_attr(th, obj, name, value)
    }
    /// The namespace of an object, or of the caller.
    #[function("vars", raw)]
    fn vars(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "vars", 0, 1)?;
        let Some(obj) = args.get(0) else { return current_locals(th) };
        let name = th.intern("__dict__")?;
        match object::lookup_attr(th, obj, name.value())? {
            Some(dict) => Ok(dict),
            None => Err(th.type_error("vars() argument must have __dict__ attribute")),
        }
    }
    /// What the import statement calls.
    #[function("__import__(name, globals=None, locals=None, fromlist=(), level=0)")]
    fn import(
        th: &Thread,
        name: Value,
        globals: Option<Value>,
        _locals: Option<Value>,
        fromlist: Option<Value>,
        level: i32,
    ) -> PyResult {
        crate::import::import_module_level(th, name, globals, fromlist.unwrap_or(statics::none()), level)
    }
    /// Opens a file.
    #[function("open", raw)]
    fn open(th: &Thread, args: Args) -> PyResult {
        // Replaced by the function of `_io` itself once that is loaded (`install_open`).
        let open = crate::import::attribute(th, "_io", "open")?;
        call::call(th, open.value(), args)
    }
}
