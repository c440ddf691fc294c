"""ast, symtable, compile() of trees and of unusual programs."""

import ast
import copy
import pickle
import symtable
import sys
import threading
import warnings
import weakref


def raises(kind, function, *args, **keywords):
    try:
        function(*args, **keywords)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **keywords):
    return str(raises(kind, function, *args, **keywords))


def test_dump():
    tree = ast.parse("def f(a, /, b: int = 1, *c, d=2, **e) -> None:\n    return a + b")
    assert ast.dump(tree) == (
        "Module(body=[FunctionDef(name='f', args=arguments(posonlyargs=[arg(arg='a')], args=[arg(arg='b', "
        "annotation=Name(id='int', ctx=Load()))], vararg=arg(arg='c'), kwonlyargs=[arg(arg='d')], "
        "kw_defaults=[Constant(value=2)], kwarg=arg(arg='e'), defaults=[Constant(value=1)]), "
        "body=[Return(value=BinOp(left=Name(id='a', ctx=Load()), op=Add(), right=Name(id='b', ctx=Load())))], "
        "returns=Constant(value=None))])"
    )
    name = ast.parse("  é + x".strip()).body[0].value.right
    assert (name.lineno, name.col_offset, name.end_lineno, name.end_col_offset) == (1, 5, 1, 6)
    assert ast.dump(ast.parse("(int, *str, **x) -> y", mode="func_type")).startswith("FunctionType(argtypes=[")
    assert ast.dump(ast.parse("x\n", mode="single")) == "Interactive(body=[Expr(value=Name(id='x', ctx=Load()))])"
    assert ast.parse("1j").body[0].value.value == 1j
    assert ast.parse("0x" + "f" * 40).body[0].value.value == 16**40 - 1
    assert ast.parse("'\\ud800'").body[0].value.value == "\ud800"


def test_classes():
    assert ast.Name._fields == ast.Name.__match_args__ == ("id", "ctx")
    assert ast.Name._attributes == ("lineno", "col_offset", "end_lineno", "end_col_offset")
    assert ast.Name.__doc__ == "Name(identifier id, expr_context ctx)"
    assert ast.boolop.__doc__ == "boolop = And | Or"
    assert ast.Name.__mro__ == (ast.Name, ast.expr, ast.AST, object)
    assert ast.FunctionDef._field_types["returns"] == ast.expr | None
    assert ast.FunctionDef.__annotations__["body"] == list[ast.stmt]
    assert ast.Name.__module__ == "ast" and ast.Constant.kind is None
    assert ast.arg.end_lineno is None and not hasattr(ast.pattern, "end_lineno")
    weakref.ref(ast.Name("x"))
    raises(TypeError, weakref.ref, ast.AST())
    node = ast.AST()
    node.anything = 1
    assert node.__dict__ == {"anything": 1}


def caught(function):
    with warnings.catch_warnings(record=True) as log:
        warnings.simplefilter("always")
        value = function()
    return value, sorted(str(entry.message) for entry in log)


def test_construction():
    node = ast.Name("x", lineno=3)
    assert isinstance(node.ctx, ast.Load) and node.lineno == 3 and node.id == "x"
    assert ast.List().elts == [] and ast.Return().value is None
    assert message(TypeError, ast.Name, 1, 2, 3) == "Name constructor takes at most 2 positional arguments"
    assert message(TypeError, ast.AST, 1) == "AST constructor takes at most 0 positional arguments"
    assert message(TypeError, lambda: ast.Name("x", id="y")) == "Name got multiple values for argument 'id'"
    _, log = caught(lambda: ast.Name(foo=1))
    assert log == [
        "Name.__init__ got an unexpected keyword argument 'foo'. Support for arbitrary keyword arguments is deprecated "
        "and will be removed in Python 3.15.",
        "Name.__init__ missing 1 required positional argument: 'id'. This will become an error in Python 3.15.",
    ]

    class Mine(ast.AST):
        _fields = ("a", "b")
        _field_types = {"a": int | None}

    node, log = caught(Mine)
    assert log == ["Field 'b' is missing from Mine._field_types. This will become an error in Python 3.15."]
    assert repr(Mine(1, 2)) == "Mine(a=1, b=2)"


