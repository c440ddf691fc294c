"""Module globals and built-ins."""

from _timing import measure

CONSTANT = 3
counter = 0


def global_read(n):
    x = 0
    for _ in range(n):
        x = CONSTANT
    return x


def global_write(n):
    global counter
    counter = 0
    for _ in range(n):
        counter += 1
    return counter


def global_builtin(n):
    for _ in range(n):
        len
        range


measure(global_read, global_write, global_builtin)
