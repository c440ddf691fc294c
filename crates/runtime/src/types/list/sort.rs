//! Sorting: a stable merge sort that finds and extends natural runs.
//!
//! Comparisons can raise and run any code, so the list is empty while it is sorted, as CPython's is, and the items are
//! put back whatever happens. Homogeneous keys (small ints, small floats, strings) are compared without calling
//! anything.
//!
//! Source: Tim Peters' listsort.txt describes the run structure (minimum run, collapse invariants).

use super::List;
use crate::prelude::*;
use crate::types::str::Str;
use crate::types::tuple::Tuple;
use std::cmp::Ordering;

/// An item with its key; without a key function the key is the item.
struct Entry {
    key: Obj,
    item: Option<Obj>,
}

/// How keys are compared.
#[derive(Clone, Copy)]
enum Compare {
    SmallInts,
    SmallFloats,
    Strings,
    /// Tuples: their items are compared.
    Tuples,
    /// `<` through the protocol.
    Generic,
}

fn choose(entries: &[Entry]) -> Compare {
    if entries.iter().all(|e| e.key.is_small_int()) {
        Compare::SmallInts
    } else if entries.iter().all(|e| e.key.is_small_float()) {
        Compare::SmallFloats
    } else if entries.iter().all(|e| e.key.is_exact(&statics::STR_TYPE)) {
        Compare::Strings
    } else if entries.iter().all(|e| e.key.is_exact(&statics::TUPLE_TYPE)) {
        Compare::Tuples
    } else {
        Compare::Generic
    }
}

/// `a < b` as tuples have it: the first items that differ decide.
fn tuple_less(th: &Thread, a: &Tuple, b: &Tuple) -> PyResult<bool> {
    for (&p, &q) in a.as_slice().iter().zip(b.as_slice()) {
        if p.same(q) {
            continue;
        }
        if p.is_small_int() && q.is_small_int() {
            return Ok(p.small_int_value() < q.small_int_value());
        }
        if p.is_small_float() && q.is_small_float() {
            return Ok(p.small_float_value() < q.small_float_value());
        }
        if let (Some(x), Some(y)) = (p.exact::<Str>(), q.exact::<Str>()) {
            match crate::types::str::cmp(x, y) {
                Ordering::Equal => continue,
                order => return Ok(order == Ordering::Less),
            }
        }
        if compare::is_bool(p) && compare::is_bool(q) {
            return Ok(q.is_true_singleton());
        }
        if !compare::eq(th, p, q)? {
            return compare::rich_bool(th, p, q, CompareOp::Lt);
        }
    }
    Ok(a.len() < b.len())
}

struct Sorter<'a> {
    th: &'a Thread,
    compare: Compare,
}

