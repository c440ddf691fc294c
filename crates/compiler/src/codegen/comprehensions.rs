//! Comprehensions and generator expressions. All but the latter are inlined where they stand (PEP 709), isolating their variables
//! by saving the clashing locals on the stack.

use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::{Const, Opcode};
use whipsnake_syntax::ast::{Comprehension, Expr, ExprKind};

use super::Compiler;
use super::unit::{Arity, ScopeType};
use super::unwinding::BlockType;
use crate::error::{ErrorKind, Result, internal};
use crate::place::{HasPlace, NO_LOCATION, descend};
use crate::sequence::Label;
use crate::symtable::{BlockKey, BlockKind, Name, Resolution, ScopeId, address, flag};

/// What a comprehension makes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Product {
    Generator,
    List,
    Set,
    Dict,
}

/// The pieces of a comprehension.
#[derive(Clone, Copy)]
pub(super) struct ComprehensionParts<'a> {
    product: Product,
    elt: &'a Expr,
    /// The value of a dictionary comprehension, whose key is `elt`.
    value: Option<&'a Expr>,
    generators: &'a [Comprehension],
}

impl<'a> ComprehensionParts<'a> {
    pub fn generator(elt: &'a Expr, generators: &'a [Comprehension]) -> Self {
        ComprehensionParts { product: Product::Generator, elt, value: None, generators }
    }
    pub fn list(elt: &'a Expr, generators: &'a [Comprehension]) -> Self {
        ComprehensionParts { product: Product::List, ..Self::generator(elt, generators) }
    }
    pub fn set(elt: &'a Expr, generators: &'a [Comprehension]) -> Self {
        ComprehensionParts { product: Product::Set, ..Self::generator(elt, generators) }
    }
    pub fn dict(key: &'a Expr, value: &'a Expr, generators: &'a [Comprehension]) -> Self {
        ComprehensionParts { product: Product::Dict, value: Some(value), ..Self::generator(key, generators) }
    }
}

/// What inlining changed and has to be undone.
#[derive(Default)]
struct InlineState {
    /// Locals saved on the stack.
    pushed: Vec<Name>,
    /// Symbols of the outer scope that meanwhile have the comprehension's flags.
    outer_symbols: Vec<(Name, u32)>,
    fast_hidden: Vec<Name>,
    cleanup: Option<Label>,
}

impl<'a> Compiler<'a> {
    pub(super) fn comprehension(&mut self, e: &'a Expr, name: &str, parts: ComprehensionParts<'a>) -> Result {
        let key = BlockKey::Body(address(e));
        let (Some(id), Some(outermost)) = (self.table.lookup(key), parts.generators.first()) else {
            return internal(ErrorKind::System, "unknown symbol table entry");
        };
        let inlined = self.table.scope(id).inlined;
        let is_async = self.table.scope(id).coroutine;
        let loc = e.place();
        let mut state = InlineState::default();
        if inlined {
            self.outermost_iterator(outermost)?;
            self.enter_inlined(id, loc, &mut state);
        } else {
            let arity = Arity { args: 1, ..Arity::default() };
            self.enter_scope(name.into(), ScopeType::Comprehension, key, loc.line, None, arity)?;
        }
        let build = match parts.product {
            Product::Generator => None,
            Product::List => Some(Opcode::BUILD_LIST),
            Product::Set => Some(Opcode::BUILD_SET),
            Product::Dict => Some(Opcode::BUILD_MAP),
        };
        if let Some(build) = build {
            self.emit_arg(build, 0, loc);
            if inlined {
                self.emit_arg(Opcode::SWAP, 2, loc);
            }
        }
        self.generator(loc, &parts, 0, 0, inlined)?;
        if inlined {
            self.leave_inlined(loc, state);
            return Ok(());
        }
        if build.is_some() {
            self.emit(Opcode::RETURN_VALUE, loc);
        } else {
            self.wrap_in_stopiteration_handler();
        }
        let code = self.finish_unit(true)?;
        self.make_closure(code, 0, loc)?;
        self.outermost_iterator(outermost)?;
        self.emit_arg(Opcode::CALL, 0, loc);
        if is_async && build.is_some() {
            self.await_value(0, loc);
        }
        Ok(())
    }

    /// The first iterable is evaluated, and its iterator made, outside of the comprehension.
    fn outermost_iterator(&mut self, clause: &'a Comprehension) -> Result {
        self.expr(&clause.iter)?;
        let op = if clause.is_async { Opcode::GET_AITER } else { Opcode::GET_ITER };
        self.emit(op, clause.iter.place());
        Ok(())
    }

