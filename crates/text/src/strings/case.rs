//! Case mappings of whole strings.

use crate::unicode::{self, Mapped};
use crate::units::{Buf, Builder, Unit, Units};
use crate::with_units;

const CAPITAL_SIGMA: u32 = 0x3A3;
const SMALL_SIGMA: u32 = 0x3C3;
const FINAL_SIGMA: u32 = 0x3C2;

/// Whether the capital sigma at `at` ends a word: a cased letter before it and none after, skipping what case ignores.
fn ends_word<T: Unit>(s: &[T], at: usize) -> bool {
    let cased = |nearest: Option<&T>| nearest.is_some_and(|u| unicode::is_cased(u.to_u32()));
    let ignorable = |u: &&T| unicode::is_case_ignorable(u.to_u32());
    cased(s[..at].iter().rev().find(|u| !ignorable(u))) && !cased(s[at + 1..].iter().find(|u| !ignorable(u)))
}

#[inline]
fn push_mapped(out: &mut Builder, m: Mapped) {
    for &c in m.as_slice() {
        out.push(c);
    }
}

#[inline]
fn push_lower<T: Unit>(out: &mut Builder, s: &[T], at: usize) {
    let c = s[at].to_u32();
    if c == CAPITAL_SIGMA {
        out.push(if ends_word(s, at) { FINAL_SIGMA } else { SMALL_SIGMA });
    } else {
        push_mapped(out, unicode::to_lower(c));
    }
}

fn mapped(s: Units<'_>, map: impl Fn(u32) -> Mapped) -> Buf {
    let mut out = Builder::with_capacity(s.len());
    with_units!(s, |s| s.iter().for_each(|u| push_mapped(&mut out, map(u.to_u32()))));
    out.finish()
}

/// `str.upper`.
pub fn upper(s: Units<'_>) -> Buf {
    match s {
        Units::Ascii(s) => Buf::Ascii(s.to_ascii_uppercase()),
        _ => mapped(s, unicode::to_upper),
    }
}

/// `str.lower`.
pub fn lower(s: Units<'_>) -> Buf {
    if let Units::Ascii(s) = s {
        return Buf::Ascii(s.to_ascii_lowercase());
    }
    let mut out = Builder::with_capacity(s.len());
    with_units!(s, |s| (0..s.len()).for_each(|i| push_lower(&mut out, s, i)));
    out.finish()
}

/// `str.casefold`.
pub fn casefold(s: Units<'_>) -> Buf {
    match s {
        Units::Ascii(s) => Buf::Ascii(s.to_ascii_lowercase()),
        _ => mapped(s, unicode::to_folded),
    }
}

/// `str.title`.
pub fn title(s: Units<'_>) -> Buf {
    let mut out = Builder::with_capacity(s.len());
    let mut after_cased = false;
    with_units!(s, |s| for (i, u) in s.iter().enumerate() {
        let c = u.to_u32();
        if after_cased {
            push_lower(&mut out, s, i);
        } else {
            push_mapped(&mut out, unicode::to_title(c));
        }
        after_cased = unicode::is_cased(c);
    });
    out.finish()
}

/// `str.capitalize`.
pub fn capitalize(s: Units<'_>) -> Buf {
    let mut out = Builder::with_capacity(s.len());
    with_units!(s, |s| for (i, u) in s.iter().enumerate() {
        if i == 0 {
            push_mapped(&mut out, unicode::to_title(u.to_u32()));
        } else {
            push_lower(&mut out, s, i);
        }
    });
    out.finish()
}

/// `str.swapcase`.
pub fn swapcase(s: Units<'_>) -> Buf {
    let mut out = Builder::with_capacity(s.len());
    with_units!(s, |s| for (i, u) in s.iter().enumerate() {
        let c = u.to_u32();
        if unicode::is_upper(c) {
            push_lower(&mut out, s, i);
        } else if unicode::is_lower(c) {
            push_mapped(&mut out, unicode::to_upper(c));
        } else {
            out.push(c);
        }
    });
    out.finish()
}
