//! The parser crate's tree to ours: statements and patterns (`convert_expr` has the expressions).
//!
//! The parser crate is an internal component of another project without a stability promise, so
//! nothing outside `convert*` and `parse` names its types. Positions differ from CPython's in a few
//! places (decorated definitions, `elif`, generator arguments); those are put right here.

use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashSet;

use crate::ast::*;
use crate::error::{ErrorKind, SyntaxError, Warning, WarningKind};
use crate::lines::Lines;
use crate::literals::{InvalidEscape, escape_warning};

/// The state of one conversion.
pub(crate) struct Converter<'a> {
    pub(crate) source: &'a str,
    pub(crate) lines: &'a Lines,
    pub(crate) warnings: Vec<Warning>,
    /// The tree is deeper than [`MAX_DEPTH`]; parts of it are missing.
    pub(crate) too_deep: bool,
    /// The parser accepted something that has no place in Python 3.14's tree.
    pub(crate) refused: bool,
    /// The first error that the parser crate does not know of.
    pub(crate) error: Option<SyntaxError>,
    /// The longest decimal literal that is allowed; 0 = any.
    pub(crate) max_int_digits: usize,
    /// How many format specifications are open.
    pub(crate) specs: u32,
    names: FxHashSet<Ident>,
    depth: u32,
    deepest: u32,
}

const RED_ZONE_BYTES: usize = 128 << 10;
const SEGMENT_BYTES: usize = 2 << 20;

impl<'a> Converter<'a> {
    pub(crate) fn new(source: &'a str, lines: &'a Lines) -> Self {
        Self {
            source,
            lines,
            warnings: Vec::new(),
            too_deep: false,
            refused: false,
            error: None,
            max_int_digits: 0,
            specs: 0,
            names: FxHashSet::default(),
            depth: 0,
            deepest: 0,
        }
    }

    /// The deepest nesting met.
    pub(crate) fn deepest(&self) -> u32 {
        self.deepest
    }

    pub(crate) fn ident(&mut self, text: &str) -> Ident {
        if let Some(known) = self.names.get(text) {
            return known.clone();
        }
        if matches!(text, "None" | "True" | "False") && self.error.is_none() {
            let message = format!("identifier field can't represent '{text}' constant");
            self.error = Some(SyntaxError::placeless(ErrorKind::Value, message));
        }
        let name: Ident = text.into();
        self.names.insert(name.clone());
        name
    }

    pub(crate) fn name(&mut self, identifier: &ruff::Identifier) -> Ident {
        self.ident(identifier.id.as_str())
    }

    pub(crate) fn span(&self, range: TextRange) -> Span {
        self.lines.span(range.start().to_u32(), range.end().to_u32())
    }

