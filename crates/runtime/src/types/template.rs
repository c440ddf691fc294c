//! Template strings (PEP 750): `string.templatelib.Template`, `Interpolation` and the template iterator.

use crate::args::Params;
use crate::prelude::*;
use crate::types::str::{Str, concat};
use crate::types::tuple::Tuple;
use std::cell::Cell;

/// The types of this module, for `types::init`.
pub(crate) static ALL: &[&Type] = &[&TEMPLATE_TYPE, &INTERPOLATION_TYPE, &TEMPLATE_ITERATOR_TYPE];

/// A template: one more string than there are interpolations.
pub struct TemplateString {
    /// Tuple of str.
    strings: Obj,
    /// Tuple of interpolations.
    interpolations: Obj,
}

/// A value in a template, and how it was written.
pub struct Interpolation {
    value: Obj,
    expression: Obj,
    /// `None` or a str.
    conversion: Obj,
    format_spec: Obj,
}

/// Iterates over the strings that are not empty and the interpolations of a template.
pub struct TemplateIterator {
    template: Obj,
    next: Cell<usize>,
}

impl Payload for TemplateString {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TEMPLATE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.strings);
        visitor.obj(&self.interpolations);
    }
}

impl Payload for Interpolation {
    #[inline(always)]
    fn ty() -> &'static Type {
        &INTERPOLATION_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.value);
        visitor.obj(&self.expression);
        visitor.obj(&self.conversion);
        visitor.obj(&self.format_spec);
    }
}

impl Payload for TemplateIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TEMPLATE_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.template);
    }
}

builtin_type! {
    /// `string.templatelib.Template`.
    pub static TEMPLATE_TYPE = TypeSpec {
        name: "string.templatelib.Template",
        base: Some(&statics::OBJECT_TYPE),
        doc: "Template object",
        slots: Slots {
            new: Some(new_template),
            repr: Some(repr_template),
            iter: Some(iterate),
            sq_concat: Some(add),
            ..Instance::<TemplateString>::SLOTS
        },
        methods: template_methods::METHODS,
        getsets: template_methods::GETSETS,
        ..Instance::<TemplateString>::SPEC
    }
}

builtin_type! {
    /// `string.templatelib.Interpolation`.
    pub static INTERPOLATION_TYPE = TypeSpec {
        name: "string.templatelib.Interpolation",
        base: Some(&statics::OBJECT_TYPE),
        doc: "Interpolation object",
        slots: Slots {
            new: Some(new_interpolation),
            repr: Some(repr_interpolation),
            ..Instance::<Interpolation>::SLOTS
        },
        methods: interpolation_methods::METHODS,
        getsets: interpolation_methods::GETSETS,
        ..Instance::<Interpolation>::SPEC
    }
}

builtin_type! {
    /// `string.templatelib.TemplateIter`.
    pub static TEMPLATE_ITERATOR_TYPE = TypeSpec {
        name: "string.templatelib.TemplateIter",
        base: Some(&statics::OBJECT_TYPE),
        doc: "Template iterator object",
        flags: flags::DISALLOW_INSTANTIATION | flags::HAVE_GC,
        slots: Slots { iter: Some(itself), iternext: Some(next), ..Instance::<TemplateIterator>::SLOTS },
        ..Instance::<TemplateIterator>::SPEC
    }
}

/// Completes the types when they are ready: `Interpolation.__match_args__`.
///
/// # Errors
/// MemoryError.
pub(crate) fn prepare(th: &Thread) -> PyResult<()> {
    let names = ["value", "expression", "conversion", "format_spec"];
    let names = names.iter().map(|name| th.intern(name)).collect::<PyResult<Vec<Obj>>>()?;
    let names = th.tuple_from(names)?;
    INTERPOLATION_TYPE.dict().set_rust(th, "__match_args__", names.value())
}

/// What the BUILD_TEMPLATE instruction makes: both are tuples.
///
/// # Errors
/// MemoryError.
pub fn build(th: &Thread, strings: Value, interpolations: Value) -> PyResult {
    Instance::create(th, TemplateString { strings: strings.own(), interpolations: interpolations.own() })
}

/// What the BUILD_INTERPOLATION instruction makes. `conversion` is the oparg's upper bits: 0 none, 1 `s`, 2 `r`, 3 `a`.
///
/// # Errors
/// MemoryError.
pub fn interpolation(
    th: &Thread,
    value: Value,
    expression: Value,
    conversion: u32,
    format_spec: Option<Value>,
) -> PyResult {
    let conversion = match conversion {
        1 => th.str("s")?,
        2 => th.str("r")?,
        3 => th.str("a")?,
        _ => Obj::none(),
    };
    let format_spec = format_spec.map_or_else(|| th.str(""), |spec| Ok(spec.own()))?;
    Instance::create(th, Interpolation { value: value.own(), expression: expression.own(), conversion, format_spec })
}

