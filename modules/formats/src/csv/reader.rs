//! `_csv.reader`: an automaton that takes lines and gives rows.

use super::dialect::{Dialect, Quoting};
use super::{State as ModuleState, dialect, error, first_argument};
use crate::this;
use std::cell::Cell;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str::{Str, from_buf};
use whipsnake_text::{Builder, Units};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuotes,
    EscapedInQuotes,
    QuoteInQuotes,
    /// After the end of a line within a line that was handed in.
    EatNewline,
    AfterEscapedNewline,
}

/// The row that is being read.
struct Row {
    state: State,
    fields: Vec<Obj>,
    field: Builder,
    /// The field began without a quote.
    unquoted: bool,
}

impl Row {
    fn new() -> Row {
        Row { state: State::StartRecord, fields: Vec::new(), field: Builder::new(), unquoted: true }
    }
}

pub struct Reader {
    lines: Obj,
    dialect: Obj,
    line_number: Cell<u64>,
    /// How many rows were asked for.
    calls: Cell<u64>,
}

impl Payload for Reader {
    fn ty() -> &'static Type {
        &READER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.lines);
        visitor.obj(&self.dialect);
    }
}

builtin_type! {
    /// `_csv.reader`.
    pub static READER_TYPE = TypeSpec {
        name: "_csv.reader",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        doc: "An iterator over the rows in an iterable of lines.",
        slots: Slots { iter: Some(iter::self_iter), iternext: Some(next), ..Instance::<Reader>::SLOTS },
        getsets: methods::GETSETS,
        ..Instance::<Reader>::SPEC
    }
}

/// `csv.reader(...)`.
pub fn create(th: &Thread, args: Args) -> PyResult {
    let lines = first_argument(th, args, "reader")?;
    let lines = iter::get_iter(th, lines)?;
    let dialect = dialect::from_arguments(th, args.get(1), args.keywords())?;
    Instance::create(th, Reader { lines, dialect, line_number: Cell::new(0), calls: Cell::new(0) })
}

/// One of the characters the automaton looks at; `None` is the end of a line that was handed in.
type Next = Option<u32>;

fn is_newline(c: Next) -> bool {
    c == Some(u32::from('\n')) || c == Some(u32::from('\r'))
}

/// Reads lines into a row.
struct Parser<'a> {
    th: &'a Thread,
    dialect: &'a Dialect,
    row: Row,
    limit: i64,
}

