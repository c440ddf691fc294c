//! `complex`.
//!
//! Mixed operations with real numbers follow 3.14 (C99 Annex G): the real operand is not turned into a complex one
//! for `+`, `-`, `*` and `/`.

use crate::args::Params;
use crate::prelude::*;
use crate::protocols::number::OrRaise;
use crate::types::int::{self, BigView};
use crate::types::str::Str;
use whipsnake_layout::objects::ComplexObject;
use whipsnake_numbers::complex::{self as c, ParseComplexError};
use whipsnake_numbers::{bigint, hash};

pub use whipsnake_numbers::complex::Complex as Number;

/// A complex number.
#[repr(transparent)]
pub struct Complex(ComplexObject);

// SAFETY: I4, `COMPLEX_TYPE` declares this layout.
unsafe impl Layout for Complex {
    #[inline(always)]
    fn ty() -> &'static Type {
        &COMPLEX_TYPE
    }
}

impl Complex {
    #[inline]
    pub fn number(&self) -> Number {
        Number { re: self.0.real, im: self.0.imag }
    }
}

builtin_type! {
    pub static COMPLEX_TYPE = "PyComplex_Type" => TypeSpec {
        name: "complex",
        basicsize: size_of::<ComplexObject>(),
        flags: flags::BASETYPE,
        doc: "complex(real=0, imag=0)\n--\n\nA complex number, made of its parts, of a number or of text.",
        slots: Slots {
            dealloc: Some(crate::dealloc::dealloc_plain),
            new: Some(construct),
            repr: Some(|th, v| th.str(&c::repr(get(v)))),
            hash: Some(hash_slot),
            richcompare: Some(richcompare),
            nb_add: Some(|th, a, b| {
                arithmetic(th, a, b, |x, y| Ok(c::add(x, y)), |x, y| Ok(c::add_real(x, y)), |x, y| Ok(c::add_real(y, x)))
            }),
            nb_subtract: Some(|th, a, b| {
                arithmetic(th, a, b, |x, y| Ok(c::sub(x, y)), |x, y| Ok(c::sub_real(x, y)), |x, y| Ok(c::real_sub(x, y)))
            }),
            nb_multiply: Some(|th, a, b| {
                arithmetic(th, a, b, |x, y| Ok(c::mul(x, y)), |x, y| Ok(c::mul_real(x, y)), |x, y| Ok(c::mul_real(y, x)))
            }),
            nb_true_divide: Some(|th, a, b| arithmetic(th, a, b, c::div, c::div_real, c::real_div)),
            nb_power: Some(power),
            nb_negative: Some(|th, v| from_number(th, c::neg(get(v)))),
            nb_positive: Some(exact_copy),
            nb_absolute: Some(|th, v| th.float(c::abs(get(v)).or_raise(th)?)),
            nb_bool: Some(|_, v| Ok(get(v).re != 0.0 || get(v).im != 0.0)),
            ..Slots::EMPTY
        },
        methods: methods::METHODS,
        members: &[
            MemberDef { name: "real", doc: "the real part", kind: MemberKind::F64, offset: 16, readonly: true },
            MemberDef { name: "imag", doc: "the imaginary part", kind: MemberKind::F64, offset: 24, readonly: true },
        ],
        ..TypeSpec::DEFAULT
    }
}

/// A complex object.
///
/// # Errors
/// MemoryError.
pub fn new(th: &Thread, re: f64, im: f64) -> PyResult {
    allocate(th, &COMPLEX_TYPE, Number { re, im })
}

/// A complex object of a computed number.
///
/// # Errors
/// MemoryError.
pub fn from_number(th: &Thread, z: Number) -> PyResult {
    allocate(th, &COMPLEX_TYPE, z)
}

