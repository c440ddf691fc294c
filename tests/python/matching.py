"""match statements: every kind of pattern."""


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


def describe(value):
    match value:
        case 0:
            return "zero"
        case -1 | 1:
            return "unit"
        case 1.5:
            return "float"
        case 2 + 3j:
            return "complex"
        case True | None:
            return "singleton"
        case "a" "b":
            return "string"
        case b"x":
            return "bytes"
        case []:
            return "empty"
        case [x]:
            return ("one", x)
        case [1, *rest]:
            return ("starts with 1", rest)
        case [*init, 9]:
            return ("ends with 9", init)
        case (a, [b, c]):
            return ("nested", a, b, c)
        case [_, _, _]:
            return "three"
        case {"kind": "k", "value": v, **rest}:
            return ("mapping", v, rest)
        case {"only": Point(x=0)}:
            return "mapping with point"
        case {}:
            return "some mapping"
        case Point(0, y):
            return ("on axis", y)
        case Point(x, y=1) as p:
            return ("y is 1", x, p.y)
        case Point() if value.x == value.y:
            return "diagonal"
        case int(n) if n > 100:
            return ("big", n)
        case str() | bytes() as text:
            return ("text", text)
        case float(f):
            return ("f", f)
        case _:
            return "other"


def test_patterns():
    for value, result in ((0, "zero"), (False, "zero"), (0.0, "zero"), (-1, "unit"), (1, "unit"), (True, "unit"), (1.5, "float"), (2 + 3j, "complex"), (None, "singleton"), ("ab", "string"), (b"x", "bytes"), ([], "empty"), ((), "empty"), ([5], ("one", 5)), ([1, 2, 3], ("starts with 1", [2, 3])), ((2, 9), ("ends with 9", [2])), ((2, [3, 4]), ("nested", 2, 3, 4)), ([2, 3, 4], "three"), (range(2, 5), "three"), ({"kind": "k", "value": 1, "z": 2}, ("mapping", 1, {"z": 2})), ({"only": Point(0, 0)}, "mapping with point"), ({"q": 1}, "some mapping"), (Point(0, 5), ("on axis", 5)), (Point(2, 1), ("y is 1", 2, 1)), (Point(3, 3), "diagonal"), (Point(3, 4), "other"), (500, ("big", 500)), (50, "other"), ("text", ("text", "text")), (b"bytes", ("text", b"bytes")), (2.5, ("f", 2.5)), (object, "other"), ({1, 2}, "other"), (iter([1]), "other")):
        assert describe(value) == result, (value, describe(value))


def test_values():
    class Colour:
        RED = 1

    def name(value):
        match value:
            case Colour.RED:
                return "red"
            case "x" | "y" as letter:
                return letter
            case (1 | 2) as n, _:
                return n
        return "none"

    assert name(1) == "red" and name("y") == "y" and name((2, 0)) == 2 and name(7) == "none"
    match 5:
        case x:
            pass
    assert x == 5
    match 1, 2:
        case a, b:
            assert (a, b) == (1, 2)
    match = case = type = _ = 3
    assert match + case + type + _ == 12


def test_mapping_details():
    class Default(dict):
        def __missing__(self, key):
            raise AssertionError("not called")

    match Default(a=1):
        case {"b": _}:
            result = "b"
        case {"a": 1}:
            result = "a"
    assert result == "a"

    match {1: "one", None: "none", -2: "m"}:
        case {1: a, None: b, -2: c, **rest}:
            assert (a, b, c, rest) == ("one", "none", "m", {})


def test_class_details():
    class Slots:
        __match_args__ = ("a",)
        a = 1

    class Bad:
        __match_args__ = 5

    class Named:
        __match_args__ = (5,)

    class Meta(type):
        def __instancecheck__(cls, obj):
            return True

    class Any(metaclass=Meta):
        pass

    def too_many():
        match Slots():
            case Slots(1, 2):
                pass

    def repeated():
        match Slots():
            case Slots(1, a=2):
                pass

    def bad():
        match Bad():
            case Bad(1):
                pass

    def named():
        match Named():
            case Named(1):
                pass

    def not_type():
        thing = 5
        match 5:
            case thing():
                pass

    def no_args():
        match object():
            case object(1):
                pass

    assert message(TypeError, too_many) == "Slots() accepts 1 positional sub-pattern (2 given)"
    assert message(TypeError, repeated) == "Slots() got multiple sub-patterns for attribute 'a'"
    assert message(TypeError, bad) == "Bad.__match_args__ must be a tuple (got int)"
    assert message(TypeError, named) == "__match_args__ elements must be strings (got int)"
    assert message(TypeError, not_type) == "called match pattern must be a class"
    assert message(TypeError, no_args) == "object() accepts 0 positional sub-patterns (1 given)"
    match 5:
        case Any():
            result = "any"
    assert result == "any"
    match 5:
        case int(real=5, imag=0):
            result = "attributes"
    assert result == "attributes"
    for value, kind in ((True, bool), (b"", bytes), (bytearray(), bytearray), ({}, dict), (1.0, float), (frozenset(), frozenset), (1, int), ([], list), (set(), set), ("", str), ((), tuple)):
        match value:
            case kind(captured):
                assert captured is value


def test_guards_and_binding():
    log = []

    def guard(x):
        log.append(x)
        return x > 2

    match [1, 2, 3]:
        case [x, *_] if guard(x):
            result = "first"
        case [_, x, *_] if guard(x):
            result = "second"
        case [*_, x] if guard(x):
            result = "third"
    assert result == "third" and log == [1, 2, 3] and x == 3

    def boom(x):
        match x:
            case n if n / 0:
                pass

    assert raises(ZeroDivisionError, boom, 1)


def test_syntax():
    for text, problem in (("match x:\n case a: pass\n case b: pass", "name capture 'a' makes remaining patterns unreachable"), ("match x:\n case _: pass\n case 1: pass", "wildcard makes remaining patterns unreachable"), ("match x:\n case a | 1: pass", "name capture 'a' makes remaining patterns unreachable"), ("match x:\n case 1 | a: pass", "alternative patterns bind different names"), ("match x:\n case [a, a]: pass", "multiple assignments to name 'a' in pattern"), ("match x:\n case [*a, *b]: pass", "multiple starred names in sequence pattern"), ("match x:\n case {'a': 1, 'a': 2}: pass", "mapping pattern checks duplicate key ('a')"), ("match x:\n case C(a=1, a=2): pass", "attribute name repeated in class pattern: a"), ("match x:\n case 1 + 2: pass", "imaginary number required in complex literal"), ("match x:\n case a.b as c.d: pass", "cannot use attribute as pattern target"), ("match x:\n case 1 as _: pass", "cannot use '_' as a target")):
        error = raises(SyntaxError, compile, text, "x", "exec")
        assert error.msg == problem, (text, error.msg)


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
