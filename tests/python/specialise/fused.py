"""Fused instructions: each one is installed where it should be, and gives the right result when one of its parts no longer holds."""

import dis
import opcode

FUSED = {name for name in opcode._specialized_opmap if "__" in name}
seen = set()


def warm(function, *argument_lists, expected):
    for _ in range(200):
        for arguments in argument_lists:
            assert function(*arguments) == expected, (function, arguments)
    names = {instruction.opname for instruction in dis.get_instructions(function, adaptive=True)}
    seen.update(names & FUSED)
    # The code that others see has no trace of it.
    assert not any("__" in instruction.opname for instruction in dis.get_instructions(function))
    return names & FUSED


def has(found, name):
    assert not FUSED or name in found, (name, found)


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def double(self):
        return self.x * 2

    def move(self, dx):
        self.x = self.x + dx
        return self.x

    def set(self, x):
        self.x = x


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


class Other:
    pass


def test_attributes():
    def read(p):
        return p.x

    has(warm(read, (Point(5, 6),), expected=5), "LOAD_FAST_BORROW__LOAD_ATTR_INSTANCE_VALUE")
    other = Other()
    other.y, other.x = 1, 2
    assert read(other) == 2 and read(Slotted(7)) == 7 and read(type("T", (), {"x": 8})) == 8
    for wrong in (1, None, Other(), 2.5):
        try:
            read(wrong)
        except AttributeError as error:
            assert "has no attribute 'x'" in str(error)
        else:
            raise AssertionError
    # The same code goes on with another form of its second part.
    warm(read, (Slotted(3),), expected=3)
    warm(read, (Point(9, 9),), expected=9)

    def slot(p):
        return p.x

    has(warm(slot, (Slotted(4),), expected=4), "LOAD_FAST_BORROW__LOAD_ATTR_SLOT")
    empty = Slotted(1)
    del empty.x
    try:
        slot(empty)
    except AttributeError:
        pass
    else:
        raise AssertionError
    assert slot(Point(1, 2)) == 1

    def call(p):
        return p.double()

    has(warm(call, (Point(4, 0),), expected=8), "LOAD_FAST_BORROW__LOAD_ATTR_METHOD_WITH_VALUES")
    p = Point(1, 1)
    p.double = lambda: "own"
    assert call(p) == "own"
    Point.double, old = (lambda self: "changed"), Point.double
    assert call(Point(1, 1)) == "changed"
    Point.double = old
    assert call(Point(6, 1)) == 12

    def unbound():
        if False:
            p = 1
        return p.x

    for _ in range(50):
        try:
            unbound()
        except UnboundLocalError:
            pass
        else:
            raise AssertionError


def test_stores():
    p = Point(0, 0)

    def store(v):
        p = point
        p.x = v + 1
        return p.x

    point = p
    has(warm(store, (1,), expected=2), "LOAD_FAST_BORROW__STORE_ATTR_INSTANCE_VALUE")
    point = Slotted(0)
    assert store(4) == 5 and point.x == 5
    point = Other()
    assert store(1) == 2 and vars(point) == {"x": 2}
    point = Other()
    vars(point)["z"] = 1
    assert store(2) == 3 and vars(point) == {"z": 1, "x": 3}

    def both(p, v):
        p.x = v
        return p.x

    has(warm(both, (Point(0, 0), 3), expected=3), "LOAD_FAST_BORROW_LOAD_FAST_BORROW__STORE_ATTR_INSTANCE_VALUE")
    q = Slotted(0)
    assert both(q, "s") == "s" and q.x == "s"
    try:
        both(5, 1)
    except AttributeError:
        pass
    else:
        raise AssertionError
    dead = []

    class Dies:
        def __del__(self):
            dead.append(1)

    r = Point(Dies(), 0)
    assert both(r, 1) == 1 and dead == [1]


