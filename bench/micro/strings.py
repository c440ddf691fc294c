"""Strings."""

from _timing import measure


def string_append(n):
    s = ""
    for _ in range(n):
        s += "x"
    return s


def string_join(n):
    return "".join([str(i) for i in range(n)])


def string_fstring(n):
    for i in range(n):
        f"{i}: {i + 1}"


def string_percent(n):
    for i in range(n):
        "%d: %s" % (i, "a")


def string_methods(n):
    s = "hello world"
    for _ in range(n):
        s.upper().replace("L", "x").split("O")


def string_iterate(n):
    count = 0
    for c in "abcdefghij" * (n // 10 + 1):
        if c == "e":
            count += 1
    return count


def string_compare(n):
    a, b = "hello world", "hello there"
    for _ in range(n):
        a == b
        a < b
        "wor" in a


measure(string_append, string_join, string_fstring, string_percent, string_methods, string_iterate, string_compare)
