//! The method tables of `bytes` and `bytearray`. What they have in common is written once, in a macro.

use super::Bytes;
use super::hex;
use super::shared::{self, ByteString, FillByte, Find};
use crate::prelude::*;
use crate::types::buffer::BytesArg;
use crate::types::bytearray::{self, ByteArray};
use crate::types::codecs;
use crate::types::str::methods::CodecName;
use whipsnake_text::bytes as text;
use whipsnake_text::search::Side;

macro_rules! byte_string_methods {
    ($module:ident, $layout:ty, $($own:item)*) => {
        #[pymethods]
        pub(crate) mod $module {
            use super::*;

            type This = $layout;

            /// The bytes with the first letter in upper case and the others in lower case.
            #[method("capitalize()")]
            fn capitalize(th: &Thread, this: &This) -> PyResult {
                this.source().map(th, text::capitalize)
            }
            /// The bytes in the middle of a given width.
            #[method("center(width, fillchar=' ', /)")]
            fn center(th: &Thread, this: &This, width: isize, fillchar: FillByte) -> PyResult {
                this.source().center(th, width, fillchar.0)
            }
            /// How often a subsequence occurs, without overlaps.
            #[method("count(sub, start=None, end=None, /)")]
            fn count(th: &Thread, this: &This, sub: Value, start: Option<Value>, end: Option<Value>) -> PyResult<usize> {
                this.source().count(th, sub, start, end)
            }
            /// The text that the bytes encode.
            #[method("decode(encoding='utf-8', errors='strict')")]
            fn decode(th: &Thread, this: &This, encoding: CodecName, errors: CodecName) -> PyResult {
                codecs::decode(th, this.source().bytes(), encoding.as_str(), errors.as_str())
            }
            /// Whether the bytes end with a suffix, or with one of a tuple.
            #[method("endswith(suffix, start=None, end=None, /)")]
            fn endswith(th: &Thread, this: &This, suffix: Value, start: Option<Value>, end: Option<Value>) -> PyResult<bool> {
                this.source().affix(th, suffix, start, end, "endswith", text::ends_with)
            }
            /// The bytes with tabs expanded to blanks.
            #[method("expandtabs(tabsize=8)")]
            fn expandtabs(th: &Thread, this: &This, tabsize: i32) -> PyResult {
                this.source().expandtabs(th, tabsize)
            }
            /// Where a subsequence begins first, or -1.
            #[method("find(sub, start=None, end=None, /)")]
            fn find(th: &Thread, this: &This, sub: Value, start: Option<Value>, end: Option<Value>) -> PyResult<isize> {
                Ok(this.source().find(th, sub, start, end, Find::First)?.map_or(-1, |i| i as isize))
            }
            /// The bytes of hexadecimal text.
            #[classmethod("fromhex(string, /)")]
            fn fromhex(th: &Thread, cls: Value, string: Value) -> PyResult {
                let made = <This as ByteString>::make(th, hex::from_hex(th, string)?)?;
                if cls.same(<This as Layout>::ty().value()) {
                    return Ok(made);
                }
                call::call1(th, cls, made.value())
            }
            /// The bytes as hexadecimal text.
            #[method("hex(sep=None, bytes_per_sep=1)")]
            fn hex(th: &Thread, this: &This, sep: Option<Value>, bytes_per_sep: i32) -> PyResult {
                this.source().hex(th, sep, bytes_per_sep as isize)
            }
            /// Where a subsequence begins first.
            #[method("index(sub, start=None, end=None, /)")]
            fn index(th: &Thread, this: &This, sub: Value, start: Option<Value>, end: Option<Value>) -> PyResult<usize> {
                this.source().index(th, sub, start, end, Find::First)
            }
            /// Whether there are bytes and all are letters or digits.
            #[method("isalnum()")]
            fn isalnum(_: &Thread, this: &This) -> bool {
                text::is_alnum(this.source().bytes())
            }
            /// Whether there are bytes and all are letters.
            #[method("isalpha()")]
            fn isalpha(_: &Thread, this: &This) -> bool {
                text::is_alpha(this.source().bytes())
            }
            /// Whether all bytes are ASCII.
            #[method("isascii()")]
            fn isascii(_: &Thread, this: &This) -> bool {
                this.source().bytes().is_ascii()
            }
            /// Whether there are bytes and all are digits.
            #[method("isdigit()")]
            fn isdigit(_: &Thread, this: &This) -> bool {
                text::is_digit(this.source().bytes())
            }
            /// Whether there are letters and all are lower case.
            #[method("islower()")]
            fn islower(_: &Thread, this: &This) -> bool {
                text::is_lower(this.source().bytes())
            }
            /// Whether there are bytes and all are white space.
            #[method("isspace()")]
            fn isspace(_: &Thread, this: &This) -> bool {
                text::is_all_space(this.source().bytes())
            }
            /// Whether the bytes are in title case.
            #[method("istitle()")]
            fn istitle(_: &Thread, this: &This) -> bool {
                text::is_title(this.source().bytes())
            }
            /// Whether there are letters and all are upper case.
            #[method("isupper()")]
            fn isupper(_: &Thread, this: &This) -> bool {
                text::is_upper(this.source().bytes())
            }
            /// The bytes-like objects of an iterable with these bytes between them.
            #[method("join(iterable_of_bytes, /)")]
            fn join(th: &Thread, this: &This, iterable: Value) -> PyResult {
                this.source().join(th, iterable)
            }
            /// The bytes at the left of a given width.
            #[method("ljust(width, fillchar=' ', /)")]
            fn ljust(th: &Thread, this: &This, width: isize, fillchar: FillByte) -> PyResult {
                this.source().ljust(th, width, fillchar.0)
            }
            /// The bytes in lower case.
            #[method("lower()")]
            fn lower(th: &Thread, this: &This) -> PyResult {
                this.source().map(th, <[u8]>::to_ascii_lowercase)
            }
            /// The bytes without leading white space, or without leading bytes of a set.
            #[method("lstrip(bytes=None, /)")]
            fn lstrip(th: &Thread, this: &This, bytes: Option<Value>) -> PyResult {
                this.source().strip(th, bytes, Side::Left)
            }
            /// A table for `translate`.
            #[staticmethod("maketrans(frm, to, /)")]
            fn maketrans(th: &Thread, from: BytesArg, to: BytesArg) -> PyResult {
                shared::maketrans(th, &from, &to)
            }
            /// What comes before a separator, the separator, and what comes after.
            #[method("partition(sep, /)")]
            fn partition(th: &Thread, this: &This, sep: Value) -> PyResult {
                this.source().partition(th, sep)
            }
            /// The bytes without a prefix, if they have it.
            #[method("removeprefix(prefix, /)")]
            fn removeprefix(th: &Thread, this: &This, prefix: BytesArg) -> PyResult {
                this.source().removeprefix(th, &prefix)
            }
            /// The bytes without a suffix, if they have it.
            #[method("removesuffix(suffix, /)")]
            fn removesuffix(th: &Thread, this: &This, suffix: BytesArg) -> PyResult {
                this.source().removesuffix(th, &suffix)
            }
            /// The bytes with occurrences of a subsequence replaced.
            #[method("replace(old, new, count=-1, /)")]
            fn replace(th: &Thread, this: &This, old: BytesArg, new: BytesArg, count: isize) -> PyResult {
                this.source().replace(th, &old, &new, count)
            }
            /// Where a subsequence begins last, or -1.
            #[method("rfind(sub, start=None, end=None, /)")]
            fn rfind(th: &Thread, this: &This, sub: Value, start: Option<Value>, end: Option<Value>) -> PyResult<isize> {
                Ok(this.source().find(th, sub, start, end, Find::Last)?.map_or(-1, |i| i as isize))
            }
            /// Where a subsequence begins last.
            #[method("rindex(sub, start=None, end=None, /)")]
            fn rindex(th: &Thread, this: &This, sub: Value, start: Option<Value>, end: Option<Value>) -> PyResult<usize> {
                this.source().index(th, sub, start, end, Find::Last)
            }
            /// The bytes at the right of a given width.
            #[method("rjust(width, fillchar=' ', /)")]
            fn rjust(th: &Thread, this: &This, width: isize, fillchar: FillByte) -> PyResult {
                this.source().rjust(th, width, fillchar.0)
            }
            /// What comes before the last separator, the separator, and what comes after.
            #[method("rpartition(sep, /)")]
            fn rpartition(th: &Thread, this: &This, sep: Value) -> PyResult {
                this.source().rpartition(th, sep)
            }
            /// The parts between separators, split from the right.
            #[method("rsplit(sep=None, maxsplit=-1)")]
            fn rsplit(th: &Thread, this: &This, sep: Option<Value>, maxsplit: isize) -> PyResult {
                this.source().rsplit(th, sep, maxsplit)
            }
            /// The bytes without trailing white space, or without trailing bytes of a set.
            #[method("rstrip(bytes=None, /)")]
            fn rstrip(th: &Thread, this: &This, bytes: Option<Value>) -> PyResult {
                this.source().strip(th, bytes, Side::Right)
            }
            /// The parts between separators.
            #[method("split(sep=None, maxsplit=-1)")]
            fn split(th: &Thread, this: &This, sep: Option<Value>, maxsplit: isize) -> PyResult {
                this.source().split(th, sep, maxsplit)
            }
            /// The lines.
            #[method("splitlines(keepends=False)")]
            fn splitlines(th: &Thread, this: &This, keepends: bool) -> PyResult {
                this.source().splitlines(th, keepends)
            }
            /// Whether the bytes start with a prefix, or with one of a tuple.
            #[method("startswith(prefix, start=None, end=None, /)")]
            fn startswith(th: &Thread, this: &This, prefix: Value, start: Option<Value>, end: Option<Value>) -> PyResult<bool> {
                this.source().affix(th, prefix, start, end, "startswith", text::starts_with)
            }
            /// The bytes without white space around them, or without bytes of a set.
            #[method("strip(bytes=None, /)")]
            fn strip(th: &Thread, this: &This, bytes: Option<Value>) -> PyResult {
                this.source().strip(th, bytes, Side::Both)
            }
            /// The bytes with upper and lower case exchanged.
            #[method("swapcase()")]
            fn swapcase(th: &Thread, this: &This) -> PyResult {
                this.source().map(th, text::swapcase)
            }
            /// The bytes with each word capitalised.
            #[method("title()")]
            fn title(th: &Thread, this: &This) -> PyResult {
                this.source().map(th, text::title)
            }
            /// The bytes mapped through a table of 256 bytes, without those to be deleted.
            #[method("translate(table, /, delete=b'')")]
            fn translate(th: &Thread, this: &This, table: Value, delete: Option<Value>) -> PyResult {
                this.source().translate(th, table, delete)
            }
            /// The bytes in upper case.
            #[method("upper()")]
            fn upper(th: &Thread, this: &This) -> PyResult {
                this.source().map(th, <[u8]>::to_ascii_uppercase)
            }
            /// The bytes with zeros at the left, after the sign.
            #[method("zfill(width, /)")]
            fn zfill(th: &Thread, this: &This, width: isize) -> PyResult {
                this.source().zfill(th, width)
            }

            $($own)*
        }
    };
}