fn allocate(th: &Thread, ty: &'static Type, z: Number) -> PyResult {
    let own = size_of::<ComplexObject>();
    let basicsize = (ty.core.basicsize.get() as usize).max(own);
    let size = if ty.core.dictoffset.get() < 0 { basicsize.next_multiple_of(8) + 8 } else { basicsize };
    let object = th.allocate(ty, size)?;
    // SAFETY: fresh memory of `size` bytes; what subclasses append begins as null slots.
    unsafe {
        (&raw mut (*(object as *mut ComplexObject)).real).write(z.re);
        (&raw mut (*(object as *mut ComplexObject)).imag).write(z.im);
        object.cast::<u8>().add(own).write_bytes(0, size - own);
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

/// The number of a complex object or an instance of a subclass.
#[inline]
pub fn value_of(v: Value) -> Option<Number> {
    v.cast::<Complex>().map(Complex::number)
}

fn get(v: Value) -> Number {
    // SAFETY: I4, slots and methods of `complex` are called with complex objects.
    unsafe { v.cast_unchecked::<Complex>() }.number()
}

fn exact_copy(th: &Thread, v: Value) -> PyResult {
    if v.is_exact(&COMPLEX_TYPE) { Ok(v.own()) } else { from_number(th, get(v)) }
}

enum Operand {
    Complex(Number),
    Real(f64),
}

impl Operand {
    #[inline]
    fn of(th: &Thread, v: Value) -> PyResult<Option<Operand>> {
        if let Some(z) = v.exact::<Complex>() {
            return Ok(Some(Operand::Complex(z.number())));
        }
        if let Some(x) = super::float::value_of(v) {
            return Ok(Some(Operand::Real(x)));
        }
        if int::is_int(v) {
            return int::to_f64(th, v).map(|x| Some(Operand::Real(x)));
        }
        Ok(value_of(v).map(Operand::Complex))
    }
    fn complex(self) -> Number {
        match self {
            Operand::Complex(z) => z,
            Operand::Real(re) => Number { re, im: 0.0 },
        }
    }
}

type Outcome = whipsnake_numbers::Result<Number>;

fn arithmetic(
    th: &Thread,
    a: Value,
    b: Value,
    both: fn(Number, Number) -> Outcome,
    right_real: fn(Number, f64) -> Outcome,
    left_real: fn(f64, Number) -> Outcome,
) -> PyResult {
    let (Some(x), Some(y)) = (Operand::of(th, a)?, Operand::of(th, b)?) else { return Ok(Obj::not_implemented()) };
    let result = match (x, y) {
        (Operand::Complex(x), Operand::Complex(y)) => both(x, y),
        (Operand::Complex(x), Operand::Real(y)) => right_real(x, y),
        (Operand::Real(x), Operand::Complex(y)) => left_real(x, y),
        (Operand::Real(_), Operand::Real(_)) => return Ok(Obj::not_implemented()),
    };
    from_number(th, result.or_raise(th)?)
}

fn power(th: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    let (Some(x), Some(y)) = (Operand::of(th, a)?, Operand::of(th, b)?) else { return Ok(Obj::not_implemented()) };
    if !modulus.is_none() {
        return Err(th.value_error("complex modulo"));
    }
    from_number(th, c::pow(x.complex(), y.complex()).or_raise(th)?)
}

/// A power of reals whose result is complex.
pub(crate) fn pow_of_reals(th: &Thread, x: f64, y: f64) -> PyResult {
    from_number(th, c::pow(Number { re: x, im: 0.0 }, Number { re: y, im: 0.0 }).or_raise(th)?)
}

fn hash_slot(_: &Thread, v: Value) -> PyResult<i64> {
    let z = get(v);
    Ok(hash::hash_complex(z.re, z.im, super::float::identity_hash(v)))
}

fn richcompare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::not_implemented());
    }
    let z = get(a);
    let equal = if let Some(w) = value_of(b) {
        z == w
    } else if let Some(x) = super::float::value_of(b) {
        z.re == x && z.im == 0.0
    } else if int::is_int(b) {
        z.im == 0.0 && bigint::eq_f64(BigView::of(b).view(), z.re)
    } else {
        return Ok(Obj::not_implemented());
    };
    Ok(Obj::bool(equal == (op == CompareOp::Eq)))
}

/// What `__complex__` makes of the object; `None` when it has no such method.
fn by_method(th: &Thread, v: Value) -> PyResult<Option<Number>> {
    if v.is_exact(&COMPLEX_TYPE) {
        return Ok(value_of(v));
    }
    if v.is_small_int() || v.is_small_float() {
        return Ok(None);
    }
    let Some(method) = object::lookup_special(th, v, "__complex__")? else { return Ok(None) };
    let result = call::call_values(th, method.value(), &[])?;
    let name = number::full_name(result.value());
    let Some(z) = value_of(result.value()) else {
        return Err(th.type_error(format!("__complex__ returned non-complex (type {name})")));
    };
    if !result.is_exact(&COMPLEX_TYPE) {
        crate::warnings::deprecated(
            th,
            &format!(
                "__complex__ returned non-complex (type {name}).  The ability to return an instance of a strict \
                 subclass of complex is deprecated, and may be removed in a future version of Python."
            ),
        )?;
    }
    Ok(Some(z))
}

/// A number of any kind as complex; `None` for what is no number.
///
/// # Errors
/// Whatever `__complex__`, `__float__` or `__index__` raise.
pub fn try_number(th: &Thread, v: Value) -> PyResult<Option<Number>> {
    if let Some(z) = by_method(th, v)? {
        return Ok(Some(z));
    }
    if let Some(z) = value_of(v) {
        return Ok(Some(z));
    }
    Ok(real_number(th, v)?.map(|re| Number { re, im: 0.0 }))
}

fn real_number(th: &Thread, v: Value) -> PyResult<Option<f64>> {
    match super::float::value_of(v) {
        Some(x) if v.is_exact(&statics::FLOAT_TYPE) => Ok(Some(x)),
        _ => number::float_by_slot(th, v),
    }
}

