//! The descriptors in the dictionaries of built-in types: methods, class methods, slot wrappers, computed attributes,
//! members; and `method-wrapper`, a slot wrapper bound to an object.

use crate::native::GetSetDef;
use crate::prelude::*;
use crate::typeobj::slotdefs::SlotDef;
use crate::types::{builtin_function, str, type_type};

/// What all of them have: the class they belong to and a name.
pub struct Descriptor {
    owner: Obj,
    pub name: Obj,
}

impl Descriptor {
    fn new(th: &Thread, owner: &Type, name: &str) -> PyResult<Descriptor> {
        Ok(Descriptor { owner: owner.value().own(), name: th.intern(name)? })
    }
    /// The class whose attribute this is (`__objclass__`).
    #[inline(always)]
    pub fn owner(&self) -> &'static Type {
        // SAFETY: I4 and I5, `owner` is a type, alive as long as the descriptor.
        unsafe { self.owner.value().cast_unchecked() }
    }
    fn text(&self) -> String {
        str::to_rust_string(self.name.value())
    }
    fn qualname(&self, th: &Thread) -> PyResult {
        let owner = object::get_attr_str(th, self.owner.value(), "__qualname__")?;
        if !owner.is_instance(&statics::STR_TYPE) {
            return err!(th, TYPE_ERROR, "<descriptor>.__objclass__.__qualname__ is not a unicode object");
        }
        th.str(&format!("{}.{}", str::to_rust_string(owner.value()), self.text()))
    }
    fn reduce(&self, th: &Thread) -> PyResult {
        let getattr = type_type::builtin(th, "getattr")?;
        let args = th.tuple(&[self.owner.value(), self.name.value()])?;
        th.tuple(&[getattr.value(), args.value()])
    }
    /// TypeError unless `obj` is an instance of the class.
    #[inline]
    fn check(&self, th: &Thread, obj: Value) -> PyResult<()> {
        if obj.is_instance(self.owner()) { Ok(()) } else { Err(self.wrong_receiver(th, obj)) }
    }
    #[cold]
    fn wrong_receiver(&self, th: &Thread, obj: Value) -> Raised {
        th.type_error(format!(
            "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
            self.text(),
            self.owner().name(),
            obj.ty().name()
        ))
    }
}

macro_rules! payload {
    ($name:ident, $ty:ident) => {
        impl Payload for $name {
            fn ty() -> &'static Type {
                &$ty
            }
            fn traverse(&self, visitor: &mut crate::gc::Visitor) {
                visitor.obj(&self.base.owner);
                visitor.obj(&self.base.name);
            }
        }
        impl $name {
            #[inline(always)]
            fn of<'a>(v: Value) -> &'a $name {
                // SAFETY: I4, the slots of this type get its instances only.
                unsafe { &v.cast_unchecked::<Instance<$name>>().payload }
            }
        }
    };
}

