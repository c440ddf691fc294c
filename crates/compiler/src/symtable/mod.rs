//! Symbol tables: which names each block binds and uses, and what scope that gives them.
//!
//! Two passes, as in CPython: [`build`] collects facts from the tree, [`analyze`] resolves every name to local, cell, free or
//! global, and inlines comprehensions (PEP 709).
//! Invariants: after analysis every symbol of a scope has a scope value in its flags; a comprehension's scope with `inlined` set has
//! had its symbols merged into its parent.

mod analyze;
mod build;
mod expressions;
mod mangle;
mod patterns;

use std::cell::RefCell;
use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashMap};
use whipsnake_bytecode::locations::Location;
use whipsnake_syntax::ast::Mod;

use crate::error::Result;
use crate::future::Future;

pub use mangle::mangle;
pub(crate) use mangle::maybe_mangle;

/// An identifier.
pub type Name = Rc<str>;
pub(crate) type NameMap<V> = IndexMap<Name, V, FxBuildHasher>;
pub(crate) type NameSet = IndexSet<Name, FxBuildHasher>;

/// Bits that a symbol's flags are made of, with the values that the `symtable` module knows.
pub mod flag {
    pub const GLOBAL: u32 = 1;
    pub const LOCAL: u32 = 2;
    pub const PARAM: u32 = 4;
    pub const NONLOCAL: u32 = 8;
    pub const USE: u32 = 16;
    pub const FREE_CLASS: u32 = 64;
    pub const IMPORT: u32 = 128;
    pub const ANNOT: u32 = 256;
    pub const COMP_ITER: u32 = 512;
    pub const TYPE_PARAM: u32 = 1024;
    pub const COMP_CELL: u32 = 2048;
    pub const BOUND: u32 = LOCAL | PARAM | IMPORT | TYPE_PARAM;
    /// The scope value is stored above this bit.
    pub const SCOPE_OFFSET: u32 = 12;
    pub const SCOPE_MASK: u32 = 15;
}

/// What a name resolves to in a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Resolution {
    Unknown = 0,
    Local = 1,
    GlobalExplicit = 2,
    GlobalImplicit = 3,
    Free = 4,
    Cell = 5,
}

impl Resolution {
    fn of(flags: u32) -> Resolution {
        match (flags >> flag::SCOPE_OFFSET) & flag::SCOPE_MASK {
            1 => Resolution::Local,
            2 => Resolution::GlobalExplicit,
            3 => Resolution::GlobalImplicit,
            4 => Resolution::Free,
            5 => Resolution::Cell,
            _ => Resolution::Unknown,
        }
    }
}

/// What kind of block a scope belongs to; the numbers are those of the `_symtable` module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum BlockKind {
    Function = 0,
    Class = 1,
    Module = 2,
    Annotation = 3,
    TypeAlias = 4,
    TypeParameters = 5,
    TypeVariable = 6,
}

/// Which kind of comprehension a scope is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comprehension {
    No,
    List,
    Set,
    Dict,
    Generator,
}

/// Index of a [`Scope`] in its [`SymbolTable`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ScopeId(pub u32);

/// Identifies a block by the address of the node it comes from and the role it has there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum BlockKey {
    /// The body of a function, class, lambda or comprehension.
    Body(usize),
    /// The value of a type alias (its own variant: the node may share its address with an expression inside it).
    Alias(usize),
    /// The annotations of a function's signature.
    Signature(usize),
    /// The variable annotations of a module, class or function scope.
    Variables(ScopeId),
    TypeParameters(usize),
    Bound(usize),
    Default(usize),
}

/// The address of a node, as an identity.
pub(crate) fn address<T>(node: &T) -> usize {
    std::ptr::from_ref(node) as usize
}

/// One block's symbols.
#[derive(Clone, Debug)]
pub struct Scope {
    pub name: Name,
    pub kind: BlockKind,
    pub location: Location,
    /// Symbol flags ([`flag`]) by (mangled) name, in order of first appearance.
    pub symbols: NameMap<u32>,
    /// Parameters in the order of the code object's locals.
    pub varnames: Vec<Name>,
    pub children: Vec<ScopeId>,
    pub comprehension: Comprehension,
    /// Inside a function.
    pub nested: bool,
    pub generator: bool,
    pub coroutine: bool,
    pub varargs: bool,
    pub varkeywords: bool,
    pub returns_value: bool,
    pub has_docstring: bool,
    pub is_method: bool,
    pub needs_class_closure: bool,
    pub needs_classdict: bool,
    pub can_see_class_scope: bool,
    /// A comprehension merged into its parent.
    pub inlined: bool,
    pub annotations_used: bool,
    pub has_conditional_annotations: bool,
    /// The function whose annotations this scope evaluates.
    pub function_name: Option<Name>,
    pub(crate) annotation_block: Option<ScopeId>,
    comp_iter_target: bool,
    comp_iter_expr: u32,
    in_conditional_block: bool,
    in_unevaluated_annotation: bool,
    /// What a type variable scope is, for messages.
    scope_info: Option<&'static str>,
    pub(crate) mangled_names: Option<Rc<RefCell<NameSet>>>,
    /// Places of `global` and `nonlocal` declarations.
    directives: Vec<(Name, Location)>,
}

impl Scope {
    /// A symbol's flags, 0 when the name does not occur.
    pub fn flags(&self, name: &str) -> u32 {
        self.symbols.get(name).copied().unwrap_or(0)
    }

    /// What `name` resolves to.
    pub fn resolution(&self, name: &str) -> Resolution {
        Resolution::of(self.flags(name))
    }

    /// Whether the block runs as a function (it has fast locals).
    pub fn is_function_like(&self) -> bool {
        !matches!(self.kind, BlockKind::Class | BlockKind::Module)
    }

    /// Replaces the scope value of a symbol; used while compiling inlined comprehensions.
    pub(crate) fn set_flags(&mut self, name: &Name, flags: u32) {
        self.symbols.insert(name.clone(), flags);
    }
}

/// The symbol tables of a module.
#[derive(Clone, Debug)]
pub struct SymbolTable {
    pub(crate) scopes: Vec<Scope>,
    pub(crate) blocks: FxHashMap<BlockKey, ScopeId>,
}

impl SymbolTable {
    /// Builds and analyses the tables of `module`.
    ///
    /// # Errors
    /// The SyntaxErrors about names and scopes.
    pub(crate) fn of(module: &Mod, future: &Future, options: &crate::Options) -> Result<SymbolTable> {
        let mut table = build::build(module, future, options)?;
        analyze::analyze(&mut table)?;
        Ok(table)
    }

    /// The module's scope.
    pub const TOP: ScopeId = ScopeId(0);

    /// A scope by its id.
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    pub(crate) fn scope_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id.0 as usize]
    }

    pub(crate) fn lookup(&self, key: BlockKey) -> Option<ScopeId> {
        self.blocks.get(&key).copied()
    }
}
