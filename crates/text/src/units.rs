//! The unit arrays: [`Unit`], borrowed [`Units`], owned [`Buf`] and the widening [`Builder`].
//!
//! Invariants: the `Ascii` variants hold only units below 0x80; a canonical array of another variant holds at least one
//! unit that the next narrower variant cannot hold. `Builder` only ever widens when such a unit arrives, so what it
//! finishes is canonical.

use std::cmp::Ordering;

/// A storage unit of a string: a code point that happens to fit `u8`, `u16` or `u32`.
pub trait Unit: Copy + Eq + Ord + Send + Sync + bytemuck::Pod + 'static {
    /// The highest code point that this unit can hold.
    const MAX: u32;

    /// The code point in the unit.
    fn to_u32(self) -> u32;

    /// The unit holding `c`, if it fits.
    fn from_u32(c: u32) -> Option<Self>;

    /// The slice in `units`, if it has this width.
    fn borrow(units: Units<'_>) -> Option<&[Self]>;
}

macro_rules! unit {
    ($t:ty, $max:expr, $pattern:pat => $s:ident) => {
        impl Unit for $t {
            const MAX: u32 = $max;

            #[inline(always)]
            fn to_u32(self) -> u32 {
                u32::from(self)
            }

            #[inline(always)]
            fn from_u32(c: u32) -> Option<Self> {
                <$t>::try_from(c).ok()
            }

            #[inline(always)]
            fn borrow(units: Units<'_>) -> Option<&[Self]> {
                match units {
                    $pattern => Some($s),
                    _ => None,
                }
            }
        }
    };
}

unit!(u8, 0xFF, Units::Ascii(s) | Units::Latin1(s) => s);
unit!(u16, 0xFFFF, Units::Ucs2(s) => s);
unit!(u32, 0x10FFFF, Units::Ucs4(s) => s);

/// The size of a result cannot be represented or allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeError {
    /// More units than the address space has bytes: Python's `OverflowError`.
    Overflow,
    /// The allocator refused: Python's `MemoryError`.
    Memory,
}

