"""sys.monitoring (PEP 669): events of all code and of one code object, callbacks, DISABLE."""

import sys

M = sys.monitoring
E = M.events
TOOL = 3


def raises(kind, function, *args):
    try:
        function(*args)
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} not raised")


def record(names, function, *args, answer=None):
    """The events of a call of the function in the code below `function` and its own."""
    log = []
    codes = {function.__code__} | {c for c in function.__code__.co_consts if hasattr(c, "co_code")}

    def callback(name):
        def call(code, *rest):
            if code in codes:
                if name == "LINE":
                    rest = (rest[0] - function.__code__.co_firstlineno,)
                log.append((name, code.co_name, *rest))
            return answer

        return call

    M.use_tool_id(TOOL, "test")
    try:
        events = 0
        for name in names:
            number = getattr(E, name)
            events |= number
            M.register_callback(TOOL, number, callback(name))
        M.set_events(TOOL, events)
        # What has been disabled before stays so in code that has not run since.
        M.restart_events()
        try:
            function(*args)
        except Exception as error:
            log.append(type(error).__name__)
        M.set_events(TOOL, 0)
    finally:
        M.free_tool_id(TOOL)
    return log


def test_tools():
    assert M.get_tool(TOOL) is None
    M.use_tool_id(TOOL, "one")
    assert M.get_tool(TOOL) == "one"
    assert raises(ValueError, M.use_tool_id, TOOL, "two") == f"tool {TOOL} is already in use"
    M.free_tool_id(TOOL)
    assert M.get_tool(TOOL) is None
    assert raises(ValueError, M.use_tool_id, 6, "x") == "invalid tool 6 (must be between 0 and 5)"
    assert raises(ValueError, M.use_tool_id, -1, "x") == "invalid tool -1 (must be between 0 and 5)"
    assert raises(ValueError, M.use_tool_id, 1, 1) == "tool name must be a str"
    assert raises(ValueError, M.set_events, TOOL, E.LINE) == f"tool {TOOL} is not in use"
    assert (M.DEBUGGER_ID, M.COVERAGE_ID, M.PROFILER_ID, M.OPTIMIZER_ID) == (0, 1, 2, 5)
    assert M.get_events(TOOL) == 0 and M._all_events() == {}


def test_events():
    def f():
        pass

    M.use_tool_id(TOOL, "x")
    try:
        assert raises(ValueError, M.set_events, TOOL, 1 << 19) == "invalid event set 0x80000"
        message = "cannot set C_RETURN or C_RAISE events independently"
        assert raises(ValueError, M.set_events, TOOL, E.C_RETURN) == message
        M.set_events(TOOL, E.CALL | E.C_RETURN | E.C_RAISE | E.BRANCH)
        assert M.get_events(TOOL) == E.CALL | E.BRANCH_LEFT | E.BRANCH_RIGHT
        assert M._all_events() == {"CALL": 8, "BRANCH_LEFT": 8, "BRANCH_RIGHT": 8}
        M.set_events(TOOL, 0)
        assert raises(TypeError, M.set_local_events, TOOL, f, 0) == "code must be a code object"
        assert raises(ValueError, M.set_local_events, TOOL, f.__code__, E.RAISE) == "invalid local event set 0x800"
        M.set_local_events(TOOL, f.__code__, E.LINE)
        assert M.get_local_events(TOOL, f.__code__) == E.LINE and M.get_local_events(1, f.__code__) == 0
        M.clear_tool_id(TOOL)
        f()
        assert M.get_events(TOOL) == 0
        assert raises(ValueError, M.register_callback, TOOL, 3, None) == "The callback can only be set for one event at a time"
        assert raises(ValueError, M.register_callback, TOOL, 1 << 20, None) == "invalid event 1048576"
        assert M.register_callback(TOOL, E.LINE, print) is None
        assert M.register_callback(TOOL, E.LINE, None) is print
        assert M.register_callback(TOOL, E.BRANCH, print) is None
        assert M.register_callback(TOOL, E.BRANCH, None) is print
    finally:
        M.free_tool_id(TOOL)


