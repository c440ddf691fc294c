//! `builtin_function_or_method`: native functions as Python objects, and the convention they are called with.

use crate::native::MethodKind;
use crate::prelude::*;
use crate::types::type_type;

/// A native function, bound to its module, instance or class.
pub struct BuiltinFunction {
    pub def: &'static MethodDef,
    /// The module of a function, the receiver of a method; absent for functions without either.
    pub this: Option<Obj>,
    /// `__module__`.
    pub module: ObjCell,
}

impl Payload for BuiltinFunction {
    #[inline(always)]
    fn ty() -> &'static Type {
        &BUILTIN_FUNCTION_TYPE
    }
    fn traverse(&self, visitor: &mut crate::gc::Visitor) {
        visitor.option(&self.this);
        visitor.cell(&self.module);
    }
    fn clear(&self) {
        self.module.set(None);
    }
}

builtin_type! {
    pub static BUILTIN_FUNCTION_TYPE = "PyCFunction_Type" => TypeSpec {
        name: "builtin_function_or_method",
        basicsize: size_of::<Instance<BuiltinFunction>>(),
        flags: flags::HAVE_GC | flags::WEAKREFABLE | flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            repr: Some(repr),
            call: Some(call_builtin),
            richcompare: Some(richcompare),
            hash: Some(hash),
            ..Instance::<BuiltinFunction>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        members: &[MemberDef {
            name: "__module__",
            doc: "",
            kind: MemberKind::ObjectOrNone,
            offset: std::mem::offset_of!(Instance<BuiltinFunction>, payload.module),
            readonly: false,
        }],
        ..TypeSpec::DEFAULT
    }
}

/// A function object for `def`; `this` is its module or receiver, `module` the value of `__module__`.
///
/// # Errors
/// MemoryError.
pub fn new(th: &Thread, def: &'static MethodDef, this: Option<Value>, module: Option<Value>) -> PyResult {
    Instance::create(
        th,
        BuiltinFunction {
            def,
            this: this.map(ValueExt::own),
            module: ObjCell::some_or_empty(module.map(ValueExt::own)),
        },
    )
}

impl BuiltinFunction {
    /// The function behind a value of exactly this type.
    #[inline(always)]
    pub fn exact<'a>(v: Value) -> Option<&'a BuiltinFunction> {
        v.is_exact(&BUILTIN_FUNCTION_TYPE).then(|| payload(v))
    }
}

#[inline(always)]
fn payload<'a>(v: Value) -> &'a BuiltinFunction {
    // SAFETY: I4, the slots of this type get its instances only.
    unsafe { &v.cast_unchecked::<Instance<BuiltinFunction>>().payload }
}

/// The call slot; also what specialised call instructions compare with.
pub fn call_builtin(th: &Thread, f: Value, args: Args) -> PyResult {
    let function = payload(f);
    let this = function.this.as_ref().map_or(statics::none(), |this| this.value());
    match function.def.code {
        NativeCode::Args(code) => code(th, this, args),
        NativeCode::One(code) if args.slots().len() == 1 && args.kwnames().is_none() => {
            code(th, this, args.slots()[0].value())
        }
        NativeCode::NoArgs(code) if args.is_empty() => code(th, this),
        _ => Err(wrong_arguments(th, f, function.def, args)),
    }
}

/// Calls native code with a receiver; `callable` is for messages.
///
/// # Errors
/// TypeError for a wrong number of arguments or unwanted keywords; what the code raises.
#[inline]
pub fn invoke(th: &Thread, callable: Value, def: &'static MethodDef, this: Value, args: Args) -> PyResult {
    match def.code {
        NativeCode::Args(code) => code(th, this, args),
        NativeCode::One(code) if args.slots().len() == 1 && args.kwnames().is_none() => {
            code(th, this, args.slots()[0].value())
        }
        NativeCode::NoArgs(code) if args.is_empty() => code(th, this),
        _ => Err(wrong_arguments(th, callable, def, args)),
    }
}

