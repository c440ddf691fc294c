//! The call protocol.
//!
//! Everything callable fills the `call` slot of its type. Arguments travel as [`Args`]: the caller owns them.

use crate::prelude::*;
use crate::typeobj::names;
use crate::types::dict::Dict;
use crate::types::str;
use crate::types::tuple::Tuple;

/// Arguments that fit the native stack when one is put in front.
const SMALL: usize = 8;

/// Calls `f`.
///
/// # Errors
/// TypeError if `f` is not callable, RecursionError, and whatever the callee raises.
#[inline]
pub fn call(th: &Thread, f: Value, args: Args) -> PyResult {
    match f.ty().slots().call {
        Some(call) => {
            th.check_native_stack(" while calling a Python object")?;
            call(th, f, args)
        }
        None => Err(not_callable(th, f)),
    }
}

#[cold]
fn not_callable(th: &Thread, f: Value) -> Raised {
    th.type_error(format!("'{}' object is not callable", f.ty().name()))
}

/// Whether `v` can be called.
#[inline]
pub fn is_callable(v: Value) -> bool {
    v.ty().slots().call.is_some()
}

/// Calls without arguments.
#[inline]
pub fn call0(th: &Thread, f: Value) -> PyResult {
    call(th, f, Args::NONE)
}
/// Calls with one argument.
#[inline]
pub fn call1(th: &Thread, f: Value, a: Value) -> PyResult {
    call(th, f, Args::from_values(&[a]))
}
/// Calls with two arguments.
#[inline]
pub fn call2(th: &Thread, f: Value, a: Value, b: Value) -> PyResult {
    call(th, f, Args::from_values(&[a, b]))
}
/// Calls with three arguments.
#[inline]
pub fn call3(th: &Thread, f: Value, a: Value, b: Value, c: Value) -> PyResult {
    call(th, f, Args::from_values(&[a, b, c]))
}
/// Calls with positional arguments.
#[inline]
pub fn call_values(th: &Thread, f: Value, args: &[Value]) -> PyResult {
    call(th, f, Args::from_values(args))
}

/// Calls with positional and keyword arguments.
///
/// # Errors
/// As [`call`].
pub fn call_kw(th: &Thread, f: Value, args: &[Value], keywords: &[(&str, Value)]) -> PyResult {
    if keywords.is_empty() {
        return call_values(th, f, args);
    }
    let mut slots: Vec<Slot> = args.iter().map(|v| Slot::owned(*v)).collect();
    let mut names = Vec::with_capacity(keywords.len());
    for (name, value) in keywords {
        names.push(th.intern(name)?);
        slots.push(Slot::owned(*value));
    }
    let names = th.tuple_from(names)?;
    call(th, f, Args::new(&slots, names.cast::<Tuple>()))
}

/// Calls with positional and keyword arguments whose names are str objects.
///
/// # Errors
/// As [`call`].
pub fn call_keywords(th: &Thread, f: Value, args: &[Value], keywords: &[(Value, Value)]) -> PyResult {
    if keywords.is_empty() {
        return call_values(th, f, args);
    }
    let mut slots: Vec<Slot> = args.iter().map(|v| Slot::owned(*v)).collect();
    slots.extend(keywords.iter().map(|(_, value)| Slot::owned(*value)));
    let names: Vec<Value> = keywords.iter().map(|(name, _)| *name).collect();
    let names = th.tuple(&names)?;
    call(th, f, Args::new(&slots, names.cast::<Tuple>()))
}

/// Runs `body` with `this` put in front of the arguments.
#[inline]
pub fn with_self<R>(this: Value, args: Args, body: impl FnOnce(Args) -> R) -> R {
    let given = args.slots();
    if given.len() < SMALL {
        let mut slots = [Slot::NULL; SMALL];
        slots[0] = Slot::owned(this);
        slots[1..=given.len()].copy_from_slice(given);
        return body(Args::new(&slots[..=given.len()], args.kwnames()));
    }
    let mut slots = Vec::with_capacity(given.len() + 1);
    slots.push(Slot::owned(this));
    slots.extend_from_slice(given);
    body(Args::new(&slots, args.kwnames()))
}

