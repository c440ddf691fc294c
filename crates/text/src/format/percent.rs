//! `%` formats of `str` and `bytes` (for the latter pass the bytes as Latin-1).
//!
//! CPython looks at the arguments while it parses, so an error in the format can come after one in the arguments. To let
//! the caller keep that order, [`PercentError`] carries what was read of the conversion before the error.

use std::ops::Range;

use crate::units::Units;

/// The flags of a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `-`
    pub left: bool,
    /// `+`
    pub sign: bool,
    /// a blank
    pub blank: bool,
    /// `#`
    pub alternate: bool,
    /// `0`
    pub zero: bool,
}

/// A width or precision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Count {
    /// Not given.
    #[default]
    Absent,
    /// `*`: the next argument, an int (`TypeError`: "* wants int").
    Argument,
    /// The number in the format; a precision given by the dot alone is 0.
    Value(usize),
}

/// One conversion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversion {
    /// The mapping key between the parentheses (`TypeError`: "format requires a mapping").
    pub key: Option<Range<usize>>,
    pub flags: Flags,
    pub width: Count,
    pub precision: Count,
    /// The conversion character; it may be any: see [`unsupported`].
    pub character: u32,
    /// Where that is.
    pub position: usize,
}

/// A part of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text to copy; of `%%` the second one.
    Literal(Range<usize>),
    /// A conversion, which takes an argument.
    Conversion(Conversion),
}

/// What is wrong with a format: each is Python's `ValueError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PercentErrorKind {
    IncompleteKey,
    Incomplete,
    WidthTooBig,
    PrecisionTooBig,
}

impl PercentErrorKind {
    /// CPython's message, which differs for `bytes`.
    pub fn message(self, for_bytes: bool) -> &'static str {
        match self {
            PercentErrorKind::IncompleteKey => "incomplete format key",
            PercentErrorKind::Incomplete => "incomplete format",
            PercentErrorKind::WidthTooBig => "width too big",
            PercentErrorKind::PrecisionTooBig if for_bytes => "prec too big",
            PercentErrorKind::PrecisionTooBig => "precision too big",
        }
    }
}

/// A malformed format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PercentError {
    pub kind: PercentErrorKind,
    /// What was read before the error: its key, and the `*` in its width and precision, come first. The key is an empty
    /// range at the parenthesis if it is itself what is incomplete.
    pub partial: Conversion,
}

/// CPython's message for a conversion character that it does not know (`ValueError`).
pub fn unsupported(conversion: &Conversion) -> String {
    let shown = u8::try_from(conversion.character).ok().filter(|b| matches!(b, 31..=126)).unwrap_or(b'?');
    format!(
        "unsupported format character '{}' ({:#x}) at index {}",
        char::from(shown),
        conversion.character,
        conversion.position
    )
}

/// The parts of a `%` format.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    text: Units<'a>,
    at: usize,
}

impl<'a> Parts<'a> {
    /// A parser at the beginning of `text`.
    pub fn new(text: Units<'a>) -> Parts<'a> {
        Parts { text, at: 0 }
    }

    fn peek(&self) -> Option<u8> {
        // Everything that means something before the conversion character is ASCII.
        self.text.get(self.at).map(|c| u8::try_from(c).unwrap_or(0xFF))
    }

    fn conversion(&mut self) -> Result<Conversion, PercentError> {
        let mut c = Conversion::default();
        match self.read(&mut c) {
            Ok(()) => Ok(c),
            Err(kind) => Err(PercentError { kind, partial: c }),
        }
    }

    fn read(&mut self, c: &mut Conversion) -> Result<(), PercentErrorKind> {
        if self.peek() == Some(b'(') {
            self.key(c)?;
        }
        loop {
            match self.peek() {
                Some(b'-') => c.flags.left = true,
                Some(b'+') => c.flags.sign = true,
                Some(b' ') => c.flags.blank = true,
                Some(b'#') => c.flags.alternate = true,
                Some(b'0') => c.flags.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        self.count(&mut c.width, isize::MAX as usize, PercentErrorKind::WidthTooBig)?;
        if self.peek() == Some(b'.') {
            self.at += 1;
            c.precision = Count::Value(0);
            self.count(&mut c.precision, i32::MAX as usize, PercentErrorKind::PrecisionTooBig)?;
        }
        if matches!(self.peek(), Some(b'h' | b'l' | b'L')) {
            self.at += 1;
        }
        c.character = self.text.get(self.at).ok_or(PercentErrorKind::Incomplete)?;
        c.position = self.at;
        self.at += 1;
        Ok(())
    }

    fn key(&mut self, c: &mut Conversion) -> Result<(), PercentErrorKind> {
        let start = self.at + 1;
        c.key = Some(self.at..self.at);
        self.at = start;
        let mut open = 1usize;
        loop {
            match self.peek().ok_or(PercentErrorKind::IncompleteKey)? {
                b'(' => open += 1,
                b')' => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                c.key = Some(start..self.at - 1);
                return Ok(());
            }
        }
    }

    fn count(&mut self, count: &mut Count, max: usize, error: PercentErrorKind) -> Result<(), PercentErrorKind> {
        if self.peek() == Some(b'*') {
            self.at += 1;
            *count = Count::Argument;
            return Ok(());
        }
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let value = if let Count::Value(v) = *count { v } else { 0 };
            let next = value.checked_mul(10).and_then(|v| v.checked_add(usize::from(digit - b'0')));
            *count = Count::Value(next.filter(|&v| v <= max).ok_or(error)?);
            self.at += 1;
        }
        Ok(())
    }
}

impl Iterator for Parts<'_> {
    type Item = Result<Part, PercentError>;

    /// The next part; after an error nothing.
    fn next(&mut self) -> Option<Self::Item> {
        let len = self.text.len();
        if self.at >= len {
            return None;
        }
        let start = self.at;
        if self.peek() != Some(b'%') {
            self.at = crate::search::find(self.text, Units::Ascii(b"%"), start, len).unwrap_or(len);
            return Some(Ok(Part::Literal(start..self.at)));
        }
        self.at += 1;
        if self.peek() == Some(b'%') {
            self.at += 1;
            return Some(Ok(Part::Literal(start + 1..start + 2)));
        }
        let conversion = self.conversion();
        if conversion.is_err() {
            self.at = len;
        }
        Some(conversion.map(Part::Conversion))
    }
}
