//! Slots of classes that define special methods in Python: each looks its method up on the type and calls it.

use crate::prelude::*;
use crate::protocols::number::NumberOp;
use crate::protocols::object::{call_special, with_interned};
use crate::typeobj::names::Name;
use crate::typeobj::slotdefs::names as dunder;
use crate::typeobj::{GetAttrFn, SlotId, Type, names};
use crate::types::{buffer::Buffer, int, iterators};

/// Calls the special method `name` of `v`'s type.
///
/// # Errors
/// AttributeError if it has vanished; what the method raises.
fn invoke(th: &Thread, v: Value, name: &'static Name, args: &[Value]) -> PyResult {
    let text = name.get(th)?;
    match call_special(th, v, text, args)? {
        Some(result) => Ok(result),
        None => Err(th.raise_with(&statics::ATTRIBUTE_ERROR, &[text])),
    }
}

/// As [`invoke`], with `NotImplemented` for a missing method.
fn invoke_or_not_implemented(th: &Thread, v: Value, name: &'static Name, args: &[Value]) -> PyResult {
    Ok(call_special(th, v, name.get(th)?, args)?.unwrap_or_else(Obj::not_implemented))
}

/// The special method of `v`'s type: the function, and whether it wants `v` in front of its arguments.
fn find(th: &Thread, v: Value, name: &'static Name) -> PyResult<Option<(Obj, bool)>> {
    let Some(found) = v.ty().lookup(th, name.get(th)?) else { return Ok(None) };
    let found = found.own();
    if found.ty().has_flag(flags::METHOD_DESCRIPTOR) {
        return Ok(Some((found, true)));
    }
    match found.ty().slots().descr_get {
        Some(get) => Ok(Some((get(th, found.value(), Some(v), Some(v.ty().value()))?, false))),
        None => Ok(Some((found, false))),
    }
}

fn call_found(th: &Thread, v: Value, (method, unbound): (Obj, bool), args: Args) -> PyResult {
    if unbound { call::call_with_self(th, method.value(), v, args) } else { call::call(th, method.value(), args) }
}

macro_rules! unary_slots {
    ($($function:ident = $name:ident;)*) => {
        $(pub(crate) fn $function(th: &Thread, v: Value) -> PyResult { invoke(th, v, &dunder::$name, &[]) })*
    };
}
unary_slots! {
    slot_negative = NEG;
    slot_positive = POS;
    slot_absolute = ABS;
    slot_invert = INVERT;
    slot_int = INT;
    slot_float = FLOAT;
    slot_index = INDEX;
    slot_await = AWAIT;
    slot_aiter = AITER;
    slot_anext = ANEXT;
}

macro_rules! inplace_slots {
    ($($function:ident = $name:ident;)*) => {
        $(pub(crate) fn $function(th: &Thread, a: Value, b: Value) -> PyResult { invoke(th, a, &dunder::$name, &[b]) })*
    };
}
inplace_slots! {
    slot_inplace_add = IADD;
    slot_inplace_subtract = ISUB;
    slot_inplace_multiply = IMUL;
    slot_inplace_remainder = IMOD;
    slot_inplace_lshift = ILSHIFT;
    slot_inplace_rshift = IRSHIFT;
    slot_inplace_and = IAND;
    slot_inplace_xor = IXOR;
    slot_inplace_or = IOR;
    slot_inplace_floor_divide = IFLOORDIV;
    slot_inplace_true_divide = ITRUEDIV;
    slot_inplace_matrix_multiply = IMATMUL;
    slot_subscript = GETITEM;
}

macro_rules! binary_slots {
    ($($function:ident = $slot:ident, $name:ident, $reflected:ident $(, $inplace:ident of $op:ident)?;)*) => {
        $(pub(crate) fn $function(th: &Thread, a: Value, b: Value) -> PyResult {
            let own = $function as crate::typeobj::BinaryFn as *const ();
            binary(th, a, b, SlotId::$slot, own, &dunder::$name, &dunder::$reflected)
        })*

        /// The special methods of an operator: the left operand's, the right one's, and that of the augmented assignment.
        pub(crate) fn operator_names(plain: NumberOp) -> Option<[&'static Name; 3]> {
            match plain {
                $($(NumberOp::$op => Some([&dunder::$name, &dunder::$reflected, &dunder::$inplace]),)?)*
                _ => None,
            }
        }
    };
}
binary_slots! {
    slot_add = nb_add, ADD, RADD, IADD of Add;
    slot_subtract = nb_subtract, SUB, RSUB, ISUB of Subtract;
    slot_multiply = nb_multiply, MUL, RMUL, IMUL of Multiply;
    slot_remainder = nb_remainder, MOD, RMOD, IMOD of Remainder;
    slot_divmod = nb_divmod, DIVMOD, RDIVMOD;
    slot_lshift = nb_lshift, LSHIFT, RLSHIFT, ILSHIFT of Lshift;
    slot_rshift = nb_rshift, RSHIFT, RRSHIFT, IRSHIFT of Rshift;
    slot_and = nb_and, AND, RAND, IAND of And;
    slot_xor = nb_xor, XOR, RXOR, IXOR of Xor;
    slot_or = nb_or, OR, ROR, IOR of Or;
    slot_floor_divide = nb_floor_divide, FLOORDIV, RFLOORDIV, IFLOORDIV of FloorDivide;
    slot_true_divide = nb_true_divide, TRUEDIV, RTRUEDIV, ITRUEDIV of TrueDivide;
    slot_matrix_multiply = nb_matrix_multiply, MATMUL, RMATMUL, IMATMUL of MatrixMultiply;
}

