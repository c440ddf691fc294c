"""Operators and comparisons whose methods are Python functions: they run in frames of their own, their operands stay where they were."""

import gc
import sys
import traceback

ROUNDS = 40


class Number:
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        if not isinstance(other, Number):
            return NotImplemented
        return Number(self.value + other.value)

    def __radd__(self, other):
        return ("reflected", other)

    def __iadd__(self, other):
        if other == 0:
            return NotImplemented
        self.value += other
        return self

    def __sub__(self, other):
        return self.value - other.value

    def __isub__(self, other):
        return NotImplemented

    def __lt__(self, other):
        return self.value < other.value

    def __eq__(self, other):
        return isinstance(other, Number) and self.value == other.value

    def __gt__(self, other):
        return NotImplemented

    def __le__(self, other):
        return [self.value]

    def __ge__(self, other):
        return []

    def __matmul__(self, other):
        raise ArithmeticError("no matrices")

    def __mul__(self, other):
        yield self
        yield other

    def __and__(self, other):
        return lambda: (self, other)

    def __or__(self, other):
        mine, theirs = self, other
        del self, other
        gc.collect()
        self = mine.value, theirs.value
        return self

    def __xor__(self, other, *rest):
        return rest, self.value ^ other.value

    def __rshift__(self, other, by=3):
        return self.value >> other.value + by


class Other:
    def __radd__(self, other):
        return "other"

    def __lt__(self, other):
        return "less"


class Sub(Number):
    def __radd__(self, other):
        return "sub first"

    def __gt__(self, other):
        return "greater"


def raises(kind, function, *args):
    try:
        function(*args)
    except kind as error:
        return error
    raise AssertionError(kind)


def test_results():
    a, b = Number(3), Number(4)
    for _ in range(ROUNDS):
        assert (a + b).value == 7 and a - b == -1 and (a < b) is True and (b < a) is False
        assert (Number(1) + Number(2)).value == 3
        assert a == Number(3) and a != b and not a == b
        assert list(a * b) == [a, b]
        assert (a & b)() == (a, b) and (Number(8) & 9)()[1] == 9
        assert (a | b) == (3, 4) and (Number(5) | Number(6)) == (5, 6)
        assert a ^ b == ((), 7) and Number(64) >> Number(1) == 4


def test_declined():
    a = Number(1)
    for _ in range(ROUNDS):
        assert a + Other() == "other" and (a > Other()) == "less"
        assert str(raises(TypeError, lambda: a + 1)) == "unsupported operand type(s) for +: 'Number' and 'int'"
        assert str(raises(TypeError, lambda: a > 1)) == "'>' not supported between instances of 'Number' and 'int'"
        assert a + Sub(1) == "sub first" and (a < Sub(2)) == "greater"
        assert (Sub(5) + a).value == 6


def test_augmented():
    for _ in range(ROUNDS):
        a = b = Number(1)
        a += 5
        assert a is b and b.value == 6
        a -= Number(2)
        assert a == 4
        c = Number(2)

        def fails():
            nonlocal c
            c += 0

        assert str(raises(TypeError, fails)) == "unsupported operand type(s) for +=: 'Number' and 'int'"


def test_truth_of_results():
    class Odd:
        def __bool__(self):
            raise KeyError("undecided")

    class Strange:
        def __lt__(self, other):
            return Odd()

    a, s = Number(1), Strange()
    for _ in range(ROUNDS):
        assert (a <= a) == [1] and (a >= a) == []
        if a >= a:
            raise AssertionError
        if not a <= a:
            raise AssertionError
        assert isinstance(s < 1, Odd)
        try:
            if s < 1:
                raise AssertionError
        except KeyError as error:
            assert error.args == ("undecided",) and error.__traceback__.tb_next.tb_frame.f_code.co_name == "__bool__"


def test_errors():
    def product(a):
        return [1, a @ a]

    a = Number(1)
    for _ in range(ROUNDS):
        error = raises(ArithmeticError, product, a)
        names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        assert names == ["raises", "product", "__matmul__"], names
        deepest = traceback.extract_tb(error.__traceback__)[1]
        assert deepest.line == "return [1, a @ a]" and deepest.colno == 19 and deepest.end_colno == 24


def test_frames():
    class Looks:
        def __add__(self, other):
            frame = sys._getframe()
            assert frame.f_back.f_code.co_name == "test_frames" and frame.f_locals["other"] is other
            return frame

        def __lt__(self, other):
            self.kept = sys._getframe()
            return True

    looks = Looks()
    for _ in range(ROUNDS):
        frame = looks + [1]
        assert frame.f_locals == {"self": looks, "other": [1], "frame": frame}
        frame.clear()
        assert looks < 3 and looks.kept.f_locals == {"self": looks, "other": 3}
        looks.kept = None


def test_recursion():
    class Deep:
        def __add__(self, other):
            return self + other

        def __eq__(self, other):
            return self == other

    deep = Deep()
    for _ in range(3):
        raises(RecursionError, lambda: deep + 1)
        raises(RecursionError, lambda: deep == 1)


def test_class_that_changes():
    class A:
        def __add__(self, other):
            self.__class__ = B
            return NotImplemented

    class B:
        def __add__(self, other):
            return "late"

        def __radd__(self, other):
            return "reflected late"

    for _ in range(ROUNDS):
        raises(TypeError, lambda: A() + B())

    class C:
        def __lt__(self, other):
            return 1

    c = C()
    for i in range(ROUNDS):
        assert (c < c) == (1 if i < ROUNDS // 2 else 2)
        if i == ROUNDS // 2 - 1:
            C.__lt__ = lambda self, other: 2
    del C.__lt__
    raises(TypeError, lambda: c < c)


def test_sequences():
    class Words(list):
        def __add__(self, other):
            return NotImplemented if other == [0] else "added"

        def __imul__(self, other):
            return NotImplemented

    for _ in range(ROUNDS):
        words = Words([1])
        assert words + [2] == "added" and type(raises(TypeError, lambda: words + [0])) is TypeError
        words *= 2
        assert words == [1, 1]
        words += [3]
        assert words == [1, 1, 3]


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
