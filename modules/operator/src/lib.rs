//! The `_operator` module: the operators as functions, and callables that fetch items, attributes or call methods.
//!
//! - here: the functions; `getters.rs`: itemgetter, attrgetter; `methodcaller.rs`; `digest.rs`: comparison in constant
//!   time
//!
//! Source: the documentation of CPython 3.14's `operator`.
#![forbid(unsafe_code)]

mod digest;
mod getters;
mod methodcaller;

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;

/// The payload behind a slot's receiver.
///
/// # Errors
/// SystemError if the receiver is of another type, which slots never see.
#[inline]
fn this<'a, T: Payload>(th: &Thread, v: Value) -> PyResult<&'a T> {
    match v.cast::<Instance<T>>() {
        Some(instance) => Ok(&instance.payload),
        None => Err(th.system_error("a slot was called with an object of another type")),
    }
}

/// The one operand of a getter's call.
///
/// # Errors
/// TypeError for another number of arguments.
fn operand(th: &Thread, name: &str, args: Args) -> PyResult<Value> {
    args.no_keywords(th, name)?;
    match (args.len(), args.get(0)) {
        (1, Some(v)) => Ok(v),
        (given, _) => err!(th, TYPE_ERROR, "{name} expected 1 argument, got {given}"),
    }
}

/// Makes the module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let made = module::new(th, "_operator", "The operators as functions.", functions::METHODS)?;
    module::add_functions(th, made.value(), arithmetic::METHODS)?;
    module::add_functions(th, made.value(), digest::functions::METHODS)?;
    module::add_type(th, made.value(), &getters::ATTRGETTER_TYPE)?;
    module::add_type(th, made.value(), &getters::ITEMGETTER_TYPE)?;
    module::add_type(th, made.value(), &methodcaller::METHODCALLER_TYPE)?;
    Ok(made)
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Whether a is true.
    #[function("truth(a, /)")]
    fn truth(th: &Thread, a: Value) -> PyResult<bool> {
        object::is_true(th, a)
    }
    /// Same as b in a (note the order).
    #[function("contains(a, b, /)")]
    fn contains(th: &Thread, a: Value, b: Value) -> PyResult<bool> {
        sequence::contains(th, a, b)
    }
    /// The first index of b in a.
    #[function("indexOf(a, b, /)")]
    fn index_of(th: &Thread, a: Value, b: Value) -> PyResult<usize> {
        sequence::index_of(th, a, b)
    }
    /// How often b occurs in a.
    #[function("countOf(a, b, /)")]
    fn count_of(th: &Thread, a: Value, b: Value) -> PyResult<usize> {
        sequence::count(th, a, b)
    }
    /// Same as a is b.
    #[function("is_(a, b, /)", pure)]
    fn is(_: &Thread, a: Value, b: Value) -> bool {
        a.is(b)
    }
    /// Same as a is not b.
    #[function("is_not(a, b, /)", pure)]
    fn is_not(_: &Thread, a: Value, b: Value) -> bool {
        !a.is(b)
    }
    /// Same as a is None.
    #[function("is_none(a, /)", pure)]
    fn is_none(_: &Thread, a: Value) -> bool {
        a.is_none()
    }
    /// Same as a is not None.
    #[function("is_not_none(a, /)", pure)]
    fn is_not_none(_: &Thread, a: Value) -> bool {
        !a.is_none()
    }
    /// Same as a.__index__().
    #[function("index(a, /)")]
    fn index(th: &Thread, a: Value) -> PyResult {
        number::index(th, a)
    }
    /// Same as not a.
    #[function("not_(a, /)")]
    fn not(th: &Thread, a: Value) -> PyResult<bool> {
        object::not_(th, a)
    }
    /// Same as a + b, for sequences.
    #[function("concat(a, b, /)")]
    fn concat(th: &Thread, a: Value, b: Value) -> PyResult {
        sequence::concat(th, a, b)
    }
    /// Same as a += b, for sequences.
    #[function("iconcat(a, b, /)")]
    fn iconcat(th: &Thread, a: Value, b: Value) -> PyResult {
        sequence::inplace_concat(th, a, b)
    }
    /// Same as a[b].
    #[function("getitem(a, b, /)")]
    fn getitem(th: &Thread, a: Value, b: Value) -> PyResult {
        object::get_item(th, a, b)
    }
    /// Same as a[b] = c.
    #[function("setitem(a, b, c, /)")]
    fn setitem(th: &Thread, a: Value, b: Value, c: Value) -> PyResult<()> {
        object::set_item(th, a, b, c)
    }
    /// Same as del a[b].
    #[function("delitem(a, b, /)")]
    fn delitem(th: &Thread, a: Value, b: Value) -> PyResult<()> {
        object::del_item(th, a, b)
    }
    /// Same as a == b.
    #[function("eq(a, b, /)")]
    fn eq(th: &Thread, a: Value, b: Value) -> PyResult {
        compare::rich(th, a, b, CompareOp::Eq)
    }
    /// Same as a != b.
    #[function("ne(a, b, /)")]
    fn ne(th: &Thread, a: Value, b: Value) -> PyResult {
        compare::rich(th, a, b, CompareOp::Ne)
    }
    /// Same as a < b.
    #[function("lt(a, b, /)")]
    fn lt(th: &Thread, a: Value, b: Value) -> PyResult {
        compare::rich(th, a, b, CompareOp::Lt)
    }
    /// Same as a <= b.
    #[function("le(a, b, /)")]
    fn le(th: &Thread, a: Value, b: Value) -> PyResult {
        compare::rich(th, a, b, CompareOp::Le)
    }
    /// Same as a > b.
    #[function("gt(a, b, /)")]
    fn gt(th: &Thread, a: Value, b: Value) -> PyResult {
        compare::rich(th, a, b, CompareOp::Gt)
    }
    /// Same as a >= b.
    #[function("ge(a, b, /)")]
    fn ge(th: &Thread, a: Value, b: Value) -> PyResult {
        compare::rich(th, a, b, CompareOp::Ge)
    }
    /// An estimate of the number of items in obj, or default.
    #[function("length_hint(obj, default=0, /)")]
    fn length_hint(th: &Thread, obj: Value, default: isize) -> PyResult<isize> {
        object::length_hint(th, obj, default)
    }
    /// Same as obj(*args, **kwargs).
    #[function("call(obj, /, *args, **kwargs)", raw)]
    fn call(th: &Thread, args: Args) -> PyResult {
        match args.get(0) {
            Some(callable) => whipsnake_runtime::protocols::call::call(th, callable, args.skip_first()),
            None => err!(th, TYPE_ERROR, "call expected at least 1 argument, got 0"),
        }
    }
}

