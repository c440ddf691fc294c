"""Files, streams, os basics, paths, pickling."""

import io
import os
import pathlib
import pickle
import shutil
import tempfile


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


FOLDER = tempfile.mkdtemp(prefix="io-tests-")
PATH = os.path.join(FOLDER, "file")


def test_text_files():
    with open(PATH, "w", encoding="utf-8") as f:
        assert f.write("line 1\nline é€\n") == 15 and f.tell() == 18 and f.name == PATH and f.mode == "w" and f.encoding == "utf-8" and not f.closed and f.writable() and not f.readable()
        print("printed", file=f)
        f.writelines(["a", "b\n"])
    assert f.closed and message(ValueError, f.write, "x") == "I/O operation on closed file."
    with open(PATH, encoding="utf-8") as f:
        assert f.readline() == "line 1\n" and f.read(4) == "line" and f.readlines() == [" é€\n", "printed\n", "ab\n"] and f.read() == "" and f.readline() == ""
        f.seek(0)
        assert list(f) == ["line 1\n", "line é€\n", "printed\n", "ab\n"] and f.seek(7) == 7 and f.read(6) == "line é" and f.fileno() > 2 and f.isatty() is False
        position = f.tell()
        rest = f.read()
        f.seek(position)
        assert f.read() == rest
    with open(PATH, "wb") as f:
        f.write(b"a\r\nb\rc\n")
    assert open(PATH).read() == "a\nb\nc\n" and open(PATH, newline="").read() == "a\r\nb\rc\n" and open(PATH, newline="\n").readlines() == ["a\r\n", "b\rc\n"]
    with open(PATH, "w", newline="\r\n") as f:
        f.write("x\ny\n")
    assert open(PATH, "rb").read() == b"x\r\ny\r\n"
    with open(PATH, "a") as f:
        f.write("z")
    with open(PATH, "r+") as f:
        f.write("Q")
    assert open(PATH, "rb").read() == b"Q\r\ny\r\nz"
    with open(PATH, "x+") if not os.path.exists(PATH) else open(PATH, "w+") as f:
        f.write("abc")
        f.seek(0)
        assert f.read() == "abc" and f.truncate(1) == 1
    assert os.path.getsize(PATH) == 1 and raises(FileExistsError, open, PATH, "x") and raises(IsADirectoryError, open, FOLDER) and message(ValueError, open, PATH, "q") == "invalid mode: 'q'" and message(ValueError, open, PATH, "rb", encoding="utf-8") == "binary mode doesn't take an encoding argument" and raises(io.UnsupportedOperation, open(PATH).write, "x") and message(LookupError, open, PATH, encoding="nope") == "unknown encoding: nope"
    with open(PATH, "wb") as f:
        f.write(b"ok\xff")
    assert raises(UnicodeDecodeError, open(PATH, encoding="utf-8").read) and open(PATH, encoding="utf-8", errors="replace").read() == "ok\ufffd" and open(PATH, encoding="latin-1").read() == "okÿ"


def test_binary_files():
    with open(PATH, "wb") as f:
        assert f.write(b"0123456789") == 10 and f.write(bytearray(b"ab")) == 2
    with open(PATH, "rb") as f:
        assert f.read(3) == b"012" and f.seek(-2, os.SEEK_END) == 10 and f.read() == b"ab" and f.seek(2) == 2 and f.seek(1, os.SEEK_CUR) == 3 and f.peek(1)[:1] == b"3" and f.read1(2) == b"34"
        buffer = bytearray(4)
        assert f.readinto(buffer) == 4 and buffer == b"5678" and f.tell() == 9
    with open(PATH, "rb", buffering=0) as f:
        assert type(f) is io.FileIO and f.read(2) == b"01" and f.readall() == b"23456789ab" and raises(TypeError, lambda: open(PATH, "wb").write("text"))
    big = os.urandom(1 << 20)
    with open(PATH, "wb") as f:
        f.write(big)
    with open(PATH, "rb") as f:
        assert f.read() == big
    with open(PATH, "w") as f:
        for i in range(20000):
            f.write(f"{i}\n")
    with open(PATH) as f:
        assert sum(int(line) for line in f) == 199990000


