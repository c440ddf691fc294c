//! First pass over expressions.

use whipsnake_bytecode::locations::Location;
use whipsnake_syntax::ast::{self, Expr, ExprContext, ExprKind};

use super::build::{Builder, check_name};
use super::{BlockKey, BlockKind, Comprehension, Name, address, flag};
use crate::error::{Result, syntax};
use crate::place::HasPlace;

impl Builder {
    pub(super) fn expr_inner(&mut self, e: &Expr) -> Result {
        match &e.kind {
            ExprKind::NamedExpr { target, value } => {
                self.refuse_in_annotation("named expression", e)?;
                self.named_expr(e, target, value)
            }
            ExprKind::BoolOp { values, .. }
            | ExprKind::JoinedStr { values }
            | ExprKind::TemplateStr { values }
            | ExprKind::Set { elts: values }
            | ExprKind::List { elts: values, .. }
            | ExprKind::Tuple { elts: values, .. } => self.exprs(values),
            ExprKind::BinOp { left, right, .. } => self.exprs([&**left, &**right]),
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { args, body } => {
                self.exprs(&args.defaults)?;
                self.exprs(args.kw_defaults.iter().flatten())?;
                self.enter("lambda".into(), BlockKind::Function, BlockKey::Body(address(e)), e.place());
                self.arguments(args)?;
                self.expr(body)?;
                self.exit();
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => self.exprs([&**test, &**body, &**orelse]),
            ExprKind::Dict { keys, values } => {
                self.exprs(keys.iter().flatten())?;
                self.exprs(values)
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension(e, "genexpr", Comprehension::Generator, generators, elt, None)
            }
            ExprKind::ListComp { elt, generators } => {
                self.comprehension(e, "listcomp", Comprehension::List, generators, elt, None)
            }
            ExprKind::SetComp { elt, generators } => {
                self.comprehension(e, "setcomp", Comprehension::Set, generators, elt, None)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(e, "dictcomp", Comprehension::Dict, generators, key, Some(value))
            }
            ExprKind::Yield { value } => self.yield_expr(e, value.as_deref()),
            ExprKind::YieldFrom { value } => self.yield_expr(e, Some(value)),
            ExprKind::Await { value } => self.await_expr(e, value),
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func)?;
                self.exprs(args)?;
                self.keywords(keywords)
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value)?;
                self.exprs(format_spec.as_deref())
            }
            ExprKind::Constant { .. } => Ok(()),
            ExprKind::Attribute { value, attr, ctx } => {
                check_name(attr, e.place(), *ctx)?;
                self.expr(value)
            }
            ExprKind::Subscript { value, slice, .. } => self.exprs([&**value, &**slice]),
            ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Slice { lower, upper, step } => {
                self.exprs([lower, upper, step].into_iter().flatten().map(|part| &**part))
            }
            ExprKind::Name { id, ctx } => self.name(e, id, *ctx),
        }
    }

    fn name(&mut self, e: &Expr, id: &Name, ctx: ExprContext) -> Result {
        if self.current().in_unevaluated_annotation {
            return Ok(());
        }
        if ctx == ExprContext::Load && &**id == "__debug__" {
            // A constant.
            return Ok(());
        }
        let bits = if ctx == ExprContext::Load { flag::USE } else { flag::LOCAL };
        self.add_def_ctx(id, bits, e.place(), ctx)?;
        // `super()` finds its class through the cell `__class__`.
        if ctx == ExprContext::Load && &**id == "super" && self.current().is_function_like() {
            self.add_def(&"__class__".into(), flag::USE, e.place())?;
        }
        Ok(())
    }

    fn named_expr(&mut self, e: &Expr, target: &Expr, value: &Expr) -> Result {
        if self.current().comp_iter_expr > 0 {
            return syntax(e.place(), "assignment expression cannot be used in a comprehension iterable expression");
        }
        if self.current().comprehension != Comprehension::No
            && let ExprKind::Name { id, .. } = &target.kind
        {
            self.bind_outside_comprehension(id, target.place())?;
        }
        self.expr(value)?;
        self.expr(target)
    }

    /// `:=` in a comprehension binds in the nearest block that is not a comprehension.
    fn bind_outside_comprehension(&mut self, name: &Name, place: Location) -> Result {
        for i in (0..self.stack.len()).rev() {
            let id = self.stack[i];
            let known = self.lookup_in(id, name);
            if self.table.scope(id).comprehension != Comprehension::No {
                if known & flag::COMP_ITER != 0 && known & flag::LOCAL != 0 {
                    return syntax(
                        place,
                        format!("assignment expression cannot rebind comprehension iteration variable '{name}'"),
                    );
                }
                continue;
            }
            let (here, there) = match self.table.scope(id).kind {
                BlockKind::Function if known & flag::GLOBAL != 0 => (flag::GLOBAL, flag::LOCAL),
                BlockKind::Function => (flag::NONLOCAL, flag::LOCAL),
                BlockKind::Module => (flag::GLOBAL, flag::GLOBAL),
                BlockKind::Class => return refuse_binding(place, "in a class body"),
                BlockKind::TypeParameters => return refuse_binding(place, "within the definition of a generic"),
                BlockKind::TypeAlias => return refuse_binding(place, "in a type alias"),
                BlockKind::TypeVariable => return refuse_binding(place, "in a TypeVar bound"),
                BlockKind::Annotation => continue,
            };
            self.add_def(name, here, place)?;
            self.record_directive(name, place);
            return self.add_def_in(id, name, there, place);
        }
        Ok(())
    }

    fn comprehension(
        &mut self,
        e: &Expr,
        name: &str,
        kind: Comprehension,
        generators: &[ast::Comprehension],
        elt: &Expr,
        value: Option<&Expr>,
    ) -> Result {
        let is_generator = kind == Comprehension::Generator;
        let Some((outermost, rest)) = generators.split_first() else {
            return crate::error::internal(crate::ErrorKind::Value, "comprehension with no generators");
        };
        // The outermost iterable is evaluated outside.
        self.current_mut().comp_iter_expr += 1;
        self.expr(&outermost.iter)?;
        self.current_mut().comp_iter_expr -= 1;
        self.enter(name.into(), BlockKind::Function, BlockKey::Body(address(e)), e.place());
        self.current_mut().comprehension = kind;
        self.current_mut().coroutine |= outermost.is_async;
        self.add_def(&".0".into(), flag::PARAM, e.place())?;
        self.comprehension_target(&outermost.target)?;
        self.exprs(&outermost.ifs)?;
        for generator in rest {
            self.comprehension_target(&generator.target)?;
            self.current_mut().comp_iter_expr += 1;
            self.expr(&generator.iter)?;
            self.current_mut().comp_iter_expr -= 1;
            self.exprs(&generator.ifs)?;
            self.current_mut().coroutine |= generator.is_async;
        }
        self.exprs(value)?;
        self.expr(elt)?;
        self.current_mut().generator = is_generator;
        let is_async = self.current().coroutine && !is_generator;
        self.exit();
        if is_async {
            let current = self.current();
            let allowed = (current.kind == BlockKind::Function && current.coroutine)
                || current.comprehension != Comprehension::No
                || self.allows_top_level_await();
            if !allowed {
                return syntax(e.place(), "asynchronous comprehension outside of an asynchronous function");
            }
            self.current_mut().coroutine = true;
        }
        Ok(())
    }

    fn comprehension_target(&mut self, target: &Expr) -> Result {
        self.current_mut().comp_iter_target = true;
        self.expr(target)?;
        self.current_mut().comp_iter_target = false;
        Ok(())
    }

    fn yield_expr(&mut self, e: &Expr, value: Option<&Expr>) -> Result {
        self.refuse_in_annotation("yield expression", e)?;
        self.exprs(value)?;
        self.current_mut().generator = true;
        let what = match self.current().comprehension {
            Comprehension::No => return Ok(()),
            Comprehension::List => "list comprehension",
            Comprehension::Set => "set comprehension",
            Comprehension::Dict => "dict comprehension",
            Comprehension::Generator => "generator expression",
        };
        syntax(e.place(), format!("'yield' inside {what}"))
    }

    fn await_expr(&mut self, e: &Expr, value: &Expr) -> Result {
        self.refuse_in_annotation("await expression", e)?;
        if !self.allows_top_level_await() {
            let current = self.current();
            if !current.is_function_like() {
                return syntax(e.place(), "'await' outside function");
            }
            let in_async = current.kind == BlockKind::Function && current.coroutine;
            if !in_async && current.comprehension == Comprehension::No {
                return syntax(e.place(), "'await' outside async function");
            }
        }
        self.expr(value)?;
        self.current_mut().coroutine = true;
        Ok(())
    }

    fn refuse_in_annotation(&self, what: &str, e: &Expr) -> Result {
        let message = match self.current().kind {
            BlockKind::Annotation => format!("{what} cannot be used within an annotation"),
            BlockKind::TypeVariable => {
                format!("{what} cannot be used within {}", self.current().scope_info.unwrap_or("a TypeVar bound"))
            }
            BlockKind::TypeAlias => format!("{what} cannot be used within a type alias"),
            BlockKind::TypeParameters => format!("{what} cannot be used within the definition of a generic"),
            _ => return Ok(()),
        };
        syntax(e.place(), message)
    }
}

fn refuse_binding(place: Location, whither: &str) -> Result {
    syntax(place, format!("assignment expression within a comprehension cannot be used {whither}"))
}
