"""Floats: arithmetic, repr, parsing, rounding, formatting, special values."""

import math
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


INF = float("inf")
NAN = float("nan")


def test_arithmetic():
    assert 0.1 + 0.2 == 0.30000000000000004 and 1.5 * 2 == 3.0 and 7.5 // 2 == 3.0 and -7.5 // 2 == -4.0 and 7.5 % 2 == 1.5 and -7.5 % 2 == 0.5
    assert 7.5 % -2 == -0.5 and divmod(-7.5, 2) == (-4.0, 0.5) and 2.0 ** 0.5 == 1.4142135623730951 and 2 ** -2 == 0.25
    assert math.copysign(1.0, 0.0 % -1) == -1.0 and math.copysign(1.0, -4.0 % 2) == 1.0
    assert 1e308 * 10 == INF and -1e308 * 10 == -INF and INF - INF != INF - INF and INF * 0 != 0
    assert message(ZeroDivisionError, lambda: 1.0 / 0) == "division by zero"
    assert message(ZeroDivisionError, lambda: 1.0 // 0) == "division by zero"
    assert message(ZeroDivisionError, lambda: 1.0 % 0) == "division by zero"
    assert message(ZeroDivisionError, divmod, 1.0, 0) == "division by zero"
    assert message(ZeroDivisionError, lambda: 0.0 ** -1) == "zero to a negative power"
    assert raises(OverflowError, lambda: 10.0 ** 400).args == (34, "Numerical result out of range")
    assert (-8.0) ** (1 / 3) == (1.0000000000000002 + 1.7320508075688772j) and (-8.0) ** 3 == -512.0
    assert 0.0 ** 0 == 1.0 and NAN ** 0 == 1.0 and 1.0 ** NAN == 1.0 and INF ** -1 == 0.0 and (-INF) ** 3 == -INF


def test_repr():
    for text in ("0.1", "1.0", "-0.0", "1e+16", "1e-05", "0.0001", "123456789.12345679", "1e+22", "1e+100", "1.7976931348623157e+308", "5e-324",
                 "2.2250738585072014e-308", "1234567890123456.0", "9007199254740992.0", "inf", "-inf", "nan", "0.3", "3.141592653589793"):
        assert repr(float(text)) == text, text
        assert str(float(text)) == text
    assert repr(1e15) == "1000000000000000.0" and repr(1e16) == "1e+16" and repr(0.00001) == "1e-05" and repr(2.5e-8) == "2.5e-08"
    assert repr(-NAN) == "nan" and repr(100.0) == "100.0"


def test_parsing():
    assert float(" 1_000.5e-1_0 ") == 1000.5e-10 and float(".5") == 0.5 and float("5.") == 5.0 and float("1e5") == 100000.0 and float("+1E+2") == 100.0
    assert float("infinity") == INF and float("-iNf") == -INF and math.isnan(float("NaN")) and float("\u0663.\u0664") == 3.4 and float(b"2.5") == 2.5
    for bad in ("", " ", "1e", "e5", ".", "1__0", "_1", "1_", "0x10", "1.5.2", "nanx", "1 2", "--1"):
        assert message(ValueError, float, bad) == f"could not convert string to float: {bad!r}"
    assert message(TypeError, float, None) == "float() argument must be a string or a real number, not 'NoneType'"
    assert float("1" + "0" * 308) == 1e308 and float("1e400") == INF and float("1e-400") == 0.0
    assert float("2.2250738585072011e-308") == 2.225073858507201e-308
    assert float("0.500000000000000166533453693773481063544750213623046875") == 0.5000000000000002
    assert float("9007199254740993") == 9007199254740992.0 and float() == 0.0


def test_rounding():
    assert round(0.5) == 0 and round(1.5) == 2 and round(2.5) == 2 and round(-0.5) == 0 and type(round(1.5)) is int and type(round(1.5, 0)) is float
    assert round(2.675, 2) == 2.67 and round(1e22) == 10 ** 22 and round(1234.5678, -2) == 1200.0 and round(1.005, 2) == 1.0 and round(5e-324, 400) == 5e-324
    assert round(15.5, -1) == 20.0 and round(INF, 1) == INF and round(1.5, None) == 2
    assert message(OverflowError, round, INF) == "cannot convert float infinity to integer"
    assert message(ValueError, round, NAN) == "cannot convert float NaN to integer"
    assert message(OverflowError, round, 1.7976931348623157e308, -308) == "rounded value too large to represent"
    assert math.floor(-1.5) == -2 and math.ceil(-1.5) == -1 and math.trunc(-1.5) == -1 and int(-1.5) == -1


def test_format():
    assert f"{3.14159:.2f}" == "3.14" and f"{3.14159:10.3f}|" == "     3.142|" and f"{1e10:g}" == "1e+10" and f"{123456.0:g}" == "123456" and f"{1234567.0:g}" == "1.23457e+06"
    assert f"{0.0001:g}" == "0.0001" and f"{0.00001:g}" == "1e-05" and f"{1.0:g}" == "1" and f"{1.0:#g}" == "1.00000" and f"{1.5:e}" == "1.500000e+00"
    assert f"{1234567.891:,.2f}" == "1,234,567.89" and f"{1234567.891:_.1f}" == "1_234_567.9" and f"{0.256:.1%}" == "25.6%" and f"{-1.5:+.1f}" == "-1.5" and f"{1.5:+}" == "+1.5"
    assert f"{1.5: }" == " 1.5" and f"{-0.0:.1f}" == "-0.0" and f"{-0.0:z.1f}" == "0.0" and f"{-0.001:z.2f}" == "0.00" and f"{INF:f}" == "inf" and f"{NAN:F}" == "NAN" and f"{INF:010}" == "0000000inf"
    assert f"{1.0:n}" == "1" and f"{12345.678:.3}" == "1.23e+04" and f"{1.0:.3}" == "1.0" and f"{0.1:.20f}" == "0.10000000000000000555" and f"{1e300:.0f}"[:10] == "1000000000"
    assert f"{2.5:.0f}" == "2" and f"{3.5:.0f}" == "4" and f"{1.5:08.2f}" == "00001.50" and f"{-1.5:=8.2f}" == "-   1.50" and f"{1.5:x>8}" == "xxxxx1.5" and f"{1e5:.1e}" == "1.0e+05" and f"{1.5:E}" == "1.500000E+00"
    assert "%f %.2f %e %g %10.3f|%-10.3f|%+f %s %r" % (1.5, 2.25, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5) == "1.500000 2.25 1.500000e+00 1.5      1.500|1.500     |+1.500000 1.5 1.5"
    assert "%.2f" % 2.675 == "2.67" and "%5.1f%%" % 99.5 == " 99.5%" and "%.0e" % 12345.0 == "1e+04" and "%#.0f" % 1.0 == "1."
    assert message(ValueError, format, 1.5, "d") == "Unknown format code 'd' for object of type 'float'"
    assert message(ValueError, format, 1.5, "s") == "Unknown format code 's' for object of type 'float'"


def test_comparison_and_hash():
    assert NAN != NAN and not NAN == NAN and not NAN < 1 and not NAN > 1 and 0.0 == -0.0 and hash(0.0) == hash(-0.0) == 0
    assert hash(INF) == 314159 and hash(-INF) == -314159 and hash(1.5) == 1152921504606846977 and hash(0.1) == 230584300921369408 and hash(1e20) == hash(10 ** 20) and hash(-1.0) == -2
    x = NAN
    assert x in [x] and [x] == [x] and x not in [float("nan")] and (x,) == (x,)
    assert 1.5 < 2 and 2 > 1.5 and 1e16 == 10 ** 16 and 1e16 + 1 == 1e16 and 0.1 != 10 ** 400 and 1e400 > 10 ** 400
    assert message(TypeError, lambda: 1.5 < "a") == "'<' not supported between instances of 'float' and 'str'"
    assert message(TypeError, lambda: 1.5 // "a") == "unsupported operand type(s) for //: 'float' and 'str'"
    assert message(TypeError, lambda: 1.5 & 1) == "unsupported operand type(s) for &: 'float' and 'int'"
    assert max(1, 2.5, 2) == 2.5 and min(1.0, 1) == 1.0 and bool(0.0) is False and bool(NAN) is True


def test_methods():
    assert (0.5).as_integer_ratio() == (1, 2) and (0.1).as_integer_ratio() == (3602879701896397, 36028797018963968) and (1.0).is_integer() and not (1.5).is_integer() and not INF.is_integer()
    assert (1.5).hex() == "0x1.8000000000000p+0" and float.fromhex("0x1.8p+0") == 1.5 and (-0.1).hex() == "-0x1.999999999999ap-4" and float.fromhex("0x.8p1") == 1.0 and (0.0).hex() == "0x0.0p+0" and INF.hex() == "inf"
    assert (5e-324).hex() == "0x0.0000000000001p-1022" and float.fromhex("inf") == INF
    assert (1.5).real == 1.5 and (1.5).imag == 0.0 and (1.5).conjugate() == 1.5 and float.from_number(2) == 2.0
    assert message(OverflowError, INF.as_integer_ratio) == "cannot convert Infinity to integer ratio"
    assert sys.float_info.max == 1.7976931348623157e308 and sys.float_info.epsilon == 2.220446049250313e-16 and sys.float_info.dig == 15 and sys.float_info.mant_dig == 53


def test_subclass():
    class F(float):
        pass

    f = F("1.5")
    f.note = 1
    assert f == 1.5 and type(f + 1) is float and repr(f) == "1.5" and hash(f) == hash(1.5) and f.note == 1

    class HasFloat:
        def __float__(self):
            return 2.5

    assert float(HasFloat()) == 2.5 and math.sqrt(HasFloat()) == math.sqrt(2.5)

    class Bad:
        def __float__(self):
            return 1

    assert message(TypeError, float, Bad()) == "Bad.__float__ returned non-float (type int)"
    assert math.copysign(1, -0.0) == -1.0 and str(-0.0) == "-0.0" and 0.0 * -1 == 0 and math.copysign(1, 0.0 * -1) == -1.0


def test_fixed_digits_are_exact():
    def exact(x, places):
        """`x`, not negative, with so many places, by way of its exact ratio."""
        over, under = x.as_integer_ratio()
        whole, rest = divmod(over * 10**places, under)
        whole += 2 * rest > under or (2 * rest == under and whole & 1)
        digits = str(whole).rjust(places + 1, "0")
        return digits[:-places] + "." + digits[-places:] if places else digits

    values = [0.0, 0.5, 1.5, 2.5, 0.125, 0.375, 1e-30, 5e-324, 2.0**-75, 2.0**-128, 1e15, 1e17, 2.0**53, 2.0**63, 2.0**64, 1.7e308]
    values += [0.045, 1.005, 2.675, 1e22, 9.995, 99999.5, 1 - 2**-53] + [i * 0.37 * 10.0 ** (i % 40 - 15) for i in range(400)]
    for x in values:
        for places in (0, 1, 2, 3, 6, 10, 17, 19, 20, 25):
            text = exact(x, places)
            assert f"{x:.{places}f}" == text and "%.*f" % (places, -x) == "-" + text
            assert places > 22 or round(x, places) == float(text)
    assert f"{3.7:#.0f}" == "4." and f"{-0.0:.0f}" == "-0" and f"{1e16:.1f}" == "10000000000000000.0"


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
