//! First pass: collects from the tree which blocks there are and how each uses its names. Statements are here, expressions in
//! `expressions`, patterns and type parameters in `patterns`.

use rustc_hash::FxHashMap;
use whipsnake_bytecode::CodeFlags;
use whipsnake_bytecode::locations::Location;
use whipsnake_syntax::ast::{
    Alias, AnnAssign, Arg, Arguments, ClassDef, ExceptHandler, Expr, ExprContext, ExprKind, FunctionDef, Keyword, Mod,
    Stmt, StmtKind, Try, TypeAlias, TypeParam,
};

use super::{
    BlockKey, BlockKind, Comprehension, Name, NameMap, Scope, ScopeId, SymbolTable, address, flag, maybe_mangle,
};
use crate::constants::docstring;
use crate::error::{ErrorKind, Result, internal, syntax};
use crate::future::Future;
use crate::place::{HasPlace, descend};

/// Collects the tables of `module`.
pub(super) fn build(module: &Mod, future: &Future, options: &crate::Options) -> Result<SymbolTable> {
    let mut builder = Builder {
        table: SymbolTable { scopes: Vec::new(), blocks: FxHashMap::default() },
        stack: Vec::new(),
        class: None,
        future: *future,
        top_level_await: options.allow_top_level_await,
        strip_docstrings: options.optimize >= 2,
        depth: 0,
    };
    let start = Location { line: 0, end_line: 0, column: 0, end_column: 0 };
    builder.enter("top".into(), BlockKind::Module, BlockKey::Body(address(module)), start);
    match module {
        Mod::Module { body, .. } => {
            builder.note_docstring(body);
            builder.statements(body)?;
        }
        Mod::Interactive { body } => builder.statements(body)?,
        Mod::Expression { body } => builder.expr(body)?,
        Mod::FunctionType { .. } => {
            return internal(ErrorKind::Runtime, "this compiler does not handle FunctionTypes");
        }
    }
    Ok(builder.table)
}

/// The state of the first pass.
pub(super) struct Builder {
    pub(super) table: SymbolTable,
    /// Blocks being visited, innermost last.
    pub(super) stack: Vec<ScopeId>,
    /// The class whose name mangles private names.
    pub(super) class: Option<Name>,
    pub(super) future: Future,
    top_level_await: bool,
    strip_docstrings: bool,
    depth: u32,
}

impl Builder {
    pub(super) fn current_id(&self) -> ScopeId {
        self.stack.last().copied().unwrap_or(SymbolTable::TOP)
    }

    pub(super) fn current(&self) -> &Scope {
        self.table.scope(self.current_id())
    }

    pub(super) fn current_mut(&mut self) -> &mut Scope {
        let id = self.current_id();
        self.table.scope_mut(id)
    }

    pub(super) fn future_annotations(&self) -> bool {
        self.future.features & CodeFlags::FUTURE_ANNOTATIONS != 0
    }

    pub(super) fn allows_top_level_await(&self) -> bool {
        self.top_level_await && self.current().kind == BlockKind::Module
    }

    fn note_docstring(&mut self, body: &[Stmt]) {
        if !self.strip_docstrings && docstring(body).is_some() {
            self.current_mut().has_docstring = true;
        }
    }

    /// Makes a scope without entering it.
    pub(super) fn new_scope(&mut self, name: Name, kind: BlockKind, key: BlockKey, location: Location) -> ScopeId {
        let parent = self.stack.last().map(|id| self.table.scope(*id));
        let scope = Scope {
            name,
            kind,
            location,
            symbols: NameMap::default(),
            varnames: Vec::new(),
            children: Vec::new(),
            comprehension: Comprehension::No,
            nested: parent.is_some_and(|p| p.nested || p.is_function_like()),
            generator: false,
            coroutine: false,
            varargs: false,
            varkeywords: false,
            returns_value: false,
            has_docstring: false,
            is_method: kind == BlockKind::Function && parent.is_some_and(|p| p.kind == BlockKind::Class),
            needs_class_closure: false,
            needs_classdict: false,
            can_see_class_scope: false,
            inlined: false,
            annotations_used: false,
            has_conditional_annotations: false,
            function_name: None,
            annotation_block: None,
            comp_iter_target: false,
            comp_iter_expr: 0,
            in_conditional_block: false,
            in_unevaluated_annotation: false,
            scope_info: None,
            mangled_names: None,
            directives: Vec::new(),
        };
        let id = ScopeId(self.table.scopes.len() as u32);
        self.table.scopes.push(scope);
        self.table.blocks.insert(key, id);
        id
    }

