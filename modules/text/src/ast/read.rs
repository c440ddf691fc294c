//! From Python objects to the syntax tree, for `compile()`.
//!
//! Nothing is taken for granted: nodes may lack fields, hold objects of any type, and contain themselves.
//! The checks of what the fields hold are here, those that need whole nodes in `validate`.

use std::cell::Cell;

use super::classes::{Classes, NodeClass};
use super::constants;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::int;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::str::Str;
use whipsnake_syntax::ast::*;

/// A tree read from Python objects.
pub struct Read {
    pub tree: Mod,
    /// How deep it nests.
    pub depth: u32,
}

/// Reads a tree whose root must be `root`: `Module`, `Expression`, `Interactive` or
/// `FunctionType`.
///
/// # Errors
/// TypeError and ValueError for malformed trees, RecursionError for those nested too deeply.
pub fn from_object(th: &Thread, v: Value, root: &str) -> PyResult<Read> {
    let reader = Reader { th, classes: Classes::get(th)?, depth: Cell::new(0), deepest: Cell::new(0) };
    let tree = reader.module(v, root)?;
    Ok(Read { tree, depth: reader.deepest.get() })
}

struct Reader<'t> {
    th: &'t Thread,
    classes: &'static Classes,
    depth: Cell<u32>,
    deepest: Cell<u32>,
}

/// An object whose class is known.
#[derive(Clone, Copy)]
struct Node {
    v: Value,
    class: &'static NodeClass,
}

