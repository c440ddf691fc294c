"""Lists, tuples, slices, ranges."""

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


def test_list_basics():
    a = [1, 2, 3]
    assert a[0] == 1 and a[-1] == 3 and a[1:] == [2, 3] and a[::-1] == [3, 2, 1] and a + [4] == [1, 2, 3, 4] and a * 2 == [1, 2, 3, 1, 2, 3] == 2 * a and 2 in a and 5 not in a and len(a) == 3 and a == [1, 2, 3] and a != (1, 2, 3) and a < [1, 3] and [1] < [1, 0] and not [] and a * -1 == []
    a[1] = "x"
    a[-1] += 10
    assert a == [1, "x", 13] and repr(a) == "[1, 'x', 13]" and str([]) == "[]" and list("ab") == ["a", "b"] and list() == [] and [*range(3), *"a"] == [0, 1, 2, "a"]
    del a[0], a[-1]
    assert a == ["x"]
    assert message(IndexError, lambda: a[5]) == "list index out of range" and message(IndexError, a.__setitem__, 5, 1) == "list assignment index out of range" and message(IndexError, a.__delitem__, 5) == "list assignment index out of range" and message(TypeError, lambda: a["x"]) == "list indices must be integers or slices, not str" and message(TypeError, lambda: a + (1,)) == 'can only concatenate list (not "tuple") to list' and message(TypeError, hash, a) == "unhashable type: 'list'" and message(TypeError, lambda: a < 1) == "'<' not supported between instances of 'list' and 'int'" and message(TypeError, list, 5) == "'int' object is not iterable" and raises((MemoryError, OverflowError), lambda: [1] * (1 << 62))


def test_list_methods():
    a = []
    a.append(3)
    a.extend((1, 2))
    a += "x"
    a.insert(0, "first")
    a.insert(-1, "before last")
    a.insert(100, "end")
    assert a == ["first", 3, 1, 2, "before last", "x", "end"] and a.pop() == "end" and a.pop(0) == "first" and a.pop(-2) == "before last" and a == [3, 1, 2, "x"]
    a.remove("x")
    assert a.index(1) == 1 and a.count(3) == 1 and a.index(2, 1, 3) == 2
    a.sort()
    assert a == [1, 2, 3]
    a.reverse()
    b = a.copy()
    assert b == [3, 2, 1] and b is not a
    a.clear()
    assert a == [] and b == [3, 2, 1]
    assert message(IndexError, a.pop) == "pop from empty list" and message(IndexError, b.pop, 9) == "pop index out of range" and message(ValueError, b.remove, 9) == "list.remove(x): x not in list" and message(ValueError, b.index, 9) == "list.index(x): x not in list" and message(TypeError, a.append) == "list.append() takes exactly one argument (0 given)" and message(TypeError, a.extend, 5) == "'int' object is not iterable" and raises(TypeError, a.insert, "a", 1)
    x = [1]
    x.append(x)
    assert repr(x) == "[1, [...]]" and x[1][1] is x
    big = list(range(1000))
    while big:
        big.pop(0)
    assert big == []


