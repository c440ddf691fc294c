"""Closures, scopes, nonlocal, global, del, exec and eval, locals and frames."""

import sys


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


GLOBAL = "global"


def test_closures():
    def counter():
        n = 0

        def step(by=1):
            nonlocal n
            n += by
            return n

        return step

    a, b = counter(), counter()
    assert (a(), a(), b(), a(5)) == (1, 2, 1, 7) and a.__closure__[0].cell_contents == 7 and a.__code__.co_freevars == ("n",) and counter.__code__.co_cellvars == ("n",)
    functions = [lambda: i for i in range(3)]
    assert [f() for f in functions] == [2, 2, 2]
    functions = [lambda i=i: i for i in range(3)]
    assert [f() for f in functions] == [0, 1, 2]

    def late():
        def inner():
            return value
        value = 5
        return inner()

    assert late() == 5

    def unbound():
        def inner():
            return value
        inner()
        value = 1

    assert message(NameError, unbound) == "cannot access free variable 'value' where it is not associated with a value in enclosing scope"

    def three():
        x = 1

        def middle():
            def inner():
                nonlocal x
                x += 1
                return x
            return inner
        return middle()() + x

    assert three() == 4


def test_unbound_local():
    def early():
        x
        x = 1

    def deleted():
        x = 1
        del x
        return x

    def branch(flag):
        if flag:
            y = 1
        return y

    assert message(UnboundLocalError, early) == "cannot access local variable 'x' where it is not associated with a value" and raises(UnboundLocalError, deleted) and branch(True) == 1 and raises(UnboundLocalError, branch, False).name is None and message(NameError, lambda: undefined_name) == "name 'undefined_name' is not defined" and raises(NameError, lambda: undefined_name).name == "undefined_name"

    def delete_unbound():
        del z
        z = 1

    assert raises(UnboundLocalError, delete_unbound)

    def loop():
        for i in []:
            pass
        return i

    assert raises(UnboundLocalError, loop)

    def handler():
        try:
            raise ValueError
        except ValueError as error:
            pass
        return error

    assert raises(UnboundLocalError, handler)


def test_global():
    def change():
        global GLOBAL, FRESH
        GLOBAL = "changed"
        FRESH = 1

    change()
    assert GLOBAL == "changed" and FRESH == 1
    globals()["DYNAMIC"] = 5
    assert DYNAMIC == 5
    del globals()["DYNAMIC"]
    assert raises(NameError, lambda: DYNAMIC)

    def remove():
        global FRESH
        del FRESH

    remove()
    assert raises(NameError, remove) and "FRESH" not in globals()


def test_shadowing_builtins():
    def shadow():
        len = lambda x: "shadowed"
        return len([])

    assert shadow() == "shadowed" and len([]) == 0
    globals()["len"] = lambda x: "global"
    try:
        assert len([]) == "global"
    finally:
        del globals()["len"]
    assert len([]) == 0
    import builtins
    builtins.injected = 7
    assert injected == 7
    del builtins.injected
    assert raises(NameError, lambda: injected)


def test_class_scope():
    x = "function"

    class C:
        x = "class"
        z = x
        method_sees = lambda self: x
        items = [i for i in range(3)]
        first = [x for _ in range(1)]

    assert C.z == "class" and C().method_sees() == "function" and C.items == [0, 1, 2]

    class D:
        nonlocal x
        x = "rebound"

    assert x == "rebound" and not hasattr(D, "x")

    def free():
        v = 1

        class E:
            before = v
            w = v + 1

            def get(self):
                return v

        v = 10
        return E.before, E.w, E().get()

    assert free() == (1, 2, 10)

    class F:
        a = 5
        c = {k: v for k, v in [(1, 2)]}

    assert F.c == {1: 2}

    def comp_in_class():
        class G:
            n = 3
            total = sum(i for i in range(n))
        return G.total

    assert comp_in_class() == 3


