"""bz2 and lzma: one-shot and bit by bit, containers, filters, limits, files, and what becomes of damaged data."""

import _bz2
import _lzma
import bz2
import copy
import io
import lzma
import pickle
import shutil
import tarfile
import tempfile
import threading
import zipfile


def raises(kind, action, message=None):
    try:
        action()
    except kind as error:
        assert message is None or str(error) == message, str(error)
        return error
    raise AssertionError(f"{kind.__name__} expected")


TEXT = b"The quick brown fox jumps over the lazy dog. " * 500
MIXED = bytes(range(256)) * 40 + TEXT + bytes(10000)


def test_bz2():
    for level in range(1, 10):
        data = bz2.compress(MIXED, level)
        assert data[:4] == b"BZh%d" % level and len(data) < len(MIXED) // 4
        assert bz2.decompress(data) == MIXED
    assert bz2.compress(b"") == b"BZh9\x17rE8P\x90\x00\x00\x00\x00" and bz2.decompress(b"") == b""
    # Several streams one after the other, and what is no stream behind them.
    assert bz2.decompress(bz2.compress(b"one ") + bz2.compress(b"two") + b"junk") == b"one two"

    compressor = bz2.BZ2Compressor()
    parts = [compressor.compress(bytearray(MIXED[i : i + 700])) for i in range(0, len(MIXED), 700)]
    data = b"".join(parts) + compressor.flush()
    assert bz2.decompress(data) == MIXED
    raises(ValueError, compressor.flush, "Repeated call to flush()")
    raises(ValueError, lambda: compressor.compress(b""), "Compressor has been flushed")

    decompressor = bz2.BZ2Decompressor()
    assert not decompressor.eof and decompressor.needs_input and decompressor.unused_data == b""
    result = b"".join(decompressor.decompress(data[i : i + 1]) for i in range(len(data)))
    assert result == MIXED and decompressor.eof and not decompressor.needs_input
    raises(EOFError, lambda: decompressor.decompress(b""), "End of stream already reached")

    decompressor = bz2.BZ2Decompressor()
    result = [decompressor.decompress(data + b"rest", max_length=100)]
    assert len(result[0]) == 100 and not decompressor.needs_input and not decompressor.eof
    while not decompressor.eof:
        result.append(decompressor.decompress(b"", 1000))
        assert len(result[-1]) <= 1000
    assert b"".join(result) == MIXED and decompressor.unused_data == b"rest"
    decompressor = bz2.BZ2Decompressor()
    assert decompressor.decompress(data, 0) == b"" and decompressor.decompress(b"") == MIXED


def test_bz2_errors():
    data = bz2.compress(TEXT)
    raises(OSError, lambda: bz2.decompress(b"no such stream"), "Invalid data stream")
    raises(OSError, lambda: bz2.decompress(data[:30] + b"zzzz" + data[34:]), "Invalid data stream")
    raises(ValueError, lambda: bz2.decompress(data[:-3]))
    decompressor = bz2.BZ2Decompressor()
    raises(OSError, lambda: decompressor.decompress(b"z" * 20))
    assert not decompressor.needs_input and not decompressor.eof
    raises(ValueError, lambda: decompressor.decompress(data), "Decompressor is unusable after a previous error")
    for level in 0, 10:
        raises(ValueError, lambda: bz2.BZ2Compressor(level), "compresslevel must be between 1 and 9")
    raises(TypeError, lambda: bz2.BZ2Compressor("9"))
    raises(TypeError, lambda: bz2.BZ2Compressor(compresslevel=9), "BZ2Compressor() takes no keyword arguments")
    raises(TypeError, lambda: bz2.BZ2Decompressor(1), "BZ2Decompressor() takes no positional arguments")
    raises(TypeError, lambda: bz2.BZ2Compressor().compress("text"))
    for i in range(0, len(data), 3):
        for change in b"\0", b"\xff":
            try:
                bz2.BZ2Decompressor().decompress(data[:i] + change + data[i + 1 :], 100000)
            except OSError:
                pass