/// Calls `f` with `this` in front of the other arguments.
///
/// # Errors
/// As [`call`].
#[inline]
pub fn call_with_self(th: &Thread, f: Value, this: Value, args: Args) -> PyResult {
    with_self(this, args, |args| call(th, f, args))
}

/// Calls `obj.name(*args)` without making a bound method where that can be avoided.
///
/// # Errors
/// AttributeError if there is no such method; what the method raises.
pub fn call_method(th: &Thread, obj: Value, name: &str, args: &[Value]) -> PyResult {
    let name = th.intern(name)?;
    call_method_name(th, obj, name.value(), args)
}

/// As [`call_method`], with the name as a str object.
///
/// # Errors
/// As [`call_method`].
pub fn call_method_name(th: &Thread, obj: Value, name: Value, args: &[Value]) -> PyResult {
    let (method, unbound) = object::get_method(th, obj, name)?;
    let args = Args::from_values(args);
    if unbound { call_with_self(th, method.value(), obj, args) } else { call(th, method.value(), args) }
}

/// How many arguments [`Spread`] lays out without asking for memory.
const FEW: usize = 8;

/// The arguments of `f(*args, **kwargs)`, laid out for a call. It keeps what it was made of alive.
pub struct Spread {
    tuple: Obj,
    /// Positional arguments, then the values of keywords, which are owned; in `many` if there are more than a few. Empty when the tuple's own
    /// items serve.
    few: [Slot; FEW],
    many: Vec<Slot>,
    len: usize,
    /// How many of them are values of keywords.
    keywords: usize,
    names: Option<Obj>,
}

impl Spread {
    fn push(&mut self, slot: Slot) {
        if self.many.capacity() == 0 {
            self.few[self.len] = slot;
        } else {
            self.many.push(slot);
        }
        self.len += 1;
    }
    fn laid_out(&self) -> &[Slot] {
        if self.many.capacity() == 0 { &self.few[..self.len] } else { &self.many }
    }
    /// Positional arguments, then the values of keywords.
    pub fn slots(&self) -> &[Slot] {
        if self.keywords == 0 {
            return self.tuple.cast::<Tuple>().map_or(&[][..], |tuple| Args::from_values(tuple.as_slice()).slots());
        }
        self.laid_out()
    }
    /// The names of keywords.
    pub fn kwnames(&self) -> Option<&Tuple> {
        self.names.as_ref().and_then(|names| names.cast::<Tuple>())
    }
    pub fn args(&self) -> Args<'_> {
        Args::new(self.slots(), self.kwnames())
    }
}

impl Drop for Spread {
    fn drop(&mut self) {
        for slot in &self.laid_out()[self.len - self.keywords..] {
            crate::obj::release_slot(*slot);
        }
    }
}

/// A dict of keyword arguments, if there are any.
fn any_keywords<'a>(keywords: Option<Value>) -> Option<&'a Dict> {
    keywords.and_then(|v| v.cast::<Dict>()).filter(|dict| dict.len() != 0)
}

/// Lays out a tuple of positional arguments and a dict of keyword arguments.
///
/// # Errors
/// TypeError when a keyword is not a string.
pub fn spread(th: &Thread, tuple: Value, keywords: Option<Value>) -> PyResult<Spread> {
    let few = [Slot::NULL; FEW];
    let mut spread = Spread { tuple: tuple.own(), few, many: Vec::new(), len: 0, keywords: 0, names: None };
    let Some(dict) = any_keywords(keywords) else { return Ok(spread) };
    let items = tuple.cast::<Tuple>().map_or(&[][..], Tuple::as_slice);
    if items.len() + dict.len() > FEW {
        spread.many.reserve(items.len() + dict.len());
    }
    for item in items {
        spread.push(Slot::owned(*item));
    }
    let mut few_names = [statics::none(); FEW];
    let mut many_names = Vec::new();
    let mut at = 0;
    while let Some((name, value, _)) = dict.entry_at(&mut at) {
        if !name.is_instance(&statics::STR_TYPE) {
            return err!(th, TYPE_ERROR, "keywords must be strings");
        }
        if dict.len() <= FEW {
            few_names[spread.keywords] = name;
        } else {
            many_names.push(name);
        }
        spread.push(value.own().into_slot());
        spread.keywords += 1;
    }
    // The dict owns the names; nothing has run since they were read from it.
    let names = if dict.len() <= FEW { &few_names[..spread.keywords] } else { &many_names[..] };
    spread.names = Some(th.tuple(names)?);
    Ok(spread)
}

