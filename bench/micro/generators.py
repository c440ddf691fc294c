"""Generators and iterators."""

from _timing import measure


def count(n):
    for i in range(n):
        yield i


def delegate(n):
    yield from count(n)


def generator_loop(n):
    for _ in count(n):
        pass


def generator_sum(n):
    return sum(i for i in range(n))


def generator_delegate(n):
    for _ in delegate(n):
        pass


def generator_send(n):
    def echo():
        x = 0
        while True:
            x = yield x

    g = echo()
    next(g)
    for i in range(n):
        g.send(i)


def iterator_zip(n):
    a = range(n)
    for i, (x, y) in enumerate(zip(a, a)):
        pass


class Counter:
    def __init__(self, n):
        self.i, self.n = 0, n

    def __iter__(self):
        return self

    def __next__(self):
        if self.i >= self.n:
            raise StopIteration
        self.i += 1
        return self.i


def iterator_class(n):
    for _ in Counter(n):
        pass


measure(generator_loop, generator_sum, generator_delegate, generator_send, iterator_zip, iterator_class)
