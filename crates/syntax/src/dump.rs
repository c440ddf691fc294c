//! A tree as text, in the form of `ast.dump(tree, include_attributes=True)`.
//!
//! Absent and empty fields are left out. Unlike there, strings are shown as by `ascii()` and floats
//! as `float(0x...)` with the bits of the number, so that nothing is lost. For tests and debugging.

use std::fmt::Write;

use crate::ast::*;

/// The text of a tree.
pub fn dump(tree: &Mod) -> String {
    let mut d = Dumper { out: String::new(), first: true };
    match tree {
        Mod::Module { body, type_ignores: _ } => d.node("Module", None, |d| d.list("body", body, Dumper::stmt)),
        Mod::Interactive { body } => d.node("Interactive", None, |d| d.list("body", body, Dumper::stmt)),
        Mod::Expression { body } => d.node("Expression", None, |d| d.expr_field("body", body)),
        Mod::FunctionType { argtypes, returns } => d.node("FunctionType", None, |d| {
            d.list("argtypes", argtypes, Dumper::expr);
            d.expr_field("returns", returns);
        }),
    }
    d.out
}

struct Dumper {
    out: String,
    first: bool,
}

impl Dumper {
    fn node(&mut self, name: &str, span: Option<&Span>, fields: impl FnOnce(&mut Self)) {
        self.out.push_str(name);
        self.out.push('(');
        let first = std::mem::replace(&mut self.first, true);
        fields(self);
        if let Some(s) = span {
            self.number("lineno", s.lineno);
            self.number("col_offset", s.col_offset);
            self.number("end_lineno", s.end_lineno);
            self.number("end_col_offset", s.end_col_offset);
        }
        self.first = first;
        self.out.push(')');
    }

    fn field(&mut self, name: &str) {
        if !self.first {
            self.out.push_str(", ");
        }
        self.first = false;
        self.out.push_str(name);
        self.out.push('=');
    }

    fn number(&mut self, name: &str, value: u32) {
        self.field(name);
        let _ = write!(self.out, "{value}");
    }