impl Parser<'_> {
    fn add(&mut self, c: u32) -> PyResult<()> {
        self.check_limit(1)?;
        self.row.field.push(c);
        Ok(())
    }
    fn add_run(&mut self, run: Units<'_>) -> PyResult<()> {
        self.check_limit(run.len())?;
        self.row.field.push_units(run);
        Ok(())
    }
    fn check_limit(&self, more: usize) -> PyResult<()> {
        if (self.row.field.len() + more) as i64 > self.limit {
            return Err(error(self.th, &format!("field larger than field limit ({})", self.limit)));
        }
        Ok(())
    }
    fn save(&mut self) -> PyResult<()> {
        let text = std::mem::take(&mut self.row.field);
        let (empty, unquoted) = (text.is_empty(), std::mem::replace(&mut self.row.unquoted, true));
        let field = match self.dialect.quoting {
            Quoting::NotNull | Quoting::Strings if unquoted && empty => Obj::none(),
            Quoting::NonNumeric | Quoting::Strings if unquoted && !empty => {
                let text = from_buf(self.th, text.finish())?;
                number::to_float(self.th, text.value())?
            }
            _ => from_buf(self.th, text.finish())?,
        };
        self.row.fields.push(field);
        Ok(())
    }
    fn save_and(&mut self, state: State) -> PyResult<()> {
        self.save()?;
        self.row.state = state;
        Ok(())
    }
    /// At the end of a field that is the end of a row too.
    fn end_row(&mut self, c: Next) -> PyResult<()> {
        self.save_and(if c.is_none() { State::StartRecord } else { State::EatNewline })
    }
    fn is_quote(&self, c: Next) -> bool {
        c.is_some() && c == self.dialect.quote && self.dialect.quoting != Quoting::None
    }
    fn is_escape(&self, c: Next) -> bool {
        c.is_some() && c == self.dialect.escape
    }
    /// How many characters in a row mean only themselves now.
    fn plain_run(&self, text: Units<'_>, from: usize) -> usize {
        let d = self.dialect;
        let special = match self.row.state {
            State::InField => [Some(d.delimiter), d.escape, Some(u32::from('\n')), Some(u32::from('\r'))],
            State::InQuotes => [d.quote.filter(|_| d.quoting != Quoting::None), d.escape, None, None],
            _ => return 0,
        };
        let is_plain = |c: u32| !special.contains(&Some(c));
        whipsnake_text::with_units!(text, |s| s[from..].iter().take_while(|u| is_plain(u32::from(**u))).count())
    }
    fn line(&mut self, text: Units<'_>) -> PyResult<()> {
        let mut at = 0;
        while at < text.len() {
            let run = self.plain_run(text, at);
            if run > 0 {
                self.add_run(text.slice(at, at + run))?;
                at += run;
                continue;
            }
            self.step(text.get(at))?;
            at += 1;
        }
        self.step(None)
    }
    fn step(&mut self, c: Next) -> PyResult<()> {
        match self.row.state {
            State::StartRecord => match c {
                // An empty line is an empty row.
                None => Ok(()),
                _ if is_newline(c) => {
                    self.row.state = State::EatNewline;
                    Ok(())
                }
                _ => self.start_field(c),
            },
            State::StartField => self.start_field(c),
            State::Escaped => match c {
                Some(c) if is_newline(Some(c)) => {
                    self.row.state = State::AfterEscapedNewline;
                    self.add(c)
                }
                c => {
                    self.row.state = State::InField;
                    self.add(c.unwrap_or(u32::from('\n')))
                }
            },
            State::AfterEscapedNewline if c.is_none() => Ok(()),
            State::AfterEscapedNewline | State::InField => self.in_field(c),
            State::InQuotes => match c {
                None => Ok(()),
                Some(_) if self.is_escape(c) => {
                    self.row.state = State::EscapedInQuotes;
                    Ok(())
                }
                Some(_) if self.is_quote(c) => {
                    self.row.state = if self.dialect.doublequote { State::QuoteInQuotes } else { State::InField };
                    Ok(())
                }
                Some(c) => self.add(c),
            },
            State::EscapedInQuotes => {
                self.row.state = State::InQuotes;
                self.add(c.unwrap_or(u32::from('\n')))
            }
            State::QuoteInQuotes => self.quote_in_quotes(c),
            State::EatNewline => match c {
                None => {
                    self.row.state = State::StartRecord;
                    Ok(())
                }
                _ if is_newline(c) => Ok(()),
                _ => Err(error(
                    self.th,
                    "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                )),
            },
        }
    }
    fn start_field(&mut self, c: Next) -> PyResult<()> {
        match c {
            None => self.end_row(c),
            _ if is_newline(c) => self.end_row(c),
            _ if self.is_quote(c) => {
                self.row.unquoted = false;
                self.row.state = State::InQuotes;
                Ok(())
            }
            _ if self.is_escape(c) => {
                self.row.state = State::Escaped;
                Ok(())
            }
            Some(0x20) if self.dialect.skip_space => {
                self.row.state = State::StartField;
                Ok(())
            }
            Some(c) if c == self.dialect.delimiter => self.save_and(State::StartField),
            Some(c) => {
                self.row.state = State::InField;
                self.add(c)
            }
        }
    }
    fn in_field(&mut self, c: Next) -> PyResult<()> {
        match c {
            None => self.end_row(c),
            _ if is_newline(c) => self.end_row(c),
            _ if self.is_escape(c) => {
                self.row.state = State::Escaped;
                Ok(())
            }
            Some(c) if c == self.dialect.delimiter => self.save_and(State::StartField),
            Some(c) => {
                self.row.state = State::InField;
                self.add(c)
            }
        }
    }
    fn quote_in_quotes(&mut self, c: Next) -> PyResult<()> {
        match c {
            Some(quote) if self.is_quote(c) => {
                self.row.state = State::InQuotes;
                self.add(quote)
            }
            Some(c) if c == self.dialect.delimiter => self.save_and(State::StartField),
            None => self.end_row(c),
            _ if is_newline(c) => self.end_row(c),
            Some(c) if !self.dialect.strict => {
                self.row.state = State::InField;
                self.add(c)
            }
            Some(_) => {
                let show = |c: u32| char::from_u32(c).unwrap_or('\u{FFFD}');
                let quote = self.dialect.quote.map_or(' ', show);
                Err(error(self.th, &format!("'{}' expected after '{quote}'", show(self.dialect.delimiter))))
            }
        }
    }
}

fn next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let reader: &Reader = this(v);
    let dialect: &Dialect = this(reader.dialect.value());
    let limit = th.interp.state::<ModuleState>().field_limit.get();
    let call = reader.calls.get() + 1;
    reader.calls.set(call);
    let mut parser = Parser { th, dialect, row: Row::new(), limit };
    loop {
        let line = iter::next(th, reader.lines.value())?;
        if reader.calls.get() != call {
            return Err(error(th, "iterator has already advanced the reader"));
        }
        let Some(line) = line else {
            if parser.row.field.is_empty() && parser.row.state != State::InQuotes {
                return Ok(None);
            }
            if dialect.strict {
                return Err(error(th, "unexpected end of data"));
            }
            parser.save()?;
            break;
        };
        let Some(text) = line.cast::<Str>() else {
            let got = number::full_name(line.value());
            return Err(error(
                th,
                &format!("iterator should return strings, not {got} (the file should be opened in text mode)"),
            ));
        };
        reader.line_number.set(reader.line_number.get() + 1);
        parser.line(text.units())?;
        if parser.row.state == State::StartRecord {
            break;
        }
    }
    th.list(parser.row.fields).map(Some)
}

#[pymethods]
mod methods {
    use super::*;

    /// The dialect.
    #[getter("dialect")]
    fn dialect(_: &Thread, v: Value) -> Obj {
        this::<Reader>(v).dialect.clone()
    }
    /// How many lines were read.
    #[getter("line_num")]
    fn line_num(_: &Thread, v: Value) -> u64 {
        this::<Reader>(v).line_number.get()
    }
}
