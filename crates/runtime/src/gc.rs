//! Cycle collection: the visitor that types traverse with.
//!
//! See `Collector` for the algorithm.

use crate::obj::{Obj, ObjCell};
use whipsnake_layout::{Header, Slot, Value};

/// Is told of every reference an object owns.
pub struct Visitor<'a> {
    visit: &'a mut dyn FnMut(*mut Header),
}

impl<'a> Visitor<'a> {
    pub fn new(visit: &'a mut dyn FnMut(*mut Header)) -> Visitor<'a> {
        Visitor { visit }
    }
    #[inline]
    pub fn value(&mut self, v: Value) {
        if v.is_pointer() {
            (self.visit)(v.as_ptr());
        }
    }
    /// Borrowed slots own nothing and are skipped.
    #[inline]
    pub fn slot(&mut self, slot: Slot) {
        if slot.is_owned_pointer() {
            self.value(slot.value());
        }
    }
    #[inline]
    pub fn obj(&mut self, v: &Obj) {
        self.value(v.value());
    }
    #[inline]
    pub fn option(&mut self, v: &Option<Obj>) {
        if let Some(v) = v {
            self.value(v.value());
        }
    }
    #[inline]
    pub fn cell(&mut self, cell: &ObjCell) {
        if let Some(v) = cell.peek() {
            self.value(v);
        }
    }
}
