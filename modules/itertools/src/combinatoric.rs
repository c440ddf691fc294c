//! Combinatoric iterators: `product`, `permutations`, `combinations`, `combinations_with_replacement`.
//!
//! Each keeps the positions that its last result was made of. The next result differs from the last one in a few places
//! only, so a result tuple that nobody kept is updated in place.

use crate::{bind, required, this};
use std::cell::RefCell;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::iterators::ResultTuple;
use whipsnake_runtime::types::{int, str};

/// Where an iteration stands.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Start,
    Running,
    Ended,
}

/// The state all of them have: positions in the pool, and how the next ones are found.
struct Positions {
    phase: Phase,
    indices: Vec<usize>,
}

impl Positions {
    /// `possible`: whether there is any result.
    fn new(th: &Thread, possible: bool, len: usize, first: impl Fn(usize) -> usize) -> PyResult<RefCell<Positions>> {
        let mut indices = Vec::new();
        let phase = if possible {
            reserve(th, &mut indices, len)?;
            indices.extend((0..len).map(first));
            Phase::Start
        } else {
            Phase::Ended
        };
        Ok(RefCell::new(Positions { phase, indices }))
    }
}

fn reserve<T>(th: &Thread, items: &mut Vec<T>, more: usize) -> PyResult<()> {
    items.try_reserve_exact(more).map_err(|_| th.memory_error())
}

/// The next result, when positions from `changed` on are new. `item` finds the item of a place.
fn result<'a>(
    th: &Thread,
    last: &ResultTuple,
    len: usize,
    changed: usize,
    item: impl Fn(usize) -> &'a Obj,
) -> PyResult<Option<Obj>> {
    if let Some(tuple) = last.take_latest() {
        for i in changed..len {
            // The pool owns the old item as well: releasing it runs nothing.
            drop(tuple.set(i, item(i).clone()));
        }
        return Ok(Some(last.give(tuple)));
    }
    let mut items = Vec::new();
    reserve(th, &mut items, len)?;
    items.extend((0..len).map(|i| item(i).value()));
    Ok(Some(last.keep(th.tuple(&items)?)))
}

/// Declares an iterator over selections from one pool.
macro_rules! selection {
    ($payload:ident, $static:ident, $new:ident, $next:ident, $name:literal, $doc:literal $(, $extra:ident: $extra_type:ty)?) => {
        #[doc = $doc]
        pub struct $payload {
            pool: Vec<Obj>,
            /// Items of a result.
            len: usize,
            positions: RefCell<Positions>,
            $($extra: $extra_type,)?
            result: ResultTuple,
        }

        impl Payload for $payload {
            fn ty() -> &'static Type {
                &$static
            }
            fn traverse(&self, visitor: &mut Visitor) {
                self.pool.iter().for_each(|item| visitor.obj(item));
                self.result.traverse(visitor);
            }
        }

        builtin_type! {
            #[doc = $doc]
            pub static $static = TypeSpec {
                name: $name,
                flags: flags::HAVE_GC | flags::BASETYPE,
                doc: $doc,
                slots: Slots {
                    iter: Some(iter::self_iter),
                    iternext: Some($next),
                    new: Some($new),
                    ..Instance::<$payload>::SLOTS
                },
                ..Instance::<$payload>::SPEC
            }
        }
    };
}

selection!(
    Combinations,
    COMBINATIONS_TYPE,
    new_combinations,
    next_combinations,
    "itertools.combinations",
    "combinations(iterable, r)\n--\n\nAll selections of r items, in the order of the iterable."
);
selection!(
    CombinationsWithReplacement,
    COMBINATIONS_WITH_REPLACEMENT_TYPE,
    new_with_replacement,
    next_with_replacement,
    "itertools.combinations_with_replacement",
    "combinations_with_replacement(iterable, r)\n--\n\nAll selections of r items, in the order of the iterable, where items can be taken more than once."
);
selection!(
    Permutations,
    PERMUTATIONS_TYPE,
    new_permutations,
    next_permutations,
    "itertools.permutations",
    "permutations(iterable, r=None)\n--\n\nAll ordered selections of r items (default: of all).",
    cycles: RefCell<Vec<usize>>
);

const fn selection_params(function: &'static str) -> Params {
    Params {
        function,
        names: &["iterable", "r"],
        positional_only: 0,
        positional: 2,
        required: &[true, true],
        has_varargs: false,
        has_varkw: false,
    }
}

