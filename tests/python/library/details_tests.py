# Details of library modules with native parts.

import importlib
import sys


def outcome(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__, str(error)


def test_struct_objects():
    import struct

    s = struct.Struct.__new__(struct.Struct)
    uninitialised = ("RuntimeError", "Struct object is not initialized")
    assert s.size == -1 and outcome(s.pack, 1) == uninitialised and outcome(repr, s) == uninitialised
    assert outcome(getattr, s, "format") == uninitialised and outcome(s.iter_unpack, b"") == uninitialised
    s.__init__("i")
    s.__init__("2i")
    assert s.size == 8 and repr(s) == "Struct('2i')"
    assert outcome(struct.Struct) == ("TypeError", "Struct() missing required argument 'format' (pos 1)")

    class Derived(struct.Struct):
        def __init__(self):
            super().__init__(">h")

    assert Derived().pack(12345) == b"\x30\x39"
    assert outcome(struct.pack_into, "i", b"abcd", 0, 1) == ("TypeError", "argument must be read-write bytes-like object, not bytes")
    assert outcome(struct.pack_into, "<I", bytearray(9), -2, 1) == ("error", "no space to pack 4 bytes at offset -2")
    assert outcome(struct.unpack_from, "<I", bytearray(9), -2) == ("error", "not enough data to unpack 4 bytes at offset -2")
    assert outcome(struct.calcsize, "i\0") == ("error", "embedded null character")
    assert outcome(struct.Struct, "\udc00")[0] == "UnicodeEncodeError"


def test_exceptions_of_modules_imported_afresh():
    import struct

    old = sys.modules.pop("_struct")
    try:
        importlib.import_module("_struct").calcsize("i")
        assert outcome(struct.calcsize, "Z") == ("error", "bad char in struct format")
        try:
            struct.calcsize("Z")
        except struct.error:
            pass
    finally:
        sys.modules["_struct"] = old


def test_keywords_of_subclasses():
    import itertools

    for base, args in [
        (itertools.filterfalse, (None, [])),
        (itertools.chain, ()),
        (itertools.starmap, (min, [])),
        (itertools.islice, ([], 1)),
        (itertools.takewhile, (None, [])),
        (itertools.dropwhile, (None, [])),
        (itertools.cycle, ([],)),
    ]:

        class Plain(base):
            pass

        class WithInit(base):
            def __init__(self, *args, extra=None):
                self.extra = extra

        assert outcome(Plain, *args, extra=3) == ("TypeError", base.__name__ + "() takes no keyword arguments")
        assert WithInit(*args, extra=3).extra == 3


def test_dataclass_with_declared_slots():
    from dataclasses import dataclass

    @dataclass
    class Point:
        __slots__ = ("x", "y")
        x: int
        y: int

    assert Point(1, 2) == Point(1, 2) and outcome(Point)[0] == "TypeError"


def test_deque_changed_by_comparisons():
    from collections import deque

    class Shortens:
        def __eq__(self, other):
            items.pop()
            return True

    items = deque([1, 2, 3, Shortens(), 4, 5])
    assert outcome(items.count, 3) == ("RuntimeError", "deque mutated during iteration")
    items = deque([Shortens(), 2, 3])
    assert outcome(items.remove, 5) == ("IndexError", "deque mutated during iteration")


def test_interrupts_of_the_main_thread():
    import _thread
    import signal

    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _thread.interrupt_main()
        assert False
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, handler)
    assert outcome(signal.setitimer, signal.ITIMER_REAL, float("nan"))[0] == "ValueError"
    assert outcome(signal.pthread_sigmask, signal.SIG_BLOCK, [2**100]) == ("ValueError", "signal number -1 out of range [1; 64]")
    assert type(_thread.RLock(1)) is _thread.RLock