fn template<'a>(v: Value) -> &'a TemplateString {
    // SAFETY: I4, slots and methods are called with instances of their type.
    let instance: &Instance<TemplateString> = unsafe { v.cast_unchecked() };
    &instance.payload
}

fn items(v: &Obj) -> Vec<Obj> {
    v.cast::<Tuple>().map_or_else(Vec::new, |tuple| tuple.as_slice().iter().map(|v| v.own()).collect())
}

fn new_template(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    if args.keyword_count() != 0 {
        return Err(th.type_error("Template.__new__ only accepts *args arguments"));
    }
    let (mut strings, mut interpolations): (Vec<Obj>, Vec<Obj>) = (Vec::new(), Vec::new());
    let mut last: Option<Obj> = None;
    for v in args.values() {
        if v.cast::<Str>().is_some() {
            last = Some(match last {
                Some(before) => concat(th, before.value(), v)?,
                None => v.own(),
            });
        } else if v.is_exact(&INTERPOLATION_TYPE) {
            strings.push(last.take().map_or_else(|| th.str(""), Ok)?);
            interpolations.push(v.own());
        } else {
            let got = number::full_name(v);
            return err!(
                th,
                TYPE_ERROR,
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {got}"
            );
        }
    }
    strings.push(last.map_or_else(|| th.str(""), Ok)?);
    let (strings, interpolations) = (th.tuple_from(strings)?, th.tuple_from(interpolations)?);
    build(th, strings.value(), interpolations.value())
}

fn repr_template(th: &Thread, v: Value) -> PyResult {
    let t = template(v);
    let text = th.repr_guard(v, || {
        let (strings, interpolations) =
            (object::repr(th, t.strings.value())?, object::repr(th, t.interpolations.value())?);
        let pieces =
            [th.str("Template(strings=")?, strings, th.str(", interpolations=")?, interpolations, th.str(")")?];
        join_all(th, &pieces)
    })?;
    text.map_or_else(|| th.str("Template(...)"), Ok)
}

fn join_all(th: &Thread, pieces: &[Obj]) -> PyResult {
    let values: Vec<Value> = pieces.iter().map(Obj::value).collect();
    crate::types::str::concat_all(th, &values)
}

fn add(th: &Thread, a: Value, b: Value) -> PyResult {
    if !a.is_exact(&TEMPLATE_TYPE) || !b.is_exact(&TEMPLATE_TYPE) {
        return err!(
            th,
            TYPE_ERROR,
            "can only concatenate {} (not \"{}\") to {}",
            number::full_name(a),
            number::full_name(b),
            number::full_name(a)
        );
    }
    let (x, y) = (template(a), template(b));
    let mut strings = items(&x.strings);
    let mut others = items(&y.strings).into_iter();
    if let (Some(left), Some(right)) = (strings.pop(), others.next()) {
        strings.push(concat(th, left.value(), right.value())?);
    }
    strings.extend(others);
    let mut interpolations = items(&x.interpolations);
    interpolations.extend(items(&y.interpolations));
    let (strings, interpolations) = (th.tuple_from(strings)?, th.tuple_from(interpolations)?);
    build(th, strings.value(), interpolations.value())
}

fn iterate(th: &Thread, v: Value) -> PyResult {
    Instance::create(th, TemplateIterator { template: v.own(), next: Cell::new(0) })
}

fn itself(_: &Thread, v: Value) -> PyResult {
    Ok(v.own())
}

fn next(_: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let Some(it) = v.cast::<Instance<TemplateIterator>>() else { return Ok(None) };
    let t = template(it.template.value());
    let item = |tuple: &Obj, i: usize| tuple.cast::<Tuple>().and_then(|tuple| tuple.get(i));
    loop {
        // Strings and interpolations take turns.
        let at = it.next.get();
        let found = if at % 2 == 0 { item(&t.strings, at / 2) } else { item(&t.interpolations, at / 2) };
        let Some(found) = found else { return Ok(None) };
        it.next.set(at + 1);
        if at % 2 == 1 || found.cast::<Str>().is_some_and(|s| !s.is_empty()) {
            return Ok(Some(found));
        }
    }
}

static INTERPOLATION_PARAMS: Params = Params {
    function: "Interpolation",
    names: &["value", "expression", "conversion", "format_spec"],
    positional_only: 0,
    positional: 4,
    required: &[true, false, false, false],
    has_varargs: false,
    has_varkw: false,
};

