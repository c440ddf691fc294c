#!/usr/bin/env python3.14
"""Write crates/text/tests/data/strings.txt: results of the methods of str and bytes.

Usage: PYTHONHASHSEED=42 python3.14 tools/text/record_strings.py > crates/text/tests/data/strings.txt

One case per line: the operation, its arguments and the result, separated by tabs. Strings are code points in hex joined
by dots, bytes plain hex; "-" is the empty one. Lists are joined by commas ("[]" if empty); "raise X" is an exception.
"""

import random

random.seed(3)


def show(value):
    if isinstance(value, str):
        return ".".join(f"{ord(c):x}" for c in value) or "-"
    if isinstance(value, bytes):
        return value.hex() or "-"
    if isinstance(value, (list, tuple)):
        return ",".join(map(show, value)) or "[]"
    return str(value)


SAMPLED = {"find", "rfind", "count", "startswith", "endswith", "split", "rsplit", "partition", "rpartition", "replace"}


def case(op, *args, show_op=None):
    if (show_op or op) in SAMPLED and random.random() < 0.85:
        return  # The products of texts and needles are large; a sample of them will do.
    try:
        result = show(getattr(args[0], op)(*args[1:]))
    except Exception as e:
        result = "raise " + type(e).__name__
    kind = "str" if isinstance(args[0], str) else "bytes"
    print(f"{kind}.{show_op or op}", *map(show, args), result, sep="\t")


TEXTS = [
    "", "a", "A", "abc", "Hello World", "hello  world ", "  lead", "\ttab\tx\n\ty", "a\r\nb\rc\nd\x0be\x0cf\x1cg\x1dh\x1ei\x85j",
    "it's", '"q"', "it's \"both\"", "back\\slash", "\x00\x01\x1f\x7f", "1234", "-12", "+5", "--5", "12ab", "They're Bill's",
    "aaaa", "abababab", "_x1", "1x", "x-y", "a b", "caf\xe9", "\xdfa", "\xb5\xff", "\xa0\x85 x \xa0", "\xad\xe9'",
    "\u0130stanbul", "\u03a3\u03a3 \u03a3", "A\u03a3", "A\u03a3B", "A.\u03a3.", "\u0391\u03a3'", "\u01c5abc", "\u01c4x \u01c6y", "\ufb01x",
    "\u0149 \u01f0\u0390", "\u2028a\u2029b", "\u3000x\u2003", "\u0664\u0665", "\u00b2\u00bd", "\u2167\u2177", "\ud800x\udfff", "\u0378\ue000",
    "\U0001f600\U0001f601", "\U00010400\U00010428x", "\U0001d7d8", "e\u0301", "\U000e0001", "\U0010ffff", "\u03b1\u03b2\u03b1\u03b2\u03b3",
    "\U0001f600a\U0001f600b", "\xaa\u02b0", "\u1e9e\u1f88\u1fb3", "\u0345a", "a\u0345b", "x\u200dy", "\u00b7a", "\u212aelvin",
]  # fmt: skip
BYTES = [t.encode("latin-1") for t in TEXTS if all(c < "\u0100" for c in t)] + [bytes(range(256))]
PLAIN = "upper lower title capitalize casefold swapcase isalpha isdecimal isdigit isnumeric isalnum isspace islower isupper istitle isprintable isidentifier".split()
NEEDLES = ["", "a", "ab", "b", "aa", "x", " ", "\n", "\xe9", "\u03b1", "\u03b1\u03b2", "\U0001f600", "\U0001f600b", "\u03a3", "bab"]

for t in TEXTS:
    for op in PLAIN:
        case(op, t)
    print("str.repr", show(t), show(repr(t)), sep="\t")
    print("str.ascii", show(t), show(ascii(t)), sep="\t")
    print("str.hash", show(t), hash(t), sep="\t")
    for op in ["strip", "lstrip", "rstrip"]:
        case(op, t)
        for chars in ["", "a", "ab ", "\xe9a\n", "\u03b1x\u03a3", "\U0001f600"]:
            case(op, t, chars)
    for n in [-1, 0, 1, 2]:
        case("split", t, None, n, show_op="splitws")
        case("rsplit", t, None, n, show_op="rsplitws")
    for keep in [0, 1]:
        case("splitlines", t, keep)
    for size in [0, 1, 3, 8]:
        case("expandtabs", t, size)
    for width in [0, 3, 6, 13]:
        case("zfill", t, width)
        for fill in [" ", "\xe9", "\u03b1", "\U0001f600"]:
            for op in ["center", "ljust", "rjust"]:
                case(op, t, width, fill)
    for needle in NEEDLES:
        for start, end in [(0, len(t)), (1, len(t)), (0, max(0, len(t) - 1)), (len(t), len(t)), (len(t) + 1, len(t)), (2, 1)]:
            for op in ["find", "rfind", "count", "startswith", "endswith"]:
                case(op, t, needle, start, end)
        if needle:
            for n in [-1, 0, 1, 2]:
                case("split", t, needle, n)
                case("rsplit", t, needle, n)
            case("partition", t, needle)
            case("rpartition", t, needle)
        for new in ["", "x", "\u03b1\u03b2", "\U0001f600"]:
            for n in [-1, 0, 1, 2]:
                case("replace", t, needle, new, n)
        print("str.compare", show(t), show(needle), (t > needle) - (t < needle), sep="\t")
for b in BYTES:
    for op in "upper lower title capitalize swapcase isalpha isdigit isalnum isspace islower isupper istitle".split():
        case(op, b)
    print("bytes.repr", show(b), show(repr(b).encode()), sep="\t")
    print("bytes.hash", show(b), hash(b), sep="\t")
    for op in ["strip", "lstrip", "rstrip"]:
        case(op, b)
        case(op, b, b"ab \n")
    for n in [-1, 0, 1, 2]:
        case("split", b, None, n, show_op="splitws")
        case("rsplit", b, None, n, show_op="rsplitws")
    for keep in [0, 1]:
        case("splitlines", b, keep)
    for size in [0, 1, 3, 8]:
        case("expandtabs", b, size)
    for width in [0, 3, 6, 13]:
        case("zfill", b, width)
        for op in ["center", "ljust", "rjust"]:
            case(op, b, width, b"*")
    for needle in [b"", b"a", b"ab", b"aa", b" ", b"bab"]:
        for start, end in [(0, len(b)), (1, len(b)), (len(b) + 1, len(b)), (2, 1)]:
            for op in ["find", "rfind", "count", "startswith", "endswith"]:
                case(op, b, needle, start, end)
        for new in [b"", b"xy"]:
            for n in [-1, 0, 1, 2]:
                case("replace", b, needle, new, n)
