//! Reading JSON.
//!
//! Positions in messages and in `StopIteration` are those of CPython's scanner.

use crate::this;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::exceptions::raise_stop_iteration;
use whipsnake_runtime::types::int;
use whipsnake_runtime::types::str::{self, Str};
use whipsnake_text::{Builder, Unit, with_units};

/// Containers within containers beyond this are an error, however large the native stack is: what reads the result
/// would not cope with it.
const MAX_DEPTH: u32 = 40_000;

/// What a decoder wants of its scanner.
pub struct Scanner {
    strict: bool,
    object_hook: Obj,
    object_pairs_hook: Obj,
    parse_float: Obj,
    parse_int: Obj,
    parse_constant: Obj,
}

impl Payload for Scanner {
    fn ty() -> &'static Type {
        &SCANNER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        for part in
            [&self.object_hook, &self.object_pairs_hook, &self.parse_float, &self.parse_int, &self.parse_constant]
        {
            visitor.obj(part);
        }
    }
}

builtin_type! {
    /// `_json.Scanner`.
    pub static SCANNER_TYPE = TypeSpec {
        name: "_json.Scanner",
        flags: flags::HAVE_GC,
        doc: "Reads JSON as a decoder wants it.",
        slots: Slots { new: Some(construct), call: Some(call_scanner), ..Instance::<Scanner>::SLOTS },
        getsets: methods::GETSETS,
        ..Instance::<Scanner>::SPEC
    }
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    static PARAMS: Params = Params {
        function: "make_scanner",
        names: &["context"],
        positional_only: 0,
        positional: 1,
        required: &[true],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None];
    PARAMS.bind(th, args, &mut bound)?;
    let context = bound[0].unwrap_or(statics::none());
    let attribute = |name| object::get_attr_str(th, context, name);
    let strict = object::is_true(th, attribute("strict")?.value())?;
    let scanner = Scanner {
        strict,
        object_hook: attribute("object_hook")?,
        object_pairs_hook: attribute("object_pairs_hook")?,
        parse_float: attribute("parse_float")?,
        parse_int: attribute("parse_int")?,
        parse_constant: attribute("parse_constant")?,
    };
    Instance::create_as(th, ty, scanner)
}

fn call_scanner(th: &Thread, v: Value, args: Args) -> PyResult {
    static PARAMS: Params = Params {
        function: "scan_once",
        names: &["string", "idx"],
        positional_only: 0,
        positional: 2,
        required: &[true, true],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 2];
    PARAMS.bind(th, args, &mut bound)?;
    let [string, index] = bound.map(|v| v.unwrap_or(statics::none()));
    let index = number::as_isize(th, index)?;
    let text = super::text_argument(th, string)?;
    let Ok(index) = usize::try_from(index) else { return Err(th.value_error("idx cannot be negative")) };
    let (value, end) = with_units!(text.units(), |units| {
        Scan { th, scanner: this(v), text, units, keys: [const { None }; SEEN_KEYS], depth: 0 }.value(index)
    })?;
    pair(th, value, end)
}

fn pair(th: &Thread, value: Obj, end: usize) -> PyResult {
    let end = th.uint(end as u64)?;
    th.tuple(&[value.value(), end.value()])
}

/// `scanstring(string, end, strict)`.
///
/// # Errors
/// JSONDecodeError, ValueError.
pub fn scan_string(th: &Thread, text: &Str, end: isize, strict: bool) -> PyResult {
    let Some(start) = usize::try_from(end).ok().filter(|end| *end <= text.len()) else {
        return Err(th.value_error("end is out of bounds"));
    };
    let (value, end) = with_units!(text.units(), |units| string(th, text, units, start, strict))?;
    pair(th, value, end)
}

/// Raises `JSONDecodeError`.
fn fail(th: &Thread, text: &Str, message: &str, at: isize) -> Raised {
    let make = || {
        let class = whipsnake_runtime::import::attribute(th, "json.decoder", "JSONDecodeError")?;
        let (message, at) = (th.str(message)?, th.int(at as i64)?);
        call::call3(th, class.value(), message.value(), text.value(), at.value())
    };
    match make() {
        Ok(exception) => th.raise_instance(exception),
        Err(raised) => raised,
    }
}

/// How many units at the beginning stand for themselves in a string.
fn plain_run<U: Unit>(units: &[U], strict: bool) -> usize {
    let is_plain = |u: &U| {
        let c = u.to_u32();
        c != 0x22 && c != 0x5C && (c > 0x1F || !strict)
    };
    units.iter().take_while(|u| is_plain(u)).count()
}

