#!/usr/bin/env python3
"""Where the time of programs goes: shares of the samples of `perf record`, by part of the runtime.

usage: bench/where.py WHIPSNAKE PROGRAM.py [ARGUMENT ...]

The parts: handlers of instructions, native functions of types and modules, allocating and freeing, the collector, the kernel.
"""

import collections
import os
import re
import subprocess
import sys
import tempfile

# The first pattern that a symbol matches decides.
PARTS = [
    ("kernel", r"\[k\]"),
    ("collector", r"runtime::gc::|weakrefs"),
    ("memory", r"dealloc|object::heap|free_memory|allocate|\bmalloc|\bcfree|_int_malloc|_int_free|realloc|release_last|release_table"),
    ("instructions", r"interp::|instructions::"),
    ("natives", r""),
]


def main():
    binary, *program = sys.argv[1:]
    environment = dict(os.environ, PYTHON_JIT="0")
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "perf.data")
        record = ["perf", "record", "-q", "-F", "2000", "-o", data, binary, *program]
        subprocess.run(record, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        report = ["perf", "report", "-i", data, "--no-children", "--stdio", "--percent-limit", "0"]
        text = subprocess.run(report, check=True, capture_output=True, text=True).stdout
    shares = collections.Counter()
    for line in text.splitlines():
        found = re.match(r"\s+([0-9.]+)%", line)
        if found:
            part = next(name for name, pattern in PARTS if re.search(pattern, line))
            shares[part] += float(found[1])
    order = ["instructions", "natives", "memory", "collector", "kernel"]
    print("  ".join(f"{name} {shares[name]:.0f} %" for name in order))


main()
