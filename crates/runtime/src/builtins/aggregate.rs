//! all, any, max, min, sorted, sum.

use crate::prelude::*;
use crate::types::int;
use crate::types::list::List;

/// `min` and `max`: the first of the best items.
fn extreme(th: &Thread, args: Args, name: &str, op: CompareOp) -> PyResult {
    if let (Some(first), Some(second), 2) = (args.get(0), args.get(1), args.slots().len()) {
        return Ok(if compare::rich_bool(th, second, first, op)? { second } else { first }.own());
    }
    let (mut key, mut default) = (None, None);
    for (keyword, value) in args.keywords() {
        match &*crate::types::str::to_cow(keyword) {
            "key" => key = Some(value).filter(|v| !v.is_none()),
            "default" => default = Some(value),
            other => return err!(th, TYPE_ERROR, "{name}() got an unexpected keyword argument '{other}'"),
        }
    }
    let given = args.len();
    let Some(first) = args.get(0) else {
        return err!(th, TYPE_ERROR, "{name} expected at least 1 argument, got 0");
    };
    if key.is_none() {
        return extreme_item(th, args, default, name, op);
    }
    let mut best: Option<(Obj, Obj)> = None;
    let mut consider = |item: Obj| -> PyResult<()> {
        let rank = match key {
            Some(key) => call::call1(th, key, item.value())?,
            None => item.clone(),
        };
        let better = match &best {
            None => true,
            Some((_, top)) => compare::rich_bool(th, rank.value(), top.value(), op)?,
        };
        if better {
            best = Some((item, rank));
        }
        Ok(())
    };
    if given > 1 {
        if default.is_some() {
            return err!(th, TYPE_ERROR, "Cannot specify a default for {name}() with multiple positional arguments");
        }
        for item in args.values() {
            consider(item.own())?;
        }
    } else {
        iter::for_each(th, first, consider)?;
    }
    match (best, default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default.own()),
        (None, None) => err!(th, VALUE_ERROR, "{name}() iterable argument is empty"),
    }
}

/// [`extreme`] without a key.
fn extreme_item(th: &Thread, args: Args, default: Option<Value>, name: &str, op: CompareOp) -> PyResult {
    if args.len() > 1 {
        if default.is_some() {
            return err!(th, TYPE_ERROR, "Cannot specify a default for {name}() with multiple positional arguments");
        }
        let mut values = args.values();
        let mut best = values.next().unwrap_or(statics::none());
        for item in values {
            if compare::rich_bool(th, item, best, op)? {
                best = item;
            }
        }
        return Ok(best.own());
    }
    let mut items = iter::Items::of(th, args.get(0).unwrap_or(statics::none()))?;
    let Some(mut best) = items.next(th)? else {
        return match default {
            Some(default) => Ok(default.own()),
            None => err!(th, VALUE_ERROR, "{name}() iterable argument is empty"),
        };
    };
    while let Some(item) = items.next(th)? {
        if compare::rich_bool(th, item.value(), best.value(), op)? {
            best = item;
        }
    }
    Ok(best)
}

/// A sum of doubles with the lost low part carried along (Neumaier), as CPython adds.
#[derive(Clone, Copy)]
struct Compensated {
    high: f64,
    low: f64,
}

impl Compensated {
    #[inline(always)]
    fn add(&mut self, x: f64) {
        let total = self.high + x;
        if self.high.abs() >= x.abs() {
            self.low += (self.high - total) + x;
        } else {
            self.low += (x - total) + self.high;
        }
        self.high = total;
    }
    fn value(self) -> f64 {
        if self.low != 0.0 && self.low.is_finite() { self.high + self.low } else { self.high }
    }
}

/// The running total of `sum`: machine numbers as long as they do.
enum Total {
    Int(i64),
    Float(Compensated),
    Complex(Compensated, Compensated),
    Object(Obj),
}

