//! Shapes (hidden classes): the class and the ordered attribute names of an instance.
//!
//! A transition tree is rooted in each class; ids are 32 bits and per interpreter, so that a guard is one compare with
//! an immediate. Id 0 means "no shape": the instance's attributes live in a dict. When ids run out, instances fall back
//! to dicts. Names are interned strings, compared by address.

use crate::obj::{Obj, ValueExt};
use crate::typeobj::Type;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
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

/// All shapes of an interpreter.
pub struct Shapes {
    shapes: RefCell<Vec<Option<Rc<Shape>>>>,
}

impl Default for Shapes {
    fn default() -> Self {
        Self::new()
    }
}

impl Shapes {
    pub fn new() -> Shapes {
        // Id 0 is never a shape.
        Shapes { shapes: RefCell::new(vec![None]) }
    }

    fn get(&self, id: u32) -> Option<Rc<Shape>> {
        self.shapes.borrow().get(id as usize)?.clone()
    }

    fn add(&self, shape: Shape) -> u32 {
        let mut shapes = self.shapes.borrow_mut();
        if shapes.len() >= MAX_SHAPES {
            return 0;
        }
        shapes.push(Some(Rc::new(shape)));
        (shapes.len() - 1) as u32
    }

    /// The shape of a new instance of `ty` (0 when ids ran out).
    pub fn root(&self, ty: &Type) -> u32 {
        if ty.root_shape.get() == 0 {
            let root = Shape {
                parent: 0,
                name: None,
                len: 0,
                transitions: RefCell::default(),
                table: Default::default(),
            };
            ty.root_shape.set(self.add(root));
        }
        ty.root_shape.get()
    }

    /// The index of attribute `name` (an interned str) in instances of shape `id`.
    pub fn lookup(&self, id: u32, name: Value) -> Option<u32> {
        let mut shape = self.get(id)?;
        if shape.len > WALK_LIMIT {
            return shape.table.get_or_init(|| self.make_table(&shape)).get(&name.bits()).copied();
        }
        loop {
            let own = shape.name.as_ref()?;
            if own.value() == name {
                return Some(shape.len - 1);
            }
            shape = self.get(shape.parent)?;
        }
    }

    fn make_table(&self, shape: &Rc<Shape>) -> HashMap<u64, u32> {
        let mut table = HashMap::new();
        let mut shape = shape.clone();
        while let Some(name) = &shape.name {
            table.insert(name.bits(), shape.len - 1);
            let Some(parent) = self.get(shape.parent) else { break };
            shape = parent;
        }
        table
    }

    /// The shape after adding `name` (an interned str that `id` lacks); 0 when there is none: the instance has to turn
    /// to a dict. The new attribute's index is the old [`Shapes::len`].
    pub fn add_attribute(&self, id: u32, name: Value) -> u32 {
        let Some(shape) = self.get(id) else { return 0 };
        if let Some(&(_, next)) = shape.transitions.borrow().iter().find(|(n, _)| *n == name.bits()) {
            return next;
        }
        if shape.len >= MAX_ATTRIBUTES || shape.transitions.borrow().len() >= 64 {
            return 0;
        }
        let next = self.add(Shape {
            parent: id,
            name: Some(name.own()),
            len: shape.len + 1,
            transitions: RefCell::default(),
            table: Default::default(),
        });
        if next != 0 {
            shape.transitions.borrow_mut().push((name.bits(), next));
        }
        next
    }

    /// How many attributes instances of shape `id` have.
    pub fn len(&self, id: u32) -> u32 {
        self.get(id).map_or(0, |shape| shape.len)
    }

    /// The attribute names of shape `id`, in order.
    pub fn names(&self, id: u32) -> Vec<Obj> {
        let mut names = Vec::new();
        let mut current = self.get(id);
        while let Some(shape) = current {
            let Some(name) = &shape.name else { break };
            names.push(name.clone());
            current = self.get(shape.parent);
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
