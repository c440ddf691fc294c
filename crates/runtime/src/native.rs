//! Native functions, methods and attributes, as declared in Rust. The attribute macros of `whipsnake-macros` make
//! these tables; `types/builtin_function.rs` and `types/descriptors.rs` make Python objects of them.

use crate::args::Args;
use crate::error::PyResult;
use crate::thread::Thread;
use whipsnake_layout::Value;

/// How a native function takes its arguments. `this` is `self` of a method, the class of a class method, the module of
/// a module function.
#[derive(Clone, Copy)]
pub enum NativeCode {
    /// No argument beside `this`.
    NoArgs(fn(&Thread, Value) -> PyResult),
    /// Exactly one positional argument.
    One(fn(&Thread, Value, Value) -> PyResult),
    /// Anything.
    Args(fn(&Thread, Value, Args) -> PyResult),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MethodKind {
    /// A function of a module, or a method of an instance.
    Plain,
    Class,
    Static,
}

/// A native function or method.
pub struct MethodDef {
    pub name: &'static str,
    /// The docstring without the signature.
    pub doc: &'static str,
    /// `"($self, object, /)"`, or empty when there is none.
    pub text_signature: &'static str,
    pub kind: MethodKind,
    pub code: NativeCode,
    /// Cannot run Python code whatever its arguments are (a fact for the optimiser).
    pub pure_native: bool,
}

/// A computed attribute.
pub struct GetSetDef {
    pub name: &'static str,
    pub doc: &'static str,
    pub get: fn(&Thread, Value) -> PyResult,
    pub set: Option<fn(&Thread, Value, Option<Value>) -> PyResult<()>>,
    /// Shows as a `member_descriptor`: programs tell the two kinds apart (`types.MemberDescriptorType`).
    pub member: bool,
}

/// An attribute that is a field of the layout struct.
pub struct MemberDef {
    pub name: &'static str,
    pub doc: &'static str,
    pub kind: MemberKind,
    /// Bytes from the start of the object.
    pub offset: usize,
    pub readonly: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemberKind {
    /// An `ObjCell`; AttributeError while it is empty.
    Object,
    /// An `ObjCell`; `None` while it is empty.
    ObjectOrNone,
    /// `Cell<bool>`.
    Bool,
    I32,
    U32,
    ISize,
    F64,
}