    fn list<T>(&mut self, name: &str, items: &[T], each: impl Fn(&mut Self, &T)) {
        if items.is_empty() {
            return;
        }
        self.field(name);
        self.out.push('[');
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            each(self, item);
        }
        self.out.push(']');
    }

    fn text(&mut self, text: &Wtf8) {
        let quote = if text.as_bytes().contains(&b'\'') && !text.as_bytes().contains(&b'"') { '"' } else { '\'' };
        self.out.push(quote);
        for c in text.code_points() {
            let value = c.to_u32();
            let _ = match char::from_u32(value) {
                Some(c) if c == quote || c == '\\' => write!(self.out, "\\{c}"),
                Some('\n') => write!(self.out, "\\n"),
                Some('\r') => write!(self.out, "\\r"),
                Some('\t') => write!(self.out, "\\t"),
                Some(c @ ' '..='~') => write!(self.out, "{c}"),
                _ if value < 0x100 => write!(self.out, "\\x{value:02x}"),
                _ if value < 0x1_0000 => write!(self.out, "\\u{value:04x}"),
                _ => write!(self.out, "\\U{value:08x}"),
            };
        }
        self.out.push(quote);
    }

    fn ident(&mut self, ident: &Ident) {
        self.text(Wtf8::new(&**ident));
    }

    fn ident_field(&mut self, name: &str, ident: &Ident) {
        self.field(name);
        self.ident(ident);
    }

    fn ident_opt(&mut self, name: &str, ident: &Option<Ident>) {
        if let Some(ident) = ident {
            self.ident_field(name, ident);
        }
    }

    fn plain(&mut self, name: &str, value: impl std::fmt::Debug) {
        self.field(name);
        let _ = write!(self.out, "{value:?}()");
    }

    fn expr_field(&mut self, name: &str, expr: &Expr) {
        self.field(name);
        self.expr(expr);
    }

    fn expr_opt(&mut self, name: &str, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.expr_field(name, expr);
        }
    }

    fn optional(&mut self, expr: &Option<Expr>) {
        match expr {
            Some(expr) => self.expr(expr),
            None => self.out.push_str("None"),
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let (name, kind) = (stmt_name(&stmt.kind), &stmt.kind);
        self.node(name, Some(&stmt.span), |d| d.stmt_fields(kind));
    }

    fn stmt_fields(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::FunctionDef(s) | StmtKind::AsyncFunctionDef(s) => {
                self.ident_field("name", &s.name);
                self.field("args");
                self.arguments(&s.args);
                self.list("body", &s.body, Self::stmt);
                self.list("decorator_list", &s.decorator_list, Self::expr);
                self.expr_opt("returns", s.returns.as_deref());
                self.ident_opt("type_comment", &s.type_comment);
                self.list("type_params", &s.type_params, Self::type_param);
            }
            StmtKind::ClassDef(s) => {
                self.ident_field("name", &s.name);
                self.list("bases", &s.bases, Self::expr);
                self.list("keywords", &s.keywords, Self::keyword);
                self.list("body", &s.body, Self::stmt);
                self.list("decorator_list", &s.decorator_list, Self::expr);
                self.list("type_params", &s.type_params, Self::type_param);
            }
            StmtKind::Return { value } => self.expr_opt("value", value.as_deref()),
            StmtKind::Delete { targets } => self.list("targets", targets, Self::expr),
            StmtKind::Assign(s) => {
                self.list("targets", &s.targets, Self::expr);
                self.expr_field("value", &s.value);
                self.ident_opt("type_comment", &s.type_comment);
            }
            StmtKind::TypeAlias(s) => {
                self.expr_field("name", &s.name);
                self.list("type_params", &s.type_params, Self::type_param);
                self.expr_field("value", &s.value);
            }
            StmtKind::AugAssign(s) => {
                self.expr_field("target", &s.target);
                self.plain("op", s.op);
                self.expr_field("value", &s.value);
            }
            StmtKind::AnnAssign(s) => {
                self.expr_field("target", &s.target);
                self.expr_field("annotation", &s.annotation);
                self.expr_opt("value", s.value.as_ref());
                self.number("simple", s.simple.into());
            }
            StmtKind::For(s) | StmtKind::AsyncFor(s) => {
                self.expr_field("target", &s.target);
                self.expr_field("iter", &s.iter);
                self.list("body", &s.body, Self::stmt);
                self.list("orelse", &s.orelse, Self::stmt);
                self.ident_opt("type_comment", &s.type_comment);
            }
            StmtKind::While(s) => self.test_and_bodies(&s.test, &s.body, &s.orelse),
            StmtKind::If(s) => self.test_and_bodies(&s.test, &s.body, &s.orelse),
            StmtKind::With(s) | StmtKind::AsyncWith(s) => {
                self.list("items", &s.items, Self::with_item);
                self.list("body", &s.body, Self::stmt);
                self.ident_opt("type_comment", &s.type_comment);
            }
            StmtKind::Match(s) => {
                self.expr_field("subject", &s.subject);
                self.list("cases", &s.cases, Self::match_case);
            }
            StmtKind::Raise { exc, cause } => {
                self.expr_opt("exc", exc.as_deref());
                self.expr_opt("cause", cause.as_deref());
            }
            StmtKind::Try(s) | StmtKind::TryStar(s) => {
                self.list("body", &s.body, Self::stmt);
                self.list("handlers", &s.handlers, Self::handler);
                self.list("orelse", &s.orelse, Self::stmt);
                self.list("finalbody", &s.finalbody, Self::stmt);
            }
            StmtKind::Assert { test, msg } => {
                self.expr_field("test", test);
                self.expr_opt("msg", msg.as_deref());
            }
            StmtKind::Import { names } => self.list("names", names, Self::alias),
            StmtKind::ImportFrom { module, names, level } => {
                self.ident_opt("module", module);
                self.list("names", names, Self::alias);
                self.number("level", *level);
            }
            StmtKind::Global { names } | StmtKind::Nonlocal { names } => self.list("names", names, Self::ident),
            StmtKind::Expr { value } => self.expr_field("value", value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {}
        }
    }

    fn test_and_bodies(&mut self, test: &Expr, body: &[Stmt], orelse: &[Stmt]) {
        self.expr_field("test", test);
        self.list("body", body, Self::stmt);
        self.list("orelse", orelse, Self::stmt);
    }

    fn with_item(&mut self, item: &WithItem) {
        self.node("withitem", None, |d| {
            d.expr_field("context_expr", &item.context_expr);
            d.expr_opt("optional_vars", item.optional_vars.as_deref());
        });
    }

    fn handler(&mut self, handler: &ExceptHandler) {
        self.node("ExceptHandler", Some(&handler.span), |d| {
            d.expr_opt("type", handler.typ.as_deref());
            d.ident_opt("name", &handler.name);
            d.list("body", &handler.body, Self::stmt);
        });
    }

    fn alias(&mut self, alias: &Alias) {
        self.node("alias", Some(&alias.span), |d| {
            d.ident_field("name", &alias.name);
            d.ident_opt("asname", &alias.asname);
        });
    }

    fn keyword(&mut self, keyword: &Keyword) {
        self.node("keyword", Some(&keyword.span), |d| {
            d.ident_opt("arg", &keyword.arg);
            d.expr_field("value", &keyword.value);
        });
    }

    fn arg(&mut self, arg: &Arg) {
        self.node("arg", Some(&arg.span), |d| {
            d.ident_field("arg", &arg.arg);
            d.expr_opt("annotation", arg.annotation.as_deref());
            d.ident_opt("type_comment", &arg.type_comment);
        });
    }

    fn arguments(&mut self, args: &Arguments) {
        self.node("arguments", None, |d| {
            d.list("posonlyargs", &args.posonlyargs, Self::arg);
            d.list("args", &args.args, Self::arg);
            if let Some(vararg) = &args.vararg {
                d.field("vararg");
                d.arg(vararg);
            }
            d.list("kwonlyargs", &args.kwonlyargs, Self::arg);
            d.list("kw_defaults", &args.kw_defaults, Self::optional);
            if let Some(kwarg) = &args.kwarg {
                d.field("kwarg");
                d.arg(kwarg);
            }
            d.list("defaults", &args.defaults, Self::expr);
        });
    }

    fn type_param(&mut self, param: &TypeParam) {
        match &param.kind {
            TypeParamKind::TypeVar { name, bound, default_value } => self.node("TypeVar", Some(&param.span), |d| {
                d.ident_field("name", name);
                d.expr_opt("bound", bound.as_deref());
                d.expr_opt("default_value", default_value.as_deref());
            }),
            TypeParamKind::ParamSpec { name, default_value } => self.node("ParamSpec", Some(&param.span), |d| {
                d.ident_field("name", name);
                d.expr_opt("default_value", default_value.as_deref());
            }),
            TypeParamKind::TypeVarTuple { name, default_value } => {
                self.node("TypeVarTuple", Some(&param.span), |d| {
                    d.ident_field("name", name);
                    d.expr_opt("default_value", default_value.as_deref());
                });
            }
        }
    }

    fn match_case(&mut self, case: &MatchCase) {
        self.node("match_case", None, |d| {
            d.field("pattern");
            d.pattern(&case.pattern);
            d.expr_opt("guard", case.guard.as_deref());
            d.list("body", &case.body, Self::stmt);
        });
    }

    fn pattern(&mut self, pattern: &Pattern) {
        let span = Some(&pattern.span);
        match &pattern.kind {
            PatternKind::MatchValue { value } => self.node("MatchValue", span, |d| d.expr_field("value", value)),
            PatternKind::MatchSingleton { value } => self.node("MatchSingleton", span, |d| {
                d.field("value");
                d.constant(value);
            }),
            PatternKind::MatchSequence { patterns } => {
                self.node("MatchSequence", span, |d| d.list("patterns", patterns, Self::pattern));
            }
            PatternKind::MatchMapping { keys, patterns, rest } => self.node("MatchMapping", span, |d| {
                d.list("keys", keys, Self::expr);
                d.list("patterns", patterns, Self::pattern);
                d.ident_opt("rest", rest);
            }),
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.node("MatchClass", span, |d| {
                    d.expr_field("cls", cls);
                    d.list("patterns", patterns, Self::pattern);
                    d.list("kwd_attrs", kwd_attrs, Self::ident);
                    d.list("kwd_patterns", kwd_patterns, Self::pattern);
                });
            }
            PatternKind::MatchStar { name } => self.node("MatchStar", span, |d| d.ident_opt("name", name)),
            PatternKind::MatchAs { pattern, name } => self.node("MatchAs", span, |d| {
                if let Some(pattern) = pattern {
                    d.field("pattern");
                    d.pattern(pattern);
                }
                d.ident_opt("name", name);
            }),
            PatternKind::MatchOr { patterns } => {
                self.node("MatchOr", span, |d| d.list("patterns", patterns, Self::pattern));
            }
        }
    }

    fn comprehension(&mut self, generator: &Comprehension) {
        self.node("comprehension", None, |d| {
            d.expr_field("target", &generator.target);
            d.expr_field("iter", &generator.iter);
            d.list("ifs", &generator.ifs, Self::expr);
            d.number("is_async", generator.is_async.into());
        });
    }

    fn expr(&mut self, expr: &Expr) {
        let name = expr_name(&expr.kind);
        self.node(name, Some(&expr.span), |d| d.expr_fields(&expr.kind));
    }

    fn expr_fields(&mut self, kind: &ExprKind) {
        match kind {
            ExprKind::BoolOp { op, values } => {
                self.plain("op", op);
                self.list("values", values, Self::expr);
            }
            ExprKind::NamedExpr { target, value } => {
                self.expr_field("target", target);
                self.expr_field("value", value);
            }
            ExprKind::BinOp { left, op, right } => {
                self.expr_field("left", left);
                self.plain("op", op);
                self.expr_field("right", right);
            }
            ExprKind::UnaryOp { op, operand } => {
                self.plain("op", op);
                self.expr_field("operand", operand);
            }
            ExprKind::Lambda { args, body } => {
                self.field("args");
                self.arguments(args);
                self.expr_field("body", body);
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr_field("test", test);
                self.expr_field("body", body);
                self.expr_field("orelse", orelse);
            }
            ExprKind::Dict { keys, values } => {
                self.list("keys", keys, Self::optional);
                self.list("values", values, Self::expr);
            }
            ExprKind::Set { elts } => self.list("elts", elts, Self::expr),
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.expr_field("elt", elt);
                self.list("generators", generators, Self::comprehension);
            }
            ExprKind::DictComp { key, value, generators } => {
                self.expr_field("key", key);
                self.expr_field("value", value);
                self.list("generators", generators, Self::comprehension);
            }
            ExprKind::Await { value } | ExprKind::YieldFrom { value } => self.expr_field("value", value),
            ExprKind::Yield { value } => self.expr_opt("value", value.as_deref()),
            ExprKind::Compare { left, ops, comparators } => {
                self.expr_field("left", left);
                self.list("ops", ops, |d, op| {
                    let _ = write!(d.out, "{op:?}()");
                });
                self.list("comparators", comparators, Self::expr);
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr_field("func", func);
                self.list("args", args, Self::expr);
                self.list("keywords", keywords, Self::keyword);
            }
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.expr_field("value", value);
                self.conversion(*conversion);
                self.expr_opt("format_spec", format_spec.as_deref());
            }
            ExprKind::Interpolation { value, str, conversion, format_spec } => {
                self.expr_field("value", value);
                self.field("str");
                self.constant(str);
                self.conversion(*conversion);
                self.expr_opt("format_spec", format_spec.as_deref());
            }
            ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => {
                self.list("values", values, Self::expr);
            }
            ExprKind::Constant { value, kind } => {
                self.field("value");
                self.constant(value);
                self.ident_opt("kind", kind);
            }
            ExprKind::Attribute { value, attr, ctx } => {
                self.expr_field("value", value);
                self.ident_field("attr", attr);
                self.plain("ctx", ctx);
            }
            ExprKind::Subscript { value, slice, ctx } => {
                self.expr_field("value", value);
                self.expr_field("slice", slice);
                self.plain("ctx", ctx);
            }
            ExprKind::Starred { value, ctx } => {
                self.expr_field("value", value);
                self.plain("ctx", ctx);
            }
            ExprKind::Name { id, ctx } => {
                self.ident_field("id", id);
                self.plain("ctx", ctx);
            }
            ExprKind::List { elts, ctx } | ExprKind::Tuple { elts, ctx } => {
                self.list("elts", elts, Self::expr);
                self.plain("ctx", ctx);
            }
            ExprKind::Slice { lower, upper, step } => {
                self.expr_opt("lower", lower.as_deref());
                self.expr_opt("upper", upper.as_deref());
                self.expr_opt("step", step.as_deref());
            }
        }
    }

    fn conversion(&mut self, conversion: Conversion) {
        self.field("conversion");
        let _ = write!(self.out, "{}", conversion as i8);
    }

    fn constant(&mut self, value: &Constant) {
        let _ = match value {
            Constant::None => write!(self.out, "None"),
            Constant::Bool(true) => write!(self.out, "True"),
            Constant::Bool(false) => write!(self.out, "False"),
            Constant::Ellipsis => write!(self.out, "Ellipsis"),
            Constant::Int(Int::Small(value)) => write!(self.out, "{value}"),
            Constant::Int(Int::Big { digits, radix: Radix::Decimal }) => write!(self.out, "{digits}"),
            Constant::Int(Int::Big { digits, radix }) => write!(self.out, "int(\"{digits}\", {})", *radix as u32),
            Constant::Float(value) => write!(self.out, "float({:#x})", value.to_bits()),
            Constant::Complex { real, imag } if *real == 0.0 => write!(self.out, "complex({:#x})", imag.to_bits()),
            Constant::Complex { real, imag } => {
                write!(self.out, "complex({:#x}, {:#x})", real.to_bits(), imag.to_bits())
            }
            Constant::Bytes(bytes) => write!(self.out, "b\"{}\"", bytes.escape_ascii()),
            Constant::Str(text) => {
                self.text(text);
                Ok(())
            }
            Constant::Tuple(items) | Constant::FrozenSet(items) => write!(self.out, "{items:?}"),
        };
    }
}

