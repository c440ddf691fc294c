"""_asyncio's futures and tasks: states, callbacks, errors, steps, cancellation, eager tasks, running loops."""

import _asyncio
import asyncio
import contextvars
import gc
import io
import os
import threading
import types
import weakref
from asyncio import CancelledError, InvalidStateError


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


class Loop:
    """Just what futures and tasks ask of a loop."""

    def __init__(self, debug=False):
        self.debug, self.ready, self.told = debug, [], []

    def get_debug(self):
        return self.debug

    def is_running(self):
        return _asyncio._get_running_loop() is self

    def call_soon(self, function, *args, context=None):
        self.ready.append((function, args, context))

    def call_exception_handler(self, context):
        self.told.append(context)

    def run(self):
        _asyncio._set_running_loop(self)
        try:
            while self.ready:
                function, args, context = self.ready.pop(0)
                context.run(function, *args)
        finally:
            _asyncio._set_running_loop(None)


def test_future_states():
    loop = Loop()
    assert asyncio.Future is _asyncio.Future and asyncio.Task is _asyncio.Task
    f = asyncio.Future(loop=loop)
    assert not f.done() and not f.cancelled() and f._state == "PENDING" and f.get_loop() is f._loop is loop
    assert f._callbacks is f._result is f._exception is f._source_traceback is f._cancel_message is None
    assert message(InvalidStateError, f.result) == "Result is not set."
    assert message(InvalidStateError, f.exception) == "Exception is not set."
    assert repr(f) == "<Future pending>"
    f.set_result(3)
    assert f.done() and f.result() == 3 and f.exception() is None and f._state == "FINISHED" and not f.cancel()
    assert message(InvalidStateError, f.set_result, 4) == "invalid state"
    assert message(InvalidStateError, f.set_exception, ValueError) == "invalid state"
    assert repr(f) == "<Future finished result=3>"
    f = asyncio.Future(loop=loop)
    assert f.cancel("why") and f.cancelled() and f.done() and f._cancel_message == "why" and not f.cancel()
    assert raises(CancelledError, f.result).args == raises(CancelledError, f.exception).args == ("why",)
    assert type(f._make_cancelled_error()) is CancelledError and repr(f) == "<Future cancelled>"
    f = asyncio.Future(loop=loop)
    assert message(TypeError, f.set_exception, 1) == message(TypeError, f.set_exception, int) == "invalid exception object"
    f.set_exception(KeyError)
    assert type(f.exception()) is KeyError and raises(KeyError, f.result) is f.exception()
    f = asyncio.Future(loop=loop)
    f.set_exception(StopIteration(1))
    assert type(f.exception()) is RuntimeError and f.exception().__cause__.value == 1
    assert message(TypeError, asyncio.Future, 1) == "Future() takes no positional arguments"
    assert message(TypeError, asyncio.Future, x=1) == "Future() got an unexpected keyword argument 'x'"
    assert message(AttributeError, asyncio.Future, loop=1) == "'int' object has no attribute 'get_debug'"
    assert asyncio.Future[int] == types.GenericAlias(asyncio.Future, int)


def test_uninitialized():
    f = asyncio.Future.__new__(asyncio.Future)
    for work in (repr, iter, lambda f: f.cancel(), lambda f: f.set_result(1), lambda f: f._state, lambda f: f._callbacks):
        assert message(RuntimeError, work, f) == "Future object is not initialized."
    assert message(RuntimeError, f.add_done_callback, print) == "uninitialized Future object"
    assert message(InvalidStateError, f.result) == "Future object is not initialized."
    assert not f.done() and f._loop is f._asyncio_awaited_by is None
    t = asyncio.Task.__new__(asyncio.Task)
    assert t.get_coro() is t.get_name() is t.get_context() is t._fut_waiter is None and t.cancelling() == 0
    assert message(RuntimeError, repr, t) == "Future object is not initialized."


def test_attributes():
    f = asyncio.Future(loop=Loop())
    f._asyncio_future_blocking = 3
    assert f._asyncio_future_blocking is True
    assert message(ValueError, setattr, f, "_log_traceback", True) == "_log_traceback can only be set to False"
    f._log_traceback = False
    f._cancel_message = 5
    assert f._cancel_message == 5
    for name in ("_asyncio_future_blocking", "_cancel_message", "_log_traceback"):
        assert message(AttributeError, delattr, f, name) == f"attribute '{name}' of '_asyncio.Future' objects cannot be deleted"
    raises(AttributeError, setattr, f, "_state", 1)
    assert weakref.ref(f)() is f

    class Sub(asyncio.Future):
        pass

    f = Sub(loop=Loop())
    f.extra = 1
    assert f.extra == 1 and repr(f) == "<Sub pending>" and isinstance(f, asyncio.Future)
    f = asyncio.Future(loop=Loop(debug=True))
    assert f._source_traceback[-1].name == "test_attributes" and "created at" in repr(f)


