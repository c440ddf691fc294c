//! Sorting: a stable merge sort that finds and extends natural runs.
//!
//! Comparisons can raise and run any code, so the list is empty while it is sorted, as CPython's is, and the items are
//! put back whatever happens. Homogeneous keys (small ints, small floats, strings) are compared without calling
//! anything.
//!
//! Source: Tim Peters' listsort.txt describes runs and galloping, Munro and Wild (2018) the order of merges.

use super::List;
use crate::prelude::*;
use crate::types::str::Str;
use crate::types::tuple::Tuple;
use std::cmp::Ordering;

/// A key and the place its item had: what is moved about while the keys' owners stay where they are, so that an error leaves nothing behind.
#[derive(Clone, Copy)]
struct Place {
    key: Value,
    index: usize,
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

fn choose(places: &[Place]) -> Compare {
    let all = |is: fn(Value) -> bool| places.iter().all(|place| is(place.key));
    if all(|key| key.is_small_int()) {
        Compare::SmallInts
    } else if all(|key| key.is_small_float()) {
        Compare::SmallFloats
    } else if all(|key| key.is_exact(&statics::STR_TYPE)) {
        Compare::Strings
    } else if all(|key| key.is_exact(&statics::TUPLE_TYPE)) {
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

/// So many items in a row from one run make a merge look for longer stretches.
const MIN_GALLOP: usize = 7;

struct Sorter<'a> {
    th: &'a Thread,
    compare: Compare,
    /// One of the two runs while they are merged.
    aside: Vec<Place>,
    /// Items in a row that start galloping: fewer while it pays, more when it does not.
    min_gallop: usize,
}

/// A run of the list, and how deep the merge with the next one lies in the tree of merges.
struct Run {
    start: usize,
    len: usize,
    power: u32,
}

impl Sorter<'_> {
    /// Whether `a < b`.
    #[inline]
    fn less(&self, a: Place, b: Place) -> PyResult<bool> {
        let (a, b) = (a.key, b.key);
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
    fn count_run(&self, places: &mut [Place]) -> PyResult<usize> {
        if places.len() < 2 {
            return Ok(places.len());
        }
        let mut n = 2;
        if self.less(places[1], places[0])? {
            while n < places.len() && self.less(places[n], places[n - 1])? {
                n += 1;
            }
            places[..n].reverse();
        } else {
            while n < places.len() && !self.less(places[n], places[n - 1])? {
                n += 1;
            }
        }
        Ok(n)
    }

    /// Sorts a slice whose first `sorted` places are in order.
    fn binary_insertion(&self, places: &mut [Place], sorted: usize) -> PyResult<()> {
        for i in sorted.max(1)..places.len() {
            let at = self.bisect(&places[..i], |this, place| this.less(places[i], place))?;
            places[at..=i].rotate_right(1);
        }
        Ok(())
    }

    /// The first place of a run that is `beyond`, as all after it are.
    fn bisect(&self, run: &[Place], beyond: impl Fn(&Self, Place) -> PyResult<bool>) -> PyResult<usize> {
        let (mut low, mut high) = (0, run.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if beyond(self, run[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    /// As [`Sorter::bisect`], with steps that double from the start of the run.
    fn gallop(&self, run: &[Place], beyond: impl Fn(&Self, Place) -> PyResult<bool>) -> PyResult<usize> {
        let (mut low, mut step) = (0, 1);
        while step <= run.len() {
            if beyond(self, run[step - 1])? {
                return Ok(low + self.bisect(&run[low..step - 1], beyond)?);
            }
            low = step;
            step = step * 2 + 1;
        }
        Ok(low + self.bisect(&run[low..], beyond)?)
    }

    /// As [`Sorter::bisect`], with steps that double from the end of the run.
    fn gallop_back(&self, run: &[Place], beyond: impl Fn(&Self, Place) -> PyResult<bool>) -> PyResult<usize> {
        let (mut high, mut step) = (run.len(), 1);
        while step <= run.len() {
            let at = run.len() - step;
            if !beyond(self, run[at])? {
                return Ok(at + 1 + self.bisect(&run[at + 1..high], beyond)?);
            }
            high = at;
            step = step * 2 + 1;
        }
        self.bisect(&run[..high], beyond)
    }

    /// Merges the sorted `places[start..middle]` and `places[middle..end]`. On an error all places are still there.
    fn merge(&mut self, places: &mut [Place], start: usize, middle: usize, end: usize) -> PyResult<()> {
        let first = places[middle];
        let start = start + self.gallop(&places[start..middle], |this, place| this.less(first, place))?;
        if start == middle {
            return Ok(());
        }
        let last = places[middle - 1];
        let end =
            middle + self.gallop_back(&places[middle..end], |this, place| this.less(place, last).map(|less| !less))?;
        let mut aside = std::mem::take(&mut self.aside);
        aside.clear();
        let (left, right) = (middle - start, end - middle);
        if aside.try_reserve(left.min(right)).is_err() {
            return Err(self.th.memory_error());
        }
        let result = if left <= right {
            aside.extend_from_slice(&places[start..middle]);
            self.merge_up(&mut places[start..end], &aside)
        } else {
            aside.extend_from_slice(&places[middle..end]);
            self.merge_down(&mut places[start..end], &aside)
        };
        self.aside = aside;
        result
    }

    /// Merges `left` and what follows its length in `places`, from the start.
    fn merge_up(&mut self, places: &mut [Place], left: &[Place]) -> PyResult<()> {
        // Taken from the left, taken from the right; `i + j` is where the next one goes.
        let (mut i, mut j) = (0, left.len());
        let result = self.advance(places, left, &mut i, &mut j);
        // What is left of the right run is where it belongs.
        let at = j - (left.len() - i);
        places[at..j].copy_from_slice(&left[i..]);
        result
    }

    fn advance(&mut self, places: &mut [Place], left: &[Place], i: &mut usize, j: &mut usize) -> PyResult<()> {
        let mut streak = (0, 0);
        while *i < left.len() && *j < places.len() {
            let to = *j - (left.len() - *i);
            if streak.0.max(streak.1) < self.min_gallop {
                if self.less(places[*j], left[*i])? {
                    places[to] = places[*j];
                    *j += 1;
                    streak = (0, streak.1 + 1);
                } else {
                    places[to] = left[*i];
                    *i += 1;
                    streak = (streak.0 + 1, 0);
                }
                continue;
            }
            let key = places[*j];
            let taken = self.gallop(&left[*i..], |this, place| this.less(key, place))?;
            places[to..to + taken].copy_from_slice(&left[*i..*i + taken]);
            *i += taken;
            if *i == left.len() {
                break;
            }
            let key = left[*i];
            let more = self.gallop(&places[*j..], |this, place| this.less(place, key).map(|less| !less))?;
            let to = to + taken;
            places.copy_within(*j..*j + more, to);
            *j += more;
            streak = self.judge(taken, more);
        }
        Ok(())
    }

    /// Merges what comes before the length of `right` in `places`, and `right`, from the end.
    fn merge_down(&mut self, places: &mut [Place], right: &[Place]) -> PyResult<()> {
        // So many are left of each.
        let (mut i, mut j) = (places.len() - right.len(), right.len());
        let result = self.retreat(places, right, &mut i, &mut j);
        places[i..i + j].copy_from_slice(&right[..j]);
        result
    }

    fn retreat(&mut self, places: &mut [Place], right: &[Place], i: &mut usize, j: &mut usize) -> PyResult<()> {
        let mut streak = (0, 0);
        while *i > 0 && *j > 0 {
            let to = *i + *j;
            if streak.0.max(streak.1) < self.min_gallop {
                if self.less(right[*j - 1], places[*i - 1])? {
                    places[to - 1] = places[*i - 1];
                    *i -= 1;
                    streak = (streak.0 + 1, 0);
                } else {
                    places[to - 1] = right[*j - 1];
                    *j -= 1;
                    streak = (0, streak.1 + 1);
                }
                continue;
            }
            let key = right[*j - 1];
            let kept = self.gallop_back(&places[..*i], |this, place| this.less(key, place))?;
            let taken = *i - kept;
            places.copy_within(kept..*i, to - taken);
            *i = kept;
            if kept == 0 {
                break;
            }
            let key = places[*i - 1];
            let kept = self.gallop_back(&right[..*j], |this, place| this.less(place, key).map(|less| !less))?;
            let (more, to) = (*j - kept, to - taken);
            places[to - more..to].copy_from_slice(&right[kept..*j]);
            *j = kept;
            streak = self.judge(taken, more);
        }
        Ok(())
    }

    /// Whether galloping goes on after stretches of these lengths, as the streaks that decide it.
    fn judge(&mut self, taken: usize, more: usize) -> (usize, usize) {
        if taken.max(more) >= MIN_GALLOP {
            self.min_gallop = self.min_gallop.saturating_sub(1).max(1);
            return (self.min_gallop, self.min_gallop);
        }
        self.min_gallop += 2;
        (0, 0)
    }

    fn sort(&mut self, places: &mut [Place]) -> PyResult<()> {
        match self.compare {
            // Total orders without side effects: the library's stable sort does it.
            Compare::SmallInts => places.sort_by_key(|place| place.key.bits() as i64),
            Compare::SmallFloats => places.sort_by(|a, b| {
                a.key.small_float_value().partial_cmp(&b.key.small_float_value()).unwrap_or(Ordering::Equal)
            }),
            Compare::Strings | Compare::Tuples | Compare::Generic => self.timsort(places)?,
        }
        Ok(())
    }

    fn timsort(&mut self, places: &mut [Place]) -> PyResult<()> {
        let len = places.len();
        let minimum = minimum_run(len);
        let mut runs: Vec<Run> = Vec::new();
        let mut at = 0;
        while at < len {
            let mut run = self.count_run(&mut places[at..])?;
            if run < minimum {
                let forced = minimum.min(len - at);
                self.binary_insertion(&mut places[at..at + forced], run)?;
                run = forced;
            }
            if let Some(last) = runs.last() {
                let power = merge_power(last.start, last.len, run, len);
                while let [.., below, _] = &runs[..]
                    && below.power > power
                {
                    self.merge_last(places, &mut runs)?;
                }
                if let Some(last) = runs.last_mut() {
                    last.power = power;
                }
            }
            runs.push(Run { start: at, len: run, power: 0 });
            at += run;
        }
        while runs.len() > 1 {
            self.merge_last(places, &mut runs)?;
        }
        Ok(())
    }

    fn merge_last(&mut self, places: &mut [Place], runs: &mut Vec<Run>) -> PyResult<()> {
        if let (Some(right), Some(left)) = (runs.pop(), runs.last_mut()) {
            let (start, middle) = (left.start, right.start);
            left.len += right.len;
            left.power = right.power;
            self.merge(places, start, middle, middle + right.len)?;
        }
        Ok(())
    }
}

/// How deep the boundary between two neighbouring runs lies in a nearly optimal tree of merges: the first binary digit in which the
/// middles of the two, as fractions of the whole, differ.
///
/// Source: Munro and Wild, "Nearly-Optimal Mergesorts" (powersort), 2018.
fn merge_power(start: usize, left: usize, right: usize, len: usize) -> u32 {
    // Twice the middles; both are below twice the length.
    let (mut a, mut b) = (2 * start as u128 + left as u128, 2 * start as u128 + 2 * left as u128 + right as u128);
    let whole = 2 * len as u128;
    let mut power = 0;
    loop {
        power += 1;
        (a, b) = (2 * a, 2 * b);
        match (a >= whole, b >= whole) {
            (false, true) => return power,
            (true, true) => (a, b) = (a - whole, b - whole),
            _ => {}
        }
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
    let (len, with_key) = (list.len(), key.is_some());
    let (mut items, mut keys, mut places) = (Vec::new(), Vec::new(), Vec::new());
    let room = items.try_reserve_exact(len).is_ok() && places.try_reserve_exact(len).is_ok();
    if !room || (with_key && keys.try_reserve_exact(len).is_err()) {
        return Err(th.memory_error());
    }
    // Meanwhile the list is empty and has no buffer: when it has one afterwards, it was changed.
    let buffer = list.detach();
    items.extend(buffer.take());
    let mut failed = None;
    for (index, item) in items.iter().enumerate() {
        let mut place = Place { key: item.value(), index };
        if let Some(function) = key
            && failed.is_none()
        {
            match call::call1(th, function, item.value()) {
                Ok(key) => {
                    place.key = key.value();
                    keys.push(key);
                }
                Err(raised) => failed = Some(raised),
            }
        }
        places.push(place);
    }
    if failed.is_none() {
        // Reversing before and after keeps equal items in their order.
        if reverse {
            places.reverse();
        }
        let compare = choose(&places);
        failed = Sorter { th, compare, aside: Vec::new(), min_gallop: MIN_GALLOP }.sort(&mut places).err();
        if reverse {
            places.reverse();
        }
    }
    // Every place occurs once, also after an error.
    buffer.put(places.iter().map(|place| std::mem::replace(&mut items[place.index], Obj::none())));
    // The keys go before the list is looked at: that may change it as well.
    drop(keys);
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
