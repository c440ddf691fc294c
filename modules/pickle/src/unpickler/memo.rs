//! The memo of an unpickler: objects by number.

use std::collections::BTreeMap;
use whipsnake_runtime::prelude::*;

/// Numbers are dense in what picklers write; others go to a map, so that a number as such asks for no memory.
#[derive(Default)]
pub struct Memo {
    dense: Vec<Obj>,
    sparse: BTreeMap<usize, Obj>,
}

/// Places made for the first object.
const FIRST_SIZE: usize = 32;

impl Memo {
    /// The object with a number.
    #[inline]
    pub fn get(&self, number: usize) -> Option<Obj> {
        match self.dense.get(number) {
            Some(object) => Some(object.clone()),
            None => self.sparse.get(&number).cloned(),
        }
    }
    /// Gives an object a number; hands out the object that had it.
    #[inline]
    pub fn put(&mut self, number: usize, object: Obj) -> Option<Obj> {
        if number == self.dense.len() && self.sparse.is_empty() {
            if number == 0 {
                self.dense.reserve(FIRST_SIZE);
            }
            self.dense.push(object);
            return None;
        }
        match self.dense.get_mut(number) {
            Some(place) => Some(std::mem::replace(place, object)),
            None => self.sparse.insert(number, object),
        }
    }
    /// How many objects there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.dense.len() + self.sparse.len()
    }
    /// Numbers and objects.
    pub fn entries(&self) -> impl Iterator<Item = (usize, &Obj)> {
        self.dense.iter().enumerate().chain(self.sparse.iter().map(|(number, object)| (*number, object)))
    }
    /// Bytes of the table.
    pub fn bytes(&self) -> usize {
        self.dense.capacity() * size_of::<Obj>() + self.sparse.len() * size_of::<(usize, Obj)>()
    }
    /// Tells the collector of the objects.
    pub fn traverse(&self, visitor: &mut Visitor) {
        for (_, object) in self.entries() {
            visitor.obj(object);
        }
    }
}
