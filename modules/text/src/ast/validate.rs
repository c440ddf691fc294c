//! What a tree made from Python objects must fulfil before it is compiled: the parser's trees do by themselves.

use whipsnake_runtime::prelude::*;
use whipsnake_syntax::ast::*;

/// Checks a tree.
///
/// # Errors
/// ValueError and TypeError with CPython's messages.
pub fn validate(th: &Thread, tree: &Mod) -> PyResult<()> {
    let v = Validator { th };
    match tree {
        Mod::Module { body, .. } | Mod::Interactive { body } => v.stmts(body),
        Mod::Expression { body } => v.load(body),
        Mod::FunctionType { argtypes, returns } => {
            v.loads(argtypes)?;
            v.load(returns)
        }
    }
}

struct Validator<'t> {
    th: &'t Thread,
}

use ExprContext::{Del, Load, Store};

impl Validator<'_> {
    fn value_error<T>(&self, message: impl Into<String>) -> PyResult<T> {
        Err(self.th.value_error(message))
    }

    fn deeper(&self) -> PyResult<()> {
        self.th.check_native_stack(" during compilation")
    }

    /// A list that must not be empty.
    fn nonempty<T>(&self, items: &[T], what: &str, owner: &str) -> PyResult<()> {
        if items.is_empty() { self.value_error(format!("empty {what} on {owner}")) } else { Ok(()) }
    }

    fn name(&self, name: &str) -> PyResult<()> {
        if matches!(name, "None" | "True" | "False") {
            return self.value_error(format!("identifier field can't represent '{name}' constant"));
        }
        Ok(())
    }

    // ---- statements

    fn stmts(&self, body: &[Stmt]) -> PyResult<()> {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    fn body(&self, body: &[Stmt], owner: &str) -> PyResult<()> {
        self.nonempty(body, "body", owner)?;
        self.stmts(body)
    }

    fn stmt(&self, s: &Stmt) -> PyResult<()> {
        self.deeper()?;
        match &s.kind {
            StmtKind::FunctionDef(f) => self.function(f, "FunctionDef"),
            StmtKind::AsyncFunctionDef(f) => self.function(f, "AsyncFunctionDef"),
            StmtKind::ClassDef(c) => {
                self.name(&c.name)?;
                self.body(&c.body, "ClassDef")?;
                self.type_params(&c.type_params)?;
                self.loads(&c.bases)?;
                self.keywords(&c.keywords)?;
                self.loads(&c.decorator_list)
            }
            StmtKind::Return { value } => self.maybe(value.as_deref()),
            StmtKind::Delete { targets } => {
                self.nonempty(targets, "targets", "Delete")?;
                self.exprs(targets, Del)
            }
            StmtKind::Assign(a) => {
                self.nonempty(&a.targets, "targets", "Assign")?;
                self.exprs(&a.targets, Store)?;
                self.load(&a.value)
            }
            StmtKind::AugAssign(a) => {
                self.expr(&a.target, Store)?;
                self.load(&a.value)
            }
            StmtKind::AnnAssign(a) => {
                if a.simple && !matches!(a.target.kind, ExprKind::Name { .. }) {
                    return Err(self.th.type_error("AnnAssign with simple non-Name target"));
                }
                self.expr(&a.target, Store)?;
                self.maybe(a.value.as_ref())?;
                self.load(&a.annotation)
            }
            StmtKind::TypeAlias(t) => {
                if !matches!(t.name.kind, ExprKind::Name { .. }) {
                    return Err(self.th.type_error("TypeAlias with non-Name name"));
                }
                self.expr(&t.name, Store)?;
                self.type_params(&t.type_params)?;
                self.load(&t.value)
            }
            StmtKind::For(f) => self.for_loop(f, "For"),
            StmtKind::AsyncFor(f) => self.for_loop(f, "AsyncFor"),
            StmtKind::While(w) => {
                self.load(&w.test)?;
                self.body(&w.body, "While")?;
                self.stmts(&w.orelse)
            }
            StmtKind::If(i) => {
                self.load(&i.test)?;
                self.body(&i.body, "If")?;
                self.stmts(&i.orelse)
            }
            StmtKind::With(w) => self.with(w, "With"),
            StmtKind::AsyncWith(w) => self.with(w, "AsyncWith"),
            StmtKind::Match(m) => {
                self.load(&m.subject)?;
                self.nonempty(&m.cases, "cases", "Match")?;
                m.cases.iter().try_for_each(|case| {
                    self.pattern(&case.pattern, false)?;
                    self.maybe(case.guard.as_deref())?;
                    self.body(&case.body, "match_case")
                })
            }
            StmtKind::Raise { exc: None, cause: Some(_) } => self.value_error("Raise with cause but no exception"),
            StmtKind::Raise { exc, cause } => {
                self.maybe(exc.as_deref())?;
                self.maybe(cause.as_deref())
            }
            StmtKind::Try(t) => self.try_block(t, "Try"),
            StmtKind::TryStar(t) => self.try_block(t, "TryStar"),
            StmtKind::Assert { test, msg } => {
                self.load(test)?;
                self.maybe(msg.as_deref())
            }
            StmtKind::Import { names } => self.aliases(names, "Import"),
            StmtKind::ImportFrom { names, .. } => self.aliases(names, "ImportFrom"),
            StmtKind::Global { names } => self.nonempty(names, "names", "Global"),
            StmtKind::Nonlocal { names } => self.nonempty(names, "names", "Nonlocal"),
            StmtKind::Expr { value } => self.load(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
        }
    }

    fn function(&self, f: &FunctionDef, owner: &str) -> PyResult<()> {
        self.name(&f.name)?;
        self.body(&f.body, owner)?;
        self.type_params(&f.type_params)?;
        self.arguments(&f.args)?;
        self.loads(&f.decorator_list)?;
        self.maybe(f.returns.as_deref())
    }

    fn aliases(&self, names: &[Alias], owner: &str) -> PyResult<()> {
        self.nonempty(names, "names", owner)?;
        for alias in names {
            self.name(&alias.name)?;
            alias.asname.as_deref().map_or(Ok(()), |name| self.name(name))?;
        }
        Ok(())
    }

    fn for_loop(&self, f: &For, owner: &str) -> PyResult<()> {
        self.expr(&f.target, Store)?;
        self.load(&f.iter)?;
        self.body(&f.body, owner)?;
        self.stmts(&f.orelse)
    }

    fn with(&self, w: &With, owner: &str) -> PyResult<()> {
        self.nonempty(&w.items, "items", owner)?;
        for item in &w.items {
            self.load(&item.context_expr)?;
            if let Some(vars) = &item.optional_vars {
                self.expr(vars, Store)?;
            }
        }
        self.body(&w.body, owner)
    }

    fn try_block(&self, t: &Try, owner: &str) -> PyResult<()> {
        self.body(&t.body, owner)?;
        if t.handlers.is_empty() && t.finalbody.is_empty() {
            return self.value_error(format!("{owner} has neither except handlers nor finalbody"));
        }
        if t.handlers.is_empty() && !t.orelse.is_empty() {
            return self.value_error(format!("{owner} has orelse but no except handlers"));
        }
        for handler in &t.handlers {
            handler.name.as_deref().map_or(Ok(()), |name| self.name(name))?;
            self.maybe(handler.typ.as_deref())?;
            self.body(&handler.body, "ExceptHandler")?;
        }
        self.stmts(&t.finalbody)?;
        self.stmts(&t.orelse)
    }

    fn type_params(&self, params: &[TypeParam]) -> PyResult<()> {
        params.iter().try_for_each(|p| match &p.kind {
            TypeParamKind::TypeVar { name, bound, default_value } => {
                self.name(name)?;
                self.maybe(bound.as_deref())?;
                self.maybe(default_value.as_deref())
            }
            TypeParamKind::ParamSpec { name, default_value } | TypeParamKind::TypeVarTuple { name, default_value } => {
                self.name(name)?;
                self.maybe(default_value.as_deref())
            }
        })
    }

    fn arguments(&self, a: &Arguments) -> PyResult<()> {
        let annotation = |arg: &Arg| self.maybe(arg.annotation.as_deref());
        a.posonlyargs.iter().try_for_each(annotation)?;
        a.args.iter().try_for_each(annotation)?;
        a.vararg.as_deref().map_or(Ok(()), annotation)?;
        a.kwonlyargs.iter().try_for_each(annotation)?;
        a.kwarg.as_deref().map_or(Ok(()), annotation)?;
        if a.defaults.len() > a.posonlyargs.len() + a.args.len() {
            return self.value_error("more positional defaults than args on arguments");
        }
        if a.kw_defaults.len() != a.kwonlyargs.len() {
            return self.value_error("length of kwonlyargs is not the same as kw_defaults on arguments");
        }
        self.loads(&a.defaults)?;
        a.kw_defaults.iter().flatten().try_for_each(|e| self.load(e))
    }

    fn keywords(&self, keywords: &[Keyword]) -> PyResult<()> {
        keywords.iter().try_for_each(|k| self.load(&k.value))
    }

    // ---- expressions

    fn load(&self, e: &Expr) -> PyResult<()> {
        self.expr(e, Load)
    }

    fn loads(&self, exprs: &[Expr]) -> PyResult<()> {
        self.exprs(exprs, Load)
    }

    fn exprs(&self, exprs: &[Expr], ctx: ExprContext) -> PyResult<()> {
        exprs.iter().try_for_each(|e| self.expr(e, ctx))
    }

    fn maybe(&self, e: Option<&Expr>) -> PyResult<()> {
        e.map_or(Ok(()), |e| self.load(e))
    }

    fn expr(&self, e: &Expr, ctx: ExprContext) -> PyResult<()> {
        self.deeper()?;
        self.context(e, ctx)?;
        match &e.kind {
            ExprKind::BoolOp { values, .. } => {
                if values.len() < 2 {
                    return self.value_error("BoolOp with less than 2 values");
                }
                self.loads(values)
            }
            ExprKind::NamedExpr { target, value } => {
                if !matches!(target.kind, ExprKind::Name { .. }) {
                    return Err(self.th.type_error("NamedExpr target must be a Name"));
                }
                self.load(value)
            }
            ExprKind::BinOp { left, right, .. } => {
                self.load(left)?;
                self.load(right)
            }
            ExprKind::UnaryOp { operand, .. } => self.load(operand),
            ExprKind::Lambda { args, body } => {
                self.arguments(args)?;
                self.load(body)
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.load(test)?;
                self.load(body)?;
                self.load(orelse)
            }
            ExprKind::Dict { keys, values } => {
                if keys.len() != values.len() {
                    return self.value_error("Dict doesn't have the same number of keys as values");
                }
                keys.iter().flatten().try_for_each(|key| self.load(key))?;
                self.loads(values)
            }
            ExprKind::Set { elts } => self.loads(elts),
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.generators(generators)?;
                self.load(elt)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.generators(generators)?;
                self.load(key)?;
                self.load(value)
            }
            ExprKind::Await { value } | ExprKind::YieldFrom { value } => self.load(value),
            ExprKind::Yield { value } => self.maybe(value.as_deref()),
            ExprKind::Compare { left, ops, comparators } => {
                if comparators.is_empty() {
                    return self.value_error("Compare with no comparators");
                }
                if comparators.len() != ops.len() {
                    return self.value_error("Compare has a different number of comparators and operands");
                }
                self.loads(comparators)?;
                self.load(left)
            }
            ExprKind::Call { func, args, keywords } => {
                self.load(func)?;
                self.loads(args)?;
                self.keywords(keywords)
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.load(value)?;
                self.maybe(format_spec.as_deref())
            }
            ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => self.loads(values),
            ExprKind::Constant { .. } => Ok(()),
            ExprKind::Attribute { value, .. } => self.load(value),
            ExprKind::Subscript { value, slice, .. } => {
                self.load(slice)?;
                self.load(value)
            }
            ExprKind::Starred { value, .. } => self.expr(value, ctx),
            ExprKind::Name { .. } => Ok(()),
            ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => self.exprs(elts, ctx),
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().try_for_each(|part| self.maybe(part.as_deref()))
            }
        }
    }

    /// Whether the expression can be used as its surroundings use it.
    fn context(&self, e: &Expr, wanted: ExprContext) -> PyResult<()> {
        let own = match &e.kind {
            ExprKind::Attribute { ctx, .. }
            | ExprKind::Subscript { ctx, .. }
            | ExprKind::Starred { ctx, .. }
            | ExprKind::List { ctx, .. }
            | ExprKind::Tuple { ctx, .. } => *ctx,
            ExprKind::Name { id, ctx } => {
                self.name(id)?;
                *ctx
            }
            _ if wanted != Load => {
                return self.value_error(format!("expression which can't be assigned to in {wanted:?} context"));
            }
            _ => return Ok(()),
        };
        if own != wanted {
            return self.value_error(format!("expression must have {wanted:?} context but has {own:?} instead"));
        }
        Ok(())
    }

    fn generators(&self, generators: &[Comprehension]) -> PyResult<()> {
        if generators.is_empty() {
            return self.value_error("comprehension with no generators");
        }
        generators.iter().try_for_each(|c| {
            self.expr(&c.target, Store)?;
            self.load(&c.iter)?;
            self.loads(&c.ifs)
        })
    }

    // ---- patterns

    fn capture(&self, name: &str) -> PyResult<()> {
        if name == "_" {
            return self.value_error("can't capture name '_' in patterns");
        }
        self.name(name)
    }

    fn patterns(&self, patterns: &[Pattern], star_allowed: bool) -> PyResult<()> {
        patterns.iter().try_for_each(|p| self.pattern(p, star_allowed))
    }

    fn pattern(&self, p: &Pattern, star_allowed: bool) -> PyResult<()> {
        self.deeper()?;
        match &p.kind {
            PatternKind::MatchValue { value } => self.pattern_value(value),
            PatternKind::MatchSingleton { value: Constant::None | Constant::Bool(_) } => Ok(()),
            PatternKind::MatchSingleton { .. } => {
                self.value_error("MatchSingleton can only contain True, False and None")
            }
            PatternKind::MatchSequence { patterns } => self.patterns(patterns, true),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                if keys.len() != patterns.len() {
                    return self.value_error("MatchMapping doesn't have the same number of keys as patterns");
                }
                if let Some(rest) = rest {
                    self.capture(rest)?;
                }
                for key in keys {
                    if !matches!(key.kind, ExprKind::Constant { value: Constant::None | Constant::Bool(_), .. }) {
                        self.pattern_value(key)?;
                    }
                }
                self.patterns(patterns, false)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                if kwd_attrs.len() != kwd_patterns.len() {
                    return self
                        .value_error("MatchClass doesn't have the same number of keyword attributes as patterns");
                }
                self.load(cls)?;
                let mut at = cls;
                while let ExprKind::Attribute { value, .. } = &at.kind {
                    at = value;
                }
                if !matches!(at.kind, ExprKind::Name { .. }) {
                    return self.value_error("MatchClass cls field can only contain Name or Attribute nodes.");
                }
                kwd_attrs.iter().try_for_each(|name| self.name(name))?;
                self.patterns(patterns, false)?;
                self.patterns(kwd_patterns, false)
            }
            PatternKind::MatchStar { .. } if !star_allowed => self.value_error("can't use MatchStar here"),
            PatternKind::MatchStar { name } => name.as_deref().map_or(Ok(()), |name| self.capture(name)),
            PatternKind::MatchAs { pattern, name } => {
                if let Some(name) = name {
                    self.capture(name)?;
                }
                match pattern {
                    None => Ok(()),
                    Some(_) if name.is_none() => {
                        self.value_error("MatchAs must specify a target name if a pattern is given")
                    }
                    Some(pattern) => self.pattern(pattern, false),
                }
            }
            PatternKind::MatchOr { patterns } => {
                if patterns.len() < 2 {
                    return self.value_error("MatchOr requires at least 2 patterns");
                }
                self.patterns(patterns, false)
            }
        }
    }

    /// A literal or an attribute.
    fn pattern_value(&self, e: &Expr) -> PyResult<()> {
        self.load(e)?;
        let allowed = match &e.kind {
            ExprKind::Constant { value, .. } => {
                let literal = matches!(
                    value,
                    Constant::Int(_)
                        | Constant::Float(_)
                        | Constant::Complex { .. }
                        | Constant::Str(_)
                        | Constant::Bytes(_)
                );
                if !literal {
                    return self.value_error("unexpected constant inside of a literal pattern");
                }
                true
            }
            ExprKind::Attribute { .. } | ExprKind::JoinedStr { .. } | ExprKind::TemplateStr { .. } => true,
            ExprKind::UnaryOp { .. } => is_signed(e, true),
            ExprKind::BinOp { left, op: Operator::Add | Operator::Sub, right } => {
                let real = is_number(left, false) || is_signed(left, false);
                real && matches!(right.kind, ExprKind::Constant { value: Constant::Complex { .. }, .. })
            }
            _ => false,
        };
        if allowed { Ok(()) } else { self.value_error("patterns may only match literals and attribute lookups") }
    }
}

fn is_number(e: &Expr, complex: bool) -> bool {
    match &e.kind {
        ExprKind::Constant { value: Constant::Int(_) | Constant::Float(_), .. } => true,
        ExprKind::Constant { value: Constant::Complex { .. }, .. } => complex,
        _ => false,
    }
}

/// A negated number.
fn is_signed(e: &Expr, complex: bool) -> bool {
    matches!(&e.kind, ExprKind::UnaryOp { op: UnaryOp::USub, operand } if is_number(operand, complex))
}