fn hex<U: Unit>(units: &[U]) -> Option<u32> {
    units.iter().try_fold(0, |value, u| {
        let digit = char::from_u32(u.to_u32())?.to_digit(16)?;
        Some(value << 4 | digit)
    })
}

/// The string whose first character is at `start`, and the index after its closing quote.
fn string<U: Unit>(th: &Thread, text: &Str, s: &[U], start: usize, strict: bool) -> PyResult<(Obj, usize)> {
    let run = plain_run(&s[start..], strict);
    if s.get(start + run).is_some_and(|u| u.to_u32() == 0x22) {
        return Ok((str::from_units(th, text.units().slice(start, start + run))?, start + run + 1));
    }
    escaped_string(th, text, s, start, strict)
}

#[cold]
fn escaped_string<U: Unit>(th: &Thread, text: &Str, s: &[U], start: usize, strict: bool) -> PyResult<(Obj, usize)> {
    let mut out = Builder::new();
    let mut at = start;
    let unterminated = || fail(th, text, "Unterminated string starting at", start as isize - 1);
    loop {
        let run = plain_run(&s[at..], strict);
        out.push_units(text.units().slice(at, at + run));
        at += run;
        match s.get(at).map(|u| u.to_u32()) {
            None => return Err(unterminated()),
            Some(0x22) => break,
            Some(0x5C) => {}
            Some(_) => return Err(fail(th, text, "Invalid control character at", at as isize)),
        }
        at += 1;
        let Some(c) = s.get(at).map(|u| u.to_u32()) else { return Err(unterminated()) };
        at += 1;
        match u8::try_from(c).unwrap_or(0) {
            b'"' | b'\\' | b'/' => out.push(c),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(10),
            b'r' => out.push(13),
            b't' => out.push(9),
            b'u' => {
                let digits = |from: usize| match s.get(from..from + 4).and_then(hex) {
                    Some(value) => Ok(value),
                    None => Err(fail(th, text, "Invalid \\uXXXX escape", from as isize - 1)),
                };
                let mut value = digits(at)?;
                at += 4;
                let second = (0xD800..0xDC00).contains(&value)
                    && at + 6 < s.len()
                    && s[at].to_u32() == 0x5C
                    && s[at + 1].to_u32() == u32::from('u');
                if second {
                    let low = digits(at + 2)?;
                    if (0xDC00..0xE000).contains(&low) {
                        value = 0x10000 + ((value - 0xD800) << 10 | (low - 0xDC00));
                        at += 6;
                    }
                }
                out.push(value);
            }
            _ => return Err(fail(th, text, "Invalid \\escape", at as isize - 2)),
        }
    }
    Ok((str::from_buf(th, out.finish())?, at + 1))
}

/// Keys that a scan remembers.
const SEEN_KEYS: usize = 64;

/// Where [`Scan::keys`] keeps a key.
#[inline]
fn key_place(key: &[u8]) -> usize {
    let mut ends = [0; 16];
    let half = key.len().min(8);
    ends[..half].copy_from_slice(&key[..half]);
    ends[8..8 + half].copy_from_slice(&key[key.len() - half..]);
    let ends = u128::from_le_bytes(ends);
    let mixed =
        (ends as u64 ^ ((ends >> 64) as u64).rotate_left(29) ^ key.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 58) as usize % SEEN_KEYS
}