def test_callbacks():
    loop, calls = Loop(), []
    f = asyncio.Future(loop=loop)
    context = contextvars.copy_context()
    f.add_done_callback(calls.append, context=context)
    f.add_done_callback(print)
    f.add_done_callback(calls.append)
    f.add_done_callback(print)
    assert [c for c, _ in f._callbacks] == [calls.append, print, calls.append, print] and f._callbacks[0][1] is context
    assert f.remove_done_callback(print) == 2 and f.remove_done_callback(print) == 0 and len(f._callbacks) == 2
    f.set_result(None)
    assert [entry[:2] for entry in loop.ready] == [(calls.append, (f,))] * 2 and loop.ready[0][2] is context
    assert f._callbacks is None
    f.add_done_callback(print, context=context)
    assert loop.ready[2] == (print, (f,), context)
    assert message(TypeError, f.add_done_callback) == "add_done_callback() takes exactly 1 positional argument (0 given)"

    # What comparisons and loops do to the list meanwhile does no harm.
    class Clears:
        busy = False

        def __eq__(self, other):
            if not Clears.busy:
                Clears.busy = True
                f.remove_done_callback(int)
            return True

    f = asyncio.Future(loop=loop)
    for callback in (int, Clears(), int, str):
        f.add_done_callback(callback)
    f.remove_done_callback(Clears())
    loop.call_soon = lambda *args, context=None: f.remove_done_callback(str)
    f.add_done_callback(int)
    f.add_done_callback(str)
    f.set_result(1)
    assert f._callbacks is None


def test_never_retrieved():
    loop = Loop()
    f = asyncio.Future(loop=loop)
    f.set_exception(error := ValueError("lost"))
    assert f._log_traceback
    del f
    gc.collect()
    [context] = loop.told
    assert context["message"] == "Future exception was never retrieved" and context["exception"] is error
    assert list(context) == ["message", "exception", "future"] and context["future"].done()
    f = asyncio.Future(loop=loop)
    f.set_exception(error)
    f.exception()
    del f
    gc.collect()
    assert len(loop.told) == 1

    async def pending():
        await asyncio.Future(loop=loop)

    task = asyncio.Task(pending(), loop=loop)
    loop.run()
    assert task._fut_waiter._callbacks[0][0].__self__ is task
    del task
    gc.collect()
    assert [c["message"] for c in loop.told[1:]] == ["Task was destroyed but it is pending!"]
    assert list(loop.told[1]) == ["message", "task"]


def test_iterator():
    loop = Loop()
    f = asyncio.Future(loop=loop)
    it = iter(f)
    assert iter(it) is it and type(it).__name__ == "FutureIter" and next(it) is f and f._asyncio_future_blocking
    assert message(RuntimeError, next, it) == "await wasn't used with future"
    f.set_result(7)
    assert raises(StopIteration, it.send, "ignored").value == 7 and raises(StopIteration, next, it).value == 7
    it = f.__await__()
    assert message(ValueError, it.throw, ValueError("thrown")) == "thrown"
    raises(StopIteration, next, it)
    text = "exceptions must be classes deriving BaseException or instances of such a class"
    assert message(TypeError, it.throw, 1) == message(TypeError, it.throw, int) == text
    it.close()
    for value in ((1, 2), ValueError("a value"), None):
        f = asyncio.Future(loop=loop)
        f.set_result(value)
        assert raises(StopIteration, next, iter(f)).value is value


