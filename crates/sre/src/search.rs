//! Finding the places of a text where a match may begin.
//!
//! The strategy is chosen once per program. It may let places through where there is no match, never hold one back.

use crate::analysis::{self, Anchor, Facts, First, Prefix};
use crate::parse::{Ast, Node, SeqId};
use crate::program::{FirstTable, Literal};
use crate::text::Char;

/// How a program looks for places to begin.
#[derive(Debug)]
pub(crate) enum Strategy {
    /// Every position is as good as another.
    Everywhere,
    /// See [`Anchor`].
    Anchored(Anchor),
    /// The pattern is this literal, and has no groups.
    Whole(Box<Literal>),
    /// Every match begins with this literal; if it turns out to be frequent, the filter looks at more.
    Literal(Box<Literal>, Option<Box<Filter>>),
    /// Every match begins with one of one to three characters below 256; if these turn out to be frequent, the filter
    /// looks at more of them.
    Few(Vec<u8>, Option<Box<Filter>>),
    Filter(Box<Filter>),
    /// Every match begins with a character of the table.
    First(FirstTable),
}

/// A search for several sequences of sets at once, of the same length (the Shift-And algorithm).
#[derive(Debug)]
pub(crate) struct Filter {
    /// For each character below 256, the places in all sequences that it may take.
    masks: Box<[u64; 256]>,
    /// The same for characters above.
    wide: u64,
    /// The first place of each sequence.
    starts: u64,
    /// The last place of each.
    ends: u64,
    length: usize,
}

impl Filter {
    /// The sequences cut to the same length. None if that would say little more than the first character.
    fn new(prefixes: &[Prefix], first: &First) -> Option<Filter> {
        let shortest = prefixes.iter().map(|prefix| prefix.sets.len()).min()?;
        let length = shortest.min(64 / prefixes.len()).min(16);
        if length < 2 {
            return None;
        }
        // How much of a text of some forty different characters would pass.
        let density = |set: &First| (f64::from(set.len_narrow()) / 40.0).min(1.0);
        let passing: f64 =
            prefixes.iter().map(|prefix| prefix.sets[..length].iter().map(density).product::<f64>()).sum();
        if passing > 0.4 * density(first) {
            return None;
        }
        let mut filter = Filter { masks: Box::new([0; 256]), wide: 0, starts: 0, ends: 0, length };
        for (n, prefix) in prefixes.iter().enumerate() {
            for (at, set) in prefix.sets[..length].iter().enumerate() {
                let bit = 1 << (n * length + at);
                set.chars().for_each(|ch| filter.masks[usize::from(ch)] |= bit);
                filter.wide |= if set.wide { bit } else { 0 };
            }
            filter.starts |= 1 << (n * length);
            filter.ends |= 1 << (n * length + length - 1);
        }
        Some(filter)
    }

    /// The first index where one of the sequences begins.
    fn find<T: Char>(&self, text: &[T]) -> Option<usize> {
        let mut places = 0u64;
        let end = text.iter().position(|ch| {
            let code = ch.code();
            let mask = if T::NARROW || code < 256 { self.masks[(code & 255) as usize] } else { self.wide };
            places = ((places << 1) | self.starts) & mask;
            places & self.ends != 0
        })?;
        Some(end + 1 - self.length)
    }
}

/// Chooses the strategy for a pattern.
pub(crate) fn strategy(ast: &Ast, root: SeqId, whole: Facts) -> Strategy {
    match analysis::anchor(ast, root) {
        Anchor::None => {}
        anchor => return Strategy::Anchored(anchor),
    }
    if whole.nullable || whole.width == 0 {
        return Strategy::Everywhere;
    }
    if let [Node::Literals(run)] = ast.seq(root) {
        return Strategy::Whole(Box::new(Literal::searchable(run)));
    }
    let mut prefixes = analysis::prefixes(ast, root);
    prefixes.retain(|prefix| !prefix.is_impossible());
    let filter = Filter::new(&prefixes, &whole.first);
    if let Some(run) = leading_literal(ast, root) {
        let filter = filter.filter(|filter| filter.length > run.len());
        return Strategy::Literal(Box::new(Literal::searchable(run)), filter.map(Box::new));
    }
    let first = whole.first;
    match (first.len_narrow(), first.wide, filter) {
        (1..=3, false, filter) => Strategy::Few(first.chars().collect(), filter.map(Box::new)),
        (_, _, Some(filter)) => Strategy::Filter(Box::new(filter)),
        (256, true, None) => Strategy::Everywhere,
        (_, _, None) => Strategy::First(FirstTable::new(&first)),
    }
}

