//! Loading, storing and deleting names and attributes.

use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::locations::Location;
use whipsnake_syntax::ast::{Expr, ExprContext, ExprKind};

use super::Compiler;
use super::unit::ScopeType;
use crate::error::{ErrorKind, Result, internal};
use crate::symtable::{BlockKind, Name, Resolution, maybe_mangle};

/// Where a name lives at run time.
enum Storage {
    Deref(u32),
    Fast,
    Global(u32),
    Name(u32),
}

/// The flavours of LOAD_ATTR and LOAD_SUPER_ATTR.
#[derive(Clone, Copy)]
pub(super) enum AttrLoad {
    Attr,
    Method,
    SuperAttr,
    SuperMethod,
    ZeroSuperAttr,
    ZeroSuperMethod,
}

impl<'a> Compiler<'a> {
    pub(super) fn mangled(&self, name: &Name) -> Name {
        maybe_mangle(self.unit().class.as_deref(), self.scope(), name)
    }

    fn storage(&mut self, mangled: &Name, resolution: Resolution) -> Storage {
        let function_like = self.scope().is_function_like();
        let unit = self.unit_mut();
        match resolution {
            Resolution::Free => Storage::Deref(unit.free_index(mangled)),
            Resolution::Cell => Storage::Deref(unit.cell_index(mangled)),
            Resolution::Local if function_like || unit.fast_hidden.get(mangled) == Some(&true) => Storage::Fast,
            Resolution::GlobalImplicit if function_like => Storage::Global(unit.name_index(mangled)),
            Resolution::GlobalExplicit => Storage::Global(unit.name_index(mangled)),
            _ => Storage::Name(unit.name_index(mangled)),
        }
    }

    /// Loads, stores or deletes a name.
    pub(super) fn name_op(&mut self, loc: Location, name: &Name, ctx: ExprContext) -> Result {
        let mangled = self.mangled(name);
        let resolution = self.scope().resolution(&mangled);
        let in_inlined = self.unit().inlined_comprehensions > 0;
        let is_class = self.scope().kind == BlockKind::Class;
        let sees_class = self.scope().can_see_class_scope;
        let (op, arg) = match (self.storage(&mangled, resolution), ctx) {
            (Storage::Deref(i), ExprContext::Load) if is_class && !in_inlined => {
                self.emit(Opcode::LOAD_LOCALS, loc);
                (Opcode::LOAD_FROM_DICT_OR_DEREF, i)
            }
            (Storage::Deref(i), ExprContext::Load) if sees_class => {
                self.load_classdict(loc);
                (Opcode::LOAD_FROM_DICT_OR_DEREF, i)
            }
            (Storage::Deref(i), ExprContext::Load) => (Opcode::LOAD_DEREF, i),
            (Storage::Deref(i), ExprContext::Store) => (Opcode::STORE_DEREF, i),
            (Storage::Deref(i), ExprContext::Del) => (Opcode::DELETE_DEREF, i),
            (Storage::Fast, ctx) => {
                let op = match ctx {
                    ExprContext::Load => Opcode::LOAD_FAST,
                    ExprContext::Store => Opcode::STORE_FAST,
                    ExprContext::Del => Opcode::DELETE_FAST,
                };
                (op, self.unit_mut().varname_index(&mangled))
            }
            (Storage::Global(i), ExprContext::Load) if sees_class && resolution == Resolution::GlobalImplicit => {
                self.load_classdict(loc);
                (Opcode::LOAD_FROM_DICT_OR_GLOBALS, i)
            }
            (Storage::Global(i), ExprContext::Load) => (Opcode::LOAD_GLOBAL, i << 1),
            (Storage::Global(i), ExprContext::Store) => (Opcode::STORE_GLOBAL, i),
            (Storage::Global(i), ExprContext::Del) => (Opcode::DELETE_GLOBAL, i),
            (Storage::Name(i), ExprContext::Load) if is_class && in_inlined => (Opcode::LOAD_GLOBAL, i << 1),
            (Storage::Name(i), ExprContext::Load) => (Opcode::LOAD_NAME, i),
            (Storage::Name(i), ExprContext::Store) => (Opcode::STORE_NAME, i),
            (Storage::Name(i), ExprContext::Del) => (Opcode::DELETE_NAME, i),
        };
        self.emit_arg(op, arg, loc);
        Ok(())
    }

