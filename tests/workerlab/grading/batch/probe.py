"""A submission that tries its walls, one after the other, and prints what came of it, as JSON.

test_inside.py hands it in. Each attempt is "done", or the name of what refused it.
"""

import asyncio
import ctypes
import errno
import json
import os
import signal
import sys
from pathlib import Path

ASKED = json.loads(sys.argv[1])
WANTED = {"Uid", "CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp", "Name"}
SEIZE, NEW_USER, NEW_MOUNTS, NEW_PIDS, BIND = 0x4206, 0x10000000, 0x20000, 0x20000000, 0x1000
libc = ctypes.CDLL(None, use_errno=True)
tried: dict[str, str] = {}


def attempt(name, action, *words) -> None:
    try:
        action(*words)
    except Exception as error:  # noqa: BLE001 (whatever refuses it)
        tried[name] = type(error).__name__
    else:
        tried[name] = "done"


def call(name: str, *words) -> int:
    answer = getattr(libc, name)(*words)
    if answer < 0:
        raise OSError(ctypes.get_errno(), name)
    return answer


def processes() -> dict[str, dict[str, str]]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            lines = (folder / "status").read_text().splitlines()
        except OSError:  # it has ended
            continue
        words = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        found[folder.name] = {name: words[name].strip() for name in WANTED & words.keys()}
    return found


def memory_file() -> None:
    number = os.memfd_create("balloon")
    os.write(number, bytes(1 << 20))


def new_namespace(flag: int) -> None:
    call("unshare", flag)


def cloned_namespace() -> None:
    """As bubblewrap does it: clone with a flag; the child ends at once."""
    number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
    pid = call("syscall", number, NEW_USER | signal.SIGCHLD, None, None, None, None)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def mount() -> None:
    call("mount", b"/usr", b"/tmp", b"none", BIND, None)


def trace(pid: int) -> None:
    call("ptrace", SEIZE, pid, None, None)


def listing(path: str) -> None:
    os.listdir(path)


def what_is_open(pid: int) -> None:
    """What a process has open. (Of one's own user Linux tells how many these are, no more.)"""
    for number in os.listdir(f"/proc/{pid}/fd"):
        os.readlink(f"/proc/{pid}/fd/{number}")


def reading(path: str) -> None:
    with open(path, "rb", 0) as file:
        file.read(1)


def writing(path: str) -> None:
    with open(path, "wb", 0) as file:
        file.write(b"0")


def walls() -> None:
    attempt("memfd", memory_file)
    for name, flag in {"user": NEW_USER, "mounts": NEW_MOUNTS, "pids": NEW_PIDS}.items():
        attempt(f"unshare {name}", new_namespace, flag)
    attempt("clone user", cloned_namespace)
    attempt("mount", mount)
    attempt("setuid 0", os.setuid, 0)
    attempt("chroot", os.chroot, "/tmp")
    for pid in (*ASKED["stores"], ASKED["grader"], os.getppid()):
        attempt(f"trace {pid}", trace, pid)
        attempt(f"root of {pid}", listing, f"/proc/{pid}/root/")
        attempt(f"descriptors of {pid}", what_is_open, pid)
        for file in ("environ", "mem", "auxv"):
            attempt(f"{file} of {pid}", reading, f"/proc/{pid}/{file}")
    for path in ("/etc/shadow", "/dev/mem", "/dev/kmsg", "/proc/kcore"):
        attempt(f"read {path}", reading, path)
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/power/state"):
        attempt(f"write {path}", writing, path)
    for path in ("/etc/passwd", "/usr/lib/hostile", "/hostile", "/dev/hostile"):
        attempt(f"write {path}", writing, path)
    for path in ("/var/tmp", "/srv"):
        attempt(f"list {path}", listing, path)
    for number in (248, 250, 425, 298, 321):  # add_key, keyctl, io_uring_setup, perf, bpf
        if os.uname().machine == "x86_64":
            attempt(f"system call {number}", lambda n=number: call("syscall", n, 0, 0, 0, 0, 0))
    attempt("open descriptors", inherited)


def homes() -> list[str]:
    """What is in the home folders: Python may lie there, and the way to it."""
    places = [Path("/home"), Path("/root"), Path.home()]
    return [str(inside) for place in places if place.is_dir() for inside in place.iterdir()]


def inherited() -> None:
    """Raises when nothing but the three is open, and nothing of these can be read."""
    for name in os.listdir("/proc/self/fd"):
        try:
            known = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue  # the one that listed them
        if int(name) > 2 and not known.startswith(f"/proc/{os.getpid()}"):
            return
    raise FileNotFoundError(errno.ENOENT, "nothing was left open")


