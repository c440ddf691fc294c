//! Leaving blocks early: what `return`, `break` and `continue` have to run on their way out.

use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::resume;
use whipsnake_bytecode::{Const, Opcode};
use whipsnake_syntax::ast::{ExprContext, Stmt};

use super::Compiler;
use crate::error::{Result, syntax};
use crate::place::NO_LOCATION;
use crate::sequence::Label;
use crate::symtable::Name;

/// Most blocks that may be open at once in a code object.
const MAX_BLOCKS: usize = 21;

/// What an open block is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BlockType<'a> {
    WhileLoop,
    ForLoop,
    TryExcept,
    /// The `try` part of try-finally, with the statements to run.
    FinallyTry(&'a [Stmt]),
    FinallyEnd,
    With,
    AsyncWith,
    /// The body of a handler, with the name to delete.
    HandlerCleanup(Option<&'a Name>),
    PopValue,
    ExceptionHandler,
    ExceptionGroupHandler,
    AsyncComprehension,
    StopIteration,
}

/// A block that is being compiled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenBlock<'a> {
    pub kind: BlockType<'a>,
    /// Where `continue` goes.
    pub start: Option<Label>,
    /// Where `break` goes.
    pub exit: Option<Label>,
    pub loc: Location,
}

impl<'a> Compiler<'a> {
    pub(super) fn push_block(
        &mut self,
        kind: BlockType<'a>,
        start: Option<Label>,
        exit: Option<Label>,
        loc: Location,
    ) -> Result {
        if self.unit().blocks.len() >= MAX_BLOCKS {
            return syntax(loc, "too many statically nested blocks");
        }
        self.unit_mut().blocks.push(OpenBlock { kind, start, exit, loc });
        Ok(())
    }

    pub(super) fn pop_block(&mut self) {
        self.unit_mut().blocks.pop();
    }

    /// Emits what leaving `block` takes. With `preserve_tos` the value on top of the stack survives.
    pub(super) fn unwind_block(&mut self, block: &OpenBlock<'a>, loc: &mut Location, preserve_tos: bool) -> Result {
        match block.kind {
            BlockType::WhileLoop
            | BlockType::ExceptionHandler
            | BlockType::ExceptionGroupHandler
            | BlockType::AsyncComprehension
            | BlockType::StopIteration => {}
            BlockType::ForLoop => {
                if preserve_tos {
                    self.emit_arg(Opcode::SWAP, 2, *loc);
                }
                self.emit(Opcode::POP_TOP, *loc);
            }
            BlockType::TryExcept => self.emit(Opcode::POP_BLOCK, *loc),
            BlockType::FinallyTry(body) => {
                self.emit(Opcode::POP_BLOCK, *loc);
                if preserve_tos {
                    self.push_block(BlockType::PopValue, None, None, *loc)?;
                }
                self.stmts(body)?;
                if preserve_tos {
                    self.pop_block();
                }
                // The finally block seems to run after the statement that leaves, so what follows is artificial.
                *loc = NO_LOCATION;
            }
            BlockType::FinallyEnd => {
                if preserve_tos {
                    self.emit_arg(Opcode::SWAP, 2, *loc);
                }
                self.emit(Opcode::POP_TOP, *loc);
                if preserve_tos {
                    self.emit_arg(Opcode::SWAP, 2, *loc);
                }
                self.emit(Opcode::POP_BLOCK, *loc);
                self.emit(Opcode::POP_EXCEPT, *loc);
            }
            BlockType::With | BlockType::AsyncWith => {
                *loc = block.loc;
                self.emit(Opcode::POP_BLOCK, *loc);
                if preserve_tos {
                    self.emit_arg(Opcode::SWAP, 3, *loc);
                    self.emit_arg(Opcode::SWAP, 2, *loc);
                }
                self.call_exit_with_nones(*loc);
                if matches!(block.kind, BlockType::AsyncWith) {
                    self.emit_arg(Opcode::GET_AWAITABLE, 2, *loc);
                    self.load_const(Const::None, *loc);
                    self.yield_from(*loc, true);
                }
                self.emit(Opcode::POP_TOP, *loc);
                *loc = NO_LOCATION;
            }
            BlockType::HandlerCleanup(name) => {
                if name.is_some() {
                    self.emit(Opcode::POP_BLOCK, *loc);
                }
                if preserve_tos {
                    self.emit_arg(Opcode::SWAP, 2, *loc);
                }
                self.emit(Opcode::POP_BLOCK, *loc);
                self.emit(Opcode::POP_EXCEPT, *loc);
                if let Some(name) = name {
                    self.clear_name(name, *loc)?;
                }
            }
            BlockType::PopValue => {
                if preserve_tos {
                    self.emit_arg(Opcode::SWAP, 2, *loc);
                }
                self.emit(Opcode::POP_TOP, *loc);
            }
        }
        Ok(())
    }

