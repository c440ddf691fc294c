//! `float`: immediates for common exponents, heap objects in CPython's layout for the rest.
//!
//! **Invariant:** what functions here return is normalised; what comes in may be a boxed small float (instances of
//! subclasses are).

use crate::prelude::*;
use crate::protocols::number::OrRaise;
use crate::types::int::{self, BigView};
use crate::types::str::Str;
use std::cmp::Ordering;
use whipsnake_layout::objects::FloatObject;
use whipsnake_numbers::{bigint, float, hash};

/// A float on the heap.
#[repr(transparent)]
pub struct Float(FloatObject);

// SAFETY: I4, `FLOAT_TYPE` declares this layout.
unsafe impl Layout for Float {
    #[inline(always)]
    fn ty() -> &'static Type {
        &FLOAT_TYPE
    }
}

builtin_type! {
    pub static FLOAT_TYPE = "PyFloat_Type" => TypeSpec {
        name: "float",
        basicsize: size_of::<FloatObject>(),
        flags: flags::BASETYPE | flags::MATCH_SELF,
        doc: "float(x=0, /)\n--\n\nA double-precision number, made of a number or of text.",
        slots: Slots {
            dealloc: Some(crate::dealloc::dealloc_plain),
            new: Some(new),
            repr: Some(repr),
            hash: Some(hash_slot),
            richcompare: Some(richcompare),
            nb_add: Some(|th, a, b| arithmetic(th, a, b, |x, y| Ok(x + y))),
            nb_subtract: Some(|th, a, b| arithmetic(th, a, b, |x, y| Ok(x - y))),
            nb_multiply: Some(|th, a, b| arithmetic(th, a, b, |x, y| Ok(x * y))),
            nb_true_divide: Some(|th, a, b| arithmetic(th, a, b, float::truediv)),
            nb_floor_divide: Some(|th, a, b| arithmetic(th, a, b, float::floordiv)),
            nb_remainder: Some(|th, a, b| arithmetic(th, a, b, float::modulo)),
            nb_divmod: Some(divmod),
            nb_power: Some(power),
            nb_negative: Some(|th, v| th.float(-get(v))),
            nb_positive: Some(exact_copy),
            nb_absolute: Some(|th, v| th.float(get(v).abs())),
            nb_bool: Some(|_, v| Ok(get(v) != 0.0)),
            nb_int: Some(|th, v| to_int(th, get(v))),
            nb_float: Some(exact_copy),
            ..Slots::EMPTY
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..TypeSpec::DEFAULT
    }
}

/// A float that is never freed: the common ones that are no immediates.
#[repr(C, align(16))]
struct StaticFloat(FloatObject);

// SAFETY: I6, immortal and never written.
unsafe impl Sync for StaticFloat {}

const fn immortal(value: f64) -> StaticFloat {
    StaticFloat(FloatObject { head: Header::immortal((&raw const FLOAT_TYPE).cast()), value })
}

#[unsafe(export_name = "whipsnake_zero")]
static ZERO: StaticFloat = immortal(0.0);
#[unsafe(export_name = "whipsnake_negative_zero")]
static NEGATIVE_ZERO: StaticFloat = immortal(-0.0);
static INFINITY: StaticFloat = immortal(f64::INFINITY);
static NEGATIVE_INFINITY: StaticFloat = immortal(f64::NEG_INFINITY);

impl Thread {
    /// A float.
    ///
    /// # Errors
    /// MemoryError.
    #[inline(always)]
    pub fn float(&self, x: f64) -> PyResult {
        match Value::try_small_float(x) {
            Some(v) => Ok(Obj::steal(v)),
            None => boxed(self, x),
        }
    }
}

#[inline(never)]
fn boxed(th: &Thread, x: f64) -> PyResult {
    let constant = if x == 0.0 {
        if x.is_sign_negative() { &NEGATIVE_ZERO } else { &ZERO }
    } else if x == f64::INFINITY {
        &INFINITY
    } else if x == f64::NEG_INFINITY {
        &NEGATIVE_INFINITY
    } else {
        return allocate(th, &FLOAT_TYPE, x);
    };
    // SAFETY: I1, an immortal static.
    Ok(Obj::steal(unsafe { Value::from_ptr(constant) }))
}

/// A heap object of type `ty`, which is `float` or a subclass of it.
fn allocate(th: &Thread, ty: &'static Type, x: f64) -> PyResult {
    let own = size_of::<FloatObject>();
    let basicsize = (ty.core.basicsize.get() as usize).max(own);
    // A dict's slot at the end of the object is not part of the basic size.
    let size = if ty.core.dictoffset.get() < 0 { basicsize.next_multiple_of(8) + 8 } else { basicsize };
    let object = th.allocate(ty, size)?;
    // SAFETY: fresh memory of `size` bytes; what subclasses append begins as null slots.
    unsafe {
        (&raw mut (*(object as *mut FloatObject)).value).write(x);
        object.cast::<u8>().add(own).write_bytes(0, size - own);
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

/// The number of a float or an instance of a subclass.
#[inline(always)]
pub fn value_of(v: Value) -> Option<f64> {
    if v.is_small_float() {
        return Some(v.small_float_value());
    }
    if v.is_small_int() { None } else { v.cast::<Float>().map(|float| float.0.value) }
}

/// The number of a value known to be a float.
#[inline(always)]
fn get(v: Value) -> f64 {
    if v.is_small_float() {
        return v.small_float_value();
    }
    debug_assert!(v.is_pointer() && v.is_instance(&FLOAT_TYPE));
    // SAFETY: I4, slots and methods of `float` are called with floats.
    unsafe { v.cast_unchecked::<Float>() }.0.value
}

/// An operand of float arithmetic: a float, or an int as float; `None` for anything else.
#[inline(always)]
fn operand(th: &Thread, v: Value) -> PyResult<Option<f64>> {
    if v.is_small_float() {
        return Ok(Some(v.small_float_value()));
    }
    if v.is_small_int() {
        return Ok(Some(v.small_int_value() as f64));
    }
    if let Some(x) = value_of(v) {
        return Ok(Some(x));
    }
    if int::is_int(v) { int::to_f64(th, v).map(Some) } else { Ok(None) }
}

#[inline(always)]
fn arithmetic(
    th: &Thread,
    a: Value,
    b: Value,
    op: impl FnOnce(f64, f64) -> whipsnake_numbers::Result<f64>,
) -> PyResult {
    let (Some(x), Some(y)) = (operand(th, a)?, operand(th, b)?) else { return Ok(Obj::not_implemented()) };
    match op(x, y) {
        Ok(result) => th.float(result),
        Err(error) => Err(number::raise(th, error)),
    }
}

fn divmod(th: &Thread, a: Value, b: Value) -> PyResult {
    let (Some(x), Some(y)) = (operand(th, a)?, operand(th, b)?) else { return Ok(Obj::not_implemented()) };
    let (quotient, rest) = float::divmod(x, y).or_raise(th)?;
    th.tuple_from(vec![th.float(quotient)?, th.float(rest)?])
}

fn power(th: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    if !modulus.is_none() {
        return Err(th.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    }
    let (Some(x), Some(y)) = (operand(th, a)?, operand(th, b)?) else { return Ok(Obj::not_implemented()) };
    match float::pow(x, y).or_raise(th)? {
        Some(result) => th.float(result),
        None => super::complex::pow_of_reals(th, x, y),
    }
}

/// The same number as an exact float.
fn exact_copy(th: &Thread, v: Value) -> PyResult {
    if v.is_exact(&FLOAT_TYPE) { Ok(v.own()) } else { th.float(get(v)) }
}

/// The integral part as an int.
///
/// # Errors
/// ValueError for a NaN, OverflowError for an infinity.
pub fn to_int(th: &Thread, x: f64) -> PyResult {
    // Exact for all integral parts of 62 bits.
    const SMALL: f64 = (1u64 << 62) as f64;
    if x.abs() < SMALL {
        return th.int(x as i64);
    }
    int::from_big(th, bigint::from_f64(x).or_raise(th)?)
}

/// `float.__new__`.
fn new(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    if std::ptr::eq(ty, &FLOAT_TYPE)
        || ty.slots().init.map(|f| f as usize) == FLOAT_TYPE.slots().init.map(|f| f as usize)
    {
        args.no_keywords(th, "float")?;
    }
    if args.len() > 1 {
        return Err(th.type_error(format!("float expected at most 1 argument, got {}", args.len())));
    }
    let number = match args.get(0) {
        Some(v) => number::to_float(th, v)?,
        None => th.float(0.0)?,
    };
    if std::ptr::eq(ty, &FLOAT_TYPE) { Ok(number) } else { allocate(th, ty, get(number.value())) }
}

/// `float(v)` of a str or an object with bytes.
///
/// # Errors
/// ValueError for bad text, TypeError for anything else.
pub fn from_text(th: &Thread, v: Value) -> PyResult {
    let text = match v.cast::<Str>() {
        Some(text) => int::ascii_digits(text),
        None => match int::bytes_of(th, v)? {
            Some(bytes) => bytes,
            None => {
                return Err(th.type_error(format!(
                    "float() argument must be a string or a real number, not '{}'",
                    number::full_name(v)
                )));
            }
        },
    };
    match float::parse_ascii(&text) {
        Some(x) => th.float(x),
        None => {
            let shown = object::repr(th, v)?;
            let shown = crate::types::str::to_rust_string(shown.value());
            Err(th.value_error(format!("could not convert string to float: {shown}")))
        }
    }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    th.str(&float::repr(get(v)))
}

fn hash_slot(_: &Thread, v: Value) -> PyResult<i64> {
    Ok(hash_of(get(v), v))
}

/// The hash of `x`; a NaN's is that of the object's address.
pub fn hash_of(x: f64, object: Value) -> i64 {
    hash::hash_f64(x).unwrap_or_else(|| identity_hash(object))
}

/// The address, rotated so that the low bits differ.
pub(crate) fn identity_hash(object: Value) -> i64 {
    match object.bits().rotate_right(4) as i64 {
        -1 => -2,
        hash => hash,
    }
}

fn richcompare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let x = get(a);
    let ordering = if let Some(y) = value_of(b) {
        x.partial_cmp(&y)
    } else if let Some(y) = b.as_small_int() {
        bigint::cmp_i64_f64(y, x).map(Ordering::reverse)
    } else if int::is_int(b) {
        bigint::cmp_f64(BigView::of(b).view(), x).map(Ordering::reverse)
    } else {
        return Ok(Obj::not_implemented());
    };
    Ok(Obj::bool(ordering.map_or(op == CompareOp::Ne, |ordering| op.holds(ordering))))
}

/// `float(number)` wrapped by a subclass's constructor when `class` is one.
fn as_class(th: &Thread, class: Value, number: Obj) -> PyResult {
    if class.same(FLOAT_TYPE.value()) { Ok(number) } else { call::call_values(th, class, &[number.value()]) }
}

#[pymethods]
mod methods {
    use super::*;

    /// Converts a real number, but no text.
    #[classmethod("from_number(number, /)")]
    fn from_number(th: &Thread, this: Value, number: Value) -> PyResult {
        if this.same(FLOAT_TYPE.value()) && number.is_exact(&FLOAT_TYPE) {
            return Ok(number.own());
        }
        let x = th.float(number::as_f64(th, number)?)?;
        as_class(th, this, x)
    }

    /// The number itself.
    #[method("conjugate()")]
    fn conjugate(th: &Thread, this: Value) -> PyResult {
        exact_copy(th, this)
    }

    /// The integral part.
    #[method("__trunc__()")]
    fn trunc(th: &Thread, this: Value) -> PyResult {
        to_int(th, get(this))
    }

    /// The largest int that is not above.
    #[method("__floor__()")]
    fn floor(th: &Thread, this: Value) -> PyResult {
        to_int(th, get(this).floor())
    }

    /// The smallest int that is not below.
    #[method("__ceil__()")]
    fn ceil(th: &Thread, this: Value) -> PyResult {
        to_int(th, get(this).ceil())
    }

    /// Rounded to ndigits decimals, half to even; to an int without ndigits.
    #[method("__round__(ndigits=None, /)")]
    fn round(th: &Thread, this: Value, ndigits: Option<Value>) -> PyResult {
        let x = get(this);
        match ndigits {
            None => to_int(th, x.round_ties_even()),
            Some(ndigits) => {
                let ndigits = number::as_index_clamped(th, ndigits)?;
                th.float(float::round(x, ndigits as i64).or_raise(th)?)
            }
        }
    }

    /// Numerator and denominator in lowest terms.
    #[method("as_integer_ratio()")]
    fn as_integer_ratio(th: &Thread, this: Value) -> PyResult {
        let (numerator, denominator) = float::as_integer_ratio(get(this)).or_raise(th)?;
        th.tuple_from(vec![int::from_big(th, numerator)?, int::from_big(th, denominator)?])
    }

    /// The float that hexadecimal text spells.
    #[classmethod("fromhex(string, /)")]
    fn fromhex(th: &Thread, this: Value, string: Value) -> PyResult {
        let Some(text) = string.cast::<Str>() else {
            return Err(th.type_error("bad argument type for built-in operation"));
        };
        let text = text.units().to_string_lossy();
        let x = th.float(float::from_hex(&text).or_raise(th)?)?;
        as_class(th, this, x)
    }

    /// Hexadecimal text that spells the number exactly.
    #[method("hex()")]
    fn hex(_: &Thread, this: Value) -> String {
        float::to_hex(get(this))
    }

    /// Whether there is no fraction.
    #[method("is_integer()")]
    fn is_integer(_: &Thread, this: Value) -> bool {
        float::is_integer(get(this))
    }

    /// For pickling.
    #[method("__getnewargs__()")]
    fn getnewargs(th: &Thread, this: Value) -> PyResult {
        th.tuple_from(vec![th.float(get(this))?])
    }

    /// How the machine stores 'double' or 'float'.
    #[classmethod("__getformat__(typestr, /)")]
    fn getformat(th: &Thread, _this: Value, typestr: &Str) -> PyResult {
        if !matches!(typestr.as_utf8(), Some("double" | "float")) {
            return Err(th.value_error("__getformat__() argument 1 must be 'double' or 'float'"));
        }
        th.str(if cfg!(target_endian = "little") { "IEEE, little-endian" } else { "IEEE, big-endian" })
    }

    /// As text, by a format spec.
    #[method("__format__(format_spec, /)")]
    fn format(th: &Thread, this: Value, format_spec: &Str) -> PyResult {
        number::format_float(th, this, get(this), format_spec)
    }

    /// the real part
    #[getter("real")]
    fn real(th: &Thread, this: Value) -> PyResult {
        exact_copy(th, this)
    }

    /// the imaginary part
    #[getter("imag")]
    fn imag(th: &Thread, _this: Value) -> PyResult {
        th.float(0.0)
    }
}
