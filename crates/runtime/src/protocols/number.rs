//! The number protocol: operators, and conversions to ints and floats.
//!
//! Operators dispatch as CPython's abstract layer does: the left operand's slot, but first the right operand's when
//! its type is a proper subclass of the left one's and has a slot of its own; then the sequence slots for `+` and `*`.
//! Small ints and small floats are computed inline before any dispatch.
//!
//! Source: the language reference, "Emulating numeric types"; messages as CPython 3.14 words them.

mod convert;
mod format;

pub use convert::*;
pub use format::{format_complex, format_float, format_int, formatted_str, locale_of};

use crate::prelude::*;
use crate::typeobj::{BinaryFn, slot_functions};
use crate::types::int;
use whipsnake_numbers::{ErrorKind, NumError};

/// The kinds of `BINARY_OP`, with CPython's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum NumberOp {
    Add = 0,
    And = 1,
    FloorDivide = 2,
    Lshift = 3,
    MatrixMultiply = 4,
    Multiply = 5,
    Remainder = 6,
    Or = 7,
    Power = 8,
    Rshift = 9,
    Subtract = 10,
    TrueDivide = 11,
    Xor = 12,
    InplaceAdd = 13,
    InplaceAnd = 14,
    InplaceFloorDivide = 15,
    InplaceLshift = 16,
    InplaceMatrixMultiply = 17,
    InplaceMultiply = 18,
    InplaceRemainder = 19,
    InplaceOr = 20,
    InplacePower = 21,
    InplaceRshift = 22,
    InplaceSubtract = 23,
    InplaceTrueDivide = 24,
    InplaceXor = 25,
    Subscr = 26,
}

/// How many operators there are before the in-place ones.
const INPLACE_OFFSET: usize = 13;

const ALL_OPS: [NumberOp; 27] = {
    use NumberOp::*;
    [
        Add,
        And,
        FloorDivide,
        Lshift,
        MatrixMultiply,
        Multiply,
        Remainder,
        Or,
        Power,
        Rshift,
        Subtract,
        TrueDivide,
        Xor,
        InplaceAdd,
        InplaceAnd,
        InplaceFloorDivide,
        InplaceLshift,
        InplaceMatrixMultiply,
        InplaceMultiply,
        InplaceRemainder,
        InplaceOr,
        InplacePower,
        InplaceRshift,
        InplaceSubtract,
        InplaceTrueDivide,
        InplaceXor,
        Subscr,
    ]
};

impl NumberOp {
    /// The operator with CPython's number `i` (the oparg of `BINARY_OP`).
    #[inline]
    pub fn from_index(i: u32) -> Option<NumberOp> {
        ALL_OPS.get(i as usize).copied()
    }
    /// Whether this is an augmented assignment.
    #[inline]
    pub fn is_inplace(self) -> bool {
        self as usize >= INPLACE_OFFSET && self != NumberOp::Subscr
    }
    /// The operator without its assignment.
    #[inline]
    pub fn plain(self) -> NumberOp {
        if self.is_inplace() { ALL_OPS[self as usize - INPLACE_OFFSET] } else { self }
    }
    /// As error messages show it.
    pub fn symbol(self) -> &'static str {
        [
            "+",
            "&",
            "//",
            "<<",
            "@",
            "*",
            "%",
            "|",
            "** or pow()",
            ">>",
            "-",
            "/",
            "^",
            "+=",
            "&=",
            "//=",
            "<<=",
            "@=",
            "*=",
            "%=",
            "|=",
            "**=",
            ">>=",
            "-=",
            "/=",
            "^=",
            "[]",
        ][self as usize]
    }
}

