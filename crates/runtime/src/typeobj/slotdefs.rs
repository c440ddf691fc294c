//! The table that ties special method names to slots, in both directions:
//!
//! - a built-in type's slots become methods in its dictionary ([`add_wrappers`]),
//! - a class's special methods become slots ([`fix_all_slots`], [`update_slots_for`]).
//!
//! Several names may share a slot (`__add__` and `__radd__`), and one name may have several slots (`__getitem__`).
//! Entries of one slot stand together; the first entry of a name is the one that a wrapper is made of.

use super::slot_functions::*;
use super::wrappers::*;
use crate::native::{MethodKind, NativeCode};
use crate::prelude::*;
use crate::typeobj::names::Name;
use crate::typeobj::*;
use crate::types::descriptors::{self, WrapperDescriptor};
use crate::types::str::Str;

/// A function as an untyped pointer, or null.
pub struct FnPtr(*const ());
// SAFETY: the address of a function, never written through.
unsafe impl Sync for FnPtr {}

/// One name of one slot.
pub struct SlotDef {
    pub name: &'static Name,
    pub slot: SlotId,
    /// What goes into the slot of a class that defines the method in Python; null where only the wrapper direction
    /// exists.
    function: FnPtr,
    pub wrapper: Option<WrapperFn>,
    /// Takes keyword arguments.
    pub keywords: bool,
    pub doc: &'static str,
    pub text_signature: &'static str,
}

const UNARY: &str = "($self, /)";
const BINARY: &str = "($self, value, /)";
const ATTRIBUTE: &str = "($self, name, /)";
const KEY: &str = "($self, key, /)";

macro_rules! table {
    ($($constant:ident $text:literal, $slot:ident, $function:expr, $wrapper:expr, $signature:expr, $doc:literal;)*) => {
        /// The special methods' names.
        pub mod names {
            use crate::typeobj::names::Name;
            $(pub static $constant: Name = Name::new($text);)*
        }
        /// All entries.
        pub static SLOTDEFS: &[SlotDef] = &[$(SlotDef {
            name: &names::$constant,
            slot: SlotId::$slot,
            function: FnPtr($function),
            wrapper: $wrapper,
            keywords: matches!(SlotId::$slot, SlotId::init | SlotId::call),
            doc: $doc,
            text_signature: $signature,
        },)*];
    };
}

/// `None` as a wrapper: the name has only the other direction.
const NO_WRAPPER: Option<WrapperFn> = None;
const NO_FUNCTION: *const () = std::ptr::null();