def test_copies():
    tree = ast.parse("x = [1, y, *z]")
    for duplicate in (copy.deepcopy(tree), pickle.loads(pickle.dumps(tree))):
        assert ast.dump(duplicate, include_attributes=True) == ast.dump(tree, include_attributes=True)
    name = ast.Name("a")
    assert copy.replace(name, id="b").id == "b" and name.id == "a"
    assert message(TypeError, lambda: copy.replace(name, nope=1)) == (
        "Name.__replace__ got an unexpected keyword argument 'nope'."
    )
    del name.id
    assert message(TypeError, lambda: copy.replace(name)) == "Name.__replace__ missing 1 keyword argument: 'id'."


def test_repr():
    tree = ast.parse("x = [1, 2, 3]")
    assert repr(tree) == (
        "Module(body=[Assign(targets=[Name(id='x', ctx=Store(...))], value=List(elts=[Constant(...), ..., "
        "Constant(...)], ctx=Load(...)), type_comment=None)], type_ignores=[])"
    )
    assert repr(ast.Load()) == "Load()" and repr(ast.AST()) == "ast.AST()"
    node = ast.Name("x")
    node.id = node
    assert repr(node) == "Name(id=Name(...), ctx=Load())"


def run(tree, mode="exec"):
    names = {}
    exec(compile(ast.fix_missing_locations(tree), "tree", mode), names)
    return names


def test_compile_trees():
    source = "import sys as s\nclass A[T]:\n  x: T\nf = lambda *a, k=1: [i for i in a] if 0 else {**{}}\n"
    source += "match [1, -2, {'k': None}]:\n  case [1, -2 as n, {'k': None, **rest}]: pass\n"
    source += "try: 1/0\nexcept* ZeroDivisionError as e: done = True\nt = f'{n!r:>{5}}'\n"
    names = run(ast.parse(source))
    assert names["n"] == -2 and names["done"] and names["t"] == "   -2" and names["f"]() == {}
    expression = ast.Expression(ast.BinOp(ast.Constant(2**70), ast.Add(), ast.Constant(1 + 2j)))
    assert eval(compile(ast.fix_missing_locations(expression), "", "eval")) == 2**70 + 1 + 2j
    for value in (None, True, ..., -5, 1.5, 3 + 4j, "é\ud800", b"\0", (1, (2, "x")), frozenset({1}), -(10**40)):
        tree = ast.fix_missing_locations(ast.Expression(ast.Constant(value)))
        assert eval(compile(tree, "", "eval")) == value

    class Mine(ast.Name):
        pass

    assert run(ast.Module([ast.Assign([Mine("x", ast.Store())], ast.Constant(1))], []))["x"] == 1
    tree = ast.parse("x")
    again = compile(tree, "", "exec", ast.PyCF_ONLY_AST)
    assert again is not tree and ast.dump(again, include_attributes=True) == ast.dump(tree, include_attributes=True)
    tree = ast.parse("(int) -> str", mode="func_type")
    assert ast.dump(ast.parse(tree, mode="func_type")) == ast.dump(tree)


def refuses(kind, text, node, mode="exec"):
    if isinstance(node, ast.expr):
        node = ast.Expression(node)
        mode = "eval"
    elif isinstance(node, ast.stmt):
        node = ast.Module([node], [])
    found = message(kind, compile, ast.fix_missing_locations(node), "", mode)
    assert found == text, found


