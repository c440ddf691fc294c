//! Python functions: the object, its attributes, and the binding of arguments to parameters.

use crate::prelude::*;
use crate::typeobj::names;
use crate::types::dict::Dict;
use crate::types::str::to_rust_string;
use crate::types::tuple::Tuple;
use std::cell::Cell;
use whipsnake_layout::code::{CodeObject, flags as co};
use whipsnake_layout::objects::FunctionObject;

/// A function object.
#[repr(transparent)]
pub struct Function(pub FunctionObject);

// SAFETY: I4, `repr(transparent)` over the function layout.
unsafe impl Layout for Function {
    fn ty() -> &'static Type {
        &FUNCTION_TYPE
    }
}

macro_rules! fields {
    ($($name:ident),*) => {
        impl Function {
            $(
                /// The field of the same name of the layout, as an owned cell.
                pub fn $name(&self) -> &ObjCell {
                    // SAFETY: I2, a function's fields are owned and never borrowed-tagged.
                    unsafe { ObjCell::from_slot(&self.0.$name) }
                }
            )*
            fn optional_fields(&self) -> [&ObjCell; 9] {
                [$(self.$name()),*]
            }
        }
    };
}

fields!(defaults, kwdefaults, closure, doc, dict, module, annotations, annotate, type_params);

impl Function {
    /// The code object.
    pub fn code(&self) -> &'static CodeObject {
        // SAFETY: I4, the field always holds a code object.
        unsafe { self.0.code.get().cast_unchecked() }
    }
    /// The version that calls are specialised for; assigned on demand, 0 when versions ran out.
    pub fn version(&self, th: &Thread) -> u32 {
        if self.0.version.get() == 0 {
            let next = th.interp.next_function_version.get();
            if next != 0 {
                self.0.version.set(next);
                th.interp.next_function_version.set(next.wrapping_add(1));
            }
        }
        self.0.version.get()
    }
    fn changed(&self) {
        self.0.version.set(0);
    }
}