/// The pool and the length of the results.
fn pool_and_len(th: &Thread, params: &'static Params, args: Args) -> PyResult<(Vec<Obj>, usize)> {
    let [iterable, r] = bind(th, params, args)?;
    let r = number::as_isize(th, required(r))?;
    let pool = iter::to_vec(th, required(iterable))?;
    match usize::try_from(r) {
        Ok(r) => Ok((pool, r)),
        Err(_) => err!(th, VALUE_ERROR, "r must be non-negative"),
    }
}

fn new_combinations(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    static PARAMS: Params = selection_params("combinations");
    let (pool, len) = pool_and_len(th, &PARAMS, args)?;
    let positions = Positions::new(th, len <= pool.len(), len, |i| i)?;
    let payload = Combinations { pool, len, positions, result: ResultTuple::NONE };
    Instance::create_as(th, ty, payload)
}

fn next_combinations(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let it = this::<Combinations>(th, v)?;
    let mut state = it.positions.borrow_mut();
    let (n, len) = (it.pool.len(), it.len);
    let mut changed = 0;
    match state.phase {
        Phase::Ended => return Ok(None),
        Phase::Start => state.phase = Phase::Running,
        Phase::Running => {
            // The rightmost position that has not reached its maximum.
            let Some(i) = (0..len).rev().find(|&i| state.indices[i] != i + n - len) else {
                state.phase = Phase::Ended;
                return Ok(None);
            };
            state.indices[i] += 1;
            for j in i + 1..len {
                state.indices[j] = state.indices[j - 1] + 1;
            }
            changed = i;
        }
    }
    result(th, &it.result, len, changed, |i| &it.pool[state.indices[i]])
}

fn new_with_replacement(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    static PARAMS: Params = selection_params("combinations_with_replacement");
    let (pool, len) = pool_and_len(th, &PARAMS, args)?;
    let positions = Positions::new(th, !pool.is_empty() || len == 0, len, |_| 0)?;
    let payload = CombinationsWithReplacement { pool, len, positions, result: ResultTuple::NONE };
    Instance::create_as(th, ty, payload)
}

fn next_with_replacement(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let it = this::<CombinationsWithReplacement>(th, v)?;
    let mut state = it.positions.borrow_mut();
    let (n, len) = (it.pool.len(), it.len);
    let mut changed = 0;
    match state.phase {
        Phase::Ended => return Ok(None),
        Phase::Start => state.phase = Phase::Running,
        Phase::Running => {
            let Some(i) = (0..len).rev().find(|&i| state.indices[i] + 1 != n) else {
                state.phase = Phase::Ended;
                return Ok(None);
            };
            let index = state.indices[i] + 1;
            state.indices[i..].fill(index);
            changed = i;
        }
    }
    result(th, &it.result, len, changed, |i| &it.pool[state.indices[i]])
}

static PERMUTATIONS_PARAMS: Params = Params {
    function: "permutations",
    names: &["iterable", "r"],
    positional_only: 0,
    positional: 2,
    required: &[true, false],
    has_varargs: false,
    has_varkw: false,
};

fn new_permutations(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let [iterable, r] = bind(th, &PERMUTATIONS_PARAMS, args)?;
    let pool = iter::to_vec(th, required(iterable))?;
    let len = match r.filter(|r| !r.is_none()) {
        None => pool.len(),
        Some(r) if !int::is_int(r) => return err!(th, TYPE_ERROR, "Expected int as r"),
        Some(r) => match usize::try_from(number::as_isize(th, r)?) {
            Ok(r) => r,
            Err(_) => return err!(th, VALUE_ERROR, "r must be non-negative"),
        },
    };
    let n = pool.len();
    let positions = Positions::new(th, len <= n, n, |i| i)?;
    let cycles = if len <= n { (0..len).map(|i| n - i).collect() } else { Vec::new() };
    let cycles = RefCell::new(cycles);
    Instance::create_as(th, ty, Permutations { pool, len, positions, cycles, result: ResultTuple::NONE })
}

