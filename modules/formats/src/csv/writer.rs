//! `_csv.writer`: rows as lines.

use super::dialect::{Dialect, Quoting};
use super::{dialect, error, first_argument};
use crate::this;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str::{Str, from_buf};
use whipsnake_text::{Builder, Units};

pub struct Writer {
    /// The `write` method of the file.
    write: Obj,
    dialect: Obj,
}

impl Payload for Writer {
    fn ty() -> &'static Type {
        &WRITER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.write);
        visitor.obj(&self.dialect);
    }
}

builtin_type! {
    /// `_csv.writer`.
    pub static WRITER_TYPE = TypeSpec {
        name: "_csv.writer",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        doc: "Writes rows to a file.",
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<Writer>::SPEC
    }
}

/// `csv.writer(...)`.
pub fn create(th: &Thread, args: Args) -> PyResult {
    let file = first_argument(th, args, "writer")?;
    let dialect = dialect::from_arguments(th, args.get(1), args.keywords())?;
    let write = object::lookup_attr_str(th, file, "write")?.filter(|write| call::is_callable(write.value()));
    match write {
        Some(write) => Instance::create(th, Writer { write, dialect }),
        None => Err(th.type_error("argument 1 must have a \"write\" method")),
    }
}

/// The line that is being made.
struct Line<'a> {
    th: &'a Thread,
    dialect: &'a Dialect,
    text: Builder,
    fields: usize,
}

impl Line<'_> {
    /// Adds a field; one that is `None` is empty.
    fn field(&mut self, field: Option<Units<'_>>, quoted: bool) -> PyResult<()> {
        let d = self.dialect;
        let text = field.unwrap_or(Units::EMPTY);
        let mut quoted = quoted;
        if text.is_empty() && d.delimiter == u32::from(' ') && d.skip_space {
            let null = field.is_none() && matches!(d.quoting, Quoting::Strings | Quoting::NotNull);
            if d.quoting == Quoting::None || null {
                let message = "empty field must be quoted if delimiter is a space and skipinitialspace is true";
                return Err(error(self.th, message));
            }
            quoted = true;
        }
        // First it has to be known whether anything in the field asks for quotes.
        let asks = !quoted
            && d.quoting != Quoting::None
            && text.iter().any(|c| {
                self.is_special(c)
                    && !(Some(c) == d.quote && !d.doublequote)
                    && !(Some(c) == d.escape && Some(c) != d.quote)
            });
        quoted |= asks;
        if self.fields > 0 {
            self.text.push(d.delimiter);
        }
        self.fields += 1;
        let quote = d.quote.filter(|_| quoted);
        quote.into_iter().for_each(|quote| self.text.push(quote));
        let specials = text.iter().any(|c| self.is_special(c));
        if !specials {
            self.text.push_units(text);
        } else {
            for c in text.iter() {
                if self.is_special(c) {
                    self.escape(c)?;
                }
                self.text.push(c);
            }
        }
        quote.into_iter().for_each(|quote| self.text.push(quote));
        Ok(())
    }
    fn is_special(&self, c: u32) -> bool {
        let d = self.dialect;
        c == d.delimiter
            || Some(c) == d.escape
            || Some(c) == d.quote
            || c == u32::from('\n')
            || c == u32::from('\r')
            || d.terminator_units.contains(&c)
    }
    /// Writes what has to stand before a special character.
    fn escape(&mut self, c: u32) -> PyResult<()> {
        let d = self.dialect;
        let is_quote = Some(c) == d.quote;
        let escaped = match d.quoting {
            Quoting::None => true,
            _ if is_quote && d.doublequote => {
                self.text.push(c);
                false
            }
            _ => is_quote || Some(c) == d.escape,
        };
        match (escaped, d.escape) {
            (false, _) => Ok(()),
            (true, Some(escape)) => {
                self.text.push(escape);
                Ok(())
            }
            (true, None) => Err(error(self.th, "need to escape, but no escapechar set")),
        }
    }
}

impl Writer {
    fn row(&self, th: &Thread, row: Value) -> PyResult {
        let dialect: &Dialect = this(self.dialect.value());
        let fields = match iter::get_iter(th, row) {
            Ok(fields) => fields,
            Err(_) if th.exception_matches(&statics::TYPE_ERROR) => {
                drop(th.take_exception());
                return Err(error(th, &format!("iterable expected, not {}", number::full_name(row))));
            }
            Err(raised) => return Err(raised),
        };
        let mut line = Line { th, dialect, text: Builder::new(), fields: 0 };
        let mut last_is_none = false;
        while let Some(field) = iter::next(th, fields.value())? {
            let quoted = match dialect.quoting {
                Quoting::NonNumeric => !is_number(field.value()),
                Quoting::All => true,
                Quoting::Strings => field.cast::<Str>().is_some(),
                Quoting::NotNull => !field.is_none(),
                Quoting::Minimal | Quoting::None => false,
            };
            last_is_none = field.is_none();
            match field.cast::<Str>() {
                Some(text) => line.field(Some(text.units()), quoted)?,
                None if last_is_none => line.field(None, quoted)?,
                None => {
                    let text = object::str(th, field.value())?;
                    line.field(text.cast::<Str>().map(Str::units), quoted)?;
                }
            }
        }
        if line.fields > 0 && line.text.is_empty() {
            let null = last_is_none && matches!(dialect.quoting, Quoting::Strings | Quoting::NotNull);
            if dialect.quoting == Quoting::None || null {
                return Err(error(th, "single empty field record must be quoted"));
            }
            line.fields -= 1;
            line.field(None, true)?;
        }
        let mut text = line.text;
        dialect.terminator_units.iter().for_each(|c| text.push(*c));
        let text = from_buf(th, text.finish())?;
        call::call1(th, self.write.value(), text.value())
    }
}

/// Whether the object is a number, as C's `PyNumber_Check` has it.
fn is_number(v: Value) -> bool {
    let slots = v.ty().slots();
    slots.nb_index.is_some()
        || slots.nb_int.is_some()
        || slots.nb_float.is_some()
        || v.is_instance(&statics::COMPLEX_TYPE)
}

#[pymethods]
mod methods {
    use super::*;

    /// Writes a row; what the file's write() returned.
    #[method("writerow(row, /)")]
    fn writerow(th: &Thread, v: Value, row: Value) -> PyResult {
        this::<Writer>(v).row(th, row)
    }
    /// Writes rows.
    #[method("writerows(rows, /)")]
    fn writerows(th: &Thread, v: Value, rows: Value) -> PyResult<()> {
        let rows = iter::get_iter(th, rows)?;
        while let Some(row) = iter::next(th, rows.value())? {
            this::<Writer>(v).row(th, row.value())?;
        }
        Ok(())
    }
    /// The dialect.
    #[getter("dialect")]
    fn dialect(_: &Thread, v: Value) -> Obj {
        this::<Writer>(v).dialect.clone()
    }
}