/// A method of a built-in type.
pub struct MethodDescriptor {
    pub base: Descriptor,
    pub def: &'static MethodDef,
}
/// A class method of a built-in type.
pub struct ClassMethodDescriptor {
    pub base: Descriptor,
    pub def: &'static MethodDef,
}
/// A slot of a built-in type as a method.
pub struct WrapperDescriptor {
    pub base: Descriptor,
    pub slot: &'static SlotDef,
    /// The function in the slot.
    pub wrapped: *const (),
}
/// A computed attribute.
pub struct GetSetDescriptor {
    pub base: Descriptor,
    pub def: &'static GetSetDef,
}
/// An attribute that is a field of the object.
pub struct MemberDescriptor {
    pub base: Descriptor,
    pub source: MemberSource,
}
/// Where a member lies.
#[derive(Clone, Copy)]
pub enum MemberSource {
    Native(&'static MemberDef),
    /// A `__slots__` member, at this offset.
    Slot(usize),
    /// A field of CPython's struct that is computed here.
    Computed(&'static GetSetDef),
}

payload!(MethodDescriptor, METHOD_DESCRIPTOR_TYPE);
payload!(ClassMethodDescriptor, CLASSMETHOD_DESCRIPTOR_TYPE);
payload!(WrapperDescriptor, WRAPPER_DESCRIPTOR_TYPE);
payload!(GetSetDescriptor, GETSET_DESCRIPTOR_TYPE);
payload!(MemberDescriptor, MEMBER_DESCRIPTOR_TYPE);

impl MethodDescriptor {
    /// The method behind a value of exactly this type.
    #[inline(always)]
    pub fn exact<'a>(v: Value) -> Option<&'a MethodDescriptor> {
        v.is_exact(&METHOD_DESCRIPTOR_TYPE).then(|| MethodDescriptor::of(v))
    }
}

/// A descriptor for a method of any kind, as it goes into the dictionary of `owner`.
///
/// # Errors
/// MemoryError.
pub fn new_method(th: &Thread, owner: &'static Type, def: &'static MethodDef) -> PyResult {
    use crate::native::MethodKind;
    let base = Descriptor::new(th, owner, def.name)?;
    match def.kind {
        MethodKind::Plain => Instance::create(th, MethodDescriptor { base, def }),
        MethodKind::Class => Instance::create(th, ClassMethodDescriptor { base, def }),
        MethodKind::Static => {
            let function = builtin_function::new(th, def, Some(owner.value()), None)?;
            super::property::new_staticmethod(th, function.value())
        }
    }
}
/// # Errors
/// MemoryError.
pub fn new_getset(th: &Thread, owner: &Type, def: &'static GetSetDef) -> PyResult {
    if def.member {
        return new_member(th, owner, def.name, MemberSource::Computed(def));
    }
    Instance::create(th, GetSetDescriptor { base: Descriptor::new(th, owner, def.name)?, def })
}
/// # Errors
/// MemoryError.
pub fn new_member(th: &Thread, owner: &Type, name: &str, source: MemberSource) -> PyResult {
    Instance::create(th, MemberDescriptor { base: Descriptor::new(th, owner, name)?, source })
}
/// # Errors
/// MemoryError.
pub fn new_wrapper(th: &Thread, owner: &Type, slot: &'static SlotDef, wrapped: *const ()) -> PyResult {
    Instance::create(th, WrapperDescriptor { base: Descriptor::new(th, owner, slot.name.text())?, slot, wrapped })
}

const DESCRIPTOR_FLAGS: u64 = flags::HAVE_GC | flags::DISALLOW_INSTANTIATION;

builtin_type! {
    pub static METHOD_DESCRIPTOR_TYPE = "PyMethodDescr_Type" => TypeSpec {
        name: "method_descriptor",
        flags: DESCRIPTOR_FLAGS | flags::METHOD_DESCRIPTOR,
        slots: Slots {
            repr: Some(|th, v| repr(th, &MethodDescriptor::of(v).base, "method")),
            call: Some(call_method_descriptor),
            descr_get: Some(method_get),
            ..Instance::<MethodDescriptor>::SLOTS
        },
        methods: method_methods::METHODS,
        getsets: method_methods::GETSETS,
        ..Instance::<MethodDescriptor>::SPEC
    }
}
builtin_type! {
    pub static CLASSMETHOD_DESCRIPTOR_TYPE = "PyClassMethodDescr_Type" => TypeSpec {
        name: "classmethod_descriptor",
        flags: DESCRIPTOR_FLAGS,
        slots: Slots {
            repr: Some(|th, v| repr(th, &ClassMethodDescriptor::of(v).base, "method")),
            call: Some(call_classmethod_descriptor),
            descr_get: Some(classmethod_get),
            ..Instance::<ClassMethodDescriptor>::SLOTS
        },
        methods: classmethod_methods::METHODS,
        getsets: classmethod_methods::GETSETS,
        ..Instance::<ClassMethodDescriptor>::SPEC
    }
}
builtin_type! {
    pub static WRAPPER_DESCRIPTOR_TYPE = "PyWrapperDescr_Type" => TypeSpec {
        name: "wrapper_descriptor",
        flags: DESCRIPTOR_FLAGS | flags::METHOD_DESCRIPTOR,
        slots: Slots {
            repr: Some(|th, v| repr(th, &WrapperDescriptor::of(v).base, "slot wrapper")),
            call: Some(call_wrapper_descriptor),
            descr_get: Some(wrapper_get),
            ..Instance::<WrapperDescriptor>::SLOTS
        },
        methods: wrapper_methods::METHODS,
        getsets: wrapper_methods::GETSETS,
        ..Instance::<WrapperDescriptor>::SPEC
    }
}
builtin_type! {
    pub static GETSET_DESCRIPTOR_TYPE = "PyGetSetDescr_Type" => TypeSpec {
        name: "getset_descriptor",
        flags: DESCRIPTOR_FLAGS,
        slots: Slots {
            repr: Some(|th, v| repr(th, &GetSetDescriptor::of(v).base, "attribute")),
            descr_get: Some(getset_get),
            descr_set: Some(getset_set),
            ..Instance::<GetSetDescriptor>::SLOTS
        },
        getsets: getset_methods::GETSETS,
        ..Instance::<GetSetDescriptor>::SPEC
    }
}
builtin_type! {
    pub static MEMBER_DESCRIPTOR_TYPE = "PyMemberDescr_Type" => TypeSpec {
        name: "member_descriptor",
        flags: DESCRIPTOR_FLAGS,
        slots: Slots {
            repr: Some(|th, v| repr(th, &MemberDescriptor::of(v).base, "member")),
            descr_get: Some(member_get),
            descr_set: Some(member_set),
            ..Instance::<MemberDescriptor>::SLOTS
        },
        methods: member_methods::METHODS,
        getsets: member_methods::GETSETS,
        ..Instance::<MemberDescriptor>::SPEC
    }
}

fn repr(th: &Thread, base: &Descriptor, what: &str) -> PyResult {
    th.str(&format!("<{what} '{}' of '{}' objects>", base.text(), base.owner().name()))
}

// ---- methods

/// The call slot of method descriptors; also what specialised call instructions compare with.
pub fn call_method_descriptor(th: &Thread, v: Value, args: Args) -> PyResult {
    let this = MethodDescriptor::of(v);
    let Some(receiver) = args.get(0) else {
        let name = call::function_name(th, v);
        return err!(th, TYPE_ERROR, "unbound method {name} needs an argument");
    };
    this.base.check(th, receiver)?;
    builtin_function::invoke(th, v, this.def, receiver, args.skip_first())
}

fn method_get(th: &Thread, v: Value, obj: Option<Value>, _: Option<Value>) -> PyResult {
    let this = MethodDescriptor::of(v);
    let Some(obj) = obj else { return Ok(v.own()) };
    this.base.check(th, obj)?;
    builtin_function::new(th, this.def, Some(obj), None)
}

/// The class a class method is to be bound to.
fn receiving_class(th: &Thread, base: &Descriptor, obj: Option<Value>, owner: Option<Value>) -> PyResult {
    let (name, expected) = (base.text(), base.owner().name());
    let class = match (owner, obj) {
        (Some(owner), _) => owner,
        (None, Some(obj)) => obj.ty().value(),
        (None, None) => {
            return err!(th, TYPE_ERROR, "descriptor '{name}' for type '{expected}' needs either an object or a type");
        }
    };
    let Some(ty) = class.cast::<Type>() else {
        let got = class.ty().name();
        return err!(th, TYPE_ERROR, "descriptor '{name}' for type '{expected}' needs a type, not a '{got}' as arg 2");
    };
    if !ty.is_subtype_of(base.owner()) {
        let got = ty.name();
        return err!(th, TYPE_ERROR, "descriptor '{name}' requires a subtype of '{expected}' but received '{got}'");
    }
    Ok(class.own())
}

fn classmethod_get(th: &Thread, v: Value, obj: Option<Value>, owner: Option<Value>) -> PyResult {
    let this = ClassMethodDescriptor::of(v);
    let class = receiving_class(th, &this.base, obj, owner)?;
    builtin_function::new(th, this.def, Some(class.value()), None)
}

fn call_classmethod_descriptor(th: &Thread, v: Value, args: Args) -> PyResult {
    let this = ClassMethodDescriptor::of(v);
    let (name, expected) = (this.base.text(), this.base.owner().name());
    let Some(class) = args.get(0) else {
        return err!(th, TYPE_ERROR, "descriptor '{name}' of '{expected}' object needs an argument");
    };
    let class = receiving_class(th, &this.base, None, Some(class))?;
    builtin_function::invoke(th, v, this.def, class.value(), args.skip_first())
}

// ---- slot wrappers

fn call_slot(th: &Thread, descriptor: &WrapperDescriptor, receiver: Value, args: Args) -> PyResult {
    let slot = descriptor.slot;
    if args.keyword_count() != 0 && !slot.keywords {
        return err!(th, TYPE_ERROR, "wrapper {}() takes no keyword arguments", slot.name.text());
    }
    match slot.wrapper {
        Some(wrapper) => wrapper(th, descriptor.wrapped, receiver, args),
        None => err!(th, SYSTEM_ERROR, "slot {} has no wrapper", slot.name.text()),
    }
}

fn call_wrapper_descriptor(th: &Thread, v: Value, args: Args) -> PyResult {
    let this = WrapperDescriptor::of(v);
    let expected = this.base.owner().name();
    let Some(receiver) = args.get(0) else {
        return err!(th, TYPE_ERROR, "descriptor '{}' of '{expected}' object needs an argument", this.base.text());
    };
    if !receiver.is_instance(this.base.owner()) {
        let (name, got) = (this.base.text(), receiver.ty().name());
        return err!(th, TYPE_ERROR, "descriptor '{name}' requires a '{expected}' object but received a '{got}'");
    }
    call_slot(th, this, receiver, args.skip_first())
}

fn wrapper_get(th: &Thread, v: Value, obj: Option<Value>, _: Option<Value>) -> PyResult {
    let Some(obj) = obj else { return Ok(v.own()) };
    WrapperDescriptor::of(v).base.check(th, obj)?;
    Instance::create(th, MethodWrapper { descriptor: v.own(), this: obj.own() })
}

/// A slot wrapper bound to an object.
pub struct MethodWrapper {
    descriptor: Obj,
    this: Obj,
}

impl Payload for MethodWrapper {
    #[inline(always)]
    fn ty() -> &'static Type {
        &METHOD_WRAPPER_TYPE
    }
    fn traverse(&self, visitor: &mut crate::gc::Visitor) {
        visitor.obj(&self.descriptor);
        visitor.obj(&self.this);
    }
}

impl MethodWrapper {
    fn of<'a>(v: Value) -> &'a MethodWrapper {
        // SAFETY: I4, the slots of this type get its instances only.
        unsafe { &v.cast_unchecked::<Instance<MethodWrapper>>().payload }
    }
    fn descriptor(&self) -> &WrapperDescriptor {
        WrapperDescriptor::of(self.descriptor.value())
    }
}

builtin_type! {
    pub static METHOD_WRAPPER_TYPE = "_PyMethodWrapper_Type" => TypeSpec {
        name: "method-wrapper",
        flags: DESCRIPTOR_FLAGS,
        slots: Slots {
            repr: Some(method_wrapper_repr),
            call: Some(|th, v, args| {
                let this = MethodWrapper::of(v);
                call_slot(th, this.descriptor(), this.this.value(), args)
            }),
            hash: Some(method_wrapper_hash),
            richcompare: Some(method_wrapper_compare),
            ..Instance::<MethodWrapper>::SLOTS
        },
        methods: method_wrapper_methods::METHODS,
        getsets: method_wrapper_methods::GETSETS,
        ..Instance::<MethodWrapper>::SPEC
    }
}

fn method_wrapper_repr(th: &Thread, v: Value) -> PyResult {
    let this = MethodWrapper::of(v);
    let (name, receiver) = (this.descriptor().base.text(), this.this.value());
    th.str(&format!("<method-wrapper '{name}' of {} object at {:#x}>", receiver.ty().name(), receiver.bits()))
}

fn method_wrapper_hash(_: &Thread, v: Value) -> PyResult<i64> {
    let this = MethodWrapper::of(v);
    let hash = object::hash_identity(this.this.value()) ^ object::hash_identity(this.descriptor.value());
    Ok(if hash == -1 { -2 } else { hash })
}

fn method_wrapper_compare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (CompareOp::Eq | CompareOp::Ne) = op else { return Ok(Obj::not_implemented()) };
    let Some(other) = b.cast::<Instance<MethodWrapper>>() else { return Ok(Obj::not_implemented()) };
    let this = MethodWrapper::of(a);
    let equal = this.descriptor.value().same(other.descriptor.value()) && this.this.value().is(other.this.value());
    Ok(Obj::bool(equal == (op == CompareOp::Eq)))
}

