//! `method`: a function bound to an instance.

use crate::dealloc::free_memory;
use crate::prelude::*;
use crate::types::{str, type_type};
use whipsnake_layout::objects::MethodObject;

/// A bound method.
#[repr(transparent)]
pub struct Method(pub MethodObject);

// SAFETY: I4, the type's instances are made by `new` below.
unsafe impl Layout for Method {
    #[inline(always)]
    fn ty() -> &'static Type {
        &METHOD_TYPE
    }
}

builtin_type! {
    /// Bound methods.
    pub static METHOD_TYPE = "PyMethod_Type" => TypeSpec {
        name: "method",
        basicsize: size_of::<MethodObject>(),
        flags: flags::HAVE_GC | flags::WEAKREFABLE,
        doc: "method(function, instance, /)\n--\n\nBind a function to an instance.",
        slots: Slots {
            dealloc: Some(dealloc),
            traverse: Some(traverse),
            repr: Some(repr),
            hash: Some(hash),
            call: Some(call_method),
            getattro: Some(getattro),
            richcompare: Some(richcompare),
            descr_get: Some(|_, method, _, _| Ok(method.own())),
            new: Some(new_method),
            ..Slots::EMPTY
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..TypeSpec::DEFAULT
    }
}

/// Binds `function` to `instance`.
///
/// # Errors
/// MemoryError.
#[inline]
pub fn new(th: &Thread, function: Value, instance: Value) -> PyResult {
    let object = th.allocate(&METHOD_TYPE, size_of::<MethodObject>())?;
    // SAFETY: fresh memory of the layout's size.
    unsafe {
        let method = object.cast::<MethodObject>();
        (&raw mut (*method).function).write(function.own().into_value());
        (&raw mut (*method).instance).write(instance.own().into_value());
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

fn fields<'a>(v: Value) -> &'a MethodObject {
    // SAFETY: I4, the slots of this type get its instances only.
    unsafe { v.cast_unchecked() }
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the object is dead and owned both references.
    unsafe {
        let method = &*(object as *const MethodObject);
        let (function, instance) = (method.function, method.instance);
        free_memory(th, object, &METHOD_TYPE);
        release(function);
        release(instance);
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut crate::gc::Visitor) {
    // SAFETY: I4, called for methods.
    let method = unsafe { &*(object as *const MethodObject) };
    visitor.value(method.function);
    visitor.value(method.instance);
}

fn call_method(th: &Thread, v: Value, args: Args) -> PyResult {
    let method = fields(v);
    call::call_with_self(th, method.function, method.instance, args)
}

fn new_method(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    args.expect(th, "method", 2, 2)?;
    let (Some(function), Some(instance)) = (args.get(0), args.get(1)) else { return Ok(Obj::none()) };
    if !call::is_callable(function) {
        return err!(th, TYPE_ERROR, "first argument must be callable");
    }
    if instance.is_none() {
        return err!(th, TYPE_ERROR, "instance must not be None");
    }
    new(th, function, instance)
}

/// The method type's own attributes, then the function's.
fn getattro(th: &Thread, v: Value, name: Value) -> PyResult {
    object::with_interned!(th, name);
    if let Some(found) = METHOD_TYPE.lookup(th, name) {
        let found = found.own();
        return match found.ty().slots().descr_get {
            Some(get) => get(th, found.value(), Some(v), Some(METHOD_TYPE.value())),
            None => Ok(found),
        };
    }
    object::get_attr(th, fields(v).function, name)
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let method = fields(v);
    let mut name = object::lookup_attr_str(th, method.function, "__qualname__")?;
    if name.is_none() {
        name = object::lookup_attr_str(th, method.function, "__name__")?;
    }
    let name = match name {
        Some(name) if name.is_instance(&statics::STR_TYPE) => str::to_rust_string(name.value()),
        _ => "?".to_string(),
    };
    let instance = object::repr_text(th, method.instance)?;
    th.str(&format!("<bound method {name} of {instance}>"))
}

fn hash(th: &Thread, v: Value) -> PyResult<i64> {
    let method = fields(v);
    let function = object::hash(th, method.function)?;
    Ok(match object::hash_identity(method.instance) ^ function {
        -1 => -2,
        hash => hash,
    })
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (CompareOp::Eq | CompareOp::Ne) = op else { return Ok(Obj::not_implemented()) };
    let Some(Method(b)) = b.cast::<Method>() else { return Ok(Obj::not_implemented()) };
    let a = fields(a);
    let equal = a.instance.is(b.instance) && compare::eq(th, a.function, b.function)?;
    Ok(Obj::bool(equal == (op == CompareOp::Eq)))
}

#[pymethods]
mod methods {
    use super::*;

    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Method) -> PyResult {
        let name = object::get_attr_str(th, this.0.function, "__name__")?;
        let getattr = type_type::builtin(th, "getattr")?;
        let args = th.tuple(&[this.0.instance, name.value()])?;
        th.tuple(&[getattr.value(), args.value()])
    }

    /// the function (or other callable) implementing a method
    #[getter("__func__", member)]
    fn function(_th: &Thread, this: &Method) -> Obj {
        this.0.function.own()
    }

    /// the instance to which a method is bound
    #[getter("__self__", member)]
    fn instance(_th: &Thread, this: &Method) -> Obj {
        this.0.instance.own()
    }

    #[getter("__doc__")]
    fn doc(th: &Thread, this: &Method) -> PyResult {
        Ok(object::lookup_attr_str(th, this.0.function, "__doc__")?.unwrap_or_else(Obj::none))
    }
}
