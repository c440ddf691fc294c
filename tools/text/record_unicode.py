#!/usr/bin/env python3.14
"""Write crates/text/tests/data/unicode.txt: per property, how many code points have it and a digest of them.

Usage: python3.14 tools/text/record_unicode.py > crates/text/tests/data/unicode.txt

The digest is 64-bit FNV-1a over little-endian 32-bit words: for a predicate the code points that satisfy it, for a
mapping each changed code point followed by what it maps to.
"""

import _sre
import struct
import sys
import unicodedata


def digest(words):
    h, count = 0xCBF29CE484222325, 0
    for word in words:
        count += 1
        for byte in word.to_bytes(4, "little"):
            h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{count} {h:016x}"


def predicate(name, test):
    print(name, digest(i for i, c in enumerate(CHARS) if test(c)))


def mapping(name, function):
    def words():
        for i, c in enumerate(CHARS):
            if (m := function(c)) != c:
                yield i
                yield from map(ord, m)

    print(name, digest(words()))


CHARS = [chr(i) for i in range(sys.maxunicode + 1)]
for method in "alpha decimal digit numeric alnum space lower upper title printable".split():
    # str.istitle is also true of upper case; the record is of the method as it is.
    predicate("is_" + method, getattr(str, "is" + method))
predicate("is_identifier", str.isidentifier)
predicate("is_xid_continue", lambda c: ("a" + c).isidentifier())
predicate("is_linebreak", lambda c: len((c + "a").splitlines()) == 2)
predicate("is_sre_cased", lambda c: _sre.unicode_iscased(ord(c)))
predicate("final_sigma_after", lambda c: (c + "\u03a3").lower()[-1] == "\u03c2")
predicate("final_sigma_before", lambda c: ("a\u03a3" + c).lower()[1] == "\u03c2")
for method in "upper lower title casefold swapcase capitalize".split():
    mapping("to_" + method, getattr(str, method))
mapping("simple_lower", lambda c: chr(_sre.unicode_tolower(ord(c))))
mapping("ascii_lower", lambda c: chr(_sre.ascii_tolower(ord(c))))
mapping("to_decimal", lambda c: chr(unicodedata.decimal(c, ord(c))))
mapping("to_digit", lambda c: chr(unicodedata.digit(c, ord(c))))
numeric = ((i, *struct.unpack("<2I", struct.pack("<d", unicodedata.numeric(c)))) for i, c in enumerate(CHARS) if c.isnumeric())
print("to_numeric", digest(w for words in numeric for w in words))