#[pyfunctions]
mod arithmetic {
    use super::*;
    use whipsnake_runtime::protocols::number::NumberOp;

    /// Same as -a.
    #[function("neg(a, /)")]
    fn neg(th: &Thread, a: Value) -> PyResult {
        number::unary_negative(th, a)
    }
    /// Same as +a.
    #[function("pos(a, /)")]
    fn pos(th: &Thread, a: Value) -> PyResult {
        number::unary_positive(th, a)
    }
    /// Same as abs(a).
    #[function("abs(a, /)")]
    fn abs(th: &Thread, a: Value) -> PyResult {
        number::absolute(th, a)
    }
    /// Same as ~a.
    #[function("inv(a, /)")]
    fn inv(th: &Thread, a: Value) -> PyResult {
        number::unary_invert(th, a)
    }
    /// Same as ~a.
    #[function("invert(a, /)")]
    fn invert(th: &Thread, a: Value) -> PyResult {
        number::unary_invert(th, a)
    }
    /// Same as a + b.
    #[function("add(a, b, /)")]
    fn add(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::Add, a, b)
    }
    /// Same as a - b.
    #[function("sub(a, b, /)")]
    fn sub(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::Subtract, a, b)
    }
    /// Same as a * b.
    #[function("mul(a, b, /)")]
    fn mul(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::Multiply, a, b)
    }
    /// Same as a @ b.
    #[function("matmul(a, b, /)")]
    fn matmul(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::MatrixMultiply, a, b)
    }
    /// Same as a // b.
    #[function("floordiv(a, b, /)")]
    fn floordiv(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::FloorDivide, a, b)
    }
    /// Same as a / b.
    #[function("truediv(a, b, /)")]
    fn truediv(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::TrueDivide, a, b)
    }
    /// Same as a % b.
    #[function("mod(a, b, /)")]
    fn modulo(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::Remainder, a, b)
    }
    /// Same as a << b.
    #[function("lshift(a, b, /)")]
    fn lshift(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::Lshift, a, b)
    }
    /// Same as a >> b.
    #[function("rshift(a, b, /)")]
    fn rshift(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::Rshift, a, b)
    }
    /// Same as a & b.
    #[function("and_(a, b, /)")]
    fn and(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::And, a, b)
    }
    /// Same as a ^ b.
    #[function("xor(a, b, /)")]
    fn xor(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::Xor, a, b)
    }
    /// Same as a | b.
    #[function("or_(a, b, /)")]
    fn or(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::Or, a, b)
    }
    /// Same as a ** b.
    #[function("pow(a, b, /)")]
    fn pow(th: &Thread, a: Value, b: Value) -> PyResult {
        number::binary_op(th, NumberOp::Power, a, b)
    }
    /// Same as a += b.
    #[function("iadd(a, b, /)")]
    fn iadd(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplaceAdd, a, b)
    }
    /// Same as a -= b.
    #[function("isub(a, b, /)")]
    fn isub(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplaceSubtract, a, b)
    }
    /// Same as a *= b.
    #[function("imul(a, b, /)")]
    fn imul(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplaceMultiply, a, b)
    }
    /// Same as a @= b.
    #[function("imatmul(a, b, /)")]
    fn imatmul(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplaceMatrixMultiply, a, b)
    }
    /// Same as a //= b.
    #[function("ifloordiv(a, b, /)")]
    fn ifloordiv(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplaceFloorDivide, a, b)
    }
    /// Same as a /= b.
    #[function("itruediv(a, b, /)")]
    fn itruediv(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplaceTrueDivide, a, b)
    }
    /// Same as a %= b.
    #[function("imod(a, b, /)")]
    fn imod(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplaceRemainder, a, b)
    }
    /// Same as a <<= b.
    #[function("ilshift(a, b, /)")]
    fn ilshift(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplaceLshift, a, b)
    }
    /// Same as a >>= b.
    #[function("irshift(a, b, /)")]
    fn irshift(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplaceRshift, a, b)
    }
    /// Same as a &= b.
    #[function("iand(a, b, /)")]
    fn iand(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplaceAnd, a, b)
    }
    /// Same as a ^= b.
    #[function("ixor(a, b, /)")]
    fn ixor(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplaceXor, a, b)
    }
    /// Same as a |= b.
    #[function("ior(a, b, /)")]
    fn ior(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplaceOr, a, b)
    }
    /// Same as a **= b.
    #[function("ipow(a, b, /)")]
    fn ipow(th: &Thread, a: Value, b: Value) -> PyResult {
        number::inplace_op(th, NumberOp::InplacePower, a, b)
    }
}
