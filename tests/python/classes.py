"""Classes: lookup, descriptors, slots, metaclasses, super, creation hooks, name mangling."""


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_lookup():
    class C:
        attr = "class"

        def __init__(self):
            self.own = 1

        def m(self):
            return "m"

    class D(C):
        pass

    c = C()
    assert c.attr == "class" and c.own == 1 and c.__dict__ == {"own": 1} and c.m() == "m"
    c.attr = "instance"
    assert c.attr == "instance" and C.attr == "class"
    del c.attr
    assert c.attr == "class" and getattr(c, "nope", 5) == 5 and hasattr(c, "own") and not hasattr(c, "nope")
    setattr(c, "x y", 1)
    assert getattr(c, "x y") == 1 and vars(c)["x y"] == 1
    delattr(c, "x y")
    c.m = lambda: "own"
    assert c.m() == "own"
    C.late = lambda self: "late"
    assert c.late() == "late"
    error = raises(AttributeError, lambda: c.nope)
    assert str(error) == "'C' object has no attribute 'nope'" and error.name == "nope" and error.obj is c
    assert message(AttributeError, lambda: C.nope) == "type object 'C' has no attribute 'nope'" and message(AttributeError, delattr, c, "nope") == "'C' object has no attribute 'nope'" and message(AttributeError, setattr, 5, "x", 1) == "'int' object has no attribute 'x' and no __dict__ for setting new attributes" and message(TypeError, getattr, c, 5) == "attribute name must be string, not 'int'" and message(TypeError, setattr, int, "x", 1) == "cannot set 'x' attribute of immutable type 'int'"
    c.__dict__ = {"fresh": 1}
    assert c.fresh == 1 and not hasattr(c, "own") and message(TypeError, setattr, c, "__dict__", 5) == "__dict__ must be set to a dictionary, not a 'int'"
    c.__class__ = D
    assert type(c) is D and isinstance(c, C) and C.__name__ == "C" and C.__qualname__ == "test_lookup.<locals>.C" and C.__module__ == "__main__" and C.__bases__ == (object,) and D.__base__ is C and D in C.__subclasses__() and C.__dict__["attr"] == "class" and repr(C) == "<class '__main__.test_lookup.<locals>.C'>" and repr(c).startswith("<__main__.test_lookup.<locals>.D object at 0x")
    assert message(TypeError, setattr, c, "__class__", int).startswith("__class__ assignment only supported for mutable types or ModuleType subclasses")


def test_getattr_hooks():
    class C:
        real = 1

        def __getattr__(self, name):
            if name.startswith("dyn"):
                return name.upper()
            raise AttributeError(f"no {name}")

    class All:
        def __getattribute__(self, name):
            if name == "raw":
                return object.__getattribute__(self, "__dict__")
            return f"all {name}"

        def __setattr__(self, name, value):
            object.__setattr__(self, name, value * 2)

        def __delattr__(self, name):
            object.__setattr__(self, "deleted", name)

    class Both:
        def __getattribute__(self, name):
            raise AttributeError(name)

        def __getattr__(self, name):
            return "fallback"

    class PropertyError:
        @property
        def p(self):
            raise AttributeError("inside")

        def __getattr__(self, name):
            return f"getattr {name}"

    class Dir:
        def __dir__(self):
            return ["b", "a"]

    c = C()
    assert c.real == 1 and c.dynamic == "DYNAMIC" and message(AttributeError, lambda: c.other) == "no other" and hasattr(c, "dyn1") and not hasattr(c, "x")
    a = All()
    a.x = 5
    del a.y
    assert a.x == "all x" and a.raw == {"x": 10, "deleted": "y"} and Both().anything == "fallback" and PropertyError().p == "getattr p" and dir(Dir()) == ["a", "b"]


def test_mro_and_super():
    class A:
        def who(self):
            return ["A"]

    class B(A):
        def who(self):
            return ["B"] + super().who()

    class C(A):
        def who(self):
            return ["C"] + super().who()

    class D(B, C):
        def who(self):
            return ["D"] + super().who()

    class E(A):
        def get(self):
            return super().nope

        @classmethod
        def make(cls):
            return super().__new__(cls)

        @property
        def prop(self):
            return super().who()

        def cell(self):
            return __class__

        def nested(self):
            return (lambda: super(E, self).who())()

    assert D().who() == ["D", "B", "C", "A"] and [k.__name__ for k in D.__mro__] == ["D", "B", "C", "A", "object"] and super(B, D()).who() == ["C", "A"] and D.mro() == list(D.__mro__)
    assert message(TypeError, lambda: type("X", (A, B), {})) == "Cannot create a consistent method resolution order (MRO) for bases A, B" and message(TypeError, lambda: type("X", (A, A), {})) == "duplicate base class A" and message(TypeError, lambda: type("X", (int, str), {})) == "multiple bases have instance lay-out conflict"
    assert message(AttributeError, E().get) == "'super' object has no attribute 'nope'" and type(E.make()) is E and E().prop == ["A"] and E().cell() is E and E().nested() == ["A"]

    def outside():
        super().x

    assert message(RuntimeError, outside) == "super(): no arguments" and message(TypeError, lambda: super(A, 5)) == "super(type, obj): obj (instance of int) is not an instance or subtype of type (A)."
    B.__bases__ = (C,)
    assert [k.__name__ for k in B.__mro__] == ["B", "C", "A", "object"] and B().who() == ["B", "C", "A"]