/// A borrowed string: code points in the narrowest units that hold them.
#[derive(Clone, Copy, Debug)]
pub enum Units<'a> {
    /// Only code points below 0x80.
    Ascii(&'a [u8]),
    /// Code points below 0x100.
    Latin1(&'a [u8]),
    /// Code points below 0x10000, lone surrogates included.
    Ucs2(&'a [u16]),
    /// Any code point.
    Ucs4(&'a [u32]),
}

/// Runs `$body` with `$s` bound to the unit slice of `$units`, whatever its width.
#[macro_export]
macro_rules! with_units {
    ($units:expr, |$s:ident| $body:expr) => {
        match $units {
            $crate::Units::Ascii($s) | $crate::Units::Latin1($s) => $body,
            $crate::Units::Ucs2($s) => $body,
            $crate::Units::Ucs4($s) => $body,
        }
    };
}

impl<'a> Units<'a> {
    /// The empty string.
    pub const EMPTY: Units<'static> = Units::Ascii(&[]);

    /// `bytes` as Latin-1 text, in the variant that fits.
    pub fn from_latin1(bytes: &'a [u8]) -> Units<'a> {
        if bytes.is_ascii() { Units::Ascii(bytes) } else { Units::Latin1(bytes) }
    }

    /// The number of code points.
    #[inline]
    pub fn len(self) -> usize {
        with_units!(self, |s| s.len())
    }

    /// Whether there are no code points.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The code point at `index`.
    #[inline]
    pub fn get(self, index: usize) -> Option<u32> {
        with_units!(self, |s| s.get(index).map(|u| u.to_u32()))
    }

    /// Bytes per unit: 1, 2 or 4.
    #[inline]
    pub fn width(self) -> usize {
        match self {
            Units::Ascii(_) | Units::Latin1(_) => 1,
            Units::Ucs2(_) => 2,
            Units::Ucs4(_) => 4,
        }
    }

    /// Whether this is the ASCII variant.
    #[inline]
    pub fn is_ascii(self) -> bool {
        matches!(self, Units::Ascii(_))
    }

    /// The text as `&str`, if it is ASCII.
    #[inline]
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Units::Ascii(s) => std::str::from_utf8(s).ok(),
            _ => None,
        }
    }

    /// The memory of the units, in native byte order.
    #[inline]
    pub fn as_bytes(self) -> &'a [u8] {
        with_units!(self, |s| bytemuck::cast_slice(s))
    }

    /// The part from `start` to `end`, clamped to the string. It keeps the variant, so it need not be canonical: see
    /// [`Units::to_buf`].
    #[inline]
    pub fn slice(self, start: usize, end: usize) -> Units<'a> {
        let end = end.min(self.len());
        let start = start.min(end);
        match self {
            Units::Ascii(s) => Units::Ascii(&s[start..end]),
            Units::Latin1(s) => Units::Latin1(&s[start..end]),
            Units::Ucs2(s) => Units::Ucs2(&s[start..end]),
            Units::Ucs4(s) => Units::Ucs4(&s[start..end]),
        }
    }

    /// The code points in order.
    pub fn iter(self) -> CodePoints<'a> {
        CodePoints { units: self, front: 0, back: self.len() }
    }

    /// An upper bound of the code points, exact enough to choose the variant: 0x7F, 0xFF, 0xFFFF or 0x10FFFF.
    pub fn max_class(self) -> u32 {
        fn class<T: Unit>(s: &[T]) -> u32 {
            // OR-ing preserves the highest bit, which is all that the class depends on; it vectorises, and chunks
            // stop it early once the widest class is reached.
            let mut seen = 0;
            for chunk in s.chunks(256) {
                seen |= chunk.iter().fold(0, |a, u| a | u.to_u32());
                if T::MAX > 0xFFFF && seen > 0xFFFF || T::MAX == 0xFFFF && seen > 0xFF || T::MAX == 0xFF && seen > 0x7F
                {
                    break;
                }
            }
            match seen {
                0..0x80 => 0x7F,
                0x80..0x100 => 0xFF,
                0x100..0x10000 => 0xFFFF,
                _ => 0x10FFFF,
            }
        }
        match self {
            Units::Ascii(_) => 0x7F,
            Units::Latin1(s) => class(s),
            Units::Ucs2(s) => class(s),
            Units::Ucs4(s) => class(s),
        }
    }

    /// An owned canonical copy.
    pub fn to_buf(self) -> Buf {
        fn narrowed<A: Unit, B: Unit>(s: &[A]) -> Vec<B> {
            s.iter().filter_map(|u| B::from_u32(u.to_u32())).collect()
        }
        match (self, self.max_class()) {
            (Units::Ascii(s), _) => Buf::Ascii(s.to_vec()),
            (Units::Latin1(s), 0x7F) => Buf::Ascii(s.to_vec()),
            (Units::Latin1(s), _) => Buf::Latin1(s.to_vec()),
            (Units::Ucs2(s), 0x7F) => Buf::Ascii(narrowed(s)),
            (Units::Ucs2(s), 0xFF) => Buf::Latin1(narrowed(s)),
            (Units::Ucs2(s), _) => Buf::Ucs2(s.to_vec()),
            (Units::Ucs4(s), 0x7F) => Buf::Ascii(narrowed(s)),
            (Units::Ucs4(s), 0xFF) => Buf::Latin1(narrowed(s)),
            (Units::Ucs4(s), 0xFFFF) => Buf::Ucs2(narrowed(s)),
            (Units::Ucs4(s), _) => Buf::Ucs4(s.to_vec()),
        }
    }

    /// The text as a Rust string, unless it has lone surrogates.
    pub fn to_string(self) -> Option<String> {
        if let Some(s) = self.as_str() {
            return Some(s.to_owned());
        }
        self.iter().map(char::from_u32).collect()
    }

    /// The text as a Rust string, with lone surrogates replaced by U+FFFD: for messages only.
    pub fn to_string_lossy(self) -> String {
        self.iter().map(|c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
}

impl<'a> From<&'a [u8]> for Units<'a> {
    /// Latin-1 bytes: see [`Units::from_latin1`].
    fn from(s: &'a [u8]) -> Self {
        Units::from_latin1(s)
    }
}

impl<'a> From<&'a [u16]> for Units<'a> {
    fn from(s: &'a [u16]) -> Self {
        Units::Ucs2(s)
    }
}

impl<'a> From<&'a [u32]> for Units<'a> {
    fn from(s: &'a [u32]) -> Self {
        Units::Ucs4(s)
    }
}

/// Equality by code points, whatever the widths.
impl PartialEq for Units<'_> {
    fn eq(&self, other: &Self) -> bool {
        fn same<A: Unit, B: Unit>(a: &[A], b: &[B]) -> bool {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.to_u32() == y.to_u32())
        }
        match (*self, *other) {
            (Units::Ascii(a) | Units::Latin1(a), Units::Ascii(b) | Units::Latin1(b)) => a == b,
            (Units::Ucs2(a), Units::Ucs2(b)) => a == b,
            (Units::Ucs4(a), Units::Ucs4(b)) => a == b,
            (a, b) => with_units!(a, |a| with_units!(b, |b| same(a, b))),
        }
    }
}

