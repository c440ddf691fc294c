"""Operator methods: reflected, in-place, comparison, containers, calls."""


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


NAMES = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "lshift": "<<", "rshift": ">>", "and": "&", "or": "|", "xor": "^", "matmul": "@"}


def test_binary():
    class L:
        pass

    class R:
        pass

    class Sub(L):
        def __radd__(self, other):
            return "sub first"

    for name, sign in NAMES.items():
        setattr(L, f"__{name}__", lambda self, other, name=name: ("left", name))
        setattr(R, f"__r{name}__", lambda self, other, name=name: ("right", name))
    for name, sign in NAMES.items():
        assert eval(f"l {sign} 5", {"l": L()}) == ("left", name) and eval(f"5 {sign} r", {"r": R()}) == ("right", name) and eval(f"l {sign} r", {"l": L(), "r": R()}) == ("left", name)
        shown = "** or pow()" if sign == "**" else sign
        assert message(TypeError, eval, f"o {sign} 5", {"o": object()}) == f"unsupported operand type(s) for {shown}: 'object' and 'int'"
    assert L() + Sub() == "sub first" and Sub() + L() == ("left", "add")


def test_in_place():
    class I:
        pass

    for name, sign in NAMES.items():
        setattr(I, f"__i{name}__", lambda self, other, name=name: (self, name, other))
    for name, sign in NAMES.items():
        space = {"i": I(), "n": 7, "o": object()}
        original = space["i"]
        exec(f"i {sign}= 5", space)
        assert space["i"] == (original, name, 5)
        if sign != "@":
            exec(f"n {sign}= 2", space)
            assert space["n"] == eval(f"7 {sign} 2")
        shown = f"{sign}=" if sign != "**" else "**="
        assert message(TypeError, exec, f"o {sign}= 5", space) == f"unsupported operand type(s) for {shown}: 'object' and 'int'", message(TypeError, exec, f"o {sign}= 5", space)

    class Falls:
        def __iadd__(self, other):
            return NotImplemented

        def __add__(self, other):
            return "add"

    f = Falls()
    f += 1
    assert f == "add"


def test_unary_and_others():
    class N:
        def __add__(self, other):
            return NotImplemented

        def __neg__(self):
            return "neg"

        def __pos__(self):
            return "pos"

        def __invert__(self):
            return "invert"

        def __abs__(self):
            return "abs"

        def __divmod__(self, other):
            return "divmod"

        def __rdivmod__(self, other):
            return "rdivmod"

        def __pow__(self, other, mod=None):
            return ("pow", other, mod)

        def __index__(self):
            return 2

        def __round__(self, n=None):
            return ("round", n)

        def __contains__(self, x):
            return x

        def __call__(self, *a, **k):
            return a, k

        def __len__(self):
            return 7

    n = N()
    assert message(TypeError, lambda: n + 1) == "unsupported operand type(s) for +: 'N' and 'int'" and -n == "neg" and +n == "pos" and ~n == "invert" and abs(n) == "abs" and divmod(n, 1) == "divmod" and divmod(1, n) == "rdivmod" and n ** 2 == ("pow", 2, None) and pow(n, 2, 3) == ("pow", 2, 3) and [0, 1, 2][n] == 2 and round(n) == ("round", None) and round(n, 1) == ("round", 1) and (5 in n) is True and (0 in n) is False and n(1, x=2) == ((1,), {"x": 2}) and len(n) == 7 and bool(n)
    assert message(TypeError, lambda: -object()) == "bad operand type for unary -: 'object'" and message(TypeError, abs, "a") == "bad operand type for abs(): 'str'"


def test_comparison():
    class C:
        def __init__(self, v):
            self.v = v

        def __lt__(self, other):
            return ("lt", self.v)

        def __gt__(self, other):
            return ("gt", self.v)

    class Eq:
        def __eq__(self, other):
            return "eq"

    class Ne:
        def __ne__(self, other):
            return "ne"

    class Base:
        def __eq__(self, other):
            return "base"

    class Derived(Base):
        def __eq__(self, other):
            return "derived"

    e = Eq()
    assert (C(1) < C(2)) == ("lt", 1) and (C(1) > C(2)) == ("gt", 1) and (5 < C(3)) == ("gt", 3) and message(TypeError, lambda: C(1) <= C(2)) == "'<=' not supported between instances of 'C' and 'C'" and C(1) != C(1)
    assert (e == 1) == "eq" and (1 == e) == "eq" and (e != 1) is False and Eq.__hash__ is None and (object() == object()) is False and e in [1] and [1].index(e) == 0 and (Ne() != 1) == "ne" and (Ne() == 1) is False and (Base() == Derived()) == "derived"
    order = []

    class Chain:
        def __init__(self, n):
            self.n = n

        def __lt__(self, other):
            order.append((self.n, other.n))
            return self.n < other.n

    def make(n):
        order.append(n)
        return Chain(n)

    assert (make(1) < make(2) < make(3)) is True and order == [1, 2, (1, 2), 3, (2, 3)]
    order.clear()
    assert (make(2) < make(1) < make(3)) is False and order == [2, 1, (2, 1)]
    assert 1 < 2 > 1 != 3 is not None and None is None and [] is not []


def test_containers():
    class Seq:
        def __init__(self):
            self.d = {}

        def __getitem__(self, k):
            return self.d[k]

        def __setitem__(self, k, v):
            self.d[k] = v

        def __delitem__(self, k):
            del self.d[k]

    class Nothing:
        pass

    s = Seq()
    s["a"] = 1
    s["a"] += 5
    s[1, 2] = "tuple"
    assert s["a"] == 6 and s[1, 2] == "tuple"
    del s["a"]
    assert list(s.d) == [(1, 2)]

    def delete():
        del Nothing()[0]

    def store():
        Nothing()[0] = 1

    assert message(TypeError, lambda: Nothing()[0]) == "'Nothing' object is not subscriptable" and message(TypeError, delete) == "'Nothing' object doesn't support item deletion" and message(TypeError, store) == "'Nothing' object does not support item assignment" and message(TypeError, lambda: 1 in Nothing()) == "argument of type 'Nothing' is not a container or iterable" and message(TypeError, lambda: len(Nothing())) == "object of type 'Nothing' has no len()" and message(TypeError, lambda: Nothing()()) == "'Nothing' object is not callable"


def test_evaluation_order():
    log = []

    def f(n):
        log.append(n)
        return n

    class O:
        def __getitem__(self, k):
            log.append(f"get {k}")
            return 0

        def __setitem__(self, k, v):
            log.append(f"set {k} {v}")

    o = O()
    o[f(1)] = f(2)
    assert log == [2, 1, "set 1 2"]
    log.clear()
    o[f(1)] += f(2)
    assert log == [1, "get 1", 2, "set 1 2"]
    log.clear()
    f(1) + f(2) * f(3)
    (f(4), f(5), [f(6)])
    f(7) if f(8) else f(9)
    f(0) and f(10)
    assert log == [1, 2, 3, 4, 5, 6, 8, 7, 0]


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
