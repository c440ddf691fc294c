//! Statements: dispatch, and those that need no file of their own.

use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::{common_constant, intrinsic_1};
use whipsnake_bytecode::{Const, Opcode};
use whipsnake_syntax::ast::{Expr, ExprContext, If, Stmt, StmtKind};

use super::Compiler;
use crate::constants::{clean_docstring, docstring};
use crate::error::{Result, syntax};
use crate::place::{HasPlace, NO_LOCATION};

impl<'a> Compiler<'a> {
    /// The body of a module or class: docstring, statements, annotations.
    pub(super) fn body(&mut self, loc: Location, body: &'a [Stmt]) -> Result {
        if self.future_annotations() && self.scope().annotations_used {
            self.emit(Opcode::SETUP_ANNOTATIONS, loc);
        }
        if body.is_empty() {
            return Ok(());
        }
        let interactive = self.interactive_top_level();
        let mut rest = if interactive { body } else { self.strip_docstring(body) };
        if !interactive
            && self.scope().has_docstring
            && let Some((doc, node)) = docstring(rest)
        {
            self.load_const(Const::str(clean_docstring(doc)), node.place());
            self.name_op(NO_LOCATION, &"__doc__".into(), ExprContext::Store)?;
            rest = &rest[1..];
        }
        self.stmts(rest)?;
        if self.future_annotations() { Ok(()) } else { self.deferred_annotations(loc) }
    }

