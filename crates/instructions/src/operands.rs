//! The vocabulary of instruction signatures.

use core::marker::PhantomData;
use whipsnake_layout::code::CodeUnit;
use whipsnake_layout::{Slot, Value};

/// A fact about an operand. `IMMEDIATE`: it never owns a reference, so that nothing is to be released.
pub trait Kind {
    const IMMEDIATE: bool = false;
    /// It is always a pointer, so that the borrowed bit can be cleared without a look.
    const POINTER: bool = false;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $(= $fact:ident)?;)*) => {
        $($(#[$doc])* pub struct $name;
        impl Kind for $name { $(const $fact: bool = true;)? })*
    };
}

kinds! {
    /// Anything.
    Any;
    /// An immediate int.
    SmallInt = IMMEDIATE;
    /// An immediate float.
    SmallFloat = IMMEDIATE;
    /// `True` or `False`.
    Bool = POINTER;
    /// An exact int of either form.
    Int;
    /// An exact float of either form.
    Float;
    /// Exact types.
    List = POINTER; Tuple = POINTER; Dict = POINTER; Set = POINTER; Str = POINTER; Slice = POINTER;
    /// A range iterator over small ints.
    RangeIter = POINTER; ListIter = POINTER; TupleIter = POINTER;
    /// An instance with a shape.
    Instance = POINTER;
    /// A Python function.
    Function = POINTER;
}

/// A borrowed operand. The handler releases it afterwards if the stack slot owned it.
#[repr(transparent)]
pub struct Ref<T = Any>(pub Value, PhantomData<T>);

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Ref<T> {}

impl<T: Kind> Ref<T> {
    #[inline(always)]
    pub fn new(v: Value) -> Ref<T> {
        Ref(v, PhantomData)
    }
    /// Reads a stack slot, which must be bound.
    #[inline(always)]
    pub fn from_slot(slot: Slot) -> Ref<T> {
        if T::IMMEDIATE {
            // SAFETY: I2, a slot that holds an operand is bound; immediates have no borrowed bit.
            Ref(unsafe { Value::from_bits(slot.0) }, PhantomData)
        } else if T::POINTER {
            // SAFETY: I2 and I4, a guard has shown a pointer.
            Ref(unsafe { Value::from_bits(slot.0 & !whipsnake_layout::value::BORROWED) }, PhantomData)
        } else {
            Ref(slot.value(), PhantomData)
        }
    }
    /// The object behind it.
    ///
    /// # Safety
    /// A guard has shown that it is a pointer to a `L` (I4).
    #[inline(always)]
    pub unsafe fn object<'a, L>(self) -> &'a L {
        // SAFETY: I4, handed on to the caller.
        unsafe { &*(self.0.as_ptr() as *const L) }
    }
}

/// An owned result, or an operand the op consumes.
#[must_use]
#[repr(transparent)]
pub struct Own<T = Any>(pub Value, PhantomData<T>);

impl<T: Kind> Own<T> {
    #[inline(always)]
    pub fn new(v: Value) -> Own<T> {
        Own(v, PhantomData)
    }
    /// A new reference to `v`.
    #[inline(always)]
    pub fn of(v: Value) -> Own<T> {
        if v.is_pointer() {
            // SAFETY: I1, `v` is alive.
            unsafe { (*v.as_ptr()).incref() };
        }
        Own(v, PhantomData)
    }
    /// A new reference to what a bound slot holds.
    #[inline(always)]
    pub fn copy(slot: Slot) -> Own<T> {
        if slot.0 & 7 != 0 {
            // SAFETY: I1, an immediate.
            return Own(unsafe { Value::from_bits(slot.0) }, PhantomData);
        }
        // SAFETY: I1 and I2, a bound slot that holds a pointer, borrowed or not.
        unsafe {
            let v = Value::from_bits(slot.0 & !whipsnake_layout::value::BORROWED);
            (*v.as_ptr()).incref();
            Own(v, PhantomData)
        }
    }
    /// What a slot holds, taken over: a borrowed one is counted.
    #[inline(always)]
    pub fn take(slot: Slot) -> Own<T> {
        if slot.is_borrowed_pointer() {
            return Own::copy(slot);
        }
        // SAFETY: I1 and I2, a bound slot that owns what it holds.
        Own(unsafe { Value::from_bits(slot.0) }, PhantomData)
    }
    #[inline(always)]
    pub fn into_slot(self) -> Slot {
        Slot::owned(self.0)
    }
}

/// A result that goes on the stack as it is, borrowed or owned.
#[must_use]
pub struct Raw(pub Slot);

/// A slot whose content is no longer needed: the handler releases it last.
#[must_use]
pub struct Dead(pub Slot);

/// The outcome of an op that may find its assumptions broken: nothing has happened yet, the generic form takes over.
#[must_use]
pub enum Deopt<T> {
    Ok(T),
    Exit,
}

impl Deopt<()> {
    /// Exits where the assumption does not hold.
    #[inline(always)]
    pub fn unless(holds: bool) -> Deopt<()> {
        if holds { Deopt::Ok(()) } else { Deopt::Exit }
    }
}

/// The oparg.
#[derive(Clone, Copy)]
pub struct OpArg(pub u32);

/// A 16-bit inline-cache entry, `N` units after the instruction's first cache unit.
#[derive(Clone, Copy)]
pub struct Cache16<const N: usize>(pub u16);
/// A 32-bit entry.
#[derive(Clone, Copy)]
pub struct Cache32<const N: usize>(pub u32);
/// A 64-bit entry.
#[derive(Clone, Copy)]
pub struct Cache64<const N: usize>(pub u64);

impl<const N: usize> Cache16<N> {
    /// # Safety
    /// `ip` points at an instruction with at least `N + 1` units of cache (I7).
    #[inline(always)]
    pub unsafe fn read(ip: *const CodeUnit) -> Self {
        // SAFETY: I7, handed on to the caller.
        Cache16(unsafe { *ip.add(1 + N) })
    }
}
impl<const N: usize> Cache32<N> {
    /// # Safety
    /// `ip` points at an instruction with at least `N + 2` units of cache (I7).
    #[inline(always)]
    pub unsafe fn read(ip: *const CodeUnit) -> Self {
        // SAFETY: I7, handed on to the caller.
        Cache32(unsafe { ip.add(1 + N).cast::<u32>().read_unaligned() })
    }
}
impl<const N: usize> Cache64<N> {
    /// # Safety
    /// `ip` points at an instruction with at least `N + 4` units of cache (I7).
    #[inline(always)]
    pub unsafe fn read(ip: *const CodeUnit) -> Self {
        // SAFETY: I7, handed on to the caller.
        Cache64(unsafe { ip.add(1 + N).cast::<u64>().read_unaligned() })
    }
}