def test_descriptors():
    log = []

    class Data:
        def __set_name__(self, owner, name):
            log.append((owner.__name__, name))
            self.name = "_" + name

        def __get__(self, instance, owner):
            return self if instance is None else instance.__dict__.get(self.name, "unset")

        def __set__(self, instance, value):
            instance.__dict__[self.name] = value

        def __delete__(self, instance):
            del instance.__dict__[self.name]

    class NonData:
        def __get__(self, instance, owner):
            return ("nondata", instance is None, owner.__name__)

    class C:
        data = Data()
        non = NonData()

    c = C()
    assert log == [("C", "data")] and c.data == "unset" and isinstance(C.data, Data)
    c.data = 5
    c.__dict__["data"] = "ignored"
    assert c.data == 5 and c.non == ("nondata", False, "C") and C.non == ("nondata", True, "C")
    c.__dict__["non"] = "instance wins"
    del c.data
    assert c.non == "instance wins" and c.data == "unset"

    class P:
        def __init__(self):
            self._v = 1

        @property
        def v(self):
            "doc"
            return self._v

        @v.setter
        def v(self, value):
            self._v = value

        @v.deleter
        def v(self):
            self._v = None

        @property
        def readonly(self):
            return 1

    p = P()
    p.v = 10
    assert p.v == 10 and P.v.__doc__ == "doc" and P.v.fget(p) == 10 and message(AttributeError, setattr, p, "readonly", 1) == "property 'readonly' of 'test_descriptors.<locals>.P' object has no setter" and message(AttributeError, delattr, p, "readonly") == "property 'readonly' of 'test_descriptors.<locals>.P' object has no deleter"
    del p.v
    assert p.v is None

    class S:
        @staticmethod
        def s(x):
            return x

        @classmethod
        def c(cls, x):
            return cls, x

    class T(S):
        pass

    assert S.s(1) == S().s(1) == 1 and T.c(2) == (T, 2) == T().c(2) and S.__dict__["s"].__func__(3) == 3 and S.__dict__["s"](3) == 3


def test_slots():
    class S:
        __slots__ = ("a", "b")

    class T(S):
        __slots__ = ["c"]

    class U(S):
        pass

    class W:
        __slots__ = ("__dict__", "x")

    class M:
        __slots__ = ("__private",)

        def __init__(self):
            self.__private = 5

    s = S()
    s.a = 1
    assert s.a == 1 and not hasattr(s, "__dict__") and message(AttributeError, lambda: s.b) == "'test_slots.<locals>.S' object has no attribute 'b'" and message(AttributeError, setattr, s, "c", 1) == "'S' object has no attribute 'c' and no __dict__ for setting new attributes"
    del s.a
    assert not hasattr(s, "a") and message(AttributeError, delattr, s, "a") == "a" and type(S.a).__name__ == "member_descriptor" and message(TypeError, S.a.__get__, 5) == "descriptor 'a' for 'S' objects doesn't apply to a 'int' object"
    t, u, w = T(), U(), W()
    t.a = t.c = 1
    u.z = 1
    w.x = w.y = 1
    assert t.a == 1 and u.__dict__ == {"z": 1} and not hasattr(t, "__dict__") and w.__dict__ == {"y": 1} and M()._M__private == 5
    assert message(ValueError, lambda: type("V", (), {"__slots__": ["x"], "x": 1})) == "'x' in __slots__ conflicts with class variable" and message(TypeError, lambda: type("V", (), {"__slots__": ["1"]})) == "__slots__ must be identifiers" and message(TypeError, lambda: type("V", (int,), {"__slots__": ["x"]})) == "nonempty __slots__ not supported for subtype of 'int'"