    /// Enters a scope made by [`Builder::new_scope`].
    pub(super) fn enter_existing(&mut self, id: ScopeId, add_to_children: bool) {
        let parent = self.stack.last().copied();
        self.stack.push(id);
        let Some(parent) = parent else { return };
        let (iter_expr, mangled) = {
            let p = self.table.scope(parent);
            (p.comp_iter_expr, p.mangled_names.clone())
        };
        let scope = self.table.scope_mut(id);
        scope.comp_iter_expr = iter_expr;
        if mangled.is_some() && scope.kind != BlockKind::Class {
            scope.mangled_names = mangled;
        }
        let hidden = scope.kind == BlockKind::Annotation && self.future_annotations();
        if add_to_children && !hidden {
            self.table.scope_mut(parent).children.push(id);
        }
    }

    pub(super) fn enter(&mut self, name: Name, kind: BlockKind, key: BlockKey, location: Location) {
        let id = self.new_scope(name, kind, key, location);
        self.enter_existing(id, true);
        if matches!(kind, BlockKind::Annotation | BlockKind::TypeVariable | BlockKind::TypeAlias) {
            // The parameter of the function that evaluates the annotation lazily. It cannot clash: the scope is new.
            let scope = self.current_mut();
            scope.symbols.insert(".format".into(), flag::PARAM | flag::USE);
            scope.varnames.push(".format".into());
        }
    }

    pub(super) fn exit(&mut self) {
        self.stack.pop();
    }

    pub(super) fn mangled(&self, name: &Name) -> Name {
        maybe_mangle(self.class.as_deref(), self.current(), name)
    }

    pub(super) fn lookup_in(&self, id: ScopeId, name: &Name) -> u32 {
        let scope = self.table.scope(id);
        scope.flags(&maybe_mangle(self.class.as_deref(), scope, name))
    }

    fn lookup(&self, name: &Name) -> u32 {
        self.lookup_in(self.current_id(), name)
    }

    /// Records `bits` for `name` in scope `id`.
    pub(super) fn add_def_in(&mut self, id: ScopeId, name: &Name, bits: u32, location: Location) -> Result {
        let mangled = self.mangled(name);
        let scope = self.table.scope_mut(id);
        let old = scope.flags(&mangled);
        if bits & old & flag::PARAM != 0 {
            return syntax(location, format!("duplicate argument '{name}' in function definition"));
        }
        if bits & old & flag::TYPE_PARAM != 0 {
            return syntax(location, format!("duplicate type parameter '{name}'"));
        }
        let mut value = old | bits;
        if scope.comp_iter_target {
            if value & (flag::GLOBAL | flag::NONLOCAL) != 0 {
                return syntax(
                    location,
                    format!("comprehension inner loop cannot rebind assignment expression target '{name}'"),
                );
            }
            value |= flag::COMP_ITER;
        }
        scope.symbols.insert(mangled.clone(), value);
        if bits & flag::PARAM != 0 {
            scope.varnames.push(mangled);
        } else if bits & flag::GLOBAL != 0 {
            *self.table.scope_mut(SymbolTable::TOP).symbols.entry(mangled).or_insert(0) |= bits;
        }
        Ok(())
    }

    pub(super) fn add_def_ctx(&mut self, name: &Name, bits: u32, location: Location, ctx: ExprContext) -> Result {
        if bits & (flag::PARAM | flag::LOCAL | flag::IMPORT) != 0 {
            check_name(name, location, ctx)?;
        }
        if bits & flag::TYPE_PARAM != 0
            && let Some(mangled) = &self.current().mangled_names
        {
            mangled.borrow_mut().insert(name.clone());
        }
        self.add_def_in(self.current_id(), name, bits, location)
    }

