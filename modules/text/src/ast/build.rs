//! From the syntax tree to Python objects.

use super::classes::Classes;
use super::node::shared;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::set::Set;
use whipsnake_runtime::types::{complex, instance, int};
use whipsnake_syntax::ast::*;

/// The node objects of a tree.
///
/// # Errors
/// MemoryError; RecursionError for a tree that is nested too deeply; ValueError for a number with too many digits.
pub fn to_object(th: &Thread, tree: &Mod) -> PyResult {
    Builder { th, classes: Classes::get(th)? }.module(tree)
}

struct Builder<'t> {
    th: &'t Thread,
    classes: &'static Classes,
}

impl Builder<'_> {
    /// A node with the values of its fields, in order, and its place.
    fn node<const N: usize>(&self, name: &str, span: Option<Span>, values: [Obj; N]) -> PyResult {
        let th = self.th;
        let class = self.classes.named(th, name)?;
        let Some(ty) = class.class.cast::<Type>() else { return Err(th.system_error("a node class is no type")) };
        let node = instance::allocate(th, ty)?;
        debug_assert_eq!(class.fields.len(), N, "{name}");
        for (field, value) in class.fields.iter().zip(&values) {
            instance::set(th, node.value(), field.value(), value.value())?;
        }
        if let Some(span) = span {
            let place = [span.lineno, span.col_offset, span.end_lineno, span.end_col_offset];
            for (name, value) in self.classes.place.iter().zip(place) {
                instance::set(th, node.value(), name.value(), Value::small_int(value.into()))?;
            }
        }
        Ok(node)
    }

    fn shared(&self, name: &str) -> PyResult {
        shared(self.th, self.classes, name)
    }

    /// Guards every step into the tree.
    fn deeper(&self) -> PyResult<()> {
        self.th.check_native_stack(" during ast construction")
    }

    fn list<T>(&self, items: &[T], mut convert: impl FnMut(&T) -> PyResult) -> PyResult {
        let items = items.iter().map(&mut convert).collect::<PyResult<Vec<Obj>>>()?;
        self.th.list(items)
    }

    fn optional<T>(&self, item: Option<&T>, convert: impl FnOnce(&T) -> PyResult) -> PyResult {
        item.map_or_else(|| Ok(Obj::none()), convert)
    }

    fn ident(&self, name: &Ident) -> PyResult {
        self.th.intern(name)
    }

    fn idents(&self, names: &[Ident]) -> PyResult {
        self.list(names, |name| self.ident(name))
    }

    fn text(&self, text: Option<&Ident>) -> PyResult {
        self.optional(text, |text| self.th.str(text))
    }

    fn optional_ident(&self, name: Option<&Ident>) -> PyResult {
        self.optional(name, |name| self.ident(name))
    }

    fn number(n: impl Into<i64>) -> Obj {
        Obj::small_int(n.into())
    }

    fn exprs(&self, items: &[Expr]) -> PyResult {
        self.list(items, |e| self.expr(e))
    }

    fn optional_exprs(&self, items: &[Option<Expr>]) -> PyResult {
        self.list(items, |e| self.optional(e.as_ref(), |e| self.expr(e)))
    }

    fn maybe(&self, e: Option<&Expr>) -> PyResult {
        self.optional(e, |e| self.expr(e))
    }

    fn stmts(&self, items: &[Stmt]) -> PyResult {
        self.list(items, |s| self.stmt(s))
    }

    fn module(&self, tree: &Mod) -> PyResult {
        match tree {
            Mod::Module { body, type_ignores } => {
                let ignores = self.list(type_ignores, |t| {
                    self.node("TypeIgnore", None, [Self::number(t.lineno), self.th.str(&t.tag)?])
                })?;
                self.node("Module", None, [self.stmts(body)?, ignores])
            }
            Mod::Interactive { body } => self.node("Interactive", None, [self.stmts(body)?]),
            Mod::Expression { body } => self.node("Expression", None, [self.expr(body)?]),
            Mod::FunctionType { argtypes, returns } => {
                self.node("FunctionType", None, [self.exprs(argtypes)?, self.expr(returns)?])
            }
        }
    }

    fn stmt(&self, s: &Stmt) -> PyResult {
        self.deeper()?;
        let span = Some(s.span);
        match &s.kind {
            StmtKind::FunctionDef(f) => self.function("FunctionDef", span, f),
            StmtKind::AsyncFunctionDef(f) => self.function("AsyncFunctionDef", span, f),
            StmtKind::ClassDef(c) => self.class(span, c),
            StmtKind::Return { value } => self.node("Return", span, [self.maybe(value.as_deref())?]),
            StmtKind::Delete { targets } => self.node("Delete", span, [self.exprs(targets)?]),
            StmtKind::Assign(a) => {
                let comment = self.text(a.type_comment.as_ref())?;
                self.node("Assign", span, [self.exprs(&a.targets)?, self.expr(&a.value)?, comment])
            }
            StmtKind::TypeAlias(t) => {
                let params = self.type_params(&t.type_params)?;
                self.node("TypeAlias", span, [self.expr(&t.name)?, params, self.expr(&t.value)?])
            }
            StmtKind::AugAssign(a) => {
                let op = self.shared(operator_name(a.op))?;
                self.node("AugAssign", span, [self.expr(&a.target)?, op, self.expr(&a.value)?])
            }
            StmtKind::AnnAssign(a) => {
                let (target, annotation) = (self.expr(&a.target)?, self.expr(&a.annotation)?);
                let value = self.maybe(a.value.as_ref())?;
                self.node("AnnAssign", span, [target, annotation, value, Self::number(a.simple)])
            }
            StmtKind::For(f) => self.for_loop("For", span, f),
            StmtKind::AsyncFor(f) => self.for_loop("AsyncFor", span, f),
            StmtKind::While(w) => {
                self.node("While", span, [self.expr(&w.test)?, self.stmts(&w.body)?, self.stmts(&w.orelse)?])
            }
            StmtKind::If(i) => {
                self.node("If", span, [self.expr(&i.test)?, self.stmts(&i.body)?, self.stmts(&i.orelse)?])
            }
            StmtKind::With(w) => self.with("With", span, w),
            StmtKind::AsyncWith(w) => self.with("AsyncWith", span, w),
            StmtKind::Match(m) => {
                let cases = self.list(&m.cases, |case| {
                    let guard = self.maybe(case.guard.as_deref())?;
                    self.node("match_case", None, [self.pattern(&case.pattern)?, guard, self.stmts(&case.body)?])
                })?;
                self.node("Match", span, [self.expr(&m.subject)?, cases])
            }
            StmtKind::Raise { exc, cause } => {
                self.node("Raise", span, [self.maybe(exc.as_deref())?, self.maybe(cause.as_deref())?])
            }
            StmtKind::Try(t) => self.try_block("Try", span, t),
            StmtKind::TryStar(t) => self.try_block("TryStar", span, t),
            StmtKind::Assert { test, msg } => {
                self.node("Assert", span, [self.expr(test)?, self.maybe(msg.as_deref())?])
            }
            StmtKind::Import { names } => self.node("Import", span, [self.aliases(names)?]),
            StmtKind::ImportFrom { module, names, level } => {
                let module = self.optional_ident(module.as_ref())?;
                self.node("ImportFrom", span, [module, self.aliases(names)?, Self::number(*level)])
            }
            StmtKind::Global { names } => self.node("Global", span, [self.idents(names)?]),
            StmtKind::Nonlocal { names } => self.node("Nonlocal", span, [self.idents(names)?]),
            StmtKind::Expr { value } => self.node("Expr", span, [self.expr(value)?]),
            StmtKind::Pass => self.node("Pass", span, []),
            StmtKind::Break => self.node("Break", span, []),
            StmtKind::Continue => self.node("Continue", span, []),
        }
    }

    fn function(&self, name: &str, span: Option<Span>, f: &FunctionDef) -> PyResult {
        let values = [
            self.ident(&f.name)?,
            self.arguments(&f.args)?,
            self.stmts(&f.body)?,
            self.exprs(&f.decorator_list)?,
            self.maybe(f.returns.as_deref())?,
            self.text(f.type_comment.as_ref())?,
            self.type_params(&f.type_params)?,
        ];
        self.node(name, span, values)
    }

    fn class(&self, span: Option<Span>, c: &ClassDef) -> PyResult {
        let values = [
            self.ident(&c.name)?,
            self.exprs(&c.bases)?,
            self.keywords(&c.keywords)?,
            self.stmts(&c.body)?,
            self.exprs(&c.decorator_list)?,
            self.type_params(&c.type_params)?,
        ];
        self.node("ClassDef", span, values)
    }

    fn for_loop(&self, name: &str, span: Option<Span>, f: &For) -> PyResult {
        let (body, orelse) = (self.stmts(&f.body)?, self.stmts(&f.orelse)?);
        let comment = self.text(f.type_comment.as_ref())?;
        self.node(name, span, [self.expr(&f.target)?, self.expr(&f.iter)?, body, orelse, comment])
    }

    fn with(&self, name: &str, span: Option<Span>, w: &With) -> PyResult {
        let items = self.list(&w.items, |item| {
            let vars = self.maybe(item.optional_vars.as_deref())?;
            self.node("withitem", None, [self.expr(&item.context_expr)?, vars])
        })?;
        self.node(name, span, [items, self.stmts(&w.body)?, self.text(w.type_comment.as_ref())?])
    }

    fn try_block(&self, name: &str, span: Option<Span>, t: &Try) -> PyResult {
        let handlers = self.list(&t.handlers, |h| {
            let values = [self.maybe(h.typ.as_deref())?, self.optional_ident(h.name.as_ref())?, self.stmts(&h.body)?];
            self.node("ExceptHandler", Some(h.span), values)
        })?;
        self.node(name, span, [self.stmts(&t.body)?, handlers, self.stmts(&t.orelse)?, self.stmts(&t.finalbody)?])
    }

    fn aliases(&self, names: &[Alias]) -> PyResult {
        self.list(names, |alias| {
            let asname = self.optional_ident(alias.asname.as_ref())?;
            self.node("alias", Some(alias.span), [self.ident(&alias.name)?, asname])
        })
    }

    fn keywords(&self, keywords: &[Keyword]) -> PyResult {
        self.list(keywords, |k| {
            let name = self.optional_ident(k.arg.as_ref())?;
            self.node("keyword", Some(k.span), [name, self.expr(&k.value)?])
        })
    }

    fn arguments(&self, a: &Arguments) -> PyResult {
        let args = |args: &[Arg]| self.list(args, |arg| self.arg(arg));
        let values = [
            args(&a.posonlyargs)?,
            args(&a.args)?,
            self.optional(a.vararg.as_deref(), |arg| self.arg(arg))?,
            args(&a.kwonlyargs)?,
            self.optional_exprs(&a.kw_defaults)?,
            self.optional(a.kwarg.as_deref(), |arg| self.arg(arg))?,
            self.exprs(&a.defaults)?,
        ];
        self.node("arguments", None, values)
    }

    fn arg(&self, a: &Arg) -> PyResult {
        let annotation = self.maybe(a.annotation.as_deref())?;
        let comment = self.text(a.type_comment.as_ref())?;
        self.node("arg", Some(a.span), [self.ident(&a.arg)?, annotation, comment])
    }

    fn type_params(&self, params: &[TypeParam]) -> PyResult {
        self.list(params, |p| {
            let span = Some(p.span);
            match &p.kind {
                TypeParamKind::TypeVar { name, bound, default_value } => {
                    let bound = self.maybe(bound.as_deref())?;
                    self.node("TypeVar", span, [self.ident(name)?, bound, self.maybe(default_value.as_deref())?])
                }
                TypeParamKind::ParamSpec { name, default_value } => {
                    self.node("ParamSpec", span, [self.ident(name)?, self.maybe(default_value.as_deref())?])
                }
                TypeParamKind::TypeVarTuple { name, default_value } => {
                    self.node("TypeVarTuple", span, [self.ident(name)?, self.maybe(default_value.as_deref())?])
                }
            }
        })
    }

    fn generators(&self, generators: &[Comprehension]) -> PyResult {
        self.list(generators, |c| {
            let values = [self.expr(&c.target)?, self.expr(&c.iter)?, self.exprs(&c.ifs)?, Self::number(c.is_async)];
            self.node("comprehension", None, values)
        })
    }

    fn expr(&self, e: &Expr) -> PyResult {
        self.deeper()?;
        let span = Some(e.span);
        match &e.kind {
            ExprKind::BoolOp { op, values } => {
                let op = self.shared(bool_op_name(*op))?;
                self.node("BoolOp", span, [op, self.exprs(values)?])
            }
            ExprKind::NamedExpr { target, value } => {
                self.node("NamedExpr", span, [self.expr(target)?, self.expr(value)?])
            }
            ExprKind::BinOp { left, op, right } => {
                let op = self.shared(operator_name(*op))?;
                self.node("BinOp", span, [self.expr(left)?, op, self.expr(right)?])
            }
            ExprKind::UnaryOp { op, operand } => {
                self.node("UnaryOp", span, [self.shared(unary_op_name(*op))?, self.expr(operand)?])
            }
            ExprKind::Lambda { args, body } => self.node("Lambda", span, [self.arguments(args)?, self.expr(body)?]),
            ExprKind::IfExp { test, body, orelse } => {
                self.node("IfExp", span, [self.expr(test)?, self.expr(body)?, self.expr(orelse)?])
            }
            ExprKind::Dict { keys, values } => {
                self.node("Dict", span, [self.optional_exprs(keys)?, self.exprs(values)?])
            }
            ExprKind::Set { elts } => self.node("Set", span, [self.exprs(elts)?]),
            ExprKind::ListComp { elt, generators } => self.comprehension("ListComp", span, elt, generators),
            ExprKind::SetComp { elt, generators } => self.comprehension("SetComp", span, elt, generators),
            ExprKind::GeneratorExp { elt, generators } => self.comprehension("GeneratorExp", span, elt, generators),
            ExprKind::DictComp { key, value, generators } => {
                self.node("DictComp", span, [self.expr(key)?, self.expr(value)?, self.generators(generators)?])
            }
            ExprKind::Await { value } => self.node("Await", span, [self.expr(value)?]),
            ExprKind::Yield { value } => self.node("Yield", span, [self.maybe(value.as_deref())?]),
            ExprKind::YieldFrom { value } => self.node("YieldFrom", span, [self.expr(value)?]),
            ExprKind::Compare { left, ops, comparators } => {
                let ops = self.list(ops, |op| self.shared(cmp_op_name(*op)))?;
                self.node("Compare", span, [self.expr(left)?, ops, self.exprs(comparators)?])
            }
            ExprKind::Call { func, args, keywords } => {
                self.node("Call", span, [self.expr(func)?, self.exprs(args)?, self.keywords(keywords)?])
            }
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                let conversion = Self::number(*conversion as i8);
                self.node("FormattedValue", span, [self.expr(value)?, conversion, self.maybe(format_spec.as_deref())?])
            }
            ExprKind::Interpolation { value, str, conversion, format_spec } => {
                let conversion = Self::number(*conversion as i8);
                let spec = self.maybe(format_spec.as_deref())?;
                self.node("Interpolation", span, [self.expr(value)?, self.constant(str)?, conversion, spec])
            }
            ExprKind::JoinedStr { values } => self.node("JoinedStr", span, [self.exprs(values)?]),
            ExprKind::TemplateStr { values } => self.node("TemplateStr", span, [self.exprs(values)?]),
            ExprKind::Constant { value, kind } => {
                self.node("Constant", span, [self.constant(value)?, self.text(kind.as_ref())?])
            }
            ExprKind::Attribute { value, attr, ctx } => {
                self.node("Attribute", span, [self.expr(value)?, self.ident(attr)?, self.context(*ctx)?])
            }
            ExprKind::Subscript { value, slice, ctx } => {
                self.node("Subscript", span, [self.expr(value)?, self.expr(slice)?, self.context(*ctx)?])
            }
            ExprKind::Starred { value, ctx } => self.node("Starred", span, [self.expr(value)?, self.context(*ctx)?]),
            ExprKind::Name { id, ctx } => self.node("Name", span, [self.ident(id)?, self.context(*ctx)?]),
            ExprKind::List { elts, ctx } => self.node("List", span, [self.exprs(elts)?, self.context(*ctx)?]),
            ExprKind::Tuple { elts, ctx } => self.node("Tuple", span, [self.exprs(elts)?, self.context(*ctx)?]),
            ExprKind::Slice { lower, upper, step } => {
                let part = |e: &Option<Box<Expr>>| self.maybe(e.as_deref());
                self.node("Slice", span, [part(lower)?, part(upper)?, part(step)?])
            }
        }
    }

    fn comprehension(&self, name: &str, span: Option<Span>, elt: &Expr, generators: &[Comprehension]) -> PyResult {
        self.node(name, span, [self.expr(elt)?, self.generators(generators)?])
    }

    fn context(&self, ctx: ExprContext) -> PyResult {
        self.shared(context_name(ctx))
    }

    fn patterns(&self, patterns: &[Pattern]) -> PyResult {
        self.list(patterns, |p| self.pattern(p))
    }

    fn pattern(&self, p: &Pattern) -> PyResult {
        self.deeper()?;
        let span = Some(p.span);
        match &p.kind {
            PatternKind::MatchValue { value } => self.node("MatchValue", span, [self.expr(value)?]),
            PatternKind::MatchSingleton { value } => self.node("MatchSingleton", span, [self.constant(value)?]),
            PatternKind::MatchSequence { patterns } => self.node("MatchSequence", span, [self.patterns(patterns)?]),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                let rest = self.optional_ident(rest.as_ref())?;
                self.node("MatchMapping", span, [self.exprs(keys)?, self.patterns(patterns)?, rest])
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                let values =
                    [self.expr(cls)?, self.patterns(patterns)?, self.idents(kwd_attrs)?, self.patterns(kwd_patterns)?];
                self.node("MatchClass", span, values)
            }
            PatternKind::MatchStar { name } => self.node("MatchStar", span, [self.optional_ident(name.as_ref())?]),
            PatternKind::MatchAs { pattern, name } => {
                let pattern = self.optional(pattern.as_deref(), |p| self.pattern(p))?;
                self.node("MatchAs", span, [pattern, self.optional_ident(name.as_ref())?])
            }
            PatternKind::MatchOr { patterns } => self.node("MatchOr", span, [self.patterns(patterns)?]),
        }
    }

    fn constant(&self, value: &Constant) -> PyResult {
        let th = self.th;
        Ok(match value {
            Constant::None => Obj::none(),
            Constant::Bool(b) => Obj::bool(*b),
            Constant::Ellipsis => statics::ellipsis().own(),
            Constant::Int(Int::Small(n)) => th.int(*n)?,
            Constant::Int(Int::Big { digits, radix }) => {
                let text = th.str(digits)?;
                int::from_text_with_base(th, text.value(), *radix as u32)?
            }
            Constant::Float(x) => th.float(*x)?,
            Constant::Complex { real, imag } => complex::new(th, *real, *imag)?,
            Constant::Str(text) => th.str_from_wtf8(text)?,
            Constant::Bytes(bytes) => th.bytes(bytes)?,
            Constant::Tuple(items) => {
                self.deeper()?;
                let items = items.iter().map(|item| self.constant(item)).collect::<PyResult<Vec<Obj>>>()?;
                th.tuple_from(items)?
            }
            Constant::FrozenSet(items) => {
                self.deeper()?;
                let made = Set::new_frozen(th)?;
                if let Some(set) = Set::of_any(made.value()) {
                    for item in items {
                        set.add(th, self.constant(item)?.value())?;
                    }
                }
                made
            }
        })
    }
}