def test_task():
    loop, log = Loop(), []
    f = asyncio.Future(loop=loop)

    async def body():
        log.append(asyncio.current_task())
        log.append(await f)
        return "done"

    task = asyncio.Task(coro := body(), loop=loop, name="one")
    assert task.get_name() == "one" and task.get_coro() is task._coro is coro and not task._must_cancel
    step, args, context = loop.ready[0]
    assert type(step).__name__ == "TaskStepMethWrapper" and step.__self__ is task and args == () and context is task.get_context()
    assert message(TypeError, step, 1) == "function takes no positional arguments"
    assert message(TypeError, step, a=1) == "function takes no keyword arguments"
    assert message(RuntimeError, step) == f"loop {loop!r} is not the running loop"
    loop.run()
    assert log == [task] and task._fut_waiter is f and f._asyncio_awaited_by == {task}
    assert f._callbacks[0][0].__name__ == "task_wakeup" and not f._asyncio_future_blocking
    assert "wait_for=<Future pending cb=[Task.task_wakeup()]>" in repr(task) and "coro=<test_task.<locals>.body() running" in repr(task)
    assert [frame.f_code.co_name for frame in task.get_stack()] == ["body"]
    task.print_stack(file=(out := io.StringIO()))
    assert out.getvalue().startswith("Stack for <Task pending name='one'") and "log.append(await f)" in out.getvalue()
    f.set_result("result")
    loop.run()
    assert log[1] == "result" and task.result() == "done" and task._fut_waiter is None and f._asyncio_awaited_by is None
    task.set_name(5)
    assert task.get_name() == "5"
    assert message(RuntimeError, task.set_result, 1) == "Task does not support set_result operation"
    assert message(RuntimeError, task.set_exception, 1) == "Task does not support set_exception operation"
    assert message(TypeError, asyncio.Task, 1, loop=loop) == "a coroutine was expected, got 1"
    assert message(TypeError, asyncio.Task) == "Task() missing required argument 'coro' (pos 1)"
    assert message(TypeError, asyncio.Task, 1, loop) == "Task() takes exactly 1 positional argument (2 given)"
    _asyncio._set_running_loop(loop)
    assert message(InvalidStateError, step).startswith("__step(): already done: <Task finished name='5'")
    _asyncio._set_running_loop(None)
    task, other = [asyncio.Task(body(), loop=loop) for _ in range(2)]
    numbers = [int(t.get_name().removeprefix("Task-")) for t in (task, other)]
    assert numbers[1] == numbers[0] + 1
    loop.run()


@types.coroutine
def yields(value):
    return (yield value)


def test_bad_yields():
    loop = Loop()

    def error(value):
        async def body():
            await yields(value() if callable(value) else value)

        task = asyncio.Task(body(), loop=loop, name="bad")
        loop.run()
        return str(task.exception())

    assert error(5) == "Task got bad yield: 5"
    assert error(asyncio.Future(loop=loop)).startswith("yield was used instead of yield from in task <Task pending name='bad'")
    assert error(i for i in ()).startswith("yield was used instead of yield from for generator in task <Task pending")

    def foreign():
        f = asyncio.Future(loop=Loop())
        f._asyncio_future_blocking = True
        return f

    assert "got Future <Future pending> attached to a different loop" in error(foreign)

    def own():
        task = asyncio.current_task()
        task._asyncio_future_blocking = True
        return task

    assert error(own).startswith("Task cannot await on itself: <Task pending name='bad'")

    async def gives_way():
        await yields(None)
        return 1

    task = asyncio.Task(gives_way(), loop=loop)
    loop.run()
    assert task.result() == 1

    # Something else that looks like a future, and something else that looks like a coroutine.
    class Duck:
        _asyncio_future_blocking = True
        _loop = loop
        callbacks = []

        def add_done_callback(self, function, *, context):
            self.callbacks.append(function)

        def result(self):
            raise ValueError("from the duck")

    class Coroutine:
        sent = 0

        def send(self, value):
            Coroutine.sent += 1
            return duck

        def throw(self, exception):
            raise StopIteration(("thrown", str(exception)))

        def close(self):
            pass

        def __await__(self):
            return self

    duck = Duck()
    task = asyncio.Task(Coroutine(), loop=loop)
    loop.run()
    assert task._fut_waiter is duck and duck._asyncio_future_blocking is False and not task.done()
    duck.callbacks[0].__self__ is task
    loop.call_soon(duck.callbacks[0], duck, context=contextvars.copy_context())
    loop.run()
    assert task.result() == ("thrown", "from the duck") and Coroutine.sent == 1


