//! The parser crate's tree to ours: expressions, arguments and strings.

use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange};

use crate::ast::*;
use crate::convert::{Converter, operator};
use crate::error::{ErrorKind, SyntaxError};
use crate::literals::{decode_bytes, decode_str, number};
use crate::tokenizer::number_keyword;

impl Converter<'_> {
    pub(crate) fn exprs(&mut self, exprs: &[ruff::Expr]) -> Vec<Expr> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    pub(crate) fn boxed(&mut self, expr: &ruff::Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    pub(crate) fn opt(&mut self, expr: Option<&ruff::Expr>) -> Option<Box<Expr>> {
        expr.map(|expr| self.boxed(expr))
    }

    pub(crate) fn expr(&mut self, expr: &ruff::Expr) -> Expr {
        let span = self.span(expr.range());
        // Leaves need no new level.
        let kind = match expr {
            ruff::Expr::Name(e) => {
                let id = self.ident(e.id.as_str());
                Some(ExprKind::Name { id, ctx: self.context(e.ctx) })
            }
            ruff::Expr::NumberLiteral(_) => {
                let range = expr.range();
                self.warn_number(range);
                let value = number(&self.source[range.start().to_usize()..range.end().to_usize()]);
                self.check_digits(&value, range);
                Some(constant(value))
            }
            _ => self.nested(|this| this.expr_kind(expr)),
        };
        Expr { span, kind: kind.unwrap_or_else(|| constant(Constant::None)) }
    }

    /// Decimal literals cannot have more digits than `int()` takes.
    fn check_digits(&mut self, value: &Constant, range: TextRange) {
        let Constant::Int(Int::Big { digits, radix: Radix::Decimal }) = value else { return };
        let (len, limit) = (digits.len(), self.max_int_digits);
        if limit == 0 || len <= limit || self.error.is_some() {
            return;
        }
        let (lineno, _) = self.lines.place(range.start().to_u32());
        let message = format!(
            "Exceeds the limit ({limit} digits) for integer string conversion: value has {len} digits; \
             use sys.set_int_max_str_digits() to increase the limit - \
             Consider hexadecimal for huge integer literals to avoid decimal conversion limits."
        );
        let text = Some(self.line(lineno));
        let (kind, end_lineno) = (ErrorKind::SyntaxError, lineno.into());
        self.error = Some(SyntaxError { kind, message, lineno, offset: 0, end_lineno, end_offset: 0, text });
    }

    /// A keyword may stand directly behind a number, but it is frowned upon.
    fn warn_number(&mut self, range: TextRange) {
        let rest = &self.source.as_bytes()[range.end().to_usize()..];
        if !rest.first().is_some_and(u8::is_ascii_alphabetic) || !number_keyword(rest) {
            return;
        }
        let text = &self.source.as_bytes()[range.start().to_usize()..range.end().to_usize()];
        let name = match (text.get(1), text.last()) {
            (Some(b'x' | b'X'), _) => "hexadecimal",
            (Some(b'o' | b'O'), _) => "octal",
            (Some(b'b' | b'B'), _) => "binary",
            (_, Some(b'j' | b'J')) => "imaginary",
            _ => "decimal",
        };
        self.warn(range.end().to_u32().saturating_sub(1), format!("invalid {name} literal"));
    }

    fn context(&mut self, ctx: ruff::ExprContext) -> ExprContext {
        match ctx {
            ruff::ExprContext::Load => ExprContext::Load,
            ruff::ExprContext::Store => ExprContext::Store,
            ruff::ExprContext::Del => ExprContext::Del,
            ruff::ExprContext::Invalid => {
                self.refused = true;
                ExprContext::Load
            }
        }
    }

    fn expr_kind(&mut self, expr: &ruff::Expr) -> ExprKind {
        use ruff::Expr as R;
        match expr {
            R::BoolOp(e) => ExprKind::BoolOp {
                op: match e.op {
                    ruff::BoolOp::And => BoolOp::And,
                    ruff::BoolOp::Or => BoolOp::Or,
                },
                values: self.exprs(&e.values),
            },
            R::Named(e) => ExprKind::NamedExpr { target: self.boxed(&e.target), value: self.boxed(&e.value) },
            R::BinOp(e) => {
                ExprKind::BinOp { left: self.boxed(&e.left), op: operator(e.op), right: self.boxed(&e.right) }
            }
            R::UnaryOp(e) => ExprKind::UnaryOp {
                op: match e.op {
                    ruff::UnaryOp::Invert => UnaryOp::Invert,
                    ruff::UnaryOp::Not => UnaryOp::Not,
                    ruff::UnaryOp::UAdd => UnaryOp::UAdd,
                    ruff::UnaryOp::USub => UnaryOp::USub,
                },
                operand: self.boxed(&e.operand),
            },
            R::Lambda(e) => {
                let args = e.parameters.as_deref().map(|parameters| self.parameters(parameters));
                ExprKind::Lambda { args: Box::new(args.unwrap_or_default()), body: self.boxed(&e.body) }
            }
            R::If(e) => {
                let body = self.boxed(&e.body);
                ExprKind::IfExp { body, test: self.boxed(&e.test), orelse: self.boxed(&e.orelse) }
            }
            R::Dict(e) => {
                let mut keys = Vec::with_capacity(e.items.len());
                let mut values = Vec::with_capacity(e.items.len());
                for item in &e.items {
                    keys.push(item.key.as_ref().map(|key| self.expr(key)));
                    values.push(self.expr(&item.value));
                }
                ExprKind::Dict { keys, values }
            }
            R::Set(e) => ExprKind::Set { elts: self.exprs(&e.elts) },
            R::ListComp(e) => {
                ExprKind::ListComp { elt: self.boxed(&e.elt), generators: self.generators(&e.generators) }
            }
            R::SetComp(e) => ExprKind::SetComp { elt: self.boxed(&e.elt), generators: self.generators(&e.generators) },
            R::DictComp(e) => {
                let Some(key) = e.key.as_deref() else {
                    self.refused = true;
                    return constant(Constant::None);
                };
                ExprKind::DictComp {
                    key: self.boxed(key),
                    value: self.boxed(&e.value),
                    generators: self.generators(&e.generators),
                }
            }
            R::Generator(e) => {
                self.refuse_bare_yield(e.range(), &e.elt);
                ExprKind::GeneratorExp { elt: self.boxed(&e.elt), generators: self.generators(&e.generators) }
            }
            R::Await(e) => ExprKind::Await { value: self.boxed(&e.value) },
            R::Yield(e) => ExprKind::Yield { value: self.opt(e.value.as_deref()) },
            R::YieldFrom(e) => ExprKind::YieldFrom { value: self.boxed(&e.value) },
            R::Compare(e) => ExprKind::Compare {
                left: self.boxed(&e.left),
                ops: e.ops.iter().map(|&op| comparison(op)).collect(),
                comparators: self.exprs(&e.comparators),
            },
            R::Call(e) => {
                let func = self.boxed(&e.func);
                let mut args = self.exprs(&e.arguments.args);
                // A lone generator without parentheses of its own has those of the call.
                if let [ruff::Expr::Generator(generator)] = &*e.arguments.args
                    && !generator.parenthesized
                    && let Some(arg) = args.first_mut()
                {
                    arg.span = self.span(e.arguments.range());
                }
                ExprKind::Call { func, args, keywords: self.keywords(&e.arguments.keywords) }
            }
            R::FString(e) => self.fstring(e),
            R::TString(e) => self.tstring(e),
            R::StringLiteral(e) => self.string(e),
            R::BytesLiteral(e) => self.bytes(e),
            R::BooleanLiteral(e) => constant(Constant::Bool(e.value)),
            R::EllipsisLiteral(_) => constant(Constant::Ellipsis),
            R::NoneLiteral(_) | R::NumberLiteral(_) => constant(Constant::None),
            R::Attribute(e) => {
                ExprKind::Attribute { value: self.boxed(&e.value), attr: self.name(&e.attr), ctx: self.context(e.ctx) }
            }
            R::Subscript(e) => ExprKind::Subscript {
                value: self.boxed(&e.value),
                slice: self.boxed(&e.slice),
                ctx: self.context(e.ctx),
            },
            R::Starred(e) => ExprKind::Starred { value: self.boxed(&e.value), ctx: self.context(e.ctx) },
            R::Name(e) => ExprKind::Name { id: self.ident(e.id.as_str()), ctx: self.context(e.ctx) },
            R::List(e) => ExprKind::List { elts: self.exprs(&e.elts), ctx: self.context(e.ctx) },
            R::Tuple(e) => ExprKind::Tuple { elts: self.exprs(&e.elts), ctx: self.context(e.ctx) },
            R::Slice(e) => ExprKind::Slice {
                lower: self.opt(e.lower.as_deref()),
                upper: self.opt(e.upper.as_deref()),
                step: self.opt(e.step.as_deref()),
            },
            R::IpyEscapeCommand(_) => {
                self.refused = true;
                constant(Constant::None)
            }
        }
    }

    /// A generator's element may be `yield` only in parentheses of its own.
    fn refuse_bare_yield(&mut self, whole: TextRange, elt: &ruff::Expr) {
        if matches!(elt, ruff::Expr::Yield(_) | ruff::Expr::YieldFrom(_)) {
            let between = self.source.get(whole.start().to_usize() + 1..elt.range().start().to_usize());
            self.refused |= !between.is_some_and(|text| text.contains('('));
        }
    }

    fn generators(&mut self, generators: &[ruff::Comprehension]) -> Vec<Comprehension> {
        generators
            .iter()
            .map(|generator| Comprehension {
                target: self.expr(&generator.target),
                iter: self.expr(&generator.iter),
                ifs: self.exprs(&generator.ifs),
                is_async: generator.is_async,
            })
            .collect()
    }

    pub(crate) fn keywords(&mut self, keywords: &[ruff::Keyword]) -> Vec<Keyword> {
        keywords
            .iter()
            .map(|keyword| Keyword {
                span: self.span(keyword.range()),
                arg: keyword.arg.as_ref().map(|name| self.name(name)),
                value: self.expr(&keyword.value),
            })
            .collect()
    }

    fn arg(&mut self, parameter: &ruff::Parameter) -> Arg {
        Arg {
            // Without the stars of `*args` and `**kwargs`.
            span: self.span(TextRange::new(parameter.name.range().start(), parameter.range().end())),
            arg: self.name(&parameter.name),
            annotation: self.opt(parameter.annotation.as_deref()),
            type_comment: None,
        }
    }

    pub(crate) fn parameters(&mut self, parameters: &ruff::Parameters) -> Arguments {
        let mut out = Arguments::default();
        for (list, from) in [(&mut out.posonlyargs, &parameters.posonlyargs), (&mut out.args, &parameters.args)] {
            for parameter in from {
                list.push(self.arg(&parameter.parameter));
                if let Some(default) = &parameter.default {
                    out.defaults.push(self.expr(default));
                }
            }
        }
        out.vararg = parameters.vararg.as_deref().map(|p| Box::new(self.arg(p)));
        for parameter in &parameters.kwonlyargs {
            out.kwonlyargs.push(self.arg(&parameter.parameter));
            out.kw_defaults.push(parameter.default.as_deref().map(|default| self.expr(default)));
        }
        out.kwarg = parameters.kwarg.as_deref().map(|p| Box::new(self.arg(p)));
        out
    }

    /// A literal's contents, where they start, and whether it is raw.
    fn contents(&self, range: TextRange) -> (&str, u32, bool) {
        let source: &str = self.source;
        let text = &source[range.start().to_usize()..range.end().to_usize()];
        let prefix = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let raw = text[..prefix].contains(['r', 'R']);
        let quoted = &text[prefix..];
        let quotes =
            if quoted.len() >= 6 && (quoted.starts_with("\"\"\"") || quoted.starts_with("'''")) { 3 } else { 1 };
        let inner = quoted.get(quotes..quoted.len().saturating_sub(quotes)).unwrap_or("");
        (inner, range.start().to_u32() + (prefix + quotes) as u32, raw)
    }

    fn decode(&mut self, text: &str, base: u32, raw: bool, out: &mut Wtf8Buf) {
        if raw || !text.contains('\\') {
            out.push_str(text);
            return;
        }
        let mut escapes = Vec::new();
        match decode_str(text, &mut escapes) {
            Ok(value) => out.push_wtf8(&value),
            Err(_) => self.refused = true,
        }
        self.warn_escapes(base, escapes);
    }

    fn string_literal(&mut self, range: TextRange, out: &mut Wtf8Buf) {
        let (text, base, raw) = self.contents(range);
        let text = &self.source[base as usize..base as usize + text.len()];
        self.decode(text, base, raw, out);
    }

    fn prefix_kind(&mut self, range: TextRange) -> Option<Ident> {
        let first = self.source.as_bytes().get(range.start().to_usize());
        (first == Some(&b'u')).then(|| self.ident("u"))
    }

    fn string(&mut self, e: &ruff::ExprStringLiteral) -> ExprKind {
        let mut value = Wtf8Buf::new();
        for part in &e.value {
            self.string_literal(part.range(), &mut value);
        }
        ExprKind::Constant { value: Constant::Str(value), kind: self.prefix_kind(e.range()) }
    }

    fn bytes(&mut self, e: &ruff::ExprBytesLiteral) -> ExprKind {
        let mut value = Vec::new();
        for part in &e.value {
            let (text, base, raw) = self.contents(part.range());
            if raw || !text.contains('\\') {
                value.extend_from_slice(text.as_bytes());
                continue;
            }
            let mut escapes = Vec::new();
            match decode_bytes(text, &mut escapes) {
                Ok(part) => value.extend_from_slice(&part),
                Err(_) => self.refused = true,
            }
            self.warn_escapes(base, escapes);
        }
        constant(Constant::Bytes(value.into()))
    }

    fn fstring(&mut self, e: &ruff::ExprFString) -> ExprKind {
        let mut parts = Vec::new();
        for part in &e.value {
            match part {
                ruff::FStringPart::Literal(literal) => {
                    let mut value = Wtf8Buf::new();
                    self.string_literal(literal.range(), &mut value);
                    let kind = self.prefix_kind(literal.range());
                    let kind = ExprKind::Constant { value: Constant::Str(value), kind };
                    parts.push(Expr { span: self.span(literal.range()), kind });
                }
                ruff::FStringPart::FString(fstring) => {
                    let raw = matches!(fstring.flags.prefix(), ruff::str_prefix::FStringPrefix::Raw { .. });
                    self.elements(&fstring.elements, raw, false, false, &mut parts);
                }
            }
        }
        ExprKind::JoinedStr { values: merge_constants(parts) }
    }

    fn tstring(&mut self, e: &ruff::ExprTString) -> ExprKind {
        let mut parts = Vec::new();
        for tstring in &e.value {
            let raw = matches!(tstring.flags.prefix(), ruff::str_prefix::TStringPrefix::Raw { .. });
            self.elements(&tstring.elements, raw, false, true, &mut parts);
        }
        ExprKind::TemplateStr { values: merge_constants(parts) }
    }

    /// Converts the parts of one f-string, t-string or format specification.
    fn elements(
        &mut self,
        elements: &[ruff::InterpolatedStringElement],
        raw: bool,
        in_spec: bool,
        template: bool,
        parts: &mut Vec<Expr>,
    ) {
        for element in elements {
            match element {
                ruff::InterpolatedStringElement::Literal(literal) => {
                    let range = literal.range();
                    let text = &self.source[range.start().to_usize()..range.end().to_usize()];
                    if text.is_empty() {
                        continue;
                    }
                    let value = self.literal_part(text, range.start().to_u32(), raw, in_spec);
                    let kind = constant(Constant::Str(value));
                    parts.push(Expr { span: self.span(range), kind });
                }
                ruff::InterpolatedStringElement::Interpolation(field) => {
                    self.nested(|this| this.field(field, raw, template, parts));
                }
            }
        }
    }

    /// Decodes a literal part: braces are doubled outside format specifications.
    fn literal_part(&mut self, text: &str, base: u32, raw: bool, in_spec: bool) -> Wtf8Buf {
        let mut value = Wtf8Buf::new();
        let bytes = text.as_bytes();
        let mut start = 0;
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                // The braces of `\N{...}` stay with their escape.
                b'\\' if !raw && text[at..].starts_with("\\N{") => {
                    at += text[at..].find('}').unwrap_or(text.len() - at - 1) + 1;
                }
                b'\\' if !raw && bytes.get(at + 1).is_some_and(|&next| next != b'{' && next != b'}') => at += 2,
                brace @ (b'{' | b'}') if !in_spec && bytes.get(at + 1) == Some(&brace) => {
                    self.decode_piece(&text[start..at + 1], base + start as u32, raw, &mut value);
                    at += 2;
                    start = at;
                }
                _ => at += 1,
            }
        }
        self.decode_piece(&text[start..], base + start as u32, raw, &mut value);
        value
    }

    /// Decodes a piece of a literal part; a backslash before a field's brace is only itself.
    fn decode_piece(&mut self, text: &str, base: u32, raw: bool, value: &mut Wtf8Buf) {
        let trailing = text.bytes().rev().take_while(|&b| b == b'\\').count();
        if !raw && trailing % 2 == 1 {
            self.decode(&text[..text.len() - 1], base, raw, value);
            value.push_char('\\');
            let escape = crate::literals::InvalidEscape { at: text.len() - 1, sequence: "{".into() };
            self.warn_escapes(base, vec![escape]);
        } else {
            self.decode(text, base, raw, value);
        }
    }

    /// Converts one replacement field; `=` puts its text before it.
    fn field(&mut self, field: &ruff::InterpolatedElement, raw: bool, template: bool, parts: &mut Vec<Expr>) {
        let text_start = field.range().start().to_u32() + 1;
        let bytes = self.source.as_bytes();
        let text_end = self.field_text_end(field);
        let text = without_comments(&self.source[text_start as usize..text_end as usize]);
        let mut conversion = match field.conversion {
            ruff::ConversionFlag::None => Conversion::None,
            ruff::ConversionFlag::Str => Conversion::Str,
            ruff::ConversionFlag::Ascii => Conversion::Ascii,
            ruff::ConversionFlag::Repr => Conversion::Repr,
        };
        if field.debug_text.is_some() {
            if conversion == Conversion::None && field.format_spec.is_none() {
                conversion = Conversion::Repr;
            }
            let value = Constant::Str(Wtf8Buf::from_string(text.clone()));
            parts.push(Expr { span: self.lines.span(text_start, text_end), kind: constant(value) });
        }
        // CPython allows three levels of fields in one string.
        self.refused |= self.specs >= 3;
        let specs = std::mem::replace(&mut self.specs, 0);
        let value = self.boxed(&field.expression);
        self.specs = specs + 1;
        let format_spec = field.format_spec.as_deref().map(|spec| {
            let mut start = spec.range().start().to_u32();
            if start > 0 && bytes.get(start as usize - 1) == Some(&b':') {
                start -= 1;
            }
            let mut parts = Vec::new();
            self.elements(&spec.elements, raw, true, false, &mut parts);
            let span = self.lines.span(start, spec.range().end().to_u32());
            Box::new(Expr { span, kind: ExprKind::JoinedStr { values: merge_constants(parts) } })
        });
        self.specs = specs;
        let kind = if template {
            let text =
                if field.debug_text.is_some() { text.rfind('=').map_or(&*text, |at| &text[..at]) } else { &text };
            let str = Box::new(Constant::Str(text.into()));
            ExprKind::Interpolation { value, str, conversion, format_spec }
        } else {
            ExprKind::FormattedValue { value, conversion, format_spec }
        };
        parts.push(Expr { span: self.span(field.range()), kind });
    }

    /// Where the expression text of a field ends: at its `!`, `:` or `}`.
    fn field_text_end(&self, field: &ruff::InterpolatedElement) -> u32 {
        let start = field.range().start().to_u32();
        let end = field.range().end().to_u32();
        if let Some(debug) = &field.debug_text {
            return start + 1 + debug.as_str().len() as u32;
        }
        let bytes = self.source.as_bytes();
        let mut at = field.expression.range().end().to_usize();
        // Only parentheses, blanks and comments stand between the expression and the end.
        while at < end as usize {
            match bytes[at] {
                b'#' => {
                    while at < end as usize && bytes[at] != b'\n' {
                        at += 1;
                    }
                }
                b'!' | b':' | b'}' => break,
                _ => at += 1,
            }
        }
        at as u32
    }
}

