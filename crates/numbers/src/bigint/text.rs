//! Integers to text and back, with Python's literal syntax and its limit on decimal digits.

use super::{Big, BigRef, DIGIT_BITS, kernel};
use crate::error::{NumError, Result};
use dashu_int::UBig;

/// The value of each ASCII digit or letter as a digit; 255 for other bytes.
const DIGIT_VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut i = 0;
    while i < 36 {
        values[DIGIT_CHARS[i] as usize] = i as u8;
        values[DIGIT_CHARS[i].to_ascii_uppercase() as usize] = i as u8;
        i += 1;
    }
    values
};

/// The default of `sys.get_int_max_str_digits()`.
pub const DEFAULT_MAX_STR_DIGITS: usize = 4300;

/// Numbers up to this many digits are converted by quadratic loops, which have no set-up (measured).
const SMALL_TO_TEXT_DIGITS: usize = 48;
/// Texts up to this many characters are read by repeated multiplication (measured).
const SMALL_FROM_TEXT_CHARS: usize = 450;

const DIGIT_CHARS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// `str(a)`. `max_str_digits` is `sys.get_int_max_str_digits()`, 0 for no limit.
///
/// Errors: `ValueError` if the text would have more digits than that.
pub fn to_decimal(a: BigRef<'_>, max_str_digits: usize) -> Result<String> {
    let too_long = || {
        NumError::value(format!(
            "Exceeds the limit ({max_str_digits} digits) for integer string conversion; \
             use sys.set_int_max_str_digits() to increase the limit"
        ))
    };
    // Conversion costs more than linear time, so what is certainly too long is refused first.
    // 2**(10*k) > 10**(3*k).
    if max_str_digits != 0 && kernel::bit_length(a.digits) / 10 * 3 > max_str_digits as u64 {
        return Err(too_long());
    }
    let text = to_string_radix(a, 10);
    if max_str_digits != 0 && text.len() - usize::from(a.negative) > max_str_digits {
        return Err(too_long());
    }
    Ok(text)
}

/// The number in a base from 2 to 36, lower case, without prefix. Other bases are taken as 10.
pub fn to_string_radix(a: BigRef<'_>, radix: u32) -> String {
    let radix = if (2..=36).contains(&radix) { radix } else { 10 };
    let mut text = if let Some(value) = a.magnitude_u64() {
        small_to_text(value, radix)
    } else if radix.is_power_of_two() {
        power_of_two_to_text(a.digits, radix.trailing_zeros())
    } else if a.digits.len() <= SMALL_TO_TEXT_DIGITS {
        if radix == 10 {
            return decimal_text(a);
        }
        by_division(a.digits, radix)
    } else {
        let value = kernel::to_ubig(a.digits);
        return match (a.negative, radix) {
            (false, 10) => value.to_string(),
            (true, 10) => format!("-{value}"),
            (false, _) => value.in_radix(radix as u8).to_string(),
            (true, _) => format!("-{}", value.in_radix(radix as u8)),
        };
    };
    if a.negative {
        text.push(b'-');
    }
    text.reverse();
    ascii(text)
}

/// Bytes that are ASCII by construction, as a string.
pub(crate) fn ascii(bytes: Vec<u8>) -> String {
    debug_assert!(bytes.is_ascii());
    String::from_utf8(bytes).unwrap_or_default()
}

/// Digits of a word, least significant first.
fn small_to_text(mut value: u64, radix: u32) -> Vec<u8> {
    let radix = u64::from(radix);
    let mut text = Vec::with_capacity(24);
    loop {
        text.push(DIGIT_CHARS[(value % radix) as usize]);
        value /= radix;
        if value == 0 {
            return text;
        }
    }
}

/// Decimal text of a number of moderate size, not zero.
fn decimal_text(a: BigRef<'_>) -> String {
    let limbs = kernel::to_billions(a.digits);
    let mut text = vec![b'0'; limbs.len() * 9 + 1];
    for (slots, &limb) in text[1..].rchunks_exact_mut(9).zip(&limbs) {
        let mut rest = limb;
        for slot in slots.iter_mut().rev() {
            *slot += (rest % 10) as u8;
            rest /= 10;
        }
    }
    let mut start = text.iter().position(|&b| b != b'0').unwrap_or(text.len() - 1);
    // The first character is always a spare zero.
    if a.negative {
        start -= 1;
        text[start] = b'-';
    }
    ascii(text.split_off(start))
}

/// Digits by repeated division, least significant first. The number is not zero.
fn by_division(digits: &[u32], radix: u32) -> Vec<u8> {
    let (chunk, width) = chunk_of(radix);
    let mut rest = digits.to_vec();
    let mut text = Vec::with_capacity(digits.len() * 10);
    while !rest.is_empty() {
        let mut part = kernel::divrem_small(&mut rest, chunk);
        for _ in 0..width {
            text.push(DIGIT_CHARS[(part % radix) as usize]);
            part /= radix;
        }
    }
    while text.last() == Some(&b'0') {
        text.pop();
    }
    text
}

/// The largest power of `radix` below 2**30, and its exponent.
fn chunk_of(radix: u32) -> (u32, usize) {
    let (mut chunk, mut width) = (radix, 1);
    while let Some(next) = chunk.checked_mul(radix).filter(|&n| n < 1 << DIGIT_BITS) {
        chunk = next;
        width += 1;
    }
    (chunk, width)
}

