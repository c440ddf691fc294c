"""Comprehensions."""

from _timing import measure


def comprehension_list(n):
    return [i * 2 for i in range(n)]


def comprehension_filter(n):
    return [i for i in range(n) if i & 1]


def comprehension_dict(n):
    return {i: i for i in range(n)}


def comprehension_set(n):
    return {i & 1023 for i in range(n)}


def comprehension_nested(n):
    return [j for i in range(n // 10) for j in range(10)]


def comprehension_short(n):
    for _ in range(n // 4):
        [x for x in (1, 2, 3, 4)]


measure(comprehension_list, comprehension_filter, comprehension_dict, comprehension_set, comprehension_nested, comprehension_short)