    /// `name = None; del name`, at the end of a handler.
    pub(super) fn clear_name(&mut self, name: &Name, loc: Location) -> Result {
        self.load_const(Const::None, loc);
        self.name_op(loc, name, ExprContext::Store)?;
        self.name_op(loc, name, ExprContext::Del)
    }

    /// Leaves all open blocks, or those inside the innermost loop, which is then returned.
    pub(super) fn unwind_blocks(
        &mut self,
        loc: &mut Location,
        preserve_tos: bool,
        stop_at_loop: bool,
    ) -> Result<Option<OpenBlock<'a>>> {
        let Some(top) = self.unit().blocks.last().copied() else { return Ok(None) };
        if matches!(top.kind, BlockType::ExceptionGroupHandler) {
            return syntax(*loc, "'break', 'continue' and 'return' cannot appear in an except* block");
        }
        if stop_at_loop && matches!(top.kind, BlockType::WhileLoop | BlockType::ForLoop) {
            return Ok(Some(top));
        }
        self.pop_block();
        self.unwind_block(&top, loc, preserve_tos)?;
        let found = self.unwind_blocks(loc, preserve_tos, stop_at_loop)?;
        self.push_block(top.kind, top.start, top.exit, top.loc)?;
        Ok(found)
    }

    pub(super) fn call_exit_with_nones(&mut self, loc: Location) {
        for _ in 0..3 {
            self.load_const(Const::None, loc);
        }
        self.emit_arg(Opcode::CALL, 3, loc);
    }

    /// Drives the awaitable or iterator below the value to send.
    pub(super) fn yield_from(&mut self, loc: Location, is_await: bool) {
        let send = self.new_label();
        let fail = self.new_label();
        let exit = self.new_label();
        self.use_label(send);
        self.emit_jump(Opcode::SEND, exit, loc);
        // A virtual try/except, for the StopIteration that close() or throw() may raise at the yield.
        self.emit_jump(Opcode::SETUP_FINALLY, fail, loc);
        self.emit_arg(Opcode::YIELD_VALUE, 1, loc);
        self.emit(Opcode::POP_BLOCK, NO_LOCATION);
        let from = if is_await { resume::AFTER_AWAIT } else { resume::AFTER_YIELD_FROM };
        self.emit_arg(Opcode::RESUME, from, loc);
        self.emit_jump(Opcode::JUMP_NO_INTERRUPT, send, loc);
        self.use_label(fail);
        self.emit(Opcode::CLEANUP_THROW, loc);
        self.use_label(exit);
        self.emit(Opcode::END_SEND, loc);
    }

    pub(super) fn pop_except_and_reraise(&mut self, loc: Location) {
        self.emit_arg(Opcode::COPY, 3, loc);
        self.emit(Opcode::POP_EXCEPT, loc);
        self.emit_arg(Opcode::RERAISE, 1, loc);
    }
}
