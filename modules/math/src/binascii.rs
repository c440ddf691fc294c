//! `binascii`: text forms of bytes, and checksums.

use std::cell::RefCell;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, Buffer};
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::Str;

#[derive(Default)]
struct State {
    error: RefCell<Option<Obj>>,
}

fn error(th: &Thread, message: &str) -> Raised {
    let class = th.interp.state::<State>().error.borrow().clone();
    match class {
        Some(class) => match th.str(message).and_then(|text| call::call1(th, class.value(), text.value())) {
            Ok(exception) => th.raise_instance(exception),
            Err(raised) => raised,
        },
        None => th.value_error(message),
    }
}

/// Bytes of an ASCII str or of a buffer.
fn ascii(th: &Thread, v: Value) -> PyResult<Vec<u8>> {
    if let Some(text) = v.cast::<Str>() {
        return match text.as_utf8().filter(|text| text.is_ascii()) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => err!(th, VALUE_ERROR, "string argument should contain only ASCII characters"),
        };
    }
    if !buffer::has_buffer(v) {
        let got = v.ty().name();
        return err!(th, TYPE_ERROR, "argument should be bytes, buffer or ASCII string, not '{got}'");
    }
    Ok(buffer::get(th, v, false)?.bytes().to_vec())
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const fn base64_values() -> [u8; 256] {
    let mut table = [255u8; 256];
    let mut i = 0;
    while i < 64 {
        table[BASE64[i] as usize] = i as u8;
        i += 1;
    }
    table
}
static BASE64_VALUES: [u8; 256] = base64_values();

fn encode_base64(data: &[u8], newline: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4 + 1);
    for chunk in data.chunks(3) {
        let word = u32::from(chunk[0]) << 16
            | u32::from(*chunk.get(1).unwrap_or(&0)) << 8
            | u32::from(*chunk.get(2).unwrap_or(&0));
        for i in 0..4 {
            out.push(if i <= chunk.len() { BASE64[(word >> (18 - 6 * i)) as usize & 63] } else { b'=' });
        }
    }
    if newline {
        out.push(b'\n');
    }
    out
}

fn decode_base64(th: &Thread, data: &[u8], strict: bool) -> PyResult<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len() / 4 * 3 + 3);
    let (mut position, mut left, mut pads, mut padding_started) = (0usize, 0u8, 0usize, false);
    if strict && data.first() == Some(&b'=') {
        return Err(error(th, "Leading padding not allowed"));
    }
    for (i, &c) in data.iter().enumerate() {
        if c == b'=' {
            padding_started = true;
            if strict && position == 0 {
                return Err(error(th, "Excess padding not allowed"));
            }
            pads += 1;
            if position >= 2 && position + pads >= 4 {
                if strict && i + 1 < data.len() {
                    return Err(error(th, "Excess data after padding"));
                }
                return Ok(out);
            }
            continue;
        }
        let value = BASE64_VALUES[usize::from(c)];
        if value == 255 {
            if strict {
                return Err(error(th, "Only base64 data is allowed"));
            }
            continue;
        }
        if strict && padding_started {
            return Err(error(th, "Discontinuous padding not allowed"));
        }
        pads = 0;
        match position {
            0 => (position, left) = (1, value),
            1 => {
                out.push(left << 2 | value >> 4);
                (position, left) = (2, value & 15);
            }
            2 => {
                out.push(left << 4 | value >> 2);
                (position, left) = (3, value & 3);
            }
            _ => {
                out.push(left << 6 | value);
                (position, left) = (0, 0);
            }
        }
    }
    match position {
        0 => Ok(out),
        1 => {
            let count = out.len() / 3 * 4 + 1;
            Err(error(
                th,
                &format!(
                    "Invalid base64-encoded string: number of data characters ({count}) cannot be 1 more than a \
                     multiple of 4"
                ),
            ))
        }
        _ => Err(error(th, "Incorrect padding")),
    }
}

fn decode_hex(th: &Thread, data: &[u8]) -> PyResult<Vec<u8>> {
    if data.len() % 2 != 0 {
        return Err(error(th, "Odd-length string"));
    }
    let digit = |c: u8| (c as char).to_digit(16).map(|d| d as u8);
    let pairs = data.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?));
    pairs.collect::<Option<Vec<u8>>>().ok_or_else(|| error(th, "Non-hexadecimal digit found"))
}

fn crc_hqx(data: &[u8], mut crc: u16) -> u16 {
    for byte in data {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 };
        }
    }
    crc
}

