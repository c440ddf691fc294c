//! `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`.

use crate::error::{NumError, Result};

/// Where padding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: between sign and digits.
    Inner,
}

/// A digit grouping option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// `,`
    Comma,
    /// `_`
    Underscore,
}

impl Grouping {
    /// The separator.
    pub fn separator(self) -> char {
        match self {
            Grouping::Comma => ',',
            Grouping::Underscore => '_',
        }
    }
}

/// A parsed format spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    /// Code point of the fill, a space by default.
    pub fill: u32,
    /// The alignment asked for, or the type's default.
    pub align: Align,
    /// Whether the alignment was given (a `0` before the width does not count).
    pub align_given: bool,
    /// `+`, `-` or a space.
    pub sign: Option<char>,
    /// `z`: negative zero is written as zero.
    pub no_negative_zero: bool,
    /// `#`.
    pub alternate: bool,
    /// Minimum width.
    pub width: Option<usize>,
    /// Grouping of the integer part.
    pub grouping: Option<Grouping>,
    /// Digits after the point, significant digits, or maximum length.
    pub precision: Option<usize>,
    /// Grouping of the fraction.
    pub fraction_grouping: Option<Grouping>,
    /// Code point of the type, 0 if there is none and the object's type has no default.
    pub kind: u32,
}

/// The code point of an ASCII character.
const fn code(c: char) -> u32 {
    c as u32
}

fn align_of(c: u32) -> Option<Align> {
    match char::from_u32(c)? {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Center),
        '=' => Some(Align::Inner),
        _ => None,
    }
}

/// A cursor over a spec's code points.
struct Cursor<'a> {
    spec: &'a [u32],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u32> {
        self.spec.get(self.at).copied()
    }

    fn accept(&mut self, c: char) -> bool {
        let found = self.peek() == Some(code(c));
        self.at += usize::from(found);
        found
    }

    /// A run of decimal digits, if there is one.
    fn number(&mut self) -> Result<Option<usize>> {
        let mut value: Option<usize> = None;
        while let Some(digit) = self.peek().and_then(char::from_u32).and_then(|c| c.to_digit(10)) {
            let next = value.unwrap_or(0).checked_mul(10).and_then(|v| v.checked_add(digit as usize));
            value = match next {
                Some(next) if next <= isize::MAX as usize => Some(next),
                _ => return Err(NumError::value("Too many decimal digits in format string")),
            };
            self.at += 1;
        }
        Ok(value)
    }

    /// `,` or `_`, but not both.
    fn grouping(&mut self) -> Result<Option<Grouping>> {
        let found = if self.accept(',') {
            Grouping::Comma
        } else if self.accept('_') {
            Grouping::Underscore
        } else {
            return Ok(None);
        };
        let other = if found == Grouping::Comma { '_' } else { ',' };
        if self.peek() == Some(code(other)) {
            return Err(NumError::value("Cannot specify both ',' and '_'."));
        }
        Ok(Some(found))
    }
}