table! {
    REPR "__repr__", repr, slot_repr as UnaryFn as _, Some(wrap_unary), UNARY, "Return repr(self).";
    HASH "__hash__", hash, slot_hash as HashFn as _, Some(wrap_hash), UNARY, "Return hash(self).";
    CALL "__call__", call, slot_call as CallFn as _, Some(wrap_call), "($self, /, *args, **kwargs)", "Call self as a function.";
    STR "__str__", str, slot_str as UnaryFn as _, Some(wrap_unary), UNARY, "Return str(self).";
    GETATTRIBUTE "__getattribute__", getattro, slot_getattr as GetAttrFn as _, Some(wrap_getattr), ATTRIBUTE, "Return getattr(self, name).";
    GETATTR "__getattr__", getattro, slot_getattr as GetAttrFn as _, NO_WRAPPER, "", "";
    SETATTR "__setattr__", setattro, slot_setattr as SetAttrFn as _, Some(wrap_setattr), "($self, name, value, /)", "Implement setattr(self, name, value).";
    DELATTR "__delattr__", setattro, slot_setattr as SetAttrFn as _, Some(wrap_delattr), ATTRIBUTE, "Implement delattr(self, name).";
    LT "__lt__", richcompare, slot_richcompare as RichCompareFn as _, Some(wrap_lt), BINARY, "Return self<value.";
    LE "__le__", richcompare, slot_richcompare as RichCompareFn as _, Some(wrap_le), BINARY, "Return self<=value.";
    EQ "__eq__", richcompare, slot_richcompare as RichCompareFn as _, Some(wrap_eq), BINARY, "Return self==value.";
    NE "__ne__", richcompare, slot_richcompare as RichCompareFn as _, Some(wrap_ne), BINARY, "Return self!=value.";
    GT "__gt__", richcompare, slot_richcompare as RichCompareFn as _, Some(wrap_gt), BINARY, "Return self>value.";
    GE "__ge__", richcompare, slot_richcompare as RichCompareFn as _, Some(wrap_ge), BINARY, "Return self>=value.";
    ITER "__iter__", iter, slot_iter as UnaryFn as _, Some(wrap_unary), UNARY, "Implement iter(self).";
    NEXT "__next__", iternext, slot_next as IterNextFn as _, Some(wrap_next), UNARY, "Implement next(self).";
    GET "__get__", descr_get, slot_descr_get as DescrGetFn as _, Some(wrap_descr_get), "($self, instance, owner=None, /)", "Return an attribute of instance, which is of type owner.";
    SET "__set__", descr_set, slot_descr_set as DescrSetFn as _, Some(wrap_descr_set), "($self, instance, value, /)", "Set an attribute of instance to value.";
    DELETE "__delete__", descr_set, slot_descr_set as DescrSetFn as _, Some(wrap_descr_delete), "($self, instance, /)", "Delete an attribute of instance.";
    INIT "__init__", init, slot_init as InitFn as _, Some(wrap_init), "($self, /, *args, **kwargs)", "Initialize self.  See help(type(self)) for accurate signature.";
    NEW "__new__", new, slot_new as NewFn as _, NO_WRAPPER, "", "";
    DEL "__del__", finalize, slot_del as fn(&Thread, Value) as _, Some(wrap_del), UNARY, "Called when the instance is about to be destroyed.";
    BUFFER "__buffer__", bf_getbuffer, slot_getbuffer as GetBufferFn as _, Some(wrap_buffer), "($self, flags, /)", "Return a buffer object that exposes the underlying memory of the object.";
    RELEASE_BUFFER "__release_buffer__", bf_releasebuffer, slot_releasebuffer as ReleaseBufferFn as _, Some(wrap_release_buffer), "($self, buffer, /)", "Release the buffer object that exposes the underlying memory of the object.";
    AWAIT "__await__", am_await, slot_await as UnaryFn as _, Some(wrap_unary), UNARY, "Return an iterator to be used in await expression.";
    AITER "__aiter__", am_aiter, slot_aiter as UnaryFn as _, Some(wrap_unary), UNARY, "Return an awaitable, that resolves in asynchronous iterator.";
    ANEXT "__anext__", am_anext, slot_anext as UnaryFn as _, Some(wrap_unary), UNARY, "Return a value or raise StopAsyncIteration.";
    ADD "__add__", nb_add, slot_add as BinaryFn as _, Some(wrap_binary), BINARY, "Return self+value.";
    RADD "__radd__", nb_add, slot_add as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return value+self.";
    SUB "__sub__", nb_subtract, slot_subtract as BinaryFn as _, Some(wrap_binary), BINARY, "Return self-value.";
    RSUB "__rsub__", nb_subtract, slot_subtract as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return value-self.";
    MUL "__mul__", nb_multiply, slot_multiply as BinaryFn as _, Some(wrap_binary), BINARY, "Return self*value.";
    RMUL "__rmul__", nb_multiply, slot_multiply as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return value*self.";
    MOD "__mod__", nb_remainder, slot_remainder as BinaryFn as _, Some(wrap_binary), BINARY, "Return self%value.";
    RMOD "__rmod__", nb_remainder, slot_remainder as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return value%self.";
    DIVMOD "__divmod__", nb_divmod, slot_divmod as BinaryFn as _, Some(wrap_binary), BINARY, "Return divmod(self, value).";
    RDIVMOD "__rdivmod__", nb_divmod, slot_divmod as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return divmod(value, self).";
    POW "__pow__", nb_power, slot_power as TernaryFn as _, Some(wrap_ternary), "($self, value, mod=None, /)", "Return pow(self, value, mod).";
    RPOW "__rpow__", nb_power, slot_power as TernaryFn as _, Some(wrap_ternary_reflected), "($self, value, mod=None, /)", "Return pow(value, self, mod).";
    NEG "__neg__", nb_negative, slot_negative as UnaryFn as _, Some(wrap_unary), UNARY, "-self";
    POS "__pos__", nb_positive, slot_positive as UnaryFn as _, Some(wrap_unary), UNARY, "+self";
    ABS "__abs__", nb_absolute, slot_absolute as UnaryFn as _, Some(wrap_unary), UNARY, "abs(self)";
    BOOL "__bool__", nb_bool, slot_bool as InquiryFn as _, Some(wrap_inquiry), UNARY, "True if self else False";
    INVERT "__invert__", nb_invert, slot_invert as UnaryFn as _, Some(wrap_unary), UNARY, "~self";
    LSHIFT "__lshift__", nb_lshift, slot_lshift as BinaryFn as _, Some(wrap_binary), BINARY, "Return self<<value.";
    RLSHIFT "__rlshift__", nb_lshift, slot_lshift as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return value<<self.";
    RSHIFT "__rshift__", nb_rshift, slot_rshift as BinaryFn as _, Some(wrap_binary), BINARY, "Return self>>value.";
    RRSHIFT "__rrshift__", nb_rshift, slot_rshift as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return value>>self.";
    AND "__and__", nb_and, slot_and as BinaryFn as _, Some(wrap_binary), BINARY, "Return self&value.";
    RAND "__rand__", nb_and, slot_and as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return value&self.";
    XOR "__xor__", nb_xor, slot_xor as BinaryFn as _, Some(wrap_binary), BINARY, "Return self^value.";
    RXOR "__rxor__", nb_xor, slot_xor as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return value^self.";
    OR "__or__", nb_or, slot_or as BinaryFn as _, Some(wrap_binary), BINARY, "Return self|value.";
    ROR "__ror__", nb_or, slot_or as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return value|self.";
    INT "__int__", nb_int, slot_int as UnaryFn as _, Some(wrap_unary), UNARY, "int(self)";
    FLOAT "__float__", nb_float, slot_float as UnaryFn as _, Some(wrap_unary), UNARY, "float(self)";
    IADD "__iadd__", nb_inplace_add, slot_inplace_add as BinaryFn as _, Some(wrap_binary), BINARY, "Return self+=value.";
    ISUB "__isub__", nb_inplace_subtract, slot_inplace_subtract as BinaryFn as _, Some(wrap_binary), BINARY, "Return self-=value.";
    IMUL "__imul__", nb_inplace_multiply, slot_inplace_multiply as BinaryFn as _, Some(wrap_binary), BINARY, "Return self*=value.";
    IMOD "__imod__", nb_inplace_remainder, slot_inplace_remainder as BinaryFn as _, Some(wrap_binary), BINARY, "Return self%=value.";
    IPOW "__ipow__", nb_inplace_power, slot_inplace_power as TernaryFn as _, Some(wrap_ternary), BINARY, "Return self**=value.";
    ILSHIFT "__ilshift__", nb_inplace_lshift, slot_inplace_lshift as BinaryFn as _, Some(wrap_binary), BINARY, "Return self<<=value.";
    IRSHIFT "__irshift__", nb_inplace_rshift, slot_inplace_rshift as BinaryFn as _, Some(wrap_binary), BINARY, "Return self>>=value.";
    IAND "__iand__", nb_inplace_and, slot_inplace_and as BinaryFn as _, Some(wrap_binary), BINARY, "Return self&=value.";
    IXOR "__ixor__", nb_inplace_xor, slot_inplace_xor as BinaryFn as _, Some(wrap_binary), BINARY, "Return self^=value.";
    IOR "__ior__", nb_inplace_or, slot_inplace_or as BinaryFn as _, Some(wrap_binary), BINARY, "Return self|=value.";
    FLOORDIV "__floordiv__", nb_floor_divide, slot_floor_divide as BinaryFn as _, Some(wrap_binary), BINARY, "Return self//value.";
    RFLOORDIV "__rfloordiv__", nb_floor_divide, slot_floor_divide as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return value//self.";
    TRUEDIV "__truediv__", nb_true_divide, slot_true_divide as BinaryFn as _, Some(wrap_binary), BINARY, "Return self/value.";
    RTRUEDIV "__rtruediv__", nb_true_divide, slot_true_divide as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return value/self.";
    IFLOORDIV "__ifloordiv__", nb_inplace_floor_divide, slot_inplace_floor_divide as BinaryFn as _, Some(wrap_binary), BINARY, "Return self//=value.";
    ITRUEDIV "__itruediv__", nb_inplace_true_divide, slot_inplace_true_divide as BinaryFn as _, Some(wrap_binary), BINARY, "Return self/=value.";
    INDEX "__index__", nb_index, slot_index as UnaryFn as _, Some(wrap_unary), UNARY, "Return self converted to an integer, if self is suitable for use as an index into a list.";
    MATMUL "__matmul__", nb_matrix_multiply, slot_matrix_multiply as BinaryFn as _, Some(wrap_binary), BINARY, "Return self@value.";
    RMATMUL "__rmatmul__", nb_matrix_multiply, slot_matrix_multiply as BinaryFn as _, Some(wrap_binary_reflected), BINARY, "Return value@self.";
    IMATMUL "__imatmul__", nb_inplace_matrix_multiply, slot_inplace_matrix_multiply as BinaryFn as _, Some(wrap_binary), BINARY, "Return self@=value.";
    LEN "__len__", mp_length, slot_len as LenFn as _, Some(wrap_len), UNARY, "Return len(self).";
    GETITEM "__getitem__", mp_subscript, slot_subscript as BinaryFn as _, Some(wrap_binary), KEY, "Return self[key].";
    SETITEM "__setitem__", mp_ass_subscript, slot_ass_subscript as SetAttrFn as _, Some(wrap_setitem), "($self, key, value, /)", "Set self[key] to value.";
    DELITEM "__delitem__", mp_ass_subscript, slot_ass_subscript as SetAttrFn as _, Some(wrap_delitem), KEY, "Delete self[key].";
    SQ_LEN "__len__", sq_length, slot_len as LenFn as _, Some(wrap_len), UNARY, "Return len(self).";
    SQ_ADD "__add__", sq_concat, NO_FUNCTION, Some(wrap_binary), BINARY, "Return self+value.";
    SQ_MUL "__mul__", sq_repeat, NO_FUNCTION, Some(wrap_repeat), BINARY, "Return self*value.";
    SQ_RMUL "__rmul__", sq_repeat, NO_FUNCTION, Some(wrap_repeat), BINARY, "Return value*self.";
    SQ_GETITEM "__getitem__", sq_item, slot_item as SizeItemFn as _, Some(wrap_sq_item), KEY, "Return self[key].";
    SQ_SETITEM "__setitem__", sq_ass_item, slot_ass_item as SizeAssItemFn as _, Some(wrap_sq_setitem), "($self, key, value, /)", "Set self[key] to value.";
    SQ_DELITEM "__delitem__", sq_ass_item, slot_ass_item as SizeAssItemFn as _, Some(wrap_sq_delitem), KEY, "Delete self[key].";
    CONTAINS "__contains__", sq_contains, slot_contains as ContainsFn as _, Some(wrap_contains), KEY, "Return bool(key in self).";
    SQ_IADD "__iadd__", sq_inplace_concat, NO_FUNCTION, Some(wrap_binary), BINARY, "Implement self+=value.";
    SQ_IMUL "__imul__", sq_inplace_repeat, NO_FUNCTION, Some(wrap_repeat), BINARY, "Implement self*=value.";
}

