//! `object`: the methods that every object has.

use crate::dealloc::{dealloc_plain, object_size};
use crate::prelude::*;
use crate::typeobj::{InitFn, NewFn, names, set_class};
use crate::types::builtin_function::BuiltinFunction;
use crate::types::dict::Dict;
use crate::types::list::List;
use crate::types::str::Str;
use crate::types::tuple::Tuple;
use crate::types::{instance, str, type_type};

builtin_type! {
    /// `object`.
    pub static OBJECT_TYPE = "PyBaseObject_Type" => TypeSpec {
        name: "object",
        basicsize: 16,
        flags: flags::BASETYPE,
        doc: "object()\n--\n\nThe base class of all classes.",
        slots: Slots {
            dealloc: Some(dealloc_plain),
            repr: Some(repr),
            str: Some(str_by_repr),
            hash: Some(hash),
            getattro: Some(object::generic_get_attr),
            setattro: Some(object::generic_set_attr),
            richcompare: Some(richcompare),
            init: Some(object_init),
            new: Some(object_new),
            ..Slots::EMPTY
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..TypeSpec::DEFAULT
    }
}

/// `<module.Class object at 0x...>`
fn repr(th: &Thread, v: Value) -> PyResult {
    let ty = v.ty();
    let module = type_type::module_of(th, ty)?;
    let qualname = str::to_rust_string(type_type::qualname_of(th, ty)?.value());
    match module {
        Some(module) if str::to_rust_string(module.value()) != "builtins" => {
            let module = str::to_rust_string(module.value());
            th.str(&format!("<{module}.{qualname} object at {:#x}>", v.bits()))
        }
        _ => th.str(&format!("<{} object at {:#x}>", ty.name(), v.bits())),
    }
}

/// The result is checked by `str()`, whose error message speaks of `__str__`.
fn str_by_repr(th: &Thread, v: Value) -> PyResult {
    match v.ty().slots().repr {
        Some(repr) => repr(th, v),
        None => object::repr(th, v),
    }
}

fn hash(_: &Thread, v: Value) -> PyResult<i64> {
    Ok(object::hash_identity(v))
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    match op {
        CompareOp::Eq if a.is(b) => Ok(Obj::bool(true)),
        CompareOp::Ne => {
            let Some(compare) = a.ty().slots().richcompare else { return Ok(Obj::not_implemented()) };
            let equal = compare(th, a, b, CompareOp::Eq)?;
            if equal.is_not_implemented() {
                return Ok(equal);
            }
            Ok(Obj::bool(!object::is_true(th, equal.value())?))
        }
        _ => Ok(Obj::not_implemented()),
    }
}

fn has_own_new(ty: &Type) -> bool {
    ty.slots().new.is_none_or(|new| new as usize != object_new as NewFn as usize)
}

fn has_own_init(ty: &Type) -> bool {
    ty.slots().init.is_none_or(|init| init as usize != object_init as InitFn as usize)
}

/// `object.__init__`: arguments are an error unless only `__new__` is overridden.
pub fn object_init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    if args.is_empty() {
        return Ok(());
    }
    let ty = v.ty();
    if has_own_init(ty) {
        return err!(th, TYPE_ERROR, "object.__init__() takes exactly one argument (the instance to initialize)");
    }
    if !has_own_new(ty) {
        let name = ty.name();
        return err!(th, TYPE_ERROR, "{name}.__init__() takes exactly one argument (the instance to initialize)");
    }
    Ok(())
}

/// `object.__new__`: arguments are an error unless only `__init__` is overridden.
pub fn object_new(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    if !args.is_empty() {
        if has_own_new(ty) {
            return err!(th, TYPE_ERROR, "object.__new__() takes exactly one argument (the type to instantiate)");
        }
        if !has_own_init(ty) {
            return err!(th, TYPE_ERROR, "{}() takes no arguments", ty.name());
        }
    }
    if ty.has_flag(flags::IS_ABSTRACT) {
        return Err(is_abstract(th, ty));
    }
    instance::allocate(th, ty)
}

