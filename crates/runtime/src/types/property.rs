//! `property`, `classmethod` and `staticmethod`.

use crate::prelude::*;
use crate::typeobj::names;
use crate::types::{method, str};
use std::cell::Cell;
use std::mem::offset_of;

// ---- property

/// A property: getter, setter, deleter, doc.
pub struct Property {
    get: ObjCell,
    set: ObjCell,
    del: ObjCell,
    doc: ObjCell,
    name: ObjCell,
    /// The doc was taken from the getter.
    getter_doc: Cell<bool>,
}

impl Payload for Property {
    #[inline(always)]
    fn ty() -> &'static Type {
        &PROPERTY_TYPE
    }
    fn traverse(&self, visitor: &mut crate::gc::Visitor) {
        for cell in [&self.get, &self.set, &self.del, &self.doc, &self.name] {
            visitor.cell(cell);
        }
    }
    fn clear(&self) {
        for cell in [&self.get, &self.set, &self.del, &self.doc, &self.name] {
            cell.set(None);
        }
    }
}

const fn accessor(name: &'static str, offset: usize) -> MemberDef {
    MemberDef { name, doc: "", kind: MemberKind::ObjectOrNone, offset, readonly: true }
}

builtin_type! {
    /// Properties.
    pub static PROPERTY_TYPE = "PyProperty_Type" => TypeSpec {
        name: "property",
        basicsize: size_of::<Instance<Property>>(),
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "property(fget=None, fset=None, fdel=None, doc=None)\n--\n\nAn attribute that is computed by functions.",
        slots: Slots {
            init: Some(init_property),
            new: Some(new_property),
            descr_get: Some(property_get),
            descr_set: Some(property_set),
            ..Instance::<Property>::SLOTS
        },
        methods: property_methods::METHODS,
        getsets: property_methods::GETSETS,
        members: &[
            accessor("fget", offset_of!(Instance<Property>, payload.get)),
            accessor("fset", offset_of!(Instance<Property>, payload.set)),
            accessor("fdel", offset_of!(Instance<Property>, payload.del)),
            MemberDef {
                name: "__doc__",
                doc: "",
                kind: MemberKind::ObjectOrNone,
                offset: offset_of!(Instance<Property>, payload.doc),
                readonly: false,
            },
        ],
        ..TypeSpec::DEFAULT
    }
}

fn property<'a>(v: Value) -> &'a Property {
    // SAFETY: I4, the slots of this type get its instances only.
    unsafe { &v.cast_unchecked::<Instance<Property>>().payload }
}

/// The getter of an exact property, if it has one.
#[inline(always)]
pub fn getter(v: Value) -> Option<Value> {
    if v.is_exact(&PROPERTY_TYPE) { property(v).get.peek() } else { None }
}

fn new_property(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    Instance::create_as(
        th,
        ty,
        Property {
            get: ObjCell::EMPTY,
            set: ObjCell::EMPTY,
            del: ObjCell::EMPTY,
            doc: ObjCell::EMPTY,
            name: ObjCell::EMPTY,
            getter_doc: Cell::new(false),
        },
    )
}

fn init_property(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    static PARAMS: crate::args::Params = crate::args::Params {
        function: "property",
        names: &["fget", "fset", "fdel", "doc"],
        positional_only: 0,
        positional: 4,
        required: &[false; 4],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 4];
    PARAMS.bind(th, args, &mut bound)?;
    let given = |i: usize| bound[i].filter(|v: &Value| !v.is_none()).map(ValueExt::own);
    let this = property(v);
    this.get.set(given(0));
    this.set.set(given(1));
    this.del.set(given(2));
    this.doc.set(None);
    this.name.set(None);
    this.getter_doc.set(false);
    let mut doc = bound[3].filter(|v| !v.is_none()).map(ValueExt::own);
    if doc.is_none()
        && let Some(getter) = this.get.get()
        && let Some(found) = object::lookup_attr(th, getter.value(), names::DOC.get(th)?)?
        && !found.is_none()
    {
        this.getter_doc.set(true);
        doc = Some(found);
    }
    if v.is_exact(&PROPERTY_TYPE) {
        this.doc.set(doc);
        return Ok(());
    }
    // A subclass's own __doc__ hides the member: the doc goes into the instance then.
    let doc = doc.unwrap_or_else(Obj::none);
    let result = object::set_attr(th, v, names::DOC.get(th)?, doc.value());
    // Without a place for it, an own doc is dropped; that of a getter is an error.
    if !this.getter_doc.get() {
        th.catch(result, &statics::ATTRIBUTE_ERROR)?;
        return Ok(());
    }
    result
}

