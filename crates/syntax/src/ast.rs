//! The syntax tree: Python 3.14's `ast` module as Rust types.
//!
//! Node names, field names and shapes are those of the `ast` module's documentation (its abstract
//! grammar), so that whoever knows one knows the other. The parser (`parse`) builds it, the symbol
//! table and the compiler read it, and the `_ast` module converts it from and to Python objects.
//!
//! Invariants of a parsed tree (a tree made from Python objects is checked by its maker):
//! - positions are CPython's: lines from 1, columns in UTF-8 bytes from 0;
//! - identifiers are NFKC-normalised;
//! - adjacent string constants inside `JoinedStr` and `TemplateStr` are merged;
//! - nesting is bounded by [`MAX_DEPTH`], so recursion over a tree needs a bounded stack.

use std::rc::Rc;

pub use rustpython_wtf8::{Wtf8, Wtf8Buf};

/// The deepest nesting of nodes a parsed tree can have; deeper source is refused as too complex.
pub const MAX_DEPTH: u32 = 12_000;

/// An identifier: NFKC-normalised, cheap to clone, shared between equal names of one tree.
pub type Ident = Rc<str>;

/// Where a node stands in the source. Lines count from 1; columns are UTF-8 byte offsets from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    pub lineno: u32,
    pub col_offset: u32,
    pub end_lineno: u32,
    pub end_col_offset: u32,
}

/// The root of a tree: the four start symbols of `compile` and `ast.parse`.
#[derive(Clone, Debug, PartialEq)]
pub enum Mod {
    /// mode `exec`
    Module { body: Vec<Stmt>, type_ignores: Vec<TypeIgnore> },
    /// mode `single`
    Interactive { body: Vec<Stmt> },
    /// mode `eval`
    Expression { body: Box<Expr> },
    /// mode `func_type`: a signature type comment, `(int, str) -> bool`
    FunctionType { argtypes: Vec<Expr>, returns: Box<Expr> },
}

/// A statement with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

/// What a statement is.
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    FunctionDef(Box<FunctionDef>),
    AsyncFunctionDef(Box<FunctionDef>),
    ClassDef(Box<ClassDef>),
    Return {
        value: Option<Box<Expr>>,
    },
    Delete {
        targets: Vec<Expr>,
    },
    Assign(Box<Assign>),
    TypeAlias(Box<TypeAlias>),
    AugAssign(Box<AugAssign>),
    AnnAssign(Box<AnnAssign>),
    For(Box<For>),
    AsyncFor(Box<For>),
    While(Box<While>),
    If(Box<If>),
    With(Box<With>),
    AsyncWith(Box<With>),
    Match(Box<Match>),
    Raise {
        exc: Option<Box<Expr>>,
        cause: Option<Box<Expr>>,
    },
    Try(Box<Try>),
    /// `try` with `except*` clauses
    TryStar(Box<Try>),
    Assert {
        test: Box<Expr>,
        msg: Option<Box<Expr>>,
    },
    Import {
        names: Vec<Alias>,
    },
    ImportFrom {
        module: Option<Ident>,
        names: Vec<Alias>,
        level: u32,
    },
    Global {
        names: Vec<Ident>,
    },
    Nonlocal {
        names: Vec<Ident>,
    },
    /// An expression as a statement (`ast.Expr`).
    Expr {
        value: Box<Expr>,
    },
    Pass,
    Break,
    Continue,
}

/// `def` and `async def`.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionDef {
    pub name: Ident,
    pub args: Arguments,
    pub body: Vec<Stmt>,
    pub decorator_list: Vec<Expr>,
    pub returns: Option<Box<Expr>>,
    pub type_comment: Option<Ident>,
    pub type_params: Vec<TypeParam>,
}

/// `class`.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassDef {
    pub name: Ident,
    pub bases: Vec<Expr>,
    pub keywords: Vec<Keyword>,
    pub body: Vec<Stmt>,
    pub decorator_list: Vec<Expr>,
    pub type_params: Vec<TypeParam>,
}

/// `targets[0] = targets[1] = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assign {
    pub targets: Vec<Expr>,
    pub value: Expr,
    pub type_comment: Option<Ident>,
}

/// `type name[type_params] = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeAlias {
    /// Always a `Name` with `Store` context.
    pub name: Expr,
    pub type_params: Vec<TypeParam>,
    pub value: Expr,
}

/// `target op= value`.
#[derive(Clone, Debug, PartialEq)]
pub struct AugAssign {
    pub target: Expr,
    pub op: Operator,
    pub value: Expr,
}

