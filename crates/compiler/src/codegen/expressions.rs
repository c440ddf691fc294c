//! Expressions: dispatch, operators, conditions, attributes and subscripts.

use std::sync::Arc;

use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::{binary_op, compare_mask, intrinsic_1, resume};
use whipsnake_bytecode::{Const, Opcode};
use whipsnake_syntax::ast::{BoolOp, CmpOp, Expr, ExprContext, ExprKind, Operator, UnaryOp};

use super::Compiler;
use super::comprehensions::ComprehensionParts;
use super::names::{AttrLoad, attribute_place};
use super::unit::ScopeType;
use crate::error::{Result, syntax};
use crate::place::{HasPlace, NO_LOCATION, descend};
use crate::sequence::Label;
use crate::symtable::Name;

/// BINARY_OP's oparg for an operator.
pub(super) fn binary_operator(op: Operator) -> u32 {
    match op {
        Operator::Add => binary_op::ADD,
        Operator::Sub => binary_op::SUBTRACT,
        Operator::Mult => binary_op::MULTIPLY,
        Operator::MatMult => binary_op::MATRIX_MULTIPLY,
        Operator::Div => binary_op::TRUE_DIVIDE,
        Operator::Mod => binary_op::REMAINDER,
        Operator::Pow => binary_op::POWER,
        Operator::LShift => binary_op::LSHIFT,
        Operator::RShift => binary_op::RSHIFT,
        Operator::BitOr => binary_op::OR,
        Operator::BitXor => binary_op::XOR,
        Operator::BitAnd => binary_op::AND,
        Operator::FloorDiv => binary_op::FLOOR_DIVIDE,
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn expr_inner(&mut self, e: &'a Expr) -> Result {
        let loc = e.place();
        match &e.kind {
            ExprKind::NamedExpr { target, value } => {
                self.expr(value)?;
                self.emit_arg(Opcode::COPY, 1, loc);
                self.expr(target)
            }
            ExprKind::BoolOp { op, values } => self.bool_op(*op, values, loc),
            ExprKind::BinOp { left, op, right } => self.bin_op(e, left, *op, right),
            ExprKind::UnaryOp { op, operand } => self.unary_op(*op, operand, loc),
            ExprKind::Lambda { args, body } => self.lambda(e, args, body),
            ExprKind::IfExp { test, body, orelse } => {
                let end = self.new_label();
                let next = self.new_label();
                self.jump_if(loc, test, next, false)?;
                self.expr(body)?;
                self.emit_jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
                self.use_label(next);
                self.expr(orelse)?;
                self.use_label(end);
                Ok(())
            }
            ExprKind::Dict { keys, values } => self.dict(keys, values, loc),
            ExprKind::Set { elts } => self.set(elts, loc),
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension(e, "<genexpr>", ComprehensionParts::generator(elt, generators))
            }
            ExprKind::ListComp { elt, generators } => {
                self.comprehension(e, "<listcomp>", ComprehensionParts::list(elt, generators))
            }
            ExprKind::SetComp { elt, generators } => {
                self.comprehension(e, "<setcomp>", ComprehensionParts::set(elt, generators))
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(e, "<dictcomp>", ComprehensionParts::dict(key, value, generators))
            }
            ExprKind::Yield { value } => {
                if !self.scope().is_function_like() {
                    return syntax(loc, "'yield' outside function");
                }
                match value {
                    Some(value) => self.expr(value)?,
                    None => self.load_const(Const::None, loc),
                }
                self.yield_value(loc);
                Ok(())
            }
            ExprKind::YieldFrom { value } => self.yield_from_expr(value, loc),
            ExprKind::Await { value } => {
                self.expr(value)?;
                self.await_value(0, loc);
                Ok(())
            }
            ExprKind::Compare { left, ops, comparators } => self.compare(e, left, ops, comparators),
            ExprKind::Call { func, args, keywords } => self.call(e, func, args, keywords),
            ExprKind::Constant { value, .. } => {
                let value = crate::constants::from_ast(value, loc)?;
                self.load_const(value, loc);
                Ok(())
            }
            ExprKind::JoinedStr { values } => self.joined_str(values, loc),
            ExprKind::TemplateStr { values } => self.template_str(values, loc),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.formatted_value(value, *conversion, format_spec.as_deref(), loc)
            }
            ExprKind::Interpolation { value, str, conversion, format_spec } => {
                self.interpolation(value, str, *conversion, format_spec.as_deref(), loc)
            }
            ExprKind::Attribute { value, attr, ctx } => self.attribute(e, value, attr, *ctx),
            ExprKind::Subscript { value, slice, ctx } => self.subscript(value, slice, *ctx, loc),
            ExprKind::Starred { ctx: ExprContext::Store, .. } => {
                syntax(loc, "starred assignment target must be in a list or tuple")
            }
            ExprKind::Starred { .. } => syntax(loc, "can't use starred expression here"),
            ExprKind::Slice { .. } => self.slice(e),
            ExprKind::Name { id, ctx } => match self.constant(e)? {
                Some(value) => {
                    self.load_const(value, loc);
                    Ok(())
                }
                None => self.name_op(loc, id, *ctx),
            },
            ExprKind::List { elts, ctx } => self.list(elts, *ctx, loc),
            ExprKind::Tuple { elts, ctx } => self.tuple(elts, *ctx, loc),
        }
    }

    fn bin_op(&mut self, e: &'a Expr, left: &'a Expr, op: Operator, right: &'a Expr) -> Result {
        if op == Operator::Mod && self.format_operator(e, left, right)? {
            return Ok(());
        }
        self.expr(left)?;
        self.expr(right)?;
        self.emit_arg(Opcode::BINARY_OP, binary_operator(op), e.place());
        Ok(())
    }

    fn unary_op(&mut self, op: UnaryOp, operand: &'a Expr, loc: Location) -> Result {
        self.expr(operand)?;
        match op {
            UnaryOp::UAdd => self.emit_arg(Opcode::CALL_INTRINSIC_1, intrinsic_1::UNARY_POSITIVE, loc),
            UnaryOp::Not => {
                self.emit(Opcode::TO_BOOL, loc);
                self.emit(Opcode::UNARY_NOT, loc);
            }
            UnaryOp::Invert => self.emit(Opcode::UNARY_INVERT, loc),
            UnaryOp::USub => self.emit(Opcode::UNARY_NEGATIVE, loc),
        }
        Ok(())
    }

    fn bool_op(&mut self, op: BoolOp, values: &'a [Expr], loc: Location) -> Result {
        let jump = if op == BoolOp::And { Opcode::JUMP_IF_FALSE } else { Opcode::JUMP_IF_TRUE };
        let end = self.new_label();
        let Some((last, others)) = values.split_last() else { return Ok(()) };
        for value in others {
            self.expr(value)?;
            self.emit_jump(jump, end, loc);
            self.emit(Opcode::POP_TOP, loc);
        }
        self.expr(last)?;
        self.use_label(end);
        Ok(())
    }

    pub(super) fn yield_value(&mut self, loc: Location) {
        if self.scope().generator && self.scope().coroutine {
            self.emit_arg(Opcode::CALL_INTRINSIC_1, intrinsic_1::ASYNC_GEN_WRAP, loc);
        }
        self.emit_arg(Opcode::YIELD_VALUE, 0, loc);
        self.emit_arg(Opcode::RESUME, resume::AFTER_YIELD, loc);
    }

    fn yield_from_expr(&mut self, value: &'a Expr, loc: Location) -> Result {
        if !self.scope().is_function_like() {
            return syntax(loc, "'yield from' outside function");
        }
        if self.unit().scope_type == ScopeType::AsyncFunction {
            return syntax(loc, "'yield from' inside async function");
        }
        self.expr(value)?;
        self.emit(Opcode::GET_YIELD_FROM_ITER, loc);
        self.load_const(Const::None, loc);
        self.yield_from(loc, false);
        Ok(())
    }

    pub(super) fn emit_compare(&mut self, op: CmpOp, loc: Location) {
        use compare_mask::{EQUALS, GREATER_THAN, LESS_THAN, NOT_EQUALS};
        let (number, mask) = match op {
            CmpOp::Lt => (0, LESS_THAN),
            CmpOp::LtE => (1, LESS_THAN | EQUALS),
            CmpOp::Eq => (2, EQUALS),
            CmpOp::NotEq => (3, NOT_EQUALS),
            CmpOp::Gt => (4, GREATER_THAN),
            CmpOp::GtE => (5, GREATER_THAN | EQUALS),
            CmpOp::Is => return self.emit_arg(Opcode::IS_OP, 0, loc),
            CmpOp::IsNot => return self.emit_arg(Opcode::IS_OP, 1, loc),
            CmpOp::In => return self.emit_arg(Opcode::CONTAINS_OP, 0, loc),
            CmpOp::NotIn => return self.emit_arg(Opcode::CONTAINS_OP, 1, loc),
        };
        self.emit_arg(Opcode::COMPARE_OP, number << 5 | mask, loc);
    }

    /// One step of a chained comparison: keeps the right operand below the result.
    fn chain_step(&mut self, right: &'a Expr, op: CmpOp, loc: Location) -> Result {
        self.expr(right)?;
        self.emit_arg(Opcode::SWAP, 2, loc);
        self.emit_arg(Opcode::COPY, 2, loc);
        self.emit_compare(op, loc);
        Ok(())
    }

    fn compare(&mut self, e: &'a Expr, left: &'a Expr, ops: &'a [CmpOp], comparators: &'a [Expr]) -> Result {
        let loc = e.place();
        self.check_compare(e, left, ops, comparators);
        self.expr(left)?;
        let n = ops.len().min(comparators.len()).saturating_sub(1);
        let (Some(last_op), Some(last)) = (ops.get(n), comparators.get(n)) else { return Ok(()) };
        if n == 0 {
            self.expr(last)?;
            self.emit_compare(*last_op, loc);
            return Ok(());
        }
        let cleanup = self.new_label();
        for (op, right) in ops.iter().zip(comparators).take(n) {
            self.chain_step(right, *op, loc)?;
            self.emit_arg(Opcode::COPY, 1, loc);
            self.emit(Opcode::TO_BOOL, loc);
            self.emit_jump(Opcode::POP_JUMP_IF_FALSE, cleanup, loc);
            self.emit(Opcode::POP_TOP, loc);
        }
        self.expr(last)?;
        self.emit_compare(*last_op, loc);
        let end = self.new_label();
        self.emit_jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
        self.use_label(cleanup);
        self.emit_arg(Opcode::SWAP, 2, loc);
        self.emit(Opcode::POP_TOP, loc);
        self.use_label(end);
        Ok(())
    }

    /// Jumps to `next` if the truth of `e` is `cond`; falls through otherwise.
    pub(super) fn jump_if(&mut self, loc: Location, e: &'a Expr, next: Label, cond: bool) -> Result {
        descend(self, |c| &mut c.depth, |c| c.jump_if_inner(loc, e, next, cond))
    }

    fn jump_if_inner(&mut self, loc: Location, e: &'a Expr, next: Label, cond: bool) -> Result {
        match &e.kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => return self.jump_if(loc, operand, next, !cond),
            ExprKind::BoolOp { op, values } => {
                let cond2 = *op == BoolOp::Or;
                let next2 = if cond2 != cond { self.new_label() } else { next };
                let Some((last, others)) = values.split_last() else { return Ok(()) };
                for value in others {
                    self.jump_if(loc, value, next2, cond2)?;
                }
                self.jump_if(loc, last, next, cond)?;
                if next2 != next {
                    self.use_label(next2);
                }
                return Ok(());
            }
            ExprKind::IfExp { test, body, orelse } => {
                let end = self.new_label();
                let next2 = self.new_label();
                self.jump_if(loc, test, next2, false)?;
                self.jump_if(loc, body, next, cond)?;
                self.emit_jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
                self.use_label(next2);
                self.jump_if(loc, orelse, next, cond)?;
                self.use_label(end);
                return Ok(());
            }
            ExprKind::Compare { left, ops, comparators } if ops.len() > 1 => {
                return self.jump_if_chain(e, left, ops, comparators, next, cond);
            }
            _ => {}
        }
        self.expr(e)?;
        self.emit(Opcode::TO_BOOL, e.place());
        let op = if cond { Opcode::POP_JUMP_IF_TRUE } else { Opcode::POP_JUMP_IF_FALSE };
        self.emit_jump(op, next, e.place());
        Ok(())
    }

    fn jump_if_chain(
        &mut self,
        e: &'a Expr,
        left: &'a Expr,
        ops: &'a [CmpOp],
        comparators: &'a [Expr],
        next: Label,
        cond: bool,
    ) -> Result {
        let here = e.place();
        self.check_compare(e, left, ops, comparators);
        let cleanup = self.new_label();
        self.expr(left)?;
        let n = ops.len().min(comparators.len()) - 1;
        for (op, right) in ops.iter().zip(comparators).take(n) {
            self.chain_step(right, *op, here)?;
            self.emit(Opcode::TO_BOOL, here);
            self.emit_jump(Opcode::POP_JUMP_IF_FALSE, cleanup, here);
        }
        self.expr(&comparators[n])?;
        self.emit_compare(ops[n], here);
        self.emit(Opcode::TO_BOOL, here);
        let op = if cond { Opcode::POP_JUMP_IF_TRUE } else { Opcode::POP_JUMP_IF_FALSE };
        self.emit_jump(op, next, here);
        let end = self.new_label();
        self.emit_jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
        self.use_label(cleanup);
        self.emit(Opcode::POP_TOP, here);
        if !cond {
            self.emit_jump(Opcode::JUMP_NO_INTERRUPT, next, NO_LOCATION);
        }
        self.use_label(end);
        Ok(())
    }

    fn attribute(&mut self, e: &'a Expr, value: &'a Expr, attr: &Name, ctx: ExprContext) -> Result {
        let node = e.place();
        if ctx == ExprContext::Load && self.can_optimize_super_call(value, attr) {
            let with_args = self.load_super_args(value)?;
            let kind = if with_args { AttrLoad::SuperAttr } else { AttrLoad::ZeroSuperAttr };
            self.load_attr(kind, attr, node);
            self.emit(Opcode::NOP, attribute_place(node, node, attr));
            return Ok(());
        }
        self.note_static_attribute(value, attr, ctx);
        self.expr(value)?;
        let loc = attribute_place(node, node, attr);
        match ctx {
            ExprContext::Load => self.load_attr(AttrLoad::Attr, attr, loc),
            ExprContext::Store => self.emit_name(Opcode::STORE_ATTR, attr, loc),
            ExprContext::Del => self.emit_name(Opcode::DELETE_ATTR, attr, loc),
        }
        Ok(())
    }

    fn subscript(&mut self, value: &'a Expr, slice: &'a Expr, ctx: ExprContext, loc: Location) -> Result {
        if ctx == ExprContext::Load {
            self.check_subscripter(value);
            self.check_index(value, slice);
        }
        self.expr(value)?;
        if self.is_two_part_slice(slice) && ctx != ExprContext::Del {
            self.slice_bounds(slice)?;
            let op = if ctx == ExprContext::Load { Opcode::BINARY_SLICE } else { Opcode::STORE_SLICE };
            self.emit(op, loc);
            return Ok(());
        }
        self.expr(slice)?;
        match ctx {
            ExprContext::Load => self.emit_arg(Opcode::BINARY_OP, binary_op::SUBSCR, loc),
            ExprContext::Store => self.emit(Opcode::STORE_SUBSCR, loc),
            ExprContext::Del => self.emit(Opcode::DELETE_SUBSCR, loc),
        }
        Ok(())
    }

    fn is_constant_slice(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().flatten().all(|part| self.is_constant(part))
            }
            _ => false,
        }
    }

    /// A slice without step that is not a constant: BINARY_SLICE and STORE_SLICE take its bounds from the stack.
    pub(super) fn is_two_part_slice(&self, e: &Expr) -> bool {
        matches!(&e.kind, ExprKind::Slice { step: None, .. }) && !self.is_constant_slice(e)
    }

    pub(super) fn slice_bounds(&mut self, e: &'a Expr) -> Result {
        let ExprKind::Slice { lower, upper, .. } = &e.kind else { return Ok(()) };
        for bound in [lower, upper] {
            match bound {
                Some(bound) => self.expr(bound)?,
                None => self.load_const(Const::None, e.place()),
            }
        }
        Ok(())
    }

    fn slice(&mut self, e: &'a Expr) -> Result {
        let ExprKind::Slice { lower, upper, step } = &e.kind else { return Ok(()) };
        if self.is_constant_slice(e) {
            let mut parts = [Const::None, Const::None, Const::None];
            for (part, bound) in parts.iter_mut().zip([lower, upper, step]) {
                if let Some(bound) = bound {
                    *part = self.constant(bound)?.unwrap_or(Const::None);
                }
            }
            self.load_const(Const::Slice(Arc::new(parts)), e.place());
            return Ok(());
        }
        self.slice_bounds(e)?;
        let mut parts = 2;
        if let Some(step) = step {
            parts += 1;
            self.expr(step)?;
        }
        self.emit_arg(Opcode::BUILD_SLICE, parts, e.place());
        Ok(())
    }
}