def test_metaclasses():
    log = []

    class Meta(type):
        @classmethod
        def __prepare__(mcs, name, bases, **kw):
            log.append(("prepare", name, kw))
            return {"prepared": True}

        def __new__(mcs, name, bases, namespace, **kw):
            log.append(("new", name))
            return super().__new__(mcs, name, bases, namespace)

        def __init__(cls, name, bases, namespace, **kw):
            log.append(("init", name))
            super().__init__(name, bases, namespace)

        def __call__(cls, *args):
            log.append(("call", cls.__name__))
            return super().__call__(*args)

        def __getattr__(cls, name):
            return f"meta {name}"

        def __len__(cls):
            return 42

        def __iter__(cls):
            return iter("abc")

        def __contains__(cls, item):
            return item == 1

        def __getitem__(cls, item):
            return item * 2

        @property
        def meta_property(cls):
            return cls.__name__.lower()

    class C(metaclass=Meta, option=1):
        pass

    assert log == [("prepare", "C", {"option": 1}), ("new", "C"), ("init", "C")] and type(C) is Meta and C.prepared and C.unknown == "meta unknown" and len(C) == 42 and list(C) == ["a", "b", "c"] and 1 in C and 2 not in C and C[4] == 8 and C.meta_property == "c" and not hasattr(C(), "meta_property")
    C()
    assert log[-1] == ("call", "C")

    class D(C):
        pass

    class Other(type):
        pass

    class E(metaclass=Other):
        pass

    assert type(D) is Meta and message(TypeError, lambda: type("X", (C, E), {})) == "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases"

    def function(name, bases, namespace):
        return (name, bases, sorted(k for k in namespace if not k.startswith("__")))

    class F(int, metaclass=function):
        x = 1

    assert F == ("F", (int,), ["x"])
    T = type("T", (C,), {"x": 1})
    assert T.x == 1 and T.__name__ == "T"

    class Checks(type):
        def __instancecheck__(cls, instance):
            return instance == 5

        def __subclasscheck__(cls, sub):
            return sub is int

    class Five(metaclass=Checks):
        pass

    assert isinstance(5, Five) and not isinstance(6, Five) and issubclass(int, Five) and isinstance(1, (str, (int,))) and issubclass(bool, (str, int)) and isinstance(1, int | str) and message(TypeError, isinstance, 1, 5) == "isinstance() arg 2 must be a type, a tuple of types, or a union" and message(TypeError, issubclass, 1, int) == "issubclass() arg 1 must be a class"


def test_creation_hooks():
    log = []

    class Base:
        def __init_subclass__(cls, tag=None, **kw):
            super().__init_subclass__(**kw)
            log.append((cls.__name__, tag))

        def __class_getitem__(cls, item):
            return (cls.__name__, item)

    class A(Base, tag="x"):
        pass

    class B(A):
        pass

    assert log == [("A", "x"), ("B", None)] and A[int] == ("A", int) and message(TypeError, lambda: type("C", (Base,), {}, bad=1)) == "C.__init_subclass__() takes no keyword arguments" and message(TypeError, lambda: int[5]) == "type 'int' is not subscriptable"

    class Immutable(tuple):
        def __new__(cls, *a):
            return super().__new__(cls, a)

        def __init__(self, *a):
            log.append(("init", a))

    class Other:
        def __new__(cls):
            return 5

        def __init__(self):
            log.append("never")

    class BadInit:
        def __init__(self):
            return 5

    class Entries:
        def __mro_entries__(self, bases):
            return (A,)

    class G(Entries()):
        pass

    class Named:
        "Text."
        class Nested:
            def __init__(self):
                self.b = self.a = 1

    assert Immutable(1, 2) == (1, 2) and log[-1] == ("init", (1, 2))
    assert Other() == 5 and "never" not in log and message(TypeError, BadInit) == "__init__() should return None, not 'int'" and G.__bases__ == (A,) and len(G.__orig_bases__) == 1 and Named.Nested.__qualname__ == "test_creation_hooks.<locals>.Named.Nested" and Named.__doc__ == "Text." and sorted(Named.Nested.__static_attributes__) == ["a", "b"] and Named.__firstlineno__ > 0
    assert type(None)() is None and message(TypeError, lambda: type(None)(1)) == "NoneType takes no arguments" and message(TypeError, lambda: type("X", (type(None),), {})) == "type 'NoneType' is not an acceptable base type"


def test_special_lookup_on_type():
    class C:
        pass

    c = C()
    c.__len__ = lambda: 5
    assert message(TypeError, len, c) == "object of type 'C' has no len()"
    C.__len__ = lambda self: 3
    assert len(c) == 3
    C.__len__ = lambda self: -1
    assert message(ValueError, len, c) == "__len__() should return >= 0"
    C.__len__ = lambda self: "x"
    assert message(TypeError, len, c) == "'str' object cannot be interpreted as an integer"
    del C.__len__
    assert raises(TypeError, len, c)
    C.__repr__ = lambda self: 5
    assert message(TypeError, repr, c) == "__repr__ returned non-string (type int)"
    C.__add__ = lambda self, o: "added"
    assert c + 1 == "added"
    C.__add__ = None
    assert raises(TypeError, lambda: c + 1)


def test_name_mangling():
    class C:
        __secret = 1
        __dunder__ = 4

        def get(self):
            return self.__secret

        def set(self):
            self.__x = 2
            __local = 3
            return __local

    c = C()
    assert c.get() == 1 and C._C__secret == 1 and c.set() == 3 and c._C__x == 2 and C.__dunder__ == 4 and not hasattr(c, "__secret")


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