/// The reflected method of `b`'s class, where both operands' slots are the same function and `a`'s method has declined.
pub(crate) fn reflected(th: &Thread, plain: NumberOp, a: Value, b: Value) -> PyResult {
    match operator_names(plain) {
        Some([_, name, _]) => invoke_or_not_implemented(th, b, name, &[a]),
        None => Ok(Obj::not_implemented()),
    }
}

/// A binary operator of which at least one operand's class has the method in Python. The slot's function is `own`.
fn binary(
    th: &Thread,
    a: Value,
    b: Value,
    slot: SlotId,
    own: *const (),
    name: &'static Name,
    reflected: &'static Name,
) -> PyResult {
    let (left, right) = (a.ty(), b.ty());
    let mut ask_right = !std::ptr::eq(left, right) && right.slots().raw(slot) == own;
    if left.slots().raw(slot) == own {
        if ask_right && right.is_subtype_of(left) && is_overloaded(th, a, b, reflected)? {
            let result = invoke_or_not_implemented(th, b, reflected, &[a])?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
            ask_right = false;
        }
        let result = invoke_or_not_implemented(th, a, name, &[b])?;
        if !result.is_not_implemented() || std::ptr::eq(a.ty(), b.ty()) {
            return Ok(result);
        }
    }
    if ask_right {
        return invoke_or_not_implemented(th, b, reflected, &[a]);
    }
    Ok(Obj::not_implemented())
}

/// Whether the right operand's class has another method `name` than the left one's.
fn is_overloaded(th: &Thread, a: Value, b: Value, name: &'static Name) -> PyResult<bool> {
    let name = name.get(th)?;
    let Some(right) = object::lookup_attr(th, b.ty().value(), name)? else { return Ok(false) };
    match object::lookup_attr(th, a.ty().value(), name)? {
        None => Ok(true),
        Some(left) => Ok(!compare::eq(th, left.value(), right.value())?),
    }
}