def test_sort():
    a = [3, 1, 2]
    assert a.sort() is None and a == [1, 2, 3] and sorted("bca") == ["a", "b", "c"] and sorted([1, 2, 3], reverse=True) == [3, 2, 1] and sorted(["bb", "a", "ccc"], key=len) == ["a", "bb", "ccc"] and sorted([(1, "b"), (0, "z"), (1, "a")], key=lambda p: p[0]) == [(0, "z"), (1, "b"), (1, "a")] and sorted([1, 2, 3, 4], key=lambda n: n % 2, reverse=True) == [1, 3, 2, 4]
    import random
    random.seed(5)
    data = [random.randrange(1000) for _ in range(3000)]
    ordered = sorted(data)
    assert all(ordered[i] <= ordered[i + 1] for i in range(len(ordered) - 1)) and sorted(data, reverse=True) == ordered[::-1] and sorted(data, key=lambda n: -n) == ordered[::-1] and sorted(map(float, data)) == list(map(float, ordered)) and sorted(map(str, data)) == sorted([str(n) for n in data])
    pairs = sorted((n % 10, i) for i, n in enumerate(data))
    assert pairs == sorted([(n % 10, i) for i, n in enumerate(data)], key=lambda p: p[0])
    runs = list(range(100)) + list(range(50)) + list(range(200, 100, -1))
    assert sorted(runs) == sorted(sorted(runs, key=lambda n: (n * 7919) % 251)) and sorted([2.5, 1, True, 10 ** 30, -3]) == [-3, 1, True, 2.5, 10 ** 30] and sorted([(1, 2), (1,), ()]) == [(), (1,), (1, 2)] and sorted([[2], [1, 5]]) == [[1, 5], [2]]
    assert message(TypeError, [1, "a"].sort) == "'<' not supported between instances of 'str' and 'int'" and message(TypeError, sorted, [1], lambda: 1) == "sorted expected 1 argument, got 2" and message(TypeError, [].sort, 1) == "sort() takes no positional arguments"

    class Spy:
        def __lt__(self, other):
            victim.append(1)
            return False

    victim = [Spy(), Spy()]
    assert message(ValueError, victim.sort) == "list modified during sort"

    class Reversed:
        def __init__(self, n):
            self.n = n

        def __lt__(self, other):
            return self.n > other.n

    assert [r.n for r in sorted(map(Reversed, [1, 3, 2]))] == [3, 2, 1] and max([1, 5, 3]) == 5

    def boom(n):
        if n == 2:
            raise KeyError("boom")
        return n

    c = [3, 2, 1]
    assert raises(KeyError, c.sort, key=boom) and c == [3, 2, 1]


def test_slice_assignment():
    a = list(range(10))
    a[2:5] = ["x"]
    assert a == [0, 1, "x", 5, 6, 7, 8, 9]
    a[:0] = [-2, -1]
    a[len(a):] = [10]
    assert a == [-2, -1, 0, 1, "x", 5, 6, 7, 8, 9, 10]
    a[::5] = "abc"
    assert a == ["a", -1, 0, 1, "x", "b", 6, 7, 8, 9, "c"]
    del a[1::2]
    assert a == ["a", 0, "x", 6, 8, "c"]
    del a[::-2]
    assert a == ["a", "x", 8]
    a[:] = a[::-1]
    a[1:2] = a
    assert a == [8, 8, "x", "a", "a"]
    a[3:1] = ["in"]
    assert a == [8, 8, "x", "in", "a", "a"]
    del a[:]
    assert a == [] and message(ValueError, [1, 2, 3].__setitem__, slice(None, None, 2), [1]) == "attempt to assign sequence of size 1 to extended slice of size 2" and message(TypeError, [1].__setitem__, slice(0, 1), 5) == "must assign iterable to extended slice"
    b = [1, 2, 3]
    b *= 2
    b += (i for i in "z")
    assert b == [1, 2, 3, 1, 2, 3, "z"]


def test_mutation_during_iteration():
    a = [1, 2, 3]
    seen = []
    for x in a:
        seen.append(x)
        if x < 3:
            a.append(x + 10)
    assert seen == [1, 2, 3, 11, 12]
    a = [1, 2, 3, 4]
    for x in a:
        a.remove(x)
    assert a == [2, 4]
    it = iter([1])
    assert next(it) == 1 and next(it, None) is None and next(it, None) is None and it.__length_hint__() == 0


def test_tuple():
    t = (1, "a", 2.5)
    assert t[0] == 1 and t[-1] == 2.5 and t[1:] == ("a", 2.5) and t + (1,) == (1, "a", 2.5, 1) and t * 2 == t + t and "a" in t and t.index("a") == 1 and t.count(1) == 1 and len(t) == 3 and hash(t) == hash((1, "a", 2.5)) and () == tuple() and tuple("ab") == ("a", "b") and (1,) != (1, 2) and (1, 2) < (1, 3) and (1,) < (1, 0) and repr((1,)) == "(1,)" and repr(()) == "()" and t[:] is t and tuple(t) is t and {t: 1}[(1, "a", 2.5)] == 1 and (1, [2])[1] == [2]
    assert message(IndexError, lambda: t[3]) == "tuple index out of range" and message(TypeError, lambda: t + [1]) == 'can only concatenate tuple (not "list") to tuple' and message(TypeError, lambda: t["a"]) == "tuple indices must be integers or slices, not str" and message(TypeError, hash, ([],)) == "unhashable type: 'list'" and message(ValueError, t.index, 9) == "tuple.index(x): x not in tuple"

    def assign():
        t[0] = 1

    def delete():
        del t[0]

    assert message(TypeError, assign) == "'tuple' object does not support item assignment" and message(TypeError, delete) == "'tuple' object doesn't support item deletion"
    inner = []
    u = (inner,)

    def augment():
        u[0] += [1]

    assert raises(TypeError, augment) and inner == [1] and hash((1, 2)) == hash((1.0, 2)) and hash(()) == hash(tuple())

    class T(tuple):
        def __new__(cls, *items):
            return super().__new__(cls, items)

    s = T(1, 2)
    s.x = 5
    assert s == (1, 2) and s.x == 5 and type(s + (3,)) is tuple and type(s[:]) is tuple and repr(s) == "(1, 2)"


