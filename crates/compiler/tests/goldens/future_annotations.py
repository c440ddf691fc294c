from __future__ import annotations

x: list[int] | None = None


def f(a: dict[str, "T"], *b: (1, -2 ** 3), c: lambda x, /, y=1, *a, z, **k: x + y) -> f"{a!r:>{w}}":
    pass


class C:
    y: {1: 2, **d} if not a or b and c else [x for x in y if z] = 1
    z: a[1:2, ::3, ...][()].b(c, *d, e=1, **f)
