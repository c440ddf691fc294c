//! `StringIO`: a text stream in memory.

use crate::base::{DICT_OFFSET, TEXT_IO_BASE_TYPE};
use crate::raising::{self, Size, limit};
use crate::text::newlines::Newlines;
use crate::text::{Newline, line_end, with_line_ends};
use std::cell::{Cell, RefCell};
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str::{self as strings, Str};
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_text::Builder;

#[repr(C)]
pub struct StringIo {
    dict: ObjCell,
    text: RefCell<Builder>,
    /// The text as a str object, while it has not changed since it was made.
    cached: ObjCell,
    position: Cell<usize>,
    ready: Cell<bool>,
    closed: Cell<bool>,
    newline: Cell<Newline>,
    newlines: Newlines,
}

impl Payload for StringIo {
    #[inline(always)]
    fn ty() -> &'static Type {
        &STRING_IO_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.dict);
        visitor.cell(&self.cached);
    }
    fn clear(&self) {
        self.dict.set(None);
    }
}

type This = Instance<StringIo>;

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    let payload = StringIo {
        dict: ObjCell::EMPTY,
        text: RefCell::default(),
        cached: ObjCell::EMPTY,
        position: Cell::new(0),
        ready: Cell::new(false),
        closed: Cell::new(false),
        newline: Cell::new(Newline::Lf),
        newlines: Newlines::default(),
    };
    Instance::create_as(th, ty, payload)
}

static INIT: Params = Params {
    function: "StringIO",
    names: &["initial_value", "newline"],
    positional_only: 0,
    positional: 2,
    required: &[false, false],
    has_varargs: false,
    has_varkw: false,
};

fn init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    let mut bound = [None; 2];
    INIT.bind(th, args, &mut bound)?;
    let newline = match bound[1] {
        None => Newline::Lf,
        given => {
            let describe = |th: &Thread, v: Value| object::repr_text(th, v).unwrap_or_default();
            Newline::of(th, given, describe)?
        }
    };
    let initial = match bound[0].filter(|v| !v.is_none()) {
        Some(initial) if initial.is_instance(&statics::STR_TYPE) => Some(initial),
        Some(other) => {
            return err!(th, TYPE_ERROR, "initial_value must be str or None, not {}", other.ty().name());
        }
        None => None,
    };
    this.text.replace(Builder::new());
    this.cached.set(None);
    this.position.set(0);
    this.newline.set(newline);
    this.newlines.translate.set(newline == Newline::Translate);
    this.newlines.reset();
    this.closed.set(false);
    this.ready.set(true);
    if let Some(initial) = initial {
        this.write_text(th, initial)?;
        this.position.set(0);
    }
    Ok(())
}

impl StringIo {
    fn check(&self, th: &Thread) -> PyResult<()> {
        if !self.ready.get() {
            return Err(raising::uninitialized(th));
        }
        if self.closed.get() {
            return err!(th, VALUE_ERROR, "I/O operation on closed file");
        }
        Ok(())
    }
    /// All text as a str object.
    fn value(&self, th: &Thread) -> PyResult {
        if let Some(text) = self.cached.get() {
            return Ok(text);
        }
        let text = strings::from_units(th, self.text.borrow().units())?;
        self.cached.set(Some(text.clone()));
        Ok(text)
    }
    fn write_text(&self, th: &Thread, text: Value) -> PyResult<()> {
        let mut text = text.own();
        if self.newline.get().reads_all() {
            text = self.newlines.process(th, text, true)?;
        }
        if let (Some(line_end), Some(s)) = (self.newline.get().written(), text.cast::<Str>()) {
            text = with_line_ends(th, s, line_end)?;
        }
        let Some(s) = text.cast::<Str>() else { return Ok(()) };
        if s.is_empty() {
            return Ok(());
        }
        self.cached.set(None);
        let mut out = self.text.borrow_mut();
        let (start, length) = (self.position.get(), out.len());
        if start >= length {
            if start > length {
                out.push_repeated(0, start - length);
            }
            out.push_units(s.units());
        } else {
            let mut changed = Builder::with_capacity(length.max(start + s.len()));
            changed.push_units(out.units().slice(0, start));
            changed.push_units(s.units());
            changed.push_units(out.units().slice(start + s.len(), length));
            *out = changed;
        }
        self.position.set(start + s.len());
        Ok(())
    }
    fn take(&self, th: &Thread, size: Option<usize>) -> PyResult {
        let text = self.text.borrow();
        let start = self.position.get().min(text.len());
        let end = size.map_or(text.len(), |size| start.saturating_add(size).min(text.len()));
        if start < end {
            self.position.set(end);
        }
        if start == 0 && end == text.len() {
            drop(text);
            return self.value(th);
        }
        strings::from_buf(th, text.units().slice(start, end).to_buf())
    }
    fn take_line(&self, th: &Thread, size: Option<usize>) -> PyResult {
        let all = self.value(th)?;
        let Some(s) = all.cast::<Str>() else { return Ok(all) };
        let start = self.position.get();
        if start >= s.len() {
            return th.str("");
        }
        let end = line_end(s, start, self.newline.get()).unwrap_or(s.len());
        let end = size.map_or(end, |size| end.min(start.saturating_add(size)));
        self.position.set(end);
        strings::substring(th, s, start, end)
    }
}

