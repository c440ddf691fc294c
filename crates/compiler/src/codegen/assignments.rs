//! Assignments: plain, augmented and annotated.

use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::binary_op;
use whipsnake_syntax::ast::{AnnAssign, Assign, AugAssign, Expr, ExprContext, ExprKind};

use super::Compiler;
use super::names::{AttrLoad, attribute_place};
use super::unit::{DeferredAnnotation, ScopeType};
use crate::error::{ErrorKind, Result, internal};
use crate::place::{HasPlace, descend};
use crate::symtable::Name;

impl<'a> Compiler<'a> {
    pub(super) fn assign(&mut self, a: &'a Assign, loc: Location) -> Result {
        self.expr(&a.value)?;
        for (i, target) in a.targets.iter().enumerate() {
            if i + 1 < a.targets.len() {
                self.emit_arg(Opcode::COPY, 1, loc);
            }
            self.expr(target)?;
        }
        Ok(())
    }

    pub(super) fn aug_assign(&mut self, a: &'a AugAssign, stmt_loc: Location) -> Result {
        let target_loc = a.target.place();
        match &a.target.kind {
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(value)?;
                self.emit_arg(Opcode::COPY, 1, target_loc);
                let loc = attribute_place(target_loc, target_loc, attr);
                self.load_attr(AttrLoad::Attr, attr, loc);
                self.aug_value(a, stmt_loc)?;
                self.emit_arg(Opcode::SWAP, 2, loc);
                self.emit_name(Opcode::STORE_ATTR, attr, loc);
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                let two_part = self.is_two_part_slice(slice);
                if two_part {
                    self.slice_bounds(slice)?;
                    for _ in 0..3 {
                        self.emit_arg(Opcode::COPY, 3, target_loc);
                    }
                    self.emit(Opcode::BINARY_SLICE, target_loc);
                } else {
                    self.expr(slice)?;
                    self.emit_arg(Opcode::COPY, 2, target_loc);
                    self.emit_arg(Opcode::COPY, 2, target_loc);
                    self.emit_arg(Opcode::BINARY_OP, binary_op::SUBSCR, target_loc);
                }
                self.aug_value(a, stmt_loc)?;
                if two_part {
                    self.emit_arg(Opcode::SWAP, 4, target_loc);
                }
                self.emit_arg(Opcode::SWAP, 3, target_loc);
                self.emit_arg(Opcode::SWAP, 2, target_loc);
                let op = if two_part { Opcode::STORE_SLICE } else { Opcode::STORE_SUBSCR };
                self.emit(op, target_loc);
            }
            ExprKind::Name { id, .. } => {
                self.name_op(target_loc, id, ExprContext::Load)?;
                self.aug_value(a, stmt_loc)?;
                self.name_op(target_loc, id, ExprContext::Store)?;
            }
            _ => return internal(ErrorKind::System, "invalid node type for augmented assignment"),
        }
        Ok(())
    }

    fn aug_value(&mut self, a: &'a AugAssign, loc: Location) -> Result {
        self.expr(&a.value)?;
        let op = super::expressions::binary_operator(a.op);
        self.emit_arg(Opcode::BINARY_OP, op + binary_op::INPLACE, loc);
        Ok(())
    }

    pub(super) fn ann_assign(&mut self, a: &'a AnnAssign, loc: Location) -> Result {
        if let Some(value) = &a.value {
            self.expr(value)?;
            self.expr(&a.target)?;
        }
        match &a.target.kind {
            ExprKind::Name { id, .. } => {
                let annotated = matches!(self.unit().scope_type, ScopeType::Module | ScopeType::Class);
                if a.simple && annotated {
                    self.annotate_variable(a, id, loc)?;
                }
            }
            ExprKind::Attribute { value, .. } if a.value.is_none() => self.check_evaluable(value)?,
            ExprKind::Subscript { value, slice, .. } if a.value.is_none() => {
                self.check_evaluable(value)?;
                self.check_subscript_evaluable(slice)?;
            }
            ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => {}
            _ => return internal(ErrorKind::System, "invalid node type for annotated assignment"),
        }
        Ok(())
    }

    fn annotate_variable(&mut self, a: &'a AnnAssign, name: &Name, loc: Location) -> Result {
        if self.future_annotations() {
            self.annotation_text(&a.annotation)?;
            self.emit_name(Opcode::LOAD_NAME, &"__annotations__".into(), loc);
            let mangled = self.mangled(name);
            self.load_str(&mangled, loc);
            self.emit(Opcode::STORE_SUBSCR, loc);
            return Ok(());
        }
        let is_class = self.unit().scope_type == ScopeType::Class;
        let unit = self.unit_mut();
        let conditional = !is_class || unit.in_conditional_block;
        let index = conditional.then(|| {
            unit.next_conditional_annotation += 1;
            unit.next_conditional_annotation - 1
        });
        unit.deferred_annotations.push(DeferredAnnotation { node: a, loc, index });
        let Some(index) = index else { return Ok(()) };
        // Note that execution came by here.
        let set: Name = "__conditional_annotations__".into();
        if is_class {
            let cell = self.unit_mut().cell_index(&set);
            self.emit_arg(Opcode::LOAD_DEREF, cell, loc);
        } else {
            self.emit_name(Opcode::LOAD_NAME, &set, loc);
        }
        self.load_const(whipsnake_bytecode::Const::Int(i64::from(index)), loc);
        self.emit_arg(Opcode::SET_ADD, 1, loc);
        self.emit(Opcode::POP_TOP, loc);
        Ok(())
    }

    /// Evaluates an expression for its errors only.
    fn check_evaluable(&mut self, e: &'a Expr) -> Result {
        self.expr(e)?;
        self.emit(Opcode::POP_TOP, e.place());
        Ok(())
    }

    fn check_subscript_evaluable(&mut self, e: &'a Expr) -> Result {
        match &e.kind {
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().flatten().try_for_each(|part| self.check_evaluable(part))
            }
            ExprKind::Tuple { elts, .. } => {
                elts.iter().try_for_each(|elt| descend(self, |c| &mut c.depth, |c| c.check_subscript_evaluable(elt)))
            }
            _ => self.check_evaluable(e),
        }
    }
}