fn stmt_name(kind: &StmtKind) -> &'static str {
    match kind {
        StmtKind::FunctionDef(_) => "FunctionDef",
        StmtKind::AsyncFunctionDef(_) => "AsyncFunctionDef",
        StmtKind::ClassDef(_) => "ClassDef",
        StmtKind::Return { .. } => "Return",
        StmtKind::Delete { .. } => "Delete",
        StmtKind::Assign(_) => "Assign",
        StmtKind::TypeAlias(_) => "TypeAlias",
        StmtKind::AugAssign(_) => "AugAssign",
        StmtKind::AnnAssign(_) => "AnnAssign",
        StmtKind::For(_) => "For",
        StmtKind::AsyncFor(_) => "AsyncFor",
        StmtKind::While(_) => "While",
        StmtKind::If(_) => "If",
        StmtKind::With(_) => "With",
        StmtKind::AsyncWith(_) => "AsyncWith",
        StmtKind::Match(_) => "Match",
        StmtKind::Raise { .. } => "Raise",
        StmtKind::Try(_) => "Try",
        StmtKind::TryStar(_) => "TryStar",
        StmtKind::Assert { .. } => "Assert",
        StmtKind::Import { .. } => "Import",
        StmtKind::ImportFrom { .. } => "ImportFrom",
        StmtKind::Global { .. } => "Global",
        StmtKind::Nonlocal { .. } => "Nonlocal",
        StmtKind::Expr { .. } => "Expr",
        StmtKind::Pass => "Pass",
        StmtKind::Break => "Break",
        StmtKind::Continue => "Continue",
    }
}

