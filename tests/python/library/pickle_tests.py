"""pickle, with the native _pickle: all protocols, memo, frames, reducers, buffers, and what becomes of malformed data."""

import _pickle
import collections
import copyreg
import gc
import io
import pickle
import pickletools
import sys
import weakref

PROTOCOLS = range(6)


def raises(kind, action, message=None):
    try:
        action()
    except kind as error:
        assert message is None or str(error) == message, str(error)
        return error
    raise AssertionError(f"{kind.__name__} expected")


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)


class Attributes:
    def __init__(self, n):
        self.n = n
        self.text = f"text {n}"
        self.items = [n, (n,), {n: self}]


class Slots:
    __slots__ = ("a", "b")


class Nested:
    class Inner:
        def method(self):
            return 7


class Keywords:
    def __new__(cls, *args, key):
        made = super().__new__(cls)
        made.args, made.key = args, key
        return made

    def __getnewargs_ex__(self):
        return self.args, {"key": self.key}

    def __getstate__(self):
        return None


class SubDict(dict):
    pass


class SubList(list):
    pass


class Reduced:
    def __init__(self, reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


Point = collections.namedtuple("Point", "x y")


def test_is_native():
    assert pickle.dumps is _pickle.dumps and pickle.Pickler is _pickle.Pickler
    assert pickle.PicklingError is _pickle.PicklingError and _pickle.PicklingError.__mro__[1] is _pickle.PickleError
    assert pickle.PickleBuffer is _pickle.PickleBuffer and pickle.PickleBuffer.__module__ == "pickle"


def test_round_trips():
    values = [
        None, True, False, 0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**62, 2**63, -(2**63),
        -(2**63) - 1, 10**40, -(10**40), 1 << 2100, -(1 << 2039), 0.0, -1.5, 1e300, float("inf"), 1 + 2j,
        "", "a", "é", "€" * 300, "\U0001f600", "\ud800x", "\0\n\r\x1a\\", "x" * 70000,
        b"", b"\xff", b"y" * 70000, bytearray(), bytearray(b"abc"), bytearray(b"z" * 70000),
        (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [1], list(range(2500)), {}, {1: 2}, dict.fromkeys(range(2500)),
        set(), {1, 2}, set(range(2500)), frozenset(), frozenset({1}), range(3), slice(1, None), ..., NotImplemented,
        type(None), type(...), type(NotImplemented), int, type, len, [].append, Plain, Nested.Inner, Nested.Inner.method,
        Point(1, 2), collections.OrderedDict(a=1), collections.deque([1, 2]), OSError(2, "x"),
        Plain(), Plain(a=1), Plain(a=1, b=[2]), SubDict(a=1), SubList([1, 2, 3]),
    ]  # fmt: skip
    for value in values:
        for protocol in PROTOCOLS:
            data = pickle.dumps(value, protocol)
            file = io.BytesIO()
            pickle.dump(value, file, protocol)
            assert file.getvalue() == data
            for loaded in pickle.loads(data), pickle.load(io.BytesIO(data)), pickle.load(io.BufferedReader(io.BytesIO(data))):
                assert type(loaded) is type(value), value
                same = loaded == value or callable(value) or isinstance(value, OSError) and loaded.args == value.args
                assert same, value
            assert pickle._loads(data) == value or callable(value) or isinstance(value, OSError)
    for bits in range(60, 140):
        for n in 1 << bits, -(1 << bits), (1 << bits) - 1, -(1 << bits) - 1:
            assert pickle.loads(pickle.dumps(n)) == pickle._loads(pickle._dumps(n)) == n
            assert pickle.dumps(n, 2) == pickle._dumps(n, 2)
    assert pickle.loads(b"\x8a\x0c" + b"\xff" * 12 + b".") == -1 and pickle.loads(b"\x8a\x0e\x05" + b"\0" * 13 + b".") == 5
    nan = pickle.loads(pickle.dumps(float("nan")))
    assert nan != nan and str(pickle.loads(pickle.dumps(-0.0, 0))) == "-0.0"


def test_bytes_of_pickles():
    dumps = pickle.dumps
    assert dumps([1, "a", None], 0) == b"(lp0\nI1\naVa\np1\naNa."
    assert dumps([1, "a", None], 1) == b"]q\x00(K\x01X\x01\x00\x00\x00aq\x01Ne."
    assert dumps([1, "a", True], 2) == b"\x80\x02]q\x00(K\x01X\x01\x00\x00\x00aq\x01\x88e."
    assert dumps([1, "a", None]) == b"\x80\x05\x95\x0c\x00\x00\x00\x00\x00\x00\x00]\x94(K\x01\x8c\x01a\x94Ne."
    assert dumps(1, 4) == b"\x80\x04K\x01."
    assert dumps({"a": 2.0}, 3) == b"\x80\x03}q\x00X\x01\x00\x00\x00aq\x01G@\x00\x00\x00\x00\x00\x00\x00s."
    assert dumps(-(2**63), 2) == b"\x80\x02\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80."
    assert dumps(2**63, 1) == b"L9223372036854775808L\n."
    assert dumps(b"a", 0) == b"c_codecs\nencode\np0\n(Va\np1\nVlatin1\np2\ntp3\nRp4\n."
    assert dumps(len, 2) == b"\x80\x02c__builtin__\nlen\nq\x00." and dumps(len, 3) == b"\x80\x03cbuiltins\nlen\nq\x00."
    state = b"\x8c\x08__main__\x94\x8c\x05Plain\x94\x93\x94)\x81\x94}\x94\x8c\x01a\x94K\x01sb."
    assert dumps(Plain(a=1)) == dumps(Plain(a=1)) == b"\x80\x05\x95" + len(state).to_bytes(8, "little") + state
    shared = "x" * 3
    assert dumps([shared, shared], 4).endswith(b"\x8c\x03xxx\x94h\x01e.")
    many = dumps([str(i) for i in range(300)] * 2, 2)
    assert b"r\x00\x01\x00\x00" in many and b"j\x00\x01\x00\x00" in many and pickle.loads(many)[599] == "299"
    assert dumps(list(range(1001)), 2).count(b"e") >= 2


def test_frames():
    class Writer:
        def __init__(self):
            self.parts = []

        def write(self, data):
            self.parts.append(bytes(data))

    writer = Writer()
    items = [["x" * 1000 + str(i)] for i in range(200)]
    pickle.dump(items, writer, 4)
    assert len(writer.parts) == 4 and b"".join(writer.parts) == pickle.dumps(items, 4)
    frames = [arg for op, arg, _ in pickletools.genops(b"".join(writer.parts)) if op.name == "FRAME"]
    assert len(frames) == 4 and all(64 * 1024 <= size < 70000 for size in frames[:-1])
    writer = Writer()
    big = b"b" * (1 << 17)
    pickle.dump([big, 1], writer, 5)
    assert writer.parts[1] == big and pickle.loads(b"".join(writer.parts)) == [big, 1]


def test_shared_and_recursive():
    for protocol in PROTOCOLS:
        circle = []
        circle.append(circle)
        loaded = pickle.loads(pickle.dumps(circle, protocol))
        assert loaded[0] is loaded
        pair = ([],)
        pair[0].append(pair)
        loaded = pickle.loads(pickle.dumps(pair, protocol))
        assert loaded[0][0] is loaded and len(loaded) == 1
        four = ([], 1, 2, 3)
        four[0].append(four)
        loaded = pickle.loads(pickle.dumps(four, protocol))
        assert loaded[0][0] is loaded
        thing = Attributes(1)
        loaded = pickle.loads(pickle.dumps([thing, thing], protocol))
        assert loaded[0] is loaded[1] and loaded[0].items[2][1] is loaded[0] and loaded[0].text == "text 1"


def test_instances():
    things = [Attributes(i) for i in range(50)] + [Plain(x=1), Plain(y=2, x=3), Plain()]
    things[3].extra = "more"
    del things[4].text
    for protocol in PROTOCOLS:
        loaded = pickle.loads(pickle.dumps(things, protocol))
        assert [list(vars(a)) for a in loaded] == [list(vars(a)) for a in things]
        assert loaded[3].extra == "more" and loaded[49].items[2][49] is loaded[49]
        assert all(sys.intern(name) is name for name in vars(loaded[0]))
    slots = Slots()
    slots.a = [1]
    for protocol in range(2, 6):
        loaded = pickle.loads(pickle.dumps(slots, protocol))
        assert loaded.a == [1] and not hasattr(loaded, "b")
    raises(TypeError, lambda: pickle.dumps(slots, 1))
    for protocol in PROTOCOLS[2:]:
        loaded = pickle.loads(pickle.dumps(Keywords(1, 2, key="k"), protocol))
        assert loaded.args == (1, 2) and loaded.key == "k"

    # What a class says about pickling counts from then on.
    class_data = pickle.dumps(Plain(a=1))
    Plain.__getstate__ = lambda self: {"changed": True}
    assert vars(pickle.loads(pickle.dumps(Plain(a=1)))) == {"changed": True}
    del Plain.__getstate__
    assert pickle.dumps(Plain(a=1)) == class_data
    Plain.__setstate__ = lambda self, state: setattr(self, "set", state)
    assert vars(pickle.loads(class_data)) == {"set": {"a": 1}}
    del Plain.__setstate__
    own = Plain(a=1)
    own.__reduce_ex__ = lambda protocol: (int, ("12",))
    assert pickle.loads(pickle.dumps(own)) == 12


def test_reducers():
    for protocol in PROTOCOLS:
        made = pickle.loads(pickle.dumps(Reduced((list, (), None, iter([1, 2, 3]))), protocol))
        assert made == [1, 2, 3]
        made = pickle.loads(pickle.dumps(Reduced((dict, (), None, None, iter([("a", 1), ("b", 2)]))), protocol))
        assert made == {"a": 1, "b": 2}
        made = pickle.loads(pickle.dumps(Reduced((Plain, (), "state", None, None, set_state)), protocol))
        assert made.given == "state"
        assert pickle.loads(pickle.dumps(single, protocol)) is single

    class Pickler(pickle.Pickler):
        dispatch_table = {complex: lambda z: (str, (str(z),))}

        def reducer_override(self, value):
            if value is test_reducers:
                return int, ("5",)
            return NotImplemented

    file = io.BytesIO()
    Pickler(file).dump([test_reducers, test_frames, 1j])
    assert pickle.loads(file.getvalue()) == [5, test_frames, "1j"]

    pickler = pickle.Pickler(io.BytesIO())
    raises(AttributeError, lambda: pickler.dispatch_table)
    pickler.dispatch_table = collections.ChainMap({}, {Plain: lambda plain: (int, ("3",))})
    pickler.dump(Plain())
    copyreg.pickle(Nested, lambda nested: (str, ("nested",)))
    try:
        assert pickle.loads(pickle.dumps(Nested())) == "nested"
    finally:
        del copyreg.dispatch_table[Nested]
    copyreg.add_extension("__main__", "Nested", 0xFFF0)
    try:
        data = pickle.dumps(Nested, 2)
        assert data == b"\x80\x02\x83\xf0\xff." and pickle.loads(data) is Nested
    finally:
        copyreg.remove_extension("__main__", "Nested", 0xFFF0)
    raises(ValueError, lambda: pickle.loads(data), "unregistered extension code 65520")


single = Reduced("single")


def set_state(made, state):
    made.given = state


def test_errors_of_reducers():
    cases = {
        1: "__reduce__ must return a string or tuple, not int",
        (1,): "tuple returned by __reduce__ must contain 2 through 6 elements",
        (1, ()): "first item of the tuple returned by __reduce__ must be callable, not int",
        (int, 1): "second item of the tuple returned by __reduce__ must be a tuple, not int",
        (int, (), None, 1): "fourth item of the tuple returned by __reduce__ must be an iterator, not int",
        (int, (), None, None, 1): "fifth item of the tuple returned by __reduce__ must be an iterator, not int",
        (int, (), 1, None, None, 1): "sixth item of the tuple returned by __reduce__ must be callable, not int",
        (copyreg.__newobj__, ()): "__newobj__ expected at least 1 argument, got 0",
        (copyreg.__newobj__, (1,)): "first argument to __newobj__() must be a class, not int",
        (copyreg.__newobj_ex__, (1,)): "__newobj_ex__ expected 3 arguments, got 1",
    }
    for reduced, message in cases.items():
        error = raises(pickle.PicklingError, lambda: pickle.dumps([Reduced(reduced)]), message)
        assert error.__notes__ == ["when serializing Reduced object", "when serializing list item 0"]

    class Local:
        pass

    error = raises(pickle.PicklingError, lambda: pickle.dumps({"key": Local()}))
    assert str(error).startswith("Can't pickle local object <class '__main__.test_errors_of_reducers.<locals>.Local'>")
    name = "test_errors_of_reducers.<locals>.Local"
    assert error.__notes__ == [f"when serializing {name} class", f"when serializing {name} object",
                               "when serializing dict item 'key'"]  # fmt: skip
    missing = type("Missing", (), {})
    missing.__qualname__ = "Missing"
    error = raises(pickle.PicklingError, lambda: pickle.dumps(missing))
    assert str(error) == "Can't pickle <class '__main__.Missing'>: it's not found as __main__.Missing"
    assert type(error.__context__) is AttributeError
    missing.__module__ = "no_such_module"
    error = raises(pickle.PicklingError, lambda: pickle.dumps(missing))
    assert str(error) == "Can't pickle <class 'no_such_module.Missing'>: No module named 'no_such_module'"
    fake = type("Plain", (), {"__module__": "__main__"})
    message = "Can't pickle <class '__main__.Plain'>: it's not the same object as __main__.Plain"
    raises(pickle.PicklingError, lambda: pickle.dumps(fake), message)
    for value in sys, sys._getframe(), (i for i in ()), property(), staticmethod(len):
        message = f"cannot pickle '{type(value).__name__}' object"
        for protocol in PROTOCOLS:
            raises(TypeError, lambda: pickle.dumps(value, protocol), message)


def test_persistent_ids():
    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return ("id", value.key) if isinstance(value, Plain) else None

    class Unpickler(pickle.Unpickler):
        def persistent_load(self, identity):
            return "loaded " + str(identity)

    for protocol in PROTOCOLS:
        file = io.BytesIO()
        Pickler(file, protocol).dump([Plain(key=3), 1])
        loaded = Unpickler(io.BytesIO(file.getvalue())).load()
        assert loaded == ["loaded ('id', 3)", 1]
        raises(pickle.UnpicklingError, lambda: pickle.loads(file.getvalue()),
               "A load persistent id instruction was encountered, but no persistent_load function was specified.")  # fmt: skip
    pickler = pickle.Pickler(io.BytesIO(), 0)
    pickler.persistent_id = lambda value: "é"
    raises(pickle.PicklingError, lambda: pickler.dump(1), "persistent IDs in protocol 0 must be ASCII strings")
    del pickler.persistent_id
    pickler.dump(1)
    unpickler = pickle.Unpickler(io.BytesIO(b"Pabc\n."))
    unpickler.persistent_load = str.upper
    assert unpickler.load() == "ABC"


def test_find_class():
    class Careful(pickle.Unpickler):
        def find_class(self, module, name):
            if module != "builtins":
                raise pickle.UnpicklingError(f"{module}.{name} is forbidden")
            return super().find_class(module, name)

    assert Careful(io.BytesIO(pickle.dumps([int]))).load() == [int]
    raises(pickle.UnpicklingError, lambda: Careful(io.BytesIO(pickle.dumps(Plain()))).load(), "__main__.Plain is forbidden")
    assert pickle.loads(b"c__builtin__\nunicode\n.") is str
    raises(AttributeError, lambda: pickle.loads(b"cbuiltins\nunicode\n."))
    raises(ModuleNotFoundError, lambda: pickle.loads(b"c__builtin__\nunicode\n.", fix_imports=False))
    raises(AttributeError, lambda: pickle.loads(b"\x80\x04\x8c\x08__main__\x8c\x08Nested.x\x93."),
           "Can't resolve path 'Nested.x' on module '__main__'")  # fmt: skip


def test_buffers():
    data = bytearray(b"some data")
    buffer = pickle.PickleBuffer(data)
    assert bytes(buffer) == data and buffer.raw().format == "B"
    kept = []
    pickled = pickle.dumps([buffer, pickle.PickleBuffer(b"constant")], 5, buffer_callback=kept.append)
    assert b"data" not in pickled and len(kept) == 2
    loaded = pickle.loads(pickled, buffers=kept)
    assert loaded[0] is kept[0] and bytes(loaded[1]) == b"constant" and memoryview(loaded[1]).readonly
    raises(pickle.UnpicklingError, lambda: pickle.loads(pickled, buffers=[]), "not enough out-of-band buffers")
    raises(pickle.UnpicklingError, lambda: pickle.loads(pickled),
           "pickle stream refers to out-of-band data but no *buffers* argument was given")  # fmt: skip
    pickled = pickle.dumps(buffer, 5, buffer_callback=lambda b: True)
    assert type(pickle.loads(pickled)) is bytearray
    view = memoryview(bytes(range(24))).cast("B", (4, 6))
    assert pickle.loads(pickle.dumps(pickle.PickleBuffer(view))) == bytes(range(24))
    strided = pickle.PickleBuffer(memoryview(b"abcdef")[::2])
    raises(BufferError, strided.raw, "cannot extract raw buffer from non-contiguous buffer")
    raises(pickle.PicklingError, lambda: pickle.dumps(strided),
           "PickleBuffer can not be pickled when pointing to a non-contiguous buffer")  # fmt: skip
    raises(pickle.PicklingError, lambda: pickle.dumps(buffer, 4), "PickleBuffer can only be pickled with protocol >= 5")
    raises(ValueError, lambda: pickle.Pickler(io.BytesIO(), 4, buffer_callback=print), "buffer_callback needs protocol >= 5")
    raises(BufferError, lambda: data.append(1))
    raises(TypeError, lambda: pickle.PickleBuffer(), "PickleBuffer() takes exactly 1 positional argument (0 given)")
    raises(TypeError, lambda: pickle.PickleBuffer(data, data), "PickleBuffer() takes at most 1 argument (2 given)")
    raises(TypeError, lambda: pickle.PickleBuffer(1), "a bytes-like object is required, not 'int'")
    del strided, view, kept, loaded
    buffer.release()
    buffer.release()
    raises(ValueError, buffer.raw, "operation forbidden on released PickleBuffer object")
    gc.collect()
    data.append(1)


def test_old_strings():
    assert pickle.loads(b"S'a\\x41\\n'\n.") == "aA\n" and pickle.loads(b"U\x02ab.") == "ab"
    assert pickle.loads(b"T\x02\x00\x00\x00\xe9b.", encoding="latin-1") == "\xe9b"
    assert pickle.loads(b"U\x01\xe9.", encoding="bytes") == b"\xe9"
    assert pickle.loads(b"U\x01\xe9.", errors="replace") == "\ufffd"
    raises(UnicodeDecodeError, lambda: pickle.loads(b"U\x01\xe9."))
    assert pickle.loads(b"I01\n.") is True and pickle.loads(b"I1\n.") == 1 and pickle.loads(b"L5L\n.") == 5
    assert pickle.loads(b"F1.5\n.") == 1.5 and pickle.loads(b"(i__main__\nPlain\n.") == Plain()
    assert pickle.loads(b"(c__main__\nPlain\no}(Va\nI1\nub.") == Plain(a=1)


def test_malformed():
    truncated, underflow = "pickle data was truncated", "unpickling stack underflow"
    cases = {
        b"": (EOFError, "Ran out of input"),
        b"N": (EOFError, "Ran out of input"),
        b"\x80": (pickle.UnpicklingError, truncated),
        b"K": (pickle.UnpicklingError, truncated),
        b"X\xff\x00\x00\x00a.": (pickle.UnpicklingError, truncated),
        b"\x8d" + b"\xff" * 7 + b"\x3fa.": (pickle.UnpicklingError, truncated),
        b"B\xff\xff\xff\x0fa.": (pickle.UnpicklingError, truncated),
        b"\x8e" + b"\xff" * 8 + b"a.": (OverflowError, None),
        b"I1": (pickle.UnpicklingError, truncated),
        b"c\n\n.": (pickle.UnpicklingError, truncated),
        b"\x80\x06.": (ValueError, "unsupported pickle protocol: 6"),
        b"\x00": (pickle.UnpicklingError, "invalid load key, '\\x00'."),
        b"z": (pickle.UnpicklingError, "invalid load key, 'z'."),
        b".": (pickle.UnpicklingError, underflow),
        b"(.": (pickle.UnpicklingError, "unexpected MARK found"),
        b"0": (pickle.UnpicklingError, underflow),
        b"2": (pickle.UnpicklingError, underflow),
        b"a": (pickle.UnpicklingError, underflow),
        b"Na": (pickle.UnpicklingError, underflow),
        b"s": (pickle.UnpicklingError, underflow),
        b"NNs": (pickle.UnpicklingError, underflow),
        b"(Nb": (pickle.UnpicklingError, "unexpected MARK found"),
        b"e": (pickle.UnpicklingError, "could not find MARK"),
        b"t": (pickle.UnpicklingError, "could not find MARK"),
        b"(N\x86.": (pickle.UnpicklingError, "unexpected MARK found"),
        b"(Nd.": (pickle.UnpicklingError, "odd number of items for DICT"),
        b"}(Nu.": (pickle.UnpicklingError, "odd number of items for SETITEMS"),
        b"g1\n.": (pickle.UnpicklingError, "Memo value not found at index 1"),
        b"g-1\n.": (pickle.UnpicklingError, "Memo value not found at index -1"),
        b"h\x05.": (pickle.UnpicklingError, "Memo value not found at index 5"),
        b"Np-1\n.": (ValueError, "negative PUT argument"),
        b"gx\n.": (ValueError, "invalid literal for int() with base 10: 'x\\n'"),
        b"Ix\n.": (ValueError, "could not convert string to int"),
        b"Fx\n.": (ValueError, "could not convert string to float: 'x\n'"),
        b"F1 \n.": (ValueError, "could not convert string to float"),
        b"F1e999\n.": (OverflowError, None),
        b"S'a\n.": (pickle.UnpicklingError, "the STRING opcode argument must be quoted"),
        b"\x8b\xff\xff\xff\xffa.": (pickle.UnpicklingError, "LONG pickle has negative byte count"),
        b"T\xff\xff\xff\xffa.": (pickle.UnpicklingError, "BINSTRING pickle has negative byte count"),
        b"\x82\x00.": (pickle.UnpicklingError, "EXT specifies code <= 0"),
        b"N)\x81.": (pickle.UnpicklingError, "NEWOBJ class argument must be a type, not NoneType"),
        b"cbuiltins\nlist\nN\x81.": (pickle.UnpicklingError, "NEWOBJ args argument must be a tuple, not NoneType"),
        b"cbuiltins\nlist\nNR.": (TypeError, "argument list must be a tuple"),
        b"NN\x93.": (pickle.UnpicklingError, "STACK_GLOBAL requires str"),
        b"NK\x01b.": (pickle.UnpicklingError, "state is not a dictionary"),
        b"NNK\x01\x86b.": (pickle.UnpicklingError, "slot state is not a dictionary"),
        b"P\xff\n.": (pickle.UnpicklingError, "persistent IDs in protocol 0 must be ASCII strings"),
        b"\x80\x04\x95\x0a" + b"\0" * 7 + b"N.": (pickle.UnpicklingError, truncated),
        b"\x80\x04\x95\x03" + b"\0" * 7 + b"\x95\x01" + b"\0" * 7 + b"N.": (
            pickle.UnpicklingError, "pickle exhausted before end of frame"),  # fmt: skip
        b"\x80\x04\x95\x00" + b"\0" * 6 + b"\x80N.": (OverflowError, None),
    }
    for data, (kind, message) in cases.items():
        for load in pickle.loads, lambda data: pickle.load(io.BytesIO(data)):
            error = raises(kind, lambda: load(data))
            assert type(error) is kind and (message is None or str(error) == message), (data, error)
    # Every way to cut a pickle short, and every byte of one replaced.
    data = pickle.dumps([Plain(a=1, b="text"), {2: (3.5, b"x")}, 10**30, {"s"}], 4)
    for i in range(len(data)):
        raises(Exception, lambda: pickle.loads(data[:i]))
    for i in range(len(data)):
        for byte in b"(0.eu\x94\xff\x86":
            try:
                pickle.loads(data[:i] + bytes([byte]) + data[i + 1 :])
            except Exception:
                pass


def test_deep():
    deep = []
    for _ in range(200000):
        deep = [deep]
    raises(RecursionError, lambda: pickle.dumps(deep))
    flat = 0
    for _ in range(500):
        flat = [flat]
    for protocol in PROTOCOLS:
        loaded = pickle.loads(pickle.dumps(flat, protocol))
        while loaded:
            (loaded,) = loaded
    # Reading needs no recursion.
    loaded = pickle.loads(b"]" * 100000 + b"a" * 99999 + b".")
    assert len(loaded) == 1


def test_pickler_objects():
    file = io.BytesIO()
    pickler = pickle.Pickler(file, 2)
    words = ["one", "two"]
    pickler.dump(words)
    first = file.getvalue()
    pickler.dump(words)
    assert file.getvalue()[len(first) :] == b"\x80\x02h\x00."
    assert sorted(index for index, _ in pickler.memo.copy().values()) == [0, 1, 2]
    assert pickler.memo.copy()[id(words)] == (0, words)
    pickler.clear_memo()
    pickler.dump(words)
    assert file.getvalue().endswith(first)
    unpickler = pickle.Unpickler(io.BytesIO(file.getvalue()))
    a, b, c = unpickler.load(), unpickler.load(), unpickler.load()
    assert a is b and c == a and c is not a
    raises(EOFError, unpickler.load)
    assert unpickler.memo.copy()[1] == "one"
    unpickler.memo.clear()
    assert unpickler.memo.copy() == {}
    primed = pickle.Pickler(io.BytesIO(), 2)
    primed.memo = pickler.memo
    primed.dump(words)
    raises(TypeError, lambda: setattr(primed, "memo", None),
           "'memo' attribute must be a PicklerMemoProxy object or dict, not NoneType")  # fmt: skip
    raises(ValueError, lambda: setattr(unpickler, "memo", {-1: None}), "memo key must be positive integers.")

    fast = pickle.Pickler(io.BytesIO())
    fast.fast = True
    assert fast.fast == 1 and fast.bin == 1
    fast.dump([words, words])
    assert fast.memo.copy() == {}
    circle = []
    circle.append(circle)
    error = raises(ValueError, lambda: fast.dump(circle))
    assert str(error).startswith("fast mode: can't pickle cyclic objects including object type list at 0x")

    raises(TypeError, lambda: pickle.Pickler(1), "file must have a 'write' attribute")
    raises(TypeError, lambda: pickle.Unpickler(1), "file must have 'read' and 'readline' attributes")
    raises(ValueError, lambda: pickle.dumps(1, 6), "pickle protocol must be <= 5")
    assert pickle.dumps(1, -1) == pickle.dumps(1, 5)

    class Uninitialised(pickle.Pickler):
        def __init__(self):
            pass

    raises(pickle.PicklingError, lambda: Uninitialised().dump(1),
           "Pickler.__init__() was not called by Uninitialised.__init__()")  # fmt: skip

    class Reenters:
        def __reduce__(self):
            raises(RuntimeError, lambda: pickler.dump(1), "Pickler object is already used")
            return list, ()

    pickler.dump(Reenters())


def test_files():
    class Minimal:
        """A file with nothing but the two methods that are needed."""

        def __init__(self, data):
            self.file = io.BytesIO(data)
            self.read, self.readline = self.file.read, self.file.readline

    values = [["text", 1.5, b"bytes" * 50000, bytearray(b"more" * 50000), "x" * 100000, {"k": i}] for i in range(3)]
    for protocol in PROTOCOLS:
        data = b"".join(pickle.dumps(value, protocol) for value in values) + b"rest"
        for file in Minimal(data), io.BytesIO(data), io.BufferedReader(io.BytesIO(data), 100):
            unpickler = pickle.Unpickler(file)
            assert [unpickler.load() for _ in values] == values
            assert file.read() == b"rest"


def test_garbage():
    class Local:
        pass

    class Pickler(pickle.Pickler):
        pass

    thing = Local()
    pickler = Pickler(io.BytesIO())
    thing.pickler, pickler.thing = pickler, thing
    pickler.memo = {1: (0, thing)}
    alive = weakref.ref(thing)
    del thing, pickler
    gc.collect()
    assert alive() is None


def test_related_fixes():
    assert type.__module__ == "builtins" and pickle.loads(pickle.dumps(type)) is type
    assert "__reduce__" not in type(dict.__dict__["fromkeys"]).__dict__

    class Endless:
        def __getattr__(self, name):
            return getattr(self, name + "x")

    # Arguments for __new__ are a matter of the class.
    assert Endless().__reduce_ex__(2)[1] == (Endless,)


test_is_native()
test_round_trips()
test_bytes_of_pickles()
test_frames()
test_shared_and_recursive()
test_instances()
test_reducers()
test_errors_of_reducers()
test_persistent_ids()
test_find_class()
test_buffers()
test_old_strings()
test_malformed()
test_deep()
test_pickler_objects()
test_files()
test_garbage()
test_related_fixes()
print("ok")
