"""The interactive prompt of the command line."""

import code
import linecache
import sys


class Prompt(code.InteractiveConsole):
    """Prompts go to standard error, and tracebacks show the lines that were typed."""

    count = 0
    ended = False

    def raw_input(self, prompt=""):
        sys.stdout.flush()
        sys.stderr.write(prompt)
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            if not self.buffer or self.ended:
                raise EOFError
            # The end of the input ends a block.
            self.ended = True
            sys.stderr.write("\n")
            return ""
        return line.removesuffix("\n")

    def runsource(self, source, filename="<stdin>", symbol="single"):
        try:
            ready = self.compile(source, filename, symbol)
        except (OverflowError, SyntaxError, ValueError):
            self.showsyntaxerror(filename, source=source)
            return False
        if ready is None:
            return True
        # `traceback` shows such names as "<stdin>".
        name = f"<stdin-{self.count}>"
        Prompt.count += 1
        lines = [line + "\n" for line in source.split("\n")]
        linecache.cache[name] = (len(source), None, lines, name)
        try:
            ready = self.compile(source, name, symbol)
        except (OverflowError, SyntaxError, ValueError):
            self.showsyntaxerror(filename, source=source)
            return False
        self.runcode(ready)
        return False


def run(namespace, banner):
    """Reads statements from standard input and runs them until it ends."""
    Prompt(namespace, "<stdin>").interact(banner, "")
