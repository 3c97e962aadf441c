"""The filter of system calls: what it refuses, and that an app does not miss it."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pytest
from sandboxes import needed, python

from workerlab.processes import syscalls
from workerlab.processes.sandbox import Sandbox

ASKS = """
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
for word in sys.argv[1:]:
    number, *arguments = map(int, word.split(":"))
    done = libc.syscall(ctypes.c_long(number), *map(ctypes.c_ulong, arguments))
    if done == 0 and number in (56, 220):
        libc._exit(0)  # the process that should not be
    print(errno.errorcode.get(ctypes.get_errno()) if done < 0 else "done")
"""
AN_APP = """
import asyncio, concurrent.futures, ctypes, mmap, multiprocessing.shared_memory, os, signal, socket
import sqlite3, subprocess, tempfile, threading, time, fcntl, select, resource

found = []
thread = threading.Thread(target=found.append, args=("thread",))
thread.start(), thread.join()
found.append(subprocess.run(["echo", "child"], capture_output=True, text=True).stdout.strip())
if os.fork() == 0:
    os._exit(7)
found.append(os.waitstatus_to_exitcode(os.wait()[1]))
with concurrent.futures.ProcessPoolExecutor(1) as pool:
    found.append(pool.submit(abs, -1).result())
segment = multiprocessing.shared_memory.SharedMemory(create=True, size=10)
segment.buf[0] = 3
found.append(segment.buf[0])
segment.close(), segment.unlink()
shared = mmap.mmap(-1, 4096)
found.append(len(shared))
base = sqlite3.connect(tempfile.mktemp(suffix=".sqlite"))
found.append(base.execute("PRAGMA journal_mode=WAL").fetchone()[0])
with tempfile.TemporaryFile() as file:
    fcntl.flock(file, fcntl.LOCK_EX)
one, other = socket.socketpair()
socket.send_fds(one, [b"x"], [0])
found.append(len(socket.recv_fds(other, 1, 1)[1]))


async def met():
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    return await reader.read()


found.append(asyncio.run(met()))
print(found)
"""
NEW_USERS, ITS_END = 0x10000000, 17  # CLONE_NEWUSER, SIGCHLD


@pytest.fixture
def filtered(tmp_path: Path) -> Sandbox:
    needed()
    if not syscalls.known():
        pytest.skip(f"the numbers of {platform.machine()} are not known: there is no filter")
    file = tmp_path / "filter"
    file.write_bytes(syscalls.compiled())
    return Sandbox(True, filter=file)


def told(sandbox: Sandbox, script: str, *words: object) -> str:
    done = subprocess.run(
        sandbox.command(python(script, *words)), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def number(name: str) -> int:
    return syscalls.number_of(name)


def test_each_call_that_is_named_is_refused(filtered: Sandbox) -> None:
    words = [f"{number(name)}:0:0:0" for name in syscalls.REFUSED]
    assert told(filtered, ASKS, *words).split() == ["EPERM"] * len(words)


def test_without_the_filter_linux_would_look_at_them(filtered: Sandbox) -> None:
    """So the test above can fail: a memory file is made, a namespace of users is made."""
    words = [f"{number('unshare')}:{NEW_USERS}", f"{number('memfd_create')}:0:0"]
    assert told(filtered, ASKS, *words).split() == ["EPERM", "EPERM"]
    without = told(Sandbox(True), ASKS, *words).split()
    assert without[0] == "done" and without[1] == "EFAULT"


def test_a_process_in_namespaces_of_its_own_is_refused_by_either_way(filtered: Sandbox) -> None:
    words = [f"{number('clone')}:{NEW_USERS | ITS_END}:0:0:0:0", f"{number('clone3')}:0:0"]
    assert told(filtered, ASKS, *words).split() == ["EPERM", "ENOSYS"]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only there are numbers of this kind")
def test_the_second_way_to_each_call_is_closed(filtered: Sandbox) -> None:
    getpid_by_x32 = 0x40000000 + 39
    assert told(filtered, ASKS, f"{getpid_by_x32}:0").split() == ["EPERM"]


def test_an_app_does_not_miss_what_is_refused(filtered: Sandbox) -> None:
    assert told(filtered, AN_APP).strip() == ("['thread', 'child', 7, 1, 3, 4096, 'wal', 1, b'']")


def test_the_filter_is_opened_anew_at_each_start(filtered: Sandbox) -> None:
    """A descriptor that is handed down would be at its end the second time."""
    words = (f"{number('ptrace')}:0:0:0",)
    assert [told(filtered, ASKS, *words).split() for _ in range(2)] == [["EPERM"]] * 2


def test_on_another_machine_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls.platform, "machine", lambda: "riscv64")
    assert not syscalls.known()
    monkeypatch.setattr(syscalls.platform, "machine", lambda: "aarch64")
    assert syscalls.known() and len(syscalls.compiled()) % 8 == 0