/// `__new__` of built-in types.
pub static NEW_DEF: MethodDef = MethodDef {
    name: "__new__",
    doc: "Create and return a new object.  See help(type) for accurate signature.",
    text_signature: "($type, *args, **kwargs)",
    kind: MethodKind::Plain,
    code: NativeCode::Args(call_new),
    pure_native: false,
};

/// `T.__new__(subclass, ...)`: `this` is `T`.
fn call_new(th: &Thread, this: Value, args: Args) -> PyResult {
    let Some(ty) = this.cast::<Type>() else { return err!(th, SYSTEM_ERROR, "__new__() called with non-type 'self'") };
    let name = ty.name();
    let Some(class) = args.get(0) else { return err!(th, TYPE_ERROR, "{name}.__new__(): not enough arguments") };
    let Some(subtype) = class.cast::<Type>() else {
        let got = class.ty().name();
        return err!(th, TYPE_ERROR, "{name}.__new__(X): X is not a type object ({got})");
    };
    let sub = subtype.name();
    if !subtype.is_subtype_of(ty) {
        return err!(th, TYPE_ERROR, "{name}.__new__({sub}): {sub} is not a subtype of {name}");
    }
    if subtype.has_flag(flags::DISALLOW_INSTANTIATION) && !subtype.is_heap_type() {
        return err!(th, TYPE_ERROR, "cannot create '{sub}' instances");
    }
    let python = slot_new as NewFn as *const ();
    let mut native = Some(subtype);
    while let Some(base) = native.filter(|base| base.slots().raw(SlotId::new) == python) {
        native = base.base();
    }
    if let Some(native) = native
        && native.slots().raw(SlotId::new) != ty.slots().raw(SlotId::new)
    {
        // Built-in types without a `__new__` of their own are made by that of `object`.
        let maker = std::iter::successors(Some(native), |class| class.base()).find(|class| !class.is_heap_type());
        if std::ptr::eq(ty, &statics::OBJECT_TYPE)
            && let Some(maker) = maker
            && let Some(new) = maker.slots().new
            && !maker.dict().contains(th, crate::typeobj::names::NEW.get(th)?)?
        {
            return new(th, subtype, args.skip_first());
        }
        let safe = native.name();
        return err!(th, TYPE_ERROR, "{name}.__new__({sub}) is not safe, use {safe}.__new__()");
    }
    match ty.slots().new {
        Some(new) => new(th, subtype, args.skip_first()),
        None => err!(th, TYPE_ERROR, "cannot create '{name}' instances"),
    }
}

