"""multiprocessing and what it stands on: SemLock, shared memory; processes by fork and by spawn.

What needs ctypes (Value, Array) is not here. Children that are spawned import this file.
"""

import _multiprocessing
import _posixshmem
import concurrent.futures
import errno
import multiprocessing
import os
import pickle
import queue
import signal
import sys
import threading
import time
from multiprocessing import shared_memory

SemLock = _multiprocessing.SemLock
RECURSIVE_MUTEX, SEMAPHORE = 0, 1


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def in_thread(function):
    """What the function returns in another thread."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


def name_of(what):
    return f"/whipsnake-test-{what}-{os.getpid()}"


def test_module():
    assert _multiprocessing.flags["HAVE_SEM_OPEN"] == 1
    assert _multiprocessing.flags["HAVE_SEM_TIMEDWAIT"] == 1
    assert SemLock.SEM_VALUE_MAX == 2**31 - 1
    assert SemLock.__module__ == "_multiprocessing"
    assert repr(SemLock(1, 0, 1, name_of("repr"), True)).startswith("<_multiprocessing.SemLock object at 0x")


def test_arguments():
    name = name_of("arguments")
    assert message(TypeError, SemLock) == "SemLock() missing required argument 'kind' (pos 1)"
    assert message(TypeError, SemLock, 1, 1, 1, name, 1, 3) == "SemLock() takes at most 5 arguments (6 given)"
    assert message(TypeError, SemLock, 1, 1, 1, b"x", 1) == "SemLock() argument 'name' must be str, not bytes"
    assert message(TypeError, SemLock, 1, "a", 1, name, 1) == "'str' object cannot be interpreted as an integer"
    assert message(ValueError, SemLock, 1, 1, 1, "x\0", 1) == "embedded null character"
    assert message(ValueError, SemLock, 2, 1, 1, name, 1) == "unrecognized kind"
    assert raises(OSError, SemLock, 1, -1, 1, name, 1).errno == errno.EINVAL
    assert raises(OSError, SemLock, 1, 1, 1, "a/b/c", 1).errno == errno.EINVAL
    raises(OverflowError, SemLock, 1, 2**31, 1, name, 1)
    raises(OverflowError, SemLock, 1, 0, 2**31, name, 1)
    lock = SemLock(kind=1, value=1, maxvalue=1, name=name, unlink=True)
    assert message(AttributeError, setattr, lock, "kind", 3) == "readonly attribute"
    raises(AttributeError, setattr, lock, "other", 3)
    assert message(TypeError, pickle.dumps, lock) == "cannot pickle '_multiprocessing.SemLock' object"
    assert message(TypeError, lock.acquire, True, "x") == "must be real number, not str"
    raises(TypeError, lock.acquire, True, 1, 2)
    raises(TypeError, lock.__exit__, 1, 2, 3, 4)


def test_semaphore():
    s = SemLock(SEMAPHORE, 1, 3, name_of("semaphore"), True)
    assert (s.kind, s.maxvalue, s.name, type(s.handle)) == (1, 3, None, int)
    assert (s._get_value(), s._count(), s._is_mine(), s._is_zero()) == (1, 0, False, False)
    assert s.acquire() is True
    assert (s._get_value(), s._count(), s._is_mine(), s._is_zero()) == (0, 1, True, True)
    assert in_thread(s._is_mine) is False
    assert s.acquire(False) is False
    assert s.acquire(block=False, timeout=5) is False
    assert s.acquire(True, 0.01) is False
    assert s.acquire(timeout=-1) is False
    for timeout in (float("inf"), float("nan"), 1e30):
        assert raises(OSError, s.acquire, timeout=timeout).errno == errno.EINVAL
    assert s._count() == 1
    # Anybody may release a semaphore, up to its largest value.
    in_thread(s.release)
    s.release()
    s.release()
    assert (s._get_value(), s._count()) == (3, -2)
    assert message(ValueError, s.release) == "semaphore or lock released too many times"
    with s as entered:
        assert entered is True and s._get_value() == 2
    assert s.__exit__.__self__ is s and s._get_value() == 3
    # A time that cannot be shown does no harm where there is nothing to wait for.
    assert s.acquire(True, float("nan")) is True


def test_recursive():
    lock = SemLock(RECURSIVE_MUTEX, 1, 1, name_of("recursive"), True)
    words = "attempt to release recursive lock not owned by thread"
    assert message(AssertionError, lock.release) == words
    assert lock.acquire() and lock.acquire() and lock.__enter__()
    # The holder is not asked for a sensible timeout.
    assert lock.acquire(True, "x") is True
    assert (lock._count(), lock._get_value(), lock._is_mine()) == (4, 0, True)
    assert in_thread(lambda: message(AssertionError, lock.release)) == words
    assert in_thread(lambda: lock.acquire(False)) is False
    for _ in range(3):
        lock.release()
    assert (lock._count(), lock._get_value()) == (1, 0)
    lock.__exit__(None, None, None)
    assert (lock._count(), lock._get_value()) == (0, 1)
    lock.acquire()
    lock._after_fork()
    assert lock._count() == 0 and not lock._is_mine()


def test_names():
    name = name_of("names")
    first = SemLock(SEMAPHORE, 1, 1, name, False)
    assert first.name == name
    assert raises(OSError, SemLock, 1, 1, 1, name, False).errno == errno.EEXIST
    second = SemLock._rebuild(-1, SEMAPHORE, 1, name)
    assert (second.name, second.kind, second.maxvalue) == (name, 1, 1)
    assert first.acquire()
    assert second.acquire(False) is False
    second.release()
    assert first._get_value() == 1 and (first._count(), second._count()) == (1, -1)
    assert _multiprocessing.sem_unlink(name) is None
    assert raises(OSError, _multiprocessing.sem_unlink, name).errno == errno.ENOENT
    assert raises(OSError, SemLock._rebuild, -1, 1, 1, name).errno == errno.ENOENT
    # It works on without its name, and after one of the two objects is gone.
    del second
    assert first.acquire() and first._is_zero()
    raises(TypeError, SemLock._rebuild)
    assert message(TypeError, SemLock._rebuild, -1, 1, 1, b"x") == "_rebuild() argument 4 must be str or None, not bytes"
    assert message(ValueError, SemLock._rebuild, -1, 1, 1, "x\0") == "embedded null character"
    assert message(TypeError, _multiprocessing.sem_unlink, 5) == "sem_unlink() argument must be str, not int"

    class Mine(SemLock):
        pass

    assert type(Mine(1, 1, 1, name, False)) is Mine
    assert type(Mine._rebuild(-1, 1, 1, name)) is Mine
    _multiprocessing.sem_unlink(name)


def test_waiting():
    s = SemLock(SEMAPHORE, 0, 5, name_of("waiting"), True)
    # Those who wait let others run.
    threads = [threading.Thread(target=s.acquire, args=args) for args in ((), (True, 60), (True, 60))]
    for thread in threads:
        thread.start()
    for _ in threads:
        s.release()
    for thread in threads:
        thread.join()
    assert s._is_zero()

    # A signal's handler runs, and the wait goes on unless the handler raises.
    seen = []

    def handler(number, frame):
        seen.append(number)
        if len(seen) == 3:
            raise LookupError("from the handler")
        signal.setitimer(signal.ITIMER_REAL, 0.02)

    old = signal.signal(signal.SIGALRM, handler)
    try:
        for arguments in ((), (True, 60)):
            seen.clear()
            words = message(LookupError, lambda: (signal.setitimer(signal.ITIMER_REAL, 0.02), s.acquire(*arguments)))
            assert words == "from the handler"
            assert s._count() == 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def test_shared_memory():
    name = name_of("memory")
    fd = _posixshmem.shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
    assert not os.get_inheritable(fd)
    os.ftruncate(fd, 10)
    os.close(fd)
    error = raises(FileExistsError, _posixshmem.shm_open, name, os.O_CREAT | os.O_EXCL | os.O_RDWR)
    assert (error.errno, error.filename) == (errno.EEXIST, name)
    assert _posixshmem.shm_unlink(name) is None
    error = raises(FileNotFoundError, _posixshmem.shm_unlink, name)
    assert (error.errno, error.filename) == (errno.ENOENT, name)
    assert raises(FileNotFoundError, _posixshmem.shm_open, path=name, flags=os.O_RDONLY).filename == name
    assert raises(OSError, _posixshmem.shm_open, "/a/b/c", 0).errno == errno.EINVAL
    assert message(TypeError, _posixshmem.shm_open, 5, 0) == "shm_open() argument 1 must be str, not int"
    assert message(TypeError, _posixshmem.shm_unlink, b"x") == "shm_unlink() argument must be str, not bytes"
    assert message(ValueError, _posixshmem.shm_open, "a\0b", 0) == "embedded null character"
    assert message(ValueError, _posixshmem.shm_unlink, "a\0b") == "embedded null character"

    memory = shared_memory.SharedMemory(create=True, size=20, track=False)
    try:
        again = shared_memory.SharedMemory(memory.name, track=False)
        memory.buf[:5] = b"hello"
        assert bytes(again.buf[:5]) == b"hello"
        again.close()
    finally:
        memory.close()
        memory.unlink()


def square(x):
    return x * x


def fail(x):
    raise LookupError(x)


def talk(requests, answers, lock, event, semaphore, condition):
    """A child that does what it is asked to."""
    event.set()
    for word, argument in iter(requests.get, None):
        if word == "add":
            with lock, lock:
                answers.put(sum(argument))
        elif word == "release":
            semaphore.release()
        elif word == "notify":
            with condition:
                condition.notify_all()
        elif word == "memory":
            memory = shared_memory.SharedMemory(argument)
            memory.buf[3] += 1
            memory.close()
            answers.put("seen")
    sys.exit(3)


def fill(numbers, names):
    numbers.append(os.getpid())
    names["child"] = os.getpid()


def check_processes(method):
    context = multiprocessing.get_context(method)
    requests, answers = context.Queue(), context.SimpleQueue()
    lock, event, semaphore = context.RLock(), context.Event(), context.Semaphore(0)
    condition = context.Condition()
    child = context.Process(target=talk, args=(requests, answers, lock, event, semaphore, condition))
    memory = shared_memory.SharedMemory(create=True, size=10)
    try:
        child.start()
        assert event.wait(60)
        requests.put(("add", [1, 2, 3]))
        assert answers.get() == 6
        requests.put(("release", None))
        assert semaphore.acquire(timeout=60)
        with condition:
            requests.put(("notify", None))
            assert condition.wait(60)
        memory.buf[3] = 41
        requests.put(("memory", memory.name))
        assert answers.get() == "seen" and memory.buf[3] == 42
        requests.put(None)
        child.join()
        assert child.exitcode == 3
    finally:
        memory.close()
        memory.unlink()
    raises(queue.Empty, requests.get, timeout=0.01)

    with context.Pool(2) as pool:
        assert pool.map(square, range(20), chunksize=3) == [x * x for x in range(20)]
        assert pool.apply(square, (5,)) == 25
        assert sorted(pool.imap_unordered(square, range(5))) == [0, 1, 4, 9, 16]
        assert message(LookupError, pool.apply_async(fail, ("away",)).get) == "away"

    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor:
        assert list(executor.map(square, range(5))) == [0, 1, 4, 9, 16]
        assert message(LookupError, executor.submit(fail, "off").result) == "off"

    with context.Manager() as manager:
        numbers, names = manager.list([1]), manager.dict()
        child = context.Process(target=fill, args=(numbers, names))
        child.start()
        child.join()
        assert child.exitcode == 0
        assert list(numbers) == [1, child.pid] and dict(names) == {"child": child.pid}

    if method == "fork":
        child = context.Process(target=time.sleep, args=(100,))
        child.start()
        child.terminate()
        child.join()
        assert child.exitcode == -signal.SIGTERM


def test_fork():
    check_processes("fork")


def test_spawn():
    check_processes("spawn")


def system_shares():
    """Whether the system has named semaphores and shared memory: containers may come without either."""
    try:
        multiprocessing.get_context("spawn").Lock()
        shared_memory.SharedMemory(create=True, size=1).unlink()
    except OSError as error:
        assert error.errno in (errno.ENOSYS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.EROFS), error
        return False
    return True


if __name__ == "__main__":
    for _name, _test in list(globals().items()):
        if _name.startswith("test_") and system_shares():
            _test()
    print("ok")