#[cold]
fn is_abstract(th: &Thread, ty: &'static Type) -> Raised {
    let describe = || -> PyResult<(usize, String)> {
        let found = ty.dict().get_str(th, names::ABSTRACTMETHODS.get(th)?)?;
        let Some(found) = found else { return Ok((0, String::new())) };
        let mut methods = Vec::new();
        iter::for_each(th, found.value(), |name| {
            methods.push(object::to_text(th, name.value())?);
            Ok(())
        })?;
        methods.sort();
        Ok((methods.len(), methods.join("', '")))
    };
    match describe() {
        Ok((count, methods)) => {
            let plural = if count > 1 { "s" } else { "" };
            th.type_error(format!(
                "Can't instantiate abstract class {} without an implementation for abstract method{plural} '{methods}'",
                ty.name()
            ))
        }
        Err(raised) => raised,
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// Helper for pickle.
    #[method("__reduce_ex__(protocol, /)")]
    fn reduce_ex(th: &Thread, this: Value, protocol: i32) -> PyResult {
        let name = names::REDUCE.get(th)?;
        if let Some(reduce) = object::lookup_attr(th, this, name)? {
            let of_class = object::get_attr(th, this.ty().value(), name)?;
            let own = OBJECT_TYPE.dict().get_str(th, name)?;
            if own.is_none_or(|own| !own.value().same(of_class.value())) {
                return call::call0(th, reduce.value());
            }
        }
        common_reduce(th, this, protocol)
    }

    /// Helper for pickle.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        common_reduce(th, this, 0)
    }

    /// Helper for pickle.
    #[method("__getstate__()")]
    fn getstate(th: &Thread, this: Value) -> PyResult {
        default_state(th, this, false)
    }

    /// What abstract classes override to customise issubclass(): every class is asked whether it knows better.
    #[classmethod("__subclasshook__(object, /)")]
    fn subclasshook(_th: &Thread, _class: Value, _object: Value) -> Obj {
        Obj::not_implemented()
    }

    /// Called when a class is subclassed; does nothing.
    #[classmethod("__init_subclass__()")]
    fn init_subclass(_th: &Thread, _class: Value) {}

    /// Default object formatter: str(self) for an empty format_spec, TypeError for any other.
    #[method("__format__(format_spec, /)")]
    fn format(th: &Thread, this: Value, format_spec: &Str) -> PyResult {
        if format_spec.len() > 0 {
            let name = this.ty().name();
            return err!(th, TYPE_ERROR, "unsupported format string passed to {name}.__format__");
        }
        object::str(th, this)
    }

    /// Size of object in memory, in bytes.
    #[method("__sizeof__()")]
    fn sizeof(_th: &Thread, this: Value) -> usize {
        if !this.is_pointer() {
            return 24;
        }
        // SAFETY: I1, a live object.
        unsafe { object_size(this.as_ptr(), this.ty()) }
    }

    /// Default dir() implementation.
    #[method("__dir__()")]
    fn dir(th: &Thread, this: Value) -> PyResult {
        object_dir(th, this)
    }

    #[getter("__class__")]
    fn class(_th: &Thread, this: Value) -> Obj {
        this.ty().value().own()
    }

    #[setter("__class__")]
    fn assign_class(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        set_class(th, this, value)
    }
}

fn object_dir(th: &Thread, v: Value) -> PyResult {
    let names = match object::lookup_attr(th, v, names::DICT.get(th)?)? {
        Some(own) if own.is_instance(&statics::DICT_TYPE) => match own.cast::<Dict>() {
            Some(dict) => dict.copy(th)?,
            None => own,
        },
        _ => Dict::new(th)?,
    };
    if let Some(class) = object::lookup_attr(th, v, names::CLASS.get(th)?)? {
        type_type::merge_class_names(th, names.value(), class.value())?;
    }
    th.list(iter::to_vec(th, names.value())?)
}

// ---- pickling

fn copyreg(th: &Thread) -> PyResult {
    crate::import::import(th, "copyreg")
}

fn common_reduce(th: &Thread, v: Value, protocol: i32) -> PyResult {
    if protocol >= 2 {
        return reduce_newobj(th, v);
    }
    let copyreg = copyreg(th)?;
    let protocol = th.int(protocol.into())?;
    call::call_method(th, copyreg.value(), "_reduce_ex", &[v, protocol.value()])
}

/// Arguments for `__new__`, and keyword arguments.
fn new_arguments(th: &Thread, v: Value) -> PyResult<(Option<Obj>, Option<Obj>)> {
    if let Some(method) = object::lookup_special_name(th, v, names::GETNEWARGS_EX.get(th)?)? {
        let both = call::call0(th, method.value())?;
        let Some(pair) = both.cast::<Tuple>() else {
            return err!(th, TYPE_ERROR, "__getnewargs_ex__ should return a tuple, not '{}'", both.ty().name());
        };
        let [args, keywords] = pair.as_slice() else {
            return err!(th, VALUE_ERROR, "__getnewargs_ex__ should return a tuple of length 2, not {}", pair.len());
        };
        let what = "item of the tuple returned by __getnewargs_ex__ must be a";
        if !args.is_instance(&statics::TUPLE_TYPE) {
            return err!(th, TYPE_ERROR, "first {what} tuple, not '{}'", args.ty().name());
        }
        if !keywords.is_instance(&statics::DICT_TYPE) {
            return err!(th, TYPE_ERROR, "second {what} dict, not '{}'", keywords.ty().name());
        }
        return Ok((Some(args.own()), Some(keywords.own())));
    }
    if let Some(method) = object::lookup_special_name(th, v, names::GETNEWARGS.get(th)?)? {
        let args = call::call0(th, method.value())?;
        if !args.is_instance(&statics::TUPLE_TYPE) {
            return err!(th, TYPE_ERROR, "__getnewargs__ should return a tuple, not '{}'", args.ty().name());
        }
        return Ok((Some(args), None));
    }
    Ok((None, None))
}

