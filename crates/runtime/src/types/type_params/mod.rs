//! Type parameters (PEP 695, 696) and what else `_typing` exports.
//!
//! - `typevar.rs`, `paramspec.rs`, `typevartuple.rs`: the three kinds; `alias.rs`: `type X = ...`
//! - `generic.rs`: `Generic`; `evaluate.rs`: lazily computed parts and the functions that compute them
//! - here: what the kinds share, and the intrinsics of compiled code
//!
//! Bounds, constraints and defaults of parameters made by syntax are computed when first asked for. Much of the work
//! on arguments is done by functions of `typing`, which is imported when needed.

mod alias;
mod evaluate;
mod generic;
mod paramspec;
mod typevar;
mod typevartuple;

use crate::prelude::*;
use crate::types::function::Function;
use crate::types::str;
use std::cell::Cell;
use whipsnake_layout::objects::FunctionObject;

pub use alias::{TYPE_ALIAS_TYPE, make_typealias};
pub use evaluate::{CONST_EVALUATOR_TYPE, NO_DEFAULT_TYPE, no_default};
pub use generic::{GENERIC_TYPE, subscript_generic};
pub use paramspec::{PARAM_SPEC_ARGS_TYPE, PARAM_SPEC_KWARGS_TYPE, PARAM_SPEC_TYPE, make_paramspec};
pub use typevar::{TYPE_VAR_TYPE, make_typevar};
pub use typevartuple::{TYPE_VAR_TUPLE_TYPE, make_typevartuple, unpack_typevartuples};

use evaluate::Lazy;

/// The types of this module.
pub(crate) const ALL: &[&Type] = &[
    &TYPE_VAR_TYPE,
    &PARAM_SPEC_TYPE,
    &PARAM_SPEC_ARGS_TYPE,
    &PARAM_SPEC_KWARGS_TYPE,
    &TYPE_VAR_TUPLE_TYPE,
    &TYPE_ALIAS_TYPE,
    &GENERIC_TYPE,
    &NO_DEFAULT_TYPE,
    &CONST_EVALUATOR_TYPE,
];

/// The types whose class dictionary holds a `__module__`, which their instances inherit.
pub(crate) const IN_TYPING: &[&Type] = &[
    &TYPE_VAR_TYPE,
    &PARAM_SPEC_TYPE,
    &PARAM_SPEC_ARGS_TYPE,
    &PARAM_SPEC_KWARGS_TYPE,
    &TYPE_VAR_TUPLE_TYPE,
    &GENERIC_TYPE,
];

/// What a TypeVar, a ParamSpec or a TypeVarTuple consists of.
#[repr(C)]
pub struct Parameter {
    dict: ObjCell,
    /// A str.
    name: ObjCell,
    bound: Lazy,
    /// A tuple.
    constraints: Lazy,
    default: Lazy,
    covariant: Cell<bool>,
    contravariant: Cell<bool>,
    infer_variance: Cell<bool>,
}

