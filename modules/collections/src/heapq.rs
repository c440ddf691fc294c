//! `_heapq`: heaps in lists, smallest first, and largest first (`_max`).
//!
//! Comparisons can run Python code: the list's length is checked after each, and items are owned while compared.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::module;

/// Whether `a` belongs above `b`.
#[inline]
fn before<const MAX: bool>(th: &Thread, a: Value, b: Value) -> PyResult<bool> {
    let (a, b) = if MAX { (b, a) } else { (a, b) };
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Ok(x < y);
    }
    if let (Some(x), Some(y)) = (a.as_small_float(), b.as_small_float()) {
        return Ok(x < y);
    }
    compare::rich_bool(th, a, b, CompareOp::Lt)
}

fn at(th: &Thread, list: &List, i: usize) -> PyResult {
    list.get(i).ok_or_else(|| th.index_error("index out of range"))
}

fn checked(th: &Thread, list: &List, len: usize) -> PyResult<()> {
    if list.len() == len { Ok(()) } else { Err(th.runtime_error("list changed size during iteration")) }
}

fn swap(th: &Thread, list: &List, i: usize, j: usize) -> PyResult<()> {
    let (x, y) = (at(th, list, i)?, at(th, list, j)?);
    list.set(i, y);
    list.set(j, x);
    Ok(())
}

/// Moves the item at `pos` towards the root, not above `start`.
fn sift_down<const MAX: bool>(th: &Thread, list: &List, start: usize, mut pos: usize) -> PyResult<()> {
    let len = list.len();
    if pos >= len {
        return err!(th, INDEX_ERROR, "index out of range");
    }
    let item = at(th, list, pos)?;
    while pos > start {
        let parent = (pos - 1) >> 1;
        let above = at(th, list, parent)?;
        let less = before::<MAX>(th, item.value(), above.value())?;
        checked(th, list, len)?;
        if !less {
            break;
        }
        swap(th, list, pos, parent)?;
        pos = parent;
    }
    Ok(())
}

/// Moves the item at `pos` to a leaf along the smaller children, then back up to its place.
fn sift_up<const MAX: bool>(th: &Thread, list: &List, mut pos: usize) -> PyResult<()> {
    let (len, start) = (list.len(), pos);
    if pos >= len {
        return err!(th, INDEX_ERROR, "index out of range");
    }
    while pos < len >> 1 {
        let mut child = 2 * pos + 1;
        if child + 1 < len {
            let (left, right) = (at(th, list, child)?, at(th, list, child + 1)?);
            let less = before::<MAX>(th, left.value(), right.value())?;
            checked(th, list, len)?;
            child += !less as usize;
        }
        swap(th, list, child, pos)?;
        pos = child;
    }
    sift_down::<MAX>(th, list, start, pos)
}

fn push<const MAX: bool>(th: &Thread, list: &List, item: Value) -> PyResult<()> {
    list.push(th, item.own())?;
    sift_down::<MAX>(th, list, 0, list.len() - 1)
}

fn pop<const MAX: bool>(th: &Thread, list: &List) -> PyResult {
    let len = list.len();
    let Some(last) = len.checked_sub(1).and_then(|i| list.remove_at(i)) else {
        return err!(th, INDEX_ERROR, "index out of range");
    };
    if len == 1 {
        return Ok(last);
    }
    let first = at(th, list, 0)?;
    list.set(0, last);
    sift_up::<MAX>(th, list, 0)?;
    Ok(first)
}

fn replace<const MAX: bool>(th: &Thread, list: &List, item: Value) -> PyResult {
    let Some(first) = list.get(0) else { return err!(th, INDEX_ERROR, "index out of range") };
    list.set(0, item.own());
    sift_up::<MAX>(th, list, 0)?;
    Ok(first)
}

fn pushpop<const MAX: bool>(th: &Thread, list: &List, item: Value) -> PyResult {
    let Some(first) = list.get(0) else { return Ok(item.own()) };
    if !before::<MAX>(th, first.value(), item)? {
        return Ok(item.own());
    }
    if list.is_empty() {
        return err!(th, INDEX_ERROR, "index out of range");
    }
    let first = at(th, list, 0)?;
    list.set(0, item.own());
    sift_up::<MAX>(th, list, 0)?;
    Ok(first)
}

fn heapify<const MAX: bool>(th: &Thread, list: &List) -> PyResult<()> {
    for i in (0..list.len() / 2).rev() {
        sift_up::<MAX>(th, list, i)?;
    }
    Ok(())
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Adds an item to a heap.
    #[function("heappush(heap, item, /)")]
    fn heappush(th: &Thread, heap: &List, item: Value) -> PyResult<()> {
        push::<false>(th, heap, item)
    }
    /// Adds an item, then removes and returns the smallest.
    #[function("heappushpop(heap, item, /)")]
    fn heappushpop(th: &Thread, heap: &List, item: Value) -> PyResult {
        pushpop::<false>(th, heap, item)
    }
    /// Removes and returns the smallest item.
    #[function("heappop(heap, /)")]
    fn heappop(th: &Thread, heap: &List) -> PyResult {
        pop::<false>(th, heap)
    }
    /// Removes and returns the smallest item, then adds one.
    #[function("heapreplace(heap, item, /)")]
    fn heapreplace(th: &Thread, heap: &List, item: Value) -> PyResult {
        replace::<false>(th, heap, item)
    }
    /// Makes a heap of a list.
    #[function("heapify(heap, /)")]
    fn heapify(th: &Thread, heap: &List) -> PyResult<()> {
        super::heapify::<false>(th, heap)
    }
    /// Adds an item to a heap with the largest item first.
    #[function("heappush_max(heap, item, /)")]
    fn heappush_max(th: &Thread, heap: &List, item: Value) -> PyResult<()> {
        push::<true>(th, heap, item)
    }
    /// Adds an item, then removes and returns the largest.
    #[function("heappushpop_max(heap, item, /)")]
    fn heappushpop_max(th: &Thread, heap: &List, item: Value) -> PyResult {
        pushpop::<true>(th, heap, item)
    }
    /// Removes and returns the largest item.
    #[function("heappop_max(heap, /)")]
    fn heappop_max(th: &Thread, heap: &List) -> PyResult {
        pop::<true>(th, heap)
    }
    /// Removes and returns the largest item, then adds one.
    #[function("heapreplace_max(heap, item, /)")]
    fn heapreplace_max(th: &Thread, heap: &List, item: Value) -> PyResult {
        replace::<true>(th, heap, item)
    }
    /// Makes a heap with the largest item first of a list.
    #[function("heapify_max(heap, /)")]
    fn heapify_max(th: &Thread, heap: &List) -> PyResult<()> {
        super::heapify::<true>(th, heap)
    }
}

/// Makes `_heapq`.
///
/// # Errors
/// MemoryError.
pub fn init_heapq(th: &Thread) -> PyResult {
    let m = module::new(th, "_heapq", "Priority queues in lists.", functions::METHODS)?;
    let about = th.str("Heaps: lists in which each item at k is not larger than those at 2*k+1 and 2*k+2.")?;
    module::add(th, m.value(), "__about__", about.value())?;
    Ok(m)
}
