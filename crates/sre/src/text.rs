//! The text being matched, over its three widths.

use crate::program::Literal;

/// A character of a text: one byte (bytes, or a Latin-1 string), two, or four.
pub trait Char: Copy + Eq + sealed::Sealed + 'static {
    /// Whether only values below 256 exist.
    const NARROW: bool;

    /// The code point, or byte value.
    fn code(self) -> u32;

    /// First index of the character.
    #[doc(hidden)]
    fn find(text: &[Self], ch: u32) -> Option<usize>;

    /// Last index of the character.
    #[doc(hidden)]
    fn rfind(text: &[Self], ch: u32) -> Option<usize>;

    /// First index of any of one to three characters below 256.
    #[doc(hidden)]
    fn find_any(text: &[Self], chars: &[u8]) -> Option<usize>;
}

mod sealed {
    use super::Literal;

    pub trait Sealed: Sized {
        fn find_literal(text: &[Self], literal: &Literal) -> Option<usize>;
        fn has_prefix(text: &[Self], literal: &Literal) -> bool;
    }
}
pub(crate) use sealed::Sealed;

/// Before this many characters a plain loop beats the set-up of a vectorised search.
const SHORT: usize = 12;

impl Char for u8 {
    const NARROW: bool = true;

    #[inline(always)]
    fn code(self) -> u32 {
        self.into()
    }

    #[inline]
    fn find(text: &[u8], ch: u32) -> Option<usize> {
        let ch = u8::try_from(ch).ok()?;
        let (head, tail) = text.split_at(text.len().min(SHORT));
        head.iter().position(|&c| c == ch).or_else(|| memchr::memchr(ch, tail).map(|at| at + head.len()))
    }

    #[inline]
    fn rfind(text: &[u8], ch: u32) -> Option<usize> {
        let ch = u8::try_from(ch).ok()?;
        let (head, tail) = text.split_at(text.len() - text.len().min(SHORT));
        tail.iter().rposition(|&c| c == ch).map(|at| at + head.len()).or_else(|| memchr::memrchr(ch, head))
    }

    #[inline]
    fn find_any(text: &[u8], chars: &[u8]) -> Option<usize> {
        match *chars {
            [a] => memchr::memchr(a, text),
            [a, b] => memchr::memchr2(a, b, text),
            [a, b, c] => memchr::memchr3(a, b, c, text),
            _ => text.iter().position(|c| chars.contains(c)),
        }
    }
}

impl Sealed for u8 {
    fn find_literal(text: &[u8], literal: &Literal) -> Option<usize> {
        literal.finder.as_ref()?.find(text)
    }

    #[inline]
    fn has_prefix(text: &[u8], literal: &Literal) -> bool {
        let Some(needle) = &literal.narrow else { return false };
        let Some(text) = text.get(..needle.len()) else { return false };
        if needle.len() <= 16 { text.iter().zip(needle).all(|(a, b)| a == b) } else { text == &needle[..] }
    }
}

macro_rules! wide_char {
    ($type:ty) => {
        impl Char for $type {
            const NARROW: bool = false;

            #[inline(always)]
            fn code(self) -> u32 {
                self.into()
            }

            fn find(text: &[$type], ch: u32) -> Option<usize> {
                let ch = <$type>::try_from(ch).ok()?;
                find_in_blocks(text, |c| c == ch)
            }

            fn rfind(text: &[$type], ch: u32) -> Option<usize> {
                let ch = <$type>::try_from(ch).ok()?;
                text.iter().rposition(|&c| c == ch)
            }

            fn find_any(text: &[$type], chars: &[u8]) -> Option<usize> {
                match *chars {
                    [a] => find_in_blocks(text, |c| c == a.into()),
                    [a, b] => find_in_blocks(text, |c| c == a.into() || c == b.into()),
                    [a, b, d] => find_in_blocks(text, |c| c == a.into() || c == b.into() || c == d.into()),
                    _ => text.iter().position(|&c| u8::try_from(c).is_ok_and(|c| chars.contains(&c))),
                }
            }
        }

        impl Sealed for $type {
            fn find_literal(text: &[$type], literal: &Literal) -> Option<usize> {
                let (&first, rest) = literal.chars.split_first()?;
                let last_start = text.len().checked_sub(rest.len())?;
                let mut from = 0;
                while let Some(found) = Self::find(text.get(from..last_start)?, first) {
                    from += found;
                    if Self::has_prefix(&text[from..], literal) {
                        return Some(from);
                    }
                    from += 1;
                }
                None
            }

            #[inline]
            fn has_prefix(text: &[$type], literal: &Literal) -> bool {
                let Some(text) = text.get(..literal.chars.len()) else { return false };
                text.iter().zip(&literal.chars).all(|(a, b)| a.code() == *b)
            }
        }
    };
}

wide_char!(u16);
wide_char!(u32);

/// First index where `wanted` holds. The inner loop has no early exit, so that it is vectorised.
#[inline]
fn find_in_blocks<T: Copy>(text: &[T], wanted: impl Fn(T) -> bool) -> Option<usize> {
    const BLOCK: usize = 32;
    let mut base = 0;
    for block in text.chunks(BLOCK) {
        let likely = base == 0 || block.len() < BLOCK || block.iter().fold(false, |any, &c| any | wanted(c));
        if likely && let Some(at) = block.iter().position(|&c| wanted(c)) {
            return Some(base + at);
        }
        base += block.len();
    }
    None
}
