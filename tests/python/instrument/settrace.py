"""sys.settrace: which events a function gets, with which lines and arguments."""

import contextlib
import sys
import threading
import warnings


def trace(function, *args, lines=True, opcodes=False, only=None):
    """The events of a call, as (name of the code, event, line from the code's first one, argument)."""
    events = []

    def tracer(frame, event, arg):
        code = frame.f_code
        if code.co_filename != __file__ or code.co_name == "trace":
            return None
        frame.f_trace_lines = lines
        frame.f_trace_opcodes = opcodes
        if event == "exception":
            assert type(arg) is tuple and len(arg) == 3 and arg[0] is type(arg[1])
            arg = arg[0].__name__
        if only is None or event in only:
            # What the compiler has added has no line.
            line = None if frame.f_lineno is None else frame.f_lineno - code.co_firstlineno
            events.append((code.co_name, event, line, arg))
        return tracer

    sys.settrace(tracer)
    try:
        function(*args)
    except BaseException as error:
        events.append(type(error).__name__)
    finally:
        sys.settrace(None)
    return events


def lines(function, *args):
    return [line for name, event, line, arg in trace(function, *args) if event == "line" and name == function.__name__]


def test_calls_lines_returns():
    def f(a):
        b = a + 1
        for i in range(2):
            b += i
        return b

    for _ in range(100):
        f(1)
    expected = [("f", "call", 0, None)]
    expected += [("f", "line", line, None) for line in (1, 2, 3, 2, 3, 2, 4)]
    expected += [("f", "return", 4, 3)]
    assert trace(f, 1) == expected
    assert f(1) == 3
    assert trace(f, 1) == expected
    assert trace(f, 1, lines=False) == [expected[0], expected[-1]]
    assert sys.gettrace() is None


def test_branches_and_loops():
    def f(n):
        while n > 0:
            if n == 2:
                n -= 1
                continue
            elif n == 1:
                break
            else:
                n -= 1
        else:
            n = 7
        return [
            n,
            n,
        ]

    assert lines(f, 3) == [1, 2, 5, 8, 1, 2, 3, 4, 1, 2, 5, 6, 12, 13, 11], lines(f, 3)
    assert lines(f, 0) == [1, 10, 12, 13, 11], lines(f, 0)

    def one_line(n):
        while n: n -= 1
        return [i for i in range(n)]

    assert lines(one_line, 2) == [1, 1, 1, 2]

    def loop_on_one_line():
        for i in range(3): pass

    assert lines(loop_on_one_line) == [1, 1, 1, 1]


def test_many_lines():
    source = "def f(x):\n" + "".join(f"  x{i} = x if x else {i}\n" for i in range(400)) + "  return x399\n"
    namespace = {}
    exec(compile(source, __file__, "exec"), namespace)
    assert lines(namespace["f"], 0) == list(range(1, 402))


def test_exceptions():
    def inner():
        raise ValueError(1)

    def f():
        try:
            inner()
        except ValueError as e:
            e
        finally:
            x = 1
        try:
            inner()
        except* ValueError:
            pass

    assert trace(f, only={"exception", "call", "return"}) == [
        ("f", "call", 0, None),
        ("inner", "call", 0, None),
        ("inner", "exception", 1, "ValueError"),
        ("inner", "return", 1, None),
        ("f", "exception", 2, "ValueError"),
        ("inner", "call", 0, None),
        ("inner", "exception", 1, "ValueError"),
        ("inner", "return", 1, None),
        ("f", "exception", 8, "ValueError"),
        ("f", "return", None, None),
    ]
    assert lines(f) == [1, 2, 3, 4, 6, 7, 8, 9, 10], lines(f)

    def uncaught():
        try:
            inner()
        finally:
            1

    assert trace(uncaught)[-4:] == [
        ("uncaught", "exception", 2, "ValueError"),
        ("uncaught", "line", 4, None),
        ("uncaught", "return", 4, None),
        "ValueError",
    ], trace(uncaught)

    class Stops:
        def __iter__(self):
            return self

        def __next__(self):
            raise StopIteration

    def loops():
        for x in Stops():
            pass

    assert ("loops", "exception", 1, "StopIteration") in trace(loops)


def test_with():
    @contextlib.contextmanager
    def manager():
        yield 1

    def f():
        with manager() as x:
            x
        return 1

    assert lines(f) == [1, 2, 1, 3]

    def swallow():
        with contextlib.suppress(KeyError):
            {}[1]
        return 1

    assert lines(swallow) == [1, 2, 1, 3]


def test_generators():
    def gen():
        x = yield 1
        try:
            yield x
        except ValueError:
            yield 3

    def f():
        g = gen()
        next(g)
        g.send(2)
        g.throw(ValueError)
        g.close()

    events = [event for event in trace(f, only={"call", "return", "exception"}) if event[0] == "gen"]
    assert events == [
        ("gen", "call", 0, None),
        ("gen", "return", 1, 1),
        ("gen", "call", 1, None),
        ("gen", "return", 3, 2),
        ("gen", "call", 3, None),
        ("gen", "exception", 3, "ValueError"),
        ("gen", "return", 5, 3),
        ("gen", "call", 5, None),
        ("gen", "exception", 5, "GeneratorExit"),
        ("gen", "return", 5, None),
    ], events

    def delegate():
        yield from gen2()

    def gen2():
        yield 1
        return 2

    def consume():
        for x in delegate():
            x

    consume()
    assert [e[:3] for e in trace(consume, only={"call", "return"})] == [
        ("consume", "call", 0),
        ("delegate", "call", 0),
        ("gen2", "call", 0),
        ("gen2", "return", 1),
        ("delegate", "return", 1),
        ("delegate", "call", 1),
        ("gen2", "call", 1),
        ("gen2", "return", 2),
        ("delegate", "return", 1),
        ("consume", "return", 1),
    ]