/// "property 'x' of 'C' object has no getter"
#[cold]
fn lacks(th: &Thread, v: Value, obj: Value, what: &str) -> Raised {
    let describe = || -> PyResult<Option<String>> {
        match property_name(th, v)? {
            Some(name) => Ok(Some(object::repr_text(th, name.value())?)),
            None => Ok(None),
        }
    };
    let owner = || -> PyResult<String> {
        let qualname = object::get_attr_str(th, obj.ty().value(), "__qualname__")?;
        object::repr_text(th, qualname.value())
    };
    match (describe(), owner()) {
        (Ok(Some(name)), Ok(owner)) => th.attribute_error(format!("property {name} of {owner} object has no {what}")),
        (Ok(None), Ok(owner)) => th.attribute_error(format!("property of {owner} object has no {what}")),
        (Err(raised), _) | (_, Err(raised)) => raised,
    }
}

/// The name the property was given in its class, or its getter's.
fn property_name(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let this = property(v);
    if let Some(name) = this.name.get() {
        return Ok(Some(name));
    }
    match this.get.get() {
        Some(getter) => object::lookup_attr(th, getter.value(), names::NAME.get(th)?),
        None => Ok(None),
    }
}

fn property_get(th: &Thread, v: Value, obj: Option<Value>, _: Option<Value>) -> PyResult {
    let Some(obj) = obj.filter(|obj| !obj.is_none()) else { return Ok(v.own()) };
    match property(v).get.get() {
        Some(getter) => call::call1(th, getter.value(), obj),
        None => Err(lacks(th, v, obj, "getter")),
    }
}

fn property_set(th: &Thread, v: Value, obj: Value, value: Option<Value>) -> PyResult<()> {
    let this = property(v);
    match value {
        Some(value) => match this.set.get() {
            Some(setter) => call::call2(th, setter.value(), obj, value).map(drop),
            None => Err(lacks(th, v, obj, "setter")),
        },
        None => match this.del.get() {
            Some(deleter) => call::call1(th, deleter.value(), obj).map(drop),
            None => Err(lacks(th, v, obj, "deleter")),
        },
    }
}

/// A copy of a property with some of its functions replaced.
fn copy_property(th: &Thread, v: Value, get: Option<Value>, set: Option<Value>, del: Option<Value>) -> PyResult {
    let this = property(v);
    let pick = |new: Option<Value>, old: &ObjCell| match new {
        Some(new) if !new.is_none() => new.own(),
        _ => old.get().unwrap_or_else(Obj::none),
    };
    let functions = [pick(get, &this.get), pick(set, &this.set), pick(del, &this.del)];
    let doc = if this.getter_doc.get() && !functions[0].is_none() {
        Obj::none()
    } else {
        this.doc.get().unwrap_or_else(Obj::none)
    };
    let [get, set, del] = &functions;
    let new = call::call_values(th, v.ty().value(), &[get.value(), set.value(), del.value(), doc.value()])?;
    if let (Some(copy), Some(name)) = (new.cast::<Instance<Property>>(), this.name.get()) {
        copy.payload.name.set(Some(name));
    }
    Ok(new)
}

fn is_abstract(th: &Thread, v: Option<Obj>) -> PyResult<bool> {
    let Some(v) = v else { return Ok(false) };
    th.check_native_stack("")?;
    match object::lookup_attr(th, v.value(), names::ISABSTRACTMETHOD.get(th)?)? {
        Some(flag) => object::is_true(th, flag.value()),
        None => Ok(false),
    }
}

#[pymethods]
mod property_methods {
    use super::*;

    /// Descriptor to obtain a copy of the property with a different getter.
    #[method("getter(object, /)")]
    fn getter(th: &Thread, this: Value, object: Value) -> PyResult {
        copy_property(th, this, Some(object), None, None)
    }
    /// Descriptor to obtain a copy of the property with a different setter.
    #[method("setter(object, /)")]
    fn setter(th: &Thread, this: Value, object: Value) -> PyResult {
        copy_property(th, this, None, Some(object), None)
    }
    /// Descriptor to obtain a copy of the property with a different deleter.
    #[method("deleter(object, /)")]
    fn deleter(th: &Thread, this: Value, object: Value) -> PyResult {
        copy_property(th, this, None, None, Some(object))
    }
    /// Records the property's name in its class.
    #[method("__set_name__(owner, name, /)", raw)]
    fn set_name(th: &Thread, this: &Instance<Property>, args: Args) -> PyResult<()> {
        let (2, Some(name)) = (args.len(), args.get(1)) else {
            let given = args.len();
            return err!(th, TYPE_ERROR, "__set_name__() takes 2 positional arguments but {given} were given");
        };
        this.name.set(Some(name.own()));
        Ok(())
    }
    #[getter("__name__")]
    fn name(th: &Thread, this: Value) -> PyResult {
        match property_name(th, this)? {
            Some(name) => Ok(name),
            None => {
                let name = th.intern("__name__")?;
                Err(object::attribute_error(th, this, name.value(), "'property' object has no attribute '__name__'"))
            }
        }
    }
    #[setter("__name__")]
    fn rename(_th: &Thread, this: &Instance<Property>, value: Option<Value>) -> PyResult<()> {
        this.name.set(value.map(ValueExt::own));
        Ok(())
    }
    #[getter("__isabstractmethod__")]
    fn isabstract(th: &Thread, this: &Instance<Property>) -> PyResult<bool> {
        Ok(is_abstract(th, this.get.get())? || is_abstract(th, this.set.get())? || is_abstract(th, this.del.get())?)
    }
}