/// Digits in a base of `bits` bits, least significant first.
fn power_of_two_to_text(digits: &[u32], bits: u32) -> Vec<u8> {
    let mut text = Vec::with_capacity((kernel::bit_length(digits) / u64::from(bits)) as usize + 2);
    let (mut acc, mut filled) = (0u64, 0);
    for &digit in digits {
        acc |= u64::from(digit) << filled;
        filled += DIGIT_BITS;
        while filled >= bits {
            text.push(DIGIT_CHARS[(acc & ((1 << bits) - 1)) as usize]);
            acc >>= bits;
            filled -= bits;
        }
    }
    if acc != 0 {
        text.push(DIGIT_CHARS[acc as usize]);
    }
    while text.last() == Some(&b'0') {
        text.pop();
    }
    text
}

/// Why a text is not an integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseIntError {
    /// Not the syntax of an integer: `invalid literal for int() with base N: REPR`, where the caller
    /// knows the repr of the original object.
    Syntax,
    /// Any other failure, with its final message.
    Other(NumError),
}

/// `int(text, base)`. The text is what the caller made of the original by mapping Unicode decimal digits
/// and spaces to ASCII; surrounding white space is accepted. Base 0 reads a prefix.
///
/// Errors: [`ParseIntError::Syntax`]; `ValueError` for a bad base or too many decimal digits.
pub fn from_str(text: &str, base: u32, max_str_digits: usize) -> std::result::Result<Big, ParseIntError> {
    parse_ascii(text.as_bytes(), base, max_str_digits)
}

/// [`from_str`] over bytes.
pub fn parse_ascii(text: &[u8], base: u32, max_str_digits: usize) -> std::result::Result<Big, ParseIntError> {
    if base == 1 || base > 36 {
        return Err(ParseIntError::Other(NumError::value("int() base must be >= 2 and <= 36, or 0")));
    }
    let is_space = |b: &u8| matches!(b, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|b| !is_space(b)).ok_or(ParseIntError::Syntax)?;
    let end = text.iter().rposition(|b| !is_space(b)).map_or(start, |i| i + 1);
    let mut text = &text[start..end];
    let negative = text[0] == b'-';
    if matches!(text[0], b'+' | b'-') {
        text = &text[1..];
    }
    let prefix = match text {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    let mut radix = base;
    if prefix != 0 && (base == 0 || base == prefix) {
        radix = prefix;
        text = &text[2..];
        // One underscore may follow a prefix.
        if text.first() == Some(&b'_') {
            text = &text[1..];
        }
    } else if base == 0 {
        radix = 10;
        // "0", "00", "0_0" are zero; other decimal literals may not start with 0.
        if text.first() == Some(&b'0') && text.iter().any(|b| !matches!(b, b'0' | b'_')) {
            return Err(ParseIntError::Syntax);
        }
    }
    let digits = strip_underscores(text, radix)?;
    if !radix.is_power_of_two() && max_str_digits != 0 && digits.len() > max_str_digits {
        return Err(ParseIntError::Other(NumError::value(format!(
            "Exceeds the limit ({max_str_digits} digits) for integer string conversion: value has {} digits; \
             use sys.set_int_max_str_digits() to increase the limit",
            digits.len()
        ))));
    }
    let magnitude = magnitude_from_digits(&digits, radix);
    Ok(Big { negative: negative && !magnitude.is_empty(), digits: magnitude })
}

/// Digit values (not characters) of a text in which single underscores may separate digits.
fn strip_underscores(text: &[u8], radix: u32) -> std::result::Result<Vec<u8>, ParseIntError> {
    let mut digits = Vec::with_capacity(text.len());
    let mut after_digit = false;
    for &byte in text {
        if byte == b'_' && after_digit {
            after_digit = false;
            continue;
        }
        let value = DIGIT_VALUES[byte as usize];
        if u32::from(value) >= radix {
            return Err(ParseIntError::Syntax);
        }
        digits.push(value);
        after_digit = true;
    }
    if after_digit { Ok(digits) } else { Err(ParseIntError::Syntax) }
}

/// The magnitude spelled by digit values, most significant first.
fn magnitude_from_digits(digits: &[u8], radix: u32) -> Vec<u32> {
    if digits.len() <= 12 {
        let value = digits.iter().fold(0u64, |acc, &d| acc * u64::from(radix) + u64::from(d));
        return Big::from(value).digits;
    }
    if radix.is_power_of_two() {
        return from_power_of_two(digits, radix.trailing_zeros());
    }
    if digits.len() <= SMALL_FROM_TEXT_CHARS {
        let (_, width) = chunk_of(radix);
        let mut out = Vec::with_capacity(digits.len() / 5 + 1);
        for part in digits.chunks(width) {
            let value = part.iter().fold(0, |acc, &d| acc * radix + u32::from(d));
            kernel::mul_add_small(&mut out, radix.pow(part.len() as u32), value);
        }
        return out;
    }
    let text = ascii(digits.iter().map(|&d| DIGIT_CHARS[d as usize]).collect());
    // The digits were checked, so the only refusal possible is of an empty text.
    UBig::from_str_radix(&text, radix).map(|value| kernel::from_ubig(&value)).unwrap_or_default()
}

/// The magnitude spelled by digits of `bits` bits, most significant first.
fn from_power_of_two(digits: &[u8], bits: u32) -> Vec<u32> {
    let mut out = Vec::with_capacity(digits.len() * bits as usize / DIGIT_BITS as usize + 1);
    let (mut acc, mut filled) = (0u64, 0);
    for &digit in digits.iter().rev() {
        acc |= u64::from(digit) << filled;
        filled += bits;
        if filled >= DIGIT_BITS {
            out.push(acc as u32 & super::DIGIT_MASK);
            acc >>= DIGIT_BITS;
            filled -= DIGIT_BITS;
        }
    }
    out.push(acc as u32);
    kernel::trim(&mut out);
    out
}