def test_comprehension_scope():
    i = "outer"
    assert [i for i in range(3)] == [0, 1, 2] and i == "outer" and {i: i for i in "a"} == {"a": "a"} and i == "outer"
    fs = [lambda: i for i in range(3)]
    assert fs[0]() == 2 and i == "outer"
    total = 0
    partial = [total := total + v for v in range(5)]
    assert partial == [0, 1, 3, 6, 10] and total == 10
    assert [y for x in range(3) if (y := x * 2) > 1] == [2, 4] and y == 4
    assert [[i * j for j in range(3)] for i in range(2)] == [[0, 0, 0], [0, 1, 2]]
    assert [x for x in [1, 2, 3] if x != 2 if x != 3] == [1] and {x % 3 for x in range(9)} == {0, 1, 2} and {k: v for v, k in enumerate("ab")} == {"a": 0, "b": 1} and [a for a, *b in [(1, 2, 3)]] == [1] and [*(x for x in "ab")] == ["a", "b"]

    def raising():
        return [1 // x for x in (1, 0)]

    assert raises(ZeroDivisionError, raising)

    def comprehension_error_restores():
        x = "kept"
        try:
            [1 // x for x in (1, 0)]
        except ZeroDivisionError:
            pass
        return x

    assert comprehension_error_restores() == "kept"


def test_walrus():
    if (n := len("abc")) > 2:
        assert n == 3
    data = iter([1, 2, 0, 3])
    got = []
    while (v := next(data)):
        got.append(v)
    assert got == [1, 2] and (lambda: (a := 5) + a)() == 10 and [b := 1, b + 1] == [1, 2] and f"{(c := 3)}" == "3"


def test_exec_eval():
    assert eval("1 + 2") == 3 and eval("x + 1", {"x": 5}) == 6 and eval("x + y", {"x": 1}, {"y": 2}) == 3 and eval(" \t1") == 1 and eval(compile("2 * 3", "f", "eval")) == 6 and eval(b"1") == 1
    space = {}
    exec("def f(a):\n    return a + b\nb = 10", space)
    assert space["f"](1) == 11 and "__builtins__" in space and exec("pass") is None
    local = {}
    exec("x = 1\ny = [x for _ in range(2)]", {}, local)
    assert local["x"] == 1
    exec("global g\ng = 1", space, local)
    assert space["g"] == 1 and "g" not in local
    code = compile("a = 1\nb = a + 1", "<mem>", "exec")
    names = {}
    exec(code, names)
    assert names["b"] == 2 and code.co_filename == "<mem>" and code.co_name == "<module>"
    assert raises(SyntaxError, eval, "x = 1") and message(NameError, eval, "nope", {}) == "name 'nope' is not defined" and message(TypeError, eval, 5) == "eval() arg 1 must be a string, bytes or code object" and message(TypeError, eval, "1", 5) == "globals must be a dict"

    class Space(dict):
        def __missing__(self, key):
            return key.upper()

    assert eval("abc", {}, Space()) == "ABC"

    def closure():
        x = 1

        def inner():
            return x

        return inner

    assert message(TypeError, exec, closure().__code__) == "code object requires a closure of exactly length 1" and eval("__name__", {"__name__": "n"}) == "n"


def test_locals():
    def function(a, b=2):
        c = a + b
        snapshot = locals()
        snapshot["a"] = "changed"
        snapshot["new"] = 1
        return a, sorted(snapshot), locals() is not locals()

    assert function(1) == (1, ["a", "b", "c", "new"], True)

    def frame_proxy():
        x = 1
        frame = sys._getframe()
        frame.f_locals["x"] = 2
        frame.f_locals["extra"] = 3
        keys = list(frame.f_locals)
        return x, frame.f_locals["extra"], keys[0], len(frame.f_locals) == len(keys)

    assert frame_proxy() == (2, 3, "x", False)

    def with_cells():
        y = 1

        def inner():
            return y

        sys._getframe().f_locals["y"] = 9
        return inner(), type(sys._getframe().f_locals).__name__

    assert with_cells() == (9, "FrameLocalsProxy")

    def exec_in_function():
        x = 1
        exec("x = 2")
        return x, eval("x"), [eval("x") for _ in range(1)]

    assert exec_in_function() == (1, 1, [1])

    class C:
        a = 1
        names = sorted(n for n in locals() if not n.startswith("__"))

    assert "a" in C.__dict__ and vars(C)["a"] == 1
    assert locals() is not globals() and raises(NameError, eval, "undefined_here") and "test_locals" in globals()

    def dir_and_vars():
        b, a = 1, 2
        return dir(), vars()

    assert dir_and_vars() == (["a", "b"], {"b": 1, "a": 2})


def test_frames():
    def inner():
        return sys._getframe(1)

    def outer():
        return inner()

    frame = outer()
    assert frame.f_code is outer.__code__ and frame.f_globals is globals() and frame.f_lineno == outer.__code__.co_firstlineno + 1
    assert sys._getframe().f_code.co_name == "test_frames" and sys._getframe().f_builtins["len"] is len and message(ValueError, sys._getframe, 10000) == "call stack is not deep enough"


def test_del():
    a = [1, 2, 3]
    b = {"k": 1}
    del a[0], b["k"]
    assert a == [2, 3] and b == {}

    class C:
        pass

    c = C()
    c.x = 1
    del c.x
    assert not hasattr(c, "x")
    x = y = 1
    del (x, y)
    assert "x" not in locals() and "y" not in locals()


def test_syntax_errors():
    for text, problem in (("def f():\n x = 1\n global x", "name 'x' is assigned to before global declaration"), ("def f():\n nonlocal x", "no binding for nonlocal 'x' found"), ("nonlocal x", "nonlocal declaration not allowed at module level"), ("def f(a, a): pass", "duplicate argument 'a' in function definition"), ("def f(a):\n global a", "name 'a' is parameter and global"),
                          ("def f():\n print(x)\n global x", "name 'x' is used prior to global declaration"), ("f() = 1", "cannot assign to function call here. Maybe you meant '==' instead of '='?"), ("None = 1", "cannot assign to None"), ("x + 1 = 2", "cannot assign to expression here. Maybe you meant '==' instead of '='?"), ("del f()", "cannot delete function call"), ("(a := 1) = 2", "cannot assign to named expression here. Maybe you meant '==' instead of '='?"),
                          ("break", "'break' outside loop"), ("continue", "'continue' not properly in loop"), ("a, *b, *c = x", "multiple starred expressions in assignment"), ("*a = x", "starred assignment target must be in a list or tuple"), ("[x for x in y if (x := 1)]", "assignment expression cannot rebind comprehension iteration variable 'x'"), ("if x:\npass", "expected an indented block after 'if' statement on line 1"), ("x = (1", "'(' was never closed"), ("x = 1)", "unmatched ')'"), ("  x", "unexpected indent"), ("if 1:\n  a\n b", "unindent does not match any outer indentation level"), ("'abc", "unterminated string literal (detected at line 1)"), ("def f(a=1, b): pass", "parameter without a default follows parameter with a default"), ("f(a=1, 2)", "positional argument follows keyword argument"), ("f(a=1, a=2)", "keyword argument repeated: a"), ("x = ", "invalid syntax"), ("if x = 1: pass", "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"), ("print 1", "Missing parentheses in call to 'print'. Did you mean print(...)?"), ("1x", "invalid decimal literal"), ("0777", "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers"), ("a b", "invalid syntax"), ("import a.b as", "invalid syntax"), ("from x import *, y", "invalid syntax"), ("class C:\n def f(self): return\n  x", "unexpected indent")):
        error = raises(SyntaxError, compile, text, "x", "exec")
        assert error.msg == problem, (text, error.msg)


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
