//! Slots called as methods: what `int.__add__(1, 2)` runs.
//!
//! Each function gets the slot's function as an untyped pointer (a [`WrapperFn`]) together with the arguments behind
//! `self`, and calls it as the slot's type says.

use crate::prelude::*;
use crate::typeobj::*;

/// Calls the function in a slot for a method call. The pointer is a function of the slot's type.
pub type WrapperFn = fn(&Thread, *const (), Value, Args) -> PyResult;

/// The slot's function as the type it has.
///
/// # Safety
/// `F` is the slot's function type: the table in `slotdefs.rs` pairs each wrapper with slots of one type.
unsafe fn typed<F: Copy>(function: *const ()) -> F {
    const { assert!(size_of::<F>() == size_of::<*const ()>()) };
    // SAFETY: handed on to the caller.
    unsafe { std::mem::transmute_copy(&function) }
}

fn exactly<const N: usize>(th: &Thread, args: Args) -> PyResult<[Value; N]> {
    let slots = args.positional_slots();
    if slots.len() != N {
        let plural = if N == 1 { "" } else { "s" };
        return err!(th, TYPE_ERROR, "expected {N} argument{plural}, got {}", slots.len());
    }
    Ok(std::array::from_fn(|i| slots[i].value()))
}

fn between(th: &Thread, args: Args, min: usize, max: usize) -> PyResult<()> {
    let given = args.len();
    if given < min || given > max {
        let (how, limit) = if given < min { ("at least", min) } else { ("at most", max) };
        let plural = if limit == 1 { "" } else { "s" };
        return err!(th, TYPE_ERROR, "expected {how} {limit} argument{plural}, got {given}");
    }
    Ok(())
}

macro_rules! wrappers {
    ($($name:ident($th:ident, $function:ident: $ty:ty, $this:ident, $args:ident) $body:block)*) => {
        $(pub(crate) fn $name($th: &Thread, __wrapped: *const (), $this: Value, $args: Args) -> PyResult {
            // SAFETY: I8, the table pairs this wrapper with slots of this type.
            let $function = unsafe { typed::<$ty>(__wrapped) };
            $body
        })*
    };
}

