//! The iterators of `str`: one for ASCII strings, one for all others, as CPython has it.

use super::{Str, from_char, one_char};
use crate::prelude::*;
use crate::types::dict::Dict;
use std::cell::Cell;
use whipsnake_text::Units;

/// An iterator over the characters of a string.
pub struct StrIterator {
    /// Empty when exhausted.
    text: ObjCell,
    index: Cell<usize>,
}

/// The iterator of ASCII strings.
pub struct AsciiIterator(StrIterator);

impl Payload for StrIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &STR_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.text);
    }
}

impl Payload for AsciiIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &STR_ASCII_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.0.text);
    }
}

builtin_type! {
    /// `str_iterator`.
    pub static STR_ITERATOR_TYPE = TypeSpec {
        name: "str_iterator",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::DISALLOW_INSTANTIATION | flags::HAVE_GC,
        slots: Slots { iter: Some(itself), iternext: Some(next), ..Instance::<StrIterator>::SLOTS },
        methods: methods::METHODS,
        ..Instance::<StrIterator>::SPEC
    }
}

builtin_type! {
    /// `str_ascii_iterator`.
    pub static STR_ASCII_ITERATOR_TYPE = TypeSpec {
        name: "str_ascii_iterator",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::DISALLOW_INSTANTIATION | flags::HAVE_GC,
        slots: Slots { iter: Some(itself), iternext: Some(next_ascii), ..Instance::<AsciiIterator>::SLOTS },
        methods: methods::METHODS,
        ..Instance::<AsciiIterator>::SPEC
    }
}

/// `iter(text)`.
pub(super) fn iterate(th: &Thread, this: Value) -> PyResult {
    let state = StrIterator { text: ObjCell::new(this.own()), index: Cell::new(0) };
    match this.cast::<Str>() {
        Some(s) if s.is_ascii() => Instance::create(th, AsciiIterator(state)),
        _ => Instance::create(th, state),
    }
}

fn itself(_: &Thread, this: Value) -> PyResult {
    Ok(this.own())
}

/// The state of either iterator: both payloads are the same struct.
fn state<'a>(this: Value) -> &'a StrIterator {
    // SAFETY: I4, only the two iterator types' slots and methods come here, and `AsciiIterator` is a newtype.
    let instance: &Instance<StrIterator> = unsafe { this.cast_unchecked() };
    &instance.payload
}

fn advance(it: &StrIterator) -> Option<u32> {
    let text = it.text.peek()?;
    let c = text.cast::<Str>().and_then(|s| s.units().get(it.index.get()));
    match c {
        Some(_) => it.index.set(it.index.get() + 1),
        None => it.text.set(None),
    }
    c
}

fn next(th: &Thread, this: Value) -> PyResult<Option<Obj>> {
    advance(state(this)).map(|c| from_char(th, c)).transpose()
}

fn next_ascii(_: &Thread, this: Value) -> PyResult<Option<Obj>> {
    let it = state(this);
    let Some(text) = it.text.peek() else { return Ok(None) };
    // SAFETY: I4, the iterator holds a str.
    let s: &Str = unsafe { text.cast_unchecked() };
    let index = it.index.get();
    if let Units::Ascii(bytes) = s.units()
        && let Some(byte) = bytes.get(index)
    {
        it.index.set(index + 1);
        return Ok(Some(Obj::steal(one_char(*byte))));
    }
    it.text.set(None);
    Ok(None)
}

/// A built-in function by name, for `__reduce__`.
///
/// # Errors
/// AttributeError when the builtins module lacks it.
pub(crate) fn builtin(th: &Thread, name: &str) -> PyResult {
    let builtins = th.interp.builtins_dict.get();
    let found = match builtins.as_ref().and_then(|dict| dict.cast::<Dict>()) {
        Some(dict) => dict.get_rust(th, name)?,
        None => None,
    };
    found.ok_or_else(|| th.attribute_error(name))
}

#[pymethods]
mod methods {
    use super::*;

    /// How many characters are left.
    #[method("__length_hint__()")]
    fn length_hint(_: &Thread, this: Value) -> usize {
        let it = state(this);
        it.text.peek().and_then(|v| v.cast::<Str>()).map_or(0, |s| s.len().saturating_sub(it.index.get()))
    }

    /// The iterator's state, for pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let it = state(this);
        let iter = builtin(th, "iter")?;
        match it.text.get() {
            Some(text) => {
                let arguments = th.tuple(&[text.value()])?;
                let index = th.uint(it.index.get() as u64)?;
                th.tuple(&[iter.value(), arguments.value(), index.value()])
            }
            None => {
                let empty = th.str("")?;
                let arguments = th.tuple(&[empty.value()])?;
                th.tuple(&[iter.value(), arguments.value()])
            }
        }
    }

    /// Restores the iterator's state.
    #[method("__setstate__(state, /)")]
    fn setstate(_: &Thread, this: Value, index: isize) {
        let it = state(this);
        if let Some(s) = it.text.peek().and_then(|v| v.cast::<Str>()) {
            it.index.set((index.max(0) as usize).min(s.len()));
        }
    }
}
