#!/usr/bin/env python3
"""Nanoseconds of single statements, on several interpreters in turn, and how they compare: a way to find what is slow.

    bench/statements.py whipsnake=target/release/whipsnake python=python3.14 [--below 1.0] [--only TEXT]

Each statement runs in a loop of its own whose names are local variables; the least of five rounds counts. With one argument less, an
interpreter measures itself: this file is also what they run.
"""

import sys
import time

CLASSES = """
class A:
    __slots__ = ("x", "y")
    def __init__(self, x, y=0): self.x = x; self.y = y
    def __add__(self, other): return self
    def __eq__(self, other): return self.x == other.x
    def __lt__(self, other): return self.x < other.x
    def __hash__(self): return 5
    def __getitem__(self, i): return i
    def __len__(self): return 3
    def __bool__(self): return True
    def __contains__(self, i): return True
    def __call__(self, i): return i
    def __iter__(self): yield 1; yield 2
    def m(self): return 1
    @property
    def p(self): return self.x
    @classmethod
    def cm(cls): return 1
    @staticmethod
    def sm(): return 1
    def __enter__(self): return self
    def __exit__(self, *details): pass
    def __getattr__(self, name): return 7
class D(A):
    def m(self): return super().m()
class E: pass
a, c, d, e = A(1), A(2), D(3), E()
e.x, e.y = 1, 2
"""

CALLS = """
def f0(): pass
def f1(a): return a
def f2(a, b): return b
def fs(*a): return a
def fk(**k): return k
def fsk(*a, **k): return a
def fd(a, b=1, c=2): return c
def ko(*, a, b=2): return a
t, dd = (1, 2), {"a": 1, "b": 2}
"""

BUILTINS = """
import re
s, by, i, x, n = "hello world", b"hello world", 12345, 1.5, 10**30
L, D, t, st = [1, 2, 3, 4, 5], {"a": 1, "b": 2, "c": 3}, (1, 2, 3), {1, 2, 3}
r = re.compile("w(o)r")
"""

LIBRARY = """
import bisect, contextlib, copy, datetime, functools, heapq, itertools, json, logging, math, operator, os, pickle, random, string, struct
from abc import ABC
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
def g(n):
    for i in range(n): yield i
def g2(n): yield from g(n)
async def co(): return 1
async def co2(): return await co()
def run(coroutine):
    try: coroutine.send(None)
    except StopIteration as stop: return stop.value
P = namedtuple("P", "x y")
@dataclass
class DC:
    x: int
    y: int = 0
class En(Enum):
    A = 1
    B = 2
class AB(ABC): pass
@contextlib.contextmanager
def cm(): yield
p, dc, ab, fr, de = P(1, 2), DC(1), AB(), Fraction(1, 3), Decimal("1.1")
dq, ddd, od = deque([1, 2, 3]), defaultdict(int), OrderedDict(a=1)
cache, part = functools.lru_cache(g), functools.partial(g, 3)
L, T = list(range(20)), (1, 2)
obj = {"a": [1, 2, {"b": None, "c": "hello"}], "d": 1.5}
js, lg = json.dumps(obj), logging.getLogger("x")
dt, td = datetime.datetime(2020, 1, 1), datetime.timedelta(1)
"""

