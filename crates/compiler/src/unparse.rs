//! Expressions back to source text, as annotations under `from __future__ import annotations` want it.

use std::fmt::Write;

use whipsnake_bytecode::Const;
use whipsnake_bytecode::dis::repr_const;
use whipsnake_syntax::ast::{
    Arguments, BoolOp, CmpOp, Comprehension, Constant, Conversion, Expr, ExprKind, Operator, UnaryOp,
};

use crate::constants::from_ast;
use crate::error::{ErrorKind, Result, internal};
use crate::place::{HasPlace, MAX_DEPTH};

/// How tightly an operator binds, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Named,
    Tuple,
    Test,
    Or,
    And,
    Not,
    Compare,
    Expr,
    BitXor,
    BitAnd,
    Shift,
    Arithmetic,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

impl Binding {
    fn tighter(self) -> Binding {
        use Binding::*;
        const ORDER: [Binding; 17] = [
            Named, Tuple, Test, Or, And, Not, Compare, Expr, BitXor, BitAnd, Shift, Arithmetic, Term, Factor, Power,
            Await, Atom,
        ];
        ORDER.get(self as usize + 1).copied().unwrap_or(Atom)
    }
}

/// The source text of an expression.
pub(crate) fn expression(e: &Expr) -> Result<String> {
    let mut writer = Unparser { out: String::new(), depth: 0 };
    writer.expr(e, Binding::Test)?;
    Ok(writer.out)
}

struct Unparser {
    out: String,
    depth: u32,
}

