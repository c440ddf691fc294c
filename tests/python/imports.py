"""The import system: packages in a temporary folder, relative, circular, reload, hooks."""

import importlib
import os
import shutil
import sys
import tempfile
import types


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def package(files):
    """A new folder on sys.path with these files."""
    folder = tempfile.mkdtemp(prefix="imports-")
    for path, text in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w") as stream:
            stream.write(text)
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    folders.append(folder)
    return folder


folders = []


def test_forms():
    folder = package({
        "formsa/__init__.py": "value = 1\n__all__ = ['value', 'sub']\n",
        "formsa/sub.py": "from . import value\nfrom .deep.inner import name as renamed\nimport formsa.deep.inner as alias\n",
        "formsa/deep/__init__.py": "",
        "formsa/deep/inner.py": "from .. import value as up\nname = __name__\n",
        "formsb.py": "_hidden = 1\nshown = 2\n",
    })
    import formsa.sub
    import formsa.deep.inner as inner
    from formsa import sub, value as v
    assert formsa.sub is sub and formsa.value == v == 1 and sub.renamed == "formsa.deep.inner" and sub.alias is inner and inner.up == 1 and sub.__name__ == "formsa.sub" and sub.__package__ == "formsa" and formsa.__package__ == "formsa" and formsa.__path__ == [os.path.join(folder, "formsa")] and sub.__file__ == os.path.join(folder, "formsa", "sub.py") and sub.__spec__.name == "formsa.sub" and sub.__spec__.origin == sub.__file__ and sub.__spec__.parent == "formsa" and sub.__doc__ is None
    space = {}
    exec("from formsa import *", space)
    assert sorted(k for k in space if not k.startswith("__")) == ["sub", "value"]
    space = {}
    exec("from formsb import *", space)
    assert sorted(k for k in space if not k.startswith("__")) == ["shown"]
    assert repr(sub) == f"<module 'formsa.sub' from {sub.__file__!r}>" and repr(sys) == "<module 'sys' (built-in)>" and type(sub) is types.ModuleType and __import__("formsa.sub") is formsa and importlib.import_module(".sub", "formsa") is sub and sys.modules["formsa.sub"] is sub


def test_errors():
    package({"errora/__init__.py": "", "errora/bad.py": "1 / 0\n", "errora/broken.py": "x = (\n", "errorb.py": "import no_such_module_at_all\n"})
    error = raises(ModuleNotFoundError, importlib.import_module, "no_such_module")
    assert str(error) == "No module named 'no_such_module'" and error.name == "no_such_module" and error.path is None
    assert message(ModuleNotFoundError, importlib.import_module, "errora.nope") == "No module named 'errora.nope'" and message(ModuleNotFoundError, importlib.import_module, "os.path.x") == "No module named 'os.path.x'; 'os.path' is not a package" and raises(ZeroDivisionError, importlib.import_module, "errora.bad") and "errora.bad" not in sys.modules and raises(SyntaxError, importlib.import_module, "errora.broken") and message(ModuleNotFoundError, importlib.import_module, "errorb") == "No module named 'no_such_module_at_all'"

    def missing_name():
        from errora import nope

    def star():
        exec("from errora import *\nfrom errora.nope import *", {})

    error = raises(ImportError, missing_name)
    assert str(error) == f"cannot import name 'nope' from 'errora' ({sys.modules['errora'].__file__})" and error.name == "errora" and error.name_from == "nope" and raises(ModuleNotFoundError, star)
    assert message(ImportError, exec, "from . import x", {"__name__": "__main__", "__package__": None}) == "attempted relative import with no known parent package" and message(ImportError, exec, "from ... import x", {"__package__": "errora"}) == "attempted relative import beyond top-level package"
    sys.modules["blocked"] = None
    assert message(ModuleNotFoundError, importlib.import_module, "blocked") == "import of blocked halted; None in sys.modules"
    del sys.modules["blocked"]
    assert raises(AttributeError, lambda: sys.modules["errora"].nope).args == ("module 'errora' has no attribute 'nope'",) and message(ValueError, __import__, "") == "Empty module name"


