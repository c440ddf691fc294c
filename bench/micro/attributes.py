"""Reading and writing attributes."""

from _timing import measure


class Plain:
    shared = 5

    def __init__(self):
        self.a = 1
        self.b = 2

    @property
    def double(self):
        return self.a * 2


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1
        self.b = 2


class Fallback:
    def __getattr__(self, name):
        return 1


def attribute_read(n):
    o, x = Plain(), 0
    for _ in range(n):
        x = o.a + o.b
    return x


def attribute_write(n):
    o = Plain()
    for i in range(n):
        o.a = i
    return o


def attribute_slots(n):
    o = Slots()
    for i in range(n):
        o.a = o.b
    return o


def attribute_class(n):
    o = Plain()
    for _ in range(n):
        o.shared


def attribute_property(n):
    o = Plain()
    for _ in range(n):
        o.double


def attribute_getattr(n):
    o = Fallback()
    for _ in range(n):
        o.anything


def attribute_polymorphic(n):
    objects = [Plain(), Slots(), Plain(), Slots()]
    for i in range(n):
        objects[i & 3].a


measure(attribute_read, attribute_write, attribute_slots, attribute_class, attribute_property, attribute_getattr, attribute_polymorphic)