def test_calls():
    def f():
        def g(x, y=0):
            return x

        g(1)
        g(y=2, x=3)
        g(*[4])
        len([])
        abs("x")

    log = record(["PY_START", "PY_RETURN", "CALL", "C_RETURN", "C_RAISE", "PY_UNWIND"], f)
    g = next(entry[3] for entry in log if entry[0] == "CALL")
    assert [(e[0], e[1], *e[3:]) if isinstance(e, tuple) and len(e) > 3 else e for e in log if e[0] != "PY_START"] == [
        ("CALL", "f", g, 1),
        ("PY_RETURN", "g", 1),
        ("CALL", "f", g, 2),
        ("PY_RETURN", "g", 3),
        ("CALL", "f", g, 4),
        ("PY_RETURN", "g", 4),
        ("CALL", "f", len, []),
        ("C_RETURN", "f", len, []),
        ("CALL", "f", abs, "x"),
        ("C_RAISE", "f", abs, "x"),
        ("PY_UNWIND", "f", log[-2][3]),
        "TypeError",
    ]
    assert log[-2][0] == "PY_UNWIND" and type(log[-2][3]) is TypeError
    assert [e[:2] for e in log if e[0] == "PY_START"] == [("PY_START", "f")] + [("PY_START", "g")] * 3

    def no_arguments():
        dict()

    assert record(["CALL", "C_RETURN", "C_RAISE"], no_arguments)[0][3:] == (dict, M.MISSING)


def test_lines():
    def f(n):
        total = 0
        for i in range(n):
            if i:
                total += 1
        return total

    f(1)
    assert [e[2] for e in record(["LINE"], f, 2)] == [1, 2, 3, 2, 3, 4, 2, 5]
    assert [e[2] for e in record(["LINE"], f, 2, answer=M.DISABLE)] == [1, 2, 3, 2, 4, 5]
    assert record(["LINE"], f, 0) == [("LINE", "f", line) for line in (1, 2, 5)]


def test_branches_and_jumps():
    def f(n):
        for i in range(n):
            if i == 1:
                x = 1
            else:
                x = 2
        while n:
            n -= 1
        return None if n is None else x

    f(3)
    branches = list(f.__code__.co_branches())
    sides = {(src, left) for src, left, right in branches} | {(src, right) for src, left, right in branches}
    for both in (["BRANCH"], ["BRANCH_LEFT", "BRANCH_RIGHT"]):
        log = record(both, f, 3)
        assert len(log) == 4 + 3 + 4 + 1, log
        assert {entry[2:] for entry in log} <= sides, (log, sides)
    log = record(["BRANCH_LEFT", "BRANCH_RIGHT"], f, 2)
    assert [e[0][7:] for e in log] == ["LEFT", "RIGHT", "LEFT", "LEFT", "RIGHT", "LEFT", "LEFT", "RIGHT", "RIGHT"], log
    assert len(record(["BRANCH_LEFT"], f, 3, answer=M.DISABLE)) == 3
    assert len(record(["BRANCH"], f, 3, answer=M.DISABLE)) <= 6
    jumps = record(["JUMP"], f, 2)
    assert len(jumps) == 2 + 2 and all(src > dest for _, _, src, dest in jumps)


def test_instructions():
    def f(a):
        return a + 1

    f(1)
    offsets = [e[2] for e in record(["INSTRUCTION"], f, 1)]
    assert len(offsets) == 4 and offsets == sorted(offsets)
    both = record(["INSTRUCTION", "LINE", "PY_RETURN"], f, 1)
    assert [e[0] for e in both] == ["LINE", "INSTRUCTION", "INSTRUCTION", "INSTRUCTION", "INSTRUCTION", "PY_RETURN"]
    f(1)


