"""Indexing and slicing."""

from _timing import measure


def subscript_list(n):
    a, x = list(range(100)), 0
    for i in range(n):
        x += a[i % 100]
    return x


def subscript_list_store(n):
    a = [0] * 100
    for i in range(n):
        a[i % 100] = i
    return a


def subscript_tuple(n):
    t = (1, 2, 3)
    for _ in range(n):
        a, b, c = t
        t[1]


def subscript_dict(n):
    d, x = {i: i for i in range(100)}, 0
    for i in range(n):
        x += d[i % 100]
    return x


def subscript_dict_str(n):
    d, x = {"a": 1, "b": 2}, 0
    for _ in range(n):
        x += d["a"] + d["b"]
    return x


def subscript_str(n):
    s = "hello world"
    for i in range(n):
        s[i % 11] == "o"


def subscript_slice(n):
    a = list(range(20))
    for _ in range(n):
        a[3:8]


def subscript_matrix(n):
    m = [[1] * 10 for _ in range(10)]
    x = 0
    for i in range(n // 10):
        for j in range(10):
            x += m[i % 10][j]
    return x


measure(subscript_list, subscript_list_store, subscript_tuple, subscript_dict, subscript_dict_str, subscript_str, subscript_slice, subscript_matrix)
