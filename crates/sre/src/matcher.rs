//! The backtracking matcher.
//!
//! Comes in: a program and a text. Goes out: whether there is a match, and where its groups are. The choices that are
//! still open, and the old values of what changed since, lie on one stack on the heap. Going back means popping it:
//! old values are put back, the first open choice is taken up. A *barrier* on it stands for a lookaround, an atomic
//! group or a turn of a possessive repeat; at its end the choices above the barrier are dropped, the old values kept.
//!
//! Invariants: `marks` always holds what the current path has set, and nothing else. A frame holds all it takes to
//! resume.
//!
//! Tests: `tests/cases.rs`, against results of CPython 3.14.

use crate::charset::Fold;
use crate::opcodes::At;
use crate::program::{Inst, Pc, Program, Run};
use crate::search::{Experience, Strategy};
use crate::text::Char;
use crate::unicode::{ascii_lower, ascii_word, locale_lower, locale_word, unicode_word};
use std::ops::Range;

/// Why a match was given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// The stack of open choices cannot grow (Python: `MemoryError`).
    Memory,
    /// The interrupt callback asked to stop.
    Interrupted,
}

/// Stands for a mark that is not set, and for the position of a loop's turn that was none.
const UNSET: usize = usize::MAX;

/// Bits of a loop's choice.
const BODY: u64 = 1;
const TAIL: u64 = 2;

/// Steps back between two calls of the interrupt callback.
const INTERRUPT_STEPS: u32 = 1 << 14;

#[derive(Clone, Copy, Debug)]
enum Frame {
    /// Alternatives of a branch not yet tried.
    Branch { dispatch: u32, pos: usize, mask: u64 },
    /// A run that can be shortened down to `low`; its end was last at `pos`.
    Greedy { pc: Pc, pos: usize, low: usize },
    /// A run that can be lengthened up to `high`.
    Lazy { pc: Pc, pos: usize, high: usize },
    /// Go on at an instruction.
    Resume { pc: Pc, pos: usize },
    /// One more turn of a lazy loop.
    Turn { index: u32, pos: usize },
    /// Old value of a mark.
    Mark { mark: u32, old: usize, lastindex: usize },
    /// Old value of a loop's counter.
    Counter { index: u32, old: Counter },
    /// Where a body that must match once began.
    Barrier { outer: usize, pos: usize },
    /// The same; if the body does not match, go on elsewhere.
    BarrierElse { pc: Pc, outer: usize, pos: usize },
}

#[derive(Clone, Copy, Debug)]
struct Counter {
    turns: usize,
    /// Where the last optional turn began.
    last: usize,
}

/// The memory that a matcher needs, to be kept from one use to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    stack: Vec<Frame>,
    marks: Vec<usize>,
    counters: Vec<Counter>,
}

/// What the matcher calls now and then; true to stop.
pub type Interrupt<'a> = &'a mut dyn FnMut() -> bool;

/// A match in progress, or done: a program on a text.
pub struct State<'a, T: Char> {
    program: &'a Program,
    text: &'a [T],
    /// Where the search or match begins; after success, where the match does.
    start: usize,
    /// Where the match ends.
    end: usize,
    lastindex: usize,
    must_advance: bool,
    match_all: bool,
    marks_set: bool,
    steps: u32,
    experience: Experience,
    scratch: Scratch,
    interrupt: Option<Interrupt<'a>>,
}

impl<'a, T: Char> State<'a, T> {
    /// A program on `text[..endpos]`, to begin at `pos`. What lies before `pos` can still be looked at by assertions.
    /// Positions beyond the end of the text mean its end.
    pub fn new(program: &'a Program, text: &'a [T], pos: usize, endpos: usize) -> Self {
        Self::with_scratch(program, text, pos, endpos, Scratch::default())
    }

    /// The same with memory kept from an earlier use.
    pub fn with_scratch(program: &'a Program, text: &'a [T], pos: usize, endpos: usize, mut scratch: Scratch) -> Self {
        scratch.stack.clear();
        scratch.marks.clear();
        scratch.marks.resize(program.groups() * 2, UNSET);
        scratch.counters.clear();
        scratch.counters.resize(program.loops.len(), Counter { turns: 0, last: UNSET });
        State {
            program,
            start: pos.min(text.len()),
            end: pos.min(text.len()),
            text: &text[..endpos.min(text.len())],
            lastindex: 0,
            must_advance: false,
            match_all: false,
            marks_set: false,
            steps: 0,
            experience: Experience::default(),
            scratch,
            interrupt: None,
        }
    }