impl Eq for Units<'_> {}

impl PartialOrd for Units<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Python's order of strings: lexicographic by code point.
impl Ord for Units<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        fn order<A: Unit, B: Unit>(a: &[A], b: &[B]) -> Ordering {
            for (x, y) in a.iter().zip(b) {
                if x.to_u32() != y.to_u32() {
                    return x.to_u32().cmp(&y.to_u32());
                }
            }
            a.len().cmp(&b.len())
        }
        match (*self, *other) {
            (Units::Ascii(a) | Units::Latin1(a), Units::Ascii(b) | Units::Latin1(b)) => a.cmp(b),
            (a, b) => with_units!(a, |a| with_units!(b, |b| order(a, b))),
        }
    }
}

/// The code points of a [`Units`], from either end.
#[derive(Clone, Debug)]
pub struct CodePoints<'a> {
    units: Units<'a>,
    front: usize,
    back: usize,
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.front >= self.back {
            return None;
        }
        let c = self.units.get(self.front);
        self.front += 1;
        c
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.back - self.front, Some(self.back - self.front))
    }
}

impl DoubleEndedIterator for CodePoints<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        if self.front >= self.back {
            return None;
        }
        self.back -= 1;
        self.units.get(self.back)
    }
}

impl ExactSizeIterator for CodePoints<'_> {}

/// An owned string in the narrowest units that hold it.
#[derive(Clone, Debug)]
pub enum Buf {
    /// Only code points below 0x80.
    Ascii(Vec<u8>),
    /// At least one code point in 0x80..0x100, none above.
    Latin1(Vec<u8>),
    /// At least one code point in 0x100..0x10000, none above.
    Ucs2(Vec<u16>),
    /// At least one code point from 0x10000.
    Ucs4(Vec<u32>),
}

impl Buf {
    /// The empty string.
    pub const fn new() -> Buf {
        Buf::Ascii(Vec::new())
    }

    /// The borrowed form.
    #[inline]
    pub fn units(&self) -> Units<'_> {
        match self {
            Buf::Ascii(v) => Units::Ascii(v),
            Buf::Latin1(v) => Units::Latin1(v),
            Buf::Ucs2(v) => Units::Ucs2(v),
            Buf::Ucs4(v) => Units::Ucs4(v),
        }
    }

    /// The number of code points.
    #[inline]
    pub fn len(&self) -> usize {
        self.units().len()
    }

    /// Whether there are no code points.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for Buf {
    fn default() -> Self {
        Buf::new()
    }
}

impl PartialEq for Buf {
    fn eq(&self, other: &Self) -> bool {
        self.units() == other.units()
    }
}

impl Eq for Buf {}

impl From<&str> for Buf {
    fn from(s: &str) -> Buf {
        let mut b = Builder::new();
        b.push_str(s);
        b.finish()
    }
}

impl FromIterator<u32> for Buf {
    fn from_iter<I: IntoIterator<Item = u32>>(code_points: I) -> Buf {
        let code_points = code_points.into_iter();
        let mut b = Builder::with_capacity(code_points.size_hint().0);
        code_points.for_each(|c| b.push(c));
        b.finish()
    }
}

/// Builds a string, starting as ASCII and widening when a code point asks for it.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    buf: Buf,
}

fn widened<A: Unit, B: Unit + From<A>>(from: &[A], extra: usize) -> Vec<B> {
    let mut to = Vec::with_capacity((from.len() + extra).max(from.len() * 2));
    to.extend(from.iter().map(|&u| B::from(u)));
    to
}

/// Keeps the capacity that was asked for when the storage changes width.
fn spare<T>(v: &Vec<T>) -> usize {
    (v.capacity() - v.len()).max(8)
}

impl Builder {
    /// An empty builder.
    pub fn new() -> Builder {
        Builder { buf: Buf::new() }
    }

    /// An empty builder with room for `units` code points. For sizes that a program can choose use
    /// [`Builder::try_with_capacity`].
    pub fn with_capacity(units: usize) -> Builder {
        Builder { buf: Buf::Ascii(Vec::with_capacity(units)) }
    }

