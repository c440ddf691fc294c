"""Dictionaries and sets."""

from _timing import measure


def dict_insert(n):
    d = {}
    for i in range(n):
        d[i] = i
    return d


def dict_count(n):
    d = {}
    for i in range(n):
        k = i & 255
        d[k] = d.get(k, 0) + 1
    return d


def dict_str_keys(n):
    keys = [f"key{i}" for i in range(256)]
    d = {}
    for i in range(n):
        d[keys[i & 255]] = i
    return d


def dict_iterate(n):
    d = {i: i for i in range(1000)}
    x = 0
    for _ in range(n // 1000 + 1):
        for k, v in d.items():
            x += v
    return x


def dict_delete(n):
    d = {}
    for i in range(n):
        d[i] = i
        if i >= 16:
            del d[i - 16]
    return d


def dict_contains(n):
    d = {i: i for i in range(0, 1000, 2)}
    x = 0
    for i in range(n):
        if i % 1000 in d:
            x += 1
    return x


def dict_literal(n):
    for i in range(n):
        {"a": i, "b": 2, "c": 3}


def set_operations(n):
    s = set()
    for i in range(n):
        s.add(i & 1023)
        (i >> 1) in s
    return s


measure(dict_insert, dict_count, dict_str_keys, dict_iterate, dict_delete, dict_contains, dict_literal, set_operations)
