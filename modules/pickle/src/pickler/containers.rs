//! Tuples, lists, dicts and sets.

use super::save::Saver;
use crate::opcodes::*;
use crate::state::note;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::{Dict, qualified_name};
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::set::Set;
use whipsnake_runtime::types::tuple::{self, Tuple};

/// "when serializing list item 3".
#[cold]
fn note_item(th: &Thread, raised: Raised, container: Value, index: usize) -> Raised {
    note(th, raised, || Ok(format!("when serializing {} item {index}", qualified_name(container.ty()))))
}

/// "when serializing dict item 'key'".
#[cold]
pub fn note_key(th: &Thread, raised: Raised, container: Value, key: Value) -> Raised {
    note(th, raised, || {
        let shown = object::repr_text(th, key)?;
        Ok(format!("when serializing {} item {shown}", qualified_name(container.ty())))
    })
}

#[cold]
fn note_element(th: &Thread, raised: Raised, set: Value) -> Raised {
    note(th, raised, || Ok(format!("when serializing {} element", qualified_name(set.ty()))))
}

impl Saver<'_> {
    pub fn tuple(&mut self, tuple: &Tuple) -> PyResult<()> {
        let (th, v) = (self.th, tuple.value());
        let items = tuple.as_slice();
        if items.is_empty() {
            if self.bin {
                self.out.byte(EMPTY_TUPLE);
            } else {
                self.out.put([MARK, TUPLE]);
            }
            return Ok(());
        }
        let is_short = items.len() <= 3 && self.proto >= 2;
        if !is_short {
            self.out.byte(MARK);
        }
        for (i, item) in items.iter().enumerate() {
            self.save(*item).map_err(|raised| note_item(th, raised, v, i))?;
        }
        // A tuple that contains itself has been written meanwhile: what lies on the stack is thrown away.
        if self.is_known(v) {
            if is_short || !self.bin {
                let marks = usize::from(!is_short);
                (0..items.len() + marks).for_each(|_| self.out.byte(POP));
            } else {
                self.out.byte(POP_MARK);
            }
            self.get(v);
            return Ok(());
        }
        self.out.byte(match (is_short, items.len()) {
            (true, 1) => TUPLE1,
            (true, 2) => TUPLE2,
            (true, _) => TUPLE3,
            (false, _) => TUPLE,
        });
        self.put(v)
    }
    pub fn list(&mut self, list: &List) -> PyResult<()> {
        let (th, v) = (self.th, list.value());
        if self.bin {
            self.out.byte(EMPTY_LIST);
        } else {
            self.out.put([MARK, LIST]);
        }
        self.put(v)?;
        if list.is_empty() {
            return Ok(());
        }
        if self.proto == 0 {
            let iterator = iter::get_iter(th, v)?;
            return self.append_all(iterator.value(), v);
        }
        // Lists may change while they are written.
        if list.len() == 1 {
            let Some(item) = list.get(0) else { return Ok(()) };
            self.save(item.value()).map_err(|raised| note_item(th, raised, v, 0))?;
            self.out.byte(APPEND);
            return Ok(());
        }
        let mut i = 0;
        loop {
            self.out.byte(MARK);
            let end = i + BATCH;
            while i < end
                && let Some(item) = list.get(i)
            {
                self.save(item.value()).map_err(|raised| note_item(th, raised, v, i))?;
                i += 1;
            }
            self.out.byte(APPENDS);
            if i >= list.len() {
                return Ok(());
            }
        }
    }
    /// Writes what an iterator yields as items of `owner`.
    pub fn append_all(&mut self, iterator: Value, owner: Value) -> PyResult<()> {
        let th = self.th;
        let mut i = 0;
        if self.proto == 0 {
            while let Some(item) = iter::next(th, iterator)? {
                self.save(item.value()).map_err(|raised| note_item(th, raised, owner, i))?;
                i += 1;
                self.out.byte(APPEND);
            }
            return Ok(());
        }
        loop {
            let Some(first) = iter::next(th, iterator)? else { return Ok(()) };
            let mut next = iter::next(th, iterator)?;
            if next.is_none() {
                self.save(first.value()).map_err(|raised| note_item(th, raised, owner, i))?;
                self.out.byte(APPEND);
                return Ok(());
            }
            self.out.byte(MARK);
            self.save(first.value()).map_err(|raised| note_item(th, raised, owner, i))?;
            i += 1;
            let mut count = 1;
            while let Some(item) = next {
                self.save(item.value()).map_err(|raised| note_item(th, raised, owner, i))?;
                i += 1;
                count += 1;
                if count == BATCH {
                    break;
                }
                next = iter::next(th, iterator)?;
            }
            self.out.byte(APPENDS);
            if count < BATCH {
                return Ok(());
            }
        }
    }
    pub fn dict(&mut self, dict: &Dict) -> PyResult<()> {
        let (th, v) = (self.th, dict.value());
        if self.bin {
            self.out.byte(EMPTY_DICT);
        } else {
            self.out.put([MARK, DICT]);
        }
        self.put(v)?;
        if dict.is_empty() {
            return Ok(());
        }
        if self.proto == 0 {
            let items = call::call_method(th, v, "items", &[])?;
            let iterator = iter::get_iter(th, items.value())?;
            return self.set_all(iterator.value(), v);
        }
        self.dict_contents(dict)
    }
    /// The items of a dict, behind it.
    pub fn dict_contents(&mut self, dict: &Dict) -> PyResult<()> {
        let (th, size) = (self.th, dict.len());
        let mut position = 0;
        if size == 1 {
            if let Some((key, value, _)) = dict.entry_at(&mut position) {
                let (key, value) = (key.own(), value.own());
                self.pair(dict.value(), key.value(), value.value())?;
                self.out.byte(SETITEM);
            }
            return Ok(());
        }
        loop {
            self.out.byte(MARK);
            let mut count = 0;
            while let Some((key, value, _)) = dict.entry_at(&mut position) {
                let (key, value) = (key.own(), value.own());
                self.pair(dict.value(), key.value(), value.value())?;
                count += 1;
                if count == BATCH {
                    break;
                }
            }
            self.out.byte(SETITEMS);
            if dict.len() != size {
                return Err(th.runtime_error("dictionary changed size during iteration"));
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }
    #[inline]
    fn pair(&mut self, owner: Value, key: Value, value: Value) -> PyResult<()> {
        self.save(key)?;
        let th = self.th;
        self.save(value).map_err(|raised| note_key(th, raised, owner, key))
    }
    /// Writes the pairs that an iterator yields as items of `owner`.
    pub fn set_all(&mut self, iterator: Value, owner: Value) -> PyResult<()> {
        let th = self.th;
        let next = || -> PyResult<Option<(Obj, Obj)>> {
            let Some(pair) = iter::next(th, iterator)? else { return Ok(None) };
            match pair.cast::<Tuple>().map(Tuple::as_slice) {
                Some(&[key, value]) => Ok(Some((key.own(), value.own()))),
                _ => Err(th.type_error("dict items iterator must return 2-tuples")),
            }
        };
        if self.proto == 0 {
            while let Some((key, value)) = next()? {
                self.pair(owner, key.value(), value.value())?;
                self.out.byte(SETITEM);
            }
            return Ok(());
        }
        loop {
            let Some((key, value)) = next()? else { return Ok(()) };
            let mut following = next()?;
            if following.is_none() {
                self.pair(owner, key.value(), value.value())?;
                self.out.byte(SETITEM);
                return Ok(());
            }
            self.out.byte(MARK);
            self.pair(owner, key.value(), value.value())?;
            let mut count = 1;
            while let Some((key, value)) = following {
                self.pair(owner, key.value(), value.value())?;
                count += 1;
                if count == BATCH {
                    break;
                }
                following = next()?;
            }
            self.out.byte(SETITEMS);
            if count < BATCH {
                return Ok(());
            }
        }
    }
    /// A set before protocol 4: called with a list.
    fn old_set(&mut self, v: Value) -> PyResult<()> {
        let th = self.th;
        let items = sequence::to_list(th, v)?;
        let args = th.tuple(&[items.value()])?;
        let reduced = th.tuple(&[v.ty().value(), args.value()])?;
        self.reduced(reduced.value(), v)
    }
    pub fn set(&mut self, set: &Set) -> PyResult<()> {
        let (th, v) = (self.th, set.value());
        if self.proto < 4 {
            return self.old_set(v);
        }
        self.out.byte(EMPTY_SET);
        self.put(v)?;
        let size = set.len();
        if size == 0 {
            return Ok(());
        }
        let mut position = 0;
        loop {
            self.out.byte(MARK);
            let mut count = 0;
            while let Some((element, _)) = set.entry_at(&mut position) {
                let element = element.own();
                self.save(element.value()).map_err(|raised| note_element(th, raised, v))?;
                count += 1;
                if count == BATCH {
                    break;
                }
            }
            self.out.byte(ADDITEMS);
            if set.len() != size {
                return Err(th.runtime_error("set changed size during iteration"));
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }
    pub fn frozenset(&mut self, v: Value) -> PyResult<()> {
        let th = self.th;
        if self.proto < 4 {
            return self.old_set(v);
        }
        self.out.byte(MARK);
        let iterator = iter::get_iter(th, v)?;
        while let Some(element) = iter::next(th, iterator.value())? {
            self.save(element.value()).map_err(|raised| note_element(th, raised, v))?;
        }
        if self.is_known(v) {
            self.out.byte(POP_MARK);
            self.get(v);
            return Ok(());
        }
        self.out.byte(FROZENSET);
        self.put(v)
    }
    /// An empty tuple, as arguments.
    pub fn no_arguments(&mut self) -> PyResult<()> {
        self.save(tuple::empty())
    }
}
