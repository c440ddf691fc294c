//! The tree that `ast.parse(..., optimize=...)` shows: what CPython changes in a tree before it makes code of it.
//!
//! Formats with `%` become f-strings, `__debug__` a constant, numbers in patterns one constant; docstrings go at level 2. The
//! compiler does the same by itself while it generates code, and needs no changed tree.

use whipsnake_bytecode::opcodes::conversion;
use whipsnake_syntax::ast::*;

use crate::codegen::strings::{FormatPart, parse_format};
use crate::constants::docstring;

/// Changes `tree` as CPython does at an optimisation level.
pub fn preprocess(tree: &mut Mod, optimize: u8) {
    let p = Preprocessor { optimize };
    match tree {
        Mod::Module { body, .. } => p.documented(body),
        Mod::Interactive { body } => p.stmts(body),
        Mod::Expression { body } => p.expr(body),
        Mod::FunctionType { argtypes, returns } => {
            p.exprs(argtypes);
            p.expr(returns);
        }
    }
}

struct Preprocessor {
    optimize: u8,
}

impl Preprocessor {
    /// A body that may begin with a docstring.
    fn documented(&self, body: &mut Vec<Stmt>) {
        if self.optimize >= 2 && docstring(body).is_some() {
            if body.len() == 1 {
                let start = body[0].span;
                let (end_lineno, end_col_offset) = (start.lineno, start.col_offset + 4);
                body[0] = Stmt { span: Span { end_lineno, end_col_offset, ..start }, kind: StmtKind::Pass };
            } else {
                body.remove(0);
            }
        }
        self.stmts(body);
    }

    fn stmts(&self, body: &mut [Stmt]) {
        for stmt in body {
            stacker::maybe_grow(128 << 10, 2 << 20, || self.stmt(stmt));
        }
    }

