"""The classes of syntax tree nodes, and trees from the parser's dump.

The names, fields and attributes are those of the abstract grammar in the documentation of `ast`.
`compile(..., PyCF_ONLY_AST)` calls `_build` with the text that the parser gives for a tree; `_source` gives the
program text of a tree, for compiling one.
"""

PyCF_ONLY_AST = 0x400
PyCF_TYPE_COMMENTS = 0x1000
PyCF_ALLOW_TOP_LEVEL_AWAIT = 0x2000
PyCF_OPTIMIZED_AST = 0x8400

_PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")

# A base with its attributes, then its nodes. `*` marks lists, `?` what may be absent.
_GRAMMAR = {
    "mod": ((), """
        Module(stmt* body, type_ignore* type_ignores)
        Interactive(stmt* body)
        Expression(expr body)
        FunctionType(expr* argtypes, expr returns)"""),
    "stmt": (_PLACE, """
        FunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params)
        AsyncFunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params)
        ClassDef(identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params)
        Return(expr? value)
        Delete(expr* targets)
        Assign(expr* targets, expr value, string? type_comment)
        TypeAlias(expr name, type_param* type_params, expr value)
        AugAssign(expr target, operator op, expr value)
        AnnAssign(expr target, expr annotation, expr? value, int simple)
        For(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)
        AsyncFor(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)
        While(expr test, stmt* body, stmt* orelse)
        If(expr test, stmt* body, stmt* orelse)
        With(withitem* items, stmt* body, string? type_comment)
        AsyncWith(withitem* items, stmt* body, string? type_comment)
        Match(expr subject, match_case* cases)
        Raise(expr? exc, expr? cause)
        Try(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)
        TryStar(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)
        Assert(expr test, expr? msg)
        Import(alias* names)
        ImportFrom(identifier? module, alias* names, int? level)
        Global(identifier* names)
        Nonlocal(identifier* names)
        Expr(expr value)
        Pass
        Break
        Continue"""),
    "expr": (_PLACE, """
        BoolOp(boolop op, expr* values)
        NamedExpr(expr target, expr value)
        BinOp(expr left, operator op, expr right)
        UnaryOp(unaryop op, expr operand)
        Lambda(arguments args, expr body)
        IfExp(expr test, expr body, expr orelse)
        Dict(expr?* keys, expr* values)
        Set(expr* elts)
        ListComp(expr elt, comprehension* generators)
        SetComp(expr elt, comprehension* generators)
        DictComp(expr key, expr value, comprehension* generators)
        GeneratorExp(expr elt, comprehension* generators)
        Await(expr value)
        Yield(expr? value)
        YieldFrom(expr value)
        Compare(expr left, cmpop* ops, expr* comparators)
        Call(expr func, expr* args, keyword* keywords)
        FormattedValue(expr value, int conversion, expr? format_spec)
        Interpolation(expr value, constant str, int conversion, expr? format_spec)
        JoinedStr(expr* values)
        TemplateStr(expr* values)
        Constant(constant value, string? kind)
        Attribute(expr value, identifier attr, expr_context ctx)
        Subscript(expr value, expr slice, expr_context ctx)
        Starred(expr value, expr_context ctx)
        Name(identifier id, expr_context ctx)
        List(expr* elts, expr_context ctx)
        Tuple(expr* elts, expr_context ctx)
        Slice(expr? lower, expr? upper, expr? step)"""),
    "expr_context": ((), "Load Store Del"),
    "boolop": ((), "And Or"),
    "operator": ((), "Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv"),
    "unaryop": ((), "Invert Not UAdd USub"),
    "cmpop": ((), "Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn"),
    "comprehension(expr target, expr iter, expr* ifs, int is_async)": ((), ""),
    "excepthandler": (_PLACE, """
        ExceptHandler(expr? type, identifier? name, stmt* body)"""),
    "arguments(arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults)": ((), ""),
    "arg(identifier arg, expr? annotation, string? type_comment)": (_PLACE, ""),
    "keyword(identifier? arg, expr value)": (_PLACE, ""),
    "alias(identifier name, identifier? asname)": (_PLACE, ""),
    "withitem(expr context_expr, expr? optional_vars)": ((), ""),
    "match_case(pattern pattern, expr? guard, stmt* body)": ((), ""),
    "pattern": (_PLACE, """
        MatchValue(expr value)
        MatchSingleton(constant value)
        MatchSequence(pattern* patterns)
        MatchMapping(expr* keys, pattern* patterns, identifier? rest)
        MatchClass(expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns)
        MatchStar(identifier? name)
        MatchAs(pattern? pattern, identifier? name)
        MatchOr(pattern* patterns)"""),
    "type_ignore": ((), """
        TypeIgnore(int lineno, string tag)"""),
    "type_param": (_PLACE, """
        TypeVar(identifier name, expr? bound, expr? default_value)
        ParamSpec(identifier name, expr? default_value)
        TypeVarTuple(identifier name, expr? default_value)"""),
}


def _deprecated(message):
    import warnings
    warnings.warn(message, DeprecationWarning, stacklevel=3)


def _missing(cls, field):
    """The value of a field that was not given; `_missing` itself if there is none."""
    kind = cls._kinds.get(field)
    if kind is None:
        return _missing
    if kind.endswith("*"):
        return []
    if kind == "expr_context":
        return _load
    return None if kind.endswith("?") else _missing