// ---- classmethod and staticmethod

/// A wrapped callable, and the wrapper's attributes.
pub struct Wrapper<const CLASS: bool> {
    callable: ObjCell,
    dict: ObjCell,
}

/// `classmethod`.
pub type ClassMethod = Wrapper<true>;
/// `staticmethod`.
pub type StaticMethod = Wrapper<false>;

impl<const CLASS: bool> Payload for Wrapper<CLASS> {
    #[inline(always)]
    fn ty() -> &'static Type {
        if CLASS { &CLASSMETHOD_TYPE } else { &STATICMETHOD_TYPE }
    }
    fn traverse(&self, visitor: &mut crate::gc::Visitor) {
        visitor.cell(&self.callable);
        visitor.cell(&self.dict);
    }
    fn clear(&self) {
        self.callable.set(None);
        self.dict.set(None);
    }
}

impl<const CLASS: bool> Wrapper<CLASS> {
    fn of<'a>(v: Value) -> &'a Wrapper<CLASS> {
        // SAFETY: I4, the slots of these types get their instances only.
        unsafe { &v.cast_unchecked::<Instance<Wrapper<CLASS>>>().payload }
    }
    fn name() -> &'static str {
        if CLASS { "classmethod" } else { "staticmethod" }
    }
    fn new(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
        Instance::create_as(th, ty, Wrapper::<CLASS> { callable: ObjCell::EMPTY, dict: ObjCell::EMPTY })
    }
    fn init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
        args.no_keywords(th, Self::name())?;
        args.expect(th, Self::name(), 1, 1)?;
        let Some(callable) = args.get(0) else { return Ok(()) };
        Self::of(v).callable.set(Some(callable.own()));
        copy_attributes(th, v, callable)
    }
    fn callable(&self, th: &Thread) -> PyResult {
        match self.callable.get() {
            Some(callable) => Ok(callable),
            None => err!(th, RUNTIME_ERROR, "uninitialized {} object", Self::name()),
        }
    }
    fn repr(th: &Thread, v: Value) -> PyResult {
        let callable = Self::of(v).callable.get().unwrap_or_else(Obj::none);
        th.str(&format!("<{}({})>", Self::name(), object::repr_text(th, callable.value())?))
    }
}

/// What `functools.wraps` copies.
fn copy_attributes(th: &Thread, wrapper: Value, callable: Value) -> PyResult<()> {
    for name in [&names::MODULE, &names::NAME, &names::QUALNAME, &names::DOC] {
        let name = name.get(th)?;
        if let Some(value) = object::lookup_attr(th, callable, name)? {
            object::set_attr(th, wrapper, name, value.value())?;
        }
    }
    Ok(())
}

fn classmethod_get(th: &Thread, v: Value, obj: Option<Value>, owner: Option<Value>) -> PyResult {
    let callable = ClassMethod::of(v).callable(th)?;
    let class = owner.unwrap_or_else(|| obj.map_or(statics::none(), |obj| obj.ty().value()));
    method::new(th, callable.value(), class)
}

const fn wrapper_members<const CLASS: bool>() -> [MemberDef; 2] {
    [
        accessor("__func__", offset_of!(Instance<Wrapper<CLASS>>, payload.callable)),
        accessor("__wrapped__", offset_of!(Instance<Wrapper<CLASS>>, payload.callable)),
    ]
}

static CLASSMETHOD_MEMBERS: [MemberDef; 2] = wrapper_members::<true>();
static STATICMETHOD_MEMBERS: [MemberDef; 2] = wrapper_members::<false>();

builtin_type! {
    pub static CLASSMETHOD_TYPE = "PyClassMethod_Type" => TypeSpec {
        name: "classmethod",
        basicsize: size_of::<Instance<ClassMethod>>(),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: offset_of!(Instance<ClassMethod>, payload.dict) as isize,
        doc: "classmethod(function, /)\n--\n\nMake a method receive its class instead of its instance.",
        slots: Slots {
            repr: Some(ClassMethod::repr),
            new: Some(ClassMethod::new),
            init: Some(ClassMethod::init),
            descr_get: Some(classmethod_get),
            ..Instance::<ClassMethod>::SLOTS
        },
        methods: wrapper_methods::METHODS,
        getsets: wrapper_methods::GETSETS,
        members: &CLASSMETHOD_MEMBERS,
        ..TypeSpec::DEFAULT
    }
}

