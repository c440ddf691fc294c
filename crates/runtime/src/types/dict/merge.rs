//! Filling a dict from mappings, pairs and keyword arguments.

use super::Dict;
use crate::prelude::*;

/// What happens when a key is present already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnDuplicate {
    Keep,
    Replace,
    /// KeyError with the key (for `f(**a, **b)`).
    Fail,
}

impl Dict {
    /// Adds the items of a mapping; present keys are replaced if `replace`.
    ///
    /// # Errors
    /// AttributeError when `other` has no `keys`, and whatever its methods raise.
    pub fn merge(&self, th: &Thread, other: Value, replace: bool) -> PyResult<()> {
        self.merge_with(th, other, if replace { OnDuplicate::Replace } else { OnDuplicate::Keep })
    }
    /// As [`Dict::merge`], with the choice to fail on duplicates.
    ///
    /// # Errors
    /// As for [`Dict::merge`], and KeyError.
    pub fn merge_with(&self, th: &Thread, other: Value, mode: OnDuplicate) -> PyResult<()> {
        if let Some(dict) = other.cast::<Dict>()
            && has_dict_iter(other)
        {
            return self.merge_dict(th, dict, mode);
        }
        let keys = call::call_method(th, other, "keys", &[])?;
        let iterator = iter::get_iter(th, keys.value())?;
        while let Some(key) = iter::next(th, iterator.value())? {
            if mode != OnDuplicate::Replace && self.contains(th, key.value())? {
                if mode == OnDuplicate::Fail {
                    return Err(th.key_error(key.value()));
                }
                continue;
            }
            let value = object::get_item(th, other, key.value())?;
            self.set(th, key.value(), value.value())?;
        }
        Ok(())
    }
    fn merge_dict(&self, th: &Thread, other: &Dict, mode: OnDuplicate) -> PyResult<()> {
        if std::ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        if self.is_empty() && self.table().is_shared_empty() {
            // The common start of `dict(d)` and `{**d}`: the keys are distinct already.
            if let Some(table) = other.duplicate_table(th)? {
                self.0.keys.set(table.0);
                self.0.used.set(other.0.used.get());
                return Ok(());
            }
            let copy = other.copy(th)?;
            let copy = Dict::of(copy.value());
            let mine = self.0.keys.replace(copy.0.keys.get());
            copy.0.keys.set(mine);
            self.0.used.set(copy.0.used.replace(0));
            return Ok(());
        }
        let expected = self.len() + other.len();
        if self.table().head().usable.get() as usize * 3 < other.len() * 2 {
            let unicode = self.table().is_str() && other.table().is_str();
            self.resize(th, super::table::log2_for_count(expected), unicode)?;
        }
        let (mut pos, size, table) = (0, other.len(), other.table());
        while let Some((key, value, hash)) = other.entry_at(&mut pos) {
            let (key, value) = (key.own(), value.own());
            if mode == OnDuplicate::Replace {
                self.set_hashed(th, key.value(), hash, value.value())?;
            } else if self.find(th, key.value(), hash)?.is_none() {
                self.append(th, key.value(), hash, value.value())?;
            } else if mode == OnDuplicate::Fail {
                return Err(th.key_error(key.value()));
            }
            if other.len() != size || other.table() != table {
                return err!(th, RUNTIME_ERROR, "dict mutated during update");
            }
        }
        Ok(())
    }
    /// Adds the pairs of an iterable.
    ///
    /// # Errors
    /// TypeError and ValueError when the items are no pairs, and whatever iteration raises.
    pub fn merge_pairs(&self, th: &Thread, pairs: Value, replace: bool) -> PyResult<()> {
        let iterator = iter::get_iter(th, pairs)?;
        let mut at = 0usize;
        while let Some(item) = iter::next(th, iterator.value())? {
            let pair = match iter::to_vec(th, item.value()) {
                Ok(pair) => pair,
                Err(raised) if th.exception_matches(&statics::TYPE_ERROR) => {
                    return Err(not_a_sequence(th, raised, item.value(), at));
                }
                Err(raised) => return Err(raised),
            };
            let [key, value] = &pair[..] else {
                return err!(
                    th,
                    VALUE_ERROR,
                    "dictionary update sequence element #{at} has length {}; 2 is required",
                    pair.len()
                );
            };
            if replace || !self.contains(th, key.value())? {
                self.set(th, key.value(), value.value())?;
            }
            at += 1;
        }
        Ok(())
    }
    /// What `dict.update` does with its argument: a mapping if it has `keys`, otherwise pairs.
    ///
    /// # Errors
    /// As for [`Dict::merge`] and [`Dict::merge_pairs`].
    pub fn update(&self, th: &Thread, other: Value) -> PyResult<()> {
        if other.is_exact(&super::DICT_TYPE) {
            return self.merge(th, other, true);
        }
        let name = th.intern("keys")?;
        match object::lookup_attr(th, other, name.value())? {
            Some(_) => self.merge(th, other, true),
            None => self.merge_pairs(th, other, true),
        }
    }
    /// `update(*args, **kwargs)`.
    ///
    /// # Errors
    /// TypeError for too many arguments, and as for [`Dict::update`].
    pub(super) fn update_from_args(&self, th: &Thread, name: &str, args: Args) -> PyResult<()> {
        if args.len() > 1 {
            return err!(th, TYPE_ERROR, "{name} expected at most 1 argument, got {}", args.len());
        }
        if let Some(other) = args.get(0) {
            self.update(th, other)?;
        }
        for (name, value) in args.keywords() {
            self.set(th, name, value)?;
        }
        Ok(())
    }
}

/// A note tells which element it was.
fn not_a_sequence(th: &Thread, raised: Raised, item: Value, at: usize) -> Raised {
    let raised = if item.ty().slots().iter.is_some() || item.ty().slots().sq_item.is_some() {
        raised
    } else {
        drop(th.take_exception());
        th.type_error("object is not iterable")
    };
    let Some(error) = th.take_exception() else { return raised };
    let note = th.str(&format!("Cannot convert dictionary update sequence element #{at} to a sequence"));
    let noted = note.and_then(|note| call::call_method(th, error.value(), "add_note", &[note.value()]));
    drop(noted);
    th.restore_exception(Some(error));
    raised
}

/// Whether iterating over this dict is iterating over its table: its class does not override `__iter__`.
pub(super) fn has_dict_iter(v: Value) -> bool {
    v.is_exact(&super::DICT_TYPE)
        || v.ty()
            .slots()
            .iter
            .is_some_and(|iter| std::ptr::fn_addr_eq(iter, super::slots::iter as crate::typeobj::UnaryFn))
}

/// A dict of keyword arguments.
///
/// # Errors
/// MemoryError.
pub fn from_args(th: &Thread, args: Args) -> PyResult {
    let result = Dict::new(th)?;
    for (name, value) in args.keywords() {
        Dict::of(result.value()).set(th, name, value)?;
    }
    Ok(result)
}
