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


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
