"""Reference counting, finalisers, weak references and the cycle collector."""

import gc
import sys
import weakref


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_del_that_makes_its_like():
    class D:
        made = 0

        def __del__(self):
            D.made += 1
            D()

    hook, errors = sys.unraisablehook, []
    sys.unraisablehook = errors.append
    try:
        D()
    finally:
        sys.unraisablehook = hook
    # Where the native stack ends first, there may be no room to call the hook either.
    assert 50 < D.made < 1100 and {e.exc_type for e in errors} <= {RecursionError}


def test_del_in_a_deep_structure():
    died, kept = [], []

    class D:
        def __init__(self, number, inner):
            self.number, self.inner = number, inner

        def __del__(self):
            died.append(self.number)
            if self.number == 100:
                kept.append(self)

    d = None
    for number in range(5000):
        d = D(number, d)
    del d
    assert sorted(died) == list(range(100, 5000)) and kept[0].inner.number == 99
    del kept[0].inner
    assert sorted(died) == list(range(5000))
    kept.clear()
    assert len(died) == 5000


def test_del():
    log = []

    class D:
        def __init__(self, name):
            self.name = name

        def __del__(self):
            log.append(self.name)

    d = D("a")
    del d
    gc.collect()
    assert log == ["a"]

    def scope():
        local = D("local")
        return 1

    scope()
    gc.collect()
    assert log == ["a", "local"]
    d = D("first")
    d = D("second")
    gc.collect()
    assert log[-1] == "first"
    items = [D("x"), D("y")]
    del items[:]
    gc.collect()
    assert sorted(log[-2:]) == ["x", "y"]
    a, b = D("cycle 1"), D("cycle 2")
    a.other, b.other = b, a
    del a, b
    gc.collect()
    assert sorted(log[-2:]) == ["cycle 1", "cycle 2"]
    del d
    gc.collect()
    assert log[-1] == "second"


def test_prompt_finalisation():
    log = []

    class D:
        def __del__(self):
            log.append("gone")

    d = D()
    del d
    assert log == ["gone"]
    D()
    assert log == ["gone"] * 2

    def f(x):
        pass

    f(D())
    assert log == ["gone"] * 3
    d = D()
    try:
        raise ValueError(d)
    except ValueError:
        pass
    del d
    assert log == ["gone"] * 4
    [D() for _ in range(2)]
    assert log == ["gone"] * 6
    d = D()
    d = None
    assert log == ["gone"] * 7
    {"k": D()}.clear()
    assert log == ["gone"] * 8


def test_resurrection():
    saved = []

    class R:
        def __del__(self):
            saved.append(self)

    r = R()
    r.x = 1
    del r
    gc.collect()
    assert len(saved) == 1 and saved[0].x == 1
    saved.clear()
    gc.collect()
    assert saved == []


def test_exception_in_del():
    class Bad:
        def __del__(self):
            raise ValueError("in del")

    caught = []
    hook, sys.unraisablehook = sys.unraisablehook, lambda info: caught.append((info.exc_type, str(info.exc_value)))
    try:
        b = Bad()
        del b
        gc.collect()
    finally:
        sys.unraisablehook = hook
    assert caught == [(ValueError, "in del")]


def test_weakrefs():
    class C:
        def __init__(self, n=0):
            self.n = n

        def method(self):
            return self.n

    c = C(5)
    log = []
    r = weakref.ref(c, lambda ref: log.append(ref is r))
    p = weakref.proxy(c)
    assert r() is c and p.n == 5 and weakref.ref(c) is weakref.ref(c) and r == weakref.ref(c) and weakref.getweakrefcount(c) == 2 and hash(r) == hash(c) and "weakref at 0x" in repr(r)
    m = weakref.WeakMethod(c.method)
    f = weakref.finalize(c, log.append, "finalized")
    assert m()() == 5 and f.alive
    del c
    gc.collect()
    assert r() is None and sorted(map(str, log)) == ["True", "finalized"] and message(ReferenceError, lambda: p.n) == "weakly-referenced object no longer exists" and m() is None and not f.alive and "dead" in repr(r)
    assert message(TypeError, weakref.ref, 5) == "cannot create weak reference to 'int' object" and raises(TypeError, weakref.ref, [])

    class Slots:
        __slots__ = ()

    class WeakSlots:
        __slots__ = ("__weakref__",)

    assert raises(TypeError, weakref.ref, Slots()) and weakref.ref(s := WeakSlots())() is s and weakref.ref(C)() is C and weakref.ref(test_weakrefs)() is test_weakrefs


