#!/usr/bin/env python3.14
"""Write crates/text/tests/data/format.txt: how CPython takes format strings apart.

Usage: python3.14 tools/text/record_format.py > crates/text/tests/data/format.txt

Notation as in strings.txt. Templates and field names go through _string. The parser of % formats is only visible in its
results: each format gets as many arguments, all of them 3, as it asks for.
"""

import _string
import random

random.seed(7)


def show(value):
    if value is None:
        return "None"
    if isinstance(value, int):
        return f"#{value}"
    return ".".join(f"{ord(c):x}" for c in value) or "-"


def templates():
    tokens = "{ } {{ }} {} {0} {a} ! : !r !s: a b [ ] . \u03b1 \U0001f600 x>5 {b: :} [x] .y".split()
    return ["", *tokens] + ["".join(random.choices(tokens, k=random.randint(2, 7))) for _ in range(2500)]


def names():
    tokens = "a 0 12 . [ ] .b [3] [x] \u0661 [\u0663] 9223372036854775807 9223372036854775808 - [-1]".split()
    return ["", *tokens] + ["".join(random.choices(tokens, k=random.randint(2, 5))) for _ in range(1200)]


def formats():
    tokens = "% % % d d d (a) ( ) (b(c)d) * * . . - + # 0 1 2 h l L y \u03b1 %% %d %5.3d %-4d 99999999999 99999999999999999999".split() + [" "]
    return ["", *tokens] + ["".join(random.choices(tokens, k=random.randint(2, 8))) for _ in range(4000)]


for t in templates():
    parts = []
    try:
        for part in _string.formatter_parser(t):
            parts.append("/".join(map(show, part)))
    except ValueError as e:
        parts.append("!" + str(e))
    print("template", show(t), " ".join(parts), sep="\t")
for n in names():
    parts = []
    try:
        first, rest = _string.formatter_field_name_split(n)
        parts.append(show(first))
        for is_attribute, part in rest:
            parts.append(("." if is_attribute else "[") + show(part))
    except ValueError as e:
        parts.append("!" + str(e))
    print("name", show(n), " ".join(parts), sep="\t")
for f in formats():
    for kind, text in [("str", f), ("bytes", f.encode("latin-1", "replace"))]:
        for n in range(30):
            try:
                result = text % ((3,) * n)
                result = show(result if kind == "str" else result.decode("latin-1"))
            except MemoryError:
                result = None
            except Exception as e:
                if "not enough arguments" in str(e):
                    continue
                result = "!" + str(e)
            break
        if result is not None and len(result) < 400:
            print("percent." + kind, show(f if kind == "str" else text.decode("latin-1")), result, sep="\t")
for t in ["{}{}", "{}{0}", "{0}{}", "{a}{}{b}{}", "{0}{a}{}", "{}{a}{1}", "{a.b}{.x}{[1]}{}", "{1}{0}{1}"]:
    class Recorder:
        def __getattr__(self, name):
            return self

        def __getitem__(self, name):
            return self

        def __format__(self, spec):
            return ""

    try:
        t.format(*[Recorder()] * 5, a=Recorder(), b=Recorder())
        result = "ok"
    except ValueError as e:
        result = "!" + str(e)
    print("numbering", show(t), result, sep="\t")
