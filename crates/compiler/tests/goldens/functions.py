def plain():
    "Docstring."
    return 1


def parameters(a, b=1, /, c=2, *args, d, e=3, **kwargs):
    return a, b, c, d, e, args, kwargs


@decorator
@other(1)
def decorated(): ...


def closure(x):
    y = 1

    def inner():
        nonlocal y
        y += x
        return lambda z=y: x + z

    return inner


def globals_and_locals():
    global g
    g = 1
    del g
    print(undefined)
    if g:
        maybe = 1
    return maybe


def generator():
    x = yield
    y = yield 1
    z = yield from generator()
    return x, y, z


def dead_code():
    return 1
    print("never")
    if 0:
        yield


lambda: (yield)
