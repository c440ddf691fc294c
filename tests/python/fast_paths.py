"""Native shortcuts of the built-in types: the same results at their edges."""

import collections
import itertools
import random


def test_result_tuples_are_not_shared():
    pairs = list(zip([1, 2, 3], "abc"))
    assert pairs == [(1, "a"), (2, "b"), (3, "c")]
    assert list({1: 2, 3: 4, 5: 6}.items()) == [(1, 2), (3, 4), (5, 6)]
    assert list(reversed({1: 2, 3: 4}.items())) == [(3, 4), (1, 2)]
    kept = []
    for i, pair in enumerate({"a": [1], "b": [2], "c": [3]}.items()):
        if i != 1:
            kept.append(pair)
    assert kept == [("a", [1]), ("c", [3])]
    nested = list(enumerate(zip(range(4), range(4))))
    assert nested == [(i, (i, i)) for i in range(4)]
    last = None
    for i, pair in enumerate(zip("abcdef", range(6))):
        if last is not None:
            assert last == ("abcdef"[i - 1], i - 1)
            assert pair == ("abcdef"[i], i) and hash(pair) == hash(("abcdef"[i], i))
        last = pair
    it = {1: "x", 2: "y"}.items().__iter__()
    first = next(it)
    assert hash(first) == hash((1, "x"))
    assert next(it) == (2, "y") and first == (1, "x")


def test_selections_keep_earlier_results():
    for make in (
        lambda: itertools.combinations("abcd", 2),
        lambda: itertools.permutations("abc"),
        lambda: itertools.product("ab", repeat=3),
        lambda: itertools.combinations_with_replacement("abc", 2),
    ):
        whole = list(make())
        # Some results stay in use, some do not.
        for step in (1, 2, 3):
            seen = []
            for i, result in enumerate(make()):
                assert result == whole[i]
                if i % step == 0:
                    seen.append(result)
            assert seen == whole[::step]


def test_dict_changed_while_items_are_walked():
    d = {i: i for i in range(4)}
    try:
        for k, v in d.items():
            d[k + 10] = v
    except RuntimeError as error:
        assert str(error) == "dictionary changed size during iteration"
    else:
        raise AssertionError

    class Noisy:
        def __init__(self, d):
            self.d = d

        def __del__(self):
            self.d["late"] = 1

    d = {}
    d["a"] = Noisy(d)
    d["b"] = 2
    try:
        for k, v in d.items():
            del v
            if k == "a":
                d["a"] = 1
    except RuntimeError:
        pass
    assert d == {"a": 1, "b": 2, "late": 1}


def test_replace():
    cases = [
        ("hello world", "l", "L", -1, "heLLo worLd"),
        ("hello world", "l", "", -1, "heo word"),
        ("hello world", "l", "LL", 2, "heLLLLo world"),
        ("aaa", "a", "", -1, ""),
        ("aaa", "aa", "b", -1, "ba"),
        ("aaa", "a", "b", 0, "aaa"),
        ("aaa", "b", "c", -1, "aaa"),
        ("ab", "ab", "x", -1, "x"),
        ("abab", "b", "é", -1, "aéaé"),
        ("éa", "é", "e", -1, "ea"),
        ("", "", "x", -1, "x"),
        ("ab", "", "-", -1, "-a-b-"),
        ("x" * 1000, "x", "yz", 999, "yz" * 999 + "x"),
    ]
    for text, old, new, count, wanted in cases:
        assert text.replace(old, new, count) == wanted, (text, old, new, count)

    class S(str):
        pass

    assert type(S("abc").replace("x", "y")) is str
    assert S("abc").replace("b", "") == "ac"


