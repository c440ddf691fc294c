"""Exceptions: chaining, finally, groups, tracebacks, notes, attributes."""

import sys
import traceback


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_basic():
    log = []
    try:
        log.append("body")
    except ValueError:
        log.append("no")
    else:
        log.append("else")
    finally:
        log.append("finally")
    try:
        raise ValueError("x", 1)
    except (KeyError, ValueError) as error:
        assert error.args == ("x", 1) and str(error) == "('x', 1)" and repr(error) == "ValueError('x', 1)"
    else:
        log.append("no")
    finally:
        log.append("finally 2")
    assert log == ["body", "else", "finally", "finally 2"] and "error" not in locals()
    try:
        try:
            raise KeyError("k")
        except ValueError:
            log.append("no")
        finally:
            log.append("inner finally")
    except LookupError as error:
        assert str(error) == "'k'"
    assert log[-1] == "inner finally"
    try:
        raise ValueError
    except ValueError as error:
        assert error.args == () and str(error) == ""
    assert message(TypeError, lambda: exec("raise 5")) == "exceptions must derive from BaseException" and message(RuntimeError, lambda: exec("raise")) == "No active exception to reraise"

    def wrong():
        try:
            raise ValueError
        except 5:
            pass

    assert message(TypeError, wrong) == "catching classes that do not inherit from BaseException is not allowed"


def test_finally_semantics():
    def returns():
        try:
            return "try"
        finally:
            log.append("finally")

    def loop():
        out = []
        for i in range(5):
            try:
                if i == 1:
                    continue
                if i == 3:
                    break
                out.append(i)
            finally:
                out.append(f"f{i}")
        return out

    def value_kept():
        x = 1
        try:
            return x
        finally:
            x = 2

    def nested():
        try:
            try:
                raise ValueError("a")
            finally:
                log.append("n1")
        except ValueError:
            log.append("n2")
            return "caught"
        finally:
            log.append("n3")

    log = []
    assert returns() == "try" and log == ["finally"] and loop() == [0, "f0", "f1", 2, "f2", "f3"] and value_kept() == 1
    log.clear()
    assert nested() == "caught" and log == ["n1", "n2", "n3"]
    space = {}
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec("def override():\n    try:\n        return 1\n    finally:\n        return 2\ndef swallow():\n    try:\n        raise ValueError\n    finally:\n        return 'swallowed'\ndef swallow_break():\n    for i in [1]:\n        try:\n            1 / 0\n        finally:\n            break\n    return 'broke'", space)
    assert space["override"]() == 2 and space["swallow"]() == "swallowed" and space["swallow_break"]() == "broke"


def test_chaining():
    def implicit():
        try:
            raise KeyError("first")
        except KeyError:
            raise ValueError("second")

    error = raises(ValueError, implicit)
    assert isinstance(error.__context__, KeyError) and error.__cause__ is None and not error.__suppress_context__

    def explicit(cause):
        try:
            raise KeyError("first")
        except KeyError as e:
            raise ValueError("second") from (e if cause else None)

    error = raises(ValueError, explicit, True)
    assert isinstance(error.__cause__, KeyError) and error.__suppress_context__
    error = raises(ValueError, explicit, False)
    assert error.__cause__ is None and error.__suppress_context__ and isinstance(error.__context__, KeyError)

    def reraise():
        try:
            raise KeyError("k")
        except KeyError:
            raise

    error = raises(KeyError, reraise)
    assert error.__context__ is None

    def in_finally():
        try:
            raise KeyError("k")
        finally:
            raise ValueError("v")

    assert isinstance(raises(ValueError, in_finally).__context__, KeyError)

    def from_class():
        raise ValueError from KeyError

    assert isinstance(raises(ValueError, from_class).__cause__, KeyError)

    def from_wrong():
        raise ValueError from 5

    assert message(TypeError, from_wrong) == "exception causes must derive from BaseException"

    def cycle():
        a = ValueError("a")
        try:
            try:
                raise a
            except ValueError:
                raise KeyError("b")
        except KeyError:
            raise a

    error = raises(ValueError, cycle)
    assert isinstance(error.__context__, KeyError) and error.__context__.__context__ is None


