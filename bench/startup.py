#!/usr/bin/env python3
"""Start-up: processor time (user + system, median of alternating runs) and peak memory, on several interpreters."""

import os
import statistics
import sys

from _interpreters import parse

RUNS = 50
PROGRAMS = {
    "-c pass": ["-c", "pass"],
    "-S -c pass": ["-S", "-c", "pass"],
    "import typing, re, json, dataclasses": ["-c", "import typing, re, json, dataclasses"],
}


def once(command):
    """Processor seconds and peak kilobytes of one process."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.execv(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    if status:
        return None
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main():
    interpreters = parse(sys.argv[1:])
    print(f"{'CPU ms (peak MB)':44}" + "".join(f"{name:>20}" for name, _ in interpreters))
    for title, arguments in PROGRAMS.items():
        results = {name: [] for name, _ in interpreters}
        for _ in range(RUNS):
            for name, command in interpreters:
                results[name].append(once(command + arguments))
        cells = []
        for name, _ in interpreters:
            good = [result for result in results[name] if result]
            if not good:
                cells.append(f"{'failed':>20}")
                continue
            time = statistics.median(seconds for seconds, _ in good) * 1000
            cells.append(f"{time:10.1f} ({max(kb for _, kb in good) / 1024:6.1f})")
        print(f"{title:44}" + "".join(f"{cell:>20}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
