//! Deferred annotations (PEP 649 and 749): the `__annotate__` functions.

use std::sync::Arc;

use rustpython_wtf8::Wtf8Buf;
use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::{common_constant, compare_mask, function_attribute};
use whipsnake_bytecode::{Code, CodeFlags, Const, Opcode};
use whipsnake_syntax::ast::{Arg, Expr, ExprContext, ExprKind, FunctionDef};

use super::Compiler;
use super::unit::{Arity, ScopeType};
use crate::error::Result;
use crate::place::HasPlace;
use crate::symtable::{BlockKey, BlockKind, Name, ScopeId, address};
use crate::unparse;

/// `annotationlib.Format.VALUE_WITH_FAKE_GLOBALS`.
const VALUE_WITH_FAKE_GLOBALS: i64 = 2;
/// COMPARE_OP's oparg for `>`.
const COMPARE_GT: u32 = 4 << 5 | compare_mask::GREATER_THAN;

impl<'a> Compiler<'a> {
    pub(super) fn future_annotations(&self) -> bool {
        self.features & CodeFlags::FUTURE_ANNOTATIONS != 0
    }

    /// Enters the scope of a function that evaluates something for a given format.
    pub(super) fn enter_annotations_scope(&mut self, name: Name, key: BlockKey, loc: Location) -> Result {
        let arity = Arity { posonly: 1, ..Arity::default() };
        self.enter_scope(name, ScopeType::Annotations, key, loc.line, None, arity)?;
        // if .format > VALUE_WITH_FAKE_GLOBALS: raise NotImplementedError
        self.emit_arg(Opcode::LOAD_FAST, 0, loc);
        self.load_const(Const::Int(VALUE_WITH_FAKE_GLOBALS), loc);
        self.emit_arg(Opcode::COMPARE_OP, COMPARE_GT, loc);
        let body = self.new_label();
        self.emit_jump(Opcode::POP_JUMP_IF_FALSE, body, loc);
        self.emit_arg(Opcode::LOAD_COMMON_CONSTANT, common_constant::NOT_IMPLEMENTED_ERROR, loc);
        self.emit_arg(Opcode::RAISE_VARARGS, 1, loc);
        self.use_label(body);
        Ok(())
    }

    fn leave_annotations_scope(&mut self, loc: Location) -> Result {
        self.emit(Opcode::RETURN_VALUE, loc);
        let code = self.finish_unit(true)?;
        let code = with_format_parameter(code);
        self.make_closure(code, 0, loc)
    }

    /// Makes the `__annotate__` of a function's signature; returns the attribute it becomes, or 0.
    pub(super) fn signature_annotations(&mut self, f: &'a FunctionDef, loc: Location) -> Result<u32> {
        let key = BlockKey::Signature(address(f));
        let Some(id) = self.table.lookup(key) else { return Ok(0) };
        let scope = self.table.scope(id);
        if !scope.annotations_used {
            return Ok(0);
        }
        let name = scope.name.clone();
        let owner = self.qualname(&f.name, ScopeType::Function);
        self.enter_annotations_scope(name, key, loc)?;
        self.unit_mut().qualname = format!("{owner}.__annotate__").as_str().into();
        let mut count = 0;
        let a = &f.args;
        let positional = a.args.iter().chain(&a.posonlyargs).chain(a.vararg.as_deref());
        for arg in positional.chain(&a.kwonlyargs).chain(a.kwarg.as_deref()) {
            let Arg { arg: name, annotation, .. } = arg;
            if let Some(annotation) = annotation {
                self.signature_annotation(name, annotation, loc)?;
                count += 1;
            }
        }
        if let Some(returns) = &f.returns {
            self.signature_annotation(&"return".into(), returns, loc)?;
            count += 1;
        }
        self.emit_arg(Opcode::BUILD_MAP, count, loc);
        self.leave_annotations_scope(loc)?;
        Ok(function_attribute::ANNOTATE)
    }

    fn signature_annotation(&mut self, name: &Name, annotation: &'a Expr, loc: Location) -> Result {
        let mangled = self.mangled(name);
        self.load_str(&mangled, loc);
        if self.future_annotations() {
            self.annotation_text(annotation)
        } else if let ExprKind::Starred { value, .. } = &annotation.kind {
            // `*args: *Ts` stands for the single element of `[*Ts]`.
            self.expr(value)?;
            self.emit_arg(Opcode::UNPACK_SEQUENCE, 1, loc);
            Ok(())
        } else {
            self.expr(annotation)
        }
    }

    /// Loads the source text of an annotation.
    pub(super) fn annotation_text(&mut self, annotation: &'a Expr) -> Result {
        let text = unparse::expression(annotation)?;
        self.load_const(Const::str(&*text), annotation.place());
        Ok(())
    }

    /// Makes and stores the `__annotate__` of the variables annotated in this module or class.
    pub(super) fn deferred_annotations(&mut self, loc: Location) -> Result {
        let deferred = std::mem::take(&mut self.unit_mut().deferred_annotations);
        if deferred.is_empty() {
            return Ok(());
        }
        let scope_type = self.unit().scope_type;
        // A module's is made first, so that it exists even when the module fails half-way.
        let separate = scope_type == ScopeType::Module;
        if separate {
            self.unit_mut().start_annotations();
        }
        let id: ScopeId = self.scope_id();
        let is_class = self.scope().kind == BlockKind::Class;
        self.enter_annotations_scope("__annotate__".into(), BlockKey::Variables(id), loc)?;
        self.emit_arg(Opcode::BUILD_MAP, 0, loc);
        for annotation in deferred {
            let here = annotation.loc;
            let ExprKind::Name { id: target, .. } = &annotation.node.target.kind else { continue };
            let not_set = self.new_label();
            if let Some(index) = annotation.index {
                let set: Name = "__conditional_annotations__".into();
                self.load_const(Const::Int(i64::from(index)), here);
                if scope_type == ScopeType::Class {
                    let cell = self.unit_mut().free_index(&set);
                    self.emit_arg(Opcode::LOAD_DEREF, cell, here);
                } else {
                    let name = self.unit_mut().name_index(&set);
                    self.emit_arg(Opcode::LOAD_GLOBAL, name << 1, here);
                }
                self.emit_arg(Opcode::CONTAINS_OP, 0, here);
                self.emit_jump(Opcode::POP_JUMP_IF_FALSE, not_set, here);
            }
            self.expr(&annotation.node.annotation)?;
            self.emit_arg(Opcode::COPY, 2, here);
            let mangled = crate::symtable::mangle(self.unit().class.as_deref(), target);
            self.load_str(&mangled, here);
            self.emit(Opcode::STORE_SUBSCR, loc);
            self.use_label(not_set);
        }
        self.leave_annotations_scope(loc)?;
        let name = if is_class { "__annotate_func__" } else { "__annotate__" };
        self.name_op(loc, &name.into(), ExprContext::Store)?;
        if separate {
            self.unit_mut().end_annotations();
        }
        Ok(())
    }
}

/// The parameter is `.format` to the compiler, so that it cannot clash, and `format` to everybody else.
fn with_format_parameter(mut code: Arc<Code>) -> Arc<Code> {
    let inner = Arc::make_mut(&mut code);
    if let Some(first) = inner.localsplusnames.first_mut() {
        *first = Wtf8Buf::from("format");
    }
    code
}
