"""zlib, gzip, zipfile."""

import gzip
import io
import zipfile
import zlib

BIG = bytes(range(256)) * 2000
SMALL = zlib.compress(b"hello" * 10)


def raises(kind, action, message=None):
    try:
        action()
    except kind as error:
        assert message is None or str(error) == message, str(error)
    else:
        raise AssertionError(f"{kind.__name__} expected")


def test_functions():
    for level in range(-1, 10):
        assert zlib.decompress(zlib.compress(BIG, level), bufsize=1) == BIG
    assert zlib.decompress(zlib.compress(BIG, wbits=31), wbits=47) == BIG
    assert zlib.decompress(zlib.compress(BIG, wbits=-15), wbits=-15) == BIG
    assert zlib.adler32(b"abc") == 38600999 and zlib.crc32(b"abc") == 891568578
    assert zlib.adler32(b"abc", 5) == 39387435 and zlib.crc32(b"abc", -1) == 899311407
    raises(zlib.error, lambda: zlib.compress(b"a", 10), "Bad compression level")
    raises(zlib.error, lambda: zlib.decompress(b""), "Error -5 while decompressing data: incomplete or truncated stream")
    raises(zlib.error, lambda: zlib.decompress(b"abc"), "Error -3 while decompressing data: incorrect header check")
    raises(zlib.error, lambda: zlib.decompress(SMALL[:-1] + b"x"), "Error -3 while decompressing data: incorrect data check")
    raises(ValueError, lambda: zlib.decompress(SMALL, bufsize=-1), "bufsize must be non-negative")
    raises(TypeError, lambda: zlib.crc32("a"))


def test_objects():
    c = zlib.compressobj(zdict=b"hello")
    data = c.compress(b"hello hello") + c.copy().flush()
    assert zlib.decompressobj(zdict=b"hello").decompress(data) == b"hello hello"
    raises(zlib.error, lambda: zlib.decompressobj().decompress(data))
    raises(ValueError, lambda: zlib.compressobj(wbits=99), "Invalid initialization option")
    c.flush()
    raises(zlib.error, c.flush, "Error -2 while flushing: inconsistent stream state")
    d = zlib.decompressobj()
    assert d.decompress(SMALL + b"more", 5) == b"hello" and not d.eof and d.unconsumed_tail
    assert d.copy().decompress(d.unconsumed_tail) == b"hello" * 9
    assert d.flush() == b"hello" * 9 and d.eof and d.unused_data == b"more"
    raises(ValueError, d.copy, "Inconsistent stream state")
    d = zlib._ZlibDecompressor()
    out = d.decompress(zlib.compress(BIG) + b"rest", 1000)
    while not d.eof:
        out += d.decompress(b"", 1000)
    assert out == BIG and d.unused_data == b"rest" and not d.needs_input
    raises(EOFError, lambda: d.decompress(b""), "End of stream already reached")


def test_files():
    assert gzip.decompress(gzip.compress(BIG)) == BIG
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as f:
        f.write(BIG)
        f.write(b"end\n")
    out.seek(0)
    with gzip.open(out) as f:
        assert f.read(10) == BIG[:10] and f.seek(len(BIG)) and f.readline() == b"end\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a/b.txt", BIG)
        z.writestr("c.txt", "text")
    with zipfile.ZipFile(out) as z:
        assert z.namelist() == ["a/b.txt", "c.txt"] and z.read("a/b.txt") == BIG and z.testzip() is None


test_functions()
test_objects()
test_files()
print("ok")
