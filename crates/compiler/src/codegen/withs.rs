//! `with` and `async with`.

use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::special_method;
use whipsnake_bytecode::{Const, Opcode};
use whipsnake_syntax::ast::{Stmt, WithItem};

use super::Compiler;
use super::unwinding::BlockType;
use crate::error::Result;
use crate::place::{HasPlace, NO_LOCATION, descend};
use crate::sequence::Label;

impl<'a> Compiler<'a> {
    /// A `with` statement; several items nest.
    pub(super) fn with_stmt(&mut self, items: &'a [WithItem], body: &'a [Stmt], is_async: bool) -> Result {
        let Some((item, rest)) = items.split_first() else { return self.stmts(body) };
        let block = self.new_label();
        let last = self.new_label();
        let exit = self.new_label();
        let cleanup = self.new_label();
        self.expr(&item.context_expr)?;
        let loc = item.context_expr.place();
        let (enter_method, exit_method, kind) = match is_async {
            false => (special_method::ENTER, special_method::EXIT, BlockType::With),
            true => (special_method::AENTER, special_method::AEXIT, BlockType::AsyncWith),
        };
        self.emit_arg(Opcode::COPY, 1, loc);
        self.emit_arg(Opcode::LOAD_SPECIAL, exit_method, loc);
        self.emit_arg(Opcode::SWAP, 2, loc);
        self.emit_arg(Opcode::SWAP, 3, loc);
        self.emit_arg(Opcode::LOAD_SPECIAL, enter_method, loc);
        self.emit_arg(Opcode::CALL, 0, loc);
        if is_async {
            self.await_value(1, loc);
        }
        self.emit_jump(Opcode::SETUP_WITH, last, loc);
        self.use_label(block);
        self.push_block(kind, Some(block), Some(last), loc)?;
        match &item.optional_vars {
            Some(target) => self.expr(target)?,
            None => self.emit(Opcode::POP_TOP, loc),
        }
        if rest.is_empty() {
            self.stmts(body)?;
        } else {
            descend(self, |c| &mut c.depth, |c| c.with_stmt(rest, body, is_async))?;
        }
        if is_async {
            self.pop_block();
            self.emit(Opcode::POP_BLOCK, loc);
        } else {
            self.emit(Opcode::POP_BLOCK, NO_LOCATION);
            self.pop_block();
        }
        // The normal way out.
        self.call_exit_with_nones(loc);
        if is_async {
            self.await_value(2, loc);
        }
        self.emit(Opcode::POP_TOP, loc);
        self.emit_jump(Opcode::JUMP, exit, loc);
        // The exceptional one.
        self.use_label(last);
        self.emit_jump(Opcode::SETUP_CLEANUP, cleanup, loc);
        self.emit(Opcode::PUSH_EXC_INFO, loc);
        self.emit(Opcode::WITH_EXCEPT_START, loc);
        if is_async {
            self.await_value(2, loc);
        }
        self.with_except_finish(cleanup);
        self.use_label(exit);
        Ok(())
    }

    /// Awaits the value on top; `context` says for the error message what it came from.
    pub(super) fn await_value(&mut self, context: u32, loc: Location) {
        self.emit_arg(Opcode::GET_AWAITABLE, context, loc);
        self.load_const(Const::None, loc);
        self.yield_from(loc, true);
    }

    fn with_except_finish(&mut self, cleanup: Label) {
        let suppress = self.new_label();
        self.emit(Opcode::TO_BOOL, NO_LOCATION);
        self.emit_jump(Opcode::POP_JUMP_IF_TRUE, suppress, NO_LOCATION);
        self.emit_arg(Opcode::RERAISE, 2, NO_LOCATION);
        self.use_label(suppress);
        self.emit(Opcode::POP_TOP, NO_LOCATION);
        self.emit(Opcode::POP_BLOCK, NO_LOCATION);
        self.emit(Opcode::POP_EXCEPT, NO_LOCATION);
        for _ in 0..3 {
            self.emit(Opcode::POP_TOP, NO_LOCATION);
        }
        let exit = self.new_label();
        self.emit_jump(Opcode::JUMP_NO_INTERRUPT, exit, NO_LOCATION);
        self.use_label(cleanup);
        self.pop_except_and_reraise(NO_LOCATION);
        self.use_label(exit);
    }
}