/// As a C `Py_complex`: what `cmath` takes.
///
/// # Errors
/// TypeError for what is no number.
pub fn as_number(th: &Thread, v: Value) -> PyResult<Number> {
    try_number(th, v)?.ok_or_else(|| th.type_error(format!("must be real number, not {}", number::full_name(v))))
}

fn from_text(th: &Thread, v: Value, text: &Str) -> PyResult<Number> {
    let ascii = String::from_utf8(int::ascii_digits(text)).unwrap_or_default();
    c::parse(&ascii).map_err(|error| match error {
        ParseComplexError::Malformed => th.value_error("complex() arg is a malformed string"),
        ParseComplexError::Underscores => match object::repr(th, v) {
            Ok(shown) => {
                let shown = crate::types::str::to_rust_string(shown.value());
                th.value_error(format!("could not convert string to complex: {shown}"))
            }
            Err(raised) => raised,
        },
    })
}

static PARAMS: Params = Params {
    function: "complex",
    names: &["real", "imag"],
    positional_only: 0,
    positional: 2,
    required: &[false, false],
    has_varargs: false,
    has_varkw: false,
};

/// `complex.__new__`.
fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let mut bound = [None; 2];
    PARAMS.bind(th, args, &mut bound)?;
    let z = if args.len() == 1
        && args.keyword_count() == 0
        && let Some(v) = args.get(0)
    {
        if v.is_exact(&COMPLEX_TYPE) && std::ptr::eq(ty, &COMPLEX_TYPE) {
            return Ok(v.own());
        }
        match v.cast::<Str>() {
            Some(text) => from_text(th, v, text)?,
            None => try_number(th, v)?.ok_or_else(|| {
                let name = number::full_name(v);
                th.type_error(format!("complex() argument must be a string or a number, not {name}"))
            })?,
        }
    } else {
        from_parts(th, bound[0], bound[1])?
    };
    allocate(th, ty, z)
}

/// One argument of `complex(real, imag)`: complex ones are deprecated.
enum Part {
    Real(f64),
    Complex(Number),
}

/// `real + imag * 1j`. Signs of zeros survive where the arguments are real.
fn from_parts(th: &Thread, real: Option<Value>, imag: Option<Value>) -> PyResult<Number> {
    let real = real.map_or(Ok(Part::Real(0.0)), |v| part(th, v, "real", true))?;
    let imag = imag.map(|v| part(th, v, "imag", false)).transpose()?;
    let (mut re, first_im) = match real {
        Part::Real(re) => (re, None),
        Part::Complex(z) => (z.re, Some(z.im)),
    };
    let second_im = match imag {
        None => None,
        Some(Part::Real(im)) => Some(im),
        Some(Part::Complex(z)) => {
            re -= z.im;
            Some(z.re)
        }
    };
    let im = match (first_im, second_im) {
        (Some(x), Some(y)) => x + y,
        (x, y) => x.or(y).unwrap_or(0.0),
    };
    Ok(Number { re, im })
}

fn part(th: &Thread, v: Value, name: &str, use_method: bool) -> PyResult<Part> {
    let mut found = if use_method { by_method(th, v)? } else { None };
    if found.is_none() {
        found = value_of(v);
    }
    let message = || format!("complex() argument '{name}' must be a real number, not {}", number::full_name(v));
    if let Some(z) = found {
        crate::warnings::deprecated(th, &message())?;
        return Ok(Part::Complex(z));
    }
    match real_number(th, v)? {
        Some(re) => Ok(Part::Real(re)),
        None => Err(th.type_error(message())),
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// Converts a number, but no text.
    #[classmethod("from_number(number, /)")]
    fn from_number(th: &Thread, this: Value, number: Value) -> PyResult {
        let exact = this.same(COMPLEX_TYPE.value());
        if exact && number.is_exact(&COMPLEX_TYPE) {
            return Ok(number.own());
        }
        let z = super::from_number(th, as_number(th, number)?)?;
        if exact { Ok(z) } else { call::call_values(th, this, &[z.value()]) }
    }

    /// The number with its imaginary part negated.
    #[method("conjugate()")]
    fn conjugate(th: &Thread, this: Value) -> PyResult {
        let z = get(this);
        new(th, z.re, -z.im)
    }

    /// The number as an exact complex.
    #[method("__complex__()")]
    fn complex(th: &Thread, this: Value) -> PyResult {
        exact_copy(th, this)
    }

    /// For pickling.
    #[method("__getnewargs__()")]
    fn getnewargs(th: &Thread, this: Value) -> PyResult {
        let z = get(this);
        th.tuple_from(vec![th.float(z.re)?, th.float(z.im)?])
    }

    /// As text, by a format spec.
    #[method("__format__(format_spec, /)")]
    fn format(th: &Thread, this: Value, format_spec: &Str) -> PyResult {
        let z = get(this);
        number::format_complex(th, this, z.re, z.im, format_spec)
    }
}