#[cold]
fn wrong_arguments(th: &Thread, callable: Value, def: &MethodDef, args: Args) -> Raised {
    let name = call::function_name(th, callable);
    if args.keyword_count() != 0 {
        return th.type_error(format!("{name} takes no keyword arguments"));
    }
    let given = args.len();
    match def.code {
        NativeCode::NoArgs(_) => th.type_error(format!("{name} takes no arguments ({given} given)")),
        _ => th.type_error(format!("{name} takes exactly one argument ({given} given)")),
    }
}

/// Whether the receiver says nothing about the name: no receiver, or a module.
fn is_plain_function(function: &BuiltinFunction) -> bool {
    match &function.this {
        None => true,
        Some(this) => this.is_instance(&statics::MODULE_TYPE),
    }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let function = payload(v);
    let name = function.def.name;
    match &function.this {
        Some(this) if !is_plain_function(function) => {
            th.str(&format!("<built-in method {name} of {} object at {:#x}>", this.ty().name(), this.bits()))
        }
        _ => th.str(&format!("<built-in function {name}>")),
    }
}

fn same_receiver(a: &BuiltinFunction, b: &BuiltinFunction) -> bool {
    match (&a.this, &b.this) {
        (None, None) => true,
        (Some(a), Some(b)) => a.value().is(b.value()),
        _ => false,
    }
}

fn richcompare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (CompareOp::Eq | CompareOp::Ne) = op else { return Ok(Obj::not_implemented()) };
    let Some(other) = b.cast::<Instance<BuiltinFunction>>() else { return Ok(Obj::not_implemented()) };
    let a = payload(a);
    let equal = std::ptr::eq(a.def, other.def) && same_receiver(a, &other.payload);
    Ok(Obj::bool(equal == (op == CompareOp::Eq)))
}

fn hash(_: &Thread, v: Value) -> PyResult<i64> {
    let function = payload(v);
    let receiver = function.this.as_ref().map_or(0, |this| object::hash_identity(this.value()));
    let code = (function.def as *const MethodDef as i64).rotate_right(4);
    Ok(match receiver ^ code {
        -1 => -2,
        hash => hash,
    })
}

#[pymethods]
mod methods {
    use super::*;

    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Instance<BuiltinFunction>) -> PyResult {
        let name = th.intern(this.def.name)?;
        match &this.this {
            Some(receiver) if !is_plain_function(this) => {
                let getattr = type_type::builtin(th, "getattr")?;
                let args = th.tuple(&[receiver.value(), name.value()])?;
                th.tuple(&[getattr.value(), args.value()])
            }
            _ => Ok(name),
        }
    }

    #[getter("__name__")]
    fn name(th: &Thread, this: &Instance<BuiltinFunction>) -> PyResult {
        th.intern(this.def.name)
    }

    #[getter("__qualname__")]
    fn qualname(th: &Thread, this: &Instance<BuiltinFunction>) -> PyResult {
        let name = this.def.name;
        match &this.this {
            Some(receiver) if !is_plain_function(this) => {
                let ty = receiver.cast::<Type>().unwrap_or(receiver.ty());
                let qualname = object::get_attr_str(th, ty.value(), "__qualname__")?;
                th.str(&format!("{}.{name}", object::to_text(th, qualname.value())?))
            }
            _ => th.intern(name),
        }
    }

    #[getter("__self__")]
    fn this(_th: &Thread, this: &Instance<BuiltinFunction>) -> Obj {
        let hidden = this.def.kind == MethodKind::Static;
        this.this.clone().filter(|_| !hidden).unwrap_or_else(Obj::none)
    }

    #[getter("__doc__")]
    fn doc(th: &Thread, this: &Instance<BuiltinFunction>) -> PyResult {
        if this.def.doc.is_empty() { Ok(Obj::none()) } else { th.str(this.def.doc) }
    }

    #[getter("__text_signature__")]
    fn text_signature(th: &Thread, this: &Instance<BuiltinFunction>) -> PyResult {
        if this.def.text_signature.is_empty() { Ok(Obj::none()) } else { th.str(this.def.text_signature) }
    }
}
