"""Loops over floats."""

from _timing import measure


def float_sum(n):
    total = 0.0
    for i in range(n):
        total += i * 0.5
    return total


def float_polynomial(n):
    x, y = 0.5, 0.0
    for _ in range(n):
        y = ((x * 0.25 + 1.5) * x - 2.0) / (x + 3.0)
        x = y if y < 0.9 else 0.1
    return y


def float_mandelbrot(n):
    zr = zi = 0.0
    cr, ci = -0.4, 0.6
    for _ in range(n):
        zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
        if zr * zr + zi * zi > 4.0:
            zr = zi = 0.0
    return zr


def float_compare(n):
    x, count = 0.0, 0
    for _ in range(n):
        x += 0.1
        if x >= 10.0:
            x -= 10.0
            count += 1
    return count


measure(float_sum, float_polynomial, float_mandelbrot, float_compare)
