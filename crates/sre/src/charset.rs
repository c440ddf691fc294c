//! Sets of characters: what `IN`, `CATEGORY` and the case-insensitive literals match.
//!
//! A set is a table of the first 256 characters, computed once, plus the operations of the code list for the rest.
//! Sets that depend on the locale have no table (`dynamic`): they are evaluated at every character.

use crate::unicode::{Unicode, ascii_lower, ascii_word, locale_lower, locale_upper, locale_word, unicode_word};

/// A category of characters, as `CATEGORY` names it, without its negation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Digit,
    Space,
    Word,
    LineBreak,
    LocWord,
    UniDigit,
    UniSpace,
    UniWord,
    UniLineBreak,
}

/// A class or its complement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Category {
    class: Class,
    negated: bool,
}

impl Category {
    /// The category with this number in the code list: classes come in pairs, each followed by its complement.
    pub(crate) fn from_code(code: u32) -> Option<Category> {
        use Class::*;
        const CLASSES: [Class; 9] = [Digit, Space, Word, LineBreak, LocWord, UniDigit, UniSpace, UniWord, UniLineBreak];
        let class = *CLASSES.get(code as usize / 2)?;
        Some(Category { class, negated: code % 2 == 1 })
    }

    fn contains(self, ch: u32, unicode: &Unicode) -> bool {
        let inside = match self.class {
            Class::Digit => (0x30..=0x39).contains(&ch),
            Class::Space => matches!(ch, 0x09..=0x0d | 0x20),
            Class::Word => ascii_word(ch),
            Class::LineBreak => ch == 0x0a,
            Class::LocWord => locale_word(unicode, ch),
            Class::UniDigit => (unicode.is_decimal)(ch),
            Class::UniSpace => (unicode.is_space)(ch),
            Class::UniWord => unicode_word(unicode, ch),
            Class::UniLineBreak => (unicode.is_linebreak)(ch),
        };
        inside != self.negated
    }

    fn is_locale(self) -> bool {
        self.class == Class::LocWord
    }

    /// Whether no character above 255 is in it, known without asking.
    fn is_narrow(self) -> bool {
        !self.negated && matches!(self.class, Class::Digit | Class::Space | Class::Word | Class::LineBreak)
    }
}

/// The sixteen-bit planes of `BIGCHARSET`: which block of 256 bits stands for each high byte.
#[derive(Clone, Debug)]
pub(crate) struct BigSet {
    pub(crate) index: [u8; 256],
    pub(crate) blocks: Vec<[u32; 8]>,
}

impl BigSet {
    fn contains(&self, ch: u32) -> bool {
        let Some(&block) = self.index.get((ch >> 8) as usize) else { return false };
        let Some(bits) = self.blocks.get(block as usize) else { return false };
        bit(bits, ch as u8)
    }
}

fn bit(bits: &[u32; 8], ch: u8) -> bool {
    bits[usize::from(ch >> 5)] & (1 << (ch & 31)) != 0
}

/// One operation of a set, tried in order; the first that holds decides.
#[derive(Clone, Debug)]
pub(crate) enum SetOp {
    /// Turns round what a hit means, from here on.
    Negate,
    Literal(u32),
    Range(u32, u32),
    /// The character or its upper case lies in the range.
    RangeIgnore(u32, u32),
    Category(Category),
    Bitmap([u32; 8]),
    Big(Box<BigSet>),
}

/// What happens to a character before it is looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fold {
    None,
    /// ASCII lower case.
    Ascii,
    /// Unicode lower case.
    Unicode,
    /// An operation holds if it does for either case in the current locale.
    Locale,
    /// Like `Locale`, but the character itself may be in it too; the flag negates the whole.
    LocaleLiteral(bool),
}

