//! `type`: calling classes, attributes of classes.

use crate::gc::Visitor;
use crate::prelude::*;
use crate::protocols::object::with_interned;
use crate::typeobj::{
    InitFn, NewFn, bases_of, default_mro, forget_subclass, get_annotate, get_annotations, names, set_annotate,
    set_annotations, set_bases, slotdefs, split_doc, type_new,
};
use crate::types::dict::Dict;
use crate::types::tuple::Tuple;
use crate::types::{exceptions, mappingproxy, str, union};
use std::mem::offset_of;
use whipsnake_layout::typeobject::TypeObject;

builtin_type! {
    /// `type`.
    pub static TYPE_TYPE = "PyType_Type" => TypeSpec {
        name: "type",
        basicsize: size_of::<Type>(),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::TYPE_SUBCLASS | flags::WEAKREFABLE,
        dictoffset: offset_of!(TypeObject, dict) as isize,
        doc: "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
        slots: Slots {
            dealloc: Some(dealloc),
            traverse: Some(traverse),
            clear: Some(clear),
            repr: Some(repr),
            call: Some(type_call),
            getattro: Some(type_get_attr),
            setattro: Some(type_set_attr),
            init: Some(type_init),
            new: Some(type_new),
            nb_or: Some(union::or),
            ..Slots::EMPTY
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        members: &[
            field("__base__", MemberKind::ObjectOrNone, offset_of!(TypeObject, base)),
            field("__basicsize__", MemberKind::ISize, offset_of!(TypeObject, basicsize)),
            field("__itemsize__", MemberKind::ISize, offset_of!(TypeObject, itemsize)),
        ],
        ..TypeSpec::DEFAULT
    }
}

const fn field(name: &'static str, kind: MemberKind, offset: usize) -> MemberDef {
    MemberDef { name, doc: "", kind, offset, readonly: true }
}

/// An attribute of the builtins module.
///
/// # Errors
/// RuntimeError if it is gone.
pub fn builtin(th: &Thread, name: &str) -> PyResult {
    let builtins = th.interp.builtins_dict.get();
    match builtins.as_ref().and_then(|dict| dict.cast::<Dict>()) {
        Some(dict) => match dict.get_rust(th, name)? {
            Some(found) => Ok(found),
            None => err!(th, ATTRIBUTE_ERROR, "module 'builtins' has no attribute '{name}'"),
        },
        None => err!(th, RUNTIME_ERROR, "lost builtins module"),
    }
}

// ---- calling

/// `cls(...)`: the call slot of classes.
///
/// # Errors
/// TypeError for types without instances; what `__new__` and `__init__` raise.
pub fn type_call(th: &Thread, class: Value, args: Args) -> PyResult {
    // SAFETY: I4, this is the call slot of `type`.
    let ty: &'static Type = unsafe { class.cast_unchecked() };
    if std::ptr::eq(ty, &TYPE_TYPE) {
        if let (Some(v), 1, 0) = (args.get(0), args.len(), args.keyword_count()) {
            return Ok(v.ty().value().own());
        }
        if args.len() != 3 {
            return err!(th, TYPE_ERROR, "type() takes 1 or 3 arguments");
        }
    }
    if exceptions::is_plain(ty) && args.keyword_count() == 0 {
        return exceptions::construct(th, ty, args);
    }
    let Some(new) = ty.slots().new else {
        return err!(th, TYPE_ERROR, "cannot create '{}' instances", ty.name());
    };
    let made = new(th, ty, args)?;
    let made_ty = made.ty();
    if !std::ptr::eq(made_ty, ty) && !made_ty.is_subtype_of(ty) {
        return Ok(made);
    }
    if let Some(init) = made_ty.slots().init {
        init(th, made.value(), args)?;
    }
    Ok(made)
}

fn type_init(th: &Thread, _: Value, args: Args) -> PyResult<()> {
    if args.len() == 1 && args.keyword_count() != 0 {
        return err!(th, TYPE_ERROR, "type.__init__() takes no keyword arguments");
    }
    if args.len() != 1 && args.len() != 3 {
        return err!(th, TYPE_ERROR, "type.__init__() takes 1 or 3 arguments");
    }
    Ok(())
}

// ---- attributes

/// `cls.name` by the rule for classes, `None` when there is no such attribute: data descriptors of the metaclass,
/// attributes of the class and its bases (bound), other attributes of the metaclass.
///
/// # Errors
/// What descriptors raise.
pub fn type_lookup(th: &Thread, class: &'static Type, name: Value) -> PyResult<Option<Obj>> {
    with_interned!(th, name);
    let v = class.value();
    let meta = v.ty();
    let meta_found = meta.lookup(th, name).map(ValueExt::own);
    if let Some(found) = &meta_found {
        let slots = found.ty().slots();
        if let (Some(get), Some(_)) = (slots.descr_get, slots.descr_set) {
            return get(th, found.value(), Some(v), Some(meta.value())).map(Some);
        }
    }
    if let Some(found) = class.lookup(th, name) {
        let found = found.own();
        return match found.ty().slots().descr_get {
            Some(get) => get(th, found.value(), None, Some(v)).map(Some),
            None => Ok(Some(found)),
        };
    }
    let Some(found) = meta_found else { return Ok(None) };
    match found.ty().slots().descr_get {
        Some(get) => get(th, found.value(), Some(v), Some(meta.value())).map(Some),
        None => Ok(Some(found)),
    }
}

/// `type.__getattribute__`.
///
/// # Errors
/// AttributeError; what descriptors raise.
pub fn type_get_attr(th: &Thread, class: Value, name: Value) -> PyResult {
    // SAFETY: I4, this is the getattro slot of `type`.
    let ty: &'static Type = unsafe { class.cast_unchecked() };
    match type_lookup(th, ty, name)? {
        Some(found) => Ok(found),
        None => Err(object::no_attribute(th, class, name)),
    }
}

/// `type.__setattr__` and `type.__delattr__`.
///
/// # Errors
/// TypeError for immutable types; AttributeError; what metaclass descriptors raise.
pub fn type_set_attr(th: &Thread, class: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    // SAFETY: I4, this is the setattro slot of `type`.
    let ty: &'static Type = unsafe { class.cast_unchecked() };
    if ty.has_flag(flags::IMMUTABLETYPE) {
        let name = str::to_rust_string(name);
        return err!(th, TYPE_ERROR, "cannot set '{name}' attribute of immutable type '{}'", ty.name());
    }
    with_interned!(th, name);
    let meta_found = class.ty().lookup(th, name).map(ValueExt::own);
    if let Some(found) = meta_found
        && let Some(set) = found.ty().slots().descr_set
    {
        set(th, found.value(), class, value)?;
    } else {
        let dict = ty.dict();
        // The old value must outlive the invalidation: cached lookups refer to it.
        let old = dict.get_str(th, name)?;
        match value {
            Some(value) => dict.set(th, name, value)?,
            None if dict.del(th, name)? => {}
            None => return Err(object::no_attribute(th, class, name)),
        }
        ty.modified(th);
        drop(old);
    }
    slotdefs::update_slots_for(th, ty, name)
}

/// Adds the names of a class's attributes, and of its bases' ones, to a dict.
///
/// # Errors
/// What `__dict__` and `__bases__` raise.
pub fn merge_class_names(th: &Thread, into: Value, class: Value) -> PyResult<()> {
    th.check_native_stack("")?;
    if let Some(dict) = object::lookup_attr(th, class, names::DICT.get(th)?)? {
        call::call_method(th, into, "update", &[dict.value()])?;
    }
    if let Some(bases) = object::lookup_attr(th, class, names::BASES.get(th)?)? {
        for base in iter::to_vec(th, bases.value())? {
            merge_class_names(th, into, base.value())?;
        }
    }
    Ok(())
}

/// The module that the declaration of a native type names.
/// Types outside `builtins` that are static in CPython.
const STATIC_IN_MODULES: &[&str] = &[
    "_contextvars.Context",
    "_contextvars.ContextVar",
    "_contextvars.Token",
    "collections.OrderedDict",
    "string.templatelib.Interpolation",
    "string.templatelib.Template",
    "sys.flags",
    "sys.float_info",
    "sys.hash_info",
    "sys.int_info",
    "sys.thread_info",
    "sys.version_info",
    "types.GenericAlias",
    "types.SimpleNamespace",
    "typing.TypeAliasType",
    "typing.Union",
    "weakref.ReferenceType",
    "weakref.ProxyType",
    "weakref.CallableProxyType",
];

fn declared_module(ty: &Type) -> Option<&'static str> {
    let spec = ty.spec?;
    Some(spec.name.rsplit_once('.').map_or("builtins", |(module, _)| module))
}

