"""Recorded outcomes: attributes and messages of exceptions, groups, errors of built-in functions, sys, marshal.

Each line printed below is compared with what CPython 3.14 printed (the list at the end).
"""
import builtins

LINES = []


def print(*args, sep=' ', end='\n', **rest):
    if rest or not (sep is None or isinstance(sep, str)) or not (end is None or isinstance(end, str)):
        return builtins.print(*args, sep=sep, end=end, **rest)
    LINES.append(sep.join(map(str, args)))


def t(f):
    try: r=f(); print(r if not isinstance(r,BaseException) else repr(r))
    except BaseException as e: print(type(e).__name__, e)
t(lambda: AttributeError(foo=1)); t(lambda: ImportError(foo=1)); t(lambda: NameError(foo=1)); t(lambda: StopIteration(foo=1)); t(lambda: OSError(foo=1))
t(lambda: SyntaxError(1,(1,))); t(lambda: SyntaxError(1,(1,2,3,4,5))); t(lambda: SyntaxError(1,3))
t(lambda: UnicodeDecodeError(1)); t(lambda: UnicodeDecodeError(1,2,3,4,5)); t(lambda: UnicodeTranslateError(1,2,3))
t(lambda: str(UnicodeTranslateError('abc',1,2,'r'))); t(lambda: str(UnicodeTranslateError('abc',1,3,'r')))
t(lambda: str(UnicodeEncodeError('enc','a\u1234\U00012345',2,3,'r'))); t(lambda: str(UnicodeDecodeError('enc',b'a\xff',1,2,'r'))); t(lambda: str(UnicodeDecodeError('enc',b'a\xff',1,12,'r'))); t(lambda: str(UnicodeDecodeError('enc',b'a\xff',1,0,'r')))
t(lambda: UnicodeDecodeError('enc',3,-1,0,'r').start); t(lambda: UnicodeDecodeError('enc',bytearray(b'ab'),-1,0,'r').object)
e=UnicodeDecodeError('enc',b'abc',1,2,'r')
def f():e.start='x'
t(f)
def f():del e.start
t(f)
e=UnicodeEncodeError.__new__(UnicodeEncodeError)
t(lambda:str(e)); t(lambda:e.start); t(lambda:e.object); t(lambda:e.encoding)
t(lambda:OSError(2,'x','f').characters_written)
t(lambda:str(OSError(2,'x','f',None,'g'))); t(lambda:str(OSError(2,'x',5))); t(lambda:OSError(2,'x',5).__reduce__())
t(lambda:BlockingIOError(11,'x',5).characters_written); t(lambda:BlockingIOError(11,'x',5).args)
t(lambda:OSError(2,'x','f',None,'g').__reduce__()); t(lambda:OSError(2,'x','f',None,'g',9).__reduce__())
for n in (2,13,17,11,32,10,111,104,20,21,4,3,110,1,999): print(type(OSError(n,'x')).__name__)
t(lambda:ImportError('a',name='b',path='c').__reduce__()); t(lambda:AttributeError('a',name='b').__reduce__())
e=SyntaxError('m',('a/f',3,2,'t')); t(lambda:str(e)); e=SyntaxError('m',(None,3,2,'t')); t(lambda:str(e))
t(lambda:ExceptionGroup(1)); t(lambda:ExceptionGroup(1,2)); t(lambda:ExceptionGroup('1',2)); t(lambda:ExceptionGroup('1',[])); t(lambda:ExceptionGroup('1',[1])); t(lambda:ExceptionGroup('1',[KeyboardInterrupt()])); t(lambda:ExceptionGroup('1',[KeyError()],x=1))
class E2(ExceptionGroup):pass
t(lambda:E2('1',[KeyboardInterrupt()]))
t(lambda:ExceptionGroup('1',[KeyError(1)]).split(3)); t(lambda:ExceptionGroup('1',[KeyError(1)]).derive(3)); t(lambda:ExceptionGroup('1',[KeyError(1)]).split())
g=ExceptionGroup('g',[KeyError(1),ValueError(2),ExceptionGroup('h',[TypeError(3),ValueError(4)])])
t(lambda:g.split(ValueError)); t(lambda:g.subgroup(lambda e:isinstance(e,TypeError))); t(lambda:g); t(lambda:str(g)); t(lambda:g.split((KeyError,TypeError)))
try:
    try: raise g
    except* ValueError as v: print('V',v.exceptions)
    except* TypeError as v: print('T',v.exceptions); raise OSError('zz')