    /// Runs `inner` one level deeper, on more stack if need be; `None` if that is too deep.
    pub(crate) fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.too_deep = true;
            return None;
        }
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        let result = stacker::maybe_grow(RED_ZONE_BYTES, SEGMENT_BYTES, || inner(self));
        self.depth -= 1;
        Some(result)
    }

    /// Records the warnings about invalid escapes in a literal whose contents start at `base`.
    pub(crate) fn warn_escapes(&mut self, base: u32, escapes: Vec<InvalidEscape>) {
        for escape in escapes {
            self.warn(base + escape.at as u32, escape_warning(&escape.sequence));
        }
    }

    /// A line as errors show it: with a newline, even if it is the last.
    pub(crate) fn line(&self, lineno: u32) -> String {
        let text = self.lines.text(self.source, lineno).unwrap_or("");
        format!("{}\n", text.trim_end_matches('\n'))
    }

    /// Records a warning about the character at an offset.
    pub(crate) fn warn(&mut self, offset: u32, message: String) {
        let (lineno, column) = self.lines.place(offset);
        let text = self.line(lineno);
        let start = offset.saturating_sub(column) as usize;
        let offset = self.source.get(start..offset as usize).map_or(0, |line| line.chars().count()) as u32 + 1;
        self.warnings.push(Warning { kind: WarningKind::SyntaxWarning, message, lineno, offset, text });
    }

    pub(crate) fn body(&mut self, stmts: &[ruff::Stmt]) -> Vec<Stmt> {
        stmts.iter().map(|stmt| self.stmt(stmt)).collect()
    }

    fn stmt(&mut self, stmt: &ruff::Stmt) -> Stmt {
        let converted = self.nested(|this| {
            let mut span = this.span(stmt.range());
            let kind = this.stmt_kind(stmt, &mut span);
            if is_compound(stmt) {
                (span.end_lineno, span.end_col_offset) = this.block_end(stmt.range());
            }
            Stmt { span, kind }
        });
        converted.unwrap_or(Stmt { span: Span::default(), kind: StmtKind::Pass })
    }

    /// CPython lets a block end after the `;` that follows its last statement.
    fn block_end(&self, range: TextRange) -> (u32, u32) {
        let bytes = self.source.as_bytes();
        let mut at = range.end().to_usize();
        loop {
            match bytes.get(at) {
                Some(b' ' | b'\t' | b'\x0c') => at += 1,
                Some(b'\\') if bytes.get(at + 1) == Some(&b'\n') => at += 2,
                Some(b';') => return self.lines.place(at as u32 + 1),
                _ => return self.lines.place(range.end().to_u32()),
            }
        }
    }

    fn block_span(&self, range: TextRange) -> Span {
        let mut span = self.span(range);
        (span.end_lineno, span.end_col_offset) = self.block_end(range);
        span
    }

    fn stmt_kind(&mut self, stmt: &ruff::Stmt, span: &mut Span) -> StmtKind {
        use ruff::Stmt as R;
        match stmt {
            R::FunctionDef(def) => {
                self.skip_decorators(&def.decorator_list, span);
                let node = self.function(def);
                if def.is_async { StmtKind::AsyncFunctionDef(node) } else { StmtKind::FunctionDef(node) }
            }
            R::ClassDef(def) => {
                self.skip_decorators(&def.decorator_list, span);
                StmtKind::ClassDef(self.class(def))
            }
            R::Return(s) => StmtKind::Return { value: self.opt(s.value.as_deref()) },
            R::Delete(s) => StmtKind::Delete { targets: self.exprs(&s.targets) },
            R::TypeAlias(s) => StmtKind::TypeAlias(Box::new(TypeAlias {
                name: self.expr(&s.name),
                type_params: self.type_params(s.type_params.as_deref()),
                value: self.expr(&s.value),
            })),
            R::Assign(s) => StmtKind::Assign(Box::new(Assign {
                targets: self.exprs(&s.targets),
                value: self.expr(&s.value),
                type_comment: None,
            })),
            R::AugAssign(s) => StmtKind::AugAssign(Box::new(AugAssign {
                target: self.expr(&s.target),
                op: operator(s.op),
                value: self.expr(&s.value),
            })),
            R::AnnAssign(s) => StmtKind::AnnAssign(Box::new(AnnAssign {
                target: self.expr(&s.target),
                annotation: self.expr(&s.annotation),
                value: s.value.as_deref().map(|value| self.expr(value)),
                simple: s.simple,
            })),
            R::For(s) => {
                let node = Box::new(For {
                    target: self.expr(&s.target),
                    iter: self.expr(&s.iter),
                    body: self.body(&s.body),
                    orelse: self.body(&s.orelse),
                    type_comment: None,
                });
                if s.is_async { StmtKind::AsyncFor(node) } else { StmtKind::For(node) }
            }
            R::While(s) => StmtKind::While(Box::new(While {
                test: self.expr(&s.test),
                body: self.body(&s.body),
                orelse: self.body(&s.orelse),
            })),
            R::If(s) => StmtKind::If(Box::new(self.if_chain(s))),
            R::With(s) => {
                let node =
                    Box::new(With { items: self.with_items(&s.items), body: self.body(&s.body), type_comment: None });
                if s.is_async { StmtKind::AsyncWith(node) } else { StmtKind::With(node) }
            }
            R::Match(s) => StmtKind::Match(Box::new(self.match_stmt(s))),
            R::Raise(s) => StmtKind::Raise { exc: self.opt(s.exc.as_deref()), cause: self.opt(s.cause.as_deref()) },
            R::Try(s) => {
                let node = Box::new(self.try_stmt(s));
                if s.is_star { StmtKind::TryStar(node) } else { StmtKind::Try(node) }
            }
            R::Assert(s) => StmtKind::Assert { test: self.boxed(&s.test), msg: self.opt(s.msg.as_deref()) },
            R::Import(s) => {
                self.refused |= s.is_lazy;
                StmtKind::Import { names: self.aliases(&s.names) }
            }
            R::ImportFrom(s) => {
                self.refused |= s.is_lazy;
                StmtKind::ImportFrom {
                    module: s.module.as_ref().map(|name| self.name(name)),
                    names: self.aliases(&s.names),
                    level: s.level,
                }
            }
            R::Global(s) => StmtKind::Global { names: s.names.iter().map(|name| self.name(name)).collect() },
            R::Nonlocal(s) => StmtKind::Nonlocal { names: s.names.iter().map(|name| self.name(name)).collect() },
            R::Expr(s) => StmtKind::Expr { value: self.boxed(&s.value) },
            R::Pass(_) => StmtKind::Pass,
            R::Break(_) => StmtKind::Break,
            R::Continue(_) => StmtKind::Continue,
            R::IpyEscapeCommand(_) => {
                self.refused = true;
                StmtKind::Pass
            }
        }
    }

    /// CPython's place of a decorated definition starts at its `def`, `async` or `class`.
    fn skip_decorators(&self, decorators: &[ruff::Decorator], span: &mut Span) {
        let Some(last) = decorators.last() else { return };
        let bytes = self.source.as_bytes();
        let mut at = last.range().end().to_usize();
        // Closing parentheses of the decorator's expression are no part of its range.
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'#' => {
                    while bytes.get(at).is_some_and(|&b| b != b'\n') {
                        at += 1;
                    }
                }
                b if b.is_ascii_alphabetic() => break,
                _ => at += 1,
            }
        }
        (span.lineno, span.col_offset) = self.lines.place(at as u32);
    }

    fn function(&mut self, def: &ruff::StmtFunctionDef) -> Box<FunctionDef> {
        Box::new(FunctionDef {
            name: self.name(&def.name),
            type_params: self.type_params(def.type_params.as_deref()),
            args: self.parameters(&def.parameters),
            returns: self.opt(def.returns.as_deref()),
            decorator_list: def.decorator_list.iter().map(|d| self.expr(&d.expression)).collect(),
            body: self.body(&def.body),
            type_comment: None,
        })
    }

    fn class(&mut self, def: &ruff::StmtClassDef) -> Box<ClassDef> {
        let (bases, keywords) = match def.arguments.as_deref() {
            Some(arguments) => (self.exprs(&arguments.args), self.keywords(&arguments.keywords)),
            None => Default::default(),
        };
        Box::new(ClassDef {
            name: self.name(&def.name),
            type_params: self.type_params(def.type_params.as_deref()),
            bases,
            keywords,
            decorator_list: def.decorator_list.iter().map(|d| self.expr(&d.expression)).collect(),
            body: self.body(&def.body),
        })
    }

    /// Nests the flat list of `elif` clauses; each inner `If` ends where the whole statement ends.
    fn if_chain(&mut self, s: &ruff::StmtIf) -> If {
        let end = s.range().end();
        let mut orelse = Vec::new();
        let clauses = s.elif_else_clauses.len() as u32;
        if self.depth + clauses > MAX_DEPTH {
            self.too_deep = true;
            return If { test: self.expr(&s.test), body: Vec::new(), orelse };
        }
        self.deepest = self.deepest.max(self.depth + clauses);
        for clause in s.elif_else_clauses.iter().rev() {
            let body = self.body(&clause.body);
            orelse = match &clause.test {
                None => body,
                Some(test) => {
                    let span = self.block_span(TextRange::new(clause.range().start(), end));
                    let node = If { test: self.expr(test), body, orelse };
                    vec![Stmt { span, kind: StmtKind::If(Box::new(node)) }]
                }
            };
        }
        If { test: self.expr(&s.test), body: self.body(&s.body), orelse }
    }

    fn with_items(&mut self, items: &[ruff::WithItem]) -> Vec<WithItem> {
        items
            .iter()
            .map(|item| WithItem {
                context_expr: self.expr(&item.context_expr),
                optional_vars: self.opt(item.optional_vars.as_deref()),
            })
            .collect()
    }

    fn try_stmt(&mut self, s: &ruff::StmtTry) -> Try {
        let body = self.body(&s.body);
        let handlers = s
            .handlers
            .iter()
            .map(|ruff::ExceptHandler::ExceptHandler(handler)| ExceptHandler {
                span: self.block_span(handler.range()),
                typ: self.opt(handler.type_.as_deref()),
                name: handler.name.as_ref().map(|name| self.name(name)),
                body: self.body(&handler.body),
            })
            .collect();
        Try { body, handlers, orelse: self.body(&s.orelse), finalbody: self.body(&s.finalbody) }
    }

    fn aliases(&mut self, names: &[ruff::Alias]) -> Vec<Alias> {
        names
            .iter()
            .map(|alias| Alias {
                span: self.span(alias.range()),
                name: self.name(&alias.name),
                asname: alias.asname.as_ref().map(|name| self.name(name)),
            })
            .collect()
    }

    pub(crate) fn type_params(&mut self, params: Option<&ruff::TypeParams>) -> Vec<TypeParam> {
        let Some(params) = params else { return Vec::new() };
        let convert = |param: &ruff::TypeParam| {
            let kind = match param {
                ruff::TypeParam::TypeVar(p) => TypeParamKind::TypeVar {
                    name: self.name(&p.name),
                    bound: self.opt(p.bound.as_deref()),
                    default_value: self.opt(p.default.as_deref()),
                },
                ruff::TypeParam::ParamSpec(p) => {
                    TypeParamKind::ParamSpec { name: self.name(&p.name), default_value: self.opt(p.default.as_deref()) }
                }
                ruff::TypeParam::TypeVarTuple(p) => TypeParamKind::TypeVarTuple {
                    name: self.name(&p.name),
                    default_value: self.opt(p.default.as_deref()),
                },
            };
            TypeParam { span: self.span(param.range()), kind }
        };
        params.type_params.iter().map(convert).collect()
    }

    fn match_stmt(&mut self, s: &ruff::StmtMatch) -> Match {
        let subject = self.expr(&s.subject);
        let cases = s
            .cases
            .iter()
            .map(|case| MatchCase {
                pattern: self.pattern(&case.pattern),
                guard: self.opt(case.guard.as_deref()),
                body: self.body(&case.body),
            })
            .collect();
        Match { subject, cases }
    }

    fn patterns(&mut self, patterns: &[ruff::Pattern]) -> Vec<Pattern> {
        patterns.iter().map(|pattern| self.pattern(pattern)).collect()
    }

    fn pattern(&mut self, pattern: &ruff::Pattern) -> Pattern {
        let span = self.span(pattern.range());
        let kind = self.nested(|this| this.pattern_kind(pattern));
        Pattern { span, kind: kind.unwrap_or(PatternKind::MatchAs { pattern: None, name: None }) }
    }

    fn pattern_kind(&mut self, pattern: &ruff::Pattern) -> PatternKind {
        use ruff::Pattern as R;
        match pattern {
            R::MatchValue(p) => PatternKind::MatchValue { value: self.boxed(&p.value) },
            R::MatchSingleton(p) => PatternKind::MatchSingleton {
                value: match p.value {
                    ruff::Singleton::None => Constant::None,
                    ruff::Singleton::True => Constant::Bool(true),
                    ruff::Singleton::False => Constant::Bool(false),
                },
            },
            R::MatchSequence(p) => PatternKind::MatchSequence { patterns: self.patterns(&p.patterns) },
            R::MatchMapping(p) => PatternKind::MatchMapping {
                keys: self.exprs(&p.keys),
                patterns: self.patterns(&p.patterns),
                rest: p.rest.as_ref().map(|name| self.name(name)),
            },
            R::MatchClass(p) => PatternKind::MatchClass {
                cls: self.boxed(&p.cls),
                patterns: self.patterns(&p.arguments.patterns),
                kwd_attrs: p.arguments.keywords.iter().map(|k| self.name(&k.attr)).collect(),
                kwd_patterns: p.arguments.keywords.iter().map(|k| self.pattern(&k.pattern)).collect(),
            },
            R::MatchStar(p) => PatternKind::MatchStar { name: p.name.as_ref().map(|name| self.name(name)) },
            R::MatchAs(p) => {
                let pattern = p.pattern.as_deref().map(|inner| Box::new(self.pattern(inner)));
                PatternKind::MatchAs { pattern, name: p.name.as_ref().map(|name| self.name(name)) }
            }
            R::MatchOr(p) => PatternKind::MatchOr { patterns: self.patterns(&p.patterns) },
        }
    }
}

fn is_compound(stmt: &ruff::Stmt) -> bool {
    use ruff::Stmt as R;
    matches!(
        stmt,
        R::FunctionDef(_) | R::ClassDef(_) | R::For(_) | R::While(_) | R::If(_) | R::With(_) | R::Match(_) | R::Try(_)
    )
}

pub(crate) fn operator(op: ruff::Operator) -> Operator {
    match op {
        ruff::Operator::Add => Operator::Add,
        ruff::Operator::Sub => Operator::Sub,
        ruff::Operator::Mult => Operator::Mult,
        ruff::Operator::MatMult => Operator::MatMult,
        ruff::Operator::Div => Operator::Div,
        ruff::Operator::Mod => Operator::Mod,
        ruff::Operator::Pow => Operator::Pow,
        ruff::Operator::LShift => Operator::LShift,
        ruff::Operator::RShift => Operator::RShift,
        ruff::Operator::BitOr => Operator::BitOr,
        ruff::Operator::BitXor => Operator::BitXor,
        ruff::Operator::BitAnd => Operator::BitAnd,
        ruff::Operator::FloorDiv => Operator::FloorDiv,
    }
}