fn expr_name(kind: &ExprKind) -> &'static str {
    match kind {
        ExprKind::BoolOp { .. } => "BoolOp",
        ExprKind::NamedExpr { .. } => "NamedExpr",
        ExprKind::BinOp { .. } => "BinOp",
        ExprKind::UnaryOp { .. } => "UnaryOp",
        ExprKind::Lambda { .. } => "Lambda",
        ExprKind::IfExp { .. } => "IfExp",
        ExprKind::Dict { .. } => "Dict",
        ExprKind::Set { .. } => "Set",
        ExprKind::ListComp { .. } => "ListComp",
        ExprKind::SetComp { .. } => "SetComp",
        ExprKind::DictComp { .. } => "DictComp",
        ExprKind::GeneratorExp { .. } => "GeneratorExp",
        ExprKind::Await { .. } => "Await",
        ExprKind::Yield { .. } => "Yield",
        ExprKind::YieldFrom { .. } => "YieldFrom",
        ExprKind::Compare { .. } => "Compare",
        ExprKind::Call { .. } => "Call",
        ExprKind::FormattedValue { .. } => "FormattedValue",
        ExprKind::Interpolation { .. } => "Interpolation",
        ExprKind::JoinedStr { .. } => "JoinedStr",
        ExprKind::TemplateStr { .. } => "TemplateStr",
        ExprKind::Constant { .. } => "Constant",
        ExprKind::Attribute { .. } => "Attribute",
        ExprKind::Subscript { .. } => "Subscript",
        ExprKind::Starred { .. } => "Starred",
        ExprKind::Name { .. } => "Name",
        ExprKind::List { .. } => "List",
        ExprKind::Tuple { .. } => "Tuple",
        ExprKind::Slice { .. } => "Slice",
    }
}
