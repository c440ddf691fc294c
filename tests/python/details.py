# Details of the built-in types and of classes that programs lean on now and then.

import collections
import types


def outcome(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__, str(error)


def test_members_and_computed_attributes():
    assert types.MemberDescriptorType is not types.GetSetDescriptorType
    for owner, name in [
        (types.FunctionType, "__globals__"),
        (types.FunctionType, "__closure__"),
        (types.CodeType, "co_name"),
        (types.MethodType, "__func__"),
        (types.TracebackType, "tb_frame"),
        (types.ModuleType, "__dict__"),
        (slice, "start"),
    ]:
        assert type(vars(owner)[name]) is types.MemberDescriptorType, (owner, name)
    assert type(vars(types.FunctionType)["__code__"]) is types.GetSetDescriptorType
    assert outcome(setattr, slice(1), "start", 3) == ("AttributeError", "readonly attribute")

    class Slotted:
        __slots__ = ("x",)

    assert isinstance(Slotted.x, types.MemberDescriptorType)


def test_module_of_builtin_types():
    def f():
        pass

    f.__module__ = "elsewhere"
    assert types.FunctionType.__module__ == "builtins" and types.BuiltinFunctionType.__module__ == "builtins"
    assert f.__module__ == "elsewhere" and (int | str).__module__ == "typing" and collections.deque.__module__ == "collections"


def test_set_for_conditional_annotations():
    for value in "0", "{}", "[]", "''", "object()", "frozenset()":
        kind, message = outcome(exec, f"__conditional_annotations__ = {value}\nx: int\n", {})
        assert kind == "TypeError" and message.endswith("object is not a set"), message


def test_keywords_of_subclasses():
    for base, args in [
        (filter, (None, [])),
        (reversed, ((),)),
    ]:

        class Plain(base):
            pass

        class WithNew(base):
            def __new__(cls, *args, extra=None):
                self = super().__new__(cls, *args)
                self.extra = extra
                return self

        class WithInit(base):
            def __init__(self, *args, extra=None):
                self.extra = extra

        assert outcome(Plain, *args, extra=3) == ("TypeError", base.__name__ + "() takes no keyword arguments")
        assert WithNew(*args, extra=3).extra == 3 and WithInit(*args, extra=3).extra == 3


def test_property_subclass_docs():
    assert outcome(property().__set_name__, 1) == ("TypeError", "__set_name__() takes 2 positional arguments but 1 were given")

    class Slotted(property):
        __slots__ = ("other",)

    def getter(self):
        "doc"

    assert Slotted(doc="dropped").__doc__ is None
    assert outcome(Slotted, getter)[0] == "AttributeError"


def test_native_base_behind_a_mixin():
    import io

    class Mixin:
        def read(self, n=-1):
            return b""

    class Raw(Mixin, io.RawIOBase):
        def readable(self):
            return True

    raw = Raw()
    assert Raw.__base__ is io.RawIOBase and raw.read() == b"" and not raw.closed and io.BufferedReader(raw).read() == b""


def test_generic_leaves_construction_to_others():
    import copyreg
    import typing

    T = typing.TypeVar("T")

    class A(typing.Generic[T]):
        pass

    class B:
        def __new__(cls):
            self = super().__new__(cls)
            self.made = "B"
            return self

    class C(A, B):
        pass

    assert C().made == "B" and "__new__" not in vars(typing.Generic)
    assert C().__reduce_ex__(1)[0] is copyreg._reconstructor
    assert typing.ParamSpec("P", bound=[int]).__bound__ == [int]
    namespace = {}
    exec("from typing import ParamSpec; P = ParamSpec('P')", namespace)
    assert namespace["P"].__module__ is None


def test_code_objects():
    import warnings

    a, b = (lambda: 1).__code__, (lambda: 1).__code__
    assert a == b and hash(a) == hash(b) or a != b
    c = a.replace(co_firstlineno=999)
    assert a != c and hash(a) != hash(c)
    code = compile("x = 1\n\n\ny = 2\n", "f", "exec")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = code.co_lnotab
    assert caught[0].category is DeprecationWarning and isinstance(table, bytes)
    assert sum(n - 256 * (n > 127) for n in table[1::2]) == 3


def test_text_of_wrong_programs():
    for source, text in [("a b\n", "a b\n"), ("x = 1\na b", "x = 1\na b\n")]:
        try:
            compile(source, "f", "exec")
        except SyntaxError as error:
            assert error._metadata == (0, 0, text)
        else:
            assert False
    try:
        compile("return", "f", "exec")
    except SyntaxError as error:
        assert error._metadata is None


def test_unicode_errors_whose_parts_change():
    class Evil(str):
        def __str__(self):
            del self.error.object
            return "evil"

    for error in UnicodeEncodeError("utf-8", "abc", 0, 1, Evil("r")), UnicodeDecodeError("utf-8", b"abc", 0, 1, Evil("r")), UnicodeTranslateError("abc", 0, 1, Evil("r")):
        error.reason.error = error
        assert outcome(str, error) == ("TypeError", "UnicodeError 'object' attribute is not set")
    error = UnicodeDecodeError("utf-8", b"abc", 0, 1, "r")
    error.object = None
    assert outcome(str, error) == ("TypeError", "UnicodeError 'object' attribute must be a bytes")
    error = UnicodeEncodeError("utf-8", "abc", 0, 1, "r")
    error.object = None
    assert outcome(str, error) == ("TypeError", "UnicodeError 'object' attribute must be a string")


def test_names_and_parameters_of_classes():
    class A:
        pass

    A.__type_params__ = "whatever"
    assert A.__type_params__ == "whatever"
    assert outcome(setattr, A, "__name__", "\udcdc")[0] == "UnicodeEncodeError" and outcome(type, "\udcdc", (), {})[0] == "UnicodeEncodeError"
    assert outcome(type, "x", (), {"__doc__": "\udcdc"})[0] == "UnicodeEncodeError"


def test_notes_about_update_sequences():
    def broken():
        yield "key"
        raise TypeError("oops")

    for source, message in [([object()], "object is not iterable"), ([broken()], "oops")]:
        try:
            {}.update(source)
        except TypeError as error:
            assert str(error) == message
            assert error.__notes__ == ["Cannot convert dictionary update sequence element #0 to a sequence"]
        else:
            assert False


def test_lists_that_change_while_compared():
    class X:
        def __eq__(self, other):
            second.clear()
            return NotImplemented

    class Y:
        def __eq__(self, other):
            first.clear()
            return NotImplemented

    first, second = [X()], [Y()]
    assert first == second


def test_length_hints():
    import sys

    class Endless:
        def __iter__(self):
            return self

        def __next__(self):
            raise StopIteration

        def __length_hint__(self):
            return sys.maxsize

    items = [1]
    items.extend(Endless())
    assert items == [1]


def test_cycles_of_bases():
    ready = False

    class Meta(type):
        def mro(cls):
            if ready and cls.__name__ == "B1":
                B2.__bases__ = (B1,)
            if ready and cls.__name__ == "B2":
                B1.__bases__ = (B2,)
            return type.mro(cls)

    class A(metaclass=Meta):
        pass

    class B1(A):
        pass

    class B2(A):
        pass

    ready = True
    assert outcome(setattr, B1, "__bases__", B1.__bases__) == ("TypeError", "a __bases__ item causes an inheritance cycle")


def test_traceback_names():
    try:
        1 / 0
    except ZeroDivisionError as error:
        assert dir(error.__traceback__) == ["tb_frame", "tb_lasti", "tb_lineno", "tb_next"]


def test_mixed_literals():
    for source in "b'' f''", "f'' b''", "b'' 'x' f''", "'' b''":
        kind, message = outcome(compile, source, "f", "exec")
        assert kind == "SyntaxError" and message.startswith("cannot mix bytes and nonbytes literals"), message


def test_surplus_arguments():
    assert outcome(str, b"a", "b", "c", encoding="d") == ("TypeError", "str() takes at most 3 arguments (4 given)")


def test_views_of_frame_variables():
    import sys

    def f():
        x, y = 1, 2
        proxy = sys._getframe().f_locals
        again = type(proxy)(sys._getframe())
        assert again == proxy and list(reversed(proxy)) == list(proxy)[::-1] and type(reversed(proxy)) is list
        assert outcome(proxy.pop, "x") == ("ValueError", "cannot remove local variables from FrameLocalsProxy")
        assert outcome(proxy.pop, "no") == ("KeyError", "'no'") and proxy.pop("no", 5) == 5
        proxy["other"] = 3
        assert proxy.pop("other") == 3
        proxy |= {"x": 7}
        assert x == 7 and type(proxy) is type(again)
        assert outcome(proxy.update, [1])[0] == "TypeError" and outcome(lambda: proxy[[]])[0] == "TypeError"
        assert outcome(type(proxy), 3)[0] == "TypeError"
        return sys._getframe()

    frame = f()
    assert repr(frame).endswith(", code f>")


def test_types_without_instances():
    import sys

    for ty in type(sys.flags), type(sys.version_info):
        assert outcome(ty) == ("TypeError", f"cannot create '{ty.__module__}.{ty.__qualname__}' instances")
        assert outcome(ty.__new__, ty, ()) == ("TypeError", f"cannot create '{ty.__module__}.{ty.__qualname__}' instances")


def test_variables_of_comprehensions():
    namespace = {}
    exec("y = 5\nshown = [locals()['x'] for x in [1, 2]]\nkeys = [list(locals()) for x in [1]]\nafter = 'y' in locals()\nclass A:\n  z = [locals()['x'] for x in [3]]\n", namespace)
    assert namespace["shown"] == [1, 2] and namespace["keys"] == [["x"]] and namespace["after"] and namespace["A"].z == [3]


def test_annotate_functions():
    def f():
        def g(x: int):
            pass

        return g

    class A:
        x: int

        def m(self, a: int):
            pass

    class Own:
        a: int

        def __annotate__(format):
            return {"a": str}

    place = "test_annotate_functions.<locals>."
    assert f().__annotate__.__qualname__ == place + "f.<locals>.g.__annotate__"
    assert A.__annotate__.__qualname__ == place + "A.__annotate__" and A.m.__annotate__.__qualname__ == place + "A.m.__annotate__"
    assert Own.__annotations__ == {"a": str}
    f.__annotate__ = lambda format: 3
    assert outcome(lambda: f.__annotations__) == ("TypeError", "__annotate__ returned non-dict of type 'int'")


def test_class_cells_while_the_class_is_made():
    import types

    class Meta(type):
        def mro(cls):
            seen.append(cls.__dict__["f"]())
            return type.mro(cls)

    seen = []

    class A(metaclass=Meta):
        def f():
            return __class__

    assert seen == [A]

    class X:
        def meth(self):
            super()

    kind, message = outcome(X.meth, types.CellType(X()))
    assert kind == "TypeError" and "instance of cell" in message


def test_code_of_another_kind():
    import warnings

    def plain():
        pass

    def generator():
        yield

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        plain.__code__ = generator.__code__
    assert "non-matching type" in str(caught[0].message)


def test_references_to_objects_with_odd_attributes():
    import weakref

    class Config(dict):
        def __getattr__(self, name):
            return self[name]

    config = Config()
    assert "Config" in repr(weakref.ref(config))


def test_views_of_memory():
    import copy
    import pickle

    view = memoryview(bytearray(b"abc"))
    for function in lambda: pickle.dumps(view), lambda: copy.copy(view), lambda: view.__reduce_ex__(2):
        assert outcome(function)[0] == "TypeError"
    assert memoryview(b"\0\1\2").cast("?") == memoryview(b"\0\1\1").cast("?")

    class Releases:
        def __index__(self):
            view.release()
            return 1

    assert outcome(view.__setitem__, Releases(), 3) == ("ValueError", "operation forbidden on released memoryview object")


def test_what_has_no_state_to_pickle():
    import pickle

    assert outcome(pickle.dumps, property()) == ("TypeError", "cannot pickle 'property' object")


def test_unknown_opcodes():
    def function():
        return 1

    plain = function.__code__
    for number in (121, 124, 127):
        function.__code__ = plain.replace(co_code=bytes([number]) + plain.co_code[1:])
        for _ in range(3):
            try:
                function()
            except SystemError as error:
                assert str(error) == f"{__file__}:{plain.co_firstlineno}: unknown opcode {number}"
            else:
                raise AssertionError


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
