"""Exceptions and with statements."""

from _timing import measure


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        return False


def fail():
    raise ValueError("x")


def exception_none(n):
    x = 0
    for i in range(n):
        try:
            x += i
        except ValueError:
            pass
    return x


def exception_raised(n):
    for _ in range(n):
        try:
            raise ValueError
        except ValueError:
            pass


def exception_from_call(n):
    for _ in range(n):
        try:
            fail()
        except (KeyError, ValueError) as error:
            error.args


def exception_from_builtin(n):
    d = {}
    for i in range(n):
        try:
            d[i]
        except KeyError:
            pass


def exception_finally(n):
    x = 0
    for i in range(n):
        try:
            x += i
        finally:
            x -= 1
    return x


def with_statement(n):
    m = Manager()
    for _ in range(n):
        with m:
            pass


measure(exception_none, exception_raised, exception_from_call, exception_from_builtin, exception_finally, with_statement)
