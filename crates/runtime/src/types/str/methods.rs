//! The methods of `str`, but for splitting (`split.rs`).

use super::slots::unchanged;
use super::{Str, from_buf, from_units, size_error};
use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::tuple::Tuple;
use crate::types::{codecs, format};
use whipsnake_text::search::{self, Side};
use whipsnake_text::strings::{self, Padding};
use whipsnake_text::{Buf, Units};

/// An index argument as slicing takes it: clamped to the range of `isize`.
///
/// # Errors
/// TypeError, or what `__index__` raises.
pub(crate) fn slice_index(th: &Thread, v: Value) -> PyResult<isize> {
    match v.as_small_int() {
        Some(i) => Ok(i as isize),
        None if number::has_index(v) => number::as_index_clamped(th, v),
        None => Err(th.type_error("slice indices must be integers or None or have an __index__ method")),
    }
}

/// `start` and `end` arguments of searching methods; `start` may come out beyond `end`.
///
/// # Errors
/// TypeError, or what `__index__` raises.
pub(crate) fn search_range(
    th: &Thread,
    start: Option<Value>,
    end: Option<Value>,
    len: impl Fn() -> usize,
) -> PyResult<(usize, usize)> {
    let start = start.map_or(Ok(0), |v| slice_index(th, v))?;
    let end = end.map_or(Ok(isize::MAX), |v| slice_index(th, v))?;
    let len = len();
    let clamp = |i: isize| if i < 0 { (i + len as isize).max(0) as usize } else { i as usize };
    Ok((clamp(start), clamp(end).min(len)))
}

/// `count` and `maxsplit` arguments: negative stands for all.
pub(crate) fn limit(count: isize) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn strip(th: &Thread, this: &Str, chars: Option<Value>, side: Side, name: &str) -> PyResult {
    let range = match chars {
        None => search::strip_whitespace(this.units(), side),
        Some(chars) => match chars.cast::<Str>() {
            Some(chars) => search::strip_chars(this.units(), chars.units(), side),
            None => return err!(th, TYPE_ERROR, "{name} arg must be None or str"),
        },
    };
    super::substring(th, this, range.start, range.end)
}

