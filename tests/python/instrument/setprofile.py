"""sys.setprofile: calls and returns, those of built-in functions too."""

import sys
import threading


def profile(function, *args):
    events = []

    def profiler(frame, event, arg):
        name = frame.f_code.co_name
        if name == "profile":
            return
        if event.startswith("c_"):
            arg = arg.__name__
        events.append((name, event, arg))

    sys.setprofile(profiler)
    try:
        function(*args)
    except BaseException as error:
        events.append(type(error).__name__)
    finally:
        sys.setprofile(None)
    return events


def test_calls():
    def g(x):
        return x + 1

    def f():
        return g(1)

    expected = [("f", "call", None), ("g", "call", None), ("g", "return", 2), ("f", "return", 2)]
    assert profile(f) == expected
    f()
    assert profile(f) == expected and sys.getprofile() is None


def test_built_in_functions():
    def f():
        len([])
        [].append(1)
        "a".upper()
        int("x")

    def caught():
        try:
            f()
        except ValueError:
            max(*[1, 2])
            sorted([2, 1], key=abs)

    assert profile(caught) == [
        ("caught", "call", None),
        ("f", "call", None),
        ("f", "c_call", "len"),
        ("f", "c_return", "len"),
        ("f", "c_call", "append"),
        ("f", "c_return", "append"),
        ("f", "c_call", "upper"),
        ("f", "c_return", "upper"),
        ("f", "return", None),
        ("caught", "c_call", "max"),
        ("caught", "c_return", "max"),
        ("caught", "c_call", "sorted"),
        ("caught", "c_return", "sorted"),
        ("caught", "return", None),
    ]

    def raises():
        len(5)

    assert profile(raises) == [
        ("raises", "call", None),
        ("raises", "c_call", "len"),
        ("raises", "c_exception", "len"),
        ("raises", "return", None),
        "TypeError",
    ]


def test_methods_and_classes():
    class C:
        def __init__(self):
            self.x = 1

        def m(self, *, k=1):
            return k

    class D(C):
        def m(self, **kw):
            return super().m(**kw)

    def f():
        D().m(k=2)

    f()
    assert [e[:2] for e in profile(f)] == [
        ("f", "call"),
        ("__init__", "call"),
        ("__init__", "return"),
        ("m", "call"),
        ("m", "call"),
        ("m", "return"),
        ("m", "return"),
        ("f", "return"),
    ]


def test_generators():
    def gen():
        yield 1

    def f():
        return list(gen())

    assert [e[:2] for e in profile(f)] == [
        ("f", "call"),
        ("gen", "call"),
        ("gen", "return"),
        ("gen", "call"),
        ("gen", "return"),
        ("f", "return"),
    ]


def test_errors():
    def profiler(frame, event, arg):
        if event == "return":
            raise KeyError(event)

    def f():
        pass

    sys.setprofile(profiler)
    try:
        f()
    except KeyError:
        pass
    else:
        raise AssertionError
    assert sys.getprofile() is None
    f()


def test_with_trace_function():
    log = []

    def tracer(frame, event, arg):
        log.append(("trace", event))
        return tracer

    def profiler(frame, event, arg):
        log.append(("profile", event))

    def f():
        return 1

    sys.setprofile(profiler)
    sys.settrace(tracer)
    f()
    sys.settrace(None)
    sys.setprofile(None)
    calls = log[log.index(("trace", "call")):]
    assert calls[:5] == [
        ("trace", "call"),
        ("profile", "call"),
        ("trace", "line"),
        ("trace", "return"),
        ("profile", "return"),
    ], calls


def test_threads():
    names = []

    def profiler(frame, event, arg):
        names.append((threading.current_thread().name, frame.f_code.co_name))

    def work():
        pass

    threading.setprofile(profiler)
    thread = threading.Thread(target=work, name="profiled")
    thread.start()
    thread.join()
    threading.setprofile(None)
    assert ("profiled", "work") in names
    threading.setprofile_all_threads(profiler)
    work()
    threading.setprofile_all_threads(None)
    assert ("MainThread", "work") in names


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