except BaseException as e: print(repr(e))
try:
    try: raise KeyError(7)
    except* KeyError as v: print(repr(v)); raise
except BaseException as e: print(repr(e))
t(lambda: KeyError('a')); t(lambda: str(KeyError('a'))); t(lambda:str(KeyError('a',1))); t(lambda:StopIteration(3).value); t(lambda: SystemExit(1,2).code)
class X(Exception):
    def __init__(self,a,b): super().__init__(a); self.b=b
t(lambda:X(1,2)); t(lambda: X(1,2).b); t(lambda:X(1,2).__dict__)
x=X(1,2); x.add_note('n1'); t(lambda:x.__notes__)
t(lambda:x.add_note(3)); t(lambda:x.with_traceback(3))
def f():
    try: 1/0
    except Exception as e: raise ValueError('v')
try: f()
except ValueError as e: print(repr(e.__context__), e.__cause__, e.__suppress_context__, e.__traceback__.tb_lineno)
def f(): raise ValueError from KeyError
try: f()
except ValueError as e: print(repr(e.__cause__), e.__suppress_context__)
def f(): raise 3
t(f)
def f(): raise ValueError from 3
t(f)
class B(Exception):
    def __new__(c): return 3
def f(): raise B
t(f)
def g():
    raise StopIteration
    yield
t(lambda:list(g()))
import sys
t(lambda:chr(10**20)); t(lambda:chr(-1)); t(lambda:chr('a')); t(lambda:ord('ab')); t(lambda:ord(3)); t(lambda:ord(b''))
t(lambda:max()); t(lambda:max([])); t(lambda:max(1,2,default=3)); t(lambda:max(1)); t(lambda:max([],x=3)); t(lambda:max([3,1,9,2])); t(lambda:min('hello',key=ord)); t(lambda:max([],default=5))
t(lambda:sum()); t(lambda:sum(['a'],'')); t(lambda:sum([],b'')); t(lambda:sum([0.1]*10)); t(lambda:sum([1,2,3.5])); t(lambda:sum([[1],[2]],[])); t(lambda:sum([2**62,2**62,2**63])); t(lambda:sum([1,True,2j]))
t(lambda:iter(3)); t(lambda:iter(3,4)); t(lambda:next(3)); t(lambda:iter()); t(lambda:list(iter(lambda:4,4))); t(lambda:next(iter([]),5)); t(lambda:next(iter([])))
t(lambda:print(sep=3)); t(lambda:print(x=3)); t(lambda:print(end=3)); t(lambda:vars(3)); t(lambda:round('a')); t(lambda:round()); t(lambda:eval(3)); t(lambda:exec(3))
t(lambda:exec('',3)); t(lambda:exec('',{},3)); t(lambda:eval('',3)); t(lambda:eval('',{},3)); t(lambda:eval('1\0')); t(lambda:exec('1',closure=()))
t(lambda:eval(' 1+1')); t(lambda:eval('x',{'x':5})); t(lambda:eval('[y for y in z]',{},{'z':[1]}))
d={}; exec('a=1\ndef f():return a\nb=f()',d); t(lambda:(d['a'],d['b'],sorted(d)))
t(lambda:compile('1','f','foo')); t(lambda:compile('1','f','func_type')); t(lambda:compile('1','f','exec',flags=1<<30)); t(lambda:compile('1','f','exec',optimize=5)); t(lambda:compile(3,'f','exec')); t(lambda:compile('3',3,'exec'))
t(lambda:__build_class__(1)); t(lambda:__build_class__(1,2)); t(lambda:__build_class__(lambda:0,2)); t(lambda:__build_class__(lambda:0,'a',metaclass=3))
t(lambda:hasattr(1,2)); t(lambda:getattr(1,2)); t(lambda:getattr(1)); t(lambda:setattr(1,'a')); t(lambda:isinstance(1)); t(lambda:divmod(1)); t(lambda:pow(1)); t(lambda:pow(2,10,1000)); t(lambda:abs()); t(lambda:aiter(1)); t(lambda:anext(1)); t(lambda:dir(1,2)); t(lambda:id()); t(lambda:__import__()); t(lambda:sorted()); t(lambda:sorted([3,1,2],reverse=True)); t(lambda:sorted([],foo=3)); t(lambda:format()); t(lambda:input(1,2))
t(lambda:(bin(10),hex(-255),oct(8),round(2.5),round(2.567,2),divmod(-7,2),all([1,0]),any([0,1]),callable(print),ascii('é')))
t(lambda:sys._getframe(1000)); t(lambda:sys.setrecursionlimit(0)); t(lambda:sys.intern(3)); t(lambda:sys.set_int_max_str_digits(3)); t(lambda:sys.exit(1,2)); t(lambda:sys.exit((1,2)).args)
t(lambda:sys.float_info); t(lambda:sys.hash_info); t(lambda:sys.int_info); t(lambda:sys.version_info[:2])
t(lambda:sys.monitoring.use_tool_id(9,'a')); t(lambda:sys.monitoring.use_tool_id(1,'a'));t(lambda:sys.monitoring.use_tool_id(1,'a'));t(lambda:sys.monitoring.get_tool(1));t(lambda:sys.monitoring.set_events(2,1));t(lambda:sys.monitoring.set_events(1,1<<22));t(lambda:sys.monitoring.set_events(1,65536));t(lambda:sys.monitoring.set_events(1,256));t(lambda:sys.monitoring.get_events(1)); t(lambda:sys.monitoring._all_events())
def f():
    import nonexist