/// `target: annotation = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct AnnAssign {
    pub target: Expr,
    pub annotation: Expr,
    pub value: Option<Expr>,
    /// Whether the target is a bare name without parentheses (`ast` has the integers 1 and 0).
    pub simple: bool,
}

/// `for` and `async for`.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    pub target: Expr,
    pub iter: Expr,
    pub body: Vec<Stmt>,
    pub orelse: Vec<Stmt>,
    pub type_comment: Option<Ident>,
}

/// `while`.
#[derive(Clone, Debug, PartialEq)]
pub struct While {
    pub test: Expr,
    pub body: Vec<Stmt>,
    pub orelse: Vec<Stmt>,
}

/// `if`; an `elif` is a lone `If` in `orelse`.
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    pub test: Expr,
    pub body: Vec<Stmt>,
    pub orelse: Vec<Stmt>,
}

/// `with` and `async with`.
#[derive(Clone, Debug, PartialEq)]
pub struct With {
    pub items: Vec<WithItem>,
    pub body: Vec<Stmt>,
    pub type_comment: Option<Ident>,
}

/// `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    pub subject: Expr,
    pub cases: Vec<MatchCase>,
}

/// `try`.
#[derive(Clone, Debug, PartialEq)]
pub struct Try {
    pub body: Vec<Stmt>,
    pub handlers: Vec<ExceptHandler>,
    pub orelse: Vec<Stmt>,
    pub finalbody: Vec<Stmt>,
}

/// An expression with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    BoolOp {
        op: BoolOp,
        values: Vec<Expr>,
    },
    /// `target := value`
    NamedExpr {
        target: Box<Expr>,
        value: Box<Expr>,
    },
    BinOp {
        left: Box<Expr>,
        op: Operator,
        right: Box<Expr>,
    },
    UnaryOp {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Lambda {
        args: Box<Arguments>,
        body: Box<Expr>,
    },
    IfExp {
        test: Box<Expr>,
        body: Box<Expr>,
        orelse: Box<Expr>,
    },
    /// A `None` key stands for `**value`.
    Dict {
        keys: Vec<Option<Expr>>,
        values: Vec<Expr>,
    },
    Set {
        elts: Vec<Expr>,
    },
    ListComp {
        elt: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    SetComp {
        elt: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    DictComp {
        key: Box<Expr>,
        value: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    GeneratorExp {
        elt: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    Await {
        value: Box<Expr>,
    },
    Yield {
        value: Option<Box<Expr>>,
    },
    YieldFrom {
        value: Box<Expr>,
    },
    Compare {
        left: Box<Expr>,
        ops: Vec<CmpOp>,
        comparators: Vec<Expr>,
    },
    Call {
        func: Box<Expr>,
        args: Vec<Expr>,
        keywords: Vec<Keyword>,
    },
    /// One replacement field of an f-string. `format_spec` is a `JoinedStr`.
    FormattedValue {
        value: Box<Expr>,
        conversion: Conversion,
        format_spec: Option<Box<Expr>>,
    },
    /// One replacement field of a t-string. `str` is the expression's source text.
    Interpolation {
        value: Box<Expr>,
        str: Box<Constant>,
        conversion: Conversion,
        format_spec: Option<Box<Expr>>,
    },
    /// An f-string: `Constant` and `FormattedValue` parts.
    JoinedStr {
        values: Vec<Expr>,
    },
    /// A t-string: `Constant` and `Interpolation` parts.
    TemplateStr {
        values: Vec<Expr>,
    },
    /// `kind` is `u` for a literal with that prefix.
    Constant {
        value: Constant,
        kind: Option<Ident>,
    },
    Attribute {
        value: Box<Expr>,
        attr: Ident,
        ctx: ExprContext,
    },
    Subscript {
        value: Box<Expr>,
        slice: Box<Expr>,
        ctx: ExprContext,
    },
    Starred {
        value: Box<Expr>,
        ctx: ExprContext,
    },
    Name {
        id: Ident,
        ctx: ExprContext,
    },
    List {
        elts: Vec<Expr>,
        ctx: ExprContext,
    },
    Tuple {
        elts: Vec<Expr>,
        ctx: ExprContext,
    },
    Slice {
        lower: Option<Box<Expr>>,
        upper: Option<Box<Expr>>,
        step: Option<Box<Expr>>,
    },
}

/// The value of a literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    None,
    Bool(bool),
    Ellipsis,
    Int(Int),
    Float(f64),
    /// Parsed literals are imaginary: their real part is 0.
    Complex {
        real: f64,
        imag: f64,
    },
    Str(Wtf8Buf),
    Bytes(Box<[u8]>),
    /// Never parsed; a tree made from Python objects may hold it.
    Tuple(Box<[Constant]>),
    /// Never parsed; a tree made from Python objects may hold it.
    FrozenSet(Box<[Constant]>),
}

/// An integer literal of any size.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Int {
    Small(i64),
    /// Too large for `i64`: the digits without prefix, underscores or leading zeros. Literals
    /// are never negative; a constant made from a Python object may start with `-`.
    Big {
        digits: Box<str>,
        radix: Radix,
    },
}

/// The base of a big integer literal's digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Radix {
    Binary = 2,
    Octal = 8,
    Decimal = 10,
    Hexadecimal = 16,
}

/// The `!r` of a replacement field; the numbers are those `ast` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i8)]
pub enum Conversion {
    None = -1,
    Str = b's' as i8,
    Repr = b'r' as i8,
    Ascii = b'a' as i8,
}

/// How a name, attribute, subscript, star, list or tuple is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExprContext {
    Load,
    Store,
    Del,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoolOp {
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    Add,
    Sub,
    Mult,
    MatMult,
    Div,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
    FloorDiv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Invert,
    Not,
    UAdd,
    USub,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CmpOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}

/// One `for` clause of a comprehension with its `if`s.
#[derive(Clone, Debug, PartialEq)]
pub struct Comprehension {
    pub target: Expr,
    pub iter: Expr,
    pub ifs: Vec<Expr>,
    pub is_async: bool,
}

/// One `except` or `except*` clause.
#[derive(Clone, Debug, PartialEq)]
pub struct ExceptHandler {
    pub span: Span,
    /// The exception type (`type` in `ast`).
    pub typ: Option<Box<Expr>>,
    pub name: Option<Ident>,
    pub body: Vec<Stmt>,
}

/// The parameters of a function.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arguments {
    pub posonlyargs: Vec<Arg>,
    pub args: Vec<Arg>,
    pub vararg: Option<Box<Arg>>,
    pub kwonlyargs: Vec<Arg>,
    /// As long as `kwonlyargs`; `None` where a parameter has no default.
    pub kw_defaults: Vec<Option<Expr>>,
    pub kwarg: Option<Box<Arg>>,
    /// Defaults of the last of `posonlyargs` and `args`.
    pub defaults: Vec<Expr>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    pub span: Span,
    pub arg: Ident,
    pub annotation: Option<Box<Expr>>,
    pub type_comment: Option<Ident>,
}

