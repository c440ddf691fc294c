//! `try` statements, with `except`, `except*` and `finally`.

use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::intrinsic_2;
use whipsnake_syntax::ast::{ExceptHandler, ExprContext, Try};

use super::Compiler;
use super::unwinding::BlockType;
use crate::error::{Result, syntax};
use crate::place::{HasPlace, NO_LOCATION};
use crate::sequence::Label;

impl<'a> Compiler<'a> {
    pub(super) fn try_stmt(&mut self, t: &'a Try, loc: Location, star: bool) -> Result {
        if !t.finalbody.is_empty() { self.try_finally(t, loc, star) } else { self.try_handlers(t, loc, star) }
    }

    fn try_handlers(&mut self, t: &'a Try, loc: Location, star: bool) -> Result {
        if star { self.try_star_except(t, loc) } else { self.try_except(t, loc) }
    }

    fn try_finally(&mut self, t: &'a Try, loc: Location, star: bool) -> Result {
        let body = self.new_label();
        let end = self.new_label();
        let exit = self.new_label();
        let cleanup = self.new_label();
        self.emit_jump(Opcode::SETUP_FINALLY, end, loc);
        self.use_label(body);
        self.push_block(BlockType::FinallyTry(&t.finalbody), Some(body), Some(end), loc)?;
        if t.handlers.is_empty() {
            self.stmts(&t.body)?;
        } else {
            self.try_handlers(t, loc, star)?;
        }
        self.emit(Opcode::POP_BLOCK, NO_LOCATION);
        self.pop_block();
        self.stmts(&t.finalbody)?;
        self.emit_jump(Opcode::JUMP_NO_INTERRUPT, exit, NO_LOCATION);
        // The exceptional way out.
        self.use_label(end);
        self.emit_jump(Opcode::SETUP_CLEANUP, cleanup, NO_LOCATION);
        self.emit(Opcode::PUSH_EXC_INFO, NO_LOCATION);
        self.push_block(BlockType::FinallyEnd, Some(end), None, NO_LOCATION)?;
        self.stmts(&t.finalbody)?;
        self.pop_block();
        self.emit_arg(Opcode::RERAISE, 0, NO_LOCATION);
        self.use_label(cleanup);
        self.pop_except_and_reraise(NO_LOCATION);
        self.use_label(exit);
        Ok(())
    }

    fn try_except(&mut self, t: &'a Try, loc: Location) -> Result {
        let body = self.new_label();
        let except = self.new_label();
        let end = self.new_label();
        let cleanup = self.new_label();
        self.emit_jump(Opcode::SETUP_FINALLY, except, loc);
        self.use_label(body);
        self.push_block(BlockType::TryExcept, Some(body), None, loc)?;
        self.stmts(&t.body)?;
        self.pop_block();
        self.emit(Opcode::POP_BLOCK, NO_LOCATION);
        self.stmts(&t.orelse)?;
        self.emit_jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
        self.use_label(except);
        self.emit_jump(Opcode::SETUP_CLEANUP, cleanup, NO_LOCATION);
        self.emit(Opcode::PUSH_EXC_INFO, NO_LOCATION);
        self.push_block(BlockType::ExceptionHandler, None, None, loc)?;
        for (i, handler) in t.handlers.iter().enumerate() {
            let handler_loc = handler.span.place();
            if handler.typ.is_none() && i + 1 < t.handlers.len() {
                return syntax(handler_loc, "default 'except:' must be last");
            }
            self.handler(handler, handler_loc, end)?;
        }
        self.pop_block();
        self.emit_arg(Opcode::RERAISE, 0, NO_LOCATION);
        self.use_label(cleanup);
        self.pop_except_and_reraise(NO_LOCATION);
        self.use_label(end);
        Ok(())
    }

    fn handler(&mut self, handler: &'a ExceptHandler, loc: Location, end: Label) -> Result {
        let next = self.new_label();
        if let Some(typ) = &handler.typ {
            self.expr(typ)?;
            self.emit(Opcode::CHECK_EXC_MATCH, loc);
            self.emit_jump(Opcode::POP_JUMP_IF_FALSE, next, loc);
        }
        if let Some(name) = &handler.name {
            let cleanup_end = self.new_label();
            let cleanup_body = self.new_label();
            self.name_op(loc, name, ExprContext::Store)?;
            // The name is unbound however the body ends.
            self.emit_jump(Opcode::SETUP_CLEANUP, cleanup_end, loc);
            self.use_label(cleanup_body);
            self.push_block(BlockType::HandlerCleanup(Some(name)), Some(cleanup_body), None, loc)?;
            self.stmts(&handler.body)?;
            self.pop_block();
            self.emit(Opcode::POP_BLOCK, NO_LOCATION);
            self.emit(Opcode::POP_BLOCK, NO_LOCATION);
            self.emit(Opcode::POP_EXCEPT, NO_LOCATION);
            self.clear_name(name, NO_LOCATION)?;
            self.emit_jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
            self.use_label(cleanup_end);
            self.clear_name(name, NO_LOCATION)?;
            self.emit_arg(Opcode::RERAISE, 1, NO_LOCATION);
        } else {
            let cleanup_body = self.new_label();
            self.emit(Opcode::POP_TOP, loc);
            self.use_label(cleanup_body);
            self.push_block(BlockType::HandlerCleanup(None), Some(cleanup_body), None, loc)?;
            self.stmts(&handler.body)?;
            self.pop_block();
            self.emit(Opcode::POP_BLOCK, NO_LOCATION);
            self.emit(Opcode::POP_EXCEPT, NO_LOCATION);
            self.emit_jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
        }
        self.use_label(next);
        Ok(())
    }

