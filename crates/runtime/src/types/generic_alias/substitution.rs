//! Type parameters of generic aliases and unions: finding them, and putting arguments in their place.
//!
//! Things that take part say so by attributes: `__typing_subst__` (a parameter), `__parameters__` (something that
//! contains parameters), `__typing_prepare_subst__` (wants to see all arguments first), `__typing_unpacked_tuple_args__`
//! and `__typing_is_unpacked_typevartuple__`.

use super::tuple_items;
use crate::prelude::*;
use crate::types::list::List;
use crate::types::tuple::Tuple;

/// Whether `v` is a tuple or a list, whose items are looked at one by one.
fn is_nested(v: Value) -> bool {
    v.is_instance(&statics::TUPLE_TYPE) || v.is_instance(&statics::LIST_TYPE)
}

fn items_of(v: Value) -> Vec<Obj> {
    match v.cast::<List>() {
        Some(list) => list.as_slice().iter().map(|v| v.own()).collect(),
        None => tuple_items(v),
    }
}

fn add_unique(found: &mut Vec<Obj>, v: Obj) {
    if !found.iter().any(|known| known.same(v.value())) {
        found.push(v);
    }
}

fn position(parameters: &[Obj], v: Value) -> Option<usize> {
    parameters.iter().position(|p| p.same(v))
}

/// The type parameters in a tuple (or list) of arguments, each once, in order: a tuple.
///
/// # Errors
/// What attribute lookups raise; RecursionError.
pub fn parameters(th: &Thread, args: Value) -> PyResult {
    let mut found = Vec::new();
    collect(th, args, &mut found)?;
    th.tuple_from(found)
}

fn collect(th: &Thread, args: Value, found: &mut Vec<Obj>) -> PyResult<()> {
    th.check_native_stack("")?;
    for arg in items_of(args) {
        // Classes have such attributes for their instances.
        if arg.is_instance(&statics::TYPE_TYPE) {
            continue;
        }
        if is_nested(arg.value()) {
            collect(th, arg.value(), found)?;
        } else if object::lookup_attr_str(th, arg.value(), "__typing_subst__")?.is_some() {
            add_unique(found, arg);
        } else if let Some(inner) = object::lookup_attr_str(th, arg.value(), "__parameters__")?
            && inner.is_instance(&statics::TUPLE_TYPE)
        {
            tuple_items(inner.value()).into_iter().for_each(|v| add_unique(found, v));
        }
    }
    Ok(())
}

/// The arguments with unpacked tuples (`*tuple[int, str]`) spread out: a tuple.
fn spread_unpacked(th: &Thread, item: Value) -> PyResult {
    let items = if item.is_instance(&statics::TUPLE_TYPE) { tuple_items(item) } else { vec![item.own()] };
    let mut spread = Vec::with_capacity(items.len());
    for item in items {
        if !item.is_instance(&statics::TYPE_TYPE)
            && let Some(inner) = object::lookup_attr_str(th, item.value(), "__typing_unpacked_tuple_args__")?
            && let Some(inner) = inner.cast::<Tuple>()
            && !inner.as_slice().last().is_some_and(|last| last.same(statics::ellipsis()))
        {
            spread.extend(inner.as_slice().iter().map(|v| v.own()));
            continue;
        }
        spread.push(item);
    }
    th.tuple_from(spread)
}