impl Total {
    /// The sum of `start` and the items. Each kind of machine number has a loop of its own, which ends at an item that
    /// it cannot add.
    fn sum(th: &Thread, start: Value, mut items: iter::Items) -> PyResult {
        let mut total = Total::of(start);
        loop {
            let item = match &mut total {
                Total::Int(total) => {
                    let mut sum = *total;
                    let odd = loop {
                        let Some(item) = items.next(th)? else { return th.int(sum) };
                        match item.value().as_small_int().and_then(|i| sum.checked_add(i)) {
                            Some(more) => sum = more,
                            None => break item,
                        }
                    };
                    *total = sum;
                    odd
                }
                Total::Float(total) => {
                    let mut sum = *total;
                    let odd = loop {
                        let Some(item) = items.next(th)? else { return th.float(sum.value()) };
                        let v = item.value();
                        if let Some(x) = v.as_small_float() {
                            sum.add(x);
                        } else if let Some(i) = v.as_small_int() {
                            sum.add(i as f64);
                        } else {
                            break item;
                        }
                    };
                    *total = sum;
                    odd
                }
                _ => match items.next(th)? {
                    Some(item) => item,
                    None => return total.into_obj(th),
                },
            };
            total = total.add(th, item)?;
        }
    }
    fn of(v: Value) -> Total {
        if v.is_exact(&statics::INT_TYPE)
            && let Some(i) = int::try_i64(v)
        {
            return Total::Int(i);
        }
        if v.is_exact(&statics::FLOAT_TYPE)
            && let Some(x) = crate::types::float::value_of(v)
        {
            return Total::Float(Compensated { high: x, low: 0.0 });
        }
        if v.is_exact(&statics::COMPLEX_TYPE)
            && let Some(z) = crate::types::complex::value_of(v)
        {
            return Total::Complex(Compensated { high: z.re, low: 0.0 }, Compensated { high: z.im, low: 0.0 });
        }
        Total::Object(v.own())
    }
    fn into_obj(self, th: &Thread) -> PyResult {
        match self {
            Total::Int(i) => th.int(i),
            Total::Float(x) => th.float(x.value()),
            Total::Complex(re, im) => crate::types::complex::new(th, re.value(), im.value()),
            Total::Object(v) => Ok(v),
        }
    }
    /// The total with `item` added.
    fn add(self, th: &Thread, item: Obj) -> PyResult<Total> {
        let v = item.value();
        let as_int = || if v.is_exact(&statics::INT_TYPE) { int::try_i64(v) } else { None };
        let as_float = || if v.is_exact(&statics::FLOAT_TYPE) { crate::types::float::value_of(v) } else { None };
        match self {
            Total::Int(total) => {
                let small =
                    as_int().or_else(|| v.is_exact(&statics::BOOL_TYPE).then(|| i64::from(v.is_true_singleton())));
                if let Some(sum) = small.and_then(|i| total.checked_add(i)) {
                    return Ok(Total::Int(sum));
                }
            }
            Total::Float(mut total) => {
                if let Some(x) = as_float().or_else(|| as_int().map(|i| i as f64)) {
                    total.add(x);
                    return Ok(Total::Float(total));
                }
            }
            Total::Complex(mut re, mut im) => {
                if v.is_exact(&statics::COMPLEX_TYPE)
                    && let Some(z) = crate::types::complex::value_of(v)
                {
                    re.add(z.re);
                    im.add(z.im);
                    return Ok(Total::Complex(re, im));
                }
                if let Some(x) = as_float().or_else(|| as_int().map(|i| i as f64)) {
                    re.add(x);
                    return Ok(Total::Complex(re, im));
                }
            }
            Total::Object(total) => {
                return number::binary_op(th, number::NumberOp::Add, total.value(), v).map(Total::Object);
            }
        }
        let total = self.into_obj(th)?;
        let sum = number::binary_op(th, number::NumberOp::Add, total.value(), v)?;
        // An int total may turn to a float or complex one on the way, never back.
        Ok(if sum.is_exact(&statics::INT_TYPE) { Total::Object(sum) } else { Total::of(sum.value()) })
    }
}

