"""re, json, string, textwrap, struct, base64, csv."""

import base64
import binascii
import csv
import io
import json
import re
import string
import struct
import textwrap


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_re_matching():
    m = re.match(r"(?P<first>\w+) (\w+)", "hello world!")
    assert m.group() == "hello world" and m.group(1, 2) == ("hello", "world") and m["first"] == "hello" and m.groups() == ("hello", "world") and m.groupdict() == {"first": "hello"} and m.span() == (0, 11) and m.start(2) == 6 and m.end("first") == 5 and m.lastindex == 2 and m.string == "hello world!" and repr(m) == "<re.Match object; span=(0, 11), match='hello world'>" and m.expand(r"\2-\g<first>") == "world-hello"
    assert re.search("b+", "aabbb").span() == (2, 5) and re.fullmatch("a*", "aaa") and not re.fullmatch("a", "ab") and re.findall(r"\d+", "1 22 333") == ["1", "22", "333"] and re.findall(r"(\w)(\d)", "a1 b2") == [("a", "1"), ("b", "2")] and [m.start() for m in re.finditer("a", "banana")] == [1, 3, 5] and re.sub(r"(\w+)@", r"<\1>", "me@x you@y") == "<me>x <you>y" and re.sub("a", lambda m: m[0].upper(), "banana", count=2) == "bAnAna" and re.subn("a", "b", "aaa") == ("bbb", 3) and re.split(r"[,;]\s*", "a, b;c") == ["a", "b", "c"] and re.split("(-)", "a-b") == ["a", "-", "b"] and re.split("x*", "axbc") == ["", "a", "", "b", "c", ""] and re.escape("a.b*c") == r"a\.b\*c" and re.sub("x*", "-", "abxd") == "-a-b--d-"
    assert re.match("(?i)ABC", "abc") and re.match("a.c", "a\nc", re.S) and re.findall("^a", "a\na", re.M) == ["a", "a"] and re.match(r"(?x) a b # comment", "ab") and re.match("é", "É", re.I) and not re.match(r"\w", "é", re.A) and re.match(rb"\w+", b"abc").group() == b"abc" and re.match(r"(a)?b\1?", "b").group(1) is None and re.match(r"(?:a|b)+?c", "abac").group() == "abac" and re.match(r"(a+)+$", "aaaa") and re.search(r"(?<=x)\d", "x5").group() == "5" and re.search(r"(?<!x)\d", "x5y6").group() == "6" and re.match(r"a(?=b)", "ab").end() == 1 and re.match(r"a(?!b)", "ac") and re.match(r"(?P<q>['\"]).*?(?P=q)", "'a\"b'c").group() == "'a\"b'" and re.match(r"(a)(?(1)b|c)", "ab") and re.match("a{2,3}", "aaaa").group() == "aaa" and re.match("a{2,3}?", "aaaa").group() == "aa" and re.match(r"[^\d\s]+", "ab 1").group() == "ab" and re.match("(?>a+)b", "aab") and re.match("a++b", "aab") and not re.match("a++a", "aa") and re.match(r"\bfoo\b", "foo bar") and re.match("[a-c-]+", "a-c").group() == "a-c"
    p = re.compile("a(b)?", re.I | re.M)
    assert p.pattern == "a(b)?" and p.flags == re.I | re.M | re.U and p.groups == 1 and p.match("xAB", 1).group() == "AB" and repr(p) == "re.compile('a(b)?', re.IGNORECASE|re.MULTILINE)" and p == re.compile("a(b)?", re.I | re.M) and p.search("xab", 0, 2).group() == "a"
    error = raises(re.PatternError, re.compile, "a(b")
    assert str(error) == "missing ), unterminated subpattern at position 1" and error.pos == 1 and raises(re.error, re.compile, "*a").msg == "nothing to repeat" and raises(re.error, re.compile, "[a").msg == "unterminated character set" and raises(re.error, re.compile, r"\1").msg == "invalid group reference 1" and raises(TypeError, re.match, "a", b"a") and raises(IndexError, m.group, 5)
    assert re.match("(.)*", "abc").group(1) == "c" and len(re.match("(?:.|\n)*", "x" * 100000).group()) == 100000 and re.findall("", "ab") == ["", "", ""] and re.findall(r"\b", "a b") == ["", "", "", ""]


