//! What can be said about a pattern before it runs: how long its matches are at least, which characters can come
//! first, and with which sequences of sets every match begins.
//!
//! Everything here errs on the permissive side: a "first" set may hold too much, a width may be too small.

use crate::opcodes::{At, MAXREPEAT};
use crate::parse::{Ast, Greed, Node, One, SeqId};

/// The characters that may follow at some point of a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct First {
    bits: [u64; 4],
    /// Some character above 255 may follow.
    pub(crate) wide: bool,
    /// The end of the text may follow.
    pub(crate) end: bool,
}

impl First {
    pub(crate) const NOTHING: First = First { bits: [0; 4], wide: false, end: false };
    pub(crate) const ANYTHING: First = First { bits: [u64::MAX; 4], wide: true, end: true };
    /// Any character, but not the end.
    const ALL: First = First { end: false, ..First::ANYTHING };

    pub(crate) fn contains(&self, ch: u8) -> bool {
        self.bits[usize::from(ch >> 6)] & (1 << (ch & 63)) != 0
    }

    fn insert(&mut self, ch: u8) {
        self.bits[usize::from(ch >> 6)] |= 1 << (ch & 63);
    }

    fn remove(&mut self, ch: u8) {
        self.bits[usize::from(ch >> 6)] &= !(1 << (ch & 63));
    }

    pub(crate) fn union(mut self, other: First) -> First {
        self.bits.iter_mut().zip(other.bits).for_each(|(a, b)| *a |= b);
        First { bits: self.bits, wide: self.wide | other.wide, end: self.end | other.end }
    }

    /// Whether no character below 256 is in both.
    pub(crate) fn is_disjoint_narrow(&self, other: &First) -> bool {
        self.bits.iter().zip(other.bits).all(|(a, b)| a & b == 0)
    }

    /// How many characters below 256 are in it.
    pub(crate) fn len_narrow(&self) -> u32 {
        self.bits.iter().map(|bits| bits.count_ones()).sum()
    }

    pub(crate) fn chars(&self) -> impl Iterator<Item = u8> {
        (0..=255).filter(|&ch| self.contains(ch))
    }

    /// The table form.
    pub(crate) fn table(&self) -> Box<[bool; 256]> {
        let mut table = Box::new([false; 256]);
        self.chars().for_each(|ch| table[usize::from(ch)] = true);
        table
    }

    fn of_literal(ch: u32) -> First {
        let mut first = First::NOTHING;
        match u8::try_from(ch) {
            Ok(ch) => first.insert(ch),
            Err(_) => first.wide = true,
        }
        first
    }

    pub(crate) fn of_one(one: One, ast: &Ast) -> First {
        match one {
            One::Any => {
                let mut first = First::ALL;
                first.remove(b'\n');
                first
            }
            One::NotLiteral(ch) => {
                let mut first = First::ALL;
                if let Ok(ch) = u8::try_from(ch) {
                    first.remove(ch);
                }
                first
            }
            One::All | One::DynamicSet(_) => First::ALL,
            One::Literal(ch) => First::of_literal(ch),
            One::Set(set) => {
                let set = &ast.sets[set as usize];
                let mut first = First { wide: set.wide, ..First::NOTHING };
                (0..=255u8).filter(|&ch| set.table[usize::from(ch)]).for_each(|ch| first.insert(ch));
                first
            }
            One::Never => First::NOTHING,
        }
    }
}

/// Facts about one sequence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) first: First,
    /// Whether what comes after the sequence may be what comes first.
    pub(crate) nullable: bool,
    /// Fewest characters that a match takes.
    pub(crate) width: usize,
}

impl Facts {
    const EMPTY: Facts = Facts { first: First::NOTHING, nullable: true, width: 0 };

    /// The first set with what follows the sequence.
    pub(crate) fn first_before(&self, follow: First) -> First {
        if self.nullable { self.first.union(follow) } else { self.first }
    }
}

/// Facts about every sequence, in the order of the tree.
pub(crate) fn facts(ast: &Ast) -> Vec<Facts> {
    let mut known = Vec::with_capacity(ast.seqs.len());
    for seq in &ast.seqs {
        let mut sum = Facts::EMPTY;
        for node in seq {
            let next = of_node(node, ast, &known);
            sum.first = sum.first_before(next.first);
            sum.nullable &= next.nullable;
            sum.width = sum.width.saturating_add(next.width);
        }
        known.push(sum);
    }
    known
}

/// Facts about a node, given those of the sequences inside it.
pub(crate) fn of_node(node: &Node, ast: &Ast, known: &[Facts]) -> Facts {
    let of = |id: &SeqId| known[id.0 as usize];
    let either = |a: Facts, b: Facts| Facts {
        first: a.first.union(b.first),
        nullable: a.nullable | b.nullable,
        width: a.width.min(b.width),
    };
    let solid = |first, width| Facts { first, nullable: false, width };
    match node {
        Node::One(one) => solid(First::of_one(*one, ast), 1),
        Node::Literals(run) => solid(run.first().map_or(First::NOTHING, |&ch| First::of_literal(ch)), run.len()),
        Node::At(At::End | At::EndLine) => solid(First { end: true, ..First::of_literal(0x0a) }, 0),
        Node::At(At::EndString) => solid(First { end: true, ..First::NOTHING }, 0),
        Node::Mark(_) | Node::At(_) | Node::Look { .. } => Facts::EMPTY,
        Node::Branch(alternatives) => {
            let nothing = Facts { first: First::NOTHING, nullable: false, width: usize::MAX };
            let sum = alternatives.iter().map(of).fold(nothing, either);
            if alternatives.is_empty() { Facts { width: 0, ..sum } } else { sum }
        }
        Node::RepeatOne { min, one, .. } => {
            Facts { first: First::of_one(*one, ast), nullable: *min == 0, width: *min as usize }
        }
        Node::Repeat { min, body, .. } => {
            let body = of(body);
            let width = body.width.saturating_mul(*min as usize);
            Facts { first: body.first, nullable: body.nullable || *min == 0, width }
        }
        Node::Atomic(body) => of(body),
        Node::GroupRef { .. } => Facts { first: First::ANYTHING, nullable: true, width: 0 },
        Node::Conditional { yes, no, .. } => either(of(yes), of(no)),
        Node::Fail => solid(First::NOTHING, 0),
    }
}

