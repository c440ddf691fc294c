//! The object model: types, protocols, and what the evaluation loop and native modules call.
//!
//! Start at [`prelude`] for what native code uses. **Invariants** (numbered in docs/invariants.md):
//! - this crate calls upward (evaluate, compile, specialise) only through [`interp::Hooks`];
//! - it holds no global mutable state but the built-in types, which are touched under the interpreter's lock.

extern crate self as whipsnake_runtime;

pub mod args;
pub mod builtins;
pub mod codecs_module;
pub mod dealloc;
pub mod error;
pub mod fs_name;
pub mod gc;
pub mod gc_module;
pub mod imp;
pub mod import;
pub mod instrument;
pub mod interp;
pub mod lock;
pub mod marshal;
pub mod native;
pub mod obj;
pub mod os_error;
pub mod pending;
pub mod protocols;
pub mod rescue;
pub mod shapes;
pub mod shutdown;
pub mod suggestions;
pub mod sys;
pub mod thread;
pub mod typeobj;
pub mod types;
pub mod typing_module;
pub mod unraisable;
pub mod warnings;
pub mod weakref_module;
pub mod weakrefs;

pub use whipsnake_macros::{pyfunctions, pymethods};

/// What native code needs in scope.
pub mod prelude {
    pub use crate::args::{ArgName, Args, FromArg, IntoPy};
    pub use crate::dealloc::{Instance, Payload};
    pub use crate::err;
    pub use crate::error::{PyResult, Raised};
    pub use crate::gc::Visitor;
    pub use crate::native::{GetSetDef, MemberDef, MemberKind, MethodDef, MethodKind, NativeCode};
    pub use crate::obj::{Layout, Obj, ObjCell, ValueExt, release};
    pub use crate::protocols::{call, compare, iter, number, object, sequence};
    pub use crate::thread::Thread;
    pub use crate::typeobj::{CompareOp, Slots, Type, TypeSpec};
    pub use crate::types::statics;
    pub use crate::{builtin_type, pyfunctions, pymethods};
    pub use whipsnake_layout::typeobject::flags;
    pub use whipsnake_layout::{Header, Slot, Value, VarHeader};
}

/// Declares a built-in type: `builtin_type! { pub static LIST_TYPE = TypeSpec { name: "list", ..TypeSpec::DEFAULT } }`.
/// With `"PyList_Type" =>` in front of the spec the static gets that symbol name as well.
#[macro_export]
macro_rules! builtin_type {
    ($(#[$doc:meta])* $vis:vis static $name:ident = $symbol:literal => $spec:expr) => {
        $(#[$doc])*
        #[unsafe(export_name = $symbol)]
        $vis static $name: $crate::typeobj::Type = {
            static SPEC: $crate::typeobj::TypeSpec = $spec;
            $crate::typeobj::Type::builtin(&SPEC)
        };
    };
    ($(#[$doc:meta])* $vis:vis static $name:ident = $spec:expr) => {
        $(#[$doc])*
        $vis static $name: $crate::typeobj::Type = {
            static SPEC: $crate::typeobj::TypeSpec = $spec;
            $crate::typeobj::Type::builtin(&SPEC)
        };
    };
}
