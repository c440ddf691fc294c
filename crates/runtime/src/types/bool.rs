//! `bool`: two immortal ints.

use crate::prelude::*;
use crate::types::int;

/// A one-digit int in CPython's layout.
#[repr(C, align(16))]
pub struct StaticBool {
    head: Header,
    tag: usize,
    digit: u32,
}

// SAFETY: I6, immortal and never written.
unsafe impl Sync for StaticBool {}

// Tags: one digit and sign 0; no digit and sign 1 (zero).
#[unsafe(export_name = "_Py_TrueStruct")]
pub static TRUE: StaticBool =
    StaticBool { head: Header::immortal((&raw const BOOL_TYPE).cast()), tag: 1 << 3, digit: 1 };
#[unsafe(export_name = "_Py_FalseStruct")]
pub static FALSE: StaticBool = StaticBool { head: Header::immortal((&raw const BOOL_TYPE).cast()), tag: 1, digit: 0 };

builtin_type! {
    pub static BOOL_TYPE = "PyBool_Type" => TypeSpec {
        name: "bool",
        base: Some(&statics::INT_TYPE),
        basicsize: 24,
        itemsize: 4,
        doc: "bool(object=False, /)\n--\n\nThe truth value of an object: True or False, the only two instances.",
        slots: Slots {
            repr: Some(|th, v| th.intern(if v.is_true_singleton() { "True" } else { "False" })),
            new: Some(new),
            nb_and: Some(|th, a, b| bitwise(th, a, b, |x, y| x & y, int::nb_and)),
            nb_or: Some(|th, a, b| bitwise(th, a, b, |x, y| x | y, int::nb_or)),
            nb_xor: Some(|th, a, b| bitwise(th, a, b, |x, y| x ^ y, int::nb_xor)),
            nb_invert: Some(invert),
            ..Slots::EMPTY
        },
        ..TypeSpec::DEFAULT
    }
}

/// The truth value of `True` or `False`; `None` for anything else.
#[inline]
pub fn value_of(v: Value) -> Option<bool> {
    if v.is_true_singleton() {
        Some(true)
    } else if v.is_false_singleton() {
        Some(false)
    } else {
        None
    }
}

fn new(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    args.expect(th, "bool", 0, 1)?;
    match args.get(0) {
        Some(v) => Ok(Obj::bool(object::is_true(th, v)?)),
        None => Ok(Obj::bool(false)),
    }
}

/// Two bools stay a bool; any other int takes part as an int.
fn bitwise(
    th: &Thread,
    a: Value,
    b: Value,
    op: fn(bool, bool) -> bool,
    int_op: fn(&Thread, Value, Value) -> PyResult,
) -> PyResult {
    match (value_of(a), value_of(b)) {
        (Some(x), Some(y)) => Ok(Obj::bool(op(x, y))),
        _ => int_op(th, a, b),
    }
}

fn invert(th: &Thread, v: Value) -> PyResult {
    crate::warnings::deprecated(
        th,
        "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise \
         inversion of the underlying int object and is usually not what you expect from negating a bool. Use the 'not' \
         operator for boolean negation or ~int(x) if you really want the bitwise inversion of the underlying int.",
    )?;
    Ok(Obj::small_int(if v.is_true_singleton() { -2 } else { -1 }))
}
