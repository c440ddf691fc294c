//! Functions on any object.

use crate::prelude::*;
use crate::types::iterators;
use crate::types::list::{self, List};
use crate::types::str::{self, Str, to_rust_string};
use crate::types::{bytearray, bytes};

fn attribute_name(th: &Thread, name: Value, function: &str) -> PyResult<()> {
    if name.is_instance(&statics::STR_TYPE) {
        return Ok(());
    }
    let _ = function;
    err!(th, TYPE_ERROR, "attribute name must be string, not '{}'", name.ty().name())
}

/// An int in base 2, 8 or 16 with its prefix.
fn with_prefix(th: &Thread, number: Value, base: u32, prefix: &str) -> PyResult {
    let number = number::index(th, number)?;
    let digits = crate::types::int::with_big(number.value(), |big| big.to_string_radix(base));
    match digits.strip_prefix('-') {
        Some(digits) => th.str(&format!("-{prefix}{digits}")),
        None => th.str(&format!("{prefix}{digits}")),
    }
}

#[pyfunctions]
pub mod functions {
    use super::*;
    /// The absolute value of a number.
    #[function("abs(number, /)")]
    fn abs(th: &Thread, number: Value) -> PyResult {
        number::absolute(th, number)
    }
    /// Whether all items of the iterable are true.
    #[function("all(iterable, /)")]
    fn all(th: &Thread, iterable: Value) -> PyResult<bool> {
        let it = iter::get_iter(th, iterable)?;
        while let Some(item) = iter::next(th, it.value())? {
            if !object::is_true(th, item.value())? {
                return Ok(false);
            }
        }
        Ok(true)
    }
    /// Whether any item of the iterable is true.
    #[function("any(iterable, /)")]
    fn any(th: &Thread, iterable: Value) -> PyResult<bool> {
        let it = iter::get_iter(th, iterable)?;
        while let Some(item) = iter::next(th, it.value())? {
            if object::is_true(th, item.value())? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    /// A printable representation in ASCII.
    #[function("ascii(obj, /)")]
    fn ascii(th: &Thread, obj: Value) -> PyResult {
        object::ascii(th, obj)
    }
    /// An int in binary: bin(10) is '0b1010'.
    #[function("bin(number, /)")]
    fn bin(th: &Thread, number: Value) -> PyResult {
        with_prefix(th, number, 2, "0b")
    }
    /// An int in octal.
    #[function("oct(number, /)")]
    fn oct(th: &Thread, number: Value) -> PyResult {
        with_prefix(th, number, 8, "0o")
    }
    /// An int in hexadecimal.
    #[function("hex(number, /)")]
    fn hex(th: &Thread, number: Value) -> PyResult {
        with_prefix(th, number, 16, "0x")
    }
    /// Calls sys.breakpointhook with the arguments.
    #[function("breakpoint(*args, **kws)")]
    fn breakpoint(th: &Thread, args: &[Slot], kws: Vec<(Value, Value)>) -> PyResult {
        let hook = crate::sys::get_object(th, "breakpointhook")?.ok_or_else(|| th.runtime_error("lost sys.breakpointhook"))?;
        let args: Vec<Value> = args.iter().map(|slot| slot.value()).collect();
        call::call_keywords(th, hook.value(), &args, &kws)
    }
    /// Whether the object can be called.
    #[function("callable(obj, /)")]
    fn callable(_: &Thread, obj: Value) -> bool {
        call::is_callable(obj)
    }
    /// The character with this code point.
    #[function("chr(i, /)")]
    fn chr(th: &Thread, i: Value) -> PyResult {
        let number = number::index(th, i)?;
        match crate::types::int::as_i64_exact(number.value()) {
            Some(i) if (0..0x110000).contains(&i) => str::from_char(th, i as u32),
            _ => err!(th, VALUE_ERROR, "chr() arg not in range(0x110000)"),
        }
    }
    /// The code point of a one-character string.
    #[function("ord(character, /)")]
    fn ord(th: &Thread, character: Value) -> PyResult<i64> {
        let len = if let Some(text) = character.cast::<Str>() {
            match (text.len(), text.units().iter().next()) {
                (1, Some(c)) => return Ok(c.into()),
                (len, _) => len,
            }
        } else if let Some(data) = character.cast::<bytes::Bytes>() {
            match data.as_slice() {
                [b] => return Ok((*b).into()),
                other => other.len(),
            }
        } else if character.is_instance(&statics::BYTEARRAY_TYPE) {
            let data = crate::types::buffer::get(th, character, false)?;
            match data.bytes() {
                [b] => return Ok((*b).into()),
                other => other.len(),
            }
        } else {
            let _ = &bytearray::BYTEARRAY_TYPE;
            return err!(
                th,
                TYPE_ERROR,
                "ord() expected string of length 1, but {} found",
                character.ty().name()
            );
        };
        err!(th, TYPE_ERROR, "ord() expected a character, but string of length {len} found")
    }
    /// Deletes an attribute.
    #[function("delattr(obj, name, /)")]
    fn delattr(th: &Thread, obj: Value, name: Value) -> PyResult<()> {
        attribute_name(th, name, "delattr")?;
        object::del_attr(th, obj, name)
    }
    /// The names in the current scope, or the attributes of an object.
    #[function("dir(object=None, /)", raw)]
    fn dir(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "dir", 0, 1)?;
        match args.get(0) {
            Some(obj) => object::dir(th, obj),
            None => {
                let locals = super::super::code::current_locals(th)?;
                let keys = call::call_method(th, locals.value(), "keys", &[])?;
                let names = iter::to_vec(th, keys.value())?;
                let made = th.list(names)?;
                if let Some(names) = made.cast::<List>() {
                    list::sort(th, names, None, false)?;
                }
                Ok(made)
            }
        }
    }
    /// (x // y, x % y).
    #[function("divmod(x, y, /)")]
    fn divmod(th: &Thread, x: Value, y: Value) -> PyResult {
        number::divmod(th, x, y)
    }
    /// The object formatted by a format specification.
    #[function("format(value, format_spec='', /)")]
    fn format(th: &Thread, value: Value, format_spec: Option<Value>) -> PyResult {
        object::format(th, value, format_spec)
    }
    /// An attribute, or the default if it does not exist.
    #[function("getattr(object, name, default=None, /)", raw)]
    fn getattr(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "getattr", 2, 3)?;
        let (Some(obj), Some(name)) = (args.get(0), args.get(1)) else { return Ok(Obj::none()) };
        attribute_name(th, name, "getattr")?;
        match args.get(2) {
            Some(default) => Ok(object::lookup_attr(th, obj, name)?.unwrap_or_else(|| default.own())),
            None => object::get_attr(th, obj, name),
        }
    }
    /// Whether the object has the attribute.
    #[function("hasattr(obj, name, /)")]
    fn hasattr(th: &Thread, obj: Value, name: Value) -> PyResult<bool> {
        attribute_name(th, name, "hasattr")?;
        Ok(object::lookup_attr(th, obj, name)?.is_some())
    }
    /// The hash value.
    #[function("hash(obj, /)")]
    fn hash(th: &Thread, obj: Value) -> PyResult<i64> {
        object::hash(th, obj)
    }
    /// A number that is unique among the objects alive.
    #[function("id(obj, /)")]
    fn id(th: &Thread, obj: Value) -> PyResult {
        crate::types::object::id(th, obj)
    }
    /// Whether an object is an instance of a class or of one in a tuple.
    #[function("isinstance(obj, class_or_tuple, /)")]
    fn isinstance(th: &Thread, obj: Value, class_or_tuple: Value) -> PyResult<bool> {
        object::is_instance(th, obj, class_or_tuple)
    }
    /// Whether a class derives from another or from one in a tuple.
    #[function("issubclass(cls, class_or_tuple, /)")]
    fn issubclass(th: &Thread, cls: Value, class_or_tuple: Value) -> PyResult<bool> {
        object::is_subclass(th, cls, class_or_tuple)
    }
    /// An iterator over an object; with a sentinel, over the results of a callable until it returns that.
    #[function("iter(object, sentinel=None, /)", raw)]
    fn iter(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "iter", 1, 2)?;
        let obj = args.get(0).unwrap_or(statics::none());
        match args.get(1) {
            None => iter::get_iter(th, obj),
            Some(_) if !call::is_callable(obj) => err!(th, TYPE_ERROR, "iter(v, w): v must be callable"),
            Some(sentinel) => iterators::callable_iterator(th, obj, sentinel),
        }
    }
    /// The next item of an iterator, or the default when it is exhausted.
    #[function("next(iterator, default=None, /)", raw)]
    fn next(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "next", 1, 2)?;
        let it = args.get(0).unwrap_or(statics::none());
        let Some(slot) = it.ty().slots().iternext else {
            return err!(th, TYPE_ERROR, "'{}' object is not an iterator", it.ty().name());
        };
        match slot(th, it) {
            Ok(Some(v)) => Ok(v),
            Ok(None) => match args.get(1) {
                Some(default) => Ok(default.own()),
                None => Err(th.raise_with(&statics::STOP_ITERATION, &[])),
            },
            Err(raised) => match args.get(1) {
                Some(default) if th.exception_matches(&statics::STOP_ITERATION) => {
                    drop(th.take_exception());
                    Ok(default.own())
                }
                _ => Err(raised),
            },
        }
    }
    /// The number of items.
    #[function("len(obj, /)")]
    fn len(th: &Thread, obj: Value) -> PyResult<isize> {
        object::len(th, obj)
    }
    /// base ** exp, or base ** exp % mod.
    #[function("pow(base, exp, mod=None)")]
    fn pow(th: &Thread, base: Value, exp: Value, modulus: Option<Value>) -> PyResult {
        number::power(th, base, exp, modulus.unwrap_or(statics::none()))
    }
    /// The canonical string representation.
    #[function("repr(obj, /)")]
    fn repr(th: &Thread, obj: Value) -> PyResult {
        object::repr(th, obj)
    }
    /// A number rounded to a precision in decimal digits.
    #[function("round(number, ndigits=None)")]
    fn round(th: &Thread, number: Value, ndigits: Option<Value>) -> PyResult {
        let Some(method) = object::lookup_special(th, number, "__round__")? else {
            return err!(th, TYPE_ERROR, "type {} doesn't define __round__ method", number.ty().name());
        };
        match ndigits {
            Some(n) => call::call1(th, method.value(), n),
            None => call::call0(th, method.value()),
        }
    }
    /// Sets an attribute.
    #[function("setattr(obj, name, value, /)")]
    fn setattr(th: &Thread, obj: Value, name: Value, value: Value) -> PyResult<()> {
        attribute_name(th, name, "setattr")?;
        object::set_attr(th, obj, name, value)
    }
    /// A new sorted list of the iterable's items.
    #[function("sorted(iterable, /, *, key=None, reverse=False)")]
    fn sorted(th: &Thread, iterable: Value, key: Option<Value>, reverse: bool) -> PyResult {
        let items = iter::to_vec(th, iterable)?;
        let made = th.list(items)?;
        if let Some(items) = made.cast::<List>() {
            list::sort(th, items, key, reverse)?;
        }
        Ok(made)
    }
    /// The `__dict__` of an object, or the local namespace.
    #[function("vars(object=None, /)", raw)]
    fn vars(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "vars", 0, 1)?;
        let Some(obj) = args.get(0) else { return super::super::code::current_locals(th) };
        match object::lookup_attr_str(th, obj, "__dict__")? {
            Some(dict) => Ok(dict),
            None => err!(th, TYPE_ERROR, "vars() argument must have __dict__ attribute"),
        }
    }
    /// Imports a module: what the import statement calls.
    #[function("__import__(name, globals=None, locals=None, fromlist=(), level=0)")]
    fn import(
        th: &Thread,
        name: Value,
        globals: Option<Value>,
        locals: Option<Value>,
        fromlist: Option<Value>,
        level: i32,
    ) -> PyResult {
        let none = statics::none();
        let _ = to_rust_string;
        crate::import::import_module_level(
            th,
            name,
            globals.unwrap_or(none),
            locals.unwrap_or(none),
            fromlist.unwrap_or(none),
            level.into(),
        )
    }
}
