//! Functions, lambdas, and the closures made of finished code objects.

use std::sync::Arc;

use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::{function_attribute, intrinsic_1, intrinsic_2};
use whipsnake_bytecode::{Code, Const, Opcode};
use whipsnake_syntax::ast::{Arguments, Expr, ExprContext, FunctionDef};

use super::Compiler;
use super::unit::{Arity, ScopeType};
use super::unwinding::BlockType;
use crate::constants::{clean_docstring, docstring};
use crate::error::Result;
use crate::place::{HasPlace, NO_LOCATION};
use crate::symtable::{BlockKey, address};

impl<'a> Compiler<'a> {
    /// Makes a function of `code`; what `attributes` stand for is on the stack already.
    pub(super) fn make_closure(&mut self, code: Arc<Code>, mut attributes: u32, loc: Location) -> Result {
        let free: Vec<crate::symtable::Name> = code.freevars().map(|n| n.to_string_lossy().into()).collect();
        if !free.is_empty() {
            for name in &free {
                let index = self.closure_index(name)?;
                self.emit_arg(Opcode::LOAD_CLOSURE, index, loc);
            }
            attributes |= function_attribute::CLOSURE;
            self.emit_arg(Opcode::BUILD_TUPLE, free.len() as u32, loc);
        }
        self.load_const(Const::Code(code), loc);
        self.emit(Opcode::MAKE_FUNCTION, loc);
        for attribute in [
            function_attribute::CLOSURE,
            function_attribute::ANNOTATIONS,
            function_attribute::ANNOTATE,
            function_attribute::KWDEFAULTS,
            function_attribute::DEFAULTS,
        ] {
            if attributes & attribute != 0 {
                self.emit_arg(Opcode::SET_FUNCTION_ATTRIBUTE, attribute, loc);
            }
        }
        Ok(())
    }

    pub(super) fn decorators(&mut self, decorators: &'a [Expr]) -> Result {
        self.exprs(decorators)
    }

    pub(super) fn apply_decorators(&mut self, decorators: &'a [Expr]) {
        for decorator in decorators.iter().rev() {
            self.emit_arg(Opcode::CALL, 0, decorator.place());
        }
    }

    /// Pushes the defaults; returns the function attributes they become.
    fn default_arguments(&mut self, args: &'a Arguments, loc: Location) -> Result<u32> {
        let mut attributes = 0;
        if !args.defaults.is_empty() {
            self.exprs(&args.defaults)?;
            self.emit_arg(Opcode::BUILD_TUPLE, args.defaults.len() as u32, loc);
            attributes |= function_attribute::DEFAULTS;
        }
        let mut count = 0;
        for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
            if let Some(default) = default {
                count += 1;
                let name = self.mangled(&arg.arg);
                self.load_str(&name, loc);
                self.expr(default)?;
            }
        }
        if count > 0 {
            self.emit_arg(Opcode::BUILD_MAP, count, loc);
            attributes |= function_attribute::KWDEFAULTS;
        }
        Ok(attributes)
    }

    /// Surrounds the unit so far with the handler that turns StopIteration into RuntimeError.
    pub(super) fn wrap_in_stopiteration_handler(&mut self) {
        let handler = self.new_label();
        self.unit_mut().sequence.insert_first(Opcode::SETUP_CLEANUP, handler.0, NO_LOCATION);
        self.load_const(Const::None, NO_LOCATION);
        self.emit(Opcode::RETURN_VALUE, NO_LOCATION);
        self.use_label(handler);
        self.emit_arg(Opcode::CALL_INTRINSIC_1, intrinsic_1::STOPITERATION_ERROR, NO_LOCATION);
        self.emit_arg(Opcode::RERAISE, 1, NO_LOCATION);
    }

    pub(super) fn function(&mut self, f: &'a FunctionDef, loc: Location, is_async: bool) -> Result {
        self.decorators(&f.decorator_list)?;
        let first_line = f.decorator_list.first().map_or(loc.line, |d| d.place().line);
        let mut attributes = self.default_arguments(&f.args, loc)?;
        let generic = !f.type_params.is_empty();
        let mut outer_args = 0;
        if generic {
            let both = function_attribute::DEFAULTS | function_attribute::KWDEFAULTS;
            outer_args = (attributes & both).count_ones();
            if outer_args == 2 {
                self.emit_arg(Opcode::SWAP, 2, loc);
            }
            let name = format!("<generic parameters of {}>", f.name).into();
            let arity = Arity { args: outer_args, ..Arity::default() };
            let key = BlockKey::TypeParameters(address(f));
            self.enter_scope(name, ScopeType::Annotations, key, first_line, None, arity)?;
            self.type_params(&f.type_params)?;
            for i in 0..outer_args {
                self.emit_arg(Opcode::LOAD_FAST, i, loc);
            }
        }
        attributes |= self.signature_annotations(f, loc)?;
        let code = self.function_body(f, is_async, first_line)?;
        self.make_closure(code, attributes, loc)?;
        if generic {
            self.emit_arg(Opcode::SWAP, 2, loc);
            self.emit_arg(Opcode::CALL_INTRINSIC_2, intrinsic_2::SET_FUNCTION_TYPE_PARAMS, loc);
            let code = self.finish_unit(false)?;
            self.make_closure(code, 0, loc)?;
            if outer_args > 0 {
                self.emit_arg(Opcode::SWAP, outer_args + 1, loc);
                self.emit_arg(Opcode::CALL, outer_args - 1, loc);
            } else {
                self.emit(Opcode::PUSH_NULL, loc);
                self.emit_arg(Opcode::CALL, 0, loc);
            }
        }
        self.apply_decorators(&f.decorator_list);
        self.name_op(loc, &f.name, ExprContext::Store)
    }

    fn function_body(&mut self, f: &'a FunctionDef, is_async: bool, first_line: i32) -> Result<Arc<Code>> {
        let scope_type = if is_async { ScopeType::AsyncFunction } else { ScopeType::Function };
        let key = BlockKey::Body(address(f));
        self.enter_scope(f.name.clone(), scope_type, key, first_line, None, arity_of(&f.args))?;
        let mut body = self.strip_docstring(&f.body);
        if self.scope().has_docstring
            && let Some((doc, _)) = docstring(body)
        {
            self.unit_mut().const_index(Const::str(clean_docstring(doc)));
            body = &body[1..];
        }
        let start = self.new_label();
        self.use_label(start);
        let is_generator = self.scope().coroutine || self.scope().generator;
        if is_generator {
            self.push_block(BlockType::StopIteration, Some(start), None, NO_LOCATION)?;
        }
        self.stmts(body)?;
        if is_generator {
            self.wrap_in_stopiteration_handler();
            self.pop_block();
        }
        self.finish_unit(true)
    }

    pub(super) fn lambda(&mut self, e: &'a Expr, args: &'a Arguments, body: &'a Expr) -> Result {
        let loc = e.place();
        let attributes = self.default_arguments(args, loc)?;
        let key = BlockKey::Body(address(e));
        self.enter_scope("<lambda>".into(), ScopeType::Lambda, key, loc.line, None, arity_of(args))?;
        self.expr(body)?;
        let code = if self.scope().generator {
            self.finish_unit(false)?
        } else {
            self.emit(Opcode::RETURN_VALUE, body.place());
            self.finish_unit(true)?
        };
        self.make_closure(code, attributes, loc)
    }
}

fn arity_of(args: &Arguments) -> Arity {
    Arity { args: args.args.len() as u32, posonly: args.posonlyargs.len() as u32, kwonly: args.kwonlyargs.len() as u32 }
}