class AST:
    _fields = ()
    _attributes = ()
    _field_types = {}
    _kinds = {}
    __match_args__ = ()

    def __init__(self, *args, **kwargs):
        cls = type(self)
        fields = cls._fields
        if len(args) > len(fields):
            plural = "" if len(fields) == 1 else "s"
            raise TypeError(f"{cls.__name__} constructor takes at most {len(fields)} positional argument{plural}")
        for field, value in zip(fields, args):
            setattr(self, field, value)
        given = fields[:len(args)]
        for name, value in kwargs.items():
            if name in given:
                raise TypeError(f"{cls.__name__} got multiple values for argument {name!r}")
            if name not in fields and name not in cls._attributes:
                _deprecated(f"{cls.__name__}.__init__ got an unexpected keyword argument {name!r}. Support for "
                            "arbitrary keyword arguments is deprecated and will be removed in Python 3.15.")
            setattr(self, name, value)
        for field in fields[len(args):]:
            if field in kwargs:
                continue
            value = _missing(cls, field)
            if value is not _missing:
                if value is not None:
                    setattr(self, field, value)
            elif field in cls._kinds:
                _deprecated(f"{cls.__name__}.__init__ missing 1 required positional argument: {field!r}. "
                            "This will become an error in Python 3.15.")

    def __reduce__(self):
        given = []
        state = dict(self.__dict__)
        for field in type(self)._fields:
            if field not in state:
                break
            given.append(None)
        return type(self), tuple(given), state

    def __replace__(self, /, **changes):
        cls = type(self)
        expected = set(cls._fields) | set(cls._attributes)
        for name in changes:
            if name not in expected:
                raise TypeError(f"{cls.__name__}.__replace__ got an unexpected keyword argument {name!r}.")
        state = {**self.__dict__, **changes}
        absent = [f for f in cls._fields if f not in state and not hasattr(cls, f)]
        if absent:
            names = ", ".join(map(repr, absent))
            plural = "" if len(absent) == 1 else "s"
            raise TypeError(f"{cls.__name__}.__replace__ missing {len(absent)} keyword argument{plural}: {names}.")
        return cls(**state)

    def __repr__(self):
        return _shown(self, 3)


def _shown(node, depth):
    cls = type(node)
    if depth <= 0:
        return f"{cls.__name__}(...)"
    parts = []
    for field in cls._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            if len(value) > 2:
                inner = f"{_item(value[0], depth)}, ..., {_item(value[-1], depth)}"
            else:
                inner = ", ".join(_item(v, depth) for v in value)
            text = f"[{inner}]"
        else:
            text = _item(value, depth)
        parts.append(f"{field}={text}")
    return f"{cls.__name__}({', '.join(parts)})"


def _item(value, depth):
    if isinstance(value, AST):
        return _shown(value, depth - 1)
    return repr(value)


def _define(signature, base, attributes, doc=None):
    name, _, inside = signature.partition("(")
    kinds = {}
    for field in inside.rstrip(")").split(", "):
        if field:
            kind, field = field.split(" ")
            kinds[field] = kind
    fields = tuple(kinds)
    space = {
        "__module__": "ast",
        "__doc__": doc or signature,
        "_fields": fields,
        "__match_args__": fields,
        "_kinds": kinds,
    }
    if attributes is not None:
        space["_attributes"] = attributes
        if attributes:
            space["end_lineno"] = space["end_col_offset"] = None
    space.update((field, None) for field, kind in kinds.items() if kind.endswith("?"))
    cls = type(name, (base,), space)
    globals()[name] = cls
    return cls


def _type_of(kind):
    import_names = {"identifier": str, "string": str, "int": int, "constant": object}
    plain = kind.rstrip("?*")
    found = import_names.get(plain) or globals()[plain]
    if kind.endswith("*"):
        return list[found]
    return found | None if kind.endswith("?") else found


def _define_all():
    made = []
    for head, (attributes, nodes) in _GRAMMAR.items():
        signatures = [line.strip() for line in nodes.split("\n" if "\n" in nodes else None) if line.strip()]
        doc = f"{head} = {' | '.join(signatures)}" if signatures else head
        base = _define(head, AST, attributes, doc)
        made.append(base)
        made.extend(_define(signature, base, None) for signature in signatures)
    for cls in made:
        cls._field_types = {field: _type_of(kind) for field, kind in cls._kinds.items()}
        cls.__annotations__ = cls._field_types


AST.__module__ = "ast"
_load = None
_define_all()
_load = Load()


def _builder(cls):
    if not cls._fields and not cls._attributes:
        single = _load if cls is Load else cls()
        return lambda: single
    lists = [(f, k) for f, k in cls._kinds.items() if k.endswith("*")]
    new = cls.__new__
    optional = [f for f, k in cls._kinds.items() if k.endswith("?")]

    def build(**fields):
        for field, _ in lists:
            if field not in fields:
                fields[field] = []
        for field in optional:
            fields.setdefault(field, None)
        node = new(cls)
        place = {name: fields[name] for name in cls._fields if name in fields}
        place.update(fields)
        node.__dict__.update(place)
        return node

    return build


_builders = {}


def _float(bits):
    import struct
    return struct.unpack("<d", bits.to_bytes(8, "little"))[0]


def _build(dump):
    """The tree that the parser describes."""
    if not _builders:
        for cls in list(globals().values()):
            if isinstance(cls, type) and issubclass(cls, AST) and cls is not AST:
                _builders[cls.__name__] = _builder(cls)
        _builders["float"] = _float
        _builders["complex"] = lambda bits: complex(0.0, _float(bits))
    return eval(dump, _builders)


def _source(tree):
    """The program text of a tree."""
    from ast import unparse, fix_missing_locations
    return unparse(fix_missing_locations(tree))