/// `f(*args, **kwargs)` with a tuple and a dict (or nothing, or `None`).
///
/// # Errors
/// As [`call`]; TypeError when a keyword is not a string.
pub fn call_ex(th: &Thread, f: Value, args: Value, keywords: Option<Value>) -> PyResult {
    if any_keywords(keywords).is_none()
        && let Some(tuple) = args.cast::<Tuple>()
    {
        return call(th, f, Args::from_values(tuple.as_slice()));
    }
    let spread = spread(th, args, keywords)?;
    call(th, f, spread.args())
}

/// How messages about a call name the callable: `module.qualname()`, without the module for built-ins.
pub fn function_name(th: &Thread, callable: Value) -> String {
    let describe = || -> PyResult<String> {
        let Some(qualname) = object::lookup_attr(th, callable, names::QUALNAME.get(th)?)? else {
            return Ok(str::to_rust_string(object::str(th, callable)?.value()));
        };
        let qualname = str::to_rust_string(object::str(th, qualname.value())?.value());
        if let Some(module) = object::lookup_attr(th, callable, names::MODULE.get(th)?)?
            && module.is_instance(&statics::STR_TYPE)
        {
            let module = str::to_rust_string(module.value());
            if module != "builtins" {
                return Ok(format!("{module}.{qualname}()"));
            }
        }
        Ok(format!("{qualname}()"))
    };
    th.with_exception_saved(|| {
        describe().unwrap_or_else(|_| {
            drop(th.take_exception());
            format!("{}()", callable.ty().name())
        })
    })
}

/// The operand of `*` in a call as a tuple.
///
/// # Errors
/// TypeError that names the function when it is not iterable.
pub fn star_args_to_tuple(th: &Thread, callable: Value, iterable: Value) -> PyResult {
    if iterable.is_exact(&statics::TUPLE_TYPE) {
        return Ok(iterable.own());
    }
    if iterable.ty().slots().iter.is_none() && !sequence::is_sequence(iterable) {
        let (name, ty) = (function_name(th, callable), iterable.ty().name());
        return err!(th, TYPE_ERROR, "{name} argument after * must be an iterable, not {ty}");
    }
    th.tuple_from(iter::to_vec(th, iterable)?)
}

/// Adds the operand of `**` in a call to the keyword arguments collected so far.
///
/// # Errors
/// TypeError that names the function: not a mapping, or a keyword given twice.
pub fn merge_keywords(th: &Thread, callable: Value, dict: Value, mapping: Value) -> PyResult<()> {
    let Some(target) = dict.cast::<Dict>() else {
        return err!(th, SYSTEM_ERROR, "keyword arguments are not in a dict");
    };
    let add = |key: Value, value: Value| -> PyResult<()> {
        if target.contains(th, key)? {
            let name = function_name(th, callable);
            let key = str::to_rust_string(object::str(th, key)?.value());
            return err!(th, TYPE_ERROR, "{name} got multiple values for keyword argument '{key}'");
        }
        target.set(th, key, value)
    };
    if let Some(source) = mapping.exact::<Dict>() {
        if target.is_empty() {
            return target.merge(th, mapping, true);
        }
        let mut at = 0;
        while let Some((key, value, _)) = source.entry_at(&mut at) {
            let (key, value) = (key.own(), value.own());
            add(key.value(), value.value())?;
        }
        return Ok(());
    }
    let keys = call_method(th, mapping, "keys", &[]);
    let Some(keys) = th.catch(keys, &statics::ATTRIBUTE_ERROR)? else {
        let (name, ty) = (function_name(th, callable), mapping.ty().name());
        return err!(th, TYPE_ERROR, "{name} argument after ** must be a mapping, not {ty}");
    };
    let it = iter::get_iter(th, keys.value())?;
    while let Some(key) = iter::next(th, it.value())? {
        let value = object::get_item(th, mapping, key.value())?;
        add(key.value(), value.value())?;
    }
    Ok(())
}