/// Parses a spec for an object of class `type_name`, whose default type is `default_kind` (`'s'` for str, `'d'`
/// for int, `'\0'` for float and complex) and default alignment `default_align` (left for str).
///
/// Errors: `ValueError` with CPython's message.
pub fn parse(spec: &[u32], default_kind: char, default_align: Align, type_name: &str) -> Result<FormatSpec> {
    let mut cursor = Cursor { spec, at: 0 };
    let mut parsed = FormatSpec {
        fill: code(' '),
        align: default_align,
        align_given: false,
        sign: None,
        no_negative_zero: false,
        alternate: false,
        width: None,
        grouping: None,
        precision: None,
        fraction_grouping: None,
        kind: code(default_kind),
    };
    let mut fill_given = false;
    if let Some(align) = spec.get(1).and_then(|&c| align_of(c)) {
        (parsed.fill, parsed.align, parsed.align_given, fill_given) = (spec[0], align, true, true);
        cursor.at = 2;
    } else if let Some(align) = spec.first().and_then(|&c| align_of(c)) {
        (parsed.align, parsed.align_given) = (align, true);
        cursor.at = 1;
    }
    parsed.sign = ['+', '-', ' '].into_iter().find(|&c| cursor.accept(c));
    parsed.no_negative_zero = cursor.accept('z');
    parsed.alternate = cursor.accept('#');
    if !fill_given && cursor.accept('0') {
        parsed.fill = code('0');
        if !parsed.align_given && default_align == Align::Right {
            parsed.align = Align::Inner;
        }
    }
    parsed.width = cursor.number()?;
    parsed.grouping = cursor.grouping()?;
    if cursor.accept('.') {
        parsed.precision = cursor.number()?;
        parsed.fraction_grouping = cursor.grouping()?;
        if parsed.precision.is_none() && parsed.fraction_grouping.is_none() {
            return Err(NumError::value("Format specifier missing precision"));
        }
    }
    match spec[cursor.at..] {
        [] => {}
        [kind] => parsed.kind = kind,
        _ => {
            let text: String = spec.iter().map(|&c| char::from_u32(c).unwrap_or('\u{fffd}')).collect();
            return Err(NumError::value(format!("Invalid format specifier '{text}' for object of type '{type_name}'")));
        }
    }
    check_grouping(&parsed)?;
    Ok(parsed)
}

/// Refuses groupings that the type does not have.
fn check_grouping(spec: &FormatSpec) -> Result<()> {
    let kind = char::from_u32(spec.kind).unwrap_or('\u{fffd}');
    let refused = match spec.grouping {
        Some(grouping) => match kind {
            'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0' => None,
            'b' | 'o' | 'x' | 'X' if grouping == Grouping::Underscore => None,
            _ => Some(grouping),
        },
        None => None,
    };
    let refused = refused.or(spec.fraction_grouping.filter(|_| kind == 'n'));
    match refused {
        None => Ok(()),
        Some(grouping) => {
            let kind = shown_kind(spec.kind);
            Err(NumError::value(format!("Cannot specify '{}' with '{kind}'.", grouping.separator())))
        }
    }
}

/// A type's code point as messages show it.
fn shown_kind(kind: u32) -> String {
    match char::from_u32(kind) {
        Some(c) if kind > 32 && kind < 128 => c.to_string(),
        _ => format!("\\x{kind:x}"),
    }
}

/// `Unknown format code ...`.
pub(super) fn unknown_kind(kind: u32, type_name: &str) -> NumError {
    NumError::value(format!("Unknown format code '{}' for object of type '{type_name}'", shown_kind(kind)))
}

/// How a string is formatted: this many fill characters, the first `take` code points, fill characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrLayout {
    /// Fill characters before.
    pub left: usize,
    /// Code points of the string that are kept.
    pub take: usize,
    /// Fill characters after.
    pub right: usize,
    /// The fill's code point.
    pub fill: u32,
}

/// `str.__format__` for a string of `length` code points.
///
/// Errors: `ValueError` for options that strings do not have.
pub fn layout_str(length: usize, spec: &FormatSpec, type_name: &str) -> Result<StrLayout> {
    if spec.kind != code('s') {
        return Err(unknown_kind(spec.kind, type_name));
    }
    let refuse = |message: &'static str| Err(NumError::value(message));
    match spec.sign {
        Some(' ') => return refuse("Space not allowed in string format specifier"),
        Some(_) => return refuse("Sign not allowed in string format specifier"),
        None => {}
    }
    if spec.no_negative_zero {
        return refuse("Negative zero coercion (z) not allowed in string format specifier");
    }
    if spec.alternate {
        return refuse("Alternate form (#) not allowed in string format specifier");
    }
    if spec.align == Align::Inner {
        return refuse("'=' alignment not allowed in string format specifier");
    }
    let take = length.min(spec.precision.unwrap_or(usize::MAX));
    let padding = spec.width.unwrap_or(0).saturating_sub(take);
    let left = match spec.align {
        Align::Right | Align::Inner => padding,
        Align::Center => padding / 2,
        Align::Left => 0,
    };
    Ok(StrLayout { left, take, right: padding - left, fill: spec.fill })
}
