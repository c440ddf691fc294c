"""Arithmetic, comparisons and tests that change their operands' types while hot."""


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
    """Runs a function until it is specialised; the last result."""
    for _ in range(N):
        result = function(*arguments)
    return result


def add(a, b):
    return a + b


def everything(a, b):
    return a + b, a - b, a * b, a < b, a <= b, a > b, a >= b, a == b, a != b


def bits(a, b):
    return a & b, a | b, a ^ b, a << b, a >> b


def divide(a, b):
    return a / b, a // b, a % b


def test_add():
    assert warm(add, 1, 2) == 3 and add(1.5, 2) == 3.5 and add("a", "b") == "ab" and add([1], [2]) == [1, 2] and add(1 << 62, 1 << 62) == 1 << 63 and add(True, 1) == 2
    assert warm(add, 1.5, 2.5) == 4.0 and add(1, 2) == 3 and type(add(1, 2)) is int and add(1j, 1) == 1 + 1j
    assert warm(add, "a", "b") == "ab" and add(1, 1) == 2 and message(TypeError, add, "a", 1) == 'can only concatenate str (not "int") to str'
    assert warm(add, (1,), (2,)) == (1, 2) and warm(add, b"a", b"b") == b"ab" and add(2, 2) == 4

    class Int(int):
        def __add__(self, other):
            return "overridden"

        def __radd__(self, other):
            return "reflected"

    warm(add, 1, 2)
    assert add(Int(1), 2) == "overridden" and add(1, Int(2)) == "reflected" and warm(add, Int(1), 1) == "overridden" and add(1, 1) == 2


def test_overflow():
    def count(start, step, n):
        x = start
        for _ in range(n):
            x += step
        return x

    for edge in (1 << 29, 1 << 30, 1 << 31, 1 << 32, 1 << 46, 1 << 47, 1 << 51, 1 << 52, 1 << 53, 1 << 59, 1 << 60, 1 << 61, 1 << 62, 1 << 63, 1 << 64):
        assert count(edge - N, 2, N) == edge + N and count(-edge + N, -2, N) == -edge - N and count(edge + N, -2, N) == edge - N

    def powers(n):
        x, seen = 1, []
        for _ in range(n):
            x *= 3
            seen.append(x)
        return seen

    assert powers(200)[-1] == 3 ** 200 and [type(x) for x in powers(200)] == [int] * 200

    def shift(n):
        x = 1
        for _ in range(n):
            x = (x << 1) ^ 1
        for _ in range(n):
            x >>= 1
        return x

    assert shift(300) == 1

    def fib(n):
        a, b = 0, 1
        for _ in range(n):
            a, b = b, a + b
        return a


    assert fib(90) == 2880067194370816120 and fib(93) == 12200160415121876738 and fib(100) == 354224848179261915075


def test_comparisons():
    assert warm(everything, 3, 2) == (5, 1, 6, False, False, True, True, False, True)
    assert everything(3.5, 2) == (5.5, 1.5, 7.0, False, False, True, True, False, True)
    assert everything(1 << 70, 1)[3:] == (False, False, True, True, False, True)
    assert warm(everything, 2.0, 2.0) == (4.0, 0.0, 4.0, False, True, False, True, True, False)
    nan = float("nan")
    assert everything(nan, 1)[3:] == (False, False, False, False, False, True) and everything(nan, nan)[7] is False

    def equal(a, b):
        return a == b, a != b

    assert warm(equal, "abc", "abc") == (True, False) and equal("abc", 1) == (False, True) and equal(1, 1.0) == (True, False) and warm(equal, 1, 1) == (True, False) and equal("é", "é") == (True, False) and equal(None, None) == (True, False)

    class Odd:
        def __eq__(self, other):
            return "odd"

    assert equal(Odd(), 1) == ("odd", False) and equal(1, Odd())[0] == "odd"


def test_bits_and_division():
    assert warm(bits, 12, 2) == (0, 14, 14, 48, 3) and bits(-12, 2) == (0, -10, -10, -48, -3) and bits(1 << 80, 3)[3] == 1 << 83 and message(ValueError, bits, 1, -1) == "negative shift count" and bits(True, True)[:3] == (True, True, False) and bits(5, 70)[3] == 5 << 70 and warm(bits, True, False)[0] is False and message(TypeError, bits, 1.0, 1) == "unsupported operand type(s) for &: 'float' and 'int'"
    assert warm(divide, 7, 2) == (3.5, 3, 1) and divide(-7, 2) == (-3.5, -4, 1) and divide(7, -2) == (-3.5, -4, -1) and divide(7.5, 2) == (3.75, 3.0, 1.5) and message(ZeroDivisionError, divide, 1, 0) == "division by zero" and divide(1 << 70, 3)[1] == (1 << 70) // 3 and warm(divide, -(1 << 62), -1)[1] == 1 << 62 and warm(divide, 7.0, 2.0) == (3.5, 3.0, 1.0) and message(ZeroDivisionError, divide, 1.0, 0.0) == "division by zero"


def test_unary_and_truth():
    def unary(a):
        return -a, +a, ~a, not a

    def truth(x):
        if x:
            return "true"
        return "false"

    assert warm(unary, 5) == (-5, 5, -6, False) and unary(0) == (0, 0, -1, True) and unary(1 << 70)[0] == -(1 << 70) and unary(True) == (-1, 1, -2, False) and unary(-(1 << 62))[0] == 1 << 62 and message(TypeError, unary, "a") == "bad operand type for unary -: 'str'" and message(TypeError, unary, 1.5) == "bad operand type for unary ~: 'float'"
    for values in ((1, 0), (True, False), ("a", ""), ([1], []), ({1: 1}, {}), (1.5, 0.0), ((1,), ()), ({1}, set()), (object(), None), (b"a", b""), (range(1), range(0)), (1j, 0j), (1 << 70, 0)):
        for value, result in zip(values, ("true", "false")):
            assert warm(truth, value) == result and truth(0) == "false" and truth(1) == "true" and truth(None) == "false"

    class Raises:
        def __bool__(self):
            raise ValueError("no truth")

    assert message(ValueError, truth, Raises()) == "no truth"


def test_in_place():
    def augment(x, y):
        x += y
        x -= y
        x *= 2
        return x

    assert warm(augment, 5, 3) == 10 and augment(5.5, 1) == 11.0 and augment(1 << 61, 1 << 61) == 1 << 62
    items = [1]

    def extend(x, y):
        x += y
        return x

    same = extend(items, [2])
    assert same is items and items == [1, 2] and warm(extend, 1, 2) == 3 and extend("a", "b") == "ab" and extend(items, (3,)) is items and items == [1, 2, 3]


def test_mixed_stream():
    values = [1, 2.5, 3, "x", 4, True, 5.5, 1 << 65, 6]

    def total(values):
        ints = floats = 0
        texts = ""
        for v in values:
            if type(v) is float:
                floats += v
            elif isinstance(v, str):
                texts += v
            else:
                ints += v
        return ints, floats, texts

    for _ in range(300):
        assert total(values) == (15 + (1 << 65), 8.0, "x")


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