    fn load_classdict(&mut self, loc: Location) {
        let index = self.unit_mut().free_index(&"__classdict__".into());
        self.emit_arg(Opcode::LOAD_DEREF, index, loc);
    }

    /// An instruction whose oparg is a (mangled) name.
    pub(super) fn emit_name(&mut self, op: Opcode, name: &Name, loc: Location) {
        let mangled = self.mangled(name);
        let index = self.unit_mut().name_index(&mangled);
        self.emit_arg(op, index, loc);
    }

    pub(super) fn load_attr(&mut self, kind: AttrLoad, name: &Name, loc: Location) {
        let mangled = self.mangled(name);
        let index = self.unit_mut().name_index(&mangled);
        let (op, arg) = match kind {
            AttrLoad::Attr => (Opcode::LOAD_ATTR, index << 1),
            AttrLoad::Method => (Opcode::LOAD_ATTR, index << 1 | 1),
            AttrLoad::ZeroSuperAttr => (Opcode::LOAD_SUPER_ATTR, index << 2),
            AttrLoad::ZeroSuperMethod => (Opcode::LOAD_SUPER_ATTR, index << 2 | 1),
            AttrLoad::SuperAttr => (Opcode::LOAD_SUPER_ATTR, index << 2 | 2),
            AttrLoad::SuperMethod => (Opcode::LOAD_SUPER_ATTR, index << 2 | 3),
        };
        self.emit_arg(op, arg, loc);
    }

    /// Index of the cell or free variable that a nested function called `name` closes over.
    pub(super) fn closure_index(&mut self, name: &Name) -> Result<u32> {
        let resolution = self.reference_type(name);
        let unit = self.unit_mut();
        let index = match resolution {
            Resolution::Cell => unit.cellvars.get_index_of(name),
            _ => unit.freevars.get_index_of(name).map(|i| i + unit.cellvars.len()),
        };
        match index {
            Some(i) => Ok(i as u32),
            None => internal(ErrorKind::System, format!("lookup of closure variable {name:?} failed")),
        }
    }

    /// Like the scope's resolution, but knows the implicit cells of a class.
    pub(super) fn reference_type(&self, name: &str) -> Resolution {
        let implicit = matches!(name, "__class__" | "__classdict__" | "__conditional_annotations__");
        if self.unit().scope_type == ScopeType::Class && implicit {
            return Resolution::Cell;
        }
        self.scope().resolution(name)
    }

    /// `self.attr = ...` in a method adds to the class's `__static_attributes__`.
    pub(super) fn note_static_attribute(&mut self, value: &Expr, attr: &Name, ctx: ExprContext) {
        let on_self = matches!(&value.kind, ExprKind::Name { id, .. } if &**id == "self");
        if ctx != ExprContext::Store || !on_self {
            return;
        }
        let outer = self.units.len() - 1;
        if let Some(class) = self.units[..outer].iter_mut().rev().find(|u| u.scope_type == ScopeType::Class) {
            class.static_attributes.insert(attr.clone());
        }
    }
}

/// For an attribute on another line than its object: the location starts at the attribute's name.
pub(super) fn attribute_place(mut loc: Location, node: Location, attr: &str) -> Location {
    if loc.line != node.end_line {
        loc.line = node.end_line;
        let len = attr.chars().count() as i32;
        if len <= node.end_column {
            loc.column = node.end_column - len;
        } else {
            loc.column = -1;
            loc.end_column = -1;
        }
        loc.end_line = loc.line.max(loc.end_line);
        if loc.line == loc.end_line {
            loc.end_column = loc.column.max(loc.end_column);
        }
    }
    loc
}