    /// With -OO: the body without its docstring. For a docstring that is all there is, generates a `pass`.
    pub(super) fn strip_docstring(&mut self, body: &'a [Stmt]) -> &'a [Stmt] {
        if self.options.optimize < 2 || docstring(body).is_none() {
            return body;
        }
        if let [only] = body {
            self.emit(Opcode::NOP, pass_at(only.place()));
        }
        let rest = &body[1..];
        if let Some((text, node)) = docstring(rest) {
            // A string that moves up must not become the docstring: it is evaluated, like an f-string.
            self.load_const(Const::str(text), node.place());
            self.emit(Opcode::POP_TOP, NO_LOCATION);
            return &rest[1..];
        }
        rest
    }

    /// The location of the first statement of a module, the docstring stripped if it has to be.
    pub(super) fn first_location(&self, body: &[Stmt]) -> Location {
        let start = Location { line: 1, end_line: 1, column: 0, end_column: 0 };
        let strip = self.options.optimize >= 2 && docstring(body).is_some();
        match body {
            [only] if strip => pass_at(only.place()),
            [_, second, ..] if strip => second.place(),
            [first, ..] => first.place(),
            [] => start,
        }
    }

    fn conditional(&mut self, step: impl FnOnce(&mut Self) -> Result) -> Result {
        let before = std::mem::replace(&mut self.unit_mut().in_conditional_block, true);
        step(self)?;
        self.unit_mut().in_conditional_block = before;
        Ok(())
    }

    pub(super) fn stmt_inner(&mut self, s: &'a Stmt) -> Result {
        let loc = s.place();
        match &s.kind {
            StmtKind::FunctionDef(f) => self.function(f, loc, false),
            StmtKind::AsyncFunctionDef(f) => self.function(f, loc, true),
            StmtKind::ClassDef(c) => self.class_def(c, loc),
            StmtKind::TypeAlias(t) => self.type_alias(t, loc),
            StmtKind::Return { value } => self.return_stmt(value.as_deref(), loc),
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign(a) => self.assign(a, loc),
            StmtKind::AugAssign(a) => self.aug_assign(a, loc),
            StmtKind::AnnAssign(a) => self.ann_assign(a, loc),
            StmtKind::For(f) => self.conditional(|c| c.for_loop(f, loc)),
            StmtKind::AsyncFor(f) => self.conditional(|c| c.async_for_loop(f, loc)),
            StmtKind::While(w) => self.conditional(|c| c.while_loop(w, loc)),
            StmtKind::If(i) => self.conditional(|c| c.if_stmt(i, loc)),
            StmtKind::Match(m) => self.conditional(|c| c.match_stmt(m)),
            StmtKind::Raise { exc, cause } => self.raise(exc.as_deref(), cause.as_deref(), loc),
            StmtKind::Try(t) => self.conditional(|c| c.try_stmt(t, loc, false)),
            StmtKind::TryStar(t) => self.conditional(|c| c.try_stmt(t, loc, true)),
            StmtKind::With(w) => self.conditional(|c| c.with_stmt(&w.items, &w.body, false)),
            StmtKind::AsyncWith(w) => self.conditional(|c| c.with_stmt(&w.items, &w.body, true)),
            StmtKind::Assert { test, msg } => self.assert_stmt(test, msg.as_deref(), loc),
            StmtKind::Import { names } => self.import(names, loc),
            StmtKind::ImportFrom { module, names, level } => self.import_from(module.as_ref(), names, *level, loc),
            StmtKind::Global { .. } | StmtKind::Nonlocal { .. } => Ok(()),
            StmtKind::Expr { value } => self.expr_stmt(value, loc),
            StmtKind::Pass => {
                self.emit(Opcode::NOP, loc);
                Ok(())
            }
            StmtKind::Break => self.break_stmt(loc),
            StmtKind::Continue => self.continue_stmt(loc),
        }
    }

    fn expr_stmt(&mut self, value: &'a Expr, loc: Location) -> Result {
        if self.interactive_top_level() {
            self.expr(value)?;
            self.emit_arg(Opcode::CALL_INTRINSIC_1, intrinsic_1::PRINT, loc);
            self.emit(Opcode::POP_TOP, NO_LOCATION);
        } else if self.is_constant(value) {
            self.emit(Opcode::NOP, loc);
        } else {
            self.expr(value)?;
            self.emit(Opcode::POP_TOP, NO_LOCATION);
        }
        Ok(())
    }

    fn if_stmt(&mut self, i: &'a If, loc: Location) -> Result {
        let end = self.new_label();
        let next = if i.orelse.is_empty() { end } else { self.new_label() };
        self.jump_if(loc, &i.test, next, false)?;
        self.stmts(&i.body)?;
        if !i.orelse.is_empty() {
            self.emit_jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
            self.use_label(next);
            self.stmts(&i.orelse)?;
        }
        self.use_label(end);
        Ok(())
    }

    fn return_stmt(&mut self, value: Option<&'a Expr>, stmt_loc: Location) -> Result {
        let mut loc = stmt_loc;
        let scope = self.scope();
        if !scope.is_function_like() {
            return syntax(loc, "'return' outside function");
        }
        if value.is_some() && scope.coroutine && scope.generator {
            return syntax(loc, "'return' with value in async generator");
        }
        let constant = value.map(|v| self.constant(v)).transpose()?.flatten();
        let preserve_tos = value.is_some() && constant.is_none();
        match value {
            Some(value) if preserve_tos => self.expr(value)?,
            Some(value) => {
                loc = value.place();
                self.emit(Opcode::NOP, loc);
            }
            None => {}
        }
        if value.is_none_or(|v| v.place().line != stmt_loc.line) {
            loc = stmt_loc;
            self.emit(Opcode::NOP, loc);
        }
        self.unwind_blocks(&mut loc, preserve_tos, false)?;
        if !preserve_tos {
            self.load_const(constant.unwrap_or(Const::None), loc);
        }
        self.emit(Opcode::RETURN_VALUE, loc);
        Ok(())
    }

    fn break_stmt(&mut self, origin: Location) -> Result {
        let mut loc = origin;
        self.emit(Opcode::NOP, loc);
        let Some(block) = self.unwind_blocks(&mut loc, false, true)? else {
            return syntax(origin, "'break' outside loop");
        };
        self.unwind_block(&block, &mut loc, false)?;
        if let Some(exit) = block.exit {
            self.emit_jump(Opcode::JUMP, exit, loc);
        }
        Ok(())
    }

    fn continue_stmt(&mut self, origin: Location) -> Result {
        let mut loc = origin;
        self.emit(Opcode::NOP, loc);
        let Some(block) = self.unwind_blocks(&mut loc, false, true)? else {
            return syntax(origin, "'continue' not properly in loop");
        };
        if let Some(start) = block.start {
            self.emit_jump(Opcode::JUMP, start, loc);
        }
        Ok(())
    }

    fn raise(&mut self, exc: Option<&'a Expr>, cause: Option<&'a Expr>, loc: Location) -> Result {
        let mut count = 0;
        if let Some(exc) = exc {
            self.expr(exc)?;
            count += 1;
            if let Some(cause) = cause {
                self.expr(cause)?;
                count += 1;
            }
        }
        self.emit_arg(Opcode::RAISE_VARARGS, count, loc);
        Ok(())
    }

    fn assert_stmt(&mut self, test: &'a Expr, msg: Option<&'a Expr>, loc: Location) -> Result {
        self.check_assert(test, loc);
        if self.options.optimize > 0 {
            return Ok(());
        }
        let end = self.new_label();
        self.jump_if(loc, test, end, true)?;
        self.emit_arg(Opcode::LOAD_COMMON_CONSTANT, common_constant::ASSERTION_ERROR, loc);
        if let Some(msg) = msg {
            self.expr(msg)?;
            self.emit_arg(Opcode::CALL, 0, loc);
        }
        self.emit_arg(Opcode::RAISE_VARARGS, 1, test.place());
        self.use_label(end);
        Ok(())
    }
}

/// Where a `pass` in the place of a statement stands.
fn pass_at(loc: Location) -> Location {
    Location { end_line: loc.line, end_column: loc.column + 4, ..loc }
}
