//! Interned names that the runtime itself looks up, found without hashing.
//!
//! Each [`Name`] is interned on first use and kept for good.

use crate::error::PyResult;
use crate::obj::ValueExt;
use crate::thread::Thread;
use std::sync::atomic::{AtomicU64, Ordering};
use whipsnake_layout::Value;

/// A name known at compile time.
pub struct Name {
    text: &'static str,
    word: AtomicU64,
}

impl Name {
    pub const fn new(text: &'static str) -> Name {
        Name { text, word: AtomicU64::new(0) }
    }
    /// The text.
    pub fn text(&self) -> &'static str {
        self.text
    }
    /// The interned str.
    ///
    /// # Errors
    /// MemoryError, on first use.
    #[inline(always)]
    pub fn get(&self, th: &Thread) -> PyResult<Value> {
        let word = self.word.load(Ordering::Relaxed);
        if word == 0 {
            return self.make(th);
        }
        // SAFETY: I1, the word was taken from an interned str that is never released.
        Ok(unsafe { Value::from_bits(word) })
    }
    #[cold]
    #[inline(never)]
    fn make(&self, th: &Thread) -> PyResult<Value> {
        let name = th.intern(self.text)?.into_value();
        self.word.store(name.bits(), Ordering::Relaxed);
        Ok(name)
    }
    /// Whether `name` is this (interned) name.
    #[inline]
    pub fn is(&self, th: &Thread, name: Value) -> bool {
        self.get(th).is_ok_and(|own| own.is(name))
    }
}

macro_rules! names {
    ($($name:ident = $text:literal;)*) => { $(pub static $name: Name = Name::new($text);)* };
}

names! {
    ABSTRACTMETHODS = "__abstractmethods__";
    ANNOTATE = "__annotate__";
    ANNOTATE_FUNC = "__annotate_func__";
    ANNOTATIONS = "__annotations__";
    ANNOTATIONS_CACHE = "__annotations_cache__";
    BASES = "__bases__";
    BUILTINS = "builtins";
    CALL = "__call__";
    CLASS = "__class__";
    CLASSCELL = "__classcell__";
    CLASSDICTCELL = "__classdictcell__";
    CLASS_GETITEM = "__class_getitem__";
    DICT = "__dict__";
    DIR = "__dir__";
    DOC = "__doc__";
    EQ = "__eq__";
    FIRSTLINENO = "__firstlineno__";
    FORMAT = "__format__";
    GET = "__get__";
    GETATTR = "__getattr__";
    GETATTRIBUTE = "__getattribute__";
    GETNEWARGS = "__getnewargs__";
    GETNEWARGS_EX = "__getnewargs_ex__";
    GETSTATE = "__getstate__";
    HASH = "__hash__";
    GETITEM = "__getitem__";
    INIT = "__init__";
    INIT_SUBCLASS = "__init_subclass__";
    INSTANCECHECK = "__instancecheck__";
    ISABSTRACTMETHOD = "__isabstractmethod__";
    LENGTH_HINT = "__length_hint__";
    MISSING = "__missing__";
    REVERSED = "__reversed__";
    ROUND = "__round__";
    MODULE = "__module__";
    MRO = "mro";
    MRO_ENTRIES = "__mro_entries__";
    NAME = "__name__";
    NEW = "__new__";
    QUALNAME = "__qualname__";
    REDUCE = "__reduce__";
    REDUCE_EX = "__reduce_ex__";
    SELF = "__self__";
    SET_NAME = "__set_name__";
    SLOTNAMES = "__slotnames__";
    SLOTS = "__slots__";
    STATIC_ATTRIBUTES = "__static_attributes__";
    SUBCLASSCHECK = "__subclasscheck__";
    SUBCLASSHOOK = "__subclasshook__";
    TEXT_SIGNATURE = "__text_signature__";
    TYPE_PARAMS = "__type_params__";
    WEAKREF = "__weakref__";
    WRAPPED = "__wrapped__";
}
