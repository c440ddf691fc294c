"""Prints expected results of formatting. Run on CPython 3.14:

    python3.14 generate_format.py > expected/format.txt

Lines as in generate_core.py.
"""
import itertools, math, random, struct, sys

KEEP = float(sys.argv[1]) if len(sys.argv) > 1 else 0.14
rng = random.Random(9)
sampler = random.Random(1)

def show(v):
    if isinstance(v, int):
        return hex(v)
    if isinstance(v, float):
        return "f" + struct.pack(">d", v).hex() if v == v else "nan"
    if isinstance(v, complex):
        return show(v.real) + " " + show(v.imag)
    return ascii(v)

def out(name, f, *args):
    try:
        r = show(f(*args))
    except Exception as e:
        r = "!%s: %s" % (type(e).__name__, e.args[-1] if e.args else "")
    # A sample is committed; the full set (KEEP = 1) is for a developer's own runs.
    if sampler.random() < KEEP:
        print(name, *map(show, args), r, sep="\t")

ints = [0, 1, -1, 7, 42, -42, 999, 1000, -1000, 1234567, -1234567, 2 ** 64, -(2 ** 70), 10 ** 30, 955, 0x10ffff, 0x110000]
floats = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 1234567.891, -1234567.891, 1e15, 1e16, 1e17, 123456.0, 1e-4, 1e-5, 0.1, 1 / 3, 2 / 3e5,
          1e100, 1.7976931348623157e308, 5e-324, math.inf, -math.inf, math.nan, 0.045, 0.055, 99999.95, 999999.5, 0.00001234, -0.0001, 9.5, 0.25, 0.75, 1e22, 1e23]
complexes = [0j, complex(-0.0, 0), 1j, -1j, complex(0, -0.0), 1 + 2j, -1.5 - 2.25j, complex(math.nan, math.inf), complex(1e20, -1e-20), complex(12345.678, 98765.4321)]

def spec(types):
    g = lambda *o: rng.choice(o)
    s = g("", "", "", "<", ">", "^", "=", "*<", "x>", "0^", "_=", "\xe9^")
    s += g("", "", "", "+", "-", " ") + g(*[""] * 7, "z") + g("", "", "", "#") + g("", "", "", "0")
    s += g("", "", "1", "5", "12", "25") + g("", "", "", ",", "_")
    s += g("", "", "", ".0", ".1", ".2", ".3", ".6", ".10", ".17", ".30", ".4,", ".7_", "._", ".,")
    return s + g(*types, *types, "")

for _ in range(2200):
    out("int", format, rng.choice(ints), spec("ddbboxxXXnc" + "efg%s"))
    out("float", format, rng.choice(floats), spec("eeffggEFGn%" + "ds"))
for _ in range(600):
    out("complex", format, rng.choice(complexes), spec("efgEFGn" + "%d"))
    out("str", format, rng.choice(["", "a", "abc", "hello world"]), spec("sss" + "d"))
for s in "5. .f ,_ _, ,, __ 10,_ .,_f ._,f \x01 10y 5dd \xe9 <<<10 99999999999999999999 .99999999999999999999f .3000000000f ,. 5ss x\x00 {} 0= =0 <0 0<0 00 000012 .x".split(" "):
    for name, v in (("int", 42), ("float", 3.5), ("complex", 1 + 2j), ("str", "abc")):
        out(name, format, v, s)
for x in floats:
    for p in (0, 1, 2, 5, 12, 16, 17, 18, 25, 60, 340, 800):
        for t in "efg":
            if p < 60 or sampler.random() < 0.15:
                out("float", format, x, ".%d%s" % (p, t))
                out("float", format, x, "#.%d%s" % (p, t))
        out("float", format, x, ".%d" % p)
for _ in range(400):
    x = struct.unpack(">d", rng.randbytes(8))[0]
    if math.isfinite(x):
        out("float", format, x, ".%d%s" % (rng.randrange(25), rng.choice("eg")))
    x = rng.uniform(-1000, 1000)
    out("float", format, rng.choice([x, round(x * 8) / 8, round(x, 2)]), ".%d%s" % (rng.randrange(6), rng.choice("ef%g")))
for _ in range(1500):
    g = lambda *o: rng.choice(o)
    s = "%" + "".join(rng.sample("-+ #0", rng.randrange(4))) + g("", "", "5", "12", "20") + g("", "", ".", ".0", ".3", ".10") + g("", "", "", "l", "h")
    k = rng.random()
    if k < 0.5:
        out("%int", lambda f, v: f % v, s + rng.choice("diuoxX"), rng.choice(ints))
    elif k < 0.85:
        out("%float", lambda f, v: f % v, s + rng.choice("eEfFgG"), rng.choice(floats))
    else:
        out("%str", lambda f, v: f % v, s + "s", rng.choice(["", "a", "abc", "hello world"]))
for s in ("%", "%5", "%-", "%.", "%y", "%\x01", "%\xe9", "%99999999999999999999d", "%.99999999999999999999d", "%hhd", "%lz"):
    out("%int", lambda f, v: f % v, s, 5)