def redis_walls() -> int:
    from redis import Redis, RedisError

    store = Redis.from_url(os.environ["REDIS_URL"], socket_timeout=20)
    for words in (
        "MODULE LOAD /tmp/x.so",
        "MODULE LIST",
        "CONFIG SET dir /tmp",
        "CONFIG GET dir",
        "DEBUG SLEEP 0",
        "REPLICAOF 127.0.0.1 9",
        "SLAVEOF NO ONE",
        "ACL SETUSER default +@all",
        "ACL LIST",
        "SHUTDOWN NOSAVE",
        "SAVE",
        "BGREWRITEAOF",
        "SYNC",
        "FAILOVER",
        "CLIENT KILL TYPE normal",
        "CLIENT PAUSE 1",
        "MIGRATE 127.0.0.1 9 key 0 1",
        "RESTORE key 0 x",
        "CLUSTER RESET",
        "SLOWLOG RESET",
        "LATENCY RESET",
    ):
        attempt(words, store.execute_command, *words.split())
    attempt("CONFIG by Lua", store.eval, "return redis.call('CONFIG', 'SET', 'dir', '/tmp')", 0)
    attempt("files by Lua", store.eval, "return io.open('/etc/passwd')", 0)
    attempt("programs by Lua", store.eval, "return os.execute('true')", 0)
    count = 0
    try:
        for count in range(10_000):
            store.set(f"key {count}", bytes(1_000_000))
    except RedisError:
        pass
    store.flushall()
    store.set("count", 1)
    return count


EVENT_TRIGGER = """CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()"""
C_FUNCTION = "CREATE FUNCTION system(cstring) RETURNS int AS 'libc.so.6', 'system' LANGUAGE C"


async def postgres_walls() -> str:
    import asyncpg

    session = await asyncpg.connect(os.environ["DATABASE_URL"])
    await session.execute("CREATE TABLE lines (line text)")
    for statement in (
        "COPY lines TO PROGRAM 'cat >/tmp/hostile-copied'",
        "COPY lines FROM PROGRAM 'id'",
        "COPY lines FROM '/etc/passwd'",
        "COPY lines TO '/tmp/hostile-copied'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_read_file('password')",
        "SELECT pg_ls_dir('/')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(lo_from_bytea(0, 'x'), '/tmp/hostile-exported')",
        C_FUNCTION,
        "LOAD 'auto_explain'",
        "ALTER SYSTEM SET shared_preload_libraries = 'x'",
        "ALTER ROLE postgres SUPERUSER",
        "ALTER ROLE grader PASSWORD 'x'",
        "CREATE ROLE other SUPERUSER",
        "SET ROLE grader",
        "SET SESSION AUTHORIZATION grader",
        "GRANT pg_execute_server_program TO postgres",
        "GRANT pg_read_server_files TO postgres",
        "SELECT * FROM pg_authid",
        "SELECT pg_reload_conf()",
        EVENT_TRIGGER,
        "ALTER DATABASE template1 SET search_path = x",
        "CREATE VIEW pg_catalog.pg_locks_of_ours AS SELECT 1",
    ):
        attempt_name = statement[:60]
        try:
            await session.execute(statement)
        except asyncpg.PostgresError as error:
            tried[attempt_name] = type(error).__name__
        else:
            tried[attempt_name] = "done"
    untrusted = await session.fetch(
        "SELECT DISTINCT name FROM pg_available_extension_versions WHERE NOT trusted"
    )
    for (name,) in untrusted:
        try:
            await session.execute(f'CREATE EXTENSION "{name}"')
        except asyncpg.PostgresError as error:
            tried[f"extension {name}"] = type(error).__name__
        else:
            tried[f"extension {name}"] = "done"
    url = os.environ["DATABASE_URL"].replace("postgres@", "grader@")
    for password in ("", "grader", "postgres"):
        try:
            await asyncpg.connect(url, password=password or None)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            tried[f"as grader, {password!r}"] = type(error).__name__
        else:
            tried[f"as grader, {password!r}"] = "done"
    await session.execute("CREATE TABLE count (n int); INSERT INTO count VALUES (1)")
    await session.close()
    return "done"


def main() -> None:
    seen = processes()
    walls()
    keys = redis_walls()
    control = asyncio.run(postgres_walls())
    told = {"processes": seen, "tried": tried, "keys of 1 MB": keys, "control": control}
    told["homes"] = homes()
    print(json.dumps(told))


main()
