"""Prints expected results of math, cmath, complex and random. Run on CPython 3.14:

    python3.14 generate_math.py > expected/math.txt

Lines as in generate_core.py; floats of one list stand in one field, separated by spaces.
"""
import cmath, math, random, struct, sys

KEEP = float(sys.argv[1]) if len(sys.argv) > 1 else 0.1
rng = random.Random(31)
sampler = random.Random(1)
inf, nan = math.inf, math.nan

def show(v):
    if isinstance(v, bool):
        return str(v)
    if isinstance(v, int):
        return hex(v)
    if isinstance(v, float):
        return "f" + struct.pack(">d", v).hex() if v == v else "nan"
    if isinstance(v, complex):
        return show(v.real) + " " + show(v.imag)
    if isinstance(v, (tuple, list)):
        return " ".join(map(show, v))
    return ascii(v)

def out(name, f, *args, keep=None):
    try:
        r = show(f(*args))
    except Exception as e:
        r = "!%s: %s" % (type(e).__name__, e.args[-1] if e.args else "")
    # A sample is committed; the full set (KEEP = 1) is for a developer's own runs.
    if keep == 1 or sampler.random() < KEEP * (keep or 1):
        print(name, *map(show, args), r, sep="\t")

special = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, 1e300, -1e300, 5e-324, -5e-324, 1e-310, 1.7976931348623157e308, 1e16, 171.5, -171.5, 25.0, inf, -inf, nan]

def real():
    k = rng.random()
    if k < 0.1:
        return rng.choice(special)
    if k < 0.4:
        return rng.uniform(-2, 2)
    if k < 0.6:
        return rng.uniform(-180, 180)
    if k < 0.7:
        return rng.uniform(-1e-5, 1e-5)
    return rng.choice((1, -1)) * rng.random() * 10.0 ** rng.randrange(-300, 300)

one = "acos acosh asin asinh atan atanh cbrt cos cosh exp exp2 expm1 sin sinh sqrt tan tanh log log2 log10 log1p erf erfc gamma lgamma degrees radians frexp modf ulp".split()
for name in one:
    for x in special:
        out(name, getattr(math, name), x, keep=0.3)
    for _ in range(40):
        out(name, getattr(math, name), real())
        out(name, getattr(math, name), rng.uniform(-3, 3))
for n in range(-3, 30):
    out("gamma", math.gamma, float(n))
    out("lgamma", math.lgamma, float(n))
for _ in range(150):
    out("gamma", math.gamma, rng.uniform(-172, 172))
    out("lgamma", math.lgamma, rng.uniform(-20, 60))
two = "fmod remainder pow nextafter hypot".split()
for name in two:
    for x in special:
        for y in special:
            out(name, getattr(math, name), x, y, keep=0.05)
    for _ in range(120):
        x, y = real(), real()
        out(name, getattr(math, name), x, y)
        out(name, getattr(math, name), rng.randrange(-40, 40) / 4, rng.randrange(-10, 10) / 4)
for _ in range(200):
    x, y = real(), real()
    out("nextafter3", lambda x, y, s: math.nextafter(x, y, steps=s), x, y, rng.choice([0, 1, 2, 10 ** 6, 2 ** 62, 2 ** 63]))
    out("ldexp", math.ldexp, x, rng.choice([0, 1, -1, 10, -60, -1000, 900, -1074, -1100, 2100, -2100, 10 ** 15, -10 ** 15]))
    out("fma", math.fma, x, y, real())
    out("fma", math.fma, x, y, -(x * y) if math.isfinite(x * y) else 1.0)
for x in special:
    for y in special[:12]:
        out("fma", math.fma, x, y, rng.choice(special))
def vector(n):
    e = rng.choice([0, 0, 5, 100, 300, -300])
    return [rng.uniform(-1, 1) * 10.0 ** (e + rng.randrange(-8, 8)) for _ in range(n)]
for _ in range(200):
    n = rng.randrange(1, 9)
    v, w = vector(n), vector(n)
    if rng.random() < 0.1:
        v[rng.randrange(n)] = rng.choice([inf, -inf, nan, 1.7e308, 5e-324])
    out("norm", lambda v: math.hypot(*v), v)
    out("dist", math.dist, v, w)
    out("sumprod", math.sumprod, v, w)
    s = v + w + [-x for x in v] + vector(2)
    rng.shuffle(s)
    out("fsum", math.fsum, s)
    out("fsum", math.fsum, [1e16, 1.0, rng.choice([1e-16, -1e-16, 0.5])] * n)