/// Adds to a built-in type's dictionary the methods that its own slots imply, where it has no method of that name.
///
/// # Errors
/// MemoryError.
pub(crate) fn add_wrappers(th: &Thread, ty: &'static Type) -> PyResult<()> {
    let unhashable = object::hash_not_implemented as HashFn as *const ();
    for def in SLOTDEFS {
        let function = ty.slots().raw(def.slot);
        if def.wrapper.is_none() || function.is_null() {
            continue;
        }
        let name = def.name.get(th)?;
        if ty.dict().contains(th, name)? {
            continue;
        }
        if function == unhashable {
            ty.dict().set(th, name, statics::none())?;
        } else {
            let wrapper = descriptors::new_wrapper(th, ty, def, function)?;
            ty.dict().set(th, name, wrapper.value())?;
        }
    }
    Ok(())
}

/// Whether `v` is a slot wrapper of this function.
pub(crate) fn wraps(v: Value, function: *const ()) -> bool {
    v.exact::<Instance<WrapperDescriptor>>().is_some_and(|wrapper| wrapper.payload.wrapped == function)
}

/// Whether `v` is the `__new__` of a built-in type.
fn is_native_new(v: Value) -> bool {
    v.exact::<Instance<crate::types::builtin_function::BuiltinFunction>>()
        .is_some_and(|function| std::ptr::eq(function.payload.def, &NEW_DEF))
}

