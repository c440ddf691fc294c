[x for x in y]
{x for x in y if x}
{k: v for k, v in y for w in v if w if k}
(x for x in y)
[[a for a in b] for b in c]
[x for y in z for x in [f(y)]]


def f(x):
    r = [x for x in x]
    s = [lambda: y for y in r]
    t = [(w := v) for v in r]
    all(a for a in b)
    any(not a for a in b)
    tuple(a for a in b)
    list(a for a in b)
    return w, {**r, "a": 1}, [*s, *t], (*s, 1), {*s}


class C:
    a = 1
    b = [a for _ in range(2)]
    c = {k: a for k in [a]}