fn new_interpolation(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    let mut bound = [None; 4];
    INTERPOLATION_PARAMS.bind(th, args, &mut bound)?;
    let text = |v: Option<Value>, name: &str| match v {
        None => th.str(""),
        Some(v) if v.cast::<Str>().is_some() => Ok(v.own()),
        Some(v) => {
            let got = if v.is_none() { "None" } else { number::full_name(v) };
            err!(th, TYPE_ERROR, "Interpolation() argument '{name}' must be str, not {got}")
        }
    };
    let expression = text(bound[1], "expression")?;
    let conversion = match bound[2] {
        None => Obj::none(),
        Some(v) if v.is_none() => Obj::none(),
        Some(v) => {
            let conversion = text(Some(v), "conversion")?;
            if !conversion.cast::<Str>().is_some_and(|s| s.is_text("s") || s.is_text("a") || s.is_text("r")) {
                let message = "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'";
                return Err(th.value_error(message));
            }
            conversion
        }
    };
    let format_spec = text(bound[3], "format_spec")?;
    let value = bound[0].map_or_else(Obj::none, |v| v.own());
    Instance::create(th, Interpolation { value, expression, conversion, format_spec })
}

fn repr_interpolation(th: &Thread, v: Value) -> PyResult {
    let Some(i) = v.cast::<Instance<Interpolation>>() else { return th.str("") };
    let text = th.repr_guard(v, || {
        let mut pieces = vec![th.str("Interpolation(")?];
        for (n, part) in [&i.value, &i.expression, &i.conversion, &i.format_spec].into_iter().enumerate() {
            if n > 0 {
                pieces.push(th.str(", ")?);
            }
            pieces.push(object::repr(th, part.value())?);
        }
        pieces.push(th.str(")")?);
        join_all(th, &pieces)
    })?;
    text.map_or_else(|| th.str("Interpolation(...)"), Ok)
}

#[pymethods]
mod template_methods {
    use super::*;

    /// The strings around the interpolations.
    #[getter("strings", member)]
    fn strings(_: &Thread, this: Value) -> Obj {
        template(this).strings.clone()
    }
    /// The interpolations.
    #[getter("interpolations", member)]
    fn interpolations(_: &Thread, this: Value) -> Obj {
        template(this).interpolations.clone()
    }
    /// The values of the interpolations.
    #[getter("values")]
    fn values(th: &Thread, this: Value) -> PyResult {
        let interpolations = items(&template(this).interpolations);
        let values = interpolations
            .iter()
            .filter_map(|v| v.cast::<Instance<Interpolation>>().map(|i| i.value.clone()))
            .collect();
        th.tuple_from(values)
    }
    /// The parts of the template, for pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let import = crate::types::str::builtin(th, "__import__")?;
        let names = [th.str("string.templatelib")?, Obj::none(), Obj::none()];
        let from = th.tuple(&[th.str("x")?.value()])?;
        let module = call::call_values(
            th,
            import.value(),
            &[names[0].value(), names[1].value(), names[2].value(), from.value()],
        )?;
        let function = object::get_attr_str(th, module.value(), "_template_unpickle")?;
        let t = template(this);
        let arguments = th.tuple(&[t.strings.value(), t.interpolations.value()])?;
        th.tuple(&[function.value(), arguments.value()])
    }
    /// The generic alias of a subscription.
    #[classmethod("__class_getitem__(item, /)")]
    fn class_getitem(th: &Thread, cls: Value, item: Value) -> PyResult {
        crate::types::generic_alias::new(th, cls, item)
    }
}

#[pymethods]
mod interpolation_methods {
    use super::*;

    /// The value.
    #[getter("value", member)]
    fn value(_: &Thread, this: &Instance<Interpolation>) -> Obj {
        this.value.clone()
    }
    /// The source text of the expression.
    #[getter("expression", member)]
    fn expression(_: &Thread, this: &Instance<Interpolation>) -> Obj {
        this.expression.clone()
    }
    /// `'a'`, `'r'`, `'s'` or None.
    #[getter("conversion", member)]
    fn conversion(_: &Thread, this: &Instance<Interpolation>) -> Obj {
        this.conversion.clone()
    }
    /// The format specification.
    #[getter("format_spec", member)]
    fn format_spec(_: &Thread, this: &Instance<Interpolation>) -> Obj {
        this.format_spec.clone()
    }
    /// The parts of the interpolation, for pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Instance<Interpolation>) -> PyResult {
        let arguments = th.tuple(&[
            this.value.value(),
            this.expression.value(),
            this.conversion.value(),
            this.format_spec.value(),
        ])?;
        th.tuple(&[INTERPOLATION_TYPE.value(), arguments.value()])
    }
    /// The generic alias of a subscription.
    #[classmethod("__class_getitem__(item, /)")]
    fn class_getitem(th: &Thread, cls: Value, item: Value) -> PyResult {
        crate::types::generic_alias::new(th, cls, item)
    }
}
