//! `groupby`.

use crate::{bind, required, this};
use std::cell::Cell;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;

/// Runs of items with equal keys.
pub struct Groupby {
    source: Obj,
    /// `None` = the items are their own keys.
    key: Option<Obj>,
    /// Key of the group handed out last.
    target_key: ObjCell,
    current_key: ObjCell,
    /// The item last taken from the source, until a group has handed it out.
    current_value: ObjCell,
    /// The number of the group handed out last: older groups are exhausted.
    current_group: Cell<u64>,
}

impl Payload for Groupby {
    #[inline(always)]
    fn ty() -> &'static Type {
        &GROUPBY_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.source);
        visitor.option(&self.key);
        visitor.cell(&self.target_key);
        visitor.cell(&self.current_key);
        visitor.cell(&self.current_value);
    }
}

builtin_type! {
    /// `itertools.groupby`.
    pub static GROUPBY_TYPE = TypeSpec {
        name: "itertools.groupby",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "groupby(iterable, key=None)\n--\n\nPairs of a key and an iterator over the consecutive items with that key.\n\nkey is a function that computes an item's key; without one, the item is its own key.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next_group),
            new: Some(construct),
            ..Instance::<Groupby>::SLOTS
        },
        ..Instance::<Groupby>::SPEC
    }
}

static PARAMS: Params = Params {
    function: "groupby",
    names: &["iterable", "key"],
    positional_only: 0,
    positional: 2,
    required: &[true, false],
    has_varargs: false,
    has_varkw: false,
};

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let [iterable, key] = bind(th, &PARAMS, args)?;
    let payload = Groupby {
        source: iter::get_iter(th, required(iterable))?,
        key: key.filter(|key| !key.is_none()).map(|key| key.own()),
        target_key: ObjCell::EMPTY,
        current_key: ObjCell::EMPTY,
        current_value: ObjCell::EMPTY,
        current_group: Cell::new(0),
    };
    Instance::create_as(th, ty, payload)
}

/// Takes the next item from the source; false at the end.
fn step(th: &Thread, groupby: &Groupby) -> PyResult<bool> {
    let Some(value) = iter::next(th, groupby.source.value())? else { return Ok(false) };
    let key = match &groupby.key {
        Some(function) => call::call1(th, function.value(), value.value())?,
        None => value.clone(),
    };
    groupby.current_value.set(Some(value));
    groupby.current_key.set(Some(key));
    Ok(true)
}

fn next_group(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let groupby = this::<Groupby>(th, v)?;
    let group = groupby.current_group.get() + 1;
    groupby.current_group.set(group);
    loop {
        match (groupby.current_key.get(), groupby.target_key.get()) {
            (None, _) => {}
            (Some(_), None) => break,
            (Some(current), Some(target)) => {
                if !compare::eq(th, target.value(), current.value())? {
                    break;
                }
            }
        }
        if !step(th, groupby)? {
            return Ok(None);
        }
    }
    let Some(key) = groupby.current_key.get() else { return Ok(None) };
    groupby.target_key.set(Some(key.clone()));
    let grouper = Instance::create(th, Grouper { parent: v.own(), target_key: key.clone(), group })?;
    th.tuple_from(vec![key, grouper]).map(Some)
}

/// The items of one group.
pub struct Grouper {
    parent: Obj,
    target_key: Obj,
    group: u64,
}

impl Payload for Grouper {
    #[inline(always)]
    fn ty() -> &'static Type {
        &GROUPER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.parent);
        visitor.obj(&self.target_key);
    }
}

builtin_type! {
    /// `itertools._grouper`.
    pub static GROUPER_TYPE = TypeSpec {
        name: "itertools._grouper",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next_in_group),
            new: Some(new_grouper),
            ..Instance::<Grouper>::SLOTS
        },
        ..Instance::<Grouper>::SPEC
    }
}

fn new_grouper(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let [parent, key] = crate::exactly(th, ty, &GROUPER_TYPE, args)?;
    let Some(groupby) = parent.cast::<Instance<Groupby>>() else {
        let given = number::full_name(parent);
        return err!(th, TYPE_ERROR, "_grouper() argument 1 must be itertools.groupby, not {given}");
    };
    let group = groupby.current_group.get() + 1;
    groupby.current_group.set(group);
    Instance::create_as(th, ty, Grouper { parent: parent.own(), target_key: key.own(), group })
}

fn next_in_group(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let grouper = this::<Grouper>(th, v)?;
    let groupby = this::<Groupby>(th, grouper.parent.value())?;
    if groupby.current_group.get() != grouper.group {
        return Ok(None);
    }
    if groupby.current_value.is_empty() && !step(th, groupby)? {
        return Ok(None);
    }
    let Some(current) = groupby.current_key.get() else { return Ok(None) };
    if !compare::eq(th, grouper.target_key.value(), current.value())? {
        return Ok(None);
    }
    let value = groupby.current_value.take();
    groupby.current_key.set(None);
    Ok(value)
}
