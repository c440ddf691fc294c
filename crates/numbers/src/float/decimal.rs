//! Doubles as decimal text: shortest round-trip digits, and exact expansions to any number of digits.
//!
//! The layout follows Python: at least two exponent digits, `inf`, `nan`, and for `repr` an exponent only
//! below 1e-4 or from 1e16 on.

/// How a double is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `1.5e+00`, precision digits after the point.
    Exponent,
    /// `1.500000`, precision digits after the point.
    Fixed,
    /// Precision significant digits, exponent only for very small or large values, trailing zeros dropped.
    General,
    /// The shortest digits that read back as the same double.
    Repr,
}

/// Flags of [`to_text`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextOptions {
    /// `#`: always a decimal point, and `General` keeps trailing zeros.
    pub alternate: bool,
    /// Append `.0` to what would look like an integer.
    pub add_dot_zero: bool,
    /// Upper case `E`, `INF`, `NAN`.
    pub upper: bool,
}

/// Exact expansions of doubles end before this many digits; what follows is zeros.
const EXACT_DIGITS: usize = 1100;

/// A finite magnitude as `0.DIGITS * 10**point`.
pub(crate) struct Decimal {
    /// ASCII digits, at least one.
    pub digits: Vec<u8>,
    /// Position of the decimal point relative to the start of the digits.
    pub point: i32,
}

/// The shortest digits that identify a finite double's magnitude.
pub(crate) fn shortest(x: f64) -> Decimal {
    if x == 0.0 {
        return Decimal { digits: vec![b'0'], point: 1 };
    }
    let mut buffer = zmij::Buffer::new();
    let mut decimal = read_decimal(buffer.format_finite(x.abs()).as_bytes());
    strip_zeros(&mut decimal.digits);
    decimal
}

/// A magnitude rounded exactly (half to even) to `count >= 1` significant digits.
pub(crate) fn significant(x: f64, count: usize) -> Decimal {
    let shown = count.min(EXACT_DIGITS);
    let text = format!("{:.*e}", shown - 1, x.abs());
    let mut decimal = read_decimal(text.as_bytes());
    if x == 0.0 {
        decimal = Decimal { digits: vec![b'0'; shown], point: 1 };
    }
    decimal.digits.resize(count, b'0');
    decimal
}

/// Reads the digits and the scale of what a formatter wrote: `[0-9]+(.[0-9]*)?(e-?[0-9]+)?`. Leading zeros
/// are dropped; the value is not zero unless all digits are.
fn read_decimal(text: &[u8]) -> Decimal {
    let mut decimal = Decimal { digits: Vec::with_capacity(text.len()), point: 0 };
    let mut seen_point = false;
    for (i, &byte) in text.iter().enumerate() {
        match byte {
            b'.' => seen_point = true,
            b'0'..=b'9' => {
                if byte == b'0' && decimal.digits.is_empty() {
                    decimal.point -= i32::from(seen_point);
                    continue;
                }
                decimal.digits.push(byte);
                decimal.point += i32::from(!seen_point);
            }
            _ => {
                let exponent = &text[i + 1..];
                let (negative, exponent) = match exponent {
                    [b'-', rest @ ..] => (true, rest),
                    [b'+', rest @ ..] => (false, rest),
                    _ => (false, exponent),
                };
                let value = exponent.iter().fold(0, |acc, &b| acc * 10 + i32::from(b - b'0'));
                decimal.point += if negative { -value } else { value };
                break;
            }
        }
    }
    decimal
}

/// Drops trailing zeros, but keeps one digit.
fn strip_zeros(digits: &mut Vec<u8>) {
    while digits.len() > 1 && digits.last() == Some(&b'0') {
        digits.pop();
    }
}

/// `repr(x)`.
pub fn repr(x: f64) -> String {
    to_text(x, Style::Repr, 0, TextOptions { add_dot_zero: true, ..TextOptions::default() })
}

/// A double as text, with a leading `-` if its sign is negative (NaNs have none). Precision is ignored for
/// [`Style::Repr`].
pub fn to_text(x: f64, style: Style, precision: usize, options: TextOptions) -> String {
    let mut out = String::with_capacity(24);
    if x.is_sign_negative() && !x.is_nan() {
        out.push('-');
    }
    if !x.is_finite() {
        out.push_str(match (x.is_nan(), options.upper) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        });
        return out;
    }
    match style {
        Style::Fixed => write_fixed(&mut out, x, precision, options),
        Style::Exponent => {
            let decimal = significant(x, precision.saturating_add(1));
            write_exponent(&mut out, &decimal, options);
        }
        Style::General => write_general(&mut out, x, precision.max(1), options),
        Style::Repr => {
            let decimal = shortest(x);
            if decimal.point <= -4 || decimal.point > 16 {
                write_exponent(&mut out, &decimal, TextOptions { add_dot_zero: false, ..options });
            } else {
                write_positional(&mut out, &decimal, options);
            }
        }
    }
    out
}