def test_exceptions():
    def f():
        def g():
            raise KeyError

        try:
            try:
                g()
            finally:
                pass
        except KeyError:
            pass

    names = ["RAISE", "EXCEPTION_HANDLED", "PY_UNWIND", "RERAISE"]
    assert [(e[0], e[1]) for e in record(names, f)] == [
        ("RAISE", "g"),
        ("PY_UNWIND", "g"),
        ("RAISE", "f"),
        ("EXCEPTION_HANDLED", "f"),
        ("RERAISE", "f"),
        ("EXCEPTION_HANDLED", "f"),
        ("RERAISE", "f"),
        ("EXCEPTION_HANDLED", "f"),
    ]
    log = record(["RAISE"], f, answer=M.DISABLE)
    assert log[-1] == "ValueError", log

    def callback(code, offset, error):
        if code is f.__code__:
            raise IndexError

    M.use_tool_id(TOOL, "x")
    M.register_callback(TOOL, E.EXCEPTION_HANDLED, callback)
    M.set_events(TOOL, E.EXCEPTION_HANDLED)
    try:
        f()
    except IndexError:
        pass
    else:
        raise AssertionError
    finally:
        M.free_tool_id(TOOL)


def test_generators():
    def f():
        def gen():
            try:
                got = yield 1
            except ValueError:
                yield 2
            return 3

        def outer():
            result = yield from gen()
            assert result == 3

        for x in outer():
            pass
        g = gen()
        next(g)
        g.throw(ValueError)
        g.close()

    log = record(["PY_START", "PY_RESUME", "PY_YIELD", "PY_RETURN", "PY_THROW", "STOP_ITERATION"], f)
    assert [(e[0], e[1]) for e in log] == [
        ("PY_START", "f"),
        ("PY_START", "outer"),
        ("PY_START", "gen"),
        ("PY_YIELD", "gen"),
        ("PY_YIELD", "outer"),
        ("PY_RESUME", "outer"),
        ("PY_RESUME", "gen"),
        ("PY_RETURN", "gen"),
        ("STOP_ITERATION", "outer"),
        ("PY_RETURN", "outer"),
        ("STOP_ITERATION", "f"),
        ("PY_START", "gen"),
        ("PY_YIELD", "gen"),
        ("PY_THROW", "gen"),
        ("PY_YIELD", "gen"),
        ("PY_THROW", "gen"),
        ("PY_RETURN", "f"),
    ] or [(e[0], e[1]) for e in log if e[0] != "STOP_ITERATION"] == [
        ("PY_START", "f"),
        ("PY_START", "outer"),
        ("PY_START", "gen"),
        ("PY_YIELD", "gen"),
        ("PY_YIELD", "outer"),
        ("PY_RESUME", "outer"),
        ("PY_RESUME", "gen"),
        ("PY_RETURN", "gen"),
        ("PY_RETURN", "outer"),
        ("PY_START", "gen"),
        ("PY_YIELD", "gen"),
        ("PY_THROW", "gen"),
        ("PY_YIELD", "gen"),
        ("PY_THROW", "gen"),
        ("PY_RETURN", "f"),
    ], log


def test_super():
    class A:
        def m(self):
            return 1

    class B(A):
        def m(self):
            return super().m()

        def n(self):
            return super(B, self).m()

        def fails(self):
            return super(B, 1).m()

    b = B()
    for method in (B.m, B.n, B.m):
        log = record(["CALL", "C_RETURN", "C_RAISE"], method, b)
        assert (log[0][0], log[0][3], log[1][0]) == ("CALL", super, "C_RETURN"), log
    log = record(["CALL", "C_RETURN", "C_RAISE"], B.fails, b)
    assert [e if isinstance(e, str) else e[0] for e in log] == ["CALL", "C_RAISE", "TypeError"], log
    assert b.m() == b.n() == 1