wrappers! {
    wrap_unary(th, f: UnaryFn, this, args) {
        exactly::<0>(th, args)?;
        f(th, this)
    }
    wrap_binary(th, f: BinaryFn, this, args) {
        let [other] = exactly(th, args)?;
        f(th, this, other)
    }
    wrap_binary_reflected(th, f: BinaryFn, this, args) {
        let [other] = exactly(th, args)?;
        f(th, other, this)
    }
    wrap_ternary(th, f: TernaryFn, this, args) {
        between(th, args, 1, 2)?;
        let other = args.get(0).unwrap_or(statics::none());
        f(th, this, other, args.get(1).unwrap_or(statics::none()))
    }
    wrap_ternary_reflected(th, f: TernaryFn, this, args) {
        between(th, args, 1, 2)?;
        let other = args.get(0).unwrap_or(statics::none());
        f(th, other, this, args.get(1).unwrap_or(statics::none()))
    }
    wrap_inquiry(th, f: InquiryFn, this, args) {
        exactly::<0>(th, args)?;
        Ok(Obj::bool(f(th, this)?))
    }
    wrap_len(th, f: LenFn, this, args) {
        exactly::<0>(th, args)?;
        th.int(f(th, this)? as i64)
    }
    wrap_hash(th, f: HashFn, this, args) {
        exactly::<0>(th, args)?;
        th.int(f(th, this)?)
    }
    wrap_call(th, f: CallFn, this, args) {
        f(th, this, args)
    }
    wrap_init(th, f: InitFn, this, args) {
        f(th, this, args)?;
        Ok(Obj::none())
    }
    wrap_next(th, f: IterNextFn, this, args) {
        exactly::<0>(th, args)?;
        match f(th, this)? {
            Some(item) => Ok(item),
            None => Err(th.raise_with(&statics::STOP_ITERATION, &[])),
        }
    }
    wrap_getattr(th, f: GetAttrFn, this, args) {
        let [name] = exactly(th, args)?;
        check_name(th, name)?;
        f(th, this, name)
    }
    wrap_setattr(th, f: SetAttrFn, this, args) {
        let [name, value] = exactly(th, args)?;
        check_setattr(th, this, f as *const (), "__setattr__")?;
        check_name(th, name)?;
        f(th, this, name, Some(value))?;
        Ok(Obj::none())
    }
    wrap_delattr(th, f: SetAttrFn, this, args) {
        let [name] = exactly(th, args)?;
        check_setattr(th, this, f as *const (), "__delattr__")?;
        check_name(th, name)?;
        f(th, this, name, None)?;
        Ok(Obj::none())
    }
    wrap_setitem(th, f: SetAttrFn, this, args) {
        let [key, value] = exactly(th, args)?;
        f(th, this, key, Some(value))?;
        Ok(Obj::none())
    }
    wrap_delitem(th, f: SetAttrFn, this, args) {
        let [key] = exactly(th, args)?;
        f(th, this, key, None)?;
        Ok(Obj::none())
    }
    wrap_sq_item(th, f: SizeItemFn, this, args) {
        let [index] = exactly(th, args)?;
        f(th, this, sequence_index(th, this, index)?)
    }
    wrap_sq_setitem(th, f: SizeAssItemFn, this, args) {
        let [index, value] = exactly(th, args)?;
        f(th, this, sequence_index(th, this, index)?, Some(value))?;
        Ok(Obj::none())
    }
    wrap_sq_delitem(th, f: SizeAssItemFn, this, args) {
        let [index] = exactly(th, args)?;
        f(th, this, sequence_index(th, this, index)?, None)?;
        Ok(Obj::none())
    }
    wrap_repeat(th, f: SizeItemFn, this, args) {
        let [count] = exactly(th, args)?;
        f(th, this, number::as_isize(th, count)?)
    }
    wrap_contains(th, f: ContainsFn, this, args) {
        let [item] = exactly(th, args)?;
        Ok(Obj::bool(f(th, this, item)?))
    }
    wrap_descr_get(th, f: DescrGetFn, this, args) {
        between(th, args, 1, 2)?;
        let obj = args.get(0).filter(|v| !v.is_none());
        let owner = args.get(1).filter(|v| !v.is_none());
        if obj.is_none() && owner.is_none() {
            return err!(th, TYPE_ERROR, "__get__(None, None) is invalid");
        }
        f(th, this, obj, owner)
    }
    wrap_descr_set(th, f: DescrSetFn, this, args) {
        let [obj, value] = exactly(th, args)?;
        f(th, this, obj, Some(value))?;
        Ok(Obj::none())
    }
    wrap_descr_delete(th, f: DescrSetFn, this, args) {
        let [obj] = exactly(th, args)?;
        f(th, this, obj, None)?;
        Ok(Obj::none())
    }
    wrap_del(th, f: fn(&Thread, Value), this, args) {
        exactly::<0>(th, args)?;
        f(th, this);
        Ok(Obj::none())
    }
    wrap_lt(th, f: RichCompareFn, this, args) { let [other] = exactly(th, args)?; f(th, this, other, CompareOp::Lt) }
    wrap_le(th, f: RichCompareFn, this, args) { let [other] = exactly(th, args)?; f(th, this, other, CompareOp::Le) }
    wrap_eq(th, f: RichCompareFn, this, args) { let [other] = exactly(th, args)?; f(th, this, other, CompareOp::Eq) }
    wrap_ne(th, f: RichCompareFn, this, args) { let [other] = exactly(th, args)?; f(th, this, other, CompareOp::Ne) }
    wrap_gt(th, f: RichCompareFn, this, args) { let [other] = exactly(th, args)?; f(th, this, other, CompareOp::Gt) }
    wrap_ge(th, f: RichCompareFn, this, args) { let [other] = exactly(th, args)?; f(th, this, other, CompareOp::Ge) }
    wrap_buffer(th, f: GetBufferFn, this, args) {
        const WRITABLE: i64 = 1;
        let [flags] = exactly(th, args)?;
        let writable = number::as_i64(th, flags)? & WRITABLE != 0;
        drop(f(th, this, writable)?);
        call::call1(th, statics::MEMORYVIEW_TYPE.value(), this)
    }
    wrap_release_buffer(th, _f: ReleaseBufferFn, _this, args) {
        let [view] = exactly(th, args)?;
        call::call_method(th, view, "release", &[])
    }
}

fn check_name(th: &Thread, name: Value) -> PyResult<()> {
    if !name.is_instance(&statics::STR_TYPE) {
        return err!(th, TYPE_ERROR, "attribute name must be string, not '{}'", name.ty().name());
    }
    Ok(())
}

fn sequence_index(th: &Thread, v: Value, key: Value) -> PyResult<isize> {
    let index = number::as_isize(th, key)?;
    match v.ty().slots().sq_length {
        Some(len) if index < 0 => Ok(index.saturating_add(len(th, v)?)),
        _ => Ok(index),
    }
}

/// Rejects `object.__setattr__(int, ...)` and the like: calls that jump over an override of the slot between the
/// object's type and the class that is asked.
fn check_setattr(th: &Thread, this: Value, function: *const (), what: &str) -> PyResult<()> {
    let ty = this.ty();
    let slot_of = |ty: &Type| ty.slots().raw(SlotId::setattro);
    let python = slot_functions::slot_setattr as SetAttrFn as *const ();
    let order = ty.mro().as_slice();
    let mut defining = order
        .iter()
        .rev()
        .filter_map(|base| base.cast::<Type>())
        .find(|base| slot_of(base) != python && slot_of(base) == slot_of(ty))
        .or(Some(ty));
    while let Some(base) = defining {
        let slot = slot_of(base);
        if slot == function {
            return Ok(());
        }
        if slot != python {
            return err!(th, TYPE_ERROR, "can't apply this {what} to {} object", ty.name());
        }
        defining = base.base();
    }
    Ok(())
}