fn reduce_newobj(th: &Thread, v: Value) -> PyResult {
    let class = v.ty();
    if class.slots().new.is_none() {
        return err!(th, TYPE_ERROR, "cannot pickle '{}' object", class.name());
    }
    // A view of memory is nothing without it.
    if class.is_subtype_of(&statics::MEMORYVIEW_TYPE) {
        return err!(th, TYPE_ERROR, "cannot pickle {} objects", class.name());
    }
    let (args, keywords) = new_arguments(th, v)?;
    let copyreg = copyreg(th)?;
    let keywords = keywords.filter(|dict| dict.cast::<Dict>().is_some_and(|dict| dict.len() != 0));
    let has_args = args.is_some();
    let (function, arguments) = match keywords {
        None => {
            let mut items = vec![class.value()];
            items.extend(args.as_ref().and_then(|args| args.cast::<Tuple>()).map_or(&[][..], Tuple::as_slice));
            (object::get_attr_str(th, copyreg.value(), "__newobj__")?, th.tuple(&items)?)
        }
        Some(keywords) => {
            let Some(args) = args else { return err!(th, SYSTEM_ERROR, "keyword arguments without arguments") };
            let arguments = th.tuple(&[class.value(), args.value(), keywords.value()])?;
            (object::get_attr_str(th, copyreg.value(), "__newobj_ex__")?, arguments)
        }
    };
    let (is_list, is_dict) = (v.is_instance(&statics::LIST_TYPE), v.is_instance(&statics::DICT_TYPE));
    let state = state_of(th, v, !has_args && !is_list && !is_dict)?;
    let items = if is_list { iter::get_iter(th, v)? } else { Obj::none() };
    let pairs = if is_dict {
        let pairs = call::call_method(th, v, "items", &[])?;
        iter::get_iter(th, pairs.value())?
    } else {
        Obj::none()
    };
    th.tuple(&[function.value(), arguments.value(), state.value(), items.value(), pairs.value()])
}

/// `v.__getstate__()`; the default implementation gets to know whether a lack of state is an error.
fn state_of(th: &Thread, v: Value, required: bool) -> PyResult {
    let getstate = object::get_attr(th, v, names::GETSTATE.get(th)?)?;
    // Copies of the table may differ in their address; the declaration of the type has the one that its methods come from.
    let declared = OBJECT_TYPE.spec.map_or(&[][..], |spec| spec.methods);
    let is_default = getstate.exact::<Instance<BuiltinFunction>>().is_some_and(|function| {
        function.payload.this.as_ref().is_some_and(|this| this.value().same(v))
            && declared.iter().any(|def| std::ptr::eq(def, function.payload.def))
    });
    if is_default { default_state(th, v, required) } else { call::call0(th, getstate.value()) }
}

/// Names of the `__slots__` members, as `copyreg` caches them on the class.
fn slot_names(th: &Thread, class: &'static Type) -> PyResult {
    if let Some(cached) = class.dict().get_str(th, names::SLOTNAMES.get(th)?)? {
        if cached.is_none() || cached.is_instance(&statics::LIST_TYPE) {
            return Ok(cached);
        }
        let name = class.name();
        return err!(th, TYPE_ERROR, "{name}.__slotnames__ should be a list or None, not {}", cached.ty().name());
    }
    let copyreg = copyreg(th)?;
    let names = call::call_method(th, copyreg.value(), "_slotnames", &[class.value()])?;
    if !names.is_none() && !names.is_instance(&statics::LIST_TYPE) {
        return err!(th, TYPE_ERROR, "copyreg._slotnames didn't return a list or None");
    }
    Ok(names)
}

/// Whether pickling by attributes would lose native contents, or members that `copyreg` does not know.
fn has_hidden_state(class: &'static Type, members: usize) -> bool {
    let mut own = 0;
    let mut ty = class;
    while ty.is_heap_type() {
        own += ty.slot_members.get().1 as usize;
        match ty.base() {
            Some(base) => ty = base,
            None => return false,
        }
    }
    own > members || !std::ptr::eq(ty, &OBJECT_TYPE) && ty.core.basicsize.get() > OBJECT_TYPE.core.basicsize.get()
}

fn default_state(th: &Thread, v: Value, required: bool) -> PyResult {
    let class = v.ty();
    if required && class.core.itemsize.get() != 0 {
        return err!(th, TYPE_ERROR, "cannot pickle '{}' object", class.name());
    }
    let own = instance::copy_dict(th, v)?.filter(|own| own.cast::<Dict>().is_some_and(|dict| dict.len() != 0));
    let mut state = own.unwrap_or_else(Obj::none);
    let members = slot_names(th, class)?;
    let count = members.cast::<List>().map_or(0, List::len);
    if required && has_hidden_state(class, count) {
        return err!(th, TYPE_ERROR, "cannot pickle '{}' object", class.name());
    }
    if count == 0 {
        return Ok(state);
    }
    let slots = Dict::new(th)?;
    let Some(target) = slots.cast::<Dict>() else { return Ok(state) };
    for name in iter::to_vec(th, members.value())? {
        if let Some(value) = object::lookup_attr(th, v, name.value())? {
            target.set(th, name.value(), value.value())?;
        }
    }
    if target.len() != 0 {
        state = th.tuple(&[state.value(), slots.value()])?;
    }
    Ok(state)
}