def test_current_exception():
    assert sys.exception() is None and sys.exc_info() == (None, None, None)
    try:
        raise ValueError("outer")
    except ValueError as outer:
        assert sys.exception() is outer and sys.exc_info()[1] is outer
        try:
            raise KeyError("inner")
        except KeyError as inner:
            assert sys.exception() is inner and inner.__context__ is outer

        def called():
            return sys.exception()

        assert called() is outer and sys.exception() is outer
    assert sys.exception() is None


def test_traceback():
    def inner():
        1 / 0

    def outer():
        inner()

    try:
        outer()
    except ZeroDivisionError as error:
        tb = error.__traceback__
    lines, names = [], []
    while tb:
        lines.append(tb.tb_lineno - test_traceback.__code__.co_firstlineno)
        names.append(tb.tb_frame.f_code.co_name)
        tb = tb.tb_next
    assert names == ["test_traceback", "outer", "inner"] and lines == [8, 5, 2]
    try:
        outer()
    except ZeroDivisionError as error:
        caught = error
    stack = traceback.extract_tb(caught.__traceback__)
    assert [f.name for f in stack] == names and stack[-1].lineno == inner.__code__.co_firstlineno + 1 and (stack[-1].colno, stack[-1].end_colno) == (8, 13)
    assert caught.with_traceback(None) is caught and caught.__traceback__ is None

    def multi():
        return [
            1,
            undefined_name,
        ]

    assert traceback.extract_tb(raises(NameError, multi).__traceback__)[-1].lineno == multi.__code__.co_firstlineno + 3

    def rethrown():
        try:
            inner()
        except ZeroDivisionError as e:
            raise e

    frames = traceback.extract_tb(raises(ZeroDivisionError, rethrown).__traceback__)
    assert [f.name for f in frames] == ["raises", "rethrown", "rethrown", "inner"]


def test_notes():
    error = ValueError("x")
    error.add_note("first")
    error.add_note("second")
    assert error.__notes__ == ["first", "second"] and "first\nsecond" in "".join(traceback.format_exception(error)) and message(TypeError, error.add_note, 5) == "add_note() argument must be str, not int"


def test_attributes():
    assert KeyError("a").args == ("a",) and str(KeyError("a")) == "'a'" and str(KeyError()) == "" and str(KeyError(1, 2)) == "(1, 2)"
    error = raises(OSError, open, "/no/such/file")
    assert type(error) is FileNotFoundError and (error.errno, error.strerror, error.filename) == (2, "No such file or directory", "/no/such/file") and str(error) == "[Errno 2] No such file or directory: '/no/such/file'" and OSError("one", "two").errno == "one" and type(OSError(13, "x")) is PermissionError and type(OSError(2, "x", "f")) is FileNotFoundError and OSError("one").errno is None and str(OSError(1, "m", "a", None, "b")) == "[Errno 1] m: 'a' -> 'b'" and IOError is OSError and EnvironmentError is OSError
    assert StopIteration(5).value == 5 and SystemExit(3).code == 3 and SystemExit().code is None and SystemExit(1, 2).code == (1, 2) and ImportError("m", name="n", path="p").name == "n" and AttributeError("a", name="n", obj=5).obj == 5 and NameError("x", name="n").name == "n"
    error = SyntaxError("msg", ("file", 1, 2, "text"))
    assert (error.msg, error.filename, error.lineno, error.offset, error.text) == ("msg", "file", 1, 2, "text") and str(error) == "msg (file, line 1)"
    error = UnicodeDecodeError("utf-8", b"abc", 1, 2, "why")
    assert (error.encoding, error.object, error.start, error.end, error.reason) == ("utf-8", b"abc", 1, 2, "why")
    for kind in (ArithmeticError, AssertionError, BufferError, EOFError, FloatingPointError, GeneratorExit, IndexError, KeyboardInterrupt, LookupError, MemoryError, NotImplementedError, OverflowError, RecursionError, ReferenceError, RuntimeError, SystemError, TimeoutError, Warning, DeprecationWarning, ZeroDivisionError, PythonFinalizationError):
        assert issubclass(kind, BaseException) and kind("t").args == ("t",) and repr(kind("t")) == f"{kind.__name__}('t')"
    assert issubclass(RecursionError, RuntimeError) and issubclass(UnboundLocalError, NameError) and issubclass(FileNotFoundError, OSError) and issubclass(ModuleNotFoundError, ImportError) and issubclass(IndentationError, SyntaxError) and not issubclass(KeyboardInterrupt, Exception) and not issubclass(GeneratorExit, Exception)

    class Custom(Exception):
        def __init__(self, code):
            super().__init__(f"code {code}")
            self.code = code

        def __str__(self):
            return f"custom {self.code}"

    error = raises(Custom, lambda: exec("raise c", {"c": Custom(5)}))
    assert str(error) == "custom 5" and error.args == ("code 5",) and repr(error) == "Custom('code 5')"

    class BadNew(Exception):
        def __new__(cls):
            return 5

    def raise_bad():
        raise BadNew

    assert message(TypeError, raise_bad) == "calling <class '__main__.test_attributes.<locals>.BadNew'> should have returned an instance of BaseException, not <class 'int'>"


