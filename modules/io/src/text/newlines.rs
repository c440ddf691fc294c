//! Line ends while decoding: `\r`, `\n` and `\r\n` are noted, and become `\n` if wanted.

use std::cell::Cell;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str::{self as strings, Str};
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_text::{Builder, Units};

const SEEN_CR: u8 = 1;
const SEEN_LF: u8 = 2;
const SEEN_CRLF: u8 = 4;

/// The state of a newline decoder.
#[derive(Default)]
pub struct Newlines {
    pub translate: Cell<bool>,
    /// A `\r` at the end of the last piece is kept back: a `\n` may follow.
    pub pending_cr: Cell<bool>,
    seen: Cell<u8>,
}

impl Newlines {
    /// Passes on a piece of text.
    ///
    /// # Errors
    /// MemoryError.
    pub fn process(&self, th: &Thread, text: Obj, last: bool) -> PyResult {
        let Some(s) = text.cast::<Str>() else { return Ok(text) };
        let units = s.units();
        if !self.pending_cr.get()
            && let Units::Ascii(u) | Units::Latin1(u) = units
            && memchr::memchr(b'\r', u).is_none()
        {
            if self.seen.get() & SEEN_LF == 0 && memchr::memchr(b'\n', u).is_some() {
                self.seen.set(self.seen.get() | SEEN_LF);
            }
            return Ok(text);
        }
        let mut out = Builder::with_capacity(units.len() + 1);
        let had_cr = self.pending_cr.get() && (last || !units.is_empty());
        if had_cr {
            self.pending_cr.set(false);
        } else if units.is_empty() {
            return Ok(text);
        }
        let mut previous_cr = had_cr;
        let mut seen = self.seen.get();
        let translate = self.translate.get();
        for c in units.iter() {
            if previous_cr {
                previous_cr = false;
                if c == 10 {
                    seen |= SEEN_CRLF;
                    out.push_ascii(if translate { b"\n" } else { b"\r\n" });
                    continue;
                }
                seen |= SEEN_CR;
                out.push_ascii(if translate { b"\n" } else { b"\r" });
            }
            match c {
                13 => previous_cr = true,
                10 => {
                    seen |= SEEN_LF;
                    out.push(10);
                }
                _ => out.push(c),
            }
        }
        if previous_cr {
            if last {
                seen |= SEEN_CR;
                out.push_ascii(if translate { b"\n" } else { b"\r" });
            } else {
                self.pending_cr.set(true);
            }
        }
        self.seen.set(seen);
        strings::from_buf(th, out.finish())
    }
    pub fn reset(&self) {
        self.pending_cr.set(false);
        self.seen.set(0);
    }
    /// The kinds seen: None, a str, or a tuple of them.
    pub fn seen_kinds(&self, th: &Thread) -> PyResult {
        let seen = self.seen.get();
        let mut kinds = Vec::new();
        for (bit, text) in [(SEEN_CR, "\r"), (SEEN_LF, "\n"), (SEEN_CRLF, "\r\n")] {
            if seen & bit != 0 {
                kinds.push(th.str(text)?);
            }
        }
        match kinds.len() {
            0 => Ok(Obj::none()),
            1 => Ok(kinds.remove(0)),
            _ => th.tuple_from(kinds),
        }
    }
}

struct NewlineDecoder {
    decoder: ObjCell,
    errors: ObjCell,
    ready: Cell<bool>,
    newlines: Newlines,
}

impl Payload for NewlineDecoder {
    #[inline(always)]
    fn ty() -> &'static Type {
        &NEWLINE_DECODER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.decoder);
        visitor.cell(&self.errors);
    }
    fn clear(&self) {
        self.decoder.set(None);
    }
}

type This = Instance<NewlineDecoder>;

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    let payload = NewlineDecoder {
        decoder: ObjCell::EMPTY,
        errors: ObjCell::EMPTY,
        ready: Cell::new(false),
        newlines: Newlines::default(),
    };
    Instance::create_as(th, ty, payload)
}

static INIT: Params = Params {
    function: "IncrementalNewlineDecoder",
    names: &["decoder", "translate", "errors"],
    positional_only: 0,
    positional: 3,
    required: &[true, true, false],
    has_varargs: false,
    has_varkw: false,
};