def test_signatures_and_nested_partials():
    import functools
    import inspect
    import operator

    key = functools.cmp_to_key(lambda a, b: 0)
    assert str(inspect.signature(key)) == "(obj)"
    for getter in operator.attrgetter("x"), operator.itemgetter(1), operator.methodcaller("f"):
        assert str(inspect.signature(getter)) == "(obj, /)"

    class Derived(functools.partial):
        pass

    gap = functools.Placeholder
    inner = Derived(max, gap, 0)
    assert Derived(inner, gap, 1, 2).args == (gap, 0, 1, 2)


def test_json_corners():
    import json

    assert json.dumps({b"": 1}, skipkeys=True, indent=4) == "{}"
    assert json.dumps({b"": 1, "a": 2}, skipkeys=True, indent=1) == '{\n "a": 2\n}'
    assert outcome(json.loads, '"\\u0041')[1] == "Unterminated string starting at: line 1 column 1 (char 0)"


def test_posix_corners():
    import os
    import pickle
    import warnings

    param = os.sched_param(sched_priority=5)
    assert os.sched_param(5) == param and pickle.loads(pickle.dumps(param)) == param and param.sched_priority == 5
    assert outcome(os.sched_setparam, 0, os.sched_param(2**40)) == ("OverflowError", "sched_priority out of range")
    for scheduler, message in [
        (object(), "posix_spawn: scheduler must be a tuple or None"),
        ((1,), "A scheduler tuple must have two elements"),
        ((None, 3), "must have a sched_param object"),
    ]:
        assert outcome(os.posix_spawn, "/bin/true", ["true"], {}, scheduler=scheduler) == ("TypeError", message)
    pid = os.posix_spawn("/bin/true", ["true"], {}, scheduler=(os.SCHED_OTHER, os.sched_param(0)))
    assert os.waitpid(pid, 0)[1] == 0
    action = [(os.POSIX_SPAWN_CLOSE, 1, 2)]
    assert outcome(os.posix_spawn, "/bin/true", ["true"], {}, file_actions=action) == ("TypeError", "A close file_action tuple must have 2 elements")
    assert os.major(-1) == os.makedev(-1, -1) == -1 and outcome(os.major, 2**64)[0] == "OverflowError"
    assert outcome(os.register_at_fork, after_in_child=None) == ("TypeError", "'after_in_child' must be callable, not NoneType")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outcome(os.fsync, True)
        outcome(os.stat, "x", dir_fd=True)
        outcome(os.truncate, True, 0)
    assert [str(warning.message) for warning in caught] == ["bool is used as a file descriptor"] * 3

    class NoPath:
        __fspath__ = None

    assert outcome(os.fspath, NoPath()) == ("TypeError", "expected str, bytes or os.PathLike object, not NoPath")
    assert outcome(os.stat, NoPath()) == ("TypeError", "stat: path should be string, bytes, os.PathLike or integer, not NoPath")
    fd = os.eventfd(0)
    os.eventfd_write(fd, 2**64 - 2)
    assert os.eventfd_read(fd) == 2**64 - 2
    os.close(fd)


def test_sys_corners():
    import contextlib
    import io

    old = sys.getdlopenflags()
    sys.setdlopenflags(old + 1)
    assert sys.getdlopenflags() == old + 1
    sys.setdlopenflags(old)
    with contextlib.redirect_stderr(io.StringIO()) as shown:
        sys.excepthook(1, "1", 1)
    assert shown.getvalue() == "TypeError: print_exception(): Exception expected for value, str found\n"


def test_numbers():
    import math
    import time

    assert math.copysign(1, math.nextafter(5e-324, -0.0)) == 1 and math.copysign(1, math.nextafter(-5e-324, 0.0)) == -1

    class Int(int):
        def __add__(self, other):
            return Int(int(self) + int(other))

        def __mul__(self, other):
            return Int(int(self) * int(other))

        __radd__ = __add__
        __rmul__ = __mul__

    p, q = (0.5, 3, Int(2)), (0.5, 7, 1.5)
    total = 0
    for x, y in zip(p, q):
        total += x * y
    assert math.sumprod(p, q) == total
    assert time.strftime("\ud800%Y\udc80", time.gmtime(0)) == "\ud8001970\udc80"

