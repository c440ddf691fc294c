//! `min`, `max` and `sum`.

use crate::prelude::*;
use crate::types::str::to_rust_string;

/// `min` and `max`: `op` says when a new item replaces the best so far.
fn extreme(th: &Thread, name: &str, args: Args, op: CompareOp) -> PyResult {
    let (mut key, mut default) = (None, None);
    for (keyword, value) in args.keywords() {
        match to_rust_string(keyword).as_str() {
            "key" => key = Some(value).filter(|v| !v.is_none()),
            "default" => default = Some(value),
            other => return err!(th, TYPE_ERROR, "{name}() got an unexpected keyword argument '{other}'"),
        }
    }
    let first = match args.get(0) {
        Some(first) => first,
        None => return err!(th, TYPE_ERROR, "{name} expected at least 1 argument, got 0"),
    };
    let several = args.len() > 1;
    if several && default.is_some() {
        return err!(
            th,
            TYPE_ERROR,
            "Cannot specify a default for {name}() with multiple positional arguments"
        );
    }
    let mut best: Option<(Obj, Obj)> = None;
    let mut consider = |item: Obj| -> PyResult<()> {
        let measure = match key {
            Some(key) => call::call1(th, key, item.value())?,
            None => item.clone(),
        };
        let better = match &best {
            None => true,
            Some((_, known)) => compare::rich_bool(th, measure.value(), known.value(), op)?,
        };
        if better {
            best = Some((item, measure));
        }
        Ok(())
    };
    if several {
        for v in args.values() {
            consider(v.own())?;
        }
    } else {
        let it = iter::get_iter(th, first)?;
        while let Some(item) = iter::next(th, it.value())? {
            consider(item)?;
        }
    }
    match (best, default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default.own()),
        (None, None) => err!(th, VALUE_ERROR, "{name}() iterable argument is empty"),
    }
}

/// Sums small ints, then floats (compensated, as CPython does), then anything through `+`.
fn sum_all(th: &Thread, iterable: Value, start: Option<Value>) -> PyResult {
    let it = iter::get_iter(th, iterable)?;
    let mut total = match start {
        None => Obj::small_int(0),
        Some(start) => {
            for (ty, what) in [(&statics::STR_TYPE, "strings [use ''.join(seq) instead]"), (&statics::BYTES_TYPE, "bytes [use b''.join(seq) instead]"), (&statics::BYTEARRAY_TYPE, "bytearray [use b''.join(seq) instead]")] {
                if start.is_instance(ty) {
                    return err!(th, TYPE_ERROR, "sum() can't sum {what}");
                }
            }
            start.own()
        }
    };
    let mut pending: Option<Obj> = None;
    if let Some(mut sum) = total.as_small_int() {
        loop {
            let Some(item) = iter::next(th, it.value())? else { return th.int(sum) };
            match item.as_small_int().and_then(|i| sum.checked_add(i)) {
                Some(next) => sum = next,
                None => {
                    pending = Some(item);
                    break;
                }
            }
        }
        total = th.int(sum)?;
        if let Some(item) = pending.take() {
            total = number::add(th, total.value(), item.value())?;
        }
    }
    if total.is_exact(&statics::FLOAT_TYPE) {
        let mut sum = crate::types::float::value_of(total.value()).unwrap_or(0.0);
        let mut compensation = 0.0f64;
        loop {
            let finished = |sum: f64, c: f64| if c != 0.0 && c.is_finite() { sum + c } else { sum };
            let Some(item) = iter::next(th, it.value())? else { return th.float(finished(sum, compensation)) };
            let x = if item.is_exact(&statics::FLOAT_TYPE) {
                crate::types::float::value_of(item.value())
            } else {
                item.as_small_int().map(|i| i as f64)
            };
            match x {
                Some(x) if item.is_exact(&statics::FLOAT_TYPE) => {
                    // Neumaier's variant of Kahan summation.
                    let next = sum + x;
                    compensation += if sum.abs() >= x.abs() { (sum - next) + x } else { (x - next) + sum };
                    sum = next;
                }
                Some(x) => sum += x,
                None => {
                    total = th.float(finished(sum, compensation))?;
                    total = number::add(th, total.value(), item.value())?;
                    break;
                }
            }
        }
    }
    while let Some(item) = iter::next(th, it.value())? {
        total = number::add(th, total.value(), item.value())?;
    }
    Ok(total)
}

#[pyfunctions]
pub mod functions {
    use super::*;
    /// The smallest item of an iterable or of the arguments.
    #[function("min", raw)]
    fn min(th: &Thread, args: Args) -> PyResult {
        extreme(th, "min", args, CompareOp::Lt)
    }
    /// The largest item of an iterable or of the arguments.
    #[function("max", raw)]
    fn max(th: &Thread, args: Args) -> PyResult {
        extreme(th, "max", args, CompareOp::Gt)
    }
    /// The sum of a start value and the items of an iterable.
    #[function("sum(iterable, /, start=0)")]
    fn sum(th: &Thread, iterable: Value, start: Option<Value>) -> PyResult {
        sum_all(th, iterable, start)
    }
}