/// One way in which a match may begin: a set for each of its first characters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prefix {
    pub(crate) sets: Vec<First>,
    /// What follows is unknown.
    closed: bool,
}

const MAX_PREFIXES: usize = 16;
const MAX_PREFIX: usize = 32;
const MAX_PREFIX_DEPTH: usize = 24;

/// The ways in which a match of a sequence may begin. One of them holds for every match; an empty one says nothing.
pub(crate) fn prefixes(ast: &Ast, seq: SeqId) -> Vec<Prefix> {
    let mut ways = vec![Prefix::default()];
    extend(ast, seq, &mut ways, 0);
    ways
}

fn close(ways: &mut [Prefix]) {
    ways.iter_mut().for_each(|way| way.closed = true);
}

fn push(ways: &mut [Prefix], set: First) {
    for way in ways.iter_mut().filter(|way| !way.closed) {
        way.sets.push(set);
        way.closed = way.sets.len() >= MAX_PREFIX;
    }
}

/// Continues each open way with what a sequence begins with.
fn extend(ast: &Ast, seq: SeqId, ways: &mut Vec<Prefix>, depth: usize) {
    if depth > MAX_PREFIX_DEPTH {
        return close(ways);
    }
    for node in ast.seq(seq) {
        if ways.iter().all(|way| way.closed) {
            return;
        }
        match node {
            Node::One(one) => push(ways, First::of_one(*one, ast)),
            Node::Literals(run) => run.iter().take(MAX_PREFIX).for_each(|&ch| push(ways, First::of_literal(ch))),
            Node::Mark(_) | Node::At(_) | Node::Look { .. } => {}
            Node::Branch(alternatives) => {
                let open: Vec<Prefix> = ways.extract_if(.., |way| !way.closed).collect();
                let done = ways.len();
                for alternative in alternatives {
                    let mut branch = open.clone();
                    extend(ast, *alternative, &mut branch, depth + 1);
                    ways.append(&mut branch);
                    if ways.len() > MAX_PREFIXES {
                        break;
                    }
                }
                if ways.len() > MAX_PREFIXES {
                    // Too many ways: forget the branch.
                    ways.truncate(done);
                    ways.extend(open);
                    close(ways);
                }
            }
            Node::RepeatOne { min, max, one, .. } => {
                let first = First::of_one(*one, ast);
                (0..(*min).min(MAX_PREFIX as u32)).for_each(|_| push(ways, first));
                if min != max {
                    close(ways);
                }
            }
            Node::Repeat { min, max, body, .. } => {
                if *min > 0 {
                    extend(ast, *body, ways, depth + 1);
                }
                if (*min, *max) != (1, 1) {
                    close(ways);
                }
            }
            Node::Atomic(body) => extend(ast, *body, ways, depth + 1),
            Node::GroupRef { .. } | Node::Conditional { .. } | Node::Fail => close(ways),
        }
    }
}

/// Where, besides the first position, a match can begin at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Anchor {
    None,
    /// Only at the beginning of the text.
    Text,
    /// Only at the beginnings of lines.
    Line,
    /// If not at the first position tried, then only at beginnings of lines (`.*` at the front).
    NextLine,
    /// Only at the first position tried (`.*` at the front that takes newlines too).
    Once,
}

/// Finds out whether the pattern is anchored.
///
/// A leading `.*` is as good as an anchor: what follows it was tried at every later place of the line already. That
/// does not hold if a reference to a group can see where the match began, nor for a possessive repeat.
pub(crate) fn anchor(ast: &Ast, root: SeqId) -> Anchor {
    let looks_back = |node: &Node| matches!(node, Node::GroupRef { .. });
    for node in ast.seq(root) {
        match node {
            Node::Mark(_) => {}
            Node::At(At::Beginning | At::BeginningString) => return Anchor::Text,
            Node::At(At::BeginningLine) => return Anchor::Line,
            Node::RepeatOne { greed: Greed::Greedy | Greed::Lazy, min: 0, max: MAXREPEAT, one } => {
                let anchor = match one {
                    One::Any => Anchor::NextLine,
                    One::All => Anchor::Once,
                    _ => return Anchor::None,
                };
                let dependent = ast.seqs.iter().flatten().any(looks_back);
                return if dependent { Anchor::None } else { anchor };
            }
            _ => return Anchor::None,
        }
    }
    Anchor::None
}

/// The longest run of literals that every match contains.
pub(crate) fn required_literal(ast: &Ast, root: SeqId) -> Option<&[u32]> {
    let runs = ast.seq(root).iter().filter_map(|node| match node {
        Node::Literals(run) => Some(&run[..]),
        _ => None,
    });
    runs.max_by_key(|run| run.len())
}

impl Prefix {
    /// Whether some set of it is empty.
    pub(crate) fn is_impossible(&self) -> bool {
        self.sets.iter().any(|set| set.len_narrow() == 0 && !set.wide)
    }
}