fn check_summable(th: &Thread, start: Value) -> PyResult<()> {
    let (what, how) = if start.is_instance(&statics::STR_TYPE) {
        ("strings", "''")
    } else if start.is_instance(&statics::BYTES_TYPE) {
        ("bytes", "b''")
    } else if start.is_instance(&statics::BYTEARRAY_TYPE) {
        ("bytearray", "b''")
    } else {
        return Ok(());
    };
    err!(th, TYPE_ERROR, "sum() can't sum {what} [use {how}.join(seq) instead]")
}

#[pyfunctions]
pub(super) mod functions {
    use super::*;

    /// Whether all items are true.
    #[function("all(iterable, /)")]
    fn all(th: &Thread, iterable: Value) -> PyResult<bool> {
        let mut items = iter::Items::of(th, iterable)?;
        while let Some(item) = items.next(th)? {
            if !object::is_true(th, item.value())? {
                return Ok(false);
            }
        }
        Ok(true)
    }
    /// Whether some item is true.
    #[function("any(iterable, /)")]
    fn any(th: &Thread, iterable: Value) -> PyResult<bool> {
        let mut items = iter::Items::of(th, iterable)?;
        while let Some(item) = items.next(th)? {
            if object::is_true(th, item.value())? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    /// The largest item or argument.
    #[function("max", raw)]
    fn max(th: &Thread, args: Args) -> PyResult {
        extreme(th, args, "max", CompareOp::Gt)
    }
    /// The smallest item or argument.
    #[function("min", raw)]
    fn min(th: &Thread, args: Args) -> PyResult {
        extreme(th, args, "min", CompareOp::Lt)
    }
    /// A sorted list of the items.
    #[function("sorted(iterable, /, *, key=None, reverse=False)", raw)]
    fn sorted(th: &Thread, args: Args) -> PyResult {
        if args.len() != 1 {
            return err!(th, TYPE_ERROR, "sorted expected 1 argument, got {}", args.len());
        }
        let (mut key, mut reverse) = (None, false);
        for (keyword, value) in args.keywords() {
            match &*crate::types::str::to_cow(keyword) {
                "key" => key = Some(value).filter(|v| !v.is_none()),
                "reverse" => reverse = object::is_true(th, value)?,
                other => return err!(th, TYPE_ERROR, "sort() got an unexpected keyword argument '{other}'"),
            }
        }
        let items = iter::to_vec(th, args.get(0).unwrap_or(statics::none()))?;
        let sorted = th.list(items)?;
        if let Some(list) = sorted.cast::<List>() {
            crate::types::list::sort::sort(th, list, key, reverse)?;
        }
        Ok(sorted)
    }
    /// The sum of the items and the start value.
    #[function("sum(iterable, /, start=0)", raw)]
    fn sum(th: &Thread, args: Args) -> PyResult {
        let (iterable, start) = sum_arguments(th, args)?;
        check_summable(th, start)?;
        Total::sum(th, start, iter::Items::of(th, iterable)?)
    }
}

/// `sum(iterable, /, start=0)`.
fn sum_arguments(th: &Thread, args: Args) -> PyResult<(Value, Value)> {
    let Some(iterable) = args.get(0) else {
        return err!(th, TYPE_ERROR, "sum() takes at least 1 positional argument (0 given)");
    };
    let given = args.len() + args.keyword_count();
    if given > 2 {
        return err!(th, TYPE_ERROR, "sum() takes at most 2 arguments ({given} given)");
    }
    let mut start = args.get(1);
    for (keyword, value) in args.keywords() {
        match &*crate::types::str::to_cow(keyword) {
            "start" => start = Some(value),
            other => return err!(th, TYPE_ERROR, "sum() got an unexpected keyword argument '{other}'"),
        }
    }
    Ok((iterable, start.unwrap_or(Value::small_int(0))))
}
