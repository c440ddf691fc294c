//! Type parameters and type aliases (PEP 695 and 696).

use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::{function_attribute, intrinsic_1, intrinsic_2};
use whipsnake_bytecode::{Const, Opcode};
use whipsnake_syntax::ast::{Expr, ExprContext, ExprKind, TypeAlias, TypeParam, TypeParamKind};

use super::Compiler;
use super::unit::{Arity, ScopeType};
use crate::error::{ErrorKind, Result, internal, syntax};
use crate::place::HasPlace;
use crate::symtable::{BlockKey, Name, address};

impl<'a> Compiler<'a> {
    /// Makes the type parameters, stores each under its name and leaves the tuple of them.
    pub(super) fn type_params(&mut self, params: &'a [TypeParam]) -> Result {
        let mut seen_default = false;
        for param in params {
            let loc = param.span.place();
            let key = address(param);
            let (name, default) = match &param.kind {
                TypeParamKind::TypeVar { name, bound, default_value } => {
                    self.load_str(name, loc);
                    self.type_var(name, bound.as_deref(), key, loc)?;
                    (name, default_value)
                }
                TypeParamKind::TypeVarTuple { name, default_value } => {
                    self.load_str(name, loc);
                    self.emit_arg(Opcode::CALL_INTRINSIC_1, intrinsic_1::TYPEVARTUPLE, loc);
                    (name, default_value)
                }
                TypeParamKind::ParamSpec { name, default_value } => {
                    self.load_str(name, loc);
                    self.emit_arg(Opcode::CALL_INTRINSIC_1, intrinsic_1::PARAMSPEC, loc);
                    (name, default_value)
                }
            };
            if let Some(default) = default {
                seen_default = true;
                let starred = matches!(param.kind, TypeParamKind::TypeVarTuple { .. });
                self.bound_or_default(default, name, BlockKey::Default(key), starred)?;
                self.emit_arg(Opcode::CALL_INTRINSIC_2, intrinsic_2::SET_TYPEPARAM_DEFAULT, loc);
            } else if seen_default {
                return syntax(loc, format!("non-default type parameter '{name}' follows default type parameter"));
            }
            self.emit_arg(Opcode::COPY, 1, loc);
            self.name_op(loc, name, ExprContext::Store)?;
        }
        let loc = params.first().map_or(Location::NONE, |p| p.span.place());
        self.emit_arg(Opcode::BUILD_TUPLE, params.len() as u32, loc);
        Ok(())
    }

    fn type_var(&mut self, name: &Name, bound: Option<&'a Expr>, key: usize, loc: Location) -> Result {
        let Some(bound) = bound else {
            self.emit_arg(Opcode::CALL_INTRINSIC_1, intrinsic_1::TYPEVAR, loc);
            return Ok(());
        };
        self.bound_or_default(bound, name, BlockKey::Bound(key), false)?;
        let intrinsic = match bound.kind {
            ExprKind::Tuple { .. } => intrinsic_2::TYPEVAR_WITH_CONSTRAINTS,
            _ => intrinsic_2::TYPEVAR_WITH_BOUND,
        };
        self.emit_arg(Opcode::CALL_INTRINSIC_2, intrinsic, loc);
        Ok(())
    }

    fn bound_or_default(&mut self, e: &'a Expr, name: &Name, key: BlockKey, allow_starred: bool) -> Result {
        let loc = e.place();
        // The default of the parameter `format`: Format.VALUE.
        self.load_const(Const::Tuple([Const::Int(1)].into()), loc);
        self.enter_annotations_scope(name.clone(), key, loc)?;
        match &e.kind {
            ExprKind::Starred { value, .. } if allow_starred => {
                self.expr(value)?;
                self.emit_arg(Opcode::UNPACK_SEQUENCE, 1, loc);
            }
            _ => self.expr(e)?,
        }
        self.emit(Opcode::RETURN_VALUE, loc);
        let code = self.finish_unit(true)?;
        self.make_closure(code, function_attribute::DEFAULTS, loc)
    }

    pub(super) fn type_alias(&mut self, t: &'a TypeAlias, loc: Location) -> Result {
        let ExprKind::Name { id: name, .. } = &t.name.kind else {
            return internal(ErrorKind::Value, "TypeAlias with non-Name name");
        };
        let generic = !t.type_params.is_empty();
        if generic {
            let scope_name = format!("<generic parameters of {name}>").into();
            let key = BlockKey::TypeParameters(address(t));
            self.enter_scope(scope_name, ScopeType::Annotations, key, loc.line, None, Arity::default())?;
            self.load_str(name, loc);
            self.type_params(&t.type_params)?;
        } else {
            self.load_str(name, loc);
            self.load_const(Const::None, loc);
        }
        self.type_alias_value(t, name, loc)?;
        if generic {
            let code = self.finish_unit(false)?;
            self.make_closure(code, 0, loc)?;
            self.emit(Opcode::PUSH_NULL, loc);
            self.emit_arg(Opcode::CALL, 0, loc);
        }
        self.name_op(loc, name, ExprContext::Store)
    }

    fn type_alias_value(&mut self, t: &'a TypeAlias, name: &Name, loc: Location) -> Result {
        self.load_const(Const::Tuple([Const::Int(1)].into()), loc);
        self.enter_annotations_scope(name.clone(), BlockKey::Alias(address(t)), loc)?;
        self.expr(&t.value)?;
        self.emit(Opcode::RETURN_VALUE, loc);
        let code = self.finish_unit(false)?;
        self.make_closure(code, function_attribute::DEFAULTS, loc)?;
        self.emit_arg(Opcode::BUILD_TUPLE, 3, loc);
        self.emit_arg(Opcode::CALL_INTRINSIC_1, intrinsic_1::TYPEALIAS, loc);
        Ok(())
    }
}