def test_split_join():
    assert "a,b,,c".split(",") == ["a", "b", "", "c"]
    assert "a,b,,c".split(",", 2) == ["a", "b", ",c"]
    assert ",".split(",") == ["", ""]
    assert "".split(",") == [""] and "".split() == []
    assert " a\x1cb\x1f c\t\nd ".split() == ["a", "b", "c", "d"]
    assert " a b  c ".split(None, 1) == ["a", "b  c "]
    assert "aXbXc".split("é") == ["aXbXc"]
    assert "".join(["a"] * 5) == "aaaaa"
    assert ", ".join(["a", "bcdef", ""]) == "a, bcdef, "
    assert "é".join(["a", "b"]) == "aéb"
    assert "-".join(["a", "é", "😀"]) == "a-é-😀"
    assert "".join(["", ""]) == "" and "-".join([]) == ""
    for bad in (["a", 1], [1], ["é", None]):
        try:
            "-".join(bad)
        except TypeError as error:
            assert "expected str instance" in str(error)
        else:
            raise AssertionError
    assert "ABC".lower() == "abc" and "a".upper() == "A" and "".upper() == "" and "aBc1é".upper() == "ABC1É"


def test_percent():
    assert "%d: %s" % (7, "a") == "7: a"
    assert "%d %i %s %r" % (-12345678901, True, -3, "x") == "-12345678901 1 -3 'x'"
    assert "%s" % 10**30 == "1" + "0" * 30
    assert "%5d|%-5d|%05d" % (42, 42, -42) == "   42|42   |-0042"
    assert "%s%s" % ("é", 1) == "é1" and "é%d" % 5 == "é5"
    assert "%s" % ("x" * 500) == "x" * 500
    assert ("%d" * 100) % tuple(range(100)) == "".join(map(str, range(100)))
    assert "%s %%" % "😀" == "😀 %"
    assert "{}{}{}".format(1, "a", -2) == "1a-2" and "{0:>5}{0!r}".format("é") == "    é'é'"
    assert "{}".format("y" * 300) == "y" * 300 and "{:>300}".format(1) == " " * 299 + "1"
    for template, args in (("%d", "x"), ("%d", ()), ("%d", (1, 2)), ("%d %d", (1,))):
        try:
            template % args
        except TypeError:
            pass
        else:
            raise AssertionError(template)
    for i in (0, 9, 10, 99, 100, 101, 999, 1000, 12345, 2**62 - 1, -(2**62), 2**62, 2**63, -(2**63)):
        assert str(i) == "%d" % i == f"{i}" == repr(i) and int(str(i)) == i


def test_ints_of_a_few_digits():
    values = [0, 1, -1, 2, 5, -7]
    for bits in (29, 30, 31, 59, 60, 61, 62, 63, 64, 65, 89, 90, 91, 119, 120, 121, 149, 150, 240, 480):
        values += [2**bits, 2**bits - 1, -(2**bits), -(2**bits) + 1, 2**bits + 12345]
    modulus = 2**61 - 1
    for a in values:
        for b in values:
            # Checked against residues and inverse operations.
            assert (a + b) - b == a and (a - b) + b == a
            product = a * b
            assert product % modulus == (a % modulus) * (b % modulus) % modulus
            if b:
                quotient, rest = divmod(a, b)
                assert quotient * b + rest == a and (0 <= rest < b or b < rest <= 0)
                assert a // b == quotient and a % b == rest and product // b == a
            assert (a & b) + (a | b) == a + b and (a ^ b) == (a | b) - (a & b)
            x = a
            x += b
            x *= b
            assert x == (a + b) * b
        for n in (0, 1, 29, 30, 31, 57, 62, 63, 64, 90, 119, 120, 200):
            assert a << n == a * 2**n and a >> n == a // 2**n
    assert hash(2**61 - 1) == 0 and isinstance(True + 2**70, int)