t(f)
def f():
    from sys import nonexist
t(f)
def f():
    from . import x
t(f)
t(lambda:sys.foo)
import marshal
for v in (1,-1,2**100,1.5,2j,'a','é\ud800',b'x',(1,2),[1,[2]],{'a':1},{1,2},frozenset([3]),None,True,...,slice(1,2),StopIteration):
    print(marshal.loads(marshal.dumps(v))==v if type(v)!=type(...) else 1, end=' ')
print()
c=compile('x=1\ndef f(a,*b,c=2):\n  return a+c\ny=f(1)','n','exec'); d={}; exec(marshal.loads(marshal.dumps(c)),d); print(d['y'])
t(lambda:marshal.loads(b'')); t(lambda:marshal.loads(b'i1')); t(lambda:marshal.dumps(object())); t(lambda:marshal.loads(b'?'))
class M(type):
    @classmethod
    def __prepare__(m,n,b,**k): print('prep',n,b,k); return {}
    def __new__(m,n,b,ns,**k): return super().__new__(m,n,b,ns)
    def __init__(s,*a,**k):pass
class C(metaclass=M,z=1):
    def f(self): return __class__
print(C().f() is C)
class G:
    def __mro_entries__(self,b): return (dict,)
class D(G()): pass
print(D.__mro__, D.__orig_bases__[0].__class__.__name__)
print('io' in sys.stdlib_module_names)
def f(a,b=1):
    z=3
    print(sorted(locals()), sorted(vars()), dir())
f(1)
class T(BaseException):
    pass
t(lambda:T(1,2).__reduce__()); t(lambda:repr(T('a'))); t(lambda:str(T()))
e=T(1); e.__setstate__({'q':2}); t(lambda:e.q); t(lambda:e.__setstate__(3))
def f(): e.args=3
t(f)
def f(): del e.args
t(f)
def f(): e.__cause__=3
t(f)
def f(): e.__traceback__=3
t(f)
def f(): e.__dict__=3
t(f)


