"""Calls of functions, classes and built-ins whose target or arguments change while hot."""


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


def warm(function, *arguments):
    for _ in range(N):
        result = function(*arguments)
    return result


def call0(f):
    return f()


def call1(f, a):
    return f(a)


def call_kw(f, a):
    return f(a=a)


def test_python_functions():
    def one():
        return 1

    def two():
        return 2

    assert warm(call0, one) == 1 and call0(two) == 2 and call0(lambda: 3) == 3 and call0(int) == 0 and message(TypeError, call0, 5) == "'int' object is not callable"
    warm(call0, one)
    one.__code__ = two.__code__
    assert call0(one) == 2

    def default(a=1):
        return a

    assert warm(call0, default) == 1
    default.__defaults__ = (7,)
    assert call0(default) == 7
    default.__defaults__ = None
    assert message(TypeError, call0, default) == "test_python_functions.<locals>.default() missing 1 required positional argument: 'a'" and warm(call1, default, 3) == 3 and call_kw(default, 4) == 4 and warm(call_kw, default, 5) == 5

    def keyword(*, a=1):
        return a

    assert warm(call_kw, keyword, 2) == 2 and warm(call0, keyword) == 1
    keyword.__kwdefaults__ = {"a": 9}
    assert call0(keyword) == 9

    def star(*a, **k):
        return a, k

    assert warm(call1, star, 1) == ((1,), {}) and warm(call_kw, star, 1) == ((), {"a": 1}) and call0(star) == ((), {})
    assert message(TypeError, call1, one, 1) == "test_python_functions.<locals>.one() takes 0 positional arguments but 1 was given"


def test_closures_and_recursion():
    def make(n):
        return lambda: n

    functions = [make(i) for i in range(10)]
    for _ in range(300):
        assert [call0(f) for f in functions] == list(range(10))

    def depth(n):
        return 0 if n == 0 else 1 + depth(n - 1)

    for _ in range(50):
        assert depth(200) == 200
    assert raises(RecursionError, depth, 100000) and depth(100) == 100

    def even(n):
        return True if n == 0 else odd(n - 1)

    def odd(n):
        return False if n == 0 else even(n - 1)

    for _ in range(100):
        assert even(100) is True and even(101) is False


def test_classes():
    class C:
        def __init__(self):
            self.v = 1

    assert warm(call0, C).v == 1
    C.__init__ = lambda self: setattr(self, "v", 2)
    assert call0(C).v == 2
    C.__new__ = lambda cls: "new"
    assert call0(C) == "new"
    del C.__new__
    del C.__init__
    assert not hasattr(call0(C), "v")

    class D:
        def __init__(self, a, b=2):
            self.ab = a, b

    assert warm(call1, D, 1).ab == (1, 2) and warm(call_kw, D, 3).ab == (3, 2) and message(TypeError, call0, D) == "test_classes.<locals>.D.__init__() missing 1 required positional argument: 'a'"

    class Bad:
        def __init__(self):
            return self.value

        value = None

    warm(call0, Bad)
    Bad.value = 5
    assert message(TypeError, call0, Bad) == "__init__() should return None, not 'int'"

    class Raises:
        armed = False

        def __init__(self):
            if self.armed:
                raise ValueError("armed")

    warm(call0, Raises)
    Raises.armed = True
    assert message(ValueError, call0, Raises) == "armed"

    class Meta(type):
        def __call__(cls):
            return "meta call"

    class E(metaclass=Meta):
        pass

    assert warm(call0, E) == "meta call"

    class Instance:
        def __call__(self, a=0):
            return a + 1

    i = Instance()
    assert warm(call0, i) == 1 and warm(call1, i, 5) == 6
    Instance.__call__ = lambda self: "changed"
    assert call0(i) == "changed"
    del Instance.__call__
    assert message(TypeError, call0, i) == "'Instance' object is not callable"


