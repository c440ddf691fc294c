//! Class definitions.

use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::intrinsic_1;
use whipsnake_bytecode::{Const, Opcode};
use whipsnake_syntax::ast::{ClassDef, ExprContext};

use super::Compiler;
use super::unit::{Arity, ScopeType};
use crate::error::Result;
use crate::place::{HasPlace, NO_LOCATION};
use crate::symtable::{BlockKey, Name, address};

impl<'a> Compiler<'a> {
    pub(super) fn class_def(&mut self, c: &'a ClassDef, loc: Location) -> Result {
        self.decorators(&c.decorator_list)?;
        let first_line = c.decorator_list.first().map_or(loc.line, |d| d.place().line);
        let generic = !c.type_params.is_empty();
        let type_params: Name = ".type_params".into();
        let generic_base: Name = ".generic_base".into();
        if generic {
            let name = format!("<generic parameters of {}>", c.name).into();
            let key = BlockKey::TypeParameters(address(c));
            let class = Some(c.name.clone());
            self.enter_scope(name, ScopeType::Annotations, key, first_line, class, Arity::default())?;
            self.type_params(&c.type_params)?;
            self.name_op(loc, &type_params, ExprContext::Store)?;
        }
        self.class_body(c, first_line, loc)?;
        if generic {
            self.name_op(loc, &type_params, ExprContext::Load)?;
            self.emit_arg(Opcode::CALL_INTRINSIC_1, intrinsic_1::SUBSCRIPT_GENERIC, loc);
            self.name_op(loc, &generic_base, ExprContext::Store)?;
            self.call_arguments(loc, 2, &c.bases, Some(&generic_base), &c.keywords)?;
            let code = self.finish_unit(false)?;
            self.make_closure(code, 0, loc)?;
            self.emit(Opcode::PUSH_NULL, loc);
            self.emit_arg(Opcode::CALL, 0, loc);
        } else {
            self.call_arguments(loc, 2, &c.bases, None, &c.keywords)?;
        }
        self.apply_decorators(&c.decorator_list);
        self.name_op(loc, &c.name, ExprContext::Store)
    }

    /// Compiles the body, then loads `__build_class__`, the body as a function and the class's name.
    fn class_body(&mut self, c: &'a ClassDef, first_line: i32, class_loc: Location) -> Result {
        let class = Some(c.name.clone());
        let key = BlockKey::Body(address(c));
        self.enter_scope(c.name.clone(), ScopeType::Class, key, first_line, class, Arity::default())?;
        let loc = Location { line: first_line, end_line: first_line, column: 0, end_column: 0 };
        self.name_op(loc, &"__name__".into(), ExprContext::Load)?;
        self.name_op(loc, &"__module__".into(), ExprContext::Store)?;
        let qualname = self.unit().qualname.clone();
        self.load_str(&qualname, loc);
        self.name_op(loc, &"__qualname__".into(), ExprContext::Store)?;
        self.load_const(Const::Int(i64::from(first_line)), loc);
        self.name_op(loc, &"__firstlineno__".into(), ExprContext::Store)?;
        if !c.type_params.is_empty() {
            self.name_op(loc, &".type_params".into(), ExprContext::Load)?;
            self.name_op(loc, &"__type_params__".into(), ExprContext::Store)?;
        }
        if self.scope().needs_classdict {
            self.emit(Opcode::LOAD_LOCALS, loc);
            let cell = self.unit_mut().cell_index(&"__classdict__".into());
            self.emit_arg(Opcode::STORE_DEREF, cell, loc);
        }
        if self.scope().has_conditional_annotations {
            self.emit_arg(Opcode::BUILD_SET, 0, loc);
            let cell = self.unit_mut().cell_index(&"__conditional_annotations__".into());
            self.emit_arg(Opcode::STORE_DEREF, cell, loc);
        }
        self.body(loc, &c.body)?;
        self.class_epilogue()?;
        let code = self.finish_unit(true)?;
        // What follows belongs to the line of `class`, not to that of a decorator.
        self.emit(Opcode::LOAD_BUILD_CLASS, class_loc);
        self.emit(Opcode::PUSH_NULL, class_loc);
        self.make_closure(code, 0, class_loc)?;
        self.load_str(&c.name, class_loc);
        Ok(())
    }

    /// Stores `__static_attributes__` and the cells that `type.__new__` wants, and returns.
    fn class_epilogue(&mut self) -> Result {
        let mut attributes: Vec<Name> = self.unit().static_attributes.iter().cloned().collect();
        attributes.sort();
        let attributes: Vec<Const> = attributes.iter().map(|name| Const::str(&**name)).collect();
        self.load_const(Const::Tuple(attributes.into()), NO_LOCATION);
        self.name_op(NO_LOCATION, &"__static_attributes__".into(), ExprContext::Store)?;
        if self.scope().needs_classdict {
            let cell = self.unit_mut().cell_index(&"__classdict__".into());
            self.emit_arg(Opcode::LOAD_CLOSURE, cell, NO_LOCATION);
            self.name_op(NO_LOCATION, &"__classdictcell__".into(), ExprContext::Store)?;
        }
        if self.scope().needs_class_closure {
            let cell = self.unit_mut().cell_index(&"__class__".into());
            self.emit_arg(Opcode::LOAD_CLOSURE, cell, NO_LOCATION);
            self.emit_arg(Opcode::COPY, 1, NO_LOCATION);
            self.name_op(NO_LOCATION, &"__classcell__".into(), ExprContext::Store)?;
        } else {
            self.load_const(Const::None, NO_LOCATION);
        }
        self.emit(Opcode::RETURN_VALUE, NO_LOCATION);
        Ok(())
    }
}
