"""enum, dataclasses, typing, contextlib, abc, traceback, types."""

import abc
import contextlib
import dataclasses
import enum
import io
import traceback
import types
import typing


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_enum():
    class Colour(enum.Enum):
        RED = 1
        GREEN = 2
        CRIMSON = 1

        def describe(self):
            return self.name.lower()

    assert Colour.RED.value == 1 and Colour.RED.name == "RED" and Colour(2) is Colour.GREEN and Colour["RED"] is Colour.RED and Colour.CRIMSON is Colour.RED and list(Colour) == [Colour.RED, Colour.GREEN] and repr(Colour.RED) == "<Colour.RED: 1>" and str(Colour.RED) == "Colour.RED" and Colour.RED.describe() == "red" and Colour.RED in Colour and len(Colour) == 2 and isinstance(Colour.RED, Colour) and message(ValueError, Colour, 5) == "5 is not a valid test_enum.<locals>.Colour" and hash(Colour.RED) == hash("RED") and message(AttributeError, setattr, Colour, "RED", 3) == "cannot reassign member 'RED'" and raises(TypeError, lambda: Colour.RED < Colour.GREEN)

    class Number(enum.IntEnum):
        ONE = enum.auto()
        TWO = enum.auto()

    class Flag(enum.Flag):
        A = enum.auto()
        B = enum.auto()
        C = enum.auto()

    class Text(enum.StrEnum):
        FOO = enum.auto()

    assert Number.ONE + 1 == 2 and Number.TWO > Number.ONE and f"{Number.ONE}" == "1" and str(Number.TWO) == "2" and Flag.A | Flag.B == Flag(3) and Flag.A in (Flag.A | Flag.C) and repr(Flag.A | Flag.C) == "<Flag.A|C: 5>" and ~Flag.A == Flag.B | Flag.C and Text.FOO == "foo" and [f.name for f in Flag(5)] == ["A", "C"] and enum.Enum("E", "x y").x.value == 1


def test_dataclasses():
    @dataclasses.dataclass(order=True)
    class P:
        x: int
        y: int = 5
        tags: list = dataclasses.field(default_factory=list, compare=False, repr=False)

        def __post_init__(self):
            self.total = self.x + self.y

    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class F:
        a: int
        b: str = "b"

    p = P(1)
    assert repr(p) == "test_dataclasses.<locals>.P(x=1, y=5)" and p == P(1, 5) and p < P(2) and p.total == 6 and p.tags is not P(1).tags and dataclasses.asdict(p) == {"x": 1, "y": 5, "tags": []} and dataclasses.astuple(p) == (1, 5, []) and dataclasses.replace(p, x=9).x == 9 and [f.name for f in dataclasses.fields(P)] == ["x", "y", "tags"] and P.__match_args__ == ("x", "y", "tags") and raises(TypeError, hash, p) and dataclasses.is_dataclass(P)
    f = F(a=1)
    assert hash(f) == hash(F(a=1)) and message(dataclasses.FrozenInstanceError, setattr, f, "a", 2) == "cannot assign to field 'a'" and not hasattr(f, "__dict__") and raises(TypeError, F, 1) and message(TypeError, P) == "test_dataclasses.<locals>.P.__init__() missing 1 required positional argument: 'x'"


def test_generic_mixin():
    import enum

    item = typing.TypeVar("item")

    class Converts(typing.Generic[item]):
        pass

    class Sign(Converts["Sign"], enum.Enum):
        PLUS = "+"
        MINUS = "-"

    assert typing.Generic.__new__ is Converts.__new__ is object.__new__ and Sign("+") is Sign.PLUS


def test_typing():
    T = typing.TypeVar("T")
    assert repr(list[int]) == "list[int]" and repr(int | None) == "int | None" and repr(typing.Optional[int]) == "int | None" and repr(typing.Union[int, str]) == "int | str" and list[int].__origin__ is list and dict[str, int].__args__ == (str, int) and list[T][int] == list[int] and typing.get_type_hints(hinted) == {"a": int, "return": list[str]} and typing.get_origin(list[int]) is list and typing.get_args(int | str) == (int, str) and typing.cast(int, "a") == "a" and repr(typing.Any) == "typing.Any" and repr(typing.Callable[[int], str]) == "typing.Callable[[int], str]" and typing.List[int].__origin__ is list and isinstance(5, int | str) and not isinstance(5, str | None) and list[int]([1]) == [1] and (int | str) == (str | int) and typing.Literal[1, "a"].__args__ == (1, "a") and message(TypeError, isinstance, [], list[int]) == "isinstance() argument 2 cannot be a parameterized generic"

    class N(typing.NamedTuple):
        a: int
        b: str = "x"

    class D(typing.TypedDict, total=False):
        k: int

    @typing.runtime_checkable
    class Closes(typing.Protocol):
        def close(self): ...

    class G(typing.Generic[T]):
        pass

    assert N(1) == (1, "x") and N(1).a == 1 and D(k=1) == {"k": 1} and isinstance(io.StringIO(), Closes) and not isinstance(5, Closes) and G[int].__args__ == (int,) and isinstance(G[int](), G)


