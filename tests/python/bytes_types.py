"""bytes, bytearray, memoryview."""


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_bytes_construction():
    assert bytes() == b"" and bytes(3) == b"\0\0\0" and bytes([1, 255]) == b"\x01\xff" and bytes("é", "utf-8") == b"\xc3\xa9" and bytes(bytearray(b"x")) == b"x" and b"a" b"b" == b"ab" and br"\n" == b"\\n" and b"\x41\101\n" == b"AA\n" and bytes(range(3)) == b"\0\1\2" and bytes.fromhex("00 ff1a") == b"\x00\xff\x1a" and bytes(memoryview(b"ab")) == b"ab"
    assert message(TypeError, bytes, "a") == "string argument without an encoding" and message(ValueError, bytes, [256]) == "bytes must be in range(0, 256)" and message(ValueError, bytes, -1) == "negative count" and message(TypeError, bytes, [1.5]) == "'float' object cannot be interpreted as an integer" and message(TypeError, bytes, 1.5) == "cannot convert 'float' object to bytes" and message(ValueError, bytes.fromhex, "0g") == "non-hexadecimal number found in fromhex() arg at position 1"

    class B:
        def __bytes__(self):
            return b"made"

    assert bytes(B()) == b"made"


def test_bytes_basics():
    b = b"hello"
    assert b[0] == 104 and b[-1] == 111 and b[1:3] == b"el" and b[::-1] == b"olleh" and len(b) == 5 and list(b) == [104, 101, 108, 108, 111] and b + b"!" == b"hello!" and b * 2 == b"hellohello" and 104 in b and b"ell" in b and b"x" not in b and b == bytearray(b"hello") and b < b"help" and hash(b) == hash(b"hel" + b"lo") and b != "hello"
    assert repr(b"a'\"\n\x00\xff\\") == "b'a\\'\"\\n\\x00\\xff\\\\'" and repr(b"'") == 'b"\'"' and b"abc".hex() == "616263" and b"abcd".hex("-", 2) == "6162-6364" and b"\xff\x00".hex(":") == "ff:00" and b"abcde".hex("_", -2) == "6162_6364_65"
    assert message(IndexError, lambda: b[5]) == "index out of range" and message(TypeError, lambda: b + "a") == "can't concat str to bytes" and message(TypeError, lambda: b["a"]) == "byte indices must be integers or slices, not str" and message(ValueError, lambda: 256 in b) == "byte must be in range(0, 256)" and message(TypeError, lambda: "a" in b) == "a bytes-like object is required, not 'str'" and message(TypeError, lambda: b < "a") == "'<' not supported between instances of 'bytes' and 'str'"
    assert b"".join([b"a", bytearray(b"b")]) == b"ab" and message(TypeError, b"".join, ["a"]) == "sequence item 0: expected a bytes-like object, str found"


def test_bytes_methods():
    assert b"aBc".upper() == b"ABC" and b"ABC".lower() == b"abc" and b"hello world".title() == b"Hello World" and b"aB".swapcase() == b"Ab" and b"abc".capitalize() == b"Abc" and b"abc".islower() and b"ABC".isupper() and b"12".isdigit() and b"ab".isalpha() and b"a1".isalnum() and b" \t".isspace() and b"Ab Cd".istitle() and b"a".isascii() and not b"\xff".isascii()
    assert b"a,b,,c".split(b",") == [b"a", b"b", b"", b"c"] and b" a  b ".split() == [b"a", b"b"] and b"a b c".rsplit(None, 1) == [b"a b", b"c"] and b"a\nb\r\nc".splitlines() == [b"a", b"b", b"c"] and b"a\x0bb".splitlines() == [b"a\x0bb"] and b"a.b".partition(b".") == (b"a", b".", b"b") and b"a.b.c".rpartition(b".") == (b"a.b", b".", b"c")
    assert b"hello".find(b"l") == 2 and b"hello".rfind(b"l") == 3 and b"hello".find(108) == 2 and b"hello".index(b"lo") == 3 and b"hello".count(b"l") == 2 and b"hello".count(108) == 2 and b"hello".startswith(b"he") and b"hello".endswith((b"x", b"lo")) and b"abab".replace(b"a", b"xx") == b"xxbxxb" and b"aaa".replace(b"a", b"b", 1) == b"baa" and b"ab".replace(b"", b"-") == b"-a-b-"
    assert b" a ".strip() == b"a" and b"xax".strip(b"x") == b"a" and b"a".center(3) == b" a " and b"a".ljust(3, b".") == b"a.." and b"7".zfill(3) == b"007" and b"-7".zfill(3) == b"-07" and b"a\tb".expandtabs(2) == b"a b" and b"abc".translate(bytes(range(1, 256)) + b"\0") == b"bcd" and b"abc".translate(None, b"b") == b"ac" and bytes.maketrans(b"a", b"b")[97] == 98 and b"pre-x".removeprefix(b"pre-") == b"x" and b"x.c".removesuffix(b".c") == b"x"
    assert b"%d %s %b %a %c %x" % (1, b"a", b"b", "é", 65, 255) == b"1 a b '\\xe9' A ff" and b"%5.1f|%-4d|" % (1.25, 3) == b"  1.2|3   |" and b"%(a)d" % {b"a": 1} == b"1" and message(TypeError, lambda: b"%s" % "a") == "%b requires a bytes-like object, or an object that implements __bytes__, not 'str'" and message(ValueError, b"a".index, b"x") == "subsection not found" and b"abc".decode() == "abc" and b"\xe9".decode("latin-1") == "é"


