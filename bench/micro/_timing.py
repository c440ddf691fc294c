"""Times functions: the best of several rounds, each long enough to measure."""

import sys
import time


def measure(*functions, rounds=5, seconds=0.05):
    """Prints NAME SECONDS for each function; a function takes the number of iterations of its loop."""
    for function in functions:
        n = 1000
        while True:
            start = time.perf_counter()
            function(n)
            elapsed = time.perf_counter() - start
            if elapsed >= seconds:
                break
            n = int(n * 10 if elapsed < seconds / 20 else n * 1.3 * seconds / elapsed) + 1
        best = elapsed
        for _ in range(rounds):
            start = time.perf_counter()
            function(n)
            best = min(best, time.perf_counter() - start)
        print(function.__name__, best / n)
        sys.stdout.flush()