def test_slice_objects():
    s = slice(1, 10, 2)
    assert (s.start, s.stop, s.step) == (1, 10, 2) and s.indices(5) == (1, 5, 2) and slice(None).indices(3) == (0, 3, 1) and slice(None, None, -1).indices(3) == (2, -1, -1) and slice(5) == slice(None, 5, None) and repr(slice(1, 2)) == "slice(1, 2, None)" and hash(slice(1, 2)) == hash(slice(1, 2)) and slice(-3, -1).indices(10) == (7, 9, 1) and slice(1, 2) < slice(1, 3)
    class S:
        def __getitem__(self, key):
            return key

    k = S()
    assert k[1:2] == slice(1, 2) and k[:, 1, ...] == (slice(None), 1, Ellipsis) and k[::3] == slice(None, None, 3) and k["a":] == slice("a", None) and k[1, 2] == (1, 2) and k[()] == () and k[*[1, 2]] == (1, 2) and k[1:2, *"a"] == (slice(1, 2), "a")
    assert message(ValueError, slice(None, None, 0).indices, 5) == "slice step cannot be zero" and message(TypeError, slice("a").indices, 5) == "slice indices must be integers or None or have an __index__ method" and raises(TypeError, slice)


def test_range():
    r = range(0, 20, 3)
    assert list(r) == [0, 3, 6, 9, 12, 15, 18] and len(r) == 7 and r[1] == 3 and r[-1] == 18 and r[1:3] == range(3, 9, 3) and r[::-1] == range(18, -3, -3) and 6 in r and 7 not in r and 6.0 in r and "a" not in r and r.index(9) == 3 and r.count(9) == 1 and r.count(1) == 0 and range(3) == range(0, 3, 1) and range(0) == range(5, 1) and hash(range(3)) == hash(range(0, 3)) and repr(range(1, 5)) == "range(1, 5)" and repr(range(1, 5, 2)) == "range(1, 5, 2)" and list(reversed(range(3))) == [2, 1, 0] and (r.start, r.stop, r.step) == (0, 20, 3) and bool(range(0)) is False and list(range(5, 0, -2)) == [5, 3, 1]
    big = range(10 ** 20, 10 ** 20 + 3)
    assert list(big) == [10 ** 20, 10 ** 20 + 1, 10 ** 20 + 2] and big[1] == 10 ** 20 + 1 and 10 ** 20 in big and message(OverflowError, len, range(10 ** 30)) == "Python int too large to convert to C ssize_t" and list(range(sys.maxsize - 1, sys.maxsize + 2)) == [sys.maxsize - 1, sys.maxsize, sys.maxsize + 1] and range(10 ** 30)[10 ** 29] == 10 ** 29
    assert message(ValueError, range, 1, 2, 0) == "range() arg 3 must not be zero" and message(TypeError, range, 1.5) == "'float' object cannot be interpreted as an integer" and message(TypeError, range) == "range expected at least 1 argument, got 0" and message(IndexError, lambda: r[7]) == "range object index out of range" and message(ValueError, r.index, 1) == "range.index(x): x not in range"