/// `cls.__module__` if it has one and it is a str.
///
/// # Errors
/// What looking it up raises.
pub fn module_of(th: &Thread, ty: &'static Type) -> PyResult<Option<Obj>> {
    let found = match ty.core.dict.get() {
        0 => None,
        _ => ty.dict().get_str(th, names::MODULE.get(th)?)?,
    };
    match found {
        Some(found) if found.is_instance(&statics::STR_TYPE) => Ok(Some(found)),
        Some(_) if !std::ptr::eq(ty, &TYPE_TYPE) => Ok(None),
        _ => match declared_module(ty) {
            Some(module) => th.intern(module).map(Some),
            None => Ok(None),
        },
    }
}

/// `cls.__qualname__`.
///
/// # Errors
/// MemoryError.
pub fn qualname_of(th: &Thread, ty: &Type) -> PyResult {
    match ty.ht_qualname.get() {
        Some(name) => Ok(name),
        None => th.intern(ty.short_name()),
    }
}

fn repr(th: &Thread, class: Value) -> PyResult {
    // SAFETY: I4, this is the repr slot of `type`.
    let ty: &'static Type = unsafe { class.cast_unchecked() };
    let qualname = str::to_rust_string(qualname_of(th, ty)?.value());
    match module_of(th, ty)? {
        Some(module) if str::to_rust_string(module.value()) != "builtins" => {
            th.str(&format!("<class '{}.{qualname}'>", str::to_rust_string(module.value())))
        }
        _ => th.str(&format!("<class '{}'>", ty.name())),
    }
}

