"""threading, queue, contextvars, asyncio, concurrent.futures, subprocess, signal."""

import asyncio
import concurrent.futures
import contextvars
import os
import queue
import signal
import subprocess
import sys
import threading
import time


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


def test_threads():
    total, lock = [0], threading.Lock()

    def work(n):
        for _ in range(n):
            with lock:
                total[0] += 1

    threads = [threading.Thread(target=work, args=(1000,), name=f"t{i}") for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert total == [4000] and not threads[0].is_alive() and threads[0].name == "t0" and threading.current_thread() is threading.main_thread() and threading.active_count() == 1
    local = threading.local()
    local.x = 1
    seen = []
    t = threading.Thread(target=lambda: seen.append(hasattr(local, "x")))
    t.start()
    t.join()
    assert seen == [False] and local.x == 1
    event, barrier, condition = threading.Event(), threading.Barrier(2), threading.Condition()
    t = threading.Thread(target=lambda: (event.wait(60), barrier.wait(60)))
    t.start()
    event.set()
    barrier.wait(60)
    t.join()
    assert event.is_set() and not lock.locked() and lock.acquire(timeout=0.01) and not lock.acquire(blocking=False)
    lock.release()
    assert message(RuntimeError, lock.release) == "release unlocked lock"
    r = threading.RLock()
    with r, r:
        pass
    s = threading.Semaphore(1)
    assert s.acquire() and not s.acquire(blocking=False)
    with condition:
        assert condition.wait(0.01) is False
    timer = threading.Timer(0.01, seen.append, ["timer"])
    timer.start()
    timer.join()
    assert seen[-1] == "timer"


def test_queue():
    q, results = queue.Queue(maxsize=2), []

    def consumer():
        while (item := q.get()) is not None:
            results.append(item)
            q.task_done()

    t = threading.Thread(target=consumer)
    t.start()
    for i in range(100):
        q.put(i)
    q.join()
    q.put(None)
    t.join()
    assert results == list(range(100)) and raises(queue.Empty, q.get_nowait) and q.empty()
    p = queue.PriorityQueue()
    for n in (3, 1, 2):
        p.put(n)
    assert [p.get() for _ in range(3)] == [1, 2, 3] and raises(queue.Empty, queue.SimpleQueue().get, timeout=0.01)


def test_contextvars():
    var = contextvars.ContextVar("var", default="default")
    token = var.set("one")
    assert var.get() == "one"
    var.reset(token)
    context = contextvars.copy_context()
    context.run(var.set, "inside")
    assert var.get() == "default" and context[var] == "inside" and raises(LookupError, contextvars.ContextVar("empty").get)


def test_futures():
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        assert list(pool.map(pow, [2, 3], [5, 2])) == [32, 9]
        future = pool.submit(lambda: 1 / 0)
        assert isinstance(future.exception(), ZeroDivisionError) and raises(ZeroDivisionError, future.result)
        done, pending = concurrent.futures.wait([pool.submit(int, str(i)) for i in range(5)])
        assert sorted(f.result() for f in done) == [0, 1, 2, 3, 4] and not pending


def test_asyncio():
    async def child(n):
        await asyncio.sleep(0.001 * (5 - n))
        return n * 2

    # Timers fire in the order of their times, however late they are.
    async def timed(n, start):
        loop = asyncio.get_running_loop()
        due = loop.create_future()
        loop.call_at(start + 0.001 * (5 - n), due.set_result, n)
        order.append(await due)

    async def main():
        start = asyncio.get_running_loop().time()
        await asyncio.gather(*(timed(i, start) for i in range(5)))
        assert await asyncio.gather(*(child(i) for i in range(5))) == [0, 2, 4, 6, 8]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(child(i)) for i in range(3)]
        assert [t.result() for t in tasks] == [0, 2, 4]
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(10)
        except TimeoutError:
            order.append("timeout")
        task = asyncio.create_task(asyncio.sleep(10))
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            order.append("cancelled")
        q = asyncio.Queue()
        await q.put(1)
        assert await q.get() == 1
        async with asyncio.Lock(), asyncio.Semaphore(1):
            pass
        assert await asyncio.to_thread(int, "5") == 5
        results = await asyncio.gather(child(1), failing(), return_exceptions=True)
        assert results[0] == 2 and isinstance(results[1], ValueError)
        return "finished"

    async def failing():
        raise ValueError("async")

    async def group_failure():
        async with asyncio.TaskGroup() as group:
            group.create_task(failing())

    order = []
    assert asyncio.run(main()) == "finished" and order[:5] == [4, 3, 2, 1, 0] and "timeout" in order and "cancelled" in order and message(ValueError, asyncio.run, failing()) == "async"
    error = raises(ExceptionGroup, asyncio.run, group_failure())
    assert [str(e) for e in error.exceptions] == ["async"]

    async def streams():
        async def echo(reader, writer):
            writer.write((await reader.readline()).upper())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\n")
        line = await reader.readline()
        writer.close()
        server.close()
        return line

    assert asyncio.run(streams()) == b"HELLO\n"


def test_subprocess():
    done = subprocess.run(["sh", "-c", "cat; echo err >&2; exit 3"], input=b"in", capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"in", b"err\n") and subprocess.check_output(["echo", "é"], text=True) == "é\n" and raises(subprocess.CalledProcessError, subprocess.check_call, ["false"]).returncode == 1 and raises(FileNotFoundError, subprocess.run, ["/no/such/program"]).errno == 2 and raises(subprocess.TimeoutExpired, subprocess.run, ["sleep", "5"], timeout=0.05)
    with subprocess.Popen([sys.executable, "-c", "import sys; print(sys.stdin.read() + '!')"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        assert p.communicate("child")[0] == "child!\n" and p.returncode == 0
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


def test_signals():
    seen = []
    old = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
        deadline = time.monotonic() + 60
        while not seen and time.monotonic() < deadline:
            pass
    finally:
        signal.signal(signal.SIGUSR1, old)
    assert seen == [signal.SIGUSR1]

    def interrupt(number, frame):
        raise ValueError("from handler")

    old = signal.signal(signal.SIGALRM, interrupt)
    try:
        # Both in one call: on a busy machine the alarm may come before the sleep begins.
        assert message(ValueError, lambda: (signal.setitimer(signal.ITIMER_REAL, 0.02), time.sleep(50))) == "from handler"
    finally:
        signal.signal(signal.SIGALRM, old)


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
