//! The scan before parsing: how deep can the parser recurse on this source?
//!
//! The parser crate recurses natively, so its depth must be bounded before it starts. One pass over
//! the bytes keeps the open brackets and string fields, and counts what can nest or chain between
//! two commas: right-recursive tokens (prefix operators, `lambda`, `else`, `**`), which cost parser
//! frames, and all tokens, which cost frames when the finished tree is walked or dropped. Counts are
//! upper bounds. CPython's limits on brackets and indentation are enforced by the tokenizer, which is
//! asked when this scan sees them exceeded.

/// CPython's limit on open brackets.
pub(crate) const MAX_BRACKETS: usize = 200;
/// CPython's limit on indentation levels.
pub(crate) const MAX_INDENTS: usize = 100;
/// The longest chain of right-recursive tokens; CPython's parser gives up at 3,000 to 6,000.
const MAX_CHAIN: u32 = 5_000;
/// The longest run of tokens between commas whose tree may be as deep as the run is long.
const MAX_RUN: u32 = 1_000_000;

/// What a scan found.
pub(crate) struct Depth {
    /// Stack that parsing and dropping may need, in bytes.
    pub(crate) stack_bytes: usize,
    /// Brackets or indentation are beyond CPython's limits.
    pub(crate) over_limits: bool,
    /// The parser must not be started.
    pub(crate) too_deep: bool,
}

#[derive(Clone, Copy)]
enum Open {
    /// A bracket or the top level: tokens and right-recursive tokens since the last comma.
    Bracket { run: u32, chain: u32 },
    /// A replacement field of an f-string: closing it returns to the string.
    Field { run: u32, chain: u32 },
    /// A format specification in a field of a string.
    Spec,
    /// An f-string or t-string.
    Text { quote: u8, triple: bool },
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    open: Vec<Open>,
    run: u32,
    chain: u32,
    /// The totals of all enclosing levels.
    runs: u32,
    chains: u32,
    brackets: usize,
    most_brackets: usize,
    most_run: u32,
    most_chain: u32,
    /// The last token can end an operand.
    after_operand: bool,
    indents: Vec<u32>,
    most_indents: usize,
}

/// Scans a source text.
pub(crate) fn scan(source: &str) -> Depth {
    let mut scan = Scan {
        bytes: source.as_bytes(),
        at: 0,
        open: vec![],
        run: 0,
        chain: 0,
        runs: 0,
        chains: 0,
        brackets: 0,
        most_brackets: 0,
        most_run: 0,
        most_chain: 0,
        after_operand: false,
        indents: vec![],
        most_indents: 0,
    };
    scan.line_start();
    while scan.at < scan.bytes.len() {
        match scan.open.last() {
            Some(&Open::Text { quote, triple }) => scan.text(quote, triple),
            Some(Open::Spec) => scan.spec(),
            _ => scan.code(),
        }
    }
    scan.note();
    Depth {
        stack_bytes: (4 << 20)
            + scan.most_brackets.min(1000) * 16_384
            + scan.most_chain as usize * 6_144
            + scan.most_run as usize * 640,
        over_limits: scan.most_brackets >= MAX_BRACKETS || scan.most_indents >= MAX_INDENTS,
        too_deep: scan.most_chain > MAX_CHAIN || scan.most_run > MAX_RUN,
    }
}