def test_plain_exceptions():
    class Own(ValueError):
        pass

    class Init(ValueError):
        def __init__(self, x):
            self.x = x

    class New(ValueError):
        def __new__(cls, *args):
            self = super().__new__(cls, "new")
            return self

    assert ValueError(1, 2).args == (1, 2) and Own().args == () and Own("a").args == ("a",)
    assert Init(5).args == (5,) and Init(5).x == 5
    assert New(3).args == (3,)
    for ty in (ValueError, Own):
        try:
            ty(x=1)
        except TypeError as error:
            assert str(error) == f"{ty.__name__}() takes no keyword arguments", error
        else:
            raise AssertionError
    try:
        {}[(1, 2)]
    except KeyError as error:
        assert error.args == ((1, 2),)
    try:
        raise Own
    except (KeyError, ValueError) as error:
        assert type(error) is Own and error.args == () and error.__context__ is None
    try:
        object().nothing
    except AttributeError as error:
        assert error.name == "nothing" and type(error.obj) is object


def test_sort_tuples():
    rng = random.Random(5)
    rows = [(rng.randrange(4), rng.choice(["a", "b", "ab"]), rng.random()) for _ in range(500)]
    ordered = sorted(rows)
    assert all(x <= y for x, y in zip(ordered, ordered[1:])) and sorted(ordered, reverse=True) == ordered[::-1]
    assert sorted([(1, 2), (1,), (), (1, 1.5), (True, 3)]) == [(), (1,), (1, 1.5), (1, 2), (True, 3)]
    assert sorted([(2**70,), (2**65,), (1,)]) == [(1,), (2**65,), (2**70,)]
    nan = float("nan")
    assert sorted([(nan, 2), (nan, 1)]) == [(nan, 1), (nan, 2)]
    try:
        sorted([(1, "a"), (1, 2)])
    except TypeError as error:
        assert str(error) == "'<' not supported between instances of 'int' and 'str'"
    else:
        raise AssertionError
    assert max(1, 2) == 2 and min(2.0, 2) == 2.0 and type(max(1, True)) is int and max("b", "a") == "b"


def test_set_algebra():
    class Key:
        def __init__(self, n):
            self.n = n

        def __hash__(self):
            return self.n % 3

        def __eq__(self, other):
            return isinstance(other, Key) and self.n == other.n

    a, b = {Key(i) for i in range(9)}, {Key(i) for i in range(6)}
    assert b <= a and not a <= b and len(a - b) == 3 and len(b - a) == 0 and len(a & b) == 6
    assert {1, 2, 3} - frozenset({2}) == {1, 3} and frozenset({1, 2}) <= {1, 2, 3.0}
    assert {1, 2} - {1: 0}.keys() == {2} and {1, "a", (1,)} & {(1,), "a"} == {"a", (1,)}


def test_text_order_and_search():
    assert "abc" < "abd" and "ab" < "abc" and not "é" < "e" and "z" < "é" < "Ā" and "\xff" < "\u0100"
    assert "wor" in "hello world" and "worx" not in "hello world" and "" in "" and "o w" in "hello world"
    assert [c for c in "aé"] == ["a", "é"] and list("abc") == ["a", "b", "c"]
    it = iter("ab")
    assert next(it) == "a" and it.__length_hint__() == 1 and next(it) == "b" and list(it) == [] and list(it) == []


def test_generators_in_native_loops():
    def numbers(n):
        for i in range(n):
            yield i
        return "end"

    def failing():
        yield 1
        raise KeyError("x")

    assert sum(numbers(10)) == 45 and tuple(numbers(3)) == (0, 1, 2) and list(numbers(0)) == []
    assert any(i > 2 for i in numbers(5)) and not all(i < 2 for i in numbers(5))
    assert max(numbers(4)) == 3 and set(numbers(3)) == {0, 1, 2} and sorted(numbers(3)) == [0, 1, 2]
    for consume in (sum, list, tuple, set, max):
        try:
            consume(failing())
        except KeyError as error:
            assert error.args == ("x",)
        else:
            raise AssertionError
    g = numbers(5)
    assert sum(itertools.islice(g, 2)) == 1 and list(g) == [2, 3, 4]


class Watched:
    """Equal by number, of a chosen hash; comparisons are written down."""

    log = []

    def __init__(self, number, hash_value):
        self.number = number
        self.hash_value = hash_value

    def __hash__(self):
        return self.hash_value

    def __eq__(self, other):
        self.log.append((self.number, getattr(other, "number", other)))
        return isinstance(other, Watched) and self.number == other.number