    pub(super) fn add_def(&mut self, name: &Name, bits: u32, location: Location) -> Result {
        let ctx = if bits == flag::USE { ExprContext::Load } else { ExprContext::Store };
        self.add_def_ctx(name, bits, location, ctx)
    }

    pub(super) fn record_directive(&mut self, name: &Name, location: Location) {
        let mangled = self.mangled(name);
        self.current_mut().directives.push((mangled, location));
    }

    pub(super) fn statements(&mut self, body: &[Stmt]) -> Result {
        body.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    fn stmt(&mut self, stmt: &Stmt) -> Result {
        descend(self, |b| &mut b.depth, |b| b.stmt_inner(stmt))
    }

    /// Visits an expression one level down.
    pub(super) fn expr(&mut self, expr: &Expr) -> Result {
        descend(self, |b| &mut b.depth, |b| b.expr_inner(expr))
    }

    pub(super) fn deeper(&mut self, step: impl FnOnce(&mut Builder) -> Result) -> Result {
        descend(self, |b| &mut b.depth, step)
    }

    pub(super) fn exprs<'a>(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) -> Result {
        exprs.into_iter().try_for_each(|e| self.expr(e))
    }

    fn stmt_inner(&mut self, stmt: &Stmt) -> Result {
        let place = stmt.place();
        match &stmt.kind {
            StmtKind::FunctionDef(f) => self.function(f, place, false),
            StmtKind::AsyncFunctionDef(f) => self.function(f, place, true),
            StmtKind::ClassDef(c) => self.class_def(c, place),
            StmtKind::TypeAlias(t) => self.type_alias(t, place),
            StmtKind::Return { value } => {
                if let Some(value) = value {
                    self.expr(value)?;
                    self.current_mut().returns_value = true;
                }
                Ok(())
            }
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign(a) => {
                self.exprs(&a.targets)?;
                self.expr(&a.value)
            }
            StmtKind::AnnAssign(a) => self.ann_assign(a, place),
            StmtKind::AugAssign(a) => {
                self.expr(&a.target)?;
                self.expr(&a.value)
            }
            StmtKind::For(f) => {
                self.exprs([&f.target, &f.iter])?;
                self.conditional(|b| {
                    b.statements(&f.body)?;
                    b.statements(&f.orelse)
                })
            }
            StmtKind::AsyncFor(f) => {
                self.require_coroutine("'async for' outside async function", place)?;
                self.exprs([&f.target, &f.iter])?;
                self.conditional(|b| {
                    b.statements(&f.body)?;
                    b.statements(&f.orelse)
                })
            }
            StmtKind::While(w) => {
                self.expr(&w.test)?;
                self.conditional(|b| {
                    b.statements(&w.body)?;
                    b.statements(&w.orelse)
                })
            }
            StmtKind::If(i) => {
                self.expr(&i.test)?;
                self.conditional(|b| {
                    b.statements(&i.body)?;
                    b.statements(&i.orelse)
                })
            }
            StmtKind::Match(m) => {
                self.expr(&m.subject)?;
                self.conditional(|b| {
                    for case in &m.cases {
                        b.pattern(&case.pattern)?;
                        b.exprs(case.guard.as_deref())?;
                        b.statements(&case.body)?;
                    }
                    Ok(())
                })
            }
            StmtKind::Raise { exc, cause } => {
                self.exprs(exc.as_deref())?;
                if exc.is_some() { self.exprs(cause.as_deref()) } else { Ok(()) }
            }
            StmtKind::Try(t) | StmtKind::TryStar(t) => self.conditional(|b| b.try_stmt(t)),
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.exprs(msg.as_deref())
            }
            StmtKind::Import { names } => names.iter().try_for_each(|a| self.alias(a)),
            StmtKind::ImportFrom { module, names, level } => {
                names.iter().try_for_each(|a| self.alias(a))?;
                self.check_future_import(module.as_deref(), *level, place)
            }
            StmtKind::Global { names } => {
                names.iter().try_for_each(|n| self.directive(n, flag::GLOBAL, "global", place))
            }
            StmtKind::Nonlocal { names } => {
                names.iter().try_for_each(|n| self.directive(n, flag::NONLOCAL, "nonlocal", place))
            }
            StmtKind::Expr { value } => self.expr(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
            StmtKind::AsyncWith(w) => {
                self.require_coroutine("'async with' outside async function", place)?;
                self.with_stmt(w)
            }
            StmtKind::With(w) => self.with_stmt(w),
        }
    }

