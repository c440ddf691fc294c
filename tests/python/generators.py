"""Iterators and generators: send, throw, close, yield from, finally, gi_* attributes."""

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


def test_basics():
    def count(n):
        for i in range(n):
            yield i

    g = count(3)
    assert iter(g) is g and next(g) == 0 and list(g) == [1, 2] and next(g, "end") == "end" and raises(StopIteration, next, g).args == () and list(count(0)) == [] and sum(count(5)) == 10 and [x * 2 for x in count(3)] == [0, 2, 4] and max(count(4)) == 3 and tuple(count(2)) == (0, 1)

    def result():
        yield 1
        return "value"

    g = result()
    next(g)
    assert raises(StopIteration, next, g).value == "value" and raises(StopIteration, next, g).value is None and (lambda: (yield))().send(None) is None
    e = (x for x in "ab")
    assert type(e).__name__ == "generator" and list(e) == ["a", "b"] and "<generator object test_basics.<locals>.count at 0x" in repr(count(1)) and count(1).__name__ == "count" and count(1).__qualname__ == "test_basics.<locals>.count"


def test_send():
    log = []

    def echo():
        received = yield "ready"
        while received is not None:
            log.append(received)
            received = yield received * 2
        return "done"

    g = echo()
    assert message(TypeError, g.send, 1) == "can't send non-None value to a just-started generator"
    g = echo()
    assert next(g) == "ready" and g.send(5) == 10 and g.send("a") == "aa" and raises(StopIteration, g.send, None).value == "done" and log == [5, "a"]


def test_throw():
    def guarded():
        while True:
            try:
                yield "waiting"
            except ValueError as error:
                yield f"caught {error}"

    g = guarded()
    next(g)
    assert g.throw(ValueError("x")) == "caught x" and next(g) == "waiting" and message(KeyError, g.throw, KeyError("k")) == "'k'" and next(g, None) is None
    g = guarded()
    assert raises(ValueError, g.throw, ValueError("not started")) and next(g, "over") == "over"
    assert message(TypeError, guarded().throw, 5) == "exceptions must be classes or instances deriving from BaseException, not int"

    def context():
        try:
            yield
        except KeyError:
            raise ValueError("second")

    g = context()
    next(g)
    error = raises(ValueError, g.throw, KeyError("first"))
    assert isinstance(error.__context__, KeyError)


def test_close():
    log = []

    def cleaned():
        try:
            yield 1
            yield 2
        finally:
            log.append("closed")

    g = cleaned()
    next(g)
    assert g.close() is None and log == ["closed"] and g.close() is None and next(g, None) is None
    cleaned().close()
    assert log == ["closed"]

    def stubborn():
        try:
            yield 1
        except GeneratorExit:
            yield 2

    g = stubborn()
    next(g)
    assert message(RuntimeError, g.close) == "generator ignored GeneratorExit"

    def valued():
        try:
            yield 1
        except GeneratorExit:
            return "last"

    g = valued()
    next(g)
    assert g.close() == "last"
    g = cleaned()
    next(g)
    del g
    import gc
    gc.collect()
    assert log == ["closed", "closed"]


def test_stop_iteration_inside():
    def leaky():
        yield next(iter([]))

    error = raises(RuntimeError, next, leaky())
    assert str(error) == "generator raised StopIteration" and isinstance(error.__cause__, StopIteration)

    def explicit():
        raise StopIteration(5)
        yield

    assert message(RuntimeError, next, explicit()) == "generator raised StopIteration"


def test_reentry():
    def recursive():
        yield next(g)

    g = recursive()
    assert message(ValueError, next, g) == "generator already executing"


def test_yield_from():
    def inner():
        received = yield 1
        yield received
        return "result"

    def outer():
        value = yield from inner()
        yield value

    g = outer()
    assert next(g) == 1 and g.send("sent") == "sent" and next(g) == "result" and next(g, None) is None

    def chain(*parts):
        for part in parts:
            yield from part

    assert list(chain([1, 2], "ab", range(2), chain([3]))) == [1, 2, "a", "b", 0, 1, 3]
    log = []

    def catcher():
        try:
            yield "in"
        except ValueError:
            log.append("inner caught")
            yield "recovered"
        finally:
            log.append("inner finally")

    def delegate():
        try:
            yield from catcher()
        finally:
            log.append("outer finally")

    g = delegate()
    next(g)
    assert g.throw(ValueError) == "recovered"
    g.close()
    assert log == ["inner caught", "inner finally", "outer finally"]

    class Custom:
        def __init__(self):
            self.log = []

        def __iter__(self):
            return self

        def __next__(self):
            return "next"

        def send(self, value):
            self.log.append(("send", value))
            return value

        def throw(self, *args):
            self.log.append("throw")
            raise StopIteration("from throw")

        def close(self):
            self.log.append("close")

    custom = Custom()

    def use():
        return (yield from custom)

    g = use()
    assert next(g) == "next" and g.send(1) == 1 and raises(StopIteration, g.throw, ValueError).value == "from throw" and custom.log == [("send", 1), "throw"]
    g = use()
    next(g)
    g.close()
    assert custom.log[-1] == "close"
    assert message(TypeError, lambda: list(chain(5))) == "'int' object is not iterable"

    def depth(n):
        if n:
            yield from depth(n - 1)
        yield n

    assert list(depth(200)) == list(range(201))


