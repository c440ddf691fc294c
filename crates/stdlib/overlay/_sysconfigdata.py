"""What `sysconfig` wants to know about how this Python was built.

There is no Makefile behind this runtime: these are the values that programs look up, with what holds for it.
"""

import sys

_prefix = getattr(sys, "base_prefix", sys.prefix)
_multiarch = getattr(sys.implementation, "_multiarch", "")
_soabi = "-".join(part for part in (sys.implementation.cache_tag, _multiarch) if part)

build_time_vars = {
    "ABIFLAGS": "",
    "ABI_THREAD": "",
    "AR": "ar",
    "ARFLAGS": "rcs",
    "BINDIR": f"{_prefix}/bin",
    "CC": "cc",
    "CCSHARED": "-fPIC",
    "CFLAGS": "",
    "CONFIG_ARGS": "",
    "CXX": "c++",
    "EXE": "",
    "EXEEXT": "",
    "EXT_SUFFIX": f".{_soabi}.so",
    "HAVE_DYNAMIC_LOADING": 1,
    "HAVE_FORK": 1,
    "HAVE_SENDFILE": 1,
    "HOST_GNU_TYPE": _multiarch,
    "INCLUDEDIR": f"{_prefix}/include",
    "INCLUDEPY": f"{_prefix}/include/python3.14",
    "LDFLAGS": "",
    "LDSHARED": "cc -shared",
    "LIBDEST": f"{_prefix}/lib/python3.14",
    "LIBDIR": f"{_prefix}/lib",
    "LIBRARY": "",
    "MACHDEP": sys.platform,
    "MULTIARCH": _multiarch,
    "PY_CFLAGS": "",
    "PY_LDFLAGS": "",
    "Py_DEBUG": 0,
    "Py_ENABLE_SHARED": 0,
    "Py_GIL_DISABLED": 0,
    "Py_REMOTE_DEBUG": 0,
    "Py_TRACE_REFS": 0,
    "SHELL": "/bin/sh -e",
    "SHLIB_SUFFIX": ".so",
    "SIZEOF_VOID_P": 8,
    "SOABI": _soabi,
    "TZPATH": "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo",
    "VERSION": "3.14",
    "WITH_DOC_STRINGS": 1,
    "exec_prefix": _prefix,
    "prefix": _prefix,
    "py_version_short": "3.14",
}