/// The slot of a plain operator (`**` and `[]` have their own protocols).
#[inline(always)]
fn plain_slot(slots: &Slots, op: NumberOp) -> Option<BinaryFn> {
    match op {
        NumberOp::Add => slots.nb_add,
        NumberOp::And => slots.nb_and,
        NumberOp::FloorDivide => slots.nb_floor_divide,
        NumberOp::Lshift => slots.nb_lshift,
        NumberOp::MatrixMultiply => slots.nb_matrix_multiply,
        NumberOp::Multiply => slots.nb_multiply,
        NumberOp::Remainder => slots.nb_remainder,
        NumberOp::Or => slots.nb_or,
        NumberOp::Rshift => slots.nb_rshift,
        NumberOp::Subtract => slots.nb_subtract,
        NumberOp::TrueDivide => slots.nb_true_divide,
        NumberOp::Xor => slots.nb_xor,
        _ => None,
    }
}

fn inplace_slot(slots: &Slots, op: NumberOp) -> Option<BinaryFn> {
    match op {
        NumberOp::Add => slots.nb_inplace_add,
        NumberOp::And => slots.nb_inplace_and,
        NumberOp::FloorDivide => slots.nb_inplace_floor_divide,
        NumberOp::Lshift => slots.nb_inplace_lshift,
        NumberOp::MatrixMultiply => slots.nb_inplace_matrix_multiply,
        NumberOp::Multiply => slots.nb_inplace_multiply,
        NumberOp::Remainder => slots.nb_inplace_remainder,
        NumberOp::Or => slots.nb_inplace_or,
        NumberOp::Rshift => slots.nb_inplace_rshift,
        NumberOp::Subtract => slots.nb_inplace_subtract,
        NumberOp::TrueDivide => slots.nb_inplace_true_divide,
        NumberOp::Xor => slots.nb_inplace_xor,
        _ => None,
    }
}

/// The operator on two small ints or two small floats, when the result comes without dispatch.
#[inline(always)]
fn immediate_op(op: NumberOp, a: Value, b: Value) -> Option<Value> {
    if a.is_small_int() && b.is_small_int() {
        let (x, y) = (a.small_int_value(), b.small_int_value());
        return match op {
            NumberOp::Add => Value::try_small_int(x + y),
            NumberOp::Subtract => Value::try_small_int(x - y),
            NumberOp::Multiply => x.checked_mul(y).and_then(Value::try_small_int),
            NumberOp::And => Some(Value::small_int(x & y)),
            NumberOp::Or => Some(Value::small_int(x | y)),
            NumberOp::Xor => Some(Value::small_int(x ^ y)),
            _ => None,
        };
    }
    if a.is_small_float() && b.is_small_float() {
        let (x, y) = (a.small_float_value(), b.small_float_value());
        return match op {
            NumberOp::Add => Value::try_small_float(x + y),
            NumberOp::Subtract => Value::try_small_float(x - y),
            NumberOp::Multiply => Value::try_small_float(x * y),
            // A small float is never zero.
            NumberOp::TrueDivide => Value::try_small_float(x / y),
            _ => None,
        };
    }
    None
}

