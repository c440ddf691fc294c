"""Every specialised form fires where it should, and what breaks its assumption gives the right result afterwards."""

import dis

N = 3000


def forms(function):
    """The names of a function's instructions as they are specialised now; those of a fused one's parts as well."""
    names = {instruction.opname for instruction in dis.get_instructions(function, adaptive=True)}
    return names | {part for name in names for part in name.split("__")}


def check(function, argument_lists, expected, form, *others):
    """Warms `function` up; it must give `expected` and contain `form` (or one of its other names)."""
    for _ in range(N):
        for arguments in argument_lists:
            result = function(*arguments)
    assert result == expected, (function.__name__, result)
    found = forms(function)
    assert found & {form, *others}, (form, sorted(found))


def test_binary_operators():
    def subtract(a, b): return a - b
    def multiply(a, b): return a * b
    def add(a, b): return a + b
    def conjunction(a, b): return a & b
    def disjunction(a, b): return a | b
    def exclusive(a, b): return a ^ b
    def left(a, b): return a << b
    def right(a, b): return a >> b
    def floor(a, b): return a // b
    def remainder(a, b): return a % b
    def divide(a, b): return a / b
    def mixed(a, b): return a * b

    check(add, [(1, 2)], 3, "BINARY_OP_ADD_INT")
    assert add(2**62 - 1, 1) == 2**62 and add(-(2**62), -1) == -(2**62) - 1 and add("a", "b") == "ab" and add(True, 2) == 3
    check(subtract, [(7, 9)], -2, "BINARY_OP_SUBTRACT_INT")
    assert subtract(-(2**62), 1) == -(2**62) - 1 and subtract(1.5, 1) == 0.5
    check(multiply, [(6, 7)], 42, "BINARY_OP_MULTIPLY_INT")
    assert multiply(2**40, 2**40) == 2**80 and multiply(-(2**61), 4) == -(2**63) and multiply("ab", 2) == "abab"
    check(conjunction, [(0b1100, 0b1010)], 0b1000, "BINARY_OP_AND_INT", "BINARY_OP_EXTEND")
    assert conjunction(-1, 5) == 5 and conjunction(2**70 + 1, 3) == 1 and conjunction({1, 2}, {2}) == {2}
    check(disjunction, [(0b1100, 0b1010)], 0b1110, "BINARY_OP_OR_INT", "BINARY_OP_EXTEND")
    assert disjunction(-8, 3) == -5 and disjunction(True, False) is True
    check(exclusive, [(0b1100, 0b1010)], 0b0110, "BINARY_OP_XOR_INT", "BINARY_OP_EXTEND")
    assert exclusive(-1, 1) == -2 and exclusive(2**65, 2**65) == 0
    for _ in range(N):
        assert left(3, 4) == 48 and right(-17, 2) == -5 and floor(-7, 2) == -4 and remainder(-7, 3) == 2
    assert left(1, 61) == 2**61 and left(1, 62) == 2**62 and left(-1, 62) == -(2**62) and left(-1, 63) == -(2**63)
    assert left(0, 100) == 0 and left(1, 100) == 2**100 and right(5, 100) == 0 and right(-5, 100) == -1
    for operation in (left, right):
        try:
            operation(1, -1)
        except ValueError as error:
            assert str(error) == "negative shift count"
        else:
            raise AssertionError
    assert floor(7, -2) == -4 and floor(-(2**62), -1) == 2**62 and floor(7.5, 2) == 3.0
    assert remainder(7, -3) == -2 and remainder(-6, 3) == 0 and remainder("%d!", 3) == "3!"
    for operation in (floor, remainder, divide):
        try:
            operation(1, 0)
        except ZeroDivisionError:
            pass
        else:
            raise AssertionError
    for _ in range(N):
        assert divide(1.0, 4.0) == 0.25
    assert divide(1, 3) == 1 / 3 and divide(0.0, 5.0) == 0.0 and divide(10**400, 10**399) == 10.0
    check(mixed, [(2.5, 4), (4, 2.5)], 10.0, "BINARY_OP_EXTEND", "BINARY_OP")
    assert mixed(0.0, -1) == 0.0 and str(mixed(0.0, -1)) == "-0.0" and mixed(2, 3) == 6 and mixed(2.0, 2**60) == 2.0**61