/// A call of a scanner.
struct Scan<'a, U: Unit> {
    th: &'a Thread,
    scanner: &'a Scanner,
    text: &'a Str,
    units: &'a [U],
    /// Some of the keys that were seen, by a hash of their ends: most documents have the same few again and again.
    keys: [Option<(&'a [u8], Obj)>; SEEN_KEYS],
    /// Containers around the place that is being read.
    depth: u32,
}

impl<'a, U: Unit> Scan<'a, U> {
    #[inline(always)]
    fn at(&self, i: usize) -> u32 {
        self.units.get(i).map_or(0, |u| u.to_u32())
    }
    #[inline(always)]
    fn is(&self, i: usize, c: char) -> bool {
        self.at(i) == u32::from(c) && i < self.units.len()
    }
    #[inline(always)]
    fn skip_space(&self, mut i: usize) -> usize {
        while matches!(self.at(i), 0x20 | 0x09 | 0x0A | 0x0D) {
            i += 1;
        }
        i
    }
    fn fail(&self, message: &str, at: usize) -> Raised {
        fail(self.th, self.text, message, at as isize)
    }
    /// There is no value here: the decoder makes an error of it.
    #[cold]
    fn nothing(&self, at: usize) -> Raised {
        match self.th.uint(at as u64) {
            Ok(at) => raise_stop_iteration(self.th, at.value()),
            Err(raised) => raised,
        }
    }
    fn has(&self, at: usize, word: &str) -> bool {
        let found = self.units.get(at..at + word.len());
        found.is_some_and(|found| found.iter().zip(word.bytes()).all(|(u, b)| u.to_u32() == u32::from(b)))
    }
    fn constant(&self, name: &str, end: usize) -> PyResult<(Obj, usize)> {
        let text = self.th.str(name)?;
        Ok((call::call1(self.th, self.scanner.parse_constant.value(), text.value())?, end))
    }
    /// The value at `at`, and the index after it.
    fn value(&mut self, at: usize) -> PyResult<(Obj, usize)> {
        let Some(first) = self.units.get(at) else { return Err(self.nothing(at)) };
        match u8::try_from(first.to_u32()).unwrap_or(0) {
            b'"' => string(self.th, self.text, self.units, at + 1, self.scanner.strict),
            b'{' => {
                self.enter(" while decoding a JSON object from a unicode string")?;
                let made = self.object(at + 1)?;
                self.depth -= 1;
                Ok(made)
            }
            b'[' => {
                self.enter(" while decoding a JSON array from a unicode string")?;
                let made = self.array(at + 1)?;
                self.depth -= 1;
                Ok(made)
            }
            b'n' if self.has(at, "null") => Ok((Obj::none(), at + 4)),
            b't' if self.has(at, "true") => Ok((Obj::bool(true), at + 4)),
            b'f' if self.has(at, "false") => Ok((Obj::bool(false), at + 5)),
            b'N' if self.has(at, "NaN") => self.constant("NaN", at + 3),
            b'I' if self.has(at, "Infinity") => self.constant("Infinity", at + 8),
            b'-' if self.has(at, "-Infinity") => self.constant("-Infinity", at + 9),
            _ => self.number(at),
        }
    }
    /// One container deeper.
    fn enter(&mut self, doing: &str) -> PyResult<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return err!(self.th, RECURSION_ERROR, "maximum recursion depth exceeded{doing}");
        }
        self.th.check_native_stack(doing)
    }
    fn array(&mut self, mut at: usize) -> PyResult<(Obj, usize)> {
        let mut items = Vec::new();
        at = self.skip_space(at);
        if !self.is(at, ']') {
            loop {
                let (item, end) = self.value(at)?;
                items.push(item);
                at = self.skip_space(end);
                if self.is(at, ']') {
                    break;
                }
                if !self.is(at, ',') {
                    return Err(self.fail("Expecting ',' delimiter", at));
                }
                let comma = at;
                at = self.skip_space(at + 1);
                if self.is(at, ']') {
                    return Err(self.fail("Illegal trailing comma before end of array", comma));
                }
            }
        }
        Ok((self.th.list(items)?, at + 1))
    }
    fn key(&mut self, at: usize) -> PyResult<(Obj, usize)> {
        let run = plain_run(&self.units[at..], self.scanner.strict);
        if !self.is(at + run, '"') {
            return string(self.th, self.text, self.units, at, self.scanner.strict);
        }
        let units = self.text.units().slice(at, at + run);
        let (bytes, place) = (units.as_bytes(), key_place(units.as_bytes()));
        if let Some((seen, key)) = &self.keys[place]
            && *seen == bytes
        {
            return Ok((key.clone(), at + run + 1));
        }
        let key = str::from_units(self.th, units)?;
        self.keys[place] = Some((bytes, key.clone()));
        Ok((key, at + run + 1))
    }
    fn object(&mut self, at: usize) -> PyResult<(Obj, usize)> {
        let th = self.th;
        let wants_pairs = !self.scanner.object_pairs_hook.is_none();
        let made = if wants_pairs { None } else { Some(Dict::new(th)?) };
        let dict = made.as_ref().and_then(|made| made.cast::<Dict>());
        let mut pairs = Vec::new();
        let mut at = self.skip_space(at);
        if !self.is(at, '}') {
            loop {
                if !self.is(at, '"') {
                    return Err(self.fail("Expecting property name enclosed in double quotes", at));
                }
                let (key, end) = self.key(at + 1)?;
                at = self.skip_space(end);
                if !self.is(at, ':') {
                    return Err(self.fail("Expecting ':' delimiter", at));
                }
                at = self.skip_space(at + 1);
                let (value, end) = self.value(at)?;
                match dict {
                    Some(dict) => dict.set(th, key.value(), value.value())?,
                    None => pairs.push(th.tuple(&[key.value(), value.value()])?),
                }
                at = self.skip_space(end);
                if self.is(at, '}') {
                    break;
                }
                if !self.is(at, ',') {
                    return Err(self.fail("Expecting ',' delimiter", at));
                }
                let comma = at;
                at = self.skip_space(at + 1);
                if self.is(at, '}') {
                    return Err(self.fail("Illegal trailing comma before end of object", comma));
                }
            }
        }
        let object = match made {
            None => {
                let pairs = th.list(pairs)?;
                call::call1(th, self.scanner.object_pairs_hook.value(), pairs.value())?
            }
            Some(dict) if self.scanner.object_hook.is_none() => dict,
            Some(dict) => call::call1(th, self.scanner.object_hook.value(), dict.value())?,
        };
        Ok((object, at + 1))
    }
    fn digits(&self, mut at: usize) -> usize {
        while (0x30..=0x39).contains(&self.at(at)) {
            at += 1;
        }
        at
    }
    fn number(&self, start: usize) -> PyResult<(Obj, usize)> {
        let mut at = start + usize::from(self.is(start, '-'));
        let whole = at;
        at = if self.is(at, '0') { at + 1 } else { self.digits(at) };
        if at == whole {
            return Err(self.nothing(start));
        }
        let mut is_float = false;
        if self.is(at, '.') {
            let end = self.digits(at + 1);
            if end > at + 1 {
                (at, is_float) = (end, true);
            }
        }
        if self.is(at, 'e') || self.is(at, 'E') {
            let digits = at + 1 + usize::from(self.is(at + 1, '-') || self.is(at + 1, '+'));
            let end = self.digits(digits);
            if end > digits {
                (at, is_float) = (end, true);
            }
        }
        let text = self.text.units().slice(start, at);
        let copy: Vec<u8>;
        let bytes = match text {
            whipsnake_text::Units::Ascii(bytes) | whipsnake_text::Units::Latin1(bytes) => bytes,
            _ => {
                copy = text.iter().map(|c| c as u8).collect();
                &copy[..]
            }
        };
        let value = if is_float { self.float(bytes)? } else { self.int(bytes)? };
        Ok((value, at))
    }
    fn float(&self, digits: &[u8]) -> PyResult {
        let parse = self.scanner.parse_float.value();
        if parse.same(statics::FLOAT_TYPE.value())
            && let Some(x) = std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok())
        {
            return self.th.float(x);
        }
        call::call1(self.th, parse, str::from_ascii(self.th, digits)?.value())
    }
    fn int(&self, digits: &[u8]) -> PyResult {
        let parse = self.scanner.parse_int.value();
        if !parse.same(statics::INT_TYPE.value()) {
            return call::call1(self.th, parse, str::from_ascii(self.th, digits)?.value());
        }
        // Eighteen digits always fit.
        if digits.len() <= 18 {
            let (negative, digits) = match digits {
                [b'-', rest @ ..] => (true, rest),
                digits => (false, digits),
            };
            let n = digits.iter().fold(0i64, |n, digit| n * 10 + i64::from(digit - b'0'));
            return self.th.int(if negative { -n } else { n });
        }
        int::from_text(self.th, str::from_ascii(self.th, digits)?.value())
    }
}

#[pymethods]
mod methods {
    use super::*;

    #[getter("strict")]
    fn strict(_: &Thread, v: Value) -> bool {
        this::<Scanner>(v).strict
    }
    #[getter("object_hook")]
    fn object_hook(_: &Thread, v: Value) -> Obj {
        this::<Scanner>(v).object_hook.clone()
    }
    #[getter("object_pairs_hook")]
    fn object_pairs_hook(_: &Thread, v: Value) -> Obj {
        this::<Scanner>(v).object_pairs_hook.clone()
    }
    #[getter("parse_float")]
    fn parse_float(_: &Thread, v: Value) -> Obj {
        this::<Scanner>(v).parse_float.clone()
    }
    #[getter("parse_int")]
    fn parse_int(_: &Thread, v: Value) -> Obj {
        this::<Scanner>(v).parse_int.clone()
    }
    #[getter("parse_constant")]
    fn parse_constant(_: &Thread, v: Value) -> Obj {
        this::<Scanner>(v).parse_constant.clone()
    }
}