builtin_type! {
    pub static STATICMETHOD_TYPE = "PyStaticMethod_Type" => TypeSpec {
        name: "staticmethod",
        basicsize: size_of::<Instance<StaticMethod>>(),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: offset_of!(Instance<StaticMethod>, payload.dict) as isize,
        doc: "staticmethod(function, /)\n--\n\nMake a method receive neither instance nor class.",
        slots: Slots {
            repr: Some(StaticMethod::repr),
            new: Some(StaticMethod::new),
            init: Some(StaticMethod::init),
            descr_get: Some(|th, v, _, _| StaticMethod::of(v).callable(th)),
            call: Some(|th, v, args| {
                let callable = StaticMethod::of(v).callable(th)?;
                call::call(th, callable.value(), args)
            }),
            ..Instance::<StaticMethod>::SLOTS
        },
        methods: wrapper_methods::METHODS,
        getsets: wrapper_methods::GETSETS,
        members: &STATICMETHOD_MEMBERS,
        ..TypeSpec::DEFAULT
    }
}

/// `staticmethod(callable)`, without the attributes that `functools.wraps` would copy.
///
/// # Errors
/// MemoryError.
pub fn new_staticmethod(th: &Thread, callable: Value) -> PyResult {
    Instance::create(th, StaticMethod { callable: ObjCell::new(callable.own()), dict: ObjCell::EMPTY })
}

/// `classmethod(callable)`, likewise.
///
/// # Errors
/// MemoryError.
pub fn new_classmethod(th: &Thread, callable: Value) -> PyResult {
    Instance::create(th, ClassMethod { callable: ObjCell::new(callable.own()), dict: ObjCell::EMPTY })
}

/// The callable inside a classmethod or a staticmethod.
fn wrapped(v: Value) -> Option<Obj> {
    match v.cast::<Instance<ClassMethod>>() {
        Some(wrapper) => wrapper.payload.callable.get(),
        None => v.cast::<Instance<StaticMethod>>().and_then(|wrapper| wrapper.payload.callable.get()),
    }
}

/// An annotation attribute: the wrapper's own if it was set, else the callable's.
fn annotation_attribute(th: &Thread, v: Value, name: &'static names::Name) -> PyResult {
    let name = name.get(th)?;
    if let Some(own) = super::instance::own_attribute(th, v, name)? {
        return Ok(own);
    }
    match wrapped(v) {
        Some(callable) => {
            let found = object::get_attr(th, callable.value(), name)?;
            set_annotation_attribute(th, v, name, Some(found.value()))?;
            Ok(found)
        }
        None => Err(object::no_attribute(th, v, name)),
    }
}

fn set_annotation_attribute(th: &Thread, v: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    let dict = super::instance::get_dict(th, v)?;
    let Some(dict) = dict.cast::<super::dict::Dict>() else { return Ok(()) };
    match value {
        Some(value) => dict.set(th, name, value),
        None if dict.del(th, name)? => Ok(()),
        None => err!(th, ATTRIBUTE_ERROR, "{}", str::to_rust_string(name)),
    }
}

#[pymethods]
mod wrapper_methods {
    use super::*;

    /// The same kind for every item.
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, object: Value) -> PyResult {
        super::super::generic_alias::new(th, class, object)
    }
    #[getter("__isabstractmethod__")]
    fn isabstract(th: &Thread, this: Value) -> PyResult<bool> {
        is_abstract(th, wrapped(this))
    }
    #[getter("__dict__")]
    fn dict(th: &Thread, this: Value) -> PyResult {
        super::super::instance::get_dict(th, this)
    }
    #[setter("__dict__")]
    fn set_dict(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        super::super::instance::set_dict(th, this, value)
    }
    #[getter("__annotations__")]
    fn annotations(th: &Thread, this: Value) -> PyResult {
        annotation_attribute(th, this, &names::ANNOTATIONS)
    }
    #[setter("__annotations__")]
    fn set_annotations(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        set_annotation_attribute(th, this, names::ANNOTATIONS.get(th)?, value)
    }
    #[getter("__annotate__")]
    fn annotate(th: &Thread, this: Value) -> PyResult {
        annotation_attribute(th, this, &names::ANNOTATE)
    }
    #[setter("__annotate__")]
    fn set_annotate(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        set_annotation_attribute(th, this, names::ANNOTATE.get(th)?, value)
    }
}