/// Where a name has several slots: the only one of them that the type fills (`None` if there are several or none).
fn only_filled_slot(ty: &Type, name: &str) -> Option<SlotId> {
    let mut found = None;
    for def in SLOTDEFS.iter().filter(|def| def.name.text() == name) {
        if ty.slots().raw(def.slot).is_null() {
            continue;
        }
        if found.is_some() {
            return None;
        }
        found = Some(def.slot);
    }
    found
}

/// Decides what belongs into one slot of a class, by looking up all of the slot's names.
fn update_slot(th: &Thread, ty: &'static Type, slot: SlotId) -> PyResult<()> {
    let mut generic: *const () = std::ptr::null();
    let mut specific: *const () = std::ptr::null();
    let mut use_generic = false;
    for def in SLOTDEFS.iter().filter(|def| def.slot == slot) {
        let name = def.name.get(th)?;
        let Some(found) = ty.lookup_uncached(th, name) else {
            if slot == SlotId::iternext {
                specific = next_not_implemented as IterNextFn as *const ();
            }
            continue;
        };
        if let Some(wrapper) = found.exact::<Instance<WrapperDescriptor>>()
            && wrapper.payload.slot.name.text() == def.name.text()
        {
            let wrapper = &wrapper.payload;
            if only_filled_slot(ty, def.name.text()).is_none_or(|only| only == slot) {
                generic = def.function.0;
            }
            let both_lengths =
                [wrapper.slot.slot, slot].iter().all(|slot| matches!(slot, SlotId::mp_length | SlotId::sq_length));
            let same_wrapper = wrapper.slot.slot == slot || both_lengths;
            if (specific.is_null() || specific == wrapper.wrapped)
                && same_wrapper
                && ty.is_subtype_of(wrapper.base.owner())
            {
                specific = wrapper.wrapped;
            } else {
                use_generic = true;
            }
        } else if slot == SlotId::new && is_native_new(found) {
            specific = inherited_new(ty, found);
        } else if slot == SlotId::hash && found.is_none() {
            specific = object::hash_not_implemented as HashFn as *const ();
        } else {
            use_generic = true;
            generic = def.function.0;
        }
    }
    let function = if !specific.is_null() && !use_generic { specific } else { generic };
    // SAFETY: the table's functions have their slot's type; a wrapped function comes from the same slot, or from the
    // other one of the two length slots.
    unsafe { ty.set_slot(slot, function) };
    Ok(())
}

