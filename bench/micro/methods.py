"""Calling methods."""

from _timing import measure


class Base:
    def method(self):
        return 1

    def with_arguments(self, a, b):
        return a

    @staticmethod
    def static(a):
        return a

    @classmethod
    def klass(cls):
        return cls

    def __add__(self, other):
        return self

    def __getitem__(self, i):
        return i


class Derived(Base):
    def method(self):
        return super().method()


def method_plain(n):
    o = Base()
    for _ in range(n):
        o.method()


def method_arguments(n):
    o = Base()
    for i in range(n):
        o.with_arguments(i, 2)


def method_super(n):
    o = Derived()
    for _ in range(n):
        o.method()


def method_static_class(n):
    o = Base()
    for i in range(n):
        o.static(i)
        o.klass()


def method_bound(n):
    bound = Base().method
    for _ in range(n):
        bound()


def method_builtin(n):
    a = []
    append = a.append
    for i in range(n):
        append(i)
        a.pop()


def method_operator(n):
    o = Base()
    for i in range(n):
        o + o
        o[i]


measure(method_plain, method_arguments, method_super, method_static_class, method_bound, method_builtin, method_operator)