# What is set up, what is measured, how often.
GROUPS = [
    (CLASSES, 20000, [
        "a+c", "a==c", "a<c", "a[1]", "len(a)", "bool(a)", "not a", "1 in a", "a(1)", "list(a)", "for q in a: pass", "a.m()",
        "d.m()", "a.p", "A.cm()", "a.cm()", "a.sm()", "A(1)", "A(1,2)", "A(x=1,y=2)", "a.zz", "with a: pass", "e.x", "e.x=3",
        "hash(a)", "isinstance(a,A)", "isinstance(a,(int,str))", "type(a)", "a is c", "{a:1}", "max(a,c)", "sorted([c,a])",
        "getattr(a,'x')", "setattr(a,'x',1)", "hasattr(a,'x')", "E()", "a!=c", "D(1)",
    ]),
    (CALLS, 20000, [
        "f0()", "f1(1)", "f2(1,2)", "f2(a=1,b=2)", "f2(*t)", "fs(1,2)", "fs(*t)", "fk(a=1)", "fk(**dd)", "fsk(*t,**dd)", "fd(1)",
        "fd(1,c=3)", "ko(a=1)", "f2(**dd)", "(lambda x:x)(1)", "list(map(f1,t))", "sum(x for x in t)", "[f1(x) for x in t]",
        "sorted(t,key=f1)", "list(filter(None,t))", "any(x for x in t)", "dict(a=1,b=2)", "dict(dd)", "{**dd}", "[*t,*t]",
        "print(end='')", "def g(x): return x", "x=lambda: 1",
    ]),
    (BUILTINS, 10000, [
        "s+s", "s.upper()", "s.split()", "s.replace('o','0')", "s.startswith('he')", "s.find('w')", "s[2:5]", "s[3]", "'x' in s",
        "f'{i} {s}'", "f'{x:.2f}'", "'%s %d'%(s,i)", "'{} {}'.format(s,i)", "' '.join(['a','b','c'])", "str(i)", "int('123')",
        "float('1.5')", "repr(s)", "s==s+''", "s.encode()", "by.decode()", "s.strip()", "s.lower()", "s.isdigit()",
        "for ch in s: pass", "s.partition(' ')", "s.rfind('o')", "s.count('o')", "s*3", "ord('a')", "chr(97)", "hash(s)",
        "str(x)", "repr(L)", "str(D)", "L[1]", "L[1]=2", "L[1:3]", "L.append(1);L.pop()", "len(L)", "for q in L: pass",
        "[q for q in L]", "L+L", "L*2", "L==L[:]", "2 in L", "L.index(3)", "sorted(L)", "L.sort()", "reversed(L)",
        "list(reversed(L))", "list(L)", "tuple(L)", "set(L)", "enumerate(L)", "for p,q in enumerate(L): pass",
        "for p,q in zip(L,L): pass", "list(zip(L,L))", "a,*bb=L", "p,q,rr=t", "p,q=q,p=1,2", "sum(L)", "min(L)", "max(1,2)",
        "L.copy()", "L.insert(0,1);L.pop(0)", "L.extend(t);del L[5:]", "del L[0];L.insert(0,1)", "any(L)", "all(L)", "L[-1]",
        "L[::-1]", "dict.fromkeys(L)", "list(range(10))", "for q in range(10): pass", "[0]*100", "[[0]*3 for _ in L]", "D['a']",
        "D['a']=2", "D.get('z')", "D.get('a',1)", "'a' in D", "for k in D: pass", "for k,v in D.items(): pass",
        "list(D.values())", "{k:v for k,v in D.items()}", "D.setdefault('a',1)", "D.copy()", "D|D", "D.pop('a');D['a']=1",
        "D.update(a=1)", "{'x':1,'y':2}", "D=={'a':1}", "D.keys()&{'a'}", "len(D)", "dict(D)", "sorted(D)", "next(iter(D))",
        "{1,2,3}", "1 in st", "st|st", "st&st", "st-st", "st.add(4)", "frozenset(st)", "for q in st: pass", "{q for q in L}",
        "i+i", "i*i", "i//7", "i%7", "i/7", "i**2", "-i", "i<<3", "i&255", "divmod(i,7)", "abs(-i)", "x+x", "x*x", "x/3", "x**2",
        "x//1", "round(x)", "round(x,1)", "int(x)", "float(i)", "n+n", "n*n", "n//7", "n%12345", "pow(3,100,7)", "i==i+0", "i<x",
        "x<2", "bin(i)", "hex(i)", "x==1.5", "complex(1,2)*2j", "i.bit_length()", "isinstance(i,int)", "str(n)", "r.search(s)",
        "r.sub('x',s)", "re.match('h',s)", "r.search(s).group(1)", "try:\n  L[10]\nexcept IndexError: pass",
        "try:\n  raise ValueError(1)\nexcept ValueError as e: pass", "try:\n  D['zz']\nexcept KeyError: pass",
        "try: pass\nfinally: pass", "(lambda:(yield))()", "by[1]", "by[1:3]", "by+by", "bytearray(by)", "by.hex()", "by.split()",
        "import math;math.sqrt(x)", "import sys", "globals()", "iter(L)", "next(iter(L))", "id(L)", "callable(L)", "divmod(x,2)",
        "(1,2,3)", "(i,x)", "[i,x]", "L[i%5]", "if i>3 and x<2: pass", "i if x else s", "assert L", "zip(L)", "map(str,L)",
        "list(map(str,L))", "str.join(',',['a'])", "memoryview(by)", "slice(1,2)", "L[slice(1,3)]",
    ]),
    (BUILTINS, 200, [
        "type('X',(),{})", "class X: pass", "exec('1')", "eval('i')", "compile('1','','eval')",
    ]),
    (LIBRARY, 2000, [
        "for x in g(10): pass", "for x in g2(10): pass", "list(g(10))", "sum(g(10))", "run(co())", "run(co2())", "P(1,2)", "p.x",
        "p._replace(x=2)", "x,y=p", "dq.append(1);dq.popleft()", "ddd[1]+=1", "od['a']", "od['b']=1;del od['b']", "DC(1,2)",
        "dc.x", "dc==DC(1)", "repr(dc)", "En.A", "En(1)", "En.A.value", "En['A']", "En.A==En.B", "copy.copy(dc)", "copy.copy(L)",
        "copy.deepcopy(obj)", "json.dumps(obj)", "json.loads(js)", "list(itertools.chain(L,L))", "list(itertools.product(T,T))",
        "list(itertools.islice(L,5))", "list(itertools.accumulate(L))", "functools.reduce(operator.add,L)", "cache(3)", "part()",
        "heapq.heappush(L,99);heapq.heappop(L)", "bisect.bisect(L,5)", "operator.itemgetter(1)(T)", "random.random()",
        "random.randint(1,10)", "random.choice(L)", "random.shuffle(L)", "with cm(): pass",
        "with contextlib.suppress(ValueError): pass", "math.floor(1.5)", "math.sin(1.0)", "struct.pack('<IH',1,2)",
        "struct.unpack('<IH',b'123456')", "isinstance(ab,AB)", "fr+fr", "de+de", "lg.debug('x')", "dt+td",
        "datetime.datetime.now()", "os.path.join('a','b')", "os.path.exists('/tmp')", "Counter('hello')",
        "string.Template('$x').substitute(x=1)", "pickle.dumps(obj)", "[x for x in g(10)]", "tuple(x for x in T)",
        "dict((x,x) for x in T)", "set(x for x in T)", "all(x for x in T)", "max(g(10))", "sorted(L,key=lambda v:-v)",
        "list(map(lambda v:v,L))", "[*g(10)]", "''.join(str(x) for x in T)", "next(g(1))", "a,b=g(2)", "math.isclose(1.0,1.0)",
        "itertools.groupby(L)", "os.getcwd()", "functools.partial(g)",
    ]),
]