/// Two or more literals at the front, perhaps inside groups.
fn leading_literal(ast: &Ast, root: SeqId) -> Option<&[u32]> {
    match ast.seq(root).iter().find(|node| !matches!(node, Node::Mark(_) | Node::At(_) | Node::Look { .. }))? {
        Node::Literals(run) => Some(run),
        _ => None,
    }
}

/// The literal worth looking for before anything else: one that the strategy does not search for already.
pub(crate) fn required(ast: &Ast, root: SeqId, strategy: &Strategy) -> Option<Literal> {
    if matches!(strategy, Strategy::Whole(_) | Strategy::Literal(..) | Strategy::Anchored(Anchor::Text)) {
        return None;
    }
    let run = analysis::required_literal(ast, root)?;
    Some(Literal::searchable(run))
}

/// What a search has learnt about its text.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Experience {
    candidates: u32,
    skipped: usize,
    /// Where the required literal was last found.
    required_at: Option<usize>,
}

/// Texts shorter than this are not searched for the required literal.
const LONG: usize = 64;

impl Experience {
    /// Whether a match at or after `from` is ruled out, because a literal that it must contain is not there.
    pub(crate) fn is_hopeless<T: Char>(&mut self, required: Option<&Literal>, text: &[T], from: usize) -> bool {
        let Some(literal) = required else { return false };
        if text.len() - from < LONG || self.required_at.is_some_and(|at| at >= from) {
            return false;
        }
        self.required_at = T::find_literal(&text[from..], literal).map(|at| at + from);
        self.required_at.is_none()
    }

    /// Takes note of how far a cheap search got.
    fn note(&mut self, found: Option<usize>) {
        self.candidates = self.candidates.saturating_add(1);
        self.skipped = self.skipped.saturating_add(found.unwrap_or(0));
    }

    /// Whether candidates of a cheap search come so often that a finer one pays.
    fn is_crowded(&self) -> bool {
        self.candidates >= 8 && self.skipped / 16 < self.candidates as usize
    }
}

impl Strategy {
    /// The first place in `from..=last` where a match may begin. `tried` is the position where the search began.
    pub(crate) fn candidate<T: Char>(
        &self,
        text: &[T],
        tried: usize,
        from: usize,
        last: usize,
        experience: &mut Experience,
    ) -> Option<usize> {
        if from > last {
            return None;
        }
        let window = || &text[from..text.len().min(last + 1)];
        let found = match self {
            Strategy::Everywhere => return Some(from),
            Strategy::Anchored(anchor) => return anchored(*anchor, text, tried, from, last),
            Strategy::Few(_, Some(filter)) | Strategy::Literal(_, Some(filter)) if experience.is_crowded() => {
                filter.find(&text[from..])
            }
            Strategy::Whole(literal) => T::find_literal(&text[from..], literal),
            Strategy::Literal(literal, _) => {
                let found = T::find_literal(&text[from..], literal);
                experience.note(found);
                found
            }
            Strategy::Few(chars, _) => {
                let found = T::find_any(window(), chars);
                experience.note(found);
                found
            }
            Strategy::Filter(filter) => filter.find(&text[from..]),
            Strategy::First(first) => window().iter().position(|ch| {
                let code = ch.code();
                if T::NARROW || code < 256 { first.table[(code & 255) as usize] } else { first.wide }
            }),
        };
        found.map(|at| at + from).filter(|at| *at <= last)
    }
}

fn anchored<T: Char>(anchor: Anchor, text: &[T], tried: usize, from: usize, last: usize) -> Option<usize> {
    match anchor {
        Anchor::None => Some(from),
        Anchor::Text => (from == 0).then_some(0),
        Anchor::Once => (from == tried).then_some(from),
        Anchor::Line | Anchor::NextLine => {
            if from == 0 || text[from - 1].code() == 0x0a || (anchor == Anchor::NextLine && from == tried) {
                return Some(from);
            }
            let newline = T::find_any(&text[from..last], b"\n")?;
            Some(from + newline + 1)
        }
    }
}