def test_text_streams_reconfigured():
    import io

    def stream(data, newline):
        return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=newline)

    changed = ("UnsupportedOperation", "It is not possible to set the encoding or newline of stream after the first read")
    text = stream(b"LF\nCRLF\r\n", "\n")
    assert text.readline() == "LF\n" and outcome(text.reconfigure, newline=None) == changed and outcome(text.reconfigure, encoding="latin1") == changed
    text = stream(b"CR\rEOF", "")
    text.reconfigure(newline=None)
    assert text.readline() == "CR\n"
    assert outcome(text.reconfigure, encoding=3) == ("TypeError", "reconfigure() argument 'encoding' must be str or None, not int")
    assert outcome(setattr, text, "_CHUNK_SIZE", 2**100) == ("ValueError", "cannot fit 'int' into an index-sized integer")
    text = stream(b"", None)
    text.detach()
    assert repr(text) == "<_io.TextIOWrapper encoding='utf-8'>" and text.errors == "strict"

    class Derived(io.TextIOWrapper):
        pass

    assert repr(Derived(io.BytesIO(), encoding="ascii")) == "<Derived encoding='ascii'>"

    class Odd(str):
        def replace(self, *args):
            return 3

    assert outcome(stream(b"", "\r\n").write, Odd("a\nb")) == ("TypeError", "replace() should return a str, not int")


