"""Strings: every method, slicing, comparison, kinds of code points, surrogates."""


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_construction():
    assert str() == "" and str(5) == "5" and str(b"ab", "ascii") == "ab" and str(b"\xc3\xa9", "utf-8", "strict") == "é" and str(object=5) == "5" and str(None) == "None"
    assert str(b"a") == "b'a'" and "a" "b" == "ab" and r"\n" == "\\n" and "\x41\u0042\U00000043\N{LATIN SMALL LETTER D}\101\t" == "ABCdA\t"
    assert '''a
b''' == "a\nb" and len("\0") == 1 and "\N{GREEK SMALL LETTER ALPHA}" == "α" and '\'' == "'" and "a\
b" == "ab"
    assert message(TypeError, str, b"a", 5) == "str() argument 'encoding' must be str, not int"
    assert message(TypeError, str, 5, "ascii") == "decoding to str: need a bytes-like object, int found"
    assert message(TypeError, str, "a", "ascii") == "decoding str is not supported"


def test_index_and_slice():
    s = "añ€😀z"
    assert len(s) == 5 and s[0] == "a" and s[1] == "ñ" and s[2] == "€" and s[3] == "😀" and s[-1] == "z" and s[-5] == "a"
    assert s[1:4] == "ñ€😀" and s[::-1] == "z😀€ña" and s[::2] == "a€z" and s[10:] == "" and s[-100:2] == "añ" and s[3:1] == "" and s[4:0:-2] == "z€" and s[:] is s
    assert message(IndexError, lambda: s[5]) == "string index out of range"
    assert message(IndexError, lambda: s[-6]) == "string index out of range"
    assert message(TypeError, lambda: s["a"]) == "string indices must be integers, not 'str'"
    assert message(TypeError, lambda: s[1.0]) == "string indices must be integers, not 'float'"
    assert message(ValueError, lambda: s[::0]) == "slice step cannot be zero"
    assert message(TypeError, lambda: s["a":]) == "slice indices must be integers or None or have an __index__ method"
    assert not hasattr(s, "__setitem__")


def test_concat_repeat_contains():
    assert "a" + "é" + "€" + "😀" == "aé€😀" and "ab" * 3 == "ababab" == 3 * "ab" and "ab" * 0 == "" == "ab" * -1 and "é" * 3 == "ééé"
    assert "b" in "abc" and "" in "" and "bc" in "abc" and "ac" not in "abc" and "😀" in "a😀" and "€" not in "abc"
    assert message(TypeError, lambda: "a" + 1) == 'can only concatenate str (not "int") to str'
    assert message(TypeError, lambda: 1 + "a") == "unsupported operand type(s) for +: 'int' and 'str'"
    assert message(TypeError, lambda: "a" * "b") == "can't multiply sequence by non-int of type 'str'"
    assert message(TypeError, lambda: "a" * 1.5) == "can't multiply sequence by non-int of type 'float'"
    assert message(TypeError, lambda: 1 in "a") == "'in <string>' requires string as left operand, not int"
    assert raises((OverflowError, MemoryError), lambda: "ab" * (1 << 62))
    s = t = "x"
    s += "y"
    assert s == "xy" and t == "x"


def test_comparison_and_hash():
    assert "a" < "b" and "a" < "aa" and "Z" < "a" and "é" < "€" < "😀" and "a" != b"a" and "abc" == "".join(["a", "b", "c"]) and hash("abc") == hash("ab" + "c")
    assert hash("é€") == hash("".join(["é", "€"])) and max("hello") == "o" and sorted("hello") == list("ehllo") and not "a" == 1 and "\ud800" > "a" and "\uffff" < "\U00010000"
    assert message(TypeError, lambda: "a" < 1) == "'<' not supported between instances of 'str' and 'int'"


def test_case():
    assert "hElLo wOrLd".lower() == "hello world" and "straße".upper() == "STRASSE" and "hello WORLD".title() == "Hello World" and "they're".title() == "They'Re" and "hELLO".capitalize() == "Hello" and "aBc".swapcase() == "AbC"
    assert "ß".casefold() == "ss" and "İ".lower() == "i̇" and "ΑΣ".lower() == "ας" and "ǆ".title() == "ǅ" and "ﬁ".upper() == "FI" and "ŉ".upper() == "ʼN" and "ß".capitalize() == "Ss" and "Σ".lower() == "σ"
    assert "abc".islower() and not "aBc".islower() and not "1".islower() and "ABC1".isupper() and "Hello World".istitle() and not "Hello world".istitle() and not "".islower()


