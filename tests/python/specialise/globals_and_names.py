"""Globals and built-ins that are rebound, deleted or shadowed while the code is hot."""

import builtins


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


N = 3000
value = 1


def read():
    return value


def warm(function, *arguments):
    for _ in range(N):
        result = function(*arguments)
    return result


def test_rebinding():
    global value
    assert warm(read) == 1
    value = 2
    assert read() == 2
    value = "text"
    assert warm(read) == "text"
    del value
    assert message(NameError, read) == "name 'value' is not defined"
    builtins.value = "built in"
    assert warm(read) == "built in"
    value = 3
    assert read() == 3
    del builtins.value
    assert warm(read) == 3
    globals()["value"] = 4
    assert read() == 4
    globals().update(value=5)
    assert read() == 5
    globals().pop("value")
    assert raises(NameError, read)
    globals().setdefault("value", 6)
    assert warm(read) == 6
    exec("value = 7", globals())
    assert read() == 7


def test_builtins():
    def use():
        return abs(-5)

    assert warm(use) == 5
    globals()["abs"] = lambda x: "global"
    assert use() == "global"
    del globals()["abs"]
    assert warm(use) == 5
    original = builtins.abs
    builtins.abs = lambda x: "replaced"
    try:
        assert use() == "replaced"
    finally:
        builtins.abs = original
    assert use() == 5


def test_many_new_globals():
    warm(read)
    for i in range(500):
        globals()[f"new_{i}"] = i
        assert read() == 7
    for i in range(500):
        del globals()[f"new_{i}"]
    assert warm(read) == 7


def test_changes_inside_a_loop():
    global value
    seen = []
    for i in range(N):
        if i == N // 2:
            value = "changed"
        seen.append(read())
    assert seen == [7] * (N // 2) + ["changed"] * (N - N // 2)
    value = 7


def test_separate_namespaces():
    code = compile("def f():\n    return x + y\n", "m", "exec")
    spaces = [{"x": i, "y": 10 * i} for i in range(5)]
    for space in spaces:
        exec(code, space)
    for _ in range(500):
        assert [space["f"]() for space in spaces] == [0, 11, 22, 33, 44]
    spaces[1]["x"] = "a"
    spaces[1]["y"] = "b"
    assert spaces[1]["f"]() == "ab"
    del spaces[2]["y"]
    assert message(NameError, spaces[2]["f"]) == "name 'y' is not defined"
    custom = {"__builtins__": {"len": lambda x: "custom"}}
    exec("def g(x):\n    return len(x)", custom)
    assert warm(custom["g"], []) == "custom"
    custom["__builtins__"]["len"] = lambda x: "changed"
    assert custom["g"]([]) == "changed"
    del custom["__builtins__"]["len"]
    assert raises(NameError, custom["g"], [])


def test_store_global():
    space = {}
    exec("n = 0\ndef step():\n    global n\n    n += 1\n    return n\n", space)
    assert warm(space["step"]) == N and space["n"] == N
    space["n"] = "a"
    assert raises(TypeError, space["step"])
    space["n"] = 0.5
    assert space["step"]() == 1.5
    del space["n"]
    assert raises(NameError, space["step"])


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