impl Parameter {
    fn named(name: Value) -> Parameter {
        Parameter {
            dict: ObjCell::EMPTY,
            name: ObjCell::new(name.own()),
            bound: Lazy::ABSENT,
            constraints: Lazy::ABSENT,
            default: Lazy::ABSENT,
            covariant: Cell::new(false),
            contravariant: Cell::new(false),
            infer_variance: Cell::new(false),
        }
    }
    /// Made by syntax: the variance is inferred.
    fn inferred(name: Value) -> Parameter {
        let parameter = Parameter::named(name);
        parameter.infer_variance.set(true);
        parameter
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.dict);
        visitor.cell(&self.name);
        for lazy in [&self.bound, &self.constraints, &self.default] {
            lazy.traverse(visitor);
        }
    }
    fn clear(&self) {
        self.dict.set(None);
        for lazy in [&self.bound, &self.constraints, &self.default] {
            lazy.clear();
        }
    }
    /// The name as text.
    fn text(&self) -> String {
        self.name.get().map_or_else(String::new, |name| str::to_rust_string(name.value()))
    }
    fn name(&self) -> Obj {
        self.name.get().unwrap_or_else(Obj::none)
    }
    /// The name with a sign for the variance.
    fn signed_name(&self) -> String {
        let sign = match (self.infer_variance.get(), self.covariant.get(), self.contravariant.get()) {
            (true, ..) => "",
            (_, true, _) => "+",
            (_, _, true) => "-",
            _ => "~",
        };
        format!("{sign}{}", self.text())
    }
    fn default(&self, th: &Thread) -> PyResult {
        Ok(self.default.get(th)?.unwrap_or_else(|| no_default().own()))
    }
    fn has_default(&self) -> bool {
        self.default.is_present_but_for(no_default())
    }
    fn set_variance(&self, th: &Thread, covariant: bool, contravariant: bool, infer: bool) -> PyResult<()> {
        if covariant && contravariant {
            return err!(th, VALUE_ERROR, "Bivariant types are not supported.");
        }
        if infer && (covariant || contravariant) {
            return err!(th, VALUE_ERROR, "Variance cannot be specified with infer_variance.");
        }
        self.covariant.set(covariant);
        self.contravariant.set(contravariant);
        self.infer_variance.set(infer);
        Ok(())
    }
}

/// The payload that all kinds of parameters share, if `v` is one.
fn parameter_of<'a>(v: Value) -> Option<&'a Parameter> {
    if let Some(it) = v.exact::<Instance<typevar::TypeVar>>() {
        return Some(&it.payload.0);
    }
    if let Some(it) = v.exact::<Instance<paramspec::ParamSpec>>() {
        return Some(&it.payload.0);
    }
    v.exact::<Instance<typevartuple::TypeVarTuple>>().map(|it| &it.payload.0)
}

/// Calls a function of the module `typing`.
///
/// # Errors
/// ImportError; what the function raises.
pub fn call_typing(th: &Thread, function: &str, args: &[Value]) -> PyResult {
    let function = typing_attribute(th, function)?;
    call::call_values(th, function.value(), args)
}

/// An attribute of the module `typing`.
///
/// # Errors
/// ImportError, AttributeError.
fn typing_attribute(th: &Thread, name: &str) -> PyResult {
    let typing = th.intern("typing")?;
    let loaded = match th.interp.modules.get() {
        Some(modules) => crate::protocols::mapping::lookup_item(th, modules.value(), typing.value())?,
        None => None,
    };
    let module = match loaded {
        Some(module) => module,
        None => {
            let import = crate::types::type_type::builtin(th, "__import__")?;
            call::call1(th, import.value(), typing.value())?
        }
    };
    object::get_attr_str(th, module.value(), name)
}

/// `typing._type_check` for a bound or a constraint; `None` is its type.
fn type_check(th: &Thread, v: Value, message: &str) -> PyResult {
    if v.is_none() {
        return Ok(statics::NONE_TYPE.value().own());
    }
    let message = th.str(message)?;
    call_typing(th, "_type_check", &[v, message.value()])
}

/// `typing.Unpack[v]`.
fn unpacked(th: &Thread, v: Value) -> PyResult {
    let unpack = typing_attribute(th, "Unpack")?;
    object::get_item(th, unpack.value(), v)
}

/// The iter slot of things that can be unpacked in a parameter list: one item, `typing.Unpack[v]`.
fn iter_unpacked(th: &Thread, v: Value) -> PyResult {
    let unpacked = unpacked(th, v)?;
    let single = th.tuple(&[unpacked.value()])?;
    iter::get_iter(th, single.value())
}