byte_string_methods! { bytes_methods, Bytes,
    /// The object as exact bytes.
    #[method("__bytes__()")]
    fn dunder_bytes(th: &Thread, this: &This) -> PyResult {
        if this.is_exact_bytes() { Ok(this.value().own()) } else { th.bytes(this.as_slice()) }
    }
    /// The arguments that make a copy.
    #[method("__getnewargs__()")]
    fn getnewargs(th: &Thread, this: &This) -> PyResult {
        let copy = th.bytes(this.as_slice())?;
        th.tuple(&[copy.value()])
    }
}

byte_string_methods! { bytearray_methods, Instance<ByteArray>,
    /// Bytes allocated for the contents.
    #[method("__alloc__()")]
    fn alloc(_: &Thread, this: &This) -> usize {
        this.payload.allocated()
    }
    /// The object's state, for pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        bytearray::reduce(th, this, 2)
    }
    /// The object's state for a pickle protocol.
    #[method("__reduce_ex__(proto=0, /)")]
    fn reduce_ex(th: &Thread, this: Value, proto: i32) -> PyResult {
        bytearray::reduce(th, this, proto)
    }
    /// The object's size in bytes.
    #[method("__sizeof__()")]
    fn sizeof(_: &Thread, this: &This) -> usize {
        56 + this.payload.allocated()
    }
    /// Adds a byte at the end.
    #[method("append(item, /)")]
    fn append(th: &Thread, this: &This, item: Value) -> PyResult<()> {
        bytearray::append(th, &this.payload, item)
    }
    /// Removes all bytes.
    #[method("clear()")]
    fn clear(th: &Thread, this: &This) -> PyResult<()> {
        this.payload.resize(th, 0)
    }
    /// A copy.
    #[method("copy()")]
    fn copy(th: &Thread, this: &This) -> PyResult {
        bytearray::from_vec(th, this.payload.as_slice().to_vec())
    }
    /// Adds the bytes of an iterable at the end.
    #[method("extend(iterable_of_ints, /)")]
    fn extend(th: &Thread, this: Value, iterable: Value) -> PyResult<()> {
        bytearray::extend(th, this, iterable)
    }
    /// Puts a byte in front of the one at an index.
    #[method("insert(index, item, /)")]
    fn insert(th: &Thread, this: &This, index: isize, item: Value) -> PyResult<()> {
        bytearray::insert(th, &this.payload, index, item)
    }
    /// Removes the byte at an index and returns it.
    #[method("pop(index=-1, /)")]
    fn pop(th: &Thread, this: &This, index: isize) -> PyResult {
        bytearray::pop(th, &this.payload, index)
    }
    /// Removes the first byte of a value.
    #[method("remove(value, /)")]
    fn remove(th: &Thread, this: &This, value: Value) -> PyResult<()> {
        bytearray::remove(th, &this.payload, value)
    }
    /// Makes the array this long, with zeros at the end if it grows.
    #[method("resize(size, /)")]
    fn resize(th: &Thread, this: &This, size: isize) -> PyResult<()> {
        match usize::try_from(size) {
            Ok(size) => this.payload.resize(th, size),
            Err(_) => err!(th, VALUE_ERROR, "Can only resize to positive sizes, got {size}"),
        }
    }
    /// Reverses the order of the bytes in place.
    #[method("reverse()")]
    fn reverse(_: &Thread, this: &This) {
        this.payload.with_mut(<[u8]>::reverse);
    }
}
