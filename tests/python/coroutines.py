"""Coroutines, async generators, async with and for, driven by hand."""

import types


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


class Suspend:
    """Awaiting it yields its value to whoever drives the coroutine."""

    def __init__(self, value=None):
        self.value = value

    def __await__(self):
        return (yield self.value)


def drive(coroutine, *sends):
    """Runs to the end: what it yielded, and its result."""
    yielded = []
    sends = iter(sends)
    try:
        value = coroutine.send(None)
        while True:
            yielded.append(value)
            value = coroutine.send(next(sends, None))
    except StopIteration as stop:
        return yielded, stop.value


def test_await():
    async def inner(n):
        got = await Suspend(n)
        return got, n

    async def outer():
        first = await inner(1)
        second = await inner(2)
        return first, second

    assert drive(outer(), "a", "b") == ([1, 2], (("a", 1), ("b", 2)))
    c = inner(1)
    assert type(c).__name__ == "coroutine" and c.cr_frame is not None and c.cr_await is None and c.cr_running is False and "coroutine object" in repr(c)
    assert message(TypeError, iter, c) == "'coroutine' object is not iterable"
    c.close()
    assert c.cr_frame is None and message(RuntimeError, c.send, None) == "cannot reuse already awaited coroutine"
    c = inner(1)
    assert message(TypeError, c.send, 1) == "can't send non-None value to a just-started coroutine"
    c.close()

    async def bad():
        await 5

    assert message(TypeError, drive, bad()) == "'int' object can't be awaited"

    class NotIterator:
        def __await__(self):
            return 5

    async def worse():
        await NotIterator()

    assert message(TypeError, drive, worse()) == "__await__() returned non-iterator of type 'int'"


def test_throw_and_close():
    log = []

    async def work():
        try:
            await Suspend("waiting")
        except ValueError:
            log.append("caught")
            return "handled"
        finally:
            log.append("finally")

    c = work()
    assert c.send(None) == "waiting" and raises(StopIteration, c.throw, ValueError).value == "handled" and log == ["caught", "finally"]
    log.clear()
    c = work()
    c.send(None)
    c.close()
    assert log == ["finally"]

    async def leak():
        raise StopIteration(1)

    assert message(RuntimeError, drive, leak()) == "coroutine raised StopIteration"


def test_async_with():
    log = []

    class Manager:
        def __init__(self, swallow=False):
            self.swallow = swallow

        async def __aenter__(self):
            log.append("enter")
            await Suspend("entering")
            return "resource"

        async def __aexit__(self, kind, value, traceback):
            log.append(kind and kind.__name__)
            await Suspend("leaving")
            return self.swallow

    async def normal():
        async with Manager() as resource:
            return resource

    async def failing(swallow):
        async with Manager(swallow), Manager():
            raise KeyError("x")
        return "after"

    assert drive(normal()) == (["entering", "leaving"], "resource") and log == ["enter", None]
    log.clear()
    assert drive(failing(True))[1] == "after" and log == ["enter", "enter", "KeyError", "KeyError"]
    assert raises(KeyError, drive, failing(False))

    async def wrong():
        async with 5:
            pass

    assert message(TypeError, drive, wrong()) == "'int' object does not support the asynchronous context manager protocol (missed __aexit__ method)"


def test_async_for():
    class Counter:
        def __init__(self, n):
            self.i, self.n = 0, n

        def __aiter__(self):
            return self

        async def __anext__(self):
            if self.i == self.n:
                raise StopAsyncIteration
            self.i += 1
            await Suspend("tick")
            return self.i

    async def collect():
        got = []
        async for i in Counter(3):
            if i == 2:
                continue
            got.append(i)
        else:
            got.append("else")
        return got

    assert drive(collect()) == (["tick"] * 3, [1, 3, "else"])

    async def comprehensions():
        return [i async for i in Counter(3) if i != 2], {i async for i in Counter(2)}, {i: i async for i in Counter(2)}, [await plain(i) for i in range(3)]

    async def plain(n):
        return n * 2

    assert drive(comprehensions())[1] == ([1, 3], {1, 2}, {1: 1, 2: 2}, [0, 2, 4])

    async def wrong():
        async for i in [1]:
            pass

    assert message(TypeError, drive, wrong()) == "'async for' requires an object with __aiter__ method, got list"


def test_async_generators():
    log = []

    async def numbers(n):
        try:
            for i in range(n):
                await Suspend(f"before {i}")
                got = yield i
                if got:
                    log.append(got)
        finally:
            log.append("closed")

    async def collect():
        return [i async for i in numbers(3)]

    assert drive(collect()) == (["before 0", "before 1", "before 2"], [0, 1, 2]) and log == ["closed"]

    async def by_hand():
        log.clear()
        g = numbers(5)
        first = await g.__anext__()
        second = await g.asend("hello")
        await g.aclose()
        try:
            await g.__anext__()
        except StopAsyncIteration:
            return first, second, "stopped"

    assert drive(by_hand())[1] == (0, 1, "stopped") and log == ["hello", "closed"]

    async def throwing():
        g = numbers(5)
        await anext(g)
        try:
            await g.athrow(ValueError("thrown"))
        except ValueError as error:
            return str(error)

    assert drive(throwing())[1] == "thrown"

    async def default():
        g = numbers(0)
        return await anext(g, "default")

    assert drive(default())[1] == "default"
    g = numbers(1)
    assert type(g).__name__ == "async_generator" and aiter(g) is g and g.ag_frame is not None and g.ag_running is False

    async def genexp():
        return [i async for i in (j * 2 async for j in numbers(3))]

    assert drive(genexp())[1] == [0, 2, 4]

    async def leak():
        yield 1
        raise StopAsyncIteration

    async def use():
        async for i in leak():
            pass

    assert message(RuntimeError, drive, use()) == "async generator raised StopAsyncIteration"


def test_generator_based():
    @types.coroutine
    def old():
        got = yield "old"
        return got

    async def new():
        return await old()

    assert drive(new(), 5) == (["old"], 5)


def test_syntax():
    for text, problem in (("def f(): await x", "'await' outside async function"), ("async def f():\n yield 1\n return 2", "'return' with value in async generator"), ("await x", "'await' outside function"),
                          ("async def f(): yield from x", "'yield from' inside async function"), ("def f(): [x async for x in y]", "asynchronous comprehension outside of an asynchronous function"), ("def f():\n async with x: pass", "'async with' outside async function"), ("yield 1", "'yield' outside function"), ("return 1", "'return' outside function")):
        assert raises(SyntaxError, compile, text, "x", "exec").msg == problem, text


def test_deep_await():
    async def depth(n):
        if n == 0:
            return await Suspend("bottom")
        return await depth(n - 1) + 1

    assert drive(depth(150), 0) == (["bottom"], 150)


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