def test_lzma():
    for format in lzma.FORMAT_XZ, lzma.FORMAT_ALONE:
        for preset in None, 0, 4, 9, 1 | lzma.PRESET_EXTREME:
            data = lzma.compress(MIXED, format=format, preset=preset)
            assert len(data) < len(MIXED) // 10
            assert lzma.decompress(data) == lzma.decompress(data, format) == MIXED
    assert lzma.compress(b"")[:6] == b"\xfd7zXZ\x00"
    assert lzma.decompress(lzma.compress(b"one ") + lzma.compress(b"two") + b"junk") == b"one two"
    for check in lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_CRC64, lzma.CHECK_SHA256:
        assert lzma.is_check_supported(check)
        decompressor = lzma.LZMADecompressor()
        assert decompressor.check == lzma.CHECK_UNKNOWN
        assert decompressor.decompress(lzma.compress(TEXT, check=check)) == TEXT and decompressor.check == check
    assert not lzma.is_check_supported(lzma.CHECK_UNKNOWN) and not lzma.is_check_supported(-1)
    assert lzma.LZMADecompressor(lzma.FORMAT_ALONE).check == lzma.CHECK_NONE

    compressor = lzma.LZMACompressor()
    parts = [compressor.compress(memoryview(MIXED)[i : i + 700]) for i in range(0, len(MIXED), 700)]
    data = b"".join(parts) + compressor.flush()
    assert lzma.decompress(data) == MIXED
    raises(ValueError, compressor.flush, "Repeated call to flush()")
    raises(ValueError, lambda: compressor.compress(b""), "Compressor has been flushed")

    decompressor = lzma.LZMADecompressor()
    result = b"".join(decompressor.decompress(data[i : i + 1]) for i in range(len(data)))
    assert result == MIXED and decompressor.eof and not decompressor.needs_input
    raises(EOFError, lambda: decompressor.decompress(b""), "Already at end of stream")

    decompressor = lzma.LZMADecompressor()
    assert len(decompressor.decompress(data[:20], 5)) == 0 and decompressor.needs_input
    result = [decompressor.decompress(data[20:] + b"rest", max_length=100)]
    assert len(result[0]) == 100 and not decompressor.needs_input and not decompressor.eof
    while not decompressor.eof:
        result.append(decompressor.decompress(b"", 1000))
        assert len(result[-1]) <= 1000
    assert b"".join(result) == MIXED and decompressor.unused_data == b"rest" and decompressor.check == lzma.CHECK_CRC64


def test_filters():
    chains = [
        [{"id": lzma.FILTER_LZMA2}],
        [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}],
        [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16, "lc": 2, "lp": 1, "pb": 0, "mode": lzma.MODE_FAST, "nice_len": 32,
          "mf": lzma.MF_HC3, "depth": 10}],
        ({"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_LZMA2, "mf": lzma.MF_BT2}),
        [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2}],
        [{"id": lzma.FILTER_X86, "start_offset": 0}, {"id": lzma.FILTER_DELTA}, {"id": lzma.FILTER_LZMA2}],
        [{"id": lzma.FILTER_ARM}, {"id": lzma.FILTER_SPARC}, {"id": lzma.FILTER_POWERPC}, {"id": lzma.FILTER_LZMA2}],
    ]  # fmt: skip
    for chain in chains:
        raw = lzma.compress(MIXED, format=lzma.FORMAT_RAW, filters=chain)
        assert lzma.decompress(raw, format=lzma.FORMAT_RAW, filters=chain) == MIXED
        assert lzma.decompress(lzma.compress(MIXED, filters=chain)) == MIXED
    one = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20}]
    assert lzma.decompress(lzma.compress(TEXT, lzma.FORMAT_ALONE, filters=one)) == TEXT

    encode, decode = _lzma._encode_filter_properties, _lzma._decode_filter_properties
    properties = [
        ({"id": lzma.FILTER_LZMA2, "dict_size": 8388608}, b"\x16"),
        ({"id": lzma.FILTER_LZMA2, "dict_size": 65536}, b"\x08"),
        ({"id": lzma.FILTER_DELTA, "dist": 7}, b"\x06"),
        ({"id": lzma.FILTER_X86}, b""),
        ({"id": lzma.FILTER_X86, "start_offset": 16}, b"\x10\x00\x00\x00"),
        ({"id": lzma.FILTER_LZMA1, "lc": 3, "lp": 0, "pb": 2, "dict_size": 8388608}, b"]\x00\x00\x80\x00"),
    ]
    for spec, data in properties:
        assert encode(spec) == data and decode(spec["id"], data) == spec
    raises(lzma.LZMAError, lambda: decode(99, b""), "Invalid or unsupported options")
    raises(lzma.LZMAError, lambda: decode(lzma.FILTER_LZMA2, b""), "Invalid or unsupported options")
    raises(ValueError, lambda: decode(-1, b""))

    def compressor(*chain):
        return lambda: lzma.LZMACompressor(filters=list(chain))

    lzma2 = lzma.FILTER_LZMA2
    raises(ValueError, compressor({}), 'Filter specifier must have an "id" entry')
    raises(ValueError, compressor({"id": 99}), "Invalid filter ID: 99")
    raises(TypeError, compressor(3), "Filter specifier must be a dict or dict-like object")
    raises(TypeError, lambda: lzma.LZMACompressor(filters=3))
    raises(TypeError, lambda: lzma.LZMACompressor(filters={}), "dict is not a sequence")
    raises(ValueError, compressor({"id": lzma2, "x": 1}), "Invalid filter specifier for LZMA filter")
    raises(ValueError, compressor({"id": lzma2, "dict_size": -1}), "Invalid filter specifier for LZMA filter")
    raises(ValueError, compressor({"id": lzma.FILTER_DELTA, "x": 1}), "Invalid filter specifier for delta filter")
    raises(ValueError, compressor({"id": lzma.FILTER_X86, "x": 1}), "Invalid filter specifier for BCJ filter")
    raises(lzma.LZMAError, compressor({"id": lzma2, "preset": 99}), "Invalid compression preset: 99")
    raises(lzma.LZMAError, compressor({"id": lzma2, "lc": 9}), "Invalid or unsupported options")
    raises(lzma.LZMAError, compressor({"id": lzma.FILTER_DELTA}), "Invalid or unsupported options")
    raises(lzma.LZMAError, compressor(), "Internal error")
    raises(ValueError, compressor(*[{"id": lzma2}] * 5), "Too many filters - liblzma supports a maximum of 4")