impl Unparser {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn expr(&mut self, e: &Expr, level: Binding) -> Result {
        if self.depth >= MAX_DEPTH {
            return internal(ErrorKind::TooDeep, "maximum recursion depth exceeded during compilation");
        }
        self.depth += 1;
        let result = stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.expr_inner(e, level));
        self.depth -= 1;
        result
    }

    fn parenthesized(&mut self, when: bool, body: impl FnOnce(&mut Self) -> Result) -> Result {
        if when {
            self.push("(");
        }
        body(self)?;
        if when {
            self.push(")");
        }
        Ok(())
    }

    fn list(&mut self, items: &[Expr], level: Binding) -> Result {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            self.expr(item, level)?;
        }
        Ok(())
    }

    fn expr_inner(&mut self, e: &Expr, level: Binding) -> Result {
        match &e.kind {
            ExprKind::NamedExpr { target, value } => self.parenthesized(level > Binding::Named, |u| {
                u.expr(target, Binding::Atom)?;
                u.push(" := ");
                u.expr(value, Binding::Atom)
            }),
            ExprKind::BoolOp { op, values } => {
                let (word, own) = match op {
                    BoolOp::And => (" and ", Binding::And),
                    BoolOp::Or => (" or ", Binding::Or),
                };
                self.parenthesized(level > own, |u| {
                    for (i, value) in values.iter().enumerate() {
                        if i > 0 {
                            u.push(word);
                        }
                        u.expr(value, own.tighter())?;
                    }
                    Ok(())
                })
            }
            ExprKind::BinOp { left, op, right } => {
                let (word, own) = operator(*op);
                let right_first = *op == Operator::Pow;
                self.parenthesized(level > own, |u| {
                    u.expr(left, if right_first { own.tighter() } else { own })?;
                    u.push(word);
                    u.expr(right, if right_first { own } else { own.tighter() })
                })
            }
            ExprKind::UnaryOp { op, operand } => {
                let (word, own) = match op {
                    UnaryOp::Invert => ("~", Binding::Factor),
                    UnaryOp::Not => ("not ", Binding::Not),
                    UnaryOp::UAdd => ("+", Binding::Factor),
                    UnaryOp::USub => ("-", Binding::Factor),
                };
                self.parenthesized(level > own, |u| {
                    u.push(word);
                    u.expr(operand, own)
                })
            }
            ExprKind::Lambda { args, body } => self.parenthesized(level > Binding::Test, |u| {
                u.push("lambda");
                u.arguments(args)?;
                u.push(": ");
                u.expr(body, Binding::Test)
            }),
            ExprKind::IfExp { test, body, orelse } => self.parenthesized(level > Binding::Test, |u| {
                u.expr(body, Binding::Or)?;
                u.push(" if ");
                u.expr(test, Binding::Or)?;
                u.push(" else ");
                u.expr(orelse, Binding::Test)
            }),
            ExprKind::Dict { keys, values } => self.dict(keys, values),
            ExprKind::Set { elts } => {
                self.push("{");
                self.list(elts, Binding::Test)?;
                self.push("}");
                Ok(())
            }
            ExprKind::GeneratorExp { elt, generators } => self.comprehension("(", elt, None, generators, ")"),
            ExprKind::ListComp { elt, generators } => self.comprehension("[", elt, None, generators, "]"),
            ExprKind::SetComp { elt, generators } => self.comprehension("{", elt, None, generators, "}"),
            ExprKind::DictComp { key, value, generators } => self.comprehension("{", key, Some(value), generators, "}"),
            ExprKind::Yield { value: None } => {
                self.push("(yield)");
                Ok(())
            }
            ExprKind::Yield { value: Some(value) } => self.wrapped("(yield ", value, ")"),
            ExprKind::YieldFrom { value } => self.wrapped("(yield from ", value, ")"),
            ExprKind::Await { value } => self.parenthesized(level > Binding::Await, |u| {
                u.push("await ");
                u.expr(value, Binding::Atom)
            }),
            ExprKind::Compare { left, ops, comparators } => self.parenthesized(level > Binding::Compare, |u| {
                u.expr(left, Binding::Expr)?;
                for (op, right) in ops.iter().zip(comparators) {
                    u.push(comparison(*op));
                    u.expr(right, Binding::Expr)?;
                }
                Ok(())
            }),
            ExprKind::Call { func, args, keywords } => {
                self.expr(func, Binding::Atom)?;
                if let ([only], []) = (&args[..], &keywords[..])
                    && matches!(only.kind, ExprKind::GeneratorExp { .. })
                {
                    return self.expr(only, Binding::Test);
                }
                self.push("(");
                self.list(args, Binding::Test)?;
                for (i, keyword) in keywords.iter().enumerate() {
                    if i > 0 || !args.is_empty() {
                        self.push(", ");
                    }
                    match &keyword.arg {
                        Some(name) => {
                            self.push(name);
                            self.push("=");
                        }
                        None => self.push("**"),
                    }
                    self.expr(&keyword.value, Binding::Test)?;
                }
                self.push(")");
                Ok(())
            }
            ExprKind::Constant { value, kind } => self.constant(e, value, kind.as_deref()),
            ExprKind::JoinedStr { values } => self.string("f", values),
            ExprKind::TemplateStr { values } => self.string("t", values),
            ExprKind::FormattedValue { .. } | ExprKind::Interpolation { .. } => {
                self.string("f", std::slice::from_ref(e))
            }
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(value, Binding::Atom)?;
                let is_int = matches!(&value.kind, ExprKind::Constant { value: Constant::Int(_), .. });
                self.push(if is_int { " ." } else { "." });
                self.push(attr);
                Ok(())
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value, Binding::Atom)?;
                self.push("[");
                self.expr(slice, Binding::Tuple)?;
                self.push("]");
                Ok(())
            }
            ExprKind::Starred { value, .. } => {
                self.push("*");
                self.expr(value, Binding::Expr)
            }
            ExprKind::Name { id, .. } => {
                self.push(id);
                Ok(())
            }
            ExprKind::List { elts, .. } => {
                self.push("[");
                self.list(elts, Binding::Test)?;
                self.push("]");
                Ok(())
            }
            ExprKind::Tuple { elts, .. } => self.parenthesized(elts.is_empty() || level > Binding::Tuple, |u| {
                u.list(elts, Binding::Test)?;
                if elts.len() == 1 {
                    u.push(",");
                }
                Ok(())
            }),
            ExprKind::Slice { lower, upper, step } => {
                if let Some(lower) = lower {
                    self.expr(lower, Binding::Test)?;
                }
                self.push(":");
                if let Some(upper) = upper {
                    self.expr(upper, Binding::Test)?;
                }
                if let Some(step) = step {
                    self.push(":");
                    self.expr(step, Binding::Test)?;
                }
                Ok(())
            }
        }
    }

    fn wrapped(&mut self, before: &str, e: &Expr, after: &str) -> Result {
        self.push(before);
        self.expr(e, Binding::Test)?;
        self.push(after);
        Ok(())
    }

    fn dict(&mut self, keys: &[Option<Expr>], values: &[Expr]) -> Result {
        self.push("{");
        for (i, (key, value)) in keys.iter().zip(values).enumerate() {
            if i > 0 {
                self.push(", ");
            }
            match key {
                Some(key) => {
                    self.expr(key, Binding::Test)?;
                    self.push(": ");
                    self.expr(value, Binding::Test)?;
                }
                None => {
                    self.push("**");
                    self.expr(value, Binding::Expr)?;
                }
            }
        }
        self.push("}");
        Ok(())
    }

    fn comprehension(
        &mut self,
        open: &str,
        elt: &Expr,
        value: Option<&Expr>,
        generators: &[Comprehension],
        close: &str,
    ) -> Result {
        self.push(open);
        self.expr(elt, Binding::Test)?;
        if let Some(value) = value {
            self.push(": ");
            self.expr(value, Binding::Test)?;
        }
        for generator in generators {
            self.push(if generator.is_async { " async for " } else { " for " });
            self.expr(&generator.target, Binding::Tuple)?;
            self.push(" in ");
            self.expr(&generator.iter, Binding::Or)?;
            for condition in &generator.ifs {
                self.push(" if ");
                self.expr(condition, Binding::Or)?;
            }
        }
        self.push(close);
        Ok(())
    }

    fn arguments(&mut self, args: &Arguments) -> Result {
        let mut first = true;
        let mut separate = |u: &mut Self| {
            u.push(if std::mem::take(&mut first) { " " } else { ", " });
        };
        let positional = args.posonlyargs.len() + args.args.len();
        let undefaulted = positional.saturating_sub(args.defaults.len());
        for (i, arg) in args.posonlyargs.iter().chain(&args.args).enumerate() {
            separate(self);
            self.push(&arg.arg);
            if let Some(default) = i.checked_sub(undefaulted).and_then(|d| args.defaults.get(d)) {
                self.push("=");
                self.expr(default, Binding::Test)?;
            }
            if i + 1 == args.posonlyargs.len() {
                self.push(", /");
            }
        }
        if args.vararg.is_some() || !args.kwonlyargs.is_empty() {
            separate(self);
            self.push("*");
            if let Some(vararg) = &args.vararg {
                self.push(&vararg.arg);
            }
        }
        for (i, arg) in args.kwonlyargs.iter().enumerate() {
            separate(self);
            self.push(&arg.arg);
            if let Some(Some(default)) = args.kw_defaults.get(i) {
                self.push("=");
                self.expr(default, Binding::Test)?;
            }
        }
        if let Some(kwarg) = &args.kwarg {
            separate(self);
            self.push("**");
            self.push(&kwarg.arg);
        }
        Ok(())
    }

    fn constant(&mut self, e: &Expr, value: &Constant, kind: Option<&str>) -> Result {
        let value = from_ast(value, e.place())?;
        if value == Const::Ellipsis {
            self.push("...");
            return Ok(());
        }
        if kind == Some("u") {
            self.push("u");
        }
        let text = repr_const(&value);
        // Infinity has no literal; an overflowing one stands for it.
        match value {
            Const::Float(_) | Const::Complex { .. } => self.push(&text.replace("inf", "1e309")),
            _ => self.push(&text),
        }
        Ok(())
    }

    /// An f-string or t-string.
    fn string(&mut self, prefix: &str, values: &[Expr]) -> Result {
        let mut body = Unparser { out: String::new(), depth: self.depth };
        for value in values {
            body.string_part(value)?;
        }
        self.push(prefix);
        let text = repr_const(&Const::str(&*body.out));
        self.push(&text);
        Ok(())
    }

    fn string_part(&mut self, e: &Expr) -> Result {
        match &e.kind {
            ExprKind::Constant { value: Constant::Str(text), .. } => {
                let text = text.to_string_lossy().replace('{', "{{").replace('}', "}}");
                self.push(&text);
                Ok(())
            }
            ExprKind::JoinedStr { values } => values.iter().try_for_each(|v| self.string_part(v)),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                let inner = {
                    let mut inner = Unparser { out: String::new(), depth: self.depth };
                    inner.expr(value, Binding::Or)?;
                    inner.out
                };
                self.field(&inner, *conversion, format_spec.as_deref())
            }
            ExprKind::Interpolation { str, conversion, format_spec, .. } => {
                let inner = match &**str {
                    Constant::Str(text) => text.to_string_lossy().into_owned(),
                    _ => String::new(),
                };
                self.field(&inner, *conversion, format_spec.as_deref())
            }
            _ => internal(ErrorKind::System, "unknown expression kind inside f-string"),
        }
    }

    fn field(&mut self, inner: &str, conversion: Conversion, spec: Option<&Expr>) -> Result {
        // `{{` would be an escaped brace.
        self.push(if inner.starts_with('{') { "{ " } else { "{" });
        self.push(inner);
        if conversion != Conversion::None {
            let _ = write!(self.out, "!{}", char::from(conversion as i8 as u8));
        }
        if let Some(spec) = spec {
            self.push(":");
            self.string_part(spec)?;
        }
        self.push("}");
        Ok(())
    }
}

