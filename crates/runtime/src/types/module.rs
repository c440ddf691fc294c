//! Module objects, and how native modules are made.
//!
//! A module is a dict with attribute access; what it lacks may come from its `__getattr__` (PEP 562). The message of a
//! missing attribute tells of circular imports and of files that shadow the library, as CPython's does.

use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::str::{Str, to_rust_string};

/// A module. The dict is made by `__new__`, so that it is always there but while a subclass's `__new__` runs.
#[repr(C)]
pub struct Module {
    head: Header,
    dict: ObjCell,
}

// SAFETY: I4, `MODULE_TYPE` declares this layout.
unsafe impl Layout for Module {
    #[inline(always)]
    fn ty() -> &'static Type {
        &MODULE_TYPE
    }
}

builtin_type! {
    pub static MODULE_TYPE = "PyModule_Type" => TypeSpec {
        name: "module",
        basicsize: size_of::<Module>(),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: std::mem::offset_of!(Module, dict) as isize,
        doc: "module(name, doc=None)\n\nA namespace, usually that of a file.",
        slots: Slots {
            dealloc: Some(dealloc),
            traverse: Some(traverse),
            clear: Some(clear),
            new: Some(construct),
            init: Some(initialise),
            repr: Some(repr),
            getattro: Some(get_attribute),
            setattro: Some(object::generic_set_attr),
            ..Slots::EMPTY
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..TypeSpec::DEFAULT
    }
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the module is dead.
    unsafe {
        let ty = Value::from_ptr(object).ty();
        std::ptr::drop_in_place(&raw mut (*(object as *mut Module)).dict);
        crate::dealloc::free_memory(th, object, ty);
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for modules.
    visitor.cell(unsafe { &(*(object as *mut Module)).dict });
}

unsafe fn clear(_: &Thread, object: *mut Header) {
    // SAFETY: I4, called for modules.
    unsafe { (*(object as *mut Module)).dict.set(None) };
}

impl Module {
    /// The module's dict, without ownership.
    #[inline(always)]
    pub fn peek_dict(&self) -> Option<&Dict> {
        self.dict.peek().and_then(|dict| dict.exact::<Dict>())
    }
    /// The module's dict.
    ///
    /// # Errors
    /// SystemError if it was taken away by the collector.
    pub fn dict(&self, th: &Thread) -> PyResult {
        self.dict.get().ok_or_else(|| th.system_error("module has no dict"))
    }
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    let dict = Dict::new(th)?;
    allocate(th, ty, dict)
}

fn allocate(th: &Thread, ty: &'static Type, dict: Obj) -> PyResult {
    let size = ty.core.basicsize.get() as usize;
    let object = th.allocate(ty, size)?;
    // SAFETY: fresh memory of `size` bytes; zero is an empty cell and the start of what subclasses append.
    unsafe {
        object.cast::<u8>().add(size_of::<Header>()).write_bytes(0, size - size_of::<Header>());
        (*(object as *mut Module)).dict.set(Some(dict));
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

fn initialise(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    static PARAMS: crate::args::Params = crate::args::Params {
        function: "module",
        names: &["name", "doc"],
        positional_only: 0,
        positional: 2,
        required: &[true, false],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 2];
    PARAMS.bind(th, args, &mut bound)?;
    let name = bound[0].unwrap_or(statics::none());
    if name.cast::<Str>().is_none() {
        let got = if name.is_none() { "None" } else { name.ty().name() };
        return Err(th.type_error(format!("module() argument 'name' must be str, not {got}")));
    }
    let Some(module) = this.cast::<Module>() else { return Err(th.system_error("not a module")) };
    let dict = match module.dict.get() {
        Some(dict) => dict,
        None => {
            let dict = Dict::new(th)?;
            module.dict.set(Some(dict.clone()));
            dict
        }
    };
    fill(th, dict.value(), name, bound[1].unwrap_or(statics::none()))
}

/// The attributes every module begins with.
fn fill(th: &Thread, dict: Value, name: Value, doc: Value) -> PyResult<()> {
    let Some(dict) = dict.cast::<Dict>() else { return Err(th.system_error("module without a dict")) };
    let none = statics::none();
    for (key, value) in
        [("__name__", name), ("__doc__", doc), ("__package__", none), ("__loader__", none), ("__spec__", none)]
    {
        dict.set_rust(th, key, value)?;
    }
    Ok(())
}

/// An empty module.
///
/// # Errors
/// MemoryError.
pub fn new_object(th: &Thread, name: Value) -> PyResult {
    let dict = Dict::new(th)?;
    fill(th, dict.value(), name, statics::none())?;
    allocate(th, &MODULE_TYPE, dict)
}

/// A native module with its functions.
///
/// # Errors
/// MemoryError.
pub fn new(th: &Thread, name: &str, doc: &str, functions: &'static [MethodDef]) -> PyResult {
    let name = th.intern(name)?;
    let module = new_object(th, name.value())?;
    if !doc.is_empty() {
        let doc = th.str(doc)?;
        add(th, module.value(), "__doc__", doc.value())?;
    }
    add_functions(th, module.value(), functions)?;
    Ok(module)
}

/// Adds native functions to a module.
///
/// # Errors
/// MemoryError.
pub fn add_functions(th: &Thread, module: Value, functions: &'static [MethodDef]) -> PyResult<()> {
    let name = get(th, module, "__name__")?;
    for def in functions {
        let function =
            crate::types::builtin_function::new(th, def, Some(module), name.as_ref().map(|name| name.value()))?;
        add(th, module, def.name, function.value())?;
    }
    Ok(())
}

/// Sets an attribute of a module.
///
/// # Errors
/// MemoryError.
pub fn add(th: &Thread, module: Value, name: &str, value: Value) -> PyResult<()> {
    let dict = dict_of(th, module)?;
    match dict.cast::<Dict>() {
        Some(dict) => dict.set_rust(th, name, value),
        None => Err(th.system_error("module without a dict")),
    }
}

/// The exception classes that native modules have made.
#[derive(Default)]
struct ExceptionClasses(std::cell::RefCell<Vec<(&'static str, Obj)>>);

/// An exception class of a native module, named with its module ("zlib.error"). There is one of each name: when a program imports the module
/// afresh, what its functions raise is still what others catch.
///
/// # Errors
/// MemoryError.
pub fn exception_class(th: &Thread, name: &'static str, base: &'static Type) -> PyResult {
    let known = th.interp.state::<ExceptionClasses>();
    if let Some((_, class)) = known.0.borrow().iter().find(|(other, _)| *other == name) {
        return Ok(class.clone());
    }
    let (module, short) = name.rsplit_once('.').unwrap_or(("builtins", name));
    let namespace = th.dict_of(&[("__module__", th.str(module)?.value())])?;
    let bases = th.tuple(&[base.value()])?;
    let short = th.str(short)?;
    let class = call::call3(th, statics::TYPE_TYPE.value(), short.value(), bases.value(), namespace.value())?;
    known.0.borrow_mut().push((name, class.clone()));
    Ok(class)
}

/// Adds a type, under the last part of its name, and readies it if need be.
///
/// # Errors
/// MemoryError.
pub fn add_type(th: &Thread, module: Value, ty: &'static Type) -> PyResult<()> {
    if !ty.has_flag(flags::READY) {
        crate::typeobj::ready(th, ty)?;
    }
    add(th, module, ty.short_name(), ty.value())
}

/// An entry of a module's dict.
///
/// # Errors
/// MemoryError.
pub fn get(th: &Thread, module: Value, name: &str) -> PyResult<Option<Obj>> {
    let dict = dict_of(th, module)?;
    match dict.cast::<Dict>() {
        Some(dict) => dict.get_rust(th, name),
        None => Ok(None),
    }
}

/// The dict of a module object.
///
/// # Errors
/// TypeError for other objects.
pub fn dict_of(th: &Thread, module: Value) -> PyResult {
    match module.cast::<Module>() {
        Some(module) => module.dict(th),
        None => Err(th.type_error(format!("expected a module, not {}", module.ty().name()))),
    }
}

fn repr(th: &Thread, this: Value) -> PyResult {
    match crate::import::bootstrap(th)? {
        Some(bootstrap) => call::call_method(th, bootstrap.value(), "_module_repr", &[this]),
        None => {
            let name = get(th, this, "__name__")?.unwrap_or_else(Obj::none);
            let name = object::repr_text(th, name.value())?;
            th.str(&format!("<module {name}>"))
        }
    }
}

// ---- attributes

fn get_attribute(th: &Thread, this: Value, name: Value) -> PyResult {
    let found = object::generic_lookup(th, this, name)?;
    if let Some(found) = found {
        return Ok(found);
    }
    let Some(module) = this.cast::<Module>() else { return Err(object::no_attribute(th, this, name)) };
    let dict = module.dict(th)?;
    if let Some(dict) = dict.cast::<Dict>()
        && let Some(fallback) = dict.get_rust(th, "__getattr__")?
    {
        return call::call1(th, fallback.value(), name);
    }
    Err(missing(th, this, dict.value(), name))
}

/// The AttributeError of a missing name.
#[cold]
fn missing(th: &Thread, module: Value, dict: Value, name: Value) -> Raised {
    match missing_message(th, dict, name) {
        Ok(message) => object::attribute_error(th, module, name, &message),
        Err(raised) => raised,
    }
}

fn missing_message(th: &Thread, dict: Value, name: Value) -> PyResult<String> {
    let attribute = to_rust_string(name);
    let Some(dict) = dict.cast::<Dict>() else { return Ok(format!("module has no attribute '{attribute}'")) };
    let own = dict.get_rust(th, "__name__")?;
    let Some(own) = own.filter(|v| v.cast::<Str>().is_some()) else {
        return Ok(format!("module has no attribute '{attribute}'"));
    };
    let module = to_rust_string(own.value());
    let plain = format!("module '{module}' has no attribute '{attribute}'");
    let Some(spec) = dict.get_rust(th, "__spec__")?.filter(|v| !v.is_none()) else { return Ok(plain) };
    let origin = crate::import::origin_of(th, spec.value())?;
    if let Some(origin) = &origin
        && crate::import::shadows_library(th, origin, &module)?
    {
        return Ok(format!(
            "{plain} (consider renaming '{origin}' since it has the same name as the standard library module named \
             '{module}' and prevents importing that standard library module)"
        ));
    }
    if crate::import::is_initializing(th, spec.value())? {
        if let Some(origin) = &origin
            && crate::import::shadows_anything(th, origin)?
        {
            return Ok(format!(
                "module '{module}' has no attribute '{attribute}' (consider renaming '{origin}' if it has the same \
                 name as a library you intended to import)"
            ));
        }
        return Ok(match &origin {
            Some(origin) => format!(
                "partially initialized module '{module}' from '{origin}' has no attribute '{attribute}' (most likely \
                 due to a circular import)"
            ),
            None => format!(
                "partially initialized module '{module}' has no attribute '{attribute}' (most likely due to a \
                 circular import)"
            ),
        });
    }
    if crate::import::is_uninitialized_submodule(th, spec.value(), &attribute)? {
        return Ok(format!(
            "cannot access submodule '{attribute}' of module '{module}' (most likely due to a circular import)"
        ));
    }
    Ok(plain)
}

fn dict_obj(th: &Thread, this: &Module) -> PyResult {
    this.dict(th)
}

#[pymethods]
mod methods {
    use super::*;

    /// The names in the module's dict, or what its __dir__ gives.
    #[method("__dir__()")]
    fn dir(th: &Thread, this: Value) -> PyResult {
        let dict = object::get_attr_str(th, this, "__dict__")?;
        let Some(names) = dict.cast::<Dict>() else {
            let name = object::repr_text(th, this)?;
            return Err(th.type_error(format!("{name}.__dict__ is not a dictionary")));
        };
        match names.get_rust(th, "__dir__")? {
            Some(function) => call::call0(th, function.value()),
            None => th.list(iter::to_vec(th, dict.value())?),
        }
    }
    #[getter("__dict__", member)]
    fn dict(th: &Thread, this: &Module) -> PyResult {
        dict_obj(th, this)
    }
    #[getter("__annotations__")]
    fn annotations(th: &Thread, this: &Module) -> PyResult {
        let dict = dict_obj(th, this)?;
        let Some(names) = dict.cast::<Dict>() else { return Err(th.system_error("module without a dict")) };
        if let Some(annotations) = names.get_rust(th, "__annotations__")? {
            return Ok(annotations);
        }
        // While the module is being executed the names are not complete: nothing is kept then.
        let initializing = match names.get_rust(th, "__spec__")? {
            Some(spec) => crate::import::is_initializing(th, spec.value())?,
            None => false,
        };
        let annotations = match names.get_rust(th, "__annotate__")?.filter(|f| call::is_callable(f.value())) {
            Some(annotate) => {
                let made = call::call1(th, annotate.value(), Value::small_int(1))?;
                if made.cast::<Dict>().is_none() {
                    return Err(th.type_error(format!("__annotate__ returned non-dict of type '{}'", made.ty().name())));
                }
                made
            }
            None => Dict::new(th)?,
        };
        if !initializing {
            names.set_rust(th, "__annotations__", annotations.value())?;
        }
        Ok(annotations)
    }
    #[setter("__annotations__")]
    fn set_annotations(th: &Thread, this: &Module, value: Option<Value>) -> PyResult<()> {
        let dict = dict_obj(th, this)?;
        let Some(names) = dict.cast::<Dict>() else { return Err(th.system_error("module without a dict")) };
        match value {
            Some(value) => names.set_rust(th, "__annotations__", value)?,
            None => {
                let key = th.intern("__annotations__")?;
                if !names.del(th, key.value())? {
                    return Err(th.attribute_error("__annotations__"));
                }
            }
        }
        let key = th.intern("__annotate__")?;
        names.del(th, key.value())?;
        Ok(())
    }
    #[getter("__annotate__")]
    fn annotate(th: &Thread, this: &Module) -> PyResult {
        let dict = dict_obj(th, this)?;
        let Some(names) = dict.cast::<Dict>() else { return Ok(Obj::none()) };
        match names.get_rust(th, "__annotate__")? {
            Some(annotate) => Ok(annotate),
            None => {
                names.set_rust(th, "__annotate__", statics::none())?;
                Ok(Obj::none())
            }
        }
    }
    #[setter("__annotate__")]
    fn set_annotate(th: &Thread, this: &Module, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(th.type_error("cannot delete __annotate__ attribute")) };
        if !value.is_none() && !call::is_callable(value) {
            return Err(th.type_error("__annotate__ must be callable or None"));
        }
        let dict = dict_obj(th, this)?;
        let Some(names) = dict.cast::<Dict>() else { return Err(th.system_error("module without a dict")) };
        names.set_rust(th, "__annotate__", value)?;
        if !value.is_none() {
            let key = th.intern("__annotations__")?;
            names.del(th, key.value())?;
        }
        Ok(())
    }
}