// ---- memory

/// Takes a reference out of a field of the type struct.
fn take_field(field: &std::cell::Cell<u64>) -> Option<Obj> {
    match field.replace(0) {
        0 => None,
        // SAFETY: I1, the field owned its reference.
        word => Some(Obj::steal(unsafe { Value::from_bits(word) })),
    }
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, a dead class: its instances and subclasses are gone, since they keep it alive.
    unsafe {
        let ty: &'static Type = &*(object as *const Type);
        let meta = Value::from_ptr(object).ty();
        ty.core.head.refcount.set(1);
        ty.modified(th);
        for base in bases_of(ty) {
            forget_subclass(base, ty);
        }
        th.interp.shapes.forget_class(ty);
        let fields = [take_field(&ty.core.dict), take_field(&ty.core.mro), take_field(&ty.core.bases)];
        drop(fields);
        ty.core.head.refcount.set(0);
        std::ptr::drop_in_place(object as *mut Type);
        crate::dealloc::free_memory(th, object, meta);
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for types.
    let ty = unsafe { &*(object as *const Type) };
    if !ty.is_heap_type() {
        return;
    }
    for field in [&ty.core.dict, &ty.core.mro, &ty.core.bases] {
        if field.get() != 0 {
            // SAFETY: I1, the field owns its reference.
            visitor.value(unsafe { Value::from_bits(field.get()) });
        }
    }
    for cell in [&ty.ht_name, &ty.ht_qualname, &ty.ht_slots] {
        visitor.cell(cell);
    }
}

/// Breaks the cycles that every class is part of: through its MRO and through its dictionary.
unsafe fn clear(th: &Thread, object: *mut Header) {
    // SAFETY: I4, called for types.
    let ty: &'static Type = unsafe { &*(object as *const Type) };
    if !ty.is_heap_type() {
        return;
    }
    ty.modified(th);
    if let Some(base) = ty.base()
        && base.core.mro.get() != 0
    {
        // The base's MRO serves what is left of the class: it does not refer to the class itself.
        // SAFETY: I1, the base owns its MRO.
        let order = unsafe { Value::from_bits(base.core.mro.get()) }.own();
        let old = ty.core.mro.replace(order.into_value().bits());
        if old != 0 {
            // SAFETY: I1, the field owned its reference.
            release(unsafe { Value::from_bits(old) });
        }
    }
    if ty.core.dict.get() != 0 {
        // SAFETY: I1, the type owns its dictionary.
        let dict = unsafe { Value::from_bits(ty.core.dict.get()) }.own();
        if let Some(dict) = dict.cast::<Dict>() {
            dict.clear(th);
        }
    }
    // SAFETY: slots of a cleared class that would call Python methods find none; that is what their checks are for.
    ty.ht_slots.set(None);
}

/// Whether a class's slots for making instances are the given ones: for call specialisation.
pub fn constructs_with(ty: &Type, new: NewFn, init: InitFn) -> bool {
    ty.slots().new.is_some_and(|f| f as usize == new as usize)
        && ty.slots().init.is_some_and(|f| f as usize == init as usize)
}

fn field_value(field: &std::cell::Cell<u64>) -> Obj {
    match field.get() {
        0 => Obj::none(),
        // SAFETY: I1, the field owns its reference.
        word => unsafe { Value::from_bits(word) }.own(),
    }
}

/// The class's own entry `name`, or AttributeError.
fn own_entry(th: &Thread, ty: &'static Type, name: &'static names::Name) -> PyResult<Option<Obj>> {
    ty.dict().get_str(th, name.get(th)?)
}

#[pymethods]
mod methods {
    use super::*;

    /// Return a type's method resolution order.
    #[method("mro()")]
    fn mro(th: &Thread, this: Value) -> PyResult {
        match this.cast::<Type>() {
            Some(ty) => default_mro(th, ty),
            None => Ok(Obj::none()),
        }
    }

    /// Return a list of immediate subclasses.
    #[method("__subclasses__()")]
    fn subclasses(th: &Thread, this: &Type) -> PyResult {
        th.list(this.direct_subclasses().into_iter().map(|ty| ty.value().own()).collect())
    }

    /// The namespace for the class body of a class statement: an empty dict.
    #[classmethod("__prepare__(*args, **kwargs)")]
    fn prepare(th: &Thread, _class: Value, _args: &[Slot], _kwargs: Vec<(Value, Value)>) -> PyResult {
        Dict::new(th)
    }

    /// Check if an object is an instance.
    #[method("__instancecheck__(instance, /)")]
    fn instancecheck(th: &Thread, this: Value, instance: Value) -> PyResult<bool> {
        object::plain_is_instance(th, instance, this)
    }

    /// Check if a class is a subclass.
    #[method("__subclasscheck__(subclass, /)")]
    fn subclasscheck(th: &Thread, this: Value, subclass: Value) -> PyResult<bool> {
        object::plain_is_subclass(th, subclass, this)
    }

    /// Specialized __dir__ implementation for types.
    #[method("__dir__()")]
    fn dir(th: &Thread, this: Value) -> PyResult {
        let names = Dict::new(th)?;
        merge_class_names(th, names.value(), this)?;
        th.list(iter::to_vec(th, names.value())?)
    }

    /// Return memory consumption of the type object.
    #[method("__sizeof__()")]
    fn sizeof(_th: &Thread, _this: Value) -> usize {
        size_of::<Type>()
    }

    #[getter("__name__")]
    fn name(th: &Thread, this: &Type) -> PyResult {
        match this.ht_name.get() {
            Some(name) => Ok(name),
            None => th.intern(this.short_name()),
        }
    }

    #[setter("__name__")]
    fn set_name(th: &Thread, this: &Type, value: Option<Value>) -> PyResult<()> {
        let value = check_name(th, this, "__name__", value)?;
        crate::typeobj::check_class_name(th, value)?;
        this.ht_name.set(Some(value.own()));
        this.reset_name();
        Ok(())
    }

    #[getter("__qualname__")]
    fn qualname(th: &Thread, this: &Type) -> PyResult {
        qualname_of(th, this)
    }

    #[setter("__qualname__")]
    fn set_qualname(th: &Thread, this: &Type, value: Option<Value>) -> PyResult<()> {
        let value = check_name(th, this, "__qualname__", value)?;
        this.ht_qualname.set(Some(value.own()));
        Ok(())
    }

    fn check_name(th: &Thread, ty: &Type, attribute: &str, value: Option<Value>) -> PyResult<Value> {
        check_special(th, ty, attribute, value)?;
        let Some(value) = value.filter(|value| value.is_instance(&statics::STR_TYPE)) else {
            let got = value.map_or("NULL", |value| value.ty().name());
            return err!(th, TYPE_ERROR, "can only assign string to {}.{attribute}, not '{got}'", ty.name());
        };
        Ok(value)
    }

    /// TypeError for assignments to immutable types, and for deletion.
    fn check_special(th: &Thread, ty: &Type, attribute: &str, value: Option<Value>) -> PyResult<()> {
        if ty.has_flag(flags::IMMUTABLETYPE) {
            return err!(th, TYPE_ERROR, "cannot set '{attribute}' attribute of immutable type '{}'", ty.name());
        }
        if value.is_none() {
            return err!(th, TYPE_ERROR, "cannot delete '{attribute}' attribute of immutable type '{}'", ty.name());
        }
        Ok(())
    }

    #[getter("__bases__")]
    fn bases(_th: &Thread, this: &Type) -> Obj {
        field_value(&this.core.bases)
    }

    #[setter("__bases__")]
    fn assign_bases(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        this.cast::<Type>().map_or(Ok(()), |ty| set_bases(th, ty, value))
    }

    #[getter("__mro__")]
    fn order(_th: &Thread, this: &Type) -> Obj {
        field_value(&this.core.mro)
    }

    #[getter("__module__")]
    fn module(th: &Thread, this: Value) -> PyResult {
        let Some(ty) = this.cast::<Type>() else { return Ok(Obj::none()) };
        // The dictionaries of built-in types may hold the descriptor of their instances' `__module__`.
        let own = own_entry(th, ty, &names::MODULE)?;
        match own.filter(|own| ty.is_heap_type() || own.is_instance(&statics::STR_TYPE)) {
            Some(module) => Ok(module),
            None => match declared_module(ty) {
                Some(module) => th.intern(module),
                None => Err(object::no_attribute(th, this, names::MODULE.get(th)?)),
            },
        }
    }

    #[setter("__module__")]
    fn set_module(th: &Thread, this: &Type, value: Option<Value>) -> PyResult<()> {
        check_special(th, this, "__module__", value)?;
        let Some(value) = value else { return Ok(()) };
        this.modified(th);
        this.dict().del(th, names::FIRSTLINENO.get(th)?)?;
        this.dict().set(th, names::MODULE.get(th)?, value)
    }

    #[getter("__abstractmethods__")]
    fn abstractmethods(th: &Thread, this: Value) -> PyResult {
        let name = names::ABSTRACTMETHODS.get(th)?;
        let found = match this.cast::<Type>() {
            Some(ty) if !std::ptr::eq(ty, &TYPE_TYPE) => own_entry(th, ty, &names::ABSTRACTMETHODS)?,
            _ => None,
        };
        match found {
            Some(found) => Ok(found),
            None => Err(object::no_attribute(th, this, name)),
        }
    }

    #[setter("__abstractmethods__")]
    fn set_abstractmethods(th: &Thread, this: &Type, value: Option<Value>) -> PyResult<()> {
        let name = names::ABSTRACTMETHODS.get(th)?;
        this.modified(th);
        let is_abstract = match value {
            Some(value) => {
                let is_abstract = object::is_true(th, value)?;
                this.dict().set(th, name, value)?;
                is_abstract
            }
            None => {
                if !this.dict().del(th, name)? {
                    return Err(th.raise_with(&statics::ATTRIBUTE_ERROR, &[name]));
                }
                false
            }
        };
        let others = this.flags() & !flags::IS_ABSTRACT;
        this.core.flags.set(if is_abstract { others | flags::IS_ABSTRACT } else { others });
        Ok(())
    }

    #[getter("__dict__")]
    fn dict(th: &Thread, this: &Type) -> PyResult {
        let dict = field_value(&this.core.dict);
        mappingproxy::new(th, dict.value())
    }

    #[getter("__doc__")]
    fn doc(th: &Thread, this: Value) -> PyResult {
        let Some(ty) = this.cast::<Type>() else { return Ok(Obj::none()) };
        let Some(found) = own_entry(th, ty, &names::DOC)? else { return Ok(Obj::none()) };
        match found.ty().slots().descr_get {
            Some(get) if ty.is_heap_type() => get(th, found.value(), None, Some(this)),
            Some(_) => th.str(ty.spec.map_or("", |spec| split_doc(spec.doc).1)),
            None => Ok(found),
        }
    }

    #[setter("__doc__")]
    fn set_doc(th: &Thread, this: &Type, value: Option<Value>) -> PyResult<()> {
        check_special(th, this, "__doc__", value)?;
        this.modified(th);
        value.map_or(Ok(()), |value| this.dict().set(th, names::DOC.get(th)?, value))
    }

    #[getter("__text_signature__")]
    fn text_signature(th: &Thread, this: &Type) -> PyResult {
        match this.spec.and_then(|spec| split_doc(spec.doc).0) {
            Some(signature) => th.str(signature),
            None => Ok(Obj::none()),
        }
    }

    #[getter("__annotations__")]
    fn annotations(th: &Thread, this: Value) -> PyResult {
        this.cast::<Type>().map_or_else(|| Ok(Obj::none()), |ty| get_annotations(th, ty))
    }

    #[setter("__annotations__")]
    fn assign_annotations(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        this.cast::<Type>().map_or(Ok(()), |ty| set_annotations(th, ty, value))
    }

    #[getter("__annotate__")]
    fn annotate(th: &Thread, this: Value) -> PyResult {
        this.cast::<Type>().map_or_else(|| Ok(Obj::none()), |ty| get_annotate(th, ty))
    }

    #[setter("__annotate__")]
    fn assign_annotate(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        this.cast::<Type>().map_or(Ok(()), |ty| set_annotate(th, ty, value))
    }

    #[getter("__type_params__")]
    fn type_params(th: &Thread, this: Value) -> PyResult {
        let Some(ty) = this.cast::<Type>() else { return Ok(Obj::none()) };
        match own_entry(th, ty, &names::TYPE_PARAMS)? {
            // The getset of `type` itself lies there.
            Some(found) if !std::ptr::eq(ty, &TYPE_TYPE) => Ok(found),
            _ => th.tuple(&[]),
        }
    }

    #[setter("__type_params__")]
    fn set_type_params(th: &Thread, this: &Type, value: Option<Value>) -> PyResult<()> {
        check_special(th, this, "__type_params__", value)?;
        let Some(value) = value else { return Ok(()) };
        this.modified(th);
        this.dict().set(th, names::TYPE_PARAMS.get(th)?, value)
    }

    #[getter("__flags__")]
    fn type_flags(_th: &Thread, this: &Type) -> u64 {
        if this.is_heap_type() {
            return this.flags();
        }
        // What CPython makes at run time counts as a heap type, to `copyreg` for one.
        let made = this.spec.is_some_and(|spec| spec.name.contains('.') && !STATIC_IN_MODULES.contains(&spec.name));
        this.flags() | if made { flags::HEAPTYPE } else { 0 }
    }

    #[getter("__dictoffset__")]
    fn dictoffset(_th: &Thread, this: &Type) -> isize {
        if this.has_flag(flags::SHAPED) { -1 } else { this.core.dictoffset.get() }
    }

    #[getter("__weakrefoffset__")]
    fn weakrefoffset(_th: &Thread, this: &Type) -> isize {
        if this.has_flag(flags::WEAKREFABLE) { -32 } else { 0 }
    }
}

/// The bases, as a slice of values that lives as long as they are not assigned.
pub fn bases_tuple(ty: &Type) -> Obj {
    let bases = field_value(&ty.core.bases);
    debug_assert!(bases.cast::<Tuple>().is_some());
    bases
}
