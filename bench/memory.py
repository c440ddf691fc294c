#!/usr/bin/env python3
"""Resident memory of large collections, on several interpreters: megabytes above an empty program's."""

import os

from _interpreters import parse, run

PROBE = """
def resident():
    try:
        with open("/proc/self/statm") as stream:
            return int(stream.read().split()[1]) * 4096
    except OSError:
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

class Point:
    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

N = 1000000
before = resident()
"""

PROGRAMS = {
    "list of a million small ints": "kept = list(range(N))",
    "list of a million floats": "kept = [i * 0.5 for i in range(N)]",
    "dict of a million str to int": "kept = {str(i): i for i in range(N)}",
    "a million instances with three attributes": "kept = [Point(i, i, i) for i in range(N)]",
    "a million tuples of two": "kept = [(i, i) for i in range(N)]",
    "a million short strings": "kept = [str(i) for i in range(N)]",
}


def main():
    import sys
    interpreters = parse(sys.argv[1:])
    print(f"{'':44}" + "".join(f"{name:>14}" for name, _ in interpreters))
    baseline = [megabytes(command, "kept = None", "resident()") for _, command in interpreters]
    print(f"{'an empty program (MB)':44}" + cells(baseline))
    for title, program in PROGRAMS.items():
        print(f"{title:44}" + cells([megabytes(command, program, "resident() - before") for _, command in interpreters]), flush=True)


def megabytes(command, program, result):
    output = run(command, ["-c", f"{PROBE}{program}\nprint({result})"], os.getcwd())
    return int(output) / 1e6 if output else None


def cells(values):
    return "".join(f"{'failed' if value is None else format(value, '.1f'):>14}" for value in values)


if __name__ == "__main__":
    main()
