//! Memory for objects: size-class pages, large objects, and what the cycle collector needs to walk them.
//!
//! **Invariants**
//! - A cell's second word (where an object has its type) is null exactly while the cell is free (I3).
//! - Objects that can take part in cycles lie on pages of their own, or in the registry of large objects, so that the
//!   collector can enumerate them without linked-list words in front of objects.
//! - Every allocation can fail and says so; nothing here aborts.
//! - A heap is touched only by the thread that holds its interpreter's lock.

pub mod heap;

pub use heap::{Heap, PageKind};
