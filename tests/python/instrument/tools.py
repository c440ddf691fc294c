"""bdb, pdb, trace, profile and cProfile at work."""

import bdb
import contextlib
import io
import pdb
import pstats
import trace


def double(x):
    y = x * 2
    return y


def main():
    total = 0
    for i in range(3):
        total += double(i)
    return total


FIRST = double.__code__.co_firstlineno


def test_bdb():
    class Recorder(bdb.Bdb):
        def __init__(self):
            super().__init__()
            self.log = []

        def user_call(self, frame, args):
            self.log.append(("call", frame.f_code.co_name))
            self.set_step()

        def user_line(self, frame):
            self.log.append(("line", frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno))
            self.set_step()

        def user_return(self, frame, value):
            self.log.append(("return", frame.f_code.co_name, value))
            self.set_step()

        def user_exception(self, frame, info):
            self.log.append(("exception", frame.f_code.co_name, info[0].__name__))
            self.set_step()

    def inner(x):
        if x:
            raise ValueError(x)
        return x

    def outer():
        inner(0)
        try:
            inner(1)
        except ValueError:
            pass

    for _ in range(2):
        recorder = Recorder()
        recorder.runcall(outer)
        assert [entry for entry in recorder.log if entry[1] in ("outer", "inner")] == [
            ("line", "outer", 1),
            ("call", "inner"),
            ("line", "inner", 1),
            ("line", "inner", 3),
            ("return", "inner", 0),
            ("line", "outer", 2),
            ("line", "outer", 3),
            ("call", "inner"),
            ("line", "inner", 1),
            ("line", "inner", 2),
            ("exception", "inner", "ValueError"),
            ("return", "inner", None),
            ("exception", "outer", "ValueError"),
            ("line", "outer", 4),
            ("line", "outer", 5),
            ("return", "outer", None),
        ], recorder.log


def debug(commands):
    output = io.StringIO()
    debugger = pdb.Pdb(stdin=io.StringIO("\n".join(commands) + "\n"), stdout=output, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    debugger.runcall(main)
    return output.getvalue()


def test_pdb():
    output = debug(
        ["break double", "continue", "args", "next", "p y", "y = 50", "continue", "clear 1", "where", "return", "up"]
        + ["p total", "down", "step", f"tbreak {FIRST + 9}", "c", "p total", f"jump {FIRST + 8}", "n", "p total", "c"]
    )
    for part in ("-> y = x * 2", "x = 0", "-> return y", "--Return--", "-> total += double(i)", "-> return total"):
        assert part in output, (part, output)
    assert "Deleted breakpoint 1" in output and "\n(Pdb) 50\n" in output and "\n(Pdb) 56\n" in output, output
    output = debug([f"break {FIRST + 2}, x == 1", "continue", "p x, y", "disable 1", "until", "continue"])
    assert "(1, 2)" in output, output


def test_trace():
    tracer = trace.Trace(count=1, trace=0, countfuncs=0)
    assert tracer.runfunc(main) == 6
    counts = {line - FIRST: count for (name, line), count in tracer.results().counts.items() if name == __file__}
    assert counts == {1: 3, 2: 3, 6: 1, 7: 4, 8: 3, 9: 1}, counts
    with contextlib.redirect_stdout(io.StringIO()) as output:
        trace.Trace(count=0, trace=1).runfunc(main)
    assert output.getvalue().count("y = x * 2") == 3
    called = trace.Trace(count=0, trace=0, countfuncs=1)
    called.runfunc(main)
    assert {name for _, _, name in called.results().calledfuncs} == {"main", "double"}
    callers = trace.Trace(count=0, trace=0, countcallers=1)
    callers.runfunc(main)
    assert ("main", "double") in {(caller[2], callee[2]) for caller, callee in callers.results().callers}


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def test_profilers():
    import cProfile
    import profile

    for module in (cProfile, profile):
        profiler = module.Profile()
        profiler.runcall(fib, 10)
        profiler.create_stats()
        numbers = {key[2]: value[:2] for key, value in profiler.stats.items()}
        assert numbers["fib"] == (1, 177), (module, numbers)
        fib_key = next(key for key in profiler.stats if key[2] == "fib")
        assert fib_key in profiler.stats[fib_key][4]
    with contextlib.redirect_stdout(io.StringIO()) as output:
        cProfile.runctx("sorted([3, 1], key=lambda x: fib(x))", globals(), {}, sort="calls")
    text = output.getvalue()
    assert "{built-in method builtins.sorted}" in text and "(fib)" in text and "(<lambda>)" in text, text


def test_cprofile_objects():
    import cProfile

    times = iter(range(1000))
    profiler = cProfile.Profile(lambda: next(times), 2.0)
    with profiler:
        fib(1)
        len([])
    entries = {getattr(entry.code, "co_name", entry.code): entry for entry in profiler.getstats()}
    assert entries["fib"].callcount == 1 and entries["fib"].reccallcount == 0 and entries["fib"].totaltime == 2.0
    assert entries["<built-in method builtins.len>"].inlinetime == 2.0 and entries["fib"].calls is None
    assert "profiler_entry(code=" in repr(entries["fib"])
    other = cProfile.Profile()
    profiler.enable()
    try:
        other.enable()
    except ValueError as error:
        assert str(error) == "tool 2 is already in use"
    else:
        raise AssertionError
    profiler.disable()
    profiler.clear()
    assert profiler.getstats() == []

    def gen():
        yield 1
        yield 2

    with other:
        list(gen())
        try:
            abs("x")
        except TypeError:
            pass
    entries = {getattr(entry.code, "co_name", entry.code): entry for entry in other.getstats()}
    assert entries["gen"].callcount == 3 and entries["<built-in method builtins.abs>"].callcount == 1
    stats = pstats.Stats(other, stream=io.StringIO())
    assert stats.total_calls >= 5


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
