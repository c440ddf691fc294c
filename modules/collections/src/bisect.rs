//! `_bisect`: places in sorted sequences.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::module;

/// Where `x` belongs: before equal items (`RIGHT` false) or behind them.
fn find<const RIGHT: bool>(
    th: &Thread,
    a: Value,
    x: Value,
    lo: isize,
    hi: Option<isize>,
    key: Value,
) -> PyResult<isize> {
    if lo < 0 {
        return err!(th, VALUE_ERROR, "lo must be non-negative");
    }
    let mut lo = lo;
    let mut hi = match hi {
        Some(hi) if hi >= 0 => hi,
        _ => sequence::len(th, a)?,
    };
    while lo < hi {
        let mid = lo + (hi - lo) / 2;
        let item = match a.exact::<List>() {
            Some(list) => list.get(mid as usize).ok_or_else(|| th.index_error("list index out of range"))?,
            None => sequence::get_item(th, a, mid)?,
        };
        let item = if key.is_none() { item } else { call::call1(th, key, item.value())? };
        let (left, right) = if RIGHT { (x, item.value()) } else { (item.value(), x) };
        let less = match (left.as_small_int(), right.as_small_int()) {
            (Some(left), Some(right)) => left < right,
            _ => compare::rich_bool(th, left, right, CompareOp::Lt)?,
        };
        if less != RIGHT { lo = mid + 1 } else { hi = mid }
    }
    Ok(lo)
}

fn limit(th: &Thread, hi: Option<Value>) -> PyResult<Option<isize>> {
    hi.filter(|hi| !hi.is_none()).map(|hi| number::as_isize(th, hi)).transpose()
}

fn insert(th: &Thread, a: Value, at: isize, x: Value) -> PyResult<()> {
    if let Some(list) = a.exact::<List>() {
        let at = (at as usize).min(list.len());
        list.splice(th, at, at, vec![x.own()])?;
        return Ok(());
    }
    let at = th.int(at as i64)?;
    call::call_method(th, a, "insert", &[at.value(), x])?;
    Ok(())
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Where x belongs in the sorted a, behind equal items.
    #[function("bisect_right(a, x, lo=0, hi=None, *, key=None)")]
    fn bisect_right(th: &Thread, a: Value, x: Value, lo: isize, hi: Option<Value>, key: Value) -> PyResult<isize> {
        find::<true>(th, a, x, lo, limit(th, hi)?, key)
    }
    /// Where x belongs in the sorted a, before equal items.
    #[function("bisect_left(a, x, lo=0, hi=None, *, key=None)")]
    fn bisect_left(th: &Thread, a: Value, x: Value, lo: isize, hi: Option<Value>, key: Value) -> PyResult<isize> {
        find::<false>(th, a, x, lo, limit(th, hi)?, key)
    }
    /// Inserts x into the sorted a, behind equal items.
    #[function("insort_right(a, x, lo=0, hi=None, *, key=None)")]
    fn insort_right(th: &Thread, a: Value, x: Value, lo: isize, hi: Option<Value>, key: Value) -> PyResult<()> {
        let wanted = if key.is_none() { x.own() } else { call::call1(th, key, x)? };
        let at = find::<true>(th, a, wanted.value(), lo, limit(th, hi)?, key)?;
        insert(th, a, at, x)
    }
    /// Inserts x into the sorted a, before equal items.
    #[function("insort_left(a, x, lo=0, hi=None, *, key=None)")]
    fn insort_left(th: &Thread, a: Value, x: Value, lo: isize, hi: Option<Value>, key: Value) -> PyResult<()> {
        let wanted = if key.is_none() { x.own() } else { call::call1(th, key, x)? };
        let at = find::<false>(th, a, wanted.value(), lo, limit(th, hi)?, key)?;
        insert(th, a, at, x)
    }
}

/// Makes `_bisect`.
///
/// # Errors
/// MemoryError.
pub fn init_bisect(th: &Thread) -> PyResult {
    module::new(th, "_bisect", "Places in sorted sequences.", functions::METHODS)
}