    /// Sets the callback that is called every few thousand steps.
    pub fn set_interrupt(&mut self, interrupt: Interrupt<'a>) {
        self.interrupt = Some(interrupt);
    }

    /// Gives the memory back, for another state.
    pub fn into_scratch(self) -> Scratch {
        self.scratch
    }

    /// Matches at the start position only.
    ///
    /// # Errors
    /// [`Error`].
    pub fn match_(&mut self) -> Result<bool, Error> {
        self.match_all = false;
        self.attempt(self.start)
    }

    /// Matches from the start position to the end of the text.
    ///
    /// # Errors
    /// [`Error`].
    pub fn fullmatch(&mut self) -> Result<bool, Error> {
        self.match_all = true;
        let found = self.attempt(self.start);
        self.match_all = false;
        found
    }

    /// Finds the first match at or after the start position.
    ///
    /// # Errors
    /// [`Error`].
    pub fn search(&mut self) -> Result<bool, Error> {
        self.match_all = false;
        let program = self.program;
        let tried = self.start;
        let Some(last) = self.text.len().checked_sub(program.min_width).filter(|last| tried <= *last) else {
            return Ok(false);
        };
        let mut from = tried;
        loop {
            let candidate = program.strategy.candidate(self.text, tried, from, last, &mut self.experience);
            let Some(at) = candidate else { return Ok(false) };
            if let Strategy::Whole(literal) = &program.strategy {
                (self.start, self.end) = (at, at + literal.chars.len());
                return Ok(true);
            }
            if self.experience.is_hopeless(program.required.as_ref(), self.text, at) {
                return Ok(false);
            }
            self.must_advance &= at == tried;
            if self.attempt(at)? {
                return Ok(true);
            }
            from = at + 1;
        }
    }

    /// After a match: the next search or match begins at its end, and must not be empty if this one was.
    pub fn advance(&mut self) {
        self.must_advance = self.start == self.end;
        self.start = self.end;
    }

    /// Moves the start position, without the demand of [`State::advance`].
    pub fn restart(&mut self, pos: usize) {
        self.must_advance = false;
        self.start = pos;
    }

    /// Where the search begins, or, after a match, where it begins.
    pub fn start(&self) -> usize {
        self.start
    }

    /// After a match, where it ends.
    pub fn end(&self) -> usize {
        self.end
    }

    /// After a match: the span of a group, 0 being the whole; none if the group did not take part.
    pub fn span(&self, group: usize) -> Option<Range<usize>> {
        let Some(index) = group.checked_sub(1) else { return Some(self.start..self.end) };
        match self.scratch.marks.get(index * 2..index * 2 + 2) {
            Some(&[start, end]) if start <= end && end != UNSET => Some(start..end),
            _ => None,
        }
    }

    /// After a match: the group that was closed last (Python's `Match.lastindex`).
    pub fn lastindex(&self) -> Option<usize> {
        (self.lastindex > 0).then_some(self.lastindex)
    }

    /// Matches at a position.
    fn attempt(&mut self, at: usize) -> Result<bool, Error> {
        self.lastindex = 0;
        if self.marks_set {
            self.scratch.marks.fill(UNSET);
            self.marks_set = false;
        }
        self.tick()?;
        if self.program.min_width > 0 && self.text.len().saturating_sub(at) < self.program.min_width {
            return Ok(false);
        }
        let mut stack = std::mem::take(&mut self.scratch.stack);
        let found = self.run(at, &mut stack);
        stack.clear();
        self.scratch.stack = stack;
        if found == Ok(true) {
            self.start = at;
        }
        found
    }

