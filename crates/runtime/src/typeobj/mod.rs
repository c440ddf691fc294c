//! Type objects: the struct, its slots, and how built-in types are declared.
//!
//! - `mod.rs`: [`Type`], [`Slots`], [`TypeSpec`]
//! - `ready.rs`, `inherit.rs`: making a type usable: dictionary, slot inheritance, method descriptors, slot wrappers
//! - `mro.rs`: the method resolution order (C3, or a metaclass's `mro()`)
//! - `lookup.rs`: attribute lookup along the MRO, the method cache, version tags
//! - `slotdefs.rs`: the table that ties `__dunder__` names to slots, in both directions, and updates of slots;
//!   `wrappers.rs`: slots called as methods; `slot_functions.rs`: slots that call methods
//! - `class.rs`: making classes (`type.__new__`); `layouts.rs`: layouts of subclasses; `subtype.rs`: their death
//! - `assign.rs`: assignment to `__bases__` and `__class__`; `annotations.rs`: `__annotations__` of classes (PEP 649)
//!
//! Source: the behaviour of CPython 3.14's type objects (docs: "Type Objects", "Data model").

use crate::args::Args;
use crate::error::PyResult;
use crate::gc::Visitor;
use crate::native::{GetSetDef, MemberDef, MethodDef};
use crate::obj::{Layout, Obj, ObjCell, ValueExt};
use crate::thread::Thread;
use std::cell::{Cell, RefCell, UnsafeCell};
use whipsnake_layout::typeobject::{TypeObject, flags};
use whipsnake_layout::{Header, Value};

pub type UnaryFn = fn(&Thread, Value) -> PyResult;
pub type BinaryFn = fn(&Thread, Value, Value) -> PyResult;
pub type TernaryFn = fn(&Thread, Value, Value, Value) -> PyResult;
pub type InquiryFn = fn(&Thread, Value) -> PyResult<bool>;
pub type LenFn = fn(&Thread, Value) -> PyResult<isize>;
pub type HashFn = fn(&Thread, Value) -> PyResult<i64>;
pub type RichCompareFn = fn(&Thread, Value, Value, CompareOp) -> PyResult;
/// `None` = exhausted.
pub type IterNextFn = fn(&Thread, Value) -> PyResult<Option<Obj>>;
/// The name is a str.
pub type GetAttrFn = fn(&Thread, Value, Value) -> PyResult;
/// The value is `None` for deletion.
pub type SetAttrFn = fn(&Thread, Value, Value, Option<Value>) -> PyResult<()>;
pub type CallFn = fn(&Thread, Value, Args) -> PyResult;
pub type InitFn = fn(&Thread, Value, Args) -> PyResult<()>;
pub type NewFn = fn(&Thread, &'static Type, Args) -> PyResult;
/// `descr.__get__(instance or None, owner)`.
pub type DescrGetFn = fn(&Thread, Value, Option<Value>, Option<Value>) -> PyResult;
pub type DescrSetFn = fn(&Thread, Value, Value, Option<Value>) -> PyResult<()>;
pub type SizeItemFn = fn(&Thread, Value, isize) -> PyResult;
pub type SizeAssItemFn = fn(&Thread, Value, isize, Option<Value>) -> PyResult<()>;
pub type ContainsFn = fn(&Thread, Value, Value) -> PyResult<bool>;
/// Fills a view of the object's memory: see `types/buffer.rs`.
pub type GetBufferFn = fn(&Thread, Value, bool) -> PyResult<crate::types::buffer::Buffer>;
pub type ReleaseBufferFn = fn(&Thread, Value);
/// Releases what the object owns and returns its memory to the heap. The object's count is zero; finalisers ran.
pub type DeallocFn = unsafe fn(&Thread, *mut Header);
pub type TraverseFn = unsafe fn(*mut Header, &mut Visitor);
/// Breaks cycles: drops the references that can lead back to the object.
pub type ClearFn = unsafe fn(&Thread, *mut Header);
/// Bytes the object takes without what subclasses append (only needed by types of variable size).
pub type FinalizedFn = unsafe fn(*const Header) -> bool;
pub type BodySizeFn = unsafe fn(*const Header) -> usize;

/// Rich comparison operators, CPython's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CompareOp {
    Lt = 0,
    Le = 1,
    Eq = 2,
    Ne = 3,
    Gt = 4,
    Ge = 5,
}