const fn crc_table() -> [u32; 256] {
    let mut table = [0u32; 256];
    let mut i = 0;
    while i < 256 {
        let (mut crc, mut bit) = (i as u32, 0);
        while bit < 8 {
            crc = if crc & 1 != 0 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
}
static CRC_TABLE: [u32; 256] = crc_table();

/// The checksum of zip and png files, continued from `crc`.
pub fn crc32(data: &[u8], crc: u32) -> u32 {
    !data.iter().fold(!crc, |crc, byte| CRC_TABLE[((crc ^ u32::from(*byte)) & 255) as usize] ^ crc >> 8)
}

fn encode_uu(data: &[u8], backtick: bool) -> Vec<u8> {
    let letter = |value: u32| if value == 0 && backtick { b'`' } else { value as u8 + b' ' };
    let mut out = vec![letter(data.len() as u32)];
    for chunk in data.chunks(3) {
        let word = u32::from(chunk[0]) << 16
            | u32::from(*chunk.get(1).unwrap_or(&0)) << 8
            | u32::from(*chunk.get(2).unwrap_or(&0));
        out.extend((0..4).map(|i| letter(word >> (18 - 6 * i) & 63)));
    }
    out.push(b'\n');
    out
}

fn decode_uu(th: &Thread, data: &[u8]) -> PyResult<Vec<u8>> {
    let length = usize::from(data.first().map_or(0, |c| c.wrapping_sub(b' ') & 63));
    let mut out = Vec::with_capacity(length);
    let mut rest = data.get(1..).unwrap_or(&[]).iter();
    let (mut word, mut bits) = (0u32, 0);
    while out.len() < length {
        let c = rest.next().copied().unwrap_or(0);
        let value = match c {
            b'\n' | b'\r' | 0 => 0,
            b' '..=b'`' => u32::from(c - b' ') & 63,
            _ => return Err(error(th, "Illegal char")),
        };
        word = word << 6 | value;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
        }
    }
    for c in rest {
        if !matches!(c, b' ' | b'`' | b'\n' | b'\r') {
            return Err(error(th, "Trailing garbage"));
        }
    }
    Ok(out)
}

fn decode_qp(data: &[u8], header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let digit = |c: Option<&u8>| c.and_then(|c| (*c as char).to_digit(16)).map(|d| d as u8);
    let mut i = 0;
    while i < data.len() {
        let c = data[i];
        i += 1;
        if c == b'=' {
            match data.get(i) {
                None => break,
                Some(b'\n' | b'\r') => {
                    while i < data.len() && data[i] != b'\n' {
                        i += 1;
                    }
                    i += 1;
                }
                // A mistake of some senders: two signs for one.
                Some(b'=') => {
                    out.push(b'=');
                    i += 1;
                }
                _ => match (digit(data.get(i)), digit(data.get(i + 1))) {
                    (Some(high), Some(low)) => {
                        out.push(high << 4 | low);
                        i += 2;
                    }
                    _ => out.push(b'='),
                },
            }
        } else {
            out.push(if header && c == b'_' { b' ' } else { c });
        }
    }
    out
}

fn encode_qp(data: &[u8], quote_tabs: bool, is_text: bool, header: bool) -> Vec<u8> {
    const MAX_LINE: usize = 76;
    let crlf = data.iter().position(|c| *c == b'\n').is_some_and(|i| i > 0 && data[i - 1] == b'\r');
    let mut out: Vec<u8> = Vec::with_capacity(data.len() * 2);
    let (mut i, mut line) = (0, 0);
    let soft_break = |out: &mut Vec<u8>| {
        out.extend_from_slice(if crlf { b"=\r\n" } else { b"=\n" });
    };
    let quote = |out: &mut Vec<u8>, c: u8| {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        out.extend([b'=', HEX[usize::from(c >> 4)], HEX[usize::from(c & 15)]]);
    };
    while i < data.len() {
        let c = data[i];
        let next = data.get(i + 1).copied();
        let quoted = c > 126
            || c == b'='
            || (header && c == b'_')
            || (c == b'.' && line == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)))
            || (!is_text && (c == b'\r' || c == b'\n'))
            || ((c == b'\t' || c == b' ') && next.is_none())
            || (c < 33 && c != b'\r' && c != b'\n' && c != b'\t' && c != b' ')
            || (c < 33 && c != b'\r' && c != b'\n' && (quote_tabs || (c != b'\t' && c != b' ')));
        if quoted {
            if line + 3 >= MAX_LINE {
                soft_break(&mut out);
                line = 0;
            }
            quote(&mut out, c);
            (i, line) = (i + 1, line + 3);
        } else if is_text && (c == b'\n' || (c == b'\r' && next == Some(b'\n'))) {
            line = 0;
            // White space at the end of a line is quoted.
            if let Some(&last @ (b' ' | b'\t')) = out.last() {
                out.pop();
                quote(&mut out, last);
            }
            out.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
            i += if c == b'\r' { 2 } else { 1 };
        } else {
            if next.is_some_and(|next| next != b'\n') && line + 1 >= MAX_LINE {
                soft_break(&mut out);
                line = 0;
            }
            line += 1;
            out.push(if header && c == b' ' { b'_' } else { c });
            i += 1;
        }
    }
    out
}