/// Asks both operands' slots in the order of the data model; `NotImplemented` when neither knows.
#[inline]
fn dispatch(th: &Thread, op: NumberOp, a: Value, b: Value) -> PyResult {
    let (left, right) = (a.ty(), b.ty());
    let left_slot = plain_slot(left.slots(), op);
    let mut right_slot = None;
    if !std::ptr::eq(left, right) {
        right_slot = plain_slot(right.slots(), op);
        if let (Some(l), Some(r)) = (left_slot, right_slot)
            && l as usize == r as usize
        {
            right_slot = None;
        }
    }
    if let Some(slot) = left_slot {
        if let Some(reflected) = right_slot
            && right.is_subtype_of(left)
        {
            let result = reflected(th, a, b)?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
            right_slot = None;
        }
        let result = slot(th, a, b)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    match right_slot {
        Some(slot) => slot(th, a, b),
        None => Ok(Obj::not_implemented()),
    }
}

/// `a op b`, for every kind of `BINARY_OP`.
///
/// # Errors
/// TypeError when neither operand supports the operation; whatever the operands' methods raise.
#[inline]
pub fn binary_op(th: &Thread, op: NumberOp, a: Value, b: Value) -> PyResult {
    if let Some(v) = immediate_op(op, a, b) {
        return Ok(Obj::steal(v));
    }
    binary_op_slow(th, op, a, b)
}

/// A plain operator on two ints of exact type, at least one of them on the heap; `None` for operators that are rare.
#[inline]
fn int_op(th: &Thread, op: NumberOp, a: Value, b: Value) -> Option<PyResult> {
    let is_int = |v: Value| v.is_small_int() || v.is_exact(&statics::INT_TYPE);
    if !is_int(a) || !is_int(b) {
        return None;
    }
    Some(match op {
        NumberOp::Add => int::add(th, a, b),
        NumberOp::Subtract => int::sub(th, a, b),
        NumberOp::Multiply => int::mul(th, a, b),
        NumberOp::FloorDivide => int::floordiv(th, a, b),
        NumberOp::Remainder => int::modulo(th, a, b),
        NumberOp::Lshift => int::lshift(th, a, b),
        NumberOp::Rshift => int::rshift(th, a, b),
        NumberOp::And => int::and(th, a, b),
        NumberOp::Or => int::or(th, a, b),
        NumberOp::Xor => int::xor(th, a, b),
        _ => return None,
    })
}

fn binary_op_slow(th: &Thread, op: NumberOp, a: Value, b: Value) -> PyResult {
    if let Some(result) = int_op(th, op, a, b) {
        return result;
    }
    match op {
        NumberOp::Power => return power(th, a, b, statics::none()),
        NumberOp::Subscr => return object::get_item(th, a, b),
        _ if op.is_inplace() => return inplace_op(th, op, a, b),
        _ => {}
    }
    let result = dispatch(th, op, a, b)?;
    if !result.is_not_implemented() {
        return Ok(result);
    }
    sequence_op(th, op, a, b)
}

/// `a op b` of operands that are no numbers.
fn sequence_op(th: &Thread, op: NumberOp, a: Value, b: Value) -> PyResult {
    match op {
        NumberOp::Add => match a.ty().slots().sq_concat {
            Some(concat) => concat(th, a, b),
            None => Err(unsupported(th, op, a, b)),
        },
        NumberOp::Multiply => match (a.ty().slots().sq_repeat, b.ty().slots().sq_repeat) {
            (Some(repeat), _) => repeat_sequence(th, repeat, a, b),
            (None, Some(repeat)) => repeat_sequence(th, repeat, b, a),
            (None, None) => Err(unsupported(th, op, a, b)),
        },
        _ => Err(unsupported(th, op, a, b)),
    }
}

/// `sequence * count`.
fn repeat_sequence(th: &Thread, repeat: crate::typeobj::SizeItemFn, sequence: Value, count: Value) -> PyResult {
    if !has_index(count) {
        let name = full_name(count);
        return Err(th.type_error(format!("can't multiply sequence by non-int of type '{name}'")));
    }
    let count = as_index(th, count, &statics::OVERFLOW_ERROR)?;
    repeat(th, sequence, count)
}

/// `a op= b`: the value to assign. `op` is an in-place kind (a plain one is taken for its in-place form).
///
/// # Errors
/// As for [`binary_op`].
pub fn inplace_op(th: &Thread, op: NumberOp, a: Value, b: Value) -> PyResult {
    let plain = op.plain();
    if let Some(v) = immediate_op(plain, a, b) {
        return Ok(Obj::steal(v));
    }
    if plain == NumberOp::Power {
        return inplace_power(th, a, b);
    }
    if let Some(result) = int_op(th, plain, a, b) {
        return result;
    }
    if let Some(slot) = inplace_slot(a.ty().slots(), plain) {
        let result = slot(th, a, b)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    let result = dispatch(th, plain, a, b)?;
    if !result.is_not_implemented() {
        return Ok(result);
    }
    inplace_sequence_op(th, plain, a, b)
}

/// `a op= b` of operands that are no numbers.
fn inplace_sequence_op(th: &Thread, plain: NumberOp, a: Value, b: Value) -> PyResult {
    let slots = a.ty().slots();
    let assigned = ALL_OPS[plain as usize + INPLACE_OFFSET];
    match plain {
        NumberOp::Add => match slots.sq_inplace_concat.or(slots.sq_concat) {
            Some(concat) => concat(th, a, b),
            None => Err(unsupported(th, assigned, a, b)),
        },
        NumberOp::Multiply => {
            if let Some(repeat) = slots.sq_inplace_repeat.or(slots.sq_repeat) {
                return repeat_sequence(th, repeat, a, b);
            }
            match b.ty().slots().sq_repeat {
                Some(repeat) if !a.ty().is_heap_type() => repeat_sequence(th, repeat, b, a),
                _ => Err(unsupported(th, assigned, a, b)),
            }
        }
        _ => Err(unsupported(th, assigned, a, b)),
    }
}

/// What `a`'s class, which is to be a heap type, has under the name of the operator that its instances are asked for first: that of
/// the augmented assignment if `op` is one and the class can do it.
#[inline]
pub fn method_in_python(th: &Thread, op: NumberOp, a: Value) -> Option<Value> {
    let plain = op.plain();
    let [method, _, inplace] = slot_functions::operator_names(plain)?;
    let assigns = op.is_inplace() && inplace_slot(a.ty().slots(), plain).is_some();
    a.ty().lookup(th, if assigns { inplace } else { method }.get(th).ok()?)
}

/// `a op b` when the method that [`method_in_python`] names has answered `NotImplemented`.
///
/// # Errors
/// As for [`binary_op`].
pub fn after_declined(th: &Thread, op: NumberOp, a: Value, b: Value) -> PyResult {
    let plain = op.plain();
    let (left, right) = (a.ty(), b.ty());
    let result = if op.is_inplace() && inplace_slot(left.slots(), plain).is_some() {
        dispatch(th, plain, a, b)?
    } else if std::ptr::eq(left, right) {
        Obj::not_implemented()
    } else {
        match plain_slot(right.slots(), plain) {
            slot if same_function(slot, plain_slot(left.slots(), plain)) => slot_functions::reflected(th, plain, a, b)?,
            Some(slot) => slot(th, a, b)?,
            None => Obj::not_implemented(),
        }
    };
    if !result.is_not_implemented() {
        return Ok(result);
    }
    if op.is_inplace() { inplace_sequence_op(th, plain, a, b) } else { sequence_op(th, op, a, b) }
}

/// The type's name as messages show it: with the module for built-in types outside `builtins`.
pub fn full_name(v: Value) -> &'static str {
    let ty = v.ty();
    ty.spec.map_or_else(|| ty.name(), |spec| spec.name)
}

/// TypeError: "unsupported operand type(s) for ...".
#[cold]
pub fn unsupported(th: &Thread, op: NumberOp, a: Value, b: Value) -> Raised {
    let (left, right) = (full_name(a), full_name(b));
    let symbol = op.symbol();
    let mut message = format!("unsupported operand type(s) for {symbol}: '{left}' and '{right}'");
    if op == NumberOp::Rshift && is_print(th, a) {
        message.push_str(". Did you mean \"print(<message>, file=<output_stream>)\"?");
    }
    th.type_error(message)
}

/// Whether this is the built-in `print`, which Python 2 programs shift into.
fn is_print(th: &Thread, v: Value) -> bool {
    if !v.is_exact(&statics::BUILTIN_FUNCTION_TYPE) {
        return false;
    }
    match object::get_attr_str(th, v, "__name__") {
        Ok(name) => crate::types::str::to_rust_string(name.value()) == "print",
        Err(_) => {
            drop(th.take_exception());
            false
        }
    }
}

macro_rules! shorthands {
    ($($name:ident => $op:ident),* $(,)?) => {
        $(#[doc = concat!("`operator.", stringify!($name), "(a, b)`. Errors: as for [`binary_op`].")]
        #[inline]
        pub fn $name(th: &Thread, a: Value, b: Value) -> PyResult {
            binary_op(th, NumberOp::$op, a, b)
        })*
    };
}

shorthands! {
    add => Add, subtract => Subtract, multiply => Multiply, true_divide => TrueDivide, floor_divide => FloorDivide,
    remainder => Remainder, lshift => Lshift, rshift => Rshift, and => And, or => Or, xor => Xor,
    matrix_multiply => MatrixMultiply, inplace_add => InplaceAdd, inplace_subtract => InplaceSubtract,
    inplace_multiply => InplaceMultiply, inplace_or => InplaceOr,
}

/// `divmod(a, b)`.
///
/// # Errors
/// As for [`binary_op`].
pub fn divmod(th: &Thread, a: Value, b: Value) -> PyResult {
    let (left, right) = (a.ty(), b.ty());
    let left_slot = left.slots().nb_divmod;
    let mut right_slot = if std::ptr::eq(left, right) { None } else { right.slots().nb_divmod };
    if same_function(left_slot, right_slot) {
        right_slot = None;
    }
    if let Some(reflected) = right_slot
        && left_slot.is_some()
        && right.is_subtype_of(left)
    {
        let result = reflected(th, a, b)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
        right_slot = None;
    }
    for slot in [left_slot, right_slot].into_iter().flatten() {
        let result = slot(th, a, b)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    let (left, right) = (full_name(a), full_name(b));
    Err(th.type_error(format!("unsupported operand type(s) for divmod(): '{left}' and '{right}'")))
}

fn same_function<F: Copy>(a: Option<F>, b: Option<F>) -> bool
where
    F: FnAddress,
{
    matches!((a, b), (Some(a), Some(b)) if a.address() == b.address())
}

/// Slot functions are compared by address, as CPython does.
trait FnAddress {
    fn address(self) -> usize;
}
impl FnAddress for BinaryFn {
    fn address(self) -> usize {
        self as usize
    }
}
impl FnAddress for crate::typeobj::TernaryFn {
    fn address(self) -> usize {
        self as usize
    }
}

/// `pow(a, b, modulus)`; without a modulus (`None`) `a ** b`.
///
/// # Errors
/// As for [`binary_op`].
pub fn power(th: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    let result = ternary_dispatch(th, a, b, modulus)?;
    if result.is_not_implemented() { Err(unsupported_power(th, "** or pow()", a, b, modulus)) } else { Ok(result) }
}

fn inplace_power(th: &Thread, a: Value, b: Value) -> PyResult {
    let none = statics::none();
    if let Some(slot) = a.ty().slots().nb_inplace_power {
        let result = slot(th, a, b, none)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    let result = ternary_dispatch(th, a, b, none)?;
    if result.is_not_implemented() { Err(unsupported_power(th, "**=", a, b, none)) } else { Ok(result) }
}

fn ternary_dispatch(th: &Thread, a: Value, b: Value, c: Value) -> PyResult {
    let (left, right) = (a.ty(), b.ty());
    let left_slot = left.slots().nb_power;
    let mut right_slot = if std::ptr::eq(left, right) { None } else { right.slots().nb_power };
    if same_function(left_slot, right_slot) {
        right_slot = None;
    }
    if let Some(reflected) = right_slot
        && left_slot.is_some()
        && right.is_subtype_of(left)
    {
        let result = reflected(th, a, b, c)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
        right_slot = None;
    }
    let mut third = if c.is_none() { None } else { c.ty().slots().nb_power };
    if same_function(third, left_slot) || same_function(third, right_slot) {
        third = None;
    }
    for slot in [left_slot, right_slot, third].into_iter().flatten() {
        let result = slot(th, a, b, c)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    Ok(Obj::not_implemented())
}

#[cold]
fn unsupported_power(th: &Thread, symbol: &str, a: Value, b: Value, c: Value) -> Raised {
    let (left, right) = (full_name(a), full_name(b));
    if c.is_none() {
        return th.type_error(format!("unsupported operand type(s) for {symbol}: '{left}' and '{right}'"));
    }
    let third = full_name(c);
    th.type_error(format!("unsupported operand type(s) for {symbol}: '{left}', '{right}', '{third}'"))
}

/// `-v`.
///
/// # Errors
/// TypeError when the type has no such operator.
pub fn unary_negative(th: &Thread, v: Value) -> PyResult {
    if let Some(i) = v.as_small_int() {
        return th.int(-i);
    }
    match v.ty().slots().nb_negative {
        Some(slot) => slot(th, v),
        None => Err(bad_unary(th, "unary -", v)),
    }
}

/// `+v`.
///
/// # Errors
/// As for [`unary_negative`].
pub fn unary_positive(th: &Thread, v: Value) -> PyResult {
    match v.ty().slots().nb_positive {
        Some(slot) => slot(th, v),
        None => Err(bad_unary(th, "unary +", v)),
    }
}

/// `~v`.
///
/// # Errors
/// As for [`unary_negative`].
pub fn unary_invert(th: &Thread, v: Value) -> PyResult {
    if let Some(i) = v.as_small_int() {
        return Ok(Obj::small_int(!i));
    }
    match v.ty().slots().nb_invert {
        Some(slot) => slot(th, v),
        None => Err(bad_unary(th, "unary ~", v)),
    }
}

/// `abs(v)`.
///
/// # Errors
/// As for [`unary_negative`].
pub fn absolute(th: &Thread, v: Value) -> PyResult {
    match v.ty().slots().nb_absolute {
        Some(slot) => slot(th, v),
        None => Err(bad_unary(th, "abs()", v)),
    }
}

#[cold]
fn bad_unary(th: &Thread, operator: &str, v: Value) -> Raised {
    th.type_error(format!("bad operand type for {operator}: '{}'", full_name(v)))
}

/// Raises what a numeric function of `whipsnake-numbers` reports.
#[cold]
pub fn raise(th: &Thread, error: NumError) -> Raised {
    match error.kind {
        ErrorKind::Value => th.value_error(error.message),
        ErrorKind::ZeroDivision => th.raise(&statics::ZERO_DIVISION_ERROR, error.message),
        ErrorKind::Overflow => th.overflow_error(error.message),
        ErrorKind::OverflowErrno => match th.str(&error.message) {
            Ok(text) => th.raise_with(&statics::OVERFLOW_ERROR, &[Value::small_int(34), text.value()]),
            Err(raised) => raised,
        },
        ErrorKind::Type => th.type_error(error.message),
        ErrorKind::Memory => th.memory_error(),
    }
}

/// Turns results of `whipsnake-numbers` into results that raise.
pub trait OrRaise<T> {
    /// # Errors
    /// The Python exception that the numeric error stands for.
    fn or_raise(self, th: &Thread) -> PyResult<T>;
}

impl<T> OrRaise<T> for whipsnake_numbers::Result<T> {
    #[inline]
    fn or_raise(self, th: &Thread) -> PyResult<T> {
        self.map_err(|error| raise(th, error))
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL_OPS, NumberOp};

    #[test]
    fn operators_are_numbered_as_in_bytecode() {
        for (i, op) in ALL_OPS.iter().enumerate() {
            assert_eq!(*op as usize, i);
            if op.is_inplace() {
                let plain = op.plain().symbol();
                let expected = if plain.starts_with("**") { "**=".to_string() } else { format!("{plain}=") };
                assert_eq!(op.symbol(), expected);
            }
        }
        assert_eq!(NumberOp::from_index(27), None);
    }
}
