//! `ast.AST`, the base of the node classes: construction, `copy.replace`, pickling, repr.

use super::classes::Classes;
use whipsnake_layout::objects::InstanceObject;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::typeobj::{subtype_clear, subtype_dealloc, subtype_traverse};
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::generic_alias::GENERIC_ALIAS_TYPE;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::object::object_new;
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::union::UNION_TYPE;
use whipsnake_runtime::types::{instance, str};
use whipsnake_runtime::warnings;

builtin_type! {
    /// `ast.AST`. Its instances, and those of its subclasses, are laid out like instances of Python classes.
    pub static AST_TYPE = TypeSpec {
        name: "ast.AST",
        basicsize: size_of::<InstanceObject>(),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::SHAPED,
        slots: Slots {
            dealloc: Some(subtype_dealloc),
            traverse: Some(subtype_traverse),
            clear: Some(subtype_clear),
            new: Some(object_new),
            init: Some(init),
            repr: Some(repr),
            getattro: Some(object::generic_get_attr),
            setattro: Some(object::generic_set_attr),
            ..Slots::EMPTY
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..TypeSpec::DEFAULT
    }
}

/// How deep a repr goes.
const REPR_DEPTH: u32 = 3;

/// `_fields` of a node's class, as a list of names; empty if there is none.
fn fields_of(th: &Thread, ty: &'static Type) -> PyResult<Vec<Obj>> {
    match object::lookup_attr_str(th, ty.value(), "_fields")? {
        Some(fields) => {
            object::len(th, fields.value())?;
            iter::to_vec(th, fields.value())
        }
        None => Ok(Vec::new()),
    }
}

fn position(th: &Thread, names: &[Obj], name: Value) -> PyResult<Option<usize>> {
    for (at, candidate) in names.iter().enumerate() {
        if compare::eq(th, candidate.value(), name)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// Whether a place's attribute (or what a subclass has added to them) has this name.
fn is_attribute(th: &Thread, ty: &'static Type, name: Value) -> PyResult<bool> {
    let attributes = object::get_attr_str(th, ty.value(), "_attributes")?;
    sequence::contains(th, attributes.value(), name)
}

fn init(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    let ty = this.ty();
    let class = ty.short_name();
    let fields = fields_of(th, ty)?;
    if args.len() > fields.len() {
        let (n, plural) = (fields.len(), if fields.len() == 1 { "" } else { "s" });
        return err!(th, TYPE_ERROR, "{class} constructor takes at most {n} positional argument{plural}");
    }
    let mut given = vec![false; fields.len()];
    for (at, value) in args.values().enumerate() {
        object::set_attr(th, this, fields[at].value(), value)?;
        given[at] = true;
    }
    for (name, value) in args.keywords() {
        match position(th, &fields, name)? {
            Some(at) if given[at] => {
                let name = object::repr_text(th, name)?;
                return err!(th, TYPE_ERROR, "{class} got multiple values for argument {name}");
            }
            Some(at) => given[at] = true,
            None if is_attribute(th, ty, name)? => {}
            None => {
                let name = object::repr_text(th, name)?;
                let message = format!(
                    "{class}.__init__ got an unexpected keyword argument {name}. Support for arbitrary keyword \
                     arguments is deprecated and will be removed in Python 3.15."
                );
                warnings::warn(th, &statics::DEPRECATION_WARNING, &message, 1)?;
            }
        }
        object::set_attr(th, this, name, value)?;
    }
    let missing: Vec<&Obj> = fields.iter().zip(given).filter(|(_, given)| !given).map(|(name, _)| name).collect();
    fill_missing(th, this, &missing)
}

/// Gives fields that were left out what their types imply: nothing for optional fields, an empty list, a `Load`.
fn fill_missing(th: &Thread, this: Value, missing: &[&Obj]) -> PyResult<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let ty = this.ty();
    let class = ty.short_name();
    // Subclasses made in Python may have no types.
    let Some(types) = object::lookup_attr_str(th, ty.value(), "_field_types")? else { return Ok(()) };
    let Some(types) = types.cast::<Dict>() else {
        return err!(th, TYPE_ERROR, "_field_types must be a dict, not {}", types.ty().name());
    };
    for name in missing {
        let shown = object::repr_text(th, name.value())?;
        let Some(kind) = types.get(th, name.value())? else {
            let message = format!(
                "Field {shown} is missing from {class}._field_types. This will become an error in Python 3.15."
            );
            warnings::warn(th, &statics::DEPRECATION_WARNING, &message, 1)?;
            continue;
        };
        if kind.is_exact(&UNION_TYPE) {
            continue;
        }
        if kind.is_exact(&GENERIC_ALIAS_TYPE) {
            object::set_attr(th, this, name.value(), List::new(th)?.value())?;
            continue;
        }
        let classes = Classes::get(th)?;
        if kind.is(classes.named(th, "expr_context")?.class.value()) {
            let load = shared(th, classes, "Load")?;
            object::set_attr(th, this, name.value(), load.value())?;
            continue;
        }
        let message = format!(
            "{class}.__init__ missing 1 required positional argument: {shown}. This will become an error in Python \
             3.15."
        );
        warnings::warn(th, &statics::DEPRECATION_WARNING, &message, 1)?;
    }
    Ok(())
}

/// The instance of a class without fields that all trees share.
pub(super) fn shared(th: &Thread, classes: &Classes, name: &str) -> PyResult {
    let class = classes.named(th, name)?;
    match &class.shared {
        Some(node) => Ok(node.clone()),
        None => call::call0(th, class.class.value()),
    }
}

fn repr(th: &Thread, this: Value) -> PyResult {
    th.str(&repr_to(th, this, REPR_DEPTH)?)
}

fn repr_to(th: &Thread, this: Value, depth: u32) -> PyResult<String> {
    let ty = this.ty();
    if depth == 0 {
        return Ok(format!("{}(...)", ty.name()));
    }
    let text = th.repr_guard(this, || {
        let mut shown = Vec::new();
        for field in fields_of(th, ty)? {
            let value = object::get_attr(th, this, field.value())?;
            let value = if let Some(list) = value.cast::<List>() {
                let ends = (list.get(0), list.len().checked_sub(1).and_then(|last| list.get(last)));
                format!("[{}]", repr_ends(th, ends, list.len(), depth)?)
            } else if let Some(tuple) = value.cast::<Tuple>() {
                let ends = (tuple.get(0), tuple.len().checked_sub(1).and_then(|last| tuple.get(last)));
                format!("({})", repr_ends(th, ends, tuple.len(), depth)?)
            } else {
                repr_item(th, value.value(), depth)?
            };
            shown.push(format!("{}={value}", object::to_text(th, field.value())?));
        }
        Ok(format!("{}({})", ty.name(), shown.join(", ")))
    })?;
    Ok(text.unwrap_or_else(|| format!("{}(...)", ty.name())))
}

/// The first and the last item of a sequence.
fn repr_ends(th: &Thread, ends: (Option<Obj>, Option<Obj>), len: usize, depth: u32) -> PyResult<String> {
    let (Some(first), Some(last)) = ends else { return Ok(String::new()) };
    let mut text = repr_item(th, first.value(), depth)?;
    if len > 2 {
        text.push_str(", ...");
    }
    if len > 1 {
        text.push_str(", ");
        text.push_str(&repr_item(th, last.value(), depth)?);
    }
    Ok(text)
}

fn repr_item(th: &Thread, v: Value, depth: u32) -> PyResult<String> {
    if v.is_instance(&AST_TYPE) { repr_to(th, v, depth - 1) } else { object::repr_text(th, v) }
}

/// The names of fields and attributes of a class.
fn replaceable(th: &Thread, ty: &'static Type) -> PyResult<(Vec<Obj>, Vec<Obj>)> {
    let attributes = match object::lookup_attr_str(th, ty.value(), "_attributes")? {
        Some(attributes) => iter::to_vec(th, attributes.value())?,
        None => Vec::new(),
    };
    Ok((fields_of(th, ty)?, attributes))
}

/// Fields that may be left out of a copy: their classes have them as None.
fn is_optional(th: &Thread, ty: &'static Type, field: Value) -> PyResult<bool> {
    let Some(types) = object::lookup_attr_str(th, ty.value(), "_field_types")? else { return Ok(false) };
    let Some(types) = types.cast::<Dict>() else { return Ok(false) };
    Ok(types.get(th, field)?.is_some_and(|kind| kind.is_exact(&UNION_TYPE)))
}

#[pymethods]
mod methods {
    use super::*;

    /// The node's attributes.
    #[getter("__dict__")]
    fn dict(th: &Thread, this: Value) -> PyResult {
        instance::get_dict(th, this)
    }
    #[setter("__dict__")]
    fn set_dict(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        instance::set_dict(th, this, value)
    }
    /// For pickling: fields given by position are None first, so that making the node warns of nothing missing.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let ty = this.ty();
        let state = instance::get_dict(th, this)?;
        let Some(dict) = state.cast::<Dict>() else { return Err(th.system_error("no dict")) };
        let mut leading = Vec::new();
        for field in fields_of(th, ty)? {
            if !dict.contains(th, field.value())? {
                break;
            }
            leading.push(Obj::none());
        }
        let leading = th.tuple_from(leading)?;
        th.tuple(&[ty.value(), leading.value(), state.value()])
    }
    /// A copy with other values in some fields.
    #[method("__replace__(**fields)", raw)]
    fn replace(th: &Thread, this: Value, args: Args) -> PyResult {
        if !args.positional_slots().is_empty() {
            return err!(th, TYPE_ERROR, "__replace__() takes no positional arguments");
        }
        let ty = this.ty();
        let class = ty.short_name();
        let (fields, attributes) = replaceable(th, ty)?;
        let state = instance::get_dict(th, this)?;
        let Some(state) = state.cast::<Dict>() else { return Err(th.system_error("no dict")) };
        let payload = Dict::new(th)?;
        let Some(payload) = payload.cast::<Dict>() else { return Err(th.system_error("no dict")) };
        for name in fields.iter().chain(&attributes) {
            if let Some(value) = state.get(th, name.value())? {
                payload.set(th, name.value(), value.value())?;
            }
        }
        for (name, value) in args.keywords() {
            let known = position(th, &fields, name)?.is_some() || position(th, &attributes, name)?.is_some();
            if !known {
                let name = object::repr_text(th, name)?;
                return err!(th, TYPE_ERROR, "{class}.__replace__ got an unexpected keyword argument {name}.");
            }
            payload.set(th, name, value)?;
        }
        let mut missing = Vec::new();
        for field in &fields {
            if !payload.contains(th, field.value())? && !is_optional(th, ty, field.value())? {
                missing.push(object::repr_text(th, field.value())?);
            }
        }
        if !missing.is_empty() {
            missing.sort();
            let plural = if missing.len() == 1 { "" } else { "s" };
            return err!(
                th,
                TYPE_ERROR,
                "{class}.__replace__ missing {} keyword argument{plural}: {}.",
                missing.len(),
                missing.join(", ")
            );
        }
        let entries = payload.entries();
        let keywords: Vec<(Value, Value)> =
            entries.iter().map(|(name, value, _)| (name.value(), value.value())).collect();
        call::call_keywords(th, ty.value(), &[], &keywords)
    }
}