fn init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    let mut bound = [None; 3];
    INIT.bind(th, args, &mut bound)?;
    let translate = bound[1].map_or(Ok(false), |v| object::is_true(th, v))?;
    this.decoder.set(bound[0].filter(|v| !v.is_none()).map(ValueExt::own));
    this.errors.set(Some(match bound[2] {
        Some(errors) => errors.own(),
        None => th.intern("strict")?,
    }));
    this.newlines.translate.set(translate);
    this.newlines.reset();
    this.ready.set(true);
    Ok(())
}

fn check(th: &Thread, this: &This) -> PyResult<()> {
    if this.ready.get() { Ok(()) } else { err!(th, VALUE_ERROR, "IncrementalNewlineDecoder.__init__() not called") }
}

#[pymethods]
mod methods {
    use super::*;

    /// Decodes a piece of input.
    #[method("decode(input, final=False)")]
    fn decode(th: &Thread, this: &This, input: Value, last: bool) -> PyResult {
        check(th, this)?;
        let text = match this.decoder.get() {
            Some(decoder) => call::call_method(th, decoder.value(), "decode", &[input, statics::bool_value(last)])?,
            None => input.own(),
        };
        if !text.is_instance(&statics::STR_TYPE) {
            return err!(th, TYPE_ERROR, "decoder should return a string result, not '{}'", text.ty().name());
        }
        this.newlines.process(th, text, last)
    }
    #[method("getstate()")]
    fn getstate(th: &Thread, this: &This) -> PyResult {
        check(th, this)?;
        let cr = this.newlines.pending_cr.get() as i64;
        let Some(decoder) = this.decoder.get() else {
            let nothing = th.bytes(b"")?;
            return th.tuple(&[nothing.value(), Value::small_int(cr)]);
        };
        let state = call::call_method(th, decoder.value(), "getstate", &[])?;
        let Some(items) = state.cast::<Tuple>().filter(|t| t.len() == 2) else {
            return err!(th, TYPE_ERROR, "illegal decoder state");
        };
        let (Some(buffer), Some(flag)) = (items.get(0), items.get(1)) else { return Ok(state) };
        let flag = number::as_i64(th, flag.value())?;
        let flag = th.int(flag << 1 | cr)?;
        th.tuple(&[buffer.value(), flag.value()])
    }
    #[method("setstate(state, /)")]
    fn setstate(th: &Thread, this: &This, state: Value) -> PyResult<()> {
        check(th, this)?;
        let Some(items) = state.cast::<Tuple>() else {
            return err!(th, TYPE_ERROR, "state argument must be a tuple");
        };
        let (Some(buffer), Some(flag)) = (items.get(0), items.get(1)) else {
            return err!(th, TYPE_ERROR, "illegal decoder state");
        };
        let flag = number::as_i64(th, flag.value())?;
        this.newlines.pending_cr.set(flag & 1 != 0);
        if let Some(decoder) = this.decoder.get() {
            let flag = th.int(flag >> 1)?;
            let inner = th.tuple(&[buffer.value(), flag.value()])?;
            call::call_method(th, decoder.value(), "setstate", &[inner.value()])?;
        }
        Ok(())
    }
    #[method("reset()")]
    fn reset(th: &Thread, this: &This) -> PyResult {
        check(th, this)?;
        this.newlines.reset();
        match this.decoder.get() {
            Some(decoder) => call::call_method(th, decoder.value(), "reset", &[]),
            None => Ok(Obj::none()),
        }
    }
    /// The kinds of line ends seen so far.
    #[getter("newlines")]
    fn newlines(th: &Thread, this: &This) -> PyResult {
        check(th, this)?;
        this.newlines.seen_kinds(th)
    }
    #[getter("errors")]
    fn errors(_: &Thread, this: &This) -> Obj {
        this.errors.get().unwrap_or_else(Obj::none)
    }
}

builtin_type! {
    /// `io.IncrementalNewlineDecoder`.
    pub static NEWLINE_DECODER_TYPE = TypeSpec {
        name: "_io.IncrementalNewlineDecoder",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "IncrementalNewlineDecoder(decoder, translate, errors='strict')\n--\n\nA decoder that knows of line ends.",
        slots: Slots { new: Some(construct), init: Some(init), ..Instance::<NewlineDecoder>::SLOTS },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<NewlineDecoder>::SPEC
    }
}