def test_groups():
    group = ExceptionGroup("g", [ValueError(1), ExceptionGroup("inner", [KeyError("k"), TypeError("t")]), ValueError(2)])
    log = []
    try:
        raise group
    except* ValueError as g:
        log.append([e.args[0] for e in g.exceptions])
    except* KeyError as g:
        log.append(g.exceptions[0].message)
    except* TypeError:
        log.append("type")
    else:
        log.append("else")
    finally:
        log.append("finally")
    assert log == [[1, 2], "inner", "type", "finally"]
    assert str(group) == "g (3 sub-exceptions)" and group.message == "g" and len(group.exceptions) == 3 and repr(ExceptionGroup("a", [ValueError(1)])) == "ExceptionGroup('a', [ValueError(1)])"
    matched, rest = group.split(ValueError)
    assert len(matched.exceptions) == 2 and len(rest.exceptions) == 1 and group.subgroup(KeyError).exceptions[0].exceptions[0].args == ("k",) and group.subgroup(OSError) is None and group.subgroup(lambda e: isinstance(e, TypeError)).exceptions[0].message == "inner"
    derived = group.derive([ValueError(3)])
    assert derived.message == "g" and type(derived) is ExceptionGroup

    def leftover():
        try:
            raise ExceptionGroup("g", [ValueError(1), KeyError(2)])
        except* ValueError:
            pass

    error = raises(ExceptionGroup, leftover)
    assert [type(e) for e in error.exceptions] == [KeyError]

    caught = []
    try:
        raise ValueError("plain")
    except* ValueError as g:
        caught.append((type(g), g.exceptions[0].args))
    assert caught == [(ExceptionGroup, ("plain",))]

    def raise_in_handler():
        try:
            raise ExceptionGroup("g", [ValueError(1), KeyError(2)])
        except* ValueError:
            raise TypeError("new")

    error = raises(ExceptionGroup, raise_in_handler)
    assert sorted(type(e).__name__ for e in error.exceptions) == ["ExceptionGroup", "TypeError"]
    assert type(BaseExceptionGroup("b", [ValueError()])) is ExceptionGroup and type(BaseExceptionGroup("b", [KeyboardInterrupt()])) is BaseExceptionGroup and message(TypeError, ExceptionGroup, "x", [KeyboardInterrupt()]) == "Cannot nest BaseExceptions in an ExceptionGroup" and message(ValueError, ExceptionGroup, "x", []) == "second argument (exceptions) must be a non-empty sequence" and message(ValueError, ExceptionGroup, "x", [5]) == "Item 0 of second argument (exceptions) is not an exception"

    def catch_group():
        try:
            raise ValueError
        except* ExceptionGroup:
            pass

    assert message(TypeError, catch_group) == "catching ExceptionGroup with except* is not allowed. Use except instead."


