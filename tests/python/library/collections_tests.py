"""collections, heapq, bisect, array, copy."""

import array
import bisect
import copy
import heapq
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, UserString, abc, defaultdict, deque, namedtuple


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_deque():
    d = deque([1, 2, 3], maxlen=4)
    d.append(4)
    d.appendleft(0)
    assert list(d) == [0, 1, 2, 3] and d.maxlen == 4 and d.pop() == 3 and d.popleft() == 0 and repr(d) == "deque([1, 2], maxlen=4)" and d[0] == 1 and d[-1] == 2 and len(d) == 2
    d.extend([3, 4])
    d.extendleft([9])
    assert list(d) == [9, 1, 2, 3]
    d.rotate(1)
    assert list(d) == [3, 9, 1, 2] and d.index(9) == 1 and d.count(1) == 1
    d.rotate(-2)
    d.remove(3)
    d.insert(1, "x")
    assert list(d) == [1, "x", 2, 9] and list(reversed(d)) == [9, 2, "x", 1]
    del d[0]
    d[0] = "y"
    d.reverse()
    assert list(d) == [9, 2, "y"] and d == deque([9, 2, "y"]) and d.copy() == d and deque([1]) + deque([2]) == deque([1, 2]) and deque([1]) * 2 == deque([1, 1]) and 2 in d and deque([1, 2]) < deque([1, 3])
    d.clear()
    assert message(IndexError, d.pop) == "pop from an empty deque" and message(IndexError, lambda: d[0]) == "deque index out of range"
    big = deque(range(1000))
    for _ in range(500):
        big.append(big.popleft())
    assert big[0] == 500 and big[-1] == 499

    def mutate():
        for x in big:
            big.append(1)

    assert message(RuntimeError, mutate) == "deque mutated during iteration"


def test_dicts():
    d = defaultdict(list)
    d["a"].append(1)
    assert d == {"a": [1]} and d["b"] == [] and "c" not in d and d.get("c") is None and repr(d) == "defaultdict(<class 'list'>, {'a': [1], 'b': []})" and d.default_factory is list and raises(KeyError, lambda: defaultdict(None)["x"])
    c = Counter("mississippi")
    assert c.most_common(2) == [("i", 4), ("s", 4)] and c["z"] == 0 and c.total() == 11 and Counter(a=2) + Counter(a=1, b=1) == Counter(a=3, b=1) and Counter(a=2) - Counter(a=1) == Counter(a=1) and Counter(a=2) & Counter(a=1) == Counter(a=1) and sorted(Counter(a=2).elements()) == ["a", "a"] and repr(Counter("aab")) == "Counter({'a': 2, 'b': 1})"
    c.subtract("ss")
    c.update("z")
    assert c["s"] == 2 and c["z"] == 1
    o = OrderedDict([("a", 1), ("b", 2), ("c", 3)])
    o.move_to_end("a")
    assert list(o) == ["b", "c", "a"] and o.popitem(last=False) == ("b", 2) and repr(o) == "OrderedDict({'c': 3, 'a': 1})" and OrderedDict(a=1, b=2) != OrderedDict(b=2, a=1) and OrderedDict(a=1) == {"a": 1} and list(reversed(o)) == ["a", "c"]
    m = ChainMap({"a": 1}, {"a": 2, "b": 3})
    assert m["a"] == 1 and m["b"] == 3 and len(m) == 2 and m.new_child({"a": 0})["a"] == 0 and m.parents["a"] == 2
    u = UserDict(a=1)
    u["b"] = 2
    assert u.data == {"a": 1, "b": 2} and UserList([1]) + [2] == [1, 2] and UserString("a") + "b" == "ab"


def test_namedtuple():
    P = namedtuple("P", "x y", defaults=[5])
    p = P(1)
    assert p == (1, 5) and p.x == 1 and p._replace(x=3) == P(3, 5) and p._asdict() == {"x": 1, "y": 5} and P._fields == ("x", "y") and repr(p) == "P(x=1, y=5)" and P._make([7, 8]).y == 8 and isinstance(p, tuple) and P.__doc__ == "P(x, y)" and P.x.__doc__ == "Alias for field number 0" and P._field_defaults == {"y": 5}
    x, y = p
    assert x + y == 6 and raises(AttributeError, setattr, p, "x", 1) and message(ValueError, namedtuple, "Q", "a a") == "Encountered duplicate field name: 'a'" and namedtuple("R", "a class", rename=True)._fields == ("a", "_1") and message(TypeError, P) == "P.__new__() missing 1 required positional argument: 'x'"


