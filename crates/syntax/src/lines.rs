//! Byte offsets to lines and columns.

use std::cell::Cell;

use crate::ast::Span;

/// The line starts of a source text whose newlines are `\n`.
pub struct Lines {
    starts: Vec<u32>,
    /// The line of the last look-up: neighbours are asked for together.
    last: Cell<usize>,
    /// What to take from and to add to columns of the first line.
    first: (u32, u32),
}

impl Lines {
    /// Finds the lines of `source`.
    pub fn new(source: &str) -> Self {
        let mut starts = vec![0];
        for (at, byte) in source.bytes().enumerate() {
            if byte == b'\n' {
                starts.push(at as u32 + 1);
            }
        }
        Self { starts, last: Cell::new(0), first: (0, 0) }
    }

    /// As [`Lines::new`] for a text whose first line lost `lost` bytes at its start and got `added`.
    pub(crate) fn shifted(source: &str, added: u32, lost: u32) -> Self {
        let mut lines = Self::new(source);
        lines.first = (added, lost);
        lines
    }

    /// The line (from 1) and byte column (from 0) of an offset.
    pub fn place(&self, offset: u32) -> (u32, u32) {
        let mut line = self.last.get();
        let inside =
            |line: usize| self.starts[line] <= offset && self.starts.get(line + 1).is_none_or(|&next| offset < next);
        if !inside(line) {
            line = if line + 1 < self.starts.len() && inside(line + 1) {
                line + 1
            } else {
                self.starts.partition_point(|&start| start <= offset) - 1
            };
            self.last.set(line);
        }
        let mut column = offset - self.starts[line];
        if line == 0 {
            column = (column + self.first.1).saturating_sub(self.first.0);
        }
        (line as u32 + 1, column)
    }

    /// The span of a range of offsets.
    pub fn span(&self, start: u32, end: u32) -> Span {
        let (lineno, col_offset) = self.place(start);
        let (end_lineno, end_col_offset) = self.place(end);
        Span { lineno, col_offset, end_lineno, end_col_offset }
    }

    /// The offset of the start of a line (from 1), if there is such a line.
    pub fn start(&self, lineno: u32) -> Option<u32> {
        self.starts.get((lineno as usize).checked_sub(1)?).copied()
    }

    /// The text of a line (from 1) with its newline.
    pub fn text<'a>(&self, source: &'a str, lineno: u32) -> Option<&'a str> {
        let start = self.start(lineno)? as usize;
        let end = self.start(lineno + 1).map_or(source.len(), |end| end as usize);
        source.get(start..end)
    }

    /// How many lines there are; an empty last line counts.
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}