def hinted(a: int) -> "list[str]":
    pass


def test_contextlib():
    log = []

    @contextlib.contextmanager
    def managed(name):
        log.append(f"enter {name}")
        try:
            yield name
        except KeyError:
            log.append("swallowed")
        finally:
            log.append(f"exit {name}")

    with managed("a") as a:
        assert a == "a"
    with managed("b"):
        raise KeyError
    assert log == ["enter a", "exit a", "enter b", "swallowed", "exit b"]
    with contextlib.suppress(ValueError):
        int("x")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        print("captured")
    assert out.getvalue() == "captured\n"
    log.clear()
    with contextlib.ExitStack() as stack:
        for n in "12":
            stack.enter_context(managed(n))
        stack.callback(log.append, "callback")
    assert log == ["enter 1", "enter 2", "callback", "exit 2", "exit 1"]
    with contextlib.nullcontext(5) as n, contextlib.closing(io.StringIO()) as s:
        assert n == 5
    assert s.closed and raises(ValueError, lambda: exec("with m('c'): raise ValueError", {"m": managed}))

    @managed("decorator")
    def f():
        return "result"

    assert f() == "result" and log[-1] == "exit decorator"


def test_abc():
    class Base(abc.ABC):
        @abc.abstractmethod
        def m(self): ...

        @property
        @abc.abstractmethod
        def p(self): ...

    class Half(Base):
        def m(self):
            return 1

    class Full(Half):
        p = 5

    assert message(TypeError, Base) == "Can't instantiate abstract class Base without an implementation for abstract methods 'm', 'p'" and message(TypeError, Half) == "Can't instantiate abstract class Half without an implementation for abstract method 'p'" and Full().p == 5 and Base.__abstractmethods__ == {"m", "p"}

    class Virtual:
        pass

    Base.register(Virtual)
    assert isinstance(Virtual(), Base) and issubclass(Virtual, Base)

    class Hook(abc.ABC):
        @classmethod
        def __subclasshook__(cls, other):
            return hasattr(other, "quack")

    class Duck:
        quack = 1

    assert isinstance(Duck(), Hook) and not isinstance(5, Hook)


def test_traceback():
    def f():
        raise ValueError("text")

    try:
        f()
    except ValueError as error:
        lines = traceback.format_exception(error)
        text = traceback.format_exc()
        only = traceback.format_exception_only(error)
        summary = traceback.TracebackException.from_exception(error)
    assert lines[0] == "Traceback (most recent call last):\n" and lines[-1] == "ValueError: text\n" and "".join(lines) == text and only == ["ValueError: text\n"] and summary.stack[-1].name == "f" and summary.exc_type_str == "ValueError" and 'raise ValueError("text")' in lines[2] and traceback.extract_stack()[-1].name == "test_traceback" and traceback.format_list([("f.py", 3, "name", "line")]) == ['  File "f.py", line 3, in name\n    line\n']


def test_types():
    assert types.SimpleNamespace(a=1) == types.SimpleNamespace(a=1) and repr(types.SimpleNamespace(a=1)) == "namespace(a=1)" and types.MappingProxyType({"a": 1})["a"] == 1 and not hasattr(types.MappingProxyType({}), "__setitem__")
    made = types.new_class("Made", (int,), {}, lambda ns: ns.update(x=1))
    assert made.x == 1 and made(5) == 5 and types.FunctionType((lambda: x).__code__, {"x": 7})() == 7 and types.MethodType(lambda self: self, 5)() == 5 and isinstance(len, types.BuiltinFunctionType) and types.CellType(5).cell_contents == 5 and isinstance(types.GenericAlias(list, int), types.GenericAlias) and types.resolve_bases((int,)) == (int,) and types.NoneType is type(None)

    class D:
        @types.DynamicClassAttribute
        def x(self):
            return 1

    assert D().x == 1 and raises(AttributeError, lambda: D.x)


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