def test_chunks_of_pending_text():
    import io

    class Raw(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            written.append(bytes(data))
            return len(data)

    written = []
    text = io.TextIOWrapper(Raw(), encoding="utf-8")
    text._CHUNK_SIZE = 10
    text.write("abc")
    text.write("d" * 10)
    assert written == [b"abc", b"d" * 10]


class PickledReader:
    pass


def test_streams_and_pickle():
    import io
    import pickle

    global PickledReader

    class PickledReader(io.BufferedReader):
        def __init__(self, raw, tag):
            super().__init__(raw)
            self.tag = tag

        def __getstate__(self):
            return self.tag, self.raw.getvalue()

        def __setstate__(self, state):
            self.__init__(io.BytesIO(state[1]), state[0])

    PickledReader.__qualname__ = "PickledReader"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        copy = pickle.loads(pickle.dumps(PickledReader(io.BytesIO(b"data"), "ham"), protocol))
        assert copy.tag == "ham" and copy.read() == b"data"
        assert outcome(pickle.dumps, io.BufferedReader(io.BytesIO()), protocol) == ("TypeError", "cannot pickle 'BufferedReader' instances")


def test_reads_into_buffers():
    import io

    class Raw(io.RawIOBase):
        chunks = [b"abc", b"de", b"fgh", b"jkl"]

        def readable(self):
            return True

        def readinto(self, buffer):
            data = self.chunks.pop(0)
            buffer[: len(data)] = data
            return len(data)

    reader = io.BufferedReader(Raw(), 10)
    target = bytearray(20)
    assert reader.peek(3) == b"abc" and reader.readinto1(target) == 5 and target[:5] == b"abcde"


def test_default_encodings():
    import os
    import subprocess

    program = "import io; io.open(__file__).close(); io.TextIOWrapper(io.BytesIO()); print(io.text_encoding(None))"
    with open("program.py", "w", encoding="utf-8") as file:
        file.write(program)
    try:
        done = subprocess.run([sys.executable, "-X", "warn_default_encoding", "program.py"], capture_output=True, text=True)
        assert done.stderr.count("EncodingWarning: 'encoding' argument not specified") == 2 and done.stdout == "locale\n", done
        done = subprocess.run([sys.executable, "-X", "utf8", "program.py"], capture_output=True, text=True)
        assert done.stderr == "" and done.stdout == "utf-8\n"
    finally:
        os.remove("program.py")


def test_many_threads():
    import threading

    total = []
    for _ in range(20):
        threads = [threading.Thread(target=lambda: total.append(len(importlib.import_module("struct").pack("i", 1)))) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert total == [4] * 320


def test_joining_daemons_at_the_end():
    import subprocess

    program = """
import gc
import threading

gc.disable()  # The end comes first.

class Cycle:
    def __init__(self):
        self.me = self
        self.thread = threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True)
        self.thread.start()

    def __del__(self):
        try:
            self.thread.join()
        except PythonFinalizationError as error:
            print(error)

Cycle()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "cannot join thread at interpreter shutdown\n", done


def test_daemons_after_the_end():
    import subprocess

    # A daemon thread, whose frame keeps the module, does not see it being emptied.
    program = """
import sys
import threading
import time

class Last:
    sleep = staticmethod(time.sleep)

    def __del__(self):
        self.sleep(0.05)

def helper():
    pass

def run(started, module):
    started.set()
    while True:
        helper()

keep = Last()
started = threading.Event()
threading.Thread(target=run, args=(started, sys.modules[__name__]), daemon=True).start()
started.wait()
print("end")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("end\n", "", 0), done


def test_tokens_of_other_line_ends():
    import io
    import tokenize

    def tokens(source):
        stream = io.StringIO(source, newline="")
        return [(tokenize.tok_name[t.type], t.string, t.start, t.end, t.line) for t in tokenize.generate_tokens(stream.readline)]

    assert tokens("a\r\n# c\r\n") == [
        ("NAME", "a", (1, 0), (1, 1), "a\r\n"),
        ("NEWLINE", "\r\n", (1, 1), (1, 3), "a\r\n"),
        ("COMMENT", "# c", (2, 0), (2, 3), "# c\r\n"),
        ("NL", "\r\n", (2, 3), (2, 5), "# c\r\n"),
        ("ENDMARKER", "", (3, 0), (3, 0), ""),
    ]
    assert tokens("'''a\r\nb'''\r\n")[0] == ("STRING", "'''a\r\nb'''", (1, 0), (2, 4), "'''a\r\nb'''\r\n")
    assert [t[1] for t in tokens("2sin 0777 0xfor x")] == ["2", "sin", "0777", "0xf", "or", "x", "", ""]
    assert tokens("a\n#c")[-2:] == [("NL", "", (2, 2), (2, 3), "#c"), ("ENDMARKER", "", (3, 0), (3, 0), "")]
    assert outcome(tokens, "(1,\n2") == ("TokenError", "('unexpected EOF in multi-line statement', (2, 0))")
    raw = tokenize._generate_tokens_from_c_tokenizer(io.StringIO("if 1:\n  x\n").readline)
    assert [(t.string, t.start) for t in raw][3:] == [("", (1, 5)), ("", (2, -1)), ("x", (2, 2)), ("", (2, 3)), ("", (2, -1)), ("", (2, -1))]


def test_ordered_dicts():
    from collections import OrderedDict

    class Missing(OrderedDict):
        def __missing__(self, key):
            return 0

    d = Missing(a=1)
    assert d["b"] == 0 and d.pop("b", 5) == 5 and d.pop("a", default=6) == 1 and outcome(d.pop, "a") == ("KeyError", "'a'")
    d = OrderedDict([(1.0, "a"), (2, "b")])
    d.move_to_end(1)
    assert repr(d) == "OrderedDict({2: 'b', 1.0: 'a'})"

    class Key:
        armed = None

        def __hash__(self):
            return 1

        def __eq__(self, other):
            Key.count += 1
            if Key.armed and Key.count == Key.armed:
                Key.effect()
            return self.__class__ is other.__class__

    mutated = ("RuntimeError", "OrderedDict mutated during iteration")
    for effect in [lambda: first.clear(), lambda: first.pop(0), lambda: (first.pop(0), first.setdefault("x"))]:
        Key.armed, Key.count, Key.effect = 2, 0, staticmethod(effect)
        first, second = OrderedDict.fromkeys([0, Key(), 4.2]), OrderedDict.fromkeys([0, Key(), 4.2])
        assert outcome(lambda: first == second) == mutated and Key.count == 2

    class Clears(OrderedDict):
        def __getitem__(self, key):
            self.clear()
            return "v"

    assert outcome(Clears([(1, 1), (2, 2)]).copy) == mutated


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