out("fsum", math.fsum, [1e308, 1e308, -1e308], keep=1)
out("fsum", math.fsum, [inf, -inf, 1.0], keep=1)
out("fsum", math.fsum, [inf, 1.0, nan], keep=1)
out("sumprod", math.sumprod, [1e308, 1e308], [10.0, -10.0], keep=1)
out("norm", lambda v: math.hypot(*v), [5e-324, 1e-323, 2e-310], keep=1)
ints = [0, 1, 2, 3, 5, 7, 10, 20, 21, 33, 34, 40, 62, 67, 100, 170, 500, -1, 10 ** 20, -10 ** 20]
for n in ints:
    out("factorial", math.factorial, n, keep=1 if n < 40 or n > 600 else 0.5)
    out("logint", math.log, n)
    for k in ints:
        if k <= 100 or k > 10 ** 9:
            out("comb", math.comb, n, k, keep=0.4 if k < 35 else 0.1)
            out("perm", math.perm, n, k, keep=0.4 if k < 35 else 0.1)
for n in (2 ** 64 - 1, 2 ** 64, 2 ** 63, 10 ** 30):
    for k in (1, 2, 3, 7, 33, n - 2):
        out("comb", math.comb, n, k, keep=0.5)
        if k < 100:
            out("perm", math.perm, n, k, keep=0.5)
for b in (64, 500, 1023, 1024, 1025, 1200, 5000):
    for n in (2 ** b, 2 ** b - 1, 3 * 2 ** b + 12345):
        out("logint", math.log, n, keep=0.4 if b < 2000 else 0.05)
        out("log2int", math.log2, n, keep=0.4 if b < 2000 else 0.05)
        out("log10int", math.log10, n, keep=0.4 if b < 2000 else 0.05)

parts = [0.0, -0.0, 1.0, -1.0, 2.5, inf, -inf, nan, 1e308, -1e308, 1e-310, 0.75, 800.0, -800.0, 709.5]
functions = "acos acosh asin asinh atan atanh cos cosh exp log log10 sin sinh sqrt tan tanh polar".split()
def z():
    k = rng.random()
    if k < 0.3:
        return complex(rng.choice(parts), rng.choice(parts))
    if k < 0.7:
        return complex(rng.uniform(-3, 3), rng.uniform(-3, 3))
    return complex(real(), real())
for name in functions:
    for a in parts:
        for b in parts:
            out("c." + name, getattr(cmath, name), complex(a, b), keep=0.12)
    for _ in range(60):
        out("c." + name, getattr(cmath, name), z())
for a in parts:
    for b in parts:
        out("c.rect", cmath.rect, a, b, keep=0.3)
ops = {"c+": lambda a, b: a + b, "c-": lambda a, b: a - b, "c*": lambda a, b: a * b, "c/": lambda a, b: a / b, "c**": lambda a, b: a ** b}
for name, f in ops.items():
    for _ in range(200):
        out(name, f, z(), z())
        if name != "c**":
            out(name + "r", f, z(), z().real)
            out("r" + name, f, z().real, z())
for _ in range(150):
    out("c**", lambda a, b: a ** b, complex(rng.uniform(-2, 2), rng.uniform(-2, 2)), complex(rng.randrange(-9, 12), 0.0))
    out("c**", lambda a, b: a ** b, complex(rng.uniform(-2, 2), rng.uniform(-2, 2)), complex(rng.uniform(-3, 3), rng.uniform(-3, 3)))
    out("c.repr", repr, z())
    out("c.hash", hash, complex(rng.choice([0.0, 1.0, -1.0, 2.5, 1e300, inf]), rng.uniform(-9, 9) if rng.random() < 0.5 else 1.0))
    out("c.abs", abs, z())
    out("c.logbase", cmath.log, z(), z())
for t in ["", " ", "()", "1", "1j", "j", "+j", "-J", "1+2", "1+2j", "(1+2j)", "( 1 )", " ( 1-2j ) ", "1_0j", "1e400j", "nan+infj", "1+-2j", "1 + 2j", "((1))", "(1", "1)", "infinityj",
          "nanj", "-nan-infj", "1+2j3", "1j+2", "1__0", "1+_2j", "_1", "1_", ".5+.5j", "1e5e5j", "1e5-j", "1-j", "1+j", "+", "1+", "1_j", "1_e5", "2.5e-3-1e+2j", "0x1", "j1", "1jj"]:
    out("c.parse", complex, t, keep=1)

for seed in (0, 1, -1, 42, 2 ** 32 - 1, 2 ** 32, 2 ** 60, 123456789 ** 9, 2 ** 640 - 1):
    r = random.Random(seed)
    out("random", lambda s: [r.random() for _ in range(4)], seed, keep=1)
    out("randomlate", lambda s: [r.random() for _ in range(1000)][-3:], seed, keep=1)
    out("getrandbits", lambda s: [r.getrandbits(k) for k in (1, 7, 32, 33, 53, 64, 65, 100, 200)], seed, keep=1)