def test_named_tuples_as_keys():
    Pair = collections.namedtuple("Pair", "a b")

    class Strange(tuple):
        compared = 0
        __hash__ = tuple.__hash__

        def __eq__(self, other):
            Strange.compared += 1
            return False

    d = {(1, "x"): "plain", Pair(2, (3, 0.5)): "named"}
    assert d[Pair(1, "x")] == "plain" and d[2, (3, 0.5)] == "named" and d[Pair(2, Pair(3, 0.5))] == "named"
    assert Pair(1, "y") not in d and (2, (3, 0.25)) not in d and (1,) not in d
    assert Strange((1, "x")) not in d and Strange.compared >= 1
    assert {Pair(1, 2)} == {(1, 2)} and {Pair(1, 2.0), (1, 2)} == {(1, 2)} and {(True, 0.0)} == {(1, -0.0)}
    nan = float("nan")
    assert (nan, 1) in {(nan, 1)} and (float("nan"), 1) not in {(nan, 1)}
    outer = {(0, Watched(1, 7)): 1}
    Watched.log.clear()
    assert (0, Watched(1, 7)) in outer and Watched.log == [(1, 1)]


def test_small_set_tables():
    s = {3, 1}
    s &= {1, 3, 5}
    s |= {9}
    assert s == {1, 3, 9} and len(s) == 3
    big = set(range(100))
    s.intersection_update(big)
    big.intersection_update([98, 99, 200])
    assert s == {1, 3, 9} and big == {98, 99}
    big.add(1)
    s.clear()
    s.clear()
    assert not s and list(s) == [] and big == {1, 98, 99}
    s.update(range(40))
    for i in range(39):
        s.remove(i)
    s -= {100}
    s.add(7)
    assert s == {39, 7}
    for _ in range(30):
        # Deleted entries of the smallest table are used again or swept away.
        s.add(8)
        s.add(16)
        s.discard(8)
        s.discard(16)
        s.pop()
        s.add(7)
        assert 7 in s and len(s) <= 2
    copy = s.copy()
    s.add(1000)
    assert copy == s - {1000}

    class Refiller:
        def __init__(self, target):
            self.target = target

        def __del__(self):
            self.target.add(len(self.target))

    for count in (1, 3, 10):
        s = set()
        s.update(Refiller(s) for _ in range(count))
        s.clear()
        assert s == set(range(count))
        s.clear()


def test_sets_walked_natively():
    import gc
    import weakref

    class Node:
        pass

    # Elements that came in every way are found by the collector and released with the set.
    for make in (lambda x: {x}, lambda x: {1} | {x}, lambda x: {x, 2}.copy(), lambda x: {x, 1} - {1}, lambda x: {x, 1} & {x}):
        node = Node()
        node.self = make(node)
        alive = weakref.ref(node)
        del node
        gc.collect()
        assert alive() is None
        node = Node()
        s = make(node)
        alive = weakref.ref(node)
        del node
        assert alive() is not None
        s.clear()
        assert alive() is None
    a, b = {1, 2}, {Node()}
    a &= b
    a |= b
    b.clear()
    alive = weakref.ref(next(iter(a)))
    a.clear()
    gc.collect()
    assert alive() is None
    assert min({3, 1, 2}) == 1 and max(frozenset("abc")) == "c" and sum({1, 2.5}) == 3.5 and sorted({3, 1}) == [1, 3]
    for consume in (sum, max, list, tuple):
        growing = {0}

        class Grow:
            def __init__(self, target):
                self.target = target

            def __hash__(self):
                return 0

            def __eq__(self, other):
                return self is other

            def __radd__(self, other):
                self.target.add(len(self.target))
                return 0

            def __gt__(self, other):
                self.target.add(len(self.target))
                return False

            __lt__ = __gt__

        growing |= {Grow(growing), 5}
        try:
            consume(growing)
        except RuntimeError as error:
            assert consume in (sum, max) and str(error) == "Set changed size during iteration"
        else:
            assert consume in (list, tuple)