/// A field's text without comments (strings may hold `#`).
fn without_comments(text: &str) -> String {
    if !text.contains('#') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    let mut in_comment = false;
    let mut escaped = false;
    for c in text.chars() {
        let was_escaped = escaped;
        escaped = quote.is_some() && !was_escaped && c == '\\';
        match (quote, c) {
            _ if was_escaped => {}
            (None, '\n') => in_comment = false,
            (None, _) if in_comment => continue,
            (None, '#') => {
                in_comment = true;
                continue;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
        out.push(c);
    }
    out
}

fn constant(value: Constant) -> ExprKind {
    ExprKind::Constant { value, kind: None }
}

/// Joins runs of string constants; a run without text disappears.
fn merge_constants(parts: Vec<Expr>) -> Vec<Expr> {
    let mut out: Vec<Expr> = Vec::with_capacity(parts.len());
    for part in parts {
        if let ExprKind::Constant { value: Constant::Str(text), .. } = &part.kind
            && let Some(Expr { span, kind: ExprKind::Constant { value: Constant::Str(before), .. } }) = out.last_mut()
        {
            before.push_wtf8(text);
            span.end_lineno = part.span.end_lineno;
            span.end_col_offset = part.span.end_col_offset;
            continue;
        }
        out.push(part);
    }
    out.retain(|part| !matches!(&part.kind, ExprKind::Constant { value: Constant::Str(text), .. } if text.is_empty()));
    out
}

fn comparison(op: ruff::CmpOp) -> CmpOp {
    match op {
        ruff::CmpOp::Eq => CmpOp::Eq,
        ruff::CmpOp::NotEq => CmpOp::NotEq,
        ruff::CmpOp::Lt => CmpOp::Lt,
        ruff::CmpOp::LtE => CmpOp::LtE,
        ruff::CmpOp::Gt => CmpOp::Gt,
        ruff::CmpOp::GtE => CmpOp::GtE,
        ruff::CmpOp::Is => CmpOp::Is,
        ruff::CmpOp::IsNot => CmpOp::IsNot,
        ruff::CmpOp::In => CmpOp::In,
        ruff::CmpOp::NotIn => CmpOp::NotIn,
    }
}
