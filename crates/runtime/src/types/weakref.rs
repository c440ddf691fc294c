//! `weakref.ref` and the proxies.

use crate::prelude::*;
use std::cell::Cell;

/// A weak reference: reference objects and proxies have this payload.
pub struct WeakRef {
    /// The referent's address; 0 = it is gone.
    referent: Cell<usize>,
    callback: ObjCell,
    /// Cached hash of the referent, -1 = not computed.
    hash: Cell<i64>,
}

impl Payload for WeakRef {
    #[inline(always)]
    fn ty() -> &'static Type {
        &WEAKREF_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.callback);
    }
    fn clear(&self) {
        self.callback.set(None);
    }
}

const MEMORY: Slots = Slots {
    dealloc: Some(dealloc),
    traverse: Instance::<WeakRef>::SLOTS.traverse,
    clear: Instance::<WeakRef>::SLOTS.clear,
    ..Slots::EMPTY
};

builtin_type! {
    /// `weakref.ref`.
    pub static WEAKREF_TYPE = "_PyWeakref_RefType" => TypeSpec {
        name: "weakref.ReferenceType",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE,
        slots: Slots {
            new: Some(construct),
            init: Some(init),
            call: Some(call_ref),
            repr: Some(repr),
            hash: Some(hash),
            richcompare: Some(richcompare),
            ..MEMORY
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<WeakRef>::SPEC
    }
}

builtin_type! {
    /// `weakref.ProxyType`.
    pub static PROXY_TYPE = "_PyWeakref_ProxyType" => TypeSpec {
        name: "weakref.ProxyType",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::HAVE_GC,
        slots: PROXY_SLOTS,
        methods: proxy_methods::METHODS,
        ..Instance::<WeakRef>::SPEC
    }
}

builtin_type! {
    /// `weakref.CallableProxyType`.
    pub static CALLABLE_PROXY_TYPE = "_PyWeakref_CallableProxyType" => TypeSpec {
        name: "weakref.CallableProxyType",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::HAVE_GC,
        slots: Slots { call: Some(proxy_call), ..PROXY_SLOTS },
        methods: proxy_methods::METHODS,
        ..Instance::<WeakRef>::SPEC
    }
}

/// The types of this module, for `types::init`.
pub(crate) static ALL: &[&Type] = &[&WEAKREF_TYPE, &PROXY_TYPE, &CALLABLE_PROXY_TYPE];

impl WeakRef {
    /// The payload of a weak reference or proxy.
    pub(crate) fn of<'a>(v: Value) -> &'a WeakRef {
        // SAFETY: I4, the callers pass references and proxies, all laid out alike.
        &unsafe { v.cast_unchecked::<Instance<WeakRef>>() }.payload
    }
    /// The referent, unless it is gone or dying.
    #[inline]
    pub fn get(&self) -> Option<Obj> {
        let header = self.referent.get() as *mut Header;
        if header.is_null() {
            return None;
        }
        // SAFETY: I1, a referent's death clears this reference before its memory is freed.
        unsafe { if (*header).refcount.get() == 0 { None } else { Some(Value::from_ptr(header).own()) } }
    }
    /// Makes the reference a dead one.
    pub(crate) fn forget(&self) {
        self.referent.set(0);
    }
    pub(crate) fn take_callback(&self) -> Option<Obj> {
        self.callback.take()
    }
    pub(crate) fn has_callback(&self) -> bool {
        !self.callback.is_empty()
    }
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the reference is dead; its payload is dropped exactly once.
    unsafe {
        let v = Value::from_ptr(object);
        let weak = WeakRef::of(v);
        let referent = weak.referent.replace(0);
        if referent != 0 {
            th.interp.weak.remove(referent, object);
        }
        weak.callback.set(None);
        crate::dealloc::free_memory(th, object, v.ty());
    }
}

/// Whether instances can be referred to weakly.
fn is_weakrefable(v: Value) -> bool {
    v.is_pointer() && v.ty().has_flag(flags::WEAKREFABLE)
}

/// A weak reference of type `ty` to `object`; an existing one is reused if neither has a callback.
///
/// # Errors
/// TypeError when the object cannot be referred to weakly, MemoryError.
pub fn new(th: &Thread, ty: &'static Type, object: Value, callback: Option<Value>) -> PyResult {
    if !is_weakrefable(object) {
        return err!(
            th,
            TYPE_ERROR,
            "cannot create weak reference to '{}' object",
            crate::types::dict::qualified_name(object.ty())
        );
    }
    let callback = callback.filter(|c| !c.is_none());
    let shared = callback.is_none() && !ty.is_heap_type();
    if shared {
        let same = |r: Value| r.is_exact(ty) && !WeakRef::of(r).has_callback();
        if let Some(existing) = th.interp.weak.find(object, same) {
            return Ok(existing);
        }
    }
    let weak = WeakRef {
        referent: Cell::new(0),
        callback: ObjCell::some_or_empty(callback.map(ValueExt::own)),
        hash: Cell::new(-1),
    };
    let basicsize = ty.core.basicsize.get() as usize;
    let memory = th.allocate(ty, basicsize)?;
    // SAFETY: fresh memory of the type's size; what subclasses append begins as null slots.
    let result = unsafe {
        (&raw mut (*(memory as *mut Instance<WeakRef>)).payload).write(weak);
        let own = size_of::<Instance<WeakRef>>();
        memory.cast::<u8>().add(own).write_bytes(0, basicsize - own);
        Obj::steal(Value::from_ptr(memory))
    };
    WeakRef::of(result.value()).referent.set(object.as_ptr() as usize);
    th.interp.weak.add(object, result.as_ptr());
    Ok(result)
}

/// `weakref.proxy(object, callback)`.
///
/// # Errors
/// As for [`new`].
pub fn new_proxy(th: &Thread, object: Value, callback: Option<Value>) -> PyResult {
    let ty = if call::is_callable(object) { &CALLABLE_PROXY_TYPE } else { &PROXY_TYPE };
    new(th, ty, object, callback)
}

/// The first weak reference to `object` as `weakref.getweakrefs` orders them, or None: `__weakref__`.
///
/// # Errors
/// None so far.
pub fn first_reference(th: &Thread, object: Value) -> PyResult {
    if !object.is_pointer() {
        return Ok(Obj::none());
    }
    let mut refs = th.interp.weak.refs(object);
    let shared = refs.iter().position(|r| r.is_exact(&WEAKREF_TYPE) && !WeakRef::of(r.value()).has_callback());
    Ok(match shared {
        Some(at) => refs.swap_remove(at),
        None => refs.pop().unwrap_or_else(Obj::none),
    })
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    if std::ptr::eq(ty, &WEAKREF_TYPE) && args.keyword_count() != 0 && !args.positional_slots().is_empty() {
        return err!(th, TYPE_ERROR, "ref() takes no keyword arguments");
    }
    // Keyword arguments are for a subclass's `__init__`.
    match args.len() {
        1 | 2 => new(th, ty, args.get(0).unwrap_or(statics::none()), args.get(1)),
        0 => err!(th, TYPE_ERROR, "__new__ expected at least 1 argument, got 0"),
        given => err!(th, TYPE_ERROR, "__new__ expected at most 2 arguments, got {given}"),
    }
}

fn init(th: &Thread, _: Value, args: Args) -> PyResult<()> {
    args.no_keywords(th, "ref")?;
    match args.len() {
        1 | 2 => Ok(()),
        0 => err!(th, TYPE_ERROR, "__init__ expected at least 1 argument, got 0"),
        given => err!(th, TYPE_ERROR, "__init__ expected at most 2 arguments, got {given}"),
    }
}

fn call_ref(th: &Thread, this: Value, args: Args) -> PyResult {
    if !args.is_empty() {
        args.expect(th, "weakref", 0, 0)?;
    }
    Ok(WeakRef::of(this).get().unwrap_or_else(Obj::none))
}

fn repr(th: &Thread, this: Value) -> PyResult {
    let at = this.bits();
    let Some(object) = WeakRef::of(this).get() else { return th.str(&format!("<weakref at 0x{at:x}; dead>")) };
    let name = match object::lookup_attr_str(th, object.value(), "__name__") {
        Ok(name) => name,
        // Attribute lookups of its own may fail in any way.
        Err(_) => {
            drop(th.take_exception());
            None
        }
    };
    let name = match name {
        Some(name) if name.is_instance(&statics::STR_TYPE) => {
            format!(" ({})", crate::types::str::to_rust_string(name.value()))
        }
        _ => String::new(),
    };
    let ty = crate::types::dict::qualified_name(object.ty());
    th.str(&format!("<weakref at 0x{at:x}; to '{ty}' at 0x{:x}{name}>", object.bits()))
}

fn hash(th: &Thread, this: Value) -> PyResult<i64> {
    let weak = WeakRef::of(this);
    if weak.hash.get() == -1 {
        let Some(object) = weak.get() else { return err!(th, TYPE_ERROR, "weak object has gone away") };
        weak.hash.set(object::hash(th, object.value())?);
    }
    Ok(weak.hash.get())
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || !a.is_instance(&WEAKREF_TYPE) || !b.is_instance(&WEAKREF_TYPE) {
        return Ok(Obj::not_implemented());
    }
    match (WeakRef::of(a).get(), WeakRef::of(b).get()) {
        (Some(left), Some(right)) => compare::rich(th, left.value(), right.value(), op),
        _ => Ok(Obj::bool(a.same(b) == (op == CompareOp::Eq))),
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// what is called when the object dies, or None
    #[getter("__callback__", member)]
    fn callback(_: &Thread, this: Value) -> Option<Obj> {
        WeakRef::of(this).callback.get()
    }

    /// See PEP 585.
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, object: Value) -> PyResult {
        crate::types::generic_alias::new(th, class, object)
    }
}

// ---- proxies

fn is_proxy(v: Value) -> bool {
    v.is_exact(&PROXY_TYPE) || v.is_exact(&CALLABLE_PROXY_TYPE)
}

/// The referent of a proxy; anything else is itself.
fn unwrap(th: &Thread, v: Value) -> PyResult {
    if !is_proxy(v) {
        return Ok(v.own());
    }
    match WeakRef::of(v).get() {
        Some(object) => Ok(object),
        None => err!(th, REFERENCE_ERROR, "weakly-referenced object no longer exists"),
    }
}

fn proxy_repr(th: &Thread, this: Value) -> PyResult {
    let at = this.bits();
    match WeakRef::of(this).get() {
        None => th.str(&format!("<weakproxy at 0x{at:x}; dead>")),
        Some(object) => {
            let ty = crate::types::dict::qualified_name(object.ty());
            th.str(&format!("<weakproxy at 0x{at:x}; to '{ty}' at 0x{:x}>", object.bits()))
        }
    }
}

fn proxy_call(th: &Thread, this: Value, args: Args) -> PyResult {
    let object = unwrap(th, this)?;
    call::call(th, object.value(), args)
}

fn proxy_next(th: &Thread, this: Value) -> PyResult<Option<Obj>> {
    let object = unwrap(th, this)?;
    if !iter::is_iterator(object.value()) {
        return err!(
            th,
            TYPE_ERROR,
            "Weakref proxy referenced a non-iterator '{}' object",
            crate::types::dict::qualified_name(object.ty())
        );
    }
    iter::next(th, object.value())
}

fn proxy_setattr(th: &Thread, this: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    let object = unwrap(th, this)?;
    match value {
        Some(value) => object::set_attr(th, object.value(), name, value),
        None => object::del_attr(th, object.value(), name),
    }
}

fn proxy_ass_subscript(th: &Thread, this: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    let object = unwrap(th, this)?;
    match value {
        Some(value) => object::set_item(th, object.value(), key, value),
        None => object::del_item(th, object.value(), key),
    }
}

fn proxy_compare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (a, b) = (unwrap(th, a)?, unwrap(th, b)?);
    compare::rich(th, a.value(), b.value(), op)
}

