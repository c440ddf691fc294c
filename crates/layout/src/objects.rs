//! Built-in objects whose layout follows CPython 3.14's structs, and the instance layout, which is our own.

use crate::header::{Header, VarHeader};
use crate::value::{Slot, Value};
use core::cell::Cell;

/// CPython's `PyFloatObject`. Holds what a small float cannot: zeros, infinities, NaN, extreme exponents.
#[repr(C)]
pub struct FloatObject {
    pub head: Header,
    pub value: f64,
}

/// CPython's `PyLongObject`: `tag` is `digits << 3 | sign` with sign 0 positive, 1 zero, 2 negative; 30-bit digits.
#[repr(C)]
pub struct IntObject {
    pub head: Header,
    pub tag: usize,
    pub digits: [u32; 0],
}

/// CPython's `PyComplexObject`.
#[repr(C)]
pub struct ComplexObject {
    pub head: Header,
    pub real: f64,
    pub imag: f64,
}

/// CPython's `PyASCIIObject`. ASCII data follow it (offset 40); other strings are [`CompactStr`].
#[repr(C)]
pub struct StrObject {
    pub head: Header,
    /// Code points.
    pub length: isize,
    /// -1 = not computed yet.
    pub hash: Cell<i64>,
    /// 0 not interned, 1 mortal, 2 immortal, 3 static.
    pub interned: Cell<u16>,
    /// Bits 0-2: kind (1, 2, 4 bytes a unit), bit 3 compact, bit 4 ASCII, bit 5 statically allocated.
    pub state: u16,
    pub _pad: u32,
}

/// CPython's `PyCompactUnicodeObject`: non-ASCII strings, data at offset 56.
#[repr(C)]
pub struct CompactStr {
    pub ascii: StrObject,
    pub utf8_length: Cell<isize>,
    pub utf8: Cell<*mut u8>,
}

pub const STR_COMPACT: u16 = 1 << 3;
pub const STR_ASCII: u16 = 1 << 4;

/// CPython's `PyBytesObject`: the bytes and a final NUL follow at offset 32.
#[repr(C)]
pub struct BytesObject {
    pub head: VarHeader,
    pub hash: Cell<i64>,
    pub data: [u8; 0],
}

/// CPython's `PyTupleObject`: the items follow at offset 32.
#[repr(C)]
pub struct TupleObject {
    pub head: VarHeader,
    /// Cached hash, -1 = not computed.
    pub hash: Cell<i64>,
    pub items: [Cell<Value>; 0],
}

/// CPython's `PyListObject`. `allocated` is negative for a list that C code can see.
#[repr(C)]
pub struct ListObject {
    pub head: VarHeader,
    pub items: Cell<*mut Value>,
    pub allocated: Cell<isize>,
}

/// An instance of a class whose solid base is `object`: shape, overflow, then `__slots__` members, then the inline
/// attribute values (they begin at the type's `basicsize`).
#[repr(C)]
pub struct InstanceObject {
    pub head: Header,
    /// The shape's id; 0 = the attributes live in the dict that `extra` points to.
    pub shape: Cell<u32>,
    /// How many inline values this instance has room for.
    pub inline_capacity: u32,
    /// Null, or the overflow vector, or (shape 0) the dict object.
    pub extra: Cell<u64>,
}

/// A cell: the variable of a closure.
#[repr(C)]
pub struct CellObject {
    pub head: Header,
    /// Never borrowed; null = unbound.
    pub contents: Cell<Slot>,
}

/// A Python function.
#[repr(C)]
pub struct FunctionObject {
    pub head: Header,
    /// Changes of code, defaults or kwdefaults clear it; 0 = none assigned.
    pub version: Cell<u32>,
    pub _pad: u32,
    pub code: Cell<Value>,
    /// Dict objects.
    pub globals: Value,
    pub builtins: Value,
    pub name: Cell<Value>,
    pub qualname: Cell<Value>,
    /// Tuple or null.
    pub defaults: Cell<Slot>,
    /// Dict or null.
    pub kwdefaults: Cell<Slot>,
    /// Tuple of cells or null.
    pub closure: Cell<Slot>,
    pub doc: Cell<Slot>,
    pub dict: Cell<Slot>,
    pub module: Cell<Slot>,
    pub annotations: Cell<Slot>,
    pub annotate: Cell<Slot>,
    pub type_params: Cell<Slot>,
}

/// A bound method.
#[repr(C)]
pub struct MethodObject {
    pub head: Header,
    pub function: Value,
    pub instance: Value,
}

/// `range` iterator over small ints.
#[repr(C)]
pub struct RangeIterObject {
    pub head: Header,
    pub start: Cell<i64>,
    pub step: i64,
    /// Items left.
    pub length: Cell<i64>,
}

/// Iterator over a list or a tuple. `index` < 0 = exhausted and `sequence` null.
#[repr(C)]
pub struct SequenceIterObject {
    pub head: Header,
    pub index: Cell<isize>,
    pub sequence: Cell<Slot>,
}

/// `slice`.
#[repr(C)]
pub struct SliceObject {
    pub head: Header,
    pub start: Value,
    pub stop: Value,
    pub step: Value,
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(offset_of!(FloatObject, value) == 16);
    assert!(offset_of!(IntObject, digits) == 24);
    assert!(size_of::<StrObject>() == 40 && offset_of!(StrObject, interned) == 32);
    assert!(size_of::<CompactStr>() == 56);
    assert!(offset_of!(BytesObject, data) == 32);
    assert!(offset_of!(TupleObject, items) == 32);
    assert!(offset_of!(ListObject, items) == 24 && size_of::<ListObject>() == 40);
    assert!(size_of::<InstanceObject>() == 32);
};
