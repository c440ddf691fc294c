//! One use of a pattern on a text: positions, the engine's working memory, interruption by signals.

use crate::pattern::Pattern;
use crate::subject::Subject;
use std::cell::RefCell;
use whipsnake_runtime::pending;
use whipsnake_runtime::prelude::*;
use whipsnake_sre::{Char, Error, Scratch, State};

/// Groups (the whole match included) that a [`Spans`] holds without allocation.
const INLINE: usize = 4;
const UNSET: usize = usize::MAX;

/// Where a match and its groups are.
pub struct Spans {
    inline: [usize; INLINE * 2],
    more: Vec<usize>,
    groups: usize,
    pub lastindex: Option<usize>,
}

impl Spans {
    fn of<T: Char>(state: &State<'_, T>, groups: usize) -> Spans {
        let mut spans = Spans { inline: [UNSET; INLINE * 2], more: Vec::new(), groups, lastindex: state.lastindex() };
        if groups + 1 > INLINE {
            spans.more = vec![UNSET; (groups + 1) * 2];
        }
        let all = if spans.more.is_empty() { &mut spans.inline[..] } else { &mut spans.more[..] };
        for group in 0..=groups {
            if let Some(span) = state.span(group) {
                all[group * 2] = span.start;
                all[group * 2 + 1] = span.end;
            }
        }
        spans
    }
    /// The number of groups, the whole match not counted.
    pub fn groups(&self) -> usize {
        self.groups
    }
    /// Where a group is, if it took part.
    #[inline]
    pub fn get(&self, group: usize) -> Option<(usize, usize)> {
        if group > self.groups {
            return None;
        }
        let all = if self.more.is_empty() { &self.inline[..] } else { &self.more[..] };
        let (start, end) = (*all.get(group * 2)?, *all.get(group * 2 + 1)?);
        (start != UNSET).then_some((start, end))
    }
    pub fn whole(&self) -> (usize, usize) {
        self.get(0).unwrap_or((0, 0))
    }
}

/// What to look for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Match,
    FullMatch,
    Search,
}

/// Where to look.
#[derive(Clone, Copy)]
pub struct Region {
    pub start: usize,
    pub end: usize,
}

impl Region {
    /// From arguments, clamped to the text.
    pub fn clamp(start: isize, end: isize, len: usize) -> Region {
        let clamp = |at: isize| usize::try_from(at).unwrap_or(0).min(len);
        Region { start: clamp(start), end: clamp(end) }
    }
}

#[derive(Default)]
struct Memory {
    scratch: RefCell<Option<Scratch>>,
}

fn take_scratch(th: &Thread) -> Scratch {
    th.interp.state::<Memory>().scratch.borrow_mut().take().unwrap_or_default()
}

fn keep_scratch(th: &Thread, scratch: Scratch) {
    *th.interp.state::<Memory>().scratch.borrow_mut() = Some(scratch);
}

/// Runs `$body` with `$text` bound to the characters of a subject, whatever their width.
macro_rules! with_text {
    ($subject:expr, |$text:ident| $body:expr) => {
        match $subject.units() {
            whipsnake_text::Units::Ascii($text) | whipsnake_text::Units::Latin1($text) => $body,
            whipsnake_text::Units::Ucs2($text) => $body,
            whipsnake_text::Units::Ucs4($text) => $body,
        }
    };
}

fn raise(th: &Thread, error: Error) -> Raised {
    match error {
        Error::Memory => th.memory_error(),
        Error::Interrupted if th.has_exception() => Raised::already_set(th),
        Error::Interrupted => th.runtime_error("interrupted"),
    }
}

/// Whether a signal's handler raised: asked by the engine now and then.
fn interrupted(th: &Thread) -> bool {
    pending::signals_wait(th) && pending::check_signals(th).is_err()
}

/// Finds one match. `must_advance`: an empty match at the start does not count.
///
/// # Errors
/// MemoryError, or what a signal handler raises.
pub fn once(
    th: &Thread,
    pattern: &Pattern,
    subject: &Subject,
    region: Region,
    mode: Mode,
    must_advance: bool,
) -> PyResult<Option<Spans>> {
    if region.start > region.end {
        return Ok(None);
    }
    with_text!(subject, |text| once_in(th, pattern, text, region, mode, must_advance))
}

fn once_in<T: Char>(
    th: &Thread,
    pattern: &Pattern,
    text: &[T],
    region: Region,
    mode: Mode,
    must_advance: bool,
) -> PyResult<Option<Spans>> {
    let mut callback = || interrupted(th);
    let mut state = State::with_scratch(&pattern.program, text, region.start, region.end, take_scratch(th));
    state.set_interrupt(&mut callback);
    if must_advance {
        state.advance();
    }
    let found = match mode {
        Mode::Match => state.match_(),
        Mode::FullMatch => state.fullmatch(),
        Mode::Search => state.search(),
    };
    let spans = matches!(found, Ok(true)).then(|| Spans::of(&state, pattern.program.groups()));
    keep_scratch(th, state.into_scratch());
    found.map_err(|error| raise(th, error))?;
    Ok(spans)
}

/// Calls `body` for each match in a region until it says to stop. The text is not looked at while `body` runs: it may
/// run Python code.
///
/// # Errors
/// As for [`once`], and those of `body`.
pub fn each(
    th: &Thread,
    pattern: &Pattern,
    subject: &Subject,
    region: Region,
    mut body: impl FnMut(&dyn Groups) -> PyResult<bool>,
) -> PyResult<()> {
    if region.start > region.end {
        return Ok(());
    }
    with_text!(subject, |text| each_in(th, pattern, text, region, &mut body))
}

/// The groups of a match in progress.
pub trait Groups {
    fn span(&self, group: usize) -> Option<(usize, usize)>;
    fn spans(&self, groups: usize) -> Spans;
}

impl<T: Char> Groups for State<'_, T> {
    #[inline]
    fn span(&self, group: usize) -> Option<(usize, usize)> {
        State::span(self, group).map(|span| (span.start, span.end))
    }
    fn spans(&self, groups: usize) -> Spans {
        Spans::of(self, groups)
    }
}

fn each_in<T: Char>(
    th: &Thread,
    pattern: &Pattern,
    text: &[T],
    region: Region,
    body: &mut dyn FnMut(&dyn Groups) -> PyResult<bool>,
) -> PyResult<()> {
    let mut callback = || interrupted(th);
    let mut state = State::with_scratch(&pattern.program, text, region.start, region.end, take_scratch(th));
    state.set_interrupt(&mut callback);
    let result = loop {
        match state.search() {
            Err(error) => break Err(raise(th, error)),
            Ok(false) => break Ok(()),
            Ok(true) => {}
        }
        match body(&state) {
            Ok(true) => state.advance(),
            Ok(false) => break Ok(()),
            Err(raised) => break Err(raised),
        }
    };
    keep_scratch(th, state.into_scratch());
    result
}