/// A new function of `code` with these namespaces (dicts). The docstring and module come from code and globals.
///
/// # Errors
/// MemoryError.
pub fn new(th: &Thread, code: Value, globals: Value, builtins: Value) -> PyResult {
    // SAFETY: I4, callers pass a code object.
    let fields = unsafe { code.cast_unchecked::<CodeObject>() };
    let doc = if fields.flags & co::HAS_DOCSTRING != 0 {
        // SAFETY: I4, `consts` is a tuple; the flag says the first is the docstring.
        unsafe { fields.consts.cast_unchecked::<Tuple>() }.as_slice().first().map(|v| v.own())
    } else {
        None
    };
    let module = match globals.cast::<Dict>() {
        Some(dict) => dict.get_str(th, names::NAME.get(th)?)?,
        None => None,
    };
    let object = th.allocate(&FUNCTION_TYPE, size_of::<FunctionObject>())? as *mut FunctionObject;
    let slot = |v: Option<Obj>| Cell::new(v.map_or(Slot::NULL, Obj::into_slot));
    // SAFETY: fresh memory of the function's size; every field behind the header is written.
    unsafe {
        // Not read back from where `allocate` has just written it in parts: that would wait for the stores.
        object.write(FunctionObject {
            head: Header::new(&raw const FUNCTION_TYPE.core),
            version: Cell::new(0),
            _pad: 0,
            code: Cell::new(code.own().into_value()),
            globals: globals.own().into_value(),
            builtins: builtins.own().into_value(),
            name: Cell::new(fields.name.own().into_value()),
            qualname: Cell::new(fields.qualname.own().into_value()),
            defaults: slot(None),
            kwdefaults: slot(None),
            closure: slot(None),
            doc: slot(doc),
            dict: slot(None),
            module: slot(module),
            annotations: slot(None),
            annotate: slot(None),
            type_params: slot(None),
        });
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the function is dead; each field is released once.
    unsafe {
        let function = &*(object as *const Function);
        for field in function.optional_fields() {
            field.set(None);
        }
        for v in [
            function.0.code.get(),
            function.0.globals,
            function.0.builtins,
            function.0.name.get(),
            function.0.qualname.get(),
        ] {
            release(v);
        }
        crate::dealloc::free_memory(th, object, &FUNCTION_TYPE);
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for functions.
    let function = unsafe { &*(object as *const Function) };
    for field in function.optional_fields() {
        visitor.cell(field);
    }
    for v in [
        function.0.code.get(),
        function.0.globals,
        function.0.builtins,
        function.0.name.get(),
        function.0.qualname.get(),
    ] {
        visitor.value(v);
    }
}

unsafe fn clear(_: &Thread, object: *mut Header) {
    // SAFETY: I4, called for functions.
    let function = unsafe { &*(object as *const Function) };
    for field in function.optional_fields() {
        field.set(None);
    }
}

fn call_slot(th: &Thread, callable: Value, args: Args) -> PyResult {
    (th.interp.hooks.call_function)(th, callable, args)
}

fn descr_get(th: &Thread, function: Value, instance: Option<Value>, _: Option<Value>) -> PyResult {
    match instance {
        Some(instance) if !instance.is_none() => crate::types::method::new(th, function, instance),
        _ => Ok(function.own()),
    }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let Some(function) = v.cast::<Function>() else { return th.str("<function>") };
    th.str(&format!("<function {} at {:#x}>", to_rust_string(function.0.qualname.get()), v.bits()))
}

/// `types.FunctionType(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)`.
fn construct(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    static PARAMS: crate::args::Params = crate::args::Params {
        function: "function",
        names: &["code", "globals", "name", "argdefs", "closure", "kwdefaults"],
        positional_only: 0,
        positional: 6,
        required: &[true, true, false, false, false, false],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 6];
    PARAMS.bind(th, args, &mut bound)?;
    let [Some(code), Some(globals), name, argdefs, closure, kwdefaults] = bound else {
        return err!(th, SYSTEM_ERROR, "function() arguments");
    };
    let given = |v: Option<Value>| v.filter(|v| !v.is_none());
    if !code.is_exact(&statics::CODE_TYPE) {
        return err!(th, TYPE_ERROR, "function() argument 'code' must be code, not {}", code.ty().name());
    }
    if !globals.is_instance(&statics::DICT_TYPE) {
        return err!(th, TYPE_ERROR, "function() argument 'globals' must be dict, not {}", globals.ty().name());
    }
    if let Some(name) = given(name)
        && !name.is_instance(&statics::STR_TYPE)
    {
        return err!(th, TYPE_ERROR, "arg 3 (name) must be None or string");
    }
    if let Some(defaults) = given(argdefs)
        && !defaults.is_instance(&statics::TUPLE_TYPE)
    {
        return err!(th, TYPE_ERROR, "arg 4 (defaults) must be None or tuple");
    }
    // SAFETY: I4, checked above.
    let fields = unsafe { code.cast_unchecked::<CodeObject>() };
    let cells = given(closure);
    match cells {
        Some(cells) if !cells.is_instance(&statics::TUPLE_TYPE) => {
            return err!(th, TYPE_ERROR, "arg 5 (closure) must be None or tuple");
        }
        None if fields.nfreevars != 0 => return err!(th, TYPE_ERROR, "arg 5 (closure) must be tuple"),
        _ => {}
    }
    let count = cells.and_then(|v| v.cast::<Tuple>()).map_or(0, Tuple::len);
    if count != fields.nfreevars as usize {
        return err!(
            th,
            VALUE_ERROR,
            "{} requires closure of length {}, not {count}",
            to_rust_string(fields.name),
            fields.nfreevars
        );
    }
    if let Some(cells) = cells.and_then(|v| v.cast::<Tuple>()) {
        for cell in cells.as_slice() {
            if !cell.is_exact(&statics::CELL_TYPE) {
                return err!(th, TYPE_ERROR, "arg 5 (closure) expected cell, found {}", cell.ty().name());
            }
        }
    }
    let builtins = crate::builtins::builtins_of(th, globals)?;
    let made = new(th, code, globals, builtins.value())?;
    if let Some(function) = made.cast::<Function>() {
        if let Some(name) = given(name) {
            release(function.0.name.replace(name.own().into_value()));
        }
        function.defaults().set(given(argdefs).map(ValueExt::own));
        function.closure().set(cells.map(ValueExt::own));
        function.kwdefaults().set(given(kwdefaults).map(ValueExt::own));
    }
    Ok(made)
}

#[pymethods]
mod methods {
    use super::*;

    #[getter("__code__")]
    fn code(_: &Thread, this: &Function) -> Obj {
        this.0.code.get().own()
    }
    #[setter("__code__")]
    fn set_code(th: &Thread, this: &Function, value: Option<Value>) -> PyResult<()> {
        let Some(code) = value.filter(|v| v.is_exact(&statics::CODE_TYPE)) else {
            return err!(th, TYPE_ERROR, "__code__ must be set to a code object");
        };
        // SAFETY: I4, checked above.
        let free = unsafe { code.cast_unchecked::<CodeObject>() }.nfreevars as usize;
        let kind = |code: Value| {
            use whipsnake_bytecode::code::CodeFlags;
            // SAFETY: I4, both are code objects.
            let flags = unsafe { code.cast_unchecked::<CodeObject>() }.flags;
            flags & (CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR)
        };
        let closure = this.closure().get();
        let cells = closure.as_ref().and_then(|v| v.cast::<Tuple>()).map_or(0, Tuple::len);
        if free != cells {
            return err!(
                th,
                VALUE_ERROR,
                "{}() requires a code object with {cells} free vars, not {free}",
                to_rust_string(this.0.name.get())
            );
        }
        if kind(code) != kind(this.0.code.get()) {
            let message = "Assigning a code object of non-matching type is deprecated (e.g., from a generator to a plain function)";
            crate::warnings::warn(th, &statics::DEPRECATION_WARNING, message, 1)?;
        }
        this.changed();
        // Running frames read their code without owning it: the old code lives on with the interpreter.
        let old = this.0.code.replace(code.own().into_value());
        th.interp.state::<RetiredCode>().codes.borrow_mut().push(Obj::steal(old));
        Ok(())
    }
    #[getter("__globals__", member)]
    fn globals(_: &Thread, this: &Function) -> Obj {
        this.0.globals.own()
    }
    #[getter("__builtins__", member)]
    fn builtins(_: &Thread, this: &Function) -> Obj {
        this.0.builtins.own()
    }
    #[getter("__name__")]
    fn name(_: &Thread, this: &Function) -> Obj {
        this.0.name.get().own()
    }
    #[setter("__name__")]
    fn set_name(th: &Thread, this: &Function, value: Option<Value>) -> PyResult<()> {
        let Some(name) = value.filter(|v| v.is_instance(&statics::STR_TYPE)) else {
            return err!(th, TYPE_ERROR, "__name__ must be set to a string object");
        };
        release(this.0.name.replace(name.own().into_value()));
        Ok(())
    }
    #[getter("__qualname__")]
    fn qualname(_: &Thread, this: &Function) -> Obj {
        this.0.qualname.get().own()
    }
    #[setter("__qualname__")]
    fn set_qualname(th: &Thread, this: &Function, value: Option<Value>) -> PyResult<()> {
        let Some(name) = value.filter(|v| v.is_instance(&statics::STR_TYPE)) else {
            return err!(th, TYPE_ERROR, "__qualname__ must be set to a string object");
        };
        release(this.0.qualname.replace(name.own().into_value()));
        Ok(())
    }
    #[getter("__defaults__")]
    fn defaults(_: &Thread, this: &Function) -> Obj {
        this.defaults().get().unwrap_or_else(Obj::none)
    }
    #[setter("__defaults__")]
    fn set_defaults(th: &Thread, this: &Function, value: Option<Value>) -> PyResult<()> {
        let value = value.filter(|v| !v.is_none());
        if value.is_some_and(|v| !v.is_instance(&statics::TUPLE_TYPE)) {
            return err!(th, TYPE_ERROR, "__defaults__ must be set to a tuple object");
        }
        this.changed();
        this.defaults().set(value.map(ValueExt::own));
        Ok(())
    }
    #[getter("__kwdefaults__")]
    fn kwdefaults(_: &Thread, this: &Function) -> Obj {
        this.kwdefaults().get().unwrap_or_else(Obj::none)
    }
    #[setter("__kwdefaults__")]
    fn set_kwdefaults(th: &Thread, this: &Function, value: Option<Value>) -> PyResult<()> {
        let value = value.filter(|v| !v.is_none());
        if value.is_some_and(|v| !v.is_instance(&statics::DICT_TYPE)) {
            return err!(th, TYPE_ERROR, "__kwdefaults__ must be set to a dict object");
        }
        this.changed();
        this.kwdefaults().set(value.map(ValueExt::own));
        Ok(())
    }
    #[getter("__closure__", member)]
    fn closure(_: &Thread, this: &Function) -> Obj {
        this.closure().get().unwrap_or_else(Obj::none)
    }
    #[getter("__doc__")]
    fn doc(_: &Thread, this: &Function) -> Obj {
        this.doc().get().unwrap_or_else(Obj::none)
    }
    #[setter("__doc__")]
    fn set_doc(_: &Thread, this: &Function, value: Option<Value>) -> PyResult<()> {
        this.doc().set(value.map(ValueExt::own));
        Ok(())
    }
    #[getter("__module__")]
    fn module(_: &Thread, this: &Function) -> Obj {
        this.module().get().unwrap_or_else(Obj::none)
    }
    #[setter("__module__")]
    fn set_module(_: &Thread, this: &Function, value: Option<Value>) -> PyResult<()> {
        this.module().set(value.map(ValueExt::own));
        Ok(())
    }
    #[getter("__dict__")]
    fn dict(th: &Thread, this: &Function) -> PyResult {
        if let Some(dict) = this.dict().get() {
            return Ok(dict);
        }
        let dict = Dict::new(th)?;
        this.dict().set(Some(dict.clone()));
        Ok(dict)
    }
    #[setter("__dict__")]
    fn set_dict(th: &Thread, this: &Function, value: Option<Value>) -> PyResult<()> {
        let Some(dict) = value.filter(|v| v.is_instance(&statics::DICT_TYPE)) else {
            return match value {
                None => err!(th, TYPE_ERROR, "cannot delete __dict__"),
                Some(v) => err!(th, TYPE_ERROR, "__dict__ must be set to a dictionary, not a '{}'", v.ty().name()),
            };
        };
        this.dict().set(Some(dict.own()));
        Ok(())
    }
    #[getter("__annotations__")]
    fn annotations(th: &Thread, this: &Function) -> PyResult {
        let current = this.annotations().get();
        let made = match current {
            Some(v) if v.is_instance(&statics::DICT_TYPE) => return Ok(v),
            Some(v) if v.is_instance(&statics::TUPLE_TYPE) => {
                // The compact form: names and values alternate.
                let dict = Dict::new(th)?;
                if let (Some(d), Some(pairs)) = (dict.cast::<Dict>(), v.cast::<Tuple>()) {
                    for pair in pairs.as_slice().chunks_exact(2) {
                        d.set(th, pair[0], pair[1])?;
                    }
                }
                dict
            }
            _ => match this.annotate().get().filter(|v| !v.is_none()) {
                Some(annotate) => {
                    let made = call::call1(th, annotate.value(), Value::small_int(1))?;
                    if !made.is_instance(&statics::DICT_TYPE) {
                        return err!(th, TYPE_ERROR, "__annotate__ returned non-dict of type '{}'", made.ty().name());
                    }
                    made
                }
                None => Dict::new(th)?,
            },
        };
        this.annotations().set(Some(made.clone()));
        Ok(made)
    }
    #[setter("__annotations__")]
    fn set_annotations(th: &Thread, this: &Function, value: Option<Value>) -> PyResult<()> {
        let value = value.filter(|v| !v.is_none());
        if value.is_some_and(|v| !v.is_instance(&statics::DICT_TYPE)) {
            return err!(th, TYPE_ERROR, "__annotations__ must be set to a dict object");
        }
        this.annotations().set(value.map(ValueExt::own));
        this.annotate().set(None);
        Ok(())
    }
    #[getter("__annotate__")]
    fn annotate(_: &Thread, this: &Function) -> Obj {
        this.annotate().get().unwrap_or_else(Obj::none)
    }
    #[setter("__annotate__")]
    fn set_annotate(th: &Thread, this: &Function, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return err!(th, TYPE_ERROR, "__annotate__ cannot be deleted") };
        if value.is_none() {
            this.annotate().set(None);
        } else if value.ty().slots().call.is_some() {
            this.annotate().set(Some(value.own()));
            this.annotations().set(None);
        } else {
            return err!(th, TYPE_ERROR, "__annotate__ must be callable or None");
        }
        Ok(())
    }
    #[getter("__type_params__")]
    fn type_params(th: &Thread, this: &Function) -> PyResult {
        match this.type_params().get() {
            Some(v) => Ok(v),
            None => th.tuple(&[]),
        }
    }
    #[setter("__type_params__")]
    fn set_type_params(th: &Thread, this: &Function, value: Option<Value>) -> PyResult<()> {
        let Some(params) = value.filter(|v| v.is_instance(&statics::TUPLE_TYPE)) else {
            return err!(th, TYPE_ERROR, "__type_params__ must be set to a tuple");
        };
        this.type_params().set(Some(params.own()));
        Ok(())
    }
}

/// Code objects that functions had before `__code__` was assigned.
#[derive(Default)]
struct RetiredCode {
    codes: std::cell::RefCell<Vec<Obj>>,
}

builtin_type! {
    /// `types.FunctionType`.
    pub static FUNCTION_TYPE = "PyFunction_Type" => TypeSpec {
        name: "function",
        base: Some(&crate::types::object::OBJECT_TYPE),
        basicsize: size_of::<FunctionObject>(),
        flags: flags::HAVE_GC | flags::WEAKREFABLE | flags::METHOD_DESCRIPTOR,
        dictoffset: std::mem::offset_of!(FunctionObject, dict) as isize,
        doc: "Create a function object.",
        slots: Slots {
            dealloc: Some(dealloc),
            traverse: Some(traverse),
            clear: Some(clear),
            call: Some(call_slot),
            descr_get: Some(descr_get),
            repr: Some(repr),
            new: Some(construct),
            ..Slots::EMPTY
        },
        getsets: methods::GETSETS,
        ..TypeSpec::DEFAULT
    }
}

/// Binds the arguments of a call to a function's parameters: fills the first locals with owned values, as the language
/// reference describes under "Calls".
///
/// # Errors
/// TypeError, with CPython's messages; the locals filled so far are the caller's to release.
pub fn bind_arguments(th: &Thread, function: Value, args: Args, locals: &mut [Slot]) -> PyResult<()> {
    let Some(function) = function.cast::<Function>() else { return err!(th, SYSTEM_ERROR, "not a function") };
    let code = function.code();
    let given = args.len();
    let positional = code.argcount as usize;
    let parameters = positional + code.kwonlyargcount as usize;
    let (has_varargs, has_varkw) = (code.flags & co::VARARGS != 0, code.flags & co::VARKEYWORDS != 0);
    for (i, v) in args.values().take(positional).enumerate() {
        locals[i] = v.own().into_slot();
    }
    if has_varargs {
        let rest = &args.positional_slots()[positional.min(given)..];
        locals[parameters] = th.tuple_from_slots(rest)?.into_slot();
    }
    let extra = match has_varkw {
        true => {
            let dict = Dict::new(th)?;
            locals[parameters + has_varargs as usize] = dict.value().own().into_slot();
            Some(dict)
        }
        false => None,
    };
    // SAFETY: I4, `localsplusnames` is a tuple of str.
    let names = unsafe { code.localsplusnames.cast_unchecked::<Tuple>() };
    for (keyword, value) in args.keywords() {
        if !bind_keyword(th, function, code, names, (keyword, value), extra.as_ref(), locals)? {
            return Err(unexpected_keyword(th, function, code, names, keyword, args));
        }
    }
    if given > positional && !has_varargs {
        return Err(too_many_positional(th, function, code, given, locals));
    }
    fill_defaults(th, function, code, names, given, locals)
}

fn function_name(function: &Function) -> String {
    to_rust_string(function.0.qualname.get())
}

/// Binds one keyword argument; false if there is no parameter for it.
fn bind_keyword(
    th: &Thread,
    function: &Function,
    code: &CodeObject,
    names: &Tuple,
    (keyword, value): (Value, Value),
    extra: Option<&Obj>,
    locals: &mut [Slot],
) -> PyResult<bool> {
    let parameters = (code.argcount + code.kwonlyargcount) as usize;
    let first = code.posonlyargcount as usize;
    if !keyword.is_instance(&statics::STR_TYPE) {
        return err!(th, TYPE_ERROR, "{}() keywords must be strings", function_name(function));
    }
    let candidates = &names.as_slice()[..parameters];
    let found = match candidates.iter().skip(first).position(|name| name.same(keyword)) {
        Some(at) => Some(at + first),
        None => {
            let mut found = None;
            for (i, name) in candidates.iter().enumerate().skip(first) {
                if compare::eq(th, *name, keyword)? {
                    found = Some(i);
                    break;
                }
            }
            found
        }
    };
    match (found, extra) {
        (Some(i), _) => {
            if !locals[i].is_null() {
                return err!(
                    th,
                    TYPE_ERROR,
                    "{}() got multiple values for argument '{}'",
                    function_name(function),
                    to_rust_string(keyword)
                );
            }
            locals[i] = value.own().into_slot();
            Ok(true)
        }
        (None, Some(extra)) => match extra.cast::<Dict>() {
            Some(dict) => dict.set(th, keyword, value).map(|()| true),
            None => Ok(true),
        },
        (None, None) => Ok(false),
    }
}

#[cold]
fn unexpected_keyword(
    th: &Thread,
    function: &Function,
    code: &CodeObject,
    names: &Tuple,
    keyword: Value,
    args: Args,
) -> Raised {
    let text = to_rust_string(keyword);
    let given: Vec<String> = args.keywords().map(|(name, _)| to_rust_string(name)).collect();
    let positional_only = names.as_slice()[..code.posonlyargcount as usize].iter().map(|name| to_rust_string(*name));
    let wrong: Vec<String> = positional_only.filter(|name| given.contains(name)).collect();
    if !wrong.is_empty() {
        return th.type_error(format!(
            "{}() got some positional-only arguments passed as keyword arguments: '{}'",
            function_name(function),
            wrong.join(", ")
        ));
    }
    let parameters = (code.argcount + code.kwonlyargcount) as usize;
    let allowed = &names.as_slice()[code.posonlyargcount as usize..parameters];
    let closest = crate::suggestions::closest(&text, allowed.iter().map(|name| to_rust_string(*name)));
    let hint = closest.map_or_else(String::new, |name| format!(". Did you mean '{name}'?"));
    th.type_error(format!("{}() got an unexpected keyword argument '{text}'{hint}", function_name(function)))
}

#[cold]
fn too_many_positional(th: &Thread, function: &Function, code: &CodeObject, given: usize, locals: &[Slot]) -> Raised {
    let positional = code.argcount as usize;
    let keyword_only =
        locals[positional..positional + code.kwonlyargcount as usize].iter().filter(|slot| !slot.is_null()).count();
    let defaults = function.defaults().get().and_then(|v| v.cast::<Tuple>().map(Tuple::len)).unwrap_or(0);
    let (takes, plural) = match defaults {
        0 => (positional.to_string(), positional != 1),
        n => (format!("from {} to {positional}", positional.saturating_sub(n)), true),
    };
    let extra = match keyword_only {
        0 => String::new(),
        n => format!(
            " positional argument{} (and {n} keyword-only argument{})",
            if given == 1 { "" } else { "s" },
            if n == 1 { "" } else { "s" }
        ),
    };
    th.type_error(format!(
        "{}() takes {takes} positional argument{} but {given}{extra} {} given",
        function_name(function),
        if plural { "s" } else { "" },
        if given == 1 && keyword_only == 0 { "was" } else { "were" }
    ))
}

fn fill_defaults(
    th: &Thread,
    function: &Function,
    code: &CodeObject,
    names: &Tuple,
    given: usize,
    locals: &mut [Slot],
) -> PyResult<()> {
    let positional = code.argcount as usize;
    if given < positional {
        let defaults = function.defaults().get();
        let defaults = defaults.as_ref().and_then(|v| v.cast::<Tuple>());
        let count = defaults.map_or(0, Tuple::len);
        let first = positional.saturating_sub(count);
        let missing: Vec<usize> = (given..first).filter(|&i| locals[i].is_null()).collect();
        if !missing.is_empty() {
            return Err(missing_arguments(th, function, names, &missing, "positional"));
        }
        if let Some(defaults) = defaults {
            let skip = count.saturating_sub(positional);
            for i in given.max(first)..positional {
                if locals[i].is_null() {
                    locals[i] = defaults.as_slice()[i - first + skip].own().into_slot();
                }
            }
        }
    }
    if code.kwonlyargcount > 0 {
        let kwdefaults = function.kwdefaults().get();
        let kwdefaults = kwdefaults.as_ref().and_then(|v| v.cast::<Dict>());
        let mut missing = Vec::new();
        for i in positional..positional + code.kwonlyargcount as usize {
            if !locals[i].is_null() {
                continue;
            }
            let default = match kwdefaults {
                Some(dict) => dict.get(th, names.as_slice()[i])?,
                None => None,
            };
            match default {
                Some(v) => locals[i] = v.into_slot(),
                None => missing.push(i),
            }
        }
        if !missing.is_empty() {
            return Err(missing_arguments(th, function, names, &missing, "keyword-only"));
        }
    }
    Ok(())
}

#[cold]
fn missing_arguments(th: &Thread, function: &Function, names: &Tuple, missing: &[usize], kind: &str) -> Raised {
    let quoted: Vec<String> = missing.iter().map(|&i| format!("'{}'", to_rust_string(names.as_slice()[i]))).collect();
    let list = match quoted.as_slice() {
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [init @ .., last] => format!("{}, and {last}", init.join(", ")),
        [] => String::new(),
    };
    th.type_error(format!(
        "{}() missing {} required {kind} argument{}: {list}",
        function_name(function),
        missing.len(),
        if missing.len() == 1 { "" } else { "s" }
    ))
}
