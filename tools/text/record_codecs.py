#!/usr/bin/env python3.14
"""Write crates/text/tests/data/codecs.txt: results of CPython's codecs.

Usage: python3.14 -W ignore tools/text/record_codecs.py > crates/text/tests/data/codecs.txt

One case per line: "decode" or "encode", the codec, the error handler, whether the input is final, the input, the result.
Notation as in strings.txt; the result of decoding is "text consumed", an error "!encoding start end reason".
"""

import codecs
import itertools
import random

random.seed(5)


def show(value):
    if isinstance(value, str):
        return ".".join(f"{ord(c):x}" for c in value) or "-"
    return value.hex() or "-"


def error(e):
    if isinstance(e, UnicodeError) and hasattr(e, "encoding"):
        return f"!{e.encoding} {e.start} {e.end} {e.reason}"
    return f"!{type(e).__name__} {e}"


def hop(e):
    """A handler that replaces the fault's first unit and resumes from the end of the input, counting backwards."""
    if isinstance(e, UnicodeDecodeError):
        return "<%02x\u03b1>" % e.object[e.start], e.start + 1 - len(e.object) or len(e.object)
    return "<%x>" % ord(e.object[e.start]), e.start + 1 - len(e.object) or len(e.object)


def raw(e):
    """A handler that returns bytes for an encoding error."""
    return b"\x01\x02\x03\x04" * (e.end - e.start), e.end


codecs.register_error("hop", hop)
codecs.register_error("raw", raw)

TABLE = "".join(chr(i) if i % 7 else "\ufffe" for i in range(200)) + "\u03b1\U0001f600"
ENCODING_MAP = codecs.charmap_build(("abc\u03b1\u20ac\ufffe\xe9?xd\\&#0123456789;" + "\ufffe" * 256)[:256])

DECODERS = {
    "utf-8": codecs.utf_8_decode,
    "utf-16": codecs.utf_16_decode,
    "utf-16-le": codecs.utf_16_le_decode,
    "utf-16-be": codecs.utf_16_be_decode,
    "utf-32": codecs.utf_32_decode,
    "utf-32-le": codecs.utf_32_le_decode,
    "utf-32-be": codecs.utf_32_be_decode,
    "utf-7": codecs.utf_7_decode,
    "ascii": lambda b, errors, final: codecs.ascii_decode(b, errors),
    "latin-1": lambda b, errors, final: codecs.latin_1_decode(b, errors),
    "unicode_escape": codecs.unicode_escape_decode,
    "raw_unicode_escape": codecs.raw_unicode_escape_decode,
    "charmap": lambda b, errors, final: codecs.charmap_decode(b, errors, TABLE),
}
ENCODERS = {
    "utf-8": codecs.utf_8_encode,
    "utf-16": codecs.utf_16_encode,
    "utf-16-le": codecs.utf_16_le_encode,
    "utf-16-be": codecs.utf_16_be_encode,
    "utf-32": codecs.utf_32_encode,
    "utf-32-le": codecs.utf_32_le_encode,
    "utf-32-be": codecs.utf_32_be_encode,
    "utf-7": codecs.utf_7_encode,
    "ascii": codecs.ascii_encode,
    "latin-1": codecs.latin_1_encode,
    "unicode_escape": codecs.unicode_escape_encode,
    "raw_unicode_escape": codecs.raw_unicode_escape_encode,
    "charmap": lambda s, errors: codecs.charmap_encode(s, errors, ENCODING_MAP),
}
DECODE_HANDLERS = "strict ignore replace backslashreplace surrogateescape surrogatepass hop".split()
ENCODE_HANDLERS = "strict ignore replace backslashreplace xmlcharrefreplace surrogateescape surrogatepass hop raw".split()

TEXTS = ["", "abc", "caf\xe9", "\u03b1b", "\u20ac", "a\U0001f600b", "\ud800", "a\udc80\udcffb", "\udc80\ud800x\udfff", "\ud83d\ude00",
         "x" * 20 + "\xe9", "\x00\x7f~\\+-", "a+b\xe9-c", "\xe9a\u03b1\u03b1-", "1 + 1 = \u03b12", "\t\n\r'\"\\\x01", "\ufeffa", "\U0010ffff",
         "\xff\u0100\uffff", "z\u20acz\udcffz?", "abc\xe9xd", "/\xe9/"]  # fmt: skip
