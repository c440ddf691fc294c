"""Subscripts, unpacking, iteration and membership over changing containers."""


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


def item(c, k):
    return c[k]


def store(c, k, v):
    c[k] = v


def collect(c):
    got = []
    for x in c:
        got.append(x)
    return got


def test_reading():
    a, t, d, s = [1, 2, 3], (1, 2, 3), {0: "zero", "k": "v"}, "abé"
    assert warm(item, a, 1) == 2 and item(a, -1) == 3 and message(IndexError, item, a, 3) == "list index out of range" and message(IndexError, item, a, -4) == "list index out of range" and item(a, True) == 2 and item(a, slice(1)) == [1] and message(TypeError, item, a, "x") == "list indices must be integers or slices, not str" and message(IndexError, item, a, 1 << 70) == "cannot fit 'int' into an index-sized integer"
    assert item(t, 0) == 1 and item(d, 0) == "zero" and item(s, 2) == "é" and warm(item, t, 2) == 3 and message(IndexError, item, t, 5) == "tuple index out of range"
    assert warm(item, d, "k") == "v" and raises(KeyError, item, d, "no").args == ("no",) and message(TypeError, item, d, []) == "cannot use 'list' as a dict key (unhashable type: 'list')" and warm(item, s, 0) == "a" and message(IndexError, item, s, 9) == "string index out of range" and warm(item, b"ab", 0) == 97 and message(TypeError, item, 5, 0) == "'int' object is not subscriptable"

    class Sub(list):
        def __getitem__(self, k):
            return "sub"

    class Missing(dict):
        def __missing__(self, k):
            return f"missing {k}"

    class Custom:
        def __getitem__(self, k):
            return k

    warm(item, a, 0)
    assert item(Sub(), 0) == "sub" and warm(item, d, 0) == "zero" and item(Missing(), 5) == "missing 5" and warm(item, Custom(), "k") == "k" and item(a, 0) == 1
    Custom.__getitem__ = lambda self, k: "changed"
    assert item(Custom(), 1) == "changed"
    del Custom.__getitem__
    assert message(TypeError, item, Custom(), 1) == "'Custom' object is not subscriptable" and warm(item, list, int) == list[int]


def test_writing():
    a, d = [0] * 3, {}
    warm(store, a, 1, 5)
    store(a, -1, 6)
    assert a == [0, 5, 6] and message(IndexError, store, a, 3, 0) == "list assignment index out of range"
    store(a, slice(0, 2), [9])
    warm(store, d, "k", 1)
    assert a == [9, 6] and d == {"k": 1} and message(TypeError, store, (1,), 0, 1) == "'tuple' object does not support item assignment" and message(TypeError, store, d, [], 1) == "cannot use 'list' as a dict key (unhashable type: 'list')"

    class Log(dict):
        def __setitem__(self, k, v):
            super().__setitem__(k, ("logged", v))

    log = Log()
    store(log, 1, 2)
    assert log == {1: ("logged", 2)}
    for i in range(N):
        store(d, i, i)
    assert len(d) == N + 1 and warm(item, d, 7) == 7
    b = bytearray(3)
    warm(store, b, 0, 255)
    assert b == b"\xff\0\0" and message(ValueError, store, b, 0, 256) == "byte must be in range(0, 256)"


def test_unpacking():
    def two(x):
        a, b = x
        return b, a

    def three(x):
        a, b, c = x
        return c, b, a

    assert warm(two, (1, 2)) == (2, 1) and two([3, 4]) == (4, 3) and two("ab") == ("b", "a") and two(iter([5, 6])) == (6, 5) and two({"x": 1, "y": 2}) == ("y", "x") and message(ValueError, two, (1, 2, 3)) == "too many values to unpack (expected 2, got 3)" and message(ValueError, two, [1]) == "not enough values to unpack (expected 2, got 1)" and message(TypeError, two, None) == "cannot unpack non-iterable NoneType object" and warm(three, [1, 2, 3]) == (3, 2, 1) and three((1, 2, 3)) == (3, 2, 1) and warm(two, [1, 2]) == (2, 1) and three(range(3)) == (2, 1, 0)


def test_iteration():
    class Iterable:
        def __iter__(self):
            return iter("xy")

    class Getitem:
        def __getitem__(self, i):
            if i == 2:
                raise IndexError
            return i

    def generator():
        yield 1
        yield 2

    for source, result in (([1, 2], [1, 2]), ((1, 2), [1, 2]), (range(3), [0, 1, 2]), ("ab", ["a", "b"]), ({"k": 1}, ["k"]), ({5}, [5]), (b"a", [97]), (Iterable(), ["x", "y"]), (Getitem(), [0, 1]), (range(1 << 62, (1 << 62) + 2), [1 << 62, (1 << 62) + 1]), (range(5, 0, -2), [5, 3, 1]), (enumerate("a"), [(0, "a")]), (generator(), [1, 2]), ([], []), (range(0), [])):
        assert collect(source) == result
        if iter(source) is not source:
            assert warm(collect, source) == result
    for _ in range(500):
        assert collect(generator()) == [1, 2] and collect([1]) == [1] and collect(zip("a", [1])) == [("a", 1)] and collect(map(str, [1])) == ["1"]
    assert message(TypeError, collect, 5) == "'int' object is not iterable"

    def grow(items):
        for x in items:
            if len(items) < N:
                items.append(x + 1)
        return len(items)

    def shrink(items):
        for x in items:
            items.pop()
        return len(items)

    assert grow([0]) == N and shrink(list(range(N))) == N // 2

    def nested():
        total = 0
        for i in range(60):
            for j in range(60):
                if j == 50:
                    break
                if i == j:
                    continue
                total += 1
        return total

    assert nested() == 60 * 50 - 50


def test_membership():
    def contains(x, c):
        return x in c, x not in c

    for c in ([1, 2], (1, 2), {1, 2}, {1: 0}, frozenset([1]), range(5)):
        assert warm(contains, 1, c) == (True, False) and contains(9, c) == (False, True)
    assert contains("a", "abc") == (True, False) and message(TypeError, contains, 1, "abc") == "'in <string>' requires string as left operand, not int" and message(TypeError, contains, 1, 5) == "argument of type 'int' is not a container or iterable" and message(TypeError, contains, [], {1}) == "cannot use 'list' as a set element (unhashable type: 'list')"


def test_mutation_of_dict_shapes():
    def count(words):
        counts = {}
        for w in words:
            counts[w] = counts.get(w, 0) + 1
        return counts

    words = ["a", "b", "a", "c"] * 200
    assert count(words) == {"a": 400, "b": 200, "c": 200} and count([1, 1.0, True]) == {1: 3} and count([(1,), (1,)]) == {(1,): 2}
    d = {"a": 1}
    for i in range(N):
        d[f"k{i}"] = i
        assert d["a"] == 1
        if i % 3 == 0:
            del d[f"k{i}"]
    assert len(d) == 1 + N - N // 3 and list(d)[:3] == ["a", "k1", "k2"]


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