def test_assert():
    def check(x):
        assert x, f"message {x}"

    check(1)
    assert message(AssertionError, check, 0) == "message 0"

    def bare():
        assert False

    assert raises(AssertionError, bare).args == ()


def test_unparenthesised_except():
    space = {}
    exec("try:\n    raise KeyError\nexcept ValueError, KeyError:\n    caught = 1", space)
    assert space["caught"] == 1


def test_context_managers():
    log = []

    class Manager:
        def __init__(self, name, swallow=False):
            self.name, self.swallow = name, swallow

        def __enter__(self):
            log.append(f"enter {self.name}")
            return self.name

        def __exit__(self, kind, value, tb):
            log.append(f"exit {self.name} {kind and kind.__name__} {value} {tb is not None}")
            return self.swallow

    with Manager("a") as a, Manager("b") as b:
        assert (a, b) == ("a", "b")
    assert log == ["enter a", "enter b", "exit b None None False", "exit a None None False"]
    log.clear()
    targets = [0]
    with (Manager("c", True) as c, Manager("d")):
        raise ValueError("v")
    assert log == ["enter c", "enter d", "exit d ValueError v True", "exit c ValueError v True"]

    def leaves():
        for i in range(3):
            with Manager(i):
                if i == 0:
                    continue
                return i

    log.clear()
    assert leaves() == 1 and log == ["enter 0", "exit 0 None None False", "enter 1", "exit 1 None None False"]

    def missing():
        with 5:
            pass

    assert message(TypeError, missing) == "'int' object does not support the context manager protocol (missed __exit__ method)"

    class ExitFails:
        def __enter__(self):
            pass

        def __exit__(self, *a):
            raise KeyError("from exit")

    def failing():
        with ExitFails():
            raise ValueError("body")

    assert isinstance(raises(KeyError, failing).__context__, ValueError)

    class Only:
        def __enter__(self):
            pass

    def only():
        with Only():
            pass

    assert message(TypeError, only) == "'test_context_managers.<locals>.Only' object does not support the context manager protocol (missed __exit__ method)"
    with Manager("t") as targets[0], Manager("u") as (first, *rest):
        pass
    assert targets == ["t"] and (first, rest) == ("u", [])


def test_recursion():
    def forever(n):
        return forever(n + 1)

    assert message(RecursionError, forever, 0) == "maximum recursion depth exceeded"
    limit = sys.getrecursionlimit()
    assert limit == 1000

    class Deep:
        def __getattr__(self, name):
            return getattr(self, name + "x")

        def __eq__(self, other):
            return self == other

        def __repr__(self):
            return repr(self)

    assert raises(RecursionError, lambda: Deep().a) and raises(RecursionError, lambda: Deep() == Deep()) and raises(RecursionError, repr, Deep())
    nested = []
    for _ in range(500000):
        nested = [nested]
    assert raises(RecursionError, repr, nested)
    other = []
    for _ in range(500000):
        other = [other]
    assert raises(RecursionError, lambda: nested == other)
    t = ()
    for _ in range(500000):
        t = (t,)
    assert raises(RecursionError, hash, t) and raises(RecursionError, repr, t)
    del nested, other, t

    def after():
        try:
            forever(0)
        except RecursionError:
            return "recovered"

    assert after() == "recovered" and raises(RecursionError, lambda: eval("f()", {"f": lambda: forever(1)}))
    sys.setrecursionlimit(limit)
    assert message(ValueError, sys.setrecursionlimit, 0) == "recursion limit must be greater or equal than 1" and raises((RecursionError, MemoryError, SyntaxError), eval, "(" * 300 + ")" * 300)


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