def test_floats():
    def add(a, b): return a + b
    def subtract(a, b): return a - b
    def multiply(a, b): return a * b
    def less(a, b): return a < b

    check(add, [(0.5, 0.25)], 0.75, "BINARY_OP_ADD_FLOAT")
    check(subtract, [(0.5, 0.25)], 0.25, "BINARY_OP_SUBTRACT_FLOAT")
    check(multiply, [(0.5, 0.25)], 0.125, "BINARY_OP_MULTIPLY_FLOAT")
    assert subtract(0.5, 0.5) == 0.0 and add(1e308, 1e308) == float("inf") and multiply(1e-300, 1e-300) == 0.0
    assert str(multiply(0.0, -2.0)) == "-0.0" and add(float("nan"), 1.0) != add(1.0, 1.0)
    check(less, [(0.5, 0.75)], True, "COMPARE_OP_FLOAT")
    nan = float("nan")
    assert not less(nan, 1.0) and not less(1.0, nan) and less(1, 1.5) and not less(2, 1.5) and less(0.0, 0.5) and less(2**60, 2.0**61)


def test_comparisons():
    def less(a, b): return a < b
    def equal(a, b): return a == b
    def different(a, b): return a != b
    def member(a, b): return a in b
    def absent(a, b): return a not in b

    check(less, [(1, 2)], True, "COMPARE_OP_INT")
    assert not less(2**70, 1) and less("a", "b")
    check(equal, [("ab", "a" + chr(98))], True, "COMPARE_OP_STR")
    assert not equal("ab", "abc") and not equal("a", 1) and equal("\u1234", chr(0x1234))
    check(different, [("ab", "cd")], True, "COMPARE_OP_STR")
    assert not different("x", "x") and different("x", None)
    check(member, [(1, {1: 2})], True, "CONTAINS_OP_DICT")
    assert not member(2, {1: 2}) and member(1, [1]) and member("a", "cat")
    try:
        member([], {})
    except TypeError as error:
        assert "unhashable type: 'list'" in str(error)
    else:
        raise AssertionError
    check(absent, [(1, {2})], True, "CONTAINS_OP_SET")
    assert not absent(2, frozenset({2})) and not absent(frozenset({1}), {frozenset({1})}) and not absent({1}, {frozenset({1})})


def test_truth():
    def truth(v): return 1 if v else 0

    class Plain:
        pass

    class Sized:
        def __len__(self): return 0

    for value, form in ((True, "TO_BOOL_BOOL"), (5, "TO_BOOL_INT"), ([1], "TO_BOOL_LIST"), ("a", "TO_BOOL_STR"), (Plain(), "TO_BOOL_ALWAYS_TRUE")):
        def truth(v): return 1 if v else 0
        check(truth, [(value,)], 1, form, "POP_JUMP_IF_FALSE")
        assert not truth(0) and not truth([]) and not truth("") and not truth(Sized()) and not truth(None) and truth(0.5)
    def truth(v): return 1 if v else 0
    check(truth, [(None,)], 0, "TO_BOOL_NONE")
    plain = Plain()
    check(truth, [(plain,)], 1, "TO_BOOL_ALWAYS_TRUE", "TO_BOOL")
    Plain.__bool__ = lambda self: False
    assert truth(plain) == 0