    fn stmt(&self, s: &mut Stmt) {
        match &mut s.kind {
            StmtKind::FunctionDef(f) | StmtKind::AsyncFunctionDef(f) => {
                self.type_params(&mut f.type_params);
                self.arguments(&mut f.args);
                self.documented(&mut f.body);
                self.exprs(&mut f.decorator_list);
                self.maybe(&mut f.returns);
            }
            StmtKind::ClassDef(c) => {
                self.type_params(&mut c.type_params);
                self.exprs(&mut c.bases);
                self.keywords(&mut c.keywords);
                self.documented(&mut c.body);
                self.exprs(&mut c.decorator_list);
            }
            StmtKind::Return { value } => self.maybe(value),
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign(a) => {
                self.exprs(&mut a.targets);
                self.expr(&mut a.value);
            }
            StmtKind::TypeAlias(t) => {
                self.type_params(&mut t.type_params);
                self.expr(&mut t.value);
            }
            StmtKind::AugAssign(a) => {
                self.expr(&mut a.target);
                self.expr(&mut a.value);
            }
            StmtKind::AnnAssign(a) => {
                self.expr(&mut a.target);
                self.expr(&mut a.annotation);
                a.value.iter_mut().for_each(|e| self.expr(e));
            }
            StmtKind::For(f) | StmtKind::AsyncFor(f) => {
                self.expr(&mut f.target);
                self.expr(&mut f.iter);
                self.stmts(&mut f.body);
                self.stmts(&mut f.orelse);
            }
            StmtKind::While(w) => {
                self.expr(&mut w.test);
                self.stmts(&mut w.body);
                self.stmts(&mut w.orelse);
            }
            StmtKind::If(i) => {
                self.expr(&mut i.test);
                self.stmts(&mut i.body);
                self.stmts(&mut i.orelse);
            }
            StmtKind::With(w) | StmtKind::AsyncWith(w) => {
                for item in &mut w.items {
                    self.expr(&mut item.context_expr);
                    self.maybe(&mut item.optional_vars);
                }
                self.stmts(&mut w.body);
            }
            StmtKind::Match(m) => {
                self.expr(&mut m.subject);
                for case in &mut m.cases {
                    self.pattern(&mut case.pattern);
                    self.maybe(&mut case.guard);
                    self.stmts(&mut case.body);
                }
            }
            StmtKind::Raise { exc, cause } => {
                self.maybe(exc);
                self.maybe(cause);
            }
            StmtKind::Try(t) | StmtKind::TryStar(t) => {
                self.stmts(&mut t.body);
                for handler in &mut t.handlers {
                    self.maybe(&mut handler.typ);
                    self.stmts(&mut handler.body);
                }
                self.stmts(&mut t.orelse);
                self.stmts(&mut t.finalbody);
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test);
                self.maybe(msg);
            }
            StmtKind::Expr { value } => self.expr(value),
            StmtKind::Import { .. }
            | StmtKind::ImportFrom { .. }
            | StmtKind::Global { .. }
            | StmtKind::Nonlocal { .. }
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue => {}
        }
    }

    fn type_params(&self, params: &mut [TypeParam]) {
        for p in params {
            match &mut p.kind {
                TypeParamKind::TypeVar { bound, default_value, .. } => {
                    self.maybe(bound);
                    self.maybe(default_value);
                }
                TypeParamKind::ParamSpec { default_value, .. } | TypeParamKind::TypeVarTuple { default_value, .. } => {
                    self.maybe(default_value);
                }
            }
        }
    }

    fn arguments(&self, a: &mut Arguments) {
        let positional = a.posonlyargs.iter_mut().chain(&mut a.args).chain(&mut a.kwonlyargs);
        for arg in positional.chain(a.vararg.as_deref_mut()).chain(a.kwarg.as_deref_mut()) {
            self.maybe(&mut arg.annotation);
        }
        self.exprs(&mut a.defaults);
        a.kw_defaults.iter_mut().flatten().for_each(|e| self.expr(e));
    }

    fn keywords(&self, keywords: &mut [Keyword]) {
        keywords.iter_mut().for_each(|k| self.expr(&mut k.value));
    }

    fn maybe(&self, e: &mut Option<Box<Expr>>) {
        if let Some(e) = e {
            self.expr(e);
        }
    }

    fn exprs(&self, exprs: &mut [Expr]) {
        exprs.iter_mut().for_each(|e| self.expr(e));
    }

    fn expr(&self, e: &mut Expr) {
        stacker::maybe_grow(128 << 10, 2 << 20, || {
            self.inner(e);
            self.replace(e);
        });
    }

    /// The expressions inside an expression.
    fn inner(&self, e: &mut Expr) {
        match &mut e.kind {
            ExprKind::BoolOp { values, .. } | ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => {
                self.exprs(values);
            }
            ExprKind::NamedExpr { value, .. } => self.expr(value),
            ExprKind::BinOp { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { args, body } => {
                self.arguments(args);
                self.expr(body);
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test);
                self.expr(body);
                self.expr(orelse);
            }
            ExprKind::Dict { keys, values } => {
                keys.iter_mut().flatten().for_each(|key| self.expr(key));
                self.exprs(values);
            }
            ExprKind::Set { elts } | ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => self.exprs(elts),
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.expr(elt);
                self.generators(generators);
            }
            ExprKind::DictComp { key, value, generators } => {
                self.expr(key);
                self.expr(value);
                self.generators(generators);
            }
            ExprKind::Await { value } | ExprKind::YieldFrom { value } | ExprKind::Starred { value, .. } => {
                self.expr(value);
            }
            ExprKind::Attribute { value, .. } => self.expr(value),
            ExprKind::Yield { value } => self.maybe(value),
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left);
                self.exprs(comparators);
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func);
                self.exprs(args);
                self.keywords(keywords);
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value);
                self.maybe(format_spec);
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value);
                self.expr(slice);
            }
            ExprKind::Slice { lower, upper, step } => {
                self.maybe(lower);
                self.maybe(upper);
                self.maybe(step);
            }
            ExprKind::Constant { .. } | ExprKind::Name { .. } => {}
        }
    }

    fn generators(&self, generators: &mut [Comprehension]) {
        for c in generators {
            self.expr(&mut c.target);
            self.expr(&mut c.iter);
            self.exprs(&mut c.ifs);
        }
    }

    fn replace(&self, e: &mut Expr) {
        let changed = match &e.kind {
            ExprKind::Name { id, ctx: ExprContext::Load } if &**id == "__debug__" => {
                Some(constant(Constant::Bool(self.optimize == 0)))
            }
            ExprKind::BinOp { left, op: Operator::Mod, right } => joined(e.span, left, right),
            _ => None,
        };
        if let Some(kind) = changed {
            e.kind = kind;
        }
    }

    fn pattern(&self, p: &mut Pattern) {
        stacker::maybe_grow(128 << 10, 2 << 20, || match &mut p.kind {
            PatternKind::MatchValue { value } => fold_number(value),
            PatternKind::MatchSingleton { .. } | PatternKind::MatchStar { .. } => {}
            PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => {
                patterns.iter_mut().for_each(|p| self.pattern(p));
            }
            PatternKind::MatchMapping { keys, patterns, .. } => {
                keys.iter_mut().for_each(fold_number);
                patterns.iter_mut().for_each(|p| self.pattern(p));
            }
            PatternKind::MatchClass { cls, patterns, kwd_patterns, .. } => {
                self.expr(cls);
                patterns.iter_mut().chain(kwd_patterns).for_each(|p| self.pattern(p));
            }
            PatternKind::MatchAs { pattern, .. } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern);
                }
            }
        });
    }
}