    /// The `for` clause `index` and everything inside it.
    fn generator(
        &mut self,
        loc: Location,
        parts: &ComprehensionParts<'a>,
        index: usize,
        depth: u32,
        iter_on_stack: bool,
    ) -> Result {
        let is_async = parts.generators[index].is_async;
        descend(
            self,
            |c| &mut c.depth,
            |c| match is_async {
                true => c.async_generator(loc, parts, index, depth, iter_on_stack),
                false => c.sync_generator(loc, parts, index, depth, iter_on_stack),
            },
        )
    }

    fn sync_generator(
        &mut self,
        loc: Location,
        parts: &ComprehensionParts<'a>,
        index: usize,
        mut depth: u32,
        iter_on_stack: bool,
    ) -> Result {
        let start = self.new_label();
        let if_cleanup = self.new_label();
        let anchor = self.new_label();
        let clause = &parts.generators[index];
        let iter_loc = clause.iter.place();
        let mut looping = true;
        if !iter_on_stack {
            if index == 0 {
                self.emit_arg(Opcode::LOAD_FAST, 0, loc);
            } else if let Some(only) = single_element(&clause.iter) {
                // `for y in [f(x)]` is an assignment.
                self.expr(only)?;
                looping = false;
            } else {
                self.expr(&clause.iter)?;
                self.emit(Opcode::GET_ITER, iter_loc);
            }
        }
        if looping {
            depth += 1;
            self.use_label(start);
            self.emit_jump(Opcode::FOR_ITER, anchor, iter_loc);
        }
        self.expr(&clause.target)?;
        for condition in &clause.ifs {
            self.jump_if(loc, condition, if_cleanup, false)?;
        }
        let elt_loc = self.inner_clauses_or_element(loc, parts, index, depth)?;
        self.use_label(if_cleanup);
        if looping {
            self.emit_jump(Opcode::JUMP, start, elt_loc);
            self.use_label(anchor);
            self.emit(Opcode::END_FOR, NO_LOCATION);
            self.emit(Opcode::POP_ITER, NO_LOCATION);
        }
        Ok(())
    }

    fn async_generator(
        &mut self,
        loc: Location,
        parts: &ComprehensionParts<'a>,
        index: usize,
        depth: u32,
        iter_on_stack: bool,
    ) -> Result {
        let start = self.new_label();
        let send = self.new_label();
        let except = self.new_label();
        let if_cleanup = self.new_label();
        let clause = &parts.generators[index];
        if !iter_on_stack {
            if index == 0 {
                self.emit_arg(Opcode::LOAD_FAST, 0, loc);
            } else {
                self.expr(&clause.iter)?;
                self.emit(Opcode::GET_AITER, clause.iter.place());
            }
        }
        self.use_label(start);
        self.push_block(BlockType::AsyncComprehension, Some(start), None, loc)?;
        self.emit_jump(Opcode::SETUP_FINALLY, except, loc);
        self.emit(Opcode::GET_ANEXT, loc);
        self.load_const(Const::None, loc);
        self.use_label(send);
        self.yield_from(loc, true);
        self.emit(Opcode::POP_BLOCK, loc);
        self.expr(&clause.target)?;
        for condition in &clause.ifs {
            self.jump_if(loc, condition, if_cleanup, false)?;
        }
        let elt_loc = self.inner_clauses_or_element(loc, parts, index, depth + 1)?;
        self.use_label(if_cleanup);
        self.emit_jump(Opcode::JUMP, start, elt_loc);
        self.pop_block();
        self.use_label(except);
        self.emit_jump(Opcode::END_ASYNC_FOR, send, loc);
        Ok(())
    }

    /// The next clause, or after the last one the element; returns the element's location.
    fn inner_clauses_or_element(
        &mut self,
        loc: Location,
        parts: &ComprehensionParts<'a>,
        index: usize,
        depth: u32,
    ) -> Result<Location> {
        let elt_loc = parts.elt.place();
        if index + 1 < parts.generators.len() {
            self.generator(loc, parts, index + 1, depth, false)?;
            return Ok(elt_loc);
        }
        self.expr(parts.elt)?;
        match (parts.product, parts.value) {
            (Product::Generator, _) => {
                self.yield_value(elt_loc);
                self.emit(Opcode::POP_TOP, elt_loc);
            }
            (Product::List, _) => self.emit_arg(Opcode::LIST_APPEND, depth + 1, elt_loc),
            (Product::Set, _) => self.emit_arg(Opcode::SET_ADD, depth + 1, elt_loc),
            (Product::Dict, value) => {
                let Some(value) = value else { return Ok(elt_loc) };
                self.expr(value)?;
                let end = value.place();
                let pair = Location { end_line: end.end_line, end_column: end.end_column, ..elt_loc };
                self.emit_arg(Opcode::MAP_ADD, depth + 1, pair);
                return Ok(pair);
            }
        }
        Ok(elt_loc)
    }