// ---- computed attributes

fn getset_get(th: &Thread, v: Value, obj: Option<Value>, _: Option<Value>) -> PyResult {
    let Some(obj) = obj else { return Ok(v.own()) };
    let this = GetSetDescriptor::of(v);
    this.base.check(th, obj)?;
    (this.def.get)(th, obj)
}

fn getset_set(th: &Thread, v: Value, obj: Value, value: Option<Value>) -> PyResult<()> {
    let this = GetSetDescriptor::of(v);
    this.base.check(th, obj)?;
    match this.def.set {
        Some(set) => set(th, obj, value),
        None => {
            let (name, owner) = (this.base.text(), this.base.owner().name());
            err!(th, ATTRIBUTE_ERROR, "attribute '{name}' of '{owner}' objects is not writable")
        }
    }
}

// ---- members

/// The field of `obj` at `offset` as a `T`.
///
/// # Safety
/// The object's layout has a `T` there (I4).
unsafe fn field<'a, T>(obj: Value, offset: usize) -> &'a T {
    // SAFETY: I4, handed on to the caller.
    unsafe { &*obj.as_ptr().cast::<u8>().add(offset).cast::<T>() }
}

fn missing_member(th: &Thread, this: &MemberDescriptor, obj: Value) -> Raised {
    let ty = crate::types::dict::qualified_name(obj.ty());
    object::attribute_error(
        th,
        obj,
        this.base.name.value(),
        &format!("'{ty}' object has no attribute '{}'", this.base.text()),
    )
}