def test_json():
    data = {"a": [1, 2.5, None, True, "é\n\"\\"], "b": {"c": -1e100}, "": []}
    text = json.dumps(data)
    assert text == '{"a": [1, 2.5, null, true, "\\u00e9\\n\\"\\\\"], "b": {"c": -1e+100}, "": []}' and json.loads(text) == data and json.dumps("é", ensure_ascii=False) == '"é"' and json.dumps("😀") == '"\\ud83d\\ude00"' and json.dumps({"b": 1, "a": 2}, sort_keys=True) == '{"a": 2, "b": 1}' and json.dumps([1, {"a": []}], indent=2) == '[\n  1,\n  {\n    "a": []\n  }\n]' and json.dumps([1, 2], separators=(",", ":")) == "[1,2]" and json.dumps({1: 2, None: 3, True: 4, 1.5: 5}) == '{"1": 4, "null": 3, "1.5": 5}' and json.dumps(float("inf")) == "Infinity" and json.dumps((1,)) == "[1]" and json.dumps(10 ** 30) == "1" + "0" * 30
    assert json.loads(' [1, -2.5e3, "\\u00e9\\ud83d\\ude00", {"k": null}] ') == [1, -2500.0, "é😀", {"k": None}] and json.loads("NaN") != json.loads("NaN") and json.loads(b'"a"') == "a" and json.loads("1.0", parse_float=str) == "1.0" and json.loads("5", parse_int=str) == "5" and json.loads('{"a": 1}', object_hook=lambda d: list(d)) == ["a"] and json.loads('{"a": 1, "a": 2}', object_pairs_hook=list) == [("a", 1), ("a", 2)] and json.loads('"\\ud800"') == "\ud800" and type(json.loads("1e5")) is float
    for bad, problem in (("", "Expecting value: line 1 column 1 (char 0)"), ("[1,]", "Illegal trailing comma before end of array: line 1 column 3 (char 2)"), ('{"a" 1}', "Expecting ':' delimiter: line 1 column 6 (char 5)"), ("{'a': 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"), ('"a', "Unterminated string starting at: line 1 column 1 (char 0)"), ("1 2", "Extra data: line 1 column 3 (char 2)"), ('"\n"', "Invalid control character at: line 1 column 2 (char 1)"), ("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"), ('"\\x"', "Invalid \\escape: line 1 column 2 (char 1)")):
        assert message(json.JSONDecodeError, json.loads, bad) == problem, (bad, message(json.JSONDecodeError, json.loads, bad))
    loop = []
    loop.append(loop)
    deep = "[" * 100000
    assert message(ValueError, json.dumps, loop) == "Circular reference detected" and message(TypeError, json.dumps, {1, 2}) == "Object of type set is not JSON serializable" and json.dumps({1, 2}, default=sorted) == "[1, 2]" and message(TypeError, json.dumps, {(1,): 1}) == "keys must be str, int, float, bool or None, not tuple" and json.dumps({(1,): 1}, skipkeys=True) == "{}" and raises(RecursionError, json.loads, deep) and message(ValueError, json.dumps, float("nan"), allow_nan=False) == "Out of range float values are not JSON compliant: nan"
    out = io.StringIO()
    json.dump([1, "a"], out)
    assert out.getvalue() == '[1, "a"]' and json.load(io.StringIO("{}")) == {}


def test_string_and_textwrap():
    assert string.ascii_lowercase == "abcdefghijklmnopqrstuvwxyz" and string.digits == "0123456789" and string.capwords("a bc") == "A Bc" and string.Template("$a ${b} $$").substitute(a=1, b=2) == "1 2 $" and string.Template("$a $z").safe_substitute(a=1) == "1 $z" and raises(KeyError, string.Template("$a").substitute) and string.Formatter().format("{0} {a}", 1, a=2) == "1 2"
    assert textwrap.wrap("the quick brown fox", 10) == ["the quick", "brown fox"] and textwrap.fill("aaa bbb", 3) == "aaa\nbbb" and textwrap.dedent("  a\n   b\n") == "a\n b\n" and textwrap.indent("a\n\nb", "> ") == "> a\n\n> b" and textwrap.shorten("hello big world", 12) == "hello [...]"


def test_struct():
    assert struct.pack("<ihBq", 1, -2, 255, 1 << 40) == b"\1\0\0\0\xfe\xff\xff\0\0\0\0\0\1\0\0" and struct.pack(">I", 1) == b"\0\0\0\1" and struct.unpack("<hh", b"\1\0\xff\xff") == (1, -1) and struct.pack("3s5p?", b"abcd", b"xy", True) == b"abc\2xy\0\0\1" and struct.calcsize("bi") == 8 and struct.calcsize("<bi") == 5 and struct.unpack("d", struct.pack("d", 1.5)) == (1.5,) and struct.pack("<e", 1.5) == b"\0>" and struct.pack("2x") == b"\0\0" and list(struct.iter_unpack("<H", b"\1\0\2\0")) == [(1,), (2,)] and struct.unpack_from("<H", b"xx\1\0", 2) == (1,) and struct.Struct("<2H").size == 4 and struct.pack("c", b"a") == b"a"
    buffer = bytearray(4)
    struct.pack_into("<H", buffer, 1, 513)
    assert buffer == b"\0\1\2\0" and message(struct.error, struct.unpack, "<H", b"a") == "unpack requires a buffer of 2 bytes" and message(struct.error, struct.pack, "<B", 256) == "'B' format requires 0 <= number <= 255" and message(struct.error, struct.pack, "<H") == "pack expected 1 items for packing (got 0)" and message(struct.error, struct.calcsize, "z") == "bad char in struct format" and message(struct.error, struct.pack, "i", "a") == "required argument is not an integer"


def test_binary_text():
    assert base64.b64encode(b"hello?") == b"aGVsbG8/" and base64.b64decode("aGVsbG8/") == b"hello?" and base64.urlsafe_b64encode(b"\xfb\xff") == b"-_8=" and base64.b32encode(b"a") == b"ME======" and base64.b85encode(b"abcd") == b"VPa!s" and binascii.hexlify(b"ab") == b"6162" and binascii.unhexlify("6162") == b"ab" and binascii.crc32(b"hello") == 907060870 and raises(binascii.Error, base64.b64decode, "a")


def test_csv():
    rows = list(csv.reader(io.StringIO('a,"b ""q""",c\n1,,"x\ny"\n')))
    assert rows == [["a", 'b "q"', "c"], ["1", "", "x\ny"]]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["a,b", 'q"', 1, None, 2.5])
    assert out.getvalue() == '"a,b","q""",1,,2.5\n' and list(csv.DictReader(io.StringIO("x,y\n1,2\n"))) == [{"x": "1", "y": "2"}] and list(csv.reader(["a;b"], delimiter=";")) == [["a", "b"]]


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