def test_memory_streams():
    s = io.StringIO("a\nb\nc")
    assert s.readline() == "a\n" and s.read() == "b\nc" and s.seek(0) == 0 and list(s) == ["a\n", "b\n", "c"] and s.getvalue() == "a\nb\nc"
    s.seek(0, 2)
    s.write("é")
    s.seek(0)
    s.truncate(3)
    assert s.getvalue() == "a\nb" and io.StringIO("a\r\nb", newline=None).read() == "a\nb"
    b = io.BytesIO(b"abc")
    assert b.read(1) == b"a" and b.getbuffer()[0] == 97 and b.seek(5) == 5 and b.write(b"x") == 1 and b.getvalue() == b"abc\0\0x" and b.tell() == 6
    b.seek(0)
    t = io.TextIOWrapper(b, encoding="ascii", errors="replace")
    assert t.read() == "abc\0\0x" and t.detach() is b
    b.close()
    assert message(ValueError, b.read) == "I/O operation on closed file."
    r = io.BufferedReader(io.BytesIO(b"x" * 100), 10)
    assert r.read(5) == b"xxxxx" and len(r.peek()) == 5

    class Raw(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            if self.done:
                return 0
            self.done = True
            buffer[:3] = b"raw"
            return 3

        done = False

    assert io.BufferedReader(Raw()).read() == b"raw"


def test_os():
    sub = os.path.join(FOLDER, "sub", "deep")
    os.makedirs(sub)
    open(os.path.join(sub, "x.txt"), "w").close()
    assert sorted(os.listdir(FOLDER)) == ["file", "sub"] and os.path.isdir(sub) and os.path.isfile(PATH) and not os.path.exists(PATH + "no") and [(os.path.relpath(r, FOLDER), d, f) for r, d, f in os.walk(os.path.join(FOLDER, "sub"))] == [("sub", ["deep"], []), (os.path.join("sub", "deep"), [], ["x.txt"])] and [e.name for e in os.scandir(sub) if e.is_file()] == ["x.txt"]
    os.rename(os.path.join(sub, "x.txt"), os.path.join(sub, "y.txt"))
    os.remove(os.path.join(sub, "y.txt"))
    os.rmdir(sub)
    os.symlink("sub", os.path.join(FOLDER, "link"))
    assert os.path.islink(os.path.join(FOLDER, "link")) and os.readlink(os.path.join(FOLDER, "link")) == "sub" and os.stat(PATH).st_size > 0 and os.getcwd() and raises(FileNotFoundError, os.remove, PATH + "no").filename == PATH + "no" and raises(FileExistsError, os.mkdir, FOLDER)
    os.environ["WS_TEST"] = "v"
    assert os.getenv("WS_TEST") == "v" and os.environ.get("WS_NO") is None and os.path.expandvars("$WS_TEST") == "v"
    del os.environ["WS_TEST"]
    assert os.path.join("a", "b", "/c") == "/c" and os.path.splitext("a/b.tar.gz") == ("a/b.tar", ".gz") and os.path.basename("/a/b") == "b" and os.path.dirname("/a/b") == "/a" and os.path.normpath("a/../b//c") == "b/c" and os.path.commonpath(["/a/b", "/a/c"]) == "/a" and os.path.abspath(".") == os.getcwd() and os.sep == "/" and os.name == "posix" and os.fspath(pathlib.Path("x")) == "x" and os.fsencode("é") == b"\xc3\xa9" and os.getpid() > 0 and os.cpu_count() >= 1 and os.linesep == "\n" and os.strerror(2) == "No such file or directory"
    read, write = os.pipe()
    os.write(write, b"piped")
    os.close(write)
    assert os.read(read, 100) == b"piped" and os.read(read, 1) == b""
    os.close(read)
    assert raises(OSError, os.read, read, 1).errno == 9


def test_pathlib():
    p = pathlib.Path(FOLDER) / "sub" / "new.txt"
    assert p.write_text("hello") == 5 and p.read_text() == "hello" and p.read_bytes() == b"hello" and p.name == "new.txt" and p.stem == "new" and p.suffix == ".txt" and p.parent.name == "sub" and p.exists() and p.is_file() and [x.name for x in pathlib.Path(FOLDER).glob("**/*.txt")] == ["new.txt"] and p.with_suffix(".py").name == "new.py" and p.relative_to(FOLDER).parts == ("sub", "new.txt") and pathlib.PurePosixPath("a/b") == pathlib.PurePosixPath("a") / "b" and repr(pathlib.PurePosixPath("a")) == "PurePosixPath('a')"
    p.unlink()
    assert not p.exists()


class Pickled:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return type(other) is Pickled and self.x == other.x


class Reduced:
    def __reduce__(self):
        return (complex, (1, 2))


def test_pickle():
    data = [1, -1, 10 ** 30, 1.5, "é", b"b", None, True, (1,), {"k": [1]}, {1, 2}, frozenset([3]), 1j, range(3), len, int, Pickled([1, 2]), bytearray(b"x"), Ellipsis, slice(1, 2)]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        if protocol < 1:
            continue
        assert pickle.loads(pickle.dumps(data, protocol)) == data, protocol
    shared = [1]
    a, b = pickle.loads(pickle.dumps([shared, shared]))
    loop = []
    loop.append(loop)
    again = pickle.loads(pickle.dumps(loop))
    assert a is b and again[0] is again and pickle.loads(pickle.dumps(Reduced())) == 1 + 2j and raises((pickle.PicklingError, AttributeError), pickle.dumps, lambda: 0) and raises(pickle.UnpicklingError, pickle.loads, b"garbage") and pickle.dumps([1, "a"], 2) == b"\x80\x02]q\x00(K\x01X\x01\x00\x00\x00aq\x01e."


def test_zzz_cleanup():
    shutil.rmtree(FOLDER)
    assert not os.path.exists(FOLDER)


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