def test_unpacking():
    a, b = 1, 2
    a, b = b, a
    assert (a, b) == (2, 1)
    a, *b = [1, 2, 3]
    assert a == 1 and b == [2, 3]
    *a, b = "xyz"
    assert a == ["x", "y"] and b == "z"
    a, *b, c = (1, 2)
    assert (a, b, c) == (1, [], 2)
    (a, [b, *c]), d = (1, [2, 3, 4]), 5
    assert (a, b, c, d) == (1, 2, [3, 4], 5)
    [a] = {7}
    assert a == 7
    a = b = c = []
    assert a is b is c
    x = [0, 0]
    i = 0
    i, x[i] = 1, 9
    assert x == [0, 9]
    for a, (b, c) in [(1, (2, 3))]:
        assert a + b + c == 6

    def two(n):
        a, b = n

    def star(n):
        a, *b, c = n

    assert message(ValueError, two, [1]) == "not enough values to unpack (expected 2, got 1)" and message(ValueError, two, [1, 2, 3]) == "too many values to unpack (expected 2, got 3)" and message(ValueError, two, iter([1, 2, 3])) == "too many values to unpack (expected 2)" and message(TypeError, two, 5) == "cannot unpack non-iterable int object" and message(ValueError, star, [1]) == "not enough values to unpack (expected at least 2, got 1)" and message(ValueError, two, {1: 1, 2: 2, 3: 3}) == "too many values to unpack (expected 2, got 3)"


def test_repetition_shares_items():
    items = [1, [2]]
    thrice = items * 3
    assert thrice == [1, [2]] * 3 and thrice[1] is thrice[5] is items[1]
    items *= 2
    assert items == [1, [2], 1, [2]]
    items *= 0
    assert items == [] and [7] * 5 == [7, 7, 7, 7, 7] and [0] * 0 == [] * 5 == [0] * -1 == []
    items += [None]
    items *= 3
    items *= 1
    assert items == [None, None, None] and 2 * [None] == [None, None]
    items *= -3
    assert items == []
    for make in (lambda: [0] * 2**62, lambda: [1, 2] * 2**60, lambda: [[]] * 2**60):
        try:
            make()
        except MemoryError:
            continue
        raise AssertionError


def test_sort_of_objects():
    import random

    source = random.Random(7)

    class Key:
        compared = 0

        def __init__(self, value, place):
            self.value, self.place = value, place

        def __lt__(self, other):
            Key.compared += 1
            return self.value < other.value

    def comparisons(values):
        """How many a sort takes, which must be stable, in all its forms."""
        keys = [Key(value, place) for place, value in enumerate(values)]
        Key.compared = 0
        ordered = sorted(keys)
        count = Key.compared
        expected = sorted(range(len(values)), key=lambda i: (values[i], i))
        assert [key.place for key in ordered] == expected
        assert [key.place for key in sorted(keys, key=lambda key: (key.value,))] == expected
        assert [key.place for key in sorted(keys, reverse=True)] == sorted(range(len(values)), key=lambda i: (-values[i], i))
        return count

    for n in (0, 1, 2, 3, 5, 17, 31, 32, 33, 64, 65, 100, 257, 1000, 3000):
        worst = n * n.bit_length()
        assert comparisons([source.random() for _ in range(n)]) <= worst
        for width in (1, 2, 7, 50):
            assert comparisons([i % width for i in range(n)]) <= worst
            assert comparisons([source.randint(0, width) for _ in range(n)]) <= worst
        # Runs are found, and merged by stretches.
        assert comparisons(list(range(n))) == comparisons(list(range(n, 0, -1))) == max(n - 1, 0)
        if n >= 100:
            assert comparisons(list(range(n // 2)) + list(range(n // 2, 0, -1))) <= 2 * n + 40
            assert comparisons([i + n for i in range(n)] + list(range(n))) <= 2 * n + 40


def test_sort_that_fails():
    class Fails:
        left = 0

        def __init__(self, value):
            self.value = value

        def __lt__(self, other):
            Fails.left -= 1
            if Fails.left == 0:
                raise KeyError(self)
            return self.value < other.value

    for stop in range(1, 4000, 61):
        items = [Fails(i % 50 if stop % 2 else i * 7919 % 500) for i in range(500)]
        there = sorted(map(id, items))
        Fails.left = stop
        try:
            items.sort()
        except KeyError:
            pass
        assert sorted(map(id, items)) == there
    items = [3, 1, 2]
    try:
        items.sort(key=lambda v: 1 // (v - 1))
    except ZeroDivisionError:
        assert items == [3, 1, 2]
    else:
        raise AssertionError


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
