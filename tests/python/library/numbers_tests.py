"""random, math, statistics, fractions, decimal, time, datetime."""

import datetime
import decimal
import fractions
import math
import random
import statistics
import time


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_random():
    random.seed(42)
    assert [random.random() for _ in range(3)] == [0.6394267984578837, 0.025010755222666936, 0.27502931836911926] and random.randrange(100) == 28 and random.randint(1, 6) == 2
    random.seed(1)
    a = list(range(10))
    random.shuffle(a)
    assert a == [6, 8, 9, 7, 5, 3, 0, 4, 1, 2]
    random.seed(1)
    assert random.choice("abcdef") == "b" and random.sample(range(100), 5) == [72, 97, 8, 32, 15]
    r = random.Random("text")
    state = r.getstate()
    first = [r.gauss(0, 1), r.uniform(1, 2), r.betavariate(1, 2), r.expovariate(1), r.triangular(0, 1), r.choices("ab", k=5), r.getrandbits(100)]
    r.setstate(state)
    assert first == [r.gauss(0, 1), r.uniform(1, 2), r.betavariate(1, 2), r.expovariate(1), r.triangular(0, 1), r.choices("ab", k=5), r.getrandbits(100)] and random.Random(b"x").random() == random.Random(b"x").random() and len(random.randbytes(5)) == 5


def test_math():
    assert math.sqrt(16) == 4.0 and math.isqrt(10 ** 40) == 10 ** 20 and math.factorial(20) == 2432902008176640000 and math.gcd(12, 18) == 6 and math.lcm(4, 6) == 12 and math.comb(10, 3) == 120 and math.perm(5, 2) == 20 and math.prod([1, 2, 3]) == 6 and math.floor(-1.5) == -2 and math.ceil(1.2) == 2 and math.trunc(-1.5) == -1 and math.fabs(-1) == 1.0 and math.copysign(1, -0.0) == -1.0 and math.fmod(-7, 3) == -1.0 and math.remainder(7, 4) == -1.0 and math.modf(1.5) == (0.5, 1.0) and math.frexp(8) == (0.5, 4) and math.ldexp(0.5, 4) == 8.0 and math.hypot(3, 4) == 5.0 and math.dist([0, 0], [3, 4]) == 5.0 and math.fsum([0.1] * 10) == 1.0 and math.log(8, 2) == 3.0 and math.log2(8) == 3.0 and math.log10(1000) == 3.0 and math.log(10 ** 400) == 921.0340371976182 and math.exp(0) == 1.0 and math.sin(0) == 0.0 and math.atan2(1, 1) == math.pi / 4 and math.degrees(math.pi) == 180.0 and math.isclose(0.1 + 0.2, 0.3) and math.isnan(math.nan) and math.isinf(math.inf) and math.ulp(1.0) == 2.220446049250313e-16 and math.nextafter(1, 2) == 1.0000000000000002 and math.isclose(math.cbrt(27), 3.0) and math.sumprod([1, 2], [3, 4]) == 11 and math.fma(2, 3, 4) == 10.0 and math.gamma(5) == 24.0 and math.erf(0) == 0.0 and math.expm1(0) == 0.0 and math.log1p(0) == 0.0
    assert message(ValueError, math.sqrt, -1) == "expected a nonnegative input, got -1.0" and message(ValueError, math.log, 0) == "expected a positive input" and message(OverflowError, math.exp, 1000) == "math range error" and message(ValueError, math.factorial, -1) == "factorial() not defined for negative values" and message(TypeError, math.sqrt, "a") == "must be real number, not str" and message(TypeError, math.gcd, 1.5) == "'float' object cannot be interpreted as an integer"


def test_decimal_and_fractions():
    D = decimal.Decimal
    assert D("0.1") + D("0.2") == D("0.3") and str(D(1) / D(3)) == "0.3333333333333333333333333333" and D("1.10").normalize() == D("1.1") and D("2.675").quantize(D("0.01")) == D("2.68") and str(D("1E+5")) == "1E+5" and f"{D('1234.5'):,.2f}" == "1,234.50" and repr(D("1.5")) == "Decimal('1.5')" and D(1.5) == 1.5 and int(D("3.9")) == 3 and D("NaN").is_nan() and D(2).sqrt() == D("1.414213562373095048801688724") and hash(D(5)) == hash(5)
    with decimal.localcontext() as context:
        context.prec = 5
        assert str(D(1) / D(7)) == "0.14286"
    assert raises(decimal.DivisionByZero, lambda: D(1) / 0) and raises(decimal.InvalidOperation, D, "x")
    F = fractions.Fraction
    assert F(1, 3) + F(1, 6) == F(1, 2) and str(F("0.75")) == "3/4" and F(0.5) == F(1, 2) and repr(F(2, 4)) == "Fraction(1, 2)" and F(7, 3) // 1 == 2 and float(F(1, 4)) == 0.25 and hash(F(3)) == hash(3) and F(2, 5).limit_denominator(2) == F(1, 2)
    assert statistics.mean([1, 2, 3]) == 2 and statistics.median([3, 1, 2]) == 2 and statistics.stdev([1, 2, 3]) == 1.0 and statistics.mode("aab") == "a" and statistics.fmean([1, 2]) == 1.5


def test_time():
    assert time.time() > 1.6e9 and time.perf_counter() <= time.perf_counter() and time.monotonic_ns() > 0 and time.gmtime(0)[:6] == (1970, 1, 1, 0, 0, 0) and time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(86400)) == "1970-01-02 00:00:00" and time.strptime("2020-02-29", "%Y-%m-%d")[:3] == (2020, 2, 29) and time.gmtime(0).tm_year == 1970 and time.asctime(time.gmtime(0)) == "Thu Jan  1 00:00:00 1970" and raises(ValueError, time.sleep, -1)


def test_datetime():
    d = datetime.datetime(2024, 2, 29, 12, 30, 15, 123456)
    assert str(d) == "2024-02-29 12:30:15.123456" and d.isoformat() == "2024-02-29T12:30:15.123456" and repr(d) == "datetime.datetime(2024, 2, 29, 12, 30, 15, 123456)" and d + datetime.timedelta(days=1) == datetime.datetime(2024, 3, 1, 12, 30, 15, 123456) and (datetime.date(2024, 3, 1) - datetime.date(2024, 2, 1)).days == 29 and d.weekday() == 3 and d.strftime("%a %d %b %Y %j") == "Thu 29 Feb 2024 060" and datetime.datetime.fromisoformat("2024-02-29T12:30:15Z").tzinfo == datetime.UTC and datetime.datetime.strptime("2024-01-02", "%Y-%m-%d").day == 2 and d.replace(year=2023, day=1).month == 2 and str(datetime.timedelta(days=1, seconds=3661)) == "1 day, 1:01:01" and datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=2))).isoformat() == "2024-01-01T00:00:00+02:00" and datetime.datetime.fromtimestamp(0, datetime.UTC).year == 1970 and datetime.date(2024, 1, 1).isocalendar()[:2] == (2024, 1) and datetime.time(1, 2) < datetime.time(1, 3) and hash(d) == hash(d.replace()) and message(ValueError, datetime.date, 2023, 2, 29) == "day 29 must be in range 1..28 for month 2 in year 2023"


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
