//! The abstract grammar as data: which node classes there are, and their fields.
//!
//! One table in the notation of the `ast` module's documentation; classes, docstrings, field types and attributes are all made from
//! it. A line starts a type; `|` separates the classes of a sum type; what stands in parentheses alone is a type with one class.

/// The grammar. A type's attributes follow its classes after `@`.
const GRAMMAR: &str = "
mod = Module(stmt* body, type_ignore* type_ignores)
    | Interactive(stmt* body)
    | Expression(expr body)
    | FunctionType(expr* argtypes, expr returns)
stmt = FunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, \
       type_param* type_params)
     | AsyncFunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, \
       type_param* type_params)
     | ClassDef(identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params)
     | Return(expr? value)
     | Delete(expr* targets)
     | Assign(expr* targets, expr value, string? type_comment)
     | TypeAlias(expr name, type_param* type_params, expr value)
     | AugAssign(expr target, operator op, expr value)
     | AnnAssign(expr target, expr annotation, expr? value, int simple)
     | For(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)
     | AsyncFor(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)
     | While(expr test, stmt* body, stmt* orelse)
     | If(expr test, stmt* body, stmt* orelse)
     | With(withitem* items, stmt* body, string? type_comment)
     | AsyncWith(withitem* items, stmt* body, string? type_comment)
     | Match(expr subject, match_case* cases)
     | Raise(expr? exc, expr? cause)
     | Try(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)
     | TryStar(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)
     | Assert(expr test, expr? msg)
     | Import(alias* names)
     | ImportFrom(identifier? module, alias* names, int? level)
     | Global(identifier* names)
     | Nonlocal(identifier* names)
     | Expr(expr value)
     | Pass
     | Break
     | Continue
     @
expr = BoolOp(boolop op, expr* values)
     | NamedExpr(expr target, expr value)
     | BinOp(expr left, operator op, expr right)
     | UnaryOp(unaryop op, expr operand)
     | Lambda(arguments args, expr body)
     | IfExp(expr test, expr body, expr orelse)
     | Dict(expr?* keys, expr* values)
     | Set(expr* elts)
     | ListComp(expr elt, comprehension* generators)
     | SetComp(expr elt, comprehension* generators)
     | DictComp(expr key, expr value, comprehension* generators)
     | GeneratorExp(expr elt, comprehension* generators)
     | Await(expr value)
     | Yield(expr? value)
     | YieldFrom(expr value)
     | Compare(expr left, cmpop* ops, expr* comparators)
     | Call(expr func, expr* args, keyword* keywords)
     | FormattedValue(expr value, int conversion, expr? format_spec)
     | Interpolation(expr value, constant str, int conversion, expr? format_spec)
     | JoinedStr(expr* values)
     | TemplateStr(expr* values)
     | Constant(constant value, string? kind)
     | Attribute(expr value, identifier attr, expr_context ctx)
     | Subscript(expr value, expr slice, expr_context ctx)
     | Starred(expr value, expr_context ctx)
     | Name(identifier id, expr_context ctx)
     | List(expr* elts, expr_context ctx)
     | Tuple(expr* elts, expr_context ctx)
     | Slice(expr? lower, expr? upper, expr? step)
     @
expr_context = Load | Store | Del
boolop = And | Or
operator = Add | Sub | Mult | MatMult | Div | Mod | Pow | LShift | RShift | BitOr | BitXor | BitAnd | FloorDiv
unaryop = Invert | Not | UAdd | USub
cmpop = Eq | NotEq | Lt | LtE | Gt | GtE | Is | IsNot | In | NotIn
comprehension(expr target, expr iter, expr* ifs, int is_async)
excepthandler = ExceptHandler(expr? type, identifier? name, stmt* body) @
arguments(arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults)
arg(identifier arg, expr? annotation, string? type_comment) @
keyword(identifier? arg, expr value) @
alias(identifier name, identifier? asname) @
withitem(expr context_expr, expr? optional_vars)
match_case(pattern pattern, expr? guard, stmt* body)
pattern = MatchValue(expr value)
        | MatchSingleton(constant value)
        | MatchSequence(pattern* patterns)
        | MatchMapping(expr* keys, pattern* patterns, identifier? rest)
        | MatchClass(expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns)
        | MatchStar(identifier? name)
        | MatchAs(pattern? pattern, identifier? name)
        | MatchOr(pattern* patterns)
        @!
