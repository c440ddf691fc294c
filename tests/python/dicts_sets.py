"""Dictionaries, views, sets, frozensets."""


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_dict_basics():
    d = {"a": 1, "b": 2}
    assert d["a"] == 1 and len(d) == 2 and "a" in d and "c" not in d and d == {"b": 2, "a": 1} and d != {"a": 1} and list(d) == ["a", "b"] and d.get("x") is None and d.get("x", 5) == 5 and repr(d) == "{'a': 1, 'b': 2}" and str({}) == "{}" and dict(a=1) == {"a": 1} and dict([("a", 1)], b=2) == {"a": 1, "b": 2} and dict({"a": 1}, a=2) == {"a": 2} and {**d, "c": 3} == {"a": 1, "b": 2, "c": 3} and {**{"a": 1}, **{"a": 2}} == {"a": 2} and dict(zip("ab", [1, 2])) == d and dict() == {} and not {}
    d["c"] = 3
    del d["a"]
    d["a"] = 4
    assert list(d.items()) == [("b", 2), ("c", 3), ("a", 4)] and list(reversed(d)) == ["a", "c", "b"] and d.pop("c") == 3 and d.pop("zz", None) is None and d.popitem() == ("a", 4) and d.setdefault("b", 9) == 2 and d.setdefault("n", 9) == 9 and d == {"b": 2, "n": 9}
    d.update({"b": 5}, x=1)
    d.update([("y", 2)])
    assert d == {"b": 5, "n": 9, "x": 1, "y": 2} and d.copy() == d and d.copy() is not d and dict.fromkeys("ab", 0) == {"a": 0, "b": 0} and dict.fromkeys([1]) == {1: None}
    d.clear()
    assert d == {} and d | {"a": 1} == {"a": 1} and {"a": 1, "b": 1} | {"b": 2, "c": 2} == {"a": 1, "b": 2, "c": 2}
    d |= [("k", "v")]
    assert d == {"k": "v"} and {1: "a", 1.0: "b", True: "c"} == {1: "c"} and list({1: "a", True: "c"}) == [1]


def test_dict_errors():
    d = {"k": "v"}
    assert raises(KeyError, lambda: d["x"]).args == ("x",) and message(KeyError, d.pop, "x") == "'x'" and message(KeyError, {}.popitem) == "'popitem(): dictionary is empty'" and message(TypeError, lambda: {[]: 1}) == "cannot use 'list' as a dict key (unhashable type: 'list')" and message(TypeError, dict, 5) == "'int' object is not iterable" and message(ValueError, dict, [(1, 2, 3)]) == "dictionary update sequence element #0 has length 3; 2 is required" and message(TypeError, hash, {}) == "unhashable type: 'dict'" and message(TypeError, lambda: {} < {}) == "'<' not supported between instances of 'dict' and 'dict'" and message(TypeError, lambda: {} | []) == "unsupported operand type(s) for |: 'dict' and 'list'" and raises(KeyError, d.__delitem__, "q").args == ("q",)
    assert message(TypeError, dict, [1]) == "object is not iterable"


def test_dict_views():
    d = {"a": 1, "b": 2}
    k, v, i = d.keys(), d.values(), d.items()
    d["c"] = 3
    assert list(k) == ["a", "b", "c"] and list(v) == [1, 2, 3] and list(i) == [("a", 1), ("b", 2), ("c", 3)] and len(k) == 3 and "a" in k and ("a", 1) in i and ("a", 2) not in i and 3 in v and k & {"a", "z"} == {"a"} and k | {"z"} == {"a", "b", "c", "z"} and k - {"a"} == {"b", "c"} and k ^ {"a", "z"} == {"b", "c", "z"} and i & {("a", 1)} == {("a", 1)} and k == {"a", "b", "c"} and k >= {"a"} and k.isdisjoint(["q"]) and list(reversed(v)) == [3, 2, 1] and list(reversed(i))[0] == ("c", 3)
    assert repr(k) == "dict_keys(['a', 'b', 'c'])" and repr(v) == "dict_values([1, 2, 3])" and repr(i) == "dict_items([('a', 1), ('b', 2), ('c', 3)])" and v != d.values() and k == d.keys() and k.mapping["a"] == 1 and message(TypeError, hash, k) == "unhashable type: 'dict_keys'"


def test_mutation_during_iteration():
    d = {i: i for i in range(5)}

    def grow():
        for key in d:
            d[key + 100] = 1

    def shrink():
        for key in d:
            del d[key]

    assert message(RuntimeError, grow) == "dictionary changed size during iteration" and message(RuntimeError, shrink) == "dictionary changed size during iteration"
    for key in list(d):
        d[key] = 0
    for key in d:
        d[key] = key
    assert all(d[key] == key for key in d)
    s = {1, 2, 3}

    def grow_set():
        for x in s:
            s.add(x + 10)

    assert message(RuntimeError, grow_set) == "Set changed size during iteration"
    it = iter({})
    assert next(it, 5) == 5 and next(it, 5) == 5


def test_order_after_many_changes():
    d = {}
    for i in range(1000):
        d[i] = i
    for i in range(0, 1000, 2):
        del d[i]
    for i in range(0, 1000, 4):
        d[i] = -i
    assert list(d) == list(range(1, 1000, 2)) + list(range(0, 1000, 4)) and len(d) == 750 and all(d[i] == i for i in range(1, 1000, 2))
    mixed = {1: "int", "1": "str", (1,): "tuple", 1.5: "float", None: "none", b"1": "bytes", frozenset([1]): "fs"}
    assert [mixed[k] for k in (1, "1", (1,), 1.5, None, b"1", frozenset([1]))] == ["int", "str", "tuple", "float", "none", "bytes", "fs"]
    words = {f"key{i}": i for i in range(5000)}
    assert all(words[f"key{i}"] == i for i in range(5000)) and "key5000" not in words


