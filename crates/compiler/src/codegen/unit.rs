//! The code object being made: its names, constants, instructions and open blocks.

use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;
use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::{CodeFlags, Const, Opcode};
use whipsnake_syntax::ast::AnnAssign;

use super::Compiler;
use super::unwinding::OpenBlock;
use crate::error::{ErrorKind, Result, internal};
use crate::sequence::{Emitted, Sequence};
use crate::symtable::{BlockKey, Name, NameSet, Resolution, Scope, ScopeId, flag, mangle};

/// What kind of code a unit is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ScopeType {
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
    /// Annotations, type parameters, type aliases and their bounds.
    Annotations,
}

/// Numbers of parameters.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Arity {
    /// Positional-or-keyword parameters.
    pub args: u32,
    pub posonly: u32,
    pub kwonly: u32,
}

/// An annotation that the unit's `__annotate__` will evaluate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeferredAnnotation<'a> {
    pub node: &'a AnnAssign,
    pub loc: Location,
    /// Entry of `__conditional_annotations__` that says whether execution came by; none for unconditional ones.
    pub index: Option<u32>,
}

/// The state of one code object under construction.
pub(crate) struct Unit<'a> {
    pub scope: ScopeId,
    pub scope_type: ScopeType,
    /// The class whose name mangles private names.
    pub class: Option<Name>,
    pub name: Name,
    pub qualname: Name,
    pub arity: Arity,
    pub firstlineno: i32,
    pub consts: IndexSet<Const, FxBuildHasher>,
    pub names: NameSet,
    pub varnames: NameSet,
    pub cellvars: NameSet,
    /// Numbered after the cells.
    pub freevars: NameSet,
    /// Fast locals of inlined comprehensions in a module or class; true while one is being compiled.
    pub fast_hidden: IndexMap<Name, bool, FxBuildHasher>,
    pub sequence: Sequence,
    /// Where the main sequence waits while the annotations code of a module is generated.
    pub stashed: Option<Sequence>,
    pub blocks: Vec<OpenBlock<'a>>,
    /// Depth of inlined comprehensions being compiled.
    pub inlined_comprehensions: u32,
    pub static_attributes: NameSet,
    pub deferred_annotations: Vec<DeferredAnnotation<'a>>,
    pub next_conditional_annotation: u32,
    pub in_conditional_block: bool,
}

impl Unit<'_> {
    pub fn const_index(&mut self, value: Const) -> u32 {
        self.consts.insert_full(value).0 as u32
    }

    pub fn name_index(&mut self, name: &Name) -> u32 {
        self.names.insert_full(name.clone()).0 as u32
    }

    pub fn varname_index(&mut self, name: &Name) -> u32 {
        self.varnames.insert_full(name.clone()).0 as u32
    }

    pub fn cell_index(&mut self, name: &Name) -> u32 {
        self.cellvars.insert_full(name.clone()).0 as u32
    }

    pub fn free_index(&mut self, name: &Name) -> u32 {
        let index = self.freevars.insert_full(name.clone()).0;
        (index + self.cellvars.len()) as u32
    }

    /// Diverts code generation to the annotations sequence of a module.
    pub fn start_annotations(&mut self) {
        self.stashed = Some(std::mem::take(&mut self.sequence));
    }

    /// Ends the diversion.
    pub fn end_annotations(&mut self) {
        if let Some(main) = self.stashed.take() {
            let annotations: Vec<Emitted> = std::mem::replace(&mut self.sequence, main).instructions;
            self.sequence.annotations = annotations;
        }
    }
}

/// Names with a scope value or a flag, in sorted order.
fn names_by_scope(scope: &Scope, resolution: Resolution, bit: u32) -> NameSet {
    let mut names: Vec<Name> = scope
        .symbols
        .iter()
        .filter(|(name, flags)| scope.resolution(name) == resolution || **flags & bit != 0)
        .map(|(name, _)| name.clone())
        .collect();
    names.sort();
    names.into_iter().collect()
}