impl CompareOp {
    #[inline]
    pub fn from_index(i: u32) -> CompareOp {
        [Self::Lt, Self::Le, Self::Eq, Self::Ne, Self::Gt, Self::Ge][i as usize % 6]
    }
    /// The operator with its operands exchanged.
    #[inline]
    pub fn swapped(self) -> CompareOp {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            same => same,
        }
    }
    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }
    /// What the operator says of an ordering.
    #[inline]
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Lt => ordering.is_lt(),
            Self::Le => ordering.is_le(),
            Self::Eq => ordering.is_eq(),
            Self::Ne => ordering.is_ne(),
            Self::Gt => ordering.is_gt(),
            Self::Ge => ordering.is_ge(),
        }
    }
}

macro_rules! slots {
    ($($(#[$doc:meta])* $name:ident: $ty:ty,)*) => {
        /// What a type can do, as Rust functions: CPython's slots, under their names without `tp_`.
        #[derive(Clone, Copy)]
        #[repr(C)]
        pub struct Slots { $($(#[$doc])* pub $name: Option<$ty>,)* }
        impl Slots {
            pub const EMPTY: Slots = Slots { $($name: None,)* };
        }
        /// The slots by number: their position in [`Slots`].
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(non_camel_case_types)]
        #[repr(u8)]
        pub enum SlotId { $($name,)* }
        impl SlotId {
            /// All slots in order.
            pub const ALL: &[SlotId] = &[$(SlotId::$name,)*];
        }
    };
}

slots! {
    dealloc: DeallocFn,
    traverse: TraverseFn,
    clear: ClearFn,
    body_size: BodySizeFn,
    /// `__del__`: runs once, before the object dies; may resurrect it.
    finalize: fn(&Thread, Value),
    /// Whether a dying object gives the type's own `finalize` nothing to do.
    finalized_already: FinalizedFn,
    repr: UnaryFn,
    str: UnaryFn,
    hash: HashFn,
    call: CallFn,
    getattro: GetAttrFn,
    setattro: SetAttrFn,
    richcompare: RichCompareFn,
    iter: UnaryFn,
    iternext: IterNextFn,
    descr_get: DescrGetFn,
    descr_set: DescrSetFn,
    init: InitFn,
    new: NewFn,
    nb_add: BinaryFn,
    nb_subtract: BinaryFn,
    nb_multiply: BinaryFn,
    nb_remainder: BinaryFn,
    nb_divmod: BinaryFn,
    nb_power: TernaryFn,
    nb_negative: UnaryFn,
    nb_positive: UnaryFn,
    nb_absolute: UnaryFn,
    nb_bool: InquiryFn,
    nb_invert: UnaryFn,
    nb_lshift: BinaryFn,
    nb_rshift: BinaryFn,
    nb_and: BinaryFn,
    nb_xor: BinaryFn,
    nb_or: BinaryFn,
    nb_int: UnaryFn,
    nb_float: UnaryFn,
    nb_inplace_add: BinaryFn,
    nb_inplace_subtract: BinaryFn,
    nb_inplace_multiply: BinaryFn,
    nb_inplace_remainder: BinaryFn,
    nb_inplace_power: TernaryFn,
    nb_inplace_lshift: BinaryFn,
    nb_inplace_rshift: BinaryFn,
    nb_inplace_and: BinaryFn,
    nb_inplace_xor: BinaryFn,
    nb_inplace_or: BinaryFn,
    nb_floor_divide: BinaryFn,
    nb_true_divide: BinaryFn,
    nb_inplace_floor_divide: BinaryFn,
    nb_inplace_true_divide: BinaryFn,
    nb_index: UnaryFn,
    nb_matrix_multiply: BinaryFn,
    nb_inplace_matrix_multiply: BinaryFn,
    sq_length: LenFn,
    sq_concat: BinaryFn,
    sq_repeat: SizeItemFn,
    sq_item: SizeItemFn,
    sq_ass_item: SizeAssItemFn,
    sq_contains: ContainsFn,
    sq_inplace_concat: BinaryFn,
    sq_inplace_repeat: SizeItemFn,
    mp_length: LenFn,
    mp_subscript: BinaryFn,
    mp_ass_subscript: SetAttrFn,
    am_await: UnaryFn,
    am_aiter: UnaryFn,
    am_anext: UnaryFn,
    bf_getbuffer: GetBufferFn,
    bf_releasebuffer: ReleaseBufferFn,
}

const _: () = assert!(size_of::<Slots>() == SlotId::ALL.len() * size_of::<usize>());

impl Slots {
    /// A slot's function as an untyped pointer; null when the slot is empty.
    #[inline(always)]
    pub(crate) fn raw(&self, id: SlotId) -> *const () {
        // SAFETY: `Slots` is `repr(C)` and consists of one-word function pointers only (asserted above).
        unsafe { *(self as *const Slots).cast::<*const ()>().add(id as usize) }
    }
    /// Sets a slot.
    ///
    /// # Safety
    /// `function` is null or a function of exactly the slot's type.
    #[inline]
    pub(crate) unsafe fn set_raw(&mut self, id: SlotId, function: *const ()) {
        // SAFETY: as in `raw`; the type is the caller's promise.
        unsafe { *(self as *mut Slots).cast::<*const ()>().add(id as usize) = function }
    }
}

/// The declaration of a built-in type.
pub struct TypeSpec {
    /// With the module in front for all but builtins: `"collections.deque"`.
    pub name: &'static str,
    /// `None` only for `object`.
    pub base: Option<&'static Type>,
    /// `size_of` the layout struct.
    pub basicsize: usize,
    /// Bytes of one item of a variable-size type.
    pub itemsize: usize,
    /// `Py_TPFLAGS_*` beyond those of all built-in types; `HAVE_GC` puts instances on cyclic pages.
    pub flags: u64,
    /// Where the instance dict lies (0 = none).
    pub dictoffset: isize,
    pub doc: &'static str,
    pub slots: Slots,
    pub methods: &'static [MethodDef],
    pub getsets: &'static [GetSetDef],
    pub members: &'static [MemberDef],
}

impl TypeSpec {
    /// To be completed by struct update: `TypeSpec { name: "x", ..TypeSpec::DEFAULT }`.
    pub const DEFAULT: TypeSpec = TypeSpec {
        name: "",
        base: None,
        basicsize: 16,
        itemsize: 0,
        flags: 0,
        dictoffset: 0,
        doc: "",
        slots: Slots::EMPTY,
        methods: &[],
        getsets: &[],
        members: &[],
    };
}

/// A type object. The public prefix is CPython's; the rest is ours. Built-in types are statics, classes live on the heap.
#[repr(C)]
pub struct Type {
    pub core: TypeObject,
    slots: UnsafeCell<Slots>,
    /// The declaration, for built-in types.
    pub spec: Option<&'static TypeSpec>,
    /// `__name__` and `__qualname__` of heap types (str).
    pub ht_name: ObjCell,
    pub ht_qualname: ObjCell,
    /// The `__slots__` names of a heap type, mangled and sorted (tuple), or empty.
    pub ht_slots: ObjCell,
    /// Offsets of the `__slots__` members: first one, and how many.
    pub slot_members: Cell<(u32, u32)>,
    /// Instances consist of nothing but a shape and attribute values: no class of the MRO adds anything else.
    pub plain_instances: Cell<bool>,
    /// What `__init__` was found to be (borrowed from the class that has it) when the version was this one; never 0 then.
    pub known_init: Cell<(u32, Option<Value>)>,
    /// Bytes of every instance, if they are all of one size and no reference of theirs keeps the type alive; else 0.
    pub fixed_size: Cell<u32>,
    /// Some instance was weakly referenced once: the death of instances has to look for references.
    pub had_weakrefs: Cell<bool>,
    /// The live subclasses (weakly: a dying class removes itself).
    pub subclasses: RefCell<Vec<*const Type>>,
    /// Root of the shape tree of the class's instances; 0 = none made yet.
    pub root_shape: Cell<u32>,
    /// How many inline attribute values new instances get.
    pub inline_hint: Cell<u32>,
    /// `Some` name when the name has been leaked for messages.
    name_cache: Cell<Option<&'static str>>,
}

// SAFETY: I6, types are touched only by the thread that holds the interpreter's lock.
unsafe impl Sync for Type {}
// SAFETY: I4, every type object is a `Type`.
unsafe impl Layout for Type {
    #[inline(always)]
    fn ty() -> &'static Type {
        &crate::types::statics::TYPE_TYPE
    }
}

impl Type {
    /// A built-in type, for a `static`. It is made ready by `Interp::new` (see `types::statics::all`) or by the module that owns it.
    pub const fn builtin(spec: &'static TypeSpec) -> Type {
        let base_flags = flags::IMMUTABLETYPE;
        Type {
            core: TypeObject::new(
                &raw const crate::types::statics::TYPE_TYPE as *const TypeObject,
                spec.basicsize as isize,
                spec.itemsize as isize,
                spec.flags | base_flags,
            ),
            slots: UnsafeCell::new(spec.slots),
            spec: Some(spec),
            ht_name: ObjCell::EMPTY,
            ht_qualname: ObjCell::EMPTY,
            ht_slots: ObjCell::EMPTY,
            slot_members: Cell::new((0, 0)),
            plain_instances: Cell::new(false),
            known_init: Cell::new((0, None)),
            fixed_size: Cell::new(0),
            had_weakrefs: Cell::new(false),
            subclasses: RefCell::new(Vec::new()),
            root_shape: Cell::new(0),
            inline_hint: Cell::new(4),
            name_cache: Cell::new(None),
        }
    }
    /// An empty heap type; `class.rs` fills it in.
    pub(crate) fn new_heap(meta: &'static Type, slots: Slots) -> Type {
        let ty = Type {
            core: TypeObject::new(&meta.core, 0, 0, flags::HEAPTYPE | flags::HAVE_GC),
            slots: UnsafeCell::new(slots),
            spec: None,
            ht_name: ObjCell::EMPTY,
            ht_qualname: ObjCell::EMPTY,
            ht_slots: ObjCell::EMPTY,
            slot_members: Cell::new((0, 0)),
            plain_instances: Cell::new(false),
            known_init: Cell::new((0, None)),
            fixed_size: Cell::new(0),
            had_weakrefs: Cell::new(false),
            subclasses: RefCell::new(Vec::new()),
            root_shape: Cell::new(0),
            inline_hint: Cell::new(4),
            name_cache: Cell::new(None),
        };
        ty.core.head.refcount.set(1);
        ty
    }
    /// The type object as a value.
    #[inline(always)]
    pub fn value(&self) -> Value {
        // SAFETY: I1, a type is a live object.
        unsafe { Value::from_ptr(self) }
    }
    #[inline(always)]
    pub fn slots(&self) -> &Slots {
        // SAFETY: I6, slots change only under the lock, and readers copy the function pointer out before calling it.
        unsafe { &*self.slots.get() }
    }
    /// Changes the slots (only while making a type or assigning its attributes).
    pub(crate) fn update_slots(&self, change: impl FnOnce(&mut Slots)) {
        let mut copy = *self.slots();
        change(&mut copy);
        // SAFETY: I6, as in `slots`: no reference from `slots()` is held across calls.
        unsafe { *self.slots.get() = copy };
    }
    /// Changes one slot.
    ///
    /// # Safety
    /// `function` is null or a function of the slot's type.
    pub(crate) unsafe fn set_slot(&self, id: SlotId, function: *const ()) {
        // SAFETY: I6 as above; `Slots` consists of one-word function pointers, the type is the caller's promise.
        unsafe { *self.slots.get().cast::<*const ()>().add(id as usize) = function }
    }
    #[inline(always)]
    pub fn flags(&self) -> u64 {
        self.core.flags.get()
    }
    #[inline(always)]
    pub fn has_flag(&self, flag: u64) -> bool {
        self.core.flags.get() & flag != 0
    }
    #[inline(always)]
    pub fn is_heap_type(&self) -> bool {
        self.has_flag(flags::HEAPTYPE)
    }
    pub fn base(&self) -> Option<&'static Type> {
        let base = self.core.base.get() as *const Type;
        // SAFETY: I5, a type keeps its base alive.
        if base.is_null() { None } else { Some(unsafe { &*base }) }
    }
    /// The last component of the name, as `__name__` shows it: `deque`.
    pub fn short_name(&self) -> &'static str {
        let name = self.name();
        if self.spec.is_some() { name.rsplit('.').next().unwrap_or(name) } else { name }
    }
    /// The name as error messages show it: with the module in front for built-in types outside builtins
    /// (`collections.deque`), and just the name for classes.
    pub fn name(&self) -> &'static str {
        if let Some(spec) = self.spec {
            return spec.name;
        }
        if let Some(name) = self.name_cache.get() {
            return name;
        }
        let text = self.ht_name.peek().map_or_else(String::new, crate::types::str::to_rust_string);
        crate::interp::leak_name(text, &self.name_cache)
    }
    /// Forgets the cached name (after assignment to `__name__`).
    pub(crate) fn reset_name(&self) {
        self.name_cache.set(None);
    }
    /// Whether this is `other` or derives from it, by the MRO.
    #[inline]
    pub fn is_subtype_of(&self, other: &Type) -> bool {
        let mro = self.core.mro.get();
        if mro == 0 {
            return self.is_base_chain_of(other);
        }
        // SAFETY: I4, `mro` is a tuple of types.
        let mro = unsafe { Value::from_bits(mro).cast_unchecked::<crate::types::tuple::Tuple>() };
        let wanted = other as *const Type as u64;
        mro.as_slice().iter().any(|base| base.bits() == wanted)
    }
    fn is_base_chain_of(&self, other: &Type) -> bool {
        let mut ty = Some(self);
        while let Some(t) = ty {
            if std::ptr::eq(t, other) {
                return true;
            }
            ty = t.base();
        }
        std::ptr::eq(other, &crate::types::statics::OBJECT_TYPE)
    }
    /// The MRO (a tuple of types); the type must be ready.
    pub fn mro(&self) -> &'static crate::types::tuple::Tuple {
        debug_assert!(self.core.mro.get() != 0, "type {} is not ready", self.name());
        // SAFETY: I4 and I5, set by `ready` and alive with the type.
        unsafe { Value::from_bits(self.core.mro.get()).cast_unchecked() }
    }
    /// The type's own dictionary.
    pub fn dict(&self) -> &'static crate::types::dict::Dict {
        debug_assert!(self.core.dict.get() != 0, "type {} is not ready", self.name());
        // SAFETY: I4 and I5, set by `ready` and alive with the type.
        unsafe { Value::from_bits(self.core.dict.get()).cast_unchecked() }
    }
}

mod annotations;
mod assign;
mod class;
mod inherit;
mod layouts;
mod lookup;
mod mro;
#[macro_use]
pub mod names;
mod ready;
pub(crate) mod slot_functions;
pub use slot_functions::only_falls_back;
pub mod slotdefs;
mod subtype;
mod wrappers;

pub(crate) use annotations::*;
pub(crate) use assign::*;
pub use class::*;
pub use layouts::*;
pub use lookup::*;
pub use mro::*;
pub use ready::*;
pub use subtype::*;
