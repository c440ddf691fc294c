"""Functions: every form of argument, exact errors, decorators, attributes, annotations, type parameters."""

import functools
import inspect


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_binding():
    def f(a, b=2, /, c=3, *args, d, e=5, **kw):
        return a, b, c, args, d, e, kw

    assert f(1, d=4) == (1, 2, 3, (), 4, 5, {}) and f(1, 9, 8, 7, 6, d=0, e=1, z=2) == (1, 9, 8, (7, 6), 0, 1, {"z": 2}) and f(1, d=4, a=10, b=20) == (1, 2, 3, (), 4, 5, {"a": 10, "b": 20}) and f(*[1, 2], **{"c": 3, "d": 4}) == (1, 2, 3, (), 4, 5, {}) and f(*(1,), *[2, 3], d=1, **{"x": 1}, **{"y": 2}) == (1, 2, 3, (), 1, 5, {"x": 1, "y": 2}) and f(0, *[1], d=1, *[2]) == (0, 1, 2, (), 1, 5, {})
    assert (lambda *a, **k: (a, k))(1, x=2) == ((1,), {"x": 2}) and (lambda a, b=1: a + b)(2) == 3 and (lambda: None)() is None and (lambda *, k: k)(k=1) == 1 and (lambda x, /: x)(5) == 5


def test_errors():
    def none():
        pass

    def one(a):
        pass

    def two(a, b):
        pass

    def three(a, b, c):
        pass

    def default(a, b=1):
        pass

    def posonly(a, b, /):
        pass

    def kwonly(*, k, m):
        pass

    def kwonly_default(a, *, k=1):
        pass

    p = "test_errors.<locals>."
    for call, problem in (
        (lambda: none(1), "none() takes 0 positional arguments but 1 was given"),
        (lambda: one(), "one() missing 1 required positional argument: 'a'"),
        (lambda: two(), "two() missing 2 required positional arguments: 'a' and 'b'"),
        (lambda: three(), "three() missing 3 required positional arguments: 'a', 'b', and 'c'"),
        (lambda: one(1, 2), "one() takes 1 positional argument but 2 were given"),
        (lambda: default(), "default() missing 1 required positional argument: 'a'"),
        (lambda: default(1, 2, 3), "default() takes from 1 to 2 positional arguments but 3 were given"),
        (lambda: one(b=1), "one() got an unexpected keyword argument 'b'"),
        (lambda: two(1, a=2), "two() got multiple values for argument 'a'"),
        (lambda: posonly(a=1, b=2), "posonly() got some positional-only arguments passed as keyword arguments: 'a, b'"),
        (lambda: posonly(1, b=2), "posonly() got some positional-only arguments passed as keyword arguments: 'b'"),
        (lambda: kwonly(), "kwonly() missing 2 required keyword-only arguments: 'k' and 'm'"),
        (lambda: kwonly(k=1), "kwonly() missing 1 required keyword-only argument: 'm'"),
        (lambda: kwonly(1, k=1, m=1), "kwonly() takes 0 positional arguments but 1 positional argument (and 2 keyword-only arguments) were given"),
        (lambda: kwonly_default(1, 2), "kwonly_default() takes 1 positional argument but 2 were given"),
        (lambda: kwonly_default(1, 2, k=3), "kwonly_default() takes 1 positional argument but 2 positional arguments (and 1 keyword-only argument) were given"),
    ):
        assert message(TypeError, call) == p + problem, message(TypeError, call)
    for call, problem in (
        (lambda: one(*5), "argument after * must be an iterable, not int"),
        (lambda: one(**5), "argument after ** must be a mapping, not int"),
        (lambda: one(**{1: 2}), "keywords must be strings"),
        (lambda: one(**{"a": 1}, **{"a": 2}), p + "one() got multiple values for keyword argument 'a'"),
        (lambda: one(a=1, **{"a": 2}), p + "one() got multiple values for keyword argument 'a'"),
        (lambda: 5(), "'int' object is not callable"),
        (lambda: None(), "'NoneType' object is not callable"),
        (lambda: one(colour=1), p + "one() got an unexpected keyword argument 'colour'"),
    ):
        text = message(TypeError, call)
        assert text.endswith(problem), text

    class C:
        def method(self, a):
            pass

        @staticmethod
        def static(a):
            pass

        @classmethod
        def klass(cls, a):
            pass

    assert message(TypeError, C().method) == p + "C.method() missing 1 required positional argument: 'a'" and message(TypeError, C().method, 1, 2) == p + "C.method() takes 2 positional arguments but 3 were given" and message(TypeError, C.method) == p + "C.method() missing 2 required positional arguments: 'self' and 'a'" and message(TypeError, C.static) == p + "C.static() missing 1 required positional argument: 'a'" and message(TypeError, C.klass, 1, 2) == p + "C.klass() takes 2 positional arguments but 3 were given" and message(TypeError, C, 1) == "C() takes no arguments"