/// `co_flags`.
pub(super) fn code_flags(scope: &Scope, features: u32, top_level_await: bool) -> u32 {
    let mut flags = features;
    if scope.is_function_like() {
        flags |= CodeFlags::NEWLOCALS | CodeFlags::OPTIMIZED;
        let bits = [
            (scope.nested, CodeFlags::NESTED),
            (scope.generator && !scope.coroutine, CodeFlags::GENERATOR),
            (scope.generator && scope.coroutine, CodeFlags::ASYNC_GENERATOR),
            (scope.coroutine && !scope.generator, CodeFlags::COROUTINE),
            (scope.varargs, CodeFlags::VARARGS),
            (scope.varkeywords, CodeFlags::VARKEYWORDS),
            (scope.has_docstring, CodeFlags::HAS_DOCSTRING),
            (scope.is_method, CodeFlags::METHOD),
        ];
        for (set, bit) in bits {
            if set {
                flags |= bit;
            }
        }
    }
    if top_level_await && scope.coroutine && !scope.generator {
        flags |= CodeFlags::COROUTINE;
    }
    flags
}

impl<'a> Compiler<'a> {
    /// Starts a code object for the block `key`.
    pub(super) fn enter_scope(
        &mut self,
        name: Name,
        scope_type: ScopeType,
        key: BlockKey,
        line: i32,
        class: Option<Name>,
        arity: Arity,
    ) -> Result {
        let Some(id) = self.table.lookup(key) else {
            return internal(ErrorKind::System, "unknown symbol table entry");
        };
        let scope = self.table.scope(id);
        let mut cellvars = names_by_scope(scope, Resolution::Cell, flag::COMP_CELL);
        let implicit = [
            (scope.needs_class_closure, "__class__"),
            (scope.needs_classdict, "__classdict__"),
            // A module does not use this cell, but CPython makes it one all the same.
            (scope.has_conditional_annotations, "__conditional_annotations__"),
        ];
        cellvars.extend(implicit.into_iter().filter(|(needed, _)| *needed).map(|(_, name)| Name::from(name)));
        let unit = Unit {
            scope: id,
            scope_type,
            class: class.or_else(|| self.units.last().and_then(|u| u.class.clone())),
            qualname: self.qualname(&name, scope_type),
            name,
            arity,
            firstlineno: line,
            consts: IndexSet::default(),
            names: NameSet::default(),
            varnames: scope.varnames.iter().cloned().collect(),
            cellvars,
            freevars: names_by_scope(scope, Resolution::Free, flag::FREE_CLASS),
            fast_hidden: IndexMap::default(),
            sequence: Sequence::default(),
            stashed: None,
            blocks: Vec::new(),
            inlined_comprehensions: 0,
            static_attributes: NameSet::default(),
            deferred_annotations: Vec::new(),
            next_conditional_annotation: 0,
            in_conditional_block: false,
        };
        self.units.push(unit);
        let mut loc = Location { line, end_line: line, column: 0, end_column: 0 };
        if scope_type == ScopeType::Module {
            loc.line = 0;
        }
        self.emit_arg(Opcode::RESUME, 0, loc);
        if scope_type == ScopeType::Module {
            self.emit(Opcode::ANNOTATIONS_PLACEHOLDER, loc);
        }
        Ok(())
    }

    /// `co_qualname` of a unit about to be entered.
    pub(super) fn qualname(&self, name: &Name, scope_type: ScopeType) -> Name {
        let depth = self.units.len();
        let mut base = None;
        if depth > 1 {
            let mut parent = &self.units[depth - 1];
            if parent.scope_type == ScopeType::Annotations {
                // The scope of type parameters does not show.
                if depth == 2 {
                    return name.clone();
                }
                parent = &self.units[depth - 2];
            }
            let named = matches!(scope_type, ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Class);
            let is_global = named && {
                let mangled = mangle(parent.class.as_deref(), name);
                self.table.scope(parent.scope).resolution(&mangled) == Resolution::GlobalExplicit
            };
            if !is_global {
                let in_function =
                    matches!(parent.scope_type, ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Lambda);
                base = Some(match in_function {
                    true => format!("{}.<locals>", parent.qualname),
                    false => parent.qualname.to_string(),
                });
            }
        }
        base.map_or_else(|| name.clone(), |base| format!("{base}.{name}").into())
    }
}