pub(crate) fn slot_power(th: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    let own = slot_power as crate::typeobj::TernaryFn as *const ();
    if modulus.is_none() {
        return binary(th, a, b, SlotId::nb_power, own, &dunder::POW, &dunder::RPOW);
    }
    if a.ty().slots().raw(SlotId::nb_power) == own {
        let result = invoke_or_not_implemented(th, a, &dunder::POW, &[b, modulus])?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    if b.ty().slots().raw(SlotId::nb_power) == own && !std::ptr::eq(a.ty(), b.ty()) {
        return invoke_or_not_implemented(th, b, &dunder::RPOW, &[a, modulus]);
    }
    Ok(Obj::not_implemented())
}

pub(crate) fn slot_inplace_power(th: &Thread, a: Value, b: Value, _: Value) -> PyResult {
    invoke(th, a, &dunder::IPOW, &[b])
}

pub(crate) fn slot_repr(th: &Thread, v: Value) -> PyResult {
    match call_special(th, v, dunder::REPR.get(th)?, &[])? {
        Some(text) => Ok(text),
        None => th.str(&format!("<{} object at {:#x}>", v.ty().name(), v.bits())),
    }
}

pub(crate) fn slot_str(th: &Thread, v: Value) -> PyResult {
    match call_special(th, v, dunder::STR.get(th)?, &[])? {
        Some(text) => Ok(text),
        None => object::repr(th, v),
    }
}

pub(crate) fn slot_hash(th: &Thread, v: Value) -> PyResult<i64> {
    let name = dunder::HASH.get(th)?;
    if v.ty().lookup(th, name).is_none_or(|method| method.is_none()) {
        return object::hash_not_implemented(th, v);
    }
    let hash = invoke(th, v, &dunder::HASH, &[])?;
    if !hash.is_instance(&statics::INT_TYPE) {
        return err!(th, TYPE_ERROR, "__hash__ method should return an integer");
    }
    match int::as_i64_exact(hash.value()) {
        Some(-1) => Ok(-2),
        Some(hash) => Ok(hash),
        None => match statics::INT_TYPE.slots().hash {
            Some(int_hash) => int_hash(th, hash.value()),
            None => Ok(0),
        },
    }
}

pub(crate) fn slot_call(th: &Thread, v: Value, args: Args) -> PyResult {
    match find(th, v, &dunder::CALL)? {
        Some(method) => call_found(th, v, method, args),
        None => err!(th, TYPE_ERROR, "'{}' object is not callable", v.ty().name()),
    }
}

/// For classes with `__getattribute__` alone.
pub(crate) fn slot_getattribute(th: &Thread, v: Value, name: Value) -> PyResult {
    invoke(th, v, &dunder::GETATTRIBUTE, &[name])
}

/// Whether instances of `ty` find their attributes the ordinary way and have a `__getattr__` for those they do not find.
pub fn only_falls_back(th: &Thread, ty: &'static Type) -> bool {
    ty.slots().raw(SlotId::getattro) == slot_getattr as GetAttrFn as *const ()
        && names::GETATTRIBUTE.get(th).ok().and_then(|name| ty.lookup(th, name)).is_some_and(is_ordinary_lookup)
}

/// Whether a class's `__getattribute__` is that of `object`.
fn is_ordinary_lookup(found: Value) -> bool {
    super::slotdefs::wraps(found, object::generic_get_attr as GetAttrFn as *const ())
}

/// For classes with `__getattr__`: asked when the ordinary lookup raises AttributeError.
pub(crate) fn slot_getattr(th: &Thread, v: Value, name: Value) -> PyResult {
    with_interned!(th, name);
    let ty = v.ty();
    let Some(getattr) = ty.lookup(th, names::GETATTR.get(th)?) else { return slot_getattribute(th, v, name) };
    let getattr = getattr.own();
    let ordinary = match ty.lookup(th, names::GETATTRIBUTE.get(th)?) {
        Some(found) if !is_ordinary_lookup(found) => slot_getattribute(th, v, name).map(Some),
        _ => object::generic_lookup(th, v, name),
    };
    match ordinary {
        Ok(Some(found)) => return Ok(found),
        Ok(None) => {}
        Err(_) if th.exception_matches(&statics::ATTRIBUTE_ERROR) => drop(th.take_exception()),
        Err(raised) => return Err(raised),
    }
    if getattr.ty().has_flag(flags::METHOD_DESCRIPTOR) {
        return call::call2(th, getattr.value(), v, name);
    }
    match getattr.ty().slots().descr_get {
        Some(get) => {
            let bound = get(th, getattr.value(), Some(v), Some(ty.value()))?;
            call::call1(th, bound.value(), name)
        }
        None => call::call1(th, getattr.value(), name),
    }
}

pub(crate) fn slot_setattr(th: &Thread, v: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    match value {
        Some(value) => invoke(th, v, &dunder::SETATTR, &[name, value]).map(drop),
        None => invoke(th, v, &dunder::DELATTR, &[name]).map(drop),
    }
}

/// The special method of a comparison.
#[inline]
pub(crate) fn comparison_name(op: CompareOp) -> &'static Name {
    match op {
        CompareOp::Lt => &dunder::LT,
        CompareOp::Le => &dunder::LE,
        CompareOp::Eq => &dunder::EQ,
        CompareOp::Ne => &dunder::NE,
        CompareOp::Gt => &dunder::GT,
        CompareOp::Ge => &dunder::GE,
    }
}

pub(crate) fn slot_richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    invoke_or_not_implemented(th, a, comparison_name(op), &[b])
}

pub(crate) fn slot_iter(th: &Thread, v: Value) -> PyResult {
    match v.ty().lookup(th, dunder::ITER.get(th)?) {
        Some(method) if method.is_none() => err!(th, TYPE_ERROR, "'{}' object is not iterable", v.ty().name()),
        Some(_) => invoke(th, v, &dunder::ITER, &[]),
        None if v.ty().lookup(th, dunder::GETITEM.get(th)?).is_some() => iterators::sequence_iterator(th, v),
        None => err!(th, TYPE_ERROR, "'{}' object is not iterable", v.ty().name()),
    }
}

/// The end of the iteration stays a StopIteration: its value may be wanted.
pub(crate) fn slot_next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    invoke(th, v, &dunder::NEXT, &[]).map(Some)
}

/// The iternext slot of classes without `__next__`.
pub(crate) fn next_not_implemented(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    err!(th, TYPE_ERROR, "'{}' object is not iterable", v.ty().name())
}

pub(crate) fn slot_descr_get(th: &Thread, v: Value, obj: Option<Value>, owner: Option<Value>) -> PyResult {
    let args = [obj.unwrap_or(statics::none()), owner.unwrap_or(statics::none())];
    // Unlike other special methods this one is looked up unbound: `v` may well be a class's plain attribute.
    match v.ty().lookup(th, names::GET.get(th)?) {
        Some(get) => {
            let get = get.own();
            call::call3(th, get.value(), v, args[0], args[1])
        }
        None => Ok(v.own()),
    }
}