def test_cancel():
    loop, log = Loop(), []
    f = asyncio.Future(loop=loop)

    async def waits():
        await f

    task = asyncio.Task(waits(), loop=loop)
    loop.run()
    assert task.cancel("reason") and f.cancelled() and task.cancelling() == 1 and not task._must_cancel
    loop.run()
    assert task.cancelled() and raises(CancelledError, task.result).args == ("reason",) and not task.cancel()

    async def ignores():
        try:
            await asyncio.Future(loop=loop)
        except CancelledError:
            log.append(asyncio.current_task().uncancel())
        return "survived"

    task = asyncio.Task(ignores(), loop=loop)
    loop.run()
    task.cancel()
    assert task.cancel() and task.cancelling() == 2 and task.uncancel() == 1
    loop.run()
    assert log == [0] and task.result() == "survived" and task.cancelling() == 0

    # Before the first step, and right before the end.
    task = asyncio.Task(waits(), loop=loop)
    assert task.cancel() and task._must_cancel and "cancelling" in repr(task)
    loop.run()
    assert task.cancelled()

    async def cancels_itself():
        asyncio.current_task().cancel("self")
        return 1

    task = asyncio.Task(cancels_itself(), loop=loop)
    loop.run()
    assert task.cancelled() and raises(CancelledError, task.result).args == ("self",)

    async def exits():
        raise SystemExit(3)

    task = asyncio.Task(exits(), loop=loop)
    assert raises(SystemExit, loop.run).code == 3 and task.exception().code == 3 and _asyncio._get_running_loop() is None


def test_contexts():
    var = contextvars.ContextVar("var", default=0)

    async def body():
        var.set(var.get() + 1)
        await asyncio.sleep(0)
        return var.get()

    async def main():
        var.set(10)
        assert await asyncio.create_task(body()) == 11 and var.get() == 10
        context = contextvars.copy_context()
        assert await asyncio.create_task(body(), context=context) == 11 and context[var] == 11
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        assert await asyncio.create_task(body()) == 11 and var.get() == 10
        return asyncio.current_task().get_context().get(var)

    assert asyncio.run(main()) == 10


def test_eager():
    log = []

    async def immediate(x):
        log.append((x, asyncio.current_task().get_name()))
        assert asyncio.current_task() in asyncio.all_tasks()
        return x

    async def later(x):
        await asyncio.sleep(0)
        return x

    async def fails():
        raise ValueError("eagerly")

    async def main():
        loop, own = asyncio.get_running_loop(), asyncio.current_task()
        task = asyncio.Task(immediate(1), loop=loop, eager_start=True, name="e")
        assert log == [(1, "e")] and task.done() and task.get_coro() is None and task.result() == 1
        assert asyncio.current_task() is own and task not in asyncio.all_tasks()
        task = asyncio.Task(later(2), loop=loop, eager_start=True)
        assert not task.done() and task in asyncio.all_tasks() and await task == 2
        task = asyncio.Task(fails(), loop=loop, eager_start=True)
        assert str(task.exception()) == "eagerly"

    asyncio.run(main())
    loop = Loop()
    assert not asyncio.Task(later(1), loop=loop, eager_start=True).done() and len(loop.ready) == 1
    loop.run()