    fn with_stmt(&mut self, with: &whipsnake_syntax::ast::With) -> Result {
        self.conditional(|b| {
            for item in &with.items {
                b.expr(&item.context_expr)?;
                b.exprs(item.optional_vars.as_deref())?;
            }
            b.statements(&with.body)
        })
    }

    fn try_stmt(&mut self, t: &Try) -> Result {
        self.statements(&t.body)?;
        t.handlers.iter().try_for_each(|h| self.handler(h))?;
        self.statements(&t.orelse)?;
        self.statements(&t.finalbody)
    }

    fn handler(&mut self, handler: &ExceptHandler) -> Result {
        self.exprs(handler.typ.as_deref())?;
        if let Some(name) = &handler.name {
            self.add_def(name, flag::LOCAL, handler.span.place())?;
        }
        self.statements(&handler.body)
    }

    fn conditional(&mut self, step: impl FnOnce(&mut Builder) -> Result) -> Result {
        let before = std::mem::replace(&mut self.current_mut().in_conditional_block, true);
        step(self)?;
        self.current_mut().in_conditional_block = before;
        Ok(())
    }

    fn require_coroutine(&mut self, message: &str, place: Location) -> Result {
        if self.allows_top_level_await() {
            self.current_mut().coroutine = true;
        }
        if self.current().coroutine { Ok(()) } else { syntax(place, message) }
    }

