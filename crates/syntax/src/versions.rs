//! `ast.parse(..., feature_version=...)`: syntax that an earlier Python 3 did not have.

use crate::ast::*;
use crate::error::{ErrorKind, SyntaxError};
use crate::lines::Lines;

/// Checks that a tree needs no later version than 3.`minor`.
///
/// # Errors
/// SyntaxError that says what is too new.
pub(crate) fn check(tree: &Mod, minor: u8, source: &str, lines: &Lines) -> Result<(), SyntaxError> {
    let c = Checker { minor, source, lines };
    match tree {
        Mod::Module { body, .. } | Mod::Interactive { body } => c.stmts(body),
        Mod::Expression { body } => c.expr(body),
        Mod::FunctionType { argtypes, returns } => {
            c.exprs(argtypes)?;
            c.expr(returns)
        }
    }
}

struct Checker<'a> {
    minor: u8,
    source: &'a str,
    lines: &'a Lines,
}

type Checked = Result<(), SyntaxError>;

impl Checker<'_> {
    fn needs(&self, minor: u8, what: &str, span: Span) -> Checked {
        if self.minor >= minor {
            return Ok(());
        }
        let line = |number: u32| self.lines.text(self.source, number).unwrap_or("");
        let offset = |number: u32, column: u32| {
            line(number).get(..column as usize).map_or(0, |text| text.chars().count()) as i64 + 1
        };
        Err(SyntaxError {
            kind: ErrorKind::SyntaxError,
            message: format!("{what} only supported in Python 3.{minor} and greater"),
            lineno: span.lineno,
            offset: offset(span.lineno, span.col_offset),
            end_lineno: span.end_lineno.into(),
            end_offset: offset(span.end_lineno, span.end_col_offset),
            text: Some(format!("{}\n", line(span.lineno).trim_end_matches('\n'))),
        })
    }

    fn stmts(&self, body: &[Stmt]) -> Checked {
        body.iter().try_for_each(|s| stacker::maybe_grow(128 << 10, 2 << 20, || self.stmt(s)))
    }

    fn stmt(&self, s: &Stmt) -> Checked {
        let span = s.span;
        match &s.kind {
            StmtKind::FunctionDef(f) | StmtKind::AsyncFunctionDef(f) => {
                if matches!(s.kind, StmtKind::AsyncFunctionDef(_)) {
                    self.needs(5, "Async functions are", span)?;
                }
                self.type_params(&f.type_params)?;
                self.arguments(&f.args)?;
                self.exprs(&f.decorator_list)?;
                self.maybe(f.returns.as_deref())?;
                self.stmts(&f.body)
            }
            StmtKind::ClassDef(c) => {
                self.type_params(&c.type_params)?;
                self.exprs(&c.decorator_list)?;
                self.exprs(&c.bases)?;
                self.keywords(&c.keywords)?;
                self.stmts(&c.body)
            }
            StmtKind::Return { value } => self.maybe(value.as_deref()),
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign(a) => {
                self.exprs(&a.targets)?;
                self.expr(&a.value)
            }
            StmtKind::TypeAlias(t) => {
                self.needs(12, "Type statement is", span)?;
                self.type_params(&t.type_params)?;
                self.expr(&t.value)
            }
            StmtKind::AugAssign(a) => {
                if a.op == Operator::MatMult {
                    self.needs(5, "The '@' operator is", span)?;
                }
                self.expr(&a.target)?;
                self.expr(&a.value)
            }
            StmtKind::AnnAssign(a) => {
                self.needs(
                    6,
                    if a.simple { "Variable annotation syntax is" } else { "Variable annotations syntax is" },
                    span,
                )?;
                self.expr(&a.target)?;
                self.expr(&a.annotation)?;
                self.maybe(a.value.as_ref())
            }
            StmtKind::For(f) | StmtKind::AsyncFor(f) => {
                if matches!(s.kind, StmtKind::AsyncFor(_)) {
                    self.needs(5, "Async for loops are", span)?;
                }
                self.expr(&f.target)?;
                self.expr(&f.iter)?;
                self.stmts(&f.body)?;
                self.stmts(&f.orelse)
            }
            StmtKind::While(w) => {
                self.expr(&w.test)?;
                self.stmts(&w.body)?;
                self.stmts(&w.orelse)
            }
            StmtKind::If(i) => {
                self.expr(&i.test)?;
                self.stmts(&i.body)?;
                self.stmts(&i.orelse)
            }
            StmtKind::With(w) | StmtKind::AsyncWith(w) => {
                if matches!(s.kind, StmtKind::AsyncWith(_)) {
                    self.needs(5, "Async with statements are", span)?;
                }
                for item in &w.items {
                    self.expr(&item.context_expr)?;
                    self.maybe(item.optional_vars.as_deref())?;
                }
                self.stmts(&w.body)
            }
            StmtKind::Match(m) => {
                self.needs(10, "Pattern matching is", span)?;
                self.expr(&m.subject)?;
                m.cases.iter().try_for_each(|case| {
                    self.maybe(case.guard.as_deref())?;
                    self.stmts(&case.body)
                })
            }
            StmtKind::Raise { exc, cause } => {
                self.maybe(exc.as_deref())?;
                self.maybe(cause.as_deref())
            }
            StmtKind::Try(t) | StmtKind::TryStar(t) => {
                if matches!(s.kind, StmtKind::TryStar(_)) {
                    self.needs(11, "Exception groups are", span)?;
                }
                self.stmts(&t.body)?;
                for handler in &t.handlers {
                    self.handler(handler, matches!(s.kind, StmtKind::TryStar(_)))?;
                }
                self.stmts(&t.orelse)?;
                self.stmts(&t.finalbody)
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.maybe(msg.as_deref())
            }
            StmtKind::Expr { value } => self.expr(value),
            _ => Ok(()),
        }
    }

    fn handler(&self, handler: &ExceptHandler, star: bool) -> Checked {
        if let Some(typ) = &handler.typ
            && let ExprKind::Tuple { .. } = typ.kind
        {
            let start = self.lines.start(typ.span.lineno).unwrap_or(0) + typ.span.col_offset;
            if self.source.as_bytes().get(start as usize) != Some(&b'(') {
                let what = if star { "except* expressions" } else { "except expressions" };
                self.needs(14, &format!("{what} without parentheses are"), handler.span)?;
            }
        }
        self.maybe(handler.typ.as_deref())?;
        self.stmts(&handler.body)
    }

    fn type_params(&self, params: &[TypeParam]) -> Checked {
        let Some((first, last)) = params.first().zip(params.last()) else { return Ok(()) };
        for p in params {
            let (TypeParamKind::TypeVar { default_value, .. }
            | TypeParamKind::ParamSpec { default_value, .. }
            | TypeParamKind::TypeVarTuple { default_value, .. }) = &p.kind;
            if default_value.is_some() {
                self.needs(13, "Type parameter defaults are", p.span)?;
            }
        }
        let span = Span { end_lineno: last.span.end_lineno, end_col_offset: last.span.end_col_offset, ..first.span };
        self.needs(12, "Type parameter lists are", span)
    }

    fn arguments(&self, a: &Arguments) -> Checked {
        if let Some(first) = a.posonlyargs.first() {
            self.needs(8, "Positional-only parameters are", first.span)?;
        }
        self.exprs(&a.defaults)?;
        a.kw_defaults.iter().flatten().try_for_each(|e| self.expr(e))?;
        let rest = a.vararg.as_deref().into_iter().chain(a.kwarg.as_deref());
        let args = a.posonlyargs.iter().chain(&a.args).chain(&a.kwonlyargs).chain(rest);
        args.into_iter().try_for_each(|arg| self.maybe(arg.annotation.as_deref()))
    }

    fn keywords(&self, keywords: &[Keyword]) -> Checked {
        keywords.iter().try_for_each(|k| self.expr(&k.value))
    }

    fn maybe(&self, e: Option<&Expr>) -> Checked {
        e.map_or(Ok(()), |e| self.expr(e))
    }

    fn exprs(&self, exprs: &[Expr]) -> Checked {
        exprs.iter().try_for_each(|e| self.expr(e))
    }

    fn expr(&self, e: &Expr) -> Checked {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.expr_inner(e))
    }

    fn expr_inner(&self, e: &Expr) -> Checked {
        match &e.kind {
            ExprKind::NamedExpr { target, value } => {
                self.needs(8, "Assignment expressions are", e.span)?;
                self.expr(target)?;
                self.expr(value)
            }
            ExprKind::BinOp { left, op, right } => {
                self.expr(left)?;
                if *op == Operator::MatMult {
                    self.needs(5, "The '@' operator is", e.span)?;
                }
                self.expr(right)
            }
            ExprKind::Await { value } => {
                self.needs(5, "Await expressions are", e.span)?;
                self.expr(value)
            }
            ExprKind::TemplateStr { values } => {
                self.needs(14, "t-strings are", e.span)?;
                self.exprs(values)
            }
            ExprKind::Constant { value: Constant::Int(_) | Constant::Float(_) | Constant::Complex { .. }, .. } => {
                let at = |column: u32| (self.lines.start(e.span.lineno).unwrap_or(0) + column) as usize;
                let text = self.source.get(at(e.span.col_offset)..at(e.span.end_col_offset)).unwrap_or("");
                if text.contains('_') {
                    self.needs(6, "Underscores in numeric literals are", e.span)?;
                }
                Ok(())
            }
            ExprKind::BoolOp { values, .. } | ExprKind::JoinedStr { values } => self.exprs(values),
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { args, body } => {
                self.arguments(args)?;
                self.expr(body)
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test)?;
                self.expr(body)?;
                self.expr(orelse)
            }
            ExprKind::Dict { keys, values } => {
                keys.iter().flatten().try_for_each(|key| self.expr(key))?;
                self.exprs(values)
            }
            ExprKind::Set { elts } | ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => self.exprs(elts),
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.expr(elt)?;
                self.generators(generators)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.expr(key)?;
                self.expr(value)?;
                self.generators(generators)
            }
            ExprKind::YieldFrom { value } | ExprKind::Starred { value, .. } | ExprKind::Attribute { value, .. } => {
                self.expr(value)
            }
            ExprKind::Yield { value } => self.maybe(value.as_deref()),
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
                self.maybe(format_spec.as_deref())
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                self.expr(slice)
            }
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().try_for_each(|part| self.maybe(part.as_deref()))
            }
            ExprKind::Constant { .. } | ExprKind::Name { .. } => Ok(()),
        }
    }

    fn generators(&self, generators: &[Comprehension]) -> Checked {
        generators.iter().try_for_each(|c| {
            if c.is_async {
                self.needs(6, "Async comprehensions are", c.target.span)?;
            }
            self.expr(&c.target)?;
            self.expr(&c.iter)?;
            self.exprs(&c.ifs)
        })
    }
}