/// The `new` slot for a class whose `__new__` is that of the built-in type in `function`'s `__self__`.
fn inherited_new(ty: &'static Type, function: Value) -> *const () {
    let owner = function
        .exact::<Instance<crate::types::builtin_function::BuiltinFunction>>()
        .and_then(|function| function.payload.this.as_ref().and_then(|this| this.cast::<Type>()));
    let mut native = ty;
    while native.is_heap_type()
        && let Some(base) = native.base()
    {
        native = base;
    }
    let own = native.slots().raw(SlotId::new);
    match owner {
        Some(owner) if owner.slots().raw(SlotId::new) == own => own,
        // Another layout than the class's: `__new__` has to be called as a method, which checks and complains.
        _ => slot_new as NewFn as *const (),
    }
}

fn has_entry(ty: &Type, th: &Thread, name: Value) -> bool {
    ty.dict().peek_str(th, name).is_some()
}

/// The slots that a name belongs to.
fn slots_of_name(name: Value) -> Vec<SlotId> {
    match name.cast::<Str>().and_then(Str::as_utf8) {
        Some(text) if text.starts_with("__") && text.ends_with("__") => {
            SLOTDEFS.iter().filter(|def| def.name.text() == text).map(|def| def.slot).collect()
        }
        _ => Vec::new(),
    }
}

/// All slots that the table knows, each once.
fn known_slots() -> impl Iterator<Item = SlotId> {
    let mut last = None;
    SLOTDEFS.iter().map(|def| def.slot).filter(move |slot| last.replace(*slot) != Some(*slot))
}

/// Computes all slots of a new class from what it inherits and defines.
///
/// # Errors
/// MemoryError.
pub(crate) fn fix_all_slots(th: &Thread, ty: &'static Type) -> PyResult<()> {
    let bases = super::mro::bases_of(ty);
    let [base] = bases[..] else { return known_slots().try_for_each(|slot| update_slot(th, ty, slot)) };
    if base.mro().len() + 1 != ty.mro().len() {
        return known_slots().try_for_each(|slot| update_slot(th, ty, slot));
    }
    // With one base, slots whose names the class does not define are the base's.
    let inherited = *base.slots();
    for slot in known_slots() {
        // SAFETY: the function comes from the same slot.
        unsafe { ty.set_slot(slot, inherited.raw(slot)) };
    }
    let (mut own, mut at) = (Vec::new(), 0);
    while let Some((name, _, _)) = ty.dict().entry_at(&mut at) {
        own.extend(slots_of_name(name));
    }
    own.sort_unstable_by_key(|slot| *slot as u8);
    own.dedup();
    own.into_iter().try_for_each(|slot| update_slot(th, ty, slot))
}

/// After an attribute of a class changed: updates the slots that the name belongs to, in subclasses too.
///
/// # Errors
/// MemoryError.
pub(crate) fn update_slots_for(th: &Thread, ty: &'static Type, name: Value) -> PyResult<()> {
    let slots = slots_of_name(name);
    if slots.is_empty() {
        return Ok(());
    }
    let mut pending = vec![ty];
    while let Some(class) = pending.pop() {
        for slot in &slots {
            update_slot(th, class, *slot)?;
        }
        pending.extend(class.direct_subclasses().into_iter().filter(|sub| !has_entry(sub, th, name)));
    }
    Ok(())
}

/// After the bases of a class changed: recomputes its slots and those of its subclasses.
///
/// # Errors
/// MemoryError.
pub(crate) fn update_all_slots(th: &Thread, ty: &'static Type) -> PyResult<()> {
    let mut pending = vec![ty];
    while let Some(class) = pending.pop() {
        for slot in known_slots() {
            update_slot(th, class, slot)?;
        }
        pending.extend(class.direct_subclasses());
    }
    Ok(())
}
