//! A short cut for instances of plain classes.
//!
//! An instance whose class changes nothing about pickling is written as `object.__reduce_ex__` would have it: `NEWOBJ` without
//! arguments, then a dict of its attributes, if there are any. Nothing is called for it and the dict is never made. What
//! decides about it is found out once for a shape (which belongs to one class) and a version of the class.

use super::containers::note_key;
use super::save::Saver;
use crate::opcodes::*;
use std::cell::RefCell;
use std::rc::Rc;
use whipsnake_layout::objects::InstanceObject;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::typeobj::GetAttrFn;
use whipsnake_runtime::types::instance;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::str::Str;

/// Shapes remembered at a time.
const REMEMBERED: usize = 64;

/// The shapes of the last plain instances, by their number.
pub struct Remembered([RefCell<Option<Rc<Plain>>>; REMEMBERED]);

impl Default for Remembered {
    fn default() -> Remembered {
        Remembered([const { RefCell::new(None) }; REMEMBERED])
    }
}

/// A shape whose instances can be written so.
pub struct Plain {
    shape: u32,
    version: u32,
    names: Vec<Obj>,
}

/// Methods that decide how an instance is pickled, which must be those of `object`.
const INHERITED: [&str; 4] = ["__reduce_ex__", "__reduce__", "__getstate__", "__class__"];
/// Methods that must not be there at all.
const ABSENT: [&str; 2] = ["__getnewargs_ex__", "__getnewargs__"];

fn shape_of(v: Value) -> u32 {
    // SAFETY: I4, the caller has seen that the class is shaped.
    unsafe { v.cast_unchecked::<InstanceObject>() }.shape.get()
}

/// What there is to know of an instance's shape, if the class leaves pickling alone.
fn examine(th: &Thread, ty: &'static Type, shape: u32, version: u32) -> PyResult<Option<Plain>> {
    let generic =
        ty.slots().getattro.is_some_and(|get| std::ptr::fn_addr_eq(get, object::generic_get_attr as GetAttrFn));
    if !ty.plain_instances.get() || !generic {
        return Ok(None);
    }
    for name in INHERITED {
        let own = statics::OBJECT_TYPE.dict().get_rust(th, name)?;
        let found = ty.lookup(th, th.intern(name)?.value());
        if !matches!((found, own), (Some(found), Some(own)) if found.same(own.value())) {
            return Ok(None);
        }
    }
    for name in ABSENT {
        if ty.lookup(th, th.intern(name)?.value()).is_some() {
            return Ok(None);
        }
    }
    // The names of slots, which `copyreg` leaves in the class the first time; a class may say something else.
    let slots = ty.dict().get_rust(th, "__slotnames__")?;
    if !slots.is_some_and(|slots| slots.exact::<List>().is_some_and(List::is_empty)) {
        return Ok(None);
    }
    let names = th.interp.shapes.names(shape);
    let special = |name: &Obj| {
        name.cast::<Str>().is_none_or(|name| INHERITED.iter().chain(&ABSENT).any(|special| name.is_text(special)))
    };
    if names.len() >= BATCH || names.iter().any(special) {
        return Ok(None);
    }
    Ok(Some(Plain { shape, version, names }))
}

impl Saver<'_> {
    /// What makes `v` plain, if anything does.
    pub fn plain(&mut self, v: Value, ty: &'static Type) -> PyResult<Option<Rc<Plain>>> {
        if self.proto < 2 || self.fast || self.persistent_id.is_some() || !ty.has_flag(flags::SHAPED) {
            return Ok(None);
        }
        let (shape, version) = (shape_of(v), ty.version(self.th));
        if shape == 0 || version == 0 {
            return Ok(None);
        }
        let place = &self.plain.0[shape as usize % REMEMBERED];
        if let Some(known) = &*place.borrow()
            && (known.shape, known.version) == (shape, version)
        {
            return Ok(Some(known.clone()));
        }
        let found = examine(self.th, ty, shape, version)?.map(Rc::new);
        if found.is_some() {
            let old = place.replace(found.clone());
            drop(old);
        }
        Ok(found)
    }
    /// Writes a plain instance.
    pub fn plain_instance(&mut self, v: Value, plain: &Plain) -> PyResult<()> {
        self.save(v.ty().value()).map_err(|raised| self.note_part(raised, v, "class"))?;
        self.no_arguments()?;
        self.out.byte(NEWOBJ);
        if self.is_known(v) {
            self.out.byte(POP);
            self.get(v);
            return Ok(());
        }
        self.put(v)?;
        let first = self.scratch.len();
        for name in &plain.names {
            if let Some(value) = instance::own_attribute(self.th, v, name.value())? {
                self.scratch.push((name.clone(), value));
            }
        }
        let count = self.scratch.len() - first;
        if count != 0 {
            self.plain_state(first, count).map_err(|raised| self.note_part(raised, v, "state"))?;
            self.out.byte(BUILD);
        }
        self.scratch.truncate(first);
        Ok(())
    }
    /// The attributes, gathered from `first` on, as a dict of which there is no other mention.
    fn plain_state(&mut self, first: usize, count: usize) -> PyResult<()> {
        let th = self.th;
        self.out.boundary()?;
        self.out.byte(EMPTY_DICT);
        let number = {
            let mut memo = self.core.memo.borrow_mut();
            memo.skip();
            memo.next() - 1
        };
        self.announce(number)?;
        if count > 1 {
            self.out.byte(MARK);
        }
        for i in first..first + count {
            let (name, value) = self.scratch[i].clone();
            self.save(name.value())?;
            self.save(value.value()).map_err(|raised| match whipsnake_runtime::types::dict::Dict::new(th) {
                Ok(dict) => note_key(th, raised, dict.value(), name.value()),
                Err(_) => raised,
            })?;
        }
        self.out.byte(if count > 1 { SETITEMS } else { SETITEM });
        Ok(())
    }
}