def test_lzma_arguments():
    new, old = lzma.LZMACompressor, lzma.LZMADecompressor
    raises(ValueError, lambda: new(9), "Invalid container format: 9")
    raises(ValueError, lambda: new(lzma.FORMAT_ALONE, 4), "Integrity checks are only supported by FORMAT_XZ")
    raises(ValueError, lambda: new(preset=1, filters=[]), "Cannot specify both preset and filter chain")
    raises(ValueError, lambda: new(lzma.FORMAT_RAW), "Must specify filters for FORMAT_RAW")
    raises(lzma.LZMAError, lambda: new(preset=10), "Invalid or unsupported options")
    raises(lzma.LZMAError, lambda: new(lzma.FORMAT_ALONE, preset=10), "Invalid compression preset: 10")
    raises(OverflowError, lambda: new(preset=1 << 40))
    raises(ValueError, lambda: new(preset=-1))
    message = "Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter"
    raises(ValueError, lambda: new(lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA2}]), message)
    raises(ValueError, lambda: old(9), "Invalid container format: 9")
    raises(ValueError, lambda: old(lzma.FORMAT_RAW), "Must specify filters for FORMAT_RAW")
    raises(ValueError, lambda: old(filters=[]), "Cannot specify filters except with FORMAT_RAW")
    message = "Cannot specify memory limit with FORMAT_RAW"
    raises(ValueError, lambda: old(lzma.FORMAT_RAW, 3, filters=[]), message)
    data = lzma.compress(TEXT)
    raises(lzma.LZMAError, lambda: old(memlimit=5).decompress(data), "Memory usage limit exceeded")
    raises(lzma.LZMAError, lambda: old().decompress(b"z" * 16), "Input format not supported by decoder")
    raises(lzma.LZMAError, lambda: old().decompress(data[:60] + b"zzzz" + data[64:]), "Corrupt input data")
    raises(lzma.LZMAError, lambda: lzma.decompress(data[:-5]))
    for i in range(0, len(data), 2):
        for change in b"\0", b"\xff":
            try:
                old().decompress(data[:i] + change + data[i + 1 :], 100000)
            except lzma.LZMAError:
                pass


def test_objects():
    for made in bz2.BZ2Compressor(), bz2.BZ2Decompressor(), lzma.LZMACompressor(), lzma.LZMADecompressor():
        message = f"cannot pickle '{type(made).__module__}.{type(made).__name__}' object"
        raises(TypeError, lambda: pickle.dumps(made), message)
        raises(TypeError, lambda: copy.copy(made), message)
        raises(AttributeError, lambda: setattr(made, "eof", True))
        raises(AttributeError, lambda: setattr(made, "other", True))
    assert _bz2.BZ2Compressor.__module__ == "_bz2" and lzma.LZMAError.__module__ == "_lzma"
    assert lzma.LZMAError.__mro__[1] is Exception


def test_files():
    with tempfile.TemporaryDirectory() as folder:
        for module, name in (bz2, "data.bz2"), (lzma, "data.xz"):
            path = f"{folder}/{name}"
            with module.open(path, "wb") as file:
                file.write(MIXED)
            with module.open(path, "ab") as file:
                file.write(TEXT)
            with module.open(path) as file:
                assert file.read(10) == MIXED[:10] and file.seek(1000) == 1000 and file.peek(1)[:1] == MIXED[1000:1001]
                assert file.read() == (MIXED + TEXT)[1000:] and file.read() == b""
            with module.open(path, "wt", encoding="utf-8") as file:
                file.write("one\ntwo €\n")
            with module.open(path, "rt", encoding="utf-8") as file:
                assert list(file) == ["one\n", "two €\n"]
        for mode in "bz2", "xz":
            archive = io.BytesIO()
            with tarfile.open(fileobj=archive, mode=f"w:{mode}") as tar:
                info = tarfile.TarInfo("member")
                info.size = len(MIXED)
                tar.addfile(info, io.BytesIO(MIXED))
            archive.seek(0)
            with tarfile.open(fileobj=archive) as tar:
                assert tar.extractfile("member").read() == MIXED
        for method in zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA:
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", method) as file:
                file.writestr("member", MIXED)
            with zipfile.ZipFile(archive) as file:
                assert file.testzip() is None and file.read("member") == MIXED
        formats = {name for name, _ in shutil.get_archive_formats()}
        assert {"bztar", "xztar"} <= formats


def test_threads():
    results = []

    def work(compress, decompress):
        results.append(all(decompress(compress(MIXED)) == MIXED for _ in range(3)))

    threads = [
        threading.Thread(target=work, args=(module.compress, module.decompress)) for module in (bz2, lzma) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 6


test_bz2()
test_bz2_errors()
test_lzma()
test_filters()
test_lzma_arguments()
test_objects()
test_files()
test_threads()
print("ok")
