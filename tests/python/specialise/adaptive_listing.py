"""What `dis` shows of code that has specialised, and the checks at back-edges of such code."""
import dis
import opcode
import signal


def forms(function):
    """The names of the instructions; a fused one counts as the first of its parts, since the others are listed behind it."""
    return [i.opname.split("__")[0] for i in dis.get_instructions(function, adaptive=True)]


def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def test_forms_are_listed():
    assert "FOR_ITER" in forms(fib) and "RESUME" in forms(fib)
    for _ in range(100):
        assert fib(50) == 12586269025
    names = forms(fib)
    for name in ["RESUME_CHECK", "LOAD_GLOBAL_BUILTIN", "FOR_ITER_RANGE", "BINARY_OP_ADD_INT"]:
        assert name in names, name
    assert names.count("LOAD_FAST_LOAD_FAST") == 1
    assert "JUMP_BACKWARD_NO_JIT" in names or "JUMP_BACKWARD_JIT" in names
    plain = [i.opname for i in dis.get_instructions(fib)]
    assert "FOR_ITER" in plain and "RESUME" in plain and "JUMP_BACKWARD" in plain
    assert fib.__code__.replace().co_code == fib.__code__.co_code


def test_listing_by_text():
    lines = dis.Bytecode(fib, adaptive=True).dis()
    assert "FOR_ITER_RANGE" in lines and "BINARY_OP_ADD_INT" in lines


def test_bytes_of_caches_may_look_like_executors():
    import _opcode
    for offset in (0, 2, 1000):
        try:
            _opcode.get_executor(fib.__code__, offset)
        except ValueError:
            pass
        else:
            raise AssertionError


class Alarm(Exception):
    pass


def test_a_signal_is_noticed_at_a_specialised_back_edge():
    def on_alarm(*_):
        raise Alarm

    def spin(limit):
        n = 0
        while n != limit:
            try:
                while n != limit:
                    n += 1
            except Alarm:
                return "caught"
        return n

    assert spin(1000) == 1000
    old = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        assert spin(-1) == "caught"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def test_a_signal_is_noticed_at_a_function_entry():
    def on_alarm(*_):
        raise Alarm

    # No loop in Python code: only entries of functions can notice it.
    def nested(depth):
        if depth:
            nested(depth - 1)
            nested(depth - 1)

    for _ in range(100):
        nested(2)
    old = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        nested(200)
    except Alarm:
        pass
    else:
        raise AssertionError
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def test_sites_of_many_classes_keep_the_general_form():
    ours = any("__" in name for name in opcode._specialized_opmap)

    def read(o):
        return o.x

    def call(function, value):
        return function(value)

    def call_method(method):
        return method()

    classes = [type(f"C{i}", (), {"m": lambda self: self.x}) for i in range(4)]
    # The first instance of a class shows how much room the others need.
    for _ in range(2):
        objects = [made() for made in classes]
        for i, o in enumerate(objects):
            o.x = i
    functions = [lambda v: v, lambda v: v + 1, lambda v: v + 2]
    methods = [objects[0].m, type("D", (), {"m": lambda self: 7})().m]
    for _ in range(2000):
        assert [read(o) for o in objects] == [0, 1, 2, 3]
        assert [call(f, 5) for f in functions] == [5, 6, 7]
        assert [call_method(m) for m in methods] == [0, 7]
    if ours:
        assert "CALL_PY_GENERAL" in forms(call) and "CALL_BOUND_METHOD_GENERAL" in forms(call_method)
        # The generic form for a while, and then another look.
        seen = set()
        for _ in range(3000):
            read(objects[_ % 4])
            if _ % 100 == 0:
                seen |= {name for name in forms(read) if name.startswith("LOAD_ATTR")}
        assert "LOAD_ATTR" in seen, seen
    # One class from now on: the site adapts again.
    for _ in range(20000):
        assert read(objects[2]) == 2
    if ours:
        assert "LOAD_ATTR_INSTANCE_VALUE" in {i.opname.split("__")[-1] for i in dis.get_instructions(read, adaptive=True)}


test_a_signal_is_noticed_at_a_function_entry()
test_sites_of_many_classes_keep_the_general_form()
test_forms_are_listed()
test_listing_by_text()
test_bytes_of_caches_may_look_like_executors()
test_a_signal_is_noticed_at_a_specialised_back_edge()
print("ok")