/// The name of the module whose code is running; None for code in a namespace without a name.
fn calling_module(th: &Thread) -> PyResult<Option<Obj>> {
    // SAFETY: I6, the running frame lives while its code runs.
    let Some(frame) = (unsafe { th.frame().as_ref() }) else { return Ok(None) };
    if let Some(function) = frame.function.get().get()
        && function.is_exact(&statics::FUNCTION_TYPE)
    {
        // SAFETY: I4, the type was checked.
        let module = unsafe { function.cast_unchecked::<FunctionObject>() }.module.get();
        return Ok(Some(module.get().map_or_else(Obj::none, |module| module.own())));
    }
    let Some(globals) = frame.globals.get().get() else { return Ok(None) };
    let globals = globals.own();
    let name = th.intern("__name__")?;
    let found = crate::protocols::mapping::lookup_item(th, globals.value(), name.value())?;
    Ok(Some(found.unwrap_or_else(Obj::none)))
}

/// Sets `__module__` of a parameter made by a call.
fn set_module(th: &Thread, v: Value) -> PyResult<()> {
    match calling_module(th)? {
        Some(module) => object::set_attr_str(th, v, "__module__", module.value()),
        None => Ok(()),
    }
}

/// The argument `name` of a constructor.
fn check_name(th: &Thread, function: &str, name: Option<Value>) -> PyResult<Value> {
    match name {
        Some(name) if name.is_instance(&statics::STR_TYPE) => Ok(name),
        name => {
            let given = name.map_or("None", |v| if v.is_none() { "None" } else { number::full_name(v) });
            err!(th, TYPE_ERROR, "{function}() argument 'name' must be str, not {given}")
        }
    }
}

/// The truth of an optional argument.
fn flag(th: &Thread, v: Option<Value>) -> PyResult<bool> {
    v.map_or(Ok(false), |v| object::is_true(th, v))
}

/// Intrinsic: gives a function its type parameters; returns the function.
///
/// # Errors
/// SystemError if `f` is no function.
pub fn set_function_type_params(th: &Thread, f: Value, params: Value) -> PyResult {
    match f.cast::<Function>() {
        Some(function) => {
            function.type_params().set(Some(params.own()));
            Ok(f.own())
        }
        None => err!(th, SYSTEM_ERROR, "type parameters belong to a function, not to '{}'", f.ty().name()),
    }
}

/// Intrinsic: gives a type parameter the function that computes its default; returns the parameter.
///
/// # Errors
/// TypeError if `param` is no type parameter.
pub fn set_typeparam_default(th: &Thread, param: Value, function: Value) -> PyResult {
    match parameter_of(param) {
        Some(parameter) => {
            parameter.default.set_function(function.own());
            Ok(param.own())
        }
        None => err!(th, TYPE_ERROR, "Expected a type param, got {}", object::repr_text(th, param)?),
    }
}

/// A member of [`Parameter`] as an attribute.
const fn member(name: &'static str, kind: MemberKind, offset_in_parameter: usize) -> MemberDef {
    // The payload begins behind the header; the newtypes around `Parameter` are transparent.
    let offset = std::mem::offset_of!(Instance<typevar::TypeVar>, payload) + offset_in_parameter;
    MemberDef { name, doc: "", kind, offset, readonly: true }
}

const NAME_MEMBER: MemberDef = member("__name__", MemberKind::Object, std::mem::offset_of!(Parameter, name));
const COVARIANT_MEMBER: MemberDef =
    member("__covariant__", MemberKind::Bool, std::mem::offset_of!(Parameter, covariant));
const CONTRAVARIANT_MEMBER: MemberDef =
    member("__contravariant__", MemberKind::Bool, std::mem::offset_of!(Parameter, contravariant));
const INFER_MEMBER: MemberDef =
    member("__infer_variance__", MemberKind::Bool, std::mem::offset_of!(Parameter, infer_variance));
const DICT_OFFSET: isize =
    (std::mem::offset_of!(Instance<typevar::TypeVar>, payload) + std::mem::offset_of!(Parameter, dict)) as isize;