def test_outcomes():
    for number, (got, wanted) in enumerate(zip(LINES, WANTED)):
        assert got == wanted, (number, got, wanted)
    assert len(LINES) == len(WANTED), (len(LINES), len(WANTED))


WANTED = [
    "TypeError AttributeError() got an unexpected keyword argument 'foo'",
    "TypeError ImportError() got an unexpected keyword argument 'foo'",
    "TypeError NameError() got an unexpected keyword argument 'foo'",
    'TypeError StopIteration() takes no keyword arguments',
    'TypeError OSError() takes no keyword arguments',
    'TypeError function takes at least 4 arguments (1 given)',
    'TypeError end_offset must be provided when end_lineno is provided',
    "TypeError 'int' object is not iterable",
    'TypeError function takes exactly 5 arguments (1 given)',
    'TypeError argument 1 must be str, not int',
    'TypeError function takes exactly 4 arguments (3 given)',
    "can't translate character '\\x62' in position 1: r",
    "can't translate characters in position 1-2: r",
    "'enc' codec can't encode character '\\U00012345' in position 2: r",
    "'enc' codec can't decode byte 0xff in position 1: r",
    "'enc' codec can't decode bytes in position 1-11: r",
    "'enc' codec can't decode bytes in position 1--1: r",
    "TypeError a bytes-like object is required, not 'int'",
    "b'ab'",
    'TypeError an integer is required',
    "TypeError can't delete numeric/char attribute",
    '',
    '0',
    'None',
    'None',
    'AttributeError characters_written',
    "[Errno 2] x: 'f' -> 'g'",
    '[Errno 2] x: 5',
    "(<class 'FileNotFoundError'>, (2, 'x', 5))",
    '5',
    "(11, 'x', 5)",
    "(<class 'FileNotFoundError'>, (2, 'x', 'f', None, 'g'))",
    "(<class 'OSError'>, (2, 'x', 'f', None, 'g', 9))",
    'FileNotFoundError',
    'PermissionError',
    'FileExistsError',
    'BlockingIOError',
    'BrokenPipeError',
    'ChildProcessError',
    'ConnectionRefusedError',
    'ConnectionResetError',
    'NotADirectoryError',
    'IsADirectoryError',
    'InterruptedError',
    'ProcessLookupError',
    'TimeoutError',
    'PermissionError',
    'OSError',
    "(<class 'ImportError'>, ('a',), {'name': 'b', 'path': 'c'})",
    "(<class 'AttributeError'>, ('a',), {'name': 'b', 'args': ('a',)})",
    'm (f, line 3)',
    'm (line 3)',
    'TypeError BaseExceptionGroup.__new__() takes exactly 2 arguments (1 given)',
    'TypeError BaseExceptionGroup.__new__() argument 1 must be str, not int',
    'TypeError second argument (exceptions) must be a sequence',
    'ValueError second argument (exceptions) must be a non-empty sequence',
    'ValueError Item 0 of second argument (exceptions) is not an exception',
    'TypeError Cannot nest BaseExceptions in an ExceptionGroup',
    'TypeError ExceptionGroup() takes no keyword arguments',
    "TypeError Cannot nest BaseExceptions in 'E2'",
    'TypeError expected an exception type, a tuple of exception types, or a callable (other than a class)',
    'TypeError second argument (exceptions) must be a sequence',
    'TypeError BaseExceptionGroup.split() takes exactly one argument (0 given)',
    "(ExceptionGroup('g', [ValueError(2), ExceptionGroup('h', [ValueError(4)])]), ExceptionGroup('g', [KeyError(1), ExceptionGroup('h', [TypeError(3)])]))",
    "ExceptionGroup('g', [ExceptionGroup('h', [TypeError(3)])])",
    "ExceptionGroup('g', [KeyError(1), ValueError(2), ExceptionGroup('h', [TypeError(3), ValueError(4)])])",
    'g (3 sub-exceptions)',
    "(ExceptionGroup('g', [KeyError(1), ExceptionGroup('h', [TypeError(3)])]), ExceptionGroup('g', [ValueError(2), ExceptionGroup('h', [ValueError(4)])]))",
    "V (ValueError(2), ExceptionGroup('h', [ValueError(4)]))",
    "T (ExceptionGroup('h', [TypeError(3)]),)",
    "ExceptionGroup('', [OSError('zz'), ExceptionGroup('g', [KeyError(1)])])",
    "ExceptionGroup('', (KeyError(7),))",
    "ExceptionGroup('', (KeyError(7),))",
    "KeyError('a')",
    "'a'",
    "('a', 1)",
    '3',
    '(1, 2)',
    'X(1)',
    '2',
    "{'b': 2}",
    "['n1']",
    'TypeError add_note() argument must be str, not int',
    'TypeError __traceback__ must be a traceback or None',
    "ZeroDivisionError('division by zero') None False 63",
    'KeyError() True',
    'TypeError exceptions must derive from BaseException',
    'TypeError exception causes must derive from BaseException',
    "TypeError calling <class '__main__.B'> should have returned an instance of BaseException, not <class 'int'>",
    'RuntimeError generator raised StopIteration',
    'ValueError chr() arg not in range(0x110000)',
    'ValueError chr() arg not in range(0x110000)',
    "TypeError 'str' object cannot be interpreted as an integer",
    'TypeError ord() expected a character, but string of length 2 found',
    'TypeError ord() expected string of length 1, but int found',
    'TypeError ord() expected a character, but string of length 0 found',
    'TypeError max expected at least 1 argument, got 0',
    'ValueError max() iterable argument is empty',
    'TypeError Cannot specify a default for max() with multiple positional arguments',
    "TypeError 'int' object is not iterable",
    "TypeError max() got an unexpected keyword argument 'x'",
    '9',
    'e',
    '5',
    'TypeError sum() takes at least 1 positional argument (0 given)',
    "TypeError sum() can't sum strings [use ''.join(seq) instead]",
    "TypeError sum() can't sum bytes [use b''.join(seq) instead]",
    '1.0',
    '6.5',
    '[1, 2]',
    '18446744073709551616',
    '(2+2j)',
    "TypeError 'int' object is not iterable",
    'TypeError iter(v, w): v must be callable',
    "TypeError 'int' object is not an iterator",
    'TypeError iter expected at least 1 argument, got 0',
    '[]',
    '5',
    'StopIteration ',
    'TypeError sep must be None or a string, not int',
    "TypeError print() got an unexpected keyword argument 'x'",
    'TypeError end must be None or a string, not int',
    'TypeError vars() argument must have __dict__ attribute',
    "TypeError type str doesn't define __round__ method",
    "TypeError round() missing required argument 'number' (pos 1)",
    'TypeError eval() arg 1 must be a string, bytes or code object',
    'TypeError exec() arg 1 must be a string, bytes or code object',
    'TypeError exec() globals must be a dict, not int',
    'TypeError locals must be a mapping or None, not int',
    'TypeError globals must be a dict',
    'TypeError locals must be a mapping',
    'SyntaxError source code string cannot contain null bytes',
    'TypeError closure can only be used when source is a code object',
    '2',
    '5',
    '[1]',
    "(1, 1, ['__builtins__', 'a', 'b', 'f'])",
    "ValueError compile() mode must be 'exec', 'eval' or 'single'",
    "ValueError compile() mode 'func_type' requires flag PyCF_ONLY_AST",
    'ValueError compile(): unrecognised flags',
    'ValueError compile(): invalid optimize value',
    'TypeError compile() arg 1 must be a string, bytes or AST object',
    'TypeError expected str, bytes or os.PathLike object, not int',
    'TypeError __build_class__: not enough arguments',
    'TypeError __build_class__: func must be a function',
    'TypeError __build_class__: name is not a string',
    "TypeError 'int' object is not callable",
    "TypeError attribute name must be string, not 'int'",
    "TypeError attribute name must be string, not 'int'",
    'TypeError getattr expected at least 2 arguments, got 1',
    'TypeError setattr expected 3 arguments, got 2',
    'TypeError isinstance expected 2 arguments, got 1',
    'TypeError divmod expected 2 arguments, got 1',
    "TypeError pow() missing required argument 'exp' (pos 2)",
    '24',
    'TypeError abs() takes exactly one argument (0 given)',
    "TypeError 'int' object is not an async iterable",
    "TypeError 'int' object is not an async iterator",
    'TypeError dir expected at most 1 argument, got 2',
    'TypeError id() takes exactly one argument (0 given)',
    "TypeError __import__() missing required argument 'name' (pos 1)",
    'TypeError sorted expected 1 argument, got 0',
    '[3, 2, 1]',
    "TypeError sort() got an unexpected keyword argument 'foo'",
    'TypeError format expected at least 1 argument, got 0',
    'TypeError input expected at most 1 argument, got 2',
    '(\'0b1010\', \'-0xff\', \'0o10\', 2, 2.57, (-4, 1), False, True, True, "\'\\\\xe9\'")',
    'ValueError call stack is not deep enough',
    'ValueError recursion limit must be greater or equal than 1',
    'TypeError intern() argument must be str, not int',
    'ValueError maxdigits must be >= 640 or 0 for unlimited',
    'TypeError exit expected at most 1 argument, got 2',
    'SystemExit (1, 2)',
    'sys.float_info(max=1.7976931348623157e+308, max_exp=1024, max_10_exp=308, min=2.2250738585072014e-308, min_exp=-1021, min_10_exp=-307, dig=15, mant_dig=53, epsilon=2.220446049250313e-16, radix=2, rounds=1)',
    "sys.hash_info(width=64, modulus=2305843009213693951, inf=314159, nan=0, imag=1000003, algorithm='siphash13', hash_bits=64, seed_bits=128, cutoff=0)",
    'sys.int_info(bits_per_digit=30, sizeof_digit=4, default_max_str_digits=4300, str_digits_check_threshold=640)',
    '(3, 14)',
    'ValueError invalid tool 9 (must be between 0 and 5)',
    'None',
    'ValueError tool 1 is already in use',
    'a',
    'ValueError tool 2 is not in use',
    'ValueError invalid event set 0x400000',
    'ValueError cannot set C_RETURN or C_RAISE events independently',
    'None',
    '256',
    "{'BRANCH_LEFT': 2}",
    "ModuleNotFoundError No module named 'nonexist'",
    "ImportError cannot import name 'nonexist' from 'sys' (unknown location)",
    'ImportError attempted relative import with no known parent package',
    "AttributeError module 'sys' has no attribute 'foo'",
    'True',
    'True',
    'True',
    'True',
    'True',
    'True',
    'True',
    'True',
    'True',
    'True',
    'True',
    'True',
    'True',
    'True',
    'True',
    '1',
    'True',
    'True',
    '',
    '3',
    'EOFError EOF read where object expected',
    'EOFError marshal data too short',
    'ValueError unmarshallable object',
    'ValueError bad marshal data (unknown type code)',
    "prep C () {'z': 1}",
    'True',
    "(<class '__main__.D'>, <class 'dict'>, <class 'object'>) G",
    'True',
    "['a', 'b', 'z'] ['a', 'b', 'z'] ['a', 'b', 'z']",
    "(<class '__main__.T'>, (1, 2))",
    "T('a')",
    '',
    '2',
    'TypeError state is not a dictionary',
    "TypeError 'int' object is not iterable",
    'TypeError args may not be deleted',
    'TypeError exception cause must be None or derive from BaseException',
    'TypeError __traceback__ must be a traceback or None',
    "TypeError __dict__ must be set to a dictionary, not a 'int'",
]

test_outcomes()
builtins.print('ok')
