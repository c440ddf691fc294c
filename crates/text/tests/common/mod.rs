//! Reading the recorded cases: strings are dotted hex code points, bytes plain hex, `-` is the empty one.
#![allow(dead_code)] // Each test binary uses its part.

use whipsnake_text::{Buf, Units};

pub fn parse_str(field: &str) -> Buf {
    if field == "-" {
        return Buf::new();
    }
    field.split('.').map(|h| u32::from_str_radix(h, 16).expect("hex code point")).collect()
}

pub fn parse_bytes(field: &str) -> Vec<u8> {
    if field == "-" {
        return Vec::new();
    }
    (0..field.len() / 2).map(|i| u8::from_str_radix(&field[2 * i..2 * i + 2], 16).expect("hex byte")).collect()
}

pub fn show_str(s: Units<'_>) -> String {
    if s.is_empty() {
        return "-".into();
    }
    s.iter().map(|c| format!("{c:x}")).collect::<Vec<_>>().join(".")
}

pub fn show_bytes(s: &[u8]) -> String {
    if s.is_empty() { "-".into() } else { s.iter().map(|b| format!("{b:02x}")).collect() }
}

pub fn show_list(items: Vec<String>) -> String {
    if items.is_empty() { "[]".into() } else { items.join(",") }
}

pub fn show_bool(b: bool) -> String {
    if b { "True".into() } else { "False".into() }
}

pub fn show_position(p: Option<usize>) -> String {
    p.map_or("-1".into(), |p| p.to_string())
}

/// Whether the variant is the narrowest one.
pub fn is_canonical(b: &Buf) -> bool {
    let widest = b.units().iter().max().unwrap_or(0);
    match b {
        Buf::Ascii(_) => widest < 0x80,
        Buf::Latin1(_) => (0x80..0x100).contains(&widest),
        Buf::Ucs2(_) => (0x100..0x10000).contains(&widest),
        Buf::Ucs4(_) => widest >= 0x10000,
    }
}

/// Compares every line's last field with what `observe` makes of the others; reports at most twenty differences.
pub fn check(recorded: &str, at_least: usize, observe: impl Fn(&[&str]) -> String) {
    let mut failures = Vec::new();
    let mut cases = 0;
    for line in recorded.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let (expected, args) = fields.split_last().expect("fields");
        let observed = observe(args);
        if observed != *expected {
            failures.push(format!("{args:?}\n  expected {expected}\n  observed {observed}"));
        }
        cases += 1;
    }
    assert!(cases >= at_least, "only {cases} cases");
    // Spread over all failures, so that each kind shows up.
    let shown = failures.iter().step_by(failures.len() / 20 + 1).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {cases} differ:\n{shown}", failures.len());
}