def test_builtin_errors():
    for call, problem in (
        (lambda: len(), "len() takes exactly one argument (0 given)"), (lambda: len(1, 2), "len() takes exactly one argument (2 given)"), (lambda: len(5), "object of type 'int' has no len()"), (lambda: len(obj=1), "len() takes no keyword arguments"),
        (lambda: isinstance(1), "isinstance expected 2 arguments, got 1"), (lambda: "a".join(), "str.join() takes exactly one argument (0 given)"), (lambda: "".replace("a"), "replace() takes at least 2 positional arguments (1 given)"), (lambda: [].append(1, 2), "list.append() takes exactly one argument (2 given)"),
        (lambda: {}.get(), "get expected at least 1 argument, got 0"), (lambda: print(x=1), "print() got an unexpected keyword argument 'x'"), (lambda: sorted(), "sorted expected 1 argument, got 0"), (lambda: object(1), "object() takes no arguments"), (lambda: sum(), "sum() takes at least 1 positional argument (0 given)"), (lambda: max(), "max expected at least 1 argument, got 0"), (lambda: getattr(1), "getattr expected at least 2 arguments, got 1"), (lambda: int(1, 2, 3), "int expected at most 2 arguments, got 3"), (lambda: "a".split(1, 2, 3), "split() takes at most 2 arguments (3 given)"), (lambda: abs(), "abs() takes exactly one argument (0 given)"), (lambda: dict(1, 2), "dict expected at most 1 argument, got 2"), (lambda: zip(1), "'int' object is not iterable"), (lambda: enumerate(), "enumerate() missing required argument 'iterable'"), (lambda: str.upper(), "unbound method str.upper() needs an argument"), (lambda: str.upper(5), "descriptor 'upper' for 'str' objects doesn't apply to a 'int' object"), (lambda: list.append(1, 2), "descriptor 'append' for 'list' objects doesn't apply to a 'int' object")):
        assert message(TypeError, call) == problem, message(TypeError, call)


def test_defaults():
    def accumulate(item, bucket=[]):
        bucket.append(item)
        return bucket

    assert accumulate(1) == [1] and accumulate(2) == [1, 2] and accumulate.__defaults__ == ([1, 2],)
    order = []

    def log(x):
        order.append(x)
        return x

    def g(a=log(1), *, b=log(2)):
        return a, b

    assert order == [1, 2] and g() == (1, 2) and g.__kwdefaults__ == {"b": 2}
    g.__defaults__ = (7,)
    g.__kwdefaults__ = {"b": 8}
    assert g() == (7, 8)
    g.__defaults__ = None
    assert message(TypeError, g) == "test_defaults.<locals>.g() missing 1 required positional argument: 'a'"
    order.clear()
    g(log("pos"), b=log("kw"))
    (lambda *a, **k: None)(log(1), *[log(2)], k=log(3), **{"m": log(4)})
    assert order == ["pos", "kw", 1, 2, 3, 4]


def test_attributes():
    def f(a: int, b: "str" = "x", *args: float, k: bool = True) -> None:
        """Documented."""
        local = 1

    assert f.__name__ == "f" and f.__qualname__ == "test_attributes.<locals>.f" and f.__doc__ == "Documented." and f.__module__ == "__main__" and f.__annotations__ == {"a": int, "b": "str", "args": float, "k": bool, "return": None} and f.__globals__ is globals() and f.__dict__ == {} and f.__closure__ is None
    f.x = 1
    assert f.x == 1 and f.__dict__ == {"x": 1} and repr(f).startswith("<function test_attributes.<locals>.f at 0x") and (lambda: 0).__name__ == "<lambda>"
    f.__name__ = "renamed"
    f.__doc__ = None
    assert f.__name__ == "renamed" and message(TypeError, setattr, f, "__name__", 5) == "__name__ must be set to a string object"
    c = f.__code__
    assert (c.co_argcount, c.co_kwonlyargcount, c.co_posonlyargcount, c.co_nlocals) == (2, 1, 0, 5) and c.co_varnames == ("a", "b", "k", "args", "local") and c.co_name == "f" and c.co_flags & 0x04 and not c.co_flags & 0x08

    def g():
        return "g"

    def h():
        return "h"

    g.__code__ = h.__code__
    assert g() == "h" and c.replace(co_name="other").co_name == "other"
    assert str(inspect.signature(f)) == "(a: int, b: 'str' = 'x', *args: float, k: bool = True) -> None" and str(inspect.signature(lambda a, /, b, *, c=1, **d: 0)) == "(a, /, b, *, c=1, **d)"


