"""Every built-in function."""

import builtins
import io
import sys


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_numbers():
    assert abs(-3) == 3 and divmod(7, 2) == (3, 1) and pow(2, 3) == 8 and pow(2, 3, 5) == 3 and pow(base=2, exp=2) == 4 and round(2.567, 2) == 2.57 and bin(5) == "0b101" and hex(255) == "0xff" and oct(8) == "0o10" and chr(97) == "a" and ord("a") == 97 and hash("a") == hash("a") and id(5) == id(5)
    assert sum([1, 2, 3]) == 6 and sum([1, 2], 10) == 13 and sum([0.1] * 10) == 1.0 and sum([[1], [2]], []) == [1, 2] and sum((), start=5) == 5 and sum([1, 2.5, 3j]) == 3.5 + 3j and sum([10 ** 30, 1]) == 10 ** 30 + 1 and message(TypeError, sum, ["a"]) == "unsupported operand type(s) for +: 'int' and 'str'" and message(TypeError, sum, ["a"], "") == "sum() can't sum strings [use ''.join(seq) instead]"
    assert min(3, 1, 2) == 1 and max([3, 1, 2]) == 3 and min("b", "a", key=ord) == "a" and max([], default="d") == "d" and max("aa", "b", key=len) == "aa" and min([2, 1], [1, 2]) == [1, 2] and max(1, 1.0) == 1 and message(ValueError, max, []) == "max() iterable argument is empty" and message(TypeError, max, 1) == "'int' object is not iterable" and message(TypeError, max, 1, 2, default=3) == "Cannot specify a default for max() with multiple positional arguments"


def test_iteration():
    assert all([1, "a"]) and not all([1, 0]) and all([]) and any([0, 1]) and not any([]) and list(enumerate("ab", 5)) == [(5, "a"), (6, "b")] and list(enumerate("a", start=1)) == [(1, "a")] and list(filter(lambda x: x > 1, [1, 2, 3])) == [2, 3] and list(filter(None, [0, 1])) == [1] and list(map(pow, [2, 3], [3, 2])) == [8, 9] and list(zip([1, 2], "ab", (True, False, None))) == [(1, "a", True), (2, "b", False)] and list(zip()) == [] and list(reversed([1, 2])) == [2, 1] and sorted({"b": 1, "a": 2}) == ["a", "b"] and list(iter([1])) == [1] and next(iter([]), "d") == "d" and len("abc") == 3
    assert message(ValueError, list, zip([1], [1, 2], strict=True)) == "zip() argument 2 is longer than argument 1" and message(ValueError, list, zip([1, 2], [1], strict=True)) == "zip() argument 2 is shorter than argument 1" and list(zip([1], [2], strict=True)) == [(1, 2)] and list(map(max, [1, 5], [2, 3], strict=True)) == [2, 5] and message(TypeError, map, 1) == "map() must have at least two arguments." and message(TypeError, reversed, {1}) == "'set' object is not reversible" and message(TypeError, zip, 1) == "'int' object is not iterable"
    it = map(str, [1, 2])
    assert next(it) == "1" and list(it) == ["2"] and iter(it) is it


def test_objects():
    class C:
        x = 1

        def __init__(self):
            self.y = 2

    c = C()
    assert getattr(c, "x") == 1 and hasattr(c, "y") and vars(c) == {"y": 2} and "x" in dir(c) and "y" in dir(c) and callable(C) and callable(len) and not callable(c) and isinstance(c, C) and issubclass(C, object) and type(c) is C and repr(None) == "None" and ascii("é") == "'\\xe9'" and format(1.5, ".2f") == "1.50" and object() is not None and slice(1).stop == 1 and complex(1, 2).imag == 2 and bool(1) is True and super(C, c).__repr__() is not None and property().fget is None and message(TypeError, vars, 5) == "vars() argument must have __dict__ attribute"
    assert type("X", (), {"a": 1}).a == 1 and memoryview(b"a")[0] == 97 and staticmethod(len).__func__ is len and classmethod(len).__func__ is len and NotImplemented is not None and repr(Ellipsis) == "Ellipsis" and ... is Ellipsis and repr(NotImplemented) == "NotImplemented" and message(TypeError, bool, NotImplemented) == "NotImplemented should not be used in a boolean context" and __debug__ is True


