//! `methodcaller`.

use crate::{operand, this};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str;

/// Calls a method with fixed arguments.
pub struct MethodCaller {
    /// Interned.
    name: Obj,
    args: Vec<Obj>,
    keywords: Vec<(Obj, Obj)>,
}

impl Payload for MethodCaller {
    #[inline(always)]
    fn ty() -> &'static Type {
        &METHODCALLER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.name);
        self.args.iter().for_each(|v| visitor.obj(v));
        for (name, value) in &self.keywords {
            visitor.obj(name);
            visitor.obj(value);
        }
    }
}

builtin_type! {
    /// `operator.methodcaller`.
    pub static METHODCALLER_TYPE = TypeSpec {
        name: "operator.methodcaller",
        doc: "methodcaller(name, /, *args, **kwargs)\n--\n\nA callable that calls a method of its operand.\n\nAfter f = methodcaller('name', 'x', y=1), f(r) is r.name('x', y=1).",
        slots: Slots {
            repr: Some(repr),
            call: Some(call_method),
            new: Some(construct),
            ..Instance::<MethodCaller>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<MethodCaller>::SPEC
    }
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let Some(name) = args.get(0) else {
        return err!(th, TYPE_ERROR, "methodcaller needs at least one argument, the method name");
    };
    if !name.is_instance(&statics::STR_TYPE) {
        return err!(th, TYPE_ERROR, "method name must be a string");
    }
    let name = object::intern_name(th, name)?;
    let keywords = args.keywords().map(|(name, value)| (name.own(), value.own())).collect();
    let args = args.values().skip(1).map(|v| v.own()).collect();
    Instance::create_as(th, ty, MethodCaller { name, args, keywords })
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let caller = this::<MethodCaller>(th, v)?;
    let type_name = number::full_name(v);
    let text = th.repr_guard(v, || {
        let mut parts = vec![object::repr_text(th, caller.name.value())?];
        for arg in &caller.args {
            parts.push(object::repr_text(th, arg.value())?);
        }
        for (name, value) in &caller.keywords {
            parts.push(format!("{}={}", str::to_rust_string(name.value()), object::repr_text(th, value.value())?));
        }
        th.str(&format!("{type_name}({})", parts.join(", ")))
    })?;
    text.map_or_else(|| th.str(&format!("{type_name}(...)")), Ok)
}

fn call_method(th: &Thread, v: Value, args: Args) -> PyResult {
    let caller = this::<MethodCaller>(th, v)?;
    let operand = operand(th, "methodcaller", args)?;
    let args: Vec<Value> = caller.args.iter().map(Obj::value).collect();
    if caller.keywords.is_empty() {
        return call::call_method_name(th, operand, caller.name.value(), &args);
    }
    let method = object::get_attr(th, operand, caller.name.value())?;
    let keywords: Vec<(Value, Value)> =
        caller.keywords.iter().map(|(name, value)| (name.value(), value.value())).collect();
    call::call_keywords(th, method.value(), &args, &keywords)
}

#[pymethods]
mod methods {
    use super::*;

    /// What calling an instance takes.
    #[getter("__text_signature__")]
    fn text_signature(th: &Thread, _: Value) -> PyResult {
        th.str("(obj, /)")
    }
    /// For pickling: with keyword arguments, through functools.partial.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let caller = crate::this::<MethodCaller>(th, this)?;
        if caller.keywords.is_empty() {
            let args: Vec<Obj> = std::iter::once(&caller.name).chain(&caller.args).cloned().collect();
            let args = th.tuple_from(args)?;
            return th.tuple(&[this.ty().value(), args.value()]);
        }
        let import = whipsnake_runtime::types::type_type::builtin(th, "__import__")?;
        let functools = th.intern("functools")?;
        let functools = call::call1(th, import.value(), functools.value())?;
        let partial = object::get_attr_str(th, functools.value(), "partial")?;
        let keywords: Vec<(Value, Value)> =
            caller.keywords.iter().map(|(name, value)| (name.value(), value.value())).collect();
        let constructor =
            call::call_keywords(th, partial.value(), &[this.ty().value(), caller.name.value()], &keywords)?;
        let args = th.tuple_from(caller.args.clone())?;
        th.tuple(&[constructor.value(), args.value()])
    }
}
