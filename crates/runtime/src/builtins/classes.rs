//! `__build_class__`: what the class statement calls.

use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::function::Function;
use crate::types::str::to_rust_string;
use crate::types::tuple::Tuple;

/// PEP 560: bases that are no classes say what stands for them.
pub fn update_bases(th: &Thread, bases: &[Value]) -> PyResult<Option<Vec<Obj>>> {
    let original = th.tuple(bases)?;
    let mut resolved = Vec::new();
    let mut changed = false;
    for &base in bases {
        if base.is_instance(&statics::TYPE_TYPE) {
            resolved.push(base.own());
            continue;
        }
        let Some(method) = object::lookup_attr_str(th, base, "__mro_entries__")? else {
            resolved.push(base.own());
            continue;
        };
        let entries = call::call1(th, method.value(), original.value())?;
        let Some(entries) = entries.cast::<Tuple>() else {
            return err!(th, TYPE_ERROR, "__mro_entries__ must return a tuple");
        };
        resolved.extend(entries.as_slice().iter().map(|v| v.own()));
        changed = true;
    }
    Ok(changed.then_some(resolved))
}

/// The most derived metaclass of the candidates.
fn calculate_metaclass(th: &Thread, start: &'static Type, bases: &[Value]) -> PyResult<&'static Type> {
    let mut winner = start;
    for base in bases {
        let candidate = base.ty();
        if winner.is_subtype_of(candidate) {
            continue;
        }
        if candidate.is_subtype_of(winner) {
            winner = candidate;
            continue;
        }
        return err!(
            th,
            TYPE_ERROR,
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases"
        );
    }
    Ok(winner)
}

fn build(th: &Thread, args: Args) -> PyResult {
    if args.len() < 2 {
        return err!(th, TYPE_ERROR, "__build_class__: not enough arguments");
    }
    let (body, name) = (args.get(0).unwrap_or(statics::none()), args.get(1).unwrap_or(statics::none()));
    let Some(function) = body.cast::<Function>() else {
        return err!(th, TYPE_ERROR, "__build_class__: func must be a function");
    };
    if !name.is_instance(&statics::STR_TYPE) {
        return err!(th, TYPE_ERROR, "__build_class__: name is not a string");
    }
    let original: Vec<Value> = args.values().skip(2).collect();
    let resolved = update_bases(th, &original)?;
    let bases: Vec<Value> = match &resolved {
        Some(resolved) => resolved.iter().map(Obj::value).collect(),
        None => original.clone(),
    };
    let bases_tuple = th.tuple(&bases)?;
    let mut keywords: Vec<(Value, Value)> = Vec::new();
    let mut metaclass = None;
    for (key, value) in args.keywords() {
        if to_rust_string(key) == "metaclass" {
            metaclass = Some(value);
        } else {
            keywords.push((key, value));
        }
    }
    let explicit = metaclass;
    let mut meta = match metaclass {
        Some(meta) => meta.own(),
        None => bases.first().map_or(statics::TYPE_TYPE.value(), |base| base.ty().value()).own(),
    };
    if let Some(ty) = meta.cast::<Type>() {
        meta = calculate_metaclass(th, ty, &bases)?.value().own();
    }
    let _ = explicit;
    let call_arguments = [name, bases_tuple.value()];
    let namespace = match object::lookup_attr_str(th, meta.value(), "__prepare__")? {
        Some(prepare) => call::call_keywords(th, prepare.value(), &call_arguments, &keywords)?,
        None => Dict::new(th)?,
    };
    if !crate::protocols::mapping::is_mapping(namespace.value()) {
        let what = meta.cast::<Type>().map_or("<metaclass>", |ty| ty.name());
        return err!(th, TYPE_ERROR, "{what}.__prepare__() must return a mapping, not {}", namespace.ty().name());
    }
    let code = function.0.code.get();
    let closure = function.closure().get();
    let cell =
        (th.interp.hooks.eval_code)(th, code, function.0.globals, namespace.value(), closure.as_ref().map(Obj::value))?;
    if resolved.is_some() {
        let original = th.tuple(&original)?;
        let key = th.intern("__orig_bases__")?;
        object::set_item(th, namespace.value(), key.value(), original.value())?;
    }
    let arguments = [name, bases_tuple.value(), namespace.value()];
    let class = call::call_keywords(th, meta.value(), &arguments, &keywords)?;
    if class.is_instance(&statics::TYPE_TYPE)
        && let Some(cell) = cell.cast::<crate::types::cell::CellVar>()
    {
        match cell.contents().get() {
            None => {
                return err!(
                    th,
                    RUNTIME_ERROR,
                    "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
                    object::repr_text(th, name)?,
                    object::repr_text(th, class.value())?
                );
            }
            Some(found) if !found.is(class.value()) => {
                return err!(
                    th,
                    TYPE_ERROR,
                    "__class__ set to {} defining {} as {}",
                    object::repr_text(th, found.value())?,
                    object::repr_text(th, name)?,
                    object::repr_text(th, class.value())?
                );
            }
            Some(_) => {}
        }
    }
    Ok(class)
}

#[pyfunctions]
pub mod functions {
    use super::*;
    /// Internal helper of the class statement.
    #[function("__build_class__(func, name, /, *bases, metaclass=None, **kwds)", raw)]
    fn build_class(th: &Thread, args: Args) -> PyResult {
        build(th, args)
    }
}