def test_builtins():
    def length(x):
        return len(x)

    assert warm(length, [1]) == 1 and length("ab") == 2 and length({}) == 0 and message(TypeError, length, 5) == "object of type 'int' has no len()"

    class Sized:
        def __len__(self):
            return 42

    assert warm(length, Sized()) == 42
    globals()["len"] = lambda x: "fake"
    try:
        assert length([]) == "fake"
    finally:
        del globals()["len"]
    assert length([]) == 0

    def check(x):
        return isinstance(x, int), type(x), str(x), tuple([x]), bool(x)

    assert warm(check, 5) == (True, int, "5", (5,), True) and check("a") == (False, str, "a", ("a",), True) and check(True) == (True, bool, "True", (True,), True)

    def append(items, x):
        items.append(x)
        return items

    items = []
    warm(append, items, 1)
    assert len(items) == N

    class Fake:
        def append(self, x):
            self.x = x

    assert append(Fake(), 7).x == 7 and message(AttributeError, append, (), 1) == "'tuple' object has no attribute 'append'"

    class Sub(list):
        def append(self, x):
            super().append(x * 2)

    assert append(Sub(), 2) == [4] and warm(call1, abs, -3) == 3 and call1(abs, -2.5) == 2.5 and call1(str.upper, "a") == "A" and message(TypeError, call1, str.upper, 5) == "descriptor 'upper' for 'str' objects doesn't apply to a 'int' object" and warm(call1, "-".join, ["a", "b"]) == "a-b" and warm(call_kw, dict, 1) == {"a": 1}


def test_star_calls():
    def target(a, b=2, *rest, **k):
        return a, b, rest, k

    def spread(args, kwargs):
        return target(*args, **kwargs)

    assert warm(spread, (1,), {}) == (1, 2, (), {}) and spread([1, 2, 3], {"z": 1}) == (1, 2, (3,), {"z": 1}) and spread("ab", {}) == ("a", "b", (), {}) and message(TypeError, spread, (), {}) == "test_star_calls.<locals>.target() missing 1 required positional argument: 'a'" and message(TypeError, spread, 5, {}) == "__main__.test_star_calls.<locals>.target() argument after * must be an iterable, not int"


def test_rebinding_callee_during_call():
    def f(n):
        global g
        if n == N // 2:
            g = lambda n: -n
        return n

    global g
    g = f
    results = [g(i) for i in range(N)]
    assert results == list(range(N // 2 + 1)) + [-i for i in range(N // 2 + 1, N)]


def test_forwarded():
    def f(a, b=2, *args, c=3, **kw):
        return a, b, args, c, kw

    def g(*args, **kw):
        return args, kw

    def h(a, /, b, *, c=5):
        return a, b, c

    def k(a, /, **kw):
        return a, kw

    def wrapped(function):
        def inner(*args, **kwargs):
            return function(*args, **kwargs)

        return inner

    def error(function, *args, **kwargs):
        try:
            function(*args, **kwargs)
        except TypeError as error:
            return str(error).removeprefix("test_forwarded.<locals>.")
        raise AssertionError

    class Text(str):
        pass

    for _ in range(30):
        F, G, H, K = wrapped(f), wrapped(g), wrapped(h), wrapped(k)
        assert F(1) == (1, 2, (), 3, {}) and F(1, 5, 6, 7) == (1, 5, (6, 7), 3, {})
        assert F(1, c=9, d=4) == (1, 2, (), 9, {"d": 4}) and F(b=1, a=0) == (0, 1, (), 3, {}) and F(1, z=1) == (1, 2, (), 3, {"z": 1})
        assert G() == ((), {}) and G(1, 2) == ((1, 2), {}) and G(x=1) == ((), {"x": 1}) and G(1, x=2) == ((1,), {"x": 2})
        assert H(1, 2) == (1, 2, 5) and H(1, b=3, c=4) == (1, 3, 4)
        assert K(1) == (1, {}) and K(1, a=2) == (1, {"a": 2})
        given = {"x": 1}
        received = g(**given)[1]
        assert received == given and received is not given
        assert g(**{Text("q"): 1})[1] == {"q": 1}
        assert error(F) == "f() missing 1 required positional argument: 'a'"
        assert error(F, 1, a=2) == "f() got multiple values for argument 'a'"
        assert error(H, 1) == "h() missing 1 required positional argument: 'b'"
        assert error(H, 1, 2, 3) == "h() takes 2 positional arguments but 3 were given"
        assert error(H, 1, 2, e=3) == "h() got an unexpected keyword argument 'e'"
        assert error(H, b=2, a=1) == "h() got some positional-only arguments passed as keyword arguments: 'a'"
        assert error(lambda: g(**{1: 2})) == "keywords must be strings"


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