def test_code():
    assert eval("1 + 1") == 2 and exec("x = 1") is None and eval(compile("5", "f", "eval")) == 5 and globals()["__name__"] == "__main__" and isinstance(locals(), dict) and __import__("sys") is sys and __import__("os.path").__name__ == "os" and builtins.__import__ is __import__
    assert message(ValueError, compile, "1", "f", "bad") == "compile() mode must be 'exec', 'eval' or 'single'" and raises(SyntaxError, compile, "1 +", "f", "eval") and raises(SyntaxError, eval, "a\0b").msg == "source code string cannot contain null bytes"
    import ast
    assert type(compile("1", "f", "exec", ast.PyCF_ONLY_AST)).__name__ == "Module"
    out = io.StringIO()
    stdout, sys.stdout = sys.stdout, out
    try:
        exec(compile("1 + 1", "f", "single"))
    finally:
        sys.stdout = stdout
    assert out.getvalue() == "2\n" and builtins._ == 2
    del builtins._


def test_print_and_input():
    out = io.StringIO()
    print("a", 1, None, file=out)
    print("b", "c", sep="-", end="!", file=out, flush=True)
    print(file=out)
    print(*[1, 2], sep="", file=out)
    assert out.getvalue() == "a 1 None\nb-c!\n12\n" and message(TypeError, print, "a", sep=5) == "sep must be None or a string, not int"
    stdin, sys.stdin = sys.stdin, io.StringIO("line\nlast")
    stdout, sys.stdout = sys.stdout, io.StringIO()
    try:
        assert input() == "line" and input("prompt") == "last" and sys.stdout.getvalue() == "prompt" and raises(EOFError, input)
    finally:
        sys.stdin, sys.stdout = stdin, stdout

    class Writer:
        def __init__(self):
            self.parts = []

        def write(self, text):
            self.parts.append(text)

    w = Writer()
    print("x", 2, file=w)
    assert w.parts == ["x", " ", "2", "\n"]


def test_everything_is_there():
    expected = """ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis EncodingWarning EnvironmentError Exception ExceptionGroup False FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError None NotADirectoryError NotImplemented NotImplementedError OSError OverflowError PendingDeprecationWarning PermissionError ProcessLookupError PythonFinalizationError RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError True TypeError _IncompleteInputError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning ZeroDivisionError __build_class__ __debug__ __doc__ __import__ __loader__ __name__ __package__ __spec__ abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex copyright credits delattr dict dir divmod enumerate eval exec exit filter float format frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter len license list locals map max memoryview min next object oct open ord pow print property quit range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip"""
    missing = [name for name in expected.split() if not hasattr(builtins, name)]
    assert missing == [], missing
    extra = [name for name in dir(builtins) if name not in expected.split() and name != "_"]
    assert extra == [], extra


def test_help_texts():
    assert len.__name__ == "len" and len.__module__ == "builtins" and isinstance(len.__doc__, str) and len.__text_signature__ == "($module, obj, /)" and repr(len) == "<built-in function len>" and repr([].append).startswith("<built-in method append of list object at 0x") and repr(str.upper) == "<method 'upper' of 'str' objects>" and repr(int.__add__) == "<slot wrapper '__add__' of 'int' objects>" and repr((1).__add__).startswith("<method-wrapper '__add__' of int object at 0x") and "str".upper.__self__ == "str" and str.upper.__objclass__ is str and repr(int) == "<class 'int'>"


def test_signatures_can_be_asked_for():
    import inspect

    found = [str(inspect.signature(f)) for f in (len, sorted, isinstance, dict.get, str.split, sum)]
    assert found == [
        "(obj, /)", "(iterable, /, *, key=None, reverse=False)", "(obj, class_or_tuple, /)", "(self, key, default=None, /)",
        "(self, /, sep=None, maxsplit=-1)", "(iterable, /, start=0)",
    ], found


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