    /// An empty builder with room for `units` code points, of which the widest will be of the class of `max` at most.
    ///
    /// Errors: [`SizeError::Memory`] if that cannot be allocated.
    pub fn try_with_capacity(units: usize, max: u32) -> Result<Builder, SizeError> {
        let width = match max {
            0..0x100 => 1,
            0x100..0x10000 => 2,
            _ => 4,
        };
        let bytes = units.checked_mul(width).ok_or(SizeError::Memory)?;
        if bytes > 1 << 20 {
            // The storage starts narrow even if it will not stay so, because it must end canonical. Widening allocates
            // infallibly, so see now whether that will work.
            Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| SizeError::Memory)?;
        }
        let mut v = Vec::new();
        v.try_reserve_exact(units).map_err(|_| SizeError::Memory)?;
        Ok(Builder { buf: Buf::Ascii(v) })
    }

    /// The number of code points so far.
    #[inline]
    pub fn len(&self) -> usize {
        self.buf.len()
    }

    /// Whether nothing was pushed yet.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.buf.is_empty()
    }

    /// What was pushed so far.
    #[inline]
    pub fn units(&self) -> Units<'_> {
        self.buf.units()
    }

    /// Appends one code point.
    #[inline]
    pub fn push(&mut self, c: u32) {
        debug_assert!(c <= 0x10FFFF);
        match &mut self.buf {
            Buf::Ascii(v) if c < 0x80 => v.push(c as u8),
            Buf::Latin1(v) if c < 0x100 => v.push(c as u8),
            Buf::Ucs2(v) if c < 0x10000 => v.push(c as u16),
            Buf::Ucs4(v) => v.push(c),
            _ => {
                self.widen(c);
                self.push(c);
            }
        }
    }

    /// Changes the storage to the class of `max` if it is narrower. The caller must then push such a code point.
    #[cold]
    fn widen(&mut self, max: u32) {
        self.buf = match (std::mem::take(&mut self.buf), max) {
            (Buf::Ascii(v), 0x80..0x100) => Buf::Latin1(v),
            (Buf::Ascii(v) | Buf::Latin1(v), 0x100..0x10000) => Buf::Ucs2(widened(&v, spare(&v))),
            (Buf::Ascii(v) | Buf::Latin1(v), 0x10000..) => Buf::Ucs4(widened(&v, spare(&v))),
            (Buf::Ucs2(v), 0x10000..) => Buf::Ucs4(widened(&v, spare(&v))),
            (buf, _) => buf,
        }
    }

    /// Appends ASCII bytes. Bytes from 0x80 are taken as Latin-1.
    pub fn push_ascii(&mut self, bytes: &[u8]) {
        debug_assert!(bytes.is_ascii());
        match &mut self.buf {
            Buf::Ascii(v) | Buf::Latin1(v) => v.extend_from_slice(bytes),
            Buf::Ucs2(v) => v.extend(bytes.iter().map(|&b| u16::from(b))),
            Buf::Ucs4(v) => v.extend(bytes.iter().map(|&b| u32::from(b))),
        }
    }

    /// Appends Latin-1 bytes.
    pub fn push_latin1(&mut self, bytes: &[u8]) {
        if matches!(self.buf, Buf::Ascii(_)) && !bytes.is_ascii() {
            self.widen(0xFF);
        }
        match &mut self.buf {
            Buf::Ascii(v) | Buf::Latin1(v) => v.extend_from_slice(bytes),
            Buf::Ucs2(v) => v.extend(bytes.iter().map(|&b| u16::from(b))),
            Buf::Ucs4(v) => v.extend(bytes.iter().map(|&b| u32::from(b))),
        }
    }

    /// Appends a Rust string.
    pub fn push_str(&mut self, s: &str) {
        if s.is_ascii() {
            return self.push_ascii(s.as_bytes());
        }
        // The highest lead byte tells the class, so that the storage changes at most once.
        let lead = s.bytes().max().unwrap_or(0);
        self.widen(match lead {
            0..0xC4 => 0xFF,
            0xC4..0xF0 => 0xFFFF,
            _ => 0x10FFFF,
        });
        match &mut self.buf {
            Buf::Ascii(v) | Buf::Latin1(v) => v.extend(s.chars().map(|c| c as u8)),
            Buf::Ucs2(v) => v.extend(s.chars().map(|c| c as u16)),
            Buf::Ucs4(v) => v.extend(s.chars().map(u32::from)),
        }
    }

    /// Appends text, which need not be canonical.
    pub fn push_units(&mut self, s: Units<'_>) {
        match (&mut self.buf, s) {
            (_, Units::Ascii(s)) => self.push_ascii(s),
            (_, Units::Latin1(s)) => self.push_latin1(s),
            (Buf::Ucs2(v), Units::Ucs2(s)) => v.extend_from_slice(s),
            (Buf::Ucs4(v), Units::Ucs2(s)) => v.extend(s.iter().map(|&u| u32::from(u))),
            (Buf::Ucs4(v), Units::Ucs4(s)) => v.extend_from_slice(s),
            (_, s) => {
                let max = s.max_class();
                self.widen(max);
                with_units!(s, |s| match &mut self.buf {
                    // The class was just checked to fit, so these truncations lose nothing.
                    Buf::Ascii(v) | Buf::Latin1(v) => v.extend(s.iter().map(|u| u.to_u32() as u8)),
                    Buf::Ucs2(v) => v.extend(s.iter().map(|u| u.to_u32() as u16)),
                    Buf::Ucs4(v) => v.extend(s.iter().map(|u| u.to_u32())),
                });
            }
        }
    }

    /// Appends `count` times `c`.
    pub fn push_repeated(&mut self, c: u32, count: usize) {
        if count == 0 {
            return;
        }
        self.push(c);
        match &mut self.buf {
            Buf::Ascii(v) | Buf::Latin1(v) => v.resize(v.len() + count - 1, c as u8),
            Buf::Ucs2(v) => v.resize(v.len() + count - 1, c as u16),
            Buf::Ucs4(v) => v.resize(v.len() + count - 1, c),
        }
    }

    /// Appends `\` and `letter` and `c` as exactly `digits` lower-case hexadecimal digits.
    pub fn push_hex_escape(&mut self, letter: u8, c: u32, digits: u32) {
        let mut escape = [0; 10];
        let n = hex_escape(&mut escape, letter, c, digits);
        self.push_ascii(&escape[..n]);
    }

    /// Drops everything after the first `len` code points; the rest may become narrower.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len() {
            self.buf = self.units().slice(0, len).to_buf();
        }
    }

    /// The finished string.
    pub fn finish(self) -> Buf {
        self.buf
    }
}

