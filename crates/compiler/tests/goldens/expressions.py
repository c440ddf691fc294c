1 + 2 * 3 - -4 ** 2 // 5 % 6
x = 2 ** 100
x = 2 ** 1000
x = "a" * 3 + "b"
x = "a" * 10000
x = (1, 2, (3, None))
x = [1, 2, 3, 4]
x = {1, 2, 3}
x = {"a": 1, "b": 2}
x in [1, 2, 3]
x in {1, 2, 3}
for i in [1, 2]:
    pass
x = "abc"[1], "abc"[1:], (1, 2)[-1]
x = 1 / 0
x = 0.1 + 0.2, 1j * 2, -0.0, ~5, not 1, +True
x = True and False or None
x = 1 << 3 | 5 & 6 ^ 7 >> 1
a.b.c[d][e:f][g:h:i][1:2]
f()
f(a, b, *c, d, *e, k=1, **m, n=2)
f(a, k=1)
o.m(a, b, k=c)
o.m(*a)
f(**k)
a < b
a == b != c
a is b
a @ b
f"{a}"
f"{a!r:>{w}} text {b=} {{}}"
f""
"%s and %r" % (a, b)
"%5.2s%%%a" % (a, b)
"%d" % (a,)
t"{a} text {b!s:>3}"
b"bytes"
...
None
lambda a, *b, c=1, **d: a
[1, 2][0]
x = (yes if cond else no)
x = __debug__
x = 10 ** 20, 1e400, 1_000
x = 1,