fn next_permutations(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let it = this::<Permutations>(th, v)?;
    let mut state = it.positions.borrow_mut();
    let (n, len) = (it.pool.len(), it.len);
    let mut changed = 0;
    match state.phase {
        Phase::Ended => return Ok(None),
        Phase::Start => state.phase = Phase::Running,
        Phase::Running => {
            let mut cycles = it.cycles.borrow_mut();
            let mut found = None;
            for i in (0..len).rev() {
                cycles[i] -= 1;
                if cycles[i] == 0 {
                    // All items had their turn at this place: back to the order before, and on to the place left of it.
                    state.indices[i..].rotate_left(1);
                    cycles[i] = n - i;
                } else {
                    let j = n - cycles[i];
                    state.indices.swap(i, j);
                    found = Some(i);
                    break;
                }
            }
            match found {
                Some(i) => changed = i,
                None => {
                    state.phase = Phase::Ended;
                    return Ok(None);
                }
            }
        }
    }
    result(th, &it.result, len, changed, |i| &it.pool[state.indices[i]])
}

/// One item of each pool, in all ways.
pub struct Product {
    /// Tuples; `repeat` makes several places share one.
    pools: Vec<std::rc::Rc<[Obj]>>,
    positions: RefCell<Positions>,
    result: ResultTuple,
}

impl Payload for Product {
    #[inline(always)]
    fn ty() -> &'static Type {
        &PRODUCT_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        // Each shared pool owns its items once.
        let mut seen: Vec<*const Obj> = Vec::new();
        for pool in &self.pools {
            if !seen.contains(&pool.as_ptr()) {
                seen.push(pool.as_ptr());
                pool.iter().for_each(|item| visitor.obj(item));
            }
        }
        self.result.traverse(visitor);
    }
}

builtin_type! {
    /// `itertools.product`.
    pub static PRODUCT_TYPE = TypeSpec {
        name: "itertools.product",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "product(*iterables, repeat=1)\n--\n\nAll tuples of one item of each iterable, the last place changing fastest.\n\nrepeat gives the number of times the iterables are taken.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next_product),
            new: Some(new_product),
            ..Instance::<Product>::SLOTS
        },
        ..Instance::<Product>::SPEC
    }
}

/// The `repeat` argument.
fn repetitions(th: &Thread, args: Args) -> PyResult<usize> {
    let given = args.keyword_count();
    if given > 1 {
        return err!(th, TYPE_ERROR, "product() takes at most 1 keyword argument ({given} given)");
    }
    let Some((name, value)) = args.keywords().next() else { return Ok(1) };
    let text = str::to_rust_string(name);
    if text != "repeat" {
        return err!(th, TYPE_ERROR, "product() got an unexpected keyword argument '{text}'");
    }
    let repeat = number::as_isize(th, value)?;
    match usize::try_from(repeat) {
        Ok(repeat) => Ok(repeat),
        Err(_) => err!(th, VALUE_ERROR, "repeat argument cannot be negative"),
    }
}

fn new_product(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let repeat = repetitions(th, args)?;
    let given = if repeat == 0 { 0 } else { args.len() };
    let total = given.checked_mul(repeat).filter(|total| *total <= isize::MAX as usize / 16);
    let Some(total) = total else { return err!(th, OVERFLOW_ERROR, "repeat argument too large") };
    let mut once: Vec<std::rc::Rc<[Obj]>> = Vec::with_capacity(given);
    for iterable in args.values().take(given) {
        once.push(iter::to_vec(th, iterable)?.into());
    }
    let mut pools = Vec::new();
    reserve(th, &mut pools, total)?;
    if total > 0 {
        for _ in 0..repeat {
            pools.extend(once.iter().cloned());
        }
    }
    let possible = pools.iter().all(|pool| !pool.is_empty());
    let positions = Positions::new(th, possible, total, |_| 0)?;
    Instance::create_as(th, ty, Product { pools, positions, result: ResultTuple::NONE })
}

fn next_product(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let it = this::<Product>(th, v)?;
    let mut state = it.positions.borrow_mut();
    let len = it.pools.len();
    let mut changed = 0;
    match state.phase {
        Phase::Ended => return Ok(None),
        Phase::Start => state.phase = Phase::Running,
        Phase::Running => {
            // Counting up, with carry.
            let mut place = len;
            loop {
                if place == 0 {
                    state.phase = Phase::Ended;
                    return Ok(None);
                }
                place -= 1;
                state.indices[place] += 1;
                if state.indices[place] < it.pools[place].len() {
                    break;
                }
                state.indices[place] = 0;
            }
            changed = place;
        }
    }
    result(th, &it.result, len, changed, |i| &it.pools[i][state.indices[i]])
}