def test_predicates():
    assert "abc".isalpha() and not "a1".isalpha() and not "".isalpha() and "a1".isalnum() and "123".isdigit() and "²".isdigit() and not "²".isdecimal() and "½".isnumeric() and not "½".isdigit() and "٣".isdecimal()
    assert " \t\n\u2003\x1c\x85".isspace() and not "".isspace() and "abc_1".isidentifier() and not "1a".isidentifier() and "é".isidentifier() and not "".isidentifier() and "class".isidentifier() and "ab\x7f".isascii() and "".isascii() and not "é".isascii()
    assert "abc é".isprintable() and not "\n".isprintable() and "".isprintable() and not "\u200b".isprintable() and "中文".isalpha()


def test_find():
    s = "hello world hello"
    assert s.find("o") == 4 and s.find("o", 5) == 7 and s.find("x") == -1 and s.rfind("hello") == 12 and s.rfind("hello", 0, 16) == 0 and s.find("") == 0 and s.find("", 17) == 17 and s.find("", 18) == -1 and s.rfind("") == 17 and s.find("o", -3) == 16 and s.find("hello", 1, -1) == -1
    assert s.index("world") == 6 and s.rindex("l") == 15 and s.count("l") == 5 and s.count("") == 18 and "aaaa".count("aa") == 2 and s.count("o", 5, 8) == 1 and s.count("zz") == 0
    assert message(ValueError, s.index, "x") == "substring not found" and message(ValueError, s.rindex, "x") == "substring not found"
    assert s.startswith("hello") and s.startswith(("x", "he")) and s.startswith("world", 6) and not s.startswith("world") and s.endswith("hello") and s.endswith(("lo", "x")) and s.endswith("world", 0, 11) and s.startswith("") and s.startswith(()) is False and not "a".startswith("", 2)
    assert message(TypeError, s.startswith, 1) == "startswith first arg must be str or a tuple of str, not int"
    assert message(TypeError, s.endswith, ["a"]) == "endswith first arg must be str or a tuple of str, not list"
    assert message(TypeError, s.find, 1) == "find() argument 1 must be str, not int"
    big = "ab" * 5000 + "needle" + "ab" * 5000
    assert big.find("needle") == 10000 and big.rfind("needle") == 10000 and big.find("needles") == -1 and ("é" * 1000 + "x").find("x") == 1000 and ("x" * 100 + "😀").find("😀") == 100 and "😀😀😁".find("😁") == 2


def test_strip():
    assert "  a b \t\n".strip() == "a b" and "  a ".lstrip() == "a " and "  a ".rstrip() == "  a" and "xxaxx".strip("x") == "a" and "abcba".strip("ab") == "c" and "abc".strip("") == "abc" and "".strip() == "" and "\u3000a\u2003".strip() == "a" and "abc".lstrip("ba") == "c" and "   ".strip() == "" and "mississippi".rstrip("ipz") == "mississ"
    assert "prefix-x".removeprefix("prefix-") == "x" and "x.py".removesuffix(".py") == "x" and "x".removeprefix("y") == "x" and "x".removesuffix("") == "x" and "a".strip(None) == "a"
    assert message(TypeError, "a".strip, 1) == "strip arg must be None or str"


def test_split():
    assert " a  b c ".split() == ["a", "b", "c"] and " a  b c ".split(" ") == ["", "a", "", "b", "c", ""] and "a,b,c".split(",", 1) == ["a", "b,c"] and "".split() == [] and "".split(",") == [""] and "a b c".split(None, 1) == ["a", "b c"] and "  a b  ".split(None, 1) == ["a", "b  "] and "a<>b<>c".split("<>") == ["a", "b", "c"] and "abc".split(maxsplit=0) == ["abc"]
    assert "a,b,c".rsplit(",", 1) == ["a,b", "c"] and " a b ".rsplit() == ["a", "b"] and "a b c".rsplit(None, 1) == ["a b", "c"] and "a,b".rsplit(sep=",") == ["a", "b"] and "a\u2003b".split() == ["a", "b"] and "😀,😁".split(",") == ["😀", "😁"]
    assert "a\nb\r\nc\rd".splitlines() == ["a", "b", "c", "d"] and "a\n\nb\n".splitlines(True) == ["a\n", "\n", "b\n"] and "".splitlines() == [] and "a\x0bb\x1cc\u2028d\x85e".splitlines() == ["a", "b", "c", "d", "e"] and "a\n".splitlines() == ["a"] and "\r\n\r".splitlines(keepends=True) == ["\r\n", "\r"]
    assert "a.b.c".partition(".") == ("a", ".", "b.c") and "a.b.c".rpartition(".") == ("a.b", ".", "c") and "abc".partition(".") == ("abc", "", "") and "abc".rpartition(".") == ("", "", "abc")
    assert message(ValueError, "a".split, "") == "empty separator" and message(ValueError, "a".partition, "") == "empty separator" and message(TypeError, "a".split, 1) == "must be str or None, not int"