def test_malformed_trees():
    warnings.simplefilter("ignore", DeprecationWarning)
    load, store, one = ast.Load(), ast.Store(), ast.Constant(1)
    refuses(TypeError, "expected Module node, got Expression", ast.Expression(one))
    refuses(TypeError, 'required field "value" missing from Expr', ast.Expr())
    refuses(ValueError, "field 'value' is required for Expr", ast.Expr(None))
    refuses(TypeError, "AST identifier must be of type str", ast.Name(5, load))
    refuses(TypeError, 'Tuple field "elts" must be a list, not a tuple', ast.Tuple((), load))
    refuses(TypeError, "got an invalid type in Constant: list", ast.Constant([]))
    refuses(TypeError, 'required field "lineno" missing from expr', ast.Expr(5))
    refuses(ValueError, "expression must have Load context but has Store instead", ast.Name("x", store))
    refuses(ValueError, "expression which can't be assigned to in Store context", ast.Assign([one], one))
    refuses(ValueError, "identifier field can't represent 'None' constant", ast.Name("None", load))
    refuses(ValueError, "empty targets on Assign", ast.Assign([], one))
    refuses(ValueError, "empty body on If", ast.If(one, [], []))
    refuses(ValueError, "None disallowed in expression list", ast.List([None], load))
    refuses(ValueError, "BoolOp with less than 2 values", ast.BoolOp(ast.And(), [one]))
    refuses(ValueError, "Compare with no comparators", ast.Compare(one, [], []))
    refuses(ValueError, "comprehension with no generators", ast.ListComp(one, []))
    refuses(ValueError, "Try has neither except handlers nor finalbody", ast.Try([ast.Pass()], [], [], []))
    refuses(ValueError, "Raise with cause but no exception", ast.Raise(None, one))
    refuses(ValueError, "Negative ImportFrom level", ast.ImportFrom("x", [ast.alias("y")], -1))
    refuses(ValueError, "invalid integer value: 'x'", ast.AnnAssign(ast.Name("x", store), one, None, "x"))
    pattern = ast.MatchStar("x", lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
    refuses(ValueError, "can't use MatchStar here", ast.Match(one, [ast.match_case(pattern, None, [ast.Pass()])]))
    tree = ast.parse("x")
    tree.body[0].value.end_lineno = 0
    assert message(ValueError, compile, tree, "", "exec") == "AST node line range (1, 0) is not valid"


def test_cyclic_and_deep_trees():
    node = ast.UnaryOp(ast.Not(), None, lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
    node.operand = node
    raises(RecursionError, compile, ast.Expression(node), "", "eval")
    items = []
    items.append(ast.List(items, ast.Load(), lineno=1, col_offset=0, end_lineno=1, end_col_offset=0))
    raises(RecursionError, compile, ast.Expression(items[0]), "", "eval")
    node = ast.Constant(1)
    for _ in range(100_000):
        node = ast.UnaryOp(ast.Not(), node, lineno=1, col_offset=0)
    raises(RecursionError, compile, ast.Expression(node), "", "eval")


def test_literal_eval():
    assert ast.literal_eval("  {'a': [1, -2.5, (3+4j)], 'b': {None, b'x', ...}}") == {
        "a": [1, -2.5, 3 + 4j],
        "b": {None, b"x", ...},
    }
    raises(ValueError, ast.literal_eval, "f()")
    raises(SyntaxError, ast.literal_eval, "1 2")
    raises(SyntaxError, ast.literal_eval, "9" * 5000)
    assert ast.literal_eval("0x" + "f" * 5000) == 16**5000 - 1


def test_unparse():
    for source in (
        "def f(a, /, b=1, *c, d, **e) -> int:\n    return (yield (a, *b))",
        "with a as b, (c, d):\n    pass",
        "x = f'{a!r:>{w}}' + t'{b}'",
        "match x:\n    case {'a': [1, *_], **r} | A(b=2) if c:\n        ...",
        "type X[*T, **P] = lambda: (y := 1)",
    ):
        assert ast.unparse(ast.parse(source)) == source


def test_tables():
    table = symtable.symtable("def f(a):\n  global g\n  b = a\n  class C: x = b\n  return lambda: b\n", "?", "exec")
    f = table.get_children()[-1]
    assert (f.get_name(), f.get_type(), f.get_lineno(), f.is_nested()) == ("f", "function", 1, False)
    assert f.get_parameters() == ("a",) and f.get_globals() == ("g",)
    assert set(f.get_locals()) == {"a", "b", "C"} and f.lookup("b").is_local()
    assert [child.get_name() for child in f.get_children()] == ["C", "lambda"]
    assert f.get_children()[1].get_frees() == ("b",)
    used = symtable.symtable("def f(x, k):\n  return [k for k in x]", "?", "exec").get_children()[-1]
    assert not used.lookup("k").is_referenced()
    used = symtable.symtable("def f(x, k):\n  return [k for y in x]", "?", "exec").get_children()[-1]
    assert used.lookup("k").is_referenced()
    assert message(ValueError, symtable.symtable, "x", "?", "nope") == (
        "symtable() arg 3 must be 'exec' or 'eval' or 'single'"
    )
    assert raises(SyntaxError, symtable.symtable, "nonlocal x", "?", "exec").lineno == 1


def test_places_of_errors():
    error = raises(SyntaxError, compile, "x = 'é'; nonlocal y", "no such file", "exec")
    # The compiler knows no text: the offset counts bytes.
    assert (error.lineno, error.offset, error.text, error.end_offset) == (1, 11, None, 21)
    error = raises(SyntaxError, compile, b"# coding: nope\n", "f", "exec")
    assert error.args == ("unknown encoding: nope", ("f", 0, -1, None))
    error = raises(ValueError, compile, "\u1d3aone = 1", "f", "exec")
    assert str(error) == "identifier field can't represent 'None' constant"


def test_warnings_as_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        error = raises(SyntaxError, compile, "x = 1\ny = '\\z'", "f", "exec")
        assert error.args == (
            '"\\z" is an invalid escape sequence. Did you mean "\\\\z"? A raw string is also an option.',
            ("f", 2, 6, "y = '\\z'\n", 2, 8),
        )
        error = raises(SyntaxError, compile, "assert (x, 'message')", "f", "exec")
        assert error.args[1] == ("f", 1, 1, None, 1, 22)
        error = raises(SyntaxError, compile, "0xfor x", "f", "exec")
        assert error.args == ("invalid hexadecimal literal", ("f", 1, 3, "0xfor x", 1, 3))


def test_warnings_before_errors():
    def log(source):
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            raises(SyntaxError, compile, source, "f", "exec")
        return [(str(entry.message)[:4], entry.lineno) for entry in found]

    assert log("'\\e'\nx = f'{y}\\d'\nr'\\z'\n(") == [('"\\e"', 1), ('"\\d"', 2)]
    assert log("b'\\q' = 1") == [('"\\q"', 1)]


def test_type_comments():
    def parsed(source):
        return ast.parse(source, type_comments=True)

    tree = parsed("for x in y: # type: int\n  z = 1 # type: str\nwith a as b: # type: A\n  pass # type: ignore[x]\n")
    loop, block = tree.body
    assert (loop.type_comment, loop.body[0].type_comment, block.type_comment) == ("int", "str", "A")
    assert [(ignore.lineno, ignore.tag) for ignore in tree.type_ignores] == [(4, "[x]")]
    source = "def f(\n  a, # type: int\n  b=1, # type: str\n  *c, # type: A\n  d, # type: B\n  **e # type: C\n):\n"
    function = parsed(source + "  # type: (...) -> None\n  pass").body[0]
    args = function.args
    found = [arg.type_comment for arg in [*args.args, args.vararg, *args.kwonlyargs, args.kwarg]]
    assert found == ["int", "str", "A", "B", "C"] and function.type_comment == "(...) -> None"
    assert parsed("def f(): # type: () -> int\n  pass").body[0].type_comment == "() -> int"
    error = raises(SyntaxError, parsed, "def f(): # type: () -> int\n  # type: () -> str\n  pass")
    assert error.msg == "Cannot have two type comments on def"
    raises(SyntaxError, parsed, "x # type: int")
    raises(SyntaxError, parsed, "x: int = 1 # type: int")
    assert ast.parse("x = 1 # type: int").body[0].type_comment is None


def test_feature_versions():
    for source, minor in (
        ("(x := 1)", 8),
        ("def f(a, /): pass", 8),
        ("async def f(): pass", 5),
        ("x: int = 1", 6),
        ("a @ b", 5),
        ("match x:\n case 1: pass", 10),
        ("try: pass\nexcept* E: pass", 11),
        ("type X = int", 12),
        ("def f[T](): pass", 12),
        ("class A[T = int]: pass", 13),
        ("t'{x}'", 14),
        ("try: pass\nexcept A, B: pass", 14),
        ("1_000", 6),
    ):
        ast.parse(source, feature_version=(3, minor))
        error = raises(SyntaxError, ast.parse, source, feature_version=(3, minor - 1))
        assert error.msg.endswith(f"only supported in Python 3.{minor} and greater"), error.msg


def test_signatures():
    for source in ("() -> x", "(a, *b, **c) -> x", "(**c) -> x"):
        ast.parse(source, mode="func_type")
    for source in ("(*a, b) -> x", "(*a, *b) -> x", "(**a, b) -> x", "(**a, **b) -> x", "(a,) -> x", "(a=1) -> x"):
        raises(SyntaxError, ast.parse, source, mode="func_type")


def test_single_statements():
    for source in ("if x:\n pass", "x", "def f():\n  if y:\n    pass", "if x:\n  pass\n\n"):
        compile(source, "", "single")
    incomplete = 0x200 | 0x4000
    for source in ("def f():\n  pass", "def f():"):
        assert type(raises(SyntaxError, compile, source, "", "single", incomplete)).__name__ == "_IncompleteInputError"
    compile("def f():\n  pass\n", "", "single", incomplete)
    for source in ("if x: pass", "class A: pass", "@x\nclass A: pass", "x\ny", "if x:\n pass\ny"):
        raises(SyntaxError, compile, source, "", "single")


def test_inequality_of_barry():
    flag = __import__("__future__").CO_FUTURE_BARRY_AS_BDFL
    assert eval(compile("2 <> 3", "", "eval", flag)) is True
    error = raises(SyntaxError, compile, "2 != 3", "", "eval", flag)
    assert error.msg == "with Barry as BDFL, use '<>' instead of '!='"
    exec("from __future__ import barry_as_FLUFL; assert 2 <> 3 and not 2 <> 2")
    raises(SyntaxError, eval, "2 <> 3")


def test_digit_limit():
    before = sys.get_int_max_str_digits()
    error = raises(SyntaxError, compile, "x = " + "1" * 5000, "f", "exec")
    assert error.msg.startswith("Exceeds the limit (4300 digits)") and error.offset == 0
    try:
        sys.set_int_max_str_digits(0)
        assert eval("1" * 5000) == int("1" * 5000)
    finally:
        sys.set_int_max_str_digits(before)


def test_optimized_trees():
    def optimized(source, level=1):
        return ast.dump(ast.parse(source, optimize=level).body[0])

    assert optimized("'%s|%-5r' % (a, b)") == (
        "Expr(value=JoinedStr(values=[FormattedValue(value=Name(id='a', ctx=Load()), conversion=115), "
        "Constant(value='|'), FormattedValue(value=Name(id='b', ctx=Load()), conversion=114, "
        "format_spec=Constant(value='5'))]))"
    )
    assert optimized("__debug__") == "Expr(value=Constant(value=False))"
    assert "value=Constant(value=(-1+2j))" in optimized("match x:\n case -1+2j: pass")
    assert optimized("class A:\n 'doc'", 2) == "ClassDef(name='A', body=[Pass()])"
    only = ast.parse("class A:\n    'doc'", optimize=2).body[0].body[0]
    assert vars(only) == {"lineno": 2, "col_offset": 4, "end_lineno": 2, "end_col_offset": 8}
    assert optimized("'doc'\nx", 2) == "Expr(value=Name(id='x', ctx=Load()))"
    assert optimized("1 + 1") == "Expr(value=BinOp(left=Constant(value=1), op=Add(), right=Constant(value=1)))"


def test_threads_with_small_stacks():
    problems = []

    def work():
        for source in ("-" * 90_000 + "1", "(" * 100_000, "x" + ".a" * 50_000, "x = " + "1 if x else " * 30_000 + "2"):
            try:
                compile(source, "", "exec")
            except (SyntaxError, RecursionError, MemoryError):
                pass
            except BaseException as error:
                problems.append(error)

    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert not problems


for name, function in list(globals().items()):
    if name.startswith("test_"):
        function()
print("ok")
