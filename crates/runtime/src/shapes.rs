//! Shapes (hidden classes): the class and the ordered attribute names of an instance.
//!
//! A transition tree is rooted in each class; ids are 32 bits and per interpreter, so that a guard is one compare with
//! an immediate. Id 0 means "no shape": the instance's attributes live in a dict. When ids run out, instances fall back
//! to dicts. Names are interned strings, compared by address.

use crate::obj::{Obj, ObjCell, ValueExt};
use crate::typeobj::Type;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use whipsnake_layout::Value;

/// One node of a transition tree.
struct Shape {
    parent: u32,
    /// The attribute this shape adds to its parent; `None` for a root.
    name: Option<Obj>,
    /// Attributes in all; the last one's index is `len - 1`.
    len: u32,
    transitions: RefCell<Vec<(u64, u32)>>,
    /// Name to index, made when the walk up the parents would be long.
    table: std::cell::OnceCell<HashMap<u64, u32>>,
}

/// Walks up to this many parents before a table is made.
const WALK_LIMIT: u32 = 8;
/// No more attributes than this in a shape: beyond it the instance uses a dict.
pub const MAX_ATTRIBUTES: u32 = 128;
/// Ids after which caching stops.
const MAX_SHAPES: usize = 1 << 24;

/// A remembered lookup. The name is owned, so that its address is not used for another.
struct CacheEntry {
    shape: Cell<u32>,
    /// [`ABSENT`] = no such attribute.
    index: Cell<u32>,
    name: ObjCell,
    /// Version of the instance's type when nothing of it was found to go before the shape's answer; 0 = not known. A
    /// method of the type is remembered with it (its word, or 0).
    version: Cell<u32>,
    method: Cell<u64>,
}

/// What `instance.name` is, as far as the tables tell without asking the type.
pub enum Known {
    /// The attribute value with this index.
    Own(u32),
    /// A function of the type, which the instance does not shadow.
    Method(Value),
    Unknown,
}

const ABSENT: u32 = u32::MAX;
const CACHE_BITS: u32 = 10;

/// All shapes of an interpreter.
pub struct Shapes {
    shapes: RefCell<Vec<Option<Box<Shape>>>>,
    cache: Box<[CacheEntry; 1 << CACHE_BITS]>,
}

impl Default for Shapes {
    fn default() -> Self {
        Self::new()
    }
}

impl Shapes {
    pub fn new() -> Shapes {
        // Id 0 is never a shape.
        let entry = |_: usize| CacheEntry {
            shape: Cell::new(0),
            index: Cell::new(0),
            name: ObjCell::EMPTY,
            version: Cell::new(0),
            method: Cell::new(0),
        };
        Shapes { shapes: RefCell::new(vec![None]), cache: Box::new(std::array::from_fn(entry)) }
    }

    /// Runs `body` with the shape. It must not add shapes.
    #[inline(always)]
    fn with<R>(&self, id: u32, body: impl FnOnce(&Shape) -> R) -> Option<R> {
        self.shapes.borrow().get(id as usize)?.as_deref().map(body)
    }

    fn add(&self, shape: Shape) -> u32 {
        let mut shapes = self.shapes.borrow_mut();
        if shapes.len() >= MAX_SHAPES {
            return 0;
        }
        shapes.push(Some(Box::new(shape)));
        (shapes.len() - 1) as u32
    }

    /// The shape of a new instance of `ty` (0 when ids ran out).
    pub fn root(&self, ty: &Type) -> u32 {
        if ty.root_shape.get() == 0 {
            let root =
                Shape { parent: 0, name: None, len: 0, transitions: RefCell::default(), table: Default::default() };
            ty.root_shape.set(self.add(root));
        }
        ty.root_shape.get()
    }

    /// The index of attribute `name` (an interned str) in instances of shape `id`.
    #[inline]
    pub fn lookup(&self, id: u32, name: Value) -> Option<u32> {
        let entry = self.entry(id, name);
        let index = match entry.name.peek() {
            Some(known) if entry.shape.get() == id && known.same(name) => entry.index.get(),
            _ => {
                let index = self.walk(id, name).unwrap_or(ABSENT);
                entry.shape.set(id);
                entry.index.set(index);
                entry.version.set(0);
                entry.name.set(Some(name.own()));
                index
            }
        };
        if index == ABSENT { None } else { Some(index) }
    }

    #[inline(always)]
    fn entry(&self, id: u32, name: Value) -> &CacheEntry {
        let at = (u64::from(id).wrapping_mul(0x9E37_79B1) ^ (name.bits() >> 4)) as usize & ((1 << CACHE_BITS) - 1);
        &self.cache[at]
    }

