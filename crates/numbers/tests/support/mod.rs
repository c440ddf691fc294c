//! Reading and writing the values of the expected-results files (see `generate_core.py`).
#![allow(dead_code)]

use whipsnake_numbers::bigint::{self, Big};
use whipsnake_numbers::{NumError, Result};

/// An int from hexadecimal.
pub fn int(text: &str) -> Big {
    bigint::from_str(text, 0, 0).unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

/// A machine int from hexadecimal.
pub fn small(text: &str) -> i64 {
    int(text).to_i64().expect("a small int")
}

/// A float from `f` and its bits.
pub fn float(text: &str) -> f64 {
    match text.strip_prefix('f') {
        Some(bits) => f64::from_bits(u64::from_str_radix(bits, 16).expect("bits")),
        None if text == "nan" => f64::NAN,
        None => panic!("not a float: {text}"),
    }
}

/// A string from an `ascii()` literal with simple escapes.
pub fn string(text: &str) -> String {
    let quote = text.chars().next().expect("quote");
    let body = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)).expect("quoted");
    let mut out = String::new();
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let code = |chars: &mut std::str::Chars<'_>, n: usize| {
            let hex: String = chars.take(n).collect();
            char::from_u32(u32::from_str_radix(&hex, 16).expect("hex")).expect("scalar")
        };
        let decoded = match chars.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('x') => code(&mut chars, 2),
            Some('u') => code(&mut chars, 4),
            Some('U') => code(&mut chars, 8),
            Some(c) => c,
            None => panic!("lone backslash"),
        };
        out.push(decoded);
    }
    out
}

/// Values as the files spell them.
pub trait Show {
    fn show(&self) -> String;
}

impl Show for Big {
    fn show(&self) -> String {
        let text = bigint::to_string_radix(self.view(), 16);
        match text.strip_prefix('-') {
            Some(digits) => format!("-0x{digits}"),
            None => format!("0x{text}"),
        }
    }
}

impl Show for f64 {
    fn show(&self) -> String {
        if self.is_nan() { "nan".into() } else { format!("f{:016x}", self.to_bits()) }
    }
}

impl Show for i64 {
    fn show(&self) -> String {
        Big::from(*self).show()
    }
}

impl Show for u64 {
    fn show(&self) -> String {
        Big::from(*self).show()
    }
}

impl Show for String {
    fn show(&self) -> String {
        self.clone()
    }
}

impl<A: Show, B: Show> Show for (A, B) {
    fn show(&self) -> String {
        format!("{} {}", self.0.show(), self.1.show())
    }
}

impl Show for NumError {
    fn show(&self) -> String {
        format!("!{self}")
    }
}

impl<T: Show> Show for Result<T> {
    fn show(&self) -> String {
        match self {
            Ok(value) => value.show(),
            Err(error) => error.show(),
        }
    }
}

/// How far two results lie apart in units of the last place; 0 if spelled alike.
pub fn ulps(expected: &str, actual: &str) -> u64 {
    if expected == actual {
        return 0;
    }
    let parts = |t: &str| -> Option<Vec<i64>> {
        t.split(' ')
            .map(|p| {
                let bits = u64::from_str_radix(p.strip_prefix('f')?, 16).ok()?;
                Some(if bits >> 63 == 1 { -((bits & !(1 << 63)) as i64) } else { bits as i64 })
            })
            .collect()
    };
    match (parts(expected), parts(actual)) {
        (Some(a), Some(b)) if a.len() == b.len() => a.iter().zip(&b).map(|(x, y)| x.abs_diff(*y)).max().unwrap_or(0),
        _ => u64::MAX,
    }
}

/// Runs every line of an expected-results file; `run` gives the actual result of an operation, `allow` how
/// many units in the last place it may be off.
pub fn check(file: &str, run: impl Fn(&str, &[&str]) -> String, allow: impl Fn(&str) -> u64) {
    let mut failures = Vec::new();
    let mut count = 0;
    for line in file.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, args @ .., expected] = fields.as_slice() else { panic!("bad line {line}") };
        let actual = run(name, args);
        count += 1;
        let off = ulps(expected, &actual);
        if off > allow(name) {
            failures.push(format!("{name} {args:?}\n  expected {expected}\n  actual   {actual} ({off} ulp)"));
        }
    }
    assert!(count > 0, "no cases");
    let shown: Vec<_> = failures.iter().take(40).cloned().collect();
    assert!(failures.is_empty(), "{} of {count} failed:\n{}", failures.len(), shown.join("\n"));
}
