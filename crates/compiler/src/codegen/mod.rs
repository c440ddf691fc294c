//! Code generation: from the tree and its symbol tables to instruction sequences, one unit for each code object.
//!
//! The shape of what is generated follows CPython 3.14, so that disassembly, tracebacks and tracing look alike. Optimisation
//! happens later, on the control-flow graph (`cfg`, `passes`).
//! Files are named after what they generate; `unit` holds the state of the code object being made.

mod annotations;
mod assignments;
mod calls;
mod checks;
mod classes;
mod comprehensions;
mod displays;
mod expressions;
mod functions;
mod imports;
mod loops;
mod names;
mod patterns;
mod statements;
pub(crate) mod strings;
mod tries;
mod type_params;
mod unit;
mod unwinding;
mod withs;

use std::sync::Arc;

use rustpython_wtf8::Wtf8Buf;
use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::{Code, Const, Opcode};
use whipsnake_syntax::ast::{Expr, ExprContext, ExprKind, Mod, Stmt};

use crate::constants;
use crate::error::{ErrorKind, Result, Warning, internal};
use crate::place::{HasPlace, NO_LOCATION, descend};
use crate::sequence::Label;
use crate::symtable::{BlockKey, Scope, ScopeId, SymbolTable, address};
use crate::{Options, assemble};
pub(crate) use unit::Unit;
use unit::{Arity, ScopeType};

/// Stack depth beyond which displays and calls are built up piecemeal.
const STACK_USE_GUIDELINE: usize = 30;

/// Compiles `module`.
pub(crate) fn compile_module(
    module: &Mod,
    filename: Wtf8Buf,
    options: &Options,
    features: u32,
    table: SymbolTable,
) -> Result<(Arc<Code>, Vec<Warning>)> {
    let mut compiler =
        Compiler { table, options, features, filename, units: Vec::new(), warnings: Vec::new(), depth: 0 };
    let code = compiler.module(module)?;
    Ok((code, compiler.warnings))
}

/// The state of code generation.
pub(crate) struct Compiler<'a> {
    table: SymbolTable,
    options: &'a Options,
    /// Future features in effect.
    features: u32,
    filename: Wtf8Buf,
    /// The code objects being made, innermost last.
    units: Vec<Unit<'a>>,
    warnings: Vec<Warning>,
    depth: u32,
}

impl<'a> Compiler<'a> {
    fn module(&mut self, module: &'a Mod) -> Result<Arc<Code>> {
        let arity = Arity::default();
        self.enter_scope("<module>".into(), ScopeType::Module, BlockKey::Body(address(module)), 1, None, arity)?;
        match module {
            Mod::Module { body, .. } => self.module_body(body)?,
            Mod::Interactive { body } => self.module_body(body)?,
            Mod::Expression { body } => self.expr(body)?,
            Mod::FunctionType { .. } => {
                return internal(ErrorKind::Runtime, "this compiler does not handle FunctionTypes");
            }
        }
        self.finish_unit(!matches!(module, Mod::Expression { .. }))
    }

    fn module_body(&mut self, body: &'a [Stmt]) -> Result {
        let loc = self.first_location(body);
        if self.scope().has_conditional_annotations {
            self.emit_arg(Opcode::BUILD_SET, 0, loc);
            let index = self.unit_mut().name_index(&"__conditional_annotations__".into());
            self.emit_arg(Opcode::STORE_NAME, index, loc);
        }
        self.body(loc, body)
    }

    fn interactive_top_level(&self) -> bool {
        self.options.mode == crate::Mode::Single && self.units.len() == 1
    }

    fn unit(&self) -> &Unit<'a> {
        // A unit is entered before anything is generated and the module's is left last.
        &self.units[self.units.len() - 1]
    }

    fn unit_mut(&mut self) -> &mut Unit<'a> {
        let last = self.units.len() - 1;
        &mut self.units[last]
    }

    fn scope_id(&self) -> ScopeId {
        self.unit().scope
    }

    fn scope(&self) -> &Scope {
        self.table.scope(self.unit().scope)
    }

    fn emit(&mut self, op: Opcode, loc: Location) {
        self.unit_mut().sequence.push(op, 0, loc);
    }

    fn emit_arg(&mut self, op: Opcode, arg: u32, loc: Location) {
        self.unit_mut().sequence.push(op, arg, loc);
    }

    fn emit_jump(&mut self, op: Opcode, target: Label, loc: Location) {
        self.unit_mut().sequence.push(op, target.0, loc);
    }

    fn new_label(&mut self) -> Label {
        self.unit_mut().sequence.new_label()
    }

    fn use_label(&mut self, label: Label) {
        self.unit_mut().sequence.use_label(label);
    }

    fn load_const(&mut self, value: Const, loc: Location) {
        let index = self.unit_mut().const_index(value);
        self.emit_arg(Opcode::LOAD_CONST, index, loc);
    }

    fn load_str(&mut self, text: &str, loc: Location) {
        self.load_const(Const::str(text), loc);
    }

    /// The value of an expression that is a constant (a literal or `__debug__`).
    fn constant(&self, e: &Expr) -> Result<Option<Const>> {
        match &e.kind {
            ExprKind::Constant { value, .. } => constants::from_ast(value, e.place()).map(Some),
            _ if self.is_constant(e) => Ok(Some(Const::bool(self.options.optimize == 0))),
            _ => Ok(None),
        }
    }

    fn is_constant(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Constant { .. } => true,
            ExprKind::Name { id, ctx: ExprContext::Load } => &**id == "__debug__",
            _ => false,
        }
    }

    fn warn(&mut self, loc: Location, message: String) {
        let warning = Warning { message, location: loc };
        // The body of a `finally` is generated more than once.
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Visits an expression, one level deeper.
    fn expr(&mut self, e: &'a Expr) -> Result {
        descend(self, |c| &mut c.depth, |c| c.expr_inner(e))
    }

    fn exprs(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) -> Result {
        exprs.into_iter().try_for_each(|e| self.expr(e))
    }

    fn stmt(&mut self, s: &'a Stmt) -> Result {
        descend(self, |c| &mut c.depth, |c| c.stmt_inner(s))
    }

    fn stmts(&mut self, stmts: &'a [Stmt]) -> Result {
        stmts.iter().try_for_each(|s| self.stmt(s))
    }

    /// Optimises and assembles the current unit, and leaves it.
    fn finish_unit(&mut self, return_none: bool) -> Result<Arc<Code>> {
        if return_none {
            self.load_const(Const::None, NO_LOCATION);
        }
        self.emit(Opcode::RETURN_VALUE, NO_LOCATION);
        let Some(unit) = self.units.pop() else {
            return internal(ErrorKind::System, "no compilation unit");
        };
        let scope = self.table.scope(unit.scope);
        let flags = unit::code_flags(scope, self.features, self.options.allow_top_level_await);
        let nparams = scope.varnames.len();
        assemble::make_code(unit, flags, nparams, &self.filename).map(Arc::new)
    }
}
