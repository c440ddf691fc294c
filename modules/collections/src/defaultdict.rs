//! `collections.defaultdict`: a dict with a factory for missing values.

use whipsnake_layout::dict::DictObject;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::generic_alias;

/// The layout: a dict, then the factory.
#[repr(C)]
pub struct DefaultDict {
    dict: DictObject,
    factory: ObjCell,
}

// SAFETY: I4, `DEFAULTDICT_TYPE` declares this layout.
unsafe impl Layout for DefaultDict {
    #[inline(always)]
    fn ty() -> &'static Type {
        &DEFAULTDICT_TYPE
    }
}

builtin_type! {
    /// `collections.defaultdict`.
    pub static DEFAULTDICT_TYPE = TypeSpec {
        name: "collections.defaultdict",
        base: Some(&statics::DICT_TYPE),
        basicsize: size_of::<DefaultDict>(),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::DICT_SUBCLASS | flags::MAPPING | flags::MATCH_SELF | flags::WEAKREFABLE,
        slots: Slots {
            dealloc: Some(dealloc),
            traverse: Some(traverse),
            clear: Some(clear),
            init: Some(init),
            repr: Some(repr),
            nb_or: Some(or),
            ..Slots::EMPTY
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        doc: "defaultdict(default_factory=None, /, [...]) --> dict with default factory",
        ..TypeSpec::DEFAULT
    }
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the dict is dead; the base's dealloc frees the memory of the object's own type.
    unsafe {
        (*(object as *mut DefaultDict)).factory.set(None);
        if let Some(dealloc) = statics::DICT_TYPE.slots().dealloc {
            dealloc(th, object);
        }
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for instances of this layout.
    unsafe {
        visitor.cell(&(*(object as *mut DefaultDict)).factory);
        if let Some(traverse) = statics::DICT_TYPE.slots().traverse {
            traverse(object, visitor);
        }
    }
}

unsafe fn clear(th: &Thread, object: *mut Header) {
    // SAFETY: I4, called for instances of this layout.
    unsafe {
        (*(object as *mut DefaultDict)).factory.set(None);
        if let Some(clear) = statics::DICT_TYPE.slots().clear {
            clear(th, object);
        }
    }
}

fn of<'a>(th: &Thread, v: Value) -> PyResult<&'a DefaultDict> {
    v.cast::<DefaultDict>().ok_or_else(|| th.type_error("expected a defaultdict"))
}

fn init(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    let dict = of(th, this)?;
    let rest = if args.is_empty() || args.len() == 0 {
        dict.factory.set(None);
        args
    } else {
        let factory = args.get(0).unwrap_or(statics::none());
        if !factory.is_none() && !call::is_callable(factory) {
            return err!(th, TYPE_ERROR, "first argument must be callable or None");
        }
        dict.factory.set(Some(factory.own()));
        args.skip_first()
    };
    match statics::DICT_TYPE.slots().init {
        Some(init) => init(th, this, rest),
        None => Ok(()),
    }
}

fn repr(th: &Thread, this: Value) -> PyResult {
    let dict = of(th, this)?;
    let Some(base) = statics::DICT_TYPE.slots().repr else { return err!(th, SYSTEM_ERROR, "dict has no repr") };
    let items = base(th, this)?;
    let items = whipsnake_runtime::types::str::to_rust_string(items.value());
    let factory = match dict.factory.get() {
        None => "None".to_string(),
        // The factory may be a method of this dict.
        Some(factory) => match th.repr_guard(factory.value(), || object::repr_text(th, factory.value()))? {
            Some(text) => text,
            None => "...".to_string(),
        },
    };
    th.str(&format!("{}({factory}, {items})", this.ty().short_name()))
}

/// A defaultdict of the same class with the same factory and items.
fn copy_of(th: &Thread, this: Value) -> PyResult {
    let factory = of(th, this)?.factory.get().unwrap_or_else(Obj::none);
    call::call2(th, this.ty().value(), factory.value(), this)
}

fn or(th: &Thread, a: Value, b: Value) -> PyResult {
    let (this, other) = if a.cast::<DefaultDict>().is_some() { (a, b) } else { (b, a) };
    if !other.is_instance(&statics::DICT_TYPE) {
        return Ok(Obj::not_implemented());
    }
    let result = if this.same(a) {
        copy_of(th, a)?
    } else {
        // The items of the left operand come first; the factory is this one's.
        let factory = of(th, this)?.factory.get().unwrap_or_else(Obj::none);
        call::call2(th, this.ty().value(), factory.value(), a)?
    };
    if let Some(dict) = result.cast::<Dict>() {
        dict.update(th, b)?;
    }
    Ok(result)
}

#[pymethods]
mod methods {
    use super::*;

    /// Called by d[key] when there is no such key: makes a value, keeps and returns it.
    #[method("__missing__(key, /)")]
    fn missing(th: &Thread, this: Value, key: Value) -> PyResult {
        let factory = of(th, this)?.factory.get().filter(|factory| !factory.is_none());
        let Some(factory) = factory else { return Err(th.key_error(key)) };
        let value = call::call0(th, factory.value())?;
        match this.cast::<Dict>().filter(|_| this.is_exact(&DEFAULTDICT_TYPE)) {
            Some(dict) => dict.set(th, key, value.value())?,
            None => object::set_item(th, this, key, value.value())?,
        }
        Ok(value)
    }
    /// A shallow copy.
    #[method("copy()")]
    fn copy(th: &Thread, this: Value) -> PyResult {
        copy_of(th, this)
    }
    /// A shallow copy.
    #[method("__copy__()")]
    fn dunder_copy(th: &Thread, this: Value) -> PyResult {
        copy_of(th, this)
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let args = match of(th, this)?.factory.get().filter(|factory| !factory.is_none()) {
            Some(factory) => th.tuple(&[factory.value()])?,
            None => th.tuple(&[])?,
        };
        let items = call::call_method(th, this, "items", &[])?;
        let items = iter::get_iter(th, items.value())?;
        let none = statics::none();
        th.tuple(&[this.ty().value(), args.value(), none, none, items.value()])
    }
    /// The factory of default values.
    #[getter("default_factory")]
    fn factory(_: &Thread, this: &DefaultDict) -> Option<Obj> {
        this.factory.get()
    }
    #[setter("default_factory")]
    fn set_factory(_: &Thread, this: &DefaultDict, value: Option<Value>) -> PyResult<()> {
        this.factory.set(value.map(ValueExt::own));
        Ok(())
    }
    /// For annotations.
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, item: Value) -> PyResult {
        generic_alias::new(th, class, item)
    }
}

const _: () = assert!(std::mem::offset_of!(DefaultDict, factory) == size_of::<DictObject>());