def test_join_and_replace():
    assert ",".join(["a", "b"]) == "a,b" and "".join([]) == "" and "-".join("abc") == "a-b-c" and ",".join(x for x in "ab") == "a,b" and ", ".join({"a": 1, "b": 2}) == "a, b" and "é".join(["a", "😀", "b"]) == "aé😀éb" and ",".join(["one"]) == "one"
    assert message(TypeError, ",".join, ["a", 1]) == "sequence item 1: expected str instance, int found" and message(TypeError, ",".join, 5) == "can only join an iterable"
    assert "aaa".replace("a", "b") == "bbb" and "aaa".replace("a", "b", 2) == "bba" and "abc".replace("", "-") == "-a-b-c-" and "abc".replace("", "-", 2) == "-a-bc" and "abc".replace("x", "y") == "abc" and "hello".replace("l", "") == "heo" and "a€a".replace("a", "😀") == "😀€😀" and "aXbX".replace("X", "longer") == "alongerblonger" and "aaa".replace("a", "b", count=1) == "baa" and "".replace("", "x") == "x" and "€€".replace("€", "a").isascii()


def test_padding():
    assert "a".center(4) == " a  " and "a".center(5, "*") == "**a**" and "ab".center(5) == "  ab " and "a".ljust(3, ".") == "a.." and "a".rjust(3) == "  a" and "42".zfill(5) == "00042" and "-42".zfill(5) == "-0042" and "+1".zfill(4) == "+001" and "abc".zfill(2) == "abc" and "".zfill(2) == "00" and "abc".center(2) == "abc"
    assert "a\tb\tc".expandtabs() == "a       b       c" and "a\tb".expandtabs(4) == "a   b" and "abcd\tx".expandtabs(4) == "abcd    x" and "a\n\tb".expandtabs(2) == "a\n  b" and "a\tb".expandtabs(0) == "ab"
    assert message(TypeError, "a".center, 5, "ab") == "The fill character must be exactly one character long"


def test_translate():
    table = str.maketrans({"a": "1", ord("b"): None, "c": "xyz"})
    assert "abcd".translate(table) == "1xyzd" and "abc".translate(str.maketrans("ab", "xy")) == "xyc" and "abc".translate(str.maketrans("a", "x", "c")) == "xb" and "abc".translate({97: "é", 98: 8364}) == "é€c" and str.maketrans("ab", "cd") == {97: 99, 98: 100}
    assert message(ValueError, str.maketrans, "ab", "c") == "the first two maketrans arguments must have equal length" and message(TypeError, "a".translate, {97: 1.5}) == "character mapping must return integer, None or str" and message(ValueError, "a".translate, {97: 0x110000}) == "character mapping must be in range(0x110000)"