def test_subscripts():
    def get(c, k): return c[k]
    def make():
        def get(c, k): return c[k]
        return get
    def store(c, k, v): c[k] = v

    check(make(), [([1, 2, 3], 1)], 2, "BINARY_OP_SUBSCR_LIST_INT")
    check(make(), [((1, 2, 3), 2)], 3, "BINARY_OP_SUBSCR_TUPLE_INT")
    text = make()
    check(text, [("abc", 1)], "b", "BINARY_OP_SUBSCR_STR_INT")
    assert text("abc", -1) == "c" and text("\u1234\xe9", 0) == "\u1234" and text("\xe9", 0) == "\xe9" and text([9], 0) == 9
    try:
        text("abc", 3)
    except IndexError as error:
        assert str(error) == "string index out of range"
    else:
        raise AssertionError
    table = make()
    check(table, [({"a": 1}, "a")], 1, "BINARY_OP_SUBSCR_DICT")
    try:
        table({}, "missing")
    except KeyError as error:
        assert error.args == ("missing",)
    else:
        raise AssertionError

    class Default(dict):
        def __missing__(self, key): return key * 2

    assert table(Default(), 4) == 8 and table((5,), 0) == 5
    sliced = make()
    check(sliced, [([1, 2, 3, 4], slice(1, 3))], [2, 3], "BINARY_OP_SUBSCR_LIST_SLICE")
    assert sliced([1, 2, 3, 4], slice(None, None, -1)) == [4, 3, 2, 1] and sliced([1, 2, 3], slice(-2, None)) == [2, 3]
    assert sliced((1, 2, 3), slice(1)) == (1,) and sliced([1, 2, 3], slice(True, None)) == [2, 3]

    class Box:
        def __getitem__(self, key): return key + 1

    item = make()
    check(item, [(Box(), 1)], 2, "BINARY_OP_SUBSCR_GETITEM")
    Box.__getitem__ = lambda self, key: key - 1
    assert item(Box(), 1) == 0
    del Box.__getitem__
    try:
        item(Box(), 1)
    except TypeError as error:
        assert str(error) == "'Box' object is not subscriptable"
    else:
        raise AssertionError

    numbers, words = [0, 0], {}
    for _ in range(N):
        store(numbers, 1, 5)
    assert "STORE_SUBSCR_LIST_INT" in forms(store) and numbers == [0, 5]
    def store(c, k, v): c[k] = v
    for i in range(N):
        store(words, i & 7, i)
    assert "STORE_SUBSCR_DICT" in forms(store) and len(words) == 8
    store(numbers, 0, 1)
    assert numbers == [1, 5]


def test_attributes():
    import math

    class Meta(type):
        pass

    class Plain:
        shared = 5

        def __init__(self): self.own = 1

        @property
        def computed(self): return self.own + 1

        def method(self): return self.own

    class WithMeta(metaclass=Meta):
        shared = 6

    class Slotted:
        __slots__ = ("own",)

        def __init__(self): self.own = 1

    class Overridden:
        def __getattribute__(self, name): return name

    def own(v): return v.own
    check(own, [(Plain(),)], 1, "LOAD_ATTR_INSTANCE_VALUE")
    def own(v): return v.own
    check(own, [(Slotted(),)], 1, "LOAD_ATTR_SLOT")
    def own(v): return v.own
    check(own, [(Overridden(),)], "own", "LOAD_ATTR_GETATTRIBUTE_OVERRIDDEN")
    assert own(Plain()) == 1

    class Falls(Plain):
        def __getattr__(self, name): return name

    falls = Falls()
    def own(v): return v.own
    check(own, [(falls,)], 1, "LOAD_ATTR_INSTANCE_VALUE")
    del falls.own
    assert own(falls) == "own"
    def method(v): return v.method()
    check(method, [(Falls(),)], 1, "LOAD_ATTR_METHOD_WITH_VALUES")
    assert method(falls) == "own"
    def class_of(v): return v.__class__
    check(class_of, [(falls,)], Falls, "LOAD_ATTR_NONDESCRIPTOR_NO_DICT", "LOAD_ATTR_SLOT")
    falls.__class__ = Plain
    assert class_of(falls) is Plain
    def own(v): return v.own
    taken = Plain()
    assert vars(taken) == {"own": 1}
    taken.__dict__ = {"other": 0, "own": 3}
    check(own, [(taken,)], 3, "LOAD_ATTR_WITH_HINT")
    vars(taken)["own"] = 4
    assert own(taken) == 4
    def write(v, x): v.own = x
    for i in range(N):
        write(taken, i)
    assert taken.own == N - 1 and vars(taken)["own"] == N - 1

    def computed(v): return v.computed
    check(computed, [(Plain(),)], 2, "LOAD_ATTR_PROPERTY")
    Plain.computed = property(lambda self: 10)
    assert computed(Plain()) == 10
    Plain.computed = 11
    assert computed(Plain()) == 11

    def shared(c): return c.shared
    check(shared, [(Plain,)], 5, "LOAD_ATTR_CLASS")
    Plain.shared = 7
    assert shared(Plain) == 7 and shared(Plain()) == 7
    def shared(c): return c.shared
    check(shared, [(WithMeta,)], 6, "LOAD_ATTR_CLASS_WITH_METACLASS_CHECK")
    Meta.shared = property(lambda cls: "meta")
    assert shared(WithMeta) == "meta"

    def constant(): return math.pi
    check(constant, [()], math.pi, "LOAD_ATTR_MODULE")
    saved, math.pi = math.pi, 3
    assert constant() == 3
    math.pi = saved

    def method(v): return v.method()
    check(method, [(Plain(),)], 1, "LOAD_ATTR_METHOD_WITH_VALUES")
    shadowed = Plain()
    shadowed.method = lambda: "own"
    assert method(shadowed) == "own" and method(Plain()) == 1

    class Failure(Exception):
        def method(self): return "failure"

    def method(v): return v.method()
    check(method, [(Failure(),)], "failure", "LOAD_ATTR_METHOD_LAZY_DICT", "LOAD_ATTR_METHOD_WITH_VALUES", "LOAD_ATTR_METHOD_NO_DICT")
    failure = Failure()
    failure.method = lambda: "own"
    assert method(failure) == "own"