def test_decorators():
    log = []

    def tag(name):
        log.append(f"make {name}")

        def decorate(target):
            log.append(f"apply {name}")
            return target

        return decorate

    @tag("outer")
    @tag("inner")
    def f():
        return 1

    assert log == ["make outer", "make inner", "apply inner", "apply outer"] and f() == 1

    @(lambda cls: cls.__name__)
    class C:
        pass

    assert C == "C"
    decorators = [lambda f: 5]

    @decorators[0]
    def g():
        pass

    assert g == 5

    def wrap(function):
        @functools.wraps(function)
        def wrapper(*args):
            return function(*args) + 1
        return wrapper

    @wrap
    def named(n):
        "doc"
        return n

    assert named(1) == 2 and named.__name__ == "named" and named.__doc__ == "doc" and named.__wrapped__(1) == 1


def test_recursion_and_methods():
    def fact(n):
        return 1 if n < 2 else n * fact(n - 1)

    assert fact(30) == 265252859812191058636308480000000

    class C:
        def m(self, x=1):
            return self, x

    c = C()
    bound = c.m
    assert bound() == (c, 1) and bound.__self__ is c and bound.__func__ is C.m and bound == c.m and bound is not c.m and hash(bound) == hash(c.m) and C.m(c, 2) == (c, 2) and bound.__name__ == "m" and "bound method" in repr(bound)
    assert list(map(lambda a, b: a * b, [1, 2], [3, 4])) == [3, 8] and list(map(str.upper, "ab")) == ["A", "B"] and list(filter(None, [0, 1, ""])) == [1] and functools.reduce(lambda a, b: a + b, [1, 2, 3]) == 6 and functools.partial(int, base=2)("101") == 5
    many = lambda *a: len(a)
    assert many(*range(5000)) == 5000 and (lambda **k: len(k))(**{f"k{i}": i for i in range(500)}) == 500


def test_type_parameters():
    def first[T](items: list[T]) -> T:
        return items[0]

    assert first([5]) == 5 and first.__type_params__[0].__name__ == "T" and first.__annotations__["items"].__args__[0] is first.__type_params__[0]

    class Box[T, *Ts, **P]:
        item: T

        def get(self) -> T:
            return self.item

    assert [str(p) for p in Box.__type_params__] == ["T", "Ts", "P"] and Box[int, str, [int]].__origin__ is Box and issubclass(Box, __import__("typing").Generic)

    type Alias[K] = dict[K, Alias[K]]
    assert Alias.__name__ == "Alias" and Alias.__value__.__origin__ is dict
    type Simple = int | str
    assert Simple.__value__ == int | str and repr(Simple) == "Simple"

    def bounded[T: int, U: (str, bytes), V = float](x: T) -> U:
        pass

    t, u, v = bounded.__type_params__
    assert t.__bound__ is int and u.__constraints__ == (str, bytes) and v.__default__ is float and t.__default__ is __import__("typing").NoDefault

    def lazy[T: undefined](x):
        return x

    assert lazy(1) == 1 and raises(NameError, lambda: lazy.__type_params__[0].__bound__)


def test_annotations():
    def later(x: Undefined, y: int):
        pass

    assert raises(NameError, lambda: later.__annotations__)
    import annotationlib
    assert annotationlib.get_annotations(later, format=annotationlib.Format.STRING) == {"x": "Undefined", "y": "int"} and type(annotationlib.get_annotations(later, format=annotationlib.Format.FORWARDREF)["x"]).__name__ == "ForwardRef"

    class C:
        a: int
        b: str = "x"
        c: "D"

    assert C.__annotations__ == {"a": int, "b": str, "c": "D"} and C.__annotate__(1) == {"a": int, "b": str, "c": "D"} and not hasattr(C, "a") and C.b == "x"

    class Sub(C):
        pass

    assert Sub.__annotations__ == {}
    x: int = 5
    y: undefined_annotation
    assert x == 5 and "y" not in locals()
    space = {}
    exec("v: int = 1\nw: str\nif False:\n    z: int", space)
    assert space["__annotate__"](1) == {"v": int, "w": str}
    (x): int = 6
    a = [0]
    a[0]: int = 5
    assert x == 6 and a == [5]


def test_positional_only_names_in_messages():
    def f(a, b, /, c):
        pass

    for call, names in (
        (lambda: f(a=1, b=2, c=3), "a, b"),
        (lambda: f(1, b=2, c=3), "b"),
        (lambda: f(b=1, a=2, x=3), "a, b"),
        (lambda: f(x=1, a=1), "a"),
    ):
        try:
            call()
        except TypeError as error:
            assert str(error).endswith(f"passed as keyword arguments: '{names}'"), error
        else:
            raise AssertionError


def test_functions_of_code_without_locals_of_its_own():
    import types

    code = compile("a = b + 1\nc = [a for a in (1, 2)]\ndef inner(): return a", "x", "exec")
    space = {"b": 2}
    function = types.FunctionType(code, space)
    for _ in range(100):
        assert function() is None
    assert space["a"] == 3 and space["c"] == [1, 2] and space["inner"]() == 3
    function = types.FunctionType(compile("b * 2", "x", "eval"), space)
    assert [function() for _ in range(100)] == [4] * 100 and list(map(lambda _: function(), range(3))) == [4] * 3
    assert property(function).fget() == 4


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
