"""Loops over small ints."""

from _timing import measure


def int_sum(n):
    total = 0
    for i in range(n):
        total += i
    return total


def int_while(n):
    i = 0
    while i < n:
        i += 1
    return i


def int_mixed(n):
    a, b, c = 1, 2, 3
    for i in range(n):
        a = (b * 3 + i) & 0xFFFF
        b = (a ^ c) % 1000
        c = (c + (b >> 1)) // 2
    return a + b + c


def int_big(n):
    a = 1 << 70
    for i in range(n):
        a = a + i - (i >> 1)
    return a


def int_nested(n):
    total = 0
    for i in range(n // 10):
        for j in range(10):
            if j > 5:
                total += j
            else:
                total -= i
    return total


measure(int_sum, int_while, int_mixed, int_big, int_nested)