def test_super():
    class Base:
        value = 1

        def method(self): return 2

    class Derived(Base):
        value = 10

        def method(self): return super().method() + 1

        def read(self): return super().value

    derived = Derived()
    check(Derived.method, [(derived,)], 3, "LOAD_SUPER_ATTR_METHOD")
    check(Derived.read, [(derived,)], 1, "LOAD_SUPER_ATTR_ATTR")
    Base.method, Base.value = (lambda self: 5), 6
    assert derived.method() == 6 and derived.read() == 6


def test_calls():
    def length(v): return len(v)
    check(length, [([1, 2],)], 2, "CALL_LEN")
    assert length("abc") == 3 and length({}) == 0
    def instance(v, c): return isinstance(v, c)
    check(instance, [(1, int)], True, "CALL_ISINSTANCE")
    assert not instance(1, str) and instance(True, (str, int))
    def absolute(v): return abs(v)
    check(absolute, [(-1,)], 1, "CALL_BUILTIN_O")
    def power(a, b): return divmod(a, b)
    check(power, [(7, 2)], (3, 1), "CALL_BUILTIN_FAST")
    def kind(v): return type(v)
    check(kind, [(1,)], int, "CALL_TYPE_1")
    def text(v): return str(v)
    check(text, [(1,)], "1", "CALL_STR_1")
    assert text(b"x") == "b'x'" and text("s") == "s"
    def fixed(v): return tuple(v)
    check(fixed, [([1],)], (1,), "CALL_TUPLE_1")
    def number(v): return int(v)
    check(number, [("12",)], 12, "CALL_BUILTIN_CLASS")
    items = []
    def append(c, v): c.append(v)
    for i in range(N):
        append(items, i)
    assert "CALL_LIST_APPEND" in forms(append) and len(items) == N
    class Other(list):
        def append(self, v): raise RuntimeError(v)
    try:
        append(Other(), 3)
    except RuntimeError as error:
        assert error.args == (3,)
    else:
        raise AssertionError
    def upper(s): return s.upper()
    check(upper, [("a",)], "A", "CALL_METHOD_DESCRIPTOR_NOARGS")
    def find(s, t): return s.index(t)
    check(find, [([1, 2], 2)], 1, "CALL_METHOD_DESCRIPTOR_O", "CALL_METHOD_DESCRIPTOR_FAST")
    def replace(s): return s.replace("a", "b")
    check(replace, [("a",)], "b", "CALL_METHOD_DESCRIPTOR_FAST", "CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS")

    def exact(a): return a
    def defaults(a, b=2, *rest): return a, b, rest
    def keywords(a, *, b=3, **more): return a, b, more
    def call(f, *args): return f(args[0]) if len(args) == 1 else f(*args)
    def one(f): return f(1)
    check(one, [(exact,)], 1, "CALL_PY_EXACT_ARGS")
    def one(f): return f(1)
    check(one, [(defaults,)], (1, 2, ()), "CALL_PY_GENERAL")
    def three(f): return f(1, 4, 5)
    check(three, [(defaults,)], (1, 4, (5,)), "CALL_PY_GENERAL")
    try:
        three(exact)
    except TypeError as error:
        assert "takes 1 positional argument but 3 were given" in str(error)
    else:
        raise AssertionError

    class Bound:
        def exact(self, a): return a
        def defaults(self, a, b=2): return a, b

    def one(f): return f(1)
    check(one, [(Bound().exact,)], 1, "CALL_BOUND_METHOD_EXACT_ARGS")
    def one(f): return f(1)
    check(one, [(Bound().defaults,)], (1, 2), "CALL_BOUND_METHOD_GENERAL")

    def pair(a, b=5, *, c=6): return a, b, c
    def named(f): return f(1, c=2)
    check(named, [(pair,)], (1, 5, 2), "CALL_KW_PY")
    pair.__kwdefaults__ = {"c": 9}
    assert named(pair) == (1, 5, 2)
    def named(f): return f(a=1)
    for _ in range(N):
        assert named(pair) == (1, 5, 9)
    assert named(keywords) == (1, 3, {}) and named(dict) == {"a": 1}
    try:
        named(lambda b: b)
    except TypeError as error:
        assert "unexpected keyword argument 'a'" in str(error)
    else:
        raise AssertionError
    class Method:
        def pair(self, a, b=5): return a, b
    def named(f): return f(a=1)
    check(named, [(Method().pair,)], (1, 5), "CALL_KW_BOUND_METHOD")
    def named(f): return f(a=1)
    check(named, [(dict,)], {"a": 1}, "CALL_KW_NON_PY")


