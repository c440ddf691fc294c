"""What is thrown into generators: contexts, frames, exceptions that cannot be made; awaitables of async generators."""

import gc
import sys
import types
import warnings


def names():
    frame, found = sys._getframe(1), []
    while frame is not None and frame.f_code.co_name != "test_frames_of_delegating_generators":
        found.append(frame.f_code.co_name)
        frame = frame.f_back
    return found


def test_what_the_generator_handles_is_the_context():
    def f():
        try:
            raise KeyError("a")
        except Exception:
            yield

    def outer():
        yield from f()

    for make in (f, outer):
        generator = make()
        next(generator)
        try:
            generator.throw(ValueError)
        except ValueError as error:
            assert type(error.__context__) is KeyError and error.__context__.args == ("a",)
        else:
            raise AssertionError

    def plain():
        yield

    generator = plain()
    next(generator)
    try:
        generator.throw(ValueError)
    except ValueError as error:
        assert error.__context__ is None
    else:
        raise AssertionError


def test_frames_of_delegating_generators():
    seen = []

    def inner():
        try:
            yield 1
        except RuntimeError:
            seen.append(names())
        yield 2

    def outer():
        yield from inner()

    generator = outer()
    assert next(generator) == 1 and generator.throw(RuntimeError) == 2 and seen == [["inner", "outer"]]
    assert generator.gi_frame.f_back is None

    class Custom:
        def __iter__(self):
            return self

        def __next__(self):
            return 1

        def throw(self, *arguments):
            seen.append(names())
            return 3

    def over():
        yield from Custom()

    generator = over()
    assert next(generator) == 1 and generator.throw(RuntimeError) == 3 and seen[-1] == ["throw", "over"]
    assert next(generator) == 1


def test_nobody_is_behind_an_ended_generator():
    def g():
        yield

    generator = g()
    frame = generator.gi_frame
    assert frame.f_back is None
    next(generator)
    assert frame.f_back is None
    next(generator, None)
    assert frame.f_back is None


def test_exceptions_that_cannot_be_made_are_thrown_as_their_errors():
    class Odd(Exception):
        def __new__(cls, *arguments):
            return cls

    class Failing(Exception):
        def __init__(self):
            raise LookupError("made badly")

    def g():
        yield

    for wrong, expected in ((Odd, TypeError), (Failing, LookupError)):
        generator = g()
        next(generator)
        try:
            generator.throw(wrong)
        except expected:
            pass
        else:
            raise AssertionError
        assert next(generator, "ended") == "ended"
    generator = g()
    next(generator)
    try:
        generator.throw(5)
    except TypeError as error:
        assert "must be classes or instances deriving from BaseException, not int" in str(error)
    assert next(generator, "ended") == "ended"


def drive(awaitable):
    try:
        while True:
            awaitable.send(None)
    except StopIteration as stop:
        return stop.value


def test_awaitables_of_async_generators():
    async def agen():
        yield 1

    @types.coroutine
    def fail(awaitable, kind, text):
        try:
            awaitable.send(None)
        except kind as error:
            assert str(error) == text, error
        else:
            raise AssertionError
        yield

    g = agen()
    closing = g.aclose()
    assert drive(closing) is None
    drive(fail(closing, RuntimeError, "cannot reuse already awaited aclose()/athrow()"))
    throwing = agen().athrow(None)
    drive(fail(throwing, TypeError, "exceptions must be classes or instances deriving from BaseException, not NoneType"))
    g = agen()
    assert drive(g.asend(None)) == 1
    try:
        drive(g.asend(None))
    except StopAsyncIteration:
        pass
    assert drive(g.aclose()) is None and drive(g.aclose()) is None


def test_what_is_never_awaited_is_warned_of():
    async def agen():
        yield 1

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        agen().asend(None)
        agen().athrow(ValueError)
        agen().aclose()
        gc.collect()
    texts = [str(warning.message) for warning in caught]
    where = agen.__qualname__
    assert texts == [f"coroutine method '{name}' of '{where}' was never awaited" for name in ("asend", "athrow", "aclose")], texts


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
print("ok")