impl Scan<'_> {
    fn note(&mut self) {
        self.most_run = self.most_run.max(self.runs.saturating_add(self.run));
        self.most_chain = self.most_chain.max(self.chains.saturating_add(self.chain));
    }

    fn reset(&mut self) {
        self.note();
        self.run = 0;
        self.chain = 0;
    }

    fn push(&mut self, field: bool) {
        self.runs = self.runs.saturating_add(self.run);
        self.chains = self.chains.saturating_add(self.chain);
        let (run, chain) = (self.run, self.chain);
        self.open.push(if field { Open::Field { run, chain } } else { Open::Bracket { run, chain } });
        self.run = 0;
        self.chain = 0;
        self.brackets += 1;
        self.most_brackets = self.most_brackets.max(self.brackets);
        self.after_operand = false;
    }

    fn pop(&mut self) {
        if let Some(Open::Bracket { run, chain } | Open::Field { run, chain }) = self.open.last().copied() {
            self.open.pop();
            self.reset();
            self.run = run;
            self.chain = chain;
            self.runs -= run.min(self.runs);
            self.chains -= chain.min(self.chains);
            self.brackets -= 1;
        }
        self.after_operand = true;
    }

    /// Measures the indentation of the line that starts here.
    fn line_start(&mut self) {
        let mut column = 0;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' => column += 1,
                b'\t' => column = (column / 8 + 1) * 8,
                b'\x0c' => column = 0,
                _ => break,
            }
            self.at += 1;
        }
        if matches!(self.bytes.get(self.at), None | Some(b'#' | b'\n' | b'\\')) {
            return;
        }
        while self.indents.last().is_some_and(|&outer| outer > column) {
            self.indents.pop();
        }
        if column > self.indents.last().copied().unwrap_or(0) {
            self.indents.push(column);
            self.most_indents = self.most_indents.max(self.indents.len());
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn code(&mut self) {
        let byte = self.bytes[self.at];
        match byte {
            b' ' | b'\t' | b'\x0c' => self.at += 1,
            b'\n' => {
                self.at += 1;
                if self.open.is_empty() {
                    self.reset();
                    self.after_operand = false;
                    self.line_start();
                }
            }
            b'\\' => self.at += 2,
            b'#' => {
                while self.at < self.bytes.len() && self.bytes[self.at] != b'\n' {
                    self.at += 1;
                }
            }
            b'(' | b'[' | b'{' => {
                self.run += 1;
                self.push(false);
                self.at += 1;
            }
            b')' | b']' => {
                self.pop_unless_field();
                self.at += 1;
            }
            b'}' => {
                if matches!(self.open.last(), Some(Open::Field { .. })) {
                    self.pop();
                } else {
                    self.pop_unless_field();
                }
                self.at += 1;
            }
            b',' | b';' => {
                self.reset();
                self.after_operand = false;
                self.at += 1;
            }
            b'"' | b'\'' => self.string(false),
            b':' if matches!(self.open.last(), Some(Open::Field { .. })) => {
                self.open.push(Open::Spec);
                self.at += 1;
            }
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | 128.. => self.word(),
            _ => {
                self.run += 1;
                let prefix = !self.after_operand && matches!(byte, b'-' | b'+' | b'~' | b'*');
                if prefix || (byte == b'*' && self.peek(1) == b'*') {
                    self.chain += 1;
                }
                self.after_operand = false;
                self.at += 1;
            }
        }
    }

    /// A closing bracket; inside a field it may not close the field itself.
    fn pop_unless_field(&mut self) {
        if matches!(self.open.last(), Some(Open::Bracket { .. })) {
            self.pop();
        } else {
            self.after_operand = true;
        }
    }

    fn word(&mut self) {
        let start = self.at;
        while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' || self.peek(0) >= 128 {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        if matches!(self.peek(0), b'"' | b'\'') && word.len() <= 2 {
            let interpolated = word.iter().any(|b| matches!(b, b'f' | b'F' | b't' | b'T'));
            let prefix = word.iter().all(|b| b"bBrRuUfFtT".contains(b));
            if prefix {
                self.string(interpolated);
                return;
            }
        }
        self.run += 1;
        self.after_operand = true;
        if matches!(word, b"not" | b"lambda" | b"else" | b"await" | b"yield" | b"from") {
            self.chain += 1;
            self.after_operand = false;
        } else if matches!(word, b"if" | b"and" | b"or" | b"in" | b"is" | b"return") {
            self.after_operand = false;
        }
    }

    /// A string starts at the quote here.
    fn string(&mut self, interpolated: bool) {
        self.run += 1;
        self.after_operand = true;
        let quote = self.peek(0);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        self.at += if triple { 3 } else { 1 };
        if interpolated {
            self.open.push(Open::Text { quote, triple });
            return;
        }
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'\\' => self.at += 1,
                b'\n' if !triple => return,
                b if b == quote && (!triple || (self.peek(1) == quote && self.peek(2) == quote)) => {
                    self.at += if triple { 3 } else { 1 };
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// The literal text of an f-string up to its end or next field.
    fn text(&mut self, quote: u8, triple: bool) {
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'\\' if !matches!(self.peek(1), b'{' | b'}') => self.at += 1,
                b'\n' if !triple => {
                    self.open.pop();
                    return;
                }
                b'{' if self.peek(1) == b'{' => self.at += 1,
                b'{' => {
                    self.at += 1;
                    self.push(true);
                    return;
                }
                b if b == quote && (!triple || (self.peek(1) == quote && self.peek(2) == quote)) => {
                    self.at += if triple { 3 } else { 1 };
                    self.open.pop();
                    self.after_operand = true;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Whether the string of the open format specification is triple-quoted.
    fn in_triple(&self) -> bool {
        let text = self.open.iter().rev().find(|open| matches!(open, Open::Text { .. }));
        matches!(text, Some(Open::Text { triple: true, .. }))
    }

    /// A format specification up to its end or next field.
    fn spec(&mut self) {
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'{' => {
                    self.at += 1;
                    self.push(true);
                    return;
                }
                b'\n' if self.in_triple() => self.at += 1,
                // The field's own end is left to `code`.
                b'}' | b'\n' => {
                    self.open.pop();
                    if self.bytes[self.at] == b'\n' {
                        self.at += 1;
                    }
                    return;
                }
                _ => self.at += 1,
            }
        }
    }
}
