import a
import a.b
import a.b.c as d
import a as b, c
from a import b
from a import b as c, d
from . import e
from ..f import g
from h import *
import sys

sys.exit(1)


def f():
    import a.b.c as x
    from m import n
    return x.y()
