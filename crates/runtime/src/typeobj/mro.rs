//! The method resolution order.
//!
//! Source: "The Python 2.3 Method Resolution Order" (C3 linearisation).

use crate::prelude::*;
use crate::typeobj::lookup::NEVER_VERSIONED;
use crate::typeobj::names;
use crate::types::tuple::Tuple;

/// The bases of a type.
pub fn bases_of(ty: &Type) -> Vec<&'static Type> {
    match ty.core.bases.get() {
        0 => Vec::new(),
        // SAFETY: I4, `bases` is a tuple of types.
        word => unsafe { Value::from_bits(word).cast_unchecked::<Tuple>() }
            .as_slice()
            .iter()
            .filter_map(|base| base.cast::<Type>())
            .collect(),
    }
}

/// C3: the type, then the merge of its bases' MROs and the list of bases.
///
/// # Errors
/// TypeError: a duplicate base, or no consistent order.
pub fn linearize(th: &Thread, ty: &'static Type) -> PyResult<Vec<Value>> {
    let bases = bases_of(ty);
    let mut order = vec![ty.value()];
    if let [base] = bases[..] {
        if base.core.mro.get() == 0 {
            return err!(th, TYPE_ERROR, "Cannot extend an incomplete type '{}'", base.name());
        }
        order.extend_from_slice(base.mro().as_slice());
        return Ok(order);
    }
    for (i, base) in bases.iter().enumerate() {
        if bases[..i].iter().any(|other| std::ptr::eq(*other, *base)) {
            return err!(th, TYPE_ERROR, "duplicate base class {}", base.name());
        }
        if base.core.mro.get() == 0 {
            return err!(th, TYPE_ERROR, "Cannot extend an incomplete type '{}'", base.name());
        }
    }
    let mut lists: Vec<Vec<Value>> = bases.iter().map(|base| base.mro().as_slice().to_vec()).collect();
    lists.push(bases.iter().map(|base| base.value()).collect());
    loop {
        lists.retain(|list| !list.is_empty());
        if lists.is_empty() {
            return Ok(order);
        }
        let next =
            lists.iter().map(|list| list[0]).find(|candidate| !lists.iter().any(|list| list[1..].contains(candidate)));
        let Some(next) = next else { return Err(inconsistent(th, &lists)) };
        order.push(next);
        for list in &mut lists {
            if list[0] == next {
                list.remove(0);
            }
        }
    }
}

#[cold]
fn inconsistent(th: &Thread, lists: &[Vec<Value>]) -> Raised {
    let mut names: Vec<String> = Vec::new();
    let mut seen: Vec<Value> = Vec::new();
    for head in lists.iter().map(|list| list[0]) {
        if !seen.contains(&head) {
            seen.push(head);
            names.push(head.cast::<Type>().map_or_else(String::new, |ty| ty.short_name().to_string()));
        }
    }
    th.type_error(format!("Cannot create a consistent method resolution order (MRO) for bases {}", names.join(", ")))
}

/// Computes and stores the MRO, asking the metaclass's `mro()` if it has its own. The old MRO is handed out.
///
/// # Errors
/// As [`linearize`]; what `mro()` raises; TypeError for an unsuitable result.
pub(crate) fn set_mro(th: &Thread, ty: &'static Type) -> PyResult<Option<Obj>> {
    let meta = ty.value().ty();
    let custom = if std::ptr::eq(meta, &statics::TYPE_TYPE) {
        None
    } else {
        let name = names::MRO.get(th)?;
        meta.lookup(th, name).filter(|found| statics::TYPE_TYPE.lookup(th, name).is_none_or(|own| !own.same(*found)))
    };
    let before = ty.core.mro.get();
    let order = match custom {
        None => th.tuple(&linearize(th, ty)?)?,
        Some(_) => {
            let Some(result) = object::call_special(th, ty.value(), names::MRO.get(th)?, &[])? else {
                return err!(th, TYPE_ERROR, "mro() is missing");
            };
            let order = th.tuple_from(iter::to_vec(th, result.value())?)?;
            check_order(th, ty, order.value())?;
            if ty.core.mro.get() != before {
                // `mro()` assigned `__bases__`: what that computed stays.
                return Ok(None);
            }
            order
        }
    };
    let old = ty.core.mro.replace(order.into_value().bits());
    ty.modified(th);
    if custom.is_some() {
        ty.core.versions_used.set(NEVER_VERSIONED);
    }
    // SAFETY: I1, the field owned its reference.
    Ok(if old == 0 { None } else { Some(Obj::steal(unsafe { Value::from_bits(old) })) })
}

/// What a custom `mro()` returns must be classes that fit the layout.
fn check_order(th: &Thread, ty: &'static Type, order: Value) -> PyResult<()> {
    let solid = super::solid_base(ty);
    for base in order.cast::<Tuple>().map_or(&[][..], Tuple::as_slice) {
        let Some(class) = base.cast::<Type>() else {
            let got = base.ty().name();
            return err!(th, TYPE_ERROR, "mro() returned a non-class ('{got}')");
        };
        if !solid.is_subtype_of(super::solid_base(class)) {
            return err!(th, TYPE_ERROR, "mro() returned base with unsuitable layout ('{}')", class.name());
        }
    }
    Ok(())
}