def test_abcs():
    assert isinstance([], abc.MutableSequence) and isinstance({}, abc.Mapping) and isinstance("", abc.Sequence) and isinstance(set(), abc.MutableSet) and isinstance(iter([]), abc.Iterator) and isinstance((x for x in ()), abc.Generator) and isinstance(len, abc.Callable) and isinstance(5, abc.Hashable) and not isinstance([], abc.Hashable) and isinstance({}.keys(), abc.KeysView) and isinstance(b"", abc.Buffer)

    class Seq(abc.Sequence):
        def __getitem__(self, i):
            return [1, 2, 3][i]

        def __len__(self):
            return 3

    s = Seq()
    assert list(s) == [1, 2, 3] and 2 in s and s.index(3) == 2 and s.count(1) == 1 and list(reversed(s)) == [3, 2, 1]

    class Half(abc.Mapping):
        pass

    assert message(TypeError, Half) == "Can't instantiate abstract class Half without an implementation for abstract methods '__getitem__', '__iter__', '__len__'"


def test_heapq_and_bisect():
    h = [5, 1, 4, 2, 3]
    heapq.heapify(h)
    heapq.heappush(h, 0)
    assert [heapq.heappop(h) for _ in range(6)] == [0, 1, 2, 3, 4, 5] and heapq.nlargest(2, [1, 5, 3]) == [5, 3] and heapq.nsmallest(2, "cab") == ["a", "b"] and list(heapq.merge([1, 3], [2, 4])) == [1, 2, 3, 4] and heapq.heappushpop([1, 2], 0) == 0 and heapq.heapreplace([1, 2], 5) == 1 and heapq.nsmallest(1, [3, -4], key=abs) == [3]
    a = [1, 3, 3, 5]
    assert bisect.bisect_left(a, 3) == 1 and bisect.bisect_right(a, 3) == 3 and bisect.bisect(a, 0) == 0 and bisect.bisect_left(a, 5, 0, 2) == 2 and bisect.bisect([-5, -3, -1], 3, key=abs) == 3
    bisect.insort(a, 4)
    assert a == [1, 3, 3, 4, 5]


def test_array():
    a = array.array("i", [1, 2, 3])
    a.append(4)
    a[0] = 9
    assert list(a) == [9, 2, 3, 4] and a.typecode == "i" and a.itemsize == 4 and a[1:3] == array.array("i", [2, 3]) and repr(a) == "array('i', [9, 2, 3, 4])" and a.tobytes()[:4] == (9).to_bytes(4, "little") and len(a) == 4 and a.index(3) == 2 and message(OverflowError, a.append, 1 << 40) == "signed integer is greater than maximum" and raises(TypeError, a.append, "x") and array.array("d", [1.5])[0] == 1.5 and array.array("B", b"ab").tolist() == [97, 98] and array.array("u", "aé").tounicode() == "aé" and memoryview(a)[0] == 9
    a.extend([5])
    a.pop()
    a.reverse()
    a.byteswap()
    assert len(a) == 4 and a + a == array.array("i", a.tolist() * 2) and array.array("q", [-1]).tobytes() == b"\xff" * 8


def test_copy():
    a = [1, [2, {"k": (3, [4])}]]
    shallow, deep = copy.copy(a), copy.deepcopy(a)
    a[1][1]["k"][1].append(5)
    assert shallow[1] is a[1] and deep == [1, [2, {"k": (3, [4])}]]
    loop = []
    loop.append(loop)
    d = copy.deepcopy(loop)
    assert d[0] is d and d is not loop

    class C:
        def __init__(self):
            self.x = [1]

        def __copy__(self):
            return "copied"

    class D:
        def __init__(self):
            self.x = [1]

    x = D()
    assert copy.copy(C()) == "copied" and copy.copy(x).x is x.x and copy.deepcopy(x).x == [1] and copy.deepcopy(x).x is not x.x and copy.copy(len) is len and copy.replace(namedtuple("N", "a b")(1, 2), b=3) == (1, 3)


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