def test_order_of_sets():
    # Deleted entries are taken by new elements: the last one on the way.
    s = {1, 9, 3}
    s.remove(1)
    s.remove(9)
    s.add(17)
    assert list(s) == [3, 17]
    s.add(25)
    assert list(s) == [25, 3, 17]
    s = set()
    s.add(9)
    s.add(18)
    assert s.pop() == 9
    s.add(9)
    assert list(s) == [9, 18]
    assert list(set(range(40)) - set(range(3, 37))) == [0, 1, 2, 37, 38, 39]
    # A set with many deleted entries is made anew.
    s = {33, 8, 2, 0, 28}
    s -= {33, 0, 8}
    assert sorted(s) == [2, 28] and list(s) == list({2, 28})


def test_comparisons_of_set_operations():
    def log_of(operation):
        Watched.log.clear()
        operation()
        return list(Watched.log)

    a, b, c = Watched(1, 5), Watched(2, 5), Watched(1, 5)
    assert log_of(lambda: {a, b}) == [(1, 2)]
    s = {a, b}
    assert log_of(lambda: {c} <= s) == [(1, 1)]
    assert log_of(lambda: s & {c}) == [(1, 1)]
    assert log_of(lambda: {c} - s) == [(1, 1)]
    # All elements found: the rest is neither compared nor even hashed.
    rest = []
    assert log_of(lambda: {a}.intersection(x for x in (c, 6, a, rest))) == [(1, 1)]
    try:
        {a, 7}.intersection(x for x in (c, 6, a, rest))
    except TypeError:
        pass
    else:
        raise AssertionError

    class Clearing:
        def __init__(self, victim):
            self.victim = victim

        def __hash__(self):
            return 5

        def __eq__(self, other):
            self.victim.clear()
            return False

    victim = {5}
    assert not {Clearing(victim)} <= victim and victim == set()
    # The set that is walked changes.
    walked = set()
    walked.update({Clearing(walked), 1, 2, 3})
    assert len(walked - {5}) == 4 and not walked


def test_sums_and_extremes():
    assert sum([]) == 0 and sum([], 0.5) == 0.5 and sum((2**61, 2**61, 2**61, 2**61)) == 2**63
    assert sum([1, True, 2**70, -1]) == 2**70 + 1 and type(sum([True])) is int
    assert sum([0.1] * 10) == 1.0 and sum([1, 0.5, 2]) == 3.5 and sum([0.0, 1e100, 1.0, -1e100]) == 1.0
    assert repr(sum([-0.0, -0.0], -0.0)) == "-0.0" and sum([1.5, 2**80]) == 1.5 + 2**80
    assert sum([1, 2j, 0.5]) == 1.5 + 2j and sum([[1], [2]], []) == [1, 2]
    growing = [1, 2]

    def feed():
        for x in growing:
            if len(growing) < 5:
                growing.append(x + 10)
            yield x

    assert sum(feed()) == 1 + 2 + 11 + 12 + 21
    assert max([1, 1.0, True]) is not True and type(max([1, 1.0])) is int and type(max([1.0, 1])) is float
    assert min(3, 2, 2.0) == 2 and type(min(2.0, 2)) is float and max("a", "b", "aa") == "b"
    assert max([0.5, 1.5, -2.0]) == 1.5 and min(x / 2 for x in (5, 3, 4)) == 1.5 and max([-0.0, 0.0]) == 0
    assert repr(max([-0.0, 0.0])) == "-0.0" and repr(min(0.0, -0.0)) == "0.0"
    nan = float("nan")
    assert max([nan, 1.0]) is nan and max([1.0, nan]) == 1.0
    assert max([], default=4) == 4 and min([], default=None) is None and max([2], default=4) == 2
    for call in (lambda: max([]), lambda: min(()), lambda: max(iter([]))):
        try:
            call()
        except ValueError as error:
            assert "iterable argument is empty" in str(error)
        else:
            raise AssertionError
    for call in (lambda: max(1, 2, default=3), lambda: max(3), lambda: min([1, "x"]), lambda: max()):
        try:
            call()
        except TypeError:
            pass
        else:
            raise AssertionError