def test_constructors():
    class Point:
        def __init__(self, x, y):
            self.x, self.y = x, y

    def make(x, y): return Point(x, y)
    for _ in range(N):
        p = make(1, 2)
    assert "CALL_ALLOC_AND_ENTER_INIT" in forms(make) and (p.x, p.y) == (1, 2)

    def init(self, x, y): return 5
    Point.__init__ = init
    try:
        make(1, 2)
    except TypeError as error:
        assert str(error) == "__init__() should return None, not 'int'"
    else:
        raise AssertionError

    class Picky:
        def __init__(self, x):
            if x > N - 2:
                raise ValueError(x)
            self.x = x

    def pick(x):
        try:
            return Picky(x).x
        except ValueError as error:
            line = error.__traceback__.tb_next.tb_frame.f_code.co_name
            return line
    for i in range(N):
        result = pick(i)
    assert result == "__init__"

    class Custom:
        def __new__(cls, x): return x
        def __init__(self, x): raise RuntimeError
    def custom(c, x): return c(x)
    for _ in range(N):
        assert custom(Custom, 4) == 4
    assert custom(Picky, 5).x == 5
    try:
        custom(Point, 1)
    except TypeError:
        pass
    else:
        raise AssertionError


def test_generators():
    def count(n):
        for i in range(n):
            yield i

    def total(n):
        found = 0
        for i in count(n):
            found += i
        return found

    check(total, [(5,)], 10, "FOR_ITER_GEN")

    closed = []
    def guarded():
        try:
            yield 1
            yield 2
        finally:
            closed.append(1)
    def first(g):
        for v in g:
            return v
    for _ in range(N):
        assert first(guarded()) == 1
    assert len(closed) == N and first(count(3)) == 0 and any(i > 1 for i in count(10))


test_binary_operators()
test_floats()
test_comparisons()
test_truth()
test_subscripts()
test_attributes()
test_super()
test_calls()
test_constructors()
test_generators()
print("ok")