def test_attributes():
    def gen():
        x = yield 1
        yield from sub

    sub = iter([7])
    g = gen()
    assert g.gi_frame is not None and g.gi_running is False and g.gi_yieldfrom is None and g.gi_code is gen.__code__ and g.gi_suspended is False
    next(g)
    assert g.gi_suspended and g.gi_frame.f_lineno == gen.__code__.co_firstlineno + 1 and "x" not in g.gi_frame.f_locals
    next(g)
    assert g.gi_yieldfrom is sub and g.gi_frame.f_locals["x"] is None
    list(g)
    assert g.gi_frame is None and not g.gi_suspended


def test_exception_state():
    def gen():
        try:
            raise KeyError("inner")
        except KeyError:
            yield sys.exception()
            yield sys.exception()

    g = gen()
    assert isinstance(next(g), KeyError) and sys.exception() is None
    try:
        raise ValueError("outer")
    except ValueError:
        assert isinstance(next(g), KeyError) and isinstance(sys.exception(), ValueError)


def test_finally_and_return():
    def gen():
        for i in range(3):
            try:
                yield i
            finally:
                log.append(i)
        return "r"

    log = []
    assert list(gen()) == [0, 1, 2] and log == [0, 1, 2]
    log.clear()
    for i in gen():
        if i == 1:
            break
    import gc
    gc.collect()
    assert log == [0, 1]


def test_iterator_protocol():
    class Count:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return CountIterator(self.n)

    class CountIterator:
        def __init__(self, n):
            self.i, self.n = 0, n

        def __iter__(self):
            return self

        def __next__(self):
            if self.i == self.n:
                raise StopIteration
            self.i += 1
            return self.i

    assert list(Count(3)) == [1, 2, 3] and [*Count(2)] == [1, 2] and 2 in Count(3) and sum(Count(4)) == 10 and sorted(Count(3), reverse=True) == [3, 2, 1] and dict(zip(Count(2), "ab")) == {1: "a", 2: "b"}
    a, b = Count(2)
    assert (a, b) == (1, 2)

    class Sequence:
        def __getitem__(self, i):
            if i > 2:
                raise IndexError
            return i * 10

        def __len__(self):
            return 3

    s = Sequence()
    assert list(s) == [0, 10, 20] and 10 in s and list(reversed(s)) == [20, 10, 0] and next(iter(s)) == 0 and list(map(str, s)) == ["0", "10", "20"]

    class BadIter:
        def __iter__(self):
            return 5

    class NoIter:
        __iter__ = None

        def __getitem__(self, i):
            return i

    assert message(TypeError, iter, BadIter()) == "iter() returned non-iterator of type 'int'" and message(TypeError, iter, NoIter()) == "'NoIter' object is not iterable" and message(TypeError, iter, 5) == "'int' object is not iterable" and message(TypeError, next, []) == "'list' object is not an iterator"
    values = iter([3, 2, 1, 0, 5])
    assert list(iter(lambda: next(values), 0)) == [3, 2, 1]
    for x in range(5):
        if x == 3:
            break
    else:
        x = "else"
    assert x == 3
    for x in []:
        pass
    else:
        x = "else"
    assert x == "else"
    n = 0
    while n < 3:
        n += 1
        if n == 2:
            continue
    else:
        n = -n
    assert n == -3


def test_generator_expression_scope():
    x = 5
    g = (x + i for i in range(3))
    x = 10
    assert list(g) == [10, 11, 12]
    assert message(ZeroDivisionError, lambda: (i for i in [1 / 0])) == "division by zero"
    nested = [(i, j) for i in range(3) for j in range(i) if (i + j) % 2]
    assert nested == [(1, 0), (2, 1)]
    assert message(TypeError, lambda: (i for i in 5)) == "'int' object is not iterable"


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
