//! Loops.

use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::{Const, Opcode};
use whipsnake_syntax::ast::{For, While};

use super::Compiler;
use super::unwinding::BlockType;
use crate::error::Result;
use crate::place::{HasPlace, NO_LOCATION};

impl<'a> Compiler<'a> {
    pub(super) fn for_loop(&mut self, f: &'a For, stmt_loc: Location) -> Result {
        let start = self.new_label();
        let body = self.new_label();
        let cleanup = self.new_label();
        let end = self.new_label();
        self.push_block(BlockType::ForLoop, Some(start), Some(end), stmt_loc)?;
        self.expr(&f.iter)?;
        let loc = f.iter.place();
        self.emit(Opcode::GET_ITER, loc);
        self.use_label(start);
        self.emit_jump(Opcode::FOR_ITER, cleanup, loc);
        // Keeps line tracing right when the target stands on another line.
        self.emit(Opcode::NOP, f.target.place());
        self.use_label(body);
        self.expr(&f.target)?;
        self.stmts(&f.body)?;
        self.emit_jump(Opcode::JUMP, start, NO_LOCATION);
        self.use_label(cleanup);
        // END_FOR comes first for instrumentation: only generators jump to it.
        self.emit(Opcode::END_FOR, NO_LOCATION);
        self.emit(Opcode::POP_ITER, NO_LOCATION);
        self.pop_block();
        self.stmts(&f.orelse)?;
        self.use_label(end);
        Ok(())
    }

    pub(super) fn async_for_loop(&mut self, f: &'a For, loc: Location) -> Result {
        let start = self.new_label();
        let send = self.new_label();
        let except = self.new_label();
        let end = self.new_label();
        self.expr(&f.iter)?;
        self.emit(Opcode::GET_AITER, f.iter.place());
        self.use_label(start);
        self.push_block(BlockType::ForLoop, Some(start), Some(end), loc)?;
        self.emit_jump(Opcode::SETUP_FINALLY, except, loc);
        self.emit(Opcode::GET_ANEXT, loc);
        self.load_const(Const::None, loc);
        self.use_label(send);
        self.yield_from(loc, true);
        self.emit(Opcode::POP_BLOCK, loc);
        self.emit(Opcode::NOT_TAKEN, loc);
        self.expr(&f.target)?;
        self.stmts(&f.body)?;
        self.emit_jump(Opcode::JUMP, start, NO_LOCATION);
        self.pop_block();
        self.use_label(except);
        // END_ASYNC_FOR ends the iteration, so it belongs to the iterator.
        self.emit_jump(Opcode::END_ASYNC_FOR, send, f.iter.place());
        self.stmts(&f.orelse)?;
        self.use_label(end);
        Ok(())
    }

    pub(super) fn while_loop(&mut self, w: &'a While, loc: Location) -> Result {
        let start = self.new_label();
        let end = self.new_label();
        let anchor = self.new_label();
        self.use_label(start);
        self.push_block(BlockType::WhileLoop, Some(start), Some(end), loc)?;
        self.jump_if(loc, &w.test, anchor, false)?;
        self.stmts(&w.body)?;
        self.emit_jump(Opcode::JUMP, start, NO_LOCATION);
        self.pop_block();
        self.use_label(anchor);
        self.stmts(&w.orelse)?;
        self.use_label(end);
        Ok(())
    }
}
