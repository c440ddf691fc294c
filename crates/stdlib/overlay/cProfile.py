"""A profiler with deterministic call counts, on top of `sys.setprofile`.

Same interface as the standard module of this name: `enable`, `disable`, `runcall`, statistics for `pstats`.
"""

__all__ = ["run", "runctx", "Profile"]

import sys
import time

import profile as _pyprofile


def _label(code):
    return (code.co_filename, code.co_firstlineno, code.co_name)


def _builtin_label(function):
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__qualname__", None) or repr(function)
    if owner is not None and type(owner) is not type(sys):
        return ("~", 0, f"<method {function.__name__!r} of {type(owner).__name__!r} objects>")
    module = getattr(function, "__module__", None)
    return ("~", 0, f"<built-in method {module}.{name}>" if module else f"<built-in method {name}>")


class Profile:
    """Collects call statistics; `enable` and `disable` may surround any stretch of code."""

    def __init__(self, timer=None, timeunit=0.0, subcalls=True, builtins=True):
        if timer is None:
            self._now = time.perf_counter
        elif timeunit:
            self._now = lambda: timer() * timeunit
        else:
            self._now = timer
        self._builtins = builtins
        self.clear()

    def clear(self):
        """Forgets everything collected so far."""
        # label -> [primitive calls, calls, own time, cumulative time, {caller: [the same four]}]
        self._entries = {}
        # One item per active call: [label, start, time spent in calls made from it]
        self._stack = []
        self._active = {}

    def enable(self, subcalls=True, builtins=True):
        self._builtins = builtins
        sys.setprofile(self._dispatch)

    def disable(self):
        sys.setprofile(None)
        now = self._now()
        while self._stack:
            self._leave(now)

    def _dispatch(self, frame, event, arg):
        if event == "call":
            self._enter(_label(frame.f_code))
        elif event == "return":
            self._leave(self._now())
        elif self._builtins:
            if event == "c_call":
                self._enter(_builtin_label(arg))
            else:
                self._leave(self._now())

    def _enter(self, label):
        self._active[label] = self._active.get(label, 0) + 1
        self._stack.append([label, self._now(), 0.0])

    def _leave(self, now):
        # Returns from frames entered before `enable` have nothing to pair with.
        if not self._stack:
            return
        label, start, inner = self._stack.pop()
        total = now - start
        self._active[label] -= 1
        outermost = not self._active[label]
        entry = self._entries.get(label)
        if entry is None:
            entry = self._entries[label] = [0, 0, 0.0, 0.0, {}]
        self._count(entry, outermost, total - inner, total)
        if self._stack:
            caller = self._stack[-1]
            caller[2] += total
            link = entry[4].setdefault(caller[0], [0, 0, 0.0, 0.0])
            self._count(link, outermost, total - inner, total)

    @staticmethod
    def _count(counts, outermost, own, total):
        counts[1] += 1
        counts[2] += own
        if outermost:
            counts[0] += 1
            counts[3] += total

    def create_stats(self):
        self.disable()
        self.snapshot_stats()

    def snapshot_stats(self):
        self.stats = {}
        for label, (primitive, calls, own, total, callers) in self._entries.items():
            links = {caller: (n, p, t, c) for caller, (p, n, t, c) in callers.items()}
            self.stats[label] = (primitive, calls, own, total, links)

    def dump_stats(self, file):
        import marshal
        with open(file, "wb") as stream:
            self.create_stats()
            marshal.dump(self.stats, stream)

    def print_stats(self, sort=-1):
        import pstats
        if not isinstance(sort, tuple):
            sort = (sort,)
        pstats.Stats(self).strip_dirs().sort_stats(*sort).print_stats()

    def run(self, cmd):
        import __main__
        return self.runctx(cmd, __main__.__dict__, __main__.__dict__)

    def runctx(self, cmd, globals, locals):
        self.enable()
        try:
            exec(cmd, globals, locals)
        finally:
            self.disable()
        return self

    def runcall(self, func, /, *args, **kw):
        self.enable()
        try:
            return func(*args, **kw)
        finally:
            self.disable()

    def __enter__(self):
        self.enable()
        return self

    def __exit__(self, *exc_info):
        self.disable()


def run(statement, filename=None, sort=-1):
    return _pyprofile._Utils(Profile).run(statement, filename, sort)


def runctx(statement, globals, locals, filename=None, sort=-1):
    return _pyprofile._Utils(Profile).runctx(statement, globals, locals, filename, sort)


run.__doc__ = _pyprofile.run.__doc__
runctx.__doc__ = _pyprofile.runctx.__doc__


def main():
    _pyprofile.Profile = Profile
    _pyprofile.main()


if __name__ == "__main__":
    main()
