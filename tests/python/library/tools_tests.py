"""argparse, logging, unittest, inspect, ast, dis, marshal, hashlib, zlib and other tools."""

import argparse
import ast
import collections
import configparser
import difflib
import dis
import fnmatch
import hashlib
import inspect
import io
import logging
import marshal
import pprint
import shlex
import sys
import tokenize
import unittest
import urllib.parse
import uuid
import warnings
import xml.etree.ElementTree
import zlib


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_argparse():
    parser = argparse.ArgumentParser(prog="tool", description="Does things.")
    parser.add_argument("file", nargs="+")
    parser.add_argument("-n", "--number", type=int, default=3, help="how many")
    parser.add_argument("-v", action="store_true")
    parser.add_argument("--kind", choices=["a", "b"])
    found = parser.parse_args(["x", "y", "-n", "5", "-v"])
    assert (found.file, found.number, found.v, found.kind) == (["x", "y"], 5, True, None) and parser.format_usage() == "usage: tool [-h] [-n NUMBER] [-v] [--kind {a,b}] file [file ...]\n"
    stderr, sys.stderr = sys.stderr, io.StringIO()
    try:
        assert raises(SystemExit, parser.parse_args, ["x", "-n", "z"]).code == 2 and "argument -n/--number: invalid int value: 'z'" in sys.stderr.getvalue()
    finally:
        sys.stderr = stderr


def test_logging():
    out = io.StringIO()
    logger = logging.getLogger("area.sub")
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(funcName)s:%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.debug("hidden")
    logger.info("shown %d", 5)
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("failed")
    lines = out.getvalue().splitlines()
    assert lines[0] == "INFO:area.sub:test_logging:shown 5" and lines[1] == "ERROR:area.sub:test_logging:failed" and lines[-1] == "ZeroDivisionError: division by zero"


def test_unittest():
    class Case(unittest.TestCase):
        def setUp(self):
            self.x = 1

        def test_pass(self):
            self.assertEqual(self.x, 1)
            with self.assertRaisesRegex(ValueError, "inv"):
                int("x")
            for i in range(2):
                with self.subTest(i=i):
                    self.assertIn(i, [0, 1])

        def test_fail(self):
            self.assertEqual([1, 2], [1, 3])

        @unittest.skip("why")
        def test_skip(self):
            pass

        def test_error(self):
            raise KeyError

    out = io.StringIO()
    result = unittest.TextTestRunner(out, verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(Case))
    assert (result.testsRun, len(result.failures), len(result.errors), len(result.skipped)) == (4, 1, 1, 1) and "First differing element 1:\n2\n3" in result.failures[0][1] and "FAILED (failures=1, errors=1, skipped=1)" in out.getvalue()


def documented(a, b: int = 1, *args, c, **kw) -> str:
    """First line.

    More.
    """
    return a


def test_inspect():
    assert inspect.getsource(documented).startswith("def documented(a, b: int") and inspect.getdoc(documented) == "First line.\n\nMore." and inspect.isfunction(documented) and inspect.isbuiltin(len) and inspect.isclass(int) and inspect.ismodule(sys) and str(inspect.signature(documented)) == "(a, b: int = 1, *args, c, **kw) -> str" and inspect.signature(documented).bind(1, c=2).arguments == {"a": 1, "c": 2} and inspect.getfullargspec(documented).kwonlyargs == ["c"] and inspect.currentframe().f_code.co_name == "test_inspect" and inspect.getmodule(documented).__name__ == "__main__" and [p.kind.name for p in inspect.signature(documented).parameters.values()] == ["POSITIONAL_OR_KEYWORD", "POSITIONAL_OR_KEYWORD", "VAR_POSITIONAL", "KEYWORD_ONLY", "VAR_KEYWORD"] and inspect.getsourcelines(documented)[1] == documented.__code__.co_firstlineno and str(inspect.signature(len)) == "(obj, /)" and inspect.unwrap(documented) is documented and ("documented", documented) in inspect.getmembers(sys.modules["__main__"])


def test_ast_and_compile():
    tree = ast.parse("x = [i ** 2 for i in range(3) if i]\nprint(f'{x!r:>{10}}')")
    assert ast.unparse(tree) == "x = [i ** 2 for i in range(3) if i]\nprint(f'{x!r:>{10}}')" and ast.dump(ast.parse("a+1", mode="eval")) == "Expression(body=BinOp(left=Name(id='a', ctx=Load()), op=Add(), right=Constant(value=1)))" and ast.literal_eval("{'a': [1, (2, None)]}") == {"a": [1, (2, None)]} and raises(ValueError, ast.literal_eval, "f()") and [type(n).__name__ for n in ast.walk(ast.parse("a = 1"))] == ["Module", "Assign", "Name", "Constant", "Store"] and tree.body[0].lineno == 1 and tree.body[1].value.args[0].col_offset == 6

    class Double(ast.NodeTransformer):
        def visit_Constant(self, node):
            return ast.copy_location(ast.Constant(node.value * 2), node)

    assert eval(compile(Double().visit(ast.parse("1 + 2", mode="eval")), "f", "eval")) == 6
    assert [(tokenize.tok_name[t.type], t.string) for t in tokenize.generate_tokens(io.StringIO("a = 'b' # c\n").readline)][:4] == [("NAME", "a"), ("OP", "="), ("STRING", "'b'"), ("COMMENT", "# c")]