def test_lists_of_one_kind():
    assert sorted([3, -1, 2, -(2**61)], reverse=True) == [3, 2, -1, -(2**61)]
    assert sorted([2.5, -1.5, 0.25]) == [-1.5, 0.25, 2.5] and sorted(["b", "\u0101", "a", ""]) == ["", "a", "b", "\u0101"]
    equal = ["".join(["x", "y"]) for _ in range(3)]
    assert [id(x) for x in sorted(equal, reverse=True)] == [id(x) for x in equal]
    assert sorted([2, 1.5, True]) == [True, 1.5, 2]
    numbers = [1, 2.0, None, "x", (1, 2), 2**80, 0.5]
    assert 2 in numbers and 1.0 in numbers and True in numbers and 0.5 in numbers and (1, 2) in numbers
    assert 3 not in numbers and 0.25 not in numbers and "y" not in numbers and 2**80 in numbers and None in numbers
    nan = float("nan")
    assert nan in [nan] and float("nan") not in [nan] and [nan].count(nan) == 1 and [1, nan].index(nan) == 1

    class Clearing:
        def __init__(self, victim):
            self.victim = victim

        def __eq__(self, other):
            self.victim.clear()
            return False

    victim = []
    victim.extend([1, Clearing(victim), 5])
    assert 5 not in victim and victim == []
    both = [1, 2, 3]
    both.extend(both)
    both += both
    both += (4,)
    assert both == [1, 2, 3] * 4 + [4] and both[1:3] + [] == [2, 3] and [] + [] == [] and both.copy() == both
    both.insert(100, 5)
    both.insert(-100, 0)
    both.insert(-1, 9)
    assert both == [0] + [1, 2, 3] * 4 + [4, 9, 5]
    t = tuple(both)
    assert t[2:5] == (2, 3, 1) and t[5:2] == () and t[::-5] == (5, 1, 2, 0) and t[:] is t and (1,) + (2, 3) == (1, 2, 3)


def test_sort_sees_changes():
    class Key:
        def __init__(self, change):
            self.change = change

        def __lt__(self, other):
            self.change()
            return False

    l = []

    def grow_and_shrink():
        l.append(1)
        l.pop()

    def grow_when_dropped():
        l.append(1)

    class Dropped:
        def __lt__(self, other):
            return False

        def __del__(self):
            l.append(1)

    for key in (lambda _: Key(grow_and_shrink), lambda _: Key(lambda: l.append(1)), lambda _: Dropped()):
        l[:] = [1, 2, 3]
        try:
            l.sort(key=key)
        except ValueError as error:
            assert str(error) == "list modified during sort"
        else:
            raise AssertionError
        assert l == [1, 2, 3]
    seen = []
    l[:] = [3, 1, 2]
    l.sort(key=lambda x: seen.append(list(l)) or x)
    assert l == [1, 2, 3] and seen == [[], [], []]
    try:
        l.sort(key=lambda x: 1 // (x - 2))
    except ZeroDivisionError:
        assert l == [1, 2, 3]
    else:
        raise AssertionError


def test_hashes_of_elements_are_reused():
    class Counted(int):
        calls = 0

        def __hash__(self):
            Counted.calls += 1
            return int.__hash__(self)

    d = dict.fromkeys(map(Counted, range(10)))
    made = set(d), frozenset(d), dict.fromkeys(set(d)), dict.fromkeys(frozenset(d), 1), set(d) - set(d), set(d) ^ set(d)
    assert Counted.calls == 10 and made[2] == d and made[3] == dict.fromkeys(d, 1)

    class Own(set):
        def __iter__(self):
            return iter([1, 2])

    assert dict.fromkeys(Own([5])) == {1: None, 2: None}


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
print("ok")