def test_coroutines():
    async def inner():
        return 1

    async def outer():
        async with Manager():
            await inner()
        async for x in items():
            x
        return 2

    class Manager:
        async def __aenter__(self):
            return self

        async def __aexit__(self, *args):
            pass

    async def items():
        yield 1
        yield 2

    def run():
        try:
            outer().send(None)
        except StopIteration as stop:
            assert stop.value == 2

    events = [event for event in trace(run) if event[0] == "outer"]
    assert [line for _, event, line, _ in events if event == "line"] == [1, 2, 1, 3, 4, 3, 4, 3, 5], events
    assert events[-1] == ("outer", "return", 5, 2)


def test_starts_in_a_running_frame():
    events = []

    def tracer(frame, event, arg):
        events.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
        return tracer

    def f():
        sys._getframe().f_trace = tracer
        sys.settrace(tracer)
        for i in range(2):
            x = 1
        sys.settrace(None)

    f()
    assert events == [("line", 3), ("line", 4), ("line", 3), ("line", 4), ("line", 3), ("line", 5)], events

    # A generator that was suspended before.
    def gen():
        yield 1
        yield 2
        yield 3

    g = gen()
    next(g)
    del events[:]
    sys.settrace(tracer)
    next(g)
    sys.settrace(None)
    next(g)
    assert events == [("call", 1), ("line", 2), ("return", 2)], events


def test_opcodes():
    def f(a):
        return a + 1

    f(1)
    events = trace(f, 1, opcodes=True)
    assert [event for _, event, _, _ in events] == ["call", "line", "opcode", "opcode", "opcode", "opcode", "return"], events
    assert "opcode" not in [event[1] for event in trace(f, 1)]


def test_local_trace_function():
    log = []

    def local(frame, event, arg):
        log.append(event)

    def first(frame, event, arg):
        log.append("first")
        return local

    def f():
        x = 1
        return x

    sys.settrace(first)
    f()
    sys.settrace(None)
    assert log == ["first", "line", "line", "return"]

    # None leaves the frame's function as it is; a deleted one is not called.
    del log[:]

    def once(frame, event, arg):
        log.append(event)
        if event == "line":
            frame.f_trace = None
        return once if event == "call" else None

    sys.settrace(once)
    f()
    sys.settrace(None)
    assert log == ["call", "line"]


def test_errors():
    def f():
        x = 1
        return x

    for failing in ("call", "line", "return"):
        def tracer(frame, event, arg):
            if event == failing:
                raise KeyError(event)
            return tracer

        sys.settrace(tracer)
        try:
            f()
        except KeyError as error:
            assert error.args == (failing,)
        else:
            raise AssertionError(failing)
        assert sys.gettrace() is None
        assert f() == 1


def test_tracing_is_off_in_the_trace_function():
    depth = 0

    def helper():
        return 1

    def tracer(frame, event, arg):
        nonlocal depth
        depth += 1
        helper()
        return tracer

    def f():
        pass

    sys.settrace(tracer)
    f()
    sys.settrace(None)
    # call, line and return of f
    assert depth == 3

    names = []

    def calls(frame, event, arg):
        names.append(frame.f_code.co_name)
        if frame.f_code is f.__code__ and event == "call":
            sys.call_tracing(helper, ())

    sys.settrace(calls)
    f()
    sys.settrace(None)
    assert names == ["f", "helper"], names


def test_threads():
    def work():
        return 1

    names = []

    def tracer(frame, event, arg):
        names.append((threading.current_thread().name, frame.f_code.co_name))

    thread = threading.Thread(target=work, name="untraced")
    sys.settrace(tracer)
    thread.start()
    thread.join()
    sys.settrace(None)
    assert not [name for name, code in names if name == "untraced"]

    threading.settrace(tracer)
    assert threading.gettrace() is tracer
    thread = threading.Thread(target=work, name="traced")
    thread.start()
    thread.join()
    threading.settrace(None)
    assert ("traced", "work") in names

    ready, go = threading.Event(), threading.Event()

    def waits():
        ready.set()
        go.wait()
        work()

    thread = threading.Thread(target=waits, name="running")
    thread.start()
    ready.wait()
    threading.settrace_all_threads(tracer)
    go.set()
    thread.join()
    threading.settrace_all_threads(None)
    threading.settrace(None)
    assert ("running", "work") in names and sys.gettrace() is None


def test_frame_attributes():
    frame = sys._getframe()
    assert frame.f_trace is None and frame.f_trace_lines is True and frame.f_trace_opcodes is False
    for name in ("f_trace_lines", "f_trace_opcodes"):
        try:
            setattr(frame, name, 1)
        except TypeError as error:
            assert str(error) == "attribute value type must be bool"
        else:
            raise AssertionError(name)
    for name in ("f_lineno", "f_trace_opcodes"):
        try:
            delattr(frame, name)
        except AttributeError as error:
            assert str(error) == f"attribute '{name}' of 'frame' objects cannot be deleted"
        else:
            raise AssertionError(name)
    assert repr(frame).endswith(", code test_frame_attributes>")


def test_code_looks_the_same():
    def f(a):
        for i in range(a):
            a += i
        return a

    before, text, h = f.__code__.co_code, hash(f.__code__), f.__code__
    seen = []

    def tracer(frame, event, arg):
        seen.append((frame.f_code.co_code == before, hash(frame.f_code) == text, frame.f_code == h))
        return tracer

    sys.settrace(tracer)
    f(3)
    sys.settrace(None)
    assert set(seen) == {(True, True, True)}
    assert f.__code__.co_code == before and f.__code__.replace() == f.__code__


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