def test_dis_and_marshal():
    code = compile("x = y + 1", "f", "exec")
    names = [i.opname for i in dis.get_instructions(code)]
    assert names == ["RESUME", "LOAD_NAME", "LOAD_SMALL_INT", "BINARY_OP", "STORE_NAME", "LOAD_CONST", "RETURN_VALUE"], names
    out = io.StringIO()
    dis.dis(code, file=out)
    assert "BINARY_OP                0 (+)" in out.getvalue() and list(code.co_positions())[1] == (1, 1, 4, 5) and [line for _, _, line in code.co_lines()] == [0, 1] and dis.stack_effect(dis.opmap["POP_TOP"]) == -1
    data = [1, 1 << 70, 1.5, "é", b"b", (1,), [2], {"k": None}, {1}, frozenset([2]), True, ..., 1j]
    again = marshal.loads(marshal.dumps(code))
    space = {"y": 4}
    exec(again, space)
    assert marshal.loads(marshal.dumps(data)) == data and again == code and space["x"] == 5 and raises((EOFError, ValueError, TypeError), marshal.loads, b"") and raises(ValueError, marshal.dumps, object())


def test_hashes_and_compression():
    assert hashlib.md5(b"abc").hexdigest() == "900150983cd24fb0d6963f7d28e17f72" and hashlib.sha1(b"abc").hexdigest() == "a9993e364706816aba3e25717850c26c9cd0d89d" and hashlib.sha256(b"abc").hexdigest() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" and hashlib.sha3_256(b"").hexdigest().startswith("a7ffc6f8bf1ed766") and hashlib.blake2b(b"abc", digest_size=8).hexdigest() == "d8bb14d833d59559" and hashlib.new("sha512", b"a").digest_size == 64
    data = b"hello " * 1000
    assert zlib.decompress(zlib.compress(data, 9)) == data and zlib.crc32(b"hello") == 907060870 and zlib.adler32(b"hello") == 103547413 and raises(zlib.error, zlib.decompress, b"garbage")
    import bz2, gzip, lzma
    for module in (bz2, gzip, lzma):
        assert module.decompress(module.compress(data)) == data


def test_text_tools():
    assert shlex.split("a 'b c' d\\ e") == ["a", "b c", "d e"] and shlex.quote("a b") == "'a b'" and fnmatch.fnmatch("x.py", "*.py") and fnmatch.filter(["a", "b"], "a") == ["a"] and list(difflib.unified_diff(["a"], ["b"], lineterm=""))[-2:] == ["-a", "+b"] and difflib.get_close_matches("appel", ["apple", "ape"])[0] == "apple" and pprint.pformat({"b": 1, "a": [1] * 3}, width=20) == "{'a': [1, 1, 1],\n 'b': 1}" and urllib.parse.urlparse("http://h:80/p?q=1#f").port == 80 and urllib.parse.quote("a b/é") == "a%20b/%C3%A9" and urllib.parse.parse_qs("a=1&a=2") == {"a": ["1", "2"]} and urllib.parse.urljoin("http://h/a/b", "../c") == "http://h/c" and str(uuid.UUID(int=5)) == "00000000-0000-0000-0000-000000000005" and uuid.uuid4().version == 4
    config = configparser.ConfigParser()
    config.read_string("[s]\na = 1\nb = %(a)s2\n")
    assert config["s"]["b"] == "12" and config.getint("s", "a") == 1 and config.sections() == ["s"]
    root = xml.etree.ElementTree.fromstring("<a x='1'><b>t</b><b/></a>")
    assert root.tag == "a" and root.get("x") == "1" and [b.text for b in root.findall("b")] == ["t", None] and xml.etree.ElementTree.tostring(root) == b'<a x="1"><b>t</b><b /></a>'


def test_warnings():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn("one", DeprecationWarning)
        warnings.warn("two")
    assert [(str(w.message), w.category) for w in caught] == [("one", DeprecationWarning), ("two", UserWarning)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert message(UserWarning, warnings.warn, "raised") == "raised" and raises(SyntaxError, compile, "'\\d'", "f", "eval") and raises(SyntaxError, compile, "1 is 1", "f", "eval")


def test_sys():
    import platform
    assert platform.python_version() == sys.version.split()[0] and platform.python_compiler() and platform.python_build()
    assert sys.version_info[:2] == (3, 14) and sys.maxsize == 2 ** 63 - 1 and sys.byteorder in ("little", "big") and sys.getdefaultencoding() == "utf-8" and sys.maxunicode == 0x10FFFF and isinstance(sys.argv, list) and "sys" in sys.builtin_module_names and sys.modules["sys"] is sys and sys.getsizeof([]) > 0 and sys.flags.optimize == 0 and sys.hexversion >> 16 == 0x030E and sys.float_info.radix == 2 and sys.hash_info.width == 64 and sys.implementation.version[:2] == (3, 14) and "json" in sys.stdlib_module_names and sys.platform and sys.executable and sys.getswitchinterval() > 0 and sys.intern("x") == "x" and sys.is_finalizing() is False and callable(sys.displayhook)
    hits = []
    sys.addaudithook(lambda event, args: hits.append(event) if event == "test.event" else None)
    sys.audit("test.event", 1)
    assert hits == ["test.event"]


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