def measure(setup, statement, times):
    """The least nanoseconds of a statement."""
    space = {}
    exec(setup, space)
    names = ", ".join(f"{name}={name}" for name in space if not name.startswith("__"))
    body = "".join(f"        {line}\n" for line in statement.split("\n"))
    exec(f"def loop(times, {names}):\n    for _ in range(times):\n{body}", space)
    loop, best = space["loop"], float("inf")
    loop(times // 4 + 1)
    for _ in range(5):
        start = time.process_time_ns()
        loop(times)
        best = min(best, time.process_time_ns() - start)
    return best / times


def compare(arguments):
    """Runs the interpreters and prints the table, what gains least first."""
    import argparse
    import math
    import subprocess

    from _interpreters import parse

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("interpreters", nargs=2, metavar="NAME=COMMAND")
    parser.add_argument("--below", type=float, default=math.inf, help="only what the first one is less than this many times faster at")
    parser.add_argument("--only", default="", help="only statements with this text")
    options = parser.parse_args(arguments)
    results = []
    for _, command in parse(options.interpreters):
        text = open(__file__, encoding="utf-8").read()
        process = subprocess.run([*command, "-", options.only], input=text, stdout=subprocess.PIPE, text=True, check=True)
        results.append(dict(line.rsplit("\t", 1) for line in process.stdout.splitlines()))
    first, second = results
    ratios = sorted((float(second[key]) / float(first[key]), key) for key in first if key in second)
    for ratio, key in ratios:
        if ratio < options.below:
            print(f"{ratio:6.2f} {float(first[key]):9.1f} {float(second[key]):9.1f} ns  {key}")
    print(f"{math.exp(sum(math.log(ratio) for ratio, _ in ratios) / len(ratios)):6.2f} geometric mean of {len(ratios)}")


if len(sys.argv) > 2 or (len(sys.argv) == 2 and "=" in sys.argv[1]):
    compare(sys.argv[1:])
else:
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    for setup, times, statements in GROUPS:
        for statement in statements:
            if wanted in statement:
                print(repr(statement), measure(setup, statement, times), sep="\t", flush=True)