def test_circular():
    package({"circa.py": "import circb\nvalue = 1\ndef use():\n    return circb.value\n", "circb.py": "import circa\nvalue = 2\ndef use():\n    return circa.value\n", "circc.py": "from circd import x\n", "circd.py": "from circc import y\n", "circe/__init__.py": "from . import one\n", "circe/one.py": "from . import two\nx = 1\n", "circe/two.py": "from . import one\n"})
    import circa, circb, circe.two
    assert circa.use() == 2 and circb.use() == 1 and circe.two.one.x == 1
    text = message(ImportError, importlib.import_module, "circc")
    assert text.startswith("cannot import name 'x' from partially initialized module 'circd'") or text.startswith("cannot import name 'y' from partially initialized module 'circc' (most likely due to a circular import)"), text


def test_module_getattr_and_dir():
    package({"dyn.py": "real = 1\ndef __getattr__(name):\n    if name == 'lazy':\n        return 'made'\n    raise AttributeError('no ' + name)\ndef __dir__():\n    return ['b', 'a']\n"})
    import dyn
    assert dyn.real == 1 and dyn.lazy == "made" and message(AttributeError, lambda: dyn.other) == "no other" and dir(dyn) == ["a", "b"]
    from dyn import lazy
    assert lazy == "made"


def test_reload():
    folder = package({"again.py": "count = globals().get('count', 0) + 1\n"})
    import again
    assert again.count == 1
    again.extra = "kept"
    assert importlib.reload(again) is again and again.count == 2 and again.extra == "kept"
    with open(os.path.join(folder, "again.py"), "w") as stream:
        stream.write("count = 'completely new text'\n")
    importlib.invalidate_caches()
    importlib.reload(again)
    assert again.count == "completely new text" and raises(TypeError, importlib.reload, 5)


def test_namespace_packages():
    package({"spaced/one.py": "x = 1\n"})
    package({"spaced/two.py": "x = 2\n"})
    import spaced.one, spaced.two
    assert spaced.one.x + spaced.two.x == 3 and len(list(spaced.__path__)) == 2


def test_hooks():
    class Finder:
        @staticmethod
        def find_spec(name, path, target=None):
            if name == "virtual_module":
                return importlib.util.spec_from_loader(name, Loader())

    class Loader:
        def create_module(self, spec):
            return None

        def exec_module(self, module):
            module.answer = 42

    import importlib.util
    sys.meta_path.insert(0, Finder)
    try:
        import virtual_module
        assert virtual_module.answer == 42
    finally:
        sys.meta_path.remove(Finder)
        del sys.modules["virtual_module"]
    module = types.ModuleType("made", "doc")
    module.x = 1
    sys.modules["made"] = module
    import made
    assert made is module and made.__doc__ == "doc"
    del sys.modules["made"]
    import builtins
    original, seen = builtins.__import__, []

    def spy(name, *args, **kwargs):
        seen.append(name)
        return original(name, *args, **kwargs)

    builtins.__import__ = spy
    try:
        import math
        from os import path
    finally:
        builtins.__import__ = original
    assert seen == ["math", "os"]


def test_execution_once_and_order():
    package({"once.py": "import sys\nsys.once_log = getattr(sys, 'once_log', []) + [__name__]\n"})
    import once
    import once
    from once import sys as s
    assert sys.once_log == ["once"]
    del sys.once_log, sys.modules["once"]


def test_bytecode_and_data():
    folder = package({"pkgdata/__init__.py": "", "pkgdata/file.txt": "content"})
    import pkgutil
    import pkgdata
    assert pkgutil.get_data("pkgdata", "file.txt") == b"content" and importlib.util.find_spec("pkgdata").submodule_search_locations == [os.path.join(folder, "pkgdata")] and importlib.util.find_spec("no_such") is None
    from importlib import resources
    assert resources.files(pkgdata).joinpath("file.txt").read_text() == "content"


def test_zip():
    import zipfile
    folder = package({})
    path = os.path.join(folder, "lib.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("zipped.py", "x = 'from zip'\n")
    sys.path.insert(0, path)
    try:
        import zipped
        assert zipped.x == "from zip" and zipped.__file__ == os.path.join(path, "zipped.py")
    finally:
        sys.path.remove(path)


def test_zzz_cleanup():
    for folder in folders:
        sys.path.remove(folder)
        shutil.rmtree(folder)


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