    /// What attribute `name` (an interned str) of an instance of shape `id` is, if that was remembered for the type's version.
    #[inline(always)]
    pub fn known(&self, id: u32, name: Value, version: u32) -> Known {
        let entry = self.entry(id, name);
        let same = entry.shape.get() == id && entry.name.peek().is_some_and(|known| known.same(name));
        if !same || version == 0 || entry.version.get() != version {
            return Known::Unknown;
        }
        match (entry.index.get(), entry.method.get()) {
            // SAFETY: I1, the version proves that the type still holds the function.
            (ABSENT, method) if method != 0 => Known::Method(unsafe { Value::from_bits(method) }),
            (ABSENT, _) => Known::Unknown,
            (index, _) => Known::Own(index),
        }
    }

    /// Remembers that no data descriptor of the type (at this version) goes before the instance's own attribute `name`, and
    /// the type's function of that name, if it is one.
    pub fn remember(&self, id: u32, name: Value, version: u32, method: Option<Value>) {
        self.lookup(id, name);
        let entry = self.entry(id, name);
        entry.version.set(version);
        entry.method.set(method.map_or(0, Value::bits));
    }

    /// [`Shapes::lookup`] without the cache.
    #[inline(never)]
    fn walk(&self, id: u32, name: Value) -> Option<u32> {
        let shapes = self.shapes.borrow();
        let mut shape = shapes.get(id as usize)?.as_deref()?;
        if shape.len > WALK_LIMIT {
            return shape.table.get_or_init(|| make_table(&shapes, shape)).get(&name.bits()).copied();
        }
        loop {
            let own = shape.name.as_ref()?;
            if own.value() == name {
                return Some(shape.len - 1);
            }
            shape = shapes.get(shape.parent as usize)?.as_deref()?;
        }
    }

    /// The shape after adding `name` (an interned str that `id` lacks); 0 when there is none: the instance has to turn
    /// to a dict. The new attribute's index is the old [`Shapes::len`].
    pub fn add_attribute(&self, id: u32, name: Value) -> u32 {
        let known = self.with(id, |shape| {
            let transitions = shape.transitions.borrow();
            match transitions.iter().find(|(n, _)| *n == name.bits()) {
                Some(&(_, next)) => Ok(next),
                None if shape.len >= MAX_ATTRIBUTES || transitions.len() >= 64 => Ok(0),
                None => Err(shape.len),
            }
        });
        let len = match known {
            Some(Ok(next)) => return next,
            Some(Err(len)) => len,
            None => return 0,
        };
        let next = self.add(Shape {
            parent: id,
            name: Some(name.own()),
            len: len + 1,
            transitions: RefCell::default(),
            table: Default::default(),
        });
        if next != 0 {
            self.with(id, |shape| shape.transitions.borrow_mut().push((name.bits(), next)));
        }
        next
    }

    /// The shape after deleting the attribute with this index, the later ones moving down; 0 when the instance has to turn to a dict.
    pub fn without_attribute(&self, id: u32, index: u32) -> u32 {
        /// With more attributes to move, a dict does better.
        const MOST_MOVED: usize = 16;
        let mut later = Vec::new();
        let mut before = id;
        {
            let shapes = self.shapes.borrow();
            while let Some(shape) = shapes.get(before as usize).and_then(|shape| shape.as_deref())
                && shape.len > index
            {
                before = shape.parent;
                if shape.len == index + 1 {
                    break;
                }
                later.extend(shape.name.clone());
            }
        }
        if later.len() > MOST_MOVED {
            return 0;
        }
        later.iter().rev().fold(before, |id, name| if id == 0 { 0 } else { self.add_attribute(id, name.value()) })
    }

    /// How many attributes instances of shape `id` have.
    pub fn len(&self, id: u32) -> u32 {
        self.with(id, |shape| shape.len).unwrap_or(0)
    }

    /// The attribute names of shape `id`, in order.
    pub fn names(&self, id: u32) -> Vec<Obj> {
        let shapes = self.shapes.borrow();
        let mut names = Vec::with_capacity(16);
        let mut current = shapes.get(id as usize).and_then(|shape| shape.as_deref());
        while let Some(shape) = current {
            let Some(name) = &shape.name else { break };
            names.push(name.clone());
            current = shapes.get(shape.parent as usize).and_then(|shape| shape.as_deref());
        }
        names.reverse();
        names
    }

    /// Forgets the tree of a class that dies. Its ids are not used again.
    pub fn forget_class(&self, ty: &Type) {
        let mut pending = vec![ty.root_shape.replace(0)];
        while let Some(id) = pending.pop() {
            if id == 0 {
                continue;
            }
            let shape = self.shapes.borrow_mut()[id as usize].take();
            if let Some(shape) = shape {
                pending.extend(shape.transitions.borrow().iter().map(|&(_, next)| next));
            }
        }
    }
}

/// All attributes of a shape by name.
fn make_table(shapes: &[Option<Box<Shape>>], shape: &Shape) -> HashMap<u64, u32> {
    let mut table = HashMap::new();
    let mut current = Some(shape);
    while let Some(shape) = current {
        let Some(name) = &shape.name else { break };
        table.insert(name.bits(), shape.len - 1);
        current = shapes.get(shape.parent as usize).and_then(|shape| shape.as_deref());
    }
    table
}