fn iternext(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    this.check(th)?;
    let line = if v.is_exact(&STRING_IO_TYPE) {
        this.take_line(th, None)?
    } else {
        let line = call::call_method(th, v, "readline", &[])?;
        if !line.is_instance(&statics::STR_TYPE) {
            return err!(th, OS_ERROR, "readline() should have returned a str object, not '{}'", line.ty().name());
        }
        line
    };
    if object::len(th, line.value())? == 0 { Ok(None) } else { Ok(Some(line)) }
}

#[pymethods]
mod methods {
    use super::*;

    /// All text.
    #[method("getvalue()")]
    fn getvalue(th: &Thread, this: &This) -> PyResult {
        this.check(th)?;
        this.value(th)
    }
    /// Reads up to size characters.
    #[method("read(size=-1, /)")]
    fn read(th: &Thread, this: &This, size: Option<Size>) -> PyResult {
        this.check(th)?;
        this.take(th, limit(size))
    }
    /// Reads a line, or the first size characters of it.
    #[method("readline(size=-1, /)")]
    fn readline(th: &Thread, this: &This, size: Option<Size>) -> PyResult {
        this.check(th)?;
        this.take_line(th, limit(size))
    }
    /// Writes a string; returns the number of characters.
    #[method("write(s, /)")]
    fn write(th: &Thread, this: &This, s: Value) -> PyResult<usize> {
        this.check(th)?;
        let Some(text) = s.cast::<Str>() else {
            return err!(th, TYPE_ERROR, "string argument expected, got '{}'", s.ty().name());
        };
        this.write_text(th, s)?;
        Ok(text.len())
    }
    /// Changes the position.
    #[method("seek(pos, whence=0, /)")]
    fn seek(th: &Thread, this: &This, pos: isize, whence: i32) -> PyResult<usize> {
        this.check(th)?;
        match whence {
            0 if pos < 0 => return err!(th, VALUE_ERROR, "Negative seek position {pos}"),
            0 => this.position.set(pos as usize),
            1 | 2 if pos != 0 => {
                let how = if whence == 1 { "cur" } else { "end" };
                return err!(th, OS_ERROR, "Can't do nonzero {how}-relative seeks");
            }
            1 => {}
            2 => this.position.set(this.text.borrow().len()),
            _ => return err!(th, VALUE_ERROR, "Invalid whence ({whence}, should be 0, 1 or 2)"),
        }
        Ok(this.position.get())
    }
    /// The position.
    #[method("tell()")]
    fn tell(th: &Thread, this: &This) -> PyResult<usize> {
        this.check(th)?;
        Ok(this.position.get())
    }
    /// Cuts the text.
    #[method("truncate(pos=None, /)")]
    fn truncate(th: &Thread, this: &This, pos: Option<Value>) -> PyResult<usize> {
        this.check(th)?;
        let size = match pos.filter(|v| !v.is_none()) {
            Some(pos) => number::as_isize(th, pos)?,
            None => this.position.get() as isize,
        };
        let Ok(length) = usize::try_from(size) else { return err!(th, VALUE_ERROR, "Negative size value {size}") };
        if length < this.text.borrow().len() {
            this.cached.set(None);
            let mut kept = Builder::new();
            kept.push_units(this.text.borrow().units().slice(0, length));
            this.text.replace(kept);
        }
        Ok(length)
    }
    /// Drops the text.
    #[method("close()")]
    fn close(_: &Thread, this: &This) {
        this.closed.set(true);
        this.cached.set(None);
        this.text.replace(Builder::new());
    }
    /// Always true.
    #[method("readable()")]
    fn readable(th: &Thread, this: &This) -> PyResult<bool> {
        this.check(th).map(|_| true)
    }
    /// Always true.
    #[method("writable()")]
    fn writable(th: &Thread, this: &This) -> PyResult<bool> {
        this.check(th).map(|_| true)
    }
    /// Always true.
    #[method("seekable()")]
    fn seekable(th: &Thread, this: &This) -> PyResult<bool> {
        this.check(th).map(|_| true)
    }
    #[method("__getstate__()")]
    fn getstate(th: &Thread, this: &This) -> PyResult {
        let text = getvalue(th, this)?;
        let newline = match this.newline.get() {
            Newline::Translate => Obj::none(),
            Newline::Universal => th.str("")?,
            Newline::Lf => th.str("\n")?,
            Newline::Cr => th.str("\r")?,
            Newline::CrLf => th.str("\r\n")?,
        };
        let dict = match this.dict.get() {
            Some(dict) => call::call_method(th, dict.value(), "copy", &[])?,
            None => Obj::none(),
        };
        let position = th.uint(this.position.get() as u64)?;
        th.tuple(&[text.value(), newline.value(), position.value(), dict.value()])
    }
    #[method("__setstate__(state, /)")]
    fn setstate(th: &Thread, this: Value, state: Value) -> PyResult<()> {
        // SAFETY: I4, descriptors check the receiver.
        let stream: &This = unsafe { this.cast_unchecked() };
        let items = state.cast::<Tuple>().map(Tuple::as_slice).unwrap_or(&[]);
        let &[text, newline, position, attributes, ..] = items else {
            let (mine, got) = (this.ty().name(), state.ty().name());
            return err!(th, TYPE_ERROR, "{mine}.__setstate__ argument should be 4-tuple, got {got}");
        };
        init(th, this, Args::from_values(&[statics::none(), newline]))?;
        // The text is as it was: its line ends are not translated again.
        if let Some(s) = text.cast::<Str>() {
            stream.text.borrow_mut().push_units(s.units());
        }
        let position = number::as_isize(th, position)?;
        let Ok(position) = usize::try_from(position) else {
            return err!(th, VALUE_ERROR, "position value cannot be negative");
        };
        stream.position.set(position);
        if !attributes.is_none() {
            let own = whipsnake_runtime::types::instance::get_dict(th, this)?;
            call::call_method(th, own.value(), "update", &[attributes])?;
        }
        Ok(())
    }
    /// Whether the stream is closed.
    #[getter("closed")]
    fn closed(th: &Thread, this: &This) -> PyResult<bool> {
        if this.ready.get() { Ok(this.closed.get()) } else { Err(raising::uninitialized(th)) }
    }
    /// Always false.
    #[getter("line_buffering")]
    fn line_buffering(th: &Thread, this: &This) -> PyResult<bool> {
        this.check(th).map(|_| false)
    }
    /// The kinds of line ends seen so far.
    #[getter("newlines")]
    fn newlines(th: &Thread, this: &This) -> PyResult {
        this.check(th)?;
        if this.newline.get().reads_all() { this.newlines.seen_kinds(th) } else { Ok(Obj::none()) }
    }
}

builtin_type! {
    /// `io.StringIO`.
    pub static STRING_IO_TYPE = TypeSpec {
        name: "_io.StringIO",
        base: Some(&TEXT_IO_BASE_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "StringIO(initial_value='', newline='\\n')\n--\n\nA text stream in memory.",
        slots: Slots {
            new: Some(construct),
            init: Some(init),
            iter: Some(|th, v| { crate::base::check_open(th, v)?; Ok(v.own()) }),
            iternext: Some(iternext),
            ..Instance::<StringIo>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<StringIo>::SPEC
    }
}