/// A set of characters.
#[derive(Clone, Debug)]
pub(crate) struct Set {
    /// Membership of the first 256 characters. All false if `dynamic`.
    pub(crate) table: Box<[bool; 256]>,
    /// Whether a character above 255 may be in it.
    pub(crate) wide: bool,
    /// Whether membership depends on the locale of the moment.
    pub(crate) dynamic: bool,
    ops: Vec<SetOp>,
    fold: Fold,
    /// The few characters below 256 that are not in it, if at most three: a run is found by searching for them.
    pub(crate) stops: Vec<u8>,
}

impl Set {
    pub(crate) fn new(ops: Vec<SetOp>, fold: Fold, unicode: &Unicode) -> Set {
        let locale_category = |op: &SetOp| matches!(op, SetOp::Category(category) if category.is_locale());
        let dynamic = matches!(fold, Fold::Locale | Fold::LocaleLiteral(_)) || ops.iter().any(locale_category);
        let wide = fold != Fold::None || !ops.iter().all(is_narrow);
        let mut set = Set { table: Box::new([false; 256]), wide, dynamic, ops, fold, stops: Vec::new() };
        if !dynamic {
            for ch in 0..256 {
                set.table[ch as usize] = set.evaluate(ch, unicode);
            }
            let stops = (0..=255u8).filter(|&ch| !set.table[usize::from(ch)]);
            if stops.clone().count() <= 3 {
                set.stops = stops.collect();
            }
        }
        set
    }

    /// Membership by the operations themselves.
    #[cold]
    #[inline(never)]
    pub(crate) fn evaluate(&self, ch: u32, unicode: &Unicode) -> bool {
        match self.fold {
            Fold::None => self.lookup(ch, unicode),
            Fold::Ascii => self.lookup(ascii_lower(ch), unicode),
            Fold::Unicode => self.lookup((unicode.lower)(ch), unicode),
            Fold::Locale => {
                let (lower, upper) = (locale_lower(unicode, ch), locale_upper(unicode, ch));
                self.decide(|op| op.holds(lower, unicode) || op.holds(upper, unicode))
            }
            Fold::LocaleLiteral(negated) => {
                let found = self.lookup(ch, unicode)
                    || self.lookup(locale_lower(unicode, ch), unicode)
                    || self.lookup(locale_upper(unicode, ch), unicode);
                found != negated
            }
        }
    }

    fn lookup(&self, ch: u32, unicode: &Unicode) -> bool {
        self.decide(|op| op.holds(ch, unicode))
    }

    /// Membership, given which operations hold.
    #[inline]
    fn decide(&self, holds: impl Fn(&SetOp) -> bool) -> bool {
        let mut hit = true;
        for op in &self.ops {
            if matches!(op, SetOp::Negate) {
                hit = !hit;
            } else if holds(op) {
                return hit;
            }
        }
        !hit
    }
}

impl SetOp {
    fn holds(&self, ch: u32, unicode: &Unicode) -> bool {
        match self {
            SetOp::Negate => false,
            SetOp::Literal(literal) => ch == *literal,
            SetOp::Range(low, high) => (*low..=*high).contains(&ch),
            SetOp::RangeIgnore(low, high) => {
                (*low..=*high).contains(&ch) || (*low..=*high).contains(&(unicode.upper)(ch))
            }
            SetOp::Category(category) => category.contains(ch, unicode),
            SetOp::Bitmap(bits) => u8::try_from(ch).is_ok_and(|ch| bit(bits, ch)),
            SetOp::Big(big) => big.contains(ch),
        }
    }
}

/// Whether an operation can only hold for characters below 256. A negation never is: it lets all others in.
fn is_narrow(op: &SetOp) -> bool {
    match op {
        SetOp::Literal(ch) | SetOp::Range(_, ch) => *ch < 256,
        SetOp::Bitmap(_) => true,
        SetOp::Category(category) => category.is_narrow(),
        SetOp::Negate | SetOp::RangeIgnore(..) | SetOp::Big(_) => false,
    }
}