/// `startswith` and `endswith`: one string or a tuple of them.
fn affix(
    th: &Thread,
    this: &Str,
    affix: Value,
    range: (usize, usize),
    name: &str,
    test: fn(Units<'_>, Units<'_>, usize, usize) -> bool,
) -> PyResult<bool> {
    if let Some(one) = affix.cast::<Str>() {
        return Ok(test(this.units(), one.units(), range.0, range.1));
    }
    let Some(many) = affix.cast::<Tuple>() else {
        return err!(
            th,
            TYPE_ERROR,
            "{name} first arg must be str or a tuple of str, not {}",
            number::full_name(affix)
        );
    };
    for item in many.as_slice() {
        let Some(one) = item.cast::<Str>() else {
            return err!(th, TYPE_ERROR, "tuple for {name} must only contain str, not {}", number::full_name(*item));
        };
        if test(this.units(), one.units(), range.0, range.1) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn padded(th: &Thread, this: &Str, padding: Padding, fill: u32) -> PyResult {
    if padding.left == 0 && padding.right == 0 {
        return unchanged(th, this);
    }
    match strings::pad(this.units(), padding, fill) {
        Ok(text) => from_buf(th, text),
        Err(error) => Err(size_error(th, error, "padded string is too long")),
    }
}

fn fill_char(th: &Thread, fill: Option<Value>) -> PyResult<u32> {
    let Some(fill) = fill else { return Ok(32) };
    let Some(fill) = fill.cast::<Str>() else {
        return err!(th, TYPE_ERROR, "The fill character must be a unicode character, not {}", number::full_name(fill));
    };
    match fill.units().get(0) {
        Some(c) if fill.len() == 1 => Ok(c),
        _ => Err(th.type_error("The fill character must be exactly one character long")),
    }
}

fn width_of(width: isize) -> usize {
    usize::try_from(width).unwrap_or(0)
}

/// The entry of `c` in a `translate` table.
fn translate_entry(th: &Thread, table: Value, c: u32) -> PyResult<search::Translated> {
    let key = th.int(i64::from(c))?;
    let found = object::get_item(th, table, key.value());
    let entry = match found {
        Ok(entry) => entry,
        Err(_) if th.exception_matches(&statics::LOOKUP_ERROR) => {
            drop(th.take_exception());
            return Ok(search::Translated::Same);
        }
        Err(raised) => return Err(raised),
    };
    if entry.is_none() {
        return Ok(search::Translated::Delete);
    }
    if let Some(text) = entry.cast::<Str>() {
        return Ok(search::Translated::Text(text.units().to_buf()));
    }
    if entry.is_instance(&statics::INT_TYPE) {
        return match crate::types::int::as_i64_exact(entry.value()).and_then(|i| u32::try_from(i).ok()) {
            Some(c) if c <= 0x10FFFF => Ok(search::Translated::Char(c)),
            _ => Err(th.value_error("character mapping must be in range(0x110000)")),
        };
    }
    Err(th.type_error("character mapping must return integer, None or str"))
}

fn maketrans_pairs(th: &Thread, x: Value, y: &Str, z: Option<&Str>) -> PyResult {
    let Some(x) = x.cast::<Str>() else {
        return Err(th.type_error("first maketrans argument must be a string if there is a second argument"));
    };
    if x.len() != y.len() {
        return Err(th.value_error("the first two maketrans arguments must have equal length"));
    }
    let table = Dict::new(th)?;
    let Some(dict) = table.cast::<Dict>() else { return Ok(table) };
    for (from, to) in x.units().iter().zip(y.units().iter()) {
        dict.set(th, Value::small_int(from.into()), Value::small_int(to.into()))?;
    }
    for c in z.iter().flat_map(|z| z.units().iter()) {
        dict.set(th, Value::small_int(c.into()), statics::none())?;
    }
    Ok(table)
}

fn maketrans_dict(th: &Thread, x: Value) -> PyResult {
    let Some(source) = x.exact::<Dict>() else {
        return Err(th.type_error("if you give only one argument to maketrans it must be a dict"));
    };
    let table = Dict::new(th)?;
    let Some(dict) = table.cast::<Dict>() else { return Ok(table) };
    let mut pos = 0;
    while let Some((key, value, _)) = source.entry_at(&mut pos) {
        let (key, value) = (key.own(), value.own());
        if let Some(text) = key.cast::<Str>() {
            let c = match text.units().get(0) {
                Some(c) if text.len() == 1 => c,
                _ => return Err(th.value_error("string keys in translatetable must be of length 1")),
            };
            dict.set(th, Value::small_int(c.into()), value.value())?;
        } else if key.is_instance(&statics::INT_TYPE) {
            dict.set(th, key.value(), value.value())?;
        } else {
            return Err(th.type_error("keys in translate table mustbe strings or integers"));
        }
    }
    Ok(table)
}

/// The result of a case method: ASCII strings without a change are not copied.
fn cased(th: &Thread, this: &Str, convert: fn(Units<'_>) -> Buf) -> PyResult {
    from_buf(th, convert(this.units()))
}

/// `upper` and `lower` of ASCII text: one pass, straight into the new object.
#[inline]
fn ascii_cased(th: &Thread, bytes: &[u8], convert: impl Fn(u8) -> u8) -> PyResult {
    if let [byte] = bytes {
        return Ok(Obj::steal(super::one_char(convert(*byte))));
    }
    if bytes.is_empty() {
        return Ok(super::intern::empty());
    }
    let object = super::allocate(th, super::Kind::ASCII, bytes.len())?;
    // SAFETY: just allocated with that length; ASCII case conversion keeps ASCII.
    unsafe {
        let data = object.cast::<u8>().add(super::ASCII_DATA);
        for (i, byte) in bytes.iter().enumerate() {
            data.add(i).write(convert(*byte));
        }
        Ok(super::finish(object))
    }
}

#[pymethods]
#[allow(clippy::module_inception)]
pub mod methods {
    use super::*;
    use crate::types::str::split;

    /// The string's bytes in an encoding.
    #[method("encode(encoding='utf-8', errors='strict')")]
    fn encode(th: &Thread, this: &Str, encoding: CodecName, errors: CodecName) -> PyResult {
        codecs::encode(th, this, encoding.as_str(), errors.as_str())
    }
    /// The string with occurrences of a substring replaced.
    #[method("replace(old, new, /, count=-1)")]
    fn replace(th: &Thread, this: &Str, old: &Str, new: &Str, count: isize) -> PyResult {
        if let (Units::Ascii(hay), Units::Ascii(old), Units::Ascii(new)) = (this.units(), old.units(), new.units())
            && !old.is_empty()
        {
            let replaced = crate::types::str::replace_ascii(th, hay, old, new, limit(count))?;
            return replaced.map_or_else(|| unchanged(th, this), Ok);
        }
        match search::replace(this.units(), old.units(), new.units(), limit(count)) {
            Ok(Some(text)) => from_buf(th, text),
            Ok(None) => unchanged(th, this),
            Err(error) => Err(size_error(th, error, "replace string is too long")),
        }
    }
    /// The words of the string, split at a separator, from the left.
    #[method("split(sep=None, maxsplit=-1)")]
    fn split(th: &Thread, this: &Str, sep: Option<Value>, maxsplit: isize) -> PyResult {
        split::split(th, this, sep, limit(maxsplit))
    }
    /// The words of the string, split at a separator, from the right.
    #[method("rsplit(sep=None, maxsplit=-1)")]
    fn rsplit(th: &Thread, this: &Str, sep: Option<Value>, maxsplit: isize) -> PyResult {
        split::rsplit(th, this, sep, limit(maxsplit))
    }
    /// The strings of an iterable with this one between them.
    #[method("join(iterable, /)")]
    fn join(th: &Thread, this: &Str, iterable: Value) -> PyResult {
        split::join(th, this, iterable)
    }
    /// The string with its first character in title case and the others in lower case.
    #[method("capitalize()")]
    fn capitalize(th: &Thread, this: &Str) -> PyResult {
        cased(th, this, strings::capitalize)
    }
    /// The string for caseless comparison.
    #[method("casefold()")]
    fn casefold(th: &Thread, this: &Str) -> PyResult {
        match this.units() {
            Units::Ascii(bytes) => ascii_cased(th, bytes, |byte| byte.to_ascii_lowercase()),
            _ => cased(th, this, strings::casefold),
        }
    }
    /// The string with each word capitalised.
    #[method("title()")]
    fn title(th: &Thread, this: &Str) -> PyResult {
        cased(th, this, strings::title)
    }
    /// The string in the middle of a given width.
    #[method("center(width, fillchar=' ', /)")]
    fn center(th: &Thread, this: &Str, width: isize, fillchar: FillChar) -> PyResult {
        padded(th, this, Padding::center(this.len(), width_of(width)), fillchar.0)
    }
    /// How often a substring occurs, without overlaps.
    #[method("count(sub, start=None, end=None, /)")]
    fn count(th: &Thread, this: &Str, sub: &Str, start: Option<Value>, end: Option<Value>) -> PyResult<usize> {
        let (start, end) = search_range(th, start, end, || this.len())?;
        Ok(search::count(this.units(), sub.units(), start, end))
    }
    /// The string with tabs expanded to blanks.
    #[method("expandtabs(tabsize=8)")]
    fn expandtabs(th: &Thread, this: &Str, tabsize: i32) -> PyResult {
        match strings::expandtabs(this.units(), usize::try_from(tabsize).unwrap_or(0)) {
            Ok(text) => from_buf(th, text),
            Err(error) => Err(size_error(th, error, "new string is too long")),
        }
    }
    /// Where a substring begins first, or -1.
    #[method("find(sub, start=None, end=None, /)")]
    fn find(th: &Thread, this: &Str, sub: &Str, start: Option<Value>, end: Option<Value>) -> PyResult<isize> {
        let (start, end) = search_range(th, start, end, || this.len())?;
        Ok(search::find(this.units(), sub.units(), start, end).map_or(-1, |i| i as isize))
    }
    /// What comes before a separator, the separator, and what comes after.
    #[method("partition(sep, /)")]
    fn partition(th: &Thread, this: &Str, sep: Value) -> PyResult {
        split::partition(th, this, sep)
    }
    /// Where a substring begins first.
    #[method("index(sub, start=None, end=None, /)")]
    fn index(th: &Thread, this: &Str, sub: &Str, start: Option<Value>, end: Option<Value>) -> PyResult<usize> {
        let (start, end) = search_range(th, start, end, || this.len())?;
        search::find(this.units(), sub.units(), start, end).ok_or_else(|| th.value_error("substring not found"))
    }
    /// The string at the left of a given width.
    #[method("ljust(width, fillchar=' ', /)")]
    fn ljust(th: &Thread, this: &Str, width: isize, fillchar: FillChar) -> PyResult {
        padded(th, this, Padding::ljust(this.len(), width_of(width)), fillchar.0)
    }
    /// The string in lower case.
    #[method("lower()")]
    fn lower(th: &Thread, this: &Str) -> PyResult {
        match this.units() {
            Units::Ascii(bytes) => ascii_cased(th, bytes, |byte| byte.to_ascii_lowercase()),
            _ => cased(th, this, strings::lower),
        }
    }
    /// The string without leading white space, or without leading characters of a set.
    #[method("lstrip(chars=None, /)")]
    fn lstrip(th: &Thread, this: &Str, chars: Option<Value>) -> PyResult {
        strip(th, this, chars, Side::Left, "lstrip")
    }
    /// Where a substring begins last, or -1.
    #[method("rfind(sub, start=None, end=None, /)")]
    fn rfind(th: &Thread, this: &Str, sub: &Str, start: Option<Value>, end: Option<Value>) -> PyResult<isize> {
        let (start, end) = search_range(th, start, end, || this.len())?;
        Ok(search::rfind(this.units(), sub.units(), start, end).map_or(-1, |i| i as isize))
    }
    /// Where a substring begins last.
    #[method("rindex(sub, start=None, end=None, /)")]
    fn rindex(th: &Thread, this: &Str, sub: &Str, start: Option<Value>, end: Option<Value>) -> PyResult<usize> {
        let (start, end) = search_range(th, start, end, || this.len())?;
        search::rfind(this.units(), sub.units(), start, end).ok_or_else(|| th.value_error("substring not found"))
    }
    /// The string at the right of a given width.
    #[method("rjust(width, fillchar=' ', /)")]
    fn rjust(th: &Thread, this: &Str, width: isize, fillchar: FillChar) -> PyResult {
        padded(th, this, Padding::rjust(this.len(), width_of(width)), fillchar.0)
    }
    /// The string without trailing white space, or without trailing characters of a set.
    #[method("rstrip(chars=None, /)")]
    fn rstrip(th: &Thread, this: &Str, chars: Option<Value>) -> PyResult {
        strip(th, this, chars, Side::Right, "rstrip")
    }
    /// What comes before the last separator, the separator, and what comes after.
    #[method("rpartition(sep, /)")]
    fn rpartition(th: &Thread, this: &Str, sep: Value) -> PyResult {
        split::rpartition(th, this, sep)
    }
    /// The lines of the string.
    #[method("splitlines(keepends=False)")]
    fn splitlines(th: &Thread, this: &Str, keepends: bool) -> PyResult {
        split::splitlines(th, this, keepends)
    }
    /// The string without white space around it, or without characters of a set.
    #[method("strip(chars=None, /)")]
    fn strip_both(th: &Thread, this: &Str, chars: Option<Value>) -> PyResult {
        strip(th, this, chars, Side::Both, "strip")
    }
    /// The string with upper and lower case exchanged.
    #[method("swapcase()")]
    fn swapcase(th: &Thread, this: &Str) -> PyResult {
        cased(th, this, strings::swapcase)
    }
    /// The string with each character replaced by its entry in a table.
    #[method("translate(table, /)")]
    fn translate(th: &Thread, this: &Str, table: Value) -> PyResult {
        from_buf(th, search::translate(this.units(), |c| translate_entry(th, table, c))?)
    }
    /// The string in upper case.
    #[method("upper()")]
    fn upper(th: &Thread, this: &Str) -> PyResult {
        match this.units() {
            Units::Ascii(bytes) => ascii_cased(th, bytes, |byte| byte.to_ascii_uppercase()),
            _ => cased(th, this, strings::upper),
        }
    }
    /// Whether the string starts with a prefix, or with one of a tuple.
    #[method("startswith(prefix, start=None, end=None, /)")]
    fn startswith(th: &Thread, this: &Str, prefix: Value, start: Option<Value>, end: Option<Value>) -> PyResult<bool> {
        let range = search_range(th, start, end, || this.len())?;
        affix(th, this, prefix, range, "startswith", search::starts_with)
    }
    /// Whether the string ends with a suffix, or with one of a tuple.
    #[method("endswith(suffix, start=None, end=None, /)")]
    fn endswith(th: &Thread, this: &Str, suffix: Value, start: Option<Value>, end: Option<Value>) -> PyResult<bool> {
        let range = search_range(th, start, end, || this.len())?;
        affix(th, this, suffix, range, "endswith", search::ends_with)
    }
    /// The string without a prefix, if it has it.
    #[method("removeprefix(prefix, /)")]
    fn removeprefix(th: &Thread, this: &Str, prefix: &Str) -> PyResult {
        let has = search::starts_with(this.units(), prefix.units(), 0, this.len());
        if has { super::super::substring(th, this, prefix.len(), this.len()) } else { unchanged(th, this) }
    }
    /// The string without a suffix, if it has it.
    #[method("removesuffix(suffix, /)")]
    fn removesuffix(th: &Thread, this: &Str, suffix: &Str) -> PyResult {
        let has = !suffix.is_empty() && search::ends_with(this.units(), suffix.units(), 0, this.len());
        if has { super::super::substring(th, this, 0, this.len() - suffix.len()) } else { unchanged(th, this) }
    }
    /// Whether all characters are ASCII.
    #[method("isascii()")]
    fn isascii(_: &Thread, this: &Str) -> bool {
        this.is_ascii()
    }
    /// Whether there are cased characters and all of them are lower case.
    #[method("islower()")]
    fn islower(_: &Thread, this: &Str) -> bool {
        strings::is_lower(this.units())
    }
    /// Whether there are cased characters and all of them are upper case.
    #[method("isupper()")]
    fn isupper(_: &Thread, this: &Str) -> bool {
        strings::is_upper(this.units())
    }
    /// Whether the string is in title case.
    #[method("istitle()")]
    fn istitle(_: &Thread, this: &Str) -> bool {
        strings::is_title(this.units())
    }
    /// Whether there are characters and all are white space.
    #[method("isspace()")]
    fn isspace(_: &Thread, this: &Str) -> bool {
        strings::is_space(this.units())
    }
    /// Whether there are characters and all are decimal digits.
    #[method("isdecimal()")]
    fn isdecimal(_: &Thread, this: &Str) -> bool {
        strings::is_decimal(this.units())
    }
    /// Whether there are characters and all are digits.
    #[method("isdigit()")]
    fn isdigit(_: &Thread, this: &Str) -> bool {
        strings::is_digit(this.units())
    }
    /// Whether there are characters and all are numeric.
    #[method("isnumeric()")]
    fn isnumeric(_: &Thread, this: &Str) -> bool {
        strings::is_numeric(this.units())
    }
    /// Whether there are characters and all are alphabetic.
    #[method("isalpha()")]
    fn isalpha(_: &Thread, this: &Str) -> bool {
        strings::is_alpha(this.units())
    }
    /// Whether there are characters and all are alphanumeric.
    #[method("isalnum()")]
    fn isalnum(_: &Thread, this: &Str) -> bool {
        strings::is_alnum(this.units())
    }
    /// Whether the string is an identifier, reserved words included.
    #[method("isidentifier()")]
    fn isidentifier(_: &Thread, this: &Str) -> bool {
        strings::is_identifier(this.units())
    }
    /// Whether all characters are printable.
    #[method("isprintable()")]
    fn isprintable(_: &Thread, this: &Str) -> bool {
        strings::is_printable(this.units())
    }
    /// The string with zeros at the left, after the sign.
    #[method("zfill(width, /)")]
    fn zfill(th: &Thread, this: &Str, width: isize) -> PyResult {
        if this.len() >= width_of(width) {
            return unchanged(th, this);
        }
        match strings::zfill(this.units(), width_of(width)) {
            Ok(text) => from_buf(th, text),
            Err(error) => Err(size_error(th, error, "padded string is too long")),
        }
    }
    /// The string with replacement fields filled from the arguments.
    #[method("format(*args, **kwargs)", raw)]
    fn format(th: &Thread, this: &Str, args: Args) -> PyResult {
        format::str_format(th, this, args)
    }
    /// The string with replacement fields filled from a mapping.
    #[method("format_map(mapping, /)")]
    fn format_map(th: &Thread, this: &Str, mapping: Value) -> PyResult {
        format::format_map(th, this, mapping)
    }
    /// The string laid out by a format specification.
    #[method("__format__(format_spec, /)")]
    fn dunder_format(th: &Thread, this: &Str, spec: &Str) -> PyResult {
        format::format_str(th, this, spec)
    }
    /// A table for `translate`.
    #[staticmethod("maketrans(x, y=None, z=None, /)")]
    fn maketrans(th: &Thread, x: Value, y: Option<&Str>, z: Option<&Str>) -> PyResult {
        match y {
            Some(y) => maketrans_pairs(th, x, y, z),
            None => maketrans_dict(th, x),
        }
    }
    /// The object's size in bytes.
    #[method("__sizeof__()")]
    fn sizeof(_: &Thread, this: &Str) -> usize {
        let kind = this.kind();
        let units = (this.len() + 1) * kind.width;
        let cached =
            if this.is_ascii() || this.as_utf8().is_none() { 0 } else { this.as_utf8().map_or(0, |s| s.len() + 1) };
        match (this.is_exact_str(), kind.ascii) {
            (true, true) => 40 + units + cached,
            (true, false) => 56 + units + cached,
            (false, _) => 64 + units + cached,
        }
    }
    /// The arguments that make a copy.
    #[method("__getnewargs__()")]
    fn getnewargs(th: &Thread, this: &Str) -> PyResult {
        let copy = from_units(th, this.units())?;
        th.tuple(&[copy.value()])
    }
}

/// The name of an encoding or of an error handler, as an argument.
pub(crate) struct CodecName(std::borrow::Cow<'static, str>);

impl CodecName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for CodecName {
    fn from(name: &'static str) -> CodecName {
        CodecName(name.into())
    }
}

impl<'a> FromArg<'a> for CodecName {
    fn from_arg(th: &'a Thread, v: Value, what: ArgName) -> PyResult<CodecName> {
        let Some(s) = v.cast::<Str>() else {
            let got = if v.is_none() { "None" } else { number::full_name(v) };
            return err!(th, TYPE_ERROR, "{}() argument '{}' must be str, not {got}", what.function, what.name);
        };
        let text = s.utf8(th)?;
        if text.contains('\0') {
            return Err(th.value_error("embedded null character"));
        }
        Ok(CodecName(text.to_owned().into()))
    }
}

/// The fill character of the padding methods.
pub(crate) struct FillChar(u32);

impl From<&'static str> for FillChar {
    fn from(text: &'static str) -> FillChar {
        FillChar(text.chars().next().map_or(32, u32::from))
    }
}

impl<'a> FromArg<'a> for FillChar {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<FillChar> {
        fill_char(th, Some(v)).map(FillChar)
    }
}