BITS = {
    "utf-8": [b"a", b"\xc3\xa9", b"\xe2\x82\xac", b"\xf0\x9f\x98\x80", b"\x80", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xed\xa0",
              b"\xf0\x9f\x98", b"\xf4\x90", b"\xc0\x80", b"\xff", b"\xe0\x80", b"\xf0\x80", b"\xf5", b"\xed\xbf\xbf", b"\xef\xbb\xbf", b"abcdefghijklmnop"],
    "utf-16-le": [b"a\0", b"\x3d\xd8\0\xde", b"\x3d\xd8", b"\0\xde", b"\xb1\x03", b"x", b"\xff\xfe"],
    "utf-32-le": [b"a\0\0\0", b"\0\xf6\1\0", b"\0\xd8\0\0", b"\0\0\x11\0", b"\xff\xff\xff\xff", b"x", b"yz", b"\xff\xfe\0\0"],
    "utf-7": [b"a", b"+-", b"+", b"+AOk-", b"+AOk", b"+2D3eAA-", b"+2D0-", b"+2D0", b"+3gA", b"-", b"+A", b"+AO", b"\xe9", b"+AOl-", b"+!", b"/", b"~\\", b"++", b"+2D1!"],
    "ascii": [b"a", b"\x80", b"\xff\xfe", b"zz"],
    "charmap": [b"a", b"\x07", b"\x00", b"\xc8", b"\xc9", b"\xff", b"b"],
    "unicode_escape": [b"a", b"\xe9", b"\\n", b"\\x41", b"\\x4", b"\\xg", b"\\u03b1", b"\\u03", b"\\U0001f600", b"\\U00110000", b"\\U0001", b"\\", b"\\\\",
                       b"\\q", b"\\101", b"\\777", b"\\8", b"\\0", b"\\\n", b"\\N{BULLET}", b"\\N{nope}", b"\\N{", b"\\N", b"\\N{}", b"\\Nx", b"\\ud800", b"u0041"],
}  # fmt: skip
BITS["utf-16-be"] = [b[::-1] if len(b) < 4 else b[1::-1] + b[:1:-1] for b in BITS["utf-16-le"]]
BITS["utf-32-be"] = [b[::-1] for b in BITS["utf-32-le"]]
BITS["utf-16"] = BITS["utf-16-le"] + BITS["utf-16-be"][-1:]
BITS["utf-32"] = BITS["utf-32-le"] + BITS["utf-32-be"][-1:]
BITS["latin-1"] = BITS["ascii"]
BITS["raw_unicode_escape"] = BITS["unicode_escape"]

for name, decode in DECODERS.items():
    bits = BITS[name]
    inputs = {b""} | set(bits) | {a + b for a, b in itertools.product(bits, bits)}
    inputs |= {b"".join(random.choices(bits, k=random.randint(3, 6))) for _ in range(60)}
    for data in sorted(inputs):
        for handler in DECODE_HANDLERS:
            for final in [0, 1]:
                if random.random() < 0.75:
                    continue
                try:
                    text, consumed = decode(data, handler, final)
                    result = f"{show(text)} {consumed}"
                except Exception as e:
                    result = error(e)
                print("decode", name, handler, final, show(data), result, sep="\t")
for name, encode in ENCODERS.items():
    for text in TEXTS + [a + b for a, b in random.sample(list(itertools.product(TEXTS, TEXTS)), 40)]:
        for handler in ENCODE_HANDLERS:
            try:
                result = show(encode(text, handler)[0])
            except Exception as e:
                result = error(e)
            print("encode", name, handler, 1, show(text), result, sep="\t")
for a, b in itertools.product(BITS["unicode_escape"], repeat=2):
    for handler in ["strict", "replace", "ignore"]:
        try:
            result = show(codecs.escape_decode(a + b, handler)[0])
        except Exception as e:
            result = error(e)
        print("decode", "bytes", handler, 1, show(a + b), result, sep="\t")