fn constant(value: Constant) -> ExprKind {
    ExprKind::Constant { value, kind: None }
}

/// `'...' % (a, b)` with only simple fields as an f-string.
fn joined(span: Span, left: &Expr, right: &Expr) -> Option<ExprKind> {
    let ExprKind::Constant { value: Constant::Str(format), .. } = &left.kind else { return None };
    let ExprKind::Tuple { elts, ctx: ExprContext::Load } = &right.kind else { return None };
    if elts.iter().any(|elt| matches!(elt.kind, ExprKind::Starred { .. })) {
        return None;
    }
    let mut args = elts.iter();
    let mut values = Vec::new();
    for part in parse_format(format, elts.len())? {
        values.push(match part {
            FormatPart::Text(text) => Expr { span, kind: constant(Constant::Str(text)) },
            FormatPart::Field { conversion, spec } => {
                let arg = args.next()?;
                let span = arg.span;
                let text = |spec: String| Box::new(Expr { span, kind: constant(Constant::Str(spec.into())) });
                let spec = spec.map(text);
                let conversion = match conversion {
                    conversion::STR => Conversion::Str,
                    conversion::REPR => Conversion::Repr,
                    _ => Conversion::Ascii,
                };
                let value = Box::new(arg.clone());
                Expr { span, kind: ExprKind::FormattedValue { value, conversion, format_spec: spec } }
            }
        });
    }
    Some(ExprKind::JoinedStr { values })
}

/// A negative or complex number in a pattern as one constant.
fn fold_number(e: &mut Expr) {
    let folded = match &mut e.kind {
        ExprKind::UnaryOp { op: UnaryOp::USub, operand } => match &operand.kind {
            ExprKind::Constant { value, .. } => negated(value),
            _ => None,
        },
        ExprKind::BinOp { left, op: op @ (Operator::Add | Operator::Sub), right } => {
            fold_number(left);
            let sign = if *op == Operator::Sub { -1.0 } else { 1.0 };
            match (&left.kind, &right.kind) {
                (
                    ExprKind::Constant { value: left, .. },
                    ExprKind::Constant { value: Constant::Complex { real, imag }, .. },
                ) => real_value(left).map(|n| Constant::Complex { real: n + sign * real, imag: sign * imag }),
                _ => None,
            }
        }
        _ => None,
    };
    if let Some(value) = folded {
        e.kind = constant(value);
    }
}

fn negated(value: &Constant) -> Option<Constant> {
    Some(match value {
        Constant::Int(Int::Small(n)) => Constant::Int(Int::Small(n.checked_neg()?)),
        Constant::Int(Int::Big { digits, radix }) => {
            let digits = match digits.strip_prefix('-') {
                Some(digits) => digits.into(),
                None => format!("-{digits}").into(),
            };
            Constant::Int(Int::Big { digits, radix: *radix })
        }
        Constant::Float(x) => Constant::Float(-x),
        Constant::Complex { real, imag } => Constant::Complex { real: -real, imag: -imag },
        _ => return None,
    })
}

fn real_value(value: &Constant) -> Option<f64> {
    match value {
        Constant::Int(Int::Small(n)) => Some(*n as f64),
        Constant::Int(Int::Big { digits, radix: Radix::Decimal }) => digits.parse().ok(),
        Constant::Float(x) => Some(*x),
        _ => None,
    }
}
