"""_socket, select, selectors, subprocess."""

import array
import os
import select
import selectors
import socket
import subprocess
import sys
import threading


def raises(kind, action, message=None):
    try:
        action()
    except kind as error:
        assert message is None or str(error) == message, str(error)
    else:
        raise AssertionError(f"{kind.__name__} expected")


def test_pairs():
    a, b = socket.socketpair()
    with a, b:
        assert a.send(b"abc") == 3 and b.recv(10) == b"abc"
        a.sendall(b"hello")
        buffer = bytearray(3)
        assert b.recv_into(buffer) == 3 and buffer == b"hel" and b.recvfrom(10) == (b"lo", None)
        assert a.sendmsg([b"ab", b"cd"]) == 4 and b.recvmsg(10) == (b"abcd", [], 0, None)
        r, w = os.pipe()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [w]))]
        a.sendmsg([b"x"], rights)
        data, items, flags, _ = b.recvmsg(1, socket.CMSG_SPACE(4))
        [(level, kind, fds)] = items
        other = array.array("i", fds)[0]
        os.write(other, b"through")
        assert os.read(r, 10) == b"through" and (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
        for fd in (r, w, other):
            os.close(fd)
        b.settimeout(0.01)
        raises(TimeoutError, lambda: b.recv(1), "timed out")
        b.setblocking(False)
        raises(BlockingIOError, lambda: b.recv(1))
        raises(ValueError, lambda: b.recv(-1), "negative buffersize in recv")
        a.shutdown(socket.SHUT_WR)
        assert b.recv(1) == b""


def test_connections():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

        def serve():
            connection, peer = server.accept()
            with connection, connection.makefile("rwb") as stream:
                stream.write(stream.readline().upper())

        thread = threading.Thread(target=serve)
        thread.start()
        with socket.create_connection(address, timeout=5) as client:
            client.sendall(b"hello\n")
            assert client.recv(100) == b"HELLO\n" and client.getpeername() == address
        thread.join()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        assert server.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 1
    raises(ConnectionRefusedError, lambda: socket.create_connection(address))
    raises(OSError, lambda: server.send(b""))
    s = socket.socket()
    raises(TypeError, lambda: s.bind("x"), "bind(): AF_INET address must be tuple, not str")
    raises(OverflowError, lambda: s.bind(("127.0.0.1", 70000)), "bind(): port must be 0-65535.")
    s.close()


def test_datagrams():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as b:
        a.bind(("127.0.0.1", 0))
        assert b.sendto(b"hi", a.getsockname()) == 2
        assert a.recvfrom(10) == (b"hi", ("127.0.0.1", b.getsockname()[1]))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        name = b"\0whipsnake-%d" % os.getpid()
        s.bind(name)
        assert s.getsockname() == name


def test_names():
    assert socket.inet_aton("1.2") == b"\1\0\0\2" and socket.inet_ntoa(b"\1\2\3\4") == "1.2.3.4"
    assert socket.inet_pton(socket.AF_INET6, "::1") == bytes(15) + b"\1"
    assert socket.htons(1) == 256 and socket.ntohl(1 << 24) == 1
    assert socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM) == [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    ]
    assert socket.getnameinfo(("127.0.0.1", 80), 3) == ("127.0.0.1", "80")
    raises(OSError, lambda: socket.inet_aton("x"), "illegal IP address string passed to inet_aton")
    raises(ValueError, lambda: socket.inet_ntop(99, b""), "unknown address family 99")


def test_select():
    r, w = os.pipe()
    assert select.select([r], [w], [], 0) == ([], [w], [])
    poll = select.poll()
    poll.register(r, select.POLLIN)
    assert poll.poll(0) == []
    os.write(w, b"x")
    assert poll.poll(1000) == [(r, select.POLLIN)] and select.select([r], [], [], None) == ([r], [], [])
    with select.epoll() as e:
        e.register(r, select.EPOLLIN)
        assert e.poll(1) == [(r, select.EPOLLIN)]
        raises(FileExistsError, lambda: e.register(r))
        e.unregister(r)
        assert e.poll(0) == []
    assert e.closed
    with selectors.DefaultSelector() as s:
        s.register(r, selectors.EVENT_READ, "data")
        assert [(key.data, events) for key, events in s.select(1)] == [("data", selectors.EVENT_READ)]
    raises(ValueError, lambda: select.select([], [], [], -1), "timeout must be non-negative")
    raises(KeyError, lambda: poll.unregister(w))
    os.close(r)
    os.close(w)


def test_subprocess():
    run = subprocess.run
    done = run("cat; echo err >&2; exit 3", shell=True, input=b"abc", capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"abc", b"err\n")
    assert subprocess.check_output([sys.executable, "-c", "print(1+1)"]) == b"2\n"
    assert run(["sh", "-c", "echo $FOO; pwd"], env={"FOO": "x"}, cwd="/", capture_output=True, text=True).stdout == "x\n/\n"
    raises(FileNotFoundError, lambda: run(["/nonexistent"]))
    raises(FileNotFoundError, lambda: run(["true"], cwd="/nonexistent"))
    raises(subprocess.SubprocessError, lambda: run(["true"], preexec_fn=lambda: 1 / 0), "Exception occurred in preexec_fn.")
    raises(subprocess.TimeoutExpired, lambda: run(["sleep", "5"], timeout=0.05))
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        assert p.communicate("x" * 200000)[0] == "x" * 200000
    r, w = os.pipe()
    assert run(["sh", "-c", f"echo hi >&{w}"], pass_fds=[w]).returncode == 0 and os.read(r, 10) == b"hi\n"
    assert run(["sh", "-c", f"echo hi 2>/dev/null >&{w}"], stderr=subprocess.DEVNULL).returncode != 0


test_pairs()
test_connections()
test_datagrams()
test_names()
test_select()
test_subprocess()
print("ok")