def test_arithmetic():
    def plus_one(a):
        return a + 1

    has(warm(plus_one, (4,), expected=5), "LOAD_SMALL_INT__BINARY_OP_ADD_INT")
    assert plus_one(2**62 - 1) == 2**62 and plus_one(1.5) == 2.5 and plus_one(True) == 2
    try:
        plus_one("a")
    except TypeError as error:
        assert str(error) == 'can only concatenate str (not "int") to str'

    def minus_two(a):
        return a - 2

    has(warm(minus_two, (4,), expected=2), "LOAD_SMALL_INT__BINARY_OP_SUBTRACT_INT")
    assert minus_two(-(2**62)) == -(2**62) - 2 and minus_two(0.5) == -1.5

    def chain(a, b, c):
        return a + b + c

    has(warm(chain, (1, 2, 3), expected=6), "LOAD_FAST_BORROW__BINARY_OP_ADD_INT")
    assert chain("a", "b", "c") == "abc" and chain(2**62 - 1, 0, 1) == 2**62 and chain(1, 2, 0.5) == 3.5

    def product(a, b, c):
        return (a * b) * c

    has(warm(product, (1.5, 2.0, 3.0), expected=9.0), "LOAD_FAST_BORROW__BINARY_OP_MULTIPLY_FLOAT")

    def steps(a, b, c):
        return a + (b + b) * c

    has(warm(steps, (1.5, 2.0, 3.0), expected=13.5), "LOAD_FAST_BORROW__BINARY_OP_MULTIPLY_FLOAT__BINARY_OP_ADD_FLOAT")
    assert steps(1, 2, 3) == 13 and steps("a", 1, "b") == "abb" and steps(1.0, 0.25, 0.0) == 1.0 and steps(-3.0, 1.5, 1.0) == 0.0
    assert steps(1.5, 2.0, 3) == 13.5 and steps(1, 2.0, 3.0) == 13.0 and steps(1.0, 1e200, 1e200) == float("inf")
    try:
        steps("a", 2.0, 3.0)
    except TypeError as error:
        assert str(error) == 'can only concatenate str (not "float") to str'
    else:
        raise AssertionError
    assert product(1.5, 2.0, 0.0) == 0.0 and product(2, 3, 4) == 24 and product("ab", 1, 2) == "abab"
    assert product(1e200, 1e200, 1.0) == float("inf") and product(1.5, 2.0, 10**400 // 10**400) == 3.0


def test_items():
    def item(a, i):
        return a[i]

    has(warm(item, ([7, 8], 1), expected=8), "LOAD_FAST_BORROW_LOAD_FAST_BORROW__BINARY_OP_SUBSCR_LIST_INT")
    assert item([7, 8], -1) == 8 and item((1, 2), 0) == 1 and item({"k": 3}, "k") == 3 and item("xyz", 2) == "z"
    for wrong in (2, -3, 2**70):
        try:
            item([1, 2], wrong)
        except IndexError:
            pass
        else:
            raise AssertionError

    def inner(a, i):
        return a[0][i]

    has(warm(inner, ([[7, 8]], 1), expected=8), "LOAD_FAST_BORROW__BINARY_OP_SUBSCR_LIST_INT")
    assert inner([{"k": 1}], "k") == 1 and inner([(5,)], 0) == 5

    def temporary(i):
        return [1, 2, 3][i:][i]

    for _ in range(100):
        assert temporary(1) == 3


def test_branches():
    def less(a):
        if a < 10:
            return "less"
        return "more"

    has(warm(less, (4,), expected="less"), "LOAD_SMALL_INT__COMPARE_OP_INT__POP_JUMP_IF_FALSE")
    assert [less(v) for v in (10, 9.5, 2**70, -(2**70), True)] == ["more", "less", "more", "less", "less"]
    try:
        less("a")
    except TypeError as error:
        assert str(error) == "'<' not supported between instances of 'str' and 'int'"
    else:
        raise AssertionError

    def ordered(a, b):
        if a <= b:
            return 1
        return 0

    has(warm(ordered, (4, 4), expected=1), "LOAD_FAST_BORROW_LOAD_FAST_BORROW__COMPARE_OP_INT__POP_JUMP_IF_FALSE")
    assert ordered(5, 4) == 0 and ordered("a", "b") == 1 and ordered(1.5, 1) == 0 and ordered(2**64, 2**65) == 1

    def length(a, b):
        if len(a) == len(b):
            return True
        return False

    has(warm(length, ("ab", [1, 2]), expected=True), "COMPARE_OP_INT__POP_JUMP_IF_FALSE")
    assert length("a", "bc") is False

    def until(a):
        n = 0
        while not n + 1 == len(a):
            n += 1
        return n

    has(warm(until, ("abcd",), expected=3), "COMPARE_OP_INT__POP_JUMP_IF_TRUE")

    def near(a, b):
        if a * 0.5 < b:
            return 1
        return 0

    warm(near, (1.5, 2.5), expected=1)
    assert near(8.0, 1.5) == 0 and near(4, 7) == 1 and near(float("nan"), 1.5) == 0

    def flag(a):
        if a:
            return 1
        return 0

    has(warm(flag, (True,), expected=1), "TO_BOOL_BOOL__POP_JUMP_IF_FALSE")
    assert [flag(v) for v in (False, 0, 1, "", "x", [], [0], None, 0.0, Other())] == [0, 0, 1, 0, 1, 0, 1, 0, 0, 1]

    def denied(a):
        if not a:
            return 1
        return 0

    has(warm(denied, (False,), expected=1), "TO_BOOL_BOOL__POP_JUMP_IF_TRUE")
    assert [denied(v) for v in (True, 0, 1, "", "x", None)] == [0, 1, 0, 1, 0, 1]


def test_loops():
    def total(items):
        t = 0
        for v in items:
            t += v
        return t

    has(warm(total, ([1, 2, 3],), expected=6), "FOR_ITER_LIST__STORE_FAST")
    assert total((1, 2)) == 3 and total(range(4)) == 6 and total([]) == 0 and total({5: 1}) == 5
    assert total(v for v in [1, 2]) == 3

    def count(n):
        last = -1
        for i in range(n):
            last = i
        return last

    has(warm(count, (5,), expected=4), "FOR_ITER_RANGE__STORE_FAST")
    assert count(0) == -1

    def ends(items):
        for v in items:
            pass
        return v

    warm(ends, ([1, 2],), expected=2)
    try:
        ends([])
    except UnboundLocalError:
        pass
    else:
        raise AssertionError


def test_jumps_between_the_parts():
    # The second part is reached without the first one, too.
    def chosen(c, a, b):
        return (a if c else b).x

    for _ in range(100):
        assert chosen(True, Point(1, 0), Point(2, 0)) == 1
        assert chosen(False, Point(1, 0), Point(2, 0)) == 2

    def compared(c, a, b):
        if (a if c else b) > 3:
            return 1
        return 0

    for _ in range(100):
        assert compared(True, 5, 1) == 1 and compared(False, 5, 1) == 0


def test_lines_and_tracebacks():
    def fails(p):
        a = 1
        return p.x

    for _ in range(100):
        fails(Point(1, 1))
    try:
        fails(None)
    except AttributeError as error:
        assert error.__traceback__.tb_next.tb_lineno == fails.__code__.co_firstlineno + 2


def test_long_opargs():
    # EXTENDED_ARG stands before the first part; the code is what it was.
    names = [f"v{i}" for i in range(300)]
    source = "def f(n):\n" + "".join(f"    {name} = n\n" for name in names)
    source += "    t = 0\n    for v299 in [1, 2, 3]:\n        t += v299\n        if v299 < 3:\n            t += 1\n"
    source += "    return t + v298\n"
    space = {}
    exec(source, space)
    for _ in range(100):
        assert space["f"](10) == 18


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
assert seen == FUSED, FUSED - seen
print("ok")