fn member_get(th: &Thread, v: Value, obj: Option<Value>, _: Option<Value>) -> PyResult {
    let Some(obj) = obj else { return Ok(v.own()) };
    let this = MemberDescriptor::of(v);
    this.base.check(th, obj)?;
    // SAFETY: I4, the receiver was checked, and its type declares the member.
    unsafe {
        let def = match this.source {
            MemberSource::Slot(offset) => {
                return match field::<ObjCell>(obj, offset).get() {
                    Some(value) => Ok(value),
                    None => Err(missing_member(th, this, obj)),
                };
            }
            MemberSource::Computed(def) => return (def.get)(th, obj),
            MemberSource::Native(def) => def,
        };
        use std::cell::Cell;
        match def.kind {
            MemberKind::Object => match field::<ObjCell>(obj, def.offset).get() {
                Some(value) => Ok(value),
                None => Err(missing_member(th, this, obj)),
            },
            MemberKind::ObjectOrNone => Ok(field::<ObjCell>(obj, def.offset).get().unwrap_or_else(Obj::none)),
            MemberKind::Bool => Ok(Obj::bool(field::<Cell<bool>>(obj, def.offset).get())),
            MemberKind::I32 => th.int(field::<Cell<i32>>(obj, def.offset).get().into()),
            MemberKind::U32 => th.int(field::<Cell<u32>>(obj, def.offset).get().into()),
            MemberKind::ISize => th.int(field::<Cell<isize>>(obj, def.offset).get() as i64),
            MemberKind::F64 => th.float(field::<Cell<f64>>(obj, def.offset).get()),
        }
    }
}

