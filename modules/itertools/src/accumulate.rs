//! `accumulate`.

use crate::{bind, required, this};
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::protocols::number::NumberOp;

/// Running totals.
pub struct Accumulate {
    source: Obj,
    /// `None` = addition.
    function: Option<Obj>,
    total: ObjCell,
    /// What goes first, until it has gone.
    initial: ObjCell,
}

impl Payload for Accumulate {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ACCUMULATE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.source);
        visitor.option(&self.function);
        visitor.cell(&self.total);
        visitor.cell(&self.initial);
    }
}

builtin_type! {
    /// `itertools.accumulate`.
    pub static ACCUMULATE_TYPE = TypeSpec {
        name: "itertools.accumulate",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "accumulate(iterable, func=None, *, initial=None)\n--\n\nRunning totals, or running results of a function of two arguments.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next),
            new: Some(construct),
            ..Instance::<Accumulate>::SLOTS
        },
        ..Instance::<Accumulate>::SPEC
    }
}

static PARAMS: Params = Params {
    function: "accumulate",
    names: &["iterable", "func", "initial"],
    positional_only: 0,
    positional: 2,
    required: &[true, false, false],
    has_varargs: false,
    has_varkw: false,
};

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let [iterable, function, initial] = bind(th, &PARAMS, args)?;
    let given = |v: Option<Value>| v.filter(|v| !v.is_none()).map(|v| v.own());
    let source = iter::get_iter(th, required(iterable))?;
    let initial = ObjCell::some_or_empty(given(initial));
    Instance::create_as(th, ty, Accumulate { source, function: given(function), total: ObjCell::EMPTY, initial })
}

fn next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let accumulate = this::<Accumulate>(th, v)?;
    if let Some(initial) = accumulate.initial.take() {
        accumulate.total.set(Some(initial.clone()));
        return Ok(Some(initial));
    }
    let Some(item) = iter::next(th, accumulate.source.value())? else { return Ok(None) };
    let total = match (accumulate.total.get(), &accumulate.function) {
        (None, _) => item,
        (Some(total), None) => number::binary_op(th, NumberOp::Add, total.value(), item.value())?,
        (Some(total), Some(function)) => call::call2(th, function.value(), total.value(), item.value())?,
    };
    accumulate.total.set(Some(total.clone()));
    Ok(Some(total))
}