fn operator(op: Operator) -> (&'static str, Binding) {
    match op {
        Operator::Add => (" + ", Binding::Arithmetic),
        Operator::Sub => (" - ", Binding::Arithmetic),
        Operator::Mult => (" * ", Binding::Term),
        Operator::MatMult => (" @ ", Binding::Term),
        Operator::Div => (" / ", Binding::Term),
        Operator::Mod => (" % ", Binding::Term),
        Operator::FloorDiv => (" // ", Binding::Term),
        Operator::LShift => (" << ", Binding::Shift),
        Operator::RShift => (" >> ", Binding::Shift),
        Operator::BitOr => (" | ", Binding::Expr),
        Operator::BitXor => (" ^ ", Binding::BitXor),
        Operator::BitAnd => (" & ", Binding::BitAnd),
        Operator::Pow => (" ** ", Binding::Power),
    }
}

fn comparison(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => " == ",
        CmpOp::NotEq => " != ",
        CmpOp::Lt => " < ",
        CmpOp::LtE => " <= ",
        CmpOp::Gt => " > ",
        CmpOp::GtE => " >= ",
        CmpOp::Is => " is ",
        CmpOp::IsNot => " is not ",
        CmpOp::In => " in ",
        CmpOp::NotIn => " not in ",
    }
}
