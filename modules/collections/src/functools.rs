//! `_functools`: `reduce`, `cmp_to_key`; see `partial` and `lru_cache` for the rest.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;

use crate::payload;

/// The key object of `cmp_to_key`: compares by calling a function.
pub struct Key {
    cmp: Obj,
    object: ObjCell,
}

impl Payload for Key {
    #[inline(always)]
    fn ty() -> &'static Type {
        &KEY_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.cmp);
        visitor.cell(&self.object);
    }
    fn clear(&self) {
        self.object.set(None);
    }
}

builtin_type! {
    /// `functools.KeyWrapper`.
    static KEY_TYPE = TypeSpec {
        name: "functools.KeyWrapper",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            call: Some(key_call),
            richcompare: Some(key_compare),
            hash: Some(object::hash_not_implemented),
            ..Instance::<Key>::SLOTS
        },
        getsets: key_methods::GETSETS,
        ..Instance::<Key>::SPEC
    }
}

fn key_call(th: &Thread, this: Value, args: Args) -> PyResult {
    static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
        function: "K",
        names: &["obj"],
        positional_only: 0,
        positional: 1,
        required: &[true],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 1];
    PARAMS.bind(th, args, &mut bound)?;
    let object = bound[0].unwrap_or(statics::none());
    let key = payload::<Key>(th, this)?;
    Instance::create(th, Key { cmp: key.cmp.clone(), object: ObjCell::new(object.own()) })
}

fn key_compare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast::<Instance<Key>>(), b.cast::<Instance<Key>>()) else {
        return err!(th, TYPE_ERROR, "other argument must be K instance");
    };
    let (Some(left), Some(right)) = (x.object.get(), y.object.get()) else {
        return err!(th, ATTRIBUTE_ERROR, "object");
    };
    let order = call::call2(th, x.cmp.value(), left.value(), right.value())?;
    if let Some(order) = order.as_small_int() {
        return Ok(Obj::bool(op.holds(order.cmp(&0))));
    }
    compare::rich(th, order.value(), Value::small_int(0), op)
}

#[pymethods]
mod key_methods {
    use super::*;

    #[getter("__text_signature__")]
    fn text_signature(th: &Thread, _: Value) -> PyResult {
        th.str("(obj)")
    }
    /// The wrapped value.
    #[getter("obj")]
    fn object(th: &Thread, this: &Instance<Key>) -> PyResult {
        this.object.get().ok_or_else(|| th.attribute_error("obj"))
    }
    #[setter("obj")]
    fn set_object(_: &Thread, this: &Instance<Key>, value: Option<Value>) -> PyResult<()> {
        this.object.set(value.map(ValueExt::own));
        Ok(())
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Combines the items of an iterable from left to right with a function of two arguments.
    #[function("reduce(function, iterable, /, initial=<unrepresentable>)", raw)]
    fn reduce(th: &Thread, args: Args) -> PyResult {
        static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
            function: "reduce",
            names: &["function", "iterable", "initial"],
            positional_only: 2,
            positional: 3,
            required: &[true, true, false],
            has_varargs: false,
            has_varkw: false,
        };
        let mut bound = [None; 3];
        PARAMS.bind(th, args, &mut bound)?;
        let (function, iterable) = (bound[0].unwrap_or(statics::none()), bound[1].unwrap_or(statics::none()));
        let iterator = match iter::get_iter(th, iterable) {
            Ok(iterator) => iterator,
            Err(_) if th.exception_matches(&statics::TYPE_ERROR) => {
                drop(th.take_exception());
                return err!(th, TYPE_ERROR, "reduce() arg 2 must support iteration");
            }
            Err(raised) => return Err(raised),
        };
        let mut result = bound[2].map(ValueExt::own);
        while let Some(item) = iter::next(th, iterator.value())? {
            result = Some(match result {
                None => item,
                Some(sum) => call::call2(th, function, sum.value(), item.value())?,
            });
        }
        result.ok_or_else(|| th.type_error("reduce() of empty iterable with no initial value"))
    }

    /// Makes a key function of a comparison function.
    #[function("cmp_to_key(mycmp)")]
    fn cmp_to_key(th: &Thread, mycmp: Obj) -> PyResult {
        Instance::create(th, Key { cmp: mycmp, object: ObjCell::EMPTY })
    }
}

/// Makes `_functools`.
///
/// # Errors
/// MemoryError.
pub fn init_functools(th: &Thread) -> PyResult {
    whipsnake_runtime::typeobj::ready(th, &KEY_TYPE)?;
    let m = module::new(th, "_functools", "Tools that operate on functions.", functions::METHODS)?;
    crate::partial::add(th, m.value())?;
    module::add_type(th, m.value(), &crate::lru_cache::LRU_CACHE_TYPE)?;
    Ok(m)
}