fn hexlify(th: &Thread, data: Value, sep: Option<Value>, bytes_per_sep: isize) -> PyResult {
    let data = buffer::get(th, data, false)?;
    let bytes = th.bytes(data.bytes())?;
    let step = th.int(bytes_per_sep as i64)?;
    let text = match sep {
        Some(sep) => call::call_method(th, bytes.value(), "hex", &[sep, step.value()])?,
        None => call::call_method(th, bytes.value(), "hex", &[])?,
    };
    th.bytes(&ascii(th, text.value())?)
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Decodes a line of base64.
    #[function("a2b_base64(data, /, *, strict_mode=False)")]
    fn a2b_base64(th: &Thread, data: Value, strict_mode: bool) -> PyResult {
        th.bytes(&decode_base64(th, &ascii(th, data)?, strict_mode)?)
    }
    /// Encodes a line in base64.
    #[function("b2a_base64(data, /, *, newline=True)")]
    fn b2a_base64(th: &Thread, data: Buffer, newline: bool) -> PyResult {
        th.bytes(&encode_base64(data.bytes(), newline))
    }
    /// Bytes of hexadecimal digits.
    #[function("a2b_hex(hexstr, /)")]
    fn a2b_hex(th: &Thread, hexstr: Value) -> PyResult {
        th.bytes(&decode_hex(th, &ascii(th, hexstr)?)?)
    }
    /// Bytes of hexadecimal digits.
    #[function("unhexlify(hexstr, /)")]
    fn unhexlify(th: &Thread, hexstr: Value) -> PyResult {
        th.bytes(&decode_hex(th, &ascii(th, hexstr)?)?)
    }
    /// Hexadecimal digits of bytes.
    #[function("b2a_hex(data, sep=<unrepresentable>, bytes_per_sep=1)")]
    fn b2a_hex(th: &Thread, data: Value, sep: Option<Value>, bytes_per_sep: isize) -> PyResult {
        super::hexlify(th, data, sep, bytes_per_sep)
    }
    /// Hexadecimal digits of bytes.
    #[function("hexlify(data, sep=<unrepresentable>, bytes_per_sep=1)")]
    fn hexlify(th: &Thread, data: Value, sep: Option<Value>, bytes_per_sep: isize) -> PyResult {
        super::hexlify(th, data, sep, bytes_per_sep)
    }
    /// Decodes a line of uuencoded data.
    #[function("a2b_uu(data, /)")]
    fn a2b_uu(th: &Thread, data: Value) -> PyResult {
        th.bytes(&decode_uu(th, &ascii(th, data)?)?)
    }
    /// Uuencodes a line.
    #[function("b2a_uu(data, /, *, backtick=False)")]
    fn b2a_uu(th: &Thread, data: Buffer, backtick: bool) -> PyResult {
        if data.bytes().len() > 45 {
            return Err(error(th, "At most 45 bytes at once"));
        }
        th.bytes(&encode_uu(data.bytes(), backtick))
    }
    /// Decodes quoted-printable data.
    #[function("a2b_qp(data, header=False)")]
    fn a2b_qp(th: &Thread, data: Value, header: bool) -> PyResult {
        th.bytes(&decode_qp(&ascii(th, data)?, header))
    }
    /// Encodes data as quoted-printable.
    #[function("b2a_qp(data, quotetabs=False, istext=True, header=False)")]
    fn b2a_qp(th: &Thread, data: Buffer, quotetabs: bool, istext: bool, header: bool) -> PyResult {
        th.bytes(&encode_qp(data.bytes(), quotetabs, istext, header))
    }
    /// The CRC-32 checksum, continued from another.
    #[function("crc32(data, crc=0, /)")]
    fn crc32(th: &Thread, data: Buffer, crc: Option<Value>) -> PyResult<u64> {
        let crc = crc.map_or(Ok(0), |crc| number::as_u64_wrapping(th, crc))?;
        Ok(super::crc32(data.bytes(), crc as u32).into())
    }
    /// The CRC-CCITT checksum, continued from another.
    #[function("crc_hqx(data, crc, /)")]
    fn crc_hqx(th: &Thread, data: Buffer, crc: Value) -> PyResult<u64> {
        Ok(super::crc_hqx(data.bytes(), number::as_u64_wrapping(th, crc)? as u16).into())
    }
}

/// Makes `binascii`.
///
/// # Errors
/// MemoryError.
pub fn init_binascii(th: &Thread) -> PyResult {
    let m = module::new(th, "binascii", "Conversion between binary data and ASCII", functions::METHODS)?;
    let class = module::exception_class(th, "binascii.Error", &statics::VALUE_ERROR)?;
    module::add(th, m.value(), "Error", class.value())?;
    *th.interp.state::<State>().error.borrow_mut() = Some(class);
    let incomplete = module::exception_class(th, "binascii.Incomplete", &statics::EXCEPTION)?;
    module::add(th, m.value(), "Incomplete", incomplete.value())?;
    Ok(m)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_and_encodings() {
        assert_eq!(crc32(b"123456789", 0), 0xCBF4_3926);
        assert_eq!(crc_hqx(b"123456789", 0), 0x31C3);
        assert_eq!(encode_base64(b"hello", false), b"aGVsbG8=");
        assert_eq!(encode_qp(b"a=b \n", false, true, false), b"a=3Db=20\n");
        assert_eq!(decode_qp(b"a=3Db=\nc", false), b"a=bc");
    }
}
