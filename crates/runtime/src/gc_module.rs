//! The `gc` module.

use crate::gc;
use crate::prelude::*;
use crate::types::list::List;
use crate::types::module;

fn values(slots: &[Slot]) -> Vec<Value> {
    slots.iter().map(|slot| slot.value()).collect()
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Turns automatic collection on.
    #[function("enable()")]
    fn enable(th: &Thread) {
        th.interp.gc.enabled.set(true);
    }

    /// Turns automatic collection off.
    #[function("disable()")]
    fn disable(th: &Thread) {
        th.interp.gc.enabled.set(false);
    }

    /// Whether automatic collection is on.
    #[function("isenabled()")]
    fn isenabled(th: &Thread) -> bool {
        th.interp.gc.enabled.get()
    }

    /// Runs a collection; returns the number of unreachable objects it found.
    #[function("collect(generation=2)")]
    fn collect(th: &Thread, generation: i32) -> PyResult<usize> {
        match usize::try_from(generation) {
            Ok(generation @ 0..=2) => Ok(gc::collect_generation(th, generation)),
            _ => Err(th.value_error("invalid generation")),
        }
    }

    /// The flags that set_debug() set.
    #[function("get_debug()")]
    fn get_debug(th: &Thread) -> i64 {
        th.interp.gc.debug.get().into()
    }

    /// Sets debugging flags, a combination of the DEBUG_* constants.
    #[function("set_debug(flags, /)")]
    fn set_debug(th: &Thread, flags: i32) {
        th.interp.gc.debug.set(flags as u32);
    }

    /// How much was allocated since the last collections.
    #[function("get_count()")]
    fn get_count(th: &Thread) -> PyResult {
        let count = (th.interp.heap.growth() / 64) as i64;
        th.tuple(&[Value::small_int(count), Value::small_int(0), Value::small_int(0)])
    }

    /// The thresholds as set by set_threshold().
    #[function("get_threshold()")]
    fn get_threshold(th: &Thread) -> PyResult {
        let [a, b, c] = th.interp.gc.thresholds.get().map(|t| Value::small_int(t.into()));
        th.tuple(&[a, b, c])
    }

    /// set_threshold(threshold0[, threshold1[, threshold2]]): 0 as the first turns automatic collection off.
    #[function("set_threshold", raw)]
    fn set_threshold(th: &Thread, args: Args) -> PyResult<()> {
        args.expect(th, "set_threshold", 1, 3)?;
        let mut thresholds = th.interp.gc.thresholds.get();
        for (threshold, v) in thresholds.iter_mut().zip(args.values()) {
            *threshold = number::as_i32(th, v)?;
        }
        th.interp.gc.thresholds.set(thresholds);
        Ok(())
    }

    /// A list of all objects that can take part in cycles.
    #[function("get_objects(generation=None)")]
    fn get_objects(th: &Thread, generation: Option<i64>) -> PyResult {
        match generation {
            Some(n) if n < 0 => Err(th.value_error("generation parameter cannot be negative")),
            Some(n) if n > 2 => {
                Err(th.value_error("generation parameter must be less than the number of available generations (3)"))
            }
            Some(n) if n > 0 => th.list(Vec::new()),
            _ => th.list(gc::objects(th)),
        }
    }

    /// A list of the objects that refer directly to any of the arguments.
    #[function("get_referrers(*objs)")]
    fn get_referrers(th: &Thread, objs: &[Slot]) -> PyResult {
        th.list(gc::referrers(th, &values(objs)))
    }

    /// A list of what the arguments refer to directly.
    #[function("get_referents(*objs)")]
    fn get_referents(th: &Thread, objs: &[Slot]) -> PyResult {
        th.list(objs.iter().flat_map(|v| gc::referents(v.value())).collect())
    }

    /// Whether the collector looks at the object.
    #[function("is_tracked(obj, /)")]
    fn is_tracked(_th: &Thread, obj: Value) -> bool {
        let empty_tuple = obj.cast::<crate::types::tuple::Tuple>().is_some_and(|tuple| tuple.len() == 0);
        obj.is_pointer() && obj.ty().has_flag(flags::HAVE_GC) && !empty_tuple
    }

    /// Whether the object's finaliser has run.
    #[function("is_finalized(obj, /)")]
    fn is_finalized(th: &Thread, obj: Value) -> bool {
        obj.is_pointer() && gc::was_finalized(th, obj.as_ptr(), obj.ty())
    }

    /// Takes all objects there are out of future collections.
    #[function("freeze()")]
    fn freeze(th: &Thread) {
        gc::freeze(th);
    }

    /// Puts frozen objects back.
    #[function("unfreeze()")]
    fn unfreeze(th: &Thread) {
        gc::unfreeze(th);
    }

    /// The number of frozen objects.
    #[function("get_freeze_count()")]
    fn get_freeze_count(th: &Thread) -> usize {
        gc::frozen_count(th)
    }

    /// What the collections of each generation did: a list of dictionaries.
    #[function("get_stats()")]
    fn get_stats(th: &Thread) -> PyResult {
        let stats = *th.interp.gc.stats.borrow();
        let number = |n: usize| Value::small_int(n as i64);
        let mut items = Vec::new();
        for s in stats {
            items.push(th.dict_of(&[
                ("collections", number(s.collections)),
                ("collected", number(s.collected)),
                ("uncollectable", number(s.uncollectable)),
            ])?);
        }
        th.list(items)
    }
}

/// Makes the module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let made = module::new(th, "gc", "Control of the garbage collector.", functions::METHODS)?;
    let collector = &th.interp.gc;
    for (name, cell) in [("garbage", &collector.garbage), ("callbacks", &collector.callbacks)] {
        if cell.peek().is_none_or(|list| list.cast::<List>().is_none()) {
            cell.set(Some(th.list(Vec::new())?));
        }
        if let Some(list) = cell.get() {
            module::add(th, made.value(), name, list.value())?;
        }
    }
    for (name, flag) in [
        ("DEBUG_STATS", gc::DEBUG_STATS),
        ("DEBUG_COLLECTABLE", gc::DEBUG_COLLECTABLE),
        ("DEBUG_UNCOLLECTABLE", gc::DEBUG_UNCOLLECTABLE),
        ("DEBUG_SAVEALL", gc::DEBUG_SAVEALL),
        ("DEBUG_LEAK", gc::DEBUG_LEAK),
    ] {
        module::add(th, made.value(), name, Value::small_int(flag.into()))?;
    }
    Ok(made)
}
