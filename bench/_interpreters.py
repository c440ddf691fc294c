"""What the drivers share: which interpreters to compare, and running them in turn."""

import os
import shlex
import shutil
import subprocess
import sys


def parse(arguments):
    """`name=command` words to a list of (name, command as a list of words)."""
    found = []
    for argument in arguments:
        name, _, command = argument.partition("=")
        words = shlex.split(command or name)
        program = shutil.which(words[0])
        if program is None:
            sys.exit(f"no such program: {words[0]}")
        # The programs run in another folder, but a link keeps its name.
        found.append((os.path.basename(name), [os.path.abspath(program), *words[1:]]))
    if not found:
        sys.exit("name at least one interpreter: NAME=COMMAND")
    return found


def run(command, arguments, folder):
    """The standard output of a Python process, or None if it failed (its error output is shown)."""
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", PYTHONHASHSEED="0")
    done = subprocess.run(command + arguments, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(f"{' '.join(command + arguments)}: exit status {done.returncode}\n{done.stderr[-2000:]}\n")
        return None
    return done.stdout


def geometric_mean(values):
    import math
    return math.exp(sum(map(math.log, values)) / len(values)) if values else float("nan")