impl Reader<'_> {
    /// Runs `step` one level deeper into the tree.
    fn deeper<T>(&self, kind: &str, step: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
        self.th.check_native_stack(&format!(" while traversing '{kind}' node"))?;
        let depth = self.depth.get() + 1;
        if depth > MAX_DEPTH {
            return err!(self.th, RECURSION_ERROR, "maximum recursion depth exceeded while traversing '{kind}' node");
        }
        self.depth.set(depth);
        self.deepest.set(self.deepest.get().max(depth));
        let result = step();
        self.depth.set(depth - 1);
        result
    }

    // ---- fields

    fn field(&self, n: Node, name: &str) -> PyResult<Option<Obj>> {
        object::lookup_attr_str(self.th, n.v, name)
    }

    fn required(&self, n: Node, name: &str) -> PyResult {
        match self.field(n, name)? {
            Some(value) => Ok(value),
            None => Err(self.missing(name, n.class.name)),
        }
    }

    fn missing(&self, name: &str, class: &str) -> Raised {
        self.th.type_error(format!("required field \"{name}\" missing from {class}"))
    }

    /// A field that must not be None.
    fn present(&self, n: Node, name: &str) -> PyResult {
        let value = self.required(n, name)?;
        if value.is_none() {
            return err!(self.th, VALUE_ERROR, "field '{name}' is required for {}", n.class.name);
        }
        Ok(value)
    }

    /// An optional field; None counts as absent.
    fn optional(&self, n: Node, name: &str) -> PyResult<Option<Obj>> {
        Ok(self.field(n, name)?.filter(|value| !value.is_none()))
    }

    fn items<T>(&self, n: Node, name: &str, mut read: impl FnMut(Value) -> PyResult<T>) -> PyResult<Vec<T>> {
        let th = self.th;
        let Some(value) = self.field(n, name)? else { return Ok(Vec::new()) };
        let Some(list) = value.cast::<List>() else {
            let (class, got) = (n.class.name, value.ty().name());
            return err!(th, TYPE_ERROR, "{class} field \"{name}\" must be a list, not a {got}");
        };
        let len = list.len();
        let mut items = Vec::with_capacity(len);
        for at in 0..len {
            // Reading an item can run Python code, which can change the list.
            let item = list.get(at).filter(|_| list.len() == len);
            let item = match item {
                Some(item) => read(item.value())?,
                None => return Err(self.changed(n, name)),
            };
            items.push(item);
        }
        if list.len() != len { Err(self.changed(n, name)) } else { Ok(items) }
    }

    fn changed(&self, n: Node, name: &str) -> Raised {
        self.th.runtime_error(format!("{} field \"{name}\" changed size during iteration", n.class.name))
    }

    fn identifier(&self, v: Value) -> PyResult<Ident> {
        match v.exact::<Str>() {
            Some(text) => Ok(text.utf8(self.th)?.into()),
            None => err!(self.th, TYPE_ERROR, "AST identifier must be of type str"),
        }
    }

    fn ident(&self, n: Node, name: &str) -> PyResult<Ident> {
        self.identifier(self.present(n, name)?.value())
    }

    fn maybe_ident(&self, n: Node, name: &str) -> PyResult<Option<Ident>> {
        self.optional(n, name)?.map(|v| self.identifier(v.value())).transpose()
    }

    fn idents(&self, n: Node, name: &str) -> PyResult<Vec<Ident>> {
        self.items(n, name, |v| self.identifier(v))
    }

    /// A text: a str, or bytes, which are taken as UTF-8.
    fn string(&self, v: Value) -> PyResult<Ident> {
        if let Some(text) = v.exact::<Str>() {
            return Ok(text.utf8(self.th)?.into());
        }
        match v.exact::<Bytes>() {
            Some(bytes) => Ok(String::from_utf8_lossy(bytes.as_slice()).into()),
            None => err!(self.th, TYPE_ERROR, "AST string must be of type str"),
        }
    }

    fn text(&self, n: Node, name: &str) -> PyResult<Option<Ident>> {
        self.optional(n, name)?.map(|v| self.string(v.value())).transpose()
    }

    fn integer(&self, v: Value) -> PyResult<i32> {
        if !v.is_instance(&statics::INT_TYPE) {
            let shown = object::repr_text(self.th, v)?;
            return err!(self.th, VALUE_ERROR, "invalid integer value: {shown}");
        }
        match int::try_i64(v).and_then(|n| i32::try_from(n).ok()) {
            Some(n) => Ok(n),
            None => err!(self.th, OVERFLOW_ERROR, "Python int too large to convert to C int"),
        }
    }

    fn int(&self, n: Node, name: &str) -> PyResult<i32> {
        self.integer(self.required(n, name)?.value())
    }

    // ---- places

    /// The place of a node of the type `kind`, checked.
    fn place(&self, v: Value, kind: &str) -> PyResult<Span> {
        let th = self.th;
        let get = |name: &str| object::lookup_attr_str(th, v, name);
        let start = |name: &str| -> PyResult<i32> {
            let value = get(name)?.ok_or_else(|| self.missing(name, kind))?;
            self.integer(value.value())
        };
        let end = |name: &str, start: i32| -> PyResult<i32> {
            match get(name)?.filter(|value| !value.is_none()) {
                Some(value) => self.integer(value.value()),
                None => Ok(start),
            }
        };
        let (line, column) = (start("lineno")?, start("col_offset")?);
        let (end_line, end_column) = (end("end_lineno", line)?, end("end_col_offset", column)?);
        if line > end_line {
            return err!(th, VALUE_ERROR, "AST node line range ({line}, {end_line}) is not valid");
        }
        if (line < 0 && end_line != line) || (column < 0 && column != end_column) {
            return err!(
                th,
                VALUE_ERROR,
                "AST node column range ({column}, {end_column}) for line range ({line}, {end_line}) is not valid"
            );
        }
        if line == end_line && column > end_column {
            return err!(th, VALUE_ERROR, "line {line}, column {column}-{end_column} is not a valid range");
        }
        let [lineno, col_offset, end_lineno, end_col_offset] =
            [line, column, end_line, end_column].map(|n| u32::try_from(n).unwrap_or(0));
        Ok(Span { lineno, col_offset, end_lineno, end_col_offset })
    }

    /// The object as a node of the type `kind`.
    fn node(&self, v: Value, kind: &str) -> PyResult<Node> {
        match self.classes.of(v, kind) {
            Some(class) if class.name != kind => Ok(Node { v, class }),
            _ => {
                let shown = object::repr_text(self.th, v)?;
                err!(self.th, TYPE_ERROR, "expected some sort of {kind}, but got {shown}")
            }
        }
    }

    /// An object read as the type `kind` with one class: whatever it is, it must have the fields.
    fn product(&self, v: Value, kind: &str) -> PyResult<Node> {
        Ok(Node { v, class: self.classes.named(self.th, kind)? })
    }

    // ---- roots and statements

    fn module(&self, v: Value, root: &str) -> PyResult<Mod> {
        let th = self.th;
        let n = match self.classes.of(v, "mod") {
            Some(class) if class.name == root => Node { v, class },
            _ => return err!(th, TYPE_ERROR, "expected {root} node, got {}", v.ty().short_name()),
        };
        Ok(match root {
            "Module" => Mod::Module {
                body: self.stmts(n, "body")?,
                type_ignores: self.items(n, "type_ignores", |v| self.type_ignore(v))?,
            },
            "FunctionType" => {
                Mod::FunctionType { argtypes: self.exprs(n, "argtypes")?, returns: self.expr_field(n, "returns")? }
            }
            "Interactive" => Mod::Interactive { body: self.stmts(n, "body")? },
            _ => Mod::Expression { body: self.expr_field(n, "body")? },
        })
    }

    fn type_ignore(&self, v: Value) -> PyResult<TypeIgnore> {
        let n = self.node(v, "type_ignore")?;
        let lineno = u32::try_from(self.int(n, "lineno")?).unwrap_or(0);
        Ok(TypeIgnore { lineno, tag: self.string(self.present(n, "tag")?.value())? })
    }

    fn stmts(&self, n: Node, name: &str) -> PyResult<Vec<Stmt>> {
        self.items(n, name, |v| self.stmt(v))
    }

    fn stmt(&self, v: Value) -> PyResult<Stmt> {
        if v.is_none() {
            return err!(self.th, VALUE_ERROR, "None disallowed in statement list");
        }
        self.deeper("stmt", || {
            let span = self.place(v, "stmt")?;
            Ok(Stmt { span, kind: self.stmt_kind(self.node(v, "stmt")?)? })
        })
    }

    fn stmt_kind(&self, n: Node) -> PyResult<StmtKind> {
        Ok(match n.class.name {
            "FunctionDef" => StmtKind::FunctionDef(self.function(n)?),
            "AsyncFunctionDef" => StmtKind::AsyncFunctionDef(self.function(n)?),
            "ClassDef" => StmtKind::ClassDef(Box::new(ClassDef {
                name: self.ident(n, "name")?,
                bases: self.exprs(n, "bases")?,
                keywords: self.keywords(n)?,
                body: self.stmts(n, "body")?,
                decorator_list: self.exprs(n, "decorator_list")?,
                type_params: self.type_params(n)?,
            })),
            "Return" => StmtKind::Return { value: self.maybe(n, "value")? },
            "Delete" => StmtKind::Delete { targets: self.exprs(n, "targets")? },
            "Assign" => StmtKind::Assign(Box::new(Assign {
                targets: self.exprs(n, "targets")?,
                value: *self.expr_field(n, "value")?,
                type_comment: self.text(n, "type_comment")?,
            })),
            "TypeAlias" => StmtKind::TypeAlias(Box::new(TypeAlias {
                name: *self.expr_field(n, "name")?,
                type_params: self.type_params(n)?,
                value: *self.expr_field(n, "value")?,
            })),
            "AugAssign" => StmtKind::AugAssign(Box::new(AugAssign {
                target: *self.expr_field(n, "target")?,
                op: self.operator(n)?,
                value: *self.expr_field(n, "value")?,
            })),
            "AnnAssign" => StmtKind::AnnAssign(Box::new(AnnAssign {
                target: *self.expr_field(n, "target")?,
                annotation: *self.expr_field(n, "annotation")?,
                value: self.maybe(n, "value")?.map(|e| *e),
                simple: self.int(n, "simple")? != 0,
            })),
            "For" => StmtKind::For(self.for_loop(n)?),
            "AsyncFor" => StmtKind::AsyncFor(self.for_loop(n)?),
            "While" => StmtKind::While(Box::new(While {
                test: *self.expr_field(n, "test")?,
                body: self.stmts(n, "body")?,
                orelse: self.stmts(n, "orelse")?,
            })),
            "If" => StmtKind::If(Box::new(If {
                test: *self.expr_field(n, "test")?,
                body: self.stmts(n, "body")?,
                orelse: self.stmts(n, "orelse")?,
            })),
            "With" => StmtKind::With(self.with(n)?),
            "AsyncWith" => StmtKind::AsyncWith(self.with(n)?),
            "Match" => StmtKind::Match(Box::new(Match {
                subject: *self.expr_field(n, "subject")?,
                cases: self.items(n, "cases", |v| self.match_case(v))?,
            })),
            "Raise" => StmtKind::Raise { exc: self.maybe(n, "exc")?, cause: self.maybe(n, "cause")? },
            "Try" => StmtKind::Try(self.try_block(n)?),
            "TryStar" => StmtKind::TryStar(self.try_block(n)?),
            "Assert" => StmtKind::Assert { test: self.expr_field(n, "test")?, msg: self.maybe(n, "msg")? },
            "Import" => StmtKind::Import { names: self.aliases(n)? },
            "ImportFrom" => StmtKind::ImportFrom {
                module: self.maybe_ident(n, "module")?,
                names: self.aliases(n)?,
                level: self.level(n)?,
            },
            "Global" => StmtKind::Global { names: self.idents(n, "names")? },
            "Nonlocal" => StmtKind::Nonlocal { names: self.idents(n, "names")? },
            "Expr" => StmtKind::Expr { value: self.expr_field(n, "value")? },
            "Pass" => StmtKind::Pass,
            "Break" => StmtKind::Break,
            _ => StmtKind::Continue,
        })
    }

    fn function(&self, n: Node) -> PyResult<Box<FunctionDef>> {
        Ok(Box::new(FunctionDef {
            name: self.ident(n, "name")?,
            args: self.arguments(n)?,
            body: self.stmts(n, "body")?,
            decorator_list: self.exprs(n, "decorator_list")?,
            returns: self.maybe(n, "returns")?,
            type_comment: self.text(n, "type_comment")?,
            type_params: self.type_params(n)?,
        }))
    }

    fn for_loop(&self, n: Node) -> PyResult<Box<For>> {
        Ok(Box::new(For {
            target: *self.expr_field(n, "target")?,
            iter: *self.expr_field(n, "iter")?,
            body: self.stmts(n, "body")?,
            orelse: self.stmts(n, "orelse")?,
            type_comment: self.text(n, "type_comment")?,
        }))
    }

    fn with(&self, n: Node) -> PyResult<Box<With>> {
        Ok(Box::new(With {
            items: self.items(n, "items", |v| {
                let n = self.product(v, "withitem")?;
                let context_expr = *self.expr_field(n, "context_expr")?;
                Ok(WithItem { context_expr, optional_vars: self.maybe(n, "optional_vars")? })
            })?,
            body: self.stmts(n, "body")?,
            type_comment: self.text(n, "type_comment")?,
        }))
    }

    fn match_case(&self, v: Value) -> PyResult<MatchCase> {
        let n = self.product(v, "match_case")?;
        Ok(MatchCase {
            pattern: self.pattern(self.present(n, "pattern")?.value())?,
            guard: self.maybe(n, "guard")?,
            body: self.stmts(n, "body")?,
        })
    }

    fn try_block(&self, n: Node) -> PyResult<Box<Try>> {
        Ok(Box::new(Try {
            body: self.stmts(n, "body")?,
            handlers: self.items(n, "handlers", |v| {
                let span = self.place(v, "excepthandler")?;
                let n = self.node(v, "excepthandler")?;
                let (typ, name) = (self.maybe(n, "type")?, self.maybe_ident(n, "name")?);
                Ok(ExceptHandler { span, typ, name, body: self.stmts(n, "body")? })
            })?,
            orelse: self.stmts(n, "orelse")?,
            finalbody: self.stmts(n, "finalbody")?,
        }))
    }

    fn aliases(&self, n: Node) -> PyResult<Vec<Alias>> {
        self.items(n, "names", |v| {
            let n = self.product(v, "alias")?;
            let (name, asname) = (self.ident(n, "name")?, self.maybe_ident(n, "asname")?);
            Ok(Alias { span: self.place(v, "alias")?, name, asname })
        })
    }

    fn level(&self, n: Node) -> PyResult<u32> {
        let Some(level) = self.optional(n, "level")? else { return Ok(0) };
        match u32::try_from(self.integer(level.value())?) {
            Ok(level) => Ok(level),
            Err(_) => err!(self.th, VALUE_ERROR, "Negative ImportFrom level"),
        }
    }

    fn keywords(&self, n: Node) -> PyResult<Vec<Keyword>> {
        self.items(n, "keywords", |v| {
            let n = self.product(v, "keyword")?;
            let (arg, value) = (self.maybe_ident(n, "arg")?, *self.expr_field(n, "value")?);
            Ok(Keyword { span: self.place(v, "keyword")?, arg, value })
        })
    }

    fn arguments(&self, n: Node) -> PyResult<Arguments> {
        let v = self.present(n, "args")?;
        let n = self.product(v.value(), "arguments")?;
        let args = |name: &str| self.items(n, name, |v| self.arg(v));
        let maybe = |name: &str| -> PyResult<Option<Box<Arg>>> {
            self.optional(n, name)?.map(|v| self.arg(v.value()).map(Box::new)).transpose()
        };
        Ok(Arguments {
            posonlyargs: args("posonlyargs")?,
            args: args("args")?,
            vararg: maybe("vararg")?,
            kwonlyargs: args("kwonlyargs")?,
            kw_defaults: self.optional_exprs(n, "kw_defaults")?,
            kwarg: maybe("kwarg")?,
            defaults: self.exprs(n, "defaults")?,
        })
    }

    fn arg(&self, v: Value) -> PyResult<Arg> {
        let n = self.product(v, "arg")?;
        Ok(Arg {
            arg: self.ident(n, "arg")?,
            annotation: self.maybe(n, "annotation")?,
            type_comment: self.text(n, "type_comment")?,
            span: self.place(v, "arg")?,
        })
    }

    fn type_params(&self, n: Node) -> PyResult<Vec<TypeParam>> {
        self.items(n, "type_params", |v| {
            let span = self.place(v, "type_param")?;
            let n = self.node(v, "type_param")?;
            let name = self.ident(n, "name")?;
            let kind = match n.class.name {
                "TypeVar" => TypeParamKind::TypeVar {
                    name,
                    bound: self.maybe(n, "bound")?,
                    default_value: self.maybe(n, "default_value")?,
                },
                "ParamSpec" => TypeParamKind::ParamSpec { name, default_value: self.maybe(n, "default_value")? },
                _ => TypeParamKind::TypeVarTuple { name, default_value: self.maybe(n, "default_value")? },
            };
            Ok(TypeParam { span, kind })
        })
    }

    // ---- expressions

    fn exprs(&self, n: Node, name: &str) -> PyResult<Vec<Expr>> {
        self.items(n, name, |v| {
            if v.is_none() {
                return err!(self.th, VALUE_ERROR, "None disallowed in expression list");
            }
            self.expr(v)
        })
    }

    fn optional_exprs(&self, n: Node, name: &str) -> PyResult<Vec<Option<Expr>>> {
        self.items(n, name, |v| if v.is_none() { Ok(None) } else { self.expr(v).map(Some) })
    }

    fn expr_field(&self, n: Node, name: &str) -> PyResult<Box<Expr>> {
        self.expr(self.present(n, name)?.value()).map(Box::new)
    }

    fn maybe(&self, n: Node, name: &str) -> PyResult<Option<Box<Expr>>> {
        self.optional(n, name)?.map(|v| self.expr(v.value()).map(Box::new)).transpose()
    }

    fn expr(&self, v: Value) -> PyResult<Expr> {
        self.deeper("expr", || {
            let span = self.place(v, "expr")?;
            Ok(Expr { span, kind: self.expr_kind(self.node(v, "expr")?)? })
        })
    }

    fn expr_kind(&self, n: Node) -> PyResult<ExprKind> {
        let e = |name: &str| self.expr_field(n, name);
        Ok(match n.class.name {
            "BoolOp" => ExprKind::BoolOp {
                op: match self.singleton(n, "op", "boolop")? {
                    "And" => BoolOp::And,
                    _ => BoolOp::Or,
                },
                values: self.exprs(n, "values")?,
            },
            "NamedExpr" => ExprKind::NamedExpr { target: e("target")?, value: e("value")? },
            "BinOp" => ExprKind::BinOp { left: e("left")?, op: self.operator(n)?, right: e("right")? },
            "UnaryOp" => ExprKind::UnaryOp {
                op: match self.singleton(n, "op", "unaryop")? {
                    "Invert" => UnaryOp::Invert,
                    "Not" => UnaryOp::Not,
                    "UAdd" => UnaryOp::UAdd,
                    _ => UnaryOp::USub,
                },
                operand: e("operand")?,
            },
            "Lambda" => ExprKind::Lambda { args: Box::new(self.arguments(n)?), body: e("body")? },
            "IfExp" => ExprKind::IfExp { test: e("test")?, body: e("body")?, orelse: e("orelse")? },
            "Dict" => ExprKind::Dict { keys: self.optional_exprs(n, "keys")?, values: self.exprs(n, "values")? },
            "Set" => ExprKind::Set { elts: self.exprs(n, "elts")? },
            "ListComp" => ExprKind::ListComp { elt: e("elt")?, generators: self.generators(n)? },
            "SetComp" => ExprKind::SetComp { elt: e("elt")?, generators: self.generators(n)? },
            "DictComp" => ExprKind::DictComp { key: e("key")?, value: e("value")?, generators: self.generators(n)? },
            "GeneratorExp" => ExprKind::GeneratorExp { elt: e("elt")?, generators: self.generators(n)? },
            "Await" => ExprKind::Await { value: e("value")? },
            "Yield" => ExprKind::Yield { value: self.maybe(n, "value")? },
            "YieldFrom" => ExprKind::YieldFrom { value: e("value")? },
            "Compare" => ExprKind::Compare {
                left: e("left")?,
                ops: self.items(n, "ops", |v| self.cmp_op(v))?,
                comparators: self.exprs(n, "comparators")?,
            },
            "Call" => ExprKind::Call { func: e("func")?, args: self.exprs(n, "args")?, keywords: self.keywords(n)? },
            "FormattedValue" => ExprKind::FormattedValue {
                value: e("value")?,
                conversion: self.conversion(n)?,
                format_spec: self.maybe(n, "format_spec")?,
            },
            "Interpolation" => ExprKind::Interpolation {
                value: e("value")?,
                str: Box::new(constants::read(self.th, self.required(n, "str")?.value())?),
                conversion: self.conversion(n)?,
                format_spec: self.maybe(n, "format_spec")?,
            },
            "JoinedStr" => ExprKind::JoinedStr { values: self.exprs(n, "values")? },
            "TemplateStr" => ExprKind::TemplateStr { values: self.exprs(n, "values")? },
            "Constant" => ExprKind::Constant {
                value: constants::read(self.th, self.required(n, "value")?.value())?,
                kind: self.text(n, "kind")?,
            },
            "Attribute" => {
                ExprKind::Attribute { value: e("value")?, attr: self.ident(n, "attr")?, ctx: self.context(n)? }
            }
            "Subscript" => ExprKind::Subscript { value: e("value")?, slice: e("slice")?, ctx: self.context(n)? },
            "Starred" => ExprKind::Starred { value: e("value")?, ctx: self.context(n)? },
            "Name" => ExprKind::Name { id: self.ident(n, "id")?, ctx: self.context(n)? },
            "List" => ExprKind::List { elts: self.exprs(n, "elts")?, ctx: self.context(n)? },
            "Tuple" => ExprKind::Tuple { elts: self.exprs(n, "elts")?, ctx: self.context(n)? },
            _ => ExprKind::Slice {
                lower: self.maybe(n, "lower")?,
                upper: self.maybe(n, "upper")?,
                step: self.maybe(n, "step")?,
            },
        })
    }

    fn generators(&self, n: Node) -> PyResult<Vec<Comprehension>> {
        self.items(n, "generators", |v| {
            let n = self.product(v, "comprehension")?;
            Ok(Comprehension {
                target: *self.expr_field(n, "target")?,
                iter: *self.expr_field(n, "iter")?,
                ifs: self.exprs(n, "ifs")?,
                is_async: self.int(n, "is_async")? != 0,
            })
        })
    }

    fn conversion(&self, n: Node) -> PyResult<Conversion> {
        Ok(match self.int(n, "conversion")? {
            -1 => Conversion::None,
            115 => Conversion::Str,
            114 => Conversion::Repr,
            97 => Conversion::Ascii,
            other => return err!(self.th, SYSTEM_ERROR, "Unrecognized conversion character {other}"),
        })
    }

    // ---- classes without fields

    /// The name of the class of an operator or context.
    fn singleton(&self, n: Node, name: &str, kind: &str) -> PyResult<&'static str> {
        Ok(self.node(self.required(n, name)?.value(), kind)?.class.name)
    }

    fn context(&self, n: Node) -> PyResult<ExprContext> {
        Ok(match self.singleton(n, "ctx", "expr_context")? {
            "Load" => ExprContext::Load,
            "Store" => ExprContext::Store,
            _ => ExprContext::Del,
        })
    }

    fn operator(&self, n: Node) -> PyResult<Operator> {
        Ok(match self.singleton(n, "op", "operator")? {
            "Add" => Operator::Add,
            "Sub" => Operator::Sub,
            "Mult" => Operator::Mult,
            "MatMult" => Operator::MatMult,
            "Div" => Operator::Div,
            "Mod" => Operator::Mod,
            "Pow" => Operator::Pow,
            "LShift" => Operator::LShift,
            "RShift" => Operator::RShift,
            "BitOr" => Operator::BitOr,
            "BitXor" => Operator::BitXor,
            "BitAnd" => Operator::BitAnd,
            _ => Operator::FloorDiv,
        })
    }

    fn cmp_op(&self, v: Value) -> PyResult<CmpOp> {
        Ok(match self.node(v, "cmpop")?.class.name {
            "Eq" => CmpOp::Eq,
            "NotEq" => CmpOp::NotEq,
            "Lt" => CmpOp::Lt,
            "LtE" => CmpOp::LtE,
            "Gt" => CmpOp::Gt,
            "GtE" => CmpOp::GtE,
            "Is" => CmpOp::Is,
            "IsNot" => CmpOp::IsNot,
            "In" => CmpOp::In,
            _ => CmpOp::NotIn,
        })
    }

    // ---- patterns

    fn patterns(&self, n: Node, name: &str) -> PyResult<Vec<Pattern>> {
        self.items(n, name, |v| self.pattern(v))
    }

    fn pattern(&self, v: Value) -> PyResult<Pattern> {
        if v.is_none() {
            return err!(self.th, VALUE_ERROR, "None disallowed in pattern list");
        }
        self.deeper("pattern", || {
            let span = self.place(v, "pattern")?;
            Ok(Pattern { span, kind: self.pattern_kind(self.node(v, "pattern")?)? })
        })
    }

    fn pattern_kind(&self, n: Node) -> PyResult<PatternKind> {
        Ok(match n.class.name {
            "MatchValue" => PatternKind::MatchValue { value: self.expr_field(n, "value")? },
            "MatchSingleton" => {
                PatternKind::MatchSingleton { value: constants::read(self.th, self.required(n, "value")?.value())? }
            }
            "MatchSequence" => PatternKind::MatchSequence { patterns: self.patterns(n, "patterns")? },
            "MatchMapping" => PatternKind::MatchMapping {
                keys: self.exprs(n, "keys")?,
                patterns: self.patterns(n, "patterns")?,
                rest: self.maybe_ident(n, "rest")?,
            },
            "MatchClass" => PatternKind::MatchClass {
                cls: self.expr_field(n, "cls")?,
                patterns: self.patterns(n, "patterns")?,
                kwd_attrs: self.idents(n, "kwd_attrs")?,
                kwd_patterns: self.patterns(n, "kwd_patterns")?,
            },
            "MatchStar" => PatternKind::MatchStar { name: self.maybe_ident(n, "name")? },
            "MatchAs" => PatternKind::MatchAs {
                pattern: self.optional(n, "pattern")?.map(|v| self.pattern(v.value()).map(Box::new)).transpose()?,
                name: self.maybe_ident(n, "name")?,
            },
            _ => PatternKind::MatchOr { patterns: self.patterns(n, "patterns")? },
        })
    }
}
