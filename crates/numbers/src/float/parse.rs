//! `float(text)`.

/// The value of `text`, which the caller made of the original by mapping Unicode decimal digits and spaces to
/// ASCII. Surrounding white space, underscores between digits, `inf`, `infinity` and `nan` in any case are
/// accepted. `None` stands for `ValueError: could not convert string to float: REPR`, where the caller knows
/// the repr of the original object.
pub fn parse(text: &str) -> Option<f64> {
    parse_ascii(text.as_bytes())
}

/// [`parse`] over bytes.
pub fn parse_ascii(text: &[u8]) -> Option<f64> {
    let text = trim(text);
    let (value, length) = number_prefix(text)?;
    (length == text.len()).then_some(value)
}

/// Strips ASCII white space as Python counts it.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let is_space = |b: &u8| matches!(b, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|b| !is_space(b)).unwrap_or(text.len());
    let end = text.iter().rposition(|b| !is_space(b)).map_or(start, |i| i + 1);
    &text[start..end]
}

/// The longest float literal (with optional sign) at the start of `text`: its value and length.
/// An underscore that does not stand between digits ends the literal.
pub(crate) fn number_prefix(text: &[u8]) -> Option<(f64, usize)> {
    let mut at = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let negative = text.first() == Some(&b'-');
    let sign = |x: f64| if negative { -x } else { x };
    for (word, value) in [("infinity", f64::INFINITY), ("inf", f64::INFINITY), ("nan", f64::NAN)] {
        if text[at..].get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word.as_bytes())) {
            return Some((sign(value), at + word.len()));
        }
    }
    let mut clean = String::with_capacity(text.len());
    let whole = digits(text, &mut at, &mut clean);
    let mut fraction = 0;
    if text.get(at) == Some(&b'.') {
        at += 1;
        clean.push('.');
        fraction = digits(text, &mut at, &mut clean);
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let mut ahead = at + 1;
        let mut exponent = String::from("e");
        if let Some(&sign @ (b'+' | b'-')) = text.get(ahead) {
            exponent.push(char::from(sign));
            ahead += 1;
        }
        if digits(text, &mut ahead, &mut exponent) > 0 {
            at = ahead;
            clean.push_str(&exponent);
        }
    }
    clean.parse::<f64>().ok().map(|x| (sign(x), at))
}

/// Copies digits, with single underscores between them dropped; returns how many there were.
fn digits(text: &[u8], at: &mut usize, clean: &mut String) -> usize {
    let mut count = 0;
    while let Some(&byte) = text.get(*at) {
        if byte.is_ascii_digit() {
            clean.push(char::from(byte));
            count += 1;
        } else if !(byte == b'_' && count > 0 && text.get(*at + 1).is_some_and(u8::is_ascii_digit)) {
            break;
        }
        *at += 1;
    }
    count
}
