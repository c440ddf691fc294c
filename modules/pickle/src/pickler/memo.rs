//! The memo of a pickler: which objects have been written, and their numbers.

use whipsnake_runtime::prelude::*;

/// One object, or a free place.
struct Entry {
    object: Option<Obj>,
    number: usize,
}

const FREE: Entry = Entry { object: None, number: 0 };

/// A table of objects by identity. It owns them, so that no other object comes to have the same identity.
#[derive(Default)]
pub struct Memo {
    /// A power of two of places, at most two thirds of which are taken; or none at all.
    places: Vec<Entry>,
    used: usize,
    /// The number that the next object gets.
    next: usize,
}

const FIRST_SIZE: usize = 32;

impl Memo {
    #[inline(always)]
    fn place(&self, v: Value) -> usize {
        let mask = self.places.len() - 1;
        let mixed = (v.bits() >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut at = (mixed >> 32) as usize & mask;
        loop {
            match &self.places[at].object {
                Some(object) if !object.value().same(v) => at = (at + 1) & mask,
                _ => return at,
            }
        }
    }
    /// The number of an object.
    #[inline]
    pub fn get(&self, v: Value) -> Option<usize> {
        if self.places.is_empty() {
            return None;
        }
        let entry = &self.places[self.place(v)];
        entry.object.as_ref().map(|_| entry.number)
    }
    /// The number that [`Memo::add`] would give.
    #[inline]
    pub fn next(&self) -> usize {
        self.next
    }
    /// Gives the object the next number, which is handed out.
    #[inline]
    pub fn add(&mut self, v: Value) -> usize {
        let number = self.next;
        self.set(v, number);
        self.next += 1;
        number
    }
    /// Uses up a number for an object that nothing else can refer to.
    #[inline]
    pub fn skip(&mut self) {
        self.next += 1;
    }
    fn set(&mut self, v: Value, number: usize) {
        if self.used * 3 >= self.places.len() * 2 {
            self.grow();
        }
        let at = self.place(v);
        let entry = &mut self.places[at];
        entry.number = number;
        if entry.object.is_none() {
            entry.object = Some(v.own());
            self.used += 1;
        }
    }
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let size = (self.places.len() * if self.used > 50_000 { 2 } else { 4 }).max(FIRST_SIZE);
        let mut places = Vec::new();
        places.resize_with(size, || FREE);
        let old = std::mem::replace(&mut self.places, places);
        for entry in old {
            if let Some(object) = &entry.object {
                let at = self.place(object.value());
                self.places[at] = entry;
            }
        }
    }
    /// A memo of these objects with these numbers.
    pub fn of(entries: impl Iterator<Item = (Obj, usize)>) -> Memo {
        let mut memo = Memo::default();
        for (object, number) in entries {
            memo.set(object.value(), number);
        }
        memo.next = memo.used;
        memo
    }
    /// The objects and their numbers.
    pub fn entries(&self) -> impl Iterator<Item = (Value, usize)> {
        self.places.iter().filter_map(|entry| Some((entry.object.as_ref()?.value(), entry.number)))
    }
    /// Bytes of the table.
    pub fn bytes(&self) -> usize {
        self.places.len() * size_of::<Entry>()
    }
    /// Tells the collector of the objects.
    pub fn traverse(&self, visitor: &mut Visitor) {
        for entry in &self.places {
            visitor.option(&entry.object);
        }
    }
}