/// `abs(x) * 10**precision`, rounded half to even, where the computation fits two words and the result one.
pub(super) fn scaled(x: f64, precision: usize) -> Option<u64> {
    /// The largest power of ten of one word.
    const MAX_PRECISION: usize = 19;
    if precision > MAX_PRECISION {
        return None;
    }
    let (mantissa, exponent) = crate::bigint::decompose(x.abs());
    // Below 2**117.
    let product = u128::from(mantissa) * u128::from(10u64.pow(precision as u32));
    if exponent >= 0 {
        let fits = (exponent as u32) < product.leading_zeros();
        return if fits { u64::try_from(product << exponent).ok() } else { None };
    }
    let shift = exponent.unsigned_abs();
    if shift >= u128::BITS {
        return None;
    }
    let (quotient, rest, half) = (product >> shift, product & ((1 << shift) - 1), 1 << (shift - 1));
    let up = rest > half || (rest == half && quotient & 1 == 1);
    u64::try_from(quotient + u128::from(up)).ok()
}

/// `%.{precision}f`.
fn write_fixed(out: &mut String, x: f64, precision: usize, options: TextOptions) {
    use std::fmt::Write;
    if let Some(mut rest) = scaled(x, precision) {
        // Twenty digits and a point, from the last to the first.
        let mut text = [0; 21];
        let mut at = text.len();
        let mut written = 0;
        while rest != 0 || written <= precision {
            if written == precision && precision != 0 {
                at -= 1;
                text[at] = b'.';
            }
            at -= 1;
            text[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            written += 1;
        }
        out.extend(text[at..].iter().map(|&b| char::from(b)));
        if precision == 0 && options.alternate {
            out.push('.');
        }
        return;
    }
    let shown = precision.min(EXACT_DIGITS);
    // Writing to a String cannot fail.
    let _ = write!(out, "{:.*}", shown, x.abs());
    out.extend(std::iter::repeat_n('0', precision - shown));
    if precision == 0 && options.alternate {
        out.push('.');
    }
}

/// `%.{precision}g`.
fn write_general(out: &mut String, x: f64, precision: usize, options: TextOptions) {
    let mut decimal = significant(x, precision);
    if !options.alternate {
        strip_zeros(&mut decimal.digits);
    }
    let limit = precision as i64 - i64::from(options.add_dot_zero);
    if decimal.point <= -4 || i64::from(decimal.point) > limit {
        write_exponent(out, &decimal, options);
    } else {
        write_positional(out, &decimal, options);
    }
}

/// `d.ddde+xx`.
fn write_exponent(out: &mut String, decimal: &Decimal, options: TextOptions) {
    use std::fmt::Write;
    let mut digits = decimal.digits.iter().map(|&b| char::from(b));
    out.extend(digits.next());
    if decimal.digits.len() > 1 || options.alternate {
        out.push('.');
    }
    out.extend(digits);
    let exponent = decimal.point - 1;
    out.push(if options.upper { 'E' } else { 'e' });
    out.push(if exponent < 0 { '-' } else { '+' });
    // Writing to a String cannot fail.
    let _ = write!(out, "{:02}", exponent.unsigned_abs());
}

/// `ddd.ddd` without an exponent.
fn write_positional(out: &mut String, decimal: &Decimal, options: TextOptions) {
    let zeros = |count: i32| std::iter::repeat_n('0', count.max(0) as usize);
    let text = |part: &[u8]| part.iter().map(|&b| char::from(b)).collect::<String>();
    let length = decimal.digits.len() as i32;
    if decimal.point <= 0 {
        out.push_str("0.");
        out.extend(zeros(-decimal.point));
        out.push_str(&text(&decimal.digits));
        return;
    }
    let split = decimal.point.min(length) as usize;
    out.push_str(&text(&decimal.digits[..split]));
    out.extend(zeros(decimal.point - length));
    if decimal.point < length {
        out.push('.');
        out.push_str(&text(&decimal.digits[split..]));
    } else if options.add_dot_zero {
        out.push_str(".0");
    } else if options.alternate {
        out.push('.');
    }
}