type_ignore = TypeIgnore(int lineno, string tag)
type_param = TypeVar(identifier name, expr? bound, expr? default_value)
           | ParamSpec(identifier name, expr? default_value)
           | TypeVarTuple(identifier name, expr? default_value)
           @!
";

/// How often a field occurs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Count {
    One,
    Optional,
    Many,
}

/// A field of a node class.
#[derive(Debug)]
pub(crate) struct Field {
    pub name: &'static str,
    /// A type of the grammar, or `identifier`, `string`, `int`, `constant`.
    pub kind: &'static str,
    pub count: Count,
}

/// A node class.
#[derive(Debug)]
pub(crate) struct Class {
    pub name: &'static str,
    /// The sum type it belongs to; `None` for sum types themselves and for types with one class.
    pub base: Option<&'static str>,
    /// A sum type has no fields of its own.
    pub is_sum: bool,
    pub fields: Vec<Field>,
    pub attributes: Attributes,
    pub doc: String,
}

/// The place that nodes of a type have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Attributes {
    None,
    /// The end may be left out.
    OptionalEnd,
    All,
}

/// The names of the place's attributes.
pub(crate) const PLACE: [&str; 4] = ["lineno", "col_offset", "end_lineno", "end_col_offset"];

/// All classes, a sum type before its classes.
pub(crate) fn classes() -> Vec<Class> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in GRAMMAR.split_inclusive('\n') {
        if line.starts_with(|c: char| c.is_ascii_lowercase()) {
            starts.push(at);
        }
        at += line.len();
    }
    let mut classes = Vec::new();
    for (i, start) in starts.iter().enumerate() {
        let end = starts.get(i + 1).copied().unwrap_or(GRAMMAR.len());
        read_type(&GRAMMAR[*start..end], &mut classes);
    }
    classes
}

fn read_type(text: &'static str, classes: &mut Vec<Class>) {
    let (text, attributes) = match text.split_once('@') {
        Some((text, "!\n")) => (text, Attributes::All),
        Some((text, _)) => (text, Attributes::OptionalEnd),
        None => (text, Attributes::None),
    };
    let Some((name, sum)) = text.split_once('=') else {
        classes.push(read_class(text, None, attributes));
        return;
    };
    let name = name.trim();
    let first = classes.len();
    classes.push(Class { name, base: None, is_sum: true, fields: Vec::new(), attributes, doc: String::new() });
    for class in sum.split('|') {
        classes.push(read_class(class, Some(name), attributes));
    }
    let members: Vec<&str> = classes[first + 1..].iter().map(|class| class.doc.as_str()).collect();
    // Classes with fields stand on a line each.
    let separator = if classes[first + 1..].iter().all(|class| class.fields.is_empty()) {
        " | ".to_string()
    } else {
        format!("\n{} | ", " ".repeat(name.len()))
    };
    classes[first].doc = format!("{name} = {}", members.join(&separator));
}

fn read_class(text: &'static str, base: Option<&'static str>, attributes: Attributes) -> Class {
    let (name, fields) = text.trim().trim_end_matches(')').split_once('(').unwrap_or((text.trim(), ""));
    let mut read = Vec::new();
    for field in fields.split(',').filter(|field| !field.trim().is_empty()) {
        let (kind, name) = field.trim().split_once(' ').unwrap_or((field, ""));
        let count = match kind.as_bytes().last() {
            Some(b'*') => Count::Many,
            Some(b'?') => Count::Optional,
            _ => Count::One,
        };
        read.push(Field { name, kind: kind.trim_end_matches(['*', '?']), count });
    }
    let shown: Vec<&str> = fields.split(',').map(str::trim).collect();
    let doc = if read.is_empty() { name.to_string() } else { format!("{name}({})", shown.join(", ")) };
    Class { name, base, is_sum: false, fields: read, attributes, doc }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let classes = classes();
        let find = |name: &str| classes.iter().find(|class| class.name == name).unwrap();
        assert_eq!(find("Name").doc, "Name(identifier id, expr_context ctx)");
        assert_eq!(find("Name").attributes, Attributes::OptionalEnd);
        assert_eq!(find("boolop").doc, "boolop = And | Or");
        assert_eq!(find("type_ignore").doc, "type_ignore = TypeIgnore(int lineno, string tag)");
        assert!(find("mod").doc.starts_with("mod = Module(stmt* body, type_ignore* type_ignores)\n    | Interactive("));
        assert_eq!(find("Dict").fields[0].count, Count::Many);
        assert_eq!(find("MatchAs").attributes, Attributes::All);
        assert_eq!(classes.iter().filter(|class| class.is_sum).count(), 12);
    }
}