fn set_object(th: &Thread, this: &MemberDescriptor, cell: &ObjCell, value: Option<Value>) -> PyResult<()> {
    if value.is_none() && cell.is_empty() {
        return Err(th.raise_with(&statics::ATTRIBUTE_ERROR, &[this.base.name.value()]));
    }
    cell.set(value.map(ValueExt::own));
    Ok(())
}

fn member_set(th: &Thread, v: Value, obj: Value, value: Option<Value>) -> PyResult<()> {
    use std::cell::Cell;
    let this = MemberDescriptor::of(v);
    this.base.check(th, obj)?;
    let def = match this.source {
        // SAFETY: I4, the receiver was checked, and its type declares the member.
        MemberSource::Slot(offset) => return set_object(th, this, unsafe { field::<ObjCell>(obj, offset) }, value),
        MemberSource::Computed(def) => {
            return match def.set {
                Some(set) => set(th, obj, value),
                None => err!(th, ATTRIBUTE_ERROR, "readonly attribute"),
            };
        }
        MemberSource::Native(def) => def,
    };
    if def.readonly {
        return err!(th, ATTRIBUTE_ERROR, "readonly attribute");
    }
    // SAFETY: I4, as above.
    unsafe {
        match (def.kind, value) {
            (MemberKind::Object, value) => set_object(th, this, field::<ObjCell>(obj, def.offset), value)?,
            (MemberKind::ObjectOrNone, value) => {
                field::<ObjCell>(obj, def.offset).set(value.map(ValueExt::own));
            }
            (_, None) => return err!(th, TYPE_ERROR, "can't delete numeric/char attribute"),
            (MemberKind::Bool, Some(value)) => match super::bool::value_of(value) {
                Some(b) => field::<Cell<bool>>(obj, def.offset).set(b),
                None => return err!(th, TYPE_ERROR, "attribute value type must be bool"),
            },
            (MemberKind::I32, Some(value)) => field::<Cell<i32>>(obj, def.offset).set(number::as_i32(th, value)?),
            (MemberKind::U32, Some(value)) => {
                field::<Cell<u32>>(obj, def.offset).set(number::as_i64(th, value)? as u32);
            }
            (MemberKind::ISize, Some(value)) => {
                field::<Cell<isize>>(obj, def.offset).set(number::as_isize(th, value)?);
            }
            (MemberKind::F64, Some(value)) => field::<Cell<f64>>(obj, def.offset).set(number::as_f64(th, value)?),
        }
    }
    Ok(())
}

