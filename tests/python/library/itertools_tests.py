"""itertools, functools, operator."""

import functools
import itertools
import operator
from itertools import *


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_infinite_and_selecting():
    assert list(islice(count(5, 2), 3)) == [5, 7, 9] and list(islice(count(0.5), 2)) == [0.5, 1.5] and next(count(10 ** 20)) == 10 ** 20 and list(islice(cycle("ab"), 5)) == list("ababa") and list(repeat(1, 3)) == [1, 1, 1] and repr(repeat(1, 3)) == "repeat(1, 3)" and repr(count(5)) == "count(5)" and repr(count(1, 2)) == "count(1, 2)"
    assert list(accumulate([1, 2, 3])) == [1, 3, 6] and list(accumulate([1, 2, 3], operator.mul, initial=10)) == [10, 10, 20, 60] and list(accumulate([])) == [] and list(chain("ab", [1])) == ["a", "b", 1] and list(chain.from_iterable(["ab", "c"])) == ["a", "b", "c"] and list(compress("abcd", [1, 0, 1])) == ["a", "c"] and list(dropwhile(lambda x: x < 2, [1, 2, 1])) == [2, 1] and list(takewhile(lambda x: x < 2, [1, 2, 1])) == [1] and list(filterfalse(None, [0, 1, ""])) == [0, ""] and list(starmap(pow, [(2, 3), (3, 2)])) == [8, 9] and list(zip_longest("ab", [1], fillvalue="-")) == [("a", 1), ("b", "-")] and list(pairwise([1, 2, 3])) == [(1, 2), (2, 3)] and list(batched("abcde", 2)) == [("a", "b"), ("c", "d"), ("e",)] and raises(ValueError, list, batched("abc", 2, strict=True))
    assert list(islice("abcdef", 2)) == ["a", "b"] and list(islice("abcdef", 1, 5, 2)) == ["b", "d"] and list(islice("ab", 0)) == [] and list(islice("abc", 1, None)) == ["b", "c"] and raises(ValueError, islice, "a", -1)
    it = iter([1, 2, 3, 4])
    assert list(islice(it, 2)) == [1, 2] and list(it) == [3, 4]


def test_grouping():
    assert [(k, list(g)) for k, g in groupby("aabbba")] == [("a", ["a", "a"]), ("b", ["b"] * 3), ("a", ["a"])] and [(k, len(list(g))) for k, g in groupby([1, 3, 2, 4], key=lambda x: x % 2)] == [(1, 2), (0, 2)] and [k for k, g in groupby([])] == []
    a, b = tee([1, 2, 3])
    assert next(a) == 1 and list(b) == [1, 2, 3] and list(a) == [2, 3] and len(tee([], 3)) == 3


def test_combinatorics():
    assert list(product("ab", [1, 2])) == [("a", 1), ("a", 2), ("b", 1), ("b", 2)] and list(product([0, 1], repeat=2)) == [(0, 0), (0, 1), (1, 0), (1, 1)] and list(product()) == [()] and list(permutations("abc", 2)) == [("a", "b"), ("a", "c"), ("b", "a"), ("b", "c"), ("c", "a"), ("c", "b")] and len(list(permutations(range(5)))) == 120 and list(combinations("abc", 2)) == [("a", "b"), ("a", "c"), ("b", "c")] and list(combinations_with_replacement("ab", 2)) == [("a", "a"), ("a", "b"), ("b", "b")] and list(combinations([1], 2)) == [] and list(permutations([1, 2], 3)) == []


def test_functools():
    calls = []

    @functools.lru_cache(maxsize=2)
    def f(x, *, k=0):
        calls.append(x)
        return x * 2

    assert f(1) == 2 and f(1) == 2 and calls == [1] and f(2) == 4 and f(3) == 6 and f(1) == 2 and calls == [1, 2, 3, 1] and f.cache_info() == (1, 4, 2, 2) and f.cache_parameters() == {"maxsize": 2, "typed": False}
    f.cache_clear()
    assert f.cache_info().currsize == 0 and f.__wrapped__(5) == 10 and raises(TypeError, f, [])

    @functools.cache
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    assert fib(100) == 354224848179261915075
    p = functools.partial(int, base=2)
    assert p("11") == 3 and p.func is int and p.keywords == {"base": 2} and p.args == () and repr(functools.partial(print, 1, sep="")) == "functools.partial(<built-in function print>, 1, sep='')" and functools.partial(functools.partial(pow, 2), 3)() == 8 and functools.partial(pow, functools.Placeholder, 2)(3) == 9
    assert functools.reduce(operator.add, [1, 2, 3]) == 6 and functools.reduce(operator.add, [], 5) == 5 and message(TypeError, functools.reduce, operator.add, []) == "reduce() of empty iterable with no initial value" and functools.cmp_to_key(lambda a, b: b - a)(1) > functools.cmp_to_key(lambda a, b: b - a)(2) and sorted([1, 3, 2], key=functools.cmp_to_key(lambda a, b: b - a)) == [3, 2, 1]

    @functools.singledispatch
    def show(x):
        return "object"

    @show.register
    def _(x: int):
        return "int"

    @show.register(list)
    def _(x):
        return "list"

    assert show(1) == "int" and show([]) == "list" and show("a") == "object" and show(True) == "int"

    class C:
        def __init__(self):
            self.n = 0

        @functools.cached_property
        def value(self):
            self.n += 1
            return self.n

        def method(self, a, b):
            return a, b

        part = functools.partialmethod(method, 1)

    c = C()
    assert c.value == c.value == 1 and c.part(2) == (1, 2)
    del c.value
    assert c.value == 2

    @functools.total_ordering
    class T:
        def __init__(self, n):
            self.n = n

        def __eq__(self, o):
            return self.n == o.n

        def __lt__(self, o):
            return self.n < o.n

    assert T(1) <= T(1) and T(2) > T(1) and T(2) >= T(1)


def test_operator():
    assert operator.itemgetter(1)([5, 6]) == 6 and operator.itemgetter(0, "k")({0: 1, "k": 2}) == (1, 2) and operator.attrgetter("real", "imag")(1j) == (0.0, 1.0) and operator.attrgetter("__class__.__name__")(5) == "int" and operator.methodcaller("split", ",")("a,b") == ["a", "b"] and operator.add(1, 2) == 3 and operator.contains([1], 1) and operator.truth([]) is False and operator.not_(0) and operator.is_(None, None) and operator.index(5) == 5 and operator.concat("a", "b") == "ab" and operator.countOf([1, 1], 1) == 2 and operator.length_hint([1, 2]) == 2 and operator.getitem({"a": 1}, "a") == 1 and operator.iadd([1], [2]) == [1, 2] and operator.call(len, "abc") == 3 and repr(operator.itemgetter(1)) == "operator.itemgetter(1)" and operator.matmul.__name__ == "matmul" and operator.is_none(None)


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