/// Writes `\`, `letter` and `digits` (at most 8) lower-case hexadecimal digits of `c`; returns the length.
pub(crate) fn hex_escape(out: &mut [u8; 10], letter: u8, c: u32, digits: u32) -> usize {
    out[0] = b'\\';
    out[1] = letter;
    for i in 0..digits {
        let nibble = (c >> (4 * (digits - 1 - i))) & 0xF;
        out[2 + i as usize] = b"0123456789abcdef"[nibble as usize];
    }
    2 + digits as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(b: &Buf) -> &'static str {
        match b {
            Buf::Ascii(_) => "ascii",
            Buf::Latin1(_) => "latin1",
            Buf::Ucs2(_) => "ucs2",
            Buf::Ucs4(_) => "ucs4",
        }
    }

    #[test]
    fn builder_ends_in_the_narrowest_form() {
        let cases: [(&[u32], &str); 7] = [
            (&[], "ascii"),
            (&[0x7F], "ascii"),
            (&[0x61, 0x80], "latin1"),
            (&[0xFF, 0x61, 0x100], "ucs2"),
            (&[0x61, 0xDC80], "ucs2"),
            (&[0x61, 0x10000], "ucs4"),
            (&[0xE9, 0x3B1, 0x1F600, 0x61], "ucs4"),
        ];
        for (code_points, expected) in cases {
            let pushed: Buf = code_points.iter().copied().collect();
            assert_eq!(kind(&pushed), expected, "{code_points:x?}");
            assert_eq!(pushed.units().iter().collect::<Vec<_>>(), code_points);
            // The same through a wide slice, on top of every kind of beginning.
            assert_eq!(kind(&Units::Ucs4(code_points).to_buf()), expected);
            for first in [0x41, 0xE9, 0x3B1, 0x1F600] {
                let mut b = Builder::new();
                b.push(first);
                b.push_units(Units::Ucs4(code_points));
                let whole: Buf = [first].iter().chain(code_points).copied().collect();
                let b = b.finish();
                assert_eq!(b, whole);
                assert_eq!(kind(&b), kind(&whole), "{first:x} {code_points:x?}");
            }
        }
    }

    #[test]
    fn order_is_by_code_point_across_widths() {
        let texts = ["", "a", "aé", "aα", "a😀", "b", "é", "α", "α😀", "😀"];
        for (i, x) in texts.iter().enumerate() {
            for (j, y) in texts.iter().enumerate() {
                assert_eq!(Buf::from(*x).units().cmp(&Buf::from(*y).units()), i.cmp(&j), "{x} {y}");
            }
        }
    }
}
