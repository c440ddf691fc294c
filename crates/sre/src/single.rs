//! Single characters: whether one matches, and how far a run of them reaches.

use crate::parse::One;
use crate::program::{Next, Program};
use crate::text::Char;

/// Characters of a run that are looked at one by one before a vectorised search is set up.
const NEAR: usize = 16;

impl Program {
    /// Whether a character matches.
    #[inline(always)]
    pub(crate) fn matches_one<T: Char>(&self, one: One, ch: T) -> bool {
        let code = ch.code();
        match one {
            One::Any => code != 0x0a,
            One::All => true,
            One::Literal(literal) => code == literal,
            One::NotLiteral(literal) => code != literal,
            One::Set(set) => self.in_set(set, ch),
            One::DynamicSet(set) => self.sets[set as usize].evaluate(code, &self.unicode),
            One::Never => false,
        }
    }

    /// Whether a character is in a set with a table.
    #[inline(always)]
    pub(crate) fn in_set<T: Char>(&self, set: u32, ch: T) -> bool {
        let set = &self.sets[set as usize];
        let code = ch.code();
        if T::NARROW || code < 256 {
            set.table[(code & 255) as usize]
        } else {
            set.wide && set.evaluate(code, &self.unicode)
        }
    }

    /// Whether what is known of the character after a run admits the one at `at`.
    #[inline(always)]
    pub(crate) fn admits<T: Char>(&self, next: Next, text: &[T], at: usize) -> bool {
        match next {
            Next::Anything => true,
            Next::Char(ch) => text.get(at).is_some_and(|c| c.code() == ch),
            Next::Table(table) => {
                let first = &self.firsts[table as usize];
                match text.get(at) {
                    None => first.end,
                    Some(ch) if T::NARROW || ch.code() < 256 => first.table[(ch.code() & 255) as usize],
                    Some(_) => first.wide,
                }
            }
        }
    }

    /// How many characters at the front of a text match.
    #[inline]
    pub(crate) fn count<T: Char>(&self, one: One, text: &[T]) -> usize {
        let until = |stops: &[u8]| find_stop(text, stops).unwrap_or(text.len());
        let while_holds = |holds: &dyn Fn(&T) -> bool| text.iter().position(|c| !holds(c)).unwrap_or(text.len());
        match one {
            One::Any => until(b"\n"),
            One::All => text.len(),
            One::Never => 0,
            One::Literal(literal) => text.iter().position(|c| c.code() != literal).unwrap_or(text.len()),
            One::NotLiteral(literal) => T::find(text, literal).unwrap_or(text.len()),
            One::Set(index) => {
                let set = &self.sets[index as usize];
                match set.stops[..] {
                    [_, ..] if T::NARROW => until(&set.stops),
                    _ if T::NARROW => {
                        let table = &set.table;
                        text.iter().position(|c| !table[(c.code() & 255) as usize]).unwrap_or(text.len())
                    }
                    _ => text.iter().position(|&c| !self.in_set(index, c)).unwrap_or(text.len()),
                }
            }
            One::DynamicSet(set) => {
                let set = &self.sets[set as usize];
                while_holds(&|c| set.evaluate(c.code(), &self.unicode))
            }
        }
    }

    /// The last position in `low..=high` after which the text may go on as `next` says.
    #[inline]
    pub(crate) fn last_admitted<T: Char>(&self, next: Next, text: &[T], low: usize, high: usize) -> Option<usize> {
        match next {
            Next::Anything => (low <= high).then_some(high),
            Next::Char(ch) => T::rfind(text.get(low..text.len().min(high + 1))?, ch).map(|at| at + low),
            Next::Table(_) => (low..=high).rev().find(|&at| self.admits(next, text, at)),
        }
    }

    /// The first position in `low..=high` after which the text may go on as `next` says, provided that the characters
    /// before it match.
    #[inline]
    pub(crate) fn first_admitted<T: Char>(
        &self,
        one: One,
        next: Next,
        text: &[T],
        low: usize,
        high: usize,
    ) -> Option<usize> {
        if let (One::Any | One::All, Next::Char(ch)) = (one, next)
            && let Ok(byte) = u8::try_from(ch)
        {
            let stops = [byte, b'\n'];
            let stops = if one == One::Any { &stops[..] } else { &stops[..1] };
            let window = text.get(low..text.len().min(high.saturating_add(1)))?;
            let at = find_stop(window, stops)?;
            return (window[at].code() == ch).then_some(low + at);
        }
        let mut at = low;
        while !self.admits(next, text, at) {
            if at >= high || !text.get(at).is_some_and(|&ch| self.matches_one(one, ch)) {
                return None;
            }
            at += 1;
        }
        Some(at)
    }
}

/// First index of one of a few characters; a plain loop over the near ones, then a vectorised search.
#[inline]
fn find_stop<T: Char>(text: &[T], stops: &[u8]) -> Option<usize> {
    let (near, far) = text.split_at(text.len().min(NEAR));
    let is_stop = |c: &T| stops.iter().any(|&stop| c.code() == stop.into());
    near.iter().position(is_stop).or_else(|| T::find_any(far, stops).map(|at| at + near.len()))
}
