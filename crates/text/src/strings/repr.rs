//! `repr` and `ascii` of strings.

use crate::unicode;
use crate::units::{Buf, Builder, Units};

/// Single quotes, unless that alone would need escaping.
fn quote_for(s: Units<'_>) -> u32 {
    let has = |q| crate::search::contains(s, Units::Ascii(q));
    if has(b"'") && !has(b"\"") { u32::from(b'"') } else { u32::from(b'\'') }
}

fn push_escape(out: &mut Builder, c: u32) {
    match c {
        0..0x100 => out.push_hex_escape(b'x', c, 2),
        0x100..0x10000 => out.push_hex_escape(b'u', c, 4),
        _ => out.push_hex_escape(b'U', c, 8),
    }
}

fn quoted(s: Units<'_>, shows: impl Fn(u32) -> bool) -> Buf {
    let quote = quote_for(s);
    let mut out = Builder::with_capacity(s.len() + 2);
    out.push(quote);
    if let Units::Ascii(bytes) = s
        && bytes.iter().all(|&b| matches!(b, b' '..=b'~') && b != b'\\' && u32::from(b) != quote)
    {
        out.push_ascii(bytes);
    } else {
        for c in s.iter() {
            match c {
                0x09 => out.push_ascii(b"\\t"),
                0x0A => out.push_ascii(b"\\n"),
                0x0D => out.push_ascii(b"\\r"),
                0x5C => out.push_ascii(b"\\\\"),
                _ if c == quote => {
                    out.push(0x5C);
                    out.push(c);
                }
                _ if shows(c) => out.push(c),
                _ => push_escape(&mut out, c),
            }
        }
    }
    out.push(quote);
    out.finish()
}

/// `repr` of a string.
pub fn repr(s: Units<'_>) -> Buf {
    quoted(s, unicode::is_printable)
}

/// `ascii` of a string: `repr`, with everything that is not ASCII escaped.
pub fn ascii(s: Units<'_>) -> Buf {
    quoted(s, |c| matches!(c, 0x20..0x7F))
}