/// A keyword argument; `arg` is `None` for `**value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyword {
    pub span: Span,
    pub arg: Option<Ident>,
    pub value: Expr,
}

/// One imported name; dotted names are one identifier, `*` is `*`.
#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    pub span: Span,
    pub name: Ident,
    pub asname: Option<Ident>,
}

/// One context manager of a `with`.
#[derive(Clone, Debug, PartialEq)]
pub struct WithItem {
    pub context_expr: Expr,
    pub optional_vars: Option<Box<Expr>>,
}

/// One `case` of a `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchCase {
    pub pattern: Pattern,
    pub guard: Option<Box<Expr>>,
    pub body: Vec<Stmt>,
}

/// A pattern with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    pub span: Span,
    pub kind: PatternKind,
}

/// What a pattern is.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    MatchValue {
        value: Box<Expr>,
    },
    /// `None`, `True` or `False`
    MatchSingleton {
        value: Constant,
    },
    MatchSequence {
        patterns: Vec<Pattern>,
    },
    MatchMapping {
        keys: Vec<Expr>,
        patterns: Vec<Pattern>,
        rest: Option<Ident>,
    },
    MatchClass {
        cls: Box<Expr>,
        patterns: Vec<Pattern>,
        kwd_attrs: Vec<Ident>,
        kwd_patterns: Vec<Pattern>,
    },
    /// `*name`; `None` for `*_`
    MatchStar {
        name: Option<Ident>,
    },
    /// `pattern as name`; both `None` for `_`
    MatchAs {
        pattern: Option<Box<Pattern>>,
        name: Option<Ident>,
    },
    MatchOr {
        patterns: Vec<Pattern>,
    },
}

/// One type parameter with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeParam {
    pub span: Span,
    pub kind: TypeParamKind,
}

/// What a type parameter is.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeParamKind {
    TypeVar { name: Ident, bound: Option<Box<Expr>>, default_value: Option<Box<Expr>> },
    ParamSpec { name: Ident, default_value: Option<Box<Expr>> },
    TypeVarTuple { name: Ident, default_value: Option<Box<Expr>> },
}

/// A `# type: ignore` comment; `tag` is the text after `ignore`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeIgnore {
    pub lineno: u32,
    pub tag: Ident,
}
