"""Compares code objects compiled by Whipsnake with those of the Python that runs this script (CPython 3.14).

Usage:
    cargo run --example compile_tree -p whipsnake-compiler -- SOURCE_DIR OUTPUT_DIR [OPTIMIZE]
    python3.14 compare_code.py SOURCE_DIR OUTPUT_DIR [OPTIMIZE] [--show N] [--dis]

Every code object is compared with all its parts, recursively. The summary counts files and code objects.
"""

import collections
import difflib
import dis
import io
import itertools
import marshal
import os
import re
import sys
import types
import warnings

FIELDS = """co_name co_qualname co_filename co_firstlineno co_argcount co_posonlyargcount co_kwonlyargcount co_flags
co_names co_varnames co_cellvars co_freevars co_stacksize co_code co_exceptiontable co_linetable""".split()


def const_key(value):
    """A form of a constant that compares equal only for what Python distinguishes."""
    if isinstance(value, types.CodeType):
        return "code", value.co_name
    if isinstance(value, (tuple, slice)):
        items = value if isinstance(value, tuple) else (value.start, value.stop, value.step)
        return type(value).__name__, tuple(const_key(v) for v in items)
    if isinstance(value, frozenset):
        return "frozenset", tuple(sorted(map(repr, map(const_key, value))))
    return type(value).__name__, repr(value)


def pairs(ours, theirs, path=""):
    """Yields corresponding code objects."""
    path += "/" + theirs.co_name
    yield path, ours, theirs
    nested = [[c for c in code.co_consts if isinstance(c, types.CodeType)] for code in (ours, theirs)]
    for a, b in zip(*nested):
        yield from pairs(a, b, path)


def differences(ours, theirs):
    found = []
    if [const_key(c) for c in ours.co_consts] != [const_key(c) for c in theirs.co_consts]:
        found.append("co_consts")
    kinds = lambda code: getattr(code, "_varname_from_oparg", None) and [
        code._varname_from_oparg(i) for i in range(len(set(code.co_varnames + code.co_cellvars)) + len(code.co_freevars))]
    if kinds(ours) != kinds(theirs):
        found.append("localsplus")
    found += [field for field in FIELDS if getattr(ours, field) != getattr(theirs, field)]
    return found


def listing(code):
    out = io.StringIO()
    dis.disassemble(code, file=out, show_positions=True)
    return re.sub(" at 0x[0-9a-f]+", "", out.getvalue())


def main():
    args = sys.argv[1:]
    show = int(args[args.index("--show") + 1]) if "--show" in args else 10
    show_dis = "--dis" in args
    source, output, *rest = [a for i, a in enumerate(args) if not a.startswith("--") and (i == 0 or args[i - 1] != "--show")]
    optimize = int(rest[0]) if rest else 0
    warnings.simplefilter("ignore")
    counts = collections.Counter()
    kinds = collections.Counter()
    first_fields = collections.Counter()
    for directory, _, names in sorted(os.walk(source)):
        for name in sorted(names):
            if not name.endswith(".py"):
                continue
            path = os.path.join(directory, name)
            relative = os.path.relpath(path, source)
            base = os.path.join(output, relative)
            try:
                with open(path, "rb") as f:
                    theirs = compile(f.read(), relative, "exec", optimize=optimize, dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError) as e:
                if isinstance(e, SyntaxError) and os.path.exists(base + ".error"):
                    # Columns are compared for ASCII programs only: ours count bytes here.
                    said = f"{e.msg} @ {e.lineno}:{e.offset}-{e.end_lineno}:{e.end_offset}"
                    with open(base + ".error") as f:
                        said_by_us = f.read()
                    if said != said_by_us:
                        counts["different errors"] += 1
                        if show > 0:
                            show -= 1
                            print("ERROR", relative, said_by_us, "!=", said)
                counts["refused by both" if os.path.exists(base + ".error") else "refused by CPython only"] += 1
                if not os.path.exists(base + ".error"):
                    print("CPYTHON REFUSES", relative, e)
                continue
            if not os.path.exists(base + ".code"):
                counts["refused by us only"] += 1
                print("REFUSED", relative, open(base + ".error").read()[:200])
                continue
            with open(base + ".code", "rb") as f:
                ours = marshal.load(f)
            same_file = True
            for where, a, b in pairs(ours, theirs):
                counts["code objects"] += 1
                found = differences(a, b)
                if found:
                    same_file = False
                    counts["different code objects"] += 1
                    kinds[tuple(found)] += 1
                    if show > 0:
                        show -= 1
                        print("DIFFERENT", relative, where, b.co_firstlineno, found)
                        for field in found:
                            if field not in ("co_code", "co_linetable", "co_exceptiontable", "localsplus"):
                                print("   ", field, str(getattr(a, field))[:200], "!=", str(getattr(b, field))[:200])
                        if show_dis:
                            lines = [listing(code).splitlines() for code in (a, b)]
                            diff = difflib.unified_diff(*lines, "ours", "CPython", n=4, lineterm="")
                            print("\n".join(itertools.islice(diff, 60)))
            counts["files identical" if same_file else "files different"] += 1
    print(dict(counts))
    for fields, count in kinds.most_common(15):
        print(count, fields)
    return 0 if not counts["different code objects"] else 1


if __name__ == "__main__":
    sys.exit(main())