impl Sorter<'_> {
    /// Whether `a < b`.
    #[inline]
    fn less(&self, a: &Entry, b: &Entry) -> PyResult<bool> {
        let (a, b) = (a.key.value(), b.key.value());
        match self.compare {
            Compare::SmallInts => Ok((a.bits() as i64) < b.bits() as i64),
            Compare::SmallFloats => Ok(a.small_float_value() < b.small_float_value()),
            Compare::Strings => match (a.exact::<Str>(), b.exact::<Str>()) {
                (Some(x), Some(y)) => Ok(crate::types::str::cmp(x, y) == Ordering::Less),
                _ => compare::rich_bool(self.th, a, b, CompareOp::Lt),
            },
            Compare::Tuples => match (a.exact::<Tuple>(), b.exact::<Tuple>()) {
                (Some(x), Some(y)) => tuple_less(self.th, x, y),
                _ => compare::rich_bool(self.th, a, b, CompareOp::Lt),
            },
            Compare::Generic => compare::rich_bool(self.th, a, b, CompareOp::Lt),
        }
    }

    /// The length of the run that starts the slice, which is made ascending.
    fn count_run(&self, entries: &mut [Entry]) -> PyResult<usize> {
        if entries.len() < 2 {
            return Ok(entries.len());
        }
        let mut n = 2;
        if self.less(&entries[1], &entries[0])? {
            while n < entries.len() && self.less(&entries[n], &entries[n - 1])? {
                n += 1;
            }
            entries[..n].reverse();
        } else {
            while n < entries.len() && !self.less(&entries[n], &entries[n - 1])? {
                n += 1;
            }
        }
        Ok(n)
    }

    /// Sorts a slice whose first `sorted` entries are in order.
    fn binary_insertion(&self, entries: &mut [Entry], sorted: usize) -> PyResult<()> {
        for i in sorted.max(1)..entries.len() {
            let (mut low, mut high) = (0, i);
            while low < high {
                let middle = low + (high - low) / 2;
                if self.less(&entries[i], &entries[middle])? {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            entries[low..=i].rotate_right(1);
        }
        Ok(())
    }

    /// The first place in `run` where `key` is less than the entry (`after` equal ones), by galloping from the start.
    fn upper_bound(&self, key: &Entry, run: &[Entry]) -> PyResult<usize> {
        let mut step = 1;
        let mut low = 0;
        while step < run.len() && !self.less(key, &run[step])? {
            low = step;
            step = step * 2 + 1;
        }
        let mut high = step.min(run.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.less(key, &run[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    /// The first place in `run` whose entry is not less than `key`.
    fn lower_bound(&self, key: &Entry, run: &[Entry]) -> PyResult<usize> {
        let (mut low, mut high) = (0, run.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.less(&run[middle], key)? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// Merges `entries[..middle]` and `entries[middle..]`, both sorted. On an error all entries are still there.
    fn merge(&self, entries: &mut Vec<Entry>, start: usize, middle: usize, end: usize) -> PyResult<()> {
        let skip = self.upper_bound(&entries[middle], &entries[start..middle])?;
        let start = start + skip;
        if start == middle {
            return Ok(());
        }
        let end = middle + self.lower_bound(&entries[middle - 1], &entries[middle..end])?;
        let tail = entries.split_off(end);
        let right = entries.split_off(middle);
        let left = entries.split_off(start);
        let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
        let mut failed = None;
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let take_right = match self.less(b, a) {
                Ok(less) => less,
                Err(raised) => {
                    failed = Some(raised);
                    break;
                }
            };
            entries.extend(if take_right { right.next() } else { left.next() });
        }
        entries.extend(left);
        entries.extend(right);
        entries.extend(tail);
        failed.map_or(Ok(()), Err)
    }

    fn sort(&self, entries: &mut Vec<Entry>) -> PyResult<()> {
        match self.compare {
            // Total orders without side effects: the library's stable sort does it.
            Compare::SmallInts => entries.sort_by_key(|e| e.key.bits() as i64),
            Compare::SmallFloats => entries.sort_by(|a, b| {
                a.key.small_float_value().partial_cmp(&b.key.small_float_value()).unwrap_or(Ordering::Equal)
            }),
            Compare::Strings | Compare::Tuples | Compare::Generic => self.timsort(entries)?,
        }
        Ok(())
    }

    fn timsort(&self, entries: &mut Vec<Entry>) -> PyResult<()> {
        let len = entries.len();
        let minimum = minimum_run(len);
        let mut runs: Vec<(usize, usize)> = Vec::new();
        let mut at = 0;
        while at < len {
            let mut run = self.count_run(&mut entries[at..])?;
            if run < minimum {
                let forced = minimum.min(len - at);
                self.binary_insertion(&mut entries[at..at + forced], run)?;
                run = forced;
            }
            runs.push((at, run));
            at += run;
            while runs.len() > 1 {
                let n = runs.len();
                let unbalanced =
                    (n > 2 && runs[n - 3].1 <= runs[n - 2].1 + runs[n - 1].1) || runs[n - 2].1 <= runs[n - 1].1;
                if !unbalanced {
                    break;
                }
                let first = if n > 2 && runs[n - 3].1 < runs[n - 1].1 { n - 3 } else { n - 2 };
                self.merge_runs(entries, &mut runs, first)?;
            }
        }
        while runs.len() > 1 {
            let first = runs.len() - 2;
            self.merge_runs(entries, &mut runs, first)?;
        }
        Ok(())
    }

    fn merge_runs(&self, entries: &mut Vec<Entry>, runs: &mut Vec<(usize, usize)>, first: usize) -> PyResult<()> {
        let ((start, a), (middle, b)) = (runs[first], runs[first + 1]);
        self.merge(entries, start, middle, middle + b)?;
        runs[first].1 = a + b;
        runs.remove(first + 1);
        Ok(())
    }
}

/// A length between 32 and 64 such that `len` divided by it is close to, but not above, a power of two.
fn minimum_run(mut len: usize) -> usize {
    let mut odd = 0;
    while len >= 64 {
        odd |= len & 1;
        len >>= 1;
    }
    len + odd
}

/// Sorts a list of small ints, small floats or exact strs where it is: their comparisons run nothing that could look at
/// it. `false`, with nothing changed, for other lists.
fn sort_in_place(list: &List, reverse: bool) -> bool {
    let items = list.as_slice();
    let all = |is: fn(&Value) -> bool| items.iter().all(is);
    let order: fn(&Value, &Value) -> Ordering = if all(|v| v.is_small_int()) {
        |a, b| (a.bits() as i64).cmp(&(b.bits() as i64))
    } else if all(|v| v.is_small_float()) {
        |a, b| a.small_float_value().partial_cmp(&b.small_float_value()).unwrap_or(Ordering::Equal)
    } else if all(|v| v.is_exact(&statics::STR_TYPE)) {
        |a, b| match (a.exact::<Str>(), b.exact::<Str>()) {
            (Some(a), Some(b)) => crate::types::str::cmp(a, b),
            _ => Ordering::Equal,
        }
    } else {
        return false;
    };
    list.reorder(|items| {
        // Reversing before and after keeps equal items in their order.
        if reverse {
            items.reverse();
        }
        if !items.is_sorted_by(|a, b| order(a, b).is_le()) {
            items.sort_by(order);
        }
        if reverse {
            items.reverse();
        }
    });
    true
}

/// `list.sort`.
///
/// # Errors
/// Whatever `key` or the comparisons raise; ValueError if the list was changed meanwhile.
pub fn sort(th: &Thread, list: &List, key: Option<Value>, reverse: bool) -> PyResult<()> {
    if key.is_none() && sort_in_place(list, reverse) {
        return Ok(());
    }
    let owner = list.value().own();
    let mut entries: Vec<Entry> = Vec::new();
    if entries.try_reserve_exact(list.len()).is_err() {
        return Err(th.memory_error());
    }
    // Meanwhile the list is empty and has no buffer: when it has one afterwards, it was changed.
    let buffer = list.detach();
    let mut failed = None;
    for item in buffer.take() {
        let (key, item) = match key {
            None => (item, None),
            Some(function) if failed.is_none() => match call::call1(th, function, item.value()) {
                Ok(key) => (key, Some(item)),
                Err(raised) => {
                    failed = Some(raised);
                    (Obj::none(), Some(item))
                }
            },
            Some(_) => (Obj::none(), Some(item)),
        };
        entries.push(Entry { key, item });
    }
    if failed.is_none() {
        // Reversing before and after keeps equal items in their order.
        if reverse {
            entries.reverse();
        }
        let sorter = Sorter { th, compare: choose(&entries) };
        failed = sorter.sort(&mut entries).err();
        if reverse {
            entries.reverse();
        }
    }
    let place = |entry: &mut Entry| match entry.item.take() {
        Some(item) => item,
        None => std::mem::replace(&mut entry.key, Obj::none()),
    };
    buffer.put(entries.iter_mut().map(place));
    // The keys go before the list is looked at: that may change it as well.
    drop(entries);
    let meanwhile = list.detach();
    let changed = meanwhile.exists();
    list.attach(buffer);
    meanwhile.release(th);
    drop(owner);
    if let Some(raised) = failed {
        return Err(raised);
    }
    if changed {
        return err!(th, VALUE_ERROR, "list modified during sort");
    }
    Ok(())
}