    fn try_star_except(&mut self, t: &'a Try, loc: Location) -> Result {
        let body = self.new_label();
        let except = self.new_label();
        let orelse = self.new_label();
        let end = self.new_label();
        let cleanup = self.new_label();
        let reraise_star = self.new_label();
        self.emit_jump(Opcode::SETUP_FINALLY, except, loc);
        self.use_label(body);
        self.push_block(BlockType::TryExcept, Some(body), None, loc)?;
        self.stmts(&t.body)?;
        self.pop_block();
        self.emit(Opcode::POP_BLOCK, NO_LOCATION);
        self.emit_jump(Opcode::JUMP_NO_INTERRUPT, orelse, NO_LOCATION);
        self.use_label(except);
        self.emit_jump(Opcode::SETUP_CLEANUP, cleanup, NO_LOCATION);
        self.emit(Opcode::PUSH_EXC_INFO, NO_LOCATION);
        self.push_block(BlockType::ExceptionGroupHandler, None, None, loc)?;
        let last = t.handlers.len().saturating_sub(1);
        for (i, handler) in t.handlers.iter().enumerate() {
            self.star_handler(handler, i == 0, (i == last).then_some(reraise_star))?;
        }
        self.pop_block();
        let reraise = self.new_label();
        self.use_label(reraise_star);
        self.emit_arg(Opcode::CALL_INTRINSIC_2, intrinsic_2::PREP_RERAISE_STAR, NO_LOCATION);
        self.emit_arg(Opcode::COPY, 1, NO_LOCATION);
        self.emit_jump(Opcode::POP_JUMP_IF_NOT_NONE, reraise, NO_LOCATION);
        // Everything was handled.
        self.emit(Opcode::POP_TOP, NO_LOCATION);
        self.emit(Opcode::POP_BLOCK, NO_LOCATION);
        self.emit(Opcode::POP_EXCEPT, NO_LOCATION);
        self.emit_jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
        self.use_label(reraise);
        self.emit(Opcode::POP_BLOCK, NO_LOCATION);
        self.emit_arg(Opcode::SWAP, 2, NO_LOCATION);
        self.emit(Opcode::POP_EXCEPT, NO_LOCATION);
        self.emit_arg(Opcode::RERAISE, 0, NO_LOCATION);
        self.use_label(cleanup);
        self.pop_except_and_reraise(NO_LOCATION);
        self.use_label(orelse);
        self.stmts(&t.orelse)?;
        self.use_label(end);
        Ok(())
    }

    /// One `except*` clause. Below the exception the stack holds the original group and the list of what handlers raised.
    fn star_handler(&mut self, handler: &'a ExceptHandler, is_first: bool, reraise_star: Option<Label>) -> Result {
        let loc = handler.span.place();
        let except = self.new_label();
        let with_error = self.new_label();
        let no_match = self.new_label();
        if is_first {
            self.emit_arg(Opcode::BUILD_LIST, 0, loc);
            self.emit_arg(Opcode::COPY, 2, loc);
        }
        if let Some(typ) = &handler.typ {
            self.expr(typ)?;
            self.emit(Opcode::CHECK_EG_MATCH, loc);
            self.emit_arg(Opcode::COPY, 1, loc);
            self.emit_jump(Opcode::POP_JUMP_IF_NONE, no_match, loc);
        }
        let cleanup_end = self.new_label();
        let cleanup_body = self.new_label();
        match &handler.name {
            Some(name) => self.name_op(loc, name, ExprContext::Store)?,
            None => self.emit(Opcode::POP_TOP, loc),
        }
        self.emit_jump(Opcode::SETUP_CLEANUP, cleanup_end, loc);
        self.use_label(cleanup_body);
        self.push_block(BlockType::HandlerCleanup(handler.name.as_ref()), Some(cleanup_body), None, loc)?;
        self.stmts(&handler.body)?;
        self.pop_block();
        self.emit(Opcode::POP_BLOCK, NO_LOCATION);
        if let Some(name) = &handler.name {
            self.clear_name(name, NO_LOCATION)?;
        }
        self.emit_jump(Opcode::JUMP_NO_INTERRUPT, except, NO_LOCATION);
        self.use_label(cleanup_end);
        if let Some(name) = &handler.name {
            self.clear_name(name, NO_LOCATION)?;
        }
        // What the handler raised joins the list.
        self.emit_arg(Opcode::LIST_APPEND, 3, NO_LOCATION);
        self.emit(Opcode::POP_TOP, NO_LOCATION);
        self.emit_jump(Opcode::JUMP_NO_INTERRUPT, with_error, NO_LOCATION);
        self.use_label(except);
        self.emit(Opcode::NOP, NO_LOCATION);
        self.emit_jump(Opcode::JUMP_NO_INTERRUPT, with_error, NO_LOCATION);
        self.use_label(no_match);
        self.emit(Opcode::POP_TOP, loc);
        self.use_label(with_error);
        if let Some(reraise_star) = reraise_star {
            // So does what no handler matched.
            self.emit_arg(Opcode::LIST_APPEND, 1, NO_LOCATION);
            self.emit_jump(Opcode::JUMP_NO_INTERRUPT, reraise_star, NO_LOCATION);
        }
        Ok(())
    }
}