def test_local_events():
    def f():
        return 1

    def g():
        return 2

    log = []
    M.use_tool_id(TOOL, "x")
    M.register_callback(TOOL, E.PY_START, lambda code, offset: log.append(code.co_name))
    M.set_local_events(TOOL, f.__code__, E.PY_START)
    f(), g()
    assert log == ["f"]
    M.set_local_events(TOOL, f.__code__, 0)
    f(), g()
    assert log == ["f"]
    M.set_local_events(TOOL, g.__code__, E.PY_START)
    M.free_tool_id(TOOL)
    M.use_tool_id(TOOL, "x")
    M.register_callback(TOOL, E.PY_START, lambda code, offset: log.append(code.co_name))
    f(), g()
    M.free_tool_id(TOOL)
    assert log == ["f"]


def test_disable_and_restart():
    def f():
        for i in range(3):
            i
        return i

    count = 0

    def callback(code, line):
        nonlocal count
        if code is f.__code__:
            count += 1
        return M.DISABLE

    M.use_tool_id(TOOL, "x")
    M.register_callback(TOOL, E.LINE, callback)
    M.set_events(TOOL, E.LINE)
    counts = []
    for _ in range(3):
        f()
    counts.append(count)
    M.restart_events()
    f()
    f()
    counts.append(count)
    M.set_events(TOOL, 0)
    M.free_tool_id(TOOL)
    # The line of the `for` begins in two places.
    assert counts == [4, 8], counts


def test_several_tools():
    log = []

    def f():
        return 1

    for tool in (1, 4):
        M.use_tool_id(tool, str(tool))
        M.register_callback(tool, E.PY_START, lambda code, offset, tool=tool: code is f.__code__ and log.append(tool))
    M.set_events(1, E.PY_START)
    M.set_local_events(4, f.__code__, E.PY_START | E.LINE)
    f()
    assert log == [4, 1]
    M.register_callback(4, E.PY_START, lambda code, offset: M.DISABLE)
    del log[:]
    f(), f()
    assert log == [1, 1]
    events = []

    def tracer(frame, event, arg):
        if frame.f_code is f.__code__:
            events.append(event)
            return tracer

    sys.settrace(tracer)
    f()
    sys.settrace(None)
    assert events == ["call", "line", "return"] and log == [1, 1, 1]
    for tool in (1, 4):
        M.free_tool_id(tool)
    f()
    assert log == [1, 1, 1] and M._all_events() == {}


def test_errors_of_callbacks():
    def f():
        x = 1
        return x

    def fails(code, *args):
        if code is f.__code__:
            raise LookupError

    for event in (E.PY_START, E.LINE, E.INSTRUCTION, E.PY_RETURN):
        M.use_tool_id(TOOL, "x")
        M.register_callback(TOOL, event, fails)
        M.set_events(TOOL, event)
        try:
            f()
        except LookupError:
            pass
        else:
            raise AssertionError(event)
        finally:
            M.free_tool_id(TOOL)
    assert f() == 1


def test_hot_code_is_fast_again():
    # What was specialised and fused before is so again, and stays right, after instrumentation has come and gone.
    def work(items):
        total = 0
        for i in items:
            total += i
            if total > 10:
                total -= 10
        return total

    class Point:
        def __init__(self, x):
            self.x = x

        def add(self, n):
            self.x += n
            return self.x

    def both():
        p = Point(1)
        for i in range(50):
            p.add(i)
        return p.x, work([1, 2, 3, 4]), work(range(9))

    expected = both()
    for _ in range(20):
        for names in (["LINE"], ["INSTRUCTION"], ["BRANCH", "CALL", "C_RETURN", "C_RAISE", "JUMP"], ["PY_START", "PY_RETURN"]):
            M.use_tool_id(TOOL, "x")
            count = 0

            def callback(*args):
                nonlocal count
                count += 1

            for name in names:
                M.register_callback(TOOL, getattr(E, name), callback)
            M.set_events(TOOL, sum(getattr(E, name) for name in names))
            assert both() == expected
            M.free_tool_id(TOOL)
            assert count > 50
            assert both() == expected


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