    fn function(&mut self, f: &FunctionDef, place: Location, is_async: bool) -> Result {
        self.add_def(&f.name, flag::LOCAL, place)?;
        self.exprs(&f.args.defaults)?;
        self.exprs(f.args.kw_defaults.iter().flatten())?;
        self.exprs(&f.decorator_list)?;
        let generic = !f.type_params.is_empty();
        if generic {
            let has_kw_defaults = f.args.kw_defaults.iter().any(Option::is_some);
            self.enter_type_params(&f.name, address(f), place)?;
            // CPython has this parameter even when there are no defaults.
            self.add_def(&".defaults".into(), flag::PARAM, place)?;
            if has_kw_defaults {
                self.add_def(&".kwdefaults".into(), flag::PARAM, place)?;
            }
            self.type_params(&f.type_params)?;
        }
        let id = self.new_scope(f.name.clone(), BlockKind::Function, BlockKey::Body(address(f)), place);
        self.table.scope_mut(id).has_docstring = !self.strip_docstrings && docstring(&f.body).is_some();
        self.signature_annotations(f, place)?;
        self.enter_existing(id, true);
        self.current_mut().coroutine = is_async;
        self.arguments(&f.args)?;
        self.statements(&f.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    fn class_def(&mut self, c: &ClassDef, place: Location) -> Result {
        self.add_def(&c.name, flag::LOCAL, place)?;
        self.exprs(&c.decorator_list)?;
        let outer_class = self.class.clone();
        let generic = !c.type_params.is_empty();
        if generic {
            self.enter_type_params(&c.name, address(c), place)?;
            for name in [".type_params", ".generic_base"] {
                self.add_def(&name.into(), flag::LOCAL, place)?;
                self.add_def(&name.into(), flag::USE, place)?;
            }
            self.class = Some(c.name.clone());
            self.current_mut().mangled_names = Some(Default::default());
            self.type_params(&c.type_params)?;
        }
        self.exprs(&c.bases)?;
        self.keywords(&c.keywords)?;
        self.enter(c.name.clone(), BlockKind::Class, BlockKey::Body(address(c)), place);
        self.class = Some(c.name.clone());
        if generic {
            self.add_def(&"__type_params__".into(), flag::LOCAL, place)?;
            self.add_def(&".type_params".into(), flag::USE, place)?;
        }
        self.note_docstring(&c.body);
        self.statements(&c.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        self.class = outer_class;
        Ok(())
    }

    /// Checks and visits the keyword arguments of a call or class.
    pub(super) fn keywords(&mut self, keywords: &[Keyword]) -> Result {
        for keyword in keywords {
            if let Some(name) = &keyword.arg {
                check_name(name, keyword.span.place(), ExprContext::Store)?;
            }
        }
        self.exprs(keywords.iter().map(|k| &k.value))
    }

    fn type_alias(&mut self, t: &TypeAlias, place: Location) -> Result {
        self.expr(&t.name)?;
        let ExprKind::Name { id: name, .. } = &t.name.kind else {
            return internal(ErrorKind::Value, "TypeAlias with non-Name name");
        };
        let in_class = self.current().kind == BlockKind::Class;
        let generic = !t.type_params.is_empty();
        if generic {
            self.enter_type_params(name, address(t), place)?;
            self.type_params(&t.type_params)?;
        }
        self.enter(name.clone(), BlockKind::TypeAlias, BlockKey::Alias(address(t)), place);
        if in_class {
            self.see_class_scope(t.value.place())?;
        }
        self.expr(&t.value)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    /// Lets the current scope look names up in the class around it.
    pub(super) fn see_class_scope(&mut self, place: Location) -> Result {
        self.current_mut().can_see_class_scope = true;
        self.add_def(&"__classdict__".into(), flag::USE, place)
    }

    fn enter_type_params(&mut self, name: &Name, node: usize, place: Location) -> Result {
        let in_class = self.current().kind == BlockKind::Class;
        self.enter(name.clone(), BlockKind::TypeParameters, BlockKey::TypeParameters(node), place);
        if in_class { self.see_class_scope(place) } else { Ok(()) }
    }

    fn type_params(&mut self, params: &[TypeParam]) -> Result {
        params.iter().try_for_each(|p| self.type_param(p))
    }

    fn ann_assign(&mut self, a: &AnnAssign, place: Location) -> Result {
        self.current_mut().annotations_used = true;
        if let ExprKind::Name { id, .. } = &a.target.kind {
            let known = self.lookup(id);
            if known & (flag::GLOBAL | flag::NONLOCAL) != 0 && self.current_id() != SymbolTable::TOP && a.simple {
                let what = if known & flag::GLOBAL != 0 { "global" } else { "nonlocal" };
                return syntax(place, format!("annotated name '{id}' can't be {what}"));
            }
            if a.simple {
                self.add_def(id, flag::ANNOT | flag::LOCAL, a.target.place())?;
            } else if a.value.is_some() {
                self.add_def(id, flag::LOCAL, a.target.place())?;
            }
        } else {
            self.expr(&a.target)?;
        }
        self.variable_annotation(&a.annotation)?;
        self.exprs(&a.value)
    }

    fn variable_annotation(&mut self, annotation: &Expr) -> Result {
        let place = annotation.place();
        let parent = self.current_id();
        let kind = self.current().kind;
        // A module may be executed partially, so its annotations always count as conditional.
        let conditional =
            kind == BlockKind::Module || (kind == BlockKind::Class && self.current().in_conditional_block);
        if conditional && !self.current().has_conditional_annotations {
            self.current_mut().has_conditional_annotations = true;
            self.add_def(&"__conditional_annotations__".into(), flag::USE, place)?;
        }
        match self.current().annotation_block {
            Some(block) => self.enter_existing(block, false),
            None => {
                self.enter("__annotate__".into(), BlockKind::Annotation, BlockKey::Variables(parent), place);
                let block = self.current_id();
                self.table.scope_mut(parent).annotation_block = Some(block);
                if kind == BlockKind::Class && !self.future_annotations() {
                    self.see_class_scope(place)?;
                }
            }
        }
        // Annotations of a function's variables are never evaluated.
        let unevaluated = kind == BlockKind::Function;
        self.current_mut().in_unevaluated_annotation |= unevaluated;
        self.expr(annotation)?;
        if unevaluated {
            self.current_mut().in_unevaluated_annotation = false;
        }
        self.exit();
        Ok(())
    }

    fn signature_annotations(&mut self, f: &FunctionDef, place: Location) -> Result {
        let in_class = self.current().can_see_class_scope || self.current().kind == BlockKind::Class;
        self.enter("__annotate__".into(), BlockKind::Annotation, BlockKey::Signature(address(f)), place);
        self.current_mut().function_name = Some(f.name.clone());
        if in_class {
            self.see_class_scope(place)?;
        }
        let a = &f.args;
        let args = a.posonlyargs.iter().chain(&a.args).chain(a.vararg.as_deref()).chain(a.kwarg.as_deref());
        for arg in args.chain(&a.kwonlyargs) {
            if let Some(annotation) = &arg.annotation {
                self.current_mut().annotations_used = true;
                self.expr(annotation)?;
            }
        }
        if let Some(returns) = &f.returns {
            self.current_mut().annotations_used = true;
            self.expr(returns)?;
        }
        self.exit();
        Ok(())
    }

    pub(super) fn arguments(&mut self, a: &Arguments) -> Result {
        for arg in a.posonlyargs.iter().chain(&a.args).chain(&a.kwonlyargs) {
            self.param(arg)?;
        }
        if let Some(arg) = &a.vararg {
            self.param(arg)?;
            self.current_mut().varargs = true;
        }
        if let Some(arg) = &a.kwarg {
            self.param(arg)?;
            self.current_mut().varkeywords = true;
        }
        Ok(())
    }

    fn param(&mut self, arg: &Arg) -> Result {
        self.add_def(&arg.arg, flag::PARAM, arg.span.place())
    }

    fn alias(&mut self, a: &Alias) -> Result {
        let name = a.asname.as_ref().unwrap_or(&a.name);
        if &**name == "*" {
            return match self.current().kind {
                BlockKind::Module => Ok(()),
                _ => syntax(a.span.place(), "import * only allowed at module level"),
            };
        }
        let store_name = match name.split_once('.') {
            Some((head, _)) => head.into(),
            None => name.clone(),
        };
        self.add_def(&store_name, flag::IMPORT, a.span.place())
    }

    fn check_future_import(&self, module: Option<&str>, level: u32, place: Location) -> Result {
        let last = self.future.location;
        let late = place.line > last.line || (place.line == last.end_line && place.column > last.end_column);
        if module == Some("__future__") && level == 0 && late {
            return syntax(place, "from __future__ imports must occur at the beginning of the file");
        }
        Ok(())
    }

    fn directive(&mut self, name: &Name, bit: u32, word: &str, place: Location) -> Result {
        let known = self.lookup(name);
        let message = if known & flag::PARAM != 0 {
            format!("name '{name}' is parameter and {word}")
        } else if known & flag::USE != 0 {
            format!("name '{name}' is used prior to {word} declaration")
        } else if known & flag::ANNOT != 0 {
            format!("annotated name '{name}' can't be {word}")
        } else if known & flag::LOCAL != 0 {
            format!("name '{name}' is assigned to before {word} declaration")
        } else {
            self.add_def(name, bit, place)?;
            self.record_directive(name, place);
            return Ok(());
        };
        syntax(place, message)
    }
}

/// Refuses to bind or delete `__debug__`.
pub(super) fn check_name(name: &str, location: Location, ctx: ExprContext) -> Result {
    match ctx {
        ExprContext::Store if name == "__debug__" => syntax(location, "cannot assign to __debug__"),
        ExprContext::Del if name == "__debug__" => syntax(location, "cannot delete __debug__"),
        _ => Ok(()),
    }
}