def test_bytearray():
    a = bytearray(b"hello")
    a[0] = 72
    a.append(33)
    a.extend(b"ab")
    a += b"c"
    assert a == b"Hello!abc" and type(a) is bytearray and repr(a) == "bytearray(b'Hello!abc')"
    a[5:6] = b"---"
    assert a == b"Hello---abc"
    del a[5:8]
    a.insert(0, 62)
    assert a == b">Helloabc" and a.pop() == 99 and a.pop(0) == 62 and a == b"Helloab"
    a.remove(98)
    a.reverse()
    assert a == b"aolleH" and a.copy() is not a and a * 2 == b"aolleHaolleH" and a.find(b"ll") == 2 and a[::2] == b"ale"
    a[::2] = b"XYZ"
    assert a == b"XoYlZH"
    a.clear()
    assert a == b"" and not a
    assert message(IndexError, a.pop) == "pop from empty bytearray" and message(ValueError, a.remove, 1) == "value not found in bytearray" and message(TypeError, hash, a) == "unhashable type: 'bytearray'" and message(ValueError, a.append, 256) == "byte must be in range(0, 256)" and message(IndexError, a.__setitem__, 0, 1) == "bytearray index out of range"
    b = bytearray(10)
    view = memoryview(b)
    assert message(BufferError, b.append, 1) == "Existing exports of data: object cannot be re-sized"
    view[0] = 5
    assert b[0] == 5
    view.release()
    b.append(1)
    assert len(b) == 11 and bytearray("é", "utf-8") == b"\xc3\xa9" and type(bytearray(b"ab").upper()) is bytearray and type(b"a" + bytearray()) is bytes and type(bytearray() + b"a") is bytearray
    c = bytearray(b"abc")
    for i in range(3):
        c[i] ^= 0x20
    assert c == b"ABC" and list(reversed(c)) == [67, 66, 65]


def test_memoryview():
    b = bytearray(b"abcdef")
    m = memoryview(b)
    assert m[0] == 97 and m[-1] == 102 and m[1:3] == b"bc" and m[1:3].tobytes() == b"bc" and m.tolist() == [97, 98, 99, 100, 101, 102] and len(m) == 6 and m.nbytes == 6 and m.itemsize == 1 and m.format == "B" and m.ndim == 1 and m.shape == (6,) and m.strides == (1,) and not m.readonly and m.obj is b and m.contiguous and bytes(m) == b"abcdef" and m.hex() == "616263646566"
    m[0] = 65
    m[1:3] = b"BC"
    assert b == b"ABCdef" and m[::2].tobytes() == b"ACe" and m[::-1].tolist() == [102, 101, 100, 67, 66, 65]
    assert message(ValueError, m.__setitem__, slice(0, 2), b"xyz") == "memoryview assignment: lvalue and rvalue have different structures" and message(ValueError, m.__setitem__, 0, 256) == "memoryview: invalid value for format 'B'" and message(TypeError, memoryview(b"a").__setitem__, 0, 1) == "cannot modify read-only memory" and message(IndexError, lambda: m[6]) == "index out of bounds on dimension 1" and message(TypeError, memoryview, "a") == "memoryview: a bytes-like object is required, not 'str'"
    wide = m.cast("H")
    assert len(wide) == 3 and wide.itemsize == 2 and wide.format == "H" and wide[0] == int.from_bytes(b"AB", "little") and memoryview(b"\0" * 8).cast("d")[0] == 0.0 and m.cast("B", [2, 3]).tolist() == [[65, 66, 67], [100, 101, 102]] and m.cast("B", [2, 3])[1, 2] == 102
    with memoryview(b"xyz") as view:
        assert hash(view) == hash(b"xyz") and 120 in view and list(view) == [120, 121, 122] and view.count(120) == 1 and view.index(121) == 1
    assert message(ValueError, lambda: view[0]) == "operation forbidden on released memoryview object"
    assert m.toreadonly().readonly and message(ValueError, hash, m) == "cannot hash writable memoryview object" and memoryview(b"abc") == memoryview(b"abc") and memoryview(b"abc")[1:] == b"bc"
    wide.release()


def test_translate_looks_at_the_table_first():
    for kind in (bytes, bytearray):
        for arguments, expected in (((b"1", 1), ValueError), ((b"1" * 256, 1), TypeError)):
            try:
                kind(b"hello").translate(*arguments)
            except expected:
                pass
            else:
                raise AssertionError


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
