"""Calls of every kind."""

from _timing import measure


def nothing():
    pass


def add(a, b):
    return a + b


def default(a, b=2, *, c=3):
    return a


def variable(*args, **kwargs):
    return args


def fibonacci(k):
    return k if k < 2 else fibonacci(k - 1) + fibonacci(k - 2)


def call_empty(n):
    for _ in range(n):
        nothing()


def call_arguments(n):
    x = 0
    for i in range(n):
        x = add(i, 1)
    return x


def call_keywords(n):
    for i in range(n):
        default(i, c=4)


def call_variable(n):
    for i in range(n):
        variable(i, i, k=i)


def call_closure(n):
    step = 3

    def closure(x):
        return x + step

    x = 0
    for _ in range(n):
        x = closure(x)
    return x


def call_recursive(n):
    for _ in range(n // 1000 + 1):
        fibonacci(14)


def call_builtin(n):
    s = "abc"
    for _ in range(n):
        len(s)


def call_class(n):
    for _ in range(n):
        Point(1, 2)


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y


measure(call_empty, call_arguments, call_keywords, call_variable, call_closure, call_recursive, call_builtin, call_class)