def test_functions():
    loop = Loop()
    assert _asyncio._get_running_loop() is None
    assert message(RuntimeError, asyncio.get_running_loop) == message(RuntimeError, asyncio.current_task) == "no running event loop"
    assert message(RuntimeError, asyncio.all_tasks) == "no running event loop"
    _asyncio._set_running_loop(loop)
    assert asyncio.get_running_loop() is asyncio.get_event_loop() is loop and asyncio.current_task() is None
    _asyncio._enter_task(loop, 5)
    assert asyncio.current_task() == asyncio.current_task(loop) == 5 and asyncio.current_task(3) is None
    for work in (_asyncio._enter_task, _asyncio._leave_task, _asyncio._swap_current_task):
        assert message(RuntimeError, work, 1, 5) == "loop 1 is not the running loop"
    assert message(RuntimeError, _asyncio._enter_task, loop, 6) == "Cannot enter into task 6 while another task 5 is being executed."
    assert message(RuntimeError, _asyncio._leave_task, loop, 6) == "Invalid attempt to leave task 6 while task 5 is entered."
    _asyncio._leave_task(loop, 5)
    assert message(RuntimeError, _asyncio._leave_task, loop, 5) == "Invalid attempt to leave task 5 while task None is entered."
    assert _asyncio._swap_current_task(loop, 1) is None and _asyncio._swap_current_task(loop, None) == 1
    # Each thread has its own loop, and sees the tasks of the others.
    seen, other = [], Loop()

    def work():
        seen.append(_asyncio._get_running_loop())
        _asyncio._set_running_loop(other)
        seen.append(asyncio.current_task(loop))

    _asyncio._enter_task(loop, "main's")
    for _ in range(2):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen == [None, "main's"] * 2 and asyncio.current_task(other) is None
    _asyncio._leave_task(loop, "main's")
    _asyncio._set_running_loop(None)

    class Foreign:
        def __init__(self, done, loop):
            self.is_done, self._loop = done, loop

        def done(self):
            return self.is_done

    tasks = [Foreign(False, loop), Foreign(True, loop), Foreign(False, other), Foreign(False, loop)]
    for task in tasks[:3]:
        _asyncio._register_task(task)
    _asyncio._register_eager_task(tasks[3])
    assert asyncio.all_tasks(loop) == {tasks[0], tasks[3]} and asyncio.all_tasks(other) == {tasks[2]}
    _asyncio._unregister_task(tasks[0])
    _asyncio._unregister_eager_task(tasks[3])
    assert asyncio.all_tasks(loop) == set()
    assert message(TypeError, _asyncio._register_task, 3) == "cannot create weak reference to 'int' object"

    async def body():
        pass

    task = asyncio.Task(body(), loop=loop)
    assert asyncio.all_tasks(loop) == {task}
    _asyncio._unregister_task(task)
    assert asyncio.all_tasks(loop) == set()
    _asyncio._register_task(task)
    _asyncio._register_task(task)
    assert asyncio.all_tasks(loop) == {task}
    loop.run()
    assert asyncio.all_tasks(loop) == set()


def test_fork():
    loop, task = Loop(), object()
    _asyncio._set_running_loop(loop)
    _asyncio._enter_task(loop, task)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            if _asyncio._get_running_loop() is None:
                _asyncio._set_running_loop(loop)
                status = 0 if asyncio.current_task() is None else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    _asyncio._leave_task(loop, task)
    _asyncio._set_running_loop(None)


def test_awaited_by():
    loop = Loop()
    f, a, b = [asyncio.Future(loop=loop) for _ in range(3)]
    add, discard = asyncio.future_add_to_awaited_by, asyncio.future_discard_from_awaited_by
    add(f, 1)
    add(1, f)
    assert f._asyncio_awaited_by is None
    add(f, a)
    assert f._asyncio_awaited_by == frozenset({a})
    add(f, b)
    assert f._asyncio_awaited_by == frozenset({a, b}) and type(f._asyncio_awaited_by) is frozenset
    discard(f, a)
    discard(f, b)
    assert f._asyncio_awaited_by == frozenset()


def test_subclass():
    log = []

    class Sub(asyncio.Task):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.extra = []

        def cancel(self, msg=None):
            log.append(msg)
            return super().cancel(msg)

        def __del__(self):
            log.append("del")
            super().__del__()

    async def inner():
        await asyncio.sleep(100)

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(lambda loop, coro, **kwargs: Sub(coro, loop=loop, **kwargs))
        child = asyncio.create_task(inner())
        parent = asyncio.create_task(waits(child))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert child._asyncio_awaited_by == {parent} and parent._fut_waiter is child
        parent.cancel("down")
        try:
            await parent
        except CancelledError as error:
            assert error.args == ("down",)
        assert child.cancelled()
        child.extra.append(child)

    async def waits(child):
        await child

    asyncio.run(main())
    assert log[:2] == ["down", "down"]
    gc.collect()
    assert log.count("del") == 4, log


def test_many():
    """Trees of tasks, many of them in cycles that only the collector ends."""
    kept = []

    async def tree(depth):
        if depth == 0:
            await asyncio.sleep(0)
            kept.append(asyncio.current_task())
            return 1
        return sum(await asyncio.gather(*[tree(depth - 1) for _ in range(4)]))

    async def main(factory):
        asyncio.get_running_loop().set_task_factory(factory)
        total = await tree(4)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(tree(1)) for _ in range(5)]
        return total + sum(t.result() for t in tasks)

    for factory in (None, asyncio.eager_task_factory):
        assert asyncio.run(main(factory)) == 276
        alive = [weakref.ref(task) for task in kept]
        for i, task in enumerate(kept):
            task._cancel_message = kept[i - 1]
        kept.clear()
        task = None
        gc.collect()
        assert not any(ref() for ref in alive)


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
