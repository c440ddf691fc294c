//! Lazily computed parts of type parameters, and `NoDefault`.
//!
//! Such a part has a value, or a function that takes an `annotationlib.Format` number and computes it.

use crate::prelude::*;
use crate::types::generic_alias::{tuple_items, write_type};
use crate::types::str;
use whipsnake_text::Builder;

/// `annotationlib.Format.VALUE`.
const FORMAT_VALUE: i64 = 1;
/// `annotationlib.Format.STRING`.
const FORMAT_STRING: i32 = 4;

/// A value that may have to be computed.
#[repr(C)]
pub(super) struct Lazy {
    value: ObjCell,
    function: ObjCell,
}

impl Lazy {
    pub(super) const ABSENT: Lazy = Lazy { value: ObjCell::EMPTY, function: ObjCell::EMPTY };

    pub(super) fn computed_by(function: Option<Value>) -> Lazy {
        Lazy { value: ObjCell::EMPTY, function: ObjCell::some_or_empty(function.map(ValueExt::own)) }
    }
    pub(super) fn value(value: Obj) -> Lazy {
        Lazy { value: ObjCell::new(value), function: ObjCell::EMPTY }
    }
    /// The value, computed now if need be; `None` when there is neither a value nor a function.
    ///
    /// # Errors
    /// What the function raises.
    pub(super) fn get(&self, th: &Thread) -> PyResult<Option<Obj>> {
        if let Some(value) = self.value.get() {
            return Ok(Some(value));
        }
        let Some(function) = self.function.get() else { return Ok(None) };
        let value = call::call1(th, function.value(), Value::small_int(FORMAT_VALUE))?;
        self.value.set(Some(value.clone()));
        Ok(Some(value))
    }
    /// The function that computes the value, or one that returns it.
    ///
    /// # Errors
    /// MemoryError.
    pub(super) fn evaluator(&self, th: &Thread) -> PyResult {
        if let Some(function) = self.function.get() {
            return Ok(function);
        }
        match self.value.get() {
            Some(value) => constant(th, value),
            None => Ok(Obj::none()),
        }
    }
    pub(super) fn function(&self) -> Option<Obj> {
        self.function.get()
    }
    pub(super) fn set_function(&self, function: Obj) {
        self.function.set(Some(function));
    }
    /// Whether there is a function, or a value other than `absent`.
    pub(super) fn is_present_but_for(&self, absent: Value) -> bool {
        !self.function.is_empty() || self.value.peek().is_some_and(|value| !value.same(absent))
    }
    pub(super) fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.value);
        visitor.cell(&self.function);
    }
    pub(super) fn clear(&self) {
        self.value.set(None);
        self.function.set(None);
    }
}

/// A function of a format that gives a value known beforehand.
pub struct ConstEvaluator {
    value: Obj,
}

impl Payload for ConstEvaluator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &CONST_EVALUATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.value);
    }
}

builtin_type! {
    /// `_typing._ConstEvaluator`.
    pub static CONST_EVALUATOR_TYPE = TypeSpec {
        name: "_typing._ConstEvaluator",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        doc: "The evaluator of a type parameter's part that was given as a value.",
        slots: Slots { repr: Some(repr), call: Some(evaluate), ..Instance::<ConstEvaluator>::SLOTS },
        ..Instance::<ConstEvaluator>::SPEC
    }
}

/// An evaluator of `value`.
///
/// # Errors
/// MemoryError.
pub(super) fn constant(th: &Thread, value: Obj) -> PyResult {
    Instance::create(th, ConstEvaluator { value })
}

fn repr(th: &Thread, v: Value) -> PyResult {
    // SAFETY: I4, slots are called with instances of their type.
    let it = unsafe { v.cast_unchecked::<Instance<ConstEvaluator>>() };
    let mut out = Builder::new();
    out.push_str("<constevaluator ");
    let value = object::repr(th, it.value.value())?;
    if let Some(text) = value.cast::<str::Str>() {
        out.push_units(text.units());
    }
    out.push_str(">");
    str::from_buf(th, out.finish())
}

static PARAMS: crate::args::Params = crate::args::Params {
    function: "constevaluator.__call__",
    names: &["format"],
    positional_only: 0,
    positional: 1,
    required: &[true],
    has_varargs: false,
    has_varkw: false,
};

fn evaluate(th: &Thread, v: Value, args: Args) -> PyResult {
    // SAFETY: I4, slots are called with instances of their type.
    let it = unsafe { v.cast_unchecked::<Instance<ConstEvaluator>>() };
    let mut bound = [None];
    PARAMS.bind(th, args, &mut bound)?;
    let format = number::as_i32(th, bound[0].unwrap_or(statics::none()))?;
    if format != FORMAT_STRING {
        return Ok(it.value.clone());
    }
    let mut out = Builder::new();
    if it.value.is_instance(&statics::TUPLE_TYPE) {
        out.push_str("(");
        for (i, item) in tuple_items(it.value.value()).iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            write_type(th, &mut out, item.value())?;
        }
        out.push_str(")");
    } else {
        write_type(th, &mut out, it.value.value())?;
    }
    str::from_buf(th, out.finish())
}

/// The object `typing.NoDefault`.
#[repr(C, align(16))]
struct NoDefault(Header);

// SAFETY: I6, an immortal header never changes.
unsafe impl Sync for NoDefault {}

static NO_DEFAULT: NoDefault = NoDefault(Header::immortal(&raw const NO_DEFAULT_TYPE as *const _));

/// `typing.NoDefault`.
#[inline]
pub fn no_default() -> Value {
    // SAFETY: I1, an immortal static.
    unsafe { Value::from_ptr(&raw const NO_DEFAULT) }
}

builtin_type! {
    /// `NoDefaultType`.
    pub static NO_DEFAULT_TYPE = "_PyNoDefault_Type" => TypeSpec {
        name: "NoDefaultType",
        doc: "The type of the NoDefault singleton.",
        slots: Slots { repr: Some(|th, _| th.intern("typing.NoDefault")), new: Some(new_no_default), ..Slots::EMPTY },
        methods: no_default_methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

fn new_no_default(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    if !args.slots().is_empty() {
        return err!(th, TYPE_ERROR, "NoDefaultType takes no arguments");
    }
    Ok(no_default().own())
}

#[pymethods]
mod no_default_methods {
    use super::*;
    #[method("__reduce__()")]
    fn reduce(th: &Thread, _this: Value) -> PyResult {
        th.intern("NoDefault")
    }
}
