"""array: kinds of items, sequence operations, memory, pickling."""

import copy
import io
import pickle
from array import ArrayType, array, typecodes


def raises(kind, action, message=None):
    try:
        action()
    except kind as error:
        assert message is None or str(error) == message, str(error)
    else:
        raise AssertionError(f"{kind.__name__} expected")


def test_kinds():
    assert typecodes == "bBuwhHiIlLqQfd" and ArrayType is array
    limits = {"b": (-(2**7), 2**7 - 1), "B": (0, 2**8 - 1), "h": (-(2**15), 2**15 - 1), "H": (0, 2**16 - 1)}
    limits |= {"i": (-(2**31), 2**31 - 1), "I": (0, 2**32 - 1), "l": (-(2**63), 2**63 - 1), "L": (0, 2**64 - 1)}
    limits |= {"q": (-(2**63), 2**63 - 1), "Q": (0, 2**64 - 1)}
    for code, (low, high) in limits.items():
        a = array(code, [low, high, True])
        assert a.tolist() == [low, high, 1] and a.typecode == code
        raises(OverflowError, lambda: a.append(low - 1))
        raises(OverflowError, lambda: a.append(high + 1))
        raises(TypeError, lambda: a.append(1.5), "'float' object cannot be interpreted as an integer")
        assert len(a) == 3
    assert array("f", [1.5, 1e300]).tolist() == [1.5, float("inf")]
    assert array("d", [1, 2.5]).tolist() == [1.0, 2.5]
    raises(ValueError, lambda: array("x"))
    raises(OverflowError, lambda: array("b", [128]), "signed char is greater than maximum")
    raises(OverflowError, lambda: array("H", [-1]), "unsigned short is less than minimum")


def test_text():
    a = array("w", "a\u20ac\U0001f600")
    assert a.tounicode() == "a\u20ac\U0001f600" and a[2] == "\U0001f600" and a.itemsize == 4
    a.fromunicode("xy")
    a.append("z")
    assert a[-3:].tounicode() == "xyz" and repr(array("w", "a'b")) == "array('w', \"a'b\")"
    raises(TypeError, lambda: a.append("zz"))
    raises(TypeError, lambda: array("i", "abc"))
    raises(ValueError, lambda: array("i").tounicode())


def test_sequence():
    a = array("i", range(10))
    assert a[3] == 3 and a[-1] == 9 and a[2:5].tolist() == [2, 3, 4] and a[::-3].tolist() == [9, 6, 3, 0]
    a[1:3] = array("i", [7, 7, 7])
    assert a.tolist() == [0, 7, 7, 7, 3, 4, 5, 6, 7, 8, 9]
    a[::5] = array("i", [-1, -2, -3])
    assert a.tolist() == [-1, 7, 7, 7, 3, -2, 5, 6, 7, 8, -3]
    del a[1::2]
    assert a.tolist() == [-1, 7, 3, 5, 7, -3]
    del a[0]
    a.insert(-100, 1)
    a.insert(100, 2)
    assert a.tolist() == [1, 7, 3, 5, 7, -3, 2] and a.count(7) == 2 and a.index(7, 2) == 4
    a.remove(7)
    assert a.pop() == 2 and a.pop(0) == 1 and a.tolist() == [3, 5, 7, -3]
    a.reverse()
    assert a.tolist() == [-3, 7, 5, 3] and 5 in a and 6 not in a and "5" not in a
    a += array("i", [1])
    a *= 2
    assert (a + a).tolist() == [-3, 7, 5, 3, 1] * 4 and (2 * array("b", [1])).tolist() == [1, 1]
    a.extend(a)
    assert len(a) == 20
    raises(IndexError, lambda: a[20], "array index out of range")
    raises(TypeError, lambda: a.extend(array("b")), "can only extend with array of same kind")
    raises(TypeError, lambda: a.__setitem__(slice(0, 1), [1]), 'can only assign array (not "list") to array slice')
    raises(ValueError, lambda: a.index(99), "array.index(x): x not in array")


def test_comparison():
    assert array("i", [1, 2]) == array("d", [1, 2]) != array("b", [1, 3])
    assert array("i", [1, 2]) < array("i", [1, 2, 0]) < array("Q", [2**63])
    nan = array("d", [float("nan")])
    assert nan != nan and not nan < nan
    assert array("i") != [] and array("i").__lt__([]) is NotImplemented
    raises(TypeError, lambda: hash(array("i")))


def test_memory():
    a = array("i", [1, 2, 3])
    view = memoryview(a)
    assert view.format == "i" and view.itemsize == 4 and view.tolist() == [1, 2, 3]
    view[1] = 20
    assert a[1] == 20
    raises(BufferError, lambda: a.append(1), "cannot resize an array that is exporting buffers")
    a[0] = 5
    view.release()
    a.append(4)
    assert array("i", a.tobytes()) == a and bytes(a) == a.tobytes()
    b = array("h", [1, 256])
    b.byteswap()
    assert b.tolist() == [256, 1]
    raises(ValueError, lambda: a.frombytes(b"abc"), "bytes length not a multiple of item size")
    f = io.BytesIO()
    a.tofile(f)
    f.seek(0)
    c = array("i")
    c.fromfile(f, 4)
    assert c == a
    raises(EOFError, lambda: c.fromfile(f, 1))
    raises(TypeError, lambda: c.fromlist([1, "x"]))
    assert c == a


def test_changes_meanwhile():
    class Shrinks:
        def __index__(self):
            del a[:]
            return 1

    a = array("b", [1, 2, 3])
    raises(IndexError, lambda: a.__setitem__(2, Shrinks()))

    class Equal:
        def __eq__(self, other):
            a.pop()
            return False

    a = array("b", range(10))
    assert a.count(Equal()) == 0 and len(a) == 5


class Sub(array):
    def __init__(self, code, items=(), tag=None):
        self.tag = tag


def test_copies():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for a in [array(code, [1, 2, 3]) for code in "bBhHiIlLqQfd"] + [array("w", "hi\U0001f600")]:
            again = pickle.loads(pickle.dumps(a, protocol))
            assert again == a and again.typecode == a.typecode
        s = Sub("i", [1, 2], tag="t")
        again = pickle.loads(pickle.dumps(s, protocol))
        assert type(again) is Sub and again.tolist() == [1, 2] and again.tag == "t"
        it = iter(array("i", [1, 2, 3]))
        next(it)
        assert list(pickle.loads(pickle.dumps(it, protocol))) == [2, 3]
    a = array("d", [1.0])
    assert copy.copy(a) == a == copy.deepcopy(a) and copy.copy(a) is not a
    from array import _array_reconstructor

    assert _array_reconstructor(array, "h", 5, b"\x01\x00").tolist() == [256]
    assert _array_reconstructor(array, "w", 19, "hé".encode("utf-16-be")).tounicode() == "hé"


def test_iterator():
    a = array("i", [1, 2])
    it = iter(a)
    assert list(it) == [1, 2]
    a.append(3)
    assert list(it) == []
    assert array[int].__origin__ is array


test_kinds()
test_text()
test_sequence()
test_comparison()
test_memory()
test_changes_meanwhile()
test_copies()
test_iterator()
print("ok")
