//! Structural pattern matching (PEP 634).

use crate::operands::*;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::str;
use whipsnake_runtime::types::tuple::Tuple;

#[uop(peek)]
pub fn match_mapping(v: Ref) -> Own<Bool> {
    Own::new(statics::bool_value(v.0.ty().has_flag(flags::MAPPING)))
}

#[uop(peek)]
pub fn match_sequence(v: Ref) -> Own<Bool> {
    Own::new(statics::bool_value(v.0.ty().has_flag(flags::SEQUENCE)))
}

/// The values of a mapping's keys as a tuple, or `None`. Subject and keys stay.
#[uop(peek)]
pub fn match_keys(th: &Thread, subject: Ref, keys: Ref) -> PyResult<Obj> {
    let keys = keys.0.cast::<Tuple>().ok_or_else(|| th.system_error("match keys are not a tuple"))?;
    let seen = Dict::new(th)?;
    let seen = seen.value().cast::<Dict>().ok_or_else(|| th.system_error("not a dict"))?;
    let get = object::get_attr_str(th, subject.0, "get")?;
    let marker = call::call0(th, statics::OBJECT_TYPE.value())?;
    let mut values = Vec::new();
    for &key in keys.as_slice() {
        if seen.get(th, key)?.is_some() {
            let text = object::repr(th, key)?;
            return err!(
                th,
                VALUE_ERROR,
                "mapping pattern checks duplicate key ({})",
                str::to_rust_string(text.value())
            );
        }
        seen.set(th, key, statics::none())?;
        let value = call::call_values(th, get.value(), &[key, marker.value()])?;
        if value.value() == marker.value() {
            return Ok(Obj::none());
        }
        values.push(value);
    }
    th.tuple_from(values)
}

/// `Class(a, b, name=c)`: the attributes as a tuple, or `None`.
#[uop]
pub fn match_class(th: &Thread, subject: Ref, class: Ref, names: Ref, positional: OpArg) -> PyResult<Obj> {
    let Some(ty) = class.0.cast::<Type>() else {
        return err!(th, TYPE_ERROR, "called match pattern must be a class");
    };
    if !object::is_instance(th, subject.0, class.0)? {
        return Ok(Obj::none());
    }
    let mut values = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let count = positional.0 as usize;
    if count > 0 {
        let args = object::get_attr_str(th, class.0, "__match_args__");
        let (match_self, args) = match th.catch(args, &statics::ATTRIBUTE_ERROR)? {
            Some(args) => {
                if !args.is_exact(&statics::TUPLE_TYPE) {
                    return err!(
                        th,
                        TYPE_ERROR,
                        "{}.__match_args__ must be a tuple (got {})",
                        ty.name(),
                        args.ty().name()
                    );
                }
                (false, args)
            }
            None => (ty.has_flag(flags::MATCH_SELF), th.tuple(&[])?),
        };
        let args = args.value().cast::<Tuple>().ok_or_else(|| th.system_error("not a tuple"))?;
        let allowed = if match_self { 1 } else { args.len() };
        if allowed < count {
            let plural = if allowed == 1 { "" } else { "s" };
            return err!(
                th,
                TYPE_ERROR,
                "{}() accepts {allowed} positional sub-pattern{plural} ({count} given)",
                ty.name()
            );
        }
        if match_self {
            values.push(subject.0.own());
        } else {
            for i in 0..count {
                let name = args.as_slice()[i].own();
                if !name.is_instance(&statics::STR_TYPE) {
                    return err!(th, TYPE_ERROR, "__match_args__ elements must be strings (got {})", name.ty().name());
                }
                match attribute(th, subject.0, ty, name.value(), &mut seen)? {
                    Some(v) => values.push(v),
                    None => return Ok(Obj::none()),
                }
            }
        }
    }
    let names = names.0.cast::<Tuple>().ok_or_else(|| th.system_error("match names are not a tuple"))?;
    for &name in names.as_slice() {
        match attribute(th, subject.0, ty, name, &mut seen)? {
            Some(v) => values.push(v),
            None => return Ok(Obj::none()),
        }
    }
    th.tuple_from(values)
}

fn attribute(th: &Thread, subject: Value, ty: &Type, name: Value, seen: &mut Vec<String>) -> PyResult<Option<Obj>> {
    let text = str::to_rust_string(name);
    if seen.contains(&text) {
        return err!(th, TYPE_ERROR, "{}() got multiple sub-patterns for attribute '{text}'", ty.name());
    }
    seen.push(text);
    object::lookup_attr(th, subject, name)
}
