//! The public prefix of the type object: CPython 3.14's `PyTypeObject`, field by field.
//!
//! The function slots in it are for C code; Whipsnake's own slots (Rust functions) follow the prefix in the runtime.

use crate::header::Header;
use core::cell::Cell;

/// CPython's `PyTypeObject`. `c_*` fields hold C functions when extension modules need them, otherwise null.
#[repr(C, align(16))]
pub struct TypeObject {
    pub head: Header,
    pub ob_size: Cell<isize>,
    pub tp_name: Cell<*const u8>,
    pub basicsize: Cell<isize>,
    pub itemsize: Cell<isize>,
    pub c_dealloc: Cell<usize>,
    pub c_vectorcall_offset: Cell<isize>,
    pub c_getattr_setattr: [Cell<usize>; 2],
    pub c_as_async: Cell<usize>,
    pub c_repr: Cell<usize>,
    pub c_as_number_sequence_mapping: [Cell<usize>; 3],
    pub c_hash_call_str_getattro_setattro: [Cell<usize>; 5],
    pub c_as_buffer: Cell<usize>,
    /// `Py_TPFLAGS_*`.
    pub flags: Cell<u64>,
    pub c_doc: Cell<*const u8>,
    pub c_traverse_clear_richcompare: [Cell<usize>; 3],
    pub weaklistoffset: Cell<isize>,
    pub c_iter_iternext_methods_members_getset: [Cell<usize>; 5],
    pub base: Cell<*const TypeObject>,
    /// The type's dictionary (a dict object), null until the type is ready.
    pub dict: Cell<u64>,
    pub c_descr_get_set: [Cell<usize>; 2],
    /// Where an instance's dict pointer lies: 0 none, positive an offset, -1 at the end of the variable part.
    pub dictoffset: Cell<isize>,
    pub c_init_alloc_new_free_is_gc: [Cell<usize>; 5],
    /// Tuple of bases.
    pub bases: Cell<u64>,
    /// Tuple: the method resolution order.
    pub mro: Cell<u64>,
    pub c_cache: Cell<usize>,
    pub c_subclasses: Cell<usize>,
    pub c_weaklist: Cell<usize>,
    pub c_del: Cell<usize>,
    /// 0 = none assigned; any change of the type or its bases clears it.
    pub version_tag: Cell<u32>,
    _pad0: u32,
    pub c_finalize_vectorcall: [Cell<usize>; 2],
    pub watched: Cell<u8>,
    _pad1: u8,
    pub versions_used: Cell<u16>,
    _pad2: u32,
}

impl TypeObject {
    /// A type that is not ready yet. `meta` is its own type.
    pub const fn new(meta: *const TypeObject, basicsize: isize, itemsize: isize, flags: u64) -> TypeObject {
        TypeObject {
            head: Header::immortal(meta),
            ob_size: Cell::new(0),
            tp_name: Cell::new(core::ptr::null()),
            basicsize: Cell::new(basicsize),
            itemsize: Cell::new(itemsize),
            c_dealloc: Cell::new(0),
            c_vectorcall_offset: Cell::new(0),
            c_getattr_setattr: [const { Cell::new(0) }; 2],
            c_as_async: Cell::new(0),
            c_repr: Cell::new(0),
            c_as_number_sequence_mapping: [const { Cell::new(0) }; 3],
            c_hash_call_str_getattro_setattro: [const { Cell::new(0) }; 5],
            c_as_buffer: Cell::new(0),
            flags: Cell::new(flags),
            c_doc: Cell::new(core::ptr::null()),
            c_traverse_clear_richcompare: [const { Cell::new(0) }; 3],
            weaklistoffset: Cell::new(0),
            c_iter_iternext_methods_members_getset: [const { Cell::new(0) }; 5],
            base: Cell::new(core::ptr::null()),
            dict: Cell::new(0),
            c_descr_get_set: [const { Cell::new(0) }; 2],
            dictoffset: Cell::new(0),
            c_init_alloc_new_free_is_gc: [const { Cell::new(0) }; 5],
            bases: Cell::new(0),
            mro: Cell::new(0),
            c_cache: Cell::new(0),
            c_subclasses: Cell::new(0),
            c_weaklist: Cell::new(0),
            c_del: Cell::new(0),
            version_tag: Cell::new(0),
            _pad0: 0,
            c_finalize_vectorcall: [const { Cell::new(0) }; 2],
            watched: Cell::new(0),
            _pad1: 0,
            versions_used: Cell::new(0),
            _pad2: 0,
        }
    }
}

/// `Py_TPFLAGS_*` bits, CPython's numbers, and a few of our own in bits CPython leaves unused.
pub mod flags {
    /// Ours: instances carry a shape (offset 16) and inline attribute values.
    pub const SHAPED: u64 = 1 << 1;
    /// Ours: instances can be weakly referenced.
    pub const WEAKREFABLE: u64 = 1 << 3;
    pub const SEQUENCE: u64 = 1 << 5;
    pub const MAPPING: u64 = 1 << 6;
    pub const DISALLOW_INSTANTIATION: u64 = 1 << 7;
    pub const IMMUTABLETYPE: u64 = 1 << 8;
    pub const HEAPTYPE: u64 = 1 << 9;
    pub const BASETYPE: u64 = 1 << 10;
    pub const HAVE_VECTORCALL: u64 = 1 << 11;
    pub const READY: u64 = 1 << 12;
    pub const HAVE_GC: u64 = 1 << 14;
    pub const METHOD_DESCRIPTOR: u64 = 1 << 17;
    pub const VALID_VERSION_TAG: u64 = 1 << 19;
    pub const IS_ABSTRACT: u64 = 1 << 20;
    pub const MATCH_SELF: u64 = 1 << 22;
    pub const LONG_SUBCLASS: u64 = 1 << 24;
    pub const LIST_SUBCLASS: u64 = 1 << 25;
    pub const TUPLE_SUBCLASS: u64 = 1 << 26;
    pub const BYTES_SUBCLASS: u64 = 1 << 27;
    pub const UNICODE_SUBCLASS: u64 = 1 << 28;
    pub const DICT_SUBCLASS: u64 = 1 << 29;
    pub const BASE_EXC_SUBCLASS: u64 = 1 << 30;
    pub const TYPE_SUBCLASS: u64 = 1 << 31;
}

const _: () = {
    use core::mem::offset_of;
    assert!(offset_of!(TypeObject, tp_name) == 24);
    assert!(offset_of!(TypeObject, basicsize) == 32);
    assert!(offset_of!(TypeObject, flags) == 168);
    assert!(offset_of!(TypeObject, base) == 256);
    assert!(offset_of!(TypeObject, dict) == 264);
    assert!(offset_of!(TypeObject, dictoffset) == 288);
    assert!(offset_of!(TypeObject, bases) == 336);
    assert!(offset_of!(TypeObject, mro) == 344);
    assert!(offset_of!(TypeObject, version_tag) == 384);
};