fn binary(th: &Thread, a: Value, b: Value, op: number::NumberOp) -> PyResult {
    let (a, b) = (unwrap(th, a)?, unwrap(th, b)?);
    if op.is_inplace() {
        number::inplace_op(th, op, a.value(), b.value())
    } else {
        number::binary_op(th, op, a.value(), b.value())
    }
}

fn proxy_power(th: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    let (a, b, modulus) = (unwrap(th, a)?, unwrap(th, b)?, unwrap(th, modulus)?);
    number::power(th, a.value(), b.value(), modulus.value())
}

fn proxy_inplace_power(th: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    let (a, b) = (unwrap(th, a)?, unwrap(th, b)?);
    if modulus.is_none() {
        return number::inplace_op(th, number::NumberOp::InplacePower, a.value(), b.value());
    }
    number::power(th, a.value(), b.value(), modulus)
}

macro_rules! unary_slot {
    ($function:path) => {
        Some(|th, this| {
            let object = unwrap(th, this)?;
            $function(th, object.value())
        })
    };
}
macro_rules! binary_slot {
    ($op:ident) => {
        Some(|th, a, b| binary(th, a, b, number::NumberOp::$op))
    };
}

const PROXY_SLOTS: Slots = Slots {
    repr: Some(proxy_repr),
    str: unary_slot!(object::str),
    hash: Some(object::hash_not_implemented),
    getattro: Some(|th, this, name| {
        let object = unwrap(th, this)?;
        object::get_attr(th, object.value(), name)
    }),
    setattro: Some(proxy_setattr),
    richcompare: Some(proxy_compare),
    iter: unary_slot!(iter::get_iter),
    iternext: Some(proxy_next),
    nb_add: binary_slot!(Add),
    nb_subtract: binary_slot!(Subtract),
    nb_multiply: binary_slot!(Multiply),
    nb_remainder: binary_slot!(Remainder),
    nb_divmod: Some(|th, a, b| {
        let (a, b) = (unwrap(th, a)?, unwrap(th, b)?);
        number::divmod(th, a.value(), b.value())
    }),
    nb_power: Some(proxy_power),
    nb_negative: unary_slot!(number::unary_negative),
    nb_positive: unary_slot!(number::unary_positive),
    nb_absolute: unary_slot!(number::absolute),
    nb_bool: unary_slot!(object::is_true),
    nb_invert: unary_slot!(number::unary_invert),
    nb_lshift: binary_slot!(Lshift),
    nb_rshift: binary_slot!(Rshift),
    nb_and: binary_slot!(And),
    nb_xor: binary_slot!(Xor),
    nb_or: binary_slot!(Or),
    nb_int: unary_slot!(number::to_int),
    nb_float: unary_slot!(number::to_float),
    nb_inplace_add: binary_slot!(InplaceAdd),
    nb_inplace_subtract: binary_slot!(InplaceSubtract),
    nb_inplace_multiply: binary_slot!(InplaceMultiply),
    nb_inplace_remainder: binary_slot!(InplaceRemainder),
    nb_inplace_power: Some(proxy_inplace_power),
    nb_inplace_lshift: binary_slot!(InplaceLshift),
    nb_inplace_rshift: binary_slot!(InplaceRshift),
    nb_inplace_and: binary_slot!(InplaceAnd),
    nb_inplace_xor: binary_slot!(InplaceXor),
    nb_inplace_or: binary_slot!(InplaceOr),
    nb_floor_divide: binary_slot!(FloorDivide),
    nb_true_divide: binary_slot!(TrueDivide),
    nb_inplace_floor_divide: binary_slot!(InplaceFloorDivide),
    nb_inplace_true_divide: binary_slot!(InplaceTrueDivide),
    nb_index: unary_slot!(number::index),
    nb_matrix_multiply: binary_slot!(MatrixMultiply),
    nb_inplace_matrix_multiply: binary_slot!(InplaceMatrixMultiply),
    sq_contains: Some(|th, this, item| {
        let object = unwrap(th, this)?;
        sequence::contains(th, object.value(), item)
    }),
    mp_length: unary_slot!(object::len),
    mp_subscript: Some(|th, this, key| {
        let object = unwrap(th, this)?;
        object::get_item(th, object.value(), key)
    }),
    mp_ass_subscript: Some(proxy_ass_subscript),
    ..MEMORY
};

#[pymethods]
mod proxy_methods {
    use super::*;

    /// bytes() of the object.
    #[method("__bytes__", raw)]
    fn bytes(th: &Thread, this: Value, _args: Args) -> PyResult {
        let object = unwrap(th, this)?;
        call::call_method(th, object.value(), "__bytes__", &[])
    }

    /// reversed() of the object.
    #[method("__reversed__", raw)]
    fn reversed(th: &Thread, this: Value, _args: Args) -> PyResult {
        let object = unwrap(th, this)?;
        call::call_method(th, object.value(), "__reversed__", &[])
    }
}