def test_collisions_and_equality():
    class Same:
        def __init__(self, n):
            self.n = n

        def __hash__(self):
            return 7

        def __eq__(self, other):
            return isinstance(other, Same) and self.n == other.n

    d = {Same(i): i for i in range(50)}
    assert len(d) == 50 and all(d[Same(i)] == i for i in range(50)) and Same(50) not in d
    for i in range(0, 50, 3):
        del d[Same(i)]
    assert [k.n for k in d] == [i for i in range(50) if i % 3]

    class Raising:
        def __hash__(self):
            return 7

        def __eq__(self, other):
            raise ZeroDivisionError("eq")

    class NoHash:
        __hash__ = None

    class BadHash:
        def __hash__(self):
            return "x"

    class HugeHash:
        def __hash__(self):
            return 1 << 100

    class EqOnly:
        def __eq__(self, other):
            return True

    assert message(ZeroDivisionError, lambda: {Raising(): 1}[Same(0)]) == "eq" and raises(KeyError, lambda: d[Raising()])
    assert message(TypeError, hash, NoHash()) == "unhashable type: 'NoHash'" and message(TypeError, hash, BadHash()) == "__hash__ method should return an integer" and hash(HugeHash()) == hash(1 << 100) and message(TypeError, hash, EqOnly()) == "unhashable type: 'EqOnly'"


def test_dict_subclass():
    class D(dict):
        def __missing__(self, key):
            return key * 2

    class Mapping:
        def keys(self):
            return ["x", "y"]

        def __getitem__(self, key):
            return key.upper()

    d = D(a=1)
    assert d["a"] == 1 and d["zz"] == "zzzz" and "zz" not in d and d.get("zz") is None and type(d.copy()) is dict and d == {"a": 1} and repr(d) == "{'a': 1}"
    assert dict(Mapping()) == {"x": "X", "y": "Y"} and {**Mapping()} == {"x": "X", "y": "Y"} and (lambda **kw: kw)(**Mapping()) == {"x": "X", "y": "Y"}
    a = {}
    a["self"] = a
    assert repr(a) == "{'self': {...}}"


def test_sets():
    s = {1, 2, 3}
    assert 1 in s and 5 not in s and len(s) == 3 and s == {3, 2, 1} and s | {4} == {1, 2, 3, 4} and s & {1, 9} == {1} and s - {1} == {2, 3} and s ^ {1, 9} == {2, 3, 9} and s <= {1, 2, 3} and s < {1, 2, 3, 4} and not s < s and s > {1} and s >= s and s.isdisjoint({9}) and set("aab") == {"a", "b"} and set() == frozenset() and repr(set()) == "set()" and repr({1}) == "{1}" and repr(frozenset({1})) == "frozenset({1})" and repr(frozenset()) == "frozenset()" and {1, 1.0, True} == {1} and {*"ab", "c"} == set("abc")
    s.add(4)
    s.discard(1)
    s.discard(99)
    s.update([5], (6,))
    assert s == {2, 3, 4, 5, 6} and s.union([7], "a") == {2, 3, 4, 5, 6, 7, "a"} and s.intersection([2, 3], [3]) == {3} and s.difference([2], [3]) == {4, 5, 6} and s.symmetric_difference([2, 9]) == {3, 4, 5, 6, 9} and s.issubset(range(10)) and s.issuperset([2]) and s.copy() == s and s.copy() is not s
    s.remove(2)
    s -= {3}
    s |= {10}
    s &= {4, 10}
    s ^= {4, 5}
    assert s == {10, 5} and s.pop() in (10, 5) and len(s) == 1
    s.intersection_update([1])
    s.difference_update([1])
    s.symmetric_difference_update([1, 2])
    assert s == {1, 2}
    s.clear()
    assert not s and message(KeyError, s.pop) == "'pop from an empty set'" and message(KeyError, s.remove, 5) == "5" and message(TypeError, s.add, []) == "cannot use 'list' as a set element (unhashable type: 'list')" and message(TypeError, hash, s) == "unhashable type: 'set'" and message(TypeError, lambda: s | [1]) == "unsupported operand type(s) for |: 'set' and 'list'" and message(TypeError, lambda: s < 1) == "'<' not supported between instances of 'set' and 'int'" and message(TypeError, set, 1) == "'int' object is not iterable"


def test_frozensets():
    f = frozenset([1, 2])
    assert hash(f) == hash(frozenset([2, 1])) and f | {3} == frozenset([1, 2, 3]) and type(f | {3}) is frozenset and type({3} | f) is set and {f: 1}[frozenset([2, 1])] == 1 and frozenset(f) is f and f.copy() is f and not hasattr(f, "add") and f == {1, 2} and set([1, 2]) in {f} and len({f, frozenset()}) == 2
    many = set(range(1000))
    many -= set(range(0, 1000, 2))
    assert many == set(range(1, 1000, 2)) and sum(many) == 250000 and sorted(many)[:3] == [1, 3, 5]


def test_evaluation_order():
    seen = []

    def log(n):
        seen.append(n)
        return n

    {log(1): log(2), log(3): log(4)}
    {log(5), log(6)}
    {log(7): log(8) for _ in range(1)}
    assert seen == [1, 2, 3, 4, 5, 6, 7, 8]


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