fn context_name(ctx: ExprContext) -> &'static str {
    match ctx {
        ExprContext::Load => "Load",
        ExprContext::Store => "Store",
        ExprContext::Del => "Del",
    }
}

fn bool_op_name(op: BoolOp) -> &'static str {
    match op {
        BoolOp::And => "And",
        BoolOp::Or => "Or",
    }
}

fn operator_name(op: Operator) -> &'static str {
    match op {
        Operator::Add => "Add",
        Operator::Sub => "Sub",
        Operator::Mult => "Mult",
        Operator::MatMult => "MatMult",
        Operator::Div => "Div",
        Operator::Mod => "Mod",
        Operator::Pow => "Pow",
        Operator::LShift => "LShift",
        Operator::RShift => "RShift",
        Operator::BitOr => "BitOr",
        Operator::BitXor => "BitXor",
        Operator::BitAnd => "BitAnd",
        Operator::FloorDiv => "FloorDiv",
    }
}

fn unary_op_name(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Invert => "Invert",
        UnaryOp::Not => "Not",
        UnaryOp::UAdd => "UAdd",
        UnaryOp::USub => "USub",
    }
}

fn cmp_op_name(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => "Eq",
        CmpOp::NotEq => "NotEq",
        CmpOp::Lt => "Lt",
        CmpOp::LtE => "LtE",
        CmpOp::Gt => "Gt",
        CmpOp::GtE => "GtE",
        CmpOp::Is => "Is",
        CmpOp::IsNot => "IsNot",
        CmpOp::In => "In",
        CmpOp::NotIn => "NotIn",
    }
}