/// The arguments `args` of `alias` (a tuple) with `item` (one argument or a tuple) in place of its type parameters: a
/// tuple.
///
/// # Errors
/// TypeError if the alias has no parameters or their number is wrong; what the parameters' own checks raise.
pub fn substitute(th: &Thread, alias: Value, args: Value, parameters: Value, item: Value) -> PyResult {
    th.check_native_stack("")?;
    let parameters = tuple_items(parameters);
    if parameters.is_empty() {
        return err!(th, TYPE_ERROR, "{} is not a generic class", object::repr_text(th, alias)?);
    }
    let mut item = spread_unpacked(th, item)?;
    for parameter in &parameters {
        if let Some(prepare) = object::lookup_attr_str(th, parameter.value(), "__typing_prepare_subst__")?
            && !prepare.is_none()
        {
            let given = if item.is_instance(&statics::TUPLE_TYPE) { item.clone() } else { th.tuple(&[item.value()])? };
            item = call::call2(th, prepare.value(), alias, given.value())?;
        }
    }
    let given = if item.is_instance(&statics::TUPLE_TYPE) { tuple_items(item.value()) } else { vec![item.clone()] };
    if given.len() != parameters.len() {
        let how = if given.len() > parameters.len() { "many" } else { "few" };
        let (actual, expected) = (given.len(), parameters.len());
        let shown = object::repr_text(th, alias)?;
        return err!(th, TYPE_ERROR, "Too {how} arguments for {shown}; actual {actual}, expected {expected}");
    }
    let substitution = Substitution { alias, parameters, given, item };
    let mut new = Vec::new();
    for arg in items_of(args) {
        substitution.replace(th, arg, &mut new)?;
    }
    th.tuple_from(new)
}

struct Substitution {
    alias: Value,
    parameters: Vec<Obj>,
    /// One argument a parameter.
    given: Vec<Obj>,
    /// The same as a tuple.
    item: Obj,
}

impl Substitution {
    /// Appends what `arg` becomes.
    fn replace(&self, th: &Thread, arg: Obj, new: &mut Vec<Obj>) -> PyResult<()> {
        if arg.is_instance(&statics::TYPE_TYPE) {
            new.push(arg);
            return Ok(());
        }
        if is_nested(arg.value()) {
            let parameters = th.tuple(&self.parameters.iter().map(Obj::value).collect::<Vec<_>>())?;
            let inner = substitute(th, self.alias, arg.value(), parameters.value(), self.item.value())?;
            new.push(if arg.is_instance(&statics::TUPLE_TYPE) { inner } else { sequence::to_list(th, inner.value())? });
            return Ok(());
        }
        let unpack = match object::lookup_attr_str(th, arg.value(), "__typing_is_unpacked_typevartuple__")? {
            Some(flag) => object::is_true(th, flag.value())?,
            None => false,
        };
        let subst = object::lookup_attr_str(th, arg.value(), "__typing_subst__")?;
        let replaced = match (subst, position(&self.parameters, arg.value())) {
            (Some(subst), Some(i)) => call::call1(th, subst.value(), self.given[i].value())?,
            _ => self.subscript(th, arg.value())?,
        };
        if !unpack {
            new.push(replaced);
            return Ok(());
        }
        let Some(several) = replaced.cast::<Tuple>() else {
            return err!(
                th,
                TYPE_ERROR,
                "expected __typing_subst__ of {} objects to return a tuple, not {}",
                number::full_name(arg.value()),
                number::full_name(replaced.value())
            );
        };
        new.extend(several.as_slice().iter().map(|v| v.own()));
        Ok(())
    }

    /// Something that contains parameters: `arg[their arguments]`.
    fn subscript(&self, th: &Thread, arg: Value) -> PyResult {
        let Some(inner) = object::lookup_attr_str(th, arg, "__parameters__")? else { return Ok(arg.own()) };
        let inner = tuple_items(inner.value());
        if inner.is_empty() {
            return Ok(arg.own());
        }
        let mut args = Vec::with_capacity(inner.len());
        for parameter in inner {
            match position(&self.parameters, parameter.value()) {
                Some(i) => match (parameter.ty().slots().iter, self.given[i].cast::<Tuple>()) {
                    // A TypeVarTuple stands for several.
                    (Some(_), Some(several)) => args.extend(several.as_slice().iter().map(|v| v.own())),
                    _ => args.push(self.given[i].clone()),
                },
                None => args.push(parameter),
            }
        }
        let args = th.tuple_from(args)?;
        object::get_item(th, arg, args.value())
    }
}
