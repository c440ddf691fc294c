//! Single items of memory by their format: the native single-character formats of the struct module.

use crate::prelude::*;
use crate::types::bytes::Bytes;
use crate::types::int;

/// A native single-character format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Code(u8);

impl Code {
    /// The code of a format such as `"B"` or `"@i"`.
    pub(crate) fn of(format: &str) -> Option<Code> {
        match format.strip_prefix('@').unwrap_or(format).as_bytes() {
            [c] if Code(*c).size() != 0 => Some(Code(*c)),
            _ => None,
        }
    }
    /// Bytes of an item.
    pub(crate) fn size(self) -> usize {
        match self.0 {
            b'c' | b'b' | b'B' | b'?' => 1,
            b'h' | b'H' | b'e' => 2,
            b'i' | b'I' | b'f' => 4,
            b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
            _ => 0,
        }
    }
    pub(crate) fn is_byte(self) -> bool {
        matches!(self.0, b'c' | b'b' | b'B')
    }
    pub(crate) fn is_float(self) -> bool {
        matches!(self.0, b'e' | b'f' | b'd')
    }
    fn show(self) -> char {
        self.0 as char
    }
}

/// NotImplementedError for a format that is no native single character.
pub(crate) fn unsupported(th: &Thread, format: &str) -> Raised {
    th.raise(&statics::NOT_IMPLEMENTED_ERROR, format!("memoryview: format {format} not supported"))
}

/// The double of a half-precision number.
pub(crate) fn from_half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 != 0 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 0x1F);
    let fraction = f64::from(bits & 0x3FF);
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        0x1F if fraction == 0.0 => f64::INFINITY,
        0x1F => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

/// The half-precision number nearest to a double (ties to even); `None` when it is too large.
pub(crate) fn to_half(x: f64) -> Option<u16> {
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    if x.is_nan() {
        return Some(sign | 0x7E00);
    }
    if x.is_infinite() {
        return Some(sign | 0x7C00);
    }
    let magnitude = x.abs();
    // Numbers below 2^-14 have a fixed scale.
    let exponent = if magnitude < 2f64.powi(-14) { -14 } else { ((magnitude.to_bits() >> 52) as i32 - 1023).max(-14) };
    let scaled = (magnitude * 2f64.powi(10 - exponent)).round_ties_even();
    let bits = if magnitude < 2f64.powi(-14) {
        scaled as u32
    } else {
        ((exponent + 15) as u32).wrapping_shl(10).wrapping_add(scaled as u32 - 1024)
    };
    if exponent > 15 || bits >= 0x7C00 { None } else { Some(sign | bits as u16) }
}

/// Reads an item.
///
/// # Safety
/// `at` points to readable memory of the code's size.
///
/// # Errors
/// MemoryError.
pub(crate) unsafe fn read(th: &Thread, code: Code, at: *const u8) -> PyResult {
    // SAFETY: handed on to the caller; the reads need no alignment.
    unsafe {
        match code.0 {
            b'c' => th.bytes(&[*at]),
            b'b' => th.int(i64::from(at.cast::<i8>().read())),
            b'B' => Ok(Obj::small_int(i64::from(*at))),
            b'?' => Ok(Obj::bool(*at != 0)),
            b'h' => th.int(i64::from(at.cast::<i16>().read_unaligned())),
            b'H' => th.int(i64::from(at.cast::<u16>().read_unaligned())),
            b'i' => th.int(i64::from(at.cast::<i32>().read_unaligned())),
            b'I' => th.int(i64::from(at.cast::<u32>().read_unaligned())),
            b'l' | b'q' | b'n' => th.int(at.cast::<i64>().read_unaligned()),
            b'L' | b'Q' | b'N' | b'P' => th.uint(at.cast::<u64>().read_unaligned()),
            b'e' => th.float(from_half(at.cast::<u16>().read_unaligned())),
            b'f' => th.float(f64::from(at.cast::<f32>().read_unaligned())),
            _ => th.float(at.cast::<f64>().read_unaligned()),
        }
    }
}

/// The bytes of an item with this value, and how many they are.
///
/// # Errors
/// TypeError and ValueError for values that the format does not hold.
pub(crate) fn to_bytes(th: &Thread, code: Code, v: Value) -> PyResult<([u8; 8], usize)> {
    let mut out = [0u8; 8];
    let size = code.size();
    let wrong_type = || th.type_error(format!("memoryview: invalid type for format '{}'", code.show()));
    let wrong_value = || th.value_error(format!("memoryview: invalid value for format '{}'", code.show()));
    match code.0 {
        b'c' => match v.cast::<Bytes>().map(Bytes::as_slice) {
            Some([byte]) => out[0] = *byte,
            Some(_) => return Err(wrong_value()),
            None => return Err(wrong_type()),
        },
        b'?' => out[0] = object::is_true(th, v)?.into(),
        b'e' | b'f' | b'd' => {
            let x = match number::as_f64(th, v) {
                Ok(x) => x,
                Err(_) if th.exception_matches(&statics::TYPE_ERROR) => {
                    drop(th.take_exception());
                    return Err(wrong_type());
                }
                Err(raised) => return Err(raised),
            };
            match code.0 {
                b'e' => {
                    let half = to_half(x).ok_or_else(|| th.overflow_error("float too large to pack with e format"))?;
                    out[..2].copy_from_slice(&half.to_ne_bytes());
                }
                b'f' => {
                    let single = x as f32;
                    if single.is_infinite() && x.is_finite() {
                        return Err(th.overflow_error("float too large to pack with f format"));
                    }
                    out[..4].copy_from_slice(&single.to_ne_bytes());
                }
                _ => out.copy_from_slice(&x.to_ne_bytes()),
            }
        }
        _ => {
            if !number::has_index(v) {
                return Err(wrong_type());
            }
            let number = number::index(th, v)?;
            let signed = matches!(code.0, b'b' | b'h' | b'i' | b'l' | b'q' | b'n');
            let bits = if signed {
                let i = int::as_i64_exact(number.value()).ok_or_else(wrong_value)?;
                let shift = 64 - 8 * size as u32;
                if i << shift >> shift != i {
                    return Err(wrong_value());
                }
                i as u64
            } else {
                let u = int::with_big(number.value(), |big| if big.sign() < 0 { None } else { big.to_u64() });
                let u = u.ok_or_else(wrong_value)?;
                if size < 8 && u >> (8 * size) != 0 {
                    return Err(wrong_value());
                }
                u
            };
            out = bits.to_ne_bytes();
        }
    }
    Ok((out, size))
}
