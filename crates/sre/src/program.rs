//! A compiled pattern: the instructions that the matcher executes, and the tables they refer to.
//!
//! Comes in: a code list. Goes out: a [`Program`]. Invariants: all indices in it are in range; the last instruction is
//! never fallen out of.

use crate::analysis::First;
use crate::charset::{Fold, Set};
use crate::emit;
use crate::opcodes::At;
use crate::parse::{self, One};
use crate::search::Strategy;
use crate::text::Char;
use crate::unicode::Unicode;
use std::fmt;

/// A code list that does not follow the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidCode {
    /// Index of the offending word.
    pub offset: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl InvalidCode {
    pub(crate) const TOO_DEEP: &'static str = "nested too deeply";

    /// Whether the list may be well-formed, but nests more deeply than the engine takes.
    pub fn is_too_deep(&self) -> bool {
        self.reason == InvalidCode::TOO_DEEP
    }
}

impl fmt::Display for InvalidCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid SRE code: {} at word {}", self.reason, self.offset)
    }
}

impl std::error::Error for InvalidCode {}

/// Index of an instruction.
pub(crate) type Pc = u32;

/// One instruction. Those that take a table take its index.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Inst {
    Fail,
    /// The end of the pattern.
    Accept,
    Any,
    All,
    Char(u32),
    NotChar(u32),
    Set(u32),
    DynamicSet(u32),
    Literals(u32),
    /// Start of a group; takes the mark.
    Open(u32),
    /// End of a group; takes the mark.
    Close(u32),
    At(At),
    Jump(Pc),
    /// Tries the alternatives of a [`Dispatch`] in order.
    Branch(u32),
    /// A repeated single character; takes a [`Run`].
    Greedy(u32),
    Lazy(u32),
    Possessive(u32),
    /// Begins a [`Loop`] and goes to its end.
    LoopEnter(u32),
    MaxUntil(u32),
    MinUntil(u32),
    PossessiveUntil(u32),
    PossessiveEnd(u32),
    AtomicEnter,
    AtomicEnd,
    /// Begins a lookahead or lookbehind, so many characters back.
    LookEnter(u32),
    LookEnd,
    /// Begins a negative one; goes on at the second if the body does not match.
    NotLookEnter(u32, Pc),
    NotLookEnd,
    /// A lookaround of a single character; takes a [`Peek`].
    Peek(u32),
    GroupRef(u32, Fold),
    /// Goes on at the second unless the group has matched.
    Conditional(u32, Pc),
}

/// A string of literals.
#[derive(Debug)]
pub struct Literal {
    pub(crate) chars: Vec<u32>,
    /// The same as bytes, if they all are below 256.
    pub(crate) narrow: Option<Vec<u8>>,
    pub(crate) finder: Option<memchr::memmem::Finder<'static>>,
}

impl Literal {
    pub(crate) fn new(chars: &[u32]) -> Literal {
        let narrow: Option<Vec<u8>> = chars.iter().map(|&ch| u8::try_from(ch).ok()).collect();
        Literal { chars: chars.to_vec(), narrow, finder: None }
    }

    /// The same, prepared for searching.
    pub(crate) fn searchable(chars: &[u32]) -> Literal {
        let mut literal = Literal::new(chars);
        literal.finder = literal.narrow.as_ref().map(|narrow| memchr::memmem::Finder::new(narrow).into_owned());
        literal
    }
}

/// Which alternatives of a branch the next character admits: bit *n* for alternative *n*.
#[derive(Debug)]
pub(crate) struct Dispatch {
    /// Index into `masks` for each character below 256.
    pub(crate) map: [u8; 256],
    pub(crate) masks: Vec<u64>,
    /// For characters above 255.
    pub(crate) wide: u64,
    /// For the end of the text.
    pub(crate) end: u64,
    pub(crate) targets: Vec<Pc>,
}

impl Dispatch {
    /// From the first set of each of at most 64 alternatives; targets are filled in later.
    pub(crate) fn new(firsts: &[First]) -> Dispatch {
        let mask_of = |holds: &dyn Fn(&First) -> bool| {
            firsts.iter().enumerate().filter(|(_, first)| holds(first)).fold(0, |mask, (n, _)| mask | 1 << n)
        };
        let mut masks: Vec<u64> = Vec::new();
        let mut map = [0; 256];
        for ch in 0..=255u8 {
            let mask = mask_of(&|first| first.contains(ch));
            let index = masks.iter().position(|&known| known == mask).unwrap_or_else(|| {
                masks.push(mask);
                masks.len() - 1
            });
            map[usize::from(ch)] = index as u8;
        }
        let (wide, end) = (mask_of(&|first| first.wide), mask_of(&|first| first.end));
        Dispatch { map, masks, wide, end, targets: vec![0; firsts.len()] }
    }

