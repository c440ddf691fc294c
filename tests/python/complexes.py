"""Complex numbers and bools."""


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_arithmetic():
    z = 3 + 4j
    assert z + 1 == 4 + 4j and z * z == -7 + 24j and z / 2 == 1.5 + 2j and z - 1j == 3 + 3j and -z == -3 - 4j and abs(z) == 5.0 and z ** 2 == -7 + 24j
    assert z.real == 3.0 and z.imag == 4.0 and z.conjugate() == 3 - 4j and (1 + 1j) / (1 - 1j) == 1j and 1j ** 2 == -1 and abs(2 ** 1j - (0.7692389013639721 + 0.6389612763136348j)) < 1e-15
    assert z == complex(3, 4) == complex("3+4j") and z != 3 and complex(3, 0) == 3 and hash(complex(3, 0)) == hash(3)
    assert message(ZeroDivisionError, lambda: z / 0) == "division by zero" and message(ZeroDivisionError, lambda: 0j ** -1) == "zero to a negative or complex power"
    assert message(TypeError, lambda: z < 1) == "'<' not supported between instances of 'complex' and 'int'" and message(TypeError, lambda: z // 1) == "unsupported operand type(s) for //: 'complex' and 'int'" and message(TypeError, lambda: z % 1) == "unsupported operand type(s) for %: 'complex' and 'int'"
    assert raises(TypeError, int, z) and raises(TypeError, float, z)


def test_text():
    assert repr(3 + 4j) == "(3+4j)" and repr(4j) == "4j" and repr(-4j) == "(-0-4j)" and repr(complex(0, -4)) == "-4j" and repr(1.5 - 0j) == "(1.5-0j)" and str(complex(1, float("nan"))) == "(1+nanj)" and repr(complex(-0.0, 1)) == "(-0+1j)" and repr(complex(1e100, float("inf"))) == "(1e+100+infj)"
    assert complex("1e5-2.5J") == 1e5 - 2.5j and complex(" (1+2j) ") == 1 + 2j and complex("j") == 1j and complex("-j") == -1j and complex("inf+nanj").real == float("inf")
    assert message(ValueError, complex, "1 + 2j") == "complex() arg is a malformed string" and f"{3 + 4j:.2f}" == "3.00+4.00j" and f"{1.5 + 2j:>12}" == "    (1.5+2j)" and f"{3 + 4j}" == "(3+4j)"
    assert message(ValueError, format, 1j, "010") == "Zero padding is not allowed in complex format specifier" and message(TypeError, complex, None) == "complex() argument must be a string or a number, not NoneType"


def test_conversion():
    class C:
        def __complex__(self):
            return 1 + 2j

    assert complex(C()) == 1 + 2j and complex(1, 2) == 1 + 2j and complex(real=1) == 1 and complex() == 0j and complex(True) == 1 and complex.from_number(3) == 3 + 0j and not 1j == "a" and bool(0j) is False and bool(1j) and {1j: 1}[1j] == 1


def test_bool():
    assert True + True == 2 and True * 5 == 5 and repr(True) == "True" and str(False) == "False" and int(True) == 1 and isinstance(True, int) and bool.__mro__ == (bool, int, object)
    assert (True & False) is False and (True | False) is True and (True ^ True) is False and True & 3 == 1 and type(True & 3) is int and -True == -1 and f"{True}" == "True" and f"{True:d}" == "1" and "%d" % True == "1"
    assert bool([]) is False and bool([0]) is True and bool("") is False and bool(None) is False and bool(object()) is True and (not 0) is True and bool() is False
    assert (1 and 2) == 2 and (0 and 2) == 0 and (0 or 3) == 3 and (None or "") == "" and (not None) is True and ["no", "yes"][True] == "yes" and {True: "a"}[1] == "a" and sum([True, True, False]) == 2 and hash(True) == 1
    assert message(TypeError, lambda: type("B", (bool,), {})) == "type 'bool' is not an acceptable base type"

    class Falsy:
        def __bool__(self):
            return False

    class Sized:
        def __len__(self):
            return 0

    class Wrong:
        def __bool__(self):
            return 1

    class Negative:
        def __len__(self):
            return -1

    assert not Falsy() and not Sized()
    assert message(TypeError, bool, Wrong()) == "__bool__ should return bool, returned int"
    assert message(ValueError, bool, Negative()) == "__len__() should return >= 0"


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
