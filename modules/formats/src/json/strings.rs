//! Strings as JSON writes them.

use whipsnake_text::{Builder, Units};

/// Adds a string in quotes, with escapes; for everything that is not ASCII too if `ascii`.
pub fn encode(text: Units<'_>, ascii: bool, out: &mut Builder) {
    let is_plain = |c: u32| (0x20..=0x7E).contains(&c) && c != 0x22 && c != 0x5C || !ascii && c > 0x7E;
    out.push(u32::from('"'));
    let mut at = 0;
    while at < text.len() {
        let run =
            whipsnake_text::with_units!(text, |s| s[at..].iter().take_while(|u| is_plain(u32::from(**u))).count());
        if run > 0 {
            out.push_units(text.slice(at, at + run));
            at += run;
        }
        if let Some(c) = text.get(at) {
            escape(c, out);
            at += 1;
        }
    }
    out.push(u32::from('"'));
}

fn escape(c: u32, out: &mut Builder) {
    match char::from_u32(c) {
        Some('"') => out.push_ascii(b"\\\""),
        Some('\\') => out.push_ascii(b"\\\\"),
        Some('\u{8}') => out.push_ascii(b"\\b"),
        Some('\u{c}') => out.push_ascii(b"\\f"),
        Some('\n') => out.push_ascii(b"\\n"),
        Some('\r') => out.push_ascii(b"\\r"),
        Some('\t') => out.push_ascii(b"\\t"),
        Some(c) => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_hex_escape(b'u', (*unit).into(), 4)),
        None => out.push_hex_escape(b'u', c, 4),
    }
}