def test_encode():
    assert "é€😀".encode() == b"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" and "é".encode("latin-1") == b"\xe9" and "abc".encode("ascii") == b"abc" and "é".encode("utf-16-le") == b"\xe9\x00" and "😀".encode("utf-16-be") == b"\xd8\x3d\xde\x00" and "a".encode("utf-32-le") == b"a\0\0\0" and "a".encode("utf-8-sig") == b"\xef\xbb\xbfa"
    error = raises(UnicodeEncodeError, "aé".encode, "ascii")
    assert str(error) == "'ascii' codec can't encode character '\\xe9' in position 1: ordinal not in range(128)" and (error.encoding, error.object, error.start, error.end, error.reason) == ("ascii", "aé", 1, 2, "ordinal not in range(128)")
    assert "aé€".encode("ascii", "ignore") == b"a" and "aé".encode("ascii", "replace") == b"a?" and "é".encode("ascii", "backslashreplace") == b"\\xe9" and "é€".encode("ascii", "xmlcharrefreplace") == b"&#233;&#8364;" and "é".encode("ascii", "namereplace") == b"\\N{LATIN SMALL LETTER E WITH ACUTE}"
    assert message(UnicodeEncodeError, "\ud800".encode) == "'utf-8' codec can't encode character '\\ud800' in position 0: surrogates not allowed" and "\ud800".encode("utf-8", "surrogatepass") == b"\xed\xa0\x80" and "\udc80".encode("utf-8", "surrogateescape") == b"\x80" and b"\xff".decode("utf-8", "surrogateescape") == "\udcff"
    assert message(LookupError, "a".encode, "nope") == "unknown encoding: nope" and message(LookupError, "é".encode, "ascii", "nope") == "unknown error handler name 'nope'"
    assert message(UnicodeDecodeError, b"a\xff".decode) == "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte" and message(UnicodeDecodeError, b"\xc3".decode) == "'utf-8' codec can't decode byte 0xc3 in position 0: unexpected end of data" and message(UnicodeDecodeError, b"\xc3a".decode) == "'utf-8' codec can't decode byte 0xc3 in position 0: invalid continuation byte"
    assert message(UnicodeDecodeError, b"\xed\xa0\x80".decode) == "'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte" and b"a\xffb".decode("utf-8", "replace") == "a\ufffdb" and b"\xf0\x9f\x98".decode("utf-8", "replace") == "\ufffd" and b"a\xffb".decode("ascii", "backslashreplace") == "a\\xffb" and b"\xff\xfea\0".decode("utf-16") == "a"


def test_surrogates():
    s = "a\ud83d\ude00b"
    assert len(s) == 4 and s != "a😀b" and s[1] == "\ud83d" and repr(s) == "'a\\ud83d\\ude00b'" and s.upper() == "A\ud83d\ude00B" and ord(s[2]) == 0xDE00 and chr(0xD800) == "\ud800" and "\ud800" in "x\ud800" and "\udc80".isprintable() is False and ("\ud83d" + "\ude00") != "😀" and hash("\ud800") == hash(chr(0xD800)) and {"\ud800": 1}[chr(0xD800)] == 1
    assert "\ud800".replace("\ud800", "x") == "x" and "\ud800".encode("utf-16-le", "surrogatepass") == b"\x00\xd8"


def test_repr():
    assert repr("a'b") == '"a\'b"' and repr('a"b') == "'a\"b'" and repr("a'b\"") == "'a\\'b\"'" and repr("\n\t\r\\\0\x7f") == "'\\n\\t\\r\\\\\\x00\\x7f'" and repr("é\xa0\u200b😀\U000e0001") == "'é\\xa0\\u200b😀\\U000e0001'" and ascii("é€😀") == "'\\xe9\\u20ac\\U0001f600'" and str("a\n") == "a\n"


def test_percent_format():
    assert "%s %r %a" % ("é", "é", "é") == "é 'é' '\\xe9'" and "%5s|%-5s|%.2s" % ("ab", "ab", "abc") == "   ab|ab   |ab" and "%(a)s %(b)d" % {"a": 1, "b": 2} == "1 2" and "%%" % () == "%" and "%s" % (1,) == "1" and "%s" % [1, 2] == "[1, 2]" and "%*d" % (5, 3) == "    3" and "%.*f" % (2, 3.14159) == "3.14" and "%c%c" % ("a", 98) == "ab" and "%x %X %o %#x" % (255, 255, 8, 255) == "ff FF 10 0xff" and "%-*s|" % (4, "a") == "a   |" and "%i %u" % (1.9, 2) == "1 2" and "%05d %+d % d" % (-3, 3, 3) == "-0003 +3  3" and "%s" % {"a": 1} == "{'a': 1}" and "%.3d" % 5 == "005" and "%x" % (1 << 70) == "400000000000000000"
    assert message(TypeError, lambda: "%s %s" % ("a",)) == "not enough arguments for format string" and message(TypeError, lambda: "%s" % (1, 2)) == "not all arguments converted during string formatting" and message(TypeError, lambda: "a" % 1) == "not all arguments converted during string formatting" and message(TypeError, lambda: "%d" % "a") == "%d format: a real number is required, not str" and message(TypeError, lambda: "%(a)s" % 1) == "format requires a mapping" and message(KeyError, lambda: "%(a)s" % {}) == "'a'" and message(TypeError, lambda: "%x" % 1.5) == "%x format: an integer is required, not float"
    assert message(ValueError, lambda: "%y" % 1) == "unsupported format character 'y' (0x79) at index 1" and message(ValueError, lambda: "%" % 1) == "incomplete format" and message(TypeError, lambda: "%c" % "ab") == "%c requires an int or a unicode character, not a string of length 2"