pub(crate) fn slot_descr_set(th: &Thread, v: Value, obj: Value, value: Option<Value>) -> PyResult<()> {
    match value {
        Some(value) => invoke(th, v, &dunder::SET, &[obj, value]).map(drop),
        None => invoke(th, v, &dunder::DELETE, &[obj]).map(drop),
    }
}

pub(crate) fn slot_init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    let Some(method) = find(th, v, &dunder::INIT)? else { return Ok(()) };
    let result = call_found(th, v, method, args)?;
    if !result.is_none() {
        return err!(th, TYPE_ERROR, "__init__() should return None, not '{}'", result.ty().name());
    }
    Ok(())
}

pub(crate) fn slot_new(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let new = object::get_attr(th, ty.value(), names::NEW.get(th)?)?;
    call::call_with_self(th, new.value(), ty.value(), args)
}

/// Errors in `__del__` cannot be raised; they are reported.
pub(crate) fn slot_del(th: &Thread, v: Value) {
    let run = || -> PyResult<()> {
        match find(th, v, &dunder::DEL)? {
            Some(method) => {
                let report = method.0.clone();
                if call_found(th, v, method, Args::NONE).is_err() {
                    th.write_unraisable("calling deallocator", Some(report.value()));
                }
                Ok(())
            }
            None => Ok(()),
        }
    };
    if run().is_err() {
        th.write_unraisable("calling deallocator", Some(v));
    }
}

pub(crate) fn slot_bool(th: &Thread, v: Value) -> PyResult<bool> {
    if let Some(result) = call_special(th, v, dunder::BOOL.get(th)?, &[])? {
        return match crate::types::bool::value_of(result.value()) {
            Some(truth) => Ok(truth),
            None => err!(th, TYPE_ERROR, "__bool__ should return bool, returned {}", result.ty().name()),
        };
    }
    match call_special(th, v, dunder::LEN.get(th)?, &[])? {
        Some(len) => Ok(checked_length(th, len.value())? != 0),
        None => Ok(true),
    }
}

fn checked_length(th: &Thread, len: Value) -> PyResult<isize> {
    let number = number::index(th, len)?;
    match int::as_i64_exact(number.value()) {
        Some(..0) => err!(th, VALUE_ERROR, "__len__() should return >= 0"),
        Some(len) => Ok(len as isize),
        None if compare::rich_bool(th, number.value(), Value::small_int(0), CompareOp::Lt)? => {
            err!(th, VALUE_ERROR, "__len__() should return >= 0")
        }
        None => err!(th, OVERFLOW_ERROR, "cannot fit '{}' into an index-sized integer", len.ty().name()),
    }
}

pub(crate) fn slot_len(th: &Thread, v: Value) -> PyResult<isize> {
    let len = invoke(th, v, &dunder::LEN, &[])?;
    checked_length(th, len.value())
}

pub(crate) fn slot_item(th: &Thread, v: Value, index: isize) -> PyResult {
    let index = th.int(index as i64)?;
    invoke(th, v, &dunder::GETITEM, &[index.value()])
}

pub(crate) fn slot_ass_item(th: &Thread, v: Value, index: isize, value: Option<Value>) -> PyResult<()> {
    let index = th.int(index as i64)?;
    slot_ass_subscript(th, v, index.value(), value)
}

pub(crate) fn slot_ass_subscript(th: &Thread, v: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    match value {
        Some(value) => invoke(th, v, &dunder::SETITEM, &[key, value]).map(drop),
        None => invoke(th, v, &dunder::DELITEM, &[key]).map(drop),
    }
}

pub(crate) fn slot_contains(th: &Thread, v: Value, item: Value) -> PyResult<bool> {
    match v.ty().lookup(th, dunder::CONTAINS.get(th)?) {
        Some(method) if method.is_none() => err!(th, TYPE_ERROR, "'{}' object is not a container", v.ty().name()),
        Some(_) => {
            let result = invoke(th, v, &dunder::CONTAINS, &[item])?;
            object::is_true(th, result.value())
        }
        None => {
            let it = iter::get_iter(th, v)?;
            while let Some(candidate) = iter::next(th, it.value())? {
                if compare::eq(th, candidate.value(), item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

/// `__buffer__` (PEP 688): a memoryview, whose memory is handed on.
pub(crate) fn slot_getbuffer(th: &Thread, v: Value, writable: bool) -> PyResult<Buffer> {
    crate::types::memoryview::by_dunder(th, v, writable)
}

/// `__release_buffer__`: called by what owns the buffer that `by_dunder` makes, so there is nothing to give back here.
pub(crate) fn slot_releasebuffer(_: &Thread, _: Value) {}
