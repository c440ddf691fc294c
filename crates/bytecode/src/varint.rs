//! The two variable-length integer encodings of code objects' tables (six bits to a byte).

/// Appends `value` least significant group first (location table).
pub(crate) fn write_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 64 {
        out.push(0x40 | (value & 0x3f) as u8);
        value >>= 6;
    }
    out.push(value as u8);
}

/// Appends a signed value: the sign goes to the lowest bit.
pub(crate) fn write_signed_varint(out: &mut Vec<u8>, value: i32) {
    let magnitude = value.unsigned_abs();
    // i32::MIN has no encoding; the caller's line numbers are never that far apart.
    let coded = magnitude.wrapping_shl(1) | u32::from(value < 0);
    write_varint(out, coded);
}

/// Reads what [`write_varint`] wrote; `None` at the end of the data or when it is too long.
pub(crate) fn read_varint(data: &[u8], at: &mut usize) -> Option<u32> {
    let mut value = 0u32;
    let mut shift = 0;
    loop {
        let byte = *data.get(*at)?;
        *at += 1;
        if shift < 32 {
            value |= u32::from(byte & 0x3f) << shift;
        }
        if byte & 0x40 == 0 {
            return Some(value);
        }
        shift += 6;
    }
}

/// Reads what [`write_signed_varint`] wrote.
pub(crate) fn read_signed_varint(data: &[u8], at: &mut usize) -> Option<i32> {
    let coded = read_varint(data, at)?;
    let magnitude = (coded >> 1) as i32;
    Some(if coded & 1 != 0 { -magnitude } else { magnitude })
}

/// Appends `value` most significant group first, `first_bit` set on its first byte (exception table).
pub(crate) fn write_big_endian_varint(out: &mut Vec<u8>, value: u32, first_bit: u8) {
    let mut first = first_bit;
    for shift in [30, 24, 18, 12, 6] {
        if value >= 1 << shift {
            out.push(first | 0x40 | ((value >> shift) & 0x3f) as u8);
            first = 0;
        }
    }
    out.push(first | (value & 0x3f) as u8);
}

/// Reads what [`write_big_endian_varint`] wrote, ignoring the marker bit.
pub(crate) fn read_big_endian_varint(data: &[u8], at: &mut usize) -> Option<u32> {
    let mut value = 0u32;
    loop {
        let byte = *data.get(*at)?;
        *at += 1;
        value = (value << 6) | u32::from(byte & 0x3f);
        if byte & 0x40 == 0 {
            return Some(value);
        }
    }
}
