"""What `dis` shows of code that has specialised, and the checks at back-edges of such code."""
import dis
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


test_forms_are_listed()
test_listing_by_text()
test_bytes_of_caches_may_look_like_executors()
test_a_signal_is_noticed_at_a_specialised_back_edge()
print("ok")