// ---- attributes of the descriptors themselves

macro_rules! descriptor_attributes {
    ($module:ident, $payload:ident, $doc:expr, $signature:expr $(, $reduce:ident)?) => {
        #[pymethods]
        mod $module {
            use super::*;

            $(
                #[method("__reduce__()")]
                fn $reduce(th: &Thread, this: &Instance<$payload>) -> PyResult {
                    this.base.reduce(th)
                }
            )?
            #[getter("__name__", member)]
            fn name(_th: &Thread, this: &Instance<$payload>) -> Obj {
                this.base.name.clone()
            }
            #[getter("__qualname__")]
            fn qualname(th: &Thread, this: &Instance<$payload>) -> PyResult {
                this.base.qualname(th)
            }
            #[getter("__objclass__", member)]
            fn objclass(_th: &Thread, this: &Instance<$payload>) -> Obj {
                this.base.owner.clone()
            }
            #[getter("__doc__")]
            fn doc(th: &Thread, this: &Instance<$payload>) -> PyResult {
                let doc: fn(&$payload) -> &'static str = $doc;
                text_or_none(th, doc(&this.payload))
            }
            #[getter("__text_signature__")]
            fn text_signature(th: &Thread, this: &Instance<$payload>) -> PyResult {
                let signature: fn(&$payload) -> &'static str = $signature;
                text_or_none(th, signature(&this.payload))
            }
        }
    };
}

fn text_or_none(th: &Thread, text: &str) -> PyResult {
    if text.is_empty() { Ok(Obj::none()) } else { th.str(text) }
}

descriptor_attributes!(method_methods, MethodDescriptor, |d| d.def.doc, |d| d.def.text_signature, reduce);
descriptor_attributes!(classmethod_methods, ClassMethodDescriptor, |d| d.def.doc, |d| d.def.text_signature);
descriptor_attributes!(wrapper_methods, WrapperDescriptor, |d| d.slot.doc, |d| d.slot.text_signature, reduce);
descriptor_attributes!(getset_methods, GetSetDescriptor, |d| d.def.doc, |_| "");
descriptor_attributes!(
    member_methods,
    MemberDescriptor,
    |d| match d.source {
        MemberSource::Native(def) => def.doc,
        MemberSource::Computed(def) => def.doc,
        MemberSource::Slot(_) => "",
    },
    |_| "",
    reduce
);

#[pymethods]
mod method_wrapper_methods {
    use super::*;

    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Instance<MethodWrapper>) -> PyResult {
        let getattr = type_type::builtin(th, "getattr")?;
        let args = th.tuple(&[this.this.value(), this.descriptor().base.name.value()])?;
        th.tuple(&[getattr.value(), args.value()])
    }
    #[getter("__name__", member)]
    fn name(_th: &Thread, this: &Instance<MethodWrapper>) -> Obj {
        this.descriptor().base.name.clone()
    }
    #[getter("__qualname__")]
    fn qualname(th: &Thread, this: &Instance<MethodWrapper>) -> PyResult {
        this.descriptor().base.qualname(th)
    }
    #[getter("__objclass__", member)]
    fn objclass(_th: &Thread, this: &Instance<MethodWrapper>) -> Obj {
        this.descriptor().base.owner.clone()
    }
    #[getter("__self__", member)]
    fn this(_th: &Thread, this: &Instance<MethodWrapper>) -> Obj {
        this.this.clone()
    }
    #[getter("__doc__")]
    fn doc(th: &Thread, this: &Instance<MethodWrapper>) -> PyResult {
        text_or_none(th, this.descriptor().slot.doc)
    }
    #[getter("__text_signature__")]
    fn text_signature(th: &Thread, this: &Instance<MethodWrapper>) -> PyResult {
        text_or_none(th, this.descriptor().slot.text_signature)
    }
}

/// The offset of a `__slots__` member, if `v` is the descriptor of one that lies in the object.
pub fn slot_member_offset(v: Value) -> Option<usize> {
    if !v.is_exact(&MEMBER_DESCRIPTOR_TYPE) {
        return None;
    }
    match MemberDescriptor::of(v).source {
        MemberSource::Slot(offset) => Some(offset),
        _ => None,
    }
}