    /// The alternatives that this next character, or the end of the text, admits.
    #[inline(always)]
    pub(crate) fn mask<T: Char>(&self, next: Option<T>) -> u64 {
        match next {
            Some(ch) if T::NARROW || ch.code() < 256 => self.masks[usize::from(self.map[(ch.code() & 255) as usize])],
            Some(_) => self.wide,
            None => self.end,
        }
    }
}

/// What is known about the character after a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    Anything,
    Char(u32),
    /// One of a [`FirstTable`].
    Table(u32),
}

/// A repeated single character.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) one: One,
    pub(crate) min: usize,
    /// `usize::MAX` for no limit.
    pub(crate) max: usize,
    pub(crate) next: Next,
    /// Nothing that can follow can be part of the run: it need never give characters back. For narrow texts, and for
    /// wide ones.
    pub(crate) settled_narrow: bool,
    pub(crate) settled_wide: bool,
}

/// A first set as a table.
#[derive(Debug)]
pub(crate) struct FirstTable {
    pub(crate) table: Box<[bool; 256]>,
    pub(crate) wide: bool,
    pub(crate) end: bool,
}

impl FirstTable {
    pub(crate) fn new(first: &First) -> FirstTable {
        FirstTable { table: first.table(), wide: first.wide, end: first.end }
    }
}

/// A counted loop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop {
    pub(crate) min: usize,
    /// `usize::MAX` for no limit.
    pub(crate) max: usize,
    pub(crate) body: Pc,
    /// The instruction that decides about another turn.
    pub(crate) until: Pc,
    pub(crate) tail: Pc,
    /// The [`Dispatch`] between the body and the tail, in this order (without targets).
    pub(crate) choice: u32,
}

/// A lookaround of one character.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peek {
    pub(crate) one: One,
    pub(crate) behind: bool,
    pub(crate) negated: bool,
}

/// A pattern, ready to run over texts of any width. It is immutable and can be shared between threads.
#[derive(Debug)]
pub struct Program {
    pub(crate) insts: Vec<Inst>,
    pub(crate) sets: Vec<Set>,
    pub(crate) literals: Vec<Literal>,
    pub(crate) dispatches: Vec<Dispatch>,
    pub(crate) runs: Vec<Run>,
    pub(crate) firsts: Vec<FirstTable>,
    pub(crate) loops: Vec<Loop>,
    pub(crate) peeks: Vec<Peek>,
    pub(crate) unicode: Unicode,
    pub(crate) groups: u32,
    pub(crate) min_width: usize,
    pub(crate) strategy: Strategy,
    /// A literal that occurs in every match.
    pub(crate) required: Option<Literal>,
    flags: u32,
}

impl Program {
    /// Checks and translates a code list of `re/_compiler.py`, for a pattern with so many groups (not counting the
    /// whole match). The flags are only kept for the caller.
    ///
    /// # Errors
    /// [`InvalidCode`] (Python: `RuntimeError("invalid SRE code")`) if the list is malformed or nested too deeply.
    pub fn new(code: &[u32], groups: u32, flags: u32, unicode: &Unicode) -> Result<Program, InvalidCode> {
        if groups > crate::opcodes::MAXGROUPS {
            return Err(InvalidCode { offset: 0, reason: "too many groups" });
        }
        let (ast, root) = parse::parse(code, groups, unicode)?;
        let mut program = emit::emit(ast, root, unicode);
        program.groups = groups;
        program.flags = flags;
        Ok(program)
    }

    /// How many groups the pattern has, not counting the whole match.
    pub fn groups(&self) -> usize {
        self.groups as usize
    }

    /// The flags given at compilation.
    pub fn flags(&self) -> u32 {
        self.flags
    }

    /// An empty program, for the emitter to fill.
    pub(crate) fn empty(unicode: &Unicode) -> Program {
        Program {
            insts: Vec::new(),
            sets: Vec::new(),
            literals: Vec::new(),
            dispatches: Vec::new(),
            runs: Vec::new(),
            firsts: Vec::new(),
            loops: Vec::new(),
            peeks: Vec::new(),
            unicode: *unicode,
            groups: 0,
            min_width: 0,
            strategy: Strategy::Everywhere,
            required: None,
            flags: 0,
        }
    }
}