def test_format_method():
    assert "{} {}".format(1, 2) == "1 2" and "{1} {0}".format("a", "b") == "b a" and "{a} {b[0]} {c.real}".format(a=1, b=[2], c=3) == "1 2 3" and "{:>5}|{:<5}|{:^5}|{:*^5}".format("a", "b", "c", "d") == "    a|b    |  c  |**d**" and "{!r} {!s} {!a}".format("é", "é", "é") == "'é' é '\\xe9'" and "{{}}".format() == "{}" and "{:{}}".format("a", 4) == "a   " and "{0[a]}".format({"a": 1}) == "1" and "{:.2}".format("abc") == "ab" and "{:{w}.{p}f}".format(3.14159, w=8, p=2) == "    3.14" and "{0!r:>5}".format("a") == "  'a'" and "{:}".format(None) == "None" and "{a}".format_map({"a": 5}) == "5" and "{[1]}".format("ab") == "b" and "{0}{0}".format("x") == "xx"
    assert message(IndexError, "{}".format) == "Replacement index 0 out of range for positional args tuple" and message(KeyError, "{a}".format) == "'a'" and message(ValueError, "{".format) == "Single '{' encountered in format string" and message(ValueError, "}".format) == "Single '}' encountered in format string" and message(ValueError, "{} {0}".format, 1) == "cannot switch from automatic field numbering to manual field specification" and message(ValueError, "{!x}".format, 1) == "Unknown conversion specifier x" and message(ValueError, "{:q}".format, "a") == "Unknown format code 'q' for object of type 'str'" and message(AttributeError, "{.x}".format, 1) == "'int' object has no attribute 'x'"
    assert message(TypeError, "{:5}".format, []) == "unsupported format string passed to list.__format__" and message(ValueError, "{:=5}".format, "a") == "'=' alignment not allowed in string format specifier" and message(ValueError, "{!}".format, 1) == "unmatched '{' in format spec" and message(ValueError, "{:,}".format, "a") == "Cannot specify ',' with 's'." and message(ValueError, "{a[}".format, a=1) == "expected '}' before end of string"


def test_iteration_and_conversion():
    assert list("aé😀") == ["a", "é", "😀"] and list(reversed("abc")) == ["c", "b", "a"] and tuple("ab") == ("a", "b") and set("aab") == {"a", "b"} and list(enumerate("ab")) == [(0, "a"), (1, "b")] and ord("€") == 8364 and chr(8364) == "€" and [*"ab"] == ["a", "b"] and dict.fromkeys("ab") == {"a": None, "b": None}
    assert message(TypeError, ord, "ab") == "ord() expected a character, but string of length 2 found" and message(ValueError, chr, 0x110000) == "chr() arg not in range(0x110000)"


def test_subclass():
    class S(str):
        def __str__(self):
            return "shown"

    s = S("abc")
    s.x = 1
    assert s == "abc" and str(s) == "shown" and repr(s) == "'abc'" and f"{s}" == "shown" and "%s" % s == "shown"
    assert type(s + "d") is str and type(s.upper()) is str and type(s[:]) is str and {"abc": 1}[s] == 1 and hash(s) == hash("abc") and "".join([s]) == "abc" and type(S("a") * 1) is str and s.x == 1

    class Wrong:
        def __str__(self):
            return 5

    assert message(TypeError, str, Wrong()) == "__str__ returned non-string (type int)"
    import sys
    a = "".join(["in", "tern"])
    assert sys.intern(a) is sys.intern("intern") and message(TypeError, sys.intern, 1) == "intern() argument must be str, not int"


def test_augmented_building():
    s = ""
    for i in range(1000):
        s += chr(97 + i % 26)
    assert len(s) == 1000 and s[:26] == "abcdefghijklmnopqrstuvwxyz"
    parts = s
    s += "é"
    assert len(parts) == 1000 and s[-1] == "é" and parts[-1] == "l"


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