def test_weak_containers():
    class K:
        def __init__(self, n):
            self.n = n

    a, b = K(1), K(2)
    keys = weakref.WeakKeyDictionary({a: "a", b: "b"})
    values = weakref.WeakValueDictionary(x=a, y=b)
    items = weakref.WeakSet([a, b])
    assert keys[a] == "a" and values["x"] is a and a in items and len(items) == 2
    del a
    gc.collect()
    assert list(keys.values()) == ["b"] and list(values) == ["y"] and len(items) == 1 and "x" not in values
    del b
    gc.collect()
    assert not keys and not values and not items


def test_cycles():
    class Node:
        pass

    refs = []
    for _ in range(100):
        a, b = Node(), Node()
        a.b, b.a = b, a
        a.l = [a]
        a.d = {"self": a}
        a.t = (a,)
        a.f = lambda a=a: a
        refs.append(weakref.ref(a))
    del a, b
    gc.collect()
    assert all(r() is None for r in refs)

    def generator():
        me = yield
        yield

    g = generator()
    next(g)
    g.send(g)
    ref = weakref.ref(g)
    del g
    gc.collect()
    assert ref() is None

    class Cyclic:
        pass

    Cyclic.self = Cyclic
    ref = weakref.ref(Cyclic)
    del Cyclic
    gc.collect()
    assert ref() is None

    def frames():
        try:
            raise ValueError
        except ValueError as e:
            kept = e
        return weakref.ref(Node()) and None

    frames()
    l = []
    l.append(l)
    n = Node()
    l.append(n)
    ref = weakref.ref(n)
    del l, n
    gc.collect()
    assert ref() is None


def test_gc_module():
    gc.collect()
    assert gc.isenabled()
    gc.disable()
    assert not gc.isenabled()
    gc.enable()
    a = []
    a.append(a)
    del a
    assert gc.collect() >= 1 and len(gc.get_count()) == 3 and len(gc.get_threshold()) == 3 and gc.is_tracked([]) and not gc.is_tracked(5) and gc.get_debug() == 0
    marker = ["marker"]
    holder = [marker]
    assert any(x is holder for x in gc.get_referrers(marker)) and any(x is marker for x in gc.get_referents(holder))
    freeze = []
    gc.callbacks.append(lambda phase, info: freeze.append(phase))
    gc.collect()
    gc.callbacks.clear()
    assert freeze == ["start", "stop"]


def test_automatic_collection():
    class Node:
        pass

    refs = []
    for i in range(20000):
        n = Node()
        n.me = n
        if i < 10:
            refs.append(weakref.ref(n))
    assert all(r() is None for r in refs)


def test_deep_deallocation():
    chain = None
    for _ in range(200000):
        chain = (chain,)
    del chain
    chain = None
    for _ in range(200000):
        chain = [chain]
    del chain

    class Link:
        def __init__(self, next):
            self.next = next

    head = None
    for _ in range(200000):
        head = Link(head)
    del head
    d = None
    for _ in range(100000):
        d = {"d": d}
    del d

    def nested(inner):
        return lambda: inner

    f = None
    for _ in range(50000):
        f = nested(f)
    del f


def test_getrefcount():
    x = object()
    before = sys.getrefcount(x)
    y = [x] * 10
    assert sys.getrefcount(x) == before + 10
    del y
    assert sys.getrefcount(x) == before


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
