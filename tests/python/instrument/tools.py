"""bdb, pdb, trace, profile and cProfile at work."""

import bdb
import contextlib
import io
import os
import pstats
import subprocess
import sys
import tempfile
import textwrap

SCRIPT = textwrap.dedent(
    """\
    def double(x):
        y = x * 2
        return y

    def main():
        total = 0
        for i in range(3):
            total += double(i)
        print("total", total)

    main()
    """
)


def run(*args, input=None):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "script.py")
        with open(path, "w") as file:
            file.write(SCRIPT)
        command = [sys.executable, *[path if arg == "SCRIPT" else arg.replace("FOLDER", folder) for arg in args]]
        done = subprocess.run(command, input=input, capture_output=True, text=True, cwd=folder)
        files = {name: open(os.path.join(folder, name)).read() for name in os.listdir(folder) if name.endswith(".cover")}
    assert not done.stderr, done.stderr
    return done.stdout, files


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


def test_pdb():
    commands = "break double\ncontinue\nargs\nnext\np y\ny = 50\ncontinue\nclear 1\nwhere\nreturn\nup\np total\ndown\nstep\ntbreak 9\nc\np total\njump 8\nn\np total\nc\nq\n"
    output, _ = run("-m", "pdb", "SCRIPT", input=commands)
    for part in ("-> y = x * 2", "x = 0", "-> return y", "--Return--", "total 5", "-> print(\"total\", total)"):
        assert part in output, (part, output)
    assert "Deleted breakpoint 1" in output
    output, _ = run("-m", "pdb", "-c", "break 3", "-c", "c", "-c", "p y", "-c", "c", "-c", "p y", "-c", "q", "SCRIPT")
    assert "(Pdb)" not in output.split("-> return y")[0] and "\n0\n" in output and "\n2\n" in output, output


def test_trace():
    output, files = run("-m", "trace", "--count", "--coverdir", "FOLDER", "--missing", "SCRIPT")
    assert output.startswith("total 6\n")
    cover = files["script.cover"]
    for line in ("    3:     y = x * 2", "    4:     for i in range(3):", "    1:     print(\"total\", total)"):
        assert line in cover, cover
    output, _ = run("-m", "trace", "--trace", "--ignore-dir", sys.prefix, "SCRIPT")
    assert output.count("script.py(2):      y = x * 2") == 3 and "total 6" in output, output
    output, _ = run("-m", "trace", "--listfuncs", "SCRIPT")
    assert "funcname: double" in output and "funcname: main" in output
    output, _ = run("-m", "trace", "--trackcalls", "SCRIPT")
    assert "script.main -> script.double" in output, output


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
    for module in ("cProfile", "profile"):
        output, _ = run("-m", module, "-s", "calls", "SCRIPT")
        assert output.startswith("total 6\n") and "script.py:1(double)" in output, output


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