    /// Gives the names of comprehension `comp` their meaning inside it, and saves the locals they hide.
    fn enter_inlined(&mut self, comp: ScopeId, loc: Location, state: &mut InlineState) {
        let outer = self.scope_id();
        let in_class = self.scope().kind == BlockKind::Class && self.unit().inlined_comprehensions == 0;
        let function_like = self.scope().is_function_like();
        self.unit_mut().inlined_comprehensions += 1;
        let symbols: Vec<(Name, u32)> =
            self.table.scope(comp).symbols.iter().map(|(name, flags)| (name.clone(), *flags)).collect();
        let scope_of = |flags: u32| (flags >> flag::SCOPE_OFFSET) & flag::SCOPE_MASK;
        let (free, cell) = (Resolution::Free as u32, Resolution::Cell as u32);
        let bound = |flags: u32| flags & flag::LOCAL != 0 && flags & flag::NONLOCAL == 0;
        for (name, flags) in &symbols {
            // A name that is free in the comprehension means what it means outside. One that is free outside and a cell inside
            // stays free: both are dereferenced alike.
            let outer_flags = self.scope().flags(name);
            let (inside, outside) = (scope_of(*flags), scope_of(outer_flags));
            if (inside != outside && inside != free && !(inside == cell && outside == free)) || in_class {
                state.outer_symbols.push((name.clone(), outer_flags));
                self.table.scope_mut(outer).set_flags(name, *flags);
            }
            if bound(*flags) && !function_like && self.unit().fast_hidden.get(name) != Some(&true) {
                self.unit_mut().fast_hidden.insert(name.clone(), true);
                state.fast_hidden.push(name.clone());
            }
        }
        for (name, flags) in symbols.iter().filter(|(_, flags)| bound(*flags)) {
            let index = self.unit_mut().varname_index(name);
            self.emit_arg(Opcode::LOAD_FAST_AND_CLEAR, index, loc);
            if scope_of(*flags) == cell {
                // LOAD_FAST_AND_CLEAR saved the cell itself; the comprehension gets one of its own.
                let is_free = self.scope().resolution(name) == Resolution::Free;
                let unit = self.unit_mut();
                let index = if is_free { unit.free_index(name) } else { unit.cell_index(name) };
                self.emit_arg(Opcode::MAKE_CELL, index, loc);
            }
            state.pushed.push(name.clone());
        }
        if !state.pushed.is_empty() {
            // The iterable goes back on top; leaving reverses this rotation.
            self.emit_arg(Opcode::SWAP, state.pushed.len() as u32 + 1, loc);
            let cleanup = self.new_label();
            state.cleanup = Some(cleanup);
            self.emit_jump(Opcode::SETUP_FINALLY, cleanup, loc);
        }
    }

    fn leave_inlined(&mut self, loc: Location, state: InlineState) {
        if let Some(cleanup) = state.cleanup {
            self.emit(Opcode::POP_BLOCK, NO_LOCATION);
            let end = self.new_label();
            self.emit_jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
            // After an exception: drop the unfinished result, restore the locals, go on raising.
            self.use_label(cleanup);
            self.emit_arg(Opcode::SWAP, 2, NO_LOCATION);
            self.emit(Opcode::POP_TOP, NO_LOCATION);
            self.restore_locals(loc, &state.pushed);
            self.emit_arg(Opcode::RERAISE, 0, NO_LOCATION);
            self.use_label(end);
            self.restore_locals(loc, &state.pushed);
        }
        self.unit_mut().inlined_comprehensions -= 1;
        let outer = self.scope_id();
        for (name, flags) in state.outer_symbols {
            self.table.scope_mut(outer).set_flags(&name, flags);
        }
        for name in state.fast_hidden {
            self.unit_mut().fast_hidden.insert(name, false);
        }
    }

    fn restore_locals(&mut self, loc: Location, pushed: &[Name]) {
        self.emit_arg(Opcode::SWAP, pushed.len() as u32 + 1, loc);
        for name in pushed.iter().rev() {
            let index = self.unit_mut().varname_index(name);
            self.emit_arg(Opcode::STORE_FAST_MAYBE_NULL, index, loc);
        }
    }
}

/// The element of a one-element list or tuple display.
fn single_element(e: &Expr) -> Option<&Expr> {
    let (ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. }) = &e.kind else { return None };
    match &elts[..] {
        [only] if !matches!(only.kind, ExprKind::Starred { .. }) => Some(only),
        _ => None,
    }
}
