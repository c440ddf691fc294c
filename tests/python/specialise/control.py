"""Generators, exceptions, with statements, strings and comprehensions in hot loops."""

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


N = 3000


def test_generators():
    def numbers(n):
        for i in range(n):
            yield i

    total = 0
    for i in numbers(N):
        total += i
    assert total == N * (N - 1) // 2

    def fails(n):
        for i in range(n):
            if i == n - 1:
                raise ValueError(i)
            yield i

    seen = []
    try:
        for i in fails(N):
            seen.append(i)
    except ValueError as error:
        assert error.args == (N - 1,)
    assert len(seen) == N - 1

    def send(n):
        g = accumulate()
        next(g)
        for i in range(n):
            result = g.send(i)
        return result

    def accumulate():
        total = 0
        while True:
            got = yield total
            total += got

    assert send(N) == N * (N - 1) // 2

    def delegate(n):
        result = yield from numbers(n)
        assert result is None
        yield from [n, n + 1]

    assert list(delegate(N)) == list(range(N + 2)) and sum(x for x in range(N) if x % 2) == (N // 2) ** 2
    many = [numbers(3) for _ in range(N)]
    assert sum(next(g) + next(g) for g in many) == N

    def frame_changes():
        g = numbers(N)
        for i in g:
            if i == 100:
                g.close()
        return i

    assert frame_changes() == 100


def test_exceptions():
    def risky(i):
        if i % 7 == 0:
            raise KeyError(i)
        if i % 11 == 0:
            return 1 // (i - i)
        return i

    caught = {"key": 0, "zero": 0, "else": 0, "finally": 0}
    for i in range(1, N):
        try:
            risky(i)
        except KeyError as error:
            assert error.args == (i,)
            caught["key"] += 1
        except ZeroDivisionError:
            caught["zero"] += 1
        else:
            caught["else"] += 1
        finally:
            caught["finally"] += 1
    assert caught["finally"] == N - 1 == caught["key"] + caught["zero"] + caught["else"] and caught["key"] == (N - 1) // 7 and sys.exception() is None

    def nested(i):
        try:
            try:
                if i & 1:
                    raise ValueError
                return "even"
            finally:
                order.append(i)
        except ValueError:
            return "odd"

    order = []
    assert [nested(i) for i in range(N)] == ["even", "odd"] * (N // 2) and order == list(range(N))

    def lines():
        for i in range(N):
            x = i
            if i == N - 1:
                y = x / 0

    error = raises(ZeroDivisionError, lines)
    assert error.__traceback__.tb_next.tb_lineno == lines.__code__.co_firstlineno + 4

    def deep(n):
        if n == 0:
            raise LookupError("deep")
        return deep(n - 1)

    for _ in range(100):
        assert message(LookupError, deep, 50) == "deep"


def test_with():
    class Manager:
        depth = entered = 0

        def __enter__(self):
            Manager.entered += 1
            Manager.depth += 1
            return self

        def __exit__(self, kind, value, tb):
            Manager.depth -= 1
            return kind is KeyError

    for i in range(N):
        with Manager() as m:
            assert m.depth == 1
            if i % 5 == 0:
                raise KeyError
    assert Manager.depth == 0 and Manager.entered == N
    Manager.__exit__ = lambda self, *a: None
    m = Manager()

    def body():
        with m:
            raise KeyError("not swallowed now")

    assert raises(KeyError, body)


def test_strings():
    s = ""
    alias = None
    for i in range(N):
        s += "ab"[i & 1]
        if i == N // 2:
            alias = s
    assert len(s) == N and len(alias) == N // 2 + 1 and s.startswith(alias)
    for i in range(N):
        t = f"{i}:{i * 0.5}:{'x' if i & 1 else 'é'}"
    assert t == f"{N - 1}:{(N - 1) * 0.5}:x"
    parts = []
    for c in "aé€😀" * 500:
        parts.append(c)
    assert "".join(parts) == "aé€😀" * 500

    class Text(str):
        def __add__(self, other):
            return "text"

    def join(a, b):
        a += b
        return a

    for _ in range(N):
        join("a", "b")
    assert join(Text("a"), "b") == "text" and join("a", Text("b")) == "ab"


def test_comprehensions():
    for _ in range(200):
        assert [x * 2 for x in (1, 2.5, "a")] == [2, 5.0, "aa"]
    assert [x for x in range(N) if x % 1000 == 0] == [0, 1000, 2000] and {k: v for k, v in zip(range(N), range(N))}[N - 1] == N - 1 and len({x & 15 for x in range(N)}) == 16 and [[j for j in range(i)] for i in range(4)] == [[], [0], [0, 1], [0, 1, 2]]

    def stops():
        return [1 // (2 - x) for x in range(5)]

    for _ in range(100):
        assert raises(ZeroDivisionError, stops)


def test_while_and_nested_functions():
    def collatz(n):
        steps = 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        return steps

    assert collatz(27) == 111 and max(range(1, 1000), key=collatz) == 871

    def outer():
        x = 0

        def inner():
            nonlocal x
            x += 1
            return x

        for _ in range(N):
            inner()
        return x

    assert outer() == N

    def primes(n):
        sieve = [True] * n
        for i in range(2, int(n ** 0.5) + 1):
            if sieve[i]:
                sieve[i * i::i] = [False] * len(range(i * i, n, i))
        return [i for i in range(2, n) if sieve[i]]

    assert len(primes(10000)) == 1229

    def matrix(n):
        a = [[i * n + j for j in range(n)] for i in range(n)]
        c = [[0] * n for _ in range(n)]
        for i in range(n):
            for j in range(n):
                for k in range(n):
                    c[i][j] += a[i][k] * a[k][j]
        return sum(map(sum, c))

    assert matrix(20) == sum(sum(sum((i * 20 + k) * (k * 20 + j) for k in range(20)) for j in range(20)) for i in range(20))


def test_tracing_functions():
    events = []

    def work():
        total = 0
        for i in range(3):
            total += i
        return total

    for _ in range(N):
        work()

    def tracer(frame, event, arg):
        if frame.f_code is work.__code__:
            events.append(event)
            return tracer

    sys.settrace(tracer)
    try:
        work()
    finally:
        sys.settrace(None)
    assert events[0] == "call" and events[-1] == "return" and events.count("line") >= 8 and work() == 3


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