    /// Counts a step, and calls the interrupt callback when it is due.
    #[inline(always)]
    fn tick(&mut self) -> Result<(), Error> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(INTERRUPT_STEPS) { self.poll() } else { Ok(()) }
    }

    #[cold]
    fn poll(&mut self) -> Result<(), Error> {
        let stop = self.interrupt.as_mut().is_some_and(|interrupt| interrupt());
        if stop { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// Executes the program from a position. Ends at `Accept`, or when no choice is left.
    fn run(&mut self, at: usize, stack: &mut Vec<Frame>) -> Result<bool, Error> {
        let program = self.program;
        let text = self.text;
        let insts = &program.insts[..];
        let mut pc: usize = 0;
        let mut pos = at;
        // Index of the innermost barrier plus one; 0 for none.
        let mut barrier = 0usize;
        'run: loop {
            // An arm that succeeds continues; one that breaks off, or falls through, has failed.
            'advance: {
                match insts[pc] {
                    Inst::Fail => {}
                    Inst::Accept => {
                        if (self.match_all && pos != text.len()) || (self.must_advance && pos == at) {
                            break 'advance;
                        }
                        self.end = pos;
                        return Ok(true);
                    }
                    Inst::Char(literal) => {
                        if text.get(pos).is_some_and(|ch| ch.code() == literal) {
                            (pos, pc) = (pos + 1, pc + 1);
                            continue 'run;
                        }
                    }
                    Inst::Literals(index) => {
                        let literal = &program.literals[index as usize];
                        if text.get(pos..).is_some_and(|rest| T::has_prefix(rest, literal)) {
                            (pos, pc) = (pos + literal.chars.len(), pc + 1);
                            continue 'run;
                        }
                    }
                    Inst::Set(set) => {
                        if text.get(pos).is_some_and(|&ch| program.in_set(set, ch)) {
                            (pos, pc) = (pos + 1, pc + 1);
                            continue 'run;
                        }
                    }
                    Inst::NotChar(literal) => {
                        if text.get(pos).is_some_and(|ch| ch.code() != literal) {
                            (pos, pc) = (pos + 1, pc + 1);
                            continue 'run;
                        }
                    }
                    Inst::Any => {
                        if text.get(pos).is_some_and(|ch| ch.code() != 0x0a) {
                            (pos, pc) = (pos + 1, pc + 1);
                            continue 'run;
                        }
                    }
                    Inst::All => {
                        if pos < text.len() {
                            (pos, pc) = (pos + 1, pc + 1);
                            continue 'run;
                        }
                    }
                    Inst::DynamicSet(set) => {
                        let set = &program.sets[set as usize];
                        if text.get(pos).is_some_and(|ch| set.evaluate(ch.code(), &program.unicode)) {
                            (pos, pc) = (pos + 1, pc + 1);
                            continue 'run;
                        }
                    }
                    Inst::Open(mark) => {
                        self.set_mark(mark, pos, self.lastindex, stack)?;
                        pc += 1;
                        continue 'run;
                    }
                    Inst::Close(mark) => {
                        self.set_mark(mark, pos, mark as usize / 2 + 1, stack)?;
                        pc += 1;
                        continue 'run;
                    }
                    Inst::At(position) => {
                        if self.is_at(position, pos) {
                            pc += 1;
                            continue 'run;
                        }
                    }
                    Inst::Jump(target) => {
                        pc = target as usize;
                        continue 'run;
                    }
                    Inst::Branch(index) => {
                        let dispatch = &program.dispatches[index as usize];
                        let mask = dispatch.mask(text.get(pos).copied());
                        if mask == 0 {
                            break 'advance;
                        }
                        let rest = mask & (mask - 1);
                        if rest != 0 {
                            push(stack, Frame::Branch { dispatch: index, pos, mask: rest })?;
                        }
                        pc = dispatch.targets[mask.trailing_zeros() as usize] as usize;
                        continue 'run;
                    }
                    Inst::Greedy(index) => {
                        let run = &program.runs[index as usize];
                        let end = pos + program.count(run.one, reach(text, pos, run.max));
                        let Some(low) = pos.checked_add(run.min).filter(|low| *low <= end) else { break 'advance };
                        if is_settled::<T>(run) {
                            (pos, pc) = (end, pc + 1);
                            continue 'run;
                        }
                        let Some(found) = program.last_admitted(run.next, text, low, end) else { break 'advance };
                        pc += 1;
                        if found > low {
                            push(stack, Frame::Greedy { pc: pc as Pc, pos: found, low })?;
                        }
                        pos = found;
                        continue 'run;
                    }
                    Inst::Lazy(index) => {
                        let run = &program.runs[index as usize];
                        let counted = if is_settled::<T>(run) { run.max } else { run.min };
                        let low = pos + program.count(run.one, reach(text, pos, counted));
                        if low - pos < run.min {
                            break 'advance;
                        }
                        if is_settled::<T>(run) {
                            (pos, pc) = (low, pc + 1);
                            continue 'run;
                        }
                        let high = pos.saturating_add(run.max).min(text.len().max(low));
                        let Some(found) = program.first_admitted(run.one, run.next, text, low, high) else {
                            break 'advance;
                        };
                        if found < high {
                            push(stack, Frame::Lazy { pc: pc as Pc, pos: found, high })?;
                        }
                        (pos, pc) = (found, pc + 1);
                        continue 'run;
                    }
                    Inst::Possessive(index) => {
                        let run = &program.runs[index as usize];
                        let count = program.count(run.one, reach(text, pos, run.max));
                        if count >= run.min {
                            (pos, pc) = (pos + count, pc + 1);
                            continue 'run;
                        }
                    }
                    Inst::LoopEnter(index) => {
                        // The first arrival at the loop's end makes it zero turns.
                        self.set_counter(index, Counter { turns: usize::MAX, last: UNSET }, stack)?;
                        pc = program.loops[index as usize].until as usize;
                        continue 'run;
                    }
                    Inst::MaxUntil(index) => {
                        self.tick()?;
                        let repeat = &program.loops[index as usize];
                        let Counter { turns, last } = self.scratch.counters[index as usize];
                        let turns = turns.wrapping_add(1);
                        let viable = program.dispatches[repeat.choice as usize].mask(text.get(pos).copied());
                        if turns < repeat.min {
                            if viable & BODY == 0 {
                                break 'advance;
                            }
                            self.set_counter(index, Counter { turns, last }, stack)?;
                            pc = repeat.body as usize;
                        } else if turns < repeat.max && pos != last && viable & BODY != 0 {
                            if viable & TAIL != 0 {
                                push(stack, Frame::Resume { pc: repeat.tail, pos })?;
                            }
                            self.set_counter(index, Counter { turns, last: pos }, stack)?;
                            pc = repeat.body as usize;
                        } else {
                            pc = repeat.tail as usize;
                        }
                        continue 'run;
                    }
                    Inst::MinUntil(index) => {
                        self.tick()?;
                        let repeat = &program.loops[index as usize];
                        let Counter { turns, last } = self.scratch.counters[index as usize];
                        let turns = turns.wrapping_add(1);
                        if turns < repeat.min {
                            self.set_counter(index, Counter { turns, last }, stack)?;
                            pc = repeat.body as usize;
                        } else {
                            push(stack, Frame::Turn { index, pos })?;
                            pc = repeat.tail as usize;
                        }
                        continue 'run;
                    }
                    Inst::PossessiveUntil(index) => {
                        self.tick()?;
                        let repeat = &program.loops[index as usize];
                        let counter = &mut self.scratch.counters[index as usize];
                        let turns = counter.turns.wrapping_add(1);
                        let frame = if turns < repeat.min {
                            Frame::Barrier { outer: barrier, pos }
                        } else if turns < repeat.max && pos != counter.last {
                            counter.last = pos;
                            Frame::BarrierElse { pc: repeat.tail, outer: barrier, pos }
                        } else {
                            pc = repeat.tail as usize;
                            continue 'run;
                        };
                        counter.turns = turns;
                        push(stack, frame)?;
                        barrier = stack.len();
                        pc = repeat.body as usize;
                        continue 'run;
                    }
                    Inst::PossessiveEnd(index) => {
                        (barrier, _) = collapse(stack, barrier);
                        pc = program.loops[index as usize].until as usize;
                        continue 'run;
                    }
                    Inst::AtomicEnter => {
                        push(stack, Frame::Barrier { outer: barrier, pos })?;
                        barrier = stack.len();
                        pc += 1;
                        continue 'run;
                    }
                    Inst::AtomicEnd => {
                        (barrier, _) = collapse(stack, barrier);
                        pc += 1;
                        continue 'run;
                    }
                    Inst::LookEnter(back) => {
                        if let Some(begin) = pos.checked_sub(back as usize) {
                            push(stack, Frame::Barrier { outer: barrier, pos })?;
                            barrier = stack.len();
                            (pos, pc) = (begin, pc + 1);
                            continue 'run;
                        }
                    }
                    Inst::LookEnd => {
                        (barrier, pos) = collapse(stack, barrier);
                        pc += 1;
                        continue 'run;
                    }
                    Inst::NotLookEnter(back, target) => {
                        if let Some(begin) = pos.checked_sub(back as usize) {
                            push(stack, Frame::BarrierElse { pc: target, outer: barrier, pos })?;
                            barrier = stack.len();
                            (pos, pc) = (begin, pc + 1);
                        } else {
                            pc = target as usize;
                        }
                        continue 'run;
                    }
                    Inst::NotLookEnd => {
                        while stack.len() > barrier {
                            if let Some(frame) = stack.pop() {
                                self.restore(frame);
                            }
                        }
                        if let Some(Frame::BarrierElse { outer, .. }) = stack.pop() {
                            barrier = outer;
                        }
                    }
                    Inst::Peek(index) => {
                        let peek = &program.peeks[index as usize];
                        let at = if peek.behind { pos.checked_sub(1) } else { Some(pos) };
                        let found = at.and_then(|at| text.get(at)).is_some_and(|&ch| program.matches_one(peek.one, ch));
                        if found != peek.negated {
                            pc += 1;
                            continue 'run;
                        }
                    }
                    Inst::GroupRef(group, fold) => {
                        if let Some(length) = self.repeats_group(group, fold, pos) {
                            (pos, pc) = (pos + length, pc + 1);
                            continue 'run;
                        }
                    }
                    Inst::Conditional(group, target) => {
                        let taken = self.group_span(group).is_some();
                        pc = if taken { pc + 1 } else { target as usize };
                        continue 'run;
                    }
                }
            }
            // Failed: go back to the last open choice.
            self.tick()?;
            loop {
                match stack.pop() {
                    None => return Ok(false),
                    Some(Frame::Branch { dispatch: index, pos: old, mask }) => {
                        let dispatch = &program.dispatches[index as usize];
                        let rest = mask & (mask - 1);
                        if rest != 0 {
                            push(stack, Frame::Branch { dispatch: index, pos: old, mask: rest })?;
                        }
                        pos = old;
                        pc = dispatch.targets[mask.trailing_zeros() as usize] as usize;
                        break;
                    }
                    Some(Frame::Greedy { pc: tail, pos: high, low }) => {
                        // The instruction before the tail is the run.
                        let Inst::Greedy(index) = insts[tail as usize - 1] else { continue };
                        let next = program.runs[index as usize].next;
                        let Some(found) = program.last_admitted(next, text, low, high - 1) else { continue };
                        if found > low {
                            push(stack, Frame::Greedy { pc: tail, pos: found, low })?;
                        }
                        (pos, pc) = (found, tail as usize);
                        break;
                    }
                    Some(Frame::Lazy { pc: own, pos: old, high }) => {
                        let Inst::Lazy(index) = insts[own as usize] else { continue };
                        let run = &program.runs[index as usize];
                        if !text.get(old).is_some_and(|&ch| program.matches_one(run.one, ch)) {
                            continue;
                        }
                        let Some(found) = program.first_admitted(run.one, run.next, text, old + 1, high) else {
                            continue;
                        };
                        if found < high {
                            push(stack, Frame::Lazy { pc: own, pos: found, high })?;
                        }
                        (pos, pc) = (found, own as usize + 1);
                        break;
                    }
                    Some(Frame::Resume { pc: target, pos: old }) => {
                        (pos, pc) = (old, target as usize);
                        break;
                    }
                    Some(Frame::Turn { index, pos: old }) => {
                        let repeat = &program.loops[index as usize];
                        let Counter { turns, last } = self.scratch.counters[index as usize];
                        let turns = turns.wrapping_add(1);
                        if turns >= repeat.max || old == last {
                            continue;
                        }
                        self.set_counter(index, Counter { turns, last: old }, stack)?;
                        (pos, pc) = (old, repeat.body as usize);
                        break;
                    }
                    Some(Frame::Barrier { outer, .. }) => barrier = outer,
                    Some(Frame::BarrierElse { pc: target, outer, pos: old }) => {
                        barrier = outer;
                        (pos, pc) = (old, target as usize);
                        break;
                    }
                    Some(frame) => self.restore(frame),
                }
            }
        }
    }

    /// Puts back an old value.
    #[inline]
    fn restore(&mut self, frame: Frame) {
        match frame {
            Frame::Mark { mark, old, lastindex } => {
                self.scratch.marks[mark as usize] = old;
                self.lastindex = lastindex;
            }
            Frame::Counter { index, old } => self.scratch.counters[index as usize] = old,
            _ => {}
        }
    }

    #[inline(always)]
    fn set_mark(&mut self, mark: u32, pos: usize, lastindex: usize, stack: &mut Vec<Frame>) -> Result<(), Error> {
        let slot = &mut self.scratch.marks[mark as usize];
        // With no choice open there is nothing to go back to: the next attempt clears the marks.
        if !stack.is_empty() {
            push(stack, Frame::Mark { mark, old: *slot, lastindex: self.lastindex })?;
        }
        *slot = pos;
        self.lastindex = lastindex;
        self.marks_set = true;
        Ok(())
    }

    #[inline(always)]
    fn set_counter(&mut self, index: u32, counter: Counter, stack: &mut Vec<Frame>) -> Result<(), Error> {
        let slot = &mut self.scratch.counters[index as usize];
        if !stack.is_empty() {
            push(stack, Frame::Counter { index, old: *slot })?;
        }
        *slot = counter;
        Ok(())
    }

    /// The span of a group that has matched, counting groups from 0.
    fn group_span(&self, group: u32) -> Option<Range<usize>> {
        self.span(group as usize + 1)
    }

    /// If the text goes on with what the group matched: how long that is.
    fn repeats_group(&self, group: u32, fold: Fold, pos: usize) -> Option<usize> {
        let span = self.group_span(group)?;
        let length = span.len();
        let old = self.text.get(span)?;
        let new = self.text.get(pos..pos.checked_add(length)?)?;
        let unicode = &self.program.unicode;
        let equal = |fold: &dyn Fn(u32) -> u32| old.iter().zip(new).all(|(a, b)| fold(a.code()) == fold(b.code()));
        let same = match fold {
            Fold::None => old == new,
            Fold::Ascii => equal(&ascii_lower),
            Fold::Unicode => equal(&unicode.lower),
            Fold::Locale | Fold::LocaleLiteral(_) => equal(&|ch| locale_lower(unicode, ch)),
        };
        same.then_some(length)
    }

    #[inline]
    fn is_at(&self, position: At, pos: usize) -> bool {
        let text = self.text;
        let unicode = &self.program.unicode;
        let is_newline = |at: usize| text.get(at).is_some_and(|ch| ch.code() == 0x0a);
        let boundary = |word: &dyn Fn(u32) -> bool| {
            let is_word = |at: usize| text.get(at).is_some_and(|ch| word(ch.code()));
            (pos > 0 && is_word(pos - 1)) != is_word(pos)
        };
        match position {
            At::Beginning | At::BeginningString => pos == 0,
            At::BeginningLine => pos == 0 || is_newline(pos - 1),
            At::End => pos == text.len() || (pos + 1 == text.len() && is_newline(pos)),
            At::EndLine => pos == text.len() || is_newline(pos),
            At::EndString => pos == text.len(),
            At::Boundary => boundary(&ascii_word),
            At::NonBoundary => !boundary(&ascii_word),
            At::LocBoundary => boundary(&|ch| locale_word(unicode, ch)),
            At::LocNonBoundary => !boundary(&|ch| locale_word(unicode, ch)),
            At::UniBoundary => boundary(&|ch| unicode_word(unicode, ch)),
            At::UniNonBoundary => !boundary(&|ch| unicode_word(unicode, ch)),
        }
    }
}

/// Pushes a frame.
#[inline(always)]
fn push(stack: &mut Vec<Frame>, frame: Frame) -> Result<(), Error> {
    if stack.len() == stack.capacity() {
        grow(stack)?;
    }
    stack.push(frame);
    Ok(())
}

#[cold]
#[inline(never)]
fn grow(stack: &mut Vec<Frame>) -> Result<(), Error> {
    stack.try_reserve(stack.len().max(64)).map_err(|_| Error::Memory)
}

/// Drops the choices above the innermost barrier, and the barrier, but keeps the old values. Returns the next barrier
/// out, and the position where this one was set.
fn collapse(stack: &mut Vec<Frame>, barrier: usize) -> (usize, usize) {
    let Some(base) = barrier.checked_sub(1) else { return (0, 0) };
    let (outer, pos) = match stack[base] {
        Frame::Barrier { outer, pos } | Frame::BarrierElse { outer, pos, .. } => (outer, pos),
        _ => (0, 0),
    };
    let mut kept = base;
    // With nothing below there is nothing that old values could be needed for.
    if base > 0 {
        for at in barrier..stack.len() {
            if matches!(stack[at], Frame::Mark { .. } | Frame::Counter { .. }) {
                stack[kept] = stack[at];
                kept += 1;
            }
        }
    }
    stack.truncate(kept);
    (outer, pos)
}

/// What a run from `pos` can reach at most.
#[inline(always)]
fn reach<T>(text: &[T], pos: usize, max: usize) -> &[T] {
    let rest = text.get(pos..).unwrap_or_default();
    &rest[..rest.len().min(max)]
}

#[inline(always)]
fn is_settled<T: Char>(run: &Run) -> bool {
    if T::NARROW { run.settled_narrow } else { run.settled_wide }
}
