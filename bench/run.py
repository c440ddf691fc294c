#!/usr/bin/env python3
"""Times the micro-benchmarks on several interpreters in turn and prints how much faster the first one is."""

import argparse
import os
import statistics

from _interpreters import geometric_mean, parse, run

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "micro")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-b", "--benchmarks", help="comma-separated files of bench/micro, without .py")
    parser.add_argument("-r", "--rounds", type=int, default=3, help="how often every program runs (default 3)")
    parser.add_argument("interpreters", nargs="+", metavar="NAME=COMMAND")
    options = parser.parse_args()
    interpreters = parse(options.interpreters)
    names = sorted(f[:-3] for f in os.listdir(FOLDER) if f.endswith(".py") and not f.startswith("_"))
    if options.benchmarks:
        names = [name for name in names if name in options.benchmarks.split(",")]
    others = [name for name, _ in interpreters[1:]]
    print(f"{'benchmark':28}{'ns/iteration':>14}" + "".join(f"{'x ' + name:>14}" for name in others))
    ratios = {name: [] for name in others}
    for name in names:
        for benchmark, times in measure(name, interpreters, options.rounds).items():
            first = times[interpreters[0][0]]
            cells = []
            for other in others:
                mine, theirs = first, times[other]
                if not mine or not theirs:
                    cells.append(f"{'-':>14}")
                    continue
                ratio = statistics.median(t / m for m, t in zip(mine, theirs))
                ratios[other].append(ratio)
                cells.append(f"{ratio:14.2f}")
            shown = f"{min(first) * 1e9:14.1f}" if first else f"{'failed':>14}"
            print(f"{benchmark:28}{shown}" + "".join(cells), flush=True)
    if others:
        print(f"{'geometric mean':42}" + "".join(f"{geometric_mean(ratios[name]):14.2f}" for name in others))


def measure(name, interpreters, rounds):
    """benchmark -> interpreter -> seconds per iteration, one for each round; interpreters alternate."""
    times = {}
    for _ in range(rounds):
        for interpreter, command in interpreters:
            output = run(command, [f"{name}.py"], FOLDER)
            for line in (output or "").splitlines():
                benchmark, seconds = line.split()
                entry = times.setdefault(benchmark, {name: [] for name, _ in interpreters})
                entry[interpreter].append(float(seconds))
    return times


if __name__ == "__main__":
    main()
