"""Integers: arithmetic at every size, conversions, limits, formatting."""

import sys


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


BIG = 123456789012345678901234567890


def test_arithmetic_small():
    assert 7 + 3 == 10 and 7 - 9 == -2 and 7 * -3 == -21
    assert 7 // 2 == 3 and -7 // 2 == -4 and 7 // -2 == -4 and -7 // -2 == 3
    assert 7 % 3 == 1 and -7 % 3 == 2 and 7 % -3 == -2 and -7 % -3 == -1
    assert divmod(-7, 2) == (-4, 1) and divmod(7, -2) == (-4, -1)
    assert 7 / 2 == 3.5 and type(6 / 2) is float
    assert 2 ** 10 == 1024 and 2 ** -1 == 0.5 and 0 ** 0 == 1
    assert pow(3, 4, 5) == 1 and pow(3, -1, 7) == 5 and pow(-3, 3, 10) == 3 and pow(3, 3, -10) == -3
    assert -(-5) == 5 and +5 == 5 and ~5 == -6 and ~-1 == 0 and abs(-5) == 5


def test_division_errors():
    assert message(ZeroDivisionError, lambda: 1 // 0) == "division by zero"
    assert message(ZeroDivisionError, lambda: 1 % 0) == "division by zero"
    assert message(ZeroDivisionError, lambda: 1 / 0) == "division by zero"
    assert message(ZeroDivisionError, divmod, 1, 0) == "division by zero"
    assert message(ZeroDivisionError, lambda: 0 ** -1) == "zero to a negative power"
    assert message(ValueError, pow, 2, 3, 0) == "pow() 3rd argument cannot be 0"
    assert message(ValueError, pow, 2, -1, 4) == "base is not invertible for the given modulus"


def test_carries_at_word_edges():
    for edge in (15, 30, 31, 32, 45, 59, 60, 61, 62, 63, 64, 90, 127, 128, 1000):
        n = 1 << edge
        for delta in range(-3, 4):
            a = n + delta
            assert a - n == delta
            assert a - delta == n
            assert -a + n == -delta
            assert a * 1 == a and a * -1 == -a
            assert (a + a) // 2 == a
            assert a * a // a == a
            assert divmod(a * 7 + 3, 7) == (a, 3)
            assert (a << 5) >> 5 == a
            assert (-a >> edge) in (-1, -2)
            assert a ^ a == 0 and a | a == a and a & a == a
            assert -a == ~a + 1
            assert int(str(a)) == a and int(hex(a), 16) == a and int(oct(a), 8) == a and int(bin(a), 2) == a
            assert hash(a) == a % ((1 << 61) - 1)
            assert float(n) == 2.0 ** edge


def test_big_arithmetic():
    assert BIG * BIG == 15241578753238836750495351562536198787501905199875019052100
    assert BIG ** 3 == BIG * BIG * BIG
    assert BIG // 987654321 == 124999998873437499901
    assert BIG % 987654321 == 574845669
    assert -BIG // 987654321 == -124999998873437499902
    assert -BIG % 987654321 == 412808652
    assert BIG - BIG == 0 and BIG + -BIG == 0
    assert BIG // BIG == 1 and BIG % BIG == 0
    assert (BIG << 100) >> 100 == BIG
    assert BIG / 10 ** 20 == 1234567890.1234567
    a = 3 ** 1000
    assert a == pow(3, 1000) and a % 1000007 == pow(3, 1000, 1000007)
    assert divmod(a, 3 ** 500) == (3 ** 500, 0)
    assert a.bit_length() == 1585
    f = 1
    for i in range(1, 101):
        f *= i
    assert str(f).startswith("93326215443944152681699238856266700490715968264381621468592963895217")
    assert str(f).endswith("0" * 24)
    for i in range(100, 0, -1):
        f //= i
    assert f == 1


def test_bitwise_negative():
    assert -1 & 0xFF == 255 and -256 | 1 == -255 and -1 ^ 1 == -2
    assert -BIG & 0xFFFFFFFFFFFFFFFF == (1 << 64) - (BIG & 0xFFFFFFFFFFFFFFFF)
    assert -(1 << 70) >> 69 == -2 and -1 >> 1000 == -1 and 1 >> 1000 == 0
    assert -(1 << 70) | 1 == -(1 << 70) + 1
    assert ~(1 << 100) == -(1 << 100) - 1
    assert (-(1 << 100)) & (1 << 100) == 1 << 100
    assert (-(1 << 100)) ^ (1 << 100) == -(1 << 101)
    assert message(ValueError, lambda: 1 << -1) == "negative shift count"
    assert message(ValueError, lambda: 1 >> -1) == "negative shift count"
    assert 0 << (1 << 100) == 0 and 5 >> (1 << 100) == 0 and -5 >> (1 << 100) == -1
    assert raises((OverflowError, MemoryError), lambda: 1 << (1 << 62))


def test_parsing():
    assert int("  12_345 ") == 12345 and int("-0") == 0 and int("+7") == 7
    assert int("0x_ff", 16) == 255 and int("0b1010", 0) == 10 and int("0o17", 0) == 15 and int("z", 36) == 35
    assert int("\u0663\u0664") == 34 and int(b"42") == 42 and int(bytearray(b"42")) == 42
    assert int(3.99) == 3 and int(-3.99) == -3 and int(1e20) == 100000000000000000000
    assert int() == 0 and int("0", 0) == 0 and int(True) == 1
    for text, base in (("", 10), ("1__0", 10), ("_1", 10), ("1_", 10), ("0x", 16), ("12", 2), ("010", 0), ("1 2", 10), ("1\0", 10)):
        assert message(ValueError, int, text, base) == f"invalid literal for int() with base {base}: {text!r}"
    assert message(ValueError, int, "1", 37) == "int() base must be >= 2 and <= 36, or 0"
    assert message(TypeError, int, 1, 10) == "int() can't convert non-string with explicit base"
    assert message(TypeError, int, None) == "int() argument must be a string, a bytes-like object or a real number, not 'NoneType'"
    assert message(ValueError, int, float("nan")) == "cannot convert float NaN to integer"
    assert message(OverflowError, int, float("inf")) == "cannot convert float infinity to integer"
    assert 0xFF_FF == 65535 and 0b1111_0000 == 240 and 0o777 == 511 and 1_000_000 == 10 ** 6
    digits = "123456789" * 40
    assert str(int(digits)) == digits


def test_digit_limit():
    assert sys.get_int_max_str_digits() == 4300
    n = 10 ** 4300
    assert "Exceeds the limit (4300 digits) for integer string conversion" in message(ValueError, str, n)
    assert len(str(n - 1)) == 4300
    text = message(ValueError, int, "1" * 4301)
    assert text == ("Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits; "
                    "use sys.set_int_max_str_digits() to increase the limit")
    assert int("f" * 10000, 16).bit_length() == 40000 and len(hex(n)) > 3000
    sys.set_int_max_str_digits(0)
    try:
        assert len(str(n)) == 4301 and int(str(n)) == n
    finally:
        sys.set_int_max_str_digits(4300)


def test_repr_and_format():
    assert repr(-0) == "0" and repr(BIG) == str(BIG) == "123456789012345678901234567890"
    assert hex(-255) == "-0xff" and oct(8) == "0o10" and bin(-5) == "-0b101"
    assert f"{1234567:,}" == "1,234,567" and f"{1234567:_}" == "1_234_567" and f"{255:#x}" == "0xff" and f"{255:#X}" == "0XFF"
    assert f"{0xFFFFFFFF:_x}" == "ffff_ffff" and f"{5:08b}" == "00000101" and f"{-5:08d}" == "-0000005" and f"{5:+d}" == "+5"
    assert f"{5: d}" == " 5" and f"{42:>6}" == "    42" and f"{42:<6}|" == "42    |" and f"{42:^6}" == "  42  " and f"{-42:=6}" == "-   42"
    assert f"{42:*^7}" == "**42***" and f"{65:c}" == "A" and f"{3:e}" == "3.000000e+00" and f"{3:.2f}" == "3.00" and f"{1:%}" == "100.000000%"
    assert f"{1234:012,}" == "0,000,001,234" and f"{BIG:,}" == "123,456,789,012,345,678,901,234,567,890"
    assert format(10, "") == "10" and "%d %5d %-5d| %05d %+d %x %#o %c %r" % (1, 2, 3, 4, 5, 255, 8, 66, 7) == "1     2 3    | 00004 +5 ff 0o10 B 7"
    assert message(ValueError, format, 1, "s") == "Unknown format code 's' for object of type 'int'"
    assert message(ValueError, format, 1, ".2d") == "Precision not allowed in integer format specifier"
    assert message(ValueError, format, 1, "+c") == "Sign not allowed with integer format specifier 'c'"
    assert message(OverflowError, format, 0x110000, "c") == "%c arg not in range(0x110000)"


def test_methods():
    assert (5).bit_length() == 3 and (-5).bit_length() == 3 and (0).bit_length() == 0 and (7).bit_count() == 3 and (-7).bit_count() == 3
    assert (1024).to_bytes(2) == b"\x04\x00" and (1024).to_bytes(4, "little") == b"\x00\x04\x00\x00" and (-1).to_bytes(2, signed=True) == b"\xff\xff"
    assert int.from_bytes(b"\x04\x00") == 1024 and int.from_bytes(b"\xff\xfe", "little", signed=True) == -257 and int.from_bytes([1, 2]) == 258
    assert message(OverflowError, (256).to_bytes, 1) == "int too big to convert"
    assert message(OverflowError, (-1).to_bytes, 1) == "can't convert negative int to unsigned"
    assert BIG.to_bytes(16, "big").hex() == "000000018ee90ff6c373e0ee4e3f0ad2" and int.from_bytes(BIG.to_bytes(16)) == BIG
    assert (6).as_integer_ratio() == (6, 1) and (6).is_integer() and (6).conjugate() == 6 and (6).real == 6 and (6).imag == 0
    assert (6).numerator == 6 and (6).denominator == 1
    assert round(1234, -2) == 1200 and round(1250, -2) == 1200 and round(1350, -2) == 1400 and round(-1250, -2) == -1200 and round(5, 3) == 5
    assert (5).__index__() == 5 and (5).__trunc__() == 5 and (5).__floor__() == 5 and (5).__ceil__() == 5
    assert (1).__add__(1.5) is NotImplemented and (1).__eq__("1") is NotImplemented
    assert sys.int_info.bits_per_digit == 30


def test_comparison_and_hash():
    assert 1 == 1.0 == True and hash(1) == hash(1.0) == hash(True) and hash(-1) == -2 == hash(-2)
    assert 2 ** 53 == 2.0 ** 53 and 2 ** 53 + 1 != 2.0 ** 53 and 2 ** 53 + 1 > 2.0 ** 53
    assert 10 ** 400 > 1e308 and -10 ** 400 < -1e308 and 10 ** 400 < float("inf") and not 1 < float("nan")
    assert hash(2 ** 61 - 1) == 0 and hash(2 ** 61) == 1 and hash(-(2 ** 61 - 1)) == 0 and hash(BIG) == BIG % (2 ** 61 - 1)
    assert message(TypeError, lambda: 1 < "a") == "'<' not supported between instances of 'int' and 'str'"
    assert (1 < 2 < 3) and not (1 < 3 < 2) and sorted([3, -BIG, 0, BIG, 2.5]) == [-BIG, 0, 2.5, 3, BIG]
    assert message(TypeError, lambda: 1 + "a") == "unsupported operand type(s) for +: 'int' and 'str'"
    assert message(TypeError, lambda: -"a") == "bad operand type for unary -: 'str'"
    assert message(TypeError, lambda: 1 << 1.5) == "unsupported operand type(s) for <<: 'int' and 'float'"
    assert message(TypeError, lambda: 2 ** "a") == "unsupported operand type(s) for ** or pow(): 'int' and 'str'"


def test_conversion_to_float():
    assert float(2 ** 53 + 1) == 2.0 ** 53 and float(2 ** 53 + 3) == 2.0 ** 53 + 4
    assert float(2 ** 1023) == 2.0 ** 1023
    assert message(OverflowError, float, 2 ** 1024) == "int too large to convert to float"
    assert message(OverflowError, lambda: 10 ** 400 + 1.0) == "int too large to convert to float"
    assert message(OverflowError, lambda: 10 ** 400 / 3) == "integer division result too large for a float"
    assert 10 ** 400 / 10 ** 399 == 10.0 and 1 / 10 ** 400 == 0.0 and (2 ** 2000 + 1) / 2 ** 2000 == 1.0
    assert 1 / 3 == 0.3333333333333333 and (10 ** 30) / 3 == 3.333333333333333e+29


def test_subclass():
    class Number(int):
        def __add__(self, other):
            return Number(int(self) + other)

        def __repr__(self):
            return f"<{int(self)}>"

    n = Number(5)
    assert type(n + 1) is Number and type(n - 1) is int and type(1 + n) is int and repr(n) == "<5>" and str(n) == "<5>"
    assert n == 5 and hash(n) == hash(5) and {5: 1}[n] == 1 and [10, 11, 12, 13, 14, 15][n] == 15
    assert f"{n:d}" == "5" and f"{n}" == "<5>" and int(n) == 5 and type(int(n)) is int and type(+n) is int
    n.attribute = 1
    assert n.attribute == 1

    class Index:
        def __index__(self):
            return 3

    assert [1, 2, 3, 4][Index()] == 4 and hex(Index()) == "0x3" and int(Index()) == 3 and "ab" * Index() == "ababab" and range(Index())[2] == 2


def test_identity_of_small_ints():
    a, b = 256, int("256")
    assert a is b
    a, b = -5, int("-5")
    assert a is b
    assert int(True) is int("1")


def test_products_and_short_quotients():
    for bits in (64, 90, 91, 95, 120, 121, 300, 901, 2000):
        for a in ((1 << bits) - 1, 1 << bits, (1 << bits) + 1, int("7" * (bits // 4)) | 1):
            for b in (1, 2**30 - 1, 2**30, 2**60 - 1, 2**60, 2**90 - 1, a, a + 1):
                product = a * b
                assert product == b * a == -(-a * b) and str(product)[-1] == str((a % 10) * (b % 10))[-1]
                assert product % 1000003 == (a % 1000003) * (b % 1000003) % 1000003
            for q in (0, 1, 9, 2**29 - 1, 2**29, 2**30 - 1, 2**30, 2**31 + 1, 2**60):
                for r in (0, 1, a - 1, a // 2):
                    n = a * q + r
                    assert divmod(n, a) == (q, r) and n // a == q and n % a == r
                    assert divmod(-n, -a) == (q, -r) and -n // -a == q and -n % -a == -r
                    down = q + (r != 0)
                    assert divmod(-n, a) == (-down, down * a - n) and n // -a == -down and n % -a == n - down * a
    assert repr([0 / b for b in (-1, -(2**61), -(2**70), 3, 2**90)]) == "[-0.0, -0.0, -0.0, 0.0, 0.0]"


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
